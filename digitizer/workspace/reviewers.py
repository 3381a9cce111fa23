"""Statements about who reviews and how people check each other.

Reviewers are names, kept in one spelling, so that nobody checks a field of
their own under another one. A second entry is what another person typed for a
field without seeing the first one's value; a field is entered a second time at
most once. A referral leaves a field to a supervisor. Each function takes an
open connection; ``store`` holds the transactions.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from digitizer.workspace import schema as t
from digitizer.workspace.decisions import STATUS, Decision, Place

Key = tuple[str, int, str]


class Cause(StrEnum):
    """Why a field is entered twice: drawn at random, or because somebody asked for it."""

    RANDOM = "random"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class KnownReviewer:
    """Somebody who signed in once; ``language``: the one chosen last, None: never chosen."""

    name: str
    supervisor: bool
    language: str | None


@dataclass(frozen=True, slots=True)
class SecondEntry:
    """A field entered by two people; ``second_value`` None: not entered yet.

    ``settled_value``: what holds where the two differ; None: not settled.
    """

    sheet_id: str
    row: int
    field: str
    cause: Cause
    first_who: str
    first_value: str
    second_who: str | None = None
    second_value: str | None = None
    seconds: float | None = None
    agreed: bool | None = None
    settled_who: str | None = None
    settled_value: str | None = None
    id: int = 0

    @property
    def key(self) -> Key:
        """Sheet, row and field."""
        return self.sheet_id, self.row, self.field

    @property
    def is_open_difference(self) -> bool:
        """Whether two people differ here and nobody said yet who is right."""
        return self.agreed is False and self.settled_value is None


@dataclass(frozen=True, slots=True)
class Referral:
    """A field left to a supervisor, with the reviewer's note."""

    id: int
    at: str
    sheet_id: str
    row: int
    field: str
    who: str
    note: str

    @property
    def key(self) -> Key:
        """Sheet, row and field."""
        return self.sheet_id, self.row, self.field


