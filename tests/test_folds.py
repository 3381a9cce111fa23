"""Folds are told from rulings: they run on past the table."""

from collections.abc import Sequence

import pytest
from drawn import across, down, grid_rules

from digitizer.folds import without_folds
from digitizer.records import Rule
from digitizer.tables import find_tables

XS = (200.0, 500.0, 900.0, 1100.0)
YS = (200.0, 300.0, 400.0, 500.0, 600.0)
SHAPE = (1200, 1300)


def kept(*more: Rule, rules: Sequence[Rule] = grid_rules(XS, YS)) -> int:
    """How many of ``more`` are taken for rulings beside a table's own."""
    found = without_folds((*rules, *more))
    assert all(any(rule is one for one in found) for rule in rules)
    return len(found) - len(rules)


@pytest.mark.parametrize(
    ("line", "stays"),
    [
        pytest.param(across(250, 20, 1280), 0, id="a fold from edge to edge"),
        pytest.param(across(250, 20, 1000), 0, id="a fold whose other end print hides"),
        pytest.param(down(300, 20, 1180), 0, id="a fold down the page"),
        pytest.param(across(250, 200, 1100), 1, id="a row's rule"),
        pytest.param(across(250, 195, 1106), 1, id="a rule that runs over by 0.7 mm"),
        pytest.param(across(250, 500, 1100), 1, id="a rule through some columns"),
        pytest.param(across(250, 20, 1100), 1, id="a rule to another table beside it"),
        pytest.param(across(900, 20, 1280), 1, id="a line below the table"),
    ],
)
def test_what_runs_on_past_a_table_is_a_fold(line: Rule, stays: int) -> None:
    assert kept(line) == stays


def test_edges_of_the_paper_hide_no_fold() -> None:
    edges = (down(20, 20, 1180), down(1280, 20, 1180))
    rules = (*grid_rules(XS, YS), *edges)
    assert kept(across(250, 20, 1280), across(550, 20, 1280), rules=rules) == 0


def test_rows_of_a_wider_table_are_no_folds() -> None:
    # Each row has a line of its own in the middle columns alone.
    middle = [across(y + 50, XS[1], XS[2]) for y in YS[:-1]]
    assert kept(*middle) == len(middle)


def test_a_fold_through_the_header_makes_no_row() -> None:
    rules = (*grid_rules(XS, YS), across(250, 20, 1280))
    (table,) = find_tables(without_folds(rules), SHAPE)
    assert len(table.across) == len(YS)
