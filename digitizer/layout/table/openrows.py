"""Signer tables without a single ruling from top to bottom: lines or gray bands alone.

Such a table is a run of lines that begin and end together, about equally far apart. Its
columns are where the heads above them stand: the sides between them follow from heads
that are centred, or that all begin as far from their side as the first one does; where
neither holds, from the gap that writers left. Only a table on which every head of a form
is read is taken, since nothing else says that the lines are one.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from digitizer.forms.forms import Form
from digitizer.layout.print.typicalrow import ReadPrint
from digitizer.layout.print.wording import Box, contains, text_lines
from digitizer.layout.table.columnheads import assign_heads, reads_all_heads
from digitizer.layout.table.headorder import MIN_HEADER
from digitizer.layout.table.headsides import (
    HEAD_CONFIDENCE,
    column_sides,
    group_heads,
    head_texts,
    is_print,
    join_torn,
    seen_line,
    seen_side,
    without_writing,
)
from digitizer.layout.table.rowrules import MIN_ROW_PX, line_between, regular_rules
from digitizer.layout.table.signergrid import SignerGrid
from digitizer.layout.table.underlines import (
    broken_alike,
    broken_sides,
    heads_by_breaks,
    joined_pieces,
    with_first_row,
    with_last_row,
)
from digitizer.layout.table.writtengaps import LINE_PX
from digitizer.lines.rulepaths import rule_at, rule_span, slope
from digitizer.lines.tables import Table
from digitizer.records import PAGE_PX_PER_MM, Pixels, PrintedWord, Rule

# Lines of one table end within 4 mm of each other, since scans lean; edges of bands (of no
# thickness) are known to one of their strips along them.
SAME_END_PX = 4 * PAGE_PX_PER_MM
BAND_END_PX = 64.0
# ... and of worn lines, of which less than this share is left, the first or the last piece
# may lie 15 mm inside.
WORN_SUPPORT, WORN_END_PX = 0.75, 15 * PAGE_PX_PER_MM
# A table of signers is at least so wide, 100 mm, and has three rows and a head.
MIN_WIDTH_PX = 100 * PAGE_PX_PER_MM
MIN_LINES = 4
# So many edges of bands, evenly far apart, are a table without any line: shadows have none.
MIN_EDGES = 8
# The heads stand above the first line, or in the first rows where those are as high as
# the signers'; their lines of print reach so far up, 32 mm.
MAX_HEADER_ROWS = 2
MAX_HEAD_LINES = 6
HEADS_PX = 32 * PAGE_PX_PER_MM
# Words whose middles lie within this share of their height are on one line.
SAME_LINE = 0.6
# Rows of one table differ by less than this share.
EVEN_SHARE = 0.25
# ... and one that was not seen divides what is as high as two rows to within this.
PUT_IN_SHARE = 0.08
# Where at least this share of the lines are edges of bands, so many rows may be unseen
# between the last of them and the frame.
BANDS_SHARE, MAX_UNSEEN_ROWS = 0.4, 4
# Of a band's edge shorter than this share of the table's width the slope differs by less.
SCRAP_SHARE, SCRAP_ASLANT = 0.6, 0.03
# A sheet has no more rows than this; places along a line that is put in.
MAX_LINES, LINE_POINTS = 60, 9
# Sides lean by at most so much, as paper was drawn through a scanner aslant, and are told
# to by lines whose ends lie in line to 0.5 mm; less than this in all, px, is no lean.
PAPER_LEAN, MAX_RAGGED_PX, MIN_LEAN_PX = 0.03, PAGE_PX_PER_MM / 2, 3.0
# ... on a photograph by so much, told by lines at least 40 mm apart and by the edges of bands
# to 1 mm.
MOST_LEAN, MIN_DOWN_PX, BAND_RAGGED_PX = 0.16, 40 * PAGE_PX_PER_MM, PAGE_PX_PER_MM
# White around a strip that is read by itself, px.
MARGIN_PX, PAPER_LEVEL = 20, 245
# A further line of heads makes one so much more like its wording, 0..1.
CLEARER_HEAD = 0.05
# A page of which no form is known has a head for each of so many columns at least.
MIN_HEADS = 2


def find_open_lines(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The longest run of lines that begin and end together and bound even rows; else empty.

    On photographs without an outline sides may lean by more than paper drawn aslant: where
    that makes the run longer its lines begin and end along such sides.
    """
    wide = [
        rule
        for rule in (*rules, *joined_pieces(rules))
        if rule.horizontal and rule_span(rule)[1] - rule_span(rule)[0] >= MIN_WIDTH_PX
    ]
    straight = _longest_run(wide, 0.0)
    lean = _shared_lean(wide)
    return broken_alike(max(straight, _longest_run(wide, lean) if lean else (), key=len))


