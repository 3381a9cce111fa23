"""What all signer rows of a page have in common: the row as it was printed.

Rows are laid over each other and of each pixel a light one is taken: print
and rulings stand at the same place in every row, handwriting does not, so it
vanishes. Captions inside cells are read there, once for all rows. Rows whose
rulings were traced a pixel or two off, more at one end than at the other, are moved onto
each other by what they share first. It fails where two thirds of the rows are inked at a
place, and with fewer than three rows handwriting stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.layout.print.layerranks import median_layer, quantile_layer
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
# Rulings are darker than this; light ones are darker by so many gray levels than what lies
# around them, and thinner than so much, px of the enlarged picture.
RULE_LEVEL, LIGHT_RULE_LEVEL, LIGHT_RULE_PX = 190, 20, 13
# Paper varies by so many gray levels; the darkest print is so many per cent of a row at least.
PAPER_GRAIN, PRINT_SHARE = 10, 0.2
# The edge of a box to tick is soft over so much, px.
TICK_EDGE_PX = 1.5
# Rows are traced within this of each other, px; how far is looked for in pieces of this width, px
# (40 mm), in two rounds, the second sharper: standard deviations of the blur, px.
REACH_PX = 4
PIECE_PX = 315
BLURS_PX = (2.0, 1.0)
# Strokes are what is darker than its surroundings, this many times as wide.
WIDER = 3.0
# Of the darkest place that rows share, less than this share is writing, which must not pull.
SHARED = 0.3
# What rows share is looked up stroke by stroke up to this share of a piece's pixels.
FEW_STROKES = 0.1
# With fewer rows two people who write alike would be taken for print.
LEAST_ROWS = 3
# Rows whose edges lie this near to another's, shares of their height, are the same.
SAME_ROW = 0.2
# A shift must fit better than none by this share: bare paper and rulings fit anywhere.
CLEARLY = 1.02

Floats = npt.NDArray[np.float64]

# Gives the printed words of (H, W) gray pixels, boxes in its pixels.
ReadPrint = Callable[[Pixels], Sequence[PrintedWord]]


@dataclass(frozen=True, slots=True)
class RowPrint:
    """What was read in the row that ``rows`` (page px) have in common, in shares of it, 0..1."""

    rows: tuple[Polygon, ...]
    words: tuple[PrintedWord, ...]

    def covers(self, rows: Sequence[Polygon]) -> bool:
        """Whether rows are some of these, as high, though narrower perhaps or wider."""
        tops, feet = _levels(rows)
        own_tops, own_feet = _levels(self.rows)
        near = np.abs(tops[:, None] - own_tops) + np.abs(feet[:, None] - own_feet)
        return bool((near.min(axis=1) <= SAME_ROW * (feet - tops)).all())

    def within(self, rows: Sequence[Polygon]) -> tuple[PrintedWord, ...]:
        """The words in shares of rows that these cover."""
        (left, right), (start, end) = _sides(rows), _sides(self.rows)
        scale = (end - start) / (right - left)

        def across(share: float) -> float:
            return (start - left) / (right - left) + share * scale

        return tuple(
            replace(w, box=(across(w.box[0]), w.box[1], across(w.box[2]), w.box[3]))
            for w in self.words
        )


def _levels(rows: Sequence[Polygon]) -> tuple[Floats, Floats]:
    """Of each row how low its upper and its lower edge lie, page px."""
    y = np.array([row[:4] for row in rows])[..., 1]
    return y[:, :2].mean(axis=1), y[:, 2:].mean(axis=1)


def _sides(rows: Sequence[Polygon]) -> tuple[float, float]:
    """Where rows usually begin and end, page px."""
    x = np.array([row[:4] for row in rows])[..., 0]
    return float(np.median(x[:, [0, 3]])), float(np.median(x[:, [1, 2]]))


def no_print(pixels: Pixels) -> tuple[PrintedWord, ...]:
    """Stands in where nothing reads print: no words."""
    del pixels
    return ()


def typical_row(gray: Pixels, rows: Sequence[Polygon], size: tuple[int, int]) -> Pixels:
    """What rows (four corners each, page px) share, as (h, w) pixels of ``size`` (w, h)."""
    step = max(1, -(-len(rows) // MAX_ROWS))
    layers = _moved_together([level_row(gray, row, size) for row in rows[::step]])
    return quantile_layer(layers, QUANTILE)


def _moved_together(layers: Sequence[Pixels]) -> list[Pixels]:
    """Rows of ``SCALE`` moved onto each other, by a shift that goes evenly from piece to piece."""
    if len(layers) < LEAST_ROWS:
        return list(layers)
    height, width = layers[0].shape
    small = (max(1, round(width / SCALE)), max(1, round(height / SCALE)))
    dark = [255 - cv2.resize(one, small, interpolation=cv2.INTER_AREA) for one in layers]
    count = max(1, round(small[0] / PIECE_PX))
    bounds = np.linspace(0, small[0], count + 1).round().astype(int)
    pieces = [_shifts([one[:, a:b] for one in dark], small[1]) for a, b in pairwise(bounds)]
    shifts = np.array(pieces, np.float32) * SCALE  # (pieces, rows, 2)
    middles = (bounds[:-1] + bounds[1:]) / 2 * SCALE
    xs, ys = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    moved = []
    for number, layer in enumerate(layers):
        if not shifts[:, number].any():
            moved.append(layer)
            continue
        dx, dy = (np.interp(xs, middles, shifts[:, number, k]).astype(np.float32) for k in (0, 1))
        at_x = np.broadcast_to(xs + dx, layer.shape)
        at_y = ys[:, None] + dy[None, :]
        flat = cv2.remap(
            layer, np.ascontiguousarray(at_x), at_y, cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        moved.append(np.asarray(flat, dtype=np.uint8))
    return moved


def _shifts(dark: Sequence[Pixels], height: int) -> list[tuple[int, int]]:
    """How far right and down (px) what rows share stands in each of these pieces of theirs."""
    shifts = [(0, 0)] * len(dark)
    if height <= 4 * REACH_PX or dark[0].shape[1] <= 4 * REACH_PX:
        return shifts
    inner = slice(REACH_PX, -REACH_PX)
    for blur in BLURS_PX:
        soft = [_strokes(one, blur) for one in dark]
        padded = [cv2.copyMakeBorder(one, *(REACH_PX,) * 4, cv2.BORDER_REPLICATE) for one in soft]
        seen = [
            one[REACH_PX + dy :, REACH_PX + dx :][: one.shape[0] - 2 * REACH_PX][
                :, : one.shape[1] - 2 * REACH_PX
            ]
            for one, (dx, dy) in zip(padded, shifts, strict=True)
        ]
        # Where few rows have a stroke it is handwriting.
        shared = median_layer(seen)[inner, inner]
        shared[shared < SHARED * shared.max()] = 0
        for number, match in enumerate(_overlaps(soft, shared)):
            best = np.unravel_index(int(match.argmax()), match.shape)
            if match[best] > CLEARLY * match[REACH_PX, REACH_PX]:
                shifts[number] = (int(best[1]) - REACH_PX, int(best[0]) - REACH_PX)
            else:
                shifts[number] = (0, 0)
    return shifts


def _overlaps(
    pieces: Sequence[npt.NDArray[np.float32]], shared: npt.NDArray[np.float32]
) -> list[npt.NDArray[np.float32]]:
    """How well what is shared lies upon each piece, at every shift of up to ``REACH_PX``.

    ``shared`` is smaller by the reach on all sides. Sums over its few strokes alone are quicker
    than a convolution.
    """
    rows, columns = np.nonzero(shared)
    if len(rows) > FEW_STROKES * shared.size:
        return [np.asarray(cv2.matchTemplate(one, shared, cv2.TM_CCORR)) for one in pieces]
    width, steps = pieces[0].shape[1], np.arange(2 * REACH_PX + 1)
    shifts = (steps[:, None] * width + steps).reshape(-1, 1)
    places, weights = rows * width + columns + shifts, shared[rows, columns]
    square = (len(steps), len(steps))
    return [(one.ravel().take(places) @ weights).reshape(square) for one in pieces]


def _strokes(dark: Pixels, blur: float) -> npt.NDArray[np.float32]:
    """Strokes without the grayness of a line of writing, which would pull all rows alike."""
    fine = dark.astype(np.float32)
    wide = cv2.GaussianBlur(fine, (0, 0), WIDER * blur)
    return np.asarray(np.maximum(cv2.GaussianBlur(fine, (0, 0), blur) - wide, 0.0), np.float32)


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
    gray: Pixels,
    rows: Sequence[Polygon],
    read: ReadPrint,
    ticks: Sequence[tuple[float, float, float, float]] = (),
) -> tuple[PrintedWord, ...]:
    """The words printed in every row; boxes in shares of the row, 0..1.

    ``ticks``: boxes to tick, in such shares, which the engine would take for letters.
    """
    return read_row(enlarged_row(gray, rows), read, ticks)


def enlarged_row(gray: Pixels, rows: Sequence[Polygon]) -> Pixels:
    """What rows (four corners each, page px) share, ``SCALE`` times their usual size."""
    width, height = row_size(rows)
    return typical_row(gray, rows, (round(width * SCALE), round(height * SCALE)))


def read_row(
    enlarged: Pixels,
    read: ReadPrint,
    ticks: Sequence[tuple[float, float, float, float]] = (),
    *,
    stretched: bool = False,
) -> tuple[PrintedWord, ...]:
    """As ``read_typical_row``, of an ``enlarged_row``; ``stretched``: pale print is made black."""
    size = enlarged.shape[::-1]
    margin = round(4 * SCALE)
    picture = cv2.copyMakeBorder(
        enlarged, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=(255,)
    )
    picture = _without_rules(np.asarray(picture, dtype=np.uint8), light=bool(ticks))
    around = round(TICK_EDGE_PX * SCALE)
    for left, top, right, bottom in ticks:
        x, y = round(left * size[0]) + margin - around, round(top * size[1]) + margin - around
        stop = round(right * size[0]) + margin + around, round(bottom * size[1]) + margin + around
        picture[max(0, y) : stop[1], max(0, x) : stop[0]] = 255
    if stretched:
        picture = _stretched(picture)
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


def _stretched(picture: Pixels) -> Pixels:
    """A picture whose paper is white and whose print is black.

    Beside white that was painted in, an engine takes pale print for a part of the paper.
    """
    paper = float(np.median(picture)) - PAPER_GRAIN
    dark = float(np.percentile(picture, PRINT_SHARE))
    if dark >= paper:
        return picture
    level = (picture.astype(np.float32) - dark) * (255 / (paper - dark))
    return np.asarray(np.clip(level, 0, 255), dtype=np.uint8)


def _without_rules(picture: Pixels, *, light: bool) -> Pixels:
    """Paint out straight lines: a print engine misses words that touch them.

    ``light``: thin ones of a light gray, too. Two words without their boxes are missed in them.
    """
    dark = (picture < RULE_LEVEL).astype(np.uint8)
    if light:
        around = np.ones((LIGHT_RULE_PX, LIGHT_RULE_PX), np.uint8)
        thin = cv2.morphologyEx(picture, cv2.MORPH_BLACKHAT, around) > LIGHT_RULE_LEVEL
        dark |= thin.view(np.uint8)
    wide, high = round(30 * SCALE), round(LINE_SHARE * picture.shape[0])
    lines = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, wide), np.uint8))
    lines |= cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((high, 1), np.uint8))
    clean = picture.copy()
    clean[cv2.dilate(lines, np.ones((3, 3), np.uint8)) > 0] = 255
    return clean
