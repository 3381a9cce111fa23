"""Compare what was found of marks with what was drawn: dittos, strikes, scans, decoys.

No I/O. A sheet as found is its rows as listed by the store; a sheet as drawn is
its entry in truth.json of a set drawn with ``--rules-set``. Fields that share a
column on a form (street, city, postal code; phone, email) are one cell here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from digitizer.metrics import Rate
from digitizer.records import FieldKind, FieldState, FieldValue, Mark, RowStatus
from digitizer.workspace.stored import RecordRow, SheetRow

MARKS = frozenset({"quotes", "double-prime", "apostrophes", "dash"})
RUNS = frozenset({"line", "brace", "arrow"})
PLACE = ("address", "city", "province", "postal_code")
CONTACT = ("phone", "email")
# Fields of one cell; forms with a column for each have cells of their own.
SHARED = (PLACE, CONTACT)
OWN_COLUMN_FORM = "municipal-fr"

Truth = Mapping[str, Any]


@dataclass(slots=True)
class Detector:
    """Hits, misses and false alarms of one detector; ``wrong`` says where they are."""

    found: int = 0
    missed: int = 0
    false: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, *, true: bool, seen: bool, where: str) -> None:
        """Count one case."""
        self.found += true and seen
        self.missed += true and not seen
        self.false += seen and not true
        if true != seen:
            self.wrong.append(f"{'missed' if true else 'false'} {where}")

    @property
    def precision(self) -> Rate:
        """Share of what was seen that is true."""
        return Rate(self.found, self.found + self.false)

    @property
    def recall(self) -> Rate:
        """Share of what is true that was seen."""
        return Rate(self.found, self.found + self.missed)


@dataclass(slots=True)
class Score:
    """Everything that is counted over a set."""

    rows: Rate = field(default_factory=lambda: Rate(0, 0))
    struck: Detector = field(default_factory=Detector)
    struck_sure: Detector = field(default_factory=Detector)
    dittos: Detector = field(default_factory=Detector)
    ditto_kinds: dict[str, Detector] = field(default_factory=dict)
    resolved: Counter[str] = field(default_factory=Counter)
    corrections: Detector = field(default_factory=Detector)
    rescans: Detector = field(default_factory=Detector)
    same_signer: Detector = field(default_factory=Detector)
    same_signer_certain: Detector = field(default_factory=Detector)
    same_person: Detector = field(default_factory=Detector)
    decoys: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def score_sheets(
    truths: Sequence[Truth],
    found: Mapping[str, tuple[SheetRow, Sequence[RecordRow]]],
    firsts: Mapping[str, str] | None = None,
) -> Score:
    """Score all pages; ``found`` by file name.

    ``firsts``: for each record said to be somebody's second, the one it repeats.
    """
    score = Score()
    people = _people(truths, found)
    seen = cases = 0
    for truth in truths:
        sheet = found.get(truth["file"])
        rows = {record.row: record for record in sheet[1]} if sheet is not None else {}
        if sheet is None or not rows:
            cases += len(truth["rows"])
            continue
        for row in truth["rows"]:
            cases += 1
            record = rows.get(row["row"])
            if record is not None:
                seen += 1
                _score_row(score, truth["file"], row, record, str(sheet[0].form))
                if not truth["rescan_of"] and not sheet[0].duplicate_of:
                    first = people.get((firsts or {}).get(record.record_id, ""))
                    right = first == people[record.record_id]
                    where = f"{truth['file']} row {row['row']}"
                    _score_signer(score, where, row, record, right=right)
    score.rows = Rate(seen, cases)
    _score_rescans(score, truths, found)
    return score


def truly_counted(truths: Iterable[Truth]) -> int:
    """Rows that count: valid, on first scans, of people who had not signed before."""
    return sum(
        row["status"] == "counted" and row["duplicate_of"] is None
        for truth in truths
        if truth["rescan_of"] is None
        for row in truth["rows"]
    )


def _score_row(score: Score, file: str, truth: Truth, record: RecordRow, form: str) -> None:
    where = f"{file} row {truth['row']}"
    marks: Sequence[str] = truth["marks"]
    kind = next((mark for mark in marks if mark.startswith("struck:")), "")
    reasons = set(record.reasons)
    sure = record.reading_status is RowStatus.STRUCK
    strike = sure or "row:struck" in reasons
    score.struck.add(true=bool(kind), seen=strike, where=f"{kind or marks} {where}")
    score.struck_sure.add(true=bool(kind), seen=sure, where=f"{kind or marks} {where}")
    alarms = {"struck"} if strike and not kind else set()
    if not kind:
        alarms |= _score_cells(score, where, truth, record, form)
    for mark in marks:
        if mark.startswith("decoy:"):
            score.decoys[mark[6:]]["rows"] += 1
            for alarm in alarms or {"none"}:
                score.decoys[mark[6:]][alarm] += 1


def _people(
    truths: Sequence[Truth], found: Mapping[str, tuple[SheetRow, Sequence[RecordRow]]]
) -> dict[str, str]:
    """Who wrote each record: the place of the person's first row."""
    wrote = {
        (truth["file"], row["row"]): row["duplicate_of"] or f"{truth['file']}#{row['row']}"
        for truth in truths
        for row in truth["rows"]
    }
    return {
        record.record_id: wrote.get((file, record.row), record.record_id)
        for file, (_, records) in found.items()
        for record in records
    }


