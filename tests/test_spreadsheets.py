"""What spreadsheet programs do to a CSV file that they only save is undone."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digitizer.errors import UsageError
from digitizer.spreadsheets import plain, read_table

# Letters of Canadian names, of which the older encodings lack some (MS-DOS has no long dash).
NAMES = st.text("abcXYZ éèçÔœ’–", min_size=1, max_size=12).map(plain)
DAYS = st.dates(date(1930, 1, 1), date(2026, 12, 31))
ORDERS = {
    "dmy": "{0.day}/{0.month}/{0.year}",
    "mdy": "{0.month}/{0.day}/{0.year}",
    "with the hour": "{0} 00:00:00",
    "both": "{0.month}/{0.day}/{0.year} 12:00:00 AM",
}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(NAMES, DAYS), min_size=1, max_size=8),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman", "cp850"]),
    delimiter=st.sampled_from(",;\t"),
    order=st.sampled_from(list(ORDERS)),
)
def test_a_file_that_was_only_saved_says_what_it_said(
    tmp_path: Path, rows: list[tuple[str, date]], encoding: str, delimiter: str, order: str
) -> None:
    """Whatever its encoding, its delimiter and its order of days."""
    known = {f"s-r{n}": {"name": name, "day": f"{day}"} for n, (name, day) in enumerate(rows)}
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["record_id", "name", "day"])
    for record, (name, day) in zip(known, rows, strict=True):
        writer.writerow([record, name, ORDERS[order].format(day)])
    file = tmp_path / "saved.csv"
    file.write_bytes(text.getvalue().encode(encoding, "replace"))
    table = read_table(file, known)
    for _, cells in table.lines:
        for column, said in known[cells["record_id"]].items():
            assert plain(table.as_written(said, cells[column])) == said


def test_a_corrected_cell_stays_corrected(tmp_path: Path) -> None:
    """Only what the program did is undone, not what the person typed."""
    file = tmp_path / "saved.csv"
    file.write_bytes(
        "record_id;name;day\ns-r1;Zoé;03/02/2026\ns-r2;Zoë;05/02/2026\n".encode("cp1252")
    )
    known = {
        "s-r1": {"name": "Zoé", "day": "2026-02-03"},
        "s-r2": {"name": "Zoé", "day": "2026-02-04"},
    }
    table = read_table(file, known)
    assert [table.as_written("Zoé", cells["name"]) for _, cells in table.lines] == ["Zoé", "Zoë"]
    days = [table.as_written(known[c["record_id"]]["day"], c["day"]) for _, c in table.lines]
    assert days == ["2026-02-03", "2026-02-05"]


def test_days_that_became_numbers_say_what_they_said(tmp_path: Path) -> None:
    """A spreadsheet counts days, and shows the count where a cell is no date to it."""
    file = tmp_path / "saved.csv"
    file.write_text("record_id,day\ns-r1,46056\ns-r2,46056\n", encoding="utf-8")
    known = {"s-r1": {"day": "2026-02-03"}, "s-r2": {"day": "2026-02-04"}}
    table = read_table(file, known)
    days = [table.as_written(known[c["record_id"]]["day"], c["day"]) for _, c in table.lines]
    assert days == ["2026-02-03", "46056"]


def test_a_quotation_mark_that_is_never_closed_is_told(tmp_path: Path) -> None:
    """In a long file it was an error of digitizer: all that followed was one cell, too long."""
    file = tmp_path / "corrected.csv"
    file.write_text('record_id,name\na-r01,"Ana\n' + "a-r02,Bo\n" * 20_000, encoding="utf-8")
    with pytest.raises(UsageError, match=r"corrected\.csv is no table: a quotation mark"):
        read_table(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With what the system says of it."""
    with pytest.raises(UsageError, match=r"gone\.csv cannot be read"):
        read_table(tmp_path / "gone.csv")
