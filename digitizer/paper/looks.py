"""How ink lies on a page: as lines of running text, or as the address on an envelope.

Told by projections of the ink alone, since nobody reads handwriting to know that a page
is a letter. Running text fills its lines from a common left edge to about a common right
edge without wide gaps; rows of a table have gaps between their cells, lists end anywhere.
An envelope has a stamp in its corner and a few short lines in its middle, and nothing
else. Both say no wherever anything else is seen: a ruling, a column, a logo too many.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import Pixels

# Pages are looked at with their shorter side at so many px: 2 px a millimetre or less.
SHORT_PX = 420
INK_LEVEL = 190
# The shadow of the paper's edge, or what it lies on, reaches so far into the page.
EDGE_PX = 9
# A ruling or the edge of a box is this long, as a share of the page's width.
RULING = 0.2
# Running text: so many lines at least, of which this share is filled from edge to edge, each
# without a gap wider than this share of the page.
MIN_LINES, MIN_FILLED, WIDEST_GAP = 8, 0.6, 0.07
# A line's ends lie within these shares of the text's width of the text's own edges.
LEFT_RAGGED, RIGHT_RAGGED = 0.08, 0.2
# The text is as wide as this share of the page, and a line's ink this much of its length.
TEXT_WIDTH, LINE_INK = 0.55, 0.4
# Between two lines the ink is this share of theirs at most.
VALLEY = 0.55
# A stamp: long by short side at most, its longer side as a share of the envelope's, and how
# much of its frame is no paper.
STAMP_SIDES, STAMP_SIZE, STAMP_INK = 1.8, (0.1, 0.28), 0.5
# Its colours are darker than this where the ink of letters is darker still.
STAMP_LEVEL = 228
# Its edge has teeth, px.
STAMP_EDGE = 6
# It lies within these shares of the envelope's right and upper edge.
STAMP_WITHIN = (0.35, 0.45)
# The address: how many lines, how wide (share of the envelope), and where its middle lies.
ADDRESS_LINES, ADDRESS_WIDE = (2, 6), (0.12, 0.6)
ADDRESS_X, ADDRESS_Y = (0.3, 0.75), (0.35, 0.8)
# Of all other ink than the stamp's and the address's (who sent it, a postmark) so much lies
# below the upper part of the envelope.
ELSEWHERE, UPPER = 0.05, 0.4


@dataclass(frozen=True, slots=True)
class Line:
    """A line of ink: its ends, where it lies, its widest gap and how much of it is ink, px."""

    left: int
    right: int
    middle: int
    widest_gap: int
    inked: float


def looks_like_running_text(gray: Pixels) -> bool:
    """Whether a page (H, W), upright and level, is lines of text and nothing else."""
    ink = _ink(gray)
    width = ink.shape[1]
    if _has_rulings(ink):
        return False
    lines = _lines(ink)
    if len(lines) < MIN_LINES:
        return False
    left = float(np.quantile([line.left for line in lines], 0.25))
    right = float(np.quantile([line.right for line in lines], 0.85))
    wide = right - left
    if wide < TEXT_WIDTH * width:
        return False
    filled = [
        line
        for line in lines
        if line.left - left < LEFT_RAGGED * wide
        and right - line.right < RIGHT_RAGGED * wide
        and line.widest_gap < WIDEST_GAP * width
        and line.inked >= LINE_INK
    ]
    return len(filled) >= max(MIN_FILLED * len(lines), MIN_LINES)


def looks_like_envelope(gray: Pixels) -> bool:
    """Whether a page (H, W) has a stamp in a corner and an address; either end may be up."""
    if gray.shape[1] <= gray.shape[0]:
        return False
    ink, tint = _ink(gray), _ink(gray, STAMP_LEVEL)
    turned = np.ascontiguousarray(ink[::-1, ::-1]), np.ascontiguousarray(tint[::-1, ::-1])
    return any(_is_addressed(*one) for one in ((ink, tint), turned))


def _ink(gray: Pixels, level: int = INK_LEVEL) -> Pixels:
    """1 where a page is darker than ``level``, small and without its edges."""
    scale = SHORT_PX / min(gray.shape)
    small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    inner = small[EDGE_PX : small.shape[0] - EDGE_PX, EDGE_PX : small.shape[1] - EDGE_PX]
    return np.asarray(inner < level, dtype=np.uint8)


def _has_rulings(ink: Pixels) -> bool:
    """Whether a straight line crosses a good part of the page, either way."""
    for size in ((round(RULING * ink.shape[1]), 1), (1, round(RULING * ink.shape[1]))):
        # One px more, for lines that lean a little or were worn thin.
        thick = cv2.dilate(ink, np.ones((3, 1) if size[1] == 1 else (1, 3), np.uint8))
        if cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones(size[::-1], np.uint8)).any():
            return True
    return False


def _lines(ink: Pixels) -> list[Line]:
    """The lines of a page, from top to bottom, by where its rows hold most ink."""
    profile = cv2.GaussianBlur(ink.sum(axis=1).astype(np.float32)[:, None], (1, 0), 2.5)[:, 0]
    peaks = [
        y
        for y in range(1, len(profile) - 1)
        if profile[y] >= profile[y - 1]
        and profile[y] > profile[y + 1]
        and profile[y] > 0.1 * profile.max()
    ]
    apart: list[int] = []
    for y in peaks:
        before = apart[-1] if apart else None
        if before is not None and profile[before:y].min() > VALLEY * min(
            profile[before], profile[y]
        ):
            apart[-1] = max(before, y, key=lambda at: profile[at])
        else:
            apart.append(y)
    pitch = float(np.median(np.diff(apart))) if len(apart) > 1 else 0.0
    reach = max(2, round(0.35 * pitch))
    strips = [(y, ink[max(0, y - reach) : y + reach + 1].max(axis=0)) for y in apart]
    return [_line(y, strip) for y, strip in strips if strip.any()]


def _line(middle: int, inked: Pixels) -> Line:
    at = np.flatnonzero(inked)
    gaps = np.diff(at)
    widest = int(gaps.max()) if len(gaps) else 0
    return Line(int(at[0]), int(at[-1]), middle, widest, len(at) / (at[-1] - at[0] + 1))


def _is_addressed(ink: Pixels, tint: Pixels) -> bool:
    """Whether an envelope this way up has its stamp and its address, and nothing else."""
    height, width = ink.shape
    # Thin strokes, of a postmark or of letters, are no part of it.
    blocks = cv2.morphologyEx(tint, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    blocks = cv2.morphologyEx(blocks, cv2.MORPH_CLOSE, np.ones((17, 17), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(blocks)
    stamps = [n for n in range(1, count) if _is_stamp(stats[n], tint, height, width)]
    if len(stamps) != 1:
        return False
    x, y, _, high, _ = (int(value) for value in stats[stamps[0]])
    rest = ink.copy()
    rest[max(0, y - STAMP_EDGE) : y + high + STAMP_EDGE, max(0, x - STAMP_EDGE) :] = 0
    # Words of a line, and lines of an address, are one piece.
    pieces = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, np.ones((31, 25), np.uint8))
    count, labels, stats, middles = cv2.connectedComponentsWithStats(pieces)
    addresses = [
        n
        for n in range(1, count)
        if ADDRESS_WIDE[0] <= stats[n][2] / width <= ADDRESS_WIDE[1]
        and ADDRESS_X[0] <= middles[n][0] / width <= ADDRESS_X[1]
        and ADDRESS_Y[0] <= middles[n][1] / height <= ADDRESS_Y[1]
    ]
    if len(addresses) != 1:
        return False
    address = np.asarray(rest * (labels == addresses[0]), np.uint8)
    if not ADDRESS_LINES[0] <= len(_lines(address)) <= ADDRESS_LINES[1]:
        return False
    other = np.asarray(rest * (labels != addresses[0]), np.uint8)
    below = int(other[round(UPPER * height) :].sum())
    return below <= ELSEWHERE * int(address.sum()) and not _has_rulings(rest)


def _is_stamp(stats: npt.NDArray[np.int32], tint: Pixels, height: int, width: int) -> bool:
    x, y, wide, high, _ = (int(value) for value in stats)
    longer, shorter = max(wide, high), min(wide, high)
    if longer > STAMP_SIDES * shorter:
        return False
    if not STAMP_SIZE[0] <= longer / width <= STAMP_SIZE[1]:
        return False
    if x < (1 - STAMP_WITHIN[0]) * width or y + high > STAMP_WITHIN[1] * height:
        return False
    return float(tint[y : y + high, x : x + wide].mean()) >= STAMP_INK
