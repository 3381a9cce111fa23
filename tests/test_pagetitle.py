"""The title of a page: the largest type above the table, in all of its lines."""

import pytest
from drawn import grid_rules

from digitizer.layout.pagetitle import page_title, type_size
from digitizer.lines.tables import find_tables
from digitizer.records import PrintedWord

(TABLE,) = find_tables(
    grid_rules((100.0, 400.0, 900.0), (600.0, 660.0, 720.0, 780.0)), (1200, 1300)
)


def line(text: str, y: float, size: float, x: float = 100.0) -> list[PrintedWord]:
    """A line of print whose letters stand on ``y``; each as high as its letters are."""
    words = []
    for word in text.split():
        low = all(c in "acemnorsuvwxz.," for c in word)
        deep = any(c in "gjpqy," for c in word)
        top, bottom = y - (0.52 if low else 0.72) * size, y + (0.21 if deep else 0.0) * size
        words.append(PrintedWord(word, (x, top, x + 0.5 * size * len(word), bottom), 0.9))
        x += 0.5 * size * (len(word) + 1)
    return words


BODY = [
    *line("To: the Minister of Global Affairs", 240, 32),
    *line("We ask that you act now on what was said", 300, 28),
    *line("in this house and never done, and that", 335, 28),
    *line("you tell us when", 370, 28),
]


@pytest.mark.parametrize(
    ("print_", "title"),
    [
        pytest.param(line("Protect the right to asylum", 180, 42), "Protect the right to asylum",
                     id="one line"),
        pytest.param([*line("Stop the attacks on journalists in", 130, 50),
                      *line("China", 195, 50, x=400)],
                     "Stop the attacks on journalists in China", id="a short last line"),
        pytest.param([*line("Stop the attacks on journalists", 130, 50),
                      *line("in our area", 195, 50, x=400)],
                     "Stop the attacks on journalists in our area", id="a last line of low type"),
        pytest.param([PrintedWord("=)", (20.0, 90.0, 210.0, 222.0), 0.5),
                      *line("Clean water for every community", 170, 44, x=420)],
                     "Clean water for every community", id="a logo read as signs"),
        pytest.param([*line("No to the mine !", 170, 44),
                      PrintedWord("|", (900.0, 90.0, 930.0, 222.0), 0.5)],
                     "No to the mine !", id="its own signs stay"),
        pytest.param([*line("Clean water for every community", 150, 44),
                      *line("6", 270, 70, x=20)],
                     "Clean water for every community", id="a stray mark read as a figure"),
        pytest.param([*line("Protect the right to asylum", 180, 42),
                      *line("Petition Signers:", 560, 44)],
                     "Protect the right to asylum", id="a caption above the table"),
        pytest.param([], "", id="none"),
    ],
)  # fmt: skip
def test_the_title_is_the_largest_type(print_: list[PrintedWord], title: str) -> None:
    assert page_title([*print_, *BODY], TABLE) == title


def test_size_of_type_does_not_depend_on_the_letters() -> None:
    sizes = [type_size(line(text, 100, 40)) for text in ("now", "When", "jumpy", "ABC", "space")]
    assert sizes == pytest.approx([40] * 5, rel=0.02)
