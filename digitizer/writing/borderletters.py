"""Letters at a vertical border between two cells: whose they are.

Writing that runs out of room goes on across the border, and its last letter
stands in the next cell, near to what is written there. A letter at the border is
compared with the line that ends before it and with the one that begins behind it:
how far it stands from either for that line's own spacing, whether it is of its
size and at its height, and how far beyond the border. It goes to the line it fits
better; where both fit about as well, both cells are told in doubt. It fails where
letters of both lines touch: those are cut at the border, and in doubt.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from digitizer.writing.ink import px
from digitizer.writing.letterlines import (
    LETTER_PX,
    LEVEL_SHARE,
    WORD_GAP,
    Box,
    Line,
    Piece,
    around,
    letters_of,
    line_beside,
    pieces_of,
)
from digitizer.writing.strokes import Strokes

# A cell's neighbour begins within this (mm) of its end and shares this of its height.
NEIGHBOUR_MM = 1.0
NEIGHBOUR_SHARE = 0.5
# Letters that ran over a border end within this (mm) of it.
SPILL_MM = 5.0
# What runs back over a border crosses it by this much (mm) at most.
BACK_MM = 2.0
# What a letter without any line at its height on one side costs there.
NO_LINE = 3.0
# A letter farther from the border than this (px; rulings are up to 6 wide) stands inside
# its cell, and that counts as much as this.
TOUCH_PX = 4
INSIDE = 1.0
# Pieces of a letter lie in its line's height, and up to this share of it beyond.
BAND_SHARE, BAND_SLACK = 0.6, 0.15
# A letter changes its cell only for a better fit by this much ...
LEAST_GAIN = 0.8
# ... and is in doubt where the fits differ by less than this.
DOUBT_BELOW = 1.5
# A stroke cut at the border has this much ink (px) on both sides of it.
CUT_PX = 20
# Letters on either side of the border that overlap by so much (px) over it, in one line's height.
INTERLOCK_PX = 3
# What reaches this far (mm) into both cells, and is this much wider than high, is no
# single letter.
JOINED_MM = 0.8
JOINED_WIDTH = 1.2
# What begins behind the border, this many times as high as its cell's letters are, at the height
# of a line that ends before it, may be a letter of that line grown together with one of
# the cell's own: an E that the 8 below it touches. That line ends this near, in letter heights.
GROWN_HEIGHT = 1.4
GROWN_GAP = 1.0
# What begins behind the border where the next letter of a line would, at its height, may be that
# letter under one of the cell's own: it is so many times as high as those are and stands out
# above or below by this share of the line's letters, or has so many times the ink of most of them,
# in all and in each column.
COVERED_HEIGHT, COVERED_BEYOND = 1.3, 0.25
COVERED_INK = 1.4
# ... or letters of that line by themselves: so wide, in heights of its letters, with this part of
# them and no more than this, before a gap or the end, while the cell's own writing, so many
# letters, stands at another height.
ALONE_WIDTH, ALONE_LEAST, ALONE_MOST = 3.0, 0.7, 1.4
OWN_LETTERS = 3
# ... or the next letter of that line: after no more than so many of its spacings, as high as its
# letters are, beside them over this share of their height, and not followed sooner than after
# this share of its distance from them, as the first letter of a word is where a cell holds more
# than a few. Followed after this share it may stand so many spacings off.
PACE, OWN_PACE = 1.75, 0.3
APART_PACE, APART = 2.5, 0.5
PACE_LEAST, PACE_MOST, PACE_SHARE = 0.65, 1.45, 0.55
# Behind letters that went back to it the next one begins so far (mm) behind the border.
RUN_MM = 10.0
# So few letters run over, none wider than this share of its height. Where they are all that
# there is in a cell to sign in, they go to that line, and whether somebody signed is not told.
MOST_BEHIND, MOST_WIDE = 4, 1.6


def settle_borders(
    strokes: Strokes,
    width: int,
    boxes: Sequence[Box],
    combs: Set[int] = frozenset(),
    signatures: Set[int] = frozenset(),
) -> tuple[Strokes, dict[int, float]]:
    """Give letters at vertical borders to the writing they continue; tell cells in doubt.

    ``width`` of the page in px; ``boxes``: (left, top, right, bottom) of each cell; ``combs``:
    cells (from 1) with a box for each letter, which stand as far apart as the boxes do;
    ``signatures``: those to sign in.
    Doubts from 0 to 1 by cell, counted from 1 like the strokes' own; a stroke that two
    cells share is one whichever side of the cell it crosses.
    """
    count = len(boxes) + 1
    keys = strokes.label.astype(np.int64) * count + strokes.cell
    by_cell: dict[int, list[Piece]] = {}
    for piece in pieces_of(strokes, keys, width, count):
        by_cell.setdefault(piece.cell, []).append(piece)
    moved: dict[int, int] = {}
    emptied: set[int] = set()
    doubts = dict.fromkeys(strokes.shared, 1.0)
    for left, right in neighbours(boxes):
        mine, theirs = by_cell.get(left, []), by_cell.get(right, [])
        if not mine or not theirs:
            continue
        at = (boxes[left - 1][2] + boxes[right - 1][0]) // 2
        border = _Border(at, mine, theirs, (left in combs, right in combs))
        doubt = 1.0 if border.is_joined(count) else 0.0
        doubt = max(doubt, border.trade())
        if border.goes_on(signed=right in signatures):
            doubt = 1.0
        # What ran back over the border may go left again with a line's end.
        moved |= dict.fromkeys(border.gone_right, right) | dict.fromkeys(border.gone_left, left)
        if border.is_emptied:
            emptied.add(right)
        if doubt > 0.0:
            for cell in (left, right):
                doubts[cell] = max(doubts.get(cell, 0.0), doubt)
    return _moved(strokes, keys, moved, frozenset(emptied)), doubts


@dataclass(slots=True, eq=False)
class _Border:
    """A border at a column of the page, and the pieces of the cell left of it and of the right one.

    ``mine``: the left cell's; ``combs``: whether either is a comb. Its steps are taken in the
    order in which they stand.
    """

    at: int
    mine: list[Piece]
    theirs: list[Piece]
    combs: tuple[bool, bool]
    # Keys of pieces that changed their cell, and whether that left nothing to the right one.
    gone_left: list[int] = field(default_factory=list)
    gone_right: list[int] = field(default_factory=list)
    is_emptied: bool = False

    def is_joined(self, count: int) -> bool:
        """Whether letters of both cells may be one stroke, or one of them in two."""
        mine, theirs, at = self.mine, self.theirs, self.at
        return (
            _is_cut(mine, theirs, at, count)
            or _is_grown(mine, theirs, at)
            or _interlock(mine, theirs, at)
            or _is_left_over(mine, theirs, at)
        )

    def trade(self) -> float:
        """Give each letter at the border to the line it fits; how doubtful that was at most."""
        at, beyond = self.at, self.at + px(SPILL_MM)
        ahead = letters_of(
            [p for p in self.theirs if p.left < beyond and _in_line(p, self.mine, at)]
        )
        back = letters_of([p for p in self.mine if p.right > at and p.left > at - px(BACK_MM)])
        ahead = [letter for letter in ahead if max(p.right for p in letter) <= beyond]
        doubt = 0.0
        for letters, give, worth in (
            (ahead, self._give_left, 1.0),
            (back[::-1], self._give_right, -1.0),
        ):
            for letter in letters:
                gain = _gain(letter, self.mine, self.theirs, at, self.combs)
                if gain is None:
                    continue
                doubt = max(doubt, 1.0 - abs(gain) / DOUBT_BELOW)
                if worth * gain < LEAST_GAIN:
                    break
                give(letter)
        return doubt

    def goes_on(self, *, signed: bool) -> bool:
        """Whether letters that stayed on the right may be those of a line that ends on the left.

        In a cell to sign in (``signed``) they go back where they are all that it holds: letters
        by themselves are hardly a signature.
        """
        may_run_on = not self.combs[1] and _may_run_on(self.mine, self.theirs, self.at)
        run = [] if any(self.combs) else _run_on(self.mine, self.theirs, self.at)
        if signed and _are_few(run) and _is_all(run, self.theirs):
            self.is_emptied = True
            for letter in run:
                self._give_left(letter)
        return may_run_on or bool(run)

    def _give_left(self, letter: Sequence[Piece]) -> None:
        for piece in letter:
            self.theirs.remove(piece)
            self.mine.append(piece)
            self.gone_left.append(piece.key)

    def _give_right(self, letter: Sequence[Piece]) -> None:
        for piece in letter:
            self.mine.remove(piece)
            self.theirs.append(piece)
            self.gone_right.append(piece.key)


def neighbours(boxes: Sequence[Box]) -> list[tuple[int, int]]:
    """Cells (from 1) that share a vertical border, left one first."""
    if not boxes:
        return []
    left, top, right, bottom = np.array(boxes, dtype=np.int64).T
    beside = np.abs(right[:, None] - left[None, :]) <= px(NEIGHBOUR_MM)
    common = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    lower = np.minimum((bottom - top)[:, None], bottom - top)
    beside &= common >= NEIGHBOUR_SHARE * lower
    np.fill_diagonal(beside, val=False)
    return [(int(a) + 1, int(b) + 1) for a, b in np.argwhere(beside)]


def _is_cut(mine: Sequence[Piece], theirs: Sequence[Piece], border: int, count: int) -> bool:
    """Whether a stroke was cut at the border, or reaches far into both cells: joined letters."""
    reach = px(JOINED_MM)
    for piece in (*mine, *theirs):
        across = piece.left < border - reach and piece.right > border + reach
        if across and piece.right - piece.left > JOINED_WIDTH * piece.height:
            return True
    here = {p.key // count for p in mine if p.area >= CUT_PX and p.right >= border - 2}
    return any(p.key // count in here for p in theirs if p.area >= CUT_PX)


def _interlock(mine: Sequence[Piece], theirs: Sequence[Piece], border: int) -> bool:
    """Whether the letters that meet at the border stand in each other: one may be cut in two."""
    for piece in mine:
        if piece.right <= border or piece.area < LETTER_PX:
            continue
        for other in theirs:
            common = min(piece.bottom, other.bottom) - max(piece.top, other.top)
            within = min(piece.right, other.right) - max(piece.left, other.left)
            if (
                other.left < border
                and within >= INTERLOCK_PX
                and common >= BAND_SHARE * min(piece.height, other.height)
                and other.area >= LETTER_PX
            ):
                return True
    return False


def _is_grown(mine: Sequence[Piece], theirs: Sequence[Piece], border: int) -> bool:
    """Whether a letter that ran over the border may have grown together with one behind it."""
    heights = [p.height for p in theirs if p.area >= LETTER_PX]
    usual = float(np.median(heights)) if heights else 0.0
    for piece in theirs:
        if piece.left > border + px(SPILL_MM) / 2 or piece.height < GROWN_HEIGHT * usual:
            continue
        line = line_beside(around([piece]), mine, border, left=True)
        if line is None or line.gap > GROWN_GAP * line.size:
            continue
        common = min(piece.bottom, line.bottom) - max(piece.top, line.top)
        beyond = piece.height - common
        if common >= BAND_SHARE * line.size and beyond >= BAND_SHARE * line.size:
            return True
    return False


def _may_run_on(mine: Sequence[Piece], theirs: Sequence[Piece], border: int) -> bool:
    """Whether a line that ends at the border may go on behind it, in letters nobody gave back."""
    letters = [p for p in theirs if p.area >= LETTER_PX]
    starts = [p for p in letters if border - TOUCH_PX <= p.left <= border + px(SPILL_MM) / 2]
    for first in starts:
        line = line_beside(around([first]), mine, border, left=True)
        if line is None or line.gap > GROWN_GAP * line.size:
            continue
        common = min(first.bottom, line.bottom) - max(first.top, line.top)
        if common < BAND_SHARE * line.size:
            continue
        others = [p for p in letters if p is not first]
        if others and _covers_letter(first, others, common, line):
            return True
        if _stand_alone(first, others, line):
            return True
    return False


def _run_on(mine: Sequence[Piece], theirs: Sequence[Piece], border: int) -> list[list[Piece]]:
    """The letters behind the border that follow a line's end as its next letters would."""
    letters = letters_of([p for p in theirs if p.left >= border - TOUCH_PX])
    few = _are_few(letters)
    for number, letter in enumerate(letters):
        if around(letter)[0] > border + px(RUN_MM):
            break
        line = line_beside(around(letter), mine, border, left=True)
        if line is None or not _is_like(letter, line):
            continue
        lead, own = _lead(letter, letters[number + 1 :]), max(line.gap, line.spacing)
        apart = lead is not None and lead >= APART * own
        first = lead is not None and lead < OWN_PACE * own and not few
        if first or line.gap > (APART_PACE if apart else PACE) * line.spacing:
            continue
        run = [letter]
        for other in letters[number + 1 :]:
            gap = around(other)[0] - around(run[-1])[2]
            if gap <= PACE * line.spacing and _is_like(other, line):
                run.append(other)
        return run
    return []


