"""Sheets side by side on one page, without a gap to be seen: where they part.

A wide page may hold two or more if tables, or the lines of open ones, lie on either side of
its middle, or if rows lie on one side and as much ink on the other; a line of print that runs
across says that it is one. Whether both halves are sheets is told once each is registered by
itself; a half may be wide in its turn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.forms.forms import Form
from digitizer.geometry import apply_homography, as_polygon, inverse, rectangle
from digitizer.layout.identification.formscore import phrase_score
from digitizer.layout.print.typicalrow import ReadPrint, no_print
from digitizer.layout.print.wording import contains, plain, text_lines
from digitizer.layout.table.openrows import find_open_lines
from digitizer.lines.folds import without_folds
from digitizer.lines.rulepaths import rule_span
from digitizer.lines.tables import Table, find_tables
from digitizer.records import (
    PAGE_PX_PER_MM,
    Pixels,
    Polygon,
    PrintedWord,
    RectifiedPage,
    RegisteredPage,
    Rule,
)
from digitizer.sheets.straightened import may_hold_signers, tables_of

Floats = npt.NDArray[np.float64]

# Two sheets side by side make a page whose sides relate like this: two of letter 1.55,
# two of A4 1.41, with their margins cut 1.2 to 1.75; two that lie lengthwise 2.6 and 2.83,
# with more cut above and below than at the sides up to 3.1, three 4.24, so up to 4.6. With a
# desk around them it may be square, and nearly so its sides do not tell in which direction it
# parts.
MAX_PAIR_SIDES, SQUARE = 4.6, 1.15
# Half of it is a sheet of paper: at least this wide, inches, where the scan's dpi is known.
MIN_HALF_IN = 5.0
# Between two sheets no ruling is seen for so far, 8 mm, in the middle third or so of the page,
# but for the paper's edge; of a ruling that ends there so many points are left.
MIN_GUTTER_PX, MAX_OFF, MAX_PASSING, MIN_PART_POINTS = 8 * PAGE_PX_PER_MM, 0.15, 1, 4
# ... but where there is room for three, those beside the middle one lie off by a sixth.
MAX_OFF_OF_THREE = 0.2
# ... or for edges of both sheets, as this share of the rulings that lie on one side.
PASSING_SHARE = 0.25
# Beside the rows lies another sheet if this share of the page is there, and so much ink by what
# is elsewhere; below the rows or above them more, since a sheet of few rows has its box there. So
# much darker than around it is a stroke.
ROOM, INK_BESIDE, INK_BELOW, STROKE_DARK = 0.48, 0.25, 0.6, 40
# What is printed outside the table is there on a half: a single sheet's title is on one.
MIN_HALF_PHRASES = 0.5
# Two halves are sheets of a form without phrases or box if their titles have so many
# letters, read so surely, and are as alike as two scans of one print.
MIN_TITLE_LETTERS, SURE_WORD, ALIKE_TITLES = 12, 0.5, 0.85
# A line of print goes on behind a space of at most so many heights of its words, each with so
# many letters, surely read: more than for a head (``headsides.is_print``), since a stain or a
# signature that passed for a word would make one sheet of two.
SPACE, WORD_LETTERS, SURE_PRINT = 1.5, 3, 0.8
# A page whose longer side is known to be no longer, inches, is one sheet of letter or A4; what lies
# on half of it is another one if it has a letter of its own: so many words surely read, above its
# table, and a title in type that is at least so large as the other's.
ONE_SHEET_IN, OWN_LETTER, TITLE_LARGE = 14.5, 15, 0.75
# What is printed so near a cut, 40 mm, tells whether a line of print runs across.
READ_BESIDE_PX = 40 * PAGE_PX_PER_MM


def page_halves(whole: RegisteredPage, read: ReadPrint = no_print) -> tuple[Polygon, ...]:
    """Corners on the scan of two sheets that may lie on this page; empty where it is one.

    ``read`` reads the print of pixels: of a page known at a glance its letter was not read.
    """
    for along in _ways_to_part(whole.page):
        beside = iter((_spans_of(_tables_beside(whole, along), along),))
        middle = whole.page.gray.shape[1 - along] / 2
        for spans in chain(beside, _spans_past_a_gutter(whole, along)):
            before = [float(s.max()) for s in spans if s.mean() < middle]
            after = [float(s.min()) for s in spans if s.mean() >= middle]
            if not before or not after or max(before) >= min(after):
                continue
            cut = _cut_between(whole, along, max(before), min(after))
            if not _is_print_cut(whole.words, along, cut) and not (
                along == 0 and _is_print_cut(_read_beside(whole.page.gray, cut, read), along, cut)
            ):
                return _halves(whole.page, along, cut)
    return ()


def _read_beside(gray: Pixels, cut: int, read: ReadPrint) -> list[PrintedWord]:
    """The print of a page near a place where it may part."""
    left = max(0, cut - round(READ_BESIDE_PX))
    return [
        replace(w, box=(w.box[0] + left, w.box[1], w.box[2] + left, w.box[3]))
        for w in read(np.ascontiguousarray(gray[:, left : cut + round(READ_BESIDE_PX)]))
    ]


def _is_print_cut(words: Sequence[PrintedWord], along: int, cut: int) -> bool:
    """Whether a line of print runs across a cut: a sheet's own title or letter does.

    Beside each other two sheets have their margins between their lines, wider than any space.
    """
    sure = [w for w in words if w.confidence >= SURE_PRINT and len(plain(w.text)) >= WORD_LETTERS]
    if any(w.box[along] < cut < w.box[2 + along] for w in sure):
        return True
    beside = (
        pair
        for line in (text_lines(sure) if along == 0 else ())
        for pair in pairwise(line)
        if pair[0].box[2] <= cut <= pair[1].box[0]
    )
    return any(
        right.box[0] - left.box[2] <= SPACE * max(w.box[3] - w.box[1] for w in (left, right))
        for left, right in beside
    )


def _ways_to_part(page: RectifiedPage) -> tuple[int, ...]:
    """Along which axes, 0 (sideways) and 1 (down), a page may hold one sheet after another."""
    height, width = page.gray.shape
    long, short = max(height, width), min(height, width)
    if long > MAX_PAIR_SIDES * short or not _has_room(page, 2):
        return ()
    wide = 0 if width > height else 1
    return (wide, 1 - wide) if long < SQUARE * short else (wide,)


def _has_room(page: RectifiedPage, sheets: float) -> bool:
    """Whether so many sheets may lie one after another on a page; where no dpi is known any."""
    if page.image.dpi is None:
        return True
    growth = float(np.sqrt(abs(np.linalg.det(page.page_from_scan[:2, :2]))))
    return bool(max(page.gray.shape) / growth / page.image.dpi >= sheets * MIN_HALF_IN)


def inked_halves(whole: RegisteredPage) -> tuple[Polygon, ...]:
    """Corners on the scan of two sheets on a page of which one half holds no row, but ink."""
    if not holds_more_ink(whole):
        return ()
    along, long, first, last = _along_rows(whole)
    if first < long - last:
        between = last, max(last + 2 * MIN_GUTTER_PX, 2 * long / 3)
    else:
        between = min(first - 2 * MIN_GUTTER_PX, long / 3), first
    return _halves(whole.page, along, _cut_between(whole, along, *between))


def _along_rows(found: RegisteredPage) -> tuple[int, int, float, float]:
    """The page's longer axis, its length, and from where to where rows go along it."""
    height, width = found.page.gray.shape
    along = 0 if width >= height else 1
    at = np.array([corner for row in found.rows for corner in row.polygon])[:, along]
    return along, max(height, width), float(at.min()), float(at.max())


