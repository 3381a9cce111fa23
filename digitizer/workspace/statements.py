"""The longer statements of the store: saving a page, listing what is there.

Each function takes an open connection; ``store`` holds the transactions.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from digitizer.records import (
    FURTHER,
    Failure,
    FieldValue,
    Finding,
    PageResult,
    RowStatus,
    SheetStatus,
    page_of,
)
from digitizer.workspace import keeping
from digitizer.workspace import schema as t
from digitizer.workspace.placed import geometry_to_text
from digitizer.workspace.stored import (
    KnownFile,
    Source,
    field_from_columns,
    field_to_columns,
    findings_from_text,
    findings_to_text,
)

# The columns that ``field_to_columns`` fills, in its order.
_FIELD_COLUMNS = (
    "field",
    "kind",
    "state",
    "value",
    "raw_text",
    "confidence",
    "raw_confidence",
    "engine",
    "alternatives",
    "route",
    "findings",
    "mark",
    "source_row",
    "crop",
)


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A signer row as its page was read."""

    row: int
    status: RowStatus
    reasons: tuple[Finding, ...]
    contact_consent: bool
    fields: tuple[FieldValue, ...]


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """A page as it was read."""

    sheet_id: str
    settings_hash: str
    petition: str | None
    form: str | None
    status: SheetStatus
    reasons: tuple[str, ...]
    rotation_deg: int | None
    skew_deg: float | None
    rows_on_form: int | None
    rows: tuple[ReadRow, ...]
    collector: tuple[FieldValue, ...]
    failure: Failure | None
    fingerprint: tuple[float, ...]


def register(
    connection: sa.Connection, run_id: int, settings_hash: str, sources: Sequence[Source]
) -> int:
    """Note what was handed in; see ``Store.register``."""
    columns = t.SOURCES.c
    known = {
        (row.source_file, row.page, row.sha256): row
        for row in connection.execute(sa.select(t.SOURCES))
    }
    opened = {s.source_file for s in sources if s.failure is None}
    handed_in = {(s.source_file, s.page, s.sha256) for s in sources}
    gone = [
        row.id
        for key, row in known.items()
        if row.source_file in opened
        and key not in handed_in
        and (row.failure_kind is not None or not _is_read(connection, row.sha256, row.page))
    ]
    for old in gone:
        connection.execute(t.SOURCES.delete().where(columns.id == old))
    new: list[dict[str, object]] = []
    seen: set[tuple[str, int, str]] = set()
    readings_of: dict[tuple[str, int], dict[str, bool | None]] | None = None
    moves: dict[str, str] = {}
    for place, source in enumerate(sources):
        key = (source.source_file, source.page, source.sha256)
        if key in seen:
            continue
        seen.add(key)
        noted = {
            "settings_hash": settings_hash,
            "failure_kind": source.failure.kind if source.failure else None,
            "failure_message": source.failure.message if source.failure else None,
            "path": _storable(source.path),
        }
        row = known.get(key)
        if row is not None and row.settings_hash != settings_hash:
            if readings_of is None:
                readings_of = keeping.statuses(connection)
            read = readings_of.get((source.sha256, source.page), {})
            noted["settings_hash"] = keeping.held(read, row.settings_hash, settings_hash)
        if row is None or row.id in gone:
            new.append(
                {
                    "source_file": source.source_file,
                    "page": source.page,
                    "sha256": source.sha256,
                    "run_id": run_id,
                    "place": place,
                    **noted,
                    "settings_hash": settings_hash,
                }
            )
        elif any(getattr(row, name) != value for name, value in noted.items()):
            if row.path and source.path and row.path != noted["path"]:
                moves.setdefault(row.path, str(noted["path"]))
            connection.execute(t.SOURCES.update().where(columns.id == row.id).values(noted))
    if new:
        connection.execute(t.SOURCES.insert(), new)
    left = [r for key, r in known.items() if key not in handed_in and r.id not in gone]
    for number, path in _moved_with({r.id: r.path for r in left if r.path}, moves).items():
        connection.execute(t.SOURCES.update().where(columns.id == number).values(path=path))
    list_further(connection)
    return len(new)


