"""Gray bands begin and end where they were drawn; print and rulings make none."""

import cv2
import numpy as np
import pytest
from drawn import PAPER, blank, draw_across, draw_down, draw_letter, draw_text

from digitizer.lines.bands import trace_bands
from digitizer.lines.folds import without_folds
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.lines.rulings import trace_rules
from digitizer.lines.tables import find_tables
from digitizer.records import Pixels

# Named nowhere finer than this: half a millimetre is 4 px.
EDGE_PX = 2.0


def banded(gray: int, slope: float = 0.0) -> Pixels:
    """Three bands of 80 px, from 100, 260 and 420 on at x = 0."""
    page = blank(1200, 700)
    y = np.arange(700)[:, None] - slope * np.arange(1200)[None, :]
    for top in (100, 260, 420):
        inside = (y >= top) & (y < top + 80)
        inside[:, :80] = inside[:, 1120:] = False
        page[inside] = gray
    return page


@pytest.mark.parametrize("gray", [170, 222, 236])
@pytest.mark.parametrize("slope", [0.0, 0.01])
def test_bands_have_an_upper_and_a_lower_edge(gray: int, slope: float) -> None:
    rules = sorted(trace_bands(banded(gray, slope)), key=lambda rule: rule_at(rule, 600))
    assert [rule_at(rule, 600) for rule in rules] == pytest.approx(
        [y + 600 * slope for y in (100, 180, 260, 340, 420, 500)], abs=EDGE_PX
    )
    for rule in rules:
        assert rule.thickness_px == 0
        assert rule_span(rule) == pytest.approx((80, 1120), abs=8)


@pytest.mark.parametrize("left", [70, 97, 110, 127, 150])
def test_bands_reach_the_ruling_at_the_tables_side(left: int) -> None:
    # A table closed by rulings to the left and right, its rows told by bands alone: strips of
    # the page's width begin anywhere between. Writing that is flush left is no side of it.
    page = blank(1700, 1400)
    for top in range(400, 1000, 160):
        page[top : top + 80, left:1600] = 215
    for x in (left, 600, 1100, 1600):
        draw_down(page, x, 400, 1040, gray=90)
    draw_across(page, 400, left, 1600, gray=90)
    draw_across(page, 1040, left, 1600, gray=90)
    rules = trace_rules(page)
    tables = find_tables(without_folds(rules, page.shape), page.shape)
    assert [(t.row_count, t.column_count) for t in tables] == [(8, 3)]
    sides = [float(rule.points[:, 0].mean()) for rule in tables[0].down]
    assert sides == pytest.approx([left, 600, 1100, 1600], abs=4)


def test_black_heads_of_a_one_bit_page_are_a_band() -> None:
    """No ruling runs along their lower edge: the first signer was left out without a word."""
    page = np.full((2200, 1700), 255, np.uint8)
    page[400:500, 120:1600] = 0
    for x in range(150, 1500, 240):
        draw_text(page, x, 420, "Full name", 30, 255)
        draw_text(page, x, 455, "please print", 22, 255)
    page = np.where(page < 128, 0, 255).astype(np.uint8)
    rules = sorted(trace_bands(page), key=lambda rule: rule_at(rule, 800))
    edges = [rule for rule in rules if rule_span(rule)[1] - rule_span(rule)[0] > 1400]
    assert [rule_at(rule, 800) for rule in edges] == pytest.approx([400, 500], abs=EDGE_PX)
    assert rule_span(edges[-1]) == pytest.approx((120, 1600), abs=12)


def test_writing_across_a_band_hides_no_edge() -> None:
    page = banded(215)
    for x in range(100, 1100, 45):
        cv2.line(page, (x, 120), (x + 30, 210), 40, 4)
    assert len(trace_bands(page)) == 6


def test_a_dark_strip_lower_than_a_band_is_a_line_of_writing() -> None:
    page = blank(1200, 700)
    page[300:326, 100:1100] = 200
    assert trace_bands(page) == ()
    page[500:580, 100:1100] = 200
    assert len(trace_bands(page)) == 2


def test_print_and_rulings_make_no_band() -> None:
    assert trace_bands(draw_letter(1700, 1200)) == ()
    page = blank(1700, 1200)
    for y in range(300, 900, 30):
        draw_across(page, y, 100, 1600, thickness=3)
    assert trace_bands(page) == ()
    assert trace_bands(np.full((900, 900), PAPER, np.uint8)) == ()


def test_where_a_broad_band_fades_to_its_middle_is_no_edge() -> None:
    page = blank(1200, 700)
    fade = np.interp(np.arange(200), [0, 10, 35, 165, 190, 199], [220, 220, 244, 244, 220, 220])
    page[200:400, 80:1120] = fade[:, None]
    assert sorted(rule_at(rule, 600) for rule in trace_bands(page)) == pytest.approx(
        [200, 400], abs=EDGE_PX
    )


@pytest.mark.parametrize("shape", ["arch", "curl"])
def test_edges_are_followed_around_the_bends_of_the_paper(shape: str) -> None:
    x = np.arange(1700) / 1699
    bend = 60 * 4 * x * (1 - x) if shape == "arch" else 60 * np.clip(x - 0.5, 0, 1) ** 2 * 4
    page, y = blank(1700, 900), np.arange(900)[:, None] - bend[None, :]
    for top in (200, 380, 560):
        inside = (y >= top) & (y < top + 90)
        inside[:, :80] = inside[:, 1620:] = False
        page[inside] = 215
    rules = sorted(trace_bands(page), key=lambda rule: rule_at(rule, 200))
    wanted = (200, 290, 380, 470, 560, 650)
    assert len(rules) == len(wanted)
    for rule, top in zip(rules, wanted, strict=True):
        for at in (150, 500, 850, 1200, 1550):
            assert rule_at(rule, at) == pytest.approx(top + bend[at], abs=3 * EDGE_PX)
