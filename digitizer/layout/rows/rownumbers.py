"""The pitch of rows as their printed numbers tell it: 1. 2. 3. one below the other.

Nothing is read, since single digits seldom are on a poor copy: numbers stand exactly below
each other and exactly evenly apart, which no handwriting does. Some of them may be lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import PAGE_PX_PER_MM, Pixels

# Numbers stand from 15 mm before to 18 mm behind where the table's lines begin.
BEFORE_PX, BEHIND_PX = 15 * PAGE_PX_PER_MM, 18 * PAGE_PX_PER_MM
# Digits of one number, and its dot, are joined over gaps of this, px (1 mm).
JOIN_PX = 8
# A number is as high as type of 6 to 16 points, and holds up to three digits and a dot, px.
HIGH_PX, MOST_WIDE_PX = (10, 40), 70
# Left ends, middles or right ends of numbers lie below each other to this, px.
BELOW_PX = 3.0
# So many of them are seen, and this share of those between the first and the last.
MIN_NUMBERS, SEEN_SHARE = 4, 0.7
# Little else stands below them: for each number so much.
OTHERS = 0.25
# They are evenly apart to this share of a row, at the worst one, on a level page.
EVEN_SHARE = 0.03

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NumberRun:
    """Middles (y, px) of the first number and the last, and how many rows are numbered."""

    first: float
    last: float
    count: int

    @property
    def pitch(self) -> float:
        """Height of a row, px."""
        return (self.last - self.first) / (self.count - 1)


def find_number_runs(
    dark: Pixels, left: float, low_px: float, high_px: float
) -> tuple[NumberRun, ...]:
    """Runs of marks like numbers around ``left``, rows ``low_px`` to ``high_px`` high; best first.

    ``dark``: (H, W), not 0 where the level page has ink, without its rulings.
    """
    start, stop = max(0, round(left - BEFORE_PX)), max(0, round(left + BEHIND_PX))
    boxes = _marks(dark[:, start:stop])
    middles = boxes[:, 1] + boxes[:, 3] / 2
    columns: set[tuple[float, ...]] = set()
    for places in (boxes[:, 0], boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 0] + boxes[:, 2]):
        for place in np.unique(places):
            below = middles[np.abs(places - place) <= BELOW_PX]
            if len(below) >= MIN_NUMBERS:
                columns.add(tuple(np.sort(below).tolist()))
    found: dict[NumberRun, int] = {}
    for column in columns:
        for run, worth in even_runs(np.array(column), low_px, high_px, SEEN_SHARE):
            found[run] = max(worth, found.get(run, 0))
    return tuple(sorted(found, key=lambda run: (-found[run], run.first)))


def _marks(strip: Pixels) -> Floats:
    """Boxes (left, top, width, height) of what may be a number."""
    if min(strip.shape, default=0) < JOIN_PX:
        return np.zeros((0, 4))
    joined = cv2.dilate((strip > 0).astype(np.uint8), np.ones((3, JOIN_PX), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    boxes = stats[1:, :4].astype(np.float64)
    high, wide = boxes[:, 3], boxes[:, 2]
    kept = (high >= HIGH_PX[0]) & (high <= HIGH_PX[1]) & (wide <= MOST_WIDE_PX)
    return np.asarray(boxes[kept])


def even_runs(
    heights: Floats, low_px: float, high_px: float, seen_share: float
) -> Iterator[tuple[NumberRun, int]]:
    """Those of ``heights`` that are evenly apart, and how many: less what is between them.

    ``seen_share`` of each run is there.
    """
    for i in range(len(heights)):
        for j in range(i + MIN_NUMBERS - 1, len(heights)):
            span = heights[j] - heights[i]
            for count in range(max(MIN_NUMBERS, int(span / high_px) + 1), int(span / low_px) + 2):
                pitch = span / (count - 1)
                if not low_px <= pitch <= high_px:
                    continue
                if j - i + 1 < seen_share * count:
                    continue
                rows = (heights[i : j + 1] - heights[i]) / pitch
                whole = np.rint(rows)
                near = np.abs(rows - whole) <= EVEN_SHARE
                seen = len(set(whole[near].tolist()))
                # What stands between the numbers is none, and there is little of it.
                others = int((~near).sum())
                if seen >= max(MIN_NUMBERS, seen_share * count) and others <= OTHERS * seen:
                    yield NumberRun(float(heights[i]), float(heights[j]), count), seen - others
