"""Stains: rings of cups, drops, tide lines, rust, smears. No ink of a pen.

A pen leaves clean paper beside its stroke. What dried or was rubbed on leaves a tone that fades
away, on one of its sides at least, while the paper on the other is as clean as anywhere: that
tone beside a piece of ink, between 0.4 and 0.9 mm away, tells a stain, whatever its width and
shape, in gray as in colour. So does an even tone wider than any pen. Gray bands and shadows,
which go on to both sides, are part of the paper. What is nearly black is no stain. Fails for
small drops and marks whose edges are as sharp as a pen's; those stay ink.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import CellCrop, FieldKind, InkState, Pixels
from digitizer.writing.ink import Ints, PageInk

Mask = npt.NDArray[np.bool_]

# Paper is looked at so far from ink, px: what a blurred scan spreads of a stroke ends before.
NEAR_PX, FAR_PX = 3.5, 7.0
# It has a tone from this share of the ink's darkness on, and of the least darkness of ink, above
# the cleanest paper within 2 mm.
TONE_SHARE, LEAST_TONE, CLEAN_PX = 0.2, 0.4, 33
# Of the paper beside a stain so much has a tone: of 3,896 pieces of ink on clean sheets, gray
# and pale ones too, 6 had so much; of what stains left one half.
STAIN_SHARE = 0.25
# Where a stain runs into letters each place is judged by what lies within 2 mm of it.
PLACE_PX, PLACE_SHARE = 33, 0.2
# Pens are narrower than this, px, 1.9 mm; within it a tone is even whose palest has so much of
# its darkness, which a scribble's has not.
WIDE_PX, EVEN_SHARE = 15, 0.6
# Darker than this share of the page's black is ink, whatever lies beside it; an even tone is a
# broad pen's from that one on.
DARKEST, DARKEST_WIDE, BLACK_PERCENT = 0.8, 0.6, 98
# What is within this of a stain, px, and no darker than the stain by so much is its own edge.
EDGE_PX, EDGE_EXCESS = 11, 1.25
# With less paper beside it (px) a piece tells nothing; a page with less of a tone has no stain.
MIN_PAPER_PX, MIN_TONED_PX = 20, 150
# A cell with so much of a stain, px, a comma and a dot, is a stained one. What ink is left there
# is the stain's, too, unless it is darker by so much.
MIN_STAIN_PX, INK_EXCESS, DARK_PERCENT = 30, 1.25, 75
# Of what a stain lies on nobody knows whether something is written there.
UNSURE = 0.5
# Their cells hold print, and are told from ink alone.
PRINTED_KINDS = frozenset({FieldKind.CHECKBOX, FieldKind.ROW_NUMBER, FieldKind.IGNORE})


def find_stains(page: PageInk, strokes: Mask) -> Mask:
    """Which pixels of a page's strokes (H, W), rulings left out, are a stain's."""
    if not strokes.any():
        return strokes.copy()
    black = _darkest(page.darkness[page.mask], BLACK_PERCENT)
    pale = strokes & (page.darkness < DARKEST * black)
    found = strokes & (page.darkness < DARKEST_WIDE * black) & _wide(page)
    toned = _toned(page)
    if toned is not None:
        paper, beside, nearest = toned
        window = (PLACE_PX, PLACE_PX)
        around = cv2.blur(paper.astype(np.float32), window)
        local = cv2.blur(beside, window) >= PLACE_SHARE * np.maximum(
            around, MIN_PAPER_PX / PLACE_PX**2
        )
        found |= pale & local
    found = _with_edges(page.darkness, found, pale)
    if toned is None:
        return found
    count, labels = cv2.connectedComponents((strokes & ~found).view(np.uint8), connectivity=8)
    label = labels.ravel()
    at = np.flatnonzero(paper)
    whose = label[nearest.ravel()[at]]
    seen = np.bincount(whose, minlength=count)
    share = np.bincount(whose, weights=beside.ravel()[at], minlength=count) / np.maximum(seen, 1)
    inside = np.flatnonzero(label)
    sizes = np.maximum(np.bincount(label[inside], minlength=count), 1)
    dark = np.bincount(label[inside], page.darkness.ravel()[inside], minlength=count) / sizes
    stain = (share >= STAIN_SHARE) & (seen >= MIN_PAPER_PX) & (dark < DARKEST * black)
    stain[0] = False
    return np.asarray(found | stain[labels], dtype=np.bool_)


def _wide(page: PageInk) -> Mask:
    """What is evenly toned over more than a pen's width (H, W)."""
    size = np.ones((WIDE_PX, WIDE_PX), np.uint8)
    least = cv2.morphologyEx(page.darkness, cv2.MORPH_OPEN, size)
    even = cv2.convertScaleAbs(page.darkness, alpha=EVEN_SHARE)
    bound = cv2.max(even, round(page.threshold))
    return np.asarray(cv2.compare(least, bound, cv2.CMP_GE) > 0)


