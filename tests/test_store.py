"""The database: on SQLite and on a real PostgreSQL."""

import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import config, migration, script
from alembic.autogenerate import compare_metadata
from fake_pages import field, page_ref, page_result, read_text_page, row, write_scan
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digitizer import batch, execution, export, store
from digitizer.errors import DependencyError, StoreError, UsageError
from digitizer.records import (
    Candidate,
    Failure,
    FieldKind,
    FieldState,
    FieldValue,
    Finding,
    Mark,
    PageResult,
    Route,
    RowStatus,
    SheetStatus,
    SignerRow,
)
from digitizer.store import DATABASE_FILE, KnownFile, Store
from digitizer.workspace import database, definitions, schema
from digitizer.workspace.statements import earlier_files
from digitizer.workspace.stored import Rescan, SheetRow, Source

KEY = "settings-1"


def server_folder() -> Path | None:
    """Folder of PostgreSQL's server programs, the newest."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    named = shutil.which("initdb")
    return Path(named).parent if named else None


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[str]:
    """Folder with the socket of a private PostgreSQL server."""
    programs = server_folder()
    if programs is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="digitizer-pg-"))
    # The server refuses to run as root.
    user = None
    if os.getuid() == 0:
        user = "nobody"
        shutil.chown(folder, user)
    data, log = folder / "data", folder / "log"

    def call(*arguments: str | Path) -> None:
        environment = {**os.environ, "LC_ALL": "C"}
        subprocess.run(
            [programs / arguments[0], *arguments[1:]],
            check=True,
            capture_output=True,
            user=user,
            cwd=folder,
            env=environment,
            timeout=60,
        )

    try:
        call("initdb", "-D", data, "-U", "digitizer", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        call("pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")
        yield str(folder)
        call("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_socket: str) -> str:
    """An empty PostgreSQL database."""
    base = f"postgresql+psycopg://digitizer@/postgres?host={postgres_socket}"
    engine = sa.create_engine(base, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("DROP DATABASE IF EXISTS tested WITH (FORCE)"))
        connection.execute(sa.text("CREATE DATABASE tested"))
    engine.dispose()
    return f"postgresql://digitizer@/tested?host={postgres_socket}"


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    where: str | Path = tmp_path / "digitizer.db"
    if request.param == "postgresql":
        where = request.getfixturevalue("postgres_url")
    with Store.open(where) as found:
        yield found


def source(result: PageResult, source_file: str | None = None) -> Source:
    """The source of a result."""
    return Source(source_file or result.ref.source_file, result.ref.page, result.ref.sha256)


def add(opened: Store, *results: PageResult, key: str = KEY) -> int:
    """Hand in and save pages in one run."""
    run = opened.start_run(key, {}, "0")
    opened.register(run, key, [source(r) for r in results])
    for result in results:
        opened.save_page(result, key)
    return run


def as_result(opened: Store, sheet: SheetRow, like: PageResult) -> PageResult:
    """What the store holds of a page, in the form in which it was saved."""
    records = [r for r in opened.records() if r.sheet.sheet_id == sheet.sheet_id]
    own = {r.row: r for r in like.rows}
    return replace(
        like,
        sheet_id=sheet.reading_id,
        status=sheet.status,
        petition=sheet.petition,
        form=sheet.form,
        rotation_deg=sheet.rotation_deg,
        skew_deg=sheet.skew_deg,
        rows_on_form=sheet.rows_on_form,
        fingerprint=sheet.fingerprint,
        collector=sheet.collector,
        failure=sheet.failure,
        reasons=sheet.reasons,
        rows=tuple(
            SignerRow(r.row, r.reading_status, r.fields, own[r.row].reasons, r.contact_consent)
            for r in records
        ),
    )


CONTENTS = itertools.count()
# Text as a database can keep it: whole characters, no NUL.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
SHARES = st.none() | st.floats(0, 1)


@st.composite
def values(draw: st.DrawFn, name: str) -> FieldValue:
    """A field with anything in it."""
    return FieldValue(
        field=name,
        kind=draw(st.sampled_from(FieldKind)),
        state=draw(st.sampled_from(FieldState)),
        value=draw(TEXTS),
        raw_text=draw(TEXTS),
        confidence=draw(SHARES),
        raw_confidence=draw(SHARES),
        engine=draw(TEXTS),
        alternatives=tuple(
            Candidate(*c) for c in draw(st.lists(st.tuples(TEXTS, st.floats(0, 1)), max_size=2))
        ),
        route=draw(st.sampled_from(Route)),
        findings=tuple(
            Finding(*f) for f in draw(st.lists(st.tuples(TEXTS, TEXTS, st.booleans()), max_size=2))
        ),
        mark=draw(st.sampled_from(Mark)),
        source_row=draw(st.none() | st.integers(1, 20)),
        crop=draw(st.none() | TEXTS),
    )


@st.composite
def results(draw: st.DrawFn) -> PageResult:
    """A page with anything in it, on content of its own."""
    # One store sees all examples: of two on one content it would keep the first, and of two
    # titles that are alike (as are all without letters) one would name the other.
    content = next(CONTENTS)
    ref = page_ref(f"{content}", draw(st.integers(1, 500)))
    numbers = draw(st.lists(st.integers(1, 20), unique=True, max_size=3).map(sorted))
    statuses = [s for s in RowStatus if s not in (RowStatus.BLANK, RowStatus.COUNTED)]
    rows = []
    for number in numbers:
        status = draw(st.sampled_from(statuses))
        # What blocks a row as a whole is never read without the row waiting for it.
        blocks = status is RowStatus.REVIEW
        found = tuple(Finding("row", r, blocks) for r in draw(st.lists(TEXTS, max_size=2)))
        fields = draw(values("name")), draw(values("phone"))
        rows.append(SignerRow(number, status, fields, found, draw(st.booleans())))
    failure = draw(st.none() | st.builds(Failure, st.just("scan"), st.just("x"), TEXTS))
    return page_result(
        ref,
        *rows,
        status=draw(st.sampled_from(SheetStatus)),
        petition=draw(st.none() | TEXTS.map(lambda text: f"{content:06d}{text}")),
        reasons=("x",) if failure else (),
        skew_deg=draw(st.none() | st.floats(-5, 5)),
        rotation_deg=draw(st.none() | st.sampled_from([0, 90, 180, 270])),
        rows_on_form=draw(st.none() | st.integers(0, 20)),
        collector=(draw(values("collector_name")),),
        fingerprint=tuple(draw(st.lists(st.floats(0, 1), max_size=4))),
        failure=failure,
    )


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(result=results())
def test_every_part_of_a_page_comes_back_as_it_was_saved(opened: Store, result: PageResult) -> None:
    add(opened, result)
    sheet = next(s for s in opened.sheets() if s.reading_id == result.sheet_id)
    assert as_result(opened, sheet, result) == result


def test_saving_a_page_again_changes_nothing(opened: Store) -> None:
    result = page_result(page_ref(), row(1, "Ana Roy"), row(3, "Bo Li", review="name"))
    add(opened, result)
    before = (opened.sheets(), tuple(opened.records()))
    opened.save_page(result, KEY)
    add(opened, result)
    assert (opened.sheets(), tuple(opened.records())) == before


def test_a_finished_page_is_finished_under_its_settings_only(opened: Store) -> None:
    result = page_result(page_ref())
    add(opened, result)
    assert opened.finished(KEY) == {(result.ref.sha256, 1)}
    assert opened.finished("other") == frozenset()
    assert opened.finished(KEY, overlay=True) == frozenset()
    opened.save_page(result, KEY, overlay=True)
    assert opened.finished(KEY, overlay=True) == {(result.ref.sha256, 1)}


@pytest.mark.parametrize("kind", ["worker-died", "not-found", "timeout", "internal-error"])
def test_a_page_lost_by_accident_is_tried_again_and_a_bad_one_is_not(
    opened: Store, kind: str
) -> None:
    lost = page_result(page_ref("a"), failure=Failure("worker", kind, "m"))
    bad = page_result(page_ref("b"), failure=Failure("scan", "truncated", "m"))
    add(opened, lost, bad)
    assert opened.finished(KEY) == {(bad.ref.sha256, 1)}


def test_another_reading_of_a_page_replaces_what_is_shown_and_loses_nothing(
    opened: Store,
) -> None:
    ref = page_ref()
    add(opened, page_result(ref, row(1, "Ana Roy")))
    run = opened.start_run("new", {}, "0")
    opened.register(run, "new", [Source(ref.source_file, 1, ref.sha256)])
    # Until the page is read anew, the old reading stands.
    assert [r.get("name").value for r in opened.records()] == ["Ana Roy"]  # type: ignore[union-attr]
    opened.save_page(page_result(ref, row(1, "Anna Roy")), "new")
    assert [r.get("name").value for r in opened.records()] == ["Anna Roy"]  # type: ignore[union-attr]
    # Back to the first settings: nothing is left to read, the first reading is shown.
    add(opened, page_result(ref, row(1, "Ana Roy")))
    assert [r.get("name").value for r in opened.records()] == ["Ana Roy"]  # type: ignore[union-attr]


def test_sheets_come_in_the_order_of_arrival_whenever_they_were_read(opened: Store) -> None:
    first, second, third = (page_result(page_ref(c, source_file=f"{c}.pdf")) for c in "zya")
    run = opened.start_run(KEY, {}, "0")
    opened.register(run, KEY, [source(first), source(second)])
    for result in (second, first):
        opened.save_page(result, KEY)
    add(opened, third)
    assert [s.source_file for s in opened.sheets()] == ["z.pdf", "y.pdf", "a.pdf"]


def test_a_title_misread_on_one_sheet_makes_no_petition_of_its_own(opened: Store) -> None:
    titles = {"a": "Clean water now", "b": "Clean water now", "c": "Clean water mow"}
    add(
        opened,
        *(
            replace(page_result(page_ref(c), row(1, "Ana Roy")), petition=title)
            for c, title in titles.items()
        ),
    )
    assert {sheet.petition for sheet in opened.sheets()} == {"Clean water now"}
    assert {record.sheet.petition for record in opened.records()} == {"Clean water now"}


def test_a_second_copy_of_a_file_is_a_duplicate_of_the_first(opened: Store) -> None:
    result = page_result(page_ref(), row(1, "Ana Roy", review="name"))
    run = opened.start_run(KEY, {}, "0")
    opened.register(run, KEY, [source(result, "b.pdf"), source(result, "a.pdf")])
    opened.save_page(result, KEY)
    first, copy = opened.sheets()
    assert (first.source_file, first.status, first.duplicate_of) == (
        "b.pdf",
        SheetStatus.REVIEW,
        None,
    )
    assert (copy.source_file, copy.status, copy.duplicate_of) == (
        "a.pdf",
        SheetStatus.DUPLICATE,
        first.sheet_id,
    )
    assert copy.sheet_id != first.sheet_id
    counted, repeated = opened.records()
    assert (counted.status, counted.review_fields) == (RowStatus.REVIEW, ("name",))
    assert (repeated.status, repeated.review_fields) == (RowStatus.DUPLICATE, ())
    assert repeated.record_id == f"{copy.sheet_id}-r01"


def test_another_scan_is_a_duplicate_and_its_reading_stays(opened: Store) -> None:
    one, two = page_result(page_ref("1"), row(1, "Ana")), page_result(page_ref("2"), row(1, "Ana"))
    add(opened, one, two)
    opened.save_rescans([Rescan(two.sheet_id, one.sheet_id, 0.9)])
    assert [s.duplicate_of for s in opened.sheets()] == [None, one.sheet_id]
    assert [r.status for r in opened.records()] == [RowStatus.COUNTED, RowStatus.DUPLICATE]
    opened.save_rescans([])
    assert [r.status for r in opened.records()] == [RowStatus.COUNTED, RowStatus.COUNTED]


def test_a_clean_row_with_a_field_for_review_is_not_counted(opened: Store) -> None:
    doubtful = replace(row(1, "Ana", review="name"), status=RowStatus.COUNTED)
    add(opened, page_result(page_ref(), doubtful))
    assert [r.status for r in opened.records()] == [RowStatus.REVIEW]


def test_a_field_for_review_always_has_a_reason(opened: Store) -> None:
    values = (
        field("name", "Ana", 0.4, route=Route.REVIEW),
        field("phone", "", None, route=Route.REVIEW, state=FieldState.UNREAD),
    )
    add(opened, page_result(page_ref(), SignerRow(2, RowStatus.REVIEW, values)))
    assert [r.reasons for r in opened.records()] == [("name:low-confidence", "phone:unread")]


def test_blank_rows_are_no_records(opened: Store) -> None:
    blank = SignerRow(2, RowStatus.BLANK, ())
    add(opened, page_result(page_ref(), row(1, "Ana"), blank, row(3, "Bo")))
    assert [r.row for r in opened.records()] == [1, 3]
    assert [s.rows_filled for s in opened.sheets()] == [2]


def test_a_file_that_did_not_open_is_listed_until_it_does(opened: Store) -> None:
    failure = Failure("scan", "empty-file", "a.pdf: is empty")
    run = opened.start_run(KEY, {}, "0")
    opened.register(run, KEY, [Source("a.pdf", 1, "", failure), Source("b.pdf", 1, "", failure)])
    assert [(s.status, s.reasons) for s in opened.sheets()] == [
        (SheetStatus.FAILED, ("empty-file",))
    ] * 2
    assert len({s.sheet_id for s in opened.sheets()}) == 2
    add(opened, page_result(page_ref("whole", source_file="a.pdf")))
    assert [(s.source_file, s.status) for s in opened.sheets()] == [
        ("b.pdf", SheetStatus.FAILED),
        ("a.pdf", SheetStatus.READ),
    ]


def test_new_content_under_an_old_name_keeps_the_old_sheet(opened: Store) -> None:
    add(opened, page_result(page_ref("monday", source_file="scan1.pdf"), row(1, "Ana")))
    add(opened, page_result(page_ref("tuesday", source_file="scan1.pdf"), row(1, "Bo")))
    assert [r.get("name").value for r in opened.records()] == ["Ana", "Bo"]  # type: ignore[union-attr]


def test_pages_handed_in_and_not_read_are_pending(opened: Store) -> None:
    done, waiting = page_result(page_ref("1")), page_result(page_ref("2"))
    run = opened.start_run(KEY, {}, "0")
    opened.register(run, KEY, [source(done), source(waiting), source(waiting, "copy.pdf")])
    opened.save_page(done, KEY)
    assert opened.pending() == 1
    assert len(opened.sheets()) == 1


def test_files_are_known_by_how_they_looked(opened: Store) -> None:
    file = KnownFile("a.pdf", 2**40, 1_700_000_000_123_456_789, "ab", 3)
    opened.remember_files([file])
    opened.remember_files([replace(file, pages=4)])
    assert opened.known_files() == {"a.pdf": replace(file, pages=4)}


def test_files_handed_in_are_told_by_place_name_and_content(opened: Store) -> None:
    run = opened.start_run(KEY, {}, "0")
    pages = [
        Source("b.pdf", 1, "22", path="/in/b.pdf"),
        Source("b.pdf", 2, "22", path="/in/b.pdf"),
        Source("a.pdf", 1, "11", path="/in/a.pdf"),
        Source("old.pdf", 1, "33"),
    ]
    opened.register(run, KEY, pages)
    told = (("/in/b.pdf", "b.pdf", "22"), ("/in/a.pdf", "a.pdf", "11"))
    assert opened.read(earlier_files) == told


def test_text_that_no_database_keeps_is_kept_as_far_as_possible(opened: Store) -> None:
    result = page_result(
        page_ref(), SignerRow(1, RowStatus.COUNTED, (field("name", "A\x00\ud800"),))
    )
    add(opened, result)
    assert [r.get("name").value for r in opened.records()] == ["A\\ud800"]  # type: ignore[union-attr]


def test_field_names_tell_rows_from_boxes_and_leave_row_numbers_out(opened: Store) -> None:
    numbered = replace(field("number", "1"), kind=FieldKind.ROW_NUMBER)
    row_of_other_form = SignerRow(1, RowStatus.COUNTED, (numbered, field("riding", "Laurier")))
    add(opened, page_result(page_ref(), row_of_other_form, collector=(field("chair", "Bo"),)))
    assert opened.field_names() == (("riding",), ("chair",))


def test_opening_again_finds_what_was_saved(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.db") as first:
        add(first, page_result(page_ref(), row(1, "Ana")))
    with Store.open(f"sqlite:///{tmp_path}/a.db") as second:
        assert len(second.sheets()) == 1


def test_two_programs_may_have_a_workspace_open(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.db") as one, Store.open(tmp_path / "a.db") as two:
        add(one, page_result(page_ref("1")))
        add(two, page_result(page_ref("2")))
        assert len(one.sheets()) == len(two.sheets()) == 2


def test_a_run_on_postgresql_writes_what_one_on_sqlite_writes(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "process_pool", lambda *_, **__: execution.SerialExecutor())
    for name in ("Ana", "Bo?", "FAIL"):
        write_scan(tmp_path / "scans" / f"{name}.png", name)
    (tmp_path / "scans" / "empty.pdf").touch()
    files = []
    for folder, url in (("one", None), ("two", postgres_url), ("two", postgres_url)):
        asked = batch.RunSettings((tmp_path / "scans",), tmp_path / folder, database=url)
        batch.run_batch(asked, page_function=read_text_page)
        names = (export.RECORDS_FILE, export.SHEETS_FILE)
        files.append([(tmp_path / folder / name).read_bytes() for name in names])
    assert files[0] == files[1] == files[2]


def test_migrations_lead_to_the_tables_the_store_uses(opened: Store) -> None:
    with opened._engine.connect() as connection:
        context = migration.MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.METADATA) == []


@pytest.mark.parametrize(("folder", "wanted"), [(0o755, 0o600), (0o700, 0o600), (0o775, 0o660)])
def test_a_new_database_is_its_owners_alone(tmp_path: Path, folder: int, wanted: int) -> None:
    """It holds names and the access code; a folder that a group may write to was made to share."""
    place = tmp_path / "w"
    place.mkdir()
    place.chmod(folder)
    before = os.umask(0o002)
    try:
        with Store.open(place / "digitizer.db") as found:
            add(found, page_result(page_ref()))
            files = list(place.iterdir())
            assert {file.name for file in files} >= {"digitizer.db", "digitizer.db-wal"}
            assert {file.stat().st_mode & 0o777 for file in files} == {wanted}
    finally:
        os.umask(before)
    assert place.stat().st_mode & 0o777 == folder


def test_the_last_content_of_a_definition_holds(opened: Store) -> None:
    folder = Path(store.__file__).parent / "forms"
    text = (folder / "amnesty-canada-en.toml").read_text("utf-8")
    texts = [text.replace('"amnesty-canada-en"', f'"{name}"', 1) for name in ("a", "b", "a")]
    texts[2] = texts[2].replace('language = "en"', 'language = "fr"', 1)
    for one in texts:
        opened.write(lambda c, one=one: definitions.join(c, [one], (), with_kept=False))  # type: ignore[misc]
    opened.write(lambda c: definitions.put_aside_others(c, ("a",)))
    kept = opened.write(lambda c: definitions.join(c, (), (), with_kept=True))
    assert kept.forms == (texts[2],)
    assert opened.read(lambda c: definitions.contents(c, kept.numbers)) == kept.forms


def test_head_revision_is_the_newest_migration() -> None:
    settings = config.Config()
    folder = Path(store.__file__).parent / "migrations"
    settings.set_main_option("script_location", str(folder))
    assert script.ScriptDirectory.from_config(settings).get_current_head() == store.HEAD_REVISION


def test_a_newer_database_is_refused_and_left_alone(opened: Store) -> None:
    with opened._engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer digitizer"):
        opened._migrate()
    with opened._engine.connect() as connection:
        found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    assert found == "9999"


def test_a_migration_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(connection: sa.Connection, name: str) -> None:
        connection.execute(sa.text("CREATE TABLE half (id INTEGER)"))
        raise StoreError("stopped half way")

    monkeypatch.setattr(database, "_upgrade", fail)
    with pytest.raises(StoreError, match="half way"):
        Store.open(tmp_path / "a.db")
    connection = sqlite3.connect(tmp_path / "a.db")
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    connection.close()


def test_a_file_that_is_no_database_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "digitizer.db").write_text("hello " * 500)
    with pytest.raises(StoreError, match=r"digitizer\.db is not a digitizer database") as caught:
        Store.open(tmp_path / "digitizer.db")
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(tmp_path / "no" / "digitizer.db")


def test_a_full_database_is_told_and_keeps_what_it_had(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.db") as opened:
        add(opened, page_result(page_ref("1"), row(1, "Ana")))
        with opened._engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        big = page_result(page_ref("2"), *(row(n, "Bo" * 2000) for n in range(1, 30)))
        with pytest.raises(StoreError, match="disk is full"):
            opened.save_page(big, KEY)
        assert [r.get("name").value for r in opened.records()] == ["Ana"]  # type: ignore[union-attr]


def test_a_locked_database_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    with Store.open(tmp_path / "a.db") as opened:
        other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="in use by another program"):
            opened.save_page(page_result(page_ref()), KEY)
        other.execute("ROLLBACK")
        other.close()
        opened.save_page(page_result(page_ref()), KEY)


def test_a_read_only_database_is_told(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.db") as opened, opened._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.rollback()
        connection.close()
        with pytest.raises(StoreError, match=r"may not be written.*all that was saved is kept"):
            opened.save_page(page_result(page_ref()), KEY)


def test_a_workspace_that_can_only_be_read_is_tallied(tmp_path: Path) -> None:
    """On a CD, or a backup: SQLite would make files beside it even to read it."""
    workspace = tmp_path / "a #100%"
    workspace.mkdir()
    fill_one = page_result(page_ref(), row(1, "Ana"))
    with Store.open(workspace / DATABASE_FILE) as opened:
        opened.register(opened.start_run(KEY, {}, "0"), KEY, [source(fill_one)])
        opened.save_page(fill_one, KEY)
    plain = []
    if os.geteuid() == 0:
        # Whoever may do anything may write here too.
        if shutil.which("setpriv") is None:
            pytest.skip("needs setpriv")
        rights = "-dac_override,-dac_read_search"
        plain = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"]
    (workspace / DATABASE_FILE).chmod(0o444)
    workspace.chmod(0o555)
    try:
        done = subprocess.run(
            [*plain, sys.executable, "-m", "digitizer", "tally", str(workspace), "--format", "csv"],
            capture_output=True,
            text=True,
        )
        written = subprocess.run(
            [*plain, sys.executable, "-m", "digitizer", "decide", str(workspace),
             f"{fill_one.sheet_id}-r01", "--status", "struck"],
            capture_output=True,
            text=True,
        )  # fmt: skip
    finally:
        workspace.chmod(0o755)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].startswith("1,1,0")
    assert written.returncode == 6
    assert "may not be written" in written.stderr
    assert [f.name for f in workspace.iterdir()] == [DATABASE_FILE]


def test_a_postgresql_that_does_not_answer_is_told_without_the_password() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError) as caught:
        Store.open("postgresql://someone:secret@127.0.0.1:1/nothing")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_postgresql_without_its_driver_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DependencyError, match=r"psycopg: .*\[scale\]"):
        Store.open("postgresql://someone@127.0.0.1/nothing")


@pytest.mark.parametrize("url", ["mysql://a@b/c", "what://"], ids=["not supported", "no URL"])
def test_another_kind_of_database_is_wrong_usage(url: str) -> None:
    with pytest.raises(UsageError):
        Store.open(url)


def test_foreign_keys_hold(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.db") as opened:
        add(opened, page_result(page_ref(), row(1, "Ana")))
        with opened._engine.begin() as connection:
            connection.execute(schema.SHEETS.delete())
            left = connection.scalar(sa.select(sa.func.count()).select_from(schema.FIELDS))
        assert left == 0
