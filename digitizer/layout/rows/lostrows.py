"""Rows of a table of which the first line and the last are left, or not even these.

Copies in black and white lose gray bands and pale rulings. Rows are evenly apart, so where
the table's first and last lines are seen only their number is missing (``rowcount``). Of
other copies a few dots are left of each line (``wornrows``), or writing alone: there the
pitch that the writing swings with, and its phase, since people write in the middle of rows,
tell where rows lie between the heads and what is printed below them.

The rows are a guess all the same: whoever takes them must have them looked at.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from digitizer.forms.forms import Form
from digitizer.layout.print.sheetcount import is_joiner
from digitizer.layout.print.wording import find_wordings
from digitizer.layout.rows.rowcount import (
    DARK_LEVEL,
    IN_PHASE,
    MAX_ROW_PX,
    MIN_SWING,
    MOST_INK,
    MULTIPLE,
    ON_ROW,
    STRIPS,
    WRITTEN_SHARE,
    Floats,
    Mask,
    RowInk,
    ink_between,
    ink_of,
    is_in_step,
    row_count,
    same_ends,
    swing_of,
)
from digitizer.layout.rows.rownumbers import find_number_runs
from digitizer.layout.rows.wornrows import find_worn_rows, with_outer_rows
from digitizer.layout.table.openrows import MIN_WIDTH_PX, heads_floor
from digitizer.layout.table.rowrules import MIN_ROW_PX, line_between
from digitizer.layout.table.signergrid import FULL_RULE_SHARE, SignerGrid, wide_rules
from digitizer.lines.rulepaths import long_lines, rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Pixels, PrintedWord, Rule

# Higher ones than this, 40 mm, are several; so many lower ones of a table tell how high its
# rows are, and then what is so many times as high is, too.
NO_ROW_PX, MIN_ALIKE, LOST_SHARE = 40 * PAGE_PX_PER_MM, 2, 1.8
# Columns go on where so much of their rulings is there.
COLUMNS_SHARE = 0.75
# Rows that nothing else tells: at least so many are written in one below the other from the
# first; the pitch is sought in so many steps, some of which are near each other; the first
# row begins at most so much of one below the heads; writing is this far from its cell's side.
MIN_WRITTEN_ALONE, PITCHES, NEAR_PITCHES, START_SHARE = 5, 400, 8, 0.6
WRITTEN_PAD_PX = PAGE_PX_PER_MM
# The last line of the heads ends so near above where they end, 5 mm.
LAST_HEADS_PX = 5 * PAGE_PX_PER_MM
# What is printed below the rows is the form's if it is so like it.
SURE_PRINT = 0.8
# So many lines at most are left between the first and the last, and so many on the page that
# begin and end as they do: the box and another table have some.
MOST_LEFT, MOST_ALIKE = 3, 12
# Where so many rows more are written in, in step and over so much of the width that is written
# in above, the last line seen is not the table's last; print of a box is narrower.
MORE_ROWS, MORE_WIDTH = 2, 0.75
# Rows of a table are alike to this; of which one is higher, lines between may be lost.
ALIKE = 1.25
# What is written no higher than this, 12 mm, is one signer's; a row of up to 60 mm that holds
# no more may be one.
ONE_SIGNER_PX, HIGHEST_ROW_PX = 12 * PAGE_PX_PER_MM, 60 * PAGE_PX_PER_MM
# So many rows at most lie between any two lines that are left: that a copy lost all but each
# fourth or further line is less likely than that each row holds so many lines of writing.
MOST_LOST = 3
# Columns' rulings that begin together, so many of them, within 3 mm, bound the rows as a line.
MIN_TOGETHER, TOGETHER_PX = 3, 3 * PAGE_PX_PER_MM


def find_lost_rows(rules: Sequence[Rule], gray: Pixels) -> tuple[tuple[Rule, ...], ...]:
    """Runs of lines that bound even rows.

    First, most rows first, those of which the first and the last line were seen, the ones
    between put in without support; then lines of which only dots are left.
    ``rules``: those of the level page ``gray``.
    """
    lines = _bounding_lines(rules)
    page = ink_of(rules, gray)
    found = []
    for top in lines:
        alike = [line for line in lines if same_ends(top, line)]
        # Where more lines are left they are rows in their own right, or lined paper.
        if len(alike) > MOST_ALIKE:
            continue
        at = next(n for n, line in enumerate(alike) if line is top)
        for bottom in alike[at + 1 : at + 2 + MOST_LEFT]:
            count = row_count(page, top, bottom, lines)
            if count is not None and not _goes_on(page.writing, top, bottom, count):
                found.append((top, *_put_in(top, bottom, count)))
    found.sort(key=lambda run: -len(run))
    worn = find_worn_rows(gray, DARK_LEVEL, MIN_ROW_PX, MAX_ROW_PX)
    if worn and _goes_with(page.writing, worn):
        found.append(with_outer_rows(worn, rules, page.writing))
    return tuple(found)


def _print_below(words: Sequence[PrintedWord], form: Form, height: float) -> float | None:
    """Where the first of what a form has printed below its rows stands; None: nothing read."""
    wordings = list(form.phrases)
    if form.box is not None:
        labels = [w for one in form.box.fields for w in one.label if not is_joiner(w)]
        wordings += [*form.box.title, *labels]
    tops = [hit.box[1] for hit in find_wordings(words, wordings, SURE_PRINT)]
    return min((top for top in tops if top > height + MIN_ROW_PX), default=None)


def find_written_rows(
    rules: Sequence[Rule], gray: Pixels, words: Sequence[PrintedWord], form: Form
) -> tuple[Rule, ...]:
    """Lines around rows that nothing but their writing or their numbers tell; empty: unclear.

    They lie between the form's heads and what it has printed below its rows, end where the
    last row that is written in or numbered does, and reach as far as writing and heads do.
    """
    floor = heads_floor(words, form, gray.shape[1])
    foot = None if floor is None else _print_below(words, form, floor)
    if floor is None or foot is None:
        return ()
    ink = ink_of(rules, gray)
    page = ink.writing[round(floor) : round(foot)]
    above = [word.box for word in words if floor - LAST_HEADS_PX <= word.box[3] <= floor]
    reach = min(box[0] for box in above), max(box[2] for box in above)
    numbered, told = _numbered_pitch(page), _written_pitch(page)
    if told is not None:
        first, pitch, count = told
        if row_count(ink, *_ends_around(page, floor, first, count * pitch, reach), ()) != count:
            told = None
        elif numbered is not None and _are_same(told, numbered):
            # Numbers go on where nobody wrote.
            told = first, pitch, max(count, numbered[2])
    told = told or numbered
    if told is None:
        return ()
    first, pitch, count = told
    top, bottom = _ends_around(page, floor, first, count * pitch, reach)
    return (top, *_put_in(top, replace(bottom, thickness_px=0.0), count))


def _are_same(rows: tuple[float, float, int], others: tuple[float, float, int]) -> bool:
    """Whether two ways tell the same rows: first, height and number of them, px."""
    off = abs(rows[0] - others[0]) / rows[1]
    drift = min(rows[2], others[2]) * abs(others[1] / rows[1] - 1)
    return off + drift <= 2 * ON_ROW


def _written_pitch(writing: Mask) -> tuple[float, float, int] | None:
    """Where the first row begins, how high rows are and how many, as writing alone tells, px.

    ``writing``: what is written below the heads, above what is printed below the rows.
    """
    strips = np.array_split(np.minimum(writing.astype(np.float64), 1.0), STRIPS, axis=1)
    down = sum(np.minimum(strip.mean(axis=1), MOST_INK) for strip in strips)
    total = float(np.sum(down))
    if total <= 0:
        return None
    places = np.arange(len(down)) + 0.5
    pitches = MIN_ROW_PX * np.geomspace(1.0, MAX_ROW_PX / MIN_ROW_PX, PITCHES)
    swings = np.array([(down * np.exp(2j * np.pi * places / p)).sum() / total for p in pitches])
    best = int(np.argmax(np.abs(swings)))
    # Two lines of writing in a row swing twice as fast as the rows.
    slow = int(np.argmin(np.abs(pitches - 2 * pitches[best])))
    near = slice(max(0, slow - NEAR_PITCHES), slow + NEAR_PITCHES + 1)
    if (
        np.abs(swings[near]).max() * MULTIPLE >= abs(swings[best])
        and 2 * pitches[best] <= MAX_ROW_PX
    ):
        best = near.start + int(np.argmax(np.abs(swings[near])))
    pitch, swing = float(pitches[best]), complex(swings[best])
    # Writing lies in the middle of rows.
    first = (float(np.angle(swing)) / (2 * np.pi) - 0.5) * pitch % pitch
    first -= pitch if first > START_SHARE * pitch else 0.0
    held = np.array(
        [
            down[max(0, round(first + k * pitch)) : round(first + (k + 1) * pitch)].sum()
            for k in range(int((len(down) - first) / pitch))
        ]
    )
    if not held.any():
        return None
    written = np.flatnonzero(held >= WRITTEN_SHARE * np.median(held[held > 0]))
    if len(written) < MIN_WRITTEN_ALONE or written[0] > 0:
        return None
    return first, pitch, int(written[-1]) + 1


def _numbered_pitch(writing: Mask) -> tuple[float, float, int] | None:
    """As ``_written_pitch``, as numbers before the rows tell, the leftmost thing in them."""
    across = np.flatnonzero(writing.any(axis=0))
    if len(across) == 0:
        return None
    dark = np.asarray(writing, dtype=np.uint8)
    for run in find_number_runs(dark, float(across[0]), MIN_ROW_PX, MAX_ROW_PX):
        first = run.first - run.pitch / 2
        # The first of them is right below the heads.
        if -START_SHARE <= first / run.pitch <= START_SHARE:
            return first, run.pitch, run.count
    return None


def _ends_around(
    writing: Mask, floor: float, first: float, height: float, reach: tuple[float, float]
) -> tuple[Rule, Rule]:
    """The first line and the last of rows ``height`` px in all, as far as they are written in.

    ``reach``: from where to where they go at least.
    """
    inside = writing[max(0, round(first)) : round(first + height)]
    across = np.flatnonzero(inside.any(axis=0))
    left = min(float(across[0]), reach[0]) - WRITTEN_PAD_PX
    right = max(float(across[-1]), reach[1]) + WRITTEN_PAD_PX
    xs = np.linspace(max(0.0, left), min(writing.shape[1] - 1.0, right), 9)
    top, bottom = (
        Rule(np.column_stack([xs, np.full(9, floor + first + down)]), True, 1.0, 1.0)
        for down in (0.0, height)
    )
    return top, bottom


def _goes_on(writing: Mask, top: Rule, bottom: Rule, count: int) -> bool:
    """Whether rows that are written in go on, as high, below the line that is to be the last."""
    middle = float(np.mean(rule_span(top)))
    pitch = (rule_at(bottom, middle) - rule_at(top, middle)) / count
    lower = replace(bottom, points=bottom.points + (0.0, MORE_ROWS * pitch))
    if lower.points[:, 1].max() >= writing.shape[0]:
        return False
    above, below = ink_between(writing, top, bottom), ink_between(writing, bottom, lower)
    rows = [part.sum() for part in np.array_split(above.sum(axis=0), count)]
    more = [part.sum() for part in np.array_split(below.sum(axis=0), MORE_ROWS)]
    usual = float(np.median([row for row in rows if row > 0]))
    wide = [(part > 0).any(axis=1).sum() for part in np.array_split(below, MORE_ROWS, axis=1)]
    if min(wide) < MORE_WIDTH * (above > 0).any(axis=1).sum():
        return False
    swing = swing_of(below, MORE_ROWS)
    in_phase = abs(float(np.angle(swing))) <= IN_PHASE * 2 * np.pi
    return min(more) >= WRITTEN_SHARE * usual and swing.real >= MIN_SWING and in_phase


def _written_px(writing: Mask, top: Rule, bottom: Rule) -> int:
    """How far down writing reaches between two lines, from its first pixel; 0: nothing written."""
    inked = np.flatnonzero(ink_between(writing, top, bottom).any(axis=0))
    return int(inked[-1] - inked[0]) + 1 if len(inked) else 0


def _goes_with(writing: Mask, lines: Sequence[Rule]) -> bool:
    """Whether the writing between lines is in step with them."""
    ink = ink_between(writing, lines[0], lines[-1])
    swing = swing_of(ink, len(lines) - 1)
    return swing.real >= MIN_SWING and is_in_step(ink, len(lines) - 1)


def has_high_rows(grids: Sequence[SignerGrid], form: Form) -> bool:
    """Whether rows of a form of one line a row are so high that lines between them are lost."""
    if form.lined:
        return False
    return any(_too_high(grid).any() or is_uneven(grid) for grid in grids)


def divide_high_rows(
    grids: Sequence[SignerGrid], form: Form, rules: Sequence[Rule], gray: Pixels
) -> tuple[tuple[SignerGrid, ...], bool]:
    """The form's tables with rows that are too high to be one divided; and whether any is a guess.

    They are divided to be as high as the table's others, else as the writing tells; one that
    holds no more than one signer's writing may be a row. A table with a row that is none, and
    cannot be divided, has no rows.
    """
    if not has_high_rows(grids, form) and (form.lined or not any(map(_may_be_several, grids))):
        return tuple(grids), False
    page, lines = ink_of(rules, gray), _bounding_lines(rules)
    found, guessed = [], False
    for grid in grids:
        whole, doubted = _by_all_writing(grid, page, lines)
        told = whole or _row_by_row(grid, page, lines)
        found.append(replace(grid, row_rules=told.rules))
        guessed |= told.guessed or doubted
    return tuple(found), guessed


class _Rows(NamedTuple):
    """The lines that bound a table's rows, none where it has no rows; whether they are a guess."""

    rules: tuple[Rule, ...]
    guessed: bool


