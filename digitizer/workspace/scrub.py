"""Statements that take signers' data out of a workspace's database for good.

What a purge takes is text that somebody wrote, read or typed, and the paths of
pictures. What stays is what a count stands on: states, findings, routes, who
decided when, which rows are one person's. So the numbers of a tally are the same
before and after. Each function takes an open connection.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from digitizer.ids import sheet_of
from digitizer.records import FieldKind
from digitizer.workspace import schema as t
from digitizer.workspace.decisions import CONSENT, STATUS
from digitizer.workspace.shown import reading_id

# Values in one statement; databases take some thousands.
CHUNK = 500

# Fields that are written in one cell on most forms: the text of the whole cell stands
# beside the reading of each, and their pictures are of the whole cell.
CELLS = (
    frozenset({FieldKind.ADDRESS, FieldKind.CITY, FieldKind.PROVINCE, FieldKind.POSTAL_CODE}),
    frozenset({FieldKind.PHONE, FieldKind.EMAIL}),
)
# Told by ink and of nobody's making: their value (present, checked) is no personal data.
_NO_TEXT = frozenset({FieldKind.SIGNATURE, FieldKind.CHECKBOX})

# Sheet id, row (0: the collector box) and field.
Crop = tuple[str, int, str]


def sheets_read(connection: sa.Connection, before: str | None = None) -> tuple[str, ...]:
    """Ids of all sheets read, or of those read last before a time (UTC, ISO 8601)."""
    columns = t.SHEETS.c
    wanted = sa.select(columns.sheet_id).group_by(columns.sheet_id)
    if before is not None:
        wanted = wanted.having(sa.func.max(columns.saved) < before)
    return tuple(connection.scalars(wanted.order_by(columns.sheet_id)))


def files_of(connection: sa.Connection, sheets: Collection[str]) -> frozenset[str]:
    """Files handed in of which every page is one of ``sheets`` (ids)."""
    columns = t.SOURCES.c
    same = sa.and_(t.SHEETS.c.sha256 == columns.sha256, t.SHEETS.c.page == columns.page)
    joined = t.SOURCES.outerjoin(t.SHEETS, same)
    wanted = sa.select(columns.source_file, t.SHEETS.c.sheet_id).select_from(joined)
    whole: dict[str, bool] = {}
    for file, sheet in connection.execute(wanted):
        whole[file] = whole.get(file, True) and sheet in sheets
    return frozenset(file for file, every in whole.items() if every)


def purged(connection: sa.Connection) -> dict[str, frozenset[str]]:
    """Sheets from which something was purged, and what, by id."""
    columns = t.SHEETS.c
    wanted = sa.select(columns.sheet_id, columns.purged).where(columns.purged.is_not(None))
    found: dict[str, frozenset[str]] = {}
    for sheet, what in connection.execute(wanted):
        found[sheet] = found.get(sheet, frozenset()) | set(json.loads(what))
    return found


def purged_pages(connection: sa.Connection) -> frozenset[tuple[str, int]]:
    """(sha256, page) of what must not be read again: it would bring back what was purged."""
    columns = t.SHEETS.c
    wanted = sa.select(columns.sha256, columns.page).where(columns.purged.is_not(None))
    return frozenset((sha, page) for sha, page in connection.execute(wanted))


def fields_of(connection: sa.Connection, sheets: Sequence[str]) -> dict[str, FieldKind]:
    """Names of the fields on ``sheets``, each with its kind.

    Those too that no reading has and a person typed all the same.
    """
    joined = t.FIELDS.join(t.SHEETS, t.FIELDS.c.sheet == t.SHEETS.c.id)
    wanted = sa.select(t.FIELDS.c.field, t.FIELDS.c.kind).select_from(joined).distinct()
    found: dict[str, FieldKind] = {}
    for chunk in _chunks(sheets):
        for name, kind in connection.execute(wanted.where(t.SHEETS.c.sheet_id.in_(chunk))):
            found[name] = FieldKind(kind)
    columns = t.DECISIONS.c
    for names in _named(connection, t.DECISIONS, set(sheets)):
        typed = sa.select(columns.field).where(columns.sheet_id.in_(names)).distinct()
        for name in connection.scalars(typed):
            if name not in (STATUS, CONSENT):
                found.setdefault(name, _kind_by_name(name))
    return found


def _kind_by_name(name: str) -> FieldKind:
    return FieldKind.SIGNATURE if name == FieldKind.SIGNATURE else FieldKind.TEXT


def crops_of(connection: sa.Connection, sheets: Sequence[str]) -> Iterator[tuple[Crop, str]]:
    """Pictures of fields on ``sheets``: their place, and their path inside the workspace."""
    columns = t.FIELDS.c
    joined = t.FIELDS.join(t.SHEETS, columns.sheet == t.SHEETS.c.id)
    wanted = sa.select(t.SHEETS.c.sheet_id, columns.row, columns.field, columns.crop)
    wanted = wanted.select_from(joined).where(columns.crop.is_not(None))
    for chunk in _chunks(sheets):
        for sheet, row, name, crop in connection.execute(
            wanted.where(t.SHEETS.c.sheet_id.in_(chunk))
        ):
            yield (sheet, row, name), crop


def beside(names: Collection[str], kinds: Mapping[str, FieldKind]) -> frozenset[str]:
    """Fields that may stand in one cell with one of ``names``, themselves included."""
    families = [cell for cell in CELLS if any(kinds.get(name) in cell for name in names)]
    return frozenset(names) | {
        name for name, kind in kinds.items() if any(kind in cell for cell in families)
    }


def count_values(connection: sa.Connection, sheets: Sequence[str], names: Collection[str]) -> int:
    """How many values of fields ``names`` there are on ``sheets``, read or only typed."""
    columns = t.FIELDS.c
    joined = t.FIELDS.join(t.SHEETS, columns.sheet == t.SHEETS.c.id)
    wanted = (
        sa.select(sa.func.count())
        .select_from(joined)
        .where(
            columns.field.in_(names),
            columns.value != "",
            columns.kind.not_in([kind.value for kind in _NO_TEXT]),
        )
    )
    read = sum(
        connection.scalar(wanted.where(t.SHEETS.c.sheet_id.in_(chunk))) or 0
        for chunk in _chunks(sheets)
    )
    return read + len(_typed_only(connection, sheets, names))


def _typed_only(
    connection: sa.Connection, sheets: Sequence[str], names: Collection[str]
) -> set[Crop]:
    """Places where people typed something and nothing was read."""
    kinds = fields_of(connection, sheets)
    texts = [name for name in names if kinds.get(name) not in _NO_TEXT]
    d, f = t.DECISIONS.c, t.FIELDS.c
    found: set[Crop] = set()
    for chunk in _named(connection, t.DECISIONS, set(sheets)):
        typed = sa.select(d.sheet_id, d.row, d.field).where(
            d.sheet_id.in_(chunk), d.field.in_(texts), sa.or_(d.after != "", d.before != "")
        )
        found |= {(reading_id(name), row, field) for name, row, field in connection.execute(typed)}
    for chunk in _chunks(sorted({name for name, _, _ in found})):
        read = sa.select(t.SHEETS.c.sheet_id, f.row, f.field).where(
            f.sheet == t.SHEETS.c.id, t.SHEETS.c.sheet_id.in_(chunk), f.value != ""
        )
        found -= {(name, row, field) for name, row, field in connection.execute(read)}
    return found


def scrub_fields(
    connection: sa.Connection,
    sheets: Sequence[str],
    names: Collection[str],
    kinds: Mapping[str, FieldKind],
) -> None:
    """Take out what was read, decided, entered twice and sampled of fields ``names``.

    ``kinds``: of all fields (``fields_of``). Whatever else stood in the same cells
    loses the text of the whole cell, but keeps its value.
    """
    texts = [n for n in names if kinds.get(n) not in _NO_TEXT]
    cells = [n for n in beside(texts, kinds) if kinds.get(n) not in _NO_TEXT]
    columns = t.FIELDS.c
    for ids in _ids(connection, sheets):
        here = columns.sheet.in_(ids)
        connection.execute(
            t.FIELDS.update()
            .where(here, columns.field.in_(cells))
            .values(raw_text="", alternatives="[]")
        )
        connection.execute(
            t.FIELDS.update()
            .where(here, columns.field.in_(texts))
            .values(value="", confidence=None, raw_confidence=None)
        )
    _scrub_decisions(connection, set(sheets), texts)
    _scrub_entries(connection, set(sheets), texts)
    _scrub_samples(connection, set(sheets), texts)


def forget_crops(connection: sa.Connection, sheets: Sequence[str], gone: Collection[Crop]) -> None:
    """Forget the paths of pictures."""
    by_sheet: dict[str, dict[str, set[int]]] = {}
    for sheet, row, name in gone:
        by_sheet.setdefault(sheet, {}).setdefault(name, set()).add(row)
    columns = t.FIELDS.c
    wanted = sa.select(t.SHEETS.c.id, t.SHEETS.c.sheet_id)
    for chunk in _chunks(sheets):
        for number, sheet in connection.execute(wanted.where(t.SHEETS.c.sheet_id.in_(chunk))).all():
            for name, rows in by_sheet.get(sheet, {}).items():
                connection.execute(
                    t.FIELDS.update()
                    .where(columns.sheet == number, columns.field == name, columns.row.in_(rows))
                    .values(crop=None)
                )
    sampled = t.SAMPLED_FIELDS.c
    wanted_crops = sa.select(sampled.sample, sampled.place, sampled.record_id, sampled.field)
    for sample, place, record, name in connection.execute(
        wanted_crops.where(sampled.crop.is_not(None))
    ).all():
        sheet, row = sheet_of(record), int(record.rpartition("-r")[2])
        if row in by_sheet.get(reading_id(sheet), {}).get(name, ()):
            connection.execute(
                t.SAMPLED_FIELDS.update()
                .where(sampled.sample == sample, sampled.place == place)
                .values(crop=None)
            )


def mark(connection: sa.Connection, sheets: Sequence[str], what: Collection[str]) -> None:
    """Note on every reading of ``sheets`` what was purged, beside what was before."""
    columns = t.SHEETS.c
    for chunk in _chunks(sheets):
        known = connection.execute(
            sa.select(columns.id, columns.purged).where(columns.sheet_id.in_(chunk))
        ).all()
        for number, before in known:
            all_ = sorted({*(json.loads(before) if before else ()), *what})
            connection.execute(
                t.SHEETS.update().where(columns.id == number).values(purged=json.dumps(all_))
            )


def note(connection: sa.Connection, who: str, why: str, what: Mapping[str, object]) -> None:
    """Append a line to the list of purges: when, who, why, and what went."""
    connection.execute(
        t.PURGES.insert().values(
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            who=who,
            why=why,
            what=json.dumps(what, sort_keys=True),
        )
    )


def _scrub_decisions(connection: sa.Connection, sheets: set[str], texts: Sequence[str]) -> None:
    """Who decided what and when stays, what they typed goes: NULL means purged."""
    columns = t.DECISIONS.c
    for names in _named(connection, t.DECISIONS, sheets):
        here = sa.and_(
            columns.sheet_id.in_(names),
            columns.field.in_(texts),
            columns.field.not_in((STATUS, CONSENT)),
        )
        # Whoever emptied a field wrote nothing, and that the row lacks it is its status.
        connection.execute(t.DECISIONS.update().where(here, columns.after != "").values(after=None))
        connection.execute(
            t.DECISIONS.update().where(here, columns.before != "").values(before=None)
        )


def _scrub_entries(connection: sa.Connection, sheets: set[str], texts: Sequence[str]) -> None:
    """Second entries keep which of their values were equal: that measures people's errors."""
    columns = t.SECOND_ENTRIES.c
    for names in _named(connection, t.SECOND_ENTRIES, sheets):
        here = sa.and_(columns.sheet_id.in_(names), columns.field.in_(texts))
        # Nobody can enter or settle any more what cannot be seen.
        open_ = sa.or_(
            columns.second_who.is_(None),
            sa.and_(columns.agreed.is_(sa.false()), columns.settled_who.is_(None)),
        )
        connection.execute(t.SECOND_ENTRIES.delete().where(here, open_))
        for row in connection.execute(sa.select(t.SECOND_ENTRIES).where(here)).all():
            first, second, settled = row.first_value, row.second_value, row.settled_value
            stand_in = {"": ""}
            for value in (first, second, settled):
                if value is not None:
                    stand_in.setdefault(value, f"purged-{len(stand_in)}")
            connection.execute(
                t.SECOND_ENTRIES.update()
                .where(columns.id == row.id)
                .values(
                    first_value=stand_in[first],
                    second_value=None if second is None else stand_in[second],
                    settled_value=None if settled is None else stand_in[settled],
                )
            )
    notes = t.REFERRALS.c
    # A question about a row as a whole may quote whatever stands in it.
    about = [*texts, STATUS, CONSENT] if texts else []
    for names in _named(connection, t.REFERRALS, sheets):
        connection.execute(
            t.REFERRALS.update()
            .where(notes.sheet_id.in_(names), notes.field.in_(about))
            .values(note="")
        )


