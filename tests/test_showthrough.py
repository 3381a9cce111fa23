"""Rulings of a sheet's back that show through are no columns' sides and no rows' borders."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from drawn import across, blank, down, draw_across, draw_down, grid_rules, rectified, words_at

from digitizer.forms.forms import Form, parse_form
from digitizer.lines.showthrough import contrast, pale_rulings
from digitizer.lines.tables import find_tables
from digitizer.records import PrintedWord, RegisteredPage, Rule
from digitizer.registration import register_page

WIDTH, HEIGHT = 1700, 2200
XS = (110.0, 520.0, 1000.0, 1268.0, 1622.0)
MIRRORED = tuple(WIDTH - x for x in reversed(XS))
ROWS = tuple(700.0 + 71 * n for n in range(12))
HEADS = ("Name (please print)", "Address (include postal code)", "Signature", "Phone and email")
PALE = 220  # of 245: a tenth of what the front's rulings are darker than paper


def form(heads: Sequence[str] = HEADS) -> Form:
    columns = [
        {"name": f"c{n}", "header": [head], "fields": [{"name": f"f{n}", "kind": "text"}]}
        for n, head in enumerate(heads, start=1)
    ]
    return parse_form({"form": {"name": "ferry"}, "table": {"columns": columns}}, source="f.toml")


def registered(
    ghosts: Sequence[Rule],
    words: Sequence[PrintedWord],
    heads: Sequence[str] = HEADS,
    *,
    rules: Sequence[Rule] = tuple(grid_rules(XS, ROWS)),
    gray: int = PALE,
) -> RegisteredPage:
    """A page with the form's rulings and pale ones, drawn and traced."""
    page = blank(WIDTH, HEIGHT)
    for traced, level in ((rules, 30), (ghosts, gray)):
        for rule in traced:
            (x0, y0), (x1, y1) = rule.points[0], rule.points[-1]
            if rule.horizontal:
                draw_across(page, y0, x0, x1, gray=level)
            else:
                draw_down(page, x0, y0, y1, gray=level)
    every = [*rules, *ghosts]
    tables = find_tables(every, page.shape)
    return register_page(rectified(page), every, tables, words, [form(heads)])


def printed_heads(xs: Sequence[float] = XS, heads: Sequence[str] = HEADS) -> list[PrintedWord]:
    return [w for x, head in zip(xs, heads, strict=False) for w in words_at(x + 10, 720, head)]


def sides(found: RegisteredPage) -> list[tuple[int, int]]:
    return [(round(cell.polygon[0][0]), round(cell.polygon[1][0])) for cell in found.rows[3].cells]


OWN = [(110, 520), (520, 1000), (1000, 1268), (1268, 1622)]


@pytest.mark.parametrize("gray", [PALE, 205], ids=["a-tenth", "a-sixth"])
def test_columns_end_at_this_sides_rulings(gray: int) -> None:
    ghosts = [down(x, ROWS[0], ROWS[-1]) for x in MIRRORED]
    assert sides(registered(ghosts, printed_heads(), gray=gray)) == OWN


@pytest.mark.parametrize("x", [432.0, 700.0, 1180.0, 1580.0])
def test_one_ruling_of_the_back_cuts_no_column(x: float) -> None:
    assert sides(registered([down(x, ROWS[0], ROWS[-1])], printed_heads())) == OWN


def test_a_backs_row_lines_divide_no_row() -> None:
    ghosts = [down(x, ROWS[0] + 24, ROWS[-1] + 24) for x in MIRRORED]
    ghosts += [across(y + 24, MIRRORED[0], MIRRORED[-1]) for y in ROWS]
    found = registered(ghosts, printed_heads())
    assert sides(found) == OWN
    assert [round(row.polygon[0][1]) for row in found.rows] == [round(y) for y in ROWS[1:-1]]


def test_hairlines_in_a_black_frame_are_columns() -> None:
    frame = [rule for rule in grid_rules(XS, ROWS) if rule.horizontal]
    frame += [down(x, ROWS[0], ROWS[-1]) for x in (XS[0], XS[-1])]
    inner = [down(x, ROWS[0], ROWS[-1]) for x in XS[1:-1]]
    assert sides(registered(inner, printed_heads(), rules=frame)) == OWN


def test_a_pale_ruling_between_two_heads_parts_two_columns() -> None:
    heads, xs = ("Name", "Age", *HEADS[1:]), (110.0, 420.0, *XS[1:])
    # The definition does not say what the narrow column is.
    found = registered(
        [down(420.0, ROWS[0], ROWS[-1])], printed_heads(xs, heads), ("Name", *HEADS[1:])
    )
    assert sides(found)[0] == (110, 420)


def test_contrast_is_that_of_bare_ruling() -> None:
    page = blank(400, 800)
    draw_down(page, 100.0, 50, 750, gray=45)
    draw_down(page, 200.0, 50, 750, gray=225)
    for y in range(60, 740, 8):  # a dotted ruling, as dark as the first
        draw_down(page, 300.0, y, y + 4, gray=45)
    for y in (100, 101, 102, 400, 401, 402):
        draw_across(page, y, 20, 380, gray=20)
    rules = [down(x, 50, 750) for x in (100.0, 200.0, 300.0)]
    assert contrast(rules[0], page) > 150
    assert contrast(rules[1], page) < 30
    assert pale_rulings(rules, page) == [1]


def test_a_ruling_on_which_a_note_lies_is_no_paler_for_it() -> None:
    page = blank(WIDTH, HEIGHT)
    draw_across(page, 700.5, 110, 1622, gray=30)
    page[690:711, 600:1200] = 245
    seen = across(700.5, 110, 1622, count=90)
    assert contrast(seen, page) < 30
    assert contrast(replace(seen, gaps=((600.0, 1200.0),)), page) > 150
