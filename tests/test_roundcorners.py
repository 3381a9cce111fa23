"""Boxes with rounded corners are closed as square ones are; nothing else is joined."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn import blank, draw_across, draw_down
from layout_pages import (
    FORMS,
    ODD_FORMS,
    drawn,
    filled,
    in_page,
    registered_on,
)

from digitizer.forms.forms import load_forms
from digitizer.geometry import bbox_from_polygon, convex_iou
from digitizer.layout.rows.leftout import tables_left_out
from digitizer.lines.rulepaths import rule_span
from digitizer.lines.rulings import trace_rules
from digitizer.records import PAGE_PX_PER_MM

LEFT, TOP, WIDE, HIGH = 150, 300, 700, 280


def card_page(radius_mm: float, *, arcs: bool = True, dotted: bool = False) -> np.ndarray:
    """Two cards with three lines to write on each."""
    page = blank(1000, 1200)
    radius = round(radius_mm * PAGE_PX_PER_MM)
    for top in (TOP, TOP + HIGH + 30):
        right, foot = LEFT + WIDE, top + HIGH
        for y in (top, foot):
            draw_across(page, y, LEFT + radius, right - radius)
        for x in (LEFT, right):
            draw_down(page, x, top + radius, foot - radius)
        for x, y, turn in (
            (LEFT, top, 180), (right, top, 270), (right, foot, 0), (LEFT, foot, 90),
        ):  # fmt: skip
            if arcs:
                middle = (
                    x + radius * (1 if x == LEFT else -1),
                    y + radius * (1 if y == top else -1),
                )
                cv2.ellipse(page, middle, (radius, radius), turn, 0, 90, 60, 2, cv2.LINE_AA)
        for line in range(1, 4):
            draw_across(page, top + 80 * line, LEFT + 100, right - 24)
    return page


pytestmark = pytest.mark.usefixtures("print_read_once")


@pytest.mark.parametrize("radius_mm", [2.0, 3.0, 5.0])
def test_sides_that_round_corners_join_meet_in_the_corner(radius_mm: float) -> None:
    rules = trace_rules(card_page(radius_mm))
    down = [rule for rule in rules if not rule.horizontal]
    ends = {round(y) for rule in down for y in (*rule_span(rule), *np.ravel(rule.gaps))}
    for y in (TOP, TOP + HIGH, TOP + HIGH + 30, TOP + 2 * HIGH + 30):
        assert min(abs(y - end) for end in ends) <= 2
    across = [rule_span(rule) for rule in rules if rule.horizontal]
    # Where it is less than a few pixels the sides meet as they are.
    whole = [a for a, b in across if abs(a - LEFT) <= 5 and abs(b - LEFT - WIDE) <= 5]
    assert len(whole) == 4


def test_sides_without_arcs_between_them_stay_apart() -> None:
    rules = trace_rules(card_page(3.0, arcs=False))
    assert min(rule_span(rule)[0] for rule in rules if rule.horizontal) > LEFT + 10


@pytest.mark.parametrize("seed", [3, 8])
def test_each_card_of_two_columns_is_a_row_down_the_left_ones_first(seed: int) -> None:
    """Rows were half of each left card, without a word, and told to fit with score 1."""
    pixels, sheet, _ = filled("cards-en", seed)
    found = registered_on(pixels, *FORMS, *ODD_FORMS)
    assert found.form == "cards-en" and not found.rows_guessed
    assert [row.row for row in found.rows] == [row.row for row in sheet.rows]
    scale = sheet.dpi / 25.4
    for row, truth in zip(found.rows, sheet.rows, strict=True):
        x0, y0, x1, y1 = (v * scale for v in truth.rect)
        assert convex_iou(in_page(row, found), [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]) > 0.9
        places = {cell.column: bbox_from_polygon(cell.polygon) for cell in row.cells}
        assert set(places) == {"name", "phone", "signature"}
        for name, rect in truth.writing:
            cell = in_page(next(c for c in row.cells if c.column == name), found) / scale
            assert cell[:, 1].min() < (rect[1] + rect[3]) / 2 < cell[:, 1].max()
    assert found.collector_box is not None
    assert [c.column for c in found.collector_box.fields] == ["collector_name", "date_collected"]


def test_cards_that_no_row_takes_are_told() -> None:
    found = registered_on(drawn("cards-en").pixels, "cards-en")
    (form,) = load_forms([str(ODD_FORMS["cards-en"])])
    assert len(found.rows) == 8 and tables_left_out(found, form, written=True) == 0
    left = replace(found, rows=found.rows[:4])
    assert tables_left_out(left, form, written=True) == 1
    halves = replace(found, rows=found.rows[:3])
    assert tables_left_out(halves, form, written=True) == 2