def _by_all_writing(
    grid: SignerGrid, page: RowInk, lines: Sequence[Rule]
) -> tuple[_Rows | None, bool]:
    """The rows by the writing of the whole table, if that tells more; else whether it is doubted.

    So many lines may be lost that those which are left bound no even rows, or every few rows.
    """
    first, seen = grid.row_rules[:1], len(grid.row_rules) - 1
    if is_uneven(grid):
        foot = _foot(grid)
        last = grid.row_rules[-1] if foot is None else foot
        whole = row_count(page, first[0], last, lines)
        below_high = _usual(grid) is None and foot is not None
        if whole is None and below_high and _is_lower(grid, last):
            # Few high rows may be all there are, above what is no signer's.
            *high, low = (_written_px(page.writing, *p) for p in pairwise([*grid.row_rules, last]))
            return None, max(high) > ONE_SIGNER_PX or low > 0
        if whole is None:
            return (_Rows((), guessed=False) if below_high else None), False
        if whole > seen or below_high:
            put_in = _put_in(first[0], last, whole, grid.table.across)
            return _Rows((*first, *put_in), guessed=True), False
    elif _may_be_several(grid):
        last = grid.row_rules[-1]
        whole = row_count(page, first[0], last, lines)
        if whole is not None and whole % seen == 0 and whole <= MOST_LOST * seen:
            put_in = _put_in(first[0], last, whole, grid.table.across)
            return _Rows((*first, *put_in), guessed=whole > seen), False
        highest = max(_written_px(page.writing, *pair) for pair in pairwise(grid.row_rules))
        return None, highest > ONE_SIGNER_PX
    return None, False


