"""The canonical spelling of a field's text: what records.csv holds.

Only the spelling changes, never the content: what cannot be put in canonical
form is returned cleaned but unchanged and found by ``rules``. Every function
here gives its own output back when applied to it.
"""

import re
import unicodedata
from datetime import date

from digitizer.records import FieldKind
from digitizer.states import DATE_KINDS, DateOrder
from digitizer.validity import POSTAL_CODE, province_code
from digitizer.values.dates import single_date

# What scans and ruling remnants leave at the edges of a reading.
_EDGE = " \t|_~*=<>{}[]\\^`´¨•·;:,"
# Names end in a point where abbreviated ("Jr.", "J."), addresses do not.
_EDGE_START = _EDGE + ".-–—/!?"
_EDGE_END = _EDGE + "-–—/"
# Letters of the longest abbreviation that ends a name ("Esq").
_MAX_ABBREVIATION = 3
# A gap behind the apostrophe of a name that is one word ("O' Neill", "D' Amours").
_ELISION_GAP = re.compile(r"(?<![^\W\d_])([^\W\d_]['’]) (?=[^\W\d_])")
_QUOTES = '"“”„″〃«»'
# Letters that recognisers put for digits; no postal code contains them.
_DIGIT_LOOKALIKES = str.maketrans("OIQ", "010")
_EXTENSION = re.compile(r"\s*(?:\bext?\b|\bextension\b|\bposte\b|x|#)\.?\s*\d{1,6}\s*$", re.I)


def normalise(
    kind: FieldKind,
    text: str,
    language: str,
    *,
    today: date | None = None,
    order: DateOrder | None = None,
) -> str:
    """``text`` of a field of this kind in canonical form; empty where none is left.

    A date with several meanings, or none, gives the empty string; ``order``: that of its form.
    """
    cleaned = _clean(text)
    if kind is FieldKind.POSTAL_CODE:
        return _postal_code(cleaned)
    if kind is FieldKind.PHONE:
        return _phone(cleaned)
    if kind is FieldKind.EMAIL:
        return _email(cleaned)
    if kind is FieldKind.PROVINCE:
        return province_code(cleaned) or _strip(cleaned)
    if kind in DATE_KINDS:
        day = single_date(cleaned, language, today, born=kind is FieldKind.BIRTH_DATE, order=order)
        return day.isoformat() if day else ""
    if kind is FieldKind.NAME:
        return _name(cleaned)
    if kind is FieldKind.CODE:
        return _strip(cleaned).upper()
    if kind in (FieldKind.ADDRESS, FieldKind.CITY, FieldKind.TEXT, FieldKind.CHOICE):
        return _strip(cleaned)
    return cleaned


def _clean(text: str) -> str:
    """Composed characters, no controls, single spaces."""
    composed = unicodedata.normalize("NFC", text)
    visible = "".join(" " if c.isspace() else c for c in composed if c.isprintable() or c.isspace())
    return " ".join(visible.split())


def _strip(text: str) -> str:
    """Without the punctuation that no value begins or ends with."""
    return text.lstrip(_EDGE_START + _QUOTES).rstrip(_EDGE_END + _QUOTES)


def _name(text: str) -> str:
    """A name; a closing point is kept on abbreviations only ("Jr.", "J.", "Ph.D.")."""
    name = _strip(text)
    last = name.split()[-1].rstrip(".") if name.split() else ""
    full_word = len(last) > _MAX_ABBREVIATION and "." not in last
    whole = _strip(name.rstrip(".")) if full_word else name
    return _ELISION_GAP.sub(r"\1", whole)


def _postal_code(text: str) -> str:
    signs = "".join(c for c in text.upper() if c.isascii() and c.isalnum())
    if len(signs) != 6:
        return _strip(text).upper()
    code = "".join(c.translate(_DIGIT_LOOKALIKES) if i % 2 else c for i, c in enumerate(signs))
    code = f"{code[:3]} {code[3:]}"
    return code if POSTAL_CODE.fullmatch(code) else _strip(text).upper()


def _phone(text: str) -> str:
    digits = "".join(c for c in _EXTENSION.sub("", text) if c.isascii() and c.isdigit())
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    if len(digits) == 10:
        return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    if len(digits) == 7:
        return f"{digits[:3]}-{digits[3:]}"
    return text


def _email(text: str) -> str:
    address = text.replace(" ", "").strip(_EDGE_END + _QUOTES + "().")
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}" if at else address
