"""Scans that join a workspace while people work in it.

One run at a time, with the settings of the workspace's last run, in a process of
its own that gives way to others: pages stay quick. What a run says comes back
through a pipe. Killed with the server or by itself, it leaves whole pages behind;
``unfinished`` names the files to hand in again.
"""

import contextlib
import logging
import multiprocessing
import os
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from digitizer import batch
from digitizer.counting.summary import failure_line
from digitizer.errors import DigitizerError
from digitizer.execution import cores, prepare_worker
from digitizer.forms.forms import installed_forms, load_forms
from digitizer.forms.unchanged import form_text
from digitizer.inputs import find_inputs
from digitizer.records import PageResult, SheetStatus
from digitizer.store import Store
from digitizer.workspace import history

# Folder of the workspace for scans that came through the browser.
INCOMING = "incoming"
# How names of files there begin that are still on their way.
UPLOADING = ".upload-"
# A run beside a server gives way to it: the lowest priority but idle, so that
# it still goes on when other programs are busy.
NICENESS = 10
# Files told about after their run, the latest.
KEPT_FILES = 200
# A run that is told to end is given this long before it is taken for ended.
END_S = 5.0

_LOG = logging.getLogger(__name__)


class FileState(StrEnum):
    """Where a file is on its way into the workspace."""

    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    KNOWN = "known"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FileNote:
    """A file and what became of it.

    ``pages``: how many of each status were read so far; ``problems``: one line
    each, in the run's own words.
    """

    name: str
    state: FileState
    pages: tuple[tuple[SheetStatus, int], ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def read(self) -> int:
        """Pages read so far."""
        return sum(number for _, number in self.pages)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the runs are: ``done`` of ``pages`` of the present one (0 before they are known).

    ``problem``: why the last run came to nothing, one line.
    """

    running: bool
    done: int
    pages: int
    files: tuple[FileNote, ...]
    problem: str = ""

    @property
    def waiting(self) -> int:
        """Files not read yet."""
        return sum(f.state in (FileState.WAITING, FileState.READING) for f in self.files)


@dataclass(frozen=True, slots=True)
class Job:
    """Files of one run; ``folder``: what their names start from, None: they are complete."""

    files: tuple[str, ...]
    folder: Path | None


@dataclass(frozen=True, slots=True)
class _Began:
    pages: int


@dataclass(frozen=True, slots=True)
class _Page:
    source_file: str
    status: SheetStatus


@dataclass(frozen=True, slots=True)
class _Ended:
    """``failed``: (file, line) of pages that could not be read; ``problem``: of the run."""

    failed: tuple[tuple[str, str], ...] = ()
    problem: str = ""


RunFunction = Callable[[batch.RunSettings, Path | None, Connection], None]


def settings_as_before(store: Store, workspace: Path) -> batch.RunSettings:
    """What the workspace's last run was asked for, without its files.

    Options that stop a run are left out, and one core is left to others.
    """
    asked = next(
        (run.settings for run in reversed(store.read(history.runs)) if "forms" in run.settings), {}
    )
    learned, kept = asked.get("learned"), asked.get("kept_forms") is not False
    forms = [str(name) for name in found] if isinstance(found := asked.get("forms"), list) else []
    gone = [name for name in forms if name not in installed_forms() and not Path(name).is_file()]
    if gone and asked.get("definitions"):
        # The workspace keeps what their files said.
        forms, kept = [name for name in forms if name not in gone], True
    target, jobs, scheduler = asked.get("target_error"), asked.get("jobs"), asked.get("scheduler")
    free = max(1, cores() - 1)
    plain = batch.RunSettings(inputs=(), out=workspace.absolute())
    return replace(
        plain,
        forms=tuple(forms) or installed_forms(),
        kept_forms=kept,
        target_error=target if isinstance(target, float) else plain.target_error,
        jobs=min(jobs, free) if isinstance(jobs, int) else free,
        scheduler=scheduler if isinstance(scheduler, str) else None,
        database=store.address,
        overlay=asked.get("overlay") is True,
        learned=Path(learned) if isinstance(learned, str) else None,
        earlier_names=True,
    )


def unfinished(store: Store, workspace: Path) -> tuple[str, ...]:
    """Files in the workspace's incoming folder that no run has finished with."""
    with contextlib.chdir(workspace):
        found = find_inputs((Path(INCOMING),)).files if Path(INCOMING).is_dir() else ()
    names = [file.source_file for file in found]
    if not names:
        return ()
    known = store.read(lambda c: history.known_names(c, names))
    unread = store.read(lambda c: history.unread_files(c, names))
    return tuple(name for name in names if name not in known - unread)


class Intake:
    """Hands files to runs, one run after the other; safe to use from several threads."""

    def __init__(self, store: Store, workspace: Path, run: RunFunction | None = None) -> None:
        """``run`` stands in for what the run's process does, for tests."""
        self._store = store
        self._workspace = workspace
        self._run = run or run_apart
        self._lock = threading.Lock()
        self._notes: OrderedDict[str, FileNote] = OrderedDict()
        self._waiting: list[Job] = []
        self._now: Job | None = None
        self._done = self._pages = 0
        self._problem = ""
        self._thread: threading.Thread | None = None
        self._process: BaseProcess | None = None
        self._stopping = False

    def add(self, files: Sequence[str], *, folder: Path | None = None) -> None:
        """Read files as soon as it is their turn; those under way are left alone.

        ``folder``: what the names start from, and are kept as.
        """
        with self._lock:
            busy = {name for name, note in self._notes.items() if _under_way(note)}
            new = tuple(dict.fromkeys(name for name in files if name not in busy))
            if not new or self._stopping:
                return
            for name in new:
                self._note(FileNote(name, FileState.WAITING))
            last = self._waiting[-1] if self._waiting else None
            if last is not None and last.folder == folder:
                # What came while a run was under way is read in one.
                self._waiting[-1] = Job((*last.files, *new), folder)
            else:
                self._waiting.append(Job(new, folder))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="intake", daemon=True)
                self._thread.start()

    def refuse(self, name: str, problem: str) -> None:
        """Note that a file was not taken."""
        with self._lock:
            self._note(FileNote(name, FileState.FAILED, problems=(problem,)))

    def resume(self) -> None:
        """Go on with what a server that ended has left in the incoming folder."""
        left = unfinished(self._store, self._workspace)
        if left:
            self.add(left, folder=self._workspace)

    def progress(self) -> Progress:
        """How far it is; the newest files first."""
        with self._lock:
            return Progress(
                running=self._now is not None or bool(self._waiting),
                done=self._done,
                pages=self._pages,
                files=tuple(reversed(self._notes.values())),
                problem=self._problem,
            )

    def stop(self) -> None:
        """End the run under way; what it has read is saved, the rest is read after ``resume``."""
        with self._lock:
            self._stopping = True
            self._waiting.clear()
            process, thread = self._process, self._thread
        if process is not None and process.is_alive():
            process.terminate()
            process.join(END_S)
        if thread is not None:
            thread.join(END_S)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting or self._stopping:
                    self._now = None
                    self._thread = None
                    return
                job = self._now = self._waiting.pop(0)
                self._done = self._pages = 0
                self._problem = ""
                for name in job.files:
                    self._notes[name] = replace(self._notes[name], state=FileState.READING)
            try:
                ended = self._follow(job)
            except DigitizerError as error:
                ended = _Ended(problem=" ".join(str(error).split()))
            except Exception as error:  # noqa: BLE001 - told on the page; the next job goes on
                _LOG.exception("adding scans failed")
                ended = _Ended(problem=f"an error in digitizer itself ({type(error).__name__})")
            with self._lock:
                self._settle(job, ended)

    def _follow(self, job: Job) -> _Ended:
        """Start the process of a run and take in what it says until it ends."""
        settings = replace(
            settings_as_before(self._store, self._workspace),
            inputs=tuple(Path(name) for name in job.files),
        )
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=self._run, args=(settings, job.folder, theirs))
        with self._lock:
            if self._stopping:
                return _Ended()
            self._process = process
            process.start()
        theirs.close()
        ended = None
        with contextlib.suppress(EOFError), ours:
            while ended is None:
                ended = self._take(ours.recv())
        process.join()
        self._process = None
        if ended is not None:
            return ended
        code = process.exitcode
        if self._stopping:
            return _Ended(problem="interrupted")
        return _Ended(problem=f"the reading process ended by itself ({code}); run.log may say why")

    def _take(self, message: object) -> _Ended | None:
        if isinstance(message, _Ended):
            return message
        with self._lock:
            if isinstance(message, _Began):
                self._pages = message.pages
            elif isinstance(message, _Page):
                self._done += 1
                note = self._notes.get(message.source_file)
                if note is not None:
                    pages = Counter(dict(note.pages))
                    pages[message.status] += 1
                    self._notes[note.name] = replace(note, pages=tuple(pages.items()))
        return None

    def _settle(self, job: Job, ended: _Ended) -> None:
        """Note how a run ended for each of its files."""
        self._problem = ended.problem
        if ended.problem:
            for name in job.files:
                self._notes[name] = replace(
                    self._notes[name], state=FileState.FAILED, problems=(ended.problem,)
                )
            return
        lines: dict[str, list[str]] = {}
        for name, line in ended.failed:
            lines.setdefault(name, []).append(line)
        for name in job.files:
            note = self._notes[name]
            problems = tuple(lines.get(name, ()))
            bad = sum(n for status, n in note.pages if status is SheetStatus.FAILED)
            if problems and note.read == bad:
                state = FileState.FAILED
            else:
                state = FileState.DONE if note.read else FileState.KNOWN
            self._notes[name] = replace(note, state=state, problems=problems)

    def _note(self, note: FileNote) -> None:
        self._notes.pop(note.name, None)
        self._notes[note.name] = note
        settled = [name for name, one in self._notes.items() if not _under_way(one)]
        for name in settled[: max(0, len(settled) - KEPT_FILES)]:
            del self._notes[name]


