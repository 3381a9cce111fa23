"""Name, address and contact cells of invented people, in joined glyphs, for fitting confidence.

The only real ink of addresses at hand is German street names, which no list of
Canadian places helps with, so it says nothing of a town that is listed, is read
so to the letter and lies where the postal code does. These rows do: street, town,
province, code and telephone as people write them in one cell, letter by letter of
real hands. A town is one of those that people of the code's area name, or, as
often as ``OTHER_TOWN`` has it, any other place: a slip of the code, a move, a village.
Emails are of the signer's own name or of somebody else's.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np

from digitizer.engines import lexicon
from digitizer.engines.emails import KNOWN_DOMAINS
from digitizer.engines.regions import (
    AREA_CODES_OF_PROVINCE,
    FOREIGN_NUMBER,
    OTHER_TOWN,
    load_regions,
    towns_of_areas,
)
from digitizer.records import (
    CellCrop,
    FieldKind,
    FieldSpec,
    InkState,
    LineCrop,
    Mark,
    Pixels,
)
from training.ink import Glyphs, Split
from training.join_glyphs import MARGIN_PX, join_text
from training.lines import invent_name, invent_phone, invent_postal_code

ADDRESS = (
    FieldSpec("address", FieldKind.ADDRESS, required=True),
    FieldSpec("city", FieldKind.CITY),
    FieldSpec("province", FieldKind.PROVINCE),
    FieldSpec("postal_code", FieldKind.POSTAL_CODE),
)
NAME = (FieldSpec("name", FieldKind.NAME, required=True),)
CONTACT = (FieldSpec("phone", FieldKind.PHONE), FieldSpec("email", FieldKind.EMAIL))

# People who write their town in capitals, and those who write all of it on one line.
CAPITALS = 0.35
ONE_LINE = 0.4

# Weight in the list of places of what is the name of a postal area only.
LEAST_WEIGHT = 1.0

# People whose email holds a name of their own, by guess: what is fitted is how sure a
# reading is where it does, which does not hang on how many there are.
OWN_EMAIL = 0.6

# People whose name is in no list.
UNLISTED = 0.5

STREETS = "Main King Queen Maple Elm Victoria Wellington Bank Church Park River Lake".split()
TYPES = "St Street Ave Road Rd Drive Cres Blvd Lane".split()

Home = tuple[tuple[CellCrop, ...], Mapping[str, str]]


def home_rows(root: Path, rows: int, rng: np.random.Generator, split: Split) -> Iterator[Home]:
    """``rows`` people: the cells of each, and what stands there by field."""
    glyphs = Glyphs(root, split)
    for row in range(rows):
        texts = invent_home(rng)
        town, code = texts["city"], texts["postal_code"]
        end = code if rng.random() < 0.75 else code.replace(" ", "")
        lines = [texts["address"], f"{town} {texts['province']}", end]
        if rng.random() < ONE_LINE:
            lines[1:] = [f"{town} {texts['province']} {end}"]
        drawn = [_tight(join_text(line, glyphs, rng)) for line in lines]
        cells = [_cell(row, "address", ADDRESS, drawn)]
        for column, fields in (("name", NAME), ("contact", CONTACT)):
            written = [_tight(join_text(texts[field.name], glyphs, rng)) for field in fields]
            cells.append(_cell(row, column, fields, written))
        yield tuple(cells), texts


def name_cells(
    root: Path, names: int, rng: np.random.Generator, split: Split
) -> Iterator[tuple[CellCrop, str]]:
    """Cells of a name alone, and what stands there."""
    glyphs = Glyphs(root, split)
    for row in range(names):
        name = invent_name(rng)
        yield _cell(row, "name", NAME, [_tight(join_text(name, glyphs, rng))]), name


def invent_home(rng: np.random.Generator) -> dict[str, str]:
    """Who somebody is and where they live, by field, in letters that the glyphs have."""
    regions = load_regions()
    at = int(rng.integers(len(regions.areas)))
    named = _towns_of_area().get(at, ())
    if named and rng.random() >= OTHER_TOWN:
        shares = np.array([share for _, share in named])
        town = named[int(rng.choice(len(named), p=shares / shares.sum()))][0]
    else:
        places = sorted(
            p for p, (_, weight) in lexicon.known_places().items() if weight > LEAST_WEIGHT
        )
        town = places[int(rng.integers(len(places)))]
    province = regions.provinces[at]
    number = invent_phone(rng)[1]
    codes = AREA_CODES_OF_PROVINCE[province].split()
    if rng.random() >= FOREIGN_NUMBER:
        number = codes[int(rng.integers(len(codes)))] + number[3:]
    first, last, other = (_name(rng) for _ in range(3))
    owner = (first, last) if rng.random() < OWN_EMAIL else (other, _name(rng))
    street = f"{rng.integers(1, 999)} {rng.choice(STREETS)} {rng.choice(TYPES)}"
    return {
        "name": f"{first} {last}" if rng.random() < CAPITALS else f"{first} {last}".title(),
        "email": _email(owner, rng),
        "address": street,
        "city": town if rng.random() < CAPITALS else town.title(),
        "province": province,
        "postal_code": f"{regions.areas[at]} {invent_postal_code(rng)[1][4:]}",
        "phone": number,
    }


def _name(rng: np.random.Generator) -> str:
    """A listed name, or one like it that is in no list."""
    names = _plain_names()
    name = names[int(rng.integers(len(names)))]
    if rng.random() < UNLISTED:
        at = int(rng.integers(len(name)))
        name = f"{name[:at]}{rng.choice(list('AEIOULMNRST'))}{name[at + 1 :]}"
    return name


@cache
def _plain_names() -> tuple[str, ...]:
    """Listed names of four letters or more that the glyphs can write, folded."""
    return tuple(
        sorted(w for w in lexicon.name_words() if len(w) > 3 and w.isalpha() and w.isascii())
    )


def _email(owner: tuple[str, str], rng: np.random.Generator) -> str:
    first, last = (name.lower() for name in owner)
    ways = (f"{first}.{last}", f"{first[0]}{last}", f"{last}{rng.integers(10, 100)}",
            f"{first}{last[0]}")  # fmt: skip
    shares = np.array(list(KNOWN_DOMAINS.values()))
    domain = rng.choice(list(KNOWN_DOMAINS), p=shares / shares.sum())
    return f"{ways[int(rng.integers(len(ways)))][:18]}@{domain}"


@cache
def _towns_of_area() -> Mapping[int, tuple[tuple[str, float], ...]]:
    """Folded towns that people of each area name, with their shares, by the area's number.

    Without what only the post calls an area so ("Northwestern Ontario"): nobody lives there.
    """
    known = lexicon.known_places()
    return {
        place: tuple(one for one in sorted(towns) if known.get(one[0], ("", 0.0))[1] > LEAST_WEIGHT)
        for place, towns in towns_of_areas().items()
    }


def _tight(line: Pixels) -> Pixels:
    """A line without its white margin."""
    return line[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX]


def _cell(row: int, column: str, fields: tuple[FieldSpec, ...], lines: list[Pixels]) -> CellCrop:
    """A cell that holds these lines and nothing else; its picture is of no use."""
    blank = np.full((1, 1), 255, np.uint8)
    crops = tuple(LineCrop(line, (0, 0, line.shape[1], line.shape[0])) for line in lines)
    return CellCrop(
        row=row,
        column=column,
        fields=fields,
        picture=np.repeat(blank[:, :, None], 3, axis=2),
        clean=blank,
        lines=crops,
        ink=InkState.WRITTEN,
        ink_confidence=1.0,
        mark=Mark.NONE,
        mark_confidence=0.0,
        ink_share=0.1,
    )
