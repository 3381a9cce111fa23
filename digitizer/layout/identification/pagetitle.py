"""A page's title: the largest print above its signer table.

Compared is the size of the type, not the height of the ink: a word without any
ascender is a third lower than one with, so by their ink's height a title's short last
line, or a stray mark read as a figure, beats the title. What is written in the
collector's box is larger than any print, and a picture is read as words that nobody is sure
of: neither names a petition. A line of which a part was not read, or not surely, is read
once more by itself.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from digitizer.forms.forms import Form
from digitizer.layout.print.typicalrow import ReadPrint
from digitizer.layout.print.wording import (
    BESIDE,
    SAME_LINE,
    Box,
    bounding_box,
    contains,
    line_pieces,
)
from digitizer.lines.tables import Table
from digitizer.records import BoxPlace, Pixels, Polygon, PrintedWord

# Print this much larger than the page's usual print is its title.
TITLE_SIZE = 1.3
SURE_TITLE_SIZE, THE_LARGEST = 1.45, 0.85
# Fewer letters are a stray mark, or the second line of a title.
MIN_LETTERS = 6
# A line of more letters is running text: in type of 14 points it would be 250 mm long.
MAX_LETTERS = 90
# A line is this like a head of the table, or a piece of one.
SAYS_HEAD = 0.75
# Of lines whose type is this near to the largest, the first is the title.
AS_LARGE = 0.9
# A title's further lines: their type is at least this large, and they lie no farther
# than this from the next one, both as a share of the title's.
SAME_SIZE = 0.85
LINE_GAP = 1.0
MAX_LINES = 3
# Print is read more surely than this: words, and most words of a line.
SURE_WORD, SURE_LINE = 0.7, 0.6
# What is read from a stain or a drawing beside a title has no more letters than this.
STAIN_LETTERS = 2
# ... while a title's own short words are as large as its others to within these factors.
LARGEST, SMALLEST = 1.4, 0.7
# Signs that a title may end with.
ENDS = frozenset('!?.)\u00bb\u201d"')
# A line is read again with so much of its size around it ...
AROUND = 0.5
# ... if within a word's length of it, in sizes, ink is as high as this share of its type.
MISSED, LETTER_SHARE = 6.0, 0.4
# Ink is darker than this, gray levels of a flattened page.
DARK_LEVEL = 150

# Heights of letters as shares of the type's size, for the usual faces of print.
_X_HEIGHT, _CAP_HEIGHT, _DESCENT = 0.52, 0.72, 0.21
_LOW = frozenset("acemnorsuvwxz.,:;-~_")
_DEEP = frozenset("gjpqy,;()[]|\u00e7\u00c7Q")


def petition_title(
    form: Form,
    gray: Pixels,
    words: Sequence[PrintedWord],
    table: Table,
    read: ReadPrint,
    box: BoxPlace | None,
    type_px: tuple[float, float] | None = None,
) -> str:
    """What the form says the petition is called, else the sheet's title as ``read_title``."""
    place = () if box is None else box.polygon
    heads = [head for column in form.columns for head in column.header]
    return form.petition or read_title(
        gray, words, table, read, box=place, type_px=type_px, heads=heads
    )


def read_title(
    gray: Pixels,
    words: Sequence[PrintedWord],
    table: Table,
    read: ReadPrint,
    *,
    box: Polygon = (),
    type_px: tuple[float, float] | None = None,
    heads: Sequence[str] = (),
) -> str:
    """The title as ``page_title`` finds it, its lines read again where they are not sure.

    ``gray``: (H, W) uint8, the page; ``box``: the collector's box on it; ``heads``: what is
    printed over columns, which names no petition however large.
    """
    lines = title_lines(words, table, box, type_px, heads)
    if not lines:
        return ""
    said = [_again(gray, line, words, box, read) for line in lines]
    return " ".join(word.text for line in said for word in line)


def page_title(
    words: Sequence[PrintedWord],
    table: Table,
    type_px: tuple[float, float] | None = None,
    box: Polygon = (),
) -> str:
    """The largest print above the signer table, as one line; empty if none stands out.

    ``type_px``: usual and largest type size where only the large lines were read. Both are
    known to a tenth, so that a title must stand out by more and be that largest line.
    ``box``: the collector's box, where people write.
    """
    lines = title_lines(words, table, box, type_px)
    return " ".join(word.text for line in lines for word in line)


