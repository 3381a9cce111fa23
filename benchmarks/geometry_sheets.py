"""Rows, cells and collector box of drawn petition sheets, to IoU 0.8.

Sheets of ``scripts/make_samples.py`` in all eight layouts, each set another
seed: as printed, scanned by an office (mild), and faxed, faint, turned and
photographed (hard). The definitions are the installed ones and those of
tests/forms; the program recognises each sheet among all of them. The peers are
given the page levelled and upright (they know neither), and their cells are
held against the true ones; rows and box they do not know.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.geometry_common import (
    ROOT,
    DrawnSheet,
    Matched,
    Options,
    Skipped,
    Table,
    draw_sheets,
    match_polygons,
    percentile,
)
from benchmarks.geometry_peers import run_peer
from benchmarks.geometry_pictures import load_picture, timed
from digitizer.forms.forms import Form, installed_forms, load_forms
from digitizer.geometry import Points, apply_homography, as_points, convex_iou, inverse
from digitizer.lines.bending import bent_points
from digitizer.pipeline import register_image
from digitizer.records import Polygon, RectifiedPage
from scripts.sheets.layouts import PLANS
from scripts.sheets.wording import WORDINGS

PEERS = ("img2table", "wired-table-rec")
MIN_IOU = 0.8
# Degradation, greatest skew in degrees, and what is added to the seed.
SETS = (("none", 0.0, 0), ("mild", 3.0, 1), ("hard", 8.0, 2))
# Sheets without a ruling from top to bottom, a set of their own.
OPEN = ("rows-only", "bands-only")
OPEN_SEED = 3


@dataclass(slots=True)
class Score:
    """What a program found on the sheets of a set."""

    pages: int = 0
    right_form: int = 0
    right_count: int = 0
    rows: list[Matched] = field(default_factory=list)
    cells: list[Matched] = field(default_factory=list)
    boxes: int = 0
    true_boxes: int = 0
    ms: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Found:
    """Polygons of a page in scan pixels."""

    form: str | None
    rows: tuple[Any, ...]
    cells: tuple[Any, ...]
    box: Any
    ms: float
    # Names of the printed cells that the program knows of; None: all that are printed.
    cell_names: set[str] | None = None


def measure(options: Options) -> Iterator[Table]:
    """One table a set of sheets."""
    forms = all_forms()
    for degrade, skew, more in SETS:
        sheets = draw_sheets(
            options,
            f"sheets-{degrade}",
            degrade=degrade,
            max_skew_deg=skew,
            forms=(*WORDINGS, *PLANS),
            seed=options.seed + more,
        )
        yield _scored(f"Drawn sheets, {degrade}", sheets, forms, options)
    sheets = draw_sheets(
        options,
        "sheets-open",
        degrade="hard",
        max_skew_deg=5.0,
        forms=tuple(WORDINGS),
        seed=options.seed + OPEN_SEED,
        rulings=OPEN,
    )
    yield _scored("Drawn sheets without column rulings, hard", sheets, forms, options)


def _scored(
    title: str, sheets: Sequence[DrawnSheet], forms: Sequence[Form], options: Options
) -> Table:
    """digitizer and the peers on a set of sheets."""
    scores: dict[str, Score | str] = {"digitizer": score(sheets, own_found(sheets, forms))}
    for peer in PEERS if options.peers else ():
        try:
            scores[peer] = score(sheets, peer_found(peer, sheets, options.work / peer))
        except Skipped as reason:
            scores[peer] = str(reason)
    return table_of(f"{title}, {len(sheets)} pages, IoU {MIN_IOU}", scores)


def all_forms() -> tuple[Form, ...]:
    """The installed definitions and those of the tests."""
    others = sorted(str(path) for path in (ROOT / "tests" / "forms").glob("*.toml"))
    return load_forms([*installed_forms(), *others])


def own_found(sheets: Sequence[DrawnSheet], forms: Sequence[Form]) -> list[Found]:
    """What digitizer finds, recognising each sheet among ``forms``."""
    answers = []
    for sheet in sheets:
        image = load_picture(sheet.file)
        with timed() as took:
            found, _ = register_image(image, forms)
        # Cells that captions divide are one printed cell in the truth: they are not held
        # against it, nor is it against them.
        printed = {name for row in sheet.truth["rows"] for name in row["cells"]}
        rows = [_in_scan(row.polygon, found.page) for row in found.rows]
        cells = [
            _in_scan(cell.polygon, found.page)
            for row in found.rows
            for cell in row.cells
            if cell.column in printed
        ]
        box = found.collector_box
        polygon = None if box is None else _in_scan(box.polygon, found.page)
        defined = {
            name for form in forms if form.name == sheet.truth["form"] for name in names(form)
        }
        answers.append(Found(found.form, tuple(rows), tuple(cells), polygon, took.ms, defined))
    return answers


def names(form: Form) -> set[str]:
    """The cells of a row as the definition cuts them."""
    # Its own name comes first; a cell that is divided is called by its parts alone.
    return {name for column in form.columns for name in column.cell_names[1:] or (column.name,)}


def _in_scan(polygon: Polygon, page: RectifiedPage) -> Points:
    """Corners on the page as they lie on the scan."""
    corners = as_points(polygon)
    if page.bend is not None:
        corners = bent_points(page.bend, corners)
    return apply_homography(inverse(page.page_from_scan), corners)


def peer_found(peer: str, sheets: Sequence[DrawnSheet], folder: Path) -> list[Found]:
    """What a peer finds on the pages made level and upright for it."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures, scan_from_upright = [], []
    for sheet in sheets:
        corners = np.array(sheet.truth["page_polygon"], dtype=np.float32)
        width = float(np.linalg.norm(corners[1] - corners[0]))
        height = float(np.linalg.norm(corners[3] - corners[0]))
        target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
        matrix = cv2.getPerspectiveTransform(corners, target)
        pixels = cv2.warpPerspective(
            cv2.imread(str(sheet.file)), matrix, (round(width), round(height))
        )
        picture = folder / f"{sheet.file.parent.name}-{sheet.file.name}"
        cv2.imwrite(str(picture), pixels)
        pictures.append(picture)
        scan_from_upright.append(np.linalg.inv(matrix))
    return [
        Found(
            None,
            (),
            tuple(apply_homography(matrix, polygon) for polygon in answer.value or ()),
            None,
            answer.ms,
        )
        for answer, matrix in zip(run_peer(peer, pictures), scan_from_upright, strict=True)
    ]