def _lead(letter: Sequence[Piece], others: Sequence[Sequence[Piece]]) -> int | None:
    """How far (px) behind a letter the next one at its height begins; None where there is none."""
    _, top, right, bottom = around(letter)
    level = [
        left - right
        for left, high, _, low in map(around, others)
        if min(low, bottom) - max(high, top) > LEVEL_SHARE * min(low - high, bottom - top)
    ]
    return min(level, default=None)


def _is_like(letter: Sequence[Piece], line: Line) -> bool:
    """Whether a letter is as high as those of a line, and at their height."""
    _, top, _, bottom = around(letter)
    common = min(bottom, line.bottom) - max(top, line.top)
    as_high = PACE_LEAST * line.size <= bottom - top <= PACE_MOST * line.size
    return as_high and common >= PACE_SHARE * line.size


def _are_few(letters: Sequence[Sequence[Piece]]) -> bool:
    """Whether these are some single letters, as run over a border, none of them joined."""
    single = all(x1 - x0 <= MOST_WIDE * (y1 - y0) for x0, y0, x1, y1 in map(around, letters))
    return single and 0 < len(letters) <= MOST_BEHIND


def _is_all(run: Sequence[Sequence[Piece]], theirs: Sequence[Piece]) -> bool:
    """Whether a cell holds nothing but these letters, and dust."""
    own = [piece for letter in run for piece in letter]
    return all(piece in own for piece in theirs if piece.area >= LETTER_PX)


