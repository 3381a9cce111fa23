"""Rows that are lines to write on, one above the other, broken between the columns.

``1. ________  ____________  ______``: such lines run below what is written, while rulings
run above and below it, so the first row lies above the first line; and each is broken at
the same places, where the columns part. It fails where lines are as short as the
columns' heads need and no two of a row are traced as one.
"""

from collections.abc import Sequence, Sized
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from digitizer.forms.forms import Form
from digitizer.layout.print.wording import text_lines
from digitizer.layout.table.columnheads import reads_all_heads
from digitizer.layout.table.headsides import head_texts
from digitizer.lines.rulepaths import long_lines, rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Pixels, PrintedWord, Rule

Floats = npt.NDArray[np.float64]

# A line is broken by white at least this wide, 2 mm: wider than streaks and folds.
MIN_BREAK_PX = 2 * PAGE_PX_PER_MM
# Breaks of all lines of a sheet end within this, 2.5 mm: scans lean; this share of the lines
# show one.
SAME_PLACE_PX = 2.5 * PAGE_PX_PER_MM
SHARED = 0.6
# With fewer lines breaks at one place may be chance.
LEAST_LINES = 4
# One break that lines share may be a streak's or a fold's: three columns part at two or more.
LEAST_BREAKS = 2
# Places along a line that is put in.
POINTS = 9
# The topmost print of heads ends so many rows above the first line where a row lies between.
ROOM = 0.75
# A last white row below a gray one: its paper, a quantile of its pixels, is so many gray levels
# lighter; nothing is printed within so many rows below, of so many letters and so surely read; and
# it does not reach the page's edge, 8 mm.
BAND_STEP, PAPER_SHARE, CLEAR = 4.0, 0.6, 1.25
PRINT_LETTERS, SURE_PRINT, EDGE_PX = 3, 0.7, 8 * PAGE_PX_PER_MM
# Pieces of one line are at least 10 mm long, at most 20 mm apart, and in line to 1 mm; more
# pieces than this are a page of writing.
PIECE_PX, APART_PX, IN_LINE_PX = 10 * PAGE_PX_PER_MM, 20 * PAGE_PX_PER_MM, PAGE_PX_PER_MM
MOST_PIECES = 400


def joined_pieces(rules: Sequence[Rule]) -> list[Rule]:
    """Lines of which each column's piece was traced by itself, in one; only where many are."""
    pieces = long_lines(rules, PIECE_PX)
    if len(pieces) > MOST_PIECES:
        return []
    pieces.sort(key=lambda rule: rule_span(rule)[0])
    lines: list[list[Rule]] = []
    for piece in pieces:
        before = [line for line in lines if _goes_on(line[-1], piece)]
        if before:
            min(before, key=lambda line: _off(line[-1], piece)).append(piece)
        else:
            lines.append([piece])
    whole = [_joined(line) for line in lines if len(line) > 1]
    return whole if shared_breaks(whole) else []


def _off(one: Rule, other: Rule) -> float:
    """How far two pieces are from being in line, px."""
    x = (rule_span(one)[1] + rule_span(other)[0]) / 2
    return abs(rule_at(one, x) - rule_at(other, x))


def _goes_on(one: Rule, other: Rule) -> bool:
    gap = rule_span(other)[0] - rule_span(one)[1]
    return 0 < gap <= APART_PX and _off(one, other) <= IN_LINE_PX


def _joined(pieces: Sequence[Rule]) -> Rule:
    gaps = [gap for piece in pieces for gap in piece.gaps]
    gaps += [(rule_span(a)[1], rule_span(b)[0]) for a, b in pairwise(pieces)]
    lengths = [rule_span(piece)[1] - rule_span(piece)[0] for piece in pieces]
    span = rule_span(pieces[-1])[1] - rule_span(pieces[0])[0]
    seen = sum(piece.support * length for piece, length in zip(pieces, lengths, strict=True))
    return Rule(
        np.concatenate([piece.points for piece in pieces]),
        True,
        float(np.median([piece.thickness_px for piece in pieces])),
        seen / span,
        tuple(sorted(gaps)),
    )


def shared_breaks(lines: Sequence[Rule]) -> list[tuple[float, float]]:
    """Where most of these lines are broken, from left to right; empty where they are not."""
    seen = [line for line in lines if line.support > 0 and line.thickness_px > 0]
    if len(seen) < LEAST_LINES:
        return []
    breaks = [(n, a, b) for n, line in enumerate(seen) for a, b in _breaks(line)]
    found: list[tuple[float, float]] = []
    for _, start, stop in breaks:
        alike = [one for one in breaks if _same(one[1:], (start, stop))]
        middle = (
            float(np.median([a for _, a, _ in alike])),
            float(np.median([b for _, _, b in alike])),
        )
        many = len({n for n, _, _ in alike}) >= SHARED * len(seen)
        if many and not any(_same(middle, other) for other in found):
            found.append(middle)
    return sorted(found)


def broken_alike(lines: Sequence[Rule]) -> tuple[Rule, ...]:
    """The lines from the first to the last that is broken as most are; all where none is.

    A streak may end on the way down: lines it does not break are the table's all the same.
    """
    breaks = shared_breaks(lines)
    if len(breaks) < LEAST_BREAKS:
        return tuple(lines)
    shown = [
        n
        for n, line in enumerate(lines)
        if any(_same(one, other) for one in _breaks(line) for other in breaks)
    ]
    return tuple(lines[shown[0] : shown[-1] + 1]) if shown else tuple(lines)


