"""An invented population that signs a petition, some of them twice.

Names are drawn apart from each other, by how common they are, from the lists of
the package faker; everything else is made up. Households share surname, address
and phone; there are twins (given names alike), and fathers and sons of one name,
with and without "Jr". Each record is then read as handwriting is read: with the
confusions of letters that ``field_facts`` lists, with fields left empty.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

# Shares. Nobody knows how often people sign twice; offices speak of a few in a hundred.
TWICE = 0.05
HOUSEHOLD_SIZES = ((1, 0.62), (2, 0.28), (3, 0.07), (4, 0.03))
TWINS = 0.01  # of households of two or more
NAMESAKES = 0.006  # father and son of one name, of households of two or more
MISREAD = {"name": 0.12, "address": 0.2, "postal_code": 0.07, "phone": 0.06, "email": 0.15}
# A field nobody wrote, or that gave no value.
EMPTY = {"address": 0.03, "postal_code": 0.10, "phone": 0.40, "email": 0.45}
CONFUSED = (
    "a:o u:n n:r n:u r:n r:v v:r u:v e:c c:e h:k h:n k:h i:l l:i l:t t:l o:a s:r g:y y:g d:cl m:rn "
    "b:6 z:2 f:t p:n w:u é:e è:e ê:e ç:c ô:o 1:7 7:1 4:9 9:4 3:5 5:3 6:5 0:6 8:3 2:7 q:g j:y x:k"
)
_CONFUSIONS: dict[str, list[str]] = {}
for _pair in CONFUSED.split():
    _CONFUSIONS.setdefault(_pair[0], []).append(_pair[2:])
_STREETS = (
    "Maple Avenue|Elm Street|King Street West|Queen Street East|Bank Street|Main Street|"
    "Oak Ridge Drive|Lakeshore Boulevard|Dundas Street|Birch Crescent|Victoria Avenue|"
    "Hillcrest Road|Church Street|Pine Grove Lane|rue Saint-Denis|rue Sherbrooke Est|"
    "boulevard Laurier|avenue du Parc|rue des Érables|rue Principale|chemin Sainte-Foy|"
    "rue de l'Église|avenue Cartier|rue Notre-Dame Ouest|rue Saint-Jean|avenue des Pins"
).split("|")
_DOMAINS = "gmail.com hotmail.com outlook.com yahoo.ca videotron.ca sympatico.ca bell.net".split()
_SHORT = (("Avenue", "Ave"), ("Street", "St"), ("Drive", "Dr"), ("Boulevard", "Blvd"),
          ("Road", "Rd"), ("boulevard", "boul."), ("avenue", "av."), ("chemin", "ch."))  # fmt: skip
_POSTAL = "ABCEGHJKLMNPRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Signed:
    """One row as read; ``person`` is who wrote it, ``home`` where they live."""

    person: int
    home: int
    name: str
    address: str
    postal_code: str
    phone: str
    email: str


class Names:
    """Given names and surnames with how common they are, for two languages."""

    def __init__(self) -> None:
        """Read faker's lists; ImportError where faker is missing."""
        from faker.providers.person.en_US import Provider as English
        from faker.providers.person.fr_CA import Provider as French

        self.given = [
            _weighted([*_items(English.first_names_male), *_items(English.first_names_female)]),
            _weighted([*_items(French.first_names_male), *_items(French.first_names_female)]),
        ]
        self.surnames = [
            _weighted(_items(English.last_names)),
            _weighted(_items(French.last_names)),
        ]

    def draw(self, rng: np.random.Generator, count: int, language: int, surname: bool) -> list[str]:
        """``count`` names, common ones more often."""
        names, weights = (self.surnames if surname else self.given)[language]
        return [names[i] for i in rng.choice(len(names), count, p=weights)]


def _items(names: object) -> list[tuple[str, float]]:
    if isinstance(names, dict):
        return [(str(name), float(weight)) for name, weight in names.items()]
    # Lists without weights: the usual long tail.
    return [(str(name), 1.0 / (place + 5)) for place, name in enumerate(names)]  # type: ignore[arg-type, var-annotated]


