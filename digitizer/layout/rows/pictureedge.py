"""Which cells of a sheet end at the edge of its picture: a part of what is written is cut off.

Where a picture ends within a column the table is closed by the picture's own edge, and a name
without its first letters reads as well as a whole one. A table whose border is in the picture
lies off its edge: people leave a margin when they photograph, and printers when they print.
Where rows are cut off below the rulings between columns run out of the picture. It does not tell
a picture that ends in the white beside a table, of which nothing is lost, nor one that ends
exactly at a border, which it takes for cut.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from digitizer.geometry import apply_homography, as_points, inverse
from digitizer.lines.bending import bent_points
from digitizer.lines.folds import without_folds
from digitizer.lines.rulepaths import rule_at
from digitizer.records import PAGE_PX_PER_MM, CellPlace, RegisteredPage

# What is nearer to the picture's edge than this (mm) ends there: of cells cut on scans and on
# bent photographs 0.0 to 0.1, and rulings are followed to 0.5 mm.
EDGE_MM = 0.8
# So many rulings between columns run out of the picture where rows are cut off.
MIN_RUN_OUT = 3

Floats = npt.NDArray[np.float64]


def cells_at_edge(found: RegisteredPage) -> frozenset[tuple[int, str]]:
    """Row and column of each cell that ends where the picture does."""
    cells = [(row.row, cell) for row in found.rows for cell in row.cells]
    if not cells:
        return frozenset()
    corners = [as_points(cell.polygon) for _, cell in cells]
    ends = np.cumsum([len(one) for one in corners])[:-1]
    near = np.split(_to_edge_mm(found, np.concatenate(corners)) < EDGE_MM, ends)
    return frozenset(
        (row, cell.column) for (row, cell), at in zip(cells, near, strict=True) if at.any()
    )


def on_page(found: RegisteredPage) -> RegisteredPage:
    """The page without cells of which no pixel is on it: a person may drag lines off it."""
    height, width = found.page.gray.shape[:2]

    def kept(cells: Sequence[CellPlace]) -> tuple[CellPlace, ...]:
        ends = [(np.min(cell.polygon, axis=0), np.max(cell.polygon, axis=0)) for cell in cells]
        return tuple(
            cell
            for cell, (low, high) in zip(cells, ends, strict=True)
            if low[0] < width and low[1] < height and high[0] > 0 and high[1] > 0
        )

    box = found.collector_box
    return replace(
        found,
        rows=tuple(replace(row, cells=kept(row.cells)) for row in found.rows),
        collector_box=None if box is None else replace(box, fields=kept(box.fields)),
    )


def is_cut_off(found: RegisteredPage) -> bool:
    """Whether a part of the signers' table is outside of the picture."""
    return bool(found.rows) and (bool(cells_at_edge(found)) or _runs_out(found))


def _runs_out(found: RegisteredPage) -> bool:
    """Whether the rulings between columns go on from the rows to the picture's edge."""
    corners = np.concatenate([as_points(row.polygon) for row in found.rows])
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    middle = (top + bottom) / 2
    ends: dict[int, list[Floats]] = {0: [], -1: []}
    for rule in without_folds(found.rules, found.page.gray.shape):
        span = np.sort(rule.points[:, 1])
        if rule.horizontal or rule.support == 0 or not span[0] <= middle <= span[-1]:
            continue
        if left <= rule_at(rule, middle) <= right:
            points = rule.points[np.argsort(rule.points[:, 1])]
            for end, own in ends.items():
                own.append(points[end])
    return any(
        len(own) >= MIN_RUN_OUT
        and int((_to_edge_mm(found, np.array(own)) < EDGE_MM).sum()) >= MIN_RUN_OUT
        for own in ends.values()
    )


def _to_edge_mm(found: RegisteredPage, points: Floats) -> Floats:
    """How far (mm of the sheet) points (N, 2) of the page lie from the edge of the picture."""
    page = found.page
    height, width = page.image.pixels.shape[:2]
    on_page = points if page.bend is None else bent_points(page.bend, points)
    on_scan = apply_homography(inverse(page.page_from_scan), on_page)
    scan_px_per_mm = PAGE_PX_PER_MM / np.sqrt(abs(np.linalg.det(page.page_from_scan[:2, :2])))
    far = np.minimum(on_scan, np.array([width, height]) - on_scan).min(axis=1)
    return np.asarray(far / scan_px_per_mm, dtype=np.float64)
