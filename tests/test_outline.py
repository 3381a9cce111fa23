"""The sheet's corners are found where it shows whole, and nothing is made up where it does not."""

import cv2
import numpy as np
import pytest
from drawn import blank, draw_grid, draw_letter, in_color
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.geometry import Points, polygon_area
from digitizer.paper.outline import _whole_sheet, find_outline, find_outlines
from digitizer.records import Pixels

# Of the picture's diagonal.
CORNER_SHARE = 0.01


def sheet() -> Pixels:
    """A ruled page, 425 x 550."""
    page = blank(425, 550)
    draw_grid(page, (40, 140, 280, 385), tuple(range(200, 480, 30)), gray=30)
    return page


def photo(page: Pixels, corners: Points, size: tuple[int, int], *, desk: float = 70) -> Pixels:
    """``page`` lying on a desk so that its corners are at ``corners`` of the picture."""
    width, height = size
    rng = np.random.default_rng(3)
    picture = np.clip(rng.normal(desk, 4, (height, width, 3)), 0, 255).astype(np.uint8)
    source = np.array(
        [[0, 0], [page.shape[1], 0], [page.shape[1], page.shape[0]], [0, page.shape[0]]]
    )
    matrix = cv2.getPerspectiveTransform(source.astype(np.float32), corners.astype(np.float32))
    warped = cv2.warpPerspective(in_color(page), matrix, size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full(page.shape, 255, np.uint8), matrix, size)
    picture[mask > 127] = warped[mask > 127]
    return picture


def far_off(found: Points, wanted: Points, size: tuple[int, int]) -> float:
    """Greatest distance of a corner from where it is, as a share of the diagonal."""
    return float(np.linalg.norm(found - wanted, axis=1).max() / np.hypot(*size))


@settings(max_examples=10, deadline=None)
@given(
    st.tuples(*[st.tuples(st.floats(-30, 30), st.floats(-30, 30))] * 4),
    st.floats(-8, 8),
    st.sampled_from([20, 70, 150]),
)
def test_a_sheet_on_a_darker_desk_is_found_within_one_percent(
    moved: tuple[tuple[float, float], ...], tilt: float, desk: int
) -> None:
    size = (640, 760)
    corners = np.array([[110.0, 100], [530, 100], [530, 660], [110, 660]]) + np.array(moved)
    middle = corners.mean(axis=0)
    a = np.deg2rad(tilt)
    turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    wanted = (corners - middle) @ turn + middle
    found = find_outline(photo(sheet(), wanted, size, desk=desk))
    assert found is not None
    assert far_off(found.corners, wanted, size) < CORNER_SHARE
    assert 0.55 <= found.quality <= 1


@pytest.mark.parametrize("factor", [0.5, 3])
def test_corners_are_in_pixels_of_the_picture_as_given(factor: float) -> None:
    size = (640, 760)
    wanted = np.array([[120.0, 90], [540, 120], [520, 680], [90, 650]])
    picture = photo(sheet(), wanted, size)
    scaled = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    found = find_outline(scaled)
    assert found is not None
    assert far_off(found.corners / factor, wanted, size) < CORNER_SHARE


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_picture_on_its_side_has_the_same_outline(turn: int) -> None:
    picture = photo(sheet(), np.array([[120.0, 90], [540, 120], [520, 680], [90, 650]]), (640, 760))
    upright, turned = (
        find_outline(picture),
        find_outline(np.ascontiguousarray(np.rot90(picture, turn))),
    )
    assert upright is not None and turned is not None
    assert polygon_area(turned.corners) == pytest.approx(polygon_area(upright.corners), rel=0.02)


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(sheet(), id="ruled sheet"),
        pytest.param(draw_letter(425, 550), id="letter"),
        pytest.param(blank(425, 550), id="blank"),
        pytest.param(np.zeros((550, 425), np.uint8), id="black"),
    ],
)
def test_a_page_that_fills_its_scan_has_no_outline(page: Pixels) -> None:
    assert find_outline(in_color(page)) is None


