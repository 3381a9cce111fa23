"""What the grammar of a field says about a text while somebody types it.

Advice only: people type what stands on the sheet. ``Level.BAD`` asks for a
second Enter, nothing is refused but a date that means no single day.
"""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files

from digitizer.records import FieldKind
from digitizer.states import DATE_KINDS, DateOrder
from digitizer.validity import (
    AREA_CODES,
    EMAIL,
    MAIL_DOMAINS,
    PHONE,
    POSTAL_CODE,
    PROVINCES,
    SHORT_PHONE,
    fitted_code,
    folded_signs,
    is_near_known,
    known_areas,
    provinces_of,
)
from digitizer.values.canonical import normalise
from digitizer.values.dates import candidate_dates, is_plausible

# Kinds that hold no figures as a rule, so that number keys are free beside them.
WITHOUT_FIGURES = frozenset({FieldKind.NAME, FieldKind.CITY, FieldKind.PROVINCE})

_NEVER = "DFIOQU"
_NEVER_FIRST = "WZ"
# Letters of the shortest name, signs of the shortest address, as in ``rules``.
_MIN_NAME = 2
_MIN_ADDRESS = 3

# Where the Canadian numbering administrator assigned each area code (2026).
_AREAS = {
    "AB": "368 403 587 780 825",
    "BC": "236 250 257 604 672 778",
    "MB": "204 431 584",
    "NB": "428 506",
    "NL": "709 879",
    "NS PE": "782 902",
    "ON": "226 249 289 343 365 382 387 416 437 519 548 613 647 683 705 742 753 807 905 942",
    "QC": "263 273 354 367 418 438 450 468 514 579 581 819 873",
    "SK": "306 474 639",
    "YT NT NU": "867",
}
_PROVINCES_OF_AREA = {
    code: tuple(provinces.split()) for provinces, codes in _AREAS.items() for code in codes.split()
}


