"""What a page is that holds no petition, and whether it must be photographed again.

From the page's look alone: its ink, its print, its ruled tables, its shape. Every
such page is kept with a word of ``pagewords``. Guesses are about what to do next, never about
what counts: only a page without ink is set aside as blank.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import cv2
import numpy as np

from digitizer.forms.forms import Form
from digitizer.geometry import apply_homography, inverse, polygon_area, rectangle
from digitizer.layout.identification.formscore import MIN_NEAR_SCORE, holds_print_of, phrase_score
from digitizer.lines.rulepaths import long_lines, rule_at, rule_span
from digitizer.lines.tables import Table
from digitizer.pagewords import (
    BACK,
    BLANK,
    BLURRED,
    COARSE,
    ENVELOPE,
    LETTER,
    LINES_LOST,
    ROWS_UNKNOWN,
)
from digitizer.paper.looks import looks_like_envelope, looks_like_running_text
from digitizer.paper.sharpness import measure_beneath_grain, measure_sharpness
from digitizer.records import PAGE_DPI, PAGE_PX_PER_MM, Pixels, PrintedWord, RectifiedPage, Rule

# Dark pixels, and their share of a page up to which nothing is written on it: a single
# printed line of text has 0.001.
DARK_LEVEL = 170
BLANK_INK = 0.0006
# Pixels that are darker than clean paper (245) once noise is smoothed away by this many
# px, and their share of a page from which print shows through.
FAINT_LEVEL = 234
SMOOTH_PX = 5
MIN_FAINT = 0.004
# A word that is read for sure has so many letters, and this confidence.
WORD_LETTERS = 3
WORD_CONFIDENCE = 0.6
FEW_WORDS = 3
# The mirror image of a sheet's back holds more of them: 1.5 times as many at least.
MIRRORED_MORE = 1.5
# A letter has at least so many such words; the address on an envelope fewer than this.
LETTER_WORDS = 40
ENVELOPE_WORDS = 60
# Of an envelope as wide as a sheet is, told by its stamp, all print is an address or two.
ENVELOPE_PRINT = 30
# Long by short side of business envelopes: DL 2.0, No. 10 2.3; paper 1.29 to 1.55.
ENVELOPE_SIDES = (1.8, 2.7)
# A table with so many rows and columns may be for signers.
SIGNER_ROWS, SIGNER_COLUMNS = 3, 2
# So may rows between lines that end alike (mm), at least so long (a share of the page) and so far
# apart (mm), which is alike from row to row.
ENDS_MM, LONG_SHARE, ROW_MM, EVEN_SHARE = 4.0, 0.4, 6.0, 0.15
# Spread of edges, px of the page frame (0.13 mm), from which a page is called too blurred:
# a sharp scan has 0.6, one of 100 dpi 1.0, photographs 1.0, Gauss of 1.2 px 1.3 to 1.45, of
# 1.5 px 1.5 to 1.6, of 1.8 px 1.75 to 1.9. What is read at each is printed by the benchmark's
# section ``reading``: at 1.8 px a fifth fewer fields than of the sharp page.
BLUR_PX = 1.7
# Long smears wipe out the edges that would tell their length: 8 px has 1.63 to 2.1 (a quarter
# of the fields is read), 14 px may have 1.75. But they
# blur one direction this many times as much as the other, where soft pictures have up to
# 1.4, or leave so little of the contrast across them, where soft ones have 0.94.
SMEARED_PX = 1.6
SMEAR_RATIO = 1.6
SMEAR_EVENNESS = 0.7
# The same for a page whose form was not recognised: then blur is the likely cause.
BLUR_UNKNOWN_PX = 1.6
# ... and that beneath the grain of such a page: sharp ones have up to 1.0, smears of 8 px 1.5 to 2.
BLUR_BENEATH_PX = 1.45
# Pixels an inch of paper below which a page is called too coarse.
COARSE_DPI = 70.0
COARSE_UNKNOWN_DPI = 100.0


def retake_reason(page: RectifiedPage, *, recognised: bool) -> str | None:
    """Why the page should be photographed or scanned again; None where it need not."""
    if paper_dpi(page) < (COARSE_DPI if recognised else COARSE_UNKNOWN_DPI):
        return COARSE
    sharpness = measure_sharpness(page.gray)
    if sharpness is None:
        return None
    limit = BLUR_PX if recognised else BLUR_UNKNOWN_PX
    smeared = sharpness.blur_px >= SMEAR_RATIO * sharpness.least_px
    if smeared or sharpness.evenness <= SMEAR_EVENNESS:
        limit = min(limit, SMEARED_PX)
    if sharpness.blur_px >= limit:
        return BLURRED
    beneath = None if recognised else measure_beneath_grain(page.gray)
    return BLURRED if beneath is not None and beneath.blur_px >= BLUR_BENEATH_PX else None


def paper_dpi(page: RectifiedPage) -> float:
    """Pixels of the scan for an inch of paper, taking the page for as wide as a letter."""
    height, width = page.gray.shape
    corners = apply_homography(inverse(page.page_from_scan), rectangle(0, 0, width, height))
    return PAGE_DPI * float(np.sqrt(polygon_area(corners) / (width * height)))


def look_of(
    page: RectifiedPage,
    tables: Sequence[Table],
    words: Sequence[PrintedWord],
    read: Callable[[Pixels], Sequence[PrintedWord]],
    forms: Sequence[Form] = (),
    rules: Sequence[Rule] = (),
) -> str | None:
    """What a page of no known form looks like; None: nothing to say.

    One with lines as between signers' rows among ``rules`` is set aside as nothing else.

    A page with the print of one of ``forms`` is no letter: its lines were lost. One by
    hand is a letter where its ink lies as running text does (``paper.looks``).
    ``read`` reads the print of pixels: a page without dark ink on which print shows
    through reads better in the mirror.
    """
    sure = [w for w in words if _is_sure(w)]
    if float((page.gray < DARK_LEVEL).mean()) < BLANK_INK:
        smooth = cv2.blur(page.gray, (SMOOTH_PX, SMOOTH_PX))
        faint = float((smooth < FAINT_LEVEL).mean()) >= MIN_FAINT
        if len(sure) < FEW_WORDS and not faint and not tables:
            return BLANK
        mirrored = read(np.ascontiguousarray(page.gray[:, ::-1]))
        if sum(_is_sure(w) for w in mirrored) >= MIRRORED_MORE * max(len(sure), FEW_WORDS):
            return BACK
    if any(t.row_count >= SIGNER_ROWS and t.column_count >= SIGNER_COLUMNS for t in tables):
        return None
    height, width = page.gray.shape
    if _has_rows(rules, width) and not any(holds_print_of(form, words) for form in forms):
        return ROWS_UNKNOWN if retake_reason(page, recognised=False) is None else None
    sides = max(height, width) / min(height, width)
    if ENVELOPE_SIDES[0] <= sides <= ENVELOPE_SIDES[1] and len(sure) < ENVELOPE_WORDS:
        return ENVELOPE
    if len(sure) >= LETTER_WORDS:
        if not any(holds_print_of(form, words) for form in forms):
            return LETTER
        # What cannot be read must be scanned again for that.
        return LINES_LOST if retake_reason(page, recognised=False) is None else None
    if tables or any(form.phrases and _says(form, words) for form in forms):
        return None
    if retake_reason(page, recognised=False) is not None:
        # What cannot be read might be a sheet: that it must be scanned again says more.
        return None
    if len(sure) < ENVELOPE_PRINT and looks_like_envelope(page.gray):
        return ENVELOPE
    return LETTER if looks_like_running_text(page.gray) else None


def _has_rows(rules: Sequence[Rule], width: int) -> bool:
    """Whether lines across follow each other as between signers' rows on a page so wide, px."""
    seen = long_lines(rules, LONG_SHARE * width)
    spans = {id(rule): rule_span(rule) for rule in seen}
    near, least = ENDS_MM * PAGE_PX_PER_MM, ROW_MM * PAGE_PX_PER_MM
    for one in seen:
        left, right = spans[id(one)]
        alike = [
            r
            for r in seen
            if abs(spans[id(r)][0] - left) <= near and abs(spans[id(r)][1] - right) <= near
        ]
        heights = sorted(rule_at(rule, (left + right) / 2) for rule in alike)
        steps = [below - above for above, below in pairwise(heights) if below - above >= least]
        usual = float(np.median(steps)) if steps else 0.0
        if sum(abs(step - usual) <= EVEN_SHARE * usual for step in steps) >= SIGNER_ROWS:
            return True
    return False


def _says(form: Form, words: Sequence[PrintedWord]) -> bool:
    """Whether something like a form's own words stands on a page."""
    return phrase_score(form, words) >= MIN_NEAR_SCORE


def _is_sure(word: PrintedWord) -> bool:
    letters = sum(c.isalpha() for c in word.text)
    return letters >= WORD_LETTERS and word.confidence >= WORD_CONFIDENCE
