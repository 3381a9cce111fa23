"""Turn scanned petition sheets into records that an office can defend."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digitizer.frames import Workspace, load

__version__ = "0.1.0"
__all__ = ["Workspace", "__version__", "load"]


def __getattr__(name: str) -> object:
    # Everything imports this module; only analysts need the database and pandas.
    if name in ("load", "Workspace"):
        from digitizer import frames

        return getattr(frames, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
