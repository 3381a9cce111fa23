"""Several people of one group write to a workspace whose folder was made for them."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fake_pages import read_text_page, write_scan

from digitizer import cli, execution
from digitizer.batch import LOG_FILE, RunSettings, run_batch
from digitizer.learned import NOTHING, save_learned
from digitizer.pictures import write_crop
from digitizer.sharing import make_folder, share


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """What most systems give a new file: nothing that its group may write."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def folder_of(tmp_path: Path, mode: int) -> Path:
    """A workspace that somebody made with these rights."""
    folder = tmp_path / "w"
    folder.mkdir()
    folder.chmod(mode)
    return folder


def rights(path: Path) -> int:
    """The rights of a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(("mode", "wanted"), [(0o775, 0o664), (0o755, 0o644), (0o700, 0o644)])
def test_a_file_is_the_groups_where_its_folder_is(tmp_path: Path, mode: int, wanted: int) -> None:
    file = folder_of(tmp_path, mode) / "file"
    file.touch()
    share(file)
    assert rights(file) == wanted


def test_a_folder_that_is_there_keeps_its_rights(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, 0o775) / "pages"
    folder.mkdir(0o700)
    make_folder(folder)
    assert rights(folder) == 0o700


@pytest.mark.parametrize(("mode", "file", "folder"), [(0o775, 0o664, 0o775), (0o755, 0o644, 0o755)])
def test_who_comes_second_can_write_to_a_shared_workspace(
    tmp_path: Path, mode: int, file: int, folder: int
) -> None:
    """Of a folder that was made to share, the log and the pictures were the first person's alone.

    The next one's run ended with Python's own words, or could save no picture.
    """
    scan = tmp_path / "a.png"
    write_scan(scan, "Ana Roy")
    out = folder_of(tmp_path, mode)
    write_crop(out, "s-p1", 1, "name", np.zeros((4, 4, 3), np.uint8))
    run_batch(RunSettings((scan,), out, jobs=1), page_function=read_text_page)
    save_learned(out / "learned", NOTHING)
    assert rights(out / LOG_FILE) == file
    assert {rights(out / name) for name in ("crops", "learned")} == {folder}


def test_a_log_that_cannot_be_written_ends_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It ended with a traceback; a folder stands for a file that is somebody else's."""
    scan = tmp_path / "a.png"
    write_scan(scan, "Ana Roy")
    out = folder_of(tmp_path, 0o755)
    (out / LOG_FILE).mkdir()
    monkeypatch.setattr(execution, "process_page", read_text_page)
    assert cli.main(["run", str(scan), "--out", str(out), "--jobs", "1"]) == 0
    said = capfd.readouterr().err
    assert f"{out / LOG_FILE} cannot be written: the run goes on without a log" in said
    assert "Traceback" not in said
    assert "Ana Roy" in (out / "records.csv").read_text("utf-8-sig")
