"""The cells of a ruled table that borders close on all sides, whatever they are for."""

import numpy as np

from digitizer.lines.tables import Table


def closed_cells(table: Table) -> tuple[tuple[int, int, int, int], ...]:
    """Blocks (top, left, bottom, right rulings) closed on all sides, in reading order.

    Elementary cells without a border between them are one block; blocks that
    are not rectangular are left out.
    """
    label = np.arange(table.row_count * table.column_count).reshape(
        table.row_count, table.column_count
    )
    changed = True
    while changed:
        changed = False
        for i in range(table.row_count):
            for j in range(table.column_count):
                for di, dj, closed in (
                    (1, 0, i + 1 < table.row_count and table.across_borders[i + 1, j]),
                    (0, 1, j + 1 < table.column_count and table.down_borders[i, j + 1]),
                ):
                    ni, nj = i + di, j + dj
                    if ni >= table.row_count or nj >= table.column_count or closed:
                        continue
                    low, high = sorted((int(label[i, j]), int(label[ni, nj])))
                    if low != high:
                        label[label == high] = low
                        changed = True
    blocks = []
    for value in np.unique(label):
        rows, columns = np.nonzero(label == value)
        top, bottom = int(rows.min()), int(rows.max()) + 1
        left, right = int(columns.min()), int(columns.max()) + 1
        full = len(rows) == (bottom - top) * (right - left)
        framed = (
            table.across_borders[[top, bottom], left:right].all()
            and table.down_borders[top:bottom, [left, right]].all()
        )
        if full and framed:
            blocks.append((top, left, bottom, right))
    return tuple(sorted(blocks))
