"""Reading one page again at once, after a person put its geometry right.

A worker process reads it with the real pipeline, as `digitizer run` does, so the
pages of others stay quick meanwhile; it is kept for a while, because the next edit
follows soon. It writes into a folder of its own, and only when all went well do
reading and pictures take the place of the old ones: a page that cannot be read any
more keeps what it had.
"""

import concurrent.futures as cf
import contextlib
import logging
import queue
import shutil
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from digitizer import execution
from digitizer.batch import LOG_FILE, RunSettings, learned_folder
from digitizer.errors import DigitizerError
from digitizer.inputs import digest_of
from digitizer.records import PageRef, PageResult, PageTask, SheetStatus, page_of, part_of
from digitizer.review.desk import Desk
from digitizer.sharing import make_folder
from digitizer.workspace.pagestore import Readable, StoredEdit
from digitizer.workspace.renumber import Carried
from digitizer.workspace.stored import Source

_LOG = logging.getLogger(__name__)

# The worker, 400 MB with its models, is given up after so long without work.
IDLE_S = 300.0
# Jobs told about afterwards.
KEPT = 200
# Folders of a reading that a killed server left behind are older than this.
LEFT_BEHIND_S = 3600.0
_FOLDER = ".reading-"

PageFunction = Callable[[PageTask], PageResult]


class State(StrEnum):
    """Where a job is."""

    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """Reading one page again after the edit of that number.

    ``message``: name of a message that says why it failed, filled in with ``values``;
    ``carried``: what became of people's decisions. ``since``: monotonic seconds.
    """

    sheet_id: str
    edit: StoredEdit
    state: State = State.WAITING
    message: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    carried: Carried = field(default_factory=Carried)
    since: float = 0.0

    @property
    def open(self) -> bool:
        """Whether it is still to be done."""
        return self.state in (State.WAITING, State.READING)


class Unreadable(Exception):  # noqa: N818 - told to the reviewer, no error of the program
    """A page that cannot be read again; ``message`` names why, filled in with ``values``."""

    def __init__(self, message: str, **values: str) -> None:
        """See the class."""
        super().__init__(message)
        self.message = message
        self.values = values


