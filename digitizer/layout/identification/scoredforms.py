"""How well each form fits a page, with the tables of the page that are the form's own.

The dearer ways of telling are tried only where the cheaper ones leave a form unknown: from heads
and labels alone, from all words, and between lines that no ruling crosses.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from digitizer.forms.forms import Form
from digitizer.layout.identification.formscore import (
    FEW_ROWS,
    MIN_FORM_SCORE,
    form_score,
    is_scrap,
    labels_score,
    lacks_phrases,
)
from digitizer.layout.identification.printmask import without_long_lines
from digitizer.layout.print.typicalrow import ReadPrint
from digitizer.layout.print.wording import contains, text_lines
from digitizer.layout.table.furthertables import (
    SHARED_HEADS,
    is_of_form,
    with_hidden_columns,
)
from digitizer.layout.table.headorder import MIN_HEADER
from digitizer.layout.table.linedgrid import SURE_BEGIN, match_lined_table
from digitizer.layout.table.lostsides import with_lost_sides
from digitizer.layout.table.openrows import match_open_rows, strip_place, strip_words
from digitizer.layout.table.palecolumns import match_own_columns
from digitizer.layout.table.signergrid import SignerGrid, match_table, rows_below_head
from digitizer.layout.table.twins import twin_grids
from digitizer.lines.tables import Table
from digitizer.records import Pixels, PrintedWord, Rule

# Where a form is recognised with this score none that is dearer to try is tried.
SURE_FORM_SCORE = 0.85
# A form with several lines a row is tried at a glance where its box's labels are so clear.
LIKELY_LABELS = 0.5
# Tables with so few rulings between rows, or one column, are shown whole to what reads a page.
SHOWN_RULES = 3


@dataclass(frozen=True, slots=True)
class ScoredForm:
    """A form and how well it fits a page.

    ``score``: 0 to 1. ``grids``: the tables of the page that are the form's, the best match
    first; empty where none is.
    """

    score: float
    form: Form
    grids: tuple[SignerGrid, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether the form has a table on the page, and no scrap of one."""
        return bool(self.grids) and not is_scrap(self.form, self.grids)


def best_score(scored: Sequence[ScoredForm]) -> float:
    """The highest score; 0 where there is none."""
    return max((one.score for one in scored), default=0.0)


def best_first(scored: Sequence[ScoredForm]) -> list[ScoredForm]:
    """Forms by their score, those of one score by their names."""
    return sorted(scored, key=lambda one: (-one.score, one.form.name))


def score_forms(
    tables: Sequence[Table],
    gray: Pixels,
    words: Sequence[PrintedWord],
    forms: Sequence[Form],
    read: ReadPrint,
) -> list[ScoredForm]:
    """How well each form fits the page by all its words; forms of one line a row come first.

    ``gray``: (H, W) uint8, the upright page; ``words``: its print; ``read`` reads the print
    of pixels, for captions inside cells.
    """
    scored: list[ScoredForm] = []
    # Forms with captions in their cells are dearer to try: last, and only where no other fits.
    for form in sorted(forms, key=lambda f: f.lined):
        if form.lined and (lacks_phrases(form, words) or best_score(scored) >= SURE_FORM_SCORE):
            scored.append(ScoredForm(0.0, form))
            continue
        grids = _own_tables(tables, gray, words, form, read)
        score = form_score(form, grids, words)
        scored.append(ScoredForm(score, form, grids))
    return scored


def score_heads(
    tables: Sequence[Table],
    gray: Pixels,
    words: Sequence[PrintedWord],
    forms: Sequence[Form],
    read: ReadPrint,
) -> list[ScoredForm]:
    """As ``score_forms`` by heads and labels alone, the best first; lined forms score 0."""
    scored = []
    for form in forms:
        grids = () if form.lined else _own_tables(tables, gray, words, form, read)
        scored.append(_scored_by_heads(form, grids, words))
    return best_first(scored)


def score_labels(scored: Sequence[ScoredForm], words: Sequence[PrintedWord]) -> list[ScoredForm]:
    """As ``score_heads`` once labels of boxes were read anew; heads stay as they were."""
    return best_first([_scored_by_heads(one.form, one.grids, words) for one in scored])


def score_lined(
    tried: Sequence[ScoredForm],
    tables: Sequence[Table],
    gray: Pixels,
    words: Sequence[PrintedWord],
    read: ReadPrint,
) -> list[ScoredForm]:
    """As ``score_heads`` with the forms with several lines a row, which are dear to try.

    Only those are tried of which the labels of the collector's box stand on the page.
    """
    scored = []
    for one in tried:
        form = one.form
        likely = form.lined and form.box is not None and labels_score(form, words) >= LIKELY_LABELS
        grids = _own_tables(tables, gray, words, form, read) if likely else ()
        scored.append(_scored_by_heads(form, grids, words) if grids else one)
    return best_first(scored)


