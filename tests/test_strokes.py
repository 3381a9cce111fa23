"""Tests of digitizer.writing.strokes: whose ink is whose."""

import cv2
import ink_pages
import numpy as np
import pytest

from digitizer.records import Pixels
from digitizer.writing.borderletters import settle_borders
from digitizer.writing.ink import measure_ink, remove_rules
from digitizer.writing.strokes import (
    Strokes,
    count_crumbs,
    drop_ghosts,
    drop_print,
    dust_in,
    label_strokes,
    measure_dust,
    own_strokes,
)

HEIGHT, WIDTH = 200, 600
# Two cells side by side above two others.
BOXES = ((0, 0, 300, 100), (300, 0, 600, 100), (0, 100, 300, 200), (300, 100, 600, 200))


def _own(page: Pixels) -> Strokes:
    labels, stats = label_strokes(remove_rules(measure_ink(page), []))
    places = np.zeros(page.shape, np.int32)
    for number, (left, top, right, bottom) in enumerate(BOXES, start=1):
        places[top:bottom, left:right] = number
    owned = own_strokes(labels, stats, places, [100] * 4, 5)
    return settle_borders(owned, page.shape[1], BOXES)[0]


def _page() -> Pixels:
    return ink_pages.paper(HEIGHT, WIDTH)


def _owners(page: Pixels) -> dict[int, int]:
    """Ink pixels by cell."""
    cells, counts = np.unique(_own(page).cell, return_counts=True)
    return dict(zip(cells.tolist(), counts.tolist(), strict=True))


def test_a_tail_stays_with_its_word() -> None:
    page = _page()
    ink_pages.write(page, 40, 90, 8)
    ink_pages.stroke(page, [(60, 72), (60, 125), (50, 128)], thick=2)
    cv2.ellipse(page, (54, 80), (7, 9), 0, 0, 360, 60, 2)
    assert set(_owners(page)) == {1}


def test_a_letter_mostly_below_the_border_goes_with_its_neighbours() -> None:
    page = _page()
    end = ink_pages.write(page, 40, 97, 3)
    ink_pages.stroke(page, [(end, 90), (end, 124), (end - 8, 126)], thick=2)
    ink_pages.write(page, end + 8, 97, 3)
    assert set(_owners(page)) == {1}


def test_words_that_touch_across_a_border_are_cut_there() -> None:
    page = _page()
    ink_pages.stroke(page, [(50, 30), (50, 170)], thick=3)
    ink_pages.write(page, 60, 60, 5)
    ink_pages.write(page, 60, 160, 5)
    owners = _owners(page)
    assert set(owners) == {1, 3}
    assert abs(owners[1] - owners[3]) < 0.2 * owners[1]


def test_a_line_that_touches_larger_writing_below_is_cut_off_it() -> None:
    page = _page()
    ink_pages.stroke(page, [(150, 20), (150, 110)], thick=3)
    for x in range(60, 260, 8):
        ink_pages.stroke(page, [(x, 110), (x + 8, 190), (x + 8, 110)], thick=4)
    assert set(_owners(page)) == {1, 3}


def test_a_tail_that_touches_a_letter_among_others_below_leaves_it_its_row() -> None:
    page = _page()
    # A joined word whose tail comes down to the fourth of five letters below.
    cv2.polylines(
        page, [np.array([(40 + 8 * k, 74 + 14 * (k % 2)) for k in range(12)])], False, 60, 2
    )
    cv2.line(page, (80, 88), (80, 112), 60, 2)
    for k in range(5):
        cv2.rectangle(page, (40 + 13 * k, 112), (48 + 13 * k, 136), 60, 2)
    owned = _own(page)
    rows, _ = np.divmod(owned.pixel, WIDTH)
    assert set(owned.cell[rows < 99].tolist()) == {1}
    assert set(owned.cell[rows > 112].tolist()) == {3}


def test_a_letter_that_touches_the_next_cells_line_is_not_cut_at_the_border() -> None:
    page = _page()
    for x in (241, 256, 271):
        cv2.rectangle(page, (x, 40), (x + 9, 60), 60, 2)
    cv2.rectangle(page, (286, 40), (304, 60), 60, 2)
    cv2.line(page, (286, 50), (326, 50), 60, 2)
    for k in range(4):
        cv2.rectangle(page, (318 + 13 * k, 40), (326 + 13 * k, 60), 60, 2)
    owned = _own(page)
    columns = owned.pixel % WIDTH
    assert len(set(owned.cell[(columns > 282) & (columns < 316)].tolist())) == 1


def test_last_letters_over_a_border_go_back_to_their_word() -> None:
    page = _page()
    ink_pages.write(page, 215, 60, 6)  # o n l b n o: the last stands beyond the border
    assert set(_owners(page)) == {1}


def test_a_cell_that_begins_close_to_its_neighbour_keeps_its_first_letter() -> None:
    page = _page()
    ink_pages.write(page, 202, 60, 5)
    ink_pages.write(page, 305, 60, 8)
    assert set(_owners(page)) == {1, 2}


