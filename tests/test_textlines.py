"""Tests of digitizer.writing.textlines."""

import cv2
import ink_pages
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.records import Pixels
from digitizer.writing.textlines import PAD_PX, TextLine, split_lines


def _split(page: Pixels) -> tuple[TextLine, ...]:
    return split_lines(page, ink_pages.mask_of(page))


def _cell() -> Pixels:
    return ink_pages.paper(130, 480)


@settings(max_examples=20, deadline=None)
@given(
    lines=st.integers(1, 3),
    letters=st.integers(4, 18),
    slope=st.floats(-0.05, 0.05),
    stagger=st.integers(0, 90),
)
def test_lines_are_counted_whatever_their_slope_and_start(
    lines: int, letters: int, slope: float, stagger: int
) -> None:
    page = ink_pages.paper(150, 520)
    for number in range(lines):
        ink_pages.write(page, 20 + stagger * number % 140, 40 + 40 * number, letters)
    turn = cv2.getRotationMatrix2D((260, 75), -np.degrees(slope), 1.0)
    page = cv2.warpAffine(page, turn, (520, 150), borderValue=ink_pages.PAPER)
    found = _split(np.asarray(page, dtype=np.uint8))
    assert len(found) == lines
    tops = [line.box[1] for line in found]
    assert tops == sorted(tops)


@pytest.mark.parametrize("pitch", [21, 24])
def test_small_lines_are_two_wherever_they_have_the_most_strokes(pitch: int) -> None:
    """Most strokes at the foot of the upper line and at the head of the lower one."""
    page = _cell()
    for top, dense in ((40, 9), (40 + pitch, 0)):
        for x in range(20, 200, 22):
            ink_pages.stroke(page, [(x, top), (x, top + 12)], thick=2)
            for more in (7, 14):
                at = top + dense
                ink_pages.stroke(page, [(x + more, at), (x + more, at + 3)], thick=2)
            ink_pages.stroke(page, [(x, top + 6), (x + 14, top + 6)], thick=2)
    assert len(_split(page)) == 2


@pytest.mark.parametrize("low", [0, 2])
def test_lines_that_reach_into_each_other_are_two(low: int) -> None:
    """A telephone above an email of which every second letter reaches up between its figures."""
    page = _cell()
    for number, x in enumerate(range(20, 260, 24)):
        ink_pages.stroke(page, [(x, 30), (x + 9, 30), (x + 9, 52), (x, 52), (x, 30)], thick=2)
        top = 60 if number % 2 else 47
        ink_pages.stroke(page, [(x + 14, top + low), (x + 14, 80 + low)], thick=2)
    lines = _split(page)
    assert [line.box[3] > 70 for line in lines] == [False, True]


@pytest.mark.parametrize("rise", [0, 14, 24])
def test_letters_at_two_heights_side_by_side_are_one_line(rise: int) -> None:
    page = _cell()
    for x in range(20, 400, 24):
        top = 50 if x < 200 else 50 - rise
        ink_pages.stroke(page, [(x, top), (x + 12, top), (x + 12, top + 24)], thick=2)
    assert len(_split(page)) == 1


def test_no_ink_gives_no_lines() -> None:
    assert _split(_cell()) == ()


def test_block_capitals_with_bars_are_one_line() -> None:
    page = _cell()
    for x in range(20, 400, 34):
        for y in (40, 60, 80):
            ink_pages.stroke(page, [(x, y), (x + 20, y)])
        ink_pages.stroke(page, [(x, 40), (x, 80)])
    assert len(_split(page)) == 1


def test_dots_and_accents_stay_with_the_letters_below_them() -> None:
    page = _cell()
    ink_pages.write(page, 20, 45, 12)
    ink_pages.write(page, 20, 105, 12)
    page[82:86, 24:28] = 40
    first, second = _split(page)
    assert second.box[1] <= 82 - PAD_PX
    assert first.box[3] < 82


def test_a_comma_stays_with_the_line_before_it() -> None:
    page = _cell()
    end = ink_pages.write(page, 20, 50, 8)
    ink_pages.stroke(page, [(end, 50), (end - 2, 56)], thick=3)
    ink_pages.write(page, 20, 112, 8)
    first, second = _split(page)
    assert first.box[3] >= 56
    assert second.box[1] > 70


