"""How far a page lies askew, its rows and its columns apart.

1. The energy of the projection profile (sum of squared differences of
   neighbouring bins, as leptonica and scantailor do) over +-20 degrees, but on
   thin-ridge pixels only, of both axes at once, so that rulings speak and
   handwriting hardly does: 0.5 degrees, then 0.1, then a parabola.
2. Each line that stands out of the profile is followed along its ridge, whose
   place is known to a fraction of a pixel: its slope has an error of its own.
   The slopes of the lines across, weighted by these errors, are one estimate,
   those of the lines down another: paper drawn through a feeder comes out
   sheared, and "the" skew is two numbers.

Accurate to about 0.01 degrees on ruled pages, 0.05 on print. A page without a
direction (blank, dust, noise) has no skew, rather than one of 0 degrees; a
page of print has none of its columns.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.geometry import rotation
from digitizer.records import Pixels

Floats = npt.NDArray[np.float64]

# Skew is looked for within this, degrees: sheets pushed through a feeder by hand.
MAX_SKEW_DEG = 20.0
# Best projection energy over its median: at most 1.4 for speckle and scribbles, 2.5 for
# handwriting on unruled paper, 10 and more for print, 18 and more for rulings. Below the
# first figure the page has no direction; below the second it is believed where the lines
# followed agree to SURE_ERROR_DEG.
MIN_SKEW_PEAK, SURE_PEAK = 2.2, 4.0
SURE_ERROR_DEG = 0.035
# ... and are at least so many: the scatter of fewer is no measure of their error.
SURE_LINES = 2
# Angles tried around the best half degree: for all lines together, and for those of
# one way alone, which may be sheared away from it by as much as feeders do.
FINE_DEG = np.arange(-0.6, 0.61, 0.1)
SHEARED_DEG = np.arange(-1.6, 1.61, 0.2)
# Fewer ridge pixels than this are dust; more than the second say nothing more
# about the direction to half a degree.
MIN_RIDGE_POINTS, ENOUGH_POINTS = 200, 40_000
# Of fewer points the energy is a third as high over the median; where it still is as high as
# this the direction is the same one, on 42 pages of all kinds.
FEW_POINTS, FEW_PEAK = 12_000, 6.0
# So many tell the direction of one axis to a fifth of a degree; lines are followed on all.
SHEARED_POINTS = 20_000
# A ridge is darker than what lies this far to both sides of it, px at 100 dpi.
REACH_PX = 3
# ... by so many gray levels; more than the second figure counts no more.
MIN_RIDGE, MAX_RIDGE = 12, 60
# Lines are followed on pixels blurred by this, px: flat bottoms become round ones.
BLUR_PX = 1.0
# A line's pixels lie within the first of these of its peak in the profile, then
# within the others of the line as fitted so far, px.
NEAR_PX = (4.0, 2.0, 1.2)
# Shorter lines are letters and signatures, share of the page's longer side. A
# line that is seen along less than MIN_SEEN of its length is none.
MIN_LINE, MIN_SEEN = 0.12, 0.4
# Lines looked at: the strongest peaks of the profile, this far apart, px.
MOST_LINES, LINES_APART_PX = 48, 6
# No line is straighter than this, degrees: it limits what one line may weigh.
LINE_ERROR_DEG = 0.02
# Lines this far from the middle one of all are something else's (an envelope's
# edge, a stroke), degrees.
ALIKE_DEG = 0.25
# Rows and columns that differ by more than this are not one page's, degrees:
# users of feeders report 1.3, 0.3 is common.
MAX_SHEAR_DEG = 2.0


@dataclass(frozen=True, slots=True)
class Skew:
    """Clockwise skew of a page's rows and of its columns, degrees; None: cannot tell.

    ``rows_error_deg``, ``columns_error_deg``: standard error by the scatter of the
    lines, None where no line was followed. ``peak``: projection energy at the skew
    over its median. "Rows" are the lines nearer to level. ``guess_deg``: of a page whose
    rows nobody can tell, what they most likely are: worth trying, nothing to tell anybody.
    """

    rows_deg: float | None
    columns_deg: float | None
    peak: float
    rows_error_deg: float | None = None
    columns_error_deg: float | None = None
    guess_deg: float | None = None

    def levelled(self) -> "Skew":
        """What is left of it once the page was levelled: 0 of all that could be told."""
        rows, columns = (None if v is None else 0.0 for v in (self.rows_deg, self.columns_deg))
        return replace(self, rows_deg=rows, columns_deg=columns)


NO_SKEW = Skew(None, None, 0.0)


def estimate_skew(gray: Pixels) -> Skew:
    """Measure a flattened page at about 100 dpi, of any quarter turn."""
    rows, columns = _ridge_points(gray, axis=0), _ridge_points(gray, axis=1)
    if rows.shape[1] + columns.shape[1] < MIN_RIDGE_POINTS:
        return NO_SKEW
    coarse = np.arange(-MAX_SKEW_DEG, MAX_SKEW_DEG + 0.25, 0.5)
    angle, peak = _best_angle(coarse, _some(rows, FEW_POINTS), _some(columns, FEW_POINTS))
    if peak < FEW_PEAK:
        angle, peak = _best_angle(coarse, _some(rows), _some(columns))
    if peak < MIN_SKEW_PEAK:
        return Skew(None, None, peak)
    none = np.empty((3, 0))
    near = (
        _best_angle(angle + SHEARED_DEG, _some(rows, SHEARED_POINTS), none)[0],
        _best_angle(angle + SHEARED_DEG, none, _some(columns, SHEARED_POINTS))[0],
    )
    least = 1 if peak >= SURE_PEAK else SURE_LINES
    soft = np.asarray(cv2.GaussianBlur(gray, (0, 0), BLUR_PX), dtype=np.uint8)
    found = [_slope_of_lines(soft, near[axis], axis, least) for axis in (0, 1)]
    columns_deg, columns_error = found[1] or (None, None)
    if found[0] is not None:
        rows_deg, rows_error = found[0]
    else:
        rows_error = None
        # Print alone has lines across of a kind, and none down.
        rows_deg = (
            columns_deg
            if columns_deg is not None
            else _best_angle(angle + FINE_DEG, rows, columns, smooth=True)[0]
        )
    errors = [e for e in (rows_error, columns_error) if e is not None]
    if peak < SURE_PEAK and min(errors, default=np.inf) > SURE_ERROR_DEG:
        return Skew(None, None, peak, guess_deg=rows_deg)
    if columns_deg is not None and abs(columns_deg - rows_deg) > MAX_SHEAR_DEG:
        columns_deg = columns_error = None
    return Skew(rows_deg, columns_deg, peak, rows_error, columns_error)


def _slope_of_lines(
    soft: Pixels, near_deg: float, axis: int, least: int
) -> tuple[float, float] | None:
    """Skew of the lines across (``axis`` 0) or down (1) near an angle, and its error.

    ``soft``: the page, blurred. None where fewer than ``least`` lines agree.
    """
    x, y, weight = _ridge_middles(soft, axis)
    a = np.deg2rad(near_deg)
    along, across = x * np.cos(a) + y * np.sin(a), y * np.cos(a) - x * np.sin(a)
    if axis == 1:
        along, across = across, along
    order = np.argsort(across)
    along, across, weight = along[order], across[order], weight[order]
    shortest = MIN_LINE * max(soft.shape)
    slopes: list[float] = []
    errors: list[float] = []
    for peak in _peaks(across, weight):
        low, high = np.searchsorted(across, (peak - NEAR_PX[0], peak + NEAR_PX[0]))
        line = _follow(along[low:high], across[low:high], weight[low:high], peak, shortest)
        if line is not None:
            slopes.append(line[0])
            errors.append(line[1])
    if not slopes:
        return None
    # A line down leans clockwise where it moves left on its way down.
    turned: Floats = np.degrees(np.arctan(slopes)) * (1 if axis == 0 else -1)
    weights: Floats = 1 / (np.degrees(errors) ** 2 + LINE_ERROR_DEG**2)
    middle = _weighted_median(turned, weights)
    alike = np.abs(turned - middle) <= ALIKE_DEG
    turned, weights = turned[alike], weights[alike]
    if len(turned) < least:
        return None
    mean = float((turned * weights).sum() / weights.sum())
    scatter = float((weights * (turned - mean) ** 2).sum() / weights.sum())
    error = float(np.sqrt(scatter / len(turned) + 1 / weights.sum()))
    return near_deg + mean, error


def _ridge_middles(soft: Pixels, axis: int) -> tuple[Floats, Floats, Floats]:
    """x, y and darkness of the darkest places across ridges, to a fraction of a pixel."""
    here, before, after = (_inner(soft, k, axis) for k in (0, -1, 1))
    sides = cv2.min(_inner(soft, -REACH_PX, axis), _inner(soft, REACH_PX, axis))
    ridge = cv2.subtract(sides, here)
    y, x = _places((ridge > MIN_RIDGE // 2) & (here <= before) & (here < after))
    low, middle, high = (part[y, x].astype(np.float64) for part in (before, here, after))
    offset = 0.5 * (low - high) / np.maximum(low - 2 * middle + high, 1e-3)
    at = [x.astype(np.float64) + REACH_PX, y.astype(np.float64) + REACH_PX]
    at[1 - axis] += np.clip(offset, -0.5, 0.5)
    return at[0], at[1], np.minimum(ridge[y, x], MAX_RIDGE).astype(np.float64)


def _places(seen: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows and columns of what is ``seen``; quicker than numpy's own on large pictures."""
    rows, columns = np.divmod(np.flatnonzero(seen), seen.shape[1])
    return rows, columns


