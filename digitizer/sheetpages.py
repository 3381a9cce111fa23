"""From a decoded page to registered sheets: upright, straight, form and cells known.

A page of a file usually is one sheet. It holds two where two outlines lie apart
on it (two sheets on a scanner's bed, two photographed together), or where two
halves of a wide page are each a whole petition sheet of a known form (two
sheets scanned side by side on A3, no gap to be seen). A form with two tables is
no such page: its title and its box are printed once.
"""

import functools
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from digitizer.engines.printed import languages_of, read_print
from digitizer.forms.forms import Form
from digitizer.geometry import apply_homography, as_polygon, inverse, rectangle
from digitizer.layout.formscore import phrase_score
from digitizer.layout.glance import glance_at, read_heads
from digitizer.layout.openrows import find_open_lines
from digitizer.layout.printmask import print_image
from digitizer.layout.wording import contains, plain, text_lines
from digitizer.lines.bending import added, fit_bend, seems_bent
from digitizer.lines.folds import without_folds
from digitizer.lines.rulepaths import rule_span
from digitizer.lines.rulings import trace_rules
from digitizer.lines.tables import MEET_PX, Table, find_tables
from digitizer.paper.outline import find_outlines
from digitizer.records import (
    NO_EDIT,
    PAGE_PX_PER_MM,
    PageEdit,
    PageImage,
    Pixels,
    Polygon,
    PrintedWord,
    RectifiedPage,
    RegisteredPage,
    Rule,
    Step,
)
from digitizer.rectify import MIN_SURE_ORIENTATION, rectify_page, straighten_page
from digitizer.registration import register_glance, register_lost_rows, register_page

# The first straightening leaves up to 1 mm of an 8 mm fold, a second one 0.2.
MAX_STRAIGHTENINGS = 2
# A page without rulings on which at least so much was read, in whatever turn, holds print.
MIN_WORDS = 20
# Two sheets side by side make a page whose sides relate like this: two of letter 1.55,
# two of A4 1.41, with their margins cut 1.2 to 1.75, two that lie lengthwise up to 2.6.
PAIR_SIDES = (1.15, 2.7)
# Half of it is a sheet of paper: at least this wide, inches, where the scan's dpi is known.
MIN_HALF_IN = 5.0
# Tables that may hold signers.
MIN_PAIR_ROWS, MIN_PAIR_COLUMNS = 3, 2
# Between two sheets no ruling is seen for so far, 8 mm, in the middle third or so of the page,
# but for the paper's edge; of a ruling that ends there so many points are left.
MIN_GUTTER_PX, MAX_OFF, MAX_PASSING, MIN_PART_POINTS = 8 * PAGE_PX_PER_MM, 0.15, 1, 4
# What is printed outside the table is there on a half: a single sheet's title is on one.
MIN_HALF_PHRASES = 0.5
# Two halves are sheets of a form without phrases or box if their titles have so many
# letters, read so surely, and are as alike as two scans of one print.
MIN_TITLE_LETTERS, SURE_WORD, ALIKE_TITLES = 12, 0.5, 0.85


class Clock:
    """Collects one provenance step a stage."""

    def __init__(self) -> None:
        """Begin now."""
        self.steps: list[Step] = []
        self._start = time.perf_counter()

    def step(self, stage: str, detail: str = "") -> None:
        """Note that a stage ended, and what is to be known of it."""
        now = time.perf_counter()
        self.steps.append(Step(stage, detail, round(now - self._start, 4)))
        self._start = now


def register_image(
    image: PageImage,
    forms: Sequence[Form],
    clock: Clock | None = None,
    edit: PageEdit = NO_EDIT,
    *,
    seek_outline: bool = True,
    every_word: bool = False,
) -> tuple[RegisteredPage, int]:
    """Rectify a page and recognise its form; also returns the number of tables seen.

    Where no form fits, the page is tried upside down if the orientation model was not sure,
    and level as its print seems to lie if its skew is not told: the form's own print is the
    better judge. ``edit``: what
    a person says, which is not doubted. ``seek_outline``: as in ``rectify_page``.
    ``every_word``: read all print even where the form is known by less.
    """
    clock = clock or Clock()
    rectified = functools.partial(
        rectify_page, image, corners=edit.corners, seek_outline=seek_outline
    )
    page = rectified(turn_deg=edit.turn_deg)
    clock.step("rectify", f"turn {page.rotation_deg} quality {page.rotation_quality}")
    registered, tables = _register(page, forms, clock, edit, every_word=every_word)
    if not forms or _is_known(registered):
        return registered, len(tables)
    untold = page.skew_deg is None
    for turn in _other_turns(registered, len(tables), edit):
        other_page = rectified(turn_deg=turn, guess_skew=untold)
        if turn == page.rotation_deg and other_page.skew_deg is None:
            continue  # nothing to guess by
        other, other_tables = _register(other_page, forms, clock, edit, every_word=every_word)
        if _is_known(other):
            return other, len(other_tables)
    return registered, len(tables)


