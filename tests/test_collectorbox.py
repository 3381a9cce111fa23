"""Answers stand beside their labels, not in the paragraph above them."""

from collections.abc import Sequence

import numpy as np
import pytest
from drawn import across, blank, down, draw_across, draw_text, words_at

from digitizer.collector.collectorbox import find_collector_box
from digitizer.forms.forms import BoxField, CollectorBox
from digitizer.records import BoxPlace, FieldKind, FieldSpec, Pixels, PrintedWord, Rule

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


def _boxed(labels: dict[str, str], title: str) -> CollectorBox:
    fields = tuple(BoxField(FieldSpec(n, FieldKind.TEXT), (said,)) for n, said in labels.items())
    return CollectorBox((title,), fields)


def test_a_title_is_no_part_of_an_answer_though_a_sheets_number_stands_at_the_top() -> None:
    labels = {"name": "Collected by:", "number": "Sheet", "total": "of"}
    words = [
        *words_at(1100, 60, "Sheet"), *words_at(1300, 60, "of"),
        *words_at(120, 700, "FOR THE LIBRARY"), *words_at(120, 770, "Collected by:"),
    ]  # fmt: skip
    rules = [across(y, 100, 900) for y in (680, 840)] + [down(x, 680, 840) for x in (100, 900)]
    found = find_collector_box(_boxed(labels, "FOR THE LIBRARY"), words, rules, blank(1700, 1000))
    assert found is not None
    (name,) = (field for field in found.fields if field.column == "name")
    assert min(y for _, y in name.polygon) >= 700 + 22


@pytest.mark.parametrize("read", ["Date:", "Dxtqs"])
def test_a_label_that_was_not_read_has_the_row_below_those_that_were(read: str) -> None:
    labels = {"name": "Name of witness:", "date": "Date:"}
    words = [
        *words_at(120, 710, "DECLARATION"), *words_at(120, 780, "Name of witness:"),
        *words_at(120, 850, read),
    ]  # fmt: skip
    rules = [across(y, 100, 900) for y in (690, 750, 820, 890, 1100)]
    rules += [down(x, 690, 890) for x in (100, 900)]
    found = find_collector_box(_boxed(labels, "DECLARATION"), words, rules, blank(1700, 1300))
    assert found is not None
    rows = [(min(y for _, y in f.polygon), max(y for _, y in f.polygon)) for f in found.fields]
    assert [round(low, -1) for _, low in rows] == [820, 890]
    assert rows[1][0] >= 815


def _tops(words: list[PrintedWord], rules: list[Rule], gray: Pixels) -> list[float]:
    labels = {"name": "Name:", "place": "Place:"}
    found = find_collector_box(_boxed(labels, "COLLECTED BY"), words, rules, gray)
    assert found is not None
    return [min(y for _, y in field.polygon) for field in found.fields]


def test_an_answer_rises_to_the_line_above_it_and_to_the_foot_of_the_title() -> None:
    words = [*words_at(120, 710, "COLLECTED BY"), *words_at(120, 780, "Name:")]
    words += words_at(120, 850, "Place:")
    rules = [across(y, 100, 900) for y in (680, 930)] + [down(x, 680, 930) for x in (100, 900)]
    lines = [across(y, 220, 880) for y in (804, 874)]
    assert _tops(words, rules + lines, blank(1700, 1300)) == pytest.approx([733, 804], abs=2)
    # Without a line tails of the answer above hang down to the middle.
    assert _tops(words, rules, blank(1700, 1300))[1] == pytest.approx(826, abs=2)


def test_a_second_line_of_the_title_is_no_part_of_an_answer() -> None:
    words = [*words_at(120, 690, "COLLECTED BY"), *words_at(120, 780, "Name:")]
    words += words_at(120, 850, "Place:")
    rules = [across(y, 100, 900) for y in (680, 930)] + [down(x, 680, 930) for x in (100, 900)]
    gray = blank(1700, 1300)
    draw_text(gray, 120, 722, "THE PERSON BELOW", 22)
    assert _tops(words, rules, gray)[0] >= 745


