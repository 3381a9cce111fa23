"""How far confidences keep what they say: bins for a reliability plot. No I/O but one file.

A probability of 0.9 is honest when nine in ten of the values that carry it are
right. Bins are narrow near 1, where fields are accepted unseen; a bin's share
of right ones comes with Wilson's 95 % interval, so a plot can show where it
says nothing.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from digitizer.calibrate import calibration_file
from digitizer.metrics import wilson_interval
from digitizer.recognisers import engine_name
from digitizer.records import FieldKind

# Edges of the bins. Thresholds of acceptance lie above 0.9: there the bins are narrow.
EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)


@dataclass(frozen=True, slots=True)
class Judged:
    """A value with the confidence it was given (0..1), found right or wrong."""

    kind: FieldKind
    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Values with a confidence from ``low`` to below ``high`` (the last bin: to 1).

    ``predicted``: their mean confidence; ``right`` of ``cases`` were right.
    """

    low: float
    high: float
    cases: int
    right: int
    predicted: float

    @property
    def accuracy(self) -> float:
        """Share of right ones."""
        return self.right / self.cases

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the true share."""
        return wilson_interval(self.right, self.cases)


def reliability(judged: Iterable[Judged]) -> dict[FieldKind, tuple[Bin, ...]]:
    """Bins of each kind, ascending, those without cases left out."""
    by_kind: dict[FieldKind, list[Judged]] = {}
    for one in judged:
        by_kind.setdefault(one.kind, []).append(one)
    return {kind: bins(found) for kind, found in by_kind.items()}


def gap(found: Iterable[Bin]) -> float | None:
    """Expected calibration error over the bins: mean distance of accuracy and confidence.

    None without cases.
    """
    kept = list(found)
    cases = sum(b.cases for b in kept)
    if not cases:
        return None
    return sum(b.cases * abs(b.accuracy - b.predicted) for b in kept) / cases


@cache
def shipped_reliability() -> Mapping[FieldKind, tuple[Bin, ...]]:
    """Bins of the calibration that ships, counted out of fold when it was fitted.

    Empty for kinds, or files, that came without them.
    """
    found = {}
    content = json.loads(calibration_file(engine_name()).read_text("utf-8"))
    for name, entry in content["kinds"].items():
        rows = entry.get("reliability", ())
        if rows:
            found[FieldKind(name)] = tuple(
                Bin(float(a), float(b), int(n), int(k), float(p)) for a, b, n, k, p in rows
            )
    return found


def bins(judged: Iterable[Judged]) -> tuple[Bin, ...]:
    """Bins over values of all kinds, ascending, those without cases left out."""
    judged = list(judged)
    found = []
    for low, high in pairwise(EDGES):
        inside = [j for j in judged if low <= j.confidence < high or j.confidence == high == 1.0]
        if inside:
            predicted = sum(j.confidence for j in inside) / len(inside)
            found.append(Bin(low, high, len(inside), sum(j.right for j in inside), predicted))
    return tuple(found)
