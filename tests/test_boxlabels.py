"""Labels of a box among other print: none inside another, some broken over two lines."""

from dataclasses import replace

import pytest
from drawn import across, blank, down, draw_across, words_at

from digitizer.collector.boxlabels import said, title_and_labels, title_strip
from digitizer.forms.forms import BoxField, CollectorBox
from digitizer.layout.print.labelends import type_width
from digitizer.records import FieldKind, FieldSpec, PrintedWord, Rule


def found(words: list[PrintedWord], *labels: str, rules: list[Rule] | None = None) -> list[str]:
    """What is read where each label is found, with its left end."""
    fields = tuple(
        BoxField(FieldSpec(f"field_{n}", FieldKind.TEXT), (label,))
        for n, label in enumerate(labels)
    )
    hits = title_and_labels(CollectorBox((), fields), words, rules or [])[1]
    return ["" if hit is None else f"{said(hit)} {round(hit.box[0])}" for hit in hits]


def test_a_word_of_a_longer_label_is_no_label() -> None:
    declare = "solemnly declare that I circulated this petition at"
    words = words_at(700, 200, declare)
    assert found(words, "I,", declare) == ["", f"{declare} 700"]
    words += words_at(110, 200, "I,")
    assert found(words, "I,", declare) == ["I, 110", f"{declare} 700"]


def test_an_edge_that_was_read_as_a_wide_stroke_is_not_what_the_labels_stand_near() -> None:
    """A scan bed's black edge above the page was the label "I,"; the others were too far off."""
    words = [
        PrintedWord("=i", (1000, 6, 1640, 33), 0.62),
        *words_at(110, 1300, "that I circulated this sheet on"),
        *words_at(110, 1370, "in the precinct of"),
    ]
    labels = ("I,", "that I circulated this sheet on", "in the precinct of")
    assert found(words, *labels) == ["", f"{labels[1]} 110", f"{labels[2]} 110"]


def test_a_label_of_a_text_over_a_broad_page_stands_far_beside_the_others() -> None:
    """On a sheet that lies on its side the last blank of an affidavit had no label."""
    words = [
        *words_at(110, 200, "state that I reside at"),
        *words_at(1465, 262, "Subscribed on"),
    ]
    end = words[-1].box[2]
    labels = ("state that I reside at", "Subscribed on")
    assert found(words, *labels, rules=[across(290, end + 5, end + 300)])[1] == "Subscribed on 1465"
    assert found(words, *labels)[1] == ""


@pytest.mark.parametrize(
    ("behind", "label"),
    [
        ("/ Votre nom :", "Your name: / Votre nom : 110"),
        ("Votre nom :", "Your name: Votre nom : 110"),
        ("/ Votre nom", "Your name: / Votre nom 110"),
        ("ANN ROY", "Your name: 110"),
        ("........ Phone:", "Your name: 110"),
    ],
)
def test_a_label_in_two_languages_is_one(behind: str, label: str) -> None:
    """On a bilingual sheet the second label was read as what the collector had written."""
    words = [*words_at(110, 200, f"Your name: {behind}"), *words_at(900, 200, "12 May")]
    assert found(words, "Your name:") == [label]
    unsure = [replace(w, confidence=0.5) if w.box[0] > 250 else w for w in words]
    assert found(unsure, "Your name:") == ["Your name: 110"]


def test_a_label_may_go_on_in_the_next_line() -> None:
    words = [
        *words_at(900, 200, "being duly sworn say that I"),
        *words_at(110, 276, "circulated this sheet on"),
    ]
    label = "being duly sworn say that I circulated this sheet on"
    assert found(words, label) == [f"{label} 110"]


def test_a_label_that_stands_all_over_a_text_is_the_one_before_a_line() -> None:
    words = [
        *words_at(110, 124, "electors of the district"),
        *words_at(110, 200, "of"),
        *words_at(700, 200, "being duly sworn"),
    ]
    line = across(220, 150, 680)
    assert found(words, "of", "being duly sworn", rules=[line])[0] == "of 110"


def test_a_word_of_the_letter_is_not_preferred_to_a_label_that_stands_farther_off() -> None:
    words = words_at(110, 300, "it is certified that the signataires cantonales have the vote")
    label = "Collected by (name, first name):"
    words += [*words_at(110, 400, label), *words_at(1250, 400, "Signature:")]
    assert found(words, label, "Signature:") == [f"{label} 110", "Signature: 1250"]


def test_a_label_that_was_also_read_with_writing_is_the_label_alone() -> None:
    label = "Name of the petition's collector:"
    words = [*words_at(110, 400, label), *words_at(760, 396, "O R", height=30)]
    words += words_at(830, 402, "Event/Location/City:")
    assert found(words, label, "Event/Location/City:")[1] == "Event/Location/City: 830"


def test_a_label_on_the_line_of_others_may_be_read_badly() -> None:
    words = words_at(110, 400, "Collected by:")
    size = (words[-1].box[2] - words[0].box[0]) / type_width("Collected by:")
    for share, expected in ((1.0, "Télénhana 900"), (1.5, "")):
        wide = share * size * type_width("Téléphone")
        bad = PrintedWord("Télénhana", (900.0, 400.0, 900.0 + wide, 422.0), 0.6)
        assert found([*words, bad], "Collected by:", "Téléphone :")[1] == expected


