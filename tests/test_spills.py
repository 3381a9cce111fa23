"""A signature that reaches into a row above or below is none of that row's."""

from collections.abc import Sequence

import cv2
import numpy as np

from digitizer.writing.ink import Ints
from digitizer.writing.spills import give_spills

# Three rows of a name's and a signature's cell, 80 px high.
BOXES = tuple(
    (left, top, right, top + 80) for top in (20, 100, 180) for left, right in ((0, 300), (300, 700))
)
ROWS = (1, 1, 2, 2, 3, 3)
SIGNED = frozenset({2, 4, 6})
# Large loops, from the upper to the lower row.
LOOPS = ((330, 170), (400, 70), (460, 200), (520, 60), (580, 210), (640, 110))


def page(*signatures: Sequence[tuple[int, int]]) -> tuple[Ints, Ints]:
    """Strokes of pens, and whose they seem: of the cell that each part lies in."""
    drawn = np.zeros((280, 720), dtype=np.uint8)
    for points in signatures:
        corners = np.array(points, dtype=np.int32)
        cv2.polylines(drawn, [corners], isClosed=False, color=255, thickness=4)
    for line in (20, 100, 180):
        drawn[line - 2 : line + 2] |= cv2.dilate(drawn, np.ones((5, 1), np.uint8))[
            line - 2 : line + 2
        ]
    _, labels = cv2.connectedComponents(drawn, connectivity=8)
    owner = np.zeros(drawn.shape, dtype=np.int32)
    for number, (left, top, right, bottom) in enumerate(BOXES, start=1):
        owner[top:bottom, left:right] = number
    owner[labels == 0] = 0
    return owner, labels.astype(np.int32)


def test_the_ends_of_loops_go_to_the_signature_they_are_of() -> None:
    owner, labels = page(LOOPS)
    assert {2, 4, 6} <= set(np.unique(owner))
    assert give_spills(owner, labels, BOXES, ROWS, SIGNED) == {2, 6}
    assert set(np.unique(owner)) == {0, 4}


def test_ends_from_above_and_below_leave_nothing() -> None:
    above = ((320, 90), (380, 30), (430, 130), (480, 30), (640, 60))
    below = ((520, 250), (560, 150), (610, 255), (650, 200), (660, 255))
    owner, labels = page(above, below)
    assert give_spills(owner, labels, BOXES, ROWS, SIGNED) == {4}
    assert (owner[100:140, 380:460] != 4).all()
    assert set(np.unique(owner)) == {0, 2, 6}


def test_a_signature_that_touches_a_larger_one_stays() -> None:
    own = ((420, 95), (340, 160), (400, 120), (440, 165), (480, 120), (520, 165), (560, 120),
           (600, 160), (640, 130), (680, 160))  # fmt: skip
    owner, labels = page(
        ((320, 90), (340, 30), (380, 95), (420, 30), (420, 95), (470, 30), (500, 90), (540, 30),
         (580, 90), (620, 30), (680, 90)),
        own,
    )  # fmt: skip
    before = owner.copy()
    assert give_spills(owner, labels, BOXES, ROWS, SIGNED) == frozenset()
    assert (owner == before).all()


def test_a_signature_under_another_ones_loop_stays_with_what_hangs_into_its_cell() -> None:
    owner, labels = page(LOOPS, ((330, 240), (360, 215), (380, 245), (400, 215), (420, 245)))
    before = owner.copy()
    assert give_spills(owner, labels, BOXES, ROWS, SIGNED) == {2}
    assert (owner[180:] == before[180:]).all()


def test_a_stroke_as_long_as_its_neighbours_part_is_nobodys_end() -> None:
    owner, labels = page(((400, 40), (420, 160)))
    before = owner.copy()
    assert give_spills(owner, labels, BOXES, ROWS, SIGNED) == frozenset()
    assert (owner == before).all()
