"""Folds and edges of the paper that look like rulings of its table, and like ink.

The edge of a fold's shadow is as thin, dark and straight as a printed ruling. But
a ruling of a table ends where the table does, and a fold goes on to the edge of
the paper. Only what runs on past a table, on both sides or with its other end at no
ruling, while other rulings of the same table end at its sides, is taken for a fold;
a pen's stroke through a row and beyond is none of the table's rulings either. A fold
past open rows is told by columns that begin and end with these. A fold
along a ruling between even rows is that ruling as far as the table goes; one on a table as
wide as the paper stays unseen.

Where paper lies on paper its edges are such lines too. Crossed by folds they frame a
table as large as the sheet, so they go first: no table but a cropped one comes so near
to the edge of its page, and there its rulings end.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from digitizer.lines.rulepaths import crossing, rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Pixels, Rule

# How far a fold runs on past the outermost ruling it crosses, on either side, 5 mm:
# printed rulings end within 1 mm of it, the margins of a sheet are wider.
PAST_PX = 5 * PAGE_PX_PER_MM
# The rulings that it crosses go on above and below for at least 1.5 mm.
THROUGH_PX = 1.5 * PAGE_PX_PER_MM
# Others end with the table if their ends are this near to its side, 2.5 mm.
END_PX = 2.5 * PAGE_PX_PER_MM
# Pieces of one side lie in line to 1 mm; a column may begin 3 mm beside a box's side.
PIECE_PX = PAGE_PX_PER_MM
# The edges of gray bands (of no thickness) are known to this many px along them; one
# that runs on farther on either side is the edge of a shadow.
BAND_STEP_PX = 64
# The edge of a fold's shadow lies this near to the fold, 3 mm.
EDGE_PX = 3 * PAGE_PX_PER_MM
# A fold's shadow reaches this far to either side, 2 mm; it is told from handwriting by
# its being the same over 15 mm, which no line of writing is for more than half of it.
SHADOW_PX = round(2 * PAGE_PX_PER_MM)
ALIKE_PX = round(15 * PAGE_PX_PER_MM)
# The darkest of it lies this near to where it was traced, px.
CORE_PX = 1
# What beside a fold is darker by so much than paper nearer to it is a ruling.
RULING_DARKER = 15.0
# A fold with a loose end runs along this share of the rulings of the table it crosses.
ALONG_SHARE = 0.3
# So many others must: a table has a border above and one below.
MIN_OTHERS = 2
# A sheet is folded twice or thrice; more that run on alike are rows of a wider table.
MAX_FOLDS = 3
# A column of a table is seen along this share of its rows.
MIN_COLUMN_SUPPORT = 0.8
# A fold lies on a ruling if without it one row is as high as two of at least so many others, to
# within this share of one.
MIN_ROWS, EVEN_SHARE = 3, 0.12
# An edge of the paper lies within 6 mm of the page's, and runs along most of it.
MARGIN_PX = 6 * PAGE_PX_PER_MM
EDGE_SHARE = 0.6


def without_folds(rules: Sequence[Rule], shape: tuple[int, ...]) -> tuple[Rule, ...]:
    """The rulings without folds, which may lie across or down, and without paper's edges.

    ``shape``: (height, width) of the page.
    """
    rules = _without_edges(rules, shape)
    across = [rule for rule in rules if rule.horizontal]
    down = [rule for rule in rules if not rule.horizontal]
    folds = _fold_ids(across, down) | _fold_ids(down, across) | _past_open_rows(across, down)
    # Where the shadow beside a fold ends, its edge may look like that of a gray band.
    for group in (across, down):
        known = [rule for rule in group if id(rule) in folds]
        folds |= {id(rule) for rule in group if any(_is_edge(rule, fold) for fold in known)}
    kept = [rule for rule in rules if id(rule) not in folds]
    return tuple(
        one
        for rule in rules
        if (one := _ruling_beneath(rule, kept) if id(rule) in folds else rule) is not None
    )


def _past_open_rows(across: Sequence[Rule], down: Sequence[Rule]) -> set[int]:
    """Which rulings are folds by rows of a table without a frame, that they run past.

    They may end at edges of the paper, which look like the frame of a table of their own.
    That the rows are a table is told by columns that begin and end with them. Of combs, one
    in each row, all lines are alike, too, but nothing is seen between one and the next.
    """
    if not across:
        return set()
    ends = np.array([rule_span(rule) for rule in across])
    alike = (np.abs(ends[:, None] - ends[None]) <= END_PX).all(axis=2)
    rows = alike[int(np.argmax(alike.sum(axis=1)))]
    if rows.sum() <= MAX_FOLDS:
        return set()
    low, high = np.median(ends[rows], axis=0)
    middle = float(low + high) / 2
    levels = np.array([rule_at(r, middle) for r, one in zip(across, rows, strict=True) if one])
    inner = [
        rule
        for rule in down
        if low + END_PX < rule_at(rule, float(np.median(levels))) < high - END_PX
    ]
    found = _column_ends(inner, levels)
    if found is None:
        return set()
    first, last = found
    passing = [
        rule
        for rule in across
        if first < rule_at(rule, middle) < last and _runs_past(rule, low, high)
    ]
    below = [rule for rule in inner if _runs_past(rule, first, last)]
    if max(len(passing), len(below)) > MAX_FOLDS:
        return set()  # rulings of a larger table
    return {id(rule) for rule in (*passing, *below)}


def _column_ends(
    down: Sequence[Rule], levels: npt.NDArray[np.float64]
) -> tuple[float, float] | None:
    """From where to where most columns go that begin and end at these levels; None: too few do."""
    spans = np.array([rule_span(r) for r in down if r.support >= MIN_COLUMN_SUPPORT]).reshape(-1, 2)
    at_rows = (np.abs(spans[:, :, None] - levels).min(axis=2) <= END_PX).all(axis=1)
    spans = spans[at_rows]
    if len(spans) < MIN_OTHERS:
        return None
    alike = (np.abs(spans[:, None] - spans[None]) <= END_PX).all(axis=2)
    most = alike[int(np.argmax(alike.sum(axis=1)))]
    first, last = np.median(spans[most], axis=0).tolist()
    within = (levels >= first - END_PX) & (levels <= last + END_PX)
    return (first, last) if most.sum() >= MIN_OTHERS and within.sum() > MAX_FOLDS else None


def _runs_past(rule: Rule, start: float, stop: float) -> bool:
    first, last = rule_span(rule)
    return first <= start - PAST_PX and last >= stop + PAST_PX


def _ruling_beneath(fold: Rule, rules: Sequence[Rule]) -> Rule | None:
    """The ruling between two rows that a fold lies on; None: it lies on none.

    Without it two rows would be one, twice as high.
    """
    if fold.thickness_px == 0 or not fold.horizontal:
        return None
    start, stop = rule_span(fold)
    crossed = [
        rule
        for rule in rules
        if rule.horizontal and start <= rule_span(rule)[0] and rule_span(rule)[1] <= stop
    ]
    if len(crossed) < MIN_ROWS:
        return None
    ends = np.array([rule_span(rule) for rule in crossed])
    alike = (np.abs(ends[:, None] - ends[None]) <= END_PX).all(axis=2)
    side = alike[int(np.argmax(alike.sum(axis=1)))]
    low, high = np.median(ends[side], axis=0)
    middle = float(low + high) / 2
    at = rule_at(fold, middle)
    levels = np.sort([rule_at(r, middle) for r, one in zip(crossed, side, strict=True) if one])
    after = int(np.searchsorted(levels, at))
    pitches = np.delete(np.diff(levels), after - 1) if 0 < after < len(levels) else np.zeros(0)
    if len(pitches) < MIN_ROWS:
        return None
    usual = float(np.median(pitches))
    beside = np.array([at - levels[after - 1], levels[after] - at])
    inside = (fold.points[:, 0] >= low) & (fold.points[:, 0] <= high)
    if np.abs(beside - usual).max() > EVEN_SHARE * usual or inside.sum() < 2:
        return None
    ends_at = np.array([[low, rule_at(fold, low)], [high, rule_at(fold, high)]])
    points = np.vstack([ends_at[:1], fold.points[inside], ends_at[1:]])
    gaps = tuple((max(a, low), min(b, high)) for a, b in fold.gaps if a < high and b > low)
    return replace(fold, points=points, gaps=gaps)


def _without_edges(rules: Sequence[Rule], shape: tuple[int, ...]) -> tuple[Rule, ...]:
    height, width = shape[:2]
    edges: set[int] = set()
    for rule in rules:
        length, depth = (width, height) if rule.horizontal else (height, width)
        start, stop = rule_span(rule)
        level = rule_at(rule, (start + stop) / 2)
        if min(level, depth - level) <= MARGIN_PX and stop - start >= EDGE_SHARE * length:
            edges.add(id(rule))
    inner = [rule for rule in rules if id(rule) not in edges]
    for rule in rules:
        if id(rule) not in edges:
            continue
        others = [one for one in inner if one.horizontal != rule.horizontal]
        ending = sum(
            _side([rule], one, end) is not None for one in others for end in rule_span(one)
        )
        # Folds end there too.
        if ending > MAX_FOLDS or 2 * ending >= max(len(others), 1):
            edges.discard(id(rule))
    return tuple(rule for rule in rules if id(rule) not in edges)


def _is_edge(rule: Rule, fold: Rule) -> bool:
    """Whether ``rule`` is the edge of a band along ``fold``, of nothing printed."""
    middle = sum(rule_span(rule)) / 2
    apart = abs(rule_at(rule, middle) - rule_at(fold, middle))
    return rule.thickness_px == 0 and apart <= EDGE_PX


def without_shadows(gray: Pixels, folds: Sequence[Rule]) -> Pixels:
    """The page with the dark lines of its level ``folds`` as light as the paper beside them.

    ``gray``: (H, W) uint8; it is not changed. Ink across a fold stays, as much
    darker than the paper as it was. Wiping the line, as rulings are wiped, would leave the
    soft edges of the shadow, and those are ink in every cell of a row. On either side it
    ends where it is lightest, or at a ruling.
    """
    lit = gray.copy()
    offsets = np.arange(-SHADOW_PX, SHADOW_PX + 1)
    for fold in folds:
        start, stop = (int(end) for end in rule_span(fold))
        start, stop = max(0, start), min(gray.shape[1], stop)
        for left in range(start, stop, ALIKE_PX):
            columns = np.arange(left, min(left + ALIKE_PX, stop))
            middle = np.interp(columns, fold.points[:, 0], fold.points[:, 1])
            rows = np.clip(np.round(middle)[None, :].astype(int) + offsets[:, None], 0,
                           gray.shape[0] - 1)  # fmt: skip
            band = lit[rows, columns[None, :]].astype(np.float32)
            across = np.median(band, axis=1)
            # It was traced to half a pixel: what is darkest about there is its middle.
            core = SHADOW_PX - CORE_PX
            core += int(across[core : SHADOW_PX + CORE_PX + 1].argmin())
            # Either side has its own light: the paper is bent there.
            above = core - _lightest(across[core::-1])
            below = core + _lightest(across[core:])
            between = np.arange(above, below + 1)
            paper = np.interp(between, (above, below), across[[above, below]])
            band[between] += np.maximum(paper - across[between], 0.0)[:, None]
            lit[rows, columns[None, :]] = np.clip(band, 0, 255).astype(np.uint8)
    return lit


def _lightest(levels: npt.NDArray[np.float32]) -> int:
    """How far from a fold the paper beside it is lightest, before anything else begins there."""
    darker = np.maximum.accumulate(levels) - levels > RULING_DARKER
    stop = int(darker.argmax()) if darker.any() else len(levels)
    return int(levels[:stop].argmax())


def _fold_ids(rules: Sequence[Rule], others: Sequence[Rule]) -> set[int]:
    """Which of ``rules``, all of one direction, are folds; ``others``: those of the other one."""
    ends = np.array([rule_span(rule) for rule in rules]).reshape(-1, 2)
    sides = _sides(rules, others)
    folds = [number for number in range(len(rules)) if _is_fold(rules, number, ends, sides, others)]
    # Another one that begins and ends with a fold is one, too, though it ends nearer to a ruling.
    with_fold = np.abs(ends[:, None] - ends[None, folds]).max(axis=2) <= END_PX
    return {id(rule) for rule, one in zip(rules, with_fold.any(axis=1), strict=True) if one}


def _is_fold(
    rules: Sequence[Rule],
    number: int,
    ends: npt.NDArray[np.float64],
    sides: Sequence[tuple[int | None, int | None]],
    others: Sequence[Rule],
) -> bool:
    """Whether ruling ``number`` of those with these ``ends`` and ``sides`` is a fold.

    It is one where all of these hold: no more lines begin and end as it does than a sheet has
    folds; it runs on past at least as many, two or more, that end at the sides of one table; it
    goes through two of ``others``; and none of its direction runs on past what it ends at.
    """
    rule = rules[number]
    alike = int((np.abs(ends - ends[number]) <= END_PX).all(axis=1).sum())
    if alike > MAX_FOLDS:
        return False
    past = _past_ends(rule, ends[number], ends)
    # Print may hide the rest of a fold: then it ends where no ruling of the table does. Its
    # other end is at the edge of the paper: what begins at a ruling above the table is a column
    # of that, too, of which the end was not seen.
    loose = all(side is None for side in sides[number])
    passed = _passed(rule, ends[number], ends, past, loose=loose)
    least = max(MIN_OTHERS, alike)
    if not any(
        _passes_table(rule, [rules[k] for k in table], past[table], pair, others, least)
        for pair, table in _tables(passed, sides).items()
    ):
        return False
    crossed = (other for other in others if _goes_through(rule, other))
    two = len(list(islice(crossed, 2))) == 2
    return two and not _ends_within(rules, number, sides, others)


def _past_ends(
    rule: Rule, own: npt.NDArray[np.float64], ends: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Past which of ``ends``, (n, 2), a ruling with the ends ``own`` runs on by enough, (n, 2)."""
    least_px = BAND_STEP_PX if rule.thickness_px == 0 else PAST_PX
    return np.column_stack([ends[:, 0] - own[0], own[1] - ends[:, 1]]) >= least_px


