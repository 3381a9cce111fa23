"""Decisions, profiles and samples in the database, SQLite and PostgreSQL."""

from dataclasses import replace

import pytest
from fake_pages import page_ref, page_result, row
from test_store import opened, postgres_socket, postgres_url

from digitizer.errors import UsageError
from digitizer.profiles.profiles import load_profile
from digitizer.records import PageResult, RowStatus, SheetStatus
from digitizer.store import Store
from digitizer.workspace.decisions import Action, Decision
from digitizer.workspace.ledger import SampledField
from digitizer.workspace.repeats import Repeat
from digitizer.workspace.stored import Rescan, Source

__all__ = ["opened", "postgres_socket", "postgres_url"]


def add(store: Store, result: PageResult, settings: str = "k") -> None:
    """Hand in and save a page."""
    source = Source(result.ref.source_file, result.ref.page, result.ref.sha256)
    store.register(store.start_run(settings, {}, "0"), settings, [source])
    store.save_page(result, settings)


def statuses(store: Store) -> list[tuple[int, str]]:
    """Row and status of every record."""
    return [(r.row, r.status.value) for r in store.records()]


def test_decisions_are_appended_and_outlive_another_reading(opened: Store) -> None:
    result = page_result(page_ref(), row(1, "Ana Ray", review="name"), row(3, "Bo Li"))
    add(opened, result)
    made = (
        Decision(result.sheet_id, 1, "name", Action.SET, "Ana Ray", "Ana Roy", "eva", "the crop"),
        Decision(result.sheet_id, 3, "status", Action.SET, "counted", "struck", "eva", seconds=2.5),
    )
    opened.decide(made)
    assert statuses(opened) == [(1, "counted"), (3, "struck")]
    add(opened, replace(result, rows=(row(1, "Xyz", review="name"), row(3, "Bo Li"))), "other")
    first = next(opened.records())
    name = first.get("name")
    assert name is not None
    assert (name.value, name.raw_text) == ("Ana Roy", "Xyz")
    assert statuses(opened) == [(1, "counted"), (3, "struck")]
    assert [replace(d, at="") for d in opened.decisions()] == list(made)
    assert all(d.at.endswith("+00:00") for d in opened.decisions())


def test_undoing_is_one_more_row(opened: Store) -> None:
    result = page_result(page_ref(), row(1, "Ana Roy"))
    add(opened, result)
    made = Decision(result.sheet_id, 1, "status", Action.SET, "counted", "struck", "eva")
    opened.decide([made])
    opened.decide([replace(made, action=Action.UNDO, before="struck", after="counted")])
    assert statuses(opened) == [(1, "counted")]
    assert [d.action for d in opened.decisions()] == [Action.SET, Action.UNDO]


def test_a_second_scan_counts_when_a_person_says_so(opened: Store) -> None:
    first, again = (
        page_result(page_ref("1"), row(1, "Ana")),
        page_result(page_ref("2"), row(1, "Bo")),
    )
    add(opened, first)
    add(opened, again)
    opened.save_rescans([Rescan(again.sheet_id, first.sheet_id, 0.9)])
    assert statuses(opened) == [(1, "counted"), (1, "duplicate")]
    opened.decide([Decision(again.sheet_id, 0, "status", Action.SET, "duplicate", "read", "eva")])
    assert statuses(opened) == [(1, "counted"), (1, "counted")]
    assert [s.status for s in opened.sheets()] == [SheetStatus.READ, SheetStatus.READ]


def test_one_row_of_a_second_scan_may_count_by_itself(opened: Store) -> None:
    result = page_result(page_ref(), row(1, "Ana"), row(2, "Bo"))
    add(opened, result)
    run = opened.start_run("k", {}, "0")
    opened.register(run, "k", [Source("copy", 1, result.ref.sha256)])
    copy = f"{result.sheet_id}-c2"
    opened.decide([Decision(copy, 2, "status", Action.SET, "duplicate", "counted", "eva")])
    assert [s for _, s in statuses(opened)] == ["counted", "counted", "duplicate", "counted"]


def test_a_person_outweighs_the_linkage_and_a_profile_may_not_ask_it(opened: Store) -> None:
    result = page_result(page_ref(), row(1, "Ana"), row(2, "Ana"))
    add(opened, result)
    first, second = (r.record_id for r in opened.records())
    opened.save_repeats([Repeat(second, first, 0.999, True)])
    assert statuses(opened) == [(1, "counted"), (2, "duplicate")]
    from digitizer.profiles.profiles import parse_profile

    everyone = parse_profile('[profile]\nname = "all"\n[rows]\nduplicates = "all"\n', "all")
    assert [r.status for r in opened.records(everyone)] == [RowStatus.COUNTED] * 2
    opened.decide([Decision(result.sheet_id, 2, "status", Action.SET, "", "counted", "eva")])
    assert statuses(opened) == [(1, "counted"), (2, "counted")]


def test_a_sheet_waits_no_longer_when_its_last_field_is_decided(opened: Store) -> None:
    result = page_result(page_ref(), row(1, "Ana", review="name"))
    add(opened, result)
    assert opened.sheets()[0].status is SheetStatus.REVIEW
    opened.decide([Decision(result.sheet_id, 1, "name", Action.CONFIRM, "Ana", "Ana", "eva")])
    sheet = opened.sheets()[0]
    assert (sheet.status, sheet.rows_flagged) == (SheetStatus.READ, 0)


def test_the_collector_box_is_decided_for_the_sheet(opened: Store) -> None:
    result = page_result(page_ref(), row(1, "Ana"))
    add(opened, result)
    made = Decision(result.sheet_id, 0, "event_location", Action.SET, "Ottawa", "Hull", "eva")
    opened.decide([made])
    found = next(opened.records()).sheet.get("event_location")
    assert found is not None
    assert found.value == "Hull"


def test_the_last_profile_put_in_force_is_in_force(opened: Store) -> None:
    assert opened.profile().name == "advocacy"
    for name in ("ontario", "ontario", "house-of-commons"):
        opened.set_profile(load_profile(name))
    assert opened.profile() == load_profile("house-of-commons")


def test_a_sample_keeps_what_people_found(opened: Store) -> None:
    fields = [
        SampledField("r1", "name", "Ana", 0.99, "crops/a.png"),
        SampledField("r2", "phone", "613-555-0123", None, None),
    ]
    number = opened.save_sample(2**40, 100, fields)
    opened.save_checks(number, "eva", [(2, False, "613-555-0124")])
    found = opened.sample(number)
    assert (found.seed, found.population) == (2**40, 100)
    assert found.fields[0] == fields[0]
    assert found.fields[1] == replace(fields[1], right=False, right_value="613-555-0124")
    with pytest.raises(UsageError, match="no sample 99"):
        opened.sample(99)
