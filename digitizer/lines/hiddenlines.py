"""Rulings of a table of which something that lies on the page hides a part: a note, a slip, tape.

What is left of such a ruling begins at one side of the table, as all its rulings do, and lies
a whole number of rows from those that are seen from side to side. It is put together again with
its hidden part as a gap, and the edges of what lies on it are left out. Told from a line that
was printed so far only by the rulings down, which are hidden there, too.

A note in the middle of a table of few rows may leave no ruling below the heads whole. Two that are
seen at both sides of the table, and stop between them elsewhere than at rulings down, are put
together without others to tell their place: cells that were printed larger end at rulings down.

It fails where rows are not evenly high, where the heads' lower edge is hidden as well, and where
nothing is left of a ruling: such a one is put in later, if columns go on past it (``rowrules``).
Of few rows it fails where a note goes to one side of the table.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from digitizer.lines.doubles import MEET_PX
from digitizer.lines.rulepaths import crossing, is_hidden_at, rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Rule

# Rulings of one table begin and end as near to each other as this, 2.3 mm.
SAME_END_PX = MEET_PX
# So many rulings from side to side, with so many rows of one height, to this share, between them
# tell where the others are; nobody writes in less than 5 mm.
MIN_WHOLE, MIN_ROWS, SAME_HEIGHT, MIN_ROW_PX = 4, 3, 0.08, 5 * PAGE_PX_PER_MM
# A note hides so many rows at most, 12 of 8 mm.
MOST_ROWS = 13
# A piece lies on its place to this share of a row, and to 3 px; it is as long as this, 15 mm.
ON_ROW, ON_PLACE_PX, MIN_PIECE_PX = 0.06, 3.0, 15 * PAGE_PX_PER_MM
# So many rulings from side to side, the heads', and so many that stop at what lies between both
# sides tell that it hides a part of them.
MIN_HEADS, MIN_STOPPED = 2, 2
# Pieces of one ruling down lie in line to this, px.
IN_LINE_PX = 4.0
# Lines that lie within what is hidden over this share of their length are its edges.
INSIDE_SHARE = 0.8


def with_hidden_parts(
    across: Sequence[Rule], down: Sequence[Rule]
) -> tuple[list[Rule], list[Rule]]:
    """The rulings across and down, with those whole again of which a part is hidden."""
    lines, columns = _with_middles(list(across), list(down))
    for whole in _from_side_to_side(lines, MIN_WHOLE):
        pitch = _pitch(whole)
        if pitch is None:
            continue
        # What lies above the second may be heads of several tiers, divided as columns are.
        for upper, lower in pairwise(whole[1:]):
            lines, between = _completed(lines, upper, lower, pitch, down)
            columns = _led_through(columns, upper, lower, between)
    return lines, columns


def _with_middles(across: list[Rule], down: list[Rule]) -> tuple[list[Rule], list[Rule]]:
    """The rulings, those whole again of which both ends are seen and the middle is hidden."""
    lines, columns = across, down
    for whole in _from_side_to_side(across, MIN_HEADS):
        joined, gone = _seen_at_both_ends(lines, whole, down)
        if not joined:
            continue
        hidden = [gap for line in joined for gap in line.gaps]
        top, bottom = _height(joined[0]), _height(joined[-1])
        lines = [
            *(
                one
                for one in lines
                if id(one) not in gone
                and not (top < _height(one) < bottom and _lies_within(one, hidden))
            ),
            *joined,
        ]
        above = [one for one in whole if _height(one) < top]
        below = [one for one in whole if _height(one) > bottom]
        columns = [one for one in columns if not _is_edge(one, joined, whole)]
        upper, lower = (above or joined)[-1 if above else 0], (below or joined[-1:])[0]
        columns = _led_through(columns, upper, lower, joined)
    return lines, columns


def _seen_at_both_ends(
    across: Sequence[Rule], whole: Sequence[Rule], down: Sequence[Rule]
) -> tuple[list[Rule], set[int]]:
    """Rulings put together whose ends lie at both sides of a table, and the ids of their pieces.

    ``whole``: those that are seen from side to side. None where too few stop at no ruling down.
    """
    joined, gone, free = list[Rule](), set[int](), 0
    for piece in _to_the_left(across, whole[0]):
        place = _moved(min(whole, key=lambda one: abs(_height(one) - _height(piece))), piece)
        pieces = [one for one in across if id(one) not in gone and _lies_on(one, place, 0.0)]
        line = _in_one(place, pieces) if len(pieces) > 1 else None
        if line is None or not _is_seen_at_both(line, pieces):
            continue
        crossed, stopped = _hidden_by_what(line, down)
        if not crossed:
            joined.append(line)
            gone |= {id(one) for one in pieces}
            free += stopped
    return (sorted(joined, key=_height), gone) if free >= MIN_STOPPED else ([], set())


def _is_edge(rule: Rule, joined: Sequence[Rule], whole: Sequence[Rule]) -> bool:
    """Whether a line down is a side of what hides the middle of ``joined``: they stop at it."""
    start, stop = rule_span(rule)
    met = [line for line in joined if start - MEET_PX < crossing(line, rule)[1] < stop + MEET_PX]
    ends = [[abs(crossing(line, rule)[0] - x) for gap in line.gaps for x in gap] for line in met]
    if len(met) < MIN_STOPPED or any(min(one) > MEET_PX for one in ends):
        return False
    return not any(start < crossing(line, rule)[1] < stop for line in whole)


def _to_the_left(across: Sequence[Rule], whole: Rule) -> list[Rule]:
    """Lines that begin where one from side to side does, and end before it."""
    left, right = rule_span(whole)
    spans = [(one, *rule_span(one)) for one in across]
    return [
        one
        for one, start, stop in spans
        if abs(start - left) <= SAME_END_PX and stop < right - SAME_END_PX
    ]


def _moved(rule: Rule, piece: Rule) -> Rule:
    """A ruling from side to side where it would go on from a piece."""
    middle = sum(rule_span(piece)) / 2
    off = rule_at(piece, middle) - rule_at(rule, middle)
    return replace(rule, points=rule.points + (0.0, off), gaps=(), edges=None)


def _is_seen_at_both(line: Rule, pieces: Sequence[Rule]) -> bool:
    """Whether a ruling is seen at both sides of the table, and not all between them."""
    left, right = rule_span(line)
    first, last = min(_ends(pieces, 0)), max(_ends(pieces, 1))
    return first <= left + SAME_END_PX and last >= right - SAME_END_PX and bool(line.gaps)


def _hidden_by_what(line: Rule, down: Sequence[Rule]) -> tuple[bool, bool]:
    """Whether a ruling down is seen where a ruling is not, and whether it stops at none."""
    y = _height(line)
    seen = [crossing(line, rule)[0] for rule in down if _is_seen_at(rule, y)]
    crossed = any(a + MEET_PX < x < b - MEET_PX for a, b in line.gaps for x in seen)
    ends = [end for gap in line.gaps for end in gap]
    return crossed, not all(any(abs(x - end) <= MEET_PX for x in seen) for end in ends)


def _from_side_to_side(across: Sequence[Rule], fewest: int) -> list[list[Rule]]:
    """Groups of so many rulings that begin and end together, each from top to bottom."""
    groups: list[list[Rule]] = []
    for rule in sorted(across, key=lambda one: -np.ptp(rule_span(one))):
        span = np.array(rule_span(rule))
        near = (g for g in groups if np.abs(span - rule_span(g[0])).max() <= SAME_END_PX)
        group = next(near, None)
        if group is None:
            groups.append([rule])
        else:
            group.append(rule)
    return [sorted(group, key=_height) for group in groups if len(group) >= fewest]


def _height(rule: Rule) -> float:
    return rule_at(rule, sum(rule_span(rule)) / 2)


def _pitch(whole: Sequence[Rule]) -> float | None:
    """How high rows between rulings are, px; None where too few are alike."""
    steps = np.diff([_height(rule) for rule in whole])
    steps = steps[steps >= MIN_ROW_PX]
    if len(steps) < MIN_ROWS:
        return None
    usual = float(np.median(steps))
    alike = np.abs(steps / usual - 1) <= SAME_HEIGHT
    return float(steps[alike].mean()) if alike.sum() >= MIN_ROWS else None


def _completed(
    across: list[Rule], upper: Rule, lower: Rule, pitch: float, down: Sequence[Rule]
) -> tuple[list[Rule], list[Rule]]:
    """The rulings with those between two that are seen from side to side put together; those."""
    rows = (_height(lower) - _height(upper)) / pitch
    count = round(rows)
    if not 2 <= count <= MOST_ROWS or abs(rows - count) > SAME_HEIGHT * count:
        return across, []
    found, lines = across, list[Rule]()
    hidden: list[tuple[float, float]] = []
    for k in range(1, count):
        place = _between(upper, lower, k / count)
        pieces = [one for one in across if _lies_on(one, place, pitch)]
        line = _in_one(place, pieces)
        if line is None or not _is_hidden(line, pieces, down):
            continue
        gone = {id(piece) for piece in pieces}
        found = [one for one in found if id(one) not in gone]
        lines.append(line)
        hidden += line.gaps
    kept = [
        one
        for one in found
        if not (_height(upper) < _height(one) < _height(lower) and _lies_within(one, hidden))
    ]
    return [*kept, *lines], lines


def _led_through(down: list[Rule], upper: Rule, lower: Rule, lines: Sequence[Rule]) -> list[Rule]:
    """The rulings down, those that end at what is hidden led on to what is beyond it.

    ``lines``: the rulings between these two of which a part is hidden.
    """
    hidden = [gap for line in lines for gap in line.gaps]
    found = list(down)
    for rule in down if hidden else ():
        x, top = crossing(upper, rule)
        bottom = crossing(lower, rule)[1]
        start, stop = rule_span(rule)
        inside = any(a - MEET_PX <= x <= b + MEET_PX for a, b in hidden)
        if not inside or start > top or not top - MEET_PX <= stop < bottom - MEET_PX:
            continue
        below = [
            one
            for one in down
            if stop < rule_span(one)[0] <= bottom + MEET_PX
            and abs(rule_at(one, bottom) - rule_at(rule, bottom)) <= IN_LINE_PX
        ]
        gone = {id(one) for one in (rule, *below[:1])}
        found = [one for one in found if id(one) not in gone]
        found.append(_led_on(rule, below[0] if below else None, bottom))
    return [_led_up(rule, upper, lower, lines) for rule in found]


def _led_up(rule: Rule, upper: Rule, lower: Rule, lines: Sequence[Rule]) -> Rule:
    """A ruling down that begins below what is hidden, within a row, led up to the table's top."""
    (x, top), bottom = crossing(upper, rule), crossing(lower, rule)[1]
    start, stop = rule_span(rule)
    if not top + MEET_PX < start < bottom - MEET_PX <= stop:
        return rule
    above = [line for line in lines if rule_at(line, x) < start]
    seen = [line for line in (upper, *lines) if not is_hidden_at(line, x)]
    begins = any(abs(rule_at(line, x) - start) <= MEET_PX for line in seen)
    if begins or not above or not all(is_hidden_at(line, x) for line in above):
        return rule
    points = np.vstack([[rule_at(rule, top), top], rule.points])
    return replace(rule, points=points, gaps=((top, start), *rule.gaps))


