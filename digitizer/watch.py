"""Folders that scanners and people put scans into: what is new there and copied whole.

Looked at again and again rather than told by the system: folders on a network,
where scanners put their files, tell nobody. A file is taken once its size and
time have stayed as they were for ``SETTLE_S``; one that changes later is taken
again. Fails for a copy that stalls longer than that: its file is read as broken,
and again when it goes on.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitizer.inputs import InputFailure, InputFile, find_inputs

# Copies over a network pause for a second or two now and then.
SETTLE_S = 5.0
# Time between two looks: a folder of 10,000 files takes some hundredths of a second.
LOOK_EVERY_S = 2.0


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
        self._exclude = tuple(exclude)
        self._settle_s = settle_s
        self._clock = clock
        self._known = dict(known or {})
        self._seen: dict[str, _Seen] = {}
        self._given: dict[str, tuple[int, int]] = {}

    def look(self) -> Look:
        """Look once."""
        found = find_inputs(self._folders, exclude=self._exclude)
        now = self._clock()
        ready, growing = [], 0
        seen: dict[str, _Seen] = {}
        for file in found.files:
            try:
                state = Path(file.path).stat()
            except OSError:
                continue  # it was moved away since
            looks = (state.st_size, state.st_mtime_ns)
            if looks in (self._given.get(file.path), self._known.get(file.source_file)):
                continue
            before = self._seen.get(file.path)
            if before is None or (before.size_bytes, before.mtime_ns) != looks:
                seen[file.path] = _Seen(*looks, now)
                growing += 1
            elif now - before.since < self._settle_s:
                seen[file.path] = before
                growing += 1
            else:
                ready.append(file)
                self._given[file.path] = looks
        self._seen = seen
        return Look(tuple(ready), growing, found.failures)


def follow(
    folders: Folders,
    read: Callable[[Look], None],
    *,
    stop: threading.Event,
    every_s: float = LOOK_EVERY_S,
) -> None:
    """Call ``read`` with each look that found new files, until ``stop``."""
    while not stop.is_set():
        look = folders.look()
        if look.ready:
            read(look)
            # Nobody waits: what came meanwhile is looked at right away.
            continue
        stop.wait(every_s)
