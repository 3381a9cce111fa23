"""Tell ditto marks and strikes from writing, by their shape alone.

A ditto is little ink without the shape of text: one to four short straight
strokes, a dash, a line running down, an arrow. A strike is one stroke that
goes on where writing would lift the pen: through the gaps between words and
across the rulings between cells. Both are judged on ink with rulings removed.
Short text made of bare strokes (``11``, ``-``) looks like a ditto and gets
a middling confidence; a strike in many short strokes is missed.
"""

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import PAGE_PX_PER_MM

Mask = npt.NDArray[np.bool_]

# Components under this area (px) are specks or broken edges, not strokes.
MIN_STROKE_PX = 10
# A ditto's strokes: at most this long and wide (mm) when set side by side.
MAX_QUOTE_MM = 6.5
MAX_QUOTES_WIDTH_MM = 9.0
# A dash is at least this long (mm) and this much longer than high.
MIN_DASH_MM = 1.8
DASH_RATIO = 3.5
# A line running down fills this share of the cell's height.
DOWN_SHARE = 0.5
# A stroke is straight if its pixels stay this close to its axis, as a share
# of its length: a hand-drawn bar stays under a twelfth, a bowl above a fifth.
STRAIGHT = 0.11

# Strikes are traced at half the page's resolution: pen strokes keep 1 to 2 px.
HALF = 0.5
# Gaps (px of the page, 1 mm) that a strike may have: words are farther apart.
MAX_STRIKE_GAP_PX = 8
# Share of the row's height, from above and below, where underlines and tails
# of other rows run and strikes do not.
EDGE_SHARE = 0.14
# A row is struck when one stroke goes over about this share of its width;
# signatures with flourishes reach two of four cells, 0.45.
STRUCK_SHARE = 0.55
STRUCK_SOFTNESS = 0.05
# In one cell: the strike covers this share of the ink's width ...
CELL_STRUCK_SHARE = 0.6
# ... is this long (mm), longer than the bar of a t or a dash in a number ...
MIN_STRIKE_MM = 11.0
# ... and has at least this share of the ink on each side of it.
SIDE_SHARE = 0.14
STRIKE_SLOPES = np.arange(-0.24, 0.241, 0.03)


