"""Scans in black and white whose gray is made of single dots."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn import blank
from PIL import Image
from sample_pages import SAMPLES, page_ref

from digitizer.paper.halftone import without_dots
from digitizer.pipeline import process_page
from digitizer.records import PageResult, PageTask, Pixels, RowStatus


def dithered(gray: Pixels, paper: int) -> Pixels:
    """The scan as an office scanner gives it in black and white, on paper of this gray."""
    return np.array(Image.fromarray(np.minimum(gray, np.uint8(paper))).convert("1")) * np.uint8(255)


@pytest.mark.parametrize("paper", [225, 245, 252])
def test_gray_told_in_dots_is_gray_again(paper: int) -> None:
    dots = dithered(np.full((600, 800), 255, np.uint8), paper)
    assert dots.min() == 0
    smooth = without_dots(dots)
    assert smooth.min() > 150
    assert float(smooth.mean()) == pytest.approx(paper, abs=2)


def test_what_is_not_made_of_dots_is_left_as_it_is() -> None:
    random = np.random.default_rng(1)
    noisy = np.clip(random.normal(235, 12, (600, 800)), 0, 255).astype(np.uint8)
    specks = blank(800, 600)
    specks[random.integers(0, 600, 400), random.integers(0, 800, 400)] = 0
    scan = cv2.imread(str(SAMPLES / "scans" / "clean-en.png"), cv2.IMREAD_GRAYSCALE)
    assert scan is not None
    fax = np.where(scan < 170, 0, 255).astype(np.uint8)
    for page in (noisy, specks, scan, fax):
        assert without_dots(page) is page


@pytest.mark.model
def test_a_sheet_scanned_in_dots_is_read_like_the_sheet(tmp_path: Path) -> None:
    scan = cv2.imread(str(SAMPLES / "scans" / "clean-en.png"), cv2.IMREAD_GRAYSCALE)
    assert scan is not None
    Image.fromarray(dithered(scan, 248)).save(tmp_path / "dots.png", dpi=(200, 200))
    sharp = page_ref("clean-en.png")
    dots = replace(sharp, path=str(tmp_path / "dots.png"))

    def read(ref: object) -> PageResult:
        return process_page(PageTask(ref, "s", str(tmp_path), (), 0.005))  # type: ignore[arg-type]

    def told(result: PageResult) -> list[tuple[int, RowStatus, str]]:
        names = {r.row: v.value for r in result.rows for v in r.fields if v.field == "name"}
        return [(row.row, row.status, names.get(row.row, "")) for row in result.rows]

    first, second = told(read(sharp)), told(read(dots))
    assert second == first
