"""A sheet that is small in its picture: where to look closer.

Without an outline the whole picture is taken for the page, and a sheet that fills half of it
lies there at half the scale: print too small to be read, lines of which looks like rulings.
How large it is the width of its rows tells, which on any sheet is most of the paper's.
"""

from digitizer.geometry import (
    apply_homography,
    as_polygon,
    bbox_from_polygon,
    inverse,
    polygon_area,
    rectangle,
)
from digitizer.lines.bending import bent_points
from digitizer.records import Point, Polygon, RegisteredPage
from digitizer.rectify import SHORT_SIDE_PX, is_scale_known
from digitizer.sheets.straightened import may_hold_signers, tables_of

# A sheet is small if its rows are no wider than this share of a page's width; those that fill
# their paper have 0.85 of it.
SMALL_SHARE = 0.7
# Paper around them, as shares of their width: at either side, above (the letter) and below.
BESIDE, ABOVE, BELOW = 0.12, 0.7, 0.5


def closer_look(found: RegisteredPage) -> Polygon:
    """Corners on the scan around a sheet that is small in it; empty where none is.

    They go around the paper, or beyond: nobody knows how much is above and below a table.
    """
    covered = () if is_scale_known(found.page.image) else _covered(found)
    if not covered:
        return ()
    left, top, right, bottom = bbox_from_polygon(covered)
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


def _covered(found: RegisteredPage) -> tuple[Point, ...]:
    """Corners of the rows; where none are known of the largest table that may have some."""
    if found.rows:
        return tuple(corner for row in found.rows for corner in row.polygon)
    tables = [table.outline() for table in tables_of(found) if may_hold_signers(table)]
    return max(tables, key=polygon_area, default=())
