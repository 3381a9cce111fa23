"""Whether the signatures of a sheet look like one writer's: a warning, never a verdict.

Method: each signature gives a few numbers that hardly depend on what is written
or how large: the directions of its strokes (slant and roundness), how curved
they are, how loops, gaps and heights are spread. How wide strokes are is left
out, since people at one table share a pen. How the signatures of a sheet scatter
is held against how one writer's and many writers' do (fitted by
``training/fit_samehand.py``): the odds of one hand against one hand each. The
group that says so loudest is named.

Fails when people sign alike (all of them in print), when one person takes care
to sign differently, for fewer than ``MIN_ROWS`` signatures, and where less than
``MIN_SHARE`` of them are in one hand. Real signatures
are no part of what it was fitted on: place names in real handwriting stand for
them, see ``benchmarks/samehand.py``.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import CellCrop, FieldKind, Pixels

Features = npt.NDArray[np.float64]

# Fewer signatures alike are a family, or chance.
MIN_ROWS = 4
# One hand must have signed at least this share of the rows: among all groups of
# half the rows, some are alike by chance on most sheets.
MIN_SHARE = 0.75
# Gray below which a pixel of the cleaned crop is ink, paper being 245.
INK_GRAY = 170
# Less ink than this (px) is no signature to judge.
MIN_INK_PX = 120
# Height to which a signature's ink is brought before it is measured.
HEIGHT_PX = 48
MAX_WIDTH_PX = 480
DIRECTIONS = 12
# Directions are taken where the gradient is at least this, of 0..1020.
MIN_GRADIENT = 60.0


@dataclass(frozen=True, slots=True)
class SameHand:
    """``rows`` whose signatures look like one writer's; ``score``: log odds per row, nats."""

    rows: tuple[int, ...]
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """``projection`` (K, D) makes deviations from ``mean`` (D,) one wide within a writer.

    ``between`` (K,): variance between writers then; ``threshold``: score from
    which to warn, in nats a row.
    """

    mean: Features
    projection: Features
    between: Features
    threshold: float


def check_signatures(crops: Sequence[CellCrop]) -> SameHand | None:
    """Warn where signatures of a sheet look alike; ``crops``: those that hold one."""
    rows, features = [], []
    for crop in crops:
        measured = measure(crop.clean)
        if crop.row is not None and measured is not None:
            rows.append(crop.row)
            features.append(measured)
    found = find_one_hand(features, load_model())
    if found is None:
        return None
    members, score = found
    return SameHand(tuple(rows[i] for i in members), round(score, 3))


def is_signature(crop: CellCrop) -> bool:
    """Whether a crop is of a signer row's signature cell."""
    return crop.row is not None and any(f.kind is FieldKind.SIGNATURE for f in crop.fields)


def find_one_hand(
    features: Sequence[Features], model: Model
) -> tuple[tuple[int, ...], float] | None:
    """Places of the signatures alike, and the score; None where no group is alike enough."""
    members, score = most_alike(features, model)
    return (members, score) if len(members) >= MIN_ROWS and score >= model.threshold else None


def most_alike(features: Sequence[Features], model: Model) -> tuple[tuple[int, ...], float]:
    """The group most likely of one hand, found by leaving out one after another."""
    if len(features) < MIN_ROWS:
        return (), -np.inf
    points = (np.array(features) - model.mean) @ model.projection.T
    members = list(range(len(features)))
    best = tuple(members), log_odds(points, model.between)
    least = max(MIN_ROWS, math.ceil(MIN_SHARE * len(members)))
    while len(members) > least:
        fewer = [[m for m in members if m != one] for one in members]
        odds = [log_odds(points[rest], model.between) for rest in fewer]
        members = fewer[int(np.argmax(odds))]
        if max(odds) > best[1]:
            best = tuple(members), max(odds)
    return best[0], best[1] / len(best[0])


def log_odds(points: Features, between: Features) -> float:
    """Log odds of one hand against one hand each; ``points`` (N, K), ``between`` (K,).

    Only how the points scatter about their own mean is weighed: where that mean
    lies says what kind of writing it is (signatures are no place names), and a
    whole sheet of an unusual kind must not pass for one hand.
    """
    scatter = ((points - points.mean(axis=0)) ** 2).sum(axis=0)
    free = len(points) - 1
    odds = free * np.log1p(between) - scatter * between / (1 + between)
    return float(0.5 * odds.sum())


