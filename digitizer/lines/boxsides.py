"""Sides of boxes to tick that stand one below the other in a column: no ruling of a table.

Boxes stand alike in every row, so that their sides lie in one line and are traced as one broken
ruling, which would cut the cells in two. A column's ruling is seen where a row ends, boxes
are not: there the line has its gaps. It fails where boxes stand nearer than 1 mm to the rows'
rulings.
"""

from collections.abc import Sequence

from digitizer.lines.doubles import MEET_PX
from digitizer.lines.rulepaths import crossing, rule_span
from digitizer.records import Rule

# So many rulings across lie in gaps of a line of boxes, which are as wide as this beside each, px;
# edges of gaps between boxes that are rows of their own are no wider.
MIN_GAPS, BESIDE_PX = 3, 4.0
# It is seen where it meets this share of the rulings across at most: a pen crosses a gap.
MOST_SEEN = 0.2
# A table has so many other columns' rulings at least.
MIN_LEFT = 2


def without_box_sides(across: Sequence[Rule], down: Sequence[Rule]) -> list[Rule]:
    """The rulings ``down`` without lines of boxes, which end short of the rulings ``across``."""
    kept = [rule for rule in down if not _is_of_boxes(rule, across)]
    return kept if len(kept) >= MIN_LEFT else list(down)


def _is_of_boxes(rule: Rule, across: Sequence[Rule]) -> bool:
    start, stop = rule_span(rule)
    short = seen = 0
    for line in across:
        x, y = crossing(line, rule)
        left, right = rule_span(line)
        if not (left <= x <= right and start - MEET_PX <= y <= stop + MEET_PX):
            continue
        if any(first + BESIDE_PX <= y <= last - BESIDE_PX for first, last in rule.gaps):
            short += 1
        elif start - BESIDE_PX < y < stop + BESIDE_PX:
            seen += 1
    return short >= MIN_GAPS and seen <= MOST_SEEN * (short + seen)
