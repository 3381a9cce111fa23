"""What the commands around reading do: run, read, locate, evaluate, form."""

import argparse
import contextlib
import json
import logging
import os
import shlex
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from digitizer import batch, execution, export, runlock
from digitizer.commands.terminal import open_workspace, tell
from digitizer.counting import summary
from digitizer.counting.progress import ProgressBar, Silence, Watcher
from digitizer.errors import ExitCode, FormError, ScanError, UsageError
from digitizer.forms.forms import (
    Form,
    installed_forms,
    load_forms,
    missing_signer,
    name_from,
    parse_form,
)
from digitizer.forms.unchanged import form_text
from digitizer.inputs import shown_name
from digitizer.profiles.profiles import load_profile

AUTO = "auto"
NO_FORM = "none"

# Where a workspace has its pictures.
PICTURE_FOLDERS = ("pages", "crops")

# Exit code 8 names every page that failed, but not ten thousand of them.
FAILED_PAGES_NAMED = 50


def run(given: argparse.Namespace) -> ExitCode:
    """`digitizer run`."""
    names = form_names(given.form)
    forms = load_forms(names)
    profile = None if given.profile is None else load_profile(given.profile)
    require_scans(given.inputs, given.out)
    # A name mistyped is told at once; as a page that failed it would stay in the tally.
    missing = [path for path in given.inputs if _is_missing(path)]
    for path in missing:
        tell(f"digitizer: failed: {shown_name(str(path))}: there is no such file or folder")
    if len(missing) == len(given.inputs):
        raise ScanError("there is nothing to read; check the spelling")
    settings = batch.RunSettings(
        inputs=tuple(path for path in given.inputs if path not in missing),
        out=given.out,
        forms=names,
        target_error=given.target_error,
        jobs=given.jobs,
        scheduler=given.scheduler,
        database=given.database,
        overlay=given.overlay,
        fail_fast=given.fail_fast,
        max_failures=given.max_failures,
        profile=profile,
        learned=given.learned,
        log_level=logging.DEBUG if given.verbose else logging.INFO,
        earlier_names=True,
        kept_forms=knows_kept(given.form),
    )
    _tell_of_log(settings.out)
    with watching(quiet=given.quiet) as watcher:
        report = batch.run_batch(
            settings, form_texts=[form_text(form) for form in forms], watcher=watcher
        )
    _tell_how_it_went(report, quiet=given.quiet)
    if report.interrupted:
        return ExitCode.INTERRUPTED
    if report.nothing_readable:
        tell("digitizer: none of the files could be read, see above")
        return ExitCode.SCAN
    return ExitCode.PAGES_FAILED if report.failed or missing else ExitCode.OK


def _tell_of_log(out: Path) -> None:
    """Tell where a run's log cannot be written, or shows that another run is under way."""
    log = out / batch.LOG_FILE
    if log.exists() and not (log.is_file() and os.access(log, os.W_OK)):
        tell(f"digitizer: {log} cannot be written: the run goes on without a log")
    elif runlock.is_marked(log):
        tell(
            f"digitizer: another run reads into {out} at this moment; of a page that both "
            "read under other settings what the later one found holds, if it found a form"
        )


def _tell_how_it_went(report: summary.RunReport, *, quiet: bool) -> None:
    """The run's summary; of pages that failed those that it does not name, also when quiet."""
    if not quiet:
        tell("\n".join(summary.summary_lines(report)))
    named = () if quiet else report.totals.failures[: summary.FAILURES_SHOWN]
    unnamed = [sheet for sheet in report.failed if sheet not in named]
    for sheet in unnamed[:FAILED_PAGES_NAMED]:
        tell(f"digitizer: failed: {summary.failure_line(sheet)}")
    if len(unnamed) > FAILED_PAGES_NAMED:
        more = len(unnamed) - FAILED_PAGES_NAMED
        tell(f"digitizer: failed: {more} more pages, see {report.folder / export.SHEETS_FILE}")
    if report.interrupted and quiet:
        tell("digitizer: interrupted; type the same command again to go on")


def require_scans(inputs: Sequence[Path], out: Path) -> None:
    """Raise UsageError where an input is a picture that a run made: it is no second scan."""
    made = [os.path.realpath(out / name) for name in PICTURE_FOLDERS]
    for path in inputs:
        if any(Path(os.path.realpath(path)).is_relative_to(folder) for folder in made):
            raise UsageError(
                f"{shown_name(str(path))} holds pictures that digitizer made itself of what it "
                "read: name the scans"
            )


def _is_missing(path: Path) -> bool:
    try:
        return not path.exists()
    except (OSError, ValueError):
        return False  # the run says what is wrong with it


def form_names(given: Sequence[str] | None) -> tuple[str, ...]:
    """Names and files of the definitions to recognise among."""
    if not given:
        return installed_forms()
    if NO_FORM in given:
        raise UsageError(f"--form {NO_FORM} is for `digitizer locate` only")
    named: list[str] = []
    for name in given:
        if name == AUTO:
            named += installed_forms()
        else:
            # Workers may have another working folder. What is no file is told as it was typed.
            is_own = name not in installed_forms() and Path(name).is_file()
            named.append(str(Path(name).absolute()) if is_own else name)
    return tuple(dict.fromkeys(named))


