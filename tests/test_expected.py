"""The interval for the final count."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from fake_pages import field, page_ref, page_result, row
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.expected import (
    COVERAGE,
    SHIFT,
    Chance,
    Doubt,
    Outlook,
    draw_counts,
    row_chance,
)
from digitizer.records import Finding, Route, RowStatus, SignerRow
from digitizer.stored import RecordRow, SheetRow

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


def outlook(chances: dict[Chance, int], certain: int = 0) -> Outlook:
    """An outlook with these rows."""
    made = Outlook()
    made.certain, made.chances = certain, dict(chances)
    return made


@settings(max_examples=60, deadline=None)
@given(POPULATIONS, st.integers(0, 1000))
def test_the_interval_holds_its_expectation_and_no_impossible_count(
    chances: dict[Chance, int], certain: int
) -> None:
    found = outlook(chances, certain).interval()
    assert certain <= found.low <= found.high <= certain + sum(chances.values())
    # A count is whole, its expectation is not.
    assert found.low - 1 < found.expected < found.high + 1


@settings(max_examples=25, deadline=None)
@given(POPULATIONS)
def test_the_interval_holds_the_truth_as_often_as_it_says(chances: dict[Chance, int]) -> None:
    found = outlook(chances).interval()
    truths = draw_counts(chances, seed=77, draws=4000)
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
