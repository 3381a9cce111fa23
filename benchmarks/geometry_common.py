"""What all sections of the geometry benchmark share: options, tables, drawn sheets, scores."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from digitizer.geometry import convex_iou

ROOT = Path(__file__).resolve().parent.parent


class Skipped(Exception):  # noqa: N818 - no error
    """A section cannot be measured here; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a section may use.

    ``scans``: folder of real pages, None where not given. ``handwriting``: real
    ink to fill drawn sheets with, None: handwriting fonts. ``sheets``: how many of
    each kind are drawn. ``work``: folder for what is drawn and turned.
    """

    scans: Path | None
    peers: bool
    handwriting: Path | None
    sheets: int
    seed: int
    work: Path

    def scans_folder(self, name: str) -> Path:
        """A folder of real pages; Skipped where it is missing."""
        folder = self.scans / name if self.scans else None
        if folder is None or not folder.is_dir():
            raise Skipped(f"no folder {name} of real pages: name its parent with --scans DIR")
        return folder


@dataclass(frozen=True, slots=True)
class Table:
    """A printed table: all cells are text already; ``notes`` stand below it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DrawnSheet:
    """A drawn page and its exact places (an entry of truth_geometry.json)."""

    file: Path
    truth: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Matched:
    """Found shapes against true ones: each true one takes the best found one once."""

    right: int
    true: int
    found: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where there is nothing and nothing found."""
        return 2 * self.right / (self.true + self.found) if self.true + self.found else 1.0


def printed(table: Table) -> str:
    """The table as lines of text, columns aligned."""
    grid = [table.columns, *table.rows]
    widths = [max(len(row[k]) for row in grid) for k in range(len(table.columns))]
    lines = [table.title]
    for row in grid:
        first, *rest = (
            cell.ljust(w) if k == 0 else cell.rjust(w)
            for k, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join((first, *rest)).rstrip())
    return "\n".join([*lines, *table.notes, ""])


def percentile(values: Sequence[float], q: float) -> float:
    """The ``q``-th percentile (0..100); NaN where there is nothing."""
    return float(np.percentile(np.asarray(values), q)) if len(values) else float("nan")


def match_polygons(true: Sequence[Any], found: Sequence[Any], min_iou: float) -> Matched:
    """Match polygons one to one, best overlaps first."""
    boxes_true = [_box(p) for p in true]
    boxes_found = [_box(p) for p in found]
    pairs = []
    for i, a in enumerate(boxes_true):
        for j, b in enumerate(boxes_found):
            if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
                iou = convex_iou(true[i], found[j])
                if iou >= min_iou:
                    pairs.append((iou, i, j))
    taken_true: set[int] = set()
    taken_found: set[int] = set()
    for _, i, j in sorted(pairs, reverse=True):
        if i not in taken_true and j not in taken_found:
            taken_true.add(i)
            taken_found.add(j)
    return Matched(len(taken_true), len(true), len(found))


def _box(polygon: Any) -> tuple[float, float, float, float]:
    points = np.asarray(polygon, dtype=np.float64).reshape(-1, 2)
    low, high = points.min(axis=0), points.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def draw_sheets(
    options: Options,
    name: str,
    *,
    degrade: str,
    max_skew_deg: float,
    forms: Sequence[str],
    seed: int,
    sheets: int | None = None,
    rulings: Sequence[str] = (),
) -> list[DrawnSheet]:
    """Petition sheets of ``scripts/make_samples.py`` with their exact geometry.

    ``rulings``: styles to cycle through, all sheets as their layout says without it.
    """
    folder = options.work / name
    if not (folder / "truth_geometry.json").exists():
        command: list[str | Path] = [
            sys.executable,
            ROOT / "scripts" / "make_samples.py",
            *("--sheets", str(sheets or options.sheets)),
            *("--seed", str(seed)),
            *("--degrade", degrade),
            *("--max-skew", str(max_skew_deg)),
            *("--forms", *forms),
            *("--out", folder),
            *(("--rulings", *rulings) if rulings else ()),
        ]
        if options.handwriting is not None:
            command += ["--ink", options.handwriting, "--split", "test"]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    listed = json.loads((folder / "truth_geometry.json").read_text(encoding="utf-8"))
    return [DrawnSheet(folder / truth["file"], truth) for truth in listed]
