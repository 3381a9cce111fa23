"""What only some petitions have: cards, printed examples, a box right below the rows, combs."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from drawn import across, blank, down, draw_text, grid_rules, rectified, words_at

from digitizer.collector.collectorbox import find_collector_box
from digitizer.forms.forms import Form, parse_form
from digitizer.layout.rows.boxrows import without_box_rows
from digitizer.layout.rows.examplerow import without_examples
from digitizer.layout.rows.footheads import without_foot_heads
from digitizer.layout.table.cellparts import split_cells
from digitizer.layout.table.signergrid import SignerGrid, all_rows, even_rows, match_table
from digitizer.layout.table.twins import halves, twin_grids
from digitizer.lines.boxstacks import joined_boxes
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.tables import Table, find_tables
from digitizer.records import NO_EDIT, CellPlace, Pixels, PrintedWord, RowPlace
from digitizer.registration import register_page

XS = (150.0, 460.0, 930.0, 1180.0, 1560.0)
YS = tuple(700.0 + 90 * k for k in range(9))
HEADS = ("Name (please print)", "Street address", "Postcode", "Signature")
SHAPE = (2200, 1700)
LABELS = ("Collected by:", "Date returned:")


def definition(*, example: Sequence[str] = (), box: bool = False) -> Form:
    """A form of four columns, each with a head."""
    columns = [
        {"name": f"c{n}", "header": [head], "fields": [{"name": f"f{n}", "kind": "text"}]}
        for n, head in enumerate(HEADS, start=1)
    ]
    data: dict[str, object] = {
        "form": {"name": "ferry"},
        "table": {"columns": columns, "example": list(example)},
    }
    if box:
        fields = [{"name": f"b{n}", "kind": "text", "label": [x]} for n, x in enumerate(LABELS)]
        data["collector_box"] = {"fields": fields}
    return parse_form(data, source="f.toml")


def heads() -> list[PrintedWord]:
    return [
        word
        for left, text in zip(XS[:-1], HEADS, strict=True)
        for word in words_at(left + 10, YS[0] - 40, text, height=16)
    ]


def grid(form: Form) -> SignerGrid:
    (table, *_) = find_tables(grid_rules(XS, YS), SHAPE)
    return match_table(table, heads(), form)


def test_a_first_row_that_says_what_the_example_says_is_no_signers() -> None:
    form = definition(example=["Jane Example, 12 Main Street"])

    def read(pixels: Pixels) -> Sequence[PrintedWord]:
        return [*words_at(700, 60, "12 Main Street"), *words_at(20, 62, "Jane Exampl")]

    found = without_examples(grid(form), form, blank(1700, 2200), read)
    assert len(found.row_rules) == len(YS) - 1
    assert found.row_rules[0] is found.table.across[1]


@pytest.mark.parametrize("said", ["", "Jan Keller 12 Mill Street", "Ana Roy 5 Elm Road"])
def test_a_first_row_that_says_something_else_stays(said: str) -> None:
    form = definition(example=["Jane Example, 12 Main Street"])
    whole = grid(form)
    found = without_examples(whole, form, blank(1700, 2200), lambda _: words_at(20, 60, said))
    assert found is whole


def test_a_box_that_was_taken_for_the_last_row_is_none() -> None:
    form = definition(box=True)
    labels = [*words_at(170, YS[7] + 30, LABELS[0]), *words_at(960, YS[7] + 30, LABELS[1])]
    (found,) = without_box_rows([grid(form)], form, [*heads(), *labels])
    assert len(found.row_rules) == len(YS) - 1


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(words_at(170, YS[7] + 30, LABELS[0]), id="one label may be a signer's joke"),
        pytest.param(
            [*words_at(170, YS[2] + 30, LABELS[0]), *words_at(960, YS[2] + 30, LABELS[1])],
            id="in the middle of the rows",
        ),
        pytest.param(
            [
                *words_at(170, YS[7] + 30, LABELS[0]), *words_at(960, YS[7] + 30, LABELS[1]),
                *words_at(170, 1700, LABELS[0]), *words_at(960, 1700, LABELS[1]),
            ],
            id="the box is elsewhere",
        ),
    ],
)  # fmt: skip
def test_rows_stay_where_their_print_is_no_box(words: list[PrintedWord]) -> None:
    form = definition(box=True)
    (found,) = without_box_rows([grid(form)], form, [*heads(), *words])
    assert len(found.row_rules) == len(YS)


@pytest.mark.parametrize("through", [None, 0, 2, 4])
def test_a_comb_is_whole_though_a_letter_of_its_head_stands_on_one_of_its_rulings(
    through: int | None,
) -> None:
    form = definition()
    comb = replace(form.columns[2], comb=True)
    form = replace(form, columns=(*form.columns[:2], comb, form.columns[3]))
    ticks = np.linspace(XS[2], XS[3], 7)[1:-1]
    rules = grid_rules(XS, (YS[0] - 50, *YS))
    rules += [
        down(x, YS[0] - (50 if n == through else 0), YS[-1]) for n, x in enumerate(ticks.tolist())
    ]
    (table, *_) = find_tables(rules, SHAPE)
    grid = match_table(table, heads(), form)
    sides = [table.corner(1, side)[0] for side in grid.columns[2] or ()]
    assert sides == pytest.approx([XS[2], XS[3]])
    assert None not in grid.columns


def test_boxes_of_a_comb_are_no_column_that_no_ruling_parts_from_its_neighbour() -> None:
    """Towns were in the address, and the first box of each postcode was the town."""
    form = definition()
    comb = replace(form.columns[2], comb=True)
    form = replace(form, columns=(*form.columns[:2], comb, form.columns[3]))
    ticks = np.linspace(XS[2], XS[3], 5).tolist()
    rules = [*grid_rules((XS[0], XS[-1]), YS), *(down(x, YS[0], YS[-1]) for x in ticks)]
    letter = words_at(ticks[0] + 10, YS[0] - 90, "open")
    letter += words_at(ticks[3] + 10, YS[0] - 90, "all")
    (table, *_) = find_tables(rules, SHAPE)
    over = [word for word in heads() if word.text != "Postcode"]
    over += words_at(ticks[1] + 6, YS[0] - 40, "Postcode", height=10)
    grid = match_table(table, [*over, *letter], form)
    sides = [grid.table.corner(1, side)[0] for side in grid.columns[2] or ()]
    assert sides == pytest.approx([XS[2], XS[3]])
    assert None in grid.columns[:2]


def match(table: Table) -> SignerGrid:
    return match_table(table, twin_heads(), definition())


def twin_heads() -> list[PrintedWord]:
    """The heads over a table's left half, and again over its right one."""
    moved = []
    for word in heads():
        left, top, right, bottom = word.box
        other = replace(word, box=(left + XS[-1] - XS[0], top, right + XS[-1] - XS[0], bottom))
        moved += [word, other]
    return moved


