"""Print on paper beside a sheet is told from wood and carpets."""

import cv2
import numpy as np
import pytest

from digitizer.geometry import as_polygon, rectangle
from digitizer.paper.beside import NOTHING, measure_beside
from digitizer.records import Pixels

SHEET = as_polygon(rectangle(100, 100, 700, 900))


def printed(page: Pixels, left: int, top: int, right: int, bottom: int) -> None:
    """A piece of paper with lines of print."""
    cv2.rectangle(page, (left, top), (right, bottom), (225, 225, 225), -1)
    for y in range(top + 40, bottom - 20, 30):
        for x in range(left + 30, right - 40, 26):
            cv2.line(page, (x, y), (x + 16, y + (x % 3)), (50, 50, 50), 4)


def desk(kind: str) -> Pixels:
    """A sheet on wood, on a carpet, on a gray table, or beside another one."""
    page = np.full((1000, 1500, 3), 120, np.uint8)
    if kind == "wood":
        page[:] = (90, 140, 180)
        for y in range(5, 1000, 14):
            cv2.line(page, (0, y), (1499, y + y % 11), (55, 90, 120), 3)
    if kind == "carpet":
        noise = np.random.default_rng(8).normal(0, 1, (500, 750)).astype(np.float32)
        rough = cv2.resize(cv2.GaussianBlur(noise, (0, 0), 1.2), (1500, 1000))
        page[:] = np.clip(165 + 45 * rough / rough.std(), 0, 255).astype(np.uint8)[..., None]
    if kind in ("paper", "bare"):
        printed(page, 800, 300, 1400, 950)
    if kind == "bare":
        page[320:940, 820:1380] = 225
    printed(page, 100, 100, 700, 900)
    return page


@pytest.mark.parametrize(
    ("kind", "ink", "on_paper"),
    [
        ("table", False, False),
        ("wood", True, False),
        ("carpet", True, False),
        ("bare", False, False),
        ("paper", True, True),
    ],
)
def test_only_what_is_on_paper_tells_of_another_sheet(kind: str, ink: bool, on_paper: bool) -> None:
    found = measure_beside(desk(kind), [SHEET])
    assert found.share == pytest.approx(1 - 600 * 800 / (1000 * 1500), abs=0.02)
    assert (found.ink > 0.2) is ink
    assert (found.on_paper > 0.05) is on_paper


def test_without_a_sheet_nothing_lies_beside_it() -> None:
    assert measure_beside(desk("paper"), []) == NOTHING
