"""Statements about what people did: decisions, the profile in force, samples.

All of it is appended to and never changed, but for what a person reports about
a sample's fields. Each function takes an open connection; ``store`` holds the
transactions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from digitizer.workspace import schema as t
from digitizer.workspace.decisions import Action, Decision, last_step
from digitizer.workspace.statements import new_key


@dataclass(frozen=True, slots=True)
class SampledField:
    """An accepted field drawn for checking; ``right``: what a person found, None: not yet."""

    record_id: str
    field: str
    value: str
    confidence: float | None
    crop: str | None
    right: bool | None = None
    right_value: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """A random sample of accepted fields; ``population``: how many there were."""

    id: int
    at: str
    seed: int
    population: int
    fields: tuple[SampledField, ...]


# Decisions of a person looked through at a time for the last that stands.
STEPS_PER_LOOK = 100

# Number of our PostgreSQL advisory lock for decisions: with it they are numbered in
# the order in which they take effect, and a check and what follows from it are one.
_DECISIONS_LOCK = 4_211_905_378


def save_decisions(connection: sa.Connection, decisions: Sequence[Decision]) -> None:
    """Append decisions, in order."""
    if not decisions:
        return
    take_turn(connection)
    now = _now()
    connection.execute(
        t.DECISIONS.insert(),
        [
            {
                "at": decision.at or now,
                "who": decision.who,
                "sheet_id": decision.sheet_id,
                "row": decision.row,
                "field": decision.field,
                "action": decision.action.value,
                "before": decision.before,
                "after": decision.after,
                "seconds": decision.seconds,
                "why": decision.why,
                "batch": decision.batch or None,
            }
            for decision in decisions
        ],
    )


def take_turn(connection: sa.Connection) -> None:
    """Wait until nobody else decides; it is our turn until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_DECISIONS_LOCK)))


def last_decisions(
    connection: sa.Connection, sheets: Sequence[str] | None = None
) -> dict[str, int]:
    """Number of the last decision on each of ``sheets``, 0 where there is none.

    None: on all sheets that have any.
    """
    columns = t.DECISIONS.c
    wanted = sa.select(columns.sheet_id, sa.func.max(columns.id)).group_by(columns.sheet_id)
    if sheets is None:
        return {name: last for name, last in connection.execute(wanted)}
    wanted = wanted.where(columns.sheet_id.in_(sheets))
    return dict.fromkeys(sheets, 0) | {name: last for name, last in connection.execute(wanted)}


def numbered(connection: sa.Connection, sheets: Sequence[str]) -> tuple[tuple[int, Decision], ...]:
    """The decisions on ``sheets`` (ids) in order, each with its number."""
    wanted = sa.select(t.DECISIONS).where(t.DECISIONS.c.sheet_id.in_(sheets))
    rows = connection.execute(wanted.order_by(t.DECISIONS.c.id))
    return tuple((row.id, _decision(row)) for row in rows)


def decisions_after(connection: sa.Connection, number: int) -> tuple[tuple[int, Decision], ...]:
    """The decisions that came after the one of that number, in order, each with its own."""
    wanted = sa.select(t.DECISIONS).where(t.DECISIONS.c.id > number).order_by(t.DECISIONS.c.id)
    return tuple((row.id, _decision(row)) for row in connection.execute(wanted))


def sheets_decided_by(
    connection: sa.Connection, who: str, *, before: int | None = None, limit: int
) -> tuple[tuple[int, str], ...]:
    """(number, sheet id) of a person's last decisions, the latest first.

    ``before``: only those with a smaller number.
    """
    columns = t.DECISIONS.c
    wanted = sa.select(columns.id, columns.sheet_id).where(
        columns.who == who, columns.action != Action.UNDO.value
    )
    if before is not None:
        wanted = wanted.where(columns.id < before)
    found = connection.execute(wanted.order_by(columns.id.desc()).limit(limit))
    return tuple((number, sheet) for number, sheet in found)


def last_step_of(connection: sa.Connection, who: str) -> tuple[Decision, ...]:
    """What a person decided last and still stands; looks back as far as it must."""
    before: int | None = None
    while True:
        recent = sheets_decided_by(connection, who, before=before, limit=STEPS_PER_LOOK)
        if not recent:
            return ()
        before = recent[-1][0]
        found = numbered(connection, sorted({sheet for _, sheet in recent}))
        last = last_step([d for _, d in found], who)
        # One from before what was looked at: a later one may stand on another sheet.
        if not last or found[last[-1]][0] < before:
            continue
        newest = found[last[-1]][1]
        if not newest.batch:
            return (newest,)
        sheets = sheets_of_batch(connection, who, newest.batch)
        everything = decisions(connection, sheets)
        return tuple(everything[i] for i in last_step(everything, who))


