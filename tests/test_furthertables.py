"""Further tables of a page: the form's, though unlike the best one, or other people's."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from drawn import blank, grid_rules, rectified, words_at

from digitizer.forms.forms import Form, parse_form
from digitizer.layout.table.furthertables import (
    has_alike_beside,
    is_of_form,
    leaves_table_out,
    with_hidden_columns,
)
from digitizer.layout.table.signergrid import SignerGrid, match_table
from digitizer.lines.tables import Table, find_tables
from digitizer.records import PrintedWord
from digitizer.registration import register_page

RESIDENTS = {100: "Name", 600: "Address", 1150: "Signature"}
TRADERS = {100: "Business", 500: "Name", 800: "Position", 1000: "Trade", 1200: "Signature"}
COLUMNS = ("Business", "Name", "Address", "Position", "Trade", "Signature")
Words = list[PrintedWord]


def definition(*columns: str) -> Form:
    """A form of text columns under these heads, each with its wordings, parted by strokes."""
    found = [
        {
            "name": heads.split("|")[0],
            "header": heads.split("|"),
            "fields": [{"name": f"{heads.split('|')[0]}_", "kind": "text"}],
        }
        for heads in columns
    ]
    return parse_form({"form": {"name": "quay"}, "table": {"columns": found}}, source="q.toml")


def ruled(heads: dict[int, str], top: float = 300, right: float = 1500) -> tuple[Table, Words]:
    """A table of five rows of 80 px under a row of heads, and its print."""
    ys = [top, top + 60, *(top + 140 + 80 * n for n in range(5))]
    (found,) = find_tables(grid_rules([*heads, right], ys), (2200, 1700))
    return found, [word for x, head in heads.items() for word in words_at(x + 10, top + 20, head)]


def matched(
    form: Form, *heads: dict[int, str], said: Sequence[PrintedWord] = ()
) -> tuple[list[SignerGrid], list[Table], Words]:
    """The form's grids in tables one below the other, and all that is printed."""
    tables, words = zip(*(ruled(one, 300 + 700 * n) for n, one in enumerate(heads)), strict=True)
    every = [*said, *(word for some in words for word in some)]
    return [match_table(table, every, form) for table in tables], list(tables), every


def test_a_table_with_a_column_that_the_other_lacks_is_the_forms_too() -> None:
    """Six residents were left out: the traders' table alone was like the definition."""
    form = definition(*COLUMNS)
    (residents, traders), _, words = matched(form, RESIDENTS, TRADERS)
    assert is_of_form(residents, traders, form, words)


def test_a_table_of_fewer_columns_or_with_others_is_not() -> None:
    """A witness's name and signature below the rows are no signer's."""
    form = definition("Business", "Name", "Position", "Trade", "Signature")
    (residents, traders), _, words = matched(form, RESIDENTS, TRADERS)
    assert not is_of_form(residents, traders, form, words)
    form = definition(*COLUMNS)
    witness = {100: "Name", 500: "Seal", 700: "Address", 1000: "Office", 1200: "Signature"}
    (other, traders), _, words = matched(form, witness, TRADERS)
    assert not is_of_form(other, traders, form, words)


def test_a_table_that_says_a_head_in_its_other_wording_is_the_forms_too() -> None:
    """All residents were left out without a word: the traders' table has all columns."""
    form = definition("Business", "Name|Signed for it by", "Position", "Address", "Signature")
    traders = {100: "Business", 400: "Signed for it by", 800: "Position", 1000: "Address"}
    traders[1250] = "Signature"
    (residents, best), _, words = matched(form, RESIDENTS, traders)
    assert best.score > 0.9 and not residents.score > 0.85 * best.score
    assert is_of_form(residents, best, form, words)


@pytest.mark.parametrize(
    ("heads", "heading", "own"),
    [
        ({100: "Name", 600: "Address", 1150: "Signature"}, "", True),
        ({100: "Name", 600: "Address", 1150: "Signature"}, "WITNESSES", False),
        ({100: "Nom", 600: "Address", 1150: "Signature"}, "Témoins", False),
        ({100: "Witness name", 600: "Address", 1150: "Signature of witness"}, "", False),
        (
            {100: "Name", 600: "Address", 1150: "Signature"},
            "Fill in this part only if you signed before a witness",
            True,
        ),
    ],
)
def test_those_who_attest_what_others_signed_are_no_signers(
    heads: dict[int, str], heading: str, own: bool
) -> None:
    form = definition("Name|Nom", "Address", "Signature")
    said = words_at(110, 960, heading, height=20)
    (best, other), tables, words = matched(form, RESIDENTS, heads, said=said)
    assert is_of_form(other, best, form, words) == own
    # Witnesses may be the definition's own.
    witnessed = definition("Name|Nom|Witness name|Témoins", "Address", "Signature|Witnesses")
    (best, other), tables, words = matched(witnessed, RESIDENTS, heads, said=said)
    assert is_of_form(other, best, witnessed, words)
    assert not leaves_table_out(tables, (best, other), form, words)


