"""Fill a blank sheet: lay a writer's stamps into cells and say what was written.

A ``Scribe`` writes; it does not know where. This module arranges its stamps in
lines, shrinks and squeezes them as people do when a cell is small, and lets
some run over the cell's edge. Ink multiplies the paper beneath, so crossing
rules stay visible through it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from scripts.sheets.draw import MM_PER_INCH, Blank, Rect
from scripts.sheets.hands import CAP_PX, Stamp, draw_strokes, join_stamps

MIN_CAP_MM = 1.7  # nobody writes smaller; text runs over the edge instead
MAX_SQUEEZE = 0.78  # narrowest letters, as a share of their natural width
CELL_PAD_MM = 1.0

BOX_FLOOR_MM = 1.8  # people write this far above the floor of a line with a label

# Truth's text fields in the order of the contract, additions last.
TEXT_FIELDS = ("name", "address", "postal_code", "phone", "email", "city", "province", "date")


# Fields of the box that no person's details hold: one for both, or one each.
SHEET_NUMBER, SHEET_TOTAL = "sheet_number", "sheet_total"
# Where people vote, and codes of other countries, by column and language: no part of an address.
DIVISIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "ward": {"en": ("Ward 4", "12", "Harbour", "North End"), "fr": ("4", "Du Port", "Saint-Roch")},
    "zip": {"en": ("94110", "60614-2203", "02139", "73301", "30310-4407")},
    "electoral_district": {
        "en": ("Halifax", "Kings-Hants", "Sackville"),
        "fr": ("Taschereau", "Jean-Talon", "Vanier-Les Rivières"),
    },
}


class RowKind(StrEnum):
    """What happens in a row of a filled sheet."""

    FULL = "full"
    BLANK = "blank"
    STRUCK = "struck"
    CROSSED = "crossed"
    DITTO = "ditto"
    UNSIGNED = "unsigned"
    NO_CONTACT = "no-contact"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True, eq=False)
class RowInk:
    """One writer's row: a stamp and its text for every field, and a pen.

    ``texts`` are the truth, normalised as in records.csv. ``again`` holds a
    second writing of fields that a correction writes anew.
    """

    stamps: Mapping[str, Stamp]
    texts: Mapping[str, str]
    signature: Stamp
    pen_bgr: tuple[int, int, int]
    cap_mm: float


class Scribe(Protocol):
    """Whoever writes: fonts or real ink."""

    def row(self, rng: np.random.Generator, language: str) -> RowInk:
        """A new writer's row."""

    def again(self, texts: Mapping[str, str], rng: np.random.Generator, language: str) -> RowInk:
        """These texts (truth's names; no date is needed) in another hand."""

    def collector(self, rng: np.random.Generator, language: str) -> RowInk:
        """The collector's fields, by their names in the box."""

    def word(self, text: str, rng: np.random.Generator) -> Stamp:
        """A short word such as "same", in any hand."""


@dataclass(frozen=True, slots=True)
class RowTruth:
    """What a row of a sheet says. ``texts``: field name to text as resolved.

    ``marks``: what else its ink is (``struck:wave``, ``decoy:flourish``,
    ``corrected:name``). ``ditto_fields``: the first field of each dittoed cell
    and the kind of mark; ``source_row``: where their values stand.
    ``duplicate_of``: ``file#row`` where the same person signed before.
    """

    row: int
    texts: Mapping[str, str]
    signed: bool
    status: str
    marks: tuple[str, ...] = ()
    ditto_fields: Mapping[str, str] = field(default_factory=dict)
    source_row: int | None = None
    duplicate_of: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """Where a line was written (mm): left end and baseline, width, height of a capital."""

    x: float
    baseline: float
    width: float
    cap: float


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """A sheet with ink: (H, W, 3) BGR, and its truth. ``collector`` may be empty."""

    pixels: npt.NDArray[np.uint8]
    blank: Blank
    rows: tuple[RowTruth, ...]
    collector: Mapping[str, str]


@dataclass(slots=True)
class WetInk:
    """The ink of a page under way: how much light of each colour gets through."""

    light: npt.NDArray[np.float32]
    px_per_mm: float
    last: dict[str, str] = field(default_factory=dict)


