"""The interval for the final count."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from fake_pages import field, page_ref, page_result, row
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.counting.expected import (
    COVERAGE,
    FOUND_BY_EXACT_KEYS,
    FOUND_BY_LINKAGE,
    SHIFT,
    Chance,
    Doubt,
    Outlook,
    draw_counts,
    draw_missed,
    repeats_found,
    row_chance,
)
from digitizer.persons import linkage_splink
from digitizer.records import Finding, Route, RowStatus, SignerRow
from digitizer.workspace.decisions import doubt_values
from digitizer.workspace.stored import RecordRow, SheetRow

LOGITS = st.sampled_from([-3.0, -1.0, 0.0, 1.0, 2.5, 4.0])
CHANCES = st.builds(
    Chance,
    st.just(True),
    st.lists(st.tuples(st.sampled_from(Doubt), LOGITS), min_size=1, max_size=3).map(
        lambda pairs: tuple(sorted(dict(pairs).items()))
    ),
)
POPULATIONS = st.dictionaries(CHANCES, st.integers(1, 400), min_size=1, max_size=5)


def record(signer: SignerRow, *decided: str) -> RecordRow:
    """A row as the store lists it."""
    result = page_result(page_ref(), signer)
    sheet = SheetRow(
        result.sheet_id, result.sheet_id, "a.pdf", 1, "", None, None, result.status, (), 0, 0.0,
        8, 1, 0, result.collector, None, None, (),
    )  # fmt: skip
    return RecordRow(
        "r",
        sheet,
        signer.row,
        signer.status,
        signer.status,
        (),
        signer.fields,
        False,
        frozenset(decided),
        signer.reasons,
    )


def outlook(chances: dict[Chance, int], certain: int = 0, *, once: bool = True) -> Outlook:
    """An outlook with these rows."""
    made = Outlook(once=once)
    made.certain, made.chances = certain, dict(chances)
    return made


@settings(max_examples=60, deadline=None)
@given(POPULATIONS, st.integers(0, 1000))
def test_the_interval_holds_its_expectation_and_no_impossible_count(
    chances: dict[Chance, int], certain: int
) -> None:
    found = outlook(chances, certain).interval()
    assert 0 <= found.low <= found.high <= certain + sum(chances.values())
    assert outlook(chances, certain, once=False).interval().low >= certain
    # A count is whole, its expectation is not.
    assert found.low - 1 < found.expected < found.high + 1


@settings(max_examples=25, deadline=None)
@given(POPULATIONS)
def test_the_interval_holds_the_truth_as_often_as_it_says(chances: dict[Chance, int]) -> None:
    found = outlook(chances).interval()
    truths = draw_counts(chances, seed=77, draws=4000)
    recall = FOUND_BY_LINKAGE if linkage_splink.installed() else FOUND_BY_EXACT_KEYS
    missed = draw_missed(repeats_found(chances), sum(chances.values()), recall, seed=78)
    truths = truths - np.minimum(missed, truths)
    held = float(np.mean((truths >= found.low) & (truths <= found.high)))
    # Both are simulated with 4,000 draws: 0.95 +- 0.0049 each (one sd).
    assert held >= COVERAGE - 0.02


@settings(max_examples=25, deadline=None)
@given(st.lists(LOGITS, min_size=1, max_size=12))
def test_without_common_shifts_the_count_is_poisson_binomial(logits: list[float]) -> None:
    chances = Counter(Chance(True, ((Doubt.ROW, logit),)) for logit in logits)
    drawn = draw_counts(chances, shift=dict.fromkeys(Doubt, 0.0), draws=20_000)
    exact = np.ones(1)
    for logit in logits:
        p = 1 / (1 + np.exp(-logit))
        exact = np.convolve(exact, [1 - p, p])
    simulated = np.bincount(drawn, minlength=len(exact)) / len(drawn)
    assert np.abs(simulated - exact).max() < 0.02


def test_the_same_rows_give_the_same_interval_in_any_order() -> None:
    one, other = Chance(True, ((Doubt.ROW, 1.0),)), Chance(True, ((Doubt.STRIKE, 0.0),))
    assert outlook({one: 3, other: 5}).interval() == outlook({other: 5, one: 3}).interval()


def test_the_common_shift_makes_many_rows_less_certain_than_independence_would() -> None:
    chances = {Chance(True, ((Doubt.STRIKE, 0.0),)): 10_000}
    alone = draw_counts(chances, shift=dict.fromkeys(Doubt, 0.0)).std()
    assert draw_counts(chances).std() > 10 * alone
    assert SHIFT[Doubt.SIGNATURE] < SHIFT[Doubt.STRIKE]


def test_what_a_person_decided_is_certain() -> None:
    struck = replace(row(1, "Ana"), status=RowStatus.STRUCK)
    assert row_chance(record(row(1, "Ana"), "status")) is True
    assert row_chance(record(struck, "status")) is False
    assert not isinstance(row_chance(record(struck)), bool)


def test_a_row_waits_where_two_people_differ_and_nearly_always_counts() -> None:
    ana = row(1, "Ana")
    doubted = replace(ana, fields=doubt_values(ana.fields, {(1, "name")}, 1))
    waiting = replace(record(doubted, "name"), status=RowStatus.REVIEW)
    chance = row_chance(waiting)
    assert isinstance(chance, Chance)
    assert chance.pending
    final = outlook({chance: 200}).interval()
    assert 160 < final.low < final.high <= 200


def test_more_second_signatures_are_missed_where_more_were_found_and_where_fewer_can_be() -> None:
    none, some = (draw_missed(n, 400, FOUND_BY_LINKAGE).mean() for n in (0, 12))
    without = draw_missed(12, 400, FOUND_BY_EXACT_KEYS).mean()
    assert 0 <= none < 0.2 < some < 3 < without
    assert draw_missed(0, 0, FOUND_BY_LINKAGE).max() == 0
    assert draw_missed(3, 4, FOUND_BY_EXACT_KEYS).max() <= 4


@pytest.mark.parametrize("true_rate", [0.0, 0.01, 0.05])
def test_missed_second_signatures_lie_where_they_are_said_to(true_rate: float) -> None:
    rng = np.random.default_rng(3)
    rows, inside = 2000, 0
    for _ in range(60):
        hits, cases = FOUND_BY_LINKAGE
        share = rng.beta(hits + 0.5, cases - hits + 0.5)
        twice = rng.poisson(true_rate * rows)
        found = rng.binomial(twice, share)
        low, high = np.quantile(draw_missed(found, rows, FOUND_BY_LINKAGE), (0.025, 0.975))
        inside += low <= twice - found <= high
    # 57 of 60 expected where the prior matches; 51 is three sd below.
    assert inside >= 51


def test_second_signatures_that_a_person_confirmed_still_tell_of_those_missed() -> None:
    again = replace(row(1, "Ana"), status=RowStatus.DUPLICATE)
    chance = row_chance(record(again, "status"))
    assert isinstance(chance, Chance)
    confirmed, alone = Outlook(), Outlook()
    for made in (confirmed, alone):
        made.certain = 400
    confirmed.chances = {chance: 40}
    assert confirmed.interval().high <= 400
    assert confirmed.interval().expected < alone.interval().expected - 1
    assert confirmed.interval().missed > 1 > alone.interval().missed


def test_under_a_profile_where_everybody_counts_twice_nothing_is_taken_off() -> None:
    found = outlook({}, 400, once=False).interval()
    assert (found.low, found.high, found.missed) == (400, 400, 0)


def test_a_misread_name_is_no_doubt_that_the_row_counts() -> None:
    doubtful = row_chance(record(row(1, "Ana", review="name")))
    assert isinstance(doubtful, Chance)
    assert doubtful.pending
    assert {doubt for doubt, _ in doubtful.factors} == {Doubt.ROW, Doubt.SIGNATURE}


@pytest.mark.parametrize(
    ("value", "confidence", "low", "high"),
    [("present", 0.9, 0.85, 0.95), ("absent", 0.9, 0.05, 0.15), ("unclear", 0.9, 0.4, 0.6)],
)
def test_signatures_enter_with_their_calibrated_confidence(
    value: str, confidence: float, low: float, high: float
) -> None:
    signature = field("signature", value, confidence, route=Route.REVIEW)
    signer = SignerRow(1, RowStatus.REVIEW, (field("name", "Ana"), signature))
    made = Outlook()
    for _ in range(500):
        made.add(record(signer))
    assert low < made.interval().expected / 500 < high


def test_clean_rows_narrow_doubtful_strikes_widen() -> None:
    clean, strikes = Outlook(), Outlook()
    doubtful = SignerRow(1, RowStatus.REVIEW, (field("name", "Ana"),), (Finding("row", "struck"),))
    for _ in range(100):
        clean.add(record(row(1, "Ana")))
        strikes.add(record(doubtful))
    assert clean.interval().high == 100
    assert clean.interval().low >= 95
    assert strikes.interval().high - strikes.interval().low > 20
    assert clean.probability_of(97) > 0.95 > strikes.probability_of(97)