def _covers_letter(first: Piece, others: Sequence[Piece], common: float, line: Line) -> bool:
    """Whether a piece is more than one letter of its cell: higher, or of more ink."""
    high = float(np.median([p.height for p in others]))
    if first.height >= COVERED_HEIGHT * max(high, line.size):
        return first.height - common >= COVERED_BEYOND * line.size
    ink = float(np.percentile([p.area for p in others], 75))
    in_column = float(np.median([p.area / (p.right - p.left) for p in others]))
    dense = first.area / (first.right - first.left) >= COVERED_INK * in_column
    return dense and first.area >= COVERED_INK * ink


def _stand_alone(first: Piece, others: Sequence[Piece], line: Line) -> bool:
    """Whether letters at a line's height stand alone in a cell written in elsewhere."""
    if not ALONE_LEAST * line.size <= first.height <= ALONE_MOST * line.size:
        return False
    middles = [((p.top + p.bottom) / 2, p) for p in others if p.height >= 0.5 * line.size]
    own = [p for y, p in middles if not line.top <= y <= line.bottom]
    level = sorted((p for y, p in middles if line.top <= y <= line.bottom), key=lambda p: p.left)
    end = first.right
    for piece in level:
        if piece.left - end > WORD_GAP * line.size:
            break
        end = max(end, piece.right)
    return len(own) >= OWN_LETTERS and end - first.left <= ALONE_WIDTH * line.size


