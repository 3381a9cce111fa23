"""Rows that something lies on: a note, a slip of paper, tape.

It hides the printed lines that it lies on, which pens do not: of the row's cells one at least
has lost both its sides, and the line above it or below; or the row has lost the same stretch of
both lines, with what crosses it, or where none does and the rest of both is seen well. A note that
ends within cells hides one side for half of the row, with the line there to both sides of it; what
is written on the note may look like pieces of lines in rows between two of such rows. A sheet must
show its lines well beside that: those that are seldom seen tell nothing, and of a worn copy
nothing is told at all. The row in which a note ends may hide little and is not always told.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.geometry import Points
from digitizer.records import PAGE_PX_PER_MM, Pixels, RowPlace

# A line is darker by so many gray levels than what lies so far to both sides of it, px, for
# lines of up to 1.3 mm; it is looked for so far off the cell's side, px.
MIN_RIDGE, BESIDE_PX, REACH_PX = 8, 7, 4
# A side is looked at in pieces of 3 mm, without its ends, where other lines run; dots are
# nearer to each other.
PIECE_PX, ENDS_PX = 3 * PAGE_PX_PER_MM, 1 * PAGE_PX_PER_MM
# A side is hidden where at most so much of it is seen, though of those in line with it so much
# is in one of four: a note may lie on most rows of a short table.
MOST_SEEN, USUALLY_SEEN, ONE_OF_FOUR = 0.25, 0.85, 0.75
# Fewer rows do not tell what is usual.
MIN_ROWS = 3
# Of a side so many pieces are hidden from the line on, and half of it, where a note ends in cells.
CORNER_PIECES = 2
# Of lines that no others cross so much is hidden, 30 mm, at the same place.
MIN_STRETCH = 10

Bools = npt.NDArray[np.bool_]


def covered_rows(rows: Sequence[RowPlace], gray: Pixels) -> tuple[int, ...]:
    """Numbers of the rows (page px) that something lies on; ``gray``: the level page (H, W)."""
    if len(rows) < MIN_ROWS:
        return ()
    upright, level = _ridges(gray, down=True), _ridges(gray, down=False)
    sides = [_sides(row) for row in rows]
    down = [[_seen(upright, a, b, down=True) for a, b in one] for one in sides]
    if len({len(one) for one in down}) > 1:
        return ()
    quads = [np.array(row.polygon, dtype=np.float64) for row in rows]
    lines = [
        (_seen(level, q[0], q[1], down=False), _seen(level, q[3], q[2], down=False)) for q in quads
    ]
    shown = np.array([[_share(side) for side in one] for one in down])
    usual = np.quantile(shown, ONE_OF_FOUR, axis=0) >= USUALLY_SEEN
    lined = np.median([[_share_beside(line) for line in pair] for pair in lines]) >= USUALLY_SEEN
    found: dict[int, int] = {}
    for n, (row, own, seen, pair) in enumerate(zip(rows, sides, shown, lines, strict=True)):
        places = [float(top[0] + low[0]) / 2 for top, low in own]
        hidden = [(x, is_so) for x, is_so in zip(places, seen <= MOST_SEEN, strict=True)]
        told = [one for one, is_usual in zip(hidden, usual, strict=True) if is_usual]
        both = zip(places, down[n], usual, strict=True)
        pieces = [(x, side) for x, side, is_usual in both if is_usual]
        if lined and (
            _hides_cell(row, told, pair)
            or _hides_both_lines(row, hidden, pair)
            or _hides_corner(row, pieces, pair)
        ):
            found[n] = row.row
    for above, below in pairwise(sorted(found)):
        for n in range(above + 1, below):
            alone = below - above == 2 and _stretch_of_both(lines[n]) is not None
            if alone or all(_is_lost_beside(lines[n], lines[other]) for other in (above, below)):
                found[n] = rows[n].row
    return tuple(number for _, number in sorted(found.items()))


def _hides_cell(
    row: RowPlace, sides: Sequence[tuple[float, bool]], lines: tuple[Bools, Bools]
) -> bool:
    """Whether two sides of a row next to each other are hidden, and a line between them.

    ``sides``: where they are, px from the page's left, and whether each is hidden.
    """
    return any(
        first and second and any(_seen_within(row, seen, (a, b)) <= MOST_SEEN for seen in lines)
        for (a, first), (b, second) in pairwise(sides)
    )


def _hides_both_lines(
    row: RowPlace, sides: Sequence[tuple[float, bool]], lines: tuple[Bools, Bools]
) -> bool:
    """Whether the lines above and below a row are hidden at one place, with what crosses it.

    A note within one column hides no side: the rest of both lines must be seen the better.
    """
    stretch = _stretch_of_both(lines)
    if stretch is None:
        return False
    within = [is_hidden for x, is_hidden in sides if _is_within(x, row, stretch, len(lines[0]))]
    clear = min(map(_share_beside, lines)) >= USUALLY_SEEN
    return all(within) and (bool(within) or not sides or clear)


def _stretch_of_both(lines: tuple[Bools, Bools]) -> tuple[int, int] | None:
    """Pieces, from and to, that both lines of a row have lost at one place; None: too few."""
    upper, lower = lines
    if len(upper) != len(lower):
        return None
    first, last = _longest(~upper & ~lower)
    return (first, last) if last - first >= MIN_STRETCH else None


def _is_lost_beside(lines: tuple[Bools, Bools], others: tuple[Bools, Bools]) -> bool:
    """Whether of both lines of a row most is lost where those of another row are.

    What is written on a note stands where lines would.
    """
    stretch = _stretch_of_both(others)
    if stretch is None or len({len(one) for one in (*lines, *others)}) > 1:
        return False
    return all(_share(line[slice(*stretch)]) < 0.5 for line in lines)


def _is_within(x: float, row: RowPlace, stretch: tuple[int, int], count: int) -> bool:
    """Whether a place lies within a stretch of a row's line of ``count`` pieces, off its ends.

    Where the line is lost up to the end of the row, the side there is, too.
    """
    start, stop = row.polygon[0][0], row.polygon[1][0]
    step = (stop - start) / count
    low = start + (stretch[0] + 1) * step if stretch[0] > 0 else -np.inf
    return bool(low < x < (start + (stretch[1] - 1) * step if stretch[1] < count else np.inf))


def _hides_corner(
    row: RowPlace, sides: Sequence[tuple[float, Bools]], lines: tuple[Bools, Bools]
) -> bool:
    """Whether a side is hidden from one line of the row on, and that line to both sides of it.

    ``sides``: where they are, px from the page's left, and which pieces of them are seen.
    """
    for line, from_line in zip(lines, (1, -1), strict=True):
        stretch = _longest(~line)
        if stretch[1] - stretch[0] < MIN_STRETCH:
            continue
        for x, seen in sides:
            hidden = int(np.argmax(seen[::from_line])) if seen.any() else len(seen)
            if hidden < max(CORNER_PIECES, len(seen) / 2):
                continue
            if _is_within(x, row, stretch, len(line)):
                return True
    return False


def _sides(row: RowPlace) -> list[tuple[Points, Points]]:
    """Sides of the row's cells from the left, each once, from its upper end to its lower one."""
    found = []
    for cell in row.cells:
        quad = np.array(cell.polygon, dtype=np.float64)
        found += [(quad[0], quad[3]), (quad[1], quad[2])]
    found.sort(key=lambda side: float(side[0][0]))
    near = PAGE_PX_PER_MM
    return [
        side
        for n, side in enumerate(found)
        if n == 0 or float(side[0][0] - found[n - 1][0][0]) > near
    ]


