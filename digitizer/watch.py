"""Folders that scanners and people put scans into: what is new there and copied whole.

Looked at again and again rather than told by the system: folders on a network,
where scanners put their files, tell nobody. A file is taken once its size and
time have stayed as they were for ``SETTLE_S``; one that changes later is taken
again. Fails for a copy that stalls longer than that: its file is read as broken,
and again when it goes on.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitizer.inputs import SUFFIXES, InputFailure, InputFile, find_inputs, natural_key
from digitizer.store import DATABASE_FILE

# Copies over a network pause for a second or two now and then.
SETTLE_S = 5.0
# Time between two looks.
LOOK_EVERY_S = 2.0
# Rest after a look, as a multiple of the time that it took.
LOOK_REST = 10


@dataclass(frozen=True, slots=True)
class Look:
    """What lies in the folders: files to read now, and how many are still being copied."""

    ready: tuple[InputFile, ...]
    growing: int
    failures: tuple[InputFailure, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    size_bytes: int
    mtime_ns: int
    since: float


class Folders:
    """Tells which files of some folders are new; keeps what it gave out."""

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        exclude: Sequence[Path] = (),
        known: Mapping[str, tuple[int, int]] | None = None,
        settle_s: float = SETTLE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``exclude``: folders passed over, as the workspace.

        ``known``: size in bytes and time in ns of files that are not new, by the
        name they are kept under.
        """
        self._folders = tuple(folders)
        self._exclude = frozenset(path.resolve() for path in exclude)
        self._settle_s = settle_s
        self._clock = clock
        self._known = dict(known or {})
        self._seen: dict[str, _Seen] = {}
        self._given: dict[str, tuple[int, int]] = {}

    def look(self) -> Look:
        """Look once."""
        now = self._clock()
        ready: list[Path] = []
        growing = 0
        seen: dict[str, _Seen] = {}
        for path, looks in self._files():
            name = str(path)
            if looks in (self._given.get(name), self._known.get(name)):
                continue
            before = self._seen.get(name)
            if before is None or (before.size_bytes, before.mtime_ns) != looks:
                before = _Seen(*looks, now)
            if now - before.since >= self._settle_s:
                ready.append(path)
                self._given[name] = looks
            else:
                seen[name] = before
                growing += 1
        self._seen = seen
        found = find_inputs(ready)
        return Look(found.files, growing, found.failures)

    def _files(self) -> Iterator[tuple[Path, tuple[int, int]]]:
        """Scans in the folders and below, with size and time, in order of their names.

        A plain walk: what ``find_inputs`` does for each file, to tell links and
        workspaces apart, would take a second for 10,000 of them.
        """
        waiting = list(reversed(self._folders))
        while waiting:
            folder = waiting.pop()
            inner: list[Path] = []
            with contextlib.suppress(OSError), os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: natural_key(entry.name))
                names = {entry.name for entry in entries}
                if DATABASE_FILE in names or folder.resolve() in self._exclude:
                    continue
                for entry in entries:
                    if entry.name.startswith((".", "~$")):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        inner.append(folder / entry.name)
                    elif Path(entry.name).suffix.lower() in SUFFIXES:
                        with contextlib.suppress(OSError):  # it was moved away since
                            state = entry.stat()
                            yield folder / entry.name, (state.st_size, state.st_mtime_ns)
            waiting += reversed(inner)


def follow(
    folders: Folders,
    read: Callable[[Look], None],
    *,
    stop: threading.Event,
    every_s: float = LOOK_EVERY_S,
) -> None:
    """Call ``read`` with each look that found new files, until ``stop``."""
    while not stop.is_set():
        began = time.monotonic()
        look = folders.look()
        if look.ready:
            read(look)
            # Nobody waits: what came meanwhile is looked at right away.
            continue
        # Looking through a very large folder must not take all the time.
        stop.wait(max(every_s, LOOK_REST * (time.monotonic() - began)))
