"""What waits for a person, kept in memory so that the next card comes at once.

One ``Item`` a field (or row) to look at. The database stays the truth: the
queue is built from its listing and a sheet's items are replaced whenever
something about the sheet changes.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digitizer.decisions import SHEET, STATUS
from digitizer.records import FieldKind, RowStatus
from digitizer.stored import RecordRow, SheetRow

Key = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Item:
    """One field to look at; ``row`` 0 is the collector box, field ``status`` the row as a whole.

    ``weight``: how much looking at it does for the tally, higher first.
    """

    sheet_id: str
    row: int
    field: str
    kind: FieldKind
    value: str
    confidence: float | None
    reasons: tuple[str, ...]
    weight: float
    source_file: str
    page: int
    petition: str
    collector: str
    event: str
    date: str

    @property
    def key(self) -> Key:
        """Sheet, row and field."""
        return self.sheet_id, self.row, self.field


class Queue:
    """All items, in order; safe to use from several threads."""

    def __init__(self) -> None:
        """Empty at first."""
        self._lock = threading.Lock()
        self._items: dict[str, tuple[Item, ...]] = {}

    def replace(self, sheet_id: str, items: Sequence[Item]) -> None:
        """Put in what waits on a sheet, in place of what waited there."""
        with self._lock:
            self._items[sheet_id] = tuple(items)

    def items(self) -> tuple[Item, ...]:
        """Everything that waits, most useful first."""
        with self._lock:
            found = [item for items in self._items.values() for item in items]
        return tuple(sorted(found, key=lambda item: -item.weight))


def items_of(sheet: SheetRow, records: Iterable[RecordRow]) -> tuple[Item, ...]:
    """What waits on one sheet."""
    found = []
    for record in records:
        named = [(name, record.get(name)) for name in record.review_fields]
        if not named and record.status is RowStatus.REVIEW:
            named = [(STATUS, None)]
        for name, value in named:
            reasons = tuple(
                r.partition(":")[2] for r in record.reasons if r.startswith((f"{name}:", "row:"))
            )
            found.append(_item(sheet, record.row, name, value, reasons))
    for name in sheet.review_fields:
        found.append(_item(sheet, SHEET, name, sheet.get(name), ()))
    return tuple(found)


def _item(sheet: SheetRow, row: int, name: str, value: "object", reasons: tuple[str, ...]) -> Item:
    from digitizer.records import FieldValue

    known = value if isinstance(value, FieldValue) else None
    told = {v.field: v.value for v in sheet.collector}
    confidence = known.confidence if known else None
    return Item(
        sheet_id=sheet.sheet_id,
        row=row,
        field=name,
        kind=known.kind if known else FieldKind.IGNORE,
        value=known.value if known else "",
        confidence=confidence,
        reasons=reasons,
        weight=1.0 - (confidence or 0.0),
        source_file=sheet.source_file,
        page=sheet.page,
        petition=sheet.petition or "",
        collector=told.get("collector_name", ""),
        event=told.get("event_location", ""),
        date=told.get("date_collected", ""),
    )
