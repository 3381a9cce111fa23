"""Rows with two captioned lines of writing: cut between them, and no guess for being high."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from drawn import blank
from layout_pages import registered_on

from digitizer.forms.forms import parse_form
from digitizer.layout.table.cellparts import prints_captions_once, split_cells
from digitizer.records import CellPlace, Pixels, PrintedWord, RowPlace
from digitizer.writing.printedrules import missed_borders
from scripts.sheets.draw import MM_PER_INCH
from scripts.sheets.fill import RowKind, fill_sheet
from scripts.sheets.fonts import system_fonts
from scripts.sheets.layouts import PLANS, draw_plan
from scripts.sheets.scribes import FontScribe

COLUMNS = [
    {
        "name": "contact",
        "fields": [
            {"name": "name", "kind": "name", "caption": ["Nom"]},
            {"name": "email", "kind": "email", "caption": ["Courriel"]},
        ],
    }
]
FORM = parse_form({"form": {"name": "stacked"}, "table": {"columns": COLUMNS}}, source="f")
WIDTH, HIGH = 700.0, 120.0


def rows_of(count: int) -> list[RowPlace]:
    rows = []
    for number in range(count):
        top = 100.0 + HIGH * number
        shape = ((100.0, top), (800.0, top), (800.0, top + HIGH), (100.0, top + HIGH))
        cell = CellPlace("contact", FORM.columns[0].fields, shape)
        rows.append(RowPlace(number + 1, shape, (cell,)))
    return rows


def said(*captions: tuple[str, float, float]) -> list[PrintedWord]:
    """Captions by their upper and lower edges, in shares of the row."""
    return [PrintedWord(text, (0.02, top, 0.12, low), 0.9) for text, top, low in captions]


def reader(*captions: tuple[str, float, float]) -> Callable[[Pixels], Sequence[PrintedWord]]:
    """Reads these captions in whatever is shown it: a row and the margin around it."""

    def read(pixels: Pixels) -> Sequence[PrintedWord]:
        width, height = pixels.shape[1] - 16, pixels.shape[0] - 16  # the typical row's margin
        return [
            replace(
                word,
                box=tuple(
                    v * size + 8
                    for v, size in zip(word.box, (width, height, width, height), strict=True)
                ),
            )
            for word in said(*captions)
        ]

    return read


@pytest.mark.parametrize(
    ("first", "second", "cut"),
    [
        ((0.093, 0.191), (0.562, 0.668), (0.42, 0.56)),
        ((0.080, 0.191), (0.562, 0.668), (0.42, 0.56)),
        ((0.300, 0.420), (0.800, 0.920), (0.45, 0.55)),
        ((0.200, 0.300), (0.700, 0.800), (0.45, 0.55)),
    ],
    ids=["hanging", "hanging a hair higher", "on the foot of its half", "in the middle of it"],
)
def test_writing_below_its_caption_is_not_the_next_captions(
    first: tuple[float, float], second: tuple[float, float], cut: tuple[float, float]
) -> None:
    """A pixel's difference cut names right under the word "Nom"."""
    read = reader(("Nom", *first), ("Courriel", *second))
    rows = split_cells(rows_of(4), FORM, blank(900, 700), read)
    (name, email) = (np.array(cell.polygon) for cell in rows[0].cells)
    at = (name[:, 1].max() - 100.0) / HIGH
    assert cut[0] < at < cut[1]
    assert email[:, 1].min() == pytest.approx(name[:, 1].max())


def test_cells_of_a_column_that_the_first_table_lacks_are_cut_at_their_captions() -> None:
    first, *others = rows_of(4)
    read = reader(("Nom", 0.1, 0.2), ("Courriel", 0.6, 0.7))
    rows = split_cells([replace(first, cells=()), *others], FORM, blank(900, 700), read)
    assert [[cell.column for cell in row.cells] for row in rows] == [[], *[["name", "email"]] * 3]


def test_no_ruling_is_looked_for_between_captions_of_one_cell() -> None:
    """A stroke through the whole row was wiped where the name ends and the email begins."""
    ((shape, whole),) = [(row.polygon, row.cells[0]) for row in rows_of(1)]
    (left, top), (right, low) = shape[0], shape[2]
    middle, captions = (top + low) / 2, ((110.0, 110.0, 180.0, 122.0), (110.0, 165.0, 180.0, 177.0))
    parts = tuple(
        replace(
            whole, column=name, polygon=((left, a), (right, a), (right, b), (left, b)),
            captions=captions,
        )
        for name, a, b in (("name", top, middle), ("email", middle, low))
    )  # fmt: skip
    found = missed_borders((), (RowPlace(1, shape, parts),))
    heights = sorted(float(rule.points[:, 1].mean()) for rule in found if rule.horizontal)
    assert heights == [top, low]
    # Cells with captions of their own are ruled apart.
    ruled = (parts[0], replace(parts[1], captions=captions[1:]))
    assert len(missed_borders((), (RowPlace(1, shape, ruled),))) > len(found)


def test_captions_are_printed_once_in_a_row_and_twice_where_a_line_is_lost() -> None:
    once = said(("Nom :", 0.09, 0.19), ("Courriel :", 0.56, 0.66))
    assert prints_captions_once(rows_of(3), FORM, once)
    assert not prints_captions_once(rows_of(3), FORM, once[:1])
    twice = said(("Nom", 0.05, 0.1), ("Courriel", 0.3, 0.35), ("Nom", 0.55, 0.6))
    assert not prints_captions_once(rows_of(3), FORM, [*twice, *said(("Courriel", 0.8, 0.85))])
    assert not prints_captions_once(rows_of(3), FORM, twice)


def stacked_sheet(line_mm: float, rows: int) -> tuple[Pixels, list[float], float]:
    """A filled sheet with two captioned lines a signer; its lines, px, and px a millimetre."""
    plan = replace(PLANS["stacked-en"], line_mm=(line_mm, line_mm), rows=(rows, rows))
    random = np.random.default_rng([3, 7])
    drawing = draw_plan(plan, system_fonts(), random)
    kinds = [RowKind.FULL] * len(drawing.rows)
    sheet = fill_sheet(drawing, kinds, FontScribe(system_fonts()), random)
    scale = drawing.dpi / MM_PER_INCH
    edges = [row.rect[1] * scale for row in drawing.rows]
    return sheet.pixels, [*edges, drawing.rows[-1].rect[3] * scale], scale


def test_high_rows_with_two_captioned_lines_of_writing_are_no_guess() -> None:
    """Five signers were ten, or each waited for a person who had to say that they are five."""
    pixels, edges, _ = stacked_sheet(26.0, 5)
    found = registered_on(pixels, "stacked-en")
    assert len(found.rows) == len(edges) - 1 and not found.rows_guessed


def test_high_rows_whose_captions_stand_twice_in_them_are_guessed() -> None:
    pixels, edges, scale = stacked_sheet(17.0, 8)
    bare = pixels.copy()
    for y in edges[1:-1:2]:
        near = round(0.6 * scale)
        bare[round(y) - near : round(y) + near + 1] = pixels[round(y) - near - 1]
    found = registered_on(bare, "stacked-en")
    assert found.form == "stacked-en" and found.rows_guessed
