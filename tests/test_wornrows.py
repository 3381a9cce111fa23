"""Lines between rows of which dots and pieces are left."""

from collections.abc import Sequence

import numpy as np
import pytest
from drawn import blank

from digitizer.layout.wornrows import find_worn_rows
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import Pixels

HEIGHT, WIDTH, LEFT, RIGHT = 1600, 1700, 120, 1580
TOP, PITCH = 500.0, 84.0


def page(rows: Sequence[int], *, share: float = 0.04, seed: int = 1) -> Pixels:
    """Pieces of lines of 3 to 12 px below each other, and specks anywhere."""
    gray, random = blank(WIDTH, HEIGHT), np.random.default_rng(seed)
    gray[random.integers(0, HEIGHT, 80), random.integers(0, WIDTH, 80)] = 0
    for row in rows:
        y = round(TOP + PITCH * row)
        starts = random.integers(LEFT, RIGHT - 12, round(share * (RIGHT - LEFT) / 6))
        for start in (LEFT, RIGHT - 4, *starts.tolist()):
            gray[y : y + 2, start : start + int(random.integers(3, 12))] = 30
    return gray


def heights(gray: Pixels) -> list[float]:
    return [rule_at(line, 800) for line in find_worn_rows(gray, 150, 40.0, 170.0)]


@pytest.mark.parametrize("count", [5, 8, 12])
def test_what_is_left_of_lines_is_put_together(count: int) -> None:
    gray = page(range(count))
    assert heights(gray) == pytest.approx(TOP + 1 + PITCH * np.arange(count), abs=1.5)
    left, right = rule_span(find_worn_rows(gray, 150, 40.0, 170.0)[0])
    assert left == pytest.approx(LEFT, abs=12) and right == pytest.approx(RIGHT, abs=14)


def test_a_line_of_which_nothing_is_left_is_put_in() -> None:
    assert len(heights(page((0, 1, 2, 4, 5, 6, 7)))) == 8


def test_few_lines_uneven_ones_and_specks_alone_are_none() -> None:
    assert heights(page(range(3))) == []
    assert heights(page(())) == []
    assert heights(np.full((40, 30), 245, np.uint8)) == []
    uneven = np.minimum(page((0, 3)), np.roll(page((0, 4)), 37, axis=0))
    assert heights(uneven) == []


def test_lines_of_letters_are_none() -> None:
    gray = blank(WIDTH, HEIGHT)
    for row in range(9):
        y = round(TOP + PITCH * row)
        for x in range(LEFT, RIGHT - 20, 26):
            gray[y - 20 : y, x : x + 12] = 30
    assert heights(gray) == []
