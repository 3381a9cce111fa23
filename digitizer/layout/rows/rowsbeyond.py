"""Signers' rows beyond the first and the last line that a scan left of a table.

Where a table's own first or last line is lost, dots of the columns' rulings go on beyond the
lines that are left, as dense as between them, for a whole row; each is too short or ends too
early to close the table. Above the first line of a form with heads they go on through the heads as
well: there a signer stands where the heads leave the room of a row, and somebody wrote in it.

Nothing is said of tables whose columns' rulings are not there in the rows either, of a first row
under heads in which nobody wrote, and of one above the number 1. The rows are a guess: a person
must see them.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise

import cv2
import numpy as np
from rapidfuzz import fuzz

from digitizer.forms.forms import Form
from digitizer.layout.print.printednumbers import numbered_from
from digitizer.layout.print.typicalrow import ReadPrint, no_print
from digitizer.layout.print.wording import bounding_box, find_wordings, plain, text_lines
from digitizer.layout.table.signergrid import SignerGrid, signer_rows
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, FieldKind, Pixels, PrintedWord, Rule
from digitizer.states import UNWRITTEN_KINDS

# Dots of rulings are darker than this, gray levels, and lie so near a ruling's path, px.
DARK_LEVEL, NEAR_PX = 150, 3
# ... and the paper so far beside it is lighter: print and bands are not.
BESIDE_PX = 8
# Rulings go on where so much of each third of a further row has their dots, and this share of what
# the rows have; so many of them do at least, and this share of all.
PARTS, LEAST_DOTS, LIKE_ROWS, MIN_COLUMNS, COLUMNS_SHARE = 3, 0.2, 0.5, 2, 0.6
# Rows at least that tell how high one is, each as high as most to this share.
MIN_ROWS, EVEN_SHARE = 2, 0.2
# Rulings' ends near a line across, px, tell nothing.
END_PX = 4
# Heads leave the room of a row between them and the first line if it is so much of one; a head is
# read where it is so like its wording, and this share of them must be.
ROOM, SURE_HEAD, HEADS_SHARE = 0.75, 0.75, 0.5
# A pen's strokes, a pale pencil's too, are darker by this than the paper right around them, which
# a fold may have darkened: gray levels, and the size of what is around a stroke, px.
STROKE_LEVEL, AROUND_PX = 25, 15
# So many cells are written in where somebody signed, and hold so much of the usual cell's ink;
# letters have so many px and are so large one way; sides of cells are left out, 1.5 mm.
MIN_WRITTEN, INK_SHARE, PIECE_PX, LETTER_PX = 2, 0.2, 12, 8
INSET_PX = 1.5 * PAGE_PX_PER_MM
# A head has so many lines at most, and ends so far below the words that were read of it, px.
MOST_LINES, FOOT_PX = 5, 2


def with_rows_beyond(
    grids: Sequence[SignerGrid],
    form: Form,
    words: Sequence[PrintedWord],
    gray: Pixels,
    read: ReadPrint = no_print,
) -> tuple[tuple[SignerGrid, ...], bool]:
    """The form's tables with rows beyond their first and last lines; and whether there may be any.

    ``words``: the print of the level page ``gray``; ``read`` reads the print of pixels.
    """
    found = [_grown(grid, form, words, gray, read) for grid in grids]
    return tuple(grid for grid, _ in found), any(guessed for _, guessed in found)


def _grown(
    grid: SignerGrid, form: Form, words: Sequence[PrintedWord], gray: Pixels, read: ReadPrint
) -> tuple[SignerGrid, bool]:
    pitch = _pitch(grid, form.lines)
    if pitch is None:
        return grid, False
    rules, lines = grid.row_rules, form.lines
    headed = any(column.header for column in form.columns)
    while True:
        below = _moved(rules[-lines - 1 :], pitch)
        if not _goes_on(grid, rules[-1], below[-1], lines, gray):
            break
        rules = (*rules, *below[1:])
    while not headed:
        above = _moved(rules[: lines + 1], -pitch)
        if not _goes_on(grid, above[0], rules[0], lines, gray):
            break
        rules = (*above[:-1], *rules)
    above = _moved(rules[:2], -pitch)
    signed = headed and not form.lined and _signed_above(grid, form, words, gray, above[0])
    # Above the number 1 is no row, but somebody may have written there.
    if signed and not _numbered_from_one(grid, form, gray, read):
        rules = (above[0], *rules)
    if rules is grid.row_rules:
        return grid, signed
    return replace(grid, row_rules=rules), True


def _moved(rules: Sequence[Rule], by: float) -> tuple[Rule, ...]:
    """Lines that were not seen, a row below or above others."""
    return tuple(
        replace(rule, points=rule.points + (0.0, by), support=0.0, thickness_px=0.0, edges=None)
        for rule in rules
    )


def _pitch(grid: SignerGrid, lines: int) -> float | None:
    """How high a row of a table is, px; None where too few rows tell, or they are not alike."""
    bounds = grid.row_rules[::lines]
    if len(bounds) <= MIN_ROWS:
        return None
    middle = sum(rule_span(bounds[0])) / 2
    heights = np.diff([rule_at(rule, middle) for rule in bounds])
    pitch = float(np.median(heights))
    even = np.abs(heights - pitch) <= EVEN_SHARE * pitch
    return pitch if pitch > 0 and even.all() else None


def _goes_on(grid: SignerGrid, top: Rule, bottom: Rule, lines: int, gray: Pixels) -> bool:
    """Whether the columns' rulings are there between two lines beyond the rows, as within them."""
    height = gray.shape[0]
    if bottom.points[:, 1].max() >= height or top.points[:, 1].min() < 0:
        return False
    bounds = grid.row_rules[::lines]
    sides = {side for span in grid.columns if span is not None for side in span}
    inner = sorted(sides - {min(sides), max(sides)}) if sides else []
    least = max(MIN_COLUMNS, COLUMNS_SHARE * len(inner))
    beyond = {j: _dots(gray, grid.table.down[j], top, bottom) for j in inner}
    seen = [j for j in inner if beyond[j] >= LEAST_DOTS]
    if len(seen) < least:
        return False  # as beyond most tables: what the rows have of them need not be looked at
    within = {
        j: float(np.median([_dots(gray, grid.table.down[j], a, b) for a, b in pairwise(bounds)]))
        for j in seen
    }
    on = sum(within[j] >= LEAST_DOTS and beyond[j] >= LIKE_ROWS * within[j] for j in seen)
    return on >= least


