"""A first, short look at a page's print: heads of tables, boxes, the title, and no more.

Reading print is the dearest step of finding a form, and most of what is printed on a
petition is its letter, which a form that is known need not be told by. So the table's
head, the small tables and what hangs below the signer rows, and the lines above the table
that are set larger than the others, are put together in one low picture, without the
white between them. Where what stands there is not enough the whole page is read.

Type is measured by the height of the upper letters of each line, to a tenth; a picture or
handwriting above the table makes a line more to read, and costs no more than that.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from digitizer.layout.print.typicalrow import ReadPrint
from digitizer.layout.print.wording import Box
from digitizer.layout.table.columnheads import HEADER_ABOVE_PX
from digitizer.layout.table.signergrid import quad, rows_below_head
from digitizer.lines.tables import Table
from digitizer.lines.tracks import quantile
from digitizer.records import Pixels, PrintedWord

Boxes = npt.NDArray[np.int64]

# A table whose rows are at least so many of one height, in so many columns, has signers.
MIN_ROWS, MIN_COLUMNS = 3, 2
# Heads over the table are lines of their own over this share of the columns, and no wider
# than so many of the widest: a paragraph is.
OVER_SHARE, MOST_COLUMNS = 0.7, 1.5
# A line of which more than this share lies above the strip over the columns is cut, and shown to
# no purpose; so far above it is looked for, px (5 mm).
MOST_CUT, ABOVE_STRIP_PX = 0.25, 40
# White around a line of print that is shown, px.
MARGIN_PX = 6
# What is dark over this share of a shown line's height, this near to the picture's sides, is the
# page's edge: letters leave the margin white above and below. 6 mm.
EDGE_DARK, EDGE_PX = 0.9, 47
# What a head's cell is cut in on each side against leftovers of its rulings, px.
INSET_PX = 4
# White rows between the parts of the picture, px; white paper, gray level.
BETWEEN_PX, WHITE = 24, 250
# Print is darker than this, gray levels of a flattened page.
DARK_LEVEL = 150
# Letters of one line are joined over gaps of this, px (2.5 mm).
JOIN_PX = 21
# Lines are letters between these heights, px (1.2 to 20 mm), and so many of them.
LETTER_PX = (9, 160)
MIN_LETTERS = 4
# The letters that tell a line's size: capitals and those with ascenders, this quantile of
# its letters' heights, which stand this share of the type's size.
UPPER_QUANTILE, UPPER_SHARE = 0.8, 0.72
# Lines this much larger than the middle one of all may be a title, and of those the ones
# that are not much smaller than the largest: a title's further lines have 0.85 of its
# size at least, and sizes are known to a tenth.
LARGER, AS_LARGE = 1.2, 0.76
# Of so many lines in a head the first or the last names what is below, the others explain.
MANY_LINES = 3
# Lines of a paragraph are this many of their type's sizes (as measured) apart at most; to be
# written on forms leave twice the size and more.
LEADING = 1.85


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """A low picture of the parts of a page that tell a form, and where they lie.

    ``page``: all of the page. ``parts`` (N, 2): first row on it, first row in the picture.
    ``type_px``: the middle and the largest type size of all lines above the table, shown
    or not; None: there are none. ``titles``: (top, bottom) on the page of the lines above it
    that may be its title, lines close to each other in one.
    """

    page: Pixels
    pixels: Pixels
    parts: Boxes
    type_px: tuple[float, float] | None
    titles: tuple[tuple[int, int], ...] = ()

    def on_page(self, words: Iterable[PrintedWord]) -> tuple[PrintedWord, ...]:
        """Words read in the picture, where they stand on the page."""
        placed = []
        for word in words:
            left, top, right, bottom = word.box
            part = int(np.searchsorted(self.parts[:, 1], (top + bottom) / 2, side="right")) - 1
            down = float(self.parts[max(part, 0), 0] - self.parts[max(part, 0), 1])
            placed.append(
                PrintedWord(word.text, (left, top + down, right, bottom + down), word.confidence)
            )
        return tuple(placed)

    def titles_again(
        self, words: Iterable[PrintedWord], read: ReadPrint
    ) -> tuple[PrintedWord, ...]:
        """``words`` of the page with those of its possible titles read anew, by ``read``."""
        found = tuple(words)
        for top, bottom in self.titles:
            part = int(np.searchsorted(self.parts[:, 0], top, side="right")) - 1
            first, down = self.parts[max(part, 0)].tolist()
            start = max(0, top - first + down)
            piece = self.pixels[start : start + bottom - top]
            seen = Glance(self.page, piece, np.array([[top, 0]]), None).on_page(
                read(np.ascontiguousarray(piece))
            )
            across = (0.0, float(top), float(self.page.shape[1]), float(bottom))
            found = (*(word for word in found if not _is_in(word, across)), *seen)
        return found

    def letter(self, table: Table, read: ReadPrint) -> tuple[PrintedWord, ...]:
        """What is printed above a table, read by itself."""
        top = max(0.0, min(y for _, y in table.outline()))
        return self.again((), [(0.0, 0.0, float(self.page.shape[1]), top)], read)

    def again(
        self, words: Iterable[PrintedWord], places: Sequence[Box], read: ReadPrint
    ) -> tuple[PrintedWord, ...]:
        """``words`` with those of some places of the page (left, top, right, bottom) read anew.

        A line read by itself, without what is written behind it, often is read after all.
        """
        found = [word for word in words if not any(_is_in(word, place) for place in places)]
        for place in places:
            left, top, right, bottom = (max(0, round(side)) for side in place)
            piece = self.page[top:bottom, left:right]
            if min(piece.shape) < LETTER_PX[0]:
                continue
            for word in read(np.ascontiguousarray(piece)):
                x0, y0, x1, y1 = word.box
                box = (x0 + left, y0 + top, x1 + left, y1 + top)
                found.append(PrintedWord(word.text, box, word.confidence))
        return tuple(found)


def read_heads(
    image: Pixels,
    tables: Sequence[Table],
    words: Iterable[PrintedWord],
    read: ReadPrint,
    *,
    thin: bool,
) -> tuple[PrintedWord, ...]:
    """``words`` with the heads within the signers' tables read anew, each cell by itself.

    Beside each other, heads of unlike sizes and numbers of lines are taken for lines of one
    text. ``thin``: strokes are made a pixel thinner, as copies in black and white fatten them
    until letters touch. None are read over a table, nor where it has no head, and no cell in
    which nothing is printed: paper with squares may have a hundred.
    """
    found = list(words)
    for table in tables:
        run = rows_below_head(table)
        if len(run) <= MIN_ROWS or table.column_count < MIN_COLUMNS:
            continue
        first = table.across[0]
        head = run[1] if run[0] is first else run[0]
        for side, other in pairwise(table.down):
            corners = np.array(quad(first, side, head, other))
            (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
            left, top = max(0, round(x0) + INSET_PX), max(0, round(y0) + INSET_PX)
            piece = image[top : round(y1) - INSET_PX, left : round(x1) - INSET_PX]
            if min(piece.shape) < LETTER_PX[0] or not (piece < DARK_LEVEL).any():
                continue
            if thin:
                piece = np.asarray(cv2.dilate(piece, np.ones((2, 2), np.uint8)), np.uint8)
            piece = cv2.copyMakeBorder(
                piece, *(BETWEEN_PX,) * 4, cv2.BORDER_CONSTANT, value=(WHITE,)
            )
            found = [word for word in found if not _is_in(word, (x0, y0, x1, y1))]
            for word in read(np.asarray(piece, np.uint8)):
                across = np.array([left - BETWEEN_PX, top - BETWEEN_PX] * 2)
                a, b, c, d = (np.array(word.box) + across).tolist()
                found.append(PrintedWord(word.text, (a, b, c, d), word.confidence))
    return tuple(found)


def _is_in(word: PrintedWord, place: Box) -> bool:
    x, y = word.middle
    return place[0] <= x <= place[2] and place[1] <= y <= place[3]


def glance_at(image: Pixels, tables: Sequence[Table]) -> Glance | None:
    """The short look at a page as the print engine sees it; None: no table to start from."""
    shown = np.zeros(image.shape[0], dtype=np.bool_)
    out = np.full_like(image, WHITE)
    tops = []
    for table in tables:
        run = rows_below_head(table)
        left, right = table.down[0], table.down[-1]
        first, last = table.across[0], table.across[-1]
        if len(run) <= MIN_ROWS or table.column_count < MIN_COLUMNS:
            _show_labels(out, shown, image, np.array(quad(first, left, last, right)))
            continue
        tops.append(min(y for _, y in table.outline()))
        # Where no row stands above those of one height, the heads are the first of them or stand
        # over the table, where a title and a remark of two lines may look like some.
        over, sure, bare = (None, False, image)
        if run[0] is first:
            over, sure, bare = _over_columns(image, table)
        head = run[1] if run[0] is first else run[0]
        for k, (side, other) in enumerate(pairwise(table.down)):
            if not sure:
                _show_head(out, shown, image, np.array(quad(first, side, head, other)))
            if over is not None:
                _show_head(out, shown, bare, over[k])
        if run[-1] is not last:
            _show_labels(out, shown, image, np.array(quad(run[-1], left, last, right)))
    if not tops:
        return None
    type_px, titles = None, []
    above = image[: max(0, round(min(tops)))]
    if above.size:
        lines, sizes = _lines_in(above)
        if len(sizes):
            type_px = float(np.median(sizes)), float(sizes.max())
            large = sizes >= max(LARGER * type_px[0], AS_LARGE * type_px[1])
            for _, top, _, bottom in lines[large].tolist():
                # From edge to edge: a short word may stand apart.
                ends = [(0.0, top - MARGIN_PX), (image.shape[1], bottom + MARGIN_PX)]
                _show(out, shown, image, np.array(ends, dtype=np.float64))
                _hide_edges(out[max(0, top - MARGIN_PX) : bottom + MARGIN_PX])
                titles.append((max(0, top - MARGIN_PX), bottom + MARGIN_PX))
    return replace(_packed(image, out, shown, type_px), titles=_joined(titles))


def _joined(strips: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Strips (top, bottom) down the page, those that touch in one."""
    joined: list[tuple[int, int]] = []
    for top, bottom in sorted(strips):
        if joined and top <= joined[-1][1]:
            top, bottom = joined[-1][0], max(bottom, joined.pop()[1])
        joined.append((top, bottom))
    return tuple(joined)


