"""Trace the rulings of a level page, each along its own length.

Method: a ruling is a thin dark ridge (``ridges``). Peaks of each strip of the page are
linked from strip to strip by a tracker that follows slope and bend, so a
ruling that is skewed, curled or broken by a signature stays one ruling.
Connected components fail here: a signature that crosses two rulings merges
them. Accuracy is a few tenths of a pixel; it fails on rulings thicker than
1.5 mm.

Dotted, dashed and worn rulings leave no ridge of any length. They are followed
in a second pass, in the mean darkness of the page. Gray bands instead of rulings
are traced by their edges (``bands``). Sides of a box that a round corner joins
reach the corner (``roundcorners``).
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.geometry import Points
from digitizer.lines.bands import trace_bands
from digitizer.lines.letterstacks import without_letter_stacks
from digitizer.lines.ridges import RUN_PX, WEAK_STRIPS, Ridges, find_ridges
from digitizer.lines.roundcorners import with_corners
from digitizer.lines.tracks import (
    STRIP_PX,
    FloatImage,
    Track,
    continued,
    densest,
    link,
    median,
    response_along,
    smooth_line,
)
from digitizer.records import PAGE_PX_PER_MM, Pixels, Rule

Floats = npt.NDArray[np.float64]

# Shorter than this is a stroke, a letter or a dash, not a ruling: 12 mm.
MIN_LENGTH_PX = 12 * PAGE_PX_PER_MM
# Share of a ruling's length that lies in unbroken runs of RUN_PX: rulings
# 0.6-0.98 even under handwriting, baselines of print and script below 0.5.
MIN_RUN_SHARE = 0.6
# A ruling may end this many strips beyond the last one that holds a peak.
ENDS_STRIPS = 2
# A shorter break of a ruling is wear or noise, 2 mm.
MIN_GAP_PX = 16
# Columns with less than this share of the ruling's median response are gaps.
EVENNESS = 0.4
# Strips of a ruling that hold a peak: rulings 0.75-1, chance chains of text below 0.5.
MIN_SUPPORT = 0.6
# Standard deviation of the peaks about the smooth line, px: rulings 0.05-0.4,
# the feet of letters 0.7 and more.
MAX_WOBBLE_PX = 0.6
# A column without ink weighs this much against one with, when a weak ruling's ends
# are cut: a worn ruling has its last pieces far apart.
WEAK_MISS_WEIGHT = 0.5
# Shorter ones are feet of letters, 30 mm; gaps up to 2.5 mm belong to them.
MIN_WEAK_PX = 30 * PAGE_PX_PER_MM
WEAK_GAP_PX = 20
# ... and a piece of it if it is shorter than this share of it.
WHOLE_SHARE = 0.9
# A solid ruling ends where it ends: what goes on beyond is print.
SOLID_SUPPORT, SOLID_SHARE = 0.9, 0.5
# A ruling this near to a weak one over most of its length is the same, px; a band's
# edge as near as this to one is that ruling's own.
SAME_PX = 5
BESIDE_PX = 12
# Pieces of one line share so much, 2 mm, and are there mostly no farther apart, px: where it
# turns, the ends of both go on straight, and off it by up to this.
MIN_SHARED_PX, ON_LINE_PX, OFF_LINE_PX = 2 * PAGE_PX_PER_MM, 2.0, 4.0
# A line from which a stroke goes off is told up to this far before it, 4 mm, where they are one;
# so many points before and behind tell whether it lies straight.
FORK_PX, FORK_POINTS = 2 * STRIP_PX, 4
# Where one line ends and the next begins, so many points of either tell whether they are one.
STRAIGHT_POINTS = 12
# Where two rulings are compared, from the first to the last place that both have.
SEVENTHS = np.linspace(0.0, 1.0, 7)


@dataclass(frozen=True, slots=True, eq=False)
class Traces:
    """What a page (H, W) shows of rulings before any is followed: the same however they bend.

    ``across``, ``down``: of horizontal and of vertical ones; None on a page too small for any.
    """

    across: Ridges | None
    down: Ridges | None
    bands: tuple[Rule, ...]


def trace_rules(gray: Pixels, *, bent: bool = False) -> tuple[Rule, ...]:
    """Return the horizontal and vertical rulings of a level page.

    ``gray``: (H, W) uint8, lighting flattened, at ``PAGE_DPI``. ``bent``: follow
    them around steeper bends.
    """
    return follow_traces(find_traces(gray), bent=bent)


def find_traces(gray: Pixels) -> Traces:
    """Look at a level page for rulings; ``gray`` as for ``trace_rules``."""
    return Traces(*find_ridges(gray), trace_bands(gray))


def follow_traces(traces: Traces, *, bent: bool = False) -> tuple[Rule, ...]:
    """The rulings that traces make; ``bent``: followed around steeper bends."""
    across, down = (
        () if ridges is None else _in_one(_follow(ridges, bent, horizontal=horizontal))
        for ridges, horizontal in ((traces.across, True), (traces.down, False))
    )
    rules = _merged(across, traces.bands, BESIDE_PX) + down
    if traces.across is None:
        return rules
    rules = without_letter_stacks(rules, traces.across.image)
    return with_corners(rules, traces.across.image)


def _follow(ridges: Ridges, bent: bool, *, horizontal: bool) -> tuple[Rule, ...]:
    tracks = link(ridges.heights, ridges.strength, MIN_LENGTH_PX * MIN_RUN_SHARE, bent=bent)
    # Most tracks are lines of writing: those without unbroken runs need no closer look.
    waiting, found = deque(tracks), list[Rule]()
    while waiting:
        track = waiting.popleft()
        rule = _finish(track, ridges, horizontal) if _may_run(track, ridges.running) else None
        if rule is not None:
            found.append(rule)
            waiting += _left_of(track, rule)
    return _merged(found, _follow_weak(ridges, bent, horizontal, found))


def _may_run(track: Track, running: FloatImage) -> bool:
    """Whether there is enough in unbroken runs about a track; ``running``: share of each strip."""
    first = max(0, track.strips[0] - ENDS_STRIPS)
    at = np.arange(first, min(running.shape[1], track.strips[-1] + ENDS_STRIPS + 1))
    found = response_along(at, np.interp(at, track.strips, track.heights), running)
    return float(found.sum()) * STRIP_PX >= MIN_RUN_SHARE * MIN_LENGTH_PX


def _left_of(track: Track, rule: Rule) -> Iterator[Track]:
    """What of a track lies before and behind its ruling: one of another table in line with it.

    A track goes on over gaps, and its ruling ends where the gap is longer than what follows.
    """
    along, _ = _path(rule)
    middles = (np.array(track.strips) + 0.5) * STRIP_PX
    for part in np.flatnonzero(middles < along[0]), np.flatnonzero(middles > along[-1]):
        if len(part) * STRIP_PX >= MIN_LENGTH_PX * MIN_RUN_SHARE:
            low, high = int(part[0]), int(part[-1]) + 1
            yield Track(track.strips[low:high], track.heights[low:high])


def _follow_weak(ridges: Ridges, bent: bool, horizontal: bool, known: Sequence[Rule]) -> list[Rule]:
    """Broken, dotted and dashed rulings, without those that ``known`` ones stand for."""
    rules = []
    for track in link(ridges.weak_heights, ridges.weak, MIN_WEAK_PX * MIN_SUPPORT, bent=bent):
        # Its ruling ends at most so far beyond it, and may end sooner.
        x = (np.array(track.strips) + 0.5) * STRIP_PX
        y = np.array(track.heights) + 0.5
        reach = (WEAK_STRIPS + 1) * STRIP_PX
        most = float(x[-1] - x[0]) + 2 * reach
        if any(_is_beside(one, x, y, SAME_PX) and _stands_for(one, most) for one in known):
            continue
        rule = _finish_weak(track, ridges, horizontal)
        if rule is not None:
            rules.append(rule)
    return rules


def _finish_weak(track: Track, ridges: Ridges, horizontal: bool) -> Rule | None:
    """Cut a weak track to where it is as dark as it mostly is."""
    score, ridge = ridges.weak, ridges.ridge
    x = (np.asarray(track.strips, dtype=np.float64) + 0.5) * STRIP_PX
    seen = np.asarray(track.heights, dtype=np.float64)
    y = smooth_line(x, seen)
    strips = np.arange(track.strips[0], track.strips[-1] + 1)
    found = response_along(
        strips, continued((strips.astype(np.float64) + 0.5) * STRIP_PX, x, y), score
    )
    hit = found > max(ridges.weak_least, EVENNESS * median(found))
    first, last = densest(hit, WEAK_MISS_WEIGHT)
    if (last - first) * STRIP_PX < MIN_WEAK_PX or hit[first:last].mean() < MIN_SUPPORT:
        return None
    # Strips are coarse: the ends are those of the last dots.
    low = max(0, int(strips[first] - WEAK_STRIPS) * STRIP_PX)
    high = min(ridge.shape[1], int(strips[first] + last - first + WEAK_STRIPS) * STRIP_PX)
    columns = np.arange(low, high)
    dots = response_along(columns, continued(columns, x, y), ridge) > ridges.level
    closed = cv2.morphologyEx(
        dots.astype(np.uint8)[None, :], cv2.MORPH_CLOSE, np.ones((1, WEAK_GAP_PX), np.uint8)
    )[0]
    start, stop = densest(closed > 0, WEAK_MISS_WEIGHT)
    within = (x > low + start) & (x < low + stop)
    if stop - start < MIN_WEAK_PX or within.sum() < 4:
        return None
    if np.std((seen - y)[within]) > MAX_WOBBLE_PX:
        return None
    inner = x[(x > low + start + 1) & (x < low + stop - 1)]
    xs = np.concatenate([[low + start], inner, [low + stop]]).astype(np.float64)
    ys = continued(xs, x, y) + 0.5
    return Rule(
        points=np.column_stack([xs, ys] if horizontal else [ys, xs]),
        horizontal=horizontal,
        thickness_px=_thickness(ridges.image, xs, ys),
        support=float(closed[start:stop].mean()),
        gaps=_gaps(closed[start:stop] > 0, float(low + start)),
    )


def _merged(
    rules: Sequence[Rule], weak: Sequence[Rule], near_px: float = SAME_PX
) -> tuple[Rule, ...]:
    """Rulings with the weaker ones that were not found as well; the longer stands for both.

    Those within ``near_px`` of each other over most of their length are the same.
    """
    kept = list(rules)
    for rule in weak:
        along, across = _path(rule)
        same = [other for other in kept if _is_beside(other, along, across, near_px)]
        # Pieces of a dashed ruling give way to the whole.
        if not any(_stands_for(other, float(along[-1] - along[0])) for other in same):
            gone = {id(other) for other in same}
            kept = [other for other in kept if id(other) not in gone]
            kept.append(rule)
    return tuple(kept)


def _in_one(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Rulings, each in one: of a line that leans much every track follows a piece.

    Pieces overlap, and lie on each other where they do. A track may also leave its ruling
    along a pen's stroke that goes off it; then another one holds the ruling's longer part.
    """
    lines: list[Rule] = []
    for rule in sorted(rules, key=lambda one: float(_path(one)[0][0])):
        for k, line in enumerate(lines):
            pieces = (line, rule) if _goes_on(line, rule) else _without_stroke(line, rule)
            if pieces is not None:
                lines[k] = _with_piece(*pieces)
                break
        else:
            lines.append(rule)
    return tuple(lines)


