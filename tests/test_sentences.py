"""Blanks of a sentence: behind their labels, or at the beginning of the next line."""

from collections.abc import Sequence

import pytest
from drawn import across, blank, down, draw_across, draw_text, words_at

from digitizer.collector.sentences import hang_together, sentence_spaces
from digitizer.layout.print.blanks import Blank, find_blanks, with_hangs
from digitizer.layout.print.wording import Box, Hit, bounding_box
from digitizer.records import Pixels, PrintedWord, Rule

# Feet of the three lines, and how high their print is.
FEET, HIGH = (200, 276, 352), 22


def hit(x: float, foot: float, text: str) -> Hit:
    words = tuple(words_at(x, foot - HIGH, text))
    return Hit(1.0, bounding_box(words), words)


def ruled(*lines: tuple[float, float, float]) -> tuple[Pixels, list[Rule]]:
    """A page with rulings (left, right, height), drawn and traced."""
    gray = blank(1700, 700)
    for left, right, y in lines:
        draw_across(gray, y, left, right)
    return gray, [across(y, left, right) for left, right, y in lines]


def spaces(
    labels: Sequence[Hit | None], lines: Sequence[tuple[float, float, float]]
) -> list[Box | None] | None:
    gray, rules = ruled(*lines)
    words: list[PrintedWord] = [word for one in labels if one for word in one.words]
    return sentence_spaces(labels, words, rules, gray)


def stands_on(box: Box | None, line: tuple[float, float, float]) -> bool:
    left, right, y = line
    assert box is not None
    return abs(box[0] - left) <= HIGH and abs(box[2] - right) <= HIGH and abs(box[3] - y) < 2


BLANKS = [(140.0, 680.0, FEET[0]), (110.0, 580.0, FEET[1]), (110.0, 460.0, FEET[2])]
DECLARE = hit(700, FEET[0], "solemnly declare that I circulated it at")
MADE = hit(600, FEET[1], "and that all signatures were made on")


@pytest.mark.parametrize("first", [hit(110, FEET[0], "I,"), None], ids=["read", "unread"])
def test_a_blank_that_begins_the_next_line_is_its_labels(first: Hit | None) -> None:
    found = spaces([first, DECLARE, MADE], BLANKS)
    assert found is not None
    assert all(stands_on(box, line) for box, line in zip(found, BLANKS, strict=True))


def test_feet_of_print_traced_as_a_line_are_not_the_blank_that_begins_the_next_line() -> None:
    """They stand higher than the blanks of their line, and come first among them."""
    low = FEET[1] + HIGH * 0.8
    lines = [(140.0, 680.0, FEET[0]), (110.0, 460.0, low), (1130.0, 1400.0, low)]
    feet = (600.0, 720.0, FEET[1])
    text = words_at(490, FEET[1] - HIGH, "and that each signature was affixed")
    labels = [hit(110, FEET[0], "I,"), DECLARE, hit(1020, FEET[1], "made on")]
    gray, rules = ruled(*lines, feet)
    words = [*text, *(word for one in labels for word in one.words)]
    found = sentence_spaces(labels, words, rules, gray)
    assert found is not None
    assert all(stands_on(box, line) for box, line in zip(found, lines, strict=True))


def test_an_answer_rises_up_to_the_line_above() -> None:
    close = [(left, right, y - 20 * n) for n, (left, right, y) in enumerate(BLANKS)]
    made = hit(600, FEET[1] - 20, "and that all signatures were made on")
    found = spaces([hit(110, FEET[0], "I,"), DECLARE, made], close)
    assert found is not None
    assert [box and round(box[1]) for box in found[1:]] == [y for _, _, y in close[:2]]


@pytest.mark.parametrize("printed", [True, False])
def test_a_heading_over_the_text_is_no_part_of_an_answer(*, printed: bool) -> None:
    """Three words, of which a name was read "IVIL OF CIRCULAIOR"; writing rises higher."""
    left = 560 if printed else 740
    over = words_at(left, FEET[0] - 78, "AFFIDAVIT OF CIRCULATOR")
    labels = [hit(110, FEET[0], "State of Arizona, County of"), hit(660, FEET[0], "I,")]
    lines = [(460.0, 640.0, FEET[0]), (710.0, 1300.0, FEET[0])]
    gray, rules = ruled(*lines)
    words = [*over, *words_at(1310, FEET[0] - HIGH, "being first duly sworn")]
    words += [word for one in labels for word in one.words]
    found = sentence_spaces(labels, words, rules, gray)
    assert found is not None and found[1] is not None
    assert (found[1][1] >= FEET[0] - 78 + HIGH) == printed