@pytest.mark.parametrize("border", [2, 4])
def test_a_frame_printed_on_the_page_is_no_outline(border: int) -> None:
    page = sheet()
    cv2.rectangle(page, (25, 25), (400, 525), 20, border)
    assert find_outline(in_color(page)) is None


def test_a_shaded_header_is_no_outline() -> None:
    page = sheet()
    page[0:190] = np.minimum(page[0:190], 190)
    assert find_outline(in_color(page)) is None


def test_a_gray_picture_printed_on_the_page_is_no_outline() -> None:
    page = blank(425, 550)
    page[100:450, 60:365] -= 40
    assert find_outline(in_color(page)) is None


def test_a_picture_printed_across_half_a_sheet_is_not_its_missing_edge() -> None:
    page = sheet()
    page[300:420, 40:230] = 150
    # The sheet's lower edge lies outside the photograph.
    wanted = np.array([[120.0, 60], [540, 60], [540, 900], [120, 900]])
    assert find_outline(photo(page, wanted, (640, 760))) is None


def test_noise_has_no_outline() -> None:
    rng = np.random.default_rng(8)
    assert find_outline(rng.integers(0, 255, (600, 500, 3), dtype=np.uint8)) is None


def test_a_sheet_cut_by_the_picture_has_no_outline() -> None:
    wanted = np.array([[120.0, -200], [540, -190], [520, 560], [90, 550]])
    assert find_outline(photo(sheet(), wanted, (640, 760))) is None


def test_a_small_card_on_the_desk_is_not_the_sheet() -> None:
    wanted = np.array([[250.0, 300], [390, 305], [385, 430], [245, 425]])
    assert find_outline(photo(sheet(), wanted, (640, 760))) is None


def test_the_picture_stays_as_it_was() -> None:
    picture = photo(sheet(), np.array([[120.0, 90], [540, 120], [520, 680], [90, 650]]), (640, 760))
    before = picture.copy()
    find_outline(picture)
    assert np.array_equal(picture, before)


def test_a_gray_header_over_a_table_is_not_the_sheets_edge() -> None:
    # As scanned: the bed shows along three sides and a wedge of the fourth.
    picture = np.full((560, 720, 3), 248, np.uint8)
    table = (60, 130, 660, 400)
    picture[table[1] : table[1] + 24, table[0] : table[2]] = 205
    for y in range(table[1] + 24, table[3] + 1, 30):
        picture[y : y + 2, table[0] : table[2]] = 60
    for x in range(table[0], table[2] + 1, 120):
        picture[table[1] : table[3], x : x + 2] = 60
    picture[:, :14] = 30
    picture[:, -14:] = 30
    picture[-12:] = 30
    picture[:6, :200] = 30
    found = find_outline(picture)
    assert found is None or found.corners[:2, 1].max() < table[1] - 20


@pytest.mark.parametrize("desk", [15, 130])
@pytest.mark.parametrize("turned", [False, True])
def test_two_sheets_that_lie_apart_are_two(desk: int, turned: bool) -> None:
    size = (1000, 720)
    left = np.array([[40.0, 60], [465, 60], [465, 610], [40, 610]])
    right = np.array([[515.0, 80], [935, 60], [960, 605], [540, 628]])
    picture = photo(sheet(), left, size, desk=desk)
    other = photo(sheet(), right, size, desk=desk)
    picture[:, 490:] = other[:, 490:]
    wanted = [left, right]
    if turned:
        picture = np.ascontiguousarray(picture.transpose(1, 0, 2))
        wanted = [corners[[0, 3, 2, 1]][:, ::-1] for corners in wanted]
    found = find_outlines(picture)
    assert len(found) == 2
    for outline, corners in zip(found, wanted, strict=True):
        assert far_off(outline.corners, corners, size) < CORNER_SHARE


@pytest.mark.parametrize("desk", [10, 70])
@pytest.mark.parametrize(("band", "height"), [(110, 40), (130, 30), (150, 60)])
def test_gray_bands_of_a_table_do_not_make_one_sheet_several(
    band: int, height: int, desk: int
) -> None:
    page = blank(550, 425)
    for top in range(130, 370, 2 * height):
        page[top : top + height, 28:522] = band
    size = (640, 480)
    wanted = np.array([[63.0, 46], [575, 54], [597, 456], [39, 461]])
    (found,) = find_outlines(photo(page, wanted, size, desk=desk))
    assert far_off(found.corners, wanted, size) < CORNER_SHARE


