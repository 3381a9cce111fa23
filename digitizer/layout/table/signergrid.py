"""Match the signer table of a page with the columns of a form, and count its rows.

The columns are those of the ruled table whose header texts are most like the
definition's; the rows are bounded by the rulings that fit rows of about one
height best, so that a strike through a row is none and a missed ruling is put
back in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from digitizer.forms.forms import Form
from digitizer.geometry import Points, as_polygon
from digitizer.layout.print.typicalrow import RowPrint
from digitizer.layout.table.cardends import without_box_above, without_foreign_end
from digitizer.layout.table.columnheads import HeadMatch, match_heads
from digitizer.layout.table.firstrow import head_goes_on
from digitizer.layout.table.noticerows import is_notice, joined_over_notice
from digitizer.layout.table.rowrules import regular_rules
from digitizer.layout.table.writinglines import without_writing_lines
from digitizer.lines.rulepaths import crossing, is_hidden_at, rule_at, rule_span
from digitizer.lines.tables import Table
from digitizer.records import (
    PAGE_PX_PER_MM,
    CellPlace,
    Polygon,
    PrintedWord,
    RowPlace,
    Rule,
)

# A horizontal ruling bounds a row if it covers this share of the columns' width.
ROW_RULE_SHARE = 0.6
# Across the whole table: more than a footer's box attached to it.
FULL_RULE_SHARE = 0.85
# A line between the lines of a signer covers this share of the table at least, and is there in this
# share of the rows: cells that are not divided stand beside it.
PART_RULE_SHARE, PARTED_SHARE = 0.25, 0.6
# Rows of one run are as high as the first of them to within this share.
EVEN_SHARE = 0.25
# A ruling of a table goes on above it and below by less than this, 15 mm.
STREAK_PX = 15 * PAGE_PX_PER_MM
# Header rows at most: a spanning title, the consent text, the column heads.
MAX_HEADER_ROWS = 3
# A further row is a header's if it makes the heads so much more like the form's in the mean; one as
# high as the signers', to within this share, is seldom: a letter of a signer's may be read as
# the head of a narrow column.
LOW_HEAD_GAIN, HIGH_HEAD_GAIN, ROW_HIGH_SHARE = 0.03, 0.3, 0.12
# Rulings of two tables or halves ruled alike lie as far from their left sides to 2 mm.
ALIKE_PX = 2 * PAGE_PX_PER_MM
# ... if they are there beside so many of the table's lines: shorter ones are traced in pieces.
RULED_SHARE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class SignerGrid:
    """The signer table as matched: form column -> (left, right) rulings, body rows.

    ``said``: what is printed in every row, where that was read to match it. ``heights``:
    of each column the first ruling of a signer's and the last that bound its cells, where not
    all are as high as their line.
    """

    table: Table
    score: float
    columns: tuple[tuple[int, int] | None, ...]
    header_scores: tuple[float, ...]
    row_rules: tuple[Rule, ...]
    said: RowPrint | None = None
    heights: tuple[tuple[int, int], ...] = ()


def _heights(rules: Sequence[Rule], x: float) -> npt.NDArray[np.float64]:
    return np.diff(np.array([rule_at(rule, x) for rule in rules]))


def _middle_x(table: Table) -> float:
    n = table.row_count // 2
    return (table.corner(n, 0)[0] + table.corner(n, table.column_count)[0]) / 2


def even_rows(table: Table, *, lines: int = 1) -> list[Rule]:
    """Rulings of the longest run of rows of about one height across the table.

    ``lines``: of a signer as the form's definition says; of several each is a row, whether
    it is a ruling or a line to write on.
    """
    every = range(table.column_count)
    full = wide_rules(table, every, FULL_RULE_SHARE)
    kept = (
        without_writing_lines(table, full) if lines == 1 else with_parting_rules(table, full, lines)
    )
    wide = [table.across[i] for i in kept]
    if len(wide) < 3:
        return []
    x = _middle_x(table)
    rules = regular_rules(wide, x, lines=lines if _goes_on(table, wide) else 0)
    heights = _heights(rules, x)
    best: tuple[int, int] = (0, 0)
    for start in range(len(heights)):
        stop = start + 1
        while stop < len(heights) and abs(heights[stop] / heights[start] - 1) < EVEN_SHARE:
            stop += 1
        if stop - start > best[1] - best[0]:
            best = (start, stop)
    run = _with_first_row(wide, rules[best[0] : best[1] + 1], x)
    return without_foreign_end(table, run if lines > 1 else without_box_above(table, run))


def _with_first_row(wide: Sequence[Rule], run: Sequence[Rule], x: float) -> list[Rule]:
    """A run of rows with those above it that were taken for one with a low head above them."""
    run = list(run)
    for rule in reversed(wide):
        height = rule_at(run[0], x) - rule_at(rule, x)
        if len(run) > 1 and abs(height / _heights(run[:2], x)[0] - 1) < EVEN_SHARE:
            run.insert(0, rule)
    return run


def with_parting_rules(table: Table, full: Sequence[int], lines: int) -> list[int]:
    """Rulings across the whole table with those that part the ``lines`` of a signer.

    Where some cells are as high as all lines of a signer the rulings between the lines end beside
    them. They are told by their number between two whole ones, in most rows.
    """
    parts = wide_rules(table, range(table.column_count), PART_RULE_SHARE)
    between = [[i for i in parts if low < i < high] for low, high in pairwise(full)]
    parted = [inner for inner in between if len(inner) == lines - 1]
    # The head's lines are divided as they like.
    if lines == 1 or len(parted) < max(1.0, PARTED_SHARE * (len(between) - 1)):
        return list(full)
    return sorted({*full, *(i for inner in parted for i in inner)})


def _goes_on(table: Table, rules: Sequence[Rule]) -> bool:
    """Whether the columns' rulings of most of a table are there above the last of its ``rules``."""
    before, last = (next(i for i, one in enumerate(table.across) if one is r) for r in rules[-2:])
    columns = table.down_share(0, before) >= 0.5
    return bool(columns.any() and table.down_share(before, last)[columns].mean() >= 0.75)


