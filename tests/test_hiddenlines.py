"""A note, a slip, tape on a table: rulings go on below it, and rows it covers are told."""

import cv2
import numpy as np
import pytest

from digitizer.layout.rows.coveredrows import covered_rows
from digitizer.lines.rulings import trace_rules
from digitizer.lines.tables import Table, find_tables
from digitizer.records import CellPlace, Pixels, RowPlace

LEFT, RIGHT, TOP, HEAD, PITCH, ROWS = 120, 1600, 500, 130, 66, 20
DOWN = (LEFT, 470, 990, 1260, RIGHT)


def drawn(*notes: tuple[int, int, int, int], thick: int = 3, rows: int = ROWS) -> Pixels:
    """A page with a ruled table and notes (left, top, right, bottom) that lie on it."""
    page = np.full((2200, 1700), 250, np.uint8)
    first = TOP + HEAD
    for y in (TOP, *(first + k * PITCH for k in range(rows + 1))):
        cv2.line(page, (LEFT, y), (RIGHT, y), 90, thick)
    for x in DOWN:
        cv2.line(page, (x, TOP), (x, first + rows * PITCH), 90, thick)
    for left, top, right, bottom in notes:
        page[top:bottom, left:right] = 240
        page[bottom : bottom + 6, left + 4 : right + 4] = 215
    return page


def top_of(row: int) -> int:
    """Where a row (from 1) begins, px."""
    return TOP + HEAD + (row - 1) * PITCH


def tables_on(page: Pixels) -> tuple[Table, ...]:
    return find_tables(trace_rules(page), page.shape)


def has_its_rows(page: Pixels, rows: int) -> None:
    (table,) = tables_on(page)
    assert table.column_count == 4
    at = [table.corner(i, 4)[1] for i in range(table.row_count + 1)]
    assert np.allclose(at, [TOP, *(top_of(k) for k in range(1, rows + 2))], atol=4)


def rows_of(table: Table) -> tuple[RowPlace, ...]:
    """Its rows below the heads, with a cell a column."""
    return tuple(
        RowPlace(
            i,
            table.cell(i, 0, i + 1, table.column_count),
            tuple(
                CellPlace(f"c{j}", (), table.cell(i, j, i + 1, j + 1))
                for j in range(table.column_count)
            ),
        )
        for i in range(1, table.row_count)
    )


@pytest.mark.parametrize(
    "note",
    [
        pytest.param((95, top_of(7) - 4, 1305, top_of(8) + 8), id="one row, all columns but one"),
        pytest.param((60, top_of(4) + 20, 1290, top_of(8) + 20), id="four rows, from the margin"),
        pytest.param((520, top_of(6) + 9, 1650, top_of(9) + 11), id="three rows, from the right"),
        pytest.param((95, top_of(19) - 5, 1305, top_of(20) + 9), id="the last row but one"),
    ],
)
@pytest.mark.parametrize("thick", [2, 8])
def test_rows_below_what_lies_on_a_table_are_its_own(
    note: tuple[int, int, int, int], thick: int
) -> None:
    has_its_rows(drawn(note, thick=thick), ROWS)


@pytest.mark.parametrize(
    ("note", "rows"),
    [
        pytest.param((700, top_of(2) + 30, 1200, top_of(6) + 60), 5, id="past the last row"),
        pytest.param((700, top_of(2) - 20, 1100, top_of(4) + 20), 4, id="two rulings of four"),
        pytest.param((500, top_of(3) - 20, 940, top_of(5) + 20), 6, id="within one column"),
    ],
)
def test_rulings_seen_at_both_sides_of_a_note_need_no_others(
    note: tuple[int, int, int, int], rows: int
) -> None:
    has_its_rows(drawn(note, rows=rows), rows)


def test_column_whose_head_is_hidden_goes_up_to_it() -> None:
    note = (DOWN[1] + 200, TOP + 40, DOWN[2] + 150, top_of(4) - 30)
    (table,) = tables_on(drawn(note, rows=6))
    assert [round(table.corner(0, j)[0]) for j in range(5)] == pytest.approx(DOWN, abs=4)
    assert table.row_count == 7