def fill_sheet(
    blank: Blank,
    kinds: Sequence[RowKind],
    scribe: Scribe,
    rng: np.random.Generator,
    *,
    collector: bool = True,
) -> Filled:
    """Fill row ``i`` as ``kinds[i]`` says; rows beyond ``kinds`` stay blank."""
    height, width = blank.pixels.shape
    ink = WetInk(np.ones((height, width, 3), np.float32), blank.dpi / MM_PER_INCH)
    columns = {column.name: column.fields for column in blank.wording.columns}
    truths = []
    for place, kind in zip(blank.rows, kinds, strict=False):
        if kind is RowKind.BLANK:
            continue
        cells = dict(place.cells) | dict(place.writing)
        combs = dict(place.combs)
        truth = _fill_row(ink, place.row, cells, columns, kind, scribe, rng, blank, combs)
        if place.checks:
            truth = replace(truth, texts={**truth.texts, **_check(ink, place.checks, rng)})
        if kind in (RowKind.STRUCK, RowKind.CROSSED):
            _strike_row(ink, place.rect, kind, rng)
        truths.append(truth)
    said: dict[str, str] = {name: "" for name, _ in blank.wording.box_fields}
    if collector and blank.box is not None:
        written = scribe.collector(rng, blank.wording.language)
        for name, rect in blank.box.fields:
            if name in (SHEET_NUMBER, SHEET_TOTAL):
                said[name] = _sheet_number(name, both=SHEET_TOTAL not in dict(blank.box.fields),
                                           rng=rng)  # fmt: skip
                stamp = scribe.word(said[name], rng)
            else:
                stamp, said[name] = written.stamps[name], written.texts[name]
            write_lines(ink, rect, [stamp], written, rng, overflow=False, floor_mm=BOX_FLOOR_MM)
    paper = lit_paper(blank.printed, rng)
    pixels = np.clip(paper * ink.light, 0, 255).astype(np.uint8)
    return Filled(pixels, blank, tuple(truths), said)


def _sheet_number(name: str, *, both: bool, rng: np.random.Generator) -> str:
    """What is written as a sheet's number, with how many there are, if ``both`` share a blank."""
    if both:
        return f"{rng.integers(1, 10)} of {rng.integers(10, 20)}"
    return str(rng.integers(1, 10) if name == SHEET_NUMBER else rng.integers(10, 20))


def _fill_row(
    ink: WetInk,
    number: int,
    cells: Mapping[str, Rect],
    columns: Mapping[str, tuple[str, ...]],
    kind: RowKind,
    scribe: Scribe,
    rng: np.random.Generator,
    blank: Blank,
    combs: Mapping[str, int],
) -> RowTruth:
    row = scribe.row(rng, blank.wording.language)
    texts: dict[str, str] = {}
    for column, fields in columns.items():
        rect = cells[column]
        if fields == ("signature",):
            if kind is not RowKind.UNSIGNED:
                sign(ink, rect, row, rng)
            continue
        contact = "phone" in fields or "email" in fields
        if not fields or (contact and kind is RowKind.NO_CONTACT):
            continue
        if kind is RowKind.DITTO and "address" in fields and ink.last:
            _ditto(ink, rect, row, scribe, rng, blank.wording.language)
            texts |= {name: ink.last[name] for name in fields if name in ink.last}
            continue
        if fields[0] in DIVISIONS:
            where = DIVISIONS[fields[0]][blank.wording.language]
            texts[fields[0]] = where[int(rng.integers(len(where)))]
            write_lines(ink, rect, [scribe.word(texts[fields[0]], rng)], row, rng)
            continue
        if column in combs:
            texts[fields[0]] = row.texts[fields[0]]
            _write_comb(ink, rect, combs[column], row, texts[fields[0]], scribe, rng)
            continue
        lines, written = arrange(row, fields, rect, rng)
        struck = kind is RowKind.CORRECTED and "name" in fields
        write_lines(ink, rect, lines, row, rng, strike_before=struck)
        texts |= {name: row.texts[name] for name in written}
    ink.last = {k: v for k, v in texts.items() if k not in ("name", "phone", "email")}
    signed = kind is not RowKind.UNSIGNED
    status = "counted" if signed else "incomplete"
    if kind in (RowKind.STRUCK, RowKind.CROSSED):
        status = "struck"
    return RowTruth(number, texts, signed, status)


