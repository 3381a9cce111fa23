"""Measure what is done to the ink of cells, on real ink of held-out writers.

    python -m benchmarks.ink rules --forms DIR --ink DIR [--mixes 240] [--picture FILE]
    python -m benchmarks.ink cells --ink DIR [--sheets 28] [--fonts DIR] [--picture FILE]

``rules``: ruling removal. ``--forms`` holds pictures of ruled forms, each with
NAME.json with ``hlines`` and ``vlines`` as polylines. A stretch of real ruling
without ink around it is multiplied with a held-out writer's word, so that
every pixel's truth is known by construction.
``cells``: state, lines and marks of cells and struck rows, on sheets of real
ink degraded in seven ways (``ink_sheets``).
"""

import argparse
import csv
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.ink_sheets import LOOKS, CellTruth, draw_sheet
from digitizer import segment
from digitizer.records import CellCrop, InkState, Mark
from digitizer.rectify import flatten
from digitizer.writing import ink, strokes
from digitizer.writing.marks import longest_runs
from scripts.sheets.fonts import fetch_fonts, system_fonts
from scripts.sheets.scribes import InkScribe
from training.ink import Split

Gray = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

TEST_WRITERS = range(21, 29)  # never seen by training or calibration
WIDTH, HEIGHT = 256, 112  # of a mix, px
BAND_PX = 12  # real paper on both sides of the ruling
# Ruling this close to a stroke's half-contrast outline lies in its soft edge:
# keeping it is no fault.
SOFT_EDGE = np.ones((5, 5), np.uint8)
NEAR_PX = 4  # "near a ruling": where the usual removal destroys letters


class Mix(NamedTuple):
    """One simulated crop and its truth."""

    gray: Gray
    points: Floats
    stroke: Mask
    rule: Mask


def free_stretches(folder: Path) -> list[tuple[Gray, Floats]]:
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


def _free_patch(plane: Gray, line: Floats, left: int) -> tuple[Gray, Floats] | None:
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


def words(folder: Path) -> list[Path]:
    """Return the crops of held-out writers."""
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
        # Some crops hold a frame line of the form they were cut from: no stroke.
        if longest_runs(stroke, 1).max() > 60 or (stroke & near_rule).sum() < 60:
            continue
        done += 1
        points = np.column_stack([np.arange(WIDTH), ys])[[*range(0, WIDTH - 1, 16), WIDTH - 1]]
        yield Mix(gray, points, stroke, rule)


def by_opening(mix: Mix) -> Mask:
    """Return the ink left by the usual recipe: Otsu, open 40 px, subtract."""
    _, mask = cv2.threshold(mix.gray, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    lines = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, 40), np.uint8))
    return np.asarray(cv2.subtract(mask, lines) > 0)


def by_runs(mix: Mix, shift: float) -> Mask:
    """Return the ink left by the package, the ruling traced ``shift`` px off."""
    page = ink.measure_ink(mix.gray)
    path = ink.snap_rule(page.darkness, mix.points + [0, shift], True, 2.0)
    if path is None:
        return page.mask
    unruled = ink.remove_rules(page, [path])
    labels, _ = strokes.label_strokes(unruled)
    return np.asarray(labels > 0)


