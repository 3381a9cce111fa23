"""Ruled forms of other people's making, cells marked by hand: found without and with a definition.

A cell counts as found at IoU 0.6 (0.8 is printed too); what is found outside
the marked grid counts for nothing, since only closed cells were marked. Pages
are taken as they are and turned by 1.5 degrees. The peers see the same pictures.

Any other pages with tables go into a folder ``marked_tables`` beside ``ruled_forms``: NAME.png
or NAME.jpg with NAME.json, which holds ``{"cells": [[[x, y], ...], ...]}``, of each
cell its corners from the top left on, clockwise, in pixels of the picture. Every cell of every
table on the page is to be marked: there, whatever else is found is wrong. Such pages
are of all kinds, so they are measured without a definition only, as they are.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.geometry_common import (
    ROOT,
    Matched,
    Options,
    Skipped,
    Table,
    match_polygons,
    percentile,
)
from benchmarks.geometry_peers import run_peer
from benchmarks.geometry_pictures import timed
from digitizer.locate import locate_file

Floats = npt.NDArray[np.float64]

DEFINITION = ROOT / "benchmarks" / "forms" / "ship-log.toml"
TURNS_DEG = (0.0, 1.5)
IOUS = (0.6, 0.8)
PEERS = ("img2table", "wired-table-rec")
FORMS, ANY = "ruled_forms", "marked_tables"
SUFFIXES = (".png", ".jpg")


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
    """A table for each turn, digitizer without and with a definition, and the peers; any pages."""
    if options.scans is None or not (options.scans / ANY).is_dir():
        yield from _of_forms(options, options.scans_folder(FORMS))
        return
    if (options.scans / FORMS).is_dir():
        yield from _of_forms(options, options.scans / FORMS)
    yield _of_any(options, options.scans / ANY)


def _of_forms(options: Options, folder: Path) -> Iterator[Table]:
    for turn_deg in TURNS_DEG:
        pages = list(_pages(folder, turn_deg, options.work / f"ruled_{turn_deg}"))
        rows = [
            _row("digitizer, no definition", pages, *_located(pages, None)),
            _row("digitizer, with a definition", pages, *_located(pages, [str(DEFINITION)])),
        ]
        notes: list[str] = []
        for peer in PEERS if options.peers else ():
            answers = _of_peer(peer, [page.picture for page in pages], notes)
            if answers is not None:
                rows.append(_row(peer, pages, *answers))
        count = sum(page.cells.shape[0] * page.cells.shape[1] for page in pages)
        yield Table(
            f"{len(pages)} ruled forms, {count} marked cells, turned by {turn_deg} degrees",
            ("", *(f"cell F1 at {iou}" for iou in IOUS), "rows wholly right", "median ms"),
            tuple(rows),
            tuple(notes),
        )


def _of_any(options: Options, folder: Path) -> Table:
    """Pages of any kind of which every cell is marked."""
    pages = list(_any_pages(folder))
    pictures = [picture for picture, _ in pages]
    cells = [marked for _, marked in pages]
    rows = [_any_row("digitizer, no definition", cells, *_found(pictures, None))]
    notes: list[str] = []
    for peer in PEERS if options.peers else ():
        answers = _of_peer(peer, pictures, notes)
        if answers is not None:
            rows.append(_any_row(peer, cells, *answers))
    return Table(
        f"{len(pages)} pages of any kind, {sum(map(len, cells))} marked cells",
        (
            "",
            *(f"cell F1 at {iou}" for iou in IOUS),
            f"mean of pages at {IOUS[-1]}",
            "pages wholly right",
            "median ms",
        ),
        tuple(rows),
        tuple(notes),
    )


def _any_pages(folder: Path) -> Iterator[tuple[Path, list[Floats]]]:
    for path in sorted(folder.glob("*.json")):
        picture = next((one for end in SUFFIXES if (one := path.with_suffix(end)).is_file()), None)
        if picture is None:
            raise Skipped(f"no picture beside {path.name}")
        marked = json.loads(path.read_text(encoding="utf-8"))["cells"]
        yield picture, [np.array(cell, dtype=np.float64).reshape(4, 2) for cell in marked]


def _any_row(
    name: str,
    pages: Sequence[Sequence[Floats]],
    found: Sequence[Sequence[Floats]],
    ms: Sequence[float],
) -> tuple[str, ...]:
    cells = []
    for iou in IOUS:
        matched = [match_polygons(t, f, iou) for t, f in zip(pages, found, strict=True)]
        right, true, seen = (
            sum(getattr(m, k) for m in matched) for k in ("right", "true", "found")
        )
        cells.append(f"{Matched(right, true, seen).f1:.3f}")
    means = [m.f1 for m in matched]
    whole = sum(mean == 1 for mean in means)
    return (
        name,
        *cells,
        f"{sum(means) / max(1, len(means)):.3f}",
        f"{whole} of {len(means)}",
        f"{percentile(ms, 50):.0f}",
    )


def _of_peer(
    peer: str, pictures: Sequence[Path], notes: list[str]
) -> tuple[list[list[Floats]], list[float]] | None:
    """What a peer finds on each picture, and its milliseconds; None, with a note: cannot be run."""
    try:
        answers = run_peer(peer, pictures)
    except Skipped as reason:
        notes.append(f"{peer}: {reason}")
        return None
    found = [[np.array(p, dtype=np.float64) for p in a.value or ()] for a in answers]
    return found, [a.ms for a in answers]


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
    return _found([page.picture for page in pages], forms)


def _found(
    pictures: Sequence[Path], forms: list[str] | None
) -> tuple[list[list[Floats]], list[float]]:
    """What `digitizer locate` finds on each picture, and the milliseconds it took."""
    found, ms = [], []
    for picture in pictures:
        with timed() as took:
            sheets = json.loads(json.dumps(list(locate_file(picture, forms))))
        rows = [row for said in sheets for row in said["rows"]]
        cells = [cell for row in rows for cell in row["cells"].values()]
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