def knows_kept(given: Sequence[str] | None) -> bool:
    """Whether definitions of earlier runs are known: not where others are named alone."""
    return not given or AUTO in given


@contextlib.contextmanager
def watching(*, quiet: bool) -> Iterator[Watcher]:
    """What shows a run's progress: a bar on a terminal, else nothing."""
    if quiet or not sys.stderr.isatty():
        yield Silence()
        return
    with ProgressBar() as bar:
        yield bar


def read(given: argparse.Namespace) -> ExitCode:
    """`digitizer read`: never fails for a picture that cannot be read."""
    from digitizer import cropreading

    _log_if_asked(given)
    for image in given.images:
        reading = cropreading.read_crop(image, given.field)
        if reading.problem:
            tell(f"digitizer: {reading.problem}")
        _print_json(reading.as_dict())
    return ExitCode.OK


def locate(given: argparse.Namespace) -> ExitCode:
    """`digitizer locate`."""
    from digitizer.locate import locate_file

    forms: tuple[str, ...] | None = None
    if not given.form or NO_FORM not in given.form:
        forms = form_names(given.form)
        load_forms(forms)
    elif len(given.form) > 1:
        raise UsageError(f"--form {NO_FORM} stands alone")
    _log_if_asked(given)
    for image in given.images:
        for page in locate_file(image, forms):
            _print_json(page)
            sys.stdout.flush()
    return ExitCode.OK


def _log_if_asked(given: argparse.Namespace) -> None:
    """With --verbose what would be in run.log goes to stderr: no workspace is here."""
    if given.verbose:
        handler = logging.StreamHandler()
        handler.setFormatter(execution.DiscreetFormatter(execution.LOG_FORMAT))
        logging.getLogger("digitizer").addHandler(handler)


def evaluate_workspace(given: argparse.Namespace) -> ExitCode:
    """`digitizer evaluate`."""
    from digitizer import evaluate

    truth = evaluate.load_truth(given.truth)
    with open_workspace(given) as store:
        figures = evaluate.evaluate(truth, tuple(store.listing()))
    show = {"table": evaluate.as_table, "json": evaluate.as_json}[given.format]
    print(show(figures))
    return ExitCode.OK


def list_forms(given: argparse.Namespace) -> ExitCode:
    """`digitizer form list`."""
    del given
    for form in load_forms():
        fields = ", ".join(spec.name for spec in form.fields)
        print(f"{form.name}  ({form.language}: {fields})")
    return ExitCode.OK


def check_form(given: argparse.Namespace) -> ExitCode:
    """`digitizer form check`: every problem of a file, and how it fits a page."""
    try:
        (form,) = load_forms((given.file,))
    except FormError as error:
        # One line each: whoever mends a file wants all of them.
        tell("\n".join(f"digitizer: {line}" for line in str(error).splitlines()))
        return ExitCode.FORM
    if not given.quiet:
        print(f"{given.file}: {form.name} is well formed, {_columns(form)}")
    for line in missing_signer(form):
        tell(f"digitizer: {given.file}: {line}")
    if given.page is None:
        return ExitCode.OK
    from digitizer import formfit

    picture: Path = given.output or Path(f"{given.page.stem}.checked.png")
    fit = formfit.check_fit(given.page, str(given.file), picture)
    for line in fit.problems:
        tell(f"digitizer: {given.page}: {line}")
    if not given.quiet:
        print(f"{given.page}: {fit.summary}; drawn in {picture}")
    return ExitCode.OK if fit.fits and fit.complete else ExitCode.FORM


def new_form(given: argparse.Namespace) -> ExitCode:
    """`digitizer form new`: draft a definition from a page."""
    from digitizer import formfit

    target: Path = given.output
    if target.exists() and not given.force:
        raise UsageError(f"{target} is there already: choose another -o, or --force")
    text = formfit.draft_from_file(given.blank, given.name or name_from(target.stem))
    form = parse_form(tomllib.loads(text), source=str(target))
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}") from error
    for line in missing_signer(form):
        tell(f"digitizer: {target}: {line}; see which of its fields asks for it")
    box = [one.field.name for one in form.box.fields] if form.box is not None else []
    tell(
        f"{target}: {_columns(form)}, fields {', '.join(f.name for f in form.fields)}; "
        f"{'collector box with ' + ', '.join(box) if box else 'no collector box'}. "
        f"Read it over, then: {summary.program()} form check "
        f"{shlex.quote(str(target))} {shlex.quote(str(given.blank))}"
    )
    return ExitCode.OK


def _columns(form: Form) -> str:
    return f"{count} columns" if (count := len(form.columns)) != 1 else "1 column"


def _print_json(content: object) -> None:
    print(json.dumps(content, ensure_ascii=False))
