"""Take rows that are the collector's box off the end of a signer table.

A box right below the rows, about as high as they are, looks like one more of them where
its frame meets the table's or bands make the rows. What is printed in it tells it: a
row that holds the box's own labels, which stand nowhere else, is no signer's.
"""

from collections.abc import Sequence
from dataclasses import replace

from digitizer.forms.forms import Form
from digitizer.layout.print.wording import find_wordings
from digitizer.layout.table.signergrid import SignerGrid, in_rows
from digitizer.lines.rulepaths import rule_at
from digitizer.records import PrintedWord

# Likeness from which print is a label, and letters of a label that says something.
SURE_LABEL, LABEL_LETTERS = 0.88, 4
# So many labels, or the title and one, are a box; of these many rows at the end at most.
LEAST_LABELS, MOST_ROWS = 2, 3


def without_box_rows(
    grids: Sequence[SignerGrid], form: Form, words: Sequence[PrintedWord]
) -> tuple[SignerGrid, ...]:
    """The grids without rows at their end in which the box's labels are printed.

    ``words``: all print of the page that was read.
    """
    if form.box is None or form.has_captions:
        return tuple(grids)
    wordings = [form.box.title, *(one.label for one in form.box.fields)]
    found: list[PrintedWord] = []
    count = 0
    for said in wordings:
        long = [wording for wording in said if len(wording) >= LABEL_LETTERS]
        hits = find_wordings(words, long, SURE_LABEL) if long else ()
        inside = [all(any(in_rows(w, one) for one in grids) for w in hit.words) for hit in hits]
        if hits and all(inside):
            count += 1
            found += [word for hit in hits for word in hit.words]
    if count < LEAST_LABELS:
        return tuple(grids)
    return tuple(_cut(grid, form.lines, found) for grid in grids)


def _cut(grid: SignerGrid, lines: int, found: Sequence[PrintedWord]) -> SignerGrid:
    rules = grid.row_rules
    mine = [word for word in found if in_rows(word, grid)]
    if not mine:
        return grid
    first = min(sum(rule_at(rule, w.middle[0]) <= w.middle[1] for rule in rules) for w in mine)
    first = (first - 1) // lines * lines
    rows = (len(rules) - 1) // lines
    if first // lines < max(1, rows - MOST_ROWS):
        return grid
    return replace(grid, row_rules=rules[: first + 1])
