"""Which traced lines of a form's rows are printed, and which borders were not traced.

What a pen drew through or beside rows is traced like a ruling and must stay in the
ink; what is printed must go. It fails where a pen's stroke lies on a ruling, and
where a ruling was traced in one short piece only, close beside another.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, CellPlace, FieldKind, RowPlace, Rule
from digitizer.writing.struckrows import is_fold, is_level

# A traced line farther than this from a cell's border (px, and share of the
# row's height) is no border; tracing and registration agree within 3 px.
BORDER_PX = 6
BORDER_SHARE = 0.12
# Sides of a cell's polygon shorter than this (px) are bends, not borders.
MIN_BORDER_PX = 20
# Lines at one height in most rows are printed guide lines, not strikes.
PRINTED_ROWS_SHARE = 0.6
# A line down that goes on so far above or below the signer rows is a streak of the
# scanner's glass or a fold: what a pen draws down through rows ends with them.
STREAK_PAST_MM = 25.0
PRINTED_HEIGHT_SPREAD = 0.03
# A line this near (px, 2.5 mm) beside a ruling, no longer than this share of it and with
# ink along less than this share of itself, is the foot of words: of 19 such lines on 60
# pages 15 were, none with more ink than 0.92; printed ones as short have 0.97 and more.
BESIDE_PX, FOOT_SHARE, FOOT_SUPPORT = 20, 0.3, 0.93
# So many of them, one below the other, are printed: lines to sign on.
FEET_ALIKE = 3


def printed_rules(
    rules: Sequence[Rule], rows: Sequence[RowPlace], page_width: int = 10**6
) -> tuple[Rule, ...]:
    """Leave out traced lines that a pen drew: strikes, long dashes, lines running down.

    A printed line runs along the border of cells, or outside the signer rows,
    or at the same height through most rows (guide lines), or from side to side of
    the table. What runs through a row and past the table on both sides is a fold of
    the paper, what runs down and far past the rows a streak: as good as printed.
    """
    if not rows:
        return tuple(rules)
    boxes = [np.array(row.polygon) for row in rows]
    tops = np.array([box[:, 1].min() for box in boxes])
    bottoms = np.array([box[:, 1].max() for box in boxes])
    left, right = min(b[:, 0].min() for b in boxes), max(b[:, 0].max() for b in boxes)
    kept: list[Rule] = []
    inner: list[tuple[Rule, float, int]] = []
    across = [rule for rule in rules if rule.horizontal]
    for rule in rules:
        if rule.horizontal:
            place = _inside_row(rule, boxes, (left, right))
            spans = _spans_table(rule, left, right) and is_level(rule, boxes[0])
            if place is None or spans or is_fold(rule, left, right, page_width, across):
                kept.append(rule)
            else:
                inner.append((rule, *place))
            continue
        x = float(np.median(rule.points[:, 0]))
        borders = np.array([px for row in rows for c in row.cells for px, _ in c.polygon])
        start, stop = rule.points[:, 1].min(), rule.points[:, 1].max()
        span = min(stop, bottoms.max()) - max(start, tops.min())
        past = max(tops.min() - start, stop - bottoms.max())
        if span <= 0 or not left < x < right or past > STREAK_PAST_MM * PAGE_PX_PER_MM:
            kept.append(rule)
        elif np.abs(borders - x).min() <= BORDER_PX or span >= 0.9 * np.ptp([tops, bottoms]):
            kept.append(rule)
    feet = [rule for rule in kept if _is_foot(rule, kept)]
    kept = [rule for rule in kept if all(rule is not foot for foot in feet) or _in_rows(rule, feet)]
    for rule, height, row in inner:
        same = {k for _, h, k in inner if abs(h - height) < PRINTED_HEIGHT_SPREAD} | {row}
        if len(rows) >= 3 and len(same) >= PRINTED_ROWS_SHARE * len(rows):
            kept.append(rule)
    return tuple(kept)


def _is_foot(rule: Rule, others: Sequence[Rule]) -> bool:
    """Say whether a short line close beside a ruling may be the foot of joined writing.

    The second line of a double ruling is about as long as the first.
    """
    if not rule.horizontal or rule.support > FOOT_SUPPORT:
        return False
    start, stop = rule_span(rule)
    middle = (start + stop) / 2
    for other in others:
        first, last = rule_span(other)
        if not other.horizontal or stop - start > FOOT_SHARE * (last - first):
            continue
        apart = abs(rule_at(other, middle) - rule_at(rule, middle))
        touching = (rule.thickness_px + other.thickness_px) / 2
        if first <= start and stop <= last and touching < apart <= BESIDE_PX:
            return True
    return False


def _in_rows(rule: Rule, feet: Sequence[Rule]) -> bool:
    """Say whether a short line is printed: others begin and end where it does."""
    ends = np.array([rule_span(foot) for foot in feet])
    alike = np.abs(ends - rule_span(rule)).max(axis=1) <= BORDER_PX
    return int(alike.sum()) >= FEET_ALIKE


def _spans_table(rule: Rule, left: float, right: float) -> bool:
    """Say whether a line goes from side to side of the table and no farther.

    A pen seldom starts and stops to the millimetre where the table does.
    """
    start, stop = rule.points[:, 0].min(), rule.points[:, 0].max()
    return bool(abs(start - left) <= BORDER_PX and abs(stop - right) <= BORDER_PX)


def missed_borders(rules: Sequence[Rule], rows: Sequence[RowPlace]) -> tuple[Rule, ...]:
    """Return the borders of cells along which no ruling was traced.

    A ruling may be traced in part or be interpolated; what is printed along
    the border is then found by its ridge, and nothing is wiped where none is.
    """
    lines = [[rule for rule in rules if rule.horizontal is flat] for flat in (False, True)]
    usual = [
        float(np.median([rule.thickness_px for rule in same])) if same else 2.0 for same in lines
    ]
    seen: set[tuple[bool, int, int]] = set()
    found = []
    for row in rows:
        for cell in row.cells:
            corners = np.array(cell.polygon)
            for start, stop in zip(corners, np.roll(corners, -1, axis=0), strict=True):
                dx, dy = np.abs(stop - start)
                if max(dx, dy) < MIN_BORDER_PX:
                    continue
                flat = bool(dx > dy)
                middle = (start + stop) / 2
                if flat and any(_parts_captions(cell, other, middle) for other in row.cells):
                    continue
                place = (flat, round(middle[0] / BORDER_PX), round(middle[1] / BORDER_PX))
                points = np.linspace(start, stop, 9)
                if place not in seen and not _is_traced(points, lines[flat], flat):
                    found.append(Rule(points, flat, usual[flat], 0.0))
                seen.add(place)
    return tuple(found)


def _parts_captions(cell: CellPlace, other: CellPlace, at: npt.NDArray[np.float64]) -> bool:
    """Say whether a side at ``at`` (px) parts two cells that are one by their rulings: the
    captions printed in it part them, and a line there is a pen's. Boxes to tick are parted
    where the sides of the boxes run.
    """
    if any(spec.kind is FieldKind.CHECKBOX for spec in cell.fields):
        return False
    if other is cell or not cell.captions or cell.captions != other.captions:
        return False
    corners = np.array(other.polygon)
    low, high = corners.min(axis=0) - BORDER_PX, corners.max(axis=0) + BORDER_PX
    return bool(((low <= at) & (at <= high)).all())


def _is_traced(points: npt.NDArray[np.float64], rules: Sequence[Rule], flat: bool) -> bool:
    """Say whether rulings cover all of a border, ends aside."""
    along, across = (0, 1) if flat else (1, 0)
    covered = np.zeros(len(points), dtype=np.bool_)
    for rule in rules:
        order = np.argsort(rule.points[:, along])
        at, off = rule.points[order, along], rule.points[order, across]
        inside = (points[:, along] >= at[0]) & (points[:, along] <= at[-1])
        near = np.abs(np.interp(points[:, along], at, off) - points[:, across]) <= BORDER_PX
        covered |= inside & near
    return bool(covered[1:-1].all())


def _inside_row(
    rule: Rule, boxes: Sequence[npt.NDArray[np.float64]], sides: tuple[float, float]
) -> tuple[float, int] | None:
    """Return (height within its row, row index) of a line away from all row borders."""
    at = rule.points[(rule.points[:, 0] >= sides[0]) & (rule.points[:, 0] <= sides[1])]
    if len(at) < 2:
        return None
    for index, box in enumerate(boxes):
        order = np.argsort(box[:, 1])
        upper, lower = box[order[: len(box) // 2]], box[order[len(box) // 2 :]]
        top = np.interp(at[:, 0], *upper[np.argsort(upper[:, 0])].T)
        bottom = np.interp(at[:, 0], *lower[np.argsort(lower[:, 0])].T)
        margin = np.maximum(BORDER_PX, BORDER_SHARE * (bottom - top))
        inside = (at[:, 1] > top + margin) & (at[:, 1] < bottom - margin)
        if inside.mean() > 0.5:
            return float(np.median((at[:, 1] - top) / (bottom - top))), index
    return None
