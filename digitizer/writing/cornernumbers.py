"""Rows' numbers that are printed in their first cells: ``7.`` in small type before the name.

They differ from row to row, so that no piece is the same in all; but they stand at one place, and
in a blank row there is nothing else, in a written one a gap behind them. Method: cells with a few
small pieces of ink near their left side and nothing else, or white paper behind them, at one height
and equally far from it, are such rows; what lies wholly at that place is print in every row. It
fails where numbers are printed close to the names in nearly all rows, and tells nothing where a row
has its number in a column of its own.
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
# White paper behind a number, mm; of rows so told, some of them written in, this many at least and
# this share of all tell numbers, and nearly all that tell anything stand evenly. First letters of
# a hand that leaves gaps may do so, too, but not apart by so many times what the next ones are.
APART_MM, LEAST_ROWS, ROWS_SHARE, SURE_SHARE = 1.2, 4, 0.5, 0.75
WIDER_APART = 1.6
# Smaller pieces (px) are dust; such flat ones (px) at a cell's edge are left of its rulings, which
# end there.
DUST_PX, FLAT_PX = 6, 2


def numbers_in_cells(ink: Mask, boxes: Sequence[Box]) -> Mask:
    """The pixels of ``ink`` (H, W) that are numbers printed in ``boxes``, the rows' first cells.

    ``boxes``: left, top, right, bottom of each, px.
    """
    found: Mask = np.zeros(ink.shape, dtype=np.bool_)
    cells = [_pieces(ink, box) for box in boxes]
    alone = [place for place in map(_small, cells) if place is not None]
    first = [place for place in map(_first, cells) if place is not None]
    least = max(LEAST_ROWS, round(ROWS_SHARE * len(boxes)))
    place = _even_place(alone, LEAST_CELLS, LEAST_SHARE)
    place = place or _even_place(first, least, SURE_SHARE)
    if place is None:
        return found
    low, high = np.array(place[:2]) - EVEN_PX, np.array(place[2:]) + EVEN_PX
    for (left, top, _, _), (labels, stats) in zip(boxes, cells, strict=True):
        start = stats[:, :2]
        inside = np.all([*(start >= low).T, *(start + stats[:, 2:4] <= high).T], axis=0)
        inside[0] = False
        height, width = labels.shape
        found[top : top + height, left : left + width] |= inside[labels]
    return found


def _even_place(small: Sequence[Box], least: int, share: float) -> Box | None:
    """Where most of ``small`` lie, if ``least`` of them and this share stand evenly."""
    if len(small) < least:
        return None
    lefts, tops, rights, feet = np.array(small, dtype=np.int64).T
    even = np.asarray((_near(lefts) | _near(rights)) & _near(tops) & _near(feet))
    if even.sum() < max(least, share * len(small)):
        return None
    return (
        int(lefts[even].min()),
        int(tops[even].min()),
        int(rights[even].max()),
        int(feet[even].max()),
    )


def _pieces(ink: Mask, box: Box) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """A cell's pieces of ink: labels (h, w), and OpenCV's stats of each."""
    left, top, right, bottom = box
    part = np.ascontiguousarray(ink[top:bottom, left:right]).view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
    return labels, stats


def _small(cell: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]) -> Box | None:
    """Where a cell's ink lies, if it is no more than a number near its left side."""
    return _number(_inked(cell))


def _first(cell: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]) -> Box | None:
    """Where a cell's leftmost ink lies up to the first gap, if that is no more than a number."""
    stats = _inked(cell)
    if len(stats) == 0:
        return None
    stats = stats[np.argsort(stats[:, 0], kind="stable")]
    rights = np.maximum.accumulate(stats[:, 0] + stats[:, 2])
    gaps = stats[1:, 0] - rights[:-1]
    apart = np.flatnonzero(gaps >= APART_MM * PAGE_PX_PER_MM)
    if len(apart) == 0:
        return _number(stats)
    later = gaps[apart[0] + 1 :]
    later = later[later > 0]
    if len(later) and gaps[apart[0]] < WIDER_APART * np.median(later):
        return None
    return _number(stats[: apart[0] + 1])


def _inked(
    cell: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]],
) -> npt.NDArray[np.int32]:
    """OpenCV's stats of a cell's pieces but for dust and what is left of its rulings."""
    labels, every = cell
    stats = every[1:]
    feet = stats[:, cv2.CC_STAT_TOP] + stats[:, cv2.CC_STAT_HEIGHT]
    at_edge = (stats[:, cv2.CC_STAT_TOP] <= EVEN_PX) | (feet >= labels.shape[0] - EVEN_PX)
    left = at_edge & (stats[:, cv2.CC_STAT_HEIGHT] <= FLAT_PX)
    return np.asarray(stats[(stats[:, cv2.CC_STAT_AREA] >= DUST_PX) & ~left], dtype=np.int32)


def _number(stats: npt.NDArray[np.int32]) -> Box | None:
    """Where pieces lie, if they are no more than a number near the cell's left side."""
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
