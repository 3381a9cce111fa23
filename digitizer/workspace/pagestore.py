"""The part of the store about pages: their geometry, how people put it right, reading anew.

An edit is a new row of ``page_edits`` (who, when) and the last one of a sheet holds;
taking it back is one more row that says "as found". Each keeps the geometry of the
page before it, because rows in earlier decisions are rows of that.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from digitizer.ids import record_id
from digitizer.records import PageEdit, PageGeometry, PageResult
from digitizer.workspace import ledger, renumber, statements
from digitizer.workspace import schema as t
from digitizer.workspace.database import Database
from digitizer.workspace.decisions import SHEET, Decision
from digitizer.workspace.placed import edit_from_text, edit_to_text, geometry_from_text
from digitizer.workspace.stored import Source

# Ending of the name of a page's second, third ... copy.
_COPY = re.compile(r"-c\d+$")


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
        text = self._read(lambda c: _geometry_text(c, sheet_id))
        return None if text is None else geometry_from_text(text)

    def crop(self, sheet_id: str, row: int, field: str) -> str | None:
        """Path of a field's picture inside the workspace; row 0 is the collector box."""

        def read(connection: sa.Connection) -> str | None:
            sheet = _shown(connection, sheet_id)
            if sheet is None:
                return None
            columns = t.FIELDS.c
            wanted = sa.select(columns.crop).where(
                columns.sheet == sheet.id, columns.row == row, columns.field == field
            )
            return connection.execute(wanted).scalar()

        return self._read(read)

    def is_read(self, sheet_id: str) -> bool:
        """Whether there is a reading of that sheet."""
        return self._read(lambda c: _shown(c, sheet_id)) is not None

    def page_edits(self, sheet_id: str) -> tuple[StoredEdit, ...]:
        """How people put a page right, oldest first; the last one holds."""
        columns = t.PAGE_EDITS.c
        wanted = (
            sa.select(columns.id, columns.at, columns.who, columns.edit)
            .where(columns.sheet_id == reading_id(sheet_id))
            .order_by(columns.id)
        )
        rows = self._read(lambda c: c.execute(wanted).all())
        return tuple(StoredEdit(i, at, who, edit_from_text(edit)) for i, at, who, edit in rows)

    def edits_in_force(self) -> dict[str, StoredEdit]:
        """The edit that holds, for each sheet that has any."""
        columns = t.PAGE_EDITS.c
        wanted = sa.select(columns.sheet_id, columns.id, columns.at, columns.who, columns.edit)
        rows = self._read(lambda c: c.execute(wanted.order_by(columns.id)).all())
        return {
            sheet: StoredEdit(number, at, who, edit_from_text(edit))
            for sheet, number, at, who, edit in rows
        }

    def edited_since_read(self) -> frozenset[tuple[str, int]]:
        """(sha256, page) of pages whose last edit is newer than their reading."""
        edits, sheets = t.PAGE_EDITS.c, t.SHEETS.c
        wanted = (
            sa.select(sheets.sha256, sheets.page)
            .join(t.PAGE_EDITS, edits.sheet_id == sheets.sheet_id)
            .where(sheets.purged.is_(None))
            .group_by(sheets.id, sheets.sha256, sheets.page, sheets.saved)
            .having(sa.func.max(edits.at) > sheets.saved)
        )
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
                    geometry=_geometry_text(connection, sheet_id, with_rows=True),
                )
            )
            return statements.new_key(done)

        return self._write(write)

    def is_purged(self, sheet_id: str) -> bool:
        """Whether something was purged from a sheet, so that it is not read again."""
        columns = t.SHEETS.c
        wanted = sa.select(columns.id).where(
            columns.sheet_id == reading_id(sheet_id), columns.purged.is_not(None)
        )
        return self._read(lambda c: c.execute(wanted).first() is not None)

    def readable(self, sheet_id: str) -> Readable | None:
        """What it takes to read a page again; None where it was never read, or purged."""

        def read(connection: sa.Connection) -> Readable | None:
            sheet = _shown(connection, sheet_id)
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
                forms=tuple(known.get("forms", ())),
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

        def write(connection: sa.Connection) -> renumber.Carried:
            ledger.take_turn(connection)
            carried: list[Decision] = []
            moved = gone = back = 0
            after = result.geometry
            if after is not None and result.rows_on_form is not None:
                geometries = _geometries(connection, result.sheet_id)
                for name in _names(connection, result.sheet_id):
                    decisions = ledger.decisions(connection, (name,))
                    one = renumber.carry(decisions, geometries, after, edit=edit, who=who)
                    carried += one.decisions
                    moved, gone, back = moved + one.moved, gone + one.gone, back + one.back
                    before = geometries.get(edit)
                    if before is not None:
                        _follow(connection, name, renumber.Moves(before, after), who)
            statements.save_page(connection, result, settings_hash, overlay=overlay)
            ledger.save_decisions(connection, carried)
            return renumber.Carried(tuple(carried), moved, gone, back)

        return self._write(write)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def reading_id(sheet_id: str) -> str:
    """Name of the reading that a sheet shows: copies of a page show one reading."""
    return _COPY.sub("", sheet_id)


