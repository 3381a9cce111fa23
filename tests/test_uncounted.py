"""People none of whose rows would count because each is called the repetition of another."""

from pathlib import Path

import pytest
from fake_pages import page_ref, page_result, row

from digitizer.duplicates import find_repeats
from digitizer.records import PageResult, RowStatus, SignerRow
from digitizer.store import Store
from digitizer.workspace.decisions import STATUS, Action, Decision
from digitizer.workspace.stored import RecordRow, Rescan, Source
from digitizer.workspace.uncounted import groups

SETTINGS = "s"
ANA = {"address": "5 Elm Road", "phone": "613-555-0199", "email": "ana@example.org"}
BO = {"address": "9 Oak Lane", "phone": "613-555-0102", "email": "bo@example.org"}
NONE = ("row:decided", "row:duplicate-of-none")


def page(content: str, *rows: SignerRow) -> PageResult:
    return page_result(page_ref(content, source_file=f"{content}.pdf"), *rows, fingerprint=())


def saved(store: Store, *pages: PageResult) -> None:
    run_id = store.start_run(SETTINGS, {}, "1")
    sources = [Source(p.ref.source_file, p.ref.page, p.ref.sha256) for p in pages]
    store.register(run_id, SETTINGS, sources)
    for one in pages:
        store.save_page(one, SETTINGS)
    find(store)


def find(store: Store) -> None:
    store.save_repeats(find_repeats(store.listing(with_repeats=False)))


def word(record: RecordRow, status: str, why: str = "") -> Decision:
    return Decision(
        record.sheet.sheet_id, record.row, STATUS, Action.SET, "", status, "eva", why=why
    )


def statuses(store: Store) -> list[str]:
    records = list(store.records())
    # A sheet by itself says the same.
    for record in records:
        assert record in store.listed((record.sheet.sheet_id,))[record.sheet.sheet_id][1]
    return [record.status.value for record in records]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Three sheets that Ana signed, and one of Bo's."""
    opened = Store.open(tmp_path / "digitizer.db")
    ana = (page(name, row(1, "Ana Roy", **ANA)) for name in ("one", "two", "three"))
    saved(opened, *ana, page("four", row(1, "Bo Li", **BO)))
    return opened


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_a_person_all_of_whose_rows_are_called_repetitions_waits_for_somebody(
    store: Store, order: tuple[int, ...]
) -> None:
    records = list(store.records())
    for place in order:
        store.decide([word(records[place], "duplicate")])
    assert statuses(store) == ["review", "duplicate", "duplicate", "counted"]
    first = next(store.records())
    assert (first.reasons, first.review_fields) == (NONE, ())
    assert store.sheets()[0].status.value == "review"
    person = frozenset(r.record_id for r in records[:3])
    assert store.uncounted_people([records[2].record_id]) == {first.record_id: person}


def test_what_another_run_finds_does_not_make_the_person_forgotten(store: Store) -> None:
    records = list(store.records())
    store.decide([word(record, "duplicate") for record in records[:3]])
    find(store)
    assert statuses(store) == ["review", "duplicate", "duplicate", "counted"]


@pytest.mark.parametrize(
    ("settled", "left"),
    [
        pytest.param((0, "counted"), ["counted", "duplicate", "duplicate"], id="it-counts"),
        pytest.param((2, "counted"), ["duplicate", "duplicate", "counted"], id="another-counts"),
        pytest.param((0, "struck"), ["struck", "review", "duplicate"], id="next-one-asked"),
        pytest.param((0, "duplicate"), ["review", "duplicate", "duplicate"], id="said-again"),
    ],
)
def test_it_waits_until_a_row_of_the_person_counts(
    store: Store, settled: tuple[int, str], left: list[str]
) -> None:
    records = list(store.records())
    store.decide([word(record, "duplicate") for record in records[:3]])
    store.decide([word(records[settled[0]], settled[1])])
    assert statuses(store) == [*left, "counted"]


def test_the_repetition_of_a_row_that_was_struck_or_lacks_something_waits(store: Store) -> None:
    one, two, three, bo = store.records()
    store.decide([word(two, "duplicate"), word(three, "duplicate"), word(one, "struck")])
    assert statuses(store) == ["struck", "review", "duplicate", "counted"]
    store.decide([word(bo, "duplicate", why=f"of {one.record_id}")])
    # What Bo's row repeats is told by a person alone.
    assert statuses(store) == ["struck", "review", "duplicate", "duplicate"]
    store.decide([word(one, "counted")])
    assert statuses(store) == ["counted", "duplicate", "duplicate", "duplicate"]


def test_rows_that_people_call_repetitions_of_each_other_wait(store: Store) -> None:
    saved(store, page("five", row(2, "Cy Ash", address="3 Fir Way", phone="613-555-0188")))
    *_, bo, cy = store.records()
    store.decide([word(cy, "duplicate", why=f"of {bo.record_id}")])
    assert statuses(store)[-2:] == ["counted", "duplicate"]
    store.decide([word(bo, "duplicate", why=f"of {cy.record_id}")])
    assert statuses(store)[-2:] == ["review", "duplicate"]
    beside = store.sheets_of_same_people((bo.record_id,))
    assert beside == (cy.sheet.sheet_id,), "what a decision changes elsewhere is known"


def test_a_row_of_whom_nothing_is_known_is_taken_at_its_word(store: Store) -> None:
    bo = list(store.records())[3]
    store.decide([word(bo, "duplicate", why="of the list at the door")])
    assert statuses(store)[3] == "duplicate"
    assert store.uncounted_people([bo.record_id]) == {}


def test_a_repetition_of_a_row_that_counts_is_named_so_and_stays(store: Store) -> None:
    one, two, three, bo = store.records()
    store.decide([word(record, "duplicate") for record in (one, two, three)])
    store.decide([word(one, "duplicate", why=f"of {bo.record_id}")])
    assert statuses(store) == ["duplicate", "duplicate", "duplicate", "counted"]


def test_rows_of_a_second_scan_are_nobodys(store: Store) -> None:
    one, two, three, _ = store.records()
    store.save_rescans([Rescan(three.sheet.sheet_id, one.sheet.sheet_id, 1.0)])
    store.decide([word(one, "duplicate"), word(two, "duplicate")])
    assert statuses(store) == ["review", "duplicate", "duplicate", "counted"]
    assert list(store.records())[2].status is RowStatus.DUPLICATE


def test_rows_are_joined_however_they_are_paired() -> None:
    pairs = [("b", "a"), ("d", "c"), ("c", "b"), ("f", "e"), ("a", "b")]
    assert sorted(map(sorted, groups(pairs))) == [["a", "b", "c", "d"], ["e", "f"]]
    assert groups([]) == []
