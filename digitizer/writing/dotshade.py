"""Cells that are full of the dots of a gray band, as a copy in black and white makes them.

Dots that have grown together are as large as letters. They fill their cell evenly from side
to side, which writing hardly ever does. Where none of them is as dark as a stroke of a pen
nothing else is there: on a page that noisy, ink is looked for on a smoothed copy, which
leaves a stroke of one pixel twice as dark as a dot. Where dots are as dark as strokes,
writing among them can be read, but a signature cannot be told from none.
"""

import numpy as np
import numpy.typing as npt

from digitizer.records import PAGE_PX_PER_MM, Pixels

# A cell is looked at in squares of 2 mm without its borders, 0.5 mm; a square is inked with so
# many px. Empty bands of fax copies had 0.94 to 1.0 of their squares inked, dense writing on
# white paper up to 0.89.
SQUARE_PX, BORDER_PX = round(2 * PAGE_PX_PER_MM), round(0.5 * PAGE_PX_PER_MM)
INKED_PX, EVEN_SHARE = 3, 0.9
# Ink of the squares of empty bands varies by 0.15 to 0.55 of its mean; with a signature among
# dots by 0.39 to 1.03, on white paper by more.
EVEN_SPREAD = 0.55
# The least of such ink is this dark, where the page's usual stroke is 190: in bands without
# dark dots none was, with writing on them 0.3 to 0.7.
STROKE_DARKNESS, STROKE_SHARE = 100, 0.005
WHITE = 255

Mask = npt.NDArray[np.bool_]


def is_shade(ink: Mask, shown: Pixels, *, signature: bool) -> bool:
    """Whether dots of a gray band fill a cell (H, W) so that nobody knows what else is there.

    ``ink``: all that is inked there; ``shown``: the cell as it is shown, dark ink on white;
    ``signature``: it is for one, in which no word can be read.
    """
    inner = (slice(BORDER_PX, -BORDER_PX),) * 2
    ink, shown = ink[inner], shown[inner]
    high, wide = (size // SQUARE_PX for size in ink.shape)
    if not high or not wide:
        return False
    whole = ink[: high * SQUARE_PX, : wide * SQUARE_PX]
    squares = whole.reshape(high, SQUARE_PX, wide, SQUARE_PX).sum(axis=(1, 3))
    if float((squares >= INKED_PX).mean()) < EVEN_SHARE:
        return False
    if float((shown[ink] <= WHITE - STROKE_DARKNESS).mean()) < STROKE_SHARE:
        return True
    return signature and float(squares.std()) <= EVEN_SPREAD * float(squares.mean())
