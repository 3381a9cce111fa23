"""Fields of a row weighed against each other: helped, never forced."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.calibrate import is_doubtful
from digitizer.engines import lexicon
from digitizer.engines.joint import MOST_AGREEMENT, weigh_row
from digitizer.engines.regions import AREA_CODES_OF_PROVINCE, load_regions
from digitizer.records import Candidate, FieldKind, Reading
from digitizer.validity import AREA_CODES, PROVINCES, known_areas, provinces_of


def reading(kind: FieldKind, *found: tuple[str, float]) -> Reading:
    return Reading(
        kind.value,
        kind,
        found[0][0],
        found[0][1],
        "test",
        alternatives=tuple(Candidate(text, share) for text, share in found),
        evidence=(("margin", 1.0), ("share", found[0][1])),
    )


def code(*found: tuple[str, float]) -> Reading:
    return reading(FieldKind.POSTAL_CODE, *found)


DOUBT = code(("H1N 6N5", 0.55), ("K1N 6N5", 0.42))
OTTAWA = reading(FieldKind.CITY, ("Ottawa", 0.97))
ONTARIO = reading(FieldKind.PROVINCE, ("ON", 0.98), ("QC", 0.01))
MONTREAL_PHONE = reading(FieldKind.PHONE, ("514-555-0123", 0.99), ("614-555-0123", 0.005))


@pytest.mark.parametrize(
    "sure",
    [OTTAWA, ONTARIO, reading(FieldKind.PHONE, ("613-555-0123", 0.9), ("618-555-0123", 0.05))],
    ids=["town", "province", "area code"],
)
def test_a_doubtful_code_is_helped_by_a_sure_neighbour(sure: Reading) -> None:
    helped, _ = weigh_row([DOUBT, sure])
    assert helped.text == "K1N 6N5"
    assert dict(helped.evidence)["agrees"] > 0.5
    assert [c.text for c in helped.alternatives] == ["K1N 6N5", "H1N 6N5"]


def test_a_code_that_its_row_changed_costs_what_its_own_ink_says() -> None:
    """The unbound reading, and what it cost to bind it, are of the code that was in front."""
    seen = {"bind_cost": 0.1, "log_prob": -0.3, "log_prob_mean": -0.04, "greedy_agrees": 1.0}
    own = replace(code(("H1N 6N5", 0.9), ("K1N 6N5", 0.09)), greedy="H1N 6N5")
    own = replace(own, evidence=(*own.evidence, *seen.items()))
    helped, _, _ = weigh_row([own, OTTAWA, ONTARIO])
    told = dict(helped.evidence)
    assert helped.text == "K1N 6N5"
    assert told["greedy_agrees"] == 0.0
    assert told["bind_cost"] == pytest.approx(0.1 + math.log(10))
    assert told["log_prob_mean"] == pytest.approx((-0.3 - math.log(10)) / 7)
    assert is_doubtful(helped)


def test_a_town_that_took_over_from_the_text_as_written_confirms_nothing() -> None:
    town = reading(FieldKind.CITY, ("Ottawa", 0.9), ("Xyzzy", 0.1))
    taken = replace(town, evidence=(*town.evidence, ("replaced", 1.0)))
    assert weigh_row([DOUBT, town])[0].text == "K1N 6N5"
    assert weigh_row([DOUBT, taken])[0].text == DOUBT.text


@pytest.mark.parametrize("other", [MONTREAL_PHONE, reading(FieldKind.CITY, ("Laval", 0.9))])
def test_a_sure_code_is_not_forced_but_told_to_disagree(other: Reading) -> None:
    sure = code(("K1N 6N5", 0.995), ("H1N 6N5", 0.003))
    kept, _ = weigh_row([sure, other])
    assert kept.text == "K1N 6N5"
    assert dict(kept.evidence)["agrees"] < 0.0


def test_a_province_and_an_area_code_are_helped_as_well() -> None:
    sure = code(("K1N 6N5", 0.99), ("K1H 6N5", 0.005))
    doubtful_phone = reading(FieldKind.PHONE, ("618-555-0123", 0.5), ("613-555-0123", 0.45))
    doubtful_home = reading(FieldKind.PROVINCE, ("QC", 0.5), ("ON", 0.45))
    _, phone, home = weigh_row([sure, doubtful_phone, doubtful_home])
    assert (phone.text, home.text) == ("613-555-0123", "ON")


def test_a_town_keeps_its_text_and_learns_how_well_it_fits() -> None:
    sure = code(("K1N 6N5", 0.99), ("K1H 6N5", 0.005))
    _, ottawa = weigh_row([sure, OTTAWA])
    _, laval = weigh_row([sure, reading(FieldKind.CITY, ("Laval", 0.97))])
    assert (ottawa.text, laval.text) == ("Ottawa", "Laval")
    assert dict(ottawa.evidence)["agrees"] > 1.0 > 0.0 > dict(laval.evidence)["agrees"]


@pytest.mark.parametrize(
    "alone",
    [
        [DOUBT],
        [DOUBT, reading(FieldKind.NAME, ("Ana Roy", 0.9))],
        [DOUBT, reading(FieldKind.CITY, ("Qwyzzick", 0.9))],
        [DOUBT, reading(FieldKind.PHONE, ("555-0123", 0.9))],
        [DOUBT, Reading("city", FieldKind.CITY, "", 0.0, "test")],
    ],
    ids=["one field", "a name", "a town in no list", "no area code", "an unread field"],
)
def test_what_says_nothing_of_a_place_changes_nothing(alone: list[Reading]) -> None:
    assert weigh_row(alone)[0] == DOUBT


codes = st.sampled_from(["K1N 6N5", "H1N 6N5", "V6B 1A1", "X0A 0H0", "Z9Z 9Z9"])
shares = st.lists(st.floats(0.001, 1.0), min_size=2, max_size=4)


@given(
    st.lists(codes, min_size=2, max_size=4, unique=True),
    shares,
    st.sampled_from(["613", "514", "867", "212"]),
)
def test_shares_stay_shares_and_alternatives_stay(
    texts: list[str], weights: list[float], area: str
) -> None:
    total = sum(weights) * 1.01
    found = [(text, w / total) for text, w in zip(texts, weights, strict=False)]
    row = [code(*found), reading(FieldKind.PHONE, (f"{area}-555-0123", 0.9), ("x", 0.05))]
    for before, after in zip(row, weigh_row(row), strict=True):
        assert {c.text for c in before.alternatives} == {c.text for c in after.alternatives}
        assert sum(c.confidence for c in after.alternatives) <= 1.0 + 1e-9
        assert after.text == after.alternatives[0].text
        assert abs(dict(after.evidence).get("agrees", 0.0)) <= MOST_AGREEMENT


@given(st.sampled_from(sorted(AREA_CODES)), st.sampled_from(sorted(PROVINCES)))
def test_what_somebody_writes_is_on_average_as_likely_as_it_is(area: str, province: str) -> None:
    regions = load_regions()
    for likely in (regions.of_phone(f"{area}-555-0123"), regions.of_province(province)):
        assert likely.mean() == pytest.approx(1.0)
        assert likely.min() > 0.0


def test_the_tables_agree_with_what_is_known_of_codes() -> None:
    regions = load_regions()
    assert set(regions.areas) <= known_areas()
    assert set(regions.provinces) == PROVINCES == set(AREA_CODES_OF_PROVINCE)
    listed = {area for codes in AREA_CODES_OF_PROVINCE.values() for area in codes.split()}
    assert listed <= AREA_CODES
    for area, province in zip(regions.areas, regions.provinces, strict=True):
        assert province in provinces_of(area), area
    assert {"OTTAWA", "MONTREAL", lexicon.fold("Trois-Rivières")} <= set(regions.towns)
