"""Which files a run reads."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.inputs import (
    Inputs,
    Moved,
    find_inputs,
    natural_key,
    shown_name,
    with_earlier_names,
)


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def names(found: Inputs) -> list[str]:
    return [file.source_file for file in found.files]


def test_folders_are_read_with_all_below_them_in_the_order_people_count(tmp_path: Path) -> None:
    for name in ("page10.png", "page2.PNG", "Page1.tif", "b/x.pdf", "b/c/y.jpeg", "a.webp"):
        touch(tmp_path / name)
    found = find_inputs([tmp_path])
    expected = ["a.webp", "b/c/y.jpeg", "b/x.pdf", "Page1.tif", "page2.PNG", "page10.png"]
    assert names(found) == [str(tmp_path / name) for name in expected]
    assert all(Path(file.path).is_absolute() for file in found.files)


def test_source_file_is_the_path_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "in" / "x.pdf")
    monkeypatch.chdir(tmp_path)
    assert names(find_inputs([Path("in")])) == ["in/x.pdf"]


def test_a_file_handed_in_before_keeps_the_name_it_had_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.pdf", "b.pdf", "c.pdf"):
        touch(tmp_path / "in" / name)
    earlier = [(str(tmp_path / "in" / f"{n}.pdf"), f"../in/{n}.pdf") for n in "ab"]
    # Both are names of one file: the one that is given again stays.
    earlier += [(earlier[1][0], "in/b.pdf")]
    monkeypatch.chdir(tmp_path)
    found = with_earlier_names(find_inputs([Path("in")]), earlier)
    assert names(found) == ["../in/a.pdf", "in/b.pdf", "in/c.pdf"]
    # A name that another of these files has is left to it.
    taken = with_earlier_names(find_inputs([Path("in")]), [(earlier[0][0], "in/c.pdf")])
    assert names(taken) == ["in/a.pdf", "in/b.pdf", "in/c.pdf"]


def test_a_file_that_was_moved_keeps_its_name_and_a_copy_does_not_take_it(tmp_path: Path) -> None:
    there = touch(tmp_path / "in" / "a.pdf")
    found = find_inputs([touch(tmp_path / "done" / "b.pdf")])
    held = [(str(there), "in/a.pdf", "s"), (str(tmp_path / "gone.pdf"), "gone.pdf", "s")]
    moved = Moved(held, found)
    assert moved.name_of("done/b.pdf", "t") == "done/b.pdf"
    assert moved.name_of("in/a.pdf", "s") == "in/a.pdf"
    # The first is where it was, the second is not: once.
    assert moved.name_of("done/b.pdf", "s") == "gone.pdf"
    assert moved.name_of("done/c.pdf", "s") == "done/c.pdf"


def test_of_files_that_cannot_be_read_none_is_taken_for_another() -> None:
    moved = Moved([("/gone/locked.pdf", "in/locked.pdf", "")], Inputs())
    assert moved.name_of("in/other.pdf", "") == "in/other.pdf"


def test_other_files_in_a_folder_are_listed_as_ignored(tmp_path: Path) -> None:
    touch(tmp_path / "notes.docx")
    touch(tmp_path / "scan.pdf")
    found = find_inputs([tmp_path])
    assert found.ignored == (str(tmp_path / "notes.docx"),)
    assert len(found.files) == 1


def test_a_file_given_by_name_is_always_tried(tmp_path: Path) -> None:
    path = touch(tmp_path / "scan.dat")
    assert names(find_inputs([path])) == [str(path)]


@pytest.mark.parametrize("name", [".hidden.pdf", ".git/a.png", "Thumbs.db", ".DS_Store", "~$a.pdf"])
def test_hidden_files_are_passed_over_in_silence(tmp_path: Path, name: str) -> None:
    touch(tmp_path / name)
    assert find_inputs([tmp_path]) == Inputs()


def test_a_file_named_twice_comes_once(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.pdf")
    (tmp_path / "b.pdf").symlink_to(path)
    assert names(find_inputs([path, tmp_path, tmp_path])) == [str(path)]


def test_our_own_output_is_never_read_as_scans(tmp_path: Path) -> None:
    touch(tmp_path / "out" / "digitizer.db")
    touch(tmp_path / "out" / "pages" / "1.png")
    touch(tmp_path / "new" / "pages" / "1.png")
    touch(tmp_path / "scan.png")
    found = find_inputs([tmp_path], exclude=[tmp_path / "new"])
    assert names(found) == [str(tmp_path / "scan.png")]


def test_links_that_lead_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    touch(tmp_path / "a" / "x.pdf")
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.pdf").symlink_to(tmp_path / "self.pdf")
    found = find_inputs([tmp_path])
    assert names(found) == [str(tmp_path / "a" / "x.pdf")]
    assert [failure.source_file for failure in found.failures] == [str(tmp_path / "self.pdf")]


def test_a_missing_file_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.pdf")
    found = find_inputs([tmp_path / "gone.pdf", path])
    assert names(found) == [str(path)]
    assert [item.failure.kind for item in found.failures] == ["not-found"]
    assert "gone.pdf" in found.failures[0].failure.message


def test_an_unreadable_folder_is_reported_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path / "locked" / "a.pdf")
    touch(tmp_path / "open" / "b.pdf")
    listing = os.scandir

    # Permission bits do not stop root, which tests may run as.
    def refusing(path: Path) -> object:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return listing(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = find_inputs([tmp_path])
    assert names(found) == [str(tmp_path / "open" / "b.pdf")]
    assert found.failures[0].source_file == str(tmp_path / "locked")
    assert found.failures[0].failure.kind == "unreadable"
    assert "permission denied" in found.failures[0].failure.message


def test_a_folder_that_may_be_listed_but_not_entered_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path / "a.pdf")
    touch(tmp_path / "b.pdf")
    asking = Path.is_dir

    def refusing(path: Path) -> bool:
        if path.name == "a.pdf":
            raise PermissionError(13, "Permission denied", str(path))
        return asking(path)

    monkeypatch.setattr(Path, "is_dir", refusing)
    found = find_inputs([tmp_path])
    assert names(found) == [str(tmp_path / "b.pdf")]
    assert [item.failure.kind for item in found.failures] == ["unreadable"]


def test_pipes_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")
    assert find_inputs([tmp_path]).files == ()
    assert find_inputs([tmp_path / "pipe.pdf"]).failures[0].failure.kind == "not-a-scan"


@pytest.mark.parametrize(
    "name", ["deux mots.pdf", "été à Québec.pdf", "two\nlines.pdf", "-dash.pdf", "quote'\".pdf"]
)
def test_odd_names_are_found_and_shown_on_one_line(tmp_path: Path, name: str) -> None:
    touch(tmp_path / name)
    [file] = find_inputs([tmp_path]).files
    assert Path(file.path).read_bytes() == b"x"
    assert file.source_file == str(tmp_path / name)
    assert "\n" not in shown_name(file.source_file)


def test_names_that_are_not_utf8_can_be_stored(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.pdf"))
    touch(path)
    [file] = find_inputs([tmp_path]).files
    assert file.source_file.encode("utf-8").endswith(rb"caf\xe9.pdf")
    assert Path(file.path).read_bytes() == b"x"


@given(st.lists(st.text(max_size=12), max_size=8))
def test_any_names_can_be_sorted(texts: list[str]) -> None:
    ordered = sorted(texts, key=natural_key)
    assert sorted(ordered) == sorted(texts)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_numbers_in_names_sort_by_value(first: int, second: int) -> None:
    keys = natural_key(f"page {first}.png"), natural_key(f"page {second}.png")
    assert (keys[0] < keys[1]) == (first < second)