def _led_on(rule: Rule, below: Rule | None, bottom: float) -> Rule:
    """A ruling down with what lies in line below it, else as far as to ``bottom``."""
    stop = rule_span(rule)[1]
    if below is None:
        points = np.vstack([rule.points, [rule_at(rule, bottom), bottom]])
        return replace(rule, points=points, gaps=(*rule.gaps, (stop, bottom)))
    gap = stop, rule_span(below)[0]
    points = np.vstack([rule.points, below.points])
    return replace(rule, points=points, gaps=(*rule.gaps, gap, *below.gaps))


def _between(upper: Rule, lower: Rule, share: float) -> Rule:
    xs = upper.points[:, 0]
    ys = [(1 - share) * y + share * rule_at(lower, x) for x, y in upper.points.tolist()]
    return replace(upper, points=np.column_stack([xs, ys]), gaps=(), edges=None)


def _lies_on(piece: Rule, place: Rule, pitch: float) -> bool:
    """Whether a line lies where a ruling is to be, and no farther than its sides."""
    (start, stop), (left, right) = rule_span(piece), rule_span(place)
    if stop - start < MIN_PIECE_PX or start < left - SAME_END_PX or stop > right + SAME_END_PX:
        return False
    off = [abs(rule_at(piece, x) - rule_at(place, x)) for x in (start, (start + stop) / 2, stop)]
    return piece.thickness_px > 0 and max(off) <= max(ON_PLACE_PX, ON_ROW * pitch)


