"""The part of the store about pages: their geometry, how people put it right, reading anew.

An edit is a new row of ``page_edits`` (who, when) and the last one of a sheet holds;
taking it back is one more row that says "as found". Each keeps the geometry of the
page before it, because rows in earlier decisions are rows of that.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from digitizer.forms.forms import installed_forms
from digitizer.records import PageEdit, PageGeometry, PageResult
from digitizer.workspace import definitions, following, renumber, statements
from digitizer.workspace import schema as t
from digitizer.workspace.database import Database
from digitizer.workspace.placed import edit_from_text, edit_to_text, geometry_from_text
from digitizer.workspace.shown import geometry_text, reading_id, rows_marks, shown
from digitizer.workspace.stored import Source


@dataclass(frozen=True, slots=True)
class StoredEdit:
    """A person's edit of a page, as it is kept; ``id`` counts up over the workspace."""

    id: int
    at: str
    who: str
    edit: PageEdit


@dataclass(frozen=True, slots=True)
class Readable:
    """What is needed to read a page again: where it may be, and with which settings.

    ``sources``: every file it was handed in as; ``read``: when it was read last,
    empty for never; ``forms`` as in ``PageTask``; ``learned`` as in ``RunSettings``.
    """

    sheet_id: str
    sources: tuple[Source, ...]
    settings_hash: str
    forms: tuple[str, ...]
    target_error: float | None
    learned: str | None
    overlay: bool
    read: str


class PageStore(Database):
    """Statements about single pages; see ``store.Store``."""

    def geometry(self, sheet_id: str) -> PageGeometry | None:
        """Where everything lies on a page; None where that is not known."""
        text = self._read(lambda c: geometry_text(c, sheet_id))
        return None if text is None else geometry_from_text(text)

    def crop(self, sheet_id: str, row: int, field: str) -> str | None:
        """Path of a field's picture inside the workspace; row 0 is the collector box."""

        def read(connection: sa.Connection) -> str | None:
            sheet = shown(connection, sheet_id)
            if sheet is None:
                return None
            columns = t.FIELDS.c
            wanted = sa.select(columns.crop).where(
                columns.sheet == sheet.id, columns.row == row, columns.field == field
            )
            return connection.execute(wanted).scalar()

        return self._read(read)

    def pending(self) -> int:
        """Pages handed in that were never read."""
        same_page = sa.and_(
            t.SHEETS.c.sha256 == t.SOURCES.c.sha256, t.SHEETS.c.page == t.SOURCES.c.page
        )
        wanted = (
            sa.select(t.SOURCES.c.sha256, t.SOURCES.c.page)
            .where(t.SOURCES.c.failure_kind.is_(None), ~sa.exists().where(same_page))
            .distinct()
        )
        return self._read(lambda c: len(c.execute(wanted).all()))

    def rows_marks(self, sheet_ids: Sequence[str]) -> dict[str, str]:
        """Of each sheet what tells whether its rows lie where they lay; see ``shown``."""
        return self._read(lambda c: rows_marks(c, sheet_ids))

    def is_read(self, sheet_id: str) -> bool:
        """Whether there is a reading of that sheet."""
        return self._read(lambda c: shown(c, sheet_id)) is not None

    def page_edits(self, sheet_id: str) -> tuple[StoredEdit, ...]:
        """How people put a page right, oldest first; the last one holds."""
        columns = t.PAGE_EDITS.c
        wanted = (
            sa.select(columns.id, columns.at, columns.who, columns.edit)
            .where(columns.sheet_id == reading_id(sheet_id), columns.edit != following.REREAD)
            .order_by(columns.id)
        )
        rows = self._read(lambda c: c.execute(wanted).all())
        return tuple(StoredEdit(i, at, who, edit_from_text(edit)) for i, at, who, edit in rows)

    def edits_in_force(self) -> dict[str, StoredEdit]:
        """The edit that holds, for each sheet that has any."""
        columns = t.PAGE_EDITS.c
        wanted = sa.select(columns.sheet_id, columns.id, columns.at, columns.who, columns.edit)
        wanted = wanted.where(columns.edit != following.REREAD)
        rows = self._read(lambda c: c.execute(wanted.order_by(columns.id)).all())
        return {
            sheet: StoredEdit(number, at, who, edit_from_text(edit))
            for sheet, number, at, who, edit in rows
        }

    def edited_since_read(self, settings_hash: str | None = None) -> frozenset[tuple[str, int]]:
        """(sha256, page) of pages whose last edit is newer than their reading.

        ``settings_hash``: than their reading under these settings; None: than any.
        """
        edits, sheets = t.PAGE_EDITS.c, t.SHEETS.c
        wanted = (
            sa.select(sheets.sha256, sheets.page)
            .join(t.PAGE_EDITS, edits.sheet_id == sheets.sheet_id)
            .where(sheets.purged.is_(None), edits.edit != following.REREAD)
            .group_by(sheets.id, sheets.sha256, sheets.page, sheets.saved)
            .having(sa.func.max(edits.at) > sheets.saved)
        )
        if settings_hash is not None:
            wanted = wanted.where(sheets.settings_hash == settings_hash)
        return self._read(lambda c: frozenset((sha, page) for sha, page in c.execute(wanted)))

    def edit_page(self, sheet_id: str, edit: PageEdit, who: str) -> int:
        """Append an edit of a page; returns its number."""

        def write(connection: sa.Connection) -> int:
            done = connection.execute(
                t.PAGE_EDITS.insert().values(
                    at=_now(),
                    who=who,
                    sheet_id=reading_id(sheet_id),
                    edit=edit_to_text(edit),
                    geometry=geometry_text(connection, sheet_id, with_rows=True),
                )
            )
            return statements.new_key(done)

        return self._write(write)

    def readable(self, sheet_id: str) -> Readable | None:
        """What it takes to read a page again; None where it was never read, or purged."""

        def read(connection: sa.Connection) -> Readable | None:
            sheet = shown(connection, sheet_id)
            if sheet is None or sheet.purged is not None:
                return None
            runs = t.RUNS.c
            settings = connection.execute(
                sa.select(runs.settings)
                .where(runs.settings_hash == sheet.settings_hash)
                .order_by(runs.id.desc())
                .limit(1)
            ).scalar()
            known = json.loads(settings) if settings else {}
            handed_in = statements.sources_of(connection, (sheet.sheet_id,))
            return Readable(
                sheet_id=sheet.sheet_id,
                sources=tuple(source for source, _ in handed_in),
                settings_hash=sheet.settings_hash,
                forms=_forms(connection, known),
                target_error=known.get("target_error"),
                learned=known.get("learned"),
                overlay=bool(sheet.overlay),
                read=sheet.saved,
            )

        return self._read(read)

    def save_edited(
        self, result: PageResult, settings_hash: str, *, edit: int, who: str, overlay: bool = False
    ) -> renumber.Carried:
        """Save a page that was read again after an edit; decisions follow their ink.

        ``edit``: its number. All in one transaction.
        """

        return self._write(
            lambda c: following.save_edited(
                c, result, settings_hash, edit=edit, who=who, overlay=overlay
            )
        )


def _forms(connection: sa.Connection, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The definitions of a run as they were then, of older runs as its files say now."""
    forms = tuple(settings.get("forms", ()))
    if not settings.get("definitions"):
        return forms
    installed = (name for name in forms if name in installed_forms())
    return (*installed, *definitions.contents(connection, settings["definitions"]))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