def rows_below_head(table: Table) -> list[Rule]:
    """As ``even_rows``, but for a high first row that was divided to be as low as the others.

    That may be a head; it may also be two rows between which no ruling was seen.
    """
    run = even_rows(table)
    seen = {id(rule) for rule in table.across}
    start = 0
    while start + 2 < len(run) and id(run[start + 1]) not in seen:
        start += 1
    return run[start + 1 :] if start else run


def wide_rules(table: Table, cells: Iterable[int], least: float = ROW_RULE_SHARE) -> list[int]:
    """Horizontal rulings that cover most of the width of the given table columns."""
    columns = list(cells)
    widths = np.array([table.corner(0, j + 1)[0] - table.corner(0, j)[0] for j in columns])
    share = (table.across_borders[:, columns] * widths).sum(axis=1) / widths.sum()
    return [i for i in range(len(table.across)) if share[i] >= least]


def match_table(table: Table, words: Sequence[PrintedWord], form: Form) -> SignerGrid:
    """Match the columns of a table with those of a form by the print above them.

    How many of the first rows are heads nobody says: each number is tried, from none on, and the
    one kept that makes the columns clearest.
    """
    # Boxes in a cell, of a comb or to tick, part no head.
    combed = any(column.comb for column in form.columns)
    best: HeadMatch | None = None
    for header_rows in range(min(MAX_HEADER_ROWS, table.row_count - 1) + 1):
        for by_header in (True,) if combed else (False, True):
            tried = match_heads(table, words, form, header_rows, by_header=by_header)
            if best is None or _is_clearer(tried, best, table):
                best = tried
    assert best is not None  # at least header_rows = 0 was tried
    header_rows = best.header_rows
    while head_goes_on(table, words, form, best.columns, header_rows):
        header_rows += 1
    rules = _row_rules(table, best.columns, header_rows)
    return SignerGrid(table, best.score, tuple(best.columns), tuple(best.scores), rules)


