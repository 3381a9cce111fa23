"""Pages come out upright and level; what cannot be told is None, never 0."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn import PAPER, blank, draw_grid, draw_letter, draw_text, in_color, page_image, rectified
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.errors import ScanError
from digitizer.geometry import apply_homography, as_points, rectangle, rotation
from digitizer.paper.skew import estimate_skew
from digitizer.records import PAGE_DPI, Pixels, RectifiedPage
from digitizer.rectify import (
    MIN_SURE_ORIENTATION,
    PAPER_LEVEL,
    _closed,
    estimate_orientation,
    flatten,
    rectify_page,
    shown_picture,
    told_turn,
    untold,
)

RULED_DEG = 0.05
PRINT_DEG = 0.15


def ruled(width: int = 560, height: int = 700) -> Pixels:
    """A table with a little print, at about 70 dpi."""
    page = blank(width, height)
    draw_grid(page, (50, 190, 350, width - 50), tuple(range(200, height - 60, 40)))
    draw_text(page, 60, 60, "Petition to the council of the island", 22)
    return page


def turned(page: Pixels, angle_deg: float) -> Pixels:
    """``page`` turned clockwise about its middle; what was outside is paper."""
    height, width = page.shape[:2]
    matrix = rotation(angle_deg, (width / 2 - 0.5, height / 2 - 0.5))
    warped = cv2.warpPerspective(
        page, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=(245, 245, 245)
    )
    return np.asarray(warped, dtype=np.uint8)


@pytest.fixture(scope="module")
def letter() -> Pixels:
    """A page of print at 100 dpi."""
    return draw_letter()


@pytest.fixture(scope="module")
def upright_letter(letter: Pixels) -> RectifiedPage:
    return rectify_page(page_image(letter))


# --- skew ----------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(st.floats(-19, 19))
def test_skew_of_a_ruled_page_is_the_angle_it_was_turned_by(angle: float) -> None:
    skew = estimate_skew(turned(ruled(), angle))
    assert skew.rows_deg == pytest.approx(angle, abs=RULED_DEG)
    assert skew.peak > 10


@settings(max_examples=4, deadline=None)
@given(st.floats(-10, 10))
def test_skew_of_a_page_of_print_is_the_angle_it_was_turned_by(angle: float) -> None:
    skew = estimate_skew(turned(draw_letter(600, 500), angle))
    assert skew.rows_deg == pytest.approx(angle, abs=PRINT_DEG)


@pytest.mark.parametrize("angle", [-0.2, -0.15, -0.1, 0, 0.06, 0.1, 0.15, 0.2])
@pytest.mark.parametrize(
    ("page", "tolerance"),
    [pytest.param(ruled(), RULED_DEG, id="ruled"), pytest.param(draw_letter(), 0.08, id="print")],
)
def test_a_page_that_is_nearly_level_is_not_taken_for_level(
    page: Pixels, tolerance: float, angle: float
) -> None:
    skew = estimate_skew(turned(page, angle))
    assert skew.rows_deg == pytest.approx(angle, abs=tolerance)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_skew_is_the_same_on_a_page_lying_on_its_side(quarters: int) -> None:
    page = turned(ruled(), 3.3)
    skew = estimate_skew(np.ascontiguousarray(np.rot90(page, quarters)))
    assert skew.rows_deg == pytest.approx(3.3, abs=RULED_DEG)


def test_skew_shows_through_noise() -> None:
    rng = np.random.default_rng(2)
    noisy = np.clip(turned(ruled(), -2.4) + rng.normal(0, 14, (700, 560)), 0, 255)
    skew = estimate_skew(noisy.astype(np.uint8))
    assert skew.rows_deg == pytest.approx(-2.4, abs=2 * RULED_DEG)


def specks(count: int) -> Pixels:
    """Paper with dust on it."""
    rng = np.random.default_rng(4)
    page = blank(560, 700)
    for x, y in zip(rng.integers(5, 555, count), rng.integers(5, 695, count), strict=True):
        page[y : y + 2, x : x + 2] = 60
    return page


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(blank(560, 700), id="blank"),
        pytest.param(np.zeros((700, 560), np.uint8), id="black"),
        pytest.param(np.random.default_rng(1).integers(0, 255, (700, 560), np.uint8), id="noise"),
        pytest.param(specks(60), id="a little dust"),
        pytest.param(specks(3000), id="much dust"),
    ],
)
def test_a_page_without_direction_has_no_skew_rather_than_none_at_all(page: Pixels) -> None:
    skew = estimate_skew(page)
    assert skew.rows_deg is None


# --- orientation ---------------------------------------------------------------


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_page_of_print_is_turned_upright(letter: Pixels, quarters: int) -> None:
    # numpy turns counterclockwise: so many clockwise quarters bring it back.
    page = np.ascontiguousarray(np.rot90(letter, quarters))
    turn, quality = estimate_orientation(page)
    assert turn == 90 * quarters
    assert quality >= MIN_SURE_ORIENTATION


@pytest.mark.parametrize("quarters", [0, 2])
def test_soft_print_is_sure_enough(letter: Pixels, quarters: int) -> None:
    soft = np.asarray(cv2.GaussianBlur(np.rot90(letter, quarters), (0, 0), 2.5), np.uint8)
    turn, quality = estimate_orientation(soft)
    assert turn == 90 * quarters
    assert MIN_SURE_ORIENTATION <= quality < 0.88


@pytest.mark.parametrize("shape", [(700, 560), (560, 700), (600, 600)])
def test_a_blank_page_has_no_orientation(shape: tuple[int, int]) -> None:
    turn, quality = estimate_orientation(np.full(shape, 245, np.uint8))
    assert turn is None
    assert quality < MIN_SURE_ORIENTATION


@pytest.mark.parametrize("seed", [0, 1])
def test_noise_has_no_sure_orientation(seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 255, (700, 560), np.uint8)
    _, quality = estimate_orientation(noise)
    assert quality < MIN_SURE_ORIENTATION


@pytest.mark.parametrize(("quality", "told"), [(0.59, None), (0.79, None), (0.8, 90), (0.97, 90)])
def test_a_turn_is_told_from_the_bound_on_from_which_no_error_was_seen(
    quality: float, told: int | None
) -> None:
    page = replace(rectified(blank(60, 90)), rotation_deg=90, rotation_quality=quality)
    assert told_turn(page) == told
    assert ("which-way-up-unclear" in untold(page)) is (told is None)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_that_does_not_tell_its_turn_is_shown_as_it_was_scanned(turn: int) -> None:
    scan = in_color(blank(60, 90))
    scan[:20, :30] = (0, 90, 180)
    turned = np.ascontiguousarray(np.rot90(scan, -turn // 90))
    page = replace(rectified(turned[:, :, 0]), colors=turned, rotation_deg=turn)
    assert np.array_equal(shown_picture(replace(page, rotation_quality=0.7)), scan)
    assert np.array_equal(shown_picture(replace(page, rotation_quality=0.9)), turned)


def test_a_turn_that_somebody_gave_is_told_whatever_the_page_looks_like() -> None:
    page = rectify_page(page_image(blank(560, 700)), turn_deg=90)
    assert (page.rotation_quality, told_turn(page)) == (None, 90)
    assert "which-way-up-unclear" not in untold(page)


# --- lighting ------------------------------------------------------------------


@pytest.mark.parametrize("level", [60, 120, 250])
def test_paper_of_any_brightness_comes_out_alike(level: int) -> None:
    flat = flatten(np.full((600, 450), level, np.uint8))
    assert np.abs(flat.astype(int) - PAPER_LEVEL).max() <= 1


def test_a_shadow_goes_and_strokes_stay() -> None:
    page = ruled()
    shadow = np.linspace(1.0, 0.45, page.shape[1])[None, :] * np.linspace(1.0, 0.8, 700)[:, None]
    flat = flatten(np.round(page * shadow).astype(np.uint8))
    paper, ink = page > 240, page < 80
    assert np.abs(flat[paper].astype(int) - PAPER_LEVEL).mean() < 4
    assert flat[ink].mean() < 110
    assert flat.shape == page.shape


def test_flattening_leaves_its_page_as_it_was() -> None:
    page = ruled()
    before = page.copy()
    flatten(page)
    assert np.array_equal(page, before)


# --- the whole -----------------------------------------------------------------


@pytest.mark.parametrize(("quarters", "angle"), [(0, 2.5), (1, -1.5), (2, 0.8), (3, -4.0)])
def test_a_turned_and_skewed_page_comes_out_upright_and_level(
    letter: Pixels, upright_letter: RectifiedPage, quarters: int, angle: float
) -> None:
    scan = np.ascontiguousarray(np.rot90(turned(letter, angle), quarters))
    page = rectify_page(page_image(scan))
    assert page.rotation_deg == 90 * quarters
    assert page.skew_deg == pytest.approx(angle, abs=PRINT_DEG)
    assert page.skew_quality is not None and page.skew_quality > 3
    again = estimate_skew(cv2.resize(page.gray, None, fx=0.5, fy=0.5))
    assert again.rows_deg == pytest.approx(0, abs=PRINT_DEG)
    assert page.gray.shape == page.color.shape[:2]
    # The same words lie where they lie on the page that was never turned, but
    # for the frame, which grew so that no corner is lost.
    small = cv2.resize(page.gray, None, fx=0.1, fy=0.1, interpolation=cv2.INTER_AREA)
    wanted = cv2.resize(upright_letter.gray, None, fx=0.1, fy=0.1, interpolation=cv2.INTER_AREA)
    middle = wanted[12:-12, 12:-12]
    assert cv2.matchTemplate(small, middle, cv2.TM_CCOEFF_NORMED).max() > 0.6


@settings(max_examples=3, deadline=None)
@given(st.floats(-8, 8), st.floats(120, 440), st.floats(120, 580))
def test_a_mark_lies_where_the_transform_says(angle: float, x: float, y: float) -> None:
    scan = in_color(turned(ruled(), angle))
    at = (round(x), round(y))
    cv2.circle(scan, at, 5, (0, 0, 255), -1)
    page = rectify_page(page_image(scan))
    red = page.color[:, :, 2].astype(int) - page.color[:, :, 0]
    rows, columns = np.nonzero(red > 128)
    found = [columns.mean() + 0.5, rows.mean() + 0.5]
    wanted = apply_homography(page.page_from_scan, [(at[0] + 0.5, at[1] + 0.5)])[0]
    assert found == pytest.approx(wanted.tolist(), abs=1.0)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_sheets_first_corner_is_the_top_left_as_its_text_reads(turn: int) -> None:
    page = rectify_page(page_image(ruled()), turn_deg=turn)
    height, width = page.gray.shape
    assert page.rotation_deg == turn
    corners = apply_homography(page.page_from_scan, page.page_polygon_scan)
    assert corners == pytest.approx(rectangle(0, 0, width, height), abs=3)
    assert set(page.page_polygon_scan) == {(0, 0), (560, 0), (560, 700), (0, 700)}


def test_a_blank_page_is_not_level_but_unmeasured() -> None:
    page = rectify_page(page_image(blank(560, 700)))
    assert page.skew_deg is None
    assert page.skew_quality is None
    assert page.rotation_deg == 0
    assert page.rotation_quality is not None and page.rotation_quality < MIN_SURE_ORIENTATION


def test_a_page_is_scaled_by_its_dpi_where_that_gives_a_sheet_of_paper() -> None:
    scan = ruled(550, 700)
    believed = rectify_page(page_image(scan, dpi=100.0))
    assert believed.gray.shape == (2 * 700, 2 * 550)
    for dpi in (None, 10.0, 2400.0):
        page = rectify_page(page_image(scan, dpi=dpi))
        assert min(page.gray.shape) == pytest.approx(8.5 * PAGE_DPI, abs=1)


def test_a_sheet_on_a_desk_fills_the_page() -> None:
    desk = np.full((900, 760, 3), 60, np.uint8)
    corners = np.array([[110.0, 90], [650, 130], [620, 830], [80, 790]])
    matrix = cv2.getPerspectiveTransform(
        rectangle(0, 0, 560, 700).astype(np.float32), corners.astype(np.float32)
    )
    sheet = cv2.warpPerspective(in_color(ruled()), matrix, (760, 900))
    mask = cv2.warpPerspective(np.full((700, 560), 255, np.uint8), matrix, (760, 900))
    desk[mask > 127] = sheet[mask > 127]
    page = rectify_page(page_image(desk), turn_deg=0)
    diagonal = np.hypot(760, 900)
    found = as_points(page.page_polygon_scan)
    assert np.linalg.norm(found - corners, axis=1).max() < 0.01 * diagonal
    assert min(page.gray.shape) == pytest.approx(8.5 * PAGE_DPI, abs=2)
    skew = estimate_skew(cv2.resize(page.gray, None, fx=0.5, fy=0.5))
    assert skew.rows_deg == pytest.approx(0, abs=0.1)


def test_pixels_of_the_scan_stay_as_they_were() -> None:
    image = page_image(ruled())
    before = image.pixels.copy()
    rectify_page(image)
    assert np.array_equal(image.pixels, before)


@pytest.mark.parametrize("shape", [(1, 1), (40, 60), (3000, 60), (60, 3000)])
def test_a_picture_that_is_no_sheet_of_paper_is_refused_by_name(shape: tuple[int, int]) -> None:
    with pytest.raises(ScanError, match=r"page\.png: a picture of .* is no sheet"):
        rectify_page(page_image(np.full(shape, 245, np.uint8)))


@pytest.mark.parametrize("place", [np.s_[0:60, 0:200], np.s_[70:130, 90:91], np.s_[100:150, 0:200]])
def test_a_place_without_strokes_is_that_of_the_whole_picture(place: tuple[slice, slice]) -> None:
    noisy = np.random.default_rng(5).integers(0, 256, (150, 200), dtype=np.uint8)
    whole = _closed(noisy, np.s_[0:150, 0:200])
    assert np.array_equal(_closed(noisy, place), whole[place])


@pytest.mark.parametrize("soft_px", [4, 12, 30])
@pytest.mark.parametrize("shade", [0.45, 0.75])
def test_the_edge_of_a_shadow_leaves_no_streak_and_ink_across_it_stays(
    shade: float, soft_px: int
) -> None:
    page = blank(1700, 2200)
    for y in range(300, 1900, 80):
        cv2.line(page, (200, y), (1500, y), (60,), 3)
    page[700:780, 300:1400] = 20  # a dark bar
    page[1100:1180, 200:1500] = 205  # a gray band
    x = np.arange(1700)[None, :] - 0.3 * np.arange(2200)[:, None]
    lit = np.clip((x - 500) / soft_px + 0.5, 0, 1)
    seen = np.asarray(page * (shade + (1 - shade) * lit), np.uint8)
    flat = flatten(seen)
    near = np.abs(x - 500) < 120
    plain = (cv2.erode(page, np.ones((9, 9), np.uint8)) == PAPER) & near
    assert np.quantile(flat[plain], 0.01) > 205
    lines = (page == 60) & near
    assert np.quantile(flat[lines], 0.99) < 110
    bar = (cv2.dilate(page, np.ones((9, 9), np.uint8)) == 20) & near
    assert np.quantile(flat[bar], 0.99) < 60
    # Away from the edge the band is as gray as it was.
    band = np.s_[1110:1170, 1260:1480]
    assert (
        abs(np.median(flat[band]) - np.median(flatten(page)[band]))
        < 3
        < 245 - np.median(flat[band])
    )


def test_a_page_in_even_light_is_flattened_as_before() -> None:
    page = blank(850, 1100)
    cv2.putText(page, "even", (200, 400), cv2.FONT_HERSHEY_SIMPLEX, 4, (40,), 9)
    slope = np.linspace(0.7, 1.0, 850)[None, :]
    flat = flatten(np.asarray(page * slope, np.uint8))
    assert np.quantile(flat[page == PAPER], 0.01) > 235