def sheets_of_batch(connection: sa.Connection, who: str, batch: str) -> tuple[str, ...]:
    """Ids of the sheets that a person's batch of decisions is about."""
    columns = t.DECISIONS.c
    wanted = sa.select(columns.sheet_id).where(columns.who == who, columns.batch == batch)
    return tuple(connection.execute(wanted.distinct()).scalars())


def decisions(
    connection: sa.Connection, sheets: Sequence[str] | None = None
) -> tuple[Decision, ...]:
    """Every decision ever taken, or those on ``sheets`` (ids), in order."""
    wanted = sa.select(t.DECISIONS).order_by(t.DECISIONS.c.id)
    if sheets is not None:
        wanted = wanted.where(t.DECISIONS.c.sheet_id.in_(sheets))
    return tuple(_decision(row) for row in connection.execute(wanted))


def _decision(row: "sa.Row[tuple[object, ...]]") -> Decision:
    return Decision(
        sheet_id=row.sheet_id,
        row=row.row,
        field=row.field,
        action=Action(row.action),
        before=row.before or "",
        after=row.after or "",
        who=row.who,
        why=row.why or "",
        at=row.at,
        seconds=row.seconds,
        batch=row.batch or "",
        purged=row.after is None,
    )


def save_profile(connection: sa.Connection, name: str, content: str) -> None:
    """Put a validity profile in force, unless it is already."""
    if profile(connection) != (name, content):
        connection.execute(t.PROFILES.insert().values(at=_now(), name=name, content=content))


def profile(connection: sa.Connection) -> tuple[str, str] | None:
    """Name and TOML of the validity profile in force; None: the default."""
    columns = t.PROFILES.c
    wanted = sa.select(columns.name, columns.content).order_by(columns.id.desc()).limit(1)
    found = connection.execute(wanted).first()
    return None if found is None else (found.name, found.content)


def save_sample(
    connection: sa.Connection, seed: int, population: int, fields: Sequence[SampledField]
) -> int:
    """Keep a sample that was drawn; returns its number."""
    # A seed may have 64 bits, an Integer of PostgreSQL has 32.
    inserted = connection.execute(
        t.SAMPLES.insert().values(at=_now(), seed=str(seed), population=population)
    )
    number = new_key(inserted)
    if fields:
        connection.execute(
            t.SAMPLED_FIELDS.insert(),
            [
                {
                    "sample": number,
                    "place": place,
                    "record_id": one.record_id,
                    "field": one.field,
                    "value": one.value,
                    "confidence": one.confidence,
                    "crop": one.crop,
                }
                for place, one in enumerate(fields, start=1)
            ],
        )
    return number


def sample(connection: sa.Connection, number: int) -> Sample | None:
    """A sample with what people found so far; None where there is no such number."""
    head = connection.execute(sa.select(t.SAMPLES).where(t.SAMPLES.c.id == number)).first()
    if head is None:
        return None
    columns = t.SAMPLED_FIELDS.c
    wanted = sa.select(t.SAMPLED_FIELDS).where(columns.sample == number).order_by(columns.place)
    fields = tuple(
        SampledField(
            record_id=row.record_id,
            field=row.field,
            value=row.value,
            confidence=row.confidence,
            crop=row.crop,
            right=row.is_right,
            right_value=row.right_value or "",
        )
        for row in connection.execute(wanted)
    )
    return Sample(head.id, head.at, int(head.seed), head.population, fields)


def samples(connection: sa.Connection) -> tuple[Sample, ...]:
    """All samples, in order."""
    numbers = connection.scalars(sa.select(t.SAMPLES.c.id).order_by(t.SAMPLES.c.id)).all()
    found = (sample(connection, number) for number in numbers)
    return tuple(one for one in found if one is not None)


def save_checks(
    connection: sa.Connection, number: int, who: str, checked: Sequence[tuple[int, bool, str]]
) -> None:
    """Note what a person found: (place from 1, right or not, right value) of each field."""
    columns = t.SAMPLED_FIELDS.c
    now = _now()
    for place, right, right_value in checked:
        connection.execute(
            t.SAMPLED_FIELDS.update()
            .where(columns.sample == number, columns.place == place)
            .values(is_right=right, right_value=right_value, who=who, checked=now)
        )


def setting(connection: sa.Connection, name: str, make: Callable[[], str]) -> str:
    """A setting's value; where it has none yet, ``make``'s, which is kept."""
    known = sa.select(t.SETTINGS.c.value).where(t.SETTINGS.c.name == name)
    value = connection.execute(known).scalar()
    if value is None:
        value = make()
        connection.execute(t.SETTINGS.insert().values(name=name, value=value))
    return str(value)


def set_setting(connection: sa.Connection, name: str, value: str) -> None:
    """Put a setting to another value."""
    connection.execute(t.SETTINGS.delete().where(t.SETTINGS.c.name == name))
    connection.execute(t.SETTINGS.insert().values(name=name, value=value))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
