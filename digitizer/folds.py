"""Folds and edges of the paper that look like rulings of its table, and like ink.

The edge of a fold's shadow is as thin, dark and straight as a printed ruling. But
a ruling of a table ends where the table does, and a fold goes on to the edge of
the paper. Only what runs on past a table, on both sides or with its other end at no
ruling, while other rulings of the same table end at its sides, is taken for a fold;
a pen's stroke through a row and beyond is none of the table's rulings either. A fold
along a ruling, and one on a table as wide as the paper, stay unseen.

Where paper lies on paper its edges are such lines too. Crossed by folds they frame a
table as large as the sheet, so they go first: no table but a cropped one comes so near
to the edge of its page, and there its rulings end.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from digitizer.records import PAGE_PX_PER_MM, Pixels, Rule
from digitizer.rulepaths import crossing, rule_at, rule_span

# How far a fold runs on past the outermost ruling it crosses, on either side, 5 mm:
# printed rulings end within 1 mm of it, the margins of a sheet are wider.
PAST_PX = 5 * PAGE_PX_PER_MM
# The rulings that it crosses go on above and below for at least 2 mm.
THROUGH_PX = 2 * PAGE_PX_PER_MM
# Others end with the table if their ends are this near to its side, 2.5 mm.
END_PX = 2.5 * PAGE_PX_PER_MM
# The edges of gray bands (of no thickness) are known to this many px along them; one
# that runs on farther on either side is the edge of a shadow.
BAND_STEP_PX = 64
# The edge of a fold's shadow lies this near to the fold, 3 mm.
EDGE_PX = 3 * PAGE_PX_PER_MM
# A fold's shadow reaches this far to either side, 2 mm; it is told from handwriting by
# its being the same over 15 mm, which no line of writing is for more than half of it.
SHADOW_PX = round(2 * PAGE_PX_PER_MM)
ALIKE_PX = round(15 * PAGE_PX_PER_MM)
# A fold with a loose end runs along this share of the rulings of the table it crosses.
ALONG_SHARE = 0.3
# So many others must: a table has a border above and one below.
MIN_OTHERS = 2
# A sheet is folded twice or thrice; more that run on alike are rows of a wider table.
MAX_FOLDS = 3
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
    folds = {id(rule) for rule in across if _is_fold(rule, across, down)}
    folds |= {id(rule) for rule in down if _is_fold(rule, down, across)}
    # Where the shadow beside a fold ends, its edge may look like that of a gray band.
    for group in (across, down):
        known = [rule for rule in group if id(rule) in folds]
        folds |= {id(rule) for rule in group if any(_is_edge(rule, fold) for fold in known)}
    return tuple(rule for rule in rules if id(rule) not in folds)


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
    soft edges of the shadow, and those are ink in every cell of a row.
    """
    lit = gray.copy()
    offsets = np.arange(-SHADOW_PX, SHADOW_PX + 1)
    slope = np.linspace(0.0, 1.0, len(offsets))[:, None]
    for fold in folds:
        start, stop = (int(end) for end in rule_span(fold))
        start, stop = max(0, start), min(gray.shape[1], stop)
        for left in range(start, stop, ALIKE_PX):
            columns = np.arange(left, min(left + ALIKE_PX, stop))
            middle = np.interp(columns, fold.points[:, 0], fold.points[:, 1])
            rows = np.clip(np.round(middle)[None, :].astype(int) + offsets[:, None], 0,
                           gray.shape[0] - 1)  # fmt: skip
            band = lit[rows, columns[None, :]].astype(np.float32)
            across = np.median(band, axis=1)[:, None]
            # Either side has its own light: the paper is bent there.
            paper = across[0] + (across[-1] - across[0]) * slope
            lighter = band + np.maximum(paper - across, 0.0)
            lit[rows, columns[None, :]] = np.clip(lighter, 0, 255).astype(np.uint8)
    return lit


def _is_fold(rule: Rule, beside: Sequence[Rule], others: Sequence[Rule]) -> bool:
    """``beside``: rulings of its own direction; ``others``: those of the other one."""
    start, stop = rule_span(rule)
    crossed = [other for other in others if _goes_through(rule, other)]
    if len(crossed) < 2:
        return False
    # Print may hide the rest of a fold: then it ends where no ruling of the table does.
    loose = tuple(_side(others, rule, end) is None for end in (start, stop))
    alike = 0
    # How many end with the table, by the two rulings of those crossed that are its sides.
    ending: Counter[tuple[int, int]] = Counter()
    for one in beside:
        first, last = rule_span(one)
        alike += abs(first - start) <= END_PX and abs(last - stop) <= END_PX
        past = first - start >= PAST_PX, stop - last >= PAST_PX
        if rule.thickness_px == 0:
            past = (max(first - start, stop - last) >= BAND_STEP_PX,) * 2
        # A ruling with a letter of the print behind its end is loose as well: what it only
        # touches is another table.
        along = min(stop, last) - max(start, first) >= ALONG_SHARE * (last - first)
        if all(past) or (along and ((past[0] and loose[1]) or (past[1] and loose[0]))):
            sides = _side(others, one, first), _side(others, one, last)
            if sides[0] is not None and sides[1] is not None:
                ending[sides[0], sides[1]] += 1
    return alike <= MAX_FOLDS and max(ending.values(), default=0) >= max(MIN_OTHERS, alike)


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


def _goes_through(rule: Rule, other: Rule) -> bool:
    """Whether two rulings cross, and ``other`` goes on on both sides of ``rule``."""
    x, y = crossing(rule, other) if rule.horizontal else crossing(other, rule)
    along, across = (x, y) if rule.horizontal else (y, x)
    start, stop = rule_span(rule)
    first, last = rule_span(other)
    return start <= along <= stop and first + THROUGH_PX <= across <= last - THROUGH_PX