def test_a_label_of_one_line_stands_beside_one_of_two() -> None:
    words = [*words_at(110, 400, "Collected by"), *words_at(110, 426, "Recueilli par")]
    words += words_at(1400, 413, "Date")
    assert found(words, "Collected by", "Date") == ["Collected by 110", "Date 1400"]


def test_a_border_that_was_read_as_a_stroke_is_no_part_of_a_label() -> None:
    border = PrintedWord("|", (912.0, 370.0, 915.0, 440.0), 0.95)
    words = [*words_at(110, 400, "Steward"), border, *words_at(960, 400, "Work site")]
    assert found(words, "Steward", "Work site")[1] == "Work site 960"


def test_the_word_i_is_a_label_where_it_was_read_as_a_stroke_before_a_line() -> None:
    words = [
        *words_at(110, 200, "|,"),
        *words_at(110, 260, "county of"),
        *words_at(700, 200, "declare that | circulated this sheet and I saw"),
    ]
    assert found(words, "I,", "county of", rules=[across(236, 150, 680)])[0] == "|, 110"
    assert found(words, "I,", "county of")[0] != "|, 110", "a border without a line behind it"


def test_a_title_that_was_not_read_stands_between_the_frame_and_the_labels() -> None:
    fields = (BoxField(FieldSpec("a", FieldKind.TEXT), ("Your name:",)),)
    rules = [across(100, 90, 1600), across(400, 90, 1600), down(90, 100, 400), down(1600, 100, 400)]
    words = words_at(110, 200, "Your name:")
    boxed = CollectorBox(("PETITION COLLECTOR",), fields)
    strip = title_strip(boxed, words, rules, blank(1700, 2200))
    assert strip is not None and strip[1] <= 102 and strip[3] == 200
    title = words_at(500, 120, "PETITION COLLECTOR")
    assert title_strip(boxed, [*words, *title], rules, blank(1700, 2200)) is None
    assert title_strip(CollectorBox((), fields), words, rules, blank(1700, 2200)) is None


def test_a_title_that_was_not_read_stands_above_the_lines_that_labels_stand_under() -> None:
    """The strip began at the line over the labels, and the title was read as the first answer."""
    fields = (BoxField(FieldSpec("a", FieldKind.TEXT), ("Name",)),)
    frame = [across(100, 90, 1600), across(260, 90, 1600), down(90, 100, 260), down(1600, 100, 260)]
    gray = blank(1700, 2200)
    draw_across(gray, 210, 112, 700)
    words = words_at(112, 218, "Name", height=16)
    boxed = CollectorBox(("CANVASSER",), fields)
    strip = title_strip(boxed, words, [*frame, across(210, 112, 700)], gray)
    assert strip is not None and strip[1] <= 102 and strip[3] == 218


def test_a_label_of_few_letters_is_not_what_somebody_wrote_like_it() -> None:
    """A date's place began behind the first name of who collected."""
    words = [*words_at(110, 400, "Recueilli par"), *words_at(300, 400, "Loë Dubois")]
    assert found(words, "Recueilli par", "le") == ["Recueilli par 110", ""]
    assert found([*words, *words_at(900, 400, "le")], "Recueilli par", "le")[1] == "le 900"


def test_the_word_of_a_label_that_is_not_read_is_not_it_within_the_text() -> None:
    """A date's place lay on the name's blank: "I" and "and" of the text were its labels."""
    reside, between = "say that I reside at", "between"
    words = [
        *words_at(700, 178, reside),
        *words_at(110, 254, "that I circulated it and that all signatures"),
        *words_at(110, 330, between),
    ]
    # Feet of the letters were traced as a line.
    rules = [across(276, 300, 900), across(352, 200, 700)]
    labels = found(words, "I,", reside, between, "and", rules=rules)
    assert labels == ["", f"{reside} 700", f"{between} 110", ""]


def test_no_word_is_a_badly_read_label_of_two_letters() -> None:
    words = [*words_at(110, 200, "residing at"), *words_at(610, 200, "id")]
    assert found(words, "I,", "residing at") == ["", "residing at 110"]


def test_a_word_of_a_sentence_is_the_label_where_a_line_to_write_on_follows_it() -> None:
    words = [
        *words_at(110, 200, "this petition and that all"),
        *words_at(110, 260, "Declared before me at"),
        *words_at(900, 260, "this"),
    ]
    rules = [across(284, 400, 880), across(284, 970, 1200)]
    labels = found(words, "Declared before me at", "this", rules=rules)
    assert labels == ["Declared before me at 110", "this 900"]


def test_a_label_read_far_better_on_another_labels_line_is_none_near_the_longest() -> None:
    words = [
        *words_at(415, 200, "CIRCULATOR. I"),
        *words_at(1250, 200, "state that I reside at"),
        *words_at(110, 360, "Circulator's signature"),
        *words_at(1000, 360, "Date"),
    ]
    wordings = ("state that I reside at", "Circulator's signature", "Date")
    assert found(words, *wordings)[1:] == ["Circulator's signature 110", "Date 1000"]
