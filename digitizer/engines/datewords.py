"""The grammar of a handwritten date, English or French.

``2024-03-05``, ``5/3/24``, ``March 3rd, 2024``, ``le 3 mars 2024``, a day
and month without a year. Which of day and month comes first in ``5/3/24`` is
not settled here: the text is given as written, and rules decide.
"""

from collections.abc import Mapping

from digitizer.engines.automata import Pattern, choice, one_of, optional, repeat, sequence

MONTHS = (
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre "
    "janv fevr fev avr juil "
).split()

# Signs of a date, in the order of the automaton's symbols.
SIGNS = "0123456789/-. ,abcdefghijklmnopqrstuvwxyz"

# Years are written from 2000 to 2039, the shorter way in half of all cases.
_SHORT_YEAR = 0.5
_NO_YEAR = 0.05


def date_pattern(symbol: Mapping[str, int]) -> Pattern:
    """The pattern over the symbol numbers of ``SIGNS``."""

    def word(text: str) -> Pattern:
        return sequence(*(one_of([symbol[c]]) for c in text))

    def digits(allowed: str) -> Pattern:
        return one_of(symbol[c] for c in allowed)

    any_digit = digits("0123456789")
    space = repeat(word(" "), 0, 1)
    day = choice(
        digits("123456789"),
        sequence(word("0"), digits("123456789")),
        sequence(digits("12"), any_digit),
        sequence(word("3"), digits("01")),
    )
    number = choice(
        digits("123456789"),
        sequence(word("0"), digits("123456789")),
        sequence(word("1"), digits("012")),
    )
    full_year = sequence(word("20"), digits("0123"), any_digit)
    year = choice(full_year, (sequence(digits("0123"), any_digit), _SHORT_YEAR))
    between = sequence(space, one_of(symbol[c] for c in "/-."), space)
    gap = choice(between, word(" "))
    month = sequence(choice(*(word(name) for name in MONTHS)), optional(word(".")))
    ordinal = optional(choice(word("st"), word("nd"), word("rd"), word("th"), word("er")))
    comma = sequence(optional(word(",")), space)
    glue = choice(space, word("-"), word("/"))
    tail = choice(sequence(comma, optional(word("-")), year), (sequence(), _NO_YEAR))
    return choice(
        sequence(full_year, gap, number, gap, day),
        sequence(day, gap, number, gap, year),
        sequence(number, gap, day, gap, year),
        sequence(month, glue, day, ordinal, tail),
        sequence(optional(sequence(word("le"), space)), day, ordinal, glue, month, tail),
        (sequence(month, comma, full_year), _NO_YEAR),
    )
