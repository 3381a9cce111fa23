"""CSV files as spreadsheets and other programs read them."""

import csv
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_pages import field, page_ref, page_result, row
from hypothesis import given
from hypothesis import strategies as st

from digitizer import export
from digitizer.errors import StoreError, UsageError
from digitizer.records import FieldState, Finding, Route, RowStatus, SheetStatus, SignerRow
from digitizer.store import Store
from digitizer.workspace.stored import RecordRow, SheetRow, Source

KEY = "settings"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with Store.open(tmp_path / "digitizer.db") as found:
        yield found


def add(opened: Store, *results: object) -> None:
    """Save pages."""
    run = opened.start_run(KEY, {}, "0")
    for result in results:
        opened.register(run, KEY, [Source(result.ref.source_file, 1, result.ref.sha256)])  # type: ignore[attr-defined]
        opened.save_page(result, KEY)  # type: ignore[arg-type]


def written(opened: Store, folder: Path) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """records.csv and sheets.csv of a store, read back."""
    export.write_workspace(opened.listing(), opened.field_names(), folder)
    return lines(folder / "records.csv"), lines(folder / "sheets.csv")


def lines(file: Path) -> list[dict[str, str]]:
    """A CSV file, read back."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text, strict=True))


def test_a_row_has_all_columns_of_the_contract(opened: Store, tmp_path: Path) -> None:
    signer = row(3, "Éloïse Côté", review="phone", city="Québec", province="QC")
    add(opened, page_result(page_ref("one"), signer))
    records, sheets = written(opened, tmp_path)
    sheet_id = sheets[0]["sheet_id"]
    assert records == [
        {
            "record_id": f"{sheet_id}-r03",
            "petition": "Free them all",
            "sheet_id": sheet_id,
            "source_file": "scans/a.pdf",
            "page": "1",
            "row": "3",
            "status": "review",
            "review_fields": "phone",
            "reasons": "phone:doubtful",
            "name": "Éloïse Côté",
            "address": "3 Main Street",
            "city": "Québec",
            "province": "QC",
            "postal_code": "K1A 0B1",
            "phone": "613-555-0123",
            "email": "éloïse@example.org",
            "contact_consent": "Y",
            "signature": "present",
            "collector_name": "Ana Roy",
            "event_location": "Ottawa",
            "date_collected": "2026-03-01",
            **{f"{name}_confidence": "0.9900" for name in export.ROW_FIELDS},
        }
    ]
    assert list(records[0]) == list(export.RECORD_COLUMNS)
    assert list(sheets[0]) == list(export.SHEET_COLUMNS)
    assert (sheets[0]["rotation_deg"], sheets[0]["skew_deg"]) == ("90", "-1.25")
    assert (sheets[0]["rows_on_form"], sheets[0]["rows_filled"]) == ("8", "1")
    assert sheets[0]["rows_flagged"] == "1"


def test_files_begin_with_a_bom_and_end_lines_with_crlf(opened: Store, tmp_path: Path) -> None:
    add(opened, page_result(page_ref(), row(1, 'Bo "Bob"\nLi')))
    written(opened, tmp_path)
    data = (tmp_path / "records.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfrecord_id,")
    assert data.endswith(b"\r\n")
    assert b'"Bo ""Bob""\nLi"' in data
    assert data.replace(b"\r\n", b"").count(b"\r") == 0


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1 613 555 0123", "'+1 613 555 0123"),
        ("-Roy", "'-Roy"),
        ("@roy", "'@roy"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("\uff1d1", "'\uff1d1"),
        ("Ana = Roy", "Ana = Roy"),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_would_run_is_made_text(text: str, safe: str) -> None:
    assert export.safe_text(text) == safe


@given(st.text())
def test_no_cell_begins_as_a_formula_and_nothing_else_is_changed(text: str) -> None:
    safe = export.safe_text(text)
    assert not safe.startswith(export.FORMULA_STARTS)
    assert safe in (text, f"'{text}")


def test_every_text_column_is_made_safe(opened: Store, tmp_path: Path) -> None:
    evil = "=HYPERLINK(1)"
    fields = tuple(field(name, evil) for name in export.ROW_FIELDS)
    box = tuple(field(name, evil) for name in export.COLLECTOR_FIELDS)
    result = page_result(
        page_ref(source_file=evil),
        SignerRow(1, RowStatus.COUNTED, fields),
        collector=box,
        petition=evil,
        form=evil,
    )
    add(opened, result)
    records, sheets = written(opened, tmp_path)
    for line in (*records, *sheets):
        assert not [c for c, cell in line.items() if cell.startswith("=")]


def test_a_phone_of_bare_digits_stays_text(opened: Store, tmp_path: Path) -> None:
    add(opened, page_result(page_ref(), row(1, "Ana", phone="0135550123")))
    assert written(opened, tmp_path)[0][0]["phone"] == "'0135550123"


def test_a_negative_skew_stays_a_number_and_zero_has_no_sign(opened: Store, tmp_path: Path) -> None:
    add(
        opened,
        page_result(page_ref("1"), skew_deg=-0.001),
        page_result(page_ref("2"), skew_deg=-2.5),
        page_result(page_ref("3"), skew_deg=None),
    )
    assert [s["skew_deg"] for s in written(opened, tmp_path)[1]] == ["0.00", "-2.50", ""]


def test_a_field_without_value_has_no_confidence(opened: Store, tmp_path: Path) -> None:
    unread = replace(field("name", "", 0.3), state=FieldState.UNREAD, confidence=0.3)
    add(opened, page_result(page_ref(), SignerRow(1, RowStatus.REVIEW, (unread,))))
    line = written(opened, tmp_path)[0][0]
    assert (line["name"], line["name_confidence"], line["city_confidence"]) == ("", "", "")


def test_fields_of_other_forms_get_columns_at_the_end(opened: Store, tmp_path: Path) -> None:
    ours = page_result(page_ref("1"), row(1, "Ana"))
    theirs = page_result(
        page_ref("2"),
        SignerRow(1, RowStatus.COUNTED, (field("riding", "Laurier", 0.5),)),
        collector=(field("chair", "Bo"),),
    )
    add(opened, ours, theirs)
    records, sheets = written(opened, tmp_path)
    assert list(records[0]) == [*export.RECORD_COLUMNS, "riding", "riding_confidence"]
    assert list(sheets[0]) == [*export.SHEET_COLUMNS, "chair", "chair_confidence"]
    assert [(r["riding"], r["riding_confidence"]) for r in records] == [
        ("", ""),
        ("Laurier", "0.5000"),
    ]


def test_a_failed_page_has_its_line_with_a_reason(opened: Store, tmp_path: Path) -> None:
    from digitizer.records import Failure, PageResult

    ref = page_ref()
    failure = Failure("scan", "truncated", "ends too early")
    add(opened, PageResult(ref, "x-p1", SheetStatus.FAILED, failure=failure))
    _, sheets = written(opened, tmp_path)
    assert (sheets[0]["status"], sheets[0]["reasons"]) == ("failed", "truncated")
    assert (sheets[0]["rows_filled"], sheets[0]["rotation_deg"]) == ("", "")


def test_an_interrupted_writing_leaves_the_old_files(opened: Store, tmp_path: Path) -> None:
    add(opened, page_result(page_ref(), row(1, "Ana")))
    written(opened, tmp_path)
    before = (tmp_path / "records.csv").read_bytes()

    def break_off() -> Iterator[tuple[SheetRow, tuple[RecordRow, ...]]]:
        yield from opened.listing()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export.write_workspace(break_off(), ((), ()), tmp_path)
    assert (tmp_path / "records.csv").read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_file_that_cannot_be_written_is_told(opened: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="make its folder"):
        export.write_workspace((), ((), ()), tmp_path / "missing")
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="run the same command again"):
        export.write_workspace((), ((), ()), tmp_path / "file")


def test_files_are_as_readable_as_any_other(opened: Store, tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        written(opened, tmp_path)
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "records.csv").stat().st_mode) == 0o644


def test_the_canonical_profile_drops_no_row_and_says_so(opened: Store, tmp_path: Path) -> None:
    struck = replace(row(2, "Bo"), status=RowStatus.STRUCK)
    add(opened, page_result(page_ref(), row(1, "Ana", review="name"), struck, row(3, "Cy")))
    names, _ = opened.field_names()
    count = export.export_canonical(opened.records(), names, tmp_path / "out.csv")
    found = lines(tmp_path / "out.csv")
    assert [r["status"] for r in found] == ["review", "struck", "counted"]
    assert count == 3
    assert lines(tmp_path / "out.dropped.csv") == []
    dropped = (tmp_path / "out.dropped.csv").read_text("utf-8-sig").strip()
    assert dropped.split(",") == list(export.DROPPED_COLUMNS)


def test_the_list_of_dropped_rows_stands_beside_the_file(tmp_path: Path) -> None:
    assert export.dropped_file(tmp_path / "a.b.csv") == tmp_path / "a.b.dropped.csv"
    with pytest.raises(UsageError):
        export.dropped_file(Path())


def test_review_fields_are_in_form_order(opened: Store, tmp_path: Path) -> None:
    fields = (field("phone", "1", route=Route.REVIEW), field("name", "A", route=Route.REVIEW))
    add(opened, page_result(page_ref(), SignerRow(1, RowStatus.REVIEW, fields)))
    assert written(opened, tmp_path)[0][0]["review_fields"] == "phone name"


def test_sheets_name_the_fields_of_the_box_that_wait(opened: Store, tmp_path: Path) -> None:
    box = (field("collector_name", "Bo", route=Route.REVIEW), field("date_collected", "2026-03-02"))
    add(opened, page_result(page_ref(), row(1, "Ana Roy"), collector=box))
    assert written(opened, tmp_path)[1][0]["review_fields"] == "collector_name"


def test_sheets_say_why_fields_of_the_box_wait(opened: Store, tmp_path: Path) -> None:
    beside = Finding("event_location", "ink-beside-field")
    date = replace(field("date_collected", "", route=Route.REVIEW), state=FieldState.UNREAD)
    box = (
        field("collector_name", "Bo", route=Route.REVIEW),
        replace(field("event_location", "", route=Route.REVIEW), findings=(beside,)),
        date,
        field("sheet_number", "4"),
    )
    add(opened, page_result(page_ref(), row(1, "Ana Roy"), collector=box))
    assert written(opened, tmp_path)[1][0]["reasons"].split() == [
        "collector_name:low-confidence",
        "event_location:ink-beside-field",
        "date_collected:unread",
    ]
