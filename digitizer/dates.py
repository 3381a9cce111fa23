"""Dates as people write them on forms, English and French -> calendar days.

A date is only taken where one day remains possible; ``05/06/2024`` is two
days in English and one (5 June) in French. Years of two digits are 2000 on; of a day of
birth they are those in which a signer can be born.
"""

import re
from collections.abc import Sequence
from datetime import date

from rapidfuzz.distance import DamerauLevenshtein

from digitizer.validity import fold

# Year, month and day as written.
_Parts = tuple[str, int, str]

# A petition is not kept longer; an older date is a misread one.
OLDEST_YEARS = 20
# Two digits above this are no year of this century that a sheet can carry.
_LAST_SHORT_YEAR = 60
# Ages of signers, in years: outside of the first pair a day of birth is a misread one. Of the
# two that a year of two digits can mean, one within the second pair is meant.
AGES, USUAL_AGES = (8, 115), (14, 100)
_MONTHS = (
    ("january", "janvier"),
    ("february", "fevrier"),
    ("march", "mars"),
    ("april", "avril"),
    ("may", "mai"),
    ("june", "juin"),
    ("july", "juillet"),
    ("august", "aout"),
    ("september", "septembre"),
    ("october", "octobre"),
    ("november", "novembre"),
    ("december", "decembre"),
)
# Shortest abbreviations: "ju" could be June or July, "ma" March or May.
_MIN_MONTH_LETTERS = 3
# Misread month names are accepted with one wrong letter from this length on.
_MIN_FUZZY_LETTERS = 5
_FILLERS = frozenset(
    "le la the of de du on st nd rd th er ere eme e d "
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs "
    "fri sat sun lundi mardi mercredi jeudi vendredi samedi dimanche lun mer jeu ven sam "
    "dim".split()
)


def candidate_dates(text: str, language: str, *, born: bool = False) -> frozenset[date]:
    """All days ``text`` can mean; none where a part is missing or unreadable.

    ``born``: it is a day of birth, and a year of two digits may be of the last century.
    """
    numbers: list[str] = []
    month: int | None = None
    for token in re.findall(r"[a-z]+|[0-9]+", fold(text)):
        if token.isdigit():
            numbers.append(token)
        elif token not in _FILLERS:
            found = _month(token)
            if found is None or month is not None:
                return frozenset()
            month = found
    if month is not None:
        parts = _with_month(numbers, month)
    else:
        # With points or slashes nobody writes the last two figures of a year of birth first.
        parts = _numeric(numbers, language, born=born, short_first=not born or "-" in text)
    # Those of the first order that gives any, as the language has them.
    return next((days for group in parts if (days := _days(group, born=born))), frozenset())


def single_date(
    text: str, language: str, today: date | None = None, *, born: bool = False
) -> date | None:
    """The one day ``text`` means, or None; ``born``: a day of birth.

    With ``today``, days that no sheet can carry are not counted as possible
    as long as another day remains, nor unusual ages beside usual ones.
    """
    candidates = candidate_dates(text, language, born=born)
    if today is not None:
        candidates = (
            frozenset(d for d in candidates if is_plausible(d, today, born=born)) or candidates
        )
        if born and len({d.year for d in candidates}) > 1:
            usual = frozenset(d for d in candidates if _is_aged(d, today, USUAL_AGES))
            candidates = usual or candidates
    return next(iter(candidates)) if len(candidates) == 1 else None


def is_plausible(day: date, today: date, *, born: bool = False) -> bool:
    """Whether a sheet read on ``today`` can carry this date; ``born``: as a day of birth."""
    if born:
        return _is_aged(day, today, AGES)
    return day <= today and day.year >= today.year - OLDEST_YEARS


def _is_aged(day: date, today: date, ages: tuple[int, int]) -> bool:
    return ages[0] <= today.year - day.year <= ages[1]


def _month(word: str) -> int | None:
    if len(word) < _MIN_MONTH_LETTERS:
        return None
    # Abbreviations are beginnings; "jui" begins two months and so names none.
    starts = {i for i, names in enumerate(_MONTHS, 1) if any(n.startswith(word) for n in names)}
    if not starts and len(word) >= _MIN_FUZZY_LETTERS:
        starts = {
            i
            for i, names in enumerate(_MONTHS, 1)
            if any(DamerauLevenshtein.distance(word, name, score_cutoff=1) <= 1 for name in names)
        }
    return starts.pop() if len(starts) == 1 else None


def _with_month(numbers: Sequence[str], month: int) -> list[list[_Parts]]:
    if len(numbers) != 2:
        return []
    first, second = numbers
    # "3 May 24": the year comes last unless the first number can only be a year.
    if len(first) == 4 or (int(first) > 31 and len(second) < 4):
        return [[(first, month, second)]]
    return [[(second, month, first)]]


def _numeric(
    numbers: Sequence[str], language: str, *, born: bool, short_first: bool
) -> list[list[_Parts]]:
    if len(numbers) == 1 and len(numbers[0]) == 8:
        run = numbers[0]
        year_first = (run[:4], int(run[4:6]), run[6:])
        # Without a sign a day of birth is written as in the boxes of a comb, day first.
        day_first = (run[4:], int(run[2:4]), run[:2])
        return [[day_first, year_first]] if born else [[year_first]]
    if len(numbers) != 3 or any(len(n) > 4 for n in numbers):
        return []
    a, b, c = numbers
    if len(a) == 4:
        return [[(a, int(b), c)]]
    day_first, month_first, year_first = (c, int(b), a), (c, int(a), b), (a, int(b), c)
    if len(c) == 4:
        if language == "fr":
            return [[day_first], [month_first]]
        return [[day_first, month_first]]
    orders = [day_first] if language == "fr" else [day_first, month_first]
    return [[*orders, year_first] if short_first else orders]


def _days(parts: Sequence[_Parts], *, born: bool) -> frozenset[date]:
    days = set()
    for year_text, month, day_text in parts:
        if len(year_text) not in (2, 4) or len(day_text) > 2:
            continue
        for year in _years(year_text, born=born):
            try:
                days.add(date(year, month, int(day_text)))
            except ValueError:
                continue
    return frozenset(days)


def _years(text: str, *, born: bool) -> tuple[int, ...]:
    """The years that two or four figures can mean."""
    year = int(text)
    if len(text) == 4:
        return (year,)
    if born:
        return 1900 + year, 2000 + year
    return (2000 + year,) if year <= _LAST_SHORT_YEAR else ()