def _cut_between(whole: RegisteredPage, along: int, before: float, after: float) -> int:
    """Where the page is to be cut in two between two places, px of it, nearest to the middle.

    It is cut where the fewest rulings pass and the least is written: of three sheets a
    table in the middle may not have been seen.
    """
    page = whole.page
    long = page.gray.shape[1 - along]
    low, high = round(before), round(after)
    # Over 8 mm: between a table and the box below it is less room than between sheets.
    near = (round(MIN_GUTTER_PX), 1)
    ink = cv2.blur((255.0 - page.gray).sum(axis=along)[None], near)[0, low : high + 1]
    passed = cv2.dilate(_passed(whole, along).astype(np.float32)[None], np.ones(near[::-1]))
    passed = passed[0, low : high + 1]
    far = np.abs(np.arange(low, low + len(ink)) - long / 2) / long
    crossed = passed / max(float(passed.max()), 1.0)
    return low + int(np.argmin(crossed + ink / max(float(ink.max()), 1.0) + far))


def _halves(page: RectifiedPage, along: int, cut: int) -> tuple[Polygon, ...]:
    """Corners on the scan of both parts of a page cut at a place of it."""
    height, width = page.gray.shape
    boxes = (
        (rectangle(0, 0, cut, height), rectangle(cut, 0, width, height))
        if along == 0
        else (rectangle(0, 0, width, cut), rectangle(0, cut, width, height))
    )
    scan_from_page = inverse(page.page_from_scan)
    return tuple(as_polygon(apply_homography(scan_from_page, box)) for box in boxes)


