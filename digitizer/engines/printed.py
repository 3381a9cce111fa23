"""Printed words of a page through Tesseract: captions, titles, addresses.

Tesseract finds print well and misreads handwriting (1 to 3 % of real postal
codes, phones and place names read exactly), so it serves only to find the
form's own words. Its library runs in one process beside each worker
(``printserver``), which saves 0.4 s a page over starting the program for each;
where only the program is installed, it is started. Its threads are
switched off because pages already run in parallel.
"""

import atexit
import contextlib
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytesseract

from digitizer.engines import printserver
from digitizer.errors import DependencyError, ScanError
from digitizer.records import Pixels, PrintedWord

# Seconds after which a page's print is given up: a usual page takes 1 to 2, and
# ten times as long where the machine is busy with other work.
TIMEOUT_S = 300

# Tesseract's name of each language that forms are printed in.
LANGUAGES = {"en": "eng", "fr": "fra"}
# Columns of Tesseract's TSV.
TSV_COLUMNS = 12
WORD_LEVEL = "5"


def languages_of(forms: Iterable[str]) -> str:
    """Tesseract's languages for forms in these languages; all that are known for none."""
    wanted = set(forms) & set(LANGUAGES) or set(LANGUAGES)
    return "+".join(LANGUAGES[name] for name in sorted(wanted))


def read_print(gray: Pixels, languages: str = "eng+fra") -> tuple[PrintedWord, ...]:
    """Words of a page with their upright boxes, in pixels of ``gray``.

    ``gray``: (H, W) uint8, dark on white. ``languages``: as Tesseract wants
    them (``eng+fra``). Words Tesseract is sure are none are left out. Empty
    when nothing was found. Raises ``DependencyError`` when Tesseract or a
    language is missing, ``ScanError`` when it broke off or time ran out: a page
    whose print nobody read is no page without print.
    """
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    text = _SERVER.read(gray, languages)
    if text is None:
        text = _by_program(gray, languages)
    return tuple(_words(text))


class _Server:
    """The process with the library, started when first needed, once a process of ours."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._missing = False
        self._lock = threading.Lock()

    def read(self, gray: Pixels, languages: str) -> str | None:
        """The page's words as TSV; None where the library is not installed."""
        with self._lock:
            return None if self._missing else self._ask(gray, languages)

    def _ask(self, gray: Pixels, languages: str) -> str | None:
        height, width = gray.shape
        name = languages.encode()
        request = printserver.HEADER.pack(width, height, len(name)) + name
        process = self._running()
        assert process.stdin is not None and process.stdout is not None  # both are pipes
        try:
            process.stdin.write(request + np.ascontiguousarray(gray).tobytes())
            process.stdin.flush()
            reply = self._receive(process, printserver.REPLY.size)
            status, length = printserver.REPLY.unpack(reply)
            text = self._receive(process, length)
        except (BrokenPipeError, EOFError):
            code = self.stop()
            if code == printserver.NO_LIBRARY:
                self._missing = True
                return None
            raise ScanError("tesseract broke off on this page; scan it again") from None
        if status == printserver.NO_LANGUAGE:
            raise _no_language(languages)
        return text.decode("utf-8", errors="replace")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._owner != os.getpid():
            script = Path(printserver.__file__)
            self._process = subprocess.Popen(
                [sys.executable, "-I", script],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._owner = os.getpid()
            atexit.register(self.stop)
        return self._process

    def _receive(self, process: subprocess.Popen[bytes], size: int) -> bytes:
        """``size`` bytes of the reply; EOFError: the process ended."""
        assert process.stdout is not None  # a pipe
        place, parts, until = process.stdout.fileno(), b"", time.monotonic() + TIMEOUT_S
        while len(parts) < size:
            ready, _, _ = select.select([place], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                self.stop(kill=True)
                raise ScanError(
                    f"the print of this page was not read within {TIMEOUT_S} s; run again with "
                    "fewer pages at a time (--jobs 1)"
                )
            part = os.read(place, size - len(parts))
            if not part:
                raise EOFError
            parts += part
        return parts

    def stop(self, *, kill: bool = False) -> int | None:
        """End the process, where it is ours and runs; its exit code."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return None
        if kill:
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        return process.wait()


_SERVER = _Server()


def _by_program(gray: Pixels, languages: str) -> str:
    """The page's words as TSV, by starting Tesseract for it."""
    try:
        found: str = pytesseract.image_to_data(
            gray,
            lang=languages,
            config=f"--psm {printserver.PAGE_SEGMENTATION_MODE}",
            timeout=TIMEOUT_S,
        )
    except pytesseract.TesseractNotFoundError as error:
        raise DependencyError(
            "tesseract is missing: install it with 'apt-get install tesseract-ocr "
            "tesseract-ocr-eng tesseract-ocr-fra' or 'brew install tesseract tesseract-lang'"
        ) from error
    except pytesseract.TesseractError as error:
        if "Failed loading language" in str(error):
            raise _no_language(languages) from error
        return ""
    except RuntimeError as error:
        # How pytesseract reports that time ran out.
        raise ScanError(
            f"the print of this page was not read within {TIMEOUT_S} s; run again with "
            "fewer pages at a time (--jobs 1)"
        ) from error
    return found


def _no_language(languages: str) -> DependencyError:
    return DependencyError(
        f"tesseract lacks a language of {languages}: install tesseract-ocr-eng and "
        "tesseract-ocr-fra (Homebrew: tesseract-lang)"
    )


def _words(tsv: str) -> Iterable[PrintedWord]:
    for line in tsv.splitlines():
        columns = line.split("\t")
        if len(columns) != TSV_COLUMNS or columns[0] != WORD_LEVEL:
            continue
        left, top, width, height = (float(value) for value in columns[6:10])
        confidence, text = float(columns[10]), columns[11].strip()
        if text and confidence > 0.0:
            box = (left, top, left + width, top + height)
            yield PrintedWord(text, box, confidence / 100.0)
