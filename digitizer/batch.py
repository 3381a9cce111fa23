"""One run: files -> pages -> results -> database -> CSV files.

The parent process looks through the files, hands their pages to workers, saves
each result as it comes, and at the end finds the sheets scanned twice and
writes the CSV files anew. All that a killed run leaves behind is what it had
saved, so running again does what is left and nothing else.
"""

import contextlib
import dataclasses
import errno
import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from digitizer import __version__, duplicates, execution, export, rescans, runlock
from digitizer.counting.progress import Silence, Watcher
from digitizer.counting.summary import RunReport, Totals
from digitizer.errors import DigitizerError, ScanError, StoreError
from digitizer.forms.unchanged import digest_of_texts
from digitizer.ids import further_ids, sheet_id
from digitizer.inputs import (
    Inputs,
    Moved,
    find_inputs,
    with_earlier_names,
)
from digitizer.learned import FILE, FOLDER, require_learned
from digitizer.listing import list_sources
from digitizer.profiles.profiles import Profile
from digitizer.recognisers import engine_fingerprint
from digitizer.records import (
    NO_EDIT,
    Failure,
    PageEdit,
    PageRef,
    PageResult,
    PageTask,
    SheetStatus,
    page_of,
    part_of,
)
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace import definitions
from digitizer.workspace.decisions import standing
from digitizer.workspace.definitions import RunForms
from digitizer.workspace.keeping import Kept, kept_readings
from digitizer.workspace.pagestore import StoredEdit
from digitizer.workspace.statements import earlier_files
from digitizer.workspace.stored import RecordRow, SheetRow

LOG_FILE = "run.log"

# Said instead of a folder: read as shipped, whatever review taught.
NO_LEARNED = Path("none")

# Share of failed pages is not judged before this many were read: the first
# page of a run is always 100 % of it.
MIN_PAGES_FOR_SHARE = 20

# What the operating system says when nothing more can be written anywhere.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
FULL_KIND = "disk-full"

