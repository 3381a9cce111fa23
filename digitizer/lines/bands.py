"""Find where gray bands begin and end: rows without rulings, every other one shaded.

The edge of a band is a step in the paper's own gray, the same over a long way.
Paper is a light quantile of each strip, so writing and print do not matter; a
ruling is too thin to move it. The step is searched with boxes as high as pens write thick and
joined from strip to strip. A black band of heads is found likewise, on one-bit pages,
too. It fails on bands paler than 4 gray levels after flattening, or lower than 4 mm.
"""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.lines.tracks import quantile
from digitizer.records import PAGE_PX_PER_MM, Pixels, Rule

# A strip's width, 8 mm, and every which of its columns is looked at.
STRIP_PX = 64
COLUMN_STEP = 4
# Paper in a strip: the median lies inside the letters of a line of bold print.
PAPER_QUANTILE = 0.8
# Rows above and below an edge that are compared, px; rulings of up to 1 mm vanish in
# the median of as many rows.
BOX_PX = 12
RULING_PX = 17
# Step of a band's edge, gray levels, and in spreads of the page's steps.
MIN_STEP = 4.0
STEP_SPREADS = 6.0
# The step is nearly whole within this many rows, in this share; where flattening made a
# broad band's middle white again the gray fades over 2 mm or more.
SHARP_PX = 4
SHARP_SHARE = 0.6
# Bands are between paper and print: gray levels of a flattened page, and the least
# share of the page that is so gray before bands are looked for.
GRAY = (150, 238)
MIN_GRAY_SHARE = 0.03
# ... of which every so many px is looked at. One-bit pages have black bands alone: tiles as wide
# as a strip and as high as the lowest band, so much of them black, make this share of the page.
SAMPLE_PX, SOLID_SHARE, MIN_BLACK_SHARE = 8, 0.7, 0.01
# Lower bands are none, 4 mm.
MIN_BAND_PX = 4 * PAGE_PX_PER_MM
# Edges are followed with this step from strip to strip, px (the second while nothing of
# their slope is known), over a strip or two that
# a signature fills, and are this long, 60 mm, and seen in this share of it.
STEP_PX = 2.5
FIRST_STEP_PX = 6.0
MAX_GAP = 2
# The slope of an edge is that of its last strips, at most 0.12; off a parabola by more
# than this, px, it follows a bend of the paper.
SLOPE_STRIPS, MAX_SLOPE = 4, 0.12 * STRIP_PX
BENT_PX = 0.8
MIN_LENGTH_PX = 60 * PAGE_PX_PER_MM
MIN_SEEN = 0.7
# Strips tell where an edge begins and ends to a strip; pieces of this width, 1 mm, tell it
# closer: as far as the step there is half of what it is along the edge. Rows right beside
# the edge are left out, px.
PIECE_PX = 8
END_SHARE = 0.5
BESIDE_PX = 2


def trace_bands(gray: Pixels) -> tuple[Rule, ...]:
    """Return the edges of gray bands across a level page as rulings of no thickness.

    ``gray``: (H, W) uint8, lighting flattened, at ``PAGE_DPI``.
    """
    strips = gray.shape[1] // STRIP_PX
    if strips < 4 or gray.shape[0] < 4 * BOX_PX or not _may_hold_bands(gray):
        return ()
    columns = gray[:, : strips * STRIP_PX : COLUMN_STEP].reshape(gray.shape[0], strips, -1)
    paper = _lightest(columns, columns.shape[2] - round(PAPER_QUANTILE * (columns.shape[2] - 1)))
    half = RULING_PX // 2
    paper = cv2.copyMakeBorder(paper, half, half, 0, 0, cv2.BORDER_REPLICATE)
    paper = _lightest(np.lib.stride_tricks.sliding_window_view(paper, RULING_PX, axis=0), half + 1)
    total = np.cumsum(paper.astype(np.float32), axis=0)
    total = np.vstack([np.zeros((1, strips), np.float32), total]).astype(np.float32)
    # Row i of ``step``: what lies below the edge between rows i + BOX_PX - 1 and i + BOX_PX.
    step = _steps(total, BOX_PX)
    # The same edge between fewer rows.
    sharp = _steps(total, SHARP_PX)[BOX_PX - SHARP_PX : SHARP_PX - BOX_PX]
    spread = 1.48 * float(np.median(np.abs(step)))
    least = max(MIN_STEP, STEP_SPREADS * spread)
    lighter, darker = (
        [_to_its_ends(edge, gray, sign) for edge in _join(_peaks(sign * step, sign * sharp, least))]
        for sign in (1.0, -1.0)
    )
    # What is dark over less than a band's height is a line of large writing.
    lines = [(a, b) for a in darker for b in lighter if _is_line(a, b)]
    gone = {id(edge) for pair in lines for edge in pair}
    return tuple(edge for edge in (*lighter, *darker) if id(edge) not in gone)


