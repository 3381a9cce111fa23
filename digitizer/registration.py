"""Say which form a page is, and where its rows, cells and collector box lie.

Nothing is taken from a template's positions: the columns are the ones of the
ruled table whose header texts match the definition, rows are counted from the
rulings, the collector box is where its labels are printed. So another printing
of the same wording (other margins, fonts, number of rows) needs no change.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from digitizer.forms.forms import Form
from digitizer.layout import byhand, lostrows
from digitizer.layout.boxlabels import title_strip
from digitizer.layout.boxrows import without_box_rows
from digitizer.layout.cellparts import split_cells
from digitizer.layout.collectorbox import drawn_collector_box, find_collector_box, unsure_labels
from digitizer.layout.columnends import with_rows_of_columns
from digitizer.layout.examplerow import without_examples
from digitizer.layout.firstrow import is_first_row_unsure
from digitizer.layout.footheads import without_foot_heads
from digitizer.layout.formscore import (
    FEW_ROWS,
    MIN_FORM_SCORE,
    MIN_NEAR_SCORE,
    form_score,
    is_other_petition,
    is_scrap,
    is_unknown,
    labels_score,
    lacks_a_head,
    lacks_phrases,
    names_petition,
    no_form,
    no_grid,
    unsure_heads,
)
from digitizer.layout.glance import Glance
from digitizer.layout.leftout import may_leave_out
from digitizer.layout.linedgrid import match_lined_table
from digitizer.layout.lostsides import with_lost_sides
from digitizer.layout.openrows import (
    continued_lines,
    find_open_lines,
    match_open_rows,
    strip_place,
    strip_words,
)
from digitizer.layout.ownheads import words_outside
from digitizer.layout.pagetitle import petition_title
from digitizer.layout.palecolumns import match_own_columns
from digitizer.layout.signergrid import (
    SignerGrid,
    all_rows,
    is_of_streaks,
    match_table,
    rows_below_head,
)
from digitizer.layout.twins import is_of_form, twin_grids
from digitizer.layout.typicalrow import ReadPrint, no_print
from digitizer.layout.wholerows import whole_rows
from digitizer.layout.wornrows import without_lines
from digitizer.lines.residual import measure_residual
from digitizer.lines.tables import Table
from digitizer.records import (
    NO_EDIT,
    BoxPlace,
    PageEdit,
    Pixels,
    PrintedWord,
    RectifiedPage,
    RegisteredPage,
    Rule,
)

# Where a form is recognised with this score none that is dearer to try is tried.
SURE_FORM_SCORE = 0.85
# From heads and labels alone a form is known for sure with this score, no head unsure, and
# the next form this far behind.
SURE_GLANCE, GLANCE_APART = 0.9, 0.2
# A form with several lines a row is tried at a glance where its box's labels are so clear.
LIKELY_LABELS = 0.5

# A form's score, and the tables of the page that are its own.
_Scored: TypeAlias = tuple[float, Form, tuple[SignerGrid, ...]]


def register_page(
    page: RectifiedPage,
    rules: Sequence[Rule],
    tables: Sequence[Table],
    words: Sequence[PrintedWord],
    forms: Sequence[Form],
    edit: PageEdit = NO_EDIT,
    read: ReadPrint = no_print,
) -> RegisteredPage:
    """Recognise the form among ``forms`` and find its cells.

    Where none fits, ``form`` is None, ``failure`` says why and ``candidates``
    holds the nearest definitions with their scores. ``edit``: what a person says
    of form, rows and columns; a form so named whose table cannot be seen gets an
    even grid, and ``failure`` says so; ``doubted`` where it takes the person's word to know
    the form. ``read`` reads the print of pixels, for captions inside cells; without it forms
    that have them are not recognised by them.
    """
    if edit.form is not None:
        forms = [form for form in forms if form.name == edit.form]
    scored = _scored(page, tables, words, forms, read)
    if MIN_NEAR_SCORE <= _best(scored) < MIN_FORM_SCORE:
        # Heads that are lost among all that is on a page are often read by themselves.
        anew = _heads_read_anew(page, tables, words, read)
        again = _scored(page, tables, anew, forms, read) if anew is not words else scored
        if _best(again) > _best(scored):
            words, scored = anew, again
    whole = [one for one in scored if one[2] and not is_scrap(one[1], one[2][0])]
    best_whole = _best(whole)
    # Nothing but streaks may cross the lines of a table that they seem to be the columns of.
    tops = [(form, grids[0]) for score, form, grids in whole if score == best_whole]
    streaked = any(lacks_a_head(form, grid) or is_of_streaks(grid) for form, grid in tops)
    if best_whole < MIN_FORM_SCORE or streaked:
        lines = continued_lines(find_open_lines(rules), page.gray)
        lines = with_rows_of_columns(lines, rules, page.gray)
        tried: list[_Scored] = [(0.0, form, ()) for _, form, _ in scored] if streaked else scored
        again = _in_open_rows(tried, lines, page.gray, rules, words, read)
        if not streaked or _best(again) >= MIN_FORM_SCORE:
            scored = again
    scored.sort(key=lambda item: (-item[0], item[1].name))
    fits, best, grids = scored[0] if scored else (0.0, None, ())
    guessed, undivided = False, grids
    if best is not None:
        grids, guessed = whole_rows(grids, best, rules, page.gray, read)
        if any(not one.row_rules for one in grids[1:]):
            # The signers of a table whose rows cannot be told would be left out.
            grids = (replace(grids[0], row_rules=()),)
    if best is not None and not edit.row_lines:
        grids = without_box_rows(grids, best, words)
    grid = grids[0] if grids else None
    others = [form for _, form, _ in scored[1:]]
    found = _unplaced(page, scored, rules, words, guessed and not edit.row_lines)
    found = replace(found, sides_known=bool(edit.columns))
    unknown = best is None or grid is None or is_unknown(best, grid, fits, words, others)
    if best is not None and edit.form is not None:
        drawn = bool(edit.row_lines and edit.columns)
        found = replace(found, doubted=unknown and not drawn)
        if grid is None or not byhand.is_usable(grid):
            grid, known = byhand.grid_to_drag(best, undivided, page.gray.shape)
            known = bool(edit.row_lines and (edit.columns or known))
            found = replace(found, failure=None if known else no_grid(best))
        grid = byhand.correct_grid(grid, best, edit, page.page_from_scan)
        # What a person drew is all there is.
        grids = grids if grids and grid is grids[0] else (grid,)
    elif best is None or grid is None or unknown or is_other_petition(best, words):
        return replace(found, failure=no_form(tables, found.candidates, forms))
    place = _collector_box(best, words_outside(words, grids, best), rules, page, edit)
    title = petition_title(best, page.gray, words, grid.table, read, place)
    return _placed(found, best, grids, title, place, read, drawn=bool(edit.row_lines))


def _unplaced(
    page: RectifiedPage,
    scored: Sequence[_Scored],
    rules: Sequence[Rule],
    words: Sequence[PrintedWord],
    guessed: bool,
) -> RegisteredPage:
    """A page of which no form is known yet, with the best of ``scored`` as candidates."""
    return RegisteredPage(
        page=page,
        form=None,
        petition=None,
        language="en",
        form_score=scored[0][0] if scored else 0.0,
        candidates=tuple((form.name, round(score, 3)) for score, form, _ in scored[:3]),
        rows=(),
        collector_box=None,
        rules=tuple(rules),
        words=tuple(words),
        rows_guessed=guessed,
    )


def _scored(
    page: RectifiedPage,
    tables: Sequence[Table],
    words: Sequence[PrintedWord],
    forms: Sequence[Form],
    read: ReadPrint,
) -> list[_Scored]:
    """How well each form fits the page, with the tables that are its own."""
    scored: list[_Scored] = []
    # Forms with captions in their cells are dearer to try: last, and only where no other fits.
    for form in sorted(forms, key=lambda f: f.lined):
        if form.lined and (lacks_phrases(form, words) or _best(scored) >= SURE_FORM_SCORE):
            scored.append((0.0, form, ()))
            continue
        grids = _match_tables(tables, page.gray, words, form, read)
        grid = grids[0] if grids else None
        scored.append((form_score(form, grid, words), form, grids))
    return scored


def _best(scored: Sequence[_Scored]) -> float:
    return max((score for score, _, _ in scored), default=0.0)


def _heads_read_anew(
    page: RectifiedPage,
    tables: Sequence[Table],
    words: Sequence[PrintedWord],
    read: ReadPrint,
) -> Sequence[PrintedWord]:
    """The words with those above the rows of each table read by themselves; else ``words``."""
    found = words
    for table in tables:
        rows = rows_below_head(table) if table.column_count >= 2 else []
        said = strip_words(rows, 0, page.gray, read) if len(rows) > FEW_ROWS else []
        if said:
            left, top, right, bottom = strip_place(rows, 0)
            beside = [
                word
                for word in found
                if not (left <= word.middle[0] <= right) or not (top <= word.middle[1] <= bottom)
            ]
            found = (*beside, *said)
    return found


def register_glance(
    page: RectifiedPage,
    rules: Sequence[Rule],
    tables: Sequence[Table],
    glance: Glance,
    forms: Sequence[Form],
    read: ReadPrint,
) -> RegisteredPage | None:
    """As ``register_page``, from the words of heads, boxes and title alone (``glance``).

    Heads and labels that were not read well are read once more, each by itself. None where
    the rest of the page must be read to be sure of the form, its box or its title. Forms
    with several lines a row are tried where no other fits and the labels of their box are
    there; nothing of theirs is read again. ``form_score`` is that of heads and labels.
    """
    words = glance.on_page(read(glance.pixels))
    scored = _scored_heads(page, tables, words, forms, read)
    if _best(scored) < MIN_FORM_SCORE:
        scored = _scored_lined(scored, page, tables, words, read)
        if _best(scored) < MIN_FORM_SCORE:
            return None
    elif unsure := unsure_heads(scored[0][1], scored[0][2][0]):
        words = glance.again(words, unsure, read)
        scored = _scored_heads(page, tables, words, forms, read)
    score, form, grids = scored[0]
    if form.box is not None:
        unread = unsure_labels(form.box, words_outside(words, grids, form), rules, page.gray)
        if unread and not form.lined:
            words = glance.again(words, unread, read)
            scored = _scored_heads(page, tables, words, forms, read)
            score, form, grids = scored[0]
    outside = words_outside(words, grids, form)
    if form.box is not None and (strip := title_strip(form.box, outside, rules, page.gray)):
        words = glance.again(words, [strip], read)
        outside = words_outside(words, grids, form)
    grid = grids[0]
    if len(grid.row_rules) < 2 or unsure_heads(form, grid) or lostrows.has_high_rows(grids, form):
        return None
    rows, guessed = whole_rows(grids, form, rules, page.gray, read)
    divided = any(one.row_rules != other.row_rules for one, other in zip(rows, grids, strict=True))
    if divided or is_of_streaks(grid):
        return None
    if form.box is not None and unsure_labels(form.box, outside, rules, page.gray) != ():
        return None
    # Captions are read no better where all of the page is.
    sure = MIN_FORM_SCORE if form.lined else SURE_GLANCE
    if score < sure or (len(scored) > 1 and scored[1][0] > score - GLANCE_APART):
        return None
    # Phrases that nobody read count as missing: with them the score is higher.
    if form_score(form, grid, words) < MIN_FORM_SCORE:
        return None
    # A title in white on black or no larger than the letter: still quicker than all of the page.
    if not names_petition(form, words) and not names_petition(
        form, glance.letter(grid.table, read)
    ):
        return None
    found = _unplaced(page, scored, rules, words, guessed)
    box = _collector_box(form, outside, rules, page, NO_EDIT)
    title = form.petition
    if not title and glance.type_px is not None:
        title = petition_title(form, page.gray, words, grid.table, read, box, glance.type_px)
    if not title:
        return None
    return _placed(found, form, grids, title, box, read)


def register_lost_rows(
    found: RegisteredPage, forms: Sequence[Form], read: ReadPrint, edit: PageEdit = NO_EDIT
) -> RegisteredPage | None:
    """A page of no known form, if rows that are told by their writing make it one; else None.

    ``found``: what ``register_page`` says of it. Every head of the form must be read above
    the rows, as above any rows that no ruling crosses (``openrows``). ``edit``: what a person
    says of the page, its form, rows, columns and box.
    """
    page, words = found.page, found.words
    scored: list[_Scored] = [(0.0, one, ()) for one in forms if edit.form in (None, one.name)]
    for lines in lostrows.find_lost_rows(found.rules, page.gray):
        scored = _in_open_rows(scored, lines, page.gray, found.rules, words, read)
    if _best(scored) < MIN_FORM_SCORE:
        for n, (_, one, _) in enumerate(scored):
            lines = lostrows.find_written_rows(found.rules, page.gray, words, one)
            one_scored = scored[n : n + 1]
            scored[n : n + 1] = _in_open_rows(
                one_scored, lines, page.gray, found.rules, words, read
            )
    scored.sort(key=lambda item: (-item[0], item[1].name))
    if not scored:
        return None
    score, form, grids = scored[0]
    if not grids or score < MIN_FORM_SCORE or is_scrap(form, grids[0]):
        return None
    if edit.form is not None:
        grids = (byhand.correct_grid(grids[0], form, edit, page.page_from_scan),)
    known = replace(
        found,
        form_score=score,
        candidates=tuple((one.name, round(fits, 3)) for fits, one, _ in scored[:3]),
        failure=None,
        rows_guessed=not edit.row_lines,
        doubted=False,
    )
    box = _collector_box(form, words_outside(words, grids, form), found.rules, page, edit)
    title = petition_title(form, page.gray, words, grids[0].table, read, box)
    return _placed(known, form, grids, title, box, read, drawn=bool(edit.row_lines))


def _scored_heads(
    page: RectifiedPage,
    tables: Sequence[Table],
    words: Sequence[PrintedWord],
    forms: Sequence[Form],
    read: ReadPrint,
) -> list[_Scored]:
    """Forms with the tables that are theirs, by heads and labels alone; the best first."""
    scored: list[_Scored] = []
    for form in forms:
        grids = () if form.lined else _match_tables(tables, page.gray, words, form, read)
        score = form_score(form, grids[0], words, phrases=False) if grids else 0.0
        scored.append((score, form, grids))
    scored.sort(key=lambda item: (-item[0], item[1].name))
    return scored


def _scored_lined(
    tried: Sequence[_Scored],
    page: RectifiedPage,
    tables: Sequence[Table],
    words: Sequence[PrintedWord],
    read: ReadPrint,
) -> list[_Scored]:
    """As ``_scored_heads`` with the forms with several lines a row, which are dear to try.

    Only those are tried of which the labels of the collector's box stand on the page.
    """
    scored: list[_Scored] = []
    for one in tried:
        form = one[1]
        likely = form.lined and form.box is not None and labels_score(form, words) >= LIKELY_LABELS
        grids = _match_tables(tables, page.gray, words, form, read) if likely else ()
        fits = form_score(form, grids[0], words, phrases=False) if grids else 0.0
        scored.append((fits, form, grids) if grids else one)
    scored.sort(key=lambda item: (-item[0], item[1].name))
    return scored


def _placed(
    found: RegisteredPage,
    form: Form,
    grids: Sequence[SignerGrid],
    title: str,
    box: BoxPlace | None,
    read: ReadPrint,
    *,
    drawn: bool = False,
) -> RegisteredPage:
    """The page with its form's rows and box; ``drawn``: a person said where the rows lie."""
    if not drawn:
        grids = without_foot_heads(grids, form, found.page.gray, read)
    grids = [without_examples(grid, form, found.page.gray, read) for grid in grids]
    said = grids[0].said if len(grids) == 1 else None
    rows = split_cells(all_rows(grids, form), form, found.page.gray, read, said)
    # Between rows that were put in there is no line, but writing as dark as one.
    residual = None if found.rows_guessed else measure_residual(rows, found.page.gray, found.rules)
    tables = [grid.row_rules for grid in grids]
    unsure = may_leave_out(rows, found, form, box, residual)
    unsure = unsure or is_first_row_unsure(tables, form, rows, found.page.gray, read)
    return replace(
        found,
        rows_guessed=found.rows_guessed or (unsure and not drawn),
        sides_known=found.sides_known or form.lined,
        form=form.name,
        petition=title or None,
        language=form.language,
        rows=rows,
        residual_mm=None if residual is None else round(residual.mm, 3),
        collector_box=box,
    )


