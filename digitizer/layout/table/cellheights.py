"""How many lines of a signer the cells of each column are high.

Where a signer has several lines, some cells are as high as all of them: the printed number, the
date, what the office fills in. The rulings between the lines end beside such cells, in most rows.
"""

from collections.abc import Sequence

from digitizer.forms.forms import Form
from digitizer.lines.rulepaths import crossing, seen_length
from digitizer.records import Rule

# A ruling parts a cell if it is seen over this share of its width, in this share of the rows.
SEEN_SHARE, ROWS_SHARE = 0.5, 0.5

Span = tuple[float, float]


def cell_heights(
    form: Form, rules: Sequence[Rule], sides: tuple[Rule, Rule], spans: Sequence[Span | None]
) -> tuple[tuple[int, int], ...]:
    """Of each column which rulings of a signer, from 0, its cells lie between.

    ``rules``: all of the rows, ``form.lines`` a row; ``sides``: of the table; ``spans``: where
    columns lie, shares of its width, None for one that was not found.
    """
    lines = form.lines
    heights = []
    for column, span in zip(form.columns, spans, strict=True):
        high, low = column.line - 1, column.line
        taken = [
            other.line
            for other, place in zip(form.columns, spans, strict=True)
            if span and place and _lie_over(span, place)
        ]
        if span is not None:
            while (
                low < lines and low + 1 not in taken and not _parts(rules, low, lines, sides, span)
            ):
                low += 1
            while high > 0 and high not in taken and not _parts(rules, high, lines, sides, span):
                high -= 1
        heights.append((high, low))
    return tuple(heights)


def _lie_over(span: Span, other: Span) -> bool:
    """Whether the narrower of two cells lies over the other one for most of its width."""
    shared = min(span[1], other[1]) - max(span[0], other[0])
    return shared > SEEN_SHARE * min(span[1] - span[0], other[1] - other[0])


def _parts(
    rules: Sequence[Rule], number: int, lines: int, sides: tuple[Rule, Rule], span: Span
) -> bool:
    """Whether the ruling with this ``number`` in a row parts what lies in ``span`` in most rows."""
    seen = [rule for rule in rules[number::lines] if rule.support > 0]
    parted = sum(_seen_share(rule, sides, span) >= SEEN_SHARE for rule in seen)
    return not seen or parted >= ROWS_SHARE * len(seen)


def _seen_share(rule: Rule, sides: tuple[Rule, Rule], span: Span) -> float:
    """Which share of the width of a cell a ruling is seen over."""
    first, last = (crossing(rule, side)[0] for side in sides)
    left, right = (first + share * (last - first) for share in span)
    return seen_length(rule, left, right) / max(right - left, 1.0)
