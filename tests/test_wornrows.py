"""Lines between rows of which dots and pieces are left."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from drawn import across, blank, down

from digitizer.layout.rows.wornrows import find_worn_rows, with_outer_rows
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import Pixels, Rule

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


def written(rows: Sequence[int]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Where a page is written on: three strokes in the middle of each of these rows."""
    ink = np.zeros((HEIGHT, WIDTH), dtype=np.bool_)
    for row in rows:
        y = round(TOP + PITCH * (row + 0.5))
        for x in (200, 700, 1300):
            ink[y - 12 : y + 12, x : x + 150 : 6] = True
    return ink


def with_outer(rules: Sequence[Rule], rows: Sequence[int]) -> list[float]:
    lines = [across(TOP + PITCH * row, LEFT + 30, RIGHT - 20) for row in range(9)]
    return [rule_at(line, 800) for line in with_outer_rows(lines, rules, written(rows))]


LINES = (TOP + PITCH * np.arange(9)).tolist()


@pytest.mark.parametrize("off", [-6.0, 0.0, 6.0])
def test_a_row_under_the_edge_of_the_heads_band_is_one(off: float) -> None:
    """The first signer was left out, and all others numbered one too low."""
    edge = replace(across(TOP - PITCH + off, LEFT, RIGHT), thickness_px=0.0)
    others = [across(TOP - 3 * PITCH, LEFT, RIGHT), down(700, 300, 1400)]
    assert with_outer([edge, *others], range(-1, 8)) == [TOP - PITCH + off, *LINES]


def test_nothing_that_is_empty_or_lower_or_not_along_the_lines_is_a_row_above() -> None:
    edge = across(TOP - PITCH, LEFT, RIGHT)
    assert with_outer([edge], range(8)) == LINES
    assert with_outer([across(TOP - 0.7 * PITCH, LEFT, RIGHT)], range(-1, 8)) == LINES
    assert with_outer([across(TOP - PITCH, LEFT, LEFT + 700)], range(-1, 8)) == LINES
    assert with_outer([], range(-1, 8)) == LINES


def test_a_row_above_the_frames_last_line_is_one_where_columns_go_on_to_it() -> None:
    low = LINES[-1] + PITCH
    foot = replace(across(low, LEFT, RIGHT), thickness_px=7.0)
    assert with_outer([foot, down(700, 300, low)], range(9)) == [*LINES, low]
    # Of a box, with the sides of a frame or a fold.
    assert with_outer([foot], range(9)) == LINES
    assert with_outer([foot, down(LEFT, 300, low), down(RIGHT, 300, low)], range(9)) == LINES
    assert with_outer([foot, down(700, 0, HEIGHT)], range(9)) == LINES
