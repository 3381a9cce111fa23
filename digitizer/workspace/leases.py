"""Statements about fields that somebody has open; see ``review.leases``.

A lease ends by itself: nothing has to be cleaned up after a browser or a
server that went away. Each function takes an open connection; ``store`` holds
the transactions.
"""

import sqlalchemy as sa

from digitizer.workspace import schema as t

# Sheet, row and field.
Key = tuple[str, int, str]


def take(
    connection: sa.Connection, key: Key, who: str, now: float, until: float
) -> tuple[str, float]:
    """Lease a field, or go on leasing it, unless another holds it.

    Returns who holds it now, and until when (seconds since 1970). Two servers
    that take a free field at once: the second one's insert fails, and the
    store's second attempt finds the first one's.
    """
    columns = t.LEASES.c
    free = sa.or_(columns.who == who, columns.until <= now)
    done = connection.execute(t.LEASES.update().where(_is(key), free).values(who=who, until=until))
    if done.rowcount:
        return who, until
    held = connection.execute(sa.select(columns.who, columns.until).where(_is(key))).first()
    if held is not None:
        return held.who, held.until
    sheet, row, field = key
    connection.execute(
        t.LEASES.insert().values(sheet_id=sheet, row=row, field=field, who=who, until=until)
    )
    return who, until


def release(connection: sa.Connection, key: Key, who: str) -> None:
    """Give a field back, if ``who`` holds it."""
    connection.execute(t.LEASES.delete().where(_is(key), t.LEASES.c.who == who))


def held(connection: sa.Connection, now: float) -> dict[Key, tuple[str, float]]:
    """Who holds what at ``now``, and until when."""
    found = connection.execute(sa.select(t.LEASES).where(t.LEASES.c.until > now))
    return {(row.sheet_id, row.row, row.field): (row.who, row.until) for row in found}


def drop_expired(connection: sa.Connection, now: float) -> None:
    """Forget leases that have ended."""
    connection.execute(t.LEASES.delete().where(t.LEASES.c.until <= now))


def _is(key: Key) -> sa.ColumnElement[bool]:
    columns = t.LEASES.c
    return sa.and_(columns.sheet_id == key[0], columns.row == key[1], columns.field == key[2])
