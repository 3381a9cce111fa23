"""One process of a peer: reads page images, writes what it saw as JSON lines.

Run by ``peers.py`` and not by hand. It imports the peer and the standard
library only, since img2table lives in an environment of its own (its OpenCV
would overwrite ours). Stdin: one path a line. Stdout: first
``{"ready": true, "at": SECONDS}`` once models are loaded, then for each path one
object with ``path``, ``texts`` (text and score), ``tables`` (rows of cell texts)
and ``error``.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# A page: its texts with scores, and its tables as rows of cells.
Seen = tuple[list[tuple[str, float]], list[list[list[str]]]]

# Tesseract's word confidence from which img2table keeps a word, out of 100. Its
# own default of 50 drops most handwriting, so the lowest legal value is kinder.
IMG2TABLE_MIN_CONFIDENCE = 1


def load_rapidocr() -> Callable[[str], Seen]:
    """RapidOCR with its own defaults, one thread, as two processes share two cores."""
    from rapidocr import RapidOCR

    engine: Any = RapidOCR(
        params={
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )

    def read(path: str) -> Seen:
        found = engine(path)
        if found.txts is None:
            return [], []
        return [(str(t), float(s)) for t, s in zip(found.txts, found.scores, strict=True)], []

    return read


def load_img2table() -> Callable[[str], Seen]:
    """img2table's ruled tables with Tesseract, English and French.

    It levels the page first (``detect_rotation``): without that it finds no table
    on a page that lay a degree askew, with it a page takes ten times as long.
    """
    from img2table.document import Image
    from img2table.ocr import TesseractOCR

    engine: Any = TesseractOCR(n_threads=1, lang="eng+fra")

    def read(path: str) -> Seen:
        found = Image(path, detect_rotation=True).extract_tables(
            ocr=engine, min_confidence=IMG2TABLE_MIN_CONFIDENCE
        )
        tables = [
            [[str(cell.value or "") for cell in row] for row in table.content.values()]
            for table in found
        ]
        return [], tables

    return read


LOADERS: dict[str, Callable[[], Callable[[str], Seen]]] = {
    "rapidocr": load_rapidocr,
    "img2table": load_img2table,
}


@contextmanager
def results_apart() -> Iterator[int]:
    """Give results a descriptor of their own: libraries print on stdout too."""
    results = os.dup(1)
    os.dup2(2, 1)
    yield results


def main() -> None:
    """Load one peer, then read every page named on stdin."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=sorted(LOADERS))
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    with results_apart() as results:

        def answer(**values: object) -> None:
            os.write(results, (json.dumps(values) + "\n").encode())

        read = LOADERS[arguments.peer]()
        answer(ready=True, at=time.time())
        for line in sys.stdin:
            path, error = line.rstrip("\n"), ""
            try:
                texts, tables = read(path)
            except Exception as caught:  # noqa: BLE001 - a peer's crash is a result
                texts, tables, error = [], [], f"{type(caught).__name__}: {caught}"
            answer(path=path, texts=texts, tables=tables, error=error)


if __name__ == "__main__":
    main()
