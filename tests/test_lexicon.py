"""The lists of names and places, and what an office adds to them."""

import pytest

from digitizer.engines import datafiles, lexicon
from digitizer.engines.lexicon import Additions, adding
from digitizer.errors import DependencyError

OFFICE = Additions(
    frozenset({"QWYZZICK"}),
    frozenset({"ZZYXSTREET"}),
    {"ZZYXVILLE": ("Zzyxville", 2.0), "OTTAWA": ("ottawa", 9.0)},
)


def test_added_words_are_known_while_they_are_added_and_not_after() -> None:
    assert "QWYZZICK" not in lexicon.name_words()
    with adding(OFFICE):
        assert {"QWYZZICK", "SMITH"} <= lexicon.name_words()
        assert {"ZZYXSTREET", "OTTAWA"} <= lexicon.place_words()
        assert lexicon.nearest_place("ZZYXVILE")[0] == "ZZYXVILLE"
        with adding(Additions()):
            assert "QWYZZICK" not in lexicon.name_words()
        assert "QWYZZICK" in lexicon.name_words()
    assert "QWYZZICK" not in lexicon.name_words()
    assert "ZZYXVILLE" not in lexicon.known_places()


def test_an_added_place_makes_a_listed_one_likelier_but_keeps_its_spelling() -> None:
    listed, _ = lexicon.known_places()["OTTAWA"]
    with adding(OFFICE):
        assert lexicon.known_places()["OTTAWA"] == (listed, 9.0)


def test_a_missing_data_file_names_what_to_do() -> None:
    with pytest.raises(DependencyError, match="install digitizer again"):
        datafiles.read_data("no such list.txt.gz")
