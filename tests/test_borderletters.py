"""Tests of digitizer.writing.borderletters: whose the letters at a vertical border are."""

import ink_pages
import numpy as np
import pytest

from digitizer.calibrate import DOUBTFUL_BORDER
from digitizer.records import Pixels
from digitizer.writing.borderletters import _interlock, settle_borders
from digitizer.writing.ink import PageInk, Unruled, measure_ink, remove_rules
from digitizer.writing.letterlines import Piece
from digitizer.writing.strokes import Strokes, label_strokes, own_strokes

HEIGHT, WIDTH, BORDER = 100, 600, 300
BOXES = ((0, 0, BORDER, HEIGHT), (BORDER, 0, WIDTH, HEIGHT))


def _owned(page: Pixels, wiped: slice | None = None) -> Strokes:
    """Strokes by majority, as they come to the border; ``wiped``: columns a ruling took."""
    unruled = remove_rules(measure_ink(page), [])
    if wiped is not None:
        mask = unruled.mask.copy()
        mask[:, wiped] = False
        unruled = Unruled(mask, unruled.wiped, unruled.band_h, unruled.band_v)
    labels, stats = label_strokes(unruled)
    places = np.ones(page.shape, np.int32)
    places[:, BORDER:] = 2
    return own_strokes(labels, stats, places, [HEIGHT] * 2, 5)


def _cell_of(strokes: Strokes, left: int, right: int) -> set[int]:
    """Owners of the ink between two columns."""
    columns = strokes.pixel % WIDTH
    return set(strokes.cell[(columns >= left) & (columns < right)].tolist())


def _name(page: Pixels, stop: int, letters: int = 8) -> None:
    """Evenly spaced upright letters, 12 px wide and 26 high, the last one ending at ``stop``."""
    for number in range(letters):
        x = stop - 12 - 22 * number
        ink_pages.stroke(page, [(x, 62), (x, 38), (x + 10, 38), (x + 10, 62), (x, 50)], thick=2)


def _letter(page: Pixels, x: int) -> None:
    """One more of the name's letters, that begins at ``x``."""
    ink_pages.stroke(page, [(x, 62), (x, 38), (x + 10, 38), (x + 10, 62), (x, 50)], thick=2)


def _address(page: Pixels, start: int, *, high: int = 16, top: int = 40) -> None:
    """Letters of two lines from ``start``, smaller and closer than the name's."""
    for line in (top - high, top + high):
        for number in range(12):
            x = start + 11 * number
            ink_pages.stroke(
                page, [(x, line + high), (x, line), (x + 6, line), (x + 6, line + high)], thick=2
            )


@pytest.mark.parametrize("beyond", [7, 10, 13])
@pytest.mark.parametrize("start", [BORDER + 18, BORDER + 26, BORDER + 60])
def test_the_last_letter_beyond_the_border_goes_back_to_its_word(beyond: int, start: int) -> None:
    page = ink_pages.paper(HEIGHT, WIDTH)
    _name(page, BORDER + beyond)
    _address(page, start)
    strokes, doubts = settle_borders(_owned(page), WIDTH, BOXES)
    assert _cell_of(strokes, 0, BORDER + beyond + 1) == {1}
    assert _cell_of(strokes, start - 1, WIDTH) == {2}
    assert all(0.0 < doubt <= 1.0 for doubt in doubts.values())


def test_a_letter_that_a_ruling_was_wiped_out_of_goes_back_in_all_its_parts() -> None:
    page = ink_pages.paper(HEIGHT, WIDTH)
    _name(page, BORDER - 12)
    for y in (38, 46, 54, 61):  # an E whose stem is the ruling
        ink_pages.stroke(page, [(BORDER - 1, y), (BORDER + 11, y)], thick=2)
    _address(page, BORDER + 24)
    strokes, _ = settle_borders(_owned(page, slice(BORDER - 3, BORDER + 2)), WIDTH, BOXES)
    assert _cell_of(strokes, BORDER + 2, BORDER + 13) == {1}


@pytest.mark.parametrize("stop", [BORDER - 4, BORDER - 12, BORDER - 60])
@pytest.mark.parametrize("start", [BORDER + 5, BORDER + 12])
def test_a_cell_keeps_its_own_first_letters(stop: int, start: int) -> None:
    page = ink_pages.paper(HEIGHT, WIDTH)
    _name(page, stop)
    _address(page, start)
    strokes, _ = settle_borders(_owned(page), WIDTH, BOXES)
    assert _cell_of(strokes, start - 1, WIDTH) == {2}
    assert _cell_of(strokes, 0, BORDER) == {1}


def test_a_first_letter_that_begins_before_the_border_stays_with_its_line() -> None:
    page = ink_pages.paper(HEIGHT, WIDTH)
    _name(page, BORDER - 90)
    _address(page, BORDER - 1)
    strokes, _ = settle_borders(_owned(page), WIDTH, BOXES)
    assert _cell_of(strokes, BORDER - 2, WIDTH) == {2}


