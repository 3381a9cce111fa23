"""The words at the end of a run."""

from dataclasses import replace
from pathlib import Path

import pytest
from fake_pages import page_ref, page_result, row

from digitizer.counting.summary import RunReport, Totals, failure_line, program, summary_lines
from digitizer.records import Failure, RowStatus, SheetStatus
from digitizer.store import Store
from digitizer.workspace.decisions import STATUS, Action, Decision
from digitizer.workspace.stored import Rescan, SheetRow, Source


@pytest.fixture
def report(tmp_path: Path) -> RunReport:
    """A run over one good sheet scanned twice, a blank, a foreign and a torn page."""
    struck = row(3, "Cy", status=RowStatus.STRUCK)
    sheet = page_result(page_ref("1"), row(1, "Ana"), row(2, "Bo", review="name"), struck)
    pages = (
        sheet,
        replace(sheet, ref=page_ref("2"), sheet_id="again"),
        page_result(page_ref("3"), status=SheetStatus.BLANK),
        page_result(page_ref("4"), status=SheetStatus.UNRECOGNISED),
        page_result(
            page_ref("5", source_file="torn.pdf"),
            status=SheetStatus.FAILED,
            failure=Failure("scan", "truncated", "ends too early; scan it again"),
        ),
    )
    totals = Totals()
    with Store.open(tmp_path / "a.db") as opened:
        run = opened.start_run("k", {}, "0")
        for page in pages:
            opened.register(run, "k", [Source(page.ref.source_file, 1, page.ref.sha256)])
            opened.save_page(page, "k")
        opened.save_rescans([Rescan("again", sheet.sheet_id, 1.0)])
        for listed in opened.listing():
            totals.add(*listed)
    return RunReport(
        folder=Path("my out"),
        pages_read=5,
        pages_known=2,
        seconds=10.0,
        totals=totals,
        handed_in=7,
        failed=tuple(totals.failures),
        not_read=0,
    )


def test_the_summary_says_what_a_volunteer_asks(report: RunReport) -> None:
    text = "\n".join(summary_lines(report))
    assert text.startswith("5 pages done in 10 s (30 a minute), 2 known from before.")
    assert "1 sheet with 2 signers" in text
    assert "1 field for a person to look at, in 1 row" in text
    assert "of which somebody said" not in text
    assert "1 struck row" in text
    assert "1 sheet scanned twice, counted once" in text
    assert "1 blank page" in text
    assert "1 page could not be read:\n  torn.pdf, page 1: ends too early; scan it again" in text
    assert "1 page is of no known form:\n  scans/a.pdf, page 1" in text
    assert "The signers are in my out/records.csv" in text
    assert text.endswith("digitizer tally 'my out'")


def test_rows_that_wait_are_as_many_as_the_tally_says(tmp_path: Path) -> None:
    rows = row(1, "Ana", review="name"), row(2, "Bo", status=RowStatus.REVIEW), row(3, "Cy")
    lacking = row(4, "Di", status=RowStatus.INCOMPLETE)
    totals, sheet = Totals(), page_result(page_ref("1"), *rows, lacking)
    with Store.open(tmp_path / "a.db") as opened:
        opened.register(opened.start_run("k", {}, "0"), "k", [Source("a", 1, sheet.ref.sha256)])
        opened.save_page(sheet, "k")
        said = Decision(sheet.sheet_id, 1, STATUS, Action.SET, "review", "counted", "eva")
        opened.decide([said])
        for listed in opened.listing():
            totals.add(*listed)
    assert (totals.signers, totals.review_rows, totals.review_fields) == (3, 1, 0)
    assert (totals.settled_rows, totals.settled_fields) == (1, 1)


def test_pages_to_photograph_again_and_pages_that_are_none_are_told_with_what_to_do(
    tmp_path: Path, report: RunReport
) -> None:
    sheet = page_result(page_ref("6", source_file="soft.jpg"), row(1, "Ana"))
    none = replace(sheet, rows=(), status=SheetStatus.UNRECOGNISED)
    pages = (
        replace(sheet, reasons=("too-blurred",)),
        replace(none, ref=page_ref("7", source_file="far.jpg"), sheet_id="7",
                reasons=("unknown-form", "too-coarse")),
        replace(none, ref=page_ref("8", source_file="note.jpg"), sheet_id="8",
                reasons=("no-table", "letter")),
        replace(none, ref=page_ref("9", source_file="c6.jpg"), sheet_id="9",
                reasons=("no-table", "envelope")),
        replace(none, ref=page_ref("10", source_file="back.jpg"), sheet_id="10",
                reasons=("no-table", "back-of-sheet")),
    )  # fmt: skip
    totals = Totals()
    with Store.open(tmp_path / "b.db") as opened:
        run = opened.start_run("k", {}, "0")
        for page in pages:
            opened.register(run, "k", [Source(page.ref.source_file, 1, page.ref.sha256)])
            opened.save_page(page, "k")
        for listed in opened.listing():
            totals.add(*listed)
    text = "\n".join(summary_lines(replace(report, totals=totals)))
    assert "2 pages to photograph or scan again:\n  soft.jpg, page 1: too blurred to read:" in text
    assert "photograph again from above" in text
    assert "  far.jpg, page 1: too small to read: photograph again from nearer" in text
    assert "3 pages are of no known form:\n  note.jpg, page 1: it looks like a letter" in text
    for counted in ("1 letter or other page of text", "1 envelope", "1 back of a sheet"):
        assert f"  {counted}" in text
    # The sheet that could be read all the same counts.
    assert "1 sheet with 1 signer" in text


