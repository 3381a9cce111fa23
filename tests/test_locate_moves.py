"""Where a page lies does not matter: what is found moves with it.

locate(move(page)) = move(locate(page)) for turns, skew, scale and perspective: rows, cells, the
collector's box and the sheet's corners. A page seen from behind, in the mirror, holds no form.
"""

import functools
from pathlib import Path

import cv2
import numpy as np
import pytest
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
from scripts.sheets.layouts import PLANS, draw_plan
from scripts.sheets.scribes import FontScribe
from scripts.sheets.wording import WORDINGS

ROOT = Path(__file__).resolve().parent.parent
# Portrait with a letter, landscape, two lines a row, two tables: each with a box.
FORMS = {
    "amnesty-canada-en": "amnesty-canada-en",
    **{n: str(ROOT / f"tests/forms/{n}.toml") for n in ("municipal-fr", "ballot-en", "twin-en")},
}
# A cell of 45 x 11 mm that is cut 0.15 mm too low and too far left has this much in common.
MIN_IOU = 0.97
# Fields of the box are as high as their labels are read, which may be a millimetre more.
MIN_FIELD_IOU = 0.8
# Of the whole sheet: corners within a millimetre or two.
MIN_SHEET_IOU = 0.985
DESK = (70, 90, 120)


@functools.cache
def page(form: str) -> Pixels:
    """A sheet with filled rows."""
    fonts = system_fonts()  # raises, and says what to install, where there is none
    rng = np.random.default_rng(12)
    if form in PLANS:
        blank = draw_plan(PLANS[form], fonts, rng)
    else:
        paper = "letter-landscape" if form == "municipal-fr" else "letter"
        layout = random_layout(rng, fonts=len(fonts.printed), paper=paper)
        blank = draw_blank(WORDINGS[form], layout, fonts)
    filled = fill_sheet(blank, [RowKind.FULL] * 5, FontScribe(fonts), rng)
    return np.asarray(filled.pixels, dtype=np.uint8)


def located(pixels: Pixels, form: str) -> RegisteredPage:
    found, _ = register_image(page_image(pixels), load_forms([FORMS[form]]))
    return found


def cells_in_scan(found: RegisteredPage) -> dict[tuple[int, str], Points]:
    """Corners of every cell, by row and column, in pixels of the picture; row 0: the box."""
    scan_from_page = inverse(found.page.page_from_scan)
    places = {(row.row, cell.column): cell.polygon for row in found.rows for cell in row.cells}
    box = found.collector_box
    if box is not None:
        places |= {(0, ""): box.polygon}
        places |= {(0, cell.column): cell.polygon for cell in box.fields}
    return {
        place: apply_homography(scan_from_page, as_points(polygon))
        for place, polygon in places.items()
    }


@functools.cache
def found_at_rest(form: str) -> dict[tuple[int, str], Points]:
    return cells_in_scan(located(page(form), form))


def move(
    shape: tuple[int, ...],
    turn_deg: int,
    skew_deg: float,
    scale: float,
    corners: tuple[float, ...],
) -> tuple[Homography, tuple[int, int]]:
    """A movement of the page, and the size of the picture that holds all of it."""
    height, width = shape[:2]
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


def moved(pixels: Pixels, matrix: Homography, size: tuple[int, int]) -> Pixels:
    """The page as it lies on a desk after ``matrix``."""
    # Homographies speak of continuous coordinates, OpenCV of pixel centres.
    half = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
    warped = cv2.warpPerspective(
        pixels,
        inverse(half) @ matrix @ half,
        size,
        flags=cv2.INTER_AREA,
        borderValue=DESK,
    )
    return np.asarray(warped, dtype=np.uint8)


FLAT = (0.0,) * 8


@settings(max_examples=16, deadline=None, derandomize=True)
@given(
    form=st.sampled_from(sorted(FORMS)),
    turn=st.sampled_from([0, 90, 180, 270]),
    skew=st.floats(-20, 20),
    scale=st.floats(0.7, 1.4),
    corners=st.tuples(*[st.floats(0, 0.06)] * 8),
)
@example(form="amnesty-canada-en", turn=90, skew=0.0, scale=1.0, corners=FLAT)
@example(form="amnesty-canada-en", turn=180, skew=20.0, scale=1.0, corners=FLAT)
@example(form="amnesty-canada-en", turn=270, skew=-20.0, scale=0.8, corners=FLAT)
@example(form="ballot-en", turn=180, skew=20.0, scale=1.2, corners=(0.06, 0.0) * 4)
@example(form="municipal-fr", turn=90, skew=-20.0, scale=1.0, corners=(0.0, 0.06) * 4)
@example(form="twin-en", turn=0, skew=12.0, scale=0.8, corners=(0.06, 0.06, *FLAT[2:]))
def test_what_is_found_moves_with_the_page(
    form: str, turn: int, skew: float, scale: float, corners: tuple[float, ...]
) -> None:
    pixels, rest = page(form), found_at_rest(form)
    matrix, size = move(pixels.shape, turn, skew, scale, corners)
    found = located(moved(pixels, matrix, size), form)
    assert found.failure is None and found.form == form
    assert found.page.rotation_deg == (360 - turn) % 360
    cells = cells_in_scan(found)
    assert cells.keys() == rest.keys() and (0, "") in rest
    for place, corners_found in cells.items():
        least = MIN_FIELD_IOU if place[0] == 0 and place[1] else MIN_IOU
        assert convex_iou(corners_found, apply_homography(matrix, rest[place])) > least, place
    height, width = pixels.shape[:2]
    sheet = apply_homography(matrix, rectangle(0, 0, width, height))
    assert convex_iou(found.page.page_polygon_scan, sheet) > MIN_SHEET_IOU


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize("turn", [0, 90])
def test_a_page_in_the_mirror_is_of_no_known_form(form: str, turn: int) -> None:
    """A transparency laid the wrong way up: its rulings are there, and its print says nothing."""
    mirrored = np.rot90(page(form)[:, ::-1], turn // 90)
    found = located(np.ascontiguousarray(mirrored), form)
    assert found.form is None and not found.rows
    assert found.failure is not None and found.failure.kind == "unknown-form"
