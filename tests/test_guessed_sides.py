"""Sides between columns that no ruling shows: put in the gaps of the writing, told in doubt."""

from dataclasses import replace
from itertools import pairwise

import ink_pages
import numpy as np
import numpy.typing as npt
import pytest
from drawn import across, blank, words_at
from ink_pages import EDGES, ROW_HEIGHT, TOP

from digitizer.calibrate import DOUBTFUL_BORDER
from digitizer.layout.table.headsides import column_sides, seen_side
from digitizer.layout.table.writtengaps import WRITTEN_PAD_PX, clear_side, cut_rows, widest_gap
from digitizer.records import Pixels, RegisteredPage, Rule
from digitizer.segment import cut_cells

ROWS, WIDTH = 8, 1700
SIDES = (100, 520, 1000, 1250, 1600)
HEADS = ("Name please", "Your address", "Signature", "Phone and email")


def lines() -> list[Rule]:
    """The lines above and below each row."""
    return [across(300.0 + 90 * n, SIDES[0], SIDES[-1]) for n in range(ROWS + 1)]


def filled() -> Pixels:
    """Rows of writing that begins 1 to 3 mm behind each side and ends before the next one."""
    page, random = blank(WIDTH, 1200), np.random.default_rng(5)
    for n in range(ROWS):
        for left, right in pairwise(SIDES):
            start, stop = left + random.integers(8, 24), right - random.integers(8, 120)
            page[330 + 90 * n : 360 + 90 * n, start:stop] = 60
    return page


def sides_under(alike: str, page: Pixels) -> list[float]:
    """Sides of columns whose heads stand (l)eft or in the (m)iddle of them."""
    heads = []
    for left, right, text, place in zip(SIDES[:-1], SIDES[1:], HEADS, alike, strict=True):
        said = words_at(left + 10, 260, text)
        width = said[-1].box[2] - said[0].box[0]
        heads.append(said if place == "l" else words_at((left + right - width) / 2, 260, text))
    sides = column_sides(heads, lines(), page, (SIDES[0], SIDES[-1]))
    return [float(side) for side in sides]


@pytest.mark.parametrize("alike", ["llll", "mmmm", "lmlm", "mlml", "lmml", "llmm"])
def test_however_heads_stand_sides_lie_in_the_white_between_the_columns_writing(alike: str) -> None:
    page = filled()
    sides = sides_under(alike, page)
    assert sides == pytest.approx(SIDES, abs=120)  # no other column's
    ink = np.asarray((page[300:1020] < 150).any(axis=0))
    for side in sides[1:-1]:
        assert not ink[round(side) - 4 : round(side) + 5].any()


def test_on_a_blank_sheet_sides_lie_where_heads_of_one_kind_have_them() -> None:
    for alike in ("llll", "mmmm"):
        assert sides_under(alike, blank(WIDTH, 1200)) == pytest.approx(SIDES, abs=12)


def test_first_letters_below_each_other_are_no_ruling_and_pieces_of_one_are() -> None:
    page = blank(WIDTH, 1200)
    for n in range(ROWS):
        page[330 + 90 * n : 360 + 90 * n, 530:533] = 60
    assert seen_side(lines(), page, 480, 580) is None
    page = blank(WIDTH, 1200)
    for n in range(ROWS):
        page[302 + 90 * n + 8 * n : 330 + 90 * n + 8 * n, 510:512] = 60
    assert seen_side(lines(), page, 480, 520) == pytest.approx(511, abs=1)


