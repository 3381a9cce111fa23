"""Marks of a pen that are no text: dittos, strikes, and strokes that look like them.

All lengths are millimetres of the page. Lines are bent a little, as a hand
bends them; every kind varies in length, slant and place.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from scripts.sheets.draw import Rect
from scripts.sheets.fill import WetInk, Written, place_stamp
from scripts.sheets.hands import CAP_PX, Stamp, draw_strokes

Line = npt.NDArray[np.float64]
Colour = tuple[int, int, int]
Random = np.random.Generator

PX_PER_MM = CAP_PX / 3.0  # of a stamp, where a capital is 3 mm
PENS: tuple[Colour, ...] = ((30, 26, 26), (140, 52, 30), (168, 72, 40), (50, 40, 150))

DITTO_MARKS = ("quotes", "double-prime", "apostrophes", "dash")
DITTO_RUNS = ("line", "brace", "arrow")
DITTO_WORDS = ("same", "do.", "idem", "id.", "pareil")
STRIKES = ("line", "wave", "double", "cross", "zigzag", "slanted", "partial")


def draw_marks(
    ink: WetInk, lines: Sequence[Line], pen: Colour, width_mm: float, rng: Random
) -> None:
    """Draw polylines (N, 2) with one pen."""
    for line in lines:
        low = line.min(axis=0)
        stamp = draw_strokes([(line - low) * PX_PER_MM], width_mm * PX_PER_MM, rng)
        half = width_mm / 2
        place_stamp(ink.light, Stamp(stamp.ink, 0.0, CAP_PX),
                    (float(low[0]) - half, float(low[1]) - half), 3.0, pen,
                    ink.px_per_mm)  # fmt: skip


def pen_width(rng: Random) -> float:
    """Width of a ballpoint's line."""
    return float(rng.uniform(0.3, 0.55))


