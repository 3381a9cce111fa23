"""Milliseconds a page for rectify and locate with a known form, on one core.

Drawn sheets at 200 dpi of the two installed forms, as an office scanner gives
them; decoding the file is told apart. One thread: set OMP_NUM_THREADS=1 for the
numeric libraries; OpenCV's and ONNX's threads are held to one here.
"""

from collections.abc import Iterator

import cv2

from benchmarks.geometry_common import Options, Table, draw_sheets, percentile
from benchmarks.geometry_pictures import load_picture, timed
from digitizer.forms.forms import load_forms
from digitizer.pipeline import register_image
from digitizer.rectify import rectify_page

FORMS = ("amnesty-canada-en", "amnesty-canada-fr")
SHEETS = 8


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
    first = {sheet.truth["form"]: sheet for sheet in reversed(sheets)}
    for number, sheet in enumerate([*first.values(), *sheets]):
        forms = load_forms([sheet.truth["form"]])
        with timed() as decode:
            image = load_picture(sheet.file)
        with timed() as rectify:
            rectify_page(image)
        with timed() as locate:
            register_image(image, forms)
        if number >= len(first):
            for name, took in zip(steps, (decode, rectify, locate), strict=True):
                steps[name].append(took.ms)
    rows = tuple(
        (name, f"{percentile(took, 50):.0f}", f"{percentile(took, 90):.0f}", f"{max(took):.0f}")
        for name, took in steps.items()
    )
    title = f"Milliseconds a page, {len(sheets)} sheets at 200 dpi, one core, the form known"
    yield Table(title, ("", "median", "p90", "worst"), rows)
