"""Boxes with rounded corners: their sides, which end before they meet, are taken to meet.

The sides of a box whose corners are rounded by more than printing leaves open bound no cell:
what is ruled within it would. Where two sides end short of the corner that they make, and the
picture shows a line from the end of one to the end of the other, on the corner's side, both go
on to the corner. It fails where a corner's arc was not printed, or is hidden: that corner stays
open, and a box with it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.lines.rulepaths import crossing, rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Pixels, Rule

Floats = npt.NDArray[np.float64]

# Corners are rounded with up to this radius, 8 mm; ends nearer than this to each other meet, px.
MAX_RADIUS_PX, MIN_RADIUS_PX = 8 * PAGE_PX_PER_MM, 4.0
# The sides end as far from the corner as each other, to this factor.
AS_FAR = 2.0
# Ink is what is darker than paper by this share of what the sides are, looked at so far before
# their ends, px; an arc lies beyond the straight line between the ends, or within this of it, px.
INK_SHARE, BEFORE_PX, CHORD_PX = 0.35, 12, 2.0
# The sides' own ink beside their ends, px.
BESIDE_PX = 4


@dataclass(frozen=True, slots=True)
class _End:
    """Where a ruling ends: its number, the gap before or behind (None: it ends for good),
    and which way along the ruling lies, 1 or -1.
    """

    rule: int
    gap: int | None
    at: float
    way: int


def with_corners(rules: Sequence[Rule], gray: Pixels) -> tuple[Rule, ...]:
    """The rulings of a page (H, W) with those that round corners join reaching the corners."""
    ends = [end for number, rule in enumerate(rules) for end in _ends(number, rule)]
    downs = [end for end in ends if not rules[end.rule].horizontal]
    at, way = np.array([(end.at, end.way) for end in downs]).reshape(-1, 2).T
    reach: dict[_End, float] = {}
    for number, group in groupby((end for end in ends if rules[end.rule].horizontal), _rule):
        across = rules[number]
        met = np.array([crossing(across, rules[end.rule]) for end in downs]).reshape(-1, 2)
        rises = (at - met[:, 1]) * way
        for first in group:
            offs = (first.at - met[:, 0]) * first.way
            for k in np.flatnonzero(_are_round(offs, rises)).tolist():
                second, (x, y) = downs[k], met[k].tolist()
                if _is_joined(gray, (x, y), first, second, across, rules[second.rule]):
                    reach[first], reach[second] = x, y
    if not reach:
        return tuple(rules)
    return tuple(
        _reaching(rule, {end: to for end, to in reach.items() if end.rule == number})
        for number, rule in enumerate(rules)
    )


def _ends(number: int, rule: Rule) -> Iterator[_End]:
    if rule.thickness_px <= 0:
        return
    start, stop = rule_span(rule)
    yield _End(number, None, start, 1)
    yield _End(number, None, stop, -1)
    for gap, (low, high) in enumerate(rule.gaps):
        yield _End(number, gap, low, -1)
        yield _End(number, gap, high, 1)


def _rule(end: _End) -> int:
    return end.rule


def _are_round(offs: Floats, rises: Floats) -> npt.NDArray[np.bool_]:
    """Whether pairs of sides end about as far from their corner as each other, px."""
    low, high = np.minimum(offs, rises), np.maximum(offs, rises)
    return (low >= MIN_RADIUS_PX) & (high <= np.minimum(MAX_RADIUS_PX, AS_FAR * low))


def _is_joined(
    gray: Pixels, corner: tuple[float, float], first: _End, second: _End, across: Rule, down: Rule
) -> bool:
    """Whether ink goes from one side's end to the other's, on the corner's side."""
    x, y = corner
    reach = BESIDE_PX + 1
    # The corner's part of the page with the corner at its top left.
    xs = np.floor(x + first.way * np.arange(-reach, abs(first.at - x) + BEFORE_PX)).astype(int)
    ys = np.floor(y + second.way * np.arange(-reach, abs(second.at - y) + BEFORE_PX)).astype(int)
    if min(xs.min(), ys.min()) < 0 or xs.max() >= gray.shape[1] or ys.max() >= gray.shape[0]:
        return False
    part = gray[np.ix_(ys, xs)].astype(np.float64)
    off, rise = abs(first.at - x), abs(second.at - y)
    v, u = np.mgrid[0 : len(ys), 0 : len(xs)] - float(reach)
    # Of each side what lies before its end; between them what lies on the corner's side.
    sides = (np.abs(v) <= BESIDE_PX) & (u >= off), (np.abs(u) <= BESIDE_PX) & (v >= rise)
    chord = (u / off + v / rise - 1) / np.hypot(1 / off, 1 / rise)
    paper = float(np.median(part))
    darkest = [float(np.median(part.min(axis=axis, initial=255.0, where=side)[-BEFORE_PX:]))
               for axis, side in enumerate(sides)]  # fmt: skip
    level = paper - INK_SHARE * (paper - max(darkest))
    if level >= paper - 1:
        return False
    ink = (part < level) & (sides[0] | sides[1] | (chord <= CHORD_PX))
    _, pieces = cv2.connectedComponents(ink.astype(np.uint8), connectivity=8)
    seen = [set(np.unique(pieces[side & ink]).tolist()) for side in sides]
    return bool(seen[0] & seen[1])


def _reaching(rule: Rule, reach: dict[_End, float]) -> Rule:
    """A ruling that goes on from some of its ends to where they should be."""
    gaps = [list(gap) for gap in rule.gaps]
    points = rule.points
    for end, to in reach.items():
        if end.gap is not None:
            gaps[end.gap][0 if end.way < 0 else 1] = to
            continue
        at = (to, rule_at(rule, to)) if rule.horizontal else (rule_at(rule, to), to)
        points = np.vstack([[at], points] if end.way > 0 else [points, [at]])
    return replace(rule, points=points, gaps=tuple((low, high) for low, high in gaps if low < high))
