"""Blanks of a sentence that goes on over several lines: ``I, ____, declare that at / ____ and``.

Each label stands right before its blank, which begins the next line where its own is full.
Blanks are ruled; a ruling that was traced through several and the print between them is cut
where the page has no line. It fails where a blank is dotted too finely to be traced.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from digitizer.layout.print.blanks import (
    FOOT,
    HANGS,
    LEAST_BLANK_PX,
    Blank,
    blank_over,
    find_blanks,
    on_line,
    with_hangs,
    with_others,
)
from digitizer.layout.print.dottedlines import find_dotted_lines
from digitizer.layout.print.labelends import unread_width
from digitizer.layout.print.wording import Box, Hit, bounding_box, plain, share_line
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Pixels, PrintedWord, Rule

# A blank begins so many label heights behind its label; the next line of the text is this near
# below.
BEHIND, NEXT_LINE = 3.0, 5.0
# A blank that begins its line stands this much farther left than its label, in label heights.
FARTHER_LEFT = 2.0
# Labels in a column begin or end below each other within 5 mm.
IN_COLUMN_PX = 5 * PAGE_PX_PER_MM
# Writing rises so many label heights above its line, where nothing is printed there, and runs
# over its end by so much; the text goes on behind it within so many heights.
RISE, OVER, GOES_ON = 3.0, 1.0, 2.0
# A line of so many surely read words is print; over a blank it is the text's line above where its
# foot is so many heights over the blank.
LINE_WORDS, SURE_WORD, OVER_BLANK = 4, 0.8, 1.3
# Words of one text stand no farther apart than so many of their heights.
WORD_SPACE = 0.8
# The feet of a label's letters, traced as a ruling, are no farther below it than this, in heights.
FEET = 0.15
# Between two blanks stands a label that was not read if it is as wide as what lies between, but for
# this share of it, and spaces of so many label heights.
WIDTH_OFF, SPACES = 0.2, 2.5


def sentence_spaces(
    labels: Sequence[Hit | None],
    words: Sequence[PrintedWord],
    rules: Sequence[Rule],
    gray: Pixels,
    head: Sequence[Box] = (),
    wordings: Sequence[str] = (),
) -> list[Box | None] | None:
    """Where each label's answer is written, None for one whose blank cannot be told.

    ``labels``: in the order of the text; ``head``: the title over them, if any; ``wordings``: what
    the labels say, to tell where one that was not read ends its line. None instead of a list
    where labels stand one below the other, no blank begins the line after its label's, no
    other text goes on behind one, and none of a label that was not read can be told by those of
    its neighbours.
    """
    boxes = [hit.box if hit is not None else None for hit in labels]
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    high = float(np.median([box[3] - box[1] for box in known]))
    # Where all labels are read they tell their answers' places as well as dots do.
    dotted = len(known) < len(boxes)
    blanks = _blanks_around(known, words, rules, gray, high, head, dotted=dotted)
    own, begun = _own_blanks(boxes, known, words, blanks, high)
    complete = all(blank is not None or box is None for blank, box in zip(own, boxes, strict=True))
    wraps = bool(begun) and (complete or any(_followed(one, known, high) for one in begun))
    scattered = any(blank is not None for blank in own) and not hang_together(known)
    text = complete and _text_behind([one for one in own if one is not None], known, words, high)
    # Labels that were not read have what is left.
    _between(own, boxes, blanks, high)
    unread = _at_the_end(own, labels, wordings, blanks, words, high)
    # As many blanks are left between labels as labels were not read.
    counted = complete and len(known) < len(boxes) and all(blank is not None for blank in own)
    if not (wraps or scattered or text or counted):
        return None
    printed = [*known, *unread, *head]

    def space(blank: Blank | None, box: Box | None) -> Box | None:
        # Two labels before one blank: one of them was mistaken.
        if blank is None or own.count(blank) > 1:
            return None
        left, *edges = _space(blank, printed, words, blanks, rules, high)
        # Print that was not read stands right before the blank.
        return (left if box is not None else max(left, blank.left), edges[0], edges[1], edges[2])

    return [space(blank, box) for blank, box in zip(own, boxes, strict=True)]


def _blanks_around(
    labels: Sequence[Box],
    words: Sequence[PrintedWord],
    rules: Sequence[Rule],
    gray: Pixels,
    high: float,
    head: Sequence[Box],
    *,
    dotted: bool,
) -> list[Blank]:
    """The lines to write on beside labels and right below the last of them, cut where these are.

    Tops and feet of a ``head``'s letters beside the first of them are none. ``dotted``: on the
    labels' own lines those of dots that were not traced, too.
    """
    top, bottom = min(box[1] for box in labels), max(box[3] for box in labels)
    blanks = find_blanks(rules, gray, top, bottom + NEXT_LINE * high, high)
    if dotted:
        found = find_dotted_lines(gray, top, bottom + HANGS * high)
        beside = [one for one in found if any(on_line(one, box, high) for box in labels)]
        blanks = with_others(blanks, beside, high)
    blanks = with_hangs(blanks, words, high)
    return [piece for blank in blanks for piece in _cut(blank, (*labels, *head), high)]


def _own_blanks(
    boxes: Sequence[Box | None],
    known: Sequence[Box],
    words: Sequence[PrintedWord],
    blanks: Sequence[Blank],
    high: float,
) -> tuple[list[Blank | None], list[Blank]]:
    """Each label's blank, behind it or below its line, and those that begin the next line.

    Small print under a line of its own, as "(signature)" below what a sentence declares, has that.
    """
    own: list[Blank | None] = [box and _behind(box, known, blanks, high) for box in boxes]
    begun = []
    for i, box in enumerate(boxes):
        if box is not None and own[i] is None:
            own[i] = _on_next_line(box, known, words, blanks, high)
            begun += [blank] if (blank := own[i]) is not None else []
    for i, box in enumerate(boxes):
        over = None if own[i] is not None or box is None else blank_over(box, blanks, high)
        own[i] = own[i] or (over if over not in own else None)
    return own, begun


def _cut(blank: Blank, labels: Sequence[Box], high: float) -> list[Blank]:
    """A blank, or what lies before and behind the label that stands in its midst.

    Feet of letters close the gap between two blanks; they alone, below a label, are none.
    """
    for box in labels:
        common = min(box[2], blank.right) - max(box[0], blank.left)
        if common > (blank.right - blank.left) / 2 and box[1] <= blank.y <= box[3] + FEET * high:
            return []
        before, behind = box[0] - blank.left, blank.right - box[2]
        if on_line(blank, box, high) and min(before, behind) >= LEAST_BLANK_PX:
            first, rest = replace(blank, right=box[0]), replace(blank, left=box[2])
            return [*_cut(first, labels, high), *_cut(rest, labels, high)]
    return [blank]


def hang_together(labels: Sequence[Box]) -> bool:
    """Whether the first labels of their lines begin, or end, below each other."""
    first = [
        box
        for box in labels
        if not any(other[0] < box[0] and share_line(other, box) for other in labels)
    ]
    return any(
        max(box[side] for box in first) - min(box[side] for box in first) <= IN_COLUMN_PX
        for side in (0, 2)
    )


def _behind(
    label: Box, labels: Sequence[Box], blanks: Sequence[Blank], high: float
) -> Blank | None:
    """The blank right behind a label on its line; feet of its letters may look like one, too."""
    found = []
    for blank in blanks:
        # Its last word may have been read with what is written there.
        behind = blank.left >= label[0] + high / 2 and blank.right > label[2]
        if behind and on_line(blank, label, high) and blank.left - label[2] <= BEHIND * high:
            between = (box for box in labels if label[2] <= box[0] < blank.left)
            if not any(on_line(blank, box, high) for box in between):
                found.append(blank)
    return max(found, key=lambda one: one.right - one.left, default=None)


def _on_next_line(
    label: Box,
    labels: Sequence[Box],
    words: Sequence[PrintedWord],
    blanks: Sequence[Blank],
    high: float,
) -> Blank | None:
    """The blank that begins the line below a label with nothing behind it."""
    if any(on_line(one, label, high) and one.left >= label[2] - high / 2 for one in blanks):
        return None
    if any(box[0] >= label[2] and abs(box[3] - label[3]) <= FOOT * high for box in labels):
        return None
    below = [
        one for one in blanks if HANGS * high < one.y - one.hangs - label[3] <= NEXT_LINE * high
    ]
    if not below:
        return None
    # Feet of the line's print, traced as a line, stand higher than its blanks.
    near = [one for one in below if one.y - one.hangs - below[0].y <= HANGS * high]
    blank = min(near, key=lambda one: one.left)
    line = [one for one in blanks if abs(one.y - blank.y) <= FOOT * high]
    if blank.left > label[0] - FARTHER_LEFT * high:
        return None
    # Labels over their blanks have one each.
    if any(abs(one.left - label[0]) <= FARTHER_LEFT * high for one in line):
        return None
    before = (word for word in words if word.box[2] <= blank.left + high / 2)
    if any(on_line(blank, word.box, high) for word in before):
        return None
    ruled = any(on_line(one, box, high) for one in blanks for box in labels)
    ends_before = blank.right < label[2] - high
    return blank if _followed(blank, labels, high) or ends_before or ruled else None


def _followed(blank: Blank, labels: Sequence[Box], high: float) -> bool:
    """Whether the text goes on behind a blank, with the next label."""
    return any(on_line(blank, box, high) and box[0] >= blank.right - high / 2 for box in labels)


def _text_behind(
    blanks: Sequence[Blank], labels: Sequence[Box], words: Sequence[PrintedWord], high: float
) -> bool:
    """Whether text that is no label goes on right behind a blank."""
    for blank in blanks:
        for word in words:
            left, top, right, bottom = word.box
            near = blank.right - 2 <= left <= blank.right + GOES_ON * high
            known = any(
                box[0] <= (left + right) / 2 <= box[2] and box[1] <= (top + bottom) / 2 <= box[3]
                for box in labels
            )
            if near and not known and on_line(blank, word.box, high):
                return True
    return False


def _between(
    own: list[Blank | None],
    labels: Sequence[Box | None],
    blanks: Sequence[Blank],
    high: float,
) -> None:
    """Give labels that were not read the blanks between their neighbours', if as many are left."""
    places = {blank: k for k, blank in enumerate(blanks)}
    i = 0
    while i < len(own):
        stop = i
        while stop < len(own) and labels[stop] is None:
            stop += 1
        if stop == i or stop == len(own):
            i = stop + 1
            continue
        before = own[i - 1] if i else None
        after = labels[stop]
        assert after is not None
        first = places[before] + 1 if before is not None else 0
        # Labels that were read may stand in another order than in the definition.
        free = [b for b in blanks[first:] if _is_before(b, after, high) and b not in own]
        if i and before is None:
            free = []
        if len(free) == stop - i:
            own[i:stop] = free
        i = stop + 1


