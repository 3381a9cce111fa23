"""How well a form fits what is printed on a page: its heads, its phrases, its box's labels."""

from collections.abc import Sequence

import numpy as np

from digitizer.forms.forms import Form
from digitizer.layout.signergrid import SignerGrid
from digitizer.layout.wording import contains, text_lines
from digitizer.records import PrintedWord

# Score from which a form is recognised. Wrong forms in the same language score
# 0.2-0.5, the right one above 0.8 even faint.
MIN_FORM_SCORE = 0.6
# Weights of headers, phrases and box labels in the form's score.
HEADER_WEIGHT, PHRASE_WEIGHT, LABEL_WEIGHT = 0.6, 0.25, 0.15
# What is printed on a page is a form's for sure if it is so clear.
SURE_PRINT = 0.8


def form_score(
    form: Form, grid: SignerGrid | None, words: Sequence[PrintedWord], *, phrases: bool = True
) -> float:
    """0..1: headers in a table, phrases (unless nobody read them) and box labels anywhere."""
    headers = grid.score if grid is not None else 0.0
    text = " ".join(w.text for line in text_lines(words) for w in line)
    said = [contains(p, text) for p in form.phrases] if phrases else []
    labels = _labels_read(form, text)
    total, weight = HEADER_WEIGHT * headers, HEADER_WEIGHT
    if said:
        total += PHRASE_WEIGHT * _clear(said)
        weight += PHRASE_WEIGHT
    if labels:
        total += LABEL_WEIGHT * _clear(labels)
        weight += LABEL_WEIGHT
    return total / weight


def _labels_read(form: Form, text: str) -> list[float]:
    """How well each of the box's labels is found in a text, 0..1; empty without a box."""
    fields = form.box.fields if form.box is not None else ()
    return [max(contains(wording, text) for wording in one.label) for one in fields]


def _clear(scores: Sequence[float]) -> float:
    """Mean of similarities, counted from 0.5: any two texts reach that by chance."""
    return float(np.mean([max(0.0, 2 * s - 1) for s in scores]))


def phrase_score(form: Form, words: Sequence[PrintedWord]) -> float:
    """How clearly a form's phrases, of which it has some, stand on the page, 0..1."""
    text = " ".join(w.text for line in text_lines(words) for w in line)
    return _clear([contains(phrase, text) for phrase in form.phrases])


def labels_score(form: Form, words: Sequence[PrintedWord]) -> float:
    """How clearly the labels of a form's box stand on the page, 0..1; 1 without a box."""
    labels = _labels_read(form, " ".join(w.text for line in text_lines(words) for w in line))
    return _clear(labels) if labels else 1.0


def outside_score(form: Form, words: Sequence[PrintedWord]) -> float:
    """How clearly a form's phrases and its box's labels stand on the page, 0..1: the lesser."""
    return min(phrase_score(form, words), labels_score(form, words))


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
