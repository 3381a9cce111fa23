"""What `digitizer learn` does: corrections of an office -> a folder that runs read with."""

import argparse
import json
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from digitizer.commands.terminal import open_workspace, tell
from digitizer.errors import DependencyError, ExitCode, UsageError, how_to_install
from digitizer.learned import FILE, FOLDER, NOTHING, load_learned, save_learned
from digitizer.recognisers import RECOGNISER_VARIABLE
from digitizer.store import Store

if TYPE_CHECKING:
    from digitizer.counting.judged import JudgedField

# The office's own recogniser, beside the rest of what was learned.
RECOGNISER_FILE = "recogniser.onnx"


def learn_from_review(given: argparse.Namespace) -> ExitCode:
    """`digitizer learn`."""
    # Here, so that other commands need not load what reads handwriting.
    from digitizer.counting.judged import JudgedField, find_judged
    from digitizer.counting.learning import as_dict, as_text, learn

    folders: list[Path] = given.workspaces
    if given.recogniser:
        _require_training()
        if len(folders) > 1:
            raise UsageError("--recogniser learns from the scans of one workspace")
    if len(folders) > 1 and (given.to is None or given.database is not None):
        raise UsageError(
            "several workspaces need --to FOLDER for what they teach together, and no --database"
        )
    target: Path = given.to or folders[0] / FOLDER
    before = load_learned(target)
    corrections = dict(before.earlier)
    if before.bends:
        corrections[before.fingerprint] = before.bends
    judged: list[JudgedField] = []
    for folder in folders:
        given.workspace = folder
        # A page may have been read with what its own workspace taught.
        own = load_learned(folder / FOLDER)
        known = {**own.earlier, own.fingerprint: own.bends, **corrections}
        with open_workspace(given) as store:
            judged += find_judged(store, known)
    lesson = learn(judged, before)
    print(json.dumps(as_dict(lesson), indent=1) if given.format == "json" else as_text(lesson))
    if given.dry_run:
        return ExitCode.OK
    if given.recogniser:
        with open_workspace(given) as store:
            _finetune(store, judged, target)
    if lesson.learned.is_empty and before is NOTHING:
        tell("digitizer: nothing to learn from yet; nothing was written")
        return ExitCode.OK
    save_learned(target, lesson.learned)
    if not given.quiet:
        how = "" if given.to is None else f" with --learned {target}"
        tell(f"{target / FILE} is written: pages to come are read with it{how}")
    return ExitCode.OK


def _require_training() -> None:
    """DependencyError where a recogniser cannot be trained here."""
    missing = [name for name in ("torch", "onnx", "training") if find_spec(name) is None]
    if missing:
        raise DependencyError(
            f"--recogniser needs {' and '.join(missing)}: work in a checkout of digitizer with "
            f"{how_to_install('training')}; everything else is learned without it"
        )


def _finetune(store: Store, judged: "Sequence[JudgedField]", target: Path) -> None:
    # By name: the package does without the folder of training code.
    training = import_module("training.finetune_office")
    file = target / RECOGNISER_FILE
    verdict = training.finetune(tuple(training.office_lines(store, judged)), file)
    tell(verdict.as_text())
    if verdict.kept:
        tell(f"{file} is written: {RECOGNISER_VARIABLE}={file} makes digitizer read with it")
