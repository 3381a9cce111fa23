"""Which rulings bound rows of about one height, with those put in that were not seen."""

import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Rule

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# What leaving out or putting in a row's ruling costs, in shares of the usual height.
# Putting in is cheaper: of a last ruling two heights below, both rows are kept.
LEAVE_OUT_COST, PUT_IN_COST = 0.4, 0.35
# ... and for each row between, leaving out a table's line that lies a whole number of rows, to this
# share of one, below the one before it: dearer than putting in those that were not seen.
FOOT_COST, FOOT_SHARE = 0.5, 0.12
# Least height of a signer row, 5 mm: nobody writes in less.
MIN_ROW_PX = 5 * PAGE_PX_PER_MM
# So many times as high are rows of a table of at least so many, whose first may not be lower.
LOW_FIRST, MIN_ROWS = 1.5, 3
# A ruling runs as half of its neighbours do, at least, so many above and below: as far from each
# over its length but for 2 mm, and for what perspective leaves of how far apart they are. Fewer
# neighbours tell nothing.
BESIDE_PX, FANNED, ALIKE_SHARE = 2 * PAGE_PX_PER_MM, 0.02, 0.5
NEIGHBOURS, MIN_OTHERS = 4, 3
# Rulings are compared at so many places along them. A page's tables are looked at again and again
# while forms are tried on them.
PLACES, TABLES_KEPT = 33, 64


def without_strokes(rules: Sequence[Rule]) -> list[Rule]:
    """The rulings of a table, from the top, without those that do not run as their neighbours do.

    The upper arms of a cross over a row are traced as one line from side to side, bent in its
    middle; a line drawn through a row is seldom level.
    """
    return list(_without_strokes(tuple(rules)))


@functools.lru_cache(maxsize=TABLES_KEPT)
def _without_strokes(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    if len(rules) <= MIN_OTHERS:
        return rules
    spans = [rule_span(rule) for rule in rules]
    xs = np.linspace(min(start for start, _ in spans), max(stop for _, stop in spans), PLACES)
    levels = np.full((len(rules), PLACES), np.nan)
    for level, rule, (start, stop) in zip(levels, rules, spans, strict=True):
        seen = (xs >= start) & (xs <= stop)
        level[seen] = np.interp(xs[seen], rule.points[:, 0], rule.points[:, 1])
    alike, known = np.zeros(len(rules), np.intp), np.zeros(len(rules), np.intp)
    for off in range(1, min(NEIGHBOURS + 1, len(rules))):
        told, same = _run_alike(levels[:-off], levels[off:])
        for side in (np.s_[:-off], np.s_[off:]):
            known[side] += told
            alike[side] += told & same
    kept = (known < MIN_OTHERS) | (alike >= ALIKE_SHARE * known)
    return tuple(rule for rule, keep in zip(rules, kept.tolist(), strict=True) if keep)


def _run_alike(levels: Floats, others: Floats) -> tuple[Mask, Mask]:
    """Whether rulings lie side by side with others for half of their length, and as far apart.

    ``levels``, ``others`` (N, P): their heights at the same places, nan where they do not reach.
    """
    apart = levels - others
    both = ~np.isnan(apart)
    shorter = np.minimum((~np.isnan(levels)).sum(axis=1), (~np.isnan(others)).sum(axis=1))
    count = both.sum(axis=1)
    most = np.where(both, apart, -np.inf).max(axis=1)
    least = np.where(both, apart, np.inf).min(axis=1)
    mean = np.where(both, apart, 0.0).sum(axis=1) / np.maximum(count, 1)
    beside = (count > 0) & (count >= 0.5 * shorter)
    return beside, beside & (most - least <= BESIDE_PX + FANNED * np.abs(mean))


def regular_rules(rules: list[Rule], x: float, *, lines: int = 0) -> tuple[Rule, ...]:
    """Choose the rulings that bound rows of about one height; restore missed ones.

    ``lines``: of a signer, where all rulings are one table's; 0: they may be anything's.

    A row of the usual height costs nothing, one that differs costs its share
    of difference, a ruling left out (a strike through a row, an underline) and
    one put in cost a fixed amount; the cheapest way down the table is taken.
    Tables whose rows really differ keep them: leaving out is dearer.
    """
    rules = without_strokes(rules)
    positions = [rule_at(rule, x) for rule in rules]
    heights = np.diff(positions)
    if len(rules) < 3 or not (heights >= MIN_ROW_PX).any():
        return tuple(rules)
    usual = float(np.median(heights[heights >= MIN_ROW_PX]))
    alike = int((abs(heights - usual) < 0.15 * usual).sum())
    most = max(3, lines) if alike >= 3 else 1
    cost, back = [0.0], [(0, 1)]
    for j in range(1, len(rules)):
        options = []
        for i in range(max(0, j - 4), j):
            left_out = LEAVE_OUT_COST * (j - i - 1)
            height = positions[j] - positions[i]
            for count in range(1, most + 1):
                off = abs(height / count - usual) / usual * count
                options.append((cost[i] + left_out + off + PUT_IN_COST * (count - 1), i, count))
        best = min(options)
        cost.append(best[0])
        back.append((best[1], best[2]))
    # The last rulings may be a footer's: leaving them out costs as usual, but for those of a table
    # that lie as far below as rows do whose own rulings were lost.
    leave = [LEAVE_OUT_COST] * len(heights)
    for k, height in enumerate(heights / usual if lines else ()):
        rows = round(height)
        if 2 <= rows <= most and abs(height - rows) <= FOOT_SHARE:
            leave[k] = FOOT_COST * (rows - 1)
    ends = [cost[j] + sum(leave[j:]) for j in range(len(rules))]
    j = min(range(1, len(rules)), key=lambda k: ends[k])
    chosen = [rules[j]]
    while j > 0:
        i, count = back[j]
        chosen += [line_between(rules[i], rules[j], k / count) for k in range(count - 1, 0, -1)]
        chosen.append(rules[i])
        j = i
    chosen.reverse()
    # A line through the heads, as of a fold, leaves less than a row above the first.
    if len(chosen) > MIN_ROWS and usual >= LOW_FIRST * MIN_ROW_PX:
        first, second = (rule_at(rule, x) for rule in chosen[:2])
        if second - first < MIN_ROW_PX:
            del chosen[0]
    return tuple(chosen)


def line_between(upper: Rule, lower: Rule, share: float) -> Rule:
    """A ruling that was not seen, in proportion between two that were."""
    first = max(rule_span(upper)[0], rule_span(lower)[0])
    last = min(rule_span(upper)[1], rule_span(lower)[1])
    xs = np.linspace(first, last, 9)
    ys = [(1 - share) * rule_at(upper, x) + share * rule_at(lower, x) for x in xs]
    return Rule(np.column_stack([xs, ys]), True, 0.0, 0.0)
