"""The workspace's database: every statement to it is here.

SQLite (write-ahead log, foreign keys on) or PostgreSQL, through SQLAlchemy
Core. A page is saved in one transaction, so a run that is killed leaves only
whole pages; saving the same page again leaves the same rows. Only the parent
process of a run writes.

Opening a workspace brings an older database up to date and refuses a newer
one. Whatever goes wrong underneath is a ``StoreError`` of one line.
"""

import contextlib
import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc

from digitizer import ledger, repeats, statements, views
from digitizer import schema as t
from digitizer.decisions import Decision, standing
from digitizer.errors import DependencyError, StoreError, UsageError
from digitizer.profiles.profiles import DuplicatePolicy, Profile, load_profile, parse_profile
from digitizer.records import FieldKind, PageResult
from digitizer.stored import RecordRow, Rescan, SheetRow, Source
from digitizer.titles import name_petitions

# Newest revision in ``migrations``; a test holds the two together. Comparing
# it with the database's saves importing Alembic when nothing is to be done.
HEAD_REVISION = "0004"

DATABASE_FILE = "digitizer.db"

# How long a write waits for another process's write: far longer than any
# transaction of ours takes, and short enough for a person to wait.
BUSY_TIMEOUT_S = 30

# Sheets fetched with all their fields at a time: about 5,000 field rows.
SHEETS_PER_FETCH = 50

# Kinds of failure that say nothing about the page: the next run tries again.
PASSING_FAILURES = ("worker-died", "interrupted")

# Number of our PostgreSQL advisory lock: two programs that open a new
# database at once must not both create its tables.
_MIGRATION_LOCK = 4_211_905_377

_Returned = TypeVar("_Returned")


@dataclass(frozen=True, slots=True)
class KnownFile:
    """How a file looked when it was hashed, and what was found in it."""

    source_file: str
    size_bytes: int
    mtime_ns: int
    sha256: str
    pages: int


