"""Rulings become tables: open sides closed, double lines single, strokes left out."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from drawn import across, down, grid_rules
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from digitizer.geometry import (
    apply_homography,
    homography_from_quad,
    inverse,
    rectangle,
)
from digitizer.lines.closedcells import closed_cells
from digitizer.lines.rulepaths import crossing, rule_at, rule_span
from digitizer.lines.tables import Table, find_tables
from digitizer.records import Point, Rule

XS = (100.0, 400.0, 800.0, 1000.0)
YS = (200.0, 260.0, 360.0, 460.0, 560.0)
SHAPE = (1200, 1300)  # of the page, rows and columns


def only(rules: Sequence[Rule]) -> Table:
    """The one table that is expected."""
    tables = find_tables(rules, SHAPE)
    assert len(tables) == 1
    return tables[0]


def positions(rules: Sequence[Rule]) -> list[float]:
    """Where rulings lie at their middle, to a tenth of a pixel."""
    return [round(rule_at(rule, sum(rule_span(rule)) / 2), 1) for rule in rules]


@settings(deadline=None, max_examples=30)
@given(
    widths=st.lists(st.floats(60, 500), min_size=1, max_size=7),
    heights=st.lists(st.floats(40, 200), min_size=1, max_size=12),
    data=st.data(),
)
def test_a_closed_grid_is_one_table_with_all_its_cells(
    widths: list[float], heights: list[float], data: st.DataObject
) -> None:
    xs, ys = 50 + np.cumsum([0.0, *widths]), 80 + np.cumsum([0.0, *heights])
    rules = data.draw(st.permutations(grid_rules(xs.tolist(), ys.tolist())))
    table = only(rules)
    assert (table.row_count, table.column_count) == (len(heights), len(widths))
    assert table.across_borders.all() and table.down_borders.all()
    assert table.across_borders.shape == (len(heights) + 1, len(widths))
    assert table.down_borders.shape == (len(heights), len(widths) + 1)
    assert np.array(table.outline()) == pytest.approx(
        rectangle(xs[0], ys[0], xs[-1], ys[-1]), abs=0.02
    )
    assert len(closed_cells(table)) == len(heights) * len(widths)


def test_cells_of_a_photographed_table_lie_at_its_crossings() -> None:
    quad = np.array([[130.0, 210.0], [980.0, 190.0], [1010.0, 580.0], [95.0, 545.0]])
    page_from_table = inverse(homography_from_quad(quad, 3.0, 4.0))

    def line(p: tuple[float, float], q: tuple[float, float], horizontal: bool) -> Rule:
        t = np.linspace(0, 1, 20)[:, None]
        points = np.array(p) + t * (np.array(q) - np.array(p))
        return Rule(apply_homography(page_from_table, points), horizontal, 2.0, 1.0)

    rules = [line((0, i), (3, i), True) for i in range(5)]
    rules += [line((j, 0), (j, 4), False) for j in range(4)]
    table = only(rules)
    for i in range(4):
        for j in range(3):
            wanted = apply_homography(page_from_table, rectangle(j, i, j + 1, i + 1))
            assert np.array(table.cell(i, j, i + 1, j + 1)) == pytest.approx(wanted, abs=0.5)


def test_two_tables_come_with_the_larger_first() -> None:
    small = grid_rules((100, 300), (700, 760, 820))
    tables = find_tables([*small, *grid_rules(XS, YS)], SHAPE)
    assert [(t.row_count, t.column_count) for t in tables] == [(4, 3), (2, 1)]


def test_the_order_of_rulings_does_not_matter() -> None:
    rules = [*grid_rules(XS, YS), *grid_rules((100, 300), (700, 760, 820))]
    assert [t.outline() for t in find_tables(rules, SHAPE)] == [
        t.outline() for t in find_tables(rules[::-1], SHAPE)
    ]


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([], id="nothing"),
        pytest.param([across(y, 100, 900) for y in YS], id="lines to write on"),
        pytest.param([down(x, 100, 900) for x in XS], id="posts"),
        pytest.param([across(300, 100, 900), down(500, 100, 600)], id="a cross"),
        pytest.param(
            [across(200, 100, 400), across(260, 100, 400), down(800, 500, 900)], id="apart"
        ),
    ],
)
def test_rulings_that_frame_nothing_are_no_table(rules: list[Rule]) -> None:
    assert find_tables(rules, SHAPE) == ()


def test_open_sides_are_closed_through_the_rulings_ends() -> None:
    rules = [across(y, XS[0], XS[-1]) for y in YS] + [down(x, YS[0], YS[-1]) for x in XS[1:-1]]
    table = only(rules)
    assert positions(table.down) == pytest.approx(XS, abs=0.5)
    assert (table.down[0].support, table.down[-1].support) == (0, 0)
    assert table.down_borders.all()
    assert len(closed_cells(table)) == 12


def test_one_open_side_is_closed_and_the_printed_one_is_kept() -> None:
    rules = [across(y, XS[0], XS[-1]) for y in YS] + [down(x, YS[0], YS[-1]) for x in XS[:-1]]
    table = only(rules)
    assert positions(table.down) == pytest.approx(XS, abs=0.5)
    assert [rule.support > 0 for rule in table.down] == [True, True, True, False]


def test_an_open_top_and_bottom_are_closed_through_the_rulings_ends() -> None:
    rules = [across(y, XS[0], XS[-1]) for y in YS[1:-1]] + [down(x, YS[0], YS[-1]) for x in XS]
    table = only(rules)
    assert positions(table.across) == pytest.approx(YS, abs=0.5)
    assert len(closed_cells(table)) == 12


def test_a_double_line_is_one_border() -> None:
    doubled = [across(y + 6, XS[0], XS[-1]) for y in YS[:1]] + [down(106, YS[0], YS[-1])]
    table = only([*grid_rules(XS, YS), *doubled])
    assert (table.row_count, table.column_count) == (4, 3)
    # It lies between the two, whichever was traced longer.
    assert [rule_at(rule, XS[1]) for rule in table.across[:2]] == [YS[0] + 3, YS[1]]
    assert rule_at(table.down[0], YS[1]) == 103


def test_rulings_as_near_as_the_narrowest_row_stay_apart() -> None:
    rules = grid_rules(XS, (200, 240, 280, 320))
    assert only(rules).row_count == 3


@pytest.mark.parametrize(
    "stray",
    [
        pytest.param(across(310, 430, 760), id="underline inside a cell"),
        pytest.param(down(600, 300, 420), id="downstroke of a signature"),
        pytest.param(across(700, 100, 1000), id="line below the table"),
        pytest.param(down(1100, 200, 560), id="edge of the sheet"),
        pytest.param(across(320, 850, 1150), id="signature out of the table"),
        pytest.param(across(320, 375, 815), id="underline across two rulings"),
        pytest.param(across(320, 370, 795), id="dash that ends near a ruling"),
        pytest.param(down(600, 262, 430), id="mast of a drawing"),
    ],
)
def test_a_line_that_frames_nothing_adds_no_border(stray: Rule) -> None:
    table = only([*grid_rules(XS, YS), stray])
    assert (table.row_count, table.column_count) == (4, 3)
    assert positions(table.across) == pytest.approx(YS)
    assert positions(table.down) == pytest.approx(XS)


def test_a_streak_from_edge_to_edge_of_the_scan_is_no_column() -> None:
    table = only([*grid_rules(XS, YS), down(600, 2, SHAPE[0] - 2)])
    assert positions(table.down) == pytest.approx(XS)


def test_streaks_far_past_rows_without_columns_make_no_table() -> None:
    rows = [across(y, XS[0], XS[-1]) for y in YS]
    streaks = [down(x, YS[0] - 210, YS[-1] + 210) for x in (400, 700)]
    assert all(t.column_count < 2 for t in find_tables([*rows, *streaks], SHAPE))
    # Rows without a frame are open by less.
    inner = [down(x, YS[0] - 90, YS[-1] + 90) for x in (400, 700)]
    assert only([*rows, *inner]).column_count == 3


def test_rows_that_the_scan_cuts_are_no_streaks() -> None:
    # The right side lies beyond the page; two thirds of the rulings end short of it.
    rules = [across(y, XS[0], SHAPE[1] if i > 1 else XS[-1] + 40) for i, y in enumerate(YS)]
    table = only(rules + [down(x, YS[0], YS[-1]) for x in XS])
    assert positions(table.across) == pytest.approx(YS)


def test_a_ruling_between_two_others_is_a_border_however_short() -> None:
    table = only([*grid_rules(XS, YS), across(310, XS[1], XS[2])])
    assert (table.row_count, table.column_count) == (5, 3)


def test_a_table_as_large_as_the_page_keeps_its_frame() -> None:
    xs, ys = (4, 400, SHAPE[1] - 5), (6, 300, 600, SHAPE[0] - 5)
    table = only(grid_rules(xs, ys))
    assert (table.row_count, table.column_count) == (3, 2)


def test_gaps_left_by_the_press_do_not_part_a_table() -> None:
    rules = [across(y, 110, 990) for y in YS]
    rules += [down(x, 210, 550) for x in XS]
    table = only(rules)
    assert table.outline()[0] == (100.0, 200.0)
    assert len(closed_cells(table)) == 12


def test_merged_cells_are_one_block_without_the_missing_border() -> None:
    # The first row is one spanning header; the last column's two middle rows are merged.
    rules = [across(y, XS[0], XS[-1]) for y in (*YS[:2], YS[2], YS[4])]
    rules.append(across(YS[3], XS[0], XS[2]))
    rules += [down(XS[0], YS[0], YS[-1]), down(XS[-1], YS[0], YS[-1])]
    rules += [down(x, YS[1], YS[-1]) for x in XS[1:-1]]
    table = only(rules)
    assert table.down_borders[0].tolist() == [True, False, False, True]
    assert table.across_borders[3].tolist() == [True, True, False]
    assert closed_cells(table) == (
        (0, 0, 1, 3),
        (1, 0, 2, 1),
        (1, 1, 2, 2),
        (1, 2, 2, 3),
        (2, 0, 3, 1),
        (2, 1, 3, 2),
        (2, 2, 4, 3),
        (3, 0, 4, 1),
        (3, 1, 4, 2),
    )


def test_a_block_that_is_no_rectangle_is_not_listed() -> None:
    # Three of four cells are open to each other: an L around the one at the top right.
    rules = [across(200, 100, 800), across(300, 400, 800), across(400, 100, 800)]
    rules += [down(100, 200, 400), down(400, 200, 300), down(800, 200, 400)]
    table = only(rules)
    assert (table.row_count, table.column_count) == (2, 2)
    assert closed_cells(table) == ((0, 1, 1, 2),)


def test_a_cell_that_is_open_to_the_margin_is_not_listed() -> None:
    rules = [across(y, XS[0], XS[-1]) for y in YS] + [down(x, YS[0], YS[-1]) for x in XS[1:]]
    rules.append(down(XS[0], YS[0], YS[2]))
    table = only(rules)
    assert (table.row_count, table.column_count) == (4, 3)
    first = [block for block in closed_cells(table) if block[1] == 0]
    assert first == [(0, 0, 1, 1), (1, 0, 2, 1)]


@given(st.floats(-400, 1400), st.floats(-0.05, 0.05))
def test_a_ruling_goes_on_straight_beyond_its_ends(x: float, slope: float) -> None:
    rule = across(300, 100, 900, slope=slope)
    assert rule_at(rule, x) == pytest.approx(300 + slope * (x - 100), abs=1e-6)
    turned = down(300, 100, 900, slope=slope)
    assert rule_at(turned, x) == pytest.approx(300 + slope * (x - 100), abs=1e-6)


def _meet(p: Point, q: Point, r: Point, s: Point) -> Point | None:
    """Where the line through p, q meets the one through r, s; None if parallel."""
    d1 = (q[0] - p[0], q[1] - p[1])
    d2 = (s[0] - r[0], s[1] - r[1])
    cross = d1[0] * d2[1] - d1[1] * d2[0]
    if abs(cross) < 1e-9:
        return None
    t = ((r[0] - p[0]) * d2[1] - (r[1] - p[1]) * d2[0]) / cross
    return p[0] + t * d1[0], p[1] + t * d1[1]


@given(st.floats(100, 900), st.floats(100, 900), st.floats(-0.055, 0.055), st.floats(-0.055, 0.055))
def test_rulings_cross_where_their_lines_meet(
    x: float, y: float, slope: float, lean: float
) -> None:
    rows, columns = across(y, 100, 900, slope=slope), down(x, 100, 900, slope=lean)
    ends = [(float(p[0]), float(p[1])) for rule in (rows, columns) for p in rule.points[[0, -1]]]
    meet = _meet(*ends)
    assume(meet is not None)
    assert meet is not None
    assert crossing(rows, columns) == pytest.approx(meet, abs=0.01)


def test_a_divider_that_is_traced_in_pieces_makes_no_two_tables() -> None:
    # In rows of two lines a divider stands in every second one; a pen may hide one of them.
    heights = [400.0 + 78 * n for n in range(9)]
    rules = [across(y, 200, 1600) for y in heights]
    rules += [down(x, heights[0], heights[-1]) for x in (200, 1600)]
    rules += [down(976, heights[0], heights[3]), down(976.4, heights[5], heights[8])]
    (table,) = find_tables(rules, (2200, 1700))
    assert table.row_count == 8
    assert table.outline()[1][0] == pytest.approx(1600, abs=1)


def test_an_open_side_above_a_box_is_closed_too() -> None:
    # The box's own side, farther down, is no side of the rows; one divider was followed on into it.
    ys = [500.0 + 80 * k for k in range(9)]
    rows = [across(y, 120, 1600) for y in ys]
    through = replace(down(930, 500, 1500), gaps=((1140.0, 1240.0),))
    dividers = [down(450, 500, 1140), through, down(1195, 500, 1140)]
    box = grid_rules((120, 934), (1240, 1500))
    main, lower = find_tables([*rows, *dividers, *box], (2200, 1718))
    assert positions(main.down) == pytest.approx([120, 450, 930, 1195, 1600], abs=2)
    assert positions(main.across) == pytest.approx(ys, abs=2)
    assert positions(lower.across) == pytest.approx([1240, 1500], abs=2)


def test_a_streak_beside_the_table_turns_no_column() -> None:
    # A hair on the glass from top to bottom, aslant by 1.2 degrees, beside five columns.
    streak = down(112, 0, 2198, slope=-0.0204)
    xs = (144.0, 459.0, 930.0, 1183.0, 1557.0)
    rows = [across(682 + 108 * k, 144, 1557) for k in range(10)]
    box = [down(697, 1659, 1970), down(1557, 1659, 1970), across(1970, 697, 1557)]
    columns = [down(x, 684, 1654) for x in xs[1:4]]
    (main, *_) = find_tables([*rows, *box, *columns, streak], (2198, 1700))
    assert {459.0, 930.0, 1183.0} <= set(positions(main.down))


def test_a_worn_column_stays_though_specks_make_its_tables_side_longer() -> None:
    rows = [across(570 + 83 * k, 130, 1605) for k in range(11)]
    side, others = down(130, 134, 1726), [down(x, 565, 1395) for x in (486, 962, 1605)]
    worn, box = down(1214, 600, 1353), [across(1480, 130, 914), across(1726, 130, 914)]
    (main, *_) = find_tables([*rows, side, *others, worn, *box], (2390, 1710))
    assert 1214.0 in positions(main.down)


def test_a_broken_stroke_held_by_two_columns_bounds_no_row() -> None:
    rules = grid_rules(XS, YS)
    stroke = replace(across(310, 405, 796), support=0.75)
    assert len(only([*rules, stroke]).across) == len(YS)
    # Whole, or between rulings as worn as it is, it is a border.
    assert len(only([*rules, across(310, 405, 796)]).across) == len(YS) + 1
    worn = [replace(rule, support=0.7) for rule in rules]
    assert len(only([*worn, stroke]).across) == len(YS) + 1


@pytest.mark.parametrize("lean", [0.02, 0.035])
def test_columns_of_a_half_that_leans_beside_a_fold_are_columns(lean: float) -> None:
    """Two signers stood on each row; the right ones were lost without a word."""
    rows = [across(y, 200, 1900) for y in range(400, 1100, 80)]
    left = [down(x, 400, 1040) for x in (200, 600, 850, 1050)]
    right = [down(x, 400, 1040, slope=lean) for x in (1100, 1480, 1700, 1870)]
    assert only([*rows, *left, *right]).column_count == 7


def test_streaks_that_lean_are_no_columns() -> None:
    rows = [across(y, 200, 1900) for y in range(400, 1100, 80)]
    columns = [down(x, 400, 1040) for x in (200, 600, 1050, 1480, 1900)]
    streaks = [down(x, 300, 1160, slope=0.03) for x in (700, 1200)]
    assert only([*rows, *columns, *streaks]).column_count == 4


def test_strokes_through_three_rows_are_no_rulings() -> None:
    rows = [across(y, 200, 1900) for y in range(400, 1100, 80)]
    columns = [down(x, 400, 1040) for x in (200, 600, 1050, 1480, 1900)]
    strokes = [across(y, 190, 1910, slope=0.03) for y in (410, 490, 650)]
    assert only([*rows, *columns, *strokes]).row_count == 8


@pytest.mark.parametrize("apart", [-2.5, 0.0, 2.5])
def test_a_ruling_in_pieces_beside_a_cell_as_high_as_two_rows_bounds_all_the_others(
    apart: float,
) -> None:
    # Traced by itself each piece lies a little off the others: no row lies between them.
    ys = (200.0, 280.0, 360.0, 440.0)
    whole = [across(y, XS[0], XS[-1]) for y in (ys[0], ys[2], ys[3])]
    pieces = [across(ys[1], XS[0], XS[1]), across(ys[1] + apart, XS[2], XS[3])]
    table = only([*whole, *pieces, *(down(x, ys[0], ys[-1]) for x in XS)])
    assert (table.row_count, table.column_count) == (3, 3)
    assert table.across_borders[1].tolist() == [True, False, True]
    assert closed_cells(table) == (
        (0, 0, 1, 1),
        (0, 1, 2, 2),
        (0, 2, 1, 3),
        (1, 0, 2, 1),
        (1, 2, 2, 3),
        (2, 0, 3, 1),
        (2, 1, 3, 2),
        (2, 2, 3, 3),
    )


def _with_gaps(xs: Sequence[float], gaps: Sequence[tuple[float, float]]) -> list[Rule]:
    """The grid, each ruling down at ``xs`` with the gap of its place in ``gaps``."""
    rules = [rule for rule in grid_rules(XS, YS) if rule.horizontal]
    columns = [rule for rule in grid_rules(XS, YS) if not rule.horizontal]
    for rule in columns:
        x = float(rule.points[0, 0])
        rules.append(replace(rule, gaps=(gaps[xs.index(x)],)) if x in xs else rule)
    return rules


def test_a_heading_between_rows_is_one_cell_where_the_rulings_down_leave_it_out() -> None:
    table = only(_with_gaps([400.0, 800.0], [(361.0, 459.0), (362.0, 458.0)]))
    assert (2, 0, 3, 3) in closed_cells(table)
    assert len(closed_cells(table)) == 10


@pytest.mark.parametrize(
    "gaps",
    [
        pytest.param([(361.0, 459.0)], id="one ruling only, which a pen may hide"),
        pytest.param([(361.0, 459.0), (361.0, 440.0)], id="each as it comes"),
        pytest.param([(340.0, 440.0), (340.0, 440.0)], id="from and to nowhere"),
    ],
)
def test_a_gap_that_wear_or_a_pen_left_parts_cells_all_the_same(
    gaps: list[tuple[float, float]],
) -> None:
    table = only(_with_gaps([400.0, 800.0][: len(gaps)], gaps))
    assert len(closed_cells(table)) == 12
