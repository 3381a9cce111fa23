"""Tell where cards below each other end when a box stands right below them, in line with them.

The side of such a box goes on as the cards' own, and its edges lie about as far apart: it looks
like one card more, which has nothing printed that the others have.
"""

from collections.abc import Sequence

from digitizer.lines.tables import Table
from digitizer.records import Rule

# Of a card both sides are seen along this share of it.
SIDE_SHARE = 0.75


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
