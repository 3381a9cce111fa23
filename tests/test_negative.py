"""White strokes on black paper are a negative; light paper on dark ground is none."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from digitizer.paper.negative import is_negative
from digitizer.records import Pixels
from digitizer.scans import list_pages, load_page


def page() -> Pixels:
    """A page with a ruled table and strokes in its cells."""
    drawn = np.full((2200, 1700, 3), 250, np.uint8)
    for y in range(600, 1700, 70):
        cv2.line(drawn, (120, y), (1600, y), (30, 30, 30), 3)
        cv2.putText(drawn, "Ana Roy", (160, y + 50), 0, 1.5, (60, 40, 40), 3)
    for x in (120, 600, 1100, 1600):
        cv2.line(drawn, (x, 600), (x, 1650), (30, 30, 30), 3)
    return drawn


def test_white_strokes_on_black_are_a_negative_and_a_page_is_none() -> None:
    banner = page()
    banner[200:330, 120:1600] = 30
    assert is_negative(255 - page())
    assert is_negative(255 - banner)
    assert not is_negative(page())


def test_a_small_sheet_on_a_dark_desk_and_a_dark_page_are_none() -> None:
    desk = np.full((3000, 4000, 3), 25, np.uint8)
    desk[900:1560, 1200:1710] = cv2.resize(page(), (510, 660), interpolation=cv2.INTER_AREA)
    assert not is_negative(desk)
    assert not is_negative(np.full((800, 600, 3), 10, np.uint8))


def test_a_negative_is_loaded_as_it_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "fax.tif"
    Image.fromarray(255 - page()[:, :, 0]).convert("1").save(path, compression="group4")
    listed = list_pages(path, str(path))
    assert isinstance(listed, tuple)
    assert load_page(listed[0]).pixels.mean() > 200
