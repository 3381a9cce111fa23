"""Stored rows -> who signed twice: what ``linkage`` is given, and what comes of it.

Only rows that would count take part, so that a struck or incomplete row does
not take the place of a good one; the first in order of arrival counts.
"""

from collections.abc import Iterable, Sequence

from digitizer.linkage import SignerRecord, find_duplicates
from digitizer.records import FieldKind, FieldState, FieldValue, Route
from digitizer.repeats import DECIDED_REASON, WOULD_COUNT, Repeat
from digitizer.stored import RecordRow, SheetRow

_COMPARED = (FieldKind.NAME, FieldKind.EMAIL, FieldKind.PHONE, FieldKind.POSTAL_CODE)


def find_repeats(
    listing: Iterable[tuple[SheetRow, Sequence[RecordRow]]],
) -> tuple[Repeat, ...]:
    """Rows of ``listing``, in its order, that are or may be an earlier row's person."""
    records = [
        _signer(record, sheet.petition or "")
        for sheet, rows in listing
        if sheet.duplicate_of is None
        for record in rows
        if record.status in WOULD_COUNT
    ]
    return tuple(
        Repeat(
            d.record_id,
            d.duplicate_of,
            d.probability,
            d.certain,
            tuple((e.says, e.share) for e in d.evidence),
        )
        for d in find_duplicates(records)
    )


def _signer(record: RecordRow, petition: str) -> SignerRecord:
    values = {v.kind: v for v in reversed(record.fields) if v.state is FieldState.READ}

    def text(kind: FieldKind) -> str:
        value = values.get(kind)
        return "" if value is None else value.value

    return SignerRecord(
        record_id=record.record_id,
        name=text(FieldKind.NAME),
        address=text(FieldKind.ADDRESS),
        postal_code=text(FieldKind.POSTAL_CODE),
        phone=text(FieldKind.PHONE),
        email=text(FieldKind.EMAIL),
        petition=petition,
        sure=DECIDED_REASON in record.reasons or _is_sure(record.fields),
    )


def _is_sure(fields: Iterable[FieldValue]) -> bool:
    return all(v.route is Route.ACCEPT for v in fields if v.kind in _COMPARED)
