"""Cards with lines to write on: what is asked for ends at its line, not midway between captions."""

from collections.abc import Sequence

import numpy as np
import pytest
from drawn import blank, draw_across, words_at

from digitizer.forms.forms import Form, parse_form
from digitizer.layout.table.captionlines import inner_edges
from digitizer.layout.table.cellparts import split_cells
from digitizer.records import CellPlace, Pixels, PrintedWord, RowPlace

# Three cards of 800 by 400 px with a heading above what they ask for.
LEFT, RIGHT, TOP, HIGH, CARDS = 100, 900, 100, 400, 3
ASKED = {"name": "Name", "street": "Street", "phone": "Phone"}


def form() -> Form:
    """A form of cards."""
    fields = [
        {"name": name, "kind": "text", "caption": [caption]} for name, caption in ASKED.items()
    ]
    columns = [{"name": "card", "fields": fields}]
    return parse_form({"form": {"name": "card"}, "table": {"columns": columns}}, source="f")


def cells(
    captions: Sequence[tuple[int, int]], lines: Sequence[tuple[int, int]], title: str = ""
) -> dict[str, tuple[float, float]]:
    """From where to where down the first card each field reaches, px from its top.

    ``captions``: where each stands; ``lines``: where each line to write on begins and lies.
    """
    card = form()
    gray = blank(1000, TOP + CARDS * HIGH + 100)
    rows = []
    for n in range(CARDS):
        top = TOP + n * HIGH
        for x, y in lines:
            draw_across(gray, top + y, LEFT + x, RIGHT - 20)
        corners = ((LEFT, top), (RIGHT, top), (RIGHT, top + HIGH - 20), (LEFT, top + HIGH - 20))
        place = CellPlace("card", card.columns[0].fields, corners, ())
        rows.append(RowPlace(n + 1, corners, (place,)))

    def read(pixels: Pixels) -> Sequence[PrintedWord]:
        del pixels  # twice as large as the page, with a margin
        words = words_at(8 + 2 * 20, 8 + 2 * 20, title, height=40) if title else []
        for (x, y), text in zip(captions, ASKED.values(), strict=True):
            words += words_at(8 + 2 * x, 8 + 2 * y, text, height=32)
        return words

    found = split_cells(rows, card, gray, read)[0].cells
    heights = {cell.column: np.array(cell.polygon)[:, 1] - TOP for cell in found}
    return {name: (float(y.min()), float(y.max())) for name, y in heights.items()}


def test_captions_in_small_print_over_their_lines_have_what_is_written_above_these() -> None:
    """Cells were cut midway between captions, through what was written on each line."""
    found = cells([(20, 120), (20, 200), (20, 280)], [(20, 190), (20, 270), (20, 350)])
    assert 190 <= found["name"][1] <= 200
    assert 270 <= found["street"][1] <= 280
    assert found["street"][0] == found["name"][1] and found["phone"][0] == found["street"][1]


def test_behind_their_captions_lines_end_what_is_asked_for_however_much_room_is_below() -> None:
    found = cells([(20, 120), (20, 180), (20, 240)], [(110, 136), (110, 196), (110, 256)])
    assert 136 <= found["name"][1] <= 150
    assert 196 <= found["street"][1] <= 210


def test_a_caption_is_none_of_the_words_of_the_cards_heading() -> None:
    """The street was sought in "Keep the Mill Street clinic", and not asked for below."""
    found = cells(
        [(20, 120), (20, 180), (20, 240)],
        [(110, 136), (110, 196), (110, 256)],
        title="Keep the Mill Street clinic open",
    )
    assert found["street"][0] >= 130


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([], id="none"),
        pytest.param([(0.05, 0.09, 0.9, 0.1), (0.05, 0.49, 0.9, 0.5)], id="over the captions"),
        pytest.param([(0.4, 0.34, 0.9, 0.36)], id="behind one of them alone"),
    ],
)
def test_lines_that_do_not_tell_where_answers_end_cut_nothing(
    lines: Sequence[tuple[float, float, float, float]],
) -> None:
    captions = [[(0.05, 0.12, 0.2, 0.2)], [(0.05, 0.52, 0.2, 0.6)]]
    assert inner_edges(captions, lines, [True, True]) is None
