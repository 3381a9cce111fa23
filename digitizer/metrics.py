"""How good readings are: error rates, straight-through rate, calibration. No I/O.

Rates come with 95 % intervals after Wilson, which stay within 0 and 1 and make
sense for few cases and for none gone wrong. They take cases as independent;
fields by one writer are not, so the true uncertainty is somewhat larger.
"""

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

# Standard deviations that hold 95 % of a normal distribution.
Z_95 = 1.959964

# Bins of the calibration error: of equal width, as most publications use.
CALIBRATION_BINS = 10


@dataclass(frozen=True, slots=True)
class Rate:
    """``hits`` of ``cases``, and the 95 % interval of the true rate."""

    hits: int
    cases: int

    @property
    def value(self) -> float | None:
        """The rate, or None without cases."""
        return self.hits / self.cases if self.cases else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval; (0, 1) without cases."""
        return wilson_interval(self.hits, self.cases)


@dataclass(frozen=True, slots=True)
class Judged:
    """A value as believed, beside the truth; both in the form to be compared.

    ``accepted``: it went through without a person; ``confidence`` None where
    there is no value.
    """

    value: str
    truth: str
    accepted: bool
    confidence: float | None = None

    @property
    def right(self) -> bool:
        """Whether value and truth are the same."""
        return self.value == self.truth


@dataclass(frozen=True, slots=True)
class StraightThrough:
    """Share of values accepted without a person, and share of wrong ones among them.

    Neither says anything without the other: accepting everything, or nothing,
    makes one of them perfect.
    """

    accepted: Rate
    wrong: Rate


def wilson_interval(hits: int, cases: int, z: float = Z_95) -> tuple[float, float]:
    """Interval of the true rate behind ``hits`` of ``cases``; (0, 1) for no cases.

    Raises ValueError where ``hits`` is not within 0 and ``cases``.
    """
    if not 0 <= hits <= cases:
        raise ValueError(f"{hits} of {cases} is no rate")
    if cases == 0:
        return 0.0, 1.0
    rate = hits / cases
    centre = rate + z * z / (2 * cases)
    spread = z * math.sqrt(rate * (1 - rate) / cases + z * z / (4 * cases * cases))
    whole = 1 + z * z / cases
    low = 0.0 if hits == 0 else max(0.0, (centre - spread) / whole)
    high = 1.0 if hits == cases else min(1.0, (centre + spread) / whole)
    return low, high


def character_error_rate(pairs: Iterable[tuple[str, str]]) -> float | None:
    """Edits per character of the truth over (value, truth) pairs.

    May exceed 1; None where the truth holds no characters at all.
    """
    return _error_rate((value, truth) for value, truth in pairs)


def word_error_rate(pairs: Iterable[tuple[str, str]]) -> float | None:
    """Edits in whole words per word of the truth, as ``character_error_rate``."""
    return _error_rate((value.split(), truth.split()) for value, truth in pairs)


def _error_rate(pairs: Iterable[tuple[Sequence[str], Sequence[str]]]) -> float | None:
    edits = length = 0
    for value, truth in pairs:
        edits += Levenshtein.distance(value, truth)
        length += len(truth)
    return edits / length if length else None


def straight_through(judged: Iterable[Judged]) -> StraightThrough:
    """How many values pass without a person, and how many of those are wrong."""
    cases = accepted = wrong = 0
    for one in judged:
        cases += 1
        accepted += one.accepted
        wrong += one.accepted and not one.right
    return StraightThrough(Rate(accepted, cases), Rate(wrong, accepted))


def exact_match(judged: Iterable[Judged]) -> Rate:
    """How many values are right."""
    outcomes = [one.right for one in judged]
    return Rate(sum(outcomes), len(outcomes))


def calibration_error(
    confidences: Sequence[float], right: Sequence[bool], bins: int = CALIBRATION_BINS
) -> float | None:
    """Expected calibration error: mean gap of confidence and accuracy, by bins.

    ``confidences`` (N,) within 0..1, ``right`` (N,). 0 is perfect; None for N = 0.
    Raises ValueError for lengths that differ.
    """
    if len(confidences) != len(right):
        raise ValueError(f"{len(confidences)} confidences for {len(right)} outcomes")
    if not confidences:
        return None
    gaps = [0.0] * bins
    for confidence, outcome in zip(confidences, right, strict=True):
        # Summed before taking the size: a bin's mean confidence against its accuracy.
        gaps[min(bins - 1, int(confidence * bins))] += confidence - outcome
    return sum(abs(gap) for gap in gaps) / len(confidences)


def chance_calibration_error(
    confidences: Sequence[float], bins: int = CALIBRATION_BINS, draws: int = 200, seed: int = 0
) -> float | None:
    """Expected calibration error of so many readings whose confidences hold to the letter.

    The mean over ``draws`` of outcomes drawn with these chances: with few readings the
    gap is never 0. None for no confidences.
    """
    if not confidences:
        return None
    rng = random.Random(seed)
    total = 0.0
    for _ in range(draws):
        right = [rng.random() < confidence for confidence in confidences]
        total += calibration_error(confidences, right, bins) or 0.0
    return total / draws
