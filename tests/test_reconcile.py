"""Handed in = scanned = read = tallied."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_pages import page_ref, page_result, row

from digitizer.counting.reconcile import (
    COLUMNS,
    FileCount,
    Reconciliation,
    as_csv,
    as_json,
    as_table,
    read_manifest,
    reconcile,
)
from digitizer.errors import UsageError
from digitizer.records import Failure, PageResult, SheetStatus
from digitizer.store import Store
from digitizer.workspace.stored import Rescan, Source


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Store]:
    """Two good sheets in a.pdf, one of them scanned again in b.pdf with a blank back."""
    with Store.open(tmp_path / "a.db") as store:
        run = store.start_run("k", {}, "0")
        one, two = (
            page_result(page_ref("1"), row(1, "Ana")),
            page_result(page_ref("2"), row(1, "Bo")),
        )
        again = page_result(page_ref("3"), row(1, "Ana"))
        back = page_result(page_ref("4"), status=SheetStatus.BLANK)
        for file, results in (("a.pdf", (one, two)), ("scans/b.pdf", (again, back))):
            sources = [Source(file, 1, r.ref.sha256) for r in results]
            store.register(run, "k", sources)
            for result in results:
                store.save_page(result, "k")
        store.save_rescans([Rescan(again.sheet_id, one.sheet_id, 1.0)])
        yield store


def compare(store: Store, **more: object) -> Reconciliation:
    """Reconcile a store."""
    return reconcile(store.listing(), store.sources(), **more)  # type: ignore[arg-type]


def test_second_scans_and_blank_backs_are_no_sheets(opened: Store) -> None:
    found = compare(opened, sheets=2)
    assert found.balances
    total = found.total
    assert (total.scanned, total.scanned_twice, total.blank) == (4, 1, 1)
    assert (total.sheets, total.read, total.tallied, total.missing) == (2, 2, 2, 0)
    assert "2 handed in = 2 scanned = 2 read = 2 tallied" in as_table(found)


def test_what_is_missing_is_told_by_number(opened: Store) -> None:
    assert compare(opened, sheets=5).gaps == ("in all: 3 sheets handed in, but not scanned",)
    assert compare(opened, sheets=1).gaps == ("in all: 1 sheet scanned that nobody handed in",)


def test_a_manifest_tells_by_file_whatever_folder_it_names(opened: Store) -> None:
    assert compare(opened, manifest={"D:\\petition\\A.PDF": 2, "b.pdf": 0}).balances
    gaps = compare(opened, manifest={"a.pdf": 3, "c.pdf": 4}).gaps
    assert gaps == (
        "a.pdf: 1 sheet handed in, but not scanned",
        "c.pdf: 4 sheets handed in, never scanned",
    )
    assert compare(opened, manifest={"b.pdf": 0}).gaps == (
        "a.pdf: 2 sheets scanned, but not in the manifest",
    )


def test_sheets_that_were_not_read_are_named_with_the_cause(opened: Store) -> None:
    run = opened.start_run("k", {}, "0")
    failure = Failure("scan", "truncated", "m")
    ref = page_ref("5")
    failed = PageResult(ref, "x", SheetStatus.FAILED, failure=failure)
    unknown = page_result(page_ref("6"), status=SheetStatus.UNRECOGNISED)
    empty = page_result(page_ref("7"))
    waits = page_ref("8")
    names = ("failed", "unknown", "empty")
    for name, result in zip(names, (failed, unknown, empty), strict=True):
        opened.register(run, "k", [Source(name, 1, result.ref.sha256)])
        opened.save_page(result, "k")
    opened.register(run, "k", [Source("waits", 1, waits.sha256)])
    found = compare(opened, sheets=6)
    assert found.gaps == (
        "empty: 1 sheet read, but without any signer",
        "failed: 1 page could not be read",
        "unknown: 1 page of no known form",
        "waits: 1 sheet not read yet",
        "in all: 2 sheets handed in, but not scanned, unless among the 2 pages not read or of "
        "no known form",
    )
    assert (found.total.sheets, found.total.read, found.total.tallied) == (4, 3, 2)


def test_what_is_no_sheet_hides_none_that_is_missing(opened: Store) -> None:
    run = opened.start_run("k", {}, "0")
    looks = ("letter", "envelope", "back-of-sheet")
    for number, word in enumerate(looks, 5):
        status = SheetStatus.UNRECOGNISED
        page = page_result(page_ref(str(number)), status=status, reasons=(word,))
        opened.register(run, "k", [Source(word, 1, page.ref.sha256)])
        opened.save_page(page, "k")
    torn = Source("torn.pdf", 1, "", Failure("scan", "truncated", "m"))
    assert compare(opened, sheets=2).balances
    opened.register(run, "k", [torn])
    found = compare(opened, sheets=3)
    assert (found.total.sheets, found.total.missing, found.total.no_sheet) == (2, 1, 3)
    assert found.gaps == (
        "torn.pdf: 1 page could not be read",
        "in all: 1 sheet handed in, but not scanned, unless among the 1 page not read or of "
        "no known form",
    )


def test_other_formats_hold_the_same(opened: Store) -> None:
    found = compare(opened, sheets=3)
    lines = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert [line["file"] for line in lines] == ["a.pdf", "scans/b.pdf"]
    assert list(lines[0]) == list(COLUMNS)
    content = json.loads(as_json(found))
    assert content["balances"] is False
    assert content["total"]["missing"] == 1
    assert content["gaps"] == list(found.gaps)


def test_a_files_name_is_no_formula_and_a_count_below_nought_a_number() -> None:
    line = FileCount("=a.pdf", handed_in=1, scanned=3)
    found = as_csv(Reconciliation((line,), line, ()))
    (told,) = csv.DictReader(io.StringIO(found))
    assert (told["file"], told["missing"]) == ("'=a.pdf", "-2")


def test_a_manifest_is_read_as_spreadsheets_write_it(tmp_path: Path) -> None:
    file = tmp_path / "manifest.csv"
    file.write_bytes("fichier;feuilles\r\nété.pdf;12\r\nété.pdf;3\r\n".encode("cp1252"))
    assert read_manifest(file) == {"été.pdf": 15}
    file.write_text("file,sheets\na.pdf,many\n", encoding="utf-8")
    with pytest.raises(UsageError, match="line 2"):
        read_manifest(file)
    file.write_text("a,b\n", encoding="utf-8")
    with pytest.raises(UsageError, match="columns file and sheets"):
        read_manifest(file)