def _is_left_over(mine: Sequence[Piece], theirs: Sequence[Piece], border: int) -> bool:
    """Whether the border took the stem of a letter and left its arms behind it."""
    arms = [p for p in theirs if p.left <= border + TOUCH_PX and p.right <= border + px(BACK_MM)]
    if sum(p.area for p in arms) < LETTER_PX:
        return False
    box = around(arms)
    before, behind = (
        line_beside(box, side, border, left=left)
        for side, left in ((mine, True), ([p for p in theirs if p not in arms], False))
    )
    return (
        behind is None
        and before is not None
        and before.gap <= GROWN_GAP * before.size
        and all(_in_line(arm, mine, border) for arm in arms)
    )


def _gain(
    letter: Sequence[Piece],
    mine: Sequence[Piece],
    theirs: Sequence[Piece],
    border: int,
    combs: tuple[bool, bool],
) -> float | None:
    """How much better a letter at the border fits the cell left of it than the right one.

    ``combs``: whether either is a comb. None without writing at its height on the left: then
    nothing ran over.
    """
    box = around(letter)
    apart = [p for p in mine if p not in letter]
    before = line_beside(box, apart, border, left=True, comb=combs[0])
    if before is None:
        return None
    rest = [p for p in theirs if p not in letter]
    behind = line_beside(box, rest, border, left=False, comb=combs[1])
    across = (border - box[0]) / px(1.0)
    stay = NO_LINE if behind is None else _misfit(box, behind)
    go = _misfit(box, before)
    # Beyond the border by a millimetre, or begun before it by half of one, counts one;
    # ink that does not come up to the border is its cell's until shown otherwise.
    inside = INSIDE if box[0] > border + TOUCH_PX else 0.0
    return stay + max(0.0, 2.0 * across) - go - max(0.0, -across) - inside


