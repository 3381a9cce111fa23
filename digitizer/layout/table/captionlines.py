"""Lines to write on below the captions of a cell, or behind them: where what is asked for ends.

``Street address`` in small print stands over its line, right below that of ``Name``: what lies
midway between the two captions is the name. Behind ``Name: ______`` nothing is written below the
line, however much room the card has there. It fails on dots, and where captions lack their lines.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from digitizer.layout.print.typicalrow import SCALE
from digitizer.layout.print.wording import Box
from digitizer.records import PAGE_PX_PER_MM, Pixels

# A line is this long at least, 12 mm, and so thin, px; it is darker than its surroundings by so
# many gray levels.
LEAST_LINE_PX, THICK_PX, DARKER = 12 * PAGE_PX_PER_MM, 4, 20
# It runs so many heights of the print below the foot of its caption, at least, and under this
# share of it.
BELOW, UNDER_SHARE = 0.8, 0.5
# Behind its caption one hangs so many heights of the print below the foot of it, at most; what is
# written on one hangs below it by so much of the way to the next.
HANGS, HANGING = 1.5, 0.15


def lines_in_row(enlarged: Pixels) -> tuple[Box, ...]:
    """Level lines of the row that all rows share, in shares of it; ``enlarged``: as it is read."""
    height, width = enlarged.shape
    around = np.ones((round(3 * THICK_PX * SCALE), 1), np.uint8)
    thin = cv2.morphologyEx(enlarged, cv2.MORPH_BLACKHAT, around) > DARKER
    along = np.ones((1, round(LEAST_LINE_PX * SCALE)), np.uint8)
    lines = cv2.morphologyEx(thin.astype(np.uint8), cv2.MORPH_OPEN, along)
    _, _, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    return tuple(
        (x / width, y / height, (x + w) / width, (y + h) / height)
        for x, y, w, h, _ in stats[1:].tolist()
        if h <= THICK_PX * SCALE
    )


def inner_edges(
    captions: Sequence[Sequence[Box]], lines: Sequence[Box], written: Sequence[bool]
) -> list[float] | None:
    """Where what is asked for in one line of captions ends and the next begins.

    ``captions``: line by line from the top; ``lines``: those of the cell; ``written``: whether a
    line of captions asks for more than ticks. None where lines to write on do not tell it.
    """
    tops = [min(box[1] for box in line) for line in captions]
    below = _levels_below(captions, lines)
    if below is not None:
        return [(level + top) / 2 for level, top in zip(below, tops[1:], strict=False)]
    beside = [_level_beside(line, lines) for line in captions]
    if any(level is None and asked for level, asked in zip(beside, written, strict=True)):
        return None
    edges: list[float] = []
    for k, (level, following) in enumerate(pairwise(beside)):
        if level is None:
            level = max(box[3] for box in captions[k])
        if following is None:
            edges.append((level + tops[k + 1]) / 2)
        else:
            edges.append(level + HANGING * (following - level))
    return edges


def _levels_below(captions: Sequence[Sequence[Box]], lines: Sequence[Box]) -> list[float] | None:
    """Below each line of captions the level of the lines that these stand over.

    None where not every line of them, the last but for the cell's own foot, has one, and where
    one runs over the first.
    """
    height = _usual_height(captions)
    tops = [min(box[1] for box in line) for line in captions]
    levels: list[float | None] = []
    for line, (_, stop) in zip(captions, pairwise([*tops, 1.0]), strict=True):
        below = [
            _level(rule)
            for rule in lines
            for box in line
            if _runs_below(rule, box, height) and _level(rule) < stop
        ]
        levels.append(max(below, default=None))
    over = any(
        _shared(rule, box) >= UNDER_SHARE and 0 <= box[1] - rule[3] <= height
        for rule in lines
        for box in captions[0]
    )
    if levels[-1] is None and not over:
        levels[-1] = 1.0
    known = [level for level in levels if level is not None]
    return known if len(known) == len(captions) else None


def _level_beside(captions: Sequence[Box], lines: Sequence[Box]) -> float | None:
    """The level of the line that runs right behind one of these captions, along their foot."""
    height = _usual_height([captions])
    return max(
        (
            _level(rule)
            for rule in lines
            for box in captions
            if rule[0] >= box[2] - height and -height <= _level(rule) - box[3] <= HANGS * height
        ),
        default=None,
    )


def _runs_below(rule: Box, caption: Box, height: float) -> bool:
    return _level(rule) - caption[3] >= BELOW * height and _shared(rule, caption) >= UNDER_SHARE


def _level(rule: Box) -> float:
    return (rule[1] + rule[3]) / 2


def _usual_height(captions: Sequence[Sequence[Box]]) -> float:
    return float(np.median([box[3] - box[1] for line in captions for box in line]))


def _shared(rule: Box, caption: Box) -> float:
    """The share of a caption that a line runs along."""
    common = min(rule[2], caption[2]) - max(rule[0], caption[0])
    return max(0.0, common) / max(caption[2] - caption[0], 1e-6)