def test_a_head_that_something_hides_makes_no_other_table() -> None:
    """A stamp lay on one head of the pupils' table, and none of its rows was found."""
    form = definition("Name", "Address", "City", "Phone", "School", "Grade", "Signature")
    residents = {100: "Name", 400: "Address", 700: "City", 950: "Phone", 1200: "Signature"}
    pupils = {100: "Name", 500: "School", 800: "Grade", 1150: "Signature"}
    (best, _), tables, words = matched(form, residents, pupils)
    seen = [word for word in words if word.text != "School"]
    other = match_table(tables[1], seen, form)
    assert other.columns[4] is None
    assert is_of_form(other, best, form, seen)
    assert with_hidden_columns((best, other))[1].columns[4] == (1, 2)
    # Where other print stands there it is another table.
    more = [*seen, *words_at(520, 1020, "Occupation")]
    assert not is_of_form(other, best, form, more)


def test_a_table_with_the_forms_heads_that_is_not_taken_is_told() -> None:
    form = definition("Name", "Address", "School", "Grade", "Signature")
    pupils = {100: "Name", 500: "Occupation", 800: "Signature"}
    (best, other), tables, words = matched(form, RESIDENTS, pupils)
    assert not is_of_form(other, best, form, words)
    assert leaves_table_out(tables, (best,), form, words)
    tally = {100: "Ward", 500: "Valid", 800: "Signature"}
    (best, other), tables, words = matched(form, RESIDENTS, tally)
    assert not leaves_table_out(tables, (best,), form, words)


def test_unlike_tables_side_by_side_are_not_one_of_both() -> None:
    """No table has all heads: the lines were tried without columns, and rows went through both."""
    heads = {100: "Name", 400: "Address", 700: "Signature"}
    pupils = {900: "Name", 1150: "School", 1350: "Signature"}
    form = definition("Name", "Address", "School", "Signature")
    (left, said), (right, more) = ruled(heads, 300, 860), ruled(pupils, 300, 1600)
    rules = [*left.across, *left.down, *right.across, *right.down]
    page = rectified(blank(1700, 2200))
    found = register_page(page, rules, (left, right), [*said, *more], (form,))
    assert found.form == "quay" and len(found.rows) == 10 and not found.rows_guessed
    columns = [[cell.column for cell in row.cells] for row in found.rows]
    assert columns == 5 * [["Name", "Address", "Signature"]] + 5 * [["Name", "School", "Signature"]]


def test_few_rows_of_unlike_tables_are_no_scrap() -> None:
    form = definition("Business", "Name", "Address", "Position", "Signature")
    traders = {100: "Business", 500: "Name", 800: "Position", 1200: "Signature"}
    (_, best), tables, words = matched(form, RESIDENTS, traders)
    # The best table has two rows and lacks a column that the other one has.
    short = replace(
        tables[1],
        across=tables[1].across[:4],
        across_borders=tables[1].across_borders[:4],
        down_borders=tables[1].down_borders[:3],
    )
    rules = [rule for table in tables for rule in (*table.across, *table.down)]
    page = rectified(blank(1700, 2200))
    found = register_page(page, rules, (tables[0], short), words, (form,))
    assert best.score > 0.7 and found.form == "quay" and len(found.rows) == 7


def test_a_table_ruled_as_the_best_whose_heads_were_not_shown_is_looked_at() -> None:
    """Of a table in two pieces the second was left out: at a glance its heads were not read."""
    form = definition("Name", "Address", "Signature")
    (best, other), tables, _ = matched(form, RESIDENTS, RESIDENTS)
    assert has_alike_beside(tables, (best,))
    assert not has_alike_beside(tables, (best, other))
    (best, other), tables, _ = matched(form, RESIDENTS, TRADERS)
    assert not has_alike_beside(tables, (best,))
