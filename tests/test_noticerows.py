"""A strip of print across all columns, between the rows of signers, is no row."""

import pytest
from drawn import across, down, words_at

from digitizer.forms.forms import Form, parse_form
from digitizer.geometry import bbox_from_polygon
from digitizer.layout.table.signergrid import all_rows, match_table
from digitizer.lines.tables import Table, find_tables

XS = (100.0, 500.0, 1000.0, 1500.0)
HEADS = ("Name", "Address", "Signature")
TOP, HIGH = 400.0, 100.0


def definition() -> Form:
    """A form of three columns."""
    columns = [
        {"name": f"c{n}", "header": [head], "fields": [{"name": f"f{n}", "kind": "text"}]}
        for n, head in enumerate(HEADS, start=1)
    ]
    return parse_form({"form": {"name": "ward"}, "table": {"columns": columns}}, source="w.toml")


def noticed(rows: int, notice: float, more: int) -> tuple[Table, list[float]]:
    """A table of ``rows`` rows, a strip ``notice`` high, ``more`` rows; and where rows begin."""
    first = [TOP + HIGH * n for n in range(rows + 1)]
    second = [first[-1] + notice + HIGH * n for n in range(more + 1)]
    lines = [across(y, XS[0], XS[-1]) for y in (TOP - 60, *first, *second)]
    lines += [down(x, TOP - 60, second[-1]) for x in (XS[0], XS[-1])]
    lines += [
        down(x, top, bottom)
        for x in XS[1:-1]
        for top, bottom in ((TOP - 60, first[-1]), (second[0], second[-1]))
    ]
    (table,) = find_tables(lines, (2300, 1650))
    return table, [*first[:-1], *second[:-1]]


def found_rows(table: Table) -> list[tuple[float, float]]:
    heads = [w for x, said in zip(XS, HEADS, strict=False) for w in words_at(x + 8, TOP - 40, said)]
    rows = all_rows([match_table(table, heads, definition())], definition())
    places = [bbox_from_polygon(row.polygon) for row in rows]
    return [(y0, y1 - y0) for _, y0, _, y1 in places]


@pytest.mark.parametrize("notice", [28.0, 46.0, 75.0, 140.0])
@pytest.mark.parametrize("rows", [2, 6])
def test_rows_go_on_below_a_notice_and_are_as_high_as_they_are(rows: int, notice: float) -> None:
    """Six signers' rows below one about the postcode were cut a third too high."""
    table, tops = noticed(rows, notice, 6)
    assert found_rows(table) == [pytest.approx((top, HIGH), abs=1.5) for top in tops]


@pytest.mark.parametrize(
    ("notice", "more"),
    [
        pytest.param(100.0, 6, id="as high as a row, that something lies on"),
        pytest.param(200.0, 6, id="as high as two rows"),
        pytest.param(46.0, 1, id="a total at the foot, and a box"),
    ],
)
def test_what_may_be_rows_or_stands_at_the_foot_is_no_notice(notice: float, more: int) -> None:
    table, tops = noticed(6, notice, more)
    assert [top for top, _ in found_rows(table)] == pytest.approx(tops[:6], abs=1.5)
