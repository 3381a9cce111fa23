"""The pitch of rows from marks that stand like row numbers, whatever they say."""

from collections.abc import Sequence

import numpy as np
import pytest

from digitizer.layout.rows.rownumbers import NumberRun, find_number_runs
from digitizer.records import Pixels

HEIGHT, WIDTH, LEFT = 1200, 600, 120.0
TOP, PITCH = 100.0, 82.0
LOW, HIGH = 40.0, 170.0


def page(
    rows: Sequence[int], *, x: float = 140.0, jitter: float = 0.0, shift: float = 0.0, seed: int = 1
) -> Pixels:
    """Marks of one or two digits and a dot at these rows, white (not 0) on black."""
    dark, random = np.zeros((HEIGHT, WIDTH), np.uint8), np.random.default_rng(seed)
    for row in rows:
        y = round(TOP + PITCH * row + random.uniform(-jitter, jitter))
        at = round(x + random.uniform(-shift, shift))
        for digit in range(1 if row < 9 else 2):
            dark[y - 10 : y + 10, at + 14 * digit : at + 14 * digit + 9] = 1
        wide = 14 if row < 9 else 28
        dark[y + 6 : y + 10, at + wide : at + wide + 4] = 1
    return dark


def runs(dark: Pixels) -> tuple[NumberRun, ...]:
    return find_number_runs(dark, LEFT, LOW, HIGH)


@pytest.mark.parametrize("count", [4, 7, 12])
def test_numbers_one_below_the_other_tell_the_pitch(count: int) -> None:
    best = runs(page(range(count)))[0]
    assert best.count == count and best.pitch == pytest.approx(PITCH, abs=0.3)
    assert best.first == pytest.approx(TOP, abs=1)


def test_some_numbers_may_be_lost_and_others_beside_them() -> None:
    dark = page((0, 1, 3, 4, 5, 7))
    dark[460:475, 138:150] = 1  # a scrap of writing below them
    best = runs(dark)[0]
    assert best.count == 8 and best.pitch == pytest.approx(PITCH, abs=0.3)


def test_too_few_too_many_lost_or_elsewhere_are_none() -> None:
    assert runs(page(range(3))) == ()
    assert runs(page((0, 3, 6, 9))) == () or runs(page((0, 3, 6, 9)))[0].count != 10
    assert runs(page(range(8), x=400)) == ()
    assert runs(np.zeros((HEIGHT, WIDTH), np.uint8)) == ()
    assert find_number_runs(np.zeros((HEIGHT, 3), np.uint8), LEFT, LOW, HIGH) == ()


@pytest.mark.parametrize("seed", range(8))
def test_written_letters_are_no_numbers(seed: int) -> None:
    """They begin anywhere within 2 mm, and lie anywhere within a third of the row."""
    found = runs(page(range(9), jitter=14, shift=10, seed=seed))
    assert not any(run.count >= 8 and abs(run.pitch - PITCH) < 2 for run in found)


def test_long_words_and_thin_strokes_are_no_numbers() -> None:
    dark = np.zeros((HEIGHT, WIDTH), np.uint8)
    for row in range(8):
        y = round(TOP + PITCH * row)
        dark[y - 10 : y + 10, 130:230] = 1
        dark[y - 2 : y + 2, 100:110] = 1
    assert runs(dark) == ()
