"""Find what is printed alike in the cells of a column: captions, combs, check boxes.

Print stands at the same place in every row and handwriting does not, so ink
that nearly all rows of a column share is print, whatever it says. Where no definition
says that cells hold print (an X where one signs, the slashes of a date) those without
writing tell it. It fails where fewer than ``MIN_ROWS`` rows are on the page,
and on rows whose heights differ by more than ``REACH_PX``.
"""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Box = tuple[int, int, int, int]

# With fewer rows two people who write alike would be taken for print.
MIN_ROWS = 3
# Rows of one column are traced within this of each other, px.
REACH_PX = 4
# Share of the rows that must have ink at a place, of a printed piece that a row must show to
# count as showing it (tracing and noise eat its edges), and of the rows that must show it.
ROWS_SHARE = 0.6
PIECE_SHARE = 0.8
SHOWN_SHARE = 0.8
# What is surely print: of so many px, each inked in this share of the rows. On 30 drawn sheets,
# half of them copied badly, letters of captions had 0.85 and more, places where letters met by
# chance up to 0.8. Smaller ones, and worn ones that every row shows, are print within this of
# such a one, px (2 mm).
SURE_PIECE_PX, SURE_INK, NEAR_PX = 20, 0.85, 16
# Thin letters of a photograph meet less well: on 20 of them, words of captions had 270 px and
# more, inked in 0.81 of the rows, what met by chance along a line 114 px at most, in 0.69.
SURE_LINE_PX, SURE_LINE_INK = 180, 0.76
# Cells without writing have as much ink as each other, but for this, and this share of it is what
# all have; they stand as level as rows are traced, px: dittos are written at about one place.
MOST_ALIKE, SAME_SHARE, MOST_MOVED_PX = 1.3, 0.8, 4
# A comb's line that rows show a pixel aside is told by the others: as thin, and they begin and
# end together within this, px.
TOOTH_PX, EVEN_PX = 6, 3
# A piece that comes this near to its cell's side is of a ruling, px.
SIDE_PX = 1
# Smaller common pieces are chance, px.
MIN_PIECE_PX = 8
# What is left around a printed piece once it is taken out, px.
EDGE_PX = 2
# Pieces as small that lie wholly within this of it are its edges, px.
CRUMB_PX, CRUMB_REACH_PX = 24, 4
# Letters of a word are at most so far apart, (rows, columns) px; boxes of combs are wider.
BETWEEN_PX = (9, 17)
# A letter of which most was taken out reaches so far beyond that.
LETTER_REACH_PX = 6
# Rows are laid over each other three times, each time sharper: standard deviations, px.
BLURS_PX = (2.0, 1.2, 0.7)


def printed_unsaid(ink: Mask, columns: Sequence[Mapping[int, Box]]) -> Mask:
    """As ``printed_alike``, of columns of which no definition says that print is in their cells.

    ``columns``: cells by the row they lie in. A cell without ink, as next to all sheets have, says
    that nothing is printed in its column. Where all such columns that somebody wrote in are empty
    nobody wrote: what stands in such rows, and in all alike, is print. Where there are no such
    rows everybody may have written the same, so nothing is print.
    """
    found = np.zeros_like(ink)
    inked = [
        {row: np.count_nonzero(ink[y0:y1, x0:x1]) for row, (x0, y0, x1, y1) in cells.items()}
        for cells in columns
    ]
    without = [
        counts for counts in inked if min(counts.values()) < SURE_PIECE_PX <= max(counts.values())
    ]
    for cells, counts in zip(columns, inked, strict=True):
        blank = {
            row: count
            for row, count in counts.items()
            if without and all(other.get(row, 0) < SURE_PIECE_PX for other in without)
        }
        least = sorted(blank.values())[:MIN_ROWS]
        if len(least) < MIN_ROWS or least[0] < SURE_PIECE_PX or least[-1] > MOST_ALIKE * least[0]:
            continue
        light = [
            k for k, row in enumerate(cells) if blank.get(row, np.inf) <= MOST_ALIKE * least[0]
        ]
        _find(found, ink, list(cells.values()), comb=False, light=light)
    return found


def printed_alike(ink: Mask, columns: Sequence[Sequence[Box]], combed: Sequence[bool] = ()) -> Mask:
    """The pixels of ``ink`` (H, W) that are print, by what rows have in common.

    ``columns``: for each column its cells' boxes (left, top, right, bottom), row
    by row. All print of a cell is found with the same shift of up to ``REACH_PX``.
    ``combed``: which of them hold a box for each letter.
    """
    found = np.zeros_like(ink)
    combs = [*combed, *[False] * (len(columns) - len(combed))]
    for boxes, comb in zip(columns, combs, strict=True):
        if len(boxes) >= MIN_ROWS:
            _find(found, ink, boxes, comb=comb)
    return found


