"""The lines that ``benchmarks.handwriting`` reads: real ink and fonts nobody trained on.

Names and places are crops as people wrote them (a writer's places are in one
split only). Postal codes, phones, dates and emails are single real letters and
digits set side by side, emails also written in handwriting fonts kept from
training. ``whose label nobody contradicts``: without crops of which two
transcriptions agree, and not with the label (``training.ink``), and without codes and
numbers that hold such a glyph. ``in rows``:
postal code, phone, town and province of one invented person, in four lines; one
number in eight is of another province, since people move.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitizer.engines import lexicon
from digitizer.engines.regions import AREA_CODES_OF_PROVINCE
from digitizer.records import FieldKind, Pixels
from digitizer.validity import AREA_CODES
from scripts.sheets.fonts import default_cache
from scripts.sheets.people import invent_person
from training.finetune_lines import hand_fonts, write_font
from training.ink import (
    BAD_NAMES,
    CORRECTED_NAMES,
    DOUBTED_PLACES,
    TRANSCRIBED_NAMES,
    Glyphs,
    Split,
    iter_clean_names,
    iter_names,
    iter_places,
    name_number,
)
from training.join_glyphs import join_text
from training.lines import (
    Listed,
    invent_choice,
    invent_code,
    invent_date,
    invent_email,
    invent_phone,
    invent_postal_code,
)

# Share of people in a row whose number is of another province.
MOVED = 0.125

# A calibration error on few lines is mostly chance, and the more of it the less sure the
# readings are: 0.04 on 300 emails. So of those kinds more are read.
PLACES_PER_LINE, EMAILS_PER_LINE = 5, 4
# Of the places so many were transcribed, with the default seed and number of lines.
PLACES_SEEN_PER_LINE = 2

# Kinds whose glyphs were transcribed.
_AUDITED = {FieldKind.POSTAL_CODE, FieldKind.PHONE, FieldKind.EMAIL}


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A crop and what stands there; ``values``: of a choice, what its form lists."""

    pixels: Pixels
    truth: str
    values: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Lines of one kind, with a name for people."""

    name: str
    kind: FieldKind
    lines: tuple[Line, ...]


Row = tuple[tuple[FieldKind, Line], ...]


def lone_tables(
    root: Path, count: int, seed: int, split: Split, *, fonts: Path | None = None
) -> list[Table]:
    """Lines of a split by kind: ``count`` invented ones a kind, more places and emails.

    ``fonts``: the folder of the font cache, the sheets' own by default.
    """
    rng = np.random.default_rng(seed)
    glyphs = Glyphs(root, split), Glyphs(root, split, sound=True)
    places = list(iter_places(root, split))
    chosen = [places[int(i)] for i in rng.permutation(len(places))[: PLACES_PER_LINE * count]]
    seen = chosen[: PLACES_SEEN_PER_LINE * count]
    names = tuple(_names(root, split))
    known = lexicon.name_words()
    unlisted = tuple(n for n in names if not set(lexicon.fold(n.truth).split()) & known)
    sound = tuple(_names(root, split, without=TRANSCRIBED_NAMES))
    clean = tuple(Line(c.pixels, c.text) for c in iter_clean_names(root, split))
    tables = [
        Table("names, crops as they are", FieldKind.NAME, names),
        Table("- names in no list", FieldKind.NAME, unlisted),
        Table("- names whose label nobody contradicts", FieldKind.NAME, sound),
        Table("names, print taken out", FieldKind.NAME, clean),
        Table(
            "places, unseen writers",
            FieldKind.TEXT,
            tuple(Line(c.pixels, c.text) for c in chosen),
        ),
        Table(
            "- places whose label nobody contradicts",
            FieldKind.TEXT,
            tuple(Line(c.pixels, c.text) for c in seen if c.file not in DOUBTED_PLACES),
        ),
    ]
    makers: tuple[tuple[str, FieldKind, Callable[[], tuple[str, str]]], ...] = (
        ("postal codes", FieldKind.POSTAL_CODE, lambda: invent_postal_code(rng)),
        ("phones", FieldKind.PHONE, lambda: _of_this_country(*invent_phone(rng))),
        ("dates", FieldKind.DATE, lambda: invent_date(rng)),
        ("emails", FieldKind.EMAIL, lambda: (invent_email(rng),) * 2),
    )
    for name, kind, make in makers:
        wanted = EMAILS_PER_LINE * count if kind is FieldKind.EMAIL else count
        texts = [make() for _ in range(wanted)]
        joined = [(_join_both(shown, glyphs, rng), truth) for shown, truth in texts]
        lines = tuple(Line(line, truth) for (line, _), truth in joined)
        tables.append(Table(f"{name}, joined glyphs", kind, lines))
        if kind in _AUDITED:
            agreed = tuple(Line(line, truth) for (line, is_sound), truth in joined if is_sound)
            tables.append(Table(f"- {name} whose glyphs nobody contradicts", kind, agreed))
    tables.append(
        Table(
            "answers from a list, joined glyphs",
            FieldKind.CHOICE,
            _answers(invent_choice, count, glyphs[0], (seed, 2)),
        )
    )
    tables.append(
        Table(
            "codes of a form's patterns, joined glyphs",
            FieldKind.CODE,
            _answers(invent_code, count, glyphs[0], (seed, 3)),
        )
    )
    written = _font_emails(EMAILS_PER_LINE * count, rng, split, fonts)
    tables.append(Table("emails, unseen fonts", FieldKind.EMAIL, written))
    return [table for table in tables if table.lines]


def person_rows(root: Path, count: int, seed: int, split: Split) -> list[Row]:
    """Four lines of joined glyphs for each of ``count`` people."""
    rng = np.random.default_rng(seed + 1)
    glyphs = Glyphs(root, split)
    codes = sorted({c for listed in AREA_CODES_OF_PROVINCE.values() for c in listed.split()})
    rows = []
    for number in range(count):
        person = invent_person(rng, "en" if number % 2 else "fr")
        phone = f"{rng.choice(codes)}{person.phone[3:]}" if rng.random() < MOVED else person.phone
        # The glyphs have no accents and no points.
        town = lexicon.fold(person.city).title()
        texts = (
            (FieldKind.POSTAL_CODE, person.postal_code),
            (FieldKind.PHONE, phone),
            (FieldKind.CITY, town),
            (FieldKind.PROVINCE, person.province),
        )
        rows.append(tuple((k, Line(join_text(text, glyphs, rng), text)) for k, text in texts))
    return rows


def _answers(
    invent: Callable[[np.random.Generator], tuple[Listed, str, str]],
    count: int,
    glyphs: Glyphs,
    seed: tuple[int, int],
) -> tuple[Line, ...]:
    """Answers to forms that say what may be written, as ``invent`` makes them; some are others."""
    rng = np.random.default_rng(seed)
    made = [invent(rng) for _ in range(count)]
    return tuple(
        Line(join_text(shown, glyphs, rng), truth, values) for values, shown, truth in made
    )


def _join_both(
    text: str, glyphs: tuple[Glyphs, Glyphs], rng: np.random.Generator
) -> tuple[Pixels, bool]:
    """A line in all glyphs, and whether it is the same in those that nobody contradicts."""
    start = rng.bit_generator.state
    line = join_text(text, glyphs[0], rng)
    rng.bit_generator.state = start
    return line, np.array_equal(line, join_text(text, glyphs[1], rng))


def _of_this_country(shown: str, number: str) -> tuple[str, str]:
    """A number with an area code of Canada's: others are asked for, whatever their confidence."""
    areas = sorted(AREA_CODES)
    home = areas[int(number[:3]) % len(areas)]
    return shown.replace(number[:3], home, 1), home + number[3:]


def _names(root: Path, split: Split, *, without: Collection[int] = ()) -> Iterator[Line]:
    for crop in iter_names(root, split):
        number = name_number(crop.file)
        if number not in BAD_NAMES and number not in without:
            yield Line(crop.pixels, CORRECTED_NAMES.get(number, crop.text))


def _font_emails(
    count: int, rng: np.random.Generator, split: Split, cache: Path | None
) -> tuple[Line, ...]:
    """Emails in the fonts kept for a split; none where the fonts were never fetched."""
    fonts = [f.read_bytes() for f in hand_fonts(cache or default_cache(), split.value)]
    found: list[Line] = []
    while fonts and len(found) < count:
        text = invent_email(rng)
        pixels = write_font(text, fonts[int(rng.integers(len(fonts)))], rng)
        if pixels is not None:
            found.append(Line(pixels, text))
    return tuple(found)
