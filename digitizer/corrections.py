"""What a person typed -> decisions: one record at a time, or a corrected records.csv.

A spreadsheet program changes files in its own ways: other quotes and line
ends, semicolons for commas, an older encoding for UTF-8 (with another sign for
each letter that it lacks), days in the computer's own order, and confidences
without their zeros. So only cells that mean something else become decisions,
columns that tell where a row comes from are left alone, and either all of a
file is taken or, where something in it cannot be understood, nothing.
"""

import codecs
import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from digitizer.errors import UsageError
from digitizer.export import (
    COLLECTOR_FIELDS,
    RECORD_COLUMNS,
    ROW_FIELDS,
    record_line,
)
from digitizer.ids import record_id
from digitizer.oldercopies import Age, Earlier, plain
from digitizer.records import FieldKind, FieldValue, RowStatus, SheetStatus, Signature
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
# What spreadsheets write as plain "CSV" where the computer speaks English or French: Windows,
# older programs on a Mac, and "CSV (MS-DOS)".
_OLD_ENCODINGS = ("cp1252", "mac_roman", "cp850")

# Days as they are in records.csv, and as a spreadsheet writes them in most countries.
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBERED_DAY = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")
_ORDERS = ("mdy", "dmy")

# The beginning of a postal code, one sign to five.
_HALF_CODE = re.compile(r"[A-Z]([0-9]([A-Z]([ -]?[0-9]([A-Z])?)?)?)?")

