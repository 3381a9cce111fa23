"""Rows whose lines a copy lost: their number from what is written between first and last line."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import across, blank, down, grid_rules, rectified, words_at

from digitizer import pipeline
from digitizer.assemble import geometry, sheet_reasons
from digitizer.forms.forms import Form, load_forms, parse_form
from digitizer.layout.rows import lostrows
from digitizer.layout.rows.lostrows import find_lost_rows
from digitizer.layout.rows.rowcount import clear_count
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.tables import find_tables
from digitizer.records import (
    NO_EDIT,
    ColumnEdit,
    Finding,
    PageEdit,
    PageTask,
    Pixels,
    Polygon,
    PrintedWord,
    RegisteredPage,
    RowStatus,
    Rule,
    SheetStatus,
    SpaceEdit,
)
from digitizer.registration import register_lost_rows, register_page
from digitizer.review import gridlines
from digitizer.sheets import sheetpages

WIDTH, HEIGHT = 1700, 2200
LEFT, RIGHT, TOP, BOTTOM = 100.0, 1600.0, 700.0, 1510.0
SIDES = (100.0, 520.0, 1000.0, 1250.0, 1600.0)
HEADS = ("Name (please print)", "Address (include postal code)", "Signature", "Phone and email")


def frame(*inner: float) -> list[Rule]:
    """The first line, the last, and what is left between them."""
    return [across(y, LEFT, RIGHT) for y in (TOP, *inner, BOTTOM)]


def write(page: Pixels, x: float, y: float, letters: int, random: np.random.Generator) -> None:
    """Letters of 3 mm on a line, as strokes."""
    for n in range(letters):
        left, high = round(x + 26 * n), round(y + random.uniform(-3, 3))
        page[high - 20 : high, left : left + 4] = 40
        page[high - 12 : high - 8, left : left + int(random.integers(8, 18))] = 40


def filled(
    rows: int, written: Sequence[int], *, bottom: float = BOTTOM, two_lines: bool = False
) -> Pixels:
    """A page with writing in some rows (from 0) of so many between the first and last line."""
    page, random = blank(WIDTH, HEIGHT), np.random.default_rng(rows)
    pitch = (bottom - TOP) / rows
    for row in written:
        middle = TOP + pitch * (row + 0.5)
        for n, left in enumerate(SIDES[:-1]):
            letters = int(random.integers(4, 9))
            if two_lines and n in (1, 3):
                write(page, left + 15, middle - 0.03 * pitch, letters, random)
                write(page, left + 15, middle + 0.4 * pitch, letters - 1, random)
            else:
                off = float(random.uniform(-0.1, 0.15)) * pitch
                write(page, left + random.uniform(8, 30), middle + 10 + off, letters, random)
    return page


def counts(rules: Sequence[Rule], page: Pixels) -> list[int]:
    return [len(lines) - 1 for lines in find_lost_rows(rules, page)]


@pytest.mark.parametrize("rows", [5, 6, 8, 9, 12, 15, 18])
def test_as_many_rows_as_the_writing_tells(rows: int) -> None:
    (lines,) = find_lost_rows(frame(), filled(rows, range(rows)))
    wanted = np.linspace(TOP, BOTTOM, rows + 1)
    assert [rule_at(line, 800) for line in lines] == pytest.approx(wanted, abs=0.5)
    assert [line.support > 0 for line in lines] == [True, *[False] * (rows - 1), True]


@pytest.mark.parametrize("rows", [6, 9, 12])
def test_two_lines_of_writing_in_a_row_are_one_row(rows: int) -> None:
    assert counts(frame(), filled(rows, range(rows), two_lines=True)) == [rows]


def test_rows_that_nobody_filled_count_as_well() -> None:
    assert counts(frame(), filled(10, range(5))) == [10]
    assert counts(frame(), filled(10, (0, 1, 3, 4, 8))) == [10]


def test_nothing_is_said_where_little_is_written_or_nothing() -> None:
    assert counts(frame(), blank(WIDTH, HEIGHT)) == []
    assert counts(frame(), filled(9, (3, 4))) == []
    dust, random = blank(WIDTH, HEIGHT), np.random.default_rng(3)
    dust[random.integers(700, 1500, 4000), random.integers(100, 1600, 4000)] = 0
    assert counts(frame(), dust) == []


def test_writing_without_rows_tells_no_number() -> None:
    """Lines of a letter, of several heights, and scattered words."""
    for seed in range(6):
        page, random = blank(WIDTH, HEIGHT), np.random.default_rng(seed)
        for _ in range(60):
            x, y = random.uniform(LEFT + 10, RIGHT - 250), random.uniform(TOP + 30, BOTTOM - 10)
            write(page, x, y, 8, random)
        assert counts(frame(), page) == []


@pytest.mark.parametrize("share", [0.35, 0.5, 0.65])
def test_a_last_line_that_is_not_the_tables_gives_no_rows(share: float) -> None:
    """A part of a row more than the writing goes with: of the box below, of a frame."""
    rows = 9
    pitch = (BOTTOM - TOP) / (rows + share)
    page = filled(rows, range(rows), bottom=TOP + rows * pitch)
    assert counts(frame(), page) == []


def test_lines_that_are_left_must_lie_on_the_rows() -> None:
    page = filled(9, range(9))
    pitch = (BOTTOM - TOP) / 9
    assert 9 in counts(frame(TOP + 3 * pitch), page)
    assert 9 not in counts(frame(TOP + 3.4 * pitch), page)


def test_lines_of_another_length_bound_nothing() -> None:
    rules = [across(TOP, LEFT, RIGHT), across(BOTTOM, LEFT + 200, RIGHT)]
    assert counts(rules, filled(9, range(9))) == []


def test_rows_begin_where_the_columns_rulings_do_under_a_shaded_head() -> None:
    rules = [across(BOTTOM, LEFT, RIGHT), *(down(x, TOP, BOTTOM) for x in SIDES)]
    (lines,) = find_lost_rows(rules, filled(9, range(9)))[:1]
    assert len(lines) == 10 and rule_at(lines[0], 800) == pytest.approx(TOP, abs=1)
    # Two rulings that begin together say nothing.
    assert counts(rules[:3], filled(9, range(9))) == []


def test_rows_lean_with_their_lines() -> None:
    page = filled(9, range(9))
    rules = [Rule(np.array([[LEFT, y - 4], [RIGHT, y + 4]]), True, 2.0, 1.0) for y in (TOP, BOTTOM)]
    (lines,) = find_lost_rows(rules, page)
    assert rule_at(lines[4], RIGHT) - rule_at(lines[4], LEFT) == pytest.approx(8, abs=0.1)


def shaded(page: Pixels, rows: int, share: float, *, seed: int = 1) -> Pixels:
    """The page with dots over so much of every other row: the gray of a band in black and white."""
    random = np.random.default_rng(seed)
    edges = np.linspace(TOP, BOTTOM, rows + 1).round().astype(int)
    for top, bottom in list(pairwise(edges.tolist()))[::2]:
        dots = random.random((bottom - top, int(RIGHT - LEFT))) < share
        page[top:bottom, int(LEFT) : int(RIGHT)][dots] = 0
    return page


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("rows", [6, 9, 12])
def test_dots_of_bands_tell_the_rows(rows: int, share: float) -> None:
    assert counts(frame(), shaded(filled(rows, (1, 2)), rows, share)) == [rows]


def test_bands_that_are_none_of_the_tables_or_do_not_go_with_the_writing_tell_nothing() -> None:
    pitch = (BOTTOM - TOP) / 9
    below = [across(TOP, LEFT, RIGHT), across(BOTTOM + 0.5 * pitch, LEFT, RIGHT)]
    assert counts(below, shaded(blank(WIDTH, HEIGHT), 9, 0.05)) == []
    assert counts(frame(), shaded(filled(9, range(9)), 7, 0.05)) == []
    assert counts(frame(), shaded(filled(9, range(9)), 9, 0.05)) == [9]


def numbered(page: Pixels, rows: Sequence[int], x: int = 112) -> Pixels:
    """The page with a printed mark at the left of some of nine rows."""
    for row in rows:
        y = round(TOP + (row + 0.4) * (BOTTOM - TOP) / 9)
        page[y - 10 : y + 10, x : x + 8] = 40
    return page


def test_row_numbers_tell_where_the_writing_does_not() -> None:
    assert counts(frame(), numbered(filled(9, (3,)), range(9))) == [9]
    # Without the first ones they are no numbers of rows, or none of this table's.
    assert counts(frame(), numbered(filled(9, (3,)), range(2, 9))) == []


def test_the_clear_number_of_rows() -> None:
    assert clear_count({5: 0.02 + 0j, 6: 0.5 + 0j, 7: 0.1 + 0j}, 3) == 6
    # Twice as many swing more: two lines of writing in a row. Half as many swing not at all.
    assert clear_count({6: 0.3 + 0j, 7: 0.1 + 0j, 12: 0.45 + 0j}, 3) == 6
    assert clear_count({6: 0.05 + 0j, 7: 0.1 + 0j, 12: 0.45 + 0j}, 3) == 12
    # Too little, out of step, another number nearly as good, too few rows.
    assert clear_count({5: 0j, 6: 0.15 + 0j, 7: 0j}, 3) is None
    assert clear_count({5: 0j, 6: 0.3 + 0.5j, 7: 0j}, 3) is None
    assert clear_count({5: 0j, 6: 0.5 + 0j, 7: 0.45 + 0j}, 3) is None
    assert clear_count({2: 0.9 + 0j}, 3) is None
    assert clear_count({2: 0.9 + 0j, 3: 0.5 + 0j}, 3) is None


# --- of a page -----------------------------------------------------------------


def definition(*, box: bool = False) -> Form:
    columns = [
        {"name": f"c{n}", "header": [head], "fields": [{"name": f"f{n}", "kind": "text"}]}
        for n, head in enumerate(HEADS, start=1)
    ]
    data: dict[str, Any] = {
        "form": {"name": "ferry", "phrases": ["keep the ferry"]},
        "table": {"columns": columns},
    }
    if box:
        label = {"name": "who", "kind": "text", "label": ["Collected by:"]}
        data["collector_box"] = {"title": ["COLLECTOR"], "fields": [label]}
    return parse_form(data, source="ferry.toml")


def heads(*, but: str = "") -> list[PrintedWord]:
    said = [w for x, h in zip(SIDES, HEADS, strict=False) for w in words_at(x + 10, TOP - 40, h)]
    letter = words_at(LEFT, 300, "Please keep the ferry", height=30)
    return [w for w in (*letter, *said) if w.text != but]


def unknown(page: Pixels, words: Sequence[PrintedWord], rules: Sequence[Rule]) -> RegisteredPage:
    """The page as it is without the rows: of no known form."""
    found = register_page(rectified(page), rules, (), words, (definition(),), NO_EDIT)
    assert found.form is None and not found.rows_guessed
    return found


def read_nothing(pixels: Pixels) -> tuple[PrintedWord, ...]:
    del pixels
    return ()


def test_a_page_is_known_by_its_heads_and_such_rows_and_says_so() -> None:
    page, rules = filled(9, range(7)), frame()
    before = unknown(page, heads(), rules)
    found = register_lost_rows(before, (definition(),), read_nothing)
    assert found is not None and found.form == "ferry" and found.failure is None
    assert found.rows_guessed and found.residual_mm is None
    assert [row.row for row in found.rows] == list(range(1, 10))
    assert [cell.column for cell in found.rows[0].cells] == ["c1", "c2", "c3", "c4"]
    sides = [found.rows[0].cells[0].polygon[0][0], *(c.polygon[1][0] for c in found.rows[0].cells)]
    assert sides == pytest.approx(SIDES, abs=15)
    assert "rows-guessed" in sheet_reasons(found, definition(), ())
    assert "rows-guessed" not in sheet_reasons(replace(found, rows_guessed=False), definition(), ())


BELOW = "Please keep the ferry"


def without_lines(rows: int, page: Pixels, *, below: bool = True) -> RegisteredPage:
    """A page with heads over so many rows, nothing but writing, and the form's print below."""
    foot = words_at(LEFT, BOTTOM + 40, BELOW, height=24) if below else []
    words = [*[w for w in heads() if w.box[1] > 400], *foot]
    return unknown(page, words, ())


