"""Names read from handwriting, compared: slips, and spaces that were lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.persons.linkage_names import (
    cut_alike,
    given_level,
    may_be_misread,
    slips,
    surname_level,
)
from digitizer.persons.linkage_records import SignerRecord, block_keys, figures, keys_of
from digitizer.values.personnames import parse_name, says_generation

WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)


@given(WORDS, WORDS)
def test_slips_are_none_between_equals_and_the_same_both_ways(one: str, other: str) -> None:
    assert slips(one, one) == 0
    assert slips(one, other) == slips(other, one)
    assert (slips(one, other) == 0) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("marie", "marle"), ("carnet", "camet"), ("devanlay", "deuanloy"), ("koyaga", "kovaga")],
)
def test_letters_that_look_alike_count_half(one: str, other: str) -> None:
    assert may_be_misread(one, other)


@pytest.mark.parametrize(("one", "other"), [("jo", "jd"), ("jean", "luc"), ("anne", "marc")])
def test_short_and_other_names_are_no_misreading(one: str, other: str) -> None:
    assert not may_be_misread(one, other)


@given(st.integers(1, 11))
def test_a_name_without_its_space_is_cut_where_the_other_is(length: int) -> None:
    letters = "jahierntoutoume"
    whole = parse_name(f"{letters[:length]} {letters[length:]}")
    for one, other in (
        cut_alike(whole, parse_name(letters)),
        cut_alike(parse_name(letters), whole)[::-1],
    ):
        assert (one.given, one.surname) == (whole.given, whole.surname)
        assert (other.given, other.surname) == (whole.given, whole.surname)


def test_two_names_without_a_space_are_left_as_they_are() -> None:
    one, other = parse_name("anaroy"), parse_name("anoroy")
    assert cut_alike(one, other) == (one, other)


def test_a_cut_name_with_another_given_name_is_another_person() -> None:
    one, other = cut_alike(parse_name("Jeanne Tremblay"), parse_name("LUCTREMBLAY"))
    assert surname_level(one.surname, other.surname) == "surname"
    assert given_level(one.given, other.given, known=False) == ""


@pytest.mark.parametrize(
    ("one", "other", "known", "level"),
    [
        ("ana", "ana", True, "given"),
        ("robert", "bob", True, "nickname"),
        ("a", "ana", False, "initial"),
        ("marion", "marlon", True, "given-like"),
        ("marion", "marloh", False, "given-misread"),
        ("luc", "ana", False, ""),
    ],
)
def test_given_names_agree_in_the_words_of_the_model(
    one: str, other: str, known: bool, level: str
) -> None:
    assert given_level(one, other, known) == level


@pytest.mark.parametrize("mark", ["jr", "fils", "jn", "fs", "ii", "j"])
def test_a_mark_behind_a_name_may_be_a_generation(mark: str) -> None:
    assert says_generation("anaroy", f"anaroy{mark}")
    assert says_generation(f"anaroy{mark}", "anaroy")


@pytest.mark.parametrize("other", ["anaroy", "anaroyer", "anaroyfournier", "lucroyjr", ""])
def test_other_ends_of_a_name_are_no_generation(other: str) -> None:
    assert not says_generation("anaroy", other)


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("84G Elm", "846"),
        ("23/ Elm", "231"),
        ("Elm 5", ""),
        ("", ""),
        ("12 Elm", "12"),
        ("Il Elm", ""),
    ],
)
def test_letters_in_a_house_number_may_be_figures(address: str, number: str) -> None:
    assert figures(address) == number


def test_every_reading_of_a_record_brings_its_keys() -> None:
    record = SignerRecord("a", "Ana Roy", "84G Elm Road", "K1S 5B6", "613-555-0123", "a@x.ca")
    keys = block_keys(keys_of(record))
    assert len(keys) == len(set(keys))
    assert {"ea@x.ca", "p6135550123", "hK1S5B6846", "hK1S5B684"} <= set(keys)


def test_nothing_read_brings_no_key() -> None:
    assert block_keys(keys_of(SignerRecord("a", ""))) == []
