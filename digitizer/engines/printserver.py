"""The process that holds Tesseract's library: pictures in, words out, until stdin ends.

Run by ``printed`` as ``python printserver.py`` and not by hand. Tesseract takes
0.2 s to start and load its languages, and a picture handed over as a PNG file
another 0.2; here both are paid once. In a process of its own, because a
picture that makes the library abort must cost its page only.

Stdin: HEADER (width, height, bytes of the languages' name), the name, the
pixels, one byte each, row by row. Stdout: REPLY (status, bytes of text) and the
words as Tesseract's TSV. Imports the standard library only.
"""

import ctypes
import ctypes.util
import signal
import struct
import sys
from typing import BinaryIO

HEADER = struct.Struct("<III")
REPLY = struct.Struct("<II")
# Statuses of a reply.
READ, NO_LANGUAGE, NOT_READ = 0, 1, 2
# What the process ends with where the library is not installed.
NO_LIBRARY = 3
# Sparse text in no order: a petition sheet is a table with captions, and the
# page segmentation of mode 3 drops headers that stand in narrow cells.
PAGE_SEGMENTATION_MODE = 11


def load_library() -> ctypes.CDLL | None:
    """Tesseract's library with the types of the functions used; None: not there."""
    name = ctypes.util.find_library("tesseract")
    try:
        library = ctypes.CDLL(name or "libtesseract.so.5")
        handle, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
        for function, result, arguments in (
            ("TessBaseAPICreate", handle, ()),
            ("TessBaseAPIInit3", number, (handle, text, text)),
            ("TessBaseAPISetVariable", number, (handle, text, text)),
            ("TessBaseAPISetPageSegMode", None, (handle, number)),
            ("TessBaseAPISetImage", None, (handle, text, number, number, number, number)),
            ("TessBaseAPIRecognize", number, (handle, handle)),
            ("TessBaseAPIGetTsvText", handle, (handle, number)),
            ("TessBaseAPIClear", None, (handle,)),
            ("TessBaseAPIClearAdaptiveClassifier", None, (handle,)),
            ("TessDeleteText", None, (handle,)),
        ):
            named = getattr(library, function)
            named.restype, named.argtypes = result, arguments
    except (OSError, AttributeError):
        return None
    return library


def open_engine(library: ctypes.CDLL, languages: bytes) -> int | None:
    """An engine for ``languages`` (eng+fra); None where one of them is missing."""
    engine: int = library.TessBaseAPICreate()
    if library.TessBaseAPIInit3(engine, None, languages) != 0:
        return None
    library.TessBaseAPISetVariable(engine, b"debug_file", b"/dev/null")
    library.TessBaseAPISetPageSegMode(engine, PAGE_SEGMENTATION_MODE)
    return engine


def read_picture(
    library: ctypes.CDLL, engine: int, pixels: bytes, width: int, height: int
) -> bytes | None:
    """The words of a picture of (height, width) gray bytes as TSV; None: it failed."""
    library.TessBaseAPISetImage(engine, pixels, width, height, 1, width)
    found = None
    if library.TessBaseAPIRecognize(engine, None) == 0:
        text = library.TessBaseAPIGetTsvText(engine, 0)
        if text:
            found = ctypes.string_at(text)
            library.TessDeleteText(text)
    # Nothing of a page may be left for the next: the same page reads the same.
    library.TessBaseAPIClear(engine)
    library.TessBaseAPIClearAdaptiveClassifier(engine)
    return found


def serve(requests: BinaryIO, replies: BinaryIO) -> int:
    """Answer requests until there are no more; the process's exit code."""
    library = load_library()
    if library is None:
        return NO_LIBRARY
    engines: dict[bytes, int | None] = {}
    while len(header := requests.read(HEADER.size)) == HEADER.size:
        width, height, length = HEADER.unpack(header)
        languages, pixels = requests.read(length), requests.read(width * height)
        if languages not in engines:
            engines[languages] = open_engine(library, languages)
        engine, status, text = engines[languages], NO_LANGUAGE, b""
        if engine is not None:
            found = read_picture(library, engine, pixels, width, height)
            status, text = (NOT_READ, b"") if found is None else (READ, found)
        replies.write(REPLY.pack(status, len(text)) + text)
        replies.flush()
    return 0


if __name__ == "__main__":
    # Ctrl+C reaches every process of a terminal: the run ends this one itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(serve(sys.stdin.buffer, sys.stdout.buffer))
