"""Stored rows -> CSV files.

UTF-8 with BOM (spreadsheets guess another encoding without it), RFC 4180 with
CRLF. A file is written beside its name and put in place by one rename, so a
reader sees the old file or the new one, whole.
"""

import contextlib
import csv
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from digitizer.errors import StoreError, UsageError
from digitizer.records import FieldValue
from digitizer.workspace.stored import RecordRow, SheetRow, row_reasons

RECORDS_FILE = "records.csv"
SHEETS_FILE = "sheets.csv"

# The contract's columns, in its order; others' scripts rely on both.
RECORD_COLUMNS = (
    "record_id",
    "petition",
    "sheet_id",
    "source_file",
    "page",
    "row",
    "status",
    "review_fields",
    "reasons",
    "name",
    "address",
    "city",
    "province",
    "postal_code",
    "phone",
    "email",
    "contact_consent",
    "signature",
    "collector_name",
    "event_location",
    "date_collected",
    "name_confidence",
    "address_confidence",
    "city_confidence",
    "province_confidence",
    "postal_code_confidence",
    "phone_confidence",
    "email_confidence",
    "signature_confidence",
)
SHEET_COLUMNS = (
    "sheet_id",
    "source_file",
    "page",
    "sha256",
    "petition",
    "form",
    "status",
    "reasons",
    "rotation_deg",
    "skew_deg",
    "rows_on_form",
    "rows_filled",
    "rows_flagged",
    "collector_name",
    "event_location",
    "date_collected",
    "collector_name_confidence",
    "event_location_confidence",
    "date_collected_confidence",
    "duplicate_of",
    # The contract's end; what follows is more than it asks for.
    "review_fields",
)
ROW_FIELDS = (
    "name",
    "address",
    "city",
    "province",
    "postal_code",
    "phone",
    "email",
    "signature",
)
COLLECTOR_FIELDS = ("collector_name", "event_location", "date_collected")

DROPPED_COLUMNS = ("record_id", "reason")

# Beginnings that make a spreadsheet run a cell as a formula; a tab or line
# break before one is skipped by it, so these count as well.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
# The same signs as Japanese and Chinese keyboards write them.
WIDE_FORMULA_STARTS = ("\uff1d", "\uff0b", "\uff0d", "\uff20")

Line = dict[str, str]


# Digits that a spreadsheet would take for a number and write otherwise: it
# drops leading zeros, rounds long ones, and reads 12E4 as 120000. A house number
# such as 4-12, 3/4 or 4-2024 becomes a day, 12:30 a time, 5 % a twentieth. Whole ISO
# dates are dates and stay.
_MONTH = (
    "(jan(uary|vier|v)?|feb(ruary)?|f[e\u00e9]v(rier|r)?|mar(ch|s)?|apr(il)?|avr(il)?|may|mai|"
    "june?|juin|july?|juil(let)?|aug(ust)?|ao[u\u00fb]t|sept?(ember|embre)?|oct(ober|obre)?|"
    "nov(ember|embre)?|d[e\u00e9]c(ember|embre)?)"
)
_DAMAGED_NUMBER = re.compile(
    r"0[0-9]+|[0-9]{7,}|[0-9]+E[0-9]+"
    r"|[0-9]{1,4}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{1,4}|[0-9]{1,2}[-/][0-9]{4}"
    r"|[0-9]+ [0-9]+/[0-9]+|[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?|[0-9]+([.,][0-9]+)? ?%"
    rf"|{_MONTH}\.?[- /]?[0-9]{{1,4}}|[0-9]{{1,2}}[- /]?{_MONTH}\.?([- /][0-9]+)?",
    re.IGNORECASE,
)


def safe_text(text: str) -> str:
    """``text`` as a cell that a spreadsheet neither runs as a formula nor rewrites.

    An apostrophe is put before what it would run or take for a number, and
    before what looks as if that had been done already, so that ``restore_text``
    finds the way back.
    """
    return f"'{text}" if _needs_apostrophe(text.lstrip("'")) else text


def restore_text(cell: str) -> str:
    """The text that ``safe_text`` made ``cell`` of."""
    if cell.startswith("'") and _needs_apostrophe(cell.lstrip("'")):
        return cell[1:]
    return cell


def _needs_apostrophe(text: str) -> bool:
    return _runs(text) or _DAMAGED_NUMBER.fullmatch(text) is not None


def _runs(text: str) -> bool:
    return text.startswith(FORMULA_STARTS) or text.lstrip().startswith(
        FORMULA_STARTS + WIDE_FORMULA_STARTS
    )


def record_line(record: RecordRow, extra_fields: Sequence[str] = ()) -> Line:
    """A row as a line of records.csv."""
    sheet = record.sheet
    line = {
        "record_id": record.record_id,
        "petition": safe_text(sheet.petition or ""),
        "sheet_id": sheet.sheet_id,
        "source_file": safe_text(sheet.source_file),
        "page": str(sheet.page),
        "row": str(record.row),
        "status": record.status.value,
        "review_fields": " ".join(record.review_fields),
        "reasons": " ".join(record.reasons),
        "contact_consent": "Y" if record.contact_consent else "N",
    }
    for name in COLLECTOR_FIELDS:
        line[name] = _cell(sheet.get(name))
    for name in (*ROW_FIELDS, *extra_fields):
        line[name] = _cell(record.get(name))
        line[f"{name}_confidence"] = _confidence(record.get(name))
    return line


