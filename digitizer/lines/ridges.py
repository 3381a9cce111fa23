"""What of a level page looks like rulings: thin dark ridges, and what is dark in the mean.

The ridge response of a pixel is how much darker it is than both pixels ``d`` above and
below (for horizontal rulings); it is averaged over strips ``STRIP_PX`` wide, which lifts a
pale ruling out of the noise and blurs handwriting away. Dotted, dashed and worn rulings
leave no ridge of any length: they are peaks in the mean darkness of three rows over 6 mm,
with paper on both sides, which a line of print or script has not. Nothing here depends on
how rulings bend: ``rulings`` follows the peaks from strip to strip.

Pixels are added up, and runs of them sought, down a picture, since that goes many columns at
a time: horizontal rulings are looked for in the transposed page.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from digitizer.lines.tracks import STRIP_PX, FloatImage, median, strip_means, strip_peaks
from digitizer.records import Pixels

# Distances of the two side samples, px: rulings of 0.1-0.4 mm, and of up to 1.2 mm.
RIDGE_REACH_PX = (3, 6)
# A pixel belongs to a ridge from this response on, gray levels: paper grain and
# JPEG noise stay below, a pencil-pale ruling (20 levels) stays above.
RIDGE_LEVEL = 7.0
# ... and from this many standard deviations of the page's own noise on: drawn
# noise of 12-40 gray levels gave no ruling at 1.6, chance runs below 1.3.
RIDGE_NOISE = 1.6
# Share of a strip's columns that must be ridge to make a peak: dotted rulings
# reach 0.5, the strokes of a word seldom do at one height.
STRIP_SHARE = 0.5
# Ridge in a row for so long is an unbroken run, px.
RUN_PX = 20
# Broken, dotted and dashed rulings are looked for in the mean darkness of the page:
# of at most this, so that a letter weighs no more than a dot ...
WEAK_CAP = 60
# ... over this many strips, 6 mm, longer than dashes and gaps are ...
WEAK_STRIPS = 3
# ... in three rows against as many as these on both sides, from and to px: print has
# letters there, a ruling paper.
FLANK_PX = (4, 8)
FLANK_SHARE = 0.5
# It must stand out by this many times the spread of the page, and gray levels.
WEAK_SPREADS = 6.0
WEAK_LEVEL = 2.0
# Flattened paper, gray level.
PAPER_LEVEL = 245
# Responses above this, gray levels, count no more in a strip's strength.
MOST_STRENGTH = 60


@dataclass(frozen=True, slots=True, eq=False)
class Ridges:
    """What looks like rulings across an image (H, W) of S strips.

    Vertical ones lie across the transposed page. ``image``: the page, smooth; ``ridge`` (H, W):
    its response, which tells from ``level`` on. ``strength``, ``running`` (H, S): of each row of
    a strip the mean response, and the share that lies in unbroken runs. ``weak`` (H, S): by how
    much it is darker in the mean than what lies above and below, which tells from
    ``weak_least`` on. ``heights``, ``weak_heights``: of each strip where the peaks of ridges and
    of mean darkness lie, ascending.
    """

    image: Pixels
    ridge: Pixels
    level: float
    strength: FloatImage
    running: FloatImage
    heights: list[list[float]]
    weak: FloatImage
    weak_least: float
    weak_heights: list[list[float]]


def find_ridges(gray: Pixels) -> tuple[Ridges | None, Ridges | None]:
    """Ridges across a level page and down it; None where it is too small for any.

    ``gray``: (H, W) uint8, lighting flattened, at ``PAGE_DPI``.
    """
    # Whole gray levels all along: means over strips bring the fractions back.
    smooth = np.asarray(cv2.GaussianBlur(gray, (3, 3), 0.6), dtype=np.uint8)
    level = max(RIDGE_LEVEL, RIDGE_NOISE * _noise(smooth))
    turned = np.asarray(cv2.transpose(smooth), dtype=np.uint8)
    return _ridges(smooth, turned, level), _ridges(turned, smooth, level)


def _noise(image: Pixels) -> float:
    """Standard deviation of the paper's noise, gray levels; most of a page is paper."""
    if image.shape[1] < 4:
        return 0.0
    steps = cv2.absdiff(image[::4, 3:], image[::4, :-3])
    # The median of |difference of two normal variables| is 0.954 standard deviations.
    counts = np.cumsum(cv2.calcHist([steps], [0], None, [256], [0, 256]))
    middle = np.searchsorted(counts, [(steps.size - 1) // 2, steps.size // 2], side="right")
    return float(middle.mean()) / 0.954


def _ridges(image: Pixels, turned: Pixels, level: float) -> Ridges | None:
    """Ridges across ``image``, which is given transposed as well."""
    height, width = image.shape
    strips = width // STRIP_PX
    if strips < 4 or height < 16:
        return None
    response = _response(turned)
    # A slanted ruling crosses a pixel row within a strip: let each column's
    # ridge count one row up and down as well.
    _, ridge = cv2.threshold(response, int(level), 1, cv2.THRESH_BINARY)
    ridge = np.asarray(cv2.dilate(ridge, np.ones((1, 3), np.uint8)), dtype=np.uint8)
    runs = cv2.morphologyEx(ridge, cv2.MORPH_CLOSE, np.ones((3, 1), np.uint8))
    runs = cv2.morphologyEx(runs, cv2.MORPH_OPEN, np.ones((RUN_PX, 1), np.uint8))
    share = strip_means(ridge, strips)
    strength = strip_means(np.asarray(cv2.min(response, MOST_STRENGTH), np.uint8), strips)
    score = cv2.blur(strength, (1, 3), borderType=cv2.BORDER_REPLICATE)
    weak, flank, middle = _mean_darkness(turned, strips)
    some = weak[::3].ravel()
    spread = median(np.abs(some - median(some))) * 1.48
    least = max(WEAK_LEVEL, WEAK_SPREADS * spread)
    return Ridges(
        image=image,
        ridge=np.asarray(cv2.transpose(response), dtype=np.uint8),
        level=level,
        strength=strength,
        running=strip_means(np.asarray(runs, dtype=np.uint8), strips),
        heights=strip_peaks(score, (share >= STRIP_SHARE) & (score > level * STRIP_SHARE)),
        weak=weak,
        weak_least=least,
        weak_heights=strip_peaks(weak, (weak > least) & (flank < FLANK_SHARE * middle)),
    )


def _response(turned: Pixels) -> Pixels:
    """Response of thin dark vertical lines, gray levels."""
    width, most = turned.shape[1], max(RIDGE_REACH_PX)
    padded = cv2.copyMakeBorder(turned, 0, 0, most, most, cv2.BORDER_REPLICATE)
    best: Pixels | None = None
    for reach in RIDGE_REACH_PX:
        left = padded[:, most - reach : most - reach + width]
        sides = cv2.min(left, padded[:, most + reach : most + reach + width])
        response = cv2.subtract(sides, turned, sides)
        best = response if best is None else cv2.max(best, response, best)
    return np.asarray(best, dtype=np.uint8)


def _mean_darkness(turned: Pixels, strips: int) -> tuple[FloatImage, FloatImage, FloatImage]:
    """By how much three rows of a strip (H, S) are darker in the mean than those on both sides.

    And how dark the darker side is, and how dark they are.
    """
    darkness = cv2.min(cv2.subtract(PAPER_LEVEL, turned), WEAK_CAP)
    mean = strip_means(np.asarray(darkness, np.uint8), strips)
    mean = cv2.blur(mean, (WEAK_STRIPS, 1), borderType=cv2.BORDER_REPLICATE)
    middle = cv2.blur(mean, (1, 3), borderType=cv2.BORDER_REPLICATE)
    near, far = FLANK_PX
    side = cv2.blur(mean, (1, far - near + 1), borderType=cv2.BORDER_REPLICATE)
    at = (near + far) // 2
    padded = cv2.copyMakeBorder(side, at, at, 0, 0, cv2.BORDER_REPLICATE)
    flank = np.maximum(padded[: -2 * at], padded[2 * at :])
    return middle - flank, flank, middle
