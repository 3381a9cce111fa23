"""The cell of the collector's box that an answer is written in: its label's own, or the next one.

In a box laid out as a table the label fills a cell of its own, and the answer stands in the empty
one beside it; where somebody wrote behind the label in its own, there. Borders that were not
traced, because they are a row high and no more, are seen in the page: a stroke from the top of the
row to its foot is no writing.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.collector.boxframe import MIN_ANSWER_PX
from digitizer.collector.underink import written_width
from digitizer.layout.print.wording import Box
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Pixels, Rule

Mask = npt.NDArray[np.bool_]

# Answers have cells at least so wide, 15 mm: narrower ones are boxes for single letters.
LEAST_CELL_PX = 15 * PAGE_PX_PER_MM
# Rows are at least so high, 4 mm; a border may end this far from their lines, px.
LEAST_ROW_PX, EDGE_PX = 4 * PAGE_PX_PER_MM, 3
# A border is this much darker than the paper, and at most so thick, px; of a copied one this
# share is left. A streak of the scanner goes on beyond the box: so far, and as much of it, is seen.
BORDER_CONTRAST, BORDER_PX, BORDER_SHARE = 30, 10, 0.95
STREAK_PX, STREAK_SHARE, LEAN_PX = 15, 0.5, 9
# An answer in the label's own cell is so many label heights wide; what reaches into it from the
# next one is less.
WRITTEN_HEIGHTS = 3.0
# Letters of print are at least so high, in label heights.
PRINT_HIGH = 0.35
# One that was traced runs along this share of the row.
TRACED_SHARE = 0.8


def answer_cell(label: Box, space: Box, frame: Box, rules: Sequence[Rule], gray: Pixels) -> Box:
    """``space`` beside a label, kept to one cell; ``frame``: the edges of the box, page px."""
    left, top, right, bottom = space
    if left < label[2] or bottom - top < LEAST_ROW_PX:
        return space
    borders = [*_traced(space, frame, rules), *_seen(space, frame, gray)]
    sides = sorted((a, b) for a, b in borders if label[2] < a < right - 2 * EDGE_PX)
    if not sides:
        return space
    first = sides[0]
    behind = [side for side in sides if side[0] > first[1] + BORDER_PX]
    end = behind[0][0] if behind else right
    own, beside = first[0] - label[2], end - first[1]
    beside_it = own < MIN_ANSWER_PX and beside > own and beside >= LEAST_CELL_PX
    if beside_it and not _is_written(label, (top, first[0], bottom), gray):
        return first[1] + 1, top, end - (1 if behind else 0), bottom
    if own < LEAST_CELL_PX:
        return space
    # A label's own cell that has room for an answer may stand before the one for it.
    empty = beside >= LEAST_CELL_PX and not _is_written(label, (top, first[0], bottom), gray)
    answer = first[1] + 1, top, end - (1 if behind else 0), bottom
    if empty and _holds_writing(answer, label[3] - label[1], gray):
        return answer
    return left, top, first[0] - 1, bottom


def cell_of_unread(
    before: tuple[Box, Box], after: Box | None, frame: Box, rules: Sequence[Rule], gray: Pixels
) -> Box | None:
    """Where the answer of a label that was not read stands, in a row of cells; None: nobody knows.

    ``before``: the label before it and its answer's place; ``after``: the one behind it, if any.
    The two cells between hold something that is printed, and the answer.
    """
    label, answer = before
    high = label[3] - label[1]
    if answer[0] <= label[2] + high / 2 or (after is not None and after[0] < answer[2]):
        return None  # no cell of its own
    _, top, _, bottom = answer
    right = frame[2] if after is None else after[0]
    rest = (answer[2] - 2 * EDGE_PX, top, right, bottom)
    borders = sorted([*_traced(rest, frame, rules), *_seen(rest, frame, gray)])
    edges: list[tuple[float, float]] = []
    for border in borders:
        if not edges or border[0] > edges[-1][1] + BORDER_PX:
            edges.append(border)
    if after is None and (not edges or edges[-1][0] < right - BORDER_PX):
        edges.append((right, right))
    if len(edges) != 3:
        return None
    (_, begin), (end, start), (stop, _) = edges
    printed = written_width(gray, (begin, top, end, bottom), high, PRINT_HIGH)
    if stop - start < max(LEAST_CELL_PX, end - begin) or printed < high:
        return None
    return start + 1, top, stop - 1, bottom


def _is_written(label: Box, rest: tuple[float, float, float], gray: Pixels) -> bool:
    """Whether somebody wrote behind a label in its own cell; ``rest``: top, right, bottom of it."""
    top, right, bottom = rest
    high = label[3] - label[1]
    left = label[2] + high / 2
    return right - left >= LEAST_CELL_PX and _holds_writing((left, top, right, bottom), high, gray)


def _holds_writing(cell: Box, high: float, gray: Pixels) -> bool:
    """Whether letters stand in a cell; ``high``: how high the print beside it is, px."""
    left, top, right, bottom = cell
    place = (left, top + EDGE_PX, right - EDGE_PX, bottom - EDGE_PX)
    return written_width(gray, place, high) >= WRITTEN_HEIGHTS * high


def _traced(space: Box, frame: Box, rules: Sequence[Rule]) -> list[tuple[float, float]]:
    """Traced borders across a space: first and last column."""
    left, top, right, bottom = space
    found = []
    for rule in rules:
        start, stop = rule_span(rule)
        if rule.horizontal or min(stop, bottom) - max(start, top) < TRACED_SHARE * (bottom - top):
            continue
        if start < frame[1] - STREAK_PX and stop > frame[3] + STREAK_PX:
            continue
        x, half = rule_at(rule, (top + bottom) / 2), rule.thickness_px / 2
        if left < x < right:
            found.append((x - half - 1, x + half + 1))
    return found


def _seen(space: Box, frame: Box, gray: Pixels) -> list[tuple[float, float]]:
    """Borders across a space that are printed: first and last column."""
    left, top, right, bottom = (round(edge) for edge in space)
    part = _dark(gray[max(0, top + EDGE_PX) : bottom - EDGE_PX, max(0, left) : right])
    if part.size == 0:
        return []
    whole = part.mean(axis=0) >= BORDER_SHARE
    above, below = max(0, round(frame[1]) - EDGE_PX), round(frame[3]) + EDGE_PX
    beyond = [
        _dark(strip[:, max(0, left) : right]).mean(axis=0) >= STREAK_SHARE
        for strip in (gray[max(0, above - STREAK_PX) : above], gray[below : below + STREAK_PX])
        if strip.size
    ]
    if len(beyond) == 2:
        # It leans, too.
        both = [
            cv2.dilate(one.view(np.uint8)[None], np.ones((1, LEAN_PX), np.uint8))[0]
            for one in beyond
        ]
        whole &= (both[0] & both[1]) == 0
    edges = np.flatnonzero(np.diff(np.concatenate(([0], whole.view(np.int8), [0]))))
    return [
        (float(left + a), float(left + b))
        for a, b in zip(edges[::2], edges[1::2], strict=True)
        if b - a <= BORDER_PX
    ]


def _dark(part: Pixels) -> Mask:
    """What is darker than paper, or has it right beside: borders lean a little."""
    if part.size == 0:
        return np.zeros((0, 0), dtype=np.bool_)
    dark = part < float(np.percentile(part, 80)) - BORDER_CONTRAST
    wide = dark.copy()
    wide[:, 1:] |= dark[:, :-1]
    wide[:, :-1] |= dark[:, 1:]
    return np.asarray(wide)
