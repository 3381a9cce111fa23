"""Words printed in cells are no writing, also where nobody could read them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from drawn import draw_text
from ink_pages import EDGES, ROW_HEIGHT, TOP, register, table, table_rules, write

from digitizer.forms.forms import Column, Form
from digitizer.layout.print.typicalrow import enlarged_row, no_print
from digitizer.layout.table import cellparts
from digitizer.layout.table.cellparts import split_cells
from digitizer.records import FieldKind, FieldSpec, InkState, Pixels, Polygon, RegisteredPage
from digitizer.segment import cut_cells

ROWS = 6
CAPTIONED = Form(
    name="form",
    language="en",
    petition="",
    phrases=(),
    columns=tuple(
        Column(
            name, (), (FieldSpec(name, FieldKind.NAME),), captions=((caption,) if caption else (),)
        )
        for name, caption in (("name", "PRINTED NAME"), ("address", ""))
    ),
    box=None,
    source="test",
)


def page_with_captions() -> RegisteredPage:
    """Rows with a caption in the first cell; people wrote in the first two rows."""
    gray = table(ROWS)
    for row in range(ROWS):
        draw_text(gray, EDGES[0] + 8, TOP + row * ROW_HEIGHT + 5, "PRINTED NAME", 18)
        if row < 2:
            write(gray, EDGES[0] + 20 + 30 * row, TOP + row * ROW_HEIGHT + 75, 7)
    found = register(gray, ROWS, table_rules(ROWS))
    rows = tuple(replace(row, cells=row.cells[:2]) for row in found.rows)
    return replace(found, rows=rows)


def test_rows_are_laid_over_each_other_once_for_words_and_for_boxes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = page_with_captions()
    fields = tuple(FieldSpec(name, FieldKind.CHECKBOX) for name in ("yes", "no"))
    ticked = Column("name", (), fields, captions=(("Yes",), ("No",)))
    laid = []

    def lay(gray: Pixels, rows: Sequence[Polygon]) -> Pixels:
        laid.append(len(rows))
        return enlarged_row(gray, rows)

    monkeypatch.setattr(cellparts, "enlarged_row", lay)
    form = replace(CAPTIONED, columns=(ticked, CAPTIONED.columns[1]))
    split_cells(page.rows, form, page.page.gray, no_print)
    assert laid == [ROWS]


def test_a_caption_that_could_not_be_read_is_no_writing() -> None:
    page = page_with_captions()
    rows = split_cells(page.rows, CAPTIONED, page.page.gray, no_print)
    assert all(cell.captioned == (cell.column == "name") for row in rows for cell in row.cells)
    crops = {c.row: c for c in cut_cells(replace(page, rows=rows)) if c.column == "name"}
    assert [crops[row].ink for row in (1, 2)] == [InkState.WRITTEN] * 2
    assert [crops[row].ink for row in range(3, ROWS + 1)] == [InkState.EMPTY] * (ROWS - 2)
