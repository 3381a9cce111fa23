"""Things that lie over rows and are no writing: a stamp's frame, a cup's ring, a line across rows.

Who signs keeps to a row; a stamp, a stain or a counter's line does not. A piece of ink that goes
through three rows and two columns, or through two rows and all around white paper as a frame does,
lies over them, with all that stands inside of it; so does a frame that goes through a place of the
collector's box. A row is nobody's of which there is nothing else. So it is with small marks that
begin outside of the table, such as a counter's ticks.

So it is with long lines: a Z or slash that closes rows nobody used, a cross over the sheet.

Pen strokes that run down one column are dittos (``runs``), and what is left of rulings is thin. It
fails where a stamp has no frame, and where a frame is worn to pieces.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import PAGE_PX_PER_MM, InkState, Laid
from digitizer.writing.amounts import ink_state, weighted_ink
from digitizer.writing.voidlines import lines_in

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]
Box = tuple[int, int, int, int]

# A piece is in a cell with so much of its ink (px); through so many rows, so high (mm) and in two
# columns writing does not go. Signatures that touch go through three of one column.
IN_ROW_PX, MANY_ROWS, TALL_MM = 20, 3, 16.0
# A frame around white paper: at least so high and wide (mm), its ink no more than this share of
# what it surrounds, and closed around so much of that but for gaps of this many px.
FRAME_MM, FRAME_SHARE, CLOSED_SHARE, GAP_PX = 12.0, 0.3, 0.7, 9
# What is narrower (mm) is a ditto's line, or a ruling's rest.
NARROW_MM = 6.0
# What is larger (mm either way) may be what is left of the table, with letters that touch it: of
# that only long lines are told.
LARGEST_MM = 110.0
# A line through rows hides what stands so near (px, 1 mm) to it.
LINE_EDGE_PX = 8
# A counter's mark has so much of its ink outside of the table, and is no larger (mm).
OUTSIDE_SHARE, MARK_MM = 0.2, 12.0
# The box's own frame runs this near (px, 1 mm) to its places.
PLACE_EDGE_PX = 8
# Pixels of what lies over rows spread by this (px).
EDGE_PX = 3


@dataclass(frozen=True, slots=True, eq=False)
class Overlaid:
    """Where something lies over rows, (H, W): ``over`` all that it surrounds, ``strokes`` its own
    ink and that of small marks that begin outside of the table; ``lines``: that of long lines.
    """

    over: Mask
    strokes: Mask
    lines: Mask


def find_overlaid(labels: Ints, stats: Ints, where: Ints, rows: Sequence[int]) -> Overlaid:
    """What lies over a page's rows.

    ``labels`` (H, W) and ``stats`` (L, 5): strokes as OpenCV's components; ``where`` (H, W): the
    cell (from 1) that each pixel lies in; ``rows``: the row of each of the first cells.
    """
    row_of = np.zeros(max(int(where.max(initial=0)), len(rows)) + 1, dtype=np.int64)
    row_of[1 : len(rows) + 1] = rows
    over = np.zeros(labels.shape, dtype=np.uint8)
    strokes = np.zeros(labels.shape, dtype=np.uint8)
    lines = np.zeros(labels.shape, dtype=np.bool_)
    inside = np.flatnonzero((where > 0).any(axis=0))
    size = 2 * PLACE_EDGE_PX + 1
    in_box = cv2.erode((where > len(rows)).astype(np.uint8), np.ones((size, size), np.uint8)) > 0
    for number in range(1, len(stats)):
        left, top, width, height = (int(v) for v in stats[number, :4])
        high, wide = height / PAGE_PX_PER_MM, width / PAGE_PX_PER_MM
        broad = min(high, wide) >= NARROW_MM
        large = broad and FRAME_MM <= max(high, wide) <= LARGEST_MM
        sticks_out = len(inside) and (left < inside[0] or left + width > inside[-1] + 1)
        small = sticks_out and max(high, wide) <= MARK_MM
        place = slice(top, top + height), slice(left, left + width)
        if broad and max(high, wide) > TALL_MM:
            drawn = lines_in(np.asarray(labels[place] == number))
            if drawn.any() and _crosses_rows(drawn, where[place], row_of):
                lines[place] |= drawn
                continue
        if not large and not small:
            continue
        part = np.asarray(labels[place] == number)
        in_cells = np.bincount(where[place][part], minlength=len(row_of))
        in_rows = np.bincount(row_of, weights=in_cells)
        held = (in_cells >= IN_ROW_PX) & (row_of > 0)
        count = int((in_rows[1:] >= IN_ROW_PX).sum())
        if small and in_rows[0] >= OUTSIDE_SHARE * part.sum() and count:
            strokes[place][part] = 255
        elif large and (
            (count >= MANY_ROWS and high >= TALL_MM and _is_beside(held, row_of, count))
            or ((count >= 2 or (in_box[place] & part).sum() >= IN_ROW_PX) and _is_frame(part))
        ):
            over[place][part] = strokes[place][part] = 255
            cv2.fillConvexPoly(over, _hull(part) + (left, top), 255)
    drawn_over = lines.astype(np.uint8) * 255
    return Overlaid(
        _spread(over) | _spread(drawn_over, LINE_EDGE_PX),
        _spread(strokes) | _spread(drawn_over),
        lines,
    )


def _crosses_rows(drawn: Mask, where: Ints, row_of: npt.NDArray[np.int64]) -> bool:
    """Whether a line goes through three rows and two columns."""
    in_cells = np.bincount(where[drawn], minlength=len(row_of))
    held = (in_cells >= IN_ROW_PX) & (row_of > 0)
    return len(np.unique(row_of[held])) >= MANY_ROWS and _is_beside(held, row_of, 0)


def _is_beside(held: Mask, row_of: npt.NDArray[np.int64], count: int) -> bool:
    """Whether a piece is in two cells of one of its rows, or in more rows than signatures are."""
    return count > MANY_ROWS or bool((np.bincount(row_of[held]) >= 2).any())


def laid_on(
    over: Overlaid, origin: tuple[int, int], inked: Mask, inner: Box, state: InkState
) -> Laid:
    """How much of a cell's ink is of what lies over rows; ``origin``: where ``inked`` lies."""
    (x, y), (height, width) = origin, inked.shape
    place = slice(y, y + height), slice(x, x + width)
    strokes, within = over.strokes[place], over.over[place]
    if state is InkState.EMPTY or not (inked & (strokes | within)).any():
        return Laid.NONE
    if ink_state(weighted_ink(inked & ~strokes, inner))[0] is InkState.EMPTY:
        return Laid.ALL
    rest = ink_state(weighted_ink(inked & ~strokes & ~within, inner))[0]
    return Laid.NONE if rest is InkState.WRITTEN else Laid.WITHIN


