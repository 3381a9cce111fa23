"""Milliseconds a page for rectify and locate with a known form, on one core.

Drawn sheets at 200 dpi of the two installed forms, as an office scanner gives
them; decoding the file is told apart. One thread: set OMP_NUM_THREADS=1 for the
numeric libraries; OpenCV's and ONNX's threads are held to one here. Each page is done
several times and its least counts, since what else runs on a machine only ever adds: cores
share their caches and clock.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from benchmarks.geometry_common import DrawnSheet, Options, Table, draw_sheets, percentile
from benchmarks.geometry_pictures import load_picture, timed
from digitizer.forms.forms import load_forms
from digitizer.pipeline import register_image
from digitizer.rectify import rectify_page

FORMS = ("amnesty-canada-en", "amnesty-canada-fr")
SHEETS = 8
RUNS = 3


def measure(options: Options) -> Iterator[Table]:
    """One table, a line each for decoding, rectifying, and the whole of locate."""
    sheets = draw_sheets(
        options,
        "speed",
        degrade="mild",
        max_skew_deg=1.5,
        forms=FORMS,
        seed=options.seed,
        sheets=SHEETS,
    )
    cv2.setNumThreads(1)
    steps: dict[str, list[float]] = {"decode": [], "rectify": [], "rectify + locate": []}
    # The first page of each form loads models, definitions and the print engine's language,
    # which later ones find loaded.
    for sheet in {sheet.truth["form"]: sheet for sheet in reversed(sheets)}.values():
        _times(sheet)
    for sheet in sheets:
        least = np.min([_times(sheet) for _ in range(RUNS)], axis=0)
        for took, ms in zip(steps.values(), least.tolist(), strict=True):
            took.append(ms)
    rows = tuple(
        (name, f"{percentile(took, 50):.0f}", f"{percentile(took, 90):.0f}", f"{max(took):.0f}")
        for name, took in steps.items()
    )
    pages = f"{len(sheets)} sheets at 200 dpi"
    title = f"Milliseconds a page, {pages}, one core, the form known, least of {RUNS}"
    yield Table(title, ("", "median", "p90", "worst"), rows)


def _times(sheet: DrawnSheet) -> tuple[float, float, float]:
    """Milliseconds to decode a sheet, to rectify it, and to rectify and locate."""
    forms = load_forms([sheet.truth["form"]])
    with timed() as decode:
        image = load_picture(sheet.file)
    with timed() as rectify:
        rectify_page(image)
    with timed() as locate:
        register_image(image, forms)
    return decode.ms, rectify.ms, locate.ms