def _at_the_end(
    own: list[Blank | None],
    labels: Sequence[Hit | None],
    wordings: Sequence[str],
    blanks: Sequence[Blank],
    words: Sequence[PrintedWord],
    high: float,
) -> list[Box]:
    """Give the last labels, not read, the blanks left on the line of the last one that was.

    As many are left, and each has room for its label before it, and no more. Returns where these
    labels are printed.
    """
    first = next((k + 1 for k in range(len(labels) - 1, -1, -1) if labels[k] is not None), 0)
    before = own[first - 1] if first else None
    if before is None or first == len(own) or len(wordings) != len(own):
        return []
    read = [
        (" ".join(word.text for word in hit.words), hit.box[2] - hit.box[0])
        for hit in labels
        if hit is not None
    ]
    free = [
        one for one in blanks if abs(one.y - before.y) <= FOOT * high and one.left > before.right
    ]
    if len(free) != len(own) - first:
        return []
    places: list[Box] = []
    for last, blank, wording in zip([before, *free], free, wordings[first:], strict=False):
        room, wide = blank.left - last.right, unread_width(wording, read)
        if wide is None or not -WIDTH_OFF * wide <= room - wide <= WIDTH_OFF * wide + SPACES * high:
            return []
        left = last.right + max(0.0, room - wide) / 2
        places.append((left, blank.y - high, min(left + wide, blank.left), blank.y))
        # What is read there surely is another word, or a piece of the label.
        if any(
            last.right < word.middle[0] < blank.left
            and word.confidence >= SURE_WORD
            and plain(word.text)
            and plain(word.text) not in plain(wording)
            and on_line(blank, word.box, high)
            for word in words
        ):
            return []
    own[first:] = free
    return places


