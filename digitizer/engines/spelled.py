"""The exact probability that a lattice holds a given text."""

import unicodedata

from digitizer.engines import decode
from digitizer.engines.handwritten import ALPHABET, LogProbs


def score_written(log_probs: LogProbs, text: str) -> float:
    """Log-probability of a text, accents or none, whichever the lattice holds better.

    ``-inf`` for one with a letter that no lattice has.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    scores = [
        decode.score_text(log_probs, [ALPHABET.index(c) + 1 for c in form])
        for form in {text, plain}
        if all(c in ALPHABET for c in form)
    ]
    return max(scores, default=float("-inf"))
