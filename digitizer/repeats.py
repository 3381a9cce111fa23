"""Rows that may be one person's, as stored and as they show in a row's status.

Written whole when a run ends, never into the readings: taking one back is a
person's decision on the row, which outweighs it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from digitizer import schema as t
from digitizer.records import FieldKind, FieldValue, Finding, Route, RowStatus, SheetStatus
from digitizer.stored import RecordRow, SheetRow

# Reasons of a row: counted once already, or for a person to say so.
CERTAIN = "duplicate"
POSSIBLE = "possible-duplicate"
# A person settled the row's status: nothing here changes it any more.
DECIDED_REASON = "row:decided"

WOULD_COUNT = frozenset({RowStatus.COUNTED, RowStatus.REVIEW})


@dataclass(frozen=True, slots=True)
class Repeat:
    """``record_id`` is, or may be, the person of the earlier ``duplicate_of``.

    ``evidence``: what agrees, and which share of the records has it (None:
    not counted).
    """

    record_id: str
    duplicate_of: str
    probability: float
    certain: bool
    evidence: tuple[tuple[str, float | None], ...] = ()


def save(connection: sa.Connection, repeats: Sequence[Repeat]) -> None:
    """Replace what is known; nothing is written where nothing changed."""
    if load(connection) == {repeat.record_id: repeat for repeat in repeats}:
        return
    connection.execute(t.SIGNER_DUPLICATES.delete())
    if repeats:
        connection.execute(
            t.SIGNER_DUPLICATES.insert(),
            [
                {
                    "record_id": repeat.record_id,
                    "duplicate_of": repeat.duplicate_of,
                    "probability": repeat.probability,
                    "certain": repeat.certain,
                    "evidence": json.dumps(repeat.evidence),
                }
                for repeat in repeats
            ],
        )


def load(connection: sa.Connection, records: Sequence[str] | None = None) -> dict[str, Repeat]:
    """What is known, by record id; of ``records`` (ids) alone where they are given."""
    wanted = sa.select(t.SIGNER_DUPLICATES)
    if records is not None:
        wanted = wanted.where(t.SIGNER_DUPLICATES.c.record_id.in_(records))
    return {
        row["record_id"]: Repeat(
            record_id=row["record_id"],
            duplicate_of=row["duplicate_of"],
            probability=row["probability"],
            certain=bool(row["certain"]),
            evidence=tuple((says, share) for says, share in json.loads(row["evidence"])),
        )
        for row in connection.execute(wanted).mappings()
    }


def show(
    sheet: SheetRow, records: Iterable[RecordRow], repeats: Mapping[str, Repeat]
) -> tuple[SheetRow, tuple[RecordRow, ...]]:
    """The rows with the status that repeats give them, and the sheet as they leave it."""
    before = tuple(records)
    if not repeats:
        return sheet, before
    shown = tuple(_shown(record, repeats.get(record.record_id)) for record in before)
    if shown == before:
        return sheet, before
    flagged = sum(_waits(record) for record in shown)
    box = any(value.route is Route.REVIEW for value in sheet.collector)
    waited, waits = box or any(map(_waits, before)), box or flagged > 0
    status = sheet.status
    if waits != waited and status in (SheetStatus.READ, SheetStatus.REVIEW):
        status = SheetStatus.REVIEW if waits else SheetStatus.READ
    sheet = replace(sheet, status=status, rows_flagged=flagged)
    return sheet, tuple(replace(record, sheet=sheet) for record in shown)


def _waits(record: RecordRow) -> bool:
    return bool(record.review_fields) or record.status is RowStatus.REVIEW


def _shown(record: RecordRow, repeat: Repeat | None) -> RecordRow:
    if (
        repeat is None
        or record.status not in WOULD_COUNT
        or DECIDED_REASON in record.reasons
        or record.sheet.duplicate_of is not None
    ):
        return record
    name = next((v for v in record.fields if v.kind is FieldKind.NAME), None)
    field = "row" if name is None else name.field
    if repeat.certain:
        # Nobody need look at a row that does not count.
        seen = tuple(replace(value, route=Route.ACCEPT) for value in record.fields)
        return replace(
            record,
            status=RowStatus.DUPLICATE,
            reasons=(*record.reasons, f"{field}:{CERTAIN}"),
            fields=seen,
        )
    return replace(
        record,
        status=RowStatus.REVIEW,
        reasons=(*record.reasons, f"{field}:{POSSIBLE}"),
        fields=tuple(_doubted(v) if v is name else v for v in record.fields),
    )


def _doubted(name: FieldValue) -> FieldValue:
    doubt = Finding(name.field, POSSIBLE)
    return replace(name, route=Route.REVIEW, findings=(*name.findings, doubt))