def test_letters_that_touch_across_the_border_are_in_doubt() -> None:
    page = ink_pages.paper(HEIGHT, WIDTH)
    _name(page, BORDER - 4)
    _address(page, BORDER + 5)
    ink_pages.stroke(page, [(BORDER - 40, 58), (BORDER + 40, 58)], thick=2)
    _, doubts = settle_borders(_owned(page), WIDTH, BOXES)
    assert doubts == {1: 1.0, 2: 1.0}


@pytest.mark.parametrize("comb", [False, True])
def test_the_first_letter_of_a_comb_is_no_letter_of_the_word_before(*, comb: bool) -> None:
    page = ink_pages.paper(HEIGHT, WIDTH)
    _name(page, BORDER - 4)
    # A box each 60 px; the first letter stands at the border as the name's next would.
    for number in range(5):
        x = BORDER + 4 + 60 * number
        ink_pages.stroke(page, [(x, 62), (x, 38), (x + 10, 38), (x + 10, 62), (x, 50)], thick=2)
    strokes, _ = settle_borders(_owned(page), WIDTH, BOXES, {2} if comb else set())
    assert _cell_of(strokes, BORDER + 1, BORDER + 17) == ({2} if comb else {1})
    assert _cell_of(strokes, BORDER + 40, WIDTH) == {2}


def test_writing_away_from_the_border_is_not_in_doubt() -> None:
    page = ink_pages.paper(HEIGHT, WIDTH)
    _name(page, BORDER - 40)
    _address(page, BORDER + 12)
    before = _owned(page)
    strokes, doubts = settle_borders(before, WIDTH, BOXES)
    assert doubts == {}
    assert strokes is before


def test_arms_of_a_letter_whose_stem_the_ruling_took_leave_both_cells_in_doubt() -> None:
    page = ink_pages.paper(HEIGHT, WIDTH)
    _name(page, BORDER - 8)
    for y in (38, 61):  # the middle arm of this E faded away
        ink_pages.stroke(page, [(BORDER - 1, y), (BORDER + 6, y)], thick=2)
    _address(page, BORDER + 24, high=10, top=20)
    wiped = slice(BORDER - 3, BORDER + 2)
    assert settle_borders(_owned(page, wiped), WIDTH, BOXES)[1] == {1: 1.0, 2: 1.0}
    alone = ink_pages.paper(HEIGHT, WIDTH)
    _name(alone, BORDER - 60)
    for y in (38, 61):
        ink_pages.stroke(alone, [(BORDER - 1, y), (BORDER + 6, y)], thick=2)
    assert settle_borders(_owned(alone, wiped), WIDTH, BOXES)[1].get(1, 0.0) < 1.0


def test_a_letter_that_has_grown_together_with_one_behind_the_border_is_in_doubt() -> None:
    page = ink_pages.paper(HEIGHT, WIDTH)
    _name(page, BORDER - 12)
    _address(page, BORDER + 6, high=18, top=2)
    before = settle_borders(_owned(page), WIDTH, BOXES)[1]
    assert before.get(1, 0.0) < 1.0
    # The last letter of the name hangs on the first one of the line above it.
    ink_pages.stroke(page, [(BORDER + 12, 38), (BORDER + 4, 38)], thick=2)
    ink_pages.stroke(page, [(BORDER + 4, 38), (BORDER + 4, 62), (BORDER + 12, 62)], thick=2)
    assert settle_borders(_owned(page), WIDTH, BOXES)[1][1] == 1.0


@pytest.mark.parametrize("where", ["alone", "under"])
def test_a_letter_wholly_behind_the_border_leaves_both_cells_in_doubt(where: str) -> None:
    page = ink_pages.paper(HEIGHT, WIDTH)
    _name(page, BORDER - 6)
    if where == "alone":  # the cell's own writing stands below
        _address(page, BORDER + 10, high=9, top=81)
        _letter(page, BORDER + 10)
    else:  # a figure of the cell's own lies over it
        _address(page, BORDER + 40, high=16, top=40)
        _letter(page, BORDER + 10)
        _letter(page, BORDER + 13)
    assert settle_borders(_owned(page), WIDTH, BOXES)[1] == {1: 1.0, 2: 1.0}


@pytest.mark.parametrize("start", [BORDER + 8, BORDER + 16])
def test_a_line_behind_the_border_that_goes_on_is_its_cells_own(start: int) -> None:
    page = ink_pages.paper(HEIGHT, WIDTH)
    _name(page, BORDER - 6)
    _address(page, start, high=20, top=40)
    assert settle_borders(_owned(page), WIDTH, BOXES)[1].get(1, 0.0) < 1.0