def _write_comb(
    ink: WetInk,
    rect: Rect,
    boxes: int,
    row: RowInk,
    text: str,
    scribe: Scribe,
    rng: np.random.Generator,
) -> None:
    """One character a box; spaces and hyphens have none."""
    width = (rect[2] - rect[0]) / boxes
    for place, character in enumerate([c for c in text if c.isalnum()][:boxes]):
        stamp = scribe.word(character, rng)
        cap = min(row.cap_mm, 0.8 * width * stamp.cap_px / max(stamp.ink.shape[1], 1))
        drawn = stamp.ink.shape[1] / stamp.cap_px * cap
        x = rect[0] + place * width + (width - drawn) / 2 + float(rng.normal(0, 0.15 * width / 2))
        baseline = (rect[1] + rect[3]) / 2 + cap / 2 + float(rng.normal(0, 0.3))
        place_stamp(ink.light, stamp, (x, baseline), cap, row.pen_bgr, ink.px_per_mm)


def _check(
    ink: WetInk, checks: Sequence[tuple[str, Rect]], rng: np.random.Generator
) -> dict[str, str]:
    """Mark one of the check boxes, or none: a tick, a cross or a slash, beyond its edges."""
    chosen = int(rng.integers(len(checks) + 1))
    if chosen < len(checks):
        x0, y0, x1, _ = checks[chosen][1]
        tick = [[0.1, 0.5], [0.4, 0.95], [1.3, -0.4]]
        cross = [[-0.1, -0.1], [1.15, 1.1], [0.5, 0.5], [1.1, -0.15], [-0.1, 1.1]]
        slash = [[-0.1, 1.1], [1.2, -0.2]]
        shape = np.array((tick, cross, slash)[int(rng.integers(3))])
        px = CAP_PX / 3.0
        line = (shape * (x1 - x0) + rng.normal(0, 0.12, shape.shape)) * px
        stamp = draw_strokes([line], float(rng.uniform(4, 6)), rng)
        at = (x0 + float(line[:, 0].min()) / px, y0)
        place_stamp(ink.light, Stamp(stamp.ink, stamp.baseline, CAP_PX), at, 3.0, (60, 30, 30),
                    ink.px_per_mm)  # fmt: skip
    return {name: "Y" if i == chosen else "N" for i, (name, _) in enumerate(checks)}


def arrange(
    row: RowInk, fields: tuple[str, ...], rect: Rect, rng: np.random.Generator
) -> tuple[list[Stamp], list[str]]:
    """Stamps of a cell in lines, and the names of the fields they hold."""
    have = [name for name in fields if name in row.stamps]
    if len(have) <= 1:
        return [row.stamps[name] for name in have], have
    if "phone" in have or "email" in have:
        chosen = have
        if rng.random() < 0.3:
            chosen = [have[int(rng.integers(len(have)))]]
        return [row.stamps[name] for name in chosen], chosen
    return _arrange_address(row, have, rect, rng)


def _arrange_address(
    row: RowInk, have: list[str], rect: Rect, rng: np.random.Generator
) -> tuple[list[Stamp], list[str]]:
    """Street / city province postal code in one to three lines."""
    town = [name for name in have if name in ("city", "province")]
    if not town or rng.random() < 0.25:
        groups = [["address"], ["postal_code"]]
        if _natural_mm(row, ["address", "postal_code"]) < (rect[2] - rect[0]) * 1.05:
            groups = [["address", "postal_code"]]
    elif rect[3] - rect[1] > 11.5 and rng.random() < 0.4:
        groups = [["address"], town, ["postal_code"]]
    else:
        groups = [["address"], [*town, "postal_code"]]
    groups = [[name for name in group if name in have] for group in groups]
    groups = [group for group in groups if group]
    lines = []
    for group in groups:
        gaps = [CAP_PX * float(rng.uniform(0.5, 0.9)) for _ in group]
        lines.append(join_stamps([row.stamps[name] for name in group], gaps, rng))
    return lines, [name for group in groups for name in group]


def _natural_mm(row: RowInk, names: Sequence[str]) -> float:
    px = sum(row.stamps[name].ink.shape[1] for name in names if name in row.stamps)
    return float(px / CAP_PX * row.cap_mm)


