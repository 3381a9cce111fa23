"""What a card shows of the paper: which picture, and which part of it."""

from pathlib import Path

from fake_pages import page_ref, page_result, row
from review_pages import draw, placed

from digitizer.review.sights import Sight, sight_of
from digitizer.review.verbs import Place
from digitizer.store import Store
from digitizer.workspace.stored import RecordRow, SheetRow, Source

PAGE = placed(page_result(page_ref("one"), row(1, "Ana Roy"), row(2, "Bo Li"), row(3, "Cy Wu")))


def listed(folder: Path) -> tuple[SheetRow, tuple[RecordRow, ...]]:
    with Store.open(folder / "digitizer.db") as store:
        run = store.start_run("settings-1", {}, "0")
        store.register(run, "settings-1", [Source("a.pdf", 1, PAGE.ref.sha256)])
        store.save_page(PAGE, "settings-1")
        store.end_run(run, "done")
        return store.listed((PAGE.sheet_id,))[PAGE.sheet_id]


def sight(folder: Path, number: int, field: str, *, geometry: bool = True) -> Sight:
    sheet, records = listed(folder)
    place = Place(sheet, tuple(records), number, field)
    return sight_of(place, PAGE.geometry if geometry else None, folder)


def within(inner: tuple[int, ...], outer: tuple[int, ...]) -> bool:
    return (
        inner[0] >= outer[0]
        and inner[1] >= outer[1]
        and inner[0] + inner[2] <= outer[0] + outer[2]
        and inner[1] + inner[3] <= outer[1] + outer[3]
    )


def test_one_picture_serves_for_the_crop_and_its_row(tmp_path: Path) -> None:
    draw(tmp_path / "pages" / f"{PAGE.sheet_id}.jpg", "page", (850, 1100))
    shown = sight(tmp_path, 2, "address")
    assert shown.strip == f"/pictures/row/{PAGE.sheet_id}/2.jpg?around=1"
    assert within(shown.cell_box, shown.strip_box)
    # The cell lies at 165..290 x 290..360 and has some paper around it.
    left, top, width, height = shown.cell_box
    assert left <= 165 and left + width >= 290 and top <= 290 and top + height >= 360
    assert width < 200 and height < 120
    assert [outline.here for outline in shown.outlines] == [False, True]


def test_of_a_row_as_a_whole_the_row_is_shown(tmp_path: Path) -> None:
    draw(tmp_path / "pages" / f"{PAGE.sheet_id}.jpg", "page", (850, 1100))
    shown = sight(tmp_path, 2, "status")
    assert shown.cell_box[2] >= 750
    assert [outline.here for outline in shown.outlines] == [True]


def test_the_collector_box_is_a_row_of_its_own(tmp_path: Path) -> None:
    draw(tmp_path / "pages" / f"{PAGE.sheet_id}.jpg", "page", (850, 1100))
    shown = sight(tmp_path, 0, "event_location")
    assert shown.strip.startswith(f"/pictures/row/{PAGE.sheet_id}/0.jpg")
    assert within(shown.cell_box, shown.strip_box)


def test_without_geometry_the_stored_crop_and_its_neighbours_are_shown(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        draw(tmp_path / f"crops/r{number:02d}_name.png", "name", (200, 60))
    shown = sight(tmp_path, 2, "name", geometry=False)
    assert shown.strip == "" and shown.crop == f"/pictures/field/{PAGE.sheet_id}/2/name.png"
    assert [near.row for near in shown.near] == [1, 3]


def test_without_a_page_picture_nothing_is_cut_from_it(tmp_path: Path) -> None:
    assert sight(tmp_path, 2, "name").strip == ""


def test_a_crop_that_was_purged_is_not_asked_for(tmp_path: Path) -> None:
    assert sight(tmp_path, 2, "name", geometry=False).crop == ""