def test_cells_that_were_printed_larger_stay_so() -> None:
    page = drawn(rows=4)
    page[top_of(2) - 3 : top_of(5) - 3, DOWN[1] + 3 : DOWN[2] - 2] = 250
    (table,) = tables_on(page)
    assert not table.across_borders[2:4, 1].any()


def test_two_tables_one_below_the_other_stay_two() -> None:
    page = drawn(rows=6)
    lower = top_of(7) + 2 * PITCH
    page[lower : lower + 600] = page[TOP : TOP + 600]
    assert len(tables_on(page)) == 2


def test_row_under_a_note_is_told_and_no_other() -> None:
    (table,) = tables_on(drawn((95, top_of(7) - 4, 1305, top_of(8) + 8)))
    page = drawn((95, top_of(7) - 4, 1305, top_of(8) + 8))
    assert covered_rows(rows_of(table), page) == (7,)


def test_white_out_on_one_line_covers_no_row() -> None:
    page = drawn((130, top_of(8) - 30, 460, top_of(8) + 6))
    (table,) = tables_on(drawn())
    assert covered_rows(rows_of(table), page) == ()


def test_strokes_of_pens_cover_no_row() -> None:
    page = drawn()
    for x in range(140, 1580, 60):
        cv2.line(page, (x, top_of(5) - 10), (x + 50, top_of(6) + 10), 40, 4)
    (table,) = tables_on(drawn())
    assert covered_rows(rows_of(table), page) == ()


def test_a_note_that_ends_within_cells_covers_rows_whatever_is_written_on_it() -> None:
    page = drawn((660, top_of(5) + 8, 1180, top_of(8) - 4))
    (table,) = tables_on(drawn())
    assert covered_rows(rows_of(table), page) == (5, 6, 7)
    # A letter on the note looks like a piece of the side that is hidden there.
    cv2.line(page, (991, top_of(6) + 9), (991, top_of(7) - 9), 60, 3)
    assert covered_rows(rows_of(table), page) == (5, 6, 7)


@pytest.mark.parametrize(
    ("note", "rows", "covered"),
    [
        pytest.param((1300, top_of(2) - 20, 1660, top_of(4) + 10), 8, (2, 3), id="over its edge"),
        pytest.param((700, top_of(2) - 20, 1300, top_of(5) + 10), 5, (2, 3, 4), id="most rows"),
        pytest.param((520, top_of(3) - 9, 960, top_of(5) + 9), 8, (3, 4), id="within one column"),
    ],
)
def test_a_note_over_an_edge_over_most_rows_or_within_a_column_covers_rows(
    note: tuple[int, int, int, int], rows: int, covered: tuple[int, ...]
) -> None:
    (table,) = tables_on(drawn(rows=rows))
    assert covered_rows(rows_of(table), drawn(note, rows=rows)) == covered


def test_a_note_over_the_top_of_a_table_leaves_it_its_rows() -> None:
    note = (600, TOP - 60, 1100, top_of(3) + 20)
    (table,) = tables_on(drawn(note, rows=5))
    at = [table.corner(i, 4)[1] for i in range(table.row_count + 1)]
    assert np.allclose(at, [TOP, *(top_of(k) for k in range(1, 7))], atol=4)


def test_a_side_alone_or_a_short_piece_of_a_line_covers_no_row() -> None:
    (table,) = tables_on(drawn())
    for note in (
        (960, top_of(5) + 12, 1010, top_of(6) - 10),  # of a side, no line
        (930, top_of(5) + 12, 1050, top_of(6) + 10),  # 15 mm of a line, and a side
        (660, top_of(5) + 40, 960, top_of(6) + 10),  # a line, and no side
    ):
        assert covered_rows(rows_of(table), drawn(note)) == ()
