"""Blanks in running text, for a draft: ``I, ____, of ____ (city), declare that ...``.

The words right before a line to write on are its label; where the line begins the next line of
the text, they end the one above. What stands in brackets behind it or in small print below it
says what to write there, where the words before it do not. It fails on dots that are too fine
to be traced, and on blanks between which the text says nothing.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from digitizer.layout.print.blanks import (
    FOOT,
    HANGS,
    Blank,
    blank_over,
    find_blanks,
    on_line,
    with_hangs,
)
from digitizer.layout.print.wording import BESIDE, bounding_box, line_pieces, plain
from digitizer.records import Pixels, PrintedWord, Rule

# A label of running text has so many words at most; its last one ends so many heights of the
# print before the blank, and the text goes on so near behind it.
MOST_WORDS, BEHIND, GOES_ON = 4, 3.0, 2.0
# The next line of a text is this near below, in heights of its print.
NEXT_LINE = 5.0
# Print over this share of a line is what the line is printed under: no blank.
COVERED = 0.4
# What is written on a line ends no more than this share of its height above it.
RISE = 0.8
# Print is read this surely; "I," before a blank is often read as a stroke.
SURE_WORD = 0.8
_SELF = re.compile(r"[IlL1|]\s?[,.]?")
# ... and what stands below a line is no sentence.
MOST_BELOW = 5
# What ends a clause: no label goes on over it.
_CLAUSE = frozenset(",;.:!?")


@dataclass(frozen=True, slots=True)
class TextBlank:
    """A line to write on: the words before it, and what is said in brackets or below it."""

    label: tuple[PrintedWord, ...]
    asks: tuple[PrintedWord, ...]
    blank: Blank


def text_blanks(
    words: Sequence[PrintedWord],
    rules: Sequence[Rule],
    gray: Pixels,
    is_row: Callable[[float, float], bool],
) -> list[TextBlank]:
    """The lines to write on of a page, in the order in which they are read; the label may be ().

    ``words``: the page's print outside its rows, unsure words too; ``gray``: (H, W) uint8, the
    page; ``is_row``: whether a point of it lies in a signer's row.
    """
    sure = [word for word in words if word.confidence >= SURE_WORD]
    if not sure:
        return []
    high = float(np.median([word.box[3] - word.box[1] for word in sure if plain(word.text)] or [0]))
    if not high:
        return []
    read = [word for word in words if word in sure or _SELF.fullmatch(word.text)]
    lines = [
        blank
        for blank in find_blanks(rules, gray, 0.0, float(gray.shape[0]), high)
        if not is_row((blank.left + blank.right) / 2, blank.y)
    ]
    lines = with_hangs(lines, sure, high)
    lines = [blank for blank in lines if not _is_underline(blank, sure, high)]
    found = []
    for blank in lines:
        before = _before(blank, lines, read, high) or _before_break(blank, lines, read, high)
        label = _last_clause(before)
        lettered = any(c.isalpha() for word in label for c in word.text)
        found.append(TextBlank(label if lettered else (), _asks(blank, sure, high), blank))
    return found


def as_said(label: str) -> str:
    """A label as it is printed: a stroke before a blank is "I,"."""
    return "I," if _SELF.fullmatch(label) else label


def without_answers(words: Sequence[PrintedWord], blanks: Sequence[TextBlank]) -> list[PrintedWord]:
    """Words but those that stand on a line to write on: on a filled sheet these are ink."""
    return [word for word in words if not any(_is_on(word, one.blank) for one in blanks)]


def _is_on(word: PrintedWord, blank: Blank) -> bool:
    left, top, right, bottom = word.box
    within = min(right, blank.right) - max(left, blank.left) > (right - left) / 2
    return within and top < blank.y and blank.y - bottom <= RISE * (bottom - top)


def _is_underline(blank: Blank, words: Sequence[PrintedWord], high: float) -> bool:
    """Whether a line runs under print, as strokes through feet of letters do."""
    over = [
        max(0.0, min(word.box[2], blank.right) - max(word.box[0], blank.left))
        for word in words
        if abs(blank.y - word.box[3]) <= FOOT * high or word.box[1] <= blank.y <= word.box[3]
    ]
    return sum(over) > COVERED * (blank.right - blank.left)


def _before(
    blank: Blank, blanks: Sequence[Blank], words: Sequence[PrintedWord], high: float
) -> list[PrintedWord]:
    """The words on a blank's line that end right before it, from the blank before on."""
    start = max(
        (one.right for one in blanks if _same_line(one, blank, high) and one.right < blank.left),
        default=-np.inf,
    )
    line = [
        word
        for word in words
        if on_line(blank, word.box, high)
        and word.box[0] >= start - high / 2
        and word.box[2] <= blank.left + high / 2
    ]
    said: list[PrintedWord] = []
    reach = blank.left - BEHIND * high
    for word in sorted(line, key=lambda one: -one.box[0]):
        if word.box[2] < reach:
            break
        said.insert(0, word)
        reach = word.box[0] - BESIDE * high
    return said


