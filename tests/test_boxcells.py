"""An answer stands in the empty cell beside its label's, or behind the label in its own."""

import pytest
from drawn import across, blank, down, draw_across, draw_down, draw_text, words_at

from digitizer.collector.boxcells import answer_cell
from digitizer.collector.collectorbox import find_collector_box
from digitizer.forms.forms import BoxField, CollectorBox
from digitizer.records import FieldKind, FieldSpec, Pixels, Rule

TOP, FOOT, LEFT, RIGHT = 200, 270, 100, 1100
LABEL = (120.0, 225.0, 220.0, 245.0)
FRAME = (float(LEFT), float(TOP), float(RIGHT), float(FOOT))
SPACE = (222.0, float(TOP), float(RIGHT), float(FOOT))


def row(*borders: float) -> Pixels:
    """A page with one row of cells."""
    gray = blank(1300, 500)
    for y in (TOP, FOOT):
        draw_across(gray, y, LEFT, RIGHT)
    for x in (LEFT, *borders, RIGHT):
        draw_down(gray, x, TOP, FOOT)
    return gray


def sides(gray: Pixels, rules: list[Rule] | None = None) -> tuple[float, float]:
    found = answer_cell(LABEL, SPACE, FRAME, rules or [], gray)
    return found[0], found[2]


@pytest.mark.parametrize(
    ("borders", "expected"),
    [
        ((300,), (300, 1100)), ((300, 800), (300, 800)), ((700,), (222, 700)),
        ((), (222, 1100)), ((250, 290, 330, 370, 410), (222, 1100)),
    ],
    ids=["beside", "beside-of-three", "own", "one-cell", "boxes-for-letters"],
)  # fmt: skip
def test_an_answer_has_one_cell(borders: tuple[float, ...], expected: tuple[float, float]) -> None:
    assert sides(row(*borders)) == pytest.approx(expected, abs=4)


def test_an_answer_beside_a_labels_wide_cell_is_seen_by_its_writing() -> None:
    gray = row(700)
    draw_text(gray, 740, TOP + 20, "23 Aug 2026", 34)
    assert sides(gray) == pytest.approx((700, 1100), abs=4)
    draw_text(gray, 300, TOP + 20, "23 Aug 2026", 34)
    assert sides(gray) == pytest.approx((222, 700), abs=4)


def test_a_border_that_was_traced_bounds_a_cell_and_a_streak_does_not() -> None:
    assert sides(row(), [down(300, TOP, FOOT)]) == pytest.approx((300, 1100), abs=4)
    streaked = row()
    draw_down(streaked, 600, 0, 500)
    assert sides(streaked, [down(600, 0, 499)]) == pytest.approx((222, 1100), abs=4)


def test_writing_is_no_border() -> None:
    gray = row()
    draw_text(gray, 400, TOP + 6, "lIlIlHllI", 55)
    assert sides(gray) == pytest.approx((222, 1100), abs=4)


def test_the_border_beside_the_labels_is_not_the_side_of_the_box() -> None:
    labels = {"name": "Name", "place": "Place"}
    fields = tuple(BoxField(FieldSpec(n, FieldKind.TEXT), (said,)) for n, said in labels.items())
    words = [*words_at(120, 225, "Name"), *words_at(120, 295, "Place")]
    rules = [across(y, LEFT, RIGHT) for y in (TOP, FOOT, 340)]
    rules += [down(x, TOP, 340) for x in (LEFT, 300, RIGHT)]
    found = find_collector_box(CollectorBox((), fields), words, rules, blank(1300, 500))
    assert found is not None
    for one in found.fields:
        assert (min(x for x, _ in one.polygon), max(x for x, _ in one.polygon)) == pytest.approx(
            (300, RIGHT), abs=4
        )


def test_what_is_written_in_a_labels_own_cell_is_its_answer() -> None:
    gray = row(500)
    assert sides(gray)[0] == pytest.approx(500, abs=4)
    draw_text(gray, 250, TOP + 14, "OTTAWA FO", 40)
    assert sides(gray) == pytest.approx((222, 500), abs=4)


def test_a_letter_that_reaches_into_the_labels_cell_is_not() -> None:
    gray = row(500)
    draw_text(gray, 470, TOP + 14, "OTTAWA FO", 40)
    assert sides(gray)[0] == pytest.approx(500, abs=4)


def test_the_answer_of_a_label_that_was_not_read_is_in_the_last_cell_of_the_row() -> None:
    labels = {"name": "Collected by", "place": "Place", "date": "Date"}
    fields = tuple(BoxField(FieldSpec(n, FieldKind.TEXT), (said,)) for n, said in labels.items())
    gray = row(300, 500, 600, 800, 880)
    rules = [across(TOP, LEFT, RIGHT), across(FOOT, LEFT, RIGHT), down(RIGHT, TOP, FOOT)]
    words = [*words_at(110, 225, "Collected by"), *words_at(510, 225, "Place")]
    draw_text(gray, 815, 226, "Date", 22)
    found = find_collector_box(CollectorBox((), fields), words, rules, gray)
    assert found is not None
    assert [one.column for one in found.fields] == list(labels)
    xs = [x for x, _ in found.fields[2].polygon]
    assert (min(xs), max(xs)) == pytest.approx((880, RIGHT), abs=6)
    gray[TOP + 4 : FOOT - 4, 806:874] = 245
    found = find_collector_box(CollectorBox((), fields), words, rules, gray)
    assert found is not None
    assert [one.column for one in found.fields] == ["name", "place"]