def _longest_run(wide: Sequence[Rule], lean: float) -> tuple[Rule, ...]:
    """The longest run of even lines that begin and end along sides that ``lean``; else empty."""

    def upright(rule: Rule) -> tuple[float, float]:
        start, stop = rule_span(rule)
        off = lean * float(rule.points[:, 1].mean())
        return start - off, stop - off

    best: tuple[Rule, ...] = ()
    tried: set[tuple[int, ...]] = set()
    bands = sum(rule.thickness_px == 0 for rule in wide) >= MIN_EDGES
    for seed in wide:
        if seed.thickness_px == 0 and not bands:
            continue
        start, _ = rule_span(seed)
        ends = upright(seed)
        alike = [rule for rule in wide if _end_together(upright(rule), ends, rule, seed)]
        # Most lines of a table, or of millimetre paper, have the same ones beside them.
        same = tuple(id(rule) for rule in alike)
        if len(alike) > len(best) and same not in tried:
            tried.add(same)
            ordered = sorted(alike, key=lambda rule: rule_at(rule, start))
            run = _to_the_frame(_even_run(ordered, start), ordered, start)
            best = max(best, run, key=len)
    printed = sum(rule.thickness_px > 0 for rule in best)
    edges = sum(rule.thickness_px == 0 < rule.support for rule in best)
    return best if len(best) >= MIN_LINES and (printed or edges >= MIN_EDGES) else ()


def _shared_lean(wide: Sequence[Rule]) -> float:
    """By how much (dx per px down) the ends of most wide lines lie askew; 0: little, or unclear."""
    if not MIN_LINES <= len(wide) <= MAX_LINES:
        return 0.0
    spans = np.array([rule_span(rule) for rule in wide])
    heights = np.array([rule.points[:, 1].mean() for rule in wide])
    upper, lower = np.triu_indices(len(wide), 1)
    moved, down = spans[lower] - spans[upper], heights[lower] - heights[upper]
    # Both ends of two lines of one table go the same way; near ones tell nothing.
    told = (np.ptp(moved, axis=1) <= SAME_END_PX) & (np.abs(down) >= MIN_DOWN_PX)
    if told.sum() < MIN_LINES:
        return 0.0
    lean = float(np.median(moved[told].mean(axis=1) / down[told]))
    return lean if PAPER_LEAN < abs(lean) <= MOST_LEAN else 0.0


def _end_together(
    ends: tuple[float, float], of_seed: tuple[float, float], rule: Rule, seed: Rule
) -> bool:
    """Whether a line with these ends may be one of the table of a printed one."""
    before, behind = of_seed[0] - ends[0], ends[1] - of_seed[1]
    if rule.thickness_px == 0:
        # Of a faint band's edge any part may be lost, but nothing is beyond its ends. A piece
        # that lies aslant is the paper's edge.
        scrap = ends[1] - ends[0] < SCRAP_SHARE * (of_seed[1] - of_seed[0])
        if scrap and abs(slope(rule) - slope(seed)) > SCRAP_ASLANT:
            return False
        return max(before, behind) <= BAND_END_PX
    worn = max(rule.support, seed.support) < WORN_SUPPORT
    return max(abs(before), abs(behind)) <= (WORN_END_PX if worn else SAME_END_PX)


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
        if not len(heights) or heights[0] < MIN_ROW_PX:
            continue  # no two of them run as their neighbours do, or no row fits between two
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


