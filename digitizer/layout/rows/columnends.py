"""Rows below the last line that is left, told by where the columns' own rulings end.

A scan in black and white may lose hairlines whole: of a table's last row then nothing is left
but writing, and the end of a ruling between columns, exactly a row or a few below the last
line. Both are asked for, so a fold, a streak or the side of a box makes no row. It fails where
every ruling between columns is lost, too, and where nobody wrote in the last row, which then
is no loss.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from digitizer.layout.rows.rowcount import ink_of
from digitizer.layout.rows.wornrows import ON_ROW, STRIP_PX, WORN_SUPPORT, WRITTEN_SHARE
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import Pixels, Rule

# A ruling between columns crosses this share of the lines, and begins no more than so many rows
# above the first one, where the heads stand; lines of as many rows below the last are put in.
CROSSED_SHARE, HEAD_ROWS, MOST_ROWS = 0.5, 2.5, 3


def with_rows_of_columns(
    lines: Sequence[Rule], rules: Sequence[Rule], gray: Pixels
) -> tuple[Rule, ...]:
    """Even ``lines`` across a table, with those of written rows below that its columns go on to.

    ``rules``: those of the level page ``gray`` (H, W). Lines put in have ``WORN_SUPPORT``.
    """
    if len(lines) < 3:
        return tuple(lines)
    left, right = rule_span(lines[0])
    middle = (left + right) / 2
    heights = [rule_at(line, middle) for line in lines]
    pitch = float(np.median(np.diff(heights)))
    count = max((_rows_below(rule, lines, pitch) for rule in rules), default=0)
    if count == 0:
        return tuple(lines)
    writing = ink_of(rules, gray).writing[:, max(0, round(left)) : round(right)].sum(axis=1)
    below = heights[-1] + pitch * np.arange(1, count + 1)
    held = [writing[round(a) : round(b)].sum() for a, b in pairwise([*heights, *below])]
    rows = held[: len(lines) - 1]
    usual = float(np.median([ink for ink in rows if ink > 0])) if any(rows) else 0.0
    written = [k for k, ink in enumerate(held[len(lines) - 1 :], 1) if ink > WRITTEN_SHARE * usual]
    return (
        *lines,
        *(
            replace(lines[-1], points=lines[-1].points + (0.0, pitch * k), support=WORN_SUPPORT)
            for k in range(1, max(written, default=0) + 1)
        ),
    )


def _rows_below(rule: Rule, lines: Sequence[Rule], pitch: float) -> int:
    """How many rows below the last line a column's ruling ends; 0: none, or it is no such."""
    start, stop = rule_span(rule)
    left, right = rule_span(lines[0])
    if rule.horizontal or not left + STRIP_PX < rule.points[:, 0].mean() < right - STRIP_PX:
        return 0
    heights = [rule_at(line, rule_at(rule, start)) for line in lines]
    crossed = sum(start <= y <= stop for y in heights)
    if start < heights[0] - HEAD_ROWS * pitch or crossed < CROSSED_SHARE * len(lines):
        return 0
    rows = (stop - heights[-1]) / pitch
    return round(rows) if abs(rows - round(rows)) <= ON_ROW and rows < MOST_ROWS + 0.5 else 0
