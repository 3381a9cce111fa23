"""Which tables of a page are tried as a form's, and what that costs."""

from collections.abc import Sequence

import pytest
from drawn import blank, draw_grid, grid_rules, words_at

from digitizer.forms.forms import parse_form
from digitizer.layout.identification.scoredforms import score_forms
from digitizer.lines.tables import find_tables
from digitizer.records import Pixels, PrintedWord

XS = (200.0, 700.0, 1100.0, 1500.0)
YS = tuple(float(y) for y in range(500, 1301, 100))
BOX = (1500.0, 1600.0, 1700.0)
SHAPE = (2000, 1700)
CAPTIONS = {"name": "Printed name", "address": "Street address", "signature": "Sign here"}


@pytest.mark.parametrize(
    ("said", "looks"),
    [
        pytest.param("Circulator Toronto", 1, id="the box of who collects"),
        pytest.param(" ".join(CAPTIONS.values()), 2, id="two more signers"),
        pytest.param("", 2, id="print that nobody read"),
    ],
)
def test_a_box_ruled_as_rows_are_is_not_read_as_a_signers_row(said: str, looks: int) -> None:
    """Each look took a tenth of a page's time, and found a label that had been read before."""
    columns = [
        {"name": name, "fields": [{"name": name, "kind": name, "caption": [caption]}]}
        for name, caption in CAPTIONS.items()
    ]
    form = parse_form({"form": {"name": "f"}, "table": {"columns": columns}}, source="f.toml")
    page = blank(SHAPE[1], SHAPE[0])
    rules = [*grid_rules(XS, YS), *grid_rules(XS, BOX)]
    draw_grid(page, XS, YS)
    draw_grid(page, XS, BOX)
    seen = []

    def read(pixels: Pixels) -> Sequence[PrintedWord]:
        seen.append(pixels.shape)
        return [
            word
            for x, caption in zip(XS, CAPTIONS.values(), strict=False)
            for word in words_at(8 + 2 * (x - XS[0] + 20), 30, caption, height=40)
        ]

    words = words_at(220.0, 1530.0, said) if said else []
    (found,) = score_forms(find_tables(rules, SHAPE), page, words, [form], read)
    assert found.grids[0].score > 0.7 and len(found.grids[0].row_rules) == len(YS)
    assert len(seen) == looks