def title_lines(
    words: Sequence[PrintedWord],
    table: Table,
    box: Polygon = (),
    type_px: tuple[float, float] | None = None,
    heads: Sequence[str] = (),
) -> list[tuple[PrintedWord, ...]]:
    """The lines of the title, top to bottom; none if no line stands out."""
    top = min(y for _, y in table.outline())
    outside = [word for word in words if not _is_within(word, box)]
    every = [_without_stains(line) for line in _whole_lines(line_pieces(outside))]
    lines = [
        line
        for line in every
        if line and line[0].box[3] < top and not (_is_text(line) or _is_head(line, heads))
    ]
    sizes = [type_size(line) for line in lines]
    titles = [k for k, line in enumerate(lines) if _letters(line) >= MIN_LETTERS and _sure(line)]
    if not titles:
        return []
    largest = max(sizes[k] for k in titles)
    # A caption of the table may be as large; the title stands first.
    first = next(k for k in titles if sizes[k] >= AS_LARGE * largest)
    if type_px is None:
        # A stamp over a line of the letter hides its size.
        running = [one for one in every if _is_text(one) and one[0].box[3] < top]
        running = [one for one in running if type_size(one) < AS_LARGE * largest]
        usual, least = _usual_size([lines[k] for k in titles], running), TITLE_SIZE
    else:
        usual, least = type_px[0], SURE_TITLE_SIZE
        if largest < THE_LARGEST * type_px[1]:
            return []
    if sizes[first] < least * usual:
        return []
    chosen = [first]
    for others in (range(first - 1, -1, -1), range(first + 1, len(lines))):
        here = first
        for k in others:
            low, high = sorted((here, k))
            gap = _top(lines[high]) - _bottom(lines[low])
            if gap < -sizes[first] / 2 or not _overlap(lines[here], lines[k]):
                continue  # beside it
            if not any(word.text.isalnum() or len(word.text) > 1 for word in lines[k]):
                continue  # a stain, or the end of a ruling
            like = sizes[k] >= SAME_SIZE * sizes[first] and gap <= LINE_GAP * sizes[first]
            if not like or not _sure(lines[k]) or len(chosen) == MAX_LINES:
                break
            here = k
            chosen.append(k)
    return [lines[k] for k in sorted(chosen)]


def _usual_size(
    lines: Sequence[Sequence[PrintedWord]], running: Sequence[Sequence[PrintedWord]]
) -> float:
    """The size of most lines; where there are long lines of ``running`` text, of most letters."""
    sizes = [type_size(line) for line in (*lines, *running)]
    if not running:
        return float(np.median(sizes))
    order = np.argsort(sizes)
    letters = np.cumsum([_letters((*lines, *running)[k]) for k in order])
    return sizes[int(order[np.searchsorted(letters, letters[-1] / 2)])]


def _whole_lines(pieces: Sequence[Sequence[PrintedWord]]) -> list[tuple[PrintedWord, ...]]:
    """Pieces of lines in their order, those joined that go on where another ends.

    A word that a speck below it makes twice as high begins a line of its own.
    """
    whole: list[tuple[PrintedWord, ...]] = [tuple(piece) for piece in pieces]
    sides = [_sides(line) for line in whole]
    for n in range(len(whole)):
        for m in range(len(whole)):
            if m != n and whole[n] and whole[m] and _continues(sides[n], sides[m]):
                whole[n], whole[m] = (*whole[n], *whole[m]), ()
                sides[n] = _sides(whole[n])
    return [line for line in whole if line]


def _sides(line: Sequence[PrintedWord]) -> Box:
    """Where a line begins and ends, and its usual top and bottom: left, top, right, bottom."""
    return line[0].box[0], _top(line), line[-1].box[2], _bottom(line)


def _continues(line: Box, other: Box) -> bool:
    """Whether another line begins where a line ends, level with it; sides as of ``_sides``."""
    (_, top, end, bottom), (begin, roof, _, floor) = line, other
    least, most = sorted((bottom - top, floor - roof))
    off = abs(top + bottom - roof - floor) / 2
    return 0 <= begin - end <= BESIDE * most and off <= SAME_LINE * least


def _is_within(word: PrintedWord, box: Polygon) -> bool:
    if not box:
        return False
    (left, top), (right, bottom) = np.min(box, axis=0), np.max(box, axis=0)
    x, y = word.middle
    return bool(left <= x <= right and top <= y <= bottom)


def _sure(line: Sequence[PrintedWord]) -> bool:
    """Whether a line is print, by how surely most of its words were read."""
    return float(np.median([word.confidence for word in line])) >= SURE_LINE


