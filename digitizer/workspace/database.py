"""A workspace's database as such: opened, brought up to date, read and written in transactions.

SQLite (write-ahead log, foreign keys on) or PostgreSQL, through SQLAlchemy
Core. Opening a workspace brings an older database up to date and refuses a
newer one. Whatever goes wrong underneath is a ``StoreError`` of one line.
"""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import exc

from digitizer.errors import DependencyError, StoreError, UsageError, how_to_install
from digitizer.sharing import share

# Newest revision in ``migrations``; a test holds the two together. Comparing
# it with the database's saves importing Alembic when nothing is to be done.
HEAD_REVISION = "0006"

# How long a write waits for another process's write: far longer than any
# transaction of ours takes, and short enough for a person to wait.
BUSY_TIMEOUT_S = 30

# Number of our PostgreSQL advisory lock: two programs that open a new
# database at once must not both create its tables.
_MIGRATION_LOCK = 4_211_905_377

_Returned = TypeVar("_Returned")


class Database:
    """An open database; a context manager that closes it. Safe to use from several threads."""

    def __init__(self, engine: sa.Engine, name: str) -> None:
        """Take an engine whose database is up to date; use ``open``."""
        self._engine = engine
        self._name = name
        # SQLite takes one writer at a time; threads of one process queue up
        # here rather than in its busy handler, which sleeps up to 100 ms.
        one_writer = engine.dialect.name == "sqlite"
        self._turn = threading.Lock() if one_writer else contextlib.nullcontext()

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
            if url.database and url.database != ":memory:":
                _create_private(Path(url.database))
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

    @property
    def url(self) -> str:
        """Where the database is, for a process that opens it as well; may hold a password."""
        return self._engine.url.render_as_string(hide_password=False)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    @property
    def address(self) -> str:
        """What another process opens this database by, wherever it runs; holds its password."""
        url = self._engine.url
        if url.get_backend_name() == "sqlite" and url.database:
            url = url.set(database=str(Path(url.database).absolute()))
        return url.render_as_string(hide_password=False)

    def read(self, function: Callable[[sa.Connection], _Returned]) -> _Returned:
        """What ``function`` (of a module that holds statements) gives on an open connection."""
        return self._read(function)

    def write(self, function: Callable[[sa.Connection], _Returned]) -> _Returned:
        """The same in one transaction; it may be called twice, but counts once."""
        return self._write(function)

    def compact(self) -> bool:
        """Write the database anew without the space of what was deleted or overwritten.

        What lay there cannot be found in its files any more. False where a
        program that has it open kept a part of the old (SQLite's log).
        """
        with self._clear_errors(), self._turn:
            # Outside of any transaction, which only the driver itself offers.
            pooled = self._engine.raw_connection()
            connection: Any = pooled.driver_connection
            try:
                if self._engine.dialect.name == "postgresql":
                    connection.autocommit = True
                    connection.execute("VACUUM FULL")
                    return True
                connection.execute("VACUUM")
                busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                return not busy
            except sqlite3.Error as error:
                raise StoreError(_what_happened(error, self._name)) from error
            finally:
                pooled.invalidate()

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
        with (
            self._turn,
            self._engine.connect().execution_options(digitizer_writes=True) as connection,
            connection.begin(),
        ):
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
        "script_location", str(Path(__file__).parents[1] / "migrations").replace("%", "%%")
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
                f"PostgreSQL needs the package psycopg: {how_to_install('scale')}"
            ) from error
    read_only = _may_only_be_read(url.database)
    engine = (
        sa.create_engine(url, creator=lambda: _connect_to_read(str(url.database)))
        if read_only
        else sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: object, _record: object) -> None:
        # The driver's own transaction handling would leave the tables of a
        # migration outside its transaction; SQLAlchemy begins ours instead.
        connection.isolation_level = None  # type: ignore[attr-defined]
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA foreign_keys=ON")
        if read_only:
            cursor.close()
            return
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


def _create_private(file: Path) -> None:
    """Begin an SQLite file that only its owner reads: it holds names, and the key of sessions.

    In a folder that a group may write to, which somebody made so to share it, the group does too.
    """
    with contextlib.suppress(OSError):  # what is wrong with the place SQLite says itself
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        share(file)


def _may_only_be_read(database: str | None) -> bool:
    """Whether an SQLite file is there to read and can never be written: a CD, a backup.

    Not where a log lies beside it, which may hold more than the file: SQLite says what
    it makes of that.
    """
    if not database or not Path(database).is_file():
        return False
    file = Path(database)
    writable = os.access(file, os.W_OK) and os.access(file.absolute().parent, os.W_OK)
    log = Path(f"{file}-wal")
    return not writable and not (log.is_file() and log.stat().st_size)


def _connect_to_read(database: str) -> sqlite3.Connection:
    # Else SQLite makes files for its log beside the database even to read it.
    address = f"file:{quote(str(Path(database).absolute()))}?mode=ro&immutable=1"
    return sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False)


def _what_happened(error: BaseException, name: str) -> str:
    # sqlite3 and psycopg say it in their own words, the first line suffices.
    origin = getattr(error, "orig", None) or error
    said = " ".join(str(origin).split())
    lower = said.lower()
    again = "run the same command again, all that was saved is kept"
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
