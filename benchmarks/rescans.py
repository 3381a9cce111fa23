"""Precision and recall of finding the same sheet scanned twice.

    python benchmarks/rescans.py [--handwriting DIR] [--papers 20] [--work DIR] [--blurred]

Each paper is scanned and then scanned again at another angle and resolution, or
photographed; real ink of the test split (``--split``), fonts without ``--handwriting``.
Decoys: another sheet of the same printing signed by the same people in another
order, with the same strokes to the pixel; one signed by others; and blank sheets.
digitizer reads them all, and its ``duplicate_of`` is held against the truth.
``--work`` keeps sheets and readings; with it, a second run reads nothing anew.
``--blurred``: the first scans are ones that are asked for again, blurred or moved.
Printed too: how alike fingerprints and rows of true and of false pairs are.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from digitizer.metrics import Rate
from digitizer.pagewords import needs_retake
from digitizer.rescans import SheetPrint, correlations, row_agreement
from digitizer.store import DATABASE_FILE, Store
from scripts.sheets.degrade import Recipe, degrade
from scripts.sheets.draw import draw_blank, random_layout
from scripts.sheets.fill import Filled, RowInk, RowKind, Scribe, fill_sheet, plan_rows
from scripts.sheets.fonts import FontSet, default_cache, fetch_fonts, system_fonts
from scripts.sheets.scribes import FontScribe, InkScribe, RelayedScribe
from scripts.sheets.wording import WORDINGS
from training.ink import Split

DIGITIZER = Path(sys.executable).with_name("digitizer")
FORMS = ("amnesty-canada-en", "amnesty-canada-fr")
SEED = 5005
# By the first letter of their files' names.
DECOYS = {"q": "the same people again", "r": "other people", "s": "nobody signed"}


class SamePeople(RelayedScribe):
    """A scribe that lets the people of an earlier sheet sign again, in another order."""

    def __init__(self, scribe: Scribe) -> None:
        """Keep the scribe; ``turn`` starts the second sheet."""
        super().__init__(scribe)
        self._rows: list[RowInk] = []
        self._again: list[RowInk] = []

    def turn(self) -> None:
        """Everybody signs again, the last one first."""
        self._again = list(self._rows)

    def row(self, rng: np.random.Generator, language: str) -> RowInk:
        """The next writer."""
        if self._again:
            return self._again.pop()
        self._rows.append(self._scribe.row(rng, language))
        return self._rows[-1]


def first_scan(rng: np.random.Generator) -> Recipe:
    """An office scan."""
    return Recipe(dpi=200, skew_deg=float(rng.uniform(-1.5, 1.5)), gray=bool(rng.random() < 0.5),
                  noise=3.0, blur_px=0.5, jpeg=80)  # fmt: skip


def second_scan(rng: np.random.Generator, number: int) -> Recipe:
    """Another scan (even numbers) or a photograph (odd ones)."""
    if number % 2 == 0:
        return Recipe(dpi=int(rng.choice([150, 240, 300])), turn_deg=int(rng.choice([0, 180])),
                      skew_deg=float(rng.uniform(-3, 3)), margin_mm=3.0, bed="black",
                      faint=float(rng.uniform(0, 0.3)), noise=5.0, specks=20, blur_px=0.7,
                      jpeg=70)  # fmt: skip
    return Recipe(dpi=int(rng.choice([170, 200, 230])), turn_deg=int(rng.choice([0, 90])),
                  skew_deg=float(rng.uniform(-4, 4)), perspective=float(rng.uniform(0.01, 0.05)),
                  margin_mm=18.0, bed="desk", noise=5.0, blur_px=0.7, shadow=0.25, vignette=0.25,
                  jpeg=75)  # fmt: skip


def blurred_scan(rng: np.random.Generator) -> Recipe:
    """A scan or photograph that a person is asked to take again."""
    blur, motion = ((2.2, 0), (2.6, 0), (0.5, 8), (0.5, 11))[int(rng.integers(4))]
    return replace(first_scan(rng), blur_px=blur, motion_px=motion)


def draw(
    folder: Path,
    papers: int,
    scribe: Scribe,
    fonts: FontSet,
    first: Callable[[np.random.Generator], Recipe],
) -> None:
    """Write the scans; their names tell the paper: ``paper_scan.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(papers):
        rng = np.random.default_rng([SEED, number])
        layout = random_layout(rng, fonts=len(fonts.printed))
        wording = WORDINGS[FORMS[number % 2]]
        blank = draw_blank(wording, layout, fonts, dpi=200, title=0)
        people = SamePeople(scribe)
        kinds = plan_rows(rng, len(blank.rows), odd=0.05)

        def scan(name: str, filled: Filled, recipe: Recipe, rng: np.random.Generator = rng) -> None:
            cv2.imwrite(str(folder / name), degrade(filled.pixels, 200, recipe, rng).pixels)

        paper = fill_sheet(blank, kinds, people, rng)
        scan(f"p{number:03d}_a.png", paper, first(rng))
        scan(f"p{number:03d}_b.png", paper, second_scan(rng, number))
        if number % 2 == 0:
            people.turn()
            same = fill_sheet(blank, kinds, people, rng)
            scan(f"q{number:03d}_a.png", same, first_scan(rng))
        elif number % 4 == 1:
            others = fill_sheet(blank, kinds, scribe, rng)
            scan(f"r{number:03d}_a.png", others, first_scan(rng))
        else:
            nobody = fill_sheet(blank, [RowKind.BLANK] * len(blank.rows), scribe, rng)
            scan(f"s{number:03d}_a.png", nobody, first_scan(rng))


