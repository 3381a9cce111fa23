"""The sheets that benchmarks read: real ink on drawn forms, never used for calibration."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from benchmarks.geometry_snapshots import FORMS, Photographer
from digitizer.records import Failure
from digitizer.scans import list_pages, load_page
from scripts.sheets.fonts import default_cache, fetch_fonts
from scripts.sheets.scribes import InkScribe
from scripts.sheets.truth import PageTruth, write_truth
from training.ink import Split

ROOT = Path(__file__).resolve().parent.parent

# The seed of the published figures; any other draws other people and hands.
SEED = 9001
SHEETS = 40
# The pictures were developed as a camera's files already: this adds next to nothing.
JPEG_QUALITY = 95
# Where drawn sheets lie in a benchmark's working folder.
DRAWN = "sheets"


@dataclass(frozen=True, slots=True)
class TruePage:
    """A page whose content is known: its file and the record of it in truth.json."""

    file: Path
    page: int
    truth: dict[str, Any]


# Definitions that only tests have: other petitions, each of another layout.
DEFINITIONS = ROOT / "tests" / "forms"
# Their layouts. Front and back of one sheet are two forms, and are left out.
LAYOUTS = (
    *("ballot-en", "below-en", "commons-en", "depute-fr", "municipal-fr"),
    *("stacked-en", "syndicat-fr", "triple-en", "twin-en", "ward-en"),
)

# Those that are photographed.
PHOTOGRAPHED = tuple(dict.fromkeys(FORMS))


def definition_of(form: str) -> str:
    """What ``digitizer run --form`` wants of a form: its file, or the name of an installed one."""
    found = sorted(DEFINITIONS.rglob(f"{form}.toml"))
    return str(found[0]) if found else form


def make_sheets(
    folder: Path,
    *,
    handwriting: Path,
    sheets: int,
    seed: int,
    split: str = "test",
    forms: Sequence[str] = (),
) -> None:
    """Draw sheets of these forms (none: the installed ones) with ink of a split into ``folder``."""
    subprocess.run(
        [
            sys.executable,
            ROOT / "scripts" / "make_samples.py",
            *("--ink", handwriting),
            *("--split", split),
            *("--sheets", str(sheets)),
            *("--seed", str(seed)),
            *("--out", folder),
            *(("--forms", *forms) if forms else ()),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def photograph_sheets(
    folder: Path, *, handwriting: Path, sheets: int, seed: int, split: str = "test"
) -> None:
    """Photographs as ``geometry_snapshots`` draws them, of sheets filled with real ink."""
    folder.mkdir(parents=True, exist_ok=True)
    scribe = InkScribe(handwriting, Split(split))
    photographer = Photographer(seed, fetch_fonts(default_cache()), scribe)

    def taken() -> Iterator[PageTruth]:
        for number in range(sheets):
            shot, file = photographer.photograph(number), f"photo_{number + 1:03d}.jpg"
            cv2.imwrite(str(folder / file), shot.pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
            yield PageTruth(file, 1, "photograph", shot.sheets[0].filled, None)

    write_truth(taken(), folder / "truth.json", folder / "truth_geometry.json")


def handwriting_folder(named: Path | None) -> Path:
    """The folder of real handwriting: as named, or DIGITIZER_HANDWRITING."""
    folder = named or Path(os.environ.get("DIGITIZER_HANDWRITING", ""))
    if not (folder / "places").is_dir():
        raise SystemExit(
            "Name the folder of real handwriting: --handwriting DIR, or DIGITIZER_HANDWRITING."
        )
    return folder


def given_or_drawn(
    arguments: argparse.Namespace,
    folder: Path,
    split: str = "test",
    forms: Sequence[str] = (),
    *,
    photographs: bool = False,
) -> list[TruePage]:
    """The pages of ``arguments.sheets_dir``, or of sheets drawn into ``folder``."""
    source, count = arguments.sheets_dir, arguments.sheets
    if source is None and photographs:
        source, count = folder / DRAWN, count or SHEETS
        ink = handwriting_folder(arguments.handwriting)
        photograph_sheets(source, handwriting=ink, sheets=count, seed=arguments.seed, split=split)
    elif source is None:
        source, count = folder / DRAWN, count or SHEETS
        make_sheets(
            source,
            handwriting=handwriting_folder(arguments.handwriting),
            sheets=count,
            seed=arguments.seed,
            split=split,
            forms=forms,
        )
    return true_pages(source, count)


def true_pages(folder: Path, limit: int | None = None) -> list[TruePage]:
    """The pages that ``folder``/truth.json tells of, at most ``limit``."""
    listed = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    pages = []
    for truth in listed:
        places = (folder / truth["file"], folder / "scans" / truth["file"])
        found = next((place for place in places if place.exists()), None)
        if found is None:
            raise SystemExit(f"{folder}: truth.json names {truth['file']}, which is not there.")
        pages.append(TruePage(found, int(truth["page"]), truth))
    return pages[:limit]


def render(pages: Sequence[TruePage], folder: Path) -> list[Path]:
    """Write each page as a PNG, for peers that read pictures; same order as ``pages``."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number, page in enumerate(pages):
        refs = list_pages(page.file, page.file.name)
        if isinstance(refs, Failure):
            raise SystemExit(refs.message)
        picture = folder / f"{number:04d}.png"
        cv2.imwrite(str(picture), load_page(refs[page.page - 1]).pixels)
        written.append(picture)
    return written