def _inner(image: Pixels, shift: int, axis: int) -> Pixels:
    """The image without REACH_PX on all sides, seen ``shift`` px further along ``axis``."""
    height, width = image.shape
    down, right = (shift, 0) if axis == 0 else (0, shift)
    return image[
        REACH_PX + down : height - REACH_PX + down, REACH_PX + right : width - REACH_PX + right
    ]


def _peaks(across: Floats, weight: Floats) -> list[float]:
    """Places of the strongest lines in the profile, strongest first."""
    if len(across) == 0:
        return []
    start = float(across[0])
    weights = np.bincount((across - start + 0.5).astype(np.int64), weight)
    profile: Floats = np.convolve(weights, np.ones(3), mode="same")
    chosen: list[float] = []
    for place in np.argsort(profile)[::-1]:
        if len(chosen) == MOST_LINES:
            break
        if profile[place] <= 0:  # beside a stronger one
            continue
        chosen.append(start + float(place))
        profile[max(0, place - LINES_APART_PX) : place + LINES_APART_PX + 1] = 0
    return chosen


def _follow(
    along: Floats, across: Floats, weight: Floats, peak: float, shortest: float
) -> tuple[float, float] | None:
    """Slope of the line near ``peak`` and the slope's standard error; None: no line."""
    slope, level, centre = 0.0, peak, 0.0
    x = y = w = along
    spread, total = 0.0, 0.0
    for reach in NEAR_PX:
        near = np.flatnonzero(np.abs(across - level - slope * (along - centre)) <= reach)
        if len(near) < MIN_SEEN * shortest:
            return None
        x, y, w = along.take(near), across.take(near), weight.take(near)
        total = float(w.sum())
        centre, level = float(x @ w) / total, float(y @ w) / total
        off = x - centre
        pull = w * off
        spread = float(pull @ off)
        if spread <= 0:
            return None
        slope = float(pull @ (y - level)) / spread
    x_sorted = np.sort(x)
    first, last = np.interp(np.array([0.02, 0.98]) * (len(x) - 1), np.arange(len(x)), x_sorted)
    length = float(last - first)
    columns = np.count_nonzero(np.diff(np.floor(x_sorted))) + 1
    if length < shortest or columns < MIN_SEEN * length:
        return None
    rest = y - level - slope * (x - centre)
    scatter = float((w * rest) @ rest) / total
    return slope, float(np.sqrt(scatter * w.mean() / spread))


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def _ridge_points(gray: Pixels, axis: int) -> Floats:
    """Pixels (3: x, y, weight; N) darker than both neighbours REACH_PX away across ``axis``."""
    sides = cv2.min(_inner(gray, -REACH_PX, axis), _inner(gray, REACH_PX, axis))
    ridge = cv2.subtract(sides, _inner(gray, 0, axis))
    y, x = _places(ridge > MIN_RIDGE)
    weight = np.minimum(ridge[y, x], MAX_RIDGE)
    # Somewhere in their pixel: on whole numbers the profile would be sharpest at
    # exactly 0 degrees, and pages skewed by up to 0.2 degrees came out as level.
    inside = np.random.default_rng(0).uniform(-0.5, 0.5, (2, len(x)))
    return np.stack([x + inside[0] + REACH_PX, y + inside[1] + REACH_PX, weight])


def _some(points: Floats, most: int = ENOUGH_POINTS) -> Floats:
    """Not more than ``most`` of the points, drawn evenly from all of them."""
    count = points.shape[1]
    if count <= most:
        return points
    chosen = np.random.default_rng(1).choice(count, most, replace=False)
    return np.ascontiguousarray(points[:, chosen])


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
    if points.shape[1] == 0:
        return 0.0
    a = np.deg2rad(angle_deg)
    x, y, weight = points
    across = y * np.cos(a) - x * np.sin(a) if axis == 1 else x * np.cos(a) + y * np.sin(a)
    # Points lie anywhere in their pixel, so bins as wide as a pixel need no sharing out.
    profile = np.bincount((across - across.min()).astype(np.intp), weight)
    return float((np.diff(profile) ** 2).sum())


def warp_gray(gray: Pixels, skew_deg: float, paper: float) -> Pixels:
    """The page levelled by ``skew_deg`` in its own frame; what comes in is ``paper``."""
    if skew_deg == 0.0:
        return gray
    height, width = gray.shape
    level = rotation(-skew_deg, (width / 2, height / 2))
    warped = cv2.warpPerspective(gray, level, (width, height), borderValue=paper)
    return np.asarray(warped, dtype=np.uint8)
