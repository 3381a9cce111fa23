"""Two blanks for one count: ``Sheet ____ of ____``, ``Feuille ____ de ____``, ``Blatt __ von __``.

The word between the blanks is a label of two letters that stands everywhere else, too. It
is one where a label that names a sheet or a page, or the definition's label before it,
stands on its line to the left with room to write between, and nothing longer than a
number is read there. Such blanks need not be near the collector's box: they often stand
in a corner of the page. A count that is printed ("Page 1 of 2") leaves no such room. Where
the word between was read together with a number, or as something else, the two lines to
write on tell it: one behind the label, one as long behind the word. It fails where a number
is written over the word between and no lines are printed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from digitizer.layout.print.labelends import type_width
from digitizer.layout.print.wording import Box, find_wordings, plain, share_line
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Pixels, PrintedWord, Rule

JOINERS = frozenset({"of", "de", "sur", "von"})
# What the first blank may be the number of, with "no." or "number" behind it.
_COUNTED = frozenset(
    {
        "sheet",
        "page",
        "form",
        "list",
        "feuille",
        "feuillet",
        "formulaire",
        "liste",
        "blatt",
        "bogen",
        "seite",
        "hoja",
        "pagina",
    }
)
_NUMBER_WORDS = frozenset({"no", "n", "num", "number", "numero", "nr", "nummer"})
# A first label must be read this well.
MIN_LABEL = 0.75
# Room to write a number: so many heights of the print, and at most 60 mm.
LEAST_ROOM, MOST_ROOM_PX = 2.0, 60 * PAGE_PX_PER_MM
# A line that a text goes on in is at most so many heights of the print below.
NEXT_LINE = 3.0
# What is read between the labels is a number of at most so many characters.
MOST_DIGITS = 5
# The second blank is as long as the first one; print that stands nearer than this share of it
# is what is written there, and a number may run over by so much.
BLANK_SHARE, OVER_SHARE = 0.8, 1.5
# What is written rises so many heights of the print above it, and hangs so far below.
RISE, HANG = 1.2, 0.4
# Rulings bound what is written where they run along this share of it.
ALONG = 0.6
# Lines to write on that are looked for in the picture: darker than this gray level, longer than
# so many heights of the print, no thicker than this, px, and this near to its foot, heights.
# The first begins and the word between stands within so many heights, and neither line is longer
# than the other by more than this.
LINE_LEVEL, LINE_LENGTH, LINE_PX, FOOT = 170, 1.5, 6, (-0.3, 0.7)
BEFORE_LINE, WORD_ROOM, LINES_ALIKE = 3.0, (0.8, 5.0), 2.0


@dataclass(frozen=True, slots=True)
class SheetCount:
    """Two labels of one count (texts and boxes, page px), and the words they were read in."""

    texts: tuple[str, str]
    labels: tuple[Box, Box]
    words: tuple[PrintedWord, ...]


def is_joiner(label: str) -> bool:
    """Whether a label is the word between two blanks, which stands all over a page."""
    return plain(label) in JOINERS


def find_count(
    words: Sequence[PrintedWord], first: Sequence[str], joiner: Sequence[str]
) -> SheetCount | None:
    """The count whose labels a definition names; None where both are not read on one line."""
    wanted = {plain(wording) for wording in joiner}
    found: list[tuple[float, SheetCount]] = []
    for hit in find_wordings(words, first, MIN_LABEL):
        said = " ".join(word.text for word in hit.words)
        # A label that was read together with what is written behind it ends where it is printed.
        wide = max(type_width(wording) for wording in first) / max(type_width(said), 0.1)
        left, top, right, bottom = hit.box
        box = (left, top, left + (right - left) * min(1.0, wide), bottom)
        if (word := _joined(words, box, wanted)) is not None:
            count = SheetCount((said, word.text), (box, word.box), (*hit.words, word))
            found.append((hit.score, count))
        elif (broken := _joined_below(words, box, wanted)) is not None:
            start, word = broken
            count = SheetCount((said, word.text), (start, word.box), (*hit.words, word))
            found.append((hit.score, count))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def find_drawn_count(
    words: Sequence[PrintedWord], first: Sequence[str], joiner: Sequence[str], gray: Pixels
) -> SheetCount | None:
    """As ``find_count`` where the word between is not read: by two lines behind the label.

    ``gray``: the page. None where no label has two lines of one length, and nothing but a
    number before the first of them ends.
    """
    for hit in find_wordings(words, first, MIN_LABEL):
        lines = _lines_behind(hit.box, gray)
        if len(lines) < 2:
            continue
        (start, end), (go_on, stop) = lines[:2]
        height = hit.box[3] - hit.box[1]
        near = start - hit.box[2] <= BEFORE_LINE * height
        apart = WORD_ROOM[0] * height <= go_on - end <= WORD_ROOM[1] * height
        alike = max(end - start, stop - go_on) <= LINES_ALIKE * min(end - start, stop - go_on)
        over = [w for w in words if share_line(w.box, hit.box) and hit.box[2] < w.middle[0] < stop]
        numbers = all(len(plain(w.text)) <= MOST_DIGITS for w in over)
        if not (near and apart and alike and numbers):
            continue
        top, foot = round(hit.box[1]), round(hit.box[3])
        inked = (gray[top:foot, round(end) + 1 : round(go_on)] < LINE_LEVEL).any(axis=0)
        at = np.flatnonzero(inked) + round(end) + 1
        if len(at):
            said = " ".join(word.text for word in hit.words)
            box = (float(at[0]), hit.box[1], float(at[-1]) + 1, hit.box[3])
            return SheetCount((said, joiner[0]), (hit.box, box), (*hit.words, *over))
    return None


def _lines_behind(label: Box, gray: Pixels) -> list[tuple[float, float]]:
    """From where to where lines to write on go behind a label, on its line, px."""
    height = label[3] - label[1]
    top, left = max(0, round(label[3] + FOOT[0] * height)), round(label[2])
    strip = gray[top : round(label[3] + FOOT[1] * height), left : left + round(2 * MOST_ROOM_PX)]
    if strip.size == 0:
        return []
    dark = (np.ascontiguousarray(strip) < LINE_LEVEL).astype(np.uint8)
    long = np.ones((1, max(3, round(LINE_LENGTH * height))), np.uint8)
    # Lines lean by a pixel, and are worn.
    dark = cv2.morphologyEx(cv2.dilate(dark, np.ones((3, 3), np.uint8)), cv2.MORPH_OPEN, long)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark)
    lines = [
        (float(left + x + 1), float(left + x + wide - 1))
        for x, _, wide, high, _ in stats[1:].tolist()
        if high <= LINE_PX + 2
    ]
    return sorted(lines)


def draft_count(words: Sequence[PrintedWord]) -> SheetCount | None:
    """The first count of a page that no definition names.

    A letter of what is counted may be misread, where a line to write on cuts it.
    """
    for word in sorted(words, key=lambda one: (one.box[1], one.box[0])):
        counted = _counted(word)
        if counted is None:
            continue
        label = [replace(word, text=counted)]
        height = word.box[3] - word.box[1]
        for other in words:
            near = 0 <= other.box[0] - word.box[2] <= height and share_line(other.box, word.box)
            if near and plain(other.text) in _NUMBER_WORDS:
                label.append(other)
        box = (*word.box[:2], label[-1].box[2], word.box[3])
        joiner = _joined(words, box, JOINERS)
        # "The last day of May" counts nothing.
        if joiner is not None and _says(words, box, joiner):
            continue
        # An address or a sentence goes on behind it.
        if joiner is not None and _room_behind(words, joiner, joiner.box[0] - box[2]):
            said = " ".join(map(_bare, label))
            return SheetCount((said, _bare(joiner)), (box, joiner.box), (word, *label[1:], joiner))
    return None


def _counted(word: PrintedWord) -> str | None:
    """What is counted as a word says it, with the letter right that alone was misread."""
    said = plain(word.text)
    if said in _COUNTED:
        return word.text
    for known in sorted(_COUNTED):
        wrong = sum(a != b for a, b in zip(said, known, strict=False))
        if len(said) == len(known) and wrong == 1 and said[0] == known[0]:
            return known.capitalize()
    return None


def count_spaces(
    count: SheetCount, words: Sequence[PrintedWord], rules: Sequence[Rule], width: float
) -> tuple[Box, Box]:
    """Where the number and the total are written, page px; ``width``: the page's."""
    first, second = count.labels
    height = max(first[3] - first[1], second[3] - second[1])
    gap = second[0] - first[2]
    beyond = second[2] + BLANK_SHARE * gap
    behind = [w.box[0] for w in words if w.box[0] >= beyond and share_line(w.box, second)]
    sides = [
        rule_at(r, (second[1] + second[3]) / 2)
        for r in rules
        if not r.horizontal and rule_span(r)[0] <= second[1] and rule_span(r)[1] >= second[3]
    ]
    ends = [*behind, *(x for x in sides if x > beyond), second[2] + OVER_SHARE * gap, width]
    spaces = []
    for left, right in ((first[2] + 2, second[0] - 2), (second[2] + 2, min(ends) - 2)):
        top, bottom = min(first[1], second[1]) - RISE * height, max(first[3], second[3])
        middle = (first[1] + first[3]) / 2
        for one in words:
            over = min(one.box[2], right) > max(one.box[0], left)
            if over and top < one.box[3] <= first[1]:
                top = (one.box[3] + first[1]) / 2  # the line of print above
        lines = [rule_at(r, (left + right) / 2) for r in rules if _runs_along(r, left, right)]
        top = max([top, *(y for y in lines if y <= first[1] + 2)])
        below = [y for y in lines if middle < y < bottom + 2 * height]
        spaces.append((left, top, right, min(below, default=bottom + HANG * height)))
    return spaces[0], spaces[1]


