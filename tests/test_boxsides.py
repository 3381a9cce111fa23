"""Boxes to tick that stand one below the other in every row are no column's ruling."""

from dataclasses import replace

import numpy as np
import pytest
from drawn import across, blank, down, draw_grid

from digitizer.lines.boxsides import without_box_sides
from digitizer.lines.rulings import trace_rules
from digitizer.lines.tables import find_tables

XS, YS = (100, 500, 900, 1050, 1400), tuple(range(200, 1073, 87))


@pytest.mark.parametrize("boxes", [1, 2, 3])
def test_boxes_below_each_other_divide_no_cell(boxes: int) -> None:
    """Both boxes of all 17 rows were unread: a side of them was the column's."""
    page = blank(1500, 1200)
    draw_grid(page, XS, YS)
    height = 70 // boxes
    for top in YS[:-1]:
        for number in range(boxes):
            high = top + 9 + number * height
            draw_grid(page, (912, 912 + height - 8), (high, high + height - 8))
    (table,) = find_tables(trace_rules(page), page.shape)
    assert [round(np.mean(rule.points[:, 0])) for rule in table.down] == pytest.approx(XS, abs=1)


def test_a_column_that_is_worn_between_its_rows_or_at_a_few_of_them_stays() -> None:
    lines = [across(y, XS[0], XS[-1]) for y in YS]
    sides = [down(x, YS[0], YS[-1]) for x in XS]
    between = tuple((y + 20.0, y + 60.0) for y in YS[:-1])
    at_few = tuple((y - 20.0, y + 20.0) for y in YS[2:6])
    # Rows that are boxes of their own: rulings end at both edges of the gaps.
    at_edges = tuple((float(a), float(b)) for a, b in zip(YS[1::2], YS[2::2], strict=False))
    for gaps in (between, at_few, at_edges):
        worn = replace(sides[2], gaps=gaps)
        assert without_box_sides(lines, [*sides[:2], worn, *sides[3:]])[2] is worn
