"""What lies over rows makes no signer of a blank one, strikes none and is no part of a value."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import ink_pages
import numpy as np
import pytest
from ink_pages import EDGES, LEFT, ROW_HEIGHT, TOP

from digitizer.assemble import cell_values, signer_row
from digitizer.overrows import is_lain_on
from digitizer.records import (
    BoxPlace,
    CellCrop,
    CellPlace,
    FieldKind,
    FieldSpec,
    FieldState,
    Finding,
    InkState,
    Laid,
    Pixels,
    Reading,
    RowStatus,
    SignerRow,
)
from digitizer.segment import cut_cells, signature_state, struck_rows

ROWS = 5
NAME, ADDRESS, SIGNATURE, CONTACT = EDGES[:4]


class Sure:
    """Calibration that believes everything."""

    def confidence(self, reading: Reading) -> float:
        return 0.99

    def signature(self, value: str, sure: float, ink_px: float) -> float:
        return sure


def fill(gray: Pixels, row: int) -> None:
    for x, letters in zip(EDGES, (10, 15, 7, 11), strict=False):
        ink_pages.write(gray, x + 20, TOP + (row - 1) * ROW_HEIGHT + 62, letters)


def stamp(gray: Pixels, x: int, *, turn: float = 4.0, first: int = 3) -> None:
    """A framed stamp of 45 x 19 mm over rows ``first`` and the next ones, with letters inside."""
    page = gray.copy()
    top = TOP + (first - 1) * ROW_HEIGHT + 30
    cv2.rectangle(page, (x, top), (x + 360, top + 155), 40, 5)
    ink_pages.write(page, x + 40, top + 75, 9, height=30, gray=40)
    ink_pages.write(page, x + 40, top + 130, 9, height=30, gray=40)
    whole = np.full_like(gray, ink_pages.PAPER)
    whole[top - 4 : top + 161, x - 4 : x + 366] = page[top - 4 : top + 161, x - 4 : x + 366]
    matrix = cv2.getRotationMatrix2D((x + 180, top + 78), turn, 1.0)
    size = gray.shape[1], gray.shape[0]
    turned = cv2.warpAffine(whole, matrix, size, borderValue=ink_pages.PAPER)
    np.minimum(gray, turned, out=gray)


def ring(gray: Pixels, x: int) -> None:
    cv2.circle(gray, (x, TOP + 3 * ROW_HEIGHT + 50), 170, 120, 7, cv2.LINE_AA)


def voided(gray: Pixels, x: int) -> None:
    """A line from corner to corner of the last three rows."""
    top, bottom = TOP + 2 * ROW_HEIGHT + 20, TOP + 5 * ROW_HEIGHT - 20
    ink_pages.stroke(gray, [(x - 240, top), (x + 300, bottom)])


def ticks(gray: Pixels, x: int) -> None:
    """A counter's ticks beside each row, into its first cell, as unevenly as a hand sets them."""
    for row in range(ROWS):
        y = TOP + row * ROW_HEIGHT + 50 + (0, 9, -7, 14, -12)[row % 5]
        points = [(EDGES[0] - 25, y), (EDGES[0] - 12, y + 20), (EDGES[0] + 14, y - 25)]
        ink_pages.stroke(gray, points)


def cut(gray: Pixels) -> tuple[dict[int, list[CellCrop]], dict[int, float]]:
    page = ink_pages.register(gray, ROWS, ink_pages.table_rules(ROWS))
    crops = cut_cells(page)
    rows = {n: [crop for crop in crops if crop.row == n] for n in range(1, ROWS + 1)}
    return rows, struck_rows(page, crops)


def row_of(crops: list[CellCrop]) -> SignerRow:
    values = [
        value
        for crop in crops
        for value in cell_values(
            crop,
            [Reading(spec.name, spec.kind, "Ana Roy", 0.9, "fake") for spec in crop.fields]
            if crop.ink is InkState.WRITTEN
            else [],
            Sure(),
            signature_state,
        )
    ]
    return signer_row(crops[0].row or 0, values, crops, set(), None)


@pytest.mark.parametrize("thing", [stamp, ring, voided, ticks])
def test_what_lies_over_blank_rows_makes_no_signers(thing: Callable[[Pixels, int], None]) -> None:
    """A ring over blank rows made three signers, one of them without a word."""
    page = ink_pages.table(ROWS)
    fill(page, 1)
    fill(page, 2)
    thing(page, ADDRESS + 40 if thing is not ring else ADDRESS + 210)
    rows, struck = cut(page)
    assert any(crop.ink is InkState.WRITTEN for n in (3, 4, 5) for crop in rows[n])
    assert [n for n, crops in rows.items() if row_of(crops).status is not RowStatus.BLANK] == [1, 2]
    assert not set(struck) & {1, 2}


