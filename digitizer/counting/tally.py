"""Counts of signer rows: raw, counted, not counted and why, awaiting review.

Beside what counts now stands what may count in the end (``expected``), and
where the validity profile asks for a minimum, whether each petition has it.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from digitizer.counting.expected import COVERAGE, Interval, Outlook
from digitizer.counting.summary import uncounted_line
from digitizer.errors import UsageError
from digitizer.export import RECORD_COLUMNS, record_line, restore_text, safe_text
from digitizer.profiles.profiles import DuplicatePolicy, Profile
from digitizer.records import RowStatus
from digitizer.validity import POSTAL_CODE, provinces_of
from digitizer.workspace.repeats import NONE_COUNTS_REASON
from digitizer.workspace.stored import RecordRow

# Why a row is not counted, and ``review``: not decided yet.
REASONS = (
    RowStatus.STRUCK,
    RowStatus.DUPLICATE,
    RowStatus.INCOMPLETE,
    RowStatus.ILLEGIBLE,
)
COUNT_COLUMNS = ("raw", "counted", *(reason.value for reason in REASONS), "review")
# Bounds of the count once everything is reviewed.
FINAL_COLUMNS = ("final_low", "final_high")
TOTAL = "total"
# From so many second signatures on that nobody found, people are told of them.
MISSED_TOLD = 0.5

# Shorter names that people use for columns of records.csv.
ALIASES = {
    "event": "event_location",
    "collector": "collector_name",
    "date": "date_collected",
    "sheet": "sheet_id",
    "file": "source_file",
}
# First three characters of the postal code: the area that it lies in.
FSA = "fsa"
FSA_LENGTH = 3
PROVINCE = "province"


class Reached(StrEnum):
    """Whether a petition has the signatures that its profile asks for."""

    REACHED = "reached"
    NOT_YET = "not yet"
    OUT_OF_REACH = "cannot be reached"


@dataclass(frozen=True, slots=True)
class TallyLine:
    """Counts of one group; ``counts`` in the order of ``COUNT_COLUMNS``.

    Raw is the sum of the others: every row of a sheet that holds ink, those
    of a sheet scanned twice under ``duplicate`` the second time. ``final``:
    what may count once everything is reviewed.
    """

    group: tuple[str, ...]
    counts: tuple[int, ...]
    final: Interval

    def as_dict(self, by: Sequence[str]) -> dict[str, str | int]:
        """The line by column name."""
        return {
            **dict(zip(by, self.group, strict=True)),
            **dict(zip(COUNT_COLUMNS, self.counts, strict=True)),
            **dict(zip(FINAL_COLUMNS, (self.final.low, self.final.high), strict=True)),
        }

    def cells(self) -> tuple[str, ...]:
        """The line as texts."""
        return (*self.group, *map(str, (*self.counts, self.final.low, self.final.high)))


@dataclass(frozen=True, slots=True)
class Minimum:
    """A petition against its profile's minimum.

    ``probability``: that it is reached once everything is reviewed.
    """

    petition: str
    wanted: int
    counted: int
    review: int
    probability: float

    @property
    def reached(self) -> Reached:
        """Reached with what counts now, not yet, or not even if all of review counts."""
        if self.counted >= self.wanted:
            return Reached.REACHED
        return (
            Reached.NOT_YET if self.counted + self.review >= self.wanted else Reached.OUT_OF_REACH
        )


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Pages whose signers are in no count: failed, of no known form, not read yet.

    ``listed``: sheets.csv, which says which, is there; a first run writes it at its end.
    """

    failed: int = 0
    unrecognised: int = 0
    pending: int = 0
    listed: bool = True

    @property
    def pages(self) -> int:
        """All of them."""
        return self.failed + self.unrecognised + self.pending


@dataclass(frozen=True, slots=True)
class Tally:
    """A line for each group, sorted, and the total of all.

    ``left_out``: pages that no number here and no interval knows of. ``uncounted``: rows
    (ids) in review because no row of their person counts.
    """

    by: tuple[str, ...]
    lines: tuple[TallyLine, ...]
    total: tuple[int, ...]
    final: Interval
    profile: str
    minimums: tuple[Minimum, ...] = ()
    left_out: LeftOut = LeftOut()
    uncounted: tuple[str, ...] = ()

    @property
    def pending(self) -> int:
        """Rows that wait for review."""
        return self.total[COUNT_COLUMNS.index("review")]


