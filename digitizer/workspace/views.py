"""Readings -> the lines of sheets.csv and records.csv.

Which sheet counts is decided here: the first copy of a file in order of
arrival, and of several scans of one sheet the one that ``duplicates`` names.
What people decided comes next (``decisions``), and then what the validity
profile makes of it (``judging``). Row numbers are those of the form throughout.
"""

import hashlib
from collections.abc import Mapping, Set
from dataclasses import replace

from digitizer.ids import record_id, sheet_id
from digitizer.pagewords import waits_itself
from digitizer.profiles.profiles import Profile, load_profile
from digitizer.records import (
    FieldValue,
    Route,
    RowStatus,
    SheetStatus,
    SignerRow,
    page_of,
)
from digitizer.workspace.decisions import (
    SHEET,
    DecidedRow,
    Decision,
    Place,
    decide_rows,
    decide_values,
    decided_sheet_status,
    doubt_rows,
    doubt_values,
)
from digitizer.workspace.judging import judge
from digitizer.workspace.statements import ReadSheet
from digitizer.workspace.stored import DUPLICATE_REASON, RecordRow, SheetRow, Source, row_reasons


class Listing:
    """Turns sources, taken in order of arrival, into what the CSV files list."""

    def __init__(
        self,
        duplicates: Mapping[str, str],
        decided: Mapping[str, Mapping[Place, Decision]] | None = None,
        profile: Profile | None = None,
        petitions: Mapping[str, str] | None = None,
        differing: Mapping[str, Set[Place]] | None = None,
    ) -> None:
        """``duplicates``: sheet id -> the sheet it is another scan of.

        ``decided``: what people decided, by sheet; ``profile``: what counts;
        ``petitions``: title as read -> the petition's name; ``differing``: by sheet,
        where two people entered differently and nobody said who is right.
        """
        self._differing = differing or {}
        self._petitions = petitions or {}
        self._duplicates = duplicates
        self._decided = decided or {}
        self._profile = profile or load_profile()
        self._copies: dict[tuple[str, int], int] = {}

    def add(
        self, source: Source, reading: ReadSheet | None
    ) -> tuple[SheetRow, tuple[RecordRow, ...]] | None:
        """Return the sheet and its rows, or None for a page not read yet."""
        if source.failure is not None:
            return unopened(source), ()
        if reading is None:
            return None
        key = (source.sha256, source.page)
        copy = self._copies[key] = self._copies.get(key, 0) + 1
        counts = self._duplicates.get(reading.sheet_id)
        if copy > 1 and reading.failure is None:
            counts = counts or reading.sheet_id
        name = reading.sheet_id if copy == 1 else f"{reading.sheet_id}-c{copy}"
        decided = self._decided.get(name, {})
        if reading.rows_on_form is None:
            # No rows were found, perhaps while somebody puts the page right: what was
            # decided about rows waits until there are rows again.
            decided = {place: d for place, d in decided.items() if place[0] == SHEET}
        if decided_sheet_status(decided) is not None:
            # A person says that it is no other scan: it counts.
            counts = None
        as_read = [
            SignerRow(r.row, r.status, r.fields, r.reasons, r.contact_consent) for r in reading.rows
        ]
        # What was taken back altogether waits for its own reasons again.
        unsettled = self._differing.get(name, frozenset()) & decided.keys()
        by_people = doubt_rows(decide_rows(as_read, decided), unsettled)
        rows = [(d, judge(d, self._profile)) for d in by_people]
        filled = [(d, row) for d, row in rows if row.status is not RowStatus.BLANK]
        collector = doubt_values(decide_values(reading.collector, decided), unsettled)
        sheet = _sheet(source, reading, name, counts, [row for _, row in filled], collector)
        if sheet.petition is not None:
            petition = self._petitions.get(sheet.petition, sheet.petition)
            sheet = replace(sheet, petition=petition)
        read_as = {row.row: row.status for row in reading.rows}
        return sheet, tuple(
            _record(sheet, d, row, read_as.get(row.row, RowStatus.BLANK)) for d, row in filled
        )


