"""Put traced rulings together to tables: rows, columns and which borders exist.

Rulings that cross belong to one table. A ruling that crosses fewer than two
others, or a short one whose ends hang free, is a stroke or an underline and is
left out. Sides that were printed open are closed through the ends of the
rulings that run into them, so a table without an outer frame keeps its first
and last column. Cells are bounded by the crossings of the rulings themselves,
never by upright boxes, so what perspective or curl is left does no harm.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from digitizer.geometry import Points, as_polygon
from digitizer.lines.boxsides import without_box_sides
from digitizer.lines.boxstacks import joined_boxes
from digitizer.lines.doubles import DOUBLE_PX, MEET_PX, without_doubles
from digitizer.lines.hiddenlines import with_hidden_parts
from digitizer.lines.linepieces import BORDER_SHARE, covered, in_line, joined, where_printed
from digitizer.lines.rulepaths import crossing, hidden_length, is_hidden_at, rule_at, rule_span
from digitizer.lines.wornends import with_worn_ends
from digitizer.records import PAGE_PX_PER_MM, Point, Polygon, Rule

# How far from the one it meets a ruling may end at most where it is short, 1.3 mm; of a hundred pen
# strokes and feet of letters on real pages three ended so near at both ends.
END_PX = 1.3 * PAGE_PX_PER_MM
# ... and of it so much more, as a share of its length, may be missing than of the long ones.
LESS_SUPPORT = 0.2
# A ruling of this share of the longest one's length need not end on another: its ends
# may be worn. Rulings that end with at least this many others make an open side.
LONG_SHARE = 0.5
MIN_ENDING = 2
# Rulings must run this far past the outermost crossing to make an open side, 4 mm.
OPEN_SIDE_PX = 4 * PAGE_PX_PER_MM
# A line that runs on this far past a table, 12 mm, and ends this near to the edge
# of the page is none of the table's rulings.
STREAK_PX = 12 * PAGE_PX_PER_MM
EDGE_PX = 10
# ... nor is one that runs on this far past it on both sides, 25 mm: rows without a frame
# are open by less.
BEYOND_PX = 25 * PAGE_PX_PER_MM
# Rulings longer than this, 40 mm, lie within 0.5 degrees of each other's direction.
MIN_SLANT_PX = 40 * PAGE_PX_PER_MM
MAX_SLANT = 0.009
# More lines than this that run on alike are no dirt.
MAX_STREAKS = 2
# A line that leans is a column all the same if it meets this share of the rulings others do.
AS_MANY = 0.8
# A ruling has its gap at a place if it cannot be seen in this share of it; tables are
# two where at most this share of the rulings pass.
GAP_SHARE = 0.7
MAX_PASSING = 0.2
# Share of the rulings that must end together there.
OPEN_SIDE_SHARE = 0.6


Spans = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A ruled table of R rows and C columns, in page pixels.

    ``across``: R + 1 horizontal rulings, top to bottom; ``down``: C + 1
    vertical ones, left to right. ``across_borders`` (R + 1, C) and
    ``down_borders`` (R, C + 1): whether that piece of ruling is there.
    """

    across: tuple[Rule, ...]
    down: tuple[Rule, ...]
    across_borders: npt.NDArray[np.bool_]
    down_borders: npt.NDArray[np.bool_]

    @property
    def row_count(self) -> int:
        """Elementary rows, header rows included."""
        return len(self.across) - 1

    @property
    def column_count(self) -> int:
        """Elementary columns."""
        return len(self.down) - 1

    def corner(self, i: int, j: int) -> Point:
        """Where horizontal ruling ``i`` meets vertical ruling ``j``."""
        return crossing(self.across[i], self.down[j])

    def cell(self, top: int, left: int, bottom: int, right: int) -> Polygon:
        """Corners of the block between the given rulings, clockwise from top left."""
        return as_polygon(
            [
                self.corner(top, left),
                self.corner(top, right),
                self.corner(bottom, right),
                self.corner(bottom, left),
            ]
        )

    def down_share(self, low: int, high: int) -> npt.NDArray[np.float64]:
        """Share of the way from ruling ``low`` to ``high`` that each vertical one goes, (C + 1,).

        Of lines to write on in several columns some lie a pixel below others: what is
        between them is next to nothing of a row.
        """
        at = [self.corner(i, 0)[1] for i in range(low, high + 1)]
        heights = np.maximum(np.diff(at), 1e-3)
        return np.asarray(heights @ self.down_borders[low:high] / heights.sum())

    def outline(self) -> Polygon:
        """Corners of the whole table."""
        return self.cell(0, 0, self.row_count, self.column_count)