def test_a_persons_name_and_town_are_no_count_of_sheets() -> None:
    text = FieldSpec("place", FieldKind.TEXT)
    fields = (
        BoxField(FieldSpec("name", FieldKind.NAME), ("I,",)), BoxField(text, (", of",)),
        BoxField(FieldSpec("date", FieldKind.DATE), ("being sworn say that I collected on",)),
    )  # fmt: skip
    words = [*words_at(110, 178, "I,"), *words_at(640, 178, "of")]
    words += [*words_at(1300, 178, "being sworn say that I"), *words_at(110, 254, "collected on")]
    lines = [(140, 620, 200), (690, 1280, 200), (290, 700, 276)]
    gray = blank(1700, 600)
    for left, right, y in lines:
        draw_across(gray, y, left, right)
    rules = [across(y, left, right) for left, right, y in lines]
    found = find_collector_box(CollectorBox((), fields), words, rules, gray)
    assert found is not None
    assert [one.column for one in found.fields] == ["name", "place", "date"]
    for one, (left, right, y) in zip(found.fields, lines, strict=True):
        (x0, _), (x1, y1) = np.min(one.polygon, axis=0), np.max(one.polygon, axis=0)
        assert (x0, x1, y1) == pytest.approx((left, right, y), abs=25)


def test_a_field_whose_place_holds_another_label_is_left_out() -> None:
    labels = {"name": "I the undersigned collector of this town", "date": "made before me on"}
    words = [*words_at(400, 178, labels["name"]), *words_at(120, 216, labels["date"])]
    found = find_collector_box(_boxed(labels, "OATH"), words, [], blank(1700, 600))
    assert found is not None
    assert "name" not in [one.column for one in found.fields]


def test_a_word_of_the_letter_is_no_box() -> None:
    labels = {"name": "Name of canvasser", "date": "Date"}
    words = words_at(120, 200, "names without a date will be struck off")
    assert find_collector_box(_boxed(labels, "OATH"), words, [], blank(1700, 600)) is None
    alone = words_at(120, 200, "Date")
    assert find_collector_box(_boxed(labels, "OATH"), alone, [], blank(1700, 600)) is not None


def test_answers_may_stand_over_the_rows_and_others_below_them() -> None:
    labels = {"canton": "Canton:", "town": "Town of residence:", "name": "Collected by:"}
    labels |= {"date": "Date of collection:"}
    gray = blank(1700, 2200)
    words, rules = [], []
    for y, left, right in ((300, "Canton:", "Town of residence:"),
                           (1900, "Collected by:", "Date of collection:")):  # fmt: skip
        words += [*words_at(120, y, left), *words_at(850, y, right)]
        for x0, x1 in ((340, 800), (1150, 1600)):
            draw_across(gray, y + 24, x0, x1)
            rules.append(across(y + 24, x0, x1))
    found = find_collector_box(_boxed(labels, "SHEET"), words, rules, gray)
    assert found is not None
    assert [one.column for one in found.fields] == list(labels)
    for one, y in zip(found.fields, (300, 300, 1900, 1900), strict=True):
        top, bottom = np.min(one.polygon, axis=0)[1], np.max(one.polygon, axis=0)[1]
        assert top < y + 20 < bottom < y + 80


def test_a_word_of_the_letter_far_from_the_box_is_no_field_of_it() -> None:
    labels = {"name": "Collected by:", "date": "Date"}
    words = words_at(120, 300, "names without a date will be struck off")
    words += words_at(120, 1900, "Collected by:")
    lines = [across(1924, 340, 800)]
    gray = blank(1700, 2200)
    draw_text(gray, 120, 1898, "Collected by:", 24)
    found = find_collector_box(_boxed(labels, "SHEET"), words, lines, gray)
    assert found is None or [one.column for one in found.fields] == ["name"]


