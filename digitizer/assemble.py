"""Put cell crops and readings together to field values, rows and sheets.

Empty, blank and unread are three things: a cell without ink is EMPTY, a row
without any is BLANK and is not listed, ink that gave no value is UNREAD and
goes to a person.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import cv2
import numpy as np

from digitizer.collector.looseink import lacks_written_field
from digitizer.forms.forms import Form
from digitizer.geometry import as_polygon, inverse
from digitizer.hiddenfields import is_hidden
from digitizer.layout.identification.formscore import MIN_FORM_SCORE
from digitizer.layout.rows.leftout import tables_left_out
from digitizer.layout.rows.pictureedge import is_cut_off
from digitizer.lines.residual import MAX_RESIDUAL_MM, unruled_sides
from digitizer.offrows import is_signed_off_rows
from digitizer.overrows import is_crossed_out, is_lain_on, with_stain
from digitizer.pagewords import (
    BOX_INK,
    CROSSED_OUT,
    CUT_OFF,
    FADED,
    INK_BESIDE,
    OFF_ROWS,
    ROW_COVERED,
    ROWS_GUESSED,
    TABLE_UNREAD,
)
from digitizer.palerows import is_pale_signer, may_hide_signers
from digitizer.records import (
    PAGE_PX_PER_MM,
    BoxPlace,
    CellCrop,
    CellPlace,
    FieldKind,
    FieldSpec,
    FieldState,
    FieldValue,
    Finding,
    InkState,
    Mark,
    PageEdit,
    PageGeometry,
    Pale,
    Reading,
    RegisteredPage,
    Route,
    RowPlace,
    RowStatus,
    SheetStatus,
    Signature,
    SignerRow,
)
from digitizer.states import INK_KINDS, PRINTED_KINDS
from digitizer.values.dittos import PLACE_KINDS, is_ditto_text
from digitizer.values.twonames import TWO_NAMES_HELD, holds_two_names
from digitizer.writing import marks

# A strike across a row is believed from here, and looked at from there.
SURE_STRIKE = 0.85
POSSIBLE_STRIKE = 0.5
# A text in doubtful ink that is less likely right than this was read into specks: the
# recogniser makes long words of noise, and calibration gives them no chance.
LEAST_BELIEVED = 0.01
# Ink of a doubtful cell that is no speck, a share of the cell: specks reach 0.01.
FULL = 0.03
# Of ink in a cell of several fields that was not cut nobody knows which it belongs to.
UNSURE = 0.5
# Crumbs a row from which rows are not empty but faded: sheets that nobody filled hold 3 at
# most, two black-and-white copies whose writing was all but gone 10 and 112; of eight sheets
# copied twice until letters fell apart, some rows of which were gone, 6 to 15, and of
# scans in black and white that can be read 4. What is written has fallen apart as well:
# of its cells the middle one has so many crumbs a letter, 0.5 to 3 there; 0.3 where dust
# lies over whole letters.
FADED_CRUMBS, FADED_LETTERS = 6.0, 0.5
# In cells may lie so much more dust than beside them.
DUSTIER = 1.25
# Quotes behind a given name: believed from this surety, read as this many signs at
# most. Ink of a crop is darker than this; white around its cell in mm.
SURE_QUOTES = 0.8
LONGEST_SHORT_WORD = 4
_REPEATED = PLACE_KINDS | {FieldKind.DATE}
LONGEST_QUOTES = 3
STROKE_LEVEL = 190
CROP_MARGIN_MM = 2.5
# The grid of ink in a cell that makes a sheet's fingerprint.
FINGERPRINT_COLUMNS, FINGERPRINT_ROWS = 8, 3


class Confidences(Protocol):
    """What is needed of ``calibrate.Calibration``."""

    def confidence(self, reading: Reading) -> float:
        """Probability that a reading is right."""
        ...

    def signature(self, value: str, sure: float, ink_px: float) -> float:
        """Probability that a signature's state is right."""
        ...


def is_readable(crop: CellCrop) -> bool:
    """Whether a recogniser should see this cell."""
    wanted = any(spec.kind not in INK_KINDS for spec in crop.fields)
    return wanted and crop.ink is not InkState.EMPTY and crop.mark is not Mark.DITTO


