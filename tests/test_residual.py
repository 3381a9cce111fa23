"""Cells that lie off the page's lines are told by how much, in millimetres."""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import pytest
from drawn import blank, draw_across, draw_down, draw_grid, draw_text, grid_rules
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.geometry import as_polygon, rectangle
from digitizer.lines.residual import (
    MAX_RESIDUAL_MM,
    Residual,
    measure_residual,
    unruled_sides,
)
from digitizer.records import PAGE_PX_PER_MM, CellPlace, Pixels, RowPlace, Rule

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


def residual_of(
    rows: Sequence[RowPlace], drawn: Pixels, rules: Sequence[Rule] | None = None
) -> Residual | None:
    """With the rulings traced that the table has."""
    return measure_residual(rows, drawn, grid_rules(XS, YS) if rules is None else rules)


def test_cells_on_the_lines_have_next_to_no_residual() -> None:
    found = residual_of(cells(), page())
    assert found is not None
    assert found.mm < 0.15
    assert found.seen > 0.95
    assert not found.is_bad


@settings(max_examples=10, deadline=None)
@given(st.floats(-1.6, 1.6), st.floats(-1.6, 1.6))
def test_cells_that_lie_off_are_told_by_how_much(dx: float, dy: float) -> None:
    found = residual_of(cells(dx * PAGE_PX_PER_MM, dy * PAGE_PX_PER_MM), page())
    assert found is not None
    assert found.mm == pytest.approx(max(abs(dx), abs(dy)), abs=0.2)


def test_a_sheet_of_very_many_cells_is_measured() -> None:
    xs, ys = tuple(range(100, 1501, 140)), tuple(range(80, 1480, 34))
    drawn = blank(1600, 1500)
    draw_grid(drawn, xs, ys)
    rows = [
        RowPlace(
            number,
            as_polygon(rectangle(xs[0], top, xs[-1], bottom)),
            tuple(
                CellPlace(f"c{k}", (), as_polygon(rectangle(a + 0.5, top + 0.5, b + 0.5, bottom)))
                for k, (a, b) in enumerate(pairwise(xs))
            ),
        )
        for number, (top, bottom) in enumerate(pairwise(ys), start=1)
    ]
    found = measure_residual(rows, drawn, grid_rules(xs, ys))
    assert sum(len(row.cells) for row in rows) == 410
    assert found is not None
    assert found.mm < 0.15


def test_one_column_that_lies_off_shows() -> None:
    found = residual_of(cells(dx=1.5 * PAGE_PX_PER_MM, only=1), page())
    assert found is not None
    assert found.mm > MAX_RESIDUAL_MM and found.is_bad


def test_where_no_line_is_printed_nothing_is_told() -> None:
    assert residual_of(cells(), np.full((1500, 1600), 245, np.uint8)) is None
    assert residual_of([], page()) is None


def test_a_ruling_that_is_missing_counts_as_not_seen() -> None:
    drawn = page(written=False)
    drawn[795:806, 90:1510] = 245
    found = residual_of(cells(), drawn)
    assert found is not None
    assert found.mm < 0.15
    assert 0.7 < found.seen < 0.98


def test_a_comb_printed_beside_the_lines_is_not_what_cells_lie_off() -> None:
    drawn = page(written=False)
    for y in YS[:-1]:
        draw_grid(drawn, tuple(range(510, 891, 38)), (y + 14, y + 86), gray=20)
    found = residual_of(cells(), drawn)
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
    found = residual_of(cells(), drawn)
    assert found is not None
    assert found.mm < 0.15


def open_page(*written: int) -> Pixels:
    """Lines across alone, with upright strokes 1.5 mm beside the columns' sides in some rows."""
    drawn = blank(1600, 1500)
    for y in YS:
        draw_across(drawn, y + 0.5, XS[0], XS[-1])
    for row in written:
        for x in XS[1:]:
            draw_down(drawn, x - 12, YS[row] + 8, YS[row] + 92, thickness=4, gray=40)
    return drawn


def test_strokes_beside_sides_without_rulings_are_no_lines_that_cells_lie_off() -> None:
    """Sheets without column rulings were all told to lie off by a millimetre."""
    across_only = [rule for rule in grid_rules(XS, YS) if rule.horizontal]
    for rows in ((0,), (1, 3, 4), (0, 2, 4, 7)):
        found = residual_of(cells(), open_page(*rows), across_only)
        assert found is not None
        assert found.mm < 0.15


def test_a_ruling_between_columns_counts_traced_or_not() -> None:
    across_only = [rule for rule in grid_rules(XS, YS) if rule.horizontal]
    moved = cells(dx=1.5 * PAGE_PX_PER_MM, only=1)
    for rules in (across_only, grid_rules(XS, YS)):
        found = residual_of(moved, page(), rules)
        assert found is not None
        assert found.is_bad
    # Traced, it counts where few rows show it.
    drawn = open_page()
    for row in (1, 2):
        for x in XS:
            draw_down(drawn, x, YS[row], YS[row + 1])
    found = residual_of(cells(dx=1.5 * PAGE_PX_PER_MM), drawn, grid_rules(XS, YS[1:4]))
    assert found is not None
    assert found.is_bad


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