def find_tables(rules: Sequence[Rule], shape: tuple[int, ...]) -> tuple[Table, ...]:
    """Return the tables that ``rules`` make, the one with the most cells first.

    ``shape``: (height, width) of the page.
    """
    across = [r for r in rules if r.horizontal]
    down = without_box_sides(across, [r for r in rules if not r.horizontal])
    across = with_worn_ends(across, down)
    across, down = (
        _without_streaks(across, down, shape[1]),
        _without_streaks(down, across, shape[0]),
    )
    across, down = _of_one_direction(across, down), _of_one_direction(down, across)
    across, down = joined_boxes(across, down)
    across, down = without_doubles(across), without_doubles(down)
    across, down = with_hidden_parts(across, down)
    across, down = _without_strays(across, down)
    if len(across) < 2 or len(down) < 1:
        return ()
    meets = _meetings(across, down)
    tables = list[Table]()
    for rows, columns in _components(meets):
        table = _table([across[i] for i in rows], [down[j] for j in columns])
        if table is not None:
            tables += map(_as_printed, _apart(table))
    tables.sort(key=lambda t: (-t.row_count * t.column_count, t.outline()))
    return tuple(tables)


def _as_printed(table: Table) -> Table:
    down = where_printed(table.down, table.across, table.down_borders.T).T
    return replace(table, down_borders=down)


def _apart(table: Table) -> list[Table]:
    """Tables in line with each other: cut where no ruling was printed between them.

    A ruling is followed over a gap, since a pen may hide it there; where every one
    has its gap at the same place there is nothing to hide.
    """
    pieces = _cut_columns(table)
    turned = [t for piece in pieces for t in _cut_columns(_turned(piece))]
    found = [_turned(piece) for piece in turned]
    if len(found) == 1:
        return found
    return [_closed(piece, [other for other in found if other is not piece]) for piece in found]


def _closed(piece: Table, others: Sequence[Table]) -> Table:
    """A piece with the sides that were printed open; what was farther out had hidden them.

    The rulings of a piece may run on into another one: that is no side of it.
    """
    closed = _table(piece.across, piece.down)
    if closed is None or any(_share_ground(closed, other) for other in others):
        return piece
    return closed


def _share_ground(first: Table, second: Table) -> bool:
    one, other = np.array(first.outline()), np.array(second.outline())
    low = np.maximum(one.min(axis=0), other.min(axis=0))
    high = np.minimum(one.max(axis=0), other.max(axis=0))
    return bool((high - low > MEET_PX).all())


def _cut_columns(table: Table) -> list[Table]:
    empty = [_is_gap(table, j) for j in range(table.column_count)]
    parts, start = [], 0
    for j in (*np.flatnonzero(empty), table.column_count):
        stop = int(j)
        if stop > start:
            shown = table.across_borders[:, start:stop].mean(axis=1) >= BORDER_SHARE
            rows = [int(i) for i in np.flatnonzero(shown)]
            if len(rows) >= 2:
                parts.append(_part(table, rows, start, stop))
        start = stop + 1
    return parts if len(parts) > 1 else [table]


def _is_gap(table: Table, j: int) -> bool:
    """Whether the rulings that pass column ``j`` are not printed there.

    What lies on the page, a note, hides them together with those that they cross.
    """
    left, right = table.down[j], table.down[j + 1]
    if abs(_position(right) - _position(left)) < DOUBLE_PX:
        return False  # pieces of one line, which nothing can lie between
    every = [i for i in range(len(table.across)) if table.across_borders[i, j]]
    passed = [i for i in every if not any(_hides_crossing(table, i, k) for k in (j, j + 1))]
    if every and not passed:
        return False
    seen = 0
    for i in passed:
        rule = table.across[i]
        if rule.support == 0:
            continue
        k = 0 if rule.horizontal else 1
        first, last = (
            (crossing(rule, left)[k], crossing(rule, right)[k])
            if rule.horizontal
            else (crossing(left, rule)[k], crossing(right, rule)[k])
        )
        seen += hidden_length(rule, first, last) < GAP_SHARE * (last - first)
    return seen <= MAX_PASSING * len(passed)


