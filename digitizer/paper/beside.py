"""What lies on a picture beside the sheets found on it: how much, and whether it is paper.

Strokes are thin and darker than what they are on. Wood, carpets and shadows have such strokes,
too: they make it worth a look whether a sheet was left out. Only what is on paper tells of
another sheet: ground as light as the sheet and of its hue, in one piece, even between its
strokes. It fails on paper of another colour and on paper in a hard shadow.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import Pixels, Polygon

# Strokes are so much darker than what they are on, told on the picture with its longer side at
# so many px, thinner than this, and not this near to the outline.
INK_DARK, INK_PX, STROKE_PX, BORDER_PX = 0.2, 800, 7, 4
# Paper in a shadow is half as light as that in the sun: what is darker than this share of the
# sheet is a desk's, or the scanner's lid.
LEAST_LIT = 0.35
# Paper is so light, by the sheet's lightness, differs so little from its hue (Lab), covers such a
# share of the picture in one piece, px wide at least, and is so even: half of it differs from
# the lightest nearby by less. Of 40 photographs paper had 0.0 to 0.02, wood another hue, and
# carpets as light as paper 0.06 to 0.13.
PAPER_LIT, PAPER_HUE, PAPER_SHARE, PAPER_PX, EVEN = 0.6, 9.0, 0.01, 15, 0.03

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Beside:
    """``share``: of the picture outside of all sheets, 0..1; ``ink``: px of strokes there for
    each px within; ``on_paper``: of those that are on paper.
    """

    share: float
    ink: float
    on_paper: float


NOTHING = Beside(0.0, 0.0, 0.0)


def measure_beside(color: Pixels, outlines: Sequence[Polygon]) -> Beside:
    """What a (H, W, 3) BGR picture holds outside of sheets' outlines (its px)."""
    if not outlines:
        return NOTHING
    scale = min(1.0, INK_PX / max(color.shape[:2]))
    small = cv2.resize(color, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    closed_color = cv2.morphologyEx(small, cv2.MORPH_CLOSE, _square(STROKE_PX))
    gray = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.float32)
    closed = cv2.morphologyEx(gray, cv2.MORPH_CLOSE, _square(STROKE_PX))
    # Whatever shadow lies on it: light is what strokes are on.
    dark = np.asarray((closed - gray) / np.maximum(closed, 1.0), np.float32)
    sheets = np.zeros(gray.shape, np.uint8)
    for outline in outlines:
        cv2.fillPoly(sheets, [np.round(np.array(outline) * scale).astype(np.int32)], 1)
    border = _square(2 * BORDER_PX + 1)
    within, without = cv2.erode(sheets, border) > 0, cv2.dilate(sheets, border) == 0
    share = float(without.mean())
    if not within.any():
        return Beside(share, 0.0, 0.0)
    light = closed / max(float(np.median(closed[within])), 1.0)
    inked = np.asarray((dark > INK_DARK) & (light >= LEAST_LIT))
    paper = _paper(closed_color, light, dark, within, without)
    whole = max(int(inked[within].sum()), 1)
    return Beside(share, int(inked[without].sum()) / whole, int(inked[paper].sum()) / whole)


def _paper(closed: Pixels, light: Floats, dark: Floats, within: Mask, without: Mask) -> Mask:
    """Where beside the sheets there is paper; ``closed``: the picture (BGR) without strokes."""
    hue = cv2.cvtColor(closed, cv2.COLOR_BGR2LAB).astype(np.float32)[..., 1:]
    off = np.linalg.norm(hue - np.median(hue[within], axis=0), axis=2)
    ground = ((light >= PAPER_LIT) & (off <= PAPER_HUE) & without).astype(np.uint8)
    ground = cv2.morphologyEx(ground, cv2.MORPH_OPEN, _square(PAPER_PX))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ground)
    paper = np.zeros(without.shape, dtype=np.bool_)
    for number in range(1, count):
        piece = labels == number
        large = stats[number, cv2.CC_STAT_AREA] >= PAPER_SHARE * without.size
        if large and float(np.median(dark[piece])) <= EVEN:
            paper |= piece
    return paper


def _square(size: int) -> Pixels:
    return np.ones((size, size), np.uint8)
