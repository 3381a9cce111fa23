"""Trace the rulings of a level page, each along its own length.

Method: a ruling is a thin dark ridge. The ridge response of a pixel is how
much darker it is than both pixels ``d`` above and below (for horizontal
rulings); it is averaged over strips ``STRIP_PX`` wide, which lifts a pale
ruling out of the noise and blurs handwriting away. Peaks of each strip are
then linked from strip to strip by a tracker that follows slope and bend, so a
ruling that is skewed, curled or broken by a signature stays one ruling.
Connected components fail here: a signature that crosses two rulings merges
them. Accuracy is a few tenths of a pixel; it fails on rulings thicker than
1.5 mm (bands) and on dotted ones with gaps over half their length.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.geometry import Points
from digitizer.records import PAGE_PX_PER_MM, Pixels, Rule

FloatImage = npt.NDArray[np.float32]

# Strip width, 2 mm: long enough that a word's strokes do not fill it as a
# ruling does, short enough that 2 degrees of slope stay within one pixel.
STRIP_PX = 16
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
# How far a ruling may leave its prediction from one strip to the next, px.
TRACK_TOLERANCE_PX = 2.0
BENT_TOLERANCE_PX = 3.0
# Strips without a peak that a track survives, 25 mm: a signature across a rule.
MAX_GAP_STRIPS = 12
# Shorter than this is a stroke, a letter or a dash, not a ruling: 12 mm.
MIN_LENGTH_PX = 12 * PAGE_PX_PER_MM
# Share of a ruling's length that lies in unbroken runs of RUN_PX: rulings
# 0.6-0.98 even under handwriting, baselines of print and script below 0.5.
RUN_PX = 20
MIN_RUN_SHARE = 0.6
# A shorter break of a ruling is wear or noise, 2 mm.
MIN_GAP_PX = 16
# Columns with less than this share of the ruling's median response are gaps.
EVENNESS = 0.4
# Strips of a ruling that hold a peak: rulings 0.75-1, chance chains of text below 0.5.
MIN_SUPPORT = 0.6
# Standard deviation of the peaks about the smooth line, px: rulings 0.05-0.4,
# the feet of letters 0.7 and more.
MAX_WOBBLE_PX = 0.6
# A column without ridge weighs this much against one with, when a ruling's ends
# are cut: a signature may hide a third of it, print beyond it has runs in a third.
MISS_WEIGHT = 1.0
# Steepest ruling traced on a level page: 3 degrees, perspective left over.
MAX_SLOPE = 0.055
# ... and on one whose rulings are seen to bend, 11 degrees: paper that curls by 8 mm over
# a sheet's width has slopes of 0.12, a fold leveled by one half of it 0.18. On other
# pages bold strokes of handwriting would be traced as well.
BENT_SLOPE = 0.2
# Strips from which a ruling's way on is predicted; where it bends, fewer: on a curl of
# 8 mm the prediction from 16 strips lags by more than the tolerance.
MEMORY_STRIPS, BENT_MEMORY_STRIPS = 16, 7


@dataclass(slots=True)
class _Track:
    """A ruling being followed: strip numbers and sub-pixel heights."""

    strips: list[int]
    heights: list[float]


def trace_rules(gray: Pixels, *, bent: bool = False) -> tuple[Rule, ...]:
    """Return the horizontal and vertical rulings of a level page.

    ``gray``: (H, W) uint8, lighting flattened, at ``PAGE_DPI``. ``bent``: follow
    them around steeper bends.
    """
    smooth = cv2.GaussianBlur(gray, (3, 3), 0.6).astype(np.float32)
    level = max(RIDGE_LEVEL, RIDGE_NOISE * _noise(smooth))
    return _trace(smooth, level, bent, horizontal=True) + _trace(
        np.ascontiguousarray(smooth.T), level, bent, horizontal=False
    )


def _noise(image: FloatImage) -> float:
    """Standard deviation of the paper's noise, gray levels; most of a page is paper."""
    steps = np.abs(image[::4, 3:] - image[::4, :-3])
    if steps.size == 0:
        return 0.0
    # The median of |difference of two normal variables| is 0.954 standard deviations.
    return float(np.median(steps)) / 0.954


