"""Signatures that spill into a neighbour's cell: whose they are, and that nobody signed there.

A large signature reaches over the rulings above and below its row. Its loops and ends lie in
cells that others may have left empty, and would be signatures there. Such ink goes on over the
ruling into a signature with far more ink, and between two ways across it there is no more of
it than a loop holds. Where a cell to sign in holds nothing else it goes to that signature; that
somebody signed, or nobody, is then not told. A signature that touches its neighbour's is longer, or
has strokes that do not cross. It fails on initials that hang from a neighbour's signature.
"""

from collections.abc import Collection, Iterator, Sequence

import cv2
import numpy as np

from digitizer.records import InkState
from digitizer.writing.amounts import ink_state, weighted_ink
from digitizer.writing.ink import Ints, Mask, px
from digitizer.writing.letterlines import Box
from digitizer.writing.overhang import lies_over

# The signature that spills has so many times the ink that each of its strokes has in its
# neighbour's cell, and of that stroke as much itself. Of 19 that did most had 2 to 20 times, the
# least 1.25.
FAR_MORE = 1.2
# A piece of a stroke begins so near (mm) to the ruling it came across.
BORDER_MM = 1.0
# Ways across the ruling are counted so far (mm) behind it, where nothing of it is left.
COUNTED_MM = 0.7
# Between two ways across, or from one to its end, a stroke is no longer than so many times
# the height of the row: those were 0.1 to 1.2 times as long.
LONGEST = 1.5
# It goes no deeper into the row than this share of its height (those: 0.6); a signature that stands
# on the ruling, and so may touch the one below at many places, is mostly higher.
DEEPEST = 0.65
# Ink so far (mm) beyond a cell may be its own.
BEYOND_MM = 12.0


def give_spills(
    owner: Ints, labels: Ints, boxes: Sequence[Box], rows: Sequence[int], signed: Collection[int]
) -> frozenset[int]:
    """Give the ends of signatures to the rows they belong to, in ``owner`` (H, W) itself.

    ``labels`` (H, W): strokes; ``boxes``: (left, top, right, bottom) of the rows' cells, ``rows``:
    the number of each one's row; ``signed``: those to sign in. Cells count from 1, 0 is nobody's.
    Returns the cells that held nothing else.
    """
    taken: dict[int, list[tuple[int, Mask, tuple[slice, slice]]]] = {}
    for cell in sorted(n for n in signed if n <= len(boxes)):
        whose = _whose(owner, labels, boxes, rows, signed, cell)
        if whose:
            taken[cell] = whose
    # All are judged by what was there at first: of three in a row none is given twice.
    for whose in taken.values():
        for other, piece, place in whose:
            owner[place][piece] = other
    return frozenset(taken)


def _whose(
    owner: Ints,
    labels: Ints,
    boxes: Sequence[Box],
    rows: Sequence[int],
    signed: Collection[int],
    cell: int,
) -> list[tuple[int, Mask, tuple[slice, slice]]]:
    """The pieces of a cell's ink with the neighbour that each is of; none if any is its own."""
    left, top, right, bottom = boxes[cell - 1]
    place = _around(owner, boxes[cell - 1])
    inner = (left - place[1].start, top - place[0].start)
    within = (*inner, inner[0] + right - left, inner[1] + bottom - top)
    mine = np.asarray(owner[place] == cell)
    if ink_state(weighted_ink(mine, within))[0] is InkState.EMPTY:
        return []
    found: list[tuple[int, Mask, tuple[slice, slice]]] = []
    rest = mine.copy()
    for other, is_above in _beside(boxes, rows, signed, cell):
        theirs = _around(owner, boxes[other - 1])
        held = np.bincount(labels[theirs][owner[theirs] == other])
        border = within[1] if is_above else within[3]
        for stroke in np.unique(labels[place][rest]).tolist():
            piece = rest & (labels[place] == stroke)
            common = int(held[stroke]) if 0 < stroke < len(held) else 0
            if common < piece.sum() or held.sum() < FAR_MORE * piece.sum():
                continue
            if _is_end(piece, border, bottom - top, above=is_above):
                found.append((other, piece, place))
                rest &= ~piece
    return found if ink_state(weighted_ink(rest, within))[0] is InkState.EMPTY else []


def _around(owner: Ints, box: Box) -> tuple[slice, slice]:
    """A cell and what runs out of it."""
    left, top, right, bottom = box
    far = px(BEYOND_MM)
    height, width = owner.shape
    return (
        slice(max(0, top - far), min(height, bottom + far)),
        slice(max(0, left - far), min(width, right + far)),
    )


def _beside(
    boxes: Sequence[Box], rows: Sequence[int], signed: Collection[int], cell: int
) -> Iterator[tuple[int, bool]]:
    """Cells to sign in above and below one, and whether each is above."""
    for other in signed:
        if other > len(boxes) or abs(rows[other - 1] - rows[cell - 1]) != 1:
            continue
        if lies_over(boxes[other - 1], boxes[cell - 1]):
            yield other, True
        elif lies_over(boxes[cell - 1], boxes[other - 1]):
            yield other, False


def _is_end(piece: Mask, border: int, height: int, *, above: bool) -> bool:
    """Whether all that a stroke has in a cell comes over a border and is as short as a loop.

    ``piece`` (h, w); ``border``: its row in that; ``height`` of the cell, px; ``above``: whether it
    is the cell's upper one.
    """
    count, _, stats, _ = cv2.connectedComponentsWithStats(piece.view(np.uint8), connectivity=8)
    tops, bottoms = stats[1:, cv2.CC_STAT_TOP], stats[1:, 1] + stats[1:, cv2.CC_STAT_HEIGHT]
    near = tops <= border + px(BORDER_MM) if above else bottoms >= border - px(BORDER_MM)
    deep = int(bottoms.max()) - border if above else border - int(tops.min())
    if not near.all() or deep > DEEPEST * height:
        return False
    line = border + px(COUNTED_MM) if above else border - px(COUNTED_MM) - 1
    across = piece[line] if 0 <= line < len(piece) else np.zeros(1, dtype=np.bool_)
    ways = int((np.diff(across.astype(np.int8), prepend=0) > 0).sum())
    return _length(piece) <= LONGEST * height * max(ways, count - 1)


def _length(piece: Mask) -> float:
    """How long the strokes of a piece are, px: half of the way around them."""
    outlines, _ = cv2.findContours(piece.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return sum(cv2.arcLength(outline, closed=True) for outline in outlines) / 2