def _shown(connection: sa.Connection, sheet_id: str) -> "sa.Row[tuple[object, ...]] | None":
    """The reading that a sheet shows, as ``statements.readings`` chooses it."""
    sheets = t.SHEETS.c
    listed = [column for column in t.SHEETS.columns if column is not sheets.geometry]
    wanted = sa.select(*listed).where(sheets.sheet_id == reading_id(sheet_id))
    found = connection.execute(wanted.order_by(sheets.id)).all()
    if len(found) < 2:
        return found[0] if found else None
    hashes = [known for _, known in statements.sources_of(connection, (reading_id(sheet_id),))]
    return next((row for row in found if row.settings_hash in hashes[-1:]), found[-1])


def _geometry_text(
    connection: sa.Connection, sheet_id: str, *, with_rows: bool = False
) -> str | None:
    """``with_rows``: only where rows were read, not a grid that waits to be dragged."""
    sheet = _shown(connection, sheet_id)
    if sheet is None or (with_rows and sheet.rows_on_form is None):
        return None
    wanted = sa.select(t.SHEETS.c.geometry).where(t.SHEETS.c.id == sheet.id)
    return connection.execute(wanted).scalar()


def _geometries(connection: sa.Connection, sheet_id: str) -> dict[int, PageGeometry]:
    """By number of each edit of a page: the geometry that decisions then were about.

    While no form was found there was none, and decisions kept the rows they had.
    """
    columns = t.PAGE_EDITS.c
    wanted = sa.select(columns.id, columns.geometry).where(columns.sheet_id == sheet_id)
    found: dict[int, PageGeometry] = {}
    last: PageGeometry | None = None
    for number, text in connection.execute(wanted.order_by(columns.id)):
        last = geometry_from_text(text) if text else last
        if last is not None:
            found[number] = last
    return found


def _names(connection: sa.Connection, sheet_id: str) -> tuple[str, ...]:
    """A sheet's name and those of its copies."""
    count = len(statements.sources_of(connection, (sheet_id,)))
    return (sheet_id, *(f"{sheet_id}-c{n}" for n in range(2, count + 1)))


def _follow(connection: sa.Connection, name: str, moves: renumber.Moves, who: str) -> None:
    """Leases, second entries, referrals, samples and repeats of a sheet follow its rows."""
    connection.execute(t.LEASES.delete().where(t.LEASES.c.sheet_id == name))
    for table in (t.SECOND_ENTRIES, t.REFERRALS):
        columns = table.c
        wanted = sa.select(columns.id, columns.row, columns.field).where(
            columns.sheet_id == name, columns.row > SHEET
        )
        places = {row.id: moves((row.row, row.field)) for row in connection.execute(wanted)}
        # By way of numbers that no row has: two must not stand at one place meanwhile.
        connection.execute(
            table.update()
            .where(columns.sheet_id == name, columns.row > SHEET)
            .values(row=-columns.id)
        )
        for number, place in places.items():
            if place is not None:
                connection.execute(table.update().where(columns.id == number).values(row=place[0]))
    # What is about ink that is in no row waits for nobody; what people found stays noted.
    second, referred = t.SECOND_ENTRIES.c, t.REFERRALS.c
    differs = sa.and_(second.agreed.is_(False), second.settled_who.is_(None))
    connection.execute(
        t.SECOND_ENTRIES.delete().where(
            second.sheet_id == name,
            second.row < SHEET,
            sa.or_(second.second_who.is_(None), differs),
        )
    )
    connection.execute(
        t.REFERRALS.update()
        .where(referred.sheet_id == name, referred.row < SHEET, referred.settled_at.is_(None))
        .values(settled_at=_now(), settled_who=who)
    )
    _rename(connection, name, {old: moves.rows.get(old) for old in moves.rows_before})


def _rename(connection: sa.Connection, name: str, rows: Mapping[int, int | None]) -> None:
    """Samples and repeats name records; so do rows that lie elsewhere now."""
    changed = {
        record_id(name, old): None if new is None else record_id(name, new)
        for old, new in rows.items()
        if old != new
    }
    if not changed:
        return
    _rename_samples(connection, changed)
    columns = t.SIGNER_DUPLICATES.c
    about = sa.or_(columns.record_id.in_(changed), columns.duplicate_of.in_(changed))
    repeats = connection.execute(sa.select(t.SIGNER_DUPLICATES).where(about)).mappings().all()
    connection.execute(t.SIGNER_DUPLICATES.delete().where(about))
    renamed: list[dict[str, object]] = []
    for repeat in repeats:
        first = changed.get(repeat["record_id"], repeat["record_id"])
        second = changed.get(repeat["duplicate_of"], repeat["duplicate_of"])
        if first is not None and second is not None:
            renamed.append({**repeat, "record_id": first, "duplicate_of": second})
    if renamed:
        connection.execute(t.SIGNER_DUPLICATES.insert(), renamed)


def _rename_samples(connection: sa.Connection, changed: Mapping[str, str | None]) -> None:
    columns = t.SAMPLED_FIELDS.c
    wanted = sa.select(columns.sample, columns.place, columns.record_id, columns.crop)
    found = connection.execute(wanted.where(columns.record_id.in_(changed))).all()
    for sample, place, record, crop in found:
        new = changed[record]
        if new is None:
            continue
        connection.execute(
            t.SAMPLED_FIELDS.update()
            .where(columns.sample == sample, columns.place == place)
            .values(record_id=new, crop=crop and crop.replace(record, new))
        )