def _is_clearer(tried: HeadMatch, best: HeadMatch, table: Table) -> bool:
    """Whether a later try tells a form's columns better than the best of those before it.

    By so many rows of heads as the best, but by the rulings through the heads alone, it may be
    just as clear if it finds as many columns. Else it must gain: by little, or, with a further
    row that is as high as a signer's, by much.
    """
    same_heads = tried.header_rows == best.header_rows
    if same_heads and tried.score >= best.score and tried.found >= best.found:
        return True
    gain = (
        LOW_HEAD_GAIN
        if same_heads or not _is_row_high(table, tried.header_rows)
        else HIGH_HEAD_GAIN
    )
    return tried.score > best.score + gain


def _is_row_high(table: Table, header_rows: int) -> bool:
    """Whether the last of so many header rows is as high as the rows below: it may be one."""
    heights = _heights(table.across, _middle_x(table))
    if not 0 < header_rows < len(heights):
        return False
    usual = float(np.median(heights[header_rows:]))
    return bool(abs(heights[header_rows - 1] - usual) < ROW_HIGH_SHARE * usual)


def _row_rules(
    table: Table, columns: Sequence[tuple[int, int] | None], header_rows: int
) -> tuple[Rule, ...]:
    """Rulings that bound the signer rows, the lower edge of the header first."""
    known = [span for span in columns if span is not None]
    if not known:
        return ()
    cells = sorted({j for left, right in known for j in range(left, right)})
    edges = sorted({j for span in known for j in span})
    wide = without_writing_lines(table, wide_rules(table, cells))
    rows = [i for i in wide if i >= header_rows]
    if header_rows not in rows:
        rows = [header_rows, *rows]
    x = _middle_x(table)
    # The signer rows end where the columns' own rulings end.
    edges = _without_open_sides(table.down_borders[header_rows:], edges)
    above: tuple[Rule, ...] = ()
    while True:
        kept = _with_columns(table, rows, edges)
        part = regular_rules([table.across[i] for i in kept], x, lines=1)
        above = joined_over_notice(above, part) if above else part
        rows = rows[len(kept) - 1 :]
        # A notice ends at lines that were left as they are, or nobody knows where it ends.
        if above[-1] is not table.across[rows[0]] or not is_notice(table, kept, rows, edges, x):
            return above
        rows = rows[1:]


def _with_columns(table: Table, rows: Sequence[int], edges: Sequence[int]) -> list[int]:
    """The first of the rulings across, as far as the columns' own are there between them."""
    kept = list(rows[:1])
    for low, high in pairwise(rows):
        seen = [j for j in edges if not _is_hidden(table, j, (low, high))]
        if table.down_share(low, high)[seen or edges].mean() < 0.75:
            break
        kept.append(high)
    return kept


def _is_hidden(table: Table, j: int, rows: Sequence[int]) -> bool:
    """Whether something that lies on one of these rulings across hides where ``j`` crosses it."""
    return any(is_hidden_at(table.across[i], table.corner(i, j)[0]) for i in rows)


def _without_open_sides(borders: npt.NDArray[np.bool_], edges: Sequence[int]) -> list[int]:
    """The columns' sides without a first or a last one along which nothing is printed.

    In line with it the side of a box below the rows may be, which is none of theirs.
    ``borders``: (rows, rulings down) that are there, from the head on.
    """
    body = borders[borders[:, list(edges)].mean(axis=1) >= 0.5]
    open_sides = [j for j in (edges[0], edges[-1]) if len(body) and not body[:, j].any()]
    return [j for j in edges if j not in open_sides] or list(edges)


def quad(top: Rule, left: Rule, bottom: Rule, right: Rule) -> Polygon:
    """Where four rulings meet, clockwise from top left."""
    return as_polygon(
        [crossing(top, left), crossing(top, right), crossing(bottom, right), crossing(bottom, left)]
    )


