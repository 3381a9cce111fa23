"""The words of a table's own heads, which are no labels of the collector's box.

``Date of birth`` over a column holds ``Date``, and ``Signature`` may be a label as well. A
column's head is the print over its first row that is most like its wording in the definition.
"""

from collections.abc import Sequence

from digitizer.forms.forms import Form
from digitizer.layout.print.wording import contains, text_lines
from digitizer.layout.table.signergrid import SignerGrid, in_rows
from digitizer.lines.rulepaths import rule_at
from digitizer.records import PAGE_PX_PER_MM, PrintedWord

# Heads stand no higher than this over the first row, 20 mm.
HEADS_PX = 20 * PAGE_PX_PER_MM
# So like its wording is a head at least; another line of it makes it so much more so.
ALIKE, MORE_ALIKE = 0.8, 0.02


def words_outside(
    words: Sequence[PrintedWord], grids: Sequence[SignerGrid], form: Form
) -> list[PrintedWord]:
    """The print that stands in no signer row and is no head of one of its columns."""
    heads = {word for one in grids for word in head_words(words, one, form)}
    return [w for w in words if w not in heads and not any(in_rows(w, one) for one in grids)]


def head_words(words: Sequence[PrintedWord], grid: SignerGrid, form: Form) -> set[PrintedWord]:
    """The words among ``words`` that are a head of the form over a column of ``grid``."""
    if not grid.row_rules:
        return set()
    found: set[PrintedWord] = set()
    first = grid.row_rules[0]
    for span, column in zip(grid.columns, form.columns, strict=True):
        if span is None or not column.header:
            continue
        sides = [grid.table.down[k] for k in span]
        above = [
            word
            for word in words
            if 0 < rule_at(first, word.middle[0]) - word.middle[1] <= HEADS_PX
            and rule_at(sides[0], word.middle[1]) <= word.middle[0]
            and word.middle[0] <= rule_at(sides[1], word.middle[1])
        ]
        lines = text_lines(above)
        best, head = ALIKE - MORE_ALIKE, lines[:0]
        for start in range(len(lines) - 1, -1, -1):
            text = " ".join(word.text for line in lines[start:] for word in line)
            alike = max(contains(wording, text) for wording in column.header)
            if alike >= best + MORE_ALIKE:
                best, head = alike, lines[start:]
        found.update(word for line in head for word in line)
    return found