def _passed(
    rule: Rule,
    own: npt.NDArray[np.float64],
    ends: npt.NDArray[np.float64],
    past: npt.NDArray[np.bool_],
    *,
    loose: bool,
) -> list[int]:
    """Which rulings one with the ends ``own`` runs on past as a fold does, ``past`` their ends.

    That is on both sides; on either one for the edge of a gray band, and for a line with
    ``loose`` ends that goes along enough of theirs.
    """
    if rule.thickness_px == 0:
        return np.flatnonzero(past.any(axis=1)).tolist()
    # A ruling with a letter of the print behind its end is loose as well: what it only
    # touches is another table.
    common = np.minimum(own[1], ends[:, 1]) - np.maximum(own[0], ends[:, 0])
    along = common >= ALONG_SHARE * (ends[:, 1] - ends[:, 0])
    either = past.any(axis=1) & along & loose
    return np.flatnonzero(past.all(axis=1) | either).tolist()


def _tables(
    numbers: Iterable[int], sides: Sequence[tuple[int | None, int | None]]
) -> dict[tuple[int, int], list[int]]:
    """The rulings that end at two others, by these: of each table its sides and what ends there."""
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number in numbers:
        left, right = sides[number]
        if left is not None and right is not None:
            found[left, right].append(number)
    return found


