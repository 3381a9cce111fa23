"""A page's title: the largest print above its signer table.

Compared is the size of the type, not the height of the ink: a word without any
ascender is a third lower than one with, so by their ink's height a title's short last
line, or a stray mark read as a figure, beats the title.
"""

from collections.abc import Sequence

import numpy as np

from digitizer.layout.wording import BESIDE, text_lines
from digitizer.lines.tables import Table
from digitizer.records import PrintedWord

# Print this much larger than the page's usual print is its title.
TITLE_SIZE = 1.3
SURE_TITLE_SIZE, THE_LARGEST = 1.45, 0.85
# Fewer letters are a stray mark, or the second line of a title.
MIN_LETTERS = 6
# Of lines whose type is this near to the largest, the first is the title.
AS_LARGE = 0.9
# A title's further lines: their type is at least this large, and they lie no farther
# than this from the next one, both as a share of the title's.
SAME_SIZE = 0.85
LINE_GAP = 1.0
MAX_LINES = 3

# Heights of letters as shares of the type's size, for the usual faces of print.
_X_HEIGHT, _CAP_HEIGHT, _DESCENT = 0.52, 0.72, 0.21
_LOW = frozenset("acemnorsuvwxz.,:;-~_")
_DEEP = frozenset("gjpqy,;()[]|\u00e7\u00c7Q")


def page_title(
    words: Sequence[PrintedWord], table: Table, type_px: tuple[float, float] | None = None
) -> str:
    """The largest print above the signer table, as one line; empty if none stands out.

    ``type_px``: usual and largest type size where only the large lines were read. Both are
    known to a tenth, so that a title must stand out by more and be that largest line.
    """
    top = min(y for _, y in table.outline())
    lines = [_without_stains(line) for line in text_lines(words)]
    lines = [line for line in lines if line[0].box[3] < top]
    sizes = [type_size(line) for line in lines]
    titles = [k for k, line in enumerate(lines) if _letters(line) >= MIN_LETTERS]
    if not titles:
        return ""
    largest = max(sizes[k] for k in titles)
    # A caption of the table may be as large; the title stands first.
    first = next(k for k in titles if sizes[k] >= AS_LARGE * largest)
    if type_px is None:
        usual, least = float(np.median([sizes[k] for k in titles])), TITLE_SIZE
    else:
        usual, least = type_px[0], SURE_TITLE_SIZE
        if largest < THE_LARGEST * type_px[1]:
            return ""
    if sizes[first] < least * usual:
        return ""
    chosen = [first]
    for step in (-1, 1):
        here = first
        while 0 <= here + step < len(lines) and len(chosen) < MAX_LINES:
            low, high = sorted((here, here + step))
            gap = _top(lines[high]) - _bottom(lines[low])
            if sizes[here + step] < SAME_SIZE * sizes[first] or gap > LINE_GAP * sizes[first]:
                break
            here += step
            if not any(word.text.isalnum() or len(word.text) > 1 for word in lines[here]):
                break
            chosen.append(here)
    return " ".join(word.text for k in sorted(chosen) for word in lines[k])


def _without_stains(line: Sequence[PrintedWord]) -> tuple[PrintedWord, ...]:
    """A line without signs before its first word, and those that stand apart behind its last.

    Drawings beside a title are read as signs, and their height hides how far off they are.
    """
    said = [k for k, word in enumerate(line) if any(map(str.isalnum, word.text))]
    if not said:
        return tuple(line)
    words = list(line[said[0] : said[-1] + 1])
    height = float(np.median([word.box[3] - word.box[1] for word in words]))
    for word in line[said[-1] + 1 :]:
        if word.box[0] - words[-1].box[2] > BESIDE * height:
            break
        words.append(word)
    return tuple(words)


def type_size(line: Sequence[PrintedWord]) -> float:
    """Size of a line's type in px, from the heights of its words and their letters."""
    return float(np.median([_word_size(word) for word in line])) if line else 0.0


def _word_size(word: PrintedWord) -> float:
    letters = set(word.text)
    share = (_X_HEIGHT if letters <= _LOW else _CAP_HEIGHT) if letters else 1.0
    share += _DESCENT if letters & _DEEP else 0.0
    return (word.box[3] - word.box[1]) / share


def _letters(line: Sequence[PrintedWord]) -> int:
    return sum(c.isalpha() for word in line for c in word.text)


def _top(line: Sequence[PrintedWord]) -> float:
    return float(np.median([word.box[1] for word in line]))


def _bottom(line: Sequence[PrintedWord]) -> float:
    return float(np.median([word.box[3] for word in line]))
