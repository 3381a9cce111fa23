"""Figures of whole sheets in real ink: digitizer beside two peers, field by field.

    python benchmarks/end_to_end.py [SHEETS_DIR] [--handwriting DIR] [--sheets N]
        [--forms NAME ...] [--layouts] [--photographs] [--field-target KIND=SHARE ...]

SHEETS_DIR holds scans and truth.json; without it, sheets are drawn with ink of
the test split, which no calibration has seen; with ``--layouts`` sheets of ten other
petitions, of which digitizer gets the definitions and no more, with ``--photographs``
pictures from a hand-held camera of both. ``--field-target email=0.02`` has definitions in which
one email in 50 may be wrong among those that nobody looks at. What the peers are, and how they
are favoured, is told in ``peers.py`` and ``scoring.py``; briefly: for a peer
the truth picks the answer. RapidOCR has a score, so as many of its answers are
accepted, surest first, as digitizer lets through for that field; img2table has
none, so all it gives are. digitizer is held to the table of ``digitizer
evaluate``, in which a value where nothing is written counts as wrong as well.
"""

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import digitizer
from benchmarks import sheets
from benchmarks.peers import PEERS, SeenPage, remembered_pages
from benchmarks.scoring import Answer, judge, score_peer
from digitizer import metrics
from digitizer.evaluate import TruthPage, load_truth
from digitizer.forms.forms import installed_forms
from digitizer.metrics import Rate

DIGITIZER = Path(sys.executable).with_name("digitizer")

INSTALLED = Path(digitizer.__file__).parent / "forms"
# digitizer's statuses of a run whose results are complete: done, or some pages failed.
FINISHED = (0, 8)


