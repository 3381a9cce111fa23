"""Rows whose last line is lost, told by the rulings between columns that go on to its place."""

from collections.abc import Sequence

import pytest
from drawn import across, blank, down

from digitizer.layout.rows.columnends import with_rows_of_columns
from digitizer.lines.rulepaths import rule_at
from digitizer.records import Pixels, Rule

HEIGHT, WIDTH, LEFT, RIGHT = 1700, 1700, 120.0, 1580.0
TOP, PITCH, ROWS = 500.0, 90.0, 8
LINES = [across(TOP + PITCH * n, LEFT, RIGHT) for n in range(ROWS + 1)]
END = TOP + PITCH * ROWS


def written(rows: Sequence[int]) -> Pixels:
    """A page with strokes in the middle of each of these rows."""
    page = blank(WIDTH, HEIGHT)
    for row in rows:
        y = round(TOP + PITCH * (row + 0.5))
        for x in (200, 700, 1300):
            for stroke in range(x, x + 120, 16):
                page[y - 12 : y + 12, stroke : stroke + 4] = 0
    return page


def rows_below(rules: Sequence[Rule], rows: Sequence[int]) -> int:
    found = with_rows_of_columns(LINES, [*LINES, *rules], written(rows))
    assert [rule_at(line, 800) for line in found] == pytest.approx(
        [TOP + PITCH * n for n in range(len(found))]
    )
    return len(found) - len(LINES)


@pytest.mark.parametrize("more", [1, 2])
@pytest.mark.parametrize("off", [-8.0, 0.0, 8.0])
def test_a_written_row_that_lost_its_line_ends_where_its_columns_do(off: float, more: int) -> None:
    """The last signer of a copy in black and white was left out without a word."""
    column = down(700, TOP - 80, END + PITCH * more + off)
    assert rows_below([column], range(ROWS + more)) == more


def test_a_blank_row_below_the_last_line_is_not_put_in() -> None:
    assert rows_below([down(700, TOP - 80, END + PITCH)], range(ROWS)) == 0
    assert rows_below([down(700, TOP - 80, END + 2 * PITCH)], range(ROWS + 1)) == 1


@pytest.mark.parametrize(
    "ruling",
    [
        pytest.param(down(700, 60, END + PITCH), id="a streak from the page's top"),
        pytest.param(down(700, TOP, HEIGHT), id="a fold down to its foot"),
        pytest.param(down(700, TOP, END + 0.6 * PITCH), id="ends amid a row"),
        pytest.param(down(700, END - 30, END + PITCH), id="a stroke of the last row"),
        pytest.param(down(700, END + 5, END + PITCH), id="the side of a box below"),
        pytest.param(down(LEFT, TOP, END + PITCH), id="the frame's side"),
    ],
)
def test_what_is_no_end_of_a_column_makes_no_row(ruling: Rule) -> None:
    assert rows_below([ruling], range(ROWS + 1)) == 0
