"""What people write on petition sheets, invented: names, addresses, emails, numbers.

Only the wording; ``finetune_lines`` draws it. Lists come from the engine's own
lexicons, so no signer's text is needed. Both languages, capitals and not.
"""

import unicodedata
from collections.abc import Callable
from functools import cache

import numpy as np

from digitizer.engines import lexicon
from digitizer.engines.emails import KNOWN_DOMAINS
from training.lines import invent_date, invent_phone, invent_postal_code

_ENGLISH = (
    "Street St St. Avenue Ave Ave. Road Rd Rd. Drive Dr Dr. Crescent Cres Court Crt Lane Ln "
    "Boulevard Blvd Place Pl Way Terrace Trail Hwy Line Sideroad Circle Square Gate Park"
).split()
_FRENCH = (
    "rue, avenue, av., boulevard, boul., chemin, ch., rang, montée, côte, place, impasse, "
    "ruelle, allée, route, rue de la, rue du, rue des, rue de l', chemin du, rue St-, rue Ste-"
).split(", ")
_DIRECTIONS = "N S E W North South East West O Est Ouest Nord Sud NW SE".split()
_PROVINCES = (
    "ON QC BC AB MB SK NS NB NL PE YT NT NU Ont. Ont Que Qc Ontario Québec Quebec Alberta "
    "Manitoba Saskatchewan P.Q. B.C. N.S. N.B. Nova_Scotia British_Columbia New_Brunswick"
).split()
_UNITS = ("Apt {}", "apt. {}", "# {}", "#{}", "Unit {}", "app. {}", "App {}", "Suite {}", "bur. {}")
_ENDINGS = "com ca org net fr qc.ca gov.bc.ca edu info on.ca coop".split()
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec janv févr mars avril mai juin".split()

# Share of names that are in no list.
INVENTED_SHARE = 0.35

Rng = np.random.Generator


def pick(items: list[str] | tuple[str, ...], rng: Rng) -> str:
    """One of the items."""
    return items[int(rng.integers(len(items)))]


def name(rng: Rng) -> str:
    """A given name, a family name, or both, capitals or not."""
    way = rng.random()
    first, last = _name(rng), _name(rng)
    if way < 0.35:
        text = first
    elif way < 0.85:
        text = f"{first} {last}"
    elif way < 0.9:
        text = f"{first}-{last}"
    else:
        text = f"{first} {last[0]}. {_name(rng)}"
    return _case(text, rng, capitals=0.5)


def address(rng: Rng) -> str:
    """A street address, English or French."""
    number = str(int(rng.integers(1, 10 ** int(rng.integers(1, 5)) + 1)))
    if rng.random() < 0.08:
        number += pick(["A", "B", "C", "a", "b", "1/2"], rng)
    street = _name(rng) if rng.random() < 0.5 else pick(_places(), rng)
    if rng.random() < 0.15:
        street = pick(["1st", "2nd", "3rd", "4th", "5e", "12e", "21st", "10th"], rng)
    if rng.random() < 0.6:
        text = f"{number} {street} {pick(_ENGLISH, rng)}"
    else:
        text = f"{number}{pick([' ', ', '], rng)}{pick(_FRENCH, rng)} {street}"
    if rng.random() < 0.12:
        text += f" {pick(_DIRECTIONS, rng)}"
    if rng.random() < 0.25:
        unit = str(int(rng.integers(1, 2000)))
        text = (
            f"{unit}-{text}"
            if rng.random() < 0.4
            else f"{text}{pick([' ', ', '], rng)}{pick(_UNITS, rng).format(unit)}"
        )
    return _case(text, rng, capitals=0.25)


def city(rng: Rng) -> str:
    """A place, sometimes with its province."""
    text = pick(_places(), rng)
    if rng.random() < 0.35:
        text += f"{pick([' ', ', '], rng)}{pick(_PROVINCES, rng).replace('_', ' ')}"
    return _case(text, rng, capitals=0.25)


def email(rng: Rng) -> str:
    """An email address: half at well-known domains, half anywhere."""
    first, last = (_plain(_name(rng)) for _ in range(2))
    number = str(int(rng.integers(1, 10 ** int(rng.integers(1, 5)))))
    ways = (
        f"{first}.{last}", f"{first}{last}", f"{first[0]}{last}", f"{first}_{last}", first + number,
        f"{last}{number}", f"{first}-{last}", f"{first[0]}.{last}{number}", last,
    )  # fmt: skip
    local = pick(ways, rng)[:22].strip("._-")
    if rng.random() < 0.55:
        domain = pick(_domains(), rng)
    else:
        domain = f"{_plain(_name(rng))}.{pick(_ENDINGS, rng)}"
    text = f"{local}@{domain}"
    return text.upper() if rng.random() < 0.06 else text