def _scrub_samples(connection: sa.Connection, sheets: set[str], texts: Sequence[str]) -> None:
    """What was found right or wrong stays, the values go."""
    columns = t.SAMPLED_FIELDS.c
    wanted = sa.select(columns.sample, columns.place, columns.record_id, columns.right_value)
    for sample, place, record, right_value in connection.execute(
        wanted.where(columns.field.in_(texts))
    ).all():
        if reading_id(sheet_of(record)) in sheets:
            connection.execute(
                t.SAMPLED_FIELDS.update()
                .where(columns.sample == sample, columns.place == place)
                .values(value="", right_value=None if right_value is None else "")
            )


def _named(connection: sa.Connection, table: sa.Table, sheets: set[str]) -> Iterator[list[str]]:
    """Names of sheets in ``table`` that show one of ``sheets``, copies included."""
    known = connection.scalars(sa.select(table.c.sheet_id).distinct()).all()
    yield from _chunks([name for name in known if reading_id(name) in sheets])


def _ids(connection: sa.Connection, sheets: Sequence[str]) -> Iterator[Sequence[int]]:
    for chunk in _chunks(sheets):
        yield connection.scalars(
            sa.select(t.SHEETS.c.id).where(t.SHEETS.c.sheet_id.in_(chunk))
        ).all()


def _chunks(names: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), CHUNK):
        yield list(names[start : start + CHUNK])
