"""Lone crops with captions and slices of other lines: lines told apart, captions' ends found."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.engines.croplines import crop_lines
from digitizer.records import Pixels

FONT = cv2.FONT_HERSHEY_SIMPLEX


def paper(height: int, width: int) -> Pixels:
    return np.full((height, width), 250, np.uint8)


def write(page: Pixels, text: str, left: int, foot: int, size: float = 0.5) -> None:
    """Text with its letters' feet on row ``foot``; capitals are 22 px high at size 1."""
    cv2.putText(page, text, (left, foot), FONT, size, 30, 1, cv2.LINE_AA)


def write_wide(page: Pixels, text: str, left: int, foot: int) -> None:
    """Block capitals with gaps, none as high or as level as the one before."""
    for index, letter in enumerate(text):
        cv2.putText(
            page, letter, (left + 22 * index, foot - index % 3), FONT, 0.6 + 0.08 * (index % 2), 30,
            1, cv2.LINE_AA,
        )  # fmt: skip


def test_caption_left_of_a_name_is_told_apart() -> None:
    page = paper(40, 380)
    write(page, "NOM :", 10, 28)
    write_wide(page, "MASART", 110, 28)
    (line,) = crop_lines(page)
    assert line.colon
    assert line.head is not None
    assert line.rest is not None
    assert line.head.shape[1] < 60
    assert 100 < line.rest.shape[1] < 140


def test_even_letters_before_a_gap_may_be_a_caption_without_a_colon() -> None:
    page = paper(40, 380)
    write(page, "PRENOM", 10, 28)
    write_wide(page, "MASART", 140, 28)
    (line,) = crop_lines(page)
    assert not line.colon
    assert line.head is not None
    assert line.head.shape[1] < 90


def test_block_capitals_with_gaps_hold_no_caption() -> None:
    page = paper(44, 300)
    write_wide(page, "EL FETOUAKI", 10, 32)
    (line,) = crop_lines(page)
    assert line.head is None
    assert line.rest is None


def test_line_cut_by_the_upper_edge_is_another_line() -> None:
    page = paper(36, 380)
    write(page, "CODE RNE / UAI: 0311168B", 10, 6, 0.6)
    write_wide(page, "GAUDET", 100, 33)
    above, name = crop_lines(page)
    assert above.cut
    assert not name.cut
    assert above.pixels.shape[0] <= 8


def test_letters_of_neighbouring_lines_do_not_mix() -> None:
    page = paper(60, 200)
    write(page, "NOM", 20, 14)
    write_wide(page, "DSEHA", 20, 40)
    caption, name = crop_lines(page)
    assert caption.even
    assert caption.pixels.shape[0] < 16
    assert name.pixels.shape[1] > 90


def test_tight_crop_of_two_lines_is_not_cut_by_its_edges() -> None:
    page = paper(70, 300)
    write(page, "125 Main Street", 4, 24, 0.8)
    write(page, "Ottawa ON", 4, 60, 0.8)
    rows, columns = np.nonzero(page < 128)
    tight = page[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    lines = crop_lines(tight)
    assert [line.cut for line in lines] == [False, False]


def test_slices_at_the_edge_are_no_line() -> None:
    page = paper(44, 300)
    write(page, "DATE DE NAISSANCE", 10, 55, 0.6)
    write_wide(page, "TIFFANY", 20, 26)
    (line,) = crop_lines(page)
    assert line.pixels.shape[0] < 24


def test_words_of_one_steep_line_stay_together() -> None:
    page = paper(64, 320)
    write(page, "Rue", 10, 20, 0.8)
    write(page, "Montcalm", 120, 52, 0.8)
    assert len(crop_lines(page)) <= 2
    assert not any(line.cut for line in crop_lines(page))


def test_lonely_bar_at_the_side_is_a_frame() -> None:
    page = paper(40, 300)
    write_wide(page, "MASART", 20, 28)
    page[12:40, 293:295] = 30
    (line,) = crop_lines(page)
    assert line.pixels.shape[1] < 150


@pytest.mark.parametrize(
    "page",
    [
        np.zeros((1, 1), np.uint8),
        np.full((1, 1), 255, np.uint8),
        np.zeros((40, 120), np.uint8),
        np.zeros((0, 5), np.uint8),
        np.full((3, 900), 127, np.uint8),
        np.tile(np.array([[0, 255], [255, 0]], np.uint8), (20, 60)),
    ],
    ids=["one black pixel", "one white pixel", "all black", "no rows", "gray strip", "chequers"],
)
def test_absurd_crops_give_lines_or_none(page: Pixels) -> None:
    for line in crop_lines(page):
        assert line.pixels.size > 0


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_any_picture_gives_the_same_lines_twice(height: int, width: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    before = noise.copy()
    first, second = crop_lines(noise), crop_lines(noise)
    assert [line.pixels.tobytes() for line in first] == [line.pixels.tobytes() for line in second]
    assert all(line.pixels.size > 0 for line in first)
    assert np.array_equal(noise, before)
