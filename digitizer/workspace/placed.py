"""Places on a page as JSON text and back: its geometry, and how a person put it right.

A petition of a hundred thousand rows has eight thousand sheets of some fifty cells,
so cells are kept as bare lists of numbers, and what a column holds only once.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from digitizer.records import (
    BoxPlace,
    CellPlace,
    ColumnEdit,
    FieldKind,
    FieldSpec,
    PageEdit,
    PageGeometry,
    Polygon,
    RowPlace,
    SpaceEdit,
)

# Decimals kept of a coordinate in px: a tenth of a pixel is finer than a ruling.
DECIMALS = 1

_Columns = dict[tuple[str, tuple[FieldSpec, ...]], int]


def geometry_to_text(geometry: PageGeometry) -> str:
    """A page's geometry as JSON text, coordinates rounded to ``DECIMALS``."""
    columns: _Columns = {}
    rows = [
        [row.row, _flat(row.polygon), [_cell(cell, columns) for cell in row.cells]]
        for row in geometry.rows
    ]
    box = geometry.collector_box
    told = {
        "size": [geometry.width, geometry.height],
        "rows": rows,
        "box": None
        if box is None
        else [_flat(box.polygon), [_cell(cell, columns) for cell in box.fields]],
        "columns": [[name, [_spec(spec) for spec in fields]] for name, fields in columns],
        "sheet": _flat(geometry.page_polygon_scan),
        "scan_from_page": list(geometry.scan_from_page),
    }
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False)


def _spec(spec: FieldSpec) -> list[object]:
    told: list[object] = [spec.name, spec.kind.value, spec.required]
    return [*told, spec.values] if spec.values else told


def geometry_from_text(text: str) -> PageGeometry:
    """The geometry that ``geometry_to_text`` wrote."""
    told = json.loads(text)
    columns = [
        (
            name,
            tuple(
                FieldSpec(field, FieldKind(kind), required, tuple(map(tuple, *(values or [()]))))
                for field, kind, required, *values in specs
            ),
        )
        for name, specs in told["columns"]
    ]
    box = told["box"]
    return PageGeometry(
        width=told["size"][0],
        height=told["size"][1],
        rows=tuple(
            RowPlace(number, _polygon(polygon), _cells(cells, columns))
            for number, polygon, cells in told["rows"]
        ),
        collector_box=None if box is None else BoxPlace(_polygon(box[0]), _cells(box[1], columns)),
        page_polygon_scan=_polygon(told["sheet"]),
        scan_from_page=tuple(told["scan_from_page"]),
    )


def edit_to_text(edit: PageEdit) -> str:
    """A person's edit of a page as JSON text; what was left as found is left out."""
    told: dict[str, object] = {
        "turn_deg": edit.turn_deg,
        "form": edit.form,
        "corners": _flat(edit.corners),
        "row_lines": [_flat(line) for line in edit.row_lines],
        "columns": [[one.column, _flat(one.left), _flat(one.right)] for one in edit.columns],
        "box": [[one.field, _flat(one.polygon)] for one in edit.box],
        "not_a_sheet": edit.not_a_sheet,
    }
    nothing: tuple[object, ...] = (None, [])
    kept = {name: value for name, value in told.items() if value not in nothing}
    if not edit.not_a_sheet:
        del kept["not_a_sheet"]
    return json.dumps(kept, separators=(",", ":"), ensure_ascii=False)


def edit_from_text(text: str) -> PageEdit:
    """The edit that ``edit_to_text`` wrote."""
    told = json.loads(text)
    return PageEdit(
        turn_deg=told.get("turn_deg"),
        form=told.get("form"),
        corners=_polygon(told.get("corners", ())),
        row_lines=tuple(_polygon(line) for line in told.get("row_lines", ())),
        columns=tuple(
            ColumnEdit(name, _polygon(left), _polygon(right))
            for name, left, right in told.get("columns", ())
        ),
        box=tuple(SpaceEdit(name, _polygon(space)) for name, space in told.get("box", ())),
        not_a_sheet=told.get("not_a_sheet", False),
    )


def _cell(cell: CellPlace, columns: _Columns) -> list[object]:
    number = columns.setdefault((cell.column, cell.fields), len(columns))
    told: list[object] = [number, _flat(cell.polygon)]
    if cell.captions or cell.comb:
        told.append([[round(v, DECIMALS) for v in box] for box in cell.captions])
        told.append(cell.comb)
    return told


def _cells(
    told: Iterable[Sequence[Any]], columns: Sequence[tuple[str, tuple[FieldSpec, ...]]]
) -> tuple[CellPlace, ...]:
    found = []
    for number, polygon, *more in told:
        name, fields = columns[number]
        captions, comb = more or ((), False)
        boxes = tuple((a, b, c, d) for a, b, c, d in captions)
        found.append(CellPlace(name, fields, _polygon(polygon), boxes, comb))
    return tuple(found)


def _flat(polygon: Polygon) -> list[float]:
    return [round(v, DECIMALS) for point in polygon for v in point]


def _polygon(flat: Sequence[float]) -> Polygon:
    return tuple(zip(flat[0::2], flat[1::2], strict=True))
