"""The grammar of each kind of field, as automata for ``decode``.

Where the class of a sign is known from its place (a postal code is letter,
digit, letter), the recogniser's probability for look-alikes counts for the
sign that can stand there: ``O`` for 0, ``I`` and ``l`` for 1. Separators are
folded into the blank, so every way to write a code or a number is one text:
``K1A 0B1``, ``k1a-0b1`` and ``K1A0B1`` all give ``K1A0B1``.

A grammar always answers with something legal. Nothing here says how far to
believe it: that is ``calibrate``'s work, from what the unbound reading says.
"""

import gzip
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from digitizer.engines.automata import Pattern, choice, compile_pattern, one_of, sequence
from digitizer.engines.decode import Automaton
from digitizer.engines.handwritten import ALPHABET

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Signs between the parts of a code or number; they carry nothing.
_SEPARATORS = " -.,'_·°~*:;"

# Letters of a Canadian postal code: D F I O Q U never appear, W and Z never first.
_CODE_FIRST = "ABCEGHJKLMNPRSTVXY"
_CODE_LETTERS = "ABCEGHJKLMNPRSTVWXYZ"

# A code whose first three characters are in no list: the list is some years
# old and Canada Post adds a few a year, so it is unlikely, not impossible.
UNKNOWN_FSA_FACTOR = 0.02

# Seven digits without an area code, as older people write them.
LOCAL_NUMBER_FACTOR = 0.01

# Share of a look-alike's probability that counts for the sign the place asks
# for, where nothing was measured; ``data/channel.json`` holds what was.
_CONFUSABLE_SHARE = 0.3
_CONFUSABLE_DIGITS = {
    "0": "OoDQUa°Cc", "1": "IiLl|/!7tTJjr\\]['", "2": "Zz?", "3": "BEe}", "4": "AHYyuUq9L",
    "5": "Ss$", "6": "GbCc", "7": "TFJ1Y?/", "8": "BSgR&", "9": "gqaPy4",
}  # fmt: skip


def _data(name: str) -> bytes:
    return gzip.decompress((files("digitizer.engines") / "data" / name).read_bytes())


@cache
def known_fsas() -> frozenset[str]:
    """First three characters of postal codes in use."""
    return frozenset(_data("fsa.txt.gz").decode().split())


@cache
def _channel() -> Mapping[str, Mapping[str, float]]:
    """Measured shares: for ``digit`` and ``letter`` places, ``"read>meant"``."""
    path = files("digitizer.engines") / "data" / "channel.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def _mix(columns: int, shares: Iterable[tuple[str, int, float]]) -> npt.NDArray[np.float32]:
    """A mixing matrix from (character, symbol, share); the blank goes to the blank."""
    mix = np.zeros((len(ALPHABET) + 1, columns), np.float32)
    mix[0, 0] = 1.0
    for character, symbol, share in shares:
        mix[ALPHABET.index(character) + 1, symbol] += share
    return mix


def _digit_shares(first_symbol: int) -> Iterable[tuple[str, int, float]]:
    measured = _channel().get("digit", {})
    for offset, digit in enumerate(DIGITS):
        yield digit, first_symbol + offset, 1.0
        for character in ALPHABET:
            if measured:
                share = 0.0 if character in DIGITS else measured.get(f"{character}>{digit}", 0.0)
            else:
                share = _CONFUSABLE_SHARE * (character in _CONFUSABLE_DIGITS[digit])
                share *= character not in DIGITS
            if share > 0.0:
                yield character, first_symbol + offset, share


def _letter_shares(first_symbol: int) -> Iterable[tuple[str, int, float]]:
    measured = _channel().get("letter", {})
    for offset, letter in enumerate(LETTERS):
        for character in ALPHABET:
            if character.upper() == letter:
                share = 1.0
            elif character.isascii() and character.isalpha():
                share = 0.0
            elif measured:
                share = measured.get(f"{character}>{letter}", 0.0)
            else:
                looks = [d for d, signs in _CONFUSABLE_DIGITS.items() if letter in signs]
                share = _CONFUSABLE_SHARE * (character in looks)
            if share > 0.0:
                yield character, first_symbol + offset, share


@cache
def postal_code() -> Automaton:
    """``A9A9A9`` with the first three characters among those in use, or nearly never not."""
    symbols = 1 + len(DIGITS) + len(LETTERS)
    digit = {d: 1 + k for k, d in enumerate(DIGITS)}
    letter = {c: 11 + k for k, c in enumerate(LETTERS)}
    # States: 0 start, then one a first letter, one a letter and digit, then
    # three in a row to the end.
    following = np.full((1 + 18 + 180 + 4, symbols), -1, np.int32)
    weights = np.zeros(following.shape, np.float32)
    tail = 199
    for a, first in enumerate(_CODE_FIRST):
        following[0, letter[first]], weights[0, letter[first]] = 1 + a, 1.0
        for b, second in enumerate(DIGITS):
            state = 19 + 10 * a + b
            following[1 + a, digit[second]], weights[1 + a, digit[second]] = state, 1.0
            for third in _CODE_LETTERS:
                known = first + second + third in known_fsas()
                following[state, letter[third]] = tail
                weights[state, letter[third]] = 1.0 if known else UNKNOWN_FSA_FACTOR
    digits, letters = list(digit.values()), [letter[c] for c in _CODE_LETTERS]
    for state, chosen in ((tail, digits), (tail + 1, letters), (tail + 2, digits)):
        following[state, chosen], weights[state, chosen] = state + 1, 1.0
    final = np.zeros(following.shape[0], np.float32)
    final[-1] = 1.0
    shares = [*_digit_shares(1), *_letter_shares(11), *((c, 0, 1.0) for c in _separators())]
    return Automaton(
        ("", *DIGITS, *LETTERS), _mix(symbols, shares), following, weights, final
    )


@cache
def phone() -> Automaton:
    """North American numbers: ten digits, or eleven with a leading 1, or seven."""
    any_digit = one_of(range(1, 11))
    high = one_of(range(3, 11))
    not_one = one_of([1, *range(3, 11)])
    # A code of three digits that does not end in 11.
    tail = choice(sequence(not_one, any_digit), sequence(one_of([2]), not_one))
    code = sequence(high, tail)
    rest = sequence(*([any_digit] * 4))
    number = choice(
        sequence(code, code, rest),
        (sequence(one_of([2]), code, code, rest), 0.3),
        (sequence(code, rest), LOCAL_NUMBER_FACTOR),
    )
    table = compile_pattern(number, 11)
    brackets = [(c, 0, 1.0) for c in "()+#"]
    shares = [*_digit_shares(1), *((c, 0, 1.0) for c in _separators()), *brackets]
    return Automaton(
        ("", *DIGITS), _mix(11, shares), table.following, table.weights, table.final
    )


def _separators() -> str:
    return "".join(c for c in _SEPARATORS if c in ALPHABET)


@cache
def text() -> Automaton:
    """Any text, with no prior."""
    columns = len(ALPHABET) + 1
    following = np.zeros((1, columns), np.int32)
    following[0, 0] = -1
    weights = np.ones((1, columns), np.float32)
    weights[0, 0] = 0.0
    mix = np.eye(columns, dtype=np.float32)
    return Automaton(
        ("", *ALPHABET), mix, following, weights, np.ones(1, np.float32), breadth=16
    )


def literal(characters: str, index: Mapping[str, int]) -> Pattern:
    """The characters one after another, by their symbol numbers."""
    return sequence(*(one_of([index[c]]) for c in characters))
