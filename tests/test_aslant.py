"""Pages seen aslant are told by their own rulings, and come out as seen from above."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn import PAPER, across, blank, down, draw_grid, grid_rules, rectified
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.geometry import Points, apply_homography, convex_iou, homography_from_quad, rectangle
from digitizer.lines.aslant import fit_aslant, fit_open_aslant
from digitizer.locate import in_scan
from digitizer.records import Homography, Rule
from digitizer.sheets.straightened import straighten

SHAPE = (2200, 1700)
XS = (200.0, 500.0, 1000.0, 1250.0, 1500.0)
YS = tuple(float(y) for y in range(600, 1601, 90))


def seen(corners: Sequence[Sequence[float]]) -> Homography:
    """The move of a page whose corners are seen there, a letter's in px."""
    quad = homography_from_quad(np.array(corners), SHAPE[1], SHAPE[0])
    return np.asarray(np.linalg.inv(quad), dtype=np.float64)


def moved(rules: Sequence[Rule], matrix: Homography) -> list[Rule]:
    return [replace(rule, points=apply_homography(matrix, rule.points)) for rule in rules]


def slopes(rules: Sequence[Rule]) -> Points:
    ends = [rule.points[-1] - rule.points[0] for rule in rules]
    return np.array([d[1] / d[0] if abs(d[0]) > abs(d[1]) else d[0] / d[1] for d in ends])


@settings(max_examples=25, deadline=None)
@given(st.tuples(*[st.tuples(st.floats(-150, 150), st.floats(-150, 150))] * 4))
def test_rulings_seen_from_anywhere_are_level_and_plumb_again(
    off: tuple[tuple[float, float], ...],
) -> None:
    matrix = seen(rectangle(0, 0, SHAPE[1], SHAPE[0]) + np.array(off))
    aslant = moved(grid_rules(XS, YS), matrix)
    back = fit_aslant(aslant, SHAPE)
    leaning = float(np.abs(slopes(aslant)).max())
    assert (back is None) == (leaning < 0.03) or 0.025 < leaning < 0.035
    if back is not None:
        assert np.abs(slopes(moved(aslant, back))).max() < 1e-3


def test_the_grain_of_a_desk_and_strokes_tell_nothing() -> None:
    matrix = seen([[120, 60], [1600, 10], [1690, 2190], [10, 2100]])
    rng = np.random.default_rng(4)
    grain = [across(float(rng.uniform(0, 380)), 100, 1600, slope=0.06) for _ in range(40)]
    strokes = [across(float(y), 300, 520, slope=-0.1) for y in rng.uniform(600, 1600, 8)]
    aslant = [*moved(grid_rules(XS, YS), matrix), *grain, *strokes]
    back = fit_aslant(aslant, SHAPE)
    assert back is not None
    assert np.abs(slopes(moved(moved(grid_rules(XS, YS), matrix), back))).max() < 1e-3


def test_a_sheet_beside_that_lies_otherwise_does_not_hide_how_a_table_is_seen() -> None:
    matrix = seen([[120, 60], [1600, 10], [1690, 2190], [10, 2100]])
    sheet = moved(grid_rules(XS, YS), matrix)
    turned = seen([[-1900, 500], [-300, 100], [-100, 2300], [-1700, 2700]])
    other = moved(grid_rules(XS[1:], YS), turned)
    back = fit_aslant([*sheet, *other], SHAPE)
    assert back is not None
    assert np.abs(slopes(moved(sheet, back))).max() < 1e-3


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(grid_rules(XS, YS), id="level"),
        pytest.param([across(y, 200, 1500, slope=0.1) for y in YS], id="no columns"),
        pytest.param(
            [*(across(y, 200, 1500, slope=0.1) for y in YS), down(300, 500, 1800)], id="one column"
        ),
        pytest.param([], id="nothing"),
    ],
)
def test_what_is_level_or_tells_too_little_is_left_alone(rules: list[Rule]) -> None:
    assert fit_aslant(rules, SHAPE) is None


