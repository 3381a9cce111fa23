"""Two tables on a page, each with columns that the other has not, are of one form."""

from drawn import across, down, words_at

from digitizer.forms.forms import Form, parse_form
from digitizer.layout.table.signergrid import SignerGrid, match_table
from digitizer.layout.table.twins import is_of_form
from digitizer.lines.tables import find_tables

RESIDENTS = {100: "Name", 600: "Address", 1150: "Signature"}
TRADERS = {100: "Business", 500: "Name", 800: "Position", 1000: "Trade", 1200: "Signature"}
COLUMNS = ("Business", "Name", "Address", "Position", "Trade", "Signature")


def definition(*columns: str) -> Form:
    """A form of text columns under these heads."""
    found = [
        {"name": head, "header": [head], "fields": [{"name": f"{head}_", "kind": "text"}]}
        for head in columns
    ]
    return parse_form({"form": {"name": "quay"}, "table": {"columns": found}}, source="q.toml")


def table(heads: dict[int, str], form: Form) -> SignerGrid:
    xs, ys = [*heads, 1500], [300, 360, *range(440, 801, 80)]
    rules = [*(across(y, xs[0], xs[-1]) for y in ys), *(down(x, ys[0], ys[-1]) for x in xs)]
    (found,) = find_tables(rules, (1300, 1700))
    words = [word for x, head in heads.items() for word in words_at(x + 10, 320, head)]
    return match_table(found, words, form)


def test_a_table_with_a_column_that_the_other_lacks_is_the_forms_too() -> None:
    """Six residents were left out: the traders' table alone was like the definition."""
    form = definition(*COLUMNS)
    residents, traders = (table(heads, form) for heads in (RESIDENTS, TRADERS))
    assert is_of_form(residents, traders)


def test_a_table_of_fewer_columns_or_with_others_is_not() -> None:
    """A witness's name and signature below the rows are no signer's."""
    form = definition("Business", "Name", "Position", "Trade", "Signature")
    residents, traders = (table(heads, form) for heads in (RESIDENTS, TRADERS))
    assert not is_of_form(residents, traders)
    form = definition(*COLUMNS)
    witness = {100: "Name", 500: "Seal", 700: "Address", 1000: "Office", 1200: "Signature"}
    assert not is_of_form(table(witness, form), table(TRADERS, form))
