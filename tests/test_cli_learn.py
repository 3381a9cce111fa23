"""`digitizer learn`, and runs that read with what it wrote."""

import json
from pathlib import Path

import pytest
from fake_pages import read_text_page, write_scan
from office import open_office, phone_office

from digitizer import batch, cli, execution
from digitizer.commands import learn
from digitizer.learned import FILE, FOLDER, Learned, save_learned
from digitizer.records import PageResult, PageTask
from digitizer.store import DATABASE_FILE, Store


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A workspace whose phones are wrong oftener than their confidence says."""
    folder = tmp_path / "out"
    phone_office(folder, sheets=60, right_share=0.6).close()
    return folder


def test_learning_writes_a_folder_and_tells_the_figures(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["learn", str(office), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    phone = next(part for part in told["parts"] if part["name"] == "phone")
    assert phone["verdict"] == "kept"
    assert phone["cases"] + phone["held_back"] == told["judged"] == 300
    assert (office / FOLDER / FILE).is_file()


def test_learning_twice_from_the_same_review_teaches_the_same(office: Path) -> None:
    file = office / FOLDER / FILE
    assert cli.main(["learn", str(office), "--quiet"]) == 0
    first = json.loads(file.read_text())
    assert cli.main(["learn", str(office), "--quiet"]) == 0
    second = json.loads(file.read_text())
    assert second["kinds"] == first["kinds"]
    assert list(second["earlier"].values()) == [first["kinds"]]


def test_a_dry_run_writes_nothing(office: Path) -> None:
    assert cli.main(["learn", str(office), "--dry-run"]) == 0
    assert not (office / FOLDER).exists()


def test_nothing_to_learn_is_said_and_is_no_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_office(tmp_path / "out", []).close()
    assert cli.main(["learn", str(tmp_path / "out")]) == 0
    assert "nothing to learn" in capsys.readouterr().err
    assert not (tmp_path / "out" / FOLDER).exists()


def test_several_workspaces_teach_together_where_told(office: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    phone_office(other, sheets=10, right_share=0.6, seed=2).close()
    assert cli.main(["learn", str(office), str(other)]) == 2
    assert cli.main(["learn", str(office), str(other), "--to", str(tmp_path / "t")]) == 0
    assert (tmp_path / "t" / FILE).is_file()
    assert not (office / FOLDER).exists()


# --- runs

SEEN: list[str | None] = []


def _noting_page(task: PageTask) -> PageResult:
    SEEN.append(task.learned)
    return read_text_page(task)


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one scan; pages are read here, noting what they are read with."""
    SEEN.clear()
    monkeypatch.setattr(execution, "process_page", _noting_page)
    monkeypatch.setattr(execution, "process_pool", lambda workers, **_: execution.SerialExecutor())
    write_scan(tmp_path / "scans" / "a.png", "Ana")
    return tmp_path


def run(folder: Path, *more: str) -> int:
    return cli.main(["run", str(folder / "scans"), "--out", str(folder / "out"), "--quiet", *more])


def test_new_pages_are_read_with_what_the_workspace_learned_and_old_ones_stay(scans: Path) -> None:
    assert run(scans) == 0
    save_learned(scans / "out" / FOLDER, Learned({}, {"names": {"ROY": 1}}))
    write_scan(scans / "scans" / "b.png", "Bo")
    assert run(scans) == 0
    assert SEEN == [None, str(scans / "out" / FOLDER)]


def test_a_folder_asked_for_reads_pages_again_and_none_switches_it_off(scans: Path) -> None:
    save_learned(scans / "taught", Learned({}, {"names": {"ROY": 1}}))
    save_learned(scans / "out" / FOLDER, Learned({}, {"names": {"LEE": 1}}))
    assert run(scans, "--learned", "none") == 0
    assert run(scans, "--learned", str(scans / "taught")) == 0
    assert run(scans, "--learned", str(scans / "taught")) == 0
    assert SEEN == [None, str(scans / "taught")]
    with Store.open(scans / "out" / DATABASE_FILE) as store:
        assert len(list(store.as_read())) == 1


def test_a_folder_that_teaches_nothing_is_refused(scans: Path) -> None:
    assert run(scans, "--learned", str(scans / "nowhere")) == 2
    assert not SEEN
    assert batch.NO_LEARNED == Path("none")


def test_a_recogniser_of_ones_own_names_what_it_needs(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(learn, "find_spec", lambda name: None if name == "torch" else name)
    assert cli.main(["learn", str(office), "--recogniser"]) == 5
    assert "needs torch" in capsys.readouterr().err
    assert not (office / FOLDER).exists()
