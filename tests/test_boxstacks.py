"""Rows that are boxes of their own are one table; other tables and double lines are not joined."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from drawn import across, blank, down, draw_grid, rectified, words_at

from digitizer.forms.forms import Form, parse_form
from digitizer.geometry import bbox_from_polygon
from digitizer.layout.table.signergrid import all_rows, match_table
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.rulings import trace_rules
from digitizer.lines.tables import Table, find_tables
from digitizer.records import PAGE_PX_PER_MM, Rule
from digitizer.sheets.straightened import may_hold_signers

XS = (100.0, 340.0, 620.0, 1080.0, 1340.0)
HEADS = ("First name", "Family name", "Address", "Signature")
TOP, HIGH = 400.0, 100.0
SHAPE = (2300, 1650)


def definition() -> Form:
    """A form of four columns."""
    columns = [
        {"name": f"c{n}", "header": [head], "fields": [{"name": f"f{n}", "kind": "text"}]}
        for n, head in enumerate(HEADS, start=1)
    ]
    return parse_form({"form": {"name": "ward"}, "table": {"columns": columns}}, source="w.toml")


def tops(count: int, gap: float, high: float = HIGH) -> list[float]:
    return [TOP + n * (high + gap) for n in range(count)]


def boxes(
    count: int, gap: float, *, high: float = HIGH, top: float = TOP, whole: bool = True
) -> list[Rule]:
    """Rulings of boxes one below the other; ``whole``: columns were traced over the gaps."""
    at = [top + n * (high + gap) for n in range(count)]
    found = [across(y + side, XS[0], XS[-1]) for y in at for side in (0.0, high)]
    if not whole:
        return found + [down(x, y, y + high) for y in at for x in XS]
    gaps = tuple((y - gap, y) for y in at[1:]) if gap >= 16 else ()
    return found + [replace(down(x, at[0], at[-1] + high, count=40), gaps=gaps) for x in XS]


def found_rows(rules: Sequence[Rule]) -> list[tuple[float, float]]:
    """From where to where down the page the signers' rows go."""
    table = max(find_tables(rules, SHAPE), key=lambda one: -one.corner(0, 0)[1])
    heads = [w for x, said in zip(XS, HEADS, strict=False) for w in words_at(x + 8, TOP - 40, said)]
    rows = all_rows([match_table(table, heads, definition())], definition())
    places = [bbox_from_polygon(row.polygon) for row in rows]
    return [(round(y0, 1), round(y1, 1)) for _, y0, _, y1 in places]


@pytest.mark.parametrize("whole", [True, False], ids=["columns in one", "columns in pieces"])
@pytest.mark.parametrize("gap_mm", [1.8, 2.1, 2.4, 4.5])
@pytest.mark.parametrize("count", [3, 9])
def test_boxes_with_gaps_between_them_are_rows_of_one_table(
    count: int, gap_mm: float, whole: bool
) -> None:
    gap = gap_mm * PAGE_PX_PER_MM
    rows = found_rows(boxes(count, gap, whole=whole))
    wanted = [(y, y + HIGH) for y in tops(count, gap)]
    assert np.array(rows) == pytest.approx(np.array(wanted), abs=0.2)


@pytest.mark.parametrize("lost", [(0,), (1,), (6,), (8, 9), (17,)])
@pytest.mark.parametrize("whole", [True, False])
def test_an_edge_that_was_not_seen_loses_no_row(lost: tuple[int, ...], whole: bool) -> None:
    rules = boxes(9, 20.0, whole=whole)
    rows = found_rows([rule for n, rule in enumerate(rules) if n not in lost])
    assert len(rows) == 9
    wanted = [(y, y + HIGH) for y in tops(9, 20.0)]
    assert np.abs(np.subtract(rows, wanted)).max() <= 20.0


def test_a_pen_that_crosses_gaps_parts_no_boxes() -> None:
    rules = boxes(9, 20.0)
    # A signature hides where its column's ruling is not printed.
    rules[-1] = replace(rules[-1], gaps=rules[-1].gaps[3:])
    rules[-2] = replace(rules[-2], gaps=rules[-2].gaps[1:])
    assert len(found_rows(rules)) == 9


