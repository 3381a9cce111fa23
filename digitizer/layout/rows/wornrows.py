"""Lines between rows of which a copy left so little that none is traced as a ruling.

What is left of a ruling, its dots and pieces, is thin and lies at one height over the width
of the table; specks and strokes lie anywhere. Heights at which many strips of the page hold
something thin are lines if they are evenly apart, most of a whole run of them.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.layout.rows.rownumbers import even_runs
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import Pixels, Rule

# Pieces of a ruling are at most so high and wide, px.
HIGH_PX, WIDE_PX = 5, 120
# Strips across the page, px; heights are level to this over all of it, px; and what is usual
# around a height is told by so many rows of pixels.
STRIP_PX, LEVEL_PX, AROUND_PX = 48, 2, 61
# A line is where so many strips more than usual hold something thin, and the next is so far, px.
MIN_STRIPS, APART_PX = 6.0, 8
# A strip tells nothing that holds something thin at more than this share of all heights, and
# at so many times as many as others: usual is 0.01 to 0.02, on a page's edge 0.08.
HELD_SHARE, HELD_TIMES = 0.04, 3.0
# So much of a run's lines is seen.
SEEN_SHARE = 0.8
# Lines begin and end together, two of them to this, px (1.5 mm).
TOGETHER_PX = 12
# As much of such a line is there, for those who ask: it is worn.
WORN_SUPPORT = 0.3
# What bounds a further row is a row away to this share of one, goes along so much of the lines
# and beyond them by no more than the rest; the row holds this share of the usual row's ink.
ON_ROW, ALONG_SHARE, WRITTEN_SHARE = 0.12, 0.8, 0.2

Floats = npt.NDArray[np.float64]


def find_worn_rows(
    gray: Pixels, dark_level: int, low_px: float, high_px: float
) -> tuple[Rule, ...]:
    """The longest run of such lines around rows ``low_px`` to ``high_px`` high; empty: none.

    ``gray``: the level page, whose ink is darker than ``dark_level``.
    """
    dark = np.asarray(cv2.compare(gray, dark_level, cv2.CMP_LT) & 1, dtype=np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    thin = (stats[:, cv2.CC_STAT_HEIGHT] <= HIGH_PX) & (stats[:, cv2.CC_STAT_WIDTH] <= WIDE_PX)
    thin[0] = False
    pieces = _without_edges(np.asarray(thin[labels], dtype=np.uint8))
    heights = _line_heights(pieces)
    best, most = None, 0
    for run, worth in even_runs(heights, low_px, high_px, SEEN_SHARE):
        if worth > most:
            best, most = run, worth
    if best is None:
        return ()
    places = best.first + best.pitch * np.arange(best.count)
    ends = [_ends(pieces, y) for y in places]
    left = _shared([one[0] for one in ends if one is not None], first=True)
    right = _shared([one[1] for one in ends if one is not None], first=False)
    if left is None or right is None or right <= left:
        return ()
    xs = np.linspace(left, right, 9)
    return tuple(
        Rule(np.column_stack([xs, np.full(9, y + 0.5)]), True, 1.0, WORN_SUPPORT) for y in places
    )


def with_outer_rows(
    lines: Sequence[Rule], rules: Sequence[Rule], writing: npt.NDArray[np.bool_]
) -> tuple[Rule, ...]:
    """The lines with what bounds a written row above the first or below the last, and is not worn.

    That is the edge of the heads' band, or a thicker line. Below the last one columns must go
    on to it: it may be the box's. ``writing``: (H, W), where the page is written on.
    """
    left, right = rule_span(lines[0])
    middle, width = (left + right) / 2, right - left
    heights = [rule_at(line, middle) for line in lines]
    pitch = (heights[-1] - heights[0]) / (len(lines) - 1)
    across = writing[:, max(0, round(left)) : round(right)].sum(axis=1)
    held = np.array([across[round(a) : round(b)].sum() for a, b in pairwise(heights)])
    if not held.any():
        return tuple(lines)
    least = WRITTEN_SHARE * float(np.median(held[held > 0]))
    found = list(lines)
    for outward, last in ((-1, heights[0]), (1, heights[-1])):
        wanted = last + outward * pitch
        for bound in rules:
            start, stop = rule_span(bound)
            along = min(stop, right) - max(start, left) >= ALONG_SHARE * width
            if not bound.horizontal or not along or stop - start > (2 - ALONG_SHARE) * width:
                continue
            y = rule_at(bound, middle)
            inked = across[max(0, round(min(y, last))) : max(0, round(max(y, last)))].sum()
            if abs(y - wanted) > ON_ROW * pitch or inked < least:
                continue
            if outward > 0 and not _columns_go_on(rules, (left, right), (last, y)):
                continue
            xs = lines[0].points[:, 0]
            points = np.column_stack([xs, [rule_at(bound, x) for x in xs]])
            line = Rule(points, True, bound.thickness_px, bound.support)
            found.insert(0 if outward < 0 else len(found), line)
            break
    return tuple(found)


def _columns_go_on(
    rules: Sequence[Rule], sides: tuple[float, float], heights: tuple[float, float]
) -> bool:
    """Whether a ruling between two columns goes through the first of two heights to the second.

    What goes on below is a streak or a fold.
    """
    for rule in rules:
        start, stop = rule_span(rule)
        if rule.horizontal or start > heights[0] or abs(stop - heights[1]) > TOGETHER_PX:
            continue
        if sides[0] + STRIP_PX < rule_at(rule, heights[0]) < sides[1] - STRIP_PX:
            return True
    return False


def _without_edges(pieces: Pixels) -> Pixels:
    """The pieces but for strips that are fuller of them than others: the page's edge, a streak."""
    starts = range(0, pieces.shape[1], STRIP_PX)
    held = np.array([pieces[:, x : x + STRIP_PX].any(axis=1).mean() for x in starts])
    kept = pieces.copy()
    for x, share in zip(starts, held.tolist(), strict=True):
        if share > max(HELD_SHARE, HELD_TIMES * float(np.median(held))):
            kept[:, x : x + STRIP_PX] = 0
    return kept


