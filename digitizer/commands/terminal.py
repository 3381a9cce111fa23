"""What all commands share: the workspace they name, files they write, who types, what is told."""

import argparse
import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path

from digitizer.batch import LOG_FILE
from digitizer.errors import ExitCode, StoreError, UsageError
from digitizer.export import RECORDS_FILE, SHEETS_FILE
from digitizer.store import DATABASE_FILE, Store

Command = Callable[[argparse.Namespace], ExitCode]

# What a workspace is made of; SQLite keeps its log in two files beside its own.
_OWN_FILES = (
    *(DATABASE_FILE + end for end in ("", "-wal", "-shm")),
    *(RECORDS_FILE, SHEETS_FILE, LOG_FILE),
)


def open_workspace(given: argparse.Namespace) -> Store:
    """The database of an existing workspace; StoreError where there is none."""
    file: Path = given.workspace / DATABASE_FILE
    if given.database is None and not file.is_file():
        raise StoreError(
            f"{given.workspace} is no workspace: name the folder given to `digitizer run --out`"
        )
    return Store.open(given.database or file)


def require_output(file: Path, workspace: Path) -> None:
    """Raise UsageError where ``file`` is a folder, or one that ``workspace`` is made of."""
    if file.is_dir():
        raise UsageError(f"{file} is a folder: name a file, perhaps one in it")
    if os.path.realpath(file) in [os.path.realpath(workspace / name) for name in _OWN_FILES]:
        raise UsageError(f"{file} is digitizer's own, which writes it itself: name another file")


def user_name() -> str:
    """Who works here, as the operating system knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def tell(text: str) -> None:
    """Say something to the person: on stderr, stdout is data."""
    print(text, file=sys.stderr)
