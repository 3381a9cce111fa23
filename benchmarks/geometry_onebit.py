"""Drawn petition sheets as office scanners give them in black and white, to IoU 0.8.

Each sheet of an office scan (``sheets``, mild) is cut to one bit in every way of ``WAYS``: by
a threshold, by one that follows the page, as drivers do, or spread over dots, as "photo" and
"text and photo" do. The first line is the gray scan itself. What a fixed threshold takes
of pale ink and hairlines no program brings back.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks.geometry_common import DrawnSheet, Options, Table, draw_sheets
from benchmarks.geometry_sheets import all_forms, own_found, score, table_of
from digitizer.records import Pixels
from scripts.sheets.layouts import PLANS
from scripts.sheets.wording import WORDINGS

MAX_SKEW_DEG = 3.0
# Added to the seed: other sheets than those of the section ``sheets``.
SEED = 4
# Sauvola's: a window of so many px, 5 mm at 200 dpi; its weight and the deviation of ink and paper.
WINDOW_PX, WEIGHT, DEVIATION = 39, 0.2, 128.0
# Thresholds of 64 levels, each pixel of a tile of 8 x 8 its own (Bayer's matrix).
TILE = 8
# Share of pixels that dust turns over.
DUST = 0.0008


def _adaptive(gray: Pixels) -> Pixels:
    """Sauvola's threshold: lower where the page is even."""
    level = gray.astype(np.float32)
    mean = cv2.blur(level, (WINDOW_PX, WINDOW_PX))
    spread = np.sqrt(np.maximum(cv2.blur(level * level, (WINDOW_PX, WINDOW_PX)) - mean * mean, 0))
    return _cut(level < mean * (1 + WEIGHT * (spread / DEVIATION - 1)))


def _ordered(gray: Pixels) -> Pixels:
    """Bayer's dither."""
    tile = np.zeros((1, 1))
    while len(tile) < TILE:
        tile = np.block([[4 * tile, 4 * tile + 2], [4 * tile + 3, 4 * tile + 1]])
    levels = (tile + 0.5) * 256 / tile.size
    high, wide = (-(-size // TILE) for size in gray.shape)
    return _cut(gray < np.tile(levels, (high, wide))[: gray.shape[0], : gray.shape[1]])


def _dusty(gray: Pixels) -> Pixels:
    """A threshold with pixels turned over."""
    cut = _cut(gray < 160)
    turned = np.random.default_rng(0).random(cut.shape) < DUST
    return np.where(turned, 255 - cut, cut).astype(np.uint8)


def _cut(ink: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Pixels:
    return np.where(ink, 0, 255).astype(np.uint8)


WAYS: dict[str, Callable[[Pixels], Pixels]] = {
    "threshold 128": lambda gray: _cut(gray < 128),
    "threshold 160": lambda gray: _cut(gray < 160),
    "Otsu's threshold": lambda gray: np.asarray(
        cv2.threshold(gray, 0, 255, cv2.THRESH_OTSU)[1], np.uint8
    ),
    "adaptive": _adaptive,
    "dust": _dusty,
    "error diffusion": lambda gray: np.asarray(Image.fromarray(gray).convert("1"), np.uint8) * 255,
    "ordered dots": _ordered,
}


def measure(options: Options) -> Iterator[Table]:
    """One table with a line for each way."""
    drawn = draw_sheets(
        options,
        "sheets-onebit",
        degrade="mild",
        max_skew_deg=MAX_SKEW_DEG,
        forms=(*WORDINGS, *PLANS),
        seed=options.seed + SEED,
    )
    forms = all_forms()
    scores = {"gray": score(drawn, own_found(drawn, forms))}
    for way, cut in WAYS.items():
        sheets = [_in_one_bit(sheet, cut, options.work / f"onebit-{way}") for sheet in drawn]
        scores[way] = score(sheets, own_found(sheets, forms))
    yield table_of(f"Office scans in black and white, {len(drawn)} pages of each", scores)


def _in_one_bit(sheet: DrawnSheet, cut: Callable[[Pixels], Pixels], folder: Path) -> DrawnSheet:
    """The sheet as a fax-coded TIFF of one bit."""
    folder.mkdir(parents=True, exist_ok=True)
    with Image.open(sheet.file) as picture:
        gray = np.asarray(picture.convert("L"), dtype=np.uint8)
    file = folder / f"{sheet.file.stem}.tif"
    bits = Image.fromarray(cut(gray)).convert("1", dither=Image.Dither.NONE)
    bits.save(file, compression="group4", dpi=(200, 200))
    return DrawnSheet(file, sheet.truth)