def score(sheets: Sequence[DrawnSheet], answers: Sequence[Found]) -> Score:
    """Hold what was found against the truth."""
    total = Score()
    for sheet, found in zip(sheets, answers, strict=True):
        truth = sheet.truth
        true_rows = [row["polygon"] for row in truth["rows"]]
        true_cells = [
            cell
            for row in truth["rows"]
            for name, cell in row["cells"].items()
            if found.cell_names is None or name in found.cell_names
        ]
        rows = match_polygons(true_rows, found.rows, MIN_IOU)
        cells = match_polygons(true_cells, found.cells, MIN_IOU)
        total.pages += 1
        total.right_form += found.form == truth["form"]
        total.right_count += len(true_rows) == len(found.rows)
        total.rows.append(rows)
        total.cells.append(cells)
        total.ms.append(found.ms)
        if truth["collector_box"]:
            total.true_boxes += 1
            polygon = truth["collector_box"]["polygon"]
            seen = found.box is not None and convex_iou(polygon, found.box) >= MIN_IOU
            total.boxes += seen
            if found.form is not None and not seen:
                total.faults.append(f"{sheet.file.name} ({truth['form']}): box")
        if found.form is None or rows.right < rows.true or rows.found > rows.right:
            total.faults.append(
                f"{sheet.file.name} ({truth['form']}): read as {found.form}, "
                f"{rows.right} of {rows.true} rows, {rows.found - rows.right} not right"
            )
    return total


def table_of(title: str, scores: Mapping[str, Score | str]) -> Table:
    """A line for each program or way; of one that was skipped the reason."""
    rows, notes = [], []
    for program, one in scores.items():
        if isinstance(one, str):
            notes.append(f"{program} skipped: {one}")
            continue
        knows_rows = any(matched.found for matched in one.rows)
        rows.append(
            (
                program,
                f"{one.right_form}/{one.pages}" if knows_rows else "",
                _f1(one.rows) if knows_rows else "",
                _missed(one.rows) if knows_rows else "",
                f"{one.right_count}/{one.pages}" if knows_rows else "",
                _f1(one.cells),
                f"{one.boxes}/{one.true_boxes}" if knows_rows else "",
                f"{percentile(one.ms, 50):.0f}",
            )
        )
        if knows_rows:
            notes += [f"  {fault}" for fault in one.faults]
    columns = ("", "form", "rows F1", "missed+false", "count", "cells F1", "box", "ms")
    return Table(title, columns, tuple(rows), tuple(notes))


def _f1(matches: Sequence[Matched]) -> str:
    right, true, found = (
        sum(getattr(m, name) for m in matches) for name in ("right", "true", "found")
    )
    return f"{Matched(right, true, found).f1:.4f}"


def _missed(matches: Sequence[Matched]) -> str:
    missed = sum(m.true - m.right for m in matches)
    return f"{missed}+{sum(m.found - m.right for m in matches)} of {sum(m.true for m in matches)}"
