"""The title of a page: the largest type above the table, in all of its lines."""

from dataclasses import replace

import numpy as np
import pytest
from drawn import grid_rules

from digitizer.layout.identification.pagetitle import page_title, read_title, title_lines, type_size
from digitizer.lines.tables import find_tables
from digitizer.records import Pixels, PrintedWord

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
        pytest.param([*line("Clean water for every community", 150, 44),
                      *line("PETITION COLLECTOR PLEASE FILL IN THIS BOX", 150, 20, x=900)],
                     "Clean water for every community", id="a box beside it"),
        pytest.param([PrintedWord("41", (40.0, 150.0, 80.0, 182.0), 0.5),
                      *line("Clean water for every community", 180, 44)],
                     "Clean water for every community", id="a drawing read as figures"),
        pytest.param([PrintedWord("L", (40.0, 120.0, 75.0, 180.0), 0.83),
                      *line("A world without the mine", 180, 44)],
                     "A world without the mine", id="a drawing read as a large letter"),
        pytest.param([PrintedWord("Nee", (100.0, 20.0, 220.0, 80.0), 0.3),
                      PrintedWord("aaa", (250.0, 20.0, 390.0, 80.0), 0.4),
                      *line("Clean water for every community", 180, 44)],
                     "Clean water for every community", id="a picture read as words"),
        pytest.param([], "", id="none"),
    ],
)  # fmt: skip
def test_the_title_is_the_largest_type(print_: list[PrintedWord], title: str) -> None:
    assert page_title([*print_, *BODY], TABLE) == title


def test_size_of_type_does_not_depend_on_the_letters() -> None:
    sizes = [type_size(line(text, 100, 40)) for text in ("now", "When", "jumpy", "ABC", "space")]
    assert sizes == pytest.approx([40] * 5, rel=0.02)


def test_what_is_written_in_the_collectors_box_is_no_title() -> None:
    box = ((800.0, 100.0), (1290.0, 100.0), (1290.0, 300.0), (800.0, 300.0))
    print_ = [
        *line("Clean water for every community", 150, 44),
        *line("GARNEAU LUC", 190, 70, x=850),
        *BODY,
    ]
    assert page_title(print_, TABLE) == "GARNEAU LUC"
    assert page_title(print_, TABLE, box=box) == "Clean water for every community"


@pytest.mark.parametrize(
    ("sure", "ink_beside"),
    [pytest.param(0.9, True, id="ink beside it"), pytest.param(0.65, False, id="unsure")],
)
def test_a_title_that_was_read_in_part_is_read_again_by_itself(
    sure: float, ink_beside: bool
) -> None:
    gray = np.full((1200, 1300), 250, np.uint8)
    if ink_beside:
        gray[150:180, 60:80] = 20
    whole = line("No to the mine at Clear Lake", 180, 44)
    part = [PrintedWord(w.text, w.box, sure) for w in whole[3:]]
    strips = []

    def read(strip: np.ndarray) -> list[PrintedWord]:
        strips.append(strip.shape)
        above = min(w.box[1] for w in part) - 0.5 * type_size(part)
        return [
            PrintedWord(w.text, (w.box[0], w.box[1] - above, w.box[2], w.box[3] - above), 0.9)
            for w in whole
        ]

    assert read_title(gray, [*part, *BODY], TABLE, read) == "No to the mine at Clear Lake"
    assert len(strips) == 1 and strips[0][1] == 1300


def test_a_title_that_was_read_surely_is_not_read_again() -> None:
    gray = np.full((1200, 1300), 250, np.uint8)
    title = line("No to the mine at Clear Lake", 180, 44)

    def read(strip: np.ndarray) -> list[PrintedWord]:
        raise AssertionError

    assert read_title(gray, [*title, *BODY], TABLE, read) == "No to the mine at Clear Lake"


def test_a_head_of_the_table_and_a_line_of_the_letter_are_no_title() -> None:
    heads = ["Complete if you wish to receive information on our work Phone and Email"]
    head = [*line("Complete if you wish to receive information", 560, 44)]
    said = line(
        "I am writing to ask that you take urgent action to address the crisis " * 2, 180, 44
    )
    lines = title_lines([*head, *said, *BODY], TABLE, heads=heads)
    assert lines == []
    title = line("Clean water for every community", 120, 44)
    (found,) = title_lines([*head, *said, *title, *BODY], TABLE, heads=heads)
    assert [word.text for word in found] == [word.text for word in title]


def test_a_title_that_is_read_again_is_no_line_of_the_letter_beside_a_stamp() -> None:
    title = [
        PrintedWord(word.text, word.box, 0.5 if word.text == "water" else word.confidence)
        for word in line("Clean water for every community", 120, 44)
    ]
    stamp = PrintedWord("RECE", (900.0, 110.0, 1200.0, 260.0), 0.9)
    gray = np.full((2000, 1700), 250, np.uint8)

    def read(pixels: Pixels) -> list[PrintedWord]:
        low = pixels.shape[0] - 30.0
        return [
            PrintedWord("word", (40.0 * k, low, 40.0 * k + 35, low + 20), 0.95) for k in range(16)
        ]

    assert read_title(gray, [*title, stamp, *BODY], TABLE, read).startswith("Clean water")


def test_a_stamp_beside_a_title_is_no_further_line_of_it() -> None:
    title = line("Clean water for every community", 120, 44)
    stamp = PrintedWord("RECE", (1400.0, 150.0, 1650.0, 195.0), 0.9)
    (found,) = title_lines([*title, stamp, *BODY], TABLE)
    assert [word.text for word in found] == [word.text for word in title]


def test_a_title_over_long_lines_of_text_alone_stands_out() -> None:
    text = "I am writing to ask that you take urgent action to address the crisis of our water " * 2
    said = [word for k in range(2) for word in line(text, 300 + 40 * k, 22)]
    title = line("Clean water for every community", 120, 44)
    (found,) = title_lines([*title, *said], TABLE)
    assert [word.text for word in found] == [word.text for word in title]
    # As large as two long lines of a title is its third.
    three = [w for k in range(3) for w in line("Clean water for every community", 60 + 50 * k, 44)]
    assert len(title_lines([*three, *said], TABLE)) == 3


def test_a_word_twice_as_high_by_a_speck_below_it_does_not_part_a_title() -> None:
    title = line("Stop the attacks on journalists in China", 130, 50)
    word = title[2]
    left, top, right, bottom = word.box
    specked = replace(word, box=(left, top, right, bottom + 40))
    read = [specked if one is word else one for one in title]
    assert page_title([*read, *BODY], TABLE) == "Stop the attacks on journalists in China"


def test_the_end_of_a_ruling_between_the_lines_of_a_title_does_not_part_them() -> None:
    title = [*line("Stop the attacks on journalists in", 130, 50), *line("China", 195, 50, x=400)]
    stroke = PrintedWord("|", (900.0, 182.0, 901.0, 192.0), 0.9)
    assert page_title([*title, stroke, *BODY], TABLE) == "Stop the attacks on journalists in China"
