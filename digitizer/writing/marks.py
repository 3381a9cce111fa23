"""Tell ditto marks and strikes from writing, by their shape alone.

A ditto is little ink without the shape of text: one to four short straight
strokes, a dash, a line running down, an arrow. A strike is one stroke that
goes on where writing would lift the pen: through the gaps between words and
across the rulings between cells. Both are judged on ink with rulings removed.
Short text made of bare strokes (``11``, ``-``) looks like a ditto and gets
a middling confidence; a strike in many short strokes is missed. Words struck
inside a cell are told in ``strikes``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import PAGE_PX_PER_MM

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

# Components under this area (px) are specks or broken edges, not strokes.
MIN_STROKE_PX = 10
# ... and so are those far smaller than the largest.
SPECK_SHARE = 0.15
# A ditto's strokes: at most this long and wide (mm) when set side by side.
MAX_QUOTE_MM = 6.5
MAX_QUOTES_WIDTH_MM = 9.0
# Quotes behind a word stand this far (mm) from it and this much nearer together.
TRAILING_GAP_MM = 2.2
TRAILING_SHARE = 0.5
# And the gap by so much wider than any between the letters before.
TRAILING_LEAD = 1.5
# Behind writing that a copy broke into crumbs, pieces of fewer px, they are two of its letters'
# strokes: so many crumbs a letter between the heights of the two.
CRUMB_PX, BROKEN = 16, 0.5
# A dash is at least this long (mm) and this much longer than high.
MIN_DASH_MM = 1.8
DASH_RATIO = 3.5
# ... and does not come this near (px) to the cell's border.
EDGE_PX = 4
# A line running down fills this share of the cell's height.
DOWN_SHARE = 0.5
# Share of its length over which a stroke that runs down has ink, however it broke.
DOWN_INKED = 0.7
# A straight stroke is as wide as a pen (mm, with its soft edges) and bends by
# no more than this share of its length; a crossed-out word is wider.
MAX_PEN_MM = 0.9
STRAIGHT = 0.06
# Share of the lines across a stroke that meet it once.
SINGLE_SHARE = 0.85

# A row is followed along its length in steps of this many px.
COLUMN_STEP = 4
# Gaps (px of the page, 1 mm) that a strike may have: words are farther apart.
MAX_STRIKE_GAP_PX = 8
# Share of the row's height, from above and below, where underlines and tails
# of other rows run and strikes do not.
EDGE_SHARE = 0.14
# A row is struck when one stroke goes over about this share of its width;
# signatures with flourishes reach two of four cells, 0.45.
STRUCK_SHARE = 0.55
STRUCK_SOFTNESS = 0.05
# A pen's stroke has ink all along: over 99 % of it and more on 27 struck rows, copied well or
# badly. Letters one after the other have it over 81 to 96 % (25 rows that were not struck).
LETTERS_INKED, STROKE_INKED = 0.9, 0.97
# A scribble that fills the row is at least this high, as a share of the row.
SCRIBBLE_HEIGHT = 0.45


def ditto_confidence(
    mask: Mask, cell_height: int, inner: tuple[int, int, int, int] | None = None
) -> float:
    """Return how sure the ink ``mask`` (h, w) of a cell is a ditto mark, 0..1.

    ``inner``: where the cell's left, top, right and bottom lie in ``mask``. A dash
    that reaches one is the end of a neighbour's flourish, or of a ruling, and what runs down
    along its left or right is what is left of a frame.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    least = max(MIN_STROKE_PX, SPECK_SHARE * int(areas.max(initial=0)))
    strokes = [k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] >= least]
    if not 1 <= len(strokes) <= 4:
        return 0.0
    if areas.sum() > (1 + SPECK_SHARE) * stats[strokes, cv2.CC_STAT_AREA].sum():
        return 0.0
    boxes = stats[strokes, :4].astype(np.float64) / PAGE_PX_PER_MM
    straight = [_is_straight(labels, stats, k) for k in strokes]
    high = cell_height / PAGE_PX_PER_MM
    arrow = len(strokes) == 1 and _is_arrow(labels == strokes[0], stats[strokes[0]])
    return max(
        _quotes(boxes, straight, high),
        0.0 if _reaches_edge(stats[strokes], inner) else _dash(boxes, straight),
        0.0 if _along_side(stats[strokes], inner) else _downstroke(boxes, straight, high),
        0.75 if arrow and boxes[0, 3] >= DOWN_SHARE * high else 0.0,
    )


