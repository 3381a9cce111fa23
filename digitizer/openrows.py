"""Signer tables without a single ruling from top to bottom: lines or gray bands alone.

Such a table is a run of lines that begin and end together, about equally far apart. Its
columns are where the heads above them stand: the sides between them follow from heads
that are centred, or that all begin as far from their side as the first one does; where
neither holds, from the gap that writers left. Only a table on which every head of a form
is read is taken, since nothing else says that the lines are one.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from digitizer.forms.forms import Form
from digitizer.records import PAGE_PX_PER_MM, Pixels, PrintedWord, Rule
from digitizer.rulepaths import rule_at, rule_span
from digitizer.signergrid import (
    MIN_HEADER,
    MIN_ROW_PX,
    SignerGrid,
    assign_columns,
    regular_rules,
)
from digitizer.tables import Table
from digitizer.typicalrow import ReadPrint
from digitizer.wording import contains, text_lines

# Lines of one table end within 4 mm of each other, since scans lean; edges of bands (of no
# thickness) are known to one of their strips along them.
SAME_END_PX = 4 * PAGE_PX_PER_MM
BAND_END_PX = 64.0
# A table of signers is at least so wide, 100 mm, and has three rows and a head.
MIN_WIDTH_PX = 100 * PAGE_PX_PER_MM
MIN_LINES = 4
# Heads of two columns stand this many heights of their print apart; words are nearer.
HEAD_GAP = 0.8
# The heads stand above the first line, or in the first rows where those are as high as
# the signers'; their lines of print reach so far up, 25 mm.
MAX_HEADER_ROWS = 2
MAX_HEAD_LINES = 6
HEADS_PX = 25 * PAGE_PX_PER_MM
# Words whose middles lie within this share of their height are on one line.
SAME_LINE = 0.6
# Rows of one table differ by less than this share.
EVEN_SHARE = 0.25
# ... and one that was not seen divides what is as high as two rows to within this.
PUT_IN_SHARE = 0.08
# White around a strip that is read by itself, px.
MARGIN_PX, PAPER_LEVEL = 20, 245
# What else is printed there has so many letters, read so surely; a signature that reaches
# up between the heads has not.
HEAD_LETTERS, HEAD_CONFIDENCE = 3, 0.5
# A page of which no form is known has a head for each of so many columns at least.
MIN_HEADS = 2
# How far a head may lie from its column's middle: surely centred, and perhaps; the first
# one from its side, where heads are not.
CENTRED_PX, NEARLY_CENTRED_PX = 0.5 * PAGE_PX_PER_MM, 2 * PAGE_PX_PER_MM
MAX_PAD_PX = 6 * PAGE_PX_PER_MM
# A first head as near as this to its side is not centred, unless it fills its column.
SMALL_PAD_PX = 2.5 * PAGE_PX_PER_MM
OVERWRITTEN_SHARE = 0.5
# A side is written over where ink lies this near to it, px.
CROSSED_PX = 2
# Writing begins so far from its cell's side, 1 mm.
WRITTEN_PAD_PX = PAGE_PX_PER_MM
DARK_LEVEL = 150
# Rows of pixels beside a line that belong to it.
LINE_PX = 5

Floats = npt.NDArray[np.float64]


def find_open_lines(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The longest run of lines that begin and end together and bound even rows; else empty."""
    wide = [
        rule
        for rule in rules
        if rule.horizontal and rule_span(rule)[1] - rule_span(rule)[0] >= MIN_WIDTH_PX
    ]
    best: tuple[Rule, ...] = ()
    tried: set[tuple[int, ...]] = set()
    for seed in wide:
        if seed.thickness_px == 0:
            continue
        start, stop = rule_span(seed)
        alike = []
        for rule in wide:
            reach = BAND_END_PX if rule.thickness_px == 0 else SAME_END_PX
            ends = rule_span(rule)
            if max(abs(ends[0] - start), abs(ends[1] - stop)) <= reach:
                alike.append(rule)
        # Most lines of a table, or of millimetre paper, have the same ones beside them.
        same = tuple(id(rule) for rule in alike)
        if len(alike) > len(best) and same not in tried:
            tried.add(same)
            run = _even_run(sorted(alike, key=lambda rule: rule_at(rule, start)), start)
            best = max(best, run, key=len)
    printed = sum(rule.thickness_px > 0 for rule in best)
    return best if len(best) >= MIN_LINES and printed else ()


