"""The white between two columns' writing, where no ruling tells the side between them.

Heads tell about where a side lies; whether it lies there the writing tells: people begin
at their column's left side and stop before the next one, so that in nearly every row the
true side stands in white. Of the places between two heads that one is taken which the
fewest rows are written over, the nearer to where the heads have it the better. It says
nothing of a blank sheet, and next to nothing of a single row, which has white between
any two words.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Pixels, Rule

# Ink is darker than this, gray levels of a flattened page.
DARK_LEVEL = 150
# Rows of pixels beside a line that belong to it.
LINE_PX = 5
# A side is written over where ink lies this near to it, px.
CROSSED_PX = 2
# Writing begins so far from its cell's side, 1 mm.
WRITTEN_PAD_PX = PAGE_PX_PER_MM
# A side is moved a millimetre for this share of the written rows that it no longer cuts, at least:
# heads are centred or aligned to a millimetre, and where they are neither, off by 5 to 10 mm.
SHARE_A_MM = 0.02

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def row_ink(rows: Sequence[Rule], gray: Pixels) -> Mask:
    """Whether there is ink (rows, page width) in each row between ``rows`` at each place across."""
    middle = float(np.mean([rule_span(rule) for rule in rows]))
    places = [round(rule_at(rule, middle)) for rule in rows]
    found = np.zeros((len(rows) - 1, gray.shape[1]), dtype=np.bool_)
    for number, (top, bottom) in enumerate(pairwise(places)):
        inside = gray[max(0, top + LINE_PX) : max(0, bottom - LINE_PX)]
        found[number] = (inside < DARK_LEVEL).any(axis=0)
    return found


def cut_rows(ink: Mask) -> Floats:
    """How many rows a side at each place across would cut; ``ink``: as ``row_ink`` tells."""
    wide = cv2.dilate(ink.view(np.uint8), np.ones((1, 2 * CROSSED_PX + 1), np.uint8))
    return np.asarray(wide.sum(axis=0), dtype=np.float64)


def clear_side(ink: Mask, guess: float, start: float, stop: float) -> float:
    """Where between ``start`` and ``stop`` a side lies that heads have at ``guess``, px."""
    low, high = max(0, round(start)), min(ink.shape[1] - 1, round(stop))
    written = int(ink.any(axis=1).sum())
    if high - low < 1 or written == 0:
        return guess
    at = int(np.clip(round(guess), low, high)) - low
    cut = cut_rows(ink)[low : high + 1]
    far = np.abs(np.arange(len(cut)) - at) / PAGE_PX_PER_MM
    best = int(np.argmin(cut / written + SHARE_A_MM * far))
    if best == at:
        return guess
    # The white around that place; not at its very edge, where a letter begins or ends.
    first = last = best
    while first > 0 and cut[first - 1] <= cut[best]:
        first -= 1
    while last + 1 < len(cut) and cut[last + 1] <= cut[best]:
        last += 1
    pad = min(WRITTEN_PAD_PX, (last - first) / 2)
    return float(low + np.clip(at, first + pad, last - pad))


def widest_gap(ink: Mask, start: float, stop: float) -> float:
    """The side of a column between two heads: just before the writing that follows a gap."""
    low, high = round(start), max(round(start) + 1, round(stop))
    written = ink.sum(axis=0)
    least = np.flatnonzero(written[low:high] <= written[low:high].min())
    runs = np.split(least, np.flatnonzero(np.diff(least) > 1) + 1)
    widest = max(runs, key=len)
    return float(max(low + widest[0], low + widest[-1] - WRITTEN_PAD_PX))
