"""What `digitizer review` does: checks what is needed, then serves until interrupted."""

import argparse
import logging

from digitizer.commands.terminal import open_workspace, tell
from digitizer.errors import DependencyError, ExitCode, UsageError, how_to_install

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8484

# Packages of the extra `review`, by the names they are imported under.
_NEEDED = frozenset({"itsdangerous", "jinja2", "python_multipart", "starlette", "uvicorn"})


def review(given: argparse.Namespace) -> ExitCode:
    """`digitizer review`: ends by Ctrl+C, which is its usual end and so counts as done."""
    try:
        import python_multipart  # noqa: F401 - starlette asks for it at the first form only

        from digitizer.review.gate import Gate
        from digitizer.review.serve import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        raise DependencyError(
            f"the review pages need the package {error.name}: {how_to_install('review')}"
        ) from error
    for folder in given.watch or ():
        if not folder.is_dir():
            raise UsageError(f"--watch {folder} is no folder: make it, or name another")
    with open_workspace(given) as store:
        for name in given.supervisor or ():
            Gate(store).register(name, supervisor=True)
        serve(
            store,
            given.workspace,
            given.host,
            given.port,
            code=given.code,
            log_level=logging.DEBUG if given.verbose else logging.INFO,
            quiet=given.quiet,
            watch=tuple(given.watch or ()),
        )
    if not given.quiet:
        tell("Review has ended; records.csv and sheets.csv are up to date.")
    return ExitCode.OK