def _passes_table(
    rule: Rule,
    table: Sequence[Rule],
    past: npt.NDArray[np.bool_],
    sides: tuple[int, int],
    others: Sequence[Rule],
    least: int,
) -> bool:
    """Whether a ruling runs on past ``least`` of a table's rulings, ``past`` their ends, (n, 2).

    Where it runs on past one it must go through that one of the table's ``sides``, numbers of
    ``others``: else it lies beside them, in line with another table.
    """
    if len(table) < least:
        return False
    through = np.array([_crosses_side(rule, others[side], others, table) for side in sides])
    return bool((through | ~past).all(axis=1).sum() >= least)


def _ends_within(
    rules: Sequence[Rule],
    number: int,
    sides: Sequence[tuple[int | None, int | None]],
    others: Sequence[Rule],
) -> bool:
    """Whether a line ends at a ruling that others of its direction run on past.

    The paper goes on there, and a fold would: the line is a ruling beside cells as high as
    two rows, which shorter ones divide, or of a table above another one.
    """
    for side in sides[number]:
        if side is None:
            continue
        first, last = rule_span(others[side])
        for one in rules:
            start, stop = rule_span(one)
            at, across = _meeting(one, others[side]), _meeting(others[side], one)
            past = start + PAST_PX <= at <= stop - PAST_PX
            if past and first - END_PX <= across <= last + END_PX and one.thickness_px > 0:
                return True
    return False


