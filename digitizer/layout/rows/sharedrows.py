"""Whether rows that look whole are several signers', between which a scan lost each line.

A threshold may take every second hairline of a table: what is left bounds even rows, of
twice the height, and nothing printed tells. What is written does. One signer's name and
signature stand on one line each, anywhere in their row; those of two stand one above the
other, each in its own half. A cell that people fill in several lines themselves, an address
or one of several fields, tells nothing. A row of twice or three times the height of the
table's others is several whatever is written in it.

A row that was crossed out by a straight line tells nothing either: without the line halves
of letters stand above each other. Couples write two names into one row of a table that lost no
line: there most others wrote over the middle of theirs, where a line would have been.

It fails where one signer alone wrote in a row, which then is one signer's, and where
most writing reaches over the lost line.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np

from digitizer.forms.forms import Column, Form
from digitizer.layout.print.typicalrow import level_row
from digitizer.layout.rows.rowcount import writing_between
from digitizer.layout.table.rowrules import line_between
from digitizer.layout.table.signergrid import SignerGrid, quad
from digitizer.lines.rulepaths import crossing, rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, FieldKind, Pixels, Rule
from digitizer.states import PRINTED_KINDS

# Rows of this height, 12 mm, may be two of 6 mm: in lower ones nobody writes.
TWO_ROWS_PX = 12 * PAGE_PX_PER_MM
# So many times the height of the table's others, to this share of it, is so many rows.
WHOLE_SHARE = 0.12
# A row is parted in two or three; a piece of writing stands in a part with so much of its height,
# and two parts at least hold so much of the cell's ink each; what stands in none is less.
PARTS, IN_PART, PART_INK, ACROSS_INK = (2, 3), 0.8, 0.2, 0.2
# So many of a row's written cells, and none that is not, are parted where it is several; or of
# all written cells of such rows so many and this share.
ROW_CELLS, TABLE_CELLS, TABLE_SHARE = 2, 3, 0.4
# Pieces smaller than this, px, are specks; cells are looked at 1 mm inside their rulings.
SPECK_PX, INSET_PX = 12, round(PAGE_PX_PER_MM)
# Where so many times as many rows are written over their middles no line was lost there, whatever
# stands above each other in the rest; where they are as many at least a person sees it.
SURELY_WHOLE = 2
# A cell that is levelled has pixels from so far beyond its corners, px.
NEXT_PX = 4
# A line in the middle part of a row is a strike: no ruling of its own bends so far. Where more than
# this share of the rows, blank ones too, have one they are what is left of lost lines.
MIDDLE, MOST_STRUCK = (0.2, 0.8), 0.5
# What people may write on two lines, or not write at all.
NO_LINE = PRINTED_KINDS | {FieldKind.ADDRESS, FieldKind.EMAIL}


def part_shared_rows(
    grids: Sequence[SignerGrid], form: Form, rules: Sequence[Rule], gray: Pixels
) -> tuple[tuple[SignerGrid, ...], bool]:
    """The tables of a form of one line a row, with rows that are several signers' divided.

    And whether any may be several, divided or not: a person must see them. ``rules``: those of
    the level page ``gray``.
    """
    if form.lined or not any(_may_be_several(_heights(grid.row_rules)) for grid in grids):
        return tuple(grids), False
    writing = writing_between(rules, gray, *_levels(grids)).astype(np.uint8) * 255
    parted = [_parted(grid, form, rules, writing) for grid in grids]
    return tuple(grid for grid, _ in parted), any(told for _, told in parted)


def _levels(grids: Sequence[SignerGrid]) -> tuple[int, int]:
    """Rows of pixels between which all cells of these tables lie."""
    levels = [
        y
        for grid in grids
        for rule in grid.row_rules
        for y in (
            *rule.points[:, 1].tolist(),
            *(crossing(rule, side)[1] for side in (grid.table.down[0], grid.table.down[-1])),
        )
    ]
    return int(min(levels)) - NEXT_PX, int(max(levels)) + NEXT_PX


def _parted(
    grid: SignerGrid, form: Form, page_rules: Sequence[Rule], writing: Pixels
) -> tuple[SignerGrid, bool]:
    heights = _heights(grid.row_rules)
    if not _may_be_several(heights):
        return grid, False
    usual = float(np.median(heights))
    counts = [_times(height, usual) for height in heights]
    doubted = False
    if max(counts) == 1:
        written, doubted = _written_parts(grid, form, writing, heights, page_rules)
        counts = [written if height >= TWO_ROWS_PX else 1 for height in heights]
    # What is seldom as low as the others are high is no reason to divide them all.
    told = doubted or max(counts) > 1 or max(_times(h, min(heights)) for h in heights) > 1
    rules = list(grid.row_rules[:1])
    for count, (top, bottom) in zip(counts, pairwise(grid.row_rules), strict=True):
        rules += [*(line_between(top, bottom, k / count) for k in range(1, count)), bottom]
    return replace(grid, row_rules=tuple(rules)), told


def _heights(rules: Sequence[Rule]) -> list[float]:
    if len(rules) < 2:
        return []
    middle = sum(rule_span(rules[0])) / 2
    return [rule_at(b, middle) - rule_at(a, middle) for a, b in pairwise(rules)]


def _may_be_several(heights: Sequence[float]) -> bool:
    return bool(heights) and (
        max(heights) >= TWO_ROWS_PX or max(_times(h, min(heights)) for h in heights) > 1
    )


def _times(height: float, usual: float) -> int:
    """How many rows of the usual height a row is as high as; 1 where it is no whole number."""
    times = height / max(usual, 1.0)
    whole = round(times)
    return whole if whole > 1 and abs(times - whole) <= WHOLE_SHARE * whole else 1


def _has_line(top: Rule, bottom: Rule, rules: Sequence[Rule]) -> bool:
    """Whether a ruling, or what was traced as one, lies in the middle part of a row."""
    for rule in rules:
        middle = sum(rule_span(rule)) / 2
        upper, lower = rule_at(top, middle), rule_at(bottom, middle)
        if rule.horizontal and lower > upper:
            if MIDDLE[0] <= (rule_at(rule, middle) - upper) / (lower - upper) <= MIDDLE[1]:
                return True
    return False


def _written_parts(
    grid: SignerGrid,
    form: Form,
    writing: Pixels,
    heights: Sequence[float],
    rules: Sequence[Rule],
) -> tuple[int, bool]:
    """In how many parts, one below the other, most high rows of a table are written in.

    And whether they may be parted though more of them are written over the middle.

    ``rules``: of the page.
    """
    spans = [
        span
        for column, span in zip(form.columns, grid.columns, strict=True)
        if span is not None and _is_of_one_line(column)
    ]
    rows, crossed = [], []
    for height, (top, bottom) in zip(heights, pairwise(grid.row_rules), strict=True):
        if height < TWO_ROWS_PX:
            continue
        cells = [_cell(grid, top, bottom, span, writing) for span in spans]
        rows.append([cell for cell in cells if cell.any()])
        crossed.append(_has_line(top, bottom, rules))
    if sum(crossed) <= MOST_STRUCK * len(rows):
        rows = [cells for cells, struck in zip(rows, crossed, strict=True) if not struck]
    for count in PARTS:
        told = [[_is_parted(cell, count) for cell in cells] for cells in rows]
        every = [one for row in told for one in row]
        if any(len(row) >= ROW_CELLS and all(row) for row in told) or (
            sum(every) >= TABLE_CELLS and sum(every) >= TABLE_SHARE * len(every)
        ):
            parted = sum(any(row) for row in told)
            whole = sum(
                not any(row) and _is_across(cells, count)
                for row, cells in zip(told, rows, strict=True)
            )
            return (count, False) if whole < parted else (1, whole < SURELY_WHOLE * parted)
    return 1, False


def _is_across(cells: Sequence[Pixels], count: int) -> bool:
    """Whether most written cells of a row are written over the sides of equal parts."""
    held = [_in_parts(cell, count) for cell in cells]
    across = [over > ACROSS_INK * (sum(parts) + over) for parts, over in held]
    return bool(cells) and 2 * sum(across) > len(cells)


def _is_of_one_line(column: Column) -> bool:
    """Whether a signer writes one line in a column."""
    kinds = [field.kind for field in column.fields]
    return len(kinds) == 1 and kinds[0] not in NO_LINE


def _cell(
    grid: SignerGrid, top: Rule, bottom: Rule, span: tuple[int, int], writing: Pixels
) -> Pixels:
    """What is written in a cell, (H, W), 1 where dark, without its border."""
    corners = quad(top, grid.table.down[span[0]], bottom, grid.table.down[span[1]])
    (x0, y0), (x1, _), (_, y1) = corners[:3]
    cell = level_row(writing, corners, (max(1, round(x1 - x0)), max(1, round(y1 - y0))))
    inner = np.zeros_like(cell)
    inside = slice(INSET_PX, -INSET_PX), slice(INSET_PX, -INSET_PX)
    inner[inside] = cell[inside] > 127
    return inner


def _is_parted(cell: Pixels, count: int) -> bool:
    """Whether what is written in a cell stands in two of ``count`` equal parts, or more."""
    held, across = _in_parts(cell, count)
    whole = sum(held) + across
    if across > ACROSS_INK * whole:
        return False
    return whole > 0 and sum(ink >= PART_INK * whole for ink in held) > 1


def _in_parts(cell: Pixels, count: int) -> tuple[list[float], float]:
    """How much of a cell's ink stands in each of ``count`` equal parts, and over their sides."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(cell, connectivity=8)
    high = cell.shape[0] / count
    held, across = [0.0] * count, 0.0
    for _, top, _, height, area in stats[1:].tolist():
        if area < SPECK_PX:
            continue
        part = min(count - 1, int((top + height / 2) / high))
        inside = min(top + height, (part + 1) * high) - max(top, part * high)
        if inside >= IN_PART * height:
            held[part] += area
        else:
            across += area
    return held, across
