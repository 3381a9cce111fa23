"""Worn rulings across a table, whose dots at an end were too few to be traced.

A scan in black and white leaves dots of a hairline, more here and fewer there. Such a line is
traced from its first denser piece on and ends short of the table's side, meets next to none of
the columns' rulings, and its row is lost. Where others end at a ruling down that goes past it,
it does as well. A stroke is shorter, and whole.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from digitizer.lines.doubles import MEET_PX
from digitizer.lines.rulepaths import crossing, rule_span
from digitizer.records import PAGE_PX_PER_MM, Rule

# A worn ruling is there along less than this of its way; of what lies between the two sides it
# is traced along so much, and short of a side by so much at most, 15 mm.
WORN_SUPPORT, TRACED_SHARE, SHORT_PX = 0.8, 0.85, 15 * PAGE_PX_PER_MM
# A side is a ruling down that so many long lines across end at, or so little short of.
MIN_ENDING = 3


def with_worn_ends(across: Sequence[Rule], down: Sequence[Rule]) -> list[Rule]:
    """The rulings ``across``, worn ones led to the sides of the table that others end at."""
    sides = _sides(across, down)
    return [rule if rule.support >= WORN_SUPPORT else _led_on(rule, sides) for rule in across]


def _sides(across: Sequence[Rule], down: Sequence[Rule]) -> tuple[list[Rule], list[Rule]]:
    """The rulings down that lines across begin at, and those that they end at."""
    longest = max((np.ptp(rule_span(rule)) for rule in across), default=0.0)
    long = [rule for rule in across if np.ptp(rule_span(rule)) >= TRACED_SHARE * longest]
    found: tuple[list[Rule], list[Rule]] = ([], [])
    for side in down:
        for end in (0, 1):
            at = [(rule_span(rule)[end], *crossing(rule, side)) for rule in long]
            if (
                sum(abs(x - stop) <= MEET_PX and _passes(side, y) for stop, x, y in at)
                >= MIN_ENDING
            ):
                found[end].append(side)
    return found


def _passes(side: Rule, y: float) -> bool:
    first, last = rule_span(side)
    return first - MEET_PX <= y <= last + MEET_PX


def _led_on(rule: Rule, sides: tuple[Sequence[Rule], Sequence[Rule]]) -> Rule:
    """A ruling led to the nearest sides beyond its ends, if it goes nearly from one to one."""
    start, stop = rule_span(rule)
    before, behind = (
        [crossing(rule, side) for side in ends if _passes_at(side, rule)] for ends in sides
    )
    left = max((p for p in before if p[0] <= start + MEET_PX), default=None)
    right = min((p for p in behind if p[0] >= stop - MEET_PX), default=None)
    if left is None or right is None or stop - start < TRACED_SHARE * (right[0] - left[0]):
        return rule
    points = rule.points
    if MEET_PX < start - left[0] <= SHORT_PX:
        points = np.vstack([[left], points])
    if MEET_PX < right[0] - stop <= SHORT_PX:
        points = np.vstack([points, [right]])
    return rule if points is rule.points else replace(rule, points=points)


def _passes_at(side: Rule, rule: Rule) -> bool:
    return _passes(side, crossing(rule, side)[1])
