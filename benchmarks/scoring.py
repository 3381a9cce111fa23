"""Turn what a peer saw on a page into values beside the truth, always in its favour.

The truth picks: of all texts that could hold a field, the one most like the
truth is taken as the peer's answer, and only the stretch of it that fits. No
program could do that for itself, so these figures are upper bounds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz
from scipy.optimize import linear_sum_assignment

from benchmarks.peers import SeenPage, SeenText
from digitizer.evaluate import TruthPage, TruthRow, comparable
from digitizer.metrics import Judged, Rate

# Likeness (0..100) of the best stretch below which a peer is taken to have no
# answer: unrelated names of this length reach about 50.
MIN_LIKENESS = 60.0

# Likeness of a value that stands in a text, but inside longer words.
NEARLY_ALIKE = 99.9

# Not asked of peers: a date is written in many ways, and turning it into ISO 8601 is
# no business of theirs; the two letters of a province stand somewhere on any page.
UNFIT = ("date_collected", "province")

# Fields of which a text must hold the value as whole words.
WORDY = ("name", "address", "city", "province", "collector_name", "event_location")


@dataclass(frozen=True, slots=True)
class Answer:
    """A peer's value for a field whose truth is not empty; both made comparable."""

    field: str
    value: str
    truth: str
    score: float | None


@dataclass(frozen=True, slots=True)
class PeerFigures:
    """All answers of a peer, and how many filled rows gave any field at all."""

    answers: tuple[Answer, ...]
    rows: Rate


def best_answer(field: str, truth: str, texts: Iterable[SeenText]) -> Answer:
    """The stretch of one of ``texts`` that is most like ``truth`` (comparable)."""
    best, found = MIN_LIKENESS, Answer(field, "", truth, None)
    for seen in texts:
        text = comparable(seen.text, field)
        if holds(field, truth, text):
            if best < 100.0 or (seen.score or 0.0) > (found.score or 0.0):
                best, found = 100.0, Answer(field, truth, truth, seen.score)
            continue
        likeness, stretch = closest_stretch(truth, text)
        if stretch == truth:
            # A part of longer words: as like as can be, and yet another value.
            likeness, stretch = NEARLY_ALIKE, words_around(truth, text)
        if likeness > best:
            best, found = likeness, Answer(field, stretch, truth, seen.score)
    return found


def holds(field: str, truth: str, text: str) -> bool:
    """Whether ``text`` holds ``truth``, as whole words where it is made of words."""
    return f" {truth} " in f" {text} " if field in WORDY else truth in text


def closest_stretch(truth: str, text: str) -> tuple[float, str]:
    """Likeness 0..100 of the stretch of ``text`` most like ``truth``, and the stretch."""
    if len(text) <= len(truth):
        return fuzz.ratio(truth, text), text
    aligned = fuzz.partial_ratio_alignment(truth, text)
    if aligned is None:
        return 0.0, ""
    return aligned.score, text[aligned.dest_start : aligned.dest_end]


def words_around(part: str, text: str) -> str:
    """The words of ``text`` that ``part``, which stands in it, is a part of."""
    start = text.rfind(" ", 0, text.index(part)) + 1
    end = text.find(" ", text.index(part) + len(part))
    return text[start:] if end < 0 else text[start:end]


def score_page(truth: TruthPage, seen: SeenPage) -> tuple[list[Answer], int]:
    """Answers to every field that is filled on a page; how many rows gave any."""
    rows = [row for row in truth.rows if wanted(row.fields)]
    answers: list[Answer] = []
    read_rows = 0
    for row, texts in zip(rows, texts_of_rows(rows, seen), strict=True):
        given = [best_answer(name, text, texts) for name, text in wanted(row.fields).items()]
        read_rows += any(answer.value for answer in given)
        answers += given
    everything = [*seen.texts, *(cell for cells in seen.rows for cell in cells)]
    for name, text in wanted(truth.collector or {}).items():
        answers.append(best_answer(name, text, everything))
    return answers, read_rows


def wanted(fields: Mapping[str, str]) -> dict[str, str]:
    """The filled fields, made comparable."""
    made = {name: comparable(text, name) for name, text in fields.items()}
    return {name: text for name, text in made.items() if text and name not in UNFIT}


def texts_of_rows(rows: Sequence[TruthRow], seen: SeenPage) -> list[list[SeenText]]:
    """For each true row the texts that may answer it.

    A peer without tables may answer from the whole page. Rows of tables go to
    the true rows so that the sum of likenesses is greatest.
    """
    if not seen.rows:
        return [list(seen.texts) for _ in rows]
    likeness = np.zeros((len(rows), len(seen.rows)))
    for i, row in enumerate(rows):
        for j, cells in enumerate(seen.rows):
            likeness[i, j] = sum(
                100.0 if answer.value == answer.truth else fuzz.ratio(answer.value, answer.truth)
                for name, text in wanted(row.fields).items()
                if (answer := best_answer(name, text, cells)).value
            )
    texts: list[list[SeenText]] = [[] for _ in rows]
    true_rows, table_rows = linear_sum_assignment(likeness, maximize=True)
    for i, j in zip(true_rows.tolist(), table_rows.tolist(), strict=True):
        texts[i] = list(seen.rows[j])
    return texts


def score_peer(truth: Sequence[TruthPage], pages: Sequence[SeenPage]) -> PeerFigures:
    """Score all pages of a peer."""
    answers: list[Answer] = []
    found = 0
    for page, seen in zip(truth, pages, strict=True):
        given, rows = score_page(page, seen)
        answers += given
        found += rows
    cases = sum(1 for page in truth for row in page.rows if wanted(row.fields))
    return PeerFigures(tuple(answers), Rate(found, cases))


def judge(answers: Sequence[Answer], accept: int) -> list[Judged]:
    """Values with the ``accept`` surest of those given taken as accepted.

    A peer without scores has no surest: all that it gives are accepted.
    """
    given = [answer for answer in answers if answer.value]
    if any(answer.score is not None for answer in given):
        given = sorted(given, key=lambda answer: -(answer.score or 0.0))[:accept]
    accepted = {id(answer) for answer in given}
    return [Judged(one.value, one.truth, id(one) in accepted) for one in answers]
