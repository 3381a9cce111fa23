"""Fields that say one of the values their form lists: the list helps, and forces nothing."""

import string

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lattices import doubted, written

from digitizer.calibrate import load_calibration
from digitizer.engines.cells import read_seen
from digitizer.engines.choices import read_choice
from digitizer.engines.handwritten import ALPHABET
from digitizer.engines.reading import make_lattice
from digitizer.recognisers import engine_name
from digitizer.records import FieldKind, FieldSpec
from digitizer.validity import folded_signs

ROLES = FieldSpec(
    "quality",
    FieldKind.CHOICE,
    values=(("Propriétaire", "Prop."), ("Locataire",), ("Sacré-Cœur",)),
)
WARDS = FieldSpec("ward", FieldKind.CHOICE, values=tuple((f"Ward {n}",) for n in range(1, 15)))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Propriétaire", "Propriétaire"),
        ("PROPRIETAIRE", "Propriétaire"),
        ("prop", "Propriétaire"),
        ("PROP.", "Propriétaire"),
        ("Locataire", "Locataire"),
        ("L0CATAIRE", "Locataire"),
        ("Sacre Coeur", "Sacré-Cœur"),
    ],
)
def test_every_way_to_write_a_value_gives_its_first_spelling(text: str, value: str) -> None:
    reading = read_choice(written(text), ROLES)
    assert (reading.text, reading.kind, reading.field) == (value, FieldKind.CHOICE, "quality")
    assert reading.greedy == text


@pytest.mark.parametrize("text", ["Visiteur", "Employeur", "12 rue Principale"])
def test_what_is_not_listed_stays_as_it_is_written_and_waits(text: str) -> None:
    reading = read_choice(written(text), ROLES)
    assert reading.text == text
    assert reading.raw_confidence == 0.0
    assert not load_calibration(engine_name()).accepts(reading, 0.05)


def test_figures_tell_values_apart_and_the_other_one_is_offered() -> None:
    reading = read_choice(doubted("Ward 13", 6, "8"), WARDS)
    assert reading.text == "Ward 13"  # there is no Ward 18
    either = read_choice(doubted("Ward 3", 5, "8"), WARDS)
    assert {c.text for c in either.alternatives[:2]} == {"Ward 3", "Ward 8"}
    assert not load_calibration(engine_name()).accepts(either, 0.05)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(string.ascii_letters + string.digits + " éÉç'-.", min_size=1, max_size=12),
        min_size=2,
        max_size=12,
        unique_by=folded_signs,
    ),
    st.data(),
)
def test_any_listed_value_clearly_written_is_read_as_that(
    values: list[str], data: st.DataObject
) -> None:
    values = [value for value in values if folded_signs(value)]
    assume(len(values) >= 2)
    chosen = data.draw(st.sampled_from(values))
    spec = FieldSpec("x", FieldKind.CHOICE, values=tuple((value,) for value in values))
    assert read_choice(written(folded_signs(chosen)), spec).text == chosen


@pytest.mark.parametrize("steps", [0, 1, 2, 60])
def test_absurd_lattices_give_a_value_or_what_is_written_and_the_same_twice(steps: int) -> None:
    columns = len(ALPHABET) + 1
    noise = np.random.default_rng(4).dirichlet(np.full(columns, 0.05), size=steps) + 1e-9
    lattice = make_lattice(np.log(noise).astype(np.float32).reshape(steps, columns), 10)
    first = read_choice(lattice, WARDS)
    assert first == read_choice(lattice, WARDS)
    assert 0.0 <= first.raw_confidence <= 1.0


def test_a_lone_crop_without_a_list_is_read_as_text() -> None:
    assert read_seen([written("Locataire")], FieldKind.CHOICE).text == "Locataire"