def _hides_crossing(table: Table, i: int, j: int) -> bool:
    """Whether what lies on the page hides ruling ``j`` where it crosses ruling ``i``."""
    return is_hidden_at(table.down[j], table.corner(i, j)[1])


def _turned(table: Table) -> Table:
    """The table with rows for columns."""
    return Table(table.down, table.across, table.down_borders.T, table.across_borders.T)


def _part(table: Table, rows: list[int], first: int, last: int) -> Table:
    """Columns ``first`` to ``last`` (rulings) of a table, with the rulings ``rows``."""
    down = table.down_borders[:, first : last + 1]
    between = [down[low:high].mean(axis=0) >= BORDER_SHARE for low, high in pairwise(rows)]
    return Table(
        across=tuple(table.across[i] for i in rows),
        down=table.down[first : last + 1],
        across_borders=table.across_borders[rows, first:last],
        down_borders=np.array(between),
    )


def _without_streaks(rules: Sequence[Rule], others: Sequence[Rule], length_px: float) -> list[Rule]:
    """Leave out lines that run from a table off the page, or far past both its sides.

    They are dirt on the scanner's glass, or folds. There are few such lines, and rulings
    beside them end where the table does. Where several run on alike they are rows that the
    scan cut, or an open side.
    """
    over: list[list[tuple[float, int]]] = [[], []]
    beyond = []
    for number, rule in enumerate(rules):
        start, stop = rule_span(rule)
        at = _meeting_places(rule, others)
        if not at:
            continue
        if at[0] - start > STREAK_PX:
            over[0].append((start, number))
        if stop - at[-1] > STREAK_PX:
            over[1].append((stop, number))
        if min(at[0] - start, stop - at[-1]) > BEYOND_PX:
            beyond.append(number)
    streaks = set(beyond) if len(beyond) <= MAX_STREAKS else set()
    for side, edge in zip(over, (0.0, length_px), strict=True):
        for end, number in side:
            alike = sum(abs(other - end) <= STREAK_PX for other, _ in side)
            if abs(end - edge) < EDGE_PX and alike <= MAX_STREAKS:
                streaks.add(number)
    return [rule for number, rule in enumerate(rules) if number not in streaks]


def _of_one_direction(rules: Sequence[Rule], others: Sequence[Rule]) -> list[Rule]:
    """Leave out long lines aslant of the others: strokes through rows, X marks.

    Perspective and curl turn rulings little by little from one to the next, so
    each is held against a straight fit of slope by position. Of ``others``, of the
    other direction, a line meets two to count: a streak beside the table, far from
    the middle, would turn the fit. A line down that leans, but goes through as many rows as
    the others and ends at rulings, is a column of a half beside a fold.
    """
    long = [rule for rule in rules if rule_span(rule)[1] - rule_span(rule)[0] > MIN_SLANT_PX]
    long = [rule for rule in long if len(_meeting_places(rule, others)) >= 2]
    if len(long) < 4:
        return list(rules)
    slopes = np.array([_slope(rule) for rule in long])
    places = np.array([_position(rule) for rule in long])
    weights = np.array([rule_span(rule)[1] - rule_span(rule)[0] for rule in long])
    level, trend = float(np.median(slopes)), 0.0
    for _ in range(5):
        off = slopes - level - trend * places
        w = weights / (1.0 + (off / (MAX_SLANT / 2)) ** 2)
        trend, level = np.polyfit(places, slopes, 1, w=np.sqrt(w))
    slanted = {
        id(rule)
        for rule, off in zip(long, slopes - level - trend * places, strict=True)
        if abs(off) > MAX_SLANT
    }
    if rules[0].horizontal:
        return [rule for rule in rules if id(rule) not in slanted]
    # Of a sheet folded down its middle one half leans: its columns go through as many rows as the
    # others, and end at rulings, past which streaks run on.
    met = {id(rule): _meeting_places(rule, others) for rule in long}
    straight = [len(at) for key, at in met.items() if key not in slanted]
    usual = float(np.median(straight)) if straight else 0.0
    slanted -= {
        id(rule)
        for rule in long
        if len(at := met[id(rule)]) >= AS_MANY * usual
        and max(at[0] - rule_span(rule)[0], rule_span(rule)[1] - at[-1]) <= MEET_PX
    }
    return [rule for rule in rules if id(rule) not in slanted]


