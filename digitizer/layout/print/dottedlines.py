"""Lines to write on that are dots too far apart to be traced: ``Collected by ........ at ......``.

Dots stand in a row at even steps; print and writing do not. Where somebody wrote right on them, ink
stands where the next ones should.
"""

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.layout.print.blanks import LEAST_BLANK_PX, Blank
from digitizer.records import PAGE_PX_PER_MM, Pixels

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# A dot is at most so large each way, 0.8 mm, and darker than the paper by so many gray levels.
DOT_PX, DOT_CONTRAST = 0.8 * PAGE_PX_PER_MM, 35
# Dots of a line stand so far apart, 0.4 to 2 mm, and as high as each other to this, px.
STEP_PX, LEVEL_PX = (0.4 * PAGE_PX_PER_MM, 2 * PAGE_PX_PER_MM), 1.5
# Steps are even to this share of one; so many dots in a row may lack; a line has so many.
EVEN_STEP, MOST_LACKING, LEAST_DOTS = 0.25, 2, 10
# So much of a line's dots are there at least, seen or under ink; more specks than so many are the
# grain of a copy.
SEEN_SHARE, MOST_DOTS = 0.7, 1000


def find_dotted_lines(gray: Pixels, top: float, bottom: float) -> list[Blank]:
    """The dotted lines of a level page, (H, W) uint8, between two heights, from the left."""
    first, last = max(0, round(top)), min(gray.shape[0], round(bottom))
    if last - first < 2:
        return []
    strip = gray[first:last]
    dark = strip < float(np.percentile(strip, 90)) - DOT_CONTRAST
    _, _, stats, middles = cv2.connectedComponentsWithStats(dark.view(np.uint8), connectivity=8)
    small = (stats[:, cv2.CC_STAT_WIDTH] <= DOT_PX) & (stats[:, cv2.CC_STAT_HEIGHT] <= DOT_PX)
    small[0] = False
    dots = np.asarray(middles[small], dtype=np.float64)
    found = []
    while LEAST_DOTS <= len(dots) <= MOST_DOTS:
        line, inked = _line_from(dots, dark)
        if _is_line(line, inked):
            ends = float(line[0, 0] - DOT_PX / 2), float(line[-1, 0] + DOT_PX / 2)
            found.append(Blank(*ends, float(first + np.median(line[:, 1]) + 0.5)))
            dots = dots[~(dots[:, None] == line[None]).all(axis=2).any(axis=1)]
        else:
            dots = dots[(dots != line[0]).any(axis=1)]
    return sorted(found, key=lambda one: one.left)


def _line_from(dots: Floats, dark: Mask) -> tuple[Floats, int]:
    """The dots, (N, 2), that go on to the right from the leftmost one, and how many ink hides.

    ``dark``: (h, w), where the strip has ink.
    """
    order = dots[np.argsort(dots[:, 0], kind="stable")]
    line = [order[0]]
    ahead = order[(order[:, 0] > line[0][0]) & _is_level(order, line[0])]
    near = ahead[ahead[:, 0] >= line[0][0] + STEP_PX[0]]
    if not len(near) or near[0, 0] > line[0][0] + STEP_PX[1]:
        return np.array(line), 0
    line.append(near[0])
    steps, inked = 1, 0
    while True:
        step = (line[-1][0] - line[0][0]) / steps
        gone, hidden = _next(line[-1], step, order, dark)
        if gone is None:
            return np.array(line), inked
        steps, inked = steps + round((gone[0] - line[-1][0]) / step), inked + hidden
        line.append(gone)


def _next(last: Floats, step: float, dots: Floats, dark: Mask) -> tuple[Floats | None, int]:
    """The next dot behind the ``last`` one of a line, and how many between them ink hides."""
    level = dots[_is_level(dots, last)]
    lacking = hidden = times = 0
    while lacking <= MOST_LACKING:
        times += 1
        x = last[0] + times * step
        off = np.abs(level[:, 0] - x)
        if len(off) and off.min() <= EVEN_STEP * step:
            return level[int(off.argmin())], hidden
        column, row = round(x), round(last[1])
        if column >= dark.shape[1]:
            break
        inked = bool(dark[max(0, row - 1) : row + 2, column - 1 : column + 2].any())
        hidden, lacking = hidden + inked, 0 if inked else lacking + 1
    return None, 0


def _is_level(dots: Floats, one: Floats) -> Mask:
    return np.asarray(np.abs(dots[:, 1] - one[1]) <= LEVEL_PX)


def _is_line(line: Floats, inked: int) -> bool:
    """Whether dots, (N, 2), are enough and near enough to each other for a line to write on."""
    if len(line) < LEAST_DOTS or line[-1, 0] - line[0, 0] < LEAST_BLANK_PX:
        return False
    step = float(np.median(np.diff(line[:, 0])))
    return bool(len(line) + inked >= SEEN_SHARE * ((line[-1, 0] - line[0, 0]) / step + 1))
