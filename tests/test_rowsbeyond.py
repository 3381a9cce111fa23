"""A first row or a last one whose own line is lost is a row, and a person sees it."""

from collections.abc import Sequence

import numpy as np
import pytest
from drawn import across, blank, down, draw_down, draw_text, grid_rules, rectified, words_at
from test_sharedrows import HEADS, HEIGHT, ROW, SIDES, TOP, WIDTH, form, signed, write

from digitizer.forms.forms import parse_form
from digitizer.layout.rows.rowsbeyond import with_rows_beyond
from digitizer.layout.table.signergrid import match_table
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.tables import find_tables
from digitizer.records import Pixels, PrintedWord, RegisteredPage, Rule
from digitizer.registration import register_page

ROWS = 6


def dotted(page: Pixels, top: float, bottom: float) -> None:
    """Columns' rulings of which every third dot is left."""
    lined = page.copy()
    for x in SIDES:
        draw_down(lined, x, top, bottom)
    kept = np.arange(HEIGHT) % 3 == 0
    page[kept] = lined[kept]


def found_on(page: Pixels, rules: list[Rule]) -> RegisteredPage:
    words = [*words_at(100, 300, "Please keep the ferry", height=30)]
    for x, head in zip(SIDES, HEADS, strict=False):
        words += words_at(x + 10, TOP - 40, head)
    tables = find_tables(rules, (HEIGHT, WIDTH))
    return register_page(rectified(page), rules, tables, words, (form(),))


@pytest.mark.parametrize("rows", [ROWS, ROWS - 1])
@pytest.mark.parametrize("last", [True, False], ids=["written", "empty"])
def test_columns_that_go_on_below_the_last_line_bound_a_row(rows: int, *, last: bool) -> None:
    page = signed(range(rows if last else rows - 1))
    dotted(page, TOP - 60, TOP + rows * ROW)
    ys = (TOP - 60, *(TOP + ROW * n for n in range(ROWS)))
    found = found_on(page, grid_rules(SIDES, ys))
    assert found.form == "ferry" and len(found.rows) == rows
    assert found.rows_guessed == (rows == ROWS)
    assert found.rows[-1].polygon[3][1] == pytest.approx(TOP + rows * ROW, abs=1)


@pytest.mark.parametrize("first", [True, False], ids=["written", "empty"])
def test_a_signer_between_heads_and_the_first_line_has_a_row(*, first: bool) -> None:
    """All others were numbered one too low, and the first was lost without a word."""
    page = signed(range(0 if first else 1, ROWS))
    dotted(page, TOP - 60, TOP + ROWS * ROW)
    ys = (TOP - 60, *(TOP + ROW * n for n in range(1, ROWS + 1)))
    found = found_on(page, grid_rules(SIDES, ys))
    assert found.form == "ferry" and found.rows_guessed == first
    tops = [row.polygon[0][1] for row in found.rows]
    assert tops == pytest.approx([TOP + ROW * n for n in range(0 if first else 1, ROWS)], abs=1)


@pytest.mark.parametrize("first", [True, False], ids=["written", "empty"])
def test_a_signer_in_pencil_under_a_fold_along_the_heads_has_a_row(*, first: bool) -> None:
    """The fold took the line with it, and its shadow lies on the row: nine rows were eight."""
    page = signed(range(0 if first else 1, ROWS))
    page[page < 150] = 185
    shadow = np.s_[round(TOP) - 4 : round(TOP) + 60]
    page[shadow] = np.minimum(page[shadow], page[shadow] * 0.85).astype(np.uint8)
    ys = (TOP - 60, *(TOP + ROW * n for n in range(1, ROWS + 1)))
    found = found_on(page, grid_rules(SIDES, ys))
    assert found.form == "ferry" and len(found.rows) == (ROWS if first else ROWS - 1)
    assert found.rows_guessed == first


