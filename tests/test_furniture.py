"""Print in cells is told from handwriting by standing at the same place in every row."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.writing.furniture import EDGE_PX, REACH_PX, edges_left, printed_alike, printed_unsaid

WIDTH, HEIGHT, ROWS = 120, 40, 8


def page_of(
    rows: int = ROWS, *, shifts: list[tuple[int, int]] | None = None, inked: int = ROWS
) -> tuple[np.ndarray, np.ndarray, list[tuple[int, int, int, int]]]:
    """Rows with a printed box at the left, and handwriting elsewhere in ``inked`` of them.

    Returns the ink, the print alone, and the cells.
    """
    rng = np.random.default_rng(5)
    ink = np.zeros((rows * HEIGHT + 20, WIDTH + 20), np.bool_)
    print_ = np.zeros_like(ink)
    cells = []
    for row in range(rows):
        dx, dy = (shifts or [(0, 0)] * rows)[row]
        left, top = 10, 10 + row * HEIGHT
        cells.append((left, top, left + WIDTH, top + HEIGHT))
        y, x = top + 12 + dy, left + 12 + dx
        print_[y : y + 14, x : x + 14] = True
        print_[y + 2 : y + 12, x + 2 : x + 12] = False
        if row < inked:
            at = 40 + int(rng.integers(0, 50))
            down = top + 6 + int(rng.integers(0, 20))
            ink[down : down + 3, left + at : left + at + 20] = True
    return ink | print_, print_, cells


def test_print_is_found_and_handwriting_is_not() -> None:
    ink, print_, cells = page_of()
    found = printed_alike(ink, [cells])
    assert (found & print_).sum() >= 0.95 * print_.sum()
    assert not (found & ink & ~print_).any()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*[st.integers(-2, 2)] * 2), min_size=ROWS, max_size=ROWS))
def test_print_is_found_where_rows_were_traced_a_little_off(shifts: list[tuple[int, int]]) -> None:
    ink, print_, cells = page_of(shifts=shifts)
    found = printed_alike(ink, [cells])
    # Whoever takes print out takes what is left of it within this of it, too.
    size = 2 * EDGE_PX + 1
    near = cv2.dilate(found.astype(np.uint8), np.ones((size, size), np.uint8)) > 0
    assert (near & print_).sum() >= 0.95 * print_.sum()
    assert (found & ink & ~print_).sum() <= 0.05 * (ink & ~print_).sum()


def test_a_mark_in_a_printed_box_stays() -> None:
    ink, print_, cells = page_of()
    left, top = cells[2][0] + 12, cells[2][1] + 12
    cross = np.zeros_like(ink)
    for i in range(-8, 24):
        cross[top + i, left + i] = cross[top + i, left + 14 - i] = True
    found = printed_alike(ink | cross, [cells])
    mark = cross & ~print_
    assert (mark & ~found).sum() >= 0.8 * mark.sum()


def test_too_few_rows_prove_nothing() -> None:
    ink, _, cells = page_of(rows=2, inked=2)
    assert not printed_alike(ink, [cells]).any()


def test_writing_at_about_the_same_place_is_no_print() -> None:
    rng = np.random.default_rng(1)
    ink = np.zeros((ROWS * HEIGHT, WIDTH), np.bool_)
    cells = []
    for row in range(ROWS):
        cells.append((0, row * HEIGHT, WIDTH, (row + 1) * HEIGHT))
        for x in range(5, WIDTH - 8, 7):
            y = row * HEIGHT + 12 + int(rng.integers(0, 12))
            ink[y : y + int(rng.integers(2, 10)), x + int(rng.integers(0, 4))] = True
    assert printed_alike(ink, [cells]).sum() <= 0.03 * ink.sum()


@pytest.mark.parametrize(("sharing", "is_print"), [(6, False), (7, True), (8, True)])
def test_letters_that_meet_in_three_rows_of_four_are_no_print(
    sharing: int, *, is_print: bool
) -> None:
    # As in the boxes of a comb, where everybody's letters stand at one place.
    ink, _, cells = page_of(inked=0)
    letter = np.zeros_like(ink)
    for left, top, _, _ in cells[:sharing]:
        letter[top + 14 : top + 17, left + 60 : left + 72] = True
        letter[top + 14 : top + 26, left + 60 : left + 63] = True
    found = printed_alike(ink | letter, [cells])
    assert bool((found & letter).any()) is is_print


@pytest.mark.parametrize(("gap", "is_print"), [(4, True), (40, False)])
def test_a_dot_is_print_beside_print_alone(gap: int, *, is_print: bool) -> None:
    # The colon of a caption; and a place where seven of eight people wrote.
    ink, _, cells = page_of(inked=0)
    dot = np.zeros_like(ink)
    for left, top, _, _ in cells[:7]:
        x = left + 12 + 14 + gap
        dot[top + 20 : top + 23, x : x + 3] = True
    found = printed_alike(ink | dot, [cells])
    assert bool((found & dot).any()) is is_print


def test_crumbs_around_print_are_its_edges_and_what_reaches_away_is_not() -> None:
    _, print_, cells = page_of(inked=0)
    left, top = cells[0][0] + 12, cells[0][1] + 12
    crumb, stroke, dot = (np.zeros_like(print_) for _ in range(3))
    crumb[top - 3 : top - 1, left : left + 6] = True
    stroke[top + 16 : top + 18, left : left + 30] = True
    dot[top + 4 : top + 7, left + 40 : left + 43] = True
    assert np.array_equal(edges_left(crumb | stroke | dot, print_), crumb)


def test_crumbs_between_letters_of_print_are_its_edges() -> None:
    print_, crumb = (np.zeros((60, 120), np.bool_) for _ in range(2))
    for left in (20, 36, 52):
        print_[20:34, left : left + 3] = True
    crumb[21:23, 42:47] = True
    assert np.array_equal(edges_left(print_ | crumb, print_), crumb)


def test_a_letter_of_which_most_was_taken_out_is_print_whole_and_writing_at_it_is_not() -> None:
    letter, print_, writing = (np.zeros((60, 120), np.bool_) for _ in range(3))
    letter[20:34, 40:43] = letter[20:22, 34:49] = True
    print_[20:34, 40:43] = True
    writing[34:36, 38:90] = True
    assert np.array_equal(edges_left(letter, print_), letter & ~print_)
    assert not edges_left(letter | writing, print_)[34:36, 60:].any()


@pytest.mark.parametrize(("height", "is_print"), [(14, True), (6, False)])
def test_thin_letters_in_line_are_print_though_rows_show_them_a_little_aside(
    height: int, *, is_print: bool
) -> None:
    # A photograph's: each letter stands a pixel aside in some of the rows.
    aside = np.random.default_rng(1).integers(-1, 2, (ROWS, 8))
    blank, _, cells = page_of(inked=0)
    word = np.zeros_like(blank)
    for row, (left, top, _, _) in enumerate(cells):
        for letter in range(8):
            x = left + 12 + 12 * letter + int(aside[row, letter])
            word[top + 12 : top + 12 + height, x : x + 3] = True
    found = printed_alike(word, [cells])
    assert bool(found.any()) is is_print
    assert found[word].mean() > 0.6 or not is_print


@pytest.mark.parametrize("size", [(3, 3), (2 * REACH_PX, 200)])
def test_cells_too_small_to_hold_print_are_left_alone(size: tuple[int, int]) -> None:
    width, height = size
    ink = np.ones((400, 400), np.bool_)
    cells = [(0, 20 * n, width, 20 * n + height) for n in range(5)]
    assert not printed_alike(ink, [cells]).any()


@pytest.mark.parametrize("low", [20, 16], ids=["from edge to edge", "a digit between them"])
def test_a_line_of_a_comb_that_rows_show_a_pixel_aside_is_print(low: int) -> None:
    """It was a letter that somebody had written, and a row that nobody had filled a signer."""
    rows, wide, high = 5, 160, 40
    ink = np.zeros((rows * high + 20, wide + 20), np.bool_)
    cells = []
    for row in range(rows):
        top = 10 + row * high
        cells.append((10, top, 10 + wide, top + high))
        for at in (30, 70):
            ink[top + 8 : top + 30, at : at + 3] = True
        # Two of five rows begin a pixel before the others, or end a pixel after them.
        aside = 110 + (-1 if row == 1 else 1 if row == 3 else 0)
        ink[top + 8 + (20 - low) : top + 10 + low, aside : aside + 2] = True
    found = printed_alike(ink, [cells], [True])
    shown = found[:, 109:114].any()
    assert found[:, 30:33].any() and shown == (low == 20)


def with_names(
    ink: np.ndarray, cells: list[tuple[int, int, int, int]], written: int
) -> tuple[np.ndarray, list[dict[int, tuple[int, int, int, int]]]]:
    """The same rows with a column of names beside, of which the first ``written`` are filled in."""
    wide = np.concatenate((ink, np.zeros_like(ink)), axis=1)
    names = [(x0 + WIDTH, y0, x1 + WIDTH, y1) for x0, y0, x1, y1 in cells]
    for row, (x0, y0, _, _) in enumerate(names[:written]):
        wide[y0 + 9 : y0 + 23, x0 + 9 + row : x0 + 60 + row : 6] = True
    return wide, [dict(enumerate(cells)), dict(enumerate(names))]


def test_print_that_no_definition_tells_is_found_in_the_rows_without_writing() -> None:
    """An X where one signs, the slashes of a date: each blank row was a signer, with a ditto."""
    shifts = [(0, n % 3 - 1) for n in range(ROWS)]
    ink, print_, cells = page_of(inked=ROWS - 3, shifts=shifts)
    ink, columns = with_names(ink, cells, ROWS - 3)
    found = printed_unsaid(ink, columns)[:, : print_.shape[1]]
    assert (found & print_).sum() >= 0.95 * print_.sum()
    assert not (found & ink[:, : print_.shape[1]] & ~print_).any()


@pytest.mark.parametrize("names", [0, ROWS - 2, ROWS])
def test_what_all_cells_share_is_no_print_unless_rows_without_writing_say_so(names: int) -> None:
    """Where nobody's name, or everybody's, stands beside it, people may have written the same."""
    ink, _, cells = page_of(inked=0)
    ink, columns = with_names(ink, cells, names)
    assert not printed_unsaid(ink, columns).any()


def test_writing_that_no_row_without_any_tells_from_print_stays() -> None:
    ink, columns = with_names(*page_of()[::2], ROWS - 3)
    assert not printed_unsaid(ink, columns).any()
    ink, _, cells = page_of(inked=ROWS - 3)
    left, top, right, bottom = cells[-1]
    ink[top:bottom, left:right] = False
    ink, columns = with_names(ink, cells, ROWS - 3)
    assert not printed_unsaid(ink, columns).any()


def test_dittos_below_each_other_are_no_print() -> None:
    rng = np.random.default_rng(3)
    ink = np.zeros((ROWS * HEIGHT + 20, WIDTH + 20), np.bool_)
    cells = [(10, 10 + n * HEIGHT, 10 + WIDTH, 10 + (n + 1) * HEIGHT) for n in range(ROWS)]
    for left, top, _, _ in cells[1:]:
        x, y = left + 50 + int(rng.integers(-9, 10)), top + 12 + int(rng.integers(-6, 7))
        for at in (x, x + 7):
            ink[y : y + 14, at : at + 3] = True
    ink[cells[0][1] + 8 : cells[0][1] + 30, 30:90] = True
    ink, columns = with_names(ink, cells, ROWS - 3)
    assert not printed_unsaid(ink, columns).any()
