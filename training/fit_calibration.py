"""Fit the confidence of readings on ink that serves for nothing else.

    python -m training.fit_calibration --ink DIR [--draw N] [--sheets DIR ...] [--jobs N]
    python -m training.fit_calibration --ink DIR --draw N --only-signatures

One command refits everything: ``--draw N`` draws N sheets with mild and N with
hard damage for itself (in a temporary folder), reads them and the lone crops
with the recogniser in force (``DIGITIZER_RECOGNISER``), and writes the file.
With 200, as what ships was fitted, it takes 15 to 20 minutes of two idle cores. With
``--only-signatures`` the other kinds stay as the file has them: whether a
signature stands in its cell is told by ink, whatever the recogniser.

Uses the ``calibrate`` split only. Lone crops: names and places as stored,
postal codes, phones, dates and emails of joined glyphs. Towns in rows of invented
people (``home_rows``), which the place crops, German street names, say nothing of.
Names of joined glyphs, since the sheets' names are only some hundred crops, again and
again. Whole sheets: those drawn, or folders drawn by ``scripts/make_samples.py --ink DIR --split
calibrate``, read by the pipeline's own stages. Writes
``digitizer/models/calibration.json`` (of another recogniser than the stock one
``calibration-NAME.json``) with the model of each kind, bins for a reliability
plot and, under ``figures``, what justifies it: cases, share of right ones,
Brier score and calibration error by five-fold cross-validation (folds by writer
or crop), by source.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

from digitizer.calibrate import (
    DOUBTFUL_CONFIDENCE,
    MAX_DEVIATION,
    NEVER,
    features_of,
    is_doubtful,
)
from digitizer.counting.reliability import Judged as Judgement
from digitizer.counting.reliability import reliability
from digitizer.engines.cells import read_cells, read_image
from digitizer.engines.reading import with_evidence
from digitizer.recognisers import RECOGNISERS, engine_name
from digitizer.records import FieldKind, Reading
from digitizer.validity import AREA_CODES
from training.home_rows import home_rows, name_cells
from training.ink import (
    BAD_NAMES,
    CORRECTED_NAMES,
    CUT_OFF,
    RELABELLED,
    UNCHECKED,
    Glyphs,
    Split,
    handwriting_root,
    iter_names,
    iter_places,
    name_number,
)
from training.join_glyphs import join_text
from training.lines import invent_date, invent_email, invent_phone, invent_postal_code
from training.sheet_readings import Judged, is_right, read_sheets

ROOT = Path(__file__).resolve().parents[1]
MODELS = ROOT / "digitizer/models"

# Damage of drawn sheets, and the seed of each set.
DAMAGES = {"mild": 11, "hard": 12}

Floats = npt.NDArray[np.float64]

FEATURES = (
    "margin", "bind_cost", "cost_per_sign", "share_logit", "log_prob_mean", "peak_min",
    "peak_mean", "greedy_agrees", "listed", "length", "pace", "height", "agrees",
    "lone", "second", "rival",
)  # fmt: skip

# What ink alone says of a signature cell.
SIGNATURE_FEATURES = ("ink_amount", "ink_sure", "absent")

# Weight of a squared coefficient: features are standardised and overlap much.
RIDGE = 3.0
# Cases are scored by fits that never saw their group, five folds drawn this many times and
# the mean taken: one draw alone accepts between none and half of the phones.
FOLDS, DRAWS = 5, 5

# Features that never change in the cases get this scale, and no weight.
LEAST_SCALE = 0.05

# Which way each feature may push the confidence; the others may go either way.
# A feature whose fit goes the wrong way is left out: it stands in for another.
SIGNS = {
    "margin": 1, "bind_cost": -1, "cost_per_sign": -1, "share_logit": 1, "log_prob_mean": 1,
    "peak_min": 1, "peak_mean": 1, "greedy_agrees": 1, "listed": 1, "agrees": 1,
    "ink_sure": 1, "second": 1, "rival": -1,
}  # fmt: skip

# Cases of sheets and rows that alone set a kind's thresholds: with fewer hardly any share could be
# proven at one in 200.
LEAST_SHEET_CASES = 400

# A threshold is the best of many tries. Where it accepts less of a kind than this, it may be
# luck: 10 % of addresses were "proven" so, and 2 of 11 of other hands were wrong.
LEAST_PROVEN_SHARE = 0.2

# Cases in a step of the monotone curve, at least.
STEP_CASES = 20

TARGETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)

# Kinds whose readings are pooled, since one alone has few cases.
POOLS: dict[FieldKind, tuple[FieldKind, ...]] = {
    FieldKind.NAME: (FieldKind.NAME,),
    FieldKind.ADDRESS: (FieldKind.ADDRESS, FieldKind.TEXT, FieldKind.CITY),
    FieldKind.CITY: (FieldKind.CITY, FieldKind.TEXT, FieldKind.ADDRESS),
    FieldKind.TEXT: (FieldKind.TEXT, FieldKind.CITY, FieldKind.ADDRESS),
    FieldKind.PROVINCE: (FieldKind.PROVINCE,),
    FieldKind.POSTAL_CODE: (FieldKind.POSTAL_CODE,),
    FieldKind.PHONE: (FieldKind.PHONE,),
    FieldKind.EMAIL: (FieldKind.EMAIL,),
    FieldKind.DATE: (FieldKind.DATE,),
    FieldKind.SIGNATURE: (FieldKind.SIGNATURE,),
}


# Source of cases of invented people's rows, and of invented names.
HOME = "home"
PEOPLE = "people"

# A sheet on which fewer of the surest kinds are right than this had its rows
# numbered wrongly: that says nothing about reading.
LEAST_RIGHT_ON_SHEET = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A reading that is right or wrong; ``group``: what may not share folds."""

    reading: Reading
    right: bool
    group: str
    source: str


