"""Signers who wrote where no row is: on the free paper below the last one, or over print there.

When all rows are full, people go on below them, in the columns as those above: a name, a
signature at its height, and what else is asked. No row holds that, so that the sheet must wait.

What is printed below a table is no such writing: its letters are small, and its lines run on from
column to column. Nor is what stands on a line of its own (a blank to sign on, the collector's box)
or in a place of the box, what hangs out of the last row, and what is solid (a logo) or as large
as a stamp's frame. It fails where signers write as small as print, or keep to no column.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.forms.forms import Form
from digitizer.geometry import bbox_from_polygon
from digitizer.layout.print.wording import Box, find_wordings
from digitizer.records import (
    PAGE_PX_PER_MM,
    FieldKind,
    Pixels,
    Polygon,
    PrintedWord,
    RegisteredPage,
    RowPlace,
)
from digitizer.states import PRINTED_KINDS

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Span = tuple[float, float]

# Rulings and frames are straight for so long (px: 14 mm across, 10 mm down); no stroke is.
ACROSS_PX, DOWN_PX = round(14 * PAGE_PX_PER_MM), round(10 * PAGE_PX_PER_MM)
# Lines with their soft edges are thinner (px).
CROSSED_PX = 13
# A pencil's strokes are darker than the paper by so many gray levels.
PALE_LEVELS = 60.0
# Specks are smaller (px, either way); strokes of a hand are so wide or so high (mm), print is not.
SPECK_PX, HAND_WIDE_MM, HAND_HIGH_MM, TALL_MM = 6, 7.0, 4.0, 2.5
# A logo's or a code's ink fills so much of its place, if it is larger than print (mm); no entry
# is larger than this (mm, width and height), a picture or stamp's frame is.
SOLID_SHARE, SOLID_MM, LARGEST_MM = 0.5, 3.0, (100.0, 25.0)
# What hangs out of the last row begins this near to its line; the collector's answers reach so far
# out of their places (px), and have this share of their ink there.
HANGS_PX, OVER_PX, KNOWN_SHARE = round(1.5 * PAGE_PX_PER_MM), round(PAGE_PX_PER_MM), 0.3
# Words are the form's own that are so like them, up to so many times as high as the others.
OWN_ALIKE, TALLER = 0.6, 1.3
# Entries of a row have together so much width of ink (mm); between those of two columns so much
# paper is left (mm), as there is not between words of print; they end this near to a column (px).
NAME_MM, OTHER_MM, SIGNED_MM, APART_MM = 7.0, 4.0, 6.0, 3.0
OUT_PX = 2 * PAGE_PX_PER_MM
# An entry stands on a line that is seen along so much of it, from so far down in it to so far
# below (a share of its height; mm).
ON_LINE_SHARE, THROUGH_SHARE, UNDER_MM = 0.6, 0.65, 3.5
# What lies so near to the picture's edge may be what the sheet lies on (px).
EDGE_PX = 2 * PAGE_PX_PER_MM


@dataclass(frozen=True, slots=True)
class _Columns:
    """A table's columns, from and to, px: to sign in, for names, and for the rest."""

    signed: Sequence[Span]
    named: Sequence[Span]
    other: Sequence[Span]


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """Pieces of ink off the rows: ``boxes`` (N, 4) as left, top, right, bottom, px.

    ``lines`` (H, W): printed lines across, of the page.
    """

    boxes: Floats
    lines: Mask


def is_signed_off_rows(registered: RegisteredPage, form: Form) -> bool:
    """Whether below the rows of a page of ``form`` somebody signed where no row is."""
    tables = [(rows, _columns(rows[-1])) for rows in _tables(registered.rows)]
    tables = [(rows, found) for rows, found in tables if found.signed and found.named]
    if not tables:
        return False
    feet = [max(y for row in rows for _, y in row.polygon) for rows, _ in tables]
    pieces = _pieces_below(registered, form, int(min(feet)))
    return any(
        _is_signed_below(pieces, columns, _pitch(rows), foot)
        for (rows, columns), foot in zip(tables, feet, strict=True)
    )


def _pitch(rows: Sequence[RowPlace]) -> float:
    """How high a table's rows are, px."""
    return float(np.median([np.ptp(np.array(row.polygon)[:, 1]) for row in rows]))


def _tables(rows: Sequence[RowPlace]) -> list[list[RowPlace]]:
    """Rows by the tables they are in, from top to bottom."""
    tables: list[list[RowPlace]] = []
    for row in rows:
        left, top, right, _ = bbox_from_polygon(row.polygon)
        for one in tables:
            start, _, end, foot = bbox_from_polygon(one[-1].polygon)
            if min(end, right) - max(start, left) > (right - left) / 2 and top >= foot - 2:
                one.append(row)
                break
        else:
            tables.append([row])
    return tables


