"""From a decoded page to registered sheets: upright, straight, form and cells known.

A page of a file usually is one sheet. It holds several where outlines lie apart
on it (two sheets on a scanner's bed, three photographed together), or where
halves of a wide page are each a whole petition sheet of a known form (two
sheets scanned side by side on A3, no gap to be seen), or several of them in
turn. A form with two tables is no such page: its title and its box are printed
once.
"""

import functools
import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import cv2
import numpy as np

from digitizer.engines.printed import languages_of, read_print
from digitizer.forms.forms import Form
from digitizer.geometry import apply_homography, as_polygon, inverse
from digitizer.layout.identification.glance import glance_at, read_heads
from digitizer.layout.identification.printmask import print_image
from digitizer.layout.print.typicalrow import ReadPrint
from digitizer.lines.bending import bent_points
from digitizer.lines.doubles import MEET_PX
from digitizer.lines.folds import without_folds
from digitizer.lines.tables import Table
from digitizer.paper.beside import NOTHING, Beside, measure_beside
from digitizer.paper.outline import find_outlines
from digitizer.paper.smallsheet import find_small_outline
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
    Step,
)
from digitizer.rectify import rectify_page, told_turn
from digitizer.registration import register_glance, register_lost_rows, register_page
from digitizer.sheets.closer import closer_look
from digitizer.sheets.pagekinds import retake_reason
from digitizer.sheets.pairs import (
    are_alike,
    cells_of,
    holds_more_ink,
    inked_halves,
    is_second_table,
    is_whole_sheet,
    leaves_one_out,
    page_halves,
    rows_within,
)
from digitizer.sheets.straightened import straighten

# An outline cuts a table of which so many rulings end this near to it.
CUT_MM, MIN_CUT = 1.5, 3
# Beside the outlines found another sheet may lie if this share of what is inked within one is
# inked there; one does where a smaller share is on paper.
BESIDE_INK, BESIDE_PAPER = 0.2, 0.05
# An outline that leaves less of the picture than this outside leaves no sheet out.
LEAST_OUTSIDE = 0.03
# A page is cut in two, its halves again, and theirs, and no more: eight sheets.
MOST_CUTS = 3
# A page without rulings on which at least so much was read, in whatever turn, holds print.
MIN_WORDS = 20

# Sheets with the number of tables seen on each.
Found: TypeAlias = tuple[tuple[RegisteredPage, int], ...]


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
    if edit.turn_deg is None and found.form is None and told_turn(page) is None:
        # Without rulings lines of print tell the axis, and only which end is up is unclear.
        others = (180, 90, 270) if tables else (180,) if len(found.words) >= MIN_WORDS else ()
        turns += [(page.rotation_deg + turn) % 360 for turn in others]
    return turns


def sheets_on(image: PageImage, forms: Sequence[Form], clock: Clock | None = None) -> Found:
    """Register each sheet on a page, in reading order, with the number of tables seen on it."""
    clock = clock or Clock()
    outlines = [as_polygon(outline.corners) for outline in find_outlines(image.pixels)]
    if len(outlines) > 1:
        found = _in_reading_order([_sheet_at(one, image, forms, clock) for one in outlines])
    else:
        found = _sheets_within(image, forms, clock, outlines[0] if outlines else ())
    beside = measure_beside(image.pixels, outlines) if forms else NOTHING
    if outlines and forms and _seems_left_out(outlines, found, beside):
        other = _sheets_within(image, forms, clock, ())
        if _told_by(other) > _told_by(found):
            found, beside = other, NOTHING
    if len(outlines) * beside.on_paper >= BESIDE_PAPER:
        found = tuple((replace(sheet, beside=True), tables) for sheet, tables in found)
    if forms and len(found) == 1:
        return _seen_closer(found, image, forms, clock, outlined=bool(outlines))
    return found