def _dots(gray: Pixels, side: Rule, top: Rule, bottom: Rule) -> float:
    """Share of the way between two lines at which a ruling down, continued, is there.

    That of the part of the way where it is least.
    """
    x = rule_at(side, sum(rule_span(side)) / 2)
    first, last = round(rule_at(top, x)) + END_PX, round(rule_at(bottom, x)) - END_PX
    ys = np.arange(max(0, first), min(gray.shape[0], last))
    if len(ys) < PARTS:
        return 0.0
    at = np.array([round(rule_at(side, y + 0.5)) for y in ys.tolist()])
    beside = np.arange(-BESIDE_PX, BESIDE_PX + 1)
    levels = gray[ys[:, None], np.clip(at[:, None] + beside, 0, gray.shape[1] - 1)]
    near = levels[:, BESIDE_PX - NEAR_PX : BESIDE_PX + NEAR_PX + 1].min(axis=1)
    dark = (near < DARK_LEVEL) & (levels[:, [0, -1]].min(axis=1) >= DARK_LEVEL)
    return float(min(part.mean() for part in np.array_split(dark, PARTS)))


def _signed_above(
    grid: SignerGrid, form: Form, words: Sequence[PrintedWord], gray: Pixels, line: Rule
) -> bool:
    """Whether a signer's row lies between the heads and a table's first line.

    ``line``: where its own first line would be.
    """
    first = grid.row_rules[0]
    spans, feet = [], []
    # Print that runs upwards over a clerk's columns, "Precinct", is no writing.
    asked = [
        any(spec.kind not in UNWRITTEN_KINDS for spec in column.fields) for column in form.columns
    ]
    for column, span, is_asked in zip(form.columns, grid.columns, asked, strict=True):
        if span is None or not is_asked:
            continue
        spans.append(span)
        left, right = (grid.table.down[j] for j in span)
        inside = [
            word
            for word in words
            if rule_at(left, word.middle[1]) <= word.middle[0] <= rule_at(right, word.middle[1])
            and word.middle[1] < rule_at(first, word.middle[0])
        ]
        feet.append(_head_foot(inside, column.header))
    heads = sum(bool(one.header) for one, told in zip(form.columns, asked, strict=True) if told)
    floors = [foot for foot in feet if foot is not None]
    if not floors or len(floors) < HEADS_SHARE * heads:
        return False
    pitch = abs(float(np.mean(first.points[:, 1] - line.points[:, 1])))
    if min(rule_at(first, x) - y for x, y in floors) < ROOM * pitch:
        return False
    low = max(y for _, y in floors)
    ink = np.array(
        [
            # What is left of the heads in there is nobody's.
            [
                _ink(gray, grid, span, line, first, foot[1] if foot else low)
                for span, foot in zip(spans, feet, strict=True)
            ],
            *(
                [_ink(gray, grid, span, top, bottom) for span in spans]
                for top, bottom in pairwise(grid.row_rules)
            ),
        ]
    )
    written = ink[1:][ink[1:] > 0]
    usual = float(np.median(written)) if len(written) else 0.0
    return int((ink[0] > INK_SHARE * usual).sum()) >= MIN_WRITTEN and bool(usual)