def _without_stroke(line: Rule, piece: Rule) -> tuple[Rule, Rule] | None:
    """Both as far as they are one ruling, where either goes off it along a stroke; else None.

    The stroke is the shorter way on from where they part.
    """
    t, v = _path(line)
    along, across = _path(piece)
    if not t[0] < along[0] < t[-1] < along[-1]:
        return None
    if _goes_off(t, v, along, across):
        return replace(line, points=line.points[t <= along[0] - FORK_PX]), piece
    if _goes_off(-along[::-1], across[::-1], -t[::-1], v[::-1]):
        return line, replace(piece, points=piece.points[along >= t[-1] + FORK_PX])
    return None


def _goes_off(t: Floats, v: Floats, along: Floats, across: Floats) -> bool:
    """Whether a path leaves its line where another one begins that lies straight before it."""
    before = t <= along[0] - FORK_PX
    beside = along <= t[-1]
    if before.sum() < FORK_POINTS or beside.sum() < 2:
        return False
    ahead = continued(along[:FORK_POINTS], t[before], v[before])
    apart = np.abs(np.interp(along[beside], t, v) - across[beside])
    straight = np.abs(ahead - across[:FORK_POINTS]).max() <= ON_LINE_PX
    return bool(straight and apart[0] <= OFF_LINE_PX < apart[-1])


