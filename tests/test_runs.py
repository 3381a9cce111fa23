"""Lines, braces and arrows that run down a column, told from letters and tails."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from digitizer.writing import runs

ROWS, COLUMNS, HIGH, WIDE = 5, 3, 80, 240
BOXES = [
    (x * WIDE, y * HIGH, (x + 1) * WIDE, (y + 1) * HIGH)
    for y in range(ROWS)
    for x in range(COLUMNS)
]
NUMBERS = [y + 1 for y in range(ROWS) for _ in range(COLUMNS)]


def _page() -> npt.NDArray[np.uint8]:
    return np.zeros((ROWS * HIGH, COLUMNS * WIDE), np.uint8)


def _find(page: npt.NDArray[np.uint8]) -> list[runs.Run]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(page, connectivity=8)
    return runs.find_runs(labels.astype(np.int32), stats.astype(np.int32), BOXES, NUMBERS)


def _line(page: npt.NDArray[np.uint8], *points: tuple[int, int]) -> None:
    cv2.polylines(page, [np.array(points, np.int32)], isClosed=False, color=1, thickness=3)


def _write(page: npt.NDArray[np.uint8], x: int, y: int) -> None:
    for k in range(6):
        cv2.ellipse(page, (x + 22 * k, y), (8, 10), 0, 0, 360, 1, 3)


def _cell(row: int, column: int) -> int:
    return (row - 1) * COLUMNS + column


def test_a_line_over_three_rows_makes_three_dittos() -> None:
    page = _page()
    _write(page, 270, 40)
    _line(page, (330, 90), (333, 310))
    (run,) = _find(page)
    assert set(run.cells) == {_cell(2, 1), _cell(3, 1), _cell(4, 1)}
    assert run.confidence > 0.85


def test_a_letter_that_runs_over_from_the_cell_beside_is_no_value() -> None:
    page = _page()
    _write(page, 270, 40)
    _line(page, (330, 90), (333, 230))
    # The end of a long name in row 2, cut off by the border.
    cv2.ellipse(page, (248, 120), (7, 12), 0, 0, 360, 1, 3)
    (run,) = _find(page)
    assert set(run.cells) == {_cell(2, 1), _cell(3, 1)}


def test_a_brace_beside_its_source_leaves_the_source_alone() -> None:
    page = _page()
    _write(page, 250, 40)
    brace = [(420 + int(12 * min(1, s * 7, (1 - s) * 7)), 50 + int(180 * s))
             for s in np.linspace(0, 1, 40)]  # fmt: skip
    _line(page, *brace)
    (run,) = _find(page)
    assert set(run.cells) == {_cell(2, 1), _cell(3, 1)}


def test_an_arrow_in_pieces_is_one_run() -> None:
    page = _page()
    _write(page, 270, 40)
    _line(page, (330, 88), (330, 232))
    _line(page, (320, 215), (330, 232), (340, 215))
    page[158:163] = 0  # a ruling was wiped here
    (run,) = _find(page)
    assert set(run.cells) == {_cell(2, 1), _cell(3, 1)}


def test_a_tail_into_a_written_cell_is_no_run() -> None:
    page = _page()
    _write(page, 270, 40)
    _line(page, (330, 30), (326, 140))
    _write(page, 270, 120)
    assert not [run for run in _find(page) if _cell(2, 1) in run.cells]


def test_a_line_in_the_first_row_repeats_nothing() -> None:
    page = _page()
    _line(page, (330, 5), (330, 75))
    assert _find(page) == []


def test_tall_letters_are_no_run() -> None:
    page = _page()
    for x in range(260, 460, 24):
        _line(page, (x, 100), (x + 4, 140))
    assert _find(page) == []


@pytest.mark.parametrize("x", [330, 100, 600])
def test_the_ink_of_a_run_goes_to_its_dittos_and_nowhere_else(x: int) -> None:
    page = _page()
    _line(page, (x, 60), (x, 235))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(page, connectivity=8)
    places = np.zeros(page.shape, np.int32)
    for number, (left, top, right, bottom) in enumerate(BOXES, start=1):
        places[top:bottom, left:right] = number
    found = runs.find_runs(labels.astype(np.int32), stats.astype(np.int32), BOXES, NUMBERS)
    owner = np.where(page > 0, 1, 0).astype(np.int32)
    runs.give_to_cells(owner, labels.astype(np.int32), found, places)
    assert set(np.unique(owner)) == {0, *(cell + 1 for run in found for cell in run.cells)}
    assert len(found) == 1


@pytest.mark.parametrize(
    ("middle", "cells"),
    [
        pytest.param(250, {_cell(2, 1), _cell(3, 1)}, id="reaches in from below"),
        pytest.param(215, set(), id="written in the cell"),
    ],
)
def test_a_tall_signature_of_the_next_row_stops_no_run(middle: int, cells: set[int]) -> None:
    page = _page()
    _write(page, 270, 40)
    _line(page, (330, 90), (331, 225))
    zigzag = [(360 + 6 * k, middle + (45 if k % 2 else -45)) for k in range(8)]
    _line(page, *[(x, min(y, middle + 45)) for x, y in zigzag])
    found = {cell for run in _find(page) for cell in run.cells}
    assert found == cells
