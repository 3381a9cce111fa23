"""Page geometry, measured section by section, beside other programs.

    python -m benchmarks.geometry [--scans DIR] [--section NAME...] [--peers]

Sections: ``skew`` (rows and columns apart), ``orientation``, ``sheets`` (rows,
cells and collector box of drawn petition sheets), ``onebit`` (the same in black and
white, cut in seven ways), ``borders`` (names that cross a ruling), ``tables`` (ruled forms
without and with a definition), ``photos`` (corners; bent and damaged sheets,
pairs), ``wild`` (photographs and pairs as people take them, and what is said of rows
lost), ``retakes`` (blurred pages, pages without a petition), ``reading`` (what is
read of bent and blurred sheets), ``ink`` (rule removal, empty cells), ``speed``.
DIR holds real pages (``ruled_forms``, ``photos``; ``marked_tables``: any pages and their
cells, as ``benchmarks/geometry_tables.py`` says); it is no part of this project, and what
needs it is skipped with a printed reason. ``--peers`` runs the other
programs too, each in an environment of its own that is made on first use in
.benchmarks-cache.
"""

import argparse
import importlib
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.geometry_common import Options, Skipped, Table, printed

# Each section is a module with ``measure(options) -> Iterable[Table]``.
SECTIONS = {
    "skew": "benchmarks.geometry_skew",
    "orientation": "benchmarks.geometry_orientation",
    "sheets": "benchmarks.geometry_sheets",
    "onebit": "benchmarks.geometry_onebit",
    "sides": "benchmarks.geometry_sides",
    "borders": "benchmarks.geometry_borders",
    "tables": "benchmarks.geometry_tables",
    "photos": "benchmarks.geometry_photos",
    "wild": "benchmarks.geometry_wild",
    "retakes": "benchmarks.geometry_retakes",
    "reading": "benchmarks.geometry_reading",
    "ink": "benchmarks.geometry_ink",
    "speed": "benchmarks.geometry_speed",
}
# The whole takes half an hour of one core, with the peers an hour.
SHEETS = 16
SEED = 40


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scans", type=Path, metavar="DIR", help="real pages")
    parser.add_argument("--section", nargs="+", choices=list(SECTIONS), default=list(SECTIONS))
    parser.add_argument("--peers", action="store_true", help="run the other programs too")
    parser.add_argument("--handwriting", type=Path, metavar="DIR", help="ink to fill sheets with")
    parser.add_argument("--sheets", type=int, default=SHEETS, metavar="N", help="drawn, each kind")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave drawn pages here")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Measure the sections asked for and print their tables."""
    given = parse_arguments(arguments)
    named = given.handwriting or Path(os.environ.get("DIGITIZER_HANDWRITING", ""))
    with tempfile.TemporaryDirectory() as temporary:
        work = given.keep or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        options = Options(
            scans=given.scans,
            peers=given.peers,
            handwriting=named if (named / "places").is_dir() else None,
            sheets=given.sheets,
            seed=given.seed,
            work=work,
        )
        for section in given.section:
            _measure(section, options)
    return 0


def _measure(section: str, options: Options) -> None:
    print(f"== {section}", flush=True)
    started = time.perf_counter()
    try:
        tables: list[Table] = []
        for table in importlib.import_module(SECTIONS[section]).measure(options):
            print(printed(table), flush=True)
            tables.append(table)
    except (Skipped, ModuleNotFoundError) as reason:
        print(f"skipped: {reason}\n", flush=True)
    print(f"{section}: {time.perf_counter() - started:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