def write_lines(
    ink: WetInk,
    rect: Rect,
    lines: Sequence[Stamp],
    row: RowInk,
    rng: np.random.Generator,
    *,
    overflow: bool = True,
    strike_before: bool = False,
    floor_mm: float | None = None,
) -> list[Written]:
    """Write lines evenly into a rectangle (mm), each fitted to its width."""
    x0, y0, x1, y1 = rect
    written: list[Written] = []
    pitch = (y1 - y0) / max(1, len(lines))
    runs_over = overflow and rng.random() < 0.06
    room = x1 - x0 - 2 * CELL_PAD_MM + (float(rng.uniform(1, 3)) if runs_over else 0.0)
    indent = float(rng.uniform(0, 1.5))
    for index, stamp in enumerate(lines):
        cap = min(row.cap_mm, pitch * (0.56 if len(lines) > 1 else 0.42))
        cap, squeeze = _fit(stamp, cap, room)
        width = stamp.ink.shape[1] / stamp.cap_px * cap * squeeze
        slack = max(0.0, room - width)
        x = x0 + CELL_PAD_MM + min(slack, indent + float(rng.uniform(0, 0.6)))
        baseline = y0 + (index + 0.5) * pitch + cap * 0.5 + float(rng.normal(0, 0.25))
        baseline = min(baseline, y1 - 0.25 * cap) if index == len(lines) - 1 else baseline
        if floor_mm is not None:
            baseline = y1 - floor_mm + float(rng.normal(0, 0.2))
        turn = float(rng.normal(0, 0.5))
        if strike_before and slack > 12:
            _blot(ink, x, baseline, cap, row, rng)
            x += 11.0
        place_stamp(ink.light, stamp, (x, baseline), cap, row.pen_bgr, ink.px_per_mm,
                    squeeze=squeeze, turn_deg=turn)  # fmt: skip
        written.append(Written(x, baseline, width, cap))
    return written


def _fit(stamp: Stamp, cap_mm: float, room_mm: float) -> tuple[float, float]:
    """Height of capitals and squeeze of width that a writer takes for this room."""
    natural = stamp.ink.shape[1] / stamp.cap_px
    if natural * cap_mm <= room_mm:
        return cap_mm, 1.0
    squeeze = max(MAX_SQUEEZE, room_mm / (natural * cap_mm))
    cap = max(MIN_CAP_MM, min(cap_mm, room_mm / (natural * squeeze)))
    return cap, max(0.6, min(squeeze, room_mm / (natural * cap)))


def place_stamp(
    light: npt.NDArray[np.float32],
    stamp: Stamp,
    at_mm: tuple[float, float],
    cap_mm: float,
    pen_bgr: tuple[int, int, int],
    px_per_mm: float,
    *,
    squeeze: float = 1.0,
    turn_deg: float = 0.0,
) -> None:
    """Multiply ``light`` (H, W, 3) by a stamp whose baseline starts at ``at_mm``."""
    scale = cap_mm * px_per_mm / stamp.cap_px
    height, width = stamp.ink.shape
    size = (max(1, round(width * scale * squeeze)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.resize(stamp.ink, size, interpolation=method)
    left, top = at_mm[0] * px_per_mm, at_mm[1] * px_per_mm - stamp.baseline * scale
    pad = int(abs(np.tan(np.radians(turn_deg))) * size[0]) + 3
    x, y = int(np.floor(left)) - pad, int(np.floor(top)) - pad
    turn = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), turn_deg, 1.0)
    turn[:, 2] += (left - x, top - y)
    spread = cv2.warpAffine(small, turn, (size[0] + 2 * pad, size[1] + 2 * pad))
    view = light[max(0, y) : y + spread.shape[0], max(0, x) : x + spread.shape[1]]
    cut = spread[max(0, -y) :, max(0, -x) :][: view.shape[0], : view.shape[1], None]
    colour = np.asarray(pen_bgr, np.float32) / 255
    view *= 1 - np.clip(cut, 0, 1) * (1 - colour)


def sign(ink: WetInk, rect: Rect, row: RowInk, rng: np.random.Generator) -> Written:
    """A signature: larger than the writing, often over the edges of its cell."""
    height, width = rect[3] - rect[1], rect[2] - rect[0]
    stamp = row.signature
    natural = stamp.ink.shape[1] / stamp.cap_px
    cap = min(
        height * float(rng.uniform(0.34, 0.6)), width * float(rng.uniform(0.7, 1.0)) / natural
    )
    x = rect[0] + max(0.5, (width - natural * cap) * float(rng.uniform(0.1, 0.9)))
    baseline = rect[1] + height * float(rng.uniform(0.6, 0.75))
    place_stamp(ink.light, stamp, (x, baseline), cap, row.pen_bgr, ink.px_per_mm,
                turn_deg=float(rng.normal(1, 2.5)))  # fmt: skip
    return Written(x, baseline, natural * cap, cap)


