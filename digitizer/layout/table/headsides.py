"""Where the sides of columns lie that no ruling, or next to none, shows: told by their heads.

The sides follow from heads that are centred, or that all begin as far from their side as
the first one does; where neither holds, from the gap that writers left. Where pieces of a
worn ruling lie between two heads, one below the other in many rows, they tell the side
better than any of these, to a pixel.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from digitizer.layout.print.wording import contains, plain, text_lines
from digitizer.layout.table.writtengaps import LINE_PX, clear_side, cut_rows, row_ink, widest_gap
from digitizer.lines.rulepaths import rule_at
from digitizer.records import PAGE_PX_PER_MM, Pixels, PrintedWord, Rule

# Heads of two columns stand this many heights of their print apart; words are nearer.
HEAD_GAP = 0.8
# How far a head may lie from its column's middle: surely centred, and perhaps, and where
# both sides of the column were seen; the first one from its side, where heads are not.
CENTRED_PX, NEARLY_CENTRED_PX = 0.5 * PAGE_PX_PER_MM, 2 * PAGE_PX_PER_MM
SURELY_OFF_PX = PAGE_PX_PER_MM
MAX_PAD_PX = 6 * PAGE_PX_PER_MM
# A first head as near as this to its side is not centred, unless it fills its column.
SMALL_PAD_PX = 2.5 * PAGE_PX_PER_MM
# The less likely of two ways is taken where its sides are written over in fewer than this share
# of the rows in which those of the other are.
OVERWRITTEN_SHARE = 0.5
# Pieces of a ruling are thin lines: darker by so many gray levels than what lies this
# far to either side, px.
PIECE_LEVEL, REACH_PX = 15, 4
# They cover this share of the rows' height at one place, and so many times what any place
# does that is farther from it than this, px: what is written varies from row to row.
SEEN_SHARE, SEEN_TIMES, BESIDE_PX = 0.2, 1.6, 5
# ... and as much of it, but for this share, lies in the uppermost and the lowest fifth of the rows.
OUTSIDE_SHARE, EDGES = 0.3, 5
# A streak or a fold goes on from the rows to 12 mm below them, and between 30 and 12 mm above
# them, where no head is, over this share at least.
FAR_PX = (round(12 * PAGE_PX_PER_MM), round(30 * PAGE_PX_PER_MM))
RUNS_ON_SHARE = 0.3
# Rows of pixels with this share of the most are the line as well.
PLATEAU = 0.8
# So much of the page, px, is looked at on either side of where a ruling may be, too; and
# rows are at least so high in all, px.
APART_PX, MIN_SEEN_PX = 16, 100
# Two pieces are one head if together they are so like its wording, by so much more than alone.
TORN_ALIKE, TORN_BETTER = 0.8, 0.1
# What else is printed there has so many letters, read so surely; a signature that reaches
# up between the heads has not.
HEAD_LETTERS, HEAD_CONFIDENCE = 3, 0.5
# ... a shorter one ("No", "CP", "N°") is two signs at least, a letter among them, read this surely.
SHORT_SIGNS, SHORT_CONFIDENCE = 2, 0.9
# A word of a head is read so like it, per cent.
HEAD_WORD = 75

Floats = npt.NDArray[np.float64]


def head_texts(heads: Sequence[Sequence[PrintedWord]]) -> list[str]:
    """The words of each head in reading order."""
    return [" ".join(w.text for line in text_lines(head) for w in line) for head in heads]


def is_print(word: PrintedWord) -> bool:
    """Whether a word is print for sure."""
    letters = sum(c.isalpha() for c in word.text)
    if letters and len(word.text) >= SHORT_SIGNS and word.confidence >= SHORT_CONFIDENCE:
        return True
    return letters >= HEAD_LETTERS and word.confidence >= HEAD_CONFIDENCE


def without_writing(
    lines: Sequence[Sequence[PrintedWord]], wordings: Sequence[str]
) -> Sequence[Sequence[PrintedWord]]:
    """Lines of print above the first line to write on, the lowest first, without what is no head.

    The first signer writes below the heads, in capitals that are read as surely as print. None of
    these lines has a word like any of the heads' ``wordings``.
    """
    said = {word for wording in wordings for word in plain(wording).split()}

    def is_said(word: PrintedWord) -> bool:
        return any(
            fuzz.ratio(one, part) >= HEAD_WORD for part in plain(word.text).split() for one in said
        )

    first = next((k for k, line in enumerate(lines) if any(map(is_said, line))), 0)
    return lines[first:]


def group_heads(words: Sequence[PrintedWord]) -> list[list[PrintedWord]]:
    """Words put together where they stand beside or below each other, from the left."""
    height = float(np.median([word.box[3] - word.box[1] for word in words]))
    heads: list[list[PrintedWord]] = []
    reached = -np.inf
    for word in sorted(words, key=lambda w: w.box[0]):
        if word.box[0] - reached > HEAD_GAP * height:
            heads.append([])
        heads[-1].append(word)
        reached = max(reached, word.box[2])
    return heads


def join_torn(
    heads: Sequence[list[PrintedWord]], wordings: Sequence[Sequence[str]], free: Sequence[str]
) -> list[list[PrintedWord]]:
    """The heads, with a piece of one that a streak or a fold tore off put to it again.

    ``wordings``: for each head those of the column that took it; of a piece none did.
    ``free``: those of columns that no head took.
    """
    joined: list[list[PrintedWord]] = []
    taken: list[Sequence[str]] = []
    for head, own in zip(heads, wordings, strict=True):
        before = taken[-1] if joined else ()
        said = () if own and before else own or before or free
        if joined and _is_torn(joined[-1], head, said):
            joined[-1] = [*joined[-1], *head]
            taken[-1] = said
        else:
            joined.append(list(head))
            taken.append(own)
    return joined


def _is_torn(
    left: Sequence[PrintedWord], right: Sequence[PrintedWord], wordings: Sequence[str]
) -> bool:
    """Whether two pieces of print say one of the wordings together, and neither does alone."""
    apart = head_texts([left, right])
    both = " ".join(apart)
    return any(
        contains(w, both) >= max(TORN_ALIKE, TORN_BETTER + max(contains(w, one) for one in apart))
        for w in wordings
    )


def column_sides(
    heads: Sequence[Sequence[PrintedWord]],
    rows: Sequence[Rule],
    gray: Pixels,
    ends: tuple[float, float] | None = None,
) -> Floats:
    """Where the columns' sides lie, first and last included: x in px of the page.

    ``ends``: the first and the last, None where the heads' own must do. What is left of
    a ruling between two heads tells that side; the others follow from the heads.
    """
    first = np.array([min(w.box[0] for w in head) for head in heads])
    last = np.array([max(w.box[2] for w in head) for head in heads])
    left, right = ends or (float(first[0]), float(last[-1]))
    seen = [seen_side(rows, gray, a, b) for a, b in zip(last[:-1], first[1:], strict=True)]
    known = [left, *seen, right]
    told = [k for k, x in enumerate(known) if x is not None]
    places = [x for x in known if x is not None]
    spans = list(zip(pairwise(told), pairwise(places), strict=True))
    # Columns of which both sides are seen tell how heads stand in them.
    off = [abs(first[a] + last[a] - x - y) / 2 for (a, b), (x, y) in spans if b - a == 1]
    centred = float(np.median(off)) <= SURELY_OFF_PX if off else None
    sides: list[float] = []
    for (a, b), (x, y) in spans:
        sides += _sides((first[a:b], last[a:b]), (x, y), rows, gray, centred)[:-1].tolist()
    return np.array([*sides, right])


def seen_side(rows: Sequence[Rule], gray: Pixels, start: float, stop: float) -> float | None:
    """Where between two places a ruling runs down the ``rows``, or pieces of one; else None."""
    low, high = max(0, round(start) - APART_PX), min(gray.shape[1], round(stop) + APART_PX)
    middle = (start + stop) / 2
    strips = [
        gray[max(0, round(rule_at(upper, middle)) + LINE_PX) :
             max(0, round(rule_at(lower, middle)) - LINE_PX), low:high]
        for upper, lower in pairwise(rows)
    ]  # fmt: skip
    found = _thin_line(np.concatenate(strips))
    if found is None:
        return None
    x = low + found
    # First letters that begin at one place stand below each other, too, but inside their rows.
    edges = [part for strip in strips for part in _edges(strip)]
    at = max(0, round(found) - REACH_PX)
    along, outside = (_ridge_shares(np.concatenate(part)) for part in (strips, edges))
    near = slice(max(0, at - 1), at + 2)
    if outside[near].max() < OUTSIDE_SHARE * along[near].max():
        return None
    return None if _runs_on(gray, x, rule_at(rows[0], x), rule_at(rows[-1], x)) else x


def _edges(strip: Pixels) -> tuple[Pixels, Pixels]:
    """The uppermost and the lowest part of a row, where next to no letter reaches."""
    high = len(strip) // EDGES
    return strip[:high], strip[len(strip) - high :]


def _runs_on(gray: Pixels, x: float, top: float, bottom: float) -> bool:
    """Whether a line at ``x`` is there both well above the rows and below: a streak, or a fold."""
    left, right = max(0, round(x) - APART_PX), round(x) + APART_PX
    for start, stop in ((top - FAR_PX[1], top - FAR_PX[0]), (bottom + LINE_PX, bottom + FAR_PX[0])):
        part = gray[max(0, round(start)) : max(0, round(stop)), left:right]
        if min(part.shape) <= 2 * REACH_PX or _ridge_shares(part).max() < RUNS_ON_SHARE:
            return False
    return True


def seen_line(line: Rule, gray: Pixels, ends: tuple[float, float], reach: float) -> float | None:
    """How far (px) off ``line`` there is one like it, or pieces of one, within ``reach`` of it.

    ``ends``: from where to where along the line is looked.
    """
    xs = np.arange(max(0, round(ends[0])), min(gray.shape[1], round(ends[1])))
    level = np.rint(np.interp(xs, line.points[:, 0], line.points[:, 1])).astype(int)
    most = round(reach) + APART_PX
    rows = level[:, None] + np.arange(-most, most + 1)[None, :]
    if len(xs) == 0 or rows.min() < 0 or rows.max() >= gray.shape[0]:
        return None
    found = _thin_line(gray[rows, xs[:, None]])
    # Heights are those of pixels' middles.
    return None if found is None else found - most - 0.5


def _thin_line(pixels: Pixels) -> float | None:
    """Where across (N along, M across) ``pixels`` a thin line runs along them, or pieces of one.

    Not within ``APART_PX`` of the margins; None where nothing stands out.
    """
    if pixels.shape[0] < MIN_SEEN_PX or pixels.shape[1] <= 2 * APART_PX:
        return None
    share = _ridge_shares(pixels)
    margin = APART_PX - REACH_PX
    inner = share[margin : len(share) - margin]
    best = int(np.argmax(inner))
    beside = share[np.abs(np.arange(len(share)) - margin - best) > BESIDE_PX]
    if inner[best] < max(SEEN_SHARE, SEEN_TIMES * float(beside.max(initial=0.0))):
        return None
    run = np.flatnonzero(inner >= PLATEAU * inner[best])
    return float(APART_PX + run[np.abs(run - best) <= BESIDE_PX].mean() + 0.5)


def _ridge_shares(pixels: Pixels) -> Floats:
    """For each place across, but ``REACH_PX`` at the margins, how much of a thin line is there."""
    levels = pixels.astype(np.int16)
    ridge = np.minimum(levels[:, : -2 * REACH_PX], levels[:, 2 * REACH_PX :])
    ridge -= levels[:, REACH_PX:-REACH_PX]
    # A page that is level to 0.1 degrees leaves a ruling within three columns of pixels.
    thin = (ridge > PIECE_LEVEL).astype(np.uint8)
    return np.asarray(cv2.dilate(thin, np.ones((1, 3), np.uint8)).mean(axis=0))


def _sides(
    heads: tuple[Floats, Floats],
    ends: tuple[float, float],
    rows: Sequence[Rule],
    gray: Pixels,
    are_centred: bool | None,
) -> Floats:
    """Sides of columns between ``ends`` with ``heads`` from and to; ``are_centred``: if known."""
    (first, last), (left, right) = heads, ends
    if len(first) == 1:
        return np.array([left, right])
    centred, off = _centred((first + last) / 2, left, right)
    pad = first[0] - left
    aligned = first[1:] - pad
    ink = row_ink(rows, gray)
    aligned_first = pad <= SMALL_PAD_PX or off > CENTRED_PX
    if are_centred is not None:
        aligned_first = not are_centred
    ways = [aligned, centred] if aligned_first else [centred, aligned]
    ways = [
        way
        for way in ways
        if ((way > last[:-1] - 1) & (way < first[1:] + 1)).all()
        and (-1 <= pad <= MAX_PAD_PX if way is aligned else off <= NEARLY_CENTRED_PX)
    ]
    if not ways:
        gaps = [widest_gap(ink, a, b) for a, b in zip(last[:-1], first[1:], strict=True)]
        ways = [np.array(gaps)]
    cut = cut_rows(ink)

    def crossed(way: Floats) -> float:
        places = np.clip(np.rint(way).astype(int), 0, len(cut) - 1)
        return float(cut[places].sum())

    # Few columns fit either way: the less likely one must be written over much less.
    other = len(ways) > 1 and crossed(ways[1]) < OVERWRITTEN_SHARE * crossed(ways[0])
    sides = [
        clear_side(ink, float(x), a, b)
        for x, a, b in zip(ways[1] if other else ways[0], last[:-1], first[1:], strict=True)
    ]
    return np.array([left, *sides, right])


def _centred(middles: Floats, left: float, right: float) -> tuple[Floats, float]:
    """Inner sides halfway between which the heads' middles lie, and how far off one is, px."""
    count = len(middles)
    halves = np.zeros((count, count - 1))
    for k in range(count - 1):
        halves[k, k] = halves[k + 1, k] = 0.5
    wanted = middles.copy()
    wanted[0] -= left / 2
    wanted[-1] -= right / 2
    inner = np.asarray(np.linalg.lstsq(halves, wanted, rcond=None)[0], dtype=np.float64)
    return inner, float(np.abs(halves @ inner - wanted).max())
