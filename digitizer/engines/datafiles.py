"""The compiled files in ``engines/data``; see the README there."""

import gzip
from importlib.resources import files

from digitizer.errors import DependencyError


def read_data(name: str) -> bytes:
    """Content of a data file, unpacked where its name ends in ``.gz``.

    Raises DependencyError where it is missing or damaged: no page could be
    read without it.
    """
    path = files("digitizer.engines") / "data" / name
    try:
        packed = path.read_bytes()
        return gzip.decompress(packed) if name.endswith(".gz") else packed
    except (OSError, EOFError) as error:
        raise DependencyError(
            f"a data file of the handwriting engine is missing or damaged ({name}): "
            "install digitizer again"
        ) from error
