"""Rows whose writing is too pale to be told from the back's: those that wait, and the sheet's word.

One such cell may be a stain or a mark of the back; a signer leaves several.
"""

from collections.abc import Sequence

from digitizer.records import CellCrop, InkState, Pale
from digitizer.states import PRINTED_KINDS

# Who signs writes a name and something else.
LEAST_CELLS = 2


def is_pale_signer(crops: Sequence[CellCrop]) -> bool:
    """Whether a row's cells hold pale writing with a pen's edges: it waits, and is not blank."""
    return sum(c.pale is Pale.SHARP for c in _written_by_hand(crops)) >= LEAST_CELLS


def may_hide_signers(crops: Sequence[CellCrop]) -> bool:
    """Whether a row of the page that seems blank holds so much of what is taken for the back's."""
    rows: dict[int, list[CellCrop]] = {}
    for crop in _written_by_hand(crops):
        if crop.row is not None:
            rows.setdefault(crop.row, []).append(crop)
    return any(
        all(c.ink is InkState.EMPTY for c in cells)
        and sum(c.pale is not Pale.NONE for c in cells) >= LEAST_CELLS
        for cells in rows.values()
    )


def _written_by_hand(crops: Sequence[CellCrop]) -> list[CellCrop]:
    """The cells in which nothing is printed."""
    return [c for c in crops if any(spec.kind not in PRINTED_KINDS for spec in c.fields)]
