"""The command line: has a command done, and turns errors into exit codes.

stdout is data, stderr is messages and progress. What may be typed is in
``commands.parser``, what the commands do beside it.
"""

import errno
import io
import logging
import os
import sys
import traceback
from collections.abc import Sequence

from digitizer.commands.parser import build_parser
from digitizer.errors import DigitizerError, ExitCode


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    given = build_parser().parse_args(arguments)
    _say_every_letter()
    # Without any handler Python prints warnings and tracebacks by itself.
    logging.getLogger("digitizer").addHandler(logging.NullHandler())
    try:
        status = int(given.command(given))
        if sys.stdout is not None:  # as it is where whoever started this closed it
            # Here, where a reader that has left is no error, not when Python ends.
            sys.stdout.flush()
        return status
    except DigitizerError as error:
        return _say(f"digitizer: {_one_line(str(error))}", error.exit_code)
    except KeyboardInterrupt:
        text = "digitizer: interrupted; type the same command again to go on"
        return _say(text, ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has had enough (`| head`): no error.
        _drop_output()
        return ExitCode.OK
    except Exception as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            _drop_output()
            return _say("digitizer: the disk is full: free some space, try again", ExitCode.STORE)
        logging.getLogger("digitizer").critical("unexpected error", exc_info=error)
        if getattr(given, "verbose", False):
            traceback.print_exc()
        text = (
            f"digitizer: an error in digitizer itself ({type(error).__name__}); "
            "run.log or --verbose says where; please report it"
        )
        return _say(text, ExitCode.BUG)


def _say_every_letter() -> None:
    """Data goes out in UTF-8, whatever the system's language; a terminal shows what it has."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        if sys.stdout.isatty():
            sys.stdout.reconfigure(errors="backslashreplace")
        else:
            sys.stdout.reconfigure(encoding="utf-8")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _drop_output() -> None:
    if sys.stdout is not None:  # Python would complain once more when it closes it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(text: str, code: ExitCode) -> int:
    print(text, file=sys.stderr)
    return int(code)
