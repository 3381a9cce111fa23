"""What `digitizer learn` does: corrections of an office -> a folder that runs read with."""

import argparse
import json
from pathlib import Path

from digitizer.cli_commands import open_workspace, tell
from digitizer.errors import ExitCode, UsageError
from digitizer.learned import FILE, FOLDER, NOTHING, load_learned, save_learned


def learn_from_review(given: argparse.Namespace) -> ExitCode:
    """`digitizer learn`."""
    # Here, so that other commands need not load what reads handwriting.
    from digitizer.judged import JudgedField, find_judged
    from digitizer.learning import as_dict, as_text, learn

    folders: list[Path] = given.workspaces
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
    if lesson.learned.is_empty and before is NOTHING:
        tell("digitizer: nothing to learn from yet; nothing was written")
        return ExitCode.OK
    save_learned(target, lesson.learned)
    if not given.quiet:
        how = "" if given.to is None else f" with --learned {target}"
        tell(f"{target / FILE} is written: pages to come are read with it{how}")
    return ExitCode.OK
