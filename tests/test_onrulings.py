"""A letter written on the ruling between two cells leaves them in doubt."""

import cv2
import ink_pages
import numpy as np
import pytest

from digitizer.records import Pixels
from digitizer.writing.ink import measure_ink, remove_rules, snap_rule
from digitizer.writing.onrulings import on_rulings
from digitizer.writing.strokes import label_strokes, own_strokes

HEIGHT, WIDTH, BORDER, LOW = 300, 600, 300, 160
ROW = (100, 200)
BOXES = ((0, ROW[0], BORDER, ROW[1]), (BORDER, ROW[0], WIDTH, ROW[1]))


def page(*, letters_end: int, thick: int = 3) -> Pixels:
    """Letters that end at a column, beside a ruling down the page's middle."""
    drawn = ink_pages.paper(HEIGHT, WIDTH)
    cv2.line(drawn, (BORDER, 0), (BORDER, HEIGHT), 120, thick)
    for number in range(6):
        x = letters_end - 14 - 24 * number
        ink_pages.stroke(drawn, [(x, LOW), (x, LOW - 26), (x + 12, LOW - 26), (x + 12, LOW)])
    return drawn


def doubts(drawn: Pixels) -> set[int]:
    ink = measure_ink(drawn)
    line = np.array([[BORDER, 0.0], [BORDER, HEIGHT - 1.0]])
    path = snap_rule(ink.darkness, line, horizontal=False, thickness=3.0)
    assert path is not None
    labels, stats = label_strokes(remove_rules(ink, [path]))
    where = np.zeros(drawn.shape, np.int32)
    for number, (left, top, right, bottom) in enumerate(BOXES, start=1):
        where[top:bottom, left:right] = number
    owned = own_strokes(labels, stats, where, [100, 100], 5)
    owner = np.zeros(drawn.shape, np.int32)
    owner.ravel()[owned.pixel] = owned.cell
    found = on_rulings(ink.darkness, [path], owner, BOXES)
    assert set(found.values()) <= {1.0}
    return set(found)


@pytest.mark.parametrize(
    ("top", "low", "end", "lost"),
    [
        pytest.param(LOW - 26, LOW, 280, {1}, id="an I on the ruling"),
        pytest.param(LOW - 26, LOW - 18, 280, set(), id="a speck on it"),
        pytest.param(LOW - 26, LOW, 180, set(), id="far from the writing"),
        pytest.param(110, 120, 280, set(), id="above the line of writing"),
        pytest.param(0, 0, 280, set(), id="nothing"),
    ],
)
def test_a_letter_on_the_ruling_is_told_by_how_dark_it_is(
    top: int, low: int, end: int, lost: set[int]
) -> None:
    drawn = page(letters_end=end)
    if low:
        cv2.line(drawn, (BORDER + 1, top), (BORDER + 1, low), 20, 3)
    assert doubts(drawn) == lost


def test_the_line_that_begins_behind_the_ruling_is_in_doubt_as_well() -> None:
    drawn = cv2.flip(page(letters_end=280), 1)
    cv2.line(drawn, (BORDER, LOW - 26), (BORDER, LOW), 20, 4)
    assert doubts(np.asarray(drawn, np.uint8)) == {2}


@pytest.mark.parametrize("lost", [False, True])
def test_a_ruling_that_ends_with_its_cell_is_no_darker_beside_the_writing(*, lost: bool) -> None:
    drawn = page(letters_end=280)
    for beyond in (slice(0, ROW[0]), slice(ROW[1], HEIGHT)):
        drawn[beyond, BORDER - 4 : BORDER + 5] = ink_pages.PAPER
    if lost:
        cv2.line(drawn, (BORDER + 1, LOW - 26), (BORDER + 1, LOW), 20, 3)
    assert doubts(drawn) == ({1} if lost else set())


@pytest.mark.parametrize("seed", range(4))
def test_a_ruling_of_a_noisy_scan_hides_no_letter(seed: int) -> None:
    drawn = page(letters_end=280).astype(np.float64)
    noisy = drawn + np.random.default_rng(seed).normal(0, 18, drawn.shape)
    assert doubts(np.clip(noisy, 0, 255).astype(np.uint8)) == set()
