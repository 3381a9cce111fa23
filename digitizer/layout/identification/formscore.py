"""How well a form fits what is printed on a page: its heads, its phrases, its box's labels."""

from collections.abc import Sequence

import numpy as np

from digitizer.forms.forms import Form, installed_forms
from digitizer.layout.print.sheetcount import is_joiner
from digitizer.layout.print.wording import Box, contains, plain, text_lines
from digitizer.layout.table.columnheads import HEADER_ABOVE_PX
from digitizer.layout.table.headorder import MIN_HEADER
from digitizer.layout.table.signergrid import SignerGrid, quad
from digitizer.lines.tables import Table
from digitizer.records import Failure, PrintedWord

# A head of which less was read is read again.
SURE_HEAD = 0.75
# Score from which a form is recognised. Wrong forms in the same language score
# 0.2-0.5, the right one above 0.8 even faint.
MIN_FORM_SCORE = 0.6
# From this score on a form is near enough to be named, and for its heads to be read once more;
# of those that are so many are named.
MIN_NEAR_SCORE, NEAR_NAMED = 0.3, 2
# Weights of headers, phrases and box labels in the form's score.
HEADER_WEIGHT, PHRASE_WEIGHT, LABEL_WEIGHT = 0.6, 0.25, 0.15
# What is printed on a page is a form's for sure if it is so clear.
SURE_PRINT = 0.8
# A form whose heads are hidden is known by its other print if any other form's is so much
# less clear; pages of other forms reach 0.1 to 0.3.
PRINT_APART = 0.3
# A wording is on a page if it is found there so well: any two texts reach 0.5 by chance, and
# words of the same trade more.
SAID = 0.75
# Of a page on which so many words were read for sure, none of a form's two phrases or more, the
# letter was read and is another one. So sure is a word of so many letters.
LETTER_WORDS, SURE_WORD, WORD_LETTERS = 40, 0.8, 3
# Clearness of a form's phrases below which it is not tried if it is dear: other
# forms' pages reach 0.1.
MIN_PHRASES = 0.25
# Fewer rows, of which a column is missing, are no table of signers.
FEW_ROWS = 3


def form_score(
    form: Form,
    grids: Sequence[SignerGrid],
    words: Sequence[PrintedWord],
    *,
    phrases: bool = True,
) -> float:
    """0..1: headers in its tables, phrases (unless nobody read them) and box labels anywhere.

    A form without heads is known by its phrases and labels, and by a table of as many columns.
    ``grids``: the tables of the page that are the form's, the best match first.
    """
    headers = _heads_score(form, grids)
    text = " ".join(w.text for line in text_lines(words) for w in line)
    said = [contains(p, text) for p in form.phrases] if phrases else []
    labels = _labels_read(form, text)
    if not form.has_heads:
        return headers * _clear([*said, *labels]) if said or labels else 0.0
    total, weight = HEADER_WEIGHT * headers, HEADER_WEIGHT
    if said:
        total += PHRASE_WEIGHT * _clear(said)
        weight += PHRASE_WEIGHT
    if labels:
        total += LABEL_WEIGHT * _clear(labels)
        weight += LABEL_WEIGHT
    return total / weight


def _heads_score(form: Form, grids: Sequence[SignerGrid]) -> float:
    """How well the form's heads are read over its tables, 0..1; 0 without a table.

    A column that the best table lacks may be another one's: residents sign in one, traders in
    another, and neither has all columns of the form. Its head counts if it is sure.
    """
    if not grids:
        return 0.0
    best = grids[0]
    if len(grids) == 1 or form.lined or not form.has_heads:
        return best.score
    found = [
        score if span is not None else max(_sure_head(grid, i) for grid in grids)
        for i, (span, score) in enumerate(zip(best.columns, best.header_scores, strict=True))
    ]
    told = [score for score, column in zip(found, form.columns, strict=True) if column.header]
    return max(best.score, float(np.mean(told)))


def _sure_head(grid: SignerGrid, i: int) -> float:
    """How well the head of a form's column is read in one of its tables; 0 if not surely."""
    score = grid.header_scores[i] if grid.columns[i] is not None else 0.0
    return score if score >= SURE_PRINT else 0.0