def _reaches_edge(stats: npt.NDArray[np.int32], inner: tuple[int, int, int, int] | None) -> bool:
    if inner is None:
        return False
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    return bool(
        left.min() <= inner[0] + EDGE_PX
        or top.min() <= inner[1] + EDGE_PX
        or right.max() >= inner[2] - EDGE_PX
        or bottom.max() >= inner[3] - EDGE_PX
    )


def _along_side(stats: npt.NDArray[np.int32], inner: tuple[int, int, int, int] | None) -> bool:
    if inner is None:
        return False
    left, right = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_LEFT] + stats[:, 2]
    return bool((left <= inner[0] + EDGE_PX).all() or (right >= inner[2] - EDGE_PX).all())


def trailing_ditto(mask: Mask, cell_height: int) -> float:
    """Return how sure the last two strokes of writing are quotes for its last word.

    They stand apart from the word before them, farther than from each other and than its
    letters do: an N of which the slanting stroke is lost is two strokes, too.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    order = 1 + np.argsort(stats[1:, cv2.CC_STAT_LEFT])
    strokes = [int(k) for k in order if stats[k, cv2.CC_STAT_AREA] >= MIN_STROKE_PX]
    if len(strokes) < 4:
        return 0.0
    one, other = strokes[-2:]
    ends = [int(stats[k, 0] + stats[k, 2]) for k in strokes[:-2]]
    apart = int(stats[one, 0]) - max(ends)
    reached = np.maximum.accumulate(ends)
    between_letters = [
        int(stats[k, 0] - end) for k, end in zip(strokes[1:-2], reached[:-1], strict=True)
    ]
    if apart < TRAILING_LEAD * max(between_letters, default=0):
        return 0.0
    between = int(stats[other, 0] - stats[one, 0] - stats[one, 2])
    if apart < TRAILING_GAP_MM * PAGE_PX_PER_MM or between > TRAILING_SHARE * apart:
        return 0.0
    if _is_broken(stats[order], stats[[one, other]]):
        return 0.0
    return ditto_confidence((labels == one) | (labels == other), cell_height)


def _is_broken(pieces: npt.NDArray[np.int32], quotes: npt.NDArray[np.int32]) -> bool:
    """Say whether the ink before two strokes, from their top to their foot, is crumbs."""
    top, high = pieces[:, cv2.CC_STAT_TOP], pieces[:, cv2.CC_STAT_HEIGHT]
    first = quotes[:, cv2.CC_STAT_TOP].min()
    last = (quotes[:, cv2.CC_STAT_TOP] + quotes[:, cv2.CC_STAT_HEIGHT]).max()
    before = pieces[:, cv2.CC_STAT_LEFT] < quotes[:, cv2.CC_STAT_LEFT].min()
    areas = pieces[before & (top + high > first) & (top < last), cv2.CC_STAT_AREA]
    crumbs = int((areas < CRUMB_PX).sum())
    return crumbs > BROKEN * (len(areas) - crumbs)


def _is_arrow(mask: Mask, box: npt.NDArray[np.int32]) -> bool:
    """Say whether a stroke is a thin shaft with a wider head at its lower end."""
    left, top, width, height = (int(v) for v in box[:4])
    if width > 0.75 * height:
        return False
    part = mask[top : top + height, left : left + width]
    shaft, head = part[: round(0.55 * height)], part[round(0.55 * height) :]
    wide = [int(np.ptp(np.flatnonzero(row))) + 1 for row in shaft if row.any()]
    columns = np.flatnonzero(head.any(axis=0))
    pen = float(np.median(wide)) if wide else np.inf
    return bool(
        pen <= MAX_PEN_MM * PAGE_PX_PER_MM
        and np.percentile(wide, 90) <= 1.8 * pen + 1
        and len(columns) > 0
        and np.ptp(columns) >= 1.6 * pen
    )


def _is_straight(
    labels: npt.NDArray[np.int32], stats: npt.NDArray[np.int32], component: int
) -> bool:
    left, top, width, height = (int(v) for v in stats[component, :4])
    ys, xs = np.nonzero(labels[top : top + height, left : left + width] == component)
    points = np.stack([xs, ys]).astype(np.float64)
    points -= points.mean(axis=1, keepdims=True)
    _, axes = np.linalg.eigh(points @ points.T)
    across, along = axes.T @ points
    length = float(np.ptp(along)) + 1.0
    # A bar as wide as its own stroke: the pen's width is not a bend.
    low, high = np.percentile(across, (2, 98))
    if not _is_single(labels[top : top + height, left : left + width] == component):
        return False
    return bool(
        high - low <= MAX_PEN_MM * PAGE_PX_PER_MM + STRAIGHT * length
        and length >= 1.5 * (high - low)
    )


def _is_single(mask: Mask) -> bool:
    """Say whether a stroke is met once by nearly every line across it; words are not."""
    across = mask if mask.shape[1] >= mask.shape[0] else mask.T
    starts = across.astype(np.int8)
    starts[1:] -= across[:-1]
    met = (starts > 0).sum(axis=0)
    return bool((met <= 1).mean() >= SINGLE_SHARE)


def _quotes(boxes: npt.NDArray[np.float64], straight: list[bool], high: float) -> float:
    left, top, width, height = boxes.T
    if height.max() > MAX_QUOTE_MM or height.max() > 0.55 * high:
        return 0.0
    total = float((left + width).max() - left.min())
    if total > MAX_QUOTES_WIDTH_MM or (width > 1.2 * height).any() or (width > 3.0).any():
        return 0.0
    # Side by side: every stroke shares most of the height of the others.
    shared = float((top + height).min() - top.max())
    if shared < 0.4 * float(height.min()) or height.min() < 0.4 * height.max():
        return 0.0
    surety = {1: 0.35, 2: 0.92, 3: 0.45, 4: 0.7}[len(boxes)]
    return surety * (1.0 if all(straight) else 0.3)


def _dash(boxes: npt.NDArray[np.float64], straight: list[bool]) -> float:
    _, _, width, height = boxes.T
    if len(boxes) > 2 or not all(straight):
        return 0.0
    if (width < MIN_DASH_MM).any() or (width < DASH_RATIO * height).any():
        return 0.0
    return 0.85 if len(boxes) == 1 else 0.7


def _downstroke(boxes: npt.NDArray[np.float64], straight: list[bool], high: float) -> float:
    left, top, width, height = boxes.T
    tall = float((top + height).max() - top.min())
    wide = float((left + width).max() - left.min())
    # Two pieces at the top and the foot, such as corners of a frame, are no stroke between them.
    whole = float(height.sum()) >= DOWN_INKED * tall
    if tall < DOWN_SHARE * high or len(boxes) > 3 or not whole:
        return 0.0
    if all(straight) and wide <= 0.25 * tall:
        return 0.8
    # An arrow: a long straight stroke and the two short ones of its head.
    shaft = int(np.argmax(height))
    if straight[shaft] and len(boxes) > 1 and wide <= 0.6 * tall:
        return 0.6
    return 0.5 if len(boxes) == 1 and wide <= 0.3 * tall else 0.0


def _halve(mask: Mask) -> Mask:
    """Return the mask at half size; thin strokes survive."""
    grown = mask.astype(np.uint8)
    height, width = grown.shape
    grown = np.pad(grown, ((0, height % 2), (0, width % 2)))
    blocks = grown.reshape(grown.shape[0] // 2, 2, grown.shape[1] // 2, 2)
    return np.asarray(blocks.any(axis=(1, 3)))


def longest_runs(mask: Mask, gap: int) -> npt.NDArray[np.int64]:
    """Return, for each row, its longest run of ink with holes of at most ``gap``."""
    closed = mask.astype(np.uint8)
    if gap:
        # Two steps with opposite anchors: MORPH_CLOSE shifts with an even kernel.
        reach = np.ones((1, gap + 1), np.uint8)
        closed = cv2.erode(cv2.dilate(closed, reach, anchor=(0, 0)), reach, anchor=(gap, 0))
    inked = np.cumsum(closed, axis=1, dtype=np.int64)
    before = np.maximum.accumulate(np.where(closed == 0, inked, 0), axis=1)
    return np.asarray((inked - before).max(axis=1, initial=0))


@dataclass(frozen=True, slots=True)
class RowStrike:
    """How sure a row is crossed out, and its longest stroke.

    ``height``: the stroke's mean height as a share of the row's, from above;
    ``left``, ``right``: where it runs, in px of the row; ``inked``: over what share of that.
    """

    confidence: float
    height: float = 0.0
    left: float = 0.0
    right: float = 0.0
    inked: float = 0.0


def struck_confidences(masks: Sequence[Mask], borders: Sequence[Floats]) -> tuple[RowStrike, ...]:
    """Judge the longest stroke of each row.

    ``masks`` (h, w): the ink of each row; ``borders``: columns of the rulings
    between its cells.
    """
    small = [_shrink(mask) for mask in masks]
    if not small:
        return ()
    size = np.max([mask.shape for mask in small], axis=0)
    stack = np.zeros((len(small), *size), dtype=np.bool_)
    for one, mask in zip(stack, small, strict=True):
        one[: mask.shape[0], : mask.shape[1]] = mask
    paths = _inked_paths(stack)
    return tuple(
        _judge_row(mask, path[: mask.shape[1]], full, at)
        for mask, path, full, at in zip(small, paths, masks, borders, strict=True)
    )


def _shrink(mask: Mask, edge: int | None = None) -> Mask:
    """Return a row's middle, rows at half and columns at a quarter of their number.

    ``edge``: px left out above and below; None: where other rows' tails run.
    """
    edge = _edge(mask) if edge is None else edge
    small = _halve(mask[edge : mask.shape[0] - edge])
    small = np.pad(small, ((0, 0), (0, small.shape[1] % 2)))
    return np.asarray(small.reshape(small.shape[0], -1, 2).any(axis=2))


def _edge(mask: Mask) -> int:
    return 2 * round(EDGE_SHARE * int(mask.shape[0]) / 2)


def _judge_row(small: Mask, path: npt.NDArray[np.int64], mask: Mask, borders: Floats) -> RowStrike:
    if small.size == 0 or not small.any():
        return RowStrike(0.0)
    height, width = mask.shape
    path = np.minimum(path, small.shape[0] - 1)
    on = small[path, np.arange(small.shape[1])]
    start, stop = _longest_stretch(on, MAX_STRIKE_GAP_PX // COLUMN_STEP)
    where = (float(path[start:stop].mean()) * 2 + _edge(mask)) / height if stop > start else 0.0
    inked = float(on[start:stop].mean()) if stop > start else 0.0
    traced = _row_confidence(start * COLUMN_STEP, stop * COLUMN_STEP, width, borders)
    traced *= float(np.clip((inked - LETTERS_INKED) / (STROKE_INKED - LETTERS_INKED), 0.0, 1.0))
    joined = 0.0
    # Scribbles are one component, up to the row's edges; so are, at times, words
    # that touch and what is underlined, which is not as high.
    for part, high in ((small, 0.0), (_shrink(mask, edge=0), SCRIBBLE_HEIGHT * height / 2)):
        _, _, stats, _ = cv2.connectedComponentsWithStats(part.view(np.uint8), connectivity=8)
        for left, _, span, tall, _ in stats[1:].tolist():
            if tall >= high:
                ends = left * COLUMN_STEP, (left + span) * COLUMN_STEP
                joined = max(joined, 0.9 * _row_confidence(*ends, width, borders))
    ends = float(start * COLUMN_STEP), float(stop * COLUMN_STEP)
    return RowStrike(max(traced, joined), where, *ends, inked)


def _row_confidence(left: float, right: float, width: int, borders: Floats) -> float:
    share = (right - left) / width
    crossed = int(((borders > left + 4) & (borders < right - 4)).sum())
    if crossed < min(2, len(borders)):
        return 0.0
    return float(1.0 / (1.0 + np.exp(-(share - STRUCK_SHARE) / STRUCK_SOFTNESS)))


def _inked_paths(masks: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return, for each mask of (n, h, w), the left-to-right path with most ink, (n, w)."""
    count, height, width = masks.shape
    gain = masks.astype(np.float32)
    # Turning costs: a strike holds its course, writing goes up and down.
    turn = np.float32(0.2)
    score = gain[:, :, 0].copy()
    back = np.zeros((width, count, height), dtype=np.int8)
    for i in range(1, width):
        best, step = score.copy(), back[i]
        up, down = score[:, :-1] - turn, score[:, 1:] - turn
        better = up > best[:, 1:]
        best[:, 1:][better] = up[better]
        step[:, 1:][better] = -1
        better = down > best[:, :-1]
        best[:, :-1][better] = down[better]
        step[:, :-1][better] = 1
        score = best + gain[:, :, i]
    path = np.zeros((count, width), dtype=np.int64)
    path[:, -1] = score.argmax(axis=1)
    rows = np.arange(count)
    for i in range(width - 1, 0, -1):
        path[:, i - 1] = path[:, i] + back[i, rows, path[:, i]]
    return path


def _longest_stretch(on: npt.NDArray[np.bool_], gap: int) -> tuple[int, int]:
    """Return [start, stop) of the longest stretch whose holes are at most ``gap``."""
    at = np.flatnonzero(on)
    if len(at) == 0:
        return 0, 0
    breaks = np.flatnonzero(np.diff(at) > gap + 1)
    starts = at[np.concatenate([[0], breaks + 1])]
    stops = at[np.concatenate([breaks, [len(at) - 1]])] + 1
    best = int(np.argmax(stops - starts))
    return int(starts[best]), int(stops[best])
