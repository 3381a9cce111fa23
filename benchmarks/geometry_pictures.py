"""Pictures and times for the geometry benchmark."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from digitizer.records import Failure, PageImage
from digitizer.scans import list_pages, load_page


@dataclass(slots=True)
class Took:
    """Milliseconds of processor time, its finished children's too; filled at the block's end.

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
    return sum(one.ru_utime + one.ru_stime for one in used)


def load_picture(file: Path) -> PageImage:
    """The first page of ``file`` as the program decodes it."""
    refs = list_pages(file, file.name)
    if isinstance(refs, Failure):
        raise SystemExit(refs.message)
    return load_page(refs[0])