@pytest.mark.parametrize("rows", [7, 9, 11])
@pytest.mark.parametrize("two_lines", [False, True])
def test_writing_alone_tells_rows_between_heads_and_print_below(rows: int, two_lines: bool) -> None:
    page = filled(rows, range(rows - 1), two_lines=two_lines)
    found = register_lost_rows(without_lines(rows, page), (definition(),), read_nothing)
    assert found is not None and found.rows_guessed
    pitch = (BOTTOM - TOP) / rows
    assert len(found.rows) == rows - 1  # to the last one that is written in
    tops_found = [row.polygon[0][1] for row in found.rows]
    assert tops_found == pytest.approx(TOP + pitch * np.arange(rows - 1), abs=0.15 * pitch)
    # All that is written lies within.
    assert found.rows[0].polygon[0][0] <= 110 and found.rows[0].polygon[1][0] >= 1400


def test_writing_alone_says_nothing_of_few_rows_or_without_print_below() -> None:
    few = without_lines(9, filled(9, range(4)))
    assert register_lost_rows(few, (definition(),), read_nothing) is None
    later = without_lines(9, filled(9, range(3, 9)))
    assert register_lost_rows(later, (definition(),), read_nothing) is None
    endless = without_lines(9, filled(9, range(9)), below=False)
    assert register_lost_rows(endless, (definition(),), read_nothing) is None
    empty = without_lines(9, blank(WIDTH, HEIGHT))
    assert register_lost_rows(empty, (definition(),), read_nothing) is None


