"""Whether a page is sharp enough to be read, and what to do if not.

Method: across a sharp edge the gray level changes within a pixel or two; blur
spreads the same change over more. Where the page has contrast, the steepest
step is set against the contrast around it, along each of four directions, since
a camera that moved blurs along one only. The answer is the spread (standard
deviation) of the blur in px of the page frame, the worst direction's. Print and
rulings speak for the pen: they are on every sheet. It fails on a page with less
contrast than ``MIN_EDGES`` px, and says so (None).
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import Pixels

# Reach along a direction within which an edge's contrast is taken, px.
REACH_PX = 7
# Contrast from which an edge counts, gray levels, and as a share of the page's strong one.
MIN_CONTRAST = 30.0
STRONG_SHARE = 0.5
# Pixels with contrast below which nothing can be said.
MIN_EDGES = 2000
# A step of contrast c blurred by s has its steepest slope c / (s * 2.51).
STEP_FACTOR = 2.507
# Work on this many px of page height at most: every third line is enough.
_DIRECTIONS = ((1, 0), (0, 1), (1, 1), (1, -1))


@dataclass(frozen=True, slots=True)
class Sharpness:
    """``blur_px``: spread of an edge in the worst direction; ``least_px``: in the best."""

    blur_px: float
    least_px: float


def measure_sharpness(gray: Pixels) -> Sharpness | None:
    """Measure a (H, W) page; None where it holds too little to tell."""
    image = gray.astype(np.float32)
    spreads = []
    for dx, dy in _DIRECTIONS:
        spread = _spread(image, dx, dy)
        if spread is not None:
            spreads.append(spread)
    if len(spreads) < len(_DIRECTIONS):
        return None
    return Sharpness(max(spreads), min(spreads))


def _spread(image: npt.NDArray[np.float32], dx: int, dy: int) -> float | None:
    line = _line(dx, dy)
    contrast = cv2.dilate(image, line) - cv2.erode(image, line)
    step = float(np.hypot(dx, dy))
    ahead = np.roll(image, (-dy, -dx), axis=(0, 1))
    slope = cv2.dilate(np.abs(ahead - image) / step, line)
    inner = (slice(REACH_PX, -REACH_PX), slice(REACH_PX, -REACH_PX))
    contrast, slope = contrast[inner], slope[inner]
    strong = max(MIN_CONTRAST, STRONG_SHARE * float(np.percentile(contrast, 99)))
    edges = contrast > strong
    if edges.sum() < MIN_EDGES:
        return None
    return float(np.median(contrast[edges] / np.maximum(slope[edges], 0.5))) / STEP_FACTOR


def _line(dx: int, dy: int) -> npt.NDArray[np.uint8]:
    size = 2 * REACH_PX + 1
    kernel = np.zeros((size, size), np.uint8)
    reach = REACH_PX if dx == 0 or dy == 0 else round(REACH_PX / 1.41)
    for k in range(-reach, reach + 1):
        kernel[REACH_PX + k * dy, REACH_PX + k * dx] = 1
    return kernel