def _columns(row: RowPlace) -> _Columns:
    """Where a row is signed, where names stand and where the rest is written."""
    signed: list[Span] = []
    named: list[Span] = []
    other: list[Span] = []
    for cell in row.cells:
        kinds = {spec.kind for spec in cell.fields}
        if not kinds or kinds <= PRINTED_KINDS:
            continue
        left, _, right, _ = bbox_from_polygon(cell.polygon)
        found = signed if kinds == {FieldKind.SIGNATURE} else other
        (named if FieldKind.NAME in kinds else found).append((left, right))
    # Of a row of several lines what stands over the name or the signature tells nothing.
    named = [one for one in named if not any(_overlap(one, two) for two in signed)]
    other = [one for one in other if not any(_overlap(one, two) for two in (*named, *signed))]
    return _Columns(signed, named, other)


def _overlap(one: Span, other: Span) -> bool:
    return min(one[1], other[1]) - max(one[0], other[0]) > PAGE_PX_PER_MM


def _is_signed_below(pieces: _Pieces, columns: _Columns, pitch: float, foot: float) -> bool:
    """Whether below a table's ``foot`` a signature stands beside a name and what else is asked.

    ``pitch``: how high its rows are, px.
    """
    below, lines = pieces.boxes[pieces.boxes[:, 1] > foot], pieces.lines
    for signed in columns.signed:
        for piece in _within(below, signed):
            if piece[3] - piece[1] < TALL_MM * PAGE_PX_PER_MM:
                continue
            middle = (piece[1] + piece[3]) / 2
            band = below[np.abs(below[:, [1, 3]].mean(axis=1) - middle) <= pitch / 2]
            signature = _within(band, signed)
            if not (_is_by_hand(signature) or _is_tall(signature)):
                continue
            if _wide(signature) < SIGNED_MM or _stands_on_line(signature, lines):
                continue
            if not any(_is_entry(band, one, NAME_MM, lines) for one in columns.named):
                continue
            other = columns.other
            if not other or any(_is_entry(band, one, OTHER_MM, lines) for one in other):
                return True
    return False


def _is_entry(band: Floats, span: Span, least_mm: float, lines: Mask) -> bool:
    """Whether somebody wrote in a column: strokes no print has, or words that keep to it."""
    inside = _within(band, span)
    if _wide(inside) < least_mm or _stands_on_line(inside, lines):
        return False
    if _is_by_hand(inside) or _is_tall(inside):
        return True
    return _wide(_keeping_to(band, span)) >= least_mm


def _is_tall(pieces: Floats) -> bool:
    """Whether most of what is written is as high as capitals are, which print is not."""
    wide, high = pieces[:, 2] - pieces[:, 0], pieces[:, 3] - pieces[:, 1]
    order = np.argsort(high)
    half = np.searchsorted(np.cumsum(wide[order]), wide.sum() / 2)
    return bool(high[order][half] >= TALL_MM * PAGE_PX_PER_MM)


def _keeping_to(band: Floats, span: Span) -> Floats:
    """Pieces of words that do not run on out of a column."""
    if not len(band):
        return band
    ordered = band[np.argsort(band[:, 0])]
    so_far = np.maximum.accumulate(ordered[:, 2])
    cuts = np.flatnonzero(ordered[1:, 0] - so_far[:-1] >= APART_MM * PAGE_PX_PER_MM) + 1
    runs = np.split(ordered, cuts)
    kept = [
        run for run in runs if run[0, 0] >= span[0] - OUT_PX and run[:, 2].max() <= span[1] + OUT_PX
    ]
    return np.concatenate(kept) if kept else band[:0]


def _within(pieces: Floats, span: Span) -> Floats:
    middles = pieces[:, [0, 2]].mean(axis=1)
    return np.asarray(pieces[(span[0] <= middles) & (middles <= span[1])])


def _wide(pieces: Floats) -> float:
    """How wide pieces of ink are together, mm."""
    return float((pieces[:, 2] - pieces[:, 0]).sum()) / PAGE_PX_PER_MM


def _is_by_hand(pieces: Floats) -> bool:
    """Whether one of some pieces is larger than letters of print."""
    wide, high = pieces[:, 2] - pieces[:, 0], pieces[:, 3] - pieces[:, 1]
    large = (wide >= HAND_WIDE_MM * PAGE_PX_PER_MM) | (high >= HAND_HIGH_MM * PAGE_PX_PER_MM)
    return bool(large.any())


def _stands_on_line(pieces: Floats, lines: Mask) -> bool:
    """Whether an entry stands on a printed line."""
    left, top = pieces[:, :2].min(axis=0)
    right, bottom = pieces[:, 2:].max(axis=0)
    first = round(top + THROUGH_SHARE * (bottom - top))
    under = lines[first : round(bottom + UNDER_MM * PAGE_PX_PER_MM), round(left) : round(right)]
    return bool(under.size) and float(under.any(axis=0).mean()) >= ON_LINE_SHARE


