"""Sheets on which names cross a ruling, in real ink, their places given.

A name is laid so that its last letters lie behind the ruling right of its column, or on it,
or ends short of it; or so that its line runs into the ruling above or below. Behind the
column stands a postal code, a phone, an email, a city, an address of several lines, a signature
or nothing, after the name or, as it comes, under its end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.lines.rulings import trace_rules
from digitizer.records import (
    CellPlace,
    FieldKind,
    FieldSpec,
    PageImage,
    PageRef,
    RectifiedPage,
    RegisteredPage,
    RowPlace,
)
from digitizer.rectify import flatten
from scripts.sheets.degrade import Recipe, degrade
from scripts.sheets.draw import Rect, RowCells, draw_blank, random_layout
from scripts.sheets.fill import (
    CELL_PAD_MM,
    MAX_SQUEEZE,
    MIN_CAP_MM,
    RowInk,
    WetInk,
    arrange,
    lit_paper,
    place_stamp,
    sign,
    write_lines,
)
from scripts.sheets.fonts import FontSet
from scripts.sheets.hands import CAP_PX, Stamp
from scripts.sheets.rulestyles import RULE_STYLES, RuleStyle
from scripts.sheets.scribes import InkScribe
from scripts.sheets.wording import AMNESTY_EN, Column

Random = np.random.Generator

DPI = 200
PX_PER_MM = DPI / 25.4
# What stands behind the name, with the fields of its cell.
NEIGHBOURS: dict[str, tuple[str, ...]] = {
    "postal code": ("postal_code",),
    "phone": ("phone",),
    "email": ("email",),
    "city": ("city",),
    "address": ("address", "city", "province", "postal_code"),
    "signature": ("signature",),
    "unsigned": ("signature",),
    "nothing": ("phone",),
}
# How sheets are ruled, one after the other.
RULINGS: dict[str, RuleStyle] = {
    "black": RuleStyle(mm=0.3, gray=0),
    "thick": RuleStyle(mm=0.5, gray=30),
    "gray": RuleStyle(mm=0.25, gray=130),
    "hairline": RULE_STYLES["hairline"],
    "dotted": RULE_STYLES["dotted"],
}
# How names lie: how many letters behind the ruling, the last one on it, none, or a whole line on
# the ruling below or above.
BEHIND = {"1 behind": 1, "2 behind": 2, "3 behind": 3}
ON, SHORT, LOW, HIGH = "on it", "short of it", "line below", "line above"
# One in so many fields behind a name begins where it would without the name.
AS_IT_COMES = 0.2
# Names of joined glyphs, the others being crops; so many are tried until one fits.
SPELLED, TRIES = 0.3, 12
# White between two letters, at the most, and a letter's ink at the least (of 1).
WORD_GAP_PX, INKED = 0.8 * CAP_PX, 0.25
KINDS = {name: FieldKind(name) for fields in NEIGHBOURS.values() for name in fields}


@dataclass(frozen=True, slots=True)
class NameTruth:
    """A row of a sheet: what was written, and how its name lies at the ruling."""

    row: int
    texts: dict[str, str]
    lies: str
    neighbour: str
    ruling: str


@dataclass(frozen=True, slots=True, eq=False)
class BorderSheet:
    """A sheet with its places as drawn, and the truth of its rows."""

    registered: RegisteredPage
    rows: tuple[NameTruth, ...]


def draw_border_sheets(
    scribe: InkScribe, fonts: FontSet, sheets: int, seed: int, lies: Sequence[str]
) -> Iterator[BorderSheet]:
    """Sheets of rows whose names lie as ``lies`` says, in turn."""
    for number in range(sheets):
        random = np.random.default_rng((seed, number))
        neighbour = list(NEIGHBOURS)[number % len(NEIGHBOURS)]
        ruling = list(RULINGS)[number % len(RULINGS)]
        yield _sheet(scribe, fonts, random, neighbour, ruling, lies)


def _sheet(
    scribe: InkScribe,
    fonts: FontSet,
    random: Random,
    neighbour: str,
    ruling: str,
    lies: Sequence[str],
) -> BorderSheet:
    fields = NEIGHBOURS[neighbour]
    share = 0.4 if len(fields) > 1 else 0.28
    columns = (
        Column("name", "Name", ("name",), float(random.uniform(0.19, 0.26))),
        Column("beside", neighbour.title(), fields, share),
        Column("other", "Other", (), 0.25),
    )
    layout = replace(
        random_layout(random, fonts=len(fonts.printed), paper="letter"),
        rules=RULINGS[ruling],
        rows=12,
        row_mm=float(random.uniform(9.5, 12.5)),
    )
    blank = draw_blank(replace(AMNESTY_EN, columns=columns, letter=()), layout, fonts)
    height, width = blank.pixels.shape
    ink = WetInk(np.ones((height, width, 3), np.float32), PX_PER_MM)
    truths: list[NameTruth] = []
    for place in blank.rows:
        how = lies[int(random.integers(len(lies)))]
        if how == HIGH and truths and truths[-1].lies == LOW:
            how = SHORT  # or two names lie on one ruling
        for _ in range(TRIES):
            row = _writer(scribe, neighbour, random)
            texts = _write_row(ink, place, row, how, neighbour, random)
            if texts is not None:
                truths.append(NameTruth(place.row, texts, how, neighbour, ruling))
                break
    paper = lit_paper(blank.printed, random)
    pixels = np.clip(paper * ink.light, 0, 255).astype(np.uint8)
    recipe = Recipe(
        gray=bool(random.random() < 0.4),
        faint=float(random.uniform(0, 0.25)),
        noise=float(random.uniform(1, 5)),
        blur_px=float(random.uniform(0.3, 0.8)),
        jpeg=int(random.integers(70, 93)),
    )
    scan = degrade(pixels, DPI, recipe, random).pixels
    written = {truth.row for truth in truths}
    rows = [place for place in blank.rows if place.row in written]
    return BorderSheet(_registered(scan, rows, fields, random), tuple(truths))


def _writer(scribe: InkScribe, neighbour: str, random: Random) -> RowInk:
    """A row of ink; three names of ten in joined glyphs, and a city where one is asked for."""
    row = scribe.row(random, "en")
    while neighbour in ("city", "address") and "city" not in row.texts:
        row = scribe.row(random, "en")
    if random.random() >= SPELLED:
        return row
    name = row.texts["name"]
    name = name.title() if random.random() < 0.5 else name.upper()
    spelled = scribe.spell(name, random, float(random.uniform(0.085, 0.125)))
    return replace(row, stamps={**row.stamps, "name": spelled})


def _write_row(
    ink: WetInk, place: RowCells, row: RowInk, how: str, neighbour: str, random: Random
) -> dict[str, str] | None:
    """Write a row; its texts, or None where the name does not come apart into letters or fit."""
    cells = dict(place.cells)
    written = _write_name(ink, cells["name"], row, how, random)
    if written is None:
        return None
    x0, y0, x1, y1 = cells["beside"]
    start = x0
    if random.random() >= AS_IT_COMES:
        start = max(x0, written + float(random.uniform(0.4, 3.0)) - CELL_PAD_MM)
    rect = (start, y0, x1, y1)
    texts = {"name": row.texts["name"]}
    if neighbour in ("nothing", "unsigned"):
        return texts
    if neighbour == "signature":
        sign(ink, rect, row, random)
        return texts | {"signature": "present"}
    lines, names = arrange(row, NEIGHBOURS[neighbour], rect, random)
    write_lines(ink, rect, lines, row, random, overflow=False)
    return texts | {name: row.texts[name] for name in names}


def _write_name(ink: WetInk, rect: Rect, row: RowInk, how: str, random: Random) -> float | None:
    """Where the name ends (mm); None where it cannot be laid so."""
    stamp = row.stamps["name"]
    letters = _last_letters(stamp, row.texts["name"])
    if letters is None:
        return None
    x0, y0, x1, y1 = rect
    width = float(stamp.ink.shape[1])
    at = width
    if how in BEHIND:
        count = BEHIND[how]
        if count >= len(letters):
            return None
        # The ruling lies anywhere in the white before the first letter behind it.
        before, first = letters[-count - 1][1], letters[-count][0]
        at = float(random.uniform(before + 0.3 * (first - before), first - 0.2 * (first - before)))
    elif how == ON:
        first, last = letters[-1]
        at = float(random.uniform(first + 0.15 * (last - first), last - 0.15 * (last - first)))
    room = x1 - x0 - 0.6
    cap = min(row.cap_mm, 0.42 * (y1 - y0))
    end = x1
    if how not in BEHIND and how != ON:
        short = float(random.uniform(0.2, 3.0)) if how == SHORT else float(random.uniform(1.0, 5.0))
        end -= short
        room -= short
    natural = at / stamp.cap_px
    squeeze = 1.0
    if natural * cap > room:
        squeeze = max(MAX_SQUEEZE, room / (natural * cap))
        cap = min(cap, room / (natural * squeeze))
    if cap < MIN_CAP_MM:
        return None
    scale = cap / stamp.cap_px * squeeze
    baseline = (y0 + y1) / 2 + cap / 2 + float(random.normal(0, 0.25))
    if how == LOW:
        baseline = y1 + cap * float(random.uniform(-0.05, 0.35))
    elif how == HIGH:
        baseline = y0 + cap * float(random.uniform(0.55, 1.0))
    place_stamp(ink.light, stamp, (end - at * scale, baseline), cap, row.pen_bgr, PX_PER_MM,
                squeeze=squeeze)  # fmt: skip
    return end + (width - at) * scale


def _last_letters(stamp: Stamp, text: str) -> list[tuple[int, int]] | None:
    """First and last column of each letter of the last word, if they stand apart."""
    inked = (stamp.ink > INKED).sum(axis=0) > 0
    edges = np.flatnonzero(np.diff(np.concatenate(([False], inked, [False])).astype(np.int8)))
    found: list[tuple[int, int]] = []
    for first, last in list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))[::-1]:
        if found and found[0][0] - last > WORD_GAP_PX:
            break
        found.insert(0, (first, last))
    word = [c for c in text.split()[-1] if c.isalpha()]
    return found if len(found) == len(word) else None


def _registered(
    color: npt.NDArray[np.uint8],
    rows: Sequence[RowCells],
    fields: Sequence[str],
    random: Random,
) -> RegisteredPage:
    """The sheet registered from its truth, cells up to 1.5 px off as on a real page."""
    gray = flatten(np.asarray(cv2.cvtColor(color, cv2.COLOR_BGR2GRAY), dtype=np.uint8))
    shift = random.uniform(-1.5, 1.5, 2)
    specs = {
        "name": (FieldSpec("name", FieldKind.NAME, required=True),),
        "beside": tuple(FieldSpec(name, KINDS[name]) for name in fields),
        "other": (FieldSpec("text", FieldKind.TEXT),),
    }

    def polygon(rect: Rect) -> tuple[tuple[float, float], ...]:
        x0, y0, x1, y1 = (float(v) * PX_PER_MM for v in rect)
        corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]) + shift
        return tuple((float(x), float(y)) for x, y in corners)

    places = tuple(
        RowPlace(
            place.row,
            polygon(place.rect),
            tuple(CellPlace(name, specs[name], polygon(rect)) for name, rect in place.cells),
        )
        for place in rows
    )
    image = PageImage(PageRef("", "", 1, ""), color, float(DPI))
    page = RectifiedPage(image, color, gray, np.eye(3), 0, 0.0, 1.0, 1.0, ())
    return RegisteredPage(
        page, "", None, "en", 1.0, (), places, None, trace_rules(gray), (), sides_known=True
    )
