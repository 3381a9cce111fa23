"""What `digitizer report` and `digitizer watch` do."""

import argparse
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from digitizer import batch, watch
from digitizer.commands.running import form_names, knows_kept, require_scans, watching
from digitizer.commands.terminal import open_workspace, require_output, tell
from digitizer.counting import summary
from digitizer.errors import DependencyError, ExitCode, FormError, UsageError, how_to_install
from digitizer.forms.forms import load_forms
from digitizer.forms.unchanged import form_text
from digitizer.inputs import shown_name
from digitizer.profiles.profiles import load_profile
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace import history

# Packages of the extra `review` that the report's templates need.
_NEEDED = frozenset({"itsdangerous", "jinja2", "markupsafe", "python_multipart", "starlette"})


def report(given: argparse.Namespace) -> ExitCode:
    """`digitizer report`."""
    try:
        from digitizer.report import write_report
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        raise DependencyError(
            f"the report needs the package {error.name}: {how_to_install('review')}"
        ) from error
    target: Path = given.output or given.workspace / "report.html"
    require_output(target, given.workspace)
    with open_workspace(given) as store:
        file = write_report(
            store,
            target,
            given.language,
            with_names=not given.without_names,
        )
    if not given.quiet:
        tell(f"The report is in {file}")
    return ExitCode.OK


def watch_folders(given: argparse.Namespace) -> ExitCode:
    """`digitizer watch`: goes on until interrupted, which is its only end."""
    for folder in given.folders:
        if not folder.is_dir():
            raise UsageError(f"{folder} is no folder: name the one that scans are put into")
        if given.out.exists() and folder.samefile(given.out):
            raise UsageError(f"{folder} is where the results go: watch another, or change --out")
    require_scans(given.folders, given.out)
    names = form_names(given.form)
    load_forms(names)  # what is wrong with one is told at once
    settings = batch.RunSettings(
        inputs=(),
        out=given.out,
        forms=names,
        target_error=given.target_error,
        jobs=given.jobs,
        database=given.database,
        profile=None if given.profile is None else load_profile(given.profile),
        log_level=logging.DEBUG if given.verbose else logging.INFO,
        earlier_names=True,
        kept_forms=knows_kept(given.form),
    )
    folders = watch.Folders(given.folders, exclude=(given.out,), known=_known(given))
    if not given.quiet:
        named = ", ".join(str(folder) for folder in given.folders)
        tell(f"Watching {named} for {given.out} (Ctrl+C ends it, all is saved)")

    def read(look: watch.Look) -> None:
        if not given.quiet:
            files = ", ".join(shown_name(file.source_file) for file in look.ready)
            tell(f"New: {files}")
        done = _run_with_forms(replace(settings, inputs=_paths(look)), quiet=given.quiet)
        for line in _lines(done, quiet=given.quiet):
            tell(line)
        if done.interrupted:
            raise KeyboardInterrupt

    try:
        watch.follow(folders, read, stop=threading.Event())
    except KeyboardInterrupt:
        tell("digitizer: interrupted; the same command goes on, all that was read is saved")
    return ExitCode.INTERRUPTED


def _run_with_forms(settings: batch.RunSettings, *, quiet: bool) -> summary.RunReport:
    """A run by what the definitions say now; while somebody mends one, it is waited for."""
    told = ""
    while True:
        try:
            texts = [form_text(form) for form in load_forms(settings.forms)]
            with watching(quiet=quiet) as watcher:
                return batch.run_batch(settings, form_texts=texts, watcher=watcher)
        except FormError as error:
            if str(error) != told:
                told = str(error)
                tell(f"digitizer: {told}")
            time.sleep(watch.LOOK_EVERY_S)


def _known(given: argparse.Namespace) -> dict[str, tuple[int, int]]:
    """Files that the workspace holds, as they looked: they are not read once more."""
    file: Path = given.out / DATABASE_FILE
    if given.database is None and not file.is_file():
        return {}
    with Store.open(given.database or file) as store:
        unread = store.read(history.unread_files)
        return {
            name: (known.size_bytes, known.mtime_ns)
            for name, known in store.known_files().items()
            if name not in unread
        }


def _paths(look: watch.Look) -> tuple[Path, ...]:
    """Files by the names they are kept under; by their full path where that does not open them."""
    return tuple(
        Path(file.source_file) if Path(file.source_file).is_file() else Path(file.path)
        for file in look.ready
    )


def _lines(done: summary.RunReport, *, quiet: bool) -> Sequence[str]:
    failed = [f"digitizer: failed: {summary.failure_line(sheet)}" for sheet in done.failed]
    if quiet:
        return failed
    totals = done.totals
    pages = "1 page" if done.pages_read == 1 else f"{done.pages_read} pages"
    kept = [summary.kept_line(done.kept)] if done.kept else []
    return [
        f"Read: {pages} in {done.seconds:.0f} s; {done.folder} now holds {totals.signers:,} "
        f"signers, {totals.review_fields + totals.collector_fields:,} fields wait for a person",
        *kept,
        *failed,
    ]