class Rereader:
    """Reads pages again, one after the other; safe to use from several threads."""

    def __init__(self, desk: Desk, function: PageFunction | None = None) -> None:
        """``function`` stands in for ``pipeline.process_page`` and runs in this process."""
        self._desk = desk
        self._function = function
        self._lock = threading.Lock()
        self._todo: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._jobs: dict[str, Job] = {}
        self._thread: threading.Thread | None = None
        self._executor: cf.Executor | None = None
        self._closed = False

    def submit(self, sheet_id: str, edit: StoredEdit) -> Job:
        """Read a page again with an edit; returns at once."""
        job = Job(sheet_id, edit, since=time.monotonic())
        with self._lock:
            self._jobs.pop(sheet_id, None)
            self._jobs[sheet_id] = job
            done = [name for name, old in self._jobs.items() if not old.open]
            for name in done[: max(0, len(self._jobs) - KEPT)]:
                del self._jobs[name]
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="review-reading", daemon=True
                )
                self._thread.start()
            self._todo.put(sheet_id)
        return job

    def job(self, sheet_id: str) -> Job | None:
        """The last job of a sheet, as far as this server remembers."""
        return self._jobs.get(sheet_id)

    def close(self) -> None:
        """End the worker; what is under way is not waited for."""
        with self._lock:
            thread = self._thread
            self._closed = True
            self._todo.put(None)
        executor, self._executor = self._executor, None
        if thread is not None and executor is not None:
            execution.abandon(executor)

    def _work(self) -> None:
        _remove_left_behind(self._desk.workspace)
        while True:
            try:
                name = self._todo.get(timeout=IDLE_S)
            except queue.Empty:
                self._give_up_worker()
                with self._lock:
                    if self._todo.empty():
                        self._thread = None
                        return
                continue
            if name is None:
                return
            job = self._jobs.get(name)
            if job is not None and job.state is State.WAITING:
                self._do(job)

    def _do(self, job: Job) -> None:
        self._note(job, replace(job, state=State.READING))
        done: Job
        try:
            done = replace(job, state=State.DONE, carried=self._read(job))
        except Unreadable as refused:
            done = replace(job, state=State.FAILED, message=refused.message, values=refused.values)
        except DigitizerError as error:
            # Written for people, and never with a signer's text.
            values = {"why": str(error)}
            done = replace(job, state=State.FAILED, message="sheet.failed_because", values=values)
        except Exception as error:  # noqa: BLE001 - a job that fails must not end the thread
            # Where it broke, not what it says: its words may be a signer's.
            place = "".join(traceback.format_tb(error.__traceback__))
            _LOG.error("reading %s again: %s\n%s", job.sheet_id, type(error).__name__, place)
            done = replace(job, state=State.FAILED, message="sheet.failed_unknown")
        self._note(job, done)

    def _note(self, job: Job, now: Job) -> None:
        with self._lock:
            known = self._jobs.get(job.sheet_id)
            # Another edit may be waiting by now: its job is the one to tell about.
            if known is not None and known.edit.id == job.edit.id:
                self._jobs[job.sheet_id] = now

    def _read(self, job: Job) -> Carried:
        desk = self._desk
        readable = desk.store.readable(job.sheet_id)
        if readable is None:
            raise Unreadable("sheet.failed_unknown")
        # What is no sheet is not opened at all.
        source, path = (
            (readable.sources[0], Path()) if job.edit.edit.not_a_sheet else find_scan(readable)
        )
        staging = Path(tempfile.mkdtemp(prefix=_FOLDER, dir=desk.workspace)).absolute()
        try:
            learned = learned_folder(
                None if readable.learned is None else Path(readable.learned), desk.workspace
            )
            usual = RunSettings((), desk.workspace)
            task = PageTask(
                ref=PageRef(
                    str(path),
                    source.source_file,
                    page_of(source.page),
                    source.sha256,
                    part_of(source.page),
                ),
                sheet_id=readable.sheet_id,
                workspace=str(staging),
                forms=readable.forms,
                target_error=readable.target_error or usual.target_error,
                overlay=readable.overlay,
                learned=None if learned is None else str(learned.absolute()),
                edit=job.edit.edit,
            )
            result = self._run(task)
            if result.status is SheetStatus.FAILED:
                why = result.failure.message if result.failure is not None else ""
                raise Unreadable("sheet.failed_because", why=why)
            carried = desk.store.save_edited(
                result,
                readable.settings_hash,
                edit=job.edit.id,
                who=job.edit.who,
                overlay=readable.overlay,
            )
            _take_pictures(staging, desk.workspace, readable.sheet_id)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        copies = [f"{readable.sheet_id}-c{n}" for n in range(2, len(readable.sources) + 1)]
        desk.show_anew((readable.sheet_id, *copies))
        return carried

    def _run(self, task: PageTask) -> PageResult:
        if self._function is not None:
            return self._function(task)
        for attempt in (1, 2):
            if self._executor is None:
                log_file = self._desk.workspace.absolute() / LOG_FILE
                self._executor = execution.process_pool(1, log_file=log_file)
            try:
                return self._executor.submit(execution.process_page, task).result()
            except BrokenProcessPool:
                self._give_up_worker()
                if self._closed:
                    raise Unreadable("sheet.failed_unknown") from None
                if attempt == 2:
                    raise Unreadable("sheet.failed_worker") from None
        raise AssertionError("not reached")

    def _give_up_worker(self) -> None:
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=True, cancel_futures=True)


def find_scan(readable: Readable) -> tuple[Source, Path]:
    """The file that a page is read from, which must still hold what it held then.

    Raises Unreadable.
    """
    named: Path | None = None
    changed: Path | None = None
    for source in readable.sources:
        for path in dict.fromkeys((source.path, source.source_file)):
            if not path:
                continue
            named = named or Path(path)
            if not Path(path).is_file():
                continue
            if digest_of(Path(path)) == source.sha256:
                return source, Path(path)
            changed = changed or Path(path)
    if changed is not None:
        raise Unreadable("sheet.failed_changed", path=str(changed))
    raise Unreadable("sheet.failed_missing", path=str(named or ""))


def _take_pictures(staging: Path, workspace: Path, sheet_id: str) -> None:
    """Put the new pictures of a page in place of the old ones; old crops of other rows go."""
    new = {file.relative_to(staging) for file in staging.rglob("*") if file.is_file()}
    for name in new:
        target = workspace / name
        make_folder(target.parent)
        (staging / name).replace(target)
    for pattern in (f"{sheet_id}-r*.png", f"{sheet_id}-box_*.png"):
        for file in (workspace / "crops").glob(pattern):
            if file.relative_to(workspace) not in new:
                file.unlink()


def _remove_left_behind(workspace: Path) -> None:
    for folder in workspace.glob(f"{_FOLDER}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > LEFT_BEHIND_S:
                shutil.rmtree(folder, ignore_errors=True)
