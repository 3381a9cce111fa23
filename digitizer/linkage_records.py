"""A signer's record made ready for comparing, and two that may be one person's.

Shared by the ways to find pairs: exact keys, and splink where it is installed.
"""

import re
from dataclasses import dataclass

from digitizer.linkage_model import Level
from digitizer.personnames import PersonName, parse_name
from digitizer.signers import address_key


@dataclass(frozen=True, slots=True)
class SignerRecord:
    """A row that would count: normalised values, empty where there is none.

    ``petition`` is what was signed, as a name that two sheets of it share, empty
    where unknown; ``sure`` tells that nothing in it waits for a person's eye.
    """

    record_id: str
    name: str
    address: str = ""
    postal_code: str = ""
    phone: str = ""
    email: str = ""
    petition: str = ""
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Keys:
    """What of a record is compared."""

    name: PersonName
    number: str
    street: str
    postal: str
    phone: str
    email: str


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
    address = address_key(record.address)
    number = re.search(r"\d+", address)
    return Keys(
        name=parse_name(record.name),
        number=number.group() if number else "",
        street=re.sub(r"[^a-z]", "", address),
        postal=record.postal_code.upper().replace(" ", ""),
        phone=re.sub(r"\D", "", record.phone),
        email=record.email.casefold(),
    )
