"""One page from scan to result: what it gives, and that nothing of it gets lost."""

import dataclasses
import json
import logging
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from drawn import blank, draw_letter, in_color, rectified
from sample_pages import SAMPLES, geometry, page_ref

from digitizer import pipeline
from digitizer.errors import DependencyError, FormError, StoreError
from digitizer.forms.forms import load_forms
from digitizer.layout.identification.formscore import no_form
from digitizer.locate import located_sheet
from digitizer.pagewords import ENVELOPE, MESSAGES, nearest_forms
from digitizer.pipeline import process_page, register_image
from digitizer.records import (
    NO_EDIT,
    FieldKind,
    FieldState,
    PageEdit,
    PageGeometry,
    PageImage,
    PageRef,
    PageResult,
    PageTask,
    Pixels,
    Polygon,
    RectifiedPage,
    RegisteredPage,
    Route,
    RowStatus,
    SheetStatus,
    Signature,
)
from digitizer.rectify import rectify_page
from digitizer.review import gridlines
from digitizer.scans import load_page
from digitizer.sheets import sheetpages

FILLED = "turned-270.jpg"  # six rows, four of them filled


def task(ref: PageRef, workspace: Path, **more: Any) -> PageTask:
    """What a worker is given."""
    return PageTask(ref, "sheet-1", str(workspace), (), 0.005, **more)


def _row_lines(found: PageGeometry) -> tuple[Polygon, ...]:
    return gridlines.with_rows(NO_EDIT, gridlines.row_lines(found), found).row_lines


def picture(path: Path, pixels: Pixels) -> PageRef:
    """Write a scan; its page."""
    assert cv2.imwrite(str(path), pixels)
    return PageRef(str(path), path.name, 1, "0" * 64)


def without_times(result: PageResult) -> PageResult:
    """A result as it would be on a machine of any speed."""
    steps = tuple(dataclasses.replace(step, seconds=0.0) for step in result.steps)
    return dataclasses.replace(result, steps=steps)


def values_in(record: Any) -> Iterator[Any]:
    """Everything a record holds, at any depth."""
    yield record
    if dataclasses.is_dataclass(record):
        for field in dataclasses.fields(record):
            yield from values_in(getattr(record, field.name))
    elif isinstance(record, tuple | list):
        for item in record:
            yield from values_in(item)


