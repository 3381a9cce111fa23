"""Bins of confidences and outcomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.counting.reliability import Bin, Judged, gap, reliability, shipped_reliability
from digitizer.records import FieldKind

judgements = st.lists(
    st.builds(
        Judged,
        st.sampled_from([FieldKind.NAME, FieldKind.PHONE]),
        st.floats(0, 1),
        st.booleans(),
    )
)


@given(judgements)
def test_every_value_lies_in_one_bin_of_its_kind(judged: list[Judged]) -> None:
    bins = reliability(judged)
    for kind in FieldKind:
        assert sum(b.cases for b in bins.get(kind, ())) == sum(j.kind is kind for j in judged)
        for b in bins.get(kind, ()):
            assert b.low - 1e-9 <= b.predicted <= b.high + 1e-9
            assert b.interval[0] - 1e-9 <= b.accuracy <= b.interval[1] + 1e-9


def test_overconfident_values_show_below_their_confidence() -> None:
    judged = [Judged(FieldKind.NAME, 0.96, number % 2 == 0) for number in range(20)]
    (only,) = reliability(judged)[FieldKind.NAME]
    assert (only.low, only.high, only.cases, only.accuracy) == (0.95, 0.98, 20, 0.5)
    assert gap([only]) == pytest.approx(0.46)


def test_gap_weighs_bins_by_their_cases_and_is_unknown_without_any() -> None:
    assert gap([]) is None
    honest, wrong = Bin(0.8, 0.9, 30, 24, 0.8), Bin(0.9, 0.95, 10, 5, 0.9)
    assert gap([honest, wrong]) == pytest.approx(0.1)


def test_shipped_bins_hold_counts_that_can_be() -> None:
    for bins in shipped_reliability().values():
        assert all(0 <= b.right <= b.cases for b in bins)
