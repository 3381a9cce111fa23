"""How many rows will count once a person has looked at all of them.

Model. Each row counts or not, by itself, with a probability that is a product
of one factor for each doubt about it: that the signature found (or not found)
is one, with the calibrated confidence; that a doubtful strike is none, that a
field which looks empty holds something, that a person can read what the engine
could not, that a suspected repetition is another person, with the priors
below. A text that may be misread is no doubt of this kind: the person who
corrects it counts the row all the same. Rows that a person decided are certain.

The factors are estimates and err together: were signatures harder to tell on
these sheets than on those of the calibration, they would be so on all of them.
So each kind of doubt has one common shift, normal on the logit scale, and the
interval is as much wider as that makes it (independent rows alone would give a
Poisson-binomial count, whose interval is far too narrow for 10,000 rows).

Rows that the program decided by itself can be wrong, too. Half of the draws
take them as they are and half let them err by their confidence, so that the
interval neither leaves out what the program says nor trusts it blindly.

People who signed twice and whom the search did not find are counted twice. How
many they are nobody sees; it follows from how many were found and from the share
that the search finds on sheets where the truth is known (``draw_missed``).

The distribution is simulated with a fixed seed: the same rows give the same
interval. The interval is for the rows found on pages that were read: a page
that failed, and a signer on a row taken for blank, are not in it.
"""

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from digitizer.persons import linkage_splink
from digitizer.persons.linkage_model import EXPECTED_REPEATS
from digitizer.records import FieldKind, FieldState, FieldValue, RowStatus, Signature
from digitizer.workspace.decisions import DIFFERS, ROW_REASONS, STATUS
from digitizer.workspace.judging import DITTO_POLICY, DITTO_REJECTED, OUTSIDE
from digitizer.workspace.stored import RecordRow

# Share of the simulated counts inside the interval.
COVERAGE = 0.95
DRAWS = 4000
SEED = 20_251
# Digits kept of a factor's logit: rows that differ by less are drawn together,
# which moves a probability of 0.9 by 0.004 at most.
LOGIT_STEP = 0.1
# No confidence is taken for more than this: beyond it lie fewer errors than
# any calibration set holds cells to count them on.
MAX_CONFIDENCE = 0.9998


class Doubt(StrEnum):
    """Kinds of doubt; those of a kind err together."""

    SIGNATURE = "signature"
    STRIKE = "strike"
    MISSING = "missing"
    LEGIBLE = "legible"
    REPEATED = "repeated"
    ROW = "row"


# Standard deviation of the common shift, on the logit scale. Signatures have a
# calibrated confidence: 0.5 takes 0.99 to between 0.974 and 0.996. The other
# factors are guesses until people reviewed some rows: 1 takes 0.5 to between
# 0.27 and 0.73.
SHIFT = {doubt: 0.5 if doubt is Doubt.SIGNATURE else 1.0 for doubt in Doubt}

# Priors, in want of a measurement: that the row counts in spite of the doubt.
# All of the 5 doubtful strikes on 120 drawn sheets were strikes (``benchmarks/rules.py``);
# real pages have other strokes than drawn ones.
DOUBTFUL_STRIKE_COUNTS = 0.2
SURE_STRIKE_COUNTS = 0.01
EMPTY_IS_FILLED = 0.01
DOUBTFUL_EMPTY_IS_FILLED = 0.8
UNREAD_IS_LEGIBLE = 0.9
ILLEGIBLE_IS_LEGIBLE = 0.5
# Of what is suggested 6 in 100 are others on the population of
# ``benchmarks/linkage.py``, and 1 of 53 on drawn sheets.
SUSPECT_IS_ANOTHER = 0.06
SURE_REPEAT_IS_ANOTHER = 0.005
UNRESOLVED_DITTO_COUNTS = 0.8
OTHERWISE_DOUBTFUL_COUNTS = 0.9
REJECTED_COUNTS = 0.01
FLAGGED_DITTO_COUNTS = 0.95
# Two people entered a field without which a row does not count differently; most
# differ by a letter, and whoever settles it seldom finds the cell empty.
DIFFERING_COUNTS = 0.98
SEEMS_OUTSIDE_COUNTS = 0.3
# Whatever else is wrong with a row that nothing is said about: stray ink taken
# for a signer, a strike nobody saw, two people in one row. On 140 drawn sheets it
# was 2 of 934 rows: a strike over name and address, a signature that was a ditto.
PENDING_ROW_COUNTS = 0.998
CLEAN_ROW_COUNTS = 0.999
UNCLEAR_SIGNATURE = 0.5

# Second signatures that the search found, of those there were on 140 sheets drawn
# with real ink (calibrate and test split), with the extra "linkage" and without
# it: docs/design/issue-5-linkage.md.
FOUND_BY_LINKAGE = (52, 56)
FOUND_BY_EXACT_KEYS = (11, 56)
# Signatures that the guess of how often people sign twice is worth, beside what
# was found: half of one, so that little is needed to overrule it.
PRIOR_REPEATS = 0.5

