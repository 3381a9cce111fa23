"""Tests of digitizer.writing.ink: threshold and ruling removal (training.ink has test_ink.py)."""

import cv2
import ink_pages
import numpy as np
import pytest
from drawn import Curve, draw_across
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.lines.rulings import trace_rules
from digitizer.records import Pixels
from digitizer.writing.ink import PageInk, RulePath, measure_ink, remove_rules, snap_rule

FEW = settings(max_examples=12, deadline=None)


def _noisy(page: Pixels, sigma: float) -> Pixels:
    noise = np.random.default_rng(5).normal(0, sigma, page.shape)
    return np.clip(page + noise, 0, 255).astype(np.uint8)


def _snap(page: PageInk, y: float, width: int, thickness: float = 2.0) -> RulePath:
    traced = ink_pages.rule(0, y, width - 1, y)
    path = snap_rule(page.darkness, traced.points, True, thickness)
    assert path is not None
    return path


@FEW
@given(sigma=st.floats(0, 18))
def test_paper_grain_is_no_ink_however_strong(sigma: float) -> None:
    found = measure_ink(_noisy(ink_pages.paper(300, 400), sigma)).mask
    assert found.mean() < 0.001


@FEW
@given(contrast=st.integers(30, 220))
def test_strokes_are_ink_however_faint(contrast: int) -> None:
    page = ink_pages.paper(200, 400)
    ink_pages.write(page, 40, 120, 12, gray=ink_pages.PAPER - contrast)
    core = page <= ink_pages.PAPER - 0.9 * contrast
    found = measure_ink(_noisy(page, 1.5)).mask
    assert found[core].mean() > 0.97


def test_shadow_across_the_page_is_no_ink() -> None:
    page = ink_pages.paper(400, 600)
    page = (page - np.linspace(0, 60, 600)[None, :]).astype(np.uint8)
    assert measure_ink(page).mask.mean() == 0


def test_a_shaded_heading_is_no_ink_but_its_print_is() -> None:
    page = ink_pages.paper(300, 600)
    page[100:140, 50:550] = 205
    ink_pages.write(page, 80, 130, 12, gray=30)
    found = measure_ink(page).mask
    assert found[page < 100].mean() > 0.97
    assert found[:, 300:].mean() == 0


@FEW
@given(shift=st.floats(-4, 4), bend=st.floats(-5, 5))
def test_traced_ruling_moves_onto_the_printed_one(shift: float, bend: float) -> None:
    page = ink_pages.paper(120, 900)
    xs = np.arange(900)
    ys = 60 + bend * np.sin(xs / 900 * np.pi)
    ink_pages.stroke(page, list(zip(xs.tolist(), ys.tolist(), strict=True)), gray=90, thick=2)
    points = np.column_stack([xs[::16], ys[::16] + shift]).astype(np.float64)
    path = snap_rule(measure_ink(page).darkness, points, True, 2.0)
    assert path is not None
    assert np.abs(path.centers - ys[path.start : path.start + len(path.centers)]).mean() < 0.8


def test_ruling_outside_the_page_is_none() -> None:
    points = np.array([[-90.0, 10.0], [-20.0, 10.0]])
    assert snap_rule(ink_pages.paper(50, 50), points, True, 2.0) is None


@pytest.mark.parametrize(("thick", "gray"), [(1, 120), (2, 30), (4, 30), (2, 190)], ids=str)
def test_bare_ruling_vanishes(thick: int, gray: int) -> None:
    page = ink_pages.paper(120, 900)
    cv2.line(page, (0, 60), (899, 63), gray, thick, cv2.LINE_AA)
    ink = measure_ink(_noisy(page, 2.0))
    left = remove_rules(ink, [_snap(ink, 61, 900, thick)]).mask
    assert left.sum() < 0.01 * ink.mask.sum()


def test_vertical_ruling_vanishes_as_a_horizontal_one_does() -> None:
    page = ink_pages.paper(900, 120)
    cv2.line(page, (60, 0), (60, 899), 30, 3)
    ink = measure_ink(page)
    path = snap_rule(ink.darkness, ink_pages.rule(61, 0, 61, 899).points, False, 3.0)
    assert path is not None
    assert remove_rules(ink, [path]).mask.sum() == 0


def test_second_line_of_a_double_ruling_vanishes_too() -> None:
    page = ink_pages.paper(120, 900)
    for y in (58, 64):
        cv2.line(page, (0, y), (899, y), 40, 2)
    ink = measure_ink(page)
    assert remove_rules(ink, [_snap(ink, 58, 900)]).mask.sum() < 0.01 * ink.mask.sum()


