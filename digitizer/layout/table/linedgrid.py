"""Match tables whose signer rows have several ruled lines, or captions for headers.

In such a table each ruled line of a row is divided in its own way, and there
may be no header at all: small print inside the cells says what belongs there.
So everything is told from the rows together: dividers are where most rows have
one, captions are read in the row that all have in common, and of the ways to
begin a row the one that explains the print best is taken.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.forms.forms import Column, Form
from digitizer.geometry import as_polygon
from digitizer.layout.print.printedboxes import COMB_BOXES, COMB_SIDE_PX, COMB_UNEVEN
from digitizer.layout.print.typicalrow import (
    ReadPrint,
    RowPrint,
    enlarged_row,
    level_row,
    read_row,
    row_size,
)
from digitizer.layout.print.wording import contains, text_lines
from digitizer.layout.table.cellheights import cell_heights
from digitizer.layout.table.columnheads import MIN_FIELD_PX, fill_gaps
from digitizer.layout.table.headorder import MIN_HEADER, ORDER_WORTH, assign_columns
from digitizer.layout.table.rowrules import regular_rules
from digitizer.layout.table.signergrid import (
    MAX_HEADER_ROWS,
    SignerGrid,
    down_at,
    edges_of,
    even_rows,
    quad,
)
from digitizer.lines.rulepaths import rule_at, seen_length
from digitizer.lines.tables import Table
from digitizer.records import Pixels, Polygon, PrintedWord, Rule

Floats = npt.NDArray[np.float64]

# A divider is darker than the paper 3 px beside it by this, gray levels, over this
# share of its height, in this share of the rows.
RIDGE_LEVEL = 12.0
RIDGE_REACH_PX = 3
HEIGHT_SHARE = 0.75
ROWS_SHARE = 0.6
# On paper that was bent it stands up to so far to either side from row to row, px.
APART_PX = 2
# Nobody writes in cells narrower than this, px (4 mm): a row number's ruling and
# the table's own are nearer.
MIN_CELL_PX = 31
# A line that goes on above the table and below it is a fold: it is looked for from 1 to 7 mm
# beyond the table, and may lean by 1 mm to either side; between the rows it lies between its
# ends, or a little off that line, px.
BEYOND_PX = (8.0, 56.0)
FOLD_LEAN_PX, FOLD_OFF_PX = 8, 4
# Rows begin at a later ruling if their print explains the form better by so much, and not at
# all where so much of it stands in the lines it belongs to: each look at the rows' print costs
# a fifth of a second.
BETTER, SURE_BEGIN = 0.03, 0.7


def match_lined_table(
    table: Table, gray: Pixels, words: Sequence[PrintedWord], form: Form, read: ReadPrint
) -> SignerGrid:
    """Match a table with a form of several lines a row, or with captions for headers.

    ``gray``: the level page; ``words``: its print; ``read`` reads the print of pixels.
    """
    best = _nothing(table, form)
    run = even_rows(table, lines=form.lines)
    if len(run) <= form.lines:
        return best
    x = sum(p[0] for p in table.outline()) / 4
    for first in range(form.lines):
        if best.score >= SURE_BEGIN:
            break
        rules = regular_rules(run[first:], x, lines=form.lines)
        count = (len(rules) - 1) // form.lines
        if count < 1:
            continue
        rules = rules[: count * form.lines + 1]
        grid = _match_rows(table, rules, gray, words, form, read)
        if grid.score > best.score + BETTER:
            best = grid
    return best


def _nothing(table: Table, form: Form) -> SignerGrid:
    return SignerGrid(table, 0.0, (None,) * len(form.columns), (0.0,) * len(form.columns), ())


def _match_rows(
    table: Table,
    rules: Sequence[Rule],
    gray: Pixels,
    words: Sequence[PrintedWord],
    form: Form,
    read: ReadPrint,
) -> SignerGrid:
    """Match rows that begin at ``rules[0]``."""
    lines = form.lines
    sides = table.down[0], table.down[-1]
    # Boxes of their own with gaps between them are laid over each other without the gaps.
    edges = edges_of(rules)
    rows = [
        quad(edges[i][1], sides[0], edges[i + lines][0], sides[1])
        for i in range(0, len(rules) - 1, lines)
    ]
    heights = np.array([rule_at(rule, rows[0][0][0]) for rule in rules[: lines + 1]])
    levels = ((heights - heights[0]) / (heights[-1] - heights[0])).tolist()
    said = _read_captions(enlarged_row(gray, rows), form, levels, read) if form.has_captions else ()
    shares: list[list[float]] = []
    columns: list[tuple[float, float] | None] = [None] * len(form.columns)
    scores = [0.0] * len(form.columns)
    for line in range(lines):
        places = line_places(table, rules, gray, line, lines)
        shares.append(places)
        width = row_size(rows)[0]
        ours = [i for i, column in enumerate(form.columns) if column.line == line + 1]
        if any(form.columns[i].comb for i in ours):
            places = _without_comb_sides(places, width)
        spans = list(pairwise(places))
        height = levels[line], levels[line + 1]
        likeness = [
            [
                _likeness(form.columns[i], span, height, said, _above(words, rows, span))
                for span in spans
            ]
            for i in ours
        ]
        numbered = [(j, j + 1) for j in range(len(spans))]
        matched, found = assign_columns(likeness, numbered)
        wide = [n for n, span in zip(numbered, spans, strict=True)
                if (span[1] - span[0]) * width >= MIN_FIELD_PX]  # fmt: skip
        # As many cells as the line has columns are those columns, unless print clearly says else: a
        # scrap that is a little like a short caption would take a column's cell for another's.
        cells = next((some for some in (wide, numbered) if len(some) == len(ours)), [])
        told = [scores_of[n] for scores_of, (n, _) in zip(likeness, cells, strict=False)]
        if cells and sum(found) <= sum(told) + ORDER_WORTH:
            matched, found = list(cells), told
        filled = fill_gaps(wide, fill_gaps(numbered, matched))
        for i, span, score in zip(ours, filled, found, strict=True):
            # What has print of its own stands in no cell as narrow as a number's, unless it is
            # read there.
            printed = bool(form.columns[i].header or form.columns[i].all_captions)
            if span is not None and not score and printed and span not in wide:
                span = None
            columns[i] = None if span is None else spans[span[0]]
            scores[i] = score
    grid = _grid(table, rules, columns, scores, shares)
    tall = cell_heights(form, rules, sides, columns)
    return replace(grid, said=RowPrint(tuple(rows), said), heights=tall)


def _read_captions(
    enlarged: Pixels, form: Form, levels: Sequence[float], read: ReadPrint
) -> tuple[PrintedWord, ...]:
    """What is printed in the ``enlarged`` row, lines without any caption of theirs read again.

    ``levels``: of the rulings between its lines, 0..1. A print engine may take some lines of a
    row for a picture; by itself it reads such a line.
    """
    said = read_row(enlarged, read)
    told = {
        band: _says_captions(columns, band, said)
        for line, band in enumerate(pairwise(levels), start=1)
        if (columns := [c for c in form.columns if c.line == line and c.all_captions])
    }
    for band, is_told in told.items():
        # Where none is told rows begin elsewhere, or are another form's.
        if is_told or not any(told.values()):
            continue
        top, bottom = (round(level * enlarged.shape[0]) for level in band)
        share = (bottom - top) / enlarged.shape[0]
        again = [
            replace(word, box=(x0, band[0] + share * y0, x1, band[0] + share * y1))
            for word in read_row(enlarged[top:bottom], read)
            for x0, y0, x1, y1 in (word.box,)
        ]
        said = (*(w for w in said if not band[0] <= w.middle[1] <= band[1]), *again)
    return said


def _says_captions(
    columns: Sequence[Column], band: tuple[float, float], said: Sequence[PrintedWord]
) -> bool:
    """Whether a caption of a line's ``columns`` is read between two levels of a row."""
    return any(_likeness(column, (0.0, 1.0), band, said, "") > 0 for column in columns)


