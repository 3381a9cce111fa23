"""The signer grid of a page as a person drew it, in place of the one that was found.

Only what was drawn is replaced: the lines that bound rows, the borders of columns.
Where a person says which form it is but no table of it can be seen, an even grid
is laid over the page for them to drag into place; nothing is read through it.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from digitizer.forms.forms import Form
from digitizer.geometry import Points, apply_homography
from digitizer.layout.table.rowrules import line_between
from digitizer.layout.table.signergrid import SignerGrid
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.tables import Table
from digitizer.records import Homography, PageEdit, Polygon, Rule

# Where an even grid lies on a page: shares of its width and height, and its rows.
EVEN_SIDES = (0.06, 0.94)
EVEN_ENDS = (0.3, 0.8)
EVEN_ROWS = 10


def correct_grid(grid: SignerGrid, form: Form, edit: PageEdit, page: Homography) -> SignerGrid:
    """The grid with the lines that a person drew; ``page``: page from scan."""
    if edit.row_lines:
        lines = [_rule(line, page, horizontal=True) for line in edit.row_lines]
        lines.sort(key=lambda rule: float(rule.points[:, 1].mean()))
        grid = replace(grid, row_rules=_with_inner_lines(lines, grid.row_rules, form.lines))
    if edit.columns and form.lines == 1:
        grid = _with_columns(grid, form, edit, page)
    return grid


def is_usable(grid: SignerGrid | None) -> bool:
    """Whether rows and columns were found at all."""
    return grid is not None and len(grid.row_rules) >= 2 and any(grid.columns)


def even_grid(form: Form, shape: tuple[int, ...]) -> SignerGrid:
    """A grid laid over a page of ``shape`` (height, width), for a person to drag."""
    height, width = shape[0], shape[1]
    left, right = (width * share for share in EVEN_SIDES)
    top, bottom = (height * share for share in EVEN_ENDS)
    across = [
        Rule(np.array([[left, y], [right, y]]), True, 0.0, 0.0)
        for y in np.linspace(top, bottom, EVEN_ROWS + 1)
    ]
    down = [
        Rule(np.array([[x, top], [x, bottom]]), False, 0.0, 0.0)
        for x in np.linspace(left, right, len(form.columns) + 1)
    ]
    return SignerGrid(
        table=_table(across, down),
        score=0.0,
        columns=tuple(pairwise(range(len(down)))),
        header_scores=(0.0,) * len(form.columns),
        row_rules=tuple(across),
    )


def grid_to_drag(
    form: Form, undivided: Sequence[SignerGrid], shape: tuple[int, ...]
) -> tuple[SignerGrid, bool]:
    """A grid with even rows on a page without rows; and whether its columns are the page's.

    ``undivided``: the form's tables with all rows that rulings bound, be they too high to
    be one each; ``shape``: of the page, height and width.
    """
    if not undivided or not is_usable(undivided[0]):
        return even_grid(form, shape), False
    top, bottom = undivided[0].row_rules[0], undivided[0].row_rules[-1]
    inner = [line_between(top, bottom, k / EVEN_ROWS) for k in range(1, EVEN_ROWS)]
    return replace(undivided[0], row_rules=(top, *inner, bottom)), True


def _with_columns(grid: SignerGrid, form: Form, edit: PageEdit, page: Homography) -> SignerGrid:
    drawn = {one.column: one for one in edit.columns}
    borders = {line for one in edit.columns for line in (one.left, one.right)}
    rules = {line: _rule(line, page, horizontal=False) for line in borders}
    order = sorted(borders, key=lambda line: float(rules[line].points[:, 0].mean()))
    place = {line: number for number, line in enumerate(order)}
    columns: list[tuple[int, int] | None] = []
    for column in form.columns:
        one = drawn.get(column.name)
        columns.append(None if one is None else (place[one.left], place[one.right]))
    if not any(columns):
        return grid
    across = grid.table.across if len(grid.table.across) >= 2 else grid.row_rules
    table = _table(across, [rules[line] for line in order])
    return replace(grid, table=table, columns=tuple(columns))


def _with_inner_lines(
    bounds: Sequence[Rule], found: Sequence[Rule], lines: int
) -> tuple[Rule, ...]:
    """The rows' bounds with the rulings inside rows of several ``lines``.

    They lie where those of the rows that were found lie, else at even distances.
    """
    if lines == 1 or len(bounds) < 2:
        return tuple(bounds)
    shares = [k / lines for k in range(1, lines)]
    whole = [found[i : i + lines + 1] for i in range(0, len(found) - lines, lines)]
    if whole:
        x = float(found[0].points[:, 0].mean())
        heights = np.array([[rule_at(rule, x) for rule in row] for row in whole])
        places = (heights - heights[:, :1]) / (heights[:, -1:] - heights[:, :1])
        shares = [float(share) for share in np.median(places, axis=0)[1:-1]]
    rules = [bounds[0]]
    for upper, lower in pairwise(bounds):
        xs = upper.points[:, 0]
        for share in shares:
            ys = [(1 - share) * y + share * rule_at(lower, x) for x, y in upper.points]
            rules.append(Rule(np.column_stack([xs, ys]), True, 0.0, 0.0))
        rules.append(lower)
    return tuple(rules)


def _table(across: Sequence[Rule], down: Sequence[Rule]) -> Table:
    """A table with every border."""
    return Table(
        across=tuple(across),
        down=tuple(down),
        across_borders=np.ones((len(across), len(down) - 1), dtype=bool),
        down_borders=np.ones((len(across) - 1, len(down)), dtype=bool),
    )


def _rule(line: Polygon, page_from_scan: Homography, *, horizontal: bool) -> Rule:
    points: Points = apply_homography(page_from_scan, line)
    along = points[:, 0 if horizontal else 1]
    return Rule(points[np.argsort(along, kind="stable")], horizontal, 0.0, 0.0)
