"""The store's part about pages: edits, reading anew, and what follows the rows."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from fake_pages import page_ref, page_result, row, write_scan
from placed_pages import drawn_geometry, geometry_of

from digitizer import execution
from digitizer.batch import RunSettings, run_batch
from digitizer.records import NO_EDIT, PageEdit, PageResult, PageTask, SheetStatus
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace import reviewers, uncounted
from digitizer.workspace import schema as t
from digitizer.workspace.decisions import Action, Decision, standing
from digitizer.workspace.ledger import SampledField
from digitizer.workspace.repeats import Repeat
from digitizer.workspace.shown import reading_id
from digitizer.workspace.stored import Source

BEFORE = geometry_of([200, 260, 380, 440])  # the second line of three rows is missing
AFTER = geometry_of([200, 260, 320, 380, 440])
GONE = drawn_geometry(2, top=700)
NAMES = ("Ana Roy", "Bo Li", "Cy Wu")


def page(*names: str, content: str = "one", **more: object) -> PageResult:
    """A page with one row a name."""
    rows = [row(number, name) for number, name in enumerate(names, start=1)]
    return page_result(page_ref(content), *rows, rows_on_form=len(names), **more)


SHEET = page().sheet_id


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with one page, handed in twice."""
    read = page(*NAMES, geometry=BEFORE)
    with Store.open(tmp_path / DATABASE_FILE) as opened:
        run = opened.start_run("settings-1", {"forms": ["a.toml"], "target_error": 0.02}, "0")
        sources = [Source(f"scans/{n}.pdf", 1, read.ref.sha256, path=f"/s/{n}.pdf") for n in "ab"]
        opened.register(run, "settings-1", sources)
        opened.save_page(read, "settings-1")
        yield opened


def read_again(store: Store, result: PageResult, edit: PageEdit = NO_EDIT) -> None:
    """Edit the page and read it as ``result``."""
    number = store.edit_page(SHEET, edit, "Bo")
    store.save_edited(result, "settings-1", edit=number, who="Bo")


def decided(sheet: str, number: int, after: str) -> Decision:
    return Decision(sheet, number, "name", Action.SET, "", after, "Ann", seconds=3.0)


def names(store: Store, sheet: str = SHEET) -> list[str]:
    _, records = store.listed((sheet,))[sheet]
    return [value.value for r in records if (value := r.get("name")) is not None]


def test_the_last_edit_of_a_page_holds(store: Store) -> None:
    store.edit_page(SHEET, PageEdit(turn_deg=90), "Ann")
    store.edit_page(SHEET, PageEdit(turn_deg=0, form="a"), "Bo")
    edits = store.page_edits(SHEET)
    assert [(e.who, e.edit.turn_deg) for e in edits] == [("Ann", 90), ("Bo", 0)]
    assert store.edits_in_force() == {SHEET: edits[-1]}
    assert store.page_edits(f"{SHEET}-c2") == edits


def test_what_it_takes_to_read_a_page_again_is_known(store: Store) -> None:
    found = store.readable(f"{SHEET}-c2")
    assert found is not None
    assert (found.sheet_id, found.settings_hash) == (SHEET, "settings-1")
    assert (found.forms, found.target_error) == (("a.toml",), 0.02)
    assert [source.path for source in found.sources] == ["/s/a.pdf", "/s/b.pdf"]
    assert store.readable("0" * 12 + "-p1") is None


def test_decisions_on_a_page_and_on_its_copy_follow_their_rows(store: Store) -> None:
    store.decide([decided(SHEET, 3, "Cy Woo"), decided(f"{SHEET}-c2", 3, "Cy Wong")])
    read_again(store, page("Ana Roy", "Bo", "Li", "Cy Wu", geometry=AFTER))
    assert names(store) == ["Ana Roy", "Bo", "Li", "Cy Woo"]
    assert names(store, f"{SHEET}-c2") == ["Ana Roy", "Bo", "Li", "Cy Wong"]


