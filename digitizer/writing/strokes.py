"""Whose ink is whose: the strokes of a page and the cells they belong to.

A connected stroke belongs to the cell that holds most of it, so tails that
cross a ruling stay with their word and leave the neighbour empty; a letter
that two cells share goes where its neighbours in the word are (letters beside
a vertical border are settled in ``borderletters``). Print and writing that shines
through from the back are dropped. It fails where words of two rows touch:
they are cut at the border.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.records import Pixels
from digitizer.writing.ink import Ints, PageInk, Unruled, px

Floats = npt.NDArray[np.float64]

# Strokes paler than this share of the print are ghosts of the other side; up
# to twice that they are if their edges are this soft (edge step over darkness:
# strokes of this side have 0.6 and more, also on blurred photos).
GHOST_DARKNESS = 0.18
GHOST_EDGE = 0.5

# A piece of fewer px is no letter: dust, a dot, or a crumb of broken writing.
SPECK_PX = 16
# Dust is counted in bare tiles of so many mm, if there are so many.
TILE_MM, MIN_TILES = 4.0, 20
# Bare paper this near counts for a cell's dust, and what is farther off so much less.
AROUND_MM, FAR_WEIGHT = 15.0, 0.02

# Gap (px) across a wiped ruling that a stroke is followed through.
BRIDGE_PX = 9

# A component belongs whole to the cell that holds this share of it ...
OWNED_SHARE = 0.8
# ... or half of it, if it is letter-sized: two words that touch across a
# ruling are taller than this share of the cell, a descending y is not.
LETTER_CELL_SHARE = 0.7

# Components wider than this (mm) are strikes and paraphs, with the letters that
# they join: each cell keeps its letters, unless one has nearly all of them.
WIDE_MM = 40.0
WIDE_OWNED_SHARE = 0.93

# Ink that fills this share of another cell's height is no tail: something was
# written there that touches. Tails reach 2 to 3 mm, a third of a usual row.
DEEP_SHARE = 0.55

# A stroke with this much ink (px) in two cells, and less than OWNED_SHARE in one, may
# be a letter of either: 9 of 583 sure names have one, and of those more are wrong.
SHARED_PX = 20

# A letter that two cells share keeps company with letters this near (mm) and at
# least this large (px), in a cell that holds at least this share of it.
COMPANION_MM = 4.0
MIN_COMPANION_PX = 25
MIN_PART_SHARE = 0.15


# A part of a stroke beside at least so many letters of another cell is one of them if it
# covers this share of their height and has this share of their usual ink.
FELLOWS, FELLOW_SHARE, FELLOW_AREA = 2, 0.85, 0.8
# What has more than this share of its stroke's height lies beside the rest of it.
BESIDE_SHARE = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """Ink pixels by owner: flat index into the page, component and cell of each.

    ``cell`` is 0 for nobody, k + 1 for the k-th cell; sorted by cell. ``shared``:
    cells (from 1) with part of a stroke that another cell has as much of; ``emptied``:
    cells whose ink was all taken for the end of what is written before them.
    """

    pixel: npt.NDArray[np.int64]
    label: Ints
    cell: Ints
    shared: frozenset[int] = frozenset()
    emptied: frozenset[int] = frozenset()


def label_strokes(unruled: Unruled) -> tuple[Ints, Ints]:
    """Label the strokes of a page; return labels (H, W) and stats (L, 5) as OpenCV's.

    Strokes are followed across wiped rulings, so that a tail stays part of its
    letter; residue of rulings gets label 0.
    """
    mask = unruled.mask.view(np.uint8)
    tall, wide = np.ones((BRIDGE_PX, 1), np.uint8), np.ones((1, BRIDGE_PX), np.uint8)
    bridged = mask | (cv2.morphologyEx(mask, cv2.MORPH_CLOSE, tall) & unruled.band_h.view(np.uint8))
    bridged |= cv2.morphologyEx(mask, cv2.MORPH_CLOSE, wide) & unruled.band_v.view(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(bridged, connectivity=8)
    pixels = np.flatnonzero(unruled.mask)
    of_pixel = labels.ravel()[pixels]
    area = np.bincount(of_pixel, minlength=count)
    band = (unruled.band_h | unruled.band_v).ravel()[pixels]
    inside = np.bincount(of_pixel, weights=band, minlength=count)
    residue = inside >= area
    flat = np.zeros(labels.size, dtype=np.int32)
    flat[pixels] = np.where(residue[of_pixel], 0, of_pixel)
    stats = stats.copy()
    stats[:, cv2.CC_STAT_AREA] = area
    return flat.reshape(labels.shape), stats.astype(np.int32)


def drop_ghosts(labels: Ints, page: PageInk) -> Ints:
    """Clear writing that shines through from the back from a copy of ``labels``."""
    flat = labels.ravel()
    pixels = np.flatnonzero(flat)
    label = flat[pixels]
    edge = cv2.morphologyEx(page.darkness, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    area = np.maximum(np.bincount(label), 1)
    dark = np.bincount(label, weights=page.darkness.ravel()[pixels]) / area
    steep = np.bincount(label, weights=edge.ravel()[pixels]) / area
    pale = dark < GHOST_DARKNESS * page.print_darkness
    blurred = (dark < 2 * GHOST_DARKNESS * page.print_darkness) & (steep < GHOST_EDGE * dark)
    cleaned = flat.copy()
    cleaned[pixels[(pale | blurred)[label]]] = 0
    return cleaned.reshape(labels.shape)


def tone_down(labels: Ints, page: PageInk, unruled: Unruled) -> Pixels:
    """Return the page's darkness, strokes over rulings no darker than elsewhere.

    What is left of a ruling under a stroke would else be a blot in the letter.
    """
    flat = labels.ravel()
    pixels = np.flatnonzero(flat)
    label = flat[pixels]
    dark = page.darkness.ravel()[pixels]
    free = ~(unruled.band_h | unruled.band_v).ravel()[pixels]
    count = int(label.max(initial=0)) + 1
    area = np.bincount(label[free], minlength=count)
    mean = np.bincount(label[free], weights=dark[free], minlength=count) / np.maximum(area, 1)
    cap = np.where(area > 0, mean, 255.0)[label]
    toned = page.darkness.copy()
    toned.ravel()[pixels[~free]] = np.minimum(dark, cap)[~free]
    return toned


def drop_print(labels: Ints, stats: Ints, boxes: Sequence[tuple[int, int, int, int]]) -> Ints:
    """Clear printed words from a copy of ``labels``; handwriting that crosses stays.

    ``boxes``: (left, top, right, bottom) in pixels. A component goes if nearly
    all of it is inside; one that mostly lies inside loses that part.
    """
    if not boxes:
        return labels
    height, width = labels.shape
    zone = np.zeros(labels.shape, dtype=np.bool_)
    for left, top, right, bottom in boxes:
        zone[max(0, top) : min(height, bottom), max(0, left) : min(width, right)] = True
    pixels = np.flatnonzero(zone & (labels > 0))
    inside = np.bincount(labels.ravel()[pixels], minlength=len(stats))
    share = inside / np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
    cleaned = labels.copy()
    flat = cleaned.ravel()
    whole = (share >= 0.85)[labels]
    whole &= labels > 0
    cleaned[whole] = 0
    mostly = (share >= 0.5)[flat[pixels]]
    flat[pixels[mostly]] = 0
    return cleaned


def own_strokes(
    labels: Ints, stats: Ints, places: Ints, heights: Sequence[int], min_area: int
) -> Strokes:
    """Give every stroke to the cell that holds most of it.

    ``places`` (H, W): 0 outside all cells, k + 1 inside the k-th, whose height
    in px is ``heights[k]``. Components under ``min_area`` px belong to nobody.
    """
    pixels = np.flatnonzero(labels)
    label = labels.ravel()[pixels]
    place = places.ravel()[pixels]
    count = len(heights) + 1
    table = np.bincount(label.astype(np.int64) * count + place, minlength=len(stats) * count)
    table = table.reshape(len(stats), count)
    total = np.maximum(table.sum(axis=1), 1)
    best = table.argmax(axis=1)
    share = table[np.arange(len(stats)), best] / total
    cell_height = np.array([0, *heights])
    small = stats[:, cv2.CC_STAT_HEIGHT] <= LETTER_CELL_SHARE * cell_height[best]
    wide = stats[:, cv2.CC_STAT_WIDTH] > px(WIDE_MM)
    whole = (share >= np.where(wide, WIDE_OWNED_SHARE, OWNED_SHARE)) | (
        (share >= 0.5) & small & ~wide
    )
    parts = _parts_away(label, place, pixels, labels.shape[1], best)
    whole[parts.label[_reaches_deep(parts, cell_height) | _is_writing(parts, table, stats)]] = False
    best = _by_company(best, table, stats, np.flatnonzero(whole & (share < OWNED_SHARE)))
    owner = np.where(whole[label], best[label], place)
    owner[total[label] < min_area] = 0
    order = np.argsort(owner, kind="stable")
    held = table[share < OWNED_SHARE] >= SHARED_PX
    held[:, 0] = False
    shared = np.flatnonzero(held[held.sum(axis=1) >= 2].any(axis=0))
    return Strokes(
        pixels[order], label[order], owner[order].astype(np.int32), frozenset(shared.tolist())
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """What components have in cells that are not theirs: one entry a component and cell.

    ``left``, ``right``, ``top``, ``bottom``: first and last column and row, px.
    """

    label: npt.NDArray[np.int64]
    cell: npt.NDArray[np.int64]
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    top: npt.NDArray[np.int64]
    bottom: npt.NDArray[np.int64]
    area: npt.NDArray[np.int64]


def _parts_away(
    label: Ints, place: Ints, pixels: npt.NDArray[np.int64], width: int, best: npt.NDArray[np.int64]
) -> _Parts:
    """The parts of components outside the cell that holds most of each."""
    away = np.flatnonzero((place != best[label]) & (place > 0))
    count = int(place.max(initial=0)) + 1
    key = label[away].astype(np.int64) * count + place[away]
    order = np.argsort(key, kind="stable")
    row, column = np.divmod(pixels[away][order], width)
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    if len(starts) == 0:
        return _Parts(*(np.zeros(0, dtype=np.int64) for _ in range(7)))
    names = key[order][starts]
    return _Parts(
        label=names // count,
        cell=names % count,
        left=np.minimum.reduceat(column, starts),
        right=np.maximum.reduceat(column, starts),
        top=np.minimum.reduceat(row, starts),
        bottom=np.maximum.reduceat(row, starts),
        area=np.diff(np.append(starts, len(order))),
    )


def _reaches_deep(parts: _Parts, cell_height: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Say of each part whether it fills the other cell's height: two writings that touch."""
    return np.asarray(parts.bottom - parts.top + 1 >= DEEP_SHARE * cell_height[parts.cell])


