"""Figures of dittos, struck rows, corrections, rescans and duplicate signers.

    python benchmarks/rules.py --handwriting DIR [--sheets 400]

Draws a set of marks and decoys (``make_samples.py --rules-set``; real ink of the test
split (``--split``), fonts without ``--handwriting``), runs digitizer over it and prints
precision and recall of each detector with 95 % intervals, false alarms by kind
of decoy, how far the count is from the truth before anybody reviewed, and last
what issue 5 asks beside what was found.

Set and readings stay in ``--work`` (a folder of its own in the user's cache for
each set), so that the same command goes on where one was stopped, and judges
anew without reading anew. ``--fresh`` forgets the readings, as after a change of
the recogniser. 400 sheets take about half an hour of two cores.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.rules_score import MARKS, RUNS, Detector, Score, score_sheets, truly_counted
from digitizer.duplicates import find_repeats
from digitizer.metrics import Rate
from digitizer.records import RowStatus
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace.stored import RecordRow, SheetRow

ROOT = Path(__file__).resolve().parent.parent
DIGITIZER = Path(sys.executable).with_name("digitizer")
# The form with columns for city, postal code and date.
EXTRA_FORM = ROOT / "tests" / "forms" / "municipal-fr.toml"
SEED = 9005
SHEETS = 60
# What the issue allows between the count before review and the truth.
MAX_COUNT_ERROR = 0.005
# digitizer's statuses of a run whose results are complete: done, or some pages failed.
FINISHED = (0, 8)

Found = Mapping[str, tuple[SheetRow, Sequence[RecordRow]]]


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    folder = os.environ.get("DIGITIZER_HANDWRITING")
    parser.add_argument("--handwriting", type=Path, default=folder, metavar="DIR")
    parser.add_argument("--split", choices=("test", "calibrate"), default="test", help="whose ink")
    parser.add_argument("--fonts", type=Path, metavar="DIR", help="cache of fonts")
    parser.add_argument("--sheets", type=int, default=SHEETS, help="400 for the full figures")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--dense", type=float, default=1.0, help="times as many marks a sheet")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--work", type=Path, metavar="DIR", help="where set and readings stay")
    parser.add_argument("--fresh", action="store_true", help="read all sheets anew")
    parser.add_argument("--wrong", action="store_true", help="list what was missed or false")
    return parser.parse_args()


def draw_set(folder: Path, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """The truth of the set in ``folder``, which is drawn if it is not there whole."""
    truth = folder / "truth.json"
    if not truth.is_file():
        # The truth is written last: without it the drawing was stopped.
        shutil.rmtree(folder, ignore_errors=True)
        command: list[str | Path] = [sys.executable, ROOT / "scripts" / "make_samples.py",
                                     "--rules-set", "--out", folder]  # fmt: skip
        command += ["--sheets", str(arguments.sheets), "--seed", str(arguments.seed)]
        command += ["--dense", str(arguments.dense)]
        if arguments.handwriting is not None:
            command += ["--ink", arguments.handwriting, "--split", arguments.split]
        if arguments.fonts is not None:
            command += ["--fonts", arguments.fonts]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    pages: list[dict[str, Any]] = json.loads(truth.read_text(encoding="utf-8"))
    return pages


def run_digitizer(scans: Path, workspace: Path, jobs: int) -> None:
    """Read what is not read yet."""
    command: list[str | Path] = [DIGITIZER, "run", scans, "--out", workspace]
    command += ["--jobs", str(jobs), "--form", "auto", "--form", EXTRA_FORM]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    if done.returncode not in FINISHED:
        raise SystemExit(f"digitizer run ended with status {done.returncode}")


def judge(workspace: Path, truths: Sequence[Mapping[str, Any]]) -> tuple[Found, Score]:
    """What the workspace lists, by file name, and its score; who signed twice is found anew."""
    with Store.open(workspace / DATABASE_FILE) as store:
        repeats = find_repeats(store.listing(with_repeats=False))
        store.save_repeats(repeats)
        found = {Path(sheet.source_file).name: (sheet, rows) for sheet, rows in store.listing()}
    firsts = {repeat.record_id: repeat.duplicate_of for repeat in repeats}
    return found, score_sheets(truths, found, firsts)


def share(rate: Rate) -> str:
    """A rate with its 95 % interval."""
    if rate.value is None:
        return f"{'-':<22}"
    low, high = rate.interval
    return f"{rate.value:.3f} [{low:.3f}-{high:.3f}] "


def print_detector(name: str, one: Detector) -> None:
    """One line: cases, precision, recall."""
    print(f"{name:<26}{one.found + one.missed:>5}  {share(one.precision)} {share(one.recall)}")


def print_score(score: Score) -> None:
    """The table of detectors and the one of decoys."""
    print(f"rows found                {share(score.rows)} of {score.rows.cases}")
    print(f"\n{'detector':<26}{'cases':>5}  {'precision':<23}{'recall'}")
    print_detector("struck rows", score.struck)
    print_detector("  without a person", score.struck_sure)
    print_detector("dittos", score.dittos)
    for name, kinds in (("marks", MARKS), ("running down", RUNS), ("words", None)):
        group = Detector()
        for kind, one in score.ditto_kinds.items():
            inside = kind in kinds if kinds is not None else kind not in MARKS | RUNS
            group.found += inside * one.found
            group.missed += inside * one.missed
        print(f"  {name:<24}{group.found + group.missed:>5}  {'':<23}{share(group.recall)}")
    for kind, one in sorted(score.ditto_kinds.items()):
        print(f"    {kind:<22}{one.found + one.missed:>5}  {'':<23}{share(one.recall)}")
    right = Rate(score.resolved["right"], score.resolved["cases"])
    print(f"  {'to the right row':<24}{right.cases:>5}  {'':<23}{share(right)}")
    print_detector("corrections in a cell", score.corrections)
    print_detector("sheets scanned twice", score.rescans)
    print_detector("signed twice, not counted", score.same_signer_certain)
    print_detector("signed twice, or asked", score.same_signer)
    print_detector("  of the right person", score.same_person)
    print(f"\n{'decoy':<16}{'rows':>5}  {'rows with a false alarm':<26}of which")
    for kind, counts in sorted(score.decoys.items()):
        alarms = {name: n for name, n in counts.items() if name not in ("rows", "none")}
        wrong = Rate(counts["rows"] - counts["none"], counts["rows"])
        print(f"{kind:<16}{counts['rows']:>5}  {share(wrong):<26}{alarms or ''}")


@dataclass(frozen=True, slots=True)
class Count:
    """The true count, what is expected before any review, and the interval printed."""

    true: int
    expected: float
    low: int
    high: int

    @property
    def error(self) -> float:
        """How far the expectation is off, as a share of the truth."""
        return (self.expected - self.true) / max(1, self.true)

    @property
    def holds(self) -> bool:
        """Whether the interval holds the truth."""
        return self.low <= self.true <= self.high


def print_count(truths: Sequence[Mapping[str, Any]], found: Found, workspace: Path) -> Count:
    """How far the count is from the truth before any review."""
    true = truly_counted(truths)
    rows = [record for sheet, records in found.values() if not sheet.duplicate_of
            for record in records]  # fmt: skip
    status = [record.status for record in rows]
    counted, review = status.count(RowStatus.COUNTED), status.count(RowStatus.REVIEW)
    doubtful = sum(record.status is RowStatus.REVIEW and _may_not_count(record) for record in rows)
    # Most rows wait for a field to be read, which does not touch whether they count.
    sure = counted + review - doubtful
    print(f"\nrows that count: {true} in truth; {counted} counted, {review} in review, "
          f"{doubtful} of these doubtful as rows")  # fmt: skip
    print(f"counted and in review without a doubt about the row: {sure}, error "
          f"{(sure - true) / max(1, true):+.2%}")  # fmt: skip
    said = subprocess.run([DIGITIZER, "tally", workspace, "--format", "json"],
                          check=True, capture_output=True, text=True)  # fmt: skip
    final = json.loads(said.stdout)["final"]
    count = Count(true, final["expected"], final["low"], final["high"])
    print(f"digitizer tally: {count.expected:.1f} expected, error {count.error:+.2%}; "
          f"{count.low} to {count.high} {'hold' if count.holds else 'do NOT hold'} the truth; "
          f"{final['missed_repeats']} second signatures taken off that were not found")  # fmt: skip
    return count


def print_asked(score: Score, count: Count) -> None:
    """What issue 5 asks, beside what was found."""
    wrong = score.same_signer_certain.false
    print(f"\n{'asked':<48}{'found':<24}met")
    for name, one in (
        ("dittos", score.dittos),
        ("struck rows", score.struck),
        ("sheets scanned twice", score.rescans),
    ):
        _print_asked(f"{name}: precision 0.95", one.precision.value, 0.95)
        _print_asked(f"{name}: recall 0.95", one.recall.value, 0.95)
    _print_asked("signed twice: recall 0.90, asked or not counted", score.same_signer.recall.value,
                 0.90)  # fmt: skip
    print(f"{'signed twice: nobody merged wrongly unseen':<48}{wrong:<24}{_met(wrong == 0)}")
    near = abs(count.error) <= MAX_COUNT_ERROR
    print(f"{'counted rows within 0.5 % before any review':<48}{count.error:<+24.2%}{_met(near)}")
    span = f"{count.low} to {count.high} ({count.true})"
    print(f"{'interval holds the truth':<48}{span:<24}{_met(count.holds)}")


def _print_asked(what: str, value: float | None, least: float) -> None:
    if value is None:
        print(f"{what:<48}{'no cases':<24}-")
    else:
        print(f"{what:<48}{value:<24.3f}{_met(value >= least)}")


def _met(yes: bool) -> str:
    return "yes" if yes else "NO"


def _may_not_count(record: RecordRow) -> bool:
    """Whether the doubt is about the row: struck, unsigned, nameless or a repeat."""
    doubts = ("row:struck", "signature:", "name:name-missing", "address:address-missing")
    return any(reason.startswith(doubts) or "duplicate" in reason for reason in record.reasons)


def default_work(arguments: argparse.Namespace) -> Path:
    """Where a set and its readings stay unless another folder is named."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    name = f"rules-{arguments.sheets}-{arguments.seed}-{arguments.dense:g}"
    name += "" if arguments.split == "test" else f"-{arguments.split}"
    return Path(base) / "digitizer-benchmarks" / name


def main() -> None:
    """Draw, read, print."""
    arguments = parse_arguments()
    folder = arguments.work or default_work(arguments)
    scans, workspace = folder / "sheets", folder / "out"
    truths = draw_set(scans, arguments)
    if arguments.fresh and workspace.exists():
        shutil.rmtree(workspace)
    run_digitizer(scans, workspace, arguments.jobs)
    found, score = judge(workspace, truths)
    print(f"{len(truths)} sheets, seed {arguments.seed}, in {folder}")
    print_score(score)
    print_asked(score, print_count(truths, found, workspace))
    if arguments.wrong:
        for one in (score.struck, score.dittos, score.corrections, score.rescans,
                    score.same_person):  # fmt: skip
            print("\n".join(one.wrong))


if __name__ == "__main__":
    main()