def lone_cases(root: Path, lines: int, rng: np.random.Generator) -> Iterator[Case]:
    """Readings of single crops of the calibrate split."""
    for crop in iter_names(root, Split.CALIBRATE):
        number = name_number(crop.file)
        if number not in BAD_NAMES and crop.text not in UNCHECKED:
            truth = CORRECTED_NAMES.get(number, RELABELLED.get(crop.text, crop.text))
            yield _case(crop.pixels, FieldKind.NAME, truth, crop.file)
    places = list(iter_places(root, Split.CALIBRATE))
    for number, index in enumerate(rng.permutation(len(places))[: 2 * lines]):
        crop = places[int(index)]
        kind = (FieldKind.TEXT, FieldKind.ADDRESS, FieldKind.CITY)[number % 3]
        yield _case(crop.pixels, kind, crop.text, f"w{crop.writer}")
    glyphs = Glyphs(root, Split.CALIBRATE)
    for number in range(lines):
        group = str(number)
        shown, truth = invent_postal_code(rng)
        yield _case(join_text(shown, glyphs, rng), FieldKind.POSTAL_CODE, truth, group)
        # A number from elsewhere is always asked for, whatever its confidence.
        shown, truth = invent_phone(rng, sorted(AREA_CODES))
        yield _case(join_text(shown, glyphs, rng), FieldKind.PHONE, truth, group)
        if number % 2:
            shown, truth = invent_date(rng)
            yield _case(join_text(shown, glyphs, rng), FieldKind.DATE, truth, group)
            shown = invent_email(rng)
            yield _case(join_text(shown, glyphs, rng), FieldKind.EMAIL, shown, group)


def _case(pixels: npt.NDArray[np.uint8], kind: FieldKind, truth: str, group: str) -> Case:
    reading = read_image(pixels, kind)
    return Case(reading, is_right(reading, truth), group, "crop")


