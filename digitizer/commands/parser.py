"""What may be typed: every command with its arguments; what they do is in the modules beside."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from digitizer import __version__
from digitizer.commands import learn, office, purge, report, review, running
from digitizer.commands.arguments import (
    Commands,
    add_form,
    add_format,
    add_profile,
    add_target_error,
    add_workspace,
    at_least_one,
    command,
    port,
    share,
    whole_number,
)
from digitizer.counting.targets import PROFILES
from digitizer.records import RowStatus

# Fields of a sample: with no error among them the rate is below 1.9 % (95 %).
DEFAULT_SAMPLE = 200

READ_KINDS = tuple("name address postal_code phone email date city text birth_date".split())

EXIT_CODES_HELP = """exit status:
  0 done, also when fields wait for review   1 an error in digitizer itself
  2 wrong arguments      3 no readable input   4 form definition
  5 something is not installed   6 the workspace cannot be read or written
  7 worker processes were lost   8 done, but some pages failed
  130 interrupted; the same command goes on where it stopped"""


class _Parser(argparse.ArgumentParser):
    """Takes DIR and RECORD_ID also with options in between, as people type them.

    argparse would take RECORD_ID, which may be left out, for left out at the first option.
    """

    _is_mixing = False

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As its base class's, which is asked twice: for the options, and for all else."""
        if self._subparsers is not None or self._is_mixing:
            return super().parse_known_args(args, namespace)
        self._is_mixing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_mixing = False


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser: argparse.ArgumentParser = _Parser(
        prog="digitizer",
        description="Turns scanned petition sheets into a table of signers.",
        epilog=EXIT_CODES_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"digitizer {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (
        _add_run,
        _add_read,
        _add_locate,
        _add_review,
        _add_watch,
        _add_report,
        _add_export,
        _add_tally,
        _add_decide,
        _add_sample,
        _add_reconcile,
        _add_learn,
        _add_purge,
        _add_evaluate,
        _add_form_command,
    ):
        add(commands)
    return parser


def _add_run(commands: Commands) -> None:
    parser = command(
        commands, "run", "read scans and write records.csv and sheets.csv", running.run
    )
    parser.add_argument(
        "inputs",
        nargs="+",
        type=Path,
        metavar="INPUT",
        help="files and folders (with all below them): PDF, TIFF, PNG, JPEG, WebP, HEIC",
    )
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="DIR",
        help="workspace folder; scans read before are kept, only new ones are read",
    )
    add_form(parser, "")
    parser.add_argument(
        "--jobs", type=at_least_one, metavar="N", help="worker processes (default: all cores)"
    )
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="use the Dask scheduler there instead of processes"
    )
    add_target_error(parser)
    parser.add_argument(
        "--database",
        metavar="URL",
        help="postgresql://... for several machines (default: an SQLite file in DIR)",
    )
    parser.add_argument(
        "--overlay", action="store_true", help="draw what was found into DIR/pages/*_overlay.jpg"
    )
    parser.add_argument(
        "--fail-fast", action="store_true", help="stop at the first page that fails"
    )
    parser.add_argument(
        "--max-failures",
        type=share,
        metavar="SHARE",
        help="stop when more than this share of the pages failed (0 to 1)",
    )
    add_profile(parser, "the one in force before, at first advocacy")
    parser.add_argument(
        "--learned",
        type=Path,
        metavar="DIR|none",
        help="read, also what was read before, with what `learn` wrote there; none: without any "
        "(default: new pages with DIR/learned of the workspace, where it is)",
    )


def _add_read(commands: Commands) -> None:
    parser = command(
        commands,
        "read",
        "read pictures of single fields: one JSON object a line",
        running.read,
    )
    parser.add_argument(
        "--field",
        required=True,
        choices=READ_KINDS,
        metavar="KIND",
        help=f"what is written there: {', '.join(READ_KINDS)}",
    )
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE")


def _add_locate(commands: Commands) -> None:
    parser = command(
        commands,
        "locate",
        "find rows, cells and collector box of pages: one JSON object a line",
        running.locate,
    )
    add_form(parser, "; none: every ruled table's cells")
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE")


