"""Handed in = scanned = read = tallied, and where it is not, what is missing.

A sheet of paper is handed in once. It may be scanned twice (the second scan is
taken off), and the scanner may add its blank back (taken off as well). Files that
could not be read and pages of no known form (letters, envelopes) are not taken for
sheets: they would hide a sheet that is missing. What is left are the sheets scanned;
they hold the rows of the tally. Every difference is named by file.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path, PurePath

from digitizer.errors import UsageError
from digitizer.export import safe_text
from digitizer.pagewords import BACK, ENVELOPE, LETTER
from digitizer.records import SheetStatus, page_of
from digitizer.spreadsheets import read_table
from digitizer.workspace.stored import RecordRow, SheetRow, Source

_FILE_COLUMNS = ("file", "source_file", "filename", "name", "fichier")
_SHEET_COLUMNS = ("sheets", "pages", "count", "feuilles")

# Words of pages that hold no signers, whatever else is on them.
NO_SHEETS = frozenset({LETTER, ENVELOPE, BACK})

COLUMNS = (
    "file",
    "handed_in",
    "scanned",
    "scanned_twice",
    "blank",
    "failed",
    "unrecognised",
    "not_read_yet",
    "read",
    "tallied",
    "missing",
    # The contract's end; of those of no known form letters, envelopes and backs of sheets.
    "no_sheet",
)


@dataclass(slots=True)
class FileCount:
    """Pages of one file (or of all); ``handed_in``: None where nobody told."""

    file: str
    handed_in: int | None = None
    scanned: int = 0
    scanned_twice: int = 0
    blank: int = 0
    failed: int = 0
    unrecognised: int = 0
    not_read_yet: int = 0
    tallied: int = 0
    no_sheet: int = 0

    @property
    def sheets(self) -> int:
        """Different sheets of paper scanned, those not read yet included."""
        return self.scanned - self.scanned_twice - self.blank - self.failed - self.unrecognised

    @property
    def doubtful(self) -> int:
        """Pages of which nobody knows yet whether they are sheets."""
        return self.failed + self.unrecognised - self.no_sheet

    @property
    def read(self) -> int:
        """Sheets of a known form that were read."""
        return self.sheets - self.not_read_yet

    @property
    def missing(self) -> int | None:
        """Sheets handed in and not scanned, or not to be read; below 0: more were scanned."""
        return None if self.handed_in is None else self.handed_in - self.sheets

    @property
    def balances(self) -> bool:
        """Whether handed in = scanned = read = tallied."""
        return self.missing in (None, 0) and self.sheets == self.read == self.tallied

    def cells(self) -> tuple[str, ...]:
        """The line in the order of ``COLUMNS``."""
        values = [getattr(self, column) for column in COLUMNS]
        return tuple("" if value is None else str(value) for value in values)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A line for each file, the total, and what does not agree, in words."""

    files: tuple[FileCount, ...]
    total: FileCount
    gaps: tuple[str, ...]

    @property
    def balances(self) -> bool:
        """Whether everything agrees."""
        return not self.gaps


def reconcile(
    listing: Iterable[tuple[SheetRow, Sequence[RecordRow]]],
    handed_in: Sequence[Source],
    *,
    sheets: int | None = None,
    manifest: Mapping[str, int] | None = None,
) -> Reconciliation:
    """Compare what was handed in with what was scanned, read and tallied.

    ``handed_in``: all pages that were given to any run. ``sheets``: how many
    sheets of paper there are; ``manifest``: the same by file.
    """
    lines: dict[str, FileCount] = {}
    listed: dict[tuple[str, int, str], int] = {}
    for sheet, records in listing:
        _count(lines.setdefault(sheet.source_file, FileCount(sheet.source_file)), sheet, records)
        listed[(sheet.source_file, sheet.page, sheet.sha256)] = 1
    for source in handed_in:
        if (source.source_file, page_of(source.page), source.sha256) not in listed:
            line = lines.setdefault(source.source_file, FileCount(source.source_file))
            line.scanned += 1
            line.not_read_yet += 1
    for file, count in (manifest or {}).items():
        name = _match(file, lines)
        line = lines.setdefault(name, FileCount(name))
        line.handed_in = (line.handed_in or 0) + count
    if manifest is not None:
        sheets = sum(manifest.values())
    total = FileCount("total", sheets)
    for line in lines.values():
        for one in fields(FileCount):
            if one.name not in ("file", "handed_in"):
                setattr(total, one.name, getattr(total, one.name) + getattr(line, one.name))
    files = tuple(lines[name] for name in sorted(lines))
    return Reconciliation(files, total, _gaps(files, total, manifest is not None))