def cell_values(
    crop: CellCrop,
    readings: Sequence[Reading],
    calibration: Confidences,
    signature_state: Callable[[CellCrop], tuple[Signature, float]],
) -> tuple[FieldValue, ...]:
    """One value for each field of a cell, in the definition's order."""
    by_field = {reading.field: reading for reading in readings}
    texts = [spec for spec in crop.fields if spec.kind not in INK_KINDS]
    anything = any(reading.text for reading in readings)
    word = _ditto_word(crop, readings)
    # What a mark stands for hides nothing: it follows the row above.
    repeats = any(r.kind is FieldKind.ADDRESS and is_ditto_text(r.kind, r.text) for r in readings)
    values = []
    for spec in crop.fields:
        if spec.kind is FieldKind.SIGNATURE:
            values.append(_signature(spec, crop, signature_state, calibration))
        elif spec.kind is FieldKind.CHECKBOX:
            values.append(_checkbox(spec, crop))
        elif spec.kind in INK_KINDS:
            continue
        elif crop.mark is Mark.DITTO:
            values.append(_ditto(spec, crop))
        elif word is not None:
            values.append(_ditto(spec, crop, word, calibration.confidence(readings[0])))
        elif (reading := by_field.get(spec.name)) is not None and _says(reading, crop):
            values.append(_read(spec, crop, reading, calibration.confidence(reading)))
        else:
            hidden = not repeats and is_hidden(spec, readings, crop.fields)
            lost = not anything and bool(texts) and spec == texts[0]
            inked = crop.ink is InkState.WRITTEN or crop.pale is Pale.SHARP
            unread = inked and (lost or hidden)
            state = FieldState.UNREAD if unread else FieldState.EMPTY
            values.append(FieldValue(spec.name, spec.kind, state, "", mark=crop.mark))
    return with_stain(values, crop)


def _says(reading: Reading, crop: CellCrop) -> bool:
    """Whether a reading is a value: a doubtful speck read as a point or dash is none."""
    if crop.ink is InkState.WRITTEN:
        return bool(reading.text)
    return any(c.isalnum() for c in reading.text)


def _read(spec: FieldSpec, crop: CellCrop, reading: Reading, confidence: float) -> FieldValue:
    text = reading.text
    findings: tuple[Finding, ...] = ()
    if spec.kind is FieldKind.NAME:
        text = _with_ditto(crop, text)
        # Several people may collect; a row is one signer's.
        two = crop.row is not None and holds_two_names(text, len(crop.lines))
        findings = (Finding(spec.name, TWO_NAMES_HELD),) if two else ()
    return FieldValue(
        field=spec.name,
        kind=spec.kind,
        state=FieldState.READ,
        value=text,
        raw_text=text,
        confidence=confidence,
        raw_confidence=reading.raw_confidence,
        engine=reading.engine,
        alternatives=reading.alternatives,
        findings=findings,
        mark=crop.mark,
    )


def _with_ditto(crop: CellCrop, text: str) -> str:
    """A name with the quotes that stand for its surname, which readers take for ``II``."""
    words = text.split()
    if len(words) > 2 or not words or (len(words) == 2 and len(words[1]) > LONGEST_QUOTES):
        return text
    inked = np.asarray(crop.clean < STROKE_LEVEL)
    height = crop.clean.shape[0] - round(2 * CROP_MARGIN_MM * PAGE_PX_PER_MM)
    if marks.trailing_ditto(inked, height) < SURE_QUOTES:
        return text
    return f'{words[0]} "'


def _ditto_word(crop: CellCrop, readings: Sequence[Reading]) -> str | None:
    """The word for a ditto that a grammar made something else of ("pareil": a postal code).

    Only where the cell's whole ink is that one word, as read without any grammar.
    "idem" below a date comes back as "1dec".
    """
    if len(readings) != 1 or readings[0].kind not in _REPEATED or len(crop.lines) != 1:
        return None
    kind = FieldKind.DATE if readings[0].kind is FieldKind.DATE else FieldKind.ADDRESS
    text, word = readings[0].text.strip(), readings[0].greedy.strip()
    words = [word] if word != text else []
    if len(text) <= LONGEST_SHORT_WORD and not is_ditto_text(kind, text):
        # "10." is no address; where "do." was the next likeliest, it is what stands there.
        words += [other.text for other in readings[0].alternatives]
    return next((one for one in words if is_ditto_text(kind, one)), None)


def _ditto(
    spec: FieldSpec, crop: CellCrop, word: str = '"', sure: float | None = None
) -> FieldValue:
    return FieldValue(
        field=spec.name,
        kind=spec.kind,
        state=FieldState.UNREAD,
        value="",
        raw_text=word,
        confidence=crop.mark_confidence if sure is None else sure,
        engine="ink",
        mark=Mark.DITTO,
    )


def _signature(
    spec: FieldSpec,
    crop: CellCrop,
    signature_state: Callable[[CellCrop], tuple[Signature, float]],
    calibration: Confidences,
) -> FieldValue:
    signature, confidence = signature_state(crop)
    if signature is not Signature.UNCLEAR:
        ink_px = crop.ink_share * crop.clean.size
        confidence = calibration.signature(signature.value, confidence, ink_px)
    state = {
        Signature.PRESENT: FieldState.READ,
        Signature.ABSENT: FieldState.EMPTY,
        Signature.UNCLEAR: FieldState.UNREAD,
    }[signature]
    return FieldValue(
        field=spec.name,
        kind=spec.kind,
        state=state,
        value=signature.value,
        confidence=confidence,
        engine="ink",
        mark=crop.mark,
    )


