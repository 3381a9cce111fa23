"""Bent rulings are found out, and pages straightened by them; flat pages stay as they are."""

from collections.abc import Callable, Sequence
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from drawn import blank, draw_across, draw_down, draw_grid, in_color, rectified

from digitizer.lines.bending import MIN_BEND_PX, added, bent_points, fit_bend, seems_bent
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.rulings import Traces, find_traces, follow_traces, trace_rules
from digitizer.locate import in_scan
from digitizer.records import PAGE_PX_PER_MM, PageImage, PageRef, Pixels, RectifiedPage, Rule
from digitizer.rectify import flatten
from digitizer.sheets import straightened
from digitizer.sheets.straightened import straighten
from scripts.sheets.paper import Bend, bent, with_edge

SHAPE = (2200, 1700)
LEFT, RIGHT = 100, 1600
HEIGHTS = tuple(range(600, 1500, 90))

Floats = npt.NDArray[np.float64]
Lift = Callable[[Floats, float], Floats]


def rows(lift: Lift, heights: Sequence[int] = HEIGHTS) -> list[Rule]:
    """Rulings from LEFT to RIGHT that ``lift`` moves."""
    x = np.arange(LEFT, RIGHT + 1, 16.0)
    return [Rule(np.column_stack([x, y + lift(x, float(y))]), True, 3.0, 1.0) for y in heights]


def arch(x: Floats, _: float) -> Floats:
    return np.asarray(60 * np.sin(np.pi * x / SHAPE[1]))


def fan(x: Floats, y: float) -> Floats:
    return np.asarray((x - 850) * 0.04 * (y - 1050) / 450)


@pytest.mark.parametrize("lift", [arch, fan], ids=["curled", "seen aslant"])
def test_the_bend_takes_every_ruling_back_to_a_straight_line(lift: Lift) -> None:
    rules = rows(lift)
    assert seems_bent(rules)
    bend = fit_bend(rules, SHAPE)
    assert bend is not None
    # Where the field is right, a level line of the straight page lies on each ruling.
    for rule in rules:
        x, level = rule.points[:, 0], float(rule.points[:, 1].mean())
        lain = bent_points(bend, np.column_stack([x, np.full(len(x), level)]))
        off = rule.points[:, 1] - lain[:, 1]
        assert float(np.ptp(off)) < 0.25 * PAGE_PX_PER_MM


def test_flat_rulings_have_no_bend() -> None:
    rng = np.random.default_rng(1)
    rules = rows(lambda x, _: 0.004 * x + rng.normal(0, 0.3, len(x)))
    assert not seems_bent(rules)
    assert fit_bend(rules, SHAPE) is None


def test_three_rulings_prove_nothing() -> None:
    assert fit_bend(rows(arch, HEIGHTS[:3]), SHAPE) is None


def test_strokes_across_rows_do_not_bend_the_page() -> None:
    strikes = rows(lambda x, _: 0.05 * (x - 850), (650, 830))
    assert fit_bend(rows(lambda x, _: 0 * x) + strikes, SHAPE) is None


def test_what_bends_less_than_the_bound_is_left_alone() -> None:
    small = 0.8 * MIN_BEND_PX
    assert fit_bend(rows(lambda x, _: small * np.sin(np.pi * x / SHAPE[1])), SHAPE) is None


def test_two_bends_one_after_the_other_are_one() -> None:
    first = fit_bend(rows(arch), SHAPE)
    second = fit_bend(rows(fan), SHAPE)
    assert first is not None and second is not None
    points = np.array([(300.0, 700), (850, 1000), (1400, 1300)])
    one = bent_points(added(first, second), points)
    assert one == pytest.approx(bent_points(first, bent_points(second, points)), abs=0.5)


def bent_page(shape: str) -> tuple[RectifiedPage, Bend]:
    """A page with a grid, bent by 8 mm, as an upright scan."""
    page = blank(SHAPE[1], SHAPE[0])
    draw_grid(page, (LEFT, 500, 1000, RIGHT), HEIGHTS, gray=60)
    bend = Bend(SHAPE[1], SHAPE[0], 8 * PAGE_PX_PER_MM, shape, fan=0.2, sway=10, at=0.45)
    sheet, cover = with_edge(in_color(page), 0)
    scan, _ = bent(sheet, cover, bend, 0)
    image = PageImage(PageRef("", "", 1, ""), scan, 200.0)
    gray = flatten(cv2.cvtColor(scan, cv2.COLOR_BGR2GRAY))
    sheet_corners = ((0.0, 0.0), (1700.0, 0.0), (1700.0, 2200.0), (0.0, 2200.0))
    return RectifiedPage(image, scan, gray, np.eye(3), 0, 0.0, 1.0, 20.0, sheet_corners), bend