def _toned(
    page: PageInk,
) -> tuple[Mask, npt.NDArray[np.float32], npt.NDArray[np.int64]] | None:
    """The paper beside ink, 1.0 where it has a tone, and the ink nearest to each place (index).

    None where next to nothing has one.
    """
    soft = cv2.blur(page.darkness, (3, 3))
    clean = cv2.erode(soft, np.ones((CLEAN_PX, CLEAN_PX), np.uint8))
    tone = cv2.subtract(soft, clean)
    has_tone = tone >= LEAST_TONE * page.threshold
    # Nearly all pages have none, and distances take long.
    inner, outer = (
        cv2.dilate(page.mask.view(np.uint8), cv2.getStructuringElement(cv2.MORPH_RECT, (n, n)))
        for n in (2 * int(NEAR_PX) + 1, 2 * int(FAR_PX) + 1)
    )
    if np.count_nonzero(has_tone & (outer > inner)) < MIN_TONED_PX:
        return None
    away, near = cv2.distanceTransformWithLabels(
        (~page.mask).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    paper = np.asarray((away > NEAR_PX) & (away <= FAR_PX))
    at = np.flatnonzero(paper & has_tone)
    inked = np.flatnonzero(page.mask)
    of_label = np.zeros(int(near.max()) + 1, dtype=np.int64)
    of_label[near.ravel()[inked]] = inked
    nearest = of_label[near]
    # A stroke's darkness is that of its middle.
    middle = cv2.dilate(soft, np.ones((5, 5), np.uint8)).ravel()
    at = at[tone.ravel()[at] >= TONE_SHARE * middle[nearest.ravel()[at]]]
    if len(at) < MIN_TONED_PX:
        return None
    beside = np.zeros(paper.shape, dtype=np.float32)
    beside.ravel()[at] = 1.0
    return paper, beside, nearest


def _with_edges(darkness: Pixels, found: Mask, pale: Mask) -> Mask:
    """Stains with what is at their edges and as pale as they."""
    if not found.any():
        return found
    own = np.where(found, darkness, 0).astype(np.uint8)
    around = cv2.dilate(own, np.ones((EDGE_PX, EDGE_PX), np.uint8))
    return np.asarray(found | (pale & (darkness <= EDGE_EXCESS * around.astype(np.float32))))


def stained_cells(darkness: Pixels, found: Mask, owner: Ints, where: Ints) -> dict[int, bool]:
    """Cells (from 1) that a stain lies in, and whether the ink left there is as pale as it.

    ``found`` (H, W): stains; ``owner``: the cell that each stroke's pixel is given to, 0 for none;
    ``where``: the cell that each pixel lies in.
    """
    flat = np.flatnonzero(found)
    at = where.ravel()[flat]
    sizes = np.bincount(at)
    told = {}
    for cell in (int(n) for n in np.flatnonzero(sizes >= MIN_STAIN_PX) if n):
        stain = _darkest(darkness.ravel()[flat[at == cell]], DARK_PERCENT)
        left = darkness[owner == cell]
        told[cell] = not len(left) or _darkest(left, DARK_PERCENT) < INK_EXCESS * stain
    return told


def with_hidden(crops: Sequence[CellCrop], stained: Collection[int]) -> tuple[CellCrop, ...]:
    """Cells (from 1) that seem empty where a stain lies, in rows where somebody wrote, in doubt.

    Letters may have gone with the stain: a signature is unclear, a text is unread.
    """
    signed = {
        crop.row
        for crop in crops
        if crop.ink is InkState.WRITTEN and any(f.kind not in PRINTED_KINDS for f in crop.fields)
    }
    doubted = list(crops)
    for number in stained:
        crop = crops[number - 1]
        kinds = {field.kind for field in crop.fields} - PRINTED_KINDS
        if crop.ink is InkState.EMPTY and kinds and crop.row in signed:
            state = InkState.LOOK if kinds == {FieldKind.SIGNATURE} else InkState.WRITTEN
            doubted[number - 1] = replace(crop, ink=state, ink_confidence=UNSURE)
    return tuple(doubted)


def _darkest(darkness: Pixels, percent: float) -> float:
    """A percentile of many gray levels."""
    counts = np.bincount(darkness, minlength=256).cumsum()
    return float(np.searchsorted(counts, percent / 100 * counts[-1]))