def same_name(name: str) -> str:
    """What two spellings of one reviewer's name have in common."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def known_reviewers(connection: sa.Connection) -> tuple[KnownReviewer, ...]:
    """Everybody who ever signed in, by name."""
    rows = connection.execute(sa.select(t.REVIEWERS))
    found = (KnownReviewer(row.name, row.supervisor, row.language) for row in rows)
    return tuple(sorted(found, key=lambda one: same_name(one.name)))


def register(connection: sa.Connection, name: str, *, supervisor: bool = False) -> KnownReviewer:
    """The reviewer of that name, in the spelling first used; new ones are added.

    ``supervisor``: makes one of them. The first person of a workspace is one.
    """
    everybody = known_reviewers(connection)
    wanted = same_name(name)
    for one in everybody:
        if same_name(one.name) == wanted:
            if supervisor and not one.supervisor:
                set_supervisor(connection, one.name, supervisor=True)
            return KnownReviewer(one.name, one.supervisor or supervisor, one.language)
    added = KnownReviewer(name, supervisor or not everybody, None)
    connection.execute(
        t.REVIEWERS.insert().values(name=name, supervisor=added.supervisor, created=_now())
    )
    return added


def set_supervisor(connection: sa.Connection, name: str, *, supervisor: bool) -> None:
    """Make a reviewer a supervisor, or one no more."""
    connection.execute(
        t.REVIEWERS.update().where(t.REVIEWERS.c.name == name).values(supervisor=supervisor)
    )


def set_language(connection: sa.Connection, name: str, language: str) -> None:
    """Remember the language that a reviewer chose."""
    connection.execute(
        t.REVIEWERS.update().where(t.REVIEWERS.c.name == name).values(language=language)
    )


def second_entries(connection: sa.Connection) -> tuple[SecondEntry, ...]:
    """Every second entry asked for or made, oldest first."""
    rows = connection.execute(sa.select(t.SECOND_ENTRIES).order_by(t.SECOND_ENTRIES.c.id))
    return tuple(
        SecondEntry(
            sheet_id=row.sheet_id,
            row=row.row,
            field=row.field,
            cause=Cause(row.cause),
            first_who=row.first_who,
            first_value=row.first_value,
            second_who=row.second_who,
            second_value=row.second_value,
            seconds=row.seconds,
            agreed=row.agreed,
            settled_who=row.settled_who,
            settled_value=row.settled_value,
            id=row.id,
        )
        for row in rows
    )


def open_differences(
    connection: sa.Connection, sheets: Sequence[str] | None = None
) -> dict[str, set[Place]]:
    """Where two people differ and nobody said yet who is right, by sheet; None: on all."""
    columns = t.SECOND_ENTRIES.c
    wanted = sa.select(columns.sheet_id, columns.row, columns.field).where(
        columns.agreed.is_(sa.false()), columns.settled_value.is_(None)
    )
    if sheets is not None:
        wanted = wanted.where(columns.sheet_id.in_(sheets))
    found: dict[str, set[Place]] = {}
    for sheet, row, field in connection.execute(wanted):
        found.setdefault(sheet, set()).add((row, field))
    return found


def ask_second(connection: sa.Connection, first: Decision) -> bool:
    """Ask for a second entry of a decided field; False where there is one already."""
    if connection.execute(sa.select(t.SECOND_ENTRIES.c.id).where(*_place(first))).first():
        return False
    connection.execute(
        t.SECOND_ENTRIES.insert().values(
            asked=_now(),
            sheet_id=first.sheet_id,
            row=first.row,
            field=first.field,
            cause=Cause.ASKED.value,
            first_who=first.who,
            first_value=first.after,
        )
    )
    return True


def save_second(
    connection: sa.Connection,
    first: Decision,
    *,
    who: str,
    value: str,
    agreed: bool,
    seconds: float | None,
) -> bool:
    """Keep what a second person typed for the field of decision ``first``.

    False where somebody else was quicker; then nothing is kept.
    """
    entered = {
        "first_who": first.who,
        "first_value": first.after,
        "second_who": who,
        "second_value": value,
        "second_at": _now(),
        "seconds": seconds,
        "agreed": agreed,
    }
    place = _place(first)
    if connection.execute(sa.select(t.SECOND_ENTRIES.c.id).where(*place)).first():
        done = connection.execute(
            t.SECOND_ENTRIES.update()
            .where(*place, t.SECOND_ENTRIES.c.second_who.is_(None))
            .values(**entered)
        )
        return done.rowcount == 1
    connection.execute(
        t.SECOND_ENTRIES.insert().values(
            asked=_now(),
            sheet_id=first.sheet_id,
            row=first.row,
            field=first.field,
            cause=Cause.RANDOM.value,
            **entered,
        )
    )
    return True


def settle(connection: sa.Connection, entry: int, *, who: str, value: str) -> bool:
    """Say what holds where two people differ; False where somebody else already did."""
    columns = t.SECOND_ENTRIES.c
    done = connection.execute(
        t.SECOND_ENTRIES.update()
        .where(columns.id == entry, columns.settled_who.is_(None))
        .values(settled_who=who, settled_value=value, settled_at=_now())
    )
    return done.rowcount == 1


def reopen(connection: sa.Connection, entry: int) -> None:
    """Take back who is right where two people differ."""
    columns = t.SECOND_ENTRIES.c
    connection.execute(
        t.SECOND_ENTRIES.update()
        .where(columns.id == entry)
        .values(settled_who=None, settled_value=None, settled_at=None)
    )


def take_back(connection: sa.Connection, entry: SecondEntry) -> None:
    """Take back a second entry: the field waits for one again."""
    here = t.SECOND_ENTRIES.c.id == entry.id
    if entry.cause is Cause.RANDOM:
        connection.execute(t.SECOND_ENTRIES.delete().where(here))
        return
    connection.execute(
        t.SECOND_ENTRIES.update()
        .where(here)
        .values(second_who=None, second_value=None, second_at=None, seconds=None, agreed=None)
    )


def refer(connection: sa.Connection, key: Key, *, who: str, note: str) -> None:
    """Leave a field to a supervisor; once more changes nothing."""
    if any(one.key == key for one in open_referrals(connection)):
        return
    sheet_id, row, field = key
    connection.execute(
        t.REFERRALS.insert().values(
            at=_now(), sheet_id=sheet_id, row=row, field=field, who=who, note=note
        )
    )


def open_referrals(connection: sa.Connection) -> tuple[Referral, ...]:
    """What is left to a supervisor and not settled, oldest first."""
    columns = t.REFERRALS.c
    wanted = sa.select(t.REFERRALS).where(columns.settled_at.is_(None)).order_by(columns.id)
    return tuple(
        Referral(row.id, row.at, row.sheet_id, row.row, row.field, row.who, row.note)
        for row in connection.execute(wanted)
    )


def settle_referrals(connection: sa.Connection, keys: Iterable[Key], *, who: str) -> None:
    """Close what was left to a supervisor about these fields, or about a row whose status is."""
    columns = t.REFERRALS.c
    for sheet_id, row, field in set(keys):
        here = [columns.sheet_id == sheet_id, columns.row == row, columns.settled_at.is_(None)]
        if field != STATUS:
            here.append(columns.field == field)
        connection.execute(
            t.REFERRALS.update().where(*here).values(settled_at=_now(), settled_who=who)
        )


def _place(first: Decision) -> tuple[sa.ColumnElement[bool], ...]:
    columns = t.SECOND_ENTRIES.c
    return (
        columns.sheet_id == first.sheet_id,
        columns.row == first.row,
        columns.field == first.field,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