def _weighted(
    items: list[tuple[str, float]],
) -> tuple[list[str], "np.ndarray[tuple[int], np.dtype[np.float64]]"]:
    joined: dict[str, float] = {}
    for name, weight in items:
        joined[name] = joined.get(name, 0.0) + weight
    weights = np.array(list(joined.values()))
    # Half of all people have a name that such lists put at equal weight: flatter.
    weights = weights / weights.sum()
    return list(joined), weights


def population(records: int, seed: int) -> list[Signed]:
    """About ``records`` rows in order of arrival; the same for the same seed."""
    rng = np.random.default_rng(seed)
    names = Names()
    people = list(_people(rng, names, round(records / (1 + TWICE))))
    again = rng.choice(len(people), round(len(people) * TWICE), replace=False)
    rows = [_read(rng, person) for person in people]
    rows += [_read(rng, _second_time(rng, people[i])) for i in again]
    order = rng.permutation(len(rows))
    return [rows[i] for i in order]


def _people(rng: np.random.Generator, names: Names, count: int) -> Iterator[Signed]:
    sizes = [size for size, _ in HOUSEHOLD_SIZES]
    shares = [share for _, share in HOUSEHOLD_SIZES]
    made = home = 0
    block = 4096
    taken: set[str] = set()
    while made < count:
        languages = (rng.random(block) < 0.35).astype(int)
        drawn = {
            (language, last): iter(names.draw(rng, 5 * block, language, last))
            for language in (0, 1)
            for last in (False, True)
        }
        for size, language in zip(rng.choice(sizes, block, p=shares), languages, strict=True):
            for person in _household(rng, made, home, int(size), drawn, int(language)):
                if made < count:
                    made += 1
                    yield _own_mailbox(person, taken)
            home += 1


def _own_mailbox(person: Signed, taken: set[str]) -> Signed:
    """The person with an address that nobody else has, as mail providers see to."""
    local, _, domain = person.email.partition("@")
    email, more = person.email, 1
    while email in taken:
        more += 1
        email = f"{local}{more}@{domain}"
    taken.add(email)
    return replace(person, email=email)


def _household(
    rng: np.random.Generator,
    first: int,
    home: int,
    size: int,
    drawn: dict[tuple[int, bool], Iterator[str]],
    language: int,
) -> Iterator[Signed]:
    surname = next(drawn[language, True])
    number = int(rng.integers(1, 3000))
    street = _STREETS[int(rng.integers(14 * language, 14 + 12 * language))]
    unit = f" apt {int(rng.integers(1, 60))}" if rng.random() < 0.2 else ""
    # A few areas hold most signers, as where petitions are taken round.
    area = int(250 * rng.random() ** 2)
    letter = "HGJ"[area % 3] if language else "KLMNPRSTVBE"[area % 11]
    digits = rng.integers(0, 10, 3)
    code = f"{letter}{area % 10}{_POSTAL[area % 20]} "
    code += f"{digits[0]}{_POSTAL[int(rng.integers(20))]}{digits[1]}"
    landline = _phone(rng, area)
    twins = size > 1 and rng.random() < TWINS
    namesakes = size > 1 and not twins and rng.random() < NAMESAKES
    given = next(drawn[language, False])
    for member in range(size):
        name = given
        last = surname
        suffix = ""
        if member == 1 and twins:
            name = _twin(rng, given)
        elif member == 1 and namesakes:
            suffix = " Jr" if not language else " fils"
            if rng.random() < 0.3:  # nobody says which of them it is
                suffix = ""
        elif member:
            name = next(drawn[language, False])
            while name == given:
                name = next(drawn[language, False])
            if rng.random() < 0.3:
                last = next(drawn[language, True])
        phone = landline if rng.random() < 0.45 else _phone(rng, area)
        plain = f"{name[0]}{last}".lower() if rng.random() < 0.5 else f"{name}.{last}".lower()
        email = f"{_ascii(plain)}{int(rng.integers(1, 999)) if rng.random() < 0.7 else ''}"
        email += "@" + _DOMAINS[int(rng.integers(len(_DOMAINS)))]
        address = f"{number} {street}{unit}"
        yield Signed(first + member, home, f"{name} {last}{suffix}", address, code, phone, email)


def _twin(rng: np.random.Generator, name: str) -> str:
    """Another given name that is nearly the first: Jean and Jeanne, Ann and Anna."""
    ways = (name + "e", name + "a", name + "ne", name[:-1] + "y", name[:-1] + "ie", name[:-1])
    return ways[int(rng.integers(len(ways)))]


