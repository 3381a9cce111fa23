"""Runs a function over tasks on any ``concurrent.futures.Executor``.

Serial, worker processes and a Dask cluster go through one function,
``run_pages``, which yields each result as it is ready. Only so many tasks are
handed out at a time, so that a hundred thousand pages cost no memory.

A worker that dies (killed for memory, crashed in a library) takes its whole
pool with it, and which page did it cannot be told. So the pool is built anew,
the pages that were under way are read one at a time, and one that kills two
workers is given up: it is a failed page, and the others are done.

Workers are started afresh (``spawn``), never forked: libraries with threads
of their own do not survive a fork. They ignore Ctrl-C, which the parent
handles, and end by themselves when the parent is gone, however it went.
"""

import concurrent.futures as cf
import contextlib
import itertools
import logging
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Generic, ParamSpec, TypeVar

from digitizer.errors import DependencyError, WorkerLostError, how_to_install
from digitizer.records import PageResult, PageTask

Task = TypeVar("Task")
Result = TypeVar("Result")
Given = ParamSpec("Given")

# Tasks handed out for each worker: one under way and one waiting, so that no
# worker idles while the parent saves a page.
TASKS_PER_WORKER = 2

# How often a page may kill a worker while it is the only one: a first death may
# have been another program's doing (the machine ran out of memory).
ATTEMPTS_ALONE = 2

# Seconds that a worker told to end is given before it is killed.
END_OF_WORKER_S = 5.0

# Libraries would each start a thread per core in every worker; one process a
# core is faster and leaves the machine usable.
ONE_THREAD_EACH = (
    "OMP_NUM_THREADS",
    "OMP_THREAD_LIMIT",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
)

# How long to wait for a Dask scheduler to answer.
SCHEDULER_TIMEOUT_S = 20

LOG_FORMAT = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"

_LOG = logging.getLogger(__name__)


class SerialExecutor(cf.Executor):
    """Runs each task at once, in this process: for tests and for debugging."""

    def submit(
        self, fn: Callable[..., Result], /, *args: object, **kwargs: object
    ) -> cf.Future[Result]:
        """Run ``fn`` and return its finished future."""
        future: cf.Future[Result] = cf.Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as every executor: the caller gets it
            future.set_exception(error)
        return future


@dataclass(frozen=True, slots=True)
class Crew(Generic[Task, Result]):
    """Who does the work, and what becomes of a task that cannot be done.

    ``start`` gives an executor and how many tasks it does at a time, and is
    called again when the executor breaks;
    ``on_lost`` gives the result of a task that kills its worker; ``on_error``
    that of a task whose function raised, or raises itself to end the run.
    """

    start: Callable[[], tuple[cf.Executor, int]]
    on_lost: Callable[[Task], Result]
    on_error: Callable[[Task, Exception], Result]


def process_page(task: PageTask) -> PageResult:
    """Read one page, in a worker.

    The pipeline is imported there: the parent needs no models, and a run that
    has nothing to read ends at once.
    """
    from digitizer import pipeline

    return pipeline.process_page(task)


def run_pages(
    crew: Crew[Task, Result], function: Callable[[Task], Result], tasks: Iterable[Task]
) -> Generator[Result, None, None]:
    """Yield the result of each task, in the order in which they get ready.

    Stops handing out tasks when the caller stops taking results; closing the
    iterator ends the workers without waiting for what they are doing. Raises
    WorkerLostError where workers cannot be had, and what ``crew.on_error``
    raises.
    """
    waiting = iter(tasks)
    suspects: list[Task] = []
    executor, workers = crew.start()
    limit = workers * TASKS_PER_WORKER
    try:
        while True:
            for task in suspects:
                executor, result = _run_alone(crew, executor, function, task)
                yield result
            suspects.clear()
            yield from _run_together(crew, executor, function, waiting, limit, suspects)
            if not suspects:
                break
            _LOG.warning("a worker died; reading %d pages again one by one", len(suspects))
            executor = _rebuild(crew, executor)
    except BaseException:
        abandon(executor)
        raise
    executor.shutdown()