def test_blanks_that_were_traced_as_one_end_where_print_begins() -> None:
    gray, rules = ruled(BLANKS[0], (1000, 1500, FEET[0]))
    draw_text(gray, 700, FEET[0] - HIGH, "of the town of", HIGH)
    found = find_blanks([across(FEET[0], 140, 1500)], gray, 100, 400, HIGH)
    assert len(rules) == len(found) == 2
    assert [(round(one.left), round(one.right)) for one in found] == [(140, 680), (1000, 1500)]


def test_a_blank_with_no_label_read_before_it_is_nobodys_where_two_are_left() -> None:
    lines = [(140.0, 380.0, FEET[0]), (440.0, 680.0, FEET[0]), *BLANKS[1:]]
    found = spaces([None, DECLARE, MADE], lines)
    assert found is not None
    assert found[0] is None
    assert stands_on(found[1], BLANKS[1])


def test_labels_of_a_sentence_that_does_not_wrap_have_the_blanks_behind_them() -> None:
    labels = [hit(520, FEET[0], "AFFIDAVIT I,"), hit(110, FEET[1], "residing at")]
    lines = [(680.0, 1200.0, FEET[0]), (270.0, 800.0, FEET[1])]
    found = spaces(labels, lines)
    assert found is not None
    assert all(stands_on(box, line) for box, line in zip(found, lines, strict=True))


def test_a_label_without_a_blank_has_no_place_in_a_sentence() -> None:
    found = spaces(
        [hit(620, FEET[0], "I,"), hit(1300, FEET[0], "living at"), hit(670, FEET[2], "on")],
        [(660.0, 1100.0, FEET[0]), (720.0, 1000.0, FEET[2])],
    )
    assert found is not None
    assert [box is None for box in found] == [False, True, False]


def test_a_label_that_was_not_read_has_the_blank_between_its_neighbours() -> None:
    lines = [(300.0, 700.0, FEET[0]), (860.0, 1400.0, FEET[0]), (390.0, 900.0, FEET[1])]
    labels = [
        hit(110, FEET[0], "I, the circulator"),
        None,
        hit(110, FEET[1], "declare that I did so on"),
    ]
    found = spaces(labels, lines)
    assert found is not None
    assert all(stands_on(box, line) for box, line in zip(found, lines, strict=True))
    assert spaces(labels, [*lines[:2], (750.0, 800.0, FEET[0]), lines[2]]) is None


@pytest.mark.parametrize(
    ("behind", "place"),
    [(830.0, True), (1000.0, False), (760.0, False)],
    ids=["as wide", "wider", "narrower"],
)
def test_the_last_label_of_a_line_not_read_has_the_blank_behind_its_place(
    behind: float, place: bool
) -> None:
    """Its answer was read as a part of the collector's name."""
    collected = hit(110, FEET[0], "Collected by:")
    lines = [(collected.box[2] + 10, 740.0, FEET[0]), (behind, behind + 200, FEET[0])]
    gray, rules = ruled(*lines)
    found = sentence_spaces(
        [collected, None], collected.words, rules, gray, (), ("Collected by:", "Room:")
    )
    assert (found is not None) == place
    if found is not None:
        assert all(stands_on(box, line) for box, line in zip(found, lines, strict=True))
        words = [*collected.words, *words_at(750, FEET[0] - HIGH, "Tel.:")]
        said = ("Collected by:", "Room:")
        found = sentence_spaces([collected, None], words, rules, gray, (), said)
        assert found is not None and found[1] is None
        # A letter of the label was all that was read of it.
        words = [*collected.words, *words_at(760, FEET[0] - HIGH, "m")]
        found = sentence_spaces([collected, None], words, rules, gray, (), said)
        assert found is not None and found[1] is not None
        # Read, but too far from the other labels to be taken for one.
        words = [*collected.words, *words_at(750, FEET[0] - HIGH, "Room:")]
        found = sentence_spaces([collected, None], words, rules, gray, (), said)
        assert found is not None and found[1] is not None


def test_a_label_in_the_midst_of_a_traced_line_parts_two_blanks() -> None:
    """The place of a signature ran over the county behind it."""
    gray, rules = ruled((260, 1300, FEET[0]))
    labels = [hit(110, FEET[0], "Signature:"), hit(800, FEET[0], "County:")]
    words = [word for one in labels if one for word in one.words]
    words += words_at(1310, FEET[0] - HIGH, "and no other")
    found = sentence_spaces(labels, words, rules, gray)
    assert found is not None
    ends = labels[1].box if labels[1] else (0, 0, 0, 0)
    assert stands_on(found[0], (260, ends[0], FEET[0]))
    assert stands_on(found[1], (ends[2], 1300, FEET[0]))


