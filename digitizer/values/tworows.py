"""One signer who wrote over two rows, each of which lacks what the other one has.

A row with a name and one below it with the signature are two incomplete signers, counted
nowhere, where nobody looks.
Method: of two filled rows below each other that both lack something needed, and never the same,
the fields that they lack wait for a person, who merges the rows or says that the places are
empty. Nor is a name of four words surely one person's where the row above or below is signed and
has none: who writes low or high writes into the next row. A row that lacks name and signature and
holds a part of an address most likely goes on with the row above it, whatever that one holds.
Where both rows lack the same, nothing tells that they belong together.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from digitizer.records import FieldKind, FieldState, Finding, Route, RowStatus, Signature, SignerRow
from digitizer.values.dittos import PLACE_KINDS

OVER_TWO_ROWS = "over-two-rows"
# A name of so many words may be two people's.
TWO_NAMES = 4


def with_signers_over_two_rows(
    rows: Sequence[SignerRow], required: frozenset[str]
) -> list[SignerRow]:
    """The rows, of which the fields that such a signer's rows lack are to be looked at.

    ``rows``: of a sheet, from the top; ``required``: names of the fields that a row needs.
    """
    doubted: dict[int, frozenset[str]] = {}
    twice: dict[int, frozenset[str]] = {}
    for upper, lower in pairwise(rows):
        if lower.row != upper.row + 1 or not (_is_filled(upper) and _is_filled(lower)):
            continue
        above, below = _lacking(upper, required), _lacking(lower, required)
        if above and below and not above & below:
            doubted[upper.row] = doubted.get(upper.row, frozenset()) | above
            doubted[lower.row] = below
        elif _is_rest_of_address(lower, below):
            doubted[lower.row] = below
        for holds, lacks, lacked in ((upper, lower, below), (lower, upper, above)):
            names = _two_names(holds) & lacked
            if names and _is_signed(lacks):
                doubted[lacks.row] = doubted.get(lacks.row, frozenset()) | names
                twice[holds.row] = names
    return [
        _for_review(
            _doubted(row, doubted.get(row.row, frozenset())), twice.get(row.row, frozenset())
        )
        for row in rows
    ]


def _two_names(row: SignerRow) -> frozenset[str]:
    """Fields in which the names of two people may be read as one."""
    return frozenset(
        v.field
        for v in row.fields
        if v.kind is FieldKind.NAME and v.value and len(v.value.split()) >= TWO_NAMES
    )


def _is_signed(row: SignerRow) -> bool:
    return any(v.kind is FieldKind.SIGNATURE and v.value == Signature.PRESENT for v in row.fields)


def _for_review(row: SignerRow, names: frozenset[str]) -> SignerRow:
    """The row, whose fields of these ``names`` a person sees."""
    fields = (replace(v, route=Route.REVIEW) if v.field in names else v for v in row.fields)
    return replace(row, fields=tuple(fields)) if names else row


def _is_filled(row: SignerRow) -> bool:
    return row.status not in (RowStatus.BLANK, RowStatus.STRUCK)


def _lacking(row: SignerRow, required: frozenset[str]) -> frozenset[str]:
    """Names of the fields that a signer needs and that the row surely has nothing in."""
    return frozenset(
        value.field
        for value in row.fields
        if (value.kind is FieldKind.SIGNATURE and value.value == Signature.ABSENT)
        or (value.field in required and value.state is FieldState.EMPTY)
    )


def _is_rest_of_address(row: SignerRow, lacking: frozenset[str]) -> bool:
    """Whether a row holds a part of an address, and neither a name nor a signature."""
    signer = [v for v in row.fields if v.kind in (FieldKind.NAME, FieldKind.SIGNATURE)]
    return (
        {v.kind for v in signer} == {FieldKind.NAME, FieldKind.SIGNATURE}
        and all(v.field in lacking for v in signer)
        and any(v.kind in PLACE_KINDS and v.state is FieldState.READ for v in row.fields)
    )


def _doubted(row: SignerRow, names: frozenset[str]) -> SignerRow:
    fields = tuple(
        replace(v, findings=(*v.findings, Finding(v.field, OVER_TWO_ROWS)), route=Route.REVIEW)
        if v.field in names
        else v
        for v in row.fields
    )
    return replace(row, fields=fields)