def _under_way(note: FileNote) -> bool:
    return note.state in (FileState.WAITING, FileState.READING)


def run_apart(
    settings: batch.RunSettings,
    folder: Path | None,
    pipe: Connection,
    page_function: batch.PageFunction | None = None,
) -> None:
    """Do a run in this process and tell of it; the process is for nothing else.

    ``folder``: where names of files start from. Paths inside the workspace are
    kept as such, so that it may be moved. ``page_function``: see ``run_batch``.
    """
    prepare_worker(None, settings.log_level)
    os.nice(NICENESS)
    if folder is not None:
        os.chdir(folder)
    try:
        forms = load_forms(settings.forms)
        report = batch.run_batch(
            settings,
            form_texts=[form_text(form) for form in forms],
            page_function=page_function,
            watcher=_Teller(pipe),
        )
        failed = tuple((sheet.source_file, failure_line(sheet)) for sheet in report.failed)
        pipe.send(_Ended(failed, report.stopped or ""))
    except DigitizerError as error:
        pipe.send(_Ended(problem=" ".join(str(error).split())))


class _Teller:
    """A run's watcher that tells through a pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def looking(self, files: int, of: int) -> None:
        """Say nothing: it takes no time worth telling."""

    def begin(self, pages: int) -> None:
        """Tell how many pages there are to read."""
        self._pipe.send(_Began(pages))

    def page(self, result: PageResult) -> None:
        """Tell of a page."""
        self._pipe.send(_Page(result.ref.source_file, result.status))
