"""Arcs of rounded corners are no writing."""

import cv2
import pytest
from drawn import across, blank, down, draw_across, draw_down, draw_text

from digitizer.records import Pixels, Rule
from digitizer.writing import ink
from digitizer.writing.cornerarcs import without_arcs

LEFT, RIGHT, TOP, BOTTOM = 100, 600, 100, 300


def frame(radius: int) -> tuple[Pixels, list[Rule]]:
    """A box with rounded corners and its sides, which are traced up to the corners."""
    gray = blank(700, 400)
    for y in (TOP, BOTTOM):
        draw_across(gray, y, LEFT + radius, RIGHT - radius)
    for x in (LEFT, RIGHT):
        draw_down(gray, x, TOP + radius, BOTTOM - radius)
    for x, y, turn in ((LEFT, TOP, 180), (RIGHT, TOP, 270), (RIGHT, BOTTOM, 0), (LEFT, BOTTOM, 90)):
        middle = abs(x + (radius if x == LEFT else -radius)), y + (radius if y == TOP else -radius)
        if radius:
            cv2.ellipse(gray, middle, (radius, radius), turn, 0, 90, 60, 2, cv2.LINE_AA)
    rules = [across(y, LEFT, RIGHT) for y in (TOP, BOTTOM)]
    return gray, rules + [down(x, TOP, BOTTOM) for x in (LEFT, RIGHT)]


def left_over(gray: Pixels, rules: list[Rule], *, arcs: bool = False) -> int:
    """How much ink is left without the rulings, px; ``arcs``: those are left, too."""
    page = ink.measure_ink(gray)
    paths = [
        path
        for rule in rules
        if (path := ink.snap_rule(page.darkness, rule.points, rule.horizontal, rule.thickness_px))
    ]
    rest = ink.remove_rules(page, paths)
    return int((rest if arcs else without_arcs(rest, page.mask, rules, (0, 0))).mask.sum())


@pytest.mark.parametrize("radius", [12, 24, 40])
def test_arcs_are_taken_out(radius: int) -> None:
    gray, rules = frame(radius)
    assert left_over(gray, rules) <= 0.1 * left_over(gray, rules, arcs=True)


@pytest.mark.parametrize("radius", [0, 24])
def test_what_is_written_in_the_corner_stays(radius: int) -> None:
    gray, rules = frame(radius)
    empty = left_over(gray, rules)
    draw_text(gray, 520, 255, "roi", 40)
    written, rest = blank(700, 400), left_over(gray, rules)
    draw_text(written, 520, 255, "roi", 40)
    assert rest - empty >= 0.95 * int((written < 128).sum())
