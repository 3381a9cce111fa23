"""Stains are no ink: rims of rings and drops, while pale strokes stay."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from layout_pages import drawn, registered_on

from digitizer.records import CellCrop, FieldKind, FieldSpec, InkState, Mark, Pixels, Signature
from digitizer.segment import cut_cells, signature_state
from digitizer.writing.ink import measure_ink
from digitizer.writing.stains import find_stains, with_hidden

SIZE = (900, 1200)
Floats = npt.NDArray[np.float32]


def paper(noise: float = 1.5) -> Floats:
    rng = np.random.default_rng(8)
    return (250 + rng.normal(0, noise, SIZE)).astype(np.float32)


def ring(
    size: tuple[int, int], center: tuple[float, float], radius: float, dark: float, fade: float
) -> Floats:
    """Darkness of a cup's ring, px: sharp on its outer side, fading by ``fade`` on its inner."""
    ys, xs = np.mgrid[: size[0], : size[1]].astype(np.float32)
    inside = radius - np.hypot(xs - center[0], ys - center[1])
    rim = np.exp(-np.maximum(inside, 0) / fade) / (1 + np.exp(np.clip(-inside, -40, 40)))
    return np.asarray(dark * rim, dtype=np.float32)


def lettered(page: Floats, text: str, at: tuple[int, int], gray: float, thick: int) -> Floats:
    """The page with a text on it."""
    cover = np.zeros(SIZE, np.uint8)
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(cover, text, at, font, 1.8, 255, thick, cv2.LINE_AA)
    share = cv2.GaussianBlur(cover, (0, 0), 0.7).astype(np.float32) / 255
    return np.asarray(page * (1 - share) + gray * share, dtype=np.float32)


def written(page: Floats, gray: float, thick: int = 4) -> Floats:
    """The page with lines of one pen below its printed title."""
    page = lettered(page, "PETITION", (90, 80), 30, 5)
    for k, y in enumerate(range(190, 860, 130)):
        page = lettered(page, ("Anna Roy 12 Elm", "Luc Caron 7 Pine")[k % 2], (90, y), gray, thick)
    return page


def as_gray(page: Floats) -> Pixels:
    return np.clip(page, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("fade", [9.0, 14.0])
@pytest.mark.parametrize("dark", [110.0, 140.0])
def test_rim_of_a_ring_is_no_ink(dark: float, fade: float) -> None:
    page = lettered(paper(), "WE THE PETITIONERS ASK", (90, 80), 30, 5)
    page = lettered(page, "FOR CLEAN WATER NOW", (90, 150), 30, 5)
    ink = measure_ink(as_gray(page - ring(SIZE, (620, 530), 300, dark, fade)))
    table = np.zeros(SIZE, dtype=np.bool_)
    table[200:] = True
    strokes = ink.mask & table
    assert strokes.sum() > 2000
    assert (find_stains(ink, strokes) & strokes).sum() > 0.9 * strokes.sum()


@pytest.mark.parametrize("gray", [185.0, 150.0, 60.0], ids=["pencil", "pale pen", "pen"])
@pytest.mark.parametrize("thick", [2, 4, 9])
@pytest.mark.parametrize("noise", [1.5, 5.0])
def test_strokes_of_pens_are_no_stain(gray: float, thick: int, noise: float) -> None:
    ink = measure_ink(as_gray(written(paper(noise), gray, thick)))
    assert find_stains(ink, ink.mask).sum() <= 0.005 * ink.mask.sum()


def test_writing_on_a_gray_band_is_no_stain() -> None:
    page = paper()
    for top in range(100, 800, 260):
        page[top : top + 130] -= 25
    ink = measure_ink(as_gray(written(page, 140)))
    assert find_stains(ink, ink.mask).sum() <= 0.01 * ink.mask.sum()


def test_letters_that_a_ring_crosses_stay() -> None:
    page = written(paper(), 60)
    letters = page < 150
    ink = measure_ink(as_gray(page - ring(SIZE, (420, 450), 250, 70, 9)))
    found = find_stains(ink, ink.mask)
    assert (found & letters).sum() < 0.03 * letters.sum()
    assert found.sum() > 2000


def test_ring_over_blank_rows_signs_nothing() -> None:
    blank = drawn("amnesty-canada-en")
    table = np.array([row.rect for row in blank.rows]) * blank.dpi / 25.4
    middle = float(table[:, 0].min() + 900), float((table[:, 1].min() + table[:, 3].max()) / 2)
    page = blank.pixels.astype(np.float32) - ring(blank.pixels.shape, middle, 290, 110, 8)
    crops = cut_cells(registered_on(as_gray(page), "amnesty-canada-en"))
    assert {crop.row for crop in crops if crop.row} == {row.row for row in blank.rows}
    written_rows = [crop.row for crop in crops if crop.row and crop.ink is InkState.WRITTEN]
    signed = [crop.row for crop in crops if signature_state(crop)[0] is Signature.PRESENT]
    assert not written_rows
    assert not [row for row in signed if row]


def crop(row: int, name: str, kind: FieldKind, ink: InkState) -> CellCrop:
    nothing = np.full((8, 8), 255, np.uint8)
    return CellCrop(
        row, name, (FieldSpec(name, kind),), nothing, nothing, (), ink, 0.9, Mark.NONE, 0.0, 0.0,
        (0, 0, 8, 8),
    )  # fmt: skip


def test_cell_that_a_stain_emptied_is_unclear_where_somebody_wrote() -> None:
    cells = [
        crop(1, "name", FieldKind.NAME, InkState.WRITTEN),
        crop(1, "address", FieldKind.ADDRESS, InkState.EMPTY),
        crop(1, "signature", FieldKind.SIGNATURE, InkState.EMPTY),
        crop(2, "name", FieldKind.NAME, InkState.EMPTY),
        crop(2, "signature", FieldKind.SIGNATURE, InkState.EMPTY),
    ]
    states = [one.ink for one in with_hidden(cells, [2, 3, 4, 5])]
    assert states == [
        InkState.WRITTEN, InkState.WRITTEN, InkState.LOOK, InkState.EMPTY, InkState.EMPTY
    ]  # fmt: skip


def test_drop_in_a_signature_cell_is_no_signature() -> None:
    shown = np.full((90, 300), 255, np.uint8)
    cv2.circle(shown, (150, 45), 11, 90, -1)
    drop = CellCrop(
        1, "signature", (FieldSpec("signature", FieldKind.SIGNATURE),), shown, shown, (),
        InkState.WRITTEN, 0.99, Mark.NONE, 0.0, 0.02, (0, 0, 300, 90),
    )  # fmt: skip
    assert signature_state(drop)[0] is Signature.UNCLEAR
