"""Say which form a page is, and where its rows, cells and collector box lie.

Nothing is taken from a template's positions: the columns are the ones of the
ruled table whose header texts match the definition, rows are counted from the
rulings, the collector box is where its labels are printed. So another printing
of the same wording (other margins, fonts, number of rows) needs no change.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from digitizer.collector.boxlabels import title_strip
from digitizer.collector.collectorbox import (
    drawn_collector_box,
    find_collector_box,
    lacks_count,
    unsure_labels,
)
from digitizer.collector.ownheads import words_outside
from digitizer.forms.forms import Form
from digitizer.layout.identification.formscore import (
    MIN_FORM_SCORE,
    MIN_NEAR_SCORE,
    form_score,
    is_other_petition,
    is_unknown,
    lacks_a_head,
    names_petition,
    no_form,
    no_grid,
    unsure_heads,
)
from digitizer.layout.identification.glance import Glance
from digitizer.layout.identification.pagetitle import petition_title
from digitizer.layout.identification.scoredforms import (
    ScoredForm,
    best_first,
    best_score,
    heads_read_anew,
    score_forms,
    score_heads,
    score_labels,
    score_lined,
    score_open_rows,
)
from digitizer.layout.print.typicalrow import ReadPrint, no_print
from digitizer.layout.rows import lostrows
from digitizer.layout.rows.boxrows import without_box_rows
from digitizer.layout.rows.columnends import with_rows_of_columns
from digitizer.layout.rows.examplerow import without_examples
from digitizer.layout.rows.footheads import without_foot_heads
from digitizer.layout.rows.leftout import may_leave_out
from digitizer.layout.rows.totalrows import without_total_rows
from digitizer.layout.rows.wholerows import whole_rows
from digitizer.layout.table import byhand
from digitizer.layout.table.cellparts import split_cells
from digitizer.layout.table.firstrow import is_first_row_unsure
from digitizer.layout.table.furthertables import has_alike_beside, leaves_table_out
from digitizer.layout.table.openrows import continued_lines, find_open_lines
from digitizer.layout.table.signergrid import SignerGrid, all_rows, is_of_streaks
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

# From heads and labels alone a form is known for sure with this score, no head unsure, and
# the next form this far behind.
SURE_GLANCE, GLANCE_APART = 0.9, 0.2


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
    scored = score_forms(tables, page.gray, words, forms, read)
    if MIN_NEAR_SCORE <= best_score(scored) < MIN_FORM_SCORE:
        # Heads that are lost among all that is on a page are often read by themselves.
        anew = heads_read_anew(tables, page.gray, words, read)
        again = score_forms(tables, page.gray, anew, forms, read) if anew is not words else scored
        if best_score(again) > best_score(scored):
            words, scored = anew, again
    scored = best_first(_with_open_rows(scored, page, rules, words, read))
    found = replace(_unplaced(page, scored, rules, words), sides_known=bool(edit.columns))
    if not scored:
        return replace(found, failure=no_form(tables, found.candidates, forms))
    best, *others = scored
    form, drawn = best.form, bool(edit.row_lines)
    grids, guessed = _own_rows(best, rules, page, words, read, drawn=drawn)
    guessed = guessed or leaves_table_out(tables, grids, form, words)
    found = replace(found, rows_guessed=guessed and not drawn)
    unknown = not grids or is_unknown(
        form, grids, best.score, words, [other.form for other in others]
    )
    if edit.form is not None:
        found, grids = _as_told(found, best, grids, edit, unknown=unknown)
    elif unknown or is_other_petition(form, words):
        return replace(found, failure=no_form(tables, found.candidates, forms))
    place = _collector_box(form, words_outside(words, grids, form), rules, page, edit)
    title = petition_title(form, page.gray, words, grids[0].table, read, place)
    return _placed(found, form, grids, title, place, read, drawn=drawn)


def _with_open_rows(
    scored: list[ScoredForm],
    page: RectifiedPage,
    rules: Sequence[Rule],
    words: Sequence[PrintedWord],
    read: ReadPrint,
) -> list[ScoredForm]:
    """The forms, tried between lines that no ruling crosses where no table on the page will do."""
    whole = [one for one in scored if one.is_whole]
    best = best_score(whole)
    # Nothing but streaks may cross the lines of a table that they seem to be the columns of.
    tops = [one for one in whole if one.score == best]
    streaked = any(lacks_a_head(one.form, one.grids) or is_of_streaks(one.grids[0]) for one in tops)
    if best >= MIN_FORM_SCORE and not streaked:
        return scored
    lines = continued_lines(find_open_lines(rules), page.gray)
    lines = with_rows_of_columns(lines, rules, page.gray)
    tried = [ScoredForm(0.0, one.form) for one in scored] if streaked else scored
    again = score_open_rows(tried, lines, page.gray, rules, words, read)
    return scored if streaked and best_score(again) < MIN_FORM_SCORE else again


def _own_rows(
    best: ScoredForm,
    rules: Sequence[Rule],
    page: RectifiedPage,
    words: Sequence[PrintedWord],
    read: ReadPrint,
    *,
    drawn: bool,
) -> tuple[Sequence[SignerGrid], bool]:
    """The form's tables with all of their rows, and whether some are guessed.

    ``drawn``: a person said where the rows lie, those of the box stay among them.
    """
    grids, guessed = whole_rows(best.grids, best.form, rules, (page.gray, words), read)
    if any(not one.row_rules for one in grids[1:]):
        # The signers of a table whose rows cannot be told would be left out.
        grids = (replace(grids[0], row_rules=()),)
    return (grids if drawn else without_box_rows(grids, best.form, words)), guessed


def _as_told(
    found: RegisteredPage,
    best: ScoredForm,
    grids: Sequence[SignerGrid],
    edit: PageEdit,
    *,
    unknown: bool,
) -> tuple[RegisteredPage, Sequence[SignerGrid]]:
    """The page and its form's tables as a person says who named the form.

    ``unknown``: nothing but the person's word tells the form.
    """
    found = replace(found, doubted=unknown and not (edit.row_lines and edit.columns))
    grid = grids[0] if grids else None
    if grid is None or not byhand.is_usable(grid):
        grid, known = byhand.grid_to_drag(best.form, best.grids, found.page.gray.shape)
        known = bool(edit.row_lines and (edit.columns or known))
        found = replace(found, failure=None if known else no_grid(best.form))
    grid = byhand.correct_grid(grid, best.form, edit, found.page.page_from_scan)
    # What a person drew is all there is.
    return found, grids if grids and grid is grids[0] else (grid,)


def _unplaced(
    page: RectifiedPage,
    scored: Sequence[ScoredForm],
    rules: Sequence[Rule],
    words: Sequence[PrintedWord],
) -> RegisteredPage:
    """A page of which no form is known yet, with the best of ``scored`` as candidates."""
    return RegisteredPage(
        page=page,
        form=None,
        petition=None,
        language="en",
        form_score=scored[0].score if scored else 0.0,
        candidates=_candidates(scored),
        rows=(),
        collector_box=None,
        rules=tuple(rules),
        words=tuple(words),
    )


def _candidates(scored: Sequence[ScoredForm]) -> tuple[tuple[str, float], ...]:
    return tuple((one.form.name, round(one.score, 3)) for one in scored[:3])


def register_glance(
    page: RectifiedPage,
    rules: Sequence[Rule],
    tables: Sequence[Table],
    glance: Glance,
    forms: Sequence[Form],
    first: ReadPrint,
    own: Callable[[Form], ReadPrint],
) -> RegisteredPage | None:
    """As ``register_page``, from the words of heads, boxes and title alone (``glance``).

    ``first`` reads print until the form is known, ``own`` that of a form, its title first of all.

    Heads and labels that were not read well are read once more, each by itself. None where
    the rest of the page must be read to be sure of the form, its box or its title. Forms
    with several lines a row are tried where no other fits and the labels of their box are
    there; no captions of theirs are read again. ``form_score`` is that of heads and labels.
    """
    glanced = _heads_at_a_glance(page, rules, tables, glance, forms, first)
    if glanced is None:
        return None
    words, scored = glanced
    best = scored[0]
    form, grids = best.form, best.grids
    read = own(form)
    if read is not first and not form.petition:
        words = glance.titles_again(words, read)
    outside = words_outside(words, grids, form)
    if form.box is not None and (strip := title_strip(form.box, outside, rules, page.gray)):
        words = glance.again(words, [strip], read)
        outside = words_outside(words, grids, form)
    grid = grids[0]
    if len(grid.row_rules) < 2 or unsure_heads(form, grids) or lostrows.has_high_rows(grids, form):
        return None
    rows, guessed = whole_rows(grids, form, rules, (page.gray, words), read)
    divided = any(one.row_rules != other.row_rules for one, other in zip(rows, grids, strict=True))
    if divided or is_of_streaks(grid) or has_alike_beside(tables, rows):
        return None
    if form.box is not None and unsure_labels(form.box, outside, rules, page.gray) != ():
        return None
    if not _is_sure(scored) or not _is_whole_score(best, words):
        return None
    # A title in white on black or no larger than the letter: still quicker than all of the page.
    if not names_petition(form, words) and not names_petition(
        form, glance.letter(grid.table, read)
    ):
        return None
    box = _collector_box(form, outside, rules, page, NO_EDIT)
    title = form.petition
    if not title and glance.type_px is not None:
        title = petition_title(form, page.gray, words, grid.table, read, box, glance.type_px)
    if not title:
        return None
    guessed = guessed or leaves_table_out(tables, rows, form, words)
    found = replace(_unplaced(page, scored, rules, words), rows_guessed=guessed)
    return _placed(found, form, grids, title, box, read)


def _heads_at_a_glance(
    page: RectifiedPage,
    rules: Sequence[Rule],
    tables: Sequence[Table],
    glance: Glance,
    forms: Sequence[Form],
    read: ReadPrint,
) -> tuple[Sequence[PrintedWord], list[ScoredForm]] | None:
    """The words of heads and labels, unsure ones read again, and the forms, the best first.

    None where no form is recognised.
    """
    gray = page.gray
    words: Sequence[PrintedWord] = glance.on_page(read(glance.pixels))
    scored = score_heads(tables, gray, words, forms, read)
    if best_score(scored) < MIN_FORM_SCORE:
        scored = score_lined(scored, tables, gray, words, read)
        if best_score(scored) < MIN_FORM_SCORE:
            return None
    elif unsure := unsure_heads(scored[0].form, scored[0].grids):
        words = glance.again(words, unsure, read)
        scored = score_heads(tables, gray, words, forms, read)
    words = _with_labels(words, scored[0], rules, glance, gray, read)
    return words, score_labels(scored, words)


def _with_labels(
    words: Sequence[PrintedWord],
    best: ScoredForm,
    rules: Sequence[Rule],
    glance: Glance,
    gray: Pixels,
    read: ReadPrint,
) -> Sequence[PrintedWord]:
    """The words with the box's labels read again that are in doubt, each by itself.

    Where nobody knows where they stand all is read that is printed below the rows, above them,
    or both: less than the page, of which the rows' heads and a first and last row are known.
    """
    form = best.form
    if form.box is None:
        return words
    sides = [min(y for grid in best.grids for _, y in grid.table.outline()), 0.0]
    sides[1] = max([sides[0], *(float(one.row_rules[-1].points[:, 1].max()) for one in best.grids)])
    height, width = gray.shape
    above, below = (0.0, 0.0, float(width), sides[0]), (0.0, sides[1], float(width), float(height))
    places = [above, below] if lacks_count(form.box, words, gray) else [below, above]
    unread = unsure_labels(form.box, words_outside(words, best.grids, form), rules, gray)
    while unread is None and places:
        words = glance.again(words, [places.pop(0)], read)
        unread = unsure_labels(form.box, words_outside(words, best.grids, form), rules, gray)
    return glance.again(words, unread, read) if unread else words


def _is_sure(scored: Sequence[ScoredForm]) -> bool:
    """Whether heads and labels alone tell the first form, and no other."""
    # Captions are read no better where all of the page is.
    least = MIN_FORM_SCORE if scored[0].form.lined else SURE_GLANCE
    if scored[0].score < least:
        return False
    return len(scored) == 1 or scored[1].score <= scored[0].score - GLANCE_APART


def _is_whole_score(best: ScoredForm, words: Sequence[PrintedWord]) -> bool:
    """Whether the form is recognised though phrases that nobody read count as missing."""
    return form_score(best.form, best.grids, words) >= MIN_FORM_SCORE


def register_lost_rows(
    found: RegisteredPage, forms: Sequence[Form], read: ReadPrint, edit: PageEdit = NO_EDIT
) -> RegisteredPage | None:
    """A page of no known form, if rows that are told by their writing make it one; else None.

    ``found``: what ``register_page`` says of it. Every head of the form must be read above
    the rows, as above any rows that no ruling crosses (``openrows``). ``edit``: what a person
    says of the page, its form, rows, columns and box.
    """
    page, words = found.page, found.words
    gray, rules = page.gray, found.rules
    scored = [ScoredForm(0.0, form) for form in forms if edit.form in (None, form.name)]
    for lines in lostrows.find_lost_rows(rules, gray):
        scored = score_open_rows(scored, lines, gray, rules, words, read)
    if best_score(scored) < MIN_FORM_SCORE:
        scored = [
            tried
            for one in scored
            for tried in score_open_rows(
                [one],
                lostrows.find_written_rows(rules, gray, words, one.form),
                gray,
                rules,
                words,
                read,
            )
        ]
    scored = best_first(scored)
    if best_score(scored) < MIN_FORM_SCORE or not scored[0].is_whole:
        return None
    form, grids = scored[0].form, scored[0].grids
    if edit.form is not None:
        grids = (byhand.correct_grid(grids[0], form, edit, page.page_from_scan),)
    known = replace(
        found,
        form_score=scored[0].score,
        candidates=_candidates(scored),
        failure=None,
        rows_guessed=not edit.row_lines,
        doubted=False,
    )
    box = _collector_box(form, words_outside(words, grids, form), rules, page, edit)
    title = petition_title(form, gray, words, grids[0].table, read, box)
    return _placed(known, form, grids, title, box, read, drawn=bool(edit.row_lines))


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
    seen = [grid.row_rules[-1:] for grid in grids]
    if not drawn:
        grids = without_foot_heads(grids, form, found.page.gray, read)
        grids = without_total_rows(grids, form, found.page.gray, read)
    # Below rows that end with heads or a total columns run on, and leave nobody out.
    ended = seen != [grid.row_rules[-1:] for grid in grids]
    grids = [without_examples(grid, form, found.page.gray, read) for grid in grids]
    said = grids[0].said if len(grids) == 1 else None
    rows = split_cells(all_rows(grids, form), form, found.page.gray, read, said)
    # Between rows that were put in there is no line, but writing as dark as one.
    residual = None if found.rows_guessed else measure_residual(rows, found.page.gray, found.rules)
    tables = [grid.row_rules for grid in grids]
    unsure = may_leave_out(rows, found, form, box, residual, read, ended=ended)
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
