"""What lies over rows: which rows it hides, which are nobody's, and which fields a person sees."""

from collections.abc import Sequence
from dataclasses import replace

from digitizer.forms.forms import Form
from digitizer.layout.rows.coveredrows import covered_rows
from digitizer.layout.rows.cutrows import rows_cut_off
from digitizer.records import (
    CellCrop,
    FieldKind,
    FieldState,
    FieldValue,
    Finding,
    InkState,
    Laid,
    PageEdit,
    RegisteredPage,
)
from digitizer.states import PRINTED_KINDS

# Something lies over a cell from this share of it on, and hides it from that.
TOUCHED, COVERED = 0.02, 0.3
STAINED = "stained"
# Lines over so many filled rows, and this share of them, void the sheet.
CROSSED_ROWS, CROSSED_SHARE = 3, 0.6


def hidden_rows(registered: RegisteredPage, form: Form, edit: PageEdit) -> tuple[int, ...]:
    """Numbers of the rows that something hides, unless a person saved the page's rows."""
    if edit.row_lines:
        return ()
    covered = covered_rows(registered.rows, registered.page.gray)
    return (*covered, *rows_cut_off(registered, form))


def is_lain_on(crops: Sequence[CellCrop]) -> bool:
    """Whether all ink of a row is of what lies over it, and a signer's would show beside that.

    ``crops``: the row's cells. Where most of them are covered, or letters stand over the name's
    (without one, the signature's) that may be the signer's, nobody knows.
    """
    cells = [c for c in crops if any(spec.kind not in PRINTED_KINDS for spec in c.fields)]
    inked = [c for c in cells if c.ink is not InkState.EMPTY]
    if not inked or any(c.laid is Laid.NONE for c in inked):
        return False
    bare = [
        c for c in cells if c.laid is Laid.ALL or (c.ink is InkState.EMPTY and c.overlaid < COVERED)
    ]
    named, signed = (
        [c for c in cells if any(spec.kind is kind for spec in c.fields)]
        for kind in (FieldKind.NAME, FieldKind.SIGNATURE)
    )
    return all(c in bare for c in named or signed) and 2 * len(bare) >= len(cells)


def is_crossed_out(crops: Sequence[CellCrop]) -> bool:
    """Whether a cross or slash goes over most of the rows that somebody filled."""
    cells = [c for c in crops if any(spec.kind not in PRINTED_KINDS for spec in c.fields)]
    written = [c for c in cells if c.ink is InkState.WRITTEN and c.laid is not Laid.ALL]
    filled = {c.row for c in written if c.row is not None}
    crossed = filled & {c.row for c in cells if c.crossed}
    return len(crossed) >= max(CROSSED_ROWS, CROSSED_SHARE * len(filled))


def with_stain(values: Sequence[FieldValue], crop: CellCrop) -> tuple[FieldValue, ...]:
    """The values of a cell, those over which something lies told so."""
    if crop.overlaid < TOUCHED and crop.laid is Laid.NONE and not crop.crossed:
        return tuple(values)
    return tuple(
        replace(value, findings=(*value.findings, Finding(value.field, STAINED)))
        if value.state is not FieldState.EMPTY or crop.overlaid >= COVERED
        else value
        for value in values
    )
