"""The review queue: orders, filters, what it remembers, against a plain list."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fake_pages import field, page_ref, page_result, row
from hypothesis import given, settings
from hypothesis import strategies as st
from review_pages import doubtful, replaced

from digitizer.profiles.profiles import load_profile
from digitizer.records import (
    FieldKind,
    FieldState,
    FieldValue,
    PageResult,
    RowStatus,
    SignerRow,
)
from digitizer.review.filters import ORDERS, Filter
from digitizer.review.items import Item, items_of
from digitizer.review.leases import LEASE_S, Leases
from digitizer.review.queue import GONE_KEPT, Queue, matches, sort_key
from digitizer.store import Store
from digitizer.workspace.stored import Source

FIELDS = ("name", "address", "postal_code", "email")
SHEETS = ("aa-p1", "bb-p1", "cc-p1")


def item(sheet: str = "aa-p1", number: int = 1, name: str = "name", **more: object) -> Item:
    """An item; what is not told is as usual."""
    plain = Item(
        sheet_id=sheet,
        row=number,
        field=name,
        kind=FieldKind.NAME,
        value="Ana",
        confidence=0.5,
        reasons=("low-confidence",),
        weight=0.5,
        rank=0.5,
        place=0,
        source_file="a.pdf",
        page=1,
        petition="P",
        collector="Ana",
        event="Ottawa",
        date="2026-03-01",
    )
    return replace(plain, **more)  # type: ignore[arg-type]


@st.composite
def sheets_of_items(draw: st.DrawFn) -> tuple[str, tuple[Item, ...]]:
    """What waits on one sheet: each field of a row at most once."""
    sheet = draw(st.sampled_from(SHEETS))
    keys = draw(st.sets(st.tuples(st.integers(1, 3), st.sampled_from(FIELDS)), max_size=6))
    weights = draw(st.tuples(*[st.sampled_from((0.1, 0.5, 0.9))] * 3))
    found = []
    for number, name in sorted(keys):
        confidence = draw(st.sampled_from((None, 0.2, 0.5, 0.9)))
        reason = draw(st.sampled_from(("low-confidence", "ditto")))
        found.append(
            item(
                sheet,
                number,
                name,
                confidence=confidence,
                reasons=(reason,),
                weight=weights[number - 1],
                rank=draw(st.sampled_from((0.1, 0.6, 1.2))),
                place=FIELDS.index(name),
                collector=draw(st.sampled_from(("Ana", "Bo"))),
            )
        )
    return sheet, tuple(found)


FILTERS = st.builds(
    Filter,
    field=st.sampled_from(("", *FIELDS)),
    reason=st.sampled_from(("", "ditto")),
    collector=st.sampled_from(("", "Ana")),
    sheet=st.sampled_from(("", "bb-p1")),
    order=st.sampled_from(ORDERS),
)


@given(st.lists(st.tuples(sheets_of_items(), FILTERS), max_size=12))
@settings(deadline=None, max_examples=40)
def test_the_queue_holds_what_a_plain_list_sorted_anew_holds(
    changes: list[tuple[tuple[str, tuple[Item, ...]], Filter]],
) -> None:
    queue = Queue()
    plain: dict[str, tuple[Item, ...]] = {}
    for (sheet, items), wanted in changes:
        queue.count(wanted)  # from here on the view is kept, not made
        queue.replace(sheet, items)
        plain.setdefault(sheet, ())
        plain[sheet] = items
        places = {name: place for place, name in enumerate(plain)}
        for asked in (wanted, Filter(), Filter(order="column")):
            everything = [i for found in plain.values() for i in found if matches(i, asked)]
            assert list(queue.items(asked)) == sorted(everything, key=sort_key(asked.order, places))
        all_items = [i for found in plain.values() for i in found]
        counts = queue.counts()
        assert counts.total == len(queue) == len(all_items)
        assert counts.rows == len({i.key[:2] for i in all_items})
        for name in FIELDS:
            count = sum(i.field == name for i in all_items)
            assert counts.by["field"].get(name, 0) == count
        narrow = queue.counts(wanted)
        assert narrow.total == sum(matches(i, wanted) for i in all_items)


@given(st.lists(sheets_of_items(), min_size=1, max_size=6), FILTERS)
@settings(deadline=None, max_examples=40)
def test_going_on_and_on_shows_everything_once_before_anything_twice(
    sheets: list[tuple[str, tuple[Item, ...]]], wanted: Filter
) -> None:
    queue = Queue()
    for sheet, items in sheets:
        queue.replace(sheet, items)
    expected = {i.key for i in queue.items(wanted)}
    seen: list[tuple[str, int, str]] = []
    after = None
    for _ in range(len(expected)):
        found = queue.next(wanted, "Ann", after)
        assert found is not None
        after = found.key
        seen.append(after)
    assert set(seen) == expected


@given(st.lists(sheets_of_items(), min_size=1, max_size=6), FILTERS)
@settings(deadline=None, max_examples=40)
def test_deciding_each_in_turn_empties_the_queue(
    sheets: list[tuple[str, tuple[Item, ...]]], wanted: Filter
) -> None:
    queue = Queue()
    for sheet, items in sheets:
        queue.replace(sheet, items)
    left = {i.key for i in queue.items(wanted)}
    after = None
    while left:
        found = queue.next(wanted, "Ann", after)
        assert found is not None
        left.remove(found.key)
        rest = [i for i in queue.waiting(found.sheet_id) if i.key != found.key]
        # A decision changes how useful the rest of the row is.
        queue.replace(found.sheet_id, [replace(i, weight=i.weight * 1.5) for i in rest])
        after = found.key
    assert queue.next(wanted, "Ann", after) is None


def test_a_decided_field_leads_to_the_next_of_its_row() -> None:
    queue = Queue()
    useful = [item("aa-p1", n, "name", weight=0.9) for n in (1, 2)]
    row = [item("bb-p1", 1, n, weight=0.5, rank=r) for n, r in (("name", 0.2), ("email", 1.3))]
    queue.replace("aa-p1", useful)
    queue.replace("bb-p1", row)
    queue.replace("bb-p1", [replace(row[1], weight=1.0)])
    found = queue.next(Filter(), "Ann", row[0].key)
    assert found is not None
    assert found.key == row[1].key


def test_a_skipped_field_comes_again_only_after_all_others() -> None:
    queue = Queue()
    queue.replace("aa-p1", [item(number=n, weight=1 / n) for n in (1, 2, 3)])
    shown = []
    after = None
    for _ in range(4):
        found = queue.next(Filter(), "Ann", after)
        assert found is not None
        shown.append(found.row)
        after = found.key
    assert shown == [1, 2, 3, 1]


def test_the_only_field_left_is_shown_again() -> None:
    queue = Queue()
    queue.replace("aa-p1", [item()])
    assert queue.next(Filter(), "Ann", item().key) == item()
    assert queue.next(Filter(field="email"), "Ann", item().key) is None


def test_a_long_forgotten_place_starts_at_the_top() -> None:
    queue = Queue()
    queue.replace("aa-p1", [item(number=n) for n in range(1, GONE_KEPT + 3)])
    queue.replace("aa-p1", [])
    queue.replace("bb-p1", [item("bb-p1")])
    assert queue.next(Filter(), "Ann", item().key) == item("bb-p1")


def test_a_look_ahead_shows_what_comes_next() -> None:
    queue = Queue()
    queue.replace("aa-p1", [item(number=n, weight=1 / n) for n in (1, 2, 3)])
    assert queue.ahead(Filter(), "Ann", item(number=1).key) == item(number=2, weight=1 / 2)


def test_a_filter_goes_through_an_address_and_back() -> None:
    wanted = Filter(field="postal_code", event="Montréal & area", order="column")
    pairs = dict(p.split("=") for p in wanted.query().split("&"))
    assert "Montr%C3%A9al+%26+area" in pairs["event"]
    assert Filter.of(wanted.as_dict()) == wanted
    assert Filter().query() == ""
    assert Filter.of({"order": "<script>", "unknown": "1", "field": " name "}) == Filter("name")


# How useful ------------------------------------------------------------------


def listed(tmp_path: Path, *rows: SignerRow, collector: tuple[FieldValue, ...] = ()) -> list[Item]:
    """What waits on one sheet with these rows."""
    page: PageResult = page_result(page_ref("one"), *rows, collector=collector)
    with Store.open(tmp_path / "one.db") as store:
        run = store.start_run("k", {}, "0")
        store.register(run, "k", [Source(page.ref.source_file, 1, page.ref.sha256)])
        store.save_page(page, "k")
        ((sheet, records),) = store.listing()
        return list(items_of(sheet, records, store.profile()))


def waits(number: int, *names: str, confidence: float = 0.5) -> SignerRow:
    """A row in which these fields wait."""
    plain = row(number, "Ana Roy", status=RowStatus.REVIEW)
    values = [doubtful(n, "Ana", confidence, reason="ditto") for n in names]
    return replaced(plain, *values)


def in_order(items: list[Item], order: str = "useful") -> list[tuple[int, str]]:
    """Row and field, in an order."""
    found = sorted(items, key=sort_key(order, {i.sheet_id: 0 for i in items}))
    return [(i.row, i.field) for i in found]


def test_rows_with_one_doubt_left_come_first(tmp_path: Path) -> None:
    items = listed(
        tmp_path, waits(1, "name", "address", "email"), waits(2, "name"), waits(3, "name", "email")
    )
    assert list(dict.fromkeys(number for number, _ in in_order(items))) == [2, 3, 1]


def test_what_decides_whether_a_row_counts_comes_before_its_contact(tmp_path: Path) -> None:
    items = listed(tmp_path, waits(1, "email", "signature"), waits(2, "phone"), waits(3, "address"))
    assert in_order(items) == [(3, "address"), (2, "phone"), (1, "signature"), (1, "email")] or (
        in_order(items)[0] == (3, "address")
        and in_order(items).index((1, "signature")) < in_order(items).index((1, "email"))
    )


def test_ink_without_a_value_comes_last(tmp_path: Path) -> None:
    unread = field(
        "name", "", None, state=FieldState.UNREAD, route=waits(1, "name").fields[0].route
    )
    blank = replaced(row(1, "Ana", status=RowStatus.REVIEW), unread)
    items = listed(tmp_path, blank, waits(2, "name", "email", confidence=0.6))
    assert in_order(items)[-1] == (1, "name")


def test_what_a_profile_requires_decides(tmp_path: Path) -> None:
    page = page_result(page_ref("one"), waits(1, "phone"))
    with Store.open(tmp_path / "one.db") as store:
        run = store.start_run("k", {}, "0")
        store.register(run, "k", [Source(page.ref.source_file, 1, page.ref.sha256)])
        store.save_page(page, "k")
        ((sheet, records),) = store.listing()
    strict = replace(load_profile(), required=("phone",))
    (usual,) = items_of(sheet, records, load_profile())
    (asked,) = items_of(sheet, records, strict)
    assert asked.weight > usual.weight
    assert usual.reasons == ("ditto",)


def test_a_row_that_waits_as_a_whole_is_one_item(tmp_path: Path) -> None:
    items = listed(tmp_path, row(1, "Ana Roy", status=RowStatus.REVIEW))
    # Nothing on this row is doubtful any more under the usual profile.
    assert [i.field for i in items] in ([], ["status"])


def test_the_collector_box_waits_as_row_0(tmp_path: Path) -> None:
    box = (doubtful("collector_name", "Léa", 0.4, reason=""),)
    (found,) = listed(tmp_path, row(1, "Ana Roy"), collector=box)
    assert (found.row, found.field, found.reasons) == (0, "collector_name", ("low-confidence",))


# Leases ----------------------------------------------------------------------


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        """Start in 2026."""
        self.now = 1.8e9

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self.now


@pytest.fixture
def leases(tmp_path: Path) -> "tuple[Store, Clock, Callable[[], Leases]]":
    """A store, a clock, and a maker of servers' leases on them."""
    store = Store.open(tmp_path / "one.db")
    clock = Clock()
    return store, clock, lambda: Leases(store, clock)