def files(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder`` with its content."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


# --- pages that fail -----------------------------------------------------------


def test_a_scan_that_cannot_be_read_is_a_failed_page(tmp_path: Path) -> None:
    ref = PageRef(str(tmp_path / "gone.png"), "scans/gone.png", 1, "0" * 64)
    result = process_page(task(ref, tmp_path / "out"))
    assert result.status is SheetStatus.FAILED
    assert (result.ref, result.sheet_id) == (ref, "sheet-1")
    assert result.failure is not None and result.failure.kind in result.reasons
    assert "scans/gone.png" in result.failure.message


def test_a_picture_that_is_no_sheet_is_a_failed_page(tmp_path: Path) -> None:
    ref = picture(tmp_path / "strip.png", in_color(blank(4000, 60)))
    result = process_page(task(ref, tmp_path / "out"))
    assert result.status is SheetStatus.FAILED
    assert result.failure is not None and "4000 x 60" in result.failure.message


@pytest.mark.parametrize("bug", [ValueError, cv2.error, MemoryError, RecursionError])
def test_a_bug_costs_its_page_only_and_no_signers_text_is_logged(
    bug: type[Exception],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    name = " ".join(["Ana", "Roy"])

    def broken(*_: object, **__: object) -> None:
        raise bug(f"could not parse {name}")

    monkeypatch.setattr(sheetpages, "rectify_page", broken)
    ref = picture(tmp_path / "scan.png", in_color(blank(425, 550)))
    with caplog.at_level(logging.DEBUG):
        result = process_page(task(ref, tmp_path / "out"))
    assert result.status is SheetStatus.FAILED
    assert result.failure is not None and result.failure.kind == "internal-error"
    assert bug.__name__ in result.failure.message
    assert pickle.loads(pickle.dumps(result)) == result
    assert "sheet-1" in caplog.text and "in broken" in caplog.text
    assert "Ana Roy" not in caplog.text + result.failure.message


@pytest.mark.parametrize("error", [StoreError, FormError, DependencyError, KeyboardInterrupt])
def test_what_no_other_page_would_survive_ends_the_run(
    error: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error("no page can be read")

    monkeypatch.setattr(sheetpages, "rectify_page", broken)
    ref = picture(tmp_path / "scan.png", in_color(blank(425, 550)))
    with pytest.raises(error, match="no page can be read"):
        process_page(task(ref, tmp_path / "out"))


def test_a_workspace_that_cannot_be_written_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file, not a folder")
    ref = picture(tmp_path / "scan.png", in_color(blank(425, 550)))
    with pytest.raises(StoreError, match="cannot write pictures"):
        process_page(task(ref, tmp_path / "out"))


def test_an_unknown_form_ends_the_run(tmp_path: Path) -> None:
    ref = picture(tmp_path / "scan.png", in_color(blank(425, 550)))
    with pytest.raises(FormError):
        process_page(dataclasses.replace(task(ref, tmp_path / "out"), forms=("no-such-form",)))


# --- pages without signers -----------------------------------------------------


def test_an_empty_sheet_of_paper_is_blank_and_nothing_is_made_up(tmp_path: Path) -> None:
    result = process_page(task(page_ref("blank-page.png"), tmp_path))
    assert (result.status, result.reasons) == (SheetStatus.BLANK, ("blank-page",))
    assert (result.form, result.rows, result.collector) == (None, (), ())
    assert (result.rotation_deg, result.skew_deg, result.rows_on_form) == (None, None, None)
    assert result.failure is None
    assert list(files(tmp_path)) == ["pages/sheet-1.jpg"]


def test_a_letter_is_unrecognised_not_blank(tmp_path: Path) -> None:
    ref = picture(tmp_path / "letter.png", in_color(draw_letter()))
    result = process_page(task(ref, tmp_path / "out"))
    assert result.status is SheetStatus.UNRECOGNISED
    assert result.reasons[:2] == ("no-table", "letter")
    assert result.failure is not None and result.failure.stage == "register"
    assert result.rotation_deg == 0
    assert result.skew_deg == pytest.approx(0, abs=0.15)


def test_a_blurred_sheet_is_asked_for_again_in_plain_words(tmp_path: Path) -> None:
    sheet = cv2.imread(str(SAMPLES / "scans" / "clean-en.png"))
    blurred = np.asarray(cv2.GaussianBlur(sheet, (0, 0), 4.5), dtype=np.uint8)
    result = process_page(task(picture(tmp_path / "soft.png", blurred), tmp_path / "out"))
    assert result.status is SheetStatus.UNRECOGNISED
    assert "too-blurred" in result.reasons
    assert result.failure is not None
    assert result.failure.message.startswith("too blurred to read: photograph again from above")


def test_a_copy_that_lost_its_writing_is_looked_at_and_not_blank(tmp_path: Path) -> None:
    # Pencil that a black-and-white copy keeps here and there.
    sheet, written = (
        np.asarray(cv2.imread(str(SAMPLES / "scans" / name), cv2.IMREAD_GRAYSCALE), np.uint8)
        for name in ("unfilled.png", "clean-en.png")
    )
    rng = np.random.default_rng(3)
    kept = (written < 120) & (written > 0) & (rng.random(written.shape) < 0.04)
    rows = np.zeros(sheet.shape, bool)
    rows[int(0.3 * sheet.shape[0]) : int(0.65 * sheet.shape[0])] = True
    size = sheet.shape[::-1]
    crumbs = cv2.resize(kept.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    copy = np.where(sheet < 150, 0, 255).astype(np.uint8)
    copy[crumbs & rows] = 0
    result = process_page(task(picture(tmp_path / "copy.png", in_color(copy)), tmp_path / "out"))
    assert result.status is SheetStatus.REVIEW
    assert "too-faint" in result.reasons
    # Somebody saved its rows as they lie, who must have seen the page.
    assert result.geometry is not None
    drawn = PageEdit(row_lines=_row_lines(result.geometry))
    ref = picture(tmp_path / "copy.png", in_color(copy))
    seen = process_page(task(ref, tmp_path / "out", edit=drawn))
    assert seen.status is SheetStatus.BLANK and "too-faint" not in seen.reasons
    # Where a name came out whole the other rows were not empty either.
    for share in (0.09, 0.33, 0.6):
        at = (int(share * sheet.shape[1]), int(0.4 * sheet.shape[0]))
        cv2.putText(copy, "Ana Roy", at, cv2.FONT_HERSHEY_SIMPLEX, 1.1, (0,), 3)
    result = process_page(task(picture(tmp_path / "part.png", in_color(copy)), tmp_path / "out"))
    assert any(row.status is not RowStatus.BLANK for row in result.rows)
    assert any(row.status is RowStatus.BLANK for row in result.rows)
    assert "too-faint" in result.reasons
    empty = np.where(sheet < 150, 0, 255).astype(np.uint8)
    result = process_page(task(picture(tmp_path / "none.png", in_color(empty)), tmp_path / "out"))
    assert result.status is SheetStatus.BLANK
    assert "too-faint" not in result.reasons


def test_dust_on_a_blank_sheet_is_no_writing_that_was_lost(tmp_path: Path) -> None:
    sheet = np.asarray(
        cv2.imread(str(SAMPLES / "scans" / "unfilled.png"), cv2.IMREAD_GRAYSCALE), np.uint8
    )
    copy = np.where(sheet < 150, 0, 255).astype(np.uint8)
    specks = np.random.default_rng(5).random(copy.shape) < 0.0004
    copy[cv2.dilate(specks.astype(np.uint8), np.ones((2, 2), np.uint8)) > 0] = 0
    result = process_page(task(picture(tmp_path / "dust.png", in_color(copy)), tmp_path / "out"))
    assert result.form is not None
    assert "too-faint" not in result.reasons


def test_an_envelope_is_kept_as_one(tmp_path: Path) -> None:
    page = blank(1900, 830)
    for line, text in enumerate(("Committee for Clean Rivers", "312 Laurier Avenue East")):
        cv2.putText(page, text, (800, 430 + 60 * line), 0, 1.3, 40, 3, cv2.LINE_AA)
    result = process_page(task(picture(tmp_path / "e.png", in_color(page)), tmp_path / "out"))
    assert result.status is SheetStatus.UNRECOGNISED
    assert result.reasons[:2] == ("no-table", "envelope")


def of_no_form(
    page: RectifiedPage, candidates: tuple[tuple[str, float], ...] = ()
) -> RegisteredPage:
    """A page without a table that fits none of ``candidates``."""
    return RegisteredPage(
        page=page,
        form=None,
        petition=None,
        language="en",
        form_score=max((score for _, score in candidates), default=0.0),
        candidates=candidates,
        rows=(),
        collector_box=None,
        rules=(),
        words=(),
        failure=no_form((), candidates),
    )


@pytest.mark.parametrize(("quality", "told"), [(0.7, False), (0.9, True), (None, True)])
def test_what_people_see_of_a_page_lies_as_its_line_in_sheets_csv_says(
    quality: float | None, told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = draw_letter()
    turned = np.ascontiguousarray(np.rot90(letter, -1))
    page = dataclasses.replace(rectified(turned), rotation_deg=90, rotation_quality=quality)
    monkeypatch.setattr(pipeline, "sheets_on", lambda *_: ((of_no_form(page), 0),))
    result = process_page(task(picture(tmp_path / "p.png", in_color(letter)), tmp_path / "out"))
    assert result.rotation_deg == (90 if told else None)
    assert ("which-way-up-unclear" in result.reasons) is not told
    shown = cv2.imread(str(tmp_path / "out" / "pages" / "sheet-1.jpg"), cv2.IMREAD_GRAYSCALE)
    wanted = turned if told else letter
    assert shown is not None and shown.shape == wanted.shape
    assert np.abs(shown.astype(int) - wanted).mean() < 5
    located = located_sheet(result.ref, of_no_form(page))
    assert located["rotation_deg"] == result.rotation_deg


@pytest.mark.parametrize(
    ("scores", "named"),
    [
        pytest.param((0.45, 0.31, 0.3), ("parks", "rivers"), id="two of three"),
        pytest.param((0.45, 0.29, 0.1), ("parks",), id="one is near"),
        pytest.param((0.29, 0.1, 0.0), (), id="none is"),
    ],
)
@pytest.mark.parametrize("look", [None, ENVELOPE])
def test_a_page_of_no_known_form_names_those_it_is_near_to_whatever_it_looks_like(
    look: str | None,
    scores: tuple[float, ...],
    named: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    candidates = tuple(zip(("parks", "rivers", "trees"), scores, strict=True))
    found = of_no_form(rectified(draw_letter()), candidates)
    monkeypatch.setattr(pipeline, "sheets_on", lambda *_: ((found, 0),))
    monkeypatch.setattr(pipeline, "look_of", lambda *_: look)
    monkeypatch.setattr(pipeline, "retake_reason", lambda *_, **__: None)
    ref = picture(tmp_path / "p.png", in_color(draw_letter()))
    result = process_page(task(ref, tmp_path / "out"))
    assert result.reasons[0] == "no-table" and (look is None or look in result.reasons)
    assert nearest_forms(result.reasons) == named
    assert result.failure is not None
    said = result.failure.message
    assert [name in said for name in ("parks", "rivers", "trees")] == [
        name in named for name in ("parks", "rivers", "trees")
    ]
    assert ("nearest: parks (45%)" in said) is bool(named)
    assert look is None or said.startswith(MESSAGES[look])


def test_the_back_of_a_sheet_is_kept_as_one(tmp_path: Path) -> None:
    sheet = cv2.imread(str(SAMPLES / "scans" / "clean-en.png"))
    through = cv2.GaussianBlur(np.asarray(sheet)[:, ::-1].astype(np.float32), (0, 0), 1.5)
    back = np.clip(250 - 0.16 * (255 - through), 0, 255).astype(np.uint8)
    result = process_page(task(picture(tmp_path / "b.png", back), tmp_path / "out"))
    assert result.status is SheetStatus.UNRECOGNISED
    assert result.reasons[1] == "back-of-sheet"
    assert result.rows == ()


def test_a_drawing_is_unrecognised_not_blank(tmp_path: Path) -> None:
    page = blank(850, 1100)
    cv2.ellipse(page, (420, 500), (250, 330), 20, 0, 360, 40, 4, cv2.LINE_AA)
    result = process_page(task(picture(tmp_path / "o.png", in_color(page)), tmp_path / "out"))
    assert (result.status, result.reasons) == (
        SheetStatus.UNRECOGNISED,
        (
            "no-table",
            "which-way-up-unclear",
            "skew-unclear",
        ),
    )


def test_an_unfilled_form_is_blank_with_all_its_rows(tmp_path: Path) -> None:
    result = process_page(task(page_ref("unfilled.png"), tmp_path))
    assert (result.status, result.reasons) == (SheetStatus.BLANK, ("no-filled-row",))
    assert result.form == "amnesty-canada-fr"
    wanted = [row["row"] for row in geometry()["unfilled.png", 1]["rows"]]
    assert [row.row for row in result.rows] == wanted
    assert {row.status for row in result.rows} == {RowStatus.BLANK}
    assert all(value.state is FieldState.EMPTY for value in result.collector)
    assert result.rows_on_form == len(wanted)


def test_a_sheet_taken_for_upside_down_is_turned_back_by_its_own_print(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def wrong_and_unsure(
        image: PageImage,
        *,
        turn_deg: int | None = None,
        corners: Polygon = (),
        seek_outline: bool = True,
        guess_skew: bool = False,
    ) -> RectifiedPage:
        assert corners == () and not guess_skew  # its skew is told
        if turn_deg is not None:
            return rectify_page(image, turn_deg=turn_deg)
        return dataclasses.replace(rectify_page(image, turn_deg=180), rotation_quality=0.5)

    monkeypatch.setattr(sheetpages, "rectify_page", wrong_and_unsure)
    found, _ = register_image(load_page(page_ref("unfilled.png")), load_forms())
    assert (found.form, found.page.rotation_deg) == ("amnesty-canada-fr", 0)
    assert len(found.rows) == len(geometry()["unfilled.png", 1]["rows"])


# --- a sheet with signers ------------------------------------------------------


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def result(workspace: Path) -> PageResult:
    """The filled sample, read with an overlay."""
    return process_page(task(page_ref(FILLED), workspace, overlay=True))


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    pages = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))
    found = next(page for page in pages if page["file"] == FILLED)
    assert isinstance(found, dict)
    return found


@pytest.mark.model
def test_every_row_with_ink_is_listed_with_its_number(
    result: PageResult, truth: dict[str, Any]
) -> None:
    assert result.failure is None
    assert result.form == "amnesty-canada-en"
    drawn = geometry()[FILLED, 1]
    assert result.rows_on_form == len(drawn["rows"]) == len(result.rows)
    assert result.rotation_deg == drawn["rotation_deg"]
    assert result.skew_deg == pytest.approx(drawn["skew_deg"], abs=0.1)
    filled = [row.row for row in result.rows if row.status is not RowStatus.BLANK]
    assert filled == [row["row"] for row in truth["rows"]]


@pytest.mark.model
def test_every_field_of_the_form_has_a_value_or_says_why_not(result: PageResult) -> None:
    names = ["name", "address", "city", "province", "postal_code", "signature", "phone", "email"]
    for row in result.rows:
        if row.status is RowStatus.BLANK:
            assert row.fields == ()
            continue
        assert [value.field for value in row.fields] == names
        for value in row.fields:
            if value.kind is not FieldKind.SIGNATURE:
                assert (value.state is FieldState.READ) or not value.value
                assert (value.state is FieldState.READ) is bool(value.raw_text)
            assert value.confidence is None or 0 <= value.confidence <= 1
            if value.state is FieldState.UNREAD:
                assert value.route is Route.REVIEW
    assert [value.field for value in result.collector] == [
        "collector_name",
        "event_location",
        "date_collected",
    ]


@pytest.mark.model
def test_names_and_signatures_of_an_easy_sheet_are_mostly_right(
    result: PageResult, truth: dict[str, Any]
) -> None:
    rows = {row.row: row for row in result.rows}
    right = 0
    for wanted in truth["rows"]:
        signature = rows[wanted["row"]].get("signature")
        assert signature is not None
        assert (signature.value == Signature.PRESENT) is wanted["signed"]
        name = rows[wanted["row"]].get("name")
        right += name is not None and name.value.casefold() == wanted["name"].casefold()
    assert right >= len(truth["rows"]) / 2


@pytest.mark.model
def test_the_page_its_overlay_and_a_picture_of_each_written_field_are_kept(
    result: PageResult, workspace: Path
) -> None:
    names = set(files(workspace))
    assert {"pages/sheet-1.jpg", "pages/sheet-1_overlay.jpg"} <= names
    values = [value for row in result.rows for value in row.fields] + list(result.collector)
    crops = {value.crop for value in values if value.crop is not None}
    assert crops == {name for name in names if name.startswith("crops/")}
    for value in values:
        written = value.state is not FieldState.EMPTY
        assert not written or value.crop is not None, value.field
    assert not any(name.endswith(".part") for name in names)


@pytest.mark.model
def test_a_result_is_small_and_holds_no_pixels(result: PageResult) -> None:
    packed = pickle.dumps(result)
    assert len(packed) < 100_000
    assert pickle.loads(packed) == result
    assert not any(isinstance(value, np.ndarray | np.generic) for value in values_in(result))


@pytest.mark.model
def test_every_stage_is_told_with_its_time(result: PageResult) -> None:
    stages = [step.stage for step in result.steps]
    wanted = ["load", "rectify", "rulings", "print", "register", "segment", "read", "rules"]
    assert stages == [*wanted, "write"]
    assert all(step.seconds >= 0 for step in result.steps)


@pytest.mark.model
def test_a_second_run_gives_the_same_result_and_pictures(
    result: PageResult, workspace: Path, tmp_path: Path
) -> None:
    again = process_page(task(page_ref(FILLED), tmp_path))
    assert without_times(again) == without_times(result)
    first = files(workspace)
    del first["pages/sheet-1_overlay.jpg"]
    assert files(tmp_path) == first


def test_ink_that_no_engine_could_read_waits_for_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "read_cells", lambda cells, language: [() for _ in cells])
    result = process_page(task(page_ref(FILLED), tmp_path))
    filled = [row for row in result.rows if row.status is not RowStatus.BLANK]
    assert result.status is SheetStatus.REVIEW
    for row in filled:
        name = row.get("name")
        assert name is not None
        assert (name.state, name.value, name.route) == (FieldState.UNREAD, "", Route.REVIEW)
        assert name.crop is not None and (tmp_path / name.crop).is_file()