def _in_one(place: Rule, pieces: Sequence[Rule]) -> Rule | None:
    """The ruling that pieces are what is left of; None where they begin at neither side."""
    pieces = sorted(pieces, key=lambda one: rule_span(one)[0])
    if not pieces:
        return None
    left, right = rule_span(place)
    first, last = rule_span(pieces[0])[0], max(rule_span(one)[1] for one in pieces)
    if first > left + SAME_END_PX and last < right - SAME_END_PX:
        return None
    xs, at, gaps = place.points[:, 0], left, []
    ys = np.full(len(xs), np.nan)
    for piece in pieces:
        start, stop = rule_span(piece)
        if start > at + SAME_END_PX:
            gaps.append((at, start))
        gaps += piece.gaps
        seen = (xs >= start) & (xs <= stop)
        ys[seen] = [rule_at(piece, x) for x in xs[seen].tolist()]
        at = max(at, stop)
    if right > at + SAME_END_PX:
        gaps.append((at, right))
    seen = ~np.isnan(ys)
    off = float(np.mean(ys[seen] - place.points[seen, 1])) if seen.any() else 0.0
    ys = np.where(seen, ys, place.points[:, 1] + off)
    covered = 1 - sum(b - a for a, b in gaps) / (right - left)
    support = float(np.mean([piece.support for piece in pieces])) * max(0.05, covered)
    thick = float(np.median([piece.thickness_px for piece in pieces]))
    return Rule(np.column_stack([xs, ys]), True, thick, support, tuple(gaps))


