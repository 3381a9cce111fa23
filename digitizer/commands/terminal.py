"""What all commands share: the workspace they name, who types, and what is said to them."""

import argparse
import getpass
import sys
from collections.abc import Callable
from pathlib import Path

from digitizer.errors import ExitCode, StoreError
from digitizer.store import DATABASE_FILE, Store

Command = Callable[[argparse.Namespace], ExitCode]


def open_workspace(given: argparse.Namespace) -> Store:
    """The database of an existing workspace; StoreError where there is none."""
    file: Path = given.workspace / DATABASE_FILE
    if given.database is None and not file.is_file():
        raise StoreError(
            f"{given.workspace} is no workspace: name the folder given to `digitizer run --out`"
        )
    return Store.open(given.database or file)


def user_name() -> str:
    """Who works here, as the operating system knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def tell(text: str) -> None:
    """Say something to the person: on stderr, stdout is data."""
    print(text, file=sys.stderr)
