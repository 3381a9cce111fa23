"""A page that was read is not lost to a run that does not know its form."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from fake_pages import page_ref, page_result, read_text_page, row, write_scan

from digitizer import execution, export
from digitizer.batch import RunSettings, run_batch
from digitizer.commands.running import form_names, knows_kept
from digitizer.counting.summary import RunReport, kept_line, summary_lines
from digitizer.forms.forms import installed_forms, load_forms
from digitizer.forms.unchanged import form_text, load_unchanged
from digitizer.intake import settings_as_before
from digitizer.records import Failure, PageEdit, PageResult, PageTask, SheetStatus
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace import schema as t
from digitizer.workspace.decisions import STATUS, Action, Decision
from digitizer.workspace.definitions import join
from digitizer.workspace.keeping import Kept
from digitizer.workspace.stored import Source

FORMS = Path(__file__).parent / "forms"
NAMES = ("Ana", "Bo")
PAGE = page_result(page_ref(), *(row(n, name) for n, name in enumerate(NAMES, start=1)))
LOST = replace(PAGE, status=SheetStatus.UNRECOGNISED, form=None, rows=(), rows_on_form=None)

FAILED = replace(LOST, status=SheetStatus.FAILED, failure=Failure("worker", "worker-died", "died"))


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


@pytest.mark.parametrize("again", ["with", "others"])
def test_a_page_that_was_read_stays_so_where_it_cannot_be_read_again(
    again: str, store: Store
) -> None:
    """Under the same settings (for overlays), and under others: its signers left the count."""
    begin(store, "with")
    store.save_page(PAGE, "with")
    begin(store, again)
    store.save_page(FAILED, again)
    assert names(store) == list(NAMES)
    begin(store, again)
    assert names(store) == list(NAMES)
    # What never was read is a page that failed, until it is.
    other = page_ref("other")
    store.register(
        store.start_run(again, {}, "0"), again, [Source("o.png", other.number, other.sha256)]
    )
    for page, listed in ((FAILED, []), (PAGE, list(NAMES))):
        store.save_page(replace(page, ref=other, sheet_id="other-p1"), again)
        assert names(store)[2:] == listed


def test_a_page_that_could_not_be_read_again_is_told(tmp_path: Path) -> None:
    write_scan(tmp_path / "scans" / "a.png", "Ana Bo")
    settings = RunSettings((tmp_path / "scans",), tmp_path / "out")
    run_batch(settings, page_function=read_text_page)

    def fails(task: PageTask) -> PageResult:
        return replace(FAILED, ref=task.ref, sheet_id=task.sheet_id)

    report = run_batch(replace(settings, overlay=True), page_function=fails)
    assert [(s.status, s.failure) for s in report.failed] == [(SheetStatus.READ, FAILED.failure)]
    assert report.totals.signers == 2
    assert run_batch(replace(settings, overlay=True), page_function=read_text_page).failed == ()


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
    """A page is known where its file's name begins as one of the run's forms is called."""
    form = Path(task.ref.path).name.partition("_")[0]
    found = read_text_page(task)
    if form in [one.name for one in load_unchanged(task.forms, task.definitions)]:
        return replace(found, form=form)
    return replace(found, status=SheetStatus.UNRECOGNISED, form=None, rows=(), collector=())


def run(folder: Path, *named: Path | str) -> RunReport:
    """What `digitizer run` does with these --form."""
    given = [str(name) for name in named]
    forms = form_names(given)
    kept = knows_kept(given)
    settings = RunSettings((folder / "scans",), folder / "out", forms=forms, kept_forms=kept)
    texts = [form_text(form) for form in load_forms(forms)]
    return run_batch(settings, form_texts=texts, page_function=read_known)


def own_form(folder: Path, name: str) -> Path:
    """A definition of a form called ``name``."""
    text = (FORMS / "municipal-fr.toml").read_text("utf-8")
    file = folder / f"{name}.toml"
    file.write_text(text.replace('name = "municipal-fr"', f'name = "{name}"', 1), "utf-8")
    return file


def test_a_form_forgotten_once_takes_no_sheet_out_of_the_count(tmp_path: Path) -> None:
    """Ten rows were four, and one that a person had counted was gone, with exit code 0."""
    french, usual = (own_form(tmp_path, name) for name in ("french", "usual"))
    write_scan(tmp_path / "scans" / "french_1.png", "Ana Bo? Cy")
    write_scan(tmp_path / "scans" / "usual_1.png", "Di Ed")
    assert run(tmp_path, usual, french).kept == ()
    files = [tmp_path / "out" / name for name in (export.RECORDS_FILE, export.SHEETS_FILE)]
    before = [file.read_bytes() for file in files]
    for _ in range(2):
        report = run(tmp_path, usual)
        assert [file.read_bytes() for file in files] == before
        (told,) = [line for line in summary_lines(report) if "stays as it was" in line]
        assert "with french:" in told
        assert "french_1.png, page 1" in told
        assert report.totals.unrecognised == []
    assert run(tmp_path, usual, french).kept == ()


def test_a_workspace_remembers_the_definitions_that_it_was_given(tmp_path: Path) -> None:
    """As it does the profile: a later run without --form left out their sheets."""
    scans = tmp_path / "scans"
    write_scan(scans / "french_1.png", "Ana Bo? Cy")
    assert run(tmp_path, "auto", own_form(tmp_path, "french")).pages_read == 1
    # The file itself is not needed any more, and nothing is read anew.
    (tmp_path / "french.toml").unlink()
    assert (run(tmp_path).pages_read, run(tmp_path, "auto").pages_read) == (0, 0)
    write_scan(scans / "french_2.png", "Di")
    write_scan(scans / "usual_1.png", "Ed Flo")
    report = run(tmp_path, "auto", own_form(tmp_path, "usual"))
    assert (report.totals.read, report.totals.unrecognised) == (3, [])
    with Store.open(tmp_path / "out" / DATABASE_FILE) as store:
        again = store.readable(store.sheets()[0].sheet_id)
        there = settings_as_before(store, tmp_path / "out")
        (tmp_path / "usual.toml").unlink()
        gone = settings_as_before(store, tmp_path / "out")
    assert again is not None
    assert "french" in [form.name for form in load_forms(again.forms)]
    # Scans that join later are read by a file that is there, which somebody may have mended.
    assert there.forms == (*installed_forms(), str(tmp_path / "usual.toml"))
    assert gone.forms == installed_forms()
    assert there.kept_forms
    assert gone.kept_forms


def test_a_definition_given_again_takes_the_place_of_the_kept_one(tmp_path: Path) -> None:
    write_scan(tmp_path / "scans" / "french_1.png", "Ana")
    file = own_form(tmp_path, "french")
    run(tmp_path, "auto", file)
    file.write_text(file.read_text("utf-8").replace('language = "fr"', 'language = "en"'), "utf-8")
    assert run(tmp_path, "auto", file).pages_read == 1
    assert run(tmp_path).pages_read == 0


def test_forms_named_alone_put_those_of_no_page_aside(tmp_path: Path) -> None:
    """Else a draft that was given once could never be got rid of."""
    write_scan(tmp_path / "scans" / "french_1.png", "Ana")
    run(tmp_path, "auto", own_form(tmp_path, "french"), own_form(tmp_path, "draft"))
    write_scan(tmp_path / "scans" / "usual_1.png", "Bo")
    assert len(run(tmp_path, own_form(tmp_path, "usual")).kept) == 1
    with Store.open(tmp_path / "out" / DATABASE_FILE) as store:
        kept = store.write(lambda c: join(c, (), (), with_kept=True))
    assert sorted(form.name for form in load_forms(kept.forms)) == ["french", "usual"]


def test_a_kept_definition_takes_the_place_of_an_installed_one(tmp_path: Path) -> None:
    own = own_form(tmp_path, "amnesty-canada-en")
    write_scan(tmp_path / "scans" / "amnesty-canada-en_1.png", "Ana")
    run(tmp_path, own)
    run(tmp_path)
    with Store.open(tmp_path / "out" / DATABASE_FILE) as store:
        again = store.readable(store.sheets()[0].sheet_id)
    assert again is not None
    (form,) = [f for f in load_forms(again.forms) if f.name == "amnesty-canada-en"]
    assert form.language == "fr"


def test_a_kept_definition_that_is_not_understood_ends_no_run(tmp_path: Path) -> None:
    write_scan(tmp_path / "scans" / "french_1.png", "Ana")
    run(tmp_path, "auto", own_form(tmp_path, "french"))
    broken = sa.update(t.DEFINITIONS).values(content="[form]\nname = 1\n")
    with Store.open(tmp_path / "out" / DATABASE_FILE) as store:
        store.write(lambda c: c.execute(broken))
    assert len(run(tmp_path).kept) == 1


def test_many_kept_pages_are_counted_and_some_named() -> None:
    line = kept_line([Kept(f"{n}.png", 1, "", "b" if n else "a") for n in range(8)])
    assert line.startswith("8 pages stay as they were read before, with a, b:")
    assert line.endswith("4.png, page 1; and 3 more")