def _under_a_band(title: str, *, top: int, said: int) -> BoxPlace:
    """The box found below a black band from ``top`` on, with its title at ``said``, px."""
    labels = {"name": "Your name:", "place": "Place:"}
    words = [*words_at(120, said, title), *words_at(120, 780, "Your name:")]
    words += words_at(120, 850, "Place:")
    gray = blank(1700, 1300)
    gray[top:750, 100:1500] = 20
    rules = [across(y, 100, 1500) for y in (820, 890)] + [down(x, 750, 890) for x in (100, 1500)]
    found = find_collector_box(_boxed(labels, title), words, rules, gray)
    assert found is not None
    return found


def test_cells_under_a_black_band_are_as_wide_as_their_borders_show() -> None:
    found = _under_a_band("COLLECTOR PLEASE FILL IN", top=690, said=700)
    assert all(np.max(one.polygon, axis=0)[0] == pytest.approx(1500, abs=3) for one in found.fields)


def test_a_label_that_was_not_read_and_is_not_printed_there_stands_elsewhere() -> None:
    labels = {"name": "Name of witness:", "date": "Date of the day:"}
    words = [*words_at(120, 710, "DECLARATION"), *words_at(120, 780, "Name of witness:")]
    rules = [across(y, 100, 900) for y in (690, 750, 820, 890)]
    rules += [down(x, 690, 890) for x in (100, 900)]
    gray = blank(1700, 1300)
    draw_text(gray, 120, 778, "Name of witness:", 24)
    found = find_collector_box(_boxed(labels, "DECLARATION"), words, rules, gray)
    assert found is not None
    assert [one.column for one in found.fields] == ["name"]
    draw_text(gray, 120, 848, "Date of the day:", 24)
    found = find_collector_box(_boxed(labels, "DECLARATION"), words, rules, gray)
    assert found is not None
    assert [one.column for one in found.fields] == ["name", "date"]


def test_a_title_over_one_label_of_a_line_is_no_part_of_the_answers_beside_it() -> None:
    labels = {"name": "Your name:", "date": "Date collected:"}
    words = [*words_at(120, 780, "Your name:"), *words_at(850, 780, "Date collected:")]
    rules = [across(y, 100, 1500) for y in (690, 850)] + [down(x, 690, 850) for x in (100, 1500)]
    gray = blank(1700, 1300)
    draw_text(gray, 500, 715, "COLLECTOR PLEASE FILL IN THIS BOX FOR US", 24)
    found = find_collector_box(_boxed(labels, "NOT READ"), words, rules, gray)
    assert found is not None
    assert all(np.min(one.polygon, axis=0)[1] >= 735 for one in found.fields)


def test_a_black_band_over_the_labels_is_no_part_of_an_answer() -> None:
    found = _under_a_band("COLLECTOR PLEASE", top=700, said=712)
    assert min(np.min(one.polygon, axis=0)[1] for one in found.fields) >= 749


def test_the_first_letter_of_an_answer_that_was_read_with_its_label_is_no_print() -> None:
    labels = {
        "collector_name": "DECLARATION OF CIRCULATOR. I,",
        "event_location": "declare that I circulated it at",
    }
    fields = tuple(BoxField(FieldSpec(n, FieldKind.TEXT), (said,)) for n, said in labels.items())
    words = [
        *words_at(110, 178, "DECLARATION OF CIRCULATOR. |, A"),
        *words_at(1000, 178, "declare that I circulated it at"),
    ]
    blanks = [(450.0, 980.0, 200.0), (110.0, 580.0, 276.0)]
    gray = blank(1700, 700)
    for left, right, y in blanks:
        draw_across(gray, y, left, right)
    rules = [across(y, left, right) for left, right, y in blanks]
    found = find_collector_box(CollectorBox((), fields), words, rules, gray)
    assert found is not None
    name = next(field for field in found.fields if field.column == "collector_name")
    letter = words[4].box
    assert all(right <= letter[0] for _, _, right, _ in name.captions)


