"""The grammar of each kind of field, as automata for ``decode``.

Where the class of a sign is known from its place (a postal code is letter,
digit, letter), the recogniser's probability for look-alikes counts for the
sign that can stand there: ``O`` for 0, ``I`` and ``l`` for 1. Separators are
folded into the blank, so every way to write a code or a number is one text:
``K1A 0B1``, ``k1a-0b1`` and ``K1A0B1`` all give ``K1A0B1``.

A grammar always answers with something legal. Nothing here says how far to
believe it: that is ``calibrate``'s work, from what the unbound reading says.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np
import numpy.typing as npt

from digitizer.engines import phones
from digitizer.engines.automata import Pattern, choice, compile_pattern, one_of, sequence
from digitizer.engines.datafiles import read_data
from digitizer.engines.datewords import SIGNS as DATE_SIGNS
from digitizer.engines.datewords import date_pattern
from digitizer.engines.decode import Automaton, TableAutomaton
from digitizer.engines.emails import LOST_AT, LOST_DOT, email_automaton, email_shares
from digitizer.engines.emails import SIGNS as EMAIL_SIGNS
from digitizer.engines.handwritten import ALPHABET
from digitizer.engines.language import letter_automaton
from digitizer.validity import AREA_CODES, known_areas

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Signs between the parts of a code or number; they carry nothing.
_SEPARATORS = " -.,'_·°~*:;"

# Letters of a Canadian postal code: D F I O Q U never appear, W and Z never first.
_CODE_FIRST = "ABCEGHJKLMNPRSTVXY"
CODE_LETTERS = "ABCEGHJKLMNPRSTVWXYZ"

# A code whose first three characters are in no list: the list is some years
# old and Canada Post adds a few a year, so it is unlikely, not impossible.
UNKNOWN_FSA_FACTOR = 0.02

# An area code that is none of Canada's: visitors sign too.
FOREIGN_AREA_FACTOR = 0.15

# Seven digits without an area code, as older people write them; eleven with a leading 1.
LOCAL_NUMBER_FACTOR = 0.01
LEADING_ONE_FACTOR = 0.3
AREA_DIGITS, LOCAL_DIGITS = 3, 7

# How far the letter models steer: of 0 to 0.7, 0.3 to 0.5 read most names and
# place names of the calibrate split right (place names 39 -> 45 %, names
# 80 -> 84 %), though those places are German and the model knows mostly
# Canadian ones.
PRIOR_POWER = 0.4
# The model of people's names knows them better (``people``): 0.4 to 0.55 read alike.
NAME_POWER = 0.5

# Share of a slash, bar or dash that counts for a digit within a date.
_DATE_SLASH_AS_ONE = 0.1
_DATE_LOOKALIKES = {"1": "/", "l": "/", "I": "/", "|": "/", "\\": "/", "_": "-", "~": "-", "'": ","}

# Share of a look-alike's probability that counts for the sign the place asks
# for, where nothing was measured; ``data/channel.json`` holds what was.
_CONFUSABLE_SHARE = 0.3
_CONFUSABLE_DIGITS = {
    "0": "OoDQUa°Cc", "1": "IiLl|/!7tTJjr\\]['", "2": "Zz?", "3": "BEe}", "4": "AHYyuUq9L",
    "5": "Ss$", "6": "GbCc", "7": "TFJ1Y?/", "8": "BSgR&", "9": "gqaPy4",
}  # fmt: skip


@cache
def places_by_fsa() -> Mapping[str, str]:
    """Main place of each forward sortation area in use."""
    lines = read_data("fsa.txt.gz").decode().splitlines()
    return dict(line.split("\t", 1) for line in lines)


@cache
def known_fsas() -> frozenset[str]:
    """First three characters of postal codes in use."""
    return known_areas()


@cache
def measured_channel() -> Mapping[str, Mapping[str, float]]:
    """Measured shares: for ``digit`` and ``letter`` places, ``"read>meant"``."""
    found: Mapping[str, Mapping[str, float]] = json.loads(read_data("channel.json"))
    return found


def _mix(columns: int, shares: Iterable[tuple[str, int, float]]) -> npt.NDArray[np.float32]:
    """A mixing matrix from (character, symbol, share); the blank goes to the blank."""
    mix = np.zeros((len(ALPHABET) + 1, columns), np.float32)
    mix[0, 0] = 1.0
    for character, symbol, share in shares:
        mix[ALPHABET.index(character) + 1, symbol] += share
    return mix


def _digit_shares(first_symbol: int) -> Iterable[tuple[str, int, float]]:
    """Which character counts how much for each digit."""
    measured = measured_channel().get("digit", {})
    for offset, digit in enumerate(DIGITS):
        for character in ALPHABET:
            if measured:
                share = measured.get(f"{character}>{digit}", 0.0)
            else:
                looks = character in _CONFUSABLE_DIGITS[digit] and character not in DIGITS
                share = float(character == digit) + _CONFUSABLE_SHARE * looks
            if share > 0.0:
                yield character, first_symbol + offset, share


def _letter_shares(first_symbol: int) -> Iterable[tuple[str, int, float]]:
    """Which character counts how much for each letter."""
    measured = measured_channel().get("letter", {})
    for offset, letter in enumerate(LETTERS):
        for character in ALPHABET:
            if measured:
                share = measured.get(f"{character}>{letter}", 0.0)
            else:
                looks = [d for d, signs in _CONFUSABLE_DIGITS.items() if letter in signs]
                share = float(character.upper() == letter) + _CONFUSABLE_SHARE * (
                    character in looks
                )
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
    table = np.full((1 + 18 + 180 + 4, symbols), -1, np.int32)
    weights = np.zeros(table.shape, np.float32)
    tail = 199
    for a, first in enumerate(_CODE_FIRST):
        table[0, letter[first]], weights[0, letter[first]] = 1 + a, 1.0
        for b, second in enumerate(DIGITS):
            state = 19 + 10 * a + b
            table[1 + a, digit[second]], weights[1 + a, digit[second]] = state, 1.0
            for third in CODE_LETTERS:
                known = first + second + third in known_fsas()
                table[state, letter[third]] = tail
                weights[state, letter[third]] = 1.0 if known else UNKNOWN_FSA_FACTOR
    digits, letters = list(digit.values()), [letter[c] for c in CODE_LETTERS]
    for state, chosen in ((tail, digits), (tail + 1, letters), (tail + 2, digits)):
        table[state, chosen], weights[state, chosen] = state + 1, 1.0
    final = np.zeros(table.shape[0], np.float32)
    final[-1] = 1.0
    shares = [*_digit_shares(1), *_letter_shares(11), *((c, 0, 1.0) for c in _separators())]
    return TableAutomaton(("", *DIGITS, *LETTERS), _mix(symbols, shares), table, weights, final)


@cache
def phone() -> Automaton:
    """North American numbers: ten digits, or eleven with a leading 1, or seven."""
    table = compile_pattern(_number(), 11)
    mix = _mix(11, [*_digit_shares(1), *_between_digits()])
    return TableAutomaton(("", *DIGITS), mix, table.table, table.weights, table.final)


@cache
def noted_phone() -> Automaton:
    """The same numbers with words beside them, an extension or odd separators, all left out."""
    # Digits of the number, those of an extension, letters and the number sign.
    extension, letters = 11, 21
    columns = letters + len(phones.LETTERS) + 1
    table = compile_pattern(phones.noted_pattern(_number(), letters, extension), columns)
    shares = [*_digit_shares(1), *_digit_shares(extension), *_between_digits()]
    shares.extend((c, 0, 1.0) for c in phones.SEPARATORS)
    shares.append((phones.NUMBER_SIGN, columns - 1, 1.0))
    for character in ALPHABET:
        base = unicodedata.normalize("NFKD", character)[:1].lower()
        if base in phones.LETTERS:
            shares.append((character, letters + phones.LETTERS.index(base), 1.0))
    outputs = ("", *DIGITS, *([""] * (columns - extension)))
    return TableAutomaton(outputs, _mix(columns, shares), table.table, table.weights, table.final)


def _number() -> Pattern:
    """The digits of a number, symbol 1 for 0 and so on."""
    any_digit = one_of(range(1, 11))
    high = one_of(range(3, 11))
    not_one = one_of([1, *range(3, 11)])
    # A code of three digits that does not end in 11.
    tail = choice(sequence(not_one, any_digit), sequence(one_of([2]), not_one))
    code = sequence(high, tail)
    rest = sequence(*([any_digit] * 4))
    here = [sequence(*(one_of([1 + int(d)]) for d in area)) for area in sorted(AREA_CODES)]
    area = choice(*here, (code, FOREIGN_AREA_FACTOR))
    return choice(
        sequence(area, code, rest),
        (sequence(one_of([2]), area, code, rest), LEADING_ONE_FACTOR),
        (sequence(code, rest), LOCAL_NUMBER_FACTOR),
    )


def _between_digits() -> list[tuple[str, int, float]]:
    return [(c, 0, 1.0) for c in (*_separators(), *"()+#")]


def phone_prior(number: str, *, leading_one: bool) -> float:
    """Natural log of the factor that ``phone`` puts on a number, whatever the ink.

    ``number``: digits with or without separators and area code; the country's 1 apart.
    """
    digits = "".join(c for c in number if c.isdigit())
    factor = LEADING_ONE_FACTOR if leading_one else 1.0
    if len(digits) < AREA_DIGITS + LOCAL_DIGITS:
        factor *= LOCAL_NUMBER_FACTOR
    elif digits[:AREA_DIGITS] not in AREA_CODES:
        factor *= FOREIGN_AREA_FACTOR
    return float(np.log(factor))


def _separators() -> str:
    return "".join(c for c in _SEPARATORS if c in ALPHABET)


@cache
def email() -> Automaton:
    """An address with exactly one ``@`` and a domain, names before the ``@`` favoured."""
    return email_automaton(_email_mix())


@cache
def plain_email() -> Automaton:
    """The same addresses, any signs before the ``@`` alike."""
    return email_automaton(_email_mix(), power=0.0)


@cache
def _email_mix() -> npt.NDArray[np.float32]:
    shares = email_shares(measured_channel().get("email", {}))
    mix = _mix(1 + len(EMAIL_SIGNS), shares)
    mix[0, 1 + EMAIL_SIGNS.index("@")] = LOST_AT
    mix[0, 1 + EMAIL_SIGNS.index(".")] = LOST_DOT
    return mix


@cache
def date() -> Automaton:
    """A date as people write it."""
    return _date_automaton(born=False)


@cache
def birth_date() -> Automaton:
    """A day of birth as people write it."""
    return _date_automaton(born=True)


def _date_automaton(*, born: bool) -> Automaton:
    symbol = {c: k for k, c in enumerate(DATE_SIGNS, start=1)}
    table = compile_pattern(date_pattern(symbol, born=born), 1 + len(DATE_SIGNS))
    shares = [
        # A slash stands between numbers here far oftener than for the digit 1.
        (c, s, share * (_DATE_SLASH_AS_ONE if c in "/|-.," else 1.0))
        for c, s, share in _digit_shares(1)
    ]
    for character in ALPHABET:
        base = unicodedata.normalize("NFKD", character)[:1].lower()
        if base in symbol and not base.isdigit():
            shares.append((character, symbol[base], 1.0))
        if character in _DATE_LOOKALIKES:
            shares.append((character, symbol[_DATE_LOOKALIKES[character]], _CONFUSABLE_SHARE))
    mix = _mix(1 + len(DATE_SIGNS), shares)
    return TableAutomaton(("", *DATE_SIGNS), mix, table.table, table.weights, table.final)


@cache
def text() -> Automaton:
    """Any text, with no prior."""
    return letter_automaton("place", 0.0, _identity())


@cache
def name() -> Automaton:
    """Any text, steered by the spelling of names."""
    return letter_automaton("people", NAME_POWER, _identity())


@cache
def words_and_codes() -> Automaton:
    """Any text, words steered by the spelling of places, those that hold digits by nothing."""
    return letter_automaton("place", PRIOR_POWER, _identity(), codes=True)


@cache
def place() -> Automaton:
    """Any text, steered by the spelling of places and streets."""
    return letter_automaton("place", PRIOR_POWER, _identity())


def _identity() -> npt.NDArray[np.float32]:
    return np.eye(len(ALPHABET) + 1, dtype=np.float32)


def capitals() -> tuple[tuple[str, ...], npt.NDArray[np.float32]]:
    """Capital letters as symbols, and their mixing matrix; separators are blanks.

    For words of any letters: the measured shares know those of codes only.
    """
    return ("", *LETTERS), _mix(1 + len(LETTERS), _capital_shares())


def capitals_and_digits() -> tuple[tuple[str, ...], npt.NDArray[np.float32]]:
    """As ``capitals``, with the digits behind the letters."""
    shares = [*_capital_shares(), *_digit_shares(1 + len(LETTERS))]
    return ("", *LETTERS, *DIGITS), _mix(1 + len(LETTERS) + len(DIGITS), shares)


def _capital_shares() -> Iterable[tuple[str, int, float]]:
    """Which character counts how much for each capital, symbol 1 for A and so on."""
    yield from ((c, 0, 1.0) for c in _separators())
    for number, letter in enumerate(LETTERS, start=1):
        for character in ALPHABET:
            if unicodedata.normalize("NFKD", character)[:1].upper() == letter:
                yield character, number, 1.0
            elif character in DIGITS and letter in _CONFUSABLE_DIGITS[character]:
                yield character, number, _CONFUSABLE_SHARE