def _other_turns(found: RegisteredPage, tables: int, edit: PageEdit) -> list[int]:
    """Quarter turns in which a page of no known form is to be tried again, the likeliest first.

    The first is its own where its skew is not told: it may be guessed.
    """
    page, turns = found.page, []
    if page.skew_deg is None:
        turns.append(page.rotation_deg)
    sure = (page.rotation_quality or 0.0) >= MIN_SURE_ORIENTATION
    if edit.turn_deg is None and found.form is None and not sure:
        # Without rulings lines of print tell the axis, and only which end is up is unclear.
        others = (180, 90, 270) if tables else (180,) if len(found.words) >= MIN_WORDS else ()
        turns += [(page.rotation_deg + turn) % 360 for turn in others]
    return turns


def sheets_on(
    image: PageImage, forms: Sequence[Form], clock: Clock | None = None
) -> tuple[tuple[RegisteredPage, int], ...]:
    """Register each sheet on a page, in reading order, with the number of tables seen on it."""
    clock = clock or Clock()
    outlines = find_outlines(image.pixels)
    if len(outlines) == 2:
        found = [_sheet_at(as_polygon(o.corners), image, forms, clock) for o in outlines]
        return _in_reading_order(found)
    edit = replace(NO_EDIT, corners=as_polygon(outlines[0].corners)) if outlines else NO_EDIT
    whole = register_image(image, forms, clock, edit, seek_outline=False)
    halves = page_halves(whole[0])
    if halves:
        parts = [_sheet_at(corners, image, forms, clock) for corners in halves]
        if all(_is_whole(part, forms) for part, _ in parts) or _are_alike(parts, forms):
            return _in_reading_order(parts)
    return (whole,)


def _sheet_at(
    corners: Polygon, image: PageImage, forms: Sequence[Form], clock: Clock
) -> tuple[RegisteredPage, int]:
    # Whether a half is a sheet of its own is told by all that is printed on it.
    edit = replace(NO_EDIT, corners=corners)
    return register_image(image, forms, clock, edit, every_word=True)


def _in_reading_order(
    found: Sequence[tuple[RegisteredPage, int]],
) -> tuple[tuple[RegisteredPage, int], ...]:
    """Left before right, upper before lower, as the first sheet stands once it is upright."""
    turn = np.deg2rad(found[0][0].page.rotation_deg)
    upright = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    middles = np.array([np.mean(one.page.page_polygon_scan, axis=0) for one, _ in found]) @ upright
    beside = 0 if np.ptp(middles[:, 0]) > np.ptp(middles[:, 1]) else 1
    return tuple(found[int(k)] for k in np.argsort(middles[:, beside], kind="stable"))


def page_halves(whole: RegisteredPage) -> tuple[Polygon, ...]:
    """Corners on the scan of two sheets that may lie on this page; empty where it is one."""
    page = whole.page
    height, width = page.gray.shape
    long, short = max(height, width), min(height, width)
    if not PAIR_SIDES[0] <= long / short <= PAIR_SIDES[1]:
        return ()
    if page.image.dpi is not None:
        growth = float(np.sqrt(abs(np.linalg.det(page.page_from_scan[:2, :2]))))
        if long / 2 / growth / page.image.dpi < MIN_HALF_IN:
            return ()
    along = 0 if width > height else 1
    for tables in (_tables_beside(whole, along), _tables_past_a_gutter(whole, along)):
        spans = [np.array(table.outline())[:, along] for table in tables]
        before = [float(s.max()) for s in spans if s.mean() < long / 2]
        after = [float(s.min()) for s in spans if s.mean() >= long / 2]
        if before and after and max(before) < min(after):
            break
    else:
        return ()
    # Between the tables where the least is written, nearest to the middle.
    low, high = round(max(before)), round(min(after))
    ink = (255.0 - page.gray).sum(axis=along)[low : high + 1]
    far = np.abs(np.arange(low, high + 1) - long / 2) / long
    cut = low + int(np.argmin(ink / max(float(ink.max()), 1.0) + far))
    boxes = (
        (rectangle(0, 0, cut, height), rectangle(cut, 0, width, height))
        if along == 0
        else (rectangle(0, 0, width, cut), rectangle(0, cut, width, height))
    )
    scan_from_page = inverse(page.page_from_scan)
    return tuple(as_polygon(apply_homography(scan_from_page, box)) for box in boxes)


