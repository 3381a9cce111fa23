"""records.csv and sheets.csv follow what people decide, a little later.

Writing them takes longer than a decision does: seconds for some ten thousand
rows. So a change only marks them as old, and one thread writes them: soon
where writing is quick, rarely where it takes long, and always at the end.
"""

import threading
import time
from pathlib import Path

from digitizer import export
from digitizer.store import Store

# Least time from a change to the files; and the share of the time that writing may take.
WRITE_AFTER_S = 2.0
MOST_SHARE = 0.05


class CsvFiles:
    """The CSV files of a workspace, written by a thread of its own."""

    def __init__(self, store: Store, workspace: Path) -> None:
        """Nothing is written until something changes."""
        self._store = store
        self._workspace = workspace
        self._old = threading.Event()
        self._closing = threading.Event()
        self._one_writer = threading.Lock()
        self._thread: threading.Thread | None = None
        self._took_s = 0.0

    def follow(self) -> None:
        """Write them before long."""
        self._old.set()
        with self._one_writer:
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._run, name="review-csv", daemon=True)
                self._thread.start()

    def write(self) -> None:
        """Write them now."""
        self._old.clear()
        started = time.monotonic()
        try:
            export.write_workspace(
                self._store.listing(), self._store.field_names(), self._workspace
            )
        except BaseException:
            self._old.set()
            raise
        self._took_s = time.monotonic() - started

    def close(self) -> None:
        """End the thread; what changed since is written."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        if self._old.is_set():
            self.write()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._old.wait(1.0)
            if self._old.is_set():
                self._closing.wait(max(WRITE_AFTER_S, self._took_s / MOST_SHARE))
                if not self._closing.is_set():
                    self.write()