def test_heads_in_a_box_of_their_own_are_a_part_of_the_table() -> None:
    head = [across(TOP - 20 - side, XS[0], XS[-1]) for side in (0.0, 55.0)]
    head += [down(x, TOP - 75, TOP - 20) for x in XS]
    (table,) = find_tables([*head, *boxes(5, 20.0, whole=False)], SHAPE)
    assert table.row_count == 6
    heads = [w for x, said in zip(XS, HEADS, strict=False) for w in words_at(x + 8, TOP - 60, said)]
    grid = match_table(table, heads, definition())
    assert len(grid.row_rules) == 6
    assert grid.row_rules[0] is table.across[1]


def heights(table: Table) -> list[int]:
    return [round(rule_at(rule, XS[1])) for rule in table.across]


@pytest.mark.parametrize(
    ("rules", "rows"),
    [
        pytest.param(boxes(4, 45.0), [1, 1, 1, 1], id="room to write between them"),
        pytest.param(boxes(2, 20.0), [1, 1], id="two boxes"),
        pytest.param(
            [*boxes(1, 0), *boxes(1, 0, top=520, high=180), *boxes(1, 0, top=720, high=60)],
            [1, 1, 1],
            id="unlike heights",
        ),
    ],
)
def test_other_boxes_stay_apart(rules: list[Rule], rows: list[int]) -> None:
    assert [table.row_count for table in find_tables(rules, SHAPE)] == rows


def test_low_rows_between_high_ones_are_no_gaps() -> None:
    # The columns' rulings are printed in them, too.
    rules = [rule if rule.horizontal else replace(rule, gaps=()) for rule in boxes(5, 30.0)]
    (table,) = find_tables(rules, SHAPE)
    assert table.row_count == 9
    assert all(rule.edges is None for rule in table.across)


def test_double_lines_around_heads_and_rows_are_no_gaps() -> None:
    ys = [TOP, TOP + 80, TOP + 94, TOP + 174, TOP + 254, TOP + 268, TOP + 348]
    rules = [*(across(y, XS[0], XS[-1]) for y in ys), *(down(x, ys[0], ys[-1]) for x in XS)]
    (table,) = find_tables(rules, SHAPE)
    assert all(rule.edges is None for rule in table.across)


@pytest.mark.parametrize("columns", [2, 1])
def test_cards_with_lines_from_side_to_side_are_boxes_of_one_stack(columns: int) -> None:
    """Each of ten cards was a table of its own, and one of them had five signers."""
    sides = XS[:1] + XS[-1:] if columns == 1 else (XS[0], 600.0, 640.0, XS[-1])
    rules = []
    for top in tops(5, 25.0, 300.0):
        rules += [across(top + y, XS[0], XS[-1]) for y in (0, 175, 300)]
        rules += [down(x, top, top + 300) for x in sides]
    (table,) = find_tables(rules, SHAPE)
    edges = [rule.edges for rule in table.across if rule.edges]
    assert len(edges) == 4 and table.column_count == len(sides) - 1


def test_cards_to_be_cut_apart_are_one_stack_though_they_lie_further_apart() -> None:
    """Each line to write on within them was a signer: 25 rows of six cards."""
    rules = []
    for top in tops(3, 56.0, 620.0):
        rules += [across(top + y, XS[0], XS[-1]) for y in (0, 620)]
        rules += [across(top + y, XS[0] + 140, XS[-1] - 25) for y in range(200, 600, 72)]
        rules += [down(x, top, top + 620) for x in (XS[0], XS[-1])]
    (table,) = find_tables(rules, SHAPE)
    assert len([rule.edges for rule in table.across if rule.edges]) == 2


def test_another_table_right_below_the_boxes_is_none_of_them() -> None:
    foot = tops(5, 20.0)[-1] + HIGH + 20
    xs = (XS[0], 500.0, 900.0, XS[-1])
    below = [across(foot + y, XS[0], XS[-1]) for y in (0, 60, 120)]
    below += [down(x, foot, foot + 120) for x in xs]
    signers, other = find_tables([*boxes(5, 20.0), *below], SHAPE)
    assert (signers.row_count, signers.column_count) == (5, 4)
    assert (other.row_count, other.column_count) == (2, 3)


def test_boxes_that_are_drawn_are_traced_as_one_table_of_signers() -> None:
    page = blank(SHAPE[1], SHAPE[0])
    for y in tops(9, 19.0):
        draw_grid(page, XS, (y, y + HIGH))
    found = find_tables(trace_rules(rectified(page).gray), SHAPE)
    assert [table.row_count for table in found if may_hold_signers(table)] == [9]
