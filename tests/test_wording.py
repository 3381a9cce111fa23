"""Printed wordings are found without accents and case, on their own line, once a place."""

import unicodedata

import pytest
from drawn import words_at
from hypothesis import given
from hypothesis import strategies as st

from digitizer.layout.print.wording import (
    bounding_box,
    contains,
    find_wording,
    find_wordings,
    line_pieces,
    plain,
    text_blocks,
    text_lines,
)
from digitizer.records import PrintedWord

LETTERS = st.text("abcdefghijklmnopqrstuvwxyzàâçéèêëîïôûù ", min_size=1, max_size=40)
WORDINGS = (
    "Name (please print)",
    "Adresse (inclure le code postal)",
    "Téléphone et courriel",
    "PETITION COLLECTOR PLEASE FILL IN THIS BOX",
    "No.",
    "Événement/Lieu/Ville :",
)


def texts(words: tuple[PrintedWord, ...]) -> str:
    """The words of a line."""
    return " ".join(word.text for word in words)


@given(st.text(max_size=60))
def test_plain_text_is_lower_case_letters_digits_and_single_spaces(text: str) -> None:
    found = plain(text)
    assert plain(found) == found
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")
    assert found == found.strip() and "  " not in found


@given(LETTERS)
def test_case_and_accents_do_not_matter(text: str) -> None:
    stripped = "".join(c for c in unicodedata.normalize("NFD", text) if c.isascii())
    assert plain(text.upper()) == plain(text) == plain(stripped)
    assert plain(unicodedata.normalize("NFD", text)) == plain(text)


@pytest.mark.parametrize(
    ("wording", "text", "found"),
    [("#", "# First name", 1.0), (" # ", "No #", 1.0), ("#", "#7 Elm", 0.0), ("", "# a", 0.0)],
)
def test_a_sign_without_letters_is_found_as_a_word_of_its_own(
    wording: str, text: str, found: float
) -> None:
    assert contains(wording, text) == found


@pytest.mark.parametrize("wording", WORDINGS)
@pytest.mark.parametrize("change", [str, str.upper, str.lower, plain])
def test_a_wording_is_found_whole_in_itself(wording: str, change: type[str]) -> None:
    assert contains(wording, change(wording)) == 1
    assert contains(wording, f"page 3 {change(wording)} 1 2 3") == 1


@pytest.mark.parametrize(
    ("wording", "text"),
    [
        pytest.param("Name (please print)", "Narne (p1ease pnint)", id="misread letters"),
        pytest.param("Téléphone et courriel", "Telephoneet courriei", id="words run together"),
        pytest.param("Address (include postal code)", "Addr ess (include postalcode", id="split"),
    ],
)
def test_a_misread_wording_is_still_better_than_another(wording: str, text: str) -> None:
    others = [w for w in WORDINGS if w != wording]
    assert contains(wording, text) > 0.75
    assert contains(wording, text) > max(contains(other, text) for other in others) + 0.2


def test_a_short_wording_is_a_word_and_no_part_of_one() -> None:
    assert contains("Name", "Your name here") == 1
    assert contains("Name", "unnamed tournaments") < 0.8
    assert contains("Date", "Updated candidates") < 0.8


def test_nothing_is_found_in_nothing() -> None:
    assert contains("Name", "") == 0
    assert contains("", "Name") == 0
    assert contains("...", "Name") == 0
    assert find_wording([], ["Name"]) is None
    assert find_wordings(words_at(0, 0, "Name"), []) == ()
    assert text_lines([]) == ()


@given(st.text(max_size=30), st.text(max_size=60))
def test_similarity_is_a_share(wording: str, text: str) -> None:
    assert 0 <= contains(wording, text) <= 1


@given(st.permutations(words_at(50, 100, "one two three") + words_at(50, 140, "four five")))
def test_lines_come_from_top_and_left_in_whatever_order_words_are_read(
    words: list[PrintedWord],
) -> None:
    assert [texts(line) for line in text_lines(words)] == ["one two three", "four five"]


