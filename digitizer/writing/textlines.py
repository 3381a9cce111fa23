"""Split the ink of a cell into written lines.

Method: count, for every row of the cell, how many strokes it cuts (not how
much ink it holds: the bars of block capitals make dark rows inside one line,
but not more strokes). Rows with many strokes are lines, rows with few are the
gaps between them, even where a tail crosses. Where tails of most letters cross, the
middles of the letters tell. Every component then goes whole
to the line that holds its body; only one that fills two lines is cut at the
gap. Lines that climb or fall are levelled first, by the slope that makes the
counts steepest. It fails on lines that overlap over most of their height.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import Pixels

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

# Slopes tried (px per px): 7 degrees either way; people who write on a sheet
# on their knee reach 5.
SLOPES = np.arange(-0.12, 0.1201, 0.01)
# Ink pixels that are enough to tell the slope by.
SLOPE_POINTS = 3000
# Ink narrower than this (px, 9 mm) gives no reliable slope.
MIN_SLOPE_WIDTH_PX = 70
# Slopes below this (1.4 deg) are left: recognisers bear them, and shearing
# resamples every stroke.
MIN_SLOPE = 0.025
MAX_SLOPE = 0.14
# A line's slope is believed if its lower and upper edge differ by at most this:
# one edge alone follows the capital at its start or the tail at its end.
EDGE_AGREEMENT = 0.03
# Length (px, 1 mm) over which an edge's height is taken.
EDGE_STEP_PX = 8
# Two lines are at least this far apart (px, 2.2 mm), middle to middle.
MIN_PITCH_PX = 17
# The gap between lines cuts at most this share of the strokes of the weaker
# line; inside one line of block capitals it stays above a half.
GAP_SHARE = 0.42
# A gap that cuts at most this share is beyond doubt.
CLEAR_GAP = 0.15
# Lines whose letters reach into each other: of each at least so many letters, none higher than so
# many usual ones; their middles leave out a step of so much of a letter's height and are so far
# apart, and one line stands below so much of the other.
LEAST_LETTERS, TALL_LETTER = 4, 1.7
LETTER_STEP, LETTER_PITCH, BELOW_SHARE = 0.4, 0.9, 0.6
# A line has at least this share of the strokes of the strongest one.
MIN_LINE_SHARE = 0.15
# A component's body must be this high, as a share of the usual component, to
# count strokes; dots, accents and commas join a line afterwards.
BODY_SHARE = 0.4
# A component that leaves this share of its ink in two lines is cut.
CUT_SHARE = 0.25
# Specks under this area (px) are dust where no stroke is within this reach
# (px, 2.5 mm): the dot of an i, however hasty, stays nearer to its letter.
DUST_PX = 24
DUST_REACH_PX = 20
MAX_DUST_SHARE = 0.1
# A stroke drawn below words: this much longer than high and than the letters above, which
# stand over this share of it, their feet at most this far above, as a share of the usual
# letter's height. Shorter ones (px, 5 mm) may be a dash or a letter's foot, and joined
# writing is somewhere higher than a pen is thick (px, 1.1 mm).
UNDERLINE_PX = 40
UNDERLINE_ASPECT = 4.0
UNDERLINE_LENGTH = 2.0
UNDERLINE_COVER = 0.5
UNDERLINE_REACH = 1.2
UNDERLINE_THICK_PX = 9
# How far into the letters' feet it may reach, of their height.
UNDERLINE_INTO = 0.15
# White left around a line's ink (px).
PAD_PX = 4
# Pixels around ink that keep their gray, so that strokes keep soft edges (px).
SOFT_PX = 1
MAX_LINES = 4


@dataclass(frozen=True, slots=True, eq=False)
class TextLine:
    """A written line: its own ink on white, and its box in the cell's pixels."""

    pixels: Pixels
    box: tuple[int, int, int, int]


