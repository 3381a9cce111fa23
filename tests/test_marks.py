"""Tests of digitizer.writing.marks: dittos and strikes."""

from collections.abc import Callable, Sequence

import cv2
import ink_pages
import numpy as np
import pytest

from digitizer.records import Pixels
from digitizer.writing.marks import (
    ditto_confidence,
    longest_runs,
    struck_confidences,
    trailing_ditto,
)
from digitizer.writing.strikes import correction_confidence, without_blots

CELL = (100, 320)
ROW = (100, 1280)
BORDERS = np.array([300.0, 720.0, 960.0])

Draw = Callable[[Pixels], object]


def _strokes(*lines: Sequence[tuple[float, float]], thick: int = 3) -> Draw:
    def draw(page: Pixels) -> None:
        for line in lines:
            ink_pages.stroke(page, line, thick=thick)

    return draw


def _crossed_out_word(page: Pixels) -> None:
    ink_pages.write(page, 40, 60, 9)
    ink_pages.stroke(page, [(36, 52), (200, 54)], thick=4)


def _small_word(page: Pixels) -> None:
    loops = [(60 + i + 6 * np.cos(i / 2), 50 + 6 * np.sin(i / 2)) for i in range(160)]
    ink_pages.stroke(page, loops, thick=2)


def _ditto(draw: Draw) -> float:
    page = ink_pages.paper(*CELL)
    draw(page)
    return ditto_confidence(ink_pages.mask_of(page), CELL[0])


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(_strokes([(150, 40), (146, 60)], [(162, 40), (158, 60)]), id="two ticks"),
        pytest.param(_strokes([(150, 40), (150, 56)], [(160, 41), (160, 57)]), id="upright ticks"),
        pytest.param(_strokes([(140, 50), (190, 52)]), id="dash"),
        pytest.param(_strokes([(40, 50), (280, 54)]), id="long dash"),
        pytest.param(_strokes([(160, 8), (162, 92)]), id="line running down"),
        pytest.param(
            _strokes([(160, 10), (160, 90)], [(149, 74), (160, 90), (171, 74)]), id="arrow"
        ),
    ],
)
def test_ditto_marks_are_found(draw: Draw) -> None:
    assert _ditto(draw) >= 0.5


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(lambda page: None, id="nothing"),
        pytest.param(lambda page: ink_pages.write(page, 100, 60, 2), id="two letters"),
        pytest.param(lambda page: ink_pages.write(page, 60, 60, 8), id="a word"),
        pytest.param(
            lambda page: cv2.ellipse(page, (160, 50), (9, 14), 0, 0, 360, 60, 3), id="a zero"
        ),
        pytest.param(lambda page: _crossed_out_word(page), id="a crossed-out word"),
        pytest.param(_strokes([(160, 42), (160, 62)]), id="a lone 1"),
        pytest.param(lambda page: _small_word(page), id="small joined writing"),
    ],
)
def test_short_writing_is_no_ditto(draw: Draw) -> None:
    assert _ditto(draw) < 0.5


def _strike(draw: Draw) -> float:
    page = ink_pages.paper(*CELL)
    ink_pages.write(page, 40, 60, 13)
    draw(page)
    return correction_confidence(ink_pages.mask_of(page))


@pytest.mark.parametrize("slope", [-0.1, 0.0, 0.06], ids=str)
def test_a_stroke_through_a_word_is_a_strike(slope: float) -> None:
    assert _strike(_strokes([(34, 52 - 110 * slope), (260, 52 + 116 * slope)])) >= 0.5


def test_a_blot_is_a_strike() -> None:
    zigzag = [(40 + 2.5 * i, 30 + 28 * (i % 2)) for i in range(24)]
    page = ink_pages.paper(*CELL)
    ink_pages.stroke(page, zigzag, thick=3)
    ink_pages.write(page, 130, 60, 8)
    assert correction_confidence(ink_pages.mask_of(page)) >= 0.5