@dataclass(frozen=True, slots=True)
class Line:
    """One field as one program read it."""

    program: str
    exact: Rate
    cer: float | None
    accepted: Rate
    wrong: Rate


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sheets_dir", nargs="?", type=Path, metavar="SHEETS_DIR")
    parser.add_argument("--handwriting", type=Path, metavar="DIR", help="real ink to draw with")
    parser.add_argument("--sheets", type=int, metavar="N", help="how many (default: 40, or all)")
    parser.add_argument("--seed", type=int, default=sheets.SEED)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes of each")
    parser.add_argument("--target-error", type=float, help="as for digitizer run")
    parser.add_argument("--field-target", action="append", default=[], metavar="KIND=SHARE")
    parser.add_argument("--forms", nargs="+", default=(), metavar="NAME", help="draw these forms")
    parser.add_argument(
        "--layouts",
        dest="forms",
        action="store_const",
        const=sheets.LAYOUTS,
        help="other petitions",
    )
    parser.add_argument(
        "--photographs", action="store_true", help="photographs of sheets of all forms instead"
    )
    parser.add_argument("--split", choices=("test", "calibrate"), default="test", help="whose ink")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    parser.add_argument(
        "--peer-cache", type=Path, metavar="DIR", help="keep what peers saw, for a later run"
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave digitizer's output here")
    return parser.parse_args()


def run_digitizer(
    scans: Path, pages: Sequence[sheets.TruePage], workspace: Path, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Digitize the pages; what `digitizer evaluate` says of the result."""
    files = sorted({page.file for page in pages})
    command: list[str | Path] = [
        DIGITIZER,
        "run",
        *files,
        "--out",
        workspace,
        "--jobs",
        str(arguments.jobs),
    ]
    forms = sheets.PHOTOGRAPHED if arguments.photographs else arguments.forms
    definitions = [sheets.definition_of(form) for form in forms]
    if arguments.field_target:
        targets = dict(one.split("=") for one in arguments.field_target)
        definitions = with_targets(definitions or installed_forms(), targets, workspace.parent)
    for definition in definitions:
        command += ["--form", definition]
    if arguments.target_error is not None:
        command += ["--target-error", str(arguments.target_error)]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    if done.returncode not in FINISHED:
        raise SystemExit(f"digitizer run ended with status {done.returncode}")
    truth = workspace / "truth.json"
    truth.write_text(json.dumps([page.truth for page in pages]), encoding="utf-8")
    said = subprocess.run(
        [DIGITIZER, "evaluate", truth, workspace, "--format", "json"],
        check=True,
        capture_output=True,
        text=True,
    )
    figures: dict[str, Any] = json.loads(said.stdout)
    return figures


def with_targets(definitions: Sequence[str], targets: Mapping[str, str], folder: Path) -> list[str]:
    """Copies in ``folder`` of definitions (names or files), fields of these kinds with targets."""
    made = []
    for known in definitions:
        file = Path(known) if Path(known).is_file() else INSTALLED / f"{known}.toml"
        text = file.read_text(encoding="utf-8")
        for kind, share in targets.items():
            told = rf'(\bkind = "{kind}")'
            text = re.sub(rf"{told}(?=[ ,}}])", rf"\1, target_error = {share}", text)
            text = re.sub(rf"{told}$", rf"\1\ntarget_error = {share}", text, flags=re.MULTILINE)
        copy = folder / file.name
        copy.write_text(text, encoding="utf-8")
        made.append(str(copy))
    return made


def own_lines(figures: dict[str, Any]) -> dict[str, Line]:
    """digitizer's line of each field."""

    def rate(named: dict[str, Any]) -> Rate:
        return Rate(named["hits"], named["cases"])

    return {
        name: Line(
            "digitizer",
            rate(field["exact"]),
            field["cer"],
            rate(field["straight_through"]),
            rate(field["wrong_among_accepted"]),
        )
        for name, field in figures["fields"].items()
    }


def peer_line(peer: str, answers: Sequence[Answer], accept: int) -> Line:
    """A peer's line of one field."""
    judged = judge(answers, accept)
    passed = metrics.straight_through(judged)
    return Line(
        peer,
        metrics.exact_match(judged),
        metrics.character_error_rate((one.value, one.truth) for one in judged),
        passed.accepted,
        passed.wrong,
    )


def share(rate: Rate) -> str:
    """A rate in percent with its 95 % interval."""
    if rate.value is None:
        return "-"
    low, high = rate.interval
    return f"{100 * rate.value:5.1f} [{100 * low:4.1f}-{100 * high:5.1f}]"


def print_table(own: dict[str, Line], seen: dict[str, list[Answer]]) -> None:
    """Print all programs' lines, field by field; percentages with 95 % intervals."""
    print(
        f"{'field':<16}{'program':<11}{'cases':>6}  {'exact %':<20}{'CER':>6}  "
        f"{'straight through %':<20}{'wrong among accepted %'}"
    )
    for name, mine in own.items():
        lines = [mine]
        for peer, answers in seen.items():
            answers_here = [answer for answer in answers if answer.field == name]
            # As large a share as digitizer accepts; its own cases may be a few more.
            accept = round((mine.accepted.value or 0.0) * len(answers_here))
            if answers_here:
                lines.append(peer_line(peer, answers_here, accept))
        for line in lines:
            cer = "-" if line.cer is None else f"{line.cer:.3f}"
            print(
                f"{name if line is mine else '':<16}{line.program:<11}{line.exact.cases:>6}  "
                f"{share(line.exact):<20}{cer:>6}  {share(line.accepted):<20}{share(line.wrong)}"
            )


def print_pages(figures: dict[str, Any]) -> None:
    """Print what digitizer found of rows, signatures and boxes."""
    for name in ("pages", "rows", "signatures", "collector_boxes"):
        rate = Rate(figures[name]["hits"], figures[name]["cases"])
        print(f"digitizer {name:<18}{rate.hits:>5} of {rate.cases:<5} {share(rate)}")
    print(f"digitizer phantom rows      {len(figures['phantom']):>5}")


@contextlib.contextmanager
def working_folder(kept: Path | None) -> Iterator[Path]:
    """A folder that is gone afterwards, unless it is to be kept."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="digitizer-benchmark-") as folder:
        yield Path(folder)


def peer_answers(
    peer: str,
    truth: Sequence[TruthPage],
    pictures: Sequence[Path],
    processes: int,
    cache: Path | None,
) -> list[Answer]:
    """Run a peer; its answers, and on the way a line on what it did."""
    seen = remembered_pages(peer, pictures, processes=processes, cache=cache)
    figures = score_peer(truth, seen)
    crashed: list[SeenPage] = [page for page in seen if page.error]
    print(
        f"{peer} rows with any field read {figures.rows.hits} of {figures.rows.cases}, "
        f"crashed on {len(crashed)} of {len(seen)} sheets"
    )
    return list(figures.answers)


def main() -> None:
    """Draw sheets if none are given, run all programs, print the table."""
    arguments = parse_arguments()
    with working_folder(arguments.keep) as folder:
        pages = sheets.given_or_drawn(
            arguments,
            folder,
            arguments.split,
            arguments.forms,
            photographs=arguments.photographs,
        )
        source = arguments.sheets_dir or folder / sheets.DRAWN
        figures = run_digitizer(source, pages, folder / "out", arguments)
        truth = load_truth(folder / "out" / "truth.json")
        print(f"{len(pages)} sheets, {figures['rows']['cases']} filled rows, seed {arguments.seed}")
        print_pages(figures)
        pictures = sheets.render(pages, folder / "pictures") if arguments.peers else []
        seen = {
            peer: peer_answers(peer, truth, pictures, arguments.jobs, arguments.peer_cache)
            for peer in arguments.peers
        }
        print()
        print_table(own_lines(figures), seen)


if __name__ == "__main__":
    main()
