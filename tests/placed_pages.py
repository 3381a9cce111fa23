"""Geometries that nobody had to read, for tests of what lies where."""

from itertools import pairwise

from digitizer.records import (
    BoxPlace,
    CellPlace,
    FieldKind,
    FieldSpec,
    PageGeometry,
    Polygon,
    RowPlace,
)

FIELDS = (FieldSpec("name", FieldKind.NAME), FieldSpec("email", FieldKind.EMAIL))
COLLECTOR = (FieldSpec("collector_name", FieldKind.NAME),)


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    """Corners clockwise from top left."""
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def geometry_of(tops: "list[float]") -> PageGeometry:
    """A page of 850 x 1100 px whose row lines lie at ``tops``; two columns of half the width."""
    rows = []
    for number, (top, bottom) in enumerate(pairwise(tops), start=1):
        cells = tuple(
            CellPlace(spec.name, (spec,), box(50 + 375 * k, top, 425 + 375 * k, bottom))
            for k, spec in enumerate(FIELDS)
        )
        rows.append(RowPlace(number, box(50, top, 800, bottom), cells))
    return PageGeometry(
        width=850,
        height=1100,
        rows=tuple(rows),
        collector_box=BoxPlace(
            box(50, 900, 800, 1050), (CellPlace("c", COLLECTOR, box(60, 910, 700, 960)),)
        ),
        page_polygon_scan=box(0, 0, 850, 1100),
        scan_from_page=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    )


def drawn_geometry(rows: int = 3, top: float = 200.0, height: float = 60.0) -> PageGeometry:
    """``geometry_of`` with rows of one height."""
    return geometry_of([top + height * k for k in range(rows + 1)])
