"""Rows, cells and box lie where they were drawn, whatever crosses or surrounds them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import (
    across,
    blank,
    down,
    draw_down,
    grid_rules,
    in_color,
    page_image,
    rectified,
    words_at,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_pages import CHOSEN, geometry, registered

from digitizer.assemble import sheet_reasons
from digitizer.forms.forms import Form, load_forms, parse_form
from digitizer.geometry import Points, apply_homography, bbox_from_polygon, convex_iou, inverse
from digitizer.layout.identification.formscore import MIN_FORM_SCORE
from digitizer.lines.tables import find_tables
from digitizer.pipeline import register_image
from digitizer.records import Pixels, PrintedWord, RegisteredPage, Rule
from digitizer.registration import register_page
from scripts.sheets.draw import draw_blank, random_layout
from scripts.sheets.fonts import FontSet
from scripts.sheets.wording import WORDINGS

MIN_IOU = 0.8
SKEW_DEG = 0.1

HEIGHT, WIDTH = 2200, 1700
XS = (100.0, 500.0, 1000.0, 1600.0)
TOP, BODY, PITCH = 500.0, 560.0, 90.0
HEADERS = ("Name (please print)", "Address (include postal code)", "Signature of signer")
TITLE = "COLLECTOR PLEASE FILL IN"
LABELS = ("Your name:", "Event or place:", "Date collected:")
BOX = (900.0, 1700.0, 1600.0, 2000.0)


def definition(headers: Sequence[str] = HEADERS, *, name: str = "parks", **form: Any) -> Form:
    """A form of text columns with a collector box of three lines."""
    columns = [
        {"name": f"c{n}", "header": [header], "fields": [{"name": f"f{n}", "kind": "text"}]}
        for n, header in enumerate(headers, start=1)
    ]
    fields = [
        {"name": f"b{n}", "kind": "text", "label": [label]}
        for n, label in enumerate(LABELS, start=1)
    ]
    data = {
        "form": {"name": name, **form},
        "table": {"columns": columns},
        "collector_box": {"title": [TITLE], "fields": fields},
    }
    return parse_form(data, source=f"{name}.toml")


def lines(rows: int) -> list[float]:
    """Heights of the table's rulings, the header's upper edge first."""
    return [TOP, *(BODY + PITCH * n for n in range(rows + 1))]


def header_words(
    headers: Sequence[str] = HEADERS, xs: Sequence[float] = XS, y: float = TOP + 20
) -> list[PrintedWord]:
    """Printed column heads."""
    return [w for x, text in zip(xs, headers, strict=False) for w in words_at(x + 8, y, text)]


def box_words(left: float = BOX[0], top: float = BOX[1]) -> list[PrintedWord]:
    """Printed title and labels of the collector box."""
    words = words_at(left + 20, top + 15, TITLE)
    for n, label in enumerate(LABELS):
        words += words_at(left + 20, top + 80 + 75 * n, label)
    return words


def box_rules() -> list[Rule]:
    """A frame around the collector box with a line under each label."""
    left, top, right, bottom = BOX
    heights = (top, top + 60, top + 135, top + 210, bottom)
    return [across(y, left, right) for y in heights] + [down(x, top, bottom) for x in (left, right)]


def register(rules: Sequence[Rule], words: Sequence[PrintedWord], *forms: Form) -> RegisteredPage:
    """Registration of a page that has these rulings and words."""
    tables = find_tables(rules, (HEIGHT, WIDTH))
    page = rectified(blank(WIDTH, HEIGHT))
    return register_page(page, rules, tables, words, forms or (definition(),))


def bounds(found: RegisteredPage) -> list[float]:
    """Heights of the rows' borders at the left, top one first."""
    assert found.rows
    return [row.polygon[0][1] for row in found.rows] + [found.rows[-1].polygon[3][1]]


def body(rows: int) -> list[float]:
    """Heights that the rows' borders should have."""
    return lines(rows)[1:]


# --- rows ----------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(rows=st.integers(1, 14), data=st.data())
def test_rows_are_counted_from_the_rulings(rows: int, data: st.DataObject) -> None:
    rules = data.draw(st.permutations(grid_rules(XS, lines(rows))))
    found = register(rules, header_words())
    assert found.failure is None
    assert [row.row for row in found.rows] == list(range(1, rows + 1))
    assert bounds(found) == pytest.approx(body(rows), abs=0.1)
    for row in found.rows:
        assert [cell.column for cell in row.cells] == ["c1", "c2", "c3"]
        boxes = [bbox_from_polygon(cell.polygon) for cell in row.cells]
        assert [(box[0], box[2]) for box in boxes] == list(pairwise(XS))
        assert bbox_from_polygon(row.polygon)[::2] == (XS[0], XS[-1])


def test_a_form_of_one_column_is_found() -> None:
    form = definition(HEADERS[:1])
    found = register(grid_rules((XS[0], XS[-1]), lines(8)), header_words(), form)
    assert found.form == form.name
    assert bounds(found) == pytest.approx(body(8), abs=0.1)
    assert all([cell.column for cell in row.cells] == ["c1"] for row in found.rows)