def _letter_and_foot(gray: Pixels) -> tuple[list[PrintedWord], list[Rule]]:
    """A blank in the letter's first line, two lines of text, a table, two blanks below it."""
    words, rules = [], []
    for x, foot, text in (
        (142, 262, "To the owner of the building at"),
        (142, 320, "The undersigned ask that the boiler be replaced before the first of May"),
        (142, 356, "that no rent be raised while the work is outstanding and so on"),
        (142, 1687, "Collected by"),
        (770, 1687, "on"),
    ):
        draw_text(gray, x, foot - 24, text, 24)
        words += words_at(x, foot - 22, text)
    for left, right, y in ((600, 1500, 264), (330, 750, 1690), (810, 1150, 1690)):
        draw_across(gray, y, left, right)
        rules.append(across(y, left, right))
    for y in (392, 1600):
        draw_across(gray, y, 142, 1559)
        rules.append(across(y, 142, 1559))
    return words, rules


def test_labels_read_far_below_are_not_guessed_to_stand_in_the_letter() -> None:
    gray = blank(1700, 2200)
    words, rules = _letter_and_foot(gray)
    labels = {"place": "of the building at", "name": "Collected by", "date": "on"}
    fields = tuple(BoxField(FieldSpec(n, FieldKind.TEXT), (said,)) for n, said in labels.items())
    found = find_collector_box(CollectorBox((), fields), words, rules, gray)
    assert found is not None
    tops = {one.column: np.min(one.polygon, axis=0)[1] for one in found.fields}
    assert set(tops) == set(labels)
    assert tops["place"] < 300
    assert min(tops["name"], tops["date"]) >= 1600


def drawn_letter(
    gray: Pixels, texts: Sequence[tuple[int, int, str]], lines: Sequence[tuple[int, int, int]]
) -> tuple[list[PrintedWord], list[Rule]]:
    """Draw texts (left, foot, what) and lines to write on (left, right, y); as they are read."""
    words: list[PrintedWord] = []
    rules = []
    for x, foot, text in texts:
        draw_text(gray, x, foot - 24, text, 24)
        words += words_at(x, foot - 22, text)
    for left, right, y in lines:
        draw_across(gray, y, left, right)
        rules.append(across(y, left, right))
    return words, rules


def test_a_footnotes_number_is_no_label_of_one_letter() -> None:
    labels = {"name": "I,", "made": "made in my presence on", "signed": "Signature of circulator:"}
    fields = tuple(BoxField(FieldSpec(n, FieldKind.TEXT), (said,)) for n, said in labels.items())
    gray = blank(1700, 2800)
    texts = (
        (108, 1844, "that each signature was made in my presence on"),
        (108, 2029, "Signature of circulator:"),
        (314, 2737, "1"),
        (334, 2745, "Electors must be registered at the address given"),
    )
    lines = ((800, 1400, 1850), (460, 900, 2035))
    words, rules = drawn_letter(gray, texts, lines)
    found = find_collector_box(CollectorBox((), fields), words, rules, gray)
    assert found is not None
    assert [one.column for one in found.fields] == ["made", "signed"]