def test_two_signers_on_every_row_of_one_table_are_two() -> None:
    xs = (*XS, *(x + XS[-1] - XS[0] for x in XS[1:]))
    (table, *_) = find_tables(grid_rules(xs, YS), (2200, 3200))
    assert len(match(table).row_rules) == len(YS)  # what was found before: the left signers alone
    grids = twin_grids(table, match)
    rows = all_rows(grids, definition())
    assert [row.row for row in rows] == list(range(1, 17))
    assert max(x for row in rows for x, _ in row.polygon) == pytest.approx(xs[-1], abs=2)


def test_a_half_whose_heads_are_read_less_well_is_a_half_all_the_same() -> None:
    xs = (*XS, *(x + XS[-1] - XS[0] for x in XS[1:]))
    (table, *_) = find_tables(grid_rules(xs, YS), (2200, 3200))
    worn = [
        replace(word, text="Pestcede") if word.text == "Postcode" and word.box[0] > XS[-1] else word
        for word in twin_heads()
    ]
    grids = twin_grids(table, lambda one: match_table(one, worn, definition()))
    assert len(grids) == 2 and grids[1].score < grids[0].score - 0.02


@pytest.mark.parametrize(
    ("unread", "alike", "rows"),
    [
        ((3,), True, 16),
        ((2, 3), True, 16),
        ((0, 2, 3), True, 8),  # most of its heads are other ones
        ((2, 3), False, 8),  # ... or its columns
    ],
)
def test_a_table_beside_a_forms_own_is_known_by_its_columns_where_heads_are_not_read(
    unread: tuple[int, ...], alike: bool, rows: int
) -> None:
    away = XS[-1] - XS[0] + 100
    other = [x + away + (0 if alike or n != 2 else 40) for n, x in enumerate(XS)]
    words = heads()
    for word in heads():
        left, top, right, bottom = word.box
        head = int(np.searchsorted(XS, left)) - 1
        moved = (left + away, top, right + away, bottom)
        words.append(replace(word, box=moved, text="????" if head in unread else word.text))
    rules = [*grid_rules(XS, YS), *grid_rules(other, YS)]
    tables = find_tables(rules, (2200, 3300))
    found = register_page(
        rectified(blank(3300, 2200)), rules, tables, words, [definition()], NO_EDIT, lambda _: ()
    )
    assert len(found.rows) == rows


