"""Find the empty ruled cell behind that of a label outside the signer table.

Boxes made in a spreadsheet have no colons: a label fills one cell, its answer the next one.
Such cells are too low for their sides to be traced as rulings: those are sought in the
pixels between the rulings above and below the label. It fails where the cells have no
lines, or somebody wrote so large that print is read in the answer's cell.
"""

from collections.abc import Sequence

import numpy as np

from digitizer.layout.print.wording import Box, bounding_box
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Pixels, PrintedWord, Rule

# A cell of a label is 4 to 20 mm high, and somebody can write in 15 mm of the next one.
LEAST_HIGH_PX, MOST_HIGH_PX = 4 * PAGE_PX_PER_MM, 20 * PAGE_PX_PER_MM
LEAST_WIDE_PX = 15 * PAGE_PX_PER_MM
# A side of a cell is darker than this beside it, in gray levels, in this share of its height,
# looked at so far from the rulings, px; it leans by a pixel at most.
SIDE_LEVEL, SIDE_SHARE, INSET_PX = 40, 0.9, 4
# A side is so wide at most, px.
MOST_SIDE_PX = 8
# An empty cell has ink in less than this share of its pixels, so far from its sides, px.
EMPTY_SHARE, APART_PX = 0.005, 4


def empty_cell(
    gray: Pixels, rules: Sequence[Rule], label: Sequence[PrintedWord], words: Sequence[PrintedWord]
) -> Box | None:
    """The cell to the right of a label's own, in px; None if none is there, or something is in it.

    ``rules``: the page's rulings, ``words``: its print.
    """
    left, top, right, bottom = bounding_box(label)
    middle = (left + right) / 2
    lines = [
        rule_at(rule, middle)
        for rule in rules
        if rule.horizontal and rule_span(rule)[0] <= left and rule_span(rule)[1] >= right
    ]
    high = max((y for y in lines if y <= top + 2), default=-np.inf)
    low = min((y for y in lines if y >= bottom - 2), default=np.inf)
    if not LEAST_HIGH_PX <= low - high <= MOST_HIGH_PX:
        return None
    band = gray[round(high) + INSET_PX : round(low) - INSET_PX]
    sides = _sides(band)
    before = [x for x in sides if x <= left + 2]
    behind = [x for x in sides if x >= right - 2]
    if not before or len(behind) < 2:
        return None
    start, stop = behind[:2]
    # A side of the cell may be read as a sign.
    inside = [
        word
        for word in words
        if start < word.middle[0] < stop
        and high < word.middle[1] < low
        and any(map(str.isalnum, word.text))
    ]
    cell = band[:, round(start) + APART_PX : round(stop) - APART_PX]
    if inside or stop - start < LEAST_WIDE_PX:
        return None
    empty = (cell < np.median(cell) - SIDE_LEVEL).mean() < EMPTY_SHARE
    return (start, high, stop, low) if empty else None


def _sides(band: Pixels) -> list[float]:
    """Where lines run down a band of the page, (h, W), from its top to its foot; x in px."""
    paper = float(np.median(band))
    dark = band < paper - SIDE_LEVEL
    near = dark.copy()
    near[:, 1:] |= dark[:, :-1]
    near[:, :-1] |= dark[:, 1:]
    down = near.mean(axis=0) >= SIDE_SHARE
    edges = np.flatnonzero(np.diff(np.concatenate(([0], down.view(np.int8), [0]))))
    runs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(start + stop) / 2 for start, stop in runs if stop - start <= MOST_SIDE_PX]
