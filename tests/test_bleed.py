"""Banners printed to the paper's edge are the sheet's, on a black bed as well."""

import cv2
import numpy as np
import pytest
from drawn import blank, draw_grid, in_color

from digitizer.geometry import Points
from digitizer.paper.bleed import with_banners
from digitizer.paper.outline import find_outline
from digitizer.records import Pixels

LEFT, TOP, WIDE, HIGH, BANNER = 60, 80, 850, 1100, 90
TITLE = "KEEP THE FERRY RUNNING"
WHOLE = np.array([[LEFT, TOP], [LEFT + WIDE, TOP], [LEFT + WIDE, TOP + HIGH], [LEFT, TOP + HIGH]])


def scan(title: str = TITLE, *, bed: int = 0, banner: int = 0) -> Pixels:
    """A sheet of one bit with a black banner up to its upper edge, on a scanner's bed."""
    page = blank(WIDE, HIGH)
    draw_grid(page, (60, 300, 560, 790), tuple(range(400, 1000, 60)), gray=30)
    page = np.where(page < 150, 0, 255).astype(np.uint8)
    page[:BANNER] = banner
    cv2.putText(page, title, (120, 60), cv2.FONT_HERSHEY_DUPLEX, 1.3, (255,), 3)
    picture = np.full((HIGH + 2 * TOP, WIDE + 2 * LEFT), bed, np.uint8)
    picture[TOP : TOP + HIGH, LEFT : LEFT + WIDE] = page
    return picture


def outline(picture: Pixels) -> Points:
    found = find_outline(in_color(picture))
    assert found is not None
    return found.corners


@pytest.mark.parametrize("turn", range(4))
def test_a_title_in_a_banner_is_on_the_sheet_though_the_lid_is_as_black(turn: int) -> None:
    """The petition had no name: its title was cut off with the scanner's lid."""
    corners = outline(np.ascontiguousarray(np.rot90(scan(), turn)))
    whole = WHOLE - (np.array([WIDE, HIGH]) / 2 + (LEFT, TOP))
    for _ in range(turn):
        whole = whole[:, ::-1] * (1, -1)
    size = np.array(np.rot90(scan(), turn).shape[::-1]) / 2
    low, high = (whole + size).min(axis=0), (whole + size).max(axis=0)
    assert corners.min(axis=0) == pytest.approx(low, abs=12)
    assert corners.max(axis=0) == pytest.approx(high, abs=12)


def test_a_dark_gray_bed_and_banner_are_told_apart_by_print_as_well() -> None:
    corners = outline(scan(bed=40, banner=30))
    assert corners.min(axis=0) == pytest.approx((LEFT, TOP), abs=12)


def cut(picture: Pixels) -> Points:
    """What is made of an outline that ends below the banner."""
    below = WHOLE.astype(np.float64)
    below[:2, 1] += BANNER
    return with_banners(picture, below) - below


def test_a_bed_without_print_is_not_the_sheets() -> None:
    assert np.abs(cut(scan(""))).max() == 0
    noisy = np.random.default_rng(2).normal(30, 12, (HIGH + 2 * TOP, WIDE + 2 * LEFT))
    noisy[TOP + BANNER : TOP + HIGH, LEFT : LEFT + WIDE] = 245
    assert np.abs(cut(np.clip(noisy, 0, 255).astype(np.uint8))).max() == 0


def test_the_grain_of_a_desk_is_not_the_sheets() -> None:
    picture = scan("")
    desk = picture[:TOP].astype(np.float64) + 80
    random = np.random.default_rng(4)
    for x in random.integers(LEFT + 60, LEFT + WIDE - 60, 40):
        desk[30:50, x : x + 4] = 170
    picture[: TOP + BANNER] = 80
    picture[:TOP] = desk
    assert np.abs(cut(picture)).max() == 0


@pytest.mark.parametrize(
    "light",
    [
        pytest.param(np.s_[20:60, 300:600], id="a card"),
        pytest.param(np.s_[0:90, 300:306], id="a ray that goes on"),
        pytest.param(np.s_[100:140, 300:304], id="a scratch"),
    ],
)
def test_light_things_on_the_bed_are_no_print(light: tuple[slice, slice]) -> None:
    picture = scan("")
    picture[light] = 255
    assert np.abs(cut(picture)).max() == 0