@pytest.mark.parametrize(
    ("labels", "lines"),
    [
        ([hit(110, FEET[0], "Name:"), hit(110, FEET[1], "Place:")],
         [(200, 800, FEET[0]), (200, 800, FEET[1])]),
        ([hit(110, FEET[0], "Name"), hit(900, FEET[0], "Date")],
         [(110, 700, FEET[1]), (900, 1300, FEET[1])]),
        ([hit(110, FEET[0], "Name"), hit(900, FEET[0], "Date")], [(110, 1600, FEET[1])]),
    ],
    ids=["behind", "over", "over-one-line"],
)  # fmt: skip
def test_labels_in_a_column_or_over_their_lines_are_no_sentence(
    labels: Sequence[Hit | None], lines: Sequence[tuple[float, float, float]]
) -> None:
    assert spaces(labels, lines) is None


def test_a_line_that_was_traced_twice_is_one_blank() -> None:
    gray, rules = ruled((110, 580, FEET[1]))
    found = find_blanks([across(FEET[1] + 1, 200, 330), *rules], gray, 100, 400, HIGH)
    assert [(round(one.left), round(one.right)) for one in found] == [(110, 580)]


def test_a_line_whose_beginning_a_stroke_was_traced_along_is_whole() -> None:
    """A signature's underline hid the first inch, and the line began too far behind its label."""
    gray, _ = ruled((110, 580, FEET[1]), (110, 300, FEET[1] - 4))
    rules = [across(FEET[1], 200, 580), across(FEET[1] - 4, 110, 300)]
    found = find_blanks(rules, gray, 100, 400, HIGH)
    assert [(round(one.left), round(one.right)) for one in found] == [(110, 580)]


def test_the_side_of_a_frame_is_no_blank() -> None:
    gray, rules = ruled((110, 580, FEET[1]))
    assert find_blanks(rules, gray, 100, 400, HIGH)
    assert not find_blanks([*rules, down(110, 150, FEET[1])], gray, 100, 400, HIGH)


def test_lines_that_fill_their_frame_nearly_are_no_side_of_it() -> None:
    """Traced as one, they ended 1.5 mm before its sides, and all three answers were lost."""
    gray, _ = ruled((112, 580, FEET[1]), (640, 1488, FEET[1]))
    rules = [across(FEET[1], 112, 1488), down(100, 150, FEET[1] + 60), down(1500, 150, 400)]
    found = find_blanks(rules, gray, 100, 400, HIGH)
    assert [(round(one.left), round(one.right)) for one in found] == [(112, 580), (640, 1488)]
    # A side is printed up to the corner, though it was traced to here only.
    draw_across(gray, FEET[1], 100, 1500)
    assert not find_blanks(rules, gray, 100, 400, HIGH)


def test_labels_hang_together_by_either_side() -> None:
    lefts = [(100.0, y, 100.0 + w, y + 20.0) for y, w in ((0.0, 90.0), (50.0, 300.0))]
    rights = [(400.0 - w, y, 400.0, y + 20.0) for y, w in ((0.0, 90.0), (50.0, 300.0))]
    beside = [*lefts, (700.0, 0.0, 800.0, 20.0)]
    assert hang_together(lefts) and hang_together(rights) and hang_together(beside)
    assert not hang_together([lefts[0], (300.0, 50.0, 700.0, 70.0)])


def test_the_feet_of_a_labels_letters_are_no_blank() -> None:
    label, line = hit(300, FEET[0], "Telephone:"), (480.0, 900.0, float(FEET[0]))
    foot = label.box[2]
    found = spaces([label, None, MADE], [(foot - 60, foot + 4, FEET[0]), line, *BLANKS[1:]])
    assert found is not None
    assert stands_on(found[0], line)


def test_a_label_that_was_not_read_has_the_blank_left_whatever_the_labels_order() -> None:
    lines = [(230.0, 680.0, FEET[0]), (850.0, 1300.0, FEET[0]), (330.0, 1300.0, FEET[1])]
    place, date = hit(110, FEET[1], "Event or city:"), hit(700, FEET[0], "Date made:")
    found = spaces([None, place, date], lines)
    assert found is not None
    assert all(
        stands_on(box, line)
        for box, line in zip(found, (lines[0], lines[2], lines[1]), strict=True)
    )


def test_a_title_over_the_text_is_no_part_of_an_answer() -> None:
    gray, rules = ruled(*BLANKS)
    labels = [hit(110, FEET[0], "I,"), DECLARE, MADE]
    words = [word for one in labels for word in one.words]
    title = (110.0, 146.0, 900.0, 168.0)
    found = sentence_spaces(labels, words, rules, gray, [title])
    assert found is not None and found[0] is not None
    assert found[0][1] >= title[3]


