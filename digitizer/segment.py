"""Cut a registered page into its cells, and say what is in each.

One ink mask and one labelling serve the whole page (a page of 12 rows costs
about as much as four cells would, done one by one); each cell then gets
the strokes that belong to it, its state, its lines and its marks.
A cell's crop follows its box with a margin and grows with strokes that run
out of it; pages are level here, so crops are cut, not resampled. It fails
where two hands share a cell.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.layout.pictureedge import cells_at_edge, on_page
from digitizer.lines.folds import without_shadows
from digitizer.lines.residual import is_ruled
from digitizer.lines.rulepaths import nearest_beside
from digitizer.records import (
    PAGE_PX_PER_MM,
    CellCrop,
    CellPlace,
    FieldKind,
    InkState,
    LineCrop,
    Mark,
    Pixels,
    RegisteredPage,
    Signature,
)
from digitizer.writing import (
    borderletters,
    combs,
    cornerarcs,
    dotshade,
    guessedsides,
    ink,
    marks,
    onrulings,
    openlines,
    overhang,
    overlaid,
    runs,
    strikes,
    strokes,
    textlines,
    tickcells,
)
from digitizer.writing.amounts import ink_state, weighted_ink
from digitizer.writing.cellprint import without_print
from digitizer.writing.printedrules import missed_borders, printed_rules
from digitizer.writing.struckrows import find_folds
from digitizer.writing.struckrows import struck_rows as struck_rows

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]
Box = tuple[int, int, int, int]

# White around a cell's box in its crops (mm): tails and capitals cross the
# rulings by 2 to 3 mm.
MARGIN_MM = 2.5
# Strokes that run farther out are followed up to here (mm).
OVERFLOW_MM = 12.0
# Context around the crop shown to people (mm): enough to see the neighbours.
CONTEXT_MM = 3.0
# A cell begins where one beside it ends if they are this near (mm).
SAME_SIDE_MM = 1.0
# Printed words' boxes are tight; their edges and accents stand out by this (mm).
CAPTION_MARGIN_MM = 0.4
# Components under this area (px) are dust; the dot of an i has about 9.
MIN_AREA_PX = 5
# Of a dotted ruling specks are left this near to a cell's border (px).
BESIDE_RULE_PX = 7
# Of dots that fill a cell nobody knows whether there is something between them.
UNSURE = 0.5
# Ink is shown to the engines with its usual stroke this dark (gray levels),
# faint pages are lifted by at most MAX_GAIN lest noise comes up too.
STROKE_DARKNESS = 190.0
MAX_GAIN = 4.0
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


@dataclass(frozen=True, slots=True, eq=False)
class _PageStrokes:
    """What all cells of a page share. ``origin``: (x, y) of the arrays in the page.

    ``dittos``: cells (from 1) that a line, brace or arrow runs through, how surely;
    ``doubts``: those with letters at a side that may be another cell's; ``dust``: specks a
    pixel of bare paper around each tile; ``unticked``: check boxes neither surely ticked nor empty;
    ``emptied``: cells whose ink was all taken for the end of what is written before them;
    ``laid``: what lies over rows.
    """

    origin: tuple[int, int]
    shown: Pixels
    labels: Ints
    owner: Ints
    boxes: tuple[Box, ...]
    dittos: Mapping[int, float]
    doubts: Mapping[int, float]
    dust: npt.NDArray[np.float64]
    unticked: frozenset[int]
    emptied: frozenset[int]
    laid: overlaid.Overlaid


def cut_cells(registered: RegisteredPage) -> tuple[CellCrop, ...]:
    """Return one crop for each cell, row by row, then the collector box's fields.

    Cells that lie wholly off the page, where a person may drag a line, have none.
    """
    registered = on_page(registered)
    cells = list(_cells(registered))
    if not cells:
        return ()
    page = _page_strokes(registered, cells)
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


def _page_strokes(
    registered: RegisteredPage, cells: Sequence[tuple[int | None, CellPlace]]
) -> _PageStrokes:
    """Find the ink of the page's cells and whose it is."""
    places = [place for _, place in cells]
    gray = registered.page.gray
    corners = np.array([point for place in places for point in place.polygon])
    pad = ink.px(OVERFLOW_MM)
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int) - pad, 0)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + pad
    printed = printed_rules(registered.rules, registered.rows, registered.page.gray.shape[1])
    folds = find_folds(printed, registered.rows, registered.page.gray.shape[1])
    gray = without_shadows(gray, folds)[top:bottom, left:right]
    page = ink.measure_ink(gray)
    paths = []
    ruled = [rule for rule in printed if all(rule is not fold for fold in folds)]
    for rule in (*ruled, *missed_borders(ruled, registered.rows)):
        if rule.thickness_px == 0:  # the edge of a gray band: nothing is printed along it
            continue
        shifted = rule.points - (left, top)
        beside = nearest_beside(rule, printed)
        path = ink.snap_rule(
            page.darkness, shifted, rule.horizontal, rule.thickness_px, beside_px=beside
        )
        if path is not None:
            paths.append(path)
    unruled = ink.remove_rules(page, paths)
    unruled = cornerarcs.without_arcs(unruled, page.mask, ruled, (int(left), int(top)))
    frames = tickcells.tick_frames(page.mask, registered, places, (int(left), int(top)))
    unruled, printed_in = without_print(
        unruled, page.mask, registered.rows, (int(left), int(top)), list(frames.values())
    )
    labels, stats = strokes.label_strokes(unruled)
    margin = CAPTION_MARGIN_MM * PAGE_PX_PER_MM
    captions = [
        (
            round(box[0] - margin - left),
            round(box[1] - margin - top),
            round(box[2] + margin - left),
            round(box[3] + margin - top),
        )
        for box in _boxed_captions(places, frames, (int(left), int(top)))
    ]
    labels = strokes.drop_ghosts(strokes.drop_print(labels, stats, captions), page)
    where = np.zeros(gray.shape, dtype=np.int32)
    boxes: list[Box] = []
    for number, place in enumerate(places):
        polygon = np.rint(np.array(place.polygon) - (left, top)).astype(np.int32)
        cv2.fillPoly(where, [polygon], number + 1)
        (x0, y0), (x1, y1) = polygon.min(axis=0), polygon.max(axis=0)
        boxes.append((int(x0), int(y0), int(x1) + 1, int(y1) + 1))
    heights = [bottom - top for _, top, _, bottom in boxes]
    in_rows = sum(len(row.cells) for row in registered.rows)
    if openlines.stands_on_lines(registered.rows, registered.rules):
        where = openlines.below_lines(where, labels, stats, boxes[:in_rows])
    owned = strokes.own_strokes(labels, stats, where, heights, MIN_AREA_PX)
    combed = {number + 1 for number, place in enumerate(places) if place.comb}
    signed = {number + 1 for number, place in enumerate(places) if _is_signed(place)}
    owned, doubts = borderletters.settle_borders(owned, gray.shape[1], boxes, combed, signed)
    guessed = _guessed_sides(registered, boxes, (int(left), int(top)))
    unclear = guessedsides.doubtful_sides(owned, gray.shape[1], boxes, guessed)
    doubts |= dict.fromkeys(unclear, 1.0)
    owner: Ints = np.zeros(gray.shape, dtype=np.int32)
    owner.ravel()[owned.pixel] = owned.cell
    doubts |= onrulings.on_rulings(page.darkness, paths, owner, boxes)
    cut = cells_at_edge(registered)
    doubts |= {n: 1.0 for n, (row, cell) in enumerate(cells, 1) if (row, cell.column) in cut}
    rows = [row.row for row in registered.rows for _ in row.cells]
    laid = overlaid.find_overlaid(labels, stats, where, rows)
    overhang.give_overhang(owner, boxes[: len(rows)], rows)
    found = runs.find_runs(labels, stats, boxes[: len(rows)], rows)
    runs.give_to_cells(owner, labels, found, where)
    dittos = {cell + 1: run.confidence for run in found for cell in run.cells}
    toned = strokes.tone_down(labels, page, unruled)
    shown = _lift(toned, labels > 0, unruled.wiped)
    dust = strokes.measure_dust(labels, where)
    origin = int(left), int(top)
    unticked = tickcells.unticked(owner, printed_in, places, frames, origin)
    unticked |= tickcells.perhaps_marked(page.mask, owner, places, frames, origin)
    told = dittos, doubts, dust, unticked, owned.emptied, laid
    return _PageStrokes(origin, shown, labels, owner, tuple(boxes), *told)


