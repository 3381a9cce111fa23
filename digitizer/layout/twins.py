"""Part a table in which two signers stand side by side on every row.

Where two tables stand side by side without a gap, or cards share their frames, rulings
make one table of both, and a form's columns are found in its left half alone: every
second signer would be left out. So a table with a ruling down its middle is tried as two;
they are two where every head or caption that is read in the whole is read in each half.
"""

from collections.abc import Callable

from digitizer.layout.signergrid import MIN_HEADER, SignerGrid
from digitizer.lines.tables import Table

# The middle ruling lies within this share of the width of the table's middle.
MIDDLE = 0.02
# The form must fit the whole this well for halves to be tried.
LEAST_SCORE = 0.6


def twin_grids(table: Table, match: Callable[[Table], SignerGrid]) -> tuple[SignerGrid, ...]:
    """The form's grid in a table, or its two in both halves; ``match`` finds one in a table."""
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


def _reads_as_much(half: SignerGrid, whole: SignerGrid) -> bool:
    """Whether each column that the whole table is told by is told in this half, too."""
    pairs = zip(half.header_scores, whole.header_scores, strict=True)
    return all(mine >= MIN_HEADER for mine, score in pairs if score >= MIN_HEADER)


def _found(grid: SignerGrid) -> int:
    return sum(span is not None for span in grid.columns)