@pytest.mark.parametrize(
    "read", ["nothing", "a piece", "three of four", "other heads", "left half"]
)
def test_a_half_whose_heads_are_not_read_at_all_is_a_half_all_the_same(read: str) -> None:
    width = XS[-1] - XS[0]
    xs = (*XS, *(x + width for x in XS[1:]))
    (table, *_) = find_tables(grid_rules(xs, (YS[0] - 60, *YS)), (2200, 3200))
    left = [word for word in twin_heads() if word.box[0] < XS[-1]]
    right = [word for word in twin_heads() if word.box[0] > XS[-1]]
    if read == "other heads":
        left += [replace(word, text="Clerk") for word in right]
    elif read == "left half":
        left = right
    elif read == "three of four":
        left += [
            replace(word, text="SgraJb") if word.text == "Signature" else word for word in right
        ]
    elif read == "a piece":
        left += [replace(word, text="Stnee7") for word in right if word.text == "Street"]
    form = definition()
    grids = twin_grids(table, lambda one: match_table(one, left, form), left)
    rows = all_rows(grids, form)
    assert len(rows) == (8 if read == "other heads" else 16)
    if len(rows) == 16:
        for mine, other in zip(rows[:8], rows[8:], strict=True):
            for cell, twin in zip(mine.cells, other.cells, strict=True):
                moved = np.array(cell.polygon) + (width, 0)
                assert twin.column == cell.column
                assert np.array(twin.polygon) == pytest.approx(moved, abs=0.1)


def test_cards_beside_those_whose_captions_are_read_are_cut_as_they_are() -> None:
    ys = [300.0 + 110 * n for n in range(13)]
    table = find_tables(grid_rules((150, 800, 1450), ys), SHAPE)[0]
    rules = tuple(even_rows(table, lines=3))

    def read(part: Table) -> SignerGrid:
        """Two columns, divided on the first line of each card; nothing in the right half."""
        if part.down[0] is not table.down[0]:
            return SignerGrid(part, 0.0, (None, None), (0.0, 0.0), ())
        x = [150, 500, 800, *([1450] if part is table else [])]
        own = Table(
            rules,
            tuple(down(at, ys[0], ys[-1]) for at in x),
            np.ones((len(rules), len(x) - 1), np.bool_),
            np.ones((len(rules) - 1, len(x)), np.bool_),
        )
        return SignerGrid(own, 0.9, ((0, 1), (1, 2)), (0.9, 0.9), rules)

    left, right = twin_grids(table, read)
    assert [float(rule.points[0, 0]) for rule in left.table.down] == [150, 500, 800]
    places = [float(rule.points[0, 0]) for rule in right.table.down]
    assert places == pytest.approx([800, 1150, 1450], abs=0.1)
    assert right.row_rules == left.row_rules and right.score == left.score


@pytest.mark.parametrize("lost", [{10, 11}, {7, 8, 10, 11}, {1, 2}, {4, 5, 10, 11}])
def test_a_card_that_lost_the_lines_inside_it_is_one_all_the_same(lost: set[int]) -> None:
    """Four cards of three lines; the last one was left out as if it were a footer."""
    ys = [300.0 + 110 * n for n in range(13)]
    table = find_tables(grid_rules((150, 880), [y for n, y in enumerate(ys) if n not in lost]),
                        SHAPE)[0]  # fmt: skip
    rows = even_rows(table, lines=3)
    assert [float(rule.points[0, 1]) for rule in rows] == pytest.approx(ys, abs=0.1)