def _run_together(
    crew: Crew[Task, Result],
    executor: cf.Executor,
    function: Callable[[Task], Result],
    waiting: Iterator[Task],
    limit: int,
    suspects: list[Task],
) -> Iterator[Result]:
    """Yield results until the tasks or the pool end; the latter fills ``suspects``."""
    under_way: dict[cf.Future[Result], Task] = {}
    while True:
        for task in itertools.islice(waiting, limit - len(under_way)):
            try:
                under_way[executor.submit(function, task)] = task
            except BrokenProcessPool:
                suspects.append(task)
                break
        if not under_way:
            return
        done, _ = cf.wait(under_way, return_when=cf.FIRST_COMPLETED)
        broken = bool(suspects)
        # What is done is handed over before an error can end the run.
        ready = [f for f in under_way if f in done]
        for future in sorted(ready, key=lambda f: f.exception() is not None):
            task = under_way.pop(future)
            error = future.exception()
            if error is None:
                yield future.result()
            elif isinstance(error, BrokenProcessPool):
                broken = True
                suspects.append(task)
            else:
                yield _result_of_error(crew, task, error)
        if broken:
            # Every other future of a broken pool ends now, most with the same
            # error, some with a result that came in before.
            for future in cf.as_completed(tuple(under_way)):
                if future.exception() is None:
                    yield future.result()
                else:
                    suspects.append(under_way[future])
            return


def _run_alone(
    crew: Crew[Task, Result],
    executor: cf.Executor,
    function: Callable[[Task], Result],
    task: Task,
) -> tuple[cf.Executor, Result]:
    for _ in range(ATTEMPTS_ALONE):
        try:
            return executor, executor.submit(function, task).result()
        except BrokenProcessPool:
            executor = _rebuild(crew, executor)
        except Exception as error:  # noqa: BLE001 - the crew decides what it means
            return executor, _result_of_error(crew, task, error)
    return executor, crew.on_lost(task)


def _result_of_error(crew: Crew[Task, Result], task: Task, error: BaseException) -> Result:
    # Dask lost a worker several times over this task; it has replaced it.
    if type(error).__name__ == "KilledWorker":
        return crew.on_lost(task)
    if isinstance(error, cf.CancelledError):
        raise WorkerLostError(
            "the scheduler dropped a page, it may have gone: start it and run again, "
            "finished pages are kept"
        ) from error
    if not isinstance(error, Exception):
        raise error
    return crew.on_error(task, error)


def _rebuild(crew: Crew[Task, Result], broken: cf.Executor) -> cf.Executor:
    with contextlib.suppress(Exception):
        broken.shutdown(wait=True)
    try:
        executor, _ = crew.start()
        # A pool that cannot start its workers breaks at its first task.
        executor.submit(answer).result()
    except (BrokenProcessPool, OSError) as error:
        raise WorkerLostError(
            "worker processes die as soon as they start: free some memory or try --jobs 1, "
            "then run again, finished pages are kept"
        ) from error
    return executor


def answer() -> bool:
    """Say that a worker is there."""
    return True


def abandon(executor: cf.Executor) -> None:
    """End an executor without waiting for the pages it is reading."""
    # There is no public way to its processes before Python 3.14, and waiting
    # for each to finish its page would make Ctrl-C look broken.
    workers = tuple((getattr(executor, "_processes", None) or {}).values())
    results = getattr(executor, "_result_queue", None)
    executor.shutdown(wait=False)
    for worker in workers:
        worker.terminate()
    for worker in workers:
        if not multiprocessing.connection.wait([worker.sentinel], END_OF_WORKER_S):
            worker.kill()
    # A worker ended while it handed over a result leaves half of it in the pipe;
    # the pool's thread would wait for the rest for ever, and the program for it.
    # With this end closed the thread sees that nobody is left to send it.
    writer = getattr(results, "_writer", None)
    if writer is not None:
        writer.close()


def process_pool(
    workers: int, *, log_file: Path | None = None, log_level: int = logging.INFO
) -> cf.Executor:
    """Worker processes on this machine that write their log to ``log_file``."""
    for name in ONE_THREAD_EACH:
        # Must stand before a worker loads its libraries, and a new process
        # inherits it from here.
        os.environ.setdefault(name, "1")
    return _Pool(
        max_workers=workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=prepare_worker,
        initargs=(None if log_file is None else str(log_file), log_level),
    )