def _in_line(piece: Piece, mine: Sequence[Piece], border: int) -> bool:
    """Whether a piece lies at the height of the writing that ends before it."""
    line = line_beside(around([piece]), mine, border, left=True)
    if line is None:
        return False
    slack = BAND_SLACK * line.size
    common = min(piece.bottom, line.bottom + slack) - max(piece.top, line.top - slack)
    return common >= BAND_SHARE * piece.height


def _misfit(box: Box, line: Line) -> float:
    """How badly a letter continues a line: spacing, size and height, each about 1 at their ends."""
    high = box[3] - box[1]
    gap = max(0.0, line.gap / line.spacing - 1.5) / 1.5
    size = max(0.0, float(np.log(high / line.size)) - 0.3) / 0.3
    off = min(
        abs(box[1] - line.top),
        abs(box[3] - line.bottom),
        abs(box[1] + box[3] - line.top - line.bottom) / 2,
    )
    return min(3.0, gap) + min(2.0, size) + min(2.0, off / (0.35 * line.size))


def _moved(
    strokes: Strokes, keys: npt.NDArray[np.int64], moved: dict[int, int], emptied: frozenset[int]
) -> Strokes:
    """The strokes with some parts given to other cells."""
    if not moved:
        return strokes
    cells = strokes.cell.copy()
    for key, owner in moved.items():
        cells[keys == key] = owner
    order = np.argsort(cells, kind="stable")
    return replace(
        strokes,
        pixel=strokes.pixel[order],
        label=strokes.label[order],
        cell=cells[order],
        emptied=emptied,
    )
