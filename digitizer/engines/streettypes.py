"""Words for kinds of streets: a last or first word that is nearly one is one.

``Main Stret`` and ``Göttiner Stroße`` are readings of Street and Straße: of all
words of an address these come again and again. A text without such a word is set
against its own spellings with one, each by its exact probability in the lattice,
and the word counts ``GAIN`` in favour; a text that has one stays as it is. Words
of fewer than five letters are left alone: too many names are near them.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein

from digitizer.engines.decode import Decoded
from digitizer.engines.handwritten import LogProbs
from digitizer.engines.spelled import score_written

# English and French as Canada Post lists them, five letters or more; German ones,
# since the only real ink of addresses at hand is German (``training/ink.py``).
TYPES = (
    "street avenue drive crescent boulevard court place square terrace trail circle highway "
    "parkway gardens heights estates grove plaza promenade concession sideroad "
    "chemin allée impasse croissant ruelle route terrasse montée carré cours "
    "straße strasse platz gasse allee chaussee hauptstraße dorfstraße landstraße"
).split()  # fmt: skip
_LEAST_LETTERS = 5

# Word that is written onto the street's name, and letters of the name at least.
_JOINED = "straße"
_LEAST_NAME = 2

# Letters of a word for each that may be misread.
_LETTERS_A_SLIP = 3

# Natural logs. On 400 place crops (calibrate split) 2 to 8 broke none and mended
# 3 to 11; 5 is what one in 150 such words being meant as read would say.
GAIN = 5.0


def favour_types(log_probs: LogProbs, found: Sequence[Decoded]) -> tuple[Decoded, ...]:
    """Texts with the first one's likeliest spelling by a street word among them, ranked."""
    if not found:
        return ()
    best = found[0]
    scored = [(score_written(log_probs, text), text) for text in sorted(_spellings(best.text))]
    if not scored:
        return tuple(found)
    log_prob, text = max(scored)
    log_odds = log_prob + GAIN - score_written(log_probs, best.text)
    weight = best.share * float(np.exp(min(log_odds, 30.0)))
    total = weight + sum(item.share for item in found)
    ranked = [Decoded(item.text, item.log_prob, item.share / total) for item in found]
    ranked.append(Decoded(text, log_prob, weight / total))
    return tuple(sorted(ranked, key=lambda item: -item.share))


def _spellings(text: str) -> set[str]:
    """The text with its first or last word, or its end, spelled as a street word."""
    words = text.split(" ")
    lower = [word.lower() for word in words]
    if lower[-1].endswith(_JOINED):
        # German writes a small letter only where the word is joined.
        joined = len(words) > 1 and words[-1] == _JOINED
        return {f"{' '.join(words[:-1])}{_JOINED}"} if joined else set()
    if any(word in TYPES for word in lower):
        return set()
    found: set[str] = set()
    for place in {0, len(words) - 1}:
        for form in _near(words[place]):
            found.add(" ".join((*words[:place], form, *words[place + 1 :])))
    for length in (len(_JOINED) - 1, len(_JOINED), len(_JOINED) + 1):
        name, end = text[:-length], text[-length:]
        slips = Levenshtein.distance(end.lower(), _JOINED)
        if len(name) >= _LEAST_NAME and slips <= len(_JOINED) // _LETTERS_A_SLIP:
            found |= {name + _JOINED, name + _JOINED.capitalize()}
    return found


def _near(word: str) -> Iterator[str]:
    """Street words a few slips from a word, in its case."""
    for kind in TYPES:
        if len(kind) < _LEAST_LETTERS:
            continue
        slips = Levenshtein.distance(word.lower(), kind)
        if slips <= len(kind) // _LETTERS_A_SLIP:
            yield kind.upper() if word.isupper() else kind.capitalize()
            if word[:1].islower():
                yield kind
