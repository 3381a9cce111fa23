"""Whole runs around a page function that reads no pixels: nothing is ever lost."""

import csv
import json
import math
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from fake_pages import page_result, read_text_page, row, write_scan

from digitizer import batch, execution, export
from digitizer.batch import RunSettings, run_batch
from digitizer.counting.summary import RunReport, summary_lines
from digitizer.errors import DependencyError, DigitizerError, FormError, ScanError, StoreError
from digitizer.forms.forms import load_forms
from digitizer.forms.unchanged import form_text
from digitizer.pipeline import process_page
from digitizer.records import Failure, PageResult, PageTask, SheetStatus
from digitizer.store import Store
from digitizer.workspace.decisions import SHEET, STATUS, Action, Decision

TESTS = Path(__file__).parent
ROOT = TESTS.parent
FILES = (export.RECORDS_FILE, export.SHEETS_FILE)

# Small enough that a run fills it, large enough for an empty database and the
# write-ahead log of a few pages.
SMALL_DISK_BYTES = 400_000


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read pages here rather than in workers; subprocesses use real workers."""
    monkeypatch.setattr(execution, "process_pool", lambda workers, **_: execution.SerialExecutor())


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Ten sheets, one of them in two copies."""
    for number in range(9):
        write_scan(tmp_path / "scans" / f"s{number}.png", f"Ana{number} Bo? Cy{number}")
    write_scan(tmp_path / "scans" / "t.png", "Ana1 Bo? Cy1")
    return tmp_path / "scans"


def run(scans: Path, out: Path, **more: object) -> RunReport:
    """A run in this process."""
    settings = RunSettings((scans,), out, jobs=1, **more)  # type: ignore[arg-type]
    return run_batch(settings, page_function=read_text_page)


def command(*arguments: object) -> list[str]:
    """A run as a person starts it, in a process of its own."""
    return [sys.executable, str(TESTS / "fake_cli.py"), *map(str, arguments)]


def environment(**more: str) -> Mapping[str, str]:
    """Environment in which the package and the tests are found."""
    found = os.pathsep.join([str(TESTS), *filter(None, sys.path)])
    return {**os.environ, "PYTHONPATH": found, **more}


