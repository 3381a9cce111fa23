"""Sheets of real ink whose every cell is known: state, lines, marks, struck rows.

The sheets of ``scripts/make_samples.py`` say what was written; here it matters
what kind of ink stands where. So cells are filled one by one with held-out
ink: nothing, one to three lines, a ditto, a small remark, a signature; words
run over edges; rows are struck; and the page is degraded as scanners do.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.lines.rulings import trace_rules
from digitizer.records import (
    BoxPlace,
    CellPlace,
    FieldKind,
    FieldSpec,
    PageImage,
    PageRef,
    RectifiedPage,
    RegisteredPage,
    RowPlace,
    Rule,
)
from digitizer.rectify import flatten
from scripts.sheets.draw import Blank, Rect, draw_blank, random_layout
from scripts.sheets.fill import RowInk, place_stamp
from scripts.sheets.fonts import FontSet
from scripts.sheets.hands import CAP_PX, Stamp, draw_strokes, join_stamps
from scripts.sheets.scribes import InkScribe
from scripts.sheets.wording import AMNESTY_EN

Pixels = npt.NDArray[np.uint8]
Random = np.random.Generator

PX_PER_MM = 200 / 25.4
DITTOS = ("ticks", "dash", "down", "arrow")
REMARKS = ("no", "X", "7", "n/a", "OK")
STRIKES = ("line", "wave", "cross", "zigzag")


@dataclass(frozen=True, slots=True)
class CellTruth:
    """What was put into a cell. ``ditto``/``struck``: kind of mark or empty."""

    written: bool
    lines: int
    ditto: str = ""
    struck: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A degraded sheet, registered from its truth, and the truth of its cells."""

    registered: RegisteredPage
    cells: dict[tuple[int, str], CellTruth]
    struck: dict[int, str]
    look: str


def draw_sheet(scribe: InkScribe, fonts: FontSet, random: Random, look: str) -> Sheet:
    """Draw and degrade one sheet; ``look`` is a key of ``LOOKS``."""
    layout = replace(random_layout(random, fonts=len(fonts.printed), paper="letter"))
    blank = draw_blank(AMNESTY_EN, layout, fonts)
    light = np.ones((*blank.pixels.shape, 3), np.float32)
    cells: dict[tuple[int, str], CellTruth] = {}
    struck: dict[int, str] = {}
    for place in blank.rows:
        row = scribe.row(random, "en")
        empty_row = random.random() < 0.15
        for column, rect in place.cells:
            cells[place.row, column] = (
                CellTruth(False, 0)
                if empty_row
                else _fill(light, column, rect, row, scribe, random)
            )
        if not empty_row and random.random() < 0.12:
            struck[place.row] = str(random.choice(STRIKES))
            _strike(light, place.rect, struck[place.row], random)
    paper = np.maximum(blank.pixels.astype(np.float32), 25)[..., None] * (0.99, 0.985, 0.98)
    color = LOOKS[look]((paper * light).clip(0, 255).astype(np.uint8), random)
    return Sheet(_register(blank, color, random), cells, struck, look)


def _fill(
    light: npt.NDArray[np.float32],
    column: str,
    rect: Rect,
    row: RowInk,
    scribe: InkScribe,
    random: Random,
) -> CellTruth:
    """Put something into a cell and say what."""
    chance = random.random()
    if chance < 0.22:
        return CellTruth(False, 0)
    if chance < 0.32 and column != "name":
        kind = str(random.choice(DITTOS))
        _ditto(light, rect, kind, row, random)
        return CellTruth(True, 1, ditto=kind)
    if chance < 0.36:
        remark = scribe.word(str(random.choice(REMARKS)), random)
        _write(light, rect, [remark], row, random)
        return CellTruth(True, 1)
    if column == "signature":
        _sign(light, rect, row, random)
        return CellTruth(True, 0)
    lines = [row.stamps["name"]]
    if column == "address":
        lines = [row.stamps["address"]]
        tail = [row.stamps[k] for k in ("city", "province", "postal_code") if k in row.stamps]
        lines.append(join_stamps(tail, [CAP_PX * 0.7] * len(tail), random))
        if rect[3] - rect[1] > 11.5 and random.random() < 0.3 and len(tail) > 2:
            lines = [lines[0], join_stamps(tail[:2], [CAP_PX * 0.7] * 2, random), tail[2]]
        elif random.random() < 0.3:
            lines = lines[:1]
    elif column not in ("name", "address"):
        lines = [row.stamps["phone"], row.stamps["email"]]
        if random.random() < 0.4:
            lines = [lines[int(random.integers(2))]]
    struck = column == "name" and random.random() < 0.12
    _write(light, rect, lines, row, random, struck=struck)
    return CellTruth(True, len(lines), struck=struck)


