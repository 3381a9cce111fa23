"""What happened, in words a volunteer understands."""

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from digitizer.export import RECORDS_FILE
from digitizer.inputs import STAGE, shown_name
from digitizer.pagewords import BACK, ENVELOPE, LETTER, MESSAGES, needs_retake
from digitizer.records import RowStatus, SheetStatus
from digitizer.workspace.keeping import Kept
from digitizer.workspace.repeats import NONE_COUNTS_REASON, WOULD_COUNT
from digitizer.workspace.stored import RecordRow, SheetRow

# Pages named one by one at the end of a run; sheets.csv has them all.
FAILURES_SHOWN = 10
# Files of other kinds named at the end of a run.
IGNORED_SHOWN = 3
# People counted nowhere whose rows are named one by one.
UNCOUNTED_NAMED = 5
# Pages that stay as they were read named one by one.
KEPT_NAMED = 5

# A picture on which nothing was read cannot be told to be of the same sheet.
_WHERE_TO_PUT = (
    "  Where no form was recognised put the better picture in the file's place, under the same",
    "  name, and type the same command again: under another name both are kept.",
)


class Totals:
    """Counts over a workspace, taken while its CSV files are written."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.sheets: dict[SheetStatus, int] = {}
        self.rows: dict[RowStatus, int] = {}
        self.review_fields = 0
        self.review_rows = 0
        self.settled_fields = 0
        self.settled_rows = 0
        self.collector_fields = 0
        self.uncounted: list[str] = []
        self.failures: list[SheetRow] = []
        self.unrecognised: list[SheetRow] = []
        self.looks: dict[str, int] = {}
        self._retakes: list[SheetRow] = []
        self._taken_again: set[str] = set()
        self.replaced = 0

    def add(self, sheet: SheetRow, records: Sequence[RecordRow]) -> None:
        """Count a sheet and its rows."""
        self.sheets[sheet.status] = self.sheets.get(sheet.status, 0) + 1
        self.collector_fields += len(sheet.review_fields)
        if sheet.status is SheetStatus.FAILED:
            self.failures.append(sheet)
        if sheet.duplicate_of is not None:
            if not records and (sheet.failure is not None or needs_retake(sheet.reasons)):
                self.replaced += 1
            elif not needs_retake(sheet.reasons):
                self._taken_again.add(sheet.duplicate_of)
        elif needs_retake(sheet.reasons):
            self._retakes.append(sheet)
        elif sheet.status is SheetStatus.UNRECOGNISED:
            self.unrecognised.append(sheet)
        for word in (LETTER, ENVELOPE, BACK):
            self.looks[word] = self.looks.get(word, 0) + (word in sheet.reasons)
        for record in records:
            self.rows[record.status] = self.rows.get(record.status, 0) + 1
            if record.status is RowStatus.REVIEW:
                self.review_fields += len(record.review_fields)
                self.review_rows += 1
            else:
                # Somebody said that the row counts, or does not; its fields are as doubtful.
                self.settled_fields += len(record.review_fields)
                self.settled_rows += bool(record.review_fields)
            if NONE_COUNTS_REASON in record.reasons:
                self.uncounted.append(record.record_id)

    @property
    def retakes(self) -> list[SheetRow]:
        """Pages to photograph or scan again of which there is no better picture yet."""
        return [sheet for sheet in self._retakes if sheet.sheet_id not in self._taken_again]

    @property
    def read(self) -> int:
        """Sheets that hold signers and count."""
        return self.sheets.get(SheetStatus.READ, 0) + self.sheets.get(SheetStatus.REVIEW, 0)

    @property
    def signers(self) -> int:
        """Rows that count, or may once a person has looked at them."""
        return sum(n for status, n in self.rows.items() if status in WOULD_COUNT)


@dataclass(frozen=True, slots=True)
class RunReport:
    """How a run went: what it added, and what the workspace holds now.

    ``handed_in`` and ``failed`` are this run's; ``not_read``: pages handed in
    that no run has read yet; ``ignored``: files in the folders that are of other kinds;
    ``kept``: pages that show what was read before, as this run knows no form of theirs.
    """

    folder: Path
    pages_read: int
    pages_known: int
    seconds: float
    totals: Totals
    handed_in: int
    failed: tuple[SheetRow, ...]
    not_read: int
    interrupted: bool = False
    stopped: str | None = None
    ignored: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()

    @property
    def nothing_readable(self) -> bool:
        """Whether none of the files handed in held a page that could be decoded."""
        unreadable = sum(s.failure is not None and s.failure.stage == STAGE for s in self.failed)
        return 0 < unreadable == self.handed_in


def program() -> str:
    """What people type to have one of the commands, ready for a shell."""
    # scripts/digitize says how it was called: the bare command is not on its users' path.
    return shlex.quote(os.environ.get("DIGITIZER_COMMAND", "digitizer"))


def failure_line(sheet: SheetRow) -> str:
    """One line that names a page which failed, and says what to do."""
    message = sheet.failure.message if sheet.failure else "it could not be read"
    name = shown_name(sheet.source_file)
    page = f"{name}, page {sheet.page}: "
    if not message.startswith(name):
        return page + message
    # Of a file's later pages the number is told, whatever was said of the file.
    return message.replace(f"{name}: ", page, 1) if sheet.page > 1 else message


def summary_lines(report: RunReport) -> tuple[str, ...]:
    """The summary at the end of a run."""
    totals = report.totals
    lines = [_what_was_done(report)]
    if report.pages_read == 0 and report.pages_known:
        lines.append("Nothing was new: these scans had been read before.")
    lines += ["", f"In {report.folder} there are now"]
    lines += [f"  {text}" for text in _counts(totals)]
    if totals.failures:
        lines += ["", f"{_pages(len(totals.failures))} could not be read:"]
        shown = totals.failures[:FAILURES_SHOWN]
        lines += [f"  {failure_line(sheet)}" for sheet in shown]
        if len(totals.failures) > len(shown):
            more = len(totals.failures) - len(shown)
            lines.append(f"  and {more} more, see sheets.csv (status: failed)")
    if totals.retakes:
        lines += ["", f"{_pages(len(totals.retakes))} to photograph or scan again:"]
        lines += _listed(totals.retakes)
        if any(sheet.status is SheetStatus.UNRECOGNISED for sheet in totals.retakes):
            lines += _WHERE_TO_PUT
    if totals.unrecognised:
        are = "is" if len(totals.unrecognised) == 1 else "are"
        lines += ["", f"{_pages(len(totals.unrecognised))} {are} of no known form:"]
        lines += _listed(totals.unrecognised)
    if report.kept:
        lines += ["", kept_line(report.kept)]
    if totals.uncounted:
        lines += ["", uncounted_line(totals.uncounted)]
    if report.ignored:
        names = [shown_name(name) for name in report.ignored[:IGNORED_SHOWN]]
        names += ["..."] if len(report.ignored) > len(names) else []
        kinds = f"{_number(len(report.ignored), 'file')} of other kinds left alone: "
        lines += ["", kinds + ", ".join(names)]
    lines += ["", f"The signers are in {report.folder / RECORDS_FILE}"]
    lines += _what_next(report)
    return tuple(lines)


def kept_line(pages: Sequence[Kept]) -> str:
    """That pages stay as they were read, with which forms, and what to do."""
    forms = ", ".join(sorted({page.form or "" for page in pages} - {""}))
    named = [f"{shown_name(page.source_file)}, page {page.page}" for page in pages]
    more = len(named) - KEPT_NAMED
    was = "1 page stays as it was" if len(pages) == 1 else f"{len(pages):,} pages stay as they were"
    return (
        f"{was} read before, with {forms or 'a form'}: no form of this run fits. Give the "
        f"missing definition with --form: {'; '.join(named[:KEPT_NAMED])}"
        f"{f'; and {more:,} more' if more > 0 else ''}"
    )


def uncounted_line(records: Sequence[str]) -> str:
    """That people are counted nowhere, and which of their rows (ids) wait for that."""
    who = "1 person is" if len(records) == 1 else f"{len(records):,} people are"
    named = ", ".join(records[:UNCOUNTED_NAMED])
    more = len(records) - UNCOUNTED_NAMED
    return (
        f"{who} counted nowhere, a row of theirs was called a repetition and the one that it "
        f"repeats does not count either: {named}{f' and {more:,} more' if more > 0 else ''} "
        f"({NONE_COUNTS_REASON} in records.csv)."
    )


def _listed(sheets: Sequence[SheetRow]) -> list[str]:
    """Pages one by one, each with what is known of it; at most ``FAILURES_SHOWN``."""
    lines = []
    for sheet in sheets[:FAILURES_SHOWN]:
        known = next((MESSAGES[word] for word in sheet.reasons if word in MESSAGES), "")
        if sheet.failure is not None:
            known = sheet.failure.message  # which names the nearest forms, too
        page = f"  {shown_name(sheet.source_file)}, page {sheet.page}"
        lines.append(page + (f": {known}" if known else ""))
    if len(sheets) > FAILURES_SHOWN:
        lines.append(f"  and {len(sheets) - FAILURES_SHOWN} more, see sheets.csv")
    return lines


def _what_was_done(report: RunReport) -> str:
    took = f"{report.seconds:.0f} s"
    if report.seconds >= 120:
        took = f"{report.seconds / 60:.0f} min"
    text = f"{_pages(report.pages_read)} done in {took}"
    if report.pages_read >= 2 and report.seconds > 0:
        text += f" ({60 * report.pages_read / report.seconds:.0f} a minute)"
    if report.pages_known:
        text += f", {report.pages_known} known from before"
    return f"{text}."


def _counts(totals: Totals) -> list[str]:
    lines = [f"{_number(totals.read, 'sheet')} with {_number(totals.signers, 'signer')}"]
    rows = _number(totals.review_rows, "row")
    lines.append(f"{_number(totals.review_fields, 'field')} for a person to look at, in {rows}")
    if totals.settled_fields:
        fields = _number(totals.settled_fields, "field")
        settled = _number(totals.settled_rows, "row")
        lines.append(f"{fields} to look at in {settled} of which somebody said what it is")
    if totals.collector_fields:
        boxes = _number(totals.collector_fields, "field")
        lines.append(f"{boxes} of collector boxes to look at as well")
    others = (
        (totals.rows.get(RowStatus.STRUCK, 0), "struck row", ""),
        (totals.rows.get(RowStatus.INCOMPLETE, 0), "incomplete row", ""),
        (totals.rows.get(RowStatus.ILLEGIBLE, 0), "illegible row", ""),
        (
            totals.sheets.get(SheetStatus.DUPLICATE, 0) - totals.replaced,
            "sheet",
            " scanned twice, counted once",
        ),
        (totals.replaced, "unreadable page", " with another picture in its place now"),
        (totals.sheets.get(SheetStatus.BLANK, 0), "blank page", ""),
        (totals.looks.get(LETTER, 0), "letter", " or other page of text"),
        (totals.looks.get(ENVELOPE, 0), "envelope", ""),
        (totals.looks.get(BACK, 0), "back", " of a sheet, print shows through"),
    )
    lines += [_number(count, what) + rest for count, what, rest in others if count]
    return lines


def _what_next(report: RunReport) -> list[str]:
    folder = shlex.quote(str(report.folder))
    if report.interrupted:
        left = f"{_pages(report.not_read)} still to be read, nothing is lost"
        return ["", f"Interrupted, {left}: type the same command again to go on."]
    if report.stopped:
        return ["", f"{report.stopped} Type the same command again to go on."]
    lines = []
    if report.not_read:
        lines.append(f"{_pages(report.not_read)} handed in earlier still to be read.")
    return [*lines, f"To count them, type:  {program()} tally {folder}"]


def _pages(count: int) -> str:
    return _number(count, "page")


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