def _to_the_frame(run: Sequence[Rule], lines: Sequence[Rule], x: float) -> tuple[Rule, ...]:
    """Rows of gray bands, of which the last were too faint to be seen, down to the frame's line."""
    if not run or sum(line.thickness_px == 0 < line.support for line in run) < BANDS_SHARE * len(
        run
    ):
        return tuple(run)
    foot = rule_at(run[-1], x)
    pitch = (foot - rule_at(run[0], x)) / (len(run) - 1)
    for line in lines:
        rows = (rule_at(line, x) - foot) / pitch
        count = round(rows)
        whole = abs(rows - count) <= PUT_IN_SHARE
        if line.thickness_px > 0 and whole and 1 <= count <= MAX_UNSEEN_ROWS:
            put_in = [line_between(run[-1], line, k / count) for k in range(1, count)]
            return (*run, *put_in, line)
    return tuple(run)


def continued_lines(lines: Sequence[Rule], gray: Pixels) -> tuple[Rule, ...]:
    """Worn ``lines`` and those that follow above and below them of which only pieces are left."""
    found = list(lines)
    if not found or not _are_worn(found):
        return tuple(found)
    ends = _ends(found)
    pitch = float(np.median(np.diff([rule_at(rule, ends[0]) for rule in found])))
    for step, at in ((pitch, -1), (-pitch, 0)):
        while len(found) <= MAX_LINES:
            last = found[at]
            xs = np.linspace(*ends, LINE_POINTS)
            ys = [rule_at(last, x) + step for x in xs]
            there = Rule(np.column_stack([xs, ys]), True, last.thickness_px, WORN_SUPPORT)
            off = seen_line(there, gray, ends, PUT_IN_SHARE * pitch)
            if off is None:
                break
            line = replace(there, points=there.points + (0.0, off))
            found.insert(len(found) if at else 0, line)
    return tuple(found)


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
        heads = _read_heads(_above(lines, first, words), form)
        if heads is None:
            heads = _read_heads(_above(lines, first, read_above(first)), form)
        if heads is not None:
            heads = heads_by_breaks(heads, lines, _ends(lines), form)
            rows = with_last_row(with_first_row(lines[first:], heads), words, gray)
            columns, found = assign_heads(head_texts(heads), form)
            told = [s for s, column in zip(found, form.columns, strict=True) if column.header]
            table = _table_under(heads, rows, gray)
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
            heads = group_heads([word for line in above[:count] for word in line])
            heads = heads_by_breaks(heads, lines, _ends(lines))
            told = sum(is_head(text) for text in head_texts(heads))
            worth = 2 * told - len(heads)
            if told >= MIN_HEADS and (best is None or worth > best[0]):
                rows = with_last_row(with_first_row(lines[first:], heads), words, gray)
                best = worth, _table_under(heads, rows, gray)
    return None if best is None else best[1]


def strip_words(
    lines: Sequence[Rule], first: int, gray: Pixels, read: ReadPrint
) -> list[PrintedWord]:
    """The print above the line of number ``first``, read by itself; boxes in px of the page."""
    start, top, stop, bottom = (round(side) for side in strip_place(lines, first))
    strip = gray[top:bottom, start:stop]
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


def strip_place(lines: Sequence[Rule], first: int) -> Box:
    """Where the heads above the line of that number stand: left, top, right, bottom, px."""
    left, right = _reach(lines)
    bottom = max(0.0, min(rule_at(lines[first], x) for x in (left, right)) - LINE_PX)
    return max(0.0, left - LINE_PX), max(0.0, bottom - HEADS_PX), right + LINE_PX, bottom


