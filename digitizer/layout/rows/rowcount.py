"""How many rows lie between two lines of a table, told by what stands between them.

Of the writing's profile down the page the part that swings once a row, in phase with the
two lines, is larger for the right number of rows than for any other; two lines of writing
in a row swing twice as fast, so multiples of a number do not count against it. Copies that
show gray as dots hold bands still: every other row is full of specks, for the right number
of rows alone. Where neither tells, as on a sheet that is hardly filled, numbers printed
before the rows do (``rownumbers``), if there is one in the first row and in the last or the
one before.

Else nothing is said: of fewer than three rows with writing, where two numbers fit about as
well, or where the writing drifts against the rows from the first to the last, as it does
where the last line is none of the table's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.layout.rows.rownumbers import find_number_runs
from digitizer.layout.table.openrows import SAME_END_PX
from digitizer.layout.table.rowrules import MIN_ROW_PX
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Pixels, Rule

# Rows are at most so high, 22 mm: in higher ones people write two or three lines anyhow.
MAX_ROW_PX = 22 * PAGE_PX_PER_MM
# A table of signers has so many rows at least, and so many of them are written in.
MIN_ROWS, MIN_WRITTEN = 3, 3
# Writing is darker than this, gray levels of a flattened page; its pieces have so many
# pixels and are so large one way, 1 mm: specks and the dots of a copied gray are not; nor
# are strikes, 60 mm long, and what is left of the columns' rulings, 15 mm high.
DARK_LEVEL = 150
MIN_PIECE_PX, MIN_LETTER_PX = 12, 8
MAX_PIECE_PX = (60 * PAGE_PX_PER_MM, 15 * PAGE_PX_PER_MM)
# Rows of pixels beside a traced line that belong to it, on each side.
LINE_PX = 3
# The table is looked at in so many strips side by side; no row of pixels of a strip counts
# for more than this share of ink: a signature would outweigh a column of names.
STRIPS, MOST_INK = 12, 0.25
# The swing once a row, as a share of all ink (1: all on one line in the middle of each row),
# that writing has at least, and how many times that of any other number of rows. Of 11 copies
# looked at it was 0.26 to 0.8, and 1.7 times the next and more.
MIN_SWING, CLEARER = 0.2, 1.4
# Words scattered anywhere swing by chance, too: what is written in step (``_evidence``) is
# so much at least; 200 such pages reached 6.7, 11 copies 13 to 37. Letters are one line of
# writing over gaps of this, px (4 mm).
MIN_EVIDENCE, QUARTERS, WORD_GAP_PX = 8.0, 4, 32
# A multiple may swing as much as this many times the number itself.
MULTIPLE = 2.0
# The middle of what is written lies this near to the rows' middles, shares of a row: in all,
# and in the upper and lower half of what is written. It was 0.06 at most.
IN_PHASE, HALF_IN_PHASE = 0.12, 0.2
# Pieces of rulings between the first and the last lie on the rows to this share of one.
ON_ROW = 0.12
# Every other row is full of specks, as the dots of a copied gray are, if they go with it so
# clearly (correlation) along a profile down the page, smooth over so much, px, without rows'
# edges and what is darker than so much of it. Bands on six copies reached 0.66 to 0.97, any
# number of rows on others 0.5.
MIN_BANDED, SMOOTH_PX, EDGE_SHARE, NOT_MORE = 0.6, 9, 0.08, 0.9
# Numbers tell a whole number of rows, to this much of one.
WHOLE = 0.1
# A row is written in if it has this share of the ink of the middle one that has any.
WRITTEN_SHARE = 0.2

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class RowInk:
    """What is dark on a page, (H, W): pieces like letters, and the specks beside them."""

    writing: Mask
    specks: Mask


def same_ends(upper: Rule, lower: Rule) -> bool:
    """Whether two lines begin and end together."""
    return bool(np.abs(np.subtract(rule_span(upper), rule_span(lower))).max() <= SAME_END_PX)


def ink_of(rules: Sequence[Rule], gray: Pixels) -> RowInk:
    """What is dark on the page and no ruling, as large as letters and smaller."""
    dark = _unruled(rules, gray)
    writing = _letters(dark)
    near = cv2.dilate(writing.astype(np.uint8), np.ones((3, 3), np.uint8))
    return RowInk(writing, np.asarray((dark > 0) & (near == 0), dtype=np.bool_))


def writing_between(rules: Sequence[Rule], gray: Pixels, top: int, bottom: int) -> Mask:
    """As the ``writing`` of ``ink_of``, true to it from row ``top`` of pixels to ``bottom``."""
    # Of what reaches on beyond, nothing is writing: it is higher than letters are.
    reach = round(MAX_PIECE_PX[1]) + 1
    rows = slice(max(0, top - reach), max(0, bottom + reach))
    writing = np.zeros(gray.shape, dtype=np.bool_)
    writing[rows] = _letters(_unruled(rules, gray)[rows])
    return writing


def _unruled(rules: Sequence[Rule], gray: Pixels) -> Pixels:
    """What is dark on the page (1) and no ruling."""
    dark = np.asarray(cv2.compare(gray, DARK_LEVEL, cv2.CMP_LT) & 1, dtype=np.uint8)
    for rule in rules:
        path = np.rint(rule.points).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(dark, [path], False, (0,), round(rule.thickness_px) + 2 * LINE_PX)
    return dark


def _letters(dark: Pixels) -> Mask:
    """The pieces of what is dark that are as large as letters."""
    # For so many small pieces the quickest of the library's ways; the pieces are the same.
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(
        dark, 8, cv2.CV_32S, cv2.CCL_BBDT
    )
    wide, high, area = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT], stats[:, 4]
    letters = (area >= MIN_PIECE_PX) & (np.maximum(wide, high) >= MIN_LETTER_PX)
    letters &= (wide <= MAX_PIECE_PX[0]) & (high <= MAX_PIECE_PX[1])
    letters[0] = False
    # Most of a page is paper.
    inked, writing = dark > 0, np.zeros(dark.shape, dtype=np.bool_)
    writing[inked] = letters[labels[inked]]
    return writing


def row_count(page: RowInk, top: Rule, bottom: Rule, lines: Sequence[Rule]) -> int | None:
    """How many rows lie between two lines; None where that is not clear."""
    left, right = rule_span(top)
    middle = (left + right) / 2
    height = rule_at(bottom, middle) - rule_at(top, middle)
    fewest = max(MIN_ROWS, int(np.ceil(height / MAX_ROW_PX)))
    most = int(height / MIN_ROW_PX)
    if most < fewest:
        return None
    inner = [
        (rule_at(rule, middle) - rule_at(top, middle)) / height
        for rule in lines
        if rule.thickness_px > 0 and same_ends(top, rule) and rule not in (top, bottom)
    ]
    counts = fewest, most
    banded = _banded_count(page.specks, top, bottom, counts)
    written = _written_count(page.writing, top, bottom, counts)
    if banded and written and banded != written:
        return None
    count = banded or written or _numbered_count(page.writing, top, bottom, counts)
    if count is None:
        return None
    off = [abs(share * count - round(share * count)) for share in inner if 0 < share < 1]
    return count if max(off, default=0.0) <= ON_ROW else None


def _banded_count(specks: Mask, top: Rule, bottom: Rule, counts: tuple[int, int]) -> int | None:
    """The number of rows, within ``counts``, every other one of which is full of specks."""
    # Over most of the width: what is left of letters is not.
    thin = cv2.blur(_share_between(specks, top, bottom, 2 * STRIPS), (SMOOTH_PX, 1))
    down = np.median(thin, axis=0)
    down = np.minimum(down, np.quantile(down, NOT_MORE))
    place = _shares(len(down))
    told = {}
    for count in range(2, counts[1] + 1):
        row, within = np.divmod(place * count, 1)
        inner = np.abs(within - 0.5) < 0.5 - EDGE_SHARE
        kinds = np.where(row % 2 == 0, 1.0, -1.0)[inner]
        dark = down[inner]
        alike = np.corrcoef(dark, kinds)[0, 1] if dark.std() > 0 and kinds.std() > 0 else 0.0
        told[count] = abs(float(alike))
    best = max((n for n in told if n >= counts[0]), key=lambda n: told[n])
    others = [told[n] for n in told if n != best]
    clear = told[best] >= max(MIN_BANDED, CLEARER * max(others, default=0.0))
    return best if clear else None


def _written_count(writing: Mask, top: Rule, bottom: Rule, counts: tuple[int, int]) -> int | None:
    """The number of rows, within ``counts``, that the writing swings with; None: unclear."""
    ink = ink_between(writing, top, bottom)
    if ink.sum() <= 0:
        return None
    count = clear_count({n: swing_of(ink, n) for n in range(2, counts[1] + 1)}, counts[0])
    if count is None or _evidence(writing, top, bottom, count) < MIN_EVIDENCE:
        return None
    return count if is_in_step(ink, count) else None


def _numbered_count(writing: Mask, top: Rule, bottom: Rule, counts: tuple[int, int]) -> int | None:
    """The number of rows, within ``counts``, that printed row numbers tell; None: no such."""
    left = rule_span(top)[0]
    high, low = (round(rule_at(line, left)) for line in (top, bottom))
    between = writing[max(0, high + LINE_PX) : max(0, low - LINE_PX)].astype(np.uint8)
    heights = (low - high) / counts[1], (low - high) / counts[0]
    for run in find_number_runs(between, left, *heights):
        rows = (low - high) / run.pitch
        # There is one in the first row, and in the last or the one before it.
        if abs(rows - round(rows)) <= WHOLE and run.first + LINE_PX < run.pitch:
            if 0 <= round(rows) - run.count <= 1 and round(rows) >= counts[0]:
                return round(rows)
    return None


def clear_count(swings: dict[int, complex], fewest: int) -> int | None:
    """The number of rows that writing swings with, of ``fewest`` and more; None: unclear.

    ``swings``: for each number how much of the writing swings once a row, in phase with the
    rows (the real part) and a quarter of a row off. Smaller numbers are there to compare with.
    """
    told = [n for n in swings if n >= fewest]
    if not told:
        return None
    best = max(told, key=lambda n: swings[n].real)
    for n in told:
        # Two lines of writing in a row swing more than the rows themselves.
        if best % n == 0 and swings[n].real * MULTIPLE >= swings[best].real:
            best = n
            break
    swing = swings[best]
    if swing.real < MIN_SWING or abs(np.angle(swing)) > IN_PHASE * 2 * np.pi:
        return None
    others = [swings[n].real for n in swings if n % best]
    return best if swing.real >= CLEARER * max(others, default=0.0) else None


def ink_between(writing: Mask, top: Rule, bottom: Rule) -> Floats:
    """How much is written, (STRIPS, rows of pixels), along both lines from the first."""
    return np.minimum(_share_between(writing, top, bottom, STRIPS), MOST_INK)


def _share_between(mask: Mask, top: Rule, bottom: Rule, strips: int) -> Floats:
    """The share that is set, (strips, rows of pixels), along both lines from the first."""
    left, right = rule_span(top)
    edges = np.clip(np.linspace(left, right, strips + 1).round().astype(int), 0, mask.shape[1])
    middle = (left + right) / 2
    rows = round(rule_at(bottom, middle) - rule_at(top, middle))
    shares = np.zeros((strips, rows))
    for n, (start, stop) in enumerate(pairwise(edges.tolist())):
        high, low = (rule_at(line, (start + stop) / 2) for line in (top, bottom))
        places = (high + _shares(rows) * (low - high)).astype(int)
        if stop > start:
            shares[n] = mask[np.clip(places, 0, mask.shape[0] - 1), start:stop].mean(axis=1)
    return shares


def _shares(rows: int) -> Floats:
    """How far down the table the middles of its rows of pixels are, 0 to 1."""
    return np.asarray((np.arange(rows) + 0.5) / rows)


def _evidence(writing: Mask, top: Rule, bottom: Rule, count: int) -> float:
    """How much is written in step with so many rows: 1 to 2 for words that lie anywhere.

    The square of the swing for each line of writing, of the four quarters of the width
    together: a column in which everybody writes one line tells more than one with two.
    """
    edges = np.linspace(*rule_span(top), QUARTERS + 1)
    told = 0.0
    for left, right in pairwise(edges):
        parts = [_cut(line, left, right) for line in (top, bottom)]
        swing = swing_of(ink_between(writing, *parts), count).real
        high, low = (max(0, round(rule_at(line, (left + right) / 2))) for line in (top, bottom))
        inside = writing[high:low, max(0, round(left)) : round(right)].astype(np.uint8)
        joined = cv2.dilate(inside, np.ones((1, WORD_GAP_PX), np.uint8))
        told += (cv2.connectedComponents(joined)[0] - 1) * max(0.0, swing) ** 2
    return told


def _cut(line: Rule, left: float, right: float) -> Rule:
    xs = np.linspace(left, right, 5)
    return replace(line, points=np.column_stack([xs, [rule_at(line, x) for x in xs]]))


def swing_of(ink: Floats, count: int, part: slice = slice(None)) -> complex:
    """The share of the ink that swings once a row, 1 + 0j: all of it in the middle of rows."""
    amount = ink[:, part]
    turned = -np.exp(2j * np.pi * count * _shares(ink.shape[1])[part])
    total = float(amount.sum())
    return complex((amount * turned).sum() / total) if total > 0 else 0j


def is_in_step(ink: Floats, count: int) -> bool:
    """Whether enough rows are written in, and the writing does not drift against them."""
    down = ink.sum(axis=0)
    rows = np.array([part.sum() for part in np.array_split(down, count)])
    written = rows >= WRITTEN_SHARE * float(np.median(rows[rows > 0]))
    if int(written.sum()) < MIN_WRITTEN:
        return False
    half = int(np.searchsorted(np.cumsum(down), down.sum() / 2))
    upper, lower = swing_of(ink, count, slice(half)), swing_of(ink, count, slice(half, None))
    off = np.abs(np.angle([upper, lower])) / (2 * np.pi)
    return bool(off.max() <= HALF_IN_PHASE)
