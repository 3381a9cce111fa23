"""Cells beside a side that no ruling shows, in rows where a word may be on the wrong side of it.

A side that was put in where no ruling is may lie in the white between two words of one
cell: no stroke is cut, and nobody would ask. People begin to write at about the same
distance from their column's left side; in a row in which the white around the side is
no wider than between two words, and in which the writing behind it begins elsewhere
than in the other rows, both cells are in doubt. Columns in which everybody begins
anywhere, as signatures do, are told by the narrow white alone.

Where few rows are filled the white between two words of each may lie at one place by
chance, and the side in it: another place beside the side that cuts no more of them, with
writing between the two, makes both cells doubtful of each row in which that writing is.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from digitizer.writing.ink import px
from digitizer.writing.strokes import SPECK_PX, Strokes

Box = tuple[int, int, int, int]
Ints = npt.NDArray[np.int64]

# White (mm) wider than this is no space between words.
WORD_MM = 4.0
# In so many rows at least the writing behind a side tells where it usually begins, and it does
# if half of the rows begin within this (mm) of it; what begins within it is no wrong word.
MIN_ROWS, USUAL_MM = 3, 1.5
# White between words lies at one place by chance in so many rows, seldom in more; the other
# place is this near (mm), the white there so wide, and writing goes on beyond it in most rows.
CHANCE_ROWS, OTHER_MM, OTHER_WHITE_MM, BEYOND_SHARE = (2, 5), 20.0, 1.0, 0.5


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
    inked = _inked(strokes, width)
    ends = {cell: (int(x[0]), int(x[-1])) for cell, x in inked.items()}
    found: set[int] = set()
    for rows in sides.values():
        found |= _moved_elsewhere(inked, boxes, rows)
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


def _moved_elsewhere(
    inked: Mapping[int, Ints], boxes: Sequence[Box], rows: Sequence[tuple[int, int]]
) -> set[int]:
    """Cells whose writing lies between their side and another place that cuts no more rows.

    ``inked``: as of ``_inked``; ``rows``: the cells left and right of the side.
    """
    filled = [(left, right) for left, right in rows if left in inked or right in inked]
    if not CHANCE_ROWS[0] <= len(filled) <= CHANCE_ROWS[1]:
        return set()
    reach, margin = px(OTHER_MM), px(OTHER_WHITE_MM) // 2
    none = np.zeros(0, dtype=np.int64)
    # Each row's writing as it lies around the side, which may lean from row to row.
    writing = np.zeros((len(filled), 2 * reach + 1), dtype=np.bool_)
    lasts, firsts = [], []
    for row, (left, right) in enumerate(filled):
        side = boxes[right - 1][0]
        both = np.r_[inked.get(left, none), inked.get(right, none)] - side
        for off in range(-margin, margin + 1):
            near = both + off
            writing[row, reach + near[np.abs(near) <= reach]] = True
        lasts.append(int(both.min()))
        firsts.append(int(both.max()))
    cut = writing.sum(axis=0)
    white = np.flatnonzero(cut <= cut[reach])
    found: set[int] = set()
    usual = _begins_alike(writing, reach)
    parts = np.split(white, np.flatnonzero(np.diff(white) > 1) + 1)
    own = max((len(part) for part in parts if part[0] <= reach <= part[-1]), default=0)
    for part in parts:
        start, stop = int(part[0]), int(part[-1])
        if start <= reach <= stop or own >= max(px(WORD_MM), 2 * len(part)):
            continue
        there = stop if stop < reach else start
        before = np.mean([first < there - reach for first in lasts])
        behind = np.mean([last > there - reach for last in firsts])
        if min(before, behind) <= BEYOND_SHARE or (usual and not _begins_alike(writing, there)):
            continue
        low, high = sorted((there, reach))
        for n in np.flatnonzero(writing[:, low:high].any(axis=1)).tolist():
            found |= set(filled[n])
    return found


def _begins_alike(writing: npt.NDArray[np.bool_], at: int) -> bool:
    """Whether all rows that go on behind a place begin there about as far from it."""
    starts = [int(np.argmax(row[at:])) for row in writing if row[at:].any()]
    return len(starts) > 1 and max(starts) - min(starts) <= px(USUAL_MM)


def _inked(strokes: Strokes, width: int) -> dict[int, Ints]:
    """Where across the page each cell's ink is, px in order; a speck at either end is none."""
    cells: dict[int, Ints] = {}
    if strokes.cell.size == 0:
        return {}
    numbers, begins = np.unique(strokes.cell, return_index=True)
    columns = strokes.pixel % width
    for cell, part in zip(numbers.tolist(), np.split(columns, begins[1:]), strict=True):
        if cell > 0 and len(part) > 2 * SPECK_PX:
            cells[cell] = np.sort(part)[SPECK_PX : len(part) - SPECK_PX]
    return cells