def _show(
    out: Pixels,
    shown: npt.NDArray[np.bool_],
    image: Pixels,
    corners: npt.NDArray[np.float64],
) -> None:
    """Uncover the upright box of ``corners``, which may lie beyond the page in part or whole."""
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    right, bottom = np.maximum(np.ceil(corners.max(axis=0)).astype(int), 0)
    out[top:bottom, left:right] = image[top:bottom, left:right]
    shown[top:bottom] = True


def _hide_edges(strip: Pixels) -> None:
    """Make the page's own edge white in a strip, where it is dark from top to foot.

    The print engine takes it for a letter of the line, and loses words of it.
    """
    for side in (strip[:, :EDGE_PX], strip[:, -EDGE_PX:]):
        dark = (side < DARK_LEVEL).mean(axis=0) >= EDGE_DARK
        if dark.any():
            reach = cv2.dilate(dark.astype(np.uint8)[None], np.ones((1, 5), np.uint8))[0] > 0
            side[:, reach] = WHITE


def _show_head(
    out: Pixels,
    shown: npt.NDArray[np.bool_],
    image: Pixels,
    corners: npt.NDArray[np.float64],
) -> None:
    """Uncover a head; of many lines only the first and the last."""
    (left, top), (right, bottom) = (
        np.maximum(ends, 0) for ends in (corners.min(axis=0), corners.max(axis=0))
    )
    lines, _ = _lines_in(image[round(top) : round(bottom), round(left) : round(right)])
    if len(lines) < MANY_LINES:
        _show(out, shown, image, corners)
        return
    order = np.argsort(lines[:, 1])
    for _, first, _, last in lines[order[[0, -1]]].tolist():
        ends = [(left, top + first - MARGIN_PX / 2), (right, top + last + MARGIN_PX / 2)]
        _show(out, shown, image, np.array(ends))


