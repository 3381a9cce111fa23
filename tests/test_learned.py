"""The folder of what an office learned: round trip, fingerprint, damage."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.calibrate import Bend
from digitizer.errors import StoreError, UsageError
from digitizer.learned import (
    FILE,
    MARK,
    NAMES,
    NOTHING,
    PLACES,
    STREETS,
    Learned,
    load_learned,
    load_office,
    require_learned,
    save_learned,
)
from digitizer.recognisers import engine_name
from digitizer.records import FieldKind

BEND = Bend(-0.5, 0.9, -1.0, 2.0)
numbers = st.floats(-5, 5).map(lambda v: round(v, 4))
bends = st.builds(
    lambda shift, slope, ends: Bend(shift, slope, min(ends), max(ends)),
    numbers,
    st.floats(0.1, 3).map(lambda v: round(v, 4)),
    st.tuples(numbers, numbers),
)
words = st.dictionaries(st.text("ABCDÉ'", min_size=1, max_size=5), st.integers(1, 9), max_size=4)
learned = st.builds(
    Learned,
    st.dictionaries(st.sampled_from(FieldKind), bends, max_size=3),
    st.fixed_dictionaries({NAMES: words, STREETS: words, PLACES: words}),
    st.dictionaries(st.text("abc0", min_size=1), st.just({FieldKind.NAME: BEND}), max_size=2),
)


@given(one=learned)
def test_what_was_learned_comes_back_whole(
    tmp_path_factory: pytest.TempPathFactory, one: Learned
) -> None:
    folder = tmp_path_factory.mktemp("learned")
    save_learned(folder, one)
    back = load_learned(folder)
    assert (back.bends, back.words, back.earlier) == (one.bends, one.words, one.earlier)
    assert back.fingerprint == one.fingerprint
    assert [path.name for path in folder.iterdir()] == [FILE]


def test_fingerprint_is_of_what_changes_readings_and_empty_for_nothing() -> None:
    words = {NAMES: {"ROY": 1}}
    assert NOTHING.fingerprint == ""
    assert Learned({}, words).fingerprint == Learned({}, words, {"x": {}}).fingerprint != ""
    assert Learned({FieldKind.NAME: BEND}).fingerprint != Learned({}, words).fingerprint


def test_an_often_confirmed_place_weighs_more_but_never_more_than_a_city() -> None:
    places = Learned({}, {PLACES: {"Val-Vert": 1, "Bonlieu": 10, "Là": 10**9}}).additions().places
    assert places["VAL VERT"] == ("Val-Vert", 2.0)
    assert places["BONLIEU"][1] == 3.0
    assert places["LA"][1] == 5.0


def test_a_folder_without_the_file_is_nothing_but_may_not_be_asked_for(tmp_path: Path) -> None:
    assert load_learned(tmp_path).is_empty
    with pytest.raises(UsageError, match="digitizer learn"):
        require_learned(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"version": 99, "kinds": {}, "words": {}}',
        '{"version": 1, "kinds": {"name": {"shift": 0, "slope": -1, "low": 0, "high": 1}}, '
        '"words": {}}',
        '{"version": 1, "kinds": {"shoe size": {}}, "words": {}}',
    ],
    ids=["empty", "no object", "newer", "descends", "unknown kind"],
)
def test_a_damaged_file_is_told_not_read(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(StoreError, match="digitizer learn"):
        load_learned(tmp_path)


def test_a_correction_of_another_recogniser_is_not_applied(tmp_path: Path) -> None:
    save_learned(tmp_path, Learned({FieldKind.NAME: BEND}, {NAMES: {"ROY": 1}}, engine="older"))
    office = load_office(str(tmp_path))
    assert not office.calibration.bends
    assert MARK not in office.provenance
    assert office.additions.name_words == {"ROY"}


def test_a_worker_reads_a_folder_once_until_it_is_written_anew(tmp_path: Path) -> None:
    assert load_office(None).provenance == ""
    save_learned(tmp_path, Learned({FieldKind.NAME: BEND}, engine=engine_name()))
    first = load_office(str(tmp_path))
    assert first.calibration.bends == {FieldKind.NAME: BEND}
    assert MARK in first.provenance
    assert load_office(str(tmp_path)) is first
    save_learned(tmp_path, Learned({}, {NAMES: {"ROY": 1}}))
    assert load_office(str(tmp_path)).additions.name_words == {"ROY"}
