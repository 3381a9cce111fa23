"""Cut a registered page into its cells, and say what is in each.

Each cell gets the strokes that belong to it (``writing.pagestrokes``), its state,
its lines and its marks. Its crop follows its box with a margin and grows with strokes
that run out of it; pages are level here, so crops are cut, not resampled.
"""

from collections import Counter
from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.layout.rows.pictureedge import cells_at_edge, on_page
from digitizer.records import (
    CellCrop,
    CellPlace,
    InkState,
    LineCrop,
    Mark,
    Pale,
    Pixels,
    RegisteredPage,
    Signature,
)
from digitizer.writing import (
    combs,
    dotshade,
    ink,
    marks,
    overhang,
    overlaid,
    pale,
    strikes,
    strokes,
    textlines,
)
from digitizer.writing.amounts import ink_state, weighted_ink
from digitizer.writing.pagestrokes import OVERFLOW_MM, PageStrokes, find_strokes, is_signed
from digitizer.writing.struckrows import struck_rows as struck_rows

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]
Box = tuple[int, int, int, int]

# White around a cell's box in its crops (mm): tails and capitals cross the
# rulings by 2 to 3 mm.
MARGIN_MM = 2.5
# Context around the crop shown to people (mm): enough to see the neighbours.
CONTEXT_MM = 3.0
# Of a dotted ruling specks are left this near to a cell's border (px).
BESIDE_RULE_PX = 7
# Of dots that fill a cell nobody knows whether there is something between them.
UNSURE = 0.5
# From this confidence on a cell or row carries the mark.
MARK_CONFIDENCE = 0.5
# A row with so many written cells is a signer's.
LEAST_WRITTEN = 2
# A cell's darkest ink is that of so many per cent of it; its strokes are half as dark.
DARKEST_PERCENT = 0.5
# A signature holds a stroke of 2 mm: of 70 on hard and fax copies three held none.
MIN_STROKE_PX = ink.px(2.0)
# Less weighted ink (px) than this is too little for a signature to be sure.
MIN_SIGNATURE_PX = 120.0


def cut_cells(registered: RegisteredPage) -> tuple[CellCrop, ...]:
    """Return one crop for each cell, row by row, then the collector box's fields.

    Cells that lie wholly off the page, where a person may drag a line, have none.
    """
    registered = on_page(registered)
    cells = list(_cells(registered))
    if not cells:
        return ()
    at_edge = cells_at_edge(registered)
    cut = [n for n, (row, place) in enumerate(cells, 1) if (row, place.column) in at_edge]
    page = find_strokes(registered, [place for _, place in cells], cut)
    crops = [
        _cut_cell(registered, page, number, row, place)
        for number, (row, place) in enumerate(cells, start=1)
    ]
    written = Counter(crop.row for crop in crops if crop.ink is InkState.WRITTEN)
    for number, (row, place) in enumerate(cells, start=1):
        # Small ditto marks hold no more ink than dust, and what they stand for would be lost.
        if crops[number - 1].ink is InkState.EMPTY and row and written[row] >= LEAST_WRITTEN:
            crops[number - 1] = _cut_cell(registered, page, number, row, place, seek_ditto=True)
    return tuple(crops)


def _cells(registered: RegisteredPage) -> Iterator[tuple[int | None, CellPlace]]:
    for row in registered.rows:
        for cell in row.cells:
            yield row.row, cell
    if registered.collector_box is not None:
        for field in registered.collector_box.fields:
            yield None, field


