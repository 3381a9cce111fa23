"""The numbers of a workspace, kept a sheet at a time.

Going through a hundred thousand records takes many seconds, so what each sheet
adds to the numbers is kept, and only a sheet that changed is counted anew. What
is left to do for a look at the numbers grows with the groups asked for, not
with the records. The pages of progress and the report show the same numbers.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from digitizer.counting.expected import Chance, Outlook, row_chance
from digitizer.counting.sampling import accepted_fields
from digitizer.counting.summary import failure_line
from digitizer.counting.tally import COUNT_COLUMNS, Minimum, TallyLine, province_of
from digitizer.metrics import Rate
from digitizer.pagewords import waits_itself
from digitizer.records import FieldState, FieldValue, Route, RowStatus, SheetStatus
from digitizer.states import PRINTED_KINDS
from digitizer.workspace.decisions import DECIDED
from digitizer.workspace.stored import RecordRow, SheetRow


class By(StrEnum):
    """What rows are grouped by."""

    PETITION = "petition"
    COLLECTOR = "collector"
    EVENT = "event"
    DATE = "date"
    PROVINCE = "province"


class Handling(StrEnum):
    """Through: accepted, nobody had to look. Decided: a person did. Waiting: one must."""

    THROUGH = "through"
    DECIDED = "decided"
    WAITING = "waiting"


# Columns of the collector box, in the order of ``SheetFacts.places`` after the petition.
_BOX = ("collector_name", "event_location", "date_collected")
_OF_SHEET = (By.PETITION, By.COLLECTOR, By.EVENT, By.DATE)
_TOLD = frozenset({RowStatus.REVIEW, RowStatus.INCOMPLETE, RowStatus.ILLEGIBLE})

SAME_HAND = "same-hand"
# What a reason that is about the row itself begins with.
ROW = "row"
# What tells of a row where it lives.
_PLACED = ("province", "postal_code")


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What a row adds; ``reasons``: why it waits or does not count, ``field:reason``."""

    province: str
    status: RowStatus
    through: bool
    chance: Chance | bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What a sheet adds.

    ``failure``: one line, empty where it could be read, and ``failure_kind`` its word;
    ``same_hand``: rows whose signatures look like one writer's; ``accepted``: fields that
    a sample may draw; ``box_fields``: those of the collector box that wait;
    ``waits_itself``: a person must look at it as a whole, no field shows it.
    """

    sheet_id: str
    source_file: str
    page: int
    status: SheetStatus
    duplicate_of: str | None
    failure: str
    failure_kind: str
    same_hand: str
    places: tuple[str, ...]
    rows: tuple[tuple[RowFacts, int], ...]
    fields: tuple[tuple[str, Handling, int], ...]
    accepted: int
    box_fields: int
    waits_itself: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """Everything about a workspace that needs no choice of groups.

    ``line``: counts and interval of all rows; ``rows_through`` and ``fields_through``:
    how many nobody had to look at; ``by_field``: through, decided and waiting;
    ``box_fields``: how many of the waiting are in ``boxes`` collector boxes, and in no row;
    ``reasons``: (row status, ``field:reason``) with the rows that have it;
    ``failed``, ``unrecognised``, ``same_hand``, ``repeated``: sheets, in order.
    """

    line: TallyLine
    rows_through: Rate
    fields_through: Rate
    decided: int
    waiting: int
    box_fields: int
    boxes: int
    accepted: int
    sheets: dict[SheetStatus, int]
    by_field: dict[str, dict[Handling, int]]
    reasons: dict[tuple[RowStatus, str], int]
    failed: tuple[SheetFacts, ...]
    unrecognised: tuple[SheetFacts, ...]
    same_hand: tuple[SheetFacts, ...]
    repeated: tuple[SheetFacts, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Rows by ``COUNT_COLUMNS``."""
        return dict(zip(COUNT_COLUMNS, self.line.counts, strict=True))


class Group:
    """Counts of rows that belong together; a sheet's can be taken out again."""

    __slots__ = ("certain", "chances", "statuses", "through")

    def __init__(self) -> None:
        """Begin empty."""
        self.statuses: Counter[RowStatus] = Counter()
        self.chances: Counter[Chance] = Counter()
        self.certain = 0
        self.through = 0

    def add(self, row: RowFacts, times: int) -> None:
        """Add a row ``times`` times; negative takes out."""
        self.statuses[row.status] += times
        self.through += row.through * times
        if isinstance(row.chance, bool):
            self.certain += row.chance * times
            return
        self.chances[row.chance] += times
        if not self.chances[row.chance]:
            del self.chances[row.chance]

    def copy(self) -> "Group":
        """The same counts, apart."""
        other = Group()
        other.statuses, other.chances = self.statuses.copy(), self.chances.copy()
        other.certain, other.through = self.certain, self.through
        return other

    @property
    def raw(self) -> int:
        """Rows with ink."""
        return self.statuses.total()

    def outlook(self, *, once: bool) -> Outlook:
        """What its final count may be; ``once``: of a person who signs twice one row counts."""
        outlook = Outlook(once=once)
        outlook.certain, outlook.chances = self.certain, dict(self.chances)
        return outlook

    def line(self, *names: str, once: bool) -> TallyLine:
        """The group as the tally shows it."""
        counts = (self.raw, *(self.statuses[RowStatus(name)] for name in COUNT_COLUMNS[1:]))
        return TallyLine(names, counts, self.outlook(once=once).interval())


