"""Letters below each other in every row are no column; rulings of every kind are."""

import numpy as np
import pytest
from drawn import blank, draw_across, draw_down, draw_grid, draw_text

from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.lines.rulings import trace_rules
from digitizer.records import Pixels

XS = (80.0, 400.0, 720.0)
# Rows as low as those of typed lists: 5 mm.
YS = tuple(100.0 + 40 * row for row in range(13))


def columns(page: Pixels) -> list[float]:
    """Where rulings down lie half way."""
    middle = (YS[0] + YS[-1]) / 2
    return sorted(
        round(rule_at(rule, middle), 1) for rule in trace_rules(page) if not rule.horizontal
    )


def table() -> Pixels:
    page = blank(800, 700)
    draw_grid(page, XS, YS)
    return page


@pytest.mark.parametrize("text", ["HELD", "M/F", "18/07", "I", "BEN"])
def test_what_is_printed_at_the_same_place_in_every_row_is_no_column(text: str) -> None:
    page = table()
    for y in YS[:-1]:
        draw_text(page, 460, y + 8, text, 26)
    assert columns(page) == pytest.approx(list(XS), abs=1)


@pytest.mark.parametrize(("dash", "gap"), [(16.0, 12.0), (3.0, 5.0), (600.0, 0.0)])
def test_a_ruling_of_dashes_or_dots_is_a_column(dash: float, gap: float) -> None:
    page = table()
    for start in np.arange(YS[0], YS[-1], dash + gap):
        draw_down(page, 560, start, min(start + dash, YS[-1]))
    assert columns(page) == pytest.approx([*XS[:2], 560, XS[2]], abs=1)


def test_sides_of_boxes_of_their_own_are_columns_though_paper_lies_between_the_boxes() -> None:
    page = blank(800, 900)
    for top in (100.0 + 60 * row for row in range(12)):
        for x in (80.0, 400.0, 720.0):
            draw_down(page, x, top, top + 44)
        for y in (top, top + 44):
            draw_across(page, y, 80, 720)
    assert columns(page) == pytest.approx([80, 400, 720], abs=1)


def test_ticks_that_stand_on_the_rows_rulings_are_no_letters() -> None:
    page = table()
    for y in YS[1:]:
        draw_down(page, 560, y - 26, y)
    assert columns(page) == pytest.approx([*XS[:2], 560, XS[2]], abs=1)


def test_a_column_of_print_in_a_table_without_rows_is_no_ruling() -> None:
    page = blank(800, 700)
    draw_grid(page, XS, (YS[0], YS[1], YS[-1]))
    for y in np.arange(YS[1] + 10, YS[-1] - 30, 36):
        draw_text(page, 460, y, "HELD", 26)
    assert columns(page) == pytest.approx(list(XS), abs=1)


@pytest.mark.parametrize(("dash", "gap"), [(16.0, 12.0), (3.0, 5.0)])
def test_a_broken_ruling_beside_print_is_a_column_without_rows_too(dash: float, gap: float) -> None:
    page = blank(800, 700)
    draw_grid(page, XS, (YS[0], YS[1], YS[-1]))
    for start in np.arange(YS[0], YS[-1], dash + gap):
        draw_down(page, 560, start, min(start + dash, YS[-1]))
    for y in np.arange(YS[1] + 10, YS[-1] - 30, 36):
        draw_text(page, 568, y, "HELD", 26)
    assert min(abs(x - 560) for x in columns(page)) <= 1


def test_letters_that_fill_low_rows_are_no_column() -> None:
    page = blank(800, 700)
    low = tuple(100.0 + 30 * row for row in range(18))
    draw_grid(page, XS, low)
    for y in low[:-1]:
        draw_text(page, 460, y + 6, "HELD", 19)
    assert columns(page) == pytest.approx(list(XS), abs=1)


def test_a_table_is_no_higher_for_the_text_above_and_below_that_begins_in_line_with_it() -> None:
    page = blank(800, 1000)
    draw_grid(page, XS, tuple(y + 200 for y in YS))
    for y in (*np.arange(60, 270, 34), *np.arange(810, 960, 34)):
        draw_text(page, XS[0] - 2, y, "HELD", 28)
    side = next(r for r in trace_rules(page) if not r.horizontal and r.points[0, 0] < 100)
    assert rule_span(side) == pytest.approx((YS[0] + 200, YS[-1] + 200), abs=3)


@pytest.mark.filterwarnings("error")
def test_letters_above_and_below_a_single_ruling_leave_nothing_of_a_line() -> None:
    page = blank(800, 700)
    draw_across(page, 360, 60, 740)
    for y in (*np.arange(60, 340, 34), *np.arange(370, 640, 34)):
        draw_text(page, 100, y, "HELD", 28)
    assert columns(page) == []
