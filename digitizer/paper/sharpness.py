"""Whether a page is sharp enough to be read.

Method: across a sharp edge the gray level changes within a pixel or two; blur
spreads the same change over more. Where the page has contrast, the steepest
step is set against the contrast around it, along each of four directions, since
a camera that moved blurs along one only. The answer is the spread (standard
deviation) of the blur in px of the page frame, the worst direction's. Print and
rulings speak for the pen: they are on every sheet. Long smears wipe out the very
edges that would tell their length, so 2 px and more may be any length. On a
page with too little contrast it says so (None).
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
MIN_EDGES = 600
# A step of contrast c blurred by s has its steepest slope c / (s * 2.507).
STEP_FACTOR = 2.507
# Bands of the page that are looked at, and their height, px: a third of the page.
BANDS, BAND_PX = 4, 180
_DIRECTIONS = ((1, 0), (0, 1), (1, 1), (1, -1))

_Floats = npt.NDArray[np.float32]


# Grain of a photograph in little light is smoothed away with this spread, px.
GRAIN_PX = 1.5
# A page has grain if half of it is so uneven (gray levels of its Laplacian): photographs in little
# light have 9 and 12, others 0 to 2.
GRAINY_LEVEL = 6.0


@dataclass(frozen=True, slots=True)
class Sharpness:
    """``blur_px``: spread of an edge in the worst direction; ``least_px``: in the best.

    ``evenness``: contrast that is left in the direction with the least, as a share of that
    with the most: a long smear takes it from the edges that it crosses.
    """

    blur_px: float
    least_px: float
    evenness: float


def measure_sharpness(gray: Pixels) -> Sharpness | None:
    """Measure a (H, W) page; None where it holds too little to tell."""
    height = gray.shape[0]
    starts = [round((k + 0.5) / BANDS * height - BAND_PX / 2) for k in range(BANDS)]
    bands = [gray[max(0, at) : at + BAND_PX].astype(np.float32) for at in starts]
    seen = [one for dx, dy in _DIRECTIONS if (one := _spread(bands, dx, dy)) is not None]
    if len(seen) < len(_DIRECTIONS):
        return None
    spreads, contrasts = [one[0] for one in seen], [one[1] for one in seen]
    return Sharpness(max(spreads), min(spreads), min(contrasts) / max(contrasts))


def measure_beneath_grain(gray: Pixels) -> Sharpness | None:
    """As ``measure_sharpness``, of a (H, W) page without its grain; None where it has none.

    Grain has steps of its own, steeper than those of soft edges: a photograph in little light
    whose print ran 10 px wide had a spread of 1.3 px as it was, and 1.5 without. Spreads add as
    squares, so that of the smoothing is taken off again; sharp pages are left with 0.3 to 1.0.
    """
    grain = np.abs(cv2.Laplacian(gray.astype(np.float32), cv2.CV_32F))
    if float(np.median(grain)) < GRAINY_LEVEL:
        return None
    seen = measure_sharpness(np.asarray(cv2.GaussianBlur(gray, (0, 0), GRAIN_PX), np.uint8))
    if seen is None:
        return None
    most, least = (
        float(np.sqrt(max(0.0, spread**2 - GRAIN_PX**2)))
        for spread in (seen.blur_px, seen.least_px)
    )
    return Sharpness(most, least, seen.evenness)


def _spread(bands: list[_Floats], dx: int, dy: int) -> tuple[float, float] | None:
    """Median spread of the edges that are crossed in one direction, and their contrast."""
    line = _line(dx, dy)
    step = float(np.hypot(dx, dy))
    contrasts, slopes = [], []
    for band in bands:
        if min(band.shape) <= 2 * REACH_PX:
            continue
        ahead = np.roll(band, (-dy, -dx), axis=(0, 1))
        inner = (slice(REACH_PX, -REACH_PX), slice(REACH_PX, -REACH_PX))
        contrasts.append((cv2.dilate(band, line) - cv2.erode(band, line))[inner].ravel())
        slopes.append(cv2.dilate(np.abs(ahead - band) / step, line)[inner].ravel())
    if not contrasts:
        return None
    contrast, slope = np.concatenate(contrasts), np.concatenate(slopes)
    highest = float(np.percentile(contrast, 99))
    strong = max(MIN_CONTRAST, STRONG_SHARE * highest)
    edges = contrast > strong
    # Of a clean page with a line or two on it next to all is bare paper, without any contrast.
    if edges.sum() < MIN_EDGES or highest == 0:
        return None
    spread = float(np.median(contrast[edges] / np.maximum(slope[edges], 0.5))) / STEP_FACTOR
    return spread, highest


def _line(dx: int, dy: int) -> npt.NDArray[np.uint8]:
    """A line of ``REACH_PX`` either way, as a kernel."""
    size = 2 * REACH_PX + 1
    kernel = np.zeros((size, size), np.uint8)
    reach = REACH_PX if dx == 0 or dy == 0 else round(REACH_PX / 1.41)
    for k in range(-reach, reach + 1):
        kernel[REACH_PX + k * dy, REACH_PX + k * dx] = 1
    return kernel
