"""Rows that may be one person's, as stored and as they show in a row's status.

Written whole when a run ends, never into the readings: taking one back is a
person's decision on the row, which outweighs it.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from digitizer.ids import record_id
from digitizer.pagewords import waits_itself
from digitizer.records import FieldKind, FieldValue, Finding, Route, RowStatus, SheetStatus
from digitizer.workspace import schema as t
from digitizer.workspace.stored import RecordRow, SheetRow

# Reasons of a row: counted once already, or for a person to say so.
CERTAIN = "duplicate"
POSSIBLE = "possible-duplicate"
# Called a repetition by a person, and no row of who wrote it counts (``uncounted``).
NONE_COUNTS = "duplicate-of-none"
NONE_COUNTS_REASON = f"row:{NONE_COUNTS}"
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
    wanted = sa.true() if records is None else t.SIGNER_DUPLICATES.c.record_id.in_(records)
    return _load(connection, wanted)


def load_beside(
    connection: sa.Connection, records: Sequence[str], *, firsts: Sequence[str] = ()
) -> dict[str, Repeat]:
    """What is known of ``records`` (ids), and of all that are or may be the same people's.

    ``firsts``: those of them of which later rows are asked for though they repeat none.
    """
    columns = t.SIGNER_DUPLICATES.c
    wanted = sa.or_(columns.record_id.in_(records), columns.duplicate_of.in_(firsts))
    known = _load(connection, wanted)
    names: set[str] = set()
    while True:
        beside = {name for one in known.values() for name in (one.record_id, one.duplicate_of)}
        if beside <= names:
            return known
        names = beside
        known |= _load(
            connection, sa.or_(columns.record_id.in_(names), columns.duplicate_of.in_(names))
        )


def _load(connection: sa.Connection, wanted: sa.ColumnElement[bool]) -> dict[str, Repeat]:
    return {
        row["record_id"]: Repeat(
            record_id=row["record_id"],
            duplicate_of=row["duplicate_of"],
            probability=row["probability"],
            certain=bool(row["certain"]),
            evidence=tuple((says, share) for says, share in json.loads(row["evidence"])),
        )
        for row in connection.execute(sa.select(t.SIGNER_DUPLICATES).where(wanted)).mappings()
    }


class Showing:
    """Gives rows the status that repeats give them; sheets are shown in order of arrival.

    A row does not count because an earlier one of the same person does. Where that
    one was struck since, or decided otherwise, the next of the person's rows
    takes its place. Where none can, because people called all of them repetitions,
    the first of these waits for a person. Who repeats a row that a person called a repetition
    repeats the row that this one was said, or found, to repeat.
    """

    def __init__(
        self,
        repeats: Mapping[str, Repeat],
        uncounted: Collection[str] = (),
        named: Mapping[str, str] | None = None,
        later: Collection[str] = (),
    ) -> None:
        """``repeats``: all that is known of the rows shown, by record id.

        ``uncounted``: rows (ids) that wait because none of their person's counts;
        ``named``: rows called a repetition, with the row that they were said to repeat;
        ``later``: rows of which the one that they repeat was called a repetition, nobody said of
        what, before they came.
        """
        self._repeats = repeats
        self._uncounted = uncounted
        self._named = named or {}
        self._later = later
        self._watched = {repeat.duplicate_of for repeat in repeats.values()}
        self._watched.update(self._named.values())
        self._seen: set[str] = set()
        self._counting: set[str] = set()
        # Rows that count elsewhere, if at all: as these.
        self._onward: dict[str, tuple[str, ...]] = {}

    def show(
        self, sheet: SheetRow, records: Iterable[RecordRow]
    ) -> tuple[SheetRow, tuple[RecordRow, ...]]:
        """The rows as repeats leave them, and the sheet as its rows do."""
        before = tuple(records)
        if not self._repeats and not self._uncounted:
            return sheet, before
        shown = tuple(self._show(record) for record in before)
        if shown == before:
            return sheet, before
        flagged = sum(_waits(record) for record in shown)
        box = any(value.route is Route.REVIEW for value in sheet.collector)
        box = box or waits_itself(sheet.reasons, filled=bool(before))
        waited, waits = box or any(map(_waits, before)), box or flagged > 0
        status = sheet.status
        if waits != waited and status in (SheetStatus.READ, SheetStatus.REVIEW):
            status = SheetStatus.REVIEW if waits else SheetStatus.READ
        sheet = replace(sheet, status=status, rows_flagged=flagged)
        return sheet, tuple(replace(record, sheet=sheet) for record in shown)

    def _show(self, record: RecordRow) -> RecordRow:
        name = record.record_id
        if name in self._uncounted:
            reasons = (*record.reasons, NONE_COUNTS_REASON)
            return replace(record, status=RowStatus.REVIEW, reasons=reasons)
        counts = record.status in WOULD_COUNT and record.sheet.duplicate_of is None
        repeat = self._repeats.get(name)
        if name in self._watched:
            self._seen.add(name)
            if counts:
                self._counting.add(name)
            elif record.status is RowStatus.DUPLICATE:
                self._onward[name] = self._repeated_by(record, repeat)
        if repeat is None or not counts:
            return record
        firsts = self._firsts_of(repeat.duplicate_of) - {name}
        if firsts & self._counting:
            return record if DECIDED_REASON in record.reasons else _shown(record, repeat)
        if DECIDED_REASON not in record.reasons and firsts:
            if name in self._later or not firsts <= self._seen:
                # Whether another row of the person counts, nobody knows yet.
                return _shown(record, replace(repeat, certain=False))
        self._counting |= firsts
        return record

    def _repeated_by(self, record: RecordRow, repeat: Repeat | None) -> tuple[str, ...]:
        """The rows that a repetition repeats, as far as anybody said or found them."""
        if record.sheet.duplicate_of is not None:
            return (record_id(record.sheet.duplicate_of, record.row),)
        named = self._named.get(record.record_id)
        known = () if repeat is None else (repeat.duplicate_of,)
        return known if named is None else (named, *known)

    def _firsts_of(self, name: str) -> set[str]:
        """The rows one of which counts for a row, or would: it, or those that it repeats."""
        found, known, waiting = set(), set(), [name]
        while waiting:
            one = waiting.pop()
            if one not in known:
                known.add(one)
                onward = self._onward.get(one, ())
                waiting += onward
                found |= set() if onward else {one}
        # Repetitions of each other have one place.
        return found or {min(known)}


def _waits(record: RecordRow) -> bool:
    return bool(record.review_fields) or record.status is RowStatus.REVIEW


def _shown(record: RecordRow, repeat: Repeat) -> RecordRow:
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
