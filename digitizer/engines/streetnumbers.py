"""Figures and letters of a street address, where their place tells which they are.

``l23 Main St`` is 123, ``Apt 5O2`` is 502, ``44 Bank 5t`` ends in St: a number stands
first, behind ``#`` or behind a word for a unit, and words for kinds of streets hold no
figures. A text is set against its spellings with figures (or letters) there, each by its
probability in the lattice or by how often such a letter is that figure, whichever is
more. Only words that hold a figure already are spelled anew: ``Io`` stays a name
wherever it stands, and ``12B`` a house of its own.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from digitizer.engines.decode import Decoded
from digitizer.engines.handwritten import LogProbs
from digitizer.engines.lexicon import fold
from digitizer.engines.spelled import score_written

# Letters no house or unit is named with beside its number, because they look like figures.
_FIGURES = {"I": "1", "l": "1", "i": "1", "|": "1", "!": "1", "O": "0", "o": "0",
            "S": "5", "s": "5", "Z": "2", "z": "2"}  # fmt: skip
# Letters that may be meant; between figures the lattice decides, a little in favour of figures.
_BETWEEN = {
    "B": "8",
    "G": "6",
    "b": "6",
    "g": "9",
    "q": "9",
    "D": "0",
    "Q": "0",
    "A": "4",
    "T": "7",
}
_LETTERS = {"0": "o", "1": "li", "3": "e", "4": "a", "5": "s", "6": "b", "8": "b", "9": "g"}

# Words behind which a number stands.
_UNITS = frozenset(
    "APT APARTMENT APP APPT APPARTEMENT UNIT UNITE SUITE STE BUR BUREAU NO NUMBER NUMERO LOT ROOM "
    "RM LOCAL PH BOX CP RR HWY HIGHWAY RTE ROUTE CONCESSION CON".split()
)
# Kinds of streets, short ones as well, and directions.
_TYPES = frozenset(
    "ST STREET AVE AV AVENUE RD ROAD DR DRIVE BLVD BOUL BOULEVARD BD CRES CRESCENT CRT CT COURT LN "
    "LANE PL PLACE CIR CIRCLE WAY TERR TERRACE SQ SQUARE PKWY HWY TRAIL GATE RUE CH CHEMIN RANG "
    "ROUTE RTE ALLEE IMPASSE MONTEE".split()
)
_FRENCH_TYPES = frozenset("RUE BOUL BOULEVARD AV AVENUE CH CHEMIN PLACE RANG".split())
_ORDINAL = re.compile(r"[0-9]+(?:st|nd|rd|th|e|er|re|ere|ieme|eme)", re.IGNORECASE)
_NUMBER = re.compile(r"#?[0-9]+(?:[-/][0-9]+)*[A-Za-z]?,?")

# Share of letters that are the figure they look like, where nothing was measured.
_SHARE = 0.3

# Natural logs in favour of a figure in a number, of one between two figures that is no
# usual slip, and of a letter in a street word: what is read there otherwise is nearly
# always a slip, but a lattice that is sure of a B keeps it.
GAIN = 2.5
GAIN_BETWEEN = 2.0

# Words of one text that are spelled anew.
_MOST_WORDS = 3

_MARKS = ".,;()#"


def favour_streets(
    log_probs: LogProbs, found: Sequence[Decoded], channel: Mapping[str, Mapping[str, float]]
) -> tuple[Decoded, ...]:
    """Texts with the first one's likeliest spellings of its numbers and street word, ranked.

    ``channel``: measured shares, ``"read>meant"`` for ``digit`` and ``letter`` places.
    """
    ranked = tuple(found)
    for _ in range(_MOST_WORDS):
        if not ranked:
            break
        best = ranked[0]
        more = _respelled(log_probs, best, channel)
        if more is None or any(item.text == more.text for item in ranked if item is not best):
            ranked = _raised(ranked, more)
        else:
            ranked = _ranked((*ranked, more))
        if ranked[0].text == best.text:
            break
    return ranked


def _raised(ranked: Sequence[Decoded], more: Decoded | None) -> tuple[Decoded, ...]:
    """The texts, one of which may be likelier as another's spelling than it was."""
    if more is None:
        return tuple(ranked)
    return _ranked(
        [more if item.text == more.text and item.share < more.share else item for item in ranked]
    )


def _ranked(items: Sequence[Decoded]) -> tuple[Decoded, ...]:
    total = sum(item.share for item in items)
    scaled = [Decoded(item.text, item.log_prob, item.share / total) for item in items]
    return tuple(sorted(scaled, key=lambda item: -item.share))


