"""The commands for counting: decide, sample, reconcile, tally and export by profile."""

import contextlib
import csv
import json
import shutil
from pathlib import Path

import pytest
from fake_pages import read_text_page, write_scan

from digitizer import cli, execution
from digitizer.commands.parser import build_parser
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace.repeats import Repeat


@pytest.fixture(autouse=True)
def fake_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read pages here, without pixels."""
    _fake(monkeypatch)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two sheets of three rows, one of them doubtful, made once."""
    folder = tmp_path_factory.mktemp("office")
    write_scan(folder / "scans" / "a.png", "Ana Bo?")
    write_scan(folder / "scans" / "b.png", "Cy")
    with pytest.MonkeyPatch.context() as patch:
        _fake(patch)
        run(folder)
    return folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, with its scans beside it, and the folder of both as working folder."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "out"


def _fake(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(execution, "process_page", read_text_page)
    patch.setattr(execution, "process_pool", lambda workers, **_: execution.SerialExecutor())


def run(folder: Path, *more: str) -> None:
    """Run over the scans."""
    with contextlib.chdir(folder):
        assert cli.main(["run", "scans", "--out", "out", "--quiet", *more]) == 0


def statuses(workspace: Path) -> dict[str, str]:
    """Name -> status of records.csv."""
    return {line["name"]: line["status"] for line in lines(workspace / "records.csv")}


def lines(file: Path) -> list[dict[str, str]]:
    """A CSV file, read back."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def named(workspace: Path, name: str) -> str:
    """The record of somebody."""
    return next(r["record_id"] for r in lines(workspace / "records.csv") if r["name"] == name)


def test_who_would_be_counted_nowhere_is_told_and_waits_again(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_scan(workspace.parent / "scans" / "c.png", "Ana")
    run(workspace.parent)
    ana = [r["record_id"] for r in lines(workspace / "records.csv") if r["name"] == "Ana"]
    assert len(ana) == 2
    as_first = ["--status", "duplicate", "--why", f"of {ana[0]}"]
    assert cli.main(["decide", str(workspace), ana[1], *as_first]) == 0
    assert "counted nowhere" not in capsys.readouterr().err
    assert cli.main(["decide", str(workspace), ana[0], "--status", "duplicate"]) == 0
    told = capsys.readouterr().err
    assert f"this person is counted nowhere: {ana[0]} was called a repetition, and {ana[1]}" in told
    first = next(r for r in lines(workspace / "records.csv") if r["record_id"] == ana[0])
    assert (first["status"], first["reasons"]) == (
        "review",
        "row:decided row:duplicate-of-none",
    )
    assert cli.main(["tally", str(workspace)]) == 0
    assert "1 person is counted nowhere, a row of theirs" in capsys.readouterr().out
    assert cli.main(["run", "scans", "--out", "out"]) == 0
    assert f"does not count either: {ana[0]} (row:duplicate-of-none" in capsys.readouterr().err
    assert cli.main(["decide", str(workspace), ana[1], "--status", "counted"]) == 0
    assert "counted nowhere" not in capsys.readouterr().err
    assert cli.main(["tally", str(workspace), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["uncounted"] == []


def test_what_a_repetition_repeats_is_kept_or_asked_for(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ana, cy = named(workspace, "Ana"), named(workspace, "Cy")
    again = ["decide", str(workspace), cy, "--status", "duplicate"]
    assert cli.main(again) == 0
    assert f"nobody said which row {cy} repeats" in capsys.readouterr().err
    assert cli.main([*again, "--why", "of nothing-p1-r01"]) == 2
    assert "there is no record nothing-p1-r01" in capsys.readouterr().err
    with Store.open(workspace / DATABASE_FILE) as store:
        store.save_repeats((Repeat(cy, ana, 0.9, certain=False),))
    assert cli.main([*again, "--why", "one pen"]) == 0
    assert cli.main(again) == 0
    assert cli.main(["decide", str(workspace), ana, "--status", "duplicate"]) == 0
    assert "nobody said which" not in capsys.readouterr().err, "a row is known to repeat Ana's"
    with Store.open(workspace / DATABASE_FILE) as store:
        said = [d.why for d in store.decisions()]
    assert said == ["", f"one pen, of {ana}", f"of {ana}", ""]


def test_a_decision_shows_at_once_stays_through_a_run_and_can_be_undone(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (workspace / "records.csv").read_bytes()
    ana = named(workspace, "Ana")
    decide = ["decide", str(workspace), ana]
    assert cli.main([*decide, "--status", "struck", "--by", "eva", "--why", "a stroke"]) == 0
    assert "1 decision by eva in 1 row;" in capsys.readouterr().err
    assert statuses(workspace) == {"Ana": "struck", "Bo?": "review", "Cy": "counted"}
    run(workspace.parent)
    write_scan(workspace.parent / "scans" / "c.png", "Di")
    run(workspace.parent)
    assert statuses(workspace)["Ana"] == "struck"
    (workspace.parent / "scans" / "c.png").unlink()
    assert cli.main(["tally", str(workspace), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["total"]["struck"] == 1
    assert cli.main([*decide, "--undo"]) == 0
    assert statuses(workspace)["Ana"] == "counted"
    assert (workspace / "records.csv").read_bytes().startswith(before[: len(before) - 2])


def test_fields_are_decided_and_the_row_with_them(workspace: Path) -> None:
    row = named(workspace, "Bo?")
    decide = ["decide", str(workspace), row, "--quiet"]
    assert cli.main([*decide, "--field", "name=Bo", "--field", "phone="]) == 0
    found = next(r for r in lines(workspace / "records.csv") if r["record_id"] == row)
    assert (found["name"], found["phone"], found["status"]) == ("Bo", "", "counted")
    assert "name:decided" in found["reasons"]
    assert cli.main([*decide, "--undo", "--field", "name"]) == 0
    assert statuses(workspace)["Bo?"] == "review"


def test_a_field_of_the_box_is_decided_and_taken_back_by_row_or_sheet(workspace: Path) -> None:
    """Named by a row it was decided, but there was nothing to take back."""
    row = named(workspace, "Ana")
    sheet = row.rpartition("-r")[0]

    def place() -> set[str]:
        found = lines(workspace / "records.csv")
        return {r["event_location"] for r in found if r["sheet_id"] == sheet}

    for one, other in ((row, row), (row, sheet), (sheet, row)):
        # Options may stand between the folder and the name: it was said to be unknown.
        decide = ["decide", str(workspace), "--quiet"]
        assert cli.main([*decide, one, "--field", "event_location=Hull"]) == 0
        assert place() == {"Hull"}
        assert cli.main([*decide, other, "--undo", "--field", "event_location"]) == 0
        assert place() == {"Ottawa"}


@pytest.mark.parametrize("field", ["name=Zoe", "contact_consent=N"])
def test_what_a_row_says_is_not_decided_of_its_sheet(
    field: str, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was a decision that nothing followed from, and was said to be made."""
    row = named(workspace, "Ana")
    sheet = row.rpartition("-r")[0]
    assert cli.main(["decide", str(workspace), sheet, "--field", field]) == 2
    assert f"as {sheet}-r01" in capsys.readouterr().err


def test_a_corrected_copy_is_taken_over(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (workspace / "records.csv").read_text("utf-8-sig")
    copy = workspace.parent / "corrected.csv"
    copy.write_text(text.replace("Bo?", "Bo Li").replace(",Ottawa,", ",Hull,"), encoding="utf-8")
    assert cli.main(["decide", str(workspace), "--from", str(copy)]) == 0
    assert "3 decisions" in capsys.readouterr().err
    assert statuses(workspace) == {"Ana": "counted", "Bo Li": "counted", "Cy": "counted"}
    assert {r["event_location"] for r in lines(workspace / "records.csv")} == {"Hull"}
    assert cli.main(["decide", str(workspace), "--from", str(copy)]) == 0
    assert "1 cells left alone" in capsys.readouterr().err
    assert statuses(workspace) == {"Ana": "counted", "Bo Li": "counted", "Cy": "counted"}


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["{row}"],
        ["{row}", "--status", "nice"],
        ["{row}", "--field", "name"],
        ["{row}", "--field", "shoe=42"],
        ["{row}", "--undo"],
        ["{row}", "--undo", "--status", "counted"],
        ["{row}", "--undo", "--field", "name=x"],
        ["{row}", "--from", "x.csv"],
        ["--from", "x.csv", "--status", "counted"],
        ["--from", "nothing.csv"],
        ["nobody", "--status", "counted"],
    ],
)
def test_what_cannot_be_decided_is_one_line(
    arguments: list[str], workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [word.format(row=named(workspace, "Ana")) for word in arguments]
    before = (workspace / "digitizer.db").stat().st_size
    assert cli.main(["decide", str(workspace), *given]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("digitizer: ")
    assert len(said.err.splitlines()) == 1
    assert (workspace / "digitizer.db").stat().st_size == before


def test_a_profile_stays_in_force_and_another_can_be_tried(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def counted(*more: str) -> tuple[int, str]:
        assert cli.main(["tally", str(workspace), "--format", "json", *more]) == 0
        found = json.loads(capsys.readouterr().out)
        return found["total"]["counted"], found["profile"]

    own = workspace.parent / "own.toml"
    own.write_text('[profile]\nname = "own"\n[rows]\nrequired = ["shoe"]\n', encoding="utf-8")
    assert counted() == (2, "advocacy")
    assert counted("--profile", str(own)) == (0, "own")
    assert counted() == (2, "advocacy")
    run(workspace.parent, "--profile", str(own))
    own.unlink()
    assert counted() == (0, "own")
    assert set(statuses(workspace).values()) == {"incomplete", "review"}
    run(workspace.parent)
    assert counted() == (0, "own")
    run(workspace.parent, "--profile", "advocacy")
    assert counted() == (2, "advocacy")


@pytest.mark.parametrize("command", ["run", "tally"])
def test_an_unknown_profile_is_told_with_those_there_are(
    command: str, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"run": ["run", "x", "--out", str(workspace)], "tally": ["tally", str(workspace)]}
    assert cli.main([*given[command], "--profile", "senate"]) == 2
    assert "advocacy, house-of-commons, ontario, strict-ballot" in capsys.readouterr().err


def test_a_sample_is_drawn_checked_and_measured(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = ["sample", str(workspace), "-n", "5", "--seed", "3"]
    assert cli.main(draw) == 0
    assert "5 of 17 accepted fields" in capsys.readouterr().err
    file = workspace / "sample-1.csv"
    found = lines(file)
    assert cli.main([*draw, "-o", str(workspace.parent / "again.csv"), "--quiet"]) == 0
    again = lines(workspace.parent / "again.csv")
    assert [(r["record_id"], r["field"]) for r in again] == [
        (r["record_id"], r["field"]) for r in found
    ]
    for line in found:
        line["correct"] = "Y"
    found[0]["correct"], found[0]["right_value"] = "N", "other"
    with file.open("w", encoding="utf-8-sig", newline="") as text:
        writer = csv.DictWriter(text, list(found[0]))
        writer.writeheader()
        writer.writerows(found)
    confirm = ["sample", str(workspace), "--confirmed", str(file)]
    assert cli.main(confirm) == 0
    assert "1 of 5 fields checked are wrong: 20.00%" in capsys.readouterr().out
    assert cli.main([*confirm, "--format", "json"]) == 0
    measured = json.loads(capsys.readouterr().out)
    assert (measured["seed"], measured["errors"], measured["checked"]) == (3, 1, 5)
    assert measured["clopper_pearson"][0] < 0.2 < measured["clopper_pearson"][1]


def test_reconciling_tells_whether_all_is_there(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["reconcile", str(workspace), "--sheets", "2"]) == 0
    assert "Everything agrees: 2 handed in = 2 scanned" in capsys.readouterr().out
    manifest = workspace.parent / "manifest.csv"
    manifest.write_text("file,sheets\na.png,1\nb.png,2\n", encoding="utf-8")
    asked = ["reconcile", str(workspace), "--manifest", str(manifest), "--format", "json"]
    assert cli.main(asked) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["balances"] is False
    assert len(found["gaps"]) == 1


@pytest.mark.parametrize(
    "profile", ["canonical", "action-network", "nationbuilder", "engaging-networks", "civicrm"]
)
def test_every_export_follows_decisions_and_lists_what_it_left_out(
    profile: str, workspace: Path
) -> None:
    ana = named(workspace, "Ana")
    struck = ["decide", str(workspace), ana, "--status", "struck", "--quiet"]
    assert cli.main(struck) == 0
    file = workspace.parent / "target.csv"
    asked = ["export", str(workspace), "--profile", profile, "-o", str(file), "--quiet"]
    assert cli.main(asked) == 0
    dropped = {d["record_id"]: d["reason"] for d in lines(workspace.parent / "target.dropped.csv")}
    if profile == "canonical":
        assert {line["record_id"]: line["status"] for line in lines(file)}[ana] == "struck"
    else:
        assert dropped[ana] == "not-counted:struck"


@pytest.mark.parametrize("profile", ["canonical", "civicrm"])
def test_export_says_how_much_waits_for_review(
    workspace: Path, profile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = "1 of 3 rows wait for review"
    wanted = ["export", str(workspace), "--profile", profile, "-o", "all.csv"]
    assert cli.main(wanted) == 0
    assert told in capsys.readouterr().err
    assert cli.main([*wanted, "--quiet"]) == 0
    assert capsys.readouterr().err == ""
    doubtful = next(line for line in lines(workspace / "records.csv") if line["review_fields"])
    decided = ["decide", str(workspace), doubtful["record_id"], "--field", "name=Bo", "--by", "Ann"]
    assert cli.main([*decided, "--quiet"]) == 0
    assert cli.main(wanted) == 0
    assert "wait for review" not in capsys.readouterr().err


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_tally_says_how_much_waits_beside_its_data_too(
    workspace: Path, format_: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["tally", str(workspace), "--format", format_]) == 0
    said = capsys.readouterr()
    assert "1 of 3 rows wait for review" in said.err
    assert "wait for review" not in said.out


def test_an_option_that_takes_several_may_be_given_several_times() -> None:
    """Of ``--fields name --fields phone`` the names were kept, and nothing said so."""
    parser = build_parser()
    given = parser.parse_args(["purge", "out", "--fields", "name", "--fields", "phone", "email"])
    assert given.fields == ["name", "phone", "email"]
    assert parser.parse_args(["tally", "out", "--by", "city", "--by", "fsa"]).by == ["city", "fsa"]
