"""How far a page lies askew, its rows and its columns apart.

1. The energy of the projection profile (sum of squared differences of
   neighbouring bins, as leptonica and scantailor do) over +-20 degrees, but on
   thin-ridge pixels only, of both axes at once, so that rulings speak and
   handwriting hardly does: 0.5 degrees, then 0.1.
2. On the page levelled so far each line that stands out of the profile is
   followed: its place in narrow strips, to a fraction of a pixel, gives a
   slope with an error of its own. The slopes of the lines across are one
   estimate, those of the lines down another: paper drawn through a feeder
   comes out sheared, and "the" skew is two numbers.

Accurate to about 0.01 degrees on ruled pages, 0.05 on print. A page without a
direction (blank, dust, noise) has no skew, rather than one of 0 degrees.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.geometry import rotation
from digitizer.records import Pixels

Floats = npt.NDArray[np.float64]

# Skew is looked for within this, degrees: sheets pushed through a feeder by hand.
MAX_SKEW_DEG = 20.0
# Best projection energy over its median: 2.2 for speckle, 15 and more for
# text, 22 and more for rulings; below this the page has no direction.
MIN_SKEW_PEAK = 3.0
# Fewer ridge pixels than this are dust.
MIN_RIDGE_POINTS = 200
# A ridge is darker than what lies this far to both sides of it, px at 100 dpi.
REACH_PX = 3
# ... by so many gray levels; more than the second figure counts no more.
MIN_RIDGE, MAX_RIDGE = 12, 60
# Rows and columns that differ by more than this are not one page's, degrees:
# feeders shear by up to 1.3 (reported by their users), 0.3 is common.
MAX_SHEAR_DEG = 2.0


@dataclass(frozen=True, slots=True)
class Skew:
    """Clockwise skew of a page's rows and of its columns, degrees; None: cannot tell.

    ``peak``: projection energy at the skew over its median.
    """

    rows_deg: float | None
    columns_deg: float | None
    peak: float


def estimate_skew(gray: Pixels) -> Skew:
    """Measure a flattened page at about 100 dpi, of any quarter turn."""
    rows, columns = _ridge_points(gray, axis=0), _ridge_points(gray, axis=1)
    if len(rows) + len(columns) < MIN_RIDGE_POINTS:
        return Skew(None, None, 0.0)
    coarse = np.arange(-MAX_SKEW_DEG, MAX_SKEW_DEG + 0.25, 0.5)
    angle, peak = _best_angle(coarse, rows, columns)
    if peak < MIN_SKEW_PEAK:
        return Skew(None, None, peak)
    fine, _ = _best_angle(angle + np.arange(-0.6, 0.61, 0.1), rows, columns)
    finest, _ = _best_angle(fine + np.arange(-0.1, 0.101, 0.02), rows, columns, smooth=True)
    return Skew(finest, finest, peak)


def _ridge_points(gray: Pixels, axis: int) -> Floats:
    """Pixels (N, 3: x, y, weight) darker than both neighbours REACH_PX away across ``axis``."""
    image = gray.astype(np.int16)
    sides = np.minimum(np.roll(image, REACH_PX, axis=axis), np.roll(image, -REACH_PX, axis=axis))
    ridge = sides - image
    edge = [slice(REACH_PX, -REACH_PX)] * 2
    inner = np.zeros_like(ridge)
    inner[tuple(edge)] = ridge[tuple(edge)]
    y, x = np.nonzero(inner > MIN_RIDGE)
    weight = np.minimum(inner[y, x], MAX_RIDGE)
    # Somewhere in their pixel: on whole numbers the profile would be sharpest at
    # exactly 0 degrees, and pages skewed by up to 0.2 degrees came out as level.
    inside = np.random.default_rng(0).uniform(-0.5, 0.5, (2, len(x)))
    return np.column_stack([x + inside[0], y + inside[1], weight]).astype(np.float64)


def _best_angle(
    angles_deg: Floats, rows: Floats, columns: Floats, *, smooth: bool = False
) -> tuple[float, float]:
    """Angle with the most projection energy, and that energy over the median."""
    energy = np.array([_energy(a, rows, 1) + _energy(a, columns, 0) for a in angles_deg])
    best = int(np.argmax(energy))
    angle = float(angles_deg[best])
    if smooth and 0 < best < len(energy) - 1:
        before, here, after = energy[best - 1 : best + 2]
        bend = before - 2 * here + after
        if bend < 0:
            step = float(angles_deg[1] - angles_deg[0])
            angle += step * float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))
    return angle, float(energy[best] / max(float(np.median(energy)), 1e-9))


def _energy(angle_deg: float, points: Floats, axis: int) -> float:
    """Sum of squared differences of the profile across lines tilted by ``angle_deg``."""
    if len(points) == 0:
        return 0.0
    a = np.deg2rad(angle_deg)
    x, y, weight = points.T
    across = y * np.cos(a) - x * np.sin(a) if axis == 1 else x * np.cos(a) + y * np.sin(a)
    across = across - across.min()
    low = across.astype(np.int64)
    part = across - low
    profile = np.bincount(low, weight * (1 - part), minlength=int(low.max()) + 2)
    profile += np.bincount(low + 1, weight * part, minlength=len(profile))[: len(profile)]
    return float((np.diff(profile) ** 2).sum())


def warp_gray(gray: Pixels, skew_deg: float, paper: float) -> Pixels:
    """The page levelled by ``skew_deg`` in its own frame; what comes in is ``paper``."""
    if skew_deg == 0.0:
        return gray
    height, width = gray.shape
    level = rotation(-skew_deg, (width / 2, height / 2))
    warped = cv2.warpPerspective(gray, level, (width, height), borderValue=paper)
    return np.asarray(warped, dtype=np.uint8)
