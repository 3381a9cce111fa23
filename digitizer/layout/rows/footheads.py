"""Take a row off the foot of a signer table in which its heads are printed once more.

Long tables repeat their heads below the last row, ruled like a signer's and about as high.
The words tell it: cells that say what the definition has over them. It fails where the print
engine cannot read them, and where a form has one head only.
"""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.forms.forms import Form
from digitizer.layout.print.typicalrow import ReadPrint, read_typical_row
from digitizer.layout.print.wording import Box, contains, plain
from digitizer.layout.rows.examplerow import row_text
from digitizer.layout.table.columnheads import HEADER_ABOVE_PX
from digitizer.layout.table.signergrid import SignerGrid, quad
from digitizer.lines.rulepaths import rule_at
from digitizer.records import PAGE_PX_PER_MM, Pixels, Rule

# Likeness from which a cell says its head. So many cells do, and this share of those with heads:
# nobody writes "Name" and "Address" where a name and an address belong.
SAYS_HEAD, LEAST_HEADS, HEADS_SHARE = 0.8, 2, 0.6
# Letters a cell may hold besides its head, as a share of the head's: a part of it, in the
# language of the other printing.
MOST_BESIDE = 1.0
# A row is read if so many of its cells are inked: darker than this gray level in so many px,
# at least this far from their rulings, 0.8 mm, and in no stroke higher than a bracket in type of
# 14 points, 5 mm: signatures are, and most of what else is written. Empty ones cost nothing, nor
# do those with the captions and boxes of the row above, which may lie this far off them, px.
INK_LEVEL, INK_PX, OFF_RULINGS_PX, PRINT_PX = 150, 40, 0.8 * PAGE_PX_PER_MM, 5 * PAGE_PX_PER_MM
REPEATED_PX = 3
# Heads at the foot are set as those at the top are. The letters of a signer who prints are larger:
# the middle one is higher than so many times the fourth highest at the top. Letters are so high at
# least, px, 0.75 mm, and fewer of them tell nothing.
LARGER, LETTER_PX, FEW_LETTERS = 1.1, 6, 4
# So many cells are tried first, of those whose heads have so many letters.
TRIED_CELLS, HEAD_LETTERS = 2, 4
# A foot has at most so many tiers.
MOST_TIERS = 2


def without_foot_heads(
    grids: Sequence[SignerGrid], form: Form, gray: Pixels, read: ReadPrint
) -> tuple[SignerGrid, ...]:
    """The grids without rows at their end that say what the form has over its columns.

    ``gray``: the level page; ``read`` reads the print of pixels.
    """
    if form.lines > 1 or sum(bool(column.header) for column in form.columns) < LEAST_HEADS:
        return tuple(grids)
    return tuple(_without_foot(grid, form, gray, read) for grid in grids)


def _without_foot(grid: SignerGrid, form: Form, gray: Pixels, read: ReadPrint) -> SignerGrid:
    for _ in range(MOST_TIERS):
        if len(grid.row_rules) < 3 or not _says_heads(grid, form, gray, read):
            break
        grid = replace(grid, row_rules=grid.row_rules[:-1])
    return grid


def _says_heads(grid: SignerGrid, form: Form, gray: Pixels, read: ReadPrint) -> bool:
    """Whether the cells of the last row say the heads of their columns."""
    above, top, foot = grid.row_rules[-3:]
    left, right = grid.table.down[0], grid.table.down[-1]
    row = quad(top, left, foot, right)
    middle = float(np.mean([y for _, y in row]))
    down = [rule_at(rule, middle) for rule in grid.table.down]
    headed = [
        (column.header, down[span[0]], down[span[1]])
        for column, span in zip(form.columns, grid.columns, strict=True)
        if span is not None and any(map(plain, column.header))
    ]
    wanted = max(LEAST_HEADS, HEADS_SHARE * len(headed))
    inked = [
        _is_inked_low(gray, (a, rule_at(top, a), b, rule_at(foot, a)), rule_at(above, a))
        for _, a, b in headed
    ]
    inked = [
        is_inked and not _is_larger(gray, (a, rule_at(top, a), b, rule_at(foot, a)), grid)
        for is_inked, (_, a, b) in zip(inked, headed, strict=True)
    ]
    if sum(inked) < wanted or not _begins_so(headed, inked, (top, foot), gray, read):
        return False
    words = read_typical_row(gray, [row], read)
    said = 0
    for header, a, b in headed:
        inside = [w for w in words if a <= down[0] + w.middle[0] * (down[-1] - down[0]) <= b]
        said += _is_head(header, row_text(inside))
    return said >= wanted


