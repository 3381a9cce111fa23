"""Dividers of rows with several lines: where most rows have one, and no fold."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from drawn import across, blank, draw_down, draw_grid, grid_rules, words_at

from digitizer.forms.forms import parse_form
from digitizer.geometry import bbox_from_polygon
from digitizer.layout.table.linedgrid import line_places, match_lined_table
from digitizer.layout.table.signergrid import signer_rows
from digitizer.lines.tables import find_tables
from digitizer.records import Pixels, PrintedWord, Rule

XS = (200.0, 700.0, 1500.0)
YS = tuple(float(y) for y in range(500, 1301, 100))
SHAPE = (2000, 1700)


@pytest.mark.parametrize(
    ("line", "is_divider"),
    [
        pytest.param((1000.0, YS[0], YS[-1]), True, id="as high as the table"),
        pytest.param((1000.0, 30.0, 1970.0), False, id="a fold from edge to edge"),
        pytest.param((1000.0, YS[0], 1970.0), True, id="down into a box below the table"),
    ],
)
def test_a_line_that_goes_on_above_and_below_the_table_divides_no_cell(
    line: tuple[float, float, float], is_divider: bool
) -> None:
    page = blank(SHAPE[1], SHAPE[0])
    draw_grid(page, XS, YS)
    x, top, bottom = line
    draw_down(page, x, top, bottom, gray=130)
    (table,) = find_tables(grid_rules(XS, YS), SHAPE)
    places = line_places(table, table.across, page, 0, 1)
    inner = [round(XS[0] + p * (XS[-1] - XS[0])) for p in places[1:-1]]
    assert inner == pytest.approx([700, 1000] if is_divider else [700], abs=3)
    assert np.diff(places).min() > 0


def test_a_divider_that_stands_aside_from_row_to_row_is_one() -> None:
    page = blank(SHAPE[1], SHAPE[0])
    draw_grid(page, XS, YS)
    # As on paper that was bent along its columns.
    for number, top in enumerate(YS[:-1]):
        draw_down(page, 1000.0 + (number % 3 - 1) * 5.0, top, top + 100, gray=130)
    (table,) = find_tables(grid_rules(XS, YS), SHAPE)
    places = line_places(table, table.across, page, 0, 1)
    inner = [XS[0] + p * (XS[-1] - XS[0]) for p in places[1:-1]]
    assert inner == pytest.approx([700, 1000], abs=3)


@pytest.mark.parametrize("lean", [0.0, 6.0])
def test_a_divider_close_beside_a_streak_divides(lean: float) -> None:
    page = blank(SHAPE[1], SHAPE[0])
    draw_grid(page, XS, YS)
    for top, bottom in pairwise(range(30, 1971, 97)):
        draw_down(page, 985.0 + lean * (top - 900) / 1940, top, bottom, gray=130)
    draw_down(page, 1002.0, YS[0], YS[-1], gray=130)
    (table,) = find_tables(grid_rules(XS, YS), SHAPE)
    places = line_places(table, table.across, page, 0, 1)
    inner = [XS[0] + p * (XS[-1] - XS[0]) for p in places[1:-1]]
    assert inner == pytest.approx([700, 1002], abs=3)


def test_a_divider_that_was_traced_where_it_wanders_divides() -> None:
    """Names and signatures of a sheet were lost: a ruling stood askew to the table's sides."""
    page = blank(SHAPE[1], SHAPE[0])
    draw_grid(page, XS, YS)
    xs = [1000.0 + 9 * number for number in range(len(YS) - 1)]
    for x, (top, bottom) in zip(xs, pairwise(YS), strict=True):
        draw_down(page, x, top, bottom, gray=130)
    traced = Rule(np.array([(x, y + 50) for x, y in zip(xs, YS, strict=False)]), False, 2.0, 1.0)
    traced = replace(traced, points=np.array([(xs[0], YS[0]), *traced.points, (xs[-1], YS[-1])]))
    (table,) = find_tables([*grid_rules(XS, YS), traced], SHAPE)
    inner = [XS[0] + p * (XS[-1] - XS[0]) for p in line_places(table, table.across, page, 0, 1)]
    assert inner[1:-1] == pytest.approx([700, np.median(xs)], abs=6)


# What is printed over each column, its kind, its lines from and to, and its sides.
TWO_LINES = (
    ("No.", "row_number", (0, 2), (200, 260)),
    ("SIGNATURE", "signature", (0, 1), (260, 700)),
    ("ADDRESS", "address", (0, 1), (700, 1200)),
    ("DATE", "date", (0, 2), (1200, 1500)),
    ("PRINTED NAME", "name", (1, 2), (260, 700)),
    ("TOWN", "text", (1, 2), (700, 1200)),
)


def test_lines_between_the_lines_of_a_signer_may_end_beside_cells_as_high_as_both() -> None:
    """Of fourteen signers with a number and a date beside their two lines seven were left."""
    xs = (200.0, 260.0, 700.0, 1200.0, 1500.0)
    page = blank(SHAPE[1], SHAPE[0])
    draw_grid(page, xs, YS)
    halves = [across(y + 50, xs[1], xs[3]) for y in YS[:-1]]
    (table,) = find_tables([*grid_rules(xs, YS), *halves], SHAPE)
    columns = [
        {
            "name": kind,
            "line": lines[0] + 1,
            "header": [head],
            "fields": [{"name": kind, "kind": kind}],
        }
        for head, kind, lines, _ in TWO_LINES
    ]
    form = parse_form(
        {"form": {"name": "f"}, "table": {"lines": 2, "columns": columns}}, source="f.toml"
    )
    words = [
        word
        for head, _, lines, (left, _) in TWO_LINES
        for word in words_at(left + 6, YS[0] - 60 + 30 * lines[0], head)
    ]
    grid = match_lined_table(table, page, words, form, lambda pixels: ())
    rows = signer_rows(grid, form)
    assert len(rows) == len(YS) - 1
    cells = {cell.column: bbox_from_polygon(cell.polygon) for cell in rows[2].cells}
    for _, kind, lines, (left, right) in TWO_LINES:
        place = (left, YS[2] + 50 * lines[0], right, YS[2] + 50 * lines[1])
        assert cells[kind] == pytest.approx(place, abs=3)


