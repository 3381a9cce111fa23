"""Banners printed to the paper's edge, which look like the dark bed that the paper lies on.

Where a black banner runs off the paper and the scanner's lid is black, the last step from
bright to dark is the banner's inner edge, and the sheet's outline ends there, without the
title. But a bed has no print: what is light there in strokes, side by side and dark all
around, was printed, so the sheet goes on beyond it by as much as lies before it. It fails on
banners that hold a picture or nothing, and where a desk lies under a second sheet's print.
"""

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.geometry import Points
from digitizer.records import Pixels

# A side is looked beyond as far as this share of the sides next to it; what lies there is seen
# with the side at so many px, and so many px at either end and beside the side are its edges.
BEYOND_SHARE, SIDE_PX, EDGE_PX = 0.25, 480, 3
# A banner is darker than this share of the paper, print in it lighter than this one; the
# lightest of it is bare paper, as the grain of a wooden desk is not.
DARK_SHARE, LIGHT_SHARE, BARE_SHARE = 0.4, 0.6, 0.85
# Right beside the paper a banner is dark over so much of the side and of these px.
BANNER_SHARE, BANNER_PX = 0.9, 4
# Print is at least so high, px (1.5 mm of letter paper), goes along so much of the side, fills so
# much of where it stands, no more, and its lines cross so many strokes.
PRINT_PX, ALONG_SHARE, FILLED, STROKES = 3, 0.08, (0.05, 0.65), 5


def with_banners(gray: Pixels, corners: Points) -> Points:
    """Corners (4, 2) of a sheet, with the banners that its outline left outside.

    ``gray``: (H, W) of the picture in which the corners are, clockwise from top left.
    """
    # Each pixel a mean of its own: a desk's grain is no print.
    scale = min(1.0, 2 * SIDE_PX / max(gray.shape))
    small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    gray = np.asarray(small, dtype=np.uint8)
    paper = _paper_level(gray, scale * corners)
    found = corners.copy()
    for side in range(4):
        after, before = (side + 1) % 4, (side - 1) % 4
        # Outward along the sides next to it.
        out = np.array([corners[side] - corners[before], corners[after] - corners[after - 3]])
        depth = _banner_depth(_beyond(gray, scale * corners[[side, after]], scale * out), paper)
        found[[side, after]] += depth * BEYOND_SHARE * out
    return found


def _paper_level(gray: Pixels, corners: Points) -> float:
    """The paper's gray level: of the middle of the sheet the light part."""
    middle = corners.mean(axis=0)
    low, high = (corners + middle).min(axis=0) / 2, (corners + middle).max(axis=0) / 2
    x0, y0, x1, y1 = (max(0, round(float(value))) for value in (*low, *high))
    inside = gray[y0:y1, x0:x1]
    return float(np.quantile(inside, 0.8)) if inside.size else 255.0


def _beyond(gray: Pixels, side: Points, out: Points) -> Pixels:
    """What lies beyond a side, (D, SIDE_PX), the side's own row first; 0 where the picture ends."""
    length = max(1.0, float(np.linalg.norm(side[1] - side[0])))
    depth = BEYOND_SHARE * float(np.linalg.norm(out, axis=1).mean())
    height = max(1, round(SIDE_PX * depth / length))
    quad = np.array([*side, side[1] + BEYOND_SHARE * out[1], side[0] + BEYOND_SHARE * out[0]])
    target = np.array([[0, 0], [SIDE_PX, 0], [SIDE_PX, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), target)
    return np.asarray(cv2.warpPerspective(gray, matrix, (SIDE_PX, height)), dtype=np.uint8)


def _banner_depth(beyond: Pixels, paper: float) -> float:
    """How far a banner goes on beyond a side, as a share of ``beyond``; 0: there is none."""
    strip = beyond[EDGE_PX:]
    if len(strip) < BANNER_PX + PRINT_PX:
        return 0.0
    if (strip[:BANNER_PX] < DARK_SHARE * paper).mean() < BANNER_SHARE:
        return 0.0
    light = np.asarray(strip > LIGHT_SHARE * paper, dtype=np.uint8)
    # Print is dark all around: what goes on to an end of the strip is no print.
    _, labels, stats, _ = cv2.connectedComponentsWithStats(light, connectivity=8)
    left, top, wide, high, _ = stats.T
    inner = (left >= EDGE_PX) & (left + wide <= SIDE_PX - EDGE_PX) & (top > 0)
    inner &= top + high < len(strip)
    inner[0] = False
    printed = np.asarray(inner[labels], dtype=np.bool_)
    rows = _print_rows(printed)
    if rows is None or np.quantile(strip[printed], 0.9) < BARE_SHARE * paper:
        return 0.0
    start, stop = rows
    return min(1.0, (EDGE_PX + stop + start + EDGE_PX) / len(beyond))


def _print_rows(light: npt.NDArray[np.bool_]) -> tuple[int, int] | None:
    """From where to where print stands in a strip, (D, SIDE_PX); None: what is light is none."""
    held = np.flatnonzero(light.any(axis=1))
    if not len(held):
        return None
    start, stop = int(held[0]), int(held[-1]) + 1
    columns = np.flatnonzero(light.any(axis=0))
    along = int(columns[-1]) - int(columns[0]) + 1
    filled = float(light[start:stop, columns[0] : columns[-1] + 1].mean())
    edges = np.diff(np.pad(light[start:stop], ((0, 0), (1, 1))).astype(np.int8), axis=1)
    strokes = int((edges > 0).sum(axis=1).max())
    is_print = (
        stop - start >= PRINT_PX
        and along >= ALONG_SHARE * SIDE_PX
        and FILLED[0] <= filled <= FILLED[1]
        and strokes >= STROKES
    )
    return (start, stop) if is_print else None