def report(workspace: Path, *, wrong: bool) -> None:
    """Print the figures of a finished run."""
    prints: dict[str, SheetPrint] = {}
    found: dict[str, str] = {}
    names: dict[str, str] = {}
    again: set[str] = set()
    with Store.open(workspace / DATABASE_FILE) as store:
        for sheet, records in store.listing():
            name = Path(sheet.source_file).stem
            names[sheet.sheet_id] = name
            if needs_retake(sheet.reasons):
                again.add(name)
            texts = tuple(
                (r.row, " ".join(f.raw_text for f in r.fields if f.raw_text)) for r in records
            )
            prints[name] = SheetPrint(name, sheet.form, sheet.fingerprint, texts)
            if sheet.duplicate_of:
                found[name] = sheet.duplicate_of
    repeats = {name for name in prints if name.endswith("_b")}
    right = {n for n, first in found.items() if names[first].split("_")[0] == n.split("_")[0]}
    # Of two scans of a paper the better one counts: either may be the repeat.
    joined_papers = {name.split("_")[0] for name in right}
    missed = {name for name in repeats if name.split("_")[0] not in joined_papers}
    lost = [n for n in prints if n.startswith("p") and not prints[n].fingerprint]
    recall = Rate(len(repeats) - len(missed), len(repeats))
    precision = Rate(len(right), len(found))
    print(
        f"{len(prints)} scans, {len(repeats)} of them rescans: recall {_with_interval(recall)}, "
        f"precision {_with_interval(precision)} "
        f"(form not recognised on {len(lost)} of the papers' scans)"
    )
    joined = found.keys() | {names[first] for first in found.values()}
    for kind, what in DECOYS.items():
        drawn = [name for name in prints if name.startswith(kind)]
        taken = len(joined.intersection(drawn))
        print(f"{len(drawn)} decoys ({what}): {taken} taken for a rescan")
    if again:
        print(
            f"{len(again)} scans asked for again; another scan of the paper counts instead of "
            f"{len(again & right)}"
        )
    alike(prints, wrong=wrong, missed=missed)


def _with_interval(rate: Rate) -> str:
    low, high = rate.interval
    return f"{rate.hits}/{rate.cases} [{low:.2f}-{high:.2f}]"


def alike(prints: Mapping[str, SheetPrint], *, wrong: bool, missed: set[str]) -> None:
    """Print how alike true and false pairs are."""
    true: list[tuple[float, float, str]] = []
    false: list[tuple[float, float, str]] = []
    listed = [sheet for sheet in prints.values() if sheet.fingerprint]
    for place, one in enumerate(listed):
        for other in listed[:place]:
            if one.form != other.form or len(one.fingerprint) != len(other.fingerprint):
                continue
            r = correlations(np.array([one.fingerprint]), np.array([other.fingerprint]))[0, 0]
            same = one.sheet_id.split("_")[0] == other.sheet_id.split("_")[0]
            pair = (
                float(r),
                row_agreement(one.rows, other.rows),
                f"{other.sheet_id} {one.sheet_id}",
            )
            (true if same else false).append(pair)
    for title, pairs in (("the same paper", true), ("two papers", false)):
        if pairs:
            r, rows, _ = zip(*sorted(pairs), strict=True)
            low, middle, high = np.percentile(r, [0, 50, 100])
            print(
                f"{title}: {len(pairs)} pairs, fingerprints {low:.2f} {middle:.2f} {high:.2f}, "
                f"rows alike {min(rows):.2f} {np.median(rows):.2f} {max(rows):.2f} "
                "(least, middle, most)"
            )
    if wrong:
        for pair in sorted(true):
            print("  same", *pair, "MISSED" if pair[2].split()[-1] in missed else "")
        for pair in sorted(false)[-8:]:
            print("  two ", *pair)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    folder = os.environ.get("DIGITIZER_HANDWRITING")
    parser.add_argument("--handwriting", type=Path, default=folder, metavar="DIR")
    parser.add_argument("--split", type=Split, default=Split.TEST, help="whose ink")
    parser.add_argument("--fonts", type=Path, default=default_cache(), help="cache of fonts")
    parser.add_argument("--system-fonts", action="store_true")
    parser.add_argument("--papers", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--work", type=Path, metavar="DIR")
    parser.add_argument("--blurred", action="store_true", help="first scans are bad ones")
    parser.add_argument("--wrong", action="store_true", help="list the pairs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        if not (work / "scans").exists():
            fonts = system_fonts() if options.system_fonts else fetch_fonts(options.fonts)
            ink = options.handwriting
            scribe: Scribe = InkScribe(ink, options.split) if ink else FontScribe(fonts)
            first = blurred_scan if options.blurred else first_scan
            draw(work / "scans", options.papers, scribe, fonts, first)
        command = [DIGITIZER, "run", work / "scans", "--out", work / "out", "--quiet"]
        done = subprocess.run([*command, "--jobs", str(options.jobs)], check=False)
        if done.returncode not in (0, 8):
            return done.returncode
        report(work / "out", wrong=options.wrong)
    return 0


if __name__ == "__main__":
    sys.exit(main())