def _first_lines(lines: Sequence[Rule]) -> list[int]:
    """Numbers of the lines that may bound the first row: the heads may stand in rows of theirs."""
    last = min(MAX_HEADER_ROWS, len(lines) - MIN_LINES)
    return [n for n in range(last + 1) if lines[n].support > 0]


def _above(
    lines: Sequence[Rule], first: int, words: Sequence[PrintedWord]
) -> list[list[PrintedWord]]:
    """Lines of print above ``lines[first]``, the lowest first, down from the line before it."""
    left, right = _reach(lines)
    before = [line for line in lines[:first] if line.support > 0]
    found: list[list[PrintedWord]] = []
    levels: list[float] = []
    near = []
    for word in words:
        x, y = word.middle
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


def heads_floor(words: Sequence[PrintedWord], form: Form, width: int) -> float | None:
    """Just below which height the form's heads stand, all of them, on a page without lines."""
    text = " ".join(word.text for line in text_lines(words) for word in line)
    heads = [column.header for column in form.columns if column.header]
    if not heads or any(max(contains(h, text) for h in one) < MIN_HEADER for one in heads):
        return None
    best: tuple[float, float] | None = None
    for floor in sorted({line[-1].box[3] + MARGIN_PX / 2 for line in text_lines(words)}):
        line = Rule(np.array([[0.0, floor], [float(width), floor]]), True, 1.0, 1.0)
        read = _read_heads(_above([line], 0, words), form)
        if read is not None:
            # The further lines of long heads make them more like what they should be.
            alike = sum(assign_heads(head_texts(read), form)[1])
            if best is None or alike > best[0] + CLEARER_HEAD:
                best = alike, float(floor)
    return None if best is None else best[1]


def _read_heads(
    lines: Sequence[Sequence[PrintedWord]], form: Form
) -> list[list[PrintedWord]] | None:
    """As ``_matching_heads``, if need be without what was read of a fold across the heads."""
    lines = without_writing(lines, [h for column in form.columns for h in column.header])
    sure = [[word for word in line if word.confidence >= HEAD_CONFIDENCE] for line in lines]
    return _matching_heads(lines, form) or _matching_heads([line for line in sure if line], form)


def _matching_heads(
    lines: Sequence[Sequence[PrintedWord]], form: Form
) -> list[list[PrintedWord]] | None:
    """The lowest lines of print that hold all of the form's heads, one list a column."""
    for count in range(1, min(MAX_HEAD_LINES, len(lines)) + 1):
        heads = group_heads([word for line in lines[:count] for word in line])
        columns, _ = assign_heads(head_texts(heads), form)
        taken = {
            span[0]: column.header
            for span, column in zip(columns, form.columns, strict=True)
            if span is not None
        }
        kept = [j for j, h in enumerate(heads) if j in taken or any(is_print(w) for w in h)]
        free = [
            h for s, c in zip(columns, form.columns, strict=True) if s is None for h in c.header
        ]
        heads = join_torn([heads[j] for j in kept], [taken.get(j, ()) for j in kept], free)
        if reads_all_heads(head_texts(heads), form):
            return heads
    return None


def _ends(lines: Sequence[Rule], lean: float = 0.0) -> tuple[float, float]:
    """Where the printed ones of the lines begin and end; on the first line if they ``lean``.

    Of gray bands there may be edges alone.
    """
    told = _printed(lines) or lines
    spans = np.array([rule_span(rule) for rule in told])
    if lean:
        middle = float(spans.mean())
        heights = [rule_at(rule, middle) for rule in told]
        spans = spans - lean * (np.array(heights) - rule_at(lines[0], middle))[:, None]
    left, right = np.median(spans, axis=0)
    return float(left), float(right)


def _printed(lines: Sequence[Rule]) -> list[Rule]:
    """The lines that are no edges of gray bands, and were not put in."""
    return [rule for rule in lines if rule.thickness_px > 0]


def _are_worn(lines: Sequence[Rule]) -> bool:
    """Whether so little is left of most printed lines that they are traced short."""
    supports = [rule.support for rule in _printed(lines)]
    return bool(supports) and float(np.median(supports)) < WORN_SUPPORT


