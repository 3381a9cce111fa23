"""Tell whether a further table of a page is the form's too, or other people's.

One that has the columns of the best, and most of their heads, is the form's as well: the engine
leaves a head out now and then. Two unlike tables are of one form where its definition was
written for both: the further one has a column of the form's that the best lacks, or it says one
of its heads in another of the wordings that the definition has for it; and of its columns one
at most, whose head something hides, is none of the form's.

Who attests what others signed has a table of his own, with the same heads but for a word: those
of a witness or a circulator are no signer's.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from rapidfuzz import fuzz

from digitizer.forms.forms import Form
from digitizer.layout.print.wording import contains, plain, text_lines
from digitizer.layout.table.columnheads import HEADER_ABOVE_PX
from digitizer.layout.table.headorder import MIN_HEADER
from digitizer.layout.table.headsides import is_print
from digitizer.layout.table.signergrid import (
    ALIKE_PX,
    SignerGrid,
    are_ruled_alike,
    match_table,
    places_down,
)
from digitizer.lines.rulepaths import crossing, rule_at
from digitizer.lines.tables import Table
from digitizer.records import PAGE_PX_PER_MM, PrintedWord, Rule

# A further table of the page is the form's too if its headers match this well,
# as a share of the best table's.
NEXT_TABLE = 0.85
# A table with the columns of another one has this share of the heads that were read there.
SHARED_HEADS = 0.5
# A head is surely one of the form's; so many of them tell a table of its own.
SURE_HEAD, LEAST_HEADS = 0.85, 2
# A head is a wording as a whole if it has at most so many times its letters.
WHOLE_HEAD = 1.3
# Of so many columns one may have a head that something hides.
HIDDEN_OF = 3
# A table that has heads of the form's, and so many rows, may hold signers though it was not taken.
LEFT_OUT_ROWS = 3
# Who attests what others signed, in English and French; a word is one if it is so like it.
ATTESTING = (
    "witness witnesses witnessed circulator circulators circulated collector collectors collected "
    "canvasser canvassers commissioner notary temoin temoins solliciteur solliciteuse solliciteurs "
    "commissaire notaire"
).split()
ALIKE_WORD = 90.0
# What stands over a table in so many words at most, this near above it, 9 mm, is its heading.
HEADING_WORDS, HEADING_PX = 6, 9 * PAGE_PX_PER_MM


def is_of_form(
    grid: SignerGrid, best: SignerGrid, form: Form, words: Sequence[PrintedWord]
) -> bool:
    """Whether a table of a page is the form's as the one is that matches best.

    ``words``: the page's print.
    """
    if _is_attesting(grid, best, form, words):
        return False
    if grid.score >= NEXT_TABLE * best.score or _have_same_columns(grid, best):
        return True
    return _is_written_for(grid, best, form, words)


def leaves_table_out(
    tables: Sequence[Table], grids: Sequence[SignerGrid], form: Form, words: Sequence[PrintedWord]
) -> bool:
    """Whether a table of a page that has heads of the form's over most columns is none of its own.

    Something may lie on its other heads. It has some rows, and those who write there do not
    merely attest. ``grids``: the form's tables, the best match first.
    """
    if form.lined or not grids:
        return False
    taken = [(grid.table.down[0], grid.row_rules[0]) for grid in grids if grid.row_rules]
    for table in tables:
        if table.column_count < LEAST_HEADS or table.row_count <= LEFT_OUT_ROWS:
            continue
        if any(_holds(table, down, across) for down, across in taken):
            continue
        grid = match_table(table, words, form)
        sure = sum(score >= SURE_HEAD for score in grid.header_scores)
        if sure < max(LEAST_HEADS, table.column_count / 2) or len(grid.row_rules) <= LEFT_OUT_ROWS:
            continue
        if not _is_attesting(grid, grids[0], form, words):
            return True
    return False


def has_alike_beside(tables: Sequence[Table], grids: Sequence[SignerGrid]) -> bool:
    """Whether a table of a page ruled as the form's best is none of its own ``grids``."""
    taken = [(grid.table.down[0], grid.row_rules[0]) for grid in grids if grid.row_rules]
    return any(
        table.row_count > 1
        and are_ruled_alike(table, grids[0].table)
        and not any(_holds(table, down, across) for down, across in taken)
        for table in tables
    )