def tables_of(registered: RegisteredPage) -> tuple[Table, ...]:
    """The ruled tables on a page."""
    return find_tables(
        without_folds(registered.rules, registered.page.gray.shape), registered.page.gray.shape
    )


def _signer_tables(whole: RegisteredPage) -> list[Table]:
    return [table for table in tables_of(whole) if _may_hold_signers(table)]


def _tables_beside(whole: RegisteredPage, along: int) -> list[Table]:
    """Tables of the page, and those that lie before and after all of these.

    Two sheets seldom lie equally straight: taken together, the rulings of one are aslant.
    """
    found = _signer_tables(whole)
    if not found:
        return []
    spans = np.array([np.array(table.outline())[:, along] for table in found])
    shape = whole.page.gray.shape
    for rules in (
        [r for r in whole.rules if (r.points[:, along] < spans.min()).all()],
        [r for r in whole.rules if (r.points[:, along] > spans.max()).all()],
    ):
        tables = find_tables(without_folds(rules, shape), shape)
        found += [table for table in tables if _may_hold_signers(table)]
    return found


def _tables_past_a_gutter(whole: RegisteredPage, along: int) -> list[Table]:
    """Tables on either side of a strip near the middle that next to no ruling is seen to pass.

    Where rows of two sheets lie at one height some are traced as one ruling, and a table
    without a frame seems to end at the other sheet's: both are one table then.
    """
    shape = whole.page.gray.shape
    long = shape[1 - along]
    rules = without_folds(whole.rules, shape)
    passed = np.zeros(long, dtype=np.int64)
    for rule in (r for r in rules if r.horizontal == (along == 0) and r.support > 0):
        seen = np.zeros(long, dtype=np.bool_)
        for (start, stop), shown in ((rule_span(rule), True), *((gap, False) for gap in rule.gaps)):
            seen[max(0, round(start)) : max(0, round(stop))] = shown
        passed += seen
    free = np.flatnonzero(passed <= MAX_PASSING)
    strips = np.split(free, np.flatnonzero(np.diff(free) > 1) + 1)
    wide = [s for s in strips if len(s) >= MIN_GUTTER_PX and abs(s.mean() / long - 0.5) <= MAX_OFF]
    if not wide:
        return []
    strip = min(wide, key=lambda s: abs(float(s.mean()) - long / 2))
    found: list[Table] = []
    for low, high in ((0.0, float(strip[0])), (float(strip[-1]), float(long))):
        parts = [part for r in rules if (part := _part_of(r, along, low, high)) is not None]
        tables = find_tables(parts, shape)
        found += [table for table in tables if _may_hold_signers(table)]
    return found


def _part_of(rule: Rule, along: int, low: float, high: float) -> Rule | None:
    """What of a ruling lies between two places along the page; None: next to nothing."""
    at = rule.points[:, along]
    inside = (at >= low) & (at <= high)
    if inside.all():
        return rule
    if rule.horizontal != (along == 0) or inside.sum() < MIN_PART_POINTS:
        return None
    gaps = tuple((max(a, low), min(b, high)) for a, b in rule.gaps if a < high and b > low)
    return replace(rule, points=rule.points[inside], gaps=gaps)


def _may_hold_signers(table: Table) -> bool:
    return table.row_count >= MIN_PAIR_ROWS and table.column_count >= MIN_PAIR_COLUMNS


def _is_whole(part: RegisteredPage, forms: Sequence[Form]) -> bool:
    """Whether a half is a petition sheet of its own: what is printed once a sheet is on it."""
    form = next((f for f in forms if f.name == part.form), None)
    if form is None:
        return False
    if form.phrases and phrase_score(form, part.words) < MIN_HALF_PHRASES:
        return False
    if form.box is not None and part.collector_box is None:
        return False
    return bool(form.phrases) or form.box is not None


