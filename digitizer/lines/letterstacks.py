"""Letters that stand below each other in every row of a table are no ruling down.

Print that begins, or ends, at the same place in every row of a table (numbers, dates, a column
of typed names) is a dashed line to whoever adds up darkness down the page. A printed ruling,
solid or dashed or dotted, goes through the rows' rulings; letters stand between two of them and
leave paper before both. So a line down is added up over all rows: how much of it there is near
the rulings above and below, and how much half way. The ticks of a comb stand on one of the two,
and stay. It fails where letters are so large, or rows so low, that they reach the rulings.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from digitizer.lines.rulepaths import crossing, rule_span
from digitizer.records import Pixels, Rule

Floats = npt.NDArray[np.float64]

# A flattened page's paper, gray level.
PAPER_LEVEL = 245
# What lies within half a ruling's thickness of it and so much more, px, is the ruling itself;
# what lies within so much beyond is near it.
EDGE_PX, NEAR_PX = 2.0, 4.0
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


def without_letter_stacks(rules: Sequence[Rule], gray: Pixels) -> tuple[Rule, ...]:
    """The rulings of a page (H, W) without lines down that letters make, row below row."""
    across = [rule for rule in rules if rule.horizontal]
    return tuple(
        rule
        for rule in rules
        if rule.horizontal or rule.thickness_px <= 0 or not _is_stack(rule, across, gray)
    )


def _is_stack(down: Rule, across: Sequence[Rule], gray: Pixels) -> bool:
    """Whether a line has ink between the rulings that it crosses, and hardly any beside them."""
    bounds = _crossed(down, across)
    if len(bounds) <= MIN_PIECES:
        return False
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
        y = ys[within]
        above_it.append(ink[y < low + NEAR_PX])
        below_it.append(ink[y > high - NEAR_PX])
        middle.append(ink[np.abs(y - (low + high) / 2) < (high - low) / 4])
    if len(middle) < MIN_PIECES:
        return False
    near = max(np.concatenate(ends).mean() for ends in (above_it, below_it))
    return bool(near < NEAR_SHARE * np.concatenate(middle).mean())


def _crossed(down: Rule, across: Sequence[Rule]) -> list[tuple[float, float]]:
    """Where a line down crosses rulings, y ascending, and how far each reaches up and down."""
    top, bottom = rule_span(down)
    found = []
    for rule in across:
        x, y = crossing(rule, down)
        left, right = rule_span(rule)
        half = rule.thickness_px / 2 + EDGE_PX
        if left <= x <= right and top - half <= y <= bottom + half:
            found.append((y, half))
    return sorted(found)


def _darkness(down: Rule, gray: Pixels) -> tuple[Floats, Floats]:
    """Along a line, pixel by pixel: y, and by how much the darkest of three is not paper."""
    top, bottom = rule_span(down)
    ys = np.arange(max(0, round(top)), min(gray.shape[0], round(bottom)))
    xs = np.rint(np.interp(ys, down.points[:, 1], down.points[:, 0]) - 0.5).astype(int)
    beside = np.clip(xs + np.array([[-1], [0], [1]]), 0, gray.shape[1] - 1)
    return ys.astype(np.float64), PAPER_LEVEL - gray[ys, beside].min(axis=0).astype(np.float64)
