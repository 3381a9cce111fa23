"""Letters below each other in every row are no column; rulings of every kind are."""

import numpy as np
import pytest
from drawn import blank, draw_across, draw_down, draw_grid, draw_text

from digitizer.lines.rulepaths import rule_at
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
