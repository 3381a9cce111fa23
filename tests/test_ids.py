"""Tests of digitizer.ids: what sheets and rows are called."""

from hypothesis import given
from hypothesis import strategies as st

from digitizer.ids import record_id, sheet_id, sheet_of


@given(st.text("0123456789abcdef", min_size=64, max_size=64), st.integers(1, 999), st.integers(1))
def test_a_row_s_id_holds_its_sheet_s(sha256: str, page: int, row: int) -> None:
    sheet = sheet_id(sha256, page)
    assert sheet.startswith(sha256[:12])
    assert sheet_of(record_id(sheet, row)) == sheet


def test_the_second_sheet_on_a_page_is_called_s2() -> None:
    assert sheet_id("ab" * 32, 3) == "abababababab-p3"
    assert sheet_id("ab" * 32, 1_000_003) == "abababababab-p3s2"
    assert record_id("abababababab-p3s2", 4) == "abababababab-p3s2-r04"
