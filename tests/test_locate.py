"""Where things lie on a page, as `digitizer locate` tells it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from drawn import blank, draw_letter, in_color
from sample_pages import SAMPLES, geometry

from digitizer import locate
from digitizer.errors import ScanError
from digitizer.geometry import apply_homography, convex_iou, quarter_turn
from digitizer.locate import locate_file
from digitizer.records import (
    PageImage,
    PageRef,
    Pixels,
)
from digitizer.scans import load_page

FILLED = "turned-270.jpg"  # six rows, four of them filled
LOCATE_KEYS = {
    "image",
    "page",
    "form",
    "rotation_deg",
    "skew_deg",
    "page_polygon",
    "rows",
    "collector_box",
    "failure",
    "columns_skew_deg",
    "rotation_quality",
    "skew_quality",
    "residual_mm",
    "candidates",
    "form_score",
    "sheet",
}


def located(path: Path, forms: list[str] | None) -> list[dict[str, Any]]:
    """What locate prints, as a program reads it."""
    return [json.loads(json.dumps(page)) for page in locate_file(path, forms)]


@pytest.fixture(scope="module")
def sheet() -> dict[str, Any]:
    (page,) = located(SAMPLES / "scans" / FILLED, [])
    return page


def polygons(page: dict[str, Any]) -> Iterator[list[list[float]]]:
    """Every polygon of a located page."""
    yield page["page_polygon"]
    for row in page["rows"]:
        yield row["polygon"]
        yield from row["cells"].values()
    if page["collector_box"]:
        yield page["collector_box"]["polygon"]
        yield from page["collector_box"]["fields"].values()


def test_locate_tells_what_the_contract_says(sheet: dict[str, Any]) -> None:
    drawn = geometry()[FILLED, 1]
    assert set(sheet) == LOCATE_KEYS
    assert sheet["image"] == str(SAMPLES / "scans" / FILLED)
    assert (sheet["page"], sheet["form"], sheet["failure"]) == (1, "amnesty-canada-en", None)
    assert sheet["rotation_deg"] == drawn["rotation_deg"]
    assert [row["row"] for row in sheet["rows"]] == [row["row"] for row in drawn["rows"]]
    for row, wanted in zip(sheet["rows"], drawn["rows"], strict=True):
        assert list(row["cells"]) == list(wanted["cells"])
        assert convex_iou(row["polygon"], wanted["polygon"]) > 0.9
    assert list(sheet["collector_box"]["fields"]) == list(drawn["collector_box"]["fields"])


def test_located_polygons_lie_inside_the_scan(sheet: dict[str, Any]) -> None:
    drawn = geometry()[FILLED, 1]
    found = list(polygons(sheet))
    assert len(found) > 30
    for polygon in found:
        x, y = np.array(polygon).T
        assert -1 <= x.min() and x.max() <= drawn["width_px"] + 1
        assert -1 <= y.min() and y.max() <= drawn["height_px"] + 1


def test_without_definitions_closed_cells_of_any_table_are_located(tmp_path: Path) -> None:
    pages = located(SAMPLES / "scans" / FILLED, None)
    (page,), drawn = pages, geometry()[FILLED, 1]
    assert set(page) == LOCATE_KEYS
    assert (page["form"], page["collector_box"], page["failure"]) == (None, None, None)
    assert [row["row"] for row in page["rows"]] == list(range(1, len(page["rows"]) + 1))
    for wanted in drawn["rows"]:
        row = max(page["rows"], key=lambda r: convex_iou(r["polygon"], wanted["polygon"]))
        assert convex_iou(row["polygon"], wanted["polygon"]) > 0.9
        assert list(row["cells"]) == ["c1", "c2", "c3", "c4"]
        for cell, polygon in zip(row["cells"].values(), wanted["cells"].values(), strict=True):
            assert convex_iou(cell, polygon) > 0.9


def test_a_page_without_a_table_says_so(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "letter.png"), in_color(draw_letter()))
    (page,) = located(tmp_path / "letter.png", None)
    assert page["rows"] == [] and page["failure"] == "no ruled table on this page"


def test_a_damaged_file_is_one_failure_with_all_keys() -> None:
    (page,) = located(SAMPLES / "scans" / "damaged.pdf", [])
    assert set(page) == LOCATE_KEYS
    assert page["failure"]
    assert (page["rows"], page["rotation_deg"], page["page_polygon"]) == ([], None, None)


def test_a_page_that_cannot_be_read_does_not_hide_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def first_is_damaged(ref: PageRef) -> PageImage:
        if ref.page == 1:
            raise ScanError("fax.tif: page 1 ends too early")
        return load_page(ref)

    monkeypatch.setattr(locate, "load_page", first_is_damaged)
    first, second = located(SAMPLES / "scans" / "fax.tif", None)
    assert (first["page"], first["failure"]) == (1, "fax.tif: page 1 ends too early")
    assert (second["page"], second["failure"]) == (2, None)
    assert second["rows"]


@pytest.fixture(scope="module")
def upright() -> tuple[Pixels, dict[str, Any]]:
    """A sample and what was located on it."""
    path = SAMPLES / "scans" / "corrections.jpg"
    (page,) = located(path, None)
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    return np.asarray(pixels, dtype=np.uint8), page


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_what_is_located_on_a_turned_scan_is_turned_with_it(
    turn: int, upright: tuple[Pixels, dict[str, Any]], tmp_path: Path
) -> None:
    pixels, before = upright
    height, width = pixels.shape[:2]
    cv2.imwrite(str(tmp_path / "turned.png"), np.rot90(pixels, -turn // 90))
    (after,) = located(tmp_path / "turned.png", None)
    assert after["rotation_deg"] == (before["rotation_deg"] - turn) % 360
    assert after["skew_deg"] == pytest.approx(before["skew_deg"], abs=0.05)
    turned_from_scan = quarter_turn(turn, width, height)
    assert len(after["rows"]) == len(before["rows"])
    for row, wanted in zip(after["rows"], before["rows"], strict=True):
        assert list(row["cells"]) == list(wanted["cells"])
        for name, polygon in wanted["cells"].items():
            moved = apply_homography(turned_from_scan, polygon)
            # The same corner first: it is the top left as the text reads.
            assert np.array(row["cells"][name]) == pytest.approx(moved, abs=3)


def test_a_page_that_locate_cannot_take_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(image: PageImage, *_: object) -> None:
        raise RuntimeError(f"signer wrote {image.pixels.shape}")

    assert cv2.imwritemulti(str(tmp_path / "two.tif"), [blank(850, 1100)] * 2)
    monkeypatch.setattr(locate, "sheets_on", breaks)
    pages = list(locate_file(tmp_path / "two.tif", ()))
    assert [page["page"] for page in pages] == [1, 2]
    assert all("could not be read (RuntimeError)" in str(page["failure"]) for page in pages)
    assert "wrote (1100" not in caplog.text
    assert "in breaks" in caplog.text


@pytest.mark.parametrize("forms", [None, ()])
def test_a_strip_is_refused_as_no_sheet(tmp_path: Path, forms: tuple[str, ...] | None) -> None:
    """It was an error of digitizer: made smaller, nothing was left of its width."""
    cv2.imwrite(str(tmp_path / "strip.png"), np.full((40_000, 1), 255, np.uint8))
    (page,) = locate_file(tmp_path / "strip.png", forms)
    assert "a picture of 1 x 40000 pixels is no sheet of paper" in str(page["failure"])


def test_locate_says_that_it_cannot_tell_how_a_page_lies(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    chaos = np.full((1100, 850), 245, np.uint8)
    for _ in range(400):
        a, b = rng.uniform(0, 850, 2), rng.uniform(-30, 30, 2)
        ends = [(int(p[0]), int(p[1])) for p in (a, a + b)]
        cv2.line(chaos, ends[0], ends[1], 60, 2)
    for name, pixels in (("blank", np.full((1100, 850), 250, np.uint8)), ("chaos", chaos)):
        cv2.imwrite(str(tmp_path / f"{name}.png"), pixels)
        (page,) = locate_file(tmp_path / f"{name}.png", ())
        assert (page["rotation_deg"], page["skew_deg"]) == (None, None), name
        assert page["failure"]
        assert page["residual_mm"] is None


def test_locate_tells_how_well_cells_lie_on_their_lines_and_what_came_near(
    sheet: dict[str, Any],
) -> None:
    assert 0 <= sheet["residual_mm"] < 0.5
    assert sheet["candidates"][0]["form"] == sheet["form"]
    assert sheet["candidates"][0]["score"] > 0.8
    assert sheet["columns_skew_deg"] == pytest.approx(sheet["skew_deg"], abs=0.2)
