"""Where a traced ruling lies, where it begins and ends, and where two meet: pure numbers."""

from collections.abc import Iterable

import numpy as np

from digitizer.records import Point, Rule


def rule_at(rule: Rule, along: float) -> float:
    """Height of a horizontal ruling at x = ``along`` (or x of a vertical one at y).

    Beyond its ends the ruling is continued straight.
    """
    t, v = (rule.points[:, 0], rule.points[:, 1])
    if not rule.horizontal:
        t, v = v, t
    if along < t[0] or along > t[-1]:
        # The slope of the last eighth: ends alone are noisy.
        n = max(2, len(t) // 4)
        ts, vs = (t[:n], v[:n]) if along < t[0] else (t[-n:], v[-n:])
        slope = (vs[-1] - vs[0]) / (ts[-1] - ts[0]) if ts[-1] > ts[0] else 0.0
        at = 0 if along < t[0] else -1
        return float(v[at] + slope * (along - t[at]))
    return float(np.interp(along, t, v))


def rule_span(rule: Rule) -> tuple[float, float]:
    """First and last coordinate along a ruling."""
    t = rule.points[:, 0 if rule.horizontal else 1]
    return float(t[0]), float(t[-1])


def crossing(across: Rule, down: Rule) -> Point:
    """Where a horizontal and a vertical ruling meet, both continued if need be."""
    y = float(across.points[:, 1].mean())
    x = rule_at(down, y)
    for _ in range(4):
        y = rule_at(across, x)
        x = rule_at(down, y)
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
