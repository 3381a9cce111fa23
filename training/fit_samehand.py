"""Fit the model of ``digitizer/samehand.py`` on real handwriting.

    python -m training.fit_samehand --handwriting DIR

Within-writer and between-writer variation come from the place names of the
train writers; the threshold from sheets put together from the calibrate
writers and the train writers (six are too few for sheets of eight hands), so
that one sheet in two hundred with as many hands as rows gives a warning.
Signatures are no place names, so sheets of drawn ones (``scripts/sheets``: loops,
and names in fonts), of many hands, are held under the threshold as well.
Writes ``digitizer/models/samehand.json``.
"""

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.samehand import Features, Model, measure, most_alike
from scripts.sheets.fonts import FontSet, default_cache, fetch_fonts, system_fonts
from scripts.sheets.hands import Stamp, invent_hand, write_signature
from scripts.sheets.people import invent_person
from training.ink import Split, iter_places

MODEL_FILE = Path(__file__).resolve().parents[1] / "digitizer" / "models" / "samehand.json"
# Directions in which writers differ most: 8 and 12 told no more of the calibrate
# writers, and let drawn loops of many hands come nearer to one hand's.
KEPT = 5
FALSE_ALARMS = 0.005
SHEETS = 2000
ROWS = (5, 6, 7, 8, 9, 10)
SEED = 5
FONT_SHEETS = 60


def features_by_writer(root: Path, split: Split) -> dict[int, npt.NDArray[np.float64]]:
    """Writer -> (N, D) numbers of their place names."""
    found: dict[int, list[Features]] = {}
    for crop in iter_places(root, split):
        gray = np.asarray(cv2.cvtColor(crop.pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
        measured = measure(gray)
        if measured is not None:
            found.setdefault(crop.writer, []).append(measured)
    return {writer: np.array(rows) for writer, rows in found.items()}


def drawn_signatures(fonts: FontSet, count: int, *, loops: bool, seed: int) -> list[Features]:
    """Features of drawn signatures: loops, or names, each in another hand (fonts in turn)."""
    rng = np.random.default_rng(seed)
    pool = sorted({*fonts.prints, *fonts.cursives, *fonts.signatures})
    drawn: list[Features] = []
    while len(drawn) < count:
        hand = replace(
            invent_hand(rng, fonts), scrawl=loops, signature_font=pool[len(drawn) % len(pool)]
        )
        stamp = write_signature(invent_person(rng, "en").name, hand, rng)
        measured = measure(stamp_gray(stamp))
        if measured is not None:
            drawn.append(measured)
    return drawn


def stamp_gray(stamp: Stamp) -> npt.NDArray[np.uint8]:
    """A stamp as dark ink on white."""
    return np.clip(250 - 210 * stamp.ink, 0, 255).astype(np.uint8)


def fit(writers: dict[int, npt.NDArray[np.float64]]) -> Model:
    """Two covariances, brought to a frame in which the first is one."""
    means = np.array([rows.mean(axis=0) for rows in writers.values()])
    within = np.mean([np.cov(rows.T) for rows in writers.values()], axis=0)
    count = float(np.mean([len(rows) for rows in writers.values()]))
    between = np.cov(means.T) - within / count
    within += 0.05 * np.diag(np.diag(within))
    whiten = np.linalg.inv(np.linalg.cholesky(within))
    values, vectors = np.linalg.eigh(whiten @ between @ whiten.T)
    order = np.argsort(values)[::-1][:KEPT]
    projection = vectors[:, order].T @ whiten
    return Model(means.mean(axis=0), projection, np.maximum(values[order], 1e-3), 0.0)


def draw_sheet(
    writers: dict[int, npt.NDArray[np.float64]],
    rng: np.random.Generator,
    rows: int,
    alike: int,
) -> list[Features]:
    """Features of a sheet: ``alike`` rows of one hand, the others of one hand each."""
    names = list(rng.permutation(list(writers)))
    hands = [names[0]] * max(1, alike) + names[1 : 1 + rows - max(1, alike)]
    sheet: list[Features] = []
    for hand in dict.fromkeys(hands):
        chosen = rng.choice(len(writers[hand]), hands.count(hand), replace=False)
        sheet += list(writers[hand][chosen])
    return sheet


def scores(
    writers: dict[int, npt.NDArray[np.float64]],
    model: Model,
    *,
    alike: int,
    rows: tuple[int, ...],
    sheets: int,
    seed: int,
) -> npt.NDArray[np.float64]:
    """Scores of ``sheets`` drawn sheets."""
    rng = np.random.default_rng(seed)
    return np.array(
        [
            most_alike(draw_sheet(writers, rng, int(rng.choice(rows)), alike), model)[1]
            for _ in range(sheets)
        ]
    )


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    folder = os.environ.get("DIGITIZER_HANDWRITING")
    parser.add_argument("--handwriting", type=Path, default=folder, required=folder is None)
    parser.add_argument("--fonts", type=Path, default=default_cache())
    parser.add_argument("--system-fonts", action="store_true")
    options = parser.parse_args()
    train = features_by_writer(options.handwriting, Split.TRAIN)
    fonts = system_fonts() if options.system_fonts else fetch_fonts(options.fonts)
    drawn = {
        loops: drawn_signatures(fonts, 8 * FONT_SHEETS, loops=loops, seed=SEED)
        for loops in (True, False)
    }
    model = fit(train)
    others = features_by_writer(options.handwriting, Split.CALIBRATE)
    apart = scores({**train, **others}, model, alike=1, rows=ROWS, sheets=SHEETS, seed=SEED)
    limits = [float(np.quantile(apart, 1 - FALSE_ALARMS))]
    for kind in drawn.values():
        sheets = [kind[start : start + 8] for start in range(0, len(kind), 8)]
        limits.append(float(np.quantile([most_alike(s, model)[1] for s in sheets], 0.98)))
    print("limits: real ink, loops, fonts", np.round(limits, 3).tolist())
    threshold = max(limits)
    content = {
        "mean": model.mean.round(5).tolist(),
        "projection": model.projection.round(5).tolist(),
        "between": model.between.round(5).tolist(),
        "threshold": round(threshold, 4),
    }
    MODEL_FILE.write_text(json.dumps(content) + "\n", encoding="utf-8")
    print(f"threshold {threshold:.3f}; between {np.round(model.between, 2).tolist()}")


if __name__ == "__main__":
    main()