def _slope(rule: Rule) -> float:
    t, v = rule.points[:, 0], rule.points[:, 1]
    if not rule.horizontal:
        t, v = v, t
    off = t - t.mean()
    return float(off @ v / (off @ off))


def _meeting_places(rule: Rule, others: Sequence[Rule]) -> list[float]:
    """Where along ``rule`` it meets ``others``, ascending."""
    at = []
    for other in others:
        across, down = (rule, other) if rule.horizontal else (other, rule)
        if _meets(across, down):
            at.append(crossing(across, down)[0 if rule.horizontal else 1])
    return sorted(at)


def _meets(across: Rule, down: Rule) -> bool:
    x, y = crossing(across, down)
    left, right = rule_span(across)
    top, bottom = rule_span(down)
    return left - MEET_PX <= x <= right + MEET_PX and top - MEET_PX <= y <= bottom + MEET_PX


def _meetings(across: Sequence[Rule], down: Sequence[Rule]) -> npt.NDArray[np.bool_]:
    return np.array([[_meets(a, d) for d in down] for a in across], dtype=bool).reshape(
        len(across), len(down)
    )


def _without_strays(across: Sequence[Rule], down: Sequence[Rule]) -> tuple[list[Rule], list[Rule]]:
    """Leave out what meets fewer than two rulings, again and again until none is left.

    A horizontal ruling that meets one vertical one stays where many such make
    an open side; that is decided by their number.
    """
    across, down = list(across), list(down)
    while True:
        meets = _meetings(across, down)
        keep_across = [i for i in range(len(across)) if meets[i].sum() >= min(2, len(down))]
        keep_down = [j for j in range(len(down)) if meets[:, j].sum() >= 2]
        held = _anchored(across, down), _anchored(down, across)
        keep_across = [i for i in keep_across if held[0][i]]
        keep_down = [j for j in keep_down if held[1][j]]
        if len(keep_across) == len(across) and len(keep_down) == len(down):
            return across, down
        across = [across[i] for i in keep_across]
        down = [down[j] for j in keep_down]


def _spans(rules: Sequence[Rule]) -> Spans:
    return np.array([rule_span(rule) for rule in rules], dtype=np.float64).reshape(-1, 2)


def _anchored(rules: Sequence[Rule], others: Sequence[Rule]) -> list[bool]:
    """Whether each ruling belongs to a table: it is long, or held at both ends.

    A ruling is printed from one ruling to another, or ends where its neighbours
    end. Strokes of a pen, drawings and feet of letters are short and end anywhere.
    What is long is told by the rulings' lengths from the first to the last of
    ``others`` they meet: specks beyond a worn table's side may make that longer.
    """
    spans = _spans(rules)
    meetings = [np.array(_meeting_places(rule, others)) for rule in rules]
    longest = max((float(np.ptp(at)) for at in meetings if len(at) >= 2), default=np.inf)
    lengths = spans[:, 1] - spans[:, 0]
    crosses = np.array([len(at) >= 2 for at in meetings], dtype=bool)
    long = crosses & (lengths >= LONG_SHARE * longest)
    supports = np.array([rule.support for rule in rules])
    # A short ruling is as whole as the long ones are; a pen's stroke is seldom.
    least = float(np.median(supports[long])) - LESS_SUPPORT if long.any() else 0.0
    return [
        bool(is_long)
        or (
            rule.support >= least
            and all(
                (len(at) > 0 and np.abs(at - end).min() <= END_PX)
                or (np.abs(spans[:, side] - end) <= END_PX).sum() > MIN_ENDING
                for side, end in enumerate(ends)
            )
        )
        for rule, ends, at, is_long in zip(rules, spans.tolist(), meetings, long, strict=True)
    ]


