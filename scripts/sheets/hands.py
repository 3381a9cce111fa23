"""Handwriting from fonts: one writer is a font bent in one person's way.

A ``Stamp`` is written ink before it meets paper: coverage 0..1 at a height of
about 48 px a capital letter, twice what a 200 dpi sheet needs, so that placing
it only ever averages. Every word is drawn alone and gets its own small turn,
shift and bend; two words of one writer are never the same picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from scripts.sheets.fonts import FontSet

Coverage: TypeAlias = npt.NDArray[np.float32]

CAP_PX = 48  # height of a capital in a stamp
PAD_PX = 14
# A ballpoint draws 0.2 to 0.35 mm where capitals are 3 mm high. Fonts thinner
# than the hand's own stroke are thickened to it; bolder ones stay.
STROKE_PX = (3.6, 5.4)

# Pens as BGR ink colours: ballpoint blues and blacks, gel, pencil, a rare red.
PENS_BGR = (
    (140, 52, 30),
    (168, 72, 40),
    (120, 40, 22),
    (40, 34, 30),
    (30, 26, 26),
    (55, 50, 48),
    (88, 84, 82),
    (150, 60, 90),
    (50, 40, 150),
)
PEN_WEIGHTS = (0.2, 0.16, 0.1, 0.16, 0.14, 0.08, 0.1, 0.03, 0.03)


@dataclass(frozen=True, slots=True, eq=False)
class Stamp:
    """Ink on nothing: coverage (h, w), its baseline row and height of a capital."""

    ink: Coverage
    baseline: float
    cap_px: float


@dataclass(frozen=True, slots=True)
class Hand:
    """One writer. Angles in degrees, ``cap_mm`` the height of capitals on paper."""

    font: str
    signature_font: str
    capitals: bool
    pen_bgr: tuple[int, int, int]
    slant_deg: float
    cap_mm: float
    stroke_px: float
    wobble: float
    pressure: float
    scrawl: bool


def invent_hand(rng: np.random.Generator, fonts: FontSet) -> Hand:
    """A writer: two in three print, the others write cursive or capitals only."""
    kind = rng.random()
    if kind < 0.15:
        pool = fonts.capitals
    else:
        pool = fonts.prints if kind < 0.72 else fonts.cursives
    pens = np.asarray(PEN_WEIGHTS) / sum(PEN_WEIGHTS)
    pen = PENS_BGR[int(rng.choice(len(PENS_BGR), p=pens))]
    return Hand(
        font=pool[int(rng.integers(len(pool)))],
        signature_font=fonts.signatures[int(rng.integers(len(fonts.signatures)))],
        capitals=bool(kind < 0.15 or (kind < 0.72 and rng.random() < 0.2)),
        pen_bgr=pen,
        slant_deg=float(rng.normal(2, 5)),
        cap_mm=float(rng.uniform(2.5, 4.0)),
        stroke_px=float(rng.uniform(*STROKE_PX)),
        wobble=float(rng.uniform(0.4, 1.5)),
        pressure=float(rng.uniform(0.85, 1.1)),
        scrawl=bool(rng.random() < 0.45),
    )


def write_line(text: str, hand: Hand, rng: np.random.Generator) -> Stamp:
    """One line in this hand. The text must have a visible character."""
    words = [_word(word, hand.font, hand, rng) for word in text.split()]
    gaps = [CAP_PX * float(rng.uniform(0.38, 0.62)) for _ in words]
    return join_stamps(words, gaps, rng, wobble=hand.wobble)


def join_stamps(
    stamps: Sequence[Stamp],
    gaps: Sequence[float],
    rng: np.random.Generator,
    *,
    wobble: float = 0.6,
) -> Stamp:
    """Stamps side by side on one baseline, ``gaps[i]`` px after stamp ``i``.

    All must have the same ``cap_px``. Baselines shake by about ``wobble`` px.
    """
    shakes = [float(rng.normal(0, 1.2 * wobble)) for _ in stamps]
    above = max(s.baseline - d for s, d in zip(stamps, shakes, strict=True))
    below = max(s.ink.shape[0] - s.baseline + d for s, d in zip(stamps, shakes, strict=True))
    width = sum(s.ink.shape[1] for s in stamps) + sum(gaps[: len(stamps) - 1])
    whole = np.zeros((int(above + below) + 3, max(4, int(width) + 3)), np.float32)
    x = 0.0
    for stamp, gap, shake in zip(stamps, gaps, shakes, strict=True):
        top, left = round(above - stamp.baseline + shake), round(x)
        top = max(0, top)
        height = min(stamp.ink.shape[0], whole.shape[0] - top)
        wide = min(stamp.ink.shape[1], whole.shape[1] - left)
        part = whole[top : top + height, left : left + wide]
        np.maximum(part, stamp.ink[:height, :wide], out=part)
        x += stamp.ink.shape[1] + gap
    return trim_stamp(Stamp(whole, above, stamps[0].cap_px))


def trim_stamp(stamp: Stamp) -> Stamp:
    """Without its empty margins; a stamp without ink comes back as it is."""
    rows, columns = np.nonzero(stamp.ink > 0.05)
    if rows.size == 0:
        return stamp
    top, left = int(rows.min()), int(columns.min())
    ink = stamp.ink[top : int(rows.max()) + 1, left : int(columns.max()) + 1]
    return Stamp(np.ascontiguousarray(ink), stamp.baseline - top, stamp.cap_px)


def write_signature(name: str, hand: Hand, rng: np.random.Generator) -> Stamp:
    """A signature: the name in a flowing font and a flourish, or loops alone."""
    if hand.scrawl:
        return scrawl(rng, letters=len(name))
    first, _, last = name.partition(" ")
    text = f"{first[0]}. {last}" if rng.random() < 0.5 and last else name
    signed = _word(text, hand.signature_font, hand, rng, spread=2.2)
    if rng.random() < 0.5:
        signed = _underline(signed, rng)
    return signed


def scrawl(rng: np.random.Generator, *, letters: int = 10) -> Stamp:
    """Loops as a hurried hand signs: a tall first letter, waves, maybe a tail."""
    loops = int(np.clip(letters * 0.6 + rng.integers(-1, 3), 4, 11))
    phase = np.linspace(0, 2 * np.pi * loops, loops * 22)
    step = CAP_PX * float(rng.uniform(0.34, 0.6))
    knots = np.linspace(0, phase[-1], loops + 1)
    tall = np.where(rng.random(loops + 1) < 0.3, 1.0, 0.4) * rng.uniform(0.7, 1.3, loops + 1)
    tall[0] = float(rng.uniform(1.2, 1.9))
    height = CAP_PX * 0.5 * np.interp(phase, knots, tall)
    # No curl gives waves like m and n, much of it loops like e and l.
    curls = np.clip(rng.normal(float(rng.uniform(0.0, 0.6)), 0.2, loops + 1), -0.3, 0.9)
    curl = np.interp(phase, knots, curls) * CAP_PX * 0.6
    lean = float(rng.uniform(-0.1, 0.7))
    y = -height + height * np.cos(phase + np.pi)
    pace = np.interp(phase, knots, np.cumsum(rng.uniform(0.4, 1.6, loops + 1)))
    x = pace * step + curl * np.sin(phase) - y * lean
    y += np.interp(phase, knots, rng.normal(0, 4, loops + 1))
    strokes = [np.stack([x, y], axis=1)]
    width = float(x.max())
    if rng.random() < 0.5:
        tail = np.array(
            [
                [width, float(y[-1])],
                [width * 0.4, float(rng.uniform(10, 22))],
                [width * float(rng.uniform(0.7, 1.3)), float(rng.uniform(-6, 14))],
            ]
        )
        strokes.append(_smooth(tail, per_span=16))
    return draw_strokes(strokes, float(rng.uniform(1.5, 2.8)), rng)


def draw_strokes(
    strokes: Sequence[npt.NDArray[np.float64]], width_px: float, rng: np.random.Generator
) -> Stamp:
    """Polylines (N, 2) around a baseline at y = 0, drawn with a breathing pen."""
    every = np.concatenate(strokes)
    low = every.min(axis=0) - PAD_PX
    size = np.ceil(every.max(axis=0) - low + PAD_PX).astype(int)
    canvas = np.zeros((int(size[1]), int(size[0])), np.uint8)
    for stroke in strokes:
        shifted = np.round((stroke - low) * 16).astype(np.int32)
        for a, b in pairwise(shifted):
            thick = max(1, round(width_px * float(rng.uniform(0.75, 1.2))))
            start, end = (int(a[0]), int(a[1])), (int(b[0]), int(b[1]))
            cv2.line(canvas, start, end, 255, thick, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(canvas, (0, 0), 0.8).astype(np.float32) / 255
    return trim_stamp(Stamp(soft, float(-low[1]), CAP_PX))


def _smooth(points: npt.NDArray[np.float64], per_span: int) -> npt.NDArray[np.float64]:
    """A Catmull-Rom curve through the points."""
    padded = np.concatenate([points[:1], points, points[-1:]])
    steps = np.linspace(0, 1, per_span, endpoint=False)[:, None]
    spans = []
    for p0, p1, p2, p3 in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        spans.append(
            0.5
            * (
                2 * p1
                + (p2 - p0) * steps
                + (2 * p0 - 5 * p1 + 4 * p2 - p3) * steps**2
                + (3 * p1 - p0 - 3 * p2 + p3) * steps**3
            )
        )
    return np.concatenate(spans)


def _underline(stamp: Stamp, rng: np.random.Generator) -> Stamp:
    height, width = stamp.ink.shape
    y = float(rng.uniform(0.15, 0.45)) * CAP_PX
    points = np.array([[0.0, y + 6], [width * 0.5, y - 4], [width * 1.05, y - 10]])
    line = draw_strokes([_smooth(points, 16)], 2.2, rng)
    above = max(stamp.baseline, line.baseline)
    below = max(height - stamp.baseline, line.ink.shape[0] - line.baseline)
    both = np.zeros((int(above + below) + 2, max(width, line.ink.shape[1])), np.float32)
    for part in (stamp, line):
        top = int(above - part.baseline)
        target = both[top : top + part.ink.shape[0], : part.ink.shape[1]]
        np.maximum(target, part.ink, out=target)
    return Stamp(both, above, stamp.cap_px)


def _word(
    text: str, font: str, hand: Hand, rng: np.random.Generator, *, spread: float = 1.0
) -> Stamp:
    face = _face(font)
    box = face.getbbox(text, anchor="ls")
    pad = PAD_PX + 10
    size = (int(box[2] - box[0]) + 2 * pad, int(box[3] - box[1]) + 2 * pad)
    image = Image.new("L", size, 0)
    baseline = pad - box[1]
    ImageDraw.Draw(image).text((pad - box[0], baseline), text, font=face, fill=255, anchor="ls")
    ink: Coverage = (np.asarray(image) / 255).astype(np.float32)
    ink = _bend(ink, float(baseline), hand, rng, spread)
    ink = _thicken(ink, hand.stroke_px + float(rng.normal(0, 0.2)))
    return trim_stamp(Stamp(ink * _pressure(ink.shape, hand, rng), float(baseline), CAP_PX))


def _face(font: str) -> ImageFont.FreeTypeFont:
    """The font scaled so that its capitals are ``CAP_PX`` high."""
    trial = ImageFont.truetype(font, 100)
    top = trial.getbbox("H", anchor="ls")[1]
    return ImageFont.truetype(font, max(20, round(100 * CAP_PX / max(20, -top))))


def _bend(
    ink: Coverage, baseline: float, hand: Hand, rng: np.random.Generator, spread: float
) -> Coverage:
    """Slant, a small turn, and a slow elastic shift of about 2 px."""
    height, width = ink.shape
    slant = np.tan(np.radians(hand.slant_deg * spread + rng.normal(0, 1.2)))
    turn = np.radians(rng.normal(0, 0.7 * hand.wobble))
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    cells = (max(2, height // 24), max(2, width // 24))
    shift = [
        cv2.resize(
            rng.normal(0, 1.5 * hand.wobble, cells).astype(np.float32),
            (width, height),
            interpolation=cv2.INTER_CUBIC,
        )
        for _ in range(2)
    ]
    from_x = xs + (ys - baseline) * slant + shift[0]
    from_y = ys - (xs - width / 2) * turn + shift[1]
    return np.asarray(
        cv2.remap(ink, from_x.astype(np.float32), from_y.astype(np.float32), cv2.INTER_LINEAR),
        np.float32,
    )


def _thicken(ink: Coverage, stroke_px: float) -> Coverage:
    """Strokes grown to about ``stroke_px`` where they are thinner, and softened."""
    grow = stroke_px - stroke_width(ink)
    if grow > 0.5:
        side = 2 * round(grow / 2) + 1
        ink = np.asarray(
            cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))), np.float32
        )
    soft = cv2.GaussianBlur(ink, (0, 0), 1.2)
    return np.asarray(np.clip((soft - 0.45) * 3.0 + 0.5, 0, 1), np.float32)


def stroke_width(ink: Coverage) -> float:
    """Mean width of the strokes in px: twice their area over the length of their edge."""
    mask = (ink > 0.5).astype(np.uint8)
    inner = cv2.erode(mask, np.ones((3, 3), np.uint8))
    return 2 * float(mask.sum()) / max(1.0, float(mask.sum() - inner.sum()))


def _pressure(shape: tuple[int, ...], hand: Hand, rng: np.random.Generator) -> Coverage:
    """Ink that comes and goes: slow pressure, and the grain of the paper."""
    height, width = shape[0], shape[1]
    slow = cv2.resize(
        rng.uniform(hand.pressure - 0.2, hand.pressure + 0.1, (2, max(2, width // 40))).astype(
            np.float32
        ),
        (width, height),
        interpolation=cv2.INTER_CUBIC,
    )
    grain = rng.uniform(0.82, 1.08, (height, width)).astype(np.float32)
    return np.asarray(np.clip(slow * cv2.GaussianBlur(grain, (0, 0), 1.0), 0, 1), np.float32)
