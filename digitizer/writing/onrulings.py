"""Letters written right on a ruling between two cells, which goes with them.

A name that runs out of room may end with an I or the stem of an E on the border, and what
is left of it reads as a shorter name, surely. The ruling is darker there than along the
rest of the cell, or wider, over the height of a letter, and next to it a line of writing
ends or begins. It fails where a scan has no grays and the letter is no wider than the ruling.
"""

from collections.abc import Sequence
from itertools import groupby

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import Pixels
from digitizer.writing.borderletters import neighbours
from digitizer.writing.ink import Ints, RulePath, px
from digitizer.writing.letterlines import Box

# The ruling is looked at so far (px) to either side, and left out where writing is this far from
# it, darker than this (gray levels): that crosses it, and is cut there.
HALF_PX, BESIDE_PX, BESIDE_DARK = 4, 8, 60
# ... along the cell and so far (mm) beyond, for what is usual.
AROUND_MM = 7.5
# A letter on it is darker by this share at least, and by so many times the usual difference.
DARKER, NOISE = 0.15, 8.0
# Where it is less than this share as dark as along its cell it is not there.
THERE = 0.6
# It goes over this share of the height of the letter beside it, and so many mm.
ALONG_SHARE, ALONG_MM = 0.5, 1.5
# ... and over no more of what is above and below that than this share.
SLACK = 0.35
# Writing ends so near the border, in heights of its letters, and reaches so far (mm) along it.
REACH, LINE_MM = 1.6, 12.0
# Letters are as high (px).
MIN_LETTER_PX = 12


def on_rulings(
    darkness: Pixels, paths: Sequence[RulePath], owner: Ints, boxes: Sequence[Box]
) -> dict[int, float]:
    """Cells (from 1) that may have lost a letter to a ruling at their side: 1.0 each.

    ``darkness`` (H, W) uint8: how much darker than paper; ``paths``: the page's rulings;
    ``owner`` (H, W): the cell of each pixel of ink, 0 for none.
    """
    down = [path for path in paths if not path.horizontal]
    doubts: dict[int, float] = {}
    for left, right in neighbours(boxes):
        border = (boxes[left - 1][2] + boxes[right - 1][0]) // 2
        for cell, side in ((left, -1), (right, 1)):
            letter = _next_letter(owner, cell, boxes[cell - 1], border, side)
            if letter is None:
                continue
            path = _path_at(down, border, *letter)
            if path is not None and _hides_letter(darkness, path, boxes[cell - 1], *letter):
                doubts[cell] = 1.0
    return doubts


def _next_letter(
    owner: Ints, cell: int, box: Box, border: int, side: int
) -> tuple[int, int] | None:
    """Top and bottom (page px) of the letter of a cell that is next to a border, if near it."""
    reach = px(LINE_MM)
    start, stop = (max(0, border - reach), border) if side < 0 else (border, border + reach)
    inked = (owner[box[1] : box[3], start:stop] == cell).view(np.uint8)
    if not inked.any():
        return None
    _, _, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(inked))
    letters = stats[1:][stats[1:, cv2.CC_STAT_HEIGHT] >= MIN_LETTER_PX]
    if len(letters) == 0:
        return None
    heights = letters[:, cv2.CC_STAT_HEIGHT]
    ends = letters[:, cv2.CC_STAT_LEFT] + letters[:, cv2.CC_STAT_WIDTH]
    gaps = inked.shape[1] - ends if side < 0 else letters[:, cv2.CC_STAT_LEFT]
    nearest = int(gaps.argmin())
    # What touches the ruling was cut there, and is in doubt by that.
    if not HALF_PX <= gaps[nearest] <= REACH * float(np.median(heights)):
        return None
    top = box[1] + int(letters[nearest, cv2.CC_STAT_TOP])
    return top, top + int(heights[nearest])


def _path_at(down: Sequence[RulePath], border: int, top: int, bottom: int) -> RulePath | None:
    """The upright ruling that runs along a border beside a letter."""
    middle = (top + bottom) // 2
    for path in down:
        within = path.start <= top and bottom <= path.start + len(path.centers)
        if within and abs(path.centers[middle - path.start] - border) <= BESIDE_PX:
            return path
    return None


def _hides_letter(darkness: Pixels, path: RulePath, box: Box, top: int, bottom: int) -> bool:
    """Whether a ruling is darker beside a letter from ``top`` to ``bottom`` than elsewhere."""
    around, end = px(AROUND_MM), path.start + len(path.centers)
    rows = np.arange(max(path.start, box[1] - around), min(end, box[3] + around))
    rows = rows[rows < darkness.shape[0]]
    center = np.rint(path.centers[rows - path.start]).astype(int)

    def at(offset: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        columns = np.clip(center[:, None] + offset, 0, darkness.shape[1] - 1)
        return np.asarray(darkness[rows[:, None], columns], dtype=np.float64)

    dark = at(np.arange(-HALF_PX, HALF_PX + 1)).sum(axis=1)
    dark = cv2.blur(dark[None], (5, 1))[0]
    # It may end with its cell: beyond, what is as white as paper says nothing of it.
    own = dark[(rows >= box[1]) & (rows < box[3])]
    there = dark[dark > THERE * float(np.percentile(own, 30))] if len(own) else own
    if len(there) == 0:
        return False
    usual = float(np.median(there))
    noise = float(np.median(np.abs(there - usual))) / max(usual, 1.0)
    clear = at(np.array([-BESIDE_PX, BESIDE_PX])).max(axis=1) < BESIDE_DARK
    slack = SLACK * (bottom - top)
    beside = (rows >= top - slack) & (rows <= bottom + slack)
    darker = clear & beside & (dark > (1.0 + max(DARKER, NOISE * noise)) * usual)
    longest = max((len(list(run)) for is_dark, run in groupby(darker) if is_dark), default=0)
    return longest >= max(ALONG_SHARE * (bottom - top), px(ALONG_MM))
