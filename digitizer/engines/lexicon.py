"""Known names and places: a prior for choosing among readings, never a filter.

The lists hold 37,000 given and family names of many countries and 3,500
Canadian places. A text whose words are listed gains a little over one whose
words are not; half of all real names are in no list, and stay readable. An
office adds what people confirmed in its review (``adding``).
"""

import contextlib
import unicodedata
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache

from rapidfuzz import fuzz, process

from digitizer.engines.datafiles import read_data


@dataclass(frozen=True, slots=True, eq=False)
class Additions:
    """What an office's own review adds to the lists.

    ``name_words`` and ``place_words`` are folded; ``places`` maps a folded
    place to its usual spelling and weight, as ``known_places``.
    """

    name_words: frozenset[str] = frozenset()
    place_words: frozenset[str] = frozenset()
    places: Mapping[str, tuple[str, float]] = field(default_factory=dict)


_NOTHING = Additions()
_added: ContextVar[Additions] = ContextVar("added words", default=_NOTHING)


@contextlib.contextmanager
def adding(additions: Additions) -> Iterator[None]:
    """While it lasts, the lists hold these words as well (in this thread of work)."""
    token = _added.set(additions)
    try:
        yield
    finally:
        _added.reset(token)


def fold(text: str) -> str:
    """Capitals without accents; hyphens, dots and apostrophes as spaces."""
    plain = unicodedata.normalize("NFKD", text)
    letters = "".join(c for c in plain if not unicodedata.combining(c)).upper()
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split())


def _lines(name: str) -> list[str]:
    return read_data(name).decode().splitlines()


@cache
def known_names() -> frozenset[str]:
    """Given and family names as listed."""
    return frozenset(_lines("names.txt.gz"))


def name_words() -> frozenset[str]:
    """Words of all known names, folded."""
    return _name_words(_added.get())


@cache
def _name_words(added: Additions) -> frozenset[str]:
    if added is not _NOTHING:
        return _name_words(_NOTHING) | added.name_words
    return frozenset(word for name in known_names() for word in fold(name).split())


def known_places() -> Mapping[str, tuple[str, float]]:
    """Folded Canadian place -> its usual spelling and weight, 1 for a village to 5."""
    return _known_places(_added.get())


@cache
def _known_places(added: Additions) -> Mapping[str, tuple[str, float]]:
    if added is not _NOTHING:
        # What the lists know keeps its spelling and weight, unless the office's is heavier.
        found = dict(_known_places(_NOTHING))
        for key, (name, weight) in added.places.items():
            if key not in found or found[key][1] < weight:
                found[key] = found[key][0] if key in found else name, weight
        return found
    listed: dict[str, tuple[str, float]] = {}
    for line in _lines("places.txt.gz"):
        name, plain_weight = line.split("\t")
        key = fold(name)
        if key and (key not in listed or listed[key][1] < float(plain_weight)):
            listed[key] = name, float(plain_weight)
    return listed


def place_words() -> frozenset[str]:
    """Words of all known places, folded."""
    return _place_words(_added.get())


@cache
def _place_words(added: Additions) -> frozenset[str]:
    if added is not _NOTHING:
        return _place_words(_NOTHING) | added.place_words
    return frozenset(word for place in _known_places(_NOTHING) for word in place.split())


def nearest_place(folded: str) -> tuple[str, float]:
    """The most alike Canadian place (folded) and its likeness, 0 to 100."""
    if folded in known_places():
        return folded, 100.0
    found = process.extractOne(folded, tuple(known_places()), scorer=fuzz.ratio, score_cutoff=60)
    return (str(found[0]), float(found[1])) if found else ("", 0.0)


def near_places(folded: str, limit: int) -> list[str]:
    """Folded Canadian places most alike, best first."""
    found = process.extract(
        folded, tuple(known_places()), scorer=fuzz.ratio, score_cutoff=60, limit=limit
    )
    return [str(entry[0]) for entry in found]


def listed_share(text: str, words: frozenset[str]) -> float:
    """Share of a text's words of two letters or more that are listed; 0 without any."""
    parts = bare_words(text)
    return sum(word in words for word in parts) / len(parts) if parts else 0.0


def bare_words(text: str) -> list[str]:
    """A text's words of two letters or more, folded."""
    return [word for word in fold(text).split() if len(word) > 1 and not word.isdigit()]
