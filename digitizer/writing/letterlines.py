"""Strokes put together to letters, and the line of them at a place's height.

For settling whose a letter at a border is: pieces of strokes by cell, pieces that are parts
of one letter, and what the writing beside a place is like: its spacing, size and height.
Letters that touch are one.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from digitizer.writing.ink import px
from digitizer.writing.strokes import Strokes

Box = tuple[int, int, int, int]

# A line's letters are judged this far (mm) from the border.
LINE_MM = 30.0
# Pieces this near above one another (mm) are one letter: a ruling wiped out of it
# leaves it in parts, and an i has a dot.
PART_MM = 0.7
# Pieces smaller than this (px) are dots and dust; they go with the letter they belong to.
LETTER_PX = 12
# Letters stand at one height if they share this much of the lower one's height.
LEVEL_SHARE = 0.5
# A gap wider than this many letter heights parts words, and says nothing of a line's spacing.
WORD_GAP = 1.2
# A line of fewer letters than two has this spacing, in letter heights.
USUAL_GAP = 0.3


@dataclass(frozen=True, slots=True)
class Piece:
    """A component's part in one cell: its key in the page, its box in px, its ink in px."""

    key: int
    cell: int
    left: int
    top: int
    right: int
    bottom: int
    area: int

    @property
    def height(self) -> int:
        """In px."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Line:
    """The writing on one side of a letter: spacing, size, height and how far off (px)."""

    gap: float
    spacing: float
    size: float
    top: float
    bottom: float


def pieces_of(strokes: Strokes, keys: npt.NDArray[np.int64], width: int, count: int) -> list[Piece]:
    """The parts of components by cell, from all ink pixels that have an owner."""
    order = np.argsort(keys, kind="stable")
    order = order[strokes.cell[order] > 0]
    if len(order) == 0:
        return []
    sorted_keys = keys[order]
    rows, columns = np.divmod(strokes.pixel[order], width)
    starts = np.flatnonzero(np.diff(sorted_keys, prepend=-1))
    tops, bottoms = np.minimum.reduceat(rows, starts), np.maximum.reduceat(rows, starts)
    lefts, rights = np.minimum.reduceat(columns, starts), np.maximum.reduceat(columns, starts)
    areas = np.diff(np.append(starts, len(order)))
    return [
        Piece(int(key), int(key) % count, int(x0), int(y0), int(x1) + 1, int(y1) + 1, int(area))
        for key, x0, y0, x1, y1, area in zip(
            sorted_keys[starts], lefts, tops, rights, bottoms, areas, strict=True
        )
    ]


def letters_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces put together to letters, from left to right."""
    letters: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: p.left):
        home = None
        for letter in letters:
            if any(_is_part(piece, other) for other in letter):
                if home is None:
                    letter.append(piece)
                    home = letter
                else:
                    home.extend(letter)
                    letter.clear()
        if home is None:
            letters.append([piece])
    whole = [x for x in letters if sum(p.area for p in x) >= LETTER_PX]
    return sorted(whole, key=lambda x: min(p.left for p in x))


def _is_part(one: Piece, other: Piece) -> bool:
    """Whether two pieces may be parts of one letter: one above the other, close by."""
    beside = min(one.right, other.right) - max(one.left, other.left)
    apart = max(one.top, other.top) - min(one.bottom, other.bottom)
    return beside >= 0 and apart <= px(PART_MM)


def around(letter: Sequence[Piece]) -> Box:
    """The box around a letter's pieces (at least one), px."""
    return (
        min(p.left for p in letter),
        min(p.top for p in letter),
        max(p.right for p in letter),
        max(p.bottom for p in letter),
    )


def line_beside(
    box: Box, pieces: Sequence[Piece], border: int, *, left: bool, comb: bool = False
) -> Line | None:
    """The writing at a letter's height on one side of it; None where there is none."""
    reach = px(LINE_MM)
    near = [
        around(x)
        for x in letters_of(
            [p for p in pieces if border - reach < p.right and p.left < border + reach]
        )
    ]
    level = [
        other
        for other in near
        if min(other[3], box[3]) - max(other[1], box[1])
        >= LEVEL_SHARE * min(other[3] - other[1], box[3] - box[1])
        and (other[0] < box[0] if left else other[2] > box[2])
    ]
    if not level:
        return None
    level.sort(key=lambda b: b[2] if left else -b[0], reverse=True)
    size = float(np.percentile([b[3] - b[1] for b in level], 70))
    gaps = []
    for one, other in itertools.pairwise(level):
        gap = one[0] - other[2] if left else other[0] - one[2]
        if comb or gap <= WORD_GAP * size:
            gaps.append(max(0, gap))
    spacing = float(np.median(gaps)) if len(gaps) >= 2 else USUAL_GAP * size
    first = level[0]
    gap = box[0] - first[2] if left else first[0] - box[2]
    last = level[:4]
    return Line(
        gap=max(0.0, float(gap)),
        spacing=max(spacing, 0.15 * size),
        size=max(size, 1.0),
        top=float(np.median([b[1] for b in last])),
        bottom=float(np.median([b[3] for b in last])),
    )