def sheet_line(sheet: SheetRow, extra_fields: Sequence[str] = ()) -> Line:
    """A sheet as a line of sheets.csv; its reasons say why fields of its box wait, too."""
    waiting = [value for value in sheet.collector if value.field in sheet.review_fields]
    line = {
        "sheet_id": sheet.sheet_id,
        "source_file": safe_text(sheet.source_file),
        "page": str(sheet.page),
        "sha256": sheet.sha256,
        "petition": safe_text(sheet.petition or ""),
        "form": safe_text(sheet.form or ""),
        "status": sheet.status.value,
        "reasons": " ".join((*sheet.reasons, *row_reasons((), waiting))),
        "rotation_deg": _whole(sheet.rotation_deg),
        "skew_deg": "" if sheet.skew_deg is None else f"{round(sheet.skew_deg, 2) + 0.0:.2f}",
        "rows_on_form": _whole(sheet.rows_on_form),
        "rows_filled": _whole(sheet.rows_filled),
        "rows_flagged": _whole(sheet.rows_flagged),
        "duplicate_of": sheet.duplicate_of or "",
        "review_fields": " ".join(sheet.review_fields),
    }
    for name in (*COLLECTOR_FIELDS, *extra_fields):
        line[name] = _cell(sheet.get(name))
        line[f"{name}_confidence"] = _confidence(sheet.get(name))
    return line


def write_workspace(
    listing: Iterable[tuple[SheetRow, Sequence[RecordRow]]],
    field_names: tuple[Sequence[str], Sequence[str]],
    folder: Path,
) -> None:
    """Write records.csv and sheets.csv of a workspace anew, each whole.

    ``field_names``: all fields of rows and of collector boxes; those without
    a column of the contract get further columns at the end.
    Raises StoreError where the folder cannot be written.
    """
    row_extra = _extra(field_names[0], RECORD_COLUMNS)
    box_extra = _extra(field_names[1], SHEET_COLUMNS)
    with (
        replacing(folder / RECORDS_FILE) as records_file,
        replacing(folder / SHEETS_FILE) as sheets_file,
    ):
        records = _writer(records_file, _columns(RECORD_COLUMNS, row_extra))
        sheets = _writer(sheets_file, _columns(SHEET_COLUMNS, box_extra))
        for sheet, rows in listing:
            sheets.writerow(sheet_line(sheet, box_extra))
            records.writerows(record_line(row, row_extra) for row in rows)


def export_canonical(records: Iterable[RecordRow], names: Sequence[str], file: Path) -> int:
    """Write every row to ``file`` and, beside it, that none was dropped.

    Returns the number of rows. ``names``: all fields of rows.
    """
    extra = _extra(names, RECORD_COLUMNS)
    count = 0
    with replacing(file) as rows_file, replacing(dropped_file(file)) as drops_file:
        rows = _writer(rows_file, _columns(RECORD_COLUMNS, extra))
        _writer(drops_file, DROPPED_COLUMNS)
        for record in records:
            rows.writerow(record_line(record, extra))
            count += 1
    return count


def dropped_file(file: Path) -> Path:
    """Where the rows that a target would not take are listed: out.dropped.csv for out.csv."""
    if file.name in ("", ".", ".."):
        raise UsageError(f"{file} names no file: give -o a file such as out.csv")
    return file.with_name(f"{file.stem}.dropped.csv")


def _columns(fixed: Sequence[str], extra: Sequence[str]) -> tuple[str, ...]:
    return (*fixed, *extra, *(f"{name}_confidence" for name in extra))


def _extra(names: Sequence[str], fixed: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in fixed)


def _cell(value: FieldValue | None) -> str:
    return "" if value is None else safe_text(value.value)


def _confidence(value: FieldValue | None) -> str:
    if value is None or value.confidence is None or not value.value:
        return ""
    return f"{value.confidence:.4f}"


def _whole(number: int | None) -> str:
    return "" if number is None else str(number)


def _writer(file: TextIO, columns: Sequence[str]) -> "csv.DictWriter[str]":
    writer = csv.DictWriter(file, columns, lineterminator="\r\n")
    writer.writeheader()
    return writer


@contextlib.contextmanager
def replacing(file: Path) -> Iterator[TextIO]:
    """Open a file that takes the place of ``file`` when all went well."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as text:
                yield text
                text.flush()
                os.fsync(text.fileno())
            # mkstemp's file is for its owner only; this one is as any new file.
            part.chmod(0o666 & ~_umask())
            part.replace(file)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except FileNotFoundError as error:
        message = f"{file} could not be written: make its folder, or name another file"
        raise StoreError(message) from error
    except OSError as error:
        raise StoreError(
            f"{file} could not be written ({(error.strerror or str(error)).lower()}): "
            "free some space or make the folder writable and run the same command again, "
            "all that was saved is kept"
        ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
