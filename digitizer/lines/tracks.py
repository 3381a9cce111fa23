"""Follow a line of peaks from strip to strip across a page.

A page is looked at in strips ``STRIP_PX`` wide; what stands out in one at some
height is a peak. A tracker links peaks that lie in line, by slope and bend, over
gaps of a signature's length. What the peaks are is the caller's: ridges of
rulings, or the mean darkness that dots and dashes leave.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import Pixels

FloatImage = npt.NDArray[np.float32]

# Strip width, 2 mm: long enough that a word's strokes do not fill it as a
# ruling does, short enough that 2 degrees of slope stay within one pixel.
STRIP_PX = 16
# How far a ruling may leave its prediction from one strip to the next, px.
TRACK_TOLERANCE_PX = 2.0
BENT_TOLERANCE_PX = 3.0
# Strips without a peak that a track survives, 25 mm: a signature across a rule.
MAX_GAP_STRIPS = 12
# ... and one of fewer than four peaks; each strip without one widens the tolerance, px.
FIRST_GAP_STRIPS, GAP_TOLERANCE_PX = 2, 0.25
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
class Track:
    """A ruling being followed: strip numbers and sub-pixel heights."""

    strips: list[int]
    heights: list[float]


def strip_means(turned: Pixels, strips: int) -> FloatImage:
    """The mean of each row of each strip, (H, strips), of an image that is given transposed.

    Rows of pixels are added up many at a time, where the pixels of a row are not.
    """
    whole = turned[: strips * STRIP_PX].reshape(strips, STRIP_PX, -1)
    total = np.add.reduce(whole, axis=1, dtype=np.uint16)
    # OpenCV transposes in blocks, numpy by single pixels.
    return np.asarray(cv2.transpose(total) * np.float32(1 / STRIP_PX), dtype=np.float32)


def strip_peaks(score: FloatImage, seen: npt.NDArray[np.bool_]) -> list[list[float]]:
    """Sub-pixel heights of the peaks of each strip where they are ``seen``, ascending."""
    top = cv2.dilate(score, np.ones((5, 1), np.uint8))
    peak = (score >= top) & seen
    peak[:2] = peak[-2:] = False
    strips, rows = np.nonzero(peak.T)
    found: list[list[float]] = [[] for _ in range(score.shape[1])]
    if len(rows) == 0:
        return found
    before, here, after = (score[rows + k, strips] for k in (-1, 0, 1))
    bend = before - 2 * here + after
    shift = np.where(bend < -1e-6, 0.5 * (before - after) / np.minimum(bend, -1e-6), 0.0)
    heights = rows + np.clip(shift, -0.5, 0.5)
    # A thick ruling is a plateau of equal rows: its middle is the ruling's.
    starts = np.flatnonzero(np.r_[True, (np.diff(strips) > 0) | (np.diff(heights) > 1.5)])
    counts = np.diff(np.r_[starts, len(heights)])
    middles = np.add.reduceat(heights, starts) / counts
    for strip, middle in zip(strips[starts].tolist(), middles.tolist(), strict=True):
        found[strip].append(middle)
    return found


def link(
    heights: Sequence[Sequence[float]], strength: FloatImage, least_px: float, *, bent: bool
) -> list[Track]:
    """Link the peaks of neighbouring strips into tracks, strongest seeds first.

    Tracks with less than ``least_px`` of strips with a peak are left out. Whether one
    is a ruling is decided once its ends are cut.
    """
    # Nothing lies before the first and behind the last peak of a strip: no end to look out for.
    columns = [[-np.inf, *column, np.inf] for column in heights]
    free = [[False, *[True] * len(column), False] for column in heights]
    strips = np.repeat(np.arange(len(heights)), [len(column) for column in heights])
    if len(strips) == 0:
        return []
    places = np.array([y for column in heights for y in column])
    index = np.concatenate([1 + np.arange(len(column)) for column in heights])
    rows = np.clip(np.rint(places).astype(int), 0, strength.shape[0] - 1)
    order = np.lexsort((index, strips, -strength[rows, strips]))
    followed = _has_neighbour(strips, places, bent=bent)[order].tolist()
    tracks = []
    for strip, number, goes_on in zip(
        strips[order].tolist(), index[order].tolist(), followed, strict=True
    ):
        if not free[strip][number]:
            continue
        free[strip][number] = False
        if not goes_on:
            continue
        track = Track([strip], [columns[strip][number]])
        _extend(track, columns, free, +1, bent=bent)
        track.strips.reverse()
        track.heights.reverse()
        _extend(track, columns, free, -1, bent=bent)
        track.strips.reverse()
        track.heights.reverse()
        if len(track.strips) * STRIP_PX >= least_px:
            tracks.append(track)
    return tracks


def _has_neighbour(
    strips: npt.NDArray[np.int64], places: npt.NDArray[np.float64], *, bent: bool
) -> npt.NDArray[np.bool_]:
    """Which peaks have another one in a strip near by that a track from them may go on to.

    Most peaks of a page of print have none, and need not be followed one by one.
    """
    tolerance = BENT_TOLERANCE_PX if bent else TRACK_TOLERANCE_PX
    # One number tells strip and place: strips lie farther apart than any tolerance.
    apart = float(places.max()) + 4 * tolerance + MAX_GAP_STRIPS
    keys = strips * apart + places
    found = np.zeros(len(places), dtype=np.bool_)
    for gap in range(FIRST_GAP_STRIPS + 1):
        reach = tolerance + GAP_TOLERANCE_PX * gap
        for step in (-1 - gap, 1 + gap):
            low = np.searchsorted(keys, keys + step * apart - reach, side="left")
            high = np.searchsorted(keys, keys + step * apart + reach, side="right")
            found |= high > low
    return found


def _extend(
    track: Track,
    columns: Sequence[Sequence[float]],
    free: Sequence[list[bool]],
    step: int,
    *,
    bent: bool,
) -> None:
    """Follow a track on from its last strip, taking the free peak nearest to its prediction.

    The prediction continues its last part in a straight line of bounded slope. Plain
    Python with running sums on purpose: it runs for every strip of every track, on at
    most 16 numbers, where one numpy call costs more than the whole sum.
    """
    strips, ys = track.strips, track.heights
    tolerance = BENT_TOLERANCE_PX if bent else TRACK_TOLERANCE_PX
    memory = BENT_MEMORY_STRIPS if bent else MEMORY_STRIPS
    limit = (BENT_SLOPE if bent else MAX_SLOPE) * STRIP_PX
    # Sums over the last strips, of places against the first of them: small numbers stay exact.
    s0, y0 = strips[-1], ys[-1]
    n, s1, y1, s2, sy = 0, 0.0, 0.0, 0.0, 0.0
    for a, b in zip(strips[-memory:], ys[-memory:], strict=True):
        n, s1, y1 = n + 1, s1 + a - s0, y1 + b - y0
        s2, sy = s2 + (a - s0) ** 2, sy + (a - s0) * (b - y0)
    gap, count, strip = 0, len(columns), s0 + step
    # A stroke, not a ruling, ends sooner.
    most = MAX_GAP_STRIPS if len(strips) >= 4 else FIRST_GAP_STRIPS
    while 0 <= strip < count and gap <= most:
        column = columns[strip]
        predicted = ys[-1]
        if n >= 3:
            slope = (sy - s1 * y1 / n) / (s2 - s1 * s1 / n)
            slope = limit if slope > limit else -limit if slope < -limit else slope
            if n < 6:
                slope *= n / 6  # few points: a slope is mostly noise yet
            predicted = y0 + y1 / n + slope * (strip - s0 - s1 / n)
        best, nearest = 0, tolerance + GAP_TOLERANCE_PX * gap
        index = bisect_left(column, predicted)
        distance = predicted - column[index - 1]
        if distance <= nearest and free[strip][index - 1]:
            best, nearest = index - 1, distance
        distance = column[index] - predicted
        if distance <= nearest and free[strip][index]:
            best = index
        if best:
            free[strip][best] = False
            strips.append(strip)
            ys.append(column[best])
            a, b = strip - s0, column[best] - y0
            n, s1, y1, s2, sy = n + 1, s1 + a, y1 + b, s2 + a * a, sy + a * b
            if n > memory:
                a, b = strips[-memory - 1] - s0, ys[-memory - 1] - y0
                n, s1, y1, s2, sy = n - 1, s1 - a, y1 - b, s2 - a * a, sy - a * b
            if len(strips) >= 4:
                most = MAX_GAP_STRIPS
            gap = 0
        else:
            gap += 1
        strip += step


def continued(
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
        before, behind = at < x[0], at > x[-1]
        heights[before] = y[0] + head * (at[before] - x[0])
        heights[behind] = y[-1] + tail * (at[behind] - x[-1])
    return np.asarray(heights, dtype=np.float64)


def median(values: npt.NDArray[np.floating]) -> float:
    """The median of numbers, at least one: a fifth of the time that numpy's own takes for few."""
    middle = len(values) // 2
    if len(values) % 2:
        return float(np.partition(values, middle)[middle])
    return float(np.partition(values, (middle - 1, middle))[middle - 1 : middle + 1].mean())


