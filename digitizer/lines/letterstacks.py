"""Letters that stand below each other in every row of a table are no ruling down.

Print that begins, or ends, at the same place in every row of a table (numbers, dates, a column
of typed names) is a dashed line to whoever adds up darkness down the page. A printed ruling,
solid or dashed or dotted, goes through the rows' rulings; letters stand between two of them and
leave paper before both. So of a line down it is asked, between every two rulings that it
crosses, whether it touches them. A line of which many pieces do not is left out; the ticks of a
comb stand on one of them. It fails where letters are so large, or rows so low, that they touch
the rulings as well.
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
# touched it is where a line has ink within so much beyond, px: dots are 8 px apart at most.
EDGE_PX, TOUCH_PX = 2.0, 6.0
# Ink is darker than paper by this share of what the line mostly is.
INK_SHARE = 0.4
# Between two rulings there is a piece of the line if it has ink in this share of the way.
PIECE_SHARE = 0.3
# Rulings nearer to each other than this, px, have nothing between them: a double one.
MIN_BETWEEN_PX = 16.0
# So many pieces must be there, and in the mean so much of their ends be loose. Of 270 rulings of
# other people's printed tables, and 160 drawn dashed, dotted and worn, none had a quarter;
# of letters below each other nine in ten have more than a third.
MIN_PIECES = 3
LOOSE_SHARE = 0.35
# Ticks of a comb stand on the rulings, all above or all below: ink within so much, px, of so many.
STAND_PX = 3.0
STANDING_SHARE = 0.8


def without_letter_stacks(rules: Sequence[Rule], gray: Pixels) -> tuple[Rule, ...]:
    """The rulings of a page (H, W) without lines down that letters make, row below row."""
    across = [rule for rule in rules if rule.horizontal]
    return tuple(
        rule
        for rule in rules
        if rule.horizontal or rule.thickness_px <= 0 or not _is_stack(rule, across, gray)
    )


def _is_stack(down: Rule, across: Sequence[Rule], gray: Pixels) -> bool:
    """Whether most pieces of a line touch none of the rulings before and behind them."""
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
    loose, standing = [], []
    for (above, first), (below, last) in pairwise(bounds):
        low, high = above + first, below - last
        within = (ys > low) & (ys < high)
        if high - low < MIN_BETWEEN_PX or not within.any():
            continue
        ink = dark[within] > level
        if ink.mean() < PIECE_SHARE:
            continue
        off = ys[within] - low, high - ys[within]
        loose.append([not ink[ways < TOUCH_PX].any() for ways in off])
        standing.append([ink[ways < STAND_PX].any() for ways in off])
    if len(loose) < MIN_PIECES or float(np.mean(loose)) < LOOSE_SHARE:
        return False
    return float(np.mean(standing, axis=0).max()) < STANDING_SHARE


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