def split_lines(gray: Pixels, mask: Mask) -> tuple[TextLine, ...]:
    """Return the written lines of a cell from top to bottom.

    ``gray`` (h, w), white paper; ``mask`` (h, w) the ink that belongs here.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    if count < 2:
        return ()
    _drop_dust(labels, stats)
    _drop_underlines(labels, stats)
    body = _bodies(stats)
    height = float(np.median(stats[1:][body[1:], cv2.CC_STAT_HEIGHT]))
    ys, xs = np.nonzero(body[labels])
    level = _level_rows(mask.shape[1], 0.0)
    gaps, depth = _find_gaps(_stroke_profile(body[labels], level), height)
    if not gaps or depth > CLEAR_GAP:
        # Lines one below the other, each begun elsewhere, look like one slanting
        # line: a slope is tried only where level rows show no clear gaps.
        slanted = _level_rows(mask.shape[1], _slope(xs, ys))
        found_gaps, found_depth = _find_gaps(_stroke_profile(body[labels], slanted), height)
        if found_gaps and found_depth < depth:
            level, gaps = slanted, found_gaps
    if not level.any():
        gaps = _with_gaps_between_letters(gaps, stats[1:][body[1:]])
    line_of = _assign(labels, stats, body, gaps, level)
    found = []
    for number in range(len(gaps) + 1):
        line = _cut(gray, line_of == number + 1)
        if line is not None:
            found.append(line)
    return tuple(found)


def _level_rows(width: int, slope: float) -> npt.NDArray[np.int64]:
    """Return how far each column moves up so that a slope becomes level, at least 0."""
    drop = np.rint(np.arange(width) * slope).astype(np.int64)
    return np.asarray(drop.max() - drop, dtype=np.int64)


def _drop_dust(labels: npt.NDArray[np.int32], stats: npt.NDArray[np.int32]) -> None:
    """Clear specks that are too far from any letter to be its dot or comma."""
    area = stats[:, cv2.CC_STAT_AREA]
    letters = np.flatnonzero(area >= DUST_PX)
    letters = letters[letters > 0]
    if len(letters) == 0:
        return
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    dust = np.zeros(len(stats), dtype=np.bool_)
    for k in np.flatnonzero(area < DUST_PX):
        dx = np.maximum(np.maximum(left[letters] - right[k], left[k] - right[letters]), 0)
        dy = np.maximum(np.maximum(top[letters] - bottom[k], top[k] - bottom[letters]), 0)
        dust[k] = bool((np.maximum(dx, dy) > DUST_REACH_PX).all())
    dust[0] = False
    if area[dust].sum() > MAX_DUST_SHARE * area[1:].sum():
        return  # not dust but letters that a bilevel scan broke into crumbs
    labels[dust[labels]] = 0
    stats[dust] = 0


def _drop_underlines(labels: npt.NDArray[np.int32], stats: npt.NDArray[np.int32]) -> None:
    """Clear strokes that a pen drew below words: they are neither letters nor a line.

    One that touches a letter is part of it, and stays.
    """
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    flat = (width >= UNDERLINE_PX) & (width >= UNDERLINE_ASPECT * height)
    flat[0] = False
    letters = np.flatnonzero(_bodies(np.where(flat[:, None], 0, stats)) & ~flat)
    if not flat.any() or len(letters) == 0:
        return
    usual = float(np.median(height[letters]))
    for k in np.flatnonzero(flat & (width >= UNDERLINE_LENGTH * usual)):
        y0, x0 = int(top[k]), int(left[k])
        own = labels[y0 : y0 + height[k], x0 : x0 + width[k]] == k
        thick = own.shape[0] - own[::-1].argmax(axis=0) - own.argmax(axis=0)
        thin = np.percentile(thick, 90) <= UNDERLINE_THICK_PX
        if thin and _covered(own, (x0, y0), stats[letters], usual) >= UNDERLINE_COVER:
            labels[labels == k] = 0
            stats[k] = 0


def _covered(
    own: Mask, origin: tuple[int, int], letters: npt.NDArray[np.int32], usual: float
) -> float:
    """Return the share of a stroke's length with the feet of a letter right above it.

    ``own``: the stroke, ``origin`` (x, y) of it in the cell; no share where a letter
    hangs through it or stands on the wrong side.
    """
    upper = own.argmax(axis=0) + origin[1]
    over = np.zeros(own.shape[1], dtype=np.bool_)
    for x, y, wide, high in letters[:, :4]:
        first, last = max(0, x - origin[0]), min(own.shape[1], x + wide - origin[0])
        if last <= first:
            continue
        at, foot = float(np.median(upper[first:last])), y + high
        if y < at < foot - UNDERLINE_INTO * usual:
            return 0.0
        if foot - UNDERLINE_INTO * usual <= at <= foot + UNDERLINE_REACH * usual:
            over[first:last] = True
    # Gaps between letters and words belong to what stands above the stroke.
    above = np.flatnonzero(over)
    return float(above[-1] - above[0] + 1) / own.shape[1] if len(above) else 0.0


def _bodies(stats: npt.NDArray[np.int32]) -> Mask:
    """Say which components are letters or words, not dots, commas or specks."""
    heights = stats[1:, cv2.CC_STAT_HEIGHT]
    areas = stats[1:, cv2.CC_STAT_AREA].astype(np.float64)
    order = np.argsort(heights)
    half = np.searchsorted(np.cumsum(areas[order]), areas.sum() / 2)
    usual = heights[order[min(half, len(order) - 1)]]
    body = np.zeros(len(stats), dtype=np.bool_)
    body[1:] = (heights >= BODY_SHARE * usual) & (areas > 0)
    return body


def _slope(xs: npt.NDArray[np.int64], ys: npt.NDArray[np.int64]) -> float:
    """Return the slope of the writing, rise in px per px to the right (down positive)."""
    if len(xs) == 0 or xs.max() - xs.min() < MIN_SLOPE_WIDTH_PX:
        return 0.0
    step = max(1, len(xs) // SLOPE_POINTS)
    xs, ys = xs[::step], ys[::step]
    middle = (xs.max() + xs.min()) / 2
    reach = int(ys.max() - ys.min()) + int(0.3 * (xs.max() - xs.min())) + 8
    scores = []
    for slope in SLOPES:
        rows = np.rint(ys - slope * (xs - middle)).astype(np.int64) - int(ys.min()) + reach // 2
        profile = np.bincount(np.clip(rows, 0, 2 * reach), minlength=2 * reach + 1)
        scores.append(float((np.diff(profile.astype(np.float64)) ** 2).sum()))
    smooth = np.convolve(np.pad(scores, 1, "edge"), [0.25, 0.5, 0.25], "valid")
    # Level writing is the rule: a slope must beat it clearly.
    level = len(SLOPES) // 2
    best = int(np.argmax(smooth))
    if smooth[best] < 1.1 * smooth[level]:
        return 0.0
    return float(SLOPES[best])


def _line_slope(mask: Mask) -> float:
    """Return the slope of one line's ink, 0 where its edges do not agree on one."""
    width = mask.shape[1] // EDGE_STEP_PX * EDGE_STEP_PX
    if width < MIN_SLOPE_WIDTH_PX:
        return 0.0
    steps = mask[:, :width].reshape(mask.shape[0], -1, EDGE_STEP_PX)
    inked: Mask = np.asarray(steps.any(axis=2))
    at = np.flatnonzero(inked.any(axis=0))
    upper = inked.argmax(axis=0)[at]
    lower = mask.shape[0] - 1 - inked[::-1].argmax(axis=0)[at]
    slopes = [_middle_slope(at * EDGE_STEP_PX, edge) for edge in (upper, lower)]
    if abs(slopes[0] - slopes[1]) > EDGE_AGREEMENT:
        return 0.0
    return float(np.clip(np.mean(slopes), -MAX_SLOPE, MAX_SLOPE))