class Level(StrEnum):
    """Good: fits. Note: look once more. Bad: hardly what is written."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """A remark: its message's name and what is filled in.

    ``provinces``: codes whose names, in the reader's language, fill ``{province}``.
    """

    level: Level
    message: str
    values: Mapping[str, str] = field(default_factory=dict)
    provinces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """What else the row says; ``language``: of the sheet, which decides what 5/6/24 is.

    ``date_order``: its form's, which goes before the language; ``values``: of a choice, all
    ways to write what its form lists; of a code, its patterns.
    """

    postal_code: str = ""
    province: str = ""
    language: str = "en"
    today: date | None = None
    date_order: DateOrder | None = None
    values: tuple[str, ...] = ()


def check(kind: FieldKind, text: str, beside: Beside | None = None) -> Check | None:
    """The one remark worth making on ``text``; None: nothing to say."""
    plain = " ".join(text.split())
    if not plain:
        return Check(Level.NOTE, "check.empty")
    test = _CHECKS.get(kind)
    return test(plain, beside or Beside()) if test else None


def as_kept(
    kind: FieldKind, text: str, language: str, today: date, order: DateOrder | None = None
) -> str:
    """``text`` as a decision is to have it: a date as its day, where language or form tells."""
    if kind not in DATE_KINDS:
        return text
    return normalise(kind, text, language, today=today, order=order) or text


def is_kept(
    kind: FieldKind, text: str, language: str, today: date, order: DateOrder | None = None
) -> bool:
    """Whether a field can hold a text at all: a date only what means a single day, or nothing."""
    if kind not in DATE_KINDS or not text.split():
        return True
    return bool(normalise(kind, text, language, today=today, order=order))


def _bad(message: str, **values: str) -> Check:
    return Check(Level.BAD, f"check.{message}", values)


def _note(message: str, **values: str) -> Check:
    return Check(Level.NOTE, f"check.{message}", values)


def _postal_code(text: str, beside: Beside) -> Check:
    code = normalise(FieldKind.POSTAL_CODE, text, beside.language)
    signs = "".join(c for c in code if c.isalnum())
    letters = [c for i, c in enumerate(signs) if i % 2 == 0]
    never = "".join(dict.fromkeys(c for c in letters if c in _NEVER))
    if never:
        return _bad("postal-never", signs=", ".join(never))
    if signs[:1] and signs[0] in _NEVER_FIRST:
        return _bad("postal-first", signs=signs[0])
    if any(c.isdigit() if i % 2 == 0 else c.isalpha() for i, c in enumerate(signs)):
        return _bad("postal-pattern")
    if not POSTAL_CODE.fullmatch(code):
        return _bad("postal-unfinished")
    area = code[:3]
    if area not in known_areas():
        return Check(Level.BAD, "reasons.postal-code-unknown-area")
    provinces = provinces_of(code)
    if beside.province in PROVINCES and beside.province not in provinces:
        values = {"area": area, "other": beside.province}
        return Check(Level.NOTE, "check.postal-province", values, provinces)
    place = _places().get(area, "")
    message = "check.postal-place" if place else "check.postal-known"
    return Check(Level.GOOD, message, {"area": area, "place": place}, provinces)


def _phone(text: str, beside: Beside) -> Check:
    number = normalise(FieldKind.PHONE, text, beside.language)
    digits = sum(c.isdigit() for c in number)
    if SHORT_PHONE.fullmatch(number):
        return _note("phone-local")
    match = PHONE.fullmatch(number)
    if match is None:
        return _bad("phone-eleven") if digits == 10 else _bad("phone-unfinished", n=str(digits))
    if match[1].endswith("11") or match[2].endswith("11"):
        return _bad("phone-eleven")
    area = match[1]
    if area not in AREA_CODES:
        return _note("phone-outside", area=area)
    return Check(Level.GOOD, "check.phone-place", {"area": area}, _PROVINCES_OF_AREA.get(area, ()))


def _email(text: str, beside: Beside) -> Check:
    address = "".join(text.split())
    if address.count("@") != 1:
        return _bad("email-no-at")
    local, _, domain = address.rpartition("@")
    domain = domain.lower()
    if not EMAIL.fullmatch(f"{local}@{domain}"):
        return _bad("email-broken")
    if domain in MAIL_DOMAINS:
        return Check(Level.GOOD, "check.email-known", {"domain": domain})
    return _note("email-near" if is_near_known(domain) else "email-unknown", domain=domain)


def _date(text: str, beside: Beside) -> Check:
    return _day(text, beside, FieldKind.DATE)


def _birth_date(text: str, beside: Beside) -> Check:
    return _day(text, beside, FieldKind.BIRTH_DATE)


def _day(text: str, beside: Beside, kind: FieldKind) -> Check:
    today = beside.today or date.today()
    born = kind is FieldKind.BIRTH_DATE
    order = beside.date_order
    day = normalise(kind, text, beside.language, today=today, order=order)
    if day:
        if not is_plausible(date.fromisoformat(day), today, born=born):
            return _bad("date-implausible", day=day)
        return Check(Level.GOOD, "check.date-read", {"day": day})
    days = sorted(
        d.isoformat() for d in candidate_dates(text, beside.language, born=born, order=order)
    )
    return _bad("date-several", days=", ".join(days)) if len(days) > 1 else _bad("date-unclear")


def _province(text: str, beside: Beside) -> Check:
    code = normalise(FieldKind.PROVINCE, text, beside.language)
    if code not in PROVINCES:
        return _bad("province-unknown")
    there = provinces_of(beside.postal_code) if POSTAL_CODE.fullmatch(beside.postal_code) else ()
    if there and code not in there:
        return Check(Level.NOTE, "check.province-postal", {}, there)
    return Check(Level.GOOD, "check.province-read", {"code": code}, (code,))


def _name(text: str, beside: Beside) -> Check | None:
    if "@" in text:
        return _note("name-email")
    if any(c.isdigit() for c in text):
        return _note("name-digits")
    return _note("name-short") if sum(c.isalpha() for c in text) < _MIN_NAME else None


def _address(text: str, beside: Beside) -> Check | None:
    if "@" in text:
        return _note("address-email")
    if sum(c.isalnum() for c in text) < _MIN_ADDRESS:
        return _note("address-short")
    return None if any(c.isdigit() for c in text) else _note("address-no-number")


def _city(text: str, beside: Beside) -> Check | None:
    return _note("city-digits") if any(c.isdigit() for c in text) else None


def _choice(text: str, beside: Beside) -> Check | None:
    listed = {folded_signs(value) for value in beside.values}
    return _note("not-listed") if listed and folded_signs(text) not in listed else None


def _code(text: str, beside: Beside) -> Check | None:
    patterns = beside.values
    return (
        _note("code-unlike", like=", ".join(patterns))
        if patterns and not fitted_code(text, patterns)
        else None
    )


_CHECKS: Mapping[FieldKind, Callable[[str, Beside], Check | None]] = {
    FieldKind.POSTAL_CODE: _postal_code,
    FieldKind.PHONE: _phone,
    FieldKind.EMAIL: _email,
    FieldKind.DATE: _date,
    FieldKind.BIRTH_DATE: _birth_date,
    FieldKind.PROVINCE: _province,
    FieldKind.NAME: _name,
    FieldKind.ADDRESS: _address,
    FieldKind.CITY: _city,
    FieldKind.CHOICE: _choice,
    FieldKind.CODE: _code,
}


@cache
def _places() -> Mapping[str, str]:
    """Main place of each postal area in use."""
    listed = files("digitizer").joinpath("engines", "data", "fsa.txt.gz").read_bytes()
    lines = gzip.decompress(listed).decode("utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if "\t" in line)
