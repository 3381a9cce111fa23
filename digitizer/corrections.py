"""What a person typed -> decisions: one record at a time, or a corrected records.csv.

Only cells that mean something else become decisions, columns that tell where a row
comes from are left alone, and either all of a file is taken or, where something in
it cannot be understood, nothing. How spreadsheets change a file that they only save
is known to ``spreadsheets``.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from digitizer.errors import UsageError
from digitizer.export import (
    COLLECTOR_FIELDS,
    RECORD_COLUMNS,
    ROW_FIELDS,
    record_line,
)
from digitizer.ids import record_id
from digitizer.oldercopies import Age, Earlier, Line
from digitizer.records import FieldKind, FieldValue, RowStatus, SheetStatus, Signature
from digitizer.spreadsheets import is_wreck, plain, read_table
from digitizer.states import DATE_KINDS
from digitizer.validity import EMAIL
from digitizer.values.canonical import normalise
from digitizer.workspace.decisions import CONSENT, SHEET, STATUS, Action, Decision
from digitizer.workspace.stored import RecordRow, SheetRow

REVIEW_FIELDS = "review_fields"

# Kinds whose spelling is one and the same whoever types them; anything else
# is kept as typed.
_SPELLED = (
    frozenset({FieldKind.POSTAL_CODE, FieldKind.PHONE, FieldKind.PROVINCE, FieldKind.EMAIL})
    | DATE_KINDS
)
_KINDS = {
    "postal_code": FieldKind.POSTAL_CODE,
    "phone": FieldKind.PHONE,
    "province": FieldKind.PROVINCE,
    "email": FieldKind.EMAIL,
    "date_collected": FieldKind.DATE,
    "signature": FieldKind.SIGNATURE,
}
# Problems of a file named one by one.
_PROBLEMS_SHOWN = 5


# The beginning of a postal code, one sign to five.
_HALF_CODE = re.compile(r"[A-Z]([0-9]([A-Z]([ -]?[0-9]([A-Z])?)?)?)?")

Listed = tuple[SheetRow, Sequence[RecordRow]]


@dataclass(frozen=True, slots=True)
class Corrections:
    """Decisions found in a corrected file; ``left_alone``: changed cells of other columns.

    ``older``: cells that say what stood there before people decided; ``overtaken``:
    record and column of corrections of what somebody else decided meanwhile; ``wrecks``:
    record, column and cell of what a spreadsheet made of a value, which stays as it was;
    ``unknown``: columns that records.csv does not have, of which nothing is taken; ``unshown``:
    columns that the copy lacks, and how many of their doubts it leaves out, which still wait.
    """

    decisions: tuple[Decision, ...]
    left_alone: Mapping[str, int] = field(default_factory=dict)
    older: int = 0
    overtaken: tuple[tuple[str, str], ...] = ()
    wrecks: tuple[tuple[str, str, str], ...] = ()
    unknown: tuple[str, ...] = ()
    unshown: Mapping[str, int] = field(default_factory=dict)


def decide(
    listing: Iterable[Listed],
    name: str,
    *,
    status: str | None = None,
    values: Mapping[str, str] | None = None,
    who: str,
    why: str = "",
    whole_codes: bool = False,
    box_fields: Collection[str] = COLLECTOR_FIELDS,
) -> tuple[Decision, ...]:
    """Decisions on one record or sheet called ``name``.

    ``values``: texts by column; those of the collector box (``box_fields``) belong to the
    sheet, whichever of its records is named. ``whole_codes``: half a postal code, and what a
    spreadsheet made of a value, is refused where nobody was asked whether it is meant.
    Raises UsageError.
    """
    sheet, record, row = _find(listing, name)
    made = []
    if status is not None:
        made.append(_status_decision(sheet, record, row, status, who, why))
    for column, text in (values or {}).items():
        in_box = column in box_fields
        if row == SHEET and not in_box and sheet.get(column) is None:
            raise UsageError(
                f"{column} is no field of the collector's box: name the row that it stands in, as "
                f"{record_id(name, 1)}"
            )
        place = (None, SHEET) if in_box else (record, row)
        made.append(_value_decision(sheet, *place, column, text, who, why))
        if whole_codes and is_wreck(plain(text)):
            raise UsageError(
                f"{column}: {text!r} is what a spreadsheet makes of a value: write what stands on "
                "the paper, or correct it on the review pages"
            )
        if whole_codes:
            _require_whole(column, made[-1])
    return tuple(made)


def undo(
    decisions: Sequence[Decision], name: str, column: str | None, *, who: str, why: str = ""
) -> Decision:
    """The decision that takes back the last one on a record or sheet (and column)."""
    open_: list[Decision] = []
    for decision in decisions:
        named = record_id(decision.sheet_id, decision.row) if decision.row else decision.sheet_id
        if named != name or (column is not None and decision.field != column):
            continue
        if decision.action is not Action.UNDO:
            open_.append(decision)
            continue
        # Two people may have taken back the same decision: then the second took back nothing.
        last = [i for i, d in enumerate(open_) if d.field == decision.field]
        if last:
            del open_[last[-1]]
    if not open_:
        about = f"{name}, {column}" if column else name
        raise UsageError(f"nothing was decided about {about}: there is nothing to undo")
    last_one = open_[-1]
    return Decision(
        sheet_id=last_one.sheet_id,
        row=last_one.row,
        field=last_one.field,
        action=Action.UNDO,
        before=last_one.after,
        after=last_one.before,
        who=who,
        why=why,
    )


def read_corrections(
    listing: Iterable[Listed],
    file: Path,
    extra_fields: Sequence[str] = (),
    *,
    who: str,
    why: str = "",
    earlier: Earlier | None = None,
) -> Corrections:
    """The decisions that a corrected copy of records.csv holds.

    ``extra_fields``: row fields beyond the usual columns; ``earlier``: what records
    said before people decided, of which the copy may be. Raises UsageError
    where the file is none, or holds what cannot be understood.
    """
    records = {r.record_id: (sheet, r) for sheet, rows in listing for r in rows}
    known = {name: record_line(record, extra_fields) for name, (_, record) in records.items()}
    table = read_table(file, known)
    if "record_id" not in table.header:
        raise UsageError(f"{file} has no column record_id: give a corrected copy of records.csv")
    found = _Found(earlier or Earlier(), extra_fields, who, why)
    columns = {column for line in known.values() for column in line}
    found.unknown = tuple(c for c in table.header if c and columns and c not in columns)
    seen: dict[str, dict[str, str]] = {}
    for number, written in table.lines:
        name = written.get("record_id", "")
        if name in seen and written == seen[name]:
            continue
        if name not in records or name in seen:
            what = (
                "stands there twice, and says different things"
                if name in seen
                else "is not in this workspace"
            )
            found.problems.append(f"line {number}: {name or 'a row without record_id'} {what}")
            continue
        seen[name] = written
        now = known[name]
        cells = {
            column: table.as_written(plain(now.get(column, "")), cell)
            for column, cell in written.items()
        }
        try:
            found.take(*records[name], cells, now)
        except UsageError as error:
            found.problems.append(f"line {number}: {error}")
    if found.problems:
        shown = "; ".join(found.problems[:_PROBLEMS_SHOWN])
        more = len(found.problems) - _PROBLEMS_SHOWN
        raise UsageError(
            f"nothing was taken from {file}: {shown}{f'; and {more} more' if more > 0 else ''}"
        )
    return found.corrections()


class _Found:
    """What the lines of one corrected copy hold, gathered line by line."""

    def __init__(self, earlier: Earlier, extra_fields: Sequence[str], who: str, why: str) -> None:
        self._earlier, self._who, self._why = earlier, who, why
        fields = (*ROW_FIELDS, *extra_fields, *COLLECTOR_FIELDS)
        self._editable = (*fields, STATUS, CONSENT, REVIEW_FIELDS)
        self._left_alone: Counter[str] = Counter()
        self._ages: list[tuple[str, str, Age]] = []
        self._wrecks: list[tuple[str, str, str]] = []
        self._unshown: Counter[str] = Counter()
        self._made: dict[tuple[str, int, str], Decision] = {}
        self.problems: list[str] = []
        self.unknown: tuple[str, ...] = ()

    def take(self, sheet: SheetRow, record: RecordRow, cells: dict[str, str], now: Line) -> None:
        """Take over one line; ``now``: what the record's line says as it holds.

        Raises UsageError where a cell cannot be understood.
        """
        self._left_alone.update(
            column
            for column in RECORD_COLUMNS
            if column in cells
            and column not in self._editable
            and not column.endswith("_confidence")
            and cells[column] != plain(now[column])
        )
        wrecked = [
            column
            for column in self._editable
            if column not in (STATUS, CONSENT, REVIEW_FIELDS)
            and is_wreck(cells.get(column, ""))
            and _differs(column, now, cells)
        ]
        self._wrecks += [(record.record_id, column, cells[column]) for column in wrecked]
        ages = {
            column: self._earlier.age(record, column, cells, now, self._who)
            for column in self._editable
            if column in cells and column not in wrecked and _differs(column, now, cells)
        }
        self._ages += [(record.record_id, column, age) for column, age in ages.items()]
        if REVIEW_FIELDS in cells:
            # Who did not see a doubt has not looked at it, nor who took its column away or
            # called it otherwise: what was corrected there is in no column that is read.
            kept = cells[REVIEW_FIELDS].split()
            self._unshown.update(
                name for name in record.review_fields if name not in cells and name not in kept
            )
            unseen = [
                name
                for name in record.review_fields
                if name in ages
                or name in wrecked
                or name not in cells
                or not self._earlier.shows_doubt(name, cells, now)
            ]
            cells = {**cells, REVIEW_FIELDS: " ".join((cells[REVIEW_FIELDS], *unseen))}
        wanted = [column for column, age in ages.items() if age is Age.CHANGED]
        for decision in _line_decisions(sheet, record, cells, wanted, self._who, self._why):
            key = (decision.sheet_id, decision.row, decision.field)
            if key in self._made and self._made[key].after != decision.after:
                raise UsageError(f"{decision.field} of one sheet differs between its rows")
            self._made[key] = decision

    def corrections(self) -> Corrections:
        """All that was found."""
        return Corrections(
            decisions=tuple(self._made.values()),
            left_alone=dict(self._left_alone),
            older=sum(age is Age.OLDER for *_, age in self._ages),
            overtaken=tuple((name, col) for name, col, age in self._ages if age is Age.OVERTAKEN),
            wrecks=tuple(self._wrecks),
            unknown=self.unknown,
            unshown=dict(self._unshown),
        )


def _differs(column: str, before: Mapping[str, str], cells: Mapping[str, str]) -> bool:
    """Whether a cell means something else than what holds."""
    if column == REVIEW_FIELDS:
        return False
    old, new = plain(before[column]), cells[column]
    return new != old and (column in (STATUS, CONSENT) or _spelled(column, new) != old)


def _line_decisions(
    sheet: SheetRow,
    record: RecordRow,
    cells: Mapping[str, str],
    changed: Sequence[str],
    who: str,
    why: str,
) -> Iterable[Decision]:
    """``changed``: columns whose cells were corrected."""
    for column in changed:
        if column == STATUS:
            yield _status_decision(sheet, record, record.row, cells[column], who, why)
        else:
            made = _value_decision(sheet, record, record.row, column, cells[column], who, why)
            _require_whole(column, made)
            yield made
    if REVIEW_FIELDS in cells:
        still = set(cells[REVIEW_FIELDS].split())
        for name in record.review_fields:
            value = record.get(name)
            if name not in still and name not in changed and value is not None:
                yield _decision(
                    sheet, record.row, name, Action.CONFIRM, value.value, value.value, who, why
                )


def _find(listing: Iterable[Listed], name: str) -> tuple[SheetRow, RecordRow | None, int]:
    """Sheet, record and row called ``name``; a blank row has no record, a sheet row 0."""
    for sheet, rows in listing:
        if sheet.sheet_id == name:
            return sheet, None, SHEET
        start, _, digits = name.rpartition("-r")
        if sheet.sheet_id != start or not digits.isdigit():
            continue
        row = int(digits)
        record = next((r for r in rows if r.row == row), None)
        if record is not None or 1 <= row <= (sheet.rows_on_form or 0):
            return sheet, record, row
        raise UsageError(f"the form of sheet {start} has no row {row}")
    raise UsageError(f"there is no record or sheet {name!r}: see record_id in records.csv")


def _status_decision(
    sheet: SheetRow, record: RecordRow | None, row: int, status: str, who: str, why: str
) -> Decision:
    if row == SHEET:
        if status != SheetStatus.READ.value:
            raise UsageError(
                f"a sheet's status can be decided as {SheetStatus.READ.value} only: that it is "
                "no other scan of a sheet which counts; decide its rows for anything else"
            )
        before = sheet.status.value
    else:
        known = [s.value for s in RowStatus]
        if status not in known:
            raise UsageError(f"{status!r} is no status of a row: use one of {', '.join(known)}")
        before = record.status.value if record else RowStatus.BLANK.value
    return _decision(sheet, row, STATUS, Action.SET, before, status, who, why)


def _value_decision(
    sheet: SheetRow,
    record: RecordRow | None,
    row: int,
    column: str,
    text: str,
    who: str,
    why: str,
) -> Decision:
    if column in COLLECTOR_FIELDS or row == SHEET:
        value, row = sheet.get(column), SHEET
    else:
        value = record.get(column) if record else None
    if column == CONSENT:
        if text not in ("Y", "N"):
            raise UsageError(f"{CONSENT} is Y or N, not {text!r}")
        before = "Y" if record and record.contact_consent else "N"
        return _decision(sheet, row, CONSENT, Action.SET, before, text, who, why)
    before, after = value.value if value else "", spelled_value(column, text, value)
    action = Action.CONFIRM if value is not None and before == after else Action.SET
    return _decision(sheet, row, column, action, before, after, who, why)


def _require_whole(column: str, decision: Decision) -> None:
    """Refuse a Canadian postal code that was begun and breaks off, but as it stands already."""
    half = _KINDS.get(column) is FieldKind.POSTAL_CODE and decision.action is Action.SET
    if half and _HALF_CODE.fullmatch(decision.after):
        raise UsageError(
            f"{column}: {decision.after!r} is half a postal code, write all of it as A9A 9A9, or "
            "nothing; where no more stands on the paper, the review pages take it as it is"
        )


def _decision(
    sheet: SheetRow,
    row: int,
    name: str,
    action: Action,
    before: str,
    after: str,
    who: str,
    why: str,
) -> Decision:
    return Decision(sheet.sheet_id, row, name, action, before, after, who, why)


def spelled_value(column: str, text: str, value: FieldValue | None) -> str:
    """What a person typed for a field as it is kept; ``value``: the field as it stands.

    Raises UsageError for what the field cannot hold.
    """
    kind = value.kind if value is not None else _KINDS.get(column, FieldKind.TEXT)
    # PostgreSQL keeps no NUL, and what cannot be seen is no writing. A letter and its accent
    # typed apart (as pasted on a Mac) are one, as in readings: two spellings count as two names.
    visible = "".join(c for c in text if c.isprintable() or c.isspace())
    plain = " ".join(unicodedata.normalize("NFC", visible).split())
    if kind is FieldKind.SIGNATURE:
        known = [s.value for s in Signature]
        if plain not in known:
            raise UsageError(f"{column} is one of {', '.join(known)}, not {plain!r}")
        return plain
    if not plain or kind not in _SPELLED:
        return plain
    spelled = _spell(kind, plain)
    if kind in DATE_KINDS and not spelled:
        raise UsageError(f"{column}: {plain!r} is not clear, write it as YYYY-MM-DD")
    return spelled or plain


def _spelled(column: str, text: str) -> str:
    kind = _KINDS.get(column, FieldKind.TEXT)
    return _spell(kind, text) if text and kind in _SPELLED else text


def _spell(kind: FieldKind, text: str) -> str:
    """The one spelling of what a person typed; empty for a date that is not clear.

    What a reading begins with may be dirt of the scan, and a person types none: of an
    address that can be one (``_kim_@...``) everything before the @ stays.
    """
    spelled = normalise(kind, text, "en")
    local, at, domain = "".join(text.split()).rpartition("@")
    if kind is FieldKind.EMAIL and EMAIL.fullmatch(f"{local}{at}{domain.lower()}"):
        return f"{local}@{spelled.rpartition('@')[2]}"
    return spelled
