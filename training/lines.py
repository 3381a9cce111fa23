"""Invented codes, numbers, dates and emails, as written and as meant."""

import string
import unicodedata
from collections.abc import Sequence
from datetime import date
from functools import cache

import numpy as np
import numpy.typing as npt

from digitizer.engines import grammars, lexicon, people
from digitizer.engines.emails import KNOWN_DOMAINS
from digitizer.validity import fitted_code, folded_signs

_PHONE_STYLES = ("{}-{}-{}", "({}) {}-{}", "{} {} {}", "{}.{}.{}", "{}{}{}", "1-{}-{}-{}")
_DATE_STYLES = ("{y}-{m:02d}-{d:02d}", "{y}/{m:02d}/{d:02d}", "{month} {d} {y}", "{d} {month} {y}")
# Share of a name's words that are in no list, as of the name crops' words; how often it is
# written in small letters; and power of a word's share, since of the commonest names there
# are more people than ways to write them.
UNLISTED_WORD = 0.16
# Share of these that are one letter off a name at least ten times as common: 22 of the 40 in
# the train split's name crops, slips of pen and label among them. How common a name is
# speaks against them, so that is where it has to be weighed and a threshold proven.
ONE_LETTER_OFF = 0.55
SMALL_LETTERS = 0.25
NAME_POWER = 0.75
_BIRTH_STYLES = (
    "{d:02d}.{m:02d}.{y}", "{d:02d}.{m:02d}.{y}", "{d}.{m}.{y}", "{d:02d}/{m:02d}/{y}",
    "{d}/{m}/{y}", "{d:02d}-{m:02d}-{y}", "{d:02d} {m:02d} {y}", "{y}-{m:02d}-{d:02d}",
    "{y}/{m:02d}/{d:02d}", "{d} {month} {y}", "{month} {d}, {y}", "{d} {mois} {y}",
    "{d:02d}.{m:02d}.{short:02d}", "{d:02d}/{m:02d}/{short:02d}",
)  # fmt: skip
# What forms ask people to choose from, besides places, wards and school classes.
_ROLES = (
    "Owner Tenant Occupant Lodger Employee Visitor".split(),
    "Propriétaire Locataire Occupant Résident Employé Visiteur".split(),
    "Yes No Undecided Maybe Later Never".split(),
    "Oui Non Indécis Abstention".split(),
    "Parent Teacher Student Neighbour Staff Volunteer Guardian".split(),
    "Parent Enseignant Élève Voisin Bénévole Tuteur".split(),
    "Member Guest Associate Retired Student Supporter".split(),
    "Membre Invité Retraité Étudiant Sympathisant".split(),
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "Lundi Mardi Mercredi Jeudi Vendredi Samedi Dimanche".split(),
)
_DISTRICTS = ("Ward", "District", "Quartier", "Secteur", "Room", "Classe", "Poll")
# What codes look like: ZIP codes, post codes of other countries, numbers of members, precincts,
# parcels and files.
_CODES = (
    ("99999", "99999-9999"), ("99999",), ("9999",), ("9999 AA",), ("999 99",), ("99-999",),
    ("A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA"),
    ("9", "99", "999"), ("999999",), ("A-99999",), ("AA999999",), ("99-AA",), ("999.999.999",),
)  # fmt: skip
# Share of codes that people write without the signs between, and of codes of another form.
BARE_CODE = 0.3
UNLIKE_CODE = 0.05
# What a form says may be written in a field, as ``FieldSpec.values`` has it.
Listed = tuple[tuple[str, ...], ...]
# Share of answers that are on no list.
UNLISTED_CHOICE = 0.1
# Years of birth, and the day that short ones are told by.
BIRTH_YEARS = (1930, 2013)
BIRTH_TODAY = date(2026, 6, 1)
_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_MOIS = (
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre"
).split()


def invent_postal_code(rng: np.random.Generator) -> tuple[str, str]:
    """A code in a known area: as written, and as ``A9A 9A9``."""
    area = str(rng.choice(sorted(grammars.known_fsas())))
    unit = f"{rng.integers(10)}{rng.choice(list(grammars.CODE_LETTERS))}{rng.integers(10)}"
    shown = f"{area}{rng.choice([' ', ' ', '', '-'])}{unit}"
    return (shown.lower() if rng.random() < 0.05 else shown), f"{area} {unit}"


def invent_phone(rng: np.random.Generator, areas: Sequence[str] = ()) -> tuple[str, str]:
    """A number that may exist: as written in some way, and as NPA-NXX-XXXX.

    ``areas``: area codes to choose from; without any, all that may exist.
    """
    parts: list[str] = []
    while len(parts) < 2:
        part = f"{rng.integers(200, 1000)}"
        if not part.endswith("11"):
            parts.append(part)
    if areas:
        parts[0] = areas[int(rng.integers(len(areas)))]
    parts.append(f"{rng.integers(10000):04d}")
    return str(rng.choice(_PHONE_STYLES)).format(*parts), "-".join(parts)


def invent_date(rng: np.random.Generator) -> tuple[str, str]:
    """A date of this century's first decades: as written, and ISO 8601."""
    year, month, day = (int(rng.integers(a, b)) for a, b in ((2015, 2030), (1, 13), (1, 29)))
    style = str(rng.choice(_DATE_STYLES))
    return (
        style.format(y=year, m=month, d=day, month=_MONTHS[month - 1]),
        f"{year}-{month:02d}-{day:02d}",
    )


