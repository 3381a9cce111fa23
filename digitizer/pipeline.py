"""One page from scan to result: the stages in order and nothing else.

Runs in a worker. Never touches the database; writes only the page's own
pictures into the workspace. Every error of a stage becomes a failed
``PageResult``: one bad page costs only itself.
"""

import logging
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from digitizer import assemble, pictures, samehand
from digitizer.collector.looseink import with_ink_beside
from digitizer.engines.cells import read_cells
from digitizer.engines.lexicon import adding
from digitizer.errors import DependencyError, FormError, ScanError, StoreError
from digitizer.forms.forms import Form, load_forms
from digitizer.forms.unchanged import load_unchanged
from digitizer.geometry import (
    order_corners,
    rectangle,
)
from digitizer.ids import sheet_id
from digitizer.layout.identification.formscore import near_forms, nearest_told
from digitizer.learned import Office, load_office
from digitizer.overrows import hidden_rows
from digitizer.pagewords import BLANK, CROSSED_OUT, MESSAGES, NEAREST
from digitizer.records import (
    NO_EDIT,
    CellCrop,
    Failure,
    FieldKind,
    FieldValue,
    PageEdit,
    PageImage,
    PageResult,
    PageTask,
    Polygon,
    Reading,
    RectifiedPage,
    RegisteredPage,
    RowStatus,
    SheetStatus,
    Signature,
    SignerRow,
)
from digitizer.rectify import require_sheet, shown_picture, told_turn, untold
from digitizer.rules import assess_collector, assess_rows
from digitizer.scans import failure_from_error, load_page
from digitizer.segment import cut_cells, signature_state, struck_rows
from digitizer.sheets.pagekinds import look_of, retake_reason
from digitizer.sheets.sheetpages import Clock, sheets_on
from digitizer.sheets.sheetpages import read_both as read_both
from digitizer.sheets.sheetpages import register_image as register_image
from digitizer.sheets.straightened import tables_of

logger = logging.getLogger(__name__)


def process_page(task: PageTask) -> PageResult:
    """Read one page; whatever goes wrong with it is told in the result.

    Raises only what no other page would survive either: a missing program or
    package, a wrong form definition, a workspace that cannot be written.
    """
    try:
        return _process(task)
    except (DependencyError, FormError, StoreError):
        raise
    except ScanError as error:
        return _failed(task, failure_from_error(error))
    except Exception as error:  # noqa: BLE001 - the one place where any error is taken
        what = log_error(error, task.sheet_id)
        message = f"could not be read ({what}); see run.log, then scan it again"
        return _failed(task, Failure("page", "internal-error", message))


def log_error(error: Exception, page: str) -> str:
    """Note where an unforeseen error happened; its name."""
    # Where it broke, not what it says: its words may be a signer's.
    place = "".join(traceback.format_tb(error.__traceback__))
    logger.error("page %s failed: %s\n%s", page, type(error).__name__, place)
    return type(error).__name__


def _failed(task: PageTask, failure: Failure) -> PageResult:
    return PageResult(
        ref=task.ref,
        sheet_id=task.sheet_id,
        status=SheetStatus.FAILED,
        reasons=(failure.kind,),
        failure=failure,
    )


def _process(task: PageTask) -> PageResult:
    clock = Clock()
    if task.edit.not_a_sheet:
        reasons = ("not-a-sheet",)
        return PageResult(task.ref, task.sheet_id, SheetStatus.UNRECOGNISED, reasons=reasons)
    forms = _forms(task)
    image = load_page(task.ref)
    require_sheet(image)
    clock.step("load", f"{image.pixels.shape[1]}x{image.pixels.shape[0]}")
    edit = task.edit
    if edit != NO_EDIT or task.ref.part:
        return _one_sheet(
            task, _edited_sheet(image, forms, clock, edit, task.ref.part), forms, clock
        )
    results = []
    for part, found in enumerate(sheets_on(image, forms, clock)):
        own, edit = _part_task(task, part)
        again = edit != NO_EDIT
        taken = _edited_sheet(image, forms, clock, edit, part) if again else found
        results.append(_one_sheet(own, taken, forms, clock))
        clock = Clock()
    return replace(results[0], further=tuple(results[1:]))


def _part_task(task: PageTask, part: int) -> tuple[PageTask, PageEdit]:
    """The task of one of the sheets on a page, and how a person put that sheet right."""
    if part == 0:
        return task, NO_EDIT
    ref = replace(task.ref, part=part)
    edits = task.further_edits
    edit = edits[part - 1] if part <= len(edits) else NO_EDIT
    return replace(task, ref=ref, sheet_id=sheet_id(ref.sha256, ref.number), edit=edit), edit