def test_a_footer_below_cards_is_no_card() -> None:
    ys = [300.0 + 110 * n for n in range(10)]
    rows = even_rows(find_tables(grid_rules((150, 880), [*ys, ys[-1] + 300]), SHAPE)[0], lines=3)
    assert [float(rule.points[0, 1]) for rule in rows] == pytest.approx(ys, abs=0.1)


def test_a_table_with_a_ruling_in_its_middle_is_one_where_its_heads_are_not_twice_there() -> None:
    even = tuple(150.0 + 350 * k for k in range(5))
    words = [
        word
        for left, text in zip(even[:-1], HEADS, strict=True)
        for word in words_at(left + 10, YS[0] - 40, text, height=16)
    ]
    (table, *_) = find_tables(grid_rules(even, YS), SHAPE)
    assert halves(table)
    (found,) = twin_grids(table, lambda one: match_table(one, words, definition()))
    assert found.table is table


def test_boxes_for_single_letters_part_no_column() -> None:
    ticks = [down(x, YS[0] + 2, YS[-1] - 2) for x in (970.0, 1010.0, 1050.0, 1090.0, 1130.0)]
    (table, *_) = find_tables([*grid_rules(XS, (YS[0] - 60, *YS)), *ticks], SHAPE)
    found = match_table(table, heads(), definition())
    at = [round(float(rule.points[0, 0])) for rule in found.table.down]
    places = [(at[a], at[b]) for a, b in filter(None, found.columns)]
    assert places == [(150, 460), (460, 930), (930, 1180), (1180, 1560)]


def card_table(*, reach: float, worn: float = 0.0) -> Table:
    """A column of five cards, each with three lines to write on; every second reaches a side."""
    rules = [down(100, 200, 1700), down(800, 200, 1700)]
    for card in range(6):
        rules.append(across(200 + 300 * card, 100 + (worn if card == 0 else 0), 800))
        for line in range(3) if card < 5 else ():
            stop = 800 + reach if (card + line) % 2 else 790 - 15
            rules.append(across(275 + 300 * card + 75 * line, 240, stop))
    return find_tables(rules, SHAPE)[0]


@pytest.mark.parametrize("worn", [0.0, 17.0])
def test_lines_to_write_on_that_reach_a_cards_side_part_no_card(worn: float) -> None:
    rows = even_rows(card_table(reach=4.0, worn=worn))
    assert [round(float(rule.points[0, 1])) for rule in rows] == [200, 500, 800, 1100, 1400, 1700]


def test_captions_of_a_card_are_cut_by_lines_and_along_them() -> None:
    captions = ("Name:", "Phone:", "Date:", "Signature:")
    fields = [{"name": said[:-1].lower(), "kind": "text", "caption": [said]} for said in captions]
    columns = [{"name": "card", "fields": fields}]
    form = parse_form({"form": {"name": "cards"}, "table": {"columns": columns}}, source="f")
    gray = blank(900, 1600)
    rows = []
    for number in range(4):
        top = 100.0 + 300 * number
        shape = ((100.0, top), (800.0, top), (800.0, top + 300), (100.0, top + 300))
        cell = CellPlace("card", form.columns[0].fields, shape)
        rows.append(RowPlace(number + 1, shape, (cell,)))
    at = {"Name:": (20, 60), "Phone:": (20, 150), "Date:": (360, 152), "Signature:": (20, 240)}

    def read(pixels: Pixels) -> Sequence[PrintedWord]:
        scale = (pixels.shape[1] - 16) / 700  # the margin that the typical row has
        return [
            PrintedWord(t, tuple(scale * v + 8 for v in (x, y, x + 90, y + 25)), 0.9)
            for t, (x, y) in at.items()
        ]

    cells = {
        cell.column: np.array(cell.polygon) for cell in split_cells(rows, form, gray, read)[0].cells
    }
    assert set(cells) == {"name", "phone", "date", "signature"}
    assert cells["phone"][:, 0].max() == pytest.approx(cells["date"][:, 0].min(), abs=1)
    assert cells["phone"][:, 0].max() == pytest.approx(460, abs=3)
    assert cells["phone"][:, 1].min() == cells["date"][:, 1].min()
    assert cells["name"][:, 1].max() <= cells["phone"][:, 1].min() + 1
    assert cells["signature"][:, 0].max() == 800


