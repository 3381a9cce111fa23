"""The benchmark of photographs as people take them: where it draws sheets, and what it counts."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.geometry_snapshots import Photographer
from benchmarks.geometry_wild import (
    SAID,
    Count,
    FoundSheet,
    TrueSheet,
    assigned,
    count_sheet,
    said,
    wild_table,
)
from digitizer.geometry import rectangle
from scripts.sheets.camera import View, framed, pinhole
from scripts.sheets.fonts import FontSet
from scripts.sheets.paper import Bend

ROW = 40.0


def test_a_bent_sheet_under_a_tilted_camera_is_where_its_pixels_are() -> None:
    size = (600, 800)
    bend = Bend(*size, rise=30, shape="arch", fan=0.3, sway=-20)
    corners = rectangle(0, 0, *size)
    matrix = pinhole(size, tilt_deg=25, toward_deg=40, roll_deg=93, scale=1, focal=1.3)
    matrix, seen = framed(matrix, bend.moved(corners), (20, 30, 40, 50))
    view = View(matrix, seen, bend, lens=-0.04)
    flat = np.random.default_rng(5).uniform((50, 50), (550, 750), (40, 2))
    x, y = view.placed(flat).T
    fx, fy = view.sources()
    at = np.rint(y - 0.5).astype(int), np.rint(x - 0.5).astype(int)
    # Pixels are whole, so half of one is between their middle and the point.
    off = np.hypot(fx[at] + 0.5 - flat[:, 0], fy[at] + 0.5 - flat[:, 1])
    assert off.max() < 1.5
    assert np.median(off) < 0.8


def test_pictures_repeat_and_show_their_rows_where_they_are_said_to_lie(fonts: FontSet) -> None:
    first, again = (Photographer(3, fonts).photograph(1) for _ in range(2))
    assert (first.pixels == again.pixels).all()
    pair = Photographer(3, fonts).pair(0)
    assert len(pair.sheets) == 2
    for seen in pair.sheets:
        middles = np.array([seen.polygon(row.rect).mean(axis=0) for row in seen.filled.blank.rows])
        assert ((middles > 0) & (middles < seen.view.size)).all()
        x, y = middles.astype(int).T
        # Rows lie on paper, which is lighter than what wood and shade make of it; a ruling may
        # part a row in the middle.
        seen_there = [pair.pixels[y + step, x].max(axis=1) for step in (-9, 0, 9)]
        assert np.median(np.max(seen_there, axis=0)) > 120


def _rows(tops: list[float]) -> tuple[tuple[np.ndarray, dict[str, np.ndarray]], ...]:
    places = [rectangle(100, top, 500, top + ROW) for top in tops]
    return tuple((place, {"name": place}) for place in places)


def _true(tops: list[float], whole: list[bool] | None = None) -> TrueSheet:
    return TrueSheet(_rows(tops), tuple(whole or [True] * len(tops)))


def _found(tops: list[float], *words: str, area: float = 1.0) -> FoundSheet:
    return FoundSheet(_rows(tops), words, area)


@pytest.mark.parametrize(
    ("words", "way"),
    [
        (("unknown-form",), SAID[0]),
        (("rows-guessed", "cells-off-lines:1.2mm"), SAID[0]),
        (("cells-off-lines:1.2mm",), SAID[1]),
        (("column-not-found:phone",), SAID[1]),
        (("too-blurred",), SAID[1]),
        (("no-filled-row", "column-side-guessed:name"), SAID[2]),
        ((), SAID[2]),
    ],
)
def test_only_what_waits_whatever_is_read_is_sent_to_a_person(
    words: tuple[str, ...], way: str
) -> None:
    assert said(words) == way


def test_rows_lost_and_invented_are_counted_by_what_is_said() -> None:
    count = Count()
    true = _true([0, 40, 80, 120], [True, True, True, False])
    # One row found well, one badly, one where nothing is; the last is not whole in view.
    count_sheet(count, true, _found([0, 50, 300], "cells-off-lines:2.0mm"))
    assert (count.rows, count.right, count.cells, count.cells_right) == (3, 1, 1, 1)
    assert count.lost == {"remark only": 2}
    assert count.invented == {"remark only": 1}
    count_sheet(count, true, None)
    assert count.lost == {"remark only": 2, "without a word": 3}
    count_sheet(count, true, _found([0, 40, 80], "rows-guessed"))
    assert count.not_right == {"remark only": 1, "without a word": 1}
    assert count.words == {"cells-off-lines": 1, "left-out": 1}
    printed = wild_table({"pairs": count})
    ways = ("0: 0 + 0", "1: 2 + 1", "1: 3 + 0")
    assert printed.rows == (("pairs", "3", "4 of 9", "4 of 4", "0 of 0", *ways),)


def test_rows_that_nobody_wrote_in_are_counted_where_ink_is_seen_in_them() -> None:
    count = Count()
    true = replace(_true([0, 40, 80]), blank=(False, True, True))
    count_sheet(count, true, replace(_found([0, 40, 80]), inked=frozenset({0, 2})))
    assert (count.blank, count.blank_inked) == (2, 1)


def test_each_sheet_of_a_pair_is_counted_by_its_own_and_one_left_out_has_none() -> None:
    left, right = _true([0, 40]), _true([400, 440, 480])
    second = _found([400, 440, 480])
    assert assigned([left, right], [second]) == [None, second]
    first = _found([0, 40])
    assert assigned([left, right], [second, first]) == [first, second]
    # Of no known form, it has no rows; it is not the neighbour that lies in view.
    unknown, small = _found([], "unknown-form", area=9.0), _found([], area=2.0)
    assert assigned([left], [small, unknown]) == [unknown]
