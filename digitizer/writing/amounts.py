"""How much ink a cell holds, and whether that is writing."""

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import InkState
from digitizer.writing import strokes

Mask = npt.NDArray[np.bool_]
Box = tuple[int, int, int, int]

# Ink nearer than this (px) to the cell's border may be spill-over or ruling ...
EDGE_PX = 3
# ... and counts this much, as measured best in the page-geometry study.
EDGE_WEIGHT = 0.4
# A flat piece along the cell's upper or lower border, this share of it this near (px, 1.25 mm), so
# long (px, 3 mm) and so many times as long as high, is what is left of a ruling that a blurred
# picture made as wide as letters are; it counts nothing. Tails of the row above are upright.
RESIDUE_SHARE, RESIDUE_PX, RESIDUE_LONG_PX, RESIDUE_FLAT = 0.9, 10, 24, 2.0
# Specks, no larger than this (px) either way or of few px (``strokes.SPECK_PX``),
# count little, however many: dusty scans must not grow rows; toner blots are
# larger, a tick or a 1 is 12 high. Faint writing that a bilevel scan broke into
# crumbs is lost with them (3 % of the written cells of the worst fax pages).
SPECK_SIDE_PX = 9
SPECK_WEIGHT = 0.3
# Weighted ink (px) at which written and empty are as likely: a comma has 15,
# a 1 has 50, residue of removed rulings rarely 20.
EVEN_INK_PX = 26.0
INK_STEEPNESS = 3.0
# Between these probabilities of being written a person should look.
LOOK_BELOW = 0.8
LOOK_ABOVE = 0.2


def weighted_ink(mask: Mask, inner: Box) -> float:
    """Return the ink of a cell in px, doubtful components counting less."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    if count < 2:
        return 0.0
    area = stats[1:, cv2.CC_STAT_AREA].astype(np.float64)
    left, top = stats[1:, cv2.CC_STAT_LEFT], stats[1:, cv2.CC_STAT_TOP]
    right = left + stats[1:, cv2.CC_STAT_WIDTH]
    bottom = top + stats[1:, cv2.CC_STAT_HEIGHT]
    edge = (left <= inner[0] + EDGE_PX) | (right >= inner[2] - EDGE_PX)
    edge |= (top <= inner[1] + EDGE_PX) | (bottom >= inner[3] - EDGE_PX)
    dot = np.maximum(right - left, bottom - top) <= SPECK_SIDE_PX
    speck = (area < strokes.SPECK_PX) | dot
    weight = np.where(edge, EDGE_WEIGHT, 1.0) * np.where(speck, SPECK_WEIGHT, 1.0)
    flat = (right - left >= RESIDUE_LONG_PX) & (right - left >= RESIDUE_FLAT * (bottom - top))
    upper, lower = (max(0, y) for y in (inner[1] + RESIDUE_PX, inner[3] - RESIDUE_PX))
    for rows in (slice(0, upper), slice(lower, None)):
        along = np.bincount(labels[rows].ravel(), minlength=count)[1:count] >= RESIDUE_SHARE * area
        weight[along & flat] = 0.0
    return float((area * weight).sum())


def ink_state(weight: float) -> tuple[InkState, float]:
    """Return the state of a cell with this much weighted ink, and how sure it is."""
    written = _written_probability(weight)
    if written < LOOK_ABOVE:
        return InkState.EMPTY, 1.0 - written
    if written > LOOK_BELOW:
        return InkState.WRITTEN, written
    return InkState.LOOK, max(written, 1.0 - written)


def _written_probability(weight: float) -> float:
    return float(1.0 / (1.0 + ((weight + 1.0) / EVEN_INK_PX) ** -INK_STEEPNESS))
