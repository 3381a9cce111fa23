"""Take rows out of a signer table in which its heads are printed once more.

Long tables repeat their heads below the last row, or between rows, ruled like a signer's and about
as high. The same print once more tells it, or at the foot the words: cells that say what the
definition has over them. It fails where the print engine cannot read them and they are set in
other type, and where a form has one head only.
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
from digitizer.layout.table.noticerows import joined_over_notice
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
# What is printed twice is as wide and as high to so many px, and of the width to this share; so
# much of the ink of each lies in the other's, or within 2 px of it.
SAME_PX, SAME_SHARE, SAME_INK, NEAR_PX, HALF = 4, 0.02, 0.85, 5, 127


def without_foot_heads(
    grids: Sequence[SignerGrid], form: Form, gray: Pixels, read: ReadPrint
) -> tuple[SignerGrid, ...]:
    """The grids without rows at their end, or between others, that say their columns' heads.

    ``gray``: the level page; ``read`` reads the print of pixels.
    """
    if form.lines > 1 or sum(bool(column.header) for column in form.columns) < LEAST_HEADS:
        return tuple(grids)
    return tuple(_without_foot(grid, form, gray, read) for grid in grids)


def _without_foot(grid: SignerGrid, form: Form, gray: Pixels, read: ReadPrint) -> SignerGrid:
    for _ in range(MOST_TIERS):
        rules = grid.row_rules
        if len(rules) < 3:
            break
        above, top, foot = rules[-3:]
        if not _repeats_heads(grid, (top, foot), form, gray) and not _says_heads(
            grid, (above, top, foot), form, gray, read
        ):
            break
        grid = replace(grid, row_rules=rules[:-1])
    rules = grid.row_rules
    for k in range(len(rules) - 3, 0, -1):
        if _repeats_heads(grid, (rules[k], rules[k + 1]), form, gray):
            rules = joined_over_notice(rules[: k + 1], rules[k + 1 :])
    return replace(grid, row_rules=rules)


def _headed(
    grid: SignerGrid, row: tuple[Rule, Rule], form: Form
) -> list[tuple[Sequence[str], float, float]]:
    """The heads of the columns that have one, with the left and right of their cells in a row."""
    top, foot = row
    place = quad(top, grid.table.down[0], foot, grid.table.down[-1])
    middle = float(np.mean([y for _, y in place]))
    down = [rule_at(rule, middle) for rule in grid.table.down]
    return [
        (column.header, down[span[0]], down[span[1]])
        for column, span in zip(form.columns, grid.columns, strict=True)
        if span is not None and any(map(plain, column.header))
    ]


def _repeats_heads(grid: SignerGrid, row: tuple[Rule, Rule], form: Form, gray: Pixels) -> bool:
    """Whether a row's cells hold the very print of the heads at the top, as most of them are."""
    top, foot = row
    headed = _headed(grid, row, form)
    alike = sum(
        _is_same_print(
            _ink(gray, (left, rule_at(top, left), right, rule_at(foot, left))),
            _ink(gray, _head_place(grid, left, right)),
        )
        for _, left, right in headed
    )
    return alike >= max(LEAST_HEADS, HEADS_SHARE * len(headed))


def _ink(gray: Pixels, place: Box) -> Pixels:
    """All ink in a place, off its rulings, cut out closely."""
    x0, y0 = (max(0, round(side + OFF_RULINGS_PX)) for side in place[:2])
    x1, y1 = (max(0, round(side - OFF_RULINGS_PX)) for side in place[2:])
    piece = gray[y0:y1, x0:x1]
    if piece.size == 0:
        return np.zeros((0, 0), np.uint8)
    inked = cv2.compare(np.ascontiguousarray(piece), INK_LEVEL, cv2.CMP_LT)
    # Specks beside it make it no larger.
    solid = cv2.medianBlur(inked, 3)
    left, top, wide, high = cv2.boundingRect(solid)
    return np.asarray(inked[top : top + high, left : left + wide], dtype=np.uint8)


def _is_same_print(first: Pixels, second: Pixels) -> bool:
    """Whether two pieces of ink are one print: as large, and each where the other one is."""
    (high, wide), (other_high, other_wide) = first.shape, second.shape
    if min(high, wide, other_high, other_wide) == 0 or abs(high - other_high) > SAME_PX:
        return False
    if abs(wide - other_wide) > SAME_PX + SAME_SHARE * other_wide:
        return False
    size = (other_wide, other_high)
    pair = [cv2.resize(one, size, interpolation=cv2.INTER_AREA) > HALF for one in (first, second)]
    inked = [one.astype(np.uint8) for one in pair]
    near = [cv2.dilate(one, np.ones((NEAR_PX, NEAR_PX), np.uint8)) for one in inked]
    return all(
        int((one & around).sum()) >= SAME_INK * int(one.sum()) > 0
        for one, around in zip(inked, near[::-1], strict=True)
    )


def _head_place(grid: SignerGrid, left: float, right: float) -> Box:
    """Where the head at the top of a column stands."""
    first, last = grid.table.across[0], grid.row_rules[0]
    top, foot = (rule_at(rule, (left + right) / 2) for rule in (first, last))
    return left, top - HEADER_ABOVE_PX if first is last else top, right, foot


def _says_heads(
    grid: SignerGrid, rules: tuple[Rule, Rule, Rule], form: Form, gray: Pixels, read: ReadPrint
) -> bool:
    """Whether the cells between the last two of three ``rules`` say the heads of their columns."""
    above, top, foot = rules
    left, right = grid.table.down[0], grid.table.down[-1]
    row = quad(top, left, foot, right)
    middle = float(np.mean([y for _, y in row]))
    ends = [rule_at(rule, middle) for rule in (left, right)]
    headed = _headed(grid, (top, foot), form)
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
        inside = [w for w in words if a <= ends[0] + w.middle[0] * (ends[1] - ends[0]) <= b]
        # The engine may make nothing of a whole row, and something of a cell.
        said += _is_head(header, row_text(inside)) or _is_head(
            header, _cell_text((a, b), (top, foot), gray, read)
        )
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
        if _is_head(header, _cell_text((left, right), rules, gray, read)):
            return True
    return False


def _cell_text(
    sides: tuple[float, float], rules: tuple[Rule, Rule], gray: Pixels, read: ReadPrint
) -> str:
    """What a cell says, read by itself; ``sides``: its left and right, px."""
    left, right = sides
    y0, y1 = (rule_at(rule, (left + right) / 2) for rule in rules)
    cell = ((left, y0), (right, y0), (right, y1), (left, y1))
    return row_text(read_typical_row(gray, [cell], read))


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
    heads = _letter_heights(gray, _head_place(grid, left, right))
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