def with_first_row(
    lines: Sequence[Rule], heads: Sequence[Sequence[PrintedWord]]
) -> tuple[Rule, ...]:
    """The lines that bound the rows under ``heads``: of broken ones the first is below a row.

    So is the edge of a gray band, where the row above it is white. Lines that are whole may stand
    below a high row of heads, and are taken as they are.
    """
    printed = text_lines([word for head in heads for word in head])
    if len(lines) < LEAST_LINES or not printed:
        return tuple(lines)
    if not _is_edge(lines[0]) and not _part(shared_breaks(lines), heads):
        return tuple(lines)
    x = float(lines[0].points[:, 0].mean())
    pitch = float(np.median(np.diff([rule_at(line, x) for line in lines])))
    # What is read below the topmost print may be written.
    foot = max(word.box[3] for word in printed[0])
    if rule_at(lines[0], x) - foot < ROOM * pitch:
        return tuple(lines)
    return (line_above(lines, foot), *lines)


def with_last_row(
    lines: Sequence[Rule], words: Sequence[PrintedWord], gray: Pixels
) -> tuple[Rule, ...]:
    """The lines, and one below the last gray band: a white row under it has no edge of its own.

    Nothing tells whether there is one, so it is where nothing is printed in its place: a blank
    row too many costs nothing, a signer too few is lost. ``words``: the page's print.
    """
    if len(lines) < LEAST_LINES or not _is_edge(lines[-1]):
        return tuple(lines)
    xs = np.linspace(float(lines[-1].points[0, 0]), float(lines[-1].points[-1, 0]), POINTS)
    middle = float(xs.mean())
    foot = rule_at(lines[-1], middle)
    pitch = float(np.median(np.diff([rule_at(line, middle) for line in lines])))
    inside, below = (
        float(np.quantile(gray[max(0, round(y)) : max(1, round(y + pitch / 2))], PAPER_SHARE))
        if y < len(gray)
        else 0.0
        for y in (foot - 0.75 * pitch, foot + 0.25 * pitch)
    )
    if below - inside < BAND_STEP or foot + pitch > len(gray) - EDGE_PX:
        return tuple(lines)
    for word in words:
        sure = word.confidence >= SURE_PRINT and sum(map(str.isalpha, word.text)) >= PRINT_LETTERS
        if sure and foot < word.middle[1] < foot + CLEAR * pitch:
            return tuple(lines)
    ys = [rule_at(lines[-1], x) + pitch for x in xs]
    return (*lines, Rule(np.column_stack([xs, ys]), True, 0.0, 0.0))


def _is_edge(line: Rule) -> bool:
    """Whether a line is the edge of a gray band that was seen."""
    return line.thickness_px == 0 < line.support


def broken_sides(lines: Sequence[Rule], ends: tuple[float, float]) -> Floats | None:
    """The columns' sides, first and last included, where lines are broken alike; else None."""
    breaks = shared_breaks(lines)
    return np.array([ends[0], *((a + b) / 2 for a, b in breaks), ends[1]]) if breaks else None


def heads_by_breaks(
    heads: Sequence[Sequence[PrintedWord]],
    lines: Sequence[Rule],
    ends: tuple[float, float],
    form: Form | None = None,
) -> list[list[PrintedWord]]:
    """The heads' words, those over one piece of lines that are broken alike in one head.

    As given where a piece has none, or nothing is broken, or what is over the pieces is not
    all of the heads of ``form``: folds and streaks part no columns.
    """
    given = [list(head) for head in heads]
    sides = broken_sides(lines, ends)
    if sides is None or not _part(sides[1:-1], heads):
        return given
    words = [word for head in heads for word in head]
    found: list[list[PrintedWord]] = [[] for _ in range(len(sides) - 1)]
    for word in words:
        k = int(np.searchsorted(sides[1:-1], word.middle[0]))
        found[k].append(word)
    read = form is None or reads_all_heads(head_texts(found), form)
    return found if all(found) and read else given


def line_above(lines: Sequence[Rule], lowest: float) -> Rule:
    """A line one row above the first of ``lines``, but no higher than ``lowest`` px."""
    first = lines[0]
    xs = np.linspace(float(first.points[0, 0]), float(first.points[-1, 0]), POINTS)
    middle = float(xs.mean())
    pitch = float(np.median(np.diff([rule_at(line, middle) for line in lines])))
    step = min(pitch, max(1.0, rule_at(first, middle) - lowest))
    ys = [rule_at(first, x) - step for x in xs]
    return Rule(np.column_stack([xs, ys]), True, 0.0, 0.0)


def _part(breaks: Sized, heads: Sized) -> bool:
    """Whether lines have breaks enough to part the columns under so many heads."""
    return len(breaks) >= max(1, min(LEAST_BREAKS, len(heads) - 1))


def _breaks(line: Rule) -> list[tuple[float, float]]:
    return [(a, b) for a, b in line.gaps if b - a >= MIN_BREAK_PX]


def _same(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1])) <= SAME_PLACE_PX