def _find(
    found: Mask, ink: Mask, boxes: Sequence[Box], *, comb: bool, light: Sequence[int] = ()
) -> None:
    """Note on the page (H, W) what is printed alike in the cells of one column.

    ``light``: the cells that hold print alone, if all that they share is to be found.
    """
    height = min(bottom - top for _, top, _, bottom in boxes)
    width = min(right - left for left, _, right, _ in boxes)
    if height <= 4 * REACH_PX or width <= 4 * REACH_PX:
        return
    cells = [_padded(ink, left, top, width, height) for left, top, _, _ in boxes]
    shifts, common = _align(cells)
    if light:
        moved = np.array([shifts[k] for k in light])
        if np.ptp(moved, axis=0).max() > MOST_MOVED_PX:
            return
        print_ = _shared([_shifted(cells[k], shifts[k]) for k in light])
    else:
        print_ = _pieces(cells, shifts, common, comb=comb)
    if print_.any():
        for (left, top, _, _), (dx, dy) in zip(boxes, shifts, strict=True):
            _mark(found, print_, left + dx, top + dy)


def edges_left(ink: Mask, printed: Mask) -> Mask:
    """What is left of ``ink`` (H, W) around print that was found in it: its edges, no writing.

    Pieces of ink that are print for the most part, and crumbs, where they lie wholly around it
    or between its letters.
    """
    rest = ink & ~printed
    words = cv2.morphologyEx(printed.view(np.uint8), cv2.MORPH_CLOSE, np.ones(BETWEEN_PX, np.uint8))
    labels, area, close = _close_by(ink, printed, LETTER_REACH_PX)
    mostly = close & (2 * np.bincount(labels[printed], minlength=area.size) >= area)
    crumbs, size, close = _close_by(rest, words > 0, CRUMB_REACH_PX)
    return np.asarray((mostly[labels] | (close & (size <= CRUMB_PX))[crumbs]) & rest)


def _close_by(
    ink: Mask, printed: Mask, reach: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], Mask]:
    """Pieces of ink: their labels, areas in px, and which lie wholly within a reach of print."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink.view(np.uint8), connectivity=8)
    size = 2 * reach + 1
    around = cv2.dilate(printed.view(np.uint8), np.ones((size, size), np.uint8)) > 0
    area = stats[:, cv2.CC_STAT_AREA]
    close = np.bincount(labels[around], minlength=count) == area
    close[0] = False
    return labels, area, close


def _padded(ink: Mask, left: int, top: int, width: int, height: int) -> npt.NDArray[np.float32]:
    """A cell's ink with ``REACH_PX`` around it, white beyond the page."""
    cell = np.zeros((height + 2 * REACH_PX, width + 2 * REACH_PX), np.float32)
    y, x = max(0, top - REACH_PX), max(0, left - REACH_PX)
    part = ink[y : top + height + REACH_PX, x : left + width + REACH_PX]
    y0, x0 = y - (top - REACH_PX), x - (left - REACH_PX)
    cell[y0 : y0 + part.shape[0], x0 : x0 + part.shape[1]] = part
    return cell


def _align(
    cells: Sequence[npt.NDArray[np.float32]],
) -> tuple[list[tuple[int, int]], npt.NDArray[np.float32]]:
    """How far each cell's print is off (dx, dy), and the share of rows inked at each pixel."""
    shifts = [(0, 0)] * len(cells)
    # Thin lines a little off each other meet only where they are blurred.
    for blur in BLURS_PX:
        soft = [cv2.GaussianBlur(cell, (0, 0), blur) for cell in cells]
        mean = np.mean([_shifted(one, shift) for one, shift in zip(soft, shifts, strict=True)], 0)
        mean = mean.astype(np.float32)
        # Where few rows have ink it is handwriting, which must not pull.
        mean[mean < ROWS_SHARE / 2 * mean.max()] = 0
        for number, cell in enumerate(soft):
            match = cv2.matchTemplate(cell, mean, cv2.TM_CCORR)
            # Of equally good shifts the smallest: a blank cell stays where it is.
            ys, xs = np.nonzero(match >= match.max() - 1e-3)
            best = np.argmin((ys - REACH_PX) ** 2 + (xs - REACH_PX) ** 2)
            shifts[number] = (int(xs[best]) - REACH_PX, int(ys[best]) - REACH_PX)
    inner = [_shifted(cell, shift) for cell, shift in zip(cells, shifts, strict=True)]
    # Exactly there, not about there: in the boxes of a comb people write at about one place.
    return shifts, np.mean(inner, axis=0).astype(np.float32)


def _shifted(cell: npt.NDArray[np.float32], shift: tuple[int, int]) -> npt.NDArray[np.float32]:
    """A padded cell without its padding, as seen from a shift (dx, dy)."""
    x, y = REACH_PX + shift[0], REACH_PX + shift[1]
    return cell[y : y + cell.shape[0] - 2 * REACH_PX, x : x + cell.shape[1] - 2 * REACH_PX]


