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

# Ink is darker than its row's paper by this, gray levels, on the mean of so many px: on faint
# copies letters are little darker, on noisy ones single pixels are.
INK_DARKNESS, MEAN_PX = 40, 3
# Paper of a flattened page.
PAPER_LEVEL = 245
# Rows of pixels beside a line that belong to it.
LINE_PX = 5
# A side is written over where ink lies this near to it, px.
CROSSED_PX = 2
# Writing begins so far from its cell's side, 1 mm.
WRITTEN_PAD_PX = PAGE_PX_PER_MM
# A row that is cut costs one, one whose letters end or begin just beside the side this.
NEAR_COST = 0.5
# A side is moved a millimetre for so many rows that it no longer cuts, at least. Heads that are
# centred or aligned tell it to a millimetre, and where some are this and others that it may
# be 20 mm off. Two rows have white between words at one place by chance, ten have not.
ROWS_A_MM = 0.05

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def row_ink(rows: Sequence[Rule], gray: Pixels) -> Mask:
    """Whether there is ink (rows, page width) in each row between ``rows`` at each place across."""
    middle = float(np.mean([rule_span(rule) for rule in rows]))
    places = [round(rule_at(rule, middle)) for rule in rows]
    found = np.zeros((len(rows) - 1, gray.shape[1]), dtype=np.bool_)
    for number, (top, bottom) in enumerate(pairwise(places)):
        inside = gray[max(0, top + LINE_PX) : max(0, bottom - LINE_PX)]
        if len(inside) == 0:
            continue
        mean = cv2.blur(inside, (MEAN_PX, MEAN_PX))
        # Between the lines' ends, since the page beside a band is lighter than the band.
        left, right = (round(x) for x in rule_span(rows[number]))
        paper = float(np.median(mean[:, max(0, left) : right])) if right > left else PAPER_LEVEL
        found[number] = (mean < paper - INK_DARKNESS).any(axis=0)
    return found


def cut_rows(ink: Mask) -> Floats:
    """How many rows a side at each place across would cut; ``ink``: as ``row_ink`` tells."""
    if len(ink) == 0:
        return np.zeros(ink.shape[1])
    wide = cv2.dilate(ink.view(np.uint8), np.ones((1, 2 * CROSSED_PX + 1), np.uint8))
    return np.asarray(wide.sum(axis=0), dtype=np.float64)


def clear_side(ink: Mask, guess: float, start: float, stop: float) -> float:
    """Where between ``start`` and ``stop`` a side lies that heads have at ``guess``, px."""
    low, high = max(0, round(start)), min(ink.shape[1] - 1, round(stop))
    if high - low < 1:
        return guess
    at = int(np.clip(round(guess), low, high)) - low
    far = _far_off(ink)[:, low : high + 1]
    close = NEAR_COST * np.clip(1.0 - far / WRITTEN_PAD_PX, 0.0, 1.0)
    near = np.where(far <= CROSSED_PX, 1.0, close).sum(axis=0)
    off = np.abs(np.arange(len(near)) - at) / PAGE_PX_PER_MM
    best = int(np.argmin(near + ROWS_A_MM * off))
    return guess if best == at else float(low + best)


def _far_off(ink: Mask) -> Floats:
    """How far (px) from the nearest ink of its row each place across is; rows of none: far."""
    places = np.arange(ink.shape[1], dtype=np.float64)
    before = np.maximum.accumulate(np.where(ink, places, -np.inf), axis=1)
    behind = np.minimum.accumulate(np.where(ink, places, np.inf)[:, ::-1], axis=1)[:, ::-1]
    return np.minimum(places - before, behind - places)


def widest_gap(ink: Mask, start: float, stop: float) -> float:
    """The side of a column between two heads: just before the writing that follows a gap."""
    low, high = round(start), max(round(start) + 1, round(stop))
    written = ink.sum(axis=0)
    least = np.flatnonzero(written[low:high] <= written[low:high].min())
    runs = np.split(least, np.flatnonzero(np.diff(least) > 1) + 1)
    widest = max(runs, key=len)
    return float(max(low + widest[0], low + widest[-1] - WRITTEN_PAD_PX))