def _moved_with(left: Mapping[int, str], moves: Mapping[str, str]) -> dict[int, str]:
    """Where files would lie now that are gone, since another took their place or all of a folder.

    ``left``: the paths of files that were not handed in, by number; ``moves``: where files lay
    and lie now. What took the place of a bad scan is known by that place.
    """
    folders: dict[str, set[str]] = {}
    for old, now in moves.items():
        if Path(old).name == Path(now).name:
            folders.setdefault(str(Path(old).parent), set()).add(str(Path(now).parent))
    found = {}
    for number, path in left.items() if moves else ():
        place = Path(path)
        went = folders.get(str(place.parent), set())
        if path in moves:
            found[number] = moves[path]
        elif len(went) == 1 and not os.path.lexists(path):
            found[number] = str(Path(*went) / place.name)
    return found


def earlier_files(connection: sa.Connection) -> tuple[tuple[str, str, str], ...]:
    """(path, name, sha256) of the files handed in so far whose path is known, oldest first."""
    columns = t.SOURCES.c
    file = columns.path, columns.source_file, columns.sha256
    wanted = sa.select(*file, sa.func.min(columns.id).label("oldest")).where(columns.path != "")
    found = connection.execute(wanted.group_by(*file).order_by("oldest"))
    return tuple((row.path, row.source_file, row.sha256) for row in found)


