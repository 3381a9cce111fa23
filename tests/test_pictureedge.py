"""A table that ends where its picture does is cut off: told of the sheet and of its cells."""

from dataclasses import replace

import ink_pages
import numpy as np
import pytest
from drawn import page_image
from ink_pages import EDGES, ROW_HEIGHT, TOP

from digitizer.calibrate import DOUBTFUL_BORDER
from digitizer.layout.rows.pictureedge import cells_at_edge, is_cut_off
from digitizer.pagewords import CUT_OFF, MESSAGES, RETAKES
from digitizer.records import InkState, RegisteredPage
from digitizer.review.words import failure_words
from digitizer.segment import cut_cells

ROWS = 4


def sheet(left: int = 0, bottom: int | None = None) -> RegisteredPage:
    """A filled sheet of which the picture holds what is right of ``left`` and above ``bottom``."""
    gray = ink_pages.table(ROWS)
    for row in range(ROWS):
        for edge in EDGES[:-1]:
            ink_pages.write(gray, edge + 20, TOP + row * ROW_HEIGHT + 62, 7)
    found = ink_pages.register(gray, ROWS, ink_pages.table_rules(ROWS))
    shown = np.ascontiguousarray(gray[:bottom, left:])
    moved = np.array([[1.0, 0, left], [0, 1.0, 0], [0, 0, 1.0]])
    return replace(found, page=replace(found.page, image=page_image(shown), page_from_scan=moved))


def test_a_whole_table_has_no_cell_at_the_edge_of_its_picture() -> None:
    assert cells_at_edge(sheet()) == frozenset() and not is_cut_off(sheet())


@pytest.mark.parametrize("left", [EDGES[0] - 1, EDGES[0] + 5, EDGES[0] + 140])
def test_cells_of_which_a_part_is_outside_of_the_picture_are_in_doubt(left: int) -> None:
    found = sheet(left)
    assert cells_at_edge(found) == {(row, "name") for row in range(1, ROWS + 1)}
    assert is_cut_off(found)
    names = [crop for crop in cut_cells(found) if crop.column == "name"]
    assert all(crop.border_doubt >= DOUBTFUL_BORDER for crop in names)
    others = [crop for crop in cut_cells(found) if crop.column == "address"]
    assert all(crop.ink is InkState.WRITTEN and crop.border_doubt == 0 for crop in others)


def test_rulings_that_run_out_of_the_picture_tell_rows_that_are_not_in_it() -> None:
    bottom = TOP + 2 * ROW_HEIGHT + 60
    found = sheet(bottom=bottom)
    across = [rule for rule in found.rules if rule.horizontal]
    down = [replace(r, points=r.points[r.points[:, 1] < bottom]) for r in found.rules
            if not r.horizontal]  # fmt: skip
    ended = [
        replace(r, points=np.vstack([r.points, [r.points[-1, 0], bottom - 1.0]])) for r in down
    ]
    rows = found.rows[:2]
    assert is_cut_off(replace(found, rows=rows, rules=(*across[:3], *ended)))
    whole = [replace(r, points=r.points[r.points[:, 1] < bottom - 50]) for r in down]
    assert not is_cut_off(replace(found, rows=rows, rules=(*across[:3], *whole)))


def test_a_sheet_that_is_cut_off_is_asked_for_again_in_both_languages() -> None:
    assert CUT_OFF in RETAKES and "whole sheet" in MESSAGES[CUT_OFF]
    assert all(failure_words(CUT_OFF, language) for language in ("en", "fr"))