def test_a_tail_into_the_line_below_is_in_one_line_only() -> None:
    page = _cell()
    ink_pages.write(page, 20, 50, 10)
    ink_pages.stroke(page, [(200, 36), (200, 50), (212, 50), (212, 36)], thick=2)
    ink_pages.stroke(page, [(212, 50), (212, 78), (204, 80)], thick=2)
    ink_pages.write(page, 60, 105, 10)
    first, second = _split(page)
    assert first.box[3] >= 80
    assert second.pixels.shape[0] < 40


UNDERLINES = {
    "level": [(18, 71), (230, 71)],
    "slanting": [(18, 68), (230, 80)],
    "climbing": [(18, 84), (230, 68)],
    "wavy": [(x, 70 + x // 10 % 2 * 6) for x in range(18, 230, 10)],
    "longer than the word": [(10, 72), (300, 74)],
    "below half of it": [(110, 70), (226, 72)],
}


@pytest.mark.parametrize("points", UNDERLINES.values(), ids=UNDERLINES)
@pytest.mark.parametrize("letters", [6, 12])
def test_an_underline_is_no_line_and_no_part_of_one(
    points: list[tuple[float, float]], letters: int
) -> None:
    plain, underlined = _cell(), _cell()
    end = ink_pages.write(plain, 20, 60, letters)
    ink_pages.write(underlined, 20, 60, letters)
    ink_pages.stroke(underlined, [(20 + (x - 20) * (end - 20) / 210, y) for x, y in points])
    (bare,), (found,) = _split(plain), _split(underlined)
    assert found.box == bare.box
    assert np.abs(found.pixels.astype(int) - bare.pixels).mean() < 2


def test_an_underline_between_two_lines_takes_nothing_from_either() -> None:
    plain, underlined = _cell(), _cell()
    for page in (plain, underlined):
        ink_pages.write(page, 20, 45, 10)
        ink_pages.write(page, 20, 105, 10)
    ink_pages.stroke(underlined, [(18, 56), (180, 60)])
    assert [line.box for line in _split(underlined)] == [line.box for line in _split(plain)]


def test_two_underlines_are_none_either() -> None:
    page = _cell()
    end = ink_pages.write(page, 20, 60, 12)
    for y in (70, 77):
        ink_pages.stroke(page, [(18, y), (end, y + 1)])
    assert [line.box[3] for line in _split(page)] == [60 + 2 + PAD_PX]


@pytest.mark.parametrize(
    "points",
    [[(18, 50), (230, 51)], [(18, 34), (230, 33)], [(60, 60), (80, 60)], [(18, 110), (230, 110)]],
    ids=["through the word", "above it", "a dash", "far below"],
)
def test_other_strokes_beside_a_word_stay(points: list[tuple[float, float]]) -> None:
    page = _cell()
    ink_pages.write(page, 20, 60, 2)
    ink_pages.write(page, 90, 60, 8)
    ink_pages.stroke(page, points)
    mask = ink_pages.mask_of(page)
    kept = sum(int((line.pixels < 200).sum()) for line in split_lines(page, mask))
    assert kept >= 0.9 * int((page < 200).sum())


def test_dust_far_from_letters_is_left_out() -> None:
    page = _cell()
    ink_pages.write(page, 100, 90, 14)
    page[10:13, 10:13] = 0
    (line,) = _split(page)
    assert line.box[0] > 50
    assert line.box[1] > 40


def test_a_line_is_trimmed_to_its_ink_with_a_small_white_edge() -> None:
    page = _cell()
    ink_pages.write(page, 60, 70, 9)
    (line,) = _split(page)
    assert (line.pixels[: PAD_PX - 1] == 255).all()
    assert (line.pixels[:, : PAD_PX - 1] == 255).all()
    dark = line.pixels < 128
    assert dark[: PAD_PX + 4].any()
    assert dark[:, : PAD_PX + 4].any()


@pytest.mark.parametrize("slope", [-0.08, 0.08], ids=["climbs", "falls"])
def test_a_slanting_line_is_levelled(slope: float) -> None:
    page = ink_pages.paper(200, 520)
    ink_pages.write(page, 20, 100, 24)
    turn = cv2.getRotationMatrix2D((260, 100), -np.degrees(slope), 1.0)
    page = np.asarray(cv2.warpAffine(page, turn, (520, 200), borderValue=ink_pages.PAPER))
    (line,) = _split(page.astype(np.uint8))
    assert line.pixels.shape[0] < (line.box[3] - line.box[1]) - 15
