"""Wall time, processor time and peak memory of commands with all their children."""

import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

# A page takes seconds, so ten looks a second miss no peak worth telling.
LOOK_EVERY_S = 0.1
MIB = 1024 * 1024


@dataclass(slots=True)
class Usage:
    """What was used while a block ran; filled at its end.

    ``cpu_s``: of all processes that were started and waited for within, their
    children included. ``peak_rss_mib``: of all of them together at one moment;
    memory that two processes share counts twice.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_rss_mib: float = 0.0


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _children_rss_bytes() -> int:
    total = 0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it ended since it was listed
            total += process.memory_info().rss
    return total


@contextmanager
def measured() -> Iterator[Usage]:
    """Measure the processes that the block starts and waits for."""
    usage = Usage()
    stopped = threading.Event()

    def watch() -> None:
        while not stopped.wait(LOOK_EVERY_S):
            usage.peak_rss_mib = max(usage.peak_rss_mib, _children_rss_bytes() / MIB)

    watcher = threading.Thread(target=watch, daemon=True)
    started, cpu_before = time.perf_counter(), _children_cpu_s()
    watcher.start()
    try:
        yield usage
    finally:
        usage.wall_s = time.perf_counter() - started
        usage.cpu_s = _children_cpu_s() - cpu_before
        stopped.set()
        watcher.join()
