"""Rows' numbers that are printed in their first cells: ``7.`` in small type before the name.

They differ from row to row, so that no piece is the same in all; but they stand at one place, and
in a blank row there is nothing else. Method: cells with nothing but a few small pieces of ink near
their left side, at one height and equally far from it, are such rows; what lies wholly at that
place is print in every row. It fails where fewer than three rows are blank, and tells nothing where
a row has its number in a column of its own.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import PAGE_PX_PER_MM

Mask = npt.NDArray[np.bool_]
Box = tuple[int, int, int, int]

# A number is no wider and higher (mm) and ends this near to the cell's side.
MOST_WIDE_MM, MOST_HIGH_MM, MOST_FAR_MM = 7.0, 4.0, 11.0
# So many cells hold one, and this share of those that hold as little; their tops and feet, and
# their left or their right ends, differ by so much (px). Marks by hand never stand so even.
LEAST_CELLS, LEAST_SHARE, EVEN_PX = 3, 0.6, 3
# Smaller pieces (px) are dust.
DUST_PX = 6


def numbers_in_cells(ink: Mask, boxes: Sequence[Box]) -> Mask:
    """The pixels of ``ink`` (H, W) that are numbers printed in ``boxes``, the rows' first cells.

    ``boxes``: left, top, right, bottom of each, px.
    """
    found: Mask = np.zeros(ink.shape, dtype=np.bool_)
    cells = [_pieces(ink, box) for box in boxes]
    small = [place for place in map(_small, cells) if place is not None]
    if len(small) < LEAST_CELLS:
        return found
    lefts, tops, rights, feet = np.array(small, dtype=np.int64).T
    even = np.asarray((_near(lefts) | _near(rights)) & _near(tops) & _near(feet))
    if even.sum() < max(LEAST_CELLS, LEAST_SHARE * len(small)):
        return found
    low = np.array([lefts[even].min(), tops[even].min()]) - EVEN_PX
    high = np.array([rights[even].max(), feet[even].max()]) + EVEN_PX
    for (left, top, _, _), (labels, stats) in zip(boxes, cells, strict=True):
        start = stats[:, :2]
        inside = np.all([*(start >= low).T, *(start + stats[:, 2:4] <= high).T], axis=0)
        inside[0] = False
        height, width = labels.shape
        found[top : top + height, left : left + width] |= inside[labels]
    return found


def _pieces(ink: Mask, box: Box) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """A cell's pieces of ink: labels (h, w), and OpenCV's stats of each."""
    left, top, right, bottom = box
    part = np.ascontiguousarray(ink[top:bottom, left:right]).view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
    return labels, stats


def _small(cell: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]) -> Box | None:
    """Where a cell's ink lies, if it is no more than a number near its left side."""
    stats = cell[1][1:]
    stats = stats[stats[:, cv2.CC_STAT_AREA] >= DUST_PX]
    if len(stats) == 0:
        return None
    left, top = stats[:, :2].min(axis=0)
    right, foot = (stats[:, :2] + stats[:, 2:4]).max(axis=0)
    most = np.array([MOST_WIDE_MM, MOST_HIGH_MM, MOST_FAR_MM]) * PAGE_PX_PER_MM
    if right - left > most[0] or foot - top > most[1] or right > most[2]:
        return None
    return int(left), int(top), int(right), int(foot)


def _near(values: npt.NDArray[np.int64]) -> Mask:
    return np.asarray(np.abs(values - np.median(values)) <= EVEN_PX)
