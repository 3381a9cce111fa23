"""What changed in a workspace since somebody looked, found without reading it all.

Several servers, `digitizer run` and `digitizer decide` may work on one
workspace. Rows are numbered as they are added, so their highest numbers tell
cheaply whether there is anything new.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from digitizer import schema as t


@dataclass(frozen=True, slots=True)
class Progress:
    """Highest numbers so far; ``ended``: how many runs have ended."""

    decision: int
    sheet: int
    source: int
    ended: int
    profile: int


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


def changed_since(connection: sa.Connection, before: Progress) -> tuple[str, ...]:
    """Ids of the sheets that were decided on, read or handed in since ``before``.

    What the end of a run may change (sheets and people found twice) is not in it.
    """
    decisions, sheets, sources = t.DECISIONS.c, t.SHEETS.c, t.SOURCES.c
    same_page = sa.and_(sheets.sha256 == sources.sha256, sheets.page == sources.page)
    found: set[str] = set()
    for wanted in (
        sa.select(decisions.sheet_id).where(decisions.id > before.decision),
        sa.select(sheets.sheet_id).where(sheets.id > before.sheet),
        sa.select(sheets.sheet_id)
        .join_from(t.SOURCES, t.SHEETS, same_page)
        .where(sources.id > before.source),
    ):
        found.update(connection.execute(wanted.distinct()).scalars())
    return tuple(sorted(found))


def _last(table: sa.Table) -> "sa.ScalarSelect[int]":
    return sa.select(sa.func.max(table.c.id)).scalar_subquery()