class Overview:
    """The numbers of all sheets; safe to use from several threads."""

    def __init__(self) -> None:
        """Begin with no sheets."""
        self._lock = threading.Lock()
        self._sheets: dict[str, SheetFacts] = {}
        self._all = Group()
        self._groups: dict[tuple[By, str], Group] = {}
        self._statuses: Counter[SheetStatus] = Counter()
        self._fields: Counter[tuple[str, Handling]] = Counter()
        self._reasons: Counter[tuple[RowStatus, str]] = Counter()
        self._shared: dict[RowFacts, RowFacts] = {}
        self._version = 0

    @property
    def version(self) -> int:
        """A number that grows with every change."""
        return self._version

    def replace(self, sheet: SheetRow, records: Sequence[RecordRow]) -> None:
        """Take in a sheet as it stands, in place of how it stood."""
        facts = facts_of(sheet, records)
        with self._lock:
            before = self._sheets.get(facts.sheet_id)
            if before == facts:
                return
            if before is not None:
                self._count(before, -1)
            shared = tuple((self._shared.setdefault(row, row), n) for row, n in facts.rows)
            kept = replace(facts, rows=shared)
            self._sheets[facts.sheet_id] = kept
            self._count(kept, 1)
            self._version += 1

    def retain(self, sheet_ids: Iterable[str]) -> None:
        """Forget every sheet that is not among ``sheet_ids``."""
        kept = frozenset(sheet_ids)
        with self._lock:
            for name in [name for name in self._sheets if name not in kept]:
                self._count(self._sheets.pop(name), -1)
                self._version += 1

    def sheets(self) -> tuple[SheetFacts, ...]:
        """What each sheet adds, in order of arrival."""
        with self._lock:
            return tuple(self._sheets.values())

    def totals(self, *, once: bool = True) -> Totals:
        """The numbers over all sheets; simulates the interval, some hundredths of a second.

        ``once``: whether of a person who signs twice one row counts, as the profile says.
        """
        with self._lock:
            everything = self._all.copy()
            fields, reasons = self._fields.copy(), self._reasons.copy()
            statuses = {s: self._statuses[s] for s in SheetStatus if self._statuses[s]}
            sheets = tuple(self._sheets.values())
        handled: Counter[Handling] = Counter()
        by_field: dict[str, dict[Handling, int]] = {}
        for (name, handling), count in sorted(fields.items()):
            handled[handling] += count
            by_field.setdefault(name, dict.fromkeys(Handling, 0))[handling] = count
        counted_sheets = everything.raw - everything.statuses[RowStatus.DUPLICATE]
        return Totals(
            line=everything.line(once=once),
            rows_through=Rate(everything.through, max(counted_sheets, everything.through)),
            fields_through=Rate(handled[Handling.THROUGH], handled.total()),
            decided=handled[Handling.DECIDED],
            waiting=handled[Handling.WAITING],
            box_fields=sum(sheet.box_fields for sheet in sheets),
            boxes=sum(sheet.box_fields > 0 for sheet in sheets),
            accepted=sum(sheet.accepted for sheet in sheets),
            sheets=statuses,
            by_field={name: by_field[name] for name in by_field if any(by_field[name].values())},
            reasons={key: count for key, count in reasons.most_common() if count > 0},
            failed=tuple(s for s in sheets if s.status is SheetStatus.FAILED),
            unrecognised=tuple(s for s in sheets if s.status is SheetStatus.UNRECOGNISED),
            same_hand=tuple(s for s in sheets if s.same_hand),
            repeated=tuple(s for s in sheets if s.duplicate_of),
        )

    def groups(
        self, by: By, limit: int | None = None, *, once: bool = True
    ) -> tuple[tuple[TallyLine, ...], int]:
        """The ``limit`` largest groups, or all, and how many there are.

        Dates are in order of time, others by rows. Each group's interval is
        simulated: about 5 ms for one of a thousand rows.
        """
        with self._lock:
            found = [
                (name, group.copy())
                for (kind, name), group in self._groups.items()
                if kind is by and group.raw
            ]
        found.sort(key=lambda pair: (-pair[1].raw, pair[0]))
        shown = found[:limit]
        if by is By.DATE:
            shown.sort(key=lambda pair: (not pair[0], pair[0]))
        return tuple(group.line(name, once=once) for name, group in shown), len(found)

    def minimums(self, wanted: int, *, once: bool = True) -> tuple[Minimum, ...]:
        """Each petition against the number of signatures that it needs; none for 0."""
        if not wanted:
            return ()
        with self._lock:
            found = {
                name: group.copy()
                for (kind, name), group in self._groups.items()
                if kind is By.PETITION and group.raw
            }
        return tuple(
            Minimum(
                name,
                wanted,
                group.statuses[RowStatus.COUNTED],
                group.statuses[RowStatus.REVIEW],
                group.outlook(once=once).probability_of(wanted),
            )
            for name, group in sorted(found.items())
        )

    def sheet(self, sheet_id: str) -> SheetFacts | None:
        """What a sheet adds; None where there is none."""
        return self._sheets.get(sheet_id)

    def accepted(self) -> tuple[tuple[str, int], ...]:
        """Sheets with their numbers of fields that a sample may draw, in order of arrival."""
        with self._lock:
            return tuple((s.sheet_id, s.accepted) for s in self._sheets.values() if s.accepted)

    def _count(self, sheet: SheetFacts, sign: int) -> None:
        self._statuses[sheet.status] += sign
        for name, handling, number in sheet.fields:
            self._fields[name, handling] += sign * number
        places = list(zip(_OF_SHEET, sheet.places, strict=True))
        for row, number in sheet.rows:
            self._all.add(row, sign * number)
            for kind, name in (*places, (By.PROVINCE, row.province)):
                key = (kind, name)
                if key not in self._groups:
                    self._groups[key] = Group()
                self._groups[key].add(row, sign * number)
            for reason in row.reasons:
                self._reasons[row.status, reason] += sign * number