Listed = tuple[SheetRow, Sequence[RecordRow]]
Lines = list[tuple[int, dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Corrections:
    """Decisions found in a corrected file; ``left_alone``: changed cells of other columns.

    ``older``: cells that say what stood there before people decided; ``overtaken``:
    record and column of corrections of what somebody else decided meanwhile.
    """

    decisions: tuple[Decision, ...]
    left_alone: Mapping[str, int] = field(default_factory=dict)
    older: int = 0
    overtaken: tuple[tuple[str, str], ...] = ()


def decide(
    listing: Iterable[Listed],
    name: str,
    *,
    status: str | None = None,
    values: Mapping[str, str] | None = None,
    who: str,
    why: str = "",
    whole_codes: bool = False,
) -> tuple[Decision, ...]:
    """Decisions on one record or sheet called ``name``.

    ``values``: texts by column; those of the collector box belong to the sheet,
    whichever of its records is named. ``whole_codes``: half a postal code is refused,
    where nobody was asked whether it is meant. Raises UsageError.
    """
    sheet, record, row = _find(listing, name)
    made = []
    if status is not None:
        made.append(_status_decision(sheet, record, row, status, who, why))
    for column, text in (values or {}).items():
        made.append(_value_decision(sheet, record, row, column, text, who, why))
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
    earlier = earlier or Earlier()
    records = {r.record_id: (sheet, r) for sheet, rows in listing for r in rows}
    data = _bytes_of(file)
    known = {name: record_line(record, extra_fields) for name, (_, record) in records.items()}
    encoding = _encoding_of(data, known)
    header, lines = _table(data, encoding)
    if "record_id" not in header:
        raise UsageError(f"{file} has no column record_id: give a corrected copy of records.csv")
    order = _date_order(lines, known)
    editable = (*ROW_FIELDS, *extra_fields, *COLLECTOR_FIELDS, STATUS, CONSENT, REVIEW_FIELDS)
    problems: list[str] = []
    left_alone: dict[str, int] = {}
    made: dict[tuple[str, int, str], Decision] = {}
    older, overtaken = 0, []
    seen: set[str] = set()
    for number, cells in lines:
        name = cells.get("record_id", "")
        if name not in records or name in seen:
            what = "stands there twice" if name in seen else "is not in this workspace"
            problems.append(f"line {number}: {name or 'a row without record_id'} {what}")
            continue
        seen.add(name)
        sheet, record = records[name]
        before = known[name]
        cells = {
            column: _as_written(plain(before.get(column, "")), cell, encoding, order)
            for column, cell in cells.items()
        }
        for column in RECORD_COLUMNS:
            if column in cells and column not in editable and not column.endswith("_confidence"):
                if cells[column] != plain(before[column]):
                    left_alone[column] = left_alone.get(column, 0) + 1
        ages = {
            column: earlier.age(record, column, cells, before, who)
            for column in editable
            if column in cells and _differs(column, before, cells)
        }
        if REVIEW_FIELDS in cells:
            unseen = [
                n
                for n in record.review_fields
                if n in ages or not earlier.shows_doubt(n, cells, before)
            ]
            cells[REVIEW_FIELDS] = " ".join((cells[REVIEW_FIELDS], *unseen))
        older += sum(age is Age.OLDER for age in ages.values())
        overtaken += [(name, column) for column, age in ages.items() if age is Age.OVERTAKEN]
        wanted = [column for column, age in ages.items() if age is Age.CHANGED]
        try:
            for decision in _line_decisions(sheet, record, cells, wanted, who, why):
                key = (decision.sheet_id, decision.row, decision.field)
                if key in made and made[key].after != decision.after:
                    raise UsageError(f"{decision.field} of one sheet differs between its rows")
                made[key] = decision
        except UsageError as error:
            problems.append(f"line {number}: {error}")
    if problems:
        shown = "; ".join(problems[:_PROBLEMS_SHOWN])
        more = len(problems) - _PROBLEMS_SHOWN
        raise UsageError(
            f"nothing was taken from {file}: {shown}{f'; and {more} more' if more > 0 else ''}"
        )
    return Corrections(tuple(made.values()), left_alone, older, tuple(overtaken))


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


def read_table(file: Path) -> tuple[list[str], Lines]:
    """Header and lines (with their numbers) of a CSV file as spreadsheets save them."""
    data = _bytes_of(file)
    return _table(data, _encoding_of(data, {}))


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}") from error


def _encoding_of(data: bytes, known: Mapping[str, Mapping[str, str]]) -> str:
    """The encoding of a file: Unicode's, or the older one in which most cells say what holds.

    ``known``: lines as they were written, by record id.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return max(_OLD_ENCODINGS, key=lambda encoding: _unchanged(data, encoding, known))
    return "utf-8-sig"


def _unchanged(data: bytes, encoding: str, known: Mapping[str, Mapping[str, str]]) -> int:
    """How many cells of a file say what was written, read in an encoding."""
    return sum(
        _is_as_saved(plain(before.get(column, "")), cell, encoding)
        for _, cells in _table(data, encoding)[1]
        if (before := known.get(cells.get("record_id", ""))) is not None
        for column, cell in cells.items()
    )


def _is_as_saved(text: str, cell: str, encoding: str) -> bool:
    """Whether a cell holds a text as an encoding can, which puts another sign for what it lacks."""
    if text == cell or text.isascii() or encoding not in _OLD_ENCODINGS:
        return text == cell
    return len(text) == len(cell) and all(
        one == other or not one.encode(encoding, "ignore")
        for one, other in zip(text, cell, strict=True)
    )


def _as_written(text: str, cell: str, encoding: str, order: str | None) -> str:
    """A cell as ``text``, which it was, would have it: its letters, and its way to write days."""
    if _is_as_saved(text, cell, encoding):
        return text
    day = _day_in(cell, order) if order is not None and _ISO_DAY.fullmatch(text) else None
    return cell if day is None else day.isoformat()


def _date_order(lines: Lines, known: Mapping[str, Mapping[str, str]]) -> str | None:
    """In which order the spreadsheet put days, where it wrote those that were there its own way."""
    counts = Counter(
        order
        for _, cells in lines
        if (before := known.get(cells.get("record_id", ""))) is not None
        for column, cell in cells.items()
        if _ISO_DAY.fullmatch(before.get(column, ""))
        for order in _ORDERS
        if (day := _day_in(cell, order)) is not None and day.isoformat() == before[column]
    )
    return max(_ORDERS, key=lambda order: counts[order]) if counts else None


def _day_in(cell: str, order: str) -> date | None:
    """The day that a cell means in an order of ``_ORDERS``; None where it is none."""
    found = _NUMBERED_DAY.fullmatch(cell)
    if found is None:
        return None
    numbers = dict(zip(order, map(int, found.groups()), strict=True))
    try:
        return date(numbers["y"], numbers["m"], numbers["d"])
    except ValueError:
        return None


def _table(data: bytes, encoding: str) -> tuple[list[str], Lines]:
    text = data.decode(encoding, errors="replace")
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t", key=first.count)
    rows = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter))
    header = [cell.strip() for cell in rows[0]] if rows else []
    lines = [
        (number, {column: plain(cell) for column, cell in zip(header, row, strict=False)})
        for number, row in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in row)
    ]
    return header, lines
