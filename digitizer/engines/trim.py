"""Finding the written lines of a lone crop.

For ``digitizer read``, whose crops come with margins, specks, frame lines,
printed captions and parts of the lines above and below. Connected ink is kept
or dropped whole: frame lines by their shape, neighbours' ink because it comes
in over the upper or lower edge and ends soon. What is left is cut into lines
at empty rows. Trimming matters: place names fell from 21 % to 15 % character
errors by it. Lines that touch each other stay one. Inside a sheet the cells
are already clean and do not come here.
"""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.engines.graylevels import percentiles
from digitizer.records import Pixels

Mask = npt.NDArray[np.bool_]

# Ink is darker than the paper by at least this many gray levels, by this many
# times the paper's grain, and by this share of the darkest stroke that is no
# frame line nor at the edge. A pencil is 50 to 100 levels darker than paper: at
# 40 levels, and beside a black frame, nothing of it was left. Of 150 place crops
# with faint ink (calibrate and train splits) 50 were read right so, now 83.
MIN_CONTRAST = 20
GRAIN_TIMES = 5.0
INK_SHARE = 0.35
DARKEST = 99.7

# Crops larger than this on a side hold no single line; they are scaled down.
MAX_SIDE_PX = 2500

# Ink of fewer pixels is dust.
MIN_PIECE_PX = 4

# A frame line: this long as a share of the side, this thin as one of the other.
LINE_LENGTH = 0.45
LINE_THICKNESS = 0.12

# A frame line at the left or right edge: as tall as the crop, nearly, and thinner
# for its height than a letter's stroke. (It was 3 % of the crop's width: in long
# lines whole letters are that thin, and 7 of 120 tight emails lost their first.)
SIDE_LENGTH = 0.85
SIDE_THICKNESS = 0.06

# Ink over the upper or lower edge belongs to a neighbour when it covers no
# more than this share of the crop's height, and lies over or under other ink by
# more than this share of its width: dots and low lines of a tight email touch
# the edge too, but stand between letters.
NEIGHBOUR_SHARE = 0.4
BETWEEN_SHARE = 0.2

# Rows of ink lower than this share of the tallest are dots, accents, commas:
# they join the line they are nearest to.
LOW_BAND = 0.45

# More lines than this are no field; the tallest are kept.
MAX_LINES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Connected ink: a label for each pixel, OpenCV's numbers of each label, and which of
    them is no frame line nor dust."""

    labels: npt.NDArray[np.int32]
    stats: npt.NDArray[np.int32]
    kept: Mask


@dataclass(frozen=True, slots=True, eq=False)
class InkedCrop:
    """A crop in gray, scaled down where it is huge; its paper's gray; its ink and the pieces."""

    gray: Pixels
    paper: float
    ink: Mask
    pieces: Pieces

    def without(self, labels: Mask) -> "InkedCrop":
        """The crop with the pieces of these labels no ink."""
        if not labels.any():
            return self
        ink = self.ink & ~labels[self.pieces.labels]
        return replace(self, ink=ink, pieces=find_pieces(ink))


def trim_lines(pixels: Pixels) -> tuple[Pixels, ...]:
    """The written lines of a crop from the top: gray (h, w), dark on white.

    Empty where there is no ink. ``pixels``: gray, BGR or BGRA of any size.
    """
    return tuple(line for line, _ in find_lines(find_ink(pixels))) if pixels.size else ()


def find_lines(crop: InkedCrop) -> list[tuple[Pixels, Mask]]:
    """The lines of what ``find_ink`` gives, each with its ink."""
    ink = _written(crop)
    if not ink.any():
        return []
    clean = clean_picture(crop.gray, ink, crop.paper)
    lines = []
    for top, bottom in _bands(ink):
        columns = np.nonzero(ink[top:bottom].any(axis=0))[0]
        box = np.s_[top:bottom, columns[0] : columns[-1] + 1]
        lines.append((clean[box], ink[box]))
    return lines


def trim_line(pixels: Pixels) -> Pixels | None:
    """All written ink of a crop as one picture; None without ink."""
    lines = trim_lines(pixels)
    return max(lines, key=lambda line: line.size) if lines else None


def find_ink(pixels: Pixels) -> InkedCrop:
    """Where a crop's ink is."""
    gray = _bounded(to_gray(pixels))
    (paper,) = percentiles(gray, (90,)).tolist()
    (grain,) = percentiles(cv2.absdiff(gray, cv2.medianBlur(gray, 3)), (50,)).tolist()
    least = max(MIN_CONTRAST, GRAIN_TIMES * grain)
    below = _ink_below(paper, max(least, INK_SHARE * (paper - int(gray.min()))))
    ink = gray < below
    pieces = find_pieces(ink)
    paper_too = pieces.kept.copy()
    paper_too[0] = True
    within = paper_too[pieces.labels].astype(np.uint8)
    within = cv2.erode(within, np.ones((5, 5), np.uint8), borderValue=0) > 0
    if within.any():
        (dark,) = percentiles(gray[within], (100 - DARKEST,)).tolist()
        lower = _ink_below(paper, max(least, INK_SHARE * (paper - dark)))
        if lower != below:
            ink = gray < lower
            pieces = find_pieces(ink)
    return InkedCrop(gray, paper, ink, pieces)


