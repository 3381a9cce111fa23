"""Part a table in which two signers stand side by side on every row.

Where two tables stand side by side without a gap, or cards share their frames, rulings
make one table of both, and a form's columns are found in its left half alone: every
second signer would be left out. So a table with a ruling down its middle is tried as two;
they are two where every head or caption that is read in the whole is read in each half.
Heads of one half may be hidden, or lost in a copy. Where every column lies in one half, and
the other is ruled in the same way, with one of these heads or without any, it holds the
other signers.

Tables with a gap between them are matched each by itself (``furthertables``).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from digitizer.layout.table.headorder import MIN_HEADER
from digitizer.layout.table.headsides import is_print
from digitizer.layout.table.signergrid import (
    ALIKE_PX,
    SignerGrid,
    are_ruled_alike,
    down_at,
    places_down,
)
from digitizer.lines.rulepaths import hidden_length, rule_at
from digitizer.lines.tables import Table
from digitizer.records import PrintedWord

# The middle ruling lies within this share of the width of the table's middle.
MIDDLE = 0.02
# ... or a gap does that is no wider than this share of it, which at most so many of its rulings
# cross: cards side by side lie on the same lines.
GAP, MOST_CROSSING, GAP_SEEN = 0.12, 0.2, 0.5
# The form must fit the whole this well for halves to be tried.
LEAST_SCORE = 0.6
# A half of which so many columns have print of their own above them is another table.
OWN_HEADS = 0.5


def twin_grids(
    table: Table, match: Callable[[Table], SignerGrid], words: Sequence[PrintedWord] = ()
) -> tuple[SignerGrid, ...]:
    """The form's grid in a table, or its two in both halves; ``match`` finds one in a table.

    ``words``: the page's print.
    """
    whole = match(table)
    parts = halves(table) if whole.score >= LEAST_SCORE else ()
    if not parts:
        return (whole,)
    grids = tuple(match(part) for part in parts)
    if all(
        _found(grid) >= _found(whole) and _reads_as_much(grid, whole) and len(grid.row_rules) >= 2
        for grid in grids
    ):
        return grids
    mine = [n for n, part in enumerate(parts) if _holds_all(part, whole)]
    if len(mine) != 1:
        return (whole,)
    grid, other = grids[mine[0]], parts[1 - mine[0]]
    # Of a column that was not found the sheet says so.
    if None in grid.columns or len(grid.row_rules) < 2 or not are_ruled_alike(*parts):
        return (whole,)
    if not _reads_some(grids[1 - mine[0]], grid) and _has_heads(other, grid, words):
        return (whole,)
    # They were read in this half, better perhaps than when it was looked at alone.
    grid = replace(grid, score=whole.score, header_scores=whole.header_scores)
    moved = _moved(grid, parts[mine[0]], other)
    return (grid, moved) if mine[0] == 0 else (moved, grid)


def halves(table: Table) -> tuple[Table, ...]:
    """The table's left and right half; empty where nothing parts it in the middle.

    That is a ruling, or a gap that hardly any ruling crosses.
    """
    at = places_down(table)
    wide, middle = at[-1] - at[0], (at[0] + at[-1]) / 2
    near, k = MIDDLE * wide, int(np.searchsorted(at, middle)) - 1
    j = min(range(len(at)), key=lambda n: abs(at[n] - middle))
    level = abs((at[k] + at[k + 1]) / 2 - middle) <= near
    if level and at[k + 1] - at[k] <= GAP * wide and _is_open(table, k):
        parts = ((0, k), (k + 1, table.column_count))
    elif abs(at[j] - middle) <= near:
        parts = ((0, j), (j, table.column_count))
    else:
        return ()
    if any(a >= b for a, b in parts):
        return ()
    return tuple(
        Table(
            table.across,
            table.down[a : b + 1],
            table.across_borders[:, a:b],
            table.down_borders[:, a : b + 1],
        )
        for a, b in parts
    )


def _is_open(table: Table, k: int) -> bool:
    """Whether hardly any ruling is seen between ruling ``k`` down a table and the next one."""
    crossing = 0
    for i, rule in enumerate(table.across):
        left, right = table.corner(i, k)[0], table.corner(i, k + 1)[0]
        crossing += hidden_length(rule, left, right) < GAP_SEEN * (right - left)
    return crossing <= MOST_CROSSING * len(table.across)


def _holds_all(part: Table, whole: SignerGrid) -> bool:
    """Whether all columns of the whole table that were found lie in this half."""
    at, own = places_down(whole.table), places_down(part)
    spans = [span for span in whole.columns if span is not None]
    return bool(spans) and all(
        own[0] - ALIKE_PX <= at[a] and at[b] <= own[-1] + ALIKE_PX for a, b in spans
    )


def _reads_some(half: SignerGrid, grid: SignerGrid) -> bool:
    """Whether one of the form's heads is read in this half, too, at the same place."""
    at, own = places_down(half.table), places_down(grid.table)
    for mine, ours, score in zip(half.columns, grid.columns, half.header_scores, strict=True):
        if mine is not None and ours is not None and score >= MIN_HEADER:
            off = [at[j] - at[0] - own[k] + own[0] for j, k in zip(mine, ours, strict=True)]
            if max(map(abs, off)) <= ALIKE_PX:
                return True
    return False


def _has_heads(half: Table, grid: SignerGrid, words: Sequence[PrintedWord]) -> bool:
    """Whether most columns of the half without the form's heads have other ones."""
    at = places_down(half)
    top, floor = half.across[0], grid.row_rules[0]
    said = set()
    for word in words:
        x, y = word.middle
        if is_print(word) and at[0] < x < at[-1] and rule_at(top, x) < y < rule_at(floor, x):
            said.add(int(np.searchsorted(at, x)))
    return len(said) >= OWN_HEADS * half.column_count


def _moved(grid: SignerGrid, own: Table, other: Table) -> SignerGrid:
    """The grid of a half where the other half is: the same columns, between the same rows."""
    if grid.table is own and own.column_count == other.column_count:
        table = other
    else:
        # Its dividers are shares of the half's width.
        at = places_down(own)
        places = [(x - at[0]) / (at[-1] - at[0]) for x in places_down(grid.table)]
        down = tuple(down_at(other, grid.row_rules, place) for place in places)
        table = replace(grid.table, down=down)
    return replace(grid, table=table)


def _reads_as_much(half: SignerGrid, whole: SignerGrid) -> bool:
    """Whether each column that the whole table is told by is told in this half, too."""
    pairs = zip(half.header_scores, whole.header_scores, strict=True)
    return all(mine >= MIN_HEADER for mine, score in pairs if score >= MIN_HEADER)


def _found(grid: SignerGrid) -> int:
    return sum(span is not None for span in grid.columns)