def _line_heights(pieces: Pixels) -> Floats:
    """Heights at which something thin is in many strips of the page."""
    strips = pieces.shape[1] // STRIP_PX
    if strips == 0:
        return np.zeros(0)
    level = cv2.dilate(pieces, np.ones((2 * LEVEL_PX + 1, 1), np.uint8))[:, : strips * STRIP_PX]
    held = level.reshape(len(level), strips, STRIP_PX).max(axis=2).sum(axis=1).astype(np.float64)
    over = held - cv2.blur(held.reshape(-1, 1), (1, AROUND_PX)).ravel()
    found = []
    while over.max() >= MIN_STRIPS:
        y = int(np.argmax(over))
        low = max(0, y - 2 * LEVEL_PX)
        near = over[low : y + 2 * LEVEL_PX + 1]
        found.append(low + float(np.flatnonzero(near >= 0.8 * over[y]).mean()))
        over[max(0, y - APART_PX) : y + APART_PX + 1] = 0
    return np.sort(np.array(found))


def _ends(pieces: Pixels, y: float) -> tuple[int, int] | None:
    """From where to where pieces lie at a height."""
    near = pieces[max(0, round(y) - LEVEL_PX) : round(y) + LEVEL_PX + 1]
    columns = np.flatnonzero(near.any(axis=0))
    return (int(columns[0]), int(columns[-1])) if len(columns) else None


def _shared(ends: list[int], *, first: bool) -> float | None:
    """The place at which most lines end, the inner one of two: a speck ends one alone."""
    inner_first = sorted(ends, reverse=first)
    beside = [sum(abs(end - other) <= TOGETHER_PX for other in ends) for end in inner_first]
    most = max(beside, default=0)
    return float(inner_first[beside.index(most)]) if most > 1 else None
