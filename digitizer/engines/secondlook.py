"""A second look at words in doubt: the same lines slanted a little, both answers averaged.

The recogniser errs on other letters where a line leans otherwise. Of 990 places (calibrate
split) nearly all that two looks win or lose had been read with less than ``UNSURE``, a fifth of
them, so the others are looked at once: 17 won, 7 lost. Codes, numbers and dates win nothing,
names and emails next to nothing; more looks win no more (docs/design/issue-4-reading.md).
"""

from collections.abc import Sequence

import numpy as np

from digitizer.engines.handwritten import LogProbs, Recogniser
from digitizer.records import FieldKind, Pixels, Reading

# Kinds of free words, which no grammar binds.
WORDS = {FieldKind.ADDRESS, FieldKind.CITY, FieldKind.TEXT}
# Raw confidence below which words are looked at again.
UNSURE = 0.6
# How far the second look leans to the right, as a share of the line's height.
SLANT = 0.08


class TwoLooks:
    """A recogniser that looks at each line as it is and slanted."""

    def __init__(self, recogniser: Recogniser) -> None:
        """``recogniser``: what looks."""
        self._recogniser = recogniser

    def logits(self, lines: Sequence[Pixels]) -> list[LogProbs]:
        """As ``Recogniser.logits``: of each line the mean of two looks."""
        straight = self._recogniser.logits(lines)
        slanted = self._recogniser.logits(lines, slant=SLANT)
        return [_mean(one, other) for one, other in zip(straight, slanted, strict=True)]


def has_unsure_words(readings: Sequence[Reading]) -> bool:
    """Whether words among the readings of a cell are worth a second look."""
    return any(r.kind in WORDS and r.text and r.raw_confidence < UNSURE for r in readings)


def with_words_of(readings: tuple[Reading, ...], again: Sequence[Reading]) -> tuple[Reading, ...]:
    """The readings of a cell, their words as a second look read them.

    All as they were where that gave the ink to other fields.
    """
    found = {reading.field: reading for reading in again}
    if found.keys() != {reading.field for reading in readings}:
        return readings
    return tuple(found[r.field] if r.kind in WORDS else r for r in readings)


def _mean(one: LogProbs, other: LogProbs) -> LogProbs:
    """The geometric mean of two distributions at each step, normalised."""
    mean = (one + other) / 2.0
    total = np.log(np.exp(mean).sum(axis=1, keepdims=True))
    return np.asarray(mean - total, np.float32)