def _guessed_sides(
    registered: RegisteredPage, boxes: Sequence[Box], origin: tuple[int, int]
) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """The sides between two columns that no ruling shows, with the cells (from 1) of each row.

    Cells that their captions part are not meant: those are printed. Nor is a side that is
    known otherwise.
    """
    if registered.sides_known:
        return {}
    down = [rule for rule in registered.rules if not rule.horizontal]
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    first = 1
    for row in registered.rows:
        for number in range(first, first + len(row.cells)):
            one, (_, high, right, low) = row.cells[number - first], boxes[number - 1]
            for other in range(first, first + len(row.cells)):
                next_one, (start, roof, _, floor) = row.cells[other - first], boxes[other - 1]
                top, bottom = max(high, roof), min(low, floor)
                # In a row of several lines a cell of another line may begin there, too.
                beside = bottom - top > 0.5 * min(low - high, floor - roof)
                if not beside or other == number or abs(start - right) > ink.px(SAME_SIDE_MM):
                    continue
                place = (right + start) / 2 + origin[0], (top + bottom) / 2 + origin[1]
                captioned = one.captions or next_one.captions
                if not captioned and not is_ruled(down, *place):
                    found.setdefault((one.column, next_one.column), []).append((number, other))
        first += len(row.cells)
    return found


