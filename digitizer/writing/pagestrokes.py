"""The ink of a page's cells, and whose it is: one mask and one labelling serve all cells.

A page of 12 rows costs about as much as four cells would, done one by one. Rulings, arcs
and print are taken out of the ink; each stroke goes to one cell, letters at borders and on
rulings to the writing they continue, or both cells are told; then comes what runs through
cells or lies over them. It fails where two hands share a cell.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.lines.folds import without_shadows
from digitizer.lines.residual import is_ruled
from digitizer.lines.rulepaths import nearest_beside
from digitizer.records import (
    PAGE_PX_PER_MM,
    CellPlace,
    FieldKind,
    Pixels,
    RegisteredPage,
    Rule,
)
from digitizer.writing import (
    borderletters,
    cornerarcs,
    guessedsides,
    ink,
    onrulings,
    openlines,
    overhang,
    overlaid,
    pale,
    runs,
    spills,
    strokes,
    tickcells,
)
from digitizer.writing.cellprint import without_print
from digitizer.writing.printedrules import missed_borders, printed_rules
from digitizer.writing.struckrows import find_folds

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]
Box = tuple[int, int, int, int]
Origin = tuple[int, int]

# Strokes that run farther out of their cell are followed up to here (mm).
OVERFLOW_MM = 12.0
# A cell begins where one beside it ends if they are this near (mm).
SAME_SIDE_MM = 1.0
# Printed words' boxes are tight; their edges and accents stand out by this (mm).
CAPTION_MARGIN_MM = 0.4
# Components under this area (px) are dust; the dot of an i has about 9.
MIN_AREA_PX = 5
# Ink is shown to the engines with its usual stroke this dark (gray levels),
# faint pages are lifted by at most MAX_GAIN lest noise comes up too.
STROKE_DARKNESS = 190.0
MAX_GAIN = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class PageStrokes:
    """What all cells of a page share. ``origin``: (x, y) of the arrays in the page.

    ``shown`` (H, W): dark ink on white, for engines; ``labels``: its strokes; ``owner``: the
    cell (from 1) whose ink a pixel is; ``boxes`` of the cells. ``dittos``: cells (from 1) that
    a line, brace or arrow runs through, how surely; ``doubts``: those with letters at a side
    that may be another cell's; ``dust``: specks a pixel of bare paper around each tile;
    ``unticked``: check boxes neither surely ticked nor empty; ``emptied``: cells whose ink was
    all taken for the end of what is written before them; ``laid``: what lies over rows;
    ``ghosts``: strokes taken for those of the back.
    """

    origin: Origin
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
    ghosts: pale.Ghosts


@dataclass(frozen=True, slots=True, eq=False)
class _Ink:
    """The page's ink around its cells, and its strokes: without rulings, arcs and print.

    ``paths`` of the rulings; ``frames``: check boxes by cell (from 1); ``printed``: ink that
    was taken out as print, ``ghosts`` as the back's.
    """

    page: ink.PageInk
    paths: Sequence[ink.RulePath]
    unruled: ink.Unruled
    frames: Mapping[int, Box | None]
    printed: Mask
    labels: Ints
    stats: Ints
    ghosts: pale.Ghosts


def find_strokes(
    registered: RegisteredPage, places: Sequence[CellPlace], cut: Collection[int]
) -> PageStrokes:
    """Find the ink of the page's cells and whose it is.

    ``places``: cells of all rows, then those of the collector's box; ``cut``: those (from 1)
    that the picture's edge cuts, of whose writing the end may be missing.
    """
    origin, seen = _around(places)
    found = _ink_of(registered, places, origin, seen)
    labels, stats = found.labels, found.stats
    where, boxes = _cell_map(places, origin, labels.shape)
    rows = [row.row for row in registered.rows for _ in row.cells]
    in_rows = boxes[: len(rows)]
    if openlines.stands_on_lines(registered.rows, registered.rules):
        where = openlines.below_lines(where, labels, stats, in_rows)
    owned, doubts = _owned(registered, places, found, where, boxes, origin)
    owner: Ints = np.zeros(labels.shape, dtype=np.int32)
    owner.ravel()[owned.pixel] = owned.cell
    doubts |= onrulings.on_rulings(found.page.darkness, found.paths, owner, boxes)
    doubts |= dict.fromkeys(cut, 1.0)
    laid = overlaid.find_overlaid(labels, stats, where, rows)
    overhang.give_overhang(owner, in_rows, rows)
    signed = {number for number, place in enumerate(places, start=1) if is_signed(place)}
    # What lies over rows is nobody's signature.
    spilled = spills.give_spills(owner, np.where(laid.strokes, 0, labels), in_rows, rows, signed)
    through = runs.find_runs(labels, stats, in_rows, rows)
    runs.give_to_cells(owner, labels, through, where)
    unticked = tickcells.unticked(owner, found.printed, places, found.frames, origin)
    unticked |= tickcells.perhaps_marked(found.page.mask, owner, places, found.frames, origin)
    toned = strokes.tone_down(labels, found.page, found.unruled)
    return PageStrokes(
        origin=origin,
        shown=_lift(toned, labels > 0, found.unruled.wiped),
        labels=labels,
        owner=owner,
        boxes=tuple(boxes),
        dittos={cell + 1: run.confidence for run in through for cell in run.cells},
        doubts=doubts,
        dust=strokes.measure_dust(labels, where),
        unticked=unticked,
        emptied=owned.emptied | spilled,
        laid=laid,
        ghosts=found.ghosts,
    )


def is_signed(place: CellPlace) -> bool:
    """Whether a cell is one to sign in."""
    return bool(place.fields) and all(f.kind is FieldKind.SIGNATURE for f in place.fields)


def _around(places: Sequence[CellPlace]) -> tuple[Origin, tuple[slice, slice]]:
    """The part of the page that holds all cells and what runs out of them."""
    corners = np.array([point for place in places for point in place.polygon])
    pad = ink.px(OVERFLOW_MM)
    left, top = (max(0, int(least) - pad) for least in np.floor(corners.min(axis=0)))
    right, bottom = (int(most) + pad for most in np.ceil(corners.max(axis=0)))
    return (left, top), (slice(top, bottom), slice(left, right))


def _ink_of(
    registered: RegisteredPage,
    places: Sequence[CellPlace],
    origin: Origin,
    seen: tuple[slice, slice],
) -> _Ink:
    width = registered.page.gray.shape[1]
    printed = printed_rules(registered.rules, registered.rows, width)
    folds = find_folds(printed, registered.rows, width)
    page = ink.measure_ink(without_shadows(registered.page.gray, folds)[seen])
    ruled = [rule for rule in printed if all(rule is not fold for fold in folds)]
    paths = _rule_paths((*ruled, *missed_borders(ruled, registered.rows)), printed, page, origin)
    unruled = cornerarcs.without_arcs(ink.remove_rules(page, paths), page.mask, ruled, origin)
    frames = tickcells.tick_frames(page.mask, registered, places, origin)
    unruled, in_cells = without_print(
        unruled, page.mask, registered.rows, origin, list(frames.values())
    )
    labels, stats = strokes.label_strokes(unruled)
    captions = _boxed_captions(places, frames, origin)
    written = strokes.drop_print(labels, stats, captions)
    labels = strokes.drop_ghosts(written, page)
    ghosts = pale.dropped(written, labels, page)
    return _Ink(page, paths, unruled, frames, in_cells, labels, stats, ghosts)


def _rule_paths(
    rules: Sequence[Rule], printed: Sequence[Rule], page: ink.PageInk, origin: Origin
) -> list[ink.RulePath]:
    """Where rulings really run on the page's ink; ``printed``: all that may lie beside them."""
    paths = []
    for rule in rules:
        if rule.thickness_px == 0:  # the edge of a gray band: nothing is printed along it
            continue
        path = ink.snap_rule(
            page.darkness,
            rule.points - origin,
            rule.horizontal,
            rule.thickness_px,
            beside_px=nearest_beside(rule, printed),
        )
        if path is not None:
            paths.append(path)
    return paths