def test_decisions_wait_while_no_rows_were_found(store: Store) -> None:
    store.decide([decided(SHEET, 3, "Cy Woo")])
    lost = replace(page(), status=SheetStatus.UNRECOGNISED, rows=(), rows_on_form=None)
    read_again(store, lost, PageEdit(turn_deg=180))
    assert names(store) == []
    # And while a grid was laid that nothing was read through.
    read_again(store, replace(lost, geometry=drawn_geometry(9)), PageEdit(form="a"))
    assert names(store) == []
    read_again(store, page("Ana Roy", "Bo", "Li", "Cy Wu", geometry=AFTER))
    assert names(store) == ["Ana Roy", "Bo", "Li", "Cy Woo"]


def test_second_entries_and_referrals_follow_their_rows(store: Store) -> None:
    firsts = [decided(SHEET, n, f"name {n}") for n in (1, 2, 3)]
    store.decide(firsts)
    for first in firsts:
        store.write(lambda c, first=first: reviewers.ask_second(c, first))  # type: ignore[misc]
    store.write(lambda c: reviewers.refer(c, (SHEET, 3, "name"), who="Ann", note="who is it?"))
    read_again(store, page("Ana Roy", "Bo", "Li", "Cy Wu", geometry=AFTER))
    # Row 2 was cut in two: nobody need enter it a second time.
    found = [(e.row, e.first_value) for e in store.read(reviewers.second_entries)]
    assert found == [(1, "name 1"), (4, "name 3")]
    assert [one.row for one in store.read(reviewers.open_referrals)] == [4]


def test_what_people_found_stays_noted_when_its_row_goes(store: Store) -> None:
    first = decided(SHEET, 1, "Ana")
    store.decide([first])
    store.write(
        lambda c: reviewers.save_second(c, first, who="Di", value="Ana", agreed=True, seconds=2.0)
    )
    store.write(lambda c: reviewers.refer(c, (SHEET, 2, "name"), who="Ann", note="?"))
    for geometry in (GONE, BEFORE, GONE):
        read_again(store, page("X", "Y", geometry=geometry))
    assert [entry.agreed for entry in store.read(reviewers.second_entries)] == [True]
    assert store.read(reviewers.open_referrals) == ()


def test_people_found_twice_and_samples_follow_their_rows(store: Store) -> None:
    other = "f" * 12 + "-p1-r01"
    store.save_repeats(
        [
            Repeat(f"{SHEET}-r03", other, 0.99, True),
            Repeat(other, f"{SHEET}-r02", 0.7, False),
        ]
    )
    sampled = SampledField(f"{SHEET}-r03", "name", "Cy", 0.9, f"crops/{SHEET}-r03_name.png")
    number = store.save_sample(7, 10, [sampled])
    read_again(store, page("Ana Roy", "Bo", "Li", "Cy Wu", geometry=AFTER))
    assert set(store.signer_repeats()) == {f"{SHEET}-r04"}
    field = store.sample(number).fields[0]
    assert (field.record_id, field.crop) == (f"{SHEET}-r04", f"crops/{SHEET}-r04_name.png")


def called(number: int, first: str, sheet: str = SHEET, why: str = "") -> Decision:
    """A row that somebody said to repeat another."""
    why = f"{why}of {first}"
    return Decision(sheet, number, "status", Action.SET, "", "duplicate", "Ann", why=why)


def test_which_row_a_repetition_was_said_to_repeat_follows_its_rows(store: Store) -> None:
    """Both sides: the row that was called so, and those that it was said to repeat."""
    other = page("Cy", "Di", content="two")
    run = store.start_run("settings-1", {}, "0")
    store.register(run, "settings-1", [Source("two.pdf", 1, other.ref.sha256)])
    store.save_page(other, "settings-1")
    two = other.sheet_id
    repeats = called(1, f"{SHEET}-r03", two, "same hand, ")
    store.decide([repeats, called(3, f"{two}-r02"), called(2, f"{SHEET}-r03")])
    read_again(store, page(*NAMES, geometry=geometry_of([140, 200, 260, 380, 440])))
    first = {f"{two}-r01": f"{SHEET}-r04", f"{SHEET}-r04": f"{two}-r02"}
    assert links(store) == {**first, f"{SHEET}-r03": f"{SHEET}-r04"}
    # Whose row is gone may be counted nowhere: nobody else's row is taken for it.
    read_again(store, page("X", "Y", geometry=GONE))
    assert links(store) == {f"{two}-r01": f"{SHEET}-r00"}
    assert store.uncounted_people([f"{two}-r01"]).keys() == {f"{two}-r01"}
    assert {d.who for d in store.decisions() if d.action is Action.SET} == {"Ann"}