def _head_foot(words: Sequence[PrintedWord], wordings: Sequence[str]) -> tuple[float, float] | None:
    """The middle of the foot of a column's head; ``words``: what stands over its first line.

    The lowest place where a head of one line is read is it: the letter above may hold its words.
    One of several lines is like its wording as a whole only.
    """
    hits = find_wordings(words, wordings, SURE_HEAD) if wordings else ()
    found = [(hits[0].score, max(hits, key=lambda hit: hit.box[3]).box)] if hits else []
    lines = text_lines(words)
    wanted = [plain(wording) for wording in wordings]
    for start, stop in combinations(range(len(lines) + 1), 2):
        if 2 <= stop - start <= MOST_LINES:
            run = [word for line in lines[start:stop] for word in line]
            said = plain(" ".join(word.text for word in run))
            alike = max((fuzz.ratio(one, said) / 100 for one in wanted), default=0.0)
            found += [(alike, bounding_box(run))] if alike >= SURE_HEAD else []
    if not found:
        return None
    left, _, right, foot = max(found, key=lambda one: one[0])[1]
    return (left + right) / 2, foot


def _numbered_from_one(grid: SignerGrid, form: Form, gray: Pixels, read: ReadPrint) -> bool:
    """Whether the numbers printed before a table's rows begin with 1: no row is above it."""
    cells = [
        cell.polygon
        for row in signer_rows(grid, form)
        for cell in row.cells
        if [spec.kind for spec in cell.fields] == [FieldKind.ROW_NUMBER]
    ]
    return numbered_from(gray, cells, read) == 1


def _ink(
    gray: Pixels,
    grid: SignerGrid,
    span: tuple[int, int],
    top: Rule,
    bottom: Rule,
    below: float = 0.0,
) -> int:
    """How many px of a cell are letters', its sides and what is not ``below`` a height left out."""
    left, right = (grid.table.down[j] for j in span)
    y = (rule_at(top, left.points[0, 0]) + rule_at(bottom, left.points[0, 0])) / 2
    x0, x1 = round(rule_at(left, y) + INSET_PX), round(rule_at(right, y) - INSET_PX)
    y0, y1 = (rule_at(rule, (x0 + x1) / 2) for rule in (top, bottom))
    y0 = max(y0 + INSET_PX, below + FOOT_PX, 0.0)
    cell = gray[round(y0) : max(0, round(y1 - INSET_PX)), max(0, x0) : max(0, x1)]
    if cell.size == 0:
        return 0
    around = np.ones((AROUND_PX, AROUND_PX), np.uint8)
    strokes = cv2.morphologyEx(np.ascontiguousarray(cell), cv2.MORPH_BLACKHAT, around)
    dark = cv2.compare(strokes, STROKE_LEVEL, cv2.CMP_GT)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    size = np.maximum(stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT])
    area = stats[1:, cv2.CC_STAT_AREA]
    return int(area[(area >= PIECE_PX) & (size >= LETTER_PX)].sum())
