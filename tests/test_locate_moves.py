"""Where a page lies does not matter: what is found moves with it.

locate(move(page)) = move(locate(page)) for turns, skew, scale and perspective.
"""

import functools

import cv2
import numpy as np
from drawn import page_image
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digitizer.forms.forms import load_forms
from digitizer.geometry import (
    Points,
    apply_homography,
    as_points,
    convex_iou,
    homography_from_quad,
    inverse,
    rectangle,
)
from digitizer.pipeline import register_image
from digitizer.records import Homography, Pixels, RegisteredPage
from scripts.sheets.draw import draw_blank, random_layout
from scripts.sheets.fill import RowKind, fill_sheet
from scripts.sheets.fonts import system_fonts
from scripts.sheets.scribes import FontScribe
from scripts.sheets.wording import WORDINGS

FORM = "amnesty-canada-en"
# A cell of 45 x 11 mm that is cut 0.4 mm too low and too far left has this much in common.
MIN_IOU = 0.93
DESK = (70, 90, 120)


@functools.cache
def page() -> Pixels:
    """A sheet with five filled rows."""
    fonts = system_fonts()  # raises, and says what to install, where there is none
    rng = np.random.default_rng(12)
    layout = random_layout(rng, fonts=len(fonts.printed), paper="letter")
    blank = draw_blank(WORDINGS[FORM], layout, fonts)
    filled = fill_sheet(blank, [RowKind.FULL] * 5, FontScribe(fonts), rng)
    return np.asarray(filled.pixels, dtype=np.uint8)


def located(pixels: Pixels) -> RegisteredPage:
    found, _ = register_image(page_image(pixels), load_forms([FORM]))
    return found


def cells_in_scan(found: RegisteredPage) -> dict[tuple[int, str], Points]:
    """Corners of every cell, by row and column, in pixels of the picture."""
    scan_from_page = inverse(found.page.page_from_scan)
    return {
        (row.row, cell.column): apply_homography(scan_from_page, as_points(cell.polygon))
        for row in found.rows
        for cell in row.cells
    }


@functools.cache
def found_at_rest() -> dict[tuple[int, str], Points]:
    return cells_in_scan(located(page()))


def move(
    turn_deg: int, skew_deg: float, scale: float, corners: tuple[float, ...]
) -> tuple[Homography, tuple[int, int]]:
    """A movement of the page, and the size of the picture that holds all of it."""
    height, width = page().shape[:2]
    angle = np.radians(turn_deg + skew_deg)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rest = rectangle(0, 0, width, height)
    # Each corner is pulled inwards by its share of the width.
    pulled = rest + np.reshape(corners, (4, 2)) * width * np.sign(rest.mean(axis=0) - rest)
    target = pulled @ turn.T
    margin = 40.0
    target += margin - target.min(axis=0)
    matrix = homography_from_quad(target, width, height)
    size = np.ceil(target.max(axis=0) + margin).astype(int)
    return inverse(matrix), (int(size[0]), int(size[1]))


def moved(matrix: Homography, size: tuple[int, int]) -> Pixels:
    """The page as it lies on a desk after ``matrix``."""
    # Homographies speak of continuous coordinates, OpenCV of pixel centres.
    half = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
    warped = cv2.warpPerspective(
        page(),
        inverse(half) @ matrix @ half,
        size,
        flags=cv2.INTER_AREA,
        borderValue=DESK,
    )
    return np.asarray(warped, dtype=np.uint8)


FLAT = (0.0,) * 8


@settings(max_examples=4, deadline=None, derandomize=True)
@given(
    turn=st.sampled_from([0, 90, 180, 270]),
    skew=st.floats(-15, 15),
    scale=st.floats(0.7, 1.4),
    corners=st.tuples(*[st.floats(0, 0.04)] * 8),
)
@example(turn=90, skew=0.0, scale=1.0, corners=FLAT)
@example(turn=180, skew=0.0, scale=1.0, corners=FLAT)
@example(turn=270, skew=-12.0, scale=0.8, corners=FLAT)
def test_what_is_found_moves_with_the_page(
    turn: int, skew: float, scale: float, corners: tuple[float, ...]
) -> None:
    matrix, size = move(turn, skew, scale, corners)
    found = located(moved(matrix, size))
    assert found.failure is None and found.form == FORM
    assert found.page.rotation_deg == (360 - turn) % 360
    cells, rest = cells_in_scan(found), found_at_rest()
    assert cells.keys() == rest.keys()
    for place, corners_found in cells.items():
        assert convex_iou(corners_found, apply_homography(matrix, rest[place])) > MIN_IOU, place
