"""Order statistics over layers: as numpy's, pixel by pixel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from digitizer.layout.print.layerranks import median_layer, quantile_layer, sort_layers

STACKS = st.integers(1, 17).flatmap(lambda n: arrays(np.uint8, (n, 3, 4)))


@given(STACKS)
def test_layers_are_put_in_order_and_none_is_changed(stack: np.ndarray) -> None:
    layers = list(stack.copy())
    assert np.array_equal(sort_layers(layers), np.sort(stack, axis=0))
    assert np.array_equal(layers, stack)


@given(STACKS, st.floats(0.0, 1.0))
def test_a_quantile_is_numpys_nearest(stack: np.ndarray, share: float) -> None:
    place = share * (len(stack) - 1)
    if abs(place % 1 - 0.5) < 1e-6:
        return  # both neighbours are as near
    expected = np.quantile(stack, share, axis=0, method="nearest")
    assert np.array_equal(quantile_layer(list(stack), share), expected)


@given(STACKS)
def test_a_median_is_numpys(stack: np.ndarray) -> None:
    layers = [one.astype(np.float32) for one in stack]
    assert median_layer(layers) == pytest.approx(np.median(stack, axis=0))
