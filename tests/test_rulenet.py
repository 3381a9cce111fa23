"""Strokes stay and rulings go where the two meet."""

import cv2
import numpy as np
import pytest
from drawn import PAPER, blank

from digitizer.records import Pixels
from digitizer.writing.ink import LIKELY, Mask, measure_ink, remove_rules, snap_rule
from digitizer.writing.rulenet import (
    REACH_PX,
    as_input,
    sample_strip,
    stroke_likelihood,
    usual_look,
)

ROW = 60


def strokes_alone() -> Pixels:
    """Slanted, upright and level strokes and a bow, as a pen leaves them."""
    page = blank(400, 120)
    for x in (40, 90):
        cv2.line(page, (x, 30), (x + 25, 95), 60, 3, cv2.LINE_AA)
    cv2.line(page, (150, 25), (150, 90), 60, 3, cv2.LINE_AA)
    cv2.ellipse(page, (215, ROW), (24, 14), 0, 0, 360, 60, 3, cv2.LINE_AA)
    cv2.line(page, (280, 56), (350, 70), 60, 3, cv2.LINE_AA)
    return page


def ruled(page: Pixels, gray: int, thickness: int) -> Pixels:
    """The page printed over a ruling."""
    ruling = blank(page.shape[1], page.shape[0])
    cv2.line(ruling, (0, ROW), (page.shape[1], ROW), gray, thickness, cv2.LINE_AA)
    return (page.astype(np.float32) * ruling / PAPER).astype(np.uint8)


def left_of(gray: Pixels, thickness: float) -> Mask:
    """Ink of a page once its ruling, traced a pixel off, is taken out."""
    page = measure_ink(gray)
    points = np.array([[0.0, ROW + 1.0], [200.0, ROW + 1.0], [gray.shape[1] - 1.0, ROW + 1.0]])
    path = snap_rule(page.darkness, points, True, thickness)
    assert path is not None
    return remove_rules(page, [path]).mask


@pytest.mark.parametrize("gray", [90, 170], ids=["dark", "pale"])
@pytest.mark.parametrize("thickness", [1, 2, 3])
def test_strokes_across_a_ruling_stay_and_the_ruling_goes(gray: int, thickness: int) -> None:
    alone = strokes_alone()
    left = left_of(ruled(alone, gray, thickness), thickness)
    true = alone < (PAPER + 60) / 2
    near = np.zeros_like(true)
    near[ROW - 5 : ROW + 6] = True
    assert (left & true & near).sum() >= 0.9 * (true & near).sum()
    around = cv2.dilate(true.view(np.uint8), np.ones((7, 7), np.uint8)) > 0
    assert (left & ~around).sum() <= 0.01 * 400 * thickness


def test_a_pale_ruling_under_a_line_of_letters_is_followed_and_not_the_letters() -> None:
    page = blank(900, 120)
    for x in range(20, 860, 26):
        cv2.ellipse(page, (x, ROW - 8), (9, 8), 0, 0, 360, 60, 3, cv2.LINE_AA)
    ink = measure_ink(ruled(page, 205, 1))
    points = np.array([[0.0, ROW - 1.0], [899.0, ROW - 1.0]])
    path = snap_rule(ink.darkness, points, True, 1.0)
    assert path is not None
    assert np.abs(path.centers - ROW).max() < 1.5


def test_what_a_strip_usually_looks_like_is_the_ruling_without_what_crosses_it() -> None:
    gray = ruled(strokes_alone(), 120, 3)
    dark = measure_ink(gray).darkness
    columns = np.arange(400, dtype=np.int32)
    strip = sample_strip(dark, columns, np.full(400, ROW, np.float32))
    look = usual_look(strip)
    assert look.shape == strip.shape == (2 * REACH_PX + 1, 400)
    assert look[REACH_PX].min() > 80
    assert look[[0, -1]].max() < 20


def test_a_strip_turned_upside_down_is_answered_upside_down() -> None:
    dark = measure_ink(ruled(strokes_alone(), 120, 2)).darkness
    columns = np.arange(400, dtype=np.int32)
    shown = as_input(sample_strip(dark, columns, np.full(400, ROW, np.float32)), 185.0)
    likely = stroke_likelihood(shown)
    turned = stroke_likelihood(np.ascontiguousarray(shown[:, ::-1]))
    assert turned[::-1] == pytest.approx(likely, abs=1e-4)
    assert likely[REACH_PX, 150] > LIKELY > likely[REACH_PX, 380]