def postal_code(rng: Rng) -> str:
    """A postal code as written."""
    return invent_postal_code(rng)[0]


def phone(rng: Rng) -> str:
    """A phone number as written, now and then with an extension or a plus."""
    text = invent_phone(rng)[0]
    way = rng.random()
    if way < 0.06:
        return f"+1 {text.removeprefix('1-')}"
    return f"{text} x{rng.integers(1, 999)}" if way < 0.1 else text


def date(rng: Rng) -> str:
    """A date as written."""
    if rng.random() < 0.6:
        return invent_date(rng)[0]
    day, month, year = rng.integers(1, 32), rng.integers(1, 13), int(rng.integers(15, 32))
    joint = pick(["/", "-", ".", " "], rng)
    ways = (
        f"{day}{joint}{month}{joint}{year}", f"{month:02d}{joint}{day:02d}{joint}20{year}",
        f"{pick(_MONTHS, rng)} {day}/{year}", f"{day} {pick(_MONTHS, rng)} 20{year}",
        f"{day:02d}{joint}{month:02d}{joint}{year}",
    )  # fmt: skip
    return pick(ways, rng)


def number(rng: Rng) -> str:
    """A house number or unit, as it stands before a street."""
    text = str(int(rng.integers(1, 10 ** int(rng.integers(1, 6)))))
    if rng.random() < 0.2:
        text = f"{rng.integers(1, 999)}-{text}"
    return text + (pick(["A", "B", "C", "D"], rng) if rng.random() < 0.1 else "")


def province(rng: Rng) -> str:
    """A province, long or short."""
    return pick(_PROVINCES, rng).replace("_", " ")


# How often each kind is drawn in a font, and in joined glyphs.
FONT_KINDS: tuple[tuple[Callable[[Rng], str], float], ...] = (
    (name, 0.2), (address, 0.25), (city, 0.1), (email, 0.27), (postal_code, 0.05),
    (phone, 0.06), (date, 0.05), (province, 0.02),
)  # fmt: skip
GLYPH_KINDS: tuple[tuple[Callable[[Rng], str], float], ...] = (
    (postal_code, 0.25), (phone, 0.2), (email, 0.23), (date, 0.08), (number, 0.04),
    (name, 0.16), (address, 0.04),
)  # fmt: skip


def choose(kinds: tuple[tuple[Callable[[Rng], str], float], ...], rng: Rng) -> str:
    """A text of a kind drawn by its share."""
    at = rng.random() * sum(share for _, share in kinds)
    for make, share in kinds:
        at -= share
        if at <= 0:
            return make(rng)
    return kinds[-1][0](rng)


def _case(text: str, rng: Rng, *, capitals: float) -> str:
    way = rng.random()
    if way < capitals:
        return text.upper().replace("ß", "SS")
    return text.lower() if way > 0.97 else text


@cache
def _names() -> list[str]:
    return sorted(n for n in lexicon.known_names() if len(n) < 16)


def _name(rng: Rng) -> str:
    """A listed name, or one that could be: the network must not know names by heart."""
    return _invented(rng) if rng.random() < INVENTED_SHARE else pick(_names(), rng)


def _invented(rng: Rng) -> str:
    """A name letter by letter, each as likely as it follows two others in listed names."""
    follows = _followers()
    while True:
        text = "^^"
        while not text.endswith("$") and len(text) < 16:
            text += pick(follows[text[-2:]], rng)
        text = text[2:-1]
        if len(text) > 2:
            return text.capitalize()


@cache
def _followers() -> dict[str, list[str]]:
    """The letters that follow each two in the listed names, each as often as it does."""
    follows: dict[str, list[str]] = {}
    for name in _names():
        if name.isalpha():
            marked = f"^^{name.lower()}$"
            for at in range(2, len(marked)):
                follows.setdefault(marked[at - 2 : at], []).append(marked[at])
    return follows


def _plain(name: str) -> str:
    """A name as email addresses have it: small letters of the alphabet alone."""
    bare = unicodedata.normalize("NFKD", name.lower())
    return "".join(c for c in bare if "a" <= c <= "z") or "info"


@cache
def _places() -> list[str]:
    return sorted(place for place, _ in lexicon.known_places().values())


@cache
def _domains() -> list[str]:
    """Well-known domains, each as often as the square root of its share says."""
    return [d for d, share in KNOWN_DOMAINS.items() for _ in range(round(30 * share**0.5))]