def score_open_rows(
    tried: Sequence[ScoredForm],
    lines: Sequence[Rule],
    gray: Pixels,
    rules: Sequence[Rule],
    words: Sequence[PrintedWord],
    read: ReadPrint,
) -> list[ScoredForm]:
    """The forms tried once more between lines that no ruling crosses, where that fits better."""

    @functools.cache
    def read_above(first: int) -> Sequence[PrintedWord]:
        return strip_words(lines, first, gray, read)

    @functools.cache
    def read_apart(first: int) -> Sequence[PrintedWord]:
        return strip_words(lines, first, without_long_lines(gray, rules), read)

    def matched(
        tried: Sequence[ScoredForm], above: Callable[[int], Sequence[PrintedWord]]
    ) -> list[ScoredForm]:
        again = []
        for one in tried:
            grid = None
            if lines and not one.form.lined and not lacks_phrases(one.form, words):
                grid = match_open_rows(lines, gray, words, one.form, above)
            if grid is not None and (fits := form_score(one.form, (grid,), words)) > one.score:
                one = ScoredForm(fits, one.form, (grid,))
            again.append(one)
        return again

    # A strip costs a fifth of a second or more: none is read where one form fits for sure without.
    found = matched(tried, lambda first: ())
    if best_score(found) < SURE_FORM_SCORE:
        found = matched(found, read_above)
    if best_score(found) < MIN_FORM_SCORE:
        found = matched(found, read_apart)
    return found


def heads_read_anew(
    tables: Sequence[Table], gray: Pixels, words: Sequence[PrintedWord], read: ReadPrint
) -> Sequence[PrintedWord]:
    """The words with those above the rows of each table read by themselves; else ``words``."""
    found = words
    for table in tables:
        rows = rows_below_head(table) if table.column_count >= 2 else []
        said = strip_words(rows, 0, gray, read) if len(rows) > FEW_ROWS else []
        if said:
            left, top, right, bottom = strip_place(rows, 0)
            beside = [
                word
                for word in found
                if not (left <= word.middle[0] <= right) or not (top <= word.middle[1] <= bottom)
            ]
            found = (*beside, *said)
    return found


def _scored_by_heads(
    form: Form, grids: tuple[SignerGrid, ...], words: Sequence[PrintedWord]
) -> ScoredForm:
    score = form_score(form, grids, words, phrases=False) if grids else 0.0
    return ScoredForm(score, form, grids)


def _own_tables(
    tables: Sequence[Table],
    gray: Pixels,
    words: Sequence[PrintedWord],
    form: Form,
    read: ReadPrint,
) -> tuple[SignerGrid, ...]:
    """The tables of the page that are the form's, the best match first.

    A page may hold several, each with its header: they are all of one form if
    they match about as well, or have the same columns.
    """

    def matched(table: Table) -> SignerGrid:
        if form.lined:
            return match_lined_table(table, gray, words, form, read)
        return with_lost_sides(match_table(table, words, form), words, form, gray)

    def match(table: Table) -> SignerGrid:
        return match_own_columns(table, matched, gray, words, form)

    # Where each line of a row is divided at other places no ruling down may be long enough.
    one = len(form.columns) == 1 or form.lines > 1
    grids: list[SignerGrid] = []
    for table in tables:
        if table.column_count < 2 and not one:
            continue
        # To read a row of it by itself is a tenth of a page's time, and a box is ruled as rows are.
        sure = form.lined and any(grid.score >= SURE_BEGIN for grid in grids)
        if not (sure and _is_known_else(table, words, form)):
            grids += twin_grids(table, match, words)
    grids.sort(key=lambda g: (-g.score, -len(g.row_rules)))
    own = [
        grid
        for place, grid in enumerate(grids)
        if place == 0 or (len(grid.row_rules) >= 2 and is_of_form(grid, grids[0], form, words))
    ]
    return with_hidden_columns(own) if own else ()


def _is_known_else(table: Table, words: Sequence[PrintedWord], form: Form) -> bool:
    """Whether a low table, whose print is among the page's, lacks most of a form's captions."""
    if table.column_count >= 2 and len(rows_below_head(table)) > SHOWN_RULES:
        return False
    (left, top), _, (right, foot), _ = table.outline()
    inside = [w for w in words if left <= w.middle[0] <= right and top <= w.middle[1] <= foot]
    text = " ".join(word.text for line in text_lines(inside) for word in line)
    told = [
        max(contains(wording, text) for wording in wordings)
        for column in form.columns
        if (wordings := (*column.header, *column.all_captions))
    ]
    return bool(text) and sum(one >= MIN_HEADER for one in told) < SHARED_HEADS * len(told)
