"""Tell a printed box to tick from what somebody wrote in it.

An empty box is a thin closed outline with nothing attached to it, whose hole is about as wide
as high and fills its own bounds: nobody draws such a one by hand. So it is known from its own
pixels, in a single row, before rulings are taken out: boxes below each other look like a
broken ruling, and lose their sides to it. A box that is ticked is no closed outline any more;
it is looked for where the same box of other rows stands. Only the outline is print, what is
within it and what crosses it is the mark.

It fails on boxes without an outline (brackets, a line before the word) and on outlines with
gaps over ``GAPS_PX``: those are left to what rows have in common (``furniture``), and what is
left of them then is no mark that passes unseen (``is_outline``, ``alike``).
"""

from collections.abc import Sequence
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import PAGE_PX_PER_MM

Mask = npt.NDArray[np.bool_]
Box = tuple[int, int, int, int]
N = TypeVar("N", int, float)

# Sides of the hole in a box to tick, px (1.5 to 9 mm), and how unlike they may be.
LEAST_SIDE_PX, MOST_SIDE_PX = round(1.5 * PAGE_PX_PER_MM), round(9 * PAGE_PX_PER_MM)
SQUARE = 2.0
# The hole fills its bounds: a square all of them, one with round corners 0.95, a circle 0.79.
SQUARE_FILL, ROUND_FILL = 0.88, 0.7
# A line is up to so thick, px (0.9 mm); gaps in it are closed up to these, px (0 to 0.9 mm).
LINE_PX = round(0.9 * PAGE_PX_PER_MM)
GAPS_PX = (0, 3, 7)
# A box may stand over its cell's side by so much, px (2.5 mm).
BEYOND_PX = round(2.5 * PAGE_PX_PER_MM)
# What blur leaves along an outline, px.
EDGE_PX = 2
# Boxes of one column are printed within this of each other, px, and alike within this, px.
REACH_PX, ALIKE_PX = 6, 3
# Of a box that is ticked so much of the outline shows.
SHOWN_SHARE = 0.6
# What is within an outline: this share of its bounds on each side is left out, and so little
# of the ink lies there where there is no mark.
SIDES, INSIDE_SHARE = 0.22, 0.04
# Ink within a box that is no more than a speck, as a share of the box.
SPECK_SHARE = 0.04
# Close around a box is this far from its outline, px (2 mm).
AROUND_PX = round(2 * PAGE_PX_PER_MM)
# Two rows show the same where so much of the ink of each lies within this of the other's, px.
SAME_SHARE, SAME_PX = 0.8, 2


def frames_of(ink: Mask, columns: Sequence[Sequence[Box]]) -> list[list[Box | None]]:
    """The printed box of each cell: bounds of its hole (left, top, right, bottom), px.

    ``ink`` (H, W) with its rulings; ``columns``: for each column its cells (left, top, right,
    bottom), row by row. None where none is seen, neither in the cell nor in its column.
    """
    found = []
    for cells in columns:
        seen = [_empty_box(ink, cell) for cell in cells]
        square = [one if one is not None and one[1] else None for one in seen]
        # A circle may be somebody's ring: only those are printed that rows share.
        for number, one in enumerate(seen):
            if one is not None and not one[1]:
                others = [b for n, b in enumerate(seen) if b is not None and n != number]
                here = _within(one[0], cells[number])
                at = [_within(b, c) for (b, c) in _placed(seen, cells, number)]
                if others and any(_near(here, other) for other in at):
                    square[number] = one
        boxes = [one[0] if one is not None else None for one in square]
        found.append(_with_usual(ink, cells, boxes))
    return found


def with_outlines(printed: Mask, ink: Mask, frames: Sequence[Box]) -> Mask:
    """Print (H, W) with the outlines of the boxes, and nothing else where the boxes are.

    ``ink`` (H, W) with its rulings. What rows have in common within a box is not print: many
    people cross the same one.
    """
    found = printed.copy()
    most = usual_line(ink, frames)
    for frame in frames:
        outer, inner = _ring(ink, frame, most)
        found[outer[1] : outer[3], outer[0] : outer[2]] = True
        found[inner[1] : inner[3], inner[0] : inner[2]] = False
    return found


