"""Error rates, intervals and calibration."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.metrics import (
    Judged,
    Rate,
    calibration_error,
    chance_calibration_error,
    character_error_rate,
    exact_match,
    straight_through,
    wilson_interval,
    word_error_rate,
)

WORDS = st.text("abcdeé ", max_size=12)
COUNTS = st.integers(0, 500).flatmap(lambda cases: st.tuples(st.integers(0, cases), st.just(cases)))


@pytest.mark.parametrize(
    ("pairs", "rate"),
    [
        ([("abc", "abc")], 0.0),
        ([("abd", "abc")], 1 / 3),
        ([("", "abc")], 1.0),
        ([("abcdefgh", "ab")], 3.0),
        ([("a", "a"), ("x", "abc")], 3 / 4),
        ([("x", "")], None),
        ([], None),
    ],
    ids=["right", "one of three", "nothing read", "above one", "by length", "no truth", "none"],
)
def test_character_error_rate(pairs: list[tuple[str, str]], rate: float | None) -> None:
    assert character_error_rate(pairs) == (None if rate is None else pytest.approx(rate))


def test_word_error_rate_counts_whole_words() -> None:
    assert word_error_rate([("ana b roy", "ana roy")]) == pytest.approx(0.5)


@given(WORDS, WORDS)
def test_character_error_rate_is_zero_for_equal_texts_only(value: str, truth: str) -> None:
    rate = character_error_rate([(value, truth)])
    if not truth:
        assert rate is None
    else:
        assert rate is not None
        assert (rate == 0) == (value == truth)
        assert rate <= max(len(value), len(truth)) / len(truth)


@given(COUNTS)
def test_an_interval_holds_its_rate_and_stays_within_bounds(counts: tuple[int, int]) -> None:
    hits, cases = counts
    low, high = wilson_interval(hits, cases)
    assert 0 <= low <= high <= 1
    if cases:
        assert low - 1e-12 <= hits / cases <= high + 1e-12


@given(COUNTS)
def test_more_cases_at_the_same_rate_narrow_the_interval(counts: tuple[int, int]) -> None:
    hits, cases = counts
    one, ten = wilson_interval(hits, cases), wilson_interval(10 * hits, 10 * cases)
    assert ten[1] - ten[0] <= one[1] - one[0] + 1e-12


@given(COUNTS)
def test_an_interval_is_symmetric_in_hits_and_misses(counts: tuple[int, int]) -> None:
    hits, cases = counts
    low, high = wilson_interval(hits, cases)
    assert wilson_interval(cases - hits, cases) == pytest.approx((1 - high, 1 - low))


def test_intervals_agree_with_published_ones() -> None:
    # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson_interval(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_what_is_no_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        wilson_interval(3, 2)
    assert Rate(0, 0).value is None
    assert Rate(0, 0).interval == (0.0, 1.0)


JUDGED = st.builds(Judged, WORDS, WORDS, st.booleans(), st.none() | st.floats(0, 1))


@given(st.lists(JUDGED))
def test_straight_through_counts_only_what_was_accepted(judged: list[Judged]) -> None:
    found = straight_through(judged)
    accepted = [one for one in judged if one.accepted]
    assert (found.accepted.hits, found.accepted.cases) == (len(accepted), len(judged))
    assert found.wrong.cases == len(accepted)
    assert found.wrong.hits == sum(one.value != one.truth for one in accepted)
    everything = [Judged(one.value, one.truth, accepted=True) for one in judged]
    right = exact_match(judged)
    assert straight_through(everything).wrong.hits == right.cases - right.hits


def test_confidence_that_keeps_its_word_has_no_calibration_error() -> None:
    assert calibration_error([0.75] * 4, [True, True, True, False]) == pytest.approx(0.0)
    assert calibration_error([1.0, 0.0], [True, False]) == 0.0


def test_confidence_that_is_always_wrong_has_the_largest_calibration_error() -> None:
    assert calibration_error([1.0, 1.0, 0.0], [False, False, True]) == pytest.approx(1.0)


def test_bins_of_unequal_size_weigh_by_their_cases() -> None:
    confidences = [0.95] * 9 + [0.55]
    right = [True] * 9 + [False]
    assert calibration_error(confidences, right) == pytest.approx(0.9 * 0.05 + 0.1 * 0.55)


def test_the_calibration_error_of_chance_falls_with_the_cases() -> None:
    assert chance_calibration_error([]) is None
    few, many = (chance_calibration_error([0.7] * count) or 0.0 for count in (20, 2000))
    # The mean of |right - 0.7| over outcomes: sqrt(2 / pi) of their standard error.
    assert few == pytest.approx(0.8 * (0.21 / 20) ** 0.5, rel=0.15)
    assert many == pytest.approx(few / 10, rel=0.15)
    assert chance_calibration_error([1.0, 0.0]) == 0.0


def test_calibration_error_needs_cases_and_equal_lengths() -> None:
    assert calibration_error([], []) is None
    with pytest.raises(ValueError, match="1 confidences for 0"):
        calibration_error([0.5], [])


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_calibration_error_is_at_least_the_overall_gap(cases: list[tuple[float, bool]]) -> None:
    confidences, right = [c for c, _ in cases], [r for _, r in cases]
    error = calibration_error(confidences, right)
    overall = abs(sum(confidences) - sum(right)) / len(cases)
    assert error is not None
    assert overall - 1e-9 <= error <= 1.0
    assert not math.isnan(error)