@pytest.mark.parametrize("shape", ["edge", "fold"])
def test_rows_bent_by_8_mm_come_out_straight_and_are_told_where_they_lie(shape: str) -> None:
    page, bend = bent_page(shape)
    straight, rules, tables = straighten(page)
    assert straight.bend is not None
    # The sheet as handed in is not touched.
    assert straight.image is page.image
    (table,) = tables[:1]
    assert (table.row_count, table.column_count) == (len(HEIGHTS) - 1, 3)
    flat = [r for r in rules if r.horizontal and np.ptp(r.points[:, 0]) > 1000]
    assert len(flat) == len(HEIGHTS)
    for rule in flat:
        assert float(np.ptp(rule.points[:, 1])) < 0.8 * PAGE_PX_PER_MM
    for number in range(table.row_count):
        told = np.array(in_scan(table.cell(number, 0, number + 1, 3), straight))
        x = np.linspace(LEFT, RIGHT, 60)
        top = np.column_stack([x, np.full(60, HEIGHTS[number])])
        low = np.column_stack([x, np.full(60, HEIGHTS[number + 1])])[::-1]
        wanted = bend.moved(np.concatenate([top, low]))
        assert _iou(told, wanted) > 0.93


def _iou(first: Floats, second: Floats) -> float:
    masks = []
    for polygon in (first, second):
        mask = np.zeros(SHAPE, np.uint8)
        cv2.fillPoly(mask, [np.rint(polygon).astype(np.int32)], 1)
        masks.append(mask > 0)
    return float((masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum())


def test_a_flat_page_is_not_resampled() -> None:
    page = blank(SHAPE[1], SHAPE[0])
    draw_grid(page, (LEFT, 500, 1000, RIGHT), HEIGHTS, gray=60)
    image = PageImage(PageRef("", "", 1, ""), in_color(page), 200.0)
    flat = RectifiedPage(image, in_color(page), page, np.eye(3), 0, 0.0, 1.0, 20.0, ())
    straight, _, _ = straighten(flat)
    assert straight is flat


COLUMNS = (LEFT, 470.0, 968.0, 1214.0, RIGHT)
MIDDLE = (HEIGHTS[0] + HEIGHTS[-1]) / 2


def streaked() -> Pixels:
    """A flat page with aslant streaks, as dust on the glass makes them: they look like a bend."""
    page = blank(SHAPE[1], SHAPE[0])
    draw_grid(page, COLUMNS, HEIGHTS, gray=60)
    y = np.arange(SHAPE[0])
    for at, slope in ((958.0, -0.05), (60.0, -0.03), (1640.0, -0.03)):
        x = at + slope * (y - MIDDLE)
        cv2.polylines(page, [np.column_stack([x, y]).astype(np.int32)], False, (90,), 2)
    return page


def test_a_streak_across_a_column_of_a_flat_page_takes_no_ruling_with_it() -> None:
    # Followed as a bend, streaks swallow rulings.
    page = streaked()
    straight, _, tables = straighten(rectified(page))
    assert seems_bent(trace_rules(page)) and straight.bend is None
    assert [rule_at(rule, MIDDLE) for rule in tables[0].down] == pytest.approx(COLUMNS, abs=2)
    assert tables[0].down_borders.all()


def test_what_looks_bent_is_looked_at_once_and_followed_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks, ways = [], []

    def find(gray: Pixels) -> Traces:
        looks.append(gray.shape)
        return find_traces(gray)

    def follow(traces: Traces, *, bent: bool) -> tuple[Rule, ...]:
        ways.append(bent)
        return follow_traces(traces, bent=bent)

    monkeypatch.setattr(straightened, "find_traces", find)
    monkeypatch.setattr(straightened, "follow_traces", follow)
    straighten(rectified(streaked()))
    assert looks == [SHAPE] and ways == [False, True]


def test_columns_that_bend_away_at_a_tables_end_reach_its_last_ruling() -> None:
    def sag(x: Floats) -> Floats:
        return np.asarray(25 * np.sin(np.pi * (x - 200) / 1300))

    def away(y: Floats) -> Floats:
        return np.asarray(4e-4 * np.maximum(0, y - 1450) ** 2)

    page = blank(SHAPE[1], SHAPE[0])
    for level in range(700, 1601, 90):
        draw_across(page, partial(lambda at, x: at + sag(x), level), 200, 1500)
    for place in (200, 600, 1100, 1500):
        low = float(sag(np.array([float(place)]))[0])
        draw_down(page, partial(lambda at, y: at + away(y), place), 700 + low, 1600 + low)
    _, _, tables = straighten(rectified(page))
    assert [(table.row_count, table.column_count) for table in tables] == [(10, 3)]