def test_a_slightly_slanted_line_is_one_line() -> None:
    words = [
        PrintedWord(f"w{n}", (100.0 * n, 50 + 2.0 * n, 100.0 * n + 90, 70 + 2.0 * n), 0.9)
        for n in range(12)
    ]
    assert [len(line) for line in text_lines(words)] == [12]


def test_columns_far_apart_are_not_one_line() -> None:
    words = words_at(50, 100, "Signature") + words_at(900, 102, "Name")
    assert len(text_lines(words)) == 2


def test_the_box_goes_around_the_words_that_match_and_no_more() -> None:
    words = words_at(50, 100, "please write Your name: here") + words_at(50, 140, "your town")
    hit = find_wording(words, ["Your name:"])
    assert hit is not None
    assert texts(hit.words) == "Your name:"
    assert hit.score == 1
    assert hit.box == bounding_box(words[2:4])


def test_the_best_place_comes_first_and_poor_ones_are_left_out() -> None:
    words = words_at(50, 100, "Votre norn :") + words_at(50, 200, "Votre nom :")
    words += words_at(50, 300, "quelque chose")
    hits = find_wordings(words, ["Votre nom :"], 0.8)
    assert [round(hit.box[1]) for hit in hits] == [200, 100]
    assert hits[0].score == 1 > hits[1].score >= 0.8


def test_equal_places_come_from_top_to_bottom() -> None:
    words = words_at(50, 300, "Date :") + words_at(50, 100, "Date :")
    assert [hit.box[1] for hit in find_wordings(words, ["Date"], 0.9)] == [100, 300]


def test_any_of_several_wordings_will_do() -> None:
    words = words_at(50, 100, "Date de collecte des signatures :")
    hit = find_wording(words, ["Date de la collecte :", "Date de collecte des signatures :"])
    assert hit is not None and hit.score == 1


def test_a_wording_is_not_pieced_together_from_two_lines() -> None:
    words = words_at(50, 100, "Event/Location/") + words_at(50, 160, "City:")
    hit = find_wording(words, ["Event/Location/City:"])
    assert hit is not None and texts(hit.words) == "Event/Location/"


@given(
    st.lists(
        st.tuples(st.floats(0, 500), st.floats(0, 500), st.floats(1, 90), st.floats(1, 40)),
        min_size=1,
        max_size=9,
    )
)
def test_a_bounding_box_holds_every_word(boxes: list[tuple[float, float, float, float]]) -> None:
    words = [PrintedWord("w", (x, y, x + w, y + h), 1.0) for x, y, w, h in boxes]
    left, top, right, bottom = bounding_box(words)
    assert left == min(w.box[0] for w in words) and bottom == max(w.box[3] for w in words)
    assert all(left <= w.box[0] and w.box[2] <= right for w in words)
    assert all(top <= w.box[1] and w.box[3] <= bottom for w in words)


def test_lines_of_a_head_make_one_text_whatever_stands_beside_them() -> None:
    heads = [
        *words_at(100, 100, "Adresse mail"),
        *words_at(100, 130, "(facultatif)"),
        *words_at(500, 115, "Signature"),
        *words_at(800, 100, "Sign here"),
        *words_at(790, 130, "(do not print)"),
    ]
    assert sorted(text_blocks(heads)) == [
        "Adresse mail (facultatif)", "Sign here (do not print)", "Signature",
    ]  # fmt: skip
    # What stands two lines lower is another text.
    assert len(text_blocks([*words_at(100, 100, "Name"), *words_at(100, 180, "Name")])) == 2


def test_lines_are_cut_where_something_stands_beside() -> None:
    words = [*words_at(100, 100, "Your name:"), *words_at(420, 100, "Date:")]
    assert [texts(piece) for piece in line_pieces(words)] == ["Your name:", "Date:"]


@pytest.mark.parametrize("said", ["Ville C.P. Tel.", "Ville CP Tel.", "Ville C P"])
def test_a_short_head_of_two_letters_is_found_with_points_and_without(said: str) -> None:
    assert contains("C.P.", said) == 1.0
    assert contains("C.P.", "Ville Courriel Signature") < 0.6
