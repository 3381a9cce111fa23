"""Two blanks for one count: their labels are told from the same words elsewhere."""

import numpy as np
import pytest
from drawn import blank, down, draw_text, words_at

from digitizer.collector.collectorbox import find_collector_box, unsure_labels
from digitizer.drafting.draftbox import draft_box
from digitizer.forms.forms import BoxField, CollectorBox
from digitizer.layout.print.sheetcount import (
    count_spaces,
    draft_count,
    find_count,
    find_drawn_count,
)
from digitizer.records import FieldKind, FieldSpec, Pixels, PrintedWord

SENTENCE = words_at(100, 500, "this is a sheet of names of people who live here")


def count(y: float = 100, *between: str, joiner: str = "of") -> list[PrintedWord]:
    """Blanks of 120 px behind "Sheet" and behind the word between, at a height."""
    written = words_at(960, y, between[0]) if between else []
    return [*words_at(860, y, "Sheet"), *written, *words_at(1060, y, joiner)]


def boxed(*labels: str) -> CollectorBox:
    """A box with these labels, its fields called a, b ..."""
    return CollectorBox(
        (),
        tuple(
            BoxField(FieldSpec(name, FieldKind.TEXT), (label,))
            for name, label in zip("abcdef", labels, strict=False)
        ),
    )


@pytest.mark.parametrize("between", [(), ("7",), ("12",)])
def test_the_word_between_two_blanks_is_found_among_many_like_it(between: tuple[str, ...]) -> None:
    found = find_count([*SENTENCE, *count(100, *between)], ["Sheet"], ["of"])
    assert found is not None
    assert [box[1] for box in found.labels] == [100, 100]
    assert found.labels[1][0] == 1060


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(SENTENCE, id="running text"),
        pytest.param(words_at(860, 100, "Sheet 1 of 3"), id="a number that is printed"),
        pytest.param(count(100, "handed"), id="a word between"),
        pytest.param([*words_at(860, 100, "Sheet"), *words_at(1060, 160, "of")], id="lines apart"),
    ],
)
def test_no_count_is_found_or_drafted_where_nobody_could_write_a_number(
    words: list[PrintedWord],
) -> None:
    assert find_count(words, ["Sheet"], ["of"]) is None
    assert draft_count(words) is None


@pytest.mark.parametrize(
    ("first", "joiner"),
    [("Sheet", "of"), ("Page", "of"), ("Feuille", "de"), ("Feuillet", "sur"), ("SHEET NO.", "OF")],
)
def test_counts_are_drafted_in_both_languages(first: str, joiner: str) -> None:
    words = [*SENTENCE, *words_at(700, 100, first), *words_at(1060, 100, joiner)]
    _, labels, used = draft_box(words)
    assert labels == (
        ("sheet_number", FieldKind.TEXT, first),
        ("sheet_total", FieldKind.TEXT, joiner),
    )
    assert len(used) == len(first.split()) + 1


def test_a_name_behind_the_word_between_is_no_total() -> None:
    assert draft_count([*count(), *words_at(1100, 100, "signatures")]) is None


def test_the_total_ends_before_what_stands_beside_it_and_at_a_ruling() -> None:
    words = count()
    found = find_count(words, ["Sheet"], ["of"])
    assert found is not None
    (_, _, right, _), total = count_spaces(found, words, (), 1700)
    assert right == 1058 and 1200 < total[2] < 1300
    beside = [*words, *words_at(1230, 100, "Date:")]
    assert count_spaces(found, beside, (), 1700)[1][2] == 1228
    assert count_spaces(found, words, [down(1220, 50, 200)], 1700)[1][2] == 1218


def test_a_count_in_a_corner_is_part_of_a_box_at_the_foot_of_the_page() -> None:
    words = [*SENTENCE, *count(), *words_at(860, 1900, "Collected by:")]
    found = find_collector_box(boxed("Collected by:", "Sheet", "of"), words, (), blank(1700, 2200))
    assert found is not None
    assert [place.column for place in found.fields] == ["a", "b", "c"]
    tops = [float(np.min(np.array(place.polygon)[:, 1])) for place in found.fields]
    assert tops[0] > 1700 and max(tops[1:]) < 110


