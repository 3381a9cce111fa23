"""What all rows of a page share is seen though their rulings were traced a little off."""

import cv2
import numpy as np
import pytest
from ink_pages import paper, write

from digitizer.geometry import as_polygon
from digitizer.layout.print.typicalrow import RowPrint, typical_row
from digitizer.records import Pixels, Polygon, PrintedWord

ROWS, HIGH, WIDE = 7, 80, 1400
FONT = cv2.FONT_HERSHEY_SIMPLEX


def _page(off: int, *, written: bool) -> tuple[Pixels, list[Polygon]]:
    """Rows with two captions, traced ``off`` px higher and lower by turns at their right end."""
    page = paper(ROWS * HIGH + 60, WIDE + 40)
    rows = []
    for n in range(ROWS):
        top = 20 + n * HIGH
        for x, text in ((30, "Name of endorser"), (1100, "Date signed")):
            cv2.putText(page, text, (x, top + 18), FONT, 0.45, 40, 1, cv2.LINE_AA)
        if written and n % 2:
            write(page, 40 + (37 * n) % 90, top + 56 + n % 4, 14)
            write(page, 1090 + (53 * n) % 100, top + 56 + n % 5, 9)
        lean = (0, off, -off)[n % 3]
        corners = [(20, top), (20 + WIDE, top + lean), (20 + WIDE, top + HIGH + lean)]
        rows.append(as_polygon([*corners, (20, top + HIGH)]))
    return page, rows


@pytest.mark.parametrize("written", [False, True])
@pytest.mark.parametrize("off", [1, 2, 3])
def test_captions_of_rows_traced_aslant_are_as_dark_as_they_were_printed(
    off: int, written: bool
) -> None:
    def ink(lean: int) -> float:
        page, rows = _page(lean, written=written)
        seen = typical_row(page, rows, (2 * WIDE, 2 * HIGH))[4:52, 2100:2600]
        return float(np.sum(np.maximum(0.0, 225.0 - seen)))

    assert ink(off) == pytest.approx(ink(0), rel=0.25)


def test_writing_of_few_rows_pulls_none_of_them() -> None:
    page = paper(ROWS * HIGH + 60, WIDE + 40)
    rows = [
        as_polygon([(20, y), (20 + WIDE, y), (20 + WIDE, y + HIGH), (20, y + HIGH)])
        for y in range(20, 20 + ROWS * HIGH, HIGH)
    ]
    write(page, 60, 20 + 60, 20)
    assert typical_row(page, rows, (2 * WIDE, 2 * HIGH)).min() > 200


def _rows(left: float, right: float, tops: range) -> list[Polygon]:
    return [as_polygon([(left, y), (right, y), (right, y + HIGH), (left, y + HIGH)]) for y in tops]


def test_what_was_read_in_rows_is_known_in_narrower_ones() -> None:
    known = RowPrint(
        tuple(_rows(100, 1100, range(0, 560, HIGH))),
        (PrintedWord("NAME", (0.3, 0.1, 0.4, 0.3), 0.9),),
    )
    narrower = _rows(300, 1100, range(HIGH, 560, HIGH))
    assert known.covers(narrower)
    (word,) = known.within(narrower)
    assert word.box == pytest.approx((100 / 800, 0.1, 200 / 800, 0.3))


BEGUN_LATER = _rows(100, 1100, range(HIGH // 2, 560, HIGH))
ONE_MORE_BELOW = _rows(100, 1100, range(0, 640, HIGH))


@pytest.mark.parametrize("rows", [BEGUN_LATER, ONE_MORE_BELOW])
def test_other_rows_are_not_known(rows: list[Polygon]) -> None:
    known = RowPrint(tuple(_rows(100, 1100, range(0, 560, HIGH))), ())
    assert not known.covers(rows)
