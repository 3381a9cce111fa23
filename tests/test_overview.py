"""Numbers kept a sheet at a time are those of a count from nothing."""

import dataclasses
from dataclasses import replace
from pathlib import Path

import pytest
from fake_pages import field, page_ref, page_result, row
from hypothesis import given, settings
from hypothesis import strategies as st
from review_pages import fill, invented_pages

from digitizer.counting import tally
from digitizer.counting.overview import By, Handling, Overview
from digitizer.records import FieldKind, Finding, Route, RowStatus, SheetStatus
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace.decisions import Action, Decision
from digitizer.workspace.stored import RecordRow, SheetRow

Listed = tuple[SheetRow, tuple[RecordRow, ...]]


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> list[Listed]:
    folder = tmp_path_factory.mktemp("overview")
    pages = (
        *invented_pages(),
        page_result(page_ref("three"), row(1, "Struck", status=RowStatus.STRUCK), row(2, "Al")),
        page_result(
            page_ref("four"),
            row(1, "Eva", province="ON"),
            row(2, "Ian", province="QC"),
            reasons=("same-hand:1,2",),
            petition="Another",
            collector=(field("collector_name", "Max"),),
        ),
        page_result(page_ref("five"), status=SheetStatus.UNRECOGNISED, petition=None, collector=()),
    )
    with Store.open(folder / DATABASE_FILE) as store:
        fill(store, folder, *pages)
        return list(store.listing())


def overview_of(listing: list[Listed]) -> Overview:
    overview = Overview()
    for sheet, records in listing:
        overview.replace(sheet, records)
    return overview


def test_the_totals_are_those_of_the_tally(listing: list[Listed]) -> None:
    records = [record for _, rows in listing for record in rows]
    found = overview_of(listing).totals()
    counted = tally.tally(records)
    assert found.line.counts == counted.total
    assert found.line.final == counted.final


def test_a_province_that_nobody_wrote_is_told_by_the_postal_code(tmp_path: Path) -> None:
    rows = (
        row(1, "Ana", postal_code="H2X 1Y4"),
        row(2, "Bo", province="ON", postal_code="H2X 1Y4"),
        row(3, "Cy", province="", postal_code="X1A 0B1"),
    )
    with Store.open(tmp_path / DATABASE_FILE) as store:
        fill(store, tmp_path, page_result(page_ref("six"), *rows))
        lines, _ = overview_of(list(store.listing())).groups(By.PROVINCE, 9)
    assert {line.group[0]: line.counts[0] for line in lines} == {"": 1, "ON": 1, "QC": 1}


@pytest.mark.parametrize(
    ("by", "column"), [(By.PETITION, "petition"), (By.COLLECTOR, "collector"), (By.EVENT, "event")]
)
def test_groups_are_those_of_the_tally(listing: list[Listed], by: By, column: str) -> None:
    records = [record for _, rows in listing for record in rows]
    wanted = {line.group: line for line in tally.tally(records, [column]).lines}
    lines, count = overview_of(listing).groups(by)
    assert count == len(wanted)
    assert {line.group: line for line in lines} == wanted


def test_a_limit_keeps_the_largest_groups_and_tells_how_many_there_are(
    listing: list[Listed],
) -> None:
    lines, count = overview_of(listing).groups(By.COLLECTOR, 1)
    assert len(lines) == 1
    assert count > 1
    assert lines[0].counts[0] == max(
        line.counts[0] for line in overview_of(listing).groups(By.COLLECTOR)[0]
    )


@given(order=st.permutations(range(5)), changes=st.lists(st.integers(0, 4), max_size=6))
@settings(max_examples=30, deadline=None)
def test_replacing_and_forgetting_sheets_leaves_nothing_behind(
    listing: list[Listed], order: list[int], changes: list[int]
) -> None:
    overview = overview_of([listing[i] for i in order])
    for i in changes:
        sheet, records = listing[i]
        overview.replace(sheet, ())
        overview.replace(sheet, records[:1])
        overview.replace(sheet, records)
    kept = {listing[i][0].sheet_id for i in order[:3]}
    overview.retain(kept)
    fresh = overview_of([listing[i] for i in range(5) if listing[i][0].sheet_id in kept])
    one, other = overview.totals(), fresh.totals()
    assert one.line == other.line
    assert one.fields_through == other.fields_through
    assert one.rows_through == other.rows_through
    assert one.reasons == other.reasons
    assert one.sheets == other.sheets
    assert one.by_field == other.by_field
    for by in By:
        assert overview.groups(by) == fresh.groups(by)