class Store:
    """An open workspace database; a context manager that closes it."""

    def __init__(self, engine: sa.Engine, name: str) -> None:
        """Take an engine whose database is up to date; use ``open``."""
        self._engine = engine
        self._name = name

    @classmethod
    def open(cls, url_or_path: str | Path) -> Self:
        """Open a database, creating it or bringing it up to date.

        ``url_or_path``: ``sqlite:///...``, ``postgresql://...`` or the path of
        an SQLite file. Raises UsageError for another kind of database,
        DependencyError where PostgreSQL's driver is missing, and StoreError.
        """
        url = _database_url(url_or_path)
        name = url.render_as_string(hide_password=True)
        if url.get_backend_name() == "sqlite":
            name = url.database or name
        store = cls(_engine(url), name)
        try:
            store._migrate()
        except BaseException:
            store.close()
            raise
        return store

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the database."""
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    # Writing -----------------------------------------------------------------

    def start_run(self, settings_hash: str, settings: Mapping[str, object], version: str) -> int:
        """Note that a run begins; its number orders what it brings in."""

        def write(connection: sa.Connection) -> int:
            done = connection.execute(
                t.RUNS.insert().values(
                    started=_now(),
                    version=version,
                    settings_hash=settings_hash,
                    settings=json.dumps(settings, sort_keys=True),
                )
            )
            return statements.new_key(done)

        return self._write(write)

    def end_run(self, run_id: int, outcome: str) -> None:
        """Note how a run ended."""
        self._write(
            lambda c: c.execute(
                t.RUNS.update().where(t.RUNS.c.id == run_id).values(ended=_now(), outcome=outcome)
            )
        )

    def register(self, run_id: int, settings_hash: str, sources: Sequence[Source]) -> int:
        """Note what was handed in, in its order; return how much of it is new.

        A page handed in before keeps its place. Once a file opens, earlier
        notes that it did not are taken back, as is content which it no longer
        has and which was never read.
        """
        return self._write(lambda c: statements.register(c, run_id, settings_hash, sources))

    def remember_files(self, files: Sequence[KnownFile]) -> None:
        """Note how files look, so that the next run need not hash them."""
        if not files:
            return

        def write(connection: sa.Connection) -> None:
            names = [f.source_file for f in files]
            for start in range(0, len(names), SHEETS_PER_FETCH):
                chunk = names[start : start + SHEETS_PER_FETCH]
                connection.execute(t.FILES.delete().where(t.FILES.c.source_file.in_(chunk)))
            connection.execute(
                t.FILES.insert(),
                [
                    {
                        "source_file": f.source_file,
                        "size_bytes": f.size_bytes,
                        "mtime_ns": str(f.mtime_ns),
                        "sha256": f.sha256,
                        "pages": f.pages,
                    }
                    for f in files
                ],
            )

        self._write(write)

    def save_page(self, result: PageResult, settings_hash: str, *, overlay: bool = False) -> None:
        """Save one page whole, in one transaction; again is the same as once."""
        self._write(lambda c: statements.save_page(c, result, settings_hash, overlay=overlay))

    def save_rescans(self, rescans: Sequence[Rescan]) -> None:
        """Replace what is known about sheets scanned twice."""

        def write(connection: sa.Connection) -> None:
            rows = [
                {"sheet_id": r.sheet_id, "duplicate_of": r.duplicate_of, "score": r.score}
                for r in rescans
            ]
            columns = (t.DUPLICATES.c.sheet_id, t.DUPLICATES.c.duplicate_of, t.DUPLICATES.c.score)
            before = connection.execute(sa.select(*columns)).mappings()
            if {tuple(r.values()) for r in before} == {tuple(r.values()) for r in rows}:
                return
            connection.execute(t.DUPLICATES.delete())
            if rows:
                connection.execute(t.DUPLICATES.insert(), rows)

        self._write(write)

    def save_repeats(self, found: Sequence[repeats.Repeat]) -> None:
        """Replace what is known about people who signed twice."""
        self._write(lambda c: repeats.save(c, found))

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Append what people decided; nothing that was there before is changed."""
        self._write(lambda c: ledger.save_decisions(c, decisions))

    def set_profile(self, profile: Profile) -> None:
        """Put a validity profile in force: every listing from now on follows it."""
        self._write(lambda c: ledger.save_profile(c, profile.name, profile.text))

    def save_sample(self, seed: int, population: int, fields: Sequence[ledger.SampledField]) -> int:
        """Keep a sample of accepted fields that was drawn; returns its number."""
        return self._write(lambda c: ledger.save_sample(c, seed, population, fields))

    def save_checks(self, number: int, who: str, checks: Sequence[tuple[int, bool, str]]) -> None:
        """Note of fields of a sample, by place, whether they are right, and what is."""
        self._write(lambda c: ledger.save_checks(c, number, who, checks))

    def setting(self, name: str, make: Callable[[], str]) -> str:
        """The workspace's setting called ``name``; ``make`` gives it at first use."""
        return self._write(lambda c: ledger.setting(c, name, make))

    # Reading -----------------------------------------------------------------

    def decisions(self) -> tuple[Decision, ...]:
        """Everything people ever decided, in order."""
        return self._read(ledger.decisions)

    def profile(self) -> Profile:
        """The validity profile in force."""
        found = self._read(ledger.profile)
        return load_profile() if found is None else parse_profile(found[1], found[0])

    def sample(self, number: int) -> ledger.Sample:
        """A sample by its number; UsageError where there is none."""
        found = self._read(lambda c: ledger.sample(c, number))
        if found is None:
            raise UsageError(f"no sample {number} was drawn from {self._name}")
        return found

    def sources(self) -> tuple[Source, ...]:
        """Every page handed in, read or not, in order of arrival."""
        return tuple(source for source, _ in self._read(statements.sources))

    def signer_repeats(self) -> Mapping[str, repeats.Repeat]:
        """Rows that are or may be an earlier row's person, by record id."""
        return self._read(repeats.load)

    def finished(self, settings_hash: str, *, overlay: bool = False) -> frozenset[tuple[str, int]]:
        """(sha256, page) of the pages that need not be read again.

        ``overlay``: only those whose overlay was drawn.
        """
        wanted = sa.select(t.SHEETS.c.sha256, t.SHEETS.c.page).where(
            t.SHEETS.c.settings_hash == settings_hash,
            sa.or_(
                t.SHEETS.c.failure_kind.is_(None),
                t.SHEETS.c.failure_kind.not_in(PASSING_FAILURES),
            ),
        )
        if overlay:
            wanted = wanted.where(t.SHEETS.c.overlay.is_(True))
        return self._read(lambda c: frozenset((sha, page) for sha, page in c.execute(wanted)))

    def known_files(self) -> dict[str, KnownFile]:
        """Files hashed before, by name."""
        rows = self._read(lambda c: c.execute(sa.select(t.FILES)).mappings().all())
        return {
            row["source_file"]: KnownFile(
                source_file=row["source_file"],
                size_bytes=row["size_bytes"],
                mtime_ns=int(row["mtime_ns"]),
                sha256=row["sha256"],
                pages=row["pages"],
            )
            for row in rows
        }

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

    def field_names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of all fields of signer rows and of collector boxes, sorted.

        Row numbers and what a form says to ignore are no fields of a record.
        """
        hidden = (FieldKind.ROW_NUMBER.value, FieldKind.IGNORE.value)
        boxed = (t.FIELDS.c.row == t.COLLECTOR_ROW).label("boxed")
        wanted = sa.select(boxed, t.FIELDS.c.field).where(t.FIELDS.c.kind.not_in(hidden))
        found = self._read(lambda c: c.execute(wanted.distinct()).all())
        return (
            tuple(sorted(name for in_box, name in found if not in_box)),
            tuple(sorted(name for in_box, name in found if in_box)),
        )

    def sheets(self) -> tuple[SheetRow, ...]:
        """Every sheet, in order of arrival."""
        return tuple(sheet for sheet, _ in self.listing())

    def records(self, profile: Profile | None = None) -> Iterator[RecordRow]:
        """Every row that holds ink, in order of arrival; see ``listing``."""
        for _, records in self.listing(profile):
            yield from records

    def listing(
        self, profile: Profile | None = None, *, with_repeats: bool = True
    ) -> Iterator[tuple[SheetRow, tuple[RecordRow, ...]]]:
        """Every sheet with its rows that hold ink, in order of arrival.

        As people decided them, and judged by ``profile`` or else the one in
        force. ``with_repeats``: False leaves out that people signed twice.
        """
        profile = profile or self.profile()
        once = profile.duplicates is DuplicatePolicy.FIRST
        known = self.signer_repeats() if with_repeats and once else {}
        sources = self._read(statements.sources)
        decided = standing(self.decisions())
        names = name_petitions(self._read(statements.petitions))
        listing = views.Listing(self._read(statements.duplicates), decided, profile, names)
        for start in range(0, len(sources), SHEETS_PER_FETCH):
            chunk = sources[start : start + SHEETS_PER_FETCH]
            readings = self._read(functools.partial(statements.readings, wanted=chunk))
            for source, _ in chunk:
                listed = listing.add(source, readings.get((source.sha256, source.page)))
                if listed is not None:
                    sheet, records = listed
                    yield sheet, repeats.show(records, known)

    # Connections -------------------------------------------------------------

    def _read(self, function: Callable[[sa.Connection], _Returned]) -> _Returned:
        with self._clear_errors(), self._engine.connect() as connection:
            return function(connection)

    def _write(self, function: Callable[[sa.Connection], _Returned]) -> _Returned:
        # Another machine may save the same page at the same moment; its rows
        # are then there, and the second attempt finds and replaces them.
        with self._clear_errors():
            try:
                return self._write_once(function)
            except exc.IntegrityError:
                return self._write_once(function)

    def _write_once(self, function: Callable[[sa.Connection], _Returned]) -> _Returned:
        with self._engine.connect().execution_options(digitizer_writes=True) as connection:
            with connection.begin():
                return function(connection)

    def _migrate(self) -> None:
        def migrate(connection: sa.Connection) -> None:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            if _revision(connection) != HEAD_REVISION:
                _upgrade(connection, self._name)

        if self._read(_revision) != HEAD_REVISION:
            self._write(migrate)

    @contextlib.contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except (exc.SQLAlchemyError, OSError) as error:
            raise StoreError(_what_happened(error, self._name)) from error


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def _upgrade(connection: sa.Connection, name: str) -> None:
    from alembic import command, config, script, util

    settings = config.Config()
    settings.set_main_option(
        "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
    )
    settings.attributes["connection"] = connection
    known = {s.revision for s in script.ScriptDirectory.from_config(settings).walk_revisions()}
    found = _revision(connection)
    if found is not None and found not in known:
        raise StoreError(
            f"{name} was written by a newer digitizer (its revision is {found}, this one knows "
            f"up to {HEAD_REVISION}): install the newer version and run it again"
        )
    try:
        command.upgrade(settings, "head")
    except util.CommandError as error:
        raise StoreError(f"{name} could not be brought up to date: {error}") from error


def _database_url(url_or_path: str | Path) -> sa.URL:
    text = str(url_or_path)
    if isinstance(url_or_path, Path) or "://" not in text:
        return sa.URL.create("sqlite", database=text)
    try:
        url = sa.make_url(text)
    except exc.ArgumentError as error:
        raise UsageError(
            "the database URL is not understood: write postgresql://USER@HOST/NAME"
        ) from error
    if url.drivername in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise UsageError(
            f"databases of the kind {url.drivername!r} are not supported: "
            "use a postgresql:// URL, or leave --database away for SQLite"
        )
    return url


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() != "sqlite":
        try:
            return sa.create_engine(url)
        except ModuleNotFoundError as error:
            raise DependencyError(
                "PostgreSQL needs the package psycopg: pip install 'digitizer[scale]'"
            ) from error
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: object, _record: object) -> None:
        # The driver's own transaction handling would leave the tables of a
        # migration outside its transaction; SQLAlchemy begins ours instead.
        connection.isolation_level = None  # type: ignore[attr-defined]
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA foreign_keys=ON")
        # A killed process loses nothing in this mode; a power cut may lose
        # the last pages, which are then read again.
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A transaction that reads first and then writes fails at once when
        # another wrote in between; taking the lock first makes it wait.
        writes = connection.get_execution_options().get("digitizer_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _what_happened(error: BaseException, name: str) -> str:
    # sqlite3 and psycopg say it in their own words, the first line suffices.
    origin = getattr(error, "orig", None) or error
    said = " ".join(str(origin).split())
    lower = said.lower()
    again = "run the same command again, finished pages are kept"
    if "disk is full" in lower or "no space left" in lower or "could not extend" in lower:
        return f"the disk is full, {name} could not be written: free some space and {again}"
    if "readonly" in lower or "read-only" in lower:
        return f"{name} may not be written: make the folder writable and {again}"
    if "locked" in lower:
        return f"{name} is in use by another program: wait until it has ended and {again}"
    if "not a database" in lower or "malformed" in lower:
        return (
            f"{name} is not a digitizer database or is damaged: restore it from a copy, "
            "or move it away to start anew"
        )
    if "unable to open" in lower:
        return f"{name} cannot be opened: check that its folder exists and may be written"
    return f"{name}: {said[:300]}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
