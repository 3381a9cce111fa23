"""Ink in the collector's box that no field took is told where an answer seems to lack."""

from dataclasses import replace

import pytest
from drawn import across, blank, draw_across, draw_text, rectified, words_at

from digitizer.collector.looseink import BESIDE_FIELD, lacks_written_field, with_ink_beside
from digitizer.forms.forms import BoxField, CollectorBox
from digitizer.geometry import as_polygon
from digitizer.records import (
    BoxPlace,
    CellPlace,
    FieldKind,
    FieldSpec,
    FieldState,
    FieldValue,
    PrintedWord,
    RegisteredPage,
)

SPECS = (FieldSpec("name", FieldKind.NAME), FieldSpec("date", FieldKind.DATE))
DEFINITION = CollectorBox(
    (), (BoxField(SPECS[0], ("Your name:",)), BoxField(SPECS[1], ("Date collected:",)))
)


def rectangle(left: float, top: float, right: float, bottom: float) -> CellPlace:
    corners = as_polygon([(left, top), (right, top), (right, bottom), (left, bottom)])
    return CellPlace("", (), corners, ())


def page(
    *written: tuple[float, float, str], printed: tuple[PrintedWord, ...] = (), fields: int = 2
) -> RegisteredPage:
    """A box of two fields beside their labels, each with a line, and what is written in it."""
    gray = blank(1700, 900)
    words = [*words_at(120, 200, "Your name:"), *words_at(120, 300, "Date collected:"), *printed]
    for foot, label in ((200, "Your name:"), (300, "Date collected:")):
        draw_text(gray, 120, foot, label, 22)
        draw_across(gray, foot + 30, 330, 900)
    for x, y, text in written:
        draw_text(gray, x, y, text, 36)
    cells = [
        CellPlace(spec.name, (spec,), rectangle(330, y - 30, 900, y + 30).polygon, ())
        for spec, y in zip(SPECS, (200, 300), strict=True)
    ]
    box = BoxPlace(rectangle(100, 150, 920, 420).polygon, tuple(cells[:fields]))
    return RegisteredPage(
        page=rectified(gray), form="f", petition=None, language="en", form_score=1.0,
        candidates=(), rows=(), collector_box=box,
        rules=(across(230, 330, 900), across(330, 330, 900)), words=tuple(words),
    )  # fmt: skip


def doubted(found: RegisteredPage, state: FieldState = FieldState.EMPTY) -> list[str]:
    values = [
        FieldValue("name", FieldKind.NAME, FieldState.READ, "Ann"),
        FieldValue("date", FieldKind.DATE, state, ""),
    ]
    assessed = with_ink_beside(values, found, DEFINITION)
    return [v.field for v in assessed if any(f.reason == BESIDE_FIELD for f in v.findings)]


BELOW = (130.0, 325.0, "2025-07-16")
NAME = (350.0, 190.0, "MARIE B")


def test_a_date_below_its_label_is_not_lost_without_a_word() -> None:
    assert doubted(page(NAME, BELOW)) == ["date"]
    assert doubted(page(NAME, BELOW), FieldState.READ) == []


def test_an_answer_on_a_line_below_a_place_that_ends_too_early_is_told() -> None:
    """A line of the back's print showed through right under the label."""
    found = page((350.0, 190.0, "MARIE B"), (130.0, 345.0, "2025-07-16"))
    assert found.collector_box is not None
    places = list(found.collector_box.fields)
    low = replace(places[1], polygon=rectangle(330, 270, 900, 310).polygon)
    box = replace(found.collector_box, fields=(places[0], low))
    assert doubted(replace(found, collector_box=box)) == ["date"]


@pytest.mark.parametrize("top", [150, 330])
def test_an_answer_above_a_place_under_its_line_is_told(top: int) -> None:
    """Captions under their lines, taken for labels before them: all answers seemed empty.

    ``top``: of the box; it may seem to begin with the line that is written on.
    """
    found = page(NAME, (400.0, 268.0, "CALGARY"))
    assert found.collector_box is not None
    places = list(found.collector_box.fields)
    low = replace(places[1], polygon=rectangle(330, 330, 900, 370).polygon)
    fields = (places[0], low) if top == 150 else (low,)
    box = BoxPlace(rectangle(100, top, 920, 420).polygon, fields)
    assert doubted(replace(found, collector_box=box)) == ["date"]


def test_a_date_that_was_read_as_a_word_of_print_is_no_print() -> None:
    word = PrintedWord("2025-07-16", (130.0, 325.0, 340.0, 365.0), 0.95)
    assert doubted(page(NAME, BELOW, printed=(word,))) == ["date"]


@pytest.mark.parametrize("written", [(), (NAME,), (NAME, (350.0, 290.0, "MARIE B"))])
def test_labels_lines_and_other_answers_are_no_loose_ink(
    written: tuple[tuple[float, float, str], ...],
) -> None:
    assert doubted(page(*written)) == []
    assert not lacks_written_field(page(*written), DEFINITION)


def test_print_that_was_read_is_no_loose_ink() -> None:
    note = (*words_at(130, 345, "please print", height=26),)
    assert doubted(page(NAME, (130.0, 340.0, "please print"), printed=note)) == []


def test_a_title_that_was_read_badly_is_no_loose_ink() -> None:
    title = [replace(w, confidence=0.4) for w in words_at(130, 250, "FOR THE COUNCIL", height=26)]
    found = page(NAME, (130.0, 250.0, "FOR THE COUNCIL"), printed=tuple(title))
    assert doubted(found) == ["date"]
    definition = replace(DEFINITION, title=("For the Council",))
    values = [FieldValue("date", FieldKind.DATE, FieldState.EMPTY, "")]
    assert not with_ink_beside(values, found, definition)[0].findings


def test_a_box_that_lacks_a_field_and_holds_more_ink_waits() -> None:
    assert lacks_written_field(page(NAME, (350.0, 290.0, "2025-07-16"), fields=1), DEFINITION)
    assert not lacks_written_field(page(NAME, fields=1), DEFINITION)