def test_a_form_whose_lines_are_each_divided_at_another_place_is_found() -> None:
    """No divider was long enough to be traced as a ruling."""
    said = ("Name", "Phone number", "Street address", "City", "Email address", "Signature")
    columns = [
        {
            "name": f"c{n}",
            "line": n // 2 + 1,
            "fields": [{"name": f"f{n}", "kind": "text", "caption": [text]}],
        }
        for n, text in enumerate(said)
    ]
    form = parse_form(
        {"form": {"name": "f"}, "table": {"lines": 3, "columns": columns}}, source="f"
    )
    gray, heights = blank(WIDTH, HEIGHT), [TOP + 70 * n for n in range(13)]
    places = (800.0, 600.0, 1000.0)
    for n, (top, bottom) in enumerate(pairwise(heights)):
        draw_down(gray, places[n % 3], top, bottom)

    def read(pixels: Pixels) -> list[PrintedWord]:
        # The row that all have in common, twice as large with a margin around it.
        words = []
        for n, text in enumerate(said):
            left = places[n // 2] if n % 2 else XS[0]
            words += words_at(2 * (left - XS[0]) + 20, 140 * (n // 2) + 20, text, height=30)
        return words if pixels.shape[0] == 3 * 140 + 16 else []

    rules = grid_rules((XS[0], XS[-1]), heights)
    found = register_page(
        rectified(gray), rules, find_tables(rules, gray.shape), (), [form], read=read
    )
    assert found.form == "f"
    assert bounds(found) == pytest.approx(heights[::3], abs=0.1)
    assert all(len(row.cells) == len(said) for row in found.rows)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.62])
@pytest.mark.parametrize("row", [1, 4, 8])
def test_a_strike_through_a_row_makes_no_row(row: int, share: float) -> None:
    strike = across(BODY + (row - 1 + share) * PITCH, XS[0] + 20, XS[-1] - 60, slope=0.004)
    found = register([*grid_rules(XS, lines(8)), strike], header_words())
    assert bounds(found) == pytest.approx(body(8), abs=0.1)


@pytest.mark.parametrize("missing", [1, 3, 7])
def test_a_ruling_that_was_not_seen_is_put_back(missing: int) -> None:
    heights = [y for y in lines(8) if y != BODY + missing * PITCH]
    found = register(grid_rules(XS, heights), header_words())
    assert bounds(found) == pytest.approx(body(8), abs=1)


def test_two_rulings_in_a_row_that_were_not_seen_are_put_back() -> None:
    heights = [y for n, y in enumerate(lines(9)) if n not in (4, 5)]
    found = register(grid_rules(XS, heights), header_words())
    assert bounds(found) == pytest.approx(body(9), abs=1)


def test_rows_that_differ_in_height_stay_as_they_are() -> None:
    heights = [TOP, BODY]
    for step in (90, 110, 80, 100, 95, 120, 85):
        heights.append(heights[-1] + step)
    found = register(grid_rules(XS, heights), header_words())
    assert bounds(found) == pytest.approx(heights[1:], abs=0.1)


def test_lines_to_write_on_inside_one_column_are_no_rows() -> None:
    rules = grid_rules(XS, lines(8))
    rules += [across(y + PITCH / 2, XS[1], XS[2]) for y in body(8)[:-1]]
    assert bounds(register(rules, header_words())) == pytest.approx(body(8), abs=0.1)


def written_lines(xs: Sequence[float] = XS, *, gap: float = 150.0) -> list[Rule]:
    """A line to write on in the middle of each row's cells, behind its label."""
    found = []
    for y in (top + PITCH / 2 for top in body(8)[:-1]):
        line = across(y, xs[0] + gap, xs[-1] - 20)
        hidden = tuple((x - 15, x + gap) for x in xs[1:-1])
        found.append(replace(line, support=0.8, gaps=hidden))
    return found


@pytest.mark.parametrize("crossed", [(), (3,), (2, 5)])
def test_lines_to_write_on_behind_labels_in_all_cells_are_no_rows(crossed: tuple[int, ...]) -> None:
    # Signatures across the end of a line hide that it ends there.
    drawn = written_lines()
    for number in crossed:
        drawn[number] = replace(drawn[number], gaps=drawn[number].gaps[:1])
    found = register([*grid_rules(XS, lines(8)), *drawn], header_words())
    assert bounds(found) == pytest.approx(body(8), abs=0.1)


def test_lines_to_write_on_are_rows_of_a_form_of_two_lines_a_signer() -> None:
    two_lines = definition()
    below = [replace(column, line=2) for column in two_lines.columns]
    two_lines = replace(two_lines, lines=2, columns=(*two_lines.columns, *below))
    gray = blank(WIDTH, HEIGHT)
    for x in XS:
        draw_down(gray, x, TOP, body(8)[-1])
    rules = [*grid_rules(XS, lines(8)), *written_lines()]
    tables, words = find_tables(rules, gray.shape), [*header_words(), *box_words()]
    found = register_page(rectified(gray), rules, tables, words, (two_lines,))
    assert bounds(found) == pytest.approx(body(8), abs=0.1)


def test_rulings_are_columns_where_a_printing_lacks_one_that_has_no_head() -> None:
    form = definition()
    numbers = replace(form.columns[0], name="no", header=())
    form = replace(form, columns=(numbers, *form.columns))
    # Inner rulings aslant, as bent paper has them: they tell where a column is, no heads do.
    moved = {y: 0.02 * (y - TOP) for y in lines(8)}
    rules = [rule for rule in grid_rules(XS, lines(8)) if rule.points[0, 0] not in XS[1:-1]]
    inner = [np.array([[x + off, y] for y, off in moved.items()]) for x in XS[1:-1]]
    rules += [Rule(points, False, 2.0, 1.0) for points in inner]
    found = register(rules, [*header_words(), *box_words()], form)
    assert [cell.column for cell in found.rows[-1].cells] == ["c1", "c2", "c3"]
    wanted = [XS[0], *(x + moved[body(8)[-2]] for x in XS[1:-1])]
    assert [c.polygon[0][0] for c in found.rows[-1].cells] == pytest.approx(wanted, abs=3)


def test_worn_rulings_between_rows_are_no_lines_to_write_on() -> None:
    # Every other ruling lost its crossings: of rows so alike one that is put back costs nothing.
    rules = grid_rules(XS, lines(8))
    worn = [r for r in rules if r.horizontal][4:6]
    rules = [r for r in rules if all(r is not w for w in worn)]
    rules += [replace(w, gaps=tuple((x - 40, x + 40) for x in XS)) for w in worn]
    assert bounds(register(rules, header_words())) == pytest.approx(body(8), abs=1)


def test_a_box_attached_to_the_table_is_no_row() -> None:
    bottom = lines(8)[-1]
    rules = grid_rules(XS, lines(8))
    rules += [across(bottom + y, 900, XS[-1]) for y in (55, 140, 225, 310)]
    rules += [down(900, bottom, bottom + 310), down(XS[-1], bottom, bottom + 310)]
    found = register(rules, header_words() + box_words(900, bottom))
    assert bounds(found) == pytest.approx(body(8), abs=0.1)
    assert found.collector_box is not None


def test_a_footer_across_the_table_is_no_row() -> None:
    bottom = lines(8)[-1]
    rules = grid_rules(XS, lines(8))
    rules += [across(bottom + 300, XS[0], XS[-1])]
    rules += [down(x, bottom, bottom + 300) for x in (XS[0], XS[-1])]
    words = header_words() + words_at(120, bottom + 60, "Return this sheet to the office")
    assert bounds(register(rules, words)) == pytest.approx(body(8), abs=0.1)


def test_a_table_open_at_both_sides_keeps_its_first_and_last_column() -> None:
    rules = [across(y, XS[0], XS[-1]) for y in lines(8)]
    rules += [down(x, TOP, lines(8)[-1]) for x in XS[1:-1]]
    found = register(rules, header_words())
    assert bounds(found) == pytest.approx(body(8), abs=0.5)
    assert [c.column for c in found.rows[0].cells] == ["c1", "c2", "c3"]


def test_rows_of_a_photographed_table_follow_its_rulings() -> None:
    rules = [across(y, XS[0], XS[-1], slope=0.01 * (y - 900) / 900) for y in lines(8)]
    rules += [down(x, TOP - 5, lines(8)[-1] + 5, slope=0.01 * (x - 800) / 800) for x in XS]
    found = register(rules, header_words())
    assert len(found.rows) == 8
    for n, row in enumerate(found.rows):
        top = body(8)[n]
        slope = 0.01 * (top - 900) / 900
        left, right = row.polygon[0], row.polygon[1]
        for x, y in (left, right):
            assert y == pytest.approx(top + slope * (x - XS[0]), abs=0.1)


# --- columns -------------------------------------------------------------------


def test_column_heads_may_stand_above_the_table() -> None:
    found = register(grid_rules(XS, body(8)), header_words(y=BODY - 40))
    assert bounds(found) == pytest.approx(body(8), abs=0.1)
    assert [c.column for c in found.rows[0].cells] == ["c1", "c2", "c3"]


def test_a_spanning_title_row_above_the_heads_is_no_row() -> None:
    rules = [across(TOP - 70, XS[0], XS[-1]), *grid_rules(XS, lines(8))]
    rules += [down(x, TOP - 70, TOP) for x in (XS[0], XS[-1])]
    words = words_at(700, TOP - 50, "Petition signers") + header_words()
    assert bounds(register(rules, words)) == pytest.approx(body(8), abs=0.1)


@pytest.mark.parametrize("unread", [{0}, {1}, {2}, {3}, {0, 1}, {1, 2}, {2, 3}, {0, 3}])
def test_columns_whose_heads_were_not_read_take_the_places_left(unread: set[int]) -> None:
    xs, heads = (*XS[:3], 1300.0, XS[3]), (*HEADERS, "Email and phone")
    printed = [h if n not in unread else "" for n, h in enumerate(heads)]
    form = definition(heads, phrases=["Save the parks"])
    words = header_words(printed, xs) + words_at(100, 100, "Save the parks") + box_words()
    found = register(grid_rules(xs, lines(8)), words, form)
    assert [c.column for c in found.rows[0].cells] == ["c1", "c2", "c3", "c4"]
    assert [bbox_from_polygon(c.polygon)[0] for c in found.rows[0].cells] == list(xs[:-1])
    assert bounds(found) == pytest.approx(body(8), abs=0.1)


@pytest.mark.parametrize(("rows", "known"), [(2, False), (3, True)])
def test_a_piece_of_a_table_without_one_of_its_columns_is_no_silent_fit(
    rows: int, known: bool
) -> None:
    form = definition(phrases=["Save the parks"])
    words = header_words(("", *HEADERS[1:])) + words_at(100, 100, "Save the parks")
    rules = grid_rules(XS[1:], lines(rows))
    found = register([*rules, *box_rules()], words + box_words(), form)
    assert (found.form is not None) is known
    assert found.candidates[0][0] == "parks"
    assert known or (found.failure is not None and "nearest: parks" in found.failure.message)


def test_a_narrow_column_of_numbers_keeps_no_unread_head_from_its_place() -> None:
    xs = (40.0, *XS)
    words = header_words(("", *HEADERS[1:]), XS) + words_at(45, TOP + 20, "No")
    form = definition(phrases=["Save the parks"])
    words += words_at(100, 100, "Save the parks") + box_words()
    found = register(grid_rules(xs, lines(8)), words, form)
    assert [c.column for c in found.rows[0].cells] == ["c1", "c2", "c3"]
    assert [bbox_from_polygon(c.polygon)[0] for c in found.rows[0].cells] == list(XS[:-1])


def test_columns_are_told_by_their_heads_not_by_their_order() -> None:
    found = register(grid_rules(XS, lines(8)), header_words(HEADERS[::-1]))
    lefts = {c.column: bbox_from_polygon(c.polygon)[0] for c in found.rows[0].cells}
    assert lefts == {"c3": 100, "c2": 500, "c1": 1000}


def test_columns_without_a_head_lie_between_their_neighbours() -> None:
    xs = (100.0, 400.0, 800.0, 900.0, 1000.0, 1600.0)
    titles = ("Name (please print)", "Address (include postal code)", "", "", "Signature")
    columns = [
        {"name": f"c{n}", "fields": [{"name": f"f{n}", "kind": "ignore"}]}
        | ({"header": [title]} if title else {"untitled": True})
        for n, title in enumerate(titles, start=1)
    ]
    data = {"form": {"name": "log"}, "table": {"columns": columns}}
    rules = grid_rules(xs, lines(5))
    words = header_words(titles, xs)
    page = rectified(blank(WIDTH, HEIGHT))
    tables = find_tables(rules, (HEIGHT, WIDTH))
    found = register_page(page, rules, tables, words, [parse_form(data, source="log.toml")])
    assert found.form == "log"
    for row in found.rows:
        left = {cell.column: cell.polygon[0][0] for cell in row.cells}
        assert left == pytest.approx({f"c{n}": x for n, x in enumerate(xs[:-1], start=1)}, abs=1)


def test_a_form_without_any_head_is_known_by_its_letter_and_as_many_columns() -> None:
    letter = ("We ask the school to keep the library", "open until six on every day")
    columns = [
        {"name": f"c{n}", "untitled": True, "fields": [{"name": f"f{n}", "kind": "ignore"}]}
        for n in range(1, len(XS))
    ]
    data = {"form": {"name": "school", "phrases": list(letter)}, "table": {"columns": columns}}
    form = parse_form(data, source="school.toml")
    print_ = [w for n, line in enumerate(letter) for w in words_at(XS[0], 200 + 60 * n, line)]
    rules = grid_rules(XS, body(8))
    found = register(rules, print_, form)
    assert found.form == "school" and len(found.rows) == 8
    assert [cell.polygon[0][0] for cell in found.rows[0].cells] == pytest.approx(XS[:-1], abs=1)
    # Not by its table alone, nor with another number of columns.
    assert register(rules, words_at(XS[0], 200, "The minutes of a meeting"), form).form is None
    assert register(grid_rules(XS[:-1], body(8)), print_, form).form is None


def test_a_column_that_the_definition_does_not_know_is_left_out() -> None:
    xs = (40.0, *XS)
    words = words_at(45, TOP + 20, "No.") + header_words()
    found = register(grid_rules(xs, lines(8)), words)
    boxes = {c.column: bbox_from_polygon(c.polygon)[::2] for c in found.rows[0].cells}
    assert boxes == {"c1": (100, 500), "c2": (500, 1000), "c3": (1000, 1600)}


@pytest.mark.parametrize("torn", [1250.0, 1400.0])
def test_a_head_that_a_fold_tore_in_two_is_one_column(torn: float) -> None:
    # Its piece alone would be the column by its shorter wording, the rest nobody's.
    form = definition()
    columns = list(form.columns)
    columns[2] = replace(columns[2], header=(HEADERS[2], "Signature"))
    xs = (*XS[:3], torn, XS[3])
    words = [*header_words(HEADERS[:2]), *words_at(XS[2] + 8, TOP + 20, "Signature")]
    words += words_at(torn + 8, TOP + 20, "of signer")
    found = register(grid_rules(xs, lines(6)), words, replace(form, columns=tuple(columns)))
    (*_, last) = found.rows[0].cells
    assert bbox_from_polygon(last.polygon)[::2] == pytest.approx((XS[2], XS[3]), abs=2)


def test_a_letter_in_the_first_row_is_no_head_of_a_narrow_column() -> None:
    # The head was not read; the first signer would be taken for a row of heads.
    form = definition(("No.", *HEADERS))
    words = header_words() + words_at(46, BODY + 30, "N")
    found = register(grid_rules((40.0, *XS), lines(8)), words, form)
    assert len(found.rows) == 8
    assert bounds(found)[0] == pytest.approx(BODY, abs=2)


def test_misread_heads_are_recognised() -> None:
    headers = ("Narne (p1ease prlnt)", "Addres include postai code", "Signatureof slgner")
    found = register(grid_rules(XS, lines(8)), header_words(headers))
    assert found.form == "parks"
    assert [c.column for c in found.rows[0].cells] == ["c1", "c2", "c3"]


# --- which form ----------------------------------------------------------------

OTHER = ("Prénom et nom de famille", "Ville de résidence", "Date de naissance")


def test_heads_lost_among_the_pages_print_are_read_by_themselves() -> None:
    rules, form = grid_rules(XS, lines(5)) + box_rules(), definition()
    page, tables = rectified(blank(WIDTH, HEIGHT)), find_tables(rules, (HEIGHT, WIDTH))
    words = [*header_words()[-2:], *box_words()]
    seen: list[tuple[int, ...]] = []

    def read(strip: Pixels) -> tuple[PrintedWord, ...]:
        """The heads, where they stand in the strip: it ends above the first row."""
        seen.append(strip.shape)
        dx, dy = XS[0] - 25, BODY - strip.shape[0] + 15
        boxes = [(w, np.array(w.box) - (dx, dy, dx, dy)) for w in header_words()]
        return tuple(replace(w, box=tuple(box.tolist())) for w, box in boxes)

    assert register_page(page, rules, tables, words, (form,)).form is None
    found = register_page(page, rules, tables, words, (form,), read=read)
    assert found.form == form.name and len(found.rows) == 5 and len(seen) == 1
    assert len(found.words) == len(header_words()) + len(box_words())
    # What fits is not read again.
    register_page(page, rules, tables, [*header_words(), *box_words()], (form,), read=read)
    assert len(seen) == 1


def test_a_form_whose_heads_a_fold_hides_is_told_by_its_other_print() -> None:
    letter = ("We ask the council to keep the ferry", "running on every day of the year")
    form = definition(phrases=list(letter))
    print_ = [w for n, line in enumerate(letter) for w in words_at(XS[0], 200 + 60 * n, line)]
    rules = grid_rules(XS, lines(5)) + box_rules()
    only_one = header_words()[:3]
    found = register(rules, [*print_, *only_one, *box_words()], form)
    assert found.form == form.name and found.form_score < MIN_FORM_SCORE
    assert [cell.column for cell in found.rows[0].cells] == ["c1", "c2", "c3"]
    assert sheet_reasons(found, form, ())[:1] == ("heads-not-read",)
    # Not without a head, the letter or a label, with another number of columns, or where two
    # forms have the same letter.
    for words, among in (
        ([*print_, *box_words()], (form,)),
        ([*print_[:5], *only_one, *box_words()], (form,)),
        ([*print_, *only_one], (form,)),
        ([*print_, *only_one, *box_words()],
         (definition((*HEADERS, "Phone"), phrases=list(letter)),)),
        ([*print_, *only_one, *box_words()],
         (form, definition(HEADERS[::-1], name="other", phrases=list(letter)))),
    ):  # fmt: skip
        assert register(rules, words, *among).form is None


@pytest.mark.parametrize("order", [1, -1])
def test_the_form_is_the_one_whose_wording_fits(order: int) -> None:
    forms = [definition(), definition(OTHER, name="autre", language="fr")][::order]
    words = header_words() + box_words()
    found = register(grid_rules(XS, lines(8)), words, *forms)
    assert (found.form, found.language) == ("parks", "en")
    assert [name for name, _ in found.candidates] == ["parks", "autre"]
    assert found.form_score == pytest.approx(found.candidates[0][1], abs=1e-3)
    assert found.form_score > found.candidates[1][1] + 0.2


def test_a_page_of_no_known_form_names_the_nearest_and_holds_no_row() -> None:
    found = register(grid_rules(XS, lines(8)), header_words(), definition(OTHER, name="autre"))
    assert (found.form, found.rows, found.collector_box) == (None, (), None)
    assert found.failure is not None and found.failure.kind == "unknown-form"
    assert found.candidates[0][0] == "autre"


def test_a_page_without_a_table_says_so() -> None:
    found = register([], words_at(100, 100, "Dear council"))
    assert found.failure is not None and found.failure.kind == "no-table"
    assert found.form is None


def test_without_definitions_no_form_is_found() -> None:
    page = rectified(blank(WIDTH, HEIGHT))
    rules = grid_rules(XS, lines(8))
    found = register_page(page, rules, find_tables(rules, (HEIGHT, WIDTH)), header_words(), ())
    assert (found.form, found.form_score, found.candidates) == (None, 0, ())


def test_the_signer_table_is_told_from_a_larger_one() -> None:
    other = grid_rules((100, 300, 600, 800, 1100, 1300, 1600), (60, 120, 180, 240, 300, 360, 420))
    found = register([*other, *grid_rules(XS, lines(4))], header_words())
    assert bounds(found) == pytest.approx(body(4), abs=0.1)


@pytest.mark.parametrize(
    ("given_", "wanted"), [("", "Save the parks"), ("Parks petition 2026", "Parks petition 2026")]
)
def test_the_petition_is_the_definitions_or_the_sheets_title(given_: str, wanted: str) -> None:
    words = words_at(100, 80, "Save the parks", height=50) + header_words()
    for y in (200, 240, 280, 320):
        words += words_at(100, y, "we ask the council to keep them open")
    found = register(grid_rules(XS, lines(8)), words, definition(petition=given_))
    assert found.petition == wanted


# --- collector box -------------------------------------------------------------


def test_fields_of_the_box_lie_beside_their_labels_inside_its_frame() -> None:
    rules = [*grid_rules(XS, lines(8)), *box_rules()]
    found = register(rules, header_words() + box_words())
    assert found.collector_box is not None
    assert convex_iou(found.collector_box.polygon, _rectangle(BOX)) > 0.98
    assert [f.column for f in found.collector_box.fields] == ["b1", "b2", "b3"]
    for n, field in enumerate(found.collector_box.fields):
        left, top, right, bottom = bbox_from_polygon(field.polygon)
        label = [w for w in box_words() if w.text in LABELS[n].split()][-1].box
        assert BOX[0] < left and right == pytest.approx(BOX[2], abs=1)
        assert left >= label[2]
        assert top < (label[1] + label[3]) / 2 < bottom
        assert BOX[1] + 60 + 75 * n - 20 < top and bottom < BOX[1] + 60 + 75 * (n + 1) + 21


def test_a_label_that_was_not_read_keeps_its_line() -> None:
    rules = [*grid_rules(XS, lines(8)), *box_rules()]
    unread = LABELS[1].split()
    words = [w for w in box_words() if w.text not in unread]
    whole = register(rules, header_words() + box_words()).collector_box
    found = register(rules, header_words() + words).collector_box
    assert whole is not None and found is not None
    middle = np.mean(bbox_from_polygon(found.fields[1].polygon)[1::2])
    wanted = np.mean(bbox_from_polygon(whole.fields[1].polygon)[1::2])
    assert middle == pytest.approx(wanted, abs=15)


@pytest.mark.parametrize("unread", [0, 1, 2])
def test_the_answer_to_a_label_that_was_not_read_begins_behind_it(unread: int) -> None:
    rules = [*grid_rules(XS, lines(8)), *box_rules()]
    words = [w for w in box_words() if w.text not in LABELS[unread].split()]
    whole = register(rules, header_words() + box_words()).collector_box
    found = register(rules, header_words() + words).collector_box
    assert whole is not None and found is not None
    for wanted, seen in zip(whole.fields, found.fields, strict=True):
        start = bbox_from_polygon(wanted.polygon)[0]
        assert bbox_from_polygon(seen.polygon)[0] == pytest.approx(start, abs=40)


def test_a_label_read_together_with_its_answer_ends_where_it_is_printed() -> None:
    rules = [*grid_rules(XS, lines(8)), *box_rules()]
    words = box_words()
    place = [w.text for w in words].index(LABELS[0].split()[-1])
    label = words[place]
    long = (*label.box[:2], label.box[2] + 250, label.box[3])
    words[place] = PrintedWord(label.text, long, label.confidence)
    found = register(rules, header_words() + words).collector_box
    assert found is not None
    start = bbox_from_polygon(found.fields[0].polygon)[0]
    assert start == pytest.approx(label.box[2], abs=40)
    assert all(caption[2] <= start for caption in found.fields[0].captions)


@pytest.mark.parametrize("said", ["name:", "name"])
def test_letters_near_a_label_are_the_answers_though_its_colon_was_not_read(said: str) -> None:
    rules = [*grid_rules(XS, lines(8)), *box_rules()]
    words = box_words()
    place = [w.text for w in words].index(LABELS[0].split()[-1])
    (left, top, right, bottom), page = words[place].box, blank(WIDTH, HEIGHT)
    for y in (top + 6, bottom - 4):  # the printed colon, and two letters behind it
        page[round(y) : round(y) + 4, round(right) - 6 : round(right) - 2] = 40
    for x in (right + 8, right + 26):
        page[round(top) : round(bottom), round(x) : round(x) + 10] = 40
    page[round(top) + 4 : round(bottom), round(left) : round(right) - 14] = 40
    words[place] = PrintedWord(said, (left, top, right + 36, bottom), 0.9)
    tables = find_tables(rules, page.shape)
    found = register_page(rectified(page), rules, tables, header_words() + words, [definition()])
    assert found.collector_box is not None
    start = bbox_from_polygon(found.collector_box.fields[0].polygon)[0]
    assert start == pytest.approx(right, abs=5)


def test_letters_traced_as_a_ruling_do_not_bound_an_answer() -> None:
    rules = [*grid_rules(XS, lines(8)), *box_rules()]
    whole = register(rules, header_words() + box_words()).collector_box
    label = next(w for w in box_words() if w.text == LABELS[1].split()[0])
    through = across((label.box[1] + label.box[3]) / 2 - 4, label.box[0], BOX[2] - 10)
    found = register([*rules, through], header_words() + box_words()).collector_box
    assert whole is not None and found is not None
    assert found.fields[1].polygon == whole.fields[1].polygon


def test_a_streak_over_the_page_is_no_side_of_a_box_whose_frame_is_worn() -> None:
    left, top, right, bottom = BOX
    frame = [across(y, left, right) for y in (top, bottom)] + [down(right, top, bottom)]
    streak = down(left - 500, 5, HEIGHT - 5)
    rules = [*grid_rules(XS, lines(8)), *frame, streak]
    found = register(rules, header_words() + box_words()).collector_box
    assert found is not None
    assert convex_iou(found.polygon, _rectangle(BOX)) > 0.9


def test_a_label_read_with_what_lies_below_it_leaves_the_frame_where_it_is() -> None:
    rules = [*grid_rules(XS, lines(8)), *box_rules()]
    words = box_words()
    left, top, right, _ = words[-1].box
    words[-1] = PrintedWord(words[-1].text, (left, top, right, BOX[3] + 60), 0.9)
    found = register(rules, header_words() + words).collector_box
    assert found is not None
    assert convex_iou(found.polygon, _rectangle(BOX)) > 0.9


IN_LINE = (150.0, 620.0, 1250.0)
LINE_Y = 1500.0


def one_line(labels: Sequence[str] = LABELS) -> list[PrintedWord]:
    """Labels of a box without title or frame, printed beside each other below the table."""
    places = dict(zip(LABELS, IN_LINE, strict=True))
    return [w for label in labels for w in words_at(places[label], LINE_Y, label)]


def test_labels_on_one_line_end_each_others_answers() -> None:
    # One line to write on for all, as long as the table is wide.
    rules = [*grid_rules(XS, lines(8)), across(LINE_Y + 24, XS[0], XS[-1])]
    found = register(rules, header_words() + one_line()).collector_box
    assert found is not None
    assert [f.column for f in found.fields] == ["b1", "b2", "b3"]
    ends = [w.box for w in one_line()]
    for n, field in enumerate(found.fields):
        left, top, right, bottom = bbox_from_polygon(field.polygon)
        own = max(box[2] for box in ends if n == 2 or box[0] < IN_LINE[n + 1])
        assert own <= left <= own + 40
        assert right <= (IN_LINE[n + 1] if n < 2 else WIDTH) and right - left > 150
        assert top < LINE_Y < LINE_Y + 20 < bottom < LINE_Y + 60


def test_a_label_on_a_shared_line_that_was_not_read_is_told_as_missing() -> None:
    found = register(grid_rules(XS, lines(8)), header_words() + one_line(LABELS[:2]))
    assert found.collector_box is not None
    assert [f.column for f in found.collector_box.fields] == ["b1", "b2"]
    assert "box-field-not-found:b3" in sheet_reasons(found, definition(), ())


def test_without_labels_there_is_no_box() -> None:
    rules = [*grid_rules(XS, lines(8)), *box_rules()]
    assert register(rules, header_words()).collector_box is None


def test_a_label_in_a_signer_row_is_not_the_box() -> None:
    words = header_words() + words_at(XS[0] + 10, BODY + 30, "Your name: Date collected:")
    assert register(grid_rules(XS, lines(8)), words).collector_box is None


def _rectangle(box: tuple[float, float, float, float]) -> list[tuple[float, float]]:
    left, top, right, bottom = box
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


# --- samples -------------------------------------------------------------------


def in_scan(found: RegisteredPage, polygon: Sequence[tuple[float, float]]) -> Points:
    """A polygon of the page in pixels of the scan."""
    return apply_homography(inverse(found.page.page_from_scan), polygon)


chosen = pytest.mark.parametrize(("file", "page"), CHOSEN, ids=[f"{f}-{p}" for f, p in CHOSEN])


@chosen
def test_form_rotation_and_skew_of_a_sample_are_as_drawn(file: str, page: int) -> None:
    found, truth = registered(file, page), geometry()[file, page]
    assert found.form == truth["form"]
    assert found.page.rotation_deg == truth["rotation_deg"]
    assert found.page.skew_deg == pytest.approx(truth["skew_deg"], abs=SKEW_DEG)
    iou = convex_iou(found.page.page_polygon_scan, truth["page_polygon"])
    assert iou > 0.9


@chosen
def test_every_row_and_cell_of_a_sample_is_found_and_no_more(file: str, page: int) -> None:
    found, truth = registered(file, page), geometry()[file, page]
    assert [row.row for row in found.rows] == [row["row"] for row in truth["rows"]]
    for row, wanted in zip(found.rows, truth["rows"], strict=True):
        assert convex_iou(in_scan(found, row.polygon), wanted["polygon"]) >= MIN_IOU
        cells = {cell.column: in_scan(found, cell.polygon) for cell in row.cells}
        assert set(cells) == set(wanted["cells"])
        for column, polygon in wanted["cells"].items():
            assert convex_iou(cells[column], polygon) >= MIN_IOU, (row.row, column)


@chosen
def test_polygons_of_a_sample_begin_top_left_as_its_text_reads(file: str, page: int) -> None:
    found, truth = registered(file, page), geometry()[file, page]
    row, wanted = found.rows[0], truth["rows"][0]
    height = np.linalg.norm(np.subtract(wanted["polygon"][3], wanted["polygon"][0]))
    off = in_scan(found, row.polygon) - np.array(wanted["polygon"])
    assert np.linalg.norm(off, axis=1).max() < 0.4 * height


@chosen
def test_the_collector_box_of_a_sample_is_found_with_its_fields(file: str, page: int) -> None:
    found, truth = registered(file, page), geometry()[file, page]
    assert found.collector_box is not None
    box = in_scan(found, found.collector_box.polygon)
    assert convex_iou(box, truth["collector_box"]["polygon"]) >= MIN_IOU
    fields = {f.column: in_scan(found, f.polygon) for f in found.collector_box.fields}
    assert set(fields) == set(truth["collector_box"]["fields"])
    for name, polygon in truth["collector_box"]["fields"].items():
        # The truth's line goes from rule to rule, the space for writing less far.
        overlaps = {n: convex_iou(fields[n], polygon) for n in fields}
        assert max(overlaps, key=lambda n: overlaps[n]) == name
        assert overlaps[name] > 0.4


# --- other petitions -----------------------------------------------------------


@pytest.mark.parametrize(("form", "seed"), [("commons-en", 3), ("municipal-fr", 4)])
def test_another_petition_is_known_once_its_definition_is_given(
    form: str, seed: int, fonts: FontSet, root: Path
) -> None:
    layout = random_layout(np.random.default_rng(seed), fonts=1, paper="letter")
    sheet = draw_blank(WORDINGS[form], layout, fonts, dpi=200)
    image = page_image(in_color(sheet.pixels), dpi=200.0)
    installed = ("amnesty-canada-en", "amnesty-canada-fr")
    definition_file = str(root / "tests" / "forms" / f"{form}.toml")
    found, _ = register_image(image, load_forms([*installed, definition_file]))
    tables = find_tables(found.rules, found.page.gray.shape)
    unknown = register_page(found.page, found.rules, tables, found.words, load_forms(installed))
    assert unknown.form is None
    assert unknown.failure is not None and unknown.failure.kind == "unknown-form"
    assert (found.form, found.failure) == (form, None)
    assert len(found.rows) == len(sheet.rows)
    scale = 200 / 25.4
    for row, drawn in zip(found.rows, sheet.rows, strict=True):
        wanted = {name: _rectangle(_scaled(rect, scale)) for name, rect in drawn.cells}
        assert {cell.column for cell in row.cells} == set(wanted)
        for cell in row.cells:
            assert convex_iou(in_scan(found, cell.polygon), wanted[cell.column]) >= MIN_IOU
    assert (found.collector_box is not None) is (sheet.box is not None)


def _scaled(
    rect: tuple[float, float, float, float], scale: float
) -> tuple[float, float, float, float]:
    left, top, right, bottom = (v * scale for v in rect)
    return left, top, right, bottom