def home_cases(root: Path, rows: int, rng: np.random.Generator) -> Iterator[Case]:
    """Readings of the towns of invented people, beside the rest of their row."""
    for number, (cells, truths) in enumerate(home_rows(root, rows, rng, Split.CALIBRATE)):
        for found in read_cells([c for c in cells if c.column != "name"], "en"):
            for reading in found:
                if reading.kind is FieldKind.CITY:
                    told = with_evidence(reading, {"lone": 1.0})
                    right = is_right(told, truths[reading.field])
                    yield Case(told, right, f"{HOME} {number}", HOME)


def people_cases(root: Path, names: int, rng: np.random.Generator) -> Iterator[Case]:
    """Readings of names, common and rare, in cells of their own."""
    for number, (cell, truth) in enumerate(name_cells(root, names, rng, Split.CALIBRATE)):
        for reading in read_cells([cell], "en")[0]:
            yield Case(reading, is_right(reading, truth), f"{PEOPLE} {number}", PEOPLE)


def sheet_cases(folder: Path, *, only_signatures: bool = False) -> Iterator[Case]:
    """Readings of whole sheets; a sheet is one group."""
    return judged_cases(read_sheets(folder, only_signatures=only_signatures), folder.name)


def judged_cases(readings: Iterable[Judged], source: str) -> Iterator[Case]:
    """Cases of judged readings, without sheets whose rows were numbered wrongly."""
    by_sheet: dict[str, list[Case]] = {}
    for judged in readings:
        if any(name in judged.truth for name in (*CUT_OFF, *UNCHECKED)):
            continue
        truth = judged.truth
        for wrong, better in RELABELLED.items():
            truth = truth.replace(wrong, better)
        sheet = judged.source.split(" ", 1)[0]
        case = Case(judged.reading, is_right(judged.reading, truth), f"{source}/{sheet}", source)
        by_sheet.setdefault(sheet, []).append(case)
    for cases in by_sheet.values():
        sure = [c.right for c in cases if c.reading.kind in (FieldKind.PHONE, FieldKind.NAME)]
        unread = all(c.reading.kind is FieldKind.SIGNATURE for c in cases)
        if unread or (sure and sum(sure) >= LEAST_RIGHT_ON_SHEET * len(sure)):
            yield from cases


def fit_kind(kind: FieldKind, cases: Sequence[Case]) -> dict[str, object]:
    """The JSON entry of one kind: model, curve, thresholds and figures."""
    pooled = [c for c in cases if _is_pooled(c, kind) and c.reading.evidence]
    is_ink = kind is FieldKind.SIGNATURE
    features = SIGNATURE_FEATURES if is_ink else FEATURES
    numbers = [dict(c.reading.evidence) if is_ink else features_of(c.reading) for c in pooled]
    table = np.array([[values[name] for name in features] for values in numbers])
    right = np.array([float(c.right) for c in pooled])
    weight = np.array([1.0 if c.reading.kind is kind else 0.5 for c in pooled])
    means, scales = table.mean(axis=0), np.maximum(table.std(axis=0), LEAST_SCALE)
    scaled = np.clip((table - means) / scales, -MAX_DEVIATION, MAX_DEVIATION)
    names = [c.group for c in pooled]
    drawn = [_out_of_fold(features, scaled, right, weight, names, draw) for draw in range(DRAWS)]
    scores, chances = (np.mean(part, axis=0) for part in zip(*drawn, strict=True))
    beta = _signed_logistic(features, scaled, right, weight)
    curve = _curve(scores, right)
    doubtful = np.array([is_doubtful(c.reading) for c in pooled])
    chances[doubtful] = np.minimum(chances[doubtful], DOUBTFUL_CONFIDENCE)
    own = np.array([c.reading.kind is kind for c in pooled])
    sources = sorted({c.source for c in pooled})
    final = _interpolate(curve, scores)
    final[doubtful] = np.minimum(final[doubtful], DOUBTFUL_CONFIDENCE)
    # The promise is for cells in their rows: lone lines fit the model, and stand in only for
    # kinds of which the sheets have few. It is for the sheets' few names and for people's many.
    people = own & np.array([c.source == PEOPLE for c in pooled])
    sheets = own & ~people & np.array([c.source != "crop" for c in pooled])
    proofs = [chosen for chosen in (sheets, people) if chosen.sum() >= LEAST_SHEET_CASES] or [own]

    def strictest(target: float) -> float:
        return max(threshold_of(final[chosen], right[chosen], target) for chosen in proofs)

    return {
        "features": list(features),
        "means": _rounded(means),
        "scales": _rounded(scales),
        "weights": _rounded(beta[1:]),
        "bias": round(float(beta[0]), 5),
        "curve": [[round(s, 4), round(p, 5)] for s, p in curve],
        "thresholds": [[t, strictest(t)] for t in TARGETS],
        "reliability": _bins(kind, chances[own], right[own]),
        "figures": {
            "all": _figures(chances[own], right[own]),
            **{
                source: _figures(chances[chosen], right[chosen])
                for source in sources
                if (chosen := own & np.array([c.source == source for c in pooled])).any()
            },
        },
    }


