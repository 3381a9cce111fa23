"""What is seen while pages are read."""

import io
import sys

import pytest
from fake_pages import page_ref, page_result, row

from digitizer.counting.progress import ProgressBar, Silence, flagged_fields
from digitizer.records import Route, RowStatus, SignerRow


def test_fields_for_review_are_counted_in_rows_and_box_but_not_in_blank_rows() -> None:
    doubtful = row(1, "Ana", review="name")
    blank = SignerRow(2, RowStatus.BLANK, doubtful.fields)
    result = page_result(page_ref(), doubtful, blank, collector=doubtful.fields)
    assert flagged_fields(result) == 2
    assert all(f.route is Route.ACCEPT for f in row(1, "Ana").fields)


def test_the_bar_shows_pages_and_flagged_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with ProgressBar() as bar:
        bar.looking(3, 3)
        bar.begin(2)
        bar.page(page_result(page_ref(), row(1, "Ana", review="name")))
    shown = screen.getvalue()
    assert "1/2" in shown
    assert "pages/min" in shown
    assert "1 fields to look at" in shown
    assert "Ana" not in shown


def test_silence_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = Silence()
    quiet.looking(1, 2)
    quiet.begin(2)
    quiet.page(page_result(page_ref()))
    assert capsys.readouterr() == ("", "")
