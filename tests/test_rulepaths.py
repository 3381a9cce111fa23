"""How much of a ruling is seen between two places along it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.lines.rulepaths import hidden_length, seen_length
from digitizer.records import Rule

PLACES = st.integers(0, 60)


@given(st.lists(PLACES, max_size=6, unique=True), PLACES, PLACES, st.booleans())
def test_what_is_seen_and_what_is_hidden_is_counted_place_by_place(
    ends: list[int], one: int, other: int, horizontal: bool
) -> None:
    low, high = sorted((one, other))
    pairs = sorted(ends)[: len(ends) // 2 * 2]
    gaps = tuple(zip(map(float, pairs[::2]), map(float, pairs[1::2]), strict=True))
    points = np.array([[0.0, 5.0], [60.0, 5.0]])
    rule = Rule(points if horizontal else points[:, ::-1], horizontal, 1.0, 1.0, gaps=gaps)
    hidden = sum(any(a <= k < b for a, b in gaps) for k in range(low, high))
    assert hidden_length(rule, low, high) == pytest.approx(hidden)
    assert seen_length(rule, low, high) == pytest.approx(high - low - hidden)


def test_nothing_is_seen_of_a_ruling_beside_its_ends() -> None:
    rule = Rule(np.array([[10.0, 5.0], [20.0, 5.0]]), True, 1.0, 1.0)
    assert seen_length(rule, 0.0, 15.0) == pytest.approx(5.0)
    assert seen_length(rule, 30.0, 40.0) <= 0.0
