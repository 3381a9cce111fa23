"""Invented people: names, Canadian addresses, phones and emails.

Names are common first and last names drawn apart from each other; streets and
house numbers are drawn apart from cities, and phone numbers are of the block
kept for fiction (555-0100 to 555-0199). Anyone like a person who lives is
chance. Postal codes begin with a sorting area (FSA) that exists in their city.
"""

from dataclasses import dataclass

import numpy as np

EN_FIRST = (
    "Olivia Emma Charlotte Amelia Sophia Grace Hannah Abigail Priya Mei Fatima Aisha Ingrid "
    "Liam Noah William Jack Henry Owen Lucas Samuel Arjun Wei Omar Kwame Dmitri Peter George "
    "Margaret Dorothy Helen Ruth Susan Karen Linda Brian Kevin Douglas Gordon Ian Heather Joanne"
).split()
EN_LAST = (
    "Smith Brown Wilson Campbell MacDonald Stewart Fraser Murphy O'Brien Johnson Lee Chen Singh "
    "Patel Nguyen Kim Ahmed Hassan Okafor Mensah Kowalski Novak Ivanov Schmidt Friesen Penner "
    "Bailey Cooper Wright Harris Clarke Young Walker Hughes Fisher Grant Ross Bell Hill Wood"
).split()
FR_FIRST = (
    "Élise Chloé Léa Zoé Amélie Geneviève Noémie Maëlle Océane Françoise Hélène Thérèse Josée "
    "Émile Félix Jérôme François Benoît Gaël André Rémi Loïc Étienne Mathieu Olivier Yves Luc "
    "Marie-Ève Jean-François Marie-Claude Anne-Sophie Pierre-Luc Sylvie Chantal Guylaine Réjean"
).split()
FR_LAST = (
    "Tremblay Gagnon Roy Côté Bouchard Gauthier Morin Lavoie Fortin Gagné Ouellet Pelletier "
    "Bélanger Lévesque Bergeron Leblanc Paquette Girard Simard Boucher Caron Beaulieu Cloutier "
    "Dubé Poirier Fournier Lapointe Leclerc Lefebvre Thériault Desrosiers Lachance Québec Hébert"
).split()
EN_STREETS = (
    "Maple Avenue|Elm Street|King St W|Queen Street East|Bank St|Somerset St W|Main St|Oak Ridge "
    "Dr|Lakeshore Blvd|Dundas St|Birch Cres|Victoria Ave|Hillcrest Road|Church St|Pine Grove Lane|"
    "Jasper Ave|Portage Ave|Wellington St N|Harbour View Rd|College St|Riverside Dr|Spruce Court"
).split("|")
FR_STREETS = (
    "rue Saint-Denis|rue Sherbrooke Est|boul. Laurier|av. du Parc|rue des Érables|rue Principale|"
    "chemin Sainte-Foy|rue de l'Église|av. Cartier|rue Notre-Dame O|boul. René-Lévesque|"
    "rue Saint-Jean|rue du Château|av. des Pins|rang Saint-Joseph|rue Bélanger|rue de la Montagne"
).split("|")


@dataclass(frozen=True, slots=True)
class City:
    """A city with its province, area codes and some of its FSAs."""

    name: str
    province: str
    area_codes: tuple[str, ...]
    fsas: tuple[str, ...]


EN_CITIES = (
    City("Ottawa", "ON", ("613", "343"), ("K1N", "K1S", "K2P", "K1Y", "K1V", "K2A")),
    City("Toronto", "ON", ("416", "647"), ("M4Y", "M5V", "M6G", "M4C", "M5R", "M6K")),
    City("Hamilton", "ON", ("905",), ("L8P", "L8S", "L8N")),
    City("Kingston", "ON", ("613",), ("K7L", "K7M")),
    City("London", "ON", ("519",), ("N6A", "N6H")),
    City("Sudbury", "ON", ("705",), ("P3E", "P3B")),
    City("Vancouver", "BC", ("604", "778"), ("V5K", "V6B", "V5T", "V6G")),
    City("Victoria", "BC", ("250",), ("V8V", "V8R")),
    City("Calgary", "AB", ("403",), ("T2N", "T2P", "T3A")),
    City("Edmonton", "AB", ("780",), ("T5J", "T6E")),
    City("Winnipeg", "MB", ("204",), ("R3C", "R3G", "R2H")),
    City("Regina", "SK", ("306",), ("S4P", "S4S")),
    City("Saskatoon", "SK", ("306",), ("S7K", "S7H")),
    City("Halifax", "NS", ("902",), ("B3H", "B3J", "B3K")),
    City("Moncton", "NB", ("506",), ("E1C", "E1A")),
    City("Charlottetown", "PE", ("902",), ("C1A",)),
    City("St. John's", "NL", ("709",), ("A1C", "A1B")),
    City("Whitehorse", "YT", ("867",), ("Y1A",)),
    City("Yellowknife", "NT", ("867",), ("X1A",)),
)
FR_CITIES = (
    City("Montréal", "QC", ("514", "438"), ("H2X", "H2J", "H3A", "H4C", "H1W", "H2R")),
    City("Québec", "QC", ("418", "581"), ("G1R", "G1S", "G1K", "G1V")),
    City("Gatineau", "QC", ("819",), ("J8X", "J8Y", "J8T")),
    City("Laval", "QC", ("450",), ("H7N", "H7V")),
    City("Sherbrooke", "QC", ("819",), ("J1H", "J1K")),
    City("Longueuil", "QC", ("450",), ("J4K", "J4J")),
    City("Trois-Rivières", "QC", ("819",), ("G9A", "G8Z")),
    City("Rimouski", "QC", ("418",), ("G5L",)),
    City("Saguenay", "QC", ("418",), ("G7H",)),
    City("Ottawa", "ON", ("613",), ("K1N", "K1L")),
    City("Moncton", "NB", ("506",), ("E1C",)),
)