def _without_comb_sides(places: Sequence[float], width: float) -> list[float]:
    """Ends of a line's cells (shares of ``width``, px) without those between boxes of a comb.

    Boxes of about one width next to each other, with a gap in their midst as codes have it.
    """
    wide = np.diff(places) * width
    narrow = np.concatenate([[False], wide <= COMB_SIDE_PX[1], [False]])
    inner: set[int] = set()
    edges = np.flatnonzero(np.diff(narrow.astype(np.int8)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        usual = float(np.median(wide[start:stop]))
        alike = (wide <= COMB_UNEVEN * usual) & (wide >= usual / COMB_UNEVEN)
        boxes = [k for k in range(start, stop) if alike[k]]
        if len(boxes) >= COMB_BOXES:
            inner.update(range(boxes[0] + 1, boxes[-1] + 1))
    return [place for k, place in enumerate(places) if k not in inner]


def line_places(
    table: Table, rules: Sequence[Rule], gray: Pixels, line: int, lines: int, foot: float = 1.0
) -> list[float]:
    """Where the cells of a row's ruled line (from 0) end: shares of the width, 0 and 1 too.

    ``foot``: look at this share of the line's height only, from its lower edge up.
    """
    bands = [
        quad(rules[i], table.down[0], rules[i + 1], table.down[-1])
        for i in range(line, len(rules) - 1, lines)
    ]
    size = row_size(bands)
    levelled = [level_row(gray, band, size) for band in bands]
    feet = [one[-max(8, round(foot * one.shape[0])) :] for one in levelled]
    found = _dividers(feet, _folds(table, gray, size[0]))
    for place in _traced_dividers(table, bands):
        if min(abs(place - other) for other in found) * size[0] >= MIN_CELL_PX:
            found = sorted([*found, place])
    return found


def _traced_dividers(table: Table, bands: Sequence[Polygon]) -> list[float]:
    """Where the table's own rulings down run through most bands: shares of the width.

    On a page that is bent or pulled a ruling may stand at other places from row to row, further
    than bands laid over each other bear; it was traced all the same.
    """
    places = []
    for rule in table.down[1:-1]:
        at = []
        for (left, top), (right, _), _, (_, bottom) in (band[:4] for band in bands):
            if seen_length(rule, top, bottom) >= HEIGHT_SHARE * (bottom - top):
                at.append((rule_at(rule, (top + bottom) / 2) - left) / max(right - left, 1.0))
        if len(at) >= ROWS_SHARE * len(bands):
            places.append(float(np.median(at)))
    return places


def _folds(table: Table, gray: Pixels, width: int) -> list[tuple[float, float]]:
    """Where lines run on beyond the table both above it and below: from and to, px of ``width``."""
    top_left, top_right, low_right, low_left = (np.array(p) for p in table.outline())
    ridges = []
    for left, right, far_left, far_right in (
        (top_left, top_right, low_left, low_right),
        (low_left, low_right, top_left, top_right),
    ):
        # Along the table's sides, away from it.
        out = [(a - b) / max(float(np.linalg.norm(a - b)), 1.0)
               for a, b in ((left, far_left), (right, far_right))]  # fmt: skip
        near, far = BEYOND_PX
        corners = (left + near * out[0], right + near * out[1],
                   right + far * out[1], left + far * out[0])  # fmt: skip
        band = level_row(gray, as_polygon(corners), (width, round(far - near)))
        ridges.append(np.flatnonzero(_ridge_share(band) >= HEIGHT_SHARE).tolist())
    return [
        (min(one, other) - FOLD_OFF_PX, max(one, other) + FOLD_OFF_PX)
        for one in ridges[0]
        for other in ridges[1]
        if abs(one - other) <= 2 * FOLD_LEAN_PX
    ]


def _above(
    words: Sequence[PrintedWord],
    rows: Sequence[tuple[tuple[float, float], ...]],
    span: tuple[float, float],
) -> str:
    """Print over a span of the first row, where a header stands."""
    (left, top), (right, _) = rows[0][0], rows[0][1]
    height = (rows[0][3][1] - top) * MAX_HEADER_ROWS / 2
    low, high = (left + share * (right - left) for share in span)
    inside = [w for w in words if low <= w.middle[0] <= high and top - height <= w.middle[1] <= top]
    return " ".join(w.text for line in text_lines(inside) for w in line)


def _likeness(
    column: Column,
    span: tuple[float, float],
    height: tuple[float, float],
    said: Sequence[PrintedWord],
    above: str,
) -> float:
    """How well the print of a cell fits a column, 0..1: its captions, and its header."""
    inside = [
        word
        for word in said
        if span[0] <= word.middle[0] <= span[1] and height[0] <= word.middle[1] <= height[1]
    ]
    text = " ".join(word.text for word in sorted(inside, key=lambda w: (w.box[1], w.box[0])))
    scores = []
    if column.header:
        scores.append(max(contains(wording, above) for wording in column.header))
    if column.all_captions:
        scores.append(max(contains(wording, text) for wording in column.all_captions))
    best = max(scores, default=0.0)
    return best if best >= MIN_HEADER else 0.0


def _dividers(bands: Sequence[Pixels], folds: Sequence[tuple[float, float]]) -> list[float]:
    """Where most bands are divided by a vertical ruling: shares of the width, ends included.

    ``folds``: from where to where (px) a line is none.
    """
    shares = []
    for band in bands:
        height = band.shape[0]
        shares.append(_ridge_share(band[round(0.15 * height) : round(0.85 * height)]))
    seen = (np.array(shares) >= HEIGHT_SHARE).astype(np.uint8)
    divided = cv2.dilate(seen, np.ones((1, 2 * APART_PX + 1), np.uint8)).mean(axis=0)
    width = bands[0].shape[1]
    places = [0.0]
    start = None
    for x in range(width + 1):
        inside = x < width and divided[x] >= ROWS_SHARE
        if inside and start is None:
            start = x
        elif not inside and start is not None:
            middle = (start + x - 1) / 2
            start = None
            if any(low <= middle <= high for low, high in folds):
                continue
            if middle - places[-1] * width >= MIN_CELL_PX and width - middle >= MIN_CELL_PX:
                places.append((middle + 0.5) / width)
    return [*places, 1.0]


def _ridge_share(band: Pixels) -> Floats:
    """Of each column of a band the share that is darker than the paper on both sides."""
    inner = band.astype(np.float32)
    padded = cv2.copyMakeBorder(inner, 0, 0, RIDGE_REACH_PX, RIDGE_REACH_PX, cv2.BORDER_REPLICATE)
    sides = np.minimum(padded[:, : -2 * RIDGE_REACH_PX], padded[:, 2 * RIDGE_REACH_PX :])
    ridge = (sides - inner > RIDGE_LEVEL).astype(np.float32)
    # A ruling may lean by a pixel or two within a band.
    return np.asarray(cv2.dilate(ridge, np.ones((1, 3), np.uint8)).mean(axis=0), np.float64)


def _grid(
    table: Table,
    rules: Sequence[Rule],
    columns: Sequence[tuple[float, float] | None],
    scores: Sequence[float],
    shares: Sequence[Sequence[float]],
) -> SignerGrid:
    """The grid of what was found: its table has the dividers of all lines."""
    places = sorted({share for line in shares for share in line})
    down = tuple(down_at(table, rules, share) for share in places)
    of_line = [[share in line for share in places] for line in shares]
    borders = np.array([of_line[i % len(shares)] for i in range(len(rules) - 1)], dtype=np.bool_)
    whole = Table(
        across=tuple(rules),
        down=down,
        across_borders=np.ones((len(rules), len(places) - 1), dtype=np.bool_),
        down_borders=borders,
    )
    spans = tuple(
        None if span is None else (places.index(span[0]), places.index(span[1])) for span in columns
    )
    score = float(np.mean(scores))
    return SignerGrid(whole, score, spans, tuple(scores), tuple(rules))
