"""Two sheets on one page are two sheets, each with its rows, also after a second run."""

import csv
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn import across, blank, down, draw_grid, grid_rules, in_color, rectified
from fake_pages import page_ref, page_result, row, write_scan
from sample_pages import SAMPLES, registered

from digitizer import execution, export
from digitizer.assemble import sheet_reasons
from digitizer.batch import RunSettings, run_batch
from digitizer.forms.forms import load_forms
from digitizer.geometry import (
    apply_homography,
    as_polygon,
    convex_iou,
    inverse,
    polygon_area,
    rectangle,
)
from digitizer.ids import sheet_id
from digitizer.paper.outline import Outline
from digitizer.records import (
    FURTHER,
    PageEdit,
    PageImage,
    PageResult,
    PageTask,
    Pixels,
    PrintedWord,
    RegisteredPage,
    RowPlace,
    page_of,
    part_of,
)
from digitizer.registration import register_page
from digitizer.sheets import sheetpages
from digitizer.sheets.closer import closer_look
from digitizer.sheets.pairs import (
    holds_more_ink,
    inked_halves,
    is_second_table,
    leaves_one_out,
    page_halves,
)
from digitizer.sheets.sheetpages import sheets_on
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace.stored import Source
from scripts.sheets.fonts import system_fonts
from scripts.sheets.layouts import PLANS, draw_plan

pytestmark = pytest.mark.usefixtures("print_read_once")


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "process_pool", lambda workers, **_: execution.SerialExecutor())


def read_pair(task: PageTask) -> PageResult:
    """A page with two sheets, unless its content says one or three; forms' names tell edits."""
    first = page_result(task.ref, row(1, "Ana Roy"), row(2, "Bo Roy"), form=_form(task.edit))
    content = Path(task.ref.path).read_bytes()
    if b"single" in content:
        return first
    if task.ref.part:
        second = page_result(task.ref, row(1, "Cy Roy"), form=_form(task.edit))
        return replace(second, sheet_id=task.sheet_id)
    if task.edit != PageEdit():
        return first
    further = []
    for part in (1, 2) if b"three" in content else (1,):
        ref = replace(task.ref, part=part)
        edit = task.further_edits[part - 1] if part <= len(task.further_edits) else PageEdit()
        found = page_result(ref, row(1, "Cy Roy"), form=_form(edit))
        further.append(replace(found, sheet_id=sheet_id(ref.sha256, ref.number)))
    return replace(first, further=tuple(further))


def _form(edit: PageEdit) -> str:
    return edit.form or "fake-form"