class _Pool(cf.ProcessPoolExecutor):
    """Workers that Ctrl-C does not reach, not even while they start.

    A terminal sends it to them too, and one that still loads its libraries would end with a
    traceback: it begins with the signal held back, as a new process has it from its parent.
    """

    def submit(
        self, fn: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs
    ) -> "cf.Future[Result]":
        """As its base class's, which may start a worker."""
        if not hasattr(signal, "pthread_sigmask"):  # Windows has none
            return super().submit(fn, *args, **kwargs)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return super().submit(fn, *args, **kwargs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def prepare_worker(log_file: str | None, log_level: int) -> None:
    """Set up a new worker process: signals, log, and an end with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if log_file is not None:
        log_to_file(Path(log_file), log_level)
    parent = multiprocessing.parent_process()
    if parent is not None:
        sentinel = parent.sentinel
        threading.Thread(target=_end_with_parent, args=(sentinel,), daemon=True).start()


def _end_with_parent(sentinel: int) -> None:
    # A worker whose parent was killed would wait for its next task forever.
    multiprocessing.connection.wait([sentinel])
    os._exit(1)


class DiscreetFormatter(logging.Formatter):
    """Writes where an error happened and of what type it is, never its message.

    A message may quote what was being worked on, and that is a signer's text.
    """

    def formatException(  # noqa: N802 - the name that logging calls
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """The lines of code that led to the error, and its type."""
        lines: list[str] = []
        error = ei[1]
        while error is not None:
            frames = "".join(traceback.format_tb(error.__traceback__))
            # What happened in a worker comes back as text, its code indented.
            remote = getattr(error, "tb", "")
            if isinstance(remote, str):
                frames += "\n".join(line for line in remote.splitlines() if line.startswith("  "))
            lines = [*frames.splitlines(), type(error).__name__, *lines]
            error = error.__cause__ or error.__context__
        return "\n".join(lines)


class _LogFile(logging.FileHandler):
    """A log that is written where it can be: what it is the log of goes on without it."""

    def emit(self, record: logging.LogRecord) -> None:
        """As its base class's, which lets a file that cannot be opened end the program."""
        with contextlib.suppress(OSError):
            super().emit(record)


def log_to_file(log_file: Path, level: int) -> None:
    """Append this process's log to a file that other processes append to as well."""
    # A log that cannot be written (full disk) must not fill the terminal.
    logging.raiseExceptions = False
    handler = _LogFile(log_file, mode="a", encoding="utf-8", delay=True)
    handler.setFormatter(DiscreetFormatter(LOG_FORMAT))
    logger = logging.getLogger("digitizer")
    for old in logger.handlers[:]:
        logger.removeHandler(old)
        old.close()
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False


class DaskExecutor(cf.Executor):
    """Workers of a running Dask scheduler; ``workers`` is how many there are.

    The workspace must be a folder that every worker sees under the same path.
    """

    def __init__(self, address: str) -> None:
        """Connect; DependencyError without Dask, WorkerLostError without scheduler."""
        try:
            from distributed import Client
        except ModuleNotFoundError as error:
            raise DependencyError(f"--scheduler needs Dask: {how_to_install('scale')}") from error
        try:
            self._client = Client(address, timeout=SCHEDULER_TIMEOUT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise WorkerLostError(
                f"no Dask scheduler answers at {address}: check the address and that it runs"
            ) from error
        self.workers = max(1, sum(self._client.nthreads().values()))
        # pure=True would hand back an earlier page's result for an equal task.
        self._executor = self._client.get_executor(pure=False)

    def submit(
        self, fn: Callable[..., Result], /, *args: object, **kwargs: object
    ) -> cf.Future[Result]:
        """Hand a task to the cluster."""
        future: cf.Future[Result] = self._executor.submit(fn, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster, which goes on running; drop tasks unless ``wait``."""
        del cancel_futures  # Dask's executor drops them whenever it does not wait.
        self._executor.shutdown(wait=wait)
        self._client.close()


def cores() -> int:
    """Processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
