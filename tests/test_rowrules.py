"""Which rulings bound rows: the first row is no sliver of the heads."""

import numpy as np
import pytest
from drawn import across

from digitizer.layout.table.rowrules import MIN_ROW_PX, regular_rules, without_strokes
from digitizer.records import Rule


@pytest.mark.parametrize(
    ("first", "rows"),
    [
        pytest.param(MIN_ROW_PX - 4, 5, id="a fold through the heads"),
        pytest.param(MIN_ROW_PX + 4, 6, id="a low row"),
    ],
)
def test_nothing_lower_than_anybody_writes_in_is_the_first_row(first: float, rows: int) -> None:
    ys = [300.0, *(300 + first + 100 * n for n in range(6))]
    assert len(regular_rules([across(y, 100, 1500) for y in ys], 800.0)) - 1 == rows


def test_a_table_of_low_rows_keeps_its_first() -> None:
    ys = [300 + (MIN_ROW_PX - 2) * n for n in range(8)]
    assert len(regular_rules([across(y, 100, 1500) for y in ys], 800.0)) == len(ys)


def path(*ys: float) -> Rule:
    """A line from x = 100 to 1500 through these heights, evenly apart."""
    return Rule(np.column_stack([np.linspace(100, 1500, len(ys)), ys]), True, 3.0, 1.0)


def test_crosses_and_slanted_lines_over_rows_are_no_rulings() -> None:
    """Seven rows were fourteen: the upper arms of a cross run from side to side, bent once."""
    rulings = [path(y, y, y) for y in range(300, 1150, 100)]
    crosses = [path(y + 8, y + 40, y + 8) for y in (500, 600)]
    slanted = path(870, 830)
    mixed = sorted([*rulings, *crosses, slanted], key=lambda rule: float(rule.points[0, 1]))
    assert without_strokes(mixed) == rulings
    assert regular_rules(mixed, 800.0) == tuple(rulings)


def test_rows_all_of_which_are_crossed_out_keep_their_rulings() -> None:
    rulings = [path(y, y, y) for y in range(300, 1150, 100)]
    crosses = [path(y + 8, y + 40, y + 8) for y in range(300, 1050, 100)]
    mixed = sorted([*rulings, *crosses], key=lambda rule: float(rule.points[0, 1]))
    kept = without_strokes(mixed)
    assert all(any(one is rule for one in kept) for rule in rulings)


@pytest.mark.parametrize("bent", [0.0, 40.0])
@pytest.mark.parametrize("fanned", [-0.03, 0.0, 0.03])
def test_rulings_of_bent_paper_and_those_of_a_picture_from_aside_stay(
    bent: float, fanned: float
) -> None:
    rulings = [
        path(*(y + bent * s + fanned * (y - 700) * x for x, s in ((-1, 0), (0, 1), (1, 0))))
        for y in range(300, 1150, 60)
    ]
    assert without_strokes(rulings) == rulings
