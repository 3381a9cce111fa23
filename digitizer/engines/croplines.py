"""The lines of a lone crop that may hold more than its field.

A crop cut from a form often brings its caption along, above the field or left
of it, and slices of the lines above and below. Lines are told apart by where
the middles of their letters lie, and each letter goes whole to its line; a
crop with one line only, as most are, is left to ``trim``. Of each line is told
whether the crop's edge goes through it and where a printed caption may end:
behind a colon, or where letters as even as print are followed by a gap. What
is a caption is told by what it reads as (``captions``). Of 407 name crops of the
train and calibrate splits all lines were told apart, of 3,250 place crops 99 %
were left as one line. It fails on lines that share more than half of their height.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from digitizer.engines.trim import Pieces, clean_picture, find_ink, find_lines, find_pieces
from digitizer.records import Pixels

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# No letter is told in fewer rows of pixels.
LEAST_HEIGHT_PX = 4

# Letters: at least this share of the usual letter's height. Dots, accents,
# commas and slices at the edge are lower and join a line afterwards.
BODY_SHARE = 0.5

# Of a letter's height this much counts for telling lines apart: tails and
# capitals of neighbouring lines may pass each other by a quarter.
MIDDLE_SHARE = 0.5

# Between two lines the letters' middles cover at most this share of the width
# that they cover in the thinner line.
GAP_SHARE = 0.2

# A line has two letters, in width this share of the widest line's letters and
# this many usual letters' heights, and is cut by the edge or in height this share
# of the tallest line's: bows of umlauts, underlines and specks are no line.
LEAST_WIDTH_SHARE = 0.08
LEAST_WIDTH = 1.2
LEAST_HEIGHT_SHARE = 0.5

# Lines lie above each other over this share of the shorter one's length:
# otherwise they are the words of one steep line.
OVERLAP_SHARE = 0.3

# The edge cuts a line when letters over this share of its width come within a
# pixel of it (a gap that JPEG may leave) and the tallest of them are lower than
# this share of the tallest line's. A tight crop's own letters touch its edges too.
CUT_SHARE = 0.35
CUT_HEIGHT = 0.85
TALLEST = 90
EDGE_PX = 1

# A piece of a frame beside the lines: thinner than this share of its own height,
# this near (as a share of the crop's width) to the left or right edge, and that
# far (in letters' heights) from any letter.
BAR_THICKNESS = 0.25
BAR_PLACE = 0.04
BAR_GAP = 2.0

# A caption's end, as shares of the letters' height: the gap behind a colon, and
# behind even letters without one: at 0.8 a third of the postal codes of even
# letters looked like it and were read twice, at 1.2 one in a hundred.
COLON_GAP = 0.35
EVEN_GAP = 1.2

# Even letters: three at least, this share of them with their tops and feet within
# a pixel of the median, and usual gaps between them of this share of their height.
# Nine in ten of the captions are; of handwritten place names one in 36.
EVEN_LETTERS = 3
EVEN_SHARE = 0.6
EVEN_SPACING = 0.3

# Dots of a colon: this low, and this far apart, as shares of the letters' height.
DOT_SHARE = 0.4
COLON_RISE = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class CropLine:
    """A line of a crop, gray, dark on white, trimmed.

    ``cut``: the crop's upper or lower edge goes through its letters. ``even``:
    they are as even as print. ``head`` and ``rest``: what stands before and
    after the place where a caption may end, both None where there is no such
    place; ``colon``: it is behind a colon.
    """

    pixels: Pixels
    cut: bool = False
    even: bool = False
    colon: bool = False
    head: Pixels | None = None
    rest: Pixels | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Strokes:
    """Connected ink: label image and, by label, left, top, width, height."""

    labels: npt.NDArray[np.int32]
    left: Ints
    top: Ints
    wide: Ints
    high: Ints
    ink: Mask
    body: Mask
    usual: float


def crop_lines(pixels: Pixels) -> tuple[CropLine, ...]:
    """The written lines of a crop from the top; empty where there is no ink.

    ``pixels``: gray, BGR or BGRA of any size. Ink too low for letters is left out.
    """
    found = _lines_of(pixels) if pixels.size else ()
    return tuple(line for line in found if line.pixels.shape[0] >= LEAST_HEIGHT_PX)


def _lines_of(pixels: Pixels) -> tuple[CropLine, ...]:
    crop = find_ink(pixels)
    strokes = _measure(crop.pieces)
    groups = _group(strokes) if strokes is not None else []
    if strokes is None or len(groups) < 2:
        if strokes is not None:
            crop = crop.without(_bars(strokes, crop.ink.shape[1]))
        return tuple(_split_head(*line) for line in find_lines(crop))
    tallest = max(_tallest(strokes, members) for members in groups)
    found = []
    for members in groups:
        mask = np.isin(strokes.labels, members)
        rows, columns = np.nonzero(mask)
        box = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        line = _split_head(clean_picture(crop.gray, mask, crop.paper)[box], mask[box])
        found.append(replace(line, cut=_is_cut(strokes, members, CUT_HEIGHT * tallest)))
    return tuple(found)


def _tallest(strokes: _Strokes, members: Ints) -> float:
    """Height of a line's tall letters."""
    return float(np.percentile(strokes.high[members[strokes.body[members]]], TALLEST))


