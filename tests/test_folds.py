"""Folds are told from rulings: they run on past the table."""

import time
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from drawn import across, down, grid_rules

from digitizer.lines.folds import without_folds, without_shadows
from digitizer.lines.tables import find_tables
from digitizer.records import Rule
from digitizer.writing.struckrows import is_level

XS = (200.0, 500.0, 900.0, 1100.0)
YS = (200.0, 300.0, 400.0, 500.0, 600.0)
SHAPE = (1200, 1300)


def kept(*more: Rule, rules: Sequence[Rule] = grid_rules(XS, YS)) -> int:
    """How many of ``more`` are taken for rulings beside a table's own."""
    found = without_folds((*rules, *more), SHAPE)
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


def test_a_column_from_a_ruling_above_whose_end_was_not_seen_is_no_fold() -> None:
    above = across(80, 100, 1200)
    worn = down(700, 82, 570)
    assert kept(worn, rules=(*grid_rules(XS, YS), above)) == 1


def test_edges_of_the_paper_are_no_rulings_and_hide_no_fold() -> None:
    # Two folds and the edges above and below run on alike: as many as rows of a wider table.
    edges = (across(20, 20, 1280), across(1180, 20, 1280), down(20, 20, 1180), down(1280, 20, 1180))
    folds = (across(250, 20, 1280), across(550, 20, 1280))
    found = without_folds((*grid_rules(XS, YS), *edges, *folds), SHAPE)
    assert len(found) == len(grid_rules(XS, YS))


def test_a_table_cropped_to_its_frame_keeps_it() -> None:
    rules = grid_rules((10.0, 500.0, 1290.0), (10.0, 300.0, 600.0, 900.0, 1190.0))
    assert without_folds(rules, SHAPE) == tuple(rules)


def test_rows_of_a_wider_table_are_no_folds() -> None:
    # Each row has a line of its own in the middle columns alone.
    middle = [across(y + 50, XS[1], XS[2]) for y in YS[:-1]]
    assert kept(*middle) == len(middle)


def test_a_fold_through_the_header_makes_no_row() -> None:
    rules = (*grid_rules(XS, YS), across(250, 20, 1280))
    (table,) = find_tables(without_folds(rules, SHAPE), SHAPE)
    assert len(table.across) == len(YS)


def test_a_fold_through_a_low_header_whose_side_was_traced_short_is_one() -> None:
    # 17 px below the frame; columns begin 2 px below it, one side 10, combs below the header.
    ys = (200.0, 235.0, *YS[1:])
    rules = [across(y, XS[0], XS[-1]) for y in ys]
    rules += [down(x, ys[0] + (10 if x == XS[-1] else 2), ys[-1]) for x in XS]
    rules += [down(x, ys[1], ys[-1]) for x in range(540, 900, 60)]
    assert kept(across(217, 20, 1280), rules=rules) == 0


def test_what_begins_and_ends_with_a_fold_is_one_though_it_ends_at_a_ruling() -> None:
    fold, beside = across(250, 20, 1125), across(450, 20, 1115)
    assert kept(fold) == 0 and kept(beside) == 1
    assert kept(fold, beside) == 0


def test_the_edge_of_a_folds_shadow_goes_with_it() -> None:
    # A band's edge has no thickness and is known to 64 px along it.
    near, header = (replace(across(y, 192, 1152), thickness_px=0.0) for y in (266, 350))
    assert kept(across(250, 20, 1280), near) == 0
    assert kept(header) == 1
    assert kept(replace(across(266, 64, 1152), thickness_px=0.0)) == 0


def test_the_stroke_of_a_cross_is_no_ruling_though_it_spans_the_table() -> None:
    corners = np.array([[200.0, 200.0], [1100.0, 205.0], [1100.0, 305.0], [200.0, 300.0]])
    flat, slanted = across(250, 200, 1100), across(250, 200, 1100)
    slope = np.linspace(0.0, 1.0, len(flat.points))
    flat = replace(flat, points=flat.points + np.column_stack([0 * slope, 5 * slope]))
    slanted = replace(slanted, points=slanted.points + np.column_stack([0 * slope, -80 * slope]))
    assert is_level(flat, corners)
    assert not is_level(slanted, corners)


