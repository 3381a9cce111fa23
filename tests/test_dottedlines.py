"""Dotted lines that are too wide apart to be traced are lines to write on."""

from collections.abc import Sequence

import numpy as np
import pytest
from drawn import blank, draw_text, words_at

from digitizer.collector.collectorbox import find_collector_box
from digitizer.forms.forms import BoxField, CollectorBox
from digitizer.layout.print.dottedlines import find_dotted_lines
from digitizer.records import FieldKind, FieldSpec, Pixels

FOOT, STEP = 230, 7.5
LINES = ((300.0, 780.0), (830.0, 1170.0), (1215.0, 1545.0))


def dotted(lines: Sequence[tuple[float, float]] = LINES, step: float = STEP) -> Pixels:
    """A line of the page with dots to write on, 3 px each, a little below the print's foot."""
    gray = blank(1700, 400)
    for left, right in lines:
        for x in np.arange(left, right, step):
            gray[FOOT + 6 : FOOT + 9, round(x) : round(x) + 3] = 60
    for x, text in ((160, "Recueilli par"), (805, "à"), (1185, "le")):
        draw_text(gray, x, FOOT - 22, text, 22)
    return gray


def ends(gray: Pixels) -> list[tuple[float, float]]:
    found = find_dotted_lines(gray, FOOT - 30, FOOT + 30)
    assert all(abs(one.y - FOOT - 7.5) <= 1 for one in found)
    return [(round(one.left, -1), round(one.right, -1)) for one in found]


@pytest.mark.parametrize("step", [4.0, 7.5, 14.0])
def test_dots_in_even_steps_are_lines_that_print_parts(step: float) -> None:
    found = ends(dotted(step=step))
    assert found == [pytest.approx(line, abs=15) for line in LINES]


def test_what_is_written_on_dots_and_the_grain_of_a_copy_part_no_line() -> None:
    gray, random = dotted(), np.random.default_rng(3)
    draw_text(gray, 420, FOOT - 26, "Zoy Dubgis", 40)
    for x, y in zip(random.integers(0, 1700, 150), random.integers(180, 260, 150), strict=True):
        gray[y, x] = 40
    assert ends(gray) == [pytest.approx(line, abs=15) for line in LINES]


def test_points_of_a_text_and_grain_are_no_dotted_lines() -> None:
    gray, random = blank(1700, 400), np.random.default_rng(3)
    draw_text(gray, 100, FOOT - 22, "it is . in this : list ... of first i.i.i.i.", 22)
    assert ends(gray) == []
    gray[200:260][random.random((60, 1700)) < 0.08] = 40
    assert ends(gray) == []


def test_words_of_one_letter_that_are_not_read_have_the_dots_behind_them() -> None:
    """The place was lost on six of seven sheets, and the name was all that stood on the line."""
    names = {"name": "Recueilli par", "place": "à", "date": "le"}
    fields = tuple(BoxField(FieldSpec(k, FieldKind.TEXT), (v,)) for k, v in names.items())
    words = [*words_at(160, FOOT - 22, "Recueilli par", height=18), *words_at(400, 190, "Oscar")]
    found = find_collector_box(CollectorBox((), fields), words, [], dotted())
    assert found is not None
    places = {
        one.column: (min(x for x, _ in one.polygon), max(x for x, _ in one.polygon))
        for one in found.fields
    }
    assert list(places) == list(names)
    for (left, right), line in zip(places.values(), LINES, strict=True):
        assert (left, right) == pytest.approx(line, abs=25)
