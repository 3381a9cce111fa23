"""Find the written ink of a page: threshold and ruling removal.

Pure array functions; ``segment`` turns pages into arrays and arrays into crops.

Threshold: ink is what is darker than the paper around it by several times the
noise of this page *and* by a share of the darkest pixel near by. The first
term lets faint pencil through on a quiet page and keeps the grain of a noisy
one out; the second keeps strokes and rulings at their true width, which the
ruling removal counts on.

Rulings: follow each traced line, moved onto the ridge that is really there,
and wipe only runs across it that are no thicker than the ruling. Where a
stroke crosses, the run is longer and stays whole. Opening with a long kernel,
the usual way, eats every stroke along the ruling (``benchmarks/ink.py`` prints
both). It fails where a stroke runs inside the ruling for long, and where a
ruling is drawn by hand and thicker than 1.5 mm.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import PAGE_PX_PER_MM, Pixels
from digitizer.writing import rulenet
from digitizer.writing.papertone import paper_tone

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

# Darkness (0..255 below the paper) that ink must have on a noiseless page.
# Faint pencil and third-generation copies show 25 to 40 after flattening,
# JPEG ringing around print stays below 12.
MIN_INK_DARKNESS = 16.0

# Ink must stand out of the paper's noise by this many standard deviations:
# with 3.7 million pixels a page, 4 leaves about 100 single specks.
NOISE_FACTOR = 4.0

# Ink has at least this share of the darkness of the page's print: writing on
# the back shines through with up to a sixth of it, faint pencil has a quarter.
PRINT_SHARE = 0.14

# A pixel counts as ink from this share of the darkest pixel within
# LOCAL_REACH_PX on: near one half, a blurred edge is cut at the stroke's width.
LOCAL_SHARE = 0.4
LOCAL_REACH_PX = 2

# Pale areas wider and higher than any pen's stroke (px, 1.1 mm) are shading, a
# fold's shadow or a stain; pale: under this share of the print's darkness.
SHADE_PX = 9
SHADE_SHARE = 0.4

# Areas of one tone as wide and high as this (px, 10 by 2.25 mm), paler than this share of the
# print, are a highlighter's stroke, a spill: ink on them is what is darker still.
BAND_PX, BAND_SHARE, BAND_EDGE_PX = (80, 18), 0.75, 3

# Noise (standard deviation, gray levels) from which the page is smoothed first;
# smoothing a quiet page would only fatten its rulings.
SMOOTH_NOISE = 5.0

# Rulings are looked for this far (px, 0.75 mm) from where they were traced, and
# no farther than halfway to the next: a streak beside a border is not the border.
SNAP_REACH_PX = 6
LEAST_REACH_PX = 2
# Length (px, 12 mm) over which the ridge is averaged: longer than letters,
# short enough for the bend of a curled sheet.
SNAP_BLOCK_PX = 96
SNAP_STEP_PX = 24
# No column says more than this many times what is usual along the ruling, and than this
# many gray levels.
RIDGE_EXCESS, LEAST_RIDGE = 1.25, 16.0
# A ruling goes on unseen under words up to this length (px, 32 mm).
HIDDEN_PX = 255
# Runs across a ruling may exceed its thickness by this much (px) and still be
# ruling: scanner edges wobble by a pixel. Two would eat pen strokes.
RUN_SLACK_PX = 1
# The ruling's own look is measured over this length (px, 12 mm) ...
PROFILE_BLOCK_PX = 96
# ... and a pixel is stroke if it is darker by this many spreads (quartile to middle).
PROFILE_SPREADS = 1.5
# ... and by at least this many gray levels.
PROFILE_EXCESS = 35.0
# A run counts as on the ruling if it is no farther (px) from the ridge's middle.
CENTER_SLACK_PX = 2
# A second line (double rulings) is searched this far off (px, 1.4 mm) ...
COMPANION_REACH_PX = 11
# ... and believed if this share of its blocks is inked this densely.
COMPANION_BLOCKS = 0.6
COMPANION_COVER = 0.7
# White between the lines of a double ruling is part of it up to this, 0.25 mm (even: the window
# must be odd), where there are two over this share of it: bare doubles have 0.42 to 1, single
# ones with writing all along them up to 0.34.
DOUBLE_GAP_PX, DOUBLE_SHARE = 2, 0.4
# Ink that never leaves this distance (px) of a ruling's edge is its residue.
RESIDUE_PX = 2
# Where ink lies this near (px) to a ruling the network is asked, this far around.
BESIDE_PX, AROUND_PX = 8, 12
# ... and a pixel is stroke from this likelihood on.
LIKELY = 0.14
# From this one on it is, though it did not look like ink.
SURELY = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class PageInk:
    """Ink of a page, rulings included.

    ``darkness`` (H, W) uint8 below the local paper; ``mask`` (H, W) bool;
    ``noise`` standard deviation of the paper, ``threshold`` the least darkness
    of ink and ``print_darkness`` that of print and rulings, in gray levels.
    """

    darkness: Pixels
    mask: Mask
    noise: float
    threshold: float
    print_darkness: float


@dataclass(frozen=True, slots=True, eq=False)
class RulePath:
    """Where a ruling really runs: ``centers[i]`` is its row at column ``start + i``.

    Rows and columns are swapped for vertical rulings. ``inked[i]`` says whether
    the line shows there; ``thickness`` in px.
    """

    start: int
    centers: Floats
    inked: Mask
    thickness: float
    horizontal: bool


@dataclass(frozen=True, slots=True, eq=False)
class Unruled:
    """Ink without rulings.

    ``mask``: strokes; ``wiped``: pixels taken for ruling; ``band_h`` and
    ``band_v``: zones of the horizontal and vertical rulings, residue included.
    """

    mask: Mask
    wiped: Mask
    band_h: Mask
    band_v: Mask


def measure_ink(gray: Pixels) -> PageInk:
    """Tell ink from paper in a flattened page (H, W)."""
    small = cv2.resize(gray, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.resize(
        paper_tone(small), (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_LINEAR
    )
    darkness = cv2.subtract(paper, gray)
    noise = _noise(paper, gray)
    if noise > SMOOTH_NOISE:
        smooth = cv2.GaussianBlur(gray, (3, 3), 0.9)
        darkness = cv2.subtract(paper, smooth)
        noise = _noise(paper, smooth)
    threshold = max(MIN_INK_DARKNESS, NOISE_FACTOR * noise)
    # Half of a page's dark strokes are print and rulings, as dark as it gets.
    wide = np.ones((SHADE_PX, SHADE_PX), np.uint8)
    thin = cv2.morphologyEx(darkness, cv2.MORPH_TOPHAT, wide)
    counts = np.bincount(thin.ravel(), minlength=256)
    counts[: int(threshold)] = 0
    cumulated = counts.cumsum()
    strong = float(np.searchsorted(cumulated, 0.75 * cumulated[-1]))
    threshold = max(threshold, PRINT_SHARE * strong)
    darkness = _without_bands(np.asarray(darkness, dtype=np.uint8), threshold, strong)
    size = 2 * LOCAL_REACH_PX + 1
    darkest = cv2.dilate(darkness, np.ones((size, size), np.uint8))
    bound = cv2.max(cv2.convertScaleAbs(darkest, alpha=LOCAL_SHARE), round(threshold))
    inked = cv2.compare(darkness, bound, cv2.CMP_GE)
    pale = cv2.min(inked, cv2.compare(darkness, round(SHADE_SHARE * strong), cv2.CMP_LT))
    shade = cv2.dilate(cv2.morphologyEx(pale, cv2.MORPH_OPEN, wide), wide)
    mask = np.asarray((inked > 0) & ~((pale > 0) & (shade > 0)), dtype=np.bool_)
    return PageInk(np.asarray(darkness, dtype=np.uint8), mask, noise, threshold, strong)


def _without_bands(darkness: Pixels, threshold: float, strong: float) -> Pixels:
    """The darkness of a page without that of areas wider than any pen's stroke."""
    wide, high = BAND_PX
    level = cv2.erode(darkness, np.ones((high, wide), np.uint8))
    level[(level < threshold) | (level >= BAND_SHARE * strong)] = 0
    if not level.any():
        return darkness
    # Its soft edge is no ink either.
    more = 2 * BAND_EDGE_PX
    level = cv2.dilate(level, np.ones((high + more, wide + more), np.uint8))
    return np.asarray(cv2.subtract(darkness, level), dtype=np.uint8)


