"""Where the answer of one label in the collector's box is written: right of it, else below it."""

from collections.abc import Sequence

from digitizer.collector.boxframe import WRITING_LINE_PX, print_above
from digitizer.layout.print.wording import Box, stand_beside
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Pixels, Rule

# A line above or below an answer runs along this share of it; strokes that stand in
# a row are traced as short ones.
ANSWER_SHARE = 0.5


def own_space(
    label: Box,
    labels: Sequence[Box],
    head: Sequence[Box],
    frame: Box,
    rules: Sequence[Rule],
    gray: Pixels,
) -> Box:
    """Where one label's answer is written, px; ``labels``: all, ``head``: the title, if any.

    Within the ``frame`` it ends before the next label on its line, and begins below the print
    over it: a label, the title, or what ``gray`` shows there that nobody read.
    """
    left, top, right, bottom = frame
    line = [one for one in labels if stand_beside(one, label)]
    lines = [one for one in labels if one not in line and one is not label]
    above = max((one for one in lines if one[1] <= label[1]), key=lambda b: b[1], default=None)
    below = min((one for one in lines if one[1] > label[1]), key=lambda b: b[1], default=None)
    behind = [one[0] for one in line if one[0] > label[0]]
    if line:
        left, right = max(left, label[0]), min(behind, default=right + 2) - 2
    # A count's labels may stand in a corner of the page, the title between them and the answer.
    over = [
        one for one in (above, *head) if one is not None and top <= one[3] and one[1] <= label[1]
    ]
    nearest = max(over, key=lambda b: b[1], default=None)
    # A title often goes on in a second line.
    start = top if nearest is None else nearest[3]
    # What is printed over one label of a line is over them all.
    found = (print_above(one, start, gray) for one in (label, *line))
    printed = [one for one in found if one is not None]
    between = max(printed, key=lambda b: b[3], default=None)
    if nearest is None or nearest in head:
        nearest = between or nearest
    roof = None
    if nearest is not None and nearest[3] < (label[1] + label[3]) / 2:
        foot = nearest[3]
        # Tails hang below an answer; under a title nothing is written.
        starts = foot + 1 if nearest in head else (foot + label[1]) / 2
        roof = ((nearest[1] + foot) / 2, starts)
    return _writing_space(label, roof, below, (left, top, right, bottom), rules)


def _writing_space(
    label: Box,
    roof: tuple[float, float] | None,
    below: Box | None,
    frame: Box,
    rules: Sequence[Rule],
) -> Box:
    """Where the label's answer is written: its ruled cell, else right of it or below.

    ``roof``: the middle of the print above, and where an answer begins that no line parts from it.
    """
    left, top, right, bottom = frame
    x = min(label[2] + 5 * PAGE_PX_PER_MM, (label[0] + right) / 2)
    middle = (label[1] + label[3]) / 2
    ends = below[1] - 1 if below is not None and below[1] > label[3] else bottom
    along = x + ANSWER_SHARE * (right - x)
    lines = sorted(
        rule_at(rule, x)
        for rule in rules
        if rule.horizontal and rule_span(rule)[0] <= x + 2 and rule_span(rule)[1] >= along
    )
    # No line of the form runs through its print; one that does was traced along letters.
    cell_top = max((y for y in lines if top - 2 <= y <= label[1] + 2), default=top)
    # A writing line runs through the tails of the label.
    cell_bottom = min((y for y in lines if y > middle), default=bottom)
    if roof is not None and cell_top < roof[0]:
        # Letters of this line rise above its label, but not into the line above.
        cell_top = max(cell_top, min(roof[1], label[1] - 2))
    cell_bottom = min(
        cell_bottom if cell_bottom > middle else bottom, max(ends, label[3] + 4), bottom
    )
    room = right - label[2]
    if room >= 0.3 * (right - left):
        return label[2] + 2, cell_top, right, max(cell_bottom, label[3] + 2)
    return left, label[3] + 1, right, max(cell_bottom, label[3] + 0.8 * WRITING_LINE_PX)
