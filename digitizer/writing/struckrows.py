"""Find rows that are crossed out whole: one long stroke, an X, a wave, a scribble.

Told from what is in the row's cells together; ``marks`` judges the strokes.
A row whose name and address alone are struck is for a person to decide.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import (
    CellCrop,
    FieldKind,
    InkState,
    Mark,
    Polygon,
    RegisteredPage,
    RowPlace,
    Rule,
)
from digitizer.writing import marks

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

# Gray level of a cleaned crop below which a pixel is stroke, not its soft edge.
STROKE_LEVEL = 190
# A fold goes on this far (px, 3 mm) beyond both sides of the table; its shadow is
# this wide (px, 1.3 mm) on either side of the traced line.
FOLD_PX = 24
FOLD_NEAR_PX = 10
# ... or comes from this near (px) to the paper's edge, over this share of the table.
EDGE_PX = 16
FOLD_SHARE = 0.4
# Two lines at one height that leave the table on either side, with so much of it in each and in
# both, are one fold, however much of it a signature hides.
FOLD_SIDE_SHARE, FOLD_SIDES_SHARE = 0.15, 0.5
# A line that a crease or ink interrupts goes on within this (px, 8 mm) along it and
# this far (px) off its height.
PART_GAP_PX, PART_OFF_PX = 64, 3
# A ruling rises against its rows by less than this share of a row's height.
LEVEL_SHARE = 0.25
# From this confidence on a row may be struck.
LOOK_ABOVE = 0.2
# A stroke over this share of two neighbouring cells, at such heights in the row,
# strikes at least these: a person decides whether the row is struck.
PART_SHARE = 0.72
STRIKE_HEIGHTS = (0.28, 0.72)
STRUCK_PART = 0.8
# No pen strikes as broadly as this (px, 2 mm) over this share of a stroke: a highlighter does, and
# a copy in black and white makes it black.
BAND_PX, BAND_SHARE = 16, 0.4
# The row's own line, where white-out left a part of it, lies in this upper or lower share of
# the row, and along so much of the stroke.
OWN_LINE_SHARE, OWN_LINE_ALONG = 0.25, 0.9
# Strikes at one height in most rows are printed guide lines, not strikes.
PRINTED_ROWS_SHARE = 0.6
PRINTED_HEIGHT_SPREAD = 0.03


def struck_rows(registered: RegisteredPage, crops: Sequence[CellCrop]) -> dict[int, float]:
    """Return, for each row that may be crossed out whole, how sure that is.

    ``crops``: what ``cut_cells`` returned for this page.
    """
    found: dict[int, float] = {}
    heights: dict[int, float] = {}
    written = {crop.row for crop in crops if crop.ink is not InkState.EMPTY}
    rows = [row for row in registered.rows if row.row in written]
    masks = [_row_ink(row, [crop for crop in crops if crop.row == row.row]) for row in rows]
    borders = [
        np.array(sorted(min(x for x, _ in cell.polygon) for cell in row.cells)[1:])
        - min(x for x, _ in row.polygon)
        for row in rows
    ]
    judged = marks.struck_confidences(masks, borders)
    for row, mask, borders_of_row, strike in zip(rows, masks, borders, judged, strict=True):
        sure, where = strike.confidence, strike.height
        if _is_fold(registered, row, strike):
            continue
        if sure > STRUCK_PART and runs_on_ruling(registered.rules, row.polygon, strike):
            sure = STRUCK_PART
        if sure > STRUCK_PART and _is_band(mask, strike):
            sure = STRUCK_PART
        if sure < STRUCK_PART and _strikes_text(row, borders_of_row, strike):
            sure = STRUCK_PART
        cells = [crop for crop in crops if crop.row == row.row and crop.ink is InkState.WRITTEN]
        struck = [crop.mark_confidence for crop in cells if crop.mark is Mark.STRUCK]
        if len(struck) >= 2 and len(struck) >= 2 / 3 * len(cells):
            sure = max(sure, float(np.mean(struck)))
        if sure >= LOOK_ABOVE:
            found[row.row], heights[row.row] = sure, where
    if len(found) >= 3 and len(found) >= PRINTED_ROWS_SHARE * len(registered.rows):
        at = np.array(list(heights.values()))
        if float(np.std(at)) < PRINTED_HEIGHT_SPREAD:
            return {}
    return found


def _is_band(mask: Mask, strike: marks.RowStrike) -> bool:
    """Whether what goes over a row is broader than a pen's stroke."""
    square = np.ones((BAND_PX, BAND_PX), np.uint8)
    broad = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, square)
    along = broad[:, round(strike.left) : max(round(strike.left) + 1, round(strike.right))]
    return bool(along.any(axis=0).mean() >= BAND_SHARE)