def _noise(paper: npt.NDArray[np.uint8], gray: npt.NDArray[np.uint8]) -> float:
    """Return the paper's standard deviation, from the median: ink is a minority."""
    spread = cv2.absdiff(paper, gray)
    counts = np.bincount(spread[::2, ::2].ravel(), minlength=256).cumsum()
    # A histogram's median is whole gray levels; interpolate inside the level.
    half = counts[-1] / 2
    level = int(np.searchsorted(counts, half))
    below = counts[level - 1] if level else 0
    inside = (half - below) / max(1, counts[level] - below)
    return float(1.4826 * max(0.0, level - 0.5 + inside))


def snap_rule(
    darkness: Pixels,
    points: npt.NDArray[np.float64],
    horizontal: bool,
    thickness: float,
    *,
    beside_px: float = np.inf,
) -> RulePath | None:
    """Move a traced ruling onto the thin dark ridge nearest to it.

    ``points`` (N, 2) as in ``records.Rule``. ``beside_px``: how near the next
    ruling runs. None if it lies outside the page.
    """
    plane = darkness if horizontal else darkness.T
    along, across = (points[:, 0], points[:, 1]) if horizontal else (points[:, 1], points[:, 0])
    start, stop = max(0, int(along.min())), min(plane.shape[1], int(along.max()) + 1)
    if stop - start < 2:
        return None
    order = np.argsort(along)
    columns = np.arange(start, stop)
    guess = np.interp(columns, along[order], across[order]).astype(np.float32)
    reach = int(np.clip(beside_px / 2, LEAST_REACH_PX, SNAP_REACH_PX))
    offsets, response = _follow_ridge(plane, columns, guess, thickness, reach)
    # Seen where the ridge stands out at all: a quarter of its usual height,
    # and more than rounding errors.
    usual = float(np.median(response))
    seen = np.asarray(response > max(2.0, 0.25 * usual))
    # Words written along the line hide its ridge; the line goes on below them.
    inked = cv2.morphologyEx(seen.view(np.uint8)[None], cv2.MORPH_CLOSE, np.ones((1, HIDDEN_PX)))
    inked = np.asarray(inked[0] > 0)
    return RulePath(start, guess + offsets, inked, thickness, horizontal)


