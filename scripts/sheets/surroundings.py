"""What a photograph shows beside the sheet: the table, other papers, shadows, a thumb, noise.

All pictures here are (H, W, 3) float32 BGR, 0..255, until ``developed`` makes a file of them.
"""

from dataclasses import replace
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from scripts.sheets.camera import Floats, View
from scripts.sheets.degrade import Recipe, bed_pixels

Pixels: TypeAlias = npt.NDArray[np.uint8]

FLAT_TABLES = {"white": 240.0, "light": 205.0, "gray": 130.0, "dark": 40.0}
PATTERNS = ("checks", "stripes", "tiles", "cloth")
# Wood is the most frequent table.
TABLES = ("wood", "wood", *FLAT_TABLES, *PATTERNS)
# Widths of stripes and checks, 8 to 28 mm, and of joints between tiles twice as wide, 2 mm.
STEPS_PX, JOINT_PX = (60, 220), 16
# Softness of a shadow's edge in px of half the picture: a near hand to a window frame.
SHADOW_PX = (2.0, 6.0, 20.0)
THUMB_MM = 19.0
NOISE_ROWS = 512


def table(kind: str, view: View, rng: np.random.Generator) -> Floats:
    """A table of one of ``TABLES`` under the sheet in ``view``; drawn at half the resolution.

    Lines of a pattern vanish where those of the sheet's plane do, since it lies on it.
    """
    width, height = size = view.size
    half = (width // 2 + 1, height // 2 + 1)
    if kind == "wood":
        drawn = bed_pixels(half, Recipe(bed="desk"), rng)
    elif kind in FLAT_TABLES:
        tint = (rng.uniform(0.94, 1), rng.uniform(0.96, 1), 1.0)
        tone = (FLAT_TABLES[kind] + rng.uniform(-10, 8)) * np.array(tint)
        drawn = np.broadcast_to(tone.astype(np.float32), (half[1], half[0], 3)).copy()
    else:
        flat = replace(view, bend=None).sources()
        drawn = _pattern(kind, flat[0][::2, ::2], flat[1][::2, ::2], rng)
    return np.asarray(cv2.resize(drawn, size), np.float32)


def _pattern(kind: str, xs: Floats, ys: Floats, rng: np.random.Generator) -> Floats:
    """Two colours in checks, stripes, tiles with joints, or clouds as of a cloth.

    ``xs``, ``ys``: where each pixel lies on the table, px.
    """
    height, width = xs.shape
    angle = float(rng.uniform(-0.3, 0.3)) + (np.pi / 2 if rng.random() < 0.5 else 0.0)
    u, v = xs * np.cos(angle) + ys * np.sin(angle), ys * np.cos(angle) - xs * np.sin(angle)
    step = float(rng.uniform(*STEPS_PX))
    one, other = rng.uniform(30, 240, 3), rng.uniform(30, 240, 3)
    if kind == "checks":
        mixed = (u // step + v // step) % 2
    elif kind == "stripes":
        mixed = (u // step) % 2
    elif kind == "tiles":
        mixed = np.asarray((u % (2 * step) < JOINT_PX) | (v % (2 * step) < JOINT_PX), np.float32)
        one = np.full(3, rng.uniform(150, 230))
        other = 0.6 * one
    else:
        clouds = rng.normal(0, 1, (height // 40 + 3, width // 40 + 3)).astype(np.float32)
        grown = cv2.resize(clouds, (width, height), interpolation=cv2.INTER_CUBIC)
        mixed = np.clip(grown * 0.4 + 0.5, 0, 1)
    share = np.asarray(mixed, np.float32)[..., None]
    return np.asarray(one * (1 - share) + other * share, np.float32)


def laid(sheet: Pixels, sources: tuple[Floats, Floats], under: Floats, shade: float) -> Floats:
    """``under`` with a sheet on it and the sheet's own soft shadow beside it."""
    fx, fy = sources
    height, width = sheet.shape[:2]
    seen = cv2.remap(sheet, fx, fy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    edges = (fx + 1, width - fx, fy + 1, height - fy)
    cover = np.clip(np.minimum.reduce(edges), 0, 1).astype(np.float32)
    small = cv2.resize(
        cover, (cover.shape[1] // 4, cover.shape[0] // 4), interpolation=cv2.INTER_AREA
    )
    blurred = cv2.GaussianBlur(np.roll(small, (2, 1), (0, 1)), (0, 0), 1.8)
    fallen = cv2.resize(blurred, (cover.shape[1], cover.shape[0]))
    dimmed = under * (1 - np.float32(shade) * fallen)[..., None]
    return np.asarray(dimmed + (seen - dimmed) * cover[..., None], np.float32)


def moved_sources(
    sources: tuple[Floats, Floats],
    middle: tuple[float, float],
    turn_deg: float,
    shift: tuple[float, float],
) -> tuple[Floats, Floats]:
    """Where another sheet is seen that lies turned about ``middle`` and shifted, px."""
    fx, fy = sources
    angle = np.radians(turn_deg)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    x, y = fx - np.float32(middle[0]), fy - np.float32(middle[1])
    across = x * cos + y * sin + np.float32(middle[0] + shift[0])
    down = y * cos - x * sin + np.float32(middle[1] + shift[1])
    return np.asarray(across, np.float32), np.asarray(down, np.float32)


def light(
    size: tuple[int, int], shadows: int, px_per_mm: float, rng: np.random.Generator
) -> Floats:
    """How much light falls on each pixel: a lamp, and edges of shadows or an arm's band."""
    width, height = size
    ys, xs = np.mgrid[0:height:2, 0:width:2].astype(np.float32)
    lamp = rng.uniform(0.2, 0.8, 2) * (width, height)
    falling = float(rng.uniform(0, 0.35)) / np.hypot(width, height)
    lit = 1 - falling * np.hypot(xs - lamp[0], ys - lamp[1])
    for _ in range(shadows):
        angle, dark = float(rng.uniform(0, np.pi)), float(rng.uniform(0.15, 0.5))
        soft = float(rng.choice(SHADOW_PX))
        at = rng.uniform(0.1, 0.9, 2) * (width, height)
        far = ((xs - at[0]) * np.cos(angle) + (ys - at[1]) * np.sin(angle)) / soft
        shaded = _step(far)
        if rng.random() < 0.4:
            shaded = shaded * (1 - _step(far - rng.uniform(40, 90) * px_per_mm / soft))
        lit = lit * (1 - dark * shaded)
    return np.asarray(cv2.resize(lit.astype(np.float32), size), np.float32)


def _step(far: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    return np.asarray(1 / (1 + np.exp(np.clip(-far, -50, 50))))


def with_thumb(
    picture: Floats, view: View, at: npt.ArrayLike, px_per_mm: float, rng: np.random.Generator
) -> Floats:
    """A thumb from outside over a point of the sheet's edge (flat px)."""
    height, width = picture.shape[:2]
    edge = view.placed(at)[0]
    inward = np.array([width, height]) / 2 - edge
    inward /= np.linalg.norm(inward)
    tip, root = edge + inward * rng.uniform(3, 14) * px_per_mm, edge - inward * 60 * px_per_mm
    mask = np.zeros((height, width), np.uint8)
    ends = [(int(x), int(y)) for x, y in (tip, root)]
    cv2.line(mask, ends[0], ends[1], 255, int(THUMB_MM * px_per_mm), cv2.LINE_AA)
    share = cv2.GaussianBlur(mask, (0, 0), 1.5)[..., None].astype(np.float32) / 255
    skin = np.array([110, 140, 195], np.float32) * np.float32(rng.uniform(0.4, 1.05))
    return np.asarray(picture * (1 - share) + skin * share, np.float32)


def developed(
    picture: Floats, *, blur_px: float, noise: float, jpeg: int | None, rng: np.random.Generator
) -> Pixels:
    """The picture as a camera or scanner hands it over, out of focus and noisy."""
    seen = np.clip(picture, 0, 255).astype(np.uint8)
    seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), blur_px), np.uint8)
    grain = np.empty((NOISE_ROWS, seen.shape[1], 3), np.int16)
    cv2.setRNGSeed(int(rng.integers(1 << 30)))
    cv2.randn(grain, 0, noise)
    for top in range(0, len(seen), NOISE_ROWS):
        part = seen[top : top + NOISE_ROWS]
        shifted = np.roll(grain, int(rng.integers(999)), axis=1)[: len(part)]
        seen[top : top + NOISE_ROWS] = np.clip(part.astype(np.int16) + shifted, 0, 255)
    if jpeg is None:
        return seen
    packed = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, jpeg])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