def _pieces_below(registered: RegisteredPage, form: Form, foot: int) -> _Pieces:
    """What a hand may have written below ``foot`` (px), off the rows and the places of the box."""
    page = registered.page.gray
    from_y = max(0, foot - 2 * HANGS_PX)
    gray = page[from_y:].copy()
    for place in _own_words(registered.words, form):
        gray[_inside(place, from_y)] = 255
    ink, lines = _inked(gray, float(np.median(page[::8, ::8])) - PALE_LEVELS)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    left, top, wide, high, area = (stats[:, k].astype(np.float64) for k in range(5))
    top += from_y
    height, width = page.shape
    kept = np.maximum(wide, high) >= SPECK_PX
    kept &= (wide <= LARGEST_MM[0] * PAGE_PX_PER_MM) & (high <= LARGEST_MM[1] * PAGE_PX_PER_MM)
    solid = area > SOLID_SHARE * wide * high
    kept &= ~(solid & (np.minimum(wide, high) > SOLID_MM * PAGE_PX_PER_MM))
    kept &= (left > EDGE_PX) & (left + wide < width - EDGE_PX) & (top + high < height - EDGE_PX)
    rows, answers, frame = _places(registered, gray.shape, from_y)
    kept &= np.bincount(labels[rows], minlength=count) == 0
    kept &= np.bincount(labels[answers], minlength=count) <= KNOWN_SHARE * area
    kept[0] = False
    boxes = np.stack([left, top, left + wide, top + high], axis=1)[kept]
    seen = np.zeros(page.shape, dtype=np.bool_)
    seen[from_y:] = lines & ~frame
    return _Pieces(boxes, seen)


def _inked(gray: Pixels, level: float) -> tuple[npt.NDArray[np.uint8], Mask]:
    """Ink (H, W) without long lines; and those across."""
    ink = np.asarray(cv2.compare(gray, level, cv2.CMP_LT))
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, ACROSS_PX), np.uint8))
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((DOWN_PX, 1), np.uint8))
    edges = np.ones((3, 3), np.uint8)
    lines = (
        (cv2.dilate(across, edges), (CROSSED_PX, 1)),
        (cv2.dilate(down, edges), (1, CROSSED_PX)),
    )
    left = ink
    for wiped, _ in lines:
        left = cv2.bitwise_and(left, cv2.bitwise_not(wiped))
    for wiped, through in lines:
        # A stroke that crosses a line goes on behind it.
        joined = cv2.morphologyEx(left, cv2.MORPH_CLOSE, np.ones(through, np.uint8))
        left = cv2.bitwise_or(left, cv2.bitwise_and(joined, wiped))
    return np.asarray(left), np.asarray(across > 0)


def _places(
    registered: RegisteredPage, shape: tuple[int, ...], from_y: int
) -> tuple[Mask, Mask, Mask]:
    """Masks of a page from a line on: its rows and the box's places, with what reaches out of
    them, and the box's frame, which nobody signs on.
    """
    rows, answers, frame = (np.zeros(shape, np.uint8) for _ in range(3))
    for row in registered.rows:
        cv2.fillPoly(rows, [_corners(row.polygon, from_y)], 255)
    size = 2 * HANGS_PX + 1
    rows = cv2.dilate(rows, np.ones((size, size), np.uint8))
    if (box := registered.collector_box) is not None:
        for place in box.fields:
            left, top, right, bottom = bbox_from_polygon(place.polygon)
            out = (left - OVER_PX, top - OVER_PX, right + OVER_PX, bottom + OVER_PX)
            answers[_inside(out, from_y)] = 255
        cv2.polylines(frame, [_corners(box.polygon, from_y)], True, 255, 2 * HANGS_PX)
    return np.asarray(rows > 0), answers > 0, np.asarray(frame > 0)


def _corners(polygon: Polygon, from_y: int) -> npt.NDArray[np.int32]:
    return np.rint(np.array(polygon) - (0, from_y)).astype(np.int32)


def _inside(place: Box, from_y: int) -> tuple[slice, slice]:
    left, top, right, bottom = (
        max(0, round(v)) for v in np.subtract(place, (0, from_y, 0, from_y))
    )
    return slice(top, bottom), slice(left, right)


def _own_words(words: Sequence[PrintedWord], form: Form) -> list[Box]:
    """Where words of the form's box and letter stand."""
    wordings = [form.phrases]
    if form.box is not None:
        wordings += [form.box.title, *(item.label for item in form.box.fields)]
    hits = [hit for one in wordings if one for hit in find_wordings(words, one, OWN_ALIKE)]
    found = []
    for hit in hits:
        usual = float(np.median([word.box[3] - word.box[1] for word in hit.words]))
        for left, top, right, bottom in (word.box for word in hit.words):
            # The box of a word that somebody wrote over holds that, too.
            found.append((left, max(top, bottom - TALLER * usual), right, bottom))
    return found