def _cut_cell(
    registered: RegisteredPage,
    page: PageStrokes,
    number: int,
    row: int | None,
    place: CellPlace,
    *,
    seek_ditto: bool = False,
) -> CellCrop:
    """The crop of a cell; ``seek_ditto``: marks as faint as dust are looked at, too."""
    box = page.boxes[number - 1]
    crop = _crop_box(page, number, box)
    left, top, right, bottom = crop
    mask = np.asarray(page.owner[top:bottom, left:right] == number)
    soft = cv2.dilate(mask.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    others = (page.owner[top:bottom, left:right] > 0) & ~mask
    clean = np.where(soft & ~others, page.shown[top:bottom, left:right], 255).astype(np.uint8)
    x0, y0, x1, y1 = _ink_box(mask)
    inked = mask[y0:y1, x0:x1]
    inner = (box[0] - left - x0, box[1] - top - y0, box[2] - left - x0, box[3] - top - y0)
    state, sure = ink_state(weighted_ink(inked, inner))
    if seek_ditto and inked.any():
        ditto = marks.ditto_confidence(inked, inner[3] - inner[1], inner)
        state, sure = (InkState.LOOK, UNSURE) if ditto >= MARK_CONFIDENCE else (state, sure)
    signature = is_signed(place) or not place.fields
    within = (slice(box[1], box[3]), slice(box[0], box[2]))
    if state is InkState.WRITTEN and dotshade.is_shade(
        page.labels[within] > 0, page.shown[within], signature=signature
    ):
        state, sure = InkState.LOOK, UNSURE
    if number in page.unticked or number in page.emptied:
        state, sure = InkState.LOOK, UNSURE
    if state is InkState.WRITTEN and signature and row and overhang.hugs_border(inked, inner):
        state, sure = InkState.LOOK, UNSURE
    lines: tuple[LineCrop, ...] = ()
    mark, mark_sure = Mark.NONE, 0.0
    if state is not InkState.EMPTY:
        # What was scribbled over is no letter of what was written beside it.
        legible = inked if signature else strikes.without_blots(inked)
        lines = tuple(
            LineCrop(
                combs.close_up(line.pixels) if place.comb else line.pixels,
                (a + x0, b + y0, c + x0, d + y0),
            )
            for line in textlines.split_lines(clean[y0:y1, x0:x1], legible)
            for a, b, c, d in (line.box,)
        )
        mark, mark_sure = _mark(inked, inner, struck=not (place.fields and signature))
        if number in page.dittos:
            mark, mark_sure = Mark.DITTO, page.dittos[number]
    area = max(1, (box[2] - box[0]) * (box[3] - box[1]))
    # Dots of a ruling are no crumbs of what was written in a cell that seems empty.
    about = crop if state is not InkState.EMPTY else _inset(box, BESIDE_RULE_PX)
    return CellCrop(
        row=row,
        column=place.column,
        fields=place.fields,
        picture=_picture(registered, page.origin, crop),
        clean=clean,
        lines=lines,
        ink=state,
        ink_confidence=sure,
        mark=mark,
        mark_confidence=mark_sure,
        ink_share=min(1.0, float(mask.sum()) / area),
        box=(
            left + page.origin[0],
            top + page.origin[1],
            right + page.origin[0],
            bottom + page.origin[1],
        ),
        border_doubt=page.doubts.get(number, 0.0),
        crumbs=strokes.count_crumbs(page.labels, page.owner, number, about),
        dust=strokes.dust_in(page.dust, about),
        overlaid=float(page.laid.over[within].mean()),
        crossed=int(page.laid.lines[within].sum()) >= overlaid.IN_ROW_PX,
        laid=overlaid.laid_on(page.laid, (left + x0, top + y0), inked, inner, state),
        pale=pale.paleness(page.ghosts, box) if state is not InkState.WRITTEN else Pale.NONE,
    )


def _inset(box: Box, by_px: int) -> Box:
    left, top, right, bottom = box
    left, top = min(left + by_px, right), min(top + by_px, bottom)
    return left, top, max(left, right - by_px), max(top, bottom - by_px)


def _ink_box(mask: Mask) -> Box:
    """Return the box of a cell's ink with a small edge; what follows looks only there."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return 0, 0, 1, 1
    pad = textlines.PAD_PX
    return (
        max(0, int(columns[0]) - pad),
        max(0, int(rows[0]) - pad),
        int(columns[-1]) + 1 + pad,
        int(rows[-1]) + 1 + pad,
    )


def _crop_box(page: PageStrokes, number: int, box: Box) -> Box:
    """Return the cell's box with its margin, grown to hold strokes that run out."""
    height, width = page.owner.shape
    far, near = ink.px(OVERFLOW_MM), ink.px(MARGIN_MM)
    left, top = max(0, box[0] - far), max(0, box[1] - far)
    right, bottom = min(width, box[2] + far), min(height, box[3] + far)
    owned = page.owner[top:bottom, left:right] == number
    rows, columns = np.flatnonzero(owned.any(axis=1)), np.flatnonzero(owned.any(axis=0))
    grown = [box[0] - near, box[1] - near, box[2] + near, box[3] + near]
    if len(rows):
        grown[0] = min(grown[0], left + int(columns[0]) - 2)
        grown[1] = min(grown[1], top + int(rows[0]) - 2)
        grown[2] = max(grown[2], left + int(columns[-1]) + 3)
        grown[3] = max(grown[3], top + int(rows[-1]) + 3)
    return max(0, grown[0]), max(0, grown[1]), min(width, grown[2]), min(height, grown[3])


def _picture(registered: RegisteredPage, origin: tuple[int, int], crop: Box) -> Pixels:
    """Return the colour crop with context, a copy: crops outlive their page."""
    more = ink.px(CONTEXT_MM)
    color = registered.page.color
    left, top = max(0, crop[0] + origin[0] - more), max(0, crop[1] + origin[1] - more)
    right, bottom = crop[2] + origin[0] + more, crop[3] + origin[1] + more
    return np.ascontiguousarray(color[top:bottom, left:right])


def _mark(mask: Mask, inner: tuple[int, int, int, int], *, struck: bool) -> tuple[Mark, float]:
    """Return the mark that the ink is. Signatures hold strokes that look like strikes."""
    ditto = marks.ditto_confidence(mask, inner[3] - inner[1], inner)
    if ditto >= MARK_CONFIDENCE:
        return Mark.DITTO, ditto
    strike = strikes.correction_confidence(mask) if struck else 0.0
    if strike >= MARK_CONFIDENCE:
        return Mark.STRUCK, strike
    return Mark.NONE, 1.0 - max(ditto, strike)


def _longest_piece(clean: Pixels) -> int:
    """How long (px, one way) the longest piece of ink is in a cell as it is shown."""
    if clean.size == 0:
        return 0
    # Of somebody with a paler pen than the others the strokes are strokes, too.
    level = (float(np.percentile(clean, DARKEST_PERCENT)) + 255) / 2
    dark = cv2.compare(clean, level, cv2.CMP_LT)
    count, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    sides = stats[1:count, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    return int(sides.max(initial=0))


def signature_state(crop: CellCrop) -> tuple[Signature, float]:
    """Say whether a signature stands in its cell; a ditto there is none."""
    height, width = crop.clean.shape
    if crop.ink is InkState.EMPTY and crop.pale is Pale.SHARP:
        return Signature.UNCLEAR, UNSURE
    if crop.ink is InkState.EMPTY:
        return Signature.ABSENT, crop.ink_confidence
    if crop.mark is Mark.DITTO:
        return Signature.ABSENT, crop.mark_confidence
    if crop.ink is InkState.LOOK:
        return Signature.UNCLEAR, crop.ink_confidence
    margin = 2 * ink.px(MARGIN_MM)
    inked = crop.ink_share * max(1, (height - margin) * (width - margin))
    if _longest_piece(crop.clean) < MIN_STROKE_PX:
        # Crumbs.
        return Signature.UNCLEAR, UNSURE
    if inked < MIN_SIGNATURE_PX:
        return Signature.UNCLEAR, 0.5 + 0.5 * inked / MIN_SIGNATURE_PX
    return Signature.PRESENT, crop.ink_confidence
