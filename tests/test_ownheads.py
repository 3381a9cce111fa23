"""The heads over a table's columns are no labels of the collector's box."""

from drawn import grid_rules, words_at

from digitizer.collector.ownheads import head_words
from digitizer.forms.forms import parse_form
from digitizer.layout.table.signergrid import match_table
from digitizer.lines.tables import find_tables

XS = (150.0, 460.0, 930.0, 1180.0, 1560.0)
YS = tuple(700.0 + 90 * k for k in range(9))
HEADS = ("Name", "Address", "Date of birth (day, month, year)", "Signature")


def test_a_date_of_birth_over_a_column_is_no_date_of_the_box() -> None:
    columns = [
        {"name": f"c{n}", "header": [head], "fields": [{"name": f"f{n}", "kind": "text"}]}
        for n, head in enumerate(HEADS, start=1)
    ]
    form = parse_form({"form": {"name": "ferry"}, "table": {"columns": columns}}, source="f.toml")
    heads = [
        *words_at(160, 730, "Name", height=16), *words_at(480, 730, "Address", height=16),
        *words_at(940, 712, "Date of birth", height=16),
        *words_at(935, 740, "(day, month, year)", height=16),
        *words_at(1190, 730, "Signature", height=16),
    ]  # fmt: skip
    box = [*words_at(160, 640, "Date:", height=16), *words_at(1190, 640, "Signature:", height=16)]
    written = words_at(160, 830, "Name of Ann", height=16)
    (table, *_) = find_tables(grid_rules(XS, YS), (2200, 1700))
    grid = match_table(table, heads, form)
    assert grid.row_rules and None not in grid.columns
    assert head_words([*heads, *box, *written], grid, form) == set(heads)