def _reach(lines: Sequence[Rule]) -> tuple[float, float]:
    """From where to where the table may reach at most."""
    left, right = _ends(lines)
    if not _are_worn(lines):
        return left, right
    spans = np.array([rule_span(rule) for rule in _printed(lines)])
    return max(0.0, spans[:, 0].min() - WORN_END_PX), spans[:, 1].max() + WORN_END_PX


def _open_ends(
    heads: Sequence[Sequence[PrintedWord]], rows: Sequence[Rule], gray: Pixels, lean: float
) -> tuple[float, float] | None:
    """Where the table begins and ends; None where nothing but the heads tells.

    Worn lines are traced short: what is left of a ruling beyond them is the table's side.
    """
    printed = _printed(rows)
    if not printed:
        edges = [rule for rule in rows if rule.support > 0]
        return _ends(edges, lean) if len(edges) >= MIN_EDGES else None
    if not _are_worn(printed):
        return _ends(rows, lean)
    first = min(word.box[0] for word in heads[0])
    last = max(word.box[2] for word in heads[-1])
    reach = _reach(printed)
    spans = np.array([rule_span(rule) for rule in printed])
    return (
        seen_side(rows, gray, min(reach[0], first), first) or min(spans[:, 0].min(), first),
        seen_side(rows, gray, last, max(reach[1], last)) or max(spans[:, 1].max(), last),
    )


def _lean(rows: Sequence[Rule]) -> float:
    """By how much the table's sides lean (dx per px down), as its lines begin and end."""
    printed = [rule for rule in _printed(rows) if rule.support >= WORN_SUPPORT]
    ragged = MAX_RAGGED_PX
    if len(printed) < MIN_LINES:
        printed, ragged = [rule for rule in rows if rule.support > 0], BAND_RAGGED_PX
    if len(printed) < MIN_LINES:
        return 0.0
    spans = np.array([rule_span(rule) for rule in printed])
    heights = np.array([rule_at(rule, float(spans.mean())) for rule in printed])
    upper, lower = np.triu_indices(len(printed), 1)
    down = (heights[lower] - heights[upper])[:, None]
    lean = float(np.median((spans[lower] - spans[upper]) / down))
    off = spans - lean * heights[:, None]
    told = float(np.abs(off - np.median(off, axis=0)).mean()) <= ragged
    return lean if told and abs(lean) <= MOST_LEAN else 0.0


def _table_under(
    heads: Sequence[Sequence[PrintedWord]], rows: Sequence[Rule], gray: Pixels
) -> Table:
    """The table of these rows with a column under each head."""
    lean, middle = _lean(rows), float(np.mean(_ends(rows)))
    top, bottom = rule_at(rows[0], middle), rule_at(rows[-1], middle)
    if abs(lean * (bottom - top)) < MIN_LEAN_PX:
        lean = 0.0
    else:
        # The page with its columns upright, as they lie at the first line.
        upright = np.array([[1.0, -lean, lean * top], [0.0, 1.0, 0.0]])
        size = gray.shape[1], gray.shape[0]
        gray = np.asarray(
            cv2.warpAffine(gray, upright, size, borderValue=(PAPER_LEVEL,)), dtype=np.uint8
        )
    sides = None if lean else broken_sides(rows, _ends(rows))
    if sides is None or len(sides) != len(heads) + 1:
        sides = column_sides(heads, rows, gray, _open_ends(heads, rows, gray, lean))
    down = []
    for x in sides:
        ys = [rule_at(rule, x) for rule in rows]
        points = [(x + lean * (y - top), y) for y in ys]
        down.append(Rule(np.array(points, dtype=np.float64), False, 0.0, 0.0))
    count = len(sides) - 1
    return Table(
        across=tuple(rows),
        down=tuple(down),
        across_borders=np.ones((len(rows), count), dtype=np.bool_),
        down_borders=np.ones((len(rows) - 1, count + 1), dtype=np.bool_),
    )
