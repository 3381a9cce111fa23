"""How much of a cell's ink is writing."""

import numpy as np
import pytest

from digitizer.records import InkState
from digitizer.writing.amounts import ink_state, weighted_ink

# A cell of 15 mm by 44 mm with the margin of its crop.
INNER = (20, 20, 370, 140)
HEIGHT, WIDTH = 160, 390


@pytest.mark.parametrize(
    ("piece", "state"),
    [
        pytest.param((60, 16, 260, 22), InkState.EMPTY, id="along the upper ruling"),
        pytest.param((200, 132, 300, 139), InkState.EMPTY, id="above the lower ruling"),
        pytest.param((335, 131, 365, 144), InkState.EMPTY, id="in the corner"),
        pytest.param((60, 78, 120, 84), InkState.WRITTEN, id="a dash in the middle"),
        pytest.param((60, 100, 66, 139), InkState.WRITTEN, id="an upright stroke"),
        pytest.param((60, 100, 120, 139), InkState.WRITTEN, id="a word on the line"),
    ],
)
def test_what_a_blurred_picture_leaves_of_a_ruling_is_no_writing(
    piece: tuple[int, int, int, int], state: InkState
) -> None:
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.bool_)
    left, top, right, bottom = piece
    mask[top:bottom, left:right] = True
    assert ink_state(weighted_ink(mask, INNER))[0] is state
    # The same cut to its ink: the cell begins before it.
    within = (INNER[0] - left, INNER[1] - top, INNER[2] - left, INNER[3] - top)
    assert ink_state(weighted_ink(mask[top:bottom, left:right], within))[0] is state
