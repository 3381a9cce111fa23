"""Leave out rows of a signer table that are for totals or for the office, as their print says.

"Page total", "Sous-total", "Number of signatures on this page", "For office use": such a row is
ruled as a signer's is, in the same columns or in others. Few of its cells hold anything, and what
is printed in it tells it. At the end of the table it goes; between blank rows the two lines
beside it become one ruling that knows both edges. One above signers is not looked for. It fails
where the print engine cannot read it: a row that cannot be read stays, and a person sees it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
from rapidfuzz import fuzz

from digitizer.forms.forms import Form
from digitizer.geometry import as_polygon
from digitizer.layout.print.typicalrow import ReadPrint, read_typical_row
from digitizer.layout.print.wording import Box, contains, plain
from digitizer.layout.rows.examplerow import row_text
from digitizer.layout.table.noticerows import joined_over_notice
from digitizer.layout.table.signergrid import SignerGrid, quad
from digitizer.lines.rulepaths import rule_at, seen_length
from digitizer.records import PAGE_PX_PER_MM, FieldKind, Pixels, PrintedWord, RowPlace, Rule

# Words that say it, in English and French: alone, and as part of a line; so like they are read.
TOTALS = ("total", "totals", "totaux", "subtotal", "subtotals", "soustotal")
PHRASES = (
    "sub total",
    "sous total",
    "number of signatures",
    "number of signers",
    "nombre de signatures",
    "nombre de signataires",
    "carried forward",
    "brought forward",
    "office use",
    "usage du bureau",
    "reserve a l administration",
)
ALIKE, SAID = 90.0, 0.88
# ... and so surely.
SURE_WORD = 0.6
# Of a row's cells that people fill so many hold something at most, and this share of them: the
# wording and the number.
MOST_INKED, INKED_SHARE = 2, 0.6
# Between two of its cells so much of their side is seen.
SIDE_SEEN = 0.5
# A cell holds something where so many px, off its rulings by 0.8 mm, are darker than this gray
# level; what is no higher than 5 mm, in all its pieces, may be print.
INK_LEVEL, INK_PX, OFF_RULINGS_PX, PRINT_PX = 150, 40, 0.8 * PAGE_PX_PER_MM, 5 * PAGE_PX_PER_MM
# A total is sought below the last row over so many rows' height.
BELOW = 1.4
# A table has so many rows of signers at least.
LEAST_ROWS = 1


def says_total(words: Sequence[PrintedWord]) -> bool:
    """Whether print says that what stands beside it is a total, or the office's."""
    return _says(row_text([word for word in words if word.confidence >= SURE_WORD]))


def _says(text: str) -> bool:
    said = plain(text).split()
    if any(fuzz.ratio(word, total) >= ALIKE for word in said for total in TOTALS):
        return True
    return any(contains(phrase, text) >= SAID for phrase in PHRASES)


def is_total_below(rows: Sequence[RowPlace], gray: Pixels, read: ReadPrint) -> bool:
    """Whether what is printed right below the last of ``rows`` (page px) says that it is a total.

    ``gray``: the level page; ``read`` reads the print of pixels.
    """
    quads = [np.array(row.polygon, dtype=np.float64) for row in rows]
    step = np.array([0.0, float(np.median([np.ptp(quad[:, 1]) for quad in quads]))])
    left, right = quads[-1][3], quads[-1][2]
    below = as_polygon([left, right, right + BELOW * step, left + BELOW * step])
    return says_total(read_typical_row(gray, [below], read))


def without_total_rows(
    grids: Sequence[SignerGrid], form: Form, gray: Pixels, read: ReadPrint
) -> tuple[SignerGrid, ...]:
    """The grids without rows that say that they are totals, or the office's.

    ``gray``: the level page; ``read`` reads the print of pixels.
    """
    if form.lines > 1 or form.has_captions:
        return tuple(grids)
    return tuple(_without_totals(grid, form, gray, read) for grid in grids)