def _measure(pieces: Pieces) -> _Strokes | None:
    """Connected ink without frame lines and dust; None where nothing is left."""
    labels, stats, kept = pieces.labels, pieces.stats, pieces.kept
    if not kept.any():
        return None
    left, top, wide, high, area = (stats[:, k].astype(np.int64) for k in range(5))
    heights, areas = high[kept], area[kept].astype(np.float64)
    order = np.argsort(heights)
    middle = np.searchsorted(np.cumsum(areas[order]), areas.sum() / 2)
    usual = float(heights[order[min(int(middle), len(order) - 1)]])
    body = kept & (high >= BODY_SHARE * usual)
    return _Strokes(labels, left, top, wide, high, kept, body, usual)


def _group(strokes: _Strokes) -> list[Ints]:
    """Labels of each line from the top; one group or none where there is one line."""
    height = strokes.labels.shape[0]
    cover = np.zeros(height)
    for k in np.flatnonzero(strokes.body):
        inset = strokes.high[k] * (1 - MIDDLE_SHARE) / 2
        first = round(float(strokes.top[k] + inset))
        last = round(float(strokes.top[k] + strokes.high[k] - inset))
        cover[first : max(first + 1, last)] += strokes.wide[k]
    edges = [0, *sorted(_gaps(cover, 0, height)), height]
    bands = list(itertools.pairwise(edges))
    shared = np.array(
        [
            np.minimum(strokes.top + strokes.high, end) - np.maximum(strokes.top, start)
            for start, end in bands
        ]
    )
    of = shared.argmax(axis=0)
    kept = strokes.ink & ~_strays(strokes)
    lines = [np.flatnonzero((of == k) & kept) for k in range(len(bands))]
    widths = [int(strokes.wide[m][strokes.body[m]].sum()) for m in lines]
    least = max(LEAST_WIDTH_SHARE * max(widths), LEAST_WIDTH * strokes.usual)
    solid = [
        members
        for members, width in zip(lines, widths, strict=True)
        if width >= least and strokes.body[members].sum() > 1
    ]
    lowest = LEAST_HEIGHT_SHARE * max((_tallest(strokes, m) for m in solid), default=0.0)
    solid = [m for m in solid if _tallest(strokes, m) >= lowest or _is_cut(strokes, m, lowest)]
    spans = [_span(strokes, members) for members in solid]
    for one, two in itertools.pairwise(spans):
        shared_px = min(one[1], two[1]) - max(one[0], two[0])
        if shared_px < OVERLAP_SHARE * min(one[1] - one[0], two[1] - two[0]):
            return []
    return solid


def _strays(strokes: _Strokes) -> Mask:
    """Which strokes are slices of lines that lie outside, or pieces of a frame."""
    height, width = strokes.labels.shape
    at_edge = _touches(strokes, 0) | _touches(strokes, height)
    return np.asarray((at_edge & ~strokes.body) | _bars(strokes, width))


def _bars(strokes: _Strokes, width: int) -> Mask:
    """Which strokes are pieces of a frame at the left or right edge."""
    right = strokes.left + strokes.wide
    thin = strokes.wide <= np.maximum(2, BAR_THICKNESS * strokes.high)
    beside = (strokes.left <= BAR_PLACE * width) | (right >= (1 - BAR_PLACE) * width)
    bars = strokes.ink & thin & beside & (strokes.high >= BODY_SHARE * strokes.usual)
    letters = np.flatnonzero(strokes.body & ~bars)
    for k in np.flatnonzero(bars):
        gaps = np.maximum(strokes.left[letters] - right[k], strokes.left[k] - right[letters])
        bars[k] = letters.size > 0 and gaps.min() >= BAR_GAP * strokes.usual
    return np.asarray(bars)


def _touches(strokes: _Strokes, edge: int) -> Mask:
    """Which strokes touch the upper (0) or lower (the height) edge."""
    if edge == 0:
        return np.asarray(strokes.top <= EDGE_PX)
    return np.asarray(strokes.top + strokes.high >= edge - EDGE_PX)


