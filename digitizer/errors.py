"""The errors a run can end with, and the exit code of each.

    DigitizerError            1
    +-- UsageError            2
    +-- ScanError             3
    +-- FormError             4
    +-- DependencyError       5
    +-- StoreError            6
    +-- WorkerLostError       7

Each class takes one message and nothing else, so that it survives the way
back from a worker process. A message says what happened and what to do next.
A page that fails is not an error: it is a ``records.Failure`` in its result.
"""

import shlex
import sys
from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """Exit statuses of the command line; fixed, others' scripts rely on them."""

    OK = 0
    BUG = 1
    USAGE = 2
    SCAN = 3
    FORM = 4
    DEPENDENCY = 5
    STORE = 6
    WORKER_LOST = 7
    PAGES_FAILED = 8
    INTERRUPTED = 130


class DigitizerError(Exception):
    """Base of every error this package raises on purpose."""

    exit_code = ExitCode.BUG


class UsageError(DigitizerError):
    """An argument is wrong in a way the argument parser cannot see."""

    exit_code = ExitCode.USAGE


class ScanError(DigitizerError):
    """An input file cannot be read as pages."""

    exit_code = ExitCode.SCAN


class FormError(DigitizerError):
    """A form definition is missing or wrong."""

    exit_code = ExitCode.FORM


class DependencyError(DigitizerError):
    """A program or package that this step needs is not installed."""

    exit_code = ExitCode.DEPENDENCY


class StoreError(DigitizerError):
    """The workspace cannot be read or written."""

    exit_code = ExitCode.STORE


class WorkerLostError(DigitizerError):
    """Worker processes died and could not be replaced."""

    exit_code = ExitCode.WORKER_LOST


def how_to_install(extra: str) -> str:
    """What to type to have the packages of one of this project's extras.

    Never the bare name: the package that has it on PyPI is somebody else's.
    """
    root = Path(__file__).resolve().parents[1]
    if not (root / "pyproject.toml").is_file():
        return f"install this project again, from where it came from, with its extra '{extra}'"
    what = shlex.quote(f"{root}[{extra}]")
    return f"{shlex.quote(sys.executable)} -m pip install -e {what}"
