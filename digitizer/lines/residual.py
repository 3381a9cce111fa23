"""How well the cells that were found lie on the page's own lines, in millimetres.

Each side of each cell is walked along in steps, and at each step the nearest
clear thin line within 2 mm to both sides is looked for; its distance is the side's
residual there. What jumps from step to step is writing, and no line. The median
along a side is taken, so that strokes that cross it do not matter, and over all
sides the 90th percentile: a grid that is right but for a column that lies 1 mm off
shows. Sides where no line is printed (a missing ruling that was put back in, the
edge of a gray band) tell nothing and are counted apart: upright strokes beside a side
that parts two columns unseen are lines in some rows, a ruling in all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.geometry import as_points
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Pixels, RowPlace, Rule

Floats = npt.NDArray[np.float64]

# A line is looked for this far to each side, px: 2 mm.
REACH_PX = 16
# Steps along a side.
STEPS = 24
# The ends of a side are crossings, where other lines run: left out, share of its length.
ENDS = 0.06
# A line is darker by this many gray levels than what lies 4 px to both sides of it.
MIN_RIDGE, BESIDE_PX = 10.0, 4
# Of several lines the nearest of those that are this dark, as a share of the darkest: a comb
# or a box may be printed within 2 mm of a cell's side, in a blacker line.
CLEAR_SHARE = 0.5
# A line goes on from step to step within this, px, at most steps: writing beside a side
# that has no line (of a gray band) does not.
STEADY_PX, STEADY_SHARE = 2.0, 0.7
# Gray levels by which the paper on both sides of a band's edge differs, and how far off it.
BAND_STEP, BAND_PX, PAPER_QUANTILE = 5.0, (5, 10, 15), 0.85
# A side between columns is ruled if a ruling runs by it in this share of the rows.
SEEN_ROWS = 0.3
# Steps of a side that must see a line for the side to count.
MIN_STEPS = 0.4
# A side down that no traced ruling shows counts where so many cells or more have it, in this
# share of which a line is there: strokes made one in up to 0.53 of 15 rows.
SHOWN_ROWS, SHOWN_SHARE = 4, 0.75
# The residual told is this percentile of all sides'.
PERCENTILE = 90.0
# Cells farther off their lines than this are a bad fit, mm: a third of the padding
# that crops have would be gone, and a tall letter of the row above comes in.
MAX_RESIDUAL_MM = 1.0


@dataclass(frozen=True, slots=True)
class Residual:
    """``mm``: 90th percentile of the sides' distances; ``seen``: share of sides with a line."""

    mm: float
    seen: float

    @property
    def is_bad(self) -> bool:
        """Whether a person should look where the cells lie."""
        return self.mm > MAX_RESIDUAL_MM


def measure_residual(
    rows: Sequence[RowPlace], gray: Pixels, rules: Sequence[Rule]
) -> Residual | None:
    """Residual of the cells of ``rows`` on the flattened page; None: no line is seen.

    ``rules``: those that were traced on the page.
    """
    cells = [(cell.column, as_points(cell.polygon)) for row in rows for cell in row.cells]
    cells = [(column, quad) for column, quad in cells if len(quad) == 4]
    if not cells:
        return None
    starts = np.concatenate([quad for _, quad in cells])
    ends = np.concatenate([np.roll(quad, -1, axis=0) for _, quad in cells])
    sides = np.array([(column, str(k)) for column, _ in cells for k in range(4)])
    long = np.linalg.norm(ends - starts, axis=1) > 2 * REACH_PX
    starts, ends, sides = starts[long], ends[long], sides[long]
    if len(starts) == 0:
        return None
    values = _across(starts, ends, gray)
    ridges = _ridges(values)
    darkest = ridges.max(axis=2, keepdims=True)
    clear = (ridges >= np.maximum(CLEAR_SHARE * darkest, MIN_RIDGE)) & _is_peak(ridges)
    far = np.abs(np.arange(2 * REACH_PX + 1) - REACH_PX)
    nearest = np.argmin(np.where(clear, far, far.size), axis=2)
    offsets = (nearest - REACH_PX).astype(np.float64)
    has_line = clear.any(axis=2)
    offsets[~has_line] = np.nan
    counted = (has_line.mean(axis=1) >= MIN_STEPS) & _is_steady(offsets) & ~_is_band(values)
    counted &= _may_be_ruled(starts, ends, sides, counted, rules)
    if not counted.any():
        return None
    middles = np.nanmedian(np.abs(offsets[counted]), axis=1)
    return Residual(
        mm=float(np.percentile(middles, PERCENTILE)) / PAGE_PX_PER_MM,
        seen=float(counted.mean()),
    )


def _may_be_ruled(
    starts: Floats,
    ends: Floats,
    sides: npt.NDArray[np.str_],
    shown: npt.NDArray[np.bool_],
    rules: Sequence[Rule],
) -> npt.NDArray[np.bool_]:
    """Which sides have a ruling, traced or not; those across are told by their rows.

    ``sides``: (N, 2), the column of each and which of its cells' four it is; ``shown``: those
    that a line is beside, of a pen or of print.
    """
    _, column = np.unique(sides, axis=0, return_inverse=True)
    column = column.ravel()
    count = np.bincount(column)
    many = (count >= SHOWN_ROWS) & (np.bincount(column, shown) >= SHOWN_SHARE * count)
    middles, along = (starts + ends) / 2, np.abs(ends - starts)
    ruled = many[column] | (along[:, 0] >= along[:, 1])
    down = [rule for rule in rules if not rule.horizontal]
    for n in np.flatnonzero(shown & ~ruled):
        ruled[n] = is_ruled(down, float(middles[n, 0]), float(middles[n, 1]))
    return np.asarray(ruled)


