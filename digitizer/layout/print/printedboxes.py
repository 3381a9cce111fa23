"""Find the boxes to tick and the combs that are printed in every signer row, for drafts."""

from collections.abc import Sequence

import cv2
import numpy as np

from digitizer.layout.print.typicalrow import SCALE, enlarged_row
from digitizer.layout.print.wording import Box
from digitizer.records import PAGE_PX_PER_MM, Pixels, Polygon

# Sides of a box to tick, px, and how unlike they may be: 2 to 7 mm, nearly square.
SIDE_PX = (2 * PAGE_PX_PER_MM, 7 * PAGE_PX_PER_MM)
SQUARE = 1.25
# A box is its four sides: so much of each is drawn, and of what is within so little.
SIDE_SHARE, INNER_SHARE = 0.85, 0.1
# Sides are sought so far in from the box's own edge, and what is within farther in, as a share.
EDGE, INNER = 0.2, 0.25
# Darker than this is printed, gray level; thin lines on a faint copy are darker than the paper by
# so much: 70 where their words were 80 darker, 25 where these were 50 darker.
DARK_LEVEL = 170
FAINT_BELOW_PAPER = (60, 35, 20)
# Boxes of a comb: sides of 2.5 to 12 mm, none of them so much wider than another or farther from
# the next one, as shares of the usual width; the paper in a box fills so much of it.
COMB_SIDE_PX = (2.5 * PAGE_PX_PER_MM, 12 * PAGE_PX_PER_MM)
COMB_UNEVEN, COMB_APART, COMB_FILLED = 1.3, 0.5, 0.9
# So many in line are a comb; they lie as high as each other to this share of their height.
COMB_BOXES, COMB_OFF = 4, 0.15


def boxes_to_tick(gray: Pixels, rows: Sequence[Polygon]) -> tuple[Box, ...]:
    """Boxes that all ``rows`` (four corners each, page px) share, in shares of a row."""
    return boxes_in_row(enlarged_row(gray, rows))


def boxes_in_row(enlarged: Pixels) -> tuple[Box, ...]:
    """As ``boxes_to_tick``, of an ``enlarged_row``."""
    size = enlarged.shape[::-1]
    paper = float(np.median(enlarged))
    found: list[Box] = []
    for level in (DARK_LEVEL, *(paper - less for less in FAINT_BELOW_PAPER)):
        for left, top, right, bottom in _boxes_below(enlarged, level):
            box = (left / size[0], top / size[1], right / size[0], bottom / size[1])
            if not any(_overlap(box, other) for other in found):
                found.append(box)
    return tuple(sorted(found))


def _boxes_below(enlarged: Pixels, level: float) -> list[tuple[int, int, int, int]]:
    """Bounds of the boxes in what rows share, of what is darker than a gray level."""
    dark = (enlarged < level).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    least, most = (side * SCALE for side in SIDE_PX)
    found = []
    for left, top, wide, high in stats[1:, :4].tolist():
        if not (least <= wide <= most and least <= high <= most):
            continue
        if max(wide, high) > SQUARE * min(wide, high):
            continue
        if _is_box(dark[top : top + high, left : left + wide]):
            found.append((left, top, left + wide, top + high))
    return found


def _overlap(one: Box, other: Box) -> bool:
    return max(one[0], other[0]) < min(one[2], other[2]) and (
        max(one[1], other[1]) < min(one[3], other[3])
    )


def combs(gray: Pixels, rows: Sequence[Polygon]) -> tuple[Box, ...]:
    """Boxes for one character each, side by side in all ``rows``: the place of each such line.

    In shares of a row, as ``boxes_to_tick`` gives them.
    """
    enlarged = enlarged_row(gray, rows)
    size = enlarged.shape[::-1]
    light = (enlarged >= DARK_LEVEL).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(light, connectivity=4)
    least, most = (side * SCALE for side in COMB_SIDE_PX)
    boxes = [
        (int(left), int(top), int(wide), int(high))
        for left, top, wide, high, area in stats[1:]
        if least <= wide <= most and least <= high <= most and area >= COMB_FILLED * wide * high
    ]
    runs: list[list[tuple[int, int, int, int]]] = []
    for box in sorted(boxes):
        home = next((run for run in runs if _goes_on(run[-1], box)), None)
        if home is None:
            runs.append([box])
        else:
            home.append(box)
    found = []
    for run in runs:
        if len(run) >= COMB_BOXES:
            low = max(top + high for _, top, _, high in run)
            right = run[-1][0] + run[-1][2]
            sides = (run[0][0], min(top for _, top, _, _ in run), right, low)
            found.append(tuple(side / size[k % 2] for k, side in enumerate(sides)))
    return tuple((a, b, c, d) for a, b, c, d in found)


def _goes_on(last: tuple[int, int, int, int], box: tuple[int, int, int, int]) -> bool:
    """Whether a box stands right behind another of its size: left, top, width, height."""
    usual = (last[2] + box[2]) / 2
    alike = max(last[2], box[2]) <= COMB_UNEVEN * min(last[2], box[2])
    off = max(abs(last[1] - box[1]), abs(last[1] + last[3] - box[1] - box[3]))
    apart = box[0] - last[0] - last[2]
    return alike and off <= COMB_OFF * box[3] and 0 <= apart <= COMB_APART * usual


def _is_box(piece: Pixels) -> bool:
    """Whether pixels (1: dark), cut at their own edges, are four sides around nothing."""
    high, wide = piece.shape
    dx, dy = max(1, round(EDGE * wide)), max(1, round(EDGE * high))
    sides = (
        piece[:, :dx].max(axis=1), piece[:, -dx:].max(axis=1),
        piece[:dy].max(axis=0), piece[-dy:].max(axis=0),
    )  # fmt: skip
    dx, dy = round(INNER * wide), round(INNER * high)
    inner = piece[dy : high - dy, dx : wide - dx]
    return min(float(s.mean()) for s in sides) >= SIDE_SHARE and inner.mean() <= INNER_SHARE
