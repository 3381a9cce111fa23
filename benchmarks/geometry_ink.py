"""Rulings taken out of crops, and empty cells told from written ones.

Real ruled paper under real handwriting, the truth known by construction, as in
``benchmarks/ink.py``, which has the parts; its own commands print more. Peer of
the removal is the usual recipe: Otsu, opening with 40 px, subtracting.
"""

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from benchmarks import ink as parts
from benchmarks.geometry_common import Options, Skipped, Table, percentile
from benchmarks.geometry_pictures import timed
from benchmarks.ink_sheets import LOOKS, draw_sheet
from digitizer import segment
from digitizer.records import InkState
from digitizer.writing import ink
from scripts.sheets.fonts import system_fonts
from scripts.sheets.scribes import InkScribe
from training.ink import Split

MIXES = 240
SHEETS = 14


def measure(options: Options) -> Iterator[Table]:
    """Rule removal, then empty and written cells by the sheet's look."""
    if options.handwriting is None:
        raise Skipped("no handwriting: name its folder with --handwriting DIR")
    forms = options.scans_folder("ruled_forms")
    ways: dict[str, Callable[[parts.Mix], parts.Mask]] = {
        "nothing removed": lambda mix: ink.measure_ink(mix.gray).mask,
        "open 40 px and subtract": parts.by_opening,
        "digitizer": lambda mix: parts.by_runs(mix, 0.0),
        "digitizer, traced 2 px off": lambda mix: parts.by_runs(mix, 2.0),
    }
    totals = {name: np.zeros(6) for name in ways}
    for mix in parts.mixes(forms, options.handwriting, MIXES, options.seed):
        rows = np.arange(parts.HEIGHT)[:, None]
        ys = np.interp(np.arange(parts.WIDTH), mix.points[:, 0], mix.points[:, 1])
        near = np.abs(rows - ys[None, :]) <= parts.NEAR_PX + 1
        soft = cv2.dilate(mix.stroke.view(np.uint8), parts.SOFT_EDGE).astype(bool)
        regions = (mix.stroke, mix.stroke & near, mix.rule & ~soft)
        for name, way in ways.items():
            rest = way(mix)
            totals[name] += [n for r in regions for n in (int((rest & r).sum()), int(r.sum()))]
    yield Table(
        f"Rulings out of crops, {MIXES} mixes of real paper and real ink, seed {options.seed}",
        ("", "strokes kept", "kept near a ruling", "ruling left"),
        tuple(
            (name, *(f"{a[k] / max(1.0, a[k + 1]):.2%}" for k in (0, 2, 4)))
            for name, a in totals.items()
        ),
        (f"near: within {parts.NEAR_PX} px of it",),
    )
    yield _cells(options)


def _cells(options: Options) -> Table:
    """States of cells; struck rows are left out, their stroke belongs to no cell."""
    assert options.handwriting is not None
    scribe, fonts = InkScribe(options.handwriting, Split.TEST), system_fonts()
    looks = list(LOOKS)
    counts = {look: np.zeros(6, dtype=int) for look in looks}
    ms = []
    for number in range(SHEETS):
        look = looks[number % len(looks)]
        sheet = draw_sheet(scribe, fonts, np.random.default_rng((options.seed, number)), look)
        with timed() as took:
            crops = segment.cut_cells(sheet.registered)
        ms.append(took.ms)
        for crop in crops:
            if crop.row is None or crop.row in sheet.struck:
                continue
            written = sheet.cells[crop.row, crop.column].written
            sure = crop.ink is not InkState.LOOK
            right = (crop.ink is InkState.WRITTEN) == written
            lost = written and crop.ink is InkState.EMPTY
            counts[look] += [1, sure, sure and right, written, lost, not sure]
    rows = [(look, counts[look]) for look in looks]
    rows.append(("all", np.sum([c for _, c in rows], axis=0)))
    return Table(
        f"Empty or written, {SHEETS} sheets in test ink, seed {options.seed}",
        ("look", "cells", "right of the sure", "written called empty", "look"),
        tuple(
            (
                name,
                str(c[0]),
                f"{c[2] / max(1, c[1]):.1%}",
                f"{c[4] / max(1, c[3]):.1%}",
                f"{c[5] / max(1, c[0]):.1%}",
            )
            for name, c in rows
        ),
        (f"median {percentile(ms, 50):.0f} ms a page for cutting its cells",),
    )
