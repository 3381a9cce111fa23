"""Sheets a minute with everything written, digitizer beside two peers on the same sheets.

    python benchmarks/throughput.py [SHEETS_DIR] [--handwriting DIR] [--sheets N] [--jobs 2]

Every program gets the same number of processes, one thread in each, one after
the other on the same machine. digitizer starts from the files and leaves a
whole workspace: database, CSV files, crops, pages. The peers start from
pictures of the pages that lie ready, and write nothing.

``cold``: from the start of the command to its end, imports and models included.
``warm``: the same without what starting costs: for digitizer the difference
between a run over all sheets and one over as many as there are processes, for
the peers the time after the last of them had loaded its models.
CPU and memory are sums over all processes of a program.
"""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import sheets
from benchmarks.end_to_end import DIGITIZER, FINISHED, working_folder
from benchmarks.measure import Usage, measured
from benchmarks.peers import PEERS, run_peer

# Peers take up to half a minute a sheet; their rate is steady, so a part will do.
PEER_SHEETS = 12

TARGET_SHEETS_PER_MINUTE = 20.0


@dataclass(frozen=True, slots=True)
class Speed:
    """What a program did; ``warm_sheets`` were done in ``warm_s``."""

    program: str
    sheets: int
    usage: Usage
    warm_sheets: int
    warm_s: float

    @property
    def cold_rate(self) -> float:
        """Sheets a minute, starting included."""
        return 60.0 * self.sheets / self.usage.wall_s

    @property
    def warm_rate(self) -> float | None:
        """Sheets a minute, starting not included; None with too few sheets to tell."""
        return 60.0 * self.warm_sheets / self.warm_s if self.warm_s > 0 else None


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sheets_dir", nargs="?", type=Path, metavar="SHEETS_DIR")
    parser.add_argument("--handwriting", type=Path, metavar="DIR", help="real ink to draw with")
    parser.add_argument("--sheets", type=int, metavar="N", help="how many (default: 40, or all)")
    parser.add_argument("--seed", type=int, default=sheets.SEED)
    parser.add_argument("--jobs", type=int, default=2, help="processes of each program")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    parser.add_argument("--peer-sheets", type=int, default=PEER_SHEETS, help="sheets for the peers")
    return parser.parse_args()


def digitize(files: Sequence[Path], workspace: Path, jobs: int) -> Usage:
    """One run from nothing to a workspace."""
    command = [DIGITIZER, "run", *files, "--out", workspace, "--jobs", jobs]
    with measured() as usage:
        done = subprocess.run(
            [str(part) for part in command],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    if done.returncode not in FINISHED:
        raise SystemExit(f"digitizer run ended with status {done.returncode}")
    return usage


def own_speed(pages: Sequence[sheets.TruePage], folder: Path, jobs: int) -> Speed:
    """digitizer over all pages, and over the first few to know what starting costs."""
    files = sorted({page.file for page in pages})
    few = files[:jobs]
    start = digitize(few, folder / "few", jobs)
    whole = digitize(files, folder / "all", jobs)
    done_by_few = sum(page.file in few for page in pages)
    return Speed(
        program="digitizer",
        sheets=len(pages),
        usage=whole,
        warm_sheets=len(pages) - done_by_few,
        warm_s=whole.wall_s - start.wall_s,
    )


def peer_speed(peer: str, pictures: Sequence[Path], jobs: int) -> Speed:
    """A peer over ``pictures``."""
    run = run_peer(peer, pictures, processes=jobs)
    return Speed(
        program=peer,
        sheets=len(pictures),
        usage=run.usage,
        warm_sheets=len(pictures),
        warm_s=run.usage.wall_s - run.loading_s,
    )


def print_table(speeds: Sequence[Speed]) -> None:
    """Print each program's line; ratios say how many times digitizer's rate is of it."""
    print(
        f"{'program':<11}{'sheets':>7}{'cold /min':>11}{'warm /min':>11}"
        f"{'CPU s/sheet':>13}{'peak MiB':>10}{'digitizer is':>14}"
    )
    own = speeds[0]
    for speed in speeds:
        warm = "-" if speed.warm_rate is None else f"{speed.warm_rate:.1f}"
        ratio = "" if speed is own else f"{own.cold_rate / speed.cold_rate:.1f} x"
        print(
            f"{speed.program:<11}{speed.sheets:>7}{speed.cold_rate:>11.1f}{warm:>11}"
            f"{speed.usage.cpu_s / speed.sheets:>13.2f}{speed.usage.peak_rss_mib:>10.0f}{ratio:>14}"
        )


def main() -> None:
    """Draw sheets if none are given, time all programs, print the table."""
    arguments = parse_arguments()
    with working_folder(None) as folder:
        pages = sheets.given_or_drawn(arguments, folder)
        load = os.getloadavg()[0]
        print(
            f"{len(pages)} sheets, {arguments.jobs} processes; {platform.machine()} with "
            f"{os.cpu_count()} cores, load before the start {load:.1f}"
        )
        if load > 0.5:
            print("The machine is busy with other things: rates are too low.", file=sys.stderr)
        speeds = [own_speed(pages, folder, arguments.jobs)]
        pictures = sheets.render(pages[: arguments.peer_sheets], folder / "pictures")
        speeds += [peer_speed(peer, pictures, arguments.jobs) for peer in arguments.peers]
        print_table(speeds)
        verdict = "reached" if own_reaches(speeds[0]) else "missed"
        print(f"target of {TARGET_SHEETS_PER_MINUTE:.0f} sheets a minute, cold: {verdict}")


def own_reaches(speed: Speed) -> bool:
    """Whether the target is met with everything counted."""
    return speed.cold_rate >= TARGET_SHEETS_PER_MINUTE


if __name__ == "__main__":
    main()