def _edited_sheet(
    image: PageImage, forms: Sequence[Form], clock: Clock, edit: PageEdit, part: int
) -> tuple[RegisteredPage, int] | None:
    """A sheet as a person put it right; None where the page holds no such sheet."""
    if not edit.corners:
        found = sheets_on(image, forms, clock)
        if part >= len(found):
            return None
        if edit == NO_EDIT:
            return found[part]
        edit = replace(edit, corners=_corners_in(image, found[part][0].page))
    # Looked at as it was when it was found, or what is not drawn would be sought elsewhere.
    return register_image(image, forms, clock, edit, seek_outline=False)


def _corners_in(image: PageImage, page: RectifiedPage) -> Polygon:
    """Corners of the sheet on its picture; empty where it is all of the picture."""
    height, width = image.pixels.shape[:2]
    corners = order_corners(page.page_polygon_scan)
    whole = np.abs(corners - rectangle(0, 0, width, height)).max() < 1
    return () if whole else page.page_polygon_scan


def turn_of(registered: RegisteredPage) -> int | None:
    """The turn that makes a sheet upright; None: nobody could tell."""
    # A form's own print says which end is up; where a person named it, its grid lies as turned.
    page = registered.page
    return told_turn(page) if registered.form is None else page.rotation_deg


def _one_sheet(
    task: PageTask,
    found: tuple[RegisteredPage, int] | None,
    forms: Sequence[Form],
    clock: Clock,
) -> PageResult:
    if found is None or task.edit.not_a_sheet:
        reasons = ("not-a-sheet",) if task.edit.not_a_sheet else ("no-such-sheet",)
        return PageResult(task.ref, task.sheet_id, SheetStatus.UNRECOGNISED, reasons=reasons)
    registered, _ = found
    workspace = Path(task.workspace)
    page = registered.page
    shown = shown_picture(page) if registered.form is None else page.color
    pictures.write_page(workspace, task.sheet_id, shown)
    if registered.form is None or registered.failure is not None:
        result = _not_a_sheet(task, registered, forms)
    else:
        form = next(f for f in forms if f.name == registered.form)
        result, values = _read_sheet(task, registered, form, clock)
        again = retake_reason(page, recognised=True)
        if again is not None:
            result = replace(result, reasons=(*result.reasons, again))
        if task.overlay:
            pictures.write_overlay(workspace, task.sheet_id, registered, values, result)
    clock.step("write")
    return replace(result, steps=tuple(clock.steps))


def _forms(task: PageTask) -> tuple[Form, ...]:
    """The definitions to recognise among, with the one that a person chose."""
    forms = load_unchanged(task.forms, task.definitions)
    wanted = task.edit.form
    if wanted is not None and all(form.name != wanted for form in forms):
        forms += tuple(form for form in load_forms() if form.name == wanted)
    return forms


def _not_a_sheet(task: PageTask, registered: RegisteredPage, forms: Sequence[Form]) -> PageResult:
    """A page of no known form, with what it looks like and what to do."""
    page, failure, rules = registered.page, registered.failure, registered.rules
    reasons: tuple[str, ...] = (failure.kind if failure else "unknown-form",)
    if registered.form is None:
        look = look_of(page, tables_of(registered), registered.words, read_both, forms, rules)
        if look == BLANK:
            return PageResult(task.ref, task.sheet_id, SheetStatus.BLANK, reasons=(BLANK,))
        if look is None:
            look = retake_reason(page, recognised=False)
        if look is not None:
            reasons = (*reasons, look)
            near = nearest_told(registered.candidates)
            failure = Failure("register", look, MESSAGES[look] + near)
        reasons = (*reasons, *(f"{NEAREST}{name}" for name, _ in near_forms(registered.candidates)))
    return PageResult(
        ref=task.ref,
        sheet_id=task.sheet_id,
        status=SheetStatus.UNRECOGNISED,
        reasons=(*reasons, *untold(page)),
        rotation_deg=turn_of(registered),
        skew_deg=page.skew_deg,
        failure=failure,
        form=registered.form,
        geometry=assemble.geometry(registered) if registered.rows else None,
    )


