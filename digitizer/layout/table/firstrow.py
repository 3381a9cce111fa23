"""Whether the first row of a table is a signer's, or a part of the heads above it.

A line of print seen in perspective, the edge of a shadow or of a gray band may be traced as a
ruling through heads of two lines. What is below it is then taken for the first row, and every
signer's number is one too high, however well the rows themselves are read. Three things tell:
what is printed there goes on with the heads; the row is lower than all others; and numbers
printed before the rows. The first moves the rows down, the others leave it to a person.
"""

from collections.abc import Sequence

import numpy as np

from digitizer.forms.forms import Column, Form
from digitizer.layout.print.printednumbers import numbered_from
from digitizer.layout.print.typicalrow import ReadPrint
from digitizer.layout.print.wording import contains, plain, text_lines
from digitizer.layout.table.headsides import is_print
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.tables import Table
from digitizer.records import FieldKind, Pixels, PrintedWord, RowPlace, Rule

# A head goes on below a ruling where both parts together are so like its wording, and so much
# more than what is above alone; what is below is itself so surely a part of the wording.
WHOLE_HEAD, GOES_ON, PART = 0.85, 0.1, 0.8
# A first row is in doubt if it is lower than this share of the usual one, where so many rows are
# as high as the usual one to within that.
LOW_SHARE, MIN_EVEN, EVEN_SHARE = 0.75, 3, 0.15
# Numbers that begin so many too high or too low tell that a row too many was taken for the
# first, or one too few; those of a further sheet go on from one that had more rows.
MOST_OFF = 2


def head_goes_on(
    table: Table,
    words: Sequence[PrintedWord],
    form: Form,
    columns: Sequence[tuple[int, int] | None],
    row: int,
) -> bool:
    """Whether what is printed in a ``row`` of the table (from 0) goes on with a head above it.

    ``columns``: rulings left and right of each of the form's columns, as they were matched.
    """
    if not 0 < row < table.row_count:
        return False
    return any(
        span is not None and bool(column.header) and _goes_on(table, words, column, span, row)
        for column, span in zip(form.columns, columns, strict=True)
    )


def _goes_on(
    table: Table, words: Sequence[PrintedWord], column: Column, span: tuple[int, int], row: int
) -> bool:
    above: list[PrintedWord] = []
    below: list[PrintedWord] = []
    left, right = (table.down[k] for k in span)
    for word in words:
        x, y = word.middle
        if not is_print(word) or not rule_at(left, y) <= x <= rule_at(right, y):
            continue
        roof, floor, foot = (rule_at(table.across[k], x) for k in (0, row, row + 1))
        if roof <= y < floor:
            above.append(word)
        elif floor <= y <= foot:
            below.append(word)
    if not above or not below:
        return False
    first, second = _said(above), _said(below)
    return any(
        contains(wording, f"{first} {second}")
        >= max(WHOLE_HEAD, GOES_ON + contains(wording, first))
        and contains(second, wording) >= PART
        and len(plain(second)) < len(plain(wording))
        for wording in column.header
    )


def _said(words: Sequence[PrintedWord]) -> str:
    return " ".join(word.text for line in text_lines(words) for word in line)


def is_first_row_unsure(
    tables: Sequence[Sequence[Rule]],
    form: Form,
    rows: Sequence[RowPlace],
    gray: Pixels,
    read: ReadPrint,
) -> bool:
    """Whether the first row of a page may be none; ``tables``: the rulings of each one's rows."""
    low = any(has_low_first_row(rules, form.lines) for rules in tables)
    return low or is_numbered_otherwise(rows, gray, read)


def has_low_first_row(rules: Sequence[Rule], lines: int) -> bool:
    """Whether the first row between ``rules``, ``lines`` a row, is lower than the others are."""
    bounds = rules[::lines]
    if len(bounds) < MIN_EVEN + 2:
        return False
    x = float(np.mean(bounds[0].points[:, 0]))
    heights = np.diff([rule_at(rule, x) for rule in bounds])
    usual = float(np.median(heights[1:]))
    even = int((np.abs(heights[1:] - usual) <= EVEN_SHARE * usual).sum())
    return bool(even >= max(MIN_EVEN, len(heights) / 2) and heights[0] < LOW_SHARE * usual)


def is_numbered_otherwise(rows: Sequence[RowPlace], gray: Pixels, read: ReadPrint) -> bool:
    """Whether numbers printed before the rows of one table begin with another than the first.

    ``gray``: the level page; ``read`` reads the print of pixels.
    """
    cells = [
        cell.polygon
        for row in rows
        for cell in row.cells
        if [spec.kind for spec in cell.fields] == [FieldKind.ROW_NUMBER]
    ]
    first = numbered_from(gray, cells, read) if len(cells) == len(rows) else None
    return first is not None and first != 1 and abs(first - 1) <= MOST_OFF
