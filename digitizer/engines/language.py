"""Letter models: how likely a letter is after the three before it.

Three models, compiled from public lists: ``people`` for names (``training/build_people.py``),
``name`` for names within an email and ``place`` (``training/build_lexicon.py``). They see
neither case nor accents, and all digits are one sign. As an automaton for decoding each
step's factor is the model's probability, set against an even choice, taken to a small
power and bounded: a prior that settles ties between alike letters and lets any other name pass.
A second, small model knows that within a word case changes once at most.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from digitizer.engines.datafiles import read_data
from digitizer.engines.decode import Floats, Ints
from digitizer.engines.handwritten import ALPHABET

# Signs the model tells apart: space or edge, 26 letters, digit, - ' . and all others.
CLASSES = 32
_DIGIT, _OTHER = 27, 31
_SIGNS = {" ": 0, "-": 28, "'": 29, ".": 30}

# Stored probabilities are 2 ** (-byte / STEPS_PER_BIT): 3 % fine, down to 2 ** -15.9.
STEPS_PER_BIT = 16

# What the spelling of names may weigh for or against one letter. Without these bounds
# "Thcmpa", each letter 0.98 sure, became "Thőmpa": four letters' odds multiply. Of 4,000 names
# one or two letters off a common one, written so, 8 were bent, none with them.
WEIGHED = (0.25, 4.0)

# Letters looked at in one step; the rest share well under a thousandth.
BREADTH = 8

# The models see spaces oftener than the recogniser overlooks one: without this
# factor "RICHARD" became "RICH ARD" (names 84 -> 87 % with it, places 47 -> 49 %).
SPACE_FACTOR = 0.3

# Factor on a digit behind one, or behind a word's first letter, in words that may be codes. With 1
# 19 of 480 numbers and wards of joined glyphs (calibrate) are misread, 117 of 240 codes like
# P3265303 read right; with 2 it is 14 and 126, with 3 15 and 130, but fewer of other codes.
DIGITS_GO_ON = 2.0

# Factors for a letter's case by what the word had before: nothing, one
# capital, a small letter, two or more capitals. Columns: no case, small,
# capital. "McDonald" costs one odd change.
_CASE_FACTORS = np.array(
    [[1.0, 0.7, 1.0], [1.0, 1.0, 1.0], [1.0, 1.0, 0.25], [1.0, 0.25, 1.0]], np.float64
)
# State of the word after a letter: rows as above, columns no case, small, capital.
_CASE_NEXT = np.array([[0, 2, 1], [0, 2, 3], [0, 2, 2], [0, 3, 3]], np.int64)


def class_of(character: str) -> int:
    """The model's sign for a character."""
    if character in _SIGNS:
        return _SIGNS[character]
    if character.isdigit():
        return _DIGIT
    base = unicodedata.normalize("NFKD", character)[:1].upper()[:1]
    return ord(base) - ord("A") + 1 if "A" <= base <= "Z" else _OTHER


@cache
def load_table(name: str) -> npt.NDArray[np.float32]:
    """(CLASSES ** 3, CLASSES) probabilities of a sign after three signs."""
    steps = np.frombuffer(read_data(f"{name}.lm.gz"), np.uint8).astype(np.float32)
    return np.exp2(-steps / STEPS_PER_BIT).reshape(CLASSES**3, CLASSES)


def _behind_digits() -> npt.NDArray[np.bool_]:
    """(CLASSES ** 3,) whether a history's last word, as far as it is known, holds a digit."""
    last = np.arange(CLASSES**3)
    third, second, first = last % CLASSES, last // CLASSES % CLASSES, last // CLASSES**2
    held: npt.NDArray[np.bool_] = third == _DIGIT
    held |= (second == _DIGIT) & (third != 0)
    held |= (first == _DIGIT) & (second != 0) & (third != 0)
    return held


def _behind_first_letter() -> npt.NDArray[np.bool_]:
    """(CLASSES ** 3,) whether a history ends with the first letter of a word."""
    last = np.arange(CLASSES**3)
    third, second = last % CLASSES, last // CLASSES % CLASSES
    first: npt.NDArray[np.bool_] = (second == 0) & (third >= 1) & (third < _DIGIT)
    return first


@dataclass(frozen=True, slots=True, eq=False)
class LetterAutomaton:
    """A letter model as an automaton over ``ALPHABET``; every text is allowed.

    ``table``: (CLASSES ** 3, CLASSES) factors. The state is the last three
    signs and the case of the word so far.
    """

    outputs: tuple[str, ...]
    mix: npt.NDArray[np.float32]
    table: npt.NDArray[np.float32]
    sign: Ints
    case: Ints
    breadth: int | None = BREADTH

    def factors(self, states: Ints, symbols: Ints) -> Floats:
        """Prior factors on taking a symbol."""
        letters = self.table[states[:, None] >> 2, self.sign[symbols][None, :]]
        cases = _CASE_FACTORS[states[:, None] & 3, self.case[symbols][None, :]]
        return np.asarray(letters * cases, np.float64)

    def following(self, states: Ints, symbols: Ints) -> Ints:
        """Next state of each pair."""
        history = ((states >> 2) * CLASSES + self.sign[symbols]) % CLASSES**3
        case = _CASE_NEXT[states & 3, self.case[symbols]]
        return np.asarray((history << 2) + case, np.int64)

    def ends(self, states: Ints) -> Floats:
        """A text ends like a word: with the factor of an edge."""
        return np.asarray(self.table[states >> 2, 0], np.float64)


def letter_automaton(
    name: str, power: float, mix: npt.NDArray[np.float32], *, codes: bool = False
) -> LetterAutomaton:
    """The automaton of a model; ``power`` 0 switches the prior off.

    ``codes``: words of letters and digits are as likely as any (P3265303, unit 1A).
    """
    table = np.clip((load_table(name) * np.float32(CLASSES)) ** np.float32(power), *WEIGHED)
    if codes:
        # Towns and streets have no such words, so the model takes a letter beside digits for one.
        table[:, _DIGIT] = 1.0
        table[_behind_digits(), :_DIGIT] = 1.0
        table[_behind_digits() | _behind_first_letter(), _DIGIT] = DIGITS_GO_ON
    table[:, 0] *= SPACE_FACTOR
    sign = np.array([0, *(class_of(c) for c in ALPHABET)], np.int64)
    case = np.array([0, *(1 * c.islower() + 2 * c.isupper() for c in ALPHABET)], np.int64)
    return LetterAutomaton(("", *ALPHABET), mix, table.astype(np.float32), sign, case)
