"""Cells that lie off the page's lines are told by how much, in millimetres."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from drawn import blank, draw_down, draw_grid, draw_text, grid_rules
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.geometry import as_polygon, rectangle
from digitizer.lines.residual import MAX_RESIDUAL_MM, measure_residual, unruled_sides
from digitizer.records import PAGE_PX_PER_MM, CellPlace, Pixels, RowPlace

XS, YS = (100, 500, 900, 1500), tuple(range(400, 1300, 100))


def page(*, written: bool = True) -> Pixels:
    """A table at 200 dpi, with words over its lines."""
    drawn = blank(1600, 1500)
    draw_grid(drawn, XS, YS)
    if written:
        for y in YS[:-1]:
            draw_text(drawn, 130, y + 85, "Gyorgy Pappagalli", 40)
            draw_text(drawn, 530, y + 20, "7 Quay Street", 40)
            cv2.line(drawn, (950, y - 30), (1400, y + 120), 40, 4)
    return drawn


def cells(dx: float = 0.0, dy: float = 0.0, only: int | None = None) -> list[RowPlace]:
    """The table's rows moved by (dx, dy) px, all columns or one alone."""
    rows = []
    for number, (top, bottom) in enumerate(pairwise(YS), start=1):
        places = []
        for column, (left, right) in enumerate(pairwise(XS)):
            move = (dx, dy) if only in (None, column) else (0.0, 0.0)
            # A drawn line covers its pixel: its middle is half a pixel further on.
            quad = rectangle(left + 0.5, top + 0.5, right + 0.5, bottom + 0.5) + move
            places.append(CellPlace(column=f"c{column}", fields=(), polygon=as_polygon(quad)))
        outline = as_polygon(rectangle(XS[0], top, XS[-1], bottom))
        rows.append(RowPlace(number, outline, tuple(places)))
    return rows


def test_cells_on_the_lines_have_next_to_no_residual() -> None:
    found = measure_residual(cells(), page())
    assert found is not None
    assert found.mm < 0.15
    assert found.seen > 0.95
    assert not found.is_bad


@settings(max_examples=10, deadline=None)
@given(st.floats(-1.6, 1.6), st.floats(-1.6, 1.6))
def test_cells_that_lie_off_are_told_by_how_much(dx: float, dy: float) -> None:
    found = measure_residual(cells(dx * PAGE_PX_PER_MM, dy * PAGE_PX_PER_MM), page())
    assert found is not None
    assert found.mm == pytest.approx(max(abs(dx), abs(dy)), abs=0.2)


def test_one_column_that_lies_off_shows() -> None:
    found = measure_residual(cells(dx=1.5 * PAGE_PX_PER_MM, only=1), page())
    assert found is not None
    assert found.mm > MAX_RESIDUAL_MM and found.is_bad


def test_where_no_line_is_printed_nothing_is_told() -> None:
    assert measure_residual(cells(), np.full((1500, 1600), 245, np.uint8)) is None
    assert measure_residual([], page()) is None


def test_a_ruling_that_is_missing_counts_as_not_seen() -> None:
    drawn = page(written=False)
    drawn[795:806, 90:1510] = 245
    found = measure_residual(cells(), drawn)
    assert found is not None
    assert found.mm < 0.15
    assert 0.7 < found.seen < 0.98


def test_a_comb_printed_beside_the_lines_is_not_what_cells_lie_off() -> None:
    drawn = page(written=False)
    for y in YS[:-1]:
        draw_grid(drawn, tuple(range(510, 891, 38)), (y + 14, y + 86), gray=20)
    found = measure_residual(cells(), drawn)
    assert found is not None
    assert found.mm < 0.15


def test_writing_beside_the_edge_of_a_gray_band_is_no_line_that_cells_lie_off() -> None:
    drawn = blank(1600, 1500)
    for y in YS[:-1:2]:
        drawn[y : y + 100, XS[0] : XS[-1]] = 218
    for x in XS:
        draw_down(drawn, x + 0.5, YS[0], YS[-1])
    for y in YS[:-1]:
        for x in XS[:-1]:
            for down, text in ((-2, "mnuwcvsexammnvu"), (54, "ellimmrnovwnuu")):
                draw_text(drawn, x + 30, y + down, text, 44)
    found = measure_residual(cells(), drawn)
    assert found is not None
    assert found.mm < 0.15


def test_a_side_that_no_ruling_shows_is_told_where_others_are_ruled() -> None:
    names = (("c0",), ("c1",), ("c2",))
    assert unruled_sides(cells(), grid_rules(XS, YS), names) == ()
    assert unruled_sides(cells(), grid_rules((100, 500, 1500), YS), names) == (1,)
    # Near it is by it; 3 mm off it is another's.
    assert unruled_sides(cells(), grid_rules((100, 500, 910, 1500), YS), names) == ()
    assert unruled_sides(cells(), grid_rules((100, 500, 925, 1500), YS), names) == (1,)
    # Of a table without rulings between its columns nothing is said, nor of none at all.
    assert unruled_sides(cells(), grid_rules((100, 1500), YS), names) == ()
    assert unruled_sides((), grid_rules(XS, YS), names) == ()
    # Cells that captions part are of one column.
    assert unruled_sides(cells(), grid_rules((100, 900, 1500), YS), (("c0", "c1"), ("c2",))) == ()
