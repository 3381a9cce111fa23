"""Statements about what was done so far: runs, files, and values that people judged.

Each function takes an open connection; ``Store.read`` gives it one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from digitizer.records import FieldKind
from digitizer.workspace import schema as t
from digitizer.workspace.decisions import STATUS, Action

# Databases take some thousands of values in one statement.
NAMES_PER_QUERY = 500


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the database keeps it; ``ended`` and ``outcome`` None while it goes on."""

    id: int
    started: str
    ended: str | None
    version: str
    settings: Mapping[str, object]
    outcome: str | None


@dataclass(frozen=True, slots=True)
class JudgedValue:
    """A value as it was read, and what a person made of it."""

    kind: FieldKind
    confidence: float
    value: str
    decided: str


def runs(connection: sa.Connection) -> tuple[Run, ...]:
    """Every run, in order."""
    found = connection.execute(sa.select(t.RUNS).order_by(t.RUNS.c.id))
    return tuple(
        Run(r.id, r.started, r.ended, r.version, json.loads(r.settings), r.outcome) for r in found
    )


def last_decision(connection: sa.Connection) -> int:
    """Number of the newest decision, 0 for none."""
    return connection.scalar(sa.select(sa.func.max(t.DECISIONS.c.id))) or 0


def time_spent(connection: sa.Connection, since: str, longest_s: float) -> tuple[int, float]:
    """Decisions since a time (UTC, ISO 8601) with a known duration, and their seconds in all.

    ``longest_s``: who took longer was away, and counts as this long.
    """
    d = t.DECISIONS.c
    seconds = sa.case((d.seconds > longest_s, longest_s), else_=d.seconds)
    wanted = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(seconds), 0.0)).where(
        d.at >= since, d.seconds.is_not(None), d.action != Action.UNDO.value
    )
    number, total = connection.execute(wanted).one()
    return int(number), float(total)


def judged_values(connection: sa.Connection) -> tuple[JudgedValue, ...]:
    """Values with a confidence about which a decision of a person stands.

    Of several readings of a page the latest.
    """
    d, s, f = t.DECISIONS.c, t.SHEETS.c, t.FIELDS.c
    joined = t.DECISIONS.join(t.SHEETS, s.sheet_id == d.sheet_id).join(
        t.FIELDS, sa.and_(f.sheet == s.id, f.row == d.row, f.field == d.field)
    )
    latest = sa.select(sa.func.max(s.id)).group_by(s.sheet_id)
    wanted = (
        sa.select(d.sheet_id, d.row, d.field, d.action, d.after, f.kind, f.value, f.confidence)
        .select_from(joined)
        .where(f.confidence.is_not(None), d.field != STATUS, s.id.in_(latest))
        .order_by(d.id)
    )
    stacks: dict[tuple[str, int, str], list[str]] = {}
    read: dict[tuple[str, int, str], tuple[str, float, str]] = {}
    for sheet, row, field, action, after, kind, value, confidence in connection.execute(wanted):
        place = (sheet, row, field)
        read[place] = (kind, confidence, value)
        stack = stacks.setdefault(place, [])
        if action != Action.UNDO.value:
            stack.append(after or "")
        elif stack:
            stack.pop()
    return tuple(
        JudgedValue(FieldKind(kind), confidence, value, stacks[place][-1])
        for place, (kind, confidence, value) in read.items()
        if stacks[place]
    )


def engines(connection: sa.Connection) -> tuple[tuple[str, int], ...]:
    """What read the fields, by its name, with their number; the most used first."""
    f = t.FIELDS.c
    number = sa.func.count()
    wanted = sa.select(f.engine, number).where(f.engine != "").group_by(f.engine)
    return tuple(
        (name, count) for name, count in connection.execute(wanted.order_by(number.desc()))
    )


def unread_files(connection: sa.Connection, names: Sequence[str] | None = None) -> frozenset[str]:
    """Files handed in of which a page was never read; ``names``: look among these alone."""
    same = sa.and_(t.SHEETS.c.sha256 == t.SOURCES.c.sha256, t.SHEETS.c.page == t.SOURCES.c.page)
    wanted = sa.select(t.SOURCES.c.source_file).where(
        t.SOURCES.c.failure_kind.is_(None), ~sa.exists().where(same)
    )
    return _among(connection, wanted, names)


def known_names(connection: sa.Connection, names: Sequence[str] | None = None) -> frozenset[str]:
    """Names of files that were ever handed in; ``names``: look among these alone."""
    return _among(connection, sa.select(t.SOURCES.c.source_file).distinct(), names)


def _among(
    connection: sa.Connection, wanted: "sa.Select[tuple[str]]", names: Sequence[str] | None
) -> frozenset[str]:
    if names is None:
        return frozenset(connection.scalars(wanted))
    found: set[str] = set()
    for start in range(0, len(names), NAMES_PER_QUERY):
        chunk = names[start : start + NAMES_PER_QUERY]
        found |= set(connection.scalars(wanted.where(t.SOURCES.c.source_file.in_(chunk))))
    return frozenset(found)
