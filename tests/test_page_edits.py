"""Pages read as a person put them right."""

import functools
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn import page_image
from sample_pages import SAMPLES, page_ref, registered

from digitizer import assemble, pipeline, rectify
from digitizer.forms.forms import load_forms
from digitizer.geometry import apply_homography, convex_iou, inverse, rectangle
from digitizer.paper.outline import Outline
from digitizer.pipeline import process_page, register_image
from digitizer.records import (
    NO_EDIT,
    PageEdit,
    PageGeometry,
    PageRef,
    PageTask,
    Polygon,
    RegisteredPage,
    RowStatus,
    SheetStatus,
)
from digitizer.rectify import rectify_page
from digitizer.review import boxspaces, gridlines
from digitizer.scans import load_page
from digitizer.sheets import sheetpages
from digitizer.sheets.sheetpages import Clock, sheets_on

pytestmark = pytest.mark.usefixtures("print_read_once")

FILE = "turned-270.jpg"  # six rows, four of them filled
FORM = "amnesty-canada-en"


@functools.cache
def found() -> PageGeometry:
    """The sample as it is found without help."""
    return assemble.geometry(registered(FILE))


def read(edit: PageEdit, file: str = FILE) -> RegisteredPage:
    """The sample registered with an edit."""
    page, _ = register_image(load_page(page_ref(file)), load_forms(), edit=edit)
    return page


def own_form() -> str:
    """The sample's form."""
    form = registered(FILE).form
    assert form is not None
    return form


def tops(page: RegisteredPage) -> list[float]:
    """Heights of the left ends of the row lines."""
    rows = page.rows
    return [row.polygon[0][1] for row in rows] + [rows[-1].polygon[3][1]]


def in_scan(polygon: Polygon, page: RegisteredPage) -> Polygon:
    """A polygon of the page in px of the scan."""
    scan_from_page = inverse(page.page.page_from_scan)
    return tuple((float(x), float(y)) for x, y in apply_homography(scan_from_page, polygon))


def with_lines(lines: "tuple[gridlines.Line, ...]") -> PageEdit:
    """The edit that the sheet page makes of lines."""
    turn = registered(FILE).page.rotation_deg
    edit = PageEdit(form=own_form(), turn_deg=turn)
    return gridlines.with_rows(edit, lines, found())


def test_lines_kept_as_found_give_the_rows_that_were_found() -> None:
    page = read(with_lines(gridlines.row_lines(found())))
    assert len(page.rows) == len(found().rows)
    for row, known in zip(page.rows, found().rows, strict=True):
        assert convex_iou(row.polygon, known.polygon) > 0.99
        assert [cell.column for cell in row.cells] == [cell.column for cell in known.cells]
        for cell, was in zip(row.cells, known.cells, strict=True):
            assert convex_iou(cell.polygon, was.polygon) > 0.98


def test_a_row_line_that_was_dragged_bounds_the_cells() -> None:
    lines = gridlines.row_lines(found())
    dragged = lines[2].moved(lines[2].first + 25, lines[2].last + 12)
    page = read(with_lines((*lines[:2], dragged, *lines[3:])))
    assert tops(page)[2] == pytest.approx(lines[2].first + 25, abs=0.6)
    assert page.rows[1].polygon[2][1] == pytest.approx(lines[2].last + 12, abs=0.6)
    assert page.rows[1].cells[0].polygon[3][1] == pytest.approx(tops(page)[2], abs=1.5)
    assert page.collector_box is not None


@pytest.mark.parametrize("far", [2, 7])
def test_rows_dragged_off_the_page_are_empty_and_the_others_are_read(
    far: int, tmp_path: Path
) -> None:
    """The page failed, now and whenever it was read again."""
    lines = gridlines.row_lines(found())
    off = [line.moved(line.first + 3000, line.last + 3000) for line in lines[-far:]]
    result = process_page(task(page_ref(FILE), tmp_path, with_lines((*lines[:-far], *off))))
    assert result.failure is None
    on_it = max(0, len(lines) - far)
    assert [row.status is RowStatus.BLANK for row in result.rows][on_it:] == [True] * (6 - on_it)
    assert sum(row.status is not RowStatus.BLANK for row in result.rows) == (0 if far == 7 else 5)


def test_a_deleted_line_makes_one_row_of_two_and_numbers_go_on() -> None:
    lines = gridlines.row_lines(found())
    page = read(with_lines((lines[0], *lines[2:])))
    assert [row.row for row in page.rows] == [1, 2, 3, 4, 5]
    assert tops(page)[1] == pytest.approx(lines[2].first, abs=0.6)


