"""Which files a run reads: the arguments, and all that lies in folders below them.

Files are told apart by their real path, so that one given twice or a link that
leads in a circle costs nothing. A folder that cannot be opened is reported and
the rest goes on. What a file holds is not looked at here; ``scans`` does.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from digitizer.records import Failure

STAGE = "scan"
UNREADABLE, NOT_FOUND, NOT_A_SCAN = "unreadable", "not-found", "not-a-scan"

SUFFIXES = frozenset({".pdf", ".tif", ".tiff", ".png", ".jpg", ".jpeg", ".webp", ".heic", ".heif"})
# Files that file managers leave in every folder.
_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini"})
# A folder with this file is a workspace: its pages/ and crops/ are our own output.
_WORKSPACE_MARK = "digitizer.db"


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read: where it is, and its name for people and for the CSV files."""

    path: str
    source_file: str


@dataclass(frozen=True, slots=True)
class InputFailure:
    """A file or folder that could not even be listed or opened."""

    source_file: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class Inputs:
    """What ``find_inputs`` found, in reading order.

    ``ignored``: other files in the folders, which were left alone.
    """

    files: tuple[InputFile, ...] = ()
    failures: tuple[InputFailure, ...] = ()
    ignored: tuple[str, ...] = ()


def natural_key(name: str) -> tuple[tuple[int, str | int], ...]:
    """Sort key under which ``page 2`` comes before ``page 10``."""
    pieces = re.split(r"([0-9]+)", name.casefold())
    return tuple((0, int(piece)) if i % 2 else (1, piece) for i, piece in enumerate(pieces))


def find_inputs(paths: Sequence[Path], *, exclude: Sequence[Path] = ()) -> Inputs:
    """Files to read among ``paths``: files as given, folders with all below them.

    Each file comes once, under the first name it was met by. Hidden files,
    workspaces and the folders in ``exclude`` (the output folder) are passed over.
    A file given by name is always tried, whatever its suffix. Never raises.
    """
    search = _Search({_identity(path) for path in exclude})
    for path in paths:
        search.add(path)
    return Inputs(tuple(search.files), tuple(search.failures), tuple(search.ignored))


def with_earlier_names(inputs: Inputs, earlier: Iterable[tuple[str, str]]) -> Inputs:
    """``inputs`` with files that were handed in before under the name they had then.

    The same file is often named in another way, from another folder. ``earlier``: (path,
    name) of files, oldest first. A name that another file of these has is left to that.
    """
    names: dict[str, list[str]] = {}
    for path, name in earlier:
        names.setdefault(_identity(Path(path)), []).append(name)
    given = {file.source_file for file in inputs.files}

    def named(file: InputFile) -> InputFile:
        had = names.get(_identity(Path(file.path)), [])
        if not had or file.source_file in had or had[0] in given:
            return file
        return replace(file, source_file=had[0])

    return replace(inputs, files=tuple(named(file) for file in inputs.files))


class Moved:
    """Names of files that were handed in before and are no longer where they were."""

    def __init__(self, earlier: Iterable[tuple[str, str, str]], inputs: Inputs) -> None:
        """``earlier``: (path, name, sha256) of files, oldest first; ``inputs``: those of now."""
        self._given = {file.source_file for file in inputs.files}
        self._places: dict[str, list[tuple[str, str]]] = {}
        for path, name, sha256 in earlier:
            self._places.setdefault(sha256, []).append((path, name))

    def name_of(self, source_file: str, sha256: str) -> str:
        """The name that a file of this content had before it was moved, each once; else its own.

        A copy beside its original is another file, and of one that cannot be read (``sha256``
        empty) nobody knows what it holds.
        """
        places = self._places.get(sha256, []) if sha256 else []
        if all(name != source_file for _, name in places):
            for place in places:
                if place[1] not in self._given and not os.path.lexists(place[0]):
                    places.remove(place)
                    return place[1]
        return source_file


def digest_of(path: Path) -> str:
    """SHA-256 of a file as it is, whatever it holds; empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def shown_name(source_file: str) -> str:
    """``source_file`` on one line, for messages."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in source_file)


def cause_of(error: BaseException) -> str:
    """Why an operating system call failed, in its own words."""
    reason = error.strerror if isinstance(error, OSError) else None
    return (reason or type(error).__name__).lower()


class _Search:
    """State of one ``find_inputs``: what was found and what was already seen."""

    def __init__(self, excluded: set[str]) -> None:
        self.files: list[InputFile] = []
        self.failures: list[InputFailure] = []
        self.ignored: list[str] = []
        self._excluded = excluded
        # Folders and files are told apart by their real path, so that links
        # which point upwards cannot lead in circles.
        self._seen: set[str] = set()

    def add(self, path: Path) -> None:
        """Take one argument of the command line."""
        try:
            is_folder, is_file, exists = path.is_dir(), path.is_file(), path.exists()
        except (OSError, RuntimeError, ValueError) as error:
            self._fail(str(path), UNREADABLE, f"cannot be opened ({cause_of(error)})")
            return
        if is_folder:
            self._add_folder(path)
        elif is_file:
            self._add_file(path)
        elif exists:
            self._fail(str(path), NOT_A_SCAN, "is neither a file nor a folder")
        else:
            message = "there is no such file or folder; check the spelling"
            self._fail(str(path), NOT_FOUND, message)

    def _add_folder(self, top: Path) -> None:
        # A stack instead of recursion: folders may be nested deeper than calls.
        waiting = [top]
        while waiting:
            path = waiting.pop()
            try:
                if path != top and not path.is_dir():
                    self._add_found(path)
                elif self._is_new(path):
                    waiting += reversed(self._entries(path, top))
            except OSError as error:
                # Folders that may be listed but not entered fail here.
                self._fail(str(path), UNREADABLE, f"cannot be opened ({cause_of(error)})")

    def _entries(self, folder: Path, top: Path) -> list[Path]:
        try:
            with os.scandir(folder) as listing:
                names = sorted((e.name for e in listing), key=lambda n: (natural_key(n), n))
        except OSError as error:
            message = (
                f"this folder cannot be opened ({cause_of(error)}); allow reading and run again"
            )
            self._fail(str(folder), UNREADABLE, message)
            return []
        if folder != top and _WORKSPACE_MARK in names:
            return []
        return [folder / name for name in names if not _is_hidden(name)]

    def _add_found(self, path: Path) -> None:
        if path.suffix.lower() not in SUFFIXES:
            self.ignored.append(_source_file(path))
        elif path.is_file():
            self._add_file(path)
        elif path.is_symlink():
            self._fail(str(path), NOT_FOUND, "this link leads nowhere")
        else:
            self.ignored.append(_source_file(path))

    def _add_file(self, path: Path) -> None:
        if self._is_new(path):
            self.files.append(InputFile(str(path.absolute()), _source_file(path)))

    def _is_new(self, path: Path) -> bool:
        identity = _identity(path)
        if identity in self._seen or identity in self._excluded:
            return False
        self._seen.add(identity)
        return True

    def _fail(self, name: str, kind: str, message: str) -> None:
        source_file = _source_file(Path(name))
        text = f"{shown_name(source_file)}: {message}"
        self.failures.append(InputFailure(source_file, Failure(STAGE, kind, text)))


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$")) or name.casefold() in _SYSTEM_FILES


def _identity(path: Path) -> str:
    return os.path.realpath(path)


def _source_file(path: Path) -> str:
    # Names that are not UTF-8 (old disks) can be opened but not stored or
    # printed: their odd bytes are written out.
    return os.fsencode(path).decode("utf-8", "backslashreplace")
