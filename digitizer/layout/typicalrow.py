"""What all signer rows of a page have in common: the row as it was printed.

Rows are laid over each other and of each pixel a light one is taken: print
and rulings stand at the same place in every row, handwriting does not, so it
vanishes. Captions inside cells are read there, once for all rows. It fails
where two thirds of the rows are inked at a place, and with fewer than three
rows handwriting stays.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from digitizer.records import Pixels, Polygon, PrintedWord

# Enlarged, so that captions of 6 points have the height that a print engine wants.
SCALE = 2.0
# Of the rows' gray levels at a pixel this quantile: lighter than the median, so that
# handwriting vanishes also in columns that nearly everybody fills to the brim.
QUANTILE = 0.65
# A vertical line is no stem of a letter if it is this share of the row's height.
LINE_SHARE = 0.35
# At most this many rows are laid over each other: more change nothing.
MAX_ROWS = 15

# Gives the printed words of (H, W) gray pixels, boxes in its pixels.
ReadPrint = Callable[[Pixels], Sequence[PrintedWord]]


def no_print(pixels: Pixels) -> tuple[PrintedWord, ...]:
    """Stands in where nothing reads print: no words."""
    del pixels
    return ()


def typical_row(gray: Pixels, rows: Sequence[Polygon], size: tuple[int, int]) -> Pixels:
    """What rows (four corners each, page px) share, as (h, w) pixels of ``size`` (w, h)."""
    step = max(1, -(-len(rows) // MAX_ROWS))
    layers = [level_row(gray, row, size) for row in rows[::step]]
    return np.quantile(np.stack(layers), QUANTILE, axis=0, method="nearest").astype(np.uint8)


def level_row(gray: Pixels, row: Polygon, size: tuple[int, int]) -> Pixels:
    """A row as an upright (h, w) picture."""
    width, height = size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.array(row[:4], np.float32), corners)
    flat = cv2.warpPerspective(
        gray, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(255,)
    )
    return np.asarray(flat, dtype=np.uint8)


def row_size(rows: Sequence[Polygon]) -> tuple[int, int]:
    """Usual width and height of rows, px."""
    corners = np.array([row[:4] for row in rows])
    across = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
    down = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    return max(1, round(float(np.median(across)))), max(1, round(float(np.median(down))))


def read_typical_row(
    gray: Pixels, rows: Sequence[Polygon], read: ReadPrint
) -> tuple[PrintedWord, ...]:
    """The words printed in every row; boxes in shares of the row, 0..1."""
    width, height = row_size(rows)
    size = (round(width * SCALE), round(height * SCALE))
    margin = round(4 * SCALE)
    picture = cv2.copyMakeBorder(
        typical_row(gray, rows, size), margin, margin, margin, margin,
        cv2.BORDER_CONSTANT, value=(255,),
    )  # fmt: skip
    picture = _without_rules(np.asarray(picture, dtype=np.uint8))
    return tuple(
        PrintedWord(
            word.text,
            (
                (word.box[0] - margin) / size[0],
                (word.box[1] - margin) / size[1],
                (word.box[2] - margin) / size[0],
                (word.box[3] - margin) / size[1],
            ),
            word.confidence,
        )
        for word in read(picture)
    )


def _without_rules(picture: Pixels) -> Pixels:
    """Paint out straight lines: a print engine misses words that touch them."""
    dark = (picture < 190).astype(np.uint8)
    wide, high = round(30 * SCALE), round(LINE_SHARE * picture.shape[0])
    lines = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, wide), np.uint8))
    lines |= cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((high, 1), np.uint8))
    clean = picture.copy()
    clean[cv2.dilate(lines, np.ones((3, 3), np.uint8)) > 0] = 255
    return clean