def _show_labels(
    out: Pixels,
    shown: npt.NDArray[np.bool_],
    image: Pixels,
    corners: npt.NDArray[np.float64],
) -> None:
    """Uncover a box without its paragraphs: where lines are so close nobody can write."""
    _show(out, shown, image, corners)
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0).tolist()
    right, bottom = np.maximum(np.ceil(corners.max(axis=0)).astype(int), 0).tolist()
    lines, sizes = _lines_in(image[top:bottom, left:right])
    order = np.argsort(lines[:, 1], kind="stable")
    lines, sizes = lines[order], sizes[order]
    follows: dict[int, int] = {}
    for k, (x0, y0, x1, _) in enumerate(lines.tolist()):
        for other in range(k - 1, -1, -1):
            common = min(x1, lines[other, 2]) - max(x0, lines[other, 0])
            apart = (y0 - lines[other, 1]) / sizes[other]
            if 0.5 < apart < LEADING and common > 0.5 * min(x1 - x0, np.diff(lines[other, ::2])[0]):
                follows[k] = other
                break
    for k in range(len(lines)):
        group = [k]
        while group[-1] in follows:
            group.append(follows[group[-1]])
        if len(group) >= MANY_LINES:
            for x0, y0, x1, y1 in lines[group].tolist():
                out[top + y0 - 2 : top + y1 + 2, left + x0 - 2 : left + x1 + 2] = WHITE


