"""Drafts of definitions: heads of several tiers, examples, combs, cards, boxes to tick."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from drawn import (
    across,
    blank,
    down,
    draw_across,
    draw_down,
    draw_grid,
    draw_text,
    rectified,
    words_at,
)

from digitizer.drafting.drafted import Draft, as_toml
from digitizer.drafting.drafts import draft_form
from digitizer.errors import FormError
from digitizer.forms.forms import parse_form
from digitizer.layout.print.printedboxes import boxes_to_tick, combs
from digitizer.layout.print.typicalrow import no_print
from digitizer.lines.tables import find_tables
from digitizer.records import FieldKind, Pixels, PrintedWord, Rule

XS = (100, 500, 900, 1200, 1600)
TOP, ROW, ROWS = 300, 80, 7
YS = tuple(TOP + ROW * k for k in range(ROWS + 1))


def word(text: str, x: float, y: float) -> PrintedWord:
    return PrintedWord(text, (x, y, x + 9.0 * len(text), y + 18), 0.9)


def in_columns(y: float, texts: Sequence[str]) -> list[PrintedWord]:
    """A text a column, all at one height."""
    return [word(text, x + 10, y) for text, x in zip(texts, XS, strict=False)]


def drafted(
    words: Sequence[PrintedWord],
    *,
    more: Sequence[Rule] = (),
    pixels: Pixels | None = None,
    read: Callable[[Pixels], Sequence[PrintedWord]] = no_print,
) -> Draft:
    """The draft from a table of seven even rows, the first of which may be the head."""
    page = blank(1700, 1000)
    draw_grid(page, XS, YS)
    rules = [across(y, XS[0], XS[-1]) for y in YS] + [down(x, YS[0], YS[-1]) for x in XS]
    page = page if pixels is None else np.minimum(page, pixels)
    tables = find_tables([*rules, *more], page.shape)
    return draft_form(rectified(page), tables, words, read, "form")


def heads(draft: Draft) -> list[str]:
    return [column.header for column in draft.columns]


def test_a_head_of_two_tiers_as_high_as_a_row_gives_each_column_its_own_words() -> None:
    words = [
        word("Name", 110, 330), word("Residence", 850, 310), word("Street", 520, 350),
        word("County", 920, 350), word("Signature", 1220, 330),
    ]  # fmt: skip
    # The tier's line runs below "Residence" alone, and the columns part below it.
    rules = [across(340, 500, 1200), down(900, 340, YS[-1])]
    page = blank(1700, 1000)
    ys = [across(y, XS[0], XS[-1]) for y in YS]
    sides = [down(x, YS[0], YS[-1]) for x in XS if x != 900]
    tables = find_tables([*ys, *sides, *rules], page.shape)
    found = draft_form(rectified(page), tables, words, no_print, "form")
    assert heads(found) == ["Name", "Street", "County", "Signature"]


def test_heads_as_high_as_rows_in_another_language_are_no_row_of_print() -> None:
    words = in_columns(330, ("Nro", "Etunimi", "Kunta", "Aika"))
    assert heads(drafted(words)) == ["Nro", "Etunimi", "Kunta", "Aika"]
    below = in_columns(410, ("1", "Anna", "Oulu", "Touko"))
    with pytest.raises(FormError):
        drafted([*words, *below])  # a list of words: which line is its head?


def test_a_printed_example_is_drafted_as_one() -> None:
    words = in_columns(330, ("Name", "Address", "City", "Signature"))
    said = iter([[], [word("Jane", 20, 30), word("12 Main", 900, 30), word("Moncton", 1800, 30)]])

    def read(picture: Pixels) -> Sequence[PrintedWord]:
        return next(said, [])  # what all rows share, then the first row, then the others

    found = drafted(words, read=read)
    assert found.example == "Jane 12 Main Moncton"
    assert 'example = ["Jane 12 Main Moncton"]' in as_toml(found)
    assert drafted(words).example == ""


def test_an_example_is_drafted_cell_by_cell_from_the_left() -> None:
    words = in_columns(330, ("Name", "Address", "City", "Signature"))
    row = [
        word("Moncton", 1700, 26), word("Ann", 60, 28), word("Lee", 90, 60),
        word("4", 850, 30), word("Elm", 900, 29),
    ]  # fmt: skip
    said = iter([[], row])
    found = drafted(words, read=lambda picture: next(said, []))
    assert found.example == "Ann Lee 4 Elm Moncton"


def test_given_and_family_names_in_columns_of_their_own_are_told_apart() -> None:
    words = in_columns(330, ("First name", "Last name", "Address", "Signature"))
    names = [column.fields[0].name for column in drafted(words).columns]
    assert names == ["first_name", "name", "address", "signature"]


def test_a_comb_that_stands_apart_from_the_rulings_is_one() -> None:
    words = in_columns(330, ("Name", "Address", "Code", "Signature"))
    ticks = [down(x, YS[1] + 20, YS[-1] - 20) for x in (950, 990, 1030, 1070, 1110)]
    assert [c.comb for c in drafted(words, more=ticks).columns] == [False, False, True, False]


def comb_and_ticks() -> Pixels:
    """In every row a comb of six boxes in the third column and four boxes to tick in the last."""
    page = blank(1700, 1000)
    for top in YS[1:-1]:
        draw_grid(page, range(930, 1171, 40), (top + 20, top + 60))
        for left in (1220, 1400):
            for high in (8, 44):
                draw_grid(page, (left, left + 26), (top + high, top + high + 26))
    return page


TICKED = tuple(
    PrintedWord(text, (x, y, x + 120, y + 36), 0.9)
    for text, x, y in (("Arts", 2310, 20), ("Law", 2310, 92), ("Science", 2670, 20),
                       ("Other", 2670, 92))
)  # fmt: skip


def test_a_comb_is_told_by_its_boxes_and_boxes_to_tick_make_none() -> None:
    page = comb_and_ticks()
    rows = [((100.0, a), (1600.0, a), (1600.0, b), (100.0, b))
            for a, b in zip(map(float, YS[1:-1]), map(float, YS[2:]), strict=True)]  # fmt: skip
    (comb,) = combs(page, rows)
    assert [round(side * 1500 + 100) for side in comb[::2]] == pytest.approx([930, 1170], abs=3)
    words = in_columns(330, ("Name", "Address", "Matricule", "Faculty"))
    # The boxes' sides are rulings of the table, too.
    sides = [1220, 1246, 1400, 1426]
    more = [down(x, top + 8, top + 70) for x in sides for top in YS[1:-1]]
    found = drafted(words, more=more, pixels=page, read=lambda _: TICKED)
    assert [column.comb for column in found.columns] == [False, False, True, False]
    assert [one.caption for one in found.columns[3].fields] == ["Arts", "Science", "Law", "Other"]
    assert {one.kind for one in found.columns[3].fields} == {FieldKind.CHECKBOX}


def test_heads_over_all_columns_are_heads_if_one_of_them_alone_is_known() -> None:
    words = in_columns(330, ("Signature", "Details", "Matricule", "Faculty"))
    captions = [
        PrintedWord(text, (x, y, x + 120, y + 36), 0.9)
        for text, x, y in (("Name:", 820, 20), ("Email:", 820, 92))
    ]
    found = drafted(words, pixels=comb_and_ticks(), read=lambda _: (*captions, *TICKED))
    assert heads(found) == ["Signature", "Details", "Matricule", "Faculty"]
    assert [[one.kind.value for one in column.fields] for column in found.columns] == [
        ["signature"], ["name", "email"], ["text"], ["checkbox"] * 4,
    ]  # fmt: skip


def test_a_first_row_lower_than_the_others_is_one_under_the_heads_above_the_table() -> None:
    page, ys = blank(1700, 1000), (320, 380, *YS[2:])
    draw_grid(page, XS, ys)
    rules = [across(y, XS[0], XS[-1]) for y in ys] + [down(x, ys[0], ys[-1]) for x in XS]
    words = in_columns(285, ("Name", "Address", "Telephone", "Signature"))
    tables = find_tables(rules, page.shape)
    found = draft_form(rectified(page), tables, words, no_print, "form")
    assert heads(found) == ["Name", "Address", "Telephone", "Signature"]


def test_boxes_to_tick_are_found_in_what_rows_share_and_make_check_boxes() -> None:
    page = blank(1700, 1000)
    for top in YS[1:-1]:
        draw_grid(page, (1020, 1050), (top + 25, top + 55))
        draw_across(page, top + 60.0, 520, 545)  # a dash
    rows = [((100.0, a), (1600.0, a), (1600.0, b), (100.0, b))
            for a, b in zip(map(float, YS[1:-1]), map(float, YS[2:]), strict=True)]  # fmt: skip
    (box,) = boxes_to_tick(page, rows)
    assert abs(box[0] * 1500 + 100 - 1020) < 3
    words = in_columns(330, ("Name", "Address", "Tenant", "Signature"))
    kinds = [column.fields[0].kind for column in drafted(words, pixels=page).columns]
    assert kinds[2] is FieldKind.CHECKBOX


def test_yes_and_no_beside_boxes_on_one_line_are_two_check_boxes() -> None:
    page = blank(1700, 1000)
    for top in YS[1:-1]:
        for left in (940, 1040):
            draw_grid(page, (left, left + 30), (top + 25, top + 55))
    # As a print engine reads them in what all rows share, twice as large.
    row = [
        PrintedWord("Yes", (1748.0, 68.0, 1808.0, 104.0), 0.9),
        PrintedWord("]No", (1890.0, 68.0, 1990.0, 104.0), 0.8),
    ]
    words = in_columns(330, ("Name", "Address", "May we text you?", "Signature"))
    found = drafted(words, pixels=page, read=lambda _: row)
    fields = [(one.caption, one.kind) for one in found.columns[2].fields]
    assert fields == [("Yes", FieldKind.CHECKBOX), ("No", FieldKind.CHECKBOX)]


NUMBER_XS = (100, 170, 700, 1200, 1600)


@pytest.mark.parametrize(
    ("head", "numbered", "header"),
    [
        ("#", False, "#"),
        ("", True, ""),
        ("*", True, ""),
        ("Nr.", True, "Nr."),
        ("No.", False, "No."),
    ],
)
def test_a_narrow_column_of_printed_numbers_is_one_whatever_stands_over_it(
    head: str, numbered: bool, header: str
) -> None:
    texts = (head, "Name", "Address", "Signature")
    words = [word(t, x + 10, 330) for t, x in zip(texts, NUMBER_XS, strict=False) if t]

    def read(picture: Pixels) -> Sequence[PrintedWord]:
        pitch = picture.shape[1] / (ROWS - 1)
        beside = picture.shape[1] < 2000  # the cells of the narrow column, side by side
        middles = [pitch * (k + 0.5) for k in range(ROWS - 1)] if beside and numbered else []
        return [PrintedWord(str(k), (x, 10, x + 9, 30), 0.9) for k, x in enumerate(middles, 1)]

    page = blank(1700, 1000)
    draw_grid(page, NUMBER_XS, YS)
    rules = [across(y, 100, 1600) for y in YS] + [down(x, YS[0], YS[-1]) for x in NUMBER_XS]
    found = draft_form(rectified(page), find_tables(rules, page.shape), words, read, "form")
    first = found.columns[0]
    assert (first.name, first.header) == ("row_number", header)
    assert [one.kind for one in first.fields] == [FieldKind.ROW_NUMBER]
    assert heads(found)[1:] == ["Name", "Address", "Signature"]
    assert ("untitled = true" in as_toml(found)) is (not header)


def test_heads_that_stand_over_the_rulings_are_no_labels_of_the_box() -> None:
    words = in_columns(270, ("Date", "Name", "City", "Signature"))
    above = [*words_at(110, 150, "Collected by:"), *words_at(700, 150, "Place:")]
    found = drafted([*words, *above])
    assert heads(found) == ["Date", "Name", "City", "Signature"]
    assert [label for _, _, label in found.box] == ["Collected by:", "Place:"]


@pytest.mark.parametrize("high", [60, ROW], ids=["lower than a row", "as high as a row"])
def test_a_box_right_above_the_heads_is_no_row_of_the_table(high: int) -> None:
    sides = [down(x, TOP - high, YS[-1]) for x in (XS[0], XS[-1])]
    inner = [down(x, TOP, YS[-1]) for x in XS[1:-1]]
    rules = [*sides, *inner, *(across(y, XS[0], XS[-1]) for y in (TOP - high, *YS))]
    y = TOP - high / 2
    labels = [*words_at(110, y, "Collected by"), *words_at(800, y, "Date"),
              *words_at(1250, y, "Sheet no."), *words_at(1450, y, "of")]  # fmt: skip
    title = [PrintedWord("Reopen", (100, 150, 300, 210), 0.9),
             PrintedWord("Library", (320, 150, 540, 210), 0.9)]  # fmt: skip
    labels += [*title, *words_at(100, 60, "We ask that it be open on Sundays"),
               *words_at(100, 95, "and on all holidays of the year")]  # fmt: skip
    page = blank(1700, 1000)
    words = [*in_columns(330, ("Name", "Address", "City", "Signature")), *labels]
    found = draft_form(
        rectified(page), find_tables(rules, page.shape), words, no_print, "form", rules=rules
    )
    assert heads(found) == ["Name", "Address", "City", "Signature"]
    assert [label for _, _, label in found.box] == ["Sheet no.", "of", "Collected by", "Date"]
    assert (found.title, found.box_title) == ("Reopen Library", "")


def test_a_title_of_a_section_under_the_heads_leaves_them_the_columns() -> None:
    """No ruling runs through "A. Residents": all heads together were those of one column."""
    sides = [down(x, TOP - 90, YS[-1]) for x in (XS[0], XS[-1])]
    upper = [down(x, TOP - 90, TOP - 35) for x in XS[1:-1]]
    inner = [down(x, TOP, YS[-1]) for x in XS[1:-1]]
    lines = [across(y, XS[0], XS[-1]) for y in (TOP - 90, *YS)]
    rules = [*sides, *upper, *inner, *lines]
    words = [*in_columns(TOP - 75, ("Name", "Address", "City", "Signature")),
             *words_at(110, TOP - 28, "A. Residents")]  # fmt: skip
    page = blank(1700, 1000)
    found = draft_form(
        rectified(page), find_tables(rules, page.shape), words, no_print, "form", rules=rules
    )
    assert heads(found) == ["Name A. Residents", "Address", "City", "Signature"]


def test_the_short_line_that_ends_a_text_over_the_heads_is_no_heads() -> None:
    crossing = PrintedWord("playground", (470, 200, 570, 222), 0.95)
    above = [*words_at(300, 200, "We ask for the"), crossing, *words_at(300, 230, "last spring.")]
    found = drafted([*in_columns(270, ("Name", "Address", "City", "Signature")), *above])
    assert heads(found) == ["Name", "Address", "City", "Signature"]


def test_letters_and_filled_squares_are_no_boxes_to_tick() -> None:
    page = blank(600, 400)
    for top in (100, 200, 300):
        page[top + 20 : top + 50, 100:130] = 0
        draw_down(page, 200, top + 20, top + 50)
    rows = [((50.0, y), (550.0, y), (550.0, y + 80), (50.0, y + 80)) for y in (100.0, 200.0, 300.0)]
    assert boxes_to_tick(page, rows) == ()


def test_a_field_of_the_box_never_has_a_signers_name() -> None:
    words = in_columns(330, ("Name", "Phone", "City", "Signature"))
    below = [*words_at(110, 900, "Collector:"), *words_at(110, 940, "Phone:")]
    found = drafted([*words, *below])
    assert [name for name, _, _ in found.box] == ["collector_name", "phone_2"]


def test_the_example_of_a_definition_is_a_list_of_texts() -> None:
    column = {"name": "n", "header": ["Name"], "fields": [{"name": "name", "kind": "name"}]}
    table = {"columns": [column], "example": ["Jane Example"]}
    form = {"name": "mine", "phrases": []}
    assert parse_form({"form": form, "table": table}, source="x").example == ("Jane Example",)
    with pytest.raises(FormError, match="'example' must be a list of texts"):
        parse_form({"form": form, "table": {**table, "example": "Jane"}}, source="x")


def captions(*texts: tuple[str, int, int]) -> tuple[PrintedWord, ...]:
    """What is read in rows of 80 px a line, at twice the size: text, x and line."""
    return tuple(
        PrintedWord(text, (2.0 * x, 2.0 * y, 2.0 * x + 160, 2.0 * y + 36), 0.9)
        for text, x, y in texts
    )


ENTRY = captions(
    ("Name", 20, 10), ("Residence", 20, 90), ("City", 20, 170), ("Signature", 420, 170),
    ("Date", 20, 250), ("Email", 420, 250),
)  # fmt: skip


def long_table(rows: int, words: Sequence[PrintedWord], lines: int) -> Draft:
    """The draft from even rows of which so many lines say what ``ENTRY`` does."""
    ys = [TOP + ROW * k for k in range(rows + 1)]
    page = blank(1700, ys[-1] + 200)
    draw_grid(page, XS, ys)
    rules = [across(y, XS[0], XS[-1]) for y in ys] + [down(x, ys[0], ys[-1]) for x in XS]
    tables = find_tables(rules, page.shape)

    def read(picture: Pixels) -> Sequence[PrintedWord]:
        return ENTRY if abs(picture.shape[0] - 2 * ROW * lines) < ROW else ()

    return draft_form(rectified(page), tables, words, read, "form")


def test_captions_of_four_lines_a_signer_are_drafted() -> None:
    """A form of captions in entries of four lines was refused as unsharp."""
    found = long_table(20, (), 4)
    assert found.lines == 4
    assert [column.line for column in found.columns] == [1, 2, 3, 3, 4, 4]


def test_a_signers_first_line_is_the_tables_though_its_captions_are_read_worse_there() -> None:
    """A signer was drafted from the second line on: the email of one with the next one's name."""
    first = captions(("Name", 20, 10), ("Phone", 420, 10))
    second = captions(("Email", 20, 10), ("Signature", 420, 10), ("Date", 820, 10))
    ys = [TOP + ROW * k for k in range(15)]
    page = blank(1700, ys[-1] + 200)
    draw_grid(page, XS, ys)
    for y in ys[:-1:2]:
        draw_text(page, XS[0] + 20, y + 24, "WWWW", 30)

    def below(words: Sequence[PrintedWord], text: str = "") -> list[PrintedWord]:
        box = (0.0, 2.0 * ROW, 0.0, 2.0 * ROW)
        moved = [tuple(np.add(word.box, box).tolist()) for word in words]
        return [replace(w, box=to, text=text or w.text) for w, to in zip(words, moved, strict=True)]

    def read(picture: Pixels) -> Sequence[PrintedWord]:
        marked = (picture[30:130, 20:200] < 120).any()
        if picture.shape[0] < 3 * ROW:
            return first if marked else ()
        if picture.shape[0] > 5 * ROW:
            return ()
        if marked:
            return [replace(word, text="Namx") for word in first] + below(second)
        return [*second, *below(first)]

    rules = [across(y, XS[0], XS[-1]) for y in ys] + [down(x, ys[0], ys[-1]) for x in XS]
    found = draft_form(rectified(page), find_tables(rules, page.shape), (), read, "form")
    assert found.lines == 2
    assert [one.fields[0].name for one in found.columns if one.line == 1] == ["name", "phone"]


def test_captions_of_several_lines_are_drafted_though_heads_are_read() -> None:
    """Two lines a signer were one each, and three of five fields left out."""
    heading = in_columns(TOP - 40, ("No.", "Each signer completes all", "", "Office use only"))
    assert long_table(20, heading, 4).lines == 4
    assert long_table(20, in_columns(TOP - 40, ("Name", "Address", "City", "Signature")), 1)


def test_heads_over_a_row_that_no_line_bounds_above_are_heads() -> None:
    """Of bands the first row has no upper edge, and the heads stood too far above the next one."""
    words = in_columns(TOP - ROW - 30, ("Name", "Address", "Postcode", "Signature"))
    first = PrintedWord("Name", (80.0, *words[0].box[1:]), 0.9)
    found = drafted([first, *words[1:], *in_columns(100, ("To", "the", "city", "council"))])
    assert heads(found) == ["Name", "Address", "Postcode", "Signature"]


def test_a_table_without_heads_and_captions_is_not_called_unsharp() -> None:
    with pytest.raises(FormError, match=r"by hand .* if this is one"):
        drafted(())