def gaps(*rows: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Ink of rows 600 px wide but for white from and to."""
    ink: npt.NDArray[np.bool_] = np.full((len(rows), 600), fill_value=True)
    for row, (start, stop) in enumerate(rows):
        ink[row, start:stop] = False
    return ink


def test_a_side_goes_to_the_nearest_white_and_keeps_off_the_letters() -> None:
    ink = gaps(*[(300, 340)] * 6)
    assert clear_side(ink, 320.0, 100, 500) == 320.0
    assert clear_side(ink, 280.0, 100, 500) == pytest.approx(300 + WRITTEN_PAD_PX, abs=1)
    assert clear_side(ink, 380.0, 100, 500) == pytest.approx(340 - WRITTEN_PAD_PX, abs=1)
    # Heads are in their own columns: nothing beyond them is a side.
    assert clear_side(ink, 280.0, 100, 290) == 280.0
    assert clear_side(np.zeros_like(ink), 280.0, 100, 500) == 280.0


def test_one_row_that_runs_over_a_side_does_not_move_it_far() -> None:
    rows = [(300, 340)] * 11 + [(500, 520)]
    assert clear_side(gaps(*rows), 310.0, 100, 590) == 310.0


def test_a_side_goes_far_to_white_in_all_rows_and_not_between_the_letters_of_a_word() -> None:
    # Each name is spelled wide from the same place on, and its column's head stands centred.
    ink, random = np.zeros((8, 600), dtype=np.bool_), np.random.default_rng(3)
    for row in ink:
        row[100:196] = True
        for x in range(206, 560, 24):
            start = x + (0 if x == 206 else random.integers(0, 12))
            row[start : start + random.integers(10, 24)] = True
    assert clear_side(ink, 221.0, 150, 500) == pytest.approx(201, abs=2)
    assert clear_side(ink, 330.0, 150, 390) == pytest.approx(201, abs=2)


def test_of_no_rows_nothing_is_cut_and_a_side_stays_where_heads_have_it() -> None:
    none = gaps((0, 0))[:0]
    assert not cut_rows(none).any() and cut_rows(none).shape == (600,)
    assert clear_side(none, 300.0, 100, 500) == 300.0


def test_the_widest_white_tells_a_side_where_heads_do_not() -> None:
    assert widest_gap(gaps((200, 220), (190, 260), (205, 300)), 100, 500) == pytest.approx(
        212, abs=1
    )


def open_page(
    starts: list[int], ends: list[int], *, ruled: bool = False, given: int | None = None
) -> RegisteredPage:
    """A page of rows whose name ends at ``ends`` and whose address begins at ``starts``.

    ``given``: where another word of the name begins.
    """
    rows = len(starts)
    page = ink_pages.paper(TOP + rows * ROW_HEIGHT + 160, EDGES[-1] + 60)
    for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
        baseline = TOP + row * ROW_HEIGHT + 62
        name = [] if given is None else range(given, given + 60, 12)
        for x in (*name, *range(end - 66, end - 5, 12)):
            ink_pages.stroke(page, [(x, baseline), (x, baseline - 20), (x + 6, baseline - 20)])
        for x in range(start, start + 140, 12):
            ink_pages.stroke(page, [(x, baseline), (x, baseline - 20), (x + 6, baseline - 20)])
    rules = ink_pages.table_rules(rows)
    return ink_pages.register(page, rows, rules if ruled else [r for r in rules if r.horizontal])


def told(page: RegisteredPage) -> set[tuple[int | None, str]]:
    """The cells that are in doubt."""
    return {(c.row, c.column) for c in cut_cells(page) if c.border_doubt >= DOUBTFUL_BORDER}


def test_a_row_in_which_a_word_may_stand_on_the_wrong_side_is_told() -> None:
    side = EDGES[1]
    # In the last row the side stands between two words, and what follows it begins too late.
    starts = [side + 12, side + 16, side + 10, side + 14, side + 27]
    ends = [side - 60] * 4 + [side - 3]
    found = told(open_page(starts, ends))
    assert found == {(5, "name"), (5, "address")}
    assert told(open_page(starts, ends, ruled=True)) == set()


def test_writing_that_begins_at_its_usual_place_is_not_told_however_near_the_name() -> None:
    side = EDGES[1]
    starts = [side + 12, side + 16, side + 10, side + 14, side + 13]
    ends = [side - 60] * 4 + [side - 6]
    assert told(open_page(starts, ends)) == set()


def test_where_nobody_knows_the_usual_place_narrow_white_is_told() -> None:
    side = EDGES[1]
    assert told(open_page([side + 12], [side - 5])) == {(1, "name"), (1, "address")}
    assert told(open_page([side + 12], [side - 60])) == set()


def test_a_side_that_a_person_drew_is_not_guessed() -> None:
    side = EDGES[1]
    page = open_page([side + 12], [side - 5])
    assert told(page) and told(replace(page, sides_known=True)) == set()


@pytest.mark.parametrize("lower", [False, True])
def test_a_cell_of_another_line_of_the_row_is_not_beside(lower: bool) -> None:
    side = EDGES[1]
    page = open_page([side + 12] * 3, [side - 5] * 3)
    first, last = page.rows[0], page.rows[-1 if lower else 0]
    cells = tuple(
        cell if cell.column == "name" else other
        for cell, other in zip(first.cells, last.cells, strict=True)
    )
    found = told(replace(page, rows=(replace(first, cells=cells),)))
    assert bool(found) is not lower


@pytest.mark.parametrize(
    ("rows", "ends", "wanted"),
    [
        (5, (30,), True),
        (2, (30,), True),
        # In so many rows white lies at no place by chance; nor where words begin anywhere.
        (6, (30,), False),
        (5, (30, 50, 35, 60, 44), False),
    ],
)
def test_another_place_as_white_as_the_side_makes_what_lies_between_doubtful(
    rows: int, ends: tuple[int, ...], wanted: bool
) -> None:
    side = EDGES[1]
    page = open_page([side + 12] * rows, [side - end for end in (ends * rows)[:rows]], given=120)
    names = {(row + 1, column) for row in range(rows) for column in ("name", "address")}
    assert told(page) == (names if wanted else set())
