"""Writing so pale that it is taken for what shines through from the back.

Strokes under a share of the print's darkness are dropped (``strokes.drop_ghosts``): the back's
writing must not become rows. But a hard pencil leaves strokes as pale, and whoever wrote with it
would be lost without a word. What shines through is blurred by the paper that it comes through; a
pencil's strokes have edges as steep as the scan shows any. So of a cell that seems empty it is
told whether what was dropped there is as much as writing, and whether its edges are a pen's. It
fails where the scan is as blurred as paper blurs, and below what counts as ink at all.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import InkState, Pale, Pixels
from digitizer.writing.amounts import ink_state, weighted_ink
from digitizer.writing.ink import Ints, PageInk
from digitizer.writing.strokes import GHOST_EDGE

Mask = npt.NDArray[np.bool_]
Box = tuple[int, int, int, int]

# So much of it (weighted px) in a cell is writing, whatever its edges: of 578 empty cells over
# backs that show at 6 to 14 % none held as much, of those in which a pencil was lost half did.
MUCH_PX = 350.0


@dataclass(frozen=True, slots=True, eq=False)
class Ghosts:
    """What was dropped for the back's: where (H, W), and the page's darkness and its steps."""

    mask: Mask
    darkness: Pixels
    edge: Pixels


def dropped(before: Ints, after: Ints, page: PageInk) -> Ghosts:
    """What is in the labels ``before`` and not in those ``after``."""
    mask = (before > 0) & (after == 0)
    edge = cv2.morphologyEx(page.darkness, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    return Ghosts(mask, page.darkness, np.asarray(edge, dtype=np.uint8))


def paleness(ghosts: Ghosts, box: Box) -> Pale:
    """Whether what was dropped in a cell, ``box`` (left, top, right, bottom), may be writing."""
    left, top, right, bottom = box
    place = slice(top, bottom), slice(left, right)
    mask = ghosts.mask[place]
    if not mask.any():
        return Pale.NONE
    amount = weighted_ink(mask, (0, 0, right - left, bottom - top))
    if ink_state(amount)[0] is not InkState.WRITTEN:
        return Pale.NONE
    steps = float(ghosts.edge[place][mask].sum(dtype=np.float64))
    if steps >= GHOST_EDGE * float(ghosts.darkness[place][mask].sum(dtype=np.float64)):
        return Pale.SHARP
    return Pale.SOFT if amount >= MUCH_PX else Pale.NONE