def _even_run(lines: Sequence[Rule], x: float) -> tuple[Rule, ...]:
    """The part of ``lines`` that bounds rows of one height best, with few put in or left out.

    Lines of print are lines, too: a run may begin at any of them.
    """
    best: tuple[Rule, ...] = ()
    most = 0
    for first in range(len(lines) - MIN_LINES + 1):
        rows = regular_rules(list(lines[first:]), x)
        places = [rule_at(rule, x) for rule in rows]
        heights = np.diff(places)
        if heights[0] < MIN_ROW_PX:
            continue
        if rows[1].support == 0 and abs(heights[0] / np.median(heights) - 1) > PUT_IN_SHARE:
            continue  # a line put in between two that lie far apart: a high head
        stop = 1
        while stop < len(heights) and abs(heights[stop] / heights[0] - 1) < EVEN_SHARE:
            stop += 1
        seen = sum(rule.support > 0 for rule in rows[: stop + 1])
        within = sum(places[0] <= rule_at(rule, x) <= places[stop] for rule in lines)
        worth = seen - (stop + 1 - seen) - (within - seen)
        if worth > most:
            best, most = rows[: stop + 1], worth
    return best


def match_open_rows(
    lines: Sequence[Rule],
    gray: Pixels,
    words: Sequence[PrintedWord],
    form: Form,
    read_above: Callable[[int], Sequence[PrintedWord]],
) -> SignerGrid | None:
    """The form's columns and rows between ``lines``; None where a head of it is not read.

    ``gray``: the level page; ``words``: its print; ``read_above`` reads the print above the
    line of that number by itself: writing below it often spoils what is made of the heads.
    """
    for first in _first_lines(lines):
        heads = _matching_heads(_above(lines, first, words), form)
        if heads is None:
            heads = _matching_heads(_above(lines, first, read_above(first)), form)
        if heads is not None:
            rows = tuple(lines[first:])
            columns, found = _assigned(heads, form)
            told = [s for s, column in zip(found, form.columns, strict=True) if column.header]
            table = _table(rows, _sides(heads, rows, gray))
            return SignerGrid(table, float(np.mean(told)), tuple(columns), tuple(found), rows)
    return None


def open_table(
    lines: Sequence[Rule],
    gray: Pixels,
    words: Sequence[PrintedWord],
    is_head: Callable[[str], bool],
) -> Table | None:
    """The table between ``lines`` with a column for each head above; None: no heads.

    ``is_head``: whether a text says what belongs in a column. Of the lines of print above
    the rows as many are taken as say so in the most places, and few others.
    """
    best: tuple[int, Table] | None = None
    for first in _first_lines(lines):
        above = _above(lines, first, [w for w in words if w.confidence >= HEAD_CONFIDENCE])
        for count in range(1, min(MAX_HEAD_LINES, len(above)) + 1):
            heads = _heads([word for line in above[:count] for word in line])
            told = sum(is_head(text) for text in _texts(heads))
            worth = 2 * told - len(heads)
            if told >= MIN_HEADS and (best is None or worth > best[0]):
                rows = tuple(lines[first:])
                best = worth, _table(rows, _sides(heads, rows, gray))
    return None if best is None else best[1]


