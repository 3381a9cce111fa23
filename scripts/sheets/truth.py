"""Ground truth of drawn sheets: ``truth.json`` and ``truth_geometry.json``.

``truth.json`` (what ``digitizer evaluate`` reads) is a list with one object a
page: ``file`` (relative to the folder of scans, "/" between parts), ``page``
(from 1), ``rows``, ``collector``, ``kind``. A row: ``row`` (place on the form
from 1; blank rows are not listed), ``name``, ``address`` (the street part),
``postal_code`` (A9A 9A9), ``phone`` (NPA-NXX-XXXX), ``email``, ``signed``,
``status`` (counted, incomplete, struck), and after these ``city``,
``province``, ``date``, and ``more``: fields that only
some forms have. What the signer left out is "". Dittos are resolved.
Sets that measure marks (``--rules-set``) also have, for each row, ``marks``,
``ditto_fields``, ``source_row`` and ``duplicate_of``, and for each page
``rescan_of`` (the file of its first scan), as ``fill.RowTruth`` tells, and
``petition`` (its printed title): who signs two petitions has signed neither twice.

``truth_geometry.json`` is a list of the same pages: ``file``, ``page``,
``form``, ``kind``, ``width_px``, ``height_px``, ``rotation_deg`` (clockwise
turn that makes the page upright), ``skew_deg`` (clockwise, after that turn),
``page_polygon``, ``rows`` (every row of the form, blank ones too: ``row``,
``polygon``, ``cells`` by column) and ``collector_box`` (``polygon``,
``fields``; a field is the place to write on, right of its label) or null.
Polygons are pixels of the scan, corners clockwise from top left as the text
reads, rule centre to rule centre.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from scripts.sheets.degrade import Scan
from scripts.sheets.draw import MM_PER_INCH, Blank, Rect
from scripts.sheets.fill import TEXT_FIELDS, Filled, RowTruth

# Points along each side of a polygon on a bent sheet: 24 leave 0.02 mm of an 8 mm bend.
POINTS_PER_SIDE = 24

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True, slots=True, eq=False)
class PageTruth:
    """Truth of one page of one file. ``filled`` is None where no petition shows."""

    file: str
    page: int
    kind: str
    filled: Filled | None
    scan: Scan | None
    rescan_of: str | None = None
    petition: str | None = None


def write_truth(
    pages: Iterable[PageTruth], texts: Path, geometry: Path, *, marks: bool = False
) -> tuple[int, int]:
    """Write both files; pages without a petition have no geometry beyond their size.

    ``pages`` may be drawn as they are taken: none is kept, for one holds 30 MB of
    pixels. ``marks``: with the keys of sets that measure marks. Returns how many
    pages and filled rows there are.
    """
    listed: list[Json] = []
    shapes: list[Json] = []
    rows = 0
    for page in pages:
        listed.append(_page_texts(page, marks=marks))
        rows += 0 if page.filled is None else len(page.filled.rows)
        if page.scan is not None:
            shapes.append(_page_geometry(page, page.scan))
    # The list of texts is written last: where it stands, all was drawn.
    geometry.write_text(_dump(shapes), encoding="utf-8")
    texts.write_text(_dump(listed), encoding="utf-8")
    return len(listed), rows


def _dump(pages: list[Json]) -> str:
    """One page a line: short, and a diff shows which page changed."""
    lines = ",\n".join(json.dumps(page, ensure_ascii=False) for page in pages)
    return f"[\n{lines}\n]\n"


def _page_texts(page: PageTruth, *, marks: bool) -> Json:
    collector: Mapping[str, str] = {}
    rows: list[Json] = []
    if page.filled is not None:
        collector = page.filled.collector
        rows = [_row_texts(row, marks=marks) for row in page.filled.rows]
    names = ("collector_name", "event_location", "date_collected")
    said: dict[str, Json] = {
        "file": page.file,
        "page": page.page,
        "rows": rows,
        "collector": {name: collector.get(name, "") for name in names},
        "kind": page.kind,
    }
    return said | {"rescan_of": page.rescan_of, "petition": page.petition} if marks else said


def _row_texts(row: RowTruth, *, marks: bool) -> Json:
    first: dict[str, Json] = {"row": row.row}
    first |= {name: row.texts.get(name, "") for name in TEXT_FIELDS[:5]}
    first |= {"signed": row.signed, "status": row.status}
    first |= {name: row.texts.get(name, "") for name in TEXT_FIELDS[5:]}
    more = {name: text for name, text in row.texts.items() if name not in TEXT_FIELDS}
    if more:
        first["more"] = dict(more)
    if not marks:
        return first
    return first | {
        "marks": list(row.marks),
        "ditto_fields": dict(row.ditto_fields),
        "source_row": row.source_row,
        "duplicate_of": row.duplicate_of,
    }


def _page_geometry(page: PageTruth, scan: Scan) -> Json:
    height, width = scan.pixels.shape[:2]
    shape: dict[str, Json] = {
        "file": page.file,
        "page": page.page,
        "form": page.filled.blank.wording.form if page.filled else None,
        "kind": page.kind,
        "width_px": width,
        "height_px": height,
        "rotation_deg": scan.rotation_deg,
        "skew_deg": round(scan.skew_deg, 4),
        "page_polygon": None,
        "rows": [],
        "collector_box": None,
    }
    if page.filled is None:
        return shape
    blank = page.filled.blank
    shape["page_polygon"] = _polygon((0.0, 0.0, *blank.paper_mm), blank, scan)
    shape["rows"] = [
        {
            "row": row.row,
            "polygon": _polygon(row.rect, blank, scan),
            "cells": {name: _polygon(rect, blank, scan) for name, rect in row.cells},
        }
        for row in blank.rows
    ]
    if blank.box is not None:
        shape["collector_box"] = {
            "polygon": _polygon(blank.box.rect, blank, scan),
            "fields": {name: _polygon(rect, blank, scan) for name, rect in blank.box.fields},
        }
    return shape


def _polygon(rect: Rect, blank: Blank, scan: Scan) -> Json:
    """Corners of a rectangle in mm as scan pixels, clockwise from top left.

    On a bent sheet with more points along its sides.
    """
    x0, y0, x1, y1 = rect
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) * blank.dpi / MM_PER_INCH
    if scan.bend is not None:
        steps = np.arange(POINTS_PER_SIDE)[:, None] / POINTS_PER_SIDE
        sides = zip(corners, np.roll(corners, -1, axis=0), strict=True)
        corners = np.concatenate([a + (b - a) * steps for a, b in sides])
    points = scan.placed(corners)
    return [[round(float(x), 2), round(float(y), 2)] for x, y in points]