def beside_words(
    ink: Mask,
    origin: tuple[int, int],
    words: Sequence[tuple[float, float, float, float]],
    frame: Box | None,
) -> Mask:
    """A cell's ink (h, w) without what lies on printed words and not in the box itself.

    ``origin``: (x, y) of the cell. Printed words are often read together with their box.
    """
    x, y = origin
    free = np.ones_like(ink)
    for word in words:
        left, top, right, bottom = (max(0, round(v)) for v in _within(word, (x, y)))
        free[top:bottom, left:right] = False
    if frame is not None:
        left, top, right, bottom = _within(frame, (x, y))
        rows = slice(max(0, round(top) - LINE_PX), max(0, round(bottom) + LINE_PX))
        free[rows, max(0, round(left) - LINE_PX) : max(0, round(right) + LINE_PX)] = True
    return np.asarray(ink & free)


def is_outline(ink: Mask) -> bool:
    """Whether a cell's ink (h, w) lies along the sides of its bounds alone: no mark is sure.

    So does what is left of a box whose outline is broken, and a single straight side of one.
    """
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if len(rows) == 0:
        return False
    piece = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    high, wide = piece.shape
    if min(high, wide) <= LINE_PX:
        return bool(max(high, wide) <= MOST_SIDE_PX)
    if max(high, wide) > MOST_SIDE_PX + 2 * LINE_PX:
        return False
    dx, dy = round(SIDES * wide), round(SIDES * high)
    inside = piece[dy : high - dy, dx : wide - dx]
    return bool(inside.sum() <= INSIDE_SHARE * piece.sum())


def is_touched(ink: Mask, frame: Box) -> bool:
    """Whether more than a speck of a cell's ink (H, W) lies within its box."""
    left, top, right, bottom = frame
    hole = ink[top:bottom, left:right]
    return bool(hole.sum() > SPECK_SHARE * hole.size)


def ink_within(ink: Mask, frame: Box) -> float:
    """Share of a box's hole that ink (H, W) fills, but for its outline's soft edge."""
    left, top, right, bottom = frame
    hole = ink[top + EDGE_PX : bottom - EDGE_PX, left + EDGE_PX : right - EDGE_PX]
    return float(hole.mean()) if hole.size else 0.0


def usual_line(ink: Mask, frames: Sequence[Box]) -> int:
    """How thick the outlines of boxes that are printed alike are at most, px.

    A ring that somebody drew close around one makes its outline seem thicker than the others'.
    """
    return 1 + round(float(np.median([_line(ink, frame) for frame in frames]))) if frames else 0


def ink_around(ink: Mask, frame: Box, most: int) -> int:
    """Ink (H, W) close around a box and not its outline, px: a ring around it, for one.

    ``most``: how thick its outline is at most, px.
    """
    outer, _ = _ring(ink, frame, most)
    high, wide = ink.shape
    left, top = max(0, outer[0] - AROUND_PX), max(0, outer[1] - AROUND_PX)
    right, bottom = min(wide, outer[2] + AROUND_PX), min(high, outer[3] + AROUND_PX)
    whole = int(ink[top:bottom, left:right].sum())
    return whole - int(ink[outer[1] : outer[3], outer[0] : outer[2]].sum())


def alike(one: Mask, other: Mask) -> bool:
    """Whether two cells' ink, both as from their own left upper corner, is the same print."""
    height = max(one.shape[0], other.shape[0])
    width = max(one.shape[1], other.shape[1])
    first, second = (
        np.pad(m, ((0, height - m.shape[0]), (0, width - m.shape[1]))).astype(np.float32)
        for m in (one, other)
    )
    if not first.any() or not second.any():
        return False
    wide = np.pad(second, REACH_PX)
    soft = cv2.dilate(wide, np.ones((2 * SAME_PX + 1,) * 2, np.uint8))
    match = cv2.matchTemplate(soft, first, cv2.TM_CCORR)
    y, x = np.unravel_index(int(match.argmax()), match.shape)
    share = float(match[y, x]) / float(first.sum())
    around = cv2.dilate(first, np.ones((2 * SAME_PX + 1,) * 2, np.uint8))
    back = float((around * wide[y : y + height, x : x + width]).sum()) / float(second.sum())
    return min(share, back) >= SAME_SHARE