def _without_totals(grid: SignerGrid, form: Form, gray: Pixels, read: ReadPrint) -> SignerGrid:
    rules = list(grid.row_rules)
    spans = [
        span
        for column, span in zip(form.columns, grid.columns, strict=True)
        if span is not None and not all(f.kind is FieldKind.ROW_NUMBER for f in column.fields)
    ]
    for k in _totals(grid, spans, gray, read):
        if len(rules) - 1 <= LEAST_ROWS:
            break
        if k == len(rules) - 2:
            rules = rules[:-1]
        elif k == 0:
            rules = rules[1:]
        else:
            lower = rules[k + 1].edges or (rules[k + 1],)
            rules = list(joined_over_notice(rules[: k + 1], [lower[-1], *rules[k + 2 :]]))
    return grid if len(rules) == len(grid.row_rules) else replace(grid, row_rules=tuple(rules))


def _totals(
    grid: SignerGrid, spans: Sequence[tuple[int, int]], gray: Pixels, read: ReadPrint
) -> Iterator[int]:
    """Numbers of the rows that are totals, the last first, up to the last row of a signer.

    Reading a row takes a tenth of a second, so none is read above that one.
    """
    for k, row in reversed(list(enumerate(pairwise(grid.row_rules)))):
        ink = _ink_in(grid, spans, row, gray)
        if not any(ink):
            continue
        if not (_may_be_total(ink, len(spans)) and _is_total(grid, row, gray, read)):
            return
        yield k


def _ink_in(
    grid: SignerGrid, spans: Sequence[tuple[int, int]], row: tuple[Rule, Rule], gray: Pixels
) -> list[int]:
    """How high the highest piece of ink in each cell of a row is, px; cells joined are one."""
    top, foot = row
    middle = float(
        np.mean([y for _, y in quad(top, grid.table.down[0], foot, grid.table.down[-1])])
    )
    cells: list[Box] = []
    for first, last in sorted(spans):
        left, right = (rule_at(grid.table.down[k], middle) for k in (first, last))
        cell = (left, rule_at(top, left), right, rule_at(foot, left))
        high = cell[3] - cell[1]
        side = grid.table.down[first]
        if cells and seen_length(side, cell[1], cell[3]) < SIDE_SEEN * high:
            # A wording may have the cells of several columns.
            cell = (*cells.pop()[:2], *cell[2:])
        cells.append(cell)
    return [_ink_height(gray, cell) for cell in cells]


def _may_be_total(ink: Sequence[int], columns: int) -> bool:
    """Whether few cells of a row hold anything, and one of them something as low as print."""
    held = sum(one > 0 for one in ink)
    return (
        1 <= held <= max(MOST_INKED, INKED_SHARE * len(ink))
        and held < columns
        and any(0 < one <= PRINT_PX for one in ink)
    )


def _ink_height(gray: Pixels, cell: Box) -> int:
    """How high the highest piece of ink in a cell is, off its rulings, px; 0 for next to none."""
    left, top, right, foot = cell
    x0, y0 = (max(0, round(side + OFF_RULINGS_PX)) for side in (left, top))
    piece = gray[
        y0 : max(0, round(foot - OFF_RULINGS_PX)), x0 : max(0, round(right - OFF_RULINGS_PX))
    ]
    if piece.size == 0:
        return 0
    inked = cv2.compare(np.ascontiguousarray(piece), INK_LEVEL, cv2.CMP_LT)
    if cv2.countNonZero(inked) < INK_PX:
        return 0
    _, _, stats, _ = cv2.connectedComponentsWithStats(inked)
    return int(stats[1:, cv2.CC_STAT_HEIGHT].max())


def _is_total(grid: SignerGrid, row: tuple[Rule, Rule], gray: Pixels, read: ReadPrint) -> bool:
    top, foot = row
    place = quad(top, grid.table.down[0], foot, grid.table.down[-1])
    return says_total(read_typical_row(gray, [place], read))
