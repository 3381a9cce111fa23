"""Counts of rows."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from fake_pages import page_ref, page_result, row

from digitizer.counting.tally import (
    COUNT_COLUMNS,
    FINAL_COLUMNS,
    LeftOut,
    as_csv,
    as_json,
    as_table,
    tally,
)
from digitizer.errors import UsageError
from digitizer.profiles.profiles import load_profile, parse_profile
from digitizer.records import RowStatus
from digitizer.store import Store
from digitizer.workspace.stored import RecordRow, Rescan, Source

ROWS = (
    row(1, "Ana", city="Ottawa"),
    row(2, "Bo", city="Ottawa", review="name"),
    row(3, "Cy", city="Laval", status=RowStatus.STRUCK),
    row(4, "Di", city="Laval", status=RowStatus.INCOMPLETE),
    row(5, "Ed", city="Laval", status=RowStatus.ILLEGIBLE),
    row(6, "Flo", city="=Laval"),
)


@pytest.fixture
def records(tmp_path: Path) -> tuple[RecordRow, ...]:
    """Rows of a sheet, of its copy, and of another scan of it."""
    with Store.open(tmp_path / "a.db") as opened:
        run = opened.start_run("k", {}, "0")
        first, scan = page_result(page_ref("1"), *ROWS), page_result(page_ref("2"), *ROWS[:2])
        for name, result in (("a", first), ("copy", first), ("scan", scan)):
            opened.register(run, "k", [Source(name, 1, result.ref.sha256)])
            opened.save_page(result, "k")
        opened.save_rescans([Rescan(scan.sheet_id, first.sheet_id, 1.0)])
        return tuple(opened.records())


def test_every_row_stands_in_one_column_and_duplicates_count_once(
    records: tuple[RecordRow, ...],
) -> None:
    total = dict(zip(COUNT_COLUMNS, tally(records).total, strict=True))
    assert total == {
        "raw": 14,
        "counted": 2,
        "struck": 1,
        "duplicate": 8,
        "incomplete": 1,
        "illegible": 1,
        "review": 1,
    }


def test_groups_add_up_to_the_total(records: tuple[RecordRow, ...]) -> None:
    result = tally(records, ["source_file", "city"])
    for place in range(len(COUNT_COLUMNS)):
        assert sum(line.counts[place] for line in result.lines) == result.total[place]
    assert [line.group for line in result.lines[:3]] == [
        ("a", "'=Laval"),
        ("a", "Laval"),
        ("a", "Ottawa"),
    ]


def test_an_unknown_column_is_told_with_those_there_are(records: tuple[RecordRow, ...]) -> None:
    with pytest.raises(UsageError, match=r"'town'.*city"):
        tally(records, ["town"])
    assert tally(records, ["riding"], ["riding"]).lines[0].group == ("",)


def test_a_table_ends_with_the_total_and_what_is_pending(records: tuple[RecordRow, ...]) -> None:
    lines = as_table(tally(records, ["city"])).splitlines()
    assert lines[0].split() == ["city", *COUNT_COLUMNS, *FINAL_COLUMNS]
    assert lines[4].split()[:8] == ["total", "14", "2", "1", "8", "1", "1", "1"]
    assert lines[-1] == "1 of 14 rows wait for review and are not counted yet."
    assert lines[-2].startswith("Once a person has looked at every row, ")
    nothing = as_table(tally(())).splitlines()
    assert nothing[1].split() == ["total", *"000000000"]
    assert nothing[3:] == ["No filled row has been read yet."]


def test_a_count_of_which_nothing_waits_is_no_range(records: tuple[RecordRow, ...]) -> None:
    seen = [r for r in records if r.status is not RowStatus.REVIEW]
    text = as_table(tally(seen))
    assert "Once a person" not in text
    assert "wait for review" not in text
    assert "2 rows count; no row waits." in text
    assert "with all that may have been missed" in text


def test_csv_has_a_line_for_each_group(records: tuple[RecordRow, ...]) -> None:
    found = list(csv.DictReader(io.StringIO(as_csv(tally(records, ["city"])))))
    assert [(line["city"], line["raw"]) for line in found] == [
        ("'=Laval", "2"),
        ("Laval", "6"),
        ("Ottawa", "6"),
    ]
    alone = list(csv.DictReader(io.StringIO(as_csv(tally(records)))))
    assert [line["raw"] for line in alone] == ["14"]


def test_json_has_groups_and_total(records: tuple[RecordRow, ...]) -> None:
    found = json.loads(as_json(tally(records, ["city"])))
    assert found["total"]["counted"] == 2
    assert [group["city"] for group in found["groups"]] == ["'=Laval", "Laval", "Ottawa"]


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("event", {("Ottawa",)}),
        ("collector", {("Ana Roy",)}),
        ("date", {("2026-03-01",)}),
        ("petition", {("Free them all",)}),
        ("fsa", {("K1A",)}),
        ("province", {("ON",)}),
        ("file", {("a",), ("copy",), ("scan",)}),
    ],
)
def test_offices_count_by_short_names(
    by: str, groups: set[tuple[str, ...]], records: tuple[RecordRow, ...]
) -> None:
    assert {line.group for line in tally(records, [by]).lines} == groups
    assert len(tally(records, ["sheet"]).lines) == 3


def test_pages_that_are_in_no_number_are_told(records: tuple[RecordRow, ...]) -> None:
    assert "none of these numbers" not in as_table(tally(records))
    result = tally(records, left_out=lambda: LeftOut(failed=1, pending=2))
    told = as_table(result).splitlines()[-1]
    assert told.startswith("3 pages are in none of these numbers: 1 failed, 2 not read yet.")
    left = {"failed": 1, "unrecognised": 0, "pending": 2}
    assert json.loads(as_json(result))["left_out"] == left


def test_where_no_list_of_sheets_was_written_yet_none_is_named(
    records: tuple[RecordRow, ...],
) -> None:
    for listed in (True, False):
        told = as_table(tally(records, left_out=lambda: LeftOut(failed=1, listed=listed)))  # noqa: B023 - called at once
        assert told.endswith("1 failed. See sheets.csv." if listed else "1 failed.")


def test_a_foreign_code_lies_in_no_area(tmp_path: Path) -> None:
    rows = (row(1, "Ana", postal_code="02139"), row(2, "Bo", review="name"))
    with Store.open(tmp_path / "p.db") as opened:
        result = page_result(page_ref(), *rows)
        opened.register(opened.start_run("k", {}, "0"), "k", [Source("a", 1, result.ref.sha256)])
        opened.save_page(result, "k")
        found = tally(opened.records(), ["fsa"])
    assert sorted(line.group[0] for line in found.lines) == ["", "K1A"]
    # One number is no range.
    for number, told in ((2, "every row, 2 count ("), (1, "every row, 1 counts (")):
        final = replace(found.final, low=number, high=number)
        assert told in as_table(replace(found, final=final))


def test_areas_that_a_spreadsheet_would_run_are_neutralised(tmp_path: Path) -> None:
    rows = (row(1, "Ana", postal_code="=1+1"), row(2, "Bo", postal_code="1E3"))
    with Store.open(tmp_path / "p.db") as opened:
        result = page_result(page_ref(), *rows)
        opened.register(opened.start_run("k", {}, "0"), "k", [Source("a", 1, result.ref.sha256)])
        opened.save_page(result, "k")
        found = tally(opened.records(), ["fsa", "postal_code"])
    cells = [line[:2] for line in csv.reader(as_csv(found).splitlines())]
    assert cells[1:] == [["'1E3", "'1E3"], ["'=1+", "'=1+1"]]
    assert [line.group[0] for line in found.lines] == ["1E3", "=1+"]


def test_a_province_that_nobody_wrote_is_told_by_the_postal_code(tmp_path: Path) -> None:
    rows = (
        row(1, "Ana", province="", postal_code="K1A 0B1"),
        row(2, "Bo", province="QC", postal_code="K1A 0B1"),
        row(3, "Cy", province="", postal_code="X1A 0B1"),
        row(4, "Di", province="", postal_code=""),
    )
    with Store.open(tmp_path / "p.db") as opened:
        result = page_result(page_ref(), *rows)
        run = opened.start_run("k", {}, "0")
        opened.register(run, "k", [Source("a", 1, result.ref.sha256)])
        opened.save_page(result, "k")
        found = tally(opened.records(), ["province"])
    # X lies in two territories.
    assert {line.group[0]: line.counts[0] for line in found.lines} == {"": 2, "ON": 1, "QC": 1}


def test_the_final_count_lies_between_what_counts_and_what_may(
    records: tuple[RecordRow, ...],
) -> None:
    result = tally(records, ["city"])
    assert 1 <= result.final.low <= result.final.high <= 6
    for line in result.lines:
        counts = dict(zip(COUNT_COLUMNS, line.counts, strict=True))
        assert line.final.high <= counts["raw"] - counts["duplicate"]
    assert f"{result.final.low} to {result.final.high} count" in as_table(result)
    found = json.loads(as_json(result))
    assert found["total"]["final_low"] == found["final"]["low"] == result.final.low


@pytest.mark.parametrize(
    ("minimum", "told"), [(2, "reached"), (3, "not yet"), (4, "cannot be reached")]
)
def test_a_minimum_is_reached_not_yet_or_out_of_reach(
    minimum: int, told: str, records: tuple[RecordRow, ...]
) -> None:
    text = f'[profile]\nname = "x"\n[petition]\nminimum_signatures = {minimum}\n'
    result = tally(records, profile=parse_profile(text, "x"))
    (found,) = result.minimums
    assert (found.petition, found.counted, found.reached.value) == ("Free them all", 2, told)
    assert told in as_table(result)
    assert json.loads(as_json(result))["minimums"][0]["reached"] == told


def test_a_profile_without_minimum_tells_none(records: tuple[RecordRow, ...]) -> None:
    result = tally(records, profile=load_profile())
    assert result.minimums == ()
    assert "under the validity profile advocacy" in as_table(result)
