"""Learning from review: corrections of confidence, and words; nothing worse is kept.

Method: sheets are split by a hash of their id, one in four held back. On the
others, each kind's shipped confidence is bent by a shift and a slope on
log-odds (logistic regression with a prior that says "no change"), and the words
of confirmed names, streets and places are counted. What is held back judges:
a correction by its log loss, words by how many stored readings they would have
chosen right among their alternatives. A part that is worse there is refused,
and the figures say so. The words that pass are kept from all sheets; a
correction is kept as it was judged.

It fails where review is not about this office's usual sheets (one bad
scanner), and knows nothing of fields that nobody judged: draw a sample now and
then (`digitizer sample`), or accepted fields stay unjudged.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from digitizer.calibrate import MAX_CONFIDENCE, MIN_CONFIDENCE, Bend
from digitizer.counting.judged import JudgedField
from digitizer.engines import lexicon
from digitizer.engines.reading import listed_gain
from digitizer.learned import NAMES, PLACES, STREETS, Bends, Learned
from digitizer.records import FieldKind
from digitizer.values.canonical import normalise

# One sheet in this many is held back to judge.
HELD_BACK = 4

# Judged fields a kind must have to be learned from, and held back to be judged:
# with fewer, the interval of an error rate is wider than what there is to learn.
MIN_CASES = 40
MIN_HELD_CASES = 12

# Standard deviations of the prior of shift and slope: 0.7 is half to double the
# odds of being wrong, which is about what one hand differs from the next.
SHIFT_PRIOR = 0.7
SLOPE_PRIOR = 0.25
LEAST_SLOPE = 0.3

# The range in which people judged, as quantiles: the outermost few prove little.
RANGE = (0.02, 0.98)

# Confirmed texts a list must have before its words are used.
MIN_TEXTS = 20
# Letters of a word worth keeping; shorter ones are initials and "st".
MIN_WORD = 3
# A confirmed text longer than this is no name or street.
MAX_TEXT = 80

Floats = npt.NDArray[np.float64]

# Which list the confirmed texts of a kind go to.
_LIST_OF_KIND = {
    FieldKind.NAME: NAMES,
    FieldKind.ADDRESS: STREETS,
    FieldKind.CITY: PLACES,
}


@dataclass(frozen=True, slots=True)
class Part:
    """What was tried and how it did on the held-back sheets.

    ``name``: a kind or a list of words. ``cases`` to learn from, ``held``
    back. ``before`` and ``after``: log loss of a correction (less is better),
    readings chosen right by words (more is better); None where nothing was
    tried. ``said`` and ``right``: mean confidence before, share right, of the
    held-back cases.
    """

    name: str
    cases: int
    held: int
    verdict: str
    before: float | None = None
    after: float | None = None
    said: float | None = None
    right: float | None = None
    new_words: int | None = None


# Verdicts.
KEPT, WORSE, TOO_FEW = "kept", "refused: worse on held-back sheets", "too few judged fields"


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned and how each part of it was judged.

    ``engine``: whose readings were learned from. ``other_engine`` and
    ``unknown``: judged fields left out, read by another recogniser or with a
    correction that is not at hand.
    """

    learned: Learned
    parts: tuple[Part, ...]
    sheets: int
    judged: int
    engine: str = ""
    other_engine: int = 0
    unknown: int = 0


@dataclass(slots=True)
class _Split:
    """Judged fields to learn from, and those held back."""

    learn: list[JudgedField] = field(default_factory=list)
    held: list[JudgedField] = field(default_factory=list)

    def add(self, one: JudgedField) -> None:
        (self.held if is_held_back(one.sheet_id) else self.learn).append(one)


def is_held_back(sheet_id: str) -> bool:
    """Whether a sheet judges instead of teaching; the same one whenever it is asked."""
    digest = hashlib.sha256(sheet_id.encode()).digest()
    return int.from_bytes(digest[:4]) % HELD_BACK == 0


