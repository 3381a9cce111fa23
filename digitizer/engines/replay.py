"""A recogniser that answers from a list, for tests and for looking at decoding alone.

Texts are keyed by the hash of a line's pixels. The lattice it gives is what a
sure recogniser would say: each character for one step, a blank after it.
"""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from digitizer.engines.handwritten import ALPHABET, LogProbs
from digitizer.records import Pixels

# Probability of the character said; all others share the rest.
SURE = 0.98


def crop_key(pixels: Pixels) -> str:
    """Hash of a crop's shape and pixels."""
    digest = hashlib.sha256(repr(pixels.shape).encode())
    digest.update(np.ascontiguousarray(pixels).tobytes())
    return digest.hexdigest()


def lattice_of(text: str, *, sure: float = SURE) -> LogProbs:
    """A lattice that spells ``text``; (2 * len(text) or 1, columns) log-probabilities.

    Raises ``ValueError`` for a character that is not in ``ALPHABET``.
    """
    columns = len(ALPHABET) + 1
    said = [c for character in text for c in (ALPHABET.index(character) + 1, 0)] or [0]
    table = np.full((len(said), columns), (1.0 - sure) / (columns - 1))
    table[np.arange(len(said)), said] = sure
    return np.asarray(np.log(table), np.float32)


class ReplayRecogniser:
    """Answers ``logits`` from texts by crop; an unknown crop holds nothing."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """``texts``: ``crop_key`` of a line -> what it says."""
        self._texts = dict(texts)

    def logits(self, lines: Sequence[Pixels]) -> list[LogProbs]:
        """Lattices of the lines."""
        return [lattice_of(self._texts.get(crop_key(line), "")) for line in lines]