def measure_rules(args: argparse.Namespace) -> None:
    """Print kept strokes and left rulings for each way."""
    ways: dict[str, Callable[[Mix], Mask]] = {
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
        only_rule = mix.rule & ~cv2.dilate(mix.stroke.view(np.uint8), SOFT_EDGE).astype(bool)
        shown = [mix.gray]
        for name, way in ways.items():
            start = time.perf_counter()
            rest = way(mix)
            seconds[name] += time.perf_counter() - start
            totals[name] += [
                (rest & mix.stroke).sum(),
                mix.stroke.sum(),
                (rest & mix.stroke & near).sum(),
                (mix.stroke & near).sum(),
                (rest & only_rule).sum(),
                only_rule.sum(),
            ]
            shown.append(np.where(rest, 0, 255).astype(np.uint8))
        if number < 24:
            pictures.append(np.hstack(shown[:1] + shown[2:4]))
    width = max(len(name) for name in ways)
    print(f"{args.mixes} mixes, seed {args.seed}")
    print(f"{'way':{width}}  strokes kept  kept near a ruling  ruling left  ms a mix")
    for name, (kept, inked, kept_near, inked_near, left, rules) in totals.items():
        print(
            f"{name:{width}}  {kept / inked:12.1%}  {kept_near / inked_near:18.1%}"
            f"  {left / rules:11.2%}  {seconds[name] / args.mixes * 1000:8.2f}"
        )
    if args.picture:
        cv2.imwrite(str(args.picture), np.vstack(pictures))


def _right(crop: CellCrop, truth: CellTruth) -> dict[str, bool]:
    """Return what of a cell's answer is right; LOOK is neither."""
    found = {}
    if crop.ink is not InkState.LOOK:
        found["state"] = (crop.ink is InkState.WRITTEN) == truth.written
    if truth.written and crop.ink is InkState.EMPTY:
        found["lost"] = False
    elif truth.written:
        found["lost"] = True
    if truth.written and truth.lines and not truth.ditto:
        found["lines"] = len(crop.lines) == truth.lines
    if truth.ditto:
        found["ditto found"] = crop.mark is Mark.DITTO
    elif truth.written:
        found["no false ditto"] = crop.mark is not Mark.DITTO
    if truth.struck:
        found["strike found"] = crop.mark is Mark.STRUCK
    elif truth.written:
        found["no false strike"] = crop.mark is not Mark.STRUCK
    return found


def measure_cells(args: argparse.Namespace) -> None:
    """Print shares of right answers for each look of a sheet."""
    fonts = fetch_fonts(args.fonts) if args.fonts else system_fonts()
    scribe = InkScribe(args.ink, Split.TEST)
    tally: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    seconds: list[float] = []
    for number in range(args.sheets):
        look = list(LOOKS)[number % len(LOOKS)]
        sheet = draw_sheet(scribe, fonts, np.random.default_rng((args.seed, number)), look)
        start = time.process_time()
        crops = segment.cut_cells(sheet.registered)
        struck = segment.struck_rows(sheet.registered, crops)
        seconds.append(time.process_time() - start)
        counts = tally[look]
        for crop in crops:
            if crop.row is None or crop.row in sheet.struck:
                continue
            truth = sheet.cells[crop.row, crop.column]
            counts["look"].append(crop.ink is InkState.LOOK)
            right = _right(crop, truth)
            for name, value in right.items():
                counts[name].append(value)
            if args.wrong and not all(right.values()):
                names = "+".join(name.replace(" ", "-") for name, ok in right.items() if not ok)
                args.wrong.mkdir(parents=True, exist_ok=True)
                name = f"{names}_{look}_{number}_{crop.row}_{crop.column}.png"
                _save_crop(args.wrong / name, crop)
        for row in sheet.registered.rows:
            found = struck.get(row.row, 0.0) >= 0.5
            name = "struck rows found" if row.row in sheet.struck else "no false struck row"
            counts[name].append(found == (row.row in sheet.struck))
            if args.wrong and not counts[name][-1]:
                kind = sheet.struck.get(row.row, "none")
                x = [p[0] for p in row.polygon]
                y = [p[1] for p in row.polygon]
                part = sheet.registered.page.color[
                    round(min(y)) : round(max(y)), round(min(x)) : round(max(x))
                ]
                args.wrong.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(args.wrong / f"row-{kind}_{look}_{number}_{row.row}.png"), part)
    columns = ["state", "lost", "look", "lines", "ditto found", "no false ditto", "strike found"]
    columns += ["no false strike", "struck rows found", "no false struck row"]
    whole: dict[str, list[bool]] = defaultdict(list)
    for counts in tally.values():
        for name, values in counts.items():
            whole[name] += values
    looks = [*tally, "all"]
    tally["all"] = whole
    print(f"{args.sheets} sheets, seed {args.seed}; state: right of those not LOOK")
    print("share right".ljust(22) + "".join(f"{look:>15}" for look in looks) + "   cases")
    for name in columns:
        label = {"lost": "written not empty", "look": "LOOK (share)"}.get(name, name)
        shares = [tally[look][name] for look in looks]
        text = "".join(f"{np.mean(s):15.1%}" if s else f"{'-':>15}" for s in shares)
        print(label.ljust(22) + text + f"{len(shares[-1]):8}")
    print(f"CPU seconds a page: median {np.median(seconds):.3f}, worst {max(seconds):.3f}")


def _save_crop(path: Path, crop: CellCrop) -> None:
    """Write a crop beside its cleaned version with the lines' boxes."""
    clean = cv2.cvtColor(crop.clean, cv2.COLOR_GRAY2BGR)
    for line in crop.lines:
        cv2.rectangle(clean, line.box[:2], (line.box[2] - 1, line.box[3] - 1), (255, 0, 0), 1)
    height = max(crop.picture.shape[0], clean.shape[0])
    parts = [
        cv2.copyMakeBorder(p, 0, height - p.shape[0], 0, 4, cv2.BORDER_CONSTANT, value=(99,) * 3)
        for p in (crop.picture, clean)
    ]
    cv2.imwrite(str(path), np.hstack(parts))


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
    cells = parts.add_parser("cells", help="state, lines and marks of cells")
    cells.add_argument("--ink", type=Path, required=True)
    cells.add_argument("--fonts", type=Path, help="cache of fonts; one system font without")
    cells.add_argument("--sheets", type=int, default=28)
    cells.add_argument("--seed", type=int, default=1)
    cells.add_argument("--wrong", type=Path, help="folder for pictures of what went wrong")
    cells.set_defaults(measure=measure_cells)
    args = parser.parse_args()
    args.measure(args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