def _pieces(
    cells: Sequence[npt.NDArray[np.float32]],
    shifts: Sequence[tuple[int, int]],
    common: npt.NDArray[np.float32],
    *,
    comb: bool,
) -> Mask:
    """The common pieces that most rows show whole."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (common >= ROWS_SHARE).astype(np.uint8), connectivity=8
    )
    height, width = common.shape
    shown = np.zeros((len(cells), count))
    for number, (cell, (dx, dy)) in enumerate(zip(cells, shifts, strict=True)):
        y, x = REACH_PX + dy, REACH_PX + dx
        inked = cv2.dilate(cell, np.ones((3, 3), np.uint8))[y : y + height, x : x + width]
        shown[number] = np.bincount(labels.ravel(), weights=inked.ravel(), minlength=count)
    area = stats[:, cv2.CC_STAT_AREA]
    share = (shown >= PIECE_SHARE * area).mean(axis=0)
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, low = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    # At a cell's sides lies what is left of rulings, which hardly any letter meets.
    aside = np.minimum(left, top) <= SIDE_PX
    aside |= (right >= width - SIDE_PX) | (low >= height - SIDE_PX)
    inked = np.bincount(labels.ravel(), weights=common.ravel(), minlength=count) / area
    whole = (share >= SHOWN_SHARE) & (area >= MIN_PIECE_PX) & ~aside
    whole[0] = False
    sure = (share >= SHOWN_SHARE) & (inked >= SURE_INK)
    print_ = (sure & (area >= SURE_PIECE_PX)) | _lines(labels, whole, area, inked)
    if comb:
        print_ |= whole & _is_like_a_tooth(stats, print_)
    print_[0] = False
    # Dots and worn letters are print beside letters that surely are.
    near = cv2.dilate(print_[labels].astype(np.uint8), np.ones((2 * NEAR_PX + 1,) * 2, np.uint8))
    beside = np.bincount(labels.ravel(), weights=near.ravel(), minlength=count) > 0
    kept = np.where(aside, share >= ROWS_SHARE, (sure | (share == 1.0)) & beside)
    kept &= area >= MIN_PIECE_PX
    kept[0] = False
    return np.asarray(kept[labels])


def _shared(cells: Sequence[npt.NDArray[np.float32]]) -> Mask:
    """What cells without writing share, but at their sides; nothing if they show much else."""
    common = np.mean(cells, axis=0)
    shared = common >= ROWS_SHARE
    around = cv2.dilate(shared.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    alike = [cell[around].sum() / max(1.0, cell.sum()) for cell in cells]
    if float(np.median(alike)) < SAME_SHARE:
        return np.zeros_like(shared)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(shared.view(np.uint8), connectivity=8)
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, low = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    height, width = shared.shape
    inside = (
        (np.minimum(left, top) > SIDE_PX) & (right < width - SIDE_PX) & (low < height - SIDE_PX)
    )
    inside &= stats[:, cv2.CC_STAT_AREA] >= MIN_PIECE_PX
    inside[0] = False
    return np.asarray(inside[labels])


def _is_like_a_tooth(stats: npt.NDArray[np.int32], print_: Mask) -> Mask:
    """Which pieces are upright lines from where to where one that is print goes.

    No digit written between a comb's lines begins and ends where they do.
    """
    top, high = stats[:, cv2.CC_STAT_TOP], stats[:, cv2.CC_STAT_HEIGHT]
    low, wide = top + high, stats[:, cv2.CC_STAT_WIDTH]
    upright = (wide <= TOOTH_PX) & (high > 3 * wide)
    teeth = np.flatnonzero(print_ & upright)
    even = np.abs(top[:, None] - top[teeth]) <= EVEN_PX
    even &= np.abs(low[:, None] - low[teeth]) <= EVEN_PX
    return np.asarray(upright & even.any(axis=1))


def _lines(
    labels: npt.NDArray[np.int32],
    whole: Mask,
    area: npt.NDArray[np.int32],
    inked: npt.NDArray[np.float64],
) -> Mask:
    """Which of the pieces that most rows show whole stand in a line that surely is print."""
    reach = np.ones((1, 2 * NEAR_PX + 1), np.uint8)
    _, lines = cv2.connectedComponents(cv2.dilate(whole[labels].astype(np.uint8), reach))
    found = np.zeros_like(whole)
    line_of = np.zeros(whole.size, np.int64)
    line_of[labels.ravel()] = lines.ravel()
    for line in np.unique(line_of[whole]):
        pieces = whole & (line_of == line)
        size = int(area[pieces].sum())
        mean = float((inked * area)[pieces].sum()) / size
        found |= pieces & (size >= SURE_LINE_PX and mean >= SURE_LINE_INK)
    return found


def _mark(found: Mask, print_: Mask, left: int, top: int) -> None:
    """Note a cell's print on the page."""
    y, x = max(0, top), max(0, left)
    part = found[y : top + print_.shape[0], x : left + print_.shape[1]]
    part |= print_[y - top : y - top + part.shape[0], x - left : x - left + part.shape[1]]