Made = tuple[Store, Clock, Callable[[], Leases]]


def test_nobody_gets_what_another_has_open(leases: Made) -> None:
    _, clock, server = leases
    one, other = server(), server()
    key = item().key
    assert one.take(key, "Ann")
    assert not other.take(key, "Bob")
    assert other.holder(key) == "Ann"
    clock.now += LEASE_S - 1
    assert one.take(key, "Ann"), "renewed"
    clock.now += LEASE_S - 1
    assert not other.take(key, "Bob")
    clock.now += 2
    assert other.take(key, "Bob"), "the lease has ended by itself"
    assert not one.take(key, "Ann")


def test_a_lease_is_given_back_by_its_holder_alone(leases: Made) -> None:
    _, _, server = leases
    one = server()
    key = item().key
    one.take(key, "Ann")
    one.release(key, "Bob")
    assert not one.take(key, "Bob")
    one.release(key, "Ann")
    assert one.holder(key) is None
    assert one.take(key, "Bob")


def test_leases_outlive_the_server_and_not_their_time(leases: Made) -> None:
    _, clock, server = leases
    server().take(item().key, "Ann")
    assert server().holder(item().key) == "Ann"
    clock.now += LEASE_S + 1
    assert server().holder(item().key) is None


def test_two_people_are_led_to_two_rows(leases: Made) -> None:
    _, _, server = leases
    held = server()
    queue = Queue(held)
    queue.replace(
        "aa-p1",
        [
            item(number=n, name=f, weight=1 / n, rank=r)
            for n in (1, 2)
            for f, r in (("name", 0.1), ("email", 1.1))
        ],
    )
    first, second = queue.next(Filter(), "Ann"), queue.next(Filter(), "Bob")
    assert first is not None
    assert second is not None
    assert (first.row, second.row) == (1, 2)
    third = queue.next(Filter(), "Cy")
    assert third is not None, "with no free row left, a free field will do"
    assert third.key not in (first.key, second.key)
    assert queue.next(Filter(), "Di") is not None
    assert queue.next(Filter(), "Ed") is None, "all four are open"
    held.release(first.key, "Ann")
    assert queue.next(Filter(), "Ed") == first


def test_a_field_taken_on_another_server_is_passed_over(leases: Made) -> None:
    _, _, server = leases
    here, elsewhere = server(), server()
    queue = Queue(here)
    queue.replace("aa-p1", [item(number=n, weight=1 / n) for n in (1, 2)])
    elsewhere.take(item(number=1).key, "Bob")
    found = queue.next(Filter(), "Ann")
    assert found is not None
    assert found.row == 2


def test_many_at_once_get_each_field_once(leases: Made) -> None:
    store, _, server = leases
    queues = [Queue(server()) for _ in range(2)]
    for queue in queues:
        queue.replace("aa-p1", [item(number=n) for n in range(1, 25)])
    got: list[tuple[str, int, str]] = []

    def work(number: int) -> None:
        for step in range(4):
            found = queues[number % 2].next(Filter(), f"Reviewer {number} {step}")
            assert found is not None
            got.append(found.key)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len(set(got)) == 24
    store.close()
