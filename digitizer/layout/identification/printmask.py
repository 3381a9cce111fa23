"""The page as the print engine should see it.

Handwriting costs a print engine most of its time and yields only noise, and
rulings or dark bands make it miss the words beside and inside them.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.geometry import Points
from digitizer.layout.table.signergrid import quad, rows_below_head
from digitizer.lines.doubles import lies_along
from digitizer.lines.folds import without_folds
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.lines.tables import Table
from digitizer.lines.tracks import quantile
from digitizer.records import PAGE_PX_PER_MM, Pixels, Rule

Ints = npt.NDArray[np.int_]
Floats = npt.NDArray[np.float64]

# A ruling outside tables is looked at from this length on, 40 mm.
LEAST_RULE_PX = 40 * PAGE_PX_PER_MM
# Nothing is printed nearer to the edges, 6 mm.
MARGIN_PX = 6 * PAGE_PX_PER_MM
# Window in which more than half is darker than DARK_LEVEL: a band of light print
# on dark, 20 x 5 mm. Bold dark print covers a third.
BAND_PX = (161, 41)
# ... by this share of its pixels, in gray levels of 255.
BAND_DARK = int(0.55 * 255)
DARK_LEVEL = 128
# Paper ends a band: less than this share of it is dark across. Bold print beside a band is as
# dark as the band is.
BAND_ENDS = 0.1
# A copy whose darkest two thousandth has these levels is pale, and made as dark as print usually
# is, by at most so much; where it is lighter hardly anything stands on the page.
PALE, INK_LEVEL, MOST_GAIN, DARKEST_SHARE = (100, 190), 40.0, 2.5, 0.0005
# Flattened paper, and how much darker a ruling must be to be painted out.
PAPER_LEVEL = 245.0
PAINT_DARKNESS = 60.0
# ... and by how much longer than it was traced where it is one of a table.
CORNER_PX = 4.0
# Of dots and dashes at least this share of the line is printed, so that its darkness is the
# least of the darkest part of it.
PRINTED_SHARE = 0.3
# The feet or tops of a line of print look like a ruling: less of it is dark than of one, and over
# so much of it letters stand on it, or hang from it, so far off (px).
LETTERS_DARK, LETTERS_SHARE, LETTERS_OFF_PX = 0.9, 0.15, 4
# Shaded heads and rows have paper of these levels: below are dark bands and ink, above
# is what flattening leaves of the paper's grain.
SHADE = (140, 236)
# Letters are smaller than this window, 3.5 mm at a quarter of the page's resolution.
SHADE_STEP, LETTERS_PX = 4, 7
# Lines that are painted over from side to side are longer than this, 100 mm, as a table of signers
# is wide; so many px above and below a worn one its dots and pieces lie.
LONG_PX, DOTS_PX = 100 * PAGE_PX_PER_MM, 2


def print_image(gray: Pixels, rules: Sequence[Rule], tables: Sequence[Table]) -> Pixels:
    """The page for the print engine: shades, rulings and the inner signer rows painted white.

    A pale copy is made as dark as others are, which all levels here and later are meant for.

    Handwriting costs a print engine most of its time and yields only noise.
    The first and last row of a run stay: they may be header and footer.
    """
    gray = _as_dark_as_print(gray)
    out = _without_shades(_dark_on_light(gray))
    in_tables = _in_tables(rules, tables)
    unfolded = {id(rule) for rule in without_folds(rules, gray.shape)}
    for rule in rules:
        if rule.thickness_px == 0.0:
            continue  # the edge of a band: no line is printed there, but print may stand on it
        start, stop = rule_span(rule)
        if id(rule) not in in_tables and stop - start < LEAST_RULE_PX:
            continue  # does no harm
        folded = id(rule) not in unfolded or _runs_off(rule, gray.shape)
        if id(rule) not in in_tables and folded:
            continue  # what a fold crosses is print, and print has margins
        if _darkness(gray, rule) < PAINT_DARKNESS:
            continue  # does not disturb the engine
        if id(rule) not in in_tables and rule.horizontal and _holds_letters(gray, rule):
            continue  # a line of print in large type
        # Where two of a table meet neither may be traced to its very end.
        reach = CORNER_PX if id(rule) in in_tables else 0.0
        # Lines to write on, one behind the other, are traced as one: between them stand labels,
        # whose feet are as low as the lines.
        pieces = [rule.points] if id(rule) in in_tables else _printed_pieces(rule)
        for points in pieces:
            _paint(out, rule, points, reach)
    for table in tables:
        run = rows_below_head(table)
        if len(run) < 5 or table.column_count < 2:
            continue
        left, right = table.down[0], table.down[-1]
        block = quad(run[1], left, run[-2], right)
        cv2.fillPoly(out, [np.round(np.array(block)).astype(np.int32)], 250)
    return out


def _paint(out: Pixels, rule: Rule, points: Points, reach: float) -> None:
    """Make a piece of a ruling white, and ``reach`` px more at either end."""
    ends = np.array([[-reach, 0.0], [reach, 0.0]])
    ends = ends if rule.horizontal else ends[:, ::-1]
    points = np.vstack([points[:1] + ends[0], points, points[-1:] + ends[1]])
    whole = np.round(points).astype(np.int32)
    cv2.polylines(out, [whole], False, 250, max(3, round(rule.thickness_px) + 2))


def _printed_pieces(rule: Rule) -> list[Points]:
    """The points of a ruling between the gaps in which it is not seen."""
    along = 0 if rule.horizontal else 1
    at = rule.points[:, along]
    edges = [float(at[0]), *(x for gap in sorted(rule.gaps) for x in gap), float(at[-1])]
    pieces = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stop <= start:
            continue
        within = rule.points[(at > start) & (at < stop)]
        ends = [[x, np.interp(x, at, rule.points[:, 1 - along])] for x in (start, stop)]
        first, last = np.array(ends)[:, :: 1 if rule.horizontal else -1]
        pieces.append(np.vstack([first, within, last]))
    return pieces


def _in_tables(rules: Sequence[Rule], tables: Sequence[Table]) -> set[int]:
    """Which of the rulings are tables'; of a double one a table has the middle."""
    lines = [line for table in tables for line in (*table.across, *table.down)]
    traced = {id(rule) for rule in rules}
    found = {id(line) for line in lines}
    between = [line for line in lines if id(line) not in traced]
    return found | {
        id(rule)
        for rule in rules
        if any(one.horizontal == rule.horizontal and lies_along(rule, one) for one in between)
    }