def _ridge(image: FloatImage) -> FloatImage:
    """Response of thin dark horizontal lines, gray levels, >= 0."""
    best = np.zeros_like(image)
    for reach in RIDGE_REACH_PX:
        padded = cv2.copyMakeBorder(image, reach, reach, 0, 0, cv2.BORDER_REPLICATE)
        sides = np.minimum(padded[: -2 * reach], padded[2 * reach :])
        np.maximum(best, sides - image, out=best)
    return best


def _trace(image: FloatImage, level: float, bent: bool, *, horizontal: bool) -> tuple[Rule, ...]:
    height, width = image.shape
    strips = width // STRIP_PX
    if strips < 4 or height < 16:
        return ()
    ridge = _ridge(image)
    # A slanted ruling crosses a pixel row within a strip: let each column's
    # ridge count one row up and down as well.
    is_ridge = cv2.dilate((ridge > level).astype(np.float32), np.ones((3, 1), np.uint8))
    cut = strips * STRIP_PX
    share = is_ridge[:, :cut].reshape(height, strips, STRIP_PX).mean(axis=2)
    strength = np.minimum(ridge[:, :cut], 60.0).reshape(height, strips, STRIP_PX).mean(axis=2)
    heights = _strip_peaks(share, strength, level)
    tracks = _link(heights, strength, bent=bent)
    rules = [_finish(track, ridge, image, level, horizontal) for track in tracks]
    return tuple(rule for rule in rules if rule is not None)


def _strip_peaks(share: FloatImage, strength: FloatImage, level: float) -> list[list[float]]:
    """Sub-pixel heights of the ridge peaks of each strip, ascending."""
    score = cv2.blur(strength, (1, 3), borderType=cv2.BORDER_REPLICATE)
    top = cv2.dilate(score, np.ones((5, 1), np.uint8))
    peak = (score >= top) & (share >= STRIP_SHARE) & (score > level * STRIP_SHARE)
    peak[:2] = peak[-2:] = False
    found: list[list[float]] = []
    for strip in range(score.shape[1]):
        rows = np.flatnonzero(peak[:, strip])
        before, here, after = (score[rows + k, strip] for k in (-1, 0, 1))
        bend = before - 2 * here + after
        shift = np.where(bend < -1e-6, 0.5 * (before - after) / np.minimum(bend, -1e-6), 0.0)
        heights = rows + np.clip(shift, -0.5, 0.5)
        # A thick ruling is a plateau of equal rows: its middle is the ruling's.
        ends = np.flatnonzero(np.diff(heights) > 1.5) + 1
        found.append([float(run.mean()) for run in np.split(heights, ends) if len(run)])
    return found


def _link(heights: Sequence[Sequence[float]], strength: FloatImage, *, bent: bool) -> list[_Track]:
    """Link the peaks of neighbouring strips into tracks, strongest seeds first."""
    free = [[True] * len(column) for column in heights]
    seeds = [
        (float(strength[min(round(y), strength.shape[0] - 1), strip]), strip, i)
        for strip, column in enumerate(heights)
        for i, y in enumerate(column)
    ]
    seeds.sort(key=lambda seed: (-seed[0], seed[1], seed[2]))
    tracks = []
    for _, strip, index in seeds:
        if not free[strip][index]:
            continue
        free[strip][index] = False
        track = _Track([strip], [heights[strip][index]])
        _extend(track, heights, free, +1, bent=bent)
        _extend(track, heights, free, -1, bent=bent)
        pairs = sorted(zip(track.strips, track.heights, strict=True))
        track.strips = [s for s, _ in pairs]
        track.heights = [y for _, y in pairs]
        # Whether it is a ruling is decided once its ends are cut (_finish).
        if len(track.strips) * STRIP_PX >= MIN_LENGTH_PX * MIN_RUN_SHARE:
            tracks.append(track)
    return tracks


