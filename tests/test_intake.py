"""Scans that join a workspace in use: one run at a time, in a process of its own."""

import functools
import os
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from fake_pages import read_text_page, write_scan

from digitizer import batch
from digitizer.execution import cores
from digitizer.forms.forms import installed_forms
from digitizer.intake import (
    INCOMING,
    FileState,
    Intake,
    Progress,
    run_apart,
    settings_as_before,
    unfinished,
)
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace import history

# A process with its worker starts within seconds; a busy machine is slower.
PATIENCE_S = 90.0
QUICK = functools.partial(run_apart, page_function=read_text_page)


def die(settings: batch.RunSettings, folder: Path | None, pipe: Connection) -> None:
    os._exit(9)


def hang(settings: batch.RunSettings, folder: Path | None, pipe: Connection) -> None:
    time.sleep(600)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / INCOMING).mkdir()
    with Store.open(tmp_path / DATABASE_FILE) as opened:
        yield opened


def dropped(folder: Path, name: str, words: str) -> str:
    write_scan(folder / INCOMING / name, words)
    return f"{INCOMING}/{name}"


def wait(intake: Intake, until: Callable[[Progress], bool] = lambda p: not p.running) -> Progress:
    end = time.monotonic() + PATIENCE_S
    while not until(intake.progress()):
        assert time.monotonic() < end, intake.progress()
        time.sleep(0.05)
    return intake.progress()


def test_files_join_the_workspace_and_each_says_what_became_of_it(
    store: Store, tmp_path: Path
) -> None:
    good = dropped(tmp_path, "good.png", "Ana Bo?")
    bad = dropped(tmp_path, "bad.png", "FAIL")
    (tmp_path / INCOMING / "broken.pdf").write_bytes(b"%PDF-nothing")
    intake = Intake(store, tmp_path, QUICK)
    intake.add([good, bad, f"{INCOMING}/broken.pdf"], folder=tmp_path)
    found = wait(intake)
    notes = {Path(note.name).name: note for note in found.files}
    assert notes["good.png"].state is FileState.DONE
    assert notes["good.png"].read == 1
    assert notes["bad.png"].state is FileState.FAILED
    assert notes["broken.pdf"].state is FileState.FAILED
    for name in ("bad.png", "broken.pdf"):
        (line,) = notes[name].problems
        assert name in line
    names = {record.get("name").value for record in store.records()}  # type: ignore[union-attr]
    assert names == {"Ana", "Bo?"}
    # Names stay inside the workspace, wherever it lies.
    assert {s.source_file for s in store.sheets()} == {
        good,
        bad,
        f"{INCOMING}/broken.pdf",
    }
    assert "Ana" in (tmp_path / "records.csv").read_text(encoding="utf-8-sig")


def test_files_that_come_meanwhile_wait_for_their_turn(store: Store, tmp_path: Path) -> None:
    intake = Intake(store, tmp_path, QUICK)
    intake.add([dropped(tmp_path, "a.png", "Ana")], folder=tmp_path)
    wait(intake, lambda p: p.files[0].state is FileState.READING)
    intake.add([dropped(tmp_path, "b.png", "Bo")], folder=tmp_path)
    intake.add([dropped(tmp_path, "c.png", "Cy")], folder=tmp_path)
    intake.add([f"{INCOMING}/c.png"], folder=tmp_path)
    found = wait(intake)
    assert [note.state for note in found.files] == [FileState.DONE] * 3
    # What waited while the first run went on was read in one.
    assert len(store.read(history.runs)) == 2


def test_a_run_whose_process_dies_is_told_and_may_be_tried_again(
    store: Store, tmp_path: Path
) -> None:
    name = dropped(tmp_path, "a.png", "Ana")
    intake = Intake(store, tmp_path, die)
    intake.add([name], folder=tmp_path)
    found = wait(intake)
    assert "ended by itself (9)" in found.problem
    assert found.files[0].state is FileState.FAILED
    assert unfinished(store, tmp_path) == (name,)
    again = Intake(store, tmp_path, QUICK)
    again.resume()
    assert wait(again).files[0].state is FileState.DONE
    assert unfinished(store, tmp_path) == ()


def test_stopping_ends_the_run_and_a_new_start_goes_on(store: Store, tmp_path: Path) -> None:
    name = dropped(tmp_path, "a.png", "Ana")
    intake = Intake(store, tmp_path, hang)
    intake.add([name], folder=tmp_path)
    wait(intake, lambda p: p.files[0].state is FileState.READING)
    started = time.monotonic()
    intake.stop()
    assert time.monotonic() - started < 20
    again = Intake(store, tmp_path, QUICK)
    again.resume()
    assert wait(again).files[0].state is FileState.DONE


def test_a_file_that_could_not_be_opened_is_not_tried_at_each_start(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / INCOMING / "broken.pdf").write_bytes(b"%PDF-nothing")
    intake = Intake(store, tmp_path, QUICK)
    intake.resume()
    assert wait(intake).files[0].state is FileState.FAILED
    assert unfinished(store, tmp_path) == ()


def test_a_run_is_as_the_one_before_but_leaves_a_core_to_others(
    store: Store, tmp_path: Path
) -> None:
    told = {
        "forms": ["amnesty-canada-fr"],
        "target_error": 0.02,
        "jobs": 64,
        "overlay": True,
        "scheduler": None,
        "learned": None,
        "fail_fast": True,
    }
    store.end_run(store.start_run("s", told, "1"), "done")
    found = settings_as_before(store, tmp_path)
    assert found.forms == ("amnesty-canada-fr",)
    assert found.target_error == 0.02
    assert found.jobs == max(1, cores() - 1)
    assert found.overlay
    assert not found.fail_fast
    assert found.database == store.address


def test_a_watched_file_that_was_moved_is_no_second_scan(store: Store, tmp_path: Path) -> None:
    scans, intake = tmp_path / "in", Intake(store, tmp_path, QUICK)
    for name in ("scans", "done"):
        if name == "done":
            (scans / "scans").rename(scans / name)
        else:
            write_scan(scans / name / "a.png", "Ana")
        intake.add([str(scans / name / "a.png")])
        assert wait(intake).problem == ""
    assert [s.status.value for s in store.sheets()] == ["read"]


def test_the_first_run_of_a_workspace_knows_all_forms(store: Store, tmp_path: Path) -> None:
    assert settings_as_before(store, tmp_path).forms == installed_forms()


def test_settings_that_do_not_hold_any_more_are_told(store: Store, tmp_path: Path) -> None:
    store.end_run(store.start_run("s", {"forms": ["/gone/form.toml"]}, "1"), "done")
    intake = Intake(store, tmp_path, QUICK)
    intake.add([dropped(tmp_path, "a.png", "Ana")], folder=tmp_path)
    problem = wait(intake).problem
    assert "form.toml" in problem
    assert "\n" not in problem