def test_rows_that_lean_by_up_to_a_fifth_are_all_there_and_told_where_they_lie() -> None:
    flat = blank(SHAPE[1], SHAPE[0])
    draw_grid(flat, XS, YS)
    # As if a shadow's edge had been taken for the foot of the sheet.
    matrix = seen([[0, 0], [1700, 150], [1660, 2300], [40, 1850]])
    page = rectified(
        np.asarray(cv2.warpPerspective(flat, matrix, SHAPE[::-1], borderValue=(PAPER,)), np.uint8)
    )
    found, _, tables = straighten(page)
    assert (tables[0].row_count, tables[0].column_count) == (len(YS) - 1, len(XS) - 1)
    for row in range(len(YS) - 1):
        wanted = apply_homography(matrix, rectangle(XS[0], YS[row], XS[-1], YS[row + 1]))
        told = np.array(in_scan(tables[0].cell(row, 0, row + 1, len(XS) - 1), found))
        assert convex_iou(cv2.convexHull(told.astype(np.float32))[:, 0], wanted) > 0.95


@settings(max_examples=25, deadline=None)
@given(st.floats(60, 300), st.floats(60, 300), st.floats(-40, 40), st.floats(0, 60))
def test_lines_without_columns_are_level_again_and_begin_and_end_together(
    left: float, right: float, low: float, ragged: float
) -> None:
    """Of seven rows whose lines became shorter from one to the next four were found."""
    matrix = seen([[0, 0], [1700, low], [1700 - right, 2200], [left, 2200]])
    lines = [across(y, XS[0], XS[-1]) for y in YS]
    # Print of the letter above and a line of the box below are no lines of the table.
    others = [across(y, 200 + ragged, 1100 + ragged) for y in (300, 340, 380)]
    aslant = moved([*lines, *others], matrix)
    back = fit_open_aslant(aslant, SHAPE)
    spans = np.array([rule.points[[0, -1], 0] for rule in aslant[: len(lines)]])
    heights = np.array([rule.points[:, 1].mean() for rule in aslant[: len(lines)]])
    lean = np.polyfit(heights, spans, 1)[0]
    if back is None:
        assert lean[0] - lean[1] < 0.1
        return
    assert lean[0] - lean[1] > 0.07
    again = moved(aslant[: len(lines)], back)
    assert np.abs(slopes(again)).max() < 2e-3
    assert np.ptp([rule.points[[0, -1], 0] for rule in again], axis=0).max() < 4


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([across(y, 200, 1500) for y in YS], id="as seen from above"),
        pytest.param([across(y, 200 + y / 10, 1300 + y / 10) for y in YS], id="drawn aslant"),
        pytest.param([across(y, y / 5, 1500) for y in YS[:4]], id="few lines"),
        pytest.param(
            [across(y, 200 + 97 * n % 250, 1500 - 61 * n % 230) for n, y in enumerate(YS)],
            id="lines of print",
        ),
    ],
)
def test_lines_without_columns_that_do_not_converge_tell_nothing(rules: list[Rule]) -> None:
    assert fit_open_aslant(rules, SHAPE) is None


def test_a_page_of_converging_lines_is_laid_straight() -> None:
    page = blank(1700, 2200)
    for y in YS:
        cv2.line(page, (200, round(y)), (1500, round(y)), 40, 2)
    matrix = seen([[0, 0], [1700, 0], [1420, 2200], [280, 2200]])
    aslant = cv2.warpPerspective(page, matrix, (1700, 2200), borderValue=PAPER)
    straight, rules, _ = straighten(rectified(np.asarray(aslant, np.uint8)))
    wide = [rule for rule in rules if np.ptp(rule.points[:, 0]) > 800]
    assert len(wide) == len(YS)
    ends = np.array([rule.points[[0, -1], 0] for rule in wide])
    assert np.ptp(ends, axis=0).max() < 12
    assert straight.gray.shape[0] > 0