def ditto_confidence(mask: Mask, cell_height: int) -> float:
    """Return how sure the ink ``mask`` (h, w) of a cell is a ditto mark, 0..1."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        mask.view(np.uint8), connectivity=8
    )
    strokes = [k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] >= MIN_STROKE_PX]
    if not 1 <= len(strokes) <= 4:
        return 0.0
    boxes = stats[strokes, :4].astype(np.float64) / PAGE_PX_PER_MM
    straight = [_is_straight(labels == k) for k in strokes]
    high = cell_height / PAGE_PX_PER_MM
    return max(
        _quotes(boxes, straight, high), _dash(boxes, straight), _downstroke(boxes, straight, high)
    )


def _is_straight(mask: Mask) -> bool:
    ys, xs = np.nonzero(mask)
    spread = np.linalg.eigvalsh(np.cov(np.stack([xs, ys]).astype(np.float64)) + 1e-9 * np.eye(2))
    minor, major = np.sqrt(np.maximum(spread, 1e-9))
    length = np.sqrt(12.0) * major
    # A bar as wide as its own stroke: take that width off before judging.
    width = len(xs) / max(length, 1.0)
    bend = max(0.0, float(minor) - width / np.sqrt(12.0))
    return bool(bend <= STRAIGHT * length and length >= 1.6 * width)


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
    if tall < DOWN_SHARE * high or len(boxes) > 3:
        return 0.0
    if all(straight) and wide <= 0.25 * tall:
        return 0.8
    # An arrow: a long straight stroke and the two short ones of its head.
    shaft = int(np.argmax(height))
    if straight[shaft] and len(boxes) > 1 and wide <= 0.6 * tall:
        return 0.6
    return 0.5 if len(boxes) == 1 and wide <= 0.3 * tall else 0.0


def strike_confidence(mask: Mask) -> float:
    """Return how sure one straight stroke crosses out the writing of a cell."""
    ys, xs = np.nonzero(mask)
    if len(xs) == 0:
        return 0.0
    width = int(xs.max() - xs.min()) + 1
    if width < MIN_STRIKE_MM * PAGE_PX_PER_MM:
        return 0.0
    small = _halve(mask[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1])
    best = 0.0
    for slope in STRIKE_SLOPES:
        run, row, level = _longest_level_run(small, float(slope))
        length = run / HALF
        share = length / width
        if length < MIN_STRIKE_MM * PAGE_PX_PER_MM or share < CELL_STRUCK_SHARE:
            continue
        rows = np.flatnonzero(level.any(axis=1))
        ink = level.sum(axis=1)
        above, below = ink[: max(0, row - 1)].sum(), ink[row + 2 :].sum()
        sides = min(above, below) / max(1, ink.sum())
        if len(rows) and sides >= SIDE_SHARE:
            best = max(best, min(0.95, 0.55 + share - CELL_STRUCK_SHARE))
    return best


def _halve(mask: Mask) -> Mask:
    """Return the mask at half size; thin strokes survive."""
    grown = mask.astype(np.uint8)
    height, width = grown.shape
    grown = np.pad(grown, ((0, height % 2), (0, width % 2)))
    blocks = grown.reshape(grown.shape[0] // 2, 2, grown.shape[1] // 2, 2)
    return np.asarray(blocks.any(axis=(1, 3)))


def _longest_level_run(small: Mask, slope: float) -> tuple[int, int, Mask]:
    """Shear by ``slope``; return the longest inked run, its row, the sheared mask."""
    height, width = small.shape
    shift = np.rint(np.arange(width) * slope).astype(np.int64)
    shift -= shift.min()
    ys, xs = np.nonzero(small)
    level = np.zeros((height + int(shift.max()), width), dtype=np.bool_)
    level[ys + (shift.max() - shift[xs]), xs] = True
    run = longest_runs(level, round(MAX_STRIKE_GAP_PX * HALF / 2))
    row = int(np.argmax(run))
    return int(run[row]), row, level


def longest_runs(mask: Mask, gap: int) -> npt.NDArray[np.int64]:
    """Return, for each row, its longest run of ink with holes of at most ``gap``."""
    closed = mask.astype(np.uint8)
    if gap:
        closed = cv2.morphologyEx(closed, cv2.MORPH_CLOSE, np.ones((1, gap + 1), np.uint8))
    run = np.zeros(mask.shape[0], dtype=np.int64)
    longest = run.copy()
    for column in closed.T:
        run = (run + 1) * column
        np.maximum(longest, run, out=longest)
    return longest


def struck_confidence(mask: Mask, borders: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return how sure a row is crossed out whole, and the stroke's mean height.

    ``mask`` (h, w): the row's ink; ``borders``: columns of the rulings between
    its cells. The height is a share of h from above.
    """
    height, width = mask.shape
    edge = round(EDGE_SHARE * height)
    small = _halve(mask[edge : height - edge])
    small = cv2.morphologyEx(
        small.view(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)
    ).astype(bool)
    if small.size == 0 or not small.any():
        return 0.0, 0.0
    path = _inked_path(small)
    on = small[path, np.arange(small.shape[1])]
    start, stop = _longest_stretch(on, round(MAX_STRIKE_GAP_PX * HALF))
    where = (float(path[start:stop].mean()) / HALF + edge) / height if stop > start else 0.0
    traced = _row_confidence(start / HALF, stop / HALF, width, borders)
    count, _, stats, _ = cv2.connectedComponentsWithStats(small.view(np.uint8), connectivity=8)
    joined = 0.0
    if count > 1:
        widest = stats[1 + int(np.argmax(stats[1:, cv2.CC_STAT_WIDTH]))]
        left, span = widest[cv2.CC_STAT_LEFT] / HALF, widest[cv2.CC_STAT_WIDTH] / HALF
        # Scribbles are one component; so are, at times, words that touch.
        joined = 0.9 * _row_confidence(left, left + span, width, borders)
    return max(traced, joined), where


def _row_confidence(
    left: float, right: float, width: int, borders: npt.NDArray[np.float64]
) -> float:
    share = (right - left) / width
    crossed = int(((borders > left + 4) & (borders < right - 4)).sum())
    if crossed < min(2, len(borders)):
        return 0.0
    return float(1.0 / (1.0 + np.exp(-(share - STRUCK_SHARE) / STRUCK_SOFTNESS)))


def _inked_path(mask: Mask) -> npt.NDArray[np.int64]:
    """Return the row, for each column, of the left-to-right path with most ink."""
    height, width = mask.shape
    gain = np.where(mask, 1.0, 0.0).astype(np.float32)
    # Turning costs: a strike holds its course, writing goes up and down.
    turn = np.float32(0.2)
    score = gain[:, 0].copy()
    back = np.zeros((height, width), dtype=np.int8)
    low = np.float32(-1e9)
    for i in range(1, width):
        up = np.concatenate([[low], score[:-1]]) - turn
        down = np.concatenate([score[1:], [low]]) - turn
        step = np.where(up > score, -1, 0)
        best = np.maximum(score, up)
        step = np.where(down > best, 1, step)
        score = (np.maximum(best, down) + gain[:, i]).astype(np.float32)
        back[:, i] = step
    path = np.zeros(width, dtype=np.int64)
    path[-1] = int(score.argmax())
    for i in range(width - 1, 0, -1):
        path[i - 1] = path[i] + back[path[i], i]
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
