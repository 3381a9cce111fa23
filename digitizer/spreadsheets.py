"""CSV files as spreadsheet programs save them.

Such a program changes a file in its own ways: other quotes and line ends,
semicolons for commas, an older encoding for UTF-8 (with another sign for each
letter that it lacks), days in the computer's own order, other spaces and accents.
What its encoding and its order of days are is told by the cells that were not
changed, where it is known what they said.
"""

import codecs
import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from digitizer.errors import UsageError
from digitizer.export import restore_text

# What spreadsheets write as plain "CSV" where the computer speaks English or French: Windows,
# older programs on a Mac, and "CSV (MS-DOS)".
_OLD_ENCODINGS = ("cp1252", "mac_roman", "cp850")

# Days as they are in records.csv, and as a spreadsheet writes them in most countries.
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBERED_DAY = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")
_ORDERS = ("mdy", "dmy")
# A day with the hour that some programs show beside it, and the day from which they count days.
_AT_MIDNIGHT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})"
    r"[ T](0?0:00(:00(\.0+)?)?|12:00(:00)? AM)"
)
_FIRST_DAY = date(1899, 12, 30)
# How the files of workbooks begin.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# What a program shows, and saves, in place of a value: a number in powers of ten, signs for a
# column that is too narrow, an error, and what it took for a logical value.
_WRECKS = re.compile(
    r"[+-]?[0-9]+[.,][0-9]+E[+-]?[0-9]{1,3}|[+-]?[0-9]+E[+-][0-9]{1,3}"
    r"|#{2,}|#[A-ZÀ-Ü]+(/[0-9A-Z]+)?[!?]|#N/[AD]|Err:[0-9]{3}|TRUE|FALSE|VRAI|FAUX"
)

Lines = list[tuple[int, dict[str, str]]]
Known = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class SavedTable:
    """A CSV file: its header, its lines with their numbers, and how its program writes.

    ``order``: in which days are numbered, as in ``_ORDERS``; None where none was rewritten.
    """

    header: list[str]
    lines: Lines
    encoding: str
    order: str | None

    def as_written(self, text: str, cell: str) -> str:
        """A cell as ``text``, which it was, would have it: its letters, its way to write days."""
        if _is_as_saved(text, cell, self.encoding) or _lost_zeros(text, cell):
            return text
        if not _ISO_DAY.fullmatch(text):
            return cell
        if cell == _counted_day(text):
            return text
        if self.order is None:
            return cell
        day = _day_in(cell, self.order)
        return cell if day is None else day.isoformat()


def read_table(file: Path, known: Known | None = None) -> SavedTable:
    """The table in a file; ``known``: its lines as they were written, by record id.

    Raises UsageError where the file cannot be read.
    """
    known = known or {}
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}") from error
    if data.startswith(_WORKBOOKS):
        raise UsageError(f"{file} is a workbook: save its sheet as CSV and give that file")
    try:
        encoding = _encoding_of(data, known)
        header, lines = _table(data, encoding)
    except csv.Error as error:
        # A cell longer than any: all that follows a quotation mark which nobody closed.
        raise UsageError(
            f"{file} is no table: a quotation mark in it is opened and never closed; save it anew"
        ) from error
    return SavedTable(header, lines, encoding, _date_order(lines, known))


def plain(cell: str) -> str:
    """What a cell says, whatever a spreadsheet did to its spaces and accents."""
    text = " ".join(unicodedata.normalize("NFC", restore_text(cell)).split())
    day = _AT_MIDNIGHT.fullmatch(text)
    return day[1] if day else text


def is_wreck(cell: str) -> bool:
    """Whether a cell says what a spreadsheet makes of a value that it could not show or compute."""
    return _WRECKS.fullmatch(cell) is not None


def _lost_zeros(text: str, cell: str) -> bool:
    """Whether a cell is the number that a program takes figures for which begin with noughts."""
    return text.isdecimal() and text != cell and text.lstrip("0") == cell


def _encoding_of(data: bytes, known: Known) -> str:
    """The encoding of a file: Unicode's, or the older one in which most cells say what holds."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    told: tuple[str, ...] = ("utf-8-sig",)
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        told = _OLD_ENCODINGS
    else:
        # Where an old encoding lacks every letter that is not English, only "?" are left of them.
        told += _OLD_ENCODINGS if data.isascii() and b"?" in data else ()
    return max(told, key=lambda encoding: _unchanged(data, encoding, known))


def _unchanged(data: bytes, encoding: str, known: Known) -> int:
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


def _date_order(lines: Lines, known: Known) -> str | None:
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


def _counted_day(text: str) -> str:
    """The number that a spreadsheet has for a day, and shows where a cell is no date to it."""
    try:
        return str((date.fromisoformat(text) - _FIRST_DAY).days)
    except ValueError:
        return ""


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