def _begins_so(
    headed: Sequence[tuple[Sequence[str], float, float]],
    inked: Sequence[bool],
    rules: tuple[Rule, Rule],
    gray: Pixels,
    read: ReadPrint,
) -> bool:
    """Whether one of the row's two narrowest cells, which are soon read, says its head.

    Most last rows with ink are a signer's; to read such a one whole takes as long as a title.
    ``headed``: heads, left and right of each column; ``rules``: above and below the row.
    """
    told = [
        (right - left, left, right, header)
        for (header, left, right), is_inked in zip(headed, inked, strict=True)
        if is_inked and max(len(plain(wording)) for wording in header) >= HEAD_LETTERS
    ]
    for _, left, right, header in sorted(told, key=lambda one: one[0])[:TRIED_CELLS]:
        y0, y1 = (rule_at(rule, (left + right) / 2) for rule in rules)
        cell = ((left, y0), (right, y0), (right, y1), (left, y1))
        if _is_head(header, row_text(read_typical_row(gray, [cell], read))):
            return True
    return False


def _is_head(header: Sequence[str], text: str) -> bool:
    """Whether a cell's text is one of the wordings over it, or little more."""
    letters = len(plain(text))
    return any(
        contains(wording, text) >= SAYS_HEAD
        and letters <= (1 + MOST_BESIDE) * max(1, len(plain(wording)))
        for wording in header
        if plain(wording)
    )


def _is_larger(gray: Pixels, cell: Box, grid: SignerGrid) -> bool:
    """Whether what stands in a cell is larger than the head at the top of its column is printed."""
    left, top, right, foot = cell
    first, last = grid.table.across[0], grid.row_rules[0]
    ends = [rule_at(rule, (left + right) / 2) for rule in (first, last)]
    if first is last:
        ends[0] -= HEADER_ABOVE_PX
    heads = _letter_heights(gray, (left, ends[0], right, ends[1]))
    own = _letter_heights(gray, (left, top, right, foot))
    if min(len(heads), len(own)) < FEW_LETTERS:
        return False
    return float(np.median(own)) > LARGER * float(np.sort(heads)[-FEW_LETTERS])


def _letter_heights(gray: Pixels, place: Box) -> npt.NDArray[np.int32]:
    """Heights (px) of the pieces of ink in a place, off its rulings, that may be letters."""
    x0, y0 = (max(0, round(side + OFF_RULINGS_PX)) for side in place[:2])
    x1, y1 = (max(0, round(side - OFF_RULINGS_PX)) for side in place[2:])
    piece = gray[y0:y1, x0:x1]
    if piece.size == 0:
        return np.zeros(0, dtype=np.int32)
    count, _, stats, _ = cv2.connectedComponentsWithStats(cv2.compare(piece, INK_LEVEL, cv2.CMP_LT))
    high = stats[1:count, cv2.CC_STAT_HEIGHT]
    return np.asarray(high[(high >= LETTER_PX) & (high <= PRINT_PX)], dtype=np.int32)


def _is_inked_low(gray: Pixels, cell: Box, above: float) -> bool:
    """Whether something of its own stands in a cell, off its rulings, and is no higher than print.

    ``above``: where the row above it begins; what both rows have is printed in every row.
    """
    left, top, right, foot = cell
    x0, y0 = max(0, round(left + OFF_RULINGS_PX)), max(0, round(top + OFF_RULINGS_PX))
    x1, y1 = round(right - OFF_RULINGS_PX), min(len(gray), round(foot - OFF_RULINGS_PX))
    if y1 <= y0 or min(x1, gray.shape[1]) <= x0:
        return False
    inked = cv2.compare(gray[y0:y1, x0:x1], INK_LEVEL, cv2.CMP_LT)
    if cv2.countNonZero(inked) < INK_PX:
        return False
    up = min(y0, max(0, round(top - above)))
    near = cv2.compare(gray[y0 - up : y1 - up, x0:x1], INK_LEVEL, cv2.CMP_LT)
    around = np.ones((2 * REPEATED_PX + 1, 2 * REPEATED_PX + 1), np.uint8)
    if cv2.countNonZero(cv2.subtract(inked, cv2.dilate(near, around))) < INK_PX:
        return False
    _, _, stats, _ = cv2.connectedComponentsWithStats(inked)
    return bool(stats[1:, cv2.CC_STAT_HEIGHT].max() <= PRINT_PX)
