"""Ruled forms of other people's making, cells marked by hand: found without and with a definition.

A cell counts as found at IoU 0.6 (0.8 is printed too); what is found outside
the marked grid counts for nothing, since only closed cells were marked. Pages
are taken as they are and turned by 1.5 degrees. The peers see the same pictures.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.geometry_common import ROOT, Options, Skipped, Table, match_polygons, percentile
from benchmarks.geometry_peers import run_peer
from benchmarks.geometry_pictures import timed
from digitizer.pipeline import locate_file

Floats = npt.NDArray[np.float64]

DEFINITION = ROOT / "benchmarks" / "forms" / "ship-log.toml"
TURNS_DEG = (0.0, 1.5)
IOUS = (0.6, 0.8)
PEERS = ("img2table", "wired-table-rec")


@dataclass(frozen=True, slots=True, eq=False)
class MarkedPage:
    """A picture and its hand-marked cells, (rows, columns, 4, 2) in pixels."""

    picture: Path
    cells: Floats

    def inside(self, polygons: Sequence[Floats]) -> list[Floats]:
        """Those whose middle lies in the marked grid."""
        corners = [self.cells[0, 0, 0], self.cells[0, -1, 1], self.cells[-1, -1, 2]]
        grid = np.array([*corners, self.cells[-1, 0, 3]], dtype=np.float32)
        middles = [polygon.mean(axis=0) for polygon in polygons]
        return [
            polygon
            for polygon, (x, y) in zip(polygons, middles, strict=True)
            if cv2.pointPolygonTest(grid, (float(x), float(y)), False) >= 0
        ]


def measure(options: Options) -> Iterator[Table]:
    """A table for each turn: digitizer without and with a definition, and the peers."""
    folder = options.scans_folder("ruled_forms")
    for turn_deg in TURNS_DEG:
        pages = list(_pages(folder, turn_deg, options.work / f"ruled_{turn_deg}"))
        rows = [
            _row("digitizer, no definition", pages, *_located(pages, None)),
            _row("digitizer, with a definition", pages, *_located(pages, [str(DEFINITION)])),
        ]
        notes = []
        for peer in PEERS if options.peers else ():
            try:
                answers = run_peer(peer, [page.picture for page in pages])
            except Skipped as reason:
                notes.append(f"{peer}: {reason}")
                continue
            found = [[np.array(p, dtype=np.float64) for p in a.value or ()] for a in answers]
            rows.append(_row(peer, pages, found, [a.ms for a in answers]))
        count = sum(page.cells.shape[0] * page.cells.shape[1] for page in pages)
        yield Table(
            f"{len(pages)} ruled forms, {count} marked cells, turned by {turn_deg} degrees",
            ("", *(f"cell F1 at {iou}" for iou in IOUS), "rows wholly right", "median ms"),
            tuple(rows),
            tuple(notes),
        )


def _pages(folder: Path, turn_deg: float, work: Path) -> Iterator[MarkedPage]:
    work.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        cells = np.array(truth["cells"], dtype=np.float64)
        picture = path.with_suffix(".jpg")
        if turn_deg:
            gray = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
            if gray is None:
                raise Skipped(f"{picture.name} is no picture")
            height, width = gray.shape
            turn = cv2.getRotationMatrix2D((width / 2, height / 2), -turn_deg, 1.0)
            cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
            size = round(width * cos + height * sin), round(height * cos + width * sin)
            turn[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
            turned = cv2.warpAffine(gray, turn, size, flags=cv2.INTER_CUBIC, borderValue=255)
            picture = work / f"{path.stem}.png"
            cv2.imwrite(str(picture), turned)
            cells = cells @ turn[:, :2].T + turn[:, 2]
        yield MarkedPage(picture, cells.reshape(truth["rows"], truth["cols"], 4, 2))


def _located(
    pages: Sequence[MarkedPage], forms: list[str] | None
) -> tuple[list[list[Floats]], list[float]]:
    """What `digitizer locate` finds on each page, and the milliseconds it took."""
    found, ms = [], []
    for page in pages:
        with timed() as took:
            said = json.loads(json.dumps(next(locate_file(page.picture, forms))))
        cells = [cell for row in said["rows"] for cell in row["cells"].values()]
        found.append([np.array(cell, dtype=np.float64) for cell in cells])
        ms.append(took.ms)
    return found, ms


def _row(
    name: str, pages: Sequence[MarkedPage], found: Sequence[Sequence[Floats]], ms: Sequence[float]
) -> tuple[str, ...]:
    right = dict.fromkeys(IOUS, 0)
    true, seen, whole, rows = 0, 0, 0, 0
    for page, polygons in zip(pages, found, strict=True):
        inside = page.inside(polygons)
        cells = page.cells.reshape(-1, 4, 2)
        true, seen = true + len(cells), seen + len(inside)
        for iou in IOUS:
            right[iou] += match_polygons(list(cells), inside, iou).right
        for row in page.cells:
            whole += match_polygons(list(row), inside, IOUS[0]).right == len(row)
            rows += 1
    f1 = [f"{2 * right[iou] / max(1, true + seen):.3f}" for iou in IOUS]
    return name, *f1, f"{whole / max(1, rows):.1%}", f"{percentile(ms, 50):.0f}"
