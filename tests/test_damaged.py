"""Damaged paper and coloured rulings: every row of a drawn sheet is found where it lies."""

import functools
from dataclasses import replace

import numpy as np
import pytest
from drawn import page_image

from digitizer.forms.forms import load_forms
from digitizer.geometry import apply_homography, as_points, convex_iou, inverse
from digitizer.pipeline import register_image
from digitizer.records import Pixels, RegisteredPage
from scripts.sheets.degrade import Recipe, Scan, degrade
from scripts.sheets.draw import MM_PER_INCH, Rect, draw_blank, random_layout
from scripts.sheets.fill import Filled, RowKind, fill_sheet
from scripts.sheets.fonts import system_fonts
from scripts.sheets.rulestyles import PLAIN, RULE_STYLES
from scripts.sheets.scribes import FontScribe
from scripts.sheets.wording import WORDINGS

FORM = "amnesty-canada-en"
# Of a row of 190 x 11 mm: 0.5 mm too low or too high.
MIN_IOU = 0.9
_OFFICE = Recipe(noise=2, skew_deg=1.5, margin_mm=8, bed="black")
DAMAGES = {
    "a black scan bed": _OFFICE,
    "punch holes": replace(_OFFICE, punch=True),
    "staples": replace(_OFFICE, staples=True),
    "tape": replace(_OFFICE, tape=True),
    "a folded corner": replace(_OFFICE, folded_corner_mm=25),
    "all of it on a white bed": replace(
        _OFFICE, bed="white", punch=True, staples=True, tape=True, folded_corner_mm=25
    ),
}


@functools.cache
def sheet(rules: str = "") -> Filled:
    """A sheet with five filled rows, ruled in a style."""
    fonts = system_fonts()  # raises, and says what to install, where there is none
    rng = np.random.default_rng(21)
    style = RULE_STYLES[rules] if rules else PLAIN
    layout = random_layout(rng, fonts=len(fonts.printed), paper="letter")
    blank = draw_blank(WORDINGS[FORM], replace(layout, rules=style), fonts)
    return fill_sheet(blank, [RowKind.FULL] * 5, FontScribe(fonts), rng)


def scanned(filled: Filled, recipe: Recipe) -> Scan:
    return degrade(filled.pixels, filled.blank.dpi, recipe, np.random.default_rng(4))


def located(pixels: Pixels) -> RegisteredPage:
    found, _ = register_image(page_image(pixels, 200.0), load_forms())
    return found


def expect_every_row(found: RegisteredPage, filled: Filled, scan: Scan) -> None:
    """Every true row is there, no other, each where it was drawn; none is a guess."""
    assert found.failure is None and found.form == FORM and not found.rows_guessed
    assert [row.row for row in found.rows] == [row.row for row in filled.blank.rows]
    scan_from_page = inverse(found.page.page_from_scan)
    for row, true in zip(found.rows, filled.blank.rows, strict=True):
        seen = apply_homography(scan_from_page, as_points(row.polygon))
        assert convex_iou(seen, scan.placed(corners(true.rect, filled))) > MIN_IOU, row.row


def corners(rect: Rect, filled: Filled) -> np.ndarray:
    """A rectangle in mm as corners in px of the flat page."""
    x0, y0, x1, y1 = rect
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) * filled.blank.dpi / MM_PER_INCH


@pytest.mark.parametrize("name", DAMAGES)
def test_every_row_is_found_on_paper_with(name: str) -> None:
    scan = scanned(sheet(), DAMAGES[name])
    found = located(scan.pixels)
    expect_every_row(found, sheet(), scan)
    assert found.collector_box is not None


@pytest.mark.parametrize("color", ["green", "yellow", "blue"])
def test_coloured_rulings_are_rulings(color: str) -> None:
    filled = sheet(color)
    scan = scanned(filled, Recipe(noise=2, skew_deg=-1.0))
    found = located(scan.pixels)
    expect_every_row(found, filled, scan)
    # The rulings themselves were traced: one above each row and below the last, at least.
    long = [rule for rule in found.rules if rule.horizontal and np.ptp(rule.points[:, 0]) > 1000]
    assert len(long) > len(filled.blank.rows)