def _is_writing(
    parts: _Parts,
    table: npt.NDArray[np.int64],
    stats: Ints,
) -> npt.NDArray[np.bool_]:
    """Say of each part whether it stands among letters of its cell and is as high as they.

    Only of what reaches over from above or below: beside a border every letter is as
    high as those on its other side. The tail of a g that comes down between the letters
    of the next row ends among them; the 6 that the tail touches begins and ends where
    they do.
    """
    total = table.sum(axis=1)
    sure = np.flatnonzero((table.max(axis=1) >= OWNED_SHARE * total) & (total >= MIN_COMPANION_PX))
    home = table[sure].argmax(axis=1)
    left, top = stats[sure, cv2.CC_STAT_LEFT], stats[sure, cv2.CC_STAT_TOP]
    right = left + stats[sure, cv2.CC_STAT_WIDTH]
    bottom = top + stats[sure, cv2.CC_STAT_HEIGHT]
    reach = px(COMPANION_MM)
    found = np.zeros(len(parts.label), dtype=np.bool_)
    high = stats[parts.label, cv2.CC_STAT_HEIGHT]
    over = parts.bottom - parts.top + 1 <= BESIDE_SHARE * high
    for k in np.flatnonzero((parts.area >= SHARED_PX) & over):
        near = (home == parts.cell[k]) & (left < parts.right[k] + reach)
        near &= (right > parts.left[k] - reach) & (bottom > parts.top[k]) & (top < parts.bottom[k])
        if near.sum() < FELLOWS:
            continue
        first, last = float(np.median(top[near])), float(np.median(bottom[near]))
        common = min(last, float(parts.bottom[k]) + 1) - max(first, float(parts.top[k]))
        large = parts.area[k] >= FELLOW_AREA * float(np.median(total[sure[near]]))
        found[k] = large and common >= FELLOW_SHARE * (last - first)
    return found


