"""Which reading a sheet shows, of the several that its page may have.

A page is read once under each settings; shown is the reading of those that it was handed in
with last, but none that lost the signers of another (``keeping``). Copies show one reading.
"""

import hashlib
import re
from collections.abc import Sequence

import sqlalchemy as sa

from digitizer.workspace import keeping, statements
from digitizer.workspace import schema as t

# Ending of the name of a page's second, third ... copy.
_COPY = re.compile(r"-c\d+$")
# Digits that tell a page's geometry from the few others that it had.
MARK_DIGITS = 16


def reading_id(sheet_id: str) -> str:
    """Name of the reading that a sheet shows: copies of a page show one reading."""
    return _COPY.sub("", sheet_id)


def rows_marks(connection: sa.Connection, sheet_ids: Sequence[str]) -> dict[str, str]:
    """Of each sheet a digest of where its rows and cells lie, empty where nobody knows.

    As long as it is the same, a row's number means the same ink, however often the page
    was read.
    """
    found = {name: geometry_text(connection, name) for name in sheet_ids}
    return {
        name: hashlib.sha256(text.encode()).hexdigest()[:MARK_DIGITS] if text else ""
        for name, text in found.items()
    }


def shown(connection: sa.Connection, sheet_id: str) -> "sa.Row[tuple[object, ...]] | None":
    """The reading that a sheet shows, as ``statements.readings`` chooses it."""
    sheets = t.SHEETS.c
    listed = [column for column in t.SHEETS.columns if column is not sheets.geometry]
    wanted = sa.select(*listed).where(sheets.sheet_id == reading_id(sheet_id))
    found = connection.execute(wanted.order_by(sheets.id)).all()
    if len(found) < 2:
        return found[0] if found else None
    hashes = [known for _, known in statements.sources_of(connection, (reading_id(sheet_id),))]
    return keeping.chosen({row.settings_hash: row for row in found}, hashes[-1] if hashes else "")


def geometry_text(
    connection: sa.Connection, sheet_id: str, *, with_rows: bool = False
) -> str | None:
    """``with_rows``: only where rows were read, not a grid that waits to be dragged."""
    sheet = shown(connection, sheet_id)
    if sheet is None or (with_rows and sheet.rows_on_form is None):
        return None
    wanted = sa.select(t.SHEETS.c.geometry).where(t.SHEETS.c.id == sheet.id)
    return connection.execute(wanted).scalar()


def names_of(connection: sa.Connection, sheet_id: str) -> tuple[str, ...]:
    """A sheet's name and those of its copies."""
    count = len(statements.sources_of(connection, (sheet_id,)))
    return (sheet_id, *(f"{sheet_id}-c{n}" for n in range(2, count + 1)))
