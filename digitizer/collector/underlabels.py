"""Labels in small print under the lines that they name, as under a signature.

All labels that were read stand right below a line of their own, and no line below the last
ones: labels in the cells of an open table, or over their lines, stand between two.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitizer.layout.print.blanks import UNDER, Blank, blank_over, find_blanks, on_line
from digitizer.layout.print.wording import Box, Hit
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Pixels, Rule

# Another line this near below a label, 14 mm, may be its own.
NEXT_LINE_PX = 14 * PAGE_PX_PER_MM
# Writing rises so far above its line, 10 mm, and runs over its end by so much, 2 mm.
RISE_PX, OVER_PX = 10 * PAGE_PX_PER_MM, 2 * PAGE_PX_PER_MM
# A label that stands right behind a blank's end is no label under it: in label heights.
BEHIND = 3.0
# A ruling this near to a line to write on is the one that it was cut from, px.
SAME_LINE_PX = 3


def spaces_over_labels(
    labels: Sequence[Hit | None], head: Sequence[Box], rules: Sequence[Rule], gray: Pixels
) -> list[Box | None] | None:
    """Where each label's answer is written, None for one that was not read.

    ``head``: the title, if any. None instead of a list where labels do not stand under lines.
    """
    lines = _lines_over(labels, rules, gray)
    if lines is None:
        return None
    printed = [*(hit.box for hit in labels if hit is not None), *head]
    return [None if blank is None else _space(blank, printed, lines, rules) for blank in lines.own]


def without_lines_over(
    labels: Sequence[Hit | None], rules: Sequence[Rule], gray: Pixels
) -> list[Rule]:
    """The rulings but those that labels stand right under: no frame ends there."""
    lines = _lines_over(labels, rules, gray)
    if lines is None:
        return list(rules)
    return [rule for rule in rules if not any(_runs_along(rule, one) for one in lines.own if one)]


def _runs_along(rule: Rule, blank: Blank) -> bool:
    middle = (blank.left + blank.right) / 2
    start, stop = rule_span(rule)
    along = rule.horizontal and start <= middle <= stop
    return along and abs(rule_at(rule, middle) - blank.y) <= SAME_LINE_PX


@dataclass(frozen=True, slots=True)
class _Lines:
    """The line over each label, all those around, and how high the labels' print is, px."""

    own: list[Blank | None]
    around: list[Blank]
    high: float


def _lines_over(labels: Sequence[Hit | None], rules: Sequence[Rule], gray: Pixels) -> _Lines | None:
    """The lines that labels stand right under; None where they do not."""
    known = [hit.box for hit in labels if hit is not None]
    if not known:
        return None
    high = float(np.median([box[3] - box[1] for box in known]))
    top, bottom = min(box[1] for box in known), max(box[3] for box in known)
    blanks = find_blanks(rules, gray, top - (UNDER + 1) * high, bottom + NEXT_LINE_PX, high)
    own = [None if hit is None else blank_over(hit.box, blanks, high) for hit in labels]
    lines = [blank for blank in own if blank is not None]
    if len(lines) < len(known) or len(set(lines)) < len(lines):
        return None
    for box in known:
        spare = [one for one in blanks if one not in lines]
        if any(_is_near_below(one, box) or _is_beside(one, box, high) for one in spare):
            return None
    return _Lines(own, blanks, high)


def _is_near_below(blank: Blank, label: Box) -> bool:
    common = min(blank.right, label[2]) - max(blank.left, label[0])
    return common > 0 and 0 < blank.y - label[3] <= NEXT_LINE_PX


def _is_beside(blank: Blank, label: Box, high: float) -> bool:
    return on_line(blank, label, high) and -high <= blank.left - label[2] <= BEHIND * high


def _space(blank: Blank, printed: Sequence[Box], lines: _Lines, rules: Sequence[Rule]) -> Box:
    high = lines.high
    over = [box[3] + 1 for box in printed if box[0] < blank.right and box[2] > blank.left]
    for rule in rules:
        start, stop = rule_span(rule)
        common = min(stop, blank.right) - max(start, blank.left)
        if rule.horizontal and common > high:
            over.append(rule_at(rule, (max(start, blank.left) + min(stop, blank.right)) / 2))
    top = max([blank.y - RISE_PX, *(y for y in over if y < blank.y - high)])
    beside = [one for one in lines.around if one != blank and abs(one.y - blank.y) < high]
    sides = [
        rule_at(rule, blank.y)
        for rule in rules
        if not rule.horizontal and rule_span(rule)[0] <= blank.y <= rule_span(rule)[1]
    ]
    before = [*(one.right for one in beside if one.right <= blank.left), *sides]
    behind = [*(one.left for one in beside if one.left >= blank.right), *sides]
    left = max((x for x in before if x <= blank.left), default=0.0)
    right = min((x for x in behind if x >= blank.right), default=np.inf)
    return max(left, blank.left - OVER_PX), top, min(right, blank.right + OVER_PX), blank.y