def _labels_read(form: Form, text: str) -> list[float]:
    """How well each of the box's labels is found in a text, 0..1; empty without a box."""
    fields = form.box.fields if form.box is not None else ()
    # "of" between two blanks stands in every text, and "I," is read as a stroke.
    said = [one.label for one in fields if any(_tells(wording) for wording in one.label)]
    return [max(contains(wording, text) for wording in label) for label in said]


def _tells(label: str) -> bool:
    """Whether a label says anything of the form: it is no single letter, and no "of"."""
    return len(plain(label)) != 1 and not is_joiner(label)


def _clear(scores: Sequence[float]) -> float:
    """Mean of similarities, counted from 0.5: any two texts reach that by chance."""
    return float(np.mean([max(0.0, 2 * s - 1) for s in scores]))


def phrase_score(form: Form, words: Sequence[PrintedWord]) -> float:
    """How clearly a form's phrases, of which it has some, stand on the page, 0..1."""
    text = " ".join(w.text for line in text_lines(words) for w in line)
    return _clear([contains(phrase, text) for phrase in form.phrases])


def lacks_phrases(form: Form, words: Sequence[PrintedWord]) -> bool:
    """Whether the page lacks what the form has printed outside its table."""
    return bool(form.phrases) and phrase_score(form, words) < MIN_PHRASES


def labels_score(form: Form, words: Sequence[PrintedWord]) -> float:
    """How clearly the labels of a form's box stand on the page, 0..1; 1 without a box."""
    labels = _labels_read(form, " ".join(w.text for line in text_lines(words) for w in line))
    return _clear(labels) if labels else 1.0


def outside_score(form: Form, words: Sequence[PrintedWord]) -> float:
    """How clearly a form's phrases and its box's labels stand on the page, 0..1: the lesser."""
    return min(phrase_score(form, words), labels_score(form, words))


def names_petition(form: Form, words: Sequence[PrintedWord]) -> bool:
    """Whether these words are those of the form's own petition: its name, or one of its phrases.

    True for a form that takes the petition's name from the sheet: any may stand there.
    """
    if not form.petition:
        return True
    text = " ".join(w.text for line in text_lines(words) for w in line)
    return any(contains(said, text) >= SAID for said in (form.petition, *form.phrases))


def is_other_petition(form: Form, words: Sequence[PrintedWord]) -> bool:
    """Whether a page with the form's heads is another petition's, by all that is printed on it.

    Heads are much alike: name, address, signature. ``words``: all that was read of the page.
    """
    if len(form.phrases) < 2:
        return False
    sure = [
        word
        for word in words
        if word.confidence >= SURE_WORD and sum(c.isalpha() for c in word.text) >= WORD_LETTERS
    ]
    if len(sure) < LETTER_WORDS:
        return False
    text = " ".join(w.text for line in text_lines(words) for w in line)
    said = (form.petition, *form.phrases) if form.petition else form.phrases
    return all(contains(wording, text) < SAID for wording in said)


def holds_print_of(form: Form, words: Sequence[PrintedWord]) -> bool:
    """Whether a page is one of this form's though no table of it was found.

    Its phrases, its box's labels, its heads: two of them stand there for sure. One alone
    may be quoted, and a sheet of the petition's words alone has no table either.
    """
    text = " ".join(w.text for line in text_lines(words) for w in line)
    kinds = (
        [contains(phrase, text) for phrase in form.phrases],
        _labels_read(form, text),
        [max(contains(h, text) for h in one.header) for one in form.columns if one.header],
    )
    return sum(bool(said) and _clear(said) >= SURE_PRINT for said in kinds) >= 2


def is_unknown(
    form: Form,
    grids: Sequence[SignerGrid],
    score: float,
    words: Sequence[PrintedWord],
    others: Sequence[Form],
) -> bool:
    """Whether a page that fits ``form`` best, with ``score``, is not surely of it."""
    return is_scrap(form, grids) or (
        score < MIN_FORM_SCORE and not _is_told_by_print(form, grids[0], words, others)
    )


