"""A rectified page made straight by its own rulings: perspective that is left, curl, folds.

Pages whose rulings are level and straight are left as they are.
"""

import functools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from digitizer.geometry import Points
from digitizer.layout.table.openrows import EVEN_SHARE, SAME_END_PX, find_open_lines
from digitizer.lines.aslant import fit_aslant, fit_open_aslant
from digitizer.lines.bending import added, fit_bend, seems_bent
from digitizer.lines.doubles import MEET_PX
from digitizer.lines.folds import without_folds
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.lines.rulings import Traces, find_traces, follow_traces
from digitizer.lines.tables import Table, find_tables
from digitizer.records import RectifiedPage, RegisteredPage, Rule
from digitizer.rectify import moved_page, straighten_page

# The first straightening leaves up to 1 mm of an 8 mm fold, a second one 0.2.
MAX_STRAIGHTENINGS = 2
# Rulings that lean too much to be traced at first are seen once the others are level.
MAX_MOVES = 2
# Tables that may hold signers.
MIN_SIGNER_ROWS, MIN_SIGNER_COLUMNS = 3, 2


def straighten(
    page: RectifiedPage,
) -> tuple[RectifiedPage, tuple[Rule, ...], tuple[Table, ...]]:
    """The page with curl and leftover perspective taken out, its rulings and tables.

    A second look, at the straightened page, finds what the first was too coarse for.
    """
    rules, tables = _ruled_page(page)
    for _ in range(MAX_MOVES):
        moved = _seen_from_above(page, rules, tables) or _open_from_above(page, rules, tables)
        if moved is None:
            break
        page, rules, tables = moved
    if seems_bent(rules):
        steep = _rules_on(page, bent=True)
        bent = _tables_in(steep, page.gray.shape)
        # A streak aslant looks like a bend, and followed around steep bends it may take
        # a ruling that it crosses with it.
        bend = fit_bend(_ruled(bent), page.gray.shape)
        if bend is not None or _bordered(bent) >= _bordered(tables):
            rules, tables = steep, bent
    for _ in range(MAX_STRAIGHTENINGS):
        lines = _ruled(tables)
        if not any(may_hold_signers(table) for table in tables):
            lines += find_open_lines(rules)
        bend = fit_bend(lines, page.gray.shape)
        if bend is None:
            break
        page = straighten_page(page, bend if page.bend is None else added(page.bend, bend))
        rules, tables = _ruled_page(page)
    if page.bend is not None and any(_leaves_ruling(table, rules) for table in tables):
        rules, tables = _with_bent_columns(page, rules, tables)
    return page, rules, tables


def _leaves_ruling(table: Table, rules: Sequence[Rule]) -> bool:
    """Whether beside a table of signers lies one more ruling like its own, a row from the last.

    Then its columns may go on to there.
    """
    seen = [rule for rule in table.across if rule.support > 0]
    if not may_hold_signers(table) or len(seen) <= MIN_SIGNER_ROWS:
        return False
    middle = float(np.mean(rule_span(seen[-1])))
    heights = [rule_at(rule, middle) for rule in seen]
    pitch = float(np.median(np.diff(heights)))
    return any(
        rule.horizontal
        and rule.thickness_px > 0
        and np.abs(np.subtract(rule_span(rule), rule_span(last))).max() <= SAME_END_PX
        and abs(side * (rule_at(rule, middle) - at) / pitch - 1) <= EVEN_SHARE
        for last, at, side in ((seen[0], heights[0], -1), (seen[-1], heights[-1], 1))
        for rule in rules
    )


def _with_bent_columns(
    page: RectifiedPage, rules: tuple[Rule, ...], tables: tuple[Table, ...]
) -> tuple[tuple[Rule, ...], tuple[Table, ...]]:
    """Rulings and tables with columns that bend followed, if that shows more cells.

    Only what is ruled across is made straight; across a curl columns bend sideways.
    """
    steep = [rule for rule in _rules_on(page, bent=True) if not rule.horizontal]
    followed = (*(rule for rule in rules if rule.horizontal), *steep)
    found = _tables_in(followed, page.gray.shape)
    return (followed, found) if _bordered(found) > _bordered(tables) else (rules, tables)


def _ruled_page(page: RectifiedPage) -> tuple[tuple[Rule, ...], tuple[Table, ...]]:
    """The rulings and tables of a page."""
    rules = _rules_on(page, bent=False)
    return rules, _tables_in(rules, page.gray.shape)


