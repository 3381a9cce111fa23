"""Tell a word struck out inside a cell from underlines, t-bars, dashes and bold writing.

A line through a word is a bar that letters cross: ink goes on above and below it
at several places, and between the letters the bar runs alone, where an underline
has letters above only, a t-bar stems below only, a dash none at all. Letters that
lean, or end at the line, cross it at no one place: what stands on its two sides
counts as well. Middle bars of letters in a row look like short strikes, so only
those are believed that are longer than such letters make.

Judged on ink without rulings at 200 dpi. It misses strikes shorter than 6 mm,
those through letters that touch, and scribbles that leave white between strokes; a
word underlined so high that the line runs through its letters' feet may be taken for one.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import PAGE_PX_PER_MM

Mask = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

# Ink under this area (px) holds no word.
MIN_INK_PX = 40
# A bar is at least this long (mm): longer than the bar of a t or a dash.
MIN_BAR_MM = 5.0
# ... and no thicker than this (mm), with the letters' strokes along it.
MAX_BAR_MM = 1.3
# ... no thinner than a pen's line (px): letters in a row leave thinner ones.
MIN_BAR_PX = 1.9
# Holes (px) that a bar may have where the pen skipped.
BAR_GAP_PX = 3
# Slopes of bars (px per px): 9 degrees either way.
SLOPES = np.arange(-0.15, 0.151, 0.03)
# A letter crosses a bar if it goes on this far (mm) on both sides ...
CROSS_MM = 0.55
# ... at places this far (px) apart at most: strokes of letters lean.
LEAN_PX = 7
# A bar that strikes is this long (mm): middle bars of letters in a row reach 9.
MIN_STRIKE_MM = 10.0
# It has this many crossings, and one each so many mm ...
MIN_CROSSINGS = 4
MM_PER_CROSSING = 8.0
# ... and runs alone over this share of its length; where that is much, fewer do.
MIN_BARE_SHARE = 0.1
LONG_BARE_SHARE = 0.3

# A bar with letters on both sides that cross it at no one place: it is this long (mm). Letters go
# on this far (mm) from it, so many on either side, and on the side with fewer of them as much as
# this share of the other: below an underline there are few tails. It runs alone over as much of it
# as a long bare one, or for so many mm before the first letter and behind the last, which the bar
# of a tt does not.
MIN_BETWEEN_MM, BESIDE_MM, MIN_BESIDE, MIN_BALANCE = 6.5, 0.4, 2, 0.2
BETWEEN_CONFIDENCE, JUTS_OUT_MM = 0.6, 0.5
# ... and, then, over this share of it between letters: in bold small writing hardly anywhere.
JUTTING_BARE_SHARE = 0.2
# Where it runs alone no ink is higher than this (mm), so far (mm) above and below its end.
ALONE_MM, ABOUT_MM = 0.7, 1.5
# A bar fits its stroke if it is as long as this share of the cell's longest.
WHOLE_SHARE = 0.98

# A blot: ink this dense over an area at least this wide and high (mm).
BLOT_DENSITY = 0.62
MIN_BLOT_MM = (5.0, 2.2)
BLOT_CONFIDENCE = 0.6


@dataclass(frozen=True, slots=True)
class Bar:
    """A straight stroke: its length, how often letters cross it, on which share of it.

    ``bare_share``: where it has no ink next to it, above or below. ``beside``: how many letters
    touch it on the side with fewer; ``balance``: how much of it they touch there, as a share of
    what they do on the other. ``juts_out_mm``: how far it runs alone at either end, at least.
    """

    length_mm: float
    crossings: int
    crossed_share: float
    bare_share: float
    beside: int
    balance: float
    juts_out_mm: float


def correction_confidence(mask: Mask) -> float:
    """Return how sure a word in the ink ``mask`` (h, w) of a cell is struck, 0..1."""
    ys, xs = np.nonzero(mask)
    if len(ys) < MIN_INK_PX:
        return 0.0
    tight = np.pad(mask[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1], 2)
    bars = find_bars(tight)
    # At a slope that fits less well the rest of a stroke lies on either side of a shorter bar.
    longest = max((bar.length_mm for bar in bars), default=0.0)
    by_line = max(
        (_struck_by(bar, whole=bar.length_mm >= WHOLE_SHARE * longest) for bar in bars), default=0.0
    )
    return max(by_line, BLOT_CONFIDENCE if has_blot(tight) else 0.0)


def has_blot(mask: Mask) -> bool:
    """Say whether something was scribbled over until it could not be read."""
    return bool(_blots(mask)[0].any())


def without_blots(mask: Mask) -> Mask:
    """The ink of a cell but for what was scribbled over; all of it where nothing else is."""
    blots, labels = _blots(mask)
    if not blots.any():
        return mask
    left: Mask = np.asarray(mask & ~blots[labels])
    return left if int(left.sum()) >= MIN_INK_PX else mask


def _blots(mask: Mask) -> tuple[Mask, npt.NDArray[np.int32]]:
    """Which components are blots, and the component (from 1) of each pixel."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    blots = stats[:, cv2.CC_STAT_AREA] >= BLOT_DENSITY * width * height
    blots &= width >= MIN_BLOT_MM[0] * PAGE_PX_PER_MM
    blots &= height >= MIN_BLOT_MM[1] * PAGE_PX_PER_MM
    blots[0] = False
    return np.asarray(blots, dtype=np.bool_), np.asarray(labels, dtype=np.int32)


