"""Lines of the grid as a person drags them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from placed_pages import drawn_geometry, geometry_of

from digitizer.records import NO_EDIT
from digitizer.review import gridlines
from digitizer.review.gridlines import Line, Refused

GEOMETRY = drawn_geometry(3)
ROWS = gridlines.row_lines(GEOMETRY)
COLUMNS = gridlines.column_lines(GEOMETRY)


def posted(lines: "tuple[Line, ...]", name: str = "row") -> dict[str, str]:
    """The form as it is shown."""
    return {
        f"{name}.{number}.{end}": str(value)
        for number, line in enumerate(lines)
        for end, value in (("first", line.first), ("last", line.last))
    }


def test_rows_are_bounded_by_one_line_more() -> None:
    assert [line.first for line in ROWS] == [200, 260, 320, 380]
    assert ROWS[0].points == ((50, 200), (425, 200), (800, 200))


def test_columns_share_their_borders() -> None:
    assert [(line.first, line.ends, line.begins) for line in COLUMNS] == [
        (50, (), ("name",)),
        (425, ("name",), ("email",)),
        (800, ("email",), ()),
    ]


def test_a_form_sent_back_untouched_changes_nothing() -> None:
    assert gridlines.drawn_rows(ROWS, posted(ROWS)) == ROWS
    assert gridlines.drawn_columns(COLUMNS, posted(COLUMNS, "column")) == COLUMNS


@given(st.floats(-300, 300), st.floats(-300, 300))
def test_a_line_goes_where_its_ends_go_and_keeps_its_bend(first: float, last: float) -> None:
    bent = Line(((0.0, 100.0), (50.0, 104.0), (100.0, 100.0)))
    moved = bent.moved(first, last)
    assert moved.first == pytest.approx(first, abs=0.06)
    assert moved.last == pytest.approx(last, abs=0.06)
    assert moved.points[1][1] == pytest.approx((first + last) / 2 + 4, abs=0.06)


def test_a_deleted_line_and_a_new_one() -> None:
    form = {**posted(ROWS), "row.1.delete": "1", "row.n0.first": "410,5", "row.n0.last": "411"}
    lines = gridlines.drawn_rows(ROWS, form)
    assert [line.first for line in lines] == [200, 320, 380, 410.5]


def test_an_empty_new_line_is_none() -> None:
    form = {**posted(ROWS), "row.n0.first": " ", "row.n0.last": ""}
    assert gridlines.drawn_rows(ROWS, form) == ROWS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"row.1.first": "abc"}, "sheet.no_number"),
        ({"row.1.first": "nan"}, "sheet.no_number"),
        ({"row.1.first": "1e300"}, "sheet.no_number"),
        ({"row.1.first": "205", "row.1.last": "205"}, "sheet.lines_too_near"),
        ({"row.1.first": "330", "row.1.last": "250"}, "sheet.lines_too_near"),
        ({f"row.{n}.delete": "1" for n in range(3)}, "sheet.too_few_lines"),
    ],
    ids=["a word", "not a number", "off the page", "too near", "crossing", "one line left"],
)
def test_lines_that_make_no_rows_are_refused(change: dict[str, str], message: str) -> None:
    with pytest.raises(Refused) as refused:
        gridlines.drawn_rows(ROWS, {**posted(ROWS), **change})
    assert refused.value.message == message


def test_borders_of_columns_that_change_places_are_refused() -> None:
    form = {**posted(COLUMNS, "column"), "column.1.first": "900", "column.1.last": "900"}
    with pytest.raises(Refused, match=r"sheet\.columns_crossed"):
        gridlines.drawn_columns(COLUMNS, form)


def test_edits_are_kept_in_pixels_of_the_scan() -> None:
    doubled = replace(GEOMETRY, scan_from_page=(2.0, 0.0, 10.0, 0.0, 2.0, 20.0, 0.0, 0.0, 1.0))
    edit = gridlines.with_rows(NO_EDIT, ROWS, doubled)
    assert edit.row_lines[0] == ((110, 420), (860, 420), (1610, 420))
    columns = gridlines.with_columns(NO_EDIT, COLUMNS, doubled).columns
    assert [(c.column, c.left[0][0], c.right[0][0]) for c in columns] == [
        ("name", 110, 860),
        ("email", 860, 1610),
    ]


def test_rows_of_two_tables_have_no_lines_to_drag() -> None:
    gap = replace(GEOMETRY, rows=(GEOMETRY.rows[0], geometry_of([500, 560]).rows[0]))
    assert gridlines.row_lines(gap) == ()
    assert gridlines.column_lines(gap) == ()


CORNERS = {"0": (10, 10), "1": (800, 20), "2": (790, 1000), "3": (20, 1010)}


def corner_form(**other: "tuple[float, float]") -> dict[str, str]:
    """Four corners as posted."""
    corners = {**CORNERS, **{name[1:]: point for name, point in other.items()}}
    return {
        f"corner.{number}.{axis}": str(value)
        for number, point in corners.items()
        for axis, value in zip("xy", point, strict=True)
    }


def test_corners_are_taken_and_kept_inside_the_scan() -> None:
    corners = gridlines.drawn_corners(corner_form(c0=(-5, 10)), (850, 1100))
    assert corners == ((0, 10), (800, 20), (790, 1000), (20, 1010))


@pytest.mark.parametrize(
    "other",
    [{"c0": (800, 20), "c1": (10, 10)}, {"c0": (700, 900)}, {f"c{n}": (5, 5) for n in range(4)}],
    ids=["crossed", "dented", "a point"],
)
def test_corners_that_make_no_sheet_are_refused(other: "dict[str, tuple[float, float]]") -> None:
    with pytest.raises(Refused):
        gridlines.drawn_corners(corner_form(**other), (850, 1100))