def _is_hidden(line: Rule, pieces: Sequence[Rule], down: Sequence[Rule]) -> bool:
    """Whether what is missing of a ruling is hidden: no ruling down is seen to cross it there.

    What is missing in its middle is: it was printed on both sides.
    """
    (left, right), y = rule_span(line), _height(line)
    first, last = (f(x) for f, x in ((min, _ends(pieces, 0)), (max, _ends(pieces, 1))))
    outer = [gap for gap in line.gaps if gap[1] <= first or gap[0] >= last]
    if not line.gaps or (not outer and len(pieces) < 2):
        return False
    for rule in down:
        x = crossing(line, rule)[0]
        inside = any(a - MEET_PX <= x <= b + MEET_PX for a, b in outer)
        if inside and left - MEET_PX <= x <= right + MEET_PX and _is_seen_at(rule, y):
            return False
    return True


def _ends(pieces: Sequence[Rule], end: int) -> list[float]:
    return [rule_span(one)[end] for one in pieces]


def _is_seen_at(rule: Rule, y: float) -> bool:
    start, stop = rule_span(rule)
    return start + MEET_PX < y < stop - MEET_PX and not is_hidden_at(rule, y)


def _lies_within(rule: Rule, hidden: Sequence[tuple[float, float]]) -> bool:
    """Whether most of a line lies within what is hidden of one of the rulings near it."""
    start, stop = rule_span(rule)
    inside = max((min(stop, b) - max(start, a) for a, b in hidden), default=0.0)
    return inside >= INSIDE_SHARE * (stop - start)