def measure(gray: Pixels) -> Features | None:
    """Numbers of one signature (D,), or None where there is too little ink.

    ``gray`` (h, w) uint8, dark ink on white.
    """
    ys, xs = np.nonzero(gray < INK_GRAY)
    if len(ys) < MIN_INK_PX:
        return None
    tight = gray[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    scale = HEIGHT_PX / tight.shape[0]
    width = int(np.clip(round(tight.shape[1] * scale), 4, MAX_WIDTH_PX))
    resized = cv2.resize(tight, (width, HEIGHT_PX), interpolation=cv2.INTER_AREA)
    even = cv2.copyMakeBorder(resized, 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=(255.0,))
    image: Pixels = np.asarray(even, dtype=np.uint8)
    ink = (image < INK_GRAY).astype(np.uint8)
    if ink.sum() < MIN_INK_PX:
        return None
    return np.concatenate([_directions(image), _shape(ink)])


def _directions(image: Pixels) -> Features:
    """Square roots of the shares of stroke edges that run in each direction."""
    soft = cv2.GaussianBlur(image, (0, 0), 1.0).astype(np.float32)
    dx: Features = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 1, 0), dtype=np.float64)
    dy: Features = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 0, 1), dtype=np.float64)
    strength = np.hypot(dx, dy)
    seen = strength >= MIN_GRADIENT
    turn = np.mod(np.arctan2(dy[seen], dx[seen]), np.pi) / np.pi * DIRECTIONS
    # Each edge is shared between the two nearest directions, so that a small
    # turn changes little.
    low = np.floor(turn).astype(int) % DIRECTIONS
    part = turn - np.floor(turn)
    shares = np.bincount(low, strength[seen] * (1 - part), DIRECTIONS)
    shares += np.bincount((low + 1) % DIRECTIONS, strength[seen] * part, DIRECTIONS)
    total = max(1e-9, float(shares.sum()))
    return np.asarray(np.sqrt(shares / total), dtype=np.float64)


def _shape(ink: Pixels) -> Features:
    """Turns of the strokes, loops, gaps, pieces, and where the ink lies."""
    area = float(ink.sum())
    found, _ = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outlines = [np.asarray(line, dtype=np.float64)[:, 0, :] for line in found]
    length = sum(len(line) for line in outlines)
    stroke = 2 * area / max(1, length)
    rows = ink.sum(axis=1) / area
    heights = np.arange(len(rows))
    centre = float((rows * heights).sum())
    spread = float(np.sqrt((rows * (heights - centre) ** 2).sum()))
    inked = np.flatnonzero(ink.max(axis=0))
    inner: Features = ink.max(axis=0)[inked[0] : inked[-1] + 1].astype(np.float64)
    crossings = np.abs(np.diff(ink.astype(np.int8), axis=0)).sum() / 2
    flooded = ink.copy()
    cv2.floodFill(flooded, None, (0, 0), (1.0,))
    holes = float((flooded == 0).sum())
    pieces = cv2.connectedComponents(ink)[0] - 1
    wide = max(1, len(inner))
    return np.array(
        [
            _turning(outlines, max(2, round(1.5 * stroke))),
            np.sqrt(holes / area),
            np.sqrt(1 - float(inner.mean())),
            np.log1p(pieces * HEIGHT_PX / wide),
            np.log(spread),
            centre / HEIGHT_PX,
            np.log(float(crossings) / wide),
        ]
    )


def _turning(outlines: Sequence[Features], step: int) -> float:
    """Mean turn (radians) of the outlines over a step: small for long smooth strokes."""
    turns = []
    for line in outlines:
        if len(line) < 4 * step:
            continue
        ahead = np.roll(line, -step, axis=0) - line
        angle = np.arctan2(ahead[:, 1], ahead[:, 0])
        turn = np.mod(np.roll(angle, -step) - angle + np.pi, 2 * np.pi) - np.pi
        turns.append(np.abs(turn))
    return float(np.concatenate(turns).mean()) if turns else 0.0


@cache
def load_model() -> Model:
    """The fitted model."""
    text = (files("digitizer.models") / "samehand.json").read_text("utf-8")
    return model_from(json.loads(text))


def model_from(content: Mapping[str, object]) -> Model:
    """The model that ``training/fit_samehand.py`` wrote."""
    return Model(
        mean=np.array(content["mean"], dtype=np.float64),
        projection=np.array(content["projection"], dtype=np.float64),
        between=np.array(content["between"], dtype=np.float64),
        threshold=float(str(content["threshold"])),
    )
