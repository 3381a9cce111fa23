"""A sheet that is small in its picture: where to look closer.

Without an outline the whole picture is taken for the page, and a sheet that fills half of it
lies there at half the scale: print too small to be read, lines of which looks like rulings.
How large it is the width of its table tells, which on any sheet is most of the paper's.
"""

import numpy as np

from digitizer.geometry import apply_homography, as_polygon, inverse, rectangle
from digitizer.lines.bending import bent_points
from digitizer.lines.tables import Table
from digitizer.records import Polygon, RegisteredPage
from digitizer.rectify import SHORT_SIDE_PX, is_scale_known
from digitizer.straightened import may_hold_signers, tables_of

# A sheet is small if its table is no wider than this share of a page's width; of a table that
# fills its paper it is 0.85.
SMALL_SHARE = 0.7
# Paper around a table, as shares of its width: at either side, above (the letter) and below.
BESIDE, ABOVE, BELOW = 0.12, 0.7, 0.5


def closer_look(found: RegisteredPage) -> Polygon:
    """Corners on the scan around a sheet that is small in it; empty where none is.

    They go around the paper, or beyond: nobody knows how much is above and below a table.
    """
    if is_scale_known(found.page.image):
        return ()
    tables = [table for table in tables_of(found) if may_hold_signers(table)]
    if not tables:
        return ()
    left, top, right, bottom = max((_box(table) for table in tables), key=_size)
    wide = right - left
    if wide > SMALL_SHARE * SHORT_SIDE_PX:
        return ()
    height, width = found.page.gray.shape
    around = rectangle(
        max(0.0, left - BESIDE * wide),
        max(0.0, top - ABOVE * wide),
        min(float(width), right + BESIDE * wide),
        min(float(height), bottom + BELOW * wide),
    )
    if found.page.bend is not None:
        around = bent_points(found.page.bend, around)
    return as_polygon(apply_homography(inverse(found.page.page_from_scan), around))


def _box(table: Table) -> tuple[float, float, float, float]:
    corners = np.array(table.outline())
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _size(box: tuple[float, float, float, float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