def _runs_off(rule: Rule, shape: tuple[int, ...]) -> bool:
    """Whether a ruling runs to an edge of the page; print may hide where it begins."""
    start, stop = rule_span(rule)
    return start < MARGIN_PX or stop > shape[1 if rule.horizontal else 0] - MARGIN_PX


def _darkness(gray: Pixels, rule: Rule) -> float:
    """Gray levels by which what is printed of a ruling is darker than paper."""
    along, level = _places(rule)
    values = _beside(gray if rule.horizontal else gray.T, along, level, 0)
    return PAPER_LEVEL - quantile(values, PRINTED_SHARE) if len(values) else 0.0


def _holds_letters(gray: Pixels, rule: Rule) -> bool:
    """Whether letters stand on what looks like a ruling, or hang from it, along its length."""
    along, level = _places(rule)
    off = round(rule.thickness_px / 2) + LETTERS_OFF_PX
    line = np.min([_beside(gray, along, level, step) for step in (-1, 0, 1)], axis=0)
    above, below = (_beside(gray, along, level, step) < DARK_LEVEL for step in (-off, off))
    if len(line) == 0 or (line < DARK_LEVEL).mean() >= LETTERS_DARK:
        return False
    return bool(max(above.mean(), below.mean()) >= LETTERS_SHARE)


def _places(rule: Rule) -> tuple[Ints, Ints]:
    """Each pixel along a ruling, and how far across it lies there."""
    points = rule.points if rule.horizontal else rule.points[:, ::-1]
    along = np.arange(round(points[0, 0]), round(points[-1, 0]))
    return along, np.rint(np.interp(along + 0.5, points[:, 0], points[:, 1]) - 0.5).astype(int)