def _strip(
    plane: npt.NDArray[np.uint8] | Mask, columns: Ints, centers: Floats, reach: int
) -> tuple[Ints, npt.NDArray[np.uint8]]:
    """Cut the (2 * reach + 1, N) strip along ``centers``; also return its rows."""
    rows = np.rint(centers).astype(np.int32)[None, :] + np.arange(-reach, reach + 1)[:, None]
    rows = np.clip(rows, 0, plane.shape[0] - 1)
    return rows, plane[rows, columns[None, :]].astype(np.uint8)


def _follow_ridge(
    plane: Pixels, columns: Ints, guess: Floats, thickness: float, reach: int
) -> tuple[Floats, Floats]:
    """Return the ridge's offset from ``guess`` and its height, for each column."""
    core = max(1, round(thickness))
    flank = core // 2 + 3
    _, strip = _strip(plane, columns, guess, reach + flank)
    knots = np.arange(0, len(columns), SNAP_STEP_PX)
    means = strip.astype(np.float32)
    center = cv2.blur(means, (1, core | 1))
    depth = 2 * reach + 1
    middle = center[flank : flank + depth]
    above, below = means[:depth], means[2 * flank : 2 * flank + depth]
    # The ridge must be darker than both sides; a word's edge is so on one only.
    ridge = middle - np.maximum(above, below)
    # A line of writing is darker than a pale ruling, but not at every column.
    most = max(LEAST_RIDGE, RIDGE_EXCESS * float(np.median(ridge, axis=1).max()))
    ridge = np.clip(ridge, -most, most)
    response = np.maximum(cv2.blur(ridge, (SNAP_BLOCK_PX + 1, 1))[:, knots], 0.0)
    path = _best_path(response)
    at = np.arange(len(knots))
    heights = response[path, at]
    # The ridge's top between the pixels: the parabola through three responses.
    up, down = response[np.maximum(path - 1, 0), at], response[np.minimum(path + 1, depth - 1), at]
    bend = np.maximum(2 * heights - up - down, 1e-3)
    top = path - reach + np.clip((down - up) / (2 * bend), -0.5, 0.5)
    offsets = np.interp(np.arange(len(columns)), knots, top)
    seen = np.interp(np.arange(len(columns)), knots, heights)
    return offsets.astype(np.float32), seen.astype(np.float32)