def test_numbers_go_on_where_nobody_wrote_and_tell_rows_alone() -> None:
    for written in (range(6), (), (2, 5)):
        page = numbered(filled(9, written), range(9), x=60)
        found = register_lost_rows(without_lines(9, page), (definition(),), read_nothing)
        assert found is not None and found.rows_guessed and len(found.rows) == 9
        pitch = (BOTTOM - TOP) / 9
        wanted = TOP + pitch * np.arange(9)
        assert [row.polygon[0][1] for row in found.rows] == pytest.approx(wanted, abs=0.15 * pitch)
    # Without the first ones they may be anything.
    page = numbered(blank(WIDTH, HEIGHT), range(3, 9), x=60)
    assert register_lost_rows(without_lines(9, page), (definition(),), read_nothing) is None


# --- rows of a ruled table -----------------------------------------------------


def ruled(*lines: float, page: Pixels, edit: PageEdit = NO_EDIT) -> RegisteredPage:
    """A page of a table with rulings down and these across, the first above its heads."""
    ys = (TOP - 60, TOP, *lines, BOTTOM)
    rules, words = grid_rules(SIDES, ys), heads()
    tables = find_tables(rules, (HEIGHT, WIDTH))
    return register_page(rectified(page), rules, tables, words, (definition(),), edit)


