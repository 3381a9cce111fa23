"""Strips of print across all columns, between the rows of signers.

"Signatures without a postcode cannot be counted", a new ward's name, the rules once more: such a
strip is no signer's. It is told by the rulings between columns, none of which runs through it while
all go on below it, and by its height: where it is a whole number of rows high something may lie on
rows instead, and nobody knows. The two lines beside it become one ruling that knows both edges.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from digitizer.lines.rulepaths import rule_at
from digitizer.lines.tables import Table
from digitizer.records import Rule

# So many rows lie above a notice and below it, at least, with this share of the columns' rulings;
# of those between columns this share at most is seen in it.
MIN_ROWS, COLUMNS_SHARE, PASSING = 2, 0.75, 0.2
# It is higher or lower than a whole number of rows by this share of one.
UNLIKE_ROWS = 0.15


def is_notice(
    table: Table, above: Sequence[int], below: Sequence[int], edges: Sequence[int], x: float
) -> bool:
    """Whether what lies between the first two rulings of ``below`` is a notice.

    ``above``, ``below``: numbers of rulings across, the last of the one being the first of the
    other; ``edges``: of those that bound columns; ``x``: where heights are measured.
    """
    inner = list(edges[1:-1])
    if not inner or len(above) <= MIN_ROWS or len(below) <= MIN_ROWS + 1:
        return False
    if table.down_share(below[0], below[1])[inner].max() > PASSING:
        return False
    for low, high in pairwise(below[1 : MIN_ROWS + 2]):
        if table.down_share(low, high)[list(edges)].mean() < COLUMNS_SHARE:
            return False
    at = [rule_at(table.across[i], x) for i in (*above, below[1])]
    usual = float(np.median(np.diff(at[:-1])))
    rows = (at[-1] - at[-2]) / usual
    return bool(rows < 1 - UNLIKE_ROWS or abs(rows - round(rows)) > UNLIKE_ROWS)


def joined_over_notice(above: Sequence[Rule], below: Sequence[Rule]) -> tuple[Rule, ...]:
    """Rulings of rows above a notice and below it, with one for the two beside it."""
    upper, lower = above[-1], below[0]
    points = upper.points.copy()
    points[:, 1] = [(y + rule_at(lower, float(x))) / 2 for x, y in upper.points]
    between = replace(upper, points=points, edges=(upper, lower))
    return (*above[:-1], between, *below[1:])