def test_borders_of_columns_that_were_dragged_bound_the_cells() -> None:
    columns = gridlines.column_lines(found())
    moved = [*columns]
    moved[1] = columns[1].moved(columns[1].first + 20, columns[1].last + 20)
    edit = PageEdit(form=own_form(), turn_deg=registered(FILE).page.rotation_deg)
    page = read(gridlines.with_columns(edit, moved, found()))
    assert len(page.rows) == len(found().rows)
    first, second = page.rows[3].cells[:2]
    was = found().rows[3].cells[0]
    assert first.polygon[1][0] == pytest.approx(was.polygon[1][0] + 20, abs=1)
    assert second.polygon[0] == first.polygon[1]


def with_spaces(*moved: boxspaces.Space) -> RegisteredPage:
    """The sample registered with these spaces of its collector box."""
    return read(boxspaces.with_box(with_lines(gridlines.row_lines(found())), moved, found()))


def test_spaces_kept_as_found_give_the_collector_box_that_was_found() -> None:
    spaces = boxspaces.spaces_of(found(), None)
    assert len(spaces) == 3
    page, known = with_spaces(*spaces), found().collector_box
    assert page.collector_box is not None and known is not None
    for cell, was in zip(page.collector_box.fields, known.fields, strict=True):
        assert cell.fields == was.fields
        assert convex_iou(cell.polygon, was.polygon) > 0.97


def test_a_space_of_the_collector_box_that_was_dragged_is_where_its_answer_is_read() -> None:
    first, *others = boxspaces.spaces_of(found(), None)
    moved = replace(first, left=first.left - 30, bottom=first.bottom + 12)
    page = with_spaces(moved, *others)
    assert page.collector_box is not None
    cell = page.collector_box.fields[0]
    assert cell.polygon[0] == pytest.approx((moved.left, moved.top), abs=1)
    assert cell.polygon[2] == pytest.approx((moved.right, moved.bottom), abs=1)
    assert page.collector_box.polygon[0][0] <= moved.left + 1


def test_spaces_of_another_forms_box_mean_nothing() -> None:
    known, page = found().collector_box, with_spaces(boxspaces.Space("sponsor", 10, 10, 90, 90))
    assert page.collector_box is not None and known is not None
    assert convex_iou(page.collector_box.polygon, known.polygon) > 0.99


def test_where_no_box_was_found_its_fields_are_laid_on_the_page_to_be_dragged() -> None:
    form = next(form for form in load_forms() if form.name == own_form())
    lost = replace(found(), collector_box=None)
    laid = boxspaces.spaces_of(lost, form)
    assert [one.name for one in laid] == ["collector_name", "event_location", "date_collected"]
    assert all(one.laid and 0 < one.top < one.bottom < lost.height for one in laid)
    assert boxspaces.spaces_of(lost, None) == ()


def test_a_field_whose_place_was_not_found_is_laid_on_the_page_and_counts_once_it_was_moved() -> (
    None
):
    form = next(form for form in load_forms() if form.name == own_form())
    known = found().collector_box
    assert known is not None
    lacking = replace(found(), collector_box=replace(known, fields=known.fields[:2]))
    spaces = boxspaces.spaces_of(lacking, form)
    assert [one.laid for one in spaces] == [False, False, True]
    posted = {
        f"box.{n}.{edge}": str(getattr(one, edge))
        for n, one in enumerate(spaces)
        for edge in boxspaces.EDGES
    }
    assert boxspaces.drawn_spaces(spaces, posted, lacking) == spaces
    assert len(boxspaces.with_box(PageEdit(), spaces, lacking).box) == 2
    posted["box.2.top"] = str(spaces[2].top - 200)
    moved = boxspaces.drawn_spaces(spaces, posted, lacking)
    assert len(boxspaces.with_box(PageEdit(), moved, lacking).box) == 3


def test_a_turn_by_hand_is_not_doubted() -> None:
    upright = registered(FILE).page.rotation_deg
    page = read(PageEdit(turn_deg=(upright + 180) % 360))
    assert page.page.rotation_deg == (upright + 180) % 360
    assert page.form is None
    assert read(PageEdit(turn_deg=upright)).form == own_form()


def test_corners_by_hand_are_the_corners_of_the_page() -> None:
    image = load_page(page_ref("phone.jpg"))
    automatic = rectify_page(image)
    found_corners = np.array(automatic.page_polygon_scan)
    middle = found_corners.mean(axis=0)
    inner = middle + 0.9 * (found_corners - middle)
    corners = tuple((float(x), float(y)) for x, y in inner)
    # Whichever corner comes first.
    page = rectify_page(image, turn_deg=0, corners=corners[2:] + corners[:2])
    assert (
        np.abs(np.sort(np.array(page.page_polygon_scan), axis=0) - np.sort(inner, axis=0)).max() < 1
    )
    in_page = apply_homography(page.page_from_scan, inner)
    height, width = page.gray.shape
    outer = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    assert np.abs(in_page - outer).max() < 0.03 * width