def _passed(whole: RegisteredPage, along: int) -> npt.NDArray[np.int64]:
    """By how many rulings that run along the page each place along it is passed, as seen."""
    long = whole.page.gray.shape[1 - along]
    passed = np.zeros(long, dtype=np.int64)
    for rule in _level_rules(whole, along):
        seen = np.zeros(long, dtype=np.bool_)
        for (start, stop), shown in ((rule_span(rule), True), *((gap, False) for gap in rule.gaps)):
            seen[max(0, round(start)) : max(0, round(stop))] = shown
        passed += seen
    return passed


def _level_rules(whole: RegisteredPage, along: int) -> list[Rule]:
    rules = without_folds(whole.rules, whole.page.gray.shape)
    return [r for r in rules if r.horizontal == (along == 0) and r.support > 0]


def holds_more_ink(found: RegisteredPage) -> bool:
    """Whether beside all rows there is room for a sheet, and much of the ink that there is.

    Of a sheet that lies beside, aslant, no ruling may be traced.
    """
    if not found.rows:
        return False
    along, long, first, last = _along_rows(found)
    # Beside rows a sheet needs no more than their width, be it the one in the middle of three.
    room = min(ROOM * long, last - first) if along == 0 else ROOM * long
    if max(first, long - last) < room:
        return False
    # Strokes are darker than the paper around them, whatever shadow lies on it.
    small = cv2.resize(found.page.gray, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    dark = cv2.morphologyEx(small, cv2.MORPH_BLACKHAT, np.ones((9, 9), np.uint8)) > STROKE_DARK
    inked = dark.sum(axis=along)
    before, after = inked[: max(0, round(first / 2))].sum(), inked[round(last / 2) :].sum()
    share = INK_BESIDE if along == 0 else INK_BELOW
    beside = before if first > long - last else after
    return bool(beside >= share * (inked.sum() - beside))


def _spans_of(tables: Sequence[Table], along: int) -> list[Floats]:
    return [np.array(table.outline())[:, along] for table in tables]


def _spans_past_a_gutter(whole: RegisteredPage, along: int) -> Iterator[list[Floats]]:
    """Where tables lie on either side of a strip that next to no ruling is seen to pass.

    Where rows of two sheets lie at one height some are traced as one ruling, and a table
    without a frame seems to end at the other sheet's: both are one table then. Tables
    without any column ruling are told by their rows' lines, last.
    """
    shape = whole.page.gray.shape
    long = shape[1 - along]
    rules = without_folds(whole.rules, shape)
    passed = _passed(whole, along)
    spans = map(rule_span, _level_rules(whole, along))
    beside = sum(not (span[0] < long / 2 < span[1]) for span in spans)
    free = np.flatnonzero(passed <= max(MAX_PASSING, PASSING_SHARE * beside))
    strips = np.split(free, np.flatnonzero(np.diff(free) > 1) + 1)
    off = MAX_OFF_OF_THREE if _has_room(whole.page, 3) else MAX_OFF
    wide = [s for s in strips if len(s) >= MIN_GUTTER_PX and abs(s.mean() / long - 0.5) <= off]
    if not wide:
        return
    strip = min(wide, key=lambda s: abs(float(s.mean()) - long / 2))
    tables: list[Floats] = []
    rows: list[Floats] = []
    for low, high in ((0.0, float(strip[0])), (float(strip[-1]), float(long))):
        parts = [part for r in rules if (part := _part_of(r, along, low, high)) is not None]
        found = [table for table in find_tables(parts, shape) if may_hold_signers(table)]
        tables += _spans_of(found, along)
        lines = find_open_lines(parts) if along == 0 else ()
        rows += _spans_of(found, along) if found else [line.points[:, along] for line in lines]
    yield tables
    yield rows


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


def _signer_tables(whole: RegisteredPage) -> list[Table]:
    return [table for table in tables_of(whole) if may_hold_signers(table)]


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
        found += [table for table in tables if may_hold_signers(table)]
    return found


def is_whole_sheet(part: RegisteredPage, forms: Sequence[Form]) -> bool:
    """Whether a half is a petition sheet of its own: what is printed once a sheet is on it."""
    form = next((f for f in forms if f.name == part.form), None)
    if form is None:
        return False
    if form.phrases and phrase_score(form, part.words) < MIN_HALF_PHRASES:
        return False
    if form.box is not None and part.collector_box is None:
        return False
    return bool(form.phrases) or form.box is not None


def are_alike(parts: Sequence[tuple[RegisteredPage, int]], forms: Sequence[Form]) -> bool:
    """Whether parts are sheets of one form of which nothing is known but its table.

    Then the same is printed above the table of each: a form with two tables has its
    title once, so that each half would hold another piece of it.
    """
    form = next((f for f in forms if f.name == parts[0][0].form), None)
    if form is None or form.phrases or form.box is not None:
        return False
    if any(part.form != form.name or not part.rows for part, _ in parts):
        return False
    first, *others = (_print_above(part) for part, _ in parts)
    if min(map(len, (first, *others))) < MIN_TITLE_LETTERS:
        return False
    return all(
        min(contains(first, other), contains(other, first)) >= ALIKE_TITLES for other in others
    )


def _print_above(part: RegisteredPage) -> str:
    """What is surely printed above a sheet's rows and their heads."""
    signers = _signer_tables(part)
    if not signers:
        return ""
    top = min(y for table in signers for _, y in table.outline())
    sure = [w for w in part.words if w.box[3] <= top and w.confidence >= SURE_WORD]
    return plain(" ".join(w.text for line in text_lines(sure) for w in line))


def leaves_one_out(
    whole: RegisteredPage, half: Polygon, part: RegisteredPage, forms: Sequence[Form]
) -> bool:
    """Whether a half holds all rows of the page, a sheet of its own: the other is left out then.

    What that one is cannot be told, and it must be said to be a page of no known form.
    """
    known = whole.form is not None and not whole.doubted and bool(whole.rows)
    form = next((f for f in forms if f.name == part.form), None)
    if not known or form is None or len(part.rows) < len(whole.rows):
        return False
    said = bool(form.phrases) and phrase_score(form, part.words) >= MIN_HALF_PHRASES
    if not said and part.collector_box is None:
        return False
    # Of a sheet that is cut in two a half has all rows, but no longer all of their cells.
    if cells_of(part) < cells_of(whole):
        return False
    # ... or has lost its box to the other half: that is no sheet, but this one's second table.
    if whole.collector_box is not None and part.collector_box is None:
        return False
    return rows_within(whole, half) == len(whole.rows)


def is_second_table(
    whole: RegisteredPage, half: Polygon, part: RegisteredPage, other: RegisteredPage
) -> bool:
    """Whether what lies beside all rows of a page is no sheet, but a further table of this one.

    Witnesses, circulators and the office have tables of their own below the signers', under a
    heading at most. A page that is larger than a sheet, or wide and of unknown size, may hold two
    whatever is printed there. ``part``: the ``half`` with the rows, registered by itself.
    """
    page = whole.page
    if page.image.dpi is None:
        middle = np.mean(apply_homography(inverse(page.page_from_scan), half), axis=0)
        off = np.abs(middle / page.gray.shape[::-1] - 0.5)
        if off[0] > off[1]:
            return False
    elif _has_room(page, ONE_SHEET_IN / MIN_HALF_IN):
        return False
    letter = _letter(other)
    if len(letter) < OWN_LETTER:
        return True
    return _title_height(letter) < TITLE_LARGE * _title_height(_letter(part))


def _letter(part: RegisteredPage) -> list[PrintedWord]:
    """What is surely printed above the tables of a part, words of some letters."""
    tops = [y for table in _signer_tables(part) for _, y in table.outline()]
    top = min(tops, default=float(part.page.gray.shape[0]))
    return [
        word
        for word in part.words
        if word.box[3] <= top
        and word.confidence >= SURE_PRINT
        and len(plain(word.text)) >= WORD_LETTERS
    ]


def _title_height(words: Sequence[PrintedWord]) -> float:
    """How high the words of the largest line are, px."""
    lines = [[w.box[3] - w.box[1] for w in line] for line in text_lines(words)]
    return max((float(np.median(line)) for line in lines), default=0.0)


def cells_of(found: RegisteredPage) -> int:
    """How many cells the rows of a sheet have."""
    return sum(len(row.cells) for row in found.rows)


def rows_within(whole: RegisteredPage, half: Polygon) -> int:
    """How many of the page's rows have their middle in a half, corners on the scan."""
    outline = np.array(half, dtype=np.float32)
    middles = apply_homography(
        inverse(whole.page.page_from_scan),
        [np.mean(row.polygon, axis=0) for row in whole.rows],
    )
    return sum(cv2.pointPolygonTest(outline, (float(x), float(y)), False) >= 0 for x, y in middles)
