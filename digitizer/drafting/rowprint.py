"""Tell print inside the cells of filled rows from writing that rows have in common by chance.

What all rows share is print where most rows are blank. Where they are written in, ink meets
ink: six names in one column leave strokes that read as letters. Print is read at the same
place in the upper and in the lower rows, too; strokes that meet by chance are not. Only
what tells no kind is asked for twice: a label under handwriting may be lost in one half.
It fails where all rows say the same, and in so few rows that no half has enough of them.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from digitizer.drafting.fieldkinds import guess_kinds
from digitizer.layout.print.typicalrow import ReadPrint, read_typical_row
from digitizer.layout.print.wording import Box, line_pieces, plain
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
_SIDES = re.compile(rf"[{re.escape(BOX_SIDES)}]+")
# A word reaches over the box beside it by more than this share of the box.
BOX_SLACK = 0.3
# What a German street is read as, and as it is spelt.
_STREET = re.compile(r"(stra)[BGgb8s]?(en?(?![a-z]))", re.IGNORECASE)
_ESZETT = re.compile(r"stra\u00dfe", re.IGNORECASE)


def read_twice(
    gray: Pixels,
    rows: Sequence[Polygon],
    words: Sequence[PrintedWord],
    read: ReadPrint,
    ticks: Sequence[Box] = (),
) -> tuple[PrintedWord, ...]:
    """Those of ``words`` that are read in the upper and in the lower rows as well.

    ``words``: what all ``rows`` (page px) share, boxes in shares of a row, as
    ``read_typical_row`` gives them, with these ``ticks``. All of them where a half has too
    few rows.
    """
    middle = len(rows) // 2
    if middle < LEAST_ROWS or not words:
        return tuple(words)
    parts = rows[:middle], rows[middle:]
    halves = [read_typical_row(gray, part, read, ticks) for part in parts]
    return tuple(word for word in words if all(_has(half, word) for half in halves))


def captions_in(
    words: Sequence[PrintedWord],
    aspect: float,
    sure: Sequence[PrintedWord] | None = None,
    boxes: Sequence[Box] = (),
) -> list[str]:
    """The captions that words of a cell make: one a line, or a piece of a line.

    Boxes are shares of a row, which is ``aspect`` times as wide as high. ``sure``: words that
    are print for sure: of the others only what tells a kind in several letters is one.
    ``boxes``: boxes to tick; what stands before one and what stands behind it are two captions.
    """
    scaled = {}
    ticks = [_scaled(box, aspect) for box in boxes]
    for word in words:
        if word.confidence >= SURE_WORD and plain(word.text):
            printed = sure is None or word in sure
            for text, box in _beside_boxes(word.text, _scaled(word.box, aspect), ticks):
                scaled[PrintedWord(text, box, 1.0)] = printed
    return [
        without_box_sides(said)
        for line in line_pieces(list(scaled))
        for piece in _parted(line, ticks)
        if (said := " ".join(w.text for w in piece))
        and not is_broken_line(said)
        and (any(scaled[w] for w in piece) or (len(plain(said)) > 1 and guess_kinds(said)))
    ]


def is_broken_line(text: str) -> bool:
    """Whether a text is what a dashed or a dotted line is read as: "eee", "- - oo", "ee ee"."""
    letters = plain(text).replace(" ", "")
    return len(letters) > 1 and letters.isalpha() and len(set(letters)) == 1


def _scaled(box: Box, aspect: float) -> Box:
    left, top, right, bottom = (100 * edge for edge in box)
    return left * aspect, top, right * aspect, bottom


def _beside_boxes(text: str, box: Box, ticks: Sequence[Box]) -> list[tuple[str, Box]]:
    """A word without a box to tick that was read as one, or as signs between two words."""
    for tick in ticks:
        if not _in_line(box, tick):
            continue
        slack = BOX_SLACK * (tick[2] - tick[0])
        starts, ends = box[0] < tick[0] - slack, box[2] > tick[2] + slack
        if not starts and not ends:
            return []
        parts = [part for part in _SIDES.split(text) if plain(part)]
        if starts and ends and len(parts) == 2:
            left, right = (box[0], box[1], tick[0], box[3]), (tick[2], box[1], box[2], box[3])
            behind = _beside_boxes(parts[1], right, [one for one in ticks if one[0] > tick[0]])
            return [(parts[0], left), *behind]
    return [(text, box)]


def _parted(line: Sequence[PrintedWord], ticks: Sequence[Box]) -> list[list[PrintedWord]]:
    """A line of print cut where boxes to tick stand between its words."""
    parts: dict[int, list[PrintedWord]] = {}
    for word in line:
        before = sum(
            _in_line(word.box, tick) and (tick[0] + tick[2]) / 2 < word.middle[0] for tick in ticks
        )
        parts.setdefault(before, []).append(word)
    return list(parts.values())


def _in_line(box: Box, tick: Box) -> bool:
    """Whether a box to tick stands on the line of a word."""
    return min(box[3], tick[3]) - max(box[1], tick[1]) > 0.5 * min(
        box[3] - box[1], tick[3] - tick[1]
    )


def without_box_sides(caption: str) -> str:
    """A caption or a label without what a box's sides were read as: "[Oui", "]Non", "| Ville"."""
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


def with_eszett(words: Sequence[PrintedWord]) -> list[PrintedWord]:
    """Words with the letter that the print engine does not know in a German street.

    It reads "Straße" as "StraBe", "StraGe" or "Strae" and is not sure of it.
    """
    found = []
    for word in words:
        text = _STREET.sub(r"\1ß\2", word.text)
        sure = max(word.confidence, SURE_WORD) if _ESZETT.search(text) else word.confidence
        found.append(replace(word, text=text, confidence=sure))
    return found
