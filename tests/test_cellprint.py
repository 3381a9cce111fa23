"""Lines that print has in every row are no writing in the rows where they were not traced."""

import numpy as np
import pytest

from digitizer.records import CellPlace, FieldKind, FieldSpec, RowPlace
from digitizer.writing.cellprint import without_print
from digitizer.writing.ink import Mask, Unruled

ROWS, HEIGHT, WIDTH = 8, 60, 400
SPEC = FieldSpec("address", FieldKind.ADDRESS)


def rows_of(*, comb: bool) -> list[RowPlace]:
    places = []
    for row in range(ROWS):
        top = 10.0 + row * HEIGHT
        corners = ((10.0, top), (10.0 + WIDTH, top), (10.0 + WIDTH, top + HEIGHT),
                   (10.0, top + HEIGHT))  # fmt: skip
        cell = CellPlace("address", (SPEC,), corners, comb=comb, captioned=not comb)
        places.append(RowPlace(row + 1, corners, (cell,)))
    return places


def taken(mask: Mask, traced: Mask, *, comb: bool = False) -> Mask:
    """What is left of a page's ink; ``traced``: rulings that were told."""
    none = np.zeros_like(mask)
    rest, _ = without_print(
        Unruled(mask & ~traced, traced, none, none), mask, rows_of(comb=comb), (0, 0), []
    )
    return rest.mask


def lined(traced_rows: tuple[int, ...]) -> tuple[Mask, Mask]:
    """A thin line to write on in each row, now a pixel higher, now lower; and those told."""
    mask = np.zeros((ROWS * HEIGHT + 20, WIDTH + 20), dtype=np.bool_)
    traced = np.zeros_like(mask)
    for row in range(ROWS):
        y = 10 + row * HEIGHT + 44 + row % 2
        mask[y, 100:390] = True
        traced[y, 100:390] = row in traced_rows
    return mask, traced


@pytest.mark.parametrize("told", [(), (0, 1), (0, 1, 2, 3, 4, 5)], ids=["none", "some", "most"])
def test_a_line_to_write_on_is_no_dash_where_it_was_not_traced(told: tuple[int, ...]) -> None:
    mask, traced = lined(told)
    assert not taken(mask, traced).any()


def test_what_is_written_on_such_a_line_stays_and_so_does_a_dash_of_one_row() -> None:
    mask, traced = lined((0, 1, 2))
    letters = np.zeros_like(mask)
    top = 10 + 5 * HEIGHT
    for x in range(120, 240, 20):
        letters[top + 24 : top + 48, x : x + 4] = True
        letters[top + 24 : top + 28, x : x + 14] = True
    dash = np.zeros_like(mask)
    dash[10 + 6 * HEIGHT + 20 : 10 + 6 * HEIGHT + 24, 150:240] = True
    rest = taken(mask | letters | dash, traced)
    assert (rest & letters).sum() >= 0.95 * letters.sum()
    assert (rest & dash).sum() == dash.sum()


def test_a_bar_of_a_comb_is_no_stroke_where_it_was_not_traced() -> None:
    mask = np.zeros((ROWS * HEIGHT + 20, WIDTH + 20), dtype=np.bool_)
    traced = np.zeros_like(mask)
    for row in range(ROWS):
        top = 10 + row * HEIGHT + 15
        for x in range(60, 360, 50):
            mask[top : top + 30, x : x + 3] = True
            traced[top : top + 30, x : x + 3] = (row, x) != (4, 160)
    assert (mask & ~traced).any()
    assert not taken(mask, traced, comb=True).any()
