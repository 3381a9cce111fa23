"""How common a name is decides between readings; a name in no list stays readable."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.engines import people
from digitizer.engines.lexicon import fold
from digitizer.engines.reading import make_lattice, read_lattice
from digitizer.engines.replay import lattice_of
from digitizer.records import FieldKind
from training.build_people import BEARERS, french_bearers, spelling

NOBODY: frozenset[str] = frozenset()


def test_the_list_holds_folded_words_whose_shares_are_shares() -> None:
    shares = people.shares()
    assert len(shares) > 100_000
    assert 0.9 < sum(shares.values()) < 1.01
    assert all(word == fold(word) and " " not in word for word in list(shares)[::97])
    assert shares["MARTIN"] > 50 * shares["SEVESTRE"] > 0.0


@pytest.mark.parametrize(
    ("common", "rare"),
    [("LUCIE", "LUCIC"), ("DAVID", "DALID"), ("BENJAMIN", "BEMJAMIN"), ("SMITH", "SMITN")],
)
def test_a_common_name_gains_more_than_what_it_is_misread_as(common: str, rare: str) -> None:
    assert people.likeliness(common, NOBODY) > people.likeliness(rare, NOBODY) + 1.0


def test_a_name_in_no_list_loses_little_whatever_its_letters() -> None:
    most = -people.GAIN_POWER * math.log(1.0 - people.KNOWN_SHARE)
    for word in ("QWYZZICK", "TKEBUCHAVA", "DALID", "VRUNKHELM"):
        assert people.likeliness(word, NOBODY) == pytest.approx(-most)
        assert people.commonness(word, NOBODY) == 0.0


@pytest.mark.parametrize("listed", [NOBODY, frozenset({"I" * 120})])
def test_shading_read_as_one_endless_word_is_no_name_and_no_error(listed: frozenset[str]) -> None:
    assert math.isfinite(people.likeliness("I" * 120, listed))
    shaded = make_lattice(lattice_of("I" * 120), 30)
    assert read_lattice(shaded, "name", FieldKind.NAME).text


def test_a_long_name_that_hardly_anybody_has_gains_no_more_than_the_limit() -> None:
    listed = frozenset({"FINNBJORK"})
    assert people.likeliness("FINNBJORK", listed) == people.GAIN_POWER * people.MOST_GAIN
    assert people.likeliness("MARIE", listed) < people.GAIN_POWER * people.MOST_GAIN


def test_an_offices_own_names_gain() -> None:
    own = frozenset({"QWYZZICK"})
    assert people.likeliness("Qwyzzick", own) > people.likeliness("Qwyzzick", NOBODY) + 1.0
    assert people.commonness("Qwyzzick", own) > 0.0


def test_a_name_is_as_common_as_its_rarest_word() -> None:
    assert people.commonness("MARIE TREMBLAY", NOBODY) == people.commonness("TREMBLAY", NOBODY)
    assert people.commonness("MARIE DALID", NOBODY) == 0.0
    assert people.commonness("MARIE", NOBODY) == 1.0


@pytest.mark.parametrize("written", ["LE HEBEL", "LEHEBEL", "DA SILVA", "DASILVA", "El Fetouaki"])
def test_whether_a_particle_stands_apart_is_for_the_gap_to_say(written: str) -> None:
    assert (
        read_lattice(make_lattice(lattice_of(written), 30), "name", FieldKind.NAME).text == written
    )


@given(st.text(max_size=40))
def test_any_text_has_a_likeliness_and_a_commonness(text: str) -> None:
    assert math.isfinite(people.likeliness(text, NOBODY))
    assert 0.0 <= people.commonness(text, NOBODY) <= 1.0


def test_french_names_have_the_bearers_their_ranks_tell() -> None:
    ranks = (200, 900, 1500)
    counts = dict(french_bearers(ranks, [f"N{rank}" for rank in range(1, 2001)]))
    assert [counts[f"N{rank}"] for rank in ranks] == pytest.approx(BEARERS)
    assert (np.diff(list(counts.values())) < 0.0).all()


def test_spelling_is_learned_from_words_and_pairs() -> None:
    texts = spelling({"ANNE": 4e-7, "ROY": 2e-7})
    assert texts["ROY"] == 1.0
    assert texts["ANNE"] > 1.0
    assert sum(" " in text for text in texts) == 2


@pytest.mark.parametrize("name", ["MARY O'NEILL", "Shea O’Brien", "LUC D'AMOURS"])
def test_an_apostrophe_that_the_ink_shows_costs_nothing(name: str) -> None:
    plain = name.replace("'", "").replace("’", "")
    assert people.likeliness(name, NOBODY) >= people.likeliness(plain, NOBODY)


@pytest.mark.parametrize(
    ("name", "other"),
    [("Martin King Jr", "Martin King Jn"), ("Paul Roy Sr", "Paul Roy St"), ("Mme Roy", "Mne Roy")],
)
def test_what_stands_before_or_behind_a_name_is_no_rare_name(name: str, other: str) -> None:
    assert people.likeliness(name, NOBODY) > people.likeliness(other, NOBODY) + 1.0
