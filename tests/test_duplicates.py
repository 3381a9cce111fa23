"""People who signed twice, from stored pages to the rows' status."""

from dataclasses import replace
from pathlib import Path

import pytest
from fake_pages import page_ref, page_result, row

from digitizer.duplicates import MIN_SHARE, _others, doubtful_titles, find_repeats
from digitizer.records import (
    Candidate,
    FieldKind,
    FieldState,
    FieldValue,
    PageResult,
    Route,
    RowStatus,
    SignerRow,
)
from digitizer.store import Store
from digitizer.workspace.decisions import Action, Decision
from digitizer.workspace.repeats import Repeat
from digitizer.workspace.stored import RecordRow, Source

SETTINGS = "s"
ANA = {"address": "5 Elm Road", "phone": "613-555-0199", "email": "ana@example.org"}


def saved(store: Store, *pages: PageResult) -> None:
    run_id = store.start_run(SETTINGS, {}, "1")
    sources = [Source(p.ref.source_file, p.ref.page, p.ref.sha256) for p in pages]
    store.register(run_id, SETTINGS, sources)
    for page in pages:
        store.save_page(page, SETTINGS)


def page(content: str, *rows: SignerRow, petition: str = "Free them all") -> PageResult:
    return page_result(
        page_ref(content, source_file=f"{content}.pdf"), *rows, petition=petition, fingerprint=()
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "digitizer.db")


def statuses(store: Store) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [(r.status.value, r.review_fields, r.reasons) for r in store.records()]


def find(store: Store) -> tuple[Repeat, ...]:
    found = find_repeats(store.listing(with_repeats=False))
    store.save_repeats(found)
    return found


def test_a_certain_repeat_does_not_count_and_a_possible_one_is_looked_at(store: Store) -> None:
    first, second = row(1, "Ana Roy", **ANA), row(2, "Ana Roy", **{**ANA, "email": ""})
    saved(store, page("one", first), page("two", row(3, "Ana Roy", **ANA)), page("three", second))
    found = find(store)
    assert [repeat.certain for repeat in found] == [True, False]
    assert {repeat.duplicate_of for repeat in found} == {next(store.records()).record_id}
    assert statuses(store) == [
        ("counted", (), ()),
        ("duplicate", (), ("name:duplicate",)),
        ("review", ("name",), ("name:possible-duplicate",)),
    ]


def test_one_row_on_two_scans_that_both_count_is_looked_at(store: Store) -> None:
    misread = {"address": "9 Oak", "phone": "", "email": ""}
    saved(store, page("one", row(1, "Ana Roy", **ANA)), page("two", row(1, "Xnq Rqv", **misread)))
    one, two = (r.record_id for r in store.records())
    listing = store.listing(with_repeats=False)
    found = find_repeats(listing, [(two, one), ("gone-p1-r01", one)])
    assert [(r.record_id, r.duplicate_of, r.certain) for r in found] == [(two, one, False)]


def test_a_given_name_in_a_cell_of_its_own_is_a_part_of_the_name(store: Store) -> None:
    home = {"address": "5 Elm Road", "phone": "", "email": ""}
    rows = [row(n, "Roy", first_name=given, **home) for n, given in enumerate(("Ana", "Bo"), 1)]
    saved(store, page("one", *rows))
    assert find(store) == ()
    saved(store, page("two", row(1, "Roy", first_name="Bo", **home)))
    (found,) = find(store)
    assert found.duplicate_of == [r.record_id for r in store.records()][1]


def test_taking_repeats_back_leaves_every_row_as_it_was(store: Store) -> None:
    saved(store, page("one", row(1, "Ana Roy", **ANA)), page("two", row(1, "Ana Roy", **ANA)))
    before = list(store.records())
    find(store)
    assert list(store.records()) != before
    assert [r for _, rows in store.listing(with_repeats=False) for r in rows] == before
    store.save_repeats(())
    assert list(store.records()) == before


def test_finding_again_finds_the_same(store: Store) -> None:
    saved(store, page("one", row(1, "Ana Roy", **ANA)), page("two", row(1, "Ana Roy", **ANA)))
    assert find(store) == find(store) == tuple(store.signer_repeats().values())


@pytest.mark.parametrize("status", [RowStatus.STRUCK, RowStatus.INCOMPLETE])
def test_a_row_that_does_not_count_takes_nobodys_place(store: Store, status: RowStatus) -> None:
    lost = replace(row(1, "Ana Roy", **ANA), status=status)
    saved(store, page("one", lost), page("two", row(1, "Ana Roy", **ANA)))
    assert find(store) == ()


def test_another_petition_is_another_signature(store: Store) -> None:
    first = page("one", row(1, "Ana Roy", **ANA), petition="Free them all")
    saved(store, first, page("two", row(1, "Ana Roy", **ANA), petition="Stop the dam"))
    assert find(store) == ()


def test_a_misread_title_is_the_same_petition(store: Store) -> None:
    titles = ("Protect human rights defenders", "Protect humam rights defenders")
    pages = [
        page(f"p{n}", row(1, "Ana Roy", **ANA), petition=title) for n, title in enumerate(titles)
    ]
    saved(store, *pages)
    assert [repeat.certain for repeat in find(store)] == [True]


def test_what_a_person_decided_stays(store: Store) -> None:
    saved(store, page("one", row(1, "Ana Roy", **ANA)), page("two", row(1, "Ana Roy", **ANA)))
    find(store)
    second = list(store.records())[1]
    store.decide([word(second, "counted")])
    assert [status for status, _, _ in statuses(store)] == ["counted", "counted"]


