"""The page as the print engine should see it.

Handwriting costs a print engine most of its time and yields only noise, and
rulings or dark bands make it miss the words beside and inside them.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from digitizer.layout.signergrid import quad, rows_below_head
from digitizer.lines.rulepaths import rule_span
from digitizer.lines.tables import Table
from digitizer.records import PAGE_PX_PER_MM, Pixels, Rule

# A ruling this long is no line of print, 60 mm of unbroken ridge.
SURE_RULE_PX = 60 * PAGE_PX_PER_MM
# Nothing is printed nearer to the edges, 6 mm.
MARGIN_PX = 6 * PAGE_PX_PER_MM
# Window in which more than half is darker than DARK_LEVEL: a band of light print
# on dark, 20 x 5 mm. Bold dark print covers a third.
BAND_PX = (161, 41)
DARK_LEVEL = 128
# Flattened paper, and how much darker a ruling must be to be painted out.
PAPER_LEVEL = 245.0
PAINT_DARKNESS = 60.0
# Shaded heads and rows have paper of these levels: below are dark bands and ink, above
# is what flattening leaves of the paper's grain.
SHADE = (140, 236)
# Letters are smaller than this window, 3.5 mm at a quarter of the page's resolution.
SHADE_STEP, LETTERS_PX = 4, 7


def print_image(gray: Pixels, rules: Sequence[Rule], tables: Sequence[Table]) -> Pixels:
    """The page for the print engine: shades, rulings and the inner signer rows painted white.

    Handwriting costs a print engine most of its time and yields only noise.
    The first and last row of a run stay: they may be header and footer.
    """
    out = _without_shades(_dark_on_light(gray))
    in_tables = {id(rule) for table in tables for rule in (*table.across, *table.down)}
    for rule in rules:
        if rule.thickness_px == 0.0:
            continue  # the edge of a band: no line is printed there, but print may stand on it
        start, stop = rule_span(rule)
        if id(rule) not in in_tables and stop - start < SURE_RULE_PX:
            continue  # may be a line of text
        if id(rule) not in in_tables and _runs_off(rule, gray.shape):
            continue  # a fold: what it crosses is print, and print has margins
        if _darkness(gray, rule) < PAINT_DARKNESS:
            continue  # does not disturb the engine
        points = np.round(rule.points).astype(np.int32)
        cv2.polylines(out, [points], False, 250, max(3, round(rule.thickness_px) + 2))
    for table in tables:
        run = rows_below_head(table)
        if len(run) < 5 or table.column_count < 2:
            continue
        left, right = table.down[0], table.down[-1]
        block = quad(run[1], left, run[-2], right)
        cv2.fillPoly(out, [np.round(np.array(block)).astype(np.int32)], 250)
    return out


def _runs_off(rule: Rule, shape: tuple[int, ...]) -> bool:
    """Whether a ruling runs to an edge of the page; print may hide where it begins."""
    start, stop = rule_span(rule)
    return start < MARGIN_PX or stop > shape[1 if rule.horizontal else 0] - MARGIN_PX


def _darkness(gray: Pixels, rule: Rule) -> float:
    """Median gray levels by which a ruling is darker than paper."""
    points = np.round(rule.points - 0.5).astype(int)
    x = np.clip(points[:, 0], 0, gray.shape[1] - 1)
    y = np.clip(points[:, 1], 0, gray.shape[0] - 1)
    return PAPER_LEVEL - float(np.median(gray[y, x]))


def _without_shades(gray: Pixels) -> Pixels:
    """The page with the gray under print lifted to white.

    The engine takes a shaded row between white lines for a picture and reads none of it.
    """
    small = cv2.resize(
        gray, None, fx=1 / SHADE_STEP, fy=1 / SHADE_STEP, interpolation=cv2.INTER_AREA
    )
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((LETTERS_PX, LETTERS_PX), np.uint8))
    shaded = (paper >= SHADE[0]) & (paper < SHADE[1])
    if not shaded.any():
        return gray
    gain = np.where(shaded, PAPER_LEVEL / np.maximum(paper, 1), 1.0).astype(np.float32)
    gain = cv2.resize(gain, (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(gray, gain, dtype=cv2.CV_8U), dtype=np.uint8)


def _dark_on_light(gray: Pixels) -> Pixels:
    """A copy in which bands of light print on dark (titles, headers) are inverted."""
    # Bands are looked for at half the size.
    height, width = gray.shape[0] // 2, gray.shape[1] // 2
    half = cv2.resize(gray[: 2 * height, : 2 * width], (width, height), None, 0, 0, cv2.INTER_AREA)
    _, half = cv2.threshold(half, DARK_LEVEL - 1, 255, cv2.THRESH_BINARY_INV)
    window = (BAND_PX[0] // 2 + 1, BAND_PX[1] // 2 + 1)
    band = (cv2.blur(half, window) > 0.55 * 255).astype(np.uint8)
    out = gray.copy()
    if not band.any():
        return out
    count, _, boxes, _ = cv2.connectedComponentsWithStats(band)
    for left, top, width, height, _ in 2 * boxes[1:count]:
        # The window sees the band's middle only: look around for its edges.
        x0, x1 = max(0, left - BAND_PX[0]), left + width + BAND_PX[0]
        y0, y1 = max(0, top - BAND_PX[1]), top + height + BAND_PX[1]
        around = gray[y0:y1, x0:x1] < DARK_LEVEL
        rows = np.flatnonzero(around[:, left - x0 : left - x0 + width].mean(axis=1) > 0.5)
        if len(rows) == 0:
            continue
        columns = np.flatnonzero(around[rows[0] : rows[-1] + 1].mean(axis=0) > 0.3)
        if len(columns) == 0:
            continue
        block = np.s_[y0 + rows[0] : y0 + rows[-1] + 1, x0 + columns[0] : x0 + columns[-1] + 1]
        out[block] = 255 - gray[block]
    return out