def invent_birth_date(rng: np.random.Generator) -> tuple[str, str]:
    """A day of birth, mostly of the last century: as written (day first), and ISO 8601."""
    year, month, day = (int(rng.integers(a, b)) for a, b in (BIRTH_YEARS, (1, 13), (1, 29)))
    style = str(rng.choice(_BIRTH_STYLES))
    shown = style.format(
        y=year, short=year % 100, m=month, d=day,
        month=_MONTHS[month - 1], mois=_MOIS[month - 1],
    )  # fmt: skip
    return shown, f"{year}-{month:02d}-{day:02d}"


def invent_choice(rng: np.random.Generator) -> tuple[Listed, str, str]:
    """A form's list of values, one as it is written, and the value: one in ten is not listed."""
    style = int(rng.integers(4))
    pool: tuple[str, ...]
    if style == 0:
        pool = tuple(_ROLES[int(rng.integers(len(_ROLES)))])
    elif style == 1:
        pool = tuple(place.title() for place in _some(sorted(lexicon.known_places()), 60, rng))
    elif style == 2:
        kind = str(rng.choice(_DISTRICTS))
        pool = tuple(f"{kind} {number}" for number in range(1, int(rng.integers(4, 31))))
    else:
        pool = tuple(f"{year}{letter}" for year in range(1, 13) for letter in "ABCDE")
    spelled = {folded_signs(value): value for value in pool}
    some = _some(tuple(spelled.values()), int(rng.integers(3, min(40, len(spelled)) + 1)), rng)
    listed, other = tuple((value,) for value in some[:-1]), some[-1]
    value = other if rng.random() < UNLISTED_CHOICE else str(rng.choice(some[:-1]))
    case = (str.upper, str.lower, str.capitalize, str)[int(rng.integers(4))]
    # The glyphs have no accents, and many people write none.
    shown = unicodedata.normalize("NFKD", case(value))
    return listed, "".join(c for c in shown if not unicodedata.combining(c)), value


def invent_code(rng: np.random.Generator) -> tuple[Listed, str, str]:
    """What a form says its codes look like, one as it is written, and the code.

    One in twenty is a code of another form.
    """
    patterns = _CODES[int(rng.integers(len(_CODES)))]
    other = _CODES[int(rng.integers(len(_CODES)))]
    pattern = str(rng.choice(other if rng.random() < UNLIKE_CODE else patterns))
    signs = {"9": string.digits, "A": string.ascii_uppercase}
    code = "".join(str(rng.choice(list(signs[p]))) if p in signs else p for p in pattern)
    bare = folded_signs(code)
    shown = bare if rng.random() < BARE_CODE else code
    # Other forms' codes may have as many figures and letters.
    return tuple((p,) for p in patterns), shown, fitted_code(bare, patterns) or code


def _some(pool: Sequence[str], count: int, rng: np.random.Generator) -> list[str]:
    return [str(one) for one in rng.permutation(np.array(pool))[:count]]


def invent_name(rng: np.random.Generator) -> str:
    """Two words of a name as they are common, some of them in no list but like a name."""
    words = [_unlisted_word(rng) if rng.random() < UNLISTED_WORD else _word(rng) for _ in range(2)]
    name = " ".join(words)
    return name.title() if rng.random() < SMALL_LETTERS else name


def _word(rng: np.random.Generator) -> str:
    words, shares = _common_words()
    return words[int(np.searchsorted(shares, rng.random()))]


def _unlisted_word(rng: np.random.Generator) -> str:
    """A name with a letter changed, or two names' halves, until no list has it."""
    while True:
        word = _changed(_word(rng), rng) if rng.random() < ONE_LETTER_OFF else _halves(rng)
        if word not in people.shares() and word not in lexicon.name_words():
            return word


def _changed(word: str, rng: np.random.Generator) -> str:
    """A word with one of its letters replaced by any letter."""
    at = int(rng.integers(len(word)))
    return word[:at] + str(rng.choice(list(string.ascii_uppercase))) + word[at + 1 :]


def _halves(rng: np.random.Generator) -> str:
    """The beginning of one name and the end of another."""
    head, tail = _word(rng), _word(rng)
    return head[: int(np.ceil(len(head) / 2))] + tail[len(tail) // 2 :]


@cache
def _common_words() -> tuple[tuple[str, ...], npt.NDArray[np.float64]]:
    """Words of three letters or more, and the sums of their shares up to each."""
    words = tuple(w for w in sorted(people.shares()) if len(w) > 2 and w.isascii())
    weights = np.array([people.shares()[word] for word in words]) ** NAME_POWER
    return words, np.cumsum(weights) / weights.sum()


def invent_email(rng: np.random.Generator) -> str:
    """An address of names and figures at a well-known domain, or one time in ten another."""
    names = _plain_names()
    first, last = (names[int(rng.integers(len(names)))] for _ in range(2))
    ways = [f"{first}.{last}", f"{first[0]}{last}", f"{first}{rng.integers(1, 99)}",
            f"{first}_{last}", f"{last}{rng.integers(1950, 2010)}"]  # fmt: skip
    local = str(rng.choice(ways))[:18].strip("._")
    if rng.random() < 0.1:
        return f"{local}@{names[int(rng.integers(len(names)))]}.{rng.choice(['ca', 'org', 'com'])}"
    shares = np.array(list(KNOWN_DOMAINS.values()))
    return f"{local}@{rng.choice(list(KNOWN_DOMAINS), p=shares / shares.sum())}"


@cache
def _plain_names() -> list[str]:
    return [n.lower() for n in sorted(lexicon.known_names()) if n.isascii() and n.isalpha()]