def links(store: Store) -> dict[str, str]:
    return dict(uncounted.links(standing(store.decisions())))


def test_leases_of_a_page_that_was_read_again_end(store: Store) -> None:
    store.take_lease((SHEET, 1, "name"), "Ann", 0.0, 1e12)
    read_again(store, page(*NAMES, geometry=BEFORE))
    assert store.leases(1.0) == {}


def test_a_page_edited_after_it_was_read_is_to_be_read_again(store: Store) -> None:
    assert store.edited_since_read() == frozenset()
    store.edit_page(SHEET, PageEdit(turn_deg=90), "Ann")
    store.write(lambda c: c.execute(sa.update(t.PAGE_EDITS).values(at="2999-01-01T00:00:00+00:00")))
    digest = hashlib.sha256(b"one").hexdigest()
    assert store.edited_since_read() == {(digest, 1)}


def test_of_several_readings_the_one_shown_tells_the_geometry(store: Store) -> None:
    store.save_page(page(*NAMES, geometry=AFTER), "settings-2")
    assert store.geometry(SHEET) == BEFORE
    run = store.start_run("settings-2", {}, "0")
    digest = hashlib.sha256(b"one").hexdigest()
    store.register(run, "settings-2", [Source(f"scans/{n}.pdf", 1, digest) for n in "ab"])
    assert store.geometry(SHEET) == AFTER


FOUR = ("Ana Roy", "Bo", "Li", "Cy Wu")


def hand_in(store: Store, settings: str) -> None:
    """Type a run with these settings."""
    run = store.start_run(settings, {}, "0")
    digest = hashlib.sha256(b"one").hexdigest()
    store.register(run, settings, [Source(f"scans/{n}.pdf", 1, digest) for n in "ab"])


def test_decisions_follow_their_ink_to_a_reading_under_other_settings_and_back(
    store: Store,
) -> None:
    struck = replace(decided(SHEET, 3, "struck"), field="status")
    store.decide([decided(SHEET, 3, "Cy Woo"), struck, decided(f"{SHEET}-c2", 3, "Cy Wong")])
    store.write(lambda c: reviewers.refer(c, (SHEET, 3, "name"), who="Ann", note="who is it?"))
    hand_in(store, "settings-2")
    store.save_page(page(*FOUR, geometry=AFTER), "settings-2")
    assert names(store) == ["Ana Roy", "Bo", "Li", "Cy Woo"]
    assert names(store, f"{SHEET}-c2") == ["Ana Roy", "Bo", "Li", "Cy Wong"]
    found = [(r.row, r.status.value) for r in store.listed((SHEET,))[SHEET][1]]
    assert found == [(1, "counted"), (2, "counted"), (3, "counted"), (4, "struck")]
    assert [one.row for one in store.read(reviewers.open_referrals)] == [4]
    # It is nobody's edit, and no reason to read the page once more.
    assert (store.page_edits(SHEET), store.edits_in_force()) == ((), {})
    assert store.edited_since_read() == frozenset()
    # The first settings again: their reading is there, and is shown at once.
    hand_in(store, "settings-1")
    assert names(store) == ["Ana Roy", "Bo Li", "Cy Woo"]
    hand_in(store, "settings-2")
    assert names(store) == ["Ana Roy", "Bo", "Li", "Cy Woo"]


def test_decisions_on_a_row_that_other_settings_lose_come_back_with_it(store: Store) -> None:
    store.decide([decided(SHEET, 2, "Bob"), decided(SHEET, 3, "Cy Woo")])
    for _ in range(2):
        hand_in(store, "settings-2")
        store.save_page(page(*FOUR, geometry=AFTER), "settings-2")
        # Row 2 was cut in two, and neither half is the row that was decided.
        assert names(store) == ["Ana Roy", "Bo", "Li", "Cy Woo"]
        hand_in(store, "settings-1")
        assert names(store) == ["Ana Roy", "Bob", "Cy Woo"]