def _extend(
    track: _Track,
    heights: Sequence[Sequence[float]],
    free: Sequence[list[bool]],
    step: int,
    *,
    bent: bool,
) -> None:
    """Follow a track to one side, taking the free peak nearest to its prediction."""
    pairs = sorted(zip(track.strips, track.heights, strict=True), reverse=step < 0)
    strips = [strip for strip, _ in pairs]
    ys = [height for _, height in pairs]
    gap = 0
    strip = strips[-1] + step
    while 0 <= strip < len(heights) and gap <= MAX_GAP_STRIPS:
        predicted = _predict(strips, ys, strip, bent=bent)
        column = heights[strip]
        index = bisect_left(column, predicted)
        tolerance = BENT_TOLERANCE_PX if bent else TRACK_TOLERANCE_PX
        best, best_distance = -1, tolerance + 0.25 * gap
        for k in (index - 1, index):
            if 0 <= k < len(column) and free[strip][k]:
                distance = abs(column[k] - predicted)
                if distance <= best_distance:
                    best, best_distance = k, distance
        if best >= 0:
            free[strip][best] = False
            strips.append(strip)
            ys.append(column[best])
            track.strips.append(strip)
            track.heights.append(column[best])
            gap = 0
        else:
            gap += 1
            if len(strips) < 4 and gap > 2:
                return  # a stroke, not a ruling
        strip += step


def _predict(strips: Sequence[int], ys: Sequence[float], strip: int, *, bent: bool) -> float:
    """Continue the last part of a track in a straight line; slope is bounded.

    Plain Python on purpose: it runs for every strip of every track, on at most
    16 numbers, where one numpy call costs more than the whole sum.
    """
    recent = min(len(strips), BENT_MEMORY_STRIPS if bent else MEMORY_STRIPS)
    if recent < 3:
        return ys[-1]
    s, y = strips[-recent:], ys[-recent:]
    mean_s, mean_y = sum(s) / recent, sum(y) / recent
    above = sum((a - mean_s) * (b - mean_y) for a, b in zip(s, y, strict=True))
    slope = above / sum((a - mean_s) ** 2 for a in s)
    limit = (BENT_SLOPE if bent else MAX_SLOPE) * STRIP_PX
    slope = min(max(slope, -limit), limit)
    if recent < 6:
        slope *= recent / 6  # few points: a slope is mostly noise yet
    return mean_y + slope * (strip - mean_s)


def _finish(
    track: _Track, ridge: FloatImage, image: FloatImage, level: float, horizontal: bool
) -> Rule | None:
    """Smooth a track, cut it to where the ruling really is, measure its thickness."""
    x = (np.asarray(track.strips, dtype=np.float64) + 0.5) * STRIP_PX
    seen = np.asarray(track.heights, dtype=np.float64)
    y = _smooth(x, seen)
    first = max(0.0, x[0] - 2 * STRIP_PX)
    last = min(float(ridge.shape[1]), x[-1] + 2 * STRIP_PX)
    columns = np.arange(int(first), int(last))
    response = _response(columns, _continued(columns, x, y), ridge)
    start, stop = _densest(_in_runs(response > level))
    if stop <= start:
        return None
    # A ruling is of one darkness; the feet of letters change from dark to none.
    even = EVENNESS * float(np.median(response[start:stop]))
    hit = _in_runs(response > max(level, even))
    start, stop = _densest(hit)
    if stop - start < MIN_LENGTH_PX or hit[start:stop].mean() < MIN_RUN_SHARE:
        return None
    start, stop = start + columns[0], stop + columns[0]
    within = (x > start) & (x < stop)
    strips = max(1.0, (stop - start) / STRIP_PX)
    if within.sum() < MIN_SUPPORT * strips or np.std((seen - y)[within]) > MAX_WOBBLE_PX:
        return None
    inner = x[(x > start + 1) & (x < stop - 1)]
    xs = np.concatenate([[start], inner, [stop]]).astype(np.float64)
    ys = _continued(xs, x, y) + 0.5  # the middle of a pixel, where the image starts at 0
    points: Points = np.column_stack([xs, ys]) if horizontal else np.column_stack([ys, xs])
    return Rule(
        points=points,
        horizontal=horizontal,
        thickness_px=_thickness(image, xs, ys),
        support=float(hit[start - columns[0] : stop - columns[0]].mean()),
        gaps=_gaps(hit[start - columns[0] : stop - columns[0]], float(start)),
    )