def _write(
    light: npt.NDArray[np.float32],
    rect: Rect,
    lines: list[Stamp],
    row: RowInk,
    random: Random,
    *,
    struck: bool = False,
) -> None:
    x0, y0, x1, y1 = rect
    pitch = (y1 - y0) / len(lines)
    turn = float(random.normal(0, 1.0))
    for number, stamp in enumerate(lines):
        cap = min(row.cap_mm, pitch * (0.56 if len(lines) > 1 else 0.42))
        width = stamp.ink.shape[1] / stamp.cap_px * cap
        room = x1 - x0 - 2 + float(random.uniform(0, 2))
        squeeze = min(1.0, room / width)
        x = x0 + 1 + float(random.uniform(0, max(0.0, room - width * squeeze)))
        y = y0 + (number + 0.5) * pitch + cap / 2 + float(random.normal(0, 0.4))
        place_stamp(light, stamp, (x, y), cap, row.pen_bgr, PX_PER_MM, squeeze=squeeze,
                    turn_deg=turn)  # fmt: skip
        if struck:
            w = width * squeeze
            points = np.array([[-1.0, 0.3], [w / 2, float(random.normal(0, 0.4))], [w + 1, -0.3]])
            heights = stamp.ink.sum(axis=1)
            middle = float((heights * np.arange(len(heights))).sum() / heights.sum())
            up = (stamp.baseline - middle) / stamp.cap_px * cap
            _draw(light, [points + (x, y - up)], row.pen_bgr, random, 0.45)


def _draw(
    light: npt.NDArray[np.float32],
    lines: list[npt.NDArray[np.float64]],
    pen: tuple[int, int, int],
    random: Random,
    width_mm: float,
) -> None:
    """Draw polylines given in mm of the page."""
    px = CAP_PX / 3.0
    for line in lines:
        top = line.min(axis=0)
        stamp = draw_strokes([(line - top) * px], width_mm * px, random)
        placed = Stamp(stamp.ink, 0.0, CAP_PX)
        place_stamp(light, placed, (float(top[0]), float(top[1])), 3.0, pen, PX_PER_MM)


def _ditto(
    light: npt.NDArray[np.float32], rect: Rect, kind: str, row: RowInk, random: Random
) -> None:
    x = (rect[0] + rect[2]) / 2 + float(random.normal(0, 4))
    y = (rect[1] + rect[3]) / 2 + float(random.normal(0, 0.6))
    high = rect[3] - rect[1]
    size = float(random.uniform(1.6, 3.2))
    if kind == "ticks":
        lean = float(random.uniform(-0.2, 0.9))
        tick = np.array([[lean, -size / 2], [0, size / 2]])
        gap = float(random.uniform(1.0, 2.2))
        lines = [tick + (x, y), tick + (x + gap, y + float(random.normal(0, 0.2)))]
    elif kind == "dash":
        length = float(random.uniform(3, 12))
        lines = [np.array([[x, y], [x + length, y + float(random.normal(0, 0.3))]])]
    else:
        top, bottom = rect[1] + 0.08 * high, rect[3] - 0.1 * high
        lines = [np.array([[x, top], [x + float(random.normal(0, 0.3)), bottom]])]
        if kind == "arrow":
            lines.append(np.array([[x - 1.3, bottom - 2], [x, bottom], [x + 1.3, bottom - 2]]))
    _draw(light, lines, row.pen_bgr, random, float(random.uniform(0.35, 0.6)))


def _sign(light: npt.NDArray[np.float32], rect: Rect, row: RowInk, random: Random) -> None:
    height, width = rect[3] - rect[1], rect[2] - rect[0]
    natural = row.signature.ink.shape[1] / row.signature.cap_px
    cap = min(height * float(random.uniform(0.34, 0.65)), width * 1.05 / natural)
    x = rect[0] + max(0.3, (width - natural * cap) * float(random.uniform(0, 1)))
    place_stamp(light, row.signature, (x, rect[1] + height * 0.68), cap, row.pen_bgr, PX_PER_MM,
                turn_deg=float(random.normal(1, 2.5)))  # fmt: skip


