"""Columns of a table whose boxes look like rulings keep what is theirs."""

import pytest
from drawn import across, down, words_at

from digitizer.forms.forms import Column, Form
from digitizer.layout.table.signergrid import even_rows, match_table
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.tables import find_tables
from digitizer.records import FieldKind, FieldSpec

XS = (100, 700, 1000, 1500)
YS = (300, 360, *range(440, 1001, 80))


def form_of(kind: FieldKind) -> Form:
    """A name, a column of this kind and a signature."""
    kinds = (FieldKind.NAME, kind, FieldKind.SIGNATURE)
    heads = ("Name", "Newsletter", "Signature")
    return Form(
        name="form",
        language="en",
        petition="",
        phrases=(),
        columns=tuple(
            Column(head.lower(), (head,), (FieldSpec(head.lower(), kind),))
            for head, kind in zip(heads, kinds, strict=True)
        ),
        box=None,
        source="test",
    )


@pytest.mark.parametrize("side", [740, 860])
def test_sides_of_boxes_to_tick_that_look_like_a_ruling_end_no_column(side: int) -> None:
    downs = [down(x, YS[0], YS[-1]) for x in (*XS, side)]
    (table,) = find_tables([*(across(y, XS[0], XS[-1]) for y in YS), *downs], (1300, 1700))
    words = [
        *words_at(110, 320, "Name"), *words_at(765, 320, "Newsletter"),
        *words_at(1010, 320, "Signature"),
    ]  # fmt: skip
    found = match_table(table, words, form_of(FieldKind.CHECKBOX))
    sides = [[round(float(table.down[k].points[0, 0])) for k in s] for s in found.columns if s]
    assert sides == [[100, 700], [700, 1000], [1000, 1500]]
    # A column of text has what stands under its head alone.
    found = match_table(table, words, form_of(FieldKind.TEXT))
    assert found.columns[1] is not None
    assert found.columns[1][1] - found.columns[1][0] == 1


def test_a_row_higher_than_most_below_low_heads_is_the_first() -> None:
    """A draft took what is printed in the first signer's row for heads."""
    ys = [234.0, 280.0, 493.0, 691.0, 863.0, 1076.0, 1266.0, 1470.0, 1668.0]
    rules = [*(across(y, XS[0], XS[-1]) for y in ys), *(down(x, ys[0], ys[-1]) for x in XS)]
    (table,) = find_tables(rules, (2200, 1700))
    assert [round(rule_at(rule, 800.0)) for rule in even_rows(table)] == ys[1:]