def read_manifest(file: Path) -> dict[str, int]:
    """Sheets by file, from a CSV with the columns file and sheets. Raises UsageError."""
    table = read_table(file)
    named = next((column for column in _FILE_COLUMNS if column in table.header), None)
    counted = next((column for column in _SHEET_COLUMNS if column in table.header), None)
    if named is None or counted is None:
        raise UsageError(f"{file} is no manifest: it needs the columns file and sheets")
    found: dict[str, int] = {}
    for number, cells in table.lines:
        name, count = cells.get(named, ""), cells.get(counted, "")
        if not name or not count.isdigit():
            raise UsageError(f"{file}, line {number}: a file and a whole number are needed")
        found[name] = found.get(name, 0) + int(count)
    return found


def _count(line: FileCount, sheet: SheetRow, records: Sequence[RecordRow]) -> None:
    line.scanned += 1
    if sheet.duplicate_of is not None:
        line.scanned_twice += 1
    elif sheet.status is SheetStatus.BLANK:
        line.blank += 1
    elif sheet.status is SheetStatus.FAILED:
        line.failed += 1
    elif sheet.status is SheetStatus.UNRECOGNISED:
        line.unrecognised += 1
        line.no_sheet += not NO_SHEETS.isdisjoint(sheet.reasons)
    else:
        line.tallied += bool(records)


def _match(file: str, lines: Mapping[str, FileCount]) -> str:
    """The scanned file that a manifest means: its path, or else its name alone."""
    if file in lines:
        return file
    wanted = PurePath(file.replace("\\", "/")).name.casefold()
    named = [name for name in lines if PurePath(name).name.casefold() == wanted]
    stems = [name for name in lines if PurePath(name).stem.casefold() == wanted]
    for found in (named, stems):
        if len(found) == 1:
            return found[0]
    return file


def _gaps(files: Sequence[FileCount], total: FileCount, by_file: bool) -> tuple[str, ...]:
    gaps = []
    for line in files:
        if by_file and line.handed_in is None and line.sheets:
            gaps.append(f"{line.file}: {_sheets(line.sheets)} scanned, but not in the manifest")
        elif by_file and line.scanned == 0:
            gaps.append(f"{line.file}: {_sheets(line.handed_in or 0)} handed in, never scanned")
        elif line.missing:
            gaps.append(f"{line.file}: {_difference(line.missing, line.doubtful)}")
        for count, what in (
            (_pages(line.failed), "could not be read"),
            (_pages(line.unrecognised - line.no_sheet), "of no known form"),
            (_sheets(line.not_read_yet), "not read yet"),
            (_sheets(line.read - line.tallied), "read, but without any signer"),
        ):
            if not count.startswith("0 "):
                gaps.append(f"{line.file}: {count} {what}")
    if not by_file and total.missing:
        gaps.append(f"in all: {_difference(total.missing, total.doubtful)}")
    return tuple(gaps)


def _difference(missing: int, doubtful: int) -> str:
    if missing > 0:
        among = f", unless among the {_pages(doubtful)} not read or of no known form"
        return f"{_sheets(missing)} handed in, but not scanned{among if doubtful else ''}"
    return f"{_sheets(-missing)} scanned that nobody handed in"


def _sheets(count: int) -> str:
    return f"{count:,} sheet{'' if count == 1 else 's'}"


def _pages(count: int) -> str:
    return f"{count:,} page{'' if count == 1 else 's'}"


def as_table(result: Reconciliation) -> str:
    """A table for people, and what does not agree."""
    rows = [COLUMNS, *(line.cells() for line in result.files), result.total.cells()]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    lines = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    total = result.total
    chain = " = ".join(
        f"{count:,} {what}"
        for count, what in (
            (total.handed_in, "handed in"),
            (total.sheets, "scanned"),
            (total.read, "read"),
            (total.tallied, "tallied"),
        )
        if count is not None
    )
    ends = [f"Everything agrees: {chain}."] if result.balances else ["Missing:", *result.gaps]
    return "\n".join([*lines, "", *ends])


def as_csv(result: Reconciliation) -> str:
    """CSV: a line for each file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    # Only the name: a count below 0 is a number.
    writer.writerows((safe_text(line.file), *line.cells()[1:]) for line in result.files)
    return text.getvalue()


def as_json(result: Reconciliation) -> str:
    """JSON: ``{"balances", "total", "files", "gaps"}``."""
    content = {
        "balances": result.balances,
        "total": _numbers(result.total),
        "files": [_numbers(line) for line in result.files],
        "gaps": list(result.gaps),
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def _numbers(line: FileCount) -> dict[str, object]:
    return {column: getattr(line, column) for column in COLUMNS}
