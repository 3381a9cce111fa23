"""Double rulings: two lines side by side bound rows and columns as one, between them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Rule

# How far a ruling may end before or beyond the one it meets, 2.3 mm: printing
# and tracing leave gaps of up to 1 mm, letters stand farther away.
MEET_PX = 2.3 * PAGE_PX_PER_MM
# Two rulings nearer than this are one double line, 2.2 mm.
DOUBLE_PX = 2.2 * PAGE_PX_PER_MM
# ... whose middle is taken if they are nearer than 1.5 mm.
BETWEEN_PX = 1.5 * PAGE_PX_PER_MM
# Folds of a sheet and its own edges end alike, so many of them.
MOST_FOLDS = 5
# One lies along another one if they share so much of its length.
SHARED = 0.6


def without_doubles(rules: Sequence[Rule]) -> list[Rule]:
    """Keep one of two rulings that run side by side as a double line.

    That is the one that ends where others end, else the longer: a fold beside
    a ruling runs on to the edges of the page. Of two that end alike it is their middle.
    """
    kept: list[Rule] = []
    twins: dict[int, Rule] = {}
    spans = np.array([rule_span(rule) for rule in rules]).reshape(-1, 2)

    def worth(rule: Rule) -> tuple[int, float]:
        start, stop = rule_span(rule)
        alike = (np.abs(spans - (start, stop)).max(axis=1) < MEET_PX).sum()
        return min(int(alike), MOST_FOLDS + 1), stop - start

    for rule in sorted(rules, key=worth, reverse=True):
        other = next((one for one in kept if lies_along(rule, one)), None)
        if other is None:
            kept.append(rule)
        elif np.abs(np.subtract(rule_span(other), rule_span(rule))).max() < MEET_PX:
            twins.setdefault(id(other), rule)
    return [_between(rule, twins[id(rule)]) if id(rule) in twins else rule for rule in kept]


def lies_along(rule: Rule, other: Rule) -> bool:
    """Whether a ruling runs beside another one of its direction as half of a double line."""
    start, stop = rule_span(rule)
    if _overlap(rule, other) < SHARED * (stop - start):
        return False
    step, far = (stop - start) / 4, 0
    for t in (start, start + step, start + 2 * step, start + 3 * step, stop):
        far += abs(rule_at(rule, t) - rule_at(other, t)) >= DOUBLE_PX
        if far > 2:  # most of the five places
            return False
    return True


def _between(rule: Rule, other: Rule) -> Rule:
    """The middle of two printed rulings near each other; an edge of a shade is none.

    Farther apart its middle would lie off either by more than cells may.
    """
    if min(rule.thickness_px, other.thickness_px) == 0:
        return rule
    along, across = (0, 1) if rule.horizontal else (1, 0)
    points = rule.points.copy()
    order = np.argsort(other.points[:, along])
    beside = np.interp(points[:, along], other.points[order, along], other.points[order, across])
    if np.median(np.abs(beside - points[:, across])) > BETWEEN_PX:
        return rule
    points[:, across] = (points[:, across] + beside) / 2
    return replace(rule, points=points)


def _overlap(first: Rule, second: Rule) -> float:
    a, b = rule_span(first), rule_span(second)
    return min(a[1], b[1]) - max(a[0], b[0])
