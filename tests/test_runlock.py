"""A second run into a workspace is told of the first."""

import subprocess
import sys
from pathlib import Path

import pytest
from fake_pages import read_text_page, write_scan

from digitizer import cli, execution, runlock
from digitizer.batch import LOG_FILE, RunSettings, run_batch
from digitizer.records import PageResult, PageTask


def test_a_run_is_marked_as_long_as_it_goes_on(tmp_path: Path) -> None:
    log = tmp_path / LOG_FILE
    assert not runlock.is_marked(log)
    assert not log.exists()
    with runlock.marked(log):
        assert runlock.is_marked(log)
        assert runlock.is_marked(log), "looking changes nothing"
        with runlock.marked(log):
            pass
        assert runlock.is_marked(log)
    assert not runlock.is_marked(log)


def test_the_mark_of_a_killed_run_is_gone(tmp_path: Path) -> None:
    log = tmp_path / LOG_FILE
    script = (
        "import pathlib, time; from digitizer import runlock\n"
        f"with runlock.marked(pathlib.Path({str(log)!r})): print('on', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert runlock.is_marked(log)
        process.kill()
    assert not runlock.is_marked(log)


def test_a_run_beside_another_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(execution, "process_pool", lambda workers, **_: execution.SerialExecutor())
    scan, out = write_scan(tmp_path / "scans" / "a.png", "Ana"), tmp_path / "out"

    def with_another(task: PageTask) -> PageResult:
        result = read_text_page(task)
        monkeypatch.setattr(execution, "process_page", read_text_page)
        assert cli.main(["run", str(scan), "--out", str(out)]) == 0
        assert "another run reads into" in capsys.readouterr().err
        return result

    run_batch(RunSettings((scan,), out), page_function=with_another)
    assert cli.main(["run", str(scan), "--out", str(out)]) == 0
    assert "another run" not in capsys.readouterr().err
