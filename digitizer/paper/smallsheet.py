"""The outline of a sheet that is small in its picture, or of one whose picture has much else in it.

Lines are sought over all of a picture (``outline``): wood, tiles or a carpet have longer ones
than a sheet that covers a tenth of it, and a small quadrilateral may be a page's own band or
table. So the picture is first cut to its one light, whole part, paper on something darker, and
the outline is sought in that. It finds nothing on light ground, nor where two sheets touch.
"""

import cv2
import numpy as np

from digitizer.geometry import polygon_area
from digitizer.paper.outline import Outline, find_outline
from digitizer.records import Pixels

# Longer side at which the light part is looked for, px; what is written on it is closed away by
# so many px.
SMALL_PX, CLOSE_PX = 320, 9
# It covers between these shares of the picture: what is smaller is a note, of what is larger
# the lines are seen without this.
AREA = (0.04, 0.4)
# ... and so much of the upright or leaning rectangle around it: sheets seen aslant 0.75 and more.
MIN_FILLED = 0.7
# The next light part is no larger than this share of it.
MAX_NEXT = 0.3
# Of what is around it so much is cut out with it, as a share of its longer side.
MARGIN = 0.12


def find_small_outline(color: Pixels) -> Outline | None:
    """The outline of the one light sheet on a (H, W, 3) BGR picture, however small; else None."""
    box = _light_part(color)
    if box is None:
        return None
    left, top, right, bottom = box
    found = find_outline(np.ascontiguousarray(color[top:bottom, left:right]))
    return None if found is None else Outline(found.corners + (left, top), found.quality)


def _light_part(color: Pixels) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom (px) around the picture's one light, whole part; None: no such."""
    height, width = color.shape[:2]
    scale = SMALL_PX / max(height, width)
    if scale >= 1:
        return None
    small = cv2.resize(color, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    light = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (CLOSE_PX, CLOSE_PX))
    # Light specks of the ground go first, then the dark strokes on the paper.
    even = cv2.morphologyEx(cv2.medianBlur(light, 5), cv2.MORPH_CLOSE, kernel)
    _, mask = cv2.threshold(even, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if count < 2 or not AREA[0] <= areas.max() / mask.size <= AREA[1]:
        return None
    largest = 1 + int(np.argmax(areas))
    if len(areas) > 1 and np.sort(areas)[-2] > MAX_NEXT * areas.max():
        return None
    points = np.argwhere(labels == largest)[:, ::-1].astype(np.float32)
    around = polygon_area(cv2.boxPoints(cv2.minAreaRect(points)))
    if areas.max() < MIN_FILLED * around:
        return None
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    margin = MARGIN * max(x1 - x0, y1 - y0)
    left, top = (max(0, int((v - margin) / scale)) for v in (x0, y0))
    right, bottom = int((x1 + margin) / scale) + 1, int((y1 + margin) / scale) + 1
    return left, top, min(width, right), min(height, bottom)