def test_a_ruling_far_to_the_left_is_no_side_of_a_box_beside_the_letter() -> None:
    form = definition(box=True)
    gray = blank(1700, 1000)
    words = []
    for number, label in enumerate(LABELS):
        draw_text(gray, 1100, 200 + 60 * number, label, 24)
        words += words_at(1100, 200 + 60 * number, label)
    side = down(90, 150, 400)
    assert form.box is not None
    found = find_collector_box(form.box, words, [side], gray)
    assert found is not None
    assert min(x for field in found.fields for x, _ in field.polygon) > 1100


def test_the_side_of_a_box_below_rows_without_a_frame_is_none_of_theirs() -> None:
    # One column was traced from the second row on; the box ends where the rows do.
    top = YS[0] - 60
    rows = [across(y, XS[0], XS[-1]) for y in (top, *YS)]
    columns = [down(x, YS[1] if x == XS[1] else top, YS[-1]) for x in XS[1:-1]]
    foot = YS[-1] + 200
    box = [across(foot, 800, XS[-1]), down(800, YS[-1], foot), down(XS[-1], YS[-1], foot)]
    (table, *_) = find_tables([*rows, *columns, *box], SHAPE)
    found = match_table(table, heads(), definition())
    assert [rule_at(rule, 900) for rule in found.row_rules] == list(YS)


def test_a_caption_is_no_higher_than_print_though_writing_was_read_with_it() -> None:
    said = {"Name": (20, 6, 25), "Street": (20, 106, 25), "Postcode": (400, 106, 75)}
    fields = [{"name": word.lower(), "kind": "text", "caption": [word]} for word in said]
    columns = [{"name": f"c{n}", "fields": [one]} for n, one in enumerate(fields)]
    form = parse_form({"form": {"name": "low"}, "table": {"columns": columns}}, source="f")
    rows = []
    for number in range(3):
        top = 100.0 + 200 * number
        sides = {"c0": (100.0, top, 800.0), "c1": (100.0, top + 100, 450.0)}
        sides |= {"c2": (450.0, top + 100, 800.0)}
        shape = ((100.0, top), (800.0, top), (800.0, top + 200), (100.0, top + 200))
        cells = tuple(
            CellPlace(c.name, c.fields, ((x, y), (end, y), (end, y + 100), (x, y + 100)))
            for c in form.columns
            for x, y, end in (sides[c.name],)
        )
        rows.append(RowPlace(number + 1, shape, cells))

    def read(pixels: Pixels) -> Sequence[PrintedWord]:
        scale = (pixels.shape[1] - 16) / 700
        return [
            PrintedWord(t, tuple(scale * v + 8 for v in (x, y, x + 90, y + high)), 0.9)
            for t, (x, y, high) in said.items()
        ]

    cells_of = {c.column: c for c in split_cells(rows, form, blank(900, 900), read)[0].cells}
    ((_, top, _, low),) = cells_of["c2"].captions
    assert top == pytest.approx(206, abs=2) and low - top < 40
    ((_, top, _, low),) = cells_of["c1"].captions
    assert low - top == pytest.approx(25, abs=2)


def foot(said: Sequence[str]) -> tuple[Pixels, Sequence[PrintedWord]]:
    """A page with ink in its last row, and what a print engine reads there."""
    page = blank(1700, 2200)
    words: list[PrintedWord] = []
    for left, text in zip(XS[:-1], said, strict=True):
        if text:
            draw_text(page, left + 10, YS[-2] + 30, text, 26)
        # The strip that is read is enlarged two times, with a margin.
        words += words_at(8 + 2 * (left + 10 - XS[0]), 60, text, height=40)
    return page, words


def _of_strip(pixels: Pixels, words: Sequence[PrintedWord]) -> Sequence[PrintedWord]:
    """The whole strip's words, or those of the one column that is as wide."""
    whole, *widths = (XS[-1] - XS[0], *(b - a for a, b in pairwise(XS)))
    off = [abs(pixels.shape[1] - 2 * wide) for wide in (whole, *widths)]
    if off[0] == min(off):
        return words
    n = int(np.argmin(off[1:]))
    low, high = (2 * (x - XS[0]) for x in XS[n : n + 2])
    return [word for word in words if low <= word.middle[0] <= high]