def learn(judged: Sequence[JudgedField], before: Learned) -> Lesson:
    """Learn from judged fields; ``before``: what was learned last time.

    Deterministic: the same fields give the same lesson.
    """
    engines = Counter(one.engine for one in judged)
    engine = min(engines, key=lambda name: (-engines[name], name)) if engines else ""
    own = [one for one in judged if one.engine == engine]
    bends: dict[FieldKind, Bend] = {}
    parts: list[Part] = []
    for kind in sorted({one.kind for one in own if one.is_fair}):
        split = _Split()
        for one in own:
            if one.kind is kind and one.is_fair and one.shipped is not None:
                split.add(one)
        part, bend = _learn_kind(kind, split)
        parts.append(part)
        if bend is not None:
            bends[kind] = bend
    words: dict[str, Mapping[str, int]] = {}
    for kind, name in _LIST_OF_KIND.items():
        part, counted = _learn_words(kind, name, [one for one in own if one.kind is kind])
        parts.append(part)
        if counted:
            words[name] = counted
    return Lesson(
        Learned(bends, words, _earlier(before), engine),
        tuple(parts),
        len({one.sheet_id for one in judged}),
        len(judged),
        engine,
        len(judged) - len(own),
        sum(one.is_fair and one.shipped is None for one in own),
    )


def _earlier(before: Learned) -> dict[str, Bends]:
    """Corrections that pages may have been read with, the last one included."""
    known = dict(before.earlier)
    if before.bends:
        known[before.fingerprint] = before.bends
    return known


# --- corrections of confidence


def _learn_kind(kind: FieldKind, split: _Split) -> tuple[Part, Bend | None]:
    cases, held = len(split.learn), len(split.held)
    if cases < MIN_CASES or held < MIN_HELD_CASES:
        return Part(kind.value, cases, held, TOO_FEW), None
    odds, right = _table(split.learn)
    bend = fit_bend(odds, right)
    held_odds, held_right = _table(split.held)
    shipped = _shares(held_odds)
    bent = np.array([bend.apply(float(p)) for p in shipped])
    before, after = _log_loss(shipped, held_right), _log_loss(bent, held_right)
    part = Part(
        kind.value,
        cases,
        held,
        KEPT if after < before else WORSE,
        round(before, 4),
        round(after, 4),
        round(float(shipped.mean()), 4),
        round(float(held_right.mean()), 4),
    )
    return part, bend if after < before else None


def fit_bend(odds: Floats, right: Floats) -> Bend:
    """Shift and slope of log-odds that explain which were right.

    ``odds`` (N,): log-odds of the shipped confidences; ``right`` (N,): 0 or 1.
    Newton's steps on the penalised likelihood, which has one maximum.
    """
    design = np.column_stack((np.ones(len(odds)), odds))
    prior = np.array([0.0, 1.0])
    weight = 1.0 / np.array([SHIFT_PRIOR, SLOPE_PRIOR]) ** 2
    beta = prior.copy()
    for _ in range(50):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ beta, -30, 30)))
        gradient = design.T @ (right - chance) - weight * (beta - prior)
        slope = (chance * (1.0 - chance))[:, None]
        step = np.linalg.solve(design.T @ (slope * design) + np.diag(weight), gradient)
        beta = beta + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-9:
            break
    low, high = (float(q) for q in np.quantile(odds, RANGE))
    return Bend(float(beta[0]), max(LEAST_SLOPE, float(beta[1])), low, high)


def _table(cases: Sequence[JudgedField]) -> tuple[Floats, Floats]:
    shares = np.clip([one.shipped or 0.0 for one in cases], MIN_CONFIDENCE, MAX_CONFIDENCE)
    return np.log(shares / (1.0 - shares)), np.array([float(one.right) for one in cases])


def _shares(odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-odds)), np.float64)


def _log_loss(shares: Floats, right: Floats) -> float:
    kept = np.clip(shares, MIN_CONFIDENCE, MAX_CONFIDENCE)
    return float(-(right * np.log(kept) + (1.0 - right) * np.log(1.0 - kept)).mean())


# --- words


def _learn_words(
    kind: FieldKind, name: str, judged: Sequence[JudgedField]
) -> tuple[Part, dict[str, int]]:
    """Words of confirmed texts, if they do no harm on the held-back readings."""
    split = _Split()
    for one in judged:
        if one.truth and len(one.truth) <= MAX_TEXT:
            split.add(one)
    cases, held = len(split.learn), len(split.held)
    counted = count_words(name, (one.truth for one in split.learn))
    listed = lexicon.name_words() if kind is FieldKind.NAME else lexicon.place_words()
    with_ours = listed | frozenset(_words_of(counted))
    new = len(frozenset(_words_of(counted)) - listed)
    if cases < MIN_TEXTS or held < MIN_HELD_CASES:
        return Part(name, cases, held, TOO_FEW, new_words=new), {}
    before = sum(_chosen_right(one, listed, listed) for one in split.held)
    after = sum(_chosen_right(one, listed, with_ours) for one in split.held)
    worse = after < before
    part = Part(
        name, cases, held, WORSE if worse else KEPT, float(before), float(after), new_words=new
    )
    return part, {} if worse else count_words(name, (one.truth for one in judged if one.truth))