def _spread(drawn: npt.NDArray[np.uint8], by_px: int = EDGE_PX) -> Mask:
    """What was drawn, with its soft edge."""
    if not drawn.any():
        return drawn > 0
    size = 2 * by_px + 1
    return np.asarray(cv2.dilate(drawn, np.ones((size, size), np.uint8)) > 0)


def _hull(part: Mask) -> Ints:
    """The corners (N, 2) around a piece of ink, px."""
    points = np.argwhere(part)[:, ::-1].astype(np.int32)
    return np.asarray(cv2.convexHull(points)[:, 0], dtype=np.int32)


def _is_frame(part: Mask) -> bool:
    """Whether a piece of ink goes around white paper."""
    if min(part.shape) < FRAME_MM * PAGE_PX_PER_MM:
        return False
    surrounded = cv2.contourArea(_hull(part))
    if part.sum() > FRAME_SHARE * surrounded:
        return False
    whole = np.pad(part.astype(np.uint8), GAP_PX)
    whole = cv2.morphologyEx(whole, cv2.MORPH_CLOSE, np.ones((GAP_PX, GAP_PX), np.uint8))
    outlines, _ = cv2.findContours(whole, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return max(map(cv2.contourArea, outlines), default=0.0) >= CLOSED_SHARE * surrounded
