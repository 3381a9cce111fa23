"""The edges of the collector box: the rulings around its title and labels, or a little off them."""

from collections.abc import Sequence

import cv2
import numpy as np

from digitizer.layout.print.wording import Box, Hit, bounding_box
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Pixels, PrintedWord, Rule

# Labels and title of one box stand within this, 60 mm.
BOX_REACH_PX = 60 * PAGE_PX_PER_MM
# The writing line of a label that has no ruled cell, 9 mm.
WRITING_LINE_PX = 9 * PAGE_PX_PER_MM
# The last answer on a line has this much room, 40 mm.
MIN_ANSWER_PX = 40 * PAGE_PX_PER_MM
# A frame's ruling may end this far inside the print it frames, 4 mm: boxes of
# words reach over their letters.
FRAME_SLACK_PX = 4 * PAGE_PX_PER_MM
# A frame's ruling may touch the print it frames, 2 mm.
TOUCH_PX = 2 * PAGE_PX_PER_MM
# Pieces of one line lie at heights that differ by so little, 1 mm.
ALIKE_PX = PAGE_PX_PER_MM
# A word this many times as high as the others was read together with what lies about it.
TOO_HIGH = 1.8
# Frames keep this share of the page's length for its margins, at one end at least.
MARGIN_SHARE = 0.03
# Print over a label: rows of pixels of which this share is dark, but not so much, below
# this gray level; a frame's ruling is so thick, px.
PRINT_SHARE, BAND_SHARE, DARK_LEVEL, TOP_RULE_PX = 0.08, 0.7, 150, 4
# A band is at least so thick, 1.5 mm.
BAND_PX = round(1.5 * PAGE_PX_PER_MM)
# A line to write on begins so many heights behind its label, and runs so near to its foot.
BEHIND, FOOT = 3.0, 0.6
# Rows of a box differ in height by less than this share.
SAME_ROW = 0.4


def box_frame(
    labels: Sequence[Hit | None],
    title: Hit | None,
    rules: Sequence[Rule],
    shape: tuple[int, ...],
    *,
    shared: bool,
) -> Box:
    """Edges of the box: the nearest rulings that run past what is printed in it.

    Of ``labels`` each that was not read may have a row of its own below, as high as the one
    above it. A side without a ruling near it is set a little off the print, the right one where
    an answer would end: with the page's longest rulings where labels share (``shared``) a line.
    """
    known = [hit for hit in labels if hit is not None]
    left, top, right, bottom = printed = _print_around(known, title)
    height, width = shape[0], shape[1]
    rules = [r for r in rules if not _crosses_page(r, width if r.horizontal else height)]
    across = _beside([r for r in rules if r.horizontal], left, right)
    tops = [y for y in across if top - 4 * WRITING_LINE_PX < y <= top + TOUCH_PX]
    foot = _foot(across, bottom, 0 if shared else _unread_below(labels))
    lines = [*([max(tops)] if tops else []), *([foot] if foot is not None else [])]
    if len(lines) == 1:
        lines += [y for y in across if top < y < bottom]
    down = _beside([r for r in rules if not r.horizontal], top, bottom)
    # Labels hang at their box's left side: one farther off is the letter's or the table's.
    lefts = [x for x in down if left - BOX_REACH_PX <= x <= left + TOUCH_PX]
    if title is not None and all(x < right - TOUCH_PX for x in down):
        # Sides that are seen below a title on a black band alone.
        down = _beside([r for r in rules if not r.horizontal], min(h.box[1] for h in known), bottom)
    side = _right_side(down, rules, lines, right)
    if side is None:
        side = min(width - 1.0, _right_end(rules, printed, known, shared=shared))
    return (
        max(lefts, default=max(0.0, left - TOUCH_PX)),
        max(tops, default=max(0.0, top - TOUCH_PX)),
        side,
        min(height - 1.0, bottom + WRITING_LINE_PX / 2) if foot is None else foot,
    )


def _foot(across: Sequence[float], bottom: float, unread: int) -> float | None:
    """The box's lower edge: the next ruling below its print, None where there is none.

    For each ``unread`` label that follows the last one read it lies a row lower, where a ruling
    as far below as the last row is high bounds one.
    """
    near = [y for y in across if bottom - TOUCH_PX <= y < bottom + 3 * WRITING_LINE_PX]
    if not near:
        return None
    low = min(near)
    for _ in range(unread):
        row = low - max((y for y in across if y < low - TOUCH_PX), default=low)
        low = min((y for y in across if abs(y - low - row) < SAME_ROW * row), default=low)
    return low


