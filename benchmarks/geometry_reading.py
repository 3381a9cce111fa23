"""What is read of bent, folded, photographed and blurred sheets beside the same lying flat.

Each sheet is filled once (ink of the test split, handwriting fonts without it) and
scanned in every way of ``WAYS``; ``digitizer run`` reads each way's pictures in a
workspace of its own, so nothing is taken for a rescan. What is lost against the first line
is the price of the paper's shape and of the camera, not of the hands.
"""

import argparse
import csv
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from benchmarks.end_to_end import run_digitizer
from benchmarks.geometry_common import Options, Table
from benchmarks.sheets import true_pages
from digitizer.pagewords import BLURRED, COARSE
from scripts.sheets.batch import FORM_CYCLE, draw_filled
from scripts.sheets.degrade import Recipe, degrade
from scripts.sheets.fill import Scribe
from scripts.sheets.fonts import FontSet, default_cache, fetch_fonts
from scripts.sheets.scribes import FontScribe, InkScribe
from scripts.sheets.truth import PageTruth, write_truth
from training.ink import Split

# Sheets of each way, as a share of --sheets: every one is read in full, 10 s each.
SHARE = 8
PROCESSES = 1
_SCAN = Recipe(noise=2)
_PHOTO = Recipe(margin_mm=20, bed="desk", noise=3, blur_px=0.5, jpeg=85, perspective=0.05,
                skew_deg=4, shadow=0.35, vignette=0.3)  # fmt: skip
WAYS: dict[str, Recipe] = {
    "flat scan": _SCAN,
    "scan, arch of 8 mm": replace(_SCAN, bend_mm=8),
    "scan, one side curled 8 mm": replace(_SCAN, bend_mm=8, bend_shape="edge"),
    "scan, fold of 8 mm": replace(_SCAN, bend_mm=8, bend_shape="fold"),
    "photo of a flat sheet": _PHOTO,
    "photo, arch of 8 mm": replace(_PHOTO, bend_mm=8),
}
# What the bounds of sharpness and resolution (``pagekinds``) come from.
SOFT: dict[str, Recipe] = {
    "flat scan": _SCAN,
    "blurred, 1.8 px": replace(_SCAN, blur_px=1.8),
    "blurred, 2.5 px": replace(_SCAN, blur_px=2.5),
    "moved by 8 px": replace(_SCAN, motion_px=8),
    "75 dpi": replace(_SCAN, dpi=75),
}
FIELDS = ("name", "address", "postal_code", "phone", "email", "date_collected")


def measure(options: Options) -> Iterator[Table]:
    """A table of the paper's shapes, one of soft pictures; a line for each way."""
    fonts = fetch_fonts(default_cache())
    scribe: Scribe = FontScribe(fonts)
    if options.handwriting is not None:
        scribe = InkScribe(options.handwriting, Split.TEST)
    known: dict[str, tuple[str, ...]] = {}
    for title, ways in (("bent and photographed", WAYS), ("blurred and coarse", SOFT)):
        for way, recipe in ways.items():
            if way not in known:
                known[way] = _read(way, recipe, scribe, fonts, options)
        yield Table(
            f"Read exactly, {title}: the same {_count(options)} sheets, seed {options.seed}",
            ("", "rows", "phantom", "all fields", "photograph again", *FIELDS),
            tuple(known[way] for way in ways),
        )


def _count(options: Options) -> int:
    return max(2, options.sheets // SHARE)


def _read(
    way: str, recipe: Recipe, scribe: Scribe, fonts: FontSet, options: Options
) -> tuple[str, ...]:
    """The line of one way: draw, run, compare."""
    folder = options.work / "reading" / way.replace(" ", "-").replace(",", "")
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for number in range(_count(options)):
        rng = np.random.default_rng([options.seed, 7, number])
        filled = draw_filled(FORM_CYCLE[number % len(FORM_CYCLE)], scribe, fonts, rng, odd=0.0)
        scan = degrade(filled.pixels, filled.blank.dpi, recipe, rng)
        name = f"sheet_{number:02d}.png"
        cv2.imwrite(str(folder / name), scan.pixels)
        pages.append(PageTruth(name, 1, way, filled, scan))
    write_truth(pages, folder / "truth.json", folder / "truth_geometry.json")
    how = argparse.Namespace(jobs=PROCESSES, target_error=None)
    said = run_digitizer(folder, true_pages(folder), folder / "out", how)
    every = [field["exact"] for field in said["fields"].values()]
    total = sum(one["hits"] for one in every), sum(one["cases"] for one in every)
    shown = [said["fields"].get(name, {}).get("exact") for name in FIELDS]
    with (folder / "out" / "sheets.csv").open(encoding="utf-8-sig", newline="") as file:
        reasons = [line["reasons"].split() for line in csv.DictReader(file)]
    return (
        way,
        f"{said['rows']['hits']}/{said['rows']['cases']}",
        str(len(said["phantom"])),
        f"{total[0] / max(1, total[1]):.1%} of {total[1]}",
        str(sum(BLURRED in told or COARSE in told for told in reasons)),
        *("-" if one is None else f"{one['hits']}/{one['cases']}" for one in shown),
    )
