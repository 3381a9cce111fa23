"""The rows' table cut in two: a slip or tape goes over the page from side to side and hides rows.

It leaves no piece of a ruling, so that what lies below it is a table of its own to the eye. Both
have the same columns at the same places, the lines of both lie whole rows apart, and nothing is
printed between. Two tables printed so differ in that their columns end at their lines: a slip's
edges lie anywhere.

It fails where both edges lie on lines, and where the slip hides the last row as well.
"""

from collections.abc import Sequence

import numpy as np

from digitizer.forms.forms import Form
from digitizer.layout.table.headsides import is_print
from digitizer.layout.table.signergrid import are_ruled_alike
from digitizer.lines.folds import without_folds
from digitizer.lines.rulepaths import rule_span
from digitizer.lines.tables import Table, find_tables
from digitizer.records import PrintedWord, RegisteredPage, Rule

# Two parts of a table have their sides this near to each other, px; their lines lie whole rows
# apart to this share of the way.
NEAR_SIDE_PX, ON_ROW = 8.0, 0.08
# So many rows are hidden at most; rulings that are cut end this far (px) off the rows' lines, those
# of so many columns.
MOST_MISSING, STUB_PX, STUBS_SHARE = 12, 6.0, 0.6


def rows_cut_off(found: RegisteredPage, form: Form) -> tuple[int, ...]:
    """Numbers of the rows that something hides which cuts the rows' table in two.

    It goes over the page from side to side, and ends where no ruling does: of the columns'
    rulings stubs are left that end beyond the last row's line, or before the next one.
    """
    if not found.rows or not any(column.header for column in form.columns):
        return ()
    shape = found.page.gray.shape
    tables = find_tables(without_folds(found.rules, shape), shape)
    quads = [np.array(row.polygon, dtype=np.float64) for row in found.rows]
    pitch = float(np.median([np.ptp(quad[:, 1]) for quad in quads]))
    words = [word for word in found.words if is_print(word)]
    last = quads[-1].mean(axis=0).tolist()
    for upper in (table for table in tables if _holds(table, *last)):
        for lower in tables:
            count = missing_between(upper, lower, pitch, words)
            if count and are_ruled_alike(lower, upper) and _has_stubs(upper, lower):
                # Of the last one that was found the slip's edge may have taken a part.
                first = found.rows[-1].row + (1 if _ends_whole(upper, pitch) else 0)
                return tuple(range(first, first + count))
    return ()


def missing_between(upper: Table, lower: Table, pitch: float, words: Sequence[PrintedWord]) -> int:
    """How many rows are missing between two tables of which the lower one is the upper's rest.

    0 where it is none. ``pitch``: how high rows are, px; ``words``: print on the page. Of the
    rows beside what is hidden a part may be hidden, too.
    """
    (left, _, right, bottom), (start, top, stop, _) = place_of(upper), place_of(lower)
    if max(abs(start - left), abs(stop - right)) > NEAR_SIDE_PX or top <= bottom:
        return 0
    end = upper.row_count if _ends_whole(upper, pitch) else upper.row_count - 1
    steps = (lower.corner(1, 0)[1] - upper.corner(end, 0)[1]) / pitch
    missing = round(steps) - 1
    if not 1 <= missing <= MOST_MISSING or abs(steps - round(steps)) > ON_ROW * round(steps):
        return 0
    between = (w for w in words if left < w.middle[0] < right and bottom < w.middle[1] < top)
    return 0 if any(between) else missing


def _ends_whole(table: Table, pitch: float) -> bool:
    """Whether a table's last row is a whole one."""
    high = table.corner(table.row_count, 0)[1] - table.corner(table.row_count - 1, 0)[1]
    return table.row_count < 2 or bool(abs(high / pitch - 1) <= ON_ROW)


def _has_stubs(upper: Table, lower: Table) -> bool:
    """Whether most columns end off the rulings on one side of what parts two tables."""
    bottom, top = place_of(upper)[3], place_of(lower)[1]
    past = [_seen_to(rule, bottom) - bottom for rule in upper.down]
    before = [top - _seen_from(rule, top) for rule in lower.down]
    return any(
        sum(off > STUB_PX for off in offs) >= STUBS_SHARE * len(offs) for offs in (past, before)
    )


def _seen_to(rule: Rule, y: float) -> float:
    """Where a ruling down is hidden or ends, below a place."""
    hidden = (start for start, _ in rule.gaps if start > y - NEAR_SIDE_PX)
    return min(hidden, default=rule_span(rule)[1])


def _seen_from(rule: Rule, y: float) -> float:
    """Where a ruling down is seen again or begins, above a place."""
    hidden = (stop for _, stop in rule.gaps if stop < y + NEAR_SIDE_PX)
    return max(hidden, default=rule_span(rule)[0])


def place_of(table: Table) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of a table."""
    at = np.array(table.outline())
    (left, top), (right, bottom) = at.min(axis=0).tolist(), at.max(axis=0).tolist()
    return left, top, right, bottom


def _holds(table: Table, x: float, y: float) -> bool:
    left, top, right, bottom = place_of(table)
    return left <= x <= right and top <= y <= bottom