def _read_sheet(
    task: PageTask, registered: RegisteredPage, form: Form, clock: Clock
) -> tuple[PageResult, dict[tuple[int | None, str], FieldValue]]:
    crops = cut_cells(registered)
    struck = struck_rows(registered, crops)
    clock.step("segment", f"{len(crops)} cells")
    office = load_office(task.learned)
    calibration = office.calibration
    readings = _readings(crops, form, office, clock)
    values: dict[int | None, list[FieldValue]] = {}
    shown: dict[tuple[int | None, str], CellCrop] = {}
    for crop in crops:
        found = assemble.cell_values(crop, readings.get(id(crop), ()), calibration, signature_state)
        values.setdefault(crop.row, []).extend(found)
        shown.update({(crop.row, v.field): crop for v in found if assemble.needs_crop(crop, v)})
    thresholds = calibration.thresholds(form.all_fields, task.target_error)
    consent = {name for column in form.columns if column.consent for name in column.cell_names}
    rows = [
        assemble.signer_row(
            place.row,
            values.get(place.row, []),
            [crop for crop in crops if crop.row == place.row],
            consent,
            struck.get(place.row),
        )
        for place in registered.rows
    ]
    # Once it is known which rows are blank: nobody would ever ask for their pictures.
    rows = [replace(row, fields=_with_crops(task, row.row, row.fields, shown)) for row in rows]
    today = date.today()
    covered = hidden_rows(registered, form, task.edit)
    told = assemble.sheet_doubts(registered, form, crops, covered, task.edit)
    checked = assess_rows(
        rows,
        form.fields,
        language=form.language,
        thresholds=thresholds,
        today=today,
        rows_guessed=registered.rows_guessed,
        date_order=form.date_order,
        covered=covered,
        crossed_out=CROSSED_OUT in told,
    )
    collector = assess_collector(
        with_ink_beside(_with_crops(task, None, values.get(None, ()), shown), registered, form.box),
        language=form.language,
        thresholds=thresholds,
        today=today,
        date_order=form.date_order,
        beside=rows,
    )
    clock.step("rules")
    status = assemble.sheet_status(checked, collector)
    result = PageResult(
        ref=task.ref,
        sheet_id=task.sheet_id,
        status=SheetStatus.REVIEW if told or registered.rows_guessed else status,
        petition=registered.petition,
        form=form.name,
        reasons=(
            *assemble.sheet_reasons(registered, form, checked),
            *_same_hand(task, crops, checked),
            *told,
        ),
        rotation_deg=registered.page.rotation_deg,
        skew_deg=registered.page.skew_deg,
        rows_on_form=len(registered.rows),
        rows=checked,
        collector=collector,
        fingerprint=assemble.fingerprint(crops),
        geometry=assemble.geometry(registered),
    )
    final: dict[tuple[int | None, str], FieldValue] = {
        (row.row, value.field): value for row in checked for value in row.fields
    }
    final.update({(None, value.field): value for value in collector})
    return result, final


def _readings(
    crops: Sequence[CellCrop], form: Form, office: Office, clock: Clock
) -> dict[int, tuple[Reading, ...]]:
    """What stands in the cells that hold writing, by the ``id`` of each."""
    wanted = [crop for crop in crops if assemble.is_readable(crop)]
    with adding(office.additions):
        answers = read_cells(wanted, form.language)
    lines = f"{sum(len(crop.lines) for crop in wanted)} lines"
    clock.step("read", f"{lines}, {office.provenance}" if office.provenance else lines)
    return dict(zip((id(crop) for crop in wanted), answers, strict=True))


def _same_hand(
    task: PageTask, crops: Sequence[CellCrop], rows: Sequence[SignerRow]
) -> tuple[str, ...]:
    """The warning that signatures look like one writer's, with the picture to judge by."""
    signed = {
        row.row
        for row in rows
        if row.status is not RowStatus.STRUCK
        and any(f.kind is FieldKind.SIGNATURE and f.value == Signature.PRESENT for f in row.fields)
    }
    signatures = [c for c in crops if c.row in signed and samehand.is_signature(c)]
    found = samehand.check_signatures(signatures)
    if found is None:
        return ()
    shown = [(c.row or 0, c.picture) for c in signatures if c.row in found.rows]
    pictures.write_same_hand(Path(task.workspace), task.sheet_id, dict(shown))
    return (f"same-hand:{','.join(str(row) for row in found.rows)}",)


def _with_crops(
    task: PageTask,
    row: int | None,
    values: Sequence[FieldValue],
    shown: Mapping[tuple[int | None, str], CellCrop],
) -> tuple[FieldValue, ...]:
    """Write the picture of each field that is to be seen and note its path."""
    workspace = Path(task.workspace)
    kept = []
    for value in values:
        cell = shown.get((row, value.field))
        if cell is not None:
            path = pictures.write_crop(workspace, task.sheet_id, row, value.field, cell.picture)
            value = replace(value, crop=path)
        kept.append(value)
    return tuple(kept)