# Fields without which a row is nobody's, whatever the profile.
_NEEDED_KINDS = frozenset({FieldKind.NAME, FieldKind.ADDRESS})

Draws = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, order=True)
class Chance:
    """What is uncertain about a row: logits of its factors; ``pending``: not decided yet."""

    pending: bool
    factors: tuple[tuple[Doubt, float], ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of the final count that hold it with probability ``COVERAGE``.

    ``missed``: how many second signatures are expected that nobody found; they
    are taken off already.
    """

    low: int
    high: int
    expected: float
    missed: float = 0.0


class Outlook:
    """Collects rows and tells what their final count may be."""

    def __init__(self, *, once: bool = True) -> None:
        """Begin with no rows. ``once``: whether a person who signs twice counts once."""
        self.certain = 0
        self.chances: dict[Chance, int] = {}
        self.once = once

    def add(self, record: RecordRow) -> None:
        """Add a row."""
        chance = row_chance(record)
        if isinstance(chance, bool):
            self.certain += chance
        else:
            self.chances[chance] = self.chances.get(chance, 0) + 1

    def interval(self) -> Interval:
        """The interval for the final count."""
        drawn, missed = self._drawn()
        tail = (1 - COVERAGE) / 2
        return Interval(
            int(np.quantile(drawn, tail, method="lower")),
            int(np.quantile(drawn, 1 - tail, method="higher")),
            float(drawn.mean()),
            float(missed.mean()),
        )

    def probability_of(self, minimum: int) -> float:
        """Probability that at least ``minimum`` rows will count."""
        return float(np.mean(self._drawn()[0] >= minimum))

    def _drawn(self) -> tuple[Draws, Draws]:
        """Final counts, and second signatures missed, of each draw."""
        chances = tuple(sorted(self.chances.items()))
        counts = _drawn(chances) + self.certain
        if not self.once:
            return counts, np.zeros_like(counts)
        rows = self.certain + sum(self.chances.values())
        missed = np.minimum(_missed(round(repeats_found(self.chances), 1), rows), counts)
        return counts - missed, missed


def row_chance(record: RecordRow) -> Chance | bool:
    """What is uncertain about a row, or whether it counts where nothing is."""
    if record.status is RowStatus.BLANK or record.sheet.duplicate_of is not None:
        return STATUS in record.decided and record.status is RowStatus.COUNTED
    if STATUS in record.decided and record.status is RowStatus.DUPLICATE:
        # Does not count; kept because it tells how often people sign twice.
        return Chance(False, ((Doubt.REPEATED, _logit(0.0)),))
    if STATUS in record.decided and record.status is not RowStatus.REVIEW:
        return record.status is RowStatus.COUNTED
    # One doubt shows in several fields (a ditto in all of its cell): it is one factor.
    factors = [(doubt, _logit(p)) for doubt, p in _factors(record)]
    return Chance(record.status is RowStatus.REVIEW, tuple(sorted(set(factors))))


def draw_counts(
    chances: Mapping[Chance, int],
    *,
    seed: int = SEED,
    draws: int = DRAWS,
    shift: Mapping[Doubt, float] = SHIFT,
    errs: float = 0.5,
) -> Draws:
    """Simulated numbers of rows that count, (draws,).

    ``shift``: standard deviation of each doubt's common shift. ``errs``: share
    of draws in which rows decided by the program may be wrong.
    """
    rng = np.random.default_rng(seed)
    shifts = {doubt: shift[doubt] * rng.standard_normal(draws) for doubt in Doubt}
    may_err = np.arange(draws) < round(errs * draws)
    total = np.zeros(draws, dtype=np.int64)
    for chance, rows in sorted(chances.items()):
        probability = np.ones(draws)
        for doubt, logit in chance.factors:
            probability = probability / (1 + np.exp(-logit - shifts[doubt]))
        if not chance.pending:
            as_decided = float(math.prod(_sigmoid(logit) for _, logit in chance.factors) >= 0.5)
            probability = np.where(may_err, probability, as_decided)
        total += rng.binomial(rows, probability)
    return total


def repeats_found(chances: Mapping[Chance, int]) -> float:
    """How many of the rows are expected to be somebody's second, found or suspected."""
    return sum(
        rows * (1 - _sigmoid(logit))
        for chance, rows in chances.items()
        for doubt, logit in chance.factors
        if doubt is Doubt.REPEATED
    )


def draw_missed(
    found: float, rows: int, recall: tuple[int, int], *, seed: int = SEED, draws: int = DRAWS
) -> Draws:
    """Simulated numbers of second signatures that were not found, (draws,).

    ``found`` were, among ``rows``; ``recall``: how many the search found of how many
    where the truth is known. Second signatures are taken as Poisson; their rate has
    a Gamma prior about ``EXPECTED_REPEATS``, the recall Jeffreys' Beta posterior.
    """
    rng = np.random.default_rng(seed + 1)
    if rows == 0:
        return np.zeros(draws, dtype=np.int64)
    share = rng.beta(recall[0] + 0.5, recall[1] - recall[0] + 0.5, draws)
    prior = PRIOR_REPEATS / (EXPECTED_REPEATS * rows)
    rate = rng.gamma(PRIOR_REPEATS + found, 1.0, draws) / (prior + share)
    return np.minimum(rng.poisson(rate * (1 - share)), rows)


def _factors(record: RecordRow) -> Iterable[tuple[Doubt, float]]:
    pending = record.status is RowStatus.REVIEW
    struck = any(f.reason == "struck" for f in record.row_findings)
    if record.status is RowStatus.STRUCK:
        yield Doubt.STRIKE, SURE_STRIKE_COUNTS
        return
    if record.status is RowStatus.DUPLICATE:
        yield Doubt.REPEATED, SURE_REPEAT_IS_ANOTHER
        return
    if record.status is RowStatus.ILLEGIBLE:
        yield Doubt.LEGIBLE, ILLEGIBLE_IS_LEGIBLE
        return
    yield Doubt.ROW, PENDING_ROW_COUNTS if pending else CLEAN_ROW_COUNTS
    if any(f.reason == f"{f.field}-missing" for f in record.row_findings):
        yield Doubt.MISSING, EMPTY_IS_FILLED
    if struck and pending:
        yield Doubt.STRIKE, DOUBTFUL_STRIKE_COUNTS
    elif any(f.blocks for f in record.row_findings):
        yield Doubt.ROW, OTHERWISE_DOUBTFUL_COUNTS
    for value in record.fields:
        if value.field in record.decided:
            yield from _decided_factors(value)
            if value.kind is FieldKind.SIGNATURE and value.value != Signature.PRESENT:
                yield Doubt.SIGNATURE, REJECTED_COUNTS
        elif value.kind is FieldKind.SIGNATURE:
            yield Doubt.SIGNATURE, _signed(value)
        else:
            yield from _text_factors(value)


def _decided_factors(value: FieldValue) -> Iterable[tuple[Doubt, float]]:
    """What stays open of a field that a person decided."""
    reasons = {f.reason: f.blocks for f in value.findings}
    if OUTSIDE in reasons or DITTO_REJECTED in reasons or f"{value.field}-missing" in reasons:
        # The person saw it, and so the profile says no.
        yield Doubt.MISSING, REJECTED_COUNTS
    if DIFFERS in reasons and value.kind in _NEEDED_KINDS:
        yield Doubt.LEGIBLE, DIFFERING_COUNTS
    if any(f.reason in ROW_REASONS and f.blocks for f in value.findings):
        yield Doubt.REPEATED, SUSPECT_IS_ANOTHER


def _text_factors(value: FieldValue) -> Iterable[tuple[Doubt, float]]:
    reasons = {f.reason: f.blocks for f in value.findings}
    if any(reason in ROW_REASONS and blocks for reason, blocks in reasons.items()):
        yield Doubt.REPEATED, SUSPECT_IS_ANOTHER
    if DITTO_REJECTED in reasons:
        yield Doubt.MISSING, REJECTED_COUNTS
    elif DITTO_POLICY in reasons:
        yield Doubt.MISSING, FLAGGED_DITTO_COUNTS
    if OUTSIDE in reasons:
        yield Doubt.ROW, SEEMS_OUTSIDE_COUNTS if reasons[OUTSIDE] else REJECTED_COUNTS
    if reasons.get("ditto-unresolved"):
        yield Doubt.MISSING, UNRESOLVED_DITTO_COUNTS
    elif value.state is FieldState.UNREAD and value.kind in _NEEDED_KINDS:
        yield Doubt.LEGIBLE, UNREAD_IS_LEGIBLE
    missing = reasons.get(f"{value.field}-missing")
    if missing is not None:
        yield Doubt.MISSING, DOUBTFUL_EMPTY_IS_FILLED if missing else EMPTY_IS_FILLED


def _signed(value: FieldValue) -> float:
    """Probability that a signature stands in the cell."""
    if value.value == Signature.PRESENT and value.confidence is not None:
        return value.confidence
    if value.value == Signature.ABSENT and value.confidence is not None:
        return 1 - value.confidence
    return UNCLEAR_SIGNATURE


def _logit(probability: float) -> float:
    """Logit in steps of ``LOGIT_STEP``."""
    inside = min(max(probability, 1 - MAX_CONFIDENCE), MAX_CONFIDENCE)
    return round(round(math.log(inside / (1 - inside)) / LOGIT_STEP) * LOGIT_STEP, 6)


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


@functools.lru_cache(maxsize=1024)
def _drawn(chances: tuple[tuple[Chance, int], ...]) -> Draws:
    # Most sheets are alike: ten clean rows are simulated once.
    return draw_counts(dict(chances))


@functools.lru_cache(maxsize=1024)
def _missed(found: float, rows: int) -> Draws:
    recall = FOUND_BY_LINKAGE if linkage_splink.installed() else FOUND_BY_EXACT_KEYS
    return draw_missed(found, rows, recall)
