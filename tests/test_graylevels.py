"""Percentiles from a histogram are numpy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from digitizer.engines.graylevels import percentiles
from digitizer.records import Pixels

PICTURES = arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 40)))


@given(PICTURES, st.lists(st.floats(0.0, 100.0), min_size=1, max_size=3))
def test_percentiles_are_numpys(gray: Pixels, percents: list[float]) -> None:
    expected = np.percentile(gray, percents)
    assert percentiles(gray, percents) == pytest.approx(expected, abs=1e-9)


@given(PICTURES)
def test_every_other_pixel_of_a_picture_is_a_picture_too(gray: Pixels) -> None:
    part = gray[::2, ::2]
    assert percentiles(part, (50,)) == pytest.approx(np.percentile(part, (50,)), abs=1e-9)