def test_a_number_printed_beside_the_table_takes_no_letter_at_its_side() -> None:
    """The G of a name that began on the table's left side went to nobody, with the number."""
    page = _page()
    labels = np.zeros(page.shape, np.int32)
    places = np.zeros(page.shape, np.int32)
    places[0:100, 100:400] = 1
    boxes = ((70, 30, 85, 60), (94, 30, 118, 60), (130, 30, 150, 60))
    for number, (left, top, right, bottom) in enumerate(boxes, start=1):
        labels[top:bottom, left:right] = number
    stats = cv2.connectedComponentsWithStats((labels > 0).astype(np.uint8))[2]
    owned = own_strokes(labels, stats, places, [100], 5)
    assert set(owned.cell[owned.label == 2].tolist()) == {1}
    assert set(owned.cell[owned.label == 1].tolist()) == {0}


def test_specks_belong_to_nobody() -> None:
    page = _page()
    page[50:52, 50:52] = 0
    assert set(_owners(page)) <= {0}


def test_print_goes_and_writing_across_it_stays() -> None:
    page = _page()
    cv2.putText(page, "Name", (20, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 20, 2)
    ink_pages.stroke(page, [(30, 10), (40, 90), (140, 60), (200, 90)], thick=3)
    printed = (15, 10, 90, 36)
    labels, stats = label_strokes(remove_rules(measure_ink(page), []))
    before = labels.copy()
    left = drop_print(labels, stats, [printed])
    assert (labels == before).all()
    assert left[40:, :].any()
    inside = (slice(10, 36), slice(48, 90))
    assert labels[inside].any()
    assert not left[inside].any()


def test_writing_that_shines_through_is_dropped_and_pencil_is_not() -> None:
    page = _page()
    ink_pages.write(page, 30, 60, 14, gray=30)
    cv2.line(page, (0, 90), (WIDTH, 90), 30, 3)
    ink_pages.write(page, 330, 60, 10, gray=170)
    ghost = _page()
    ink_pages.write(ghost, 30, 160, 10, gray=205)
    ghost = cv2.GaussianBlur(ghost, (0, 0), 1.6)
    page = np.minimum(page, ghost)
    ink = measure_ink(page)
    labels, _ = label_strokes(remove_rules(ink, []))
    left = drop_ghosts(labels, ink)
    assert not left[100:].any()
    assert left[:100, :300].any()
    assert left[:100, 300:].any()


def test_cells_that_share_a_stroke_are_told() -> None:
    page = _page()
    ink_pages.write(page, 40, 60, 5)
    assert _own(page).shared == frozenset()
    ink_pages.stroke(page, [(200, 60), (200, 145)], thick=3)
    assert _own(page).shared == {1, 3}


def test_broken_writing_has_more_crumbs_than_letters() -> None:
    def crumbs(page: Pixels) -> float:
        labels, _ = label_strokes(remove_rules(measure_ink(page), []))
        owner = np.where(labels > 0, 1, 0).astype(np.int32)
        return count_crumbs(labels, owner, 1, (0, 0, WIDTH, HEIGHT))

    page = _page()
    ink_pages.write(page, 40, 60, 8)
    assert crumbs(page) == 0.0
    for x in range(60, 260, 12):
        page[90:93, x : x + 3] = 60
    assert crumbs(page) > 1.0
    assert crumbs(_page()) == 0.0


def test_dust_is_counted_on_bare_paper_alone() -> None:
    labels = np.zeros((400, 600), dtype=np.int32)
    where = np.zeros((400, 600), dtype=np.int32)
    where[:, :300] = 1
    assert not measure_dust(labels, where).any()
    # A speck for every 20 x 20 px, more of them in the cell and around a letter.
    speck = 0
    for y in range(5, 400, 20):
        for x in range(5, 600, 20):
            speck += 1
            labels[y : y + 2, x : x + 2] = speck
    labels[:300, 20:280:5] = np.arange(speck + 1, speck + 53)
    labels[320:350, 400:430] = speck + 60
    dust = measure_dust(labels, where)
    assert dust == pytest.approx(np.full(dust.shape, 1 / 400), rel=0.1)
    assert dust_in(dust, (100, 100, 200, 160)) == pytest.approx(15, rel=0.1)
    # Where there is hardly any bare paper nobody knows.
    where[:, :560] = 1
    assert dust_in(measure_dust(labels, where), (100, 100, 200, 160)) == 0.0


def test_a_cell_in_a_shadow_is_as_dusty_as_the_paper_in_it() -> None:
    labels = np.zeros((1200, 900), dtype=np.int32)
    where = np.zeros((1200, 900), dtype=np.int32)
    where[100:1100, 100:700] = 1
    # Grain of a photograph: eight times as much of it below.
    places = [(y, x) for y in range(5, 600, 40) for x in range(5, 900, 40)]
    places += [(y, x) for y in range(605, 1195, 20) for x in range(5, 900, 10)]
    for number, (y, x) in enumerate(places, start=1):
        labels[y : y + 2, x : x + 2] = number
    dust = measure_dust(labels, where)
    light, dark = (dust_in(dust, (300, y, 700, y + 100)) for y in (150, 950))
    assert 400 * 100 / 1600 <= light < dark / 3
    assert dark == pytest.approx(400 * 100 / 200, rel=0.5)
