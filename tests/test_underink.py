"""What is written below a label is its answer: over a line, or in the lower part of a cell."""

import numpy as np
import pytest
from drawn import across, blank, down, draw_across, draw_down, draw_text, words_at

from digitizer.collector.collectorbox import find_collector_box
from digitizer.forms.forms import BoxField, CollectorBox
from digitizer.geometry import as_polygon, bbox_from_polygon
from digitizer.layout.print.wording import Box
from digitizer.records import FieldKind, FieldSpec, Pixels, PrintedWord, Rule

LABELS = {"name": "Your name:", "place": "Event/Location/City:", "date": "Date collected:"}
DEFINITION = CollectorBox(
    (), tuple(BoxField(FieldSpec(n, FieldKind.TEXT), (label,)) for n, label in LABELS.items())
)


def places(gray: Pixels, words: list[PrintedWord], rules: list[Rule]) -> dict[str, Box]:
    found = find_collector_box(DEFINITION, words, rules, gray)
    assert found is not None
    return {one.column: bbox_from_polygon(as_polygon(one.polygon, 1)) for one in found.fields}


def printed(gray: Pixels, x: float, y: float, label: str) -> list[PrintedWord]:
    draw_text(gray, x, y, label, 21)
    return words_at(x, y + 2, label, height=18)


def over_lines(*, written_x: float, written_y: float) -> tuple[dict[str, Box], list[float]]:
    """Answers of labels over lines that are 95 px apart, written from ``written_x``."""
    gray = blank(1700, 700)
    words, rules, tops = [], [], [100, 195, 290]
    for x0, x1, y0 in ((500, 1100, 60), (500, 1100, 400)):
        draw_across(gray, y0, x0, x1)
        rules.append(across(y0, x0, x1))
    for x in (500, 1100):
        draw_down(gray, x, 60, 400)
        rules.append(down(x, 60, 400))
    for top, label in zip(tops, LABELS.values(), strict=True):
        words += printed(gray, 520, top, label)
        draw_text(gray, written_x, top + written_y, "MARIE B", 40)
        draw_across(gray, top + 76, 520, 1080)
        rules.append(across(top + 76, 520, 1080))
    return places(gray, words, rules), [float(top) for top in tops]


def test_an_answer_below_its_label_is_all_of_what_is_written_there() -> None:
    found, tops = over_lines(written_x=530, written_y=28)
    assert set(found) == set(LABELS)
    for (left, _, right, bottom), top in zip(found.values(), tops, strict=True):
        assert left <= 520 and right >= 1080
        assert bottom == pytest.approx(top + 76, abs=3)


def test_an_answer_beside_its_label_leaves_what_is_below_the_label_alone() -> None:
    found, _ = over_lines(written_x=790, written_y=4)
    assert all(left >= 600 for left, *_ in found.values())


def test_a_label_is_no_part_of_the_place_around_it() -> None:
    gray = blank(1700, 700)
    words = printed(gray, 520, 100, "Your name:")
    draw_text(gray, 530, 130, "MARIE B", 40)
    found = find_collector_box(DEFINITION, words, [across(180, 520, 1080)], gray)
    assert found is not None
    corners = np.array(found.fields[0].polygon)
    assert len(corners) == 6
    assert corners[:, 0].min() <= 520
    inner = corners[corners[:, 1] < 115]
    assert inner[:, 0].min() >= 610


def test_labels_at_the_top_of_cells_side_by_side() -> None:
    gray = blank(1700, 500)
    xs, words, rules = (100, 600, 1100, 1600), [], []
    for y in (200, 290):
        draw_across(gray, y, xs[0], xs[-1])
        rules.append(across(y, xs[0], xs[-1]))
    for x in xs:
        draw_down(gray, x, 200, 290)
        rules.append(down(x, 200, 290))
    for x, label in zip(xs[:-1], LABELS.values(), strict=True):
        words += printed(gray, x + 14, 206, label)
        draw_text(gray, x + 20, 236, "LOUISE MA", 40)
    found = places(gray, words, rules)
    for x, end, one in zip(xs[:-1], xs[1:], LABELS, strict=True):
        left, _, right, bottom = found[one]
        assert x <= left <= x + 16 and right <= end + 2
        assert bottom >= 286


def test_a_second_line_of_a_label_is_no_writing() -> None:
    gray = blank(1700, 700)
    words = printed(gray, 520, 100, "Your name:")
    words += printed(gray, 520, 124, "please print")
    draw_text(gray, 700, 110, "MARIE B", 40)
    found = places(gray, words, [across(190, 660, 1080)])
    assert found["name"][0] >= 600