def test_letters_of_the_answers_beside_it_that_were_read_with_a_label_are_no_print() -> None:
    labels = {"collector_name": "Collected by:", "date_collected": "Date:"}
    fields = tuple(BoxField(FieldSpec(n, FieldKind.TEXT), (said,)) for n, said in labels.items())
    gray = blank(1200, 700)
    for x, said in ((76, "Collected by:"), (560, "Date:")):
        draw_text(gray, x, 178, said, 24)
    colon = 559 + int(np.flatnonzero((gray[170:204, 560:640] < 128).any(axis=0)).max()) + 1
    for left, right, y in ((220, 550, 208), (colon + 12, 900, 208)):
        draw_across(gray, y, left, right)
    rules = [across(208, 220, 900)]  # traced through both, and the label between
    draw_text(gray, 250, 176, "GENDRON LOUED", 26)
    draw_text(gray, 526, 176, "I N", 26)
    draw_text(gray, colon + 20, 176, "15 Oct 2026", 26)
    words = [*words_at(76, 178, "Collected by:")]
    words.append(PrintedWord("Date:", (528, 174, colon + 130, 210), 0.6))
    found = find_collector_box(CollectorBox((), fields), words, rules, gray)
    assert found is not None
    assert {one.column for one in found.fields} == set(labels)
    name, date = found.fields
    assert np.max(name.polygon, axis=0)[0] >= 545  # the last letter's end
    assert np.min(date.polygon, axis=0)[0] <= colon + 20
    for field in found.fields:
        for caption in field.captions:
            assert caption[2] <= 225 or (caption[0] >= 549 and caption[2] <= colon + 3)


def test_a_label_broken_over_two_lines_says_nothing_of_how_wide_others_are() -> None:
    labels = {"made": "made in my presence on or before", "signed": "Signature of circulator:"}
    fields = tuple(BoxField(FieldSpec(n, FieldKind.TEXT), (said,)) for n, said in labels.items())
    gray = blank(1700, 1000)
    texts = (
        (1000, 400, "each signature was made in my presence on or"),
        (110, 472, "before"),
        (110, 600, "Signature of circulator:"),
    )
    words, rules = drawn_letter(gray, texts, ((230, 600, 500), (480, 900, 605)))
    found = find_collector_box(CollectorBox((), fields), words, rules, gray)
    assert found is not None
    signed = next(one for one in found.fields if one.column == "signed")
    assert np.min(signed.polygon, axis=0)[0] >= words[-1].box[2] - 5


COUNTY, RESIDE = "County of petition signers:", "that I reside at"
AFFIDAVIT = CollectorBox(
    (),
    tuple(
        BoxField(FieldSpec(name, FieldKind.TEXT), (label,))
        for name, label in (("county", COUNTY), ("address", RESIDE), ("town", "in the town of"))
    ),
)


def test_a_lone_label_tells_nothing_of_the_others_and_has_its_line_to_the_end() -> None:
    """An address was sought beside the county's, a page away, and accepted as empty."""
    words, gray = words_at(110, 300, COUNTY), blank(1700, 2200)
    start = words[-1].box[2] + 20
    draw_across(gray, 322, start, 1500)
    draw_text(gray, 150, 390, "Signature", 20)
    found = find_collector_box(AFFIDAVIT, words, [across(322, start, 1500)], gray)
    assert found is not None
    assert [field.column for field in found.fields] == ["county"]
    assert max(x for x, _ in found.fields[0].polygon) >= 1498


def test_labels_far_from_the_others_have_their_lines_though_somebody_wrote_on_them() -> None:
    words, gray = words_at(110, 300, COUNTY), blank(1700, 2200)
    text = words_at(110, 1800, f"depose and say {RESIDE}")
    first = (text[-1].box[2] + 10, text[-1].box[2] + 500)
    town = words_at(first[1] + 10, 1800, "in the town of")
    second = (town[-1].box[2] + 10, town[-1].box[2] + 200)
    written = [*words_at(first[0] + 4, 1796, "912 Cedar Cres"), *words_at(second[0], 1796, "Delta")]
    words += [*text, *written, *town]
    for word in words:
        draw_text(gray, word.box[0], word.box[1], word.text, 20)
    for left, right in (first, second):
        draw_across(gray, 1822, left, right)
    rules = [across(1822, *ends) for ends in (first, second)]
    found = find_collector_box(AFFIDAVIT, words, rules, gray)
    assert found is not None
    places = {field.column: min(x for x, _ in field.polygon) for field in found.fields}
    assert sorted(places) == ["address", "county", "town"]
    assert places["address"] == pytest.approx(first[0], abs=15)
