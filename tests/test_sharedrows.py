"""Rows of which a scan lost every second line: each is two signers', and must be told."""

from collections.abc import Sequence

import numpy as np
import pytest
from drawn import blank, grid_rules, rectified, words_at

from digitizer.forms.forms import Form, parse_form
from digitizer.lines.tables import find_tables
from digitizer.records import Pixels, RegisteredPage, Rule
from digitizer.registration import register_page

WIDTH, HEIGHT = 1700, 2200
TOP, ROW = 700.0, 80.0
SIDES = (100.0, 520.0, 1000.0, 1250.0, 1600.0)
HEADS = ("Name (please print)", "Home address", "Signature", "Phone")
KINDS = ("name", "address", "signature", "phone")


def form() -> Form:
    columns = [
        {"name": kind, "header": [head], "fields": [{"name": kind, "kind": kind}]}
        for kind, head in zip(KINDS, HEADS, strict=True)
    ]
    data = {
        "form": {"name": "ferry", "phrases": ["keep the ferry"]},
        "table": {"columns": columns},
    }
    return parse_form(data, source="ferry.toml")


def write(page: Pixels, x: float, y: float, random: np.random.Generator, high: int = 20) -> None:
    """Six letters that stand on a line at ``y``."""
    for n in range(6):
        left, foot = round(x + 26 * n), round(y + random.uniform(-3, 3))
        page[foot - high : foot, left : left + 4] = 40
        page[foot - 12 : foot - 8, left : left + int(random.integers(8, 18))] = 40


def signed(rows: Sequence[int], high: float = ROW, *, lines: int = 1) -> Pixels:
    """A page on which signers wrote in these rows; ``lines``: of their addresses."""
    page, random = blank(WIDTH, HEIGHT), np.random.default_rng(7)
    for row in rows:
        middle = TOP + high * (row + 0.5) + 10
        for left, kind in zip(SIDES[:-1], KINDS, strict=False):
            count = lines if kind == "address" else 1
            for line in range(count):
                off = (line - (count - 1) / 2) * high * 0.4 + random.uniform(-0.1, 0.1) * high
                write(page, left + random.uniform(8, 30), middle + off, random)
    return page


def found_on(
    page: Pixels, heights: Sequence[float], strikes: Sequence[Rule] = ()
) -> RegisteredPage:
    """The page with a table of rows of these heights; ``strikes``: lines traced in rows."""
    ys = (TOP - 60, *(TOP + np.cumsum([0.0, *heights])).tolist())
    rules = (*grid_rules(SIDES, ys), *strikes)
    words = [*words_at(100, 300, "Please keep the ferry", height=30)]
    for x, head in zip(SIDES, HEADS, strict=False):
        words += words_at(x + 10, TOP - 40, head)
    tables = find_tables(rules, (HEIGHT, WIDTH))
    return register_page(rectified(page), rules, tables, words, (form(),))


@pytest.mark.parametrize("signers", [range(6), range(4), (0, 1), (0, 2, 4, 5)])
def test_rows_that_hold_two_signers_each_are_divided_and_told(signers: Sequence[int]) -> None:
    found = found_on(signed(signers), (2 * ROW,) * 3)
    assert found.form == "ferry" and found.rows_guessed
    tops = [row.polygon[0][1] for row in found.rows]
    assert tops == pytest.approx([TOP + ROW * n for n in range(6)], abs=1)


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_high_rows_of_one_signer_each_are_not_guessed(lines: int) -> None:
    found = found_on(signed(range(5), 2 * ROW, lines=lines), (2 * ROW,) * 5)
    assert len(found.rows) == 5 and not found.rows_guessed


@pytest.mark.parametrize("heights", [(2, 1, 2, 1), (1, 2, 2, 2, 1), (2, 1, 1), (1, 2), (1, 1, 3)])
@pytest.mark.parametrize("written", [True, False])
def test_rows_of_several_times_the_height_of_others_are_told(
    heights: Sequence[int], *, written: bool
) -> None:
    """Two signers were one row among even ones."""
    page = signed(range(sum(heights))) if written else signed((0,))
    found = found_on(page, [ROW * times for times in heights])
    assert found.form == "ferry" and found.rows_guessed


@pytest.mark.parametrize("reach", [(SIDES[0] + 10, SIDES[3]), (SIDES[0] + 10, SIDES[4] - 30)])
@pytest.mark.parametrize("row", [0, 2, 4])
def test_a_row_struck_by_a_straight_line_is_one_signers(
    row: int, reach: tuple[float, float]
) -> None:
    """Above and below the line stand halves of one signer's letters: ten rows were twenty."""
    high = 2 * ROW
    page, random = blank(WIDTH, HEIGHT), np.random.default_rng(3)
    for n in range(5):
        for left in SIDES[:-1]:
            write(page, left + 20, TOP + high * (n + 0.5) + 24, random, 48)
    y = round(TOP + high * (row + 0.5))
    page[y - 2 : y + 3, round(reach[0]) : round(reach[1])] = 40
    strike = Rule(np.array([(reach[0], y), (reach[1], y)], np.float64), True, 5.0, 1.0)
    found = found_on(page, (high,) * 5, (strike,))
    assert len(found.rows) == 5 and not found.rows_guessed


def coupled(single: Sequence[int], couples: Sequence[int]) -> Pixels:
    """A page of high rows: one signer's over the middle, two names above each other in others."""
    page, random = blank(WIDTH, HEIGHT), np.random.default_rng(3)
    for row in (*single, *couples):
        middle = TOP + 2 * ROW * (row + 0.5) + 10
        for left, kind in zip(SIDES[:-1], KINDS, strict=False):
            if row in couples and kind == "phone":
                continue
            for off in (-40, 40) if row in couples and kind in {"name", "signature"} else (0,):
                write(page, left + 20, middle + off, random)
    return page


def test_a_couple_in_one_row_does_not_divide_those_of_others() -> None:
    """Sixteen rows were made of eight, lines through the middle of most names."""
    found = found_on(coupled((0, 2, 3, 5), (1, 4)), (2 * ROW,) * 6)
    assert len(found.rows) == 6 and not found.rows_guessed


def test_as_many_couples_as_others_are_not_divided_and_a_person_sees_it() -> None:
    found = found_on(coupled((0, 2, 3), (1, 4)), (2 * ROW,) * 6)
    assert len(found.rows) == 6 and found.rows_guessed
