"""Columns' rulings that were not seen, put back where the heads over one column are two.

A worn or faint ruling may be lost where all others of a table are found. Then one column
lies under the heads of two: each of them is read, in the form's order, and the side between
them follows from what is left of the ruling, else from the heads (``headsides``). A table
is divided only where that gives a column of the form a place that had none.
"""

from collections.abc import Sequence

import numpy as np

from digitizer.forms.forms import Form
from digitizer.layout.table.columnheads import HEADER_ABOVE_PX, assign_heads
from digitizer.layout.table.headorder import MIN_HEADER
from digitizer.layout.table.headsides import column_sides, group_heads, head_texts, is_print
from digitizer.layout.table.signergrid import SignerGrid, match_table
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.tables import Table
from digitizer.records import Pixels, PrintedWord, Rule

# A side is put in between two rulings as they run, at so many places along them.
PLACES = 9


def with_lost_sides(
    grid: SignerGrid, words: Sequence[PrintedWord], form: Form, gray: Pixels
) -> SignerGrid:
    """The grid with columns that share one between two rulings told apart, if there are such.

    ``words``: the page's print; ``gray``: the level page.
    """
    while None in grid.columns and len(grid.row_rules) >= 2:
        again = _divided(grid, words, form, gray)
        if again is None:
            break
        grid = again
    return grid


def _divided(
    grid: SignerGrid, words: Sequence[PrintedWord], form: Form, gray: Pixels
) -> SignerGrid | None:
    """The grid with one more column found; None where no two heads stand over one."""
    for span in grid.columns:
        if span is None:
            continue
        heads = _heads_over(grid, span, words, form)
        if len(heads) < 2:
            continue
        left, right = (grid.table.down[k] for k in span)
        middle = _middle_y(grid)
        ends = rule_at(left, middle), rule_at(right, middle)
        sides = column_sides(heads, grid.row_rules, gray, ends)
        shares = (sides[1:-1] - ends[0]) / (ends[1] - ends[0])
        table = _with_sides(grid.table, span, shares.tolist())
        found = match_table(table, words, form)
        fewer = sum(one is None for one in found.columns)
        if fewer < sum(one is None for one in grid.columns) and found.score > grid.score:
            return found
    return None


def _heads_over(
    grid: SignerGrid, span: tuple[int, int], words: Sequence[PrintedWord], form: Form
) -> list[list[PrintedWord]]:
    """What is printed over one column, a list for each of the form's heads that it is."""
    table, floor = grid.table, grid.row_rules[0]
    above = HEADER_ABOVE_PX if floor is table.across[0] else 0.0
    inside = []
    for word in words:
        x, y = word.middle
        left, right = (rule_at(table.down[k], y) for k in span)
        roof = rule_at(table.across[0], x) - above
        if is_print(word) and left <= x <= right and roof <= y <= rule_at(floor, x):
            inside.append(word)
    if not inside:
        return []
    heads = group_heads(inside)
    columns, scores = assign_heads(head_texts(heads), form)
    taken = [
        one[0]
        for one, score in zip(columns, scores, strict=True)
        if one is not None and score >= MIN_HEADER
    ]
    return [heads[j] for j in sorted(taken)]


def _middle_y(grid: SignerGrid) -> float:
    first, last = grid.row_rules[0].points, grid.row_rules[-1].points
    return float(first[:, 1].mean() + last[:, 1].mean()) / 2


def _with_sides(table: Table, span: tuple[int, int], shares: Sequence[float]) -> Table:
    """The table with sides at ``shares`` of the width between two of its rulings."""
    left, right = (table.down[k] for k in span)
    ys = np.linspace(
        max(left.points[0, 1], right.points[0, 1]),
        min(left.points[-1, 1], right.points[-1, 1]),
        PLACES,
    )
    middle = float(ys.mean())
    down = list(table.down)
    places = [rule_at(rule, middle) for rule in down]
    across_borders, down_borders = table.across_borders, table.down_borders
    for share in shares:
        xs = [(1 - share) * rule_at(left, y) + share * rule_at(right, y) for y in ys]
        at = int(np.searchsorted(places, float(np.mean(xs))))
        places.insert(at, float(np.mean(xs)))
        down.insert(at, Rule(np.column_stack([xs, ys]), False, 0.0, 0.0))
        # What bounded the column bounds both parts.
        across_borders = np.insert(across_borders, at, across_borders[:, at - 1], axis=1)
        down_borders = np.insert(down_borders, at, True, axis=1)
    return Table(table.across, tuple(down), across_borders, down_borders)