def _gaps(cover: npt.NDArray[np.float64], start: int, end: int) -> list[int]:
    """Rows at which the letters' middles leave gaps."""
    part = cover[start:end]
    if part.size < 3:
        return []
    above = np.maximum.accumulate(part)
    below = np.maximum.accumulate(part[::-1])[::-1]
    thinner = np.minimum(above, below)
    share = np.where(thinner > 0, part / np.maximum(thinner, 1), 1.0)
    if share.min() > GAP_SHARE:
        return []
    lowest = np.flatnonzero(share <= share.min())
    runs = np.split(lowest, np.flatnonzero(np.diff(lowest) > 1) + 1)
    widest = max(runs, key=len)
    row = start + int(widest[0] + widest[-1] + 1) // 2
    return [*_gaps(cover, start, row), row, *_gaps(cover, row, end)]


def _span(strokes: _Strokes, members: Ints) -> tuple[int, int]:
    body = members[strokes.body[members]]
    return int(strokes.left[body].min()), int((strokes.left + strokes.wide)[body].max())


def _is_cut(strokes: _Strokes, members: Ints, lower_than: float) -> bool:
    """Whether the upper or the lower edge goes through most of a line."""
    body = members[strokes.body[members]]
    for edge in (0, strokes.labels.shape[0]):
        at_edge = body[_touches(strokes, edge)[body]]
        share = strokes.wide[at_edge].sum() / strokes.wide[body].sum()
        if share >= CUT_SHARE and _tallest(strokes, at_edge) <= lower_than:
            return True
    return False


def _split_head(line: Pixels, ink: Mask) -> CropLine:
    """A line with what may be a caption at its start told apart."""
    strokes = _measure(find_pieces(ink))
    if strokes is None:
        return CropLine(line)
    clusters = _columns(strokes)
    even = _is_even(strokes, clusters)
    end, colon = _caption_end(strokes, clusters)
    if end is None:
        return CropLine(line, even=even)
    head, rest = (_tight(line[:, part], ink[:, part]) for part in (np.s_[:end], np.s_[end:]))
    if head is None or rest is None:
        return CropLine(line, even=even)
    return CropLine(line, even=even, colon=colon, head=head, rest=rest)


def _tight(line: Pixels, ink: Mask) -> Pixels | None:
    rows, columns = np.nonzero(ink)
    if rows.size == 0:
        return None
    return line[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _caption_end(strokes: _Strokes, clusters: Sequence[Ints]) -> tuple[int | None, bool]:
    """Column of a line at which a printed caption may end, if any; whether behind a colon."""
    if strokes.body.sum() <= EVEN_LETTERS:
        return None, False
    height = float(np.median(strokes.high[strokes.body]))
    even: int | None = None
    for index, (one, two) in enumerate(itertools.pairwise(clusters)):
        gap = strokes.left[two].min() - _right(strokes, one)
        end = int(_right(strokes, one) + gap / 2)
        if index > 0 and gap >= COLON_GAP * height and _is_colon(strokes, one, height):
            return end, True
        if even is None and gap >= EVEN_GAP * height and _is_even(strokes, clusters[: index + 1]):
            even = end
    return even, False


def _columns(strokes: _Strokes) -> list[Ints]:
    """Strokes above each other, from the left."""
    found: list[list[int]] = []
    right = -1
    for k in sorted(np.flatnonzero(strokes.ink), key=lambda k: int(strokes.left[k])):
        if strokes.left[k] > right:
            found.append([])
        found[-1].append(int(k))
        right = max(right, int(strokes.left[k] + strokes.wide[k]))
    return [np.array(members) for members in found]


def _right(strokes: _Strokes, members: Ints) -> int:
    return int((strokes.left + strokes.wide)[members].max())


def _is_colon(strokes: _Strokes, members: Ints, height: float) -> bool:
    """Whether strokes above each other are two dots, one high above the other."""
    if len(members) != 2:
        return False
    low = (strokes.high[members] <= DOT_SHARE * height) & (strokes.wide[members] <= height / 2)
    rise = abs(int(strokes.top[members[0]] - strokes.top[members[1]]))
    return bool(low.all()) and rise >= COLON_RISE * height


def _is_even(strokes: _Strokes, clusters: Sequence[Ints]) -> bool:
    """Whether letters stand as even as print."""
    letters = [k for members in clusters for k in members if strokes.body[k]]
    if len(letters) < EVEN_LETTERS:
        return False
    top, foot = strokes.top[letters], (strokes.top + strokes.high)[letters]
    level = (abs(top - np.median(top)) <= 1) & (abs(foot - np.median(foot)) <= 1)
    gaps = [
        strokes.left[two].min() - _right(strokes, one) for one, two in itertools.pairwise(clusters)
    ]
    height = float(np.median(strokes.high[letters]))
    spacing = float(np.median(gaps)) if gaps else 0.0
    return bool(level.mean() >= EVEN_SHARE and spacing <= EVEN_SPACING * height)
