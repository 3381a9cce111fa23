"""How well the cells that were found lie on the page's own lines, in millimetres.

Each side of each cell is walked along in steps, and at each step the darkest
thin line within 2 mm to both sides is looked for; its distance is the side's
residual there. The median along a side is taken, so that strokes that cross it
do not matter, and over all sides the 90th percentile: a grid that is right but
for a column that lies 1 mm off shows. Sides where no line is printed (a missing
ruling that was put back in) tell nothing and are counted apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.geometry import as_points
from digitizer.records import PAGE_PX_PER_MM, Pixels, RowPlace

Floats = npt.NDArray[np.float64]

# A line is looked for this far to each side, px: 2 mm.
REACH_PX = 16
# Steps along a side.
STEPS = 24
# The ends of a side are crossings, where other lines run: left out, share of its length.
ENDS = 0.06
# A line is darker by this many gray levels than what lies 4 px to both sides of it.
MIN_RIDGE, BESIDE_PX = 10.0, 4
# Steps of a side that must see a line for the side to count.
MIN_STEPS = 0.4
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


def measure_residual(rows: Sequence[RowPlace], gray: Pixels) -> Residual | None:
    """Residual of the cells of ``rows`` on the flattened page; None: no line is seen."""
    corners = [as_points(cell.polygon) for row in rows for cell in row.cells]
    corners = [quad for quad in corners if len(quad) == 4]
    if not corners:
        return None
    starts = np.concatenate(corners)
    ends = np.concatenate([np.roll(quad, -1, axis=0) for quad in corners])
    long = np.linalg.norm(ends - starts, axis=1) > 2 * REACH_PX
    starts, ends = starts[long], ends[long]
    if len(starts) == 0:
        return None
    ridges = _ridges_across(starts, ends, gray)
    offsets = np.abs(np.argmax(ridges, axis=2) - REACH_PX).astype(np.float64)
    has_line = ridges.max(axis=2) >= MIN_RIDGE
    counted = has_line.mean(axis=1) >= MIN_STEPS
    if not counted.any():
        return None
    offsets[~has_line] = np.nan
    middles = np.nanmedian(offsets[counted], axis=1)
    return Residual(
        mm=float(np.percentile(middles, PERCENTILE)) / PAGE_PX_PER_MM,
        seen=float(counted.mean()),
    )


def _ridges_across(starts: Floats, ends: Floats, gray: Pixels) -> Floats:
    """Darkness of a thin line (sides, STEPS, 2 * REACH_PX + 1) across each side."""
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
    flat = at.reshape(len(starts) * STEPS, len(reach), 2).astype(np.float32)
    seen = cv2.remap(
        gray, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    values: Floats = np.asarray(seen, dtype=np.float64).reshape(len(starts), STEPS, len(reach))
    # Neighbouring steps together: a line runs on, a stroke does not.
    padded = np.pad(values, ((0, 0), (1, 1), (0, 0)), mode="edge")
    values = (padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]) / 3
    before = values[:, :, : -2 * BESIDE_PX]
    after = values[:, :, 2 * BESIDE_PX :]
    return np.asarray(np.minimum(before, after) - values[:, :, BESIDE_PX:-BESIDE_PX])
