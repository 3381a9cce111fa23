"""Letters that stand below each other in every row of a table are no ruling down.

Print that begins, or ends, at the same place in every row of a table (numbers, dates, a column
of typed names) is a dashed line to whoever adds up darkness down the page. A printed ruling,
solid or dashed or dotted, goes through the rows' rulings; letters stand between two of them and
leave paper before both. So a line down is added up over all rows: how much of it there is near
the rulings above and below, and how much half way. The ticks of a comb stand on one of the two,
and stay. It fails where letters are so large, or rows so low, that they reach the rulings.

Where a line crosses too few rulings to tell (an open table, a column of text), it is told by what
stands beside it: letters go on to the left or to the right, and where one line of print ends and
the next has not begun there is paper beside the stack as well as in it. What stands beside a
dashed or worn ruling has nothing to do with its gaps.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from digitizer.lines.rulepaths import crossing, rule_span
from digitizer.records import Pixels, Rule

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# A flattened page's paper, gray level.
PAPER_LEVEL = 245
# What lies within half a ruling's thickness of it and so much more, px, is the ruling itself;
# what lies within so much beyond is near it, in low rows an eighth of what is between.
EDGE_PX, NEAR_PX, NEAR_PART = 2.0, 4.0, 8.0
# Ink is darker than paper by this share of what the line mostly is.
INK_SHARE = 0.4
# Between two rulings there is a piece of the line if it has ink in this share of the way.
PIECE_SHARE = 0.3
# Rulings nearer to each other than this, px, have nothing between them: a double one.
MIN_BETWEEN_PX = 16.0
# So many pieces must be there, and have less than this share of the ink half way also near the
# rulings above, and near those below: dashes and dots begin anywhere, so that they add up to the
# same. Of 400 rulings of other people's printed tables, as they are and as bad copies, and 130
# drawn dashed, dotted and worn, none had less than 0.7; of letters nine lines in ten had no 0.1.
MIN_PIECES = 3
NEAR_SHARE = 0.5
# Beside a line means from so far to so far off either of its edges, px: the two
# stems of a wide letter lie so near to each other.
BESIDE_PX = (3, 17)
# A line of letters has ink in less than this share of its way, and beside so much of that; where it
# has none there is ink beside at most half as often. So are 44 of 54 lines of letters on bad copies
# of other people's pages; of 47 broken rulings none: they have ink beside less than half of theirs.
MOST_INK, LETTERS_SHARE, PAPER_SHARE = 0.85, 0.6, 0.5


def without_letter_stacks(rules: Sequence[Rule], gray: Pixels) -> tuple[Rule, ...]:
    """The rulings of a page (H, W) without lines down that letters make, row below row."""
    across = [rule for rule in rules if rule.horizontal]
    kept = list[Rule]()
    for rule in rules:
        if rule.horizontal or rule.thickness_px <= 0:
            kept.append(rule)
            continue
        line = _without_letters_beyond(rule, across, gray)
        if not _is_stack(line, across, gray):
            kept.append(line)
    return tuple(kept)


def _without_letters_beyond(down: Rule, across: Sequence[Rule], gray: Pixels) -> Rule:
    """A ruling without the text above and below its table that it was followed on into.

    A table is often as wide as the text, which begins in line with its side: what lies beyond
    the outermost ruling is told as a line of letters is.
    """
    bounds = _crossed(down, across)
    if not bounds or bounds[-1][0] - bounds[0][0] < MIN_BETWEEN_PX:
        return down
    ys, dark = _darkness(down, gray)
    level = INK_SHARE * float(np.percentile(dark, 75))
    start, stop = rule_span(down)
    (first, above), (last, below) = bounds[0], bounds[-1]
    if _are_letters(down, ys, dark, level, gray, ys < first - above):
        start = first
    if _are_letters(down, ys, dark, level, gray, ys > last + below):
        stop = last
    if (start, stop) == rule_span(down):
        return down
    inner = down.points[(down.points[:, 1] > start) & (down.points[:, 1] < stop)]
    ends = [(float(np.interp(y, down.points[:, 1], down.points[:, 0])), y) for y in (start, stop)]
    support = float((dark[(ys > start) & (ys < stop)] > level).mean())
    return replace(
        down,
        points=np.vstack([ends[:1], inner, ends[1:]]),
        support=max(down.support, support),
        gaps=tuple(gap for gap in down.gaps if start < gap[0] and gap[1] < stop),
    )


def _is_stack(down: Rule, across: Sequence[Rule], gray: Pixels) -> bool:
    """Whether a line has ink between the rulings that it crosses, and hardly any beside them."""
    bounds = _crossed(down, across)
    ys, dark = _darkness(down, gray)
    on = np.zeros(len(ys), dtype=np.bool_)
    for at, half in bounds:
        on |= np.abs(ys - at) <= half
    if on.all():
        return False
    level = INK_SHARE * float(np.percentile(dark[~on], 75))
    above_it, below_it, middle = [], [], []
    for (above, first), (below, last) in pairwise(bounds):
        low, high = above + first, below - last
        within = (ys > low) & (ys < high)
        if high - low < MIN_BETWEEN_PX or not within.any():
            continue
        ink = dark[within] > level
        if ink.mean() < PIECE_SHARE:
            continue
        y, near_px = ys[within], min(NEAR_PX, (high - low) / NEAR_PART)
        above_it.append(ink[y < low + near_px])
        below_it.append(ink[y > high - near_px])
        middle.append(ink[np.abs(y - (low + high) / 2) < (high - low) / 4])
    if middle:
        near = max(np.concatenate(ends).mean() for ends in (above_it, below_it))
        if near >= NEAR_SHARE * np.concatenate(middle).mean():
            return False
    return len(middle) >= MIN_PIECES or _are_letters(down, ys, dark, level, gray, ~on)


def _are_letters(
    down: Rule, ys: Floats, dark: Floats, level: float, gray: Pixels, part: Mask
) -> bool:
    """Whether a ``part`` of a line has ink beside it mostly where it has ink itself.

    ``dark``: how dark it is at heights ``ys``, ink from ``level`` on.
    """
    ys, ink = ys[part], dark[part] > level
    if len(ys) < MIN_BETWEEN_PX or ink.mean() >= MOST_INK or not ink.any():
        return False
    near, far = (round(down.thickness_px / 2) + px for px in BESIDE_PX)
    offsets = np.arange(near, far)
    columns = np.clip(_along(down, ys) + np.r_[-offsets, offsets][:, None], 0, gray.shape[1] - 1)
    beside = PAPER_LEVEL - gray[ys.astype(int), columns].min(axis=0).astype(np.float64)
    there = beside > level
    letters, paper = there[ink].mean(), there[~ink].mean()
    return bool(letters >= LETTERS_SHARE and paper <= PAPER_SHARE * letters)


def _crossed(down: Rule, across: Sequence[Rule]) -> list[tuple[float, float]]:
    """Where a line down crosses rulings, y ascending, and how far each reaches up and down."""
    top, bottom = rule_span(down)
    found = []
    for rule in across:
        x, y = crossing(rule, down)
        left, right = rule_span(rule)
        half = rule.thickness_px / 2 + EDGE_PX
        # A table's own sides meet its rulings at their ends.
        if left - half <= x <= right + half and top - half <= y <= bottom + half:
            found.append((y, half))
    return sorted(found)


def _darkness(down: Rule, gray: Pixels) -> tuple[Floats, Floats]:
    """Along a line, pixel by pixel: y, and by how much the darkest of three is not paper."""
    top, bottom = rule_span(down)
    ys = np.arange(max(0, round(top)), min(gray.shape[0], round(bottom)))
    beside = np.clip(_along(down, ys) + np.array([[-1], [0], [1]]), 0, gray.shape[1] - 1)
    return ys.astype(np.float64), PAPER_LEVEL - gray[ys, beside].min(axis=0).astype(np.float64)


def _along(down: Rule, ys: Floats) -> npt.NDArray[np.intp]:
    """The column of pixels that a line down runs in at heights ``ys``."""
    return np.rint(np.interp(ys, down.points[:, 1], down.points[:, 0]) - 0.5).astype(np.intp)