def test_a_page_of_no_known_form_is_told_with_what_it_is_near_to(
    tmp_path: Path, report: RunReport
) -> None:
    message = "no known form fits this page; nearest: parks (45%); give its definition with --form"
    page = page_result(
        page_ref("11", source_file="other.jpg"),
        status=SheetStatus.UNRECOGNISED,
        failure=Failure("register", "unknown-form", message),
    )
    totals = Totals()
    with Store.open(tmp_path / "c.db") as opened:
        run = opened.start_run("k", {}, "0")
        opened.register(run, "k", [Source(page.ref.source_file, 1, page.ref.sha256)])
        opened.save_page(page, "k")
        for listed in opened.listing():
            totals.add(*listed)
    text = "\n".join(summary_lines(replace(report, totals=totals)))
    assert f"1 page is of no known form:\n  other.jpg, page 1: {message}" in text


def test_the_summary_names_the_command_as_it_was_called(
    report: RunReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITIZER_COMMAND", "./scripts/digitize")
    assert summary_lines(report)[-1].endswith("./scripts/digitize tally 'my out'")
    assert program() == "./scripts/digitize"
    monkeypatch.setenv("DIGITIZER_COMMAND", "/home/a b/digitize")
    assert program() == "'/home/a b/digitize'"


def test_a_run_without_news_says_so(report: RunReport) -> None:
    text = "\n".join(summary_lines(replace(report, pages_read=0)))
    assert "these scans had been read before" in text


def test_an_interrupted_run_says_how_to_go_on(report: RunReport) -> None:
    text = "\n".join(summary_lines(replace(report, interrupted=True)))
    assert text.endswith("type the same command again to go on.")


def test_a_stopped_run_says_why(report: RunReport) -> None:
    text = "\n".join(summary_lines(replace(report, stopped="Stopped: too many.")))
    assert "Stopped: too many. Type the same command again" in text


def test_many_failures_are_cut_short_and_point_to_the_file(report: RunReport) -> None:
    report.totals.failures.extend(report.totals.failures * 30)
    text = "\n".join(summary_lines(report))
    assert "31 pages could not be read" in text
    assert "and 21 more, see sheets.csv" in text


def test_a_file_is_named_once_in_its_failure(report: RunReport) -> None:
    sheet: SheetRow = report.failed[0]
    told = replace(sheet, failure=Failure("scan", "x", "torn.pdf: is torn"))
    assert failure_line(told) == "torn.pdf: is torn"
    assert failure_line(sheet).startswith("torn.pdf, page 1: ")


def test_files_of_other_kinds_are_told(report: RunReport) -> None:
    """Nobody else says that a scan saved as GIF, or a letter in Word, was not read."""
    assert "other kinds" not in "\n".join(summary_lines(report))
    one = replace(report, ignored=("scans/a\nb.gif",))
    assert "1 file of other kinds left alone: scans/a\\nb.gif" in summary_lines(one)
    many = replace(report, ignored=tuple(f"{n}.docx" for n in range(7)))
    assert "7 files of other kinds left alone: 0.docx, 1.docx, 2.docx, ..." in summary_lines(many)


@pytest.mark.parametrize(
    ("number", "message", "told"),
    [
        (3, "a\\nb.pdf: 3 x 3 pixels are no sheet", "a\\nb.pdf, page 3: 3 x 3 pixels are no sheet"),
        (1, "a\\nb.pdf: asks for a password", "a\\nb.pdf: asks for a password"),
        (3, "a\\nb.pdf, page 3: cannot be drawn", "a\\nb.pdf, page 3: cannot be drawn"),
        (3, "reading it failed", "a\\nb.pdf, page 3: reading it failed"),
    ],
)
def test_the_line_of_a_page_that_failed_names_the_page(
    report: RunReport, number: int, message: str, told: str
) -> None:
    sheet = replace(
        report.totals.failures[0],
        source_file="a\nb.pdf",
        page=number,
        failure=Failure("scan", "unreadable", message),
    )
    assert failure_line(sheet) == told
