"""Which head on the page is which column's: the clearest ones, or all in the form's order.

Printings may swap columns, and single heads are misread; so a reading out of order is believed
only where it is clearer by a whole head.
"""

from collections.abc import Sequence

import numpy as np

# Similarity from which a header counts as read. Headers of other forms in the
# same language reach 0.3-0.55.
MIN_HEADER = 0.62
# What a column whose header cannot be read adds where it lies between its neighbours.
UNREAD_GAIN = 0.01
# What heads out of the definition's order must add to be believed: one clear head.
ORDER_WORTH = 0.7


def assign_columns(
    likeness: Sequence[Sequence[float]], spans: Sequence[tuple[int, int]]
) -> tuple[list[tuple[int, int] | None], list[float]]:
    """Give each column (rows of ``likeness``, 0..1) the span that makes all most alike."""
    clearest, ordered = _clearest(likeness, spans), _in_order(likeness, spans)
    # Printings may swap columns; one unclear head in another place is misread.
    return clearest if sum(clearest[1]) > sum(ordered[1]) + ORDER_WORTH else ordered


def columns_by_place(
    count: int, spans: Sequence[tuple[int, int]]
) -> tuple[float, list[tuple[int, int] | None], list[float]]:
    """How well, which and how clear so many columns without heads are: all spans, or none."""
    fits = len(spans) == count
    return float(fits), list(spans) if fits else [None] * count, [0.0] * count


def _clearest(
    likeness: Sequence[Sequence[float]], spans: Sequence[tuple[int, int]]
) -> tuple[list[tuple[int, int] | None], list[float]]:
    """The clearest pair first, then the next of those that are left."""
    pairs = [(score, i, j) for i, scores in enumerate(likeness) for j, score in enumerate(scores)]
    pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
    columns: list[tuple[int, int] | None] = [None] * len(likeness)
    found = [0.0] * len(likeness)
    taken: set[int] = set()
    for score, i, j in pairs:
        if columns[i] is None and j not in taken and score >= MIN_HEADER:
            columns[i], found[i] = spans[j], max(0.0, score)
            taken.add(j)
    return columns, found


def _in_order(
    likeness: Sequence[Sequence[float]], spans: Sequence[tuple[int, int]]
) -> tuple[list[tuple[int, int] | None], list[float]]:
    """The best of all ways that keep columns and spans in order from left to right.

    A column that was not read may lie under any span, which is worth little but
    keeps the others in place.
    """
    rows, count = len(likeness), len(spans)
    best = np.zeros((rows + 1, count + 1))
    for i in range(1, rows + 1):
        for j in range(1, count + 1):
            score = likeness[i - 1][j - 1]
            gain = score if score >= MIN_HEADER else UNREAD_GAIN
            best[i, j] = max(best[i - 1, j], best[i, j - 1], best[i - 1, j - 1] + gain)
    columns: list[tuple[int, int] | None] = [None] * rows
    found = [0.0] * rows
    i, j = rows, count
    while i and j:
        if best[i, j] == best[i - 1, j]:
            i -= 1
        elif best[i, j] == best[i, j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            if likeness[i][j] >= MIN_HEADER:
                columns[i], found[i] = spans[j], likeness[i][j]
    return columns, found