def _in_open_rows(
    tried: list[_Scored],
    lines: Sequence[Rule],
    gray: Pixels,
    rules: Sequence[Rule],
    words: Sequence[PrintedWord],
    read: ReadPrint,
) -> list[_Scored]:
    """The forms tried once more between lines that no ruling crosses, where that fits better."""

    @functools.cache
    def read_above(first: int) -> Sequence[PrintedWord]:
        return strip_words(lines, first, gray, read)

    @functools.cache
    def read_apart(first: int) -> Sequence[PrintedWord]:
        return strip_words(lines, first, without_lines(gray, rules), read)

    def matched(
        tried: list[_Scored], above: Callable[[int], Sequence[PrintedWord]]
    ) -> list[_Scored]:
        again = []
        for score, form, grids in tried:
            grid = None
            if lines and not form.lined and not lacks_phrases(form, words):
                grid = match_open_rows(lines, gray, words, form, above)
            fits = 0.0 if grid is None else form_score(form, grid, words)
            again.append((fits, form, (grid,)) if grid and fits > score else (score, form, grids))
        return again

    # A strip costs a fifth of a second or more: none is read where one form fits for sure without.
    found = matched(tried, lambda first: ())
    if _best(found) < SURE_FORM_SCORE:
        found = matched(found, read_above)
    if _best(found) < MIN_FORM_SCORE:
        found = matched(found, read_apart)
    return found


def _collector_box(
    form: Form,
    words: Sequence[PrintedWord],
    rules: Sequence[Rule],
    page: RectifiedPage,
    edit: PageEdit,
) -> BoxPlace | None:
    """The collector box as a person drew it, else as it is found."""
    if form.box is None:
        return None
    drawn = drawn_collector_box(form.box, edit.box, page.page_from_scan, words)
    return drawn or find_collector_box(form.box, words, rules, page.gray)


def _match_tables(
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
    own = (table for table in tables if table.column_count >= 2 or one)
    grids = [grid for table in own for grid in twin_grids(table, match, words)]
    grids.sort(key=lambda g: (-g.score, -len(g.row_rules)))
    return tuple(
        grid
        for place, grid in enumerate(grids)
        if place == 0 or (len(grid.row_rules) >= 2 and is_of_form(grid, grids[0]))
    )