def down_at(table: Table, rules: Sequence[Rule], share: float) -> Rule:
    """The line down a table at a share of its width, between its sides."""
    points: list[tuple[float, float]] = []
    for rule in rules:
        (x0, y0), (x1, y1) = quad(rule, table.down[0], rule, table.down[-1])[:2]
        points.append((x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
    placed: Points = np.array(points)
    return Rule(placed, False, 0.0, 0.0)


def edges_of(rules: Sequence[Rule]) -> list[tuple[Rule, Rule]]:
    """Of each ruling where what is above it ends, and where what is below it begins."""
    return [rule.edges or (rule, rule) for rule in rules]


def signer_rows(grid: SignerGrid, form: Form, first_number: int = 1) -> tuple[RowPlace, ...]:
    """The signer rows with their cells, numbered from ``first_number``."""
    spans = [span for span in grid.columns if span is not None]
    first, last = min(s[0] for s in spans), max(s[1] for s in spans)
    down, lines = grid.table.down, form.lines
    heights = grid.heights or tuple((column.line - 1, column.line) for column in form.columns)
    rows = []
    for number in range((len(grid.row_rules) - 1) // lines):
        rules = edges_of(grid.row_rules[number * lines : (number + 1) * lines + 1])
        cells = [
            CellPlace(
                column=column.name,
                fields=column.fields,
                polygon=quad(rules[high][1], down[span[0]], rules[low][0], down[span[1]]),
                comb=column.comb,
            )
            for column, span, (high, low) in zip(form.columns, grid.columns, heights, strict=True)
            if span is not None
        ]
        outline = quad(rules[0][1], down[first], rules[-1][0], down[last])
        rows.append(RowPlace(first_number + number, outline, tuple(cells)))
    return tuple(rows)


def all_rows(grids: Sequence[SignerGrid], form: Form) -> tuple[RowPlace, ...]:
    """The rows of all tables, numbered on from table to table.

    Tables side by side are filled one after the other, from the left; tables one
    below the other from the top.
    """
    outlines = [np.array(grid.table.outline()) for grid in grids]
    beside = [int(o[:, 0].min() >= other[:, 0].max() - 1) for o in outlines for other in outlines]
    tables_left = [sum(beside[i * len(grids) : (i + 1) * len(grids)]) for i in range(len(grids))]
    order = sorted(range(len(grids)), key=lambda i: (tables_left[i], outlines[i][:, 1].min()))
    rows: list[RowPlace] = []
    for i in order:
        rows += signer_rows(grids[i], form, len(rows) + 1)
    return tuple(rows)


def is_of_streaks(grid: SignerGrid) -> bool:
    """Whether streaks or folds made columns of the table: they run on well above it and below."""
    if not grid.row_rules:
        return False
    sides = {side for span in grid.columns if span is not None for side in span}
    for side in sides - {0, grid.table.column_count}:
        rule = grid.table.down[side]
        first, last = rule_span(rule)
        x = rule_at(rule, (first + last) / 2)
        # A box may hang on the table, and be taken for a part of it.
        top, bottom = rule_at(grid.table.across[0], x), rule_at(grid.row_rules[-1], x)
        if rule.support > 0 and first < top - STREAK_PX and last > bottom + STREAK_PX:
            return True
    return False


def places_down(table: Table) -> list[float]:
    """Where the rulings down a table lie halfway down it, px of the page."""
    row = table.row_count // 2
    return [table.corner(row, j)[0] for j in range(table.column_count + 1)]


def are_ruled_alike(first: Table, second: Table) -> bool:
    """Whether two tables, or halves of one, have the same rulings down."""
    left, right = (np.array(_rulings(part)) for part in (first, second))
    return len(left) == len(right) and bool(np.abs(left - right).max() <= ALIKE_PX)


def _rulings(part: Table) -> list[float]:
    """How far from a table's left side the rulings down it lie that bound columns, px."""
    at = places_down(part)
    order = np.argsort(at)
    starts = np.flatnonzero(np.diff(np.array(at)[order]) > ALIKE_PX) + 1
    # What was traced in pieces is one.
    groups = np.split(order, starts)
    kept = [g for g in groups if part.down_borders[:, g].any(axis=1).mean() >= RULED_SHARE]
    return [float(np.median([at[k] for k in g])) - min(at) for g in kept]


def in_rows(word: PrintedWord, grid: SignerGrid) -> bool:
    """Whether a word stands in a signer row; a table whose rows nobody can tell has none."""
    if not grid.row_rules:
        return False
    x, y = word.middle
    top, bottom = rule_at(grid.row_rules[0], x), rule_at(grid.row_rules[-1], x)
    left, right = rule_at(grid.table.down[0], y), rule_at(grid.table.down[-1], y)
    return top <= y <= bottom and left <= x <= right
