"""A city with the list of places as a prior: helped where the ink allows it, never forced."""

import numpy as np
import pytest

from digitizer.calibrate import load_calibration
from digitizer.engines.handwritten import ALPHABET
from digitizer.engines.reading import Lattice, make_lattice, with_evidence
from digitizer.engines.replay import lattice_of
from digitizer.engines.towns import as_letters, read_town


def lattice(text: str, doubts: str = "", share: float = 0.02) -> Lattice:
    """A sure lattice of a text; ``doubts``: of each sign, what it may be instead, or a space."""
    table = np.exp(lattice_of(text))
    for at, other in enumerate(doubts):
        if other != " ":
            table[2 * at, ALPHABET.index(text[at]) + 1] -= share
            table[2 * at, ALPHABET.index(other) + 1] += share
    return make_lattice(np.log(table).astype(np.float32), 30)


@pytest.mark.parametrize(
    ("text", "doubts", "town"),
    [
        ("Landon", " o    ", "London"),
        ("0ttawa", "", "Ottawa"),
        ("M0ntréal", "", "Montréal"),
        ("T0R0NT0", "", "TORONTO"),
    ],
)
def test_a_listed_place_takes_over_where_the_ink_holds_it(
    text: str, doubts: str, town: str
) -> None:
    reading = read_town(lattice(text, doubts), "city")
    assert reading.text == town
    assert [c.text for c in reading.alternatives[:2]] == [town, text]
    assert 0.9 < sum(c.confidence for c in reading.alternatives) < 1.0
    evidence = dict(reading.evidence)
    assert (evidence["listed"], evidence["replaced"]) == (1.0, 1.0)
    assert evidence["share"] == reading.alternatives[0].confidence
    written, chosen = (c.confidence for c in (reading.alternatives[1], reading.alternatives[0]))
    assert evidence["margin"] == pytest.approx(np.log(chosen / written), abs=1e-6)


@pytest.mark.parametrize(
    ("text", "doubts"),
    [
        ("Toronfo", ""),
        ("Xanthia Hollow", ""),
        ("Smithfield Corners", "       n          "),
        ("100 Mile House", ""),
    ],
    ids=["sure of every letter", "in no list", "one letter in doubt", "figures of its own"],
)
def test_a_town_in_no_list_that_is_clearly_written_stays(text: str, doubts: str) -> None:
    reading = read_town(lattice(text, doubts), "city")
    assert reading.text == reading.alternatives[0].text == text
    assert (dict(reading.evidence)["listed"], dict(reading.evidence)["replaced"]) == (0.0, 0.0)


def test_the_place_of_the_postal_code_is_likelier() -> None:
    doubtful = lattice("Loval", " a   ", 0.004)
    assert read_town(doubtful, "city").text == "Loval"
    assert read_town(doubtful, "city", "H7A 1A1").text == "Laval"


def test_a_place_that_took_over_is_no_surer_than_the_same_place_as_written() -> None:
    calibration = load_calibration("petition-hands")
    taken, written = (
        with_evidence(read_town(one, "city"), {"lone": 1.0})
        for one in (lattice("Loval", " a   "), lattice("Laval"))
    )
    assert taken.text == written.text
    assert calibration.confidence(taken) < calibration.confidence(written)
    assert taken.raw_confidence < written.raw_confidence


def test_ink_that_says_nothing_gives_no_town() -> None:
    assert read_town(lattice(""), "city").text == ""


@pytest.mark.parametrize(
    ("text", "letters"),
    [("R1MOUSKI", "RIMOUSKI"), ("09den", "OGden"), ("apt 4B", "apt 4B"), ("12A", "12A")],
)
def test_figures_in_a_word_of_letters_are_letters(text: str, letters: str) -> None:
    assert as_letters(text) == letters
