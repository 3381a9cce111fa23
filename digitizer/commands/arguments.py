"""Arguments that several commands share, and the types of their values."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from digitizer.commands.terminal import Command
from digitizer.profiles.profiles import installed_profiles

# Rate of wrong fields in careful single keying by people is 0.3 %
# (docs/decisions); with the fields a person checks, the whole stays below.
DEFAULT_TARGET_ERROR = 0.005

# argparse gives its subparsers no public type.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def command(commands: Commands, name: str, does: str, function: Command) -> argparse.ArgumentParser:
    """A command (or action) called ``name``, with the options that all have."""
    parser = commands.add_parser(name, help=does, description=f"{does[0].upper()}{does[1:]}.")
    parser.set_defaults(command=function)
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument("--quiet", action="store_true", help="say nothing but errors")
    loudness.add_argument("--verbose", action="store_true", help="say and log more")
    return parser


def add_workspace(parser: argparse.ArgumentParser) -> None:
    """DIR and the database of a workspace."""
    parser.add_argument("workspace", type=Path, metavar="DIR", help="folder written by run")
    parser.add_argument("--database", metavar="URL", help="as given to run")


def add_target_error(parser: argparse.ArgumentParser) -> None:
    """``--target-error``."""
    parser.add_argument(
        "--target-error",
        type=share,
        default=DEFAULT_TARGET_ERROR,
        metavar="RATE",
        help="share of wrong fields tolerated among those accepted without review "
        "(default: %(default)s)",
    )


def add_profile(parser: argparse.ArgumentParser, default: str) -> None:
    """``--profile``; ``default``: what holds without it."""
    parser.add_argument(
        "--profile",
        metavar="NAME|FILE",
        help=f"which rows count: {', '.join(installed_profiles())} or a TOML file "
        f"(default: {default})",
    )


def add_form(parser: argparse.ArgumentParser, more: str) -> None:
    """``--form``; ``more``: what else it takes."""
    parser.add_argument(
        "--form",
        action="append",
        metavar="NAME|FILE|auto",
        help="form definition, may be given several times; auto (default): each sheet is "
        f"recognised among the installed and given ones{more}",
    )


def add_format(parser: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    """``--format``; the first is the default."""
    parser.add_argument(
        "--format", choices=formats, default=formats[0], help="%(choices)s (default: %(default)s)"
    )


def whole_number(text: str) -> int:
    """A number without fractions."""
    try:
        return int(text)
    except ValueError as error:
        raise _no_number(text, "a whole number") from error


def at_least_one(text: str) -> int:
    """A number from 1."""
    number = whole_number(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def port(text: str) -> int:
    """A port's number; 0: any."""
    number = whole_number(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("must be between 0 and 65535")
    return number


def share(text: str) -> float:
    """A share from 0 to 1."""
    try:
        number = float(text)
    except ValueError as error:
        raise _no_number(text, "a number such as 0.005") from error
    if not 0.0 <= number <= 1.0:
        raise argparse.ArgumentTypeError("must be between 0 and 1")
    return number


def _no_number(text: str, wanted: str) -> argparse.ArgumentTypeError:
    # argparse would name our function.
    return argparse.ArgumentTypeError(f"must be {wanted}, not {text!r}")