def _holds(table: Table, down: Rule, across: Rule) -> bool:
    """Whether the first row of a grid lies in a table."""
    (left, top), _, (right, bottom), _ = table.outline()
    x, y = crossing(across, down)
    return left - ALIKE_PX <= x <= right and top - ALIKE_PX <= y <= bottom


def with_hidden_columns(grids: Sequence[SignerGrid]) -> tuple[SignerGrid, ...]:
    """The form's tables with a column that has no head to be read, where only one is left for it.

    Of the columns between its neighbours' in the form there is one that no table has.
    """
    if len(grids) == 1:
        return tuple(grids)
    had = {i for grid in grids for i, span in enumerate(grid.columns) if span is not None}
    return tuple(_with_hidden_column(grid, had) for grid in grids)


def _with_hidden_column(grid: SignerGrid, had: set[int]) -> SignerGrid:
    placed = [(i, span) for i, span in enumerate(grid.columns) if span is not None]
    covered = {k for _, (first, last) in placed for k in range(first, last)}
    free = [k for k in range(grid.table.column_count) if k not in covered]
    if len(free) != 1:
        return grid
    (k,) = free
    before = max((i for i, (_, last) in placed if last == k), default=-1)
    after = min((i for i, (first, _) in placed if first == k + 1), default=len(grid.columns))
    missing = [i for i in range(before + 1, after) if i not in had]
    if len(missing) != 1:
        return grid
    columns = list(grid.columns)
    columns[missing[0]] = (k, k + 1)
    return replace(grid, columns=tuple(columns))


def _is_attesting(
    grid: SignerGrid, best: SignerGrid, form: Form, words: Sequence[PrintedWord]
) -> bool:
    """Whether heads or heading of a table say that those attest who write there, and sign not.

    The definition has no such word, nor has the best table.
    """
    told = " ".join(h for column in form.columns for h in column.header)
    theirs = " ".join((told, *_column_texts(best, words), _heading(best, words)))
    if _names_attesting(theirs):
        return False
    return _names_attesting(" ".join((*_column_texts(grid, words), _heading(grid, words))))


def _names_attesting(text: str) -> bool:
    return any(
        fuzz.ratio(word, known) >= ALIKE_WORD
        for word in plain(text).split()
        for known in ATTESTING
        if abs(len(word) - len(known)) <= 1
    )


def _heading(grid: SignerGrid, words: Sequence[PrintedWord]) -> str:
    """The line right above a table, if it is as short as a heading."""
    first = grid.table.across[0]
    left, right = (rule_at(grid.table.down[k], first.points[0, 1]) for k in (0, -1))
    above = [
        word
        for word in words
        if left - ALIKE_PX <= word.middle[0] <= right
        and -HEADING_PX <= word.middle[1] - rule_at(first, word.middle[0]) < 0
    ]
    lines = text_lines(above)
    if not lines or len(lines[-1]) > HEADING_WORDS:
        return ""
    return " ".join(word.text for word in lines[-1])


def _is_written_for(
    grid: SignerGrid, best: SignerGrid, form: Form, words: Sequence[PrintedWord]
) -> bool:
    """Whether the definition was written for this table as well as for the best one.

    Residents sign in one table, traders in another: a definition of both has the columns of
    both, a column that both have once, with both wordings.
    """
    sure = [score >= SURE_HEAD for score in grid.header_scores]
    lacked = sum(
        is_sure and here is not None and there is None
        for is_sure, here, there in zip(sure, grid.columns, best.columns, strict=True)
    )
    # What lies on a head may be print as well.
    seen = words if lacked < LEAST_HEADS or sum(sure) <= LEAST_HEADS else ()
    if sum(sure) < LEAST_HEADS or not _is_all_the_forms(grid, seen):
        return False
    return lacked > 0 or _says_otherwise(grid, best, form, words)


