"""Rows for totals or for the office are no signers', as their print says."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from drawn import blank, draw_grid, draw_text, grid_rules, words_at

from digitizer.forms.forms import Form, parse_form
from digitizer.layout.rows.footheads import without_foot_heads
from digitizer.layout.rows.totalrows import is_total_below, says_total, without_total_rows
from digitizer.layout.table.signergrid import SignerGrid, match_table, signer_rows
from digitizer.lines.tables import find_tables
from digitizer.records import Pixels, PrintedWord

XS = (100, 500, 900, 1200, 1500)
YS = (300, 360, *range(440, 921, 80))
HEADS = ("Name", "Address", "Phone", "Signature")


def definition() -> Form:
    columns = [
        {"name": head, "header": [head], "fields": [{"name": f"{head}_", "kind": "text"}]}
        for head in HEADS
    ]
    return parse_form({"form": {"name": "quay"}, "table": {"columns": columns}}, source="q.toml")


def page_of(texts: dict[int, Sequence[str]]) -> tuple[Pixels, SignerGrid]:
    """A table of seven rows with such texts in the cells of some, and its grid."""
    page = blank(1700, 1100)
    draw_grid(page, XS, YS)
    for row, said in texts.items():
        for x, text in zip(XS, said, strict=False):
            draw_text(page, x + 20, 390 + 80 * row, text, 20)
    (table,) = find_tables(grid_rules(XS, YS), page.shape)
    words = [w for x, head in zip(XS, HEADS, strict=False) for w in words_at(x + 9, 320, head)]
    return page, match_table(table, words, definition())


class Reader:
    """Says the same of whatever it is shown, and counts."""

    def __init__(self, text: str) -> None:
        self.text, self.asked = text, 0

    def __call__(self, pixels: Pixels) -> list[PrintedWord]:
        self.asked += 1
        return words_at(10, pixels.shape[0] / 2, self.text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("TOTAL", True),
        ("Page total ____", True),
        ("Sub-total", True),
        ("Sous-total :", True),
        ("Nombre de signatures sur cette feuille", True),
        ("For office use only", True),
        ("À l'usage du bureau", True),
        ("Réservé à l'administration", True),
        ("Totten", False),
        ("Ann Otaley 14 Mill Lane", False),
        ("", False),
    ],
)
def test_what_a_total_says(text: str, told: bool) -> None:
    assert says_total(words_at(10, 10, text)) == told
    unsure = [replace(word, confidence=0.3) for word in words_at(10, 10, text)]
    assert not says_total(unsure)


def test_total_at_the_end_is_no_signer() -> None:
    """It was one, and waited on every sheet."""
    page, grid = page_of({0: ("Ann Lee", "4 Elm St", "555", "A L"), 6: ("Page total", "", "", "7")})
    read = Reader("Page total 7")
    (found,) = without_total_rows([grid], definition(), page, read)
    assert len(grid.row_rules) - 1 == 7 and found.row_rules == grid.row_rules[:-1]
    # Only a row that holds little is read.
    assert read.asked == 1


def test_two_totals_and_a_row_that_holds_a_wording_over_two_cells() -> None:
    page, grid = page_of({5: ("Sub-total", "", "", "3"), 6: ("Number of", "signatures", "", "7")})
    # The side between its first two cells is not printed.
    page[842:918, 490:511] = page[850, 480]
    side = replace(grid.table.down[1], gaps=((842.0, 920.0),))
    sides = (grid.table.down[0], side, *grid.table.down[2:])
    grid = replace(grid, table=replace(grid.table, down=sides))
    (found,) = without_total_rows([grid], definition(), page, Reader("Total"))
    assert found.row_rules == grid.row_rules[:-2]


def test_signers_stay() -> None:
    page, grid = page_of({5: ("Ann Lee", "4 Elm St", "555", "A L"), 6: ("Bo Day", "", "", "B D")})
    (found,) = without_total_rows([grid], definition(), page, Reader("Bo Day"))
    assert found.row_rules == grid.row_rules
    # A full row is not read.
    full, grid = page_of({6: ("Ann Lee", "4 Elm St", "555", "A L")})
    read = Reader("Total")
    (found,) = without_total_rows([grid], definition(), full, read)
    assert found.row_rules == grid.row_rules and not read.asked


def test_no_row_is_read_above_the_last_signer() -> None:
    """Each took a tenth of a second, where people leave cells empty half a second a page."""
    page, grid = page_of({k: (f"Ann Lee {k}", "", "", "A L") for k in range(6)})
    read = Reader("Ann Lee A L")
    (found,) = without_total_rows([grid], definition(), page, read)
    assert found.row_rules == grid.row_rules and read.asked == 1


def test_below_a_total_the_rows_go_on() -> None:
    page, grid = page_of({3: ("Sub-total", "", "", "3"), 4: ("Sub-total", "", "", "3")})
    (found,) = without_total_rows([grid], definition(), page, Reader("Sub-total"))
    rows = signer_rows(found, definition())
    tops = [round(min(y for _, y in row.polygon)) for row in rows]
    feet = [round(max(y for _, y in row.polygon)) for row in rows]
    assert tops == [360, 440, 520, 760, 840] and feet == [440, 520, 600, 840, 920]


def test_columns_that_run_on_into_a_total_leave_nobody_out() -> None:
    page, grid = page_of({})
    rows = signer_rows(grid, definition())
    assert is_total_below(rows, page, Reader("Total valid"))
    assert not is_total_below(rows, page, Reader("Bo Day"))


def test_heads_printed_once_more_between_rows_and_below_are_no_signers() -> None:
    """Half of the sheets so printed had a row of heads among the signers, without a word."""
    page, _ = page_of(
        {0: ("Ann Lee", "4 Elm St", "555", "A L"), 5: ("Bo Day", "Main St", "4", "B")}
    )
    for top in (300, 600, 840):
        for x, head in zip(XS, HEADS, strict=False):
            draw_text(page, x + 9, top + 20, head, 22)
    (table,) = find_tables(grid_rules(XS, YS), page.shape)
    words = [w for x, head in zip(XS, HEADS, strict=False) for w in words_at(x + 9, 320, head)]
    grid = match_table(table, words, definition())
    read = Reader("")
    (found,) = without_foot_heads([grid], definition(), page, read)
    rows = signer_rows(found, definition())
    tops = [round(min(y for _, y in row.polygon)) for row in rows]
    assert tops == [360, 440, 520, 680, 760]
    # The same picture told it, as the engine made nothing of it. Other print as large is none.
    other, grid = page_of({3: ("Nane", "Adresse", "Fhone", "Signed by")})
    (found,) = without_foot_heads([grid], definition(), other, read)
    assert found.row_rules == grid.row_rules
