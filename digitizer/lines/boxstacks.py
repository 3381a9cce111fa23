"""Rows that are boxes of their own, with gaps between them: one table all the same.

Between two such boxes lie two rulings, the lower edge of one and the upper edge of the next,
and no ruling runs down from one to the other. Both are taken for one ruling, the middle of the
gap, which knows its two sides. A double line is told apart by what is around it: gaps are
told where three boxes of one height lie evenly apart, in the same columns. It fails where boxes
have several lines each, or lie as far apart as somebody could write there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from digitizer.lines.doubles import DOUBLE_PX, MEET_PX
from digitizer.lines.rulepaths import crossing, rule_at, rule_span, seen_length
from digitizer.records import PAGE_PX_PER_MM, Rule

# Nobody writes in less than 5 mm; nor is a gap higher than this share of the boxes beside it.
MAX_GAP_PX, GAP_SHARE = 5 * PAGE_PX_PER_MM, 0.5
# Cards that are cut apart lie further from each other, 15 mm, and are much higher than that.
MAX_CARD_GAP_PX, CARD_GAP_SHARE = 15 * PAGE_PX_PER_MM, 0.25
# Boxes are as high as each other to this share, and gaps to this many px or this share.
SAME_HEIGHT, SAME_GAP_PX, SAME_GAP = 0.15, 3.0, 0.25
# So many boxes one below the other are no chance, of two columns at least; or of one, where they
# are as large as cards that somebody fills in, 50 mm and 15 mm.
MIN_BOXES, MIN_DOWN = 3, 3
CARD_SIDES, CARD_WIDE_PX, CARD_HIGH_PX = 2, 50 * PAGE_PX_PER_MM, 15 * PAGE_PX_PER_MM
# A ruling is there where this share of the way is seen; of those down the boxes so many are in
# each of them, and this share at most is seen between them: pens cross gaps, too.
SEEN_SHARE, SAME_COLUMNS, MOST_PASSING = 0.5, 0.75, 0.2
# Pieces of one ruling down lie in line to this, px.
IN_LINE_PX = 4.0

# The lower edge of a box and the upper edge of the next one.
_Gap: TypeAlias = tuple[Rule, Rule]


def joined_boxes(across: Sequence[Rule], down: Sequence[Rule]) -> tuple[list[Rule], list[Rule]]:
    """Rulings with one for the two beside each gap of a stack of boxes, and whole columns."""
    across, down = list(across), list(down)
    for edges in _alike(across):
        gaps = _gaps(edges, down)
        if not gaps:
            continue
        gone = {id(rule) for gap in gaps for rule in gap}
        across = [rule for rule in across if id(rule) not in gone]
        across = [*across, *(_middle(*gap) for gap in gaps)]
        down = _whole_columns(down, edges, gaps)
    return across, down


def _alike(across: Sequence[Rule]) -> Iterator[list[Rule]]:
    """Rulings that begin and end as the one above them does, from top to bottom."""
    chains: list[list[Rule]] = []
    for rule in sorted(across, key=_height):
        span = np.array(rule_span(rule))
        for chain in chains:
            if np.abs(span - rule_span(chain[-1])).max() <= MEET_PX:
                chain.append(rule)
                break
        else:
            chains.append([rule])
    yield from (chain for chain in chains if len(chain) >= 2 * MIN_BOXES)


def _height(rule: Rule) -> float:
    return rule_at(rule, sum(rule_span(rule)) / 2)


def _gaps(edges: Sequence[Rule], down: Sequence[Rule]) -> list[_Gap]:
    """The gaps of a stack of boxes among rulings of one length; empty: it is none."""
    edges = _without_inner(_with_ends(edges))
    steps = np.diff([_height(rule) for rule in edges])
    likely = _likely_gaps(steps)
    if len(likely) < MIN_BOXES - 1:
        return []
    usual = float(np.median(steps[likely]))
    likely = [k for k in likely if abs(steps[k] - usual) <= max(SAME_GAP_PX, SAME_GAP * usual)]
    inside = {b: _within(edges[b], edges[b + 1], down) for k in likely for b in (k - 1, k + 1)}
    wide = min(stop - start for start, stop in map(rule_span, edges))
    boxes = [
        b
        for b in inside
        if inside[b] >= MIN_DOWN
        or (inside[b] >= CARD_SIDES and wide >= CARD_WIDE_PX and steps[b] >= CARD_HIGH_PX)
    ]
    high = float(np.median(steps[boxes])) if boxes else 0.0
    columns = float(np.median([inside[b] for b in boxes])) if boxes else 0.0
    # Where an edge was not seen, or both of a gap, boxes go on to the next one.
    heights = high, high + usual, 2 * high + usual
    boxes = [
        b
        for b in boxes
        if inside[b] >= SAME_COLUMNS * columns
        and min(abs(steps[b] / height - 1) for height in heights) <= SAME_HEIGHT
    ]
    # The heads may have a box of their own, lower or higher than the rows.
    boxes += [
        k - 1
        for k in likely
        if k + 1 == min(boxes, default=-1) and inside[k - 1] >= SAME_COLUMNS * columns
    ]
    gaps = [(edges[k], edges[k + 1]) for k in likely if k - 1 in boxes and k + 1 in boxes]
    ends = (-1, len(steps), *likely)
    whole = [b for b in boxes if b - 1 in ends and b + 1 in ends]
    if sum(abs(steps[b] / high - 1) <= SAME_HEIGHT for b in whole) < MIN_BOXES:
        return []
    # Of gaps lower than a double line nothing is seen that runs on through them.
    passing = sum(_within(*gap, down) for gap in gaps) if usual > DOUBLE_PX else 0
    return gaps if passing <= MOST_PASSING * columns * len(gaps) else []


def _likely_gaps(steps: Sequence[float] | npt.NDArray[np.float64]) -> list[int]:
    """Which of the ``steps`` from edge to edge are much lower than those around them."""
    likely = []
    for k in range(1, len(steps) - 1):
        beside = min(steps[k - 1], steps[k + 1])
        row = min(MAX_GAP_PX, GAP_SHARE * beside)
        if steps[k] <= max(row, min(MAX_CARD_GAP_PX, CARD_GAP_SHARE * beside)):
            likely.append(k)
    return likely


def _without_inner(edges: Sequence[Rule]) -> list[Rule]:
    """The edges without lines within boxes, which run from side to side of all of them as well."""
    at = [_height(rule) for rule in edges]
    gaps = _likely_gaps(np.diff(at))
    if len(gaps) < MIN_BOXES - 1:
        return list(edges)
    highs = [at[after] - at[before + 1] for before, after in pairwise(gaps)]
    high = float(np.median(highs))
    if max(highs) > (1 + SAME_HEIGHT) * min(highs):
        return list(edges)
    # What is not as high at either end is no such box, and keeps its lines.
    tops = [k for k in range(gaps[0]) if abs(at[gaps[0]] - at[k] - high) <= SAME_HEIGHT * high]
    feet = [
        k
        for k in range(gaps[-1] + 2, len(at))
        if abs(at[k] - at[gaps[-1] + 1] - high) <= SAME_HEIGHT * high
    ]
    first, last = (tops or gaps)[0], feet[-1] if feet else gaps[-1] + 1
    sides = {first, last, *gaps, *(k + 1 for k in gaps)}
    return [edge for k, edge in enumerate(edges) if k in sides or not first < k < last]


def _with_ends(edges: Sequence[Rule]) -> list[Rule]:
    """The edges with the first and the last one put in where those were not seen.

    Whether a box is there is told by the rulings down it, as of all of them.
    """
    steps = np.diff([_height(rule) for rule in edges])
    high = float(np.median(steps[steps > MAX_GAP_PX])) if (steps > MAX_GAP_PX).any() else 0.0
    first = [_lower(edges[0], -high)] if steps[0] <= MAX_GAP_PX else []
    last = [_lower(edges[-1], high)] if steps[-1] <= MAX_GAP_PX else []
    return [*first, *edges, *last]


def _lower(rule: Rule, by_px: float) -> Rule:
    return replace(rule, points=rule.points + (0.0, by_px))


def _within(upper: Rule, lower: Rule, down: Sequence[Rule]) -> int:
    """How many rulings down are seen between two rulings, as far as these go."""
    left, right = rule_span(upper)
    count = 0
    for rule in down:
        x, top = crossing(upper, rule)
        bottom = crossing(lower, rule)[1]
        count += left - MEET_PX <= x <= right + MEET_PX and (
            seen_length(rule, top, bottom) >= SEEN_SHARE * (bottom - top)
        )
    return count


def _middle(upper: Rule, lower: Rule) -> Rule:
    """The middle of a gap, as a ruling that knows the edges beside it."""
    points = upper.points.copy()
    ys = [rule_at(lower, float(x)) for x in points[:, 0]]
    points[:, 1] = (points[:, 1] + ys) / 2
    return replace(upper, points=points, edges=(upper, lower))


def _whole_columns(down: Sequence[Rule], edges: Sequence[Rule], gaps: Sequence[_Gap]) -> list[Rule]:
    """Rulings down with those in one that end above a gap and go on below it."""
    high = max(_height(lower) - _height(upper) for upper, lower in gaps) + MEET_PX
    columns: list[Rule] = []
    for rule in sorted(down, key=lambda one: rule_span(one)[0]):
        for k, column in enumerate(columns):
            if _goes_on(column, rule, edges, high):
                columns[k] = _in_one(column, rule)
                break
        else:
            columns.append(rule)
    return columns


def _goes_on(column: Rule, piece: Rule, edges: Sequence[Rule], high: float) -> bool:
    """Whether a ruling goes on as another one after a break as long as gaps are, between edges.

    An edge may not have been seen, so that no gap is known there.
    """
    end, start = rule_span(column)[1], rule_span(piece)[0]
    left, right = rule_span(edges[0])
    middle = (start + end) / 2
    x = rule_at(column, middle)
    return bool(
        0 < start - end <= high
        and abs(x - rule_at(piece, middle)) <= IN_LINE_PX
        and left - MEET_PX <= x <= right + MEET_PX
        and _height(edges[0]) < middle < _height(edges[-1])
    )


def _in_one(column: Rule, piece: Rule) -> Rule:
    lengths = [stop - start for start, stop in map(rule_span, (column, piece))]
    gap = (rule_span(column)[1], rule_span(piece)[0])
    return replace(
        column,
        points=np.concatenate([column.points, piece.points]),
        support=float(np.average([column.support, piece.support], weights=lengths)),
        gaps=(*column.gaps, gap, *piece.gaps),
    )
