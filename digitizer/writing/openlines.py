"""Rows that are lines to write on: what hangs down through a line was written on it.

``1. ________  ____________  ______``: such lines run below what is written, broken between
the columns; rulings run above and below it, and people keep off them. On lines writing
stands, often a little low, and its tails hang below, up to a third of a row: no ink of the
next row, whose letters stand on the next line. Between the two lies white, and there one
row's ink ends and the next one's begins. It fails where the letters of a row are so high
that no white is left below the line above it.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from digitizer.lines.residual import is_ruled
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, CellPlace, RowPlace, Rule

Ints = npt.NDArray[np.int32]
Box = tuple[int, int, int, int]

# Of the sides of columns less than this share is ruled, letters that stand one below the
# other being traced as rulings here and there; of the lines below cells more than this share
# is seen, and where two cells meet less than this share of the lines goes on.
MOST_SIDES, LEAST_LINES, MOST_WHOLE = 0.25, 0.5, 0.5
# A printed line lies within this of the foot of a cell, px, and is broken by white of 2 mm.
NEAR_PX, BREAK_PX = 8, 2 * PAGE_PX_PER_MM
# Ink hangs down by this share of a row, not more, nor by more than this, px: 4 mm.
HANGS_SHARE, HANGS_PX = 0.35, 4 * PAGE_PX_PER_MM
# Pieces of fewer px are dust, which lies anywhere; so many px of ink are no ink.
DUST_PX, WHITE_PX = 16, 2
# What hangs through a line has ink so near below it, px.
THROUGH_PX = 6


def stands_on_lines(rows: Sequence[RowPlace], rules: Sequence[Rule]) -> bool:
    """Whether rows (page px) are lines to write on, broken between the columns, no table."""
    down = [rule for rule in rules if not rule.horizontal and rule.thickness_px > 0]
    across = [rule for rule in rules if rule.horizontal and rule.thickness_px > 0]
    feet = [[_foot(cell) for cell in row.cells] for row in rows]
    middles = [((a + b) / 2, y) for row in feet for a, b, y in row]
    meet = [
        ((one[1] + other[0]) / 2, (one[2] + other[2]) / 2)
        for row in feet
        for one, other in pairwise(row)
        if abs(one[1] - other[0]) <= NEAR_PX and abs(one[2] - other[2]) <= NEAR_PX
    ]
    if not meet:
        return False
    ruled = [is_ruled(down, *side) for row in rows for cell in row.cells for side in _sides(cell)]
    lined = [_is_lined(across, *place) for place in middles]
    # A cell may begin right where its line does.
    whole = [all(_is_lined(across, x + d, y) for d in (-NEAR_PX, 0, NEAR_PX)) for x, y in meet]
    shares = [float(np.mean(one)) for one in (ruled, lined, whole)]
    return shares[0] < MOST_SIDES and shares[1] > LEAST_LINES and shares[2] < MOST_WHOLE


def _sides(cell: CellPlace) -> Iterator[tuple[float, float]]:
    corners = np.array(cell.polygon)
    middle = float(corners[:, 1].mean())
    yield float(corners[:, 0].min()), middle
    yield float(corners[:, 0].max()), middle


def _foot(cell: CellPlace) -> tuple[float, float, float]:
    """From where to where a cell's lower side goes, and how low it lies, px."""
    corners = np.array(cell.polygon)
    lower = corners[corners[:, 1] > corners[:, 1].mean()]
    return float(lower[:, 0].min()), float(lower[:, 0].max()), float(lower[:, 1].mean())


def _is_lined(across: Sequence[Rule], x: float, y: float) -> bool:
    """Whether a printed line goes by a point without a break there."""
    return any(
        first <= x <= last
        and abs(rule_at(rule, x) - y) <= NEAR_PX
        and not any(a < x < b for a, b in rule.gaps if b - a >= BREAK_PX)
        for rule in across
        for first, last in (rule_span(rule),)
    )


def below_lines(where: Ints, labels: Ints, stats: Ints, boxes: Sequence[Box]) -> Ints:
    """``where`` with what lies right below the foot of each of the rows' cells in it.

    ``where`` (H, W): the cells' numbers from 1, 0 outside; ``boxes``: those of the rows' cells,
    which come first; ``labels`` (H, W) and ``stats`` of the strokes as
    ``strokes.label_strokes`` gives them. How far down is told by the white.
    """
    inked = (labels > 0) & (stats[:, 4] >= DUST_PX)[labels]
    inner = (where > 0) & (where <= len(boxes))
    found = where.copy()
    for number, (left, top, right, bottom) in enumerate(boxes, start=1):
        part = where[top:bottom, left:right] == number
        if not part.any():
            continue
        at = np.arange(left, right)[part.any(axis=0)]
        foot = top + part.shape[0] - part[::-1, at - left].argmax(axis=0)
        high = float(np.median(part.sum(axis=0)[at - left]))
        reach = round(min(HANGS_SHARE * high, HANGS_PX))
        down = np.minimum(foot + np.arange(reach)[:, None], where.shape[0] - 1)
        # Only cells of rows and what is no cell: the collector's box begins where it does.
        free = (where[down, at] == 0) | inner[down, at]
        count = _hangs(np.asarray(inked[down, at] & free).sum(axis=1))
        taken = free[:count]
        found[down[:count][taken], np.broadcast_to(at, down.shape)[:count][taken]] = number
    return found


def _hangs(ink: npt.NDArray[np.int64]) -> int:
    """How far down (px) ink hangs, by what lies in each row of pixels: the whitest place."""
    if len(ink) == 0 or ink[:THROUGH_PX].max() <= WHITE_PX:
        # Nothing comes through the line: what lies farther down may be the next row's.
        return 0
    white = ink <= ink.min() + WHITE_PX
    edges = np.flatnonzero(np.diff(np.concatenate(([False], white, [False])).astype(np.int8)))
    starts, stops = edges[::2], edges[1::2]
    widest = int(np.argmax(stops - starts))
    return int(starts[widest] + stops[widest]) // 2