def _is_peak(ridges: Floats) -> npt.NDArray[np.bool_]:
    """Whether a ridge is nowhere darker right beside: the middle of its line."""
    padded = np.pad(ridges, ((0, 0), (0, 0), (1, 1)), constant_values=-np.inf)
    return np.asarray((ridges >= padded[..., :-2]) & (ridges >= padded[..., 2:]))


def _is_steady(offsets: Floats) -> npt.NDArray[np.bool_]:
    """Whether what is seen along a side (sides, STEPS; NaN: nothing) goes on as a line does."""
    jumps = np.abs(np.diff(offsets, axis=1))
    seen = ~np.isnan(jumps)
    steady = (np.where(seen, jumps, np.inf) <= STEADY_PX).sum(axis=1)
    return np.asarray(steady >= STEADY_SHARE * np.maximum(seen.sum(axis=1), 1))


def _is_band(values: Floats) -> npt.NDArray[np.bool_]:
    """Whether the paper is grayer on one side of a side than on the other: writing is not paper."""
    middle, far = values.shape[2] // 2, np.array(BAND_PX)
    before, after = (
        np.quantile(values[:, :, middle + at], PAPER_QUANTILE, axis=1).T for at in (-far, far)
    )
    steps = after - before
    # A line beside the side stands at one of the distances only.
    return np.asarray((steps >= BAND_STEP).all(axis=0) | (steps <= -BAND_STEP).all(axis=0))


def _across(starts: Floats, ends: Floats, gray: Pixels) -> Floats:
    """Gray levels across each side (sides, STEPS, 2 * (REACH_PX + BESIDE_PX) + 1)."""
    along = ends - starts
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    normal /= np.linalg.norm(along, axis=1, keepdims=True)
    steps = np.linspace(ENDS, 1 - ENDS, STEPS)
    reach = np.arange(-REACH_PX - BESIDE_PX, REACH_PX + BESIDE_PX + 1)
    at = (
        starts[:, None, None, :]
        + along[:, None, None, :] * steps[None, :, None, None]
        + normal[:, None, None, :] * reach[None, None, :, None]
    ) - 0.5
    # One side a row: OpenCV takes no picture of 32,767 rows, and a sheet may have 2,000 sides.
    flat = at.reshape(len(starts), STEPS * len(reach), 2).astype(np.float32)
    seen = cv2.remap(
        gray, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    values: Floats = np.asarray(seen, dtype=np.float64).reshape(len(starts), STEPS, len(reach))
    # Neighbouring steps together: a line runs on, a stroke does not.
    padded = np.pad(values, ((0, 0), (1, 1), (0, 0)), mode="edge")
    return np.asarray((padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]) / 3)


def _ridges(values: Floats) -> Floats:
    """Darkness of a thin line (sides, STEPS, 2 * REACH_PX + 1) across each side."""
    before = values[:, :, : -2 * BESIDE_PX]
    after = values[:, :, 2 * BESIDE_PX :]
    return np.asarray(np.minimum(before, after) - values[:, :, BESIDE_PX:-BESIDE_PX])


def unruled_sides(
    rows: Sequence[RowPlace], rules: Sequence[Rule], columns: Sequence[Sequence[str]]
) -> tuple[int, ...]:
    """Which columns end at a side that no traced ruling shows, where others' sides are ruled.

    ``columns``: the names of each column's cells, from left to right; the answer counts them
    from 0. A side so found was put in by the heads over it and may be off by centimetres.
    Nothing is said of tables without any ruled side between columns, nor of outer sides.
    """
    down = [rule for rule in rules if not rule.horizontal]
    seen, shown = np.zeros(len(columns)), 0
    for row in rows:
        cells = {cell.column: as_points(cell.polygon) for cell in row.cells}
        outer = max((float(points[:, 0].max()) for points in cells.values()), default=0.0)
        shown += bool(cells)
        for number, names in enumerate(columns):
            parts = [cells[name] for name in names if name in cells]
            if not parts:
                continue
            points = np.concatenate(parts)
            end, y = float(points[:, 0].max()), float(points[:, 1].mean())
            seen[number] += outer - end <= REACH_PX or is_ruled(down, end, y)
    placed = {cell.column for row in rows for cell in row.cells}
    found = np.array([not placed.isdisjoint(names) for names in columns], dtype=np.bool_)
    inner = (seen < SEEN_ROWS * max(1, shown)) & found
    # The last column ends at the table's own side; without another ruled side it is an open table.
    return tuple(np.flatnonzero(inner).tolist()) if (found & ~inner).sum() >= 2 else ()


def is_ruled(down: Sequence[Rule], x: float, y: float) -> bool:
    """Whether a ruling from top to bottom runs by a point."""
    return any(
        first <= y <= last and abs(rule_at(rule, y) - x) <= REACH_PX
        for rule in down
        for first, last in (rule_span(rule),)
    )
