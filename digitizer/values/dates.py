"""Dates as people write them on forms, English and French -> calendar days.

A date is only taken where one day remains possible; ``05/06/2024`` is two
days in English and one (5 June) in French, unless the form says its order. Between points
the day comes first in every language: ``05.06.2024``. Years of two digits are 2000 on; of a
day of birth they are those in which a signer can be born.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from rapidfuzz.distance import DamerauLevenshtein

from digitizer.states import DateOrder
from digitizer.validity import fold

# Year, month and day as written.
_Parts = tuple[str, int, str]
# Figures between points: Germans, Swiss, Poles, Finns and others put the day first there, and
# nobody is taught to put the month first.
_POINTS = re.compile(r"\d{1,2} ?\. ?\d{1,2} ?\. ?(?:\d{2}|\d{4})")

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
# As some write them, ``3/III/2024``.
ROMAN_MONTHS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
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


def candidate_dates(
    text: str, language: str, *, born: bool = False, order: DateOrder | None = None
) -> frozenset[date]:
    """All days ``text`` can mean; none where a part is missing or unreadable.

    ``born``: it is a day of birth, and a year of two digits may be of the last century.
    ``order``: the one that the form asks for; another is meant where that one gives no day.
    """
    numbers, month, known = _parts(text)
    if not known:
        return frozenset()
    if month is not None:
        parts = _with_month(numbers, month)
    else:
        # With points or slashes nobody writes the last two figures of a year of birth first.
        short_first = not born or "-" in text or order is DateOrder.YEAR_FIRST
        usual = order or usual_order(text, language)
        parts = _numeric(numbers, usual, born=born, short_first=short_first, told=order is not None)
    # Those of the first order that gives any, as the language has them.
    return next((days for group in parts if (days := _days(group, born=born))), frozenset())


def usual_order(text: str, language: str) -> DateOrder | None:
    """The order in which a text in figures is read where nothing tells it; None: in any."""
    return DateOrder.DAY_FIRST if language == "fr" or _POINTS.fullmatch(text.strip()) else None


def days_by_order(
    text: str, today: date, *, born: bool = False
) -> Mapping[DateOrder, frozenset[date]]:
    """The days that a date in figures means in each order that gives any which a sheet can carry.

    Empty where a month is named, where a year of four figures leads, and where the figures
    are no date in three parts: nothing depends on the order there.
    """
    numbers, month, known = _parts(text)
    if not known or month is not None or len(numbers) != 3 or len(numbers[0]) == 4:
        return {}
    found = {}
    for order, parts in _ordered(numbers).items():
        if order is DateOrder.YEAR_FIRST and (len(numbers[2]) == 4 or (born and "-" not in text)):
            continue
        days = _plausible(_days([parts], born=born), today, born=born)
        if days:
            found[order] = days
    return found


def single_date(
    text: str,
    language: str,
    today: date | None = None,
    *,
    born: bool = False,
    order: DateOrder | None = None,
) -> date | None:
    """The one day ``text`` means, or None; ``born``: a day of birth; ``order``: the form's.

    With ``today``, days that no sheet can carry are not counted as possible
    as long as another day remains, nor unusual ages beside usual ones.
    """
    candidates = candidate_dates(text, language, born=born, order=order)
    if today is not None:
        candidates = _plausible(candidates, today, born=born) or candidates
    return next(iter(candidates)) if len(candidates) == 1 else None


def _plausible(days: frozenset[date], today: date, *, born: bool) -> frozenset[date]:
    """Those of ``days`` that a sheet can carry; of several years of birth, the usual ones."""
    kept = frozenset(d for d in days if is_plausible(d, today, born=born))
    if born and len({d.year for d in kept}) > 1:
        return frozenset(d for d in kept if _is_aged(d, today, USUAL_AGES)) or kept
    return kept


def is_plausible(day: date, today: date, *, born: bool = False) -> bool:
    """Whether a sheet read on ``today`` can carry this date; ``born``: as a day of birth."""
    if born:
        return _is_aged(day, today, AGES)
    return day <= today and day.year >= today.year - OLDEST_YEARS


def _is_aged(day: date, today: date, ages: tuple[int, int]) -> bool:
    return ages[0] <= today.year - day.year <= ages[1]


def _month(word: str) -> int | None:
    if word in ROMAN_MONTHS:
        return ROMAN_MONTHS.index(word) + 1
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


def _parts(text: str) -> tuple[list[str], int | None, bool]:
    """Figures, a named month if there is one, and whether every word is known."""
    numbers: list[str] = []
    month: int | None = None
    for token in re.findall(r"[a-z]+|[0-9]+", fold(text)):
        if token.isdigit():
            numbers.append(token)
        elif token not in _FILLERS:
            found = _month(token)
            if found is None or month is not None:
                return [], None, False
            month = found
    return numbers, month, True


def _ordered(numbers: Sequence[str]) -> dict[DateOrder, _Parts]:
    """Three numbers as year, month and day in each order."""
    a, b, c = numbers
    return {
        DateOrder.DAY_FIRST: (c, int(b), a),
        DateOrder.MONTH_FIRST: (c, int(a), b),
        DateOrder.YEAR_FIRST: (a, int(b), c),
    }


def _numeric(
    numbers: Sequence[str],
    order: DateOrder | None,
    *,
    born: bool,
    short_first: bool,
    told: bool,
) -> list[list[_Parts]]:
    """Groups of ways to read figures; a later group counts where those before give no day.

    ``order``: the usual one; ``told``: the form says so, and no other is as likely.
    """
    if len(numbers) == 1 and len(numbers[0]) == 8:
        run = numbers[0]
        year_first = (run[:4], int(run[4:6]), run[6:])
        # Without a sign a day of birth is written as in the boxes of a comb, day first.
        day_first = (run[4:], int(run[2:4]), run[:2])
        if told and order is DateOrder.MONTH_FIRST:
            return [[(run[4:], int(run[:2]), run[2:4]), year_first]]
        day_leads = born or (told and order is DateOrder.DAY_FIRST)
        return [[day_first, year_first]] if day_leads else [[year_first]]
    if len(numbers) != 3 or any(len(n) > 4 for n in numbers):
        return []
    ways = _ordered(numbers)
    if len(numbers[0]) == 4:
        return [[ways[DateOrder.YEAR_FIRST]]]
    if len(numbers[2]) == 4 or not short_first:
        del ways[DateOrder.YEAR_FIRST]
    if order not in ways:
        return [list(ways.values())]
    first = ways.pop(order)
    if told:
        return [[first], list(ways.values())]
    # The last two figures of a year may lead in any language.
    last = ways.pop(DateOrder.YEAR_FIRST, None)
    return [[first, last] if last else [first], list(ways.values())]


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
