"""Milliseconds a page for rectify and locate with a known form, on one core.

Drawn sheets at 200 dpi of the two installed forms, as an office scanner gives
them; decoding the file is told apart. A second table times layouts of every kind, a line
for each: tables with one line a row, cells with captions inside them, two tables, rows of
two lines. One thread: set OMP_NUM_THREADS=1 for the
numeric libraries; OpenCV's and ONNX's threads are held to one here. Each page is done
several times and its least counts, since what else runs on a machine only ever adds: cores
share their caches and clock.
"""

from collections.abc import Iterator, Mapping, Sequence

import cv2
import numpy as np

from benchmarks.geometry_common import ROOT, DrawnSheet, Options, Table, draw_sheets, percentile
from benchmarks.geometry_pictures import load_picture, timed
from digitizer.forms.forms import load_forms
from digitizer.pipeline import register_image
from digitizer.rectify import rectify_page

FORMS = ("amnesty-canada-en", "amnesty-canada-fr")
SHEETS = 8
RUNS = 3
# Layouts by what makes them unlike each other, and how many sheets of each are drawn.
KINDS = {
    "Amnesty": FORMS,
    "other ruled tables": ("commons-en", "municipal-fr"),
    "combs and check boxes": ("syndicat-fr",),
    "captions in cells": ("stacked-en",),
    "two tables": ("twin-en",),
    "two lines a row": ("ballot-en",),
}
EACH = 4


def measure(options: Options) -> Iterator[Table]:
    """Two tables: decoding, rectifying and the whole of locate; then locate by layout."""
    cv2.setNumThreads(1)
    yield steps_table(options)
    yield kinds_table(options)


def steps_table(options: Options) -> Table:
    """Sheets of the installed forms: a line each for decode, rectify, and all of locate."""
    sheets = _drawn(options, "speed", FORMS, SHEETS)
    steps = ("decode", "rectify", "rectify + locate")
    pages = f"{len(sheets)} sheets at 200 dpi"
    title = f"Milliseconds a page, {pages}, one core, the form known, least of {RUNS}"
    return _table(title, dict(zip(steps, zip(*_least(sheets), strict=True), strict=True)))


def kinds_table(options: Options) -> Table:
    """Rectify and locate, a line for each kind of layout."""
    names = tuple(name for forms in KINDS.values() for name in forms)
    sheets = _drawn(options, "speed-kinds", names, EACH * len(names))
    took: dict[str, list[float]] = {kind: [] for kind in KINDS}
    kind_of = {name: kind for kind, forms in KINDS.items() for name in forms}
    for sheet, (_, _, located) in zip(sheets, _least(sheets), strict=True):
        took[kind_of[sheet.truth["form"]]].append(located)
    title = f"Rectify + locate by layout, {EACH} sheets of each of {len(names)}, as above"
    return _table(title, took)


def _drawn(options: Options, name: str, forms: Sequence[str], sheets: int) -> list[DrawnSheet]:
    return draw_sheets(
        options,
        name,
        degrade="mild",
        max_skew_deg=1.5,
        forms=forms,
        seed=options.seed,
        sheets=sheets,
    )


def _table(title: str, lines: Mapping[str, Sequence[float]]) -> Table:
    rows = tuple(
        (name, f"{percentile(took, 50):.0f}", f"{percentile(took, 90):.0f}", f"{max(took):.0f}")
        for name, took in lines.items()
    )
    return Table(title, ("", "median", "p90", "worst"), rows)


def _least(sheets: Sequence[DrawnSheet]) -> list[tuple[float, float, float]]:
    """The least ``_times`` of each sheet."""
    # The first page of each form loads models, definitions and the print engine's language,
    # which later ones find loaded.
    for sheet in {sheet.truth["form"]: sheet for sheet in reversed(sheets)}.values():
        _times(sheet)
    return [
        tuple(np.min([_times(sheet) for _ in range(RUNS)], axis=0).tolist()) for sheet in sheets
    ]


def _definition(form: str) -> str:
    """The name of an installed form, or the file of one that only tests have."""
    return form if form in FORMS else str(ROOT / "tests" / "forms" / f"{form}.toml")


def _times(sheet: DrawnSheet) -> tuple[float, float, float]:
    """Milliseconds to decode a sheet, to rectify it, and to rectify and locate."""
    forms = load_forms([_definition(sheet.truth["form"])])
    with timed() as decode:
        image = load_picture(sheet.file)
    with timed() as rectify:
        rectify_page(image)
    with timed() as locate:
        register_image(image, forms)
    return decode.ms, rectify.ms, locate.ms
