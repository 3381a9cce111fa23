"""Ink in the collector's box that stands in no field's place, where a field seems to be empty.

An answer that stands elsewhere than its label says, or whose label was not read, would be lost
without a word. What is printed is no such ink: what was read surely, labels and rulings. It does
not tell writing from print that was read badly, which is why it is looked for only where an answer
lacks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.collector.underink import without_lines
from digitizer.forms.forms import CollectorBox
from digitizer.geometry import bbox_from_polygon
from digitizer.layout.print.wording import Box, find_wordings
from digitizer.records import (
    PAGE_PX_PER_MM,
    BoxPlace,
    CellPlace,
    FieldState,
    FieldValue,
    Finding,
    PrintedWord,
    RegisteredPage,
)

Mask = npt.NDArray[np.bool_]

# The reason of a field that seems empty.
BESIDE_FIELD = "ink-beside-field"
# Of print, when it was read this surely; a written date may be read as surely as print.
PRINT_SURE, MOST_DIGITS = 0.6, 2
# A label may have been read no better than this.
LABEL_ALIKE = 0.6
# What is written over a field's edge, and what is printed over its word's, stays within these, px.
OVER_FIELD_PX, OVER_WORD_PX = round(2.5 * PAGE_PX_PER_MM), round(0.5 * PAGE_PX_PER_MM)
# Ink of a field's own line: so far above its place and below, out of the box too; where a place
# lacks, so far below the box and to its right.
ABOVE_PX, BELOW_PX = round(PAGE_PX_PER_MM), round(4 * PAGE_PX_PER_MM)
# A line of writing over a place that begins with its box, 9 mm.
LINE_PX = 9 * PAGE_PX_PER_MM
UNDER_BOX_PX, RIGHT_PX = round(10 * PAGE_PX_PER_MM), round(80 * PAGE_PX_PER_MM)
# The letters of an answer are together at least so wide, 8 mm, and so high, 2 mm.
WIDE_PX, HIGH_PX = 8 * PAGE_PX_PER_MM, 2 * PAGE_PX_PER_MM
# Of a known piece's ink more than this share lies where it is known; rulings are at least so long.
KNOWN_SHARE, ACROSS_PX, DOWN_PX = 0.3, 6 * PAGE_PX_PER_MM, 5 * PAGE_PX_PER_MM


def with_ink_beside(
    values: Sequence[FieldValue], registered: RegisteredPage, definition: CollectorBox | None
) -> tuple[FieldValue, ...]:
    """The box's values; those that seem empty though ink stands beside their place say so."""
    box = registered.collector_box
    if definition is None or box is None:
        return tuple(values)
    places = {place.column: place for place in box.fields}
    empty = {
        value.field
        for value in values
        if value.state is FieldState.EMPTY
        and value.field in places
        and _is_loose(_around(places[value.field], box), box, registered, definition)
    }
    return tuple(
        replace(v, findings=(*v.findings, Finding(v.field, BESIDE_FIELD)))
        if v.field in empty
        else v
        for v in values
    )


def lacks_written_field(registered: RegisteredPage, definition: CollectorBox | None) -> bool:
    """Whether a field's place was not found in a box in which ink stands in no field's place."""
    box = registered.collector_box
    if definition is None or box is None:
        return False
    found = {place.column for place in box.fields}
    if all(item.field.name in found for item in definition.fields):
        return False
    left, top, right, bottom = bbox_from_polygon(box.polygon)
    around = (left, top, right + RIGHT_PX, bottom + UNDER_BOX_PX)
    return _is_loose(around, box, registered, definition)


def _around(place: CellPlace, box: BoxPlace) -> Box:
    """Where an answer may stand that its place missed: on its line, and anywhere in its box."""
    own, whole = bbox_from_polygon(place.polygon), bbox_from_polygon(box.polygon)
    left, right = min(whole[0], own[0]), max(whole[2], own[2])
    # A place that ends too early, at a line that is no line, leaves its answer below; captions
    # under their lines that are taken for labels before them leave it above, where the box may
    # seem to begin with that line.
    above = LINE_PX if own[1] < whole[1] + ABOVE_PX else ABOVE_PX
    top, bottom = own[1] - above, own[3] + BELOW_PX
    # Some labels stand above the rows and others below them.
    if own[1] < whole[3] and own[3] > whole[1]:
        top, bottom = min(top, whole[1]), max(bottom, whole[3])
    return left, top, right, bottom


def _is_loose(
    around: Box, box: BoxPlace, registered: RegisteredPage, definition: CollectorBox
) -> bool:
    """Whether letters stand in a part of the page that are no print and in no field."""
    gray = registered.page.gray
    height, width = gray.shape
    left, right = (min(max(0, round(x)), width) for x in (around[0], around[2]))
    top, bottom = (min(max(0, round(y)), height) for y in (around[1], around[3]))
    if right - left < 2 or bottom - top < 2:
        return False
    known: Mask = np.zeros((bottom - top, right - left), dtype=np.bool_)
    for place in _known(box, registered, definition):
        x0, y0, x1, y1 = (round(v) for v in place)
        known[max(0, y0 - top) : max(0, y1 - top), max(0, x0 - left) : max(0, x1 - left)] = True
    ink = without_lines(gray[top:bottom, left:right], ACROSS_PX, DOWN_PX)
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(ink.view(np.uint8), connectivity=8)
    inside = np.bincount(pieces[known], minlength=count)
    letters = stats[:, cv2.CC_STAT_HEIGHT] >= HIGH_PX
    letters &= inside <= KNOWN_SHARE * stats[:, cv2.CC_STAT_AREA]
    return bool(stats[1:][letters[1:], cv2.CC_STAT_WIDTH].sum() >= WIDE_PX)


def _known(box: BoxPlace, registered: RegisteredPage, definition: CollectorBox) -> Iterable[Box]:
    """Places of which it is known what stands there: fields, signers' rows, print."""
    for field in box.fields:
        yield _wider(bbox_from_polygon(field.polygon), OVER_FIELD_PX)
    for row in registered.rows:
        yield _wider(bbox_from_polygon(row.polygon), OVER_FIELD_PX)
    words = registered.words
    said = [item.label for item in definition.fields] + [definition.title]
    labels = {
        word
        for wordings in said
        for hit in find_wordings(words, wordings, LABEL_ALIKE)
        for word in hit.words
    }
    for word in words:
        if word in labels or _is_print(word):
            yield _wider(word.box, OVER_WORD_PX)


def _is_print(word: PrintedWord) -> bool:
    digits = sum(sign.isdigit() for sign in word.text)
    return word.confidence >= PRINT_SURE and digits <= MOST_DIGITS


def _wider(box: Box, by: float) -> Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by