def _over_columns(
    image: Pixels, table: Table
) -> tuple[npt.NDArray[np.float64] | None, bool, Pixels]:
    """Two corners (C, 2, 2) of the strip over each column, if the heads seem printed there.

    And whether they surely are: over no column stand two of the lines next to the table. And
    the page without the lines that the strips' upper edge cuts.
    """
    corners = np.array([table.corner(0, j) for j in range(table.column_count + 1)])
    top, bottom = max(0.0, corners[:, 1].min() - HEADER_ABOVE_PX), corners[:, 1].min()
    start, above = round(top), min(round(top), ABOVE_STRIP_PX)
    strip = image[start - above : max(start, round(bottom) - MARGIN_PX)]
    lines, _ = _lines_in(strip)
    lines = lines + (0, start - above, 0, start - above)
    cut = start - lines[:, 1] > MOST_CUT * (lines[:, 3] - lines[:, 1])
    image, lines = _without(image, lines[cut & (lines[:, 3] > start)], start), lines[~cut]
    if len(lines) == 0:
        return None, False, image
    # A stroke may have been taken for a ruling that divides a column.
    widest = MOST_COLUMNS * float(np.diff(corners[:, 0]).max())
    narrow = lines[lines[:, 2] - lines[:, 0] <= widest]
    middles = (narrow[:, 0] + narrow[:, 2]) / 2
    within = [
        bool(((middles >= left) & (middles < right)).any())
        for left, right in pairwise(corners[:, 0])
    ]
    if np.mean(within) < OVER_SHARE:
        return None, False, image
    ends = narrow[:, [0, 2]] + (MARGIN_PX, -MARGIN_PX)
    across = np.searchsorted(corners[1:-1, 0], ends)
    # Over the heads a remark may run as it likes.
    touched = [range(a, b + 1) for a, b in across.tolist()]
    high, foot = (narrow[:, 3] - narrow[:, 1]).tolist(), narrow[:, 3].tolist()
    feet = {column: foot[k] for k in np.argsort(foot).tolist() for column in touched[k]}
    lowest = (
        own
        for k, own in enumerate(touched)
        if any(foot[k] >= feet[column] - high[k] / 2 for column in own)
    )
    counts = Counter(column for own in lowest for column in own)
    strips = np.array([[(a, top), (b, bottom)] for a, b in pairwise(corners[:, 0])])
    return strips, max(counts.values()) == 1, image