def test_a_reading_that_failed_takes_no_place_and_decisions_outlive_it(store: Store) -> None:
    store.decide([decided(SHEET, 3, "Cy Woo")])
    before = names(store)
    store.save_page(
        replace(page(), status=SheetStatus.FAILED, rows=(), rows_on_form=None), "settings-1"
    )
    assert names(store) == before != []
    store.save_page(page(*FOUR, geometry=AFTER), "settings-1")
    assert names(store) == ["Ana Roy", "Bo", "Li", "Cy Woo"]


def test_an_edit_that_was_read_already_moves_nothing_once_more(store: Store) -> None:
    """A run beside the review pages reads an edited page as they do."""
    store.decide([decided(SHEET, 3, "Cy Woo")])
    number = store.edit_page(SHEET, NO_EDIT, "Bo")
    for _ in range(2):
        store.save_edited(page(*FOUR, geometry=AFTER), "settings-1", edit=number, who="Bo")
        assert names(store) == ["Ana Roy", "Bo", "Li", "Cy Woo"]


def test_an_older_reading_does_not_make_an_edited_page_to_be_read_for_ever(store: Store) -> None:
    hand_in(store, "settings-2")
    store.save_page(page(*NAMES, geometry=BEFORE), "settings-2")
    number = store.edit_page(SHEET, PageEdit(turn_deg=90), "Ann")
    store.write(lambda c: c.execute(sa.update(t.PAGE_EDITS).values(at="2999-01-01T00:00:00+00:00")))
    digest = hashlib.sha256(b"one").hexdigest()
    assert store.edited_since_read("settings-2") == {(digest, 1)}
    store.save_edited(page(*FOUR, geometry=AFTER), "settings-2", edit=number, who="Ann")
    later = sa.update(t.SHEETS).where(t.SHEETS.c.settings_hash == "settings-2")
    store.write(lambda c: c.execute(later.values(saved="2999-01-01T00:00:00+00:00")))
    assert store.edited_since_read("settings-2") == frozenset()


def echo_edit(task: PageTask) -> PageResult:
    """A "reading" that tells the edit it was made with, by form and rows."""
    lines = task.edit.row_lines
    return replace(
        page(*NAMES[: len(lines) - 1] if lines else NAMES, form=task.edit.form or "found"),
        ref=task.ref,
        sheet_id=task.sheet_id,
        geometry=AFTER if lines else BEFORE,
    )


@pytest.mark.parametrize("target_error", [0.005, 0.02], ids=["same settings", "other settings"])
def test_a_later_run_keeps_the_edit_of_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target_error: float
) -> None:
    monkeypatch.setattr(execution, "process_pool", lambda _, **__: execution.SerialExecutor())
    scan = write_scan(tmp_path / "scans" / "a.png", "x")
    settings = RunSettings((tmp_path / "scans",), tmp_path / "out", jobs=1)
    run_batch(settings, page_function=echo_edit)
    with Store.open(tmp_path / "out" / DATABASE_FILE) as opened:
        (sheet,) = opened.sheets()
        assert sheet.form == "found"
        readable = opened.readable(sheet.sheet_id)
        assert readable is not None and readable.sources[0].path == str(scan)
        opened.decide([decided(sheet.sheet_id, 3, "Cy Woo")])
        opened.edit_page(sheet.sheet_id, PageEdit(form="chosen", row_lines=(((0, 0),),) * 4), "Bo")
        # As if the page had been read a minute before the edit.
        later = sa.update(t.PAGE_EDITS).values(at="2999-01-01T00:00:00+00:00")
        opened.write(lambda c: c.execute(later))
    report = run_batch(replace(settings, target_error=target_error), page_function=echo_edit)
    assert report.pages_read == 1
    with Store.open(tmp_path / "out" / DATABASE_FILE) as opened:
        (sheet,) = opened.sheets()
        assert sheet.form == "chosen"
        # Its rows were found elsewhere: the third is the fourth now.
        assert (4, "name") in standing(opened.decisions())[sheet.sheet_id]


@pytest.mark.parametrize(
    ("sheet", "reading"),
    [("ab-p1", "ab-p1"), ("ab-p1-c2", "ab-p1"), ("ab-p1-c12", "ab-p1"), ("ab-c2-p1", "ab-c2-p1")],
)
def test_copies_show_one_reading(sheet: str, reading: str) -> None:
    assert reading_id(sheet) == reading