def _row_by_row(grid: SignerGrid, page: RowInk, lines: Sequence[Rule]) -> _Rows:
    """The rows with each one that is too high divided by itself; none if one cannot be."""
    usual, foot, guessed = _usual(grid), _foot(grid), False
    rows = list(grid.row_rules[:1])
    for high, (top, bottom) in zip(_too_high(grid), pairwise(grid.row_rules), strict=True):
        count: int | None = 1
        if high and usual is not None:
            count = _whole(_heights([top, bottom])[0] / usual) or 1
        elif high:
            count = row_count(page, top, bottom, lines)
            written = _written_px(page.writing, top, bottom)
            may_be_one = _heights([top, bottom])[0] <= HIGHEST_ROW_PX
            if count is None and may_be_one and written <= ONE_SIGNER_PX:
                # Some forms have such rows; what was written above or below may be lost.
                count = 1
                guessed |= written > 0
        if count is None:
            return _Rows((), guessed)
        guessed |= count > 1
        rows += _put_in(top, bottom, count)
    if rows and foot is not None and usual is not None:
        height = _heights([rows[-1], foot])[0] / usual
        # One that is somewhat higher than the others is a row all the same.
        below = 1 if height <= LOST_SHARE else max(2, round(height))
        guessed |= below > 1
        rows += _put_in(rows[-1], foot, below)
    return _Rows(tuple(rows), guessed)