def _is_fold(registered: RegisteredPage, row: RowPlace, strike: marks.RowStrike) -> bool:
    """Say whether a stroke is what was left of a fold: a line far beyond the table."""
    left, right = min(x for x, _ in row.polygon), max(x for x, _ in row.polygon)
    top, bottom = min(y for _, y in row.polygon), max(y for _, y in row.polygon)
    at = top + strike.height * (bottom - top)
    width = registered.page.gray.shape[1]
    across = [rule for rule in registered.rules if rule.horizontal]
    return any(
        is_fold(rule, left, right, width, across)
        and abs(float(np.median(rule.points[:, 1])) - at) <= FOLD_NEAR_PX
        for rule in across
    )


def find_folds(
    rules: Sequence[Rule], rows: Sequence[RowPlace], page_width: int
) -> tuple[Rule, ...]:
    """Which of the lines of a page are folds that cross its signer rows' table."""
    if not rows:
        return ()
    corners = np.array([point for row in rows for point in row.polygon])
    left, right = float(corners[:, 0].min()), float(corners[:, 0].max())
    across = [rule for rule in rules if rule.horizontal]
    return tuple(rule for rule in across if is_fold(rule, left, right, page_width, across))


def is_level(rule: Rule, row: Floats) -> bool:
    """Say whether a line that spans the table rises no otherwise than its rows do.

    A cross over a row may begin and end in the corners, where its strokes run into the
    borders. ``row``: corners, clockwise from top left.
    """
    width = max(1.0, row[1, 0] - row[0, 0])
    slope = (row[1, 1] - row[0, 1]) / width
    points = rule.points
    rise = points[-1, 1] - points[0, 1] - slope * (points[-1, 0] - points[0, 0])
    return bool(abs(rise) <= LEVEL_SHARE * (row[3, 1] - row[0, 1]))


def is_fold(
    rule: Rule, left: float, right: float, page_width: int, others: Sequence[Rule] = ()
) -> bool:
    """Say whether a level line is a fold's shadow: it leaves the table, which pens do not.

    ``left``, ``right``: the table's sides in px. It goes on beyond both, or over
    most of the table from the very edge of the paper. Those of ``others`` that go on
    where it ends, at its height, are parts of it.
    """
    start, stop = _span_in_parts(rule, others)
    if start < left - FOLD_PX and stop > right + FOLD_PX:
        return True
    from_edge = start <= EDGE_PX < left - FOLD_PX or stop >= page_width - EDGE_PX > right + FOLD_PX
    inside = min(stop, right) - max(start, left)
    if from_edge and inside >= FOLD_SHARE * (right - left):
        return True
    return any(
        _is_other_side(rule, other, left, right) or _is_other_side(other, rule, left, right)
        for other in others
    )


def _is_other_side(one: Rule, other: Rule, left: float, right: float) -> bool:
    """Whether ``one`` leaves the table on its left, and ``other`` goes on with it on its right."""
    (start, stop), (first, end) = rule_span(one), rule_span(other)
    inside = (stop - left, right - first)
    return (
        start < left - FOLD_PX
        and end > right + FOLD_PX
        and stop <= first
        and min(inside) >= FOLD_SIDE_SHARE * (right - left)
        and sum(inside) >= FOLD_SIDES_SHARE * (right - left)
        and _meet(one, other, (stop + first) / 2)
    )


