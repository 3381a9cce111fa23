"""Known names and places: a prior for choosing among readings, never a filter.

The lists hold 37,000 given and family names of many countries and 3,500
Canadian places. A text whose words are listed gains a little over one whose
words are not; half of all real names are in no list, and stay readable.
"""

import gzip
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from rapidfuzz import fuzz, process


def fold(text: str) -> str:
    """Capitals without accents; hyphens, dots and apostrophes as spaces."""
    plain = unicodedata.normalize("NFKD", text)
    letters = "".join(c for c in plain if not unicodedata.combining(c)).upper()
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split())


def _lines(name: str) -> list[str]:
    packed = (files("digitizer.engines") / "data" / name).read_bytes()
    return gzip.decompress(packed).decode().splitlines()


@cache
def known_names() -> frozenset[str]:
    """Given and family names as listed."""
    return frozenset(_lines("names.txt.gz"))


@cache
def name_words() -> frozenset[str]:
    """Words of all known names, folded."""
    return frozenset(word for name in known_names() for word in fold(name).split())


@cache
def known_places() -> Mapping[str, tuple[str, float]]:
    """Folded Canadian place -> its usual spelling and weight, 1 for a village to 5."""
    found: dict[str, tuple[str, float]] = {}
    for line in _lines("places.txt.gz"):
        name, weight = line.split("\t")
        key = fold(name)
        if key and (key not in found or found[key][1] < float(weight)):
            found[key] = name, float(weight)
    return found


@cache
def place_words() -> frozenset[str]:
    """Words of all known places, folded."""
    return frozenset(word for place in known_places() for word in place.split())


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
    parts = [w for w in fold(text).split() if len(w) > 1 and not w.isdigit()]
    return sum(w in words for w in parts) / len(parts) if parts else 0.0