def _components(meets: npt.NDArray[np.bool_]) -> list[tuple[list[int], list[int]]]:
    """Groups of rulings connected by meetings."""
    rows_left = set(range(meets.shape[0]))
    groups = []
    while rows_left:
        rows: set[int] = {min(rows_left)}
        columns: set[int] = set()
        while True:
            new_columns = {int(j) for i in rows for j in np.flatnonzero(meets[i])} - columns
            columns |= new_columns
            new_rows = {int(i) for j in columns for i in np.flatnonzero(meets[:, j])} - rows
            rows |= new_rows
            if not new_rows and not new_columns:
                break
        rows_left -= rows
        groups.append((sorted(rows), sorted(columns)))
    return groups


def _virtual(points: Points, *, horizontal: bool) -> Rule:
    """A border that was not printed: thickness and support 0."""
    return Rule(points=points, horizontal=horizontal, thickness_px=0.0, support=0.0)


def _side(rules: Sequence[Rule], crossed: Sequence[Rule], *, last: bool) -> Rule | None:
    """The border through the common ends of ``rules`` beyond the outermost of ``crossed``."""
    overhangs, ends = [], []
    outer = crossed[-1 if last else 0]
    for rule in rules:
        end = rule_span(rule)[1 if last else 0]
        meet = crossing(rule, outer) if rule.horizontal else crossing(outer, rule)
        at = meet[0] if rule.horizontal else meet[1]
        overhangs.append(end - at if last else at - end)
        ends.append((end, rule_at(rule, end)) if rule.horizontal else (rule_at(rule, end), end))
    beyond = np.array(overhangs)
    out = beyond > OPEN_SIDE_PX
    if out.sum() < max(2, OPEN_SIDE_SHARE * len(rules)):
        return None
    middle = float(np.median(beyond[out]))
    together = out & (np.abs(beyond - middle) < max(MEET_PX, 0.05 * middle))
    if together.sum() < max(2, OPEN_SIDE_SHARE * len(rules)):
        return None
    points = np.array(ends)[together]
    axis = 1 if rules[0].horizontal else 0
    points = points[np.argsort(points[:, axis])]
    # A straight border through the ends; single ends are good to a few pixels only.
    line = np.polyfit(points[:, axis], points[:, 1 - axis], 1)
    t = np.array([points[0, axis], points[-1, axis]])
    v = np.polyval(line, t)
    xy = np.column_stack([v, t]) if axis == 1 else np.column_stack([t, v])
    return _virtual(xy, horizontal=not rules[0].horizontal)


def _position(rule: Rule) -> float:
    """Where a ruling lies across its direction, at its middle."""
    return rule_at(rule, sum(rule_span(rule)) / 2)


def _table(across: Sequence[Rule], down: Sequence[Rule]) -> Table | None:
    rows = sorted(across, key=_position)
    columns = sorted(down, key=_position)
    if len(rows) < 2 or not columns:
        return None
    sides = [_side(rows, columns, last=False), _side(rows, columns, last=True)]
    columns = [s for s in sides[:1] if s] + columns + [s for s in sides[1:] if s]
    if len(columns) < 2:
        return None
    long_columns = [c for c in columns if c.support > 0]
    if long_columns:
        ends = [_side(long_columns, rows, last=False), _side(long_columns, rows, last=True)]
        rows = [e for e in ends[:1] if e] + rows + [e for e in ends[1:] if e]
    rows_of = sorted(in_line(rows), key=lambda pieces: _position(joined(pieces)))
    columns_of = sorted(in_line(columns), key=lambda pieces: _position(joined(pieces)))
    rows, columns = [joined(p) for p in rows_of], [joined(p) for p in columns_of]
    across_borders = np.array(
        [
            [
                covered(pieces, crossing(row, left)[0], crossing(row, right)[0])
                for left, right in pairwise(columns)
            ]
            for row, pieces in zip(rows, rows_of, strict=True)
        ]
    )
    down_borders = np.array(
        [
            [
                covered(pieces, crossing(above, column)[1], crossing(below, column)[1])
                for column, pieces in zip(columns, columns_of, strict=True)
            ]
            for above, below in pairwise(rows)
        ]
    )
    return Table(tuple(rows), tuple(columns), across_borders, down_borders)
