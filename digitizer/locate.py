"""Where rows, cells and the collector box lie on a page: what ``digitizer locate`` prints.

Polygons are told in pixels of the picture as it was given, whatever was done to the page to
read it: turned, levelled, flattened, straightened.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from digitizer.errors import DependencyError, FormError, ScanError
from digitizer.forms.forms import Form, load_forms
from digitizer.geometry import apply_homography, as_points, as_polygon, inverse, subdivided
from digitizer.lines.bending import bent_points
from digitizer.lines.closedcells import closed_cells
from digitizer.lines.tables import Table
from digitizer.paper.outline import find_outlines
from digitizer.pipeline import log_error, turn_of
from digitizer.records import CellPlace, Failure, PageRef, Polygon, RectifiedPage, RegisteredPage
from digitizer.rectify import rectify_page, require_sheet, told_turn
from digitizer.scans import failure_from_error, list_pages, load_page
from digitizer.sheets.sheetpages import sheets_on
from digitizer.sheets.straightened import straighten

# Sides of polygons on a bent page get a point this often (px), 5 mm.
BENT_STEP_PX = 40.0


def locate_file(path: Path, forms: Sequence[str] | None) -> Iterator[dict[str, object]]:
    """Page geometry of a file: a dict with the keys of docs/files.md for each sheet of each page.

    ``forms``: names or paths to recognise among, empty for all installed ones,
    None to list every table's closed cells without any definition.
    """
    listed = list_pages(path, str(path))
    if isinstance(listed, Failure):
        yield _located(str(path), 1, failure=listed.message)
        return
    definitions = () if forms is None else load_forms(forms)
    for ref in listed:
        try:
            yield from _locate_page(ref, definitions, any_table=forms is None)
        except (DependencyError, FormError):
            raise
        except ScanError as error:
            yield _located(str(path), ref.page, failure=failure_from_error(error).message)
        except Exception as error:  # noqa: BLE001 - as in ``process_page``: the others are located
            what = log_error(error, f"{ref.page} of {path}")
            failure = f"could not be read ({what}); --verbose says where"
            yield _located(str(path), ref.page, failure=failure)


def _located(image: str, page: int, *, failure: str | None = None) -> dict[str, object]:
    return {
        "image": image,
        "page": page,
        "form": None,
        "rotation_deg": None,
        "skew_deg": None,
        "page_polygon": None,
        "rows": [],
        "collector_box": None,
        "failure": failure,
        "columns_skew_deg": None,
        "rotation_quality": None,
        "skew_quality": None,
        "residual_mm": None,
        "candidates": [],
        "form_score": None,
        "sheet": 1,
    }


def _locate_page(
    ref: PageRef, forms: Sequence[Form], *, any_table: bool
) -> Iterator[dict[str, object]]:
    """One dict for each sheet on the page."""
    image = load_page(ref)
    require_sheet(image)
    if any_table:
        outlines = find_outlines(image.pixels)
        corners = [as_polygon(outline.corners) for outline in outlines] or [()]
        for number, sheet in enumerate(corners, start=1):
            page, _, tables = straighten(rectify_page(image, corners=sheet, seek_outline=False))
            rows = _table_rows(tables, page)
            failure = None if tables else "no ruled table on this page"
            placed = _placed(ref, page)
            yield {**placed, "rows": rows, "failure": failure, "sheet": number}
        return
    for number, (registered, _) in enumerate(sheets_on(image, forms), start=1):
        yield {**located_sheet(ref, registered), "sheet": number}


def located_sheet(ref: PageRef, registered: RegisteredPage) -> dict[str, object]:
    """Where everything lies on a sheet, in pixels of the scan, as `locate` tells it."""
    page = registered.page
    box = registered.collector_box
    return {
        **_placed(ref, page),
        "form": registered.form,
        "form_score": round(registered.form_score, 3),
        "rows": [
            {
                "row": row.row,
                "polygon": in_scan(row.polygon, page),
                "cells": {cell.column: in_scan(cell.polygon, page) for cell in row.cells},
            }
            for row in registered.rows
        ],
        "collector_box": None
        if box is None
        else {"polygon": in_scan(box.polygon, page), "fields": _box_fields(box.fields, page)},
        "failure": registered.failure.message if registered.failure else None,
        "rotation_deg": turn_of(registered),
        "residual_mm": registered.residual_mm,
        "candidates": [{"form": name, "score": score} for name, score in registered.candidates],
    }


def _placed(ref: PageRef, page: RectifiedPage) -> dict[str, object]:
    return {
        **_located(ref.source_file, ref.page),
        "rotation_deg": told_turn(page),
        "skew_deg": _rounded(page.skew_deg),
        "page_polygon": page.page_polygon_scan,
        "columns_skew_deg": _rounded(page.columns_skew_deg),
        "rotation_quality": _rounded(page.rotation_quality),
        "skew_quality": _rounded(page.skew_quality),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _box_fields(cells: Sequence[CellPlace], page: RectifiedPage) -> dict[str, Polygon]:
    return {cell.column: in_scan(cell.polygon, page) for cell in cells}


def in_scan(polygon: Polygon, page: RectifiedPage) -> Polygon:
    """A polygon of a page (px, upright) in pixels of its scan; on a bent page with more corners."""
    points = as_points(polygon)
    if page.bend is not None:
        points = bent_points(page.bend, subdivided(points, BENT_STEP_PX))
    return as_polygon(apply_homography(inverse(page.page_from_scan), points))


def _table_rows(tables: Sequence[Table], page: RectifiedPage) -> list[dict[str, object]]:
    """Closed cells of every table; rows count on from table to table."""
    rows: list[dict[str, object]] = []
    for table in tables:
        blocks = closed_cells(table)
        for top in sorted({block[0] for block in blocks}):
            cells = [block for block in blocks if block[0] == top]
            bottom = max(block[2] for block in cells)
            outline = table.cell(
                top, min(block[1] for block in cells), bottom, max(block[3] for block in cells)
            )
            rows.append(
                {
                    "row": len(rows) + 1,
                    "polygon": in_scan(outline, page),
                    "cells": {
                        f"c{number}": in_scan(table.cell(*block), page)
                        for number, block in enumerate(cells, start=1)
                    },
                }
            )
    return rows
