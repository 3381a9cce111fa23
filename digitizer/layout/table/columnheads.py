"""Which columns of a ruled table are a form's: told by the heads that are printed over them.

A head that could not be read is told by its place among those that were; one that a fold tore
in two is put together, and boxes to tick or of a comb make no columns of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from digitizer.forms.forms import Column, Form
from digitizer.layout.print.wording import contains, text_lines
from digitizer.layout.table.headorder import MIN_HEADER, assign_columns, columns_by_place
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.tables import Table
from digitizer.records import PAGE_PX_PER_MM, FieldKind, PrintedWord

# A column narrower than this, 12 mm, that nothing was read over holds row numbers.
MIN_FIELD_PX = 12 * PAGE_PX_PER_MM
# Header print may stand this far above the table, 12 mm.
HEADER_ABOVE_PX = 12 * PAGE_PX_PER_MM
# A head that a fold tore in two is this like a wording with its other piece, and so much more
# than without: another wording, of one word, may be whole on a piece.
WHOLE_HEAD, TORN_GAIN = 0.8, 0.15
# Boxes of a comb are as wide as each other, to this share.
SAME_BOX = 0.3


@dataclass(frozen=True, slots=True)
class HeadMatch:
    """Which columns of a table are a form's, its first ``header_rows`` rows taken for heads.

    ``columns``: for each of the form's the rulings (left, right) that bound it, None where no
    head was found; ``scores``: how like its wording each head is, and ``score`` their mean, 0..1.
    """

    header_rows: int
    score: float
    columns: list[tuple[int, int] | None]
    scores: list[float]

    @property
    def found(self) -> int:
        """How many of the form's columns have a place."""
        return sum(span is not None for span in self.columns)


def match_heads(
    table: Table, words: Sequence[PrintedWord], form: Form, header_rows: int, *, by_header: bool
) -> HeadMatch:
    """The columns of a table that has ``header_rows`` rows of heads, or heads above it for 0.

    ``by_header``: only rulings that run through the heads, too, part columns.
    """
    spans, texts = header_texts(table, words, header_rows, by_header=by_header)
    if not form.has_heads:
        fitting = columns_by_place(len(form.columns), () if header_rows else spans)
        return HeadMatch(header_rows, *fitting)
    matched, scores = _torn_heads(form, spans, texts, *_assign(form, spans, texts))
    row = min(header_rows, table.row_count - 1)
    at = [table.corner(row, j)[0] for j in range(table.column_count + 1)]
    columns = fill_gaps(spans, _whole_combs(form, spans, texts, matched, at))
    columns = fill_gaps([s for s in spans if at[s[1]] - at[s[0]] >= MIN_FIELD_PX], columns)
    columns = _whole_boxes(form, spans, texts, columns)
    # A column that has nothing printed over it cannot be unlike its header.
    told = [x for x, column in zip(scores, form.columns, strict=True) if column.header]
    return HeadMatch(header_rows, float(np.mean(told)) if told else 0.0, columns, scores)


def header_texts(
    table: Table, words: Sequence[PrintedWord], header_rows: int, *, by_header: bool
) -> tuple[list[tuple[int, int]], list[str]]:
    """Print over each column: in the first ``header_rows`` rows, or above for 0.

    A column is what lies between two rulings that run through the first rows
    below the header; a ruling missing there bounds no column. ``by_header``: a
    ruling must run through the header's last row too, as those of a comb do not.
    """
    below = min(header_rows + 3, table.row_count)
    present = table.down_share(header_rows, below) >= 0.5
    if by_header and header_rows:
        present &= table.down_borders[header_rows - 1]
    present[0] = present[-1] = True
    bounds = [int(j) for j in np.flatnonzero(present)]
    spans = list(pairwise(bounds))
    first, last = table.across[0], table.across[header_rows]
    over = HEADER_ABOVE_PX if header_rows == 0 else 0.0
    among = [
        (word, *word.middle)
        for word in words
        if rule_at(first, word.middle[0]) - over <= word.middle[1] <= rule_at(last, word.middle[0])
    ]
    texts = []
    for left, right in spans:
        sides = table.down[left], table.down[right]
        inside = [w for w, x, y in among if rule_at(sides[0], y) <= x <= rule_at(sides[1], y)]
        texts.append(" ".join(w.text for line in text_lines(inside) for w in line))
    return spans, texts


def _assign(
    form: Form, spans: Sequence[tuple[int, int]], texts: Sequence[str]
) -> tuple[list[tuple[int, int] | None], list[float]]:
    """Give each form column the table column whose header is most like its own."""
    # A longer wording that fits says more than a shorter one: "Name" also
    # stands in "Name of your city".
    scores = [[_head_likeness(column, text) for text in texts] for column in form.columns]
    return assign_columns(scores, spans)


def _head_likeness(column: Column, text: str) -> float:
    return max(
        (contains(h, text) - 0.002 * max(0, 20 - len(h)) for h in column.header), default=0.0
    )


