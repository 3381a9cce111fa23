"""Lines to write on in some columns alone part no rows, at whatever heights they lie."""

import pytest
from drawn import across, grid_rules, words_at

from digitizer.forms.forms import parse_form
from digitizer.geometry import bbox_from_polygon
from digitizer.layout.table.signergrid import all_rows, match_table
from digitizer.lines.tables import find_tables

XS = (100.0, 440.0, 900.0, 1180.0, 1540.0)
HEADS = ("Name", "Address", "Signature", "Email")
TOP, HIGH, ROWS = 400.0, 170.0, 6
SHAPE = (2300, 1650)


@pytest.mark.parametrize("apart", [0.0, 0.6, 3.0], ids=lambda px: f"{px} px apart")
def test_lines_to_write_on_in_two_columns_part_no_rows(apart: float) -> None:
    tops = [TOP + n * HIGH for n in range(ROWS + 1)]
    guides = [
        across(top + share * HIGH + shift, XS[k], XS[k + 1])
        for top in tops[:-1]
        for share in (1 / 3, 2 / 3)
        for k, shift in ((1, 0.0), (3, apart))
    ]
    # The heads stand in a row of their own.
    rules = [*grid_rules(XS, [TOP - 110, *tops]), *guides]
    (table,) = find_tables(rules, SHAPE)
    heads = [w for x, said in zip(XS, HEADS, strict=False) for w in words_at(x + 8, 330, said)]
    columns = [
        {"name": f"c{n}", "header": [head], "fields": [{"name": f"f{n}", "kind": "text"}]}
        for n, head in enumerate(HEADS, start=1)
    ]
    form = parse_form({"form": {"name": "ward"}, "table": {"columns": columns}}, source="w.toml")
    rows = all_rows([match_table(table, heads, form)], form)
    assert [round(bbox_from_polygon(row.polygon)[1]) for row in rows] == tops[:-1]