def word(record: RecordRow, status: str) -> Decision:
    """A person's word on a row."""
    return Decision(
        record.sheet.sheet_id, record.row, "status", Action.SET, record.status.value, status, "ana"
    )


@pytest.mark.parametrize(
    ("said", "left"),
    [
        pytest.param({0: "struck"}, ["struck", "counted", "duplicate"], id="first-is-struck"),
        pytest.param({0: "duplicate"}, ["duplicate", "counted", "duplicate"], id="later-one-kept"),
        pytest.param({0: "struck", 1: "struck"}, ["struck", "struck", "counted"], id="two-struck"),
        pytest.param({1: "duplicate"}, ["counted", "duplicate", "duplicate"], id="confirmed"),
        pytest.param({1: "counted"}, ["counted", "counted", "duplicate"], id="another-person"),
    ],
)
def test_of_a_persons_rows_the_first_that_counts_counts(
    store: Store, said: dict[int, str], left: list[str]
) -> None:
    saved(store, *(page(name, row(1, "Ana Roy", **ANA)) for name in ("one", "two", "three")))
    find(store)
    records = list(store.records())
    assert [r.status.value for r in records] == ["counted", "duplicate", "duplicate"]
    store.decide([word(records[place], status) for place, status in said.items()])
    assert [r.status.value for r in store.records()] == left
    # A sheet by itself says the same.
    for record in store.records():
        sheet, rows = store.listed((record.sheet.sheet_id,))[record.sheet.sheet_id]
        assert rows == (record,)
        assert sheet == record.sheet


def test_who_repeats_a_row_that_a_person_called_a_repeat_repeats_its_first(store: Store) -> None:
    saved(store, *(page(name, row(1, "Ana Roy", **ANA)) for name in ("one", "two", "three")))
    one, two, three = (r.record_id for r in store.records())
    # Suggestions may form a chain: the third looks like the second, the second like the first.
    chain = (Repeat(two, one, 0.9, certain=False), Repeat(three, two, 0.9, certain=False))
    store.save_repeats(chain)
    store.decide([word(list(store.records())[1], "duplicate")])
    assert [status for status, _, _ in statuses(store)] == ["counted", "duplicate", "review"]


def test_a_sheet_tells_of_the_rows_that_wait_because_of_repeats(store: Store) -> None:
    asked = page("two", row(2, "Ana Roy", **{**ANA, "email": ""}), row(3, "Luc Côté"))
    saved(store, page("one", row(1, "Ana Roy", **ANA)), asked)

    def sheets() -> list[tuple[str, int | None]]:
        return [(sheet.status.value, sheet.rows_flagged) for sheet in store.sheets()]

    assert sheets() == [("read", 0), ("read", 0)]
    find(store)
    assert sheets() == [("read", 0), ("review", 1)]
    assert all(r.sheet == sheet for sheet, rows in store.listing() for r in rows)
    store.save_repeats(())
    assert sheets() == [("read", 0), ("read", 0)]


def test_a_certain_repeat_waits_for_nobody(store: Store) -> None:
    first = row(1, "Ana Roy", **ANA)
    record_fields = tuple(replace(v, route=Route.REVIEW) for v in first.fields)
    doubtful = replace(first, status=RowStatus.REVIEW, fields=record_fields)
    saved(store, page("one", first), page("two", doubtful))
    records = list(store.records())
    known = Repeat(records[1].record_id, records[0].record_id, 1.0, certain=True)
    store.save_repeats((known,))
    assert [(s.status.value, s.rows_flagged) for s in store.sheets()] == [("read", 0)] * 2


def test_second_readings_are_compared_unless_they_are_rare() -> None:
    found = (Candidate("A", 0.9), Candidate("B", MIN_SHARE), Candidate("C", 0.9 * MIN_SHARE))
    value = FieldValue("name", FieldKind.NAME, FieldState.READ, "A", "A", alternatives=found)
    assert _others(value) == ("B",)
    assert _others(None) == ()


@pytest.mark.parametrize(
    ("title", "doubtful"),
    [
        ("right to asylum", True),
        ("XX Protect the right to asylum", True),
        ("Proieci the riani to asvlum", True),
        ("em", True),
        ("Clean water for everybody", False),
    ],
)
def test_a_title_half_read_may_be_another_petition(title: str, doubtful: bool) -> None:
    known = [("form", "Protect the right to asylum")] * 2
    assert doubtful_titles([*known, ("form", title)]) == ({("form", title)} if doubtful else set())
    assert not doubtful_titles([*known, ("other-form", title)])
    assert not doubtful_titles([*known, ("form", title), ("form", title)])
    # The same stray mark on two sheets of many is no title either.
    twice = [*(known * 10), ("form", "6"), ("form", "6")]
    assert doubtful_titles(twice) == {("form", "6")}


def test_who_signed_under_a_title_half_read_is_asked_for(store: Store) -> None:
    titles = ("Protect the right to asylum", "Protect the right to asylum", "to asylum")
    pages = [
        page(f"p{n}", row(1, f"{name} Roy", **(ANA if n else {})), petition=title)
        for n, (name, title) in enumerate(zip(("Luc", "Ana", "Ana"), titles, strict=True))
    ]
    saved(store, *pages)
    assert [repeat.certain for repeat in find(store)] == [False]