def _span_in_parts(rule: Rule, others: Sequence[Rule]) -> tuple[float, float]:
    """Where a line starts and stops, lines that continue it included."""
    start, stop = rule_span(rule)
    last = {"right": rule, "left": rule}
    growing = True
    while growing:
        growing = False
        for other in others:
            first, end = rule_span(other)
            if end > stop and stop - first >= -PART_GAP_PX and _meet(last["right"], other, stop):
                stop, last["right"], growing = end, other, True
            if first < start and end - start >= -PART_GAP_PX and _meet(last["left"], other, start):
                start, last["left"], growing = first, other, True
    return start, stop


def _meet(one: Rule, other: Rule, along: float) -> bool:
    """Whether two lines are at one height there."""
    return abs(rule_at(one, along) - rule_at(other, along)) <= PART_OFF_PX


def runs_on_ruling(rules: Sequence[Rule], row: Polygon, strike: marks.RowStrike) -> bool:
    """Whether a stroke may be what is left of the row's own line: a person decides that.

    White-out on a framed row takes a part of the line below it, and the row seems to go on
    to the next one. What is left runs level beside the row's edge, to its very side.
    ``row``: corners, clockwise from top left, px.
    """
    corners = np.array(row, dtype=np.float64)
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    if OWN_LINE_SHARE < strike.height < 1 - OWN_LINE_SHARE:
        return False
    at = top + strike.height * (bottom - top)
    for rule in rules:
        start, stop = rule_span(rule)
        ends_at_side = min(abs(start - left), abs(stop - right)) <= FOLD_NEAR_PX
        if rule.horizontal and rule.thickness_px > 0 and ends_at_side and is_level(rule, corners):
            along = min(stop, left + strike.right) - max(start, left + strike.left)
            near = abs(float(np.median(rule.points[:, 1])) - at) <= FOLD_NEAR_PX
            if near and along >= OWN_LINE_ALONG * (strike.right - strike.left):
                return True
    return False


def _strikes_text(row: RowPlace, borders: Floats, strike: marks.RowStrike) -> bool:
    """Say whether a stroke goes over the middle of two neighbouring cells of text.

    Who strikes a row often stops at the signature; a paraph starts there.
    """
    if not STRIKE_HEIGHTS[0] <= strike.height <= STRIKE_HEIGHTS[1]:
        return False
    if strike.inked < marks.STROKE_INKED:
        return False
    width = max(x for x, _ in row.polygon) - min(x for x, _ in row.polygon)
    ends = [0.0, *(float(x) for x in borders), float(width)]
    order = sorted(row.cells, key=lambda cell: min(x for x, _ in cell.polygon))
    over = [
        bool(cell.fields)
        and cell.fields[0].kind is not FieldKind.SIGNATURE
        and min(stop, strike.right) - max(start, strike.left) >= PART_SHARE * (stop - start)
        for cell, start, stop in zip(order, ends, ends[1:], strict=False)
    ]
    return any(one and other for one, other in pairwise(over))


def _row_ink(row: RowPlace, crops: Sequence[CellCrop]) -> Mask:
    """Put the cleaned ink of a row's cells back in its place."""
    corners = np.array(row.polygon)
    left, top = np.floor(corners.min(axis=0)).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    ink_of_row = np.zeros((bottom - top, right - left), dtype=np.bool_)
    for crop in crops:
        x, y = crop.box[0] - left, crop.box[1] - top
        height, width = crop.clean.shape
        x0, y0 = max(0, x), max(0, y)
        part = ink_of_row[y0 : max(0, y + height), x0 : max(0, x + width)]
        inside = crop.clean[y0 - y :, x0 - x :][: part.shape[0], : part.shape[1]]
        part |= inside < STROKE_LEVEL
    return ink_of_row
