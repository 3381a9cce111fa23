"""Cells beside a side that no ruling shows, in rows where a word may be on the wrong side of it.

A side that was put in where no ruling is may lie in the white between two words of one
cell: no stroke is cut, and nobody would ask. People begin to write at about the same
distance from their column's left side; in a row in which the white around the side is
no wider than between two words, and in which the writing behind it begins elsewhere
than in the other rows, both cells are in doubt. Columns in which everybody begins
anywhere, as signatures do, are told by the narrow white alone.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from digitizer.writing.ink import px
from digitizer.writing.strokes import SPECK_PX, Strokes

Box = tuple[int, int, int, int]

# White (mm) wider than this is no space between words.
WORD_MM = 4.0
# In so many rows at least the writing behind a side tells where it usually begins, and it does
# if half of the rows begin within this (mm) of it; what begins within it is no wrong word.
MIN_ROWS, USUAL_MM = 3, 1.5


def doubtful_sides(
    strokes: Strokes,
    width: int,
    boxes: Sequence[Box],
    sides: Mapping[tuple[str, str], Sequence[tuple[int, int]]],
) -> frozenset[int]:
    """Cells (from 1, as in ``strokes``) beside a guessed side that may have a word of the other's.

    ``width`` of the page in px; ``boxes``: (left, top, right, bottom) of each cell; ``sides``: for
    each such side, named by its columns, the cells left and right of it, row by row.
    """
    if not sides:
        return frozenset()
    ends = _ends(strokes, width)
    found: set[int] = set()
    for rows in sides.values():
        starts = {right: ends[right][0] - boxes[right - 1][0] for _, right in rows if right in ends}
        usual = _usual(list(starts.values()))
        for left, right in rows:
            if left not in ends or right not in ends:
                continue
            white = ends[right][0] - ends[left][1]
            as_usual = usual is not None and abs(starts[right] - usual) <= px(USUAL_MM)
            if white < px(WORD_MM) and not as_usual:
                found |= {left, right}
    return frozenset(found)


def _usual(starts: Sequence[int]) -> float | None:
    """How far behind a side writing begins, px; None where rows are few or all unlike."""
    if len(starts) < MIN_ROWS:
        return None
    middle = float(np.median(starts))
    return middle if float(np.median(np.abs(np.array(starts) - middle))) <= px(USUAL_MM) else None


def _ends(strokes: Strokes, width: int) -> dict[int, tuple[int, int]]:
    """Where each cell's ink begins and ends across the page, px; a speck at either end is none."""
    cells: dict[int, npt.NDArray[np.int64]] = {}
    if strokes.cell.size == 0:
        return {}
    numbers, begins = np.unique(strokes.cell, return_index=True)
    columns = strokes.pixel % width
    for cell, part in zip(numbers.tolist(), np.split(columns, begins[1:]), strict=True):
        if cell > 0 and len(part) > 2 * SPECK_PX:
            cells[cell] = part
    return {
        cell: (
            int(np.partition(part, SPECK_PX)[SPECK_PX]),
            int(np.partition(part, -SPECK_PX)[-SPECK_PX]),
        )
        for cell, part in cells.items()
    }