def _put_in(top: Rule, bottom: Rule, count: int, seen: Sequence[Rule] = ()) -> list[Rule]:
    """The lines below so many even rows, the last of them ``bottom``; ``seen`` ones as they are."""
    low, high = rule_span(top)
    middle = (low + high) / 2
    near = ON_ROW * (rule_at(bottom, middle) - rule_at(top, middle)) / count
    lines = [line_between(top, bottom, k / count) for k in range(1, count)]
    for n, line in enumerate(lines):
        off = [abs(rule_at(one, middle) - rule_at(line, middle)) for one in seen]
        if off and min(off) <= near:
            lines[n] = seen[int(np.argmin(off))]
    return [*lines, bottom]


def _foot(grid: SignerGrid) -> Rule | None:
    """The table's last line, if columns go on to it for more than a row below the last row.

    It was left out as if it were a footer's, which has no columns. Where nothing tells how
    high a row is, it may be as low as one can be.
    """
    usual, spans = _usual(grid), [span for span in grid.columns if span is not None]
    number = {id(rule): n for n, rule in enumerate(grid.table.across)}
    last = number.get(id(grid.row_rules[-1])) if grid.row_rules else None
    if last is None or not spans:
        return None
    edges = sorted({side for span in spans for side in span})
    cells = sorted({j for left, right in spans for j in range(left, right)})
    below = [n for n in wide_rules(grid.table, cells, FULL_RULE_SHARE) if n > last]
    if not below or grid.table.down_share(last, below[-1])[edges].mean() < COLUMNS_SHARE:
        return None
    foot = grid.table.across[below[-1]]
    least = MIN_ROW_PX if usual is None else ALIKE * usual
    return foot if _heights([grid.row_rules[-1], foot])[0] > least else None