def strip_words(
    lines: Sequence[Rule], first: int, gray: Pixels, read: ReadPrint
) -> list[PrintedWord]:
    """The print above the line of number ``first``, read by itself; boxes in px of the page."""
    left, right = _ends(lines)
    bottom = min(rule_at(lines[first], left), rule_at(lines[first], right)) - LINE_PX
    top, start = max(0, round(bottom - HEADS_PX)), max(0, round(left) - LINE_PX)
    strip = gray[top : round(bottom), start : round(right) + LINE_PX]
    if min(strip.shape) < LINE_PX:
        return []
    strip = np.pad(strip, MARGIN_PX, constant_values=PAPER_LEVEL)
    dx, dy = start - MARGIN_PX, top - MARGIN_PX
    return [
        replace(
            word,
            box=(word.box[0] + dx, word.box[1] + dy, word.box[2] + dx, word.box[3] + dy),
        )
        for word in read(strip)
    ]


def _first_lines(lines: Sequence[Rule]) -> list[int]:
    """Numbers of the lines that may bound the first row: the heads may stand in rows of theirs."""
    last = min(MAX_HEADER_ROWS, len(lines) - MIN_LINES)
    return [n for n in range(last + 1) if lines[n].support > 0]


def _above(
    lines: Sequence[Rule], first: int, words: Sequence[PrintedWord]
) -> list[list[PrintedWord]]:
    """Lines of print above ``lines[first]``, the lowest first, down from the line before it."""
    left, right = _ends(lines)
    before = [line for line in lines[:first] if line.support > 0]
    found: list[list[PrintedWord]] = []
    levels: list[float] = []
    near = []
    for word in words:
        x, y = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
        floor = rule_at(lines[first], x)
        roof = rule_at(before[-1], x) if before else floor - HEADS_PX
        if max(roof, floor - HEADS_PX) <= y <= floor and left <= x <= right:
            near.append((floor - y, word))
    for below, word in sorted(near, key=lambda one: one[0]):
        height = word.box[3] - word.box[1]
        if found and below - levels[-1] <= SAME_LINE * height:
            found[-1].append(word)
        else:
            found.append([word])
            levels.append(below)
    return found


def _matching_heads(
    lines: Sequence[Sequence[PrintedWord]], form: Form
) -> list[list[PrintedWord]] | None:
    """The lowest lines of print that hold all of the form's heads, one list a column."""
    for count in range(1, min(MAX_HEAD_LINES, len(lines)) + 1):
        heads = _heads([word for line in lines[:count] for word in line])
        columns, _ = _assigned(heads, form)
        taken = {span[0] for span in columns if span is not None}
        heads = [h for j, h in enumerate(heads) if j in taken or any(_is_print(w) for w in h)]
        _, found = _assigned(heads, form)
        told = [s for s, column in zip(found, form.columns, strict=True) if column.header]
        if len(told) >= 2 and min(told) >= MIN_HEADER:
            return heads
    return None


def _assigned(
    heads: Sequence[Sequence[PrintedWord]], form: Form
) -> tuple[list[tuple[int, int] | None], list[float]]:
    """The head (from, to) of each column of the form, and how like it is."""
    texts = _texts(heads)
    likeness = [
        [max((contains(h, text) for h in column.header), default=0.0) for text in texts]
        for column in form.columns
    ]
    return assign_columns(likeness, [(j, j + 1) for j in range(len(heads))])


def _texts(heads: Sequence[Sequence[PrintedWord]]) -> list[str]:
    return [" ".join(w.text for line in text_lines(head) for w in line) for head in heads]


def _is_print(word: PrintedWord) -> bool:
    letters = sum(c.isalpha() for c in word.text)
    return letters >= HEAD_LETTERS and word.confidence >= HEAD_CONFIDENCE


def _heads(words: Sequence[PrintedWord]) -> list[list[PrintedWord]]:
    """Words put together where they stand beside or below each other, from the left."""
    height = float(np.median([word.box[3] - word.box[1] for word in words]))
    heads: list[list[PrintedWord]] = []
    reached = -np.inf
    for word in sorted(words, key=lambda w: w.box[0]):
        if word.box[0] - reached > HEAD_GAP * height:
            heads.append([])
        heads[-1].append(word)
        reached = max(reached, word.box[2])
    return heads