def _right_side(
    down: Sequence[float], rules: Sequence[Rule], lines: Sequence[float], right: float
) -> float | None:
    """The ruling that is the box's right side, of those ``down``; None where none is right of it.

    The nearest, unless it leaves an answer no room: then it may part labels from the cells for
    their answers, and the box is as wide as its ``lines`` across.
    """
    rights = [x for x in down if x >= right - TOUCH_PX]
    if not rights:
        return None
    side = min(rights)
    if side < right + MIN_ANSWER_PX and len(lines) > 1:
        reach = min(_reach(rules, y) for y in lines) + TOUCH_PX
        side = max((x for x in rights if x <= reach), default=side)
    return side


def _right_end(
    rules: Sequence[Rule], printed: Box, labels: Sequence[Hit], *, shared: bool
) -> float:
    """Where the last answer beside a box's print would end that no ruling bounds."""
    left, _, right, _ = printed
    across = [rule for rule in rules if rule.horizontal]
    if not shared:
        lines = [rule_span(r)[1] for r in across if any(_is_behind(r, one.box) for one in labels)]
        return max([right, left + 10 * WRITING_LINE_PX, *lines])
    return max([*(rule_span(r)[1] for r in across), right + MIN_ANSWER_PX])


def _is_behind(rule: Rule, label: Box) -> bool:
    """Whether a ruling is the line to write on behind a label."""
    _, top, right, bottom = label
    high = bottom - top
    start, stop = rule_span(rule)
    if not right - high / 2 <= start <= right + BEHIND * high < stop:
        return False
    return abs(rule_at(rule, start) - bottom) <= FOOT * high


def _reach(rules: Sequence[Rule], y: float) -> float:
    """How far to the right the rulings at a height run."""
    spans = [(rule, *rule_span(rule)) for rule in rules if rule.horizontal]
    return max(
        (
            stop
            for rule, start, stop in spans
            if abs(rule_at(rule, (start + stop) / 2) - y) <= ALIKE_PX
        ),
        default=0.0,
    )


def _unread_below(labels: Sequence[Hit | None]) -> int:
    """How many labels follow the last one that was read."""
    return next(n for n, hit in enumerate(reversed(labels)) if hit is not None)


def _crosses_page(rule: Rule, length: int) -> bool:
    """Whether a line runs from margin to margin, as streaks and folds do and no frame."""
    start, stop = rule_span(rule)
    return start < MARGIN_SHARE * length and stop > (1 - MARGIN_SHARE) * length


def _beside(rules: Sequence[Rule], low: float, high: float) -> list[float]:
    """Positions of the rulings that run at least from ``low`` to ``high``."""
    positions = []
    for rule in rules:
        start, stop = rule_span(rule)
        if start <= low + FRAME_SLACK_PX and stop >= high - FRAME_SLACK_PX:
            positions.append(rule_at(rule, (low + high) / 2))
    return positions


def _print_around(labels: Sequence[Hit], title: Hit | None) -> Box:
    """Box around a collector box's print."""
    return _print_box([w for hit in (*labels, *((title,) if title else ())) for w in hit.words])


def _print_box(words: Sequence[PrintedWord]) -> Box:
    """Box around printed words; those that were read much too high have the others' height."""
    usual = float(np.median([w.box[3] - w.box[1] for w in words]))
    heights = []
    for word in words:
        top, bottom = word.box[1], word.box[3]
        if bottom - top > TOO_HIGH * usual:
            middle = (top + bottom) / 2
            top, bottom = middle - usual / 2, middle + usual / 2
        heights.append((top, bottom))
    left, _, right, _ = bounding_box(words)
    return left, min(top for top, _ in heights), right, max(bottom for _, bottom in heights)


def print_above(label: Box, top: float, gray: Pixels) -> Box | None:
    """The foot of the nearest print right over a label, down from ``top``: a paragraph's.

    An answer stands beside its label; what stands over it belongs to something else.
    """
    left, right = max(0, round(label[0])), round(label[2])
    low, high = max(0, round(top) + TOP_RULE_PX), round(label[1]) - TOP_RULE_PX
    if high <= low or right <= left:
        return None
    dark = (gray[low:high, left:right] < DARK_LEVEL).mean(axis=1)
    # What is dark all along is a ruling; a band is thicker.
    ruled = (dark >= BAND_SHARE).astype(np.uint8)
    bands = cv2.morphologyEx(ruled[:, None], cv2.MORPH_OPEN, np.ones((BAND_PX, 1), np.uint8))
    rows = np.flatnonzero((dark >= PRINT_SHARE) & (ruled == 0) | (bands[:, 0] > 0))
    if len(rows) == 0:
        return None
    foot = float(low + rows[-1])
    return label[0], foot - (label[3] - label[1]), label[2], foot
