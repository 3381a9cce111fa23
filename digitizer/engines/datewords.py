"""The grammar of a handwritten date, English or French.

``2024-03-05``, ``5/3/24``, ``March 3rd, 2024``, ``le 3 mars 2024``, a day
and month without a year; more rarely ``lundi 3 mars 2024``, ``3/mar/24``,
``the 3rd of March '24``, ``20240305``, ``3/III/24``. Which of day and month comes first in
``5/3/24`` is not settled here: the text is given as written, and rules decide.

A day of birth is written in the same ways, always with its year, and its years go back
to 1900. The years of the last century are rare on a sheet otherwise, but possible: a 1939
that is clearly written must come out as one, for a rule to find it, not as 2019.
"""

from collections.abc import Mapping

from digitizer.engines.automata import Pattern, choice, one_of, optional, repeat, sequence

MONTHS = (
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre "
    "janv fevr fev avr juil "
).split()

WEEKDAYS = (
    "monday tuesday wednesday thursday friday saturday sunday "
    "mon tue tues wed thu thur thurs fri sat sun "
    "lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim"
).split()

# As some write them, ``3/III/2024``.
ROMAN_MONTHS = "i ii iii iv v vi vii viii ix x xi xii".split()

# Signs of a date, in the order of the automaton's symbols.
SIGNS = "0123456789/-. ,'abcdefghijklmnopqrstuvwxyz"

# Years are written from 2000 to 2039, the shorter way in half of all cases.
_SHORT_YEAR = 0.5
# Factor on other years, 1900 to 1999 and short ones from 40 on.
_OTHER_YEAR = 0.02
# Factor on a year of birth from 2000 to 2029, and on a short one: 1900 to 1999 in full are usual.
_YOUNG, _SHORT_BIRTH = 0.4, 0.5
_NO_YEAR = 0.05
# Factor on the rarer ways: a day of the week before it, words within it, a named month
# with one sign on both sides or after the year, eight figures without a sign.
_RARE = 0.2
# Factor on a month in Roman figures, which few write: where the ink says II and 11 alike, it is
# 11, and no surer than that.
_ROMAN = 0.2
# Factor on figures parted by one sign here and another there: who begins with strokes or points
# goes on with them, so in "21 06 1978" no 1 is a stroke.
_UNLIKE_SIGNS = 0.1
# Factor on a year of two figures right behind the day: "March 3124" is nearly always 3/24.
_GLUED_YEAR = 0.2


def date_pattern(symbol: Mapping[str, int], *, born: bool = False) -> Pattern:
    """The pattern over the symbol numbers of ``SIGNS``; ``born``: of a day of birth."""

    def word(text: str) -> Pattern:
        return sequence(*(one_of([symbol[c]]) for c in text))

    def digits(allowed: str) -> Pattern:
        return one_of(symbol[c] for c in allowed)

    any_digit = digits("0123456789")
    space = repeat(word(" "), 0, 1)
    two_day = choice(
        sequence(word("0"), digits("123456789")),
        sequence(digits("12"), any_digit),
        sequence(word("3"), digits("01")),
    )
    day = choice(digits("123456789"), two_day)
    two_month = choice(sequence(word("0"), digits("123456789")), sequence(word("1"), digits("012")))
    number = choice(digits("123456789"), two_month)
    last_century = sequence(word("19"), any_digit, any_digit)
    if born:
        full_year = choice((sequence(word("20"), digits("012"), any_digit), _YOUNG), last_century)
        short_year, short = sequence(any_digit, any_digit), _SHORT_BIRTH
    else:
        full_year = choice(
            sequence(word("20"), digits("0123"), any_digit), (last_century, _OTHER_YEAR)
        )
        short_year = choice(
            sequence(digits("0123"), any_digit),
            (sequence(digits("456789"), any_digit), _OTHER_YEAR),
        )
        short = _SHORT_YEAR
    year = choice(full_year, (short_year, short))
    between = sequence(space, one_of(symbol[c] for c in "/-."), space)
    gap = choice(between, word(" "))

    def apart_alike(first: Pattern, second: Pattern, third: Pattern) -> Pattern:
        signs = [word(" "), *(sequence(space, word(sign), space) for sign in "/-.")]
        return choice(
            *(sequence(first, sign, second, sign, third) for sign in signs),
            (sequence(first, gap, second, gap, third), _UNLIKE_SIGNS),
        )

    month = sequence(choice(*(word(name) for name in MONTHS)), optional(word(".")))
    ordinal = optional(choice(word("st"), word("nd"), word("rd"), word("th"), word("er")))
    comma = sequence(optional(word(",")), space)
    glue = choice(space, word("-"), word("/"))
    apart = choice(sequence(word(","), space), word(" "), sequence(comma, word("-")))
    tail = choice(
        sequence(apart, year),
        full_year,
        (short_year, short * _GLUED_YEAR),
        *(() if born else ((sequence(), _NO_YEAR),)),
    )
    # A day of birth's eight figures without a sign; otherwise a month and its year alone.
    unlike = (
        (sequence(two_day, two_month, full_year), _RARE)
        if born
        else (sequence(month, comma, full_year), _NO_YEAR)
    )
    usual = choice(
        apart_alike(full_year, number, day),
        apart_alike(day, number, year),
        apart_alike(number, day, year),
        sequence(month, glue, day, ordinal, tail),
        sequence(optional(sequence(word("le"), space)), day, ordinal, glue, month, tail),
        unlike,
    )
    # What ``digitizer.values.dates`` resolves beyond that.
    article = optional(sequence(choice(word("le"), word("the"), word("on")), space))
    of = optional(sequence(choice(word("of"), word("de"), word("du")), space))
    nth = sequence(
        day, optional(choice(*(word(w) for w in ("st", "nd", "rd", "th", "er", "ere", "eme", "e"))))
    )
    loose = sequence(space, optional(one_of(symbol[c] for c in "/-.,")), space)
    # No gap before a sign that stands before a day: it may be the day's first figure, 1.
    close = sequence(optional(one_of(symbol[c] for c in "/-.,")), space)
    late = sequence(loose, optional(word("'")), year)
    weekday = sequence(
        article,
        choice(*(word(name) for name in WEEKDAYS)),
        optional(word(".")),
        optional(word(",")),
        space,
    )
    rarer = choice(
        sequence(article, nth, loose, of, month, late),
        sequence(month, close, article, nth, late),
        sequence(full_year, loose, month, close, day),
        sequence(
            choice(sequence(day, gap, number), sequence(number, gap, day)), gap, word("'"), year
        ),
        sequence(full_year, two_month, two_day),
    )
    roman = choice(*(word(number) for number in ROMAN_MONTHS))
    with_roman = choice(
        sequence(day, gap, roman, gap, year), sequence(full_year, gap, roman, gap, day)
    )
    return sequence(optional(weekday, _RARE), choice(usual, (rarer, _RARE), (with_roman, _ROMAN)))