def _seen_closer(
    found: Found, image: PageImage, forms: Sequence[Form], clock: Clock, *, outlined: bool
) -> Found:
    """A sheet that is small in its picture as it is by itself, where that tells more of it.

    Of one that cannot be read even so it is told why: how blurred or small it is itself,
    not the wood around it.
    """
    sheet = found[0][0]
    known, corners = _is_known(sheet), closer_look(sheet)
    small = None if known or outlined else find_small_outline(image.pixels)
    if small is not None:
        corners = as_polygon(small.corners)
    if not corners:
        return found
    closer = _sheets_within(image, forms, clock, corners)
    if any(_is_known(one) for one, _ in closer):
        return closer if _told_by(closer) >= _told_by(found) else found
    again = not known and retake_reason(closer[0][0].page, recognised=False) is not None
    return closer if small is not None or again else found


def _seems_left_out(outlines: Sequence[Polygon], found: Found, beside: Beside) -> bool:
    """Whether the picture seems to hold more than was found within its outlines.

    What was taken for an outline may be the edge of a shadow that crosses the sheet; beside
    a sheet may lie another one, whose outline was not found; and where two lie one upon the
    other one outline may go around both.
    """
    one = len(outlines) == 1
    if one and beside.share < LEAST_OUTSIDE:
        return False
    if not all(_is_whole_table(sheet) for sheet, _ in found):
        return True
    if len(outlines) * beside.ink >= BESIDE_INK:
        return True
    return one and any(holds_more_ink(sheet) for sheet, _ in found)


def _told_by(found: Sequence[tuple[RegisteredPage, int]]) -> tuple[int, int, bool]:
    """How many rows and cells of sheets are known, and whether nothing of a table is cut off."""
    known = [sheet for sheet, _ in found if _is_known(sheet)]
    rows = sum(len(sheet.rows) for sheet in known)
    return rows, sum(map(cells_of, known)), all(_is_whole_table(sheet) for sheet, _ in found)


def _is_whole_table(found: RegisteredPage) -> bool:
    """Whether rows are known of which no ruling runs out of the sheet's outline."""
    if not _is_known(found) or not found.rows:
        return False
    page = found.page
    corners = np.array([corner for row in found.rows for corner in row.polygon])
    low, high = corners.min(axis=0) - MEET_PX, corners.max(axis=0) + MEET_PX
    outline = np.array(page.page_polygon_scan, dtype=np.float32)
    near = CUT_MM * PAGE_PX_PER_MM / np.sqrt(abs(np.linalg.det(page.page_from_scan[:2, :2])))
    out = 0
    # Folds run on to the sheet's edges.
    for rule in without_folds(found.rules, page.gray.shape):
        ends = rule.points[[0, -1]]
        inside = ((rule.points >= low) & (rule.points <= high)).all(axis=1)
        if rule.support == 0 or not inside.any():
            continue
        if page.bend is not None:
            ends = bent_points(page.bend, ends)
        on_scan = apply_homography(inverse(page.page_from_scan), ends)
        out += any(
            cv2.pointPolygonTest(outline, (float(x), float(y)), measureDist=True) < near
            for x, y in on_scan
        )
    return out < MIN_CUT


def _sheets_within(
    image: PageImage, forms: Sequence[Form], clock: Clock, corners: Polygon
) -> Found:
    """The sheets within these corners, or on the whole picture without any."""
    edit = replace(NO_EDIT, corners=corners)
    whole = register_image(image, forms, clock, edit, seek_outline=False)
    return _parted(whole, image, forms, clock, MOST_CUTS)


