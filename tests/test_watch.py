"""Watched folders: what is new, what is still being copied, how the command ends."""

import functools
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from fake_pages import read_text_page, write_scan

from digitizer import batch, watch
from digitizer.cli import main
from digitizer.errors import ExitCode
from digitizer.store import DATABASE_FILE, Store
from digitizer.watch import Folders, Look, follow

ROOT = Path(__file__).parents[1]
SHEET = ROOT / "samples" / "scans" / "damaged.pdf"
# A run of one broken file starts a process and writes the CSV files.
PATIENCE_S = 60.0
RUN = functools.partial(batch.run_batch, page_function=read_text_page)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def watched(folder: Path, clock: Clock, **more: object) -> Folders:
    return Folders((folder,), settle_s=5.0, clock=clock, **more)  # type: ignore[arg-type]


def names(look: Look) -> list[str]:
    return [Path(file.source_file).name for file in look.ready]


def test_a_file_is_taken_once_it_has_stood_still(tmp_path: Path, clock: Clock) -> None:
    folders = watched(tmp_path, clock)
    (tmp_path / "a.pdf").write_bytes(b"1")
    assert names(folders.look()) == []
    clock.now += 4.9
    assert folders.look().growing == 1
    clock.now += 0.2
    assert names(folders.look()) == ["a.pdf"]
    clock.now += 60
    assert names(folders.look()) == []


def test_a_file_that_grows_is_waited_for(tmp_path: Path, clock: Clock) -> None:
    folders = watched(tmp_path, clock)
    file = tmp_path / "a.pdf"
    for size in range(1, 5):
        file.write_bytes(b"x" * size)
        assert names(folders.look()) == []
        clock.now += 4
    assert names(folders.look()) == []
    clock.now += 5
    assert names(folders.look()) == ["a.pdf"]


def test_a_file_that_changes_later_is_taken_again(tmp_path: Path, clock: Clock) -> None:
    folders = watched(tmp_path, clock)
    file = tmp_path / "a.pdf"
    file.write_bytes(b"half")
    folders.look()
    clock.now += 6
    assert names(folders.look()) == ["a.pdf"]
    file.write_bytes(b"half and the rest")
    assert names(folders.look()) == []
    clock.now += 6
    assert names(folders.look()) == ["a.pdf"]


def test_files_of_other_kinds_hidden_ones_and_workspaces_are_passed_over(
    tmp_path: Path, clock: Clock
) -> None:
    inner = tmp_path / "box 1"
    for folder in (inner, tmp_path / "old", tmp_path / "out"):
        folder.mkdir()
    for file in ("notes.txt", ".hidden.pdf", "box 1/page 10.png", "box 1/page 2.PNG"):
        (tmp_path / file).write_bytes(b"1")
    (tmp_path / "old" / DATABASE_FILE).write_bytes(b"")
    (tmp_path / "old" / "page.png").write_bytes(b"1")
    (tmp_path / "out" / "page.png").write_bytes(b"1")
    folders = watched(tmp_path, clock, exclude=(tmp_path / "out",))
    folders.look()
    clock.now += 6
    assert names(folders.look()) == ["page 2.PNG", "page 10.png"]


def test_what_the_workspace_holds_is_not_new(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(b"1")
    state = file.stat()
    folders = watched(tmp_path, clock, known={str(file): (state.st_size, state.st_mtime_ns)})
    folders.look()
    clock.now += 6
    assert names(folders.look()) == []


def test_a_folder_that_is_gone_for_a_while_does_no_harm(tmp_path: Path, clock: Clock) -> None:
    folder = tmp_path / "share"
    folders = watched(folder, clock)
    assert folders.look() == Look((), 0, ())
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"1")
    folders.look()
    clock.now += 6
    assert names(folders.look()) == ["a.pdf"]


def test_following_ends_when_told(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"1")
    stop = threading.Event()
    seen: list[str] = []

    def read(look: Look) -> None:
        seen.extend(names(look))
        stop.set()

    follow(Folders((tmp_path,), settle_s=0.05), read, stop=stop, every_s=0.02)
    assert seen == ["a.pdf"]


def test_the_command_reads_what_comes_and_ends_resumable(tmp_path: Path) -> None:
    folder, out = tmp_path / "scans", tmp_path / "out"
    folder.mkdir()
    program = [sys.executable, "-m", "digitizer", "watch", str(folder), "--out", str(out)]
    running = subprocess.Popen(
        [*program, "--jobs", "1"], stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        (folder / "damaged.pdf").write_bytes(SHEET.read_bytes())
        wait_for(lambda: failed_files(out) == ["damaged.pdf"])
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=PATIENCE_S)
    finally:
        running.kill()
    assert running.returncode == 130, said
    assert "damaged.pdf" in said
    assert "the same command goes on" in said


def failed_files(out: Path) -> list[str]:
    if not (out / "sheets.csv").is_file():
        return []
    with Store.open(out / DATABASE_FILE) as store:
        return [Path(s.source_file).name for s in store.sources() if s.failure]


def wait_for(condition: object) -> None:
    assert callable(condition)
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)


def test_scans_in_a_folder_that_was_renamed_are_not_listed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each came as a second copy of itself."""
    out, places = tmp_path / "out", [tmp_path / "scans"]
    monkeypatch.setattr(batch, "run_batch", RUN)
    monkeypatch.setattr(
        watch, "follow", lambda folders, read, stop: read(Folders(places, settle_s=0).look())
    )
    write_scan(tmp_path / "scans" / "a.png", "Ana")
    for name in ("scans", "done"):
        places[0] = places[0].rename(tmp_path / name)
        given = ["watch", str(places[0]), "--out", str(out), "--jobs", "1", "--quiet"]
        assert main(given) == ExitCode.INTERRUPTED
        with Store.open(out / DATABASE_FILE) as store:
            assert [s.status.value for s in store.sheets()] == ["read"]


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "digitizer", "watch", str(tmp_path / "no"), "--out", "x"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 2
    assert "is no folder" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