def _out_of_fold(
    features: Sequence[str],
    table: Floats,
    right: Floats,
    weight: Floats,
    names: Sequence[str],
    draw: int,
) -> tuple[Floats, Floats]:
    """Score and confidence of every case by fits that never saw its group.

    ``names``: each case's group; ``draw`` numbers the draw of the folds.
    """
    groups = sorted(set(names))
    order = np.random.default_rng(7 + draw).permutation(groups)
    fold_of = {group: number % FOLDS for number, group in enumerate(order)}
    folds = np.array([fold_of[name] for name in names])
    scores, chances = np.zeros(len(names)), np.zeros(len(names))
    for fold in range(FOLDS):
        out, within = folds == fold, folds != fold
        beta = _signed_logistic(features, table[within], right[within], weight[within])
        inner = _with_bias(table[within]) @ beta
        scores[out] = _with_bias(table[out]) @ beta
        chances[out] = _interpolate(_curve(inner, right[within]), scores[out])
    return scores, chances


def _is_pooled(case: Case, kind: FieldKind) -> bool:
    """Whether a case says something of a kind: invented towns say nothing of streets."""
    if case.source == HOME:
        return case.reading.kind is kind
    return case.reading.kind in POOLS[kind]


def _with_bias(table: Floats) -> Floats:
    return np.column_stack((np.ones(len(table)), table))


def _signed_logistic(
    features: Sequence[str], table: Floats, right: Floats, weight: Floats
) -> Floats:
    """A logistic model in which no feature pushes the wrong way."""
    kept = np.ones(table.shape[1], bool)
    signs = np.array([SIGNS.get(name, 0) for name in features])
    while True:
        beta = np.zeros(table.shape[1] + 1)
        beta[np.concatenate(([True], kept))] = _logistic(table[:, kept], right, weight)
        wrong = beta[1:] * signs < 0
        if not wrong.any():
            return beta
        kept &= ~wrong


def _logistic(table: Floats, right: Floats, weight: Floats) -> Floats:
    """Ridge logistic regression by Newton steps; the bias is not shrunk."""
    design = _with_bias(table)
    ridge = np.full(design.shape[1], RIDGE)
    ridge[0] = 1e-3
    beta = np.zeros(design.shape[1])
    for _ in range(30):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ beta, -30, 30)))
        slope = weight * chance * (1.0 - chance) + 1e-9
        gradient = design.T @ (weight * (right - chance)) - ridge * beta
        step = np.linalg.solve(design.T @ (slope[:, None] * design) + np.diag(ridge), gradient)
        beta = beta + step
        if np.abs(step).max() < 1e-6:
            break
    return beta


