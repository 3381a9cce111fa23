"""Tell lines to write on, printed inside cells, from the rulings that part rows.

``Name: ______`` over ``Signature: ______`` in one cell is one signer's, not two. A
ruling between rows crosses the rulings between columns; a line to write on begins
behind its label and ends before its cell does, in every row at the same places. So
lines that cross next to nothing are left out where others cross nearly everything and
most rows hold as many of them. It fails where a form's lines run from ruling to
ruling, as those of two lines a signer do: a definition says ``lines`` of such a form.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from digitizer.lines.doubles import MEET_PX
from digitizer.lines.rulepaths import crossing, rule_at, seen_length
from digitizer.lines.tables import Table
from digitizer.records import Rule

# A ruling crosses another if it is seen over half of this way beside it, where the table is.
BESIDE_PX = MEET_PX
SEEN_SHARE = 0.5
# One between columns is met, too, by a line that begins right at it: that is half of the way,
# less what the ruling itself hides.
MET_SHARE = 0.4
# Shares of the columns' rulings that a line to write on crosses at most, with a signature
# or two across its end, and that a ruling between rows crosses at least.
MOST_CROSSED, LEAST_CROSSED = 0.34, 0.75
# Of a table without columns these are its two sides: a line to write on may reach one of them.
MOST_OF_SIDES = 0.5
# Rows at least that hold lines to write on, and their share of all rows: those of pens are in few.
LEAST_ROWS, ROWS_SHARE = 2, 0.6
# So many gaps are a stack of boxes, which are as high as each other to this share.
LEAST_GAPS, SAME_BOX = 2, 0.15


def without_writing_lines(table: Table, rows: Sequence[int]) -> list[int]:
    """``rows`` (numbers of horizontal rulings, ascending) without lines to write on."""
    boxes = _box_bounds(table, rows)
    if boxes:
        return [i for k, i in enumerate(rows) if k in boxes or not boxes[0] < k < boxes[-1]]
    crossed = [_crossed_share(table, i) for i in rows]
    most = MOST_CROSSED if table.column_count > 1 else MOST_OF_SIDES
    # Its first and last line are its ends, worn at a corner or not.
    ends = () if table.column_count > 1 else (0, len(rows) - 1)
    bounds = [k for k, share in enumerate(crossed) if share >= LEAST_CROSSED or k in ends]
    between = [
        [k for k in range(low + 1, high) if crossed[k] <= most] for low, high in pairwise(bounds)
    ]
    counts = [len(inner) for inner in between]
    held = [count for count in counts if count]
    if not held:
        return list(rows)
    usual = max(set(held), key=held.count)
    alike = counts.count(usual)
    # A head has none: one row more than hold them is no exception.
    if alike < LEAST_ROWS or alike < ROWS_SHARE * max(1, len(counts) - 1):
        return list(rows)
    lines = {k for inner in between for k in inner}
    return [i for k, i in enumerate(rows) if k not in lines]


def _box_bounds(table: Table, rows: Sequence[int]) -> list[int]:
    """Which of ``rows`` bound boxes of their own, with gaps between them; empty: there are none.

    What lies within such a box is a line to write on, whatever crosses its ends.
    """
    x = (table.corner(0, 0)[0] + table.corner(0, table.column_count)[0]) / 2
    at = [rule_at(table.across[i], x) for i in rows]
    gaps = [k for k, i in enumerate(rows) if table.across[i].edges]
    if len(gaps) < LEAST_GAPS:
        return []
    pitch = float(np.median(np.diff([at[k] for k in gaps])))
    first, last = at[gaps[0]] - pitch, at[gaps[-1]] + pitch
    ends = [min(range(len(at)), key=lambda k: abs(at[k] - end)) for end in (first, last)]
    near = [
        abs(at[k] - end) <= SAME_BOX * pitch for k, end in zip(ends, (first, last), strict=True)
    ]
    return [*ends[:1], *gaps, *ends[1:]] if all(near) else []


def _crossed_share(table: Table, i: int) -> float:
    """Share of the columns' rulings that horizontal ruling ``i`` is seen to cross or to meet."""
    rule = table.across[i]
    if rule.support == 0 or rule.edges:
        return 1.0  # a side that was printed open, or the gap between two boxes
    return sum(_crosses(rule, down, table) for down in table.down) / len(table.down)


def _crosses(rule: Rule, down: Rule, table: Table) -> bool:
    x = crossing(rule, down)[0]
    left = x if down is table.down[0] else x - BESIDE_PX
    right = x if down is table.down[-1] else x + BESIDE_PX
    inner = down is not table.down[0] and down is not table.down[-1]
    least = MET_SHARE if inner else SEEN_SHARE
    return seen_length(rule, left, right) >= least * (right - left)
