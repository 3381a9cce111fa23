"""Phone and email out of one cell.

Each line, or each half of a line, is given to the grammar that explains it
best. An ``@`` or a known domain speaks for an email, many digits for a phone.
"""

import re
from collections.abc import Mapping, Sequence

from digitizer.engines.reading import (
    Lattice,
    bind_cost,
    decode_kind,
    join_lattices,
    read_lattice,
)
from digitizer.records import FieldKind, FieldSpec, Reading

# Signs that are often digits in a phone number, for counting only.
DIGIT_LIKE = set("0123456789OoIlSBZ")

# A phone holds seven digits or more.
_MIN_DIGITS = 6

# Share of digit-like signs from which a line that is no good number is still one.
_DIGIT_SHARE = 0.45

# Share of digit-like signs in the part of a line that is its number.
_NUMBER_SHARE = 0.6

# Natural logs: what a cut in a line costs, and a gap within an email.
_CUT = 4.0
_GAP = 3.0

# How emails end.
_ENDING = re.compile(r"\.(com|ca|net|org|fr|edu|me)$", re.IGNORECASE)

# Binding costs this much for each character before a line is no phone.
_MAX_PHONE_COST = 3.5

# A line of figures with fewer letters is no email, whatever binding it to a number costs:
# figures that touch are read as fewer ("81555010" for 819-555-0100), but every email
# ends in letters.
_EMAIL_LETTERS = 2


def read_contact(
    lattices: Sequence[Lattice], fields: Mapping[FieldKind, FieldSpec]
) -> tuple[Reading, ...]:
    """Read the lines of a contact cell as a phone and an email."""
    phones: list[Lattice] = []
    emails: list[Lattice] = []
    for lattice in lattices:
        for part in _split(lattice):
            (phones if _is_phone(part) else emails).append(part)
    if len(phones) > 1 and not emails:
        # Two numbers, or an email full of digits: the worse number may be one.
        phones.sort(key=lambda part: bind_cost(part, FieldKind.PHONE))
        worst = phones[-1]
        if bind_cost(worst, FieldKind.EMAIL) < bind_cost(worst, FieldKind.PHONE):
            emails.append(phones.pop())
    elif len(emails) > 1 and not phones:
        # Two lines and no number told: one badly written, unless an email broke.
        numbers = sorted(emails, key=lambda part: -_digit_share(part.text))
        if _digit_share(numbers[0].text) >= _DIGIT_SHARE and "@" not in numbers[0].text:
            phones.append(numbers[0])
            emails.remove(numbers[0])
    readings = []
    if phones:
        best = min(phones, key=lambda part: bind_cost(part, FieldKind.PHONE))
        spec = fields[FieldKind.PHONE]
        readings.append(read_lattice(best, spec.name, FieldKind.PHONE))
    if emails:
        spec = fields[FieldKind.EMAIL]
        joined = join_lattices(emails, space=False)
        readings.append(read_lattice(joined, spec.name, FieldKind.EMAIL))
    return tuple(readings)


def _digit_share(text: str) -> float:
    signs = [c for c in text if not c.isspace()]
    return sum(c in DIGIT_LIKE for c in signs) / max(1, len(signs))


def _is_phone(lattice: Lattice) -> bool:
    text = lattice.text
    if "@" in text:
        return False
    digits = sum(c.isdigit() for c in text)
    marks = sum(c in DIGIT_LIKE for c in text)
    signs = sum(not c.isspace() for c in text)
    letters = sum(c.isalpha() and c not in DIGIT_LIKE for c in text)
    if digits >= _MIN_DIGITS and letters < _EMAIL_LETTERS:
        return True
    if digits < 3 or marks < _MIN_DIGITS or marks < 0.5 * signs:
        return False
    return bind_cost(lattice, FieldKind.PHONE) <= _MAX_PHONE_COST * signs


def _split(lattice: Lattice) -> tuple[Lattice, ...]:
    """Cut a line that holds both a phone and an email at the gap where that costs least."""
    text = lattice.text
    best: tuple[float, tuple[Lattice, ...]] | None = None
    # A sign at an end parts nothing.
    for at, sign in enumerate(text[1:-1], start=1):
        if sign not in " ,;/":
            continue
        parts = (lattice.part(0, at), lattice.part(at + 1, len(text)))
        for phone, other in (parts, parts[::-1]):
            if not _may_be_number(phone.text) or not _may_be_email(other):
                continue
            cost = bind_cost(phone, FieldKind.PHONE) + bind_cost(other, FieldKind.EMAIL) + _CUT
            if best is None or cost < best[0]:
                best = cost, parts
    if best is None or best[0] >= _whole_cost(lattice):
        return (lattice,)
    return best[1]


def _whole_cost(lattice: Lattice) -> float:
    """What it costs that a line is one number or one email, in which gaps are rare."""
    email = bind_cost(lattice, FieldKind.EMAIL) + _GAP * lattice.text.strip().count(" ")
    return min(bind_cost(lattice, FieldKind.PHONE), email)


def _may_be_number(text: str) -> bool:
    digits = sum(c in DIGIT_LIKE for c in text)
    return digits > _MIN_DIGITS and digits >= _NUMBER_SHARE * len(text) and "@" not in text


def _may_be_email(part: Lattice) -> bool:
    """Whether a part is an email, or was one: "ext 204" and "cell" are none."""
    letters = sum(c.isalpha() and c not in DIGIT_LIKE for c in part.text)
    if letters < _EMAIL_LETTERS:
        return False
    return ends_as_email(part.text) or bool(decode_kind(part, FieldKind.EMAIL))


def ends_as_email(text: str) -> bool:
    """Whether a text has an ``@`` or ends in a usual domain's ending."""
    return "@" in text or _ENDING.search(text.strip()) is not None
