"""Which rulings bound rows: the first row is no sliver of the heads."""

import pytest
from drawn import across

from digitizer.layout.rowrules import MIN_ROW_PX, regular_rules


@pytest.mark.parametrize(
    ("first", "rows"),
    [
        pytest.param(MIN_ROW_PX - 4, 5, id="a fold through the heads"),
        pytest.param(MIN_ROW_PX + 4, 6, id="a low row"),
    ],
)
def test_nothing_lower_than_anybody_writes_in_is_the_first_row(first: float, rows: int) -> None:
    ys = [300.0, *(300 + first + 100 * n for n in range(6))]
    assert len(regular_rules([across(y, 100, 1500) for y in ys], 800.0)) - 1 == rows


def test_a_table_of_low_rows_keeps_its_first() -> None:
    ys = [300 + (MIN_ROW_PX - 2) * n for n in range(8)]
    assert len(regular_rules([across(y, 100, 1500) for y in ys], 800.0)) == len(ys)
