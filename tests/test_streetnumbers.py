"""Figures and letters of street addresses are told by their place, and nothing else is changed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.engines.handwritten import ALPHABET
from digitizer.engines.reading import decode_kind, make_lattice
from digitizer.engines.replay import lattice_of
from digitizer.records import FieldKind

HOUSES = st.one_of(
    st.from_regex(r"[1-9][0-9]{0,4}[A-HJ-N]?", fullmatch=True),
    st.from_regex(r"#?[1-9][0-9]{0,2}-[1-9][0-9]{0,3}", fullmatch=True),
    st.from_regex(r"(Apt|Unit|Suite) [1-9][0-9]{0,2}[A-D]?, [1-9][0-9]{0,3}", fullmatch=True),
    st.just("12 1/2"),
)
NAMES = ["Io", "Main", "Isis", "Oslo", "Sol", "King", "St. Clair", "Lois", "Elm", "Zilio"]
TYPES = ["St", "Ave", "Rd", "Blvd", "Dr", "Cres", "Crt", "Ln", "Pl", "Lane", "Way"]
TAILS = ["", " N", " S", " E", " W", " NE", " West", " Apt 5", ", Unit 12B"]
FRENCH = ["rue", "ch.", "boul.", "av.", "place", "rang"]


def read(text: str) -> str:
    return decode_kind(make_lattice(lattice_of(text), 30), FieldKind.ADDRESS)[0].text


@pytest.mark.parametrize(
    ("seen", "meant"),
    [
        ("l23 Main St", "123 Main St"),
        ("12O Elm Ave", "120 Elm Ave"),
        ("I4 rue Berri", "14 rue Berri"),
        ("44 Bank 5t", "44 Bank St"),
        ("44 BANK 5T W", "44 BANK ST W"),
        ("Apt 5O2", "Apt 502"),
        ("#I2-450 King St W", "#12-450 King St W"),
        ("l2-34O King St, unit 5O", "12-340 King St, unit 50"),
        ("app. 3O, 12 rue Berri", "app. 30, 12 rue Berri"),
        ("12 l/2 Bank St", "12 1/2 Bank St"),
        ("12 8lvd Laurier", "12 Blvd Laurier"),
        ("44 bank 5t.", "44 bank st."),
        ("922 rue Notre-Dame 0", "922 rue Notre-Dame O"),
    ],
)
def test_a_sign_is_what_its_place_asks_for(seen: str, meant: str) -> None:
    assert read(seen) == meant


@settings(max_examples=100, deadline=None)
@given(HOUSES, st.sampled_from(NAMES), st.sampled_from(TYPES), st.sampled_from(TAILS))
def test_any_english_address_clearly_written_is_read_as_written(
    house: str, name: str, kind: str, tail: str
) -> None:
    written = f"{house} {name} {kind}{tail}"
    assert read(written) == written


@settings(max_examples=60, deadline=None)
@given(
    HOUSES,
    st.sampled_from(FRENCH),
    st.sampled_from(["Berri", "Io", "Sainte-Zoé", "Notre-Dame", "de l'Isle", "Ovila"]),
    st.sampled_from(["", " O", " E", " Nord", " Ouest", " app. 3", " bur. 12"]),
)
def test_any_french_address_clearly_written_is_read_as_written(
    house: str, kind: str, name: str, tail: str
) -> None:
    written = f"{house} {kind} {name}{tail}"
    assert read(written) == written


@pytest.mark.parametrize(
    "written",
    ["Io Main St", "5th Ave", "21st Ave", "1234 5e Rang", "10 1st St", "3rd Line", "1B3 Main St",
     "B12-450 King St", "123 Main St Apt B", "RR 2", "44 Bank St 5", "Io", "Oslo"],
)  # fmt: skip
def test_letters_that_are_no_slip_stay(written: str) -> None:
    assert read(written) == written


@pytest.mark.parametrize(("eight", "meant"), [(0.45, "183 Main St"), (0.002, "1B3 Main St")])
def test_between_figures_the_ink_decides_a_little_in_their_favour(eight: float, meant: str) -> None:
    rows = np.exp(lattice_of("1B3 Main St"))
    rows[2, [ALPHABET.index("8") + 1, ALPHABET.index("B") + 1]] = eight, 0.98 - eight
    lattice = make_lattice(np.log(rows).astype(np.float32), 30)
    assert decode_kind(lattice, FieldKind.ADDRESS)[0].text == meant


def test_the_reading_as_written_stays_among_the_alternatives() -> None:
    lattice = make_lattice(lattice_of("l23 Main St"), 30)
    texts = {item.text: item.share for item in decode_kind(lattice, FieldKind.ADDRESS)}
    assert 0.02 < texts["l23 Main St"] < texts["123 Main St"]


def test_places_and_names_keep_their_figures_and_letters() -> None:
    lattice = make_lattice(lattice_of("l23 Main 5t"), 30)
    assert decode_kind(lattice, FieldKind.CITY)[0].text == "l23 Main 5t"