def tops(found: RegisteredPage) -> list[float]:
    return [row.polygon[0][1] for row in found.rows]


def test_a_table_of_which_all_lines_between_rows_are_lost_is_divided() -> None:
    found = ruled(page=filled(9, range(8)))
    assert found.form == "ferry" and found.rows_guessed
    assert tops(found) == pytest.approx(np.linspace(TOP, BOTTOM, 10)[:9], abs=1)
    # Where nothing tells how it makes no row: it was one of 100 mm before.
    unclear = ruled(page=filled(9, (3,)))
    assert unclear.form is None and unclear.rows == ()


@pytest.mark.parametrize("written", [0, 1, 3])
def test_a_high_row_that_holds_one_signers_writing_may_be_one(written: int) -> None:
    low = TOP + 400  # 51 mm
    rules = grid_rules(SIDES, (TOP - 60, TOP, low))
    page = filled(written or 1, range(written), bottom=low)
    tables = find_tables(rules, (HEIGHT, WIDTH))
    found = register_page(rectified(page), rules, tables, heads(), (definition(),))
    assert len(found.rows) == max(1, written)
    assert found.rows_guessed == (written > 0)


@pytest.mark.parametrize("kept", [True, False])
def test_a_page_of_two_tables_is_unknown_where_the_rows_of_one_cannot_be_told(kept: bool) -> None:
    first, second = np.linspace(400, 900, 7), np.linspace(1060, 2000, 9)
    page = blank(WIDTH, HEIGHT)
    random = np.random.default_rng(3)
    for line in range(2):  # far apart: two signers' or more
        write(page, SIDES[0] + 20, 1300 + 470 * line, 6, random)
    below = second if kept else second[[0, -1]]
    rules = grid_rules(SIDES, tuple(first)) + grid_rules(SIDES, (1000.0, *below))
    words = [
        word
        for top in (first[1], 1060)
        for x, head in zip(SIDES, HEADS, strict=False)
        for word in words_at(x + 10, top - 40, head)
    ]
    tables = find_tables(rules, (HEIGHT, WIDTH))
    found = register_page(rectified(page), rules, tables, words, (definition(),))
    assert (found.form == "ferry") == kept
    assert len(found.rows) == (5 + 8 if kept else 0)