def _boxed_captions(
    places: Sequence[CellPlace], frames: Mapping[int, Box | None], origin: tuple[int, int]
) -> list[tuple[float, float, float, float]]:
    """Captions (page px) that go by their boxes: of a check box what lies beside the box itself.

    Where that was not seen they may hold it, read as a letter.
    """
    found: list[tuple[float, float, float, float]] = []
    for number, place in enumerate(places, start=1):
        if not any(spec.kind is FieldKind.CHECKBOX for spec in place.fields):
            found.extend(place.captions)
        elif (frame := frames.get(number)) is not None:
            found.extend(tickcells.words_beside(place, frame, origin))
    return found


def _lift(darkness: Pixels, inked: Mask, wiped: Mask) -> Pixels:
    """Return dark ink on white, contrast lifted, rulings and their edges white."""
    usual = float(np.percentile(darkness[inked], 75)) if inked.any() else STROKE_DARKNESS
    gain = float(np.clip(STROKE_DARKNESS / max(usual, 1.0), 1.0, MAX_GAIN))
    shown = 255 - cv2.convertScaleAbs(darkness, alpha=gain)
    edges = cv2.dilate(wiped.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    shown[edges & ~inked] = 255
    return np.asarray(shown, dtype=np.uint8)


def _cut_cell(
    registered: RegisteredPage,
    page: _PageStrokes,
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
    signature = _is_signed(place) or not place.fields
    within = (slice(box[1], box[3]), slice(box[0], box[2]))
    if state is InkState.WRITTEN and dotshade.is_shade(
        page.labels[within] > 0, page.shown[within], signature=signature
    ):
        state, sure = InkState.LOOK, UNSURE
    if number in page.unticked or number in page.emptied:
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
        laid=overlaid.laid_on(page.laid, (left + x0, top + y0), inked, inner, state),
    )


def _is_signed(place: CellPlace) -> bool:
    """Whether a cell is one to sign in."""
    return bool(place.fields) and all(f.kind is FieldKind.SIGNATURE for f in place.fields)


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


def _crop_box(page: _PageStrokes, number: int, box: Box) -> Box:
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