def _joined(
    words: Sequence[PrintedWord], label: Box, joiners: Sequence[str] | frozenset[str] | set[str]
) -> PrintedWord | None:
    """The word between two blanks that is the first behind a label, if it is one of these."""
    height = label[3] - label[1]
    line = [w for w in words if share_line(w.box, label) and w.box[0] >= label[2] - height / 2]
    for word in sorted(line, key=lambda one: one.box[0]):
        said = plain(word.text)
        if said in joiners:
            room = word.box[0] - label[2]
            return word if LEAST_ROOM * height <= room <= MOST_ROOM_PX else None
        if len(said) > MOST_DIGITS:
            return None
    return None


def _joined_below(
    words: Sequence[PrintedWord], label: Box, joiners: Sequence[str] | frozenset[str] | set[str]
) -> tuple[Box, PrintedWord] | None:
    """As ``_joined`` where the text breaks behind the label, so that its blank begins a line.

    With the box, without any width, that this line begins with: below where the label's begins.
    """
    height = label[3] - label[1]
    line = [w.box for w in words if share_line(w.box, label)]
    if any(box[0] >= label[2] for box in line):
        return None
    margin = min([label[0], *(box[0] for box in line)])
    for word in sorted(words, key=lambda one: (one.box[1], one.box[0])):
        gap = word.box[1] - label[3]
        begins = word.box[2] <= label[0] and 0 < gap <= NEXT_LINE * height
        if plain(word.text) not in joiners or not begins:
            continue
        start = (margin, word.box[1], margin, word.box[3])
        before = [w for w in words if share_line(w.box, word.box) and w.box[0] < word.box[0]]
        numbers = all(len(plain(w.text)) <= MOST_DIGITS for w in before)
        room = word.box[0] - margin
        if numbers and LEAST_ROOM * height <= room <= MOST_ROOM_PX:
            return start, word
    return None


def _bare(word: PrintedWord) -> str:
    """A word without what the blank beside it was read as."""
    return re.sub(r"(?:_|\.{2,})+$", "", word.text.lstrip("_"))


def _room_behind(words: Sequence[PrintedWord], joiner: PrintedWord, gap: float) -> bool:
    """Whether the total has about as much room as the number."""
    reach = joiner.box[2] + BLANK_SHARE * gap
    return not any(
        joiner.box[2] <= w.box[0] < reach and len(plain(w.text)) > MOST_DIGITS
        for w in words
        if share_line(w.box, joiner.box)
    )


def _says(words: Sequence[PrintedWord], label: Box, joiner: PrintedWord) -> bool:
    """Whether words stand between a label and the word between two blanks."""
    between = (w for w in words if label[2] <= w.box[0] < joiner.box[0])
    said = (plain(w.text) for w in between if share_line(w.box, label))
    return any(len(text) > 1 and text.isalpha() for text in said)


def _runs_along(rule: Rule, left: float, right: float) -> bool:
    if not rule.horizontal:
        return False
    start, stop = rule_span(rule)
    return min(stop, right) - max(start, left) >= ALONG * (right - left)
