"""Tell where cards or rows end when a box stands right below or above them, in line with them.

The sides of such a box go on as the cards' or the table's own, and its edges lie about as far
apart: it looks like one card more, which has nothing printed that the others have, or like one
row more, through which no column runs.
"""

from collections.abc import Sequence
from dataclasses import replace

from digitizer.lines.tables import Table
from digitizer.records import Rule

# Of a card both sides are seen along this share of it.
SIDE_SHARE = 0.75
# Of a column's side less than this is seen where none was printed.
NO_SIDE = 0.25


def without_foreign_end(table: Table, rules: Sequence[Rule]) -> list[Rule]:
    """The rulings that bound cards, without a last row that something else below them makes.

    Every card has both sides; what is below has one of them at most, and an edge of its own
    lies within it. Tables with columns, and fewer than two rows, are left as they are.
    """
    if table.column_count > 1 or len(rules) < 3:
        return list(rules)
    at = [next((i for i, one in enumerate(table.across) if one is r), None) for r in rules]
    first, before, last = at[0], at[-2], at[-1]
    if first is None or before is None or last is None or last - before < 2:
        return list(rules)
    whole = bool((table.down_share(first, before) >= SIDE_SHARE).all())
    foreign = float(table.down_share(before, last).min()) == 0
    return list(rules[:-1] if whole and foreign else rules)


def without_box_above(table: Table, rules: Sequence[Rule]) -> list[Rule]:
    """The rulings that bound rows, without a first one that is a box's: no column runs through it.

    Columns run through all rows below; where one more of them has none, as the first line of
    signers who have several, the rows are left as they are.
    """
    at = [next((i for i, one in enumerate(table.across) if one is r), None) for r in rules[:2]]
    if table.column_count < 2 or len(rules) < 4 or None in at:
        return list(rules)
    first, second = (i or 0 for i in at)
    below = [spans_columns(table, i) for i in range(second, table.row_count - 1)]
    return list(rules[1:] if spans_columns(table, first) and not any(below) else rules)


def spans_columns(table: Table, row: int) -> bool:
    """Whether an elementary row lies over all columns of a table and none runs through it."""
    inner = table.down_share(row, row + 1)[1:-1]
    return bool(len(inner) and inner.max() < NO_SIDE)


def below_boxes(table: Table) -> Table:
    """A table without the rows at its top through which no column runs; as it is if all are so."""
    start = next((i for i in range(table.row_count) if not spans_columns(table, i)), 0)
    return replace(
        table,
        across=table.across[start:],
        across_borders=table.across_borders[start:],
        down_borders=table.down_borders[start:],
    )
