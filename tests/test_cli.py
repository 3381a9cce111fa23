"""The command line: what is printed where, and with which exit status."""

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_pages import PNG, page_result, read_text_page, write_scan

from digitizer import batch, cli, execution, export, locate
from digitizer.errors import DigitizerError, ExitCode
from digitizer.forms.forms import installed_forms
from digitizer.records import PageResult, PageTask
from digitizer.store import Store


@pytest.fixture(autouse=True)
def fake_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read pages here, without pixels."""
    monkeypatch.setattr(execution, "process_page", read_text_page)
    monkeypatch.setattr(execution, "process_pool", lambda workers, **_: execution.SerialExecutor())


@pytest.fixture
def workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A workspace with two sheets."""
    write_scan(tmp_path / "scans" / "a.png", "Ana Bo?")
    write_scan(tmp_path / "scans" / "b.png", "Cy")
    out = tmp_path / "out"
    assert cli.main(["run", str(tmp_path / "scans"), "--out", str(out), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    return out


def test_run_tells_on_stderr_and_leaves_stdout_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_scan(tmp_path / "a.png", "Ana")
    code = cli.main(["run", str(tmp_path / "a.png"), "--out", str(tmp_path / "out")])
    said = capsys.readouterr()
    assert code == 0
    assert said.out == ""
    assert "1 sheet with 1 signer" in said.err
    # No bar where nobody looks.
    assert "pages/min" not in said.err
    assert "\x1b" not in said.err


def test_a_form_file_is_used_beside_the_installed_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = tmp_path / "mine.toml"
    form.write_text(
        '[form]\nname = "mine"\nlanguage = "en"\nphrases = ["My petition"]\n'
        '[[table.columns]]\nname = "name"\nheader = ["Name"]\n'
        'fields = [{ name = "name", kind = "name" }]\n',
        encoding="utf-8",
    )
    seen: list[tuple[str, ...]] = []

    def read(task: PageTask) -> PageResult:
        seen.append(task.forms)
        return page_result(task.ref)

    monkeypatch.setattr(execution, "process_page", read)
    monkeypatch.chdir(tmp_path)
    write_scan(tmp_path / "a.png", "Ana")
    run = ["run", "a.png", "--out", "out", "--quiet"]
    assert cli.main([*run, "--form", "auto", "--form", "mine.toml"]) == 0
    assert cli.main([*run, "--form", "mine.toml"]) == 0
    assert str(form) in seen[0]
    assert len(seen[0]) > 1
    assert seen[1] == (str(form),)
    # The workspace remembers it, so that nothing is read anew; another one knows nothing of it.
    assert cli.main(run) == 0
    assert len(seen) == 2
    assert cli.main(["run", "a.png", "--out", "other", "--quiet"]) == 0
    assert seen[2] == installed_forms()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["run", "x.png", "--out", "{out}", "--form", "nothing-like-it"], 4),
        (["run", "x.png", "--out", "{out}", "--form", "none"], 2),
        (["run", "x.png", "--out", "{out}"], 3),
        (["run", "{empty}", "--out", "{out}"], 3),
        (["run", "{scan}", "--out", "{out}", "--database", "mysql://a/b"], 2),
        (["tally", "{empty}"], 6),
        (["export", "{empty}", "--profile", "canonical", "-o", "x.csv"], 6),
        (["evaluate", "nothing.json", "{empty}"], 2),
        (["locate", "{scan}", "--form", "none", "--form", "auto"], 2),
        (["run", "{out}/pages/a.jpg", "--out", "{out}"], 2),
        (["run", "{empty}/../out/crops", "--out", "{out}"], 2),
        (["watch", "{empty}", "--out", "{empty}"], 2),
    ],
)
def test_what_cannot_be_done_is_one_line_and_its_exit_status(
    arguments: list[str], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    places = {
        "out": tmp_path / "out",
        "empty": tmp_path / "empty",
        "scan": write_scan(tmp_path / "a.png", "Ana"),
    }
    given = [word.format(**places) for word in arguments]
    if given[0] == "run":
        given.append("--quiet")
    assert cli.main(given) == code
    said = capsys.readouterr()
    assert said.out == ""
    lines = [text for text in said.err.splitlines() if not text.startswith("digitizer: failed:")]
    assert len(lines) == 1
    assert lines[0].startswith("digitizer: ")


def test_a_folder_that_is_its_own_workspace_says_why_nothing_in_it_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was said to hold no scans, though one lay in it."""
    scan = write_scan(tmp_path / "scans" / "a.png", "Ana")
    assert cli.main(["run", str(scan.parent), "--out", str(scan.parent)]) == ExitCode.SCAN
    assert "is where the results go" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["digitizer.db", "records.csv", "run.log", "."])
@pytest.mark.parametrize(
    "arguments", [["export", "--profile", "canonical"], ["report"], ["sample"]]
)
def test_no_output_takes_the_place_of_what_the_workspace_is_made_of(
    name: str, arguments: list[str], workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`export -o DIR/digitizer.db` wrote over all that people had decided."""
    before = (workspace / "digitizer.db").read_bytes()
    command, *more = arguments
    target = str(workspace / name)
    assert cli.main([command, str(workspace), *more, "-o", target]) == ExitCode.USAGE
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert (workspace / "digitizer.db").read_bytes() == before


def test_a_definition_that_is_no_file_is_named_as_it_was_typed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scan = write_scan(tmp_path / "a.png", "Ana")
    run = ["run", str(scan), "--out", str(tmp_path / "out"), "--form", "mine.toml"]
    assert cli.main(run) == ExitCode.FORM
    assert "called 'mine.toml'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "wanted"),
    [("--jobs", "a whole number"), ("--target-error", "a number"), ("--max-failures", "a number")],
)
def test_a_word_in_place_of_a_number_says_what_is_wanted(
    option: str, wanted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It named a function of ours."""
    with pytest.raises(SystemExit):
        cli.main(["run", "x", "--out", "y", option, "two"])
    assert f"argument {option}: must be {wanted}" in capsys.readouterr().err


def test_a_name_mistyped_is_told_and_is_no_page_that_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scan, out = write_scan(tmp_path / "a.png", "Ana"), tmp_path / "out"
    run = ["run", "--out", str(out), "--quiet"]
    assert cli.main([*run, str(tmp_path / "scnas")]) == ExitCode.SCAN
    assert not out.exists()
    assert cli.main([*run, str(scan), str(tmp_path / "scnas")]) == ExitCode.PAGES_FAILED
    assert capsys.readouterr().err.count("scnas: there is no such file or folder") == 2
    assert len((out / "sheets.csv").read_text(encoding="utf-8-sig").splitlines()) == 2
    assert cli.main([*run, str(scan)]) == ExitCode.OK


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["run"],
        ["run", "x"],
        ["run", "x", "--out", "y", "--jobs", "0"],
        ["run", "x", "--out", "y", "--target-error", "2"],
        ["read", "--field", "colour", "x.png"],
        ["export", "x", "--profile", "unknown", "-o", "y"],
        ["revue", "x"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_exit_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == ExitCode.USAGE


def test_an_unexpected_error_is_one_line_with_its_place_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "Ana Roy"

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError(text)

    monkeypatch.setattr(export, "write_workspace", fail)
    write_scan(tmp_path / "a.png", "Ana")
    run = ["run", str(tmp_path / "a.png"), "--out", str(tmp_path / "out")]
    assert cli.main(run) == ExitCode.BUG
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "ZeroDivisionError" in said
    log = (tmp_path / "out" / "run.log").read_text(encoding="utf-8")
    assert "write_workspace" in log
    assert text not in said + log
    assert cli.main([*run, "--verbose"]) == ExitCode.BUG
    assert "Traceback" in capsys.readouterr().err


def test_an_error_outside_a_run_prints_no_traceback(
    workspace: Path,
) -> None:
    # In a process of its own: pytest's log handlers would hide what is printed.
    code = (
        "from digitizer import cli; from digitizer.counting import tally; tally.tally = None; "
        f"raise SystemExit(cli.main(['tally', {str(workspace)!r}]))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == ExitCode.BUG
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_every_error_class_ends_with_its_exit_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_scan(tmp_path / "a.png", "Ana")
    for error in DigitizerError.__subclasses__():
        if error.__module__ != DigitizerError.__module__:
            continue

        def fail(*_: object, what: type[DigitizerError] = error, **__: object) -> None:
            raise what("what happened;\nwhat to do")

        monkeypatch.setattr(batch, "run_batch", fail)
        code = cli.main(["run", str(tmp_path / "a.png"), "--out", str(tmp_path)])
        assert code == error.exit_code
        assert capsys.readouterr().err == "digitizer: what happened; what to do\n"


def test_ctrl_c_anywhere_is_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(batch, "run_batch", interrupt)
    assert cli.main(["run", ".", "--out", "y"]) == ExitCode.INTERRUPTED
    assert "same command again" in capsys.readouterr().err


def test_ctrl_c_while_the_program_is_loaded_is_one_line() -> None:
    told = (
        "import sys\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'digitizer.batch': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupts())\n"
        "from digitizer.__main__ import main\n"
        "sys.exit(main())"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (ExitCode.INTERRUPTED, "")
    assert done.stderr.startswith("digitizer: interrupted")
    assert len(done.stderr.splitlines()) == 1


def test_tally_prints_data_on_stdout(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["tally", str(workspace), "--by", "source_file", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["total"]["raw"] == 3
    assert found["total"]["review"] == 1
    assert len(found["groups"]) == 2
    assert cli.main(["tally", str(workspace)]) == 0
    assert "1 of 3 rows wait for review" in capsys.readouterr().out
    assert cli.main(["tally", str(workspace), "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("3,2,0,0,0,0,1,")
    assert cli.main(["tally", str(workspace), "--by", "town"]) == ExitCode.USAGE


def test_data_goes_out_in_utf_8_whatever_the_system_writes(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name with an accent was an error of digitizer where output went to a file in ASCII."""
    with Store.open(workspace / "digitizer.db") as store:
        (name, *_) = [record.record_id for record in store.records()]
    assert cli.main(["decide", str(workspace), name, "--field", "name=Zo\xeb C\xf4t\xe9"]) == 0
    with io.BytesIO() as data, io.TextIOWrapper(data, encoding="ascii") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert cli.main(["tally", str(workspace), "--by", "name"]) == 0
        assert "Zo\xeb C\xf4t\xe9".encode() in data.getvalue()


def test_export_writes_the_file_and_what_was_dropped(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "all.csv"
    assert cli.main(["export", str(workspace), "--profile", "canonical", "-o", str(file)]) == 0
    assert file.read_bytes() == (workspace / "records.csv").read_bytes()
    assert (tmp_path / "all.dropped.csv").exists()
    assert "3 rows" in capsys.readouterr().err


def test_evaluate_prints_a_table_or_json(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = tmp_path / "truth.json"
    rows = [{"row": 1, "name": "Cy", "signed": True}]
    truth.write_text(json.dumps([{"file": "b.png", "page": 1, "rows": rows, "kind": "clean"}]))
    assert cli.main(["evaluate", str(truth), str(workspace)]) == 0
    assert "filled rows found        1 of 1" in capsys.readouterr().out
    assert cli.main(["evaluate", str(truth), str(workspace), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["fields"]["name"]["exact"]["hits"] == 1


def test_a_workspace_can_lie_in_another_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_scan(tmp_path / "a.png", "Ana")
    where = ["--database", f"sqlite:///{tmp_path}/other.db"]
    out = str(tmp_path / "out")
    assert cli.main(["run", str(tmp_path / "a.png"), "--out", out, "--quiet", *where]) == 0
    assert cli.main(["tally", out, *where, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["total"]["raw"] == 1


def test_locate_prints_one_object_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[object] = []

    def locate_file(path: Path, forms: tuple[str, ...] | None) -> list[dict[str, object]]:
        seen.append(forms)
        return [{"image": str(path), "page": n, "rows": []} for n in (1, 2)]

    monkeypatch.setattr(locate, "locate_file", locate_file)
    assert cli.main(["locate", "a.png", "b.png"]) == 0
    lines = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert [(page["image"], page["page"]) for page in lines] == [
        ("a.png", 1),
        ("a.png", 2),
        ("b.png", 1),
        ("b.png", 2),
    ]
    assert cli.main(["locate", "--form", "none", "a.png"]) == 0
    assert seen[-1] is None
    assert seen[0]


def test_where_a_page_broke_is_told_by_verbose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(locate, "load_page", breaks)
    monkeypatch.setattr(logging.getLogger("digitizer"), "handlers", [])
    scan = str(write_scan(tmp_path / "a.png", ""))
    assert cli.main(["locate", scan]) == 0
    quiet = capsys.readouterr()
    assert "could not be read (RuntimeError)" in quiet.out
    assert quiet.err == ""
    assert cli.main(["locate", scan, "--verbose"]) == 0
    assert "in breaks" in capsys.readouterr().err


def test_forms_are_listed_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["form", "list"]) == 0
    assert "amnesty-canada-en" in capsys.readouterr().out
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("[form]\n", encoding="utf-8")
    assert cli.main(["form", "check", str(wrong)]) == ExitCode.FORM
    assert cli.main(["form", "check", "amnesty-canada-fr"]) == 0


def in_subprocess(*arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
    """The real command, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "digitizer", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        **more,
    )


def test_the_package_runs_as_a_module() -> None:
    done = in_subprocess("--help")
    assert done.returncode == 0
    for command in ("run", "read", "locate", "export", "tally", "evaluate", "form"):
        assert command in done.stdout
    assert "130 interrupted" in done.stdout


def tally_into(workspace: Path, target: str, **more: str) -> tuple[int, str]:
    """Exit status and messages of `digitizer tally` with a shell's words for where it prints."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **more}
    done = subprocess.run(
        [
            "bash",
            "-o",
            "pipefail",
            "-c",
            f"{sys.executable} -m digitizer tally {workspace} {target}",
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_early_is_no_error(workspace: Path, unbuffered: str) -> None:
    # The reader closes its end at once but lives on, so that all is written after that.
    target = "| (exec 0<&-; sleep 0.5)"
    assert tally_into(workspace, target, PYTHONUNBUFFERED=unbuffered) == (0, "")


def test_nobody_need_listen(workspace: Path) -> None:
    assert tally_into(workspace, ">&-") == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="no device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_disk_that_is_full_is_told_and_is_no_bug(workspace: Path, unbuffered: str) -> None:
    status, said = tally_into(workspace, "> /dev/full", PYTHONUNBUFFERED=unbuffered)
    assert (status, said) == (6, "digitizer: the disk is full: free some space, try again\n")


@pytest.mark.model
def test_read_prints_a_line_for_every_picture_even_bad_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnxruntime")
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "dot.png").write_bytes(PNG)
    names = ["empty.png", "text.png", "missing.png", "dot.png"]
    images = [str(tmp_path / name) for name in names]
    assert cli.main(["read", "--field", "name", *images]) == 0
    said = capsys.readouterr()
    lines = [json.loads(text) for text in said.out.splitlines()]
    assert [line["image"] for line in lines] == images
    for line in lines:
        assert list(line) == ["image", "text", "confidence", "alternatives", "greedy"]
    assert [(line["text"], line["confidence"]) for line in lines[:3]] == [("", 0.0)] * 3
    for name in names[:3]:
        assert name in said.err