def _phone(rng: np.random.Generator, area: int) -> str:
    code = (613, 416, 905, 514, 418, 604, 403, 204, 902, 819)[area % 10]
    return f"{code}-{int(rng.integers(200, 999))}-{int(rng.integers(10000)):04d}"


def _ascii(text: str) -> str:
    return text.translate(str.maketrans("àâäéèêëîïôöùûüç' ", "aaaeeeeiioouuuc..")).replace(
        "..", "."
    )


def _second_time(rng: np.random.Generator, person: Signed) -> Signed:
    """How the same person writes another time."""
    from digitizer.values.personnames import possible_names

    words = person.name.split()
    way = rng.random()
    if way < 0.08:
        short = [n for n in _nicknames_of(words[0].lower()) if n != words[0].lower()]
        if short:
            words[0] = short[int(rng.integers(len(short)))].capitalize()
        elif len(possible_names(words[0].lower())) > 1:
            words[0] = possible_names(words[0].lower())[0].capitalize()
    elif way < 0.13:
        words[0] = words[0][0] + "."
    elif way < 0.21:
        words.insert(1, "ABCDEFGHJLMPRST"[int(rng.integers(15))] + ".")
    elif way < 0.23:
        words = [words[-1] + ",", *words[:-1]]
    changed = replace(person, name=" ".join(words))
    if rng.random() < 0.3:
        street = changed.address
        for full, short_form in _SHORT:
            street = street.replace(full, short_form)
        changed = replace(changed, address=street.split(" apt ")[0])
    if rng.random() < 0.10:
        changed = replace(changed, phone=_phone(rng, int(rng.integers(10))))
    if rng.random() < 0.05:
        changed = replace(changed, email=f"{_ascii(words[-1].lower())}.{person.person}@work.ca")
    if rng.random() < 0.02:  # moved house
        street = _STREETS[int(rng.integers(len(_STREETS)))]
        letter, digit, last = "KLMHJ"[int(rng.integers(5))], *rng.integers(0, 10, 2)
        changed = replace(
            changed,
            address=f"{int(rng.integers(1, 3000))} {street}",
            postal_code=f"{letter}{digit}B 2C{last}",
        )
    return changed


def _nicknames_of(name: str) -> list[str]:
    from digitizer.values import personnames

    possible = personnames._possible()
    return sorted(short for short, full in possible.items() if name in full)


def _read(rng: np.random.Generator, person: Signed) -> Signed:
    """The row as a reader would give it: misread here, empty there."""
    texts: dict[str, str] = {}
    name = person.name
    if rng.random() < 0.15:
        name = _ascii_keep(name)
    if rng.random() < 0.12:
        name = name.upper()
    fields = {"name": name, "address": person.address, "postal_code": person.postal_code,
              "phone": person.phone, "email": person.email}  # fmt: skip
    for field, text in fields.items():
        if rng.random() < EMPTY.get(field, 0.0):
            texts[field] = ""
        elif rng.random() < MISREAD[field]:
            texts[field] = misread(rng, text, field)
        else:
            texts[field] = text
    return replace(person, **texts)  # type: ignore[arg-type]


def _ascii_keep(text: str) -> str:
    return text.translate(str.maketrans("àâäéèêëîïôöùûüçÉÈÀÇ", "aaaeeeeiioouuucEEAC"))


def misread(rng: np.random.Generator, text: str, field: str) -> str:
    """``text`` with one or two letters taken for others, lost or doubled."""
    letters = list(text)
    for _ in range(1 if rng.random() < 0.75 else 2):
        places = [
            i for i, c in enumerate(letters)
            if c.isalnum() and (field not in ("phone", "postal_code") or c.isdigit() or i == 5)
        ]  # fmt: skip
        if not places:
            break
        at = places[int(rng.integers(len(places)))]
        choices = _CONFUSIONS.get(letters[at].lower(), ["a" if letters[at].isalpha() else "8"])
        other = choices[int(rng.integers(len(choices)))]
        if field in ("phone", "postal_code"):
            other = (
                str(int(rng.integers(10)))
                if letters[at].isdigit()
                else "ABCEGHJK"[int(rng.integers(8))]
            )
        elif rng.random() < 0.12:
            other = ""
        letters[at] = other.upper() if letters[at].isupper() else other
    return "".join(letters)