def _add_review(commands: Commands) -> None:
    parser = command(
        commands,
        "review",
        "serve pages in which people decide what waits for them",
        review.review,
    )
    add_workspace(parser)
    parser.add_argument(
        "--host",
        default=review.DEFAULT_HOST,
        metavar="H",
        help="name or address to listen at; 0.0.0.0: other computers reach it too, with an "
        "access code (default: %(default)s, this computer only)",
    )
    parser.add_argument(
        "--port",
        type=port,
        default=review.DEFAULT_PORT,
        metavar="P",
        help="port to listen at; 0: any free one (default: %(default)s)",
    )
    parser.add_argument(
        "--code",
        metavar="CODE",
        help="put this access code in force (default: the workspace's own, made at first use)",
    )
    parser.add_argument(
        "--supervisor",
        action="append",
        metavar="NAME",
        help="make NAME a supervisor, may be given several times (default: who signs in first)",
    )
    parser.add_argument(
        "--watch",
        action="append",
        type=Path,
        metavar="FOLDER",
        help="read scans put into FOLDER while the pages are served, may be given several times",
    )


def _add_watch(commands: Commands) -> None:
    parser = command(
        commands,
        "watch",
        "read scans as they are put into a folder, until interrupted",
        report.watch_folders,
    )
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="FOLDER", help="where scans are put"
    )
    parser.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="workspace folder, as of run"
    )
    add_form(parser, "")
    parser.add_argument(
        "--jobs", type=at_least_one, metavar="N", help="worker processes (default: all cores)"
    )
    add_target_error(parser)
    parser.add_argument("--database", metavar="URL", help="as of run")
    add_profile(parser, "the one in force before, at first advocacy")


def _add_report(commands: Commands) -> None:
    parser = command(
        commands,
        "report",
        "write one page to send or print: counts, what waits, how good the values are",
        report.report,
    )
    add_workspace(parser)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="default: DIR/report.html"
    )
    parser.add_argument(
        "--language", choices=("en", "fr"), default="en", help="%(choices)s (default: %(default)s)"
    )
    parser.add_argument(
        "--without-names",
        action="store_true",
        help="leave out collectors, events and file names; no signer's data is in it anyway",
    )


def _add_export(commands: Commands) -> None:
    parser = command(
        commands,
        "export",
        "write a CSV file for a target, and beside it (NAME.dropped.csv) what it leaves out",
        office.export_csv,
    )
    add_workspace(parser)
    parser.add_argument(
        "--profile", required=True, choices=PROFILES, help="which target (%(choices)s)"
    )
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="FILE", help="CSV file to write"
    )


def _add_tally(commands: Commands) -> None:
    parser = command(
        commands,
        "tally",
        "count: rows with ink, counted, not counted and why, awaiting review",
        office.count,
    )
    add_workspace(parser)
    parser.add_argument(
        "--by",
        nargs="+",
        action="extend",
        default=[],
        metavar="COLUMN",
        help="a line for each value of these columns of records.csv; also event, collector, "
        "date, sheet, file, fsa (first half of the postal code)",
    )
    add_profile(parser, "the one in force")
    add_format(parser, ("table", "csv", "json"))


def _add_decide(commands: Commands) -> None:
    parser = command(
        commands,
        "decide",
        "decide about a row or its fields; nothing is overwritten, --undo takes it back",
        office.decide,
    )
    add_workspace(parser)
    parser.add_argument(
        "record_id", nargs="?", metavar="RECORD_ID", help="as in records.csv, or a sheet_id"
    )
    parser.add_argument(
        "--status",
        metavar="STATUS",
        help=f"what the row is: {', '.join(RowStatus)}; of a sheet: read (no other scan)",
    )
    parser.add_argument(
        "--field",
        action="append",
        metavar="NAME=VALUE",
        help="what a field really says, empty for nothing; may be given several times",
    )
    parser.add_argument(
        "--undo",
        action="store_true",
        help="take back the last decision on it (with --field NAME: on that field)",
    )
    parser.add_argument(
        "--from",
        dest="corrections",
        type=Path,
        metavar="FILE",
        help="a corrected copy of records.csv: cells that differ become decisions",
    )
    parser.add_argument("--by", metavar="WHO", help="who decides (default: your user name)")
    parser.add_argument("--why", default="", metavar="TEXT", help="the reason, for the record")


