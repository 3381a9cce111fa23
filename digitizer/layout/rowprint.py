"""Tell print inside the cells of filled rows from writing that rows have in common by chance.

What all rows share is print where most rows are blank. Where they are written in, ink meets
ink: six names in one column leave strokes that read as letters. Print is read at the same
place in the upper and in the lower rows, too; strokes that meet by chance are not. Only
what tells no kind is asked for twice: a label under handwriting may be lost in one half.
It fails where all rows say the same, and in so few rows that no half has enough of them.
"""

from collections.abc import Sequence

from rapidfuzz import fuzz

from digitizer.layout.fieldkinds import guess_kinds
from digitizer.layout.typicalrow import ReadPrint, read_typical_row
from digitizer.layout.wording import Box, line_pieces, plain
from digitizer.records import Pixels, Polygon, PrintedWord

# A half of the rows has so many at least.
LEAST_ROWS = 2
# A word that is read in both halves overlaps itself by this share of the smaller box, and
# says the same (0..100).
SAME_PLACE, SAME_WORD = 0.5, 80.0
# Words surer than this are what is printed.
SURE_WORD = 0.4
# What the sides of a box beside a caption are read as.
BOX_SIDES = "[]|_{}()<>\u25a1\u2610"


def read_twice(
    gray: Pixels, rows: Sequence[Polygon], words: Sequence[PrintedWord], read: ReadPrint
) -> tuple[PrintedWord, ...]:
    """Those of ``words`` that are read in the upper and in the lower rows as well.

    ``words``: what all ``rows`` (page px) share, boxes in shares of a row, as
    ``read_typical_row`` gives them. All of them where a half has too few rows.
    """
    middle = len(rows) // 2
    if middle < LEAST_ROWS or not words:
        return tuple(words)
    halves = [read_typical_row(gray, part, read) for part in (rows[:middle], rows[middle:])]
    return tuple(word for word in words if all(_has(half, word) for half in halves))


def captions_in(
    words: Sequence[PrintedWord], aspect: float, sure: Sequence[PrintedWord] | None = None
) -> list[str]:
    """The captions that words of a cell make: one a line, or a piece of a line.

    Boxes are shares of a row, which is ``aspect`` times as wide as high. ``sure``: words that
    are print for sure: of the others only what tells a kind in several letters is one.
    """
    scaled = {}
    for word in words:
        if word.confidence >= SURE_WORD and plain(word.text):
            left, top, right, bottom = (100 * edge for edge in word.box)
            box = (left * aspect, top, right * aspect, bottom)
            printed = sure is None or word in sure
            scaled[PrintedWord(word.text, box, 1.0)] = printed
    return [
        _bare(said)
        for line in line_pieces(list(scaled))
        if (said := " ".join(w.text for w in line))
        and (any(scaled[w] for w in line) or (len(plain(said)) > 1 and guess_kinds(said)))
    ]


def _bare(caption: str) -> str:
    """A caption without what a check box's sides were read as: "[Oui", "]Non"."""
    cut = caption.strip(BOX_SIDES + " ")
    # Brackets of its own come in pairs.
    return cut + ")" if caption.endswith(")") and "(" in cut else cut


def _has(words: Sequence[PrintedWord], word: PrintedWord) -> bool:
    """Whether words say the same at the same place."""
    return any(
        _overlap(one.box, word.box) >= SAME_PLACE
        and fuzz.ratio(plain(one.text), plain(word.text)) >= SAME_WORD
        for one in words
    )


def _overlap(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height / min(areas)