def _middle_slope(x: npt.NDArray[np.int64], y: npt.NDArray[np.int64]) -> float:
    """Return the median slope between all points at least a third of the width apart."""
    dx, dy = x[None, :] - x[:, None], y[None, :] - y[:, None]
    far = dx >= max(1.0, float(np.ptp(x)) / 3)
    return float(np.median(dy[far] / dx[far])) if far.any() else 0.0


def _stroke_profile(body: Mask, level: npt.NDArray[np.int64]) -> Floats:
    """Return how many strokes each levelled row cuts."""
    starts = body.copy()
    starts[:, 1:] &= ~body[:, :-1]
    ys, xs = np.nonzero(starts)
    counts = np.bincount(ys + level[xs], minlength=body.shape[0] + int(level.max()))
    return np.asarray(counts, dtype=np.float64)


def _find_gaps(strokes: Floats, height: float) -> tuple[tuple[float, ...], float]:
    """Return the levelled rows at which the cell falls into lines, and the worst gap.

    A gap's quality is the share of the weaker line's strokes that it cuts.
    """
    width = max(3, round(height * 0.25) | 1)
    kernel = np.hanning(width + 2)[1:-1]
    smooth = np.convolve(strokes, kernel / kernel.sum(), "same")
    top = float(smooth.max())
    peaks = [
        i
        for i in range(len(smooth))
        if smooth[i] >= MIN_LINE_SHARE * top
        and smooth[i] >= smooth[max(0, i - 1) : i + 2].max()
        and (i == 0 or smooth[i] > smooth[i - 1])
    ]
    pitch = max(MIN_PITCH_PX, 0.6 * height)
    while len(peaks) > 1:
        # Join the pair of neighbours with the weakest claim to be two lines.
        weakest, claim = 0, np.inf
        middles = _middles(smooth, peaks)
        for i, (a, b) in enumerate(itertools.pairwise(peaks)):
            low = smooth[a : b + 1].min() / min(smooth[a], smooth[b])
            apart = max(b - a, middles[i + 1] - middles[i])
            strength = (1 - low) * min(1.0, apart / pitch)
            if apart >= pitch and low <= GAP_SHARE:
                strength += 1
            if strength < claim:
                weakest, claim = i, strength
        if claim > 1 and len(peaks) <= MAX_LINES:
            break
        a, b = peaks[weakest], peaks[weakest + 1]
        peaks[weakest : weakest + 2] = [a if smooth[a] >= smooth[b] else b]
    gaps, worst = [], 0.0 if len(peaks) > 1 else 1.0
    for a, b in itertools.pairwise(peaks):
        inner = smooth[a : b + 1]
        lowest = np.flatnonzero(inner <= inner.min() + 1e-9)
        gaps.append(a + float(np.median(lowest)))
        worst = max(worst, float(inner.min() / min(smooth[a], smooth[b])))
    return tuple(gaps), worst