def _torn_heads(
    form: Form,
    spans: Sequence[tuple[int, int]],
    texts: Sequence[str],
    matched: Sequence[tuple[int, int] | None],
    scores: Sequence[float],
) -> tuple[list[tuple[int, int] | None], list[float]]:
    """The columns with what else stands under their heads, where a fold tore a head in two.

    The pieces say more of the head together; the second would be nobody's column, and what
    is written there be read by nobody.
    """
    columns, likeness = list(matched), list(scores)
    free = [j for j, span in enumerate(spans) if span not in columns]
    for i, column in enumerate(form.columns):
        span = columns[i]
        if span is None or not free:
            continue
        at = spans.index(span)
        for first, last in ((at, at + 1), (at - 1, at)):
            if (first if last == at else last) not in free:
                continue
            together = f"{texts[first]} {texts[last]}"
            said = [(contains(h, together), contains(h, texts[at])) for h in column.header]
            if any(a >= WHOLE_HEAD and a >= b + TORN_GAIN for a, b in said):
                columns[i] = spans[first][0], spans[last][1]
                likeness[i] = max(likeness[i], _head_likeness(column, together))
                free.remove(first if last == at else last)
                break
    return columns, likeness


def _whole_boxes(
    form: Form,
    spans: Sequence[tuple[int, int]],
    texts: Sequence[str],
    columns: Sequence[tuple[int, int] | None],
) -> list[tuple[int, int] | None]:
    """The columns, of boxes those with what stands beside them without a head and is no other's.

    A letter of a comb's head that stands on one of its rulings makes that one seem a column's;
    so do the sides of boxes to tick below each other, which look like a ruling on a faint copy.
    """
    whole = list(columns)
    for i, column in enumerate(form.columns):
        span = whole[i]
        ticked = any(field.kind is FieldKind.CHECKBOX for field in column.fields)
        if not (column.comb or ticked) or span is None:
            continue
        left, right = span
        free = [s for s, text in zip(spans, texts, strict=True) if s not in whole and not text]
        for start, end in (*free, *reversed(free)):
            if start == right or end == left:
                left, right = min(left, start), max(right, end)
        whole[i] = left, right
    return whole


def _whole_combs(
    form: Form,
    spans: Sequence[tuple[int, int]],
    texts: Sequence[str],
    columns: Sequence[tuple[int, int] | None],
    at: Sequence[float],
) -> list[tuple[int, int] | None]:
    """The columns, of combs those with the boxes beside them that are as wide; ``at``: rulings, px.

    Where no ruling parts the columns beside a comb, one of its boxes would be such a column's.
    """
    whole = list(columns)
    # Words of the letter above the heads may stand over a box.
    heads = [h for column in form.columns for h in column.header]
    headless = [
        span
        for span, text in zip(spans, texts, strict=True)
        if max((contains(h, text) for h in heads), default=0.0) < MIN_HEADER
    ]
    for i, column in enumerate(form.columns):
        span = whole[i]
        if not column.comb or span is None:
            continue
        left, right = span
        wide = at[right] - at[left]
        free = [
            s
            for s in headless
            if s not in whole and abs(at[s[1]] - at[s[0]] - wide) <= SAME_BOX * wide
        ]
        for start, end in (*free, *reversed(free)):
            if start == right or end == left:
                left, right = min(left, start), max(right, end)
        whole[i] = left, right
    return whole


def assign_heads(
    texts: Sequence[str], form: Form
) -> tuple[list[tuple[int, int] | None], list[float]]:
    """The head (from, to) of each column of the form, and how like it is.

    ``texts``: heads as they were read, from left to right.
    """
    likeness = [
        [max((contains(h, text) for h in column.header), default=0.0) for text in texts]
        for column in form.columns
    ]
    return assign_columns(likeness, [(j, j + 1) for j in range(len(texts))])


def reads_all_heads(texts: Sequence[str], form: Form) -> bool:
    """Whether each of the form's heads, of which it has two at least, is one of these texts."""
    _, found = assign_heads(texts, form)
    told = [score for score, column in zip(found, form.columns, strict=True) if column.header]
    return len(told) >= 2 and min(told) >= MIN_HEADER


def fill_gaps(
    spans: Sequence[tuple[int, int]], columns: Sequence[tuple[int, int] | None]
) -> list[tuple[int, int] | None]:
    """Columns whose header could not be read, where as many places are left as they need."""
    filled = list(columns)
    if not spans:
        return filled
    start = 0
    while start < len(columns):
        stop = start
        while stop < len(columns) and columns[stop] is None:
            stop += 1
        before = columns[start - 1] if start > 0 else None
        after = columns[stop] if stop < len(columns) else None
        left = before[1] if before else spans[0][0]
        right = after[0] if after else spans[-1][1]
        between = [s for s in spans if s[0] >= left and s[1] <= right]
        if stop > start and len(between) == stop - start:
            filled[start:stop] = between
        start = stop + 1
    return filled
