"""Leave out rows that are printed as an example of how to fill in the others.

Such a row is as high as the others and full of words, so nothing but what it says tells
it from a signer's. A definition says that (``example`` of its table); the first rows are
read, and one that says it is none of the signers'. One that cannot be read stays: a
signer too many is seen by a person, one too few by nobody.
"""

from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from digitizer.forms.forms import Form
from digitizer.layout.print.typicalrow import ReadPrint, read_typical_row
from digitizer.layout.print.wording import contains, plain, text_lines
from digitizer.layout.table.signergrid import SignerGrid, quad
from digitizer.records import Pixels, PrintedWord

# Likeness from which a row says what the example says.
SAYS_IT = 0.8
# Boxes of a row's words are shares of it, far wider than high: brought to about equal scale.
ROW_SCALE = (1500.0, 100.0)


def without_examples(grid: SignerGrid, form: Form, gray: Pixels, read: ReadPrint) -> SignerGrid:
    """The grid without rows at its top that are printed examples.

    ``gray``: the level page; ``read`` reads the print of pixels.
    """
    for _ in form.example:
        rules = grid.row_rules
        if len(rules) <= form.lines + 1:
            break
        down = grid.table.down
        row = quad(rules[0], down[0], rules[form.lines], down[-1])
        text = row_text(read_typical_row(gray, [row], read))
        if max(_likeness(said, text) for said in form.example) < SAYS_IT:
            break
        grid = replace(grid, row_rules=rules[form.lines :])
    return grid


def _likeness(said: str, text: str) -> float:
    """How well a row's text says what an example says, in whatever order it was read."""
    ordered = fuzz.token_sort_ratio(plain(said), plain(text)) / 100
    return max(contains(said, text), ordered)


def row_text(words: Sequence[PrintedWord], borders: Sequence[float] = ()) -> str:
    """What the words of a row (boxes in shares of it) say: cell by cell, each line by line.

    ``borders``: the rulings between its cells, in shares of its width.
    """
    across, down = ROW_SCALE
    cells: dict[int, list[PrintedWord]] = {}
    for word in words:
        left, top, right, bottom = word.box
        box = (left * across, top * down, right * across, bottom * down)
        cell = sum(border <= word.middle[0] for border in borders)
        cells.setdefault(cell, []).append(replace(word, box=box))
    lines = [line for _, cell in sorted(cells.items()) for line in text_lines(cell)]
    return " ".join(word.text for line in lines for word in line)
