"""Numbers of rows are told from what is read in a column's cells, laid side by side."""

from collections.abc import Sequence

import pytest
from drawn import blank

from digitizer.layout.print.printednumbers import are_numbered
from digitizer.records import Pixels, PrintedWord

CELLS = [
    ((100.0, y), (160.0, y), (160.0, y + 80), (100.0, y + 80)) for y in (100.0, 180.0, 260.0, 340.0)
]


@pytest.mark.parametrize(
    ("said", "numbered"),
    [
        pytest.param(("1", "2", "3", "4"), True, id="from one"),
        pytest.param(("e.g.", "1.", "2.", "3."), True, id="the first is no row"),
        pytest.param(("16", "17", "", "19"), True, id="one is not read"),
        pytest.param(("1", "", "", "4"), False, id="too few are read"),
        pytest.param(("0", "0", "0", "0"), False, id="all say the same"),
        pytest.param(("4", "3", "2", "1"), False, id="out of order"),
        pytest.param(("", "", "", ""), False, id="nothing is printed"),
    ],
)
def test_cells_are_numbered_where_most_say_the_next_number(
    said: Sequence[str], numbered: bool
) -> None:
    def read(picture: Pixels) -> list[PrintedWord]:
        pitch = picture.shape[1] / len(CELLS)
        places = [(k + 0.5) * pitch for k in range(len(CELLS))]
        return [
            PrintedWord(text, (x - 9, 20, x + 9, 60), 0.9)
            for text, x in zip(said, places, strict=True)
            if text
        ]

    assert are_numbered(blank(400, 600), CELLS, read) is numbered


def test_few_or_tiny_cells_are_not_numbered() -> None:
    assert not are_numbered(blank(400, 600), CELLS[:2], lambda _: [])
    tiny = [((0.0, y), (4.0, y), (4.0, y + 4), (0.0, y + 4)) for y in (0.0, 4.0, 8.0)]
    assert not are_numbered(blank(400, 600), tiny, lambda _: [])