def _struck_by(bar: Bar, *, whole: bool) -> float:
    """Return how sure a bar strikes letters; ``whole``: it is no part of a longer stroke."""
    least = MIN_CROSSINGS - (bar.bare_share >= LONG_BARE_SHARE)
    wanted = max(least, bar.length_mm / MM_PER_CROSSING)
    if bar.bare_share < MIN_BARE_SHARE:
        return 0.0
    if bar.length_mm < MIN_STRIKE_MM or bar.crossings < wanted:
        juts_out = bar.juts_out_mm >= JUTS_OUT_MM and bar.bare_share >= JUTTING_BARE_SHARE
        alone = bar.bare_share >= LONG_BARE_SHARE or juts_out
        between = whole and bar.length_mm >= MIN_BETWEEN_MM and alone
        crossed = bar.beside >= MIN_BESIDE and bar.balance >= MIN_BALANCE
        return BETWEEN_CONFIDENCE if between and crossed else 0.0
    return float(min(0.95, 0.6 + 0.08 * (bar.crossings - wanted) + 0.5 * bar.crossed_share))


def find_bars(mask: Mask) -> list[Bar]:
    """Return the straight, nearly level strokes of a cell.

    A stroke may be listed several times, at slopes that fit about as well.
    """
    length = round(MIN_BAR_MM * PAGE_PX_PER_MM)
    thick = round(MAX_BAR_MM * PAGE_PX_PER_MM)
    found = []
    for slope in SLOPES:
        level = _sheared(mask, float(slope))
        closed = cv2.morphologyEx(level, cv2.MORPH_CLOSE, np.ones((1, BAR_GAP_PX), np.uint8))
        bars = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(bars, connectivity=8)
        for k in range(1, count):
            left, _, width, height, area = (int(v) for v in stats[k])
            if width >= length and height <= thick and area >= MIN_BAR_PX * width:
                found.append(_measured(level, labels == k, left, width))
    return found


def _sheared(mask: Mask, slope: float) -> Bytes:
    height, width = mask.shape
    shift = np.rint(np.arange(width) * slope).astype(np.int64)
    shift = shift.max() - shift
    ys, xs = np.nonzero(mask)
    level = np.zeros((height + int(shift.max()), width), dtype=np.uint8)
    level[ys + shift[xs], xs] = 1
    return level


def _measured(level: Bytes, bar: Mask, left: int, width: int) -> Bar:
    columns = np.arange(left, left + width)
    inked = bar[:, columns]
    upper = inked.argmax(axis=0)
    lower = inked.shape[0] - 1 - inked[::-1].argmax(axis=0)
    above = _share_beside(level, columns, upper, -1, CROSS_MM)
    below = _share_beside(level, columns, lower, 1, CROSS_MM)
    near = np.ones((1, LEAN_PX), np.uint8)
    goes_up, goes_down = (
        cv2.dilate((side >= 0.8).astype(np.uint8)[None], near)[0] > 0 for side in (above, below)
    )
    both = goes_up & goes_down
    bare = (above <= 0.3) & (below <= 0.3)
    touched = [
        _share_beside(level, columns, edge, side, BESIDE_MM) >= 0.8
        for edge, side in ((upper, -1), (lower, 1))
    ]
    less, more = sorted(int(side.sum()) for side in touched)
    return Bar(
        width / PAGE_PX_PER_MM,
        _starts(both),
        float(both.mean()),
        float(bare.mean()),
        beside=min(_starts(side) for side in touched),
        balance=less / max(1, more),
        juts_out_mm=min(
            _juts_out(level, left, int(upper[0] + lower[0]) // 2),
            _juts_out(
                level[:, ::-1], level.shape[1] - left - width, int(upper[-1] + lower[-1]) // 2
            ),
        ),
    )


def _juts_out(level: Bytes, left: int, at: int) -> float:
    """How far, mm, a stroke runs alone from its left end, which is near ``left`` at row ``at``.

    A bent stroke begins a little before the bar that is straight, and above or below it.
    """
    about, before = round(ABOUT_MM * PAGE_PX_PER_MM), round(ABOUT_MM * PAGE_PX_PER_MM)
    part = level[max(0, at - about) : at + about + 1, max(0, left - before) :] > 0
    inked = part.any(axis=0)
    first = part.argmax(axis=0)
    last = part.shape[0] - 1 - part[::-1].argmax(axis=0)
    alone = inked & (last - first < ALONE_MM * PAGE_PX_PER_MM)
    start = min(left, before)
    while start > 0 and alone[start - 1]:
        start -= 1
    run = alone[start:]
    return float(len(run) if run.all() else run.argmin()) / PAGE_PX_PER_MM


def _starts(marked: Mask) -> int:
    """How many runs there are."""
    return int((np.diff(marked.astype(np.int8), prepend=0) == 1).sum())


def _share_beside(
    level: Bytes, columns: npt.NDArray[np.int64], edge: npt.NDArray[np.int64], side: int, far: float
) -> npt.NDArray[np.float64]:
    """Return, for each column, the share of ink beside the bar's edge, ``far`` mm from it."""
    height = level.shape[0]
    reach = round(far * PAGE_PX_PER_MM)
    rows = edge[None, :] + side * np.arange(1, reach + 1)[:, None]
    inside = (rows >= 0) & (rows < height)
    wide = cv2.dilate(level, np.ones((1, 3), np.uint8))
    ink = (wide[np.clip(rows, 0, height - 1), columns[None, :]] > 0) & inside
    return np.asarray(ink.mean(axis=0))