def call(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        command(*arguments),
        env=environment(**more),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def contents(out: Path) -> dict[str, bytes]:
    """The CSV files of a workspace."""
    return {name: (out / name).read_bytes() for name in FILES}


def lines(file: Path) -> list[dict[str, str]]:
    """A CSV file as a spreadsheet would read it."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def wait_for_pages(log: Path, count: int) -> None:
    """Wait until ``count`` pages were begun."""
    until = time.monotonic() + 60
    while not log.exists() or len(log.read_text().splitlines()) < count:
        assert time.monotonic() < until, "no pages are read"
        time.sleep(0.02)


def test_a_run_writes_every_row_of_every_sheet(scans: Path, tmp_path: Path) -> None:
    report = run(scans, tmp_path / "out")
    sheets = lines(tmp_path / "out" / "sheets.csv")
    assert [Path(s["source_file"]).name for s in sheets] == sorted(
        path.name for path in scans.iterdir()
    )
    assert [s["status"] for s in sheets] == ["review"] * 9 + ["duplicate"]
    assert len(lines(tmp_path / "out" / "records.csv")) == 30
    assert (report.pages_read, report.pages_known, report.failed) == (9, 0, ())


def read_retaken(task: PageTask) -> PageResult:
    """A sheet of one paper: its scan ``a`` is too blurred to read well, ``b`` is sharp."""
    names = ("Ana Roy", "Bo Li", "Cy Ng")
    rows = [row(number, name, review="name") for number, name in enumerate(names, start=1)]
    blurred = ("too-blurred",) if Path(task.ref.path).stem == "a" else ()
    ink = tuple(round(abs(math.sin(k)), 3) for k in range(48))
    return page_result(task.ref, *rows, reasons=blurred, fingerprint=ink)


def retaken(tmp_path: Path) -> RunReport:
    """A run over a blurred scan, then one over a sharp one that was asked for."""
    first = write_scan(tmp_path / "a.png", "blurred")
    report = run_batch(RunSettings((first,), tmp_path / "out"), page_function=read_retaken)
    assert "to photograph or scan again" in "\n".join(summary_lines(report))
    again = write_scan(tmp_path / "b.png", "sharp")
    return run_batch(RunSettings((again,), tmp_path / "out"), page_function=read_retaken)


def test_a_sheet_photographed_again_as_asked_takes_the_blurred_ones_place(tmp_path: Path) -> None:
    report = retaken(tmp_path)
    blurred, sharp = lines(tmp_path / "out" / "sheets.csv")
    assert (blurred["status"], blurred["duplicate_of"]) == ("duplicate", sharp["sheet_id"])
    assert (sharp["status"], sharp["duplicate_of"]) == ("review", "")
    text = "\n".join(summary_lines(report))
    assert "1 sheet with 3 signers" in text
    assert "to photograph or scan again" not in text


def test_a_blurred_sheet_that_a_person_worked_on_is_not_replaced(tmp_path: Path) -> None:
    first = write_scan(tmp_path / "a.png", "blurred")
    run_batch(RunSettings((first,), tmp_path / "out"), page_function=read_retaken)
    (sheet,) = lines(tmp_path / "out" / "sheets.csv")
    with Store.open(tmp_path / "out" / "digitizer.db") as store:
        store.decide(
            [Decision(sheet["sheet_id"], 1, "name", Action.SET, "Ana Roy", "Ann Roy", "me")]
        )
    again = write_scan(tmp_path / "b.png", "sharp")
    report = run_batch(RunSettings((again,), tmp_path / "out"), page_function=read_retaken)
    blurred, sharp = lines(tmp_path / "out" / "sheets.csv")
    assert (sharp["status"], sharp["duplicate_of"]) == ("duplicate", blurred["sheet_id"])
    text = "\n".join(summary_lines(report))
    assert "to photograph or scan again" not in text, "it was, once"


def test_a_sharp_sheet_that_a_person_kept_beside_a_blurred_one_stays_so(tmp_path: Path) -> None:
    retaken(tmp_path)
    with Store.open(tmp_path / "out" / "digitizer.db") as store:
        _, sharp = store.sheets()
        store.decide(
            [Decision(sharp.sheet_id, SHEET, STATUS, Action.SET, "duplicate", "read", "me")]
        )
    run_batch(RunSettings((tmp_path / "b.png",), tmp_path / "out"), page_function=read_retaken)
    assert [s["status"] for s in lines(tmp_path / "out" / "sheets.csv")] == ["review", "review"]


def read_smeared(task: PageTask) -> PageResult:
    """A page of which nothing can be made while its file holds ``smeared``."""
    if b"smeared" not in Path(task.ref.path).read_bytes():
        return read_text_page(task)
    reasons = ("unknown-form", "too-blurred")
    status = SheetStatus.UNRECOGNISED
    return page_result(task.ref, status=status, reasons=reasons, fingerprint=(), collector=())


def given_again(file: Path, words: str = "", *, moved: Path | None = None) -> RunReport:
    """A run over the file with other content: ``words``, or those of another file."""
    if moved is None:
        write_scan(file, words)
    else:
        moved.replace(file)
    settings = RunSettings((file.parent,), file.parent.parent / "out", earlier_names=True)
    return run_batch(settings, page_function=read_smeared)


def test_a_picture_in_the_place_of_one_without_a_form_is_what_was_asked_for(
    tmp_path: Path,
) -> None:
    file = tmp_path / "scans" / "a.png"
    report = given_again(file, "smeared")
    assert "put the better picture in the file's place" in "\n".join(summary_lines(report))
    assert len(given_again(file, "still smeared").totals.retakes) == 1
    report = given_again(file, "Ana")
    text = "\n".join(summary_lines(report))
    assert report.totals.retakes == report.totals.unrecognised == []
    assert "2 unreadable pages with another picture in its place now" in text
    *before, good = lines(tmp_path / "out" / "sheets.csv")
    assert good["status"] == "read"
    assert [(s["status"], s["duplicate_of"]) for s in before] == [
        ("duplicate", good["sheet_id"])
    ] * 2
    with Store.open(tmp_path / "out" / "digitizer.db") as store:
        name = before[0]["sheet_id"]
        store.decide([Decision(name, SHEET, STATUS, Action.SET, "duplicate", "read", "me")])
    assert len(given_again(file, "Ana").totals.retakes) == 1, "somebody says it is another"


def test_a_better_picture_under_another_name_is_put_in_the_place_afterwards(
    tmp_path: Path,
) -> None:
    file, better = tmp_path / "scans" / "a.png", tmp_path / "scans" / "b.png"
    given_again(file, "smeared")
    assert len(given_again(better, "Ana").totals.retakes) == 1
    assert given_again(file, moved=better).totals.retakes == []
    assert [s["status"] for s in lines(tmp_path / "out" / "sheets.csv")] == ["duplicate", "read"]


@pytest.mark.parametrize("first", ["better", "renamed"])
def test_a_place_in_a_folder_that_was_renamed_is_the_same_place(first: str, tmp_path: Path) -> None:
    """The page was asked for again though its better picture had been given."""
    before, after = tmp_path / "scans", tmp_path / "box 1"
    settings = RunSettings((), tmp_path / "out", earlier_names=True)

    def run_over(folder: Path) -> RunReport:
        return run_batch(replace(settings, inputs=(folder,)), page_function=read_smeared)

    write_scan(before / "a.png", "smeared")
    write_scan(before / "b.png", "Bo")
    assert len(run_over(before).totals.retakes) == 1
    if first == "better":
        write_scan(before / "a.png", "Ana")
        assert run_over(before).totals.retakes == []
    before.rename(after)
    write_scan(after / "a.png", "Ana")
    assert run_over(after).totals.retakes == []
    found = [s["status"] for s in lines(tmp_path / "out" / "sheets.csv")]
    assert found == ["duplicate", "read", "read"]


def read_copied(task: PageTask) -> PageResult:
    """A page that is damaged while its file holds ``half``."""
    if b"half" not in Path(task.ref.path).read_bytes():
        return read_smeared(task)
    failure = Failure("scan", "truncated", f"{task.ref.source_file}: damaged; copy it again")
    return PageResult(task.ref, task.sheet_id, SheetStatus.FAILED, failure=failure)


def test_a_file_that_was_half_copied_is_no_failed_page_once_it_is_whole(tmp_path: Path) -> None:
    """It was read, and the half of it stayed in every report as a page that failed."""
    file = tmp_path / "scans" / "a.png"
    settings = RunSettings((file.parent,), tmp_path / "out", earlier_names=True)

    def copied(words: str) -> RunReport:
        write_scan(file, words)
        return run_batch(settings, page_function=read_copied)

    assert len(copied("half").failed) == 1
    report = copied("smeared")
    assert len(report.totals.retakes) == 1, "the picture in its place is no better"
    report = copied("Ana")
    assert (report.failed, report.totals.failures) == ((), [])
    assert "2 unreadable pages with another picture in its place now" in "\n".join(
        summary_lines(report)
    )
    assert [s["status"] for s in lines(tmp_path / "out" / "sheets.csv")] == [
        "duplicate",
        "duplicate",
        "read",
    ]
    assert len(copied("half again").totals.failures) == 1, "a page that was read is no half of it"


def test_what_cannot_be_opened_takes_no_pages_place(tmp_path: Path) -> None:
    file = tmp_path / "scans" / "a.png"
    given_again(file, "smeared")
    file.write_bytes(b"")
    settings = RunSettings((file.parent,), tmp_path / "out", earlier_names=True)
    assert len(run_batch(settings, page_function=read_smeared).totals.retakes) == 1


def test_copies_are_read_once(scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_PAGES_LOG", str(tmp_path / "log"))
    run(scans, tmp_path / "out")
    assert len((tmp_path / "log").read_text().splitlines()) == 9


def test_a_second_run_reads_nothing_and_changes_nothing(scans: Path, tmp_path: Path) -> None:
    run(scans, tmp_path / "out")
    before = contents(tmp_path / "out")

    def never(task: PageTask) -> PageResult:
        raise AssertionError(task.sheet_id)

    again = run_batch(RunSettings((scans,), tmp_path / "out"), page_function=never)
    assert (again.pages_read, again.pages_known) == (0, 9)
    assert contents(tmp_path / "out") == before


def test_files_named_from_another_folder_are_no_second_scans(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They filled the files a second time, and half of them was called scanned twice."""
    (scans / "torn.pdf").write_bytes(b"%PDF-1.4 and no end")
    settings = RunSettings((), tmp_path / "out", jobs=1, earlier_names=True)
    monkeypatch.chdir(tmp_path)
    run_batch(replace(settings, inputs=(Path("scans"),)), page_function=read_text_page)
    before = contents(tmp_path / "out")
    monkeypatch.chdir(scans)
    for name in (Path(), Path("../scans"), scans):
        again = run_batch(replace(settings, inputs=(name,)), page_function=read_text_page)
        assert contents(tmp_path / "out") == before
        assert [sheet.source_file for sheet in again.failed] == ["scans/torn.pdf"]


def test_files_moved_out_of_the_way_are_no_second_scans(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People move what was read into a folder of its own, and run again."""
    (scans / "torn.pdf").write_bytes(b"%PDF-1.4 and no end")
    monkeypatch.chdir(tmp_path)
    settings = RunSettings((Path("scans"),), tmp_path / "out", jobs=1, earlier_names=True)
    run_batch(settings, page_function=read_text_page)
    before = contents(tmp_path / "out")
    done = scans / "done"
    done.mkdir()
    for file in [file for file in scans.iterdir() if file.is_file()]:
        file.rename(done / file.name)
    for _ in range(2):
        assert run_batch(settings, page_function=read_text_page).pages_read == 0
        assert contents(tmp_path / "out") == before
    write_scan(scans / "new.png", "Zed")
    assert run_batch(settings, page_function=read_text_page).pages_read == 1
    assert len(lines(tmp_path / "out" / "sheets.csv")) == 12


def test_a_second_run_does_not_even_open_the_files(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(scans, tmp_path / "out")
    monkeypatch.setattr("digitizer.scans.list_pages", None)
    assert run(scans, tmp_path / "out").pages_known == 9


def test_a_file_that_changed_is_looked_at_again(scans: Path, tmp_path: Path) -> None:
    run(scans, tmp_path / "out")
    write_scan(scans / "s0.png", "Zoe Another")
    again = run(scans, tmp_path / "out")
    assert (again.pages_read, again.pages_known) == (1, 8)


def test_only_what_is_new_is_read(scans: Path, tmp_path: Path) -> None:
    run(scans, tmp_path / "out")
    write_scan(scans / "a-new-one.png", "Zoe")
    again = run(scans, tmp_path / "out")
    assert (again.pages_read, again.pages_known) == (1, 9)
    sheets = lines(tmp_path / "out" / "sheets.csv")
    assert Path(sheets[-1]["source_file"]).name == "a-new-one.png"


def test_a_page_whose_file_was_away_for_a_moment_is_read_by_the_next_run(
    scans: Path, tmp_path: Path
) -> None:
    """A drive pulled out in the middle of a run lost its pages for good."""
    away = tmp_path / "away"

    def unplugged(task: PageTask) -> PageResult:
        if scans.exists():
            scans.rename(away)
        return process_page(replace(task, forms=("amnesty-canada-en",)))

    first = run_batch(RunSettings((scans,), tmp_path / "out"), page_function=unplugged)
    assert [sheet.failure.kind for sheet in first.failed if sheet.failure] == ["not-found"] * 10
    away.rename(scans)
    again = run(scans, tmp_path / "out")
    assert (again.pages_read, len(again.failed)) == (9, 0)
    assert run(scans, tmp_path / "out").pages_read == 0


def test_other_settings_read_every_page_again(scans: Path, tmp_path: Path) -> None:
    run(scans, tmp_path / "out")
    assert run(scans, tmp_path / "out", target_error=0.01).pages_read == 9
    changed_form = run_batch(
        RunSettings((scans,), tmp_path / "out"),
        form_texts=["another form"],
        page_function=read_text_page,
    )
    assert changed_form.pages_read == 9


def test_a_definition_changed_during_a_run_ends_it_and_the_next_one_reads_all_by_it(
    scans: Path, tmp_path: Path
) -> None:
    """Pages were read by what it says now and kept as read by what it said then."""
    file = tmp_path / "own.toml"
    shutil.copy(ROOT / "digitizer" / "forms" / "amnesty-canada-en.toml", file)

    def mended_meanwhile(task: PageTask) -> PageResult:
        file.write_text(file.read_text("utf-8").replace('"Name"]', '"Nom"]'), "utf-8")
        return process_page(task)

    settings = RunSettings((scans,), tmp_path / "out", forms=(str(file),))
    texts = [form_text(form) for form in load_forms(settings.forms)]
    with pytest.raises(FormError, match="was changed"):
        run_batch(settings, form_texts=texts, page_function=mended_meanwhile)
    again = [form_text(form) for form in load_forms(settings.forms)]
    assert again != texts
    report = run_batch(settings, form_texts=again, page_function=read_text_page)
    assert (report.pages_read, report.pages_known) == (9, 0)


def test_pages_without_overlay_are_read_again_for_it(scans: Path, tmp_path: Path) -> None:
    run(scans, tmp_path / "out")
    before = contents(tmp_path / "out")
    assert run(scans, tmp_path / "out", overlay=True).pages_read == 9
    assert run(scans, tmp_path / "out", overlay=True).pages_read == 0
    assert run(scans, tmp_path / "out").pages_read == 0
    assert contents(tmp_path / "out") == before


def test_the_same_sheet_scanned_twice_counts_once(tmp_path: Path) -> None:
    marks = tuple(float(n % 7) for n in range(48))
    faint = tuple(0.8 * mark + 0.1 for mark in marks)

    def read(task: PageTask) -> PageResult:
        name = Path(task.ref.path).name
        other = tuple(reversed(marks))
        mine = {"a.png": marks, "b.png": other, "c.png": faint}[name]
        rows = (row(1, "Ana Roy"), row(2, "Bo Li"))
        if name == "b.png":
            rows = (row(1, "Cy Fox"), row(2, "Di Ray"))
        if name == "c.png":
            rows = (row(1, "Ana Rcy"), row(2, "Bo Li"))
        return page_result(task.ref, *rows, fingerprint=mine)

    for name in "abc":
        write_scan(tmp_path / "scans" / f"{name}.png", name)
    run_batch(RunSettings((tmp_path / "scans",), tmp_path / "out"), page_function=read)
    sheets = lines(tmp_path / "out" / "sheets.csv")
    assert [s["status"] for s in sheets] == ["read", "read", "duplicate"]
    assert sheets[2]["duplicate_of"] == sheets[0]["sheet_id"]
    rows = lines(tmp_path / "out" / "records.csv")
    assert [r["status"] for r in rows] == ["counted"] * 4 + ["duplicate"] * 2


def test_files_that_cannot_be_opened_are_told_and_the_rest_goes_on(
    scans: Path, tmp_path: Path
) -> None:
    (scans / "empty.pdf").touch()
    (scans / "empty2.pdf").touch()
    (scans / "text.pdf").write_text("no PDF at all")
    write_scan(scans / "torn.png", "FAIL")
    done = call("run", scans, "--out", tmp_path / "out")
    assert done.returncode == 8
    failed = {Path(s["source_file"]).name: s for s in lines(tmp_path / "out" / "sheets.csv")}
    bad = ("empty.pdf", "empty2.pdf", "text.pdf", "torn.png")
    assert {name for name, s in failed.items() if s["status"] == "failed"} == set(bad)
    assert all(failed[name]["reasons"] for name in bad)
    assert len({s["sheet_id"] for s in failed.values()}) == len(failed) == 14
    for name in bad:
        assert done.stderr.count(f"{name}:") + done.stderr.count(f"{name}, page") == 1, done.stderr
    quiet = call("run", scans, "--out", tmp_path / "out", "--quiet")
    assert quiet.returncode == 8
    assert len(quiet.stderr.splitlines()) == len(bad)


def test_files_that_are_all_unreadable_are_no_input(tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").touch()
    done = call("run", tmp_path / "empty.pdf", "--out", tmp_path / "out")
    assert done.returncode == 3
    assert [s["status"] for s in lines(tmp_path / "out" / "sheets.csv")] == ["failed"]


@pytest.mark.parametrize("name", ["nothing-there", "."], ids=["missing", "empty folder"])
def test_no_input_at_all_is_told_in_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    done = call("run", tmp_path / "in" / name, "--out", tmp_path / "out", "--quiet")
    assert done.returncode == 3
    assert 1 <= len(done.stderr.splitlines()) <= 2


def test_no_input_in_a_run_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.txt").touch()
    with pytest.raises(ScanError, match="1 files of other kinds"):
        run(tmp_path / "in", tmp_path / "out")


def test_one_worker_and_two_write_the_same_bytes(tmp_path: Path) -> None:
    scans = tmp_path / "scans"
    for number in range(6):
        write_scan(scans / f"s{number}.png", f"Ana{number} Bo? Cy{number}")
    write_scan(scans / "copy.png", "Ana3 Bo? Cy3")
    write_scan(scans / "torn.png", "FAIL")
    outs = {jobs: tmp_path / f"out{jobs}" for jobs in (1, 2)}
    for jobs, out in outs.items():
        # Sets of texts come in another order in each.
        assert (
            call("run", scans, "--out", out, "--jobs", jobs, PYTHONHASHSEED=str(jobs)).returncode
            == 8
        )
    assert contents(outs[1]) == contents(outs[2])


def test_a_run_killed_in_the_middle_and_run_again_equals_an_undisturbed_one(
    tmp_path: Path,
) -> None:
    scans = tmp_path / "scans"
    for number in range(16):
        write_scan(scans / f"s{number}.png", f"SLOW Ana{number} Bo? Cy{number}")
    write_scan(scans / "copy.png", "SLOW Ana3 Bo? Cy3")
    write_scan(scans / "torn.png", "FAIL")
    slow = {"FAKE_PAGES_SLOW_S": "0.1", "FAKE_PAGES_LOG": str(tmp_path / "log")}
    whole = tmp_path / "whole"
    assert call("run", scans, "--out", whole, "--jobs", 2, **slow).returncode == 8
    begun = len((tmp_path / "log").read_text().splitlines())
    assert begun == 17

    out = tmp_path / "out"
    for pages in (3, 9):
        log = tmp_path / f"log{pages}"
        with subprocess.Popen(
            command("run", scans, "--out", out, "--jobs", 2),
            env=environment(FAKE_PAGES_SLOW_S="0.1", FAKE_PAGES_LOG=str(log)),
            stderr=subprocess.DEVNULL,
        ) as killed:
            wait_for_pages(log, pages - 1)
            killed.send_signal(signal.SIGKILL)
    (tmp_path / "log").unlink()
    assert call("run", scans, "--out", out, "--jobs", 2, **slow).returncode == 8
    # Some pages were saved before and not read a third time.
    assert 0 < len((tmp_path / "log").read_text().splitlines()) < begun - 3
    assert contents(out) == contents(whole)


def test_ctrl_c_says_how_to_go_on_and_keeps_what_was_read(tmp_path: Path) -> None:
    scans, out = tmp_path / "scans", tmp_path / "out"
    for number in range(30):
        write_scan(scans / f"s{number}.png", f"SLOW Ana{number}")
    log = tmp_path / "log"
    with subprocess.Popen(
        command("run", scans, "--out", out, "--jobs", 2),
        env=environment(FAKE_PAGES_SLOW_S="0.2", FAKE_PAGES_LOG=str(log)),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        wait_for_pages(log, 6)
        # As a terminal does: to every process of the run.
        os.killpg(running.pid, signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert "type the same command again" in said
    assert "Traceback" not in said
    read = len(lines(out / "sheets.csv"))
    assert 0 < read < 30
    again = call("run", scans, "--out", out, FAKE_PAGES_SLOW_S="0")
    assert again.returncode == 0
    assert len(lines(out / "sheets.csv")) == 30


def test_a_page_that_kills_its_workers_is_a_failed_page(tmp_path: Path) -> None:
    scans, out = tmp_path / "scans", tmp_path / "out"
    for number in range(4):
        write_scan(scans / f"s{number}.png", f"Ana{number}")
    write_scan(scans / "s1-deadly.png", "DIE")
    write_scan(scans / "s2-unlucky.png", "DIEONCE Zoe")
    done = call("run", scans, "--out", out, "--jobs", 2)
    assert done.returncode == 8
    found = {Path(s["source_file"]).name: s["status"] for s in lines(out / "sheets.csv")}
    assert [name for name, status in found.items() if status == "failed"] == ["s1-deadly.png"]
    assert len(found) == 6


def test_a_page_whose_reading_raises_costs_only_itself_and_tells_no_names(
    scans: Path, tmp_path: Path
) -> None:
    write_scan(scans / "raises.png", "RAISE")
    report = run(scans, tmp_path / "out")
    assert [s.failure.kind for s in report.failed if s.failure] == ["crashed"]
    assert report.pages_read == 10


@pytest.mark.parametrize("error", [DependencyError, StoreError], ids=lambda e: e.__name__)
def test_what_no_page_would_survive_ends_the_run_with_files_written(
    error: type[DigitizerError], scans: Path, tmp_path: Path
) -> None:
    def read(task: PageTask) -> PageResult:
        if task.ref.path.endswith("s5.png"):
            raise error("tesseract is missing; install it")
        return read_text_page(task)

    with pytest.raises(error, match="install it"):
        run_batch(RunSettings((scans,), tmp_path / "out", jobs=1), page_function=read)
    # Five before it and a copy of one of these.
    assert len(lines(tmp_path / "out" / "sheets.csv")) == 6


@pytest.mark.dask
def test_a_cluster_writes_what_processes_write(scans: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    write_scan(scans / "torn.png", "FAIL")
    write_scan(scans / "raises.png", "RAISE")
    cluster = distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        dashboard_address=None,
        worker_dashboard_address=None,
    )
    with cluster:
        run(scans, tmp_path / "out", scheduler=cluster.scheduler_address)
    run(scans, tmp_path / "here")
    assert contents(tmp_path / "out") == contents(tmp_path / "here")


def test_fail_fast_stops_at_the_first_failed_page(scans: Path, tmp_path: Path) -> None:
    write_scan(scans / "s2-torn.png", "FAIL")
    report = run(scans, tmp_path / "out", fail_fast=True)
    assert report.stopped
    assert report.pages_read == 3
    assert report.not_read == 7


def test_too_many_failures_stop_a_run(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "MIN_PAGES_FOR_SHARE", 4)
    for number in (1, 2, 3):
        write_scan(scans / f"s{number}-torn.png", f"FAIL {number}")
    assert run(scans, tmp_path / "some", max_failures=0.5).stopped is None
    report = run(scans, tmp_path / "few", max_failures=0.3)
    assert report.stopped
    assert "--max-failures" in report.stopped


def test_a_full_disk_met_by_a_worker_ends_the_run_clearly(scans: Path, tmp_path: Path) -> None:
    write_scan(scans / "s4.png", "FULL")
    with pytest.raises(StoreError, match="disk is full") as caught:
        run(scans, tmp_path / "out")
    assert "\n" not in str(caught.value)
    write_scan(scans / "s4.png", "Ana4 Bo? Cy4")
    report = run(scans, tmp_path / "out")
    assert report.pages_read == 4
    # The content that was never read is no page of this workspace any more.
    assert report.not_read == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk that is soon full, where this user may make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_BYTES}", "none", str(folder)],
        capture_output=True,
        check=False,
    )
    try:
        yield folder
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", str(folder)], check=True)


def limit_file_size() -> None:
    """Make files as small as the disk would, where it could not be made small."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_DISK_BYTES, SMALL_DISK_BYTES))


def test_a_disk_that_fills_up_is_told_in_one_line_and_nothing_is_lost(
    small_disk: Path, tmp_path: Path
) -> None:
    scans = tmp_path / "scans"
    for number in range(12):
        words = " ".join(f"Ana{number}x{n}" for n in range(60))
        write_scan(scans / f"s{number}.png", words)
    assert call("run", scans, "--out", tmp_path / "whole").returncode == 0
    out = small_disk / "out"
    filler = small_disk / "filler"
    if small_disk.is_mount():
        filler.write_bytes(b"x" * (SMALL_DISK_BYTES // 3))
    full = subprocess.run(
        command("run", scans, "--out", out, "--quiet"),
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit_file_size,
    )
    assert full.returncode == 6, full.stderr
    assert len(full.stderr.splitlines()) == 1, full.stderr
    assert "run the same command again" in full.stderr
    assert not any(path.name.startswith(".") for path in out.iterdir())
    # With space again (here: elsewhere), the same command ends as if nothing had been.
    roomy = tmp_path / "roomy"
    shutil.copytree(out, roomy)
    assert call("run", scans, "--out", roomy).returncode == 0
    assert contents(roomy) == contents(tmp_path / "whole")


def test_a_folder_that_cannot_be_made_is_told(scans: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = call("run", scans, "--out", tmp_path / "file" / "out")
    assert done.returncode == 6
    assert len(done.stderr.splitlines()) == 1


def test_names_that_are_not_utf8_are_read_and_listed(scans: Path, tmp_path: Path) -> None:
    odd = os.fsencode(scans) + b"/caf\xe9.png"
    os.rename(scans / "s0.png", odd)  # noqa: PTH104 - Path takes no bytes
    run(scans, tmp_path / "out")
    names = [s["source_file"] for s in lines(tmp_path / "out" / "sheets.csv")]
    assert any(name.endswith("caf\\xe9.png") for name in names)


def test_the_log_holds_no_signer(scans: Path, tmp_path: Path) -> None:
    write_scan(scans / "raises.png", "RAISE Quillon")
    assert call("run", scans, "--out", tmp_path / "out", "--verbose").returncode == 8
    log = (tmp_path / "out" / "run.log").read_text(encoding="utf-8")
    assert "run 1 begins" in log
    assert "RuntimeError" in log
    assert "in read_text_page" in log
    assert not re.search(r"Ana|Bo\?|Main Street|Quillon", log)


def test_a_workspace_that_a_run_makes_is_its_owners_alone(scans: Path, tmp_path: Path) -> None:
    """Names, signatures and the access code were every user's of the computer to read."""
    before = os.umask(0o022)
    try:
        (tmp_path / "shared").mkdir()
        for name in ("new", "shared"):
            run(scans, tmp_path / name)
    finally:
        os.umask(before)
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("new", "shared")]
    assert modes == [0o700, 0o755]


def test_the_database_keeps_no_password(scans: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/elsewhere.db"
    run(scans, tmp_path / "out", database=url)
    assert (tmp_path / "elsewhere.db").exists()
    assert not (tmp_path / "out" / "digitizer.db").exists()
    noted = batch._noted(RunSettings((scans,), tmp_path, database="postgresql://a:secret@b/c"))
    assert "secret" not in json.dumps(noted)


def test_nothing_is_imported_for_reading_when_nothing_is_read(scans: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from digitizer import cli; "
        f"code = cli.main(['run', {str(scans)!r}, '--out', {str(tmp_path / 'out')!r}]); "
        "print(code, sorted({'onnxruntime', 'cv2', 'rapidocr'} & set(sys.modules)))"
    )
    first = call("run", scans, "--out", tmp_path / "out")
    assert first.returncode == 0
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "0 []"
