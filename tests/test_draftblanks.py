"""Blanks in running text in a draft: their labels, what they ask for, and what is none."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from drawn import across, blank, draw_across, words_at

from digitizer.drafting.blankkinds import guess_blank
from digitizer.drafting.draftblanks import TextBlank, text_blanks, without_answers
from digitizer.drafting.draftbox import draft_box
from digitizer.records import FieldKind, PrintedWord

HIGH = 22
Line = tuple[float, float, float]


def found(words: Sequence[PrintedWord], *lines: Line) -> list[TextBlank]:
    """The blanks of a page with these rulings (left, right, height)."""
    gray = blank(1700, 1000)
    for left, right, y in lines:
        draw_across(gray, y, left, right)
    rules = [across(y, left, right) for left, right, y in lines]
    return text_blanks(words, rules, gray, lambda x, y: False)


def said(words: Sequence[PrintedWord]) -> str:
    return " ".join(word.text for word in words)


def text(x: float, foot: float, words: str) -> list[PrintedWord]:
    return words_at(x, foot - HIGH, words)


def test_the_last_words_before_a_blank_are_its_label_and_brackets_behind_it_say_what_it_asks() -> (
    None
):
    words = [
        *text(110, 200, "I,"),
        *text(620, 200, "of"),
        *text(1000, 200, "(city or town) solemnly declare"),
        *text(110, 280, "that each of them signed it. Declared before me at"),
    ]
    end = max(word.box[2] for word in words if word.box[3] > 250)
    blanks = found(words, (150, 600, 202), (660, 980, 202), (end + 10, end + 400, 282))
    assert [said(one.label) for one in blanks] == ["I,", "of", "Declared before me at"]
    assert [said(one.asks) for one in blanks] == ["", "(city or town)", ""]
    box = draft_box(words, blanks=blanks)[1]
    assert box == (
        ("collector_name", FieldKind.NAME, "I,"),
        ("collector_city", FieldKind.TEXT, "of"),
        ("event_location", FieldKind.TEXT, "Declared before me at"),
    )


def test_a_blank_that_begins_a_line_is_the_end_of_the_line_above_its_label() -> None:
    words = [*text(110, 200, "that I circulated this page in the county between"), *BEHIND]
    blanks = found(words, (110, 300, 282))
    assert [said(one.label) for one in blanks] == ["in the county between"]


BEHIND = text(320, 280, "and the last day of May")


@pytest.mark.parametrize("above", ["CERTIFICATE OF THE ONE WHO CIRCULATED", "and signed it there."])
def test_a_heading_or_the_end_of_a_text_above_a_blank_is_no_label_of_it(above: str) -> None:
    (one,) = found([*text(110, 200, above), *BEHIND], (110, 300, 282))
    assert one.label == ()


def test_a_line_under_print_is_no_blank() -> None:
    words = text(110, 200, "signed by each of them in my own presence")
    left, right = words[2].box[0], words[5].box[2]
    assert found(words, (left, right, 202)) == []


def test_what_was_read_of_ink_on_a_blank_is_no_print() -> None:
    words = [*text(110, 200, "Event"), *text(220, 196, "Ottawa"), *text(700, 200, "Date")]
    blanks = found(words, (200, 680, 202), (780, 1000, 202))
    assert said(without_answers(words, blanks)) == "Event Date"


def test_small_print_below_a_line_says_what_it_asks_for_where_the_words_before_it_do_not() -> None:
    words = [*text(110, 200, "I,"), *words_at(250, 208, "(name of circulator)", height=16), *BEHIND]
    blanks = found(words, (150, 600, 202))
    assert [(said(one.label), said(one.asks)) for one in blanks] == [("I,", "(name of circulator)")]
    labels = [label for _, _, label in draft_box(words, blanks=blanks)[1]]
    assert labels == ["I,"]
    stroke = [replace(word, text="L" if word.text == "I," else word.text) for word in words]
    assert draft_box(stroke, blanks=found(stroke, (150, 600, 202)))[1][0][2] == "I,"
    unread = [word for word in words if word.text != "I,"]
    blanks = found(unread, (150, 600, 202))
    (field,) = draft_box(unread, blanks=blanks)[1]
    assert field[:2] == ("collector_name", FieldKind.NAME)


@pytest.mark.parametrize(
    ("label", "asks", "told"),
    [
        ("I,", "", ("collector_name", FieldKind.NAME)),
        ("Je, soussigné(e),", "", ("collector_name", FieldKind.NAME)),
        ("Ich,", "", ("collector_name", FieldKind.NAME)),
        ("Yo,", "", ("collector_name", FieldKind.NAME)),
        ("of", "(city)", ("collector_city", FieldKind.TEXT)),
        ("domicilié(e) à", "", ("collector_city", FieldKind.TEXT)),
        ("wohnhaft in", "", ("collector_city", FieldKind.TEXT)),
        ("certify that I reside at", "(street, city)", ("collector_address", FieldKind.ADDRESS)),
        ("Sworn at", "", ("event_location", FieldKind.TEXT)),
        ("Fait à", "", ("event_location", FieldKind.TEXT)),
        ("signatures were made on", "", ("date_collected", FieldKind.DATE)),
        ("le", "", ("date_collected", FieldKind.DATE)),
        ("between", "(date)", ("date_collected", FieldKind.DATE)),
        ("this", "", ("day", FieldKind.TEXT)),
        ("day of", "", ("month", FieldKind.TEXT)),
        ("in the county of", "", ("county", FieldKind.TEXT)),
        ("in the Province of", "", ("province", FieldKind.PROVINCE)),
        ("and that", "", None),
    ],
)
def test_what_a_blank_asks_for(label: str, asks: str, told: tuple[str, FieldKind] | None) -> None:
    assert guess_blank(label, asks) == told


def test_the_last_day_of_a_month_is_no_count_of_sheets() -> None:
    assert draft_box(text(110, 200, "before the last day of May 2026"))[1] == ()


def test_a_sentence_right_below_the_side_of_a_frame_is_no_label() -> None:
    warning = text(130, 240, "It is a crime to sign with any name other than his or her own")
    assert draft_box(warning, blanks=found(warning, (110, 1300, 212)))[1] == ()


def test_the_words_of_a_count_in_two_languages_are_no_label_of_a_blank() -> None:
    words = [*text(110, 200, "Sheet no. / Feuille n°"), *text(560, 200, "of / de")]
    ends = words[4].box[2], words[-1].box[2]
    blanks = found(words, (ends[0] + 6, 550, 202), (ends[1] + 6, ends[1] + 120, 202))
    names = [name for name, _, _ in draft_box(words, blanks=blanks)[1]]
    assert names == ["sheet_number", "sheet_total"]


def test_a_label_keeps_the_sign_before_its_blank() -> None:
    words = [*text(110, 200, "Steward:"), *text(600, 200, "Sheet #")]
    end = words[-1].box[2]
    blanks = found(words, (words[0].box[2] + 6, 580, 202), (end + 6, end + 120, 202))
    assert [label for _, _, label in draft_box(words, blanks=blanks)[1]] == ["Steward:", "Sheet #"]


def test_a_word_of_a_text_set_wide_is_no_label_where_others_have_the_lines_beside_it() -> None:
    words = [
        *text(110, 200, "CIRCULATOR."),
        *text(340, 200, "I,"),
        *text(900, 200, "a"),
        *text(980, 200, "qualified"),
        *text(1200, 200, "elector"),
    ]
    blanks = found(words, (400, 860, 202))
    assert [label for _, _, label in draft_box(words, blanks=blanks)[1]] == ["I,"]


def test_an_ending_in_brackets_parts_no_label() -> None:
    words = text(110, 200, "et domicilié(e) à")
    (one,) = found(words, (words[-1].box[2] + 8, 700, 202))
    assert said(one.label) == "et domicilié(e) à"
    assert guess_blank(said(one.label), "") == ("collector_city", FieldKind.TEXT)