@pytest.mark.parametrize("behind", [2, 3])
@pytest.mark.parametrize("first", [BORDER + 7, BORDER + 10])
@pytest.mark.parametrize("start", [None, BORDER + 90])
def test_letters_behind_the_border_at_their_words_spacing_leave_both_cells_in_doubt(
    behind: int, first: int, start: int | None
) -> None:
    page = ink_pages.paper(HEIGHT, WIDTH)
    _name(page, BORDER - 4)
    for number in range(behind):
        _letter(page, first + 22 * number)
    if start is not None:  # the cell's own writing, as high and at the same height
        for number in range(6):
            _letter(page, start + 16 * number)
    doubts = settle_borders(_owned(page), WIDTH, BOXES)[1]
    assert min(doubts.get(cell, 0.0) for cell in (1, 2)) >= DOUBTFUL_BORDER


@pytest.mark.parametrize(("off", "pitch", "letters"), [(12, 28, 3), (7, 16, 2)])
def test_letters_behind_the_border_farther_off_or_closer_are_in_doubt_where_alone(
    off: int, pitch: int, letters: int
) -> None:
    page = ink_pages.paper(HEIGHT, WIDTH)
    _name(page, BORDER - 4)
    for number in range(letters):
        _letter(page, BORDER + off + pitch * number)
    doubts = settle_borders(_owned(page), WIDTH, BOXES)[1]
    assert min(doubts.get(cell, 0.0) for cell in (1, 2)) >= DOUBTFUL_BORDER


@pytest.mark.parametrize("signed", [False, True])
def test_letters_of_the_name_alone_in_a_cell_to_sign_in_are_no_signature(*, signed: bool) -> None:
    page = ink_pages.paper(HEIGHT, WIDTH)
    _name(page, BORDER - 4)
    _letter(page, BORDER + 7)
    _letter(page, BORDER + 29)
    if signed:  # a long stroke below them
        ink_pages.stroke(page, [(BORDER + 60, 40), (BORDER + 100, 64), (BORDER + 180, 30)], thick=2)
    strokes, doubts = settle_borders(_owned(page), WIDTH, BOXES, set(), {2})
    assert strokes.emptied == (set() if signed else {2})
    assert _cell_of(strokes, BORDER + 5, BORDER + 45) == ({2} if signed else {1})
    assert min(doubts[cell] for cell in (1, 2)) >= DOUBTFUL_BORDER


@pytest.mark.parametrize(("stop", "high"), [(BORDER - 12, 24), (BORDER - 6, 13)])
def test_a_line_at_another_spacing_or_of_another_size_is_its_cells_own(
    stop: int, high: int
) -> None:
    page = ink_pages.paper(HEIGHT, WIDTH)
    _name(page, stop)
    for number in range(8):
        x = BORDER + 10 + 16 * number
        ink_pages.stroke(page, [(x, 62), (x, 62 - high), (x + 8, 62 - high), (x + 8, 62)], thick=2)
    doubts = settle_borders(_owned(page), WIDTH, BOXES)[1]
    assert doubts.get(1, 0.0) < DOUBTFUL_BORDER


def test_no_ink_is_lost_or_doubled() -> None:
    page = ink_pages.paper(HEIGHT, WIDTH)
    _name(page, BORDER + 10)
    _address(page, BORDER + 20)
    before = _owned(page)
    after, _ = settle_borders(before, WIDTH, BOXES)
    assert sorted(before.pixel.tolist()) == sorted(after.pixel.tolist())
    assert (np.diff(after.cell) >= 0).all()


def test_a_page_without_ink_or_cells_is_left_alone() -> None:
    page = ink_pages.paper(HEIGHT, WIDTH)
    ink: PageInk = measure_ink(page)
    assert not ink.mask.any()
    bare = _owned(page)
    assert settle_borders(bare, WIDTH, BOXES) == (bare, {})
    assert settle_borders(bare, WIDTH, ()) == (bare, {})


@pytest.mark.parametrize(
    ("left", "top", "stand_in_each_other"),
    [
        pytest.param(BORDER - 5, 36, True, id="a T that begins within the U"),
        pytest.param(BORDER + 6, 36, False, id="behind it"),
        pytest.param(BORDER - 5, 60, False, id="below it"),
    ],
)
def test_letters_that_stand_in_each_other_at_the_border_are_told(
    left: int, top: int, stand_in_each_other: bool
) -> None:
    """VASSEUR ended in the T of Toronto: of its U an L was left, and that surely."""
    half_of_u = Piece(1, 1, BORDER - 13, 38, BORDER + 4, 56, 78)
    theirs = Piece(2, 2, left, top, BORDER + 40, top + 29, 415)
    assert _interlock([half_of_u], [theirs], BORDER) is stand_in_each_other
