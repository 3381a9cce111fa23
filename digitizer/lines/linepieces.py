"""Pieces in line with each other are one ruling of a table, which is not printed in between.

Where some cells are as high as two rows, the ruling between these rows is there in pieces to the
left and to the right. Each piece is traced by itself, to a pixel or two; as rulings of their own
they would bound a row next to no height, whose upper side may lie below its lower one.

Where one cell goes over several columns, as a heading between rows does, the rulings down have a
same gap there, from one ruling to another one: they were not printed. Wear, a pen, a picture or a
note hide them from anywhere to anywhere, and each as it comes.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from digitizer.lines.rulepaths import crossing, rule_at, rule_span
from digitizer.records import Rule

# Two pieces are one ruling's if, both continued to the middle of what is between them, they lie
# so near to each other, px: half of a millimetre.
IN_LINE_PX = 4.0
# What two pieces have in common is at most where both meet the same ruling, px.
SHARED_PX = 8.0
# A border exists where a ruling covers this share of it.
BORDER_SHARE = 0.5
# A gap begins or ends at a ruling if it is this near to it, px: half of a millimetre.
AT_RULING_PX = 4.0
# So many rulings have the same gap.
MIN_ALIKE = 2


def in_line(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Rulings of a table and one direction, pieces of one together, from first to last."""
    groups: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda one: rule_span(one)[0]):
        group = next((group for group in groups if _goes_on(group[-1], rule)), None)
        if group is None:
            groups.append([rule])
        else:
            group.append(rule)
    return groups


def _goes_on(first: Rule, second: Rule) -> bool:
    if min(first.support, second.support) <= 0 or first.edges or second.edges:
        return False
    low, high = rule_span(first)[1], rule_span(second)[0]
    if high < low - SHARED_PX:
        return False
    middle = (low + high) / 2
    return abs(rule_at(first, middle) - rule_at(second, middle)) <= IN_LINE_PX


def joined(pieces: Sequence[Rule]) -> Rule:
    """One ruling of pieces in line, with gaps between them."""
    if len(pieces) == 1:
        return pieces[0]
    spans = [rule_span(piece) for piece in pieces]
    lengths = [stop - start for start, stop in spans]
    gaps = [gap for piece in pieces for gap in piece.gaps]
    gaps += [(before[1], after[0]) for before, after in pairwise(spans) if before[1] < after[0]]
    points = np.vstack([piece.points for piece in pieces])
    along = points[:, 0 if pieces[0].horizontal else 1]
    return Rule(
        points=points[np.argsort(along, kind="stable")],
        horizontal=pieces[0].horizontal,
        thickness_px=float(np.average([p.thickness_px for p in pieces], weights=lengths)),
        support=float(np.average([p.support for p in pieces], weights=lengths)),
        gaps=tuple(sorted(gaps)),
    )


def covered(pieces: Sequence[Rule], start: float, stop: float) -> bool:
    """Whether a ruling's pieces cover most of the way from ``start`` to ``stop``."""
    if any(piece.support == 0 for piece in pieces):
        return True
    shared = sum(
        max(0.0, min(last, stop) - max(first, start)) for first, last in map(rule_span, pieces)
    )
    return shared >= BORDER_SHARE * max(stop - start, 1.0)


def where_printed(
    down: Sequence[Rule], across: Sequence[Rule], borders: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """``borders`` without those that rulings down leave out from one ruling across to another.

    ``borders``: (D, A - 1) for a table's D rulings down and A across. Its own sides are left as
    they are.
    """
    printed = borders.copy()
    inner = down[1:-1]
    gaps = np.array([gap for rule in inner for gap in rule.gaps]).reshape(-1, 2)
    for i, rule in enumerate(inner, start=1):
        at = np.array([crossing(line, rule)[1] for line in across])
        for gap in rule.gaps:
            # A ruling of two tables has a gap between them, where neither has any.
            ends = np.clip(gap, at[0], at[-1])
            at_rulings = np.abs(np.subtract.outer(ends, at)).min(axis=1) <= AT_RULING_PX
            same = np.abs(gaps - gap).max(axis=1) <= 2 * AT_RULING_PX
            if at_rulings.all() and same.sum() >= MIN_ALIKE:
                first, last = ends + (-AT_RULING_PX, AT_RULING_PX)
                printed[i, (at[:-1] >= first) & (at[1:] <= last)] = False
    return printed
