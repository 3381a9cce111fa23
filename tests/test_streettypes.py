"""Words for kinds of streets are favoured where a reading is nearly one, never forced."""

import numpy as np
import pytest

from digitizer.engines.handwritten import ALPHABET
from digitizer.engines.reading import decode_kind, make_lattice
from digitizer.engines.replay import lattice_of
from digitizer.engines.streettypes import favour_types
from digitizer.records import FieldKind


def unsure(seen: str, meant: str, share: float) -> np.ndarray:
    """A lattice that says ``seen``, and ``meant`` with this share where they differ."""
    rows = np.exp(lattice_of(seen))
    for index, (one, other) in enumerate(zip(seen, meant, strict=True)):
        if one != other:
            rows[2 * index, ALPHABET.index(other) + 1] = share
    return np.asarray(np.log(rows), np.float32)


@pytest.mark.parametrize(
    ("seen", "meant"),
    [
        ("Main Streot", "Main Street"),
        ("Oak Cresoent", "Oak Crescent"),
        ("Chomin du Lac", "Chemin du Lac"),
        ("Ahnertstroße", "Ahnertstraße"),
        ("MAIN STREFT", "MAIN STREET"),
    ],
)
def test_nearly_a_street_word_is_read_as_one(seen: str, meant: str) -> None:
    lattice = make_lattice(unsure(seen, meant, 0.03), 30)
    assert decode_kind(lattice, FieldKind.ADDRESS)[0].text == meant


@pytest.mark.parametrize("text", ["Main Street", "Streete", "Courtney", "Rue Plante", "Ottawa"])
def test_what_is_plain_to_see_stays(text: str) -> None:
    assert decode_kind(make_lattice(lattice_of(text), 30), FieldKind.ADDRESS)[0].text == text


def test_names_are_not_streets() -> None:
    # Not with "Street", which some people are called.
    lattice = make_lattice(unsure("Anna Ahnertstroße", "Anna Ahnertstraße", 0.03), 30)
    assert decode_kind(lattice, FieldKind.ADDRESS)[0].text == "Anna Ahnertstraße"
    assert decode_kind(lattice, FieldKind.NAME)[0].text == "Anna Ahnertstroße"


def test_shares_stay_shares() -> None:
    lattice = make_lattice(unsure("Main Streot", "Main Street", 0.03), 30)
    found = decode_kind(lattice, FieldKind.ADDRESS)
    assert sum(item.share for item in found) <= 1.0 + 1e-9
    assert favour_types(lattice.log_probs, ()) == ()