class _Group:
    """Counts of a group under way."""

    def __init__(self, *, once: bool) -> None:
        self.counts = [0] * len(COUNT_COLUMNS)
        self.outlook = Outlook(once=once)

    def add(self, record: RecordRow) -> None:
        self.counts[0] += 1
        self.counts[COUNT_COLUMNS.index(record.status.value)] += 1
        self.outlook.add(record)


def tally(
    records: Iterable[RecordRow],
    by: Sequence[str] = (),
    extra_columns: Sequence[str] = (),
    *,
    profile: Profile | None = None,
    left_out: Callable[[], LeftOut] = LeftOut,
) -> Tally:
    """Count rows, in one group for each combination of values of ``by``.

    ``by``: columns of records.csv, their ``ALIASES`` or ``fsa``; ``extra_columns``:
    those beyond the usual. ``profile``: the one that ``records`` were judged by.
    ``left_out``: asked, once all records were taken, for the pages that hold none.
    Raises UsageError for another column.
    """
    known = (*RECORD_COLUMNS, *extra_columns)
    for column in by:
        if ALIASES.get(column, column) not in (*known, FSA):
            names = ", ".join((*ALIASES, FSA, *known))
            raise UsageError(f"records.csv has no column {column!r}: --by takes {names}")
    groups: dict[tuple[str, ...], _Group] = {}
    petitions: dict[str, _Group] = {}
    once = profile is None or profile.duplicates is DuplicatePolicy.FIRST
    everything = _Group(once=once)
    wanted = profile.minimum_signatures if profile else 0
    uncounted: list[str] = []
    for record in records:
        if NONE_COUNTS_REASON in record.reasons:
            uncounted.append(record.record_id)
        group: tuple[str, ...] = ()
        if by:
            line = record_line(record, extra_columns)
            group = tuple(_cell(line, column) for column in by)
            groups.setdefault(group, _Group(once=once)).add(record)
        if wanted:
            petition = record.sheet.petition or ""
            petitions.setdefault(petition, _Group(once=once)).add(record)
        everything.add(record)
    return Tally(
        by=tuple(by),
        lines=tuple(
            TallyLine(name, tuple(groups[name].counts), groups[name].outlook.interval())
            for name in sorted(groups)
        ),
        total=tuple(everything.counts),
        final=everything.outlook.interval(),
        profile=profile.name if profile else "",
        minimums=tuple(_minimum(name, petitions[name], wanted) for name in sorted(petitions)),
        left_out=left_out(),
        uncounted=tuple(uncounted),
    )


def _minimum(petition: str, group: _Group, wanted: int) -> Minimum:
    counts = dict(zip(COUNT_COLUMNS, group.counts, strict=True))
    probability = group.outlook.probability_of(wanted)
    return Minimum(petition, wanted, counts["counted"], counts["review"], probability)


def _cell(line: dict[str, str], column: str) -> str:
    if column == FSA:
        area = restore_text(line["postal_code"])[:FSA_LENGTH].strip()
        # Codes of other countries, all in figures, have none.
        return "" if area.isdecimal() else area
    if column == PROVINCE:
        return province_of(line[PROVINCE], restore_text(line["postal_code"]))
    return line.get(ALIASES.get(column, column), "")


def province_of(written: str, postal_code: str) -> str:
    """A row's province: as it was written, else where its postal code lies, where that is one."""
    # Few people write it where the postal code says it already.
    lies = provinces_of(postal_code) if POSTAL_CODE.fullmatch(postal_code) else ()
    return written or (lies[0] if len(lies) == 1 else "")


def as_table(result: Tally) -> str:
    """A table for people, with the total at its end."""
    header = (*(result.by or ("",)), *COUNT_COLUMNS, *FINAL_COLUMNS)
    body = [line.cells() for line in result.lines]
    label = (TOTAL, *("" for _ in result.by[1:]))
    rows = [header, *body, TallyLine(label, result.total, result.final).cells()]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    texts = len(label)
    lines = [
        "  ".join(
            cell.ljust(width) if i < texts else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, "", *_told(result)])


