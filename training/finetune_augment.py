"""Scan-like damage to a written line, and the many hands one line could be of.

Works on gray lines, dark on white. Shape first (slant, stretch, a slow warp,
stroke width), then the scanner (blur, resampling, faint ink, noise, JPEG) and
what cleaning leaves behind (pieces of rulings), then the trim, which is never
quite the same.
"""

import cv2
import numpy as np
import numpy.typing as npt

Gray = npt.NDArray[np.uint8]
Rng = np.random.Generator

# Paper and ink of a clean line.
WHITE = 255
INK_BELOW = 170

# Lines are augmented at no more than this height: the network sees 48 px.
WORK_HEIGHT_PX = 96

# Coarser scans than this many px a line are read by nobody.
LEAST_HEIGHT_PX = 18

# How often each kind of damage happens.
SHAPE, WARP, STROKE, BLUR, RESAMPLE, FAINT, NOISE, JPEG, RULING, BILEVEL = (
    0.7, 0.5, 0.25, 0.4, 0.3, 0.3, 0.3, 0.25, 0.1, 0.07,
)  # fmt: skip


def augment(gray: Gray, rng: Rng, *, strength: float = 1.0, beside: Gray | None = None) -> Gray:
    """A damaged copy of a line; ``strength`` scales how far its shape may go.

    ``beside``: another line, a strip of whose ink stays above or below this one.
    """
    line = clean(gray)
    height = line.shape[0]
    line = np.pad(line, max(4, height // 4), constant_values=WHITE)
    if rng.random() < SHAPE:
        line = _shape(line, rng, strength)
    if rng.random() < WARP:
        line = _warp(line, rng, strength)
    if rng.random() < STROKE:
        line = _stroke(line, rng)
    if rng.random() < RULING:
        line = _ruling(line, rng)
    line = _trim(line, rng)
    if beside is not None:
        line = _spill(line, clean(beside), rng)
    if rng.random() < BLUR:
        line = cv2.GaussianBlur(line, (0, 0), float(rng.uniform(0.3, 0.02 * height + 0.4)))
    if rng.random() < RESAMPLE:
        least = min(0.8, LEAST_HEIGHT_PX / line.shape[0])
        scale = float(rng.uniform(max(0.35, least), 0.85))
        size = (max(4, round(line.shape[1] * scale)), max(4, round(line.shape[0] * scale)))
        small = cv2.resize(line, size, interpolation=cv2.INTER_AREA)
        line = small if rng.random() < 0.5 else cv2.resize(small, line.shape[::-1])
    if rng.random() < BILEVEL:
        level = float(rng.uniform(110, 200))
        line = np.where(line < level, 0, WHITE).astype(np.uint8)
    elif rng.random() < FAINT:
        line = _faint(line, rng)
    if rng.random() < NOISE:
        noise = rng.normal(0.0, float(rng.uniform(2.0, 14.0)), line.shape)
        line = np.clip(line + noise, 0, 255).astype(np.uint8)
    if rng.random() < JPEG:
        quality = int(rng.integers(25, 80))
        _, data = cv2.imencode(".jpg", line, [cv2.IMWRITE_JPEG_QUALITY, quality])
        line = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
    return np.asarray(line, np.uint8)


def clean(gray: Gray) -> Gray:
    """A line not too large, its ink near black on white; cleaning it twice changes little."""
    return dark(_limit(gray))


def _limit(gray: Gray) -> Gray:
    if gray.shape[0] <= WORK_HEIGHT_PX:
        return gray
    scale = WORK_HEIGHT_PX / gray.shape[0]
    if gray.shape[1] * scale < 1:  # a stroke one pixel wide would be none
        size = (1, WORK_HEIGHT_PX)
        return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)
    smaller: Gray = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return smaller


def dark(gray: Gray) -> Gray:
    """The line with its ink near black and its paper white, so that trims find it."""
    low, high = (float(v) for v in np.percentile(gray, (1, 90)))
    stretched = (gray.astype(np.float32) - low) * (255.0 / max(30.0, high - low))
    dark: Gray = np.clip(stretched, 0, 255).astype(np.uint8)
    return dark


def _shape(line: Gray, rng: Rng, strength: float) -> Gray:
    """Slant, stretch and a small turn in one step."""
    height, width = line.shape
    stretch = float(np.exp(strength * rng.normal(0.0, 0.14)))
    slant = float(np.clip(strength * rng.normal(0.0, 0.18), -0.45, 0.45))
    turn = float(strength * rng.normal(0.0, 0.012))
    room = abs(slant) * height
    out_width = int(width * stretch + room) + 1
    shift = room if slant < 0 else 0.0
    rise = max(0.0, -turn * width * stretch)
    matrix = np.array([[stretch, slant, shift], [turn * stretch, 1.0, rise]], np.float32)
    out_height = int(height + abs(turn) * width * stretch) + 1
    moved: Gray = cv2.warpAffine(
        line, matrix, (out_width, out_height), flags=cv2.INTER_LINEAR, borderValue=WHITE
    )
    return moved


def _warp(line: Gray, rng: Rng, strength: float) -> Gray:
    """A slow random displacement, so that no two letters stay alike."""
    height, width = line.shape
    grid = (3, max(3, round(2.5 * width / height)))
    reach = strength * height * float(rng.uniform(0.015, 0.05))
    fields = []
    for _ in range(2):
        coarse = rng.normal(0.0, reach, grid).astype(np.float32)
        fields.append(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))
    columns, rows = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    moved: Gray = cv2.remap(
        line, columns + fields[0], rows + fields[1], cv2.INTER_LINEAR, borderValue=WHITE
    )
    return moved


