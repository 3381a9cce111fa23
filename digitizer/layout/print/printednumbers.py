"""Tell from the print in a column's cells whether they hold the rows' numbers: 1, 2, 3.

A print engine misses single digits that stand alone below each other, but reads them in a
line: so the cells are laid side by side. It fails where less than half of them is read.
"""

from collections import Counter
from collections.abc import Sequence

import cv2
import numpy as np

from digitizer.layout.print.typicalrow import SCALE, ReadPrint, level_row, row_size
from digitizer.layout.print.wording import plain
from digitizer.records import Pixels, Polygon

# Left out of a cell, px, for its rulings; and white put between two cells, px.
INSET_PX, BETWEEN_PX = 4, 15
PAPER_LEVEL = 250
# So many cells, and this share of them, say the number that they should.
MIN_NUMBERS, NUMBERED_SHARE = 3, 0.5


def are_numbered(gray: Pixels, cells: Sequence[Polygon], read: ReadPrint) -> bool:
    """Whether the ``cells`` of a column (four corners each, page px) are numbered from the top.

    The first of them may be no row, and the numbers go on from another sheet's.
    """
    return numbered_from(gray, cells, read) is not None


def numbered_from(gray: Pixels, cells: Sequence[Polygon], read: ReadPrint) -> int | None:
    """The number of the first of the ``cells`` as most of them tell it; None: they tell none."""
    if len(cells) < MIN_NUMBERS:
        return None
    width, height = row_size(cells)
    size = (round(width * SCALE), round(height * SCALE))
    inset = round(INSET_PX * SCALE)
    if min(size) <= 2 * inset:
        return None
    border = (0, 0, round(BETWEEN_PX * SCALE), round(BETWEEN_PX * SCALE))
    pieces = [
        cv2.copyMakeBorder(
            level_row(gray, cell, size)[inset:-inset, inset:-inset], *border,
            cv2.BORDER_CONSTANT, value=(PAPER_LEVEL,),
        )
        for cell in cells
    ]  # fmt: skip
    line = np.asarray(np.hstack(pieces), dtype=np.uint8)
    pitch = line.shape[1] / len(cells)
    steps = {
        (place, int(said) - place)
        for word in read(line)
        if (said := plain(word.text)).isdigit()
        for place in (int(word.middle[0] // pitch),)
    }
    (first, seen), *_ = Counter(step for _, step in steps).most_common(1) or [(0, 0)]
    return first if seen >= max(MIN_NUMBERS, NUMBERED_SHARE * len(cells)) else None