def test_a_sheet_that_did_not_change_makes_no_new_numbers(listing: list[Listed]) -> None:
    overview = overview_of(listing)
    version = overview.version
    overview.replace(*listing[0])
    assert overview.version == version
    overview.replace(listing[0][0], ())
    assert overview.version > version


def test_straight_through_is_what_nobody_had_to_look_at(tmp_path: Path) -> None:
    page = page_result(
        page_ref("one"), row(1, "Ana"), row(2, "Bo", review="name"), row(3, "Cy", review="email")
    )
    with Store.open(tmp_path / DATABASE_FILE) as store:
        fill(store, tmp_path, page)
        before = overview_of(list(store.listing())).totals()
        store.decide([Decision(page.sheet_id, 2, "name", Action.CONFIRM, "Bo", "Bo", "Ann")])
        after = overview_of(list(store.listing())).totals()
    assert (before.rows_through.hits, before.rows_through.cases) == (1, 3)
    assert (before.waiting, before.decided) == (2, 0)
    assert (after.waiting, after.decided) == (1, 1)
    # Looked at and left as it was is not straight through.
    assert after.rows_through == before.rows_through
    assert after.fields_through == before.fields_through
    assert after.by_field["name"] == {
        Handling.THROUGH: 2,
        Handling.DECIDED: 1,
        Handling.WAITING: 0,
    }


def test_what_waits_in_boxes_is_counted_apart(tmp_path: Path) -> None:
    """ "72 fields in 16 rows" were 14, and 58 of collectors' boxes."""
    doubtful = field("collector_name", "Max", route=Route.REVIEW)
    page = page_result(page_ref("one"), row(1, "Bo", review="name"), collector=(doubtful,))
    with Store.open(tmp_path / DATABASE_FILE) as store:
        fill(store, tmp_path, page)
        totals = overview_of(list(store.listing())).totals()
    assert (totals.waiting, totals.box_fields, totals.boxes) == (2, 1, 1)


def test_a_box_to_tick_that_waits_is_a_field_to_look_at(tmp_path: Path) -> None:
    """The report had one field less to look at than the queue and the run's summary."""
    signer = row(1, "Bo", review="name")
    box = field("news", "Y", kind=FieldKind.CHECKBOX)
    doubtful = replace(box, route=Route.REVIEW)
    for ticked, waiting in ((box, 1), (doubtful, 2)):
        page = page_result(page_ref("one"), replace(signer, fields=(*signer.fields, ticked)))
        with Store.open(tmp_path / DATABASE_FILE) as store:
            fill(store, tmp_path, page)
            totals = overview_of(list(store.listing())).totals()
            (record,) = store.records()
        assert totals.waiting == len(record.review_fields) == waiting
        assert Handling.THROUGH not in {h for h, n in totals.by_field.get("news", {}).items() if n}


def test_why_a_row_waits_names_nothing_that_a_person_decided(tmp_path: Path) -> None:
    struck = replace(row(2, "Cy"), status=RowStatus.REVIEW, reasons=(Finding("row", "struck"),))
    page = page_result(page_ref("one"), row(1, "Bo", review="name"), struck)
    with Store.open(tmp_path / DATABASE_FILE) as store:
        fill(store, tmp_path, page)
        made = [(1, "email"), (2, "name"), (2, "email")]
        store.decide(
            [Decision(page.sheet_id, n, f, Action.SET, "", "a@b.ca", "Ann") for n, f in made]
        )
        totals = overview_of(list(store.listing())).totals()
    assert totals.reasons == {
        (RowStatus.REVIEW, "name:doubtful"): 1,
        (RowStatus.REVIEW, "row:struck"): 1,
    }


def test_sheets_to_look_at_are_named(listing: list[Listed]) -> None:
    found = overview_of(listing).totals()
    assert [sheet.same_hand for sheet in found.same_hand] == ["1,2"]
    assert len(found.unrecognised) == 1
    assert found.sheets[SheetStatus.UNRECOGNISED] == 1


def test_accepted_fields_are_counted_as_a_sample_draws_them(listing: list[Listed]) -> None:
    overview = overview_of(listing)
    assert overview.totals().accepted == sum(n for _, n in overview.accepted()) > 0


def test_facts_hold_no_text_of_a_signer(listing: list[Listed]) -> None:
    for sheet, _ in listing:
        found = overview_of(listing).sheet(sheet.sheet_id)
        assert found is not None
        said = str(dataclasses.asdict(found))
        assert "Cy Wu" not in said
        assert "example.org" not in said
        assert "Main Street" not in said
