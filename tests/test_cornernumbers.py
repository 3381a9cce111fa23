"""Numbers printed in the cells are no writing, whichever they are; marks by hand stay."""

import cv2
import numpy as np
import pytest

from digitizer.writing.cornernumbers import Box, Mask, numbers_in_cells

ROWS = 8
BOXES: list[Box] = [(100, 50 + 80 * row, 500, 130 + 80 * row) for row in range(ROWS)]


def page(*, right_aligned: bool = False, written: int = 3, shake: int = 0) -> Mask:
    """Rows numbered from 5 on, the first of them written in; ``shake``: as hands set marks, px."""
    drawn = np.zeros((750, 600), np.uint8)
    rng = np.random.default_rng(4)
    for row, (left, top, _, _) in enumerate(BOXES):
        text = f"{row + 5}."
        wide = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)[0][0]
        x = left + (40 - wide if right_aligned else 6) + (int(rng.integers(0, 3 * shake + 1)))
        y = top + 18 + int(rng.integers(0, 2 * shake + 1))
        cv2.putText(drawn, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1)
        if row < written:
            cv2.putText(
                drawn, "ANN ROY", (left + 60, top + 55), cv2.FONT_HERSHEY_SIMPLEX, 1, 255, 3
            )
    return drawn > 0


@pytest.mark.parametrize("right_aligned", [False, True])
def test_numbers_are_found_in_blank_rows_and_in_written_ones(right_aligned: bool) -> None:
    ink = page(right_aligned=right_aligned)
    rest = ink & ~numbers_in_cells(ink, BOXES)
    for row, (left, top, right, bottom) in enumerate(BOXES):
        here = rest[top:bottom, left:right]
        assert here[:, :50].sum() == 0
        assert bool(here.sum() > 500) is (row < 3)


def test_marks_that_stand_unevenly_stay() -> None:
    ink = page(shake=6)
    assert not numbers_in_cells(ink, BOXES).any()


@pytest.mark.parametrize("right_aligned", [False, True])
def test_numbers_are_found_where_all_rows_are_written_in(right_aligned: bool) -> None:
    """They were read with the names, as the first letters of some."""
    ink = page(written=ROWS, right_aligned=right_aligned)
    rest = ink & ~numbers_in_cells(ink, BOXES)
    for left, top, right, bottom in BOXES:
        here = rest[top:bottom, left:right]
        assert here[:, :50].sum() == 0
        assert here.sum() > 500


@pytest.mark.parametrize("shake", [2, 10])
def test_first_letters_that_stand_apart_stay(shake: int) -> None:
    """A hand that leaves gaps begins all names at one place; even to a third of a millimetre."""
    drawn = np.zeros((750, 600), np.uint8)
    rng = np.random.default_rng(6)
    for row, (left, top, _, _) in enumerate(BOXES):
        x, y = left + 10 + int(rng.integers(0, shake)), top + 45 + int(rng.integers(0, shake))
        for letter in "ANNROYBE"[row % 3 :]:
            cv2.putText(drawn, letter, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2)
            x += 34
    assert not numbers_in_cells(drawn > 0, BOXES).any()


def test_a_column_of_short_entries_stays() -> None:
    """Initials of a hand: they are larger than numbers are printed."""
    drawn = np.zeros((750, 600), np.uint8)
    for left, top, _, _ in BOXES:
        cv2.putText(drawn, "AB", (left + 20, top + 55), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 255, 3)
    assert not numbers_in_cells(drawn > 0, BOXES).any()
