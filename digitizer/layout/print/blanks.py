"""Lines to write on outside the table: ruled, and no side of a frame.

A ruling that was traced through several of them and the print between is cut where the page
has no line. It fails on dots that are too fine to be traced, or farther apart than 2 px.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from digitizer.layout.print.wording import Box, plain
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Pixels, PrintedWord, Rule

Mask = npt.NDArray[np.bool_]

# A blank is at least so long, 6 mm; print between two is at least so wide (in label heights).
LEAST_BLANK_PX, LEAST_BETWEEN = 6 * PAGE_PX_PER_MM, 1.0
# The feet of letters stand farther apart than this, px, and those of few words are this long, 5 mm.
HOLE_PX, LEAST_PIECE_PX = 2, 5 * PAGE_PX_PER_MM
# A line is darker than the paper beside it by so many gray levels; traced ones lie so near, px.
LINE_CONTRAST, LINE_REACH_PX = 30, 1
# A ruling meets the side of a frame where it ends this near to it, 2 mm.
CORNER_PX = 2 * PAGE_PX_PER_MM
# ... but for so much white between the two, 1 mm: lines to write on fill their frame nearly.
WHITE_PX = PAGE_PX_PER_MM
# Lines that one writes on are farther apart than so many heights of the print.
TWICE = 0.3
# A blank runs along the foot of the print beside it, within this many heights of it. Lines that
# are empty boxes of a text hang lower than those of a typewriter, by up to so many.
FOOT, HANGS = 0.6, 1.0
# Where a text's lines stand far apart they may hang lower still, by up to so many.
HANGS_LOW, SURE_WORD = 1.8, 0.8
# Tails of letters hang below the foot of the others on their line by less than so many heights.
TAILS = 0.5
# Small print under a line begins at most so many of its heights below it, and stands out of it
# sideways by no more than so many.
UNDER, ASIDE = 1.2, 1.5


@dataclass(frozen=True, slots=True)
class Blank:
    """A line to write on, page px; ``hangs``: lower than usual below the foot of its text, px."""

    left: float
    right: float
    y: float
    hangs: float = 0.0


def find_blanks(
    rules: Sequence[Rule], gray: Pixels, top: float, bottom: float, high: float
) -> list[Blank]:
    """Lines to write on between two heights, in the order in which they are read.

    ``high``: how high the print beside them is, px.
    """
    found = []
    for rule in rules:
        start, stop = rule_span(rule)
        middle = rule_at(rule, (start + stop) / 2)
        if rule.horizontal and top < middle < bottom and not _is_side(rule, rules, gray):
            found += _pieces(rule, gray, high)
    # Some lines are traced twice, once in part; a stroke under a signature hides a line's end.
    once: list[Blank] = []
    for one in sorted(found, key=lambda blank: blank.left - blank.right):
        same = next((k for k, other in enumerate(once) if _overlap(one, other, high)), None)
        if same is None:
            once.append(one)
        else:
            whole = once[same]
            ends = min(whole.left, one.left), max(whole.right, one.right)
            once[same] = replace(whole, left=ends[0], right=ends[1])
    return _in_reading_order(once, high)


def with_others(blanks: Sequence[Blank], others: Sequence[Blank], high: float) -> list[Blank]:
    """Blanks with those of ``others`` that lie along none of them, as they are read."""
    new = [one for one in others if not any(_overlap(one, blank, high) for blank in blanks)]
    return _in_reading_order([*blanks, *new], high) if new else list(blanks)


def with_hangs(blanks: Sequence[Blank], words: Sequence[PrintedWord], high: float) -> list[Blank]:
    """Blanks, those that hang low under their text with by how much.

    Sure print stands beside one on that line, and none over it, nor beside it on the blank's own.
    What is read surely over one that others stand beside is written there: it hangs as they do.
    """
    found = [replace(one, hangs=_hang(one, blanks, words, high)) for one in blanks]
    return [
        replace(one, hangs=max(other.hangs for other in found if _level(one, other, high)))
        for one in found
    ]


def _hang(
    blank: Blank, blanks: Sequence[Blank], words: Sequence[PrintedWord], high: float
) -> float:
    """How far a blank hangs lower than usual below the foot of the print beside it, px."""
    line = [one for one in blanks if _level(one, blank, high)]
    printed = [w.box for w in words if w.confidence >= SURE_WORD and plain(w.text)]
    written = [box for box in printed if any(_stands_over(box, one, high) for one in line)]
    gaps = sorted(blank.y - box[3] for box in printed if box not in written)
    gaps = [gap for gap in gaps if -FOOT * high <= gap <= HANGS_LOW * high]
    # Tails of letters reach down to a line that hangs low; the words beside them do not.
    if not gaps or all(gap <= HANGS * high for gap in gaps if gap <= gaps[0] + TAILS * high):
        return 0.0
    over = [box for box in written if _stands_over(box, blank, high)]
    if any(abs(blank.y - box[3] - gaps[0]) <= FOOT * high for box in over):
        return 0.0
    return gaps[0]


def _level(one: Blank, other: Blank, high: float) -> bool:
    return abs(one.y - other.y) <= TWICE * high


def _stands_over(box: Box, blank: Blank, high: float) -> bool:
    return min(box[2], blank.right) - max(box[0], blank.left) > high


def _overlap(one: Blank, other: Blank, high: float) -> bool:
    common = min(one.right, other.right) - max(one.left, other.left)
    return common > 0 and abs(one.y - other.y) <= TWICE * high


def _is_side(rule: Rule, rules: Sequence[Rule], gray: Pixels) -> bool:
    """Whether a ruling is one of a frame's or a table's: another meets its end."""
    for end in rule_span(rule):
        y = rule_at(rule, end)
        for other in rules:
            start, stop = rule_span(other)
            meets = not other.horizontal and start - CORNER_PX <= y <= stop + CORNER_PX
            if not meets:
                continue
            side = rule_at(other, y)
            if abs(side - end) <= CORNER_PX and not _ends_before(rule, end, side, gray):
                return True
    return False


def _ends_before(rule: Rule, end: float, side: float, gray: Pixels) -> bool:
    """Whether white paper lies between a ruling's end and the side of a frame around it."""
    left, right = round(max(0.0, min(end, side))), round(min(gray.shape[1], max(end, side)))
    if right - left < WHITE_PX:
        return False
    return max((b - a for a, b in _runs(~_is_dark(rule, left, right, gray))), default=0) >= WHITE_PX


