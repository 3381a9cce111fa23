"""Who signs below the last row, where no row is, is told; what else stands there is not."""

import cv2
import numpy as np
import pytest
from drawn import draw_text
from ink_pages import COLUMNS, EDGES, ROW_HEIGHT, TOP, box, paper, register, stroke, table, write

from digitizer.assemble import sheet_doubts
from digitizer.forms.forms import Form, parse_form
from digitizer.offrows import is_signed_off_rows
from digitizer.records import NO_EDIT, BoxPlace, CellPlace, FieldKind, FieldSpec, Pixels

ROWS = 3
FOOT = TOP + ROWS * ROW_HEIGHT
MM = 200 / 25.4


def definition() -> Form:
    """A form of the columns that are drawn, with a collector's box."""
    kinds = ("name", "address", "signature", "phone")
    columns = [
        {"name": name, "header": [name], "fields": [{"name": name, "kind": kind}]}
        for name, kind in zip(COLUMNS, kinds, strict=True)
    ]
    by = {"name": "by", "label": ["Collected by:"], "kind": "text"}
    found = {"title": ["For the collector"], "fields": [by]}
    data = {"form": {"name": "drawn"}, "table": {"columns": columns}, "collector_box": found}
    return parse_form(data, source="drawn.toml")


def page() -> Pixels:
    """A page of three rows with free paper below them."""
    above = table(ROWS)[: FOOT + 8]
    return np.vstack([above, paper(600, above.shape[1])])


def name(canvas: Pixels, y: int) -> None:
    """A name in its column, its letters as large as print's."""
    write(canvas, EDGES[0] + 20, y, 11)


def address(canvas: Pixels, y: int) -> None:
    """An address in its column, from close beside the name's on."""
    write(canvas, EDGES[1] + 40, y, 14)


def signature(canvas: Pixels, y: int) -> None:
    """A wavy stroke where people sign."""
    x = EDGES[2] + 30
    points = [(x + 4.0 * n, y - 20.0 + 22.0 * np.sin(n / 4)) for n in range(40)]
    stroke(canvas, points)


def is_told(canvas: Pixels, collector: BoxPlace | None = None) -> bool:
    found = register(canvas, ROWS, [], collector=collector)
    return is_signed_off_rows(found, definition())


@pytest.mark.parametrize("below_mm", [9, 20, 60])
def test_a_name_an_address_and_a_signature_below_the_rows_are_a_signer(below_mm: int) -> None:
    canvas = page()
    y = FOOT + round(below_mm * MM)
    for entry in (name, address, signature):
        entry(canvas, y)
    assert is_told(canvas)
    told = sheet_doubts(register(canvas, ROWS, []), definition(), (), (), NO_EDIT)
    assert "signed-off-rows" in told


def test_it_may_be_written_over_the_frame_of_the_collectors_box() -> None:
    canvas = page()
    y = FOOT + 80
    for entry in (name, address, signature):
        entry(canvas, y)
    frame = (EDGES[0] + 4, y - 12, EDGES[2] - 4, y + 220)
    cv2.rectangle(canvas, frame[:2], frame[2:], 30, 3)
    field = CellPlace("by", (), box(EDGES[0] + 100, y + 60, EDGES[2] - 20, y + 120))
    assert is_told(canvas, BoxPlace(box(*frame), (field,)))


@pytest.mark.parametrize("entries", [(name, address), (signature,), (name, signature)])
def test_a_note_or_a_scribble_is_no_signer(entries: tuple[object, ...]) -> None:
    canvas = page()
    for entry in entries:
        entry(canvas, FOOT + 160)  # type: ignore[operator]
    assert not is_told(canvas)


def test_what_hangs_out_of_the_last_row_is_no_signer() -> None:
    canvas = page()
    name(canvas, FOOT + 60)
    address(canvas, FOOT + 60)
    x = EDGES[2] + 30
    stroke(canvas, [(x + 4.0 * n, FOOT + 5.0 + 40.0 * np.sin(n / 4)) for n in range(40)])
    assert not is_told(canvas)


def test_a_printed_line_that_runs_on_from_column_to_column_is_no_entry() -> None:
    canvas = page()
    said = "Please submit completed petitions to the office of the committee " * 2
    draw_text(canvas, EDGES[0] + 4, FOOT + 140, said[:96], 24)
    signature(canvas, FOOT + 160)
    assert not is_told(canvas)


def test_what_stands_on_lines_of_its_own_answers_something_else() -> None:
    canvas = page()
    y = FOOT + 200
    for entry in (name, address, signature):
        entry(canvas, y)
    for left, right in ((EDGES[0], EDGES[1] - 20), (EDGES[1], EDGES[2] - 40), EDGES[2:4]):
        cv2.line(canvas, (left + 10, y + 8), (right - 10, y + 8), 30, 2)
    assert not is_told(canvas)


def test_the_collectors_answers_stand_in_their_places() -> None:
    canvas = page()
    y = FOOT + 200
    for entry in (name, address, signature):
        entry(canvas, y)
    spec = FieldSpec("by", FieldKind.TEXT)
    fields = tuple(
        CellPlace(f"by{n}", (spec,), box(EDGES[n], y - 50, EDGES[n + 1], y + 14)) for n in range(3)
    )
    found = BoxPlace(box(EDGES[0], y - 60, EDGES[-1], y + 20), fields)
    assert not is_told(canvas, found)


def test_logos_are_no_writing() -> None:
    canvas = page()
    y = FOOT + 160
    name(canvas, y)
    address(canvas, y)
    cv2.circle(canvas, (EDGES[2] + 100, y), 40, 60, -1)
    assert not is_told(canvas)