def _checkbox(spec: FieldSpec, crop: CellCrop) -> FieldValue:
    written = crop.ink is InkState.WRITTEN
    # Ink in a cell of several fields that was not cut is a mark in nobody knows which.
    whose = written and len(crop.fields) > 1
    unsure = crop.ink is InkState.LOOK or whose
    state = FieldState.UNREAD if unsure else FieldState.READ
    return FieldValue(
        field=spec.name,
        kind=spec.kind,
        state=state,
        value="Y" if written and not whose else "N",
        confidence=min(crop.ink_confidence, UNSURE) if whose else crop.ink_confidence,
        engine="ink",
    )


def needs_crop(crop: CellCrop, value: FieldValue) -> bool:
    """Whether the field's picture is kept: it has ink, or somebody must look."""
    if value.state is not FieldState.EMPTY or crop.ink is InkState.LOOK:
        return True
    return value.kind is FieldKind.SIGNATURE


def signer_row(
    row: int,
    values: Sequence[FieldValue],
    crops: Sequence[CellCrop],
    consent_columns: set[str],
    strike: float | None,
) -> SignerRow:
    """A row before the rules: blank and struck are decided here, from ink alone."""
    if not (_has_ink(values, crops) or is_pale_signer(crops)) or is_lain_on(crops):
        return SignerRow(row, RowStatus.BLANK, ())
    consent = any(
        crop.column in consent_columns and crop.ink is InkState.WRITTEN and crop.mark is Mark.NONE
        for crop in crops
    )
    struck = strike is not None and strike >= POSSIBLE_STRIKE
    sure = strike is not None and strike >= SURE_STRIKE
    return SignerRow(
        row=row,
        status=RowStatus.STRUCK if struck else RowStatus.COUNTED,
        fields=tuple(values),
        reasons=(Finding("row", "struck", blocks=not sure),) if struck else (),
        contact_consent=consent and not struck,
    )


def _has_ink(values: Sequence[FieldValue], crops: Sequence[CellCrop]) -> bool:
    """A doubtful speck makes no signer: it needs a text beside it that may be right.

    Nor does what the printer put into every row: its number, its check boxes. But dots that
    fill a cell may hide a signer.
    """
    if any(
        (crop.ink is InkState.WRITTEN or (crop.ink is InkState.LOOK and crop.ink_share >= FULL))
        and any(spec.kind not in PRINTED_KINDS for spec in crop.fields)
        for crop in crops
    ):
        return True
    return any(
        value.state is FieldState.READ
        and value.kind not in INK_KINDS
        and len(value.value) >= 3
        and (value.confidence is None or value.confidence >= LEAST_BELIEVED)
        for value in values
    )


def sheet_status(rows: Sequence[SignerRow], collector: Sequence[FieldValue]) -> SheetStatus:
    """READ where nothing waits for a person, else REVIEW; no filled row: BLANK."""
    filled = [row for row in rows if row.status is not RowStatus.BLANK]
    if not filled and not any(value.state is not FieldState.EMPTY for value in collector):
        return SheetStatus.BLANK
    waiting = any(row.status is RowStatus.REVIEW or row.review_fields for row in filled)
    waiting = waiting or any(value.route is Route.REVIEW for value in collector)
    return SheetStatus.REVIEW if waiting else SheetStatus.READ


def is_faded(crops: Sequence[CellCrop]) -> bool:
    """Whether rows hold crumbs, as a copy leaves of writing too pale for it.

    A sheet is never told blank so, nor a row that nothing else is left of without a word:
    nobody would look at it. Dust that lies on the paper beside the cells as well is no crumb.
    """
    rows = {crop.row for crop in crops if crop.row is not None}
    crumbs = sum(crop.crumbs for crop in crops if crop.row is not None)
    crumbs -= DUSTIER * sum(
        crop.dust for crop in crops if crop.row is not None and crop.ink is InkState.EMPTY
    )
    # A row's printed number tells nothing of the pen.
    inked = [
        crop.crumbs
        for crop in crops
        if crop.row is not None
        and crop.ink is not InkState.EMPTY
        and any(spec.kind not in PRINTED_KINDS for spec in crop.fields)
    ]
    apart = not inked or float(np.median(inked)) >= FADED_LETTERS
    return apart and crumbs >= FADED_CRUMBS * max(1, len(rows))