def is_scrap(form: Form, grids: Sequence[SignerGrid]) -> bool:
    """Whether of the form's tables next to nothing was found: no row, or few without a column.

    A copy on which the rulings are worn away holds pieces of a table that are no rows.
    """
    rows = sum((len(grid.row_rules) - 1) // form.lines for grid in grids)
    lacks = any(not any(spans) for spans in zip(*(grid.columns for grid in grids), strict=True))
    return not grids[0].row_rules or rows < 1 or (lacks and rows < FEW_ROWS)


def lacks_a_head(form: Form, grids: Sequence[SignerGrid]) -> bool:
    """Whether a column of the form that has a head was found in none of the tables.

    One without a head, for numbers, may be missing from a printing: its absence tells nothing.
    """
    return any(
        bool(column.header) and not any(grid.columns[i] for grid in grids)
        for i, column in enumerate(form.columns)
    )


def _is_told_by_print(
    form: Form, grid: SignerGrid, words: Sequence[PrintedWord], others: Sequence[Form]
) -> bool:
    """Whether a page whose heads are hidden, by a fold or a pen, is this form all the same.

    All that is printed outside the table is the form's and no other one's, the table has
    just as many columns, and one of its heads at least stands where it should.
    """
    if not form.phrases or form.lined or None in grid.columns:
        return False
    if len(grid.columns) != grid.table.column_count or len(grid.row_rules) <= FEW_ROWS:
        return False
    if max(grid.header_scores) < MIN_HEADER:
        return False
    return outside_score(form, words) >= SURE_PRINT and all(
        outside_score(other, words) <= SURE_PRINT - PRINT_APART for other in others if other.phrases
    )


def near_forms(candidates: Sequence[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """Of candidates with their scores, the best first, those to name for a page of no form."""
    return tuple(one for one in candidates[:NEAR_NAMED] if one[1] >= MIN_NEAR_SCORE)


def nearest_told(candidates: Sequence[tuple[str, float]]) -> str:
    """The end of a message about a page of no form: what it is near to; empty: nothing."""
    near = ", ".join(f"{name} ({score:.0%})" for name, score in near_forms(candidates))
    return f"; nearest: {near}" if near else ""


def no_form(
    tables: Sequence[Table], candidates: Sequence[tuple[str, float]], forms: Sequence[Form] = ()
) -> Failure:
    """What to tell of a page that fits none of ``forms`` well enough.

    To give a definition is no advice to somebody who gave one.
    """
    near = nearest_told(candidates)
    if not tables:
        message = f"no ruled table on this page{near}; if it is a petition sheet, scan it again"
        return Failure("register", "no-table", message)
    message = f"no known form fits this page{near}"
    names = {form.name for form in forms}
    advice = "give its definition with --form"
    if not names <= set(installed_forms()):
        advice = "see what digitizer form check says of the definition with this page"
    if names and not names >= set(installed_forms()):
        advice += ", or add --form auto if it is of a form that this run was not given"
    return Failure("register", "unknown-form", f"{message}; {advice}")


def no_grid(form: Form) -> Failure:
    """What to tell of a page whose form a person named, but whose table nobody sees."""
    message = f"the table of {form.name} cannot be seen; drag the lines to where it is"
    return Failure("register", "grid-not-found", message)


def unsure_heads(form: Form, grids: Sequence[SignerGrid]) -> tuple[Box, ...]:
    """Where the heads stand of which too little was read to know the form by.

    A head that is read over another of the form's tables is none of those that the best one lacks.
    """
    grid, places = grids[0], []
    for i, column in enumerate(form.columns):
        span, score = grid.columns[i], grid.header_scores[i]
        if span is None:
            score = max(_sure_head(one, i) for one in grids)
        if not column.header or score >= SURE_HEAD or not grid.row_rules:
            continue
        left, right = (grid.table.down[k] for k in span or (0, -1))
        corners = np.array(quad(grid.table.across[0], left, grid.row_rules[0], right))
        (x0, y0), (x1, y1) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        over = grid.row_rules[0] is grid.table.across[0]
        places.append((x0, y0 - HEADER_ABOVE_PX if over else y0, x1, y1))
    return tuple(places)