def _add_sample(commands: Commands) -> None:
    parser = command(
        commands,
        "sample",
        "draw accepted fields at random for a person to check, or read back what was found",
        office.sample,
    )
    add_workspace(parser)
    parser.add_argument(
        "-n",
        type=at_least_one,
        default=DEFAULT_SAMPLE,
        metavar="N",
        help="how many fields (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=whole_number, help="draw the same again (default: a new one)"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="default: DIR/sample-NUMBER.csv"
    )
    parser.add_argument(
        "--confirmed", type=Path, metavar="FILE", help="the checked file: print the error found"
    )
    parser.add_argument("--by", metavar="WHO", help="who checked (default: your user name)")
    add_format(parser, ("table", "json"))


def _add_reconcile(commands: Commands) -> None:
    parser = command(
        commands,
        "reconcile",
        "compare sheets handed in, scanned, read and tallied; name what is missing",
        office.reconcile_sheets,
    )
    add_workspace(parser)
    told = parser.add_mutually_exclusive_group(required=True)
    told.add_argument("--sheets", type=at_least_one, metavar="N", help="sheets handed in")
    told.add_argument(
        "--manifest", type=Path, metavar="FILE", help="CSV with columns file and sheets"
    )
    add_format(parser, ("table", "csv", "json"))


def _add_learn(commands: Commands) -> None:
    parser = command(
        commands,
        "learn",
        "learn from what people confirmed: local confidences and words, judged on held-back sheets",
        learn.learn_from_review,
    )
    parser.add_argument(
        "workspaces", nargs="+", type=Path, metavar="DIR", help="folders written by run"
    )
    parser.add_argument("--database", metavar="URL", help="as given to run")
    parser.add_argument(
        "--to", type=Path, metavar="FOLDER", help="where to write it (default: DIR/learned)"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be learned, write nothing"
    )
    parser.add_argument(
        "--recogniser",
        action="store_true",
        help="fine-tune a recogniser on the confirmed names as well (extra training; takes long)",
    )
    add_format(parser, ("table", "json"))


def _add_purge(commands: Commands) -> None:
    parser = command(
        commands,
        "purge",
        "remove pictures or fields for good, when they need not be kept any more",
        purge.purge_workspace,
    )
    add_workspace(parser)
    for flag, what in (
        ("--images", "pictures of whole pages, and scans that came through the review pages"),
        ("--crops", "pictures of single fields"),
        ("--everything", "all pictures and all fields; counts stay"),
        ("--keep-consent", "but keep the pictures of contact fields of those who agreed"),
        ("--unreviewed", "also fields that still wait for a person"),
        ("--dry-run", "say what would go, remove nothing"),
        ("--yes", "do not ask"),
    ):
        parser.add_argument(flag, action="store_true", help=what)
    parser.add_argument(
        "--fields", nargs="+", action="extend", metavar="NAME", help="what these fields say"
    )
    parser.add_argument(
        "--before", metavar="DATE", help="only of sheets read before that day (2026-11-30, UTC)"
    )
    parser.add_argument("--by", metavar="WHO", help="who removes it (default: your user name)")
    parser.add_argument("--why", default="", metavar="TEXT", help="the reason, for the record")


def _add_evaluate(commands: Commands) -> None:
    parser = command(
        commands, "evaluate", "compare a workspace with the truth", running.evaluate_workspace
    )
    parser.add_argument("truth", type=Path, metavar="TRUTH", help="JSON file, see docs/files.md")
    add_workspace(parser)
    add_format(parser, ("table", "json"))


def _add_form_command(commands: Commands) -> None:
    parser = commands.add_parser("form", help="form definitions: list, check, draft a new one")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    command(actions, "list", "name the installed definitions", running.list_forms)
    check = command(actions, "check", "check a definition of your own", running.check_form)
    check.add_argument("file", metavar="FILE", help="TOML file, see docs/forms.md")
    check.add_argument(
        "page", nargs="?", type=Path, metavar="PAGE", help="a scan to try it on and to draw it over"
    )
    check.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="PICTURE",
        help="where to draw what was found (default: PAGE's name with .checked.png, here)",
    )
    new = command(
        actions, "new", "draft a definition from a blank (or filled) sheet", running.new_form
    )
    new.add_argument("blank", type=Path, metavar="BLANK", help="scan, photo or PDF of the sheet")
    new.add_argument(
        "-o", "--output", required=True, type=Path, metavar="FILE", help="TOML file to write"
    )
    new.add_argument("--name", help="the form's name (default: FILE's)")
    new.add_argument("--force", action="store_true", help="overwrite FILE")