def _empty_box(ink: Mask, cell: Box) -> tuple[Box, bool] | None:
    """A cell's empty box, and whether it is square (else round); of several the largest."""
    left, top = max(0, cell[0] - BEYOND_PX), max(0, cell[1] - BEYOND_PX)
    part = ink[top : cell[3] + BEYOND_PX, left : cell[2] + BEYOND_PX].astype(np.uint8)
    for gap in GAPS_PX:
        whole = _closed(part, gap)
        contours, tree = cv2.findContours(whole, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        found: list[tuple[int, Box, bool]] = []
        for number, contour in enumerate(contours):
            parent = int(tree[0][number][3])
            if parent < 0:
                continue
            box = _hole(contour, contours[parent])
            if box is None:
                continue
            (x0, y0, x1, y1), square = box
            placed = (x0 + left, y0 + top, x1 + left, y1 + top)
            x, y = (placed[0] + placed[2]) / 2, (placed[1] + placed[3]) / 2
            if cell[0] <= x <= cell[2] and cell[1] <= y <= cell[3]:
                found.append(((x1 - x0) * (y1 - y0), placed, square))
        if found:
            _, placed, square = max(found)
            return placed, square
    return None


def _closed(part: npt.NDArray[np.uint8], gap: int) -> npt.NDArray[np.uint8]:
    """Ink with the gaps of its level and upright lines closed, up to ``gap`` px."""
    if not gap:
        return part
    along = cv2.morphologyEx(part, cv2.MORPH_CLOSE, np.ones((1, gap + 1), np.uint8))
    down = cv2.morphologyEx(part, cv2.MORPH_CLOSE, np.ones((gap + 1, 1), np.uint8))
    return np.asarray(along | down, dtype=np.uint8)


def _hole(hole: npt.NDArray[np.int32], outer: npt.NDArray[np.int32]) -> tuple[Box, bool] | None:
    """Bounds of a hole that is an empty box's, and whether it is square; else None.

    Contours of holes run along the ink around them, one pixel outside of the hole.
    """
    x, y, wide, high = cv2.boundingRect(hole)
    inner = (x + 1, y + 1, x + wide - 1, y + high - 1)
    wide, high = wide - 2, high - 2
    if min(wide, high) < LEAST_SIDE_PX or max(wide, high) > MOST_SIDE_PX:
        return None
    if max(wide, high) > SQUARE * min(wide, high):
        return None
    ox, oy, outer_wide, outer_high = cv2.boundingRect(outer)
    beyond = (inner[0] - ox, inner[1] - oy,
              ox + outer_wide - inner[2], oy + outer_high - inner[3])  # fmt: skip
    if max(beyond) > LINE_PX:
        return None
    fill = cv2.contourArea(hole) / ((wide + 1) * (high + 1))
    return (inner, fill >= SQUARE_FILL) if fill >= ROUND_FILL else None


def _placed(
    seen: Sequence[tuple[Box, bool] | None], cells: Sequence[Box], but: int
) -> list[tuple[Box, Box]]:
    """Boxes that were seen with their cells, all but one's."""
    return [
        (one[0], cell)
        for number, (one, cell) in enumerate(zip(seen, cells, strict=True))
        if one is not None and number != but
    ]


def _within(box: tuple[N, N, N, N], cell: Sequence[int]) -> tuple[N, N, N, N]:
    """A box as from its cell's left upper corner."""
    x, y = cell[:2]
    return box[0] - x, box[1] - y, box[2] - x, box[3] - y


def _near(one: Box, other: Box) -> bool:
    """Whether two boxes, each within its cell, are one print."""
    sizes = (one[2] - one[0] - other[2] + other[0], one[3] - one[1] - other[3] + other[1])
    moved = (one[0] - other[0], one[1] - other[1])
    return max(map(abs, sizes)) <= ALIKE_PX and max(map(abs, moved)) <= REACH_PX


def _with_usual(ink: Mask, cells: Sequence[Box], boxes: Sequence[Box | None]) -> list[Box | None]:
    """Boxes, those that were not seen put where the ink shows the usual one's outline."""
    known = [_within(b, c) for b, c in zip(boxes, cells, strict=True) if b is not None]
    if not known:
        return list(boxes)
    usual = [round(float(v)) for v in np.median(np.array(known), axis=0)]
    found = []
    for box, cell in zip(boxes, cells, strict=True):
        x, y = cell[:2]
        there = (usual[0] + x, usual[1] + y, usual[2] + x, usual[3] + y)
        found.append(box if box is not None else _shown_at(ink, there))
    return found


def _shown_at(ink: Mask, box: Box) -> Box | None:
    """A box moved, up to ``REACH_PX``, to where its outline shows best; None where little does."""
    best: tuple[float, int, Box | None] = (SHOWN_SHARE, 0, None)
    soft = cv2.dilate(ink[_around(box)].astype(np.uint8), np.ones((3, 3), np.uint8))
    top, left = _around(box)[0].start, _around(box)[1].start
    for dy in range(-REACH_PX, REACH_PX + 1):
        for dx in range(-REACH_PX, REACH_PX + 1):
            x0, y0 = box[0] - 1 + dx - left, box[1] - 1 + dy - top
            x1, y1 = box[2] + dx - left, box[3] + dy - top
            if min(x0, y0) < 0 or y1 >= soft.shape[0] or x1 >= soft.shape[1]:
                continue
            sides = (
                soft[y0, x0 : x1 + 1], soft[y1, x0 : x1 + 1],
                soft[y0 : y1 + 1, x0], soft[y0 : y1 + 1, x1],
            )  # fmt: skip
            shown = float(np.concatenate(sides).mean())
            near = -(dx * dx + dy * dy)
            if (shown, near) > best[:2]:
                moved = (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)
                best = (shown, near, moved)
    return best[2]


def _around(box: Box) -> tuple[slice, slice]:
    more = REACH_PX + 2
    return (
        slice(max(0, box[1] - more), box[3] + more),
        slice(max(0, box[0] - more), box[2] + more),
    )


def _ring(ink: Mask, box: Box, most: int) -> tuple[Box, Box]:
    """Outer and inner bounds of a box's outline, up to ``most`` px thick."""
    left, top, right, bottom = box
    high, wide = ink.shape[:2]
    out = min(most, _line(ink, box)) + EDGE_PX
    outer = (max(0, left - out), max(0, top - out), min(wide, right + out), min(high, bottom + out))
    inner = (left + EDGE_PX, top + EDGE_PX, right - EDGE_PX, bottom - EDGE_PX)
    return outer, inner


def _line(ink: Mask, box: Box) -> int:
    """How thick a box's outline is where it is thickest, px."""
    left, top, right, bottom = box
    middle = slice(top, bottom), slice(left, right)
    return max(
        _thickness(ink[middle[0], max(0, left - LINE_PX) : left][:, ::-1].mean(axis=0)),
        _thickness(ink[middle[0], right : right + LINE_PX].mean(axis=0)),
        _thickness(ink[max(0, top - LINE_PX) : top, middle[1]][::-1].mean(axis=1)),
        _thickness(ink[bottom : bottom + LINE_PX, middle[1]].mean(axis=1)),
    )


def _thickness(inked: npt.NDArray[np.float64]) -> int:
    """How many px outward from the hole a side's line is inked for the most part."""
    dark = np.flatnonzero(inked < 0.5)
    return int(dark[0]) if len(dark) else len(inked)
