"""Pictures of fields, rows and pages."""

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from fake_pages import field, page_ref, page_result, row
from placed_pages import drawn_geometry
from review_pages import draw, fill, replaced
from starlette.testclient import TestClient

from digitizer.records import PageResult, Pixels
from digitizer.review.pictures import PageCache, row_frame
from digitizer.store import Store

PAGE_SIZE = (850, 1100)
GEOMETRY = drawn_geometry(4)


def placed_page() -> PageResult:
    """A page with geometry; of row 2 only the name's crop was kept, of row 3 none."""
    bare = [replaced(row(n, "Cy Wu"), field("name", "Cy Wu", crop=None)) for n in (3, 4)]
    return page_result(
        page_ref("placed"),
        row(1, "Ana Roy"),
        replaced(row(2, "Bo Li"), field("name", "Bo Li", crop="crops/bo.png")),
        *bare,
        geometry=GEOMETRY,
    )


@pytest.fixture
def sheet(store: Store, workspace: Path) -> str:
    """A sheet with geometry in the invented workspace."""
    page = placed_page()
    fill(store, workspace, page)
    paper = np.full((PAGE_SIZE[1], PAGE_SIZE[0], 3), 255, np.uint8)
    for place in GEOMETRY.rows:
        top = int(place.polygon[0][1])
        # Each row in a gray of its own.
        paper[top : top + 60, 50:800] = 40 * place.row
    assert cv2.imwrite(str(workspace / "pages" / f"{page.sheet_id}.jpg"), paper)
    return page.sheet_id


def pixels(client: TestClient, url: str, kind: str) -> Pixels:
    """What a picture shows."""
    answer = client.get(url)
    assert answer.status_code == 200, url
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "no-store"
    found = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(found, dtype=np.uint8)


def test_a_fields_picture_is_the_crop_that_was_kept(
    ann: TestClient, sheet: str, workspace: Path
) -> None:
    answer = ann.get(f"/pictures/field/{sheet}/2/name.png")
    assert answer.content == (workspace / "crops" / "bo.png").read_bytes()


def test_a_field_without_a_crop_is_cut_from_the_page(ann: TestClient, sheet: str) -> None:
    shown = pixels(ann, f"/pictures/field/{sheet}/3/name.png", "image/png")
    assert shown.shape[:2] == (60 + 2 * 43, 425 + 43 - 7)
    assert abs(int(shown[shown.shape[0] // 2, 200, 0]) - 120) < 4


def test_a_tight_picture_shows_the_cell_alone_even_where_a_crop_was_kept(
    ann: TestClient, sheet: str
) -> None:
    shown = pixels(ann, f"/pictures/field/{sheet}/2/name.png?tight=1", "image/jpeg")
    assert shown.shape[:2] == (60 + 2 * 8, 375 + 2 * 8)


def test_a_row_is_shown_with_its_neighbours(ann: TestClient, sheet: str) -> None:
    shown = pixels(ann, f"/pictures/row/{sheet}/2.jpg", "image/jpeg")
    box = row_frame(GEOMETRY, 2)
    assert box is not None
    assert shown.shape[:2] == (box[3] - box[1], box[2] - box[0])
    grays = [round(float(shown[8 + 30 + 60 * k, 300].mean()) / 40) for k in range(3)]
    assert grays == [1, 2, 3]
    alone = pixels(ann, f"/pictures/row/{sheet}/2.jpg?around=0", "image/jpeg")
    assert alone.shape[0] == 60 + 16


def test_row_0_is_the_collector_box(ann: TestClient, sheet: str) -> None:
    shown = pixels(ann, f"/pictures/row/{sheet}/0.jpg", "image/jpeg")
    assert shown.shape[0] == 150 + 16


def test_the_page_is_the_picture_that_was_kept(
    ann: TestClient, sheet: str, workspace: Path
) -> None:
    answer = ann.get(f"/pictures/page/{sheet}.jpg")
    assert answer.content == (workspace / "pages" / f"{sheet}.jpg").read_bytes()


@pytest.mark.parametrize(
    "url",
    [
        "/pictures/page/{sheet}.jpg",
        "/pictures/row/{sheet}/1.jpg",
        "/pictures/field/{sheet}/2/name.png",
        "/pictures/scan/{sheet}.jpg",
    ],
)
def test_nobody_sees_a_picture_without_signing_in(client: TestClient, sheet: str, url: str) -> None:
    answer = client.get(url.format(sheet=sheet), follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(
    "url",
    [
        "/pictures/page/000000000000-p1.jpg",
        "/pictures/page/..%2Fdigitizer.db.jpg",
        "/pictures/page/..%2F..%2F..%2Fetc%2Fpasswd.jpg",
        "/pictures/field/{sheet}/1/..%2F..%2Fdigitizer.db.png",
        "/pictures/field/{sheet}/9/name.png",
        "/pictures/field/{sheet}/1/nothing.png",
        "/pictures/field/..%2F..%2Fx/1/name.png",
        "/pictures/row/{sheet}/77.jpg",
        "/pictures/row/{sheet}/-1.jpg",
        "/pictures/row/%2e%2e/1.jpg",
        "/pictures/scan/..%2Fdigitizer.db.jpg",
    ],
)
def test_what_the_store_does_not_know_is_not_there(ann: TestClient, sheet: str, url: str) -> None:
    assert ann.get(url.format(sheet=sheet)).status_code == 404


def test_a_crop_path_that_leads_out_of_the_workspace_is_not_opened(
    ann: TestClient, store: Store, workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.png"
    draw(outside, "secret", (100, 40))
    page = page_result(
        page_ref("evil"), replaced(row(1, "Eve"), field("name", "Eve", crop=str(outside)))
    )
    run = store.start_run("settings-1", {}, "0")
    store.save_page(page, "settings-1")
    store.end_run(run, "done")
    assert ann.get(f"/pictures/field/{page.sheet_id}/1/name.png").status_code == 404


def test_a_page_that_is_gone_is_not_there(ann: TestClient, sheet: str, workspace: Path) -> None:
    (workspace / "pages" / f"{sheet}.jpg").unlink()
    assert ann.get(f"/pictures/page/{sheet}.jpg").status_code == 404
    assert ann.get(f"/pictures/row/{sheet}/1.jpg").status_code == 404


def test_pages_kept_decoded_stay_within_their_memory(tmp_path: Path) -> None:
    files = [tmp_path / f"{n}.jpg" for n in range(5)]
    for file in files:
        draw(file, "page", (200, 100))
    cache = PageCache(limit_bytes=2 * 200 * 100 * 3)
    for file in files:
        assert cache.get(file) is not None
    assert cache.kept_bytes == 2 * 200 * 100 * 3
    small = PageCache(limit_bytes=1)
    assert small.get(files[0]) is not None


def test_a_page_that_was_read_again_is_decoded_again(tmp_path: Path) -> None:
    file = tmp_path / "page.jpg"
    cache = PageCache()
    draw(file, "", (200, 100))
    first = cache.get(file)
    time.sleep(0.01)
    draw(file, "", (300, 100))
    second = cache.get(file)
    assert first is not None and second is not None
    assert (first.shape[1], second.shape[1]) == (200, 300)
    assert cache.get(file) is second
