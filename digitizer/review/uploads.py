"""Files that a browser sends, written to disk as they come.

Neither memory nor the system's folder for temporary files has to hold them: a
day's scans are some gigabytes. Nothing is kept before the session's token was
seen, so the form names it before its files. A file too large, or for which the
disk has no room, is told as such and the others are taken.
"""

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from digitizer.intake import UPLOADING
from digitizer.sharing import make_folder

# A book of a thousand pages at 300 dpi; more is a mistake.
MAX_FILE_BYTES = 2 * 1024**3
# Room that stays free on the disk: the run that follows writes about as much
# as it reads, and databases do not like a full disk.
MIN_FREE_BYTES = 500 * 1024**2
# How much is written between two looks at the room left.
LOOK_EVERY_BYTES = 32 * 1024**2
# Values of a form that are no files, and how many files it may hold.
MAX_VALUE_BYTES = 10_000
MAX_PARTS = 5_000
# Longest file name kept, without its suffix: systems take 255 bytes.
MAX_NAME = 100

Allow = Callable[[Mapping[str, str]], None]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came; ``problem``: name of a message where it was not kept."""

    name: str
    file: Path
    size_bytes: int
    sha256: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """All that a form brought."""

    fields: Mapping[str, str]
    files: tuple[Upload, ...]

    def discard(self) -> None:
        """Remove the files that nobody took."""
        for upload in self.files:
            upload.file.unlink(missing_ok=True)


async def receive(request: Request, folder: Path, allow: Allow) -> Uploaded:
    """Take in a form with files, which are written into ``folder`` under hidden names.

    ``allow`` sees the fields so far before a file is kept, and raises where it
    must not be. Raises HTTPException for what is no such form.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise HTTPException(422)
    parts = _Parts(folder, allow)
    parser = MultipartParser(boundary, parts.callbacks())
    try:
        async for chunk in request.stream():
            # Writing may wait for the disk, and others' pages must not.
            await run_in_threadpool(parser.write, chunk)
        parser.finalize()
        if not parts.complete:
            raise HTTPException(400)
        allow(parts.fields)
    except MultipartParseError as error:
        parts.abandon()
        raise HTTPException(400) from error
    except BaseException:
        parts.abandon()
        raise
    return Uploaded(parts.fields, tuple(parts.files))


def keep(upload: Upload, folder: Path) -> Path:
    """Move a file to its own name in ``folder``, never over another; returns where it lies."""
    name = safe_name(upload.name)
    stem, suffix = Path(name).stem, Path(name).suffix
    for number in range(1, 10_000):
        place = folder / (name if number == 1 else f"{stem}-{number}{suffix}")
        try:
            # Taking the name first: two people may send files of one name at once.
            os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        except FileExistsError:
            continue
        upload.file.replace(place)
        return place
    raise HTTPException(422)


def safe_name(name: str) -> str:
    """A file name without folders, control characters, or what shells and systems mind."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = re.sub(r"[^\w .,()'’+=@-]", "_", last).strip(" .")
    stem, suffix = Path(plain).stem, Path(plain).suffix
    return f"{stem[:MAX_NAME].strip(' .') or 'scan'}{suffix[:10]}"


def clear_leftovers(folder: Path) -> None:
    """Remove what uploads that were broken off have left."""
    for file in folder.glob(f"{UPLOADING}*"):
        with contextlib.suppress(OSError):
            file.unlink()


@dataclass(slots=True)
class _Open:
    """A file being written."""

    name: str
    path: Path
    out: BinaryIO
    digest: Any = field(default_factory=hashlib.sha256)
    size: int = 0
    looked: int = 0
    problem: str = ""


class _Parts:
    """Takes the parts of a form as the parser finds them."""

    def __init__(self, folder: Path, allow: Allow) -> None:
        self.fields: dict[str, str] = {}
        self.files: list[Upload] = []
        self.complete = False
        self._folder = folder
        self._allow = allow
        self._header = b""
        self._headers: dict[bytes, bytes] = {}
        self._value = b""
        self._name = ""
        self._file: _Open | None = None
        self._text: bytearray | None = None
        self._count = 0

    def callbacks(self) -> Any:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _finish(self) -> None:
        self.complete = True

    def abandon(self) -> None:
        """Remove everything that was written."""
        if self._file is not None:
            self._file.out.close()
            self._file.path.unlink(missing_ok=True)
        for upload in self.files:
            upload.file.unlink(missing_ok=True)

    def _begin(self) -> None:
        self._headers, self._header, self._value = {}, b"", b""
        self._count += 1
        if self._count > MAX_PARTS:
            raise HTTPException(413)

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header, self._value = b"", b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in options:
            self._text = bytearray()
            return
        self._allow(self.fields)
        name = options[b"filename"].decode("utf-8", "replace")
        path = self._folder / f"{UPLOADING}{secrets.token_hex(8)}"
        make_folder(self._folder)
        self._file = _Open(name, path, path.open("xb"))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._text is not None:
            self._text += data[start:end]
            if len(self._text) > MAX_VALUE_BYTES:
                raise HTTPException(413)
        elif self._file is not None and not self._file.problem:
            self._write(self._file, data[start:end])

    def _write(self, file: _Open, data: bytes) -> None:
        file.size += len(data)
        if file.size > MAX_FILE_BYTES:
            file.problem = "add.too-large"
        elif file.size - file.looked >= LOOK_EVERY_BYTES or not file.looked:
            file.looked = file.size
            if shutil.disk_usage(self._folder).free < MIN_FREE_BYTES:
                file.problem = "add.disk-full"
        if file.problem:
            file.out.truncate(0)
            return
        file.digest.update(data)
        try:
            file.out.write(data)
        except OSError:
            file.problem = "add.disk-full"

    def _end(self) -> None:
        if self._text is not None:
            self.fields[self._name] = self._text.decode("utf-8", "replace")
            self._text = None
        elif self._file is not None:
            file, self._file = self._file, None
            with contextlib.suppress(OSError):
                file.out.close()
            if not file.name and not file.size:
                # A form sent without choosing a file.
                file.path.unlink(missing_ok=True)
                return
            digest = file.digest.hexdigest()
            self.files.append(Upload(file.name, file.path, file.size, digest, file.problem))