def _gaps(hit: npt.NDArray[np.bool_], start: float) -> tuple[tuple[float, float], ...]:
    """Stretches of at least ``MIN_GAP_PX`` without the ruling, from ``start`` on."""
    edges = np.flatnonzero(np.diff(np.r_[True, hit, True].astype(np.int8)))
    ends = edges.reshape(-1, 2) + start
    return tuple((float(a), float(b)) for a, b in ends if b - a >= MIN_GAP_PX)


def _continued(
    at: npt.NDArray[np.int64] | npt.NDArray[np.float64],
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Interpolate, and continue both ends straight."""
    heights = np.interp(at, x, y)
    n = min(4, len(x) - 1)
    if n >= 1:
        head = (y[n] - y[0]) / (x[n] - x[0])
        tail = (y[-1] - y[-1 - n]) / (x[-1] - x[-1 - n])
        heights = np.where(at < x[0], y[0] + head * (at - x[0]), heights)
        heights = np.where(at > x[-1], y[-1] + tail * (at - x[-1]), heights)
    return np.asarray(heights, dtype=np.float64)


def _densest(hit: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """The stretch with the greatest surplus of hits over misses (Kadane's algorithm).

    A tracker runs on into letters beyond the ruling's end; this cuts it back.
    """
    total = np.concatenate([[0.0], np.cumsum(np.where(hit, 1.0, -MISS_WEIGHT))])
    lowest = np.minimum.accumulate(total)
    stop = int(np.argmax(total - lowest))
    start = int(np.argmin(total[: stop + 1]))
    return start, stop


def _smooth(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Robust local straight lines over windows of 9 strips, outliers down-weighted."""
    half = 4
    if len(x) < 2 * half + 1:
        return y
    first = np.clip(np.arange(len(x)) - half, 0, len(x) - 2 * half - 1)
    window = first[:, None] + np.arange(2 * half + 1)[None, :]
    xs, ys = x[window] - x[:, None], y[window]
    weights = np.ones_like(xs)
    level = y
    for _ in range(3):
        total = weights.sum(axis=1)
        mean_x, mean_y = (weights * xs).sum(axis=1) / total, (weights * ys).sum(axis=1) / total
        dx = xs - mean_x[:, None]
        slope = (weights * dx * (ys - mean_y[:, None])).sum(axis=1)
        slope /= np.maximum((weights * dx * dx).sum(axis=1), 1e-9)
        level = mean_y - slope * mean_x
        rest = np.abs(ys - level[:, None] - slope[:, None] * xs)
        weights = 1.0 / (1.0 + (rest / 0.7) ** 2)
    return level


def _response(
    columns: npt.NDArray[np.int64], heights: npt.NDArray[np.float64], ridge: FloatImage
) -> npt.NDArray[np.float32]:
    """Ridge response of each column along a ruling, the best of three rows."""
    rows = np.round(heights).astype(int)
    around = np.clip(rows[None, :] + np.array([[-1], [0], [1]]), 0, ridge.shape[0] - 1)
    response: npt.NDArray[np.float32] = ridge[around, columns[None, :]].max(axis=0)
    return response


def _in_runs(hit: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which columns lie in unbroken runs of at least ``RUN_PX``."""
    # One or two missing pixels are noise, not a gap.
    line = hit.astype(np.uint8)[None, :]
    closed = cv2.morphologyEx(line, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, RUN_PX), np.uint8))
    return np.asarray(opened[0] > 0)


def _thickness(image: FloatImage, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    """Median width of the dark run across the ruling at half its depth, px."""
    at = np.linspace(x[0] + 1, x[-1] - 1, 48)
    rows = np.round(np.interp(at, x, y) - 0.5).astype(int)
    reach = 8
    offsets = np.arange(-reach, reach + 1)
    grid = np.clip(rows[:, None] + offsets[None, :], 0, image.shape[0] - 1)
    columns = np.clip(at.astype(int), 0, image.shape[1] - 1)
    profile = np.median(image[grid, columns[:, None]], axis=0)
    paper = float(np.median(np.r_[profile[:3], profile[-3:]]))
    core = profile[reach - 1 : reach + 2]
    level = (paper + float(core.min())) / 2
    dark = profile < level
    center = reach - 1 + int(np.argmin(core))
    a = b = center
    while a > 0 and dark[a - 1]:
        a -= 1
    while b < len(profile) - 1 and dark[b + 1]:
        b += 1
    return float(b - a + 1)
