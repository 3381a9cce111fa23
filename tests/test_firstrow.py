"""A line of print below a ruling that is none is no signer's row: numbers are right or in doubt."""

from collections.abc import Sequence

import pytest
from drawn import across, blank, down, words_at

from digitizer.forms.forms import Form, parse_form
from digitizer.layout.table.firstrow import has_low_first_row, is_numbered_otherwise
from digitizer.layout.table.signergrid import SignerGrid, match_table
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.tables import find_tables
from digitizer.records import (
    CellPlace,
    FieldKind,
    FieldSpec,
    Pixels,
    PrintedWord,
    RowPlace,
)

XS = (150.0, 460.0, 930.0, 1180.0, 1560.0)
HEAD, FALSE, FIRST, PITCH, ROWS = 700.0, 742.0, 790.0, 84.0, 6
YS = tuple(FIRST + PITCH * k for k in range(ROWS + 1))
SHAPE = (2200, 1700)
NAMES = ("Name (in block letters)", "Name")


def definition() -> Form:
    """A form of four columns, the first with a head of two lines."""
    heads = (NAMES, ("Address",), ("Signature",), ("Phone and email",))
    columns = [
        {"name": f"c{n}", "header": list(head), "fields": [{"name": f"f{n}", "kind": "text"}]}
        for n, head in enumerate(heads, start=1)
    ]
    return parse_form({"form": {"name": "ferry"}, "table": {"columns": columns}}, source="f.toml")


def matched(second: Sequence[PrintedWord]) -> SignerGrid:
    """The grid of a table with a ruling through its heads; ``second``: print below that."""
    levels = (HEAD, FALSE, *YS)
    rules = [across(y, XS[0], XS[-1]) for y in levels]
    rules += [down(x, levels[0], levels[-1]) for x in XS]
    (table, *_) = find_tables(rules, SHAPE)
    words = words_at(XS[0] + 8, 710, "Name (in block", height=20)
    for x, text in zip(XS[1:], ("Address", "Signature", "Phone and email"), strict=False):
        words += words_at(x + 8, 712, text, height=20)
    return match_table(table, [*words, *second], definition())


def test_a_heads_second_line_below_a_ruling_through_it_is_no_row() -> None:
    grid = matched(words_at(XS[0] + 8, 752, "letters)", height=20))
    assert [rule_at(rule, 800) for rule in grid.row_rules] == pytest.approx(YS)
    assert not has_low_first_row(grid.row_rules, 1)


@pytest.mark.parametrize("said", ["", "Ana Roy", "Lettau Block"])
def test_a_low_first_row_of_which_nothing_is_the_heads_stays_and_is_in_doubt(said: str) -> None:
    grid = matched(words_at(XS[0] + 8, 752, said, height=20))
    assert len(grid.row_rules) == ROWS + 2
    assert has_low_first_row(grid.row_rules, 1)


@pytest.mark.parametrize(
    ("heights", "lines", "low"),
    [
        ((84, 84, 84, 84, 84), 1, False),
        ((50, 84, 84, 84, 84), 1, True),
        ((70, 84, 84, 84, 84), 1, False),
        ((50, 84, 60, 110, 40), 1, False),
        ((84, 84, 50, 84, 84), 1, False),
        ((40, 60, 40, 60, 40, 60, 40, 60, 40, 60), 2, False),
        ((50, 84), 1, False),
    ],
)
def test_a_first_row_is_low_where_the_others_are_even(
    heights: Sequence[float], lines: int, low: bool
) -> None:
    levels = [100.0]
    for height in heights:
        levels.append(levels[-1] + height)
    assert has_low_first_row([across(y, 100, 900) for y in levels], lines) is low


@pytest.mark.parametrize(
    ("first", "otherwise"), [(1, False), (0, True), (2, True), (13, False), (None, False)]
)
def test_printed_numbers_tell_a_row_too_many_and_one_too_few(
    first: int | None, otherwise: bool
) -> None:
    rows = []
    for k in range(ROWS):
        box = ((100.0, YS[k]), (160.0, YS[k]), (160.0, YS[k + 1]), (100.0, YS[k + 1]))
        spec = FieldSpec("row_number", FieldKind.ROW_NUMBER)
        rows.append(RowPlace(k + 1, box, (CellPlace("number", (spec,), box),)))

    def read(picture: Pixels) -> list[PrintedWord]:
        if first is None:
            return []
        pitch = picture.shape[1] / ROWS
        places = [((k + 0.5) * pitch, k + first) for k in range(ROWS) if k + first > 0]
        return [PrintedWord(str(said), (x - 9, 20, x + 9, 60), 0.9) for x, said in places]

    assert is_numbered_otherwise(rows, blank(400, 1600), read) is otherwise
    # A form without numbers asks for nothing to be read.
    plain = [RowPlace(row.row, row.polygon, ()) for row in rows]
    assert not is_numbered_otherwise(plain, blank(400, 1600), read)
