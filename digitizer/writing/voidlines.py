"""Long lines over a table: the Z or slash that closes rows nobody used, a cross that voids a sheet.

A pen's stroke that runs on straight and aslant for longer than any letter or signature does.
Letters that it touches are one piece of ink with it, so it is told by its own course: what
lies within a pen's width of that is the line's. What is left of rulings is not aslant. It
fails on lines drawn in curves, and on those straight down a column, which stand for dittos.
"""

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import PAGE_PX_PER_MM

Mask = npt.NDArray[np.bool_]

# Lines are sought at a quarter of the page's resolution.
QUARTER = 4
# A hand's line is straight over so many mm, with holes of so many; the whole of it is longer.
STRAIGHT_MM, HOLE_MM, LONG_MM = 25.0, 2.0, 60.0
# Aslant by so many degrees against rows and columns.
ASLANT_DEG = 5.0
# Ink so near (mm) to its course is a line's own.
NEAR_MM = 1.5
# Of a quarter's pixels so many on one course are looked at.
VOTES = 30


def lines_in(part: Mask) -> Mask:
    """The ink (h, w) of a piece that is of a long line aslant, and of straight ones joined to it.

    ``part`` (h, w): the piece, at the page's resolution. Nothing where it holds no such line.
    """
    none = np.zeros(part.shape, dtype=np.bool_)
    if np.hypot(*part.shape) < LONG_MM * PAGE_PX_PER_MM:
        return none
    height, width = part.shape
    grown = np.pad(part, ((0, -height % QUARTER), (0, -width % QUARTER)))
    blocks = grown.reshape(grown.shape[0] // QUARTER, QUARTER, -1, QUARTER)
    small = blocks.any(axis=(1, 3)).astype(np.uint8)
    scale = PAGE_PX_PER_MM / QUARTER
    found = cv2.HoughLinesP(
        small, 1, np.pi / 360, VOTES, minLineLength=STRAIGHT_MM * scale, maxLineGap=HOLE_MM * scale
    )
    if found is None:
        return none
    ends = np.asarray(found, dtype=np.float64).reshape(-1, 4)
    run, rise = np.abs(ends[:, 2] - ends[:, 0]), np.abs(ends[:, 3] - ends[:, 1])
    slope = np.degrees(np.arctan2(rise, run))
    aslant = (slope >= ASLANT_DEG) & (slope <= 90 - ASLANT_DEG)
    if not _is_long(ends[aslant], scale):
        return none
    course = np.zeros(small.shape, dtype=np.uint8)
    for x0, y0, x1, y1 in np.rint(ends).astype(int).tolist():
        cv2.line(course, (x0, y0), (x1, y1), 255, max(1, round(2 * NEAR_MM * scale)))
    near = cv2.resize(course, grown.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray(part & (near[:height, :width] > 0))


def _is_long(ends: npt.NDArray[np.float64], scale: float) -> bool:
    """Whether pieces (N, 4) of one slope, end to end, are as long as such a line."""
    for x0, y0, x1, y1 in ends:
        along = np.array([x1 - x0, y1 - y0]) / np.hypot(x1 - x0, y1 - y0)
        across = np.array([-along[1], along[0]])
        corners = ends.reshape(-1, 2, 2) - (x0, y0)
        # A hand's line bends: pieces that go on in it lie off by a little.
        beside = (np.abs(corners @ across) <= 2 * NEAR_MM * scale).all(axis=1)
        reach = corners[beside] @ along
        if reach.max() - reach.min() >= LONG_MM * scale:
            return True
    return False