def _sides(rules: Sequence[Rule], others: Sequence[Rule]) -> list[tuple[int | None, int | None]]:
    """For both ends of each ruling which of ``others`` it ends at, None for none."""
    if not others:
        return [(None, None)] * len(rules)
    spans = np.array([rule_span(other) for other in others])
    along = 1 if others[0].horizontal else 0
    low, high = (
        np.array([pick(other.points[:, along]) for other in others]) for pick in (np.min, np.max)
    )
    found = []
    for rule in rules:
        at: list[int | None] = []
        for end in rule_span(rule):
            height = rule_at(rule, end)
            near = (spans[:, 0] <= height + END_PX) & (spans[:, 1] >= height - END_PX)
            # Continued beyond its ends a ruling leaves what it spans by a little.
            near &= (low <= end + 2 * END_PX) & (high >= end - 2 * END_PX)
            numbers = np.flatnonzero(near).tolist()
            side = _side([others[k] for k in numbers], rule, end)
            at.append(None if side is None else numbers[side])
        found.append((at[0], at[1]))
    return found


def _side(others: Sequence[Rule], rule: Rule, end: float) -> int | None:
    """Which of the rulings of the other direction a ruling ends at, None for none."""
    height = rule_at(rule, end)
    for number, other in enumerate(others):
        first, last = rule_span(other)
        if (
            first - END_PX <= height <= last + END_PX
            and abs(rule_at(other, height) - end) <= END_PX
        ):
            return number
    return None