def list_further(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> None:
    """List pages' further sheets beside the pages, for every file that holds the page.

    ``conditions`` on ``sheets``: those just read, all without any.
    """
    sheets, columns = t.SHEETS.c, t.SOURCES.c
    wanted = sa.select(sheets.sha256, sheets.page).where(sheets.page >= FURTHER, *conditions)
    for sha256, number in connection.execute(wanted.distinct()).all():
        there = {
            row.source_file: row
            for row in connection.execute(
                sa.select(t.SOURCES).where(columns.sha256 == sha256, columns.page == number)
            )
        }
        pages = sa.select(t.SOURCES).where(columns.sha256 == sha256)
        for page in connection.execute(pages.where(columns.page == page_of(number))).all():
            row = there.get(page.source_file)
            if row is None:
                noted = {c.name: getattr(page, c.name) for c in t.SOURCES.columns if c.name != "id"}
                connection.execute(t.SOURCES.insert().values({**noted, "page": number}))
            elif (row.settings_hash, row.path) != (page.settings_hash, page.path):
                read = keeping.statuses(connection, sha256).get((sha256, number), {})
                held = keeping.held(read, row.settings_hash, page.settings_hash)
                connection.execute(
                    t.SOURCES.update()
                    .where(columns.id == row.id)
                    .values(settings_hash=held, path=page.path)
                )


def _is_read(connection: sa.Connection, sha256: str, page: int) -> bool:
    sheets = t.SHEETS.c
    wanted = sa.select(sheets.id).where(sheets.sha256 == sha256, sheets.page == page)
    return connection.execute(wanted.limit(1)).first() is not None


def save_page(
    connection: sa.Connection, result: PageResult, settings_hash: str, *, overlay: bool
) -> None:
    """Save one page with all sheets on it; see ``Store.save_page``."""
    sheets = t.SHEETS.c
    if result.status is SheetStatus.FAILED and keeping.has_better(
        connection, result.ref.sha256, result.ref.number, settings_hash
    ):
        return
    for further in result.further:
        save_page(connection, further, settings_hash, overlay=overlay)
    connection.execute(
        t.SHEETS.delete().where(
            sheets.sha256 == result.ref.sha256,
            sheets.page == result.ref.number,
            sheets.settings_hash == settings_hash,
        )
    )
    values = _sheet_columns(result, settings_hash, overlay=overlay)
    sheet = new_key(connection.execute(t.SHEETS.insert().values(values)))
    for table, lines in (
        (t.ROWS, _row_lines(sheet, result)),
        (t.FIELDS, _field_lines(sheet, result)),
        (t.STEPS, _step_lines(sheet, result)),
    ):
        if lines:
            connection.execute(table.insert(), lines)
    keeping.show_saved(connection, result.ref.sha256, result.ref.number, settings_hash)
    if result.further:
        list_further(connection, sheets.sha256 == result.ref.sha256)


def _sheet_columns(result: PageResult, settings_hash: str, *, overlay: bool) -> dict[str, object]:
    failure = result.failure
    return {
        "sha256": result.ref.sha256,
        "page": result.ref.number,
        "settings_hash": settings_hash,
        "sheet_id": result.sheet_id,
        "status": result.status.value,
        "petition": _storable(result.petition),
        "form": result.form,
        "reasons": json.dumps(result.reasons),
        "rotation_deg": result.rotation_deg,
        "skew_deg": result.skew_deg,
        "rows_on_form": result.rows_on_form,
        "fingerprint": json.dumps(result.fingerprint),
        "failure_stage": failure.stage if failure else None,
        "failure_kind": failure.kind if failure else None,
        "failure_message": _storable(failure.message) if failure else None,
        "overlay": overlay,
        "saved": datetime.now(UTC).isoformat(timespec="seconds"),
        "geometry": None if result.geometry is None else geometry_to_text(result.geometry),
    }


def _row_lines(sheet: int, result: PageResult) -> list[dict[str, object]]:
    return [
        {
            "sheet": sheet,
            "row": row.row,
            "status": row.status.value,
            "reasons": findings_to_text(row.reasons),
            "contact_consent": row.contact_consent,
        }
        for row in result.rows
    ]


def _field_lines(sheet: int, result: PageResult) -> list[dict[str, object]]:
    rows = ((t.COLLECTOR_ROW, result.collector), *((row.row, row.fields) for row in result.rows))
    return [
        {"sheet": sheet, "row": number, "place": place, **_storable_columns(value)}
        for number, values in rows
        for place, value in enumerate(values)
    ]


def _step_lines(sheet: int, result: PageResult) -> list[dict[str, object]]:
    return [
        {
            "sheet": sheet,
            "place": place,
            "stage": step.stage,
            "detail": _storable(step.detail),
            "seconds": step.seconds,
        }
        for place, step in enumerate(result.steps)
    ]


def sources(
    connection: sa.Connection, *conditions: sa.ColumnElement[bool]
) -> tuple[tuple[Source, str], ...]:
    """What was handed in, in order of arrival, each with its settings hash."""
    columns = t.SOURCES.c
    order = (columns.run_id, columns.place, columns.id)
    found = []
    for row in connection.execute(sa.select(t.SOURCES).where(*conditions).order_by(*order)):
        failure = None
        if row.failure_kind is not None:
            failure = Failure("scan", row.failure_kind, row.failure_message or "")
        source = Source(row.source_file, row.page, row.sha256, failure, row.path)
        found.append((source, row.settings_hash))
    return tuple(found)


def sources_of(
    connection: sa.Connection, sheet_ids: Sequence[str]
) -> tuple[tuple[Source, str], ...]:
    """All copies of the pages whose readings have these ids, in order of arrival."""
    sheets = t.SHEETS.c
    wanted = sa.select(sheets.sha256, sheets.page).where(sheets.sheet_id.in_(sheet_ids))
    pages = {(row.sha256, row.page) for row in connection.execute(wanted)}
    if not pages:
        return ()
    found = sources(connection, t.SOURCES.c.sha256.in_({sha for sha, _ in pages}))
    return tuple((s, key) for s, key in found if (s.sha256, s.page) in pages)


def unopened(connection: sa.Connection) -> tuple[tuple[Source, str], ...]:
    """What was handed in and could not be opened."""
    return sources(connection, t.SOURCES.c.failure_kind.is_not(None))


def known_files(connection: sa.Connection) -> dict[str, KnownFile]:
    """Files hashed before, by name."""
    return {
        row["source_file"]: KnownFile(
            source_file=row["source_file"],
            size_bytes=row["size_bytes"],
            mtime_ns=int(row["mtime_ns"]),
            sha256=row["sha256"],
            pages=row["pages"],
        )
        for row in connection.execute(sa.select(t.FILES)).mappings()
    }


def duplicates(connection: sa.Connection, sheets: Sequence[str] | None = None) -> dict[str, str]:
    """The sheet each other scan repeats, by sheet id; of ``sheets`` alone if given."""
    columns = t.DUPLICATES.c
    wanted = sa.select(columns.sheet_id, columns.duplicate_of)
    if sheets is not None:
        wanted = wanted.where(columns.sheet_id.in_(sheets))
    return {sheet: first for sheet, first in connection.execute(wanted)}


def petitions(connection: sa.Connection) -> dict[str, int]:
    """How many sheets were read with each petition's title."""
    column = t.SHEETS.c.petition
    found = connection.execute(
        sa.select(column, sa.func.count()).where(column.is_not(None)).group_by(column)
    )
    return {title: count for title, count in found if title}


def readings(
    connection: sa.Connection, wanted: Sequence[tuple[Source, str]]
) -> dict[tuple[str, int], ReadSheet]:
    """The readings to show, by (sha256, page).

    Of several readings of a page that of the source's settings is shown, and
    until that exists the latest (``keeping``).
    """
    hashes = {(s.sha256, s.page): settings_hash for s, settings_hash in wanted}
    sheets = t.SHEETS.c
    found: dict[tuple[str, int], dict[str, sa.Row[tuple[object, ...]]]] = {}
    # All but the geometry, which is long and which only a few pages ask for.
    listed = [column for column in t.SHEETS.columns if column is not sheets.geometry]
    of_files = sheets.sha256.in_({sha for sha, _ in hashes})
    for row in connection.execute(sa.select(*listed).where(of_files).order_by(sheets.id)):
        if (row.sha256, row.page) in hashes:
            found.setdefault((row.sha256, row.page), {})[row.settings_hash] = row
    chosen = {key: keeping.chosen(rows, hashes[key]) for key, rows in found.items()}
    ids = [row.id for row in chosen.values()]
    rows = _rows_by_sheet(connection, ids)
    fields = _fields_by_row(connection, ids)
    return {key: _read_sheet(row, rows.get(row.id, ()), fields) for key, row in chosen.items()}


def step_details(connection: sa.Connection, *, stage: str) -> dict[tuple[str, str], str]:
    """What pages' provenance says of a stage, by sheet id and settings hash."""
    sheets, steps = t.SHEETS.c, t.STEPS.c
    wanted = sa.select(sheets.sheet_id, sheets.settings_hash, steps.detail).where(
        steps.sheet == sheets.id, steps.stage == stage
    )
    return {(name, key): detail for name, key, detail in connection.execute(wanted)}


def _rows_by_sheet(
    connection: sa.Connection, ids: Sequence[int]
) -> dict[int, tuple[sa.Row[tuple[object, ...]], ...]]:
    columns = t.ROWS.c
    found: dict[int, list[sa.Row[tuple[object, ...]]]] = {}
    wanted = sa.select(t.ROWS).where(columns.sheet.in_(ids)).order_by(columns.sheet, columns.row)
    for row in connection.execute(wanted):
        found.setdefault(row.sheet, []).append(row)
    return {sheet: tuple(rows) for sheet, rows in found.items()}


def _fields_by_row(
    connection: sa.Connection, ids: Sequence[int]
) -> dict[tuple[int, int], tuple[FieldValue, ...]]:
    columns = t.FIELDS.c
    found: dict[tuple[int, int], list[FieldValue]] = {}
    wanted = (
        sa.select(columns.sheet, columns.row, *(columns[name] for name in _FIELD_COLUMNS))
        .where(columns.sheet.in_(ids))
        .order_by(columns.sheet, columns.row, columns.place)
    )
    for sheet, row, *values in connection.execute(wanted):
        found.setdefault((sheet, row), []).append(field_from_columns(values))
    return {key: tuple(values) for key, values in found.items()}


def _read_sheet(
    sheet: "sa.Row[tuple[object, ...]]",
    rows: "Sequence[sa.Row[tuple[object, ...]]]",
    fields: Mapping[tuple[int, int], tuple[FieldValue, ...]],
) -> ReadSheet:
    failure = None
    if sheet.failure_kind is not None:
        failure = Failure(
            sheet.failure_stage or "", sheet.failure_kind, sheet.failure_message or ""
        )
    return ReadSheet(
        sheet_id=sheet.sheet_id,
        settings_hash=sheet.settings_hash,
        petition=sheet.petition,
        form=sheet.form,
        status=SheetStatus(sheet.status),
        reasons=tuple(json.loads(sheet.reasons)),
        rotation_deg=sheet.rotation_deg,
        skew_deg=sheet.skew_deg,
        rows_on_form=sheet.rows_on_form,
        rows=tuple(
            ReadRow(
                row=row.row,
                status=RowStatus(row.status),
                reasons=findings_from_text(row.reasons),
                contact_consent=bool(row.contact_consent),
                fields=fields.get((sheet.id, row.row), ()),
            )
            for row in rows
        ),
        collector=fields.get((sheet.id, t.COLLECTOR_ROW), ()),
        failure=failure,
        fingerprint=tuple(json.loads(sheet.fingerprint)),
    )


def new_key(inserted: "sa.CursorResult[tuple[object, ...]]") -> int:
    """The number the database gave to the row just inserted."""
    key = inserted.inserted_primary_key
    if key is None:
        raise ValueError("the statement inserted no single row")
    return int(key[0])


def _storable(text: str | None) -> str | None:
    # PostgreSQL keeps no NUL in text, and no database keeps half a character.
    if text is None:
        return None
    return text.replace("\x00", "").encode("utf-8", "backslashreplace").decode("utf-8")


def _storable_columns(value: FieldValue) -> dict[str, object]:
    return {
        name: _storable(column) if isinstance(column, str) else column
        for name, column in field_to_columns(value).items()
    }