def fold_over(page: npt.NDArray[np.uint8], y: int) -> Rule:
    """Fold ``page`` at a height: a soft dark line, and a shadow below it; in place."""
    dip = np.array([0, -5, -17, -34, -49, -50, -37, -25, -20, -18, -16, -12, -8, -4, 0])
    page[y - 5 : y + 10] = np.clip(page[y - 5 : y + 10].astype(int) + dip[:, None], 0, 255)
    return across(y, 0, page.shape[1])


def test_a_folds_shadow_is_lit_and_the_ink_across_it_stays() -> None:
    page = np.full((200, 600), 244, np.uint8)
    cv2.line(page, (300, 60), (330, 150), 60, 3)
    fold = fold_over(page, 100)
    lit = without_shadows(page, (fold,))
    assert page[99, 50] < 210
    ink = lit < 150
    assert lit[80:120, :250].min() > 225
    assert ink[60:150].any(axis=1).all()
    # Nothing else changed.
    assert (lit[:80] == page[:80]).all()
    assert (lit[125:] == page[125:]).all()


def test_a_folds_shadow_is_lit_beside_a_ruling_and_the_ruling_stays() -> None:
    page = np.full((300, 600), 245, np.uint8)
    page[140:143] = 60
    ruled = page.copy()
    fold = fold_over(page, 155)
    lit = without_shadows(page, [fold])
    assert (lit[148:175] > 230).all()
    assert (np.abs(lit[130:146].astype(int) - ruled[130:146]) <= 12).all()


@pytest.mark.parametrize("off", [-0.6, 0.0, 0.6])
def test_a_fold_traced_half_a_pixel_off_its_darkest_line_is_lit(off: float) -> None:
    page = np.full((300, 600), 244, np.uint8)
    page[150:] = 228
    # As scanned: darkest in one row of pixels, with soft edges.
    for row, gray in zip(range(147, 153), (236, 217, 190, 179, 195, 214), strict=True):
        page[row] = gray
    fold = across(150.0 + off, 0, 600)
    assert without_shadows(page, (fold,)).min() > 225


def test_without_folds_a_page_is_as_it_was() -> None:
    page = np.full((50, 60), 200, np.uint8)
    assert (without_shadows(page, ()) == page).all()


def test_a_ruling_that_a_letter_below_makes_longer_is_no_fold_beside_the_box_there() -> None:
    # The box's top is the table's foot; its sides hang below, where the letter stands.
    box = (down(600, 600, 900), down(1050, 600, 900), across(900, 600, 1050))
    assert kept(*box, down(700, 200, 640)) == 4


def test_worn_rows_above_a_box_are_no_folds_of_it() -> None:
    # Rows whose first piece is gone begin at no ruling; the box below ends long before they do.
    box = [across(y, 200, 700) for y in (700, 780, 860, 940)] + [down(700, 700, 940)]
    worn = [across(y, 250, 1100) for y in (300, 400)]
    rules = [*grid_rules(XS, YS), *box]
    rules = [rule for rule in rules if not (rule.horizontal and rule.points[0, 1] in (300, 400))]
    side = [rule for rule in rules if not rule.horizontal and rule.points[0, 0] == 200]
    rules = [rule for rule in rules if rule is not side[0]] + [down(200, 200, 940)]
    assert kept(*worn, rules=rules) == len(worn)


def test_a_fold_crosses_a_side_that_was_traced_in_pieces() -> None:
    pieces = [down(200, 200, 280), down(200, 320, 600)]
    rules = [rule for rule in grid_rules(XS, YS) if rule.horizontal or rule.points[0, 0] != 200]
    assert kept(across(550, 20, 1280), rules=[*rules, *pieces]) == 0


def test_folds_are_looked_for_among_many_rulings_in_no_time() -> None:
    # Lines that end anywhere, as on a page of print set in boxes.
    random = np.random.default_rng(1)
    ends = np.column_stack([random.uniform(60, 700, 340), random.uniform(800, 1600, 340)])
    lines = [across(60 + 7.5 * k, *ends[k].tolist()) for k in range(340)]
    lines += [down(62 + 4.7 * k, *(1.6 * ends[k]).tolist()) for k in range(340)]
    before = time.process_time()
    without_folds(lines, (2800, 1700))
    # Each ruling was held against each pair of others before: 11 s.
    assert time.process_time() - before < 3