@pytest.mark.parametrize(
    ("said", "rows"),
    [
        pytest.param(HEADS, 7, id="all heads"),
        pytest.param(("Name (please prlnt)", "Street address", "Postcode", ""), 7, id="one lost"),
        pytest.param(("Jan Keller", "5 Elm Road", "K1A 0B1", "Keller"), 8, id="a signer"),
        pytest.param(("Jan Keller", "5 Elm Road", "", "Signature"), 8, id="one word alone"),
        pytest.param(("", "", "", ""), 8, id="nobody"),
    ],
)
def test_heads_that_are_printed_once_more_at_the_foot_are_no_signers(
    said: Sequence[str], rows: int
) -> None:
    form = definition()
    page, words = foot(said)
    (found,) = without_foot_heads([grid(form)], form, page, lambda one: _of_strip(one, words))
    assert len(found.row_rules) - 1 == rows


def test_what_is_printed_in_every_row_is_not_read_as_heads_at_the_foot() -> None:
    """An empty last row with captions in its cells was read twice, at a tenth of a page's time."""
    page = blank(1700, 2200)
    for top in YS[:-1]:
        for left in XS[:-1]:
            draw_text(page, left + 10, top + 30, "Caption", 26)

    def read(pixels: Pixels) -> Sequence[PrintedWord]:
        raise AssertionError("an empty row was read")

    form = definition()
    (found,) = without_foot_heads([grid(form)], form, page, read)
    assert len(found.row_rules) - 1 == 8


@pytest.mark.parametrize(("height", "rows"), [(24, 7), (44, 8)])
def test_writing_larger_than_the_heads_is_not_read_as_heads_at_the_foot(
    height: int, rows: int
) -> None:
    """Cells of who prints large in the last row were read: a fifth of a sheet's time."""
    page, words = foot(HEADS)
    page[round(YS[-2]) + 4 : round(YS[-1]) - 4] = 255
    looks: list[tuple[int, ...]] = []
    for left, text in zip(XS[:-1], HEADS, strict=True):
        draw_text(page, left + 10, YS[0] - 60, text, 26)
        draw_text(page, left + 10, YS[-2] + 20, text, height)

    def read(pixels: Pixels) -> Sequence[PrintedWord]:
        looks.append(pixels.shape)
        return _of_strip(pixels, words)

    form = definition()
    (found,) = without_foot_heads([grid(form)], form, page, read)
    assert len(found.row_rules) - 1 == rows
    assert bool(looks) is (rows == 7)


def stacks(*, touched: bool) -> Table:
    """Two stacks of four cards on the same lines, traced as one table over the gap between them.

    ``touched``: signatures reach from their lines to the cards' sides.
    """
    tops, high = (300.0, 560.0, 820.0, 1080.0), 230.0
    lines, edges = [], [replace(across(y, 170, 1600), gaps=((860.0, 910.0),))
                        for top in tops for y in (top, top + high)]  # fmt: skip
    for top in tops:
        for n, off in enumerate((70.0, 140.0, 200.0)):
            far = touched and n == 2 and top != 560
            gaps = ((860.0, 910.0), (915.0, 980.0)) if far else ((830.0, 980.0),)
            lines.append(replace(across(top + off, 250, 1600 if far else 1570), gaps=gaps))
    apart = tuple((top - 30, top) for top in tops[1:])
    sides = [replace(down(x, 300, 1310), gaps=apart) for x in (170, 860, 910, 1600)]
    rules, _ = joined_boxes(edges, sides)
    rows = tuple(sorted([*rules, *lines], key=lambda rule: float(rule.points[:, 1].mean())))
    seen = np.ones((len(rows), 3), np.bool_), np.ones((len(rows) - 1, 4), np.bool_)
    return Table(rows, tuple(sides), *seen)


@pytest.mark.parametrize("touched", [False, True])
def test_cards_side_by_side_on_the_same_lines_are_two_stacks(touched: bool) -> None:
    """One of them was left out, with all of its signers."""
    parts = halves(stacks(touched=touched))
    assert len(parts) == 2
    for part, left in zip(parts, (170, 910), strict=True):
        assert part.corner(0, 0)[0] == pytest.approx(left, abs=1)
        levels = [float(rule.points[:, 1].mean()) for rule in even_rows(part)]
        assert levels == pytest.approx([300, 545, 805, 1065, 1310], abs=1)
