"""What hangs from a signer's writing into a blank row below is no signer."""

import numpy as np
import pytest

from digitizer.writing.ink import Ints
from digitizer.writing.overhang import give_overhang

# Two rows of two cells, 80 px high.
BOXES = ((0, 0, 300, 80), (300, 0, 600, 80), (0, 80, 300, 160), (300, 80, 600, 160))
ROWS = (1, 1, 2, 2)


def page() -> Ints:
    """A signature in the second cell of the first row, down to its foot."""
    owner = np.zeros((170, 600), dtype=np.int32)
    owner[20:74:4, 340:420] = 2
    return owner


@pytest.mark.parametrize(
    ("top", "low", "left", "right", "whose"),
    [
        pytest.param(86, 92, 380, 440, 2, id="an underline"),
        pytest.param(81, 84, 390, 402, 2, id="the end of a loop"),
        pytest.param(130, 136, 380, 440, 4, id="a stroke in the middle"),
        pytest.param(84, 104, 380, 402, 4, id="ditto marks"),
        pytest.param(84, 150, 380, 560, 4, id="a signature"),
        pytest.param(86, 92, 100, 160, 3, id="below a blank cell"),
    ],
)
def test_a_flat_stroke_right_below_writing_is_its_own(
    top: int, low: int, left: int, right: int, whose: int
) -> None:
    owner = page()
    owner[top:low, left:right] = 3 if left < 300 else 4
    give_overhang(owner, BOXES, ROWS)
    assert set(np.unique(owner[top:low, left:right])) == {whose}


def test_what_lies_in_a_row_with_other_ink_stays() -> None:
    owner = page()
    owner[86:92, 380:440] = 4
    owner[100:140, 20:200] = 3
    give_overhang(owner, BOXES, ROWS)
    assert (owner[86:92, 380:440] == 4).all()


def test_what_lies_far_below_the_writing_stays() -> None:
    owner = np.zeros((170, 600), dtype=np.int32)
    owner[10:40:4, 340:420] = 2
    owner[86:92, 380:440] = 4
    give_overhang(owner, BOXES, ROWS)
    assert (owner[86:92, 380:440] == 4).all()
