"""How common the words of a name are, as a prior for choosing among readings.

``LUCIC`` and ``LUCIE`` are both names that somebody has, but a hundred times as many
people are called the second. A word's probability is mixed from how many people's names
hold it (``people.txt.gz``: given and family names of France and the United States) and,
for the one name in five that no list has, from how names are spelt (``people.lm.gz``).
A text gains by how much likelier its words are than their spelling alone says, so a
name in no list loses to a common one only where the ink is nearly as good for both.
"""

import math
import re
from collections.abc import Mapping
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from digitizer.engines import lexicon
from digitizer.engines.datafiles import read_data
from digitizer.engines.language import CLASSES, class_of, load_table

# Stored shares of words are 2 ** (-step / STEPS_PER_BIT).
STEPS_PER_BIT = 4

# Share of name words that the lists hold: 84 of 100 in the train split's name crops.
KNOWN_SHARE = 0.8

# Share of a word that is only known to be a name (the list of 37,000, an office's own).
LISTED_SHARE = 2e-6

# Power of the gain: a prior, no fetter. In the calibrate split 0.5 reads 97.4 % of listed names
# in joined glyphs right and 78.7 % of those with a word in no list, mostly one letter off a
# common one (0: 94.3 and 83.1; 0.7: 98.3 and 76.9), and of real names on mild and on hard sheets
# 93.1 and 87.5 % (0.3: 92.1 and 86.3; 0.7: 93.4 and 88.4).
GAIN_POWER = 0.5
# The most that one word gains before that, in natural logs. Long names that few people have gain
# most, since no spelling makes them likely: FINNBJORK 14. With 8 listed names are read as
# without a limit, and 3 more of 275 with a word in no list.
MOST_GAIN = 8.0

# Words before a name that many people write with or without a space: LE HEBEL, DA SILVA.
# Such a pair is no less likely than both in one word; the gap in the ink settles it.
PARTICLES = frozenset(
    "ABD AIT AL BEN BOU DA DAS DE DEL DELLA DEN DER DES DI DOS DU EL LA LE MAC MC ST SAINT "
    "VAN VON".split()
)
PARTED = 0.5

# What people write before and behind a name, which no list of names holds; about one in 5,000
# words is each of them, by guess.
ADDED = frozenset("DR MR MRS MS MME MLLE REV PROF JR SR II III IV".split())
ADDED_SHARE = 2e-4

# A letter that an apostrophe parts from its name: lists have O'NEILL as ONEILL or as NEILL.
_ELIDED = re.compile(r"(?<![^\W\d_])([^\W\d_])['’] ?([^\W\d_]{2,})")

# Words whose gain is kept in mind: the texts of one name share most of theirs.
WORDS_KEPT = 1024
# Pairs of lists that are kept put together: the project's own, and an office's.
LISTS_KEPT = 4

# Shares of words between which ``commonness`` rises from 0 to 1.
RAREST, COMMON = 1e-7, 1e-3


@cache
def shares() -> Mapping[str, float]:
    """Folded word -> the share of all name words that it is."""
    lines = read_data("people.txt.gz").decode().splitlines()
    pairs = (line.split("\t") for line in lines)
    return {word: 2.0 ** (-int(step) / STEPS_PER_BIT) for word, step in pairs}


def likeliness(text: str, listed: frozenset[str]) -> float:
    """What a name gains by how common its words are, in natural logs; 0 without words.

    ``listed``: folded words that are known names, whatever their number.
    """
    words, gain, at = lexicon.bare_words(text), 0.0, 0
    elided = {
        lexicon.fold(rest): lexicon.fold(letter + rest) for letter, rest in _ELIDED.findall(text)
    }
    while at < len(words):
        own = _gain(words[at], listed)
        if words[at] in elided:
            # With and without an apostrophe a name is as likely: the ink says which.
            own = max(own, _gain(elided[words[at]], listed))
        if words[at] in PARTICLES and at + 1 < len(words):
            joined = math.log(PARTED) + _gain(words[at] + words[at + 1], listed)
            own = max(own + _gain(words[at + 1], listed), joined)
            at += 1
        gain += own
        at += 1
    return GAIN_POWER * gain


def known_gain(text: str, listed: frozenset[str]) -> float:
    """What a street, a place or free text gains by words that are names of people or listed.

    Streets and places are called after people: rue Ludwig, Saint-Fulgence. Unlike in a name, a
    word that nobody knows costs nothing there. ``listed``: folded words that are known besides.
    Of 990 street names of the calibrate split 19 more are read right so and one fewer (at powers
    of 0.35 and 0.7 12 and 20, as many lost; at 1 21 and 5), of 300 streets of made-up words
    one more and two fewer.
    """
    known = _either(listed, lexicon.name_words())
    return GAIN_POWER * sum(max(0.0, _gain(word, known)) for word in lexicon.bare_words(text))


@lru_cache(maxsize=LISTS_KEPT)
def _either(words: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    return words | others


def commonness(text: str, listed: frozenset[str]) -> float:
    """How common the rarest word of a name is: 0 in no list (or no word), 1 one in a thousand."""
    return min((_commonness(word, listed) for word in lexicon.bare_words(text)), default=0.0)


def _commonness(word: str, listed: frozenset[str]) -> float:
    share = _known(word, listed)
    if share <= RAREST:
        return 0.0
    return min(1.0, math.log(share / RAREST) / math.log(COMMON / RAREST))


def _known(word: str, listed: frozenset[str]) -> float:
    added = ADDED_SHARE if word in ADDED else 0.0
    return shares().get(word, 0.0) + (LISTED_SHARE if word in listed else 0.0) + added


@lru_cache(maxsize=WORDS_KEPT)
def _gain(word: str, listed: frozenset[str]) -> float:
    """Natural log of how much likelier a word is than its spelling alone says."""
    known, spelt_only = _known(word, listed), math.log(1.0 - KNOWN_SHARE)
    if not known:
        return spelt_only
    gain = float(np.logaddexp(math.log(KNOWN_SHARE * known) - _spelt(word), spelt_only))
    return min(MOST_GAIN, gain)


@cache
def _log_table() -> npt.NDArray[np.float32]:
    return np.log(load_table("people"))


def _spelt(word: str) -> float:
    """Natural log of a word's probability by the letter model alone, its end included."""
    table, history, total = _log_table(), 0, 0.0
    for character in f"{word} ":
        sign = class_of(character)
        total += float(table[history, sign])
        history = (history * CLASSES + sign) % CLASSES**3
    return total