def _is_before(blank: Blank, label: Box, high: float) -> bool:
    """Whether a blank is read before a label."""
    if on_line(blank, label, high):
        return blank.right <= label[0] + high / 2
    return blank.y - blank.hangs < label[3]


def _space(
    blank: Blank,
    labels: Sequence[Box],
    words: Sequence[PrintedWord],
    blanks: Sequence[Blank],
    rules: Sequence[Rule],
    high: float,
) -> Box:
    """Where is written on a blank: up to the line above, and between the print beside it."""
    over = [
        rule_at(rule, min(max((blank.left + blank.right) / 2, start), stop))
        for rule in rules
        if rule.horizontal
        for start, stop in (rule_span(rule),)
        if min(stop, blank.right) - max(start, blank.left) > high
    ]
    over += [box[3] for box in labels if box[0] < blank.right and box[2] > blank.left]
    line = [box for box in (*labels, *(w.box for w in words)) if on_line(blank, box, high)]
    over += [box[3] for box in _text_above(blank, words, line, high)]
    top = max([y for y in over if y < blank.y - high], default=0.0)
    left = max(
        [box[2] + 1 for box in labels if box[2] <= blank.left + high / 2 and box in line],
        default=blank.left - high / 2 if line else 0.0,
    )
    starts = [box[0] for box in line] + [one.left for one in blanks if abs(one.y - blank.y) < high]
    # What is printed right behind a blank begins with a comma, more often than not.
    goes_on = any(blank.right - 2 <= x <= blank.right + GOES_ON * high for x in starts)
    right = blank.right + (2 if goes_on else OVER * high)
    return (
        max(left, blank.left - high / 2),
        max(top, blank.y - RISE * high),
        right,
        blank.y,
    )


