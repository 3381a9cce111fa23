"""Ink right under a label: its answer stands below it, at a line of its own or in the label's cell.

``Your name:`` over a line, or in the upper part of a cell, leaves no more room beside it than a
long label at a line's beginning does, and rulings tell the two apart only where they are traced.
What is written tells: an answer beside its label leaves the paper under the label white. The place
of one that stands below is all around its label; it fails where nothing is written under the label.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.geometry import as_polygon
from digitizer.layout.print.wording import Box
from digitizer.records import PAGE_PX_PER_MM, Pixels, Polygon, PrintedWord

Mask = npt.NDArray[np.bool_]

# A label's own tails and the accents of the next one stand within these shares of its height.
TAILS, ACCENTS = 0.3, 0.25
# Room to write in: less is the space between two lines of print, 2.5 mm.
LEAST_ROOM_PX = 2.5 * PAGE_PX_PER_MM
# Letters are at least so high and, together, so wide, in label heights: dust and tails are not.
LETTER_HIGH, WRITTEN_WIDE = 0.55, 1.0
# Small letters of print are at least so high; of a label's width so much is ink.
SMALL_LETTER, PRINTED_SHARE = 0.35, 0.4
# Ink is this much darker than the paper (gray levels); longer runs, in label heights, are lines.
INK_CONTRAST, LINE_HEIGHTS = 35, 3.0
# A second line of the label: read so surely, so low, and below its beginning (label heights).
PRINT_SURE, PRINT_HIGH, PRINT_ASIDE, PRINT_BELOW = 0.9, 1.15, 0.8, 0.9
# No line is shorter than this, px.
LEAST_LINE_PX = 3
# White between a label and what is written around it, px.
OFF_PX = 2


def written_under(label: Box, space: Box, gray: Pixels, words: Sequence[PrintedWord]) -> bool:
    """Whether somebody wrote below a label, in the place of its answer.

    ``space``: where the answer would stand beside the label. ``words``: the page's print.
    """
    left, top, right, bottom = label
    high = bottom - top
    low, foot = bottom + TAILS * high, space[3] - ACCENTS * high
    if foot - low < LEAST_ROOM_PX or space[0] > right + high:
        return False
    goes_on = [word.box for word in words if _goes_on(word, label)]
    low = max([low, *(box[3] + 1 for box in goes_on)])
    return written_width(gray, (left, low, right, foot), high) >= WRITTEN_WIDE * high


def written_width(gray: Pixels, box: Box, high: float, least: float = LETTER_HIGH) -> float:
    """How wide, px, the letters in a box are together.

    ``high``: how high the print beside it is, px; ``least``: letters are, as a share of it.
    """
    ink = _ink(gray, box, high)
    if ink is None:
        return 0.0
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.view(np.uint8), connectivity=8)
    letters = stats[1:][stats[1:, cv2.CC_STAT_HEIGHT] >= least * high]
    return float(letters[:, cv2.CC_STAT_WIDTH].sum())


def is_printed(label: Box, gray: Pixels, words: Sequence[PrintedWord] = ()) -> bool:
    """Whether anything stands where a label that was not read should: print, or what may be."""
    left, top, right, bottom = label
    high = bottom - top
    if any(left < w.middle[0] < right and top < w.middle[1] < bottom for w in words):
        return True
    place = (left - high / 2, top - high / 2, right, bottom + high / 2)
    return written_width(gray, place, high, SMALL_LETTER) >= PRINTED_SHARE * (right - left)


def around_label(label: Box, space: Box, left: float) -> Polygon:
    """The place beside a label and below it, which begins at ``left``, without the label."""
    inner = max(label[2] + OFF_PX, space[0])
    foot = label[3] + OFF_PX
    _, top, right, bottom = space
    return as_polygon(
        [(inner, top), (right, top), (right, bottom), (left, bottom), (left, foot), (inner, foot)]
    )


def _goes_on(word: PrintedWord, label: Box) -> bool:
    """Whether a word is print that a label goes on with in a second line."""
    left, top, right, bottom = word.box
    high = label[3] - label[1]
    return (
        word.confidence >= PRINT_SURE
        and bottom - top <= PRINT_HIGH * high
        and not any(sign.isdigit() for sign in word.text)
        and left >= label[0] - PRINT_ASIDE * high
        and right <= label[2] + high
        and -high / 4 <= top - label[3] <= PRINT_BELOW * high
    )


def _ink(gray: Pixels, box: Box, high: float) -> Mask | None:
    """Ink in a box without rulings, (h, w); None where there is no box."""
    left, top, right, bottom = (max(0, round(edge)) for edge in box)
    part = gray[top:bottom, left:right]
    # A border across the place runs all down it.
    return without_lines(part, LINE_HEIGHTS * high, part.shape[0]) if part.size else None


def without_lines(part: Pixels, across: float, down: float) -> Mask:
    """Ink of a part of a page, (h, w), without lines at least so long, px."""
    paper = float(np.percentile(part, 80))
    ink = (part < paper - INK_CONTRAST).view(np.uint8)
    for shape in ((round(down), 1), (1, round(across))):
        if ink.shape[0] >= shape[0] and ink.shape[1] >= shape[1] and max(shape) >= LEAST_LINE_PX:
            lines = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
            ink = ink & ~cv2.dilate(lines, np.ones((3, 3), np.uint8))
    return np.asarray(ink > 0)
