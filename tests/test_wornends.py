"""Rulings of which a scan left too few dots at their ends go to the table's sides."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from drawn import across, down

from digitizer.lines.rulepaths import rule_span
from digitizer.lines.tables import find_tables
from digitizer.lines.wornends import with_worn_ends
from digitizer.records import Rule

SIDES, SHAPE = (138.0, 200.0, 1636.0), (2200, 1750)
YS = [336.0 + 80 * n for n in range(17)]


def page(first: Sequence[Rule]) -> tuple[list[Rule], list[Rule]]:
    """Two lines a signer, the first signer's as given; few columns go up to them."""
    lines = [*first, *(across(y, 138, 1636) for y in YS[2:])]
    columns = [down(x, YS[0], YS[-1]) for x in SIDES]
    columns += [down(690, YS[3], YS[-1]), down(990, YS[2], YS[-2]), down(1320, YS[1], YS[-1])]
    return lines, columns


def worn(y: float, left: float, right: float) -> Rule:
    return replace(across(y, left, right), support=0.5)


def test_a_worn_first_line_that_ends_short_of_the_sides_is_a_line_of_the_table() -> None:
    """The first signer was lost without a word, and all others numbered one too low."""
    lines, columns = page([worn(YS[0], 174, 1613), worn(YS[1], 240, 1610)])
    (table,) = find_tables([*lines, *columns], SHAPE)
    assert table.row_count == len(YS) - 1
    assert [rule_span(rule) for rule in table.across[:2]] == [(138, 1636)] * 2


@pytest.mark.parametrize(
    "line",
    [
        across(370, 174, 1613),  # whole: it ends where it ends
        worn(370, 174, 1200),  # as long as a stroke
        worn(370, 300, 1640),  # too far from the side
        worn(300, 174, 1613),  # no side goes up to it
    ],
    ids=["whole", "short", "far", "above"],
)
def test_other_lines_stay_as_they_are(line: Rule) -> None:
    lines, columns = page([line, across(YS[1], 138, 1636)])
    assert with_worn_ends(lines, columns)[0] is line