def test_an_answer_does_not_reach_into_the_printed_line_above() -> None:
    foot = 276 - 58
    text = words_at(110, foot - HIGH, "make oath and say that they did see each of us sign it")
    label = hit(110, 276, "Sworn before me this day")
    (blank_,) = lines = [(420.0, 900.0, 280.0)]
    gray, rules = ruled(*lines)
    behind = words_at(930, 276 - HIGH, "and no other")
    found = sentence_spaces([label], [*text, *label.words, *behind], rules, gray)
    assert found is not None and found[0] is not None
    assert found[0][1] >= foot and stands_on(found[0], blank_)


@pytest.mark.parametrize("lower", [0, 12, 20])
def test_a_line_that_hangs_lower_than_the_print_beside_it_is_its_labels(lower: int) -> None:
    lines = [(left, right, y + lower) for left, right, y in BLANKS]
    found = spaces([hit(110, FEET[0], "I,"), DECLARE, MADE], lines)
    assert found is not None
    assert all(stands_on(box, line) for box, line in zip(found, lines, strict=True))


def test_blanks_that_hang_low_under_a_text_set_wide_are_on_its_lines() -> None:
    low = [(left, right, y + 30) for left, right, y in BLANKS]
    found = spaces([hit(110, FEET[0], "I,"), DECLARE, MADE], low)
    assert found is not None
    assert all(stands_on(box, line) for box, line in zip(found, low, strict=True))


def test_tails_of_letters_do_not_hide_that_a_line_hangs_low() -> None:
    """What has tails was on the line, "I," was not: its answer was no field's."""
    low = [(left, right, y + 26) for left, right, y in BLANKS]
    gray, rules = ruled(*low)
    labels = [hit(110, FEET[0], "I,"), DECLARE, MADE]
    words = [word for one in labels for word in one.words]
    for foot in FEET:
        words += words_at(1400, foot - HIGH, "county", height=HIGH + 6)
    found = sentence_spaces(labels, words, rules, gray)
    assert found is not None
    assert all(stands_on(box, line) for box, line in zip(found, low, strict=True))


def test_capitals_on_a_line_that_hangs_low_do_not_hide_that_it_does() -> None:
    """A name that is read as surely as print stands on one blank, and none on the other."""
    low = [(left, right, y + 30) for left, right, y in BLANKS]
    first = hit(700, FEET[0], "state that I live at")
    low[1:2] = [(first.box[2] + 10, 1600.0, FEET[0] + 30)]
    gray, rules = ruled(*low)
    words = [*first.words, *MADE.words, *words_at(200, FEET[0] - HIGH + 4, "VASSEUR ROZENN")]
    found = sentence_spaces([None, first, MADE], words, rules, gray)
    assert found is not None
    assert all(stands_on(box, line) for box, line in zip(found, low, strict=True))


def test_tops_of_a_titles_letters_are_no_blank_of_a_label_that_was_not_read() -> None:
    title = hit(110, FEET[0], "AFFIDAVIT OF CIRCULATOR I")
    left = title.box[2] + 10
    lines = [(left, 680.0, FEET[0]), *BLANKS[1:]]
    gray, rules = ruled(*lines, (120.0, 200.0, FEET[0] - HIGH + 2.0))
    labels = [None, DECLARE, MADE]
    words = [*title.words, *(word for one in labels if one for word in one.words)]
    found = sentence_spaces(labels, words, rules, gray, [title.box])
    assert found is not None
    assert all(stands_on(box, line) for box, line in zip(found, lines, strict=True))


def test_a_blank_on_the_next_line_of_a_text_set_close_hangs_under_no_text() -> None:
    words = words_at(110, FEET[0] - HIGH, "that all of these persons have signed in the county of")
    below = Blank(110.0, 400.0, FEET[0] + 33.0)
    assert with_hangs([below], words, HIGH) == [below]


def test_small_print_under_a_line_of_its_own_has_it_beside_labels_of_a_sentence() -> None:
    lines = [*BLANKS, (110.0, 500.0, 450.0)]
    sign = hit(200, 480, "(signature)")
    found = spaces([hit(110, FEET[0], "I,"), DECLARE, MADE, sign], lines)
    assert found is not None
    assert all(stands_on(box, line) for box, line in zip(found, lines, strict=True))


def test_feet_of_a_label_in_a_cell_are_no_blank_of_the_label_above() -> None:
    labels = [hit(900, FEET[0], "Telephone"), hit(130, FEET[1], "Email address")]
    feet = (labels[1].box[0], labels[1].box[2], FEET[1])
    assert spaces(labels, [feet]) is None