def _respelled(
    log_probs: LogProbs, best: Decoded, channel: Mapping[str, Mapping[str, float]]
) -> Decoded | None:
    """The likeliest spelling of one word of a text, with its share beside the text's; or none."""
    own: float | None = None
    chosen: tuple[float, float, str] | None = None
    for text, slips, gain in _spellings(best.text, channel):
        own = score_written(log_probs, best.text) if own is None else own
        if not np.isfinite(own):
            return None
        # Told by the ink itself, or as what such signs are taken for.
        log_ratio = float(np.logaddexp(score_written(log_probs, text) - own, slips))
        if chosen is None or log_ratio + gain > chosen[0]:
            chosen = log_ratio + gain, log_ratio, text
    if chosen is None:
        return None
    log_odds, log_ratio, text = chosen
    share = best.share * float(np.exp(min(log_odds, 30.0)))
    return Decoded(text, best.log_prob + log_ratio, share)


def _spellings(
    text: str, channel: Mapping[str, Mapping[str, float]]
) -> Iterator[tuple[str, float, float]]:
    """Spellings of a text, the natural log of their signs' share, and the gain each has."""
    words = text.split(" ")
    for place, word in enumerate(words):
        if _holds_number(words, place):
            options = _as_number(word, channel.get("digit", {}))
        elif place > 0:
            options = _as_type(words, place, channel.get("letter", {}))
        else:
            continue
        for form, slips, gain in options:
            yield " ".join((*words[:place], form, *words[place + 1 :])), slips, gain


def _holds_number(words: Sequence[str], place: int) -> bool:
    """Whether a number stands there: first, behind ``#`` or a unit, a fraction behind a number."""
    word = words[place]
    if place == 0 or word.startswith("#"):
        return True
    before = words[place - 1]
    if before == "#" or fold(before.strip(_MARKS)) in _UNITS:
        return True
    return place == 1 and word[1:2] == "/" and _NUMBER.fullmatch(before) is not None


def _as_number(word: str, shares: Mapping[str, float]) -> Iterator[tuple[str, float, float]]:
    """A word with figures for the letters that look like them; words without a figure have none."""
    if not any(c.isdigit() for c in word) or _ORDINAL.fullmatch(word.strip(_MARKS)):
        return
    figures = [_FIGURES.get(c, c) for c in word]
    last = max(at for at, c in enumerate(word) if c.isalnum() or c in _FIGURES)
    # One letter may stay at the end: it names a door.
    bare = "".join(figures[:last]).strip("#")
    door = figures[last].isalpha()
    if not re.fullmatch(r"[0-9]+(?:[-/][0-9]+)*[-/]?", bare) or (door and not bare[-1].isdigit()):
        between = "".join(_BETWEEN.get(c, c) for c in figures[1:-1])
        form = figures[0] + between + figures[-1]
        if len(word) > 2 and form != word and _NUMBER.fullmatch(form):
            yield form, -np.inf, GAIN_BETWEEN
        return
    slips = [(c, f) for c, f in zip(word, figures, strict=True) if c != f]
    if slips:
        share = sum(float(np.log(shares.get(f"{c}>{f}", _SHARE))) for c, f in slips)
        yield "".join(figures), share, GAIN * len(slips)


def _as_type(
    words: Sequence[str], place: int, shares: Mapping[str, float]
) -> Iterator[tuple[str, float, float]]:
    """A word with figures as a street word, where the text has none; a lone 0 as Ouest."""
    word = words[place]
    core = word.strip(_MARKS)
    folded = [fold(w.strip(_MARKS)) for w in words]
    if core == "0" and place == len(words) - 1 and not _FRENCH_TYPES.isdisjoint(folded[:place]):
        yield word.replace("0", "O"), float(np.log(_SHARE)), GAIN
        return
    if core.isdigit() or not any(c.isdigit() for c in core) or _ORDINAL.fullmatch(core):
        return
    if not _TYPES.isdisjoint(folded):
        return
    capitals = core.upper() == core
    for letters in itertools.product(*(_LETTERS.get(c, c) for c in core)):
        form = "".join(letters)
        if fold(form) not in _TYPES:
            continue
        if capitals and sum(c.isalpha() for c in core) > 1:
            form = form.upper()
        elif core[0].isdigit() and any(w[:1].isupper() for w in words):
            form = form[0].upper() + form[1:]
        slips = [(c, f) for c, f in zip(core, form, strict=True) if c != f]
        share = sum(float(np.log(shares.get(f"{c}>{f.upper()}", _SHARE))) for c, f in slips)
        yield word.replace(core, form), share, GAIN * len(slips)