def test_a_scrap_like_a_short_caption_takes_no_other_columns_cell() -> None:
    """The date lay on the signatures: of three captions "DATE" was not read on some copies."""
    xs = (200.0, 600.0, 1000.0, 1500.0)
    page = blank(SHAPE[1], SHAPE[0])
    draw_grid(page, xs, YS)
    (table,) = find_tables(grid_rules(xs, YS), SHAPE)
    names = ("birth_date", "date", "signature")
    captions = ("DATE OF BIRTH", "DATE", "SIGNATURE")
    columns = [
        {"name": name, "fields": [{"name": name, "kind": name, "caption": [caption]}]}
        for name, caption in zip(names, captions, strict=True)
    ]
    form = parse_form({"form": {"name": "f"}, "table": {"columns": columns}}, source="f.toml")

    def read(pixels: Pixels) -> tuple[PrintedWord, ...]:
        wide, high = pixels.shape[1] / 13, pixels.shape[0] / 3
        said = ((0.2, "DATE"), (1.2, "OF"), (2.2, "BIRTH"), (9.0, "Eta"), (10.2, "TE"))
        return tuple(
            PrintedWord(text, (at * wide, high, (at + 0.9) * wide, 2 * high), 0.4)
            for at, text in said
        )

    grid = match_lined_table(table, page, (), form, read)
    assert grid.header_scores[0] > 0.6 and grid.columns == ((0, 1), (1, 2), (2, 3))


@pytest.mark.parametrize("gap", [0, 24])
@pytest.mark.parametrize("head_x", [700.0, 830.0])
def test_the_boxes_of_a_comb_are_one_cell_in_a_row_of_two_lines(gap: int, head_x: float) -> None:
    """Of a comb on the first of two lines only its first box was the column's cell."""
    page = blank(SHAPE[1], SHAPE[0])
    draw_grid(page, (XS[0], XS[-1]), YS)
    boxes = [700.0 + 60 * k + (gap if k > 2 else 0) for k in range(7)]
    sides = [*boxes, *([boxes[3] - gap] if gap else ())]
    for top, middle, bottom in zip(YS[:-1:2], YS[1::2], YS[2::2], strict=True):
        for x in sides:
            draw_down(page, x, top, middle)
        draw_down(page, 1000.0, middle, bottom)
    (table,) = find_tables(grid_rules((XS[0], XS[-1]), YS), SHAPE)
    heads = {"name": 1, "postal_code": 1, "phone": 1, "address": 2, "signature": 2}
    columns = [
        {"name": name, "header": [name], "line": line, "comb": name == "postal_code",
         "fields": [{"name": name, "kind": name}]}
        for name, line in heads.items()
    ]  # fmt: skip
    data = {"form": {"name": "f"}, "table": {"lines": 2, "columns": columns}}
    places = ((210.0, 440), (head_x, 440), (1150.0, 440), (210.0, 470), (1010.0, 470))
    words = [w for name, (x, y) in zip(heads, places, strict=True) for w in words_at(x, y, name)]
    grid = match_lined_table(
        table, page, words, parse_form(data, source="f.toml"), lambda pixels: ()
    )
    found = grid.columns[1]
    assert found is not None
    sides_found = [grid.table.down[k].points[0, 0] for k in found]
    assert sides_found == pytest.approx([boxes[0], boxes[-1]], abs=3)


def test_lines_of_a_row_that_are_read_by_themselves_alone_are_read() -> None:
    """A clean sheet was of no known form: of three lines the engine took two for a picture."""
    page = blank(SHAPE[1], SHAPE[0])
    ys = tuple(400.0 + 80 * k for k in range(13))
    draw_grid(page, (XS[0], XS[-1]), ys)
    (table,) = find_tables(grid_rules((XS[0], XS[-1]), ys), SHAPE)
    captions = {"name": "NAME", "address": "ADDRESS", "signature": "SIGNATURE"}
    columns = [
        {"name": name, "line": n, "fields": [{"name": name, "kind": name, "caption": [caption]}]}
        for n, (name, caption) in enumerate(captions.items(), start=1)
    ]
    data = {"form": {"name": "f"}, "table": {"lines": 3, "columns": columns}}
    strips = iter(("ADDRESS", "SIGNATURE"))

    def read(pixels: Pixels) -> tuple[PrintedWord, ...]:
        whole = pixels.shape[0] > 300
        text = "NAME" if whole else next(strips)
        return (PrintedWord(text, (20.0, 20.0, 200.0, 60.0), 0.9),)

    grid = match_lined_table(table, page, (), parse_form(data, source="f.toml"), read)
    assert grid.score == pytest.approx(1.0) and len(grid.row_rules) == 13
    assert grid.said is not None
    assert [(word.text, int(3 * word.middle[1])) for word in grid.said.words] == [
        ("NAME", 0), ("ADDRESS", 1), ("SIGNATURE", 2)
    ]  # fmt: skip