def _boxed_captions(
    places: Sequence[CellPlace], frames: Mapping[int, Box | None], origin: Origin
) -> list[Box]:
    """Captions that go by their boxes: of a check box what lies beside the box itself.

    Where that was not seen they may hold it, read as a letter.
    """
    found: list[tuple[float, float, float, float]] = []
    for number, place in enumerate(places, start=1):
        if not any(spec.kind is FieldKind.CHECKBOX for spec in place.fields):
            found.extend(place.captions)
        elif (frame := frames.get(number)) is not None:
            found.extend(tickcells.words_beside(place, frame, origin))
    margin = CAPTION_MARGIN_MM * PAGE_PX_PER_MM
    left, top = origin
    return [
        (
            round(x0 - margin - left),
            round(y0 - margin - top),
            round(x1 + margin - left),
            round(y1 + margin - top),
        )
        for x0, y0, x1, y1 in found
    ]


def _cell_map(
    places: Sequence[CellPlace], origin: Origin, shape: tuple[int, ...]
) -> tuple[Ints, list[Box]]:
    """The cell (from 1) that each pixel lies in, 0 for none; and the boxes of the cells."""
    where = np.zeros(shape, dtype=np.int32)
    boxes: list[Box] = []
    for number, place in enumerate(places, start=1):
        polygon = np.rint(np.array(place.polygon) - origin).astype(np.int32)
        cv2.fillPoly(where, [polygon], number)
        (x0, y0), (x1, y1) = polygon.min(axis=0), polygon.max(axis=0)
        boxes.append((int(x0), int(y0), int(x1) + 1, int(y1) + 1))
    return where, boxes


def _owned(
    registered: RegisteredPage,
    places: Sequence[CellPlace],
    found: _Ink,
    where: Ints,
    boxes: Sequence[Box],
    origin: Origin,
) -> tuple[strokes.Strokes, dict[int, float]]:
    """Each stroke's cell; and cells in doubt about letters at a side, how surely."""
    width = where.shape[1]
    heights = [bottom - top for _, top, _, bottom in boxes]
    owned = strokes.own_strokes(found.labels, found.stats, where, heights, MIN_AREA_PX)
    combed = {number for number, place in enumerate(places, start=1) if place.comb}
    signed = {number for number, place in enumerate(places, start=1) if is_signed(place)}
    owned, doubts = borderletters.settle_borders(owned, width, boxes, combed, signed)
    guessed = _guessed_sides(registered, boxes, origin)
    unclear = guessedsides.doubtful_sides(owned, width, boxes, guessed)
    return owned, doubts | dict.fromkeys(unclear, 1.0)


def _guessed_sides(
    registered: RegisteredPage, boxes: Sequence[Box], origin: Origin
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


def _lift(darkness: Pixels, inked: Mask, wiped: Mask) -> Pixels:
    """Return dark ink on white, contrast lifted, rulings and their edges white."""
    usual = float(np.percentile(darkness[inked], 75)) if inked.any() else STROKE_DARKNESS
    gain = float(np.clip(STROKE_DARKNESS / max(usual, 1.0), 1.0, MAX_GAIN))
    shown = 255 - cv2.convertScaleAbs(darkness, alpha=gain)
    edges = cv2.dilate(wiped.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    shown[edges & ~inked] = 255
    return np.asarray(shown, dtype=np.uint8)
