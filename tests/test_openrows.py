"""Tables without a ruling down: rows from even lines, columns from the heads above them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from drawn import Curve, across, blank, down, draw_across, draw_down, rectified, words_at

from digitizer.forms.forms import Form, parse_form
from digitizer.layout.table import openrows
from digitizer.layout.table.openrows import (
    _even_run,
    continued_lines,
    find_open_lines,
    match_open_rows,
    open_table,
    strip_place,
    strip_words,
)
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.tables import find_tables
from digitizer.records import Pixels, PrintedWord, Rule
from digitizer.registration import register_page
from digitizer.sheets.straightened import straighten

HEIGHT, WIDTH = 2200, 1700
LEFT, RIGHT, TOP, PITCH, ROWS = 100.0, 1600.0, 700.0, 90.0, 8
SIDES = (100.0, 520.0, 1000.0, 1250.0, 1600.0)
HEADS = ("Name (please print)", "Address (include postal code)", "Signature", "Phone and email")
WORD_PX = 22.0
PHRASE = "We ask the council to keep the ferry running all year"


def definition() -> Form:
    """A form of four columns."""
    columns = [
        {"name": f"c{n}", "header": [head], "fields": [{"name": f"f{n}", "kind": "text"}]}
        for n, head in enumerate(HEADS, start=1)
    ]
    data = {"form": {"name": "ferry", "phrases": [PHRASE]}, "table": {"columns": columns}}
    return parse_form(data, source="ferry.toml")


def rows() -> list[Rule]:
    """The lines above and below each row."""
    return [across(TOP + PITCH * n, LEFT, RIGHT) for n in range(ROWS + 1)]


def heads(centred: bool, y: float = TOP - 40) -> list[PrintedWord]:
    """Heads over the columns."""
    words = []
    for left, right, text in zip(SIDES[:-1], SIDES[1:], HEADS, strict=True):
        said = words_at(left + 10, y, text, height=WORD_PX)
        if centred:
            said = words_at((left + right - said[-1].box[2] + said[0].box[0]) / 2, y, text)
        words += said
    return words


def written(sides: Sequence[float], seed: int = 1) -> Pixels:
    """A page with writing that begins at the left of each cell; some runs over its end."""
    page, random = blank(WIDTH, HEIGHT), np.random.default_rng(seed)
    for n in range(ROWS):
        y = round(TOP + PITCH * n)
        for left, right in pairwise(sides):
            start = round(left + random.uniform(8, 24))
            stop = round(start + random.uniform(0.3, 0.9) * (right - left))
            page[y + 30 : y + 60, start:stop] = 60
    return page


def nothing_above(first: int) -> Sequence[PrintedWord]:
    """A strip in which nothing was read."""
    del first
    return ()


@pytest.mark.parametrize("page", [blank(WIDTH, HEIGHT), written(SIDES)], ids=["blank", "filled"])
@pytest.mark.parametrize("centred", [False, True])
def test_columns_lie_where_their_heads_say(page: Pixels, centred: bool) -> None:
    grid = match_open_rows(rows(), page, heads(centred), definition(), nothing_above)
    assert grid is not None and len(grid.row_rules) == ROWS + 1
    assert [rule_at(rule, 1000) for rule in grid.table.down] == pytest.approx(SIDES, abs=12)


def test_a_name_in_capitals_below_the_heads_is_no_column() -> None:
    """The first of broken lines runs below the first signer; her family name was a column."""
    signer = words_at(SIDES[0] + 270, TOP - 45, "MATTEO")
    lines = rows()[: ROWS + 1]
    over = heads(False, TOP - 85)
    grid = match_open_rows(lines, written(SIDES), [*over, *signer], definition(), nothing_above)
    assert grid is not None
    assert [rule_at(rule, 1000) for rule in grid.table.down] == pytest.approx(SIDES, abs=12)


def test_heads_at_odd_places_leave_it_to_the_gaps_in_the_writing() -> None:
    words = [
        PrintedWord(w.text, (w.box[0] + off, w.box[1], w.box[2] + off, w.box[3]), w.confidence)
        for start, off in ((0, 70.0), (3, 10.0), (7, 60.0), (8, 25.0))
        for w in heads(False)[start : {0: 3, 3: 7, 7: 8, 8: 11}[start]]
    ]
    grid = match_open_rows(rows(), written(SIDES), words, definition(), nothing_above)
    assert grid is not None
    assert [rule_at(rule, 1000) for rule in grid.table.down] == pytest.approx(SIDES, abs=30)


def test_a_head_that_was_not_read_is_read_by_itself_and_else_nothing_is_claimed() -> None:
    words, page = heads(False), blank(WIDTH, HEIGHT)
    part = [w for w in words if w.text != "Signature"]
    assert match_open_rows(rows(), page, part, definition(), nothing_above) is None
    asked = []

    def read_above(first: int) -> Sequence[PrintedWord]:
        asked.append(first)
        return words

    grid = match_open_rows(rows(), page, part, definition(), read_above)
    assert grid is not None and asked == [0] and len(grid.row_rules) == ROWS + 1


def test_what_is_read_of_a_fold_across_the_heads_joins_no_two_of_them() -> None:
    fold = [
        PrintedWord("SS", (x, TOP - 38, x + 60, TOP - 20), 0.2)
        for x in np.arange(LEFT, RIGHT - 60, 66.0)
    ]
    grid = match_open_rows(
        rows(), blank(WIDTH, HEIGHT), [*heads(False), *fold], definition(), nothing_above
    )
    assert grid is not None and None not in grid.columns


def test_heads_in_a_row_of_their_own_are_no_signers() -> None:
    words = heads(False, TOP + 30)
    grid = match_open_rows(rows(), blank(WIDTH, HEIGHT), words, definition(), nothing_above)
    assert grid is not None and len(grid.row_rules) == ROWS
    assert rule_at(grid.row_rules[0], 800) == pytest.approx(TOP + PITCH)


def test_heads_at_the_top_of_a_high_row_of_their_own_are_read() -> None:
    high = heads(True, y=TOP - 225)
    roof = across(TOP - 235, LEFT, RIGHT)
    grid = match_open_rows(
        find_open_lines([roof, *rows()]), blank(WIDTH, HEIGHT), high, definition(), nothing_above
    )
    assert grid is not None and len(grid.row_rules) == ROWS + 1


def test_lines_of_print_and_a_high_head_are_no_rows() -> None:
    print_lines = [across(y, LEFT + 5, RIGHT - 9) for y in (300, 326, 352, 378, 404, 430)]
    lines = find_open_lines([*print_lines, across(TOP - 160, LEFT, RIGHT), *rows()])
    assert [rule_at(rule, 800) for rule in lines] == pytest.approx(
        [TOP + PITCH * n for n in range(ROWS + 1)]
    )
    assert find_open_lines(print_lines) == ()
    assert find_open_lines(rows()[:3]) == ()


def test_a_blank_sheet_gives_a_column_for_each_head_that_says_what_belongs_there() -> None:
    sentence = words_at(
        LEFT + 30, TOP - 90, "We ask the council to keep the ferry running all year"
    )
    table = open_table(
        rows(),
        blank(WIDTH, HEIGHT),
        [*heads(False), *sentence],
        lambda text: text.split()[0] in {"Name", "Address", "Signature", "Phone"},
    )
    assert table is not None and table.row_count == ROWS
    assert [rule_at(rule, 1000) for rule in table.down] == pytest.approx(SIDES, abs=12)
    assert open_table(rows(), blank(WIDTH, HEIGHT), sentence, lambda text: False) is None


def test_the_first_row_is_there_though_the_line_below_it_was_not_seen() -> None:
    seen = [rule for n, rule in enumerate(rows()) if n != 1]
    lines = find_open_lines([across(TOP - 55, LEFT, RIGHT), *seen])
    grid = match_open_rows(lines, blank(WIDTH, HEIGHT), heads(False), definition(), nothing_above)
    assert grid is not None
    assert [rule_at(rule, 800) for rule in grid.row_rules] == pytest.approx(
        [TOP + PITCH * n for n in range(ROWS + 1)]
    )


def test_lines_of_bent_paper_are_straightened_though_no_ruling_crosses_them() -> None:
    page = blank(WIDTH, HEIGHT)

    def bent(y: float) -> Curve:
        return lambda x: y + 60 * (1 - ((x - 850) / 750) ** 2)

    for n in range(ROWS + 1):
        draw_across(page, bent(TOP + PITCH * n), LEFT, RIGHT)
    straight, rules, _ = straighten(rectified(page))
    assert straight.bend is not None
    lines = find_open_lines(rules)
    assert len(lines) == ROWS + 1
    assert max(float(np.ptp(line.points[:, 1])) for line in lines) < 8


def test_a_form_is_recognised_by_its_print_over_lines_alone() -> None:
    rules = rows()
    words = [*heads(True), *words_at(LEFT, 300, PHRASE)]
    page, tables = rectified(blank(WIDTH, HEIGHT)), find_tables(rules, (HEIGHT, WIDTH))
    found = register_page(page, rules, tables, words, (definition(),))
    assert found.form == "ferry" and [row.row for row in found.rows] == list(range(1, ROWS + 1))
    assert [cell.column for cell in found.rows[0].cells] == ["c1", "c2", "c3", "c4"]
    unlike = [*heads(True)[3:], *words_at(LEFT, 300, PHRASE)]
    assert register_page(page, rules, tables, unlike, (definition(),)).form is None


def test_streaks_over_the_page_are_no_columns_of_a_table_that_has_no_rulings() -> None:
    bottom = TOP + PITCH * ROWS
    streaks = [
        down(x, TOP - off, bottom + 2 * off)
        for x, off in ((700.0, 250), (1100.0, 180), (1300.0, 350))
    ]
    rules = [*rows(), *streaks]
    words = [*heads(True), *words_at(LEFT, 300, PHRASE)]
    page, tables = rectified(blank(WIDTH, HEIGHT)), find_tables(rules, (HEIGHT, WIDTH))
    assert tables
    found = register_page(page, rules, tables, words, (definition(),))
    assert found.form == "ferry" and len(found.rows) == ROWS
    cells = found.rows[0].cells
    sides = [cells[0].polygon[0][0], *(cell.polygon[1][0] for cell in cells)]
    assert sides == pytest.approx(SIDES, abs=12)


def worn(page: Pixels) -> list[Rule]:
    """Draw the rows as a copy in black and white leaves them; the lines as they are traced."""
    lines = []
    for n in range(ROWS + 1):
        y, start = TOP + PITCH * n, LEFT + 80 * (n % 2) + 20
        for x in np.arange(start, RIGHT - 60, 150):
            draw_across(page, y, x, x + 60)
        lines.append(replace(across(y, start, RIGHT - 120 + 30 * (n % 2)), support=0.5))
    for x in (LEFT, SIDES[1], RIGHT):
        for y in (TOP, TOP + 3 * PITCH, TOP + 4 * PITCH, TOP + 6 * PITCH):
            draw_down(page, x, y + 10, y + 70)
    return lines


def test_of_worn_lines_every_row_is_found_and_the_sides_that_are_left() -> None:
    page = written((*SIDES[:-1], SIDES[-1] - 60))
    lines = worn(page)
    found = find_open_lines(lines[1:-1])
    assert len(found) == ROWS - 1
    found = continued_lines(found, page)
    assert [rule_at(rule, 800) for rule in found] == pytest.approx(
        [TOP + PITCH * n for n in range(ROWS + 1)], abs=1
    )
    grid = match_open_rows(found, page, heads(True), definition(), nothing_above)
    assert grid is not None and len(grid.row_rules) == ROWS + 1
    assert [rule_at(rule, 1000) for rule in grid.table.down] == pytest.approx(SIDES, abs=2)


def test_lines_that_are_not_worn_go_no_further_than_they_are_seen() -> None:
    page = blank(WIDTH, HEIGHT)
    worn(page)
    assert len(continued_lines(rows()[1:-1], page)) == ROWS - 1


@pytest.mark.parametrize("bands", [False, True])
@pytest.mark.parametrize("lean", [0.012, -0.09, 0.14])
def test_columns_lean_as_the_ends_of_their_lines_do(lean: float, bands: bool) -> None:
    lines = [across(line.points[0, 1], LEFT + lean * PITCH * n, RIGHT + lean * PITCH * n)
             for n, line in enumerate(rows())]  # fmt: skip
    if bands:
        lines[1:-1] = [replace(line, thickness_px=0.0) for line in lines[1:-1]]
    elsewhere = [across(y, 40, 900) for y in (150, 1600, 1900)]
    assert find_open_lines([*lines, *elsewhere]) == tuple(lines)
    grid = match_open_rows(lines, blank(WIDTH, HEIGHT), heads(True), definition(), nothing_above)
    assert grid is not None
    for n in (0, ROWS):
        y = TOP + PITCH * n
        wanted = [x + lean * PITCH * n for x in SIDES]
        assert [rule_at(rule, y) for rule in grid.table.down] == pytest.approx(wanted, abs=2)


def test_a_streak_down_the_page_is_no_columns_side() -> None:
    page = blank(WIDTH, HEIGHT)
    draw_down(page, SIDES[2] - 60, 100, HEIGHT - 100)
    grid = match_open_rows(rows(), page, heads(True), definition(), nothing_above)
    assert grid is not None
    assert [rule_at(rule, 1000) for rule in grid.table.down] == pytest.approx(SIDES, abs=12)


def test_faint_bands_bound_rows_though_their_ends_and_the_last_were_not_seen() -> None:
    places = [TOP + PITCH * n for n in range(ROWS + 1)]
    bands = [across(y, LEFT + 90 * (n % 3), RIGHT - 70 * (n % 2)) for n, y in enumerate(places)]
    bands = [replace(band, thickness_px=0.0, support=0.7) for band in bands[1:-3]]
    frame = [across(places[0], LEFT, RIGHT), across(places[-1], LEFT, RIGHT)]
    found = find_open_lines([*bands, *frame])
    assert [rule_at(rule, 800) for rule in found] == pytest.approx(places)
    # A line elsewhere below is none of the frame's.
    other = across(places[-1] + PITCH / 2, LEFT, RIGHT)
    assert len(find_open_lines([*bands, frame[0], other])) == ROWS - 2


def test_a_piece_of_the_papers_edge_below_the_last_row_is_none_of_its_bands() -> None:
    bands = [replace(rule, thickness_px=0.0) for rule in rows()[1:-1]]
    table = [rows()[0], *bands, rows()[-1]]
    next_one = TOP + (ROWS + 1) * PITCH
    edge = np.array([[780.0, next_one + 40], [RIGHT - 10, next_one + 80]])
    assert find_open_lines([*table, Rule(edge, True, 0.0, 1.0)]) == tuple(table)


def test_the_lines_of_millimetre_paper_are_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def counted(lines: Sequence[Rule], x: float) -> tuple[Rule, ...]:
        seen.append(len(lines))
        return _even_run(lines, x)

    monkeypatch.setattr(openrows, "_even_run", counted)
    paper = [across(100.0 + 8 * n, LEFT, RIGHT) for n in range(60)]
    assert find_open_lines(paper) == ()
    assert seen == [60]


def test_lines_of_which_no_two_run_alike_bound_no_rows() -> None:
    # As of squared paper around a sheet, wrinkled cloth, wood.
    crossed = [across(300.0 + 60 * n, LEFT, RIGHT, slope=0.05 * (-1) ** n * n) for n in range(9)]
    assert find_open_lines(crossed) == ()


def test_rows_of_gray_bands_below_a_printed_head_have_ends() -> None:
    bands = [replace(rule, thickness_px=0.0) for rule in rows()[1:]]
    lines = [rows()[0], *bands]
    words = heads(False, TOP + PITCH / 2)
    grid = match_open_rows(lines, blank(WIDTH, HEIGHT), words, definition(), nothing_above)
    assert grid is not None and len(grid.row_rules) == ROWS
    assert strip_place(bands, 0)[0] == pytest.approx(LEFT, abs=12)


def test_above_a_table_at_the_top_of_the_page_nothing_is_read() -> None:
    def read(pixels: Pixels) -> Sequence[PrintedWord]:
        raise AssertionError(f"asked to read {pixels.shape}")

    lines = [across(2 + PITCH * n, LEFT, RIGHT) for n in range(ROWS + 1)]
    assert strip_words(lines, 0, blank(WIDTH, HEIGHT), read) == []


@pytest.mark.parametrize("text", ["No", "N\u00b0", "CP", "No."])
def test_a_short_head_that_no_column_has_is_a_head_if_it_is_read_surely(text: str) -> None:
    numbers = [PrintedWord(text, (60.0, TOP - 40, 84.0, TOP - 18), 0.95)]
    lines = [across(TOP + PITCH * n, 50.0, RIGHT) for n in range(ROWS + 1)]
    found = match_open_rows(
        lines, blank(WIDTH, HEIGHT), [*numbers, *heads(False)], definition(), nothing_above
    )
    assert found is not None and len(found.table.down) == len(SIDES) + 1
    # What may be the end of a signature is none.
    faint = [replace(word, confidence=0.6) for word in numbers]
    found = match_open_rows(
        lines, blank(WIDTH, HEIGHT), [*faint, *heads(False)], definition(), nothing_above
    )
    assert found is not None and len(found.table.down) == len(SIDES)


def test_no_strip_is_read_by_itself_where_a_form_fits_without() -> None:
    rules, asked = rows(), []
    words = [*heads(True), *words_at(LEFT, 300, PHRASE)]
    page, tables = rectified(blank(WIDTH, HEIGHT)), find_tables(rules, (HEIGHT, WIDTH))
    columns = [
        {"name": name, "header": [head], "fields": [{"name": name, "kind": "text"}]}
        for name, head in (("a", "Vorname und Nachname"), ("b", "Geburtsdatum"))
    ]
    data = {"form": {"name": "freibad", "phrases": []}, "table": {"columns": columns}}

    def read(pixels: Pixels) -> Sequence[PrintedWord]:
        asked.append(pixels.shape)
        return ()

    forms = (parse_form(data, source="freibad.toml"), definition())
    assert register_page(page, rules, tables, words, forms, read=read).form == "ferry"
    assert asked == []
    part = [w for w in words if w.text != "Signature"]
    assert register_page(page, rules, tables, part, forms, read=read).form is None
    assert asked != []


def test_heads_are_read_without_the_dots_of_worn_lines_where_that_is_what_hides_them() -> None:
    gray, rules = written(SIDES), [*rows(), across(TOP - 80, LEFT, RIGHT - 300)]
    for x in np.arange(LEFT, RIGHT, 40):
        draw_across(gray, TOP - 80, x, x + 8)
    words = [*heads(True)[:-3], *words_at(LEFT, 300, PHRASE)]

    def read(pixels: Pixels) -> Sequence[PrintedWord]:
        left, top, _, _ = strip_place(rules[:-1], 0)
        dx, dy = openrows.MARGIN_PX - round(left), openrows.MARGIN_PX - round(top)
        return [
            replace(w, box=(w.box[0] + dx, w.box[1] + dy, w.box[2] + dx, w.box[3] + dy))
            for w in (heads(True) if pixels.min() > 200 else ())
        ]

    page, tables = rectified(gray), find_tables(rules, (HEIGHT, WIDTH))
    found = register_page(page, rules, tables, words, (definition(),), read=read)
    assert found.form == "ferry" and len(found.rows) == ROWS


def test_a_head_that_a_streak_tore_in_two_is_one_column() -> None:
    said = heads(False)
    page = written(SIDES)
    for gone in ("(include", "postal"):
        torn = [word for word in said if word.text != gone]
        grid = match_open_rows(rows(), page, torn, definition(), nothing_above)
        assert grid is not None and None not in grid.columns
        assert len(grid.table.down) == len(SIDES)


def banded(first: int, count: int) -> tuple[Pixels, list[Rule]]:
    """A page of that many rows of which every second, from number ``first`` on, is gray.

    With the edges of the gray ones; no line is printed.
    """
    page, edges = blank(WIDTH, HEIGHT), []
    for n in range(first, count, 2):
        top = round(TOP + PITCH * n)
        page[top : top + round(PITCH), round(LEFT) : round(RIGHT)] = 215
        edges += [TOP + PITCH * n, TOP + PITCH * (n + 1)]
    return page, [replace(across(y, LEFT, RIGHT), thickness_px=0.0) for y in edges]


@pytest.mark.parametrize(("first", "count"), [(0, 11), (1, 12), (0, 12), (1, 11)])
def test_rows_of_gray_bands_without_any_line_are_all_found(first: int, count: int) -> None:
    page, edges = banded(first, count)
    lines = find_open_lines(edges)
    # With print right below the last row nothing more has room.
    foot = words_at(LEFT, TOP + PITCH * count + 20, "Collected by", height=WORD_PX)
    found = match_open_rows(
        lines, page, [*heads(centred=False), *foot], definition(), nothing_above
    )
    assert found is not None
    places = [rule_at(rule, LEFT) for rule in found.row_rules]
    white_last = (count - first) % 2 == 0
    assert places[0] == pytest.approx(TOP, abs=1)
    assert len(places) - 1 == count
    again = match_open_rows(lines, page, heads(centred=False), definition(), nothing_above)
    # Without it there may be a white row more.
    assert again is not None
    assert len(again.row_rules) - 1 == (count if white_last else count + 1)
    sides = [float(rule.points[0, 0]) for rule in (found.table.down[0], found.table.down[-1])]
    assert sides == pytest.approx([LEFT, RIGHT], abs=1)


def test_a_few_edges_of_shadows_are_no_table() -> None:
    _, edges = banded(0, 6)
    assert find_open_lines(edges) == ()
