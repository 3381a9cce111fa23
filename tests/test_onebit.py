"""How the benchmark cuts gray scans to one bit."""

import numpy as np
import pytest

from benchmarks.geometry_onebit import WAYS

# Paper of gray 240 with a stroke of ink.
PAGE = np.full((120, 160), 240, np.uint8)
PAGE[50:54, 20:140] = 90


@pytest.mark.parametrize("way", list(WAYS))
def test_every_way_leaves_black_and_white_and_the_ink_where_it_was(way: str) -> None:
    cut = WAYS[way](PAGE)
    assert cut.shape == PAGE.shape and set(np.unique(cut).tolist()) == {0, 255}
    assert (cut[50:54, 20:140] == 0).mean() > 0.5 and (cut[:40] == 0).mean() < 0.1
    if "diffusion" in way or "dots" in way:
        assert cut[:40].mean() == pytest.approx(240, abs=3)