def _by_company(
    best: npt.NDArray[np.int64],
    table: npt.NDArray[np.int64],
    stats: Ints,
    doubtful: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Give letters that two cells share to the one whose letters stand beside them.

    A y has most of its ink below the line it is written on; the letters left
    and right of it tell which line that is.
    """
    total = table.sum(axis=1)
    sure = np.flatnonzero((table.max(axis=1) >= OWNED_SHARE * total) & (total >= MIN_COMPANION_PX))
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right = left + stats[:, cv2.CC_STAT_WIDTH]
    bottom = top + stats[:, cv2.CC_STAT_HEIGHT]
    chosen = best.copy()
    for k in doubtful:
        reach = px(COMPANION_MM)
        near = sure[(left[sure] < right[k] + reach) & (right[sure] > left[k] - reach)]
        near = near[(top[near] < bottom[k]) & (bottom[near] > top[k])]
        if len(near) == 0:
            continue
        common = np.minimum(bottom[near], bottom[k]) - np.maximum(top[near], top[k])
        share = common / np.minimum(bottom[near] - top[near], bottom[k] - top[k])
        votes = np.bincount(best[near], weights=share, minlength=table.shape[1])
        votes[table[k] < MIN_PART_SHARE * total[k]] = 0
        # What stands beside the table, a row's printed number, is no cell's company.
        votes[0] = 0
        if votes.max() > 0:
            chosen[k] = int(votes.argmax())
    return chosen


def count_crumbs(labels: Ints, owner: Ints, number: int, box: tuple[int, int, int, int]) -> float:
    """Pieces of a cell too small for letters, nobody's included, for each large one."""
    left, top, right, bottom = box
    inked, owned = labels[top:bottom, left:right], owner[top:bottom, left:right]
    _, sizes = np.unique(
        inked[(inked > 0) & ((owned == number) | (owned == 0))], return_counts=True
    )
    return float((sizes < SPECK_PX).sum() / (1 + (sizes >= SPECK_PX).sum()))


def measure_dust(labels: Ints, where: Ints) -> Floats:
    """Specks a pixel of bare paper outside all cells around each tile of the page, as dust leaves.

    ``labels``, ``where`` (H, W): strokes, and the cell that each pixel lies in, 0 for none.
    Bare are small tiles without print or writing; 0 where there are too few of them. The grain
    of a photograph is coarser in a shadow, so what lies nearer counts for more.
    """
    height, width = labels.shape
    size = px(TILE_MM)
    shape = height // size, width // size
    pixels = np.flatnonzero(labels)
    _, first, owner, sizes = np.unique(
        labels.ravel()[pixels], return_index=True, return_inverse=True, return_counts=True
    )
    covered = where.ravel() > 0
    covered[pixels[(sizes >= SPECK_PX)[owner]]] = True
    tiles = covered.reshape(height, width)[: shape[0] * size, : shape[1] * size]
    bare = np.asarray(~tiles.reshape(shape[0], size, shape[1], size).any(axis=(1, 3)))
    if bare.sum() < MIN_TILES:
        return np.zeros((max(1, shape[0]), max(1, shape[1])))
    y, x = np.divmod(pixels[first[sizes < SPECK_PX]], width)
    inside = (y < shape[0] * size) & (x < shape[1] * size)
    specks = np.zeros(shape)
    np.add.at(specks, (y[inside] // size, x[inside] // size), 1.0)
    usual = float(specks[bare].sum()) / float(bare.sum())
    near = AROUND_MM / TILE_MM
    # Where nothing is bare around, as on all of the page.
    weight = cv2.GaussianBlur(bare.astype(np.float64), (0, 0), near) + FAR_WEIGHT
    around = cv2.GaussianBlur(np.where(bare, specks, 0.0), (0, 0), near) + FAR_WEIGHT * usual
    return np.asarray(around / weight / size**2, dtype=np.float64)


def dust_in(dust: Floats, box: tuple[int, int, int, int]) -> float:
    """How many specks a box (px) holds that is as dusty as the paper around it."""
    size = px(TILE_MM)
    x0, x1 = (min(x // size, dust.shape[1] - 1) for x in (box[0], box[2]))
    y0, y1 = (min(y // size, dust.shape[0] - 1) for y in (box[1], box[3]))
    return float(dust[y0 : y1 + 1, x0 : x1 + 1].mean()) * (box[2] - box[0]) * (box[3] - box[1])