def _is_all_the_forms(grid: SignerGrid, words: Sequence[PrintedWord]) -> bool:
    """Whether all columns of a table are the form's, but for one at most whose head is hidden."""
    spans = [span for span in grid.columns if span is not None]
    if any(last - first != 1 for first, last in spans):
        return sum(last - first for first, last in spans) == grid.table.column_count
    found = {first for first, _ in spans}
    others = [k for k in range(grid.table.column_count) if k not in found]
    unread = sum(
        score < MIN_HEADER and span is not None
        for span, score in zip(grid.columns, grid.header_scores, strict=True)
    )
    if not others:
        return True
    hidden = len(others) == 1 and not unread and grid.table.column_count >= HIDDEN_OF
    return hidden and not _is_headed(grid, others[0], words)


def _is_headed(grid: SignerGrid, k: int, words: Sequence[PrintedWord]) -> bool:
    return any(is_print(word) for word in _over(grid, (k, k + 1), words))


def _says_otherwise(
    grid: SignerGrid, best: SignerGrid, form: Form, words: Sequence[PrintedWord]
) -> bool:
    """Whether a head of a table is a wording of the form's as a whole, and the best's another."""
    for column, here, there in zip(form.columns, grid.columns, best.columns, strict=True):
        if here is None or there is None or len(column.header) < LEAST_HEADS:
            continue
        mine, ours = (_text(_over(one, span, words)) for one, span in ((grid, here), (best, there)))
        whole = [
            wording
            for wording in column.header
            if contains(wording, mine) >= SURE_HEAD
            and len(plain(mine)) <= WHOLE_HEAD * max(1, len(plain(wording)))
        ]
        said = any(contains(wording, ours) >= SURE_HEAD for wording in column.header)
        if said and whole and all(contains(wording, ours) < SURE_HEAD for wording in whole):
            return True
    return False


def _column_texts(grid: SignerGrid, words: Sequence[PrintedWord]) -> list[str]:
    """What stands over each column of a table."""
    if not grid.row_rules:
        return []
    return [
        _text(_over(grid, span, words)) for span in pairwise(range(grid.table.column_count + 1))
    ]


def _over(
    grid: SignerGrid, span: tuple[int, int], words: Sequence[PrintedWord]
) -> list[PrintedWord]:
    """The words that stand over the rows between two rulings down."""
    first, floor = grid.table.across[0], grid.row_rules[0]
    above = HEADER_ABOVE_PX if first is floor else 0.0
    sides = [grid.table.down[k] for k in span]
    return [
        word
        for word in words
        for x, y in (word.middle,)
        if rule_at(first, x) - above <= y <= rule_at(floor, x)
        and rule_at(sides[0], y) <= x <= rule_at(sides[1], y)
    ]


def _text(words: Sequence[PrintedWord]) -> str:
    return " ".join(word.text for line in text_lines(words) for word in line)


def _have_same_columns(grid: SignerGrid, best: SignerGrid) -> bool:
    """Whether a grid has all columns of the best one, as wide and as far from each other.

    Most of their heads must have been read in both.
    """
    if tuple(map(bool, grid.columns)) != tuple(map(bool, best.columns)):
        return False
    mine, ours = np.array(_sides(grid)), np.array(_sides(best))
    if not len(ours) or np.abs((mine - mine[0]) - (ours - ours[0])).max() > ALIKE_PX:
        return False
    read = [
        here
        for here, there in zip(grid.header_scores, best.header_scores, strict=True)
        if there >= MIN_HEADER
    ]
    return bool(read) and sum(score >= MIN_HEADER for score in read) >= SHARED_HEADS * len(read)


def _sides(grid: SignerGrid) -> list[float]:
    """Where the columns that were found begin and end, px of the page."""
    at = places_down(grid.table)
    return [at[j] for span in grid.columns if span is not None for j in span]