def test_a_form_chosen_for_a_page_without_its_table_gets_a_grid_to_drag() -> None:
    page = read(PageEdit(form=FORM), "letter.jpg")
    assert page.form == FORM
    assert page.failure is not None and page.failure.kind == "grid-not-found"
    geometry = assemble.geometry(page)
    lines, columns = gridlines.row_lines(geometry), gridlines.column_lines(geometry)
    assert len(lines) > 2 and len(columns) == len(page.rows[0].cells) + 1
    edit = gridlines.with_rows(PageEdit(form=FORM), lines[:3], geometry)
    drawn = read(gridlines.with_columns(edit, columns, geometry), "letter.jpg")
    assert drawn.failure is None
    assert len(drawn.rows) == 2
    assert (
        convex_iou(in_scan(drawn.rows[1].polygon, drawn), in_scan(page.rows[1].polygon, page))
        > 0.98
    )


def task(ref: PageRef, workspace: Path, edit: PageEdit) -> PageTask:
    """What a worker is given."""
    return PageTask(ref, "sheet-1", str(workspace), (), 0.005, edit=edit)


def test_what_is_no_sheet_is_not_even_opened(tmp_path: Path) -> None:
    ref = PageRef(str(tmp_path / "gone.jpg"), "gone.jpg", 1, "0" * 64)
    result = process_page(task(ref, tmp_path, PageEdit(not_a_sheet=True)))
    assert (result.status, result.reasons) == (SheetStatus.UNRECOGNISED, ("not-a-sheet",))
    assert result.rows == () and result.failure is None


def test_an_unread_grid_is_kept_for_dragging_and_has_no_rows(tmp_path: Path) -> None:
    result = process_page(task(page_ref("letter.jpg"), tmp_path, PageEdit(form=FORM)))
    assert result.status is SheetStatus.UNRECOGNISED
    assert result.reasons == ("grid-not-found",)
    assert result.geometry is not None and result.geometry.rows
    assert (result.rows, result.rows_on_form) == ((), None)


@pytest.mark.model
def test_a_page_read_with_a_dragged_line_has_its_readings_in_the_right_rows(
    tmp_path: Path,
) -> None:
    # A line drawn through the middle of the writing, put back where it belongs.
    lines = gridlines.row_lines(found())
    wrong = lines[1].moved(lines[1].first - 30, lines[1].last - 30)
    spoilt = process_page(task(page_ref(FILE), tmp_path, with_lines((lines[0], wrong, *lines[2:]))))
    right = process_page(task(page_ref(FILE), tmp_path, with_lines(lines)))
    plain = process_page(task(page_ref(FILE), tmp_path, NO_EDIT))
    told = [[(f.field, f.value) for f in row.fields] for row in right.rows]
    assert told == [[(f.field, f.value) for f in row.fields] for row in plain.rows]
    assert [(f.field, f.value) for f in spoilt.rows[1].fields] != told[1]
    assert spoilt.geometry is not None and right.geometry is not None
    too_high, put_back = (
        geometry.rows[1].polygon[0][1] for geometry in (spoilt.geometry, right.geometry)
    )
    assert put_back == pytest.approx(too_high + 30, abs=1)


def test_what_is_not_drawn_on_a_sheet_that_is_small_in_its_picture_is_found_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A wrong outline, which the first look did not believe.
    sheet = np.asarray(cv2.imread(str(SAMPLES / "scans" / "clean-en.png")), dtype=np.uint8)
    height, width = sheet.shape[:2]
    desk = np.full((2 * height, 2 * width, 3), 235, np.uint8)
    desk[200 : 200 + height, 700 : 700 + width] = sheet
    wrong = Outline(rectangle(0, 0, 2 * width, 0.6 * height), 1.0)
    for module in (sheetpages, rectify):
        name = "find_outlines" if module is sheetpages else "find_outline"
        answer = (wrong,) if module is sheetpages else wrong
        monkeypatch.setattr(module, name, lambda _, answer=answer: answer)
    image = page_image(desk)
    ((seen, _),) = sheets_on(image, load_forms())
    assert len(seen.rows) == 8
    edit = PageEdit(form=seen.form, turn_deg=seen.page.rotation_deg)
    again = pipeline._edited_sheet(image, load_forms(), Clock(), edit, 0)
    assert again is not None and again[0].form == seen.form
    for row, other in zip(again[0].rows, seen.rows, strict=True):
        assert [cell.column for cell in row.cells] == [cell.column for cell in other.cells]
        assert convex_iou(in_scan(row.polygon, again[0]), in_scan(other.polygon, seen)) > 0.95