def _are_alike(parts: Sequence[tuple[RegisteredPage, int]], forms: Sequence[Form]) -> bool:
    """Whether halves are sheets of one form of which nothing is known but its table.

    Then the same is printed above the table of either: a form with two tables has its
    title once, so that each half would hold another piece of it.
    """
    form = next((f for f in forms if f.name == parts[0][0].form), None)
    if form is None or form.phrases or form.box is not None:
        return False
    if any(part.form != form.name or not part.rows for part, _ in parts):
        return False
    first, second = (_print_above(part) for part, _ in parts)
    if min(len(first), len(second)) < MIN_TITLE_LETTERS:
        return False
    return min(contains(first, second), contains(second, first)) >= ALIKE_TITLES


def _print_above(part: RegisteredPage) -> str:
    """What is surely printed above a sheet's rows and their heads."""
    signers = _signer_tables(part)
    if not signers:
        return ""
    top = min(y for table in signers for _, y in table.outline())
    sure = [w for w in part.words if w.box[3] <= top and w.confidence >= SURE_WORD]
    return plain(" ".join(w.text for line in text_lines(sure) for w in line))


def _register(
    page: RectifiedPage,
    forms: Sequence[Form],
    clock: Clock,
    edit: PageEdit,
    *,
    every_word: bool,
) -> tuple[RegisteredPage, tuple[Table, ...]]:
    page, rules, tables = straighten(page)
    clock.step("rulings", f"{len(rules)} rules {len(tables)} tables{_told_bend(page)}")
    read = functools.partial(read_print, languages=languages_of(f.language for f in forms))
    image = print_image(page.gray, rules, tables)
    registered = None
    if not every_word and replace(edit, corners=(), turn_deg=None) == NO_EDIT:
        glance = glance_at(image, tables, titled=any(not form.petition for form in forms))
        if glance is not None:
            registered = register_glance(page, rules, tables, glance, forms, read)
            clock.step("print", "at a glance")
    if registered is None:
        words = read(image)
        clock.step("print", f"{len(words)} words")
        registered = register_page(page, rules, tables, words, forms, edit, read)
        for thin in (False, True):
            if _is_known(registered) or not forms:
                break
            apart = read_heads(image, tables, words, read, thin=thin)
            if apart == words:
                continue  # fat strokes may still be read as thinner ones
            again = register_page(page, rules, tables, apart, forms, edit, read)
            # Where that does not help, what the page is called follows from its print as it is.
            if _is_known(again) or again.form_score > registered.form_score:
                registered = again
        if not _is_known(registered) and forms:
            # A sheet that was found so is found so again when a person puts a part of it right.
            registered = register_lost_rows(registered, forms, read, edit) or registered
    clock.step("register", f"{registered.form} score {registered.form_score:.3f}")
    return registered, tables


def _is_known(registered: RegisteredPage) -> bool:
    return registered.form is not None and not registered.doubted


def straighten(
    page: RectifiedPage,
) -> tuple[RectifiedPage, tuple[Rule, ...], tuple[Table, ...]]:
    """The page with curl and leftover perspective taken out, its rulings and tables.

    A second look, at the straightened page, finds what the first was too coarse for.
    """
    rules = trace_rules(page.gray)
    tables = find_tables(without_folds(rules, page.gray.shape), page.gray.shape)
    if seems_bent(rules):
        steep = trace_rules(page.gray, bent=True)
        bent = find_tables(without_folds(steep, page.gray.shape), page.gray.shape)
        # A streak aslant looks like a bend, and followed around steep bends it may take
        # a ruling that it crosses with it.
        bend = fit_bend(_ruled(bent), page.gray.shape)
        if bend is not None or _bordered(bent) >= _bordered(tables):
            rules, tables = steep, bent
    for _ in range(MAX_STRAIGHTENINGS):
        lines = _ruled(tables)
        if not any(_may_hold_signers(table) for table in tables):
            lines += find_open_lines(rules)
        bend = fit_bend(lines, page.gray.shape)
        if bend is None:
            break
        page = straighten_page(page, bend if page.bend is None else added(page.bend, bend))
        rules = trace_rules(page.gray)
        tables = find_tables(without_folds(rules, page.gray.shape), page.gray.shape)
    return page, rules, tables


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


def _told_bend(page: RectifiedPage) -> str:
    if page.bend is None:
        return ""
    return f" bent by {np.ptp(page.bend.shift, axis=(0, 1)).max() / PAGE_PX_PER_MM:.1f} mm"


def read_both(gray: Pixels) -> tuple[PrintedWord, ...]:
    """Print in either language: which one a sheet speaks is not known yet."""
    return read_print(gray, "eng+fra")
