"""A word struck by a line, beside underlines, t-bars and dashes."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from digitizer.writing import strikes

Page = npt.NDArray[np.uint8]


def _writing(letters: int = 8) -> Page:
    """Letters 30 px high with gaps between them, on baseline 60."""
    page = np.zeros((100, 60 + 34 * letters), np.uint8)
    for k in range(letters):
        x = 30 + 34 * k
        cv2.polylines(page, [np.array([(x, 60), (x + 8, 30), (x + 16, 60)])], False, 1, 3)
    return page


def _confidence(page: Page) -> float:
    return strikes.correction_confidence(page.astype(np.bool_))


def _ruled(y0: int, y1: int, x0: int = 22, x1: int = 180) -> Page:
    page = _writing()
    cv2.line(page, (x0, y0), (x1, y1), 1, 3)
    return page


@pytest.mark.parametrize(("y0", "y1"), [(46, 46), (50, 42), (42, 50), (48, 47)])
def test_a_line_through_letters_strikes_them(y0: int, y1: int) -> None:
    assert _confidence(_ruled(y0, y1)) >= 0.6


@pytest.mark.parametrize("y", [64, 68, 75])
def test_an_underline_strikes_nothing(y: int) -> None:
    assert _confidence(_ruled(y, y)) == 0.0


@pytest.mark.parametrize("y", [20, 27, 30])
def test_a_bar_over_the_tops_strikes_nothing(y: int) -> None:
    assert _confidence(_ruled(y, y)) == 0.0


def test_writing_alone_is_not_struck() -> None:
    assert _confidence(_writing()) == 0.0


def test_dashes_between_letters_strike_nothing() -> None:
    page = _writing()
    for k in range(7):
        cv2.line(page, (50 + 34 * k, 46), (58 + 34 * k, 46), 1, 3)
    assert _confidence(page) == 0.0


def test_little_ink_is_never_struck() -> None:
    page = np.zeros((40, 40), np.uint8)
    page[10:14, 10:14] = 1
    assert _confidence(page) == 0.0
    assert _confidence(np.zeros((40, 40), np.uint8)) == 0.0


def test_a_strike_has_a_bar_that_letters_cross() -> None:
    bars = strikes.find_bars(_ruled(46, 46).astype(np.bool_))
    best = max(bars, key=lambda bar: bar.crossings)
    assert best.crossings >= strikes.MIN_CROSSINGS
    assert best.length_mm == pytest.approx(158 / 7.874, abs=1.5)


def _slashes(lean: int, letters: int = 4) -> Page:
    """A short word, 24 px high on baseline 60, of strokes that lean to both sides."""
    page = np.zeros((100, 60 + 16 * letters), np.uint8)
    for k in range(letters):
        x = 24 + 16 * k
        cv2.line(page, (x, 60), (x + lean, 36), 1, 2)
        cv2.line(page, (x + lean, 60), (x, 36), 1, 2)
    return page


def test_a_short_word_of_leaning_strokes_is_struck_by_a_line() -> None:
    page = _slashes(10)
    assert _confidence(page) == 0.0
    cv2.line(page, (20, 46), (88, 48), 1, 3)
    assert _confidence(page) >= 0.5


def test_a_line_of_which_letters_stand_on_one_side_strikes_nothing() -> None:
    page = _slashes(10)
    cv2.line(page, (20, 61), (88, 61), 1, 3)
    page[61:70, 40:43] = 1  # one tail
    assert _confidence(page) == 0.0


def test_the_bar_of_a_long_t_strikes_nothing() -> None:
    page = _slashes(10)
    cv2.line(page, (40, 36), (70, 36), 1, 3)
    assert _confidence(page) == 0.0


def test_a_line_that_juts_out_of_a_word_of_close_letters_strikes_it() -> None:
    page = np.zeros((100, 140), np.uint8)
    for k in range(4):
        for x in (30 + 18 * k, 40 + 18 * k):
            cv2.line(page, (x, 60), (x, 38), 1, 2)
    assert _confidence(page) == 0.0
    cv2.line(page, (20, 49), (106, 51), 1, 3)
    assert _confidence(page) >= 0.5
