"""What hangs below a row's writing into a row that is blank otherwise: underlines, ends of loops.

A stroke that goes on from the row above is that row's already. One that stands alone below it,
as the line under a signature does, lies in the next row, and would be all that is written
there: a signer nobody put down. Such ink is flat, right below the ruling, and right above it
somebody wrote. It fails where a row holds more than that. Ditto marks are as high as wide.

The foot of a loop whose way across the ruling is lost lies in the next row as well, and would be
the signature of somebody who wrote there and did not sign: that is told, and not given away.
"""

from collections.abc import Sequence

import numpy as np

from digitizer.writing.ink import Ints, Mask, px
from digitizer.writing.letterlines import Box

# Ink that hangs over is no higher than this share of its row, ends above this share, and is so
# many times as wide as high.
FLAT_SHARE, UPPER_SHARE, WIDER = 0.35, 0.45, 2.0
# Less ink (px) is dust; what is written in the row above has so much, and ends so near (mm) above
# the ruling.
DUST_PX, WRITTEN_PX, NEAR_MM = 12, 150, 3.0
# A cell begins where the one above it ends, and beside each other they stand by this share.
SAME_PLACE_MM, SAME_COLUMN = 1.5, 0.5


# Ink of a signature's cell that begins so near (mm) to a ruling above or below it, and goes no
# farther (mm; as a share of the row) from it, may be the end of the next row's loop.
HUGS_MM, SHALLOW_MM, SHALLOW_SHARE = 1.0, 3.5, 0.3


def hugs_border(mask: Mask, cell: Box) -> bool:
    """Whether all ink lies within a cell, along its upper or its lower border.

    ``mask`` (h, w): the ink; ``cell``: where the cell lies in it, px.
    """
    _, top, _, bottom = cell
    rows = np.flatnonzero(mask.any(axis=1))
    if len(rows) == 0:
        return False
    first, last = int(rows[0]), int(rows[-1]) + 1
    near, far = px(HUGS_MM), min(px(SHALLOW_MM), SHALLOW_SHARE * (bottom - top))
    below_ruling = 0 <= first - top <= near and last - top <= far
    return below_ruling or (0 <= bottom - last <= near and bottom - first <= far)


def give_overhang(owner: Ints, boxes: Sequence[Box], rows: Sequence[int]) -> None:
    """Give what hangs into blank rows to the cells above, in ``owner`` (H, W) itself.

    ``boxes``: (left, top, right, bottom) of the rows' cells, ``rows``: the number of each
    one's row; cells count from 1 in ``owner``, 0 is nobody's.
    """
    cells: dict[int, list[int]] = {}
    for number, row in enumerate(rows, start=1):
        cells.setdefault(row, []).append(number)
    for row, numbers in cells.items():
        inked = [(n, at) for n in numbers if len(at := _ink_of(owner, n, boxes[n - 1])) >= DUST_PX]
        if len(inked) != 1:
            continue
        cell, at = inked[0]
        _, top, _, bottom = boxes[cell - 1]
        (high, left), (low, right) = at.min(axis=0).tolist(), (at.max(axis=0) + 1).tolist()
        flat = low - high <= FLAT_SHARE * (bottom - top) and right - left >= WIDER * (low - high)
        if not flat or low - top > UPPER_SHARE * (bottom - top):
            continue
        for above in cells.get(row - 1, ()):
            if lies_over(boxes[above - 1], boxes[cell - 1]) and _ends_low(
                owner, above, boxes[above - 1]
            ):
                owner[at[:, 0], at[:, 1]] = above


def _ink_of(owner: Ints, number: int, box: Box) -> Ints:
    """The pixels (N, 2) of a cell's ink as (y, x), within its box and a little beyond."""
    beyond = px(NEAR_MM)
    left, top, right, bottom = box
    y0, x0 = max(0, top - beyond), max(0, left - beyond)
    part = owner[y0 : bottom + beyond, x0 : right + beyond] == number
    return np.argwhere(part).astype(np.int32) + np.array([y0, x0], dtype=np.int32)


def lies_over(above: Box, below: Box) -> bool:
    """Whether a cell ends where another one of its column begins."""
    common = min(above[2], below[2]) - max(above[0], below[0])
    same = common >= SAME_COLUMN * min(above[2] - above[0], below[2] - below[0])
    return same and abs(above[3] - below[1]) <= px(SAME_PLACE_MM)


def _ends_low(owner: Ints, number: int, box: Box) -> bool:
    """Whether a cell is written in down to its foot."""
    at = _ink_of(owner, number, box)
    return len(at) >= WRITTEN_PX and int(at[:, 0].max()) >= box[3] - px(NEAR_MM)
