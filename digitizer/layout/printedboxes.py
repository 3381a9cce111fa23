"""Find the boxes to tick that are printed in every signer row, for drafts of definitions."""

from collections.abc import Sequence

import cv2
import numpy as np

from digitizer.layout.typicalrow import SCALE, row_size, typical_row
from digitizer.layout.wording import Box
from digitizer.records import PAGE_PX_PER_MM, Pixels, Polygon

# Sides of a box to tick, px, and how unlike they may be: 2 to 7 mm, nearly square.
SIDE_PX = (2 * PAGE_PX_PER_MM, 7 * PAGE_PX_PER_MM)
SQUARE = 1.25
# A box is its four sides: so much of each is drawn, and of what is within so little.
SIDE_SHARE, INNER_SHARE = 0.85, 0.1
# Sides are sought so far in from the box's own edge, and what is within farther in, as a share.
EDGE, INNER = 0.2, 0.25
# Darker than this is printed, gray level.
DARK_LEVEL = 170


def boxes_to_tick(gray: Pixels, rows: Sequence[Polygon]) -> tuple[Box, ...]:
    """Boxes that all ``rows`` (four corners each, page px) share, in shares of a row."""
    width, height = row_size(rows)
    size = (round(width * SCALE), round(height * SCALE))
    dark = (typical_row(gray, rows, size) < DARK_LEVEL).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    least, most = (side * SCALE for side in SIDE_PX)
    found = []
    for left, top, wide, high, _ in stats[1:]:
        if not (least <= wide <= most and least <= high <= most):
            continue
        if max(wide, high) > SQUARE * min(wide, high):
            continue
        if _is_box(dark[top : top + high, left : left + wide]):
            box = (left / size[0], top / size[1], (left + wide) / size[0], (top + high) / size[1])
            found.append(tuple(float(side) for side in box))
    return tuple((a, b, c, d) for a, b, c, d in sorted(found))


def _is_box(piece: Pixels) -> bool:
    """Whether pixels (1: dark), cut at their own edges, are four sides around nothing."""
    high, wide = piece.shape
    dx, dy = max(1, round(EDGE * wide)), max(1, round(EDGE * high))
    sides = (
        piece[:, :dx].max(axis=1), piece[:, -dx:].max(axis=1),
        piece[:dy].max(axis=0), piece[-dy:].max(axis=0),
    )  # fmt: skip
    dx, dy = round(INNER * wide), round(INNER * high)
    inner = piece[dy : high - dy, dx : wide - dx]
    return min(float(s.mean()) for s in sides) >= SIDE_SHARE and inner.mean() <= INNER_SHARE