def test_a_blot_is_left_out_of_what_is_read_unless_it_is_all_there_is() -> None:
    page = ink_pages.paper(*CELL)
    ink_pages.stroke(page, [(40 + 2.5 * i, 30 + 28 * (i % 2)) for i in range(24)], thick=3)
    alone = ink_pages.mask_of(page)
    assert (without_blots(alone) == alone).all()
    ink_pages.write(page, 130, 60, 8)
    both = ink_pages.mask_of(page)
    word = both.copy()
    word[:, :115] = False
    assert (without_blots(both) == word).all()
    assert (without_blots(word) == word).all()


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(lambda page: None, id="plain"),
        pytest.param(_strokes([(36, 72), (250, 74)]), id="underlined"),
        pytest.param(_strokes([(50, 50), (80, 50)]), id="bar of a t"),
    ],
)
def test_writing_that_is_not_crossed_out_is_no_strike(draw: Draw) -> None:
    assert _strike(draw) < 0.5


def _row(draw: Draw) -> float:
    page = ink_pages.paper(*ROW)
    for x, letters in ((20, 10), (330, 16), (750, 6), (980, 12)):
        ink_pages.write(page, x, 60, letters)
    draw(page)
    (strike,) = struck_confidences([ink_pages.mask_of(page)], [BORDERS])
    return strike.confidence


def _letters_all_along(page: Pixels) -> None:
    """Capitals like H from end to end, hardly apart, in columns of one after the other."""
    for x in range(15, 1240, 22):
        for side in (x, x + 12):
            cv2.line(page, (side, 36), (side, 66), 60, 2)
        cv2.line(page, (x, 50), (x + 12, 50), 60, 2)


WAVE = [(20 + x, 50 + 9 * np.sin(x / 40)) for x in range(0, 1200, 8)]
ZIGZAG = [(20 + 22 * i, 25 + 50 * (i % 2)) for i in range(55)]


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(_strokes([(15, 50), (1240, 54)]), id="line"),
        pytest.param(_strokes([(15, 62), (1240, 38)]), id="slanting line"),
        pytest.param(_strokes(WAVE), id="wave"),
        pytest.param(_strokes([(15, 8), (1250, 92)], [(15, 92), (1250, 8)]), id="cross"),
        pytest.param(_strokes(ZIGZAG), id="zigzag"),
        pytest.param(_strokes([(15, 50), (1010, 50)]), id="three of four cells"),
    ],
)
def test_rows_crossed_out_are_found(draw: Draw) -> None:
    assert _row(draw) >= 0.5


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(lambda page: None, id="plain"),
        pytest.param(_strokes([(15, 94), (1240, 95)]), id="underlined row"),
        pytest.param(_strokes([(20, 50), (280, 52)]), id="one cell struck"),
        pytest.param(
            _strokes([(740, 70), (800, 20), (860, 80), (1180, 40)]), id="signature's flourish"
        ),
        pytest.param(lambda page: page.__setitem__(slice(None), ink_pages.PAPER), id="empty"),
        pytest.param(_letters_all_along, id="letters all along"),
    ],
)
def test_other_rows_are_not(draw: Draw) -> None:
    assert _row(draw) < 0.5


def test_longest_runs_bridge_only_small_holes() -> None:
    row = np.array([[1, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1]], dtype=bool)
    assert longest_runs(row, 0).tolist() == [3]
    assert longest_runs(row, 1).tolist() == [5]


def _name(*ticks: int) -> float:
    page = ink_pages.paper(100, 420)
    ink_pages.write(page, 20, 60, 6)
    for x in ticks:
        cv2.line(page, (x, 40), (x, 60), (30, 30, 30), 3)
    return trailing_ditto(ink_pages.mask_of(page), 90)


def test_quotes_behind_a_name_stand_for_the_surname() -> None:
    page = ink_pages.paper(100, 420)
    ink_pages.write(page, 20, 60, 6)
    end = int(np.flatnonzero(ink_pages.mask_of(page).any(axis=0)).max())
    assert _name(end + 30, end + 42) >= 0.8
    assert _name() == 0.0
    assert _name(end + 8, end + 20) == 0.0  # the last letters of the word
    assert _name(end + 30, end + 90) == 0.0  # too far from each other


