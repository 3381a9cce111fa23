"""A city, read with the list of Canadian places as a prior.

A listed place takes over only where its exact probability, helped by its prior,
beats that of the text as decoded: "Loval" whose o may be an a is Laval, and a
town in no list that is clearly written stays. Figures count for the letters they
look like, since hardly any place has one: "0ttawa" is Ottawa, however sure the 0.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from digitizer.engines import grammars, lexicon
from digitizer.engines.handwritten import ALPHABET, LogProbs
from digitizer.engines.reading import (
    ALTERNATIVES,
    Lattice,
    free_log_prob,
    read_lattice,
    with_evidence,
)
from digitizer.engines.regions import load_regions, towns_of_areas
from digitizer.engines.spelled import score_written
from digitizer.records import Candidate, FieldKind, Reading

# Natural logs: what an unlisted place has to be better by, the gain of the
# postal code's own place, and its weight where the list lacks it.
_UNLISTED = -2.5
_HOME_BONUS = 2.5
_HOME_WEIGHT = 2.0

# Listed places most alike to the text as read that are tried.
_TRIED = 6

# Greatest margin of a reading over the next, in natural logs; the same as elsewhere.
_MOST_MARGIN = 30.0

# Letters that figures in a place's name are; of two that look alike the one more names have.
_AS_LETTERS = str.maketrans("01245689", "OIZASGBG")

# Letters that a figure may be in a listed place, and the share of its probability that
# counts for each of them.
_FIGURE_SHARE = 0.3
_FIGURES: Mapping[str, str] = {
    "0": "Oo", "1": "IiLl", "2": "Zz", "3": "Ee", "4": "Aa", "5": "Ss", "6": "GbCc",
    "7": "TF", "8": "BS", "9": "ga",
}  # fmt: skip


def read_town(lattice: Lattice, field: str, code: str = "") -> Reading:
    """Read a city: as decoded, or as a listed place the lattice holds as well.

    ``code``: the signer's postal code, or empty: what its area is called and the towns that
    people there name (``regions``) count as likely.
    Evidence ``listed``: 1 where the text is a listed place; ``replaced``: 1 where it is
    one that took over. The text as written is then the first alternative after it.
    """
    reading = read_lattice(lattice, field, FieldKind.CITY)
    if not reading.text:
        return reading
    folded = lexicon.fold(reading.text)
    gains = _gains(code[:3])
    names = _near(lexicon.fold(as_letters(reading.text)), gains)
    own = names.get(folded)
    written = score_written(lattice.log_probs, reading.text)
    written += _prior(own[1]) + gains.get(folded, 0.0) if own else _UNLISTED
    lettered = _lettered(lattice.log_probs)
    best, chosen, letters = written, None, 0.0
    for key, (name, weight) in names.items():
        if key == folded:
            continue
        spelled = max(score_written(lettered, form) for form in (name, name.upper(), name.lower()))
        score = spelled + _prior(weight) + gains.get(key, 0.0)
        if score > best:
            best, chosen, letters = score, name, spelled
    if chosen is None:
        return with_evidence(reading, {"listed": float(own is not None), "replaced": 0.0})
    text = chosen.upper() if reading.text.isupper() else chosen
    return _replaced(reading, lattice, text, best - written, letters)


def as_letters(text: str) -> str:
    """A text with letters for figures in words that are mostly letters: R1MOUSKI, 09den.

    "4B" and "12A" stay: they number a flat.
    """
    return " ".join(
        word.translate(_AS_LETTERS)
        if len(word) >= 3 and 2 * sum(c.isdigit() for c in word) < len(word)
        else word
        for word in text.split()
    )


@cache
def _gains(area: str) -> Mapping[str, float]:
    """Folded places that a postal area makes likelier: by how much, in natural logs."""
    regions = load_regions()
    gains = {}
    if area in regions.areas:
        at = regions.areas.index(area)
        for town, _ in towns_of_areas().get(at, ()):
            gains[town] = min(_HOME_BONUS, math.log(float(regions.of_town(town)[at])))
    home = grammars.places_by_fsa().get(area, "")
    if home:
        gains[lexicon.fold(home)] = _HOME_BONUS
    return {town: gain for town, gain in gains.items() if gain > 0.0}


def _near(folded: str, gains: Mapping[str, float]) -> dict[str, tuple[str, float]]:
    """Listed places alike, and those a code makes likelier: folded -> spelling and weight."""
    known = lexicon.known_places()
    near = (*lexicon.near_places(folded, _TRIED), *gains)
    return {place: known.get(place, (place.title(), _HOME_WEIGHT)) for place in near}


def _replaced(
    reading: Reading, lattice: Lattice, text: str, lead: float, log_prob: float
) -> Reading:
    """A reading with a listed place in front, and what the ink says of that text.

    ``lead``: natural log of how much likelier it is than the text as written;
    ``log_prob``: of its letters alone, which is what its evidence is made of.
    """
    margin = min(_MOST_MARGIN, lead)
    first = reading.alternatives[0].confidence * float(np.exp(margin))
    others = [c for c in reading.alternatives if c.text != text]
    rest = max(0.0, 1.0 - sum(c.confidence for c in reading.alternatives))
    found = _shares([Candidate(text, first), *others], rest)[:ALTERNATIVES]
    mean = log_prob / max(1, len(text))
    evidence = {
        "listed": 1.0,
        "replaced": 1.0,
        "share": found[0].confidence,
        "margin": margin,
        "log_prob": log_prob,
        "log_prob_mean": mean,
        "bind_cost": free_log_prob(lattice) - log_prob,
        "greedy_agrees": float(lexicon.fold(reading.greedy) == lexicon.fold(text)),
        "rival": 0.0,
    }
    raw = found[0].confidence * float(np.exp(min(0.0, mean)))
    better = replace(reading, text=text, raw_confidence=min(1.0, raw), alternatives=found)
    return with_evidence(better, evidence)


def _shares(weighed: Sequence[Candidate], rest: float) -> tuple[Candidate, ...]:
    """Candidates whose confidences, with the ``rest`` of those not kept, sum to 1."""
    total = sum(c.confidence for c in weighed) + rest
    return tuple(Candidate(c.text, c.confidence / total) for c in weighed)


def _lettered(log_probs: LogProbs) -> LogProbs:
    """A lattice in which figures count for the letters they look like, too."""
    chances = np.exp(log_probs)
    for figure, letters in _FIGURES.items():
        share = _FIGURE_SHARE * chances[:, ALPHABET.index(figure) + 1]
        for letter in letters:
            chances[:, ALPHABET.index(letter) + 1] += share
    return np.asarray(np.log(chances), np.float32)


def _prior(weight: float) -> float:
    return float(np.log(weight))