def _text_above(
    blank: Blank, words: Sequence[PrintedWord], line: Sequence[Box], high: float
) -> list[Box]:
    """Words over a blank in lines of print; what is read of writing there is no such line.

    ``line``: what is printed and read on the blank's line. A heading, of fewer words, stands over
    some of that, too.
    """
    sure = [word for word in words if word.confidence >= SURE_WORD]
    over = [
        word
        for word in sure
        if word.box[3] <= blank.y - OVER_BLANK * high
        and word.box[0] < blank.right
        and word.box[2] > blank.left
    ]
    beside = [box for box in line if not blank.left <= (box[0] + box[2]) / 2 <= blank.right]

    def is_heading(word: PrintedWord) -> bool:
        run = _run_of(word, sure)
        left, _, right, _ = bounding_box(run)
        return len(run) > 1 and any(min(right, b[2]) - max(left, b[0]) > 0 for b in beside)

    return [
        word.box
        for word in over
        if 1 + sum(share_line(one.box, word.box) for one in sure) >= LINE_WORDS or is_heading(word)
    ]


def _run_of(word: PrintedWord, words: Sequence[PrintedWord]) -> list[PrintedWord]:
    """A word with those of its line that spaces between words part from it."""
    line = [one for one in words if one is word or share_line(one.box, word.box)]
    run, rest = [word], sorted((one for one in line if one is not word), key=lambda w: w.box[0])
    for one in (*rest, *reversed(rest)):
        left, top, right, bottom = bounding_box(run)
        gap = max(one.box[0] - right, left - one.box[2])
        if one not in run and gap <= WORD_SPACE * (bottom - top):
            run.append(one)
    return run
