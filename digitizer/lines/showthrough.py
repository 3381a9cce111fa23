"""Rulings of a sheet's back that show through, and stand in a table among its own.

Print of the back is seen in the mirror and faint: 5 to 13 % as dark as this side's in scans
of thin paper, while the palest rulings that forms are printed with have a quarter and more of
the darkest ones' contrast. A pale ruling alone says nothing, since a form may have hairlines
in a black frame; but a back of the same form has its columns where this side's are in the
mirror. ``layout.table.palecolumns`` asks the heads about those that no mirror explains.
It fails where the back is as dark as hairlines of the front are.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.lines.rulepaths import rule_span
from digitizer.lines.tables import Table
from digitizer.records import PAGE_PX_PER_MM, Pixels, Rule

Floats = npt.NDArray[np.float64]

# A ruling is pale with less than this share of the contrast of its table's darkest of its
# direction: backs at 8 to 13 % gave 0.09 to 0.18, hairlines of 60 % gray at 150 dpi 0.3.
PALE_SHARE = 0.25
# Its contrast is that of its darkest pixel within so many of its path, against the paper so far
# beside it, px: traced together with one of the back's, it lies up to 6 off. The largest counts
# in every 2.5 mm, since a dotted ruling has gaps, and of those this percentile, since writing
# crosses it.
CORE_PX, BESIDE_PX, WINDOW_PX, BARE_PERCENT = 6, 12, 20, 25
# The back's columns lie in the mirror of this side's to 1.5 mm, about a line within so many mm of
# the page's middle: sheets are turned in a printer, and fed a little off.
MIRROR_PX, OFF_MIDDLE_PX = 1.5 * PAGE_PX_PER_MM, 15 * PAGE_PX_PER_MM
# Of so many as that; two where the line is the middle to within so many mm, one by chance.
MIN_MIRRORED, IN_MIDDLE_PX = 3, 2.5 * PAGE_PX_PER_MM
# Rows that are told by dark rulings have so many of them.
MIN_ROW_RULES = 4


def contrast(rule: Rule, gray: Pixels) -> float:
    """How much darker than the paper beside it a ruling is, gray levels, where it is bare."""
    plane = gray if rule.horizontal else gray.T
    start, stop = (round(end) for end in rule_span(rule))
    at = np.arange(max(0, start), min(plane.shape[1], stop))
    # A note that lies on a ruling makes it no paler.
    for low, high in rule.gaps:
        at = at[(at < low) | (at > high)]
    if len(at) < WINDOW_PX or rule.support == 0:
        return 0.0
    along, across = rule.points.T if rule.horizontal else rule.points.T[::-1]
    path = np.interp(at, along, across).astype(int)

    offsets = np.array([-BESIDE_PX, BESIDE_PX, *range(-CORE_PX, CORE_PX + 1)])
    rows = np.clip(path + offsets[:, None], 0, plane.shape[0] - 1)
    levels = cv2.blur(plane[rows, at].astype(np.float64), (3, 1))
    darker = levels[:2].min(axis=0) - levels[2:].min(axis=0)
    whole = len(darker) // WINDOW_PX * WINDOW_PX
    most = darker[:whole].reshape(-1, WINDOW_PX).max(axis=1)
    return float(max(0.0, np.percentile(most, BARE_PERCENT)))


def pale_rulings(rules: Sequence[Rule], gray: Pixels) -> list[int]:
    """Which of a table's rulings of one direction are pale beside its darkest one."""
    found = np.array([contrast(rule, gray) for rule in rules])
    seen = np.array([rule.support > 0 for rule in rules])
    return [int(k) for k in np.flatnonzero(seen & (found < PALE_SHARE * found.max(initial=0.0)))]


def mirrored_columns(table: Table, pale: Sequence[int], width: int) -> list[int]:
    """Which of the pale rulings down a table are its dark ones in the mirror of the page.

    ``pale``: which they are; ``width`` of the page, px. Fewer than two are so by chance.
    """
    row = table.row_count // 2
    at = np.array([table.corner(row, j)[0] for j in range(len(table.down))])
    dark = np.array([x for j, x in enumerate(at) if j not in pale and table.down[j].support > 0])
    if len(pale) == 0 or len(dark) == 0:
        return []
    sums = at[list(pale)][:, None] + dark[None]
    best: list[int] = []
    for one in sums.ravel():
        found = [j for j, row_sums in zip(pale, sums, strict=True) if _near(row_sums, one)]
        off = abs(one - width) / 2
        near = OFF_MIDDLE_PX if len(found) >= MIN_MIRRORED else IN_MIDDLE_PX
        if len(found) >= 2 and off <= near and len(found) > len(best):
            best = found
    return best


def _near(sums: Floats, one: float) -> bool:
    return bool(np.abs(sums - one).min() <= MIRROR_PX)


def without_columns(table: Table, gone: Sequence[int]) -> Table:
    """A table without some of its rulings down."""
    kept = [j for j in range(len(table.down)) if j not in gone]
    across = [
        table.across_borders[:, left:right].mean(axis=1) >= 0.5 for left, right in pairwise(kept)
    ]
    return replace(
        table,
        down=tuple(table.down[j] for j in kept),
        across_borders=np.array(across, dtype=np.bool_).T,
        down_borders=table.down_borders[:, kept],
    )


def without_back_rows(table: Table, gray: Pixels) -> Table:
    """A table without pale rulings between its rows: those of a back that is known to show.

    Each lies alone between two dark ones, as the back's rows do beside this side's; several
    between two are rows of their own.
    """
    pale = pale_rulings(table.across, gray)
    dark = [i for i in range(len(table.across)) if i not in pale]
    alone = all(high - low <= 2 for low, high in pairwise(dark))
    if not pale or len(dark) < MIN_ROW_RULES or not alone:
        return table
    turned = Table(table.down, table.across, table.down_borders.T, table.across_borders.T)
    rest = without_columns(turned, pale)
    return Table(rest.down, rest.across, rest.down_borders.T, rest.across_borders.T)