def _without(image: Pixels, lines: Boxes, top: int) -> Pixels:
    """The page with lines of print white from a row of pixels on; itself where there are none."""
    if len(lines) == 0:
        return image
    image = image.copy()
    for left, _, right, foot in lines.tolist():
        image[max(0, top - 2) : foot + 2, max(0, left - 2) : right + 2] = WHITE
    return image


def _packed(
    page: Pixels,
    out: Pixels,
    shown: npt.NDArray[np.bool_],
    type_px: tuple[float, float] | None,
) -> Glance:
    """Only the rows that show something, with some white between."""
    edges = np.flatnonzero(np.diff(np.r_[False, shown, False].astype(np.int8))).reshape(-1, 2)
    white = np.full((BETWEEN_PX, out.shape[1]), WHITE, dtype=np.uint8)
    pieces, parts, height = [white], [], BETWEEN_PX
    for start, stop in edges.tolist():
        parts.append((start, height))
        pieces += [out[start:stop], white]
        height += stop - start + BETWEEN_PX
    return Glance(page, np.concatenate(pieces), np.array(parts, dtype=np.int64), type_px)


def _lines_in(image: Pixels) -> tuple[Boxes, npt.NDArray[np.float64]]:
    """Lines of print (N, 4: left, top, right, bottom) and the size of their type, px."""
    if image.size == 0:
        return np.empty((0, 4), np.int64), np.empty(0)
    letters, line_of, count = _joined_letters(image)
    lines, sizes = [], []
    for number in range(1, count):
        mine = letters[line_of == number]
        if len(mine) >= MIN_LETTERS:
            lines.append((*mine[:, :2].min(axis=0), *(mine[:, :2] + mine[:, 2:]).max(axis=0)))
            sizes.append(quantile(mine[:, 3], UPPER_QUANTILE) / UPPER_SHARE)
    return np.array(lines, dtype=np.int64).reshape(-1, 4), np.array(sizes)


def _joined_letters(
    image: Pixels,
) -> tuple[Boxes, npt.NDArray[np.int64], int]:
    """Letters (N, 4: left, top, width, height), the line each stands in, and how many lines."""
    dark = cv2.compare(image, DARK_LEVEL, cv2.CMP_LT)
    # For so many small pieces the quickest of the library's ways; the pieces are the same.
    count, _, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(
        dark, 8, cv2.CV_32S, cv2.CCL_BBDT
    )
    letters = stats[1:count, :4].astype(np.int64)
    sized = (letters[:, 3] >= LETTER_PX[0]) & (letters[:, 2:] <= LETTER_PX[1]).all(axis=1)
    letters = letters[sized]
    rows = np.zeros_like(dark)
    for x, y, width, height in letters.tolist():
        # The middle of each letter only: lines set close would touch.
        rows[y + height // 4 : y + height - height // 4, x : x + width + JOIN_PX] = 1
    count, runs = cv2.connectedComponents(rows)
    middles = letters[:, 1] + letters[:, 3] // 2, letters[:, 0] + letters[:, 2] // 2
    return letters, runs[middles].astype(np.int64), count