def _ditto(
    ink: WetInk,
    rect: Rect,
    row: RowInk,
    scribe: Scribe,
    rng: np.random.Generator,
    language: str,
) -> None:
    """A ditto mark in the middle of a cell: two ticks, or a word for it."""
    words = {"en": ("same", "do."), "fr": ("idem", "pareil")}[language]
    middle = (rect[0] + rect[2]) / 2 + float(rng.normal(0, 3))
    baseline = (rect[1] + rect[3]) / 2 + 1
    if rng.random() < 0.6:
        tick = np.array([[3.0, -34.0], [0.0, -16.0]])
        stamp = draw_strokes([tick, tick + (14.0, 0.0)], 4.0, rng)
    else:
        stamp = scribe.word(words[int(rng.integers(2))], rng)
    place_stamp(ink.light, stamp, (middle, baseline), row.cap_mm, row.pen_bgr, ink.px_per_mm)


def _strike_row(ink: WetInk, rect: Rect, kind: RowKind, rng: np.random.Generator) -> None:
    """One long stroke through a row, or an X or zigzag over it."""
    x0, y0, x1, y1 = rect
    middle, height = (y0 + y1) / 2, y1 - y0
    pen = (30, 26, 26)
    if kind is RowKind.STRUCK:
        ys = middle + rng.normal(0, 0.5, 9)
        lines = [np.stack([np.linspace(x0 + 2, x1 - float(rng.uniform(2, 12)), 9), ys], axis=1)]
    elif rng.random() < 0.5:
        low, high = y1 - 1.2, y0 + 1.2
        lines = [
            np.array([[x0 + 4, high], [x1 - 6, low]]),
            np.array([[x0 + 5, low], [x1 - 4, high]]),
        ]
    else:
        xs = np.linspace(x0 + 3, x1 - 5, 24)
        ys = middle + np.where(np.arange(24) % 2 == 0, -1, 1) * height * 0.33
        lines = [np.stack([xs, ys + rng.normal(0, 0.4, 24)], axis=1)]
    px = CAP_PX / 3.0  # stamp px per mm where a capital is 3 mm
    for line in lines:
        stamp = draw_strokes([line * px], float(rng.uniform(4, 7)), rng)
        left = float(line[:, 0].min())
        place_stamp(ink.light, Stamp(stamp.ink, stamp.baseline, CAP_PX), (left, 0.0), 3.0, pen,
                    ink.px_per_mm)  # fmt: skip


def _blot(
    ink: WetInk, x: float, baseline: float, cap: float, row: RowInk, rng: np.random.Generator
) -> None:
    """A scribbled-out false start of about 9 mm."""
    xs = np.linspace(0, 9, 26)
    ys = np.where(np.arange(26) % 2 == 0, -1.0, 0.0) * cap + rng.normal(0, 0.2, 26)
    stamp = draw_strokes([np.stack([xs, ys], axis=1) * CAP_PX / cap], 5.0, rng)
    place_stamp(ink.light, stamp, (x, baseline), cap, row.pen_bgr, ink.px_per_mm)


def lit_paper(printed: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Print, (H, W) or (H, W, 3), on paper that is not quite white and not quite even."""
    height, width = printed.shape[:2]
    tint = np.array([rng.uniform(246, 252), rng.uniform(248, 253), rng.uniform(249, 254)])
    slow = cv2.resize(
        rng.uniform(0.994, 1.0, (5, 4)).astype(np.float32),
        (width, height),
        interpolation=cv2.INTER_CUBIC,
    )
    toner = np.maximum(printed.astype(np.float32) / 255, 0.1)
    if toner.ndim == 2:
        toner = toner[..., None]
    return np.asarray(toner * slow[..., None] * tint, np.float32)


def plan_rows(
    rng: np.random.Generator, rows: int, *, filled: int | None = None, odd: float = 0.0
) -> tuple[RowKind, ...]:
    """Kinds for a sheet: ``filled`` rows from the top (default most of them),
    then blank ones; each filled row is an odd one with probability ``odd``.
    """
    count = filled if filled is not None else int(rng.integers(max(3, rows - 4), rows + 1))
    odd_kinds = (
        RowKind.STRUCK,
        RowKind.CROSSED,
        RowKind.DITTO,
        RowKind.UNSIGNED,
        RowKind.CORRECTED,
        RowKind.BLANK,
    )
    kinds = []
    for index in range(min(count, rows)):
        kind = RowKind.FULL if rng.random() > 0.15 else RowKind.NO_CONTACT
        if rng.random() < odd:
            kind = odd_kinds[int(rng.integers(len(odd_kinds)))]
        kinds.append(RowKind.FULL if kind is RowKind.DITTO and index == 0 else kind)
    return tuple(kinds)