def _curve(scores: Floats, right: Floats) -> list[tuple[float, float]]:
    """A monotone curve: half a logistic one, half steps of ``STEP_CASES`` or more.

    The logistic half varies little with few cases and ascends everywhere; the
    steps bend it where it is off. Half an error is added to each step, so that no
    step claims more than its cases show, after steps that a monotone curve joins
    are joined: 355 right of 355 are not 18 times 20 of 20, which alone show 0.976.
    """
    order = np.argsort(scores, kind="stable")
    ranked, outcome = scores[order], right[order]
    platt = _logistic(ranked[:, None], outcome, np.ones(len(ranked)))
    blocks = np.array_split(np.arange(len(ranked)), max(1, len(ranked) // STEP_CASES))
    centres = np.array([ranked[b].mean() for b in blocks])
    sizes = np.array([float(len(b)) for b in blocks])
    shares = np.array([outcome[b].mean() for b in blocks])
    joined = isotonic_regression(shares, weights=sizes)
    # ``joined.blocks`` are the borders of joined steps, ``joined.weights`` their cases.
    cases = np.repeat(joined.weights, np.diff(joined.blocks))
    steps = np.asarray(
        isotonic_regression((joined.x * cases + 0.5) / (cases + 1.0), weights=sizes).x
    )
    centres = np.maximum.accumulate(centres + 1e-6 * np.arange(len(centres)))
    grid = np.concatenate(([ranked[0] - 3.0], centres, [ranked[-1] + 3.0]))
    smooth = 1.0 / (1.0 + np.exp(-(platt[0] + platt[1] * grid)))
    stepped = np.interp(grid, centres, steps)
    mixed = np.maximum.accumulate(0.5 * smooth + 0.5 * stepped)
    return [(float(s), float(p)) for s, p in zip(grid, mixed, strict=True)]


def _interpolate(curve: Sequence[tuple[float, float]], scores: Floats) -> Floats:
    return np.interp(scores, [p[0] for p in curve], [p[1] for p in curve])


def threshold_of(chances: Floats, right: Floats, target: float) -> float:
    """Lowest confidence above which (wrong + 1) / (accepted + 1) is at most the target.

    ``NEVER`` where no confidence, or only one for too few, keeps it.

    That bound holds for the next reading of the same kind of sheets, whatever the
    confidences are: it is the rank of a wrong one among those accepted.
    """
    order = np.argsort(-chances, kind="stable")
    wrong = np.cumsum(1.0 - right[order])
    accepted = np.arange(1, len(order) + 1)
    fine = (wrong + 1.0) / (accepted + 1.0) <= target
    # Of readings as sure as each other all are accepted, or none: those in doubt, too.
    fine[:-1] &= np.diff(chances[order]) < 0.0
    if not fine.any():
        return NEVER
    last = int(np.nonzero(fine)[0][-1])
    if last + 1 < LEAST_PROVEN_SHARE * len(order):
        return NEVER
    return round(float(chances[order][last]), 5)


def _bins(kind: FieldKind, chances: Floats, right: Floats) -> list[list[float]]:
    """Bins of a reliability plot: low, high, cases, right, mean confidence."""
    judged = [Judgement(kind, float(c), bool(r)) for c, r in zip(chances, right, strict=True)]
    bins = reliability(judged).get(kind, ())
    return [[b.low, b.high, b.cases, b.right, round(b.predicted, 4)] for b in bins]


def _figures(chances: Floats, right: Floats) -> dict[str, float]:
    bins = np.minimum((chances * 15).astype(int), 14)
    ece = sum(
        abs(chances[bins == b].mean() - right[bins == b].mean()) * float((bins == b).mean())
        for b in np.unique(bins)
    )
    return {
        "cases": len(right),
        "right": round(float(right.mean()), 4),
        "brier": round(float(((chances - right) ** 2).mean()), 4),
        "calibration_error": round(float(ece), 4),
        "accepted_at_0.005": round(_accepted(chances, right, 0.005), 4),
        "accepted_at_0.02": round(_accepted(chances, right, 0.02), 4),
    }


def _accepted(chances: Floats, right: Floats, target: float) -> float:
    return float((chances >= threshold_of(chances, right, target)).mean())


def _rounded(values: Floats) -> list[float]:
    return [round(float(v), 5) for v in values]


def draw_sheets(root: Path, count: int, out: Path) -> list[Path]:
    """Draw ``count`` sheets for each damage with the calibrate split's ink."""
    folders = []
    for damage, seed in DAMAGES.items():
        folder = out / f"drawn-{damage}"
        words = ["--sheets", str(count), "--ink", str(root), "--split", Split.CALIBRATE.value]
        words += ["--own-emails"]
        words += ["--degrade", damage, "--seed", str(seed), "--out", str(folder)]
        subprocess.run([sys.executable, ROOT / "scripts/make_samples.py", *words], check=True)
        folders.append(folder)
    return folders


def all_cases(
    root: Path, folders: Sequence[Path], lines: int, rows: int, seed: int, jobs: int
) -> Iterator[Case]:
    """Cases of lone crops, of invented rows and of every folder of sheets, in that order."""
    with ProcessPoolExecutor(jobs) as pool:
        lone = pool.submit(_lone_cases, root, lines, rows, seed)
        sheets = [pool.submit(_sheet_cases, folder) for folder in folders]
        for future in (lone, *sheets):
            yield from future.result()


def signature_cases(folders: Sequence[Path], jobs: int) -> Iterator[Case]:
    """Cases of signature cells of every folder of sheets."""
    with ProcessPoolExecutor(jobs) as pool:
        for future in [pool.submit(_sheet_cases, folder, True) for folder in folders]:
            yield from future.result()


def _lone_cases(root: Path, lines: int, rows: int, seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)
    found = [*lone_cases(root, lines, rng), *home_cases(root, rows, rng)]
    return [*found, *people_cases(root, lines, rng)]


def _sheet_cases(folder: Path, only_signatures: bool = False) -> list[Case]:
    return list(sheet_cases(folder, only_signatures=only_signatures))


def fit_all(cases: Sequence[Case]) -> dict[str, dict[str, object]]:
    """The entry of every kind that has cases enough."""
    return {
        kind.value: fit_kind(kind, cases)
        for kind in POOLS
        if sum(c.reading.kind is kind for c in cases) >= STEP_CASES
    }


def output_file() -> Path:
    """The file of the recogniser in force."""
    own = engine_name()
    stock = RECOGNISERS["stock"][0]
    return MODELS / ("calibration.json" if own == stock else f"calibration-{own}.json")


def main() -> int:
    """Fit all kinds and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ink", help="handwriting folder (or DIGITIZER_HANDWRITING)")
    parser.add_argument("--draw", type=int, default=0, metavar="N", help="draw 2 N sheets first")
    parser.add_argument("--sheets", nargs="*", default=[], type=Path, help="drawn before")
    parser.add_argument("--lines", type=int, default=500, help="invented lines a kind")
    parser.add_argument("--rows", type=int, default=600, help="rows of invented people")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--only-signatures", action="store_true", help="keep the other kinds")
    parser.add_argument("-o", "--output", type=Path, help="default: the package's own file")
    options = parser.parse_args()
    root = handwriting_root(options.ink)
    if root is None:
        print("no handwriting folder: give --ink DIR", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as out:
        drawn = draw_sheets(root, options.draw, Path(out)) if options.draw else []
        folders = [*options.sheets, *drawn]
        if options.only_signatures:
            cases = list(signature_cases(folders, options.jobs))
        else:
            drawn_of = (options.lines, options.rows, options.seed, options.jobs)
            cases = list(all_cases(root, folders, *drawn_of))
    kinds = fit_all(cases)
    if not kinds:
        print("too few readings to fit anything", file=sys.stderr)
        return 1
    file = options.output or output_file()
    if options.only_signatures:
        kinds = json.loads(output_file().read_text("utf-8"))["kinds"] | kinds
    content = {"version": 1, "engine": engine_name(), "kinds": kinds}
    file.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    for name, entry in kinds.items():
        print(f"{name:12} {json.dumps(entry['figures'])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