TALL = (
    ("No.",), ("Name (please", "print)"), ("Home address (street", "and number)"), ("Signature",)
)  # fmt: skip
LOW = (("No.",), ("Name",), ("Address",), ("Signature",))


def below_high_heads(
    page: Pixels,
    heads: Sequence[Sequence[str]],
    first: int | None = None,
    kinds: Sequence[str] = ("row_number", "name", "address", "signature"),
) -> tuple[list[float], bool]:
    """The lines of rows under heads, line by line, in cells 1.3 rows high; and any guess.

    ``first``: the number that is printed before the first of them, if any.
    """
    words: list[PrintedWord] = []
    for x, head in zip(SIDES, heads, strict=False):
        for k, part in enumerate(head):
            draw_text(page, x + 10, TOP - 98 + 28 * k, part, 24)
            words += words_at(x + 10, TOP - 98 + 28 * k, part, height=20)
    columns = [
        {"name": f"c{n}", "header": [" ".join(head)], "fields": [{"name": f"f{n}", "kind": kind}]}
        for n, (kind, head) in enumerate(zip(kinds, heads, strict=True))
    ]
    tall = parse_form({"form": {"name": "ferry"}, "table": {"columns": columns}}, source="f.toml")
    rules = grid_rules(SIDES, (TOP - 104, *(TOP + ROW * n for n in range(ROWS + 1))))
    (table, *_) = find_tables(rules, (HEIGHT, WIDTH))

    def read(pixels: Pixels) -> list[PrintedWord]:
        pitch, counted = pixels.shape[1] / ROWS, range(0 if first is None else ROWS)
        return [w for k in counted for w in words_at(pitch * (k + 0.4), 4, str(k + (first or 0)))]

    (grid,), guessed = with_rows_beyond([match_table(table, words, tall)], tall, words, page, read)
    return [rule_at(rule, 800) for rule in grid.row_rules], guessed


def test_heads_of_several_lines_in_a_high_cell_are_no_signers_row() -> None:
    """All rows of a clean sheet were one too high, its heads the first signer."""
    tops, guessed = below_high_heads(signed(range(ROWS)), TALL)
    assert tops == pytest.approx([TOP + ROW * n for n in range(ROWS + 1)]) and not guessed


@pytest.mark.parametrize(("first", "above"), [(None, True), (1, False), (8, True)])
def test_no_row_is_above_the_number_one(first: int | None, *, above: bool) -> None:
    """What somebody wrote there is seen by a person."""
    page, random = signed(range(ROWS)), np.random.default_rng(5)
    for x in SIDES[1:4]:
        write(page, x + 60, TOP - 14, random)
    tops, guessed = below_high_heads(page, LOW, first)
    assert guessed and tops[0] == pytest.approx(TOP - ROW if above else TOP)


def test_print_that_runs_upwards_over_a_clerks_columns_is_no_writing() -> None:
    """All rows of a clean sheet were guessed, since "Precinct" and "Verified" stood upright."""
    page, random = signed(range(ROWS)), np.random.default_rng(5)
    for x in SIDES[2:4]:
        write(page, x + 60, TOP - 14, random)
    kinds = ("name", "signature", "ignore", "ignore")
    tops, guessed = below_high_heads(page, LOW, 1, kinds)
    assert tops[0] == pytest.approx(TOP) and not guessed


def test_print_below_the_last_row_is_none() -> None:
    page, foot = signed(range(ROWS)), TOP + ROWS * ROW
    dotted(page, TOP - 60, foot)
    page[round(foot) + 10 : round(foot) + 70, 110:1590:3] = 30
    ys = (TOP - 60, *(TOP + ROW * n for n in range(ROWS + 1)))
    box = [across(foot + 70, SIDES[0], 900), down(SIDES[0], foot, foot + 70)]
    found = found_on(page, [*grid_rules(SIDES, ys), *box])
    assert len(found.rows) == ROWS and not found.rows_guessed
    assert len(found_on(blank(WIDTH, HEIGHT), grid_rules(SIDES, ys)).rows) == ROWS
