"""What changed in a workspace since somebody looked, found without reading it all.

Several servers, `digitizer run` and `digitizer decide` may work on one
workspace. Rows are numbered as they are added, so their highest numbers tell
cheaply whether there is anything new.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from digitizer.ids import sheet_of
from digitizer.workspace import schema as t


@dataclass(frozen=True, slots=True)
class Progress:
    """Highest numbers so far; ``ended``: how many runs have ended."""

    decision: int
    sheet: int
    source: int
    ended: int
    profile: int


@dataclass(frozen=True, slots=True)
class Changed:
    """``rows``: (sheet id, row) that somebody decided about; ``sheets``: ids of those read."""

    rows: tuple[tuple[str, int], ...]
    sheets: tuple[str, ...]


def progress(connection: sa.Connection) -> Progress:
    """How far the workspace is now."""
    ended = sa.select(sa.func.count()).where(t.RUNS.c.ended.is_not(None))
    row = connection.execute(
        sa.select(
            _last(t.DECISIONS),
            _last(t.SHEETS),
            _last(t.SOURCES),
            ended.scalar_subquery(),
            _last(t.PROFILES),
        )
    ).one()
    return Progress(*(number or 0 for number in row))


def sheets_of_same_people(connection: sa.Connection, records: Sequence[str]) -> tuple[str, ...]:
    """Ids of the sheets with rows that are or may be the same people's as ``records``.

    What people decide about a row may change whether those count.
    """
    columns = t.SIGNER_DUPLICATES.c
    known: set[str] = set()
    names = set(records)
    while names - known:
        new = names - known
        known |= new
        wanted = sa.or_(columns.record_id.in_(new), columns.duplicate_of.in_(new))
        found = connection.execute(sa.select(columns.record_id, columns.duplicate_of).where(wanted))
        names |= {name for pair in found for name in pair}
    return tuple(sorted({sheet_of(name) for name in names - set(records)}))


def changed_since(connection: sa.Connection, before: Progress) -> Changed:
    """What was decided, read or handed in since ``before``.

    What the end of a run may change (sheets and people found twice) is not in it.
    """
    decisions, sheets, sources = t.DECISIONS.c, t.SHEETS.c, t.SOURCES.c
    decided = sa.select(decisions.sheet_id, decisions.row).where(decisions.id > before.decision)
    rows = connection.execute(decided.distinct()).all()
    read = sa.select(sheets.sheet_id).where(sheets.id > before.sheet)
    found = set(connection.execute(read).scalars())
    # In two steps: a join would go through all sheets to find that there is nothing new.
    came = sa.select(sources.sha256, sources.page).where(sources.id > before.source)
    pages = {(row.sha256, row.page) for row in connection.execute(came)}
    if pages:
        wanted = sa.select(sheets.sheet_id, sheets.sha256, sheets.page).where(
            sheets.sha256.in_({sha for sha, _ in pages})
        )
        for row in connection.execute(wanted):
            if (row.sha256, row.page) in pages:
                found.add(row.sheet_id)
    return Changed(tuple((sheet, row) for sheet, row in rows), tuple(sorted(found)))


def _last(table: sa.Table) -> "sa.ScalarSelect[int]":
    return sa.select(sa.func.max(table.c.id)).scalar_subquery()
