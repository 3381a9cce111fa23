"""Whether a run reads into a workspace at this moment, on this computer.

Told by a lock on the run's log, which ends with its process however that ends. It keeps nobody
out: pages are saved one by one, and two runs over other files do not touch each other.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from digitizer.sharing import share

try:
    import fcntl
except ModuleNotFoundError:  # Windows has none: no run is known of there
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def marked(log_file: Path) -> Iterator[None]:
    """Mark that a run is under way; ``log_file`` is made where it is missing."""
    is_new = not log_file.exists()
    file = _opened(log_file)
    if is_new and file is not None:
        share(log_file)
    try:
        if file is not None:
            _locks(file)
        yield
    finally:
        if file is not None:
            os.close(file)


def is_marked(log_file: Path) -> bool:
    """Whether a run of another process, or of this one, is under way."""
    file = _opened(log_file) if log_file.is_file() else None
    if file is None:
        return False
    try:
        return not _locks(file)
    finally:
        os.close(file)


def _opened(log_file: Path) -> int | None:
    # What is wrong with the place the run says itself.
    if fcntl is not None:
        with contextlib.suppress(OSError):
            return os.open(log_file, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o666)
    return None


def _locks(file: int) -> bool:
    """Lock an open file until it is closed; False where another has the lock."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a network drive without locks
        return True
    return True
