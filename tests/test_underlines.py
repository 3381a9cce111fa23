"""Sheets of lines to write on: rows lie above their lines, columns where the lines are broken."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from drawn import across, blank, words_at

from digitizer.forms.forms import Form, parse_form
from digitizer.layout.table.openrows import find_open_lines, match_open_rows, open_table
from digitizer.layout.table.underlines import joined_pieces, shared_breaks
from digitizer.lines.rulepaths import rule_at
from digitizer.records import PrintedWord, Rule

WIDTH, HEIGHT = 1700, 2200
LEFT, RIGHT, TOP, PITCH, ROWS = 200.0, 1600.0, 430.0, 83.0, 12
BREAKS = ((605.0, 636.0), (1219.0, 1250.0))
HEADS = ("Printed Name", "Street Address and Postal Code", "Signature")
STARTS = (LEFT, BREAKS[0][1], BREAKS[1][1])


def definition() -> Form:
    """A form of three columns."""
    columns = [
        {"name": f"c{n}", "header": [head], "fields": [{"name": f"f{n}", "kind": "text"}]}
        for n, head in enumerate(HEADS, start=1)
    ]
    return parse_form({"form": {"name": "rink"}, "table": {"columns": columns}}, source="r.toml")


def lines(*, split: bool = False, gap_px: float = 0.0) -> list[Rule]:
    """A line below each row, in one with its breaks or ``split`` in pieces."""
    found = []
    spans = [(LEFT, BREAKS[0][0]), (BREAKS[0][1] + gap_px, BREAKS[1][0]),
             (BREAKS[1][1] + gap_px, RIGHT)]  # fmt: skip
    for n in range(ROWS):
        y = TOP + PITCH * n
        if split:
            found += [across(y, a, b) for a, b in spans]
        else:
            found.append(replace(across(y, LEFT, RIGHT), support=0.95, gaps=BREAKS))
    return found


def heads(y: float) -> list[PrintedWord]:
    """Heads at the left of their columns."""
    return [w for x, text in zip(STARTS, HEADS, strict=True) for w in words_at(x, y, text)]


def nothing_above(first: int) -> Sequence[PrintedWord]:
    """A strip in which nothing was read."""
    del first
    return ()


@pytest.mark.parametrize("split", [False, True], ids=["traced in one", "in pieces"])
@pytest.mark.parametrize("written", [False, True])
def test_each_row_lies_above_its_line_and_ends_where_the_line_does(
    split: bool, written: bool
) -> None:
    words = heads(TOP - 100)
    if written:  # a name over the first line is no head
        words += words_at(LEFT + 20, TOP - 40, "MARTIN LOU", height=30)
    rules = [*lines(split=split), across(TOP + PITCH * (ROWS - 1) + 110, LEFT + 160, RIGHT),
             across(TOP + PITCH * (ROWS - 1) + 165, LEFT - 10, RIGHT)]  # fmt: skip
    run = find_open_lines(rules)
    assert len(run) == ROWS
    grid = match_open_rows(run, blank(WIDTH, HEIGHT), words, definition(), nothing_above)
    assert grid is not None and len(grid.row_rules) == ROWS + 1
    assert rule_at(grid.row_rules[0], 900) == pytest.approx(TOP - PITCH, abs=8)
    wanted = [LEFT, 620.5, 1234.5, RIGHT]
    assert [rule_at(rule, 900) for rule in grid.table.down] == pytest.approx(wanted, abs=3)
    assert grid.columns == ((0, 1), (1, 2), (2, 3))


def test_a_draft_has_a_row_above_each_line_too() -> None:
    table = open_table(lines(), blank(WIDTH, HEIGHT), heads(TOP - 100), lambda text: len(text) > 3)
    assert table is not None
    assert (table.row_count, table.column_count) == (ROWS, 3)


def test_rulings_right_below_their_heads_bound_rows_below_them() -> None:
    page = blank(WIDTH, HEIGHT)
    grid = match_open_rows(lines(), page, heads(TOP - 30), definition(), nothing_above)
    assert grid is not None and len(grid.row_rules) == ROWS


def test_breaks_at_chance_places_and_thin_streaks_part_no_columns() -> None:
    odd = [replace(one, gaps=((300.0 + 90 * n, 340.0 + 90 * n),)) for n, one in enumerate(lines())]
    assert shared_breaks(odd) == []
    streak = [replace(one, gaps=((700.0, 706.0),)) for one in lines()]
    assert shared_breaks(streak) == []


def test_pieces_far_apart_are_no_one_line() -> None:
    assert joined_pieces(lines(split=True, gap_px=200.0)) == []
    assert len(joined_pieces(lines(split=True))) == ROWS


@pytest.mark.parametrize("until", [ROWS, 8], ids=["all lines", "some lines"])
@pytest.mark.parametrize("at", [620.0, 900.0], ids=["between heads", "through a head"])
def test_one_wide_streak_parts_no_columns_and_takes_no_row(at: float, until: int) -> None:
    rulings = [replace(one, gaps=((at, at + 24.0),) * (n < until)) for n, one in enumerate(lines())]
    run = find_open_lines(rulings)
    grid = match_open_rows(run, blank(WIDTH, HEIGHT), heads(TOP - 100), definition(), nothing_above)
    assert grid is not None and grid.columns == ((0, 1), (1, 2), (2, 3))
    # What the heads are above: rulings all the same, the first of which is below the heads.
    assert grid.row_rules[0] is rulings[0] and len(grid.row_rules) == ROWS


def test_two_folds_over_columns_part_their_heads_at_no_other_place() -> None:
    folds = ((300.0, 320.0), (800.0, 820.0))
    rulings = [replace(one, gaps=folds) for one in lines()]
    page, over = blank(WIDTH, HEIGHT), heads(TOP - 30)
    grid = match_open_rows(rulings, page, over, definition(), nothing_above)
    assert grid is not None and grid.score == pytest.approx(1.0, abs=0.05)
    assert grid.columns == ((0, 1), (1, 2), (2, 3))
