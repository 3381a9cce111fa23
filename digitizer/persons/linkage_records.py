"""A signer's record made ready for comparing, and two that may be one person's.

Shared by the ways to find pairs: exact keys, and splink where it is installed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from digitizer.persons.linkage_model import Level
from digitizer.validity import EMAIL
from digitizer.values.personnames import PersonName, parse_name, sound
from digitizer.values.signers import address_key

# Letters that a house number is misread with, and the figures they stand for.
_FIGURES = str.maketrans("OoQDlIiL|/!ZzSsGbBg", "0000111111122556689")


@dataclass(frozen=True, slots=True)
class Readings:
    """What else may be written in a row's fields, beside the best readings of them."""

    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    postal_codes: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


NOTHING_ELSE = Readings()


@dataclass(frozen=True, slots=True)
class SignerRecord:
    """A row that would count: normalised values, empty where there is none.

    ``petition`` is what was signed, as a name that two sheets of it share, empty
    where unknown; ``sure`` tells that nothing in it waits for a person's eye;
    ``others``: second readings of handwriting, to suggest by and never to be sure.
    """

    record_id: str
    name: str
    address: str = ""
    postal_code: str = ""
    phone: str = ""
    email: str = ""
    petition: str = ""
    sure: bool = True
    others: Readings = NOTHING_ELSE


@dataclass(frozen=True, slots=True)
class Keys:
    """What of a record is compared: best readings, and what else each may be.

    ``number``: of the house; an email that can be none is none, since it was read
    too poorly to tell people apart. The lists in the plural begin with the best reading.
    """

    name: PersonName
    street: str
    names: tuple[PersonName, ...]
    numbers: tuple[str, ...]
    postals: tuple[str, ...]
    phones: tuple[str, ...]
    emails: tuple[str, ...]

    @property
    def number(self) -> str:
        """The house number as best read, empty where there is none."""
        return self.numbers[0] if self.numbers else ""

    @property
    def postal(self) -> str:
        """The postal code as best read, empty where there is none."""
        return self.postals[0] if self.postals else ""

    @property
    def phone(self) -> str:
        """The phone number as best read, empty where there is none."""
        return self.phones[0] if self.phones else ""

    @property
    def email(self) -> str:
        """The email as best read, empty where there is none."""
        return self.emails[0] if self.emails else ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Places of two records in their order, ``earlier`` < ``later``.

    ``log2_odds``: of one person against two strangers; ``levels``: how each
    field agrees, None where either record does not have it.
    """

    earlier: int
    later: int
    log2_odds: float
    levels: dict[str, Level | None]

    def says(self, field: str) -> str | None:
        """The word for how a field agrees, empty for not at all, None for silent."""
        level = self.levels.get(field)
        return None if level is None else level.says


def keys_of(record: SignerRecord) -> Keys:
    """Take a record apart for comparing."""
    also = record.others
    address = address_key(record.address)
    number = re.search(r"\d+", address)
    misread = (figures(text) for text in (record.address, *also.addresses))
    name = parse_name(record.name)
    return Keys(
        name=name,
        street=re.sub(r"[^a-z]", "", address),
        names=tuple(dict.fromkeys((name, *map(parse_name, also.names)))),
        numbers=_some((number.group() if number else "", *misread)),
        postals=_some(
            text.upper().replace(" ", "") for text in (record.postal_code, *also.postal_codes)
        ),
        phones=_some(re.sub(r"\D", "", text) for text in (record.phone, *also.phones)),
        emails=_some(
            text.casefold() for text in (record.email, *also.emails) if EMAIL.fullmatch(text)
        ),
    )


def block_keys(keys: Keys) -> list[str]:
    """What two readings of one person share at least one of, unless nearly all was misread.

    Pairs with a key in common are compared, so none may be shared by thousands.
    """
    found = [f"e{email}" for email in keys.emails] + [f"p{phone}" for phone in keys.phones]
    sounds = tuple(dict.fromkeys(sound(name.surname) for name in keys.names if name.surname))
    name = keys.name
    for postal in keys.postals:
        found += [f"h{postal}{number}" for number in keys.numbers]
        found += [f"s{postal}{code}" for code in sounds]
        if name.letters:
            found.append(f"l{postal}{name.letters[:3]}")
        if name.surname:
            found.append(f"a{postal[:3]}{name.surname} {name.given[:1]}")
            found.append(f"w{postal[:3]}{name.words}")
    for number in keys.numbers:
        found += [f"t{number} {keys.street[:2]} {code}" for code in sounds]
        found += [f"g{number} {name.given[:1]} {code}" for code in sounds]
        if name.letters:
            found.append(f"b{number} {name.letters[:4]}")
        if name.given:
            found.append(f"f{number} {name.given} {name.surname}")
    return list(dict.fromkeys(found))


def figures(address: str) -> str:
    """The house number at an address's beginning, with letters taken for figures.

    Empty unless most of the first word is figures: ``84G`` may be 846.
    """
    first = address.split(maxsplit=1)[0] if address.strip() else ""
    if 2 * sum(c.isdigit() for c in first) < len(first):
        return ""
    said = first.translate(_FIGURES)
    return said if said.isdigit() else ""


def _some(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
