"""White-out that took a part of a row's own line: what is left of it is no sure strike."""

import numpy as np
import pytest

from digitizer.records import Rule
from digitizer.writing.marks import RowStrike
from digitizer.writing.struckrows import runs_on_ruling

ROW = ((95.0, 1076.0), (1605.0, 1076.0), (1605.0, 1176.0), (95.0, 1176.0))


def line(y: float, start: float, stop: float, rise: float = 0.0) -> Rule:
    xs = np.linspace(start, stop, 9)
    return Rule(np.column_stack([xs, np.linspace(y, y + rise, 9)]), True, 3.0, 1.0)


@pytest.mark.parametrize(
    ("rule", "height", "told"),
    [
        pytest.param(line(1162, 426, 1603), 0.84, True, id="what is left of the row's lower line"),
        pytest.param(line(1130, 426, 1603), 0.54, False, id="a strike through its middle"),
        pytest.param(line(1162, 426, 1500), 0.84, False, id="a stroke that ends before its side"),
        pytest.param(line(1176, 99, 1603), 0.6, False, id="the line below the row"),
    ],
)
def test_line_left_by_white_out_is_no_sure_strike(rule: Rule, height: float, told: bool) -> None:
    strike = RowStrike(0.99, height, 328.0, 1500.0, 1.0)
    assert runs_on_ruling([rule], ROW, strike) is told
