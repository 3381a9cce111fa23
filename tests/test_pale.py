"""Pencil so pale that it was taken for the back's is told; what shines through is not."""

from typing import Any

import cv2
import ink_pages
import numpy as np
import pytest
from ink_pages import EDGES, ROW_HEIGHT, TOP
from test_assemble import ADDRESS, NAME, SIGNATURE, crop, values_of

from digitizer.assemble import signer_row
from digitizer.palerows import is_pale_signer, may_hide_signers
from digitizer.records import (
    CellCrop,
    FieldState,
    InkState,
    Pale,
    RowStatus,
    Signature,
)
from digitizer.segment import cut_cells, signature_state

ROWS = 3


def _cells(pale: int, soft: float = 0.0) -> dict[tuple[int | None, str], CellCrop]:
    """A dark signer in row 1 and one in gray ``pale``, blurred by ``soft`` px, in row 2."""
    page, other = ink_pages.table(ROWS), ink_pages.paper(*ink_pages.table(ROWS).shape)
    for row, canvas, gray in ((1, page, 40), (2, other, pale)):
        for i, letters in enumerate((10, 15, 7, 11)):
            baseline = TOP + (row - 1) * ROW_HEIGHT + 62
            ink_pages.write(canvas, EDGES[i] + 20, baseline, letters, gray=gray)
    if soft:
        other = np.asarray(cv2.GaussianBlur(other, (0, 0), soft), np.uint8)
    page = np.minimum(page, other)
    crops = cut_cells(ink_pages.register(page, ROWS, ink_pages.table_rules(ROWS)))
    return {(c.row, c.column): c for c in crops}


def _row(cells: dict[tuple[int | None, str], CellCrop], row: int) -> list[CellCrop]:
    return [c for (number, _), c in cells.items() if number == row]


def test_pale_pencil_with_sharp_edges_may_be_a_signers() -> None:
    cells = _cells(pale=211)
    assert {c.ink for c in _row(cells, 2)} == {InkState.EMPTY}  # too pale to be ink
    assert is_pale_signer(_row(cells, 2))
    assert signature_state(cells[2, "signature"])[0] is Signature.UNCLEAR
    for row in (1, 3):
        assert not is_pale_signer(_row(cells, row))
        assert signature_state(cells[3, "signature"])[0] is Signature.ABSENT


@pytest.mark.parametrize("soft", [1.6, 2.2])
def test_what_shines_through_is_no_signers(soft: float) -> None:
    cells = _cells(pale=195, soft=soft)
    assert not is_pale_signer(_row(cells, 2))
    assert all(c.pale is not Pale.SHARP for c in cells.values())


def _pale_row(*pale: Pale, **more: Any) -> list[CellCrop]:
    specs = (NAME, ADDRESS, SIGNATURE)
    return [
        crop(spec, column=spec.name, ink=InkState.EMPTY, pale=one, **more)
        for spec, one in zip(specs, pale, strict=True)
    ]


@pytest.mark.parametrize(
    ("pale", "status"),
    [
        ((Pale.SHARP, Pale.NONE, Pale.SHARP), RowStatus.COUNTED),
        ((Pale.NONE, Pale.NONE, Pale.SHARP), RowStatus.BLANK),
        ((Pale.SOFT, Pale.SOFT, Pale.SOFT), RowStatus.BLANK),
    ],
)
def test_a_row_of_pale_pencil_is_a_row(pale: tuple[Pale, ...], status: RowStatus) -> None:
    cells = _pale_row(*pale)
    values = [v for c in cells for v in values_of(c, signature=(Signature.ABSENT, 0.9))]
    assert signer_row(1, values, cells, set(), None).status is status


def test_a_field_in_pale_pencil_is_unread_not_empty() -> None:
    (value,) = values_of(crop(NAME, ink=InkState.EMPTY, pale=Pale.SHARP))
    assert value.state is FieldState.UNREAD
    (value,) = values_of(crop(NAME, ink=InkState.EMPTY, pale=Pale.SOFT))
    assert value.state is FieldState.EMPTY


def test_a_row_that_seems_blank_over_much_of_the_backs_is_told() -> None:
    assert may_hide_signers(_pale_row(Pale.SOFT, Pale.NONE, Pale.SOFT))
    assert not may_hide_signers(_pale_row(Pale.SOFT, Pale.NONE, Pale.NONE))
    written = [*_pale_row(Pale.SOFT, Pale.SOFT, Pale.NONE), crop(ADDRESS, column="more")]
    assert not may_hide_signers(written)