def _best_path(response: Floats) -> npt.NDArray[np.int64]:
    """Return the row, for each column, of the strongest path that bends gently."""
    depth, count = response.shape
    # A step of 1 px in 24 costs what a sixth of the usual ridge gives; far
    # offsets lose ties, so that a missing ruling stays where it was traced.
    usual = float(np.median(response.max(axis=0))) + 1e-3
    prior = -0.02 * usual * np.abs(np.arange(depth) - depth // 2)
    score = response[:, 0] + prior
    back = np.zeros((depth, count), dtype=np.int64)
    for i in range(1, count):
        up = np.concatenate([[-np.inf], score[:-1]]) - usual / 6
        down = np.concatenate([score[1:], [-np.inf]]) - usual / 6
        options = np.stack([score, up, down])
        best = options.argmax(axis=0)
        back[:, i] = np.arange(depth) + np.array([0, -1, 1])[best]
        score = options.max(axis=0) + response[:, i] + prior
    path = np.zeros(count, dtype=np.int64)
    path[-1] = int(score.argmax())
    for i in range(count - 1, 0, -1):
        path[i - 1] = back[path[i], i]
    return path


def remove_rules(ink: PageInk, paths: Sequence[RulePath]) -> Unruled:
    """Wipe the rulings out of the ink; strokes that cross them stay."""
    mask = ink.mask.copy()
    band_h, band_v = np.zeros_like(mask), np.zeros_like(mask)
    strong, turned = ink.print_darkness, np.ascontiguousarray(ink.darkness.T)
    for path in paths:
        plane, dark, band = (
            (mask, ink.darkness, band_h) if path.horizontal else (mask.T, turned, band_v.T)
        )
        columns = np.arange(path.start, path.start + len(path.centers), dtype=np.int32)
        _wipe(plane, dark, band, columns, path.centers, path.inked, path.thickness, strong)
        for centers, inked in _companions(plane, columns, path):
            _wipe(plane, dark, band, columns, centers, inked, path.thickness, strong)
    return Unruled(mask, ink.mask & ~mask, band_h, band_v)


def _wipe(
    plane: Mask,
    dark: Pixels,
    band: Mask,
    columns: Ints,
    centers: Floats,
    inked: Mask,
    thickness: float,
    strong: float,
) -> None:
    """Clear thin runs along ``centers`` in ``plane`` and mark the zone in ``band``."""
    reach = int(2 * thickness) + 10
    rows, strip = _strip(plane, columns, centers, reach)
    above, below = _runs(strip, reach)
    run = above + below + 1
    # Two lines so near each other are traced as one, and go as one.
    joined = cv2.morphologyEx(strip, cv2.MORPH_CLOSE, np.ones((DOUBLE_GAP_PX + 1, 1), np.uint8))
    with_second = _runs(joined, reach)
    both = with_second[0] + with_second[1] + 1
    double = (both > run) & (both <= 2 * thickness + 4) & inked
    if double.sum() > DOUBLE_SHARE * inked.sum():
        (above, below), run = with_second, both
    usual = _usual_run(run, thickness)
    thick = (run > np.rint(usual) + RUN_SLACK_PX).astype(np.uint8)[None]
    # A crossing stroke leaves no stripes: holes between its columns close up.
    thick = cv2.morphologyEx(thick, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))[0] > 0
    wipe = inked & (run > 0) & ~thick
    offsets = np.arange(-reach, reach + 1, dtype=np.int32)[:, None]
    inside = (offsets >= -above) & (offsets <= below) & wipe & (strip > 0)
    core = np.flatnonzero(inside.any(axis=1))
    if len(core):
        part = slice(int(core[0]), int(core[-1]) + 1)
        aligned = _aligned(dark, columns, centers, offsets[part])
        inside[part] &= ~_beyond_rule(aligned, wipe)
    near = np.abs(offsets) <= usual / 2 + RESIDUE_PX
    zone = near & inked[None, :]
    y, x = rows[zone], np.broadcast_to(columns, rows.shape)[zone]
    # Written stretches in one: bare ruling meets bare ruling where they join.
    at = np.flatnonzero(_written(strip, np.abs(offsets), usual, inked, thick))
    if len(at):
        shown = rulenet.as_input(rulenet.sample_strip(dark, columns, centers), strong)
        likely = _on_pixels(rulenet.stroke_likelihood(shown[:, :, at]), centers[at], rows[:, at])
        inside[:, at] = np.where(zone[:, at], likely < LIKELY, inside[:, at])
        # Beside a black ruling a pale stroke is no ink by the page's own measure.
        pale = zone[:, at] & (likely >= SURELY)
        plane[rows[:, at][pale], np.broadcast_to(columns[at], pale.shape)[pale]] = True
    plane[rows[inside], np.broadcast_to(columns, rows.shape)[inside]] = False
    band[y, x] = True


