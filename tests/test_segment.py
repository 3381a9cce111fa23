"""Tests of digitizer.segment on drawn tables, and on real ink where it is at hand."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import ink_pages
import numpy as np
import pytest
from ink_pages import EDGES, ROW_HEIGHT, TOP

from benchmarks.ink_sheets import draw_sheet
from digitizer.records import (
    BoxPlace,
    CellCrop,
    CellPlace,
    FieldKind,
    FieldSpec,
    InkState,
    Mark,
    Pixels,
    RegisteredPage,
    Rule,
    Signature,
)
from digitizer.segment import cut_cells, signature_state, struck_rows
from digitizer.writing.dotshade import is_shade
from digitizer.writing.printedrules import printed_rules
from scripts.sheets.fonts import FontSet
from scripts.sheets.scribes import InkScribe
from training.ink import Split

ROWS = 4


def _cut(gray: Pixels, **options: Any) -> dict[tuple[int | None, str], CellCrop]:
    crops = cut_cells(_register(gray, **options))
    return {(crop.row, crop.column): crop for crop in crops}


def _register(gray: Pixels, *, more: tuple[Rule, ...] = (), **options: Any) -> RegisteredPage:
    rules = [*ink_pages.table_rules(ROWS), *more]
    return ink_pages.register(gray, ROWS, rules, **options)


def _baseline(row: int) -> int:
    return TOP + (row - 1) * ROW_HEIGHT + 62


def _fill(gray: Pixels, row: int) -> None:
    for i, letters in enumerate((10, 15, 7, 11)):
        ink_pages.write(gray, EDGES[i] + 20, _baseline(row), letters)


def test_every_cell_gives_a_crop_and_blank_ones_are_empty() -> None:
    cells = _cut(ink_pages.table(ROWS))
    assert len(cells) == ROWS * 4
    assert {crop.ink for crop in cells.values()} == {InkState.EMPTY}
    assert all(crop.lines == () and crop.mark is Mark.NONE for crop in cells.values())


def test_a_page_without_rows_gives_no_crops() -> None:
    page = ink_pages.register(ink_pages.paper(300, 300), 0, [])
    assert cut_cells(page) == ()
    assert struck_rows(page, ()) == {}


def test_written_cells_are_written_and_the_others_are_not() -> None:
    gray = ink_pages.table(ROWS)
    _fill(gray, 2)
    for (row, _), crop in _cut(gray).items():
        assert crop.ink is (InkState.WRITTEN if row == 2 else InkState.EMPTY)
        assert crop.ink_confidence > 0.9


def test_a_crop_says_where_it_lies_on_the_page() -> None:
    gray = ink_pages.table(ROWS)
    _fill(gray, 1)
    for crop in _cut(gray).values():
        left, top, right, bottom = crop.box
        assert crop.clean.shape == (bottom - top, right - left)
        ink = crop.clean < 120
        assert (gray[top:bottom, left:right][ink] < 200).all()


def test_pictures_do_not_hold_on_to_the_page() -> None:
    page = _register(ink_pages.table(ROWS))
    assert not any(np.shares_memory(c.picture, page.page.color) for c in cut_cells(page))


def test_cut_cells_does_not_write_into_the_page() -> None:
    gray = ink_pages.table(ROWS)
    _fill(gray, 1)
    before = gray.copy()
    page = _register(gray)
    struck_rows(page, cut_cells(page))
    assert (page.page.gray == before).all()


def test_a_tail_over_the_ruling_leaves_the_cell_below_empty() -> None:
    gray = ink_pages.table(ROWS)
    x, y = EDGES[0] + 60, TOP + ROW_HEIGHT
    ink_pages.write(gray, x - 30, y - 10, 6)
    ink_pages.stroke(gray, [(x, y - 24), (x, y + 18), (x - 10, y + 20)], thick=2)
    cells = _cut(gray)
    assert cells[1, "name"].ink is InkState.WRITTEN
    assert cells[2, "name"].ink is InkState.EMPTY
    assert cells[1, "name"].lines[0].box[3] + cells[1, "name"].box[1] >= y + 15


def test_rulings_traced_three_px_off_are_still_taken_out() -> None:
    gray = ink_pages.table(ROWS)
    rules = [
        Rule(r.points + (3, -3), r.horizontal, r.thickness_px, r.support)
        for r in ink_pages.table_rules(ROWS)
    ]
    crops = cut_cells(ink_pages.register(gray, ROWS, rules))
    assert {crop.ink for crop in crops} == {InkState.EMPTY}


def test_borders_that_were_not_traced_are_taken_out_all_the_same() -> None:
    gray = ink_pages.table(ROWS)
    rules = ink_pages.table_rules(ROWS)
    left = Rule(rules[-3].points[20:], False, 2.0, 0.9)  # its upper half was missed
    crops = cut_cells(ink_pages.register(gray, ROWS, [*rules[2:-3], left, *rules[-2:]]))
    assert {crop.ink for crop in crops} == {InkState.EMPTY}


def test_captions_are_taken_out() -> None:
    gray = ink_pages.table(ROWS)
    x, y = EDGES[0] + 8, TOP + 24
    cv2.putText(gray, "Name", (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 20, 2)
    box = (float(x), float(y - 16), float(x + 64), float(y + 4))
    assert _cut(gray)[1, "name"].ink is InkState.WRITTEN
    assert _cut(gray, captions=(box,))[1, "name"].ink is InkState.EMPTY


def test_ditto_marks_are_marked() -> None:
    gray = ink_pages.table(ROWS)
    x, y = EDGES[1] + 150, TOP + ROW_HEIGHT + 50
    for shift in (0, 11):
        ink_pages.stroke(gray, [(x + shift, y - 10), (x + shift - 3, y + 10)])
    crop = _cut(gray)[2, "address"]
    assert crop.ink is InkState.WRITTEN
    assert crop.mark is Mark.DITTO


@pytest.mark.parametrize("written", [0, 2])
def test_ditto_marks_as_small_as_dust_are_looked_at_in_a_signers_row(written: int) -> None:
    gray = ink_pages.table(ROWS)
    x, y = EDGES[1] + 150, TOP + ROW_HEIGHT + 50
    for shift in (0, 6):
        gray[y - 4 : y + 4, x + shift : x + shift + 2] = 60
    for column in range(written):
        ink_pages.write(gray, EDGES[3 * column] + 40, y + 10, 6)
    crop = _cut(gray)[2, "address"]
    if written:
        assert (crop.ink, crop.mark) == (InkState.LOOK, Mark.DITTO)
    else:
        assert crop.ink is InkState.EMPTY


def test_a_strike_that_was_traced_as_a_ruling_is_kept_and_found() -> None:
    gray = ink_pages.table(ROWS)
    for row in (1, 2, 3):
        _fill(gray, row)
    y = _baseline(2) - 8
    ink_pages.stroke(gray, [(EDGES[0] + 10, y), (EDGES[-1] - 20, y)])
    pen = ink_pages.rule(EDGES[0] + 10, y, EDGES[-1] - 20, y, 3.0)
    page = _register(gray, more=(pen,))
    struck = struck_rows(page, cut_cells(page))
    assert struck.get(2, 0.0) >= 0.5
    assert set(struck) == {2}


def test_a_fold_of_the_paper_is_no_strike() -> None:
    gray = ink_pages.table(ROWS)
    for row in (1, 2, 3):
        _fill(gray, row)
    y = _baseline(2) - 8
    cv2.line(gray, (0, y), (gray.shape[1], y), 190, 4)
    fold = ink_pages.rule(0, y, gray.shape[1] - 1, y, 4.0)
    page = _register(gray, more=(fold,))
    assert struck_rows(page, cut_cells(page)) == {}


def test_a_border_that_only_a_fold_beside_it_hides_is_no_writing() -> None:
    gray = ink_pages.table(ROWS)
    low = TOP + ROWS * ROW_HEIGHT
    cv2.line(gray, (0, low + 5), (gray.shape[1], low + 5), 200, 2)
    fold = ink_pages.rule(0, low + 5, gray.shape[1] - 1, low + 5, 2.0)
    seen = [r for r in ink_pages.table_rules(ROWS) if not r.horizontal or r.points[0, 1] != low]
    cells = cut_cells(ink_pages.register(gray, ROWS, [*seen, fold]))
    assert {crop.ink for crop in cells if crop.row == ROWS} == {InkState.EMPTY}


def test_guide_lines_in_every_row_are_rulings() -> None:
    gray = ink_pages.table(ROWS)
    lines = []
    for row in range(ROWS):
        y = TOP + row * ROW_HEIGHT + 50
        cv2.line(gray, (EDGES[0], y), (EDGES[-1], y), 120, 1)
        lines.append(ink_pages.rule(EDGES[0], y, EDGES[-1], y, 1.0))
    _fill(gray, 1)
    page = _register(gray, more=tuple(lines))
    assert len(printed_rules(page.rules, page.rows)) == len(page.rules)
    crops = cut_cells(page)
    assert struck_rows(page, crops) == {}
    assert {c.ink for c in crops if c.row != 1} == {InkState.EMPTY}


def test_the_foot_of_joined_writing_beside_a_border_is_no_ruling() -> None:
    page = _register(ink_pages.table(ROWS))
    y = TOP + 2 * ROW_HEIGHT - 10
    foot = ink_pages.rule(EDGES[1] + 20, y, EDGES[1] + 160, y, 4.0)
    written, printed = replace(foot, support=0.8), replace(foot, support=1.0)
    assert len(printed_rules((*page.rules, written), page.rows)) == len(page.rules)
    assert printed_rules((*page.rules, printed), page.rows)[-1] is printed
    lines = tuple(replace(written, points=foot.points + (0, k * ROW_HEIGHT)) for k in (-1, 0, 1))
    assert len(printed_rules((*page.rules, *lines), page.rows)) == len(page.rules) + len(lines)


def test_what_was_scribbled_over_is_no_part_of_the_line() -> None:
    gray = ink_pages.table(ROWS)
    x, y = EDGES[1] + 40, TOP + 60
    ink_pages.stroke(gray, [(x + 2.5 * i, y - 28 * (i % 2)) for i in range(24)], thick=3)
    ink_pages.write(gray, x + 110, y, 8)
    cell = _cut(gray)[1, "address"]
    (line,) = cell.lines
    assert cell.mark is Mark.STRUCK
    assert line.box[0] > 110


def test_a_line_down_one_cell_is_no_ruling() -> None:
    gray = ink_pages.table(ROWS)
    x = EDGES[1] + 200
    ink_pages.stroke(gray, [(x, TOP + 110), (x, TOP + 190)])
    pen = ink_pages.rule(x, TOP + 110, x, TOP + 190, 3.0)
    crop = _cut(gray, more=(pen,))[2, "address"]
    assert crop.mark is Mark.DITTO


def test_a_streak_of_the_scanner_runs_on_below_the_rows_and_is_no_pens() -> None:
    x, top, below = EDGES[2] + 100, TOP + ROW_HEIGHT + 20, TOP + ROWS * ROW_HEIGHT
    page = _register(ink_pages.table(ROWS))
    streak = ink_pages.rule(x, top, x, below + 300, 2.0)
    pen = ink_pages.rule(x, top, x, below - 20, 2.0)
    assert printed_rules((streak, pen), page.rows) == (streak,)


def test_two_lines_of_an_address_are_two_lines() -> None:
    gray = ink_pages.table(ROWS)
    ink_pages.write(gray, EDGES[1] + 20, TOP + 40, 15)
    ink_pages.write(gray, EDGES[1] + 30, TOP + 82, 12)
    assert len(_cut(gray)[1, "address"].lines) == 2


def test_collector_box_fields_have_no_row() -> None:
    gray = ink_pages.table(ROWS)
    top = TOP + ROWS * ROW_HEIGHT + 40
    ink_pages.write(gray, 120, top + 40, 9)
    spec = (FieldSpec("collector_name", FieldKind.NAME),)
    places = (
        CellPlace("collector_name", spec, ink_pages.box(100, top, 500, top + 60)),
        CellPlace("event_location", spec, ink_pages.box(600, top, 1000, top + 60)),
    )
    box = BoxPlace(ink_pages.box(90, top, 1010, top + 60), places)
    cells = _cut(gray, collector=box)
    assert cells[None, "collector_name"].ink is InkState.WRITTEN
    assert cells[None, "event_location"].ink is InkState.EMPTY


@pytest.mark.parametrize(
    ("draw", "state"),
    [
        ("nothing", Signature.ABSENT),
        ("ditto", Signature.ABSENT),
        ("speck", Signature.UNCLEAR),
        ("name", Signature.PRESENT),
    ],
)
def test_signatures(draw: str, state: Signature) -> None:
    gray = ink_pages.table(ROWS)
    x, y = EDGES[2] + 90, TOP + 50
    if draw == "ditto":
        for shift in (0, 11):
            ink_pages.stroke(gray, [(x + shift, y - 10), (x + shift - 3, y + 10)])
    elif draw == "speck":
        cv2.ellipse(gray, (x, y), (3, 4), 0, 0, 360, 60, 2)
    elif draw == "name":
        ink_pages.write(gray, x - 40, y + 10, 7)
    found, sure = signature_state(_cut(gray)[1, "signature"])
    assert found is state
    assert 0.5 <= sure <= 1.0


@pytest.mark.parametrize(("down", "state"), [(3, Signature.UNCLEAR), (14, Signature.PRESENT)])
def test_ink_that_hugs_the_ruling_above_is_no_sure_signature(down: int, state: Signature) -> None:
    """The foot of a loop of the signature above, of which the ruling hid how it goes on."""
    gray = ink_pages.table(ROWS)
    _fill(gray, 2)
    x, y = EDGES[2], TOP + ROW_HEIGHT
    gray[y + 3 : y + ROW_HEIGHT - 3, x + 3 : EDGES[3] - 3] = 255
    arc = [(x + 20 + 6 * n, y + down + 2 + round(9 * np.sin(np.pi * n / 12))) for n in range(13)]
    ink_pages.stroke(gray, arc, thick=3)
    assert signature_state(_cut(gray)[2, "signature"])[0] is state


def test_the_end_of_the_line_before_it_alone_in_its_cell_is_no_sure_signature() -> None:
    gray = ink_pages.table(ROWS)
    base = _baseline(1)
    # Letters before the ruling, and two more behind it, at one pace.
    for number in range(-8, 2):
        x = EDGES[2] + 8 + 22 * number
        ink_pages.stroke(gray, [(x, base), (x, base - 26), (x + 10, base - 26), (x + 10, base)])
    cells = _cut(gray)
    assert signature_state(cells[1, "signature"])[0] is Signature.UNCLEAR
    assert cells[1, "address"].lines[0].box[2] + cells[1, "address"].box[0] > EDGES[2] + 38
    assert cells[1, "address"].border_doubt == 1.0


@pytest.mark.parametrize("paler", [150, 175])
def test_a_signature_of_a_paler_pen_than_the_others_is_present(paler: int) -> None:
    gray = ink_pages.table(ROWS)
    for row in range(1, ROWS):
        ink_pages.write(gray, EDGES[2] + 20, TOP + row * ROW_HEIGHT + 60, 6, gray=20)
    ink_pages.write(gray, EDGES[2] + 50, TOP + 60, 7, gray=paler)
    assert signature_state(_cut(gray)[1, "signature"])[0] is Signature.PRESENT


@pytest.mark.parametrize("density", [0.12, 0.2, 0.3])
def test_dots_of_a_copied_gray_are_no_signature(density: float) -> None:
    random, rows = np.random.default_rng(1), 4
    gray = ink_pages.table(rows)
    for row in range(rows):
        y = TOP + row * ROW_HEIGHT
        zone = gray[y + 3 : y + ROW_HEIGHT - 3, EDGES[0] + 3 : EDGES[-1] - 3]
        zone[random.random(zone.shape) < density] = 0
    ink_pages.write(gray, EDGES[2] + 20, TOP + ROW_HEIGHT - 30, 6, gray=0)
    page = ink_pages.register(gray, rows, ink_pages.table_rules(rows))
    signed = {c.row: signature_state(c)[0] for c in cut_cells(page) if c.column == "signature"}
    assert signed.pop(1) is Signature.PRESENT
    assert Signature.PRESENT not in signed.values()


def test_a_cell_full_of_pale_dots_is_shade_and_with_a_stroke_or_half_empty_is_not() -> None:
    random = np.random.default_rng(2)
    ink = random.random((80, 300)) < 0.3
    shown = np.where(ink, 200, 255).astype(np.uint8)
    assert is_shade(ink, shown, signature=False)
    dark = np.where(ink, 30, 255).astype(np.uint8)
    assert not is_shade(ink, dark, signature=False) and is_shade(ink, dark, signature=True)
    written = shown.copy()
    written[40:42, 60:200] = 90
    assert not is_shade(ink | (written == 90), written, signature=False)
    half = ink.copy()
    half[:, 150:] = False
    assert not is_shade(half, shown, signature=True)
    assert not is_shade(ink[:9, :9], shown[:9, :9], signature=True)


def test_states_of_cells_with_real_ink_are_right(handwriting: Path, fonts: FontSet) -> None:
    scribe = InkScribe(handwriting, Split.TEST)
    right = []
    for number, look in enumerate(("clean", "faint", "noisy", "jpeg")):
        sheet = draw_sheet(scribe, fonts, np.random.default_rng((3, number)), look)
        for crop in cut_cells(sheet.registered):
            if crop.row is not None and crop.row not in sheet.struck:
                truth = sheet.cells[crop.row, crop.column]
                right.append((crop.ink is InkState.WRITTEN) == truth.written)
    assert np.mean(right) >= 0.98
