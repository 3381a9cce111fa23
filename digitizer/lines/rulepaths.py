"""Where a traced ruling lies, where it begins and ends, and where two meet: pure numbers."""

import functools
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from digitizer.records import Point, Rule

# Rulings of a page, and pairs of them, that are remembered: a form has 20 to 60 rulings,
# asked for tens of thousands of times in all while its tables are put together.
RULES_KEPT, PAIRS_KEPT = 512, 8192
# Where a gap of a ruling begins and ends is known to this, 1 mm.
HIDDEN_NEAR_PX = 8.0
# A crossing that moves by less than this, px, is found.
SETTLED_PX = 1e-9


@functools.lru_cache(maxsize=RULES_KEPT)
def _path(rule: Rule) -> tuple[list[float], list[float]]:
    """Coordinates along and across: plain numbers, which single look-ups are quicker in."""
    along = 0 if rule.horizontal else 1
    return rule.points[:, along].tolist(), rule.points[:, 1 - along].tolist()


def long_lines(rules: Sequence[Rule], least_px: float) -> list[Rule]:
    """The lines across that are seen on the page and at least so long, in their order."""
    seen = [rule for rule in rules if rule.horizontal and rule.thickness_px > 0]
    return [rule for rule in seen if rule_span(rule)[1] - rule_span(rule)[0] >= least_px]


def rule_at(rule: Rule, along: float) -> float:
    """Height of a horizontal ruling at x = ``along`` (or x of a vertical one at y).

    Beyond its ends the ruling is continued straight.
    """
    t, v = _path(rule)
    if along < t[0] or along > t[-1]:
        # The slope of the last eighth: ends alone are noisy.
        n = min(max(2, len(t) // 4), len(t))
        first, last, at = (0, n - 1, 0) if along < t[0] else (-n, -1, -1)
        slope = (v[last] - v[first]) / (t[last] - t[first]) if t[last] > t[first] else 0.0
        return v[at] + slope * (along - t[at])
    k = bisect_right(t, along)
    if k == len(t):
        return v[-1]
    return v[k - 1] + (v[k] - v[k - 1]) * (along - t[k - 1]) / (t[k] - t[k - 1])


def rule_span(rule: Rule) -> tuple[float, float]:
    """First and last coordinate along a ruling."""
    t = _path(rule)[0]
    return t[0], t[-1]


def slope(rule: Rule) -> float:
    """By how much a level ruling goes down from its first point to its last, px per px."""
    (x0, y0), (x1, y1) = rule.points[[0, -1]].tolist()
    return float((y1 - y0) / (x1 - x0))


def is_hidden_at(rule: Rule, along: float) -> bool:
    """Whether a ruling cannot be seen at a place along it, between pieces that can."""
    return any(
        start - HIDDEN_NEAR_PX <= along <= stop + HIDDEN_NEAR_PX for start, stop in rule.gaps
    )


def hidden_length(rule: Rule, low: float, high: float) -> float:
    """How much of a ruling is hidden in its gaps between two places along it, px."""
    return sum(max(0.0, min(stop, high) - max(start, low)) for start, stop in rule.gaps)


def seen_length(rule: Rule, low: float, high: float) -> float:
    """How much of a ruling is seen between two places along it, px; below 0 where it is not."""
    start, stop = rule_span(rule)
    return min(stop, high) - max(start, low) - hidden_length(rule, low, high)


@functools.lru_cache(maxsize=PAIRS_KEPT)
def crossing(across: Rule, down: Rule) -> Point:
    """Where a horizontal and a vertical ruling meet, both continued if need be."""
    heights = _path(across)[1]
    y = sum(heights) / len(heights)
    x = rule_at(down, y)
    for _ in range(4):
        before, y = y, rule_at(across, x)
        x = rule_at(down, y)
        if abs(y - before) < SETTLED_PX:
            break
    return x, y


def nearest_beside(rule: Rule, others: Iterable[Rule]) -> float:
    """How near (px) the nearest of ``others`` runs beside a ruling; inf where none does."""
    start, stop = rule_span(rule)
    nearest = float("inf")
    for other in others:
        first, last = rule_span(other)
        middle = (max(start, first) + min(stop, last)) / 2
        if other is rule or other.horizontal != rule.horizontal or min(stop, last) <= middle:
            continue
        nearest = min(nearest, abs(rule_at(other, middle) - rule_at(rule, middle)))
    return nearest