def _goes_on(line: Rule, piece: Rule) -> bool:
    """Whether a piece that begins within a line, and ends beyond it, lies on it until there."""
    t, v = _path(line)
    along, across = _path(piece)
    low, high = float(along[0]), float(t[-1])
    if not (t[0] < low and high < along[-1]):
        return False
    if abs(high - low) < MIN_SHARED_PX:
        return _ends_where_it_begins(t, v, along, across)
    if high < low:
        return False
    at = low + (high - low) * SEVENTHS
    apart = np.sort(np.abs(np.interp(at, t, v) - np.interp(at, along, across)))
    return bool(apart[len(at) // 2] <= ON_LINE_PX and apart[-1] <= OFF_LINE_PX)


def _ends_where_it_begins(t: Floats, v: Floats, along: Floats, across: Floats) -> bool:
    """Whether a path ends where another one begins, and each lies straight before the other."""
    if min(len(t), len(along)) < STRAIGHT_POINTS:
        return False
    at = np.r_[t[-STRAIGHT_POINTS:], along[:STRAIGHT_POINTS]]
    first = np.polyfit(t[-STRAIGHT_POINTS:], v[-STRAIGHT_POINTS:], 1)
    second = np.polyfit(along[:STRAIGHT_POINTS], across[:STRAIGHT_POINTS], 1)
    return bool(np.abs(np.polyval(first, at) - np.polyval(second, at)).max() <= OFF_LINE_PX)


def _with_piece(line: Rule, piece: Rule) -> Rule:
    """A line with a piece that goes on beyond its end, from the middle of what both have."""
    (t, _), (along, _) = _path(line), _path(piece)
    middle = (float(along[0]) + float(t[-1])) / 2
    lengths = middle - float(t[0]), float(along[-1]) - middle
    gaps = [(a, min(b, middle)) for a, b in line.gaps if a < middle]
    gaps += [(max(a, middle), b) for a, b in piece.gaps if b > middle]
    return Rule(
        points=np.vstack([line.points[t < middle], piece.points[along > middle]]),
        horizontal=line.horizontal,
        thickness_px=float(np.average([line.thickness_px, piece.thickness_px], weights=lengths)),
        support=float(np.average([line.support, piece.support], weights=lengths)),
        gaps=tuple(gaps),
    )


def _path(rule: Rule) -> tuple[Floats, Floats]:
    """Coordinates along a ruling and across it."""
    along = 0 if rule.horizontal else 1
    return rule.points[:, along], rule.points[:, 1 - along]


def _is_beside(rule: Rule, along: Floats, across: Floats, near_px: float) -> bool:
    """Whether a ruling runs within ``near_px`` of a path, over half of the shorter one."""
    t, v = _path(rule)
    low, high = max(t[0], along[0]), min(t[-1], along[-1])
    if high - low < 0.5 * min(t[-1] - t[0], along[-1] - along[0]):
        return False
    at = low + (high - low) * SEVENTHS
    apart = np.abs(np.interp(at, t, v) - np.interp(at, along, across))
    return float(np.sort(apart)[len(at) // 2]) < near_px


def _stands_for(rule: Rule, length: float) -> bool:
    """Whether a ruling is the whole of a weaker one beside it of this length."""
    t, _ = _path(rule)
    share = WHOLE_SHARE if rule.support < SOLID_SUPPORT else SOLID_SHARE
    return float(t[-1] - t[0]) >= share * length


def _finish(track: Track, ridges: Ridges, horizontal: bool) -> Rule | None:
    """Smooth a track, cut it to where the ruling really is, measure its thickness."""
    ridge, level = ridges.ridge, ridges.level
    x = (np.asarray(track.strips, dtype=np.float64) + 0.5) * STRIP_PX
    seen = np.asarray(track.heights, dtype=np.float64)
    y = smooth_line(x, seen)
    first = max(0.0, x[0] - ENDS_STRIPS * STRIP_PX)
    last = min(float(ridge.shape[1]), x[-1] + ENDS_STRIPS * STRIP_PX)
    columns = np.arange(int(first), int(last))
    response = response_along(columns, continued(columns, x, y), ridge)
    seen_at = _in_runs(response > level)
    if seen_at.sum() < MIN_RUN_SHARE * MIN_LENGTH_PX:
        return None
    start, stop = densest(seen_at)
    # A ruling is of one darkness; the feet of letters change from dark to none.
    even = EVENNESS * median(response[start:stop])
    hit = _in_runs(response > max(level, even))
    start, stop = densest(hit)
    if stop - start < MIN_LENGTH_PX or hit[start:stop].mean() < MIN_RUN_SHARE:
        return None
    start, stop = start + columns[0], stop + columns[0]
    within = (x > start) & (x < stop)
    strips = max(1.0, (stop - start) / STRIP_PX)
    if within.sum() < MIN_SUPPORT * strips or np.std((seen - y)[within]) > MAX_WOBBLE_PX:
        return None
    inner = x[(x > start + 1) & (x < stop - 1)]
    xs = np.concatenate([[start], inner, [stop]]).astype(np.float64)
    ys = continued(xs, x, y) + 0.5  # the middle of a pixel, where the image starts at 0
    points: Points = np.column_stack([xs, ys]) if horizontal else np.column_stack([ys, xs])
    return Rule(
        points=points,
        horizontal=horizontal,
        thickness_px=_thickness(ridges.image, xs, ys),
        support=float(hit[start - columns[0] : stop - columns[0]].mean()),
        gaps=_gaps(hit[start - columns[0] : stop - columns[0]], float(start)),
    )


def _gaps(hit: npt.NDArray[np.bool_], start: float) -> tuple[tuple[float, float], ...]:
    """Stretches of at least ``MIN_GAP_PX`` without the ruling, from ``start`` on."""
    edges = np.flatnonzero(np.diff(np.r_[True, hit, True].astype(np.int8)))
    ends = edges.reshape(-1, 2) + start
    return tuple((float(a), float(b)) for a, b in ends if b - a >= MIN_GAP_PX)


def _in_runs(hit: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which columns lie in unbroken runs of at least ``RUN_PX``."""
    # One or two missing pixels are noise, not a gap.
    line = hit.astype(np.uint8)[None, :]
    closed = cv2.morphologyEx(line, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, RUN_PX), np.uint8))
    return np.asarray(opened[0] > 0)


def _thickness(image: Pixels, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    """Median width of the dark run across the ruling at half its depth, px."""
    at = np.linspace(x[0] + 1, x[-1] - 1, 48)
    rows = np.round(np.interp(at, x, y) - 0.5).astype(int)
    reach = 8
    offsets = np.arange(-reach, reach + 1)
    grid = np.clip(rows[:, None] + offsets[None, :], 0, image.shape[0] - 1)
    columns = np.clip(at.astype(int), 0, image.shape[1] - 1)
    middle = len(at) // 2
    seen = np.partition(image[grid, columns[:, None]], (middle - 1, middle), axis=0)
    profile = seen[middle - 1 : middle + 1].mean(axis=0)
    paper = median(np.r_[profile[:3], profile[-3:]])
    core = profile[reach - 1 : reach + 2]
    level = (paper + float(core.min())) / 2
    dark = profile < level
    center = reach - 1 + int(np.argmin(core))
    a = b = center
    while a > 0 and dark[a - 1]:
        a -= 1
    while b < len(profile) - 1 and dark[b + 1]:
        b += 1
    return float(b - a + 1)
