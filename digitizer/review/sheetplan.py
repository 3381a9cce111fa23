"""A sheet as its page shows it: what lies where, in which state, with which reading.

Built from the sheet as it stands and its geometry; no request, no markup.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from digitizer.geometry import bbox_from_polygon
from digitizer.records import (
    CellPlace,
    FieldKind,
    FieldState,
    FieldValue,
    PageGeometry,
    Polygon,
    Route,
    RowStatus,
)
from digitizer.states import UNWRITTEN_KINDS
from digitizer.workspace.decisions import DECIDED, SHEET, STATUS
from digitizer.workspace.stored import RecordRow, SheetRow, row_reasons


class Standing(StrEnum):
    """How a field stands, worst first: somebody must look, a person decided, read, empty."""

    WAITS = "waits"
    DECIDED = "decided"
    SURE = "sure"
    EMPTY = "empty"


_WORST = tuple(Standing)


@dataclass(frozen=True, slots=True)
class Shown:
    """A field; ``reasons``: words as in records.csv; ``key`` joins list and picture."""

    row: int
    field: str
    kind: FieldKind
    value: str
    confidence: float | None
    standing: Standing
    reasons: tuple[str, ...]

    @property
    def key(self) -> str:
        """Name of the field on the page."""
        return f"{self.row}-{self.field}"


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell on the picture; ``points`` as SVG writes them.

    ``text_at``: right end of its text; ``width``: room for it, px.
    """

    points: str
    standing: Standing
    fields: tuple[Shown, ...]
    text_at: tuple[float, float]
    width: float


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row; row 0 is the collector box. ``status`` None: nothing on the row as a whole.

    ``reasons``: those about the row itself; ``waits``: whether its status is to be decided.
    """

    row: int
    status: RowStatus | None
    waits: bool
    reasons: tuple[str, ...]
    fields: tuple[Shown, ...]
    points: str
    label_at: tuple[float, float]
    cells: tuple[ShownCell, ...]


def plan(
    sheet: SheetRow, records: Sequence[RecordRow], geometry: PageGeometry | None
) -> tuple[ShownRow, ...]:
    """The rows of a sheet, the collector box last."""
    by_row = {record.row: record for record in records}
    numbers = dict.fromkeys([row.row for row in geometry.rows] if geometry is not None else [])
    numbers.update(dict.fromkeys(by_row))
    rows = [_row(number, by_row.get(number), sheet, geometry) for number in sorted(numbers)]
    if sheet.collector or (geometry is not None and geometry.collector_box is not None):
        rows.append(_box(sheet, geometry))
    return tuple(rows)


def points_of(polygon: Polygon) -> str:
    """A polygon as SVG writes it."""
    return " ".join(f"{x:g},{y:g}" for x, y in polygon)


def _row(
    number: int, record: RecordRow | None, sheet: SheetRow, geometry: PageGeometry | None
) -> ShownRow:
    status = record.status if record is not None else RowStatus.BLANK
    fields: tuple[Shown, ...] = ()
    own: tuple[str, ...] = ()
    waits = False
    if record is not None:
        quiet = sheet.duplicate_of is not None
        fields = tuple(
            _shown(number, value, record.decided, quiet=quiet) for value in _told(record.fields)
        )
        names = {value.field for value in record.fields}
        own = tuple(word for word in record.reasons if word.partition(":")[0] not in names)
        waits = (
            status is RowStatus.REVIEW
            and not record.review_fields
            and STATUS not in (record.decided)
        )
    place = geometry.row(number) if geometry is not None else None
    return ShownRow(
        row=number,
        status=status,
        waits=waits,
        reasons=own,
        fields=fields,
        points=points_of(place.polygon) if place is not None else "",
        label_at=_label(place.polygon) if place is not None else (0.0, 0.0),
        cells=_cells(place.cells, fields) if place is not None else (),
    )


def _box(sheet: SheetRow, geometry: PageGeometry | None) -> ShownRow:
    decided = frozenset(
        value.field for value in sheet.collector if any(f.reason == DECIDED for f in value.findings)
    )
    quiet = sheet.duplicate_of is not None
    fields = tuple(_shown(SHEET, value, decided, quiet=quiet) for value in _told(sheet.collector))
    box = geometry.collector_box if geometry is not None else None
    return ShownRow(
        row=SHEET,
        status=None,
        waits=False,
        reasons=(),
        fields=fields,
        points=points_of(box.polygon) if box is not None else "",
        label_at=_label(box.polygon) if box is not None else (0.0, 0.0),
        cells=_cells(box.fields, fields) if box is not None else (),
    )


def _told(values: Iterable[FieldValue]) -> Iterable[FieldValue]:
    return (value for value in values if value.kind not in UNWRITTEN_KINDS)


def _shown(row: int, value: FieldValue, decided: frozenset[str], *, quiet: bool) -> Shown:
    if value.field in decided:
        standing = Standing.DECIDED
    elif value.route is Route.REVIEW and not quiet:
        standing = Standing.WAITS
    else:
        standing = Standing.EMPTY if value.state is FieldState.EMPTY else Standing.SURE
    reasons = row_reasons((), (value,)) if standing is Standing.WAITS else ()
    return Shown(row, value.field, value.kind, value.value, value.confidence, standing, reasons)


def _cells(places: Iterable[CellPlace], fields: Sequence[Shown]) -> tuple[ShownCell, ...]:
    by_name = {shown.field: shown for shown in fields}
    found = []
    for place in places:
        inside = [by_name[spec.name] for spec in place.fields if spec.name in by_name]
        inside.sort(key=lambda shown: _WORST.index(shown.standing))
        left, top, right, _ = bbox_from_polygon(place.polygon)
        found.append(
            ShownCell(
                points=points_of(place.polygon),
                standing=inside[0].standing if inside else Standing.EMPTY,
                fields=tuple(inside),
                text_at=(right - 6, top + 20),
                width=right - left - 12,
            )
        )
    return tuple(found)


def _label(polygon: Polygon) -> tuple[float, float]:
    left, top, _, bottom = bbox_from_polygon(polygon)
    return left, (top + bottom) / 2
