"""Columns told apart by their heads where no ruling was seen between them."""

from collections.abc import Sequence

import pytest
from drawn import blank, draw_down, grid_rules, words_at

from digitizer.forms.forms import Form, parse_form
from digitizer.layout.table.lostsides import with_lost_sides
from digitizer.layout.table.signergrid import SignerGrid, match_table
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.tables import find_tables
from digitizer.records import Pixels, PrintedWord

XS = (150.0, 460.0, 930.0, 1180.0, 1560.0)
YS = tuple(700.0 + 90 * k for k in range(9))
HEADS = ("Name (please print)", "Address (include postal code)", "Signature", "Phone and email")
SHAPE = (2200, 1700)


def definition() -> Form:
    """A form of four columns."""
    columns = [
        {"name": f"c{n}", "header": [head], "fields": [{"name": f"f{n}", "kind": "text"}]}
        for n, head in enumerate(HEADS, start=1)
    ]
    return parse_form({"form": {"name": "ferry"}, "table": {"columns": columns}}, source="f.toml")


def heads(at: Sequence[float] = XS) -> list[PrintedWord]:
    """Heads over the columns, each in the middle of its own."""
    words = []
    for left, right, text in zip(at[:-1], at[1:], HEADS, strict=True):
        said = words_at(left, YS[0] - 40, text, height=16)
        pad = (right - said[-1].box[2]) / 2
        words += words_at(left + pad, YS[0] - 40, text, height=16)
    return words


def matched(lost: Sequence[float], page: Pixels, words: Sequence[PrintedWord]) -> SignerGrid:
    """The grid of a table without some of its columns' rulings, as it is mended."""
    (table, *_) = find_tables(grid_rules([x for x in XS if x not in lost], YS), SHAPE)
    grid = match_table(table, words, definition())
    assert (None in grid.columns) is bool(lost)
    return with_lost_sides(grid, words, definition(), page)


@pytest.mark.parametrize("lost", [(460.0,), (930.0,), (930.0, 1180.0), (460.0, 1180.0)])
def test_columns_under_two_heads_are_two(lost: tuple[float, ...]) -> None:
    grid = matched(lost, blank(1700, 2200), heads())
    assert grid.columns == ((0, 1), (1, 2), (2, 3), (3, 4))
    places = [rule_at(rule, 1000) for rule in grid.table.down]
    assert places == pytest.approx(XS, abs=8)
    assert grid.table.across_borders.shape == (len(YS), 4)
    assert grid.table.down_borders.all()


def test_pieces_of_a_ruling_tell_its_place_to_a_pixel() -> None:
    page = blank(1700, 2200)
    for top in YS[:-1:2]:
        draw_down(page, 941, top + 10, top + 60)
    grid = matched((930.0,), page, heads())
    assert rule_at(grid.table.down[2], 1000) == pytest.approx(941, abs=1)


def test_a_column_without_a_head_of_its_own_is_not_made() -> None:
    unread = [word for word in heads() if word.text != "Signature"]
    grid = matched((930.0,), blank(1700, 2200), unread)
    assert grid.table.column_count == 3 and grid.columns[2] is None


def test_a_table_with_all_its_columns_stays_as_it_is() -> None:
    (table,) = find_tables(grid_rules(XS, YS), SHAPE)
    grid = match_table(table, heads(), definition())
    assert with_lost_sides(grid, heads(), definition(), blank(1700, 2200)) is grid