@pytest.mark.parametrize("horizontal", [True, False])
@pytest.mark.parametrize(("apart", "thick"), [(3, 1.0), (3, 2.0), (4, 2.0)])
def test_both_lines_of_a_narrow_double_ruling_vanish(
    apart: int, thick: float, horizontal: bool
) -> None:
    """Traced as one, the outer edge of the second line stayed, and signed an empty row."""
    page = ink_pages.paper(200, 900)

    def leaning(middle: int) -> Curve:
        return lambda x: middle + 0.0023 * x

    for middle in (90, 90 + apart):
        draw_across(page, leaning(middle), 30, 870, thickness=thick, gray=70)
    page = np.asarray(cv2.GaussianBlur(page, (0, 0), 0.8), dtype=np.uint8)
    for x in (200, 500):
        cv2.line(page, (x, 40), (x + 30, 150), 50, 3, cv2.LINE_AA)
    page = page if horizontal else np.ascontiguousarray(page.T)
    (rule,) = (rule for rule in trace_rules(page) if rule.horizontal is horizontal)
    found = measure_ink(page)
    path = snap_rule(found.darkness, rule.points, horizontal, rule.thickness_px)
    assert path is not None
    rest = remove_rules(found, [path])
    left = rest.mask if horizontal else rest.mask.T
    assert not left[:, 240:490].any() and not left[:, 540:860].any()
    # What crosses it stays whole.
    assert left[50:140, 195:240].any(axis=1).all() and left[50:140, 495:540].any(axis=1).all()


def test_dotted_ruling_vanishes() -> None:
    page = ink_pages.paper(120, 900)
    for x in range(0, 900, 6):
        cv2.line(page, (x, 60), (x + 2, 60), 60, 2)
    ink = measure_ink(page)
    assert remove_rules(ink, [_snap(ink, 61, 900)]).mask.sum() < 0.02 * ink.mask.sum()


def test_strokes_that_cross_a_ruling_stay() -> None:
    alone = ink_pages.paper(160, 900)
    for x in range(20, 860, 140):
        ink_pages.write(alone, x, 90, 6, height=30)
    ruled = alone.copy()
    cv2.line(ruled, (0, 82), (899, 82), 30, 2)
    ink = measure_ink(ruled)
    left = remove_rules(ink, [_snap(ink, 83, 900)]).mask
    assert left[alone < 150].mean() > 0.9
    assert left[alone > 235].mean() < 0.01


def test_writing_far_from_a_ruling_is_untouched() -> None:
    page = ink_pages.paper(160, 900)
    ink_pages.write(page, 40, 50, 20)
    cv2.line(page, (0, 100), (899, 100), 30, 2)
    ink = measure_ink(page)
    left = remove_rules(ink, [_snap(ink, 100, 900)]).mask
    assert (left[:80] == ink.mask[:80]).all()


def test_arrays_that_come_in_are_not_written_into() -> None:
    page = ink_pages.paper(120, 900)
    cv2.line(page, (0, 60), (899, 60), 30, 2)
    before = page.copy()
    ink = measure_ink(page)
    mask = ink.mask.copy()
    remove_rules(ink, [_snap(ink, 60, 900)])
    assert (page == before).all()
    assert (ink.mask == mask).all()


def test_a_streak_beside_a_border_is_not_taken_for_the_border() -> None:
    darkness = np.zeros((60, 400), np.uint8)
    darkness[29:31] = 60
    darkness[36:39] = 200
    points = np.array([[0.0, 29.5], [399.0, 29.5]])
    alone = snap_rule(darkness, points, True, 2.0)
    beside = snap_rule(darkness, points, True, 2.0, beside_px=8.0)
    assert alone is not None and beside is not None
    assert np.abs(np.median(beside.centers) - 29.5) < 1.0
    assert np.median(alone.centers) > 33.0


def test_the_ends_of_gray_rows_are_no_ink() -> None:
    """Where most of what is around a band's end is white, the band is paper all the same."""
    page = np.full((1000, 1700), 245, np.uint8)
    for top in range(300, 800, 150):
        page[top : top + 75, 120:1580] = 212
    page[330:340, 130:160] = 60  # a stroke at the very end of a gray row
    grain = np.random.default_rng(3).normal(0, 3, page.shape)
    found = measure_ink(np.clip(page + grain, 0, 255).astype(np.uint8)).mask
    assert found[332:338, 132:158].all()
    found[325:345, 125:165] = False
    # But for specks along their edges.
    assert all(found[top + 8 : top + 67].sum() < 100 for top in range(300, 800, 150))