def _written(
    strip: npt.NDArray[np.uint8], away: Ints, usual: Floats, inked: Mask, thick: Mask
) -> Mask:
    """Which columns have ink close beside the ruling, with some ruling on both sides."""
    beside = (away > usual / 2 + 1) & (away <= BESIDE_PX) & (strip > 0)
    busy = ((beside.any(axis=0) | thick) & inked).astype(np.uint8)[None]
    return np.asarray(cv2.dilate(busy, np.ones((1, 2 * AROUND_PX + 1), np.uint8))[0] > 0)


def _on_pixels(likely: Floats, centers: Floats, rows: Ints) -> Floats:
    """From distances to the ruling's exact middle back to the pixels of ``rows``."""
    at = rows - centers[None, :] + rulenet.REACH_PX
    x = np.broadcast_to(np.arange(len(centers), dtype=np.float32), at.shape)
    back = cv2.remap(
        likely, np.ascontiguousarray(x), at.astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(back, dtype=np.float32)


def _runs(strip: npt.NDArray[np.uint8], middle: int) -> tuple[Ints, Ints]:
    """Return how far the run on each column's ruling reaches above and below ``middle``.

    The run is the one nearest to the middle row, at most CENTER_SLACK_PX off;
    without one the two numbers add up to -1. A run beside the middle gives a
    negative number for one of them.
    """
    above = np.zeros(strip.shape[1], dtype=np.int32)
    below = np.full(strip.shape[1], -1, dtype=np.int32)
    open_ = np.ones(strip.shape[1], dtype=np.bool_)
    for shift in sorted(range(-CENTER_SLACK_PX, CENTER_SLACK_PX + 1), key=abs):
        at = middle + shift
        here = open_ & (strip[at] > 0)
        up = np.cumprod(strip[at - 1 :: -1, here], axis=0, dtype=np.int32).sum(axis=0)
        down = np.cumprod(strip[at + 1 :, here], axis=0, dtype=np.int32).sum(axis=0)
        above[here], below[here] = up - shift, down + shift
        open_ &= ~here
    return above, below


def _aligned(dark: Pixels, columns: Ints, centers: Floats, offsets: Ints) -> Floats:
    """Sample a strip at ``offsets`` from the exact centre line, between pixels."""
    at = centers[None, :] + offsets
    rows = np.clip(np.floor(at).astype(np.int32), 0, dark.shape[0] - 2)
    share = np.clip(at - rows, 0.0, 1.0).astype(np.float32)
    upper = dark[rows, columns[None, :]].astype(np.float32)
    lower = dark[rows + 1, columns[None, :]].astype(np.float32)
    return np.asarray(upper + share * (lower - upper), dtype=np.float32)


def _beyond_rule(dark: Floats, thin: Mask) -> Mask:
    """Say which pixels of a strip are darker than its ruling there explains.

    ``dark`` (D, N) darkness along the ruling, ``thin`` (N,) columns that look
    like bare ruling. A stroke that runs inside a ruling darkens or widens it.
    """
    beyond = np.zeros(dark.shape, dtype=np.bool_)
    usual: Floats | None = None
    for left in range(0, dark.shape[1], PROFILE_BLOCK_PX):
        right = left + PROFILE_BLOCK_PX
        near = slice(max(0, left - PROFILE_BLOCK_PX // 2), right + PROFILE_BLOCK_PX // 2)
        bare = dark[:, near][:, thin[near]]
        if bare.shape[1] >= PROFILE_BLOCK_PX // 4:
            ranked = np.sort(bare, axis=1)
            low, middle = ranked[:, bare.shape[1] // 4], ranked[:, bare.shape[1] // 2]
            spread = np.maximum(middle - low, 1.0)
            excess = np.maximum(PROFILE_SPREADS * spread, PROFILE_EXCESS)
            usual = (middle + excess)[:, None]
        if usual is None:
            continue
        beyond[:, left:right] = cv2.blur(dark[:, left:right], (3, 1)) > usual
    return beyond


def _usual_run(run: Ints, thickness: float) -> Floats:
    """Return the ruling's own thickness at each column: the median of thin runs near by."""
    bound = 2 * thickness + 4
    thin = (run > 0) & (run <= bound)
    overall = float(np.median(run[thin])) if thin.any() else thickness
    knots = np.arange(0, len(run), SNAP_BLOCK_PX)
    local = np.full(len(knots), overall)
    for i, left in enumerate(knots):
        near = slice(max(0, left - SNAP_BLOCK_PX), left + SNAP_BLOCK_PX)
        values = run[near][thin[near]]
        if len(values) >= SNAP_BLOCK_PX // 2:
            local[i] = np.median(values)
    return np.asarray(np.interp(np.arange(len(run)), knots, local), dtype=np.float32)


def _companions(plane: Mask, columns: Ints, path: RulePath) -> list[tuple[Floats, Mask]]:
    """Find further lines close beside a wiped ruling (double rulings)."""
    found: list[tuple[Floats, Mask]] = []
    _, strip = _strip(plane, columns, path.centers, COMPANION_REACH_PX)
    cover = cv2.blur(strip.astype(np.float32), (SNAP_BLOCK_PX + 1, 1))
    cover = cv2.blur(cover, (1, 3)) * np.float32(1.5)  # a line may wander by a pixel
    knots = np.arange(0, len(columns), SNAP_STEP_PX)
    cover = cover[:, knots]
    for side in (slice(0, COMPANION_REACH_PX), slice(COMPANION_REACH_PX + 1, None)):
        part = cover[side]
        if (part.max(axis=0) >= COMPANION_COVER).mean() < COMPANION_BLOCKS:
            continue
        rows = _best_path(part)
        dense = part[rows, np.arange(len(knots))] >= COMPANION_COVER
        if dense.mean() < COMPANION_BLOCKS:
            continue
        offsets = rows + (side.start or 0) - COMPANION_REACH_PX
        at = np.arange(len(columns))
        shift = np.interp(at, knots, offsets).astype(np.float32)
        inked = np.interp(at, knots, dense.astype(float)) > 0.5
        found.append((path.centers + shift, np.asarray(inked)))
    return found


def px(length_mm: float) -> int:
    """Return a length in whole page pixels, at least 1."""
    return max(1, round(length_mm * PAGE_PX_PER_MM))