def run(out: Path, *scans: Path) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Lines of sheets.csv and records.csv after a run."""
    run_batch(RunSettings(scans, out, jobs=1), page_function=read_pair)
    tables = []
    for name in (export.SHEETS_FILE, export.RECORDS_FILE):
        with (out / name).open(encoding="utf-8-sig", newline="") as file:
            tables.append(list(csv.DictReader(file)))
    return tables[0], tables[1]


def with_rows(page: Pixels, left: float, right: float) -> RegisteredPage:
    """A page on which eight rows were found, 80 px high, from 500 px down."""
    found = register_page(rectified(page), (), (), (), load_forms(["amnesty-canada-en"]))
    places = [rectangle(left, 500 + 80 * n, right, 580 + 80 * n) for n in range(8)]
    rows = tuple(RowPlace(n, as_polygon(place), ()) for n, place in enumerate(places, start=1))
    return replace(found, rows=rows)


def test_each_sheet_of_a_page_is_a_line_with_its_rows(tmp_path: Path) -> None:
    pair = write_scan(tmp_path / "a.png", "pair")
    single = write_scan(tmp_path / "b.png", "single")
    sheets, records = run(tmp_path / "out", pair, single)
    names = [(Path(s["source_file"]).name, s["page"], s["rows_filled"]) for s in sheets]
    assert names == [("a.png", "1", "2"), ("a.png", "1", "1"), ("b.png", "1", "2")]
    assert len({s["sheet_id"] for s in sheets}) == 3
    assert sheets[1]["sheet_id"] == f"{sheets[0]['sheet_id']}s2"
    assert [r["name"] for r in records] == ["Ana Roy", "Bo Roy", "Cy Roy", "Ana Roy", "Bo Roy"]
    assert len({r["record_id"] for r in records}) == 5


def test_a_second_run_adds_nothing_and_loses_nothing(tmp_path: Path) -> None:
    pair = write_scan(tmp_path / "a.png", "pair")
    first = run(tmp_path / "out", pair)
    again = run(tmp_path / "out", pair)
    assert first == again


def test_a_copy_of_the_page_repeats_both_sheets(tmp_path: Path) -> None:
    pair = write_scan(tmp_path / "a.png", "pair")
    run(tmp_path / "out", pair)
    copy = tmp_path / "z.png"
    copy.write_bytes(pair.read_bytes())
    sheets, _ = run(tmp_path / "out", pair, copy)
    assert [s["status"] for s in sheets] == ["read", "read", "duplicate", "duplicate"]
    assert [s["duplicate_of"] for s in sheets[2:]] == [s["sheet_id"] for s in sheets[:2]]


@pytest.mark.parametrize("part", [0, 1])
def test_an_edit_of_one_sheet_leaves_the_other(part: int, tmp_path: Path) -> None:
    pair = write_scan(tmp_path / "a.png", "pair")
    sheets, _ = run(tmp_path / "out", pair)
    with Store.open(tmp_path / "out" / DATABASE_FILE) as store:
        name = sheets[part]["sheet_id"]
        store.edit_page(name, PageEdit(form="chosen"), "Ana")
        _make_older(store, name)
    after, records = run(tmp_path / "out", pair)
    forms = ["fake-form", "fake-form"]
    forms[part] = "chosen"
    assert [s["form"] for s in after] == forms
    assert len(records) == 3


def test_a_page_read_anew_is_told_of_the_edit_of_its_third_sheet(tmp_path: Path) -> None:
    three = write_scan(tmp_path / "a.png", "three")
    sheets, records = run(tmp_path / "out", three)
    assert sheets[2]["sheet_id"] == f"{sheets[0]['sheet_id']}s3"
    assert len(records) == 4
    with Store.open(tmp_path / "out" / DATABASE_FILE) as store:
        store.edit_page(sheets[2]["sheet_id"], PageEdit(form="chosen"), "Ana")
        store.edit_page(sheets[0]["sheet_id"], PageEdit(), "Ana")
        _make_older(store, sheets[0]["sheet_id"])
    told: list[PageTask] = []

    def noted(task: PageTask) -> PageResult:
        told.append(task)
        return read_pair(task)

    run_batch(RunSettings((three,), tmp_path / "out", jobs=1), page_function=noted)
    edits = next(task.further_edits for task in told if not task.ref.part)
    assert [edit.form for edit in edits[:2]] == [None, "chosen"]


def _make_older(store: Store, name: str) -> None:
    """Let the reading be older than the edit, which is told apart by seconds."""
    import sqlalchemy as sa

    from digitizer.workspace import schema as t

    past = t.SHEETS.update().where(t.SHEETS.c.sheet_id == name).values(saved="2020-01-01T00:00:00")
    with store._engine.begin() as connection:
        connection.execute(past)
        assert connection.execute(sa.select(t.SHEETS.c.id)).all()


def test_numbers_name_page_and_place() -> None:
    ref = replace(page_ref(page=7), part=1)
    assert ref.number == 7 + FURTHER
    assert (page_of(ref.number), part_of(ref.number)) == (7, 1)
    assert sheet_id("0" * 64, ref.number) == "000000000000-p7s2"
    assert Source("a", ref.number, "0").page == ref.number


def test_two_sheets_side_by_side_without_a_gap_are_both_read() -> None:
    sheet = np.asarray(cv2.imread(str(SAMPLES / "scans" / "clean-en.png")), dtype=np.uint8)
    image = PageImage(page_ref(), np.hstack([sheet, sheet]), 200.0)
    found = sheets_on(image, load_forms())
    assert [one.form for one, _ in found] == ["amnesty-canada-en"] * 2
    assert [len(one.rows) for one, _ in found] == [8, 8]
    width = sheet.shape[1]
    for place, (one, _) in enumerate(found):
        assert one.collector_box is not None
        corners = np.array(one.page.page_polygon_scan)
        middle = corners[:, 0].mean()
        assert place * width < middle < (place + 1) * width
        assert polygon_area(corners) == pytest.approx(sheet.shape[0] * width, rel=0.05)


def test_three_sheets_side_by_side_without_a_gap_are_all_read() -> None:
    sheet = np.asarray(cv2.imread(str(SAMPLES / "scans" / "clean-en.png")), dtype=np.uint8)
    image = PageImage(page_ref(), np.hstack([sheet] * 3), 200.0)
    found = sheets_on(image, load_forms())
    assert [len(one.rows) for one, _ in found] == [8, 8, 8]
    middles = [np.mean(one.page.page_polygon_scan, axis=0)[0] for one, _ in found]
    assert np.allclose(np.array(middles) / sheet.shape[1], [0.5, 1.5, 2.5], atol=0.05)


def test_a_table_in_the_middle_that_was_not_seen_is_not_cut() -> None:
    # Of three sheets the one in the middle has no column rulings.
    rules = [
        *grid_rules((110, 700, 1200, 1690), range(500, 1200, 80)),
        *[across(y, 1900, 3500) for y in range(520, 1100, 85)],
        *grid_rules((3710, 4300, 4800, 5290), range(500, 1200, 80)),
    ]
    halves = page_halves(register_page(rectified(blank(5400, 2200)), rules, (), (), ()))
    cut = halves[0][1][0]
    assert 1690 <= cut <= 1900 or 3500 <= cut <= 3710


def test_two_sheets_are_not_cut_between_a_table_and_the_box_below_it() -> None:
    # The box of the first lies nearer to the middle than where the sheets part.
    page = blank(1700, 4400)
    box = rectangle(900, 2190, 1550, 2450).astype(np.int32)
    cv2.polylines(page, [box.reshape(-1, 1, 2)], True, (0,), 3)
    page[2230:2410:40, 920:1530] = 40
    page[2900:3000, 150:1550] = 40  # the second one's letter
    draw_grid(page, (110, 600, 1100, 1590), range(1000, 2161, 145))
    rules = [
        *grid_rules((110, 600, 1100, 1590), range(1000, 2161, 145)),
        *grid_rules((110, 600, 1100, 1590), range(3200, 4100, 145)),
        *[down(x, 2190, 2450) for x in (900, 1550)],
    ]
    halves = page_halves(register_page(rectified(page), rules, (), (), ()))
    assert 2450 < halves[0][2][1] < 2900


def test_rows_in_the_middle_leave_room_for_a_sheet_on_either_side() -> None:
    page = blank(5100, 2200)
    draw_grid(page, (1850, 2400, 2900, 3250), range(500, 1141, 80))
    whole = with_rows(page, 1850, 3250)
    assert not inked_halves(whole)
    for left in (150, 3550):
        # Aslant, so that nothing of it is traced.
        for y in range(500, 1300, 40):
            cv2.line(page, (left, y), (left + 1400, y + 400), (0,), 3)
    halves = inked_halves(whole)
    cut = halves[0][1][0]
    assert 1550 <= cut <= 1850 or 3250 <= cut <= 3550


def test_sheets_that_lie_in_two_lines_are_told_line_by_line() -> None:
    places = [(60, 1100), (1000, 0), (1040, 1060), (20, 40)]
    found = [
        (
            register_page(
                replace(
                    rectified(blank(900, 1000)),
                    page_polygon_scan=as_polygon(rectangle(x, y, x + 900, y + 1000)),
                ),
                (), (), (), (),
            ),
            0,
        )
        for x, y in places
    ]  # fmt: skip
    told = sheetpages._in_reading_order(found)
    assert [one.page.page_polygon_scan[0] for one, _ in told] == [
        (20, 40), (1000, 0), (60, 1100), (1040, 1060),
    ]  # fmt: skip


def test_two_sheets_of_unlike_width_that_lie_unlike_are_cut_between_their_tables() -> None:
    page = blank(4000, 2200)
    # Something is written just left of the middle of the gap.
    page[300:1900, 2225:2335] = 40
    left = grid_rules((110, 900, 1500, 2230), range(500, 1200, 80))
    right = [
        replace(rule, points=rule.points + [0, 0.02 * 2000] - rule.points[:, :1] * [0, 0.02])
        for rule in grid_rules((2450, 2900, 3300, 3900), range(600, 1700, 90))
    ]
    whole = register_page(rectified(page), [*left, *right], (), (), ())
    halves = page_halves(whole)
    assert len(halves) == 2
    assert 2335 <= halves[0][1][0] <= 2450


def test_rows_of_two_sheets_at_one_height_do_not_make_one_table_of_both() -> None:
    # The left table has no frame, so it seems to end where the right one begins.
    left = grid_rules((110, 700, 1200), range(500, 1200, 80))
    right = grid_rules((2300, 2900, 3300, 3900), range(500, 1300, 90))
    rules = [r for r in (*left, *right) if not r.horizontal]
    for one in (r for r in left if r.horizontal):
        rules.append(replace(one, points=one.points * [1690 / 1200, 1]))
    rules += [r for r in right if r.horizontal]
    # The first rows are traced as one ruling.
    xs = np.linspace(110, 3900, 240)
    first = replace(left[0], points=np.column_stack([xs, np.full(240, 500.0)]))
    rules = [r for r in rules if not (r.horizontal and abs(r.points[0, 1] - 500) < 1)]
    rules.append(replace(first, horizontal=True, gaps=((1690.0, 2295.0),)))
    whole = register_page(rectified(blank(4000, 2200)), rules, (), (), ())
    halves = page_halves(whole)
    assert len(halves) == 2
    assert 1690 <= halves[0][1][0] <= 2300


def test_two_sheets_of_a4_that_lie_lengthwise_are_two() -> None:
    rules = [
        *grid_rules((140, 700, 1600, 2200), range(500, 1000, 100)),
        *grid_rules((2460, 3000, 4000, 4540), range(520, 1020, 100)),
    ]
    whole = register_page(rectified(blank(4690, 1640)), rules, (), (), ())
    assert len(page_halves(whole)) == 2


@pytest.mark.parametrize("edges", [0, 3])
def test_a_sheet_without_column_rulings_beside_another_is_seen(edges: int) -> None:
    left = grid_rules((110, 700, 1200, 1690), range(500, 1200, 80))
    right = [across(y, 2300, 3900) for y in range(520, 1100, 85)]
    # Of both sheets, above and below: they pass the middle.
    both = [across(y, 20, 3980) for y in (40, 80, 2150)[:edges]]
    whole = register_page(rectified(blank(4000, 2200)), [*left, *right, *both], (), (), ())
    halves = page_halves(whole)
    assert len(halves) == 2
    assert 1690 <= halves[0][1][0] <= 2300


@pytest.mark.parametrize(
    ("words", "sheets"),
    [
        ([], 2),
        # The middle of the strip between both tables is x = 1995.
        (
            [
                ("Save", 1600, 0.95),
                ("the", 1780, 0.95),
                ("swimming", 1900, 0.95),
                ("lessons", 2180, 0.95),
            ],
            1,
        ),
        ([("Dear", 1760, 0.95), ("neighbours", 1880, 0.95)], 1),
        ([("Save", 1650, 0.95), ("the", 1880, 0.95), ("lessons", 2005, 0.95)], 1),
        # The end of one sheet's letter and the beginning of the other's, and what was not read.
        ([("lessons", 1500, 0.95), ("Save", 2310, 0.95)], 2),
        ([("tmwnvi", 1900, 0.3), ("ii", 1985, 0.95)], 2),
    ],
    ids=["none", "over it", "a long word", "on both sides", "two letters", "stains"],
)
def test_a_line_of_print_across_the_middle_says_that_a_page_is_one_sheet(
    words: list[tuple[str, float, float]], sheets: int
) -> None:
    rules = [
        *grid_rules((110, 700, 1200, 1690), range(500, 1200, 80)),
        *grid_rules((2300, 2900, 3300, 3900), range(500, 1200, 80)),
    ]
    said = [PrintedWord(t, (x, 300, x + 25 * len(t), 340), sure) for t, x, sure in words]
    whole = register_page(rectified(blank(4000, 2200)), rules, (), said, ())
    assert max(len(page_halves(whole)), 1) == sheets


@pytest.mark.parametrize("rows", [4, 12])
def test_one_table_in_the_middle_of_a_page_that_lies_lengthwise_is_no_pair(rows: int) -> None:
    rules = grid_rules((500, 1500, 2400, 3500), range(500, 501 + 80 * rows, 80))
    whole = register_page(rectified(blank(4000, 2200)), rules, (), (), ())
    assert page_halves(whole) == ()


def test_a_sheet_of_no_known_form_beside_a_known_one_is_not_left_out() -> None:
    sheet = np.asarray(cv2.imread(str(SAMPLES / "scans" / "clean-en.png")), dtype=np.uint8)
    height, width = sheet.shape[:2]
    other = blank(width, height)
    draw_grid(other, (150, 700, 1100, width - 150), range(500, 1301, 100))
    image = PageImage(page_ref(), np.hstack([sheet, in_color(other)]), 200.0)
    found = sheets_on(image, load_forms())
    assert [(one.form, len(one.rows)) for one, _ in found] == [("amnesty-canada-en", 8), (None, 0)]


def test_a_sheet_beside_the_one_whose_outline_was_found_is_not_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sheet = np.asarray(cv2.imread(str(SAMPLES / "scans" / "clean-en.png")), dtype=np.uint8)
    height, width = sheet.shape[:2]
    gap = np.full((height, 60, 3), 30, np.uint8)
    outline = Outline(rectangle(0, 0, width, height), 1.0)
    monkeypatch.setattr(sheetpages, "find_outlines", lambda _: (outline,))
    image = PageImage(page_ref(), np.asarray(np.hstack([sheet, gap, sheet]), np.uint8), 200.0)
    assert [len(one.rows) for one, _ in sheets_on(image, load_forms())] == [8, 8]


@pytest.mark.parametrize("shade", [1.0, 0.45])
def test_a_sheet_beside_the_one_outlined_is_seen_by_its_ink_in_whatever_light(
    shade: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The outline takes in a strip of the second sheet, and cuts through no table.
    sheet = np.asarray(cv2.imread(str(SAMPLES / "scans" / "clean-en.png")), dtype=np.uint8)
    height, width = sheet.shape[:2]
    dark = np.asarray(sheet * shade, np.uint8)
    outline = Outline(rectangle(0, 0, width + 60, height), 0.8)
    monkeypatch.setattr(sheetpages, "find_outlines", lambda _: (outline,))
    image = PageImage(page_ref(), np.asarray(np.hstack([sheet, dark]), np.uint8), 200.0)
    assert [len(one.rows) for one, _ in sheets_on(image, load_forms())] == [8, 8]


def test_rows_that_pass_the_middle_leave_room_for_a_sheet_beside_them() -> None:
    page = blank(4000, 2400)
    draw_grid(page, (1960, 2600, 3200, 3900), range(500, 1200, 80))
    whole = with_rows(page, 1960, 3900)
    assert not inked_halves(whole)
    # Aslant, so that nothing of it is traced.
    for y in range(500, 1300, 40):
        cv2.line(page, (200, y), (1700, y + 400), (0,), 3)
    halves = inked_halves(whole)
    assert len(halves) == 2
    assert 1330 <= halves[0][1][0] <= 1960


def test_a_box_below_few_rows_is_no_second_sheet() -> None:
    page = blank(1700, 2200)
    for y in range(100, 700, 25):
        cv2.line(page, (150, y), (1500, y), (0,), 3)  # the letter
    for y in range(1150, 1700, 50):
        cv2.line(page, (150, y), (1400, y), (0,), 3)
    whole = register_page(rectified(page), (), (), (), load_forms(["amnesty-canada-en"]))
    corners = as_polygon(rectangle(150, 750, 1500, 1120))
    assert not holds_more_ink(replace(whole, rows=(RowPlace(1, corners, ()),)))


@pytest.mark.parametrize(
    ("left", "rows"),
    [
        pytest.param(1.08, [8, 8], id="over its margin"),
        pytest.param(0.9, [8, 8], id="over its table, which a cut would shorten further"),
    ],
)
def test_of_two_sheets_aslant_in_one_outline_none_is_left_out(
    left: float, rows: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # One lies upon the other, so that one outline goes around both.
    sheet = np.asarray(cv2.imread(str(SAMPLES / "scans" / "clean-en.png")), dtype=np.uint8)
    height, width = sheet.shape[:2]
    size = (round(2.2 * width), round(1.2 * height))
    desk = np.full((size[1], size[0], 3), 60, np.uint8)
    for turn, at in ((0, 0.03), (8, left)):
        placed = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0)
        placed[:, 2] += (at * width, 0.1 * height)
        cv2.warpAffine(sheet, placed, size, desk, borderMode=cv2.BORDER_TRANSPARENT)
    around = Outline(rectangle(0, 0, *size), 0.7)
    monkeypatch.setattr(sheetpages, "find_outlines", lambda _: (around,))
    found = sheets_on(PageImage(page_ref(), desk, 200.0), load_forms())
    assert [len(one.rows) for one, _ in found] == rows


def test_a_piece_of_another_sheet_does_not_make_one_sheet_two() -> None:
    # Left of it hangs the end of another table: where they part is the sheet's own column.
    sheet = np.asarray(cv2.imread(str(SAMPLES / "scans" / "clean-en.png")), dtype=np.uint8)
    height, width = sheet.shape[:2]
    image = PageImage(page_ref(), sheet, 200.0)
    forms = load_forms()
    ((whole, _),) = sheets_on(image, forms)
    half = as_polygon(rectangle(0, 0, 0.7 * width, height))
    part, _ = sheetpages._sheet_at(half, image, forms, sheetpages.Clock())
    assert len(part.rows) == len(whole.rows) == 8
    assert len(part.rows[0].cells) < len(whole.rows[0].cells)
    assert not leaves_one_out(whole, half, part, forms)


@pytest.mark.parametrize(
    ("dpi", "wide", "letter", "second"),
    [
        # A page of letter or A4 is one sheet, unless there is a title and a letter once more.
        pytest.param(200.0, False, False, True, id="one sheet's size"),
        pytest.param(200.0, True, False, True, id="one sheet's size, wide"),
        pytest.param(200.0, False, True, False, id="a letter of its own"),
        pytest.param(110.0, False, False, False, id="two sheets' size"),
        # A photograph tells no size.
        pytest.param(None, False, False, True, id="high"),
        pytest.param(None, True, False, False, id="wide"),
    ],
)
def test_a_table_of_witnesses_on_half_a_page_is_no_sheet(
    dpi: float | None, wide: bool, letter: bool, second: bool
) -> None:
    """Each sheet with a table of witnesses had a sheet of no known form beside it."""
    width, height = (2200, 1700) if wide else (1700, 2200)
    page = rectified(blank(width, height))
    page = replace(page, image=replace(page.image, dpi=dpi))
    title = [
        PrintedWord(t, (150 + 200 * n, 60, 330 + 200 * n, 105), 0.96)
        for n, t in enumerate(("Reopen", "the", "Lakeside", "Pool"))
    ]
    said = [
        PrintedWord("undersigned", (150 + 140 * n, 150 + 40 * k, 280 + 140 * n, 175 + 40 * k), 0.96)
        for n in range(8)
        for k in range(3)
    ]
    whole = register_page(page, (), (), [*title, *said], ())
    half = as_polygon(
        rectangle(0, 0, width / 2, height) if wide else rectangle(0, 0, width, height / 2)
    )
    other = replace(whole, words=tuple([*title, *said] if letter else said[:8]))
    assert is_second_table(whole, half, whole, other) == second


def test_a_line_of_print_that_nobody_read_yet_says_that_a_page_is_one_sheet() -> None:
    """Of a page known at a glance the letter above its two tables was not read."""
    rules = [
        *grid_rules((110, 700, 1200, 1690), range(500, 1200, 80)),
        *grid_rules((2300, 2900, 3300, 3900), range(500, 1200, 80)),
    ]
    whole = register_page(rectified(blank(4000, 2200)), rules, (), (), ())

    def read(pixels: Pixels) -> list[PrintedWord]:
        return [PrintedWord("neighbours", (pixels.shape[1] / 2 - 90, 300, 420, 340), 0.95)]

    assert len(page_halves(whole)) == 2
    assert page_halves(whole, read) == ()


def test_a_half_that_lacks_the_box_of_the_page_is_no_sheet() -> None:
    # Below the middle lie its own second table and its box.
    whole = registered("clean-en.png")
    half = as_polygon(rectangle(0, 0, *whole.page.image.pixels.shape[1::-1]))
    assert leaves_one_out(whole, half, whole, load_forms())
    assert not leaves_one_out(whole, half, replace(whole, collector_box=None), load_forms())


@pytest.mark.parametrize("piece", [False, True])
def test_ink_beside_the_sheet_that_is_part_of_none_is_told(
    piece: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The middle of another sheet, which is none: without the ends of its rows, nor its print.
    sheet = np.asarray(cv2.imread(str(SAMPLES / "scans" / "clean-en.png")), dtype=np.uint8)
    height, width = sheet.shape[:2]
    desk = np.full((height, round(1.5 * width), 3), 120, np.uint8)
    desk[:, :width] = sheet
    if piece:
        other = sheet[round(0.3 * height) :, round(0.3 * width) : round(0.7 * width)]
        desk[: len(other), -other.shape[1] :] = other
    around = Outline(rectangle(0, 0, width, height), 1.0)
    monkeypatch.setattr(sheetpages, "find_outlines", lambda _: (around,))
    (form,) = load_forms(["amnesty-canada-en"])
    ((found, _),) = sheets_on(PageImage(page_ref(), desk, 200.0), [form])
    assert len(found.rows) == 8
    assert ("ink-beside-sheet" in sheet_reasons(found, form, ())) == piece


@pytest.mark.parametrize("turn", [0.0, 4.0])
def test_a_sheet_that_is_small_in_a_photograph_is_looked_at_closer(
    turn: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheetpages, "find_outlines", lambda _: ())
    sheet = np.asarray(cv2.imread(str(SAMPLES / "scans" / "clean-en.png")), dtype=np.uint8)
    height, width = sheet.shape[:2]
    size = (2 * width, 2 * height)
    placed = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0)
    placed[:, 2] += (0.6 * width, 0.3 * height)
    desk = np.full((size[1], size[0], 3), 235, np.uint8)
    cv2.warpAffine(sheet, placed, size, desk, borderMode=cv2.BORDER_TRANSPARENT)
    ((found, _),) = sheets_on(PageImage(page_ref(), desk, None), load_forms())
    assert len(found.rows) == 8
    ((flat, _),) = sheets_on(PageImage(page_ref(), sheet, 200.0), load_forms())
    for one, other in zip(found.rows, flat.rows, strict=True):
        on_scan = apply_homography(inverse(found.page.page_from_scan), one.polygon)
        wanted = apply_homography(inverse(flat.page.page_from_scan), other.polygon)
        wanted = wanted @ placed[:, :2].T + placed[:, 2]
        assert convex_iou(on_scan, wanted) > 0.95
    # Nothing of the scale at which the whole picture would be shown is left.
    assert np.sqrt(abs(np.linalg.det(found.page.page_from_scan[:2, :2]))) > 0.7


def test_of_a_scan_that_tells_its_scale_a_small_table_is_small() -> None:
    rules = grid_rules((500, 700, 900, 1200), range(500, 1200, 80))
    page = rectified(blank(1700, 2200))
    small = register_page(page, rules, (), (), ())
    assert closer_look(replace(small, page=replace(page, image=replace(page.image, dpi=None))))
    assert not closer_look(replace(small, page=replace(page, image=replace(page.image, dpi=200.0))))


def test_folds_that_run_to_the_sheets_edges_do_not_cut_its_table() -> None:
    sheet = np.asarray(cv2.imread(str(SAMPLES / "scans" / "clean-en.png")), dtype=np.uint8)
    ((found, _),) = sheets_on(PageImage(page_ref(), sheet, 200.0), load_forms())
    height, width = found.page.gray.shape
    (left, top), _, (_, bottom), _ = found.rows[3].polygon
    folds = [across(y, 0, width) for y in (top + 31, bottom + 40)]
    folds += [down(x, 0, height) for x in (left + 130, left + 800)]
    assert sheetpages._is_whole_table(replace(found, rules=(*found.rules, *folds)))


@pytest.mark.parametrize("unread", ["box", "phrases"])
def test_a_sheet_beside_another_of_which_not_all_print_is_read_is_not_left_out(
    unread: str,
) -> None:
    # Two forms, of one of which a label or a phrase is nowhere on the paper.
    first, second = (
        np.asarray(cv2.imread(str(SAMPLES / "scans" / f"clean-{one}.png")), dtype=np.uint8)
        for one in ("en", "fr")
    )
    height = max(first.shape[0], second.shape[0])
    pair = [
        cv2.copyMakeBorder(one, 0, height - one.shape[0], 0, 0, cv2.BORDER_REPLICATE)
        for one in (first, second)
    ]
    image = PageImage(page_ref(), np.asarray(np.hstack(pair), dtype=np.uint8), 200.0)
    english, french = load_forms(["amnesty-canada-en", "amnesty-canada-fr"])
    if unread == "phrases":
        french = replace(french, phrases=("Des mots qui ne sont pas sur cette page",))
    else:
        assert french.box is not None
        other = tuple(replace(one, label=("Zq xkw vjy",)) for one in french.box.fields)
        french = replace(french, box=replace(french.box, title=("Zq xkw",), fields=other))
    found = sheets_on(image, (english, french))
    assert [one.form for one, _ in found] == [english.name, french.name]
    assert [len(one.rows) for one, _ in found] == [8, 7]


@pytest.mark.parametrize(
    "cuts",
    [
        pytest.param([(0, 0, 1, 0.62)], id="below some rows"),
        pytest.param([(0, 0, 0.7, 1)], id="through a column"),
        pytest.param([(0, 0, 1, 0.55), (0, 0.55, 1, 1)], id="into two"),
    ],
)
def test_an_outline_that_cuts_the_table_is_none(
    cuts: list[tuple[float, float, float, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The edge of a shadow may look like the sheet's.
    sheet = np.asarray(cv2.imread(str(SAMPLES / "scans" / "clean-en.png")), dtype=np.uint8)
    height, width = sheet.shape[:2]
    outlines = tuple(
        Outline(rectangle(a * width, b * height, c * width, d * height), 1.0) for a, b, c, d in cuts
    )
    monkeypatch.setattr(sheetpages, "find_outlines", lambda _: outlines)
    ((found, _),) = sheets_on(PageImage(page_ref(), sheet, 200.0), load_forms())
    assert len(found.rows) == 8
    assert [cell.column for cell in found.rows[0].cells][-1] == "contact"
    (_, _), (right, _), *_ = found.rows[7].polygon
    assert right > 0.85 * found.page.gray.shape[1]


def test_the_same_title_twice_tells_two_sheets_of_a_form_that_has_nothing_else() -> None:
    sheet = np.asarray(cv2.imread(str(SAMPLES / "scans" / "clean-en.png")), dtype=np.uint8)
    forms = [replace(f, phrases=(), box=None) for f in load_forms(["amnesty-canada-en"])]
    pair = PageImage(page_ref(), np.hstack([sheet, sheet]), 200.0)
    assert [len(one.rows) for one, _ in sheets_on(pair, forms)] == [8, 8]


def test_two_tables_under_one_title_are_one_sheet() -> None:
    blank = draw_plan(PLANS["twin-en"], system_fonts(), np.random.default_rng([3, 7]))
    form = load_forms([str(Path(__file__).parent / "forms" / "twin-en.toml")])[0]
    pixels = np.asarray(blank.pixels, dtype=np.uint8)
    color = pixels if pixels.ndim == 3 else np.repeat(pixels[:, :, None], 3, axis=2)
    page = PageImage(page_ref(), color, 200.0)
    found = sheets_on(page, [replace(form, phrases=(), box=None)])
    assert [len(one.rows) for one, _ in found] == [len(blank.rows)]
