"""Pictures appear whole or not at all, under names the records point to."""

import errno
import os
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from drawn import PAPER, blank, in_color, rectified
from hypothesis import given
from hypothesis import strategies as st

from digitizer.errors import StoreError
from digitizer.pictures import (
    ACCEPTED,
    BOX,
    EMPTY,
    REVIEWED,
    STRUCK,
    write_crop,
    write_overlay,
    write_page,
)
from digitizer.records import (
    BoxPlace,
    CellPlace,
    FieldKind,
    FieldSpec,
    FieldState,
    FieldValue,
    PageRef,
    PageResult,
    Pixels,
    Polygon,
    RegisteredPage,
    Route,
    RowPlace,
    RowStatus,
    SheetStatus,
    SignerRow,
)

PICTURE = in_color(blank(40, 30))
NAME = FieldSpec("name", FieldKind.NAME)


def files(folder: Path) -> list[str]:
    """Every file below ``folder``."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def read(path: Path) -> Pixels:
    """Pixels of a picture on disk."""
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert pixels is not None
    return np.asarray(pixels, dtype=np.uint8)


def test_a_page_and_its_crops_lie_where_the_returned_names_say(tmp_path: Path) -> None:
    names = [
        write_page(tmp_path, "abc-1", PICTURE),
        write_crop(tmp_path, "abc-1", 7, "name", PICTURE),
        write_crop(tmp_path, "abc-1", None, "date_collected", PICTURE),
    ]
    assert names == [
        "pages/abc-1.jpg",
        "crops/abc-1-r07_name.png",
        "crops/abc-1-box_date_collected.png",
    ]
    assert files(tmp_path) == sorted(names)


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_a_crop_is_kept_to_the_pixel(
    tmp_path_factory: pytest.TempPathFactory, width: int, height: int, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("crops")
    picture = np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)
    name = write_crop(folder, "s", 1, "name", picture)
    assert np.array_equal(read(folder / name), picture)


def test_writing_again_replaces_what_was_there(tmp_path: Path) -> None:
    write_crop(tmp_path, "s", 1, "name", PICTURE)
    name = write_crop(tmp_path, "s", 1, "name", PICTURE // 2)
    assert int(read(tmp_path / name).max()) == int(PICTURE.max()) // 2
    assert files(tmp_path) == [name]


def test_a_full_disk_is_a_store_error_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_page(tmp_path, "s", PICTURE)
    before = (tmp_path / "pages/s.jpg").read_bytes()

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StoreError, match="the disk is full"):
        write_page(tmp_path, "s", PICTURE // 2)
    assert files(tmp_path) == ["pages/s.jpg"]
    assert (tmp_path / "pages/s.jpg").read_bytes() == before


def test_a_killed_write_leaves_the_old_picture_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = write_crop(tmp_path, "s", 1, "name", PICTURE)

    def killed(path: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        write_crop(tmp_path, "s", 1, "name", PICTURE // 2)
    assert np.array_equal(read(tmp_path / name), PICTURE)


def test_a_workspace_that_is_a_file_is_a_store_error_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.write_text("not a folder")
    with pytest.raises(StoreError, match="out: cannot write pictures"):
        write_page(file, "s", PICTURE)


# --- overlay -------------------------------------------------------------------


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def value(state: FieldState = FieldState.READ, route: Route = Route.ACCEPT) -> FieldValue:
    text = "Zoé Roy" if state is FieldState.READ else ""
    return FieldValue("name", FieldKind.NAME, state, text, confidence=0.9, route=route)


ROWS = [box(50, 100 + 60 * n, 350, 160 + 60 * n) for n in range(4)]
COLLECTOR = box(100, 400, 350, 440)


def overlay_of(tmp_path: Path) -> Pixels:
    """Four rows: accepted, for review, empty, struck; and a collector box."""
    page = rectified(blank(400, 500))
    places = tuple(
        RowPlace(n, polygon, (CellPlace("name", (NAME,), polygon),))
        for n, polygon in enumerate(ROWS, start=1)
    )
    field = CellPlace("who", (FieldSpec("who", FieldKind.NAME),), box(150, 405, 340, 435))
    registered = RegisteredPage(
        page, "parks", None, "en", 0.9, (), places, BoxPlace(COLLECTOR, (field,)), (), ()
    )
    values = {
        (1, "name"): value(),
        (2, "name"): value(route=Route.REVIEW),
        (3, "name"): value(FieldState.EMPTY),
        (4, "name"): value(),
        (None, "who"): value(FieldState.UNREAD, Route.REVIEW),
    }
    shown: dict[tuple[int | None, str], FieldValue] = dict(values)
    rows = [SignerRow(n, RowStatus.COUNTED, (values[n, "name"],)) for n in (1, 2)]
    rows += [SignerRow(3, RowStatus.BLANK, ()), SignerRow(4, RowStatus.STRUCK, ())]
    result = PageResult(
        PageRef("/x", "x", 1, "0"), "s", SheetStatus.REVIEW, rows=tuple(rows), form="parks"
    )
    before = page.color.copy()
    name = write_overlay(tmp_path, "s", registered, shown, result)
    assert name == "pages/s_overlay.jpg"
    assert np.array_equal(page.color, before), "the page itself stays clean"
    drawn = read(tmp_path / name)
    assert drawn.shape[0] >= page.gray.shape[0]
    height, width = page.gray.shape
    return np.asarray(cv2.resize(drawn, (width, height), interpolation=cv2.INTER_AREA))


def nearest(mean: npt.NDArray[np.float64]) -> tuple[int, int, int]:
    """The colour of the legend, or paper, that is most like one blurred by JPEG."""
    colors = (ACCEPTED, REVIEWED, EMPTY, STRUCK, BOX, (PAPER, PAPER, PAPER))
    return min(colors, key=lambda color: float(np.abs(mean - np.array(color)).sum()))


@pytest.mark.parametrize(
    ("number", "color"), [(1, ACCEPTED), (2, REVIEWED), (3, EMPTY), (4, STRUCK)]
)
def test_a_cell_has_the_colour_of_what_happens_to_it(
    tmp_path: Path, number: int, color: tuple[int, int, int]
) -> None:
    picture = overlay_of(tmp_path)
    (_, top), _, (right, bottom), _ = ROWS[number - 1]
    edge = picture[int(top) + 10 : int(bottom) - 10, round(right)].mean(axis=0)
    assert nearest(edge) == color


def test_the_collector_box_is_drawn_with_its_fields(tmp_path: Path) -> None:
    picture = overlay_of(tmp_path)
    assert nearest(picture[410:430, 100].mean(axis=0)) == BOX
    assert nearest(picture[410:430, 340].mean(axis=0)) == REVIEWED
