"""Readings -> the lines of sheets.csv and records.csv.

Which sheet counts is decided here: the first copy of a file in order of
arrival, and of several scans of one sheet the one that ``duplicates`` names.
"""

import hashlib
from collections.abc import Mapping

from digitizer.records import Route, RowStatus, SheetStatus
from digitizer.statements import ReadRow, ReadSheet
from digitizer.stored import (
    DUPLICATE_REASON,
    RecordRow,
    SheetRow,
    Source,
    record_id,
    row_reasons,
    sheet_id,
)


class Listing:
    """Turns sources, taken in order of arrival, into what the CSV files list."""

    def __init__(self, duplicates: Mapping[str, str]) -> None:
        """``duplicates``: sheet id -> the sheet it is another scan of."""
        self._duplicates = duplicates
        self._copies: dict[tuple[str, int], int] = {}

    def add(
        self, source: Source, reading: ReadSheet | None
    ) -> tuple[SheetRow, tuple[RecordRow, ...]] | None:
        """Return the sheet and its rows, or None for a page not read yet."""
        if source.failure is not None:
            return _unopened(source), ()
        if reading is None:
            return None
        key = (source.sha256, source.page)
        copy = self._copies[key] = self._copies.get(key, 0) + 1
        counts = self._duplicates.get(reading.sheet_id)
        if copy > 1 and reading.failure is None:
            counts = counts or reading.sheet_id
        sheet = _sheet(source, reading, copy, counts)
        rows = [row for row in reading.rows if row.status is not RowStatus.BLANK]
        return sheet, tuple(_record(sheet, row) for row in rows)


def unopened_id(source: Source) -> str:
    """Name of the sheet of a file that could not be opened.

    Its content may be unknown, and many such files are alike (empty), so the
    name comes from the file's name too.
    """
    known = f"{source.sha256}\n{source.source_file}".encode()
    return sheet_id(hashlib.sha256(known).hexdigest(), source.page)


def _unopened(source: Source) -> SheetRow:
    name = unopened_id(source)
    return SheetRow(
        sheet_id=name,
        reading_id=name,
        source_file=source.source_file,
        page=source.page,
        sha256=source.sha256,
        petition=None,
        form=None,
        status=SheetStatus.FAILED,
        reasons=(source.failure.kind,) if source.failure else (),
        rotation_deg=None,
        skew_deg=None,
        rows_on_form=None,
        rows_filled=None,
        rows_flagged=None,
        collector=(),
        duplicate_of=None,
        failure=source.failure,
        fingerprint=(),
    )


def _sheet(source: Source, reading: ReadSheet, copy: int, counts: str | None) -> SheetRow:
    reasons = reading.reasons
    if reading.failure is not None and reading.failure.kind not in reasons:
        reasons = (*reasons, reading.failure.kind)
    filled = [row for row in reading.rows if row.status is not RowStatus.BLANK]
    flagged = [row for row in filled if any(f.route is Route.REVIEW for f in row.fields)]
    known = reading.rows_on_form is not None
    return SheetRow(
        sheet_id=reading.sheet_id if copy == 1 else f"{reading.sheet_id}-c{copy}",
        reading_id=reading.sheet_id,
        source_file=source.source_file,
        page=source.page,
        sha256=source.sha256,
        petition=reading.petition,
        form=reading.form,
        status=SheetStatus.DUPLICATE if counts else reading.status,
        reasons=reasons,
        rotation_deg=reading.rotation_deg,
        skew_deg=reading.skew_deg,
        rows_on_form=reading.rows_on_form,
        rows_filled=len(filled) if known or filled else None,
        rows_flagged=(0 if counts else len(flagged)) if known or filled else None,
        collector=reading.collector,
        duplicate_of=counts,
        failure=reading.failure,
        fingerprint=reading.fingerprint,
    )


def _record(sheet: SheetRow, row: ReadRow) -> RecordRow:
    reasons = row_reasons(row.reasons, row.fields)
    status = row.status
    if sheet.duplicate_of is not None:
        status = RowStatus.DUPLICATE
        reasons = (DUPLICATE_REASON,)
    elif status is RowStatus.COUNTED and any(f.route is Route.REVIEW for f in row.fields):
        # The contract's promise to people who filter by status: nothing is
        # counted while somebody must still look at it.
        status = RowStatus.REVIEW
    return RecordRow(
        record_id=record_id(sheet.sheet_id, row.row),
        sheet=sheet,
        row=row.row,
        status=status,
        reading_status=row.status,
        reasons=reasons,
        fields=row.fields,
        contact_consent=row.contact_consent,
    )
