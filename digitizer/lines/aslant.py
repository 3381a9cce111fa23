"""How far a page is seen aslant, by its own rulings, and the way back.

Where no outline is seen, or a wrong one (the edge of a shadow, a sheet beneath), perspective
is left in the page: rulings lean, more so from one to the next, and beyond some lean none is
traced, so that a table would end there. Method: lines that are parallel on the paper meet in
one point of the picture. Rulings across and down are each asked for theirs (every pair of
lines proposes one, length votes), and the homography that takes both points to infinity
takes rulings to level and plumb. Lengths are kept at the rulings' middle; how much the paper
is foreshortened there nobody can tell. It fails (None) where fewer than ``MIN_LINES`` lines
agree either way, or where the page would be torn. Where nothing is ruled down, the sides on
which lines across begin and end stand for it (``fit_open_aslant``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import connected_components

from digitizer.geometry import Points, apply_homography, rectangle
from digitizer.records import PAGE_PX_PER_MM, Homography, Rule

# Lines that tell where a direction vanishes: at least so long, 25 mm, and so many ...
MIN_LENGTH_PX = 25 * PAGE_PX_PER_MM
MIN_LINES = 3
# ... of which no more than the longest so many are asked, 1,225 pairs.
MAX_LINES = 50
# A line runs to the point if it points there from its middle within this slope: curl of 8 mm
# over a row turns its ends by 0.1, its middle by less than 0.02.
AGREE_SLOPE = 0.012
# Lines of the table that agree hold this share of the length of all.
AGREE_SHARE = 0.6
# Pages whose rulings lean by less than this, at the corners of what they cover, are left as
# they are: the tracer follows them up to 0.055, and a slight bend is taken out with the curl.
MIN_LEAN = 0.03
# Lines of a table without rulings down: at least so many and so long, 100 mm, that begin and end
# within 1.5 mm of two sides which lean by so much more against each other; two of them 40 mm apart.
MIN_OPEN_LINES, MIN_OPEN_PX, ON_SIDE_PX = 5, 100 * PAGE_PX_PER_MM, 1.5 * PAGE_PX_PER_MM
MIN_CONVERGING, MIN_DOWN_PX = 0.08, 40 * PAGE_PX_PER_MM
# No place of a page is enlarged by more than this against its middle, nor made smaller.
MAX_ENLARGED = 2.5
# A ruling belongs to a table if it comes this near to two of the other direction, 3 mm.
NEAR_PX = 3 * PAGE_PX_PER_MM

_Floats = npt.NDArray[np.float64]


def fit_aslant(rules: Sequence[Rule], shape: tuple[int, ...]) -> Homography | None:
    """The move that takes the rulings of a page to level and plumb; None: none, or untold.

    ``shape``: (height, width) of the page. The middle of the rulings stays where it is.
    """
    long = [rule for rule in rules if _length(rule) >= MIN_LENGTH_PX]
    crossing = _crossing([r for r in long if r.horizontal], [r for r in long if not r.horizontal])
    told = _told(*crossing)
    if told is None:
        # Of another sheet, that lies beside in another direction, a table may be seen, too.
        told = _told(*_largest_table(*crossing))
    return None if told is None else _move(told, shape)


def fit_open_aslant(rules: Sequence[Rule], shape: tuple[int, ...]) -> Homography | None:
    """As ``fit_aslant`` for lines across without any ruling down: by where they begin and end.

    Lines of one table do so on two sides that are straight, and converge (``MIN_CONVERGING``).
    """
    long = [r for r in rules if r.horizontal and r.thickness_px > 0 and _length(r) >= MIN_OPEN_PX]
    if not MIN_OPEN_LINES <= len(long) <= MAX_LINES:
        return None
    ends = np.array([rule.points[[0, -1]] for rule in long])
    best, sides = np.zeros(len(long), np.bool_), np.zeros((2, 2))
    for i, j in combinations(range(len(long)), 2):
        down = ends[j, :, 1] - ends[i, :, 1]
        if np.abs(down).min() < MIN_DOWN_PX:
            continue
        lean = (ends[j, :, 0] - ends[i, :, 0]) / down
        off = ends[:, :, 0] - ends[i, :, 0] - lean * (ends[:, :, 1] - ends[i, :, 1])
        agree = (np.abs(off) <= ON_SIDE_PX).all(axis=1)
        if abs(lean[1] - lean[0]) >= MIN_CONVERGING and agree.sum() > best.sum():
            best, sides = agree, np.array([ends[i, :, 0] - lean * ends[i, :, 1], lean])
    if best.sum() < MIN_OPEN_LINES:
        return None
    across = [rule for rule, on in zip(long, best, strict=True) if on]
    heights = np.linspace(ends[best][..., 1].min(), ends[best][..., 1].max(), 9)
    left, right = sides[0][:, None] + sides[1][:, None] * heights
    down_lines = [
        Rule(np.column_stack([x, heights]), False, 0.0, 0.0)
        for x in (left, right, (left + right) / 2)
    ]
    told = _told(across, down_lines)
    return None if told is None else _move(told, shape)


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """Where rulings across and down vanish, homogeneous, about ``middle`` in units of ``size``.

    ``corners``: of what the rulings cover, in px.
    """

    across: _Floats
    down: _Floats
    middle: Points
    size: float
    corners: Points


def _told(across: Sequence[Rule], down: Sequence[Rule]) -> _Told | None:
    """What rulings tell of perspective; None: too few, or they do not agree."""
    if len(across) < MIN_LINES or len(down) < MIN_LINES:
        return None
    points = np.concatenate([rule.points for rule in (*across, *down)])
    low, high = points.min(axis=0), points.max(axis=0)
    middle, size = (low + high) / 2, float(np.ptp(points, axis=0).max())
    first, second = (_vanishing(family, middle, size) for family in (across, down))
    if first is None or second is None:
        return None
    return _Told(first, second, middle, size, rectangle(*low, *high))


def _move(told: _Told, shape: tuple[int, ...]) -> Homography | None:
    """The move that takes both points to infinity; None: not worth it, or the page is torn."""
    at = (told.corners - told.middle) / told.size
    if max(_lean(told.across, at, along=0), _lean(told.down, at, along=1)) < MIN_LEAN:
        return None
    matrix = _way_back(told.across, told.down, told.middle, told.size)
    return matrix if matrix is not None and _is_whole(matrix, shape, told.corners) else None


def _length(rule: Rule) -> float:
    return float(np.ptp(rule.points[:, 0 if rule.horizontal else 1]))


def _crossing(across: Sequence[Rule], down: Sequence[Rule]) -> tuple[list[Rule], list[Rule]]:
    """Those that come near to two of the other direction: a table's, no grain of a desk."""
    if not across or not down:
        return [], []
    meets = _meets(across, down)
    kept = [r for r, n in zip(across, meets.sum(axis=1), strict=True) if n >= 2]
    return kept, [r for r, n in zip(down, meets.sum(axis=0), strict=True) if n >= 2]


