"""Columns bounded by this side's rulings where the back's show through beside them.

A ruling of the back ends a column amid its writing: what stands behind it is in no cell, and
a name is read without its end, surely. Pale rulings among dark ones go where without them
every head is found as well as before, and each is a dark one in the mirror, or has no two
heads on its sides: print runs across it, or stands on one side alone. It fails where the
back is another form, its ruling between two heads by chance.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

from digitizer.forms.forms import Form
from digitizer.layout.print.wording import text_lines
from digitizer.layout.table.columnheads import HEADER_ABOVE_PX, header_texts
from digitizer.layout.table.headsides import is_print
from digitizer.layout.table.signergrid import SignerGrid
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.showthrough import (
    MIN_MIRRORED,
    mirrored_columns,
    pale_rulings,
    without_back_rows,
    without_columns,
)
from digitizer.lines.tables import Table
from digitizer.records import Pixels, PrintedWord

# A head is as like its wording without the pale rulings as with them, to so much.
LESS_LIKE = 0.02
# A table of two columns has so many rulings down.
MIN_DARK = 3
# Print runs across a ruling that is so far within a word, in heights of it, or between two words
# so near: two heads stand farther from the ruling that parts them.
INTO_WORD, WORD_SPACE = 0.3, 0.6


def match_own_columns(
    table: Table,
    match: Callable[[Table], SignerGrid],
    gray: Pixels,
    words: Sequence[PrintedWord],
    form: Form,
) -> SignerGrid:
    """The form's grid in a table, bounded by none of the back's rulings; ``match`` finds one.

    ``gray``: the level page; ``words``: its print.
    """
    pale = pale_rulings(table.down, gray)
    if not pale or len(table.down) - len(pale) < MIN_DARK:
        return match(table)
    own = without_columns(table, pale)
    if not form.lined:
        own = without_back_rows(own, gray)
    mirrored = mirrored_columns(table, pale, gray.shape[1])
    if len(mirrored) >= MIN_MIRRORED and len(mirrored) == len(pale):
        return match(own)
    whole = match(table)
    if form.lined:
        return whole
    found = match(own)
    parted = any(_parts_heads(table, j, whole, words) for j in pale if j not in mirrored)
    return whole if parted or not _as_good(found, whole) else found


def _as_good(found: SignerGrid, whole: SignerGrid) -> bool:
    """Whether every column of ``whole`` is found as well, with as many rows."""
    return all(
        other is None or (one is not None and like >= before - LESS_LIKE)
        for one, other, like, before in zip(
            found.columns, whole.columns, found.header_scores, whole.header_scores, strict=True
        )
    ) and len(found.row_rules) >= min(len(whole.row_rules), 2)


def _parts_heads(table: Table, ruling: int, grid: SignerGrid, words: Sequence[PrintedWord]) -> bool:
    """Whether print stands over the rows on both sides of a ruling, and none runs across it."""
    if not 0 < ruling < table.column_count or not grid.row_rules:
        return False
    first = next((i for i, one in enumerate(table.across) if one is grid.row_rules[0]), 0)
    sure = [word for word in words if is_print(word)]
    spans, texts = header_texts(table, sure, first, by_header=False)
    beside = [text for span, text in zip(spans, texts, strict=True) if ruling in span]
    if len(beside) < 2 or not all(beside):
        return False
    line, foot = table.down[ruling], grid.row_rules[0]
    over = [
        word
        for word in sure
        if rule_at(table.across[0], word.middle[0]) - HEADER_ABOVE_PX
        < word.middle[1]
        < rule_at(foot, word.middle[0])
    ]
    return not any(
        _runs_across(text, rule_at(line, text[0].middle[1])) for text in text_lines(over)
    )


def _runs_across(line: Sequence[PrintedWord], x: float) -> bool:
    """Whether a line of print goes on over a place, in a word or from one word to the next."""
    for word in line:
        left, top, right, bottom = word.box
        if left + INTO_WORD * (bottom - top) < x < right - INTO_WORD * (bottom - top):
            return True
    return any(
        one.box[2] <= x <= other.box[0]
        and other.box[0] - one.box[2] <= WORD_SPACE * (one.box[3] - one.box[1])
        for one, other in pairwise(sorted(line, key=lambda word: word.box[0]))
    )