def sheet_doubts(
    registered: RegisteredPage,
    form: Form,
    crops: Sequence[CellCrop],
    covered: Sequence[int],
    edit: PageEdit,
) -> tuple[str, ...]:
    """Words for what holds a sheet for a person as a whole, whose rows nobody has seen yet.

    ``covered``: numbers of rows that something lies on; ``edit``: what a person put right.
    """
    if edit.row_lines:  # who saved its rows looked at the page
        return ()
    told = (
        (FADED, is_faded(crops) or may_hide_signers(crops)),
        (TABLE_UNREAD, tables_left_out(registered, form, written=True) > 0),
        (OFF_ROWS, is_signed_off_rows(registered, form)),
        (BOX_INK, not edit.box and lacks_written_field(registered, form.box)),
        (CROSSED_OUT, is_crossed_out(crops)),
        (f"{ROW_COVERED}:{','.join(map(str, covered))}", bool(covered)),
    )
    return tuple(word for word, is_so in told if is_so)


def sheet_reasons(
    registered: RegisteredPage, form: Form, rows: Sequence[SignerRow]
) -> tuple[str, ...]:
    """Words for the sheet's reasons column."""
    reasons = []
    if form.box is not None and registered.collector_box is None:
        reasons.append("collector-box-not-found")
    elif form.box is not None and registered.collector_box is not None:
        found = {cell.column for cell in registered.collector_box.fields}
        names = [item.field.name for item in form.box.fields]
        reasons += [f"box-field-not-found:{name}" for name in names if name not in found]
    # Of several tables one may lack a column that the others have.
    placed = {frozenset(cell.column for cell in row.cells) for row in registered.rows}
    reasons += [
        f"column-not-found:{c.name}"
        for c in form.columns
        if not placed or any(names.isdisjoint(c.cell_names) for names in placed)
    ]
    if not registered.sides_known:
        cells = [column.cell_names for column in form.columns]
        unruled = unruled_sides(registered.rows, registered.rules, cells)
        reasons += [f"column-side-guessed:{form.columns[k].name}" for k in unruled]
    if registered.form_score < MIN_FORM_SCORE:
        # It is known by its other print: its columns are believed to be in their order.
        reasons.append("heads-not-read")
    if registered.rows_guessed:
        reasons.append(ROWS_GUESSED)
    if registered.beside:
        reasons.append(INK_BESIDE)
    if is_cut_off(registered):
        reasons.append(CUT_OFF)
    if all(row.status is RowStatus.BLANK for row in rows):
        reasons.append("no-filled-row")
    if registered.residual_mm is not None and registered.residual_mm > MAX_RESIDUAL_MM:
        reasons.append(f"cells-off-lines:{registered.residual_mm:.1f}mm")
    return tuple(reasons)


def geometry(registered: RegisteredPage) -> PageGeometry:
    """Where everything lies on the page, as it is kept."""
    page = registered.page
    box = registered.collector_box
    return PageGeometry(
        width=page.gray.shape[1],
        height=page.gray.shape[0],
        rows=tuple(
            RowPlace(row.row, as_polygon(row.polygon, 1), _rounded(row.cells))
            for row in registered.rows
        ),
        collector_box=None
        if box is None
        else BoxPlace(as_polygon(box.polygon, 1), _rounded(box.fields)),
        page_polygon_scan=as_polygon(page.page_polygon_scan, 1),
        scan_from_page=tuple(float(v) for v in inverse(page.page_from_scan).ravel()),
    )


def _rounded(cells: Sequence[CellPlace]) -> tuple[CellPlace, ...]:
    """Cells as precise as they are kept, a tenth of a pixel."""
    return tuple(
        replace(
            cell,
            polygon=as_polygon(cell.polygon, 1),
            captions=tuple(
                (round(a, 1), round(b, 1), round(c, 1), round(d, 1)) for a, b, c, d in cell.captions
            ),
        )
        for cell in cells
    )


def fingerprint(crops: Sequence[CellCrop]) -> tuple[float, ...]:
    """Ink of each signer cell on a coarse grid, by row then column, 0..1.

    Two scans of one sheet agree whatever their angle and resolution, since
    cells are cut along the sheet's own rulings; two sheets do not.
    """
    numbers: list[float] = []
    cells = sorted(
        (crop for crop in crops if crop.row is not None), key=lambda c: (c.row or 0, c.column)
    )
    for crop in cells:
        dark = np.asarray(255 - crop.clean, dtype=np.float32)
        small = cv2.resize(
            dark, (FINGERPRINT_COLUMNS, FINGERPRINT_ROWS), interpolation=cv2.INTER_AREA
        )
        numbers += [round(float(v) / 255, 3) for v in small.ravel()]
    return tuple(numbers)
