"""Two people's names in one field are told, long names of one person are not."""

import pytest

from digitizer.values.twonames import holds_two_names


@pytest.mark.parametrize(
    "text",
    [
        "Doris Walsh Gordon Walsh",
        "WALSH DORIS WALSH GORDON",
        "Hélène Côté Paul Cote",
        "Ann & Paul Roy",
        "Ann&Paul",
        "Ann Roy and Paul Roy",
        "Marie et Luc Tremblay",
        "Ann Roy / Paul Hill",
    ],
)
def test_a_word_between_two_names_or_one_surname_twice_tells_two_people(text: str) -> None:
    assert holds_two_names(text)


@pytest.mark.parametrize("text", ["DORIS WALSH GORDON WALCH", "Karim Aziz Nadia Roy"])
def test_names_below_each_other_tell_with_less(text: str) -> None:
    assert holds_two_names(text, lines=2)
    assert not holds_two_names(text, lines=1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Andre",
        "and Roy",
        "Jean-Pierre Marc Tremblay",
        "Jean Pierre Marc Tremblay",
        "María José García López",
        "María de los Ángeles García de la Cruz",
        "Juan García García",
        "José Luis dos Santos dos Reis",
        "Marc Roy Marc",
        "Anne Marie Louise Anne",
        "Ludwig van der Berg van Dijk",
        "Abdul Rahman bin Abdul Aziz bin Ali",
        "Thomas Et",
        "Mohamed Ali Mohamed Hassan",
        "J. P. R. J. Smith",
    ],
)
@pytest.mark.parametrize("lines", [1, 2])
def test_a_long_name_of_one_person_is_none(text: str, lines: int) -> None:
    assert not holds_two_names(text, lines)
