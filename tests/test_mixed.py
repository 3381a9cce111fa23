"""Ink in doubt is read in what two networks see together."""

from dataclasses import replace

import numpy as np
import pytest
from lattices import doubted, written

from digitizer.engines.cells import _settled, read_seen
from digitizer.engines.mixed import IN_DOUBT, MIXED_KINDS, is_in_doubt, mixed
from digitizer.engines.reading import read_lattice
from digitizer.records import FieldKind, Reading


def reading(kind: FieldKind, text: str, share: float, field: str = "") -> Reading:
    return Reading(field or kind.value, kind, text, 0.5, "x", evidence=(("share", share),))


@pytest.mark.parametrize("kind", list(FieldKind))
def test_only_streets_and_texts_that_are_less_likely_are_in_doubt(kind: FieldKind) -> None:
    assert is_in_doubt(reading(kind, "x", IN_DOUBT - 0.01)) is (kind in MIXED_KINDS)
    assert not is_in_doubt(reading(kind, "x", IN_DOUBT))
    assert not is_in_doubt(replace(reading(kind, "", 0.0), evidence=()))


def test_the_second_network_settles_what_the_first_cannot() -> None:
    # An n and a u are alike to the first; to the second it is an n.
    first, second = doubted("Maison", 5, "u"), written("Maison")
    before = read_seen([first], FieldKind.TEXT)
    (both,) = mixed([first], [second])
    after = read_lattice(both, "text", FieldKind.TEXT)
    assert after.text == "Maison"
    assert dict(after.evidence)["share"] > dict(before.evidence)["share"]
    assert np.exp(both.log_probs).sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert both.ink_height_px == first.ink_height_px


def test_lines_that_the_networks_parted_otherwise_stay_as_the_first_saw_them() -> None:
    first, longer = written("Rue"), written("Rue Noire")
    assert mixed([first], [longer]) == [first]
    assert mixed([first], []) == [first]
    assert mixed([], []) == []


def test_only_fields_in_doubt_change_and_only_where_the_rest_of_the_cell_reads_the_same() -> None:
    code = reading(FieldKind.POSTAL_CODE, "K1A 0B1", 0.5)
    street = reading(FieldKind.ADDRESS, "12 Ludaig", 0.5)
    better = reading(FieldKind.ADDRESS, "12 Ludwig", 0.8)
    surer = reading(FieldKind.POSTAL_CODE, "K1A 0B1", 0.9)
    assert _settled((street, code), (better, surer)) == (better, code)
    other = reading(FieldKind.POSTAL_CODE, "K1A 0B7", 0.9)
    assert _settled((street, code), (better, other)) == (street, code)
    assert _settled((street, code), (better,)) == (street, code)
    sure = replace(street, evidence=(("share", 0.95),))
    assert _settled((sure, code), (better, surer)) == (sure, code)