def _with_gaps_between_letters(
    gaps: Sequence[float], letters: npt.NDArray[np.int32]
) -> tuple[float, ...]:
    """The gaps with those between lines so close that the tails of one stand amid the other.

    Such lines have no row with fewer strokes, but the middles of their letters (OpenCV's stats,
    a line each) are at two heights, in both lines over much the same width.
    """
    tops, heights = letters[:, cv2.CC_STAT_TOP], letters[:, cv2.CC_STAT_HEIGHT]
    lefts, widths = letters[:, cv2.CC_STAT_LEFT], letters[:, cv2.CC_STAT_WIDTH]
    middles = tops + heights / 2
    found = list(gaps)
    for upper, lower in itertools.pairwise((-np.inf, *gaps, np.inf)):
        here = np.flatnonzero((middles > upper) & (middles <= lower))
        usual = float(np.median(heights[here])) if len(here) else 0.0
        here = here[heights[here] <= TALL_LETTER * usual]
        if len(here) < 2 * LEAST_LETTERS:
            continue
        here = here[np.argsort(middles[here], kind="stable")]
        steps = np.diff(middles[here])[LEAST_LETTERS - 1 : -(LEAST_LETTERS - 1) or None]
        cut = int(np.argmax(steps)) + LEAST_LETTERS
        above, below = here[:cut], here[cut:]
        apart = float(np.median(middles[below]) - np.median(middles[above]))
        left = max(lefts[above].min(), lefts[below].min())
        right = min((lefts + widths)[above].max(), (lefts + widths)[below].max())
        narrower = min(np.ptp(lefts[above]), np.ptp(lefts[below]))
        if (
            steps.max() >= LETTER_STEP * usual
            and apart >= max(MIN_PITCH_PX, LETTER_PITCH * usual)
            and right - left >= BELOW_SHARE * narrower
        ):
            feet = float(np.median((tops + heights)[above]))
            found.append((feet + float(np.median(tops[below]))) / 2)
    return tuple(sorted(found))


def _middles(smooth: Floats, peaks: Sequence[int]) -> list[float]:
    """The middle of the strokes around each peak, up to the gaps beside it.

    A line's highest count may lie anywhere in it, at the bars of an E as at its feet.
    """
    cuts = [0, *(a + int(smooth[a : b + 1].argmin()) for a, b in itertools.pairwise(peaks))]
    parts = itertools.pairwise((*cuts, len(smooth) - 1))
    return [float(np.average(np.arange(a, b + 1), weights=smooth[a : b + 1])) for a, b in parts]


