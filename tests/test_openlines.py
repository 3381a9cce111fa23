"""What hangs through a line to write on is the upper row's, where nothing rules rows downwards."""

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest
from ink_pages import (
    COLUMNS,
    EDGES,
    ROW_HEIGHT,
    TOP,
    paper,
    register,
    rule,
    stroke,
    table,
    table_rules,
    write,
)

from digitizer.records import CellCrop, InkState, Pixels, Rule
from digitizer.segment import cut_cells
from digitizer.writing.openlines import stands_on_lines

ROWS = 4


def lined() -> tuple[Pixels, list[Rule]]:
    """Rows of underscores, one below each cell, and the lines that are traced."""
    page = paper(TOP + ROWS * ROW_HEIGHT + 160, EDGES[-1] + 60)
    rules = []
    for row in range(1, ROWS + 1):
        y = TOP + row * ROW_HEIGHT
        for left, right in pairwise(EDGES):
            cv2.line(page, (left, y), (right - 30, y), 30, 2)
            rules.append(rule(left, y, right - 30, y))
    return page, rules


def write_low(page: Pixels, row: int, low: int) -> None:
    """A word in each cell of a row, ``low`` px below its line, with tails below it."""
    line = TOP + row * ROW_HEIGHT
    for left in EDGES[:-1]:
        end = write(page, left + 20, line + low, 6, height=26)
        # What a tail is left as where its stem is faint.
        stroke(page, [(end, line + 6), (end - 4, line + 16), (end - 14, line + 18)])


def crops_of(page: Pixels, rules: list[Rule]) -> dict[tuple[int | None, str], CellCrop]:
    return {(c.row, c.column): c for c in cut_cells(register(page, ROWS, rules))}


@pytest.mark.parametrize("low", [0, 4, 7])
def test_a_blank_row_below_writing_that_hangs_through_its_line_is_blank(low: int) -> None:
    """Feet of the row above made it a signer, and stood before the next row's address."""
    page, rules = lined()
    write_low(page, 1, low)
    write_low(page, 3, low)
    crops = crops_of(page, rules)
    for name in COLUMNS:
        assert [crops[row, name].ink for row in range(1, 5)] == [
            InkState.WRITTEN, InkState.EMPTY, InkState.WRITTEN, InkState.EMPTY,
        ]  # fmt: skip
    # The tails are read with the row that they hang from.
    foot = TOP + ROW_HEIGHT - crops[1, "name"].box[1]
    assert (crops[1, "name"].clean[foot + 14 :] < 128).any()


def test_the_first_letters_of_the_next_row_stay_its_own() -> None:
    page, rules = lined()
    write_low(page, 1, 4)
    bare = crops_of(page, rules)[2, "address"]
    assert bare.ink is InkState.EMPTY
    # High letters: they end 40 px above their line, 10 px below the tails.
    top = TOP + ROW_HEIGHT + 34
    for k in range(5):
        x = EDGES[1] + 40 + 30 * k
        stroke(page, [(x, top), (x, top + 60), (x + 14, top + 60)])
    crops = crops_of(page, rules)
    crop = crops[2, "address"]
    inked = np.flatnonzero((crop.clean < 128).any(axis=1)) + crop.box[1]
    assert inked[0] == pytest.approx(top, abs=3) and inked[-1] > top + 50
    upper = crops[1, "address"]
    assert np.flatnonzero((upper.clean < 128).any(axis=1))[-1] + upper.box[1] < top


def test_a_table_ruled_downwards_and_bands_without_lines_are_no_lines_to_write_on() -> None:
    page, rules = lined()
    rows = register(page, ROWS, rules).rows
    assert stands_on_lines(rows, rules)
    assert not stands_on_lines(
        register(table(ROWS), ROWS, table_rules(ROWS)).rows, table_rules(ROWS)
    )
    # Lines right across bound rows that are written in as those of a table are.
    whole = [
        rule(EDGES[0], TOP + row * ROW_HEIGHT, EDGES[-1], TOP + row * ROW_HEIGHT)
        for row in range(5)
    ]
    assert not stands_on_lines(rows, whole)
    gaps = tuple((x - 30.0, x) for x in EDGES[1:-1])
    assert stands_on_lines(rows, [replace(one, gaps=gaps) for one in whole])
    bands = [Rule(one.points, True, 0.0, 1.0) for one in rules]
    assert not stands_on_lines(rows, bands) and not stands_on_lines((), rules)