def _again(
    gray: Pixels,
    line: Sequence[PrintedWord],
    words: Sequence[PrintedWord],
    box: Polygon,
    read: ReadPrint,
) -> Sequence[PrintedWord]:
    """A line of the title read by itself, if it was not wholly read, or not surely."""
    if all(word.confidence >= SURE_WORD for word in line) and not _goes_on(gray, line, words):
        return line
    size = type_size(line)
    _, top, _, bottom = bounding_box(line)
    top, bottom = max(0, round(top - AROUND * size)), round(bottom + AROUND * size)
    strip = np.ascontiguousarray(gray[top:bottom])
    found = []
    for word in read(strip):
        left, y0, right, y1 = word.box
        found.append(PrintedWord(word.text, (left, y0 + top, right, y1 + top), word.confidence))
    found = [word for word in found if not _is_within(word, box)]
    # A stamp beside a title is higher than it: lines of the letter are in its strip, too.
    above, below = _top(line), _bottom(line)
    pieces = [
        _without_stains(piece)
        for piece in line_pieces(found)
        if above <= (_top(piece) + _bottom(piece)) / 2 <= below and not _is_text(piece)
    ]
    best = max(pieces, key=_told, default=())
    return best if _told(best) > _told(line) else line


def _told(line: Sequence[PrintedWord]) -> float:
    """How much of a title a line says: its letters, by how surely they were read."""
    return sum(len(word.text) * word.confidence for word in line if word.confidence >= SURE_WORD)


def _goes_on(gray: Pixels, line: Sequence[PrintedWord], words: Sequence[PrintedWord]) -> bool:
    """Whether beside a line stands ink as high as its letters that was not read."""
    size = type_size(line)
    left, top, right, bottom = bounding_box(line)
    x0, y0 = max(0, round(left - MISSED * size)), max(0, round(top))
    x1, y1 = round(right + MISSED * size), round(bottom)
    dark = (gray[y0:y1, x0:x1] < DARK_LEVEL).astype(np.uint8)
    if not dark.size:
        return False
    _, _, stats, middles = cv2.connectedComponentsWithStats(dark)
    for (_, _, width, height, _), (x, y) in zip(stats[1:], middles[1:], strict=True):
        letter = LETTER_SHARE * size <= height and width <= 2 * size
        if letter and not any(_covers(word, x + x0, y + y0) for word in words):
            return True
    return False


def _covers(word: PrintedWord, x: float, y: float) -> bool:
    left, top, right, bottom = word.box
    return left <= x <= right and top <= y <= bottom


def _without_stains(line: Sequence[PrintedWord]) -> tuple[PrintedWord, ...]:
    """A line without stains before its first word, and those that stand apart behind its last.

    Drawings beside a title are read as signs, and their height hides how far off they are.
    """
    usual = type_size(line)
    said = [k for k, word in enumerate(line) if not _is_stain(word, usual)]
    if not said:
        return tuple(line)
    words = list(line[said[0] : said[-1] + 1])
    height = float(np.median([word.box[3] - word.box[1] for word in words]))
    for word in line[said[-1] + 1 :]:
        if word.box[0] - words[-1].box[2] > BESIDE * height or not set(word.text) <= ENDS:
            break
        words.append(word)
    return tuple(words)


def _is_stain(word: PrintedWord, usual: float) -> bool:
    """Whether a word at an end of a line may be a stain or a drawing: signs, or hardly read.

    ``usual``: the size of the line's type; a drawing's is another.
    """
    said = sum(map(str.isalnum, word.text))
    alike = SMALLEST * usual <= _word_size(word) <= LARGEST * usual
    unlike = word.confidence < SURE_WORD or not alike
    return said == 0 or (said <= STAIN_LETTERS and unlike)


def type_size(line: Sequence[PrintedWord]) -> float:
    """Size of a line's type in px, from the heights of its words and their letters."""
    return float(np.median([_word_size(word) for word in line])) if line else 0.0


def _word_size(word: PrintedWord) -> float:
    letters = set(word.text)
    share = (_X_HEIGHT if letters <= _LOW else _CAP_HEIGHT) if letters else 1.0
    share += _DESCENT if letters & _DEEP else 0.0
    return (word.box[3] - word.box[1]) / share


def _is_text(line: Sequence[PrintedWord]) -> bool:
    """Whether a line holds more letters than a title's: a stamp over a letter hides its size."""
    return _letters(line) > MAX_LETTERS


def _is_head(line: Sequence[PrintedWord], heads: Sequence[str]) -> bool:
    """Whether a line says what stands over a column, or a piece of it."""
    said = " ".join(word.text for word in line)
    return any(contains(said, head) >= SAYS_HEAD for head in heads)


def _letters(line: Sequence[PrintedWord]) -> int:
    return sum(c.isalpha() for word in line for c in word.text)


def _overlap(line: Sequence[PrintedWord], other: Sequence[PrintedWord]) -> bool:
    """Whether one line stands over another, in part at least."""
    (left, _, right, _), (start, _, stop, _) = bounding_box(line), bounding_box(other)
    return min(right, stop) > max(left, start)


def _top(line: Sequence[PrintedWord]) -> float:
    return float(np.median([word.box[1] for word in line]))


def _bottom(line: Sequence[PrintedWord]) -> float:
    return float(np.median([word.box[3] for word in line]))