def _ends(lines: Sequence[Rule]) -> tuple[float, float]:
    """Where the lines begin and end: those of the printed ones."""
    spans = np.array([rule_span(rule) for rule in lines if rule.thickness_px > 0])
    left, right = np.median(spans, axis=0)
    return float(left), float(right)


def _sides(heads: Sequence[Sequence[PrintedWord]], rows: Sequence[Rule], gray: Pixels) -> Floats:
    """Where the columns' sides lie, first and last included: x in px of the page."""
    first = np.array([min(w.box[0] for w in head) for head in heads])
    last = np.array([max(w.box[2] for w in head) for head in heads])
    left, right = _ends(rows) if any(r.thickness_px > 0 for r in rows) else (first[0], last[-1])
    centred, off = _centred((first + last) / 2, left, right)
    pad = first[0] - left
    aligned = first[1:] - pad
    written = _written(rows, gray)
    aligned_first = pad <= SMALL_PAD_PX or off > CENTRED_PX
    ways = [aligned, centred] if aligned_first else [centred, aligned]
    ways = [
        way
        for way in ways
        if ((way > last[:-1] - 1) & (way < first[1:] + 1)).all()
        and (-1 <= pad <= MAX_PAD_PX if way is aligned else off <= NEARLY_CENTRED_PX)
    ]
    if not ways:
        gaps = [_gap(written, a, b) for a, b in zip(last[:-1], first[1:], strict=True)]
        ways = [np.array(gaps)]

    def crossed(way: Floats) -> float:
        places = np.clip(np.rint(way).astype(int), 0, len(written) - 1)
        return float(sum(written[max(0, x - CROSSED_PX) : x + CROSSED_PX].max() for x in places))

    # Few columns fit either way: the less likely one must be written over much less.
    other = len(ways) > 1 and crossed(ways[1]) < OVERWRITTEN_SHARE * crossed(ways[0])
    return np.concatenate([[left], ways[1] if other else ways[0], [right]])


def _centred(middles: Floats, left: float, right: float) -> tuple[Floats, float]:
    """Inner sides halfway between which the heads' middles lie, and how far off one is, px."""
    count = len(middles)
    halves = np.zeros((count, count - 1))
    for k in range(count - 1):
        halves[k, k] = halves[k + 1, k] = 0.5
    wanted = middles.copy()
    wanted[0] -= left / 2
    wanted[-1] -= right / 2
    inner = np.asarray(np.linalg.lstsq(halves, wanted, rcond=None)[0], dtype=np.float64)
    return inner, float(np.abs(halves @ inner - wanted).max())


def _written(rows: Sequence[Rule], gray: Pixels) -> Floats:
    """In how many of the rows there is ink, for each column of pixels."""
    middle = float(np.mean([rule_span(rule) for rule in rows]))
    places = [round(rule_at(rule, middle)) for rule in rows]
    found = np.zeros(gray.shape[1])
    for top, bottom in pairwise(places):
        found += (gray[top + LINE_PX : bottom - LINE_PX] < DARK_LEVEL).any(axis=0)
    return found


def _gap(written: Floats, start: float, stop: float) -> float:
    """The side of a column between two heads: just before the writing that follows a gap."""
    low, high = round(start), max(round(start) + 1, round(stop))
    least = np.flatnonzero(written[low:high] <= written[low:high].min())
    runs = np.split(least, np.flatnonzero(np.diff(least) > 1) + 1)
    widest = max(runs, key=len)
    return float(max(low + widest[0], low + widest[-1] - WRITTEN_PAD_PX))


def _table(rows: Sequence[Rule], sides: Floats) -> Table:
    """The table of these rows with a straight side at each x."""
    down = []
    for x in sides:
        points = [(x, rule_at(rule, x)) for rule in rows]
        down.append(Rule(np.array(points, dtype=np.float64), False, 0.0, 0.0))
    count = len(sides) - 1
    return Table(
        across=tuple(rows),
        down=tuple(down),
        across_borders=np.ones((len(rows), count), dtype=np.bool_),
        down_borders=np.ones((len(rows) - 1, count + 1), dtype=np.bool_),
    )
