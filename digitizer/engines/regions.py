"""Where postal areas, places and telephone area codes lie, for weighing them against each other.

``towns.txt.gz`` (``training/build_lexicon.py``) holds for each forward
sortation area its province and the places that people who live there name,
with shares: what the area is called, and the towns around it by size and
distance. Everything here is a prior: people move and keep their numbers, and
call their town what they like.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from digitizer.engines.datafiles import read_data
from digitizer.engines.lexicon import fold

Floats = npt.NDArray[np.float64]

# Telephone area codes of each province or territory, overlays included (Canadian
# Numbering Administrator's list, 2025).
AREA_CODES_OF_PROVINCE: Mapping[str, str] = {
    "NL": "709 879", "NS": "902 782", "PE": "902 782", "NB": "506 428",
    "QC": "418 581 367 514 438 263 450 579 354 819 873 468",
    "ON": "416 647 437 942 905 289 365 742 613 343 753 519 226 548 382 705 249 683 807",
    "MB": "204 431 584", "SK": "306 639 474", "AB": "403 587 780 825 368",
    "BC": "604 778 236 672 250 257", "NT": "867", "NU": "867", "YT": "867",
}  # fmt: skip

# Share of people whose number is of another province or country, whose province
# as written is not that of their code, whose town is none of those near their
# code, and whose code is not that of their home (work, a slip of the pen).
FOREIGN_NUMBER = 0.15
OTHER_PROVINCE = 0.01
OTHER_TOWN = 0.15
OTHER_AREA = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """All postal areas as places where a signer may live, equally likely.

    Each method returns (areas,): how much likelier somebody of each area writes
    this than somebody of any area; its mean over the areas is 1.
    """

    areas: tuple[str, ...]
    provinces: tuple[str, ...]
    towns: Mapping[str, tuple[npt.NDArray[np.int64], Floats]]

    def of_code(self, code: str) -> Floats:
        """Of a postal code, by its first three characters; all 1 for an unknown area."""
        likely = np.array([float(area == code[:3]) for area in self.areas])
        return _mixed(likely, OTHER_AREA)

    def of_province(self, province: str) -> Floats:
        """Of a province's two letters; all 1 for an unknown one."""
        likely = np.array([float(home == province) for home in self.provinces])
        return _mixed(likely, OTHER_PROVINCE)

    def of_phone(self, number: str) -> Floats:
        """Of a number NPA-NXX-XXXX; all 1 for a foreign or missing area code."""
        shares = {
            province: 1.0 / len(codes.split())
            for province, codes in AREA_CODES_OF_PROVINCE.items()
            if number[:3] in codes.split() and len(number) == 12
        }
        likely = np.array([shares.get(province, 0.0) for province in self.provinces])
        return _mixed(likely, FOREIGN_NUMBER)

    def of_town(self, town: str) -> Floats:
        """Of a folded town; all 1 for one that is in no list."""
        likely = np.zeros(len(self.areas))
        if town in self.towns:
            places, shares = self.towns[town]
            likely[places] = shares
        return _mixed(likely, OTHER_TOWN)


def _mixed(likely: Floats, other: float) -> Floats:
    """Relative to its mean, with a share ``other`` of people who write anything."""
    mean = float(likely.mean())
    if mean <= 0.0:
        return np.ones(likely.size)
    return np.asarray((1.0 - other) * likely / mean + other, np.float64)


@cache
def load_regions() -> Regions:
    """The compiled table. DependencyError where it is missing."""
    areas, provinces = [], []
    towns: dict[str, list[tuple[int, float]]] = {}
    for number, line in enumerate(read_data("towns.txt.gz").decode().splitlines()):
        area, province, *named = line.split("\t")
        areas.append(area)
        provinces.append(province)
        for entry in named:
            town, share = entry.rsplit(":", 1)
            towns.setdefault(fold(town), []).append((number, float(share)))
    found = {
        town: (np.array([n for n, _ in entries]), np.array([s for _, s in entries]))
        for town, entries in towns.items()
    }
    return Regions(tuple(areas), tuple(provinces), found)


@cache
def towns_of_areas() -> Mapping[int, tuple[tuple[str, float], ...]]:
    """Of each area, by its place in ``areas``: the folded towns its people name, with shares."""
    named: dict[int, list[tuple[str, float]]] = {}
    for town, (places, shares) in load_regions().towns.items():
        for place, share in zip(places.tolist(), shares.tolist(), strict=True):
            named.setdefault(place, []).append((town, share))
    return {place: tuple(towns) for place, towns in named.items()}