# Letters that a postal code may hold (D F I O Q U never).
POSTAL_LETTERS = "ABCEGHJKLMNPRSTVWXYZ"

# Gmail asks for local parts of six characters or more: shorter ones, which is
# all that is written here, belong to nobody. Other providers take short ones.
PROVIDER = "gmail.com"
RESERVED_DOMAINS = ("example.com", "example.org", "example.net")

EN_EVENTS = (
    "Ottawa Folk Fest", "Farmers' Market, Kingston", "Queen's Park rally, Toronto",
    "Carleton Univ. Ottawa", "Pride, Halifax", "Human Rights Day, Calgary", "Library, Regina",
)  # fmt: skip
FR_EVENTS = (
    "Marché Jean-Talon, Montréal", "Salon du livre, Québec", "Université Laval",
    "Cégep de Sherbrooke", "Fête nationale, Gatineau", "Place Royale, Québec",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """One invented signer, texts as a person would write them."""

    first: str
    last: str
    address: str
    city: str
    province: str
    postal_code: str
    phone: str
    email: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"


def invent_person(rng: np.random.Generator, language: str) -> Person:
    """A person who mostly, not always, has a name of the sheet's language."""
    french = (language == "fr") == (rng.random() < 0.85)
    first = _pick(rng, FR_FIRST if french else EN_FIRST)
    last = _pick(rng, FR_LAST if french else EN_LAST)
    city = FR_CITIES if language == "fr" else EN_CITIES
    home = city[int(rng.integers(len(city)))]
    number = str(int(rng.integers(1, 9999 if rng.random() < 0.3 else 999)))
    if french and home.province == "QC":
        street = f"{number}{',' if rng.random() < 0.4 else ''} {_pick(rng, FR_STREETS)}"
    else:
        street = f"{number} {_pick(rng, EN_STREETS)}"
    if rng.random() < 0.2:
        street += f" {_pick(rng, ('apt', 'app.', 'unit', '#') if not french else ('app.', '#'))}"
        street += f"{'' if street.endswith('#') else ' '}{int(rng.integers(1, 40))}"
    return Person(
        first=first,
        last=last,
        address=street,
        city=home.name,
        province=home.province,
        postal_code=invent_postal_code(rng, _pick(rng, home.fsas)),
        phone=f"{_pick(rng, home.area_codes)}-555-01{int(rng.integers(100)):02d}",
        email=invent_email(rng, first, last),
    )


def invent_postal_code(rng: np.random.Generator, fsa: str) -> str:
    """A legal code in the sorting area ``fsa``, as A9A 9A9."""
    letter = POSTAL_LETTERS[int(rng.integers(len(POSTAL_LETTERS)))]
    return f"{fsa} {int(rng.integers(10))}{letter}{int(rng.integers(10))}"


def invent_email(rng: np.random.Generator, first: str, last: str) -> str:
    """An address nobody can own: a reserved domain, or a local part too short."""
    f, n = plain(first), plain(last)
    if rng.random() < 0.4:
        local = (f[0] + n)[:4] + str(int(rng.integers(10)))
        return f"{local}@{PROVIDER}"
    shape = int(rng.integers(3))
    local = (f"{f}.{n}", f"{f[0]}{n}", f"{n}{int(rng.integers(10, 100))}")[shape]
    return f"{local[:18]}@{_pick(rng, RESERVED_DOMAINS)}"


def plain(text: str) -> str:
    """Lower-case ASCII letters of a name, as they stand in email addresses."""
    accents = str.maketrans("àâäéèêëîïôöùûüçÉÈ", "aaaeeeeiioouuuceE")
    return "".join(c for c in text.lower().translate(accents) if c.isascii() and c.isalpha())


def invent_collector(rng: np.random.Generator, language: str) -> tuple[str, str, str]:
    """Collector's name, event or place, and ISO date."""
    person = invent_person(rng, language)
    event = _pick(rng, FR_EVENTS if language == "fr" else EN_EVENTS)
    # Days after the 12th, so that no order of day and month misleads anyone.
    year, month = int(rng.integers(2021, 2026)), int(rng.integers(1, 13))
    return person.name, event, f"{year}-{month:02d}-{int(rng.integers(13, 29))}"


def written_date(rng: np.random.Generator, iso: str, language: str) -> str:
    """The ISO date in one of the ways people write it."""
    year, month, day = iso.split("-")
    names = {
        "en": "Jan Feb March April May June July Aug Sept Oct Nov Dec".split(),
        "fr": "janv. févr. mars avril mai juin juillet août sept. oct. nov. déc.".split(),
    }[language]
    name = names[int(month) - 1]
    long = f"{day} {name} {year}" if language == "fr" else f"{name} {day}, {year}"
    ways = (iso, long, f"{day}/{month}/{year}")
    return ways[int(rng.integers(len(ways)))]


def _pick(rng: np.random.Generator, choices: tuple[str, ...] | list[str]) -> str:
    return choices[int(rng.integers(len(choices)))]