def _stroke(line: Gray, rng: Rng) -> Gray:
    """Thicker or thinner strokes by part of a pixel or so."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    other = cv2.erode(line, kernel) if rng.random() < 0.6 else cv2.dilate(line, kernel)
    share = float(rng.uniform(0.3, 1.0)) if rng.random() < 0.6 else float(rng.uniform(0.2, 0.6))
    mixed: Gray = cv2.addWeighted(other, share, line, 1 - share, 0)
    return mixed


def _ruling(line: Gray, rng: Rng) -> Gray:
    """What is left of a ruling: dashes below or above, a stub at a side."""
    line = line.copy()
    height, width = line.shape
    gray = int(rng.integers(40, 170))
    if rng.random() < 0.7:
        y = int(height * (rng.uniform(0.72, 0.9) if rng.random() < 0.8 else rng.uniform(0.1, 0.25)))
        for _ in range(int(rng.integers(1, 4))):
            start, length = int(rng.integers(0, width)), int(rng.uniform(0.05, 0.5) * width)
            end = (min(width - 1, start + length), y + int(rng.integers(-1, 2)))
            cv2.line(line, (start, y), end, gray, int(rng.integers(1, 3)), cv2.LINE_AA)
    else:
        x = int(rng.choice([rng.integers(1, 6), width - 1 - rng.integers(1, 6)]))
        cv2.line(line, (x, 0), (x, height - 1), gray, int(rng.integers(1, 3)), cv2.LINE_AA)
    return line


def _spill(line: Gray, other: Gray, rng: Rng) -> Gray:
    """The feet of the line above, or the heads of the one below, at the edge."""
    rows = max(1, round(float(rng.uniform(0.08, 0.22)) * line.shape[0]))
    above = bool(rng.random() < 0.5)
    strip = other[-rows:] if above else other[:rows]
    start = int(rng.integers(0, max(1, line.shape[1] - strip.shape[1] // 2)))
    strip = strip[:, : line.shape[1] - start]
    # Part of the strip lies on the line's own ink.
    added = round(rows * float(rng.uniform(0.3, 1.0)))
    sides = ((added, 0), (0, 0)) if above else ((0, added), (0, 0))
    line = np.pad(line, sides, constant_values=WHITE)
    top = 0 if above else line.shape[0] - strip.shape[0]
    there = line[top : top + strip.shape[0], start : start + strip.shape[1]]
    np.minimum(there, strip[: there.shape[0]], out=there)
    return line


def _faint(line: Gray, rng: Rng) -> Gray:
    """Light ink on paper that is not quite white."""
    paper = float(rng.uniform(205, 255))
    depth = float(rng.uniform(0.35, 1.0))
    faint = paper - (255.0 - line.astype(np.float32)) * depth * paper / 255.0
    light: Gray = np.clip(faint, 0, 255).astype(np.uint8)
    return light


def _trim(line: Gray, rng: Rng) -> Gray:
    """To the ink, give or take."""
    ink = line < INK_BELOW
    rows, columns = np.nonzero(ink.any(axis=1))[0], np.nonzero(ink.any(axis=0))[0]
    if rows.size == 0:
        return line
    slack = 0.06 * (rows[-1] - rows[0] + 1)
    top, bottom, left, right = (int(max(0.0, rng.normal(0.3, 1.0)) * slack) for _ in range(4))
    return line[
        max(0, rows[0] - top) : rows[-1] + 1 + bottom,
        max(0, columns[0] - left) : columns[-1] + 1 + right,
    ]
