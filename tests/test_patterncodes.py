"""Codes that a form draws itself: its patterns help, and force nothing."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lattices import doubted, written

from digitizer.calibrate import load_calibration
from digitizer.engines.cells import read_seen
from digitizer.engines.handwritten import ALPHABET
from digitizer.engines.patterncodes import read_code
from digitizer.engines.reading import make_lattice
from digitizer.recognisers import engine_name
from digitizer.records import FieldKind, FieldSpec
from digitizer.validity import PATTERN, fitted_code, folded_signs

ZIP = FieldSpec("zip", FieldKind.CODE, values=(("99999",), ("99999-9999",)))
DUTCH = FieldSpec("code", FieldKind.CODE, values=(("9999 AA",),))


def accepted(reading: object, target_error: float = 0.005) -> bool:
    return load_calibration(engine_name()).accepts(reading, target_error)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spec", "text", "code"),
    [
        (ZIP, "94110", "94110"),
        (ZIP, "941101234", "94110-1234"),
        (ZIP, "94110 - 1234", "94110-1234"),
        (ZIP, "O2I39", "02139"),
        (DUTCH, "1012wx", "1012 WX"),
        (DUTCH, "1O12 WX", "1012 WX"),
    ],
)
def test_every_way_to_write_a_code_gives_its_pattern(spec: FieldSpec, text: str, code: str) -> None:
    reading = read_code(written(text), spec)
    assert (reading.text, reading.kind, reading.field) == (code, FieldKind.CODE, spec.name)
    assert reading.greedy == text


def test_a_code_clearly_written_passes_and_one_in_doubt_waits() -> None:
    assert accepted(read_code(written("94110"), ZIP))
    either = read_code(doubted("94110", 4, "8"), ZIP)
    assert {c.text for c in either.alternatives[:2]} == {"94110", "94118"}
    assert not accepted(either, 0.05)


@pytest.mark.parametrize("text", ["Springfield", "9411", "n/a", "K1A 0B1", "941105"])
def test_what_fits_no_pattern_never_passes(text: str) -> None:
    assert not accepted(read_code(written(text), ZIP), 0.05)


def test_what_is_far_from_every_pattern_stays_as_it_is_written() -> None:
    reading = read_code(written("Springfield"), ZIP)
    assert (reading.text, reading.raw_confidence) == ("Springfield", 0.0)


def test_a_lone_crop_without_patterns_is_read_as_text_and_never_passes() -> None:
    reading = read_seen([written("94110")], FieldKind.CODE)
    assert reading.text == "94110"
    assert not accepted(reading, 0.1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.from_regex(PATTERN, fullmatch=True), min_size=1, max_size=5), st.data())
def test_any_code_of_a_pattern_clearly_written_is_read_as_that(
    patterns: list[str], data: st.DataObject
) -> None:
    patterns = list({folded_signs(pattern): pattern for pattern in patterns}.values())
    pattern = data.draw(st.sampled_from(patterns))
    drawn = pattern.replace("9", "[0-9]").replace("A", "[A-Z]").replace(".", "[.]")
    code = data.draw(st.from_regex(re.compile(drawn), fullmatch=True))
    spec = FieldSpec("x", FieldKind.CODE, values=tuple((one,) for one in patterns))
    assert read_code(written(folded_signs(code)), spec).text == code
    assert fitted_code(code.lower().replace(" ", ""), patterns) == code


@pytest.mark.parametrize("steps", [0, 1, 2, 60])
def test_absurd_lattices_give_a_code_or_what_is_written_and_the_same_twice(steps: int) -> None:
    columns = len(ALPHABET) + 1
    noise = np.random.default_rng(4).dirichlet(np.full(columns, 0.05), size=steps) + 1e-9
    lattice = make_lattice(np.log(noise).astype(np.float32).reshape(steps, columns), 10)
    first = read_code(lattice, ZIP)
    assert first == read_code(lattice, ZIP)
    assert 0.0 <= first.raw_confidence <= 1.0
