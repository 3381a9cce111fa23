"""What was read of a page holds where a later run found no form on it, or could not read it.

A page is read once under each settings, and forms are among these: a run that was not given a
page's form finds none, and a page that was read can be one that fails (a decoder is missing, a
worker died). Which reading a page shows (``shown``) is noted with its sources, so it
is decided where these are noted and where a page is saved.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from digitizer.records import SheetStatus
from digitizer.workspace import schema as t

# Readings that hold signers, and those of a page on which no form was found.
_READ = (SheetStatus.READ.value, SheetStatus.REVIEW.value)
_LOST = (SheetStatus.UNRECOGNISED.value, SheetStatus.BLANK.value)
# Among the reasons of a page of which a person said that it is none.
NOT_A_SHEET = "not-a-sheet"


@dataclass(frozen=True, slots=True)
class Kept:
    """A page that shows what was read with ``form``, though a later run found no form on it."""

    source_file: str
    page: int
    sha256: str
    form: str | None


def show_saved(connection: sa.Connection, sha256: str, page: int, settings_hash: str) -> None:
    """Show of a page that was just saved the reading that has its signers, if one has."""
    columns = t.SOURCES.c
    wanted = sa.select(columns.id, columns.settings_hash).where(
        columns.sha256 == sha256, columns.page == page
    )
    read = statuses(connection, sha256).get((sha256, page), {})
    for row in connection.execute(wanted).all():
        # Two runs at once: what the other one, handed in later, knows no form of, this one read.
        lost = row.settings_hash in read and read[row.settings_hash] is None
        holds = held(read, row.settings_hash, settings_hash) if lost else row.settings_hash
        if holds != row.settings_hash:
            connection.execute(
                t.SOURCES.update().where(columns.id == row.id).values(settings_hash=holds)
            )


def kept_readings(connection: sa.Connection, settings_hash: str) -> tuple[Kept, ...]:
    """Pages of no known form under these settings that keep an earlier reading; see ``Kept``."""
    sheets, columns = t.SHEETS.c, t.SOURCES.c
    read = t.SHEETS.alias().c
    wanted = (
        sa.select(columns.source_file, columns.page, columns.sha256, read.form)
        .where(
            sheets.settings_hash == settings_hash,
            sheets.status.in_(_LOST),
            columns.sha256 == sheets.sha256,
            columns.page == sheets.page,
            columns.settings_hash != settings_hash,
            read.sha256 == sheets.sha256,
            read.page == sheets.page,
            read.settings_hash == columns.settings_hash,
            read.status.in_(_READ),
        )
        .order_by(columns.run_id, columns.place, columns.id)
    )
    return tuple(Kept(*row) for row in connection.execute(wanted))


def statuses(
    connection: sa.Connection, sha256: str | None = None
) -> dict[tuple[str, int], dict[str, bool | None]]:
    """Of each page its readings by settings, oldest first, and whether each holds a sheet.

    True: a form was found; None: none was, or it could not be read; False: a person said so.
    """
    sheets = t.SHEETS.c
    wanted = sa.select(
        sheets.sha256, sheets.page, sheets.settings_hash, sheets.status, sheets.reasons
    )
    if sha256 is not None:
        wanted = wanted.where(sheets.sha256 == sha256)
    found: dict[tuple[str, int], dict[str, bool | None]] = {}
    for row in connection.execute(wanted.order_by(sheets.id)):
        of_page = found.setdefault((row.sha256, row.page), {})
        of_page[row.settings_hash] = holds_sheet(row.status, row.reasons)
    return found


def held(read: dict[str, bool | None], before: str, now: str) -> str:
    """The settings whose reading a page shows that showed ``before`` and is handed in with ``now``.

    ``read``: as ``statuses``. Not the new ones where they know no form of a page that was read:
    its signers would leave the count without a word.
    """
    if now not in read or read[now] is not None:
        return now
    if read.get(before):
        return before
    last = latest(read)
    return last if read[last] else now


def latest(read: dict[str, bool | None]) -> str:
    """The settings of the last reading, before which come those of pages without a form.

    ``read``: as ``statuses``, not empty.
    """
    return next((key for key in reversed(read) if read[key] is not None), next(reversed(read)))


def holds_sheet(status: str, reasons: str) -> bool | None:
    """What a reading with these says of its page; see ``statuses``."""
    if status in _READ:
        return True
    failed = status == SheetStatus.FAILED.value
    return None if failed or (status in _LOST and NOT_A_SHEET not in reasons) else False


def has_better(connection: sa.Connection, sha256: str, page: int, settings_hash: str) -> bool:
    """Whether a page was read under these settings, which a failure to read it takes no place of.

    It is read again under the same ones after an edit, and where overlays are asked for.
    """
    sheets = t.SHEETS.c
    wanted = sa.select(sheets.id).where(
        sheets.sha256 == sha256,
        sheets.page == page,
        sheets.settings_hash == settings_hash,
        sheets.status != SheetStatus.FAILED.value,
    )
    return connection.execute(wanted.limit(1)).first() is not None


def chosen(
    rows: "Mapping[str, sa.Row[tuple[object, ...]]]", settings_hash: str
) -> "sa.Row[tuple[object, ...]]":
    """Of a page's readings by settings, oldest first, the one to show for a source with these."""
    if settings_hash in rows:
        return rows[settings_hash]
    return rows[latest({key: holds_sheet(r.status, r.reasons) for key, r in rows.items()})]