def _may_hold_bands(gray: Pixels) -> bool:
    """Whether much of the page is gray, or black over more than any stroke is wide."""
    sample = gray[::SAMPLE_PX, ::SAMPLE_PX]
    if ((sample >= GRAY[0]) & (sample < GRAY[1])).mean() >= MIN_GRAY_SHARE:
        return True
    black = (sample < GRAY[0]).astype(np.float32)
    # Heads in white on black leave this much of their band.
    wide, high = (round(size / SAMPLE_PX) for size in (STRIP_PX, MIN_BAND_PX))
    return bool((cv2.blur(black, (wide, high)) >= SOLID_SHARE).mean() >= MIN_BLACK_SHARE)


def _to_its_ends(edge: Rule, gray: Pixels, sign: float) -> Rule:
    """The edge with its ends where the gray ends, not where the last whole strip does.

    ``sign``: 1 where it is lighter below.
    """
    x = edge.points[:, 0]
    usual = float(np.median([_step_at(edge, at, gray, sign) for at in x[1:-1]]))
    ends = []
    for end, outward in ((x[0], -1), (x[-1], 1)):
        # From half a strip within: a strip counts that lies beyond the edge by a fifth.
        at = end - outward * STRIP_PX / 2
        for _ in range(round(1.5 * STRIP_PX / PIECE_PX)):
            if _step_at(edge, at + outward * PIECE_PX / 2, gray, sign) < END_SHARE * usual:
                break
            at += outward * PIECE_PX
        ends.append(min(max(at, 0.0), float(gray.shape[1])))
    inner = edge.points[(x > ends[0]) & (x < ends[1])]
    if len(inner) < 2:
        return edge
    line = np.array([[at, _height(edge, at)] for at in ends])
    return Rule(np.vstack([line[:1], inner, line[1:]]), True, 0.0, edge.support)


def _height(edge: Rule, at: float) -> float:
    """Where the edge is at ``at``, or would be if it went on."""
    x, y = edge.points.T
    if at < x[0]:
        return float(y[0] + (at - x[0]) * (y[1] - y[0]) / (x[1] - x[0]))
    if at > x[-1]:
        return float(y[-1] + (at - x[-1]) * (y[-1] - y[-2]) / (x[-1] - x[-2]))
    return float(np.interp(at, x, y))


def _step_at(edge: Rule, at: float, gray: Pixels, sign: float) -> float:
    """By how much the paper of a piece of the edge is lighter below it (``sign`` 1) or above."""
    left, middle = max(0, round(at - PIECE_PX / 2)), round(_height(edge, at))
    piece = gray[:, left : left + PIECE_PX]
    above = piece[max(0, middle - BOX_PX) : max(0, middle - BESIDE_PX)]
    below = piece[max(0, middle + BESIDE_PX) : middle + BOX_PX]
    if not above.size or not below.size:
        return 0.0
    return sign * (quantile(below, PAPER_QUANTILE) - quantile(above, PAPER_QUANTILE))


def _is_line(upper: Rule, lower: Rule) -> bool:
    """Whether what lies between two edges is too low for a band."""
    (t, v), (u, w) = upper.points.T, lower.points.T
    low, high = max(t[0], u[0]), min(t[-1], u[-1])
    if high - low < 0.5 * min(t[-1] - t[0], u[-1] - u[0]):
        return False
    at = np.linspace(low, high, 5)
    return 0 < float(np.median(np.interp(at, u, w) - np.interp(at, t, v))) < MIN_BAND_PX


