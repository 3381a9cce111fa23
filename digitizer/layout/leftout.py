"""Whether the table goes on where its rows end, so that a signer's row may have been left out.

A ruling as long as the rows that lies one row above the first or below the last bounds a
row, or the heads. On sheets whose cells lie on their lines the table's borders tell which;
it is where cells lie off them that nothing else does, and a person has to look. So it is
where rows lean as on a page seen aslant whose perspective could not be told: rulings that
lean more are not traced, or in pieces, and every second row may have gone with its line.
"""

from collections.abc import Sequence

import numpy as np

from digitizer.forms.forms import Form
from digitizer.geometry import Points
from digitizer.layout.headorder import MIN_HEADER
from digitizer.layout.wording import contains
from digitizer.lines.residual import Residual
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import BoxPlace, PrintedWord, RegisteredPage, RowPlace, Rule

# Rows of one table are as high as each other to this share: those of a page seen aslant
# become lower by 0.04 a row at most.
EVEN_SHARE = 0.15
# A ruling of the table is seen along so much of its rows.
ALONG_SHARE = 0.9
# Heads are those of which this share is read: of writing one short one may be ("Non": "Nom").
HEADS_SHARE = 0.5
# Fewer rows do not tell how high one is.
MIN_ROWS = 3
# Rulings that lean by more than this are not all traced (``lines.tracks``).
MOST_LEAN = 0.055


def may_leave_out(
    rows: Sequence[RowPlace],
    found: RegisteredPage,
    form: Form,
    box: BoxPlace | None,
    residual: Residual | None,
) -> bool:
    """Whether a signer's row may lie between ``rows`` of a page, or beside them."""
    if rows_lean(rows):
        return True
    off = residual is not None and residual.is_bad
    return off and leaves_row_out(rows, found.rules, found.words, form, box)


def rows_lean(rows: Sequence[RowPlace]) -> bool:
    """Whether rows (page px) lean so much that lines between them may not have been seen."""
    edges = [(a, b) for row in rows for a, b in (row.polygon[:2], row.polygon[3:1:-1])]
    return any(abs(b[1] - a[1]) > MOST_LEAN * abs(b[0] - a[0]) for a, b in edges)


def leaves_row_out(
    rows: Sequence[RowPlace],
    rules: Sequence[Rule],
    words: Sequence[PrintedWord],
    form: Form,
    box: BoxPlace | None,
) -> bool:
    """Whether a ruling bounds a further row beside ``rows`` (page px) that holds neither
    the form's heads nor its collector's box.
    """
    if len(rows) < MIN_ROWS:
        return False
    quads = [np.array(row.polygon, dtype=np.float64) for row in rows]
    pitch = float(np.median([np.ptp(quad[:, 1]) for quad in quads]))
    first, last = quads[0], quads[-1]
    ends = (
        (first[first[:, 1] < first[:, 1].mean()], -1),
        (last[last[:, 1] > last[:, 1].mean()], 1),
    )
    return any(
        _bounds_row(rule, edge, side * pitch)
        and not _holds_heads(_strip(rule, edge), words, form)
        and not _holds_box(_strip(rule, edge), box)
        for edge, side in ends
        for rule in rules
        if rule.horizontal and rule.thickness_px > 0
    )


def _bounds_row(rule: Rule, edge: Points, step: float) -> bool:
    """Whether a printed line lies a ``step`` from the rows' edge, (N, 2), all along it."""
    start, stop = float(edge[:, 0].min()), float(edge[:, 0].max())
    begin, end = rule_span(rule)
    if min(end, stop) - max(begin, start) < ALONG_SHARE * (stop - start):
        return False
    offs = [rule_at(rule, x) - y for x, y in edge.tolist()]
    return all(abs(off / step - 1) <= EVEN_SHARE for off in offs)


def _strip(rule: Rule, edge: Points) -> tuple[float, float, float, float]:
    """What lies between the rows' edge and the line: left, top, right, bottom."""
    (left, low), (right, high) = edge.min(axis=0).tolist(), edge.max(axis=0).tolist()
    at = rule_at(rule, (left + right) / 2)
    return left, min(low, at), right, max(high, at)


def _holds_heads(
    strip: tuple[float, float, float, float], words: Sequence[PrintedWord], form: Form
) -> bool:
    left, top, right, bottom = strip
    inside = [
        word.text
        for word in words
        if left <= word.middle[0] <= right and top <= word.middle[1] <= bottom
    ]
    text = " ".join(inside)
    heads = [column.header for column in form.columns if column.header]
    read = sum(any(contains(head, text) >= MIN_HEADER for head in one) for one in heads)
    return read >= HEADS_SHARE * len(heads)


def _holds_box(strip: tuple[float, float, float, float], box: BoxPlace | None) -> bool:
    if box is None:
        return False
    corners = np.array(box.polygon, dtype=np.float64)
    return bool(corners[:, 1].min() < strip[3] and corners[:, 1].max() > strip[1])
