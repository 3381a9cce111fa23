"""Letters of a comb are moved together, words stay apart, and writing stays as it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.writing.combs import INK_GRAY, close_up

PITCH, LETTER, HEIGHT = 40, 16, 24


def row_of(boxes: list[bool], widths: list[int] | None = None) -> np.ndarray:
    """A letter in each box that has one, in the middle of it."""
    line = np.full((HEIGHT + 8, PITCH * len(boxes)), 255, np.uint8)
    for box, written in enumerate(boxes):
        width = widths[box] if widths else LETTER
        left = box * PITCH + (PITCH - width) // 2
        if written:
            line[4 : 4 + HEIGHT, left : left + width] = 60
    return line


def gaps_of(line: np.ndarray) -> list[int]:
    """White columns between the pieces of a line."""
    columns = np.flatnonzero((line < INK_GRAY).any(axis=0))
    steps = np.diff(columns)
    return [int(step) - 1 for step in steps[steps > 1]]


def test_letters_stand_together_and_an_empty_box_parts_words() -> None:
    line = row_of([True, True, True, False, True, True])
    near, *others = gaps_of(close_up(line))
    assert gaps_of(line) == [24, 24, 64, 24]
    assert near < 0.3 * HEIGHT
    assert others[0] == near == others[2]
    assert others[1] > 2 * near


@given(
    st.lists(st.booleans(), min_size=1, max_size=12),
    st.lists(st.integers(3, 34), min_size=12, max_size=12),
)
def test_all_ink_is_kept_in_its_order(boxes: list[bool], widths: list[int]) -> None:
    line = row_of(boxes, widths)
    closed = close_up(line)
    inked = (line < INK_GRAY).any(axis=0)
    still = (closed < INK_GRAY).any(axis=0)
    assert closed.shape[0] == line.shape[0]
    assert closed.shape[1] <= line.shape[1]
    assert np.array_equal(closed[:, still], line[:, inked])
    assert len(gaps_of(closed)) == len(gaps_of(line))
    assert all(
        after <= before for after, before in zip(gaps_of(closed), gaps_of(line), strict=True)
    )


@pytest.mark.parametrize("width", [1, 200])
def test_paper_and_one_stroke_stay_as_they_are(width: int) -> None:
    paper = np.full((HEIGHT, width), 255, np.uint8)
    stroke = paper.copy()
    stroke[:, : width // 2 + 1] = 0
    assert np.array_equal(close_up(paper), paper)
    assert np.array_equal(close_up(stroke), stroke)


def test_words_written_across_the_boxes_keep_their_spaces() -> None:
    line = np.full((HEIGHT, 300), 255, np.uint8)
    for left in (5, 110, 205):
        line[2 : HEIGHT - 2, left : left + 80] = 60
    assert np.array_equal(close_up(line), line)