def bent(points: Sequence[tuple[float, float]], rng: Random, *, shake: float = 0.12) -> Line:
    """A hand's line through the points: more points, slowly shaken."""
    corners = np.array(points, dtype=np.float64)
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    count = max(4, int(length[-1] / 2.5))
    at = np.linspace(0, length[-1], count)
    line = np.stack([np.interp(at, length, corners[:, k]) for k in (0, 1)], axis=1)
    slow = np.interp(np.arange(count), np.linspace(0, count - 1, max(3, count // 4)),
                     rng.normal(0, shake, max(3, count // 4)))  # fmt: skip
    across = np.array([corners[-1, 1] - corners[0, 1], corners[0, 0] - corners[-1, 0]])
    size = float(np.hypot(*across))
    return line + slow[:, None] * (across / size if size else 0.0)


# --- dittos


def ditto_mark(kind: str, at: tuple[float, float], rng: Random) -> list[Line]:
    """The strokes of a small ditto mark around the point ``at``."""
    size = float(rng.uniform(1.5, 3.2))
    gap = float(rng.uniform(0.9, 2.1))
    if kind == "dash":
        length = float(rng.uniform(3.0, 14.0))
        lean = float(rng.normal(0, 0.03)) * length
        return [bent([(0, 0), (length, lean)], rng, shake=0.08) + at]
    if kind == "apostrophes":
        curve = np.array([[0.35, 0.0], [0.3, 0.4], [0.0, 1.0]]) * min(size, 2.0)
        return [curve + at, curve + at + (gap, float(rng.normal(0, 0.15)))]
    lean = float(rng.uniform(0.5, 1.3) if kind == "double-prime" else rng.normal(0, 0.15))
    tick = np.array([[lean, -size / 2], [0.0, size / 2]])
    return [tick + at, tick + at + (gap, float(rng.normal(0, 0.2)))]


def ditto_run(kind: str, x: float, top: float, bottom: float, rng: Random) -> list[Line]:
    """A line, brace or arrow that runs down from ``top`` to ``bottom`` at ``x``."""
    lean = float(rng.normal(0, 0.02)) * (bottom - top)
    if kind == "brace":
        belly = float(rng.uniform(1.2, 2.6))
        share = np.linspace(0, 1, 25)
        # Round ends and a point in the middle.
        out = np.minimum(1.0, np.minimum(share, 1 - share) * 7) + 1.2 * np.exp(
            -(((share - 0.5) / 0.05) ** 2)
        )
        xs = x + belly * out + lean * share
        return [np.stack([xs, top + (bottom - top) * share], axis=1)]
    shaft = bent([(x, top), (x + lean, bottom)], rng, shake=0.2)
    if kind == "line":
        return [shaft]
    wide, high = float(rng.uniform(0.9, 1.8)), float(rng.uniform(1.4, 2.6))
    end = (x + lean, bottom)
    head = np.array([[end[0] - wide, end[1] - high], end, [end[0] + wide, end[1] - high]])
    return [shaft, head]


# --- strikes through rows


def strike(kind: str, rect: Rect, rng: Random) -> list[Line]:
    """The strokes that cross out what stands in ``rect``."""
    x0, y0, x1, y1 = rect
    high, middle = y1 - y0, (y0 + y1) / 2
    left, right = x0 + float(rng.uniform(-2, 9)), x1 - float(rng.uniform(-1, 16))
    if kind == "cross":
        return [
            bent([(left, y0 + rng.uniform(0, 2)), (right, y1 - rng.uniform(0, 2))], rng),
            bent([(left, y1 - rng.uniform(0, 2)), (right, y0 + rng.uniform(0, 2))], rng),
        ]
    if kind == "zigzag":
        count = int((right - left) / rng.uniform(2.5, 6.0))
        xs = np.linspace(left, right, count)
        ys = middle + np.where(np.arange(count) % 2 == 0, -1, 1) * high * rng.uniform(0.22, 0.4)
        return [np.stack([xs, ys + rng.normal(0, 0.4, count)], axis=1)]
    if kind == "wave":
        xs = np.linspace(left, right, 90)
        ys = middle + high * rng.uniform(0.08, 0.2) * np.sin(xs / rng.uniform(1.5, 7.0))
        return [np.stack([xs, ys], axis=1)]
    rise = high * float(rng.uniform(0.3, 0.75)) if kind == "slanted" else float(rng.normal(0, 0.4))
    at = middle + float(rng.normal(0, 0.05 * high))
    lines = [bent([(left, at + rise / 2), (right, at - rise / 2)], rng, shake=0.25)]
    if kind == "double":
        apart = float(rng.uniform(1.0, 2.4))
        lines = [lines[0] - (0.0, apart / 2), lines[0] + (rng.uniform(-4, 4), apart / 2)]
    return lines


def cross_out(written: Written, start: float, stop: float, rng: Random) -> list[Line]:
    """Strokes through a word from share ``start`` to ``stop`` of a written line."""
    left = written.x + written.width * start - float(rng.uniform(0, 1))
    right = written.x + written.width * stop + float(rng.uniform(0, 1))
    middle = written.baseline - written.cap * 0.45
    style = rng.random()
    if style < 0.3:
        count = max(6, int((right - left) / 0.9))
        xs = np.linspace(left, right, count)
        ys = middle + np.where(np.arange(count) % 2 == 0, -0.55, 0.55) * written.cap
        return [np.stack([xs, ys + rng.normal(0, 0.15, count)], axis=1)]
    rise = float(rng.normal(0, 0.3))
    line = bent([(left, middle + rise), (right, middle - rise)], rng)
    if style < 0.65:
        return [line]
    return [line - (0, written.cap * 0.18), line + (0, written.cap * 0.2)]


# --- decoys: strokes that strike nothing


def underline(written: Written, rng: Random) -> list[Line]:
    """One or two lines below a name."""
    y = written.baseline + float(rng.uniform(0.5, 1.4))
    left = written.x + float(rng.uniform(-1, 2))
    right = written.x + written.width + float(rng.uniform(-2, 3))
    line = bent([(left, y), (right, y + float(rng.normal(0, 0.4)))], rng)
    return [line] if rng.random() < 0.7 else [line, line + (0.5, 0.8)]


def long_stroke(written: Written, limit: float, rng: Random) -> list[Line]:
    """The tail of a last letter, drawn out to the right, at most to ``limit``."""
    x, y = written.x + written.width, written.baseline
    reach = min(limit, x + float(rng.uniform(12, 38)))
    if rng.random() < 0.5:
        start = (x, y - written.cap * float(rng.uniform(0.0, 0.5)))
        return [bent([start, (reach, y - float(rng.uniform(-0.6, 1.8)))], rng)]
    # Back below the word and out again: the paraph of a name.
    back = written.x + written.width * float(rng.uniform(0.2, 0.7))
    low = y + float(rng.uniform(0.9, 1.9))
    return [bent([(x, y - 0.3), (back, low), (reach, low + float(rng.normal(0, 0.4)))], rng)]


def flourish(written: Written, rect: Rect, rng: Random) -> list[Line]:
    """A paraph under or through a signature, over the borders of its cell."""
    x0, _, x1, _ = rect
    left = max(x0 - float(rng.uniform(0, 14)), written.x - 12)
    right = x1 + float(rng.uniform(0, 14))
    y = written.baseline + float(rng.uniform(-0.8, 2.0))
    sweep = bent([(right - 6, y - 1.5), (left, y + 0.5), (right, y + float(rng.normal(0, 1)))], rng)
    if rng.random() < 0.5:
        turn = np.linspace(0, 4 * np.pi, 60)
        loops = np.stack([np.linspace(left + 3, right - 8, 60) + 2.5 * np.sin(turn),
                          y + 1.6 * np.cos(turn)], axis=1)  # fmt: skip
        return [sweep, loops]
    return [sweep]


def descender(written: Written, floor: float, rng: Random) -> list[Line]:
    """The tail of a y or f that goes down into the row below, past ``floor``."""
    x = written.x + written.width * float(rng.uniform(0.15, 0.9))
    low = floor + float(rng.uniform(1.5, 7.0))
    y = written.baseline - 0.6 * written.cap
    lean = float(rng.uniform(-2.5, 0.5))
    points = [(x, y), (x + lean, low)]
    if rng.random() < 0.6:
        points += [(x + lean - 1.6, low - 0.4), (x + lean + 0.2, low - 3.2)]
    return [bent(points, rng, shake=0.15)]


def t_bar(written: Written, rng: Random) -> list[Line]:
    """The bar of a t, drawn over its neighbours."""
    length = min(float(rng.uniform(5, 15)), max(5.0, 0.8 * written.width))
    x = written.x + float(rng.uniform(0, max(0.1, written.width - length)))
    y = written.baseline - written.cap * float(rng.uniform(0.75, 1.0))
    return [bent([(x, y + 0.2), (x + length, y - float(rng.uniform(0, 0.8)))], rng, shake=0.08)]


DECOY_STROKES: dict[str, Callable[[Written, Rect, float, Random], list[Line]]] = {
    "underlined": lambda written, rect, right, rng: underline(written, rng),
    "long-stroke": lambda written, rect, right, rng: long_stroke(written, right, rng),
    "descender": lambda written, rect, right, rng: descender(written, rect[3], rng),
    "t-bar": lambda written, rect, right, rng: t_bar(written, rng),
}