def _ridges(gray: Pixels, *, down: bool) -> Pixels:
    """Darkness (H, W) of thin lines in one direction, below what lies on both their sides."""
    across = (2 * BESIDE_PX + 1, 1) if down else (1, 2 * BESIDE_PX + 1)
    along = (1, 5) if down else (5, 1)
    smooth = cv2.blur(gray, along)
    closed = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, np.ones(across[::-1], np.uint8))
    return np.asarray(cv2.subtract(closed, smooth), dtype=np.uint8)


def _seen(ridges: Pixels, start: Points, stop: Points, *, down: bool) -> Bools:
    """For each piece of a side from one end to the other whether a line is seen there."""
    plane = ridges if down else ridges.T
    (v0, t0), (v1, t1) = (start, stop) if down else (start[::-1], stop[::-1])
    low, high = round(float(t0 + ENDS_PX)), round(float(t1 - ENDS_PX))
    at = np.arange(max(0, low), min(high, plane.shape[0]))
    if len(at) < PIECE_PX:
        return np.ones(1, dtype=np.bool_)
    place = np.rint(np.interp(at, [t0, t1], [v0, v1])).astype(int)
    reach = np.clip(place[:, None] + np.arange(-REACH_PX, REACH_PX + 1), 0, plane.shape[1] - 1)
    strip = plane[at[:, None], reach]
    # A line stays at its place over a piece; specks lie anywhere.
    pieces = np.array_split(strip, max(1, round(len(at) / PIECE_PX)))
    return np.array([piece.mean(axis=0).max() >= MIN_RIDGE for piece in pieces])


def _share(seen: Bools) -> float:
    return float(seen.mean())


def _share_beside(seen: Bools) -> float:
    """The share of a line that is seen beside its longest stretch that is not."""
    first, last = _longest(~seen)
    if last - first < MIN_STRETCH:
        return _share(seen)
    rest = np.delete(seen, np.s_[first:last])
    return _share(rest) if len(rest) else 0.0


def _seen_within(row: RowPlace, seen: Bools, between: tuple[float, float]) -> float:
    """The share of a row's line that is seen from one place to another, px."""
    start, stop = row.polygon[0][0], row.polygon[1][0]
    at = start + (np.arange(len(seen)) + 0.5) * (stop - start) / len(seen)
    inside = (at > between[0]) & (at < between[1])
    return _share(seen[inside]) if inside.any() else 1.0


def _longest(hidden: Bools) -> tuple[int, int]:
    """The first and the one after the last of the most pieces that are hidden one by one."""
    best, start = (0, 0), 0
    for n, one in enumerate([*hidden.tolist(), False]):
        if not one:
            best = max(best, (start, n), key=lambda run: run[1] - run[0])
            start = n + 1
    return best