def _largest_table(across: Sequence[Rule], down: Sequence[Rule]) -> tuple[list[Rule], list[Rule]]:
    """Those of the rulings that hang together and are the longest in all."""
    if not across or not down:
        return [], []
    rules = [*across, *down]
    joined = np.zeros((len(rules), len(rules)), np.bool_)
    joined[: len(across), len(across) :] = _meets(across, down)
    _, labels = connected_components(joined, directed=False)
    lengths = np.bincount(labels, weights=[_length(rule) for rule in rules])
    kept = [r for r, label in zip(rules, labels, strict=True) if label == lengths.argmax()]
    return [r for r in kept if r.horizontal], [r for r in kept if not r.horizontal]


def _meets(across: Sequence[Rule], down: Sequence[Rule]) -> npt.NDArray[np.bool_]:
    """Which rulings across come near to which down, (across, down)."""
    a = np.array([[*rule.points[0], *rule.points[-1]] for rule in across])[:, None, :]
    d = np.array([[*rule.points[0], *rule.points[-1]] for rule in down])[None, :, :]
    # Straight from end to end: y = ay + s (x - ax) and x = dx + t (y - dy).
    s = (a[..., 3] - a[..., 1]) / (a[..., 2] - a[..., 0])
    t = (d[..., 2] - d[..., 0]) / (d[..., 3] - d[..., 1])
    y = (a[..., 1] + s * (d[..., 0] - a[..., 0] - t * d[..., 1])) / (1 - s * t)
    x = d[..., 0] + t * (y - d[..., 1])
    meets = (x >= a[..., 0] - NEAR_PX) & (x <= a[..., 2] + NEAR_PX)
    return np.asarray(meets & (y >= d[..., 1] - NEAR_PX) & (y <= d[..., 3] + NEAR_PX))


