"""Fit the confidence of readings on ink that serves for nothing else.

    python -m training.fit_calibration --ink DIR [--draw N] [--sheets DIR ...] [--jobs N]
    python -m training.fit_calibration --ink DIR --draw N --only-signatures

One command refits everything: ``--draw N`` draws N sheets with mild and N with
hard damage for itself (in a temporary folder), reads them and the lone crops
with the recogniser in force (``DIGITIZER_RECOGNISER``), and writes the file.
With 200, as what ships was fitted, it takes 15 to 20 minutes of two idle cores. With
``--only-signatures`` the other kinds stay as the file has them: whether a
signature stands in its cell is told by ink, whatever the recogniser. So they do
with ``--only-births``, which fits days of birth alone, ``--only-choices``, fields of a list of
values, and ``--only-codes``, codes of a form's own patterns, in two minutes.

Uses the ``calibrate`` split only; ``calibration_cases`` says what is read. Writes
``digitizer/models/calibration.json`` (of another recogniser than the stock one
``calibration-NAME.json``) with the model of each kind, bins for a reliability
plot and, under ``figures``, what justifies it: cases, share of right ones,
Brier score and calibration error by five-fold cross-validation (folds by writer
or crop), by source.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
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
from digitizer.recognisers import RECOGNISERS, engine_name
from digitizer.records import FieldKind
from training.calibration_cases import (
    HOME,
    PEOPLE,
    Case,
    all_cases,
    birth_cases,
    choice_cases,
    code_cases,
    draw_sheets,
    signature_cases,
)
from training.ink import handwriting_root

MODELS = Path(__file__).resolve().parents[1] / "digitizer/models"

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

# Cells of sheets are misread oftener than lone crops (days of birth 2.2 % and 0.9 %), so of a kind
# that crops alone speak for this share of the errors is tolerated.
LONE_SHARE = 0.5

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
    FieldKind.BIRTH_DATE: (FieldKind.BIRTH_DATE,),
    FieldKind.CHOICE: (FieldKind.CHOICE,),
    FieldKind.CODE: (FieldKind.CODE,),
    FieldKind.SIGNATURE: (FieldKind.SIGNATURE,),
}


def fit_kind(kind: FieldKind, cases: Sequence[Case]) -> dict[str, object]:
    """The JSON entry of one kind: model, curve, thresholds and figures."""
    pooled = [c for c in cases if _is_pooled(c, kind) and c.reading.evidence and _is_bound(c)]
    is_ink = kind is FieldKind.SIGNATURE
    features = SIGNATURE_FEATURES if is_ink else FEATURES
    numbers = [dict(c.reading.evidence) if is_ink else features_of(c.reading) for c in pooled]
    table = np.array([[values[name] for name in features] for values in numbers])
    lone = not is_ink and all(c.source == "crop" for c in pooled)
    if lone:
        # Lone crops of joined glyphs are all as high; what that says is chance, and cells are not.
        table[:, features.index("height")] = 0.0
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
        asked = target * (LONE_SHARE if lone else 1.0)
        return max(threshold_of(final[chosen], right[chosen], asked) for chosen in proofs)

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


def _is_bound(case: Case) -> bool:
    """Whether the grammar could hold the ink: else it is never sure, and nothing to fit."""
    return dict(case.reading.evidence).get("bound", 1.0) > 0.0


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
    parser.add_argument("--only-births", action="store_true", help="keep the other kinds")
    parser.add_argument("--only-choices", action="store_true", help="keep the other kinds")
    parser.add_argument("--only-codes", action="store_true", help="keep the other kinds")
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
        elif options.only_births:
            rng = np.random.default_rng((options.seed, 1))
            cases = list(birth_cases(root, 2 * options.lines, rng))
        elif options.only_choices:
            rng = np.random.default_rng((options.seed, 2))
            cases = list(choice_cases(root, 4 * options.lines, rng))
        elif options.only_codes:
            rng = np.random.default_rng((options.seed, 3))
            cases = list(code_cases(root, 4 * options.lines, rng))
        else:
            drawn_of = (options.lines, options.rows, options.seed, options.jobs)
            cases = list(all_cases(root, folders, *drawn_of))
    kinds = fit_all(cases)
    if not kinds:
        print("too few readings to fit anything", file=sys.stderr)
        return 1
    file = options.output or output_file()
    alone = (options.only_signatures, options.only_births, options.only_choices, options.only_codes)
    if any(alone):
        kinds = json.loads(output_file().read_text("utf-8"))["kinds"] | kinds
    content = {"version": 1, "engine": engine_name(), "kinds": kinds}
    file.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    for name, entry in kinds.items():
        print(f"{name:12} {json.dumps(entry['figures'])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