def _beside(gray: Pixels, along: Ints, level: Ints, step: int) -> Pixels:
    """What is on the page ``step`` px below a horizontal ruling, pixel by pixel."""
    return gray[np.clip(level + step, 0, len(gray) - 1), np.clip(along, 0, gray.shape[1] - 1)]


def _as_dark_as_print(gray: Pixels) -> Pixels:
    """The page itself, or a pale one with its contrast raised."""
    levels = np.cumsum(cv2.calcHist([gray], [0], None, [256], [0, 256]))
    darkest = float(np.searchsorted(levels, DARKEST_SHARE * gray.size))
    if not PALE[0] < darkest <= PALE[1]:
        return gray
    gain = min(MOST_GAIN, (PAPER_LEVEL - INK_LEVEL) / max(PAPER_LEVEL - darkest, 1.0))
    raised = PAPER_LEVEL + gain * (np.arange(256) - PAPER_LEVEL)
    return np.asarray(cv2.LUT(gray, np.clip(np.rint(raised), 0, 255).astype(np.uint8)), np.uint8)


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
    _, band = cv2.threshold(cv2.blur(half, window), BAND_DARK, 1, cv2.THRESH_BINARY)
    out = gray.copy()
    if not band.any():
        return out
    # Most of a page holds none.
    start_x, start_y, *size = cv2.boundingRect(band)
    band = band[start_y : start_y + size[1], start_x : start_x + size[0]]
    count, _, boxes, _ = cv2.connectedComponentsWithStats(band)
    for left, top, width, height, _ in 2 * (boxes[1:count] + (start_x, start_y, 0, 0, 0)):
        # The window sees the band's middle only: look around for its edges.
        x0, x1 = max(0, left - BAND_PX[0]), left + width + BAND_PX[0]
        y0, y1 = max(0, top - BAND_PX[1]), top + height + BAND_PX[1]
        around = gray[y0:y1, x0:x1] < DARK_LEVEL
        across = around[:, left - x0 : left - x0 + width].mean(axis=1)
        rows = _one_band(across, top - y0, top - y0 + height, 0.5)
        if len(rows) == 0:
            continue
        down = around[rows[0] : rows[-1] + 1].mean(axis=0)
        columns = _one_band(down, left - x0, left - x0 + width, 0.3)
        if len(columns) == 0:
            continue
        block = np.s_[y0 + rows[0] : y0 + rows[-1] + 1, x0 + columns[0] : x0 + columns[-1] + 1]
        out[block] = 255 - gray[block]
    return out


def _one_band(shares: Floats, start: int, stop: int, least: float) -> Ints:
    """Where more than ``least`` is dark, from ``start`` to ``stop`` and on to where paper begins.

    ``shares``: of each line of pixels across the band, that of dark ones, 0..1.
    """
    paper = np.flatnonzero(shares < BAND_ENDS)
    low = max((n + 1 for n in paper.tolist() if n < start), default=0)
    high = min((n for n in paper.tolist() if n >= stop), default=len(shares))
    return np.asarray(low + np.flatnonzero(shares[low:high] > least))


def without_long_lines(gray: Pixels, rules: Sequence[Rule]) -> Pixels:
    """The page without its long lines across, painted over from side to side.

    Dots of a worn line beside print, beyond where it is traced as well, are read as letters,
    and print is lost among them.
    """
    clean, width = gray.copy(), float(gray.shape[1])
    for rule in rules:
        start, stop = rule_span(rule)
        if rule.horizontal and rule.thickness_px > 0 and stop - start >= LONG_PX:
            inner = rule.points[(rule.points[:, 0] > 0) & (rule.points[:, 0] < width)]
            ends = [[x, rule_at(rule, x)] for x in (0.0, width)]
            path = np.rint(np.vstack([ends[:1], inner, ends[1:]])).astype(np.int32)
            high = round(rule.thickness_px) + 2 * DOTS_PX + 1
            cv2.polylines(clean, [path.reshape(-1, 1, 2)], False, (PAPER_LEVEL,), high)
    return clean
