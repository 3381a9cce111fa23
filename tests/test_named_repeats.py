"""Rows that people called a repetition by hand, and who repeats those rows."""

from pathlib import Path

import pytest
from fake_pages import row
from test_uncounted import ANA, BO, SETTINGS, page, statuses, word

from digitizer.store import Store
from digitizer.workspace import schema as t
from digitizer.workspace.repeats import Repeat
from digitizer.workspace.stored import Rescan, Source

CY = {"address": "3 Fir Way", "phone": "613-555-0188", "email": "cy@example.org"}
POSSIBLE = ("name:possible-duplicate",)


def saved(store: Store, name: str, started: str, *people: tuple[str, dict[str, str]]) -> None:
    """A sheet that a run brought in at ``started``."""
    one = page(name, *(row(n, who, **home) for n, (who, home) in enumerate(people, 1)))
    run_id = store.start_run(SETTINGS, {}, "1")
    store.register(run_id, SETTINGS, [Source(one.ref.source_file, 1, one.ref.sha256)])
    store.save_page(one, SETTINGS)
    runs = t.RUNS
    store._write(
        lambda c: c.execute(runs.update().where(runs.c.id == run_id).values(started=started))
    )


PAST, FUTURE = "2020-01-01T00:00:00+00:00", "2090-01-01T00:00:00+00:00"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Three people's rows on three sheets; the search says that the third repeats the second."""
    opened = Store.open(tmp_path / "digitizer.db")
    for name, who in (("one", ("Ana Roy", ANA)), ("two", ("Bo Li", BO)), ("three", ("Cy", CY))):
        saved(opened, name, PAST, who)
    return opened


def link(store: Store, later: int, earlier: int, *, certain: bool = False) -> None:
    names = [r.record_id for r in store.records()]
    known = tuple(store.signer_repeats().values())
    store.save_repeats((*known, Repeat(names[later], names[earlier], 0.9, certain)))


@pytest.mark.parametrize("certain", [False, True])
def test_who_repeats_a_row_that_was_called_a_repetition_by_hand_repeats_its_first(
    store: Store, certain: bool
) -> None:
    link(store, 2, 1, certain=certain)
    one, two, three = store.records()
    store.decide([word(two, "duplicate", why=f"of {one.record_id}")])
    assert statuses(store) == ["counted", "duplicate", "duplicate" if certain else "review"]
    beside = store.sheets_of_same_people((two.record_id,))
    assert three.sheet.sheet_id in beside, "its card is made anew"
    store.decide([word(one, "struck")])
    assert three.sheet.sheet_id in store.sheets_of_same_people((one.record_id,))
    assert statuses(store) == ["struck", "duplicate", "counted"]


@pytest.mark.parametrize("certain", [False, True])
def test_while_nobody_knows_whether_the_named_row_counts_a_person_looks(
    store: Store, certain: bool
) -> None:
    """The row that counts came after the one that repeats the repetition."""
    saved(store, "four", PAST, ("Ana Roi", ANA))
    link(store, 2, 1, certain=certain)
    _, two, three, four = store.records()
    store.decide([word(two, "duplicate", why=f"of {four.record_id}")])
    assert statuses(store) == ["counted", "duplicate", "review", "counted"]
    assert list(store.records())[2].reasons == POSSIBLE
    store.decide([word(three, "counted")])
    assert statuses(store) == ["counted", "duplicate", "counted", "counted"]


def test_the_row_that_was_named_counts_itself(store: Store) -> None:
    link(store, 2, 1)
    _, two, three = store.records()
    store.decide([word(two, "duplicate", why=f"of {three.record_id}")])
    assert statuses(store) == ["counted", "duplicate", "counted"]


def test_who_is_suspected_of_another_row_as_well_repeats_the_one_that_counts(store: Store) -> None:
    """The named row was struck, but the search had linked the repetition with a third."""
    saved(store, "four", PAST, ("Di", CY))
    link(store, 2, 1)
    link(store, 3, 2)
    one, _two, three, _four = store.records()
    store.decide([word(three, "duplicate", why=f"of {one.record_id}"), word(one, "struck")])
    assert statuses(store) == ["struck", "counted", "duplicate", "review"]


def test_rows_that_people_called_repetitions_of_each_other_have_one_place(store: Store) -> None:
    saved(store, "four", PAST, ("Di", CY))
    link(store, 2, 1)
    link(store, 3, 1)
    one, two, _three, _four = store.records()
    store.decide([word(two, "duplicate", why=f"of {one.record_id}")])
    store.decide([word(one, "duplicate", why=f"of {two.record_id}")])
    assert statuses(store) == ["duplicate", "duplicate", "counted", "review"]


def test_a_row_named_on_a_second_scan_is_the_first_scans(store: Store) -> None:
    saved(store, "four", PAST, ("Di", CY))
    link(store, 3, 2)
    one, two, three, _four = store.records()
    store.save_rescans([Rescan(two.sheet.sheet_id, one.sheet.sheet_id, 1.0)])
    store.decide([word(three, "duplicate", why=f"of {two.record_id}")])
    assert statuses(store) == ["counted", "duplicate", "duplicate", "review"]


def test_what_came_after_a_row_was_called_a_repetition_is_not_what_it_repeats(
    store: Store,
) -> None:
    """Nobody said of what; it cannot have been of a row that was not there yet."""
    _, two, _ = store.records()
    store.decide([word(two, "duplicate")])
    saved(store, "four", FUTURE, ("Bo Li", BO))
    saved(store, "five", FUTURE, ("Bo Li", BO))
    link(store, 3, 1)
    link(store, 4, 1, certain=True)
    assert statuses(store) == ["counted", "duplicate", "counted", "review", "review"]
    *_, four, _five = store.records()
    store.decide([word(four, "counted")])
    assert statuses(store) == ["counted", "duplicate", "counted", "counted", "duplicate"]


def test_of_rows_that_were_there_the_next_takes_the_place(store: Store) -> None:
    link(store, 2, 1)
    _, two, _ = store.records()
    store.decide([word(two, "duplicate")])
    assert statuses(store) == ["counted", "duplicate", "counted"]
