"""Answers stand beside their labels, not in the paragraph above them."""

import numpy as np
from drawn import blank, draw_across, draw_text

from digitizer.forms.forms import BoxField, CollectorBox
from digitizer.layout.collectorbox import find_collector_box
from digitizer.records import FieldKind, FieldSpec, Pixels, PrintedWord, Rule

LABELS = {"collector_name": "Organiser:", "event_location": "Address:", "date_collected": "Date:"}
LEFTS = (110, 680, 1250)
LABEL_TOP = 400
DEFINITION = CollectorBox(
    (), tuple(BoxField(FieldSpec(n, FieldKind.TEXT), (label,)) for n, label in LABELS.items())
)


def page(paragraph_foot: int | None) -> tuple[Pixels, list[PrintedWord]]:
    """Labels on one line, over it a ruling 160 px up and a paragraph that ends at a height."""
    gray = blank(1700, 1000)
    draw_across(gray, 240, 100, 1650)
    if paragraph_foot is not None:
        for top in (paragraph_foot - 62, paragraph_foot - 28):
            draw_text(
                gray, 110, top, "We the undersigned live work or study in the borough " * 3, 24
            )
    words = []
    for left, label in zip(LEFTS, LABELS.values(), strict=True):
        draw_text(gray, left, LABEL_TOP, label, 24)
        words.append(
            PrintedWord(label, (left, LABEL_TOP, left + 14 * len(label), LABEL_TOP + 26), 0.9)
        )
    return gray, words


def tops(gray: Pixels, words: list[PrintedWord]) -> list[float]:
    """Where the answers' places begin."""
    line = np.array([(100.0, 240.0), (1650.0, 240.0)])
    found = find_collector_box(DEFINITION, words, [Rule(line, True, 2.0, 1.0)], gray)
    assert found is not None
    assert len(found.fields) == 3
    return [min(y for _, y in field.polygon) for field in found.fields]


def test_a_paragraph_over_the_labels_is_no_part_of_an_answer() -> None:
    foot = 350
    assert all(foot <= top <= LABEL_TOP - 15 for top in tops(*page(foot)))


def test_answers_have_all_the_room_up_to_a_ruling_where_nothing_is_printed() -> None:
    assert all(top <= 245 for top in tops(*page(None)))
