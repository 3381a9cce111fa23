"""Where each label of the collector's box is printed, those that were not read included.

A label that was read may hold the beginning of its answer; one that was not stands in line with
the others and is as wide as its wording.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from digitizer.collector.boxlabels import said
from digitizer.collector.sentences import hang_together
from digitizer.collector.underink import is_printed
from digitizer.layout.print.labelends import (
    own_colon,
    span_before_colon,
    unread_end,
    unread_width,
    with_colon,
)
from digitizer.layout.print.wording import Box, Hit, stand_beside
from digitizer.records import Pixels, PrintedWord

# A label that was read this much wider (in label heights) than its wording is printed
# was read together with the answer.
OVERREAD_HEIGHTS = 3.0


def without_answers(
    labels: Sequence[Hit | None], wordings: Sequence[str], gray: Pixels
) -> list[Hit | None]:
    """Labels without the letters of answers on both sides that were read as one word with them.

    ``wordings``: what each says; only those with a colon, which tells where they end, are cut.
    """
    found: list[Hit | None] = []
    for number, (hit, wording) in enumerate(zip(labels, wordings, strict=True)):
        others = [one for k, one in enumerate(labels) if k != number]
        width = unread_width(wording, _widths(others))
        if hit is None or width is None or not wording.rstrip().endswith(":"):
            found.append(hit)
            continue
        left, right = span_before_colon(gray, hit.box, wording, width)
        own = [word for word in hit.words if word.box[2] > left and word.box[0] < right]
        words = tuple(replace(word, box=_within(word.box, left, right)) for word in own)
        box = _within(hit.box, left, right)
        found.append(Hit(hit.score, box, words) if words else hit)
    return found


def _within(box: Box, left: float, right: float) -> Box:
    return max(box[0], left), box[1], min(box[2], right), box[3]


def label_places(
    labels: Sequence[Hit | None],
    wordings: Sequence[str],
    title: Hit | None,
    frame: Box,
    words: Sequence[PrintedWord],
    gray: Pixels,
) -> dict[int, Box]:
    """Where each label stands whole, by its number; one that was not read where it may be.

    ``labels``: a hit for each label, None where it was not read; ``wordings``: what each says;
    ``title``: the box's; ``frame``: the box; ``words``: the print of the page ``gray``.
    """
    known = [hit for hit in labels if hit is not None]
    if share_a_line(known):
        places = {
            i: read_label(gray, labels, i, wordings[i])
            for i, hit in enumerate(labels)
            if hit is not None
        }
    else:
        places = dict(enumerate(complete_labels(labels, wordings, title, frame, gray)))
    alone = title is None and len(known) == 1
    if alone or not hang_together([hit.box for hit in known]):
        # Nobody can tell where one that was not read stands.
        places = {i: box for i, box in places.items() if labels[i] is not None}
    seen = [is_printed(box, gray) for i, box in places.items() if labels[i] is not None]
    if all(seen):
        # One that was not read stands elsewhere where nothing is printed as the others are.
        places = {
            i: box
            for i, box in places.items()
            if labels[i] is not None or is_printed(box, gray, words)
        }
    return places


def share_a_line(labels: Sequence[Hit]) -> bool:
    """Whether several labels stand on one line."""
    return any(stand_beside(a.box, b.box) for a in labels for b in labels)


def complete_labels(
    labels: Sequence[Hit | None],
    wordings: Sequence[str],
    title: Hit | None,
    frame: Box,
    gray: Pixels,
) -> list[Box]:
    """Boxes of all labels; one that was not read stands in line with the others."""
    known = [(i, hit.box) for i, hit in enumerate(labels) if hit is not None]
    left = float(np.median([box[0] for _, box in known]))
    height = float(np.median([box[3] - box[1] for _, box in known]))
    if len(known) >= 2:
        pitch = float(np.polyfit([i for i, _ in known], [b[1] for _, b in known], 1)[0])
    else:
        top = title.box[3] if title else frame[1]
        pitch = (frame[3] - top) / max(len(labels), 1)
    boxes = []
    for i, (hit, wording) in enumerate(zip(labels, wordings, strict=True)):
        if hit is not None:
            boxes.append(read_label(gray, labels, i, wording))
            continue
        j, near = min(known, key=lambda pair: abs(pair[0] - i))
        y = min(max(near[1] + (i - j) * pitch, frame[1]), frame[3] - height)
        width = unread_width(wording, _widths(labels))
        right = max(box[2] for _, box in known) if width is None else left + width
        guess = (left, y, min(right, frame[2]), y + height)
        boxes.append((left, y, unread_end(gray, guess), y + height))
    return boxes


def read_label(gray: Pixels, labels: Sequence[Hit | None], number: int, wording: str) -> Box:
    """A label that was read up to where it is printed; its last word may hold writing, too."""
    hit = labels[number]
    assert hit is not None  # the caller asks for those that were read
    left, top, right, bottom = hit.box
    others = [None if k == number else one for k, one in enumerate(labels)]
    width = unread_width(said(hit), _widths(others))
    if ":" in (said(hit)[-1:], wording.rstrip()[-1:]):
        # Letters that stand near its colon were taken for its own, or for the colon itself.
        colon = own_colon(gray, hit.box, width)
        if colon is not None:
            return left, top, colon, bottom
    if width is not None and right - left > width + OVERREAD_HEIGHTS * (bottom - top):
        return left, top, unread_end(gray, (left, top, left + width, bottom)), bottom
    return left, top, with_colon(gray, hit.box), bottom


def _widths(labels: Sequence[Hit | None]) -> list[tuple[str, float]]:
    """What labels say and how wide they are printed; not of one that is broken over two lines."""
    return [
        (said(hit), hit.box[2] - hit.box[0])
        for hit in labels
        if hit is not None and all(word.box[1] >= hit.box[1] for word in hit.words)
    ]