@pytest.mark.parametrize("line", [4, 5, 6])
def test_a_line_below_which_rows_go_on_is_not_the_last(line: int) -> None:
    pitch = (BOTTOM - TOP) / 9
    page = filled(9, range(9))
    lines = [across(y, LEFT, RIGHT) for y in (TOP, TOP + line * pitch)]
    assert find_lost_rows(lines, page) == ()
    whole = find_lost_rows([*lines, across(BOTTOM, LEFT, RIGHT)], page)
    assert len(whole[0]) == 10


def test_millimetre_paper_and_lined_paper_have_no_lost_rows() -> None:
    for pitch in (16, 62):
        lines = [across(float(y), LEFT, RIGHT) for y in range(200, 2100, pitch)]
        assert find_lost_rows(lines, filled(9, range(9))) == ()


def test_rows_between_which_lines_are_lost_are_as_high_as_the_others() -> None:
    pitch = (BOTTOM - TOP) / 9
    found = ruled(TOP + pitch, TOP + 2 * pitch, TOP + 3 * pitch, page=filled(9, range(8)))
    assert found.rows_guessed and len(found.rows) == 9
    assert tops(found) == pytest.approx(np.linspace(TOP, BOTTOM, 10)[:9], abs=1)


@pytest.mark.parametrize("seen", [(3, 4, 7), (3, 4), (1, 5), (5, 7)])
def test_of_lines_that_bound_no_even_rows_none_leaves_signers_out(seen: tuple[int, ...]) -> None:
    """The first three rows were taken for one, and what stands below them for a footer."""
    pitch = (BOTTOM - TOP) / 9
    found = ruled(*(TOP + k * pitch for k in seen), page=filled(9, range(8)))
    assert found.rows_guessed
    assert tops(found) == pytest.approx(np.linspace(TOP, BOTTOM, 10)[:9], abs=1)


def test_rows_below_those_whose_number_nothing_tells_make_the_page_unknown() -> None:
    pitch = (BOTTOM - TOP) / 8
    unclear = ruled(*(TOP + k * pitch for k in (3, 4, 7)), page=filled(8, (3,)))
    assert unclear.form is None and unclear.rows == ()