def test_three_sheets_that_lie_apart_are_three() -> None:
    size = (1400, 620)
    wanted = [
        np.array([[40.0, 40], [440, 40], [440, 560], [40, 560]]) + [460 * k, 12 * (-1) ** k]
        for k in range(3)
    ]
    picture = photo(sheet(), wanted[0], size)
    for k in (1, 2):
        picture[:, 460 * k :] = photo(sheet(), wanted[k], size)[:, 460 * k :]
    found = find_outlines(picture)
    assert len(found) == 3
    for outline, corners in zip(found, wanted, strict=True):
        assert far_off(outline.corners, corners, size) < CORNER_SHARE


def test_two_tables_on_one_sheet_are_no_two_sheets() -> None:
    page = blank(1000, 640)
    for left in (40, 540):
        draw_grid(page, (left, left + 100, left + 300, left + 420), tuple(range(120, 520, 30)))
    corners = np.array([[60.0, 50], [960, 60], [950, 640], [50, 630]])
    found = find_outlines(photo(page, corners, (1020, 700)))
    assert len(found) == 1


@pytest.mark.parametrize("band", [(70, 135), (60, 160)])
def test_a_high_band_of_gray_print_does_not_cut_off_what_stands_above_it(
    band: tuple[int, int],
) -> None:
    # A shaded head over the table; the corner of the sheet is outside the picture, so that
    # its own top edge is seen along a part of its length only.
    page = sheet()
    page[slice(*band), 30:395] = 215
    size = (640, 760)
    wanted = np.array([[90.0, 20], [655, 50], [570, 735], [40, 690]])
    found = find_outline(photo(page, wanted, size))
    assert found is not None
    assert far_off(found.corners, wanted, size) < 2 * CORNER_SHARE


@pytest.mark.parametrize(
    ("between", "band", "whole"),
    [(70, 70, False), (130, 130, False), (225, 225, False), (238, 205, True)],
)
def test_only_paper_makes_a_sheet_larger(between: int, band: int, whole: bool) -> None:
    # The sheet is lit from one side, and so is the desk, which is as light at its bright end as
    # the sheet at its dark one. A photograph that was turned lies on black: its edge is clear.
    light = np.zeros((640, 540), np.float32)
    light[40:600, 40:500], light[140:560, 60:480] = between, band
    light[200:560, 60:480] = 240
    light *= np.linspace(0.6, 1.0, 540)
    quads = np.array([
        [[60.0, 200], [480, 200], [480, 560], [60, 560]],
        [[40.0, 40], [500, 40], [500, 560], [40, 560]],
    ])  # fmt: skip
    area = np.array([0.44, 0.70])
    assert _whole_sheet(0, quads, np.array([1.5, 1.4]), area, light) == int(whole)


@pytest.mark.parametrize("dark", [0.55, 0.75])
@pytest.mark.parametrize(
    "edge",
    [
        pytest.param(((0, 330), (640, 470)), id="across"),
        pytest.param(((250, 0), (330, 760)), id="along"),
    ],
)
def test_the_edge_of_a_shadow_on_the_sheet_is_not_the_sheets(
    edge: tuple[tuple[int, int], tuple[int, int]], dark: float
) -> None:
    size = (640, 760)
    wanted = np.array([[110.0, 80], [540, 100], [560, 690], [90, 660]])
    picture = photo(sheet(), wanted, size)
    (x0, y0), (x1, y1) = edge
    ys, xs = np.mgrid[0:760, 0:640]
    shade = (xs - x0) * (y1 - y0) - (ys - y0) * (x1 - x0) < 0
    picture[shade] = (picture[shade] * dark).astype(np.uint8)
    found = find_outlines(picture)
    assert len(found) == 1
    assert far_off(found[0].corners, wanted, size) < CORNER_SHARE
