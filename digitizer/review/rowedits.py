"""Two people in one row of the form -> two rows, as decisions.

Rows keep the numbers of the form, so the second person goes into a row that
holds no ink: the nearest one below, else the nearest above, and on a full
sheet into a number behind the last, which no other row can have. The decisions
are one batch: taken back, everything is as it was.

Merging two rows and dittos are verbs of a single row and live in ``verbs``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from digitizer.corrections import decide
from digitizer.errors import UsageError
from digitizer.ids import record_id
from digitizer.records import FieldKind
from digitizer.review.desk import new_batch
from digitizer.review.texts import say
from digitizer.workspace.decisions import SHEET, Decision
from digitizer.workspace.stored import RecordRow, SheetRow

# What stands between two people who share a row, in English and French.
_BETWEEN = re.compile(r"\s+(?:and|et|und|y|&|\+|/|;)\s+|\s*[&+/;]\s*", re.IGNORECASE)


def two_people(record: RecordRow) -> tuple[dict[str, str], dict[str, str]]:
    """A proposal for the two rows: names taken apart, all else for both of them.

    ``Jean et Marie Roy`` gives ``Jean Roy`` and ``Marie Roy``; phone and email
    stay with the first, whose they are is not known.
    """
    first = {value.field: value.value for value in record.fields}
    second = dict(first)
    for value in record.fields:
        if value.kind is FieldKind.NAME:
            first[value.field], second[value.field] = _two_names(value.value)
        elif value.kind in (FieldKind.PHONE, FieldKind.EMAIL):
            second[value.field] = ""
    return first, second


def free_row(sheet: SheetRow, records: Sequence[RecordRow], row: int) -> int:
    """The number that a second person of ``row`` gets."""
    taken = {record.row for record in records} | {SHEET, row}
    last = max(sheet.rows_on_form or 0, *taken)
    below = [n for n in range(row + 1, last + 1) if n not in taken]
    above = [n for n in range(row - 1, 0, -1) if n not in taken]
    return (below or above or [last + 1])[0]


def split(
    sheet: SheetRow,
    records: Sequence[RecordRow],
    row: int,
    first: Mapping[str, str],
    second: Mapping[str, str],
    *,
    who: str,
    language: str = "en",
) -> tuple[Decision, ...]:
    """Decisions that leave ``first`` in ``row`` and put ``second`` into a free one.

    Values by field, of both rows all that are known; empty ones of ``second``
    are left out. Raises UsageError, in ``language``.
    """
    record = next((r for r in records if r.row == row), None)
    if record is None:
        raise UsageError(say("rowedits.no_ink", language))
    found = {name: text for name, text in second.items() if text.strip()}
    if not found:
        raise UsageError(say("rowedits.no_second", language))
    number = free_row(sheet, records, row)
    # A full form gets one row more than was printed on it.
    wider = replace(sheet, rows_on_form=max(sheet.rows_on_form or 0, number))
    changed = {n: text for n, text in first.items() if _text(record, n) != text}
    name = sheet.sheet_id
    made = (
        *decide(
            [(wider, records)],
            record_id(name, row),
            values=changed,
            who=who,
            why=f"split: second person in row {number}",
        ),
        *decide(
            [(wider, records)],
            record_id(name, number),
            values=found,
            who=who,
            why=f"split: second person of row {row}",
        ),
    )
    batch = new_batch()
    return tuple(replace(decision, batch=batch) for decision in made)


def _text(record: RecordRow, name: str) -> str:
    value = record.get(name)
    return value.value if value is not None else ""


def _two_names(text: str) -> tuple[str, str]:
    parts = [part.strip() for part in _BETWEEN.split(text, maxsplit=1)]
    if len(parts) < 2 or not all(parts):
        return text, ""
    upper, lower = parts
    if len(upper.split()) == 1 and len(lower.split()) > 1:
        # The surname stands once, behind the second given name.
        upper = f"{upper} {lower.split(maxsplit=1)[1]}"
    return upper, lower