def _assign(
    labels: npt.NDArray[np.int32],
    stats: npt.NDArray[np.int32],
    body: Mask,
    gaps: Sequence[float],
    level: npt.NDArray[np.int64],
) -> npt.NDArray[np.int32]:
    """Return the line number (from 1) of every ink pixel, 0 elsewhere."""
    lines = len(gaps) + 1
    out = np.zeros(labels.shape, dtype=np.int32)
    if lines == 1:
        out[labels > 0] = 1
        return out
    ys, xs = np.nonzero(labels)
    of = labels[ys, xs]
    zone = np.searchsorted(np.asarray(gaps), ys + level[xs], side="right")
    table = np.bincount(of * lines + zone, minlength=len(stats) * lines)
    table = table.reshape(len(stats), lines)
    best = table.argmax(axis=1)
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    cut = (np.sort(share, axis=1)[:, -2] >= CUT_SHARE) & body
    small = np.flatnonzero(~body & (stats[:, cv2.CC_STAT_AREA] > 0))
    for component in small[small > 0]:
        best[component] = _nearest_line(component, stats, body, best)
    out[ys, xs] = np.where(cut[of], zone, best[of]) + 1
    return out


def _nearest_line(
    component: int, stats: npt.NDArray[np.int32], body: Mask, line: npt.NDArray[np.int64]
) -> int:
    """Return the line of the letter nearest to a dot, accent or comma."""
    left, top, width, height = (int(v) for v in stats[component, :4])
    big = np.flatnonzero(body)
    lefts, tops = stats[big, cv2.CC_STAT_LEFT], stats[big, cv2.CC_STAT_TOP]
    rights, bottoms = lefts + stats[big, cv2.CC_STAT_WIDTH], tops + stats[big, cv2.CC_STAT_HEIGHT]
    dx = np.maximum(np.maximum(lefts - (left + width), left - rights), 0)
    dy = np.maximum(np.maximum(tops - (top + height), top - bottoms), 0)
    # A dot stands above its letter: sideways counts double, and of two lines
    # as near as each other the lower one gets it.
    distance = 2.0 * dx + dy - 0.01 * tops
    return int(line[big[int(np.argmin(distance))]])


def _cut(gray: Pixels, mask: Mask) -> TextLine | None:
    """Return one line's ink on white, levelled and trimmed; None without ink."""
    ys, xs = np.nonzero(mask)
    if len(xs) == 0:
        return None
    left, right = int(xs.min()), int(xs.max()) + 1
    top, bottom = int(ys.min()), int(ys.max()) + 1
    box = (
        max(0, left - PAD_PX),
        max(0, top - PAD_PX),
        min(mask.shape[1], right + PAD_PX),
        min(mask.shape[0], bottom + PAD_PX),
    )
    soft = np.ones((2 * SOFT_PX + 1, 2 * SOFT_PX + 1), np.uint8)
    keep = cv2.dilate(mask[top:bottom, left:right].view(np.uint8), soft, borderValue=0)
    ink = np.where(keep > 0, gray[top:bottom, left:right], 255).astype(np.uint8)
    ink = cv2.copyMakeBorder(ink, *(PAD_PX,) * 4, cv2.BORDER_CONSTANT, value=255)
    slope = _line_slope(mask[top:bottom, left:right])
    if abs(slope) >= MIN_SLOPE:
        ink = _level(ink, slope)
    return TextLine(np.ascontiguousarray(ink, dtype=np.uint8), box)


def _level(ink: npt.NDArray[np.uint8], slope: float) -> npt.NDArray[np.uint8]:
    """Shear a line upright-down until it is level, and trim it again."""
    height, width = ink.shape
    rise = abs(slope) * width
    offset = rise if slope > 0 else 0.0
    matrix = np.array([[1.0, 0.0, 0.0], [-slope, 1.0, offset]])
    size = (width, int(np.ceil(height + rise)))
    level = cv2.warpAffine(
        ink, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255
    )
    rows = np.flatnonzero((level < 250).any(axis=1))
    if len(rows):
        first, last = max(0, rows[0] - PAD_PX), min(len(level), rows[-1] + 1 + PAD_PX)
        level = level[first:last]
    return np.asarray(level, dtype=np.uint8)