def count_words(name: str, texts: Iterable[str]) -> dict[str, int]:
    """What a list keeps of confirmed texts, with counts, sorted.

    Names and streets: their folded words; places: whole, as written most often.
    """
    counts: Counter[str] = Counter()
    if name == PLACES:
        spellings: dict[str, Counter[str]] = {}
        for text in texts:
            if len(lexicon.fold(text)) >= MIN_WORD and not any(c.isdigit() for c in text):
                spellings.setdefault(lexicon.fold(text), Counter())[" ".join(text.split())] += 1
        for written in spellings.values():
            best = min(written, key=lambda word: (-written[word], word))
            counts[best] = written.total()
    else:
        for text in texts:
            words = lexicon.fold(text).split()
            counts.update(w for w in words if len(w) >= MIN_WORD and w.isalpha())
    return dict(sorted(counts.items()))


def _words_of(counted: Mapping[str, int]) -> Iterable[str]:
    return (word for text in counted for word in lexicon.fold(text).split())


def _chosen_right(one: JudgedField, listed: frozenset[str], ours: frozenset[str]) -> bool:
    """Whether the text that the words would choose among the alternatives is right.

    The alternatives' shares hold the gain of listed words already.
    """
    if not one.alternatives:
        return one.right

    def weight(candidate: tuple[str, float]) -> float:
        text, share = candidate
        gain = listed_gain(text, ours, one.kind) - listed_gain(text, listed, one.kind)
        return share * math.exp(gain)

    text, _ = max(one.alternatives, key=weight)
    first, _ = one.alternatives[0]
    if text == first:
        # Unchanged, and the value may be better than its text: a repaired spelling.
        return one.right
    chosen = JudgedField(
        one.sheet_id, one.field, one.kind, normalise(one.kind, text, "en"), one.truth,
        one.shown, one.shipped, one.engine, (), one.is_fair,
    )  # fmt: skip
    return chosen.right


# --- what is told


def as_dict(lesson: Lesson) -> dict[str, object]:
    """The lesson's figures for JSON: no word, no name."""
    return {
        "sheets": lesson.sheets,
        "judged": lesson.judged,
        "engine": lesson.engine,
        "read_by_another_engine": lesson.other_engine,
        "correction_unknown": lesson.unknown,
        "fingerprint": lesson.learned.fingerprint,
        "parts": [
            {
                "name": part.name,
                "cases": part.cases,
                "held_back": part.held,
                "verdict": part.verdict,
                "before": part.before,
                "after": part.after,
                "confidence": part.said,
                "right": part.right,
                "new_words": part.new_words,
            }
            for part in lesson.parts
        ],
    }


def as_text(lesson: Lesson) -> str:
    """The lesson's figures for people."""
    lines = [f"{lesson.judged} judged fields on {lesson.sheets} sheets"]
    if lesson.other_engine:
        lines.append(f"  left out: {lesson.other_engine} read by another recogniser")
    if lesson.unknown:
        lines.append(f"  left out: {lesson.unknown} read with a correction that is not at hand")
    tell: dict[bool, Callable[[Part], str]] = {True: _words_line, False: _kind_line}
    lines += [f"  {tell[part.new_words is not None](part)}" for part in lesson.parts]
    return "\n".join(lines)


def _kind_line(part: Part) -> str:
    start = f"confidence of {part.name}: {part.cases} cases, {part.held} held back: {part.verdict}"
    if part.before is None or part.after is None or part.said is None or part.right is None:
        return f"{start} (needs {MIN_CASES} and {MIN_HELD_CASES})"
    return (
        f"{start}; held back {100 * part.right:.1f} % right, said {100 * part.said:.1f} %; "
        f"log loss {part.before:.4f} -> {part.after:.4f}"
    )


def _words_line(part: Part) -> str:
    start = (
        f"words of {part.name}: {part.cases} confirmed texts, {part.new_words} words in no list, "
        f"{part.held} held back: {part.verdict}"
    )
    if part.before is None or part.after is None:
        return f"{start} (needs {MIN_TEXTS} and {MIN_HELD_CASES})"
    return f"{start}; of these right {part.before:.0f} -> {part.after:.0f}"