def is_uneven(grid: SignerGrid) -> bool:
    """Whether rows of a table are not alike, or it has lines that bound none of its rows.

    Those are below the rows, or cross high ones: through one that is no higher than rows are,
    a line is a strike.
    """
    heights = _heights(grid.row_rules)
    if len(heights) == 0 or _foot(grid) is not None:
        return len(heights) > 0
    uneven = heights.max() > ALIKE * heights.min()
    return bool(uneven or (heights.max() > MAX_ROW_PX and _left_out(grid)))


def _may_be_several(grid: SignerGrid) -> bool:
    """Whether every row of a table is higher than rows are: a line of each few may be left."""
    heights = _heights(grid.row_rules)
    return len(heights) > 0 and bool(heights.min() > MAX_ROW_PX)


def _is_lower(grid: SignerGrid, foot: Rule) -> bool:
    """Whether rows of a table are alike, and what lies between them and its last line is lower."""
    *rows, below = _heights([*grid.row_rules, foot]).tolist()
    return len(rows) >= MIN_ALIKE and max(rows) <= ALIKE * min(rows) and below < min(rows)


def _left_out(grid: SignerGrid) -> bool:
    """Whether a line across the whole table bounds none of the rows that it lies among."""
    kept = {id(rule) for rule in grid.row_rules}
    wide = wide_rules(grid.table, range(grid.table.column_count), FULL_RULE_SHARE)
    at = [n for n, rule in enumerate(grid.table.across) if id(rule) in kept]
    return any(min(at) < n < max(at) and id(grid.table.across[n]) not in kept for n in wide)


def _usual(grid: SignerGrid) -> float | None:
    """How high rows of a table are, if some are no higher than rows are; else None."""
    heights = _heights(grid.row_rules)
    alike = heights[(heights >= MIN_ROW_PX) & (heights <= MAX_ROW_PX)]
    return float(np.median(alike)) if len(alike) >= MIN_ALIKE else None


def _too_high(grid: SignerGrid) -> Mask:
    """Which rows of a table are several between which lines are lost."""
    usual = _usual(grid)
    least = NO_ROW_PX if usual is None else max(MAX_ROW_PX, LOST_SHARE * usual)
    return np.asarray(_heights(grid.row_rules) > least)


def _whole(rows: float) -> int | None:
    return round(rows) if abs(rows - round(rows)) <= ON_ROW else None


def _heights(rules: Sequence[Rule]) -> Floats:
    """Heights of the rows between lines, in the middle of the first."""
    if len(rules) < 2:
        return np.zeros(0)
    middle = float(np.mean(rule_span(rules[0])))
    return np.diff(np.array([rule_at(rule, middle) for rule in rules]))


def _bounding_lines(rules: Sequence[Rule]) -> list[Rule]:
    """Lines that may bound a table's rows, from the top."""
    lines = long_lines(rules, MIN_WIDTH_PX)
    down = [rule for rule in rules if not rule.horizontal and rule.thickness_px > 0]
    lines += [*_ends_together(down, 0), *_ends_together(down, -1)]
    return sorted(lines, key=lambda rule: rule_at(rule, rule_span(rule)[0]))


def _ends_together(down: Sequence[Rule], end: int) -> list[Rule]:
    """Lines along which the columns' rulings begin (``end`` 0) or end (-1)."""
    ends = sorted((rule.points[end].tolist() for rule in down), key=lambda point: point[1])
    found = []
    start = 0
    for stop in range(1, len(ends) + 1):
        if stop < len(ends) and ends[stop][1] - ends[stop - 1][1] <= TOGETHER_PX:
            continue
        group = np.array(sorted(ends[start:stop]))
        start = stop
        if len(group) >= MIN_TOGETHER and np.ptp(group[:, 0]) >= MIN_WIDTH_PX:
            slope, height = np.polyfit(group[:, 0], group[:, 1], 1)
            level = slope * group[:, 0] + height
            if np.abs(level - group[:, 1]).max() <= TOGETHER_PX:
                points = np.column_stack([group[:, 0], level])
                # Of no thickness, as the edges of bands are.
                found.append(Rule(points, True, 0.0, 1.0))
    return found