@pytest.mark.parametrize("y", [496.0, 500.0, 506.0])
def test_a_fold_on_a_ruling_is_that_ruling_as_far_as_the_table_goes(y: float) -> None:
    # Two rows would be one else, and one signer lost.
    rules = [rule for rule in grid_rules(XS, (*YS, 700.0)) if not (
        rule.horizontal and rule.points[0, 1] == 500.0
    )]  # fmt: skip
    found = without_folds((*rules, across(y, 20, 1280, count=60)), SHAPE)
    (there,) = [rule for rule in found if all(rule is not one for one in rules)]
    assert there.points[[0, -1], 0] == pytest.approx([XS[0], XS[-1]])
    (table,) = find_tables(found, SHAPE)
    assert len(table.across) == 6


def test_a_fold_between_two_rulings_of_a_high_row_is_none() -> None:
    rules = grid_rules(XS, (200.0, 300.0, 400.0, 500.0, 700.0, 800.0))
    assert without_folds((*rules, across(560, 20, 1280)), SHAPE) == tuple(rules)


def test_a_fold_past_rows_without_a_frame_is_one_though_it_ends_at_the_papers_edges() -> None:
    # The paper lies on other paper, so that its edges were traced all around.
    rows = [across(y, 300, 1400) for y in range(700, 1501, 80)]
    columns = [down(x, 700, 1500) for x in (600, 900, 1200)]
    paper = [
        *(down(x, 250, 2200) for x in (160, 1540)),
        *(across(y, 160, 1540) for y in (250, 2200)),
    ]
    folds = [*(across(y, 160, 1540) for y in (868, 1232)), down(760, 250, 2200)]
    shape = (2400, 1700)
    # A shaded title is as wide as the rows.
    rows.append(replace(across(320, 300, 1400), thickness_px=0.0))
    found = without_folds([*rows, *columns, *paper, *folds], shape)
    assert not {id(fold) for fold in folds}.intersection(map(id, found))
    assert {id(rule) for rule in (*rows, *columns)} <= set(map(id, found))
    # Without columns that go with them, lines to write on inside a table's rows are no rows.
    high = [*folds, *(down(x, 250, 2200) for x in (160, 600, 1540))]
    assert set(map(id, folds)) <= set(map(id, without_folds([*rows, *high, *paper[2:]], shape)))


@pytest.mark.parametrize("rows", [2, 4, 9])
def test_rows_that_pass_combs_are_no_folds(rows: int) -> None:
    """Combs one below the other, whose lines were traced as one, look like rows of a table."""
    pitch, left = 90, 300
    table = grid_rules((left, 700, 1400), [600 + pitch * n for n in range(rows + 1)])
    combs = [across(600 + pitch * n + edge, 800, 1200) for n in range(rows) for edge in (20, 70)]
    ends = (620, 600 + pitch * rows - 20)
    teeth = [replace(down(x, *ends), support=0.55) for x in range(850, 1200, 50)]
    found = without_folds([*table, *combs, *teeth], (2400, 1700))
    assert set(map(id, table)) <= set(map(id, found))


def test_a_ruling_between_cells_as_high_as_two_rows_is_no_fold() -> None:
    # Two others are printed between two columns only, and it goes on past these on both sides.
    rules = (*grid_rules(XS, YS), down(350, 200, 600), *(across(y, 500, 900) for y in (350, 450)))
    assert kept(across(250, 350, 1100), rules=rules) == 1


def test_columns_of_a_table_above_another_one_are_no_folds_of_it() -> None:
    # Two frames share their sides; letters in rows of the upper one look like a table in it.
    sides = down(200, 200, 900), down(1100, 200, 900)
    lines = [across(y, 200, 1100) for y in (200, 300, 400, 500, 700, 800, 900)]
    letters = [down(x, 300, 400) for x in (560, 620, 680)]
    columns = [down(x, 200, 500) for x in (500, 900)]
    assert kept(*columns, rules=[*sides, *lines, *letters]) == 2