PageFunction = Callable[[PageTask], PageResult]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What `digitizer run` was asked for.

    ``forms``: names and absolute paths, empty for all installed ones; ``kept_forms``: the
    definitions that the workspace was given before are known as well.
    ``max_failures``: share of failed pages above which the run stops.
    ``profile``: which rows count; None: as before, at first the default.
    ``learned``: folder of what review taught; None: the workspace's own, if it
    has one; ``NO_LEARNED``: as shipped. ``earlier_names``: a file that was handed
    in before under another name, or lay elsewhere then, keeps its name.
    """

    inputs: tuple[Path, ...]
    out: Path
    forms: tuple[str, ...] = ()
    target_error: float = 0.005
    jobs: int | None = None
    scheduler: str | None = None
    database: str | None = None
    overlay: bool = False
    fail_fast: bool = False
    max_failures: float | None = None
    profile: Profile | None = None
    learned: Path | None = None
    log_level: int = logging.INFO
    earlier_names: bool = False
    kept_forms: bool = True


def run_batch(
    settings: RunSettings,
    *,
    form_texts: Sequence[str] = (),
    page_function: PageFunction | None = None,
    watcher: Watcher | None = None,
) -> RunReport:
    """Do a run and report it.

    ``form_texts``: the content of the definitions to recognise among; another
    content or target error means that pages are read again. ``page_function``
    stands in for ``pipeline.process_page``.

    Raises ScanError where nothing at all was handed in, StoreError where the
    workspace cannot be written, FormError where a definition no longer says what
    ``form_texts`` do, WorkerLostError, DependencyError.
    """
    started = time.monotonic()
    watcher = watcher or Silence()
    inputs = find_inputs(settings.inputs, exclude=(settings.out,))
    if not inputs.files and not inputs.failures:
        raise ScanError(_nothing_found(settings, inputs))
    _make_folder(settings.out)
    execution.log_to_file(settings.out / LOG_FILE, settings.log_level)
    addition = ""
    if settings.learned not in (None, NO_LEARNED):
        # Asked for by name: pages are read again with it. The workspace's own is
        # for pages to come, or learning would mean reading all of them anew.
        addition = f"-{require_learned(settings.learned).fingerprint}"
    with (
        runlock.marked(settings.out / LOG_FILE),
        Store.open(settings.database or settings.out / DATABASE_FILE) as store,
    ):
        if settings.profile is not None:
            store.set_profile(settings.profile)
        given = store.write(
            lambda c: definitions.join(c, settings.forms, form_texts, with_kept=settings.kept_forms)
        )
        key = settings_hash(given.texts, settings.target_error) + addition
        forms = [name for name in settings.forms if name in given.forms]
        noted = {**_noted(settings), "forms": forms, "definitions": list(given.numbers)}
        run_id = store.start_run(key, noted, __version__)
        _LOG.info("run %d begins: version %s, settings %s", run_id, __version__, key)
        earlier = store.read(earlier_files) if settings.earlier_names else ()
        inputs = with_earlier_names(inputs, [(path, name) for path, name, _ in earlier])
        run = _Run(settings, store, key, watcher, given)
        outcome = "failed"
        try:
            run.look_through(run_id, inputs, Moved(earlier, inputs))
            run.read(page_function or execution.process_page)
            outcome = "interrupted" if run.interrupted else "done"
        except BaseException:
            # The files must show what was saved, whatever ended the run; that
            # error is the one to tell, not one that follows from it.
            with contextlib.suppress(DigitizerError):
                run.write_files()
            raise
        else:
            totals = run.write_files(done=outcome == "done" and not run.stopped)
        finally:
            with contextlib.suppress(DigitizerError):
                store.end_run(run_id, outcome)
        _LOG.info("run %d ends: %s, %d pages read", run_id, outcome, run.pages_read)
        return RunReport(
            folder=settings.out,
            pages_read=run.pages_read,
            pages_known=run.pages_known,
            seconds=time.monotonic() - started,
            totals=totals,
            handed_in=run.handed_in,
            failed=run.failed,
            not_read=store.pending(),
            ignored=inputs.ignored,
            kept=run.kept(),
            interrupted=run.interrupted,
            stopped=run.stopped,
        )


def settings_hash(form_texts: Sequence[str], target_error: float) -> str:
    """Name of the settings that decide what is read: a page is read once under each."""
    told = json.dumps(
        {
            "forms": sorted(form_texts),
            "target_error": target_error,
            "recogniser": engine_fingerprint(),
        },
        sort_keys=True,
    )
    return hashlib.sha256(told.encode()).hexdigest()[:16]


class _Run:
    """State of a run under way."""

    def __init__(
        self, settings: RunSettings, store: Store, key: str, watcher: Watcher, given: RunForms
    ) -> None:
        self.pages_read = 0
        self.pages_known = 0
        self.interrupted = False
        self.stopped: str | None = None
        self.handed_in = 0
        self.failed: tuple[SheetRow, ...] = ()
        self._failures: dict[tuple[str, int], Failure] = {}
        self._settings = settings
        self._store = store
        self._key = key
        self._watcher = watcher
        self._given = given
        self._definitions = digest_of_texts(given.texts)
        self._todo: tuple[PageTask, ...] = ()
        self._sources: frozenset[tuple[str, int, str]] = frozenset()
        self._edits: dict[str, StoredEdit] = {}
        self._edited: frozenset[tuple[str, int]] = frozenset()

    def look_through(self, run_id: int, inputs: Inputs, moved: Moved) -> None:
        """List the pages of all files and note them; find what is left to do."""
        listed = list_sources(inputs, self._store.known_files(), moved, self._watcher)
        self._store.register(run_id, self._key, listed.sources)
        self._store.remember_files(listed.hashed)
        self._sources = frozenset((s.source_file, s.page, s.sha256) for s in listed.sources)
        overlay = self._settings.overlay
        finished = self._store.finished(self._key, overlay=overlay)
        # Read again with what people said about the page since.
        self._edited = self._store.edited_since_read(self._key)
        self._edits = self._store.edits_in_force()
        finished -= self._edited
        refs = listed.refs + self._further_edited(listed.refs)
        pages = {(ref.sha256, ref.number): ref for ref in reversed(refs)}
        wanted = dict.fromkeys((ref.sha256, ref.number) for ref in refs)
        self._todo = tuple(self._task(pages[k]) for k in wanted if k not in finished)
        self.pages_known = len(wanted) - len(self._todo)
        _LOG.info("%d pages, %d of them to read", len(wanted), len(self._todo))

    def _further_edited(self, refs: Sequence[PageRef]) -> tuple[PageRef, ...]:
        """Further sheets on these pages that people put right since they were read."""
        pages = {(ref.sha256, ref.page): ref for ref in reversed(refs)}
        return tuple(
            dataclasses.replace(pages[(sha256, page_of(number))], part=part_of(number))
            for sha256, number in sorted(self._edited)
            if part_of(number) and (sha256, page_of(number)) in pages
        )

    def _edit(self, name: str) -> PageEdit:
        return self._edits[name].edit if name in self._edits else NO_EDIT

    def _task(self, ref: PageRef) -> PageTask:
        learned = learned_folder(self._settings.learned, self._settings.out)
        name = sheet_id(ref.sha256, ref.number)
        further = () if ref.part else further_ids(ref.sha256, ref.page)
        return PageTask(
            learned=None if learned is None else str(learned.absolute()),
            ref=ref,
            sheet_id=name,
            workspace=str(self._settings.out.absolute()),
            forms=self._given.forms,
            definitions=self._definitions,
            target_error=self._settings.target_error,
            overlay=self._settings.overlay,
            edit=self._edit(name),
            further_edits=tuple(self._edit(one) for one in further),
        )

    def read(self, function: PageFunction) -> None:
        """Read what is left to read, saving each page as it comes."""
        if not self._todo:
            return
        self._watcher.begin(len(self._todo))
        results = execution.run_pages(self._crew(), function, self._todo)
        failures = 0
        try:
            with contextlib.closing(results):
                for result in results:
                    self._save(result)
                    failures += result.status is SheetStatus.FAILED
                    self.stopped = self._reason_to_stop(failures)
                    if self.stopped:
                        break
        except KeyboardInterrupt:
            self.interrupted = True

    def _save(self, result: PageResult) -> None:
        failure = result.failure
        if failure is not None and failure.kind == FULL_KIND:
            raise StoreError(_disk_full(self._settings.out))
        overlay = self._settings.overlay
        edit = self._edits.get(result.sheet_id)
        if edit is not None and (result.ref.sha256, result.ref.number) in self._edited:
            self._store.save_edited(result, self._key, edit=edit.id, who=edit.who, overlay=overlay)
        else:
            self._store.save_page(result, self._key, overlay=overlay)
        self.pages_read += 1
        if failure is not None:
            if result.status is SheetStatus.FAILED:
                self._failures[result.ref.sha256, result.ref.number] = failure
            _LOG.warning("%s failed: %s at %s", result.sheet_id, failure.kind, failure.stage)
        self._watcher.page(result)

    def _crew(self) -> "execution.Crew[PageTask, PageResult]":
        start = self._start_processes if self._settings.scheduler is None else self._start_dask
        return execution.Crew(start=start, on_lost=_lost, on_error=self._error)

    def _start_processes(self) -> tuple[Executor, int]:
        workers = min(self._settings.jobs or execution.cores(), len(self._todo))
        log_file = self._settings.out.absolute() / LOG_FILE
        level = self._settings.log_level
        return execution.process_pool(workers, log_file=log_file, log_level=level), workers

    def _start_dask(self) -> tuple[Executor, int]:
        executor = execution.DaskExecutor(self._settings.scheduler or "")
        return executor, executor.workers

    def _error(self, task: PageTask, error: Exception) -> PageResult:
        if isinstance(error, OSError) and error.errno in FULL:
            raise StoreError(_disk_full(self._settings.out)) from error
        if isinstance(error, DigitizerError):
            raise error
        _LOG.error("%s: %s", task.sheet_id, type(error).__name__, exc_info=error)
        message = f"reading it failed ({type(error).__name__}); {LOG_FILE} says more"
        return _failed(task, Failure("worker", "crashed", message))

    def _reason_to_stop(self, failures: int) -> str | None:
        if failures and self._settings.fail_fast:
            return "Stopped at the first page that failed (--fail-fast)."
        allowed = self._settings.max_failures
        enough = self.pages_read >= min(MIN_PAGES_FOR_SHARE, len(self._todo))
        if allowed is not None and enough and failures > allowed * self.pages_read:
            share = failures / self.pages_read
            return f"Stopped: {share:.0%} of the pages failed, more than --max-failures allows."
        return None

    def kept(self) -> tuple[Kept, ...]:
        """Pages handed in that this run knows no form of, and that show what was read before."""
        found = self._store.read(lambda c: kept_readings(c, self._key))
        return tuple(p for p in found if (p.source_file, p.page, p.sha256) in self._sources)

    def write_files(self, *, done: bool = False) -> Totals:
        """Find sheets and people that come twice, write the CSV files, count what is there.

        ``done``: nothing is left to read, so definitions of no page may be put aside.
        """
        decided = standing(self._store.decisions())
        listing, given = self._store.listing(with_repeats=False), self._store.sources()
        scanned = rescans.find_stored_rescans(listing, decided, given)
        self._store.save_rescans(scanned.sheets)
        listing = self._store.listing(with_repeats=False)
        self._store.save_repeats(duplicates.find_repeats(listing, scanned.rows))
        totals = Totals()
        failed: list[SheetRow] = []
        forms: set[str] = set()
        self.handed_in = 0

        def counted() -> Iterator[tuple[SheetRow, Sequence[RecordRow]]]:
            for sheet, records in self._store.listing():
                totals.add(sheet, records)
                forms.update([sheet.form] if sheet.form else [])
                ours = (sheet.source_file, sheet.page, sheet.sha256) in self._sources
                self.handed_in += ours
                failure = self._failures.get((sheet.sha256, sheet.page))
                if ours and failure is not None:
                    # An earlier reading may have kept its place: this run failed all the same.
                    failed.append(dataclasses.replace(sheet, failure=failure))
                elif ours and sheet.status is SheetStatus.FAILED:
                    failed.append(sheet)
                yield sheet, records

        export.write_workspace(counted(), self._store.field_names(), self._settings.out)
        self.failed = tuple(failed)
        if done and not self._settings.kept_forms:
            wanted = {*self._given.names, *forms}
            self._store.write(lambda c: definitions.put_aside_others(c, wanted))
        return totals


def learned_folder(learned: Path | None, out: Path) -> Path | None:
    """The folder of what review taught that pages of workspace ``out`` are read with, if any.

    ``learned``: as in ``RunSettings``.
    """
    if learned is not None:
        return None if learned == NO_LEARNED else learned
    own = out / FOLDER
    return own if (own / FILE).is_file() else None


def _lost(task: PageTask) -> PageResult:
    message = (
        "reading it ended the worker process twice, perhaps for want of memory: "
        "scan this page anew at a lower resolution, or run again with --jobs 1"
    )
    return _failed(task, Failure("worker", "worker-died", message))


def _failed(task: PageTask, failure: Failure) -> PageResult:
    return PageResult(task.ref, task.sheet_id, SheetStatus.FAILED, failure=failure)


def _noted(settings: RunSettings) -> dict[str, object]:
    """Settings as the database keeps them: no address, it may hold a password."""
    noted = dataclasses.asdict(settings)
    noted.pop("database")
    noted["profile"] = settings.profile.name if settings.profile else None
    return {name: _plain(value) for name, value in noted.items()}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Path):
        return ascii(str(value))[1:-1]
    return value


def _make_folder(folder: Path) -> None:
    try:
        # It will hold names and signatures: nobody else's, but who made it already chose.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder {folder} cannot be made ({(error.strerror or str(error)).lower()}): "
            "choose another one with --out"
        ) from error


def _disk_full(folder: Path) -> str:
    return (
        f"the disk is full, {folder} could not be written: free some space and run the same "
        "command again, finished pages are kept"
    )


def _nothing_found(settings: RunSettings, inputs: Inputs) -> str:
    if any(os.path.realpath(path) == os.path.realpath(settings.out) for path in settings.inputs):
        return (
            f"{settings.out} is where the results go, and nothing in it is taken for a scan: put "
            "the scans into another folder, or choose another --out"
        )
    where = ", ".join(str(path) for path in settings.inputs)
    other = f" ({len(inputs.ignored)} files of other kinds were left alone)"
    return (
        f"no scans found in {where}{other if inputs.ignored else ''}: "
        "give files or folders with PDF, TIFF, PNG, JPEG, WebP or HEIC pages"
    )
