"""What `digitizer learn` would learn if all that waits were reviewed without a slip.

    python -m benchmarks.learning TRUTH WORKSPACE [--sample N]

Works on a copy of the workspace's SQLite database: every field that waits for a
person gets what the truth says, and N accepted fields are drawn and checked, as
`digitizer sample` would. Prints what `learn` says, beside it the calibration
error on the held-back sheets before and after. Sheets of our own making are
judged so; a real office's review has slips of its own.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from digitizer.counting import learning, sampling
from digitizer.counting.judged import JudgedField, find_judged
from digitizer.counting.reliability import Judged, gap, reliability
from digitizer.evaluate import TruthPage, comparable, load_truth
from digitizer.learned import NOTHING
from digitizer.records import FieldKind, FieldValue, Route
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace.decisions import SHEET, Action, Decision
from digitizer.workspace.stored import RecordRow, SheetRow

WHO = "truth"


def review(store: Store, truth: Mapping[tuple[str, int], TruthPage]) -> int:
    """Decide every field that waits as the truth has it; returns how many."""
    decisions: list[Decision] = []
    for sheet, records in store.listing():
        page = truth.get((Path(sheet.source_file).name, sheet.page))
        if page is None or sheet.duplicate_of:
            continue
        by_row = {row.row: row for row in page.rows}
        for record in records:
            row = by_row.get(record.row)
            if row is None or row.status == "struck":
                continue
            for value in record.fields:
                if value.route is Route.REVIEW:
                    after = _told(value, row.fields, signed=row.signed)
                    decisions.append(_decision(sheet, record.row, value, after))
        for value in sheet.collector:
            if value.route is Route.REVIEW:
                after = _told(value, page.collector or {}, signed=None)
                decisions.append(_decision(sheet, SHEET, value, after))
    store.decide(decisions)
    return len(decisions)


def check_sample(store: Store, truth: Mapping[tuple[str, int], TruthPage], count: int) -> int:
    """Draw accepted fields and check them against the truth; returns how many."""
    population = sampling.accepted_fields(store.records())
    if not population:
        return 0
    _, drawn = sampling.draw_sample(population, count, 1)
    number = store.save_sample(1, len(population), drawn)
    where = {record.record_id: (record.sheet, record) for record in store.records()}
    checks: list[tuple[int, bool, str]] = []
    for place, one in enumerate(drawn, start=1):
        sheet, record = where[one.record_id]
        told = _row_truth(truth, sheet, record)
        if told is not None and one.field != "signature":
            right = comparable(one.value, one.field) == comparable(
                told.get(one.field, ""), one.field
            )
            checks.append((place, right, told.get(one.field, "")))
    store.save_checks(number, WHO, checks)
    return len(checks)


def _row_truth(
    truth: Mapping[tuple[str, int], TruthPage], sheet: SheetRow, record: RecordRow
) -> Mapping[str, str] | None:
    page = truth.get((Path(sheet.source_file).name, sheet.page))
    rows = {row.row: row.fields for row in page.rows} if page else {}
    return rows.get(record.row)


def _told(value: FieldValue, fields: Mapping[str, str], *, signed: bool | None) -> str:
    if value.kind is FieldKind.SIGNATURE:
        return value.value if signed is None else ("present" if signed else "absent")
    told = fields.get(value.field, "")
    same = comparable(told, value.field) == comparable(value.value, value.field)
    return value.value if same else told


def _decision(sheet: SheetRow, row: int, value: FieldValue, after: str) -> Decision:
    action = Action.CONFIRM if after == value.value else Action.SET
    return Decision(sheet.sheet_id, row, value.field, action, value.value, after, WHO)


def held_back_gaps(judged: list[JudgedField], lesson: learning.Lesson) -> dict[str, str]:
    """Calibration error of each learned kind on the held-back sheets, before -> after."""
    told = {}
    for kind, bend in lesson.learned.bends.items():
        held = [j for j in judged if j.kind is kind and j.is_fair]
        held = [j for j in held if learning.is_held_back(j.sheet_id)]
        before = [Judged(kind, j.shown, j.right) for j in held]
        after = [replace(one, confidence=bend.apply(one.confidence)) for one in before]
        gaps = [gap(reliability(ones).get(kind, ())) or 0.0 for ones in (before, after)]
        told[kind.value] = f"{gaps[0]:.3f} -> {gaps[1]:.3f} ({len(held)} fields)"
    return told


def main() -> int:
    """Review, learn and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("truth", type=Path)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--sample", type=int, default=200, metavar="N")
    options = parser.parse_args()
    truth = {(page.file, page.page): page for page in load_truth(options.truth)}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / DATABASE_FILE
        shutil.copy(options.workspace / DATABASE_FILE, file)
        with Store.open(file) as store:
            checked = check_sample(store, truth, options.sample)
            decided = review(store, truth)
            judged = list(find_judged(store, {}))
    lesson = learning.learn(judged, NOTHING)
    rows = sum(one.is_fair for one in judged)
    print(
        f"{decided} fields decided, {checked} checked, {rows} of {len(judged)} judge a confidence"
    )
    print(learning.as_text(lesson))
    for kind, text in held_back_gaps(judged, lesson).items():
        print(f"calibration error of {kind}, held-back sheets: {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
