"""Rows and columns are measured apart; what has no direction has no skew."""

import cv2
import numpy as np
import pytest
from drawn import blank, draw_grid, draw_letter, draw_text
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.geometry import rotation
from digitizer.paper.skew import _slope_of_lines, estimate_skew
from digitizer.records import Pixels

# Of lines drawn to whole pixels at 70 dpi.
LINES_DEG = 0.03


def ruled() -> Pixels:
    """A table with a title and a few words in some cells, at about 70 dpi."""
    page = blank(560, 700)
    draw_grid(page, (50, 190, 350, 510), tuple(range(200, 640, 40)))
    draw_text(page, 60, 60, "Petition to the council of the island", 22)
    for row in (0, 2, 3, 7):
        draw_text(page, 60, 225 + 40 * row, "Ana Roy", 14)
        draw_text(page, 200, 221 + 40 * row, "12 Elm Street", 14)
    return page


def moved(page: Pixels, rows_deg: float, columns_deg: float) -> Pixels:
    """``page`` with its rows and its columns turned clockwise, each by its own angle."""
    height, width = page.shape
    slope = np.tan(np.radians(rows_deg - columns_deg))
    middle = (width / 2 - 0.5, height / 2 - 0.5)
    shear = np.array([[1.0, slope, -slope * middle[1]], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    matrix = rotation(rows_deg, middle) @ shear
    warped = cv2.warpPerspective(
        page, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=(245, 245, 245)
    )
    return np.asarray(warped, dtype=np.uint8)


@settings(max_examples=15, deadline=None)
@given(st.floats(-18, 18), st.floats(-1.3, 1.3))
def test_rows_and_columns_are_measured_apart(rows: float, shear: float) -> None:
    found = estimate_skew(moved(ruled(), rows, rows + shear))
    assert found.rows_deg == pytest.approx(rows, abs=LINES_DEG)
    assert found.columns_deg == pytest.approx(rows + shear, abs=LINES_DEG)


def test_rows_and_columns_change_places_on_a_page_lying_on_its_side() -> None:
    page = np.ascontiguousarray(np.rot90(moved(ruled(), 2.0, 2.5)))
    found = estimate_skew(page)
    assert found.rows_deg == pytest.approx(2.5, abs=LINES_DEG)
    assert found.columns_deg == pytest.approx(2.0, abs=LINES_DEG)


def test_a_page_of_print_has_no_columns_to_measure() -> None:
    found = estimate_skew(moved(draw_letter(600, 500), 3.0, 3.0))
    assert found.rows_deg == pytest.approx(3.0, abs=0.15)
    assert found.columns_deg is None


def test_the_error_told_covers_the_error_made() -> None:
    for angle in (-11.3, -2.2, 0.4, 6.7):
        found = estimate_skew(moved(ruled(), angle, angle))
        assert found.rows_deg is not None and found.rows_error_deg is not None
        assert abs(found.rows_deg - angle) <= 3 * found.rows_error_deg
        assert found.rows_error_deg < 0.05


def test_a_single_line_is_no_direction_where_two_must_agree() -> None:
    page = blank(560, 700)
    cv2.line(page, (60, 300), (500, 310), 60, 2)
    assert _slope_of_lines(page, 1.3, axis=0, least=1) is not None
    assert _slope_of_lines(page, 1.3, axis=0, least=2) is None
    cv2.line(page, (60, 400), (500, 410), 60, 2)
    assert _slope_of_lines(page, 1.3, axis=0, least=2) is not None


def scribbles(count: int) -> Pixels:
    """Strokes of all directions."""
    rng = np.random.default_rng(8)
    page = blank(560, 700)
    for _ in range(count):
        a, b = rng.uniform(0, 560, 2), rng.uniform(-30, 30, 2)
        ends = [(int(p[0]), int(p[1])) for p in (a, a + b)]
        cv2.line(page, ends[0], ends[1], 50, 2)
    return page


def test_scribbles_of_all_directions_have_no_skew() -> None:
    found = estimate_skew(scribbles(300))
    assert found.rows_deg is None and found.columns_deg is None and found.guess_deg is None


def test_what_nobody_can_be_sure_of_is_guessed_and_not_told() -> None:
    page, rng = scribbles(400), np.random.default_rng(3)
    for y in range(100, 600, 60):
        for x in range(60, 500, 40):
            at = y + 0.08 * x + rng.uniform(-2, 2)
            cv2.line(page, (x, round(at)), (x + 24, round(at + 2)), 60, 2)
    found = estimate_skew(page)
    assert found.rows_deg is None
    assert found.guess_deg == pytest.approx(4.6, abs=0.5)


def test_no_pixel_is_written() -> None:
    page = ruled()
    before = page.copy()
    estimate_skew(page)
    assert np.array_equal(page, before)
