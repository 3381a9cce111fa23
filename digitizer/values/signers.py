"""Who signed twice: suggestions from names and addresses, never a decision.

Two records are suspected to be one person when their names agree and so does
an address, postal code, phone or email. Contact alone is a household. The
same sheet scanned twice is another matter (``rescans``) and is settled first.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digitizer.validity import fold

_TITLES = frozenset("mr mrs ms miss mx dr prof rev m mme mlle me sr soeur fr pere".split())
# Words for streets in both languages; written in full or not, they say little.
_STREET_WORDS = frozenset(
    "street st avenue ave av road rd drive dr boulevard boul blvd crescent cres court ct lane ln "
    "place pl way terrace terr circle cir parkway pkwy highway hwy square sq rue chemin ch rang "
    "cote montee apartment apt app appartement unit unite suite".split()
)


@dataclass(frozen=True, slots=True)
class SignerKey:
    """What tells a signer: normalised values, empty where there is none."""

    record_id: str
    name: str
    address: str = ""
    postal_code: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class DuplicateSigner:
    """``record_id`` may be the person of ``duplicate_of``, an earlier record.

    ``keys``: what the two, or records between them, have in common beside the name.
    """

    record_id: str
    duplicate_of: str
    keys: tuple[str, ...]


def find_duplicate_signers(records: Sequence[SignerKey]) -> tuple[DuplicateSigner, ...]:
    """Suspected duplicates among ``records``, in their order; the first one counts."""
    first: dict[tuple[str, str, str], int] = {}
    group = list(range(len(records)))
    shared: dict[int, dict[str, None]] = {}
    for place, record in enumerate(records):
        for name, key, content in _keys(record):
            earlier = first.setdefault((name, key, content), place)
            if earlier == place:
                continue
            shared.setdefault(place, {})[key] = None
            one, other = sorted((first_of(group, earlier), first_of(group, place)))
            group[other] = one
    found = []
    for place, record in enumerate(records):
        root = first_of(group, place)
        if root != place:
            keys = tuple(shared.get(place, {}))
            found.append(DuplicateSigner(record.record_id, records[root].record_id, keys))
    return tuple(found)


def name_key(name: str) -> str:
    """A name for comparing: no accents, titles, case or order of words."""
    words = re.findall(r"[a-z]+", re.sub(r"['’.-]", "", fold(name)))
    return " ".join(sorted(word for word in words if word not in _TITLES))


def address_key(address: str) -> str:
    """A street address for comparing; empty where it has no number."""
    words = re.findall(r"[a-z]+|[0-9]+", fold(address))
    kept = [word for word in words if word not in _STREET_WORDS]
    has_both = any(w.isdigit() for w in kept) and any(len(w) > 1 and w.isalpha() for w in kept)
    return " ".join(kept) if has_both else ""


def _keys(record: SignerKey) -> Iterator[tuple[str, str, str]]:
    name = name_key(record.name)
    if not name:
        return
    contents = {
        "address": address_key(record.address),
        "postal-code": record.postal_code.upper().replace(" ", ""),
        "phone": re.sub(r"\D", "", record.phone),
        "email": record.email.casefold(),
    }
    for key, content in contents.items():
        if content:
            yield name, key, content


def first_of(group: list[int], place: int) -> int:
    """The place that stands for all that are one with ``place``: the root of its tree.

    ``group``: of each place another of its tree, of a root itself; paths in it are shortened.
    """
    while group[place] != place:
        group[place] = group[group[place]]
        place = group[place]
    return place
