"""Find lines, braces and arrows that run down a column: dittos of several rows at once.

They belong to no single cell, so they are looked for among the strokes of the
whole page, rulings removed. A run is one thin stroke (or several, one below the
other, where a ruling broke it): each of its pixel rows holds little more than a
pen's width, and it is taller than letters. The cells it runs through that hold
nothing else are dittos; one that holds writing is where the run begins.

It fails on runs that touch writing, and on runs drawn along a column's border.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import PAGE_PX_PER_MM

Ints = npt.NDArray[np.int32]
Box = tuple[int, int, int, int]

# Strokes under this height (mm) are letters; pieces of a broken run that join a
# taller one may be shorter.
MIN_RUN_MM = 5.5
MIN_PIECE_MM = 1.5
# Widest run (mm): a generous brace; and as a share of its height.
MAX_WIDTH_MM = 6.0
MAX_WIDTH_SHARE = 0.55
# A pen's line (mm) ...
MAX_PEN_MM = 1.1
# ... is all that this share of the run's pixel rows holds (arrowheads do not).
THIN_SHARE = 0.75
# Pieces of one run: their ends are this near (mm), down and across.
JOIN_DOWN_MM = 2.5
JOIN_ACROSS_MM = 1.5
# A cell is run through from this share of its height on, or this one where the
# run goes on through the next cell.
THROUGH_SHARE = 0.6
PASSED_SHARE = 0.4
# Other ink (px) in a cell that is dust or a tail from the row above.
MAX_OTHER_PX = 45
# A letter that runs over from the cell beside begins at the border (mm) and is
# no wider than this share of the cell.
OVER_MM = 0.8
OVER_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Run:
    """The components of one run, the cells that it makes dittos, and how sure."""

    labels: tuple[int, ...]
    cells: tuple[int, ...]
    confidence: float


def find_runs(labels: Ints, stats: Ints, boxes: Sequence[Box], rows: Sequence[int]) -> list[Run]:
    """Return the runs of a page.

    ``labels`` (H, W) and ``stats`` (L, 5): strokes as OpenCV's components.
    ``boxes``: (left, top, right, bottom) of each cell, in px; ``rows``: its row.
    """
    thin = [k for k in range(1, len(stats)) if _is_piece(labels, stats[k], k)]
    found = []
    for group in _joined(thin, stats):
        run = _judge(group, labels, stats, boxes, rows)
        if run is not None:
            found.append(run)
    return found


def give_to_cells(owner: Ints, labels: Ints, found: Sequence[Run], places: Ints) -> None:
    """Give the ink of runs to the cells that they make dittos, and to no other.

    ``owner`` (H, W): the cell (from 1) of each pixel, changed in place; ``places``
    (H, W): the cell that each pixel lies in.
    """
    for run in found:
        top = np.isin(labels, run.labels)
        mine = np.isin(places, [cell + 1 for cell in run.cells])
        owner[top] = np.where(mine[top], places[top], 0)


def _is_piece(labels: Ints, stat: Ints, label: int) -> bool:
    """Say whether a component is a thin stroke that runs down."""
    left, top, width, height, area = (int(v) for v in stat)
    if height < MIN_PIECE_MM * PAGE_PX_PER_MM or area == 0:
        return False
    if width > MAX_WIDTH_MM * PAGE_PX_PER_MM or area > 2.2 * MAX_PEN_MM * PAGE_PX_PER_MM * height:
        return False
    if width > max(MAX_WIDTH_SHARE * height, MAX_PEN_MM * PAGE_PX_PER_MM):
        return False
    part = labels[top : top + height, left : left + width] == label
    spans = part.shape[1] - part[:, ::-1].argmax(axis=1) - part.argmax(axis=1)
    inked = part.any(axis=1)
    if not inked.any():
        return False  # it was dropped as print or as ink of the other side
    narrow = spans[inked] <= MAX_PEN_MM * PAGE_PX_PER_MM
    return bool(narrow.mean() >= THIN_SHARE and inked.mean() >= 0.8)


def _joined(thin: Sequence[int], stats: Ints) -> list[list[int]]:
    """Put pieces together that lie end to end; return groups tall enough for a run."""
    order = sorted(thin, key=lambda k: int(stats[k, cv2.CC_STAT_TOP]))
    groups: list[list[int]] = []
    for k in order:
        left, top, width = (int(v) for v in stats[k, :3])
        for group in groups:
            last = stats[group[-1]]
            gap = top - int(last[1] + last[3])
            aside = max(int(last[0]) - (left + width), left - int(last[0] + last[2]), 0)
            if (
                -1 <= gap <= JOIN_DOWN_MM * PAGE_PX_PER_MM
                and aside <= JOIN_ACROSS_MM * PAGE_PX_PER_MM
            ):
                group.append(k)
                break
        else:
            groups.append([k])
    return [g for g in groups if _span(g, stats)[1] >= MIN_RUN_MM * PAGE_PX_PER_MM]


def _span(group: Sequence[int], stats: Ints) -> tuple[int, int]:
    """Return the top and the height of a group."""
    top = min(int(stats[k, 1]) for k in group)
    return top, max(int(stats[k, 1] + stats[k, 3]) for k in group) - top


def _judge(
    group: Sequence[int], labels: Ints, stats: Ints, boxes: Sequence[Box], rows: Sequence[int]
) -> Run | None:
    top, height = _span(group, stats)
    bottom = top + height
    x = float(np.mean([stats[k, 0] + stats[k, 2] / 2 for k in group]))
    column = [k for k, box in enumerate(boxes) if box[0] <= x < box[2]]
    column = [k for k in column if boxes[k][1] < bottom and boxes[k][3] > top]
    column.sort(key=lambda k: boxes[k][1])
    dittos: list[int] = []
    through = 0
    for place, k in enumerate(column):
        _, upper, _, lower = boxes[k]
        share = (min(bottom, lower) - max(top, upper)) / max(1, lower - upper)
        goes_on = bottom > lower or top < upper
        if share < (PASSED_SHARE if goes_on and len(column) > 1 else THROUGH_SHARE):
            continue
        if _other_ink(labels, stats, boxes[k], group) > MAX_OTHER_PX:
            if place == 0 or not dittos:
                continue  # the run begins beside the value that it repeats
            return None
        through += 1
        dittos.append(k)
    if not dittos or min(rows[k] for k in dittos) == min(rows):
        return None
    surely = through >= 2 or height >= 1.2 * (boxes[dittos[0]][3] - boxes[dittos[0]][1])
    return Run(tuple(group), tuple(dittos), 0.92 if surely else 0.75)


def _other_ink(labels: Ints, stats: Ints, box: Box, group: Sequence[int]) -> int:
    """Return the ink in px inside a cell, away from its edges, that is not the run's.

    What only reaches into the cell, as tails and tall signatures of other rows do,
    has its middle elsewhere and is not counted; nor is the last letter of a name too
    long for the cell beside, which begins at the border.
    """
    left, top, right, bottom = box
    edge = round(0.08 * (bottom - top))
    part = labels[top + edge : bottom - edge, left + 3 : right - 3]
    found, sizes = np.unique(part[part > 0], return_counts=True)
    middle = stats[found, cv2.CC_STAT_TOP] + stats[found, cv2.CC_STAT_HEIGHT] / 2
    own = (middle >= top) & (middle <= bottom) & ~np.isin(found, group)
    starts, widths = stats[found, cv2.CC_STAT_LEFT], stats[found, cv2.CC_STAT_WIDTH]
    reach = OVER_MM * PAGE_PX_PER_MM
    at_border = (starts <= left + reach) | (starts + widths >= right - reach)
    own &= ~(at_border & (widths <= OVER_SHARE * (right - left)))
    return int(sizes[own].sum())