def _parted(
    whole: tuple[RegisteredPage, int],
    image: PageImage,
    forms: Sequence[Form],
    clock: Clock,
    cuts: int,
) -> Found:
    """What was taken for one sheet, or the sheets of its halves, each cut again if it is wide."""
    tabled = page_halves(whole[0], read_both)
    halves = tabled or inked_halves(whole[0])
    if not halves or not cuts:
        return (whole,)
    groups = [
        _parted(_sheet_at(half, image, forms, clock), image, forms, clock, cuts - 1)
        for half in halves
    ]
    if not tabled:
        # A cut where the least is written may go through the table of the sheet beneath.
        groups = [
            (whole,) if rows_within(whole[0], half) > _rows_of(group) else group
            for half, group in zip(halves, groups, strict=True)
        ]
    parts = [part for group in groups for part in group]
    if all(is_whole_sheet(part, forms) for part, _ in parts) or are_alike(parts, forms):
        return _in_reading_order(parts)
    # Several sheets show more rows than one of them, though not all that is printed was read.
    known = all(_is_known(part) for part, _ in parts)
    told, told_whole = _told_by(parts)[0], _told_by([whole])[0]
    if known and told > told_whole:
        return _in_reading_order(parts)
    # A half that is itself two sheets is no piece of one, whatever the other half is.
    if any(len(group) > 1 for group in groups) and told >= told_whole:
        return _in_reading_order(parts)
    if tabled and any(
        len(group) == 1
        and leaves_one_out(whole[0], half, group[0][0], forms)
        and not (len(rest) == 1 and is_second_table(whole[0], half, group[0][0], rest[0][0]))
        for half, group, rest in zip(halves, groups, groups[::-1], strict=True)
    ):
        return _in_reading_order(parts)
    return (whole,)


def _rows_of(found: Found) -> int:
    return sum(len(sheet.rows) for sheet, _ in found)


def _sheet_at(
    corners: Polygon, image: PageImage, forms: Sequence[Form], clock: Clock
) -> tuple[RegisteredPage, int]:
    # Whether a half is a sheet of its own is told by all that is printed on it.
    edit = replace(NO_EDIT, corners=corners)
    return register_image(image, forms, clock, edit, every_word=True)


def _in_reading_order(found: Sequence[tuple[RegisteredPage, int]]) -> Found:
    """Line by line, each from the left, as the first sheet stands once it is upright."""
    turn = np.deg2rad(found[0][0].page.rotation_deg)
    upright = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    corners = np.array([one.page.page_polygon_scan for one, _ in found]) @ upright
    middles, high = corners.mean(axis=1), float(np.ptp(corners[..., 1], axis=1).min())
    down = np.argsort(middles[:, 1], kind="stable")
    # Where they lie lower by half a sheet a new line begins.
    line = np.zeros(len(found), dtype=np.int64)
    line[down[1:]] = np.cumsum(np.diff(middles[down, 1]) > high / 2)
    return tuple(found[int(k)] for k in np.lexsort((middles[:, 0], line)))


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
    languages = languages_of(f.language for f in forms)
    read_in = functools.cache(_read_once_in)
    read = read_in(languages)
    image = print_image(page.gray, rules, tables)
    registered = None
    if not every_word and replace(edit, corners=(), turn_deg=None) == NO_EDIT:
        glance = glance_at(image, tables)
        if glance is not None:
            # In two languages print takes a quarter longer, and French loses accents.
            first = read_in(languages.split("+")[0])
            registered = register_glance(
                page,
                rules,
                tables,
                glance,
                forms,
                first,
                lambda f: read_in(languages_of([f.language])),
            )
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


def _read_once_in(languages: str) -> ReadPrint:
    return _each_once(functools.partial(read_print, languages=languages))


def _each_once(read: ReadPrint) -> ReadPrint:
    """``read``, which reads no pixels twice.

    What a glance looks at, the rows' common captions above all, is looked at again where the
    page must be read whole.
    """
    known: dict[tuple[tuple[int, ...], bytes], Sequence[PrintedWord]] = {}

    def once(pixels: Pixels) -> Sequence[PrintedWord]:
        key = pixels.shape, hashlib.blake2b(pixels.tobytes()).digest()
        if key not in known:
            known[key] = read(pixels)
        return known[key]

    return once


def _is_known(registered: RegisteredPage) -> bool:
    return registered.form is not None and not registered.doubted


def _told_bend(page: RectifiedPage) -> str:
    if page.bend is None:
        return ""
    return f" bent by {np.ptp(page.bend.shift, axis=(0, 1)).max() / PAGE_PX_PER_MM:.1f} mm"


def read_both(gray: Pixels) -> tuple[PrintedWord, ...]:
    """Print in either language: which one a sheet speaks is not known yet."""
    return read_print(gray, "eng+fra")