def _crosses_side(rule: Rule, side: Rule, others: Sequence[Rule], ended: Sequence[Rule]) -> bool:
    """Whether ``rule`` goes through a table's side, which may have been traced in pieces.

    However short it was traced, the side goes from the first to the last of the rulings
    that ``ended`` at it.
    """
    at = _meeting(rule, side)
    levels = [_meeting(side, one) for one in ended]
    if rule_span(rule)[0] <= at <= rule_span(rule)[1]:
        across = _meeting(side, rule)
        if min(levels) + THROUGH_PX <= across <= max(levels) - THROUGH_PX:
            return True
    beside = (o for o in others if o is side or abs(_meeting(rule, o) - at) <= PIECE_PX)
    return any(_goes_through(rule, other) for other in beside)


def _meeting(rule: Rule, other: Rule) -> float:
    """Where along ``rule`` one of the other direction meets it, both continued if need be."""
    x, y = crossing(rule, other) if rule.horizontal else crossing(other, rule)
    return x if rule.horizontal else y


def _goes_through(rule: Rule, other: Rule) -> bool:
    """Whether two rulings cross, and ``other`` goes on on both sides of ``rule``."""
    x, y = crossing(rule, other) if rule.horizontal else crossing(other, rule)
    along, across = (x, y) if rule.horizontal else (y, x)
    start, stop = rule_span(rule)
    first, last = rule_span(other)
    return start <= along <= stop and first + THROUGH_PX <= across <= last - THROUGH_PX
