"""Find printed wordings on a page whatever the print engine made of them.

Everything is compared without accents, case and punctuation, by edit
similarity (rapidfuzz), because a recogniser drops accents and splits words.
"""

import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from digitizer.records import PrintedWord

Box = tuple[float, float, float, float]

# Headers shorter than this are compared with as many words as they are: "Name" would else
# be found inside any text.
SHORT_WORDING = 7
# Words whose middles lie within this share of their height are on one line.
SAME_LINE = 0.6
# Labels in one row of cells stand no higher or lower than this many heights than each other.
ONE_ROW = 0.75
# What the word "I" is read as where nothing beside it tells that it is one.
I_ALONE = frozenset({"I", "l", "L", "1", "|", "!", "[", "]", "]|", "\u0131"})
# A gap wider than this many word heights ends a line: a column, another block.
LINE_GAP = 4.0
# A gap of so many heights of its print ends a piece of a line: what follows stands beside it.
BESIDE = 2.0
# What is read as well but for so much is the same; words of a text stand no farther apart than so
# many of their heights.
NEARLY, WORD_SPACE = 0.12, 0.8
# A piece belongs to the one above if it is no farther below than this many heights, and lies under
# this share of the narrower one.
BELOW, BELOW_SHARE = 0.8, 0.5


@dataclass(frozen=True, slots=True)
class Hit:
    """A wording found on the page: similarity 0..1 and where it stands."""

    score: float
    box: Box
    words: tuple[PrintedWord, ...]


@functools.lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Lower case without accents; anything but letters and digits is one space."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", " ", letters).strip()


def share_line(first: Box, second: Box) -> bool:
    """Whether two pieces of print stand beside each other."""
    common = min(first[3], second[3]) - max(first[1], second[1])
    apart = max(first[0], second[0]) >= min(first[2], second[2])
    return apart and common >= 0.5 * min(first[3] - first[1], second[3] - second[1])


def stand_beside(first: Box, second: Box) -> bool:
    """Whether two labels stand in one row, where one may have two lines and the other one."""
    apart = max(first[0], second[0]) >= min(first[2], second[2])
    high = max(first[3] - first[1], second[3] - second[1])
    off = abs(first[1] + first[3] - second[1] - second[3]) / 2
    return share_line(first, second) or (apart and off <= ONE_ROW * high)


def bounding_box(words: Sequence[PrintedWord]) -> Box:
    """Box around all ``words``; at least one is needed."""
    return (
        min(w.box[0] for w in words),
        min(w.box[1] for w in words),
        max(w.box[2] for w in words),
        max(w.box[3] for w in words),
    )


def contains(wording: str, text: str) -> float:
    """How well ``wording`` is found somewhere in ``text``, 0..1."""
    wanted, found = plain(wording), plain(text)
    if not wanted:
        # A sign alone, such as "#", is a word of its own.
        return float(bool(sign := wording.strip()) and sign in text.split())
    if not found:
        return 0.0
    if len(wanted) < SHORT_WORDING:
        # "C.P." is two words, and one where a point was lost.
        words, count = found.split(), len(wanted.split())
        runs = [" ".join(words[k : k + count]) for k in range(max(1, len(words) - count + 1))]
        joined = wanted.replace(" ", "")
        return (
            max(*(fuzz.ratio(wanted, run) for run in runs), *(fuzz.ratio(joined, w) for w in words))
            / 100
        )
    if len(found) < len(wanted):
        return fuzz.ratio(wanted, found) / 100
    return fuzz.partial_ratio(wanted, found) / 100


def text_lines(words: Sequence[PrintedWord]) -> tuple[tuple[PrintedWord, ...], ...]:
    """Group words to lines, top to bottom, each from left to right."""
    lines: list[list[PrintedWord]] = []
    # Of the last word of each line: its middle, its height and where it ends.
    ends: list[tuple[float, float, float]] = []
    for word in sorted(words, key=lambda w: w.box[:2]):
        left, top, right, bottom = word.box
        middle, height = (top + bottom) / 2, bottom - top
        best = -1
        for number, (level, high, end) in enumerate(ends):
            low, most = (height, high) if height < high else (high, height)
            if abs(level - middle) <= SAME_LINE * low + 1 and left - end <= LINE_GAP * most:
                best = number
        if best < 0:
            lines.append([word])
            ends.append((middle, height, right))
        else:
            lines[best].append(word)
            ends[best] = (middle, height, right)
    lines.sort(key=lambda line: (line[0].box[1], line[0].box[0]))
    return tuple(tuple(line) for line in lines)