def test_two_crumbs_of_a_faded_name_are_no_quotes() -> None:
    """A name of which a one-bit copy had left bits of strokes took the surname above it."""
    # As they were left of DAVID CRUSSIERE: left, top, width, height.
    left_over = [
        (33, 68, 3, 10), (46, 80, 3, 2), (52, 72, 3, 11), (62, 78, 3, 6), (76, 79, 2, 6),
        (104, 77, 2, 5), (120, 73, 2, 10), (135, 80, 3, 2), (168, 73, 3, 9), (168, 83, 3, 4),
        (187, 78, 2, 9), (265, 81, 2, 4), (266, 86, 2, 3),
    ]  # fmt: skip
    quotes = [(301, 80, 2, 10), (306, 81, 2, 9)]
    mask = np.zeros((110, 400), np.bool_)
    for x, y, wide, high in [*left_over, *quotes]:
        mask[y : y + high, x : x + wide] = True
    assert trailing_ditto(mask, 90) == 0.0
    # Dust above and below whole letters breaks none of them.
    whole = np.zeros_like(mask)
    for x in (33, 60, 90, 120, 150):
        whole[72:92, x : x + 3] = whole[72:75, x : x + 14] = True
    for x, y, wide, high in quotes:
        whole[y : y + high, x - 100 : x - 100 + wide] = True
    for x, y in ((40, 20), (80, 100), (120, 30), (160, 62)):
        whole[y : y + 3, x : x + 3] = True
    assert trailing_ditto(whole, 90) >= 0.8


@pytest.mark.parametrize(
    ("line", "is_ditto"),
    [
        pytest.param([(140, 50), (190, 52)], True, id="amid the cell"),
        pytest.param([(22, 50), (80, 52)], False, id="from the cell on the left"),
        pytest.param([(250, 50), (298, 52)], False, id="into the cell on the right"),
        pytest.param([(140, 21), (190, 21)], False, id="along the ruling above"),
    ],
)
def test_a_dash_that_reaches_its_cells_border_is_no_ditto(
    line: Sequence[tuple[float, float]], is_ditto: bool
) -> None:
    page = ink_pages.paper(*CELL)
    ink_pages.stroke(page, line, thick=3)
    sure = ditto_confidence(ink_pages.mask_of(page), 60, (20, 20, 300, 80))
    assert (sure >= 0.5) == is_ditto


def test_a_line_running_down_may_reach_the_borders() -> None:
    page = ink_pages.paper(*CELL)
    ink_pages.stroke(page, [(160, 20), (162, 80)], thick=3)
    assert ditto_confidence(ink_pages.mask_of(page), 60, (20, 20, 300, 80)) >= 0.5


@pytest.mark.parametrize(
    "corners",
    [
        pytest.param([[(290, 24), (297, 42)], [(297, 60), (290, 78)]], id="both of a frame's end"),
        pytest.param([[(296, 24), (297, 78)]], id="the whole side"),
    ],
)
def test_what_is_left_of_a_frame_is_no_ditto(
    corners: Sequence[Sequence[tuple[float, float]]],
) -> None:
    page = ink_pages.paper(*CELL)
    for line in corners:
        ink_pages.stroke(page, line, thick=3)
    assert ditto_confidence(ink_pages.mask_of(page), 60, (20, 20, 300, 80)) < 0.5


def test_the_strokes_of_a_last_letter_set_wide_are_no_quotes() -> None:
    """BENJAMIN in spaced capitals took the family name above it: its N had broken in two."""
    page = ink_pages.paper(100, 420)
    for left in range(20, 220, 34):
        cv2.line(page, (left, 40), (left, 64), (30, 30, 30), 3)
        cv2.line(page, (left, 40), (left + 12, 40), (30, 30, 30), 3)
    for x in (226, 238):
        cv2.line(page, (x, 40), (x, 64), (30, 30, 30), 3)
    assert trailing_ditto(ink_pages.mask_of(page), 90) == 0.0
    apart = ink_pages.paper(100, 420)
    apart[:, :210] = page[:, :210]
    apart[:, 240:320] = page[:, 210:290]
    assert trailing_ditto(ink_pages.mask_of(apart), 90) >= 0.8
