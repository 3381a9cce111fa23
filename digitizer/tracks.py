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


def strip_means(image: Pixels, strips: int) -> FloatImage:
    """The mean of each row of each strip, (H, strips)."""
    cut = image[:, : strips * STRIP_PX].astype(np.float32)
    mean = cv2.resize(cut, (strips, image.shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(mean, dtype=np.float32)


def strip_peaks(score: FloatImage, seen: npt.NDArray[np.bool_]) -> list[list[float]]:
    """Sub-pixel heights of the peaks of each strip where they are ``seen``, ascending."""
    top = cv2.dilate(score, np.ones((5, 1), np.uint8))
    peak = (score >= top) & seen
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


def link(
    heights: Sequence[Sequence[float]], strength: FloatImage, least_px: float, *, bent: bool
) -> list[Track]:
    """Link the peaks of neighbouring strips into tracks, strongest seeds first.

    Tracks with less than ``least_px`` of strips with a peak are left out. Whether one
    is a ruling is decided once its ends are cut.
    """
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
        track = Track([strip], [heights[strip][index]])
        _extend(track, heights, free, +1, bent=bent)
        _extend(track, heights, free, -1, bent=bent)
        pairs = sorted(zip(track.strips, track.heights, strict=True))
        track.strips = [s for s, _ in pairs]
        track.heights = [y for _, y in pairs]
        if len(track.strips) * STRIP_PX >= least_px:
            tracks.append(track)
    return tracks


def _extend(
    track: Track,
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
        heights = np.where(at < x[0], y[0] + head * (at - x[0]), heights)
        heights = np.where(at > x[-1], y[-1] + tail * (at - x[-1]), heights)
    return np.asarray(heights, dtype=np.float64)


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


def response_along(
    columns: npt.NDArray[np.int64], heights: npt.NDArray[np.float64], ridge: Pixels | FloatImage
) -> FloatImage:
    """Ridge response of each column along a ruling, the best of three rows."""
    rows = np.round(heights).astype(int)
    around = np.clip(rows[None, :] + np.array([[-1], [0], [1]]), 0, ridge.shape[0] - 1)
    return np.asarray(ridge[around, columns[None, :]].max(axis=0), dtype=np.float32)