def line_pieces(words: Sequence[PrintedWord], gap: float = BESIDE) -> list[tuple[PrintedWord, ...]]:
    """Lines of print, cut at gaps of so many word heights: what follows stands beside."""
    pieces = []
    for line in text_lines(words):
        start = 0
        # A dash is as high as its stroke: the line's usual word tells.
        height = sorted(word.box[3] - word.box[1] for word in line)[len(line) // 2]
        for i in range(1, len(line) + 1):
            if i == len(line) or line[i].box[0] - line[i - 1].box[2] > gap * height:
                pieces.append(line[start:i])
                start = i
    return pieces


def text_blocks(words: Sequence[PrintedWord], gap: float = BESIDE) -> list[str]:
    """Text of pieces of lines that stand close below each other, each block by itself.

    What stands beside a head or a label of two lines does not come between its lines.
    """
    blocks: list[list[tuple[PrintedWord, ...]]] = []
    for piece in line_pieces(words, gap):
        box = bounding_box(piece)
        home = None
        for block in blocks:
            above = bounding_box(block[-1])
            common = min(box[2], above[2]) - max(box[0], above[0])
            high = max(box[3] - box[1], above[3] - above[1])
            beneath = (box[1] + box[3]) / 2 > (above[1] + above[3]) / 2
            near = beneath and box[1] - above[3] <= BELOW * high
            if near and common >= BELOW_SHARE * min(box[2] - box[0], above[2] - above[0]):
                home = block
        if home is None:
            blocks.append([piece])
        else:
            home.append(piece)
    return [" ".join(word.text for piece in block for word in piece) for block in blocks]


def find_wording(words: Sequence[PrintedWord], wordings: Sequence[str]) -> Hit | None:
    """The run of words on one line that is most like one of ``wordings``."""
    hits = find_wordings(words, wordings)
    return hits[0] if hits else None


def find_by_itself(words: Sequence[PrintedWord], wordings: Sequence[str]) -> Hit | None:
    """As ``find_wording``; of places read nearly as well one that stands in no sentence."""
    best = find_wording(words, wordings)
    if best is None or not _amid_text(best, words):
        return best
    others = find_wordings(words, wordings, best.score - NEARLY)
    return next((hit for hit in others if not _amid_text(hit, words)), best)


def _amid_text(hit: Hit, words: Sequence[PrintedWord]) -> bool:
    """Whether a text goes on both before and behind what was found, with spaces between words."""
    left, top, right, bottom = hit.box
    space = WORD_SPACE * (bottom - top)
    line = [word.box for word in words if share_line(word.box, hit.box)]
    before = any(0 <= left - box[2] <= space for box in line)
    return before and any(0 <= box[0] - right <= space for box in line)


def _as_i(text: str) -> str:
    """A word that is the letter I or what it is read as: "|,", "l", "[,"; others as they are."""
    return "I" if text.strip(" ,.;:'") in I_ALONE else text


def find_wordings(
    words: Sequence[PrintedWord], wordings: Sequence[str], least: float = 0.0
) -> tuple[Hit, ...]:
    """All runs of words like one of ``wordings``, the best first, one a start word."""
    hits = []
    wanted = [plain(wording) for wording in wordings]
    alone = any(one == "i" for one in wanted)
    for line in text_lines(words):
        said = [_as_i(word.text) if alone else word.text for word in line]
        for start in range(len(line)):
            if not plain(said[start]):
                continue  # a border read as a stroke is no part of a wording
            score, end = -1.0, start
            for one in wanted:
                for stop in range(start + 1, len(line) + 1):
                    found = plain(" ".join(said[start:stop]))
                    alike = fuzz.ratio(one, found) / 100
                    if alike > score:
                        score, end = alike, stop
                    if len(found) > 1.5 * len(one) + 4:
                        break
            if end > start and score >= least:
                run = line[start:end]
                hits.append(Hit(score, bounding_box(run), run))
    hits.sort(key=lambda hit: (-hit.score, hit.box[1], hit.box[0]))
    return tuple(hits)
