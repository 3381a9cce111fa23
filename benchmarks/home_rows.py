"""Rows of invented people in joined glyphs, as whole cells: what reading them together buys.

    python -m benchmarks.home_rows --ink DIR [--rows N] [--split test]

For each field of name, address and contact cells (``training.home_rows``): exact
where each cell is read by itself, where those of a row are weighed against each
other, and how many are accepted at 0.5 % with how many wrong among them. Glyphs of
the test split by default, which nothing was fitted on.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from digitizer.calibrate import load_calibration
from digitizer.engines.cells import read_cells
from digitizer.metrics import wilson_interval
from digitizer.recognisers import engine_name
from digitizer.records import Reading
from training.home_rows import Home, home_rows
from training.ink import Split, handwriting_root
from training.sheet_readings import is_right

TARGET_ERROR = 0.005
FIELDS = ("name", "address", "city", "province", "postal_code", "phone", "email")


def read_homes(homes: Sequence[Home]) -> list[tuple[Reading, str]]:
    """Every field of every row: its reading, and what stands there."""
    found = []
    for crops, texts in homes:
        for crop, readings in zip(crops, read_cells(crops, "en"), strict=True):
            by_field = {reading.field: reading for reading in readings}
            for spec in crop.fields:
                reading = by_field.get(spec.name, Reading(spec.name, spec.kind, "", 0.0, ""))
                found.append((reading, texts.get(spec.name, "")))
    return found


def main() -> int:
    """Draw the rows, read them with and without, print a line a field."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ink", help="handwriting folder (or DIGITIZER_HANDWRITING)")
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--seed", type=int, default=31)
    parser.add_argument("--split", type=Split, default=Split.TEST)
    options = parser.parse_args()
    root = handwriting_root(options.ink)
    if root is None:
        print("no handwriting folder: give --ink DIR", file=sys.stderr)
        return 2
    homes = _homes(root, options)
    together = read_homes(homes)
    alone = read_homes([((crop,), texts) for crops, texts in homes for crop in crops])
    print(f"{'field':<13}{'cases':>6}{'alone':>8}{'together':>10}  95 %     accepted (wrong)")
    before = Counter(r.field for r, truth in alone if is_right(r, truth))
    calibration = load_calibration(engine_name())
    for field in FIELDS:
        own = [(r, is_right(r, truth)) for r, truth in together if r.field == field]
        right = sum(ok for _, ok in own)
        low, high = wilson_interval(right, len(own))
        taken = [
            ok
            for r, ok in own
            if calibration.confidence(r) >= calibration.threshold(r.kind, TARGET_ERROR)
        ]
        print(
            f"{field:<13}{len(own):>6}{100 * before[field] / len(own):>8.1f}"
            f"{100 * right / len(own):>10.1f}  {100 * low:.0f}-{100 * high:.0f}"
            f"{len(taken):>9} ({len(taken) - sum(taken)})"
        )
    return 0


def _homes(root: Path, options: argparse.Namespace) -> list[Home]:
    rng = np.random.default_rng(options.seed)
    return list(home_rows(root, options.rows, rng, options.split))


if __name__ == "__main__":
    sys.exit(main())
