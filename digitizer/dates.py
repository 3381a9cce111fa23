"""Dates as people write them on forms, English and French -> calendar days.

A date is only taken where one day remains possible; ``05/06/2024`` is two
days in English and one (5 June) in French. Years of two digits are 2000 on.
"""

import re
from collections.abc import Sequence
from datetime import date

from rapidfuzz.distance import DamerauLevenshtein

from digitizer.validity import fold

# A petition is not kept longer; an older date is a misread one.
OLDEST_YEARS = 20
# Two digits above this are no year of this century that a sheet can carry.
_LAST_SHORT_YEAR = 60
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


def candidate_dates(text: str, language: str) -> frozenset[date]:
    """All days ``text`` can mean; none where a part is missing or unreadable."""
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
        return _with_month(numbers, month)
    return _numeric(numbers, language)


def single_date(text: str, language: str, today: date | None = None) -> date | None:
    """The one day ``text`` means, or None.

    With ``today``, days that no sheet can carry are not counted as possible
    as long as another day remains.
    """
    candidates = candidate_dates(text, language)
    if today is not None:
        candidates = frozenset(d for d in candidates if is_plausible(d, today)) or candidates
    return next(iter(candidates)) if len(candidates) == 1 else None


def is_plausible(day: date, today: date) -> bool:
    """Whether a sheet read on ``today`` can carry this date."""
    return day <= today and day.year >= today.year - OLDEST_YEARS


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


def _with_month(numbers: Sequence[str], month: int) -> frozenset[date]:
    if len(numbers) != 2:
        return frozenset()
    first, second = numbers
    # "3 May 24": the year comes last unless the first number can only be a year.
    if len(first) == 4 or (int(first) > 31 and len(second) < 4):
        return _days([(first, month, second)])
    return _days([(second, month, first)])


def _numeric(numbers: Sequence[str], language: str) -> frozenset[date]:
    if len(numbers) == 1 and len(numbers[0]) == 8:
        run = numbers[0]
        return _days([(run[:4], int(run[4:6]), run[6:])])
    if len(numbers) != 3 or any(len(n) > 4 for n in numbers):
        return frozenset()
    a, b, c = numbers
    if len(a) == 4:
        return _days([(a, int(b), c)])
    day_first, month_first, year_first = (c, int(b), a), (c, int(a), b), (a, int(b), c)
    if len(c) == 4:
        if language == "fr":
            return _days([day_first]) or _days([month_first])
        return _days([day_first, month_first])
    orders = [day_first, year_first] if language == "fr" else [day_first, month_first, year_first]
    return _days(orders)


def _days(parts: Sequence[tuple[str, int, str]]) -> frozenset[date]:
    days = set()
    for year_text, month, day_text in parts:
        if len(year_text) not in (2, 4) or len(day_text) > 2:
            continue
        year = int(year_text)
        if len(year_text) == 2:
            if year > _LAST_SHORT_YEAR:
                continue
            year += 2000
        try:
            days.add(date(year, month, int(day_text)))
        except ValueError:
            continue
    return frozenset(days)