def _lightest(columns: Pixels, rank: int) -> Pixels:
    """The ``rank``-th lightest along the last axis, of whole planes at a time."""
    planes = np.ascontiguousarray(columns.transpose(2, 0, 1))
    best = [np.zeros_like(planes[0]) for _ in range(rank)]
    for plane in planes:
        for k, held in enumerate(best):
            best[k], plane = cv2.max(held, plane), cv2.min(held, plane)
    return np.asarray(best[-1], dtype=np.uint8)


def _steps(total: npt.NDArray[np.float32], reach: int) -> npt.NDArray[np.float32]:
    """Mean of ``reach`` rows below each place less that of as many above; running sums go in."""
    box = (total[reach:] - total[:-reach]) / reach
    return np.asarray(box[reach:] - box[:-reach], dtype=np.float32)


def _peaks(
    step: npt.NDArray[np.float32], sharp: npt.NDArray[np.float32], least: float
) -> list[list[float]]:
    """Where each strip steps sharply by at least ``least``, rows of the page."""
    top = cv2.dilate(step, np.ones((2 * BOX_PX + 1, 1), np.uint8))
    seen = (step >= top) & (step >= least)
    found: list[list[float]] = []
    for steps, sharps, peaks in zip(step.T, sharp.T, seen.T, strict=True):
        rows = np.flatnonzero(peaks)
        # Rows of one plateau are one edge.
        runs = np.split(rows, np.flatnonzero(np.diff(rows) > 2) + 1) if len(rows) else []
        found.append(
            [
                float(run.mean()) + BOX_PX
                for run in runs
                if sharps[max(0, run[0] - 2) : run[-1] + 3].max() >= SHARP_SHARE * steps[run[0]]
            ]
        )
    return found


def _slope(edge: list[tuple[int, float]]) -> float:
    """Rows a strip by which an edge went down of late; 0 before that is known."""
    start, stop = edge[-min(len(edge), SLOPE_STRIPS)], edge[-1]
    if stop[0] == start[0]:
        return 0.0
    slope = (stop[1] - start[1]) / (stop[0] - start[0])
    return max(-MAX_SLOPE, min(MAX_SLOPE, slope))


def _line(strips: npt.NDArray[np.integer], at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The smooth curve through an edge's places, as steep in its bends as they need."""
    if len(at) <= 6:
        return np.asarray(np.polyfit(strips, at, 1), dtype=np.float64)
    line = np.polyfit(strips, at, 2)
    off = float(np.sqrt(np.mean((np.polyval(line, strips) - at) ** 2)))
    if off > BENT_PX and len(at) > 10:
        line = np.polyfit(strips, at, 5)
    return np.asarray(line, dtype=np.float64)


def _join(heights: list[list[float]]) -> Iterator[Rule]:
    """Edges that go on from strip to strip."""
    open_: list[list[tuple[int, float]]] = []
    done: list[list[tuple[int, float]]] = []
    for strip, column in enumerate(heights):
        free = list(column)
        done += [edge for edge in open_ if strip - edge[-1][0] > MAX_GAP + 1]
        open_ = [edge for edge in open_ if strip - edge[-1][0] <= MAX_GAP + 1]
        for edge in open_:
            last, y = edge[-1]
            # On bent paper an edge goes on as it went.
            y += _slope(edge) * (strip - last)
            reach = STEP_PX if len(edge) > 1 else FIRST_STEP_PX
            near = [one for one in free if abs(one - y) <= reach * (strip - last)]
            if near:
                best = min(near, key=lambda one: abs(one - y))
                edge.append((strip, best))
                free.remove(best)
        open_ += [[(strip, one)] for one in free]
    for edge in done + open_:
        strips = np.array([strip for strip, _ in edge])
        count = int(strips[-1] - strips[0]) + 1
        if count * STRIP_PX < MIN_LENGTH_PX or len(edge) < MIN_SEEN * count:
            continue
        x = np.r_[strips[0] * STRIP_PX, (strips + 0.5) * STRIP_PX, (strips[-1] + 1) * STRIP_PX]
        line = _line(strips, np.array([at for _, at in edge]))
        points = np.column_stack([x, np.polyval(line, x / STRIP_PX - 0.5)])
        yield Rule(points.astype(np.float64), True, 0.0, len(edge) / count)