def _told(result: Tally) -> list[str]:
    pending = result.pending
    lines = []
    if result.profile:
        lines.append(f"Counted under the validity profile {result.profile}.")
    for minimum in result.minimums:
        name = f" for {minimum.petition!r}" if minimum.petition else ""
        lines.append(
            f"Of the {minimum.wanted:,} signatures needed{name} {minimum.counted:,} are counted: "
            f"{minimum.reached.value}"
            + (" with these sheets" if minimum.reached is Reached.OUT_OF_REACH else "")
            + ("." if pending == 0 else f" (after review: {minimum.probability:.1%} likely).")
        )
    lines += _expected(result) if result.total[0] else ["No filled row has been read yet."]
    if result.uncounted:
        lines.append(uncounted_line(result.uncounted))
    if result.left_out.pages:
        lines.append(_left_out(result.left_out))
    return lines


def _expected(result: Tally) -> list[str]:
    """What counts in the end, and what waits before."""
    final, pending = result.final, result.pending
    bounds = f"{final.low:,} to {final.high:,}" if final.low != final.high else f"{final.low:,}"
    verb = "counts" if final.high == 1 else "count"
    lines = []
    if pending:
        lines.append(
            f"Once a person has looked at every row, {bounds} {verb} ({COVERAGE:.0%} interval)."
        )
    if final.missed >= MISSED_TOLD:
        lines.append(
            f"About {final.missed:.1f} second signatures are taken off that nobody found, "
            "going by those that were found."
        )
    if pending:
        return [*lines, pending_line(pending, result.total[0])]
    counted = result.total[COUNT_COLUMNS.index("counted")]
    told = "1 row counts" if counted == 1 else f"{counted:,} rows count"
    may = f" {bounds} with all that may have been missed ({COVERAGE:.0%} interval)."
    return [*lines, f"{told}; no row waits.{may if final.low != final.high else ''}"]


def pending_line(pending: int, rows: int) -> str:
    """How much is still to be looked at, in a sentence."""
    return f"{pending} of {rows} rows wait for review and are not counted yet."


def _left_out(pages: LeftOut) -> str:
    told = ((pages.failed, "failed"), (pages.unrecognised, "of no known form"),
            (pages.pending, "not read yet"))  # fmt: skip
    which = ", ".join(f"{count} {what}" for count, what in told if count)
    many = "1 page is" if pages.pages == 1 else f"{pages.pages} pages are"
    known = " See sheets.csv." if pages.listed and pages.failed + pages.unrecognised else ""
    unread = " The same run again reads those not read yet." if pages.pending else ""
    return f"{many} in none of these numbers: {which}.{known}{unread}"


def as_csv(result: Tally) -> str:
    """CSV: a line for each group and no total; without groups the total alone."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow((*result.by, *COUNT_COLUMNS, *FINAL_COLUMNS))
    if result.by:
        # Half a cell of records.csv, unlike a whole one, is not neutralised yet.
        cut = [i for i, column in enumerate(result.by) if column == FSA]
        writer.writerows(
            [safe_text(cell) if i in cut else cell for i, cell in enumerate(line.cells())]
            for line in result.lines
        )
    else:
        writer.writerow(TallyLine((), result.total, result.final).cells())
    return text.getvalue()


def as_json(result: Tally) -> str:
    """JSON: ``{"groups": [{column: value}], "total": {column: count}, ...}``."""
    content = {
        "groups": [line.as_dict(result.by) for line in result.lines],
        "total": TallyLine((), result.total, result.final).as_dict(()),
        "profile": result.profile,
        "final": {
            "low": result.final.low,
            "high": result.final.high,
            "expected": round(result.final.expected, 1),
            "coverage": COVERAGE,
            "missed_repeats": round(result.final.missed, 2),
        },
        "left_out": {
            "failed": result.left_out.failed,
            "unrecognised": result.left_out.unrecognised,
            "pending": result.left_out.pending,
        },
        "uncounted": list(result.uncounted),
        "minimums": [
            {
                "petition": minimum.petition,
                "wanted": minimum.wanted,
                "counted": minimum.counted,
                "reached": minimum.reached.value,
                "probability": round(minimum.probability, 4),
            }
            for minimum in result.minimums
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1)