def unopened_id(source: Source) -> str:
    """Name of the sheet of a file that could not be opened.

    Its content may be unknown, and many such files are alike (empty), so the
    name comes from the file's name too.
    """
    known = f"{source.sha256}\n{source.source_file}".encode()
    return sheet_id(hashlib.sha256(known).hexdigest(), source.page)


def unopened(source: Source) -> SheetRow:
    """The line of a file that could not be opened."""
    name = unopened_id(source)
    return SheetRow(
        sheet_id=name,
        reading_id=name,
        source_file=source.source_file,
        page=page_of(source.page),
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


def _sheet(
    source: Source,
    reading: ReadSheet,
    name: str,
    counts: str | None,
    filled: list[SignerRow],
    collector: tuple[FieldValue, ...],
) -> SheetRow:
    reasons = reading.reasons
    if reading.failure is not None and reading.failure.kind not in reasons:
        reasons = (*reasons, reading.failure.kind)
    flagged = [row for row in filled if row.review_fields or row.status is RowStatus.REVIEW]
    known = reading.rows_on_form is not None
    status = reading.status
    if status in (SheetStatus.READ, SheetStatus.REVIEW):
        waits = bool(flagged) or any(v.route is Route.REVIEW for v in collector)
        waits = waits or _waits_itself(reading)
        if waits != _waited(reading):
            status = SheetStatus.REVIEW if waits else SheetStatus.READ
    return SheetRow(
        sheet_id=name,
        reading_id=reading.sheet_id,
        source_file=source.source_file,
        page=page_of(source.page),
        sha256=source.sha256,
        petition=reading.petition,
        form=reading.form,
        status=SheetStatus.DUPLICATE if counts else status,
        reasons=reasons,
        rotation_deg=reading.rotation_deg,
        skew_deg=reading.skew_deg,
        rows_on_form=reading.rows_on_form,
        rows_filled=len(filled) if known or filled else None,
        rows_flagged=(0 if counts else len(flagged)) if known or filled else None,
        collector=collector,
        duplicate_of=counts,
        failure=reading.failure,
        fingerprint=reading.fingerprint,
    )


def _waited(reading: ReadSheet) -> bool:
    """Whether anything waited for a person when the page was read."""
    rows = [row for row in reading.rows if row.status is not RowStatus.BLANK]
    values = [*reading.collector, *(value for row in rows for value in row.fields)]
    doubtful = any(value.route is Route.REVIEW for value in values)
    doubtful = doubtful or _waits_itself(reading)
    return doubtful or any(row.status is RowStatus.REVIEW for row in rows)


def _waits_itself(reading: ReadSheet) -> bool:
    """As ``waits_itself``, by rows as read: who said of a row that it is blank saw it."""
    filled = any(row.status is not RowStatus.BLANK for row in reading.rows)
    return waits_itself(reading.reasons, filled=filled)


def _record(
    sheet: SheetRow, decided: DecidedRow, row: SignerRow, reading_status: RowStatus
) -> RecordRow:
    reasons = row_reasons(row.reasons, row.fields)
    status = row.status
    if sheet.duplicate_of is not None and decided.status is None:
        status = RowStatus.DUPLICATE
        reasons = (DUPLICATE_REASON,)
    elif status is RowStatus.COUNTED and row.review_fields and decided.status is None:
        # The contract's promise to people who filter by status: nothing is
        # counted while somebody must still look at it.
        status = RowStatus.REVIEW
    return RecordRow(
        record_id=record_id(sheet.sheet_id, row.row),
        sheet=sheet,
        row=row.row,
        status=status,
        reading_status=reading_status,
        reasons=reasons,
        fields=row.fields,
        contact_consent=row.contact_consent,
        decided=decided.decided,
        row_findings=row.reasons,
    )
