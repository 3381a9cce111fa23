"""Layouts that few petitions have: known, read and drafted as every other."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from layout_pages import (
    FORMS,
    ODD_FORMS,
    assert_cells_stand_where_they_are_drawn,
    drawn,
    filled,
    in_page,
    registered_on,
)

from digitizer.assemble import sheet_reasons
from digitizer.cli import main
from digitizer.export import restore_text
from digitizer.formfit import check_fit
from digitizer.forms.forms import Form, load_forms
from digitizer.geometry import convex_iou
from digitizer.records import FieldKind, RegisteredPage
from digitizer.segment import cut_cells
from scripts.sheets.draw import MM_PER_INCH, Blank

pytestmark = pytest.mark.usefixtures("print_read_once")

WITH_DIVISION = {"ward-en": "ward", "depute-fr": "electoral_district"}


def assert_rows_stand_where_they_are_drawn(found: RegisteredPage, blank: Blank) -> None:
    """Every row, in order, at IoU 0.9."""
    assert [row.row for row in found.rows] == [row.row for row in blank.rows]
    scale = blank.dpi / MM_PER_INCH
    for row, truth in zip(found.rows, blank.rows, strict=True):
        x0, y0, x1, y1 = (v * scale for v in truth.rect)
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        assert convex_iou(in_page(row, found), corners) > 0.9


def draft_of(pixels: np.ndarray, folder: Path) -> Form:
    """What ``form new`` drafts from a page, once ``form check`` found nothing wrong."""
    page, target = folder / "page.png", folder / "mine.toml"
    cv2.imwrite(str(page), pixels)
    given = ["form", "new", str(page), "-o", str(target), "--name", "mine", "--quiet", "--force"]
    assert main(given) == 0
    fit = check_fit(page, str(target), folder / "fit.png")
    assert fit.fits, fit.problems
    return load_forms([str(target)])[0]


def drawn_pixels(name: str) -> tuple[np.ndarray, Blank]:
    """A blank printing, as ``filled`` gives it."""
    blank = drawn(name)
    return blank.pixels, blank


@pytest.mark.parametrize("name", sorted(WITH_DIVISION))
def test_a_sheet_with_a_column_for_where_signers_vote_is_known_and_its_cells_are_found(
    name: str,
) -> None:
    pixels, blank, texts = filled(name)
    found = registered_on(pixels, *FORMS, *ODD_FORMS)
    assert found.form == name
    assert_rows_stand_where_they_are_drawn(found, blank)
    field = WITH_DIVISION[name]
    assert all(row[field] for row in texts.values())
    (cells,) = {tuple(cell.column for cell in row.cells) for row in found.rows}
    assert field in cells and len(cells) == 4


@pytest.mark.parametrize("name", sorted(WITH_DIVISION))
def test_a_column_for_where_signers_vote_is_drafted_as_text_of_that_name(
    name: str, tmp_path: Path
) -> None:
    form = draft_of(drawn(name).pixels, tmp_path)
    kinds = {spec.name: spec.kind for spec in form.fields}
    assert kinds[WITH_DIVISION[name]] is FieldKind.TEXT
    assert set(kinds) >= {"name", "signature"}


def test_a_sheet_with_zip_codes_is_drafted_with_what_reads_them_surer(tmp_path: Path) -> None:
    form = draft_of(drawn("recall-us").pixels, tmp_path)
    assert [spec.kind for spec in form.fields] == [
        FieldKind.NAME, FieldKind.ADDRESS, FieldKind.TEXT, FieldKind.SIGNATURE,
    ]  # fmt: skip
    (hint,) = [
        line for line in (tmp_path / "mine.toml").read_text().splitlines() if "patterns" in line
    ]
    assert hint.startswith("# kind") and "99999-9999" in hint


def test_zip_codes_of_a_filled_sheet_are_read_as_their_patterns_are(tmp_path: Path) -> None:
    pixels, _, texts = filled("recall-us")
    cv2.imwrite(str(tmp_path / "page.png"), pixels)
    form, out = str(ODD_FORMS["recall-us"]), tmp_path / "out"
    given = ["run", str(tmp_path / "page.png"), "--form", form, "--out", str(out), "--quiet"]
    assert main(given) == 0
    with (out / "records.csv").open(encoding="utf-8-sig", newline="") as file:
        read = {int(row["row"]): restore_text(row["zip"]) for row in csv.DictReader(file)}
    assert read == {number: row["zip"] for number, row in texts.items()}


@pytest.mark.parametrize("name", sorted(WITH_DIVISION))
def test_the_two_blanks_for_a_sheets_number_are_two_answers_where_they_are_drawn(
    name: str,
) -> None:
    pixels, blank, _ = filled(name)
    found = registered_on(pixels, name)
    assert found.collector_box is not None and blank.box is not None
    places = {place.column: place for place in found.collector_box.fields}
    assert set(places) == {"sheet_number", "sheet_total", "collector_name", "date_collected"}
    scale = blank.dpi / MM_PER_INCH
    for field, rect in blank.box.fields:
        left, top = in_page(places[field], found).min(axis=0) / scale
        right, bottom = in_page(places[field], found).max(axis=0) / scale
        # Nothing that is written there is cut off, and the other answers are elsewhere.
        assert left <= rect[0] + 1 and right >= rect[0] + 0.9 * (rect[2] - rect[0]), field
        assert top <= rect[3] - 5 and bottom >= rect[3] - 1.5, field
        if field in ("sheet_number", "sheet_total"):
            assert right - left < 26 and bottom - top < 11, field
    number, total = (in_page(places[field], found) for field in ("sheet_number", "sheet_total"))
    assert number[:, 0].max() < total[:, 0].min()


@pytest.mark.parametrize("name", sorted(WITH_DIVISION))
def test_blanks_for_a_sheets_number_are_empty_until_somebody_writes_there(name: str) -> None:
    inks = []
    for pixels in (drawn(name).pixels, filled(name)[0]):
        crops = cut_cells(registered_on(pixels, name))
        ink = {crop.column: crop.ink.value for crop in crops if crop.row is None}
        inks.append((ink["sheet_number"], ink["sheet_total"]))
    assert inks == [("empty", "empty"), ("written", "written")]


@pytest.mark.parametrize("filled_in", [False, True])
@pytest.mark.parametrize("name", sorted(WITH_DIVISION))
def test_the_two_blanks_for_a_sheets_number_are_drafted(
    name: str, filled_in: bool, tmp_path: Path
) -> None:
    form = draft_of(filled(name)[0] if filled_in else drawn(name).pixels, tmp_path)
    assert form.box is not None
    labels = {item.field.name: item.label for item in form.box.fields}
    wanted = {"ward-en": (("Sheet",), ("of",)), "depute-fr": (("Feuille",), ("de",))}[name]
    assert (labels["sheet_number"], labels["sheet_total"]) == wanted
    assert {"collector_name", "date_collected"} <= set(labels) and len(labels) == 4


def test_signers_of_two_tables_below_each_other_run_on_from_the_upper_to_the_lower() -> None:
    pixels, blank, _ = filled("below-en")
    found = registered_on(pixels, *FORMS, *ODD_FORMS)
    assert found.form == "below-en"
    assert_rows_stand_where_they_are_drawn(found, blank)
    tops = [in_page(row, found)[:, 1].min() for row in found.rows]
    assert tops == sorted(tops)
    # Between the tables there is room for another row, and none.
    scale, row_mm = blank.dpi / MM_PER_INCH, blank.rows[0].rect[3] - blank.rows[0].rect[1]
    steps = np.diff(tops) / scale
    assert (steps > 1.5 * row_mm).sum() == 1
    assert {tuple(c.column for c in row.cells) for row in found.rows} == {
        ("name", "email", "signature")
    }
    assert found.collector_box is not None
    assert [c.column for c in found.collector_box.fields] == ["collector_name", "date_collected"]


def test_tables_below_each_other_are_drafted_once(tmp_path: Path) -> None:
    form = draft_of(drawn("below-en").pixels, tmp_path)
    assert [spec.kind for spec in form.fields] == [
        FieldKind.NAME, FieldKind.EMAIL, FieldKind.SIGNATURE,
    ]  # fmt: skip
    assert form.lines == 1 and form.box is not None and len(form.box.fields) == 2
    # The second table's heads are no sentences of this petition.
    assert not any("Signature" in phrase or "Email" in phrase for phrase in form.phrases)


@pytest.mark.parametrize("seed", [3, 8])
def test_rows_of_three_ruled_lines_are_one_signer_each(seed: int) -> None:
    pixels, blank, _ = filled("triple-en", seed)
    found = registered_on(pixels, *FORMS, *ODD_FORMS)
    assert found.form == "triple-en"
    assert_rows_stand_where_they_are_drawn(found, blank)
    assert_cells_stand_where_they_are_drawn(found, blank)
    # A ruling that only one line of three has is seen in each row, though it is none of the page.
    (form,) = load_forms([str(ODD_FORMS["triple-en"])])
    assert not [word for word in sheet_reasons(found, form, ()) if "side" in word]


@pytest.mark.parametrize("filled_in", [False, True])
def test_three_lines_a_signer_are_drafted_with_what_stands_on_each(
    filled_in: bool, tmp_path: Path
) -> None:
    form = draft_of((filled if filled_in else drawn_pixels)("triple-en")[0], tmp_path)
    assert form.lines == 3
    said = [(column.line, column.fields[0].kind) for column in form.columns]
    assert said == [
        (1, FieldKind.NAME), (1, FieldKind.DATE), (2, FieldKind.ADDRESS), (2, FieldKind.CITY),
        (3, FieldKind.SIGNATURE), (3, FieldKind.PHONE), (3, FieldKind.POSTAL_CODE),
    ]  # fmt: skip


def test_print_in_rows_of_three_lines_leaves_blank_rows_empty() -> None:
    found = registered_on(drawn("triple-en").pixels, "triple-en")
    inked = [
        (crop.row, crop.column)
        for crop in cut_cells(found)
        if crop.row is not None and crop.ink.value == "written"
    ]
    assert inked == [] and len(found.rows) >= 6
