"""Folds are no strikes; a stroke over name and address is one for a person to judge."""

import numpy as np
import pytest

from digitizer.records import CellPlace, FieldKind, FieldSpec, RowPlace, Rule
from digitizer.writing.marks import RowStrike
from digitizer.writing.struckrows import _strikes_text, is_fold

LEFT, RIGHT, WIDTH = 160.0, 1540.0, 1700
BORDERS = np.array([320.0, 800.0, 1080.0])


def _rule(start: float, stop: float) -> Rule:
    points = np.stack([np.linspace(start, stop, 20), np.full(20, 500.0)], axis=1)
    return Rule(points, horizontal=True, thickness_px=3.0, support=1.0)


@pytest.mark.parametrize(("start", "stop"), [(20, 1690), (3, 1472), (700, 1699), (130, 1570)])
def test_a_line_that_leaves_the_table_is_a_fold(start: float, stop: float) -> None:
    assert is_fold(_rule(start, stop), LEFT, RIGHT, WIDTH)


@pytest.mark.parametrize(("start", "stop"), [(165, 1500), (140, 1500), (150, 1550), (3, 300)])
def test_a_line_that_a_pen_could_draw_is_none(start: float, stop: float) -> None:
    assert not is_fold(_rule(start, stop), LEFT, RIGHT, WIDTH)


@pytest.mark.parametrize("rise", [0.0, 2.0])
@pytest.mark.parametrize("cut", [(1340, 1380), (600, 650), (1322, 1224)])
def test_a_fold_that_was_traced_in_two_parts_is_one(cut: tuple[float, float], rise: float) -> None:
    left, right = _rule(20, cut[0]), _rule(cut[1], 1690)
    right.points[:, 1] += rise
    assert not is_fold(left, LEFT, RIGHT, WIDTH)
    assert is_fold(left, LEFT, RIGHT, WIDTH, [left, right])
    assert is_fold(right, LEFT, RIGHT, WIDTH, [left, right])


def test_a_fold_that_a_signature_hides_the_middle_of_is_one() -> None:
    """The signature's own stroke lay between its parts; the row was struck, and no one asked."""
    left, right, paraph = _rule(20, 990), _rule(1250, 1690), _rule(992, 1174)
    paraph.points[:, 1] += np.linspace(7, -2, 20)
    lines = [left, paraph, right]
    assert [is_fold(line, LEFT, RIGHT, WIDTH, lines) for line in lines] == [True, False, True]
    # Two strokes of a pen, or what lies beside the table at one height, are none.
    for others in ([_rule(165, 990), right], [left, _rule(1250, 1500)]):
        assert not any(is_fold(line, LEFT, RIGHT, WIDTH, others) for line in others)
    beside = [_rule(20, 400), _rule(1400, 1690)]
    assert not any(is_fold(line, LEFT, RIGHT, WIDTH, beside) for line in beside)


def test_a_line_at_another_height_or_farther_off_is_no_part_of_a_fold() -> None:
    left, right = _rule(20, 1340), _rule(1380, 1690)
    right.points[:, 1] += 12.0
    assert not is_fold(left, LEFT, RIGHT, WIDTH, [left, right])
    assert not is_fold(left, LEFT, RIGHT, WIDTH, [left, _rule(1500, 1690)])


def _row() -> RowPlace:
    kinds = (FieldKind.NAME, FieldKind.ADDRESS, FieldKind.SIGNATURE, FieldKind.PHONE)
    ends = (0.0, *BORDERS.tolist(), 1380.0)
    cells = tuple(
        CellPlace(kind, (FieldSpec(kind, kind),), ((x0, 0.0), (x1, 0.0), (x1, 90.0), (x0, 90.0)))
        for kind, x0, x1 in zip(kinds, ends, ends[1:], strict=False)
    )
    return RowPlace(1, ((0.0, 0.0), (1380.0, 0.0), (1380.0, 90.0), (0.0, 90.0)), cells)


def test_a_stroke_over_name_and_address_may_strike_the_row() -> None:
    assert _strikes_text(_row(), BORDERS, RowStrike(0.0, 0.5, 30.0, 760.0, 1.0))


@pytest.mark.parametrize(
    "strike",
    [
        pytest.param(RowStrike(0.0, 0.5, 30.0, 400.0, 1.0), id="one cell"),
        pytest.param(RowStrike(0.0, 0.85, 30.0, 760.0, 1.0), id="underline"),
        pytest.param(RowStrike(0.0, 0.5, 790.0, 1370.0, 1.0), id="from the signature on"),
        pytest.param(RowStrike(0.0, 0.5, 30.0, 760.0, 0.92), id="letters one after the other"),
    ],
)
def test_other_strokes_do_not(strike: RowStrike) -> None:
    assert not _strikes_text(_row(), BORDERS, strike)
