"""records.csv and sheets.csv follow what people decide, a little later.

Writing them takes longer than a decision does: tens of seconds for a hundred
thousand rows. So a change only marks them as old, and one thread sees to it
that they are written: soon where writing is quick, rarely where it takes long,
and always at the end. What takes long is done by a process of its own, since
threads of one process share one processor and the pages would become slow.
"""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from digitizer import export
from digitizer.errors import DigitizerError, StoreError
from digitizer.store import Store

# Least time from a change to the files; and the share of the time that writing may take.
WRITE_AFTER_S = 2.0
MOST_SHARE = 0.1
# Pages written within the server: about a tenth of a second's work.
PAGES_WRITTEN_HERE = 50
# The pages come first, wherever the other process runs.
NICENESS = 10

_LOG = logging.getLogger(__name__)


class CsvFiles:
    """The CSV files of a workspace, written by a thread of its own."""

    def __init__(self, store: Store, workspace: Path) -> None:
        """Nothing is written until something changes."""
        self._store = store
        self._workspace = workspace
        self._old = threading.Event()
        self._closing = threading.Event()
        self._writing = threading.Lock()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._took_s = 0.0

    def follow(self) -> None:
        """Write them before long."""
        self._old.set()
        with self._starting:
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._run, name="review-csv", daemon=True)
                self._thread.start()

    def write(self) -> None:
        """Write them now. Raises StoreError; they then count as old still."""
        with self._writing:
            self._old.clear()
            started = time.monotonic()
            try:
                if len(self._store.sources()) <= PAGES_WRITTEN_HERE:
                    write_files(self._store, self._workspace)
                else:
                    self._write_elsewhere()
            except BaseException:
                self._old.set()
                raise
            self._took_s = time.monotonic() - started

    def close(self) -> None:
        """End the thread; what changed since is written, or it is said why it could not be."""
        self._closing.set()
        if self._thread is not None:
            # It looks up at least once a second.
            self._thread.join()
        if self._old.is_set():
            self._try_to_write()

    def _run(self) -> None:
        while not self._closing.is_set():
            if not self._old.wait(1.0):
                continue
            self._closing.wait(max(WRITE_AFTER_S, self._took_s / MOST_SHARE))
            if not self._closing.is_set():
                self._try_to_write()

    def _try_to_write(self) -> None:
        try:
            self.write()
        except DigitizerError as error:
            # The database holds everything; the next change tries again.
            _LOG.error("%s", error)

    def _write_elsewhere(self) -> None:
        # Through stdin: the address of a database may hold a password.
        told = json.dumps({"database": self._store.url, "workspace": str(self._workspace)})
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=told,
            text=True,
            capture_output=True,
            # Ctrl+C ends the server, which then waits for its files.
            start_new_session=True,
        )
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise StoreError(f"the CSV files could not be written: {last[0]}")


def write_files(store: Store, workspace: Path) -> None:
    """Write both files anew, each whole."""
    export.write_workspace(store.listing(), store.field_names(), workspace)


def main() -> int:
    """Write the files of the workspace that stdin names."""
    told = json.loads(sys.stdin.read())
    os.nice(NICENESS)
    try:
        with Store.open(told["database"]) as store:
            write_files(store, Path(told["workspace"]))
    except DigitizerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
