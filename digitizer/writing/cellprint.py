"""What is printed in the cells of a page's rows, taken out of its ink before that is anybody's."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import CellPlace, FieldKind, RowPlace
from digitizer.states import INK_KINDS, UNWRITTEN_KINDS
from digitizer.writing import cornernumbers, furniture, tickboxes, tickcells
from digitizer.writing.ink import Unruled

Mask = npt.NDArray[np.bool_]
Box = tuple[int, int, int, int]

# A piece is left of a line if so much of it lies where rows have print.
PRINTED_SHARE = 0.9
# A line to write on is so thin and long (px; 0.6 and 10 mm).
LINE_THICK_PX, LINE_LONG_PX = 5, 79


def without_print(
    unruled: Unruled,
    mask: Mask,
    rows: Sequence[RowPlace],
    origin: tuple[int, int],
    frames: Sequence[Box | None],
) -> tuple[Unruled, Mask]:
    """Take out rows' numbers, what the definition has of captions, combs and check boxes, and
    what all rows share without its saying so.

    ``mask`` (H, W): all ink, rulings with it;
    ``origin``: its place on the page, px; ``frames``: the check boxes that were seen in it. Also
    returns what was taken out.
    """
    columns: dict[str, list[Box]] = {}
    combed: dict[str, bool] = {}
    unsaid: dict[str, dict[int, Box]] = {}
    firsts = [min(row.cells, key=lambda cell: cell.polygon[0][0]) for row in rows if row.cells]
    numbers = cornernumbers.numbers_in_cells(
        unruled.mask,
        [tickcells.bounds(cell, origin) for cell in firsts if _is_read(cell)],
    )
    for row in rows:
        for cell in row.cells:
            checked = any(spec.kind is FieldKind.CHECKBOX for spec in cell.fields)
            if cell.captioned or cell.captions or cell.comb or checked:
                columns.setdefault(cell.column, []).append(tickcells.bounds(cell, origin))
                combed[cell.column] = cell.comb
            elif not all(spec.kind in UNWRITTEN_KINDS for spec in cell.fields):
                unsaid.setdefault(cell.column, {})[row.row] = tickcells.bounds(cell, origin)
    numbers |= furniture.printed_unsaid(unruled.mask, list(unsaid.values()))
    if not columns and not frames and not numbers.any():
        return unruled, numbers
    cells, combs = list(columns.values()), [combed[name] for name in columns]
    printed = numbers | furniture.printed_alike(unruled.mask, cells, combs)
    printed |= _lines_left(unruled.mask & ~printed, mask, cells, combs)
    printed |= furniture.edges_left(unruled.mask, printed)
    printed = tickboxes.with_outlines(printed, mask, [f for f in frames if f is not None])
    # What is left around the print is print, and a stroke is followed across it.
    size = 2 * furniture.EDGE_PX + 1
    zone = cv2.dilate(printed.view(np.uint8), np.ones((size, size), np.uint8)) > 0
    found = printed & unruled.mask
    rest = Unruled(
        mask=unruled.mask & ~printed,
        wiped=unruled.wiped | found,
        band_h=unruled.band_h | zone,
        band_v=unruled.band_v | zone,
    )
    return rest, found


def _lines_left(
    ink: Mask, mask: Mask, columns: Sequence[Sequence[Box]], combed: Sequence[bool]
) -> Mask:
    """Pieces of ink (H, W) that are lines which other rows have there, too.

    A line to write on, or a comb's, was traced in most rows and taken out as a ruling; where it
    was not, a row without any writing would have a stroke in it. A thin one lies a pixel higher in
    one row than in another. ``mask``: all ink; ``columns``, ``combed`` as of ``printed_alike``.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink.view(np.uint8), connectivity=8)
    area, wide = stats[:, cv2.CC_STAT_AREA], stats[:, cv2.CC_STAT_WIDTH]
    flat = (stats[:, cv2.CC_STAT_HEIGHT] <= LINE_THICK_PX) & (wide >= LINE_LONG_PX)
    size = 2 * furniture.EDGE_PX + 1
    left = np.zeros(count, dtype=np.bool_)
    for seen, pieces in ((1, ~flat), (3, flat)):
        if not pieces[1:].any():
            continue
        grown = cv2.dilate(mask.view(np.uint8), np.ones((seen, 1), np.uint8)) > 0
        printed = furniture.printed_alike(grown, columns, combed)
        near = cv2.dilate(printed.view(np.uint8), np.ones((size, size), np.uint8)) > 0
        inside = np.bincount(labels[near], minlength=count)
        left |= pieces & (inside >= PRINTED_SHARE * area)
    left[0] = False
    return np.asarray(left[labels])


def _is_read(cell: CellPlace) -> bool:
    """Whether letters are written in a cell."""
    return any(spec.kind not in INK_KINDS for spec in cell.fields)