# Whether rulings lean, and whether they bend, is asked of the same page one after the other.
@functools.lru_cache(maxsize=2)
def _rules_on(page: RectifiedPage, *, bent: bool) -> tuple[Rule, ...]:
    """The rulings of a page; ``bent``: followed around steeper bends."""
    return follow_traces(_traces_on(page), bent=bent)


@functools.lru_cache(maxsize=1)
def _traces_on(page: RectifiedPage) -> Traces:
    return find_traces(page.gray)


def _seen_from_above(
    page: RectifiedPage, rules: Sequence[Rule], tables: Sequence[Table]
) -> tuple[RectifiedPage, tuple[Rule, ...], tuple[Table, ...]] | None:
    """The page without the perspective that its rulings tell; None: there is none."""
    if not seems_bent(rules):
        return None
    move = fit_aslant(_rules_on(page, bent=True), page.gray.shape)
    if move is None:
        return None
    moved = moved_page(page, move)
    found = _ruled_page(moved)
    return (moved, *found) if _bordered(found[1]) >= _bordered(tables) else None


def _open_from_above(
    page: RectifiedPage, rules: Sequence[Rule], tables: Sequence[Table]
) -> tuple[RectifiedPage, tuple[Rule, ...], tuple[Table, ...]] | None:
    """The page without the perspective that lines across tell where no table is ruled."""
    if any(may_hold_signers(table) for table in tables):
        return None
    move = fit_open_aslant(_without_boxed(rules, tables), page.gray.shape)
    if move is None:
        return None
    moved = moved_page(page, move)
    found = _ruled_page(moved)
    more = len(find_open_lines(found[0])) > len(find_open_lines(rules))
    return (moved, *found) if more else None


def _without_boxed(rules: Sequence[Rule], tables: Sequence[Table]) -> list[Rule]:
    """Rulings without those across that lie within a table's two printed sides.

    Lines to write on in cards begin behind their labels: that is no side which converges.
    """
    places = [
        (corners.min(axis=0) - MEET_PX, corners.max(axis=0) + MEET_PX)
        for table in tables
        if min(table.down[0].support, table.down[-1].support) > 0
        for corners in [np.array(table.outline())]
    ]
    return [
        rule
        for rule in rules
        if not rule.horizontal or not any(_lies_in(rule, low, high) for low, high in places)
    ]


def _lies_in(rule: Rule, low: Points, high: Points) -> bool:
    """Whether a ruling, or a piece of it between gaps, is seen between two corners alone."""
    ends = [rule_span(rule)[0], *(x for gap in rule.gaps for x in gap), rule_span(rule)[1]]
    y = rule_at(rule, (ends[0] + ends[-1]) / 2)
    pieces = zip(ends[::2], ends[1::2], strict=True)
    return low[1] <= y <= high[1] and any(low[0] <= a and b <= high[0] for a, b in pieces)


def _bordered(tables: Sequence[Table]) -> int:
    """How many of the cells' sides are there, of all tables."""
    return sum(int(t.across_borders.sum() + t.down_borders.sum()) for t in tables)


def _ruled(tables: Sequence[Table]) -> list[Rule]:
    """The rulings that tables are made of, those that were seen, as far as the tables reach.

    A streak of the scanner or a fold that runs through a table runs on over the page.
    """
    found = []
    for table in tables:
        corners = np.array(table.outline())
        low, high = corners.min(axis=0) - MEET_PX, corners.max(axis=0) + MEET_PX
        for rule in (*table.across, *table.down):
            inside = ((rule.points >= low) & (rule.points <= high)).all(axis=1)
            if rule.support > 0 and inside.sum() >= 2:
                found.append(replace(rule, points=rule.points[inside]))
    return found


def may_hold_signers(table: Table) -> bool:
    """Whether a table has as many rows and columns as one of signers."""
    return table.row_count >= MIN_SIGNER_ROWS and table.column_count >= MIN_SIGNER_COLUMNS


def tables_of(registered: RegisteredPage) -> tuple[Table, ...]:
    """The ruled tables on a page."""
    return _tables_in(registered.rules, registered.page.gray.shape)


# What a page was straightened by is asked for again where sheets beside it are looked for.
@functools.lru_cache(maxsize=8)
def _tables_in(rules: tuple[Rule, ...], shape: tuple[int, ...]) -> tuple[Table, ...]:
    """The tables that rulings make, folds left out."""
    return find_tables(without_folds(rules, shape), shape)
