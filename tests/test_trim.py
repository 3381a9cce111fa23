"""Lone crops: margins, frame lines, captions and neighbours' ink."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.engines.captions import without_captions
from digitizer.engines.reading import make_lattice
from digitizer.engines.replay import lattice_of
from digitizer.engines.trim import trim_line, trim_lines
from digitizer.records import Pixels


def ink(height: int, width: int, *boxes: tuple[int, int, int, int]) -> Pixels:
    page = np.full((height, width), 240, np.uint8)
    for left, top, right, bottom in boxes:
        page[top:bottom, left:right] = 30
    return page


def test_margins_are_cut_off() -> None:
    (line,) = trim_lines(ink(60, 200, (50, 20, 60, 40), (70, 20, 80, 40), (90, 20, 100, 40)))
    assert line.shape == (20, 50)


def test_frame_line_is_no_ink() -> None:
    (line,) = trim_lines(ink(60, 200, (0, 50, 200, 53), (50, 10, 60, 40), (70, 10, 80, 40)))
    assert line.shape == (30, 30)


def test_neighbours_ink_at_the_edges_is_left_out() -> None:
    letters = [(20 + 15 * k, 22, 28 + 15 * k, 44) for k in range(5)]
    (line,) = trim_lines(ink(64, 160, (30, 0, 38, 6), (60, 58, 70, 64), *letters))
    assert line.shape[0] == 22


def test_dot_belongs_to_its_letter() -> None:
    (line,) = trim_lines(ink(80, 100, (20, 30, 25, 60), (20, 20, 25, 24), (40, 30, 60, 60)))
    assert line.shape[0] == 40


def test_two_lines_are_two() -> None:
    lines = trim_lines(ink(120, 100, (20, 20, 80, 40), (20, 70, 60, 95)))
    assert [line.shape[0] for line in lines] == [20, 25]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_any_picture_gives_lines_or_none(height: int, width: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    before = noise.copy()
    for line in trim_lines(noise):
        assert line.size > 0
    assert np.array_equal(noise, before)


def test_blank_paper_has_no_line() -> None:
    assert trim_line(cv2.GaussianBlur(ink(50, 50), (3, 3), 0)) is None


def _texts(*texts: str) -> list[str]:
    lines = [make_lattice(lattice_of(text), 30) for text in texts]
    return [line.text for line in without_captions(lines)]


def test_caption_before_a_colon_is_cut_off() -> None:
    assert _texts("PRENOM: QUENTIN") == ["QUENTIN"]


def test_caption_on_a_line_of_its_own_is_dropped() -> None:
    assert _texts("NOM", "BLONDE") == ["BLONDE"]


def test_lone_word_that_is_also_a_caption_stays() -> None:
    assert _texts("Ville") == ["Ville"]


def test_colon_in_a_text_is_no_caption() -> None:
    assert _texts("Fair: Kingston") == ["Fair: Kingston"]


@pytest.mark.parametrize("first", ["l", "s", "g", "v"])
def test_first_letter_of_a_long_tight_line_is_no_frame_line(first: str) -> None:
    text = f"{first}inder.clelia1980@hotmail.com"
    size, _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.2, 3)
    page = np.full((60, size[0] + 20), 255, np.uint8)
    cv2.putText(page, text, (8, 42), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 3, cv2.LINE_AA)
    rows, columns = np.nonzero(page < 128)
    tight = page[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    (line,) = trim_lines(tight)
    assert line.shape[1] == tight.shape[1]


def test_thin_line_down_the_side_is_still_a_frame() -> None:
    page = np.full((60, 300), 255, np.uint8)
    cv2.putText(page, "Roy", (60, 42), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 3, cv2.LINE_AA)
    page[:, 0:2] = 0
    (line,) = trim_lines(page)
    assert line.shape[1] < 120


@pytest.mark.parametrize("text", ["jean_roy", "jean.roy"])
def test_low_sign_between_letters_of_a_tight_crop_stays(text: str) -> None:
    page = np.full((90, 400), 255, np.uint8)
    for index, letter in enumerate(text):
        cv2.putText(page, letter, (10 + 40 * index, 50), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 3)
    rows, columns = np.nonzero(page < 128)
    # Cut off the tails, so that the low sign touches the lower edge.
    tight = page[rows.min() : 60 if "_" in text else 52, columns.min() : columns.max() + 1]
    (line,) = trim_lines(tight)
    gap = line[:, 40 * 4 - 8 : 40 * 5 - 14]
    assert (gap < 128).any()


def test_faint_pencil_beside_a_black_frame_is_ink() -> None:
    page = np.full((60, 300), 250, np.uint8)
    cv2.putText(page, "Roy", (60, 42), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 190, 2, cv2.LINE_AA)
    page[57:59, 20:200] = 0
    (line,) = trim_lines(page)
    assert line.shape[1] >= 60
    assert line.shape[0] < 45


def test_grain_of_the_paper_is_no_ink() -> None:
    grain = np.random.default_rng(1).normal(225, 7, (60, 300)).clip(0, 255).astype(np.uint8)
    cv2.putText(grain, "Roy", (60, 42), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 30, 3, cv2.LINE_AA)
    (line,) = trim_lines(grain)
    assert line.shape[1] < 120
