"""Evidence of readings: second readings, rivals from the lists."""

import numpy as np
import pytest

from digitizer.engines import reading as readings
from digitizer.engines.reading import (
    compare_readings,
    listed_gain,
    make_lattice,
    read_lattice,
    unread,
    with_evidence,
)
from digitizer.engines.replay import lattice_of
from digitizer.records import Candidate, FieldKind, Reading


def _name(*texts: tuple[str, float], margin: float = 4.0) -> Reading:
    """A reading with these alternatives, the best first."""
    return Reading(
        "name", FieldKind.NAME, texts[0][0], 0.9, "test",
        alternatives=tuple(Candidate(text, share) for text, share in texts),
        evidence=(("margin", margin),),
    )  # fmt: skip


def test_more_evidence_replaces_what_had_its_name() -> None:
    reading = with_evidence(_name(("Ann", 1.0)), {"margin": 2.0, "border": 0.5})
    assert dict(reading.evidence) == {"margin": 2.0, "border": 0.5}


def test_a_reading_is_confirmed_by_the_others_margin() -> None:
    ours = _name(("LUCIE", 0.9))
    assert compare_readings(ours, _name(("Lucie", 0.9), margin=3.0)) == 3.0


def test_a_reading_is_denied_by_how_much_likelier_another_text_is() -> None:
    ours = _name(("LUCIC", 0.9))
    other = _name(("LUCIE", 0.8), ("LUCIC", 0.1))
    assert compare_readings(ours, other) == pytest.approx(-np.log(8.0))


@pytest.mark.parametrize(
    "other", [None, unread("name", FieldKind.NAME), _name(("ANNA", 0.9))], ids=str
)
def test_what_the_other_never_saw_is_denied_most(other: Reading | None) -> None:
    assert compare_readings(_name(("LUCIE", 0.9)), other) <= -20.0


def _doubtful(first: str, second: str) -> dict[str, float]:
    """Evidence of a name whose one letter may be either of two."""
    log_probs = lattice_of(first)
    other = lattice_of(second)
    mixed = np.log(0.995 * np.exp(log_probs) + 0.005 * np.exp(other)).astype(np.float32)
    return dict(read_lattice(make_lattice(mixed, 30), "name", FieldKind.NAME).evidence)


def test_a_common_name_near_by_is_a_rival(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "listed_gain", lambda *_: 0.0)
    evidence = _doubtful("DALID", "DAVID")
    assert evidence["listed"] == 0.0
    assert 0.0 < evidence["rival"] < 1.0
    david = _doubtful("DAVID", "DALID")
    assert david["rival"] == 0.0
    assert david["listed"] > 0.9
    assert _doubtful("QXZKW", "QXZKV")["rival"] == 0.0


def _either(first: str, second: str, share: float, kind: FieldKind = FieldKind.NAME) -> str:
    """What is read where the ink says ``first`` with ``share``, else ``second``."""
    parts = share * np.exp(lattice_of(first)) + (1.0 - share) * np.exp(lattice_of(second))
    lattice = make_lattice(np.log(parts).astype(np.float32), 30)
    return read_lattice(lattice, kind.value, kind).text


def test_a_common_name_is_read_where_the_ink_may_mean_it_and_a_rare_one_where_it_is_clear() -> None:
    assert _either("LOUSSE MAIRET", "LOUISE MAIRET", 0.9) == "LOUISE MAIRET"
    assert _either("LOUSSE MAIRET", "LOUISE MAIRET", 0.9999) == "LOUSSE MAIRET"
    assert _either("DALID JAHVAK", "DAVID JAHVAK", 0.9) == "DAVID JAHVAK"


def test_words_of_a_place_gain_by_being_listed_and_unknown_ones_lose_nothing() -> None:
    words = frozenset({"ZOLKVAR", "QEBRIN"})
    both = listed_gain("ZOLKVAR QEBRIN", words, FieldKind.CITY)
    assert both > listed_gain("ZOLKVAR QEBRAN", words, FieldKind.CITY) > 0.0
    assert listed_gain("ZOLKVIR QEBRAN", words, FieldKind.CITY) == 0.0


def test_a_street_is_called_after_somebody_where_the_ink_may_mean_it() -> None:
    assert _either("12 Ludaig Road", "12 Ludwig Road", 0.9, FieldKind.ADDRESS) == "12 Ludwig Road"
    assert _either("12 Ludaig Road", "12 Ludwig Road", 0.999, FieldKind.ADDRESS) == "12 Ludaig Road"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("lan Brown", "Ian Brown"),
        ("Nora lbrahim", "Nora Ibrahim"),
        ("lucie remy", "lucie remy"),
        ("lucie Remy", "lucie Remy"),
        ("Jean le Roy", "Jean le Roy"),
        ("Lan Nguyen", "Lan Nguyen"),
    ],
)
def test_a_bar_at_the_start_of_a_capitalised_name_is_an_i(written: str, meant: str) -> None:
    found = read_lattice(make_lattice(lattice_of(written), 30), "name", FieldKind.NAME)
    assert found.text == meant


@pytest.mark.parametrize(
    "written",
    ["416-555-0199", "1-416-555-0199", "(907) 555-0199"],
    ids=["plain", "with 1", "abroad"],
)
def test_a_number_that_is_only_rare_binds_as_well_as_any_other(written: str) -> None:
    reading = read_lattice(make_lattice(lattice_of(written), 30), "phone", FieldKind.PHONE)
    assert reading.text.endswith("555-0199")
    assert abs(dict(reading.evidence)["bind_cost"]) < 0.5
