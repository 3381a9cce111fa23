"""A sheet that is small in its picture has an outline of its own."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from digitizer.paper.outline import find_outlines
from digitizer.paper.smallsheet import find_small_outline
from digitizer.records import Pixels

SHEET = np.array([(520, 610), (1110, 560), (1160, 1010), (560, 1060)], dtype=np.float64)


def wood(sheets: tuple[npt.NDArray[np.float64], ...], paper: int = 225) -> Pixels:
    """A desk of long grain, on it sheets with a line of print each."""
    page = np.full((2000, 1500, 3), (60, 90, 120), np.uint8)
    for k in range(60):
        y = 20 + 33 * k
        cv2.line(page, (0, y), (1499, y + 12 * (k % 5)), (45, 70, 95), 3)
    for corners in sheets:
        cv2.fillConvexPoly(page, corners.astype(np.int32), (paper, paper, paper))
        x, y = corners.mean(axis=0).astype(int).tolist()
        cv2.line(page, (x - 150, y), (x + 150, y), (60, 60, 60), 3)
    return page


def test_the_one_light_sheet_is_outlined_however_small() -> None:
    assert not find_outlines(wood((SHEET,)))
    found = find_small_outline(wood((SHEET,)))
    assert found is not None
    assert found.corners == pytest.approx(SHEET, abs=12)


@pytest.mark.parametrize(
    "sheets",
    [
        pytest.param((), id="none"),
        pytest.param((SHEET, SHEET + (0.0, 600.0)), id="two of them"),
        pytest.param((SHEET * 0.3,), id="a note"),
        pytest.param((np.array([(0, 0), (1499, 0), (1499, 1999), (0, 1999)]),), id="all of it"),
    ],
)
def test_where_there_is_none_or_more_than_one_nothing_is_outlined(
    sheets: tuple[npt.NDArray[np.float64], ...],
) -> None:
    assert find_small_outline(wood(sheets)) is None
