"""Measure ruling removal on mixes of real ruled paper and real handwriting.

    python benchmarks/ink.py rules --forms DIR --ink DIR [--mixes 240] [--picture FILE]

``--forms``: pictures of ruled forms, each with NAME.json that holds ``hlines``
as polylines; ``--ink``: folder with ``places/`` (see the training notes).
A stretch of real ruling without ink around it is multiplied with a held-out
writer's word, so that every pixel's truth is known by construction.
"""

import argparse
import csv
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from digitizer import ink

TEST_WRITERS = range(21, 29)  # never seen by training or calibration
WIDTH, HEIGHT = 256, 112  # of a mix, px
BAND_PX = 12  # real paper on both sides of the ruling
NEAR_PX = 4  # "near a ruling": where the usual removal destroys letters


class Mix(NamedTuple):
    """One simulated crop and its truth."""

    gray: np.ndarray
    points: np.ndarray
    stroke: np.ndarray
    rule: np.ndarray


def flatten(gray: np.ndarray) -> np.ndarray:
    """Divide by the paper, as the page stage does; paper becomes 245."""
    small = cv2.resize(gray, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((7, 7), np.uint8)), 21)
    paper = cv2.resize(paper, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
    flat = gray.astype(np.float32) / np.maximum(paper, 1) * 245
    return np.clip(flat, 0, 255).astype(np.uint8)


def free_stretches(folder: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return (patch, ruling's row per column) where nothing is written near a ruling.

    Vertical rulings are used lying down. Paper farther than ``BAND_PX`` off the
    ruling is mirrored from inside the band: the next ruling may be close.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        gray = cv2.imread(str(path.with_suffix(".jpg")), cv2.IMREAD_GRAYSCALE)
        if gray is None:
            continue
        flat = flatten(gray)
        truth = json.loads(path.read_text())
        lines = [(flat, np.asarray(line)) for line in truth["hlines"]]
        lines += [(flat.T, np.asarray(line)[:, ::-1]) for line in truth["vlines"]]
        for plane, line in lines:
            for left in range(int(line[0, 0]) + 8, int(line[-1, 0]) - WIDTH, 32):
                patch_ys = _free_patch(plane, line, left)
                if patch_ys is not None:
                    found.append(patch_ys)
    return found


def _free_patch(
    plane: np.ndarray, line: np.ndarray, left: int
) -> tuple[np.ndarray, np.ndarray] | None:
    xs = np.arange(left, left + WIDTH)
    ys = np.interp(xs, line[:, 0], line[:, 1])
    middle = round(float(ys.mean()))
    if middle < BAND_PX or middle + BAND_PX >= plane.shape[0]:
        return None
    band = plane[middle - BAND_PX : middle + BAND_PX + 1, left : left + WIDTH]
    local = ys - middle
    away = np.abs(np.arange(-BAND_PX, BAND_PX + 1)[:, None] - local[None, :]) > 5
    if ((band < 170) & away).mean() > 0.0003:
        return None
    pad = HEIGHT // 2 - BAND_PX
    paper = np.pad(band[:6], ((pad - 6, 0), (0, 0)), "reflect")
    patch = np.vstack([paper, band, paper[::-1]])[:HEIGHT]
    return patch, local + pad + BAND_PX


def words(folder: Path) -> list[np.ndarray]:
    """Return flattened crops of held-out writers."""
    found = []
    with (folder / "places" / "labels.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if int(row["writer"]) in TEST_WRITERS:
                found.append(folder / "places" / row["file"])
    return found


def mixes(forms: Path, ink_folder: Path, count: int, seed: int) -> Iterator[Mix]:
    """Yield ``count`` simulated crops; the word's lower part meets the ruling."""
    random = np.random.default_rng(seed)
    stretches, files = free_stretches(forms), words(ink_folder)
    if not stretches or not files:
        raise SystemExit("no free stretch of ruling or no handwriting found")
    done = 0
    while done < count:
        patch, ys = stretches[random.integers(len(stretches))]
        crop = cv2.imread(str(files[random.integers(len(files))]), cv2.IMREAD_GRAYSCALE)
        word = flatten(cv2.resize(crop, (WIDTH, 64), interpolation=cv2.INTER_AREA))
        alone = np.full((HEIGHT, WIDTH), 245, np.uint8)
        top = int(random.integers(4, HEIGHT - 64 - 4))
        alone[top : top + 64] = word
        gray = (patch.astype(np.float32) * alone / 245).clip(0, 255).astype(np.uint8)
        rows = np.arange(HEIGHT)[:, None]
        near_rule = np.abs(rows - ys[None, :]) <= 5
        rule = (patch < 190) & near_rule
        # Darkest-third threshold at half the word's own contrast: its true strokes.
        level = 245 - 0.45 * (245 - float(np.percentile(word, 3)))
        stroke = alone < level
        if (stroke & near_rule).sum() < 60:
            continue
        done += 1
        points = np.column_stack([np.arange(WIDTH), ys])[[*range(0, WIDTH - 1, 16), WIDTH - 1]]
        yield Mix(gray, points, stroke, rule)


def by_opening(mix: Mix) -> np.ndarray:
    """Return the ink left by the usual recipe: Otsu, open 40 px, subtract."""
    _, mask = cv2.threshold(mix.gray, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    lines = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, 40), np.uint8))
    return (cv2.subtract(mask, lines)) > 0


def by_runs(mix: Mix, shift: float) -> np.ndarray:
    """Return the ink left by the package, the ruling traced ``shift`` px off."""
    page = ink.measure_ink(mix.gray)
    path = ink.snap_rule(page.darkness, mix.points + [0, shift], True, 2.0)
    if path is None:
        return page.mask
    unruled = ink.remove_rules(page, [path])
    labels, _ = ink.label_strokes(unruled)
    return labels > 0


def measure_rules(args: argparse.Namespace) -> None:
    """Print kept strokes and left rulings for each way."""
    ways = {
        "nothing": lambda m: ink.measure_ink(m.gray).mask,
        "open 40 px and subtract": by_opening,
        "runs": lambda m: by_runs(m, 0.0),
        "runs, traced 2 px off": lambda m: by_runs(m, 2.0),
        "runs, traced 3 px off": lambda m: by_runs(m, -3.0),
    }
    totals = {name: np.zeros(6) for name in ways}
    seconds = dict.fromkeys(ways, 0.0)
    pictures = []
    for number, mix in enumerate(mixes(args.forms, args.ink, args.mixes, args.seed)):
        rows = np.arange(HEIGHT)[:, None]
        ys = np.interp(np.arange(WIDTH), mix.points[:, 0], mix.points[:, 1])
        near = np.abs(rows - ys[None, :]) <= NEAR_PX + 1
        only_rule = mix.rule & ~cv2.dilate(mix.stroke.view(np.uint8), np.ones((3, 3))).astype(bool)
        shown = [mix.gray]
        for name, way in ways.items():
            start = time.perf_counter()
            left = way(mix)
            seconds[name] += time.perf_counter() - start
            totals[name] += [
                (left & mix.stroke).sum(),
                mix.stroke.sum(),
                (left & mix.stroke & near).sum(),
                (mix.stroke & near).sum(),
                (left & only_rule).sum(),
                only_rule.sum(),
            ]
            shown.append(np.where(left, 0, 255).astype(np.uint8))
        if number < 24:
            pictures.append(np.hstack(shown[:1] + shown[2:4]))
    width = max(map(len, ways))
    print(f"{args.mixes} mixes, seed {args.seed}")
    print(f"{'way':{width}}  strokes kept  kept near a ruling  ruling left  ms a mix")
    for name, (kept, strokes, kept_near, strokes_near, left, rules) in totals.items():
        print(
            f"{name:{width}}  {kept / strokes:12.1%}  {kept_near / strokes_near:18.1%}"
            f"  {left / rules:11.2%}  {seconds[name] / args.mixes * 1000:8.2f}"
        )
    if args.picture:
        cv2.imwrite(str(args.picture), np.vstack(pictures))


def main() -> int:
    """Run one of the measurements."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(required=True)
    rules = parts.add_parser("rules", help="ruling removal on simulated mixes")
    rules.add_argument("--forms", type=Path, required=True)
    rules.add_argument("--ink", type=Path, required=True)
    rules.add_argument("--mixes", type=int, default=240)
    rules.add_argument("--seed", type=int, default=1)
    rules.add_argument("--picture", type=Path)
    rules.set_defaults(measure=measure_rules)
    args = parser.parse_args()
    args.measure(args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