def _vanishing(rules: Sequence[Rule], middle: Points, size: float) -> _Floats | None:
    """Where these lines meet, homogeneous, about ``middle`` in units of ``size``; None: untold."""
    used = sorted(rules, key=_length, reverse=True)[:MAX_LINES]
    lengths = np.array([_length(rule) for rule in used])
    ways = [_line((rule.points - middle) / size, horizontal=rule.horizontal) for rule in used]
    lines = np.array([line for line, _, _ in ways])
    at = np.array([place for _, place, _ in ways])
    direction = np.array([way for _, _, way in ways])
    pairs = np.array(list(combinations(range(len(used)), 2)))
    meet = np.cross(lines[pairs[:, 0]], lines[pairs[:, 1]])
    norm = np.linalg.norm(meet, axis=1, keepdims=True)
    meet = np.concatenate([(meet / np.maximum(norm, 1e-12))[norm[:, 0] > 1e-9], _far(direction)])
    best = meet[int(np.argmax((_agree(meet, at, direction) * lengths).sum(axis=1)))]
    for _ in range(5):
        agree = _agree(best[None, :], at, direction)[0]
        weights = np.sqrt(lengths * agree)[:, None]
        best = np.linalg.svd(lines * weights)[2][-1]
    agree = _agree(best[None, :], at, direction)[0]
    enough = agree.sum() >= MIN_LINES and (lengths * agree).sum() >= AGREE_SHARE * lengths.sum()
    return np.asarray(best, dtype=np.float64) if enough else None


def _line(points: Points, *, horizontal: bool) -> tuple[_Floats, _Floats, _Floats]:
    """A ruling's straight line (a, b, c), its middle and its direction, of length 1."""
    t, v = points.T if horizontal else points[:, ::-1].T
    slope, level = np.polyfit(t, v, 1)
    way = np.array([1.0, slope] if horizontal else [slope, 1.0]) / np.hypot(1.0, slope)
    mean = float(t.mean())
    place = np.array([mean, level + slope * mean])
    if not horizontal:
        place = place[::-1]
    normal = np.array([-way[1], way[0]])
    return np.array([*normal, -float(normal @ place)]), place, way


def _far(direction: _Floats) -> _Floats:
    """The point where lines of the median direction meet if they are parallel in the picture."""
    way = np.median(direction, axis=0)
    return np.array([[way[0], way[1], 0.0]]) / float(np.linalg.norm(way))


def _agree(meet: _Floats, at: _Floats, direction: _Floats) -> npt.NDArray[np.bool_]:
    """Which lines (N) run to which points (M): (M, N)."""
    way = meet[:, None, :2] - at[None] * meet[:, None, 2:]
    length = np.maximum(np.linalg.norm(way, axis=2), 1e-12)
    off = way[..., 0] * direction[None, :, 1] - way[..., 1] * direction[None, :, 0]
    return np.asarray(np.abs(off) / length <= AGREE_SLOPE)


def _lean(meet: _Floats, corners: Points, *, along: int) -> float:
    """The greatest slope at these places of lines that run to a point."""
    way = meet[None, :2] - corners * meet[2]
    return float(
        np.abs(way[:, 1 - along] / np.where(way[:, along] == 0, 1e-12, way[:, along])).max()
    )


def _way_back(first: _Floats, second: _Floats, middle: Points, size: float) -> Homography | None:
    """The homography that takes both points to infinity, to the right and down."""
    horizon = np.cross(first, second)
    if abs(horizon[2]) < 1e-9:
        return None
    horizon = horizon / horizon[2]
    middle_point = np.array([0.0, 0.0, 1.0])
    x = np.cross(second, middle_point)
    y = np.cross(first, middle_point)
    # At the middle a step along either direction stays as long as it is.
    x = x / float(x[:2] @ _towards(first, along=0))
    y = y / float(y[:2] @ _towards(second, along=1))
    there = np.array(
        [[1 / size, 0, -middle[0] / size], [0, 1 / size, -middle[1] / size], [0, 0, 1]]
    )
    back = np.array([[size, 0, middle[0]], [0, size, middle[1]], [0, 0, 1]])
    return np.asarray(back @ np.array([x, y, horizon]) @ there, dtype=np.float64)


def _towards(meet: _Floats, *, along: int) -> _Floats:
    """The direction, of length 1, from the middle to a point: to the right, or down."""
    way = meet[:2] / np.linalg.norm(meet[:2])
    return np.asarray(way * np.sign(way[along]), dtype=np.float64)


def _is_whole(matrix: Homography, shape: tuple[int, ...], covered: Points) -> bool:
    """Whether the move leaves the page in one piece, what the rulings cover about as large."""
    height, width = shape[0], shape[1]
    corners = np.concatenate([rectangle(0, 0, width, height), covered])
    depth = np.column_stack([corners, np.ones(len(corners))]) @ matrix[2]
    if depth.min() <= 0 or depth.max() > MAX_ENLARGED or depth.min() < 1 / MAX_ENLARGED:
        return False
    return bool(np.isfinite(apply_homography(matrix, corners)).all())
