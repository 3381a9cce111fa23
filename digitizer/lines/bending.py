"""How far a sheet's own rulings bend: curled, folded or seen aslant, and the way back.

Method: long rulings are followed along their length (``rulings``); on a flat
sheet seen from above each is straight and level. What they deviate by is fitted
with one smooth field over the page, for rows and for columns apart: a spline
along the ruling whose strength changes linearly across the page. The page is
then warped from its scan once more, through that field, so that everything
after it sees straight rows. Strikes, letters' feet and a lone line are outliers
of the fit. Accurate to 0.1 mm where rulings are; it fails where a sheet has
fewer than ``MIN_RULES`` rulings that cross half of it, and then says so (None).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from digitizer.geometry import Points
from digitizer.records import PAGE_PX_PER_MM, Bend, Rule

# Rulings bent by less than this are left as they are, 1.4 mm over the page: cells
# follow them anyhow, and every warp costs time and resamples the strokes.
MIN_BEND_PX = 1.4 * PAGE_PX_PER_MM
# Columns alone may bend by more before they are straightened, 4 mm: cells follow them,
# writing lies along the rows, and dirt on a scanner's glass looks like slanted columns.
MIN_COLUMN_BEND_PX = 4 * PAGE_PX_PER_MM
# More is no sheet of paper on a desk, 30 mm: the rulings were linked wrongly.
MAX_BEND_PX = 30 * PAGE_PX_PER_MM
# Rulings that measure the bend: as long as this share of the median one ...
MIN_LENGTH_SHARE = 0.6
# ... at least so many, the longest over at least this share of the page.
MIN_RULES = 4
MIN_PAGE_SHARE = 0.25
# Knots of the spline along the page: one an inch and a bit follows a fold of 6 mm radius
# to 0.3 mm; half as many smooth it to 0.8 mm.
KNOTS = 22
# Weight of smoothness, per knot, against a ruling's points: enough to tie knots where no
# ruling is seen.
SMOOTHNESS = 0.2
# Rulings of at least this length, 30 mm, whose slopes differ by more than this over the
# page (10th to 90th percentile, by length) call for a second look: flat scans reach
# 0.006, an arch of 4 mm 0.06.
MIN_SLOPED_PX = 30 * PAGE_PX_PER_MM
SLOPE_SPREAD = 0.015
SLOPE_STEPS = 5
# What is left of rulings after the fit, px, in this share of their length: more means it
# was no common bend.
MAX_RESIDUAL_PX = 2.0
EXPLAINED_SHARE = 0.8
# Distance of outliers from the field, px, at which they count half.
OUTLIER_PX = 1.5
# Grid of the field, px: coarser than this shows in a fold.
GRID_PX = 16

_Floats = npt.NDArray[np.float64]


def fit_bend(rules: Sequence[Rule], shape: tuple[int, ...]) -> Bend | None:
    """The bend of a page with these rulings; None where it is flat or cannot be told.

    ``shape``: (height, width) of the page.
    """
    height, width = shape[0], shape[1]
    down = _field([r for r in rules if r.horizontal], width, height, along=0)
    across = _field([r for r in rules if not r.horizontal], height, width, along=1)
    if down is None and (across is None or float(np.ptp(across)) < MIN_COLUMN_BEND_PX):
        return None
    grid = (height // GRID_PX + 2, width // GRID_PX + 2)
    shift = np.zeros((*grid, 2), dtype=np.float32)
    if down is not None:
        shift[..., 1] = down
    if across is not None:
        shift[..., 0] = across.T
    return Bend(GRID_PX, shift)


def seems_bent(rules: Sequence[Rule]) -> bool:
    """Whether pieces of rulings, traced as on a flat page, run in different directions.

    Or columns are not square to rows: a sheet that is folded was leveled by one half.
    """
    for horizontal in (True, False):
        along = 0 if horizontal else 1
        slopes = [
            _slopes(rule.points[:, along], rule.points[:, 1 - along])
            for rule in rules
            if rule.horizontal is horizontal and np.ptp(rule.points[:, along]) >= MIN_SLOPED_PX
        ]
        if len(slopes) >= MIN_RULES:
            low, middle, high = np.percentile(np.concatenate(slopes), [10, 50, 90])
            if high - low > SLOPE_SPREAD or abs(middle) > SLOPE_SPREAD:
                return True
    return False


def _slopes(t: _Floats, v: _Floats) -> _Floats:
    """Slopes along a ruling, each over ``SLOPE_STEPS`` points, 10 mm: noise evens out."""
    n = SLOPE_STEPS
    return np.asarray((v[n:] - v[:-n]) / np.maximum(t[n:] - t[:-n], 1e-6))


def _field(rules: Sequence[Rule], length: int, breadth: int, *, along: int) -> _Floats | None:
    """How far rulings lie off, px, on the grid (breadth, length).

    None: they are straight, or it cannot be told.
    """
    spans = [float(np.ptp(rule.points[:, along])) for rule in rules]
    longest = max(spans, default=0.0)
    if longest < MIN_PAGE_SHARE * length:
        return None
    usual = float(np.median(spans))
    used = [r for r, span in zip(rules, spans, strict=True) if span >= MIN_LENGTH_SHARE * usual]
    if len(used) < MIN_RULES:
        return None
    t = np.concatenate([rule.points[:, along] for rule in used]) / length
    v = np.concatenate([rule.points[:, 1 - along] for rule in used])
    which = np.repeat(np.arange(len(used)), [len(rule.points) for rule in used])
    # No fitted line bends by more than what was traced does: most pages end here.
    if max(float(np.ptp(rule.points[:, 1 - along])) for rule in used) < MIN_BEND_PX:
        return None
    first, last = float(t.min()), float(t.max())
    level = np.array([float(np.median(rule.points[:, 1 - along])) for rule in used])
    middle, spread = float(level.mean()), max(float(np.ptp(level)) / 2, 1.0)
    weights = np.ones(len(t))
    knots = np.linspace(first, last, KNOTS)
    basis = _hats(t, knots)
    for _ in range(8):
        # Unknowns: the level of each ruling, the spline, its change across the page.
        across = (level[which] - middle) / spread
        own = np.zeros((len(t), len(used)))
        own[np.arange(len(t)), which] = 1.0
        matrix = np.hstack([own, basis, basis * across[:, None]])
        solved = _solve(matrix, v, weights, len(used))
        residual = v - matrix @ solved
        weights = 1.0 / (1.0 + (residual / OUTLIER_PX) ** 2)
        level = solved[: len(used)]
    if float(np.quantile(np.abs(residual), EXPLAINED_SHARE)) > MAX_RESIDUAL_PX:
        return None
    bends = v - residual - level[which]
    if max(float(np.ptp(bends[which == k])) for k in range(len(used))) < MIN_BEND_PX:
        return None
    steady, change = solved[len(used) : len(used) + KNOTS], solved[len(used) + KNOTS :]
    at = np.arange(length // GRID_PX + 2) * GRID_PX / length
    # Beyond the rulings as at their ends: what bends there nobody measured.
    hats = _hats(np.clip(at, first, last), knots)
    rows = np.arange(breadth // GRID_PX + 2) * GRID_PX
    # Beyond the first and last ruling the change goes on, but not for long.
    off = np.clip((rows - middle) / spread, -1.5, 1.5)
    field = (hats @ steady)[None, :] + off[:, None] * (hats @ change)[None, :]
    if float(np.ptp(field)) > MAX_BEND_PX:
        return None
    return np.asarray(field, dtype=np.float64)


def _hats(t: _Floats, knots: _Floats) -> _Floats:
    """Cubic B-spline basis (N, K) with knots at equal distances, at places ``t``."""
    step = knots[1] - knots[0]
    far = np.abs(t[:, None] - knots[None, :]) / step
    near = 2 / 3 - far**2 + far**3 / 2
    outer = np.clip(2 - far, 0, None) ** 3 / 6
    values = np.where(far < 1, near, outer)
    return np.asarray(values / values.sum(axis=1, keepdims=True))


def _solve(matrix: _Floats, v: _Floats, weights: _Floats, levels: int) -> _Floats:
    """Weighted least squares; splines are smooth and of mean 0, so levels are the rulings'."""
    root = np.sqrt(weights)[:, None]
    rows, wanted = [matrix * root], [v * root[:, 0]]
    smoothness = SMOOTHNESS * np.sqrt(len(v) / KNOTS)
    bends = np.diff(np.eye(KNOTS), n=2, axis=0) * smoothness
    for start in (levels, levels + KNOTS):
        block = np.zeros((len(bends) + 1, matrix.shape[1]))
        block[:-1, start : start + KNOTS] = bends
        block[-1, start : start + KNOTS] = len(v)  # the gauge: mean 0
        rows.append(block)
        wanted.append(np.zeros(len(block)))
    return np.asarray(np.linalg.lstsq(np.vstack(rows), np.concatenate(wanted), rcond=None)[0])


def bent_points(bend: Bend, points: npt.ArrayLike) -> Points:
    """Points (N, 2) of the straightened page where they lay before."""
    flat = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    rows, columns = bend.shift.shape[:2]
    x = np.clip(flat[:, 0] / bend.step, 0, columns - 1.001)
    y = np.clip(flat[:, 1] / bend.step, 0, rows - 1.001)
    i, j = y.astype(int), x.astype(int)
    b, a = (y - i)[:, None], (x - j)[:, None]
    grid = bend.shift
    upper = grid[i, j] * (1 - a) + grid[i, j + 1] * a
    lower = grid[i + 1, j] * (1 - a) + grid[i + 1, j + 1] * a
    return np.asarray(flat + upper * (1 - b) + lower * b, dtype=np.float64)


def added(first: Bend, second: Bend) -> Bend:
    """One bend for two: ``second`` was measured on the page that ``first`` had straightened."""
    rows, columns = second.shift.shape[:2]
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float64) * second.step
    flat = np.column_stack([x.ravel(), y.ravel()])
    lay = bent_points(first, flat + second.shift.reshape(-1, 2))
    return Bend(second.step, (lay - flat).reshape(second.shift.shape).astype(np.float32))
