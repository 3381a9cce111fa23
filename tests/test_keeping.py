"""A page that was read is not lost to a run that does not know its form."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_pages import page_ref, page_result, read_text_page, row, write_scan

from digitizer import execution, export
from digitizer.batch import RunSettings, run_batch
from digitizer.counting.summary import RunReport, kept_line, summary_lines
from digitizer.records import PageEdit, PageResult, PageTask, SheetStatus
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace.decisions import STATUS, Action, Decision
from digitizer.workspace.keeping import Kept
from digitizer.workspace.stored import Source

NAMES = ("Ana", "Bo")
PAGE = page_result(page_ref(), *(row(n, name) for n, name in enumerate(NAMES, start=1)))
LOST = replace(PAGE, status=SheetStatus.UNRECOGNISED, form=None, rows=(), rows_on_form=None)


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "process_pool", lambda workers, **_: execution.SerialExecutor())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / DATABASE_FILE) as opened:
        yield opened


def begin(store: Store, key: str) -> None:
    source = Source(PAGE.ref.source_file, PAGE.ref.page, PAGE.ref.sha256)
    store.register(store.start_run(key, {}, "0"), key, [source])


def names(store: Store) -> list[str]:
    return [value.value for r in store.records() if (value := r.get("name")) is not None]


def test_a_reading_with_signers_is_shown_rather_than_one_without_a_form(store: Store) -> None:
    begin(store, "with")
    store.save_page(PAGE, "with")
    store.decide([Decision(PAGE.sheet_id, 1, STATUS, Action.SET, "review", "counted", "Ann")])
    for lost in (LOST, replace(LOST, status=SheetStatus.BLANK)):
        begin(store, "without")
        assert names(store) == list(NAMES)
        store.save_page(lost, "without")
        assert names(store) == list(NAMES)
    # The same again, whose reading is there when it begins.
    begin(store, "without")
    assert names(store) == list(NAMES)
    begin(store, "others")
    assert names(store) == list(NAMES)
    store.save_page(LOST, "others")
    assert names(store) == list(NAMES)
    shown = store.readable(PAGE.sheet_id)
    assert shown is not None
    assert shown.settings_hash == "with"


def test_a_reading_that_found_signers_is_shown_whenever_it_comes(store: Store) -> None:
    """Of two runs at once over the same files the one that began last won."""
    begin(store, "with")
    begin(store, "without")
    store.save_page(LOST, "without")
    assert names(store) == []
    store.save_page(PAGE, "with")
    assert names(store) == list(NAMES)


def test_another_reading_with_signers_takes_the_place_when_it_is_there(store: Store) -> None:
    begin(store, "one")
    store.save_page(PAGE, "one")
    begin(store, "two")
    assert names(store) == list(NAMES)
    store.save_page(replace(PAGE, rows=(row(1, "Cy"),)), "two")
    assert names(store) == ["Cy"]
    begin(store, "one")
    assert names(store) == list(NAMES)


def test_what_a_person_calls_no_sheet_is_none_under_other_settings(store: Store) -> None:
    begin(store, "one")
    store.save_page(PAGE, "one")
    begin(store, "two")
    number = store.edit_page(PAGE.sheet_id, PageEdit(not_a_sheet=True), "Ann")
    none = replace(LOST, reasons=("not-a-sheet",))
    store.save_edited(none, "two", edit=number, who="Ann")
    assert names(store) == []


def read_known(task: PageTask) -> PageResult:
    """A page is known where its file's name begins with one of the run's forms."""
    form = Path(task.ref.path).name.partition("-")[0]
    found = read_text_page(task)
    if form in task.forms:
        return replace(found, form=form)
    return replace(found, status=SheetStatus.UNRECOGNISED, form=None, rows=(), collector=())


def run(folder: Path, *forms: str) -> RunReport:
    settings = RunSettings((folder / "scans",), folder / "out", jobs=1, forms=forms)
    return run_batch(settings, form_texts=forms, page_function=read_known)


def test_a_form_forgotten_once_takes_no_sheet_out_of_the_count(tmp_path: Path) -> None:
    """Ten rows were four, and one that a person had counted was gone, with exit code 0."""
    write_scan(tmp_path / "scans" / "french-1.png", "Ana Bo? Cy")
    write_scan(tmp_path / "scans" / "usual-1.png", "Di Ed")
    assert run(tmp_path, "usual", "french").kept == ()
    files = [tmp_path / "out" / name for name in (export.RECORDS_FILE, export.SHEETS_FILE)]
    before = [file.read_bytes() for file in files]
    for _ in range(2):
        report = run(tmp_path, "usual")
        assert [file.read_bytes() for file in files] == before
        (told,) = [line for line in summary_lines(report) if "stays as it was" in line]
        assert "with french:" in told
        assert "french-1.png, page 1" in told
        assert report.totals.unrecognised == []
    assert run(tmp_path, "usual", "french").kept == ()


def test_many_kept_pages_are_counted_and_some_named() -> None:
    line = kept_line([Kept(f"{n}.png", 1, "", "b" if n else "a") for n in range(8)])
    assert line.startswith("8 pages stay as they were read before, with a, b:")
    assert line.endswith("4.png, page 1; and 3 more")