def _strike(light: npt.NDArray[np.float32], rect: Rect, kind: str, random: Random) -> None:
    x0, y0, x1, y1 = rect
    middle, high = (y0 + y1) / 2, y1 - y0
    xs = np.linspace(x0 + float(random.uniform(0, 10)), x1 - float(random.uniform(0, 18)), 40)
    if kind == "line":
        slope = float(random.normal(0, 0.006))
        lines = [np.column_stack([xs, middle + slope * (xs - xs.mean()) + random.normal(0, 0.1)])]
    elif kind == "wave":
        lines = [np.column_stack([xs, middle + high * 0.15 * np.sin(xs / random.uniform(4, 9))])]
    elif kind == "cross":
        lines = [
            np.array([[xs[0], y0 + 1], [xs[-1], y1 - 1]]),
            np.array([[xs[0], y1 - 1], [xs[-1], y0 + 1]]),
        ]
    else:
        lines = [np.column_stack([xs, middle + high * 0.33 * np.where(np.arange(40) % 2, 1, -1)])]
    pen = (30, 26, 26) if random.random() < 0.5 else (140, 52, 30)
    _draw(light, lines, pen, random, float(random.uniform(0.35, 0.6)))


def _register(blank: Blank, color: Pixels, random: Random) -> RegisteredPage:
    """Register the sheet from its truth, cells up to 1.5 px off as on a real page."""
    gray = flatten(np.asarray(cv2.cvtColor(color, cv2.COLOR_BGR2GRAY), dtype=np.uint8))
    field = (FieldSpec("text", FieldKind.TEXT),)
    signature = (FieldSpec("signature", FieldKind.SIGNATURE),)

    def polygon(rect: Rect) -> tuple[tuple[float, float], ...]:
        x0, y0, x1, y1 = (float(v) * PX_PER_MM for v in rect)
        corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]) + random.uniform(-1.5, 1.5, 2)
        return tuple((float(x), float(y)) for x, y in corners)

    rows = tuple(
        RowPlace(
            place.row,
            polygon(place.rect),
            tuple(
                CellPlace(name, signature if name == "signature" else field, polygon(rect))
                for name, rect in place.cells
            ),
        )
        for place in blank.rows
    )
    box = None
    if blank.box is not None:
        fields = tuple(CellPlace(n, field, polygon(rect)) for n, rect in blank.box.fields)
        box = BoxPlace(polygon(blank.box.rect), fields)
    image = PageImage(PageRef("", "", 1, ""), color, 200.0)
    page = RectifiedPage(image, color, gray, np.eye(3), 0, 0.0, 1.0, 1.0, ())
    rules: tuple[Rule, ...] = trace_rules(gray)
    return RegisteredPage(page, None, None, "en", 1.0, (), rows, box, rules, ())


def _faint(color: Pixels, random: Random) -> Pixels:
    share = float(random.uniform(0.2, 0.4))
    return _noisy(255 - (255 - color.astype(np.float32)) * share, random, 2.0)


def _noisy(color: npt.NDArray[np.floating], random: Random, sigma: float = 16.0) -> Pixels:
    noise = random.standard_normal(color.shape[:2], dtype=np.float32) * sigma
    return np.asarray((color + noise[..., None]).clip(0, 255), dtype=np.uint8)


def _jpeg(color: Pixels, random: Random) -> Pixels:
    soft = cv2.GaussianBlur(color, (0, 0), 0.8)
    _, data = cv2.imencode(".jpg", soft, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(25, 50))])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)


def _fax(color: Pixels, random: Random) -> Pixels:
    gray = _noisy(cv2.GaussianBlur(color, (0, 0), 0.7), random, 12.0)
    bilevel = np.where(gray[..., 1] > 150, 255, 0).astype(np.uint8)
    flips = random.random(bilevel.shape, dtype=np.float32)
    bilevel[flips < 0.0012] = 0
    bilevel[flips > 0.9988] = 255
    return np.repeat(bilevel[..., None], 3, axis=2)


def _bleed(color: Pixels, random: Random) -> Pixels:
    back = cv2.GaussianBlur(np.ascontiguousarray(color[:, ::-1]), (0, 0), 1.6)
    back = np.roll(back, random.integers(-60, 60, 2), (0, 1)).astype(np.float32)
    share = float(random.uniform(0.06, 0.16))
    return np.asarray((color - share * (250 - back)).clip(0, 255), dtype=np.uint8)


def _shadow(color: Pixels, random: Random) -> Pixels:
    small = random.uniform(0.55, 1.0, (3, 3)).astype(np.float32)
    shade = cv2.resize(small, color.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    soft = cv2.GaussianBlur(color, (0, 0), 1.0).astype(np.float32)
    return _noisy(soft * shade[..., None], random, 4.0)


LOOKS: dict[str, Callable[[Pixels, Random], Pixels]] = {
    "clean": lambda color, random: color,
    "faint": _faint,
    "noisy": lambda color, random: _noisy(color.astype(np.float32), random),
    "jpeg": _jpeg,
    "fax": _fax,
    "bleed-through": _bleed,
    "shadow": _shadow,
}