def _pieces(rule: Rule, gray: Pixels, high: float) -> list[Blank]:
    """The parts of a ruling that are printed, which print lies between."""
    start, stop = (round(end) for end in rule_span(rule))
    start, stop = max(0, start), min(gray.shape[1], stop)
    dark = _is_dark(rule, start, stop, gray)
    runs = _joined(_runs(dark), HOLE_PX)
    runs = [run for run in runs if run[1] - run[0] >= LEAST_PIECE_PX]
    return [
        Blank(float(start + a), float(start + b), rule_at(rule, start + (a + b) / 2))
        for a, b in _joined(runs, LEAST_BETWEEN * high)
        if b - a >= LEAST_BLANK_PX
    ]


def _is_dark(rule: Rule, start: int, stop: int, gray: Pixels) -> Mask:
    """Where along a ruling, or in line with it, the page is darker than paper: (columns,)."""
    reach = LINE_REACH_PX
    columns = np.arange(start, stop)
    heights = [rule_at(rule, x + 0.5) for x in columns]
    rows = np.clip(np.round(np.array(heights) - 0.5).astype(int), reach, gray.shape[0] - reach - 1)
    near = np.stack([gray[rows + shift, columns] for shift in range(-reach, reach + 1)])
    paper = float(np.percentile(gray[rows.min() : rows.max() + 1], 90))
    return np.asarray(near.min(axis=0) < paper - LINE_CONTRAST)


def _runs(marked: Mask) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], marked.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _joined(runs: Sequence[tuple[int, int]], gap: float) -> list[tuple[int, int]]:
    """Runs that are no farther apart than ``gap`` as one."""
    found: list[tuple[int, int]] = []
    for begin, stop in runs:
        if found and begin - found[-1][1] <= gap:
            found[-1] = (found[-1][0], stop)
        else:
            found.append((begin, stop))
    return found


def _in_reading_order(blanks: Sequence[Blank], high: float) -> list[Blank]:
    lines: list[list[Blank]] = []
    for blank in sorted(blanks, key=lambda one: one.y):
        if lines and blank.y - lines[-1][0].y <= FOOT * high:
            lines[-1].append(blank)
        else:
            lines.append([blank])
    return [blank for line in lines for blank in sorted(line, key=lambda one: one.left)]


def on_line(blank: Blank, box: Box, high: float) -> bool:
    """Whether a blank is on the line of a piece of print."""
    return -FOOT * high <= blank.y - blank.hangs - box[3] <= HANGS * high


def blank_over(label: Box, blanks: Sequence[Blank], high: float) -> Blank | None:
    """The line right above a piece of print."""
    for blank in blanks:
        within = blank.left - ASIDE * high <= label[0] and label[2] <= blank.right + ASIDE * high
        if within and -high / 4 <= label[1] - blank.y <= UNDER * high:
            return blank
    return None
