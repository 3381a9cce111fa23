"""Where a printed label ends and its answer may begin, from the page's own ink.

A label that the print engine could not read (its line is written on) is as wide
as its wording is beside the labels that were read, within 5 %; the gap in the
ink nearest to there is its end. A colon that the engine left out belongs to its
label. It fails where writing runs into a label that was not read.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.layout.print.wording import Box
from digitizer.records import Pixels

Mask = npt.NDArray[np.bool_]

# Widths of printed characters in shares of the type size; the commonest typefaces
# differ from these by 5 % over a label.
_NARROW, _SMALL, _CAPITAL, _BROAD = 0.27, 0.52, 0.66, 0.84
_NARROW_SIGNS = set("iljtfrI.,:;'!|/() -")
_BROAD_SIGNS = set("mwMW@")
# Ink is this much of the way from a label's paper to its darkest ink.
INK_SHARE = 0.45
# Gray levels between them, at least: less is paper alone.
LEAST_CONTRAST = 30
# A run along the line longer than this many label heights is a ruling or a writing line.
RULING_HEIGHTS = 2.5
# An unread label ends in a gap this near to where it should (in label heights) ...
GAP_BEFORE, GAP_AFTER = 0.8, 1.6
# ... at least this wide; letters of a label stand closer, a colon may stand as far.
LEAST_GAP = 0.2
# A colon stands this near behind its label, is this narrow, and white between its dots; of
# an i the stem is higher than its dot by more than so much.
COLON_REACH, COLON_WIDTH, COLON_INK, MOST_UNEQUAL = 0.8, 0.32, 0.75, 2.0
# The colon of a label that was read with the letters behind it stands in this last share of
# what was read, and so near to where the label should end: label heights, share of its width.
COLON_FROM = 0.3
COLON_OFF, COLON_OFF_SHARE = 1.0, 0.12
# A label that is wider than it should be by so much of the type's size holds other letters, too;
# it begins this near to where it should.
LETTERS_WIDER, NEAR_START = 1.0, 0.6


def type_width(text: str) -> float:
    """How wide a text is printed, in shares of the type size."""
    return sum(
        _NARROW
        if sign in _NARROW_SIGNS
        else _BROAD
        if sign in _BROAD_SIGNS
        else _CAPITAL
        if sign.isupper()
        else _SMALL
        for sign in text
    )


def unread_width(wording: str, read: Sequence[tuple[str, float]]) -> float | None:
    """Width in px of a label that was not read, from those that were: (text, width in px)."""
    sizes = [width / type_width(text) for text, width in read if text.strip()]
    return float(np.median(sizes)) * type_width(wording) if sizes else None


def unread_end(gray: Pixels, label: Box) -> float:
    """The end of a label whose box is a guess: the gap in the ink nearest to its right side."""
    left, top, right, bottom = label
    high = bottom - top
    start = max(left + high, right - GAP_BEFORE * high)
    inked = _inked_columns(gray, (start, top, right + GAP_AFTER * high, bottom))
    best, found = -np.inf, right
    for begin, stop in _runs(~inked):
        # A gap that the window cuts begins or ends beyond it: what is seen counts.
        wide = (stop - begin) / high
        if wide < LEAST_GAP:
            continue
        at = start + begin
        worth = min(wide, 1.0) - 0.7 * abs(at - right) / high
        if worth > best:
            best, found = worth, at
    return found


def with_colon(gray: Pixels, label: Box) -> float:
    """The end of a label that was read, behind a colon that was not."""
    _, top, right, bottom = label
    high = bottom - top
    reach = right + (COLON_REACH + COLON_WIDTH) * high
    ink = _ink(gray, (right, top, reach, bottom))
    if ink is None:
        return right
    for begin, stop in _runs(np.any(ink, axis=0)):
        if begin == 0:  # the label's own last letter, cut by its box
            continue
        if stop - begin > COLON_WIDTH * high or stop >= ink.shape[1]:
            return right
        return right + stop if _is_colon(ink[:, begin:stop], high) else right
    return right


def own_colon(gray: Pixels, label: Box, width: float | None) -> float | None:
    """Where the colon of a label that has one ends, if ink stands behind it in the box.

    ``width``: how wide the label should be printed, px, where that is known. None where no
    colon is seen, or it is right behind the box: that is as good as any other guess then.
    """
    left, top, right, bottom = label
    if with_colon(gray, label) > right:
        return None
    high = bottom - top
    ink = _ink(gray, label)
    if ink is None:
        return None
    runs = _runs(np.any(ink, axis=0))
    if not runs or _is_colon(ink[:, slice(*runs[-1])], high):
        return None  # it was read alone
    ends = [
        left + stop
        for begin, stop in runs[1:-1]
        if begin >= COLON_FROM * (right - left) and _is_colon(ink[:, begin:stop], high)
    ]
    if width is not None:
        near = COLON_OFF * high + COLON_OFF_SHARE * width
        ends = [end for end in ends if abs(end - left - width) <= near]
        return min(ends, key=lambda end: abs(end - left - width), default=None)
    return ends[0] if ends else None


def span_before_colon(gray: Pixels, label: Box, wording: str, width: float) -> tuple[float, float]:
    """Where a label that has a colon begins and ends, if letters before it were read with it.

    ``width``: how wide it should be printed, px. Its own sides where it is about as wide, and
    where no colon is seen in it, or none that leaves room for anything before the label.
    """
    left, top, right, bottom = label
    size = width / type_width(wording)
    ink = _ink(gray, label)
    if ink is None or right - left <= width + LETTERS_WIDER * size:
        return left, right
    ends = [
        left + stop
        for begin, stop in _runs(np.any(ink, axis=0))
        if begin > 0 and _is_colon(ink[:, begin:stop], bottom - top)
    ]
    end = next((end for end in ends if end - width >= left - NEAR_START * size), None)
    if end is None or end - width <= left + NEAR_START * size:
        return left, right
    # It begins behind the widest gap near to where it should.
    start = end - width
    near = start - NEAR_START * size, start + NEAR_START * size
    gaps = [
        (stop - begin, left + stop)
        for begin, stop in _runs(~np.any(ink, axis=0))
        if near[0] <= left + stop <= near[1]
    ]
    return max(gaps, default=(0, start))[1], end


def _is_colon(ink: Mask, high: float) -> bool:
    """Whether a piece of ink, (h, w) without empty columns beside it, is two dots."""
    if ink.shape[1] > COLON_WIDTH * high:
        return False
    rows = np.flatnonzero(ink.any(axis=1))
    span = int(rows[-1]) - int(rows[0]) + 1
    dots = _runs(np.any(ink[rows[0] : rows[-1] + 1], axis=1))
    if len(dots) != 2 or len(rows) > COLON_INK * span or span > 0.9 * high:
        return False
    heights = sorted(stop - begin for begin, stop in dots)
    return heights[1] <= MOST_UNEQUAL * heights[0]


def _inked_columns(gray: Pixels, box: Box) -> Mask:
    ink = _ink(gray, box)
    if ink is None:
        return np.zeros(max(0, round(box[2]) - round(box[0])), dtype=np.bool_)
    return np.asarray(ink.any(axis=0))


def _ink(gray: Pixels, box: Box) -> Mask | None:
    """Ink in a box without lines along it, (h, w); None where there is none."""
    left, top, right, bottom = (max(0, round(edge)) for edge in box)
    part = gray[top:bottom, left:right]
    if part.size == 0:
        return None
    # Paper is most of a label's line; its darkest ink sets the scale.
    paper, dark = float(np.percentile(part, 80)), float(part.min())
    if paper - dark < LEAST_CONTRAST:
        return None
    ink = (part < paper - INK_SHARE * (paper - dark)).view(np.uint8)
    long = max(3, round(RULING_HEIGHTS * (bottom - top)))
    if ink.shape[1] >= long:
        lines = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, long), np.uint8))
        ink = ink & ~cv2.dilate(lines, np.ones((3, 1), np.uint8))
    return np.asarray(ink > 0)


def _runs(marked: Mask) -> list[tuple[int, int]]:
    """Stretches of True as (begin, stop)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], marked.view(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