def _before_break(
    blank: Blank, blanks: Sequence[Blank], words: Sequence[PrintedWord], high: float
) -> list[PrintedWord]:
    """The last words of the line above a blank that begins its line, where the text goes on."""
    first = all(
        word.box[0] >= blank.left for word in words if on_line(blank, word.box, high)
    ) and not any(_same_line(one, blank, high) and one.right < blank.left for one in blanks)
    if not first or not _behind(blank, words, high):
        return []
    foot = blank.y - blank.hangs
    above = [w for w in words if HANGS * high < foot - w.box[3] <= NEXT_LINE * high]
    if not above:
        return []
    low = max(word.box[3] for word in above)
    line = sorted((w for w in above if low - w.box[3] <= FOOT * high), key=lambda one: one.box[0])
    last = line[-1]
    ruled = [one for one in blanks if on_line(one, last.box, high)]
    if any(one.right > last.box[2] for one in ruled) or last.text[-1:] in ".:;":
        return []
    # A heading ends earlier than a line that the text goes on from, and is set in capitals.
    if last.box[2] <= blank.right or all(word.text.isupper() for word in line):
        return []
    start = max((one.right for one in ruled), default=-np.inf)
    return [word for word in line if word.box[0] >= start - high / 2]


def _behind(blank: Blank, words: Sequence[PrintedWord], high: float) -> list[PrintedWord]:
    """The words right behind a blank, from left to right."""
    line = [w for w in words if on_line(blank, w.box, high) and w.box[0] >= blank.right - 2]
    line.sort(key=lambda word: word.box[0])
    return line if line and line[0].box[0] <= blank.right + GOES_ON * high else []


def _same_line(one: Blank, other: Blank, high: float) -> bool:
    return one is not other and abs(one.y - other.y) <= FOOT * high


def _last_clause(words: Sequence[PrintedWord]) -> tuple[PrintedWord, ...]:
    """The last words, none of which a sign or a bracket parts from the next ones."""
    said: list[PrintedWord] = []
    for word in reversed(words):
        # "domicilié(e) à" is one label; "____ (city) and" is none.
        bracketed = word.text.endswith(")") and word.text.find("(") <= 0
        parts = word.text[-1:] in _CLAUSE or bracketed
        if (said and parts) or len(said) == MOST_WORDS:
            break
        if plain(word.text):
            said.insert(0, word)
    return tuple(said)


def _asks(blank: Blank, words: Sequence[PrintedWord], high: float) -> tuple[PrintedWord, ...]:
    """What is said in brackets right behind a blank, or in small print right below it."""
    behind = [word for word in _behind(blank, words, high) if plain(word.text)]
    if behind and behind[0].text.startswith("("):
        ends = next((k for k, word in enumerate(behind) if ")" in word.text), None)
        if ends is not None and ends < MOST_WORDS:
            return tuple(behind[: ends + 1])
    pieces = [
        one
        for one in line_pieces(words)
        if len(one) <= MOST_BELOW and blank_over(bounding_box(one), [blank], high)
    ]
    return tuple(pieces[0]) if pieces else ()