def test_a_row_of_which_most_is_covered_waits() -> None:
    page = ink_pages.table(ROWS)
    fill(page, 1)
    stamp(page, NAME + 60)
    stamp(page, SIGNATURE - 60)
    rows, _ = cut(page)
    assert not is_lain_on(rows[4])
    row = row_of(rows[4])
    assert row.status is not RowStatus.BLANK
    inked = [value for value in row.fields if value.state is not FieldState.EMPTY]
    assert inked and all(Finding(v.field, "stained") in v.findings for v in inked)


@pytest.mark.parametrize("turn", [-9.0, 3.0, 12.0])
def test_a_signer_under_a_stamp_is_kept_and_what_it_touches_waits(turn: float) -> None:
    page = ink_pages.table(ROWS)
    for row in range(1, ROWS + 1):
        fill(page, row)
    stamp(page, ADDRESS + 30, turn=turn)
    rows, _ = cut(page)
    for number, crops in rows.items():
        signer = row_of(crops)
        assert signer.status is RowStatus.COUNTED
        told = {v.field for v in signer.fields if Finding(v.field, "stained") in v.findings}
        assert "address" in told or number not in (3, 4)
        assert not told or number in (3, 4, 5)
        assert not told & {"name", "contact"}


def test_a_stamp_over_the_collectors_box_is_no_answer() -> None:
    """The day of a stamp may be read as that of collection."""
    foot = TOP + ROWS * ROW_HEIGHT
    spec = FieldSpec("day", FieldKind.DATE)
    place = CellPlace("day", (spec,), ink_pages.box(LEFT + 200, foot + 40, LEFT + 560, foot + 120))
    frame = ink_pages.box(LEFT, foot + 20, LEFT + 620, foot + 140)
    for x, told in ((LEFT + 300, True), (LEFT + 640, False)):
        page = ink_pages.table(ROWS)
        cv2.rectangle(page, (LEFT, foot + 20), (LEFT + 620, foot + 140), 40, 2)
        ink_pages.write(page, LEFT + 220, foot + 100, 6)
        cv2.rectangle(page, (x, foot + 30), (x + 330, foot + 130), 40, 5)
        found = ink_pages.register(
            page, ROWS, ink_pages.table_rules(ROWS), collector=BoxPlace(frame, (place,))
        )
        crop = next(crop for crop in cut_cells(found) if crop.row is None)
        said = [Reading("day", spec.kind, "2026-03-12", 0.9, "fake")]
        (value,) = cell_values(crop, said, Sure(), signature_state)
        assert (Finding("day", "stained") in value.findings) is told


def test_writing_that_hangs_into_other_rows_lies_over_none() -> None:
    page = ink_pages.table(ROWS)
    for row in range(1, ROWS + 1):
        fill(page, row)
    # A tall signature over two rows, and a long tail.
    x, y = SIGNATURE + 30, TOP + 2 * ROW_HEIGHT + 60
    ink_pages.stroke(page, [(x, y), (x + 40, y - 95), (x + 80, y), (x + 120, y - 90), (x + 180, y)])
    ink_pages.stroke(page, [(NAME + 70, y), (NAME + 50, y + 90), (NAME + 30, y + 60)])
    rows, _ = cut(page)
    assert all(
        crop.overlaid == 0 and crop.laid is Laid.NONE for crops in rows.values() for crop in crops
    )


def test_a_row_without_anything_over_it_is_judged_by_its_ink_alone() -> None:
    page = ink_pages.table(ROWS)
    fill(page, 1)
    rows, _ = cut(page)
    assert not is_lain_on(rows[1]) and not is_lain_on(rows[2])
    dots = [replace(crop, ink=InkState.LOOK) for crop in rows[2]]
    assert not is_lain_on(dots)


@pytest.mark.parametrize("tone", [110, 160, 200])
def test_a_highlighter_strikes_no_row_and_hides_no_ink(tone: int) -> None:
    """A blue one over a signer's row in a gray scan had struck it for sure."""
    page = ink_pages.table(ROWS)
    fill(page, 1)
    fill(page, 2)
    bare, _ = cut(page)
    middle = TOP + ROW_HEIGHT + 50
    band = page[middle - 20 : middle + 20, NAME - 10 : CONTACT + 250]
    np.copyto(band, (band.astype(np.float32) * (tone / ink_pages.PAPER)).astype(np.uint8))
    rows, struck = cut(page)
    assert struck.get(2, 0.0) < 0.5
    for crop, before in zip(rows[2], bare[2], strict=True):
        assert crop.ink is InkState.WRITTEN
        assert crop.ink_share == pytest.approx(before.ink_share, rel=0.35)
    assert row_of(rows[3]).status is RowStatus.BLANK


def test_a_black_band_over_a_row_is_for_a_person() -> None:
    page = ink_pages.table(ROWS)
    fill(page, 1)
    fill(page, 2)
    middle = TOP + ROW_HEIGHT + 50
    page[middle - 18 : middle + 18, NAME + 20 : CONTACT + 250] = 20
    _, struck = cut(page)
    assert 0.5 <= struck[2] < 0.85