@pytest.mark.parametrize("high", [180, 250])
@pytest.mark.parametrize("told", [False, True], ids=["empty", "written in"])
def test_few_high_rows_above_a_lower_foot_stay_and_are_doubted_where_it_is_written_in(
    high: int, told: bool
) -> None:
    page, random = blank(WIDTH, HEIGHT), np.random.default_rng(5)
    count = int((BOTTOM - TOP) // high)
    edges = [TOP + high * n for n in range(count + 1)]
    for top in edges[: count + told]:
        write(page, SIDES[1] + 20, top + 60, 6, random)
    found = ruled(*edges[1:], page=page)
    assert tops(found) == pytest.approx(edges[:-1], abs=1)
    assert found.rows_guessed == told


@pytest.mark.parametrize("seen", [(1, 3, 6), (3, 4, 6), (3, 6, 7)])
def test_lines_across_high_rows_are_no_strikes(seen: tuple[int, ...]) -> None:
    pitch = (BOTTOM - TOP) / 9
    found = ruled(*(TOP + k * pitch for k in seen), page=filled(9, range(8)))
    assert found.rows_guessed and len(found.rows) == 9


def test_a_table_whose_rows_nobody_can_tell_has_none_beside_a_box(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The page failed with an error."""
    (boxed,) = load_forms(["amnesty-canada-en"])
    assert boxed.box is not None
    rules = grid_rules(SIDES, (TOP - 60, TOP, TOP + 900))
    page = filled(9, range(9), bottom=TOP + 900)
    monkeypatch.setattr(lostrows, "row_count", lambda *_: None)
    said = [label for field in boxed.box.fields for label in field.label]
    words = [w for n, one in enumerate(said) for w in words_at(200, TOP + 1000 + 60 * n, one)]
    tables = find_tables(rules, (HEIGHT, WIDTH))
    form = replace(definition(), box=boxed.box)
    found = register_page(rectified(page), rules, tables, [*heads(), *words], (form,))
    assert found.rows == ()


def test_every_third_line_that_is_left_bounds_no_rows_of_signers() -> None:
    """Nine signers were three, without a word."""
    low = TOP + 9 * 85
    rules = grid_rules(SIDES, (TOP - 60, TOP, TOP + 255, TOP + 510, low))
    tables = find_tables(rules, (HEIGHT, WIDTH))
    for written, rows in ((range(9), 9), ((1, 4, 7), 3)):
        page = filled(9, written, bottom=low)
        found = register_page(rectified(page), rules, tables, heads(), (definition(),))
        assert len(found.rows) == rows and found.rows_guessed == (rows == 9)


@pytest.mark.parametrize(("told", "rows"), [(9, 9), (21, 3)])
def test_lines_of_writing_in_rows_that_are_high_are_no_rows_but_doubted(
    told: int, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each watch of a ship's log was seven signers."""
    low = TOP + 900
    rules = grid_rules(SIDES, (TOP - 60, TOP, TOP + 300, TOP + 600, low))
    tables = find_tables(rules, (HEIGHT, WIDTH))

    def count(page: object, top: Rule, bottom: Rule, lines: object) -> int | None:
        return told if rule_at(bottom, 500) - rule_at(top, 500) > 800 else None

    monkeypatch.setattr(lostrows, "row_count", count)
    page = filled(9, (1, 4, 7), bottom=low)
    found = register_page(rectified(page), rules, tables, heads(), (definition(),))
    assert len(found.rows) == rows


@pytest.mark.parametrize("lines", [(150, 250, 350, 450, 550, 650), (150, 300, 450, 600)])
def test_a_last_row_that_is_higher_than_the_others_is_one(lines: tuple[int, ...]) -> None:
    """It was left out as a footer, with whoever had signed there."""
    page, random = blank(WIDTH, HEIGHT), np.random.default_rng(5)
    edges = (0, *lines, BOTTOM - TOP)
    for top, bottom in pairwise(edges):
        for left in SIDES[:-1]:
            write(page, left + 20, TOP + (top + bottom) / 2 + 10, 6, random)
    found = ruled(*(TOP + y for y in lines), page=page)
    assert tops(found) == pytest.approx([TOP + y for y in edges[:-1]], abs=1)
    assert not found.rows_guessed


def test_rows_that_are_all_seen_are_not_guessed() -> None:
    pitch = (BOTTOM - TOP) / 5  # 20 mm
    found = ruled(*(TOP + k * pitch for k in range(1, 5)), page=filled(5, range(5)))
    assert found.form == "ferry" and len(found.rows) == 5 and not found.rows_guessed
    # Two rows of 33 mm, with three lines of writing in each: nobody knows better.
    two = ruled(TOP + 260, page=filled(9, range(9)))
    assert [round(y) for y in tops(two)[:1]] == [round(TOP)]


def test_without_every_head_or_without_clear_rows_a_page_stays_unknown() -> None:
    lacking = unknown(filled(9, range(9)), heads(but="Signature"), frame())
    assert register_lost_rows(lacking, (definition(),), read_nothing) is None
    unclear = unknown(filled(9, (0, 1)), heads(), frame())
    assert register_lost_rows(unclear, (definition(),), read_nothing) is None
    clear = unknown(filled(9, range(9)), heads(), frame())
    assert register_lost_rows(clear, (), read_nothing) is None


@pytest.mark.parametrize("guessed", [True, False])
def test_a_sheet_of_such_rows_waits_for_a_person(
    guessed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even one on which nothing is found to be written."""
    rows = unknown(filled(9, range(9)), heads(), frame())
    known = register_lost_rows(rows, (definition(),), read_nothing)
    assert known is not None
    found = replace(known, page=rectified(blank(WIDTH, HEIGHT)), rows_guessed=guessed)
    image = found.page.image
    monkeypatch.setattr(pipeline, "load_page", lambda ref: image)
    monkeypatch.setattr(pipeline, "load_unchanged", lambda *given: (definition(),))
    monkeypatch.setattr(pipeline, "sheets_on", lambda *given: ((found, 0),))
    result = pipeline.process_page(PageTask(image.ref, "sheet-1", str(tmp_path), (), 0.005))
    assert result.status is (SheetStatus.REVIEW if guessed else SheetStatus.BLANK)
    assert ("rows-guessed" in result.reasons) is guessed


def test_each_filled_row_of_such_a_sheet_is_for_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = unknown(filled(9, range(7)), heads(), frame())
    found = register_lost_rows(before, (definition(),), read_nothing)
    assert found is not None
    image = found.page.image
    monkeypatch.setattr(pipeline, "load_page", lambda ref: image)
    monkeypatch.setattr(pipeline, "load_unchanged", lambda *given: (definition(),))
    monkeypatch.setattr(pipeline, "sheets_on", lambda *given: ((found, 0),))
    result = pipeline.process_page(PageTask(image.ref, "sheet-1", str(tmp_path), (), 0.005))
    shown = [row for row in result.rows if row.status is not RowStatus.BLANK]
    assert len(shown) >= 7
    for row in shown:
        doubted = [v for v in row.fields if Finding(v.field, "row-guessed") in v.findings]
        assert len(doubted) == 1 and doubted[0].field in row.review_fields
        assert doubted[0].crop is not None and (tmp_path / doubted[0].crop).is_file()


# --- put right by a person -----------------------------------------------------


def drawn(rows: int, bottom: float = BOTTOM) -> tuple[Polygon, ...]:
    """So many even rows as a person draws them."""
    return tuple(((LEFT, y), (RIGHT, y)) for y in np.linspace(TOP, bottom, rows + 1).tolist())


def lefts(found: RegisteredPage) -> list[float]:
    return [cell.polygon[0][0] for cell in found.rows[0].cells]


@pytest.fixture
def read_again(monkeypatch: pytest.MonkeyPatch) -> Callable[..., RegisteredPage]:
    """The page with nothing but its first and last line, registered as a person says."""
    monkeypatch.setattr(sheetpages, "straighten", lambda page: (page, tuple(frame()), ()))
    monkeypatch.setattr(sheetpages, "read_print", lambda pixels, languages: tuple(heads()))

    def register(edit: PageEdit, *, box: bool = False) -> RegisteredPage:
        page, forms = rectified(filled(9, range(7))), (definition(box=box),)
        clock = sheetpages.Clock()
        return sheetpages._register(page, forms, clock, edit, every_word=True)[0]

    return register


def test_rows_drawn_on_a_sheet_of_guessed_rows_keep_its_columns(
    read_again: Callable[..., RegisteredPage],
) -> None:
    before = read_again(NO_EDIT)
    assert before.rows_guessed and len(before.rows) == 9
    found = read_again(PageEdit(form="ferry", turn_deg=0, row_lines=drawn(8, BOTTOM - 20)))
    assert found.failure is None and not found.rows_guessed and not found.doubted
    assert tops(found) == pytest.approx(np.linspace(TOP, BOTTOM - 20, 9)[:8], abs=1)
    assert lefts(found) == pytest.approx(lefts(before), abs=1)


def test_columns_drawn_on_a_sheet_of_guessed_rows_keep_its_rows(
    read_again: Callable[..., RegisteredPage],
) -> None:
    sides = [((x, TOP), (x, BOTTOM)) for x in (100.0, 540.0, 1020.0, 1270.0, 1600.0)]
    columns = tuple(ColumnEdit(f"c{n}", *both) for n, both in enumerate(pairwise(sides), start=1))
    found = read_again(PageEdit(form="ferry", turn_deg=0, columns=columns))
    assert found.failure is None and found.rows_guessed
    assert tops(found) == pytest.approx(tops(read_again(NO_EDIT)), abs=1)
    assert lefts(found) == pytest.approx([100, 540, 1020, 1270], abs=1)


def test_a_box_drawn_on_a_sheet_of_guessed_rows_keeps_rows_and_columns(
    read_again: Callable[..., RegisteredPage],
) -> None:
    place = ((300.0, 1700.0), (900.0, 1700.0), (900.0, 1760.0), (300.0, 1760.0))
    edit = PageEdit(form="ferry", turn_deg=0, box=(SpaceEdit("who", place),))
    found, before = read_again(edit, box=True), read_again(NO_EDIT)
    assert found.failure is None and found.rows_guessed
    assert (tops(found), lefts(found)) == (tops(before), lefts(before))
    assert found.collector_box is not None
    assert found.collector_box.fields[0].polygon[0] == pytest.approx((300, 1700), abs=1)


@pytest.mark.usefixtures("read_again")
def test_a_person_may_name_another_form_than_such_rows_make_it() -> None:
    page = rectified(filled(9, range(7)))
    other = replace(definition(), name="bridge", phrases=("mend the bridge",))
    edit = PageEdit(form="bridge", turn_deg=0)
    found, _ = sheetpages._register(
        page, (definition(), other), sheetpages.Clock(), edit, every_word=True
    )
    assert found.form == "bridge"
    assert found.failure is not None and found.failure.kind == "grid-not-found"


def test_rows_drawn_in_a_table_that_nothing_divides_keep_its_ruled_columns() -> None:
    page = filled(9, (3,))
    named = ruled(page=page, edit=PageEdit(form="ferry"))
    # Rows to drag, between the columns' rulings; nothing is read through them.
    assert named.failure is not None and named.failure.kind == "grid-not-found"
    assert lefts(named) == pytest.approx(SIDES[:-1], abs=1)
    assert tops(named)[0] == pytest.approx(TOP, abs=1)
    assert named.rows[-1].polygon[2][1] == pytest.approx(BOTTOM, abs=1)
    found = ruled(page=page, edit=PageEdit(form="ferry", row_lines=drawn(9)))
    assert found.failure is None and not found.rows_guessed
    assert lefts(found) == pytest.approx(SIDES[:-1], abs=1)
    assert tops(found) == pytest.approx(np.linspace(TOP, BOTTOM, 10)[:9], abs=1)


def test_rows_saved_as_they_lie_are_guessed_no_more(
    read_again: Callable[..., RegisteredPage],
) -> None:
    before = read_again(NO_EDIT)
    lines = gridlines.row_lines(geometry(before))
    edit = gridlines.with_rows(PageEdit(form="ferry", turn_deg=0), lines, geometry(before))
    again = read_again(edit)
    assert again.failure is None and before.rows_guessed and not again.rows_guessed
    assert tops(again) == pytest.approx(tops(before), abs=1)
    assert lefts(again) == pytest.approx(lefts(before), abs=1)