def test_a_count_that_is_not_read_leaves_both_fields_out_and_is_looked_for_once_more() -> None:
    page = blank(1700, 2200)
    words = [*SENTENCE, *words_at(860, 100, "Sheet"), *words_at(860, 1900, "Collected by:")]
    form = boxed("Collected by:", "Sheet", "of")
    found = find_collector_box(form, words, (), page)
    assert found is not None and [place.column for place in found.fields] == ["a"]
    assert unsure_labels(form, words, (), page) is None
    assert unsure_labels(form, [*words, *count()], (), page) == ()


def test_a_form_may_have_nothing_but_a_count() -> None:
    found = find_collector_box(boxed("Sheet", "of"), count(), (), blank(1700, 2200))
    assert found is not None and len(found.fields) == 2
    assert find_collector_box(boxed("Sheet", "of"), SENTENCE, (), blank(1700, 2200)) is None


def page_with_lines(first: int = 120, second: int = 120) -> Pixels:
    """ "Sheet ____ of ____" with lines of these lengths, a 1 written on the second."""
    page = blank(1700, 2200)
    draw_text(page, 860, 100, "Sheet", 24)
    page[124:127, 950 : 950 + first] = 40
    draw_text(page, 1090, 100, "of", 24)
    page[124:127, 1130 : 1130 + second] = 40
    page[100:122, 1170:1174] = 90
    return page


@pytest.mark.parametrize("read", ["Gaz)", "fee", ""])
def test_a_word_between_that_is_misread_is_told_by_the_lines_around_it(read: str) -> None:
    """Both fields were lost though the page was sharp."""
    words = [*words_at(860, 100, "Sheet"), *(words_at(1090, 100, read) if read else [])]
    assert find_count(words, ["Sheet"], ["of"]) is None
    found = find_drawn_count(words, ["Sheet"], ["of"], page_with_lines())
    assert found is not None
    left, _, right, _ = found.labels[1]
    assert 1080 < left < 1100 and 1105 < right < 1125
    box = find_collector_box(boxed("Sheet", "of"), words, (), page_with_lines())
    assert box is not None and [place.column for place in box.fields] == ["a", "b"]
    number, total = ([x for x, _ in place.polygon] for place in box.fields)
    assert max(number) < 1095 and min(total) > 1105


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        pytest.param(words_at(860, 100, "Sheet"), (120, 300), id="lines of two fields"),
        pytest.param(words_at(860, 100, "Sheet"), (120, 0), id="one line"),
        pytest.param(words_at(860, 300, "Sheet"), (120, 120), id="lines elsewhere"),
        pytest.param(
            [*words_at(860, 100, "Sheet"), *words_at(960, 100, "returned")], (120, 120), id="text"
        ),
    ],
)
def test_other_lines_behind_a_label_are_no_count(
    words: list[PrintedWord], lines: tuple[int, int]
) -> None:
    assert find_drawn_count(words, ["Sheet"], ["of"], page_with_lines(*lines)) is None


@pytest.mark.parametrize("written", ["", "3"])
def test_a_count_may_break_behind_its_first_label(written: str) -> None:
    text = words_at(100, 100, "and that each signer signed in my presence.")
    page = words_at(1200, 100, "Page")
    rest = [*words_at(120, 150, written), *words_at(210, 150, "of")]
    count = find_count([*text, *page, *rest], ["Page"], ["of"])
    assert count is not None
    first, second = count_spaces(count, text, [], 1700)
    assert first[0] <= 110 and first[2] <= 210 and first[1] < 160 < first[3]
    assert second[0] >= 230 and second[1] < 160 < second[3]


def test_a_text_that_goes_on_below_with_of_is_no_count() -> None:
    text = words_at(100, 100, "as it says on this Page")
    assert find_count([*text, *words_at(100, 150, "of the letter")], ["Page"], ["of"]) is None


def test_a_page_of_which_one_letter_is_misread_is_drafted() -> None:
    words = [*words_at(100, 100, "Paae"), *words_at(310, 100, "de")]
    found = draft_count(words)
    assert found is not None and found.texts == ("Page", "de")
    assert draft_count([*words_at(100, 100, "Cage"), *words_at(310, 100, "de")]) is None
