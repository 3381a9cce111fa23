"""Names taken apart for comparing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.values.personnames import parse_name, possible_names, sound


@pytest.mark.parametrize(
    ("written", "given_name", "middle", "surname", "generation"),
    [
        pytest.param("John A. Smith", "john", "a", "smith", "", id="middle-initial"),
        pytest.param("John Smith Jr.", "john", "", "smith", "2", id="son"),
        pytest.param("Jean Roy fils", "jean", "", "roy", "2", id="fils"),
        pytest.param("Jean Roy père", "jean", "", "roy", "1", id="pere"),
        pytest.param("Smith, John", "john", "", "smith", "", id="comma"),
        pytest.param("John Smith, Jr", "john", "", "smith", "2", id="comma-before-jr"),
        pytest.param("Dr. Marie-Ève Côté", "marieeve", "", "cote", "", id="title-hyphen-accents"),
        pytest.param("Sr Marie Roy", "marie", "", "roy", "", id="a-nun-is-no-senior"),
        pytest.param("Luis de la Cruz", "luis", "", "delacruz", "", id="particles"),
        pytest.param("M. Roy", "m", "", "roy", "", id="an-initial-not-monsieur"),
        pytest.param("M. Jean Roy", "jean", "", "roy", "", id="monsieur"),
        pytest.param("J.Roy", "j", "", "roy", "", id="initial-without-a-space"),
        pytest.param("J.P. Roy", "jp", "", "roy", "", id="initials"),
        pytest.param("R0B1N R0Y 2nd", "robin", "", "roy", "2", id="figures-for-letters"),
        pytest.param("Roy", "", "", "roy", "", id="one-word"),
        pytest.param("", "", "", "", "", id="nothing"),
    ],
)
def test_a_name_is_taken_apart(
    written: str, given_name: str, middle: str, surname: str, generation: str
) -> None:
    name = parse_name(written)
    assert (name.given, name.middle, name.surname, name.generation) == (
        given_name,
        middle,
        surname,
        generation,
    )


def test_nicknames_share_a_possible_name() -> None:
    assert set(possible_names("bob")) & set(possible_names("robert"))
    assert set(possible_names("alex")) & set(possible_names("alexandra"))
    assert not set(possible_names("robert")) & set(possible_names("roger"))


@pytest.mark.parametrize(("one", "other"), [("smith", "srnith"), ("leclerc", "leclere")])
def test_a_surname_sounds_as_it_did_after_a_slip_of_the_reader(one: str, other: str) -> None:
    assert sound(one) == sound(other)


@given(st.text(max_size=30))
def test_any_text_can_be_taken_apart_and_case_does_not_matter(text: str) -> None:
    name = parse_name(text)
    assert parse_name(text.casefold()) == name
    assert "" not in name.words.split()


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", max_size=12))
def test_a_sound_is_short_and_there_where_a_name_is(surname: str) -> None:
    assert len(sound(surname)) <= 3
    assert bool(sound(surname)) == bool(surname)