def facts_of(sheet: SheetRow, records: Sequence[RecordRow]) -> SheetFacts:
    """What a sheet adds to the numbers."""
    rows: Counter[RowFacts] = Counter()
    fields: Counter[tuple[str, Handling]] = Counter()
    counts = sheet.duplicate_of is None
    boxed: tuple[tuple[str, Handling], ...] = ()
    for record in records:
        rows[_row_facts(record)] += 1
        if counts and record.status not in (RowStatus.STRUCK, RowStatus.DUPLICATE):
            fields.update(_handled(record.fields, record.decided))
    if counts:
        # Of a collector's field only the finding tells that a person decided it.
        decided = frozenset(v.field for v in sheet.collector if _by_person(v))
        boxed = tuple(_handled(sheet.collector, decided))
        fields.update(boxed)
    told = {value.field: value.value for value in sheet.collector}
    hands = [r.partition(":")[2] for r in sheet.reasons if r.startswith(f"{SAME_HAND}:")]
    return SheetFacts(
        sheet_id=sheet.sheet_id,
        source_file=sheet.source_file,
        page=sheet.page,
        status=sheet.status,
        duplicate_of=sheet.duplicate_of,
        failure=failure_line(sheet) if sheet.status is SheetStatus.FAILED else "",
        failure_kind=sheet.failure.kind if sheet.failure else "",
        same_hand=hands[0] if hands else "",
        places=(sheet.petition or "", *(told.get(name, "") for name in _BOX)),
        rows=tuple(rows.items()),
        fields=tuple((name, handling, n) for (name, handling), n in fields.items()),
        accepted=len(accepted_fields(records)),
        box_fields=sum(h is Handling.WAITING for _, h in boxed),
        waits_itself=sheet.status is SheetStatus.REVIEW
        and waits_itself(sheet.reasons, filled=bool(records)),
    )


def _row_facts(record: RecordRow) -> RowFacts:
    told = {name: value.value for name in _PLACED if (value := record.get(name)) is not None}
    counts = record.sheet.duplicate_of is None
    waits = bool(record.review_fields) or record.status is RowStatus.REVIEW
    return RowFacts(
        province=province_of(*(told.get(name, "") for name in _PLACED)) if counts else "",
        status=record.status,
        through=counts
        and not waits
        and not record.decided
        and record.status is not RowStatus.DUPLICATE,
        chance=row_chance(record),
        reasons=_blocking(record) if counts and record.status in _TOLD else (),
    )


def _blocking(record: RecordRow) -> tuple[str, ...]:
    """Why a row waits (fields to look at first) or does not count."""
    if record.status is RowStatus.REVIEW:
        # What a person decided waits no more, and of a row that waits as a whole no field does.
        open_ = [r for r in record.reasons if r.partition(":")[2] != DECIDED]
        waiting = (*record.review_fields, ROW)
        named = [r for r in open_ if r.partition(":")[0] in waiting]
        return tuple(named or open_ or record.reasons)
    return tuple(r for r in record.reasons if r.endswith("-missing")) or record.reasons


def _handled(
    values: Iterable[FieldValue], decided: frozenset[str]
) -> Iterable[tuple[str, Handling]]:
    for value in values:
        if value.route is Route.REVIEW:
            yield value.field, Handling.WAITING
        elif value.field in decided:
            yield value.field, Handling.DECIDED
        elif value.state is not FieldState.EMPTY and value.kind not in PRINTED_KINDS:
            yield value.field, Handling.THROUGH


def _by_person(value: FieldValue) -> bool:
    return any(finding.reason == DECIDED for finding in value.findings)
