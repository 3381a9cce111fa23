"""Part a table in which two signers stand side by side on every row.

Where two tables stand side by side without a gap, or cards share their frames, rulings
make one table of both, and a form's columns are found in its left half alone: every
second signer would be left out. So a table with a ruling down its middle is tried as two;
they are two where the form fits each half as well as the whole.
"""

from collections.abc import Callable

from digitizer.layout.signergrid import SignerGrid
from digitizer.lines.tables import Table

# The middle ruling lies within this share of the width of the table's middle.
MIDDLE = 0.02
# The form must fit the whole this well for halves to be tried, and halves worse by no more.
LEAST_SCORE, WORSE = 0.6, 0.02


def twin_grids(table: Table, match: Callable[[Table], SignerGrid]) -> tuple[SignerGrid, ...]:
    """The form's grid in a table, or its two in both halves; ``match`` finds one in a table."""
    whole = match(table)
    parts = halves(table) if whole.score >= LEAST_SCORE else ()
    if not parts:
        return (whole,)
    grids = tuple(match(part) for part in parts)
    if all(
        grid.score >= whole.score - WORSE
        and _found(grid) >= _found(whole)
        and len(grid.row_rules) >= 2
        for grid in grids
    ):
        return grids
    return (whole,)


def halves(table: Table) -> tuple[Table, ...]:
    """The table's left and right half; empty where no ruling parts it in the middle."""
    row = table.row_count // 2
    at = [table.corner(row, j)[0] for j in range(table.column_count + 1)]
    middle = (at[0] + at[-1]) / 2
    j = min(range(len(at)), key=lambda k: abs(at[k] - middle))
    if abs(at[j] - middle) > MIDDLE * (at[-1] - at[0]) or not 0 < j < table.column_count:
        return ()
    return tuple(
        Table(
            table.across,
            table.down[a : b + 1],
            table.across_borders[:, a:b],
            table.down_borders[:, a : b + 1],
        )
        for a, b in ((0, j), (j, table.column_count))
    )


def _found(grid: SignerGrid) -> int:
    return sum(span is not None for span in grid.columns)
