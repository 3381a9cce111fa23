"""What people decided follows its ink when a sheet shows another reading.

Decisions name rows by number, and another reading may number them otherwise: after
a person put the rows right, and under other settings or another definition, which
find other rows. So whatever changes the reading that a sheet shows goes through
here: rows before and after are laid over each other (``renumber``), and decisions,
second entries, referrals, samples and repeats go with them, in the same transaction.

Rows of people's work are those of the reading shown now, or where that has none of
the last that had: ``page_edits`` keeps the geometry from before each such change. Its
rows that are no person's edit say ``REREAD``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

import sqlalchemy as sa

from digitizer.ids import record_id
from digitizer.records import PageGeometry, PageResult
from digitizer.workspace import ledger, renumber, statements
from digitizer.workspace import schema as t
from digitizer.workspace.decisions import PAGE_EDIT, SHEET, Decision, standing, taken_back
from digitizer.workspace.placed import geometry_from_text
from digitizer.workspace.shown import geometry_text, names_of, reading_id
from digitizer.workspace.stored import Source

# ``edit`` of a page's reading under other settings, and who it is from.
REREAD = '{"reread":true}'
PROGRAM = "digitizer"

_Returned = TypeVar("_Returned")


def save_page(
    connection: sa.Connection, result: PageResult, settings_hash: str, *, overlay: bool
) -> None:
    """Save one page whole; see ``Store.save_page``."""
    sheets = t.SHEETS.c
    names = [one.sheet_id for one in (result, *result.further)]
    known = connection.scalars(sa.select(sheets.sheet_id).where(sheets.sheet_id.in_(names))).all()
    follow(
        connection,
        tuple(dict.fromkeys(known)),
        lambda: statements.save_page(connection, result, settings_hash, overlay=overlay),
    )


def save_edited(
    connection: sa.Connection,
    result: PageResult,
    settings_hash: str,
    *,
    edit: int,
    who: str,
    overlay: bool,
) -> renumber.Carried:
    """Save a page read again after an edit; see ``PageStore.save_edited``."""
    _, carried = follow(
        connection,
        (result.sheet_id,),
        lambda: statements.save_page(connection, result, settings_hash, overlay=overlay),
        edit=edit,
        who=who,
    )
    for name in names_of(connection, result.sheet_id):
        connection.execute(t.LEASES.delete().where(t.LEASES.c.sheet_id == name))
    return carried


def register(
    connection: sa.Connection, run_id: int, settings_hash: str, sources: Sequence[Source]
) -> int:
    """Note what was handed in; see ``Store.register``. Other settings show other readings."""
    count, _ = follow(
        connection,
        _read_twice(connection),
        lambda: statements.register(connection, run_id, settings_hash, sources),
    )
    return count


def follow(
    connection: sa.Connection,
    sheets: Sequence[str],
    change: Callable[[], _Returned],
    *,
    edit: int = 0,
    who: str = PROGRAM,
) -> tuple[_Returned, renumber.Carried]:
    """Do ``change``, which may show other readings of ``sheets``, and let people's work follow.

    ``edit``: number of the edit of a page that it comes from, and ``who`` made that.
    """
    if not sheets:
        return change(), renumber.Carried()
    ledger.take_turn(connection)
    before = {name: geometry_text(connection, name, with_rows=True) for name in sheets}
    done = change()
    carried = [
        _followed(connection, name, text, edit=edit, who=who) for name, text in before.items()
    ]
    return done, renumber.Carried(
        tuple(decision for one in carried for decision in one.decisions),
        sum(one.moved for one in carried),
        sum(one.gone for one in carried),
        sum(one.back for one in carried),
    )


def _followed(
    connection: sa.Connection, sheet_id: str, text: str | None, *, edit: int, who: str
) -> renumber.Carried:
    """What became of people's work on a sheet; ``text``: geometry of its rows before."""
    after_text = geometry_text(connection, sheet_id, with_rows=True)
    if text == after_text:
        return renumber.Carried()
    kept = _geometries(connection, sheet_id)
    last = next(reversed(kept.values()), None)
    before = geometry_from_text(text) if text else last
    if before is None:
        return renumber.Carried()
    names = names_of(connection, sheet_id)
    decisions = {name: ledger.decisions(connection, (name,)) for name in names}
    if after_text is None:
        # No rows any more: what was decided waits, and where its rows lay is remembered.
        if before != last:
            _remember(connection, sheet_id, text)
        return renumber.Carried()
    after = geometry_from_text(after_text)
    number = edit
    if kept.get(edit) != before:
        number = _remember(connection, sheet_id, text) if any(decisions.values()) else 0
    geometries = {**kept, number: before}
    moves = renumber.Moves(before, after)
    made: list[Decision] = []
    moved = gone = back = 0
    for name in names:
        one = renumber.carry(decisions[name], geometries, after, edit=number, who=who)
        made += one.decisions
        moved, gone, back = moved + one.moved, gone + one.gone, back + one.back
        _follow(connection, name, moves, who)
    ledger.save_decisions(connection, made)
    for name in names:
        _rename_repeated(connection, name, moves, number, who)
    return renumber.Carried(tuple(made), moved, gone, back)


def _remember(connection: sa.Connection, sheet_id: str, text: str | None) -> int:
    """Keep the geometry that decisions were about until now; returns its number."""
    done = connection.execute(
        t.PAGE_EDITS.insert().values(
            at=_now(), who=PROGRAM, sheet_id=sheet_id, edit=REREAD, geometry=text
        )
    )
    return statements.new_key(done)


def _read_twice(connection: sa.Connection) -> tuple[str, ...]:
    """Sheets with several readings on which people worked."""
    columns = t.SHEETS.c
    several = sa.select(columns.sheet_id).group_by(columns.sheet_id).having(sa.func.count() > 1)
    found = set(connection.scalars(several))
    if not found:
        return ()
    return tuple(sorted(found & set(_worked_on(connection))))


def _worked_on(connection: sa.Connection) -> Iterator[str]:
    for table in (t.DECISIONS, t.SECOND_ENTRIES, t.REFERRALS):
        for name in connection.scalars(sa.select(table.c.sheet_id).distinct()):
            yield reading_id(name)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


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


def _rename_repeated(
    connection: sa.Connection, name: str, moves: renumber.Moves, edit: int, who: str
) -> None:
    """Who was said to repeat a row that lies elsewhere now is said to repeat it there.

    Where its ink is in no row, a row that there never is: what another row's number says now
    is another person's.
    """
    columns, start = t.DECISIONS.c, f"of {name}-r"
    changed = {
        record_id(name, old): record_id(name, moves.rows.get(old, SHEET))
        for old in moves.rows_before
        if moves.rows.get(old) != old
    }
    wanted = sa.select(columns.sheet_id).where(columns.why.contains(start, autoescape=True))
    sheets = connection.scalars(wanted.distinct()).all() if changed else ()
    made: list[Decision] = []
    for places in standing(ledger.decisions(connection, tuple(sheets))).values():
        for one in places.values():
            now = changed.get(one.repeats)
            if now is not None:
                said = f"{PAGE_EDIT} {edit}: its row moved, of"
                made.append(replace(taken_back(one, who), why=f"{said} {one.repeats}"))
                made.append(replace(one, why=f"{said} {now}", at="", seconds=None))
    ledger.save_decisions(connection, made)


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
