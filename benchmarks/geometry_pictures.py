"""Pictures and times for the geometry benchmark."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import psutil

from digitizer.geometry import rotation, translation
from digitizer.records import Failure, PageImage, Pixels
from digitizer.scans import list_pages, load_page


@dataclass(slots=True)
class Took:
    """Milliseconds of processor time, its children's too; filled at the block's end.

    On one core with nothing beside it that is the time one waits; on a busy
    machine it stays nearly what it was.
    """

    ms: float = 0.0


@contextmanager
def timed() -> Iterator[Took]:
    """Measure the block."""
    took, started = Took(), _used_s()
    yield took
    took.ms = 1000 * (_used_s() - started)


def _used_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    running = [child.cpu_times() for child in psutil.Process().children(recursive=True)]
    ended = sum(one.ru_utime + one.ru_stime for one in used)
    return ended + float(sum(one.user + one.system for one in running))


def load_picture(file: Path) -> PageImage:
    """The first page of ``file`` as the program decodes it."""
    refs = list_pages(file, file.name)
    if isinstance(refs, Failure):
        raise SystemExit(refs.message)
    return load_page(refs[0])


def turned_in_frame(pixels: Pixels, angle_deg: float) -> Pixels:
    """``pixels`` turned clockwise in a frame that holds all of it, on its own usual gray."""
    height, width = pixels.shape[:2]
    turn = rotation(angle_deg, (width / 2 - 0.5, height / 2 - 0.5))
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]]) @ turn.T
    low, high = corners[:, :2].min(axis=0), corners[:, :2].max(axis=0)
    size = np.ceil(high - low).astype(int)
    matrix: npt.NDArray[np.float64] = translation(-float(low[0]), -float(low[1])) @ turn
    around = tuple(float(v) for v in np.median(pixels.reshape(-1, 3), axis=0))
    warped = cv2.warpPerspective(
        pixels, matrix, (int(size[0]), int(size[1])), flags=cv2.INTER_CUBIC, borderValue=around
    )
    return np.asarray(warped, dtype=np.uint8)