def _score_signer(
    score: Score, where: str, truth: Truth, record: RecordRow, *, right: bool
) -> None:
    """Whether a row is known for somebody's second signature: surely, or asked.

    ``right``: whether it was told whose.
    """
    true = truth["duplicate_of"] is not None
    certain = record.status is RowStatus.DUPLICATE
    asked = any("possible-duplicate" in r or "duplicate-suspect" in r for r in record.reasons)
    score.same_signer_certain.add(true=true, seen=certain, where=where)
    score.same_signer.add(true=true, seen=certain or asked, where=where)
    seen = (certain or asked) and (right or not true)
    score.same_person.add(true=true, seen=seen, where=f"signed twice {where}")
    for mark in truth["marks"]:
        if mark.startswith("decoy:") and (certain or asked):
            score.decoys[mark[6:]]["merged" if certain else "asked for a merge"] += 1


def _score_cells(score: Score, where: str, truth: Truth, record: RecordRow, form: str) -> set[str]:
    alarms = set()
    corrected = {mark.partition(":")[2] for mark in truth["marks"] if mark[:10] == "corrected:"}
    # Forms call the column of the date by names of their own.
    dates = [value.field for value in record.fields if value.kind is FieldKind.DATE]
    dittoed: Mapping[str, str] = {
        dates[0] if name == "date" and dates else name: kind
        for name, kind in truth["ditto_fields"].items()
    }
    for names in _cells(record, form):
        values = [value for name in names if (value := record.get(name)) is not None]
        true = bool(corrected & set(names))
        seen = any(f.reason == "correction" for value in values for f in value.findings)
        score.corrections.add(true=true, seen=seen, where=f"{names[0]} {where}")
        if seen and not true:
            alarms.add("correction")
        kind = next((dittoed[name] for name in names if name in dittoed), "")
        if not kind and any(_is_carried(value, dittoed) for value in values):
            continue
        seen = any(_is_ditto(value) for value in values)
        score.dittos.add(true=bool(kind), seen=seen, where=f"{kind} {names[0]} {where}")
        if kind:
            one = score.ditto_kinds.setdefault(kind, Detector())
            one.add(true=True, seen=seen, where=where)
            score.resolved["cases"] += 1
            score.resolved["right"] += seen and _is_resolved(values, names, truth)
            if seen and not _is_resolved(values, names, truth):
                score.dittos.wrong.append(f"unresolved {kind} {names[0]} {where}")
        elif seen:
            alarms.add("ditto")
    return alarms


def _cells(record: RecordRow, form: str) -> list[tuple[str, ...]]:
    """The names of the fields of each cell of a row."""
    names = [value.field for value in record.fields]
    if form == OWN_COLUMN_FORM:
        return [(name,) for name in names]
    cells = [tuple(name for name in group if name in names) for group in SHARED]
    shared = {name for cell in cells for name in cell}
    return [cell for cell in cells if cell] + [(n,) for n in names if n not in shared]


def _is_ditto(value: FieldValue) -> bool:
    return value.mark is Mark.DITTO or any(f.reason == "ditto" for f in value.findings)


def _is_carried(value: FieldValue, dittoed: Mapping[str, str]) -> bool:
    """Whether an empty cell got its value with the dittoed street beside it."""
    return "address" in dittoed and value.field in PLACE and not value.raw_text


def _is_resolved(values: Sequence[FieldValue], names: Sequence[str], truth: Truth) -> bool:
    """Whether a ditto names the right source row, or says that nobody signed."""
    if "signature" in names:
        return all(value.state is not FieldState.READ for value in values)
    return any(value.source_row == truth["source_row"] for value in values if _is_ditto(value))


def _score_rescans(
    score: Score,
    truths: Sequence[Truth],
    found: Mapping[str, tuple[SheetRow, Sequence[RecordRow]]],
) -> None:
    files = {sheet.sheet_id: file for file, (sheet, _) in found.items()}
    true = {frozenset((t["file"], t["rescan_of"])) for t in truths if t["rescan_of"]}
    seen = {
        frozenset((file, files[sheet.duplicate_of]))
        for file, (sheet, _) in found.items()
        if sheet.duplicate_of in files
    }
    for pair in sorted(true | seen, key=sorted):
        score.rescans.add(true=pair in true, seen=pair in seen, where=" = ".join(sorted(pair)))
