"""A Z or slash over unused rows, and a cross over a sheet, are no writing."""

from collections.abc import Sequence

import ink_pages
import numpy as np
import pytest
from ink_pages import EDGES, LEFT, ROW_HEIGHT, TOP

from digitizer.overrows import is_crossed_out, is_lain_on, with_stain
from digitizer.records import CellCrop, FieldKind, FieldState, FieldValue, InkState, Pixels
from digitizer.segment import cut_cells
from digitizer.writing.voidlines import lines_in

ROWS = 8
FOOT = TOP + ROWS * ROW_HEIGHT
RIGHT = EDGES[-1]
WRITTEN = 4
# From the first unused row to the last.
Z = (
    (LEFT + 30, TOP + WRITTEN * ROW_HEIGHT + 20),
    (RIGHT - 40, TOP + WRITTEN * ROW_HEIGHT + 24),
    (LEFT + 40, FOOT - 26),
    (RIGHT - 30, FOOT - 22),
)


def page(rows: int) -> Pixels:
    gray = ink_pages.table(ROWS)
    for row in range(rows):
        for x, letters in zip(EDGES, (10, 15, 7, 11), strict=False):
            ink_pages.write(gray, x + 20, TOP + row * ROW_HEIGHT + 62, letters)
    return gray


def cut(gray: Pixels) -> dict[int, list[CellCrop]]:
    registered = ink_pages.register(gray, ROWS, ink_pages.table_rules(ROWS))
    crops = cut_cells(registered)
    return {row: [c for c in crops if c.row == row] for row in range(1, ROWS + 1)}


@pytest.mark.parametrize("line", [Z, Z[1:3], (Z[0], Z[3])], ids=["z", "slash", "backslash"])
def test_rows_closed_by_a_line_are_nobodys(line: Sequence[tuple[int, int]]) -> None:
    gray = page(WRITTEN)
    ink_pages.stroke(gray, list(line))
    rows = cut(gray)
    unused = range(WRITTEN + 1, ROWS + 1)
    assert all(any(c.ink is not InkState.EMPTY for c in rows[row]) for row in unused)
    assert all(is_lain_on(rows[row]) for row in unused)
    assert not any(is_lain_on(rows[row]) for row in range(1, WRITTEN + 1))
    assert not is_crossed_out([c for row in rows.values() for c in row])


def test_a_crossed_out_sheet_is_told_and_what_the_lines_go_through_waits() -> None:
    gray = page(ROWS)
    ink_pages.stroke(gray, [(LEFT + 40, TOP + 10), (RIGHT - 40, FOOT - 10)])
    ink_pages.stroke(gray, [(LEFT + 40, FOOT - 10), (RIGHT - 40, TOP + 10)])
    rows = cut(gray)
    assert is_crossed_out([c for row in rows.values() for c in row])
    assert not any(is_lain_on(crops) for crops in rows.values())
    crossed = [c for crops in rows.values() for c in crops if c.crossed]
    code = FieldValue("code", FieldKind.POSTAL_CODE, FieldState.READ, "M6M 6E5")
    assert len(crossed) >= ROWS
    assert all(with_stain([code], crop)[0].findings for crop in crossed)


def test_a_sheet_that_nothing_crosses_is_as_it_was() -> None:
    rows = cut(page(ROWS))
    crops = [c for row in rows.values() for c in row]
    assert not is_crossed_out(crops) and not any(c.crossed for c in crops)


@pytest.mark.parametrize(
    "ends",
    [
        pytest.param([(10, 20), (790, 30)], id="level"),
        pytest.param([(20, 10), (35, 590)], id="upright"),
        pytest.param([(20, 20), (220, 220)], id="short"),
    ],
)
def test_other_strokes_are_no_such_lines(ends: list[tuple[int, int]]) -> None:
    gray = np.full((600, 800), ink_pages.PAPER, dtype=np.uint8)
    ink_pages.stroke(gray, ends)
    assert not lines_in(gray < 128).any()


def test_a_line_is_told_from_the_letters_it_touches() -> None:
    gray = np.full((600, 800), ink_pages.PAPER, dtype=np.uint8)
    ink_pages.stroke(gray, [(10, 20), (790, 580)])
    line = gray < 128
    ink_pages.stroke(gray, [(100, 90), (100, 190), (150, 190), (150, 120)])
    found = lines_in(gray < 128)
    assert (found & line).sum() > 0.95 * line.sum()
    assert not found[170:].T[:100].any()