def quantile(values: npt.NDArray[np.integer], share: float) -> float:
    """The ``share``-quantile (0..1) of numbers, at least one: numpy's own, quicker for few."""
    ordered = np.sort(values, axis=None)
    place = share * (ordered.size - 1)
    below, rest = int(place), place - int(place)
    low, high = float(ordered[below]), float(ordered[min(below + 1, ordered.size - 1)])
    return low + (high - low) * rest if rest < 0.5 else high - (high - low) * (1 - rest)


def densest(hit: npt.NDArray[np.bool_], miss_weight: float = MISS_WEIGHT) -> tuple[int, int]:
    """The stretch with the greatest surplus of hits over misses (Kadane's algorithm).

    A tracker runs on into letters beyond the ruling's end; this cuts it back.
    """
    total = np.concatenate([[0.0], np.cumsum(np.where(hit, 1.0, -miss_weight))])
    lowest = np.minimum.accumulate(total)
    stop = int(np.argmax(total - lowest))
    start = int(np.argmin(total[: stop + 1]))
    return start, stop


def smooth_line(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Robust local straight lines over windows of 9 strips, outliers down-weighted."""
    half = 4
    if len(x) < 2 * half + 1:
        return y
    first = np.clip(np.arange(len(x)) - half, 0, len(x) - 2 * half - 1)
    # A window a column: whole rows of numbers are added up at a time.
    window = first + np.arange(2 * half + 1)[:, None]
    xs, ys = x[window] - x, y[window]
    weights = np.ones_like(xs)
    level = y
    for _ in range(3):
        total = np.add.reduce(weights)
        mean_x = np.add.reduce(weights * xs) / total
        mean_y = np.add.reduce(weights * ys) / total
        dx = xs - mean_x
        pull = weights * dx
        slope = np.add.reduce(pull * (ys - mean_y))
        slope /= np.maximum(np.add.reduce(pull * dx), 1e-9)
        level = mean_y - slope * mean_x
        rest = np.abs(ys - level - slope * xs)
        weights = 1.0 / (1.0 + (rest / 0.7) ** 2)
    return level


def response_along(
    columns: npt.NDArray[np.int64], heights: npt.NDArray[np.float64], ridge: Pixels | FloatImage
) -> FloatImage:
    """Ridge response of each column along a ruling, the best of three rows."""
    rows, last = np.rint(heights).astype(np.intp), ridge.shape[0] - 1
    seen, width = ridge.ravel(), ridge.shape[1]
    before, here, after = (
        seen.take(np.minimum(np.maximum(rows + step, 0), last) * width + columns)
        for step in (-1, 0, 1)
    )
    return np.asarray(np.maximum(np.maximum(before, here), after), dtype=np.float32)