def _ink_below(paper: float, contrast: float) -> int:
    """Below which whole gray level a pixel is darker than the paper by more than a contrast."""
    return math.ceil(paper - contrast)


def clean_picture(gray: Pixels, ink: Mask, paper: float) -> Pixels:
    """The soft edges of kept ink stay, all else is white."""
    near = cv2.dilate(ink.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return np.where(near, gray, np.uint8(min(255, round(paper)))).astype(np.uint8)


def find_pieces(ink: Mask) -> Pieces:
    """Connected ink."""
    height, width = ink.shape
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    left, _, wide, high, area = (stats[:, k] for k in range(5))
    keep = area >= MIN_PIECE_PX
    keep[0] = False
    flat = _is_flat(stats, ink.shape)
    steep = (high >= SIDE_LENGTH * height) & (wide <= np.maximum(2, SIDE_THICKNESS * high))
    at_side = (left <= 1) | (left + wide >= width - 1)
    keep &= ~flat & ~(steep & at_side)
    return Pieces(labels, stats, keep)


def _is_flat(stats: npt.NDArray[np.int32], shape: tuple[int, ...]) -> Mask:
    """Which connected ink is a level frame line."""
    long = stats[:, cv2.CC_STAT_WIDTH] >= LINE_LENGTH * shape[1]
    thin = stats[:, cv2.CC_STAT_HEIGHT] <= max(3, LINE_THICKNESS * shape[0])
    return np.asarray(long & thin)


def _bounded(gray: Pixels) -> Pixels:
    if max(gray.shape) <= MAX_SIDE_PX:
        return gray
    scale = MAX_SIDE_PX / max(gray.shape)
    size = (max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale)))
    smaller: Pixels = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    return smaller


def _written(crop: InkedCrop) -> Mask:
    """Ink without dust, frame lines and neighbours' ink; unchanged where that leaves none."""
    ink, height = crop.ink, crop.ink.shape[0]
    labels, stats, keep = crop.pieces.labels, crop.pieces.stats, crop.pieces.kept
    flat = _is_flat(stats, ink.shape)
    top, high = stats[:, cv2.CC_STAT_TOP], stats[:, cv2.CC_STAT_HEIGHT]
    at_edge = (top <= 0) | (top + high >= height)
    slices = keep & at_edge & (high <= NEIGHBOUR_SHARE * height)
    slices &= ~_between(stats, slices, keep & ~slices, ink.shape[1])
    inside = keep & ~slices
    # A tight crop touches its edges everywhere: its low letters stay.
    if (inside & (high >= 0.3 * height)).any() or (inside & ~at_edge).sum() >= 3:
        keep = inside
    if not keep.any():
        return np.zeros_like(ink) if flat[1:].any() else ink
    return np.asarray(keep[labels])


def _between(stats: npt.NDArray[np.int32], low: Mask, letters: Mask, width: int) -> Mask:
    """Which low ink stands in a gap between letters."""
    taken = np.zeros(width, bool)
    left, right = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_LEFT] + stats[:, 2]
    for k in np.flatnonzero(letters):
        taken[left[k] : right[k]] = True
    found = np.zeros_like(low)
    at = np.flatnonzero(taken)
    for k in np.flatnonzero(low):
        free = taken[left[k] : right[k]].mean() <= BETWEEN_SHARE
        found[k] = free and at.size > 0 and at[0] < left[k] and right[k] <= at[-1]
    return found


def _bands(ink: Mask) -> list[tuple[int, int]]:
    """Top and bottom of each line: rows of ink between empty ones, low ones joined."""
    rows = np.concatenate(([False], ink.any(axis=1), [False]))
    edges = np.nonzero(rows[1:] != rows[:-1])[0]
    bands = [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    tallest = max(b - a for a, b in bands)
    merged: list[tuple[int, int]] = []
    waiting: int | None = None
    for top, bottom in bands:
        if bottom - top >= LOW_BAND * tallest:
            start = top if waiting is None or top - waiting > tallest else waiting
            merged.append((start, bottom))
            waiting = None
        elif merged and top - merged[-1][1] <= LOW_BAND * tallest and waiting is None:
            # Below a line and near it: a comma or the tail of a letter, unless
            # the next line is nearer; an accent more or less harms little.
            merged[-1] = (merged[-1][0], bottom)
        elif waiting is None:
            waiting = top
    merged.sort(key=lambda band: band[0] - band[1])
    return sorted(merged[:MAX_LINES])


def to_gray(pixels: Pixels) -> Pixels:
    """One channel from gray, BGR or BGRA."""
    if pixels.ndim == 2:
        return pixels
    if pixels.shape[2] == 1:
        return pixels[:, :, 0]
    code = cv2.COLOR_BGRA2GRAY if pixels.shape[2] == 4 else cv2.COLOR_BGR2GRAY
    gray: Pixels = cv2.cvtColor(pixels, code)
    return gray
