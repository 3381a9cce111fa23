"""Find the collector box by its printed labels, and where its answers are written.

The box's edges are the rulings around its labels where it has any. Labels stand
one below the other, or several on a line, where an answer ends before the next
label. One that could not be read stands in line with those above and below and is
as wide as its wording; on a line that others share its place cannot be told, and
its field is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from digitizer.collector.answerspaces import own_space
from digitizer.collector.boxcells import answer_cell, cell_of_unread
from digitizer.collector.boxframe import box_frame
from digitizer.collector.boxlabels import (
    SURE_LABEL,
    amid_text,
    box_labels,
    read_elsewhere,
    title_and_labels,
)
from digitizer.collector.labelplaces import (
    complete_labels,
    label_places,
    share_a_line,
    without_answers,
)
from digitizer.collector.risingink import with_rising_ink
from digitizer.collector.sentences import sentence_spaces
from digitizer.collector.underink import around_label, written_under
from digitizer.collector.underlabels import spaces_over_labels
from digitizer.forms.forms import BoxField, CollectorBox
from digitizer.geometry import apply_homography, as_polygon, bbox_from_polygon
from digitizer.layout.print.sheetcount import (
    SheetCount,
    count_spaces,
    find_count,
    find_drawn_count,
    is_joiner,
)
from digitizer.layout.print.wording import Box, Hit, find_wording
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import (
    PAGE_PX_PER_MM,
    BoxPlace,
    CellPlace,
    FieldKind,
    Homography,
    Pixels,
    Polygon,
    PrintedWord,
    Rule,
    SpaceEdit,
)

# What the blanks of a count ask for.
COUNT_KINDS = frozenset({FieldKind.TEXT, FieldKind.ROW_NUMBER})
# A label is read once more with so much around it, in label heights: beside it, above and below.
AGAIN_BESIDE, AGAIN_ABOVE = 1.0, 0.8
# What is written below a label begins at most so far to the left of it, 2 mm.
LEFT_OF_LABEL_PX = 2 * PAGE_PX_PER_MM


def find_collector_box(
    definition: CollectorBox,
    words: Sequence[PrintedWord],
    rules: Sequence[Rule],
    gray: Pixels,
) -> BoxPlace | None:
    """The collector box of a page, or None where its labels cannot be found.

    ``words``: the page's print outside the signer rows; ``gray``: the page. Blanks for the
    sheet's number may stand anywhere, in a corner of the page too: they are part of it.
    """
    rest, pairs = _apart(definition)
    counts = {pair: _count_of(pair, words, gray) for pair in pairs}
    counted: list[CellPlace] = []
    beside: list[Box] = []
    for pair, count in counts.items():
        if count is None:
            continue
        words = [word for word in words if word not in count.words]
        beside += count.labels
        spaces = count_spaces(count, words, rules, gray.shape[1])
        counted += [
            CellPlace(item.field.name, (item.field,), _box_polygon(box), ())
            for item, box in zip(pair, spaces, strict=True)
        ]
    box = _labelled_box(_in_one_place(rest, words, rules), words, rules, gray, beside)
    if box is not None:
        others = _elsewhere(rest, box, words, rules, gray)
        return replace(box, fields=_in_order(definition, (*box.fields, *others, *counted)))
    if not counted:
        return None
    edges = np.concatenate([place.polygon for place in counted])
    (left, top), (right, bottom) = edges.min(axis=0), edges.max(axis=0)
    return BoxPlace(_box_polygon((left, top, right, bottom)), tuple(counted))


def _elsewhere(
    definition: CollectorBox,
    box: BoxPlace,
    words: Sequence[PrintedWord],
    rules: Sequence[Rule],
    gray: Pixels,
) -> tuple[CellPlace, ...]:
    """Fields that the box lacks and that stand far from it: over the rows, and it below them."""
    placed = {place.column for place in box.fields}
    lacking = tuple(one for one in definition.fields if one.field.name not in placed)
    heights = [y for place in (box.polygon, *(one.polygon for one in box.fields)) for _, y in place]
    sure, far = read_elsewhere(lacking, words, rules, (min(heights), max(heights)))
    other = _labelled_box(CollectorBox((), sure), far, rules, gray, ()) if sure else None
    return other.fields if other is not None else ()


def _in_one_place(
    definition: CollectorBox, words: Sequence[PrintedWord], rules: Sequence[Rule]
) -> CollectorBox:
    """The definition without fields whose labels were read far from the others, beside a line.

    Where the others are, their places would be guessed.
    """
    title, labels = title_and_labels(definition, words, rules)
    boxes = [hit.box for hit in (title, *labels) if hit is not None]
    if not boxes:
        return definition
    unread = [item for item, hit in zip(definition.fields, labels, strict=True) if hit is None]
    around = min(box[1] for box in boxes), max(box[3] for box in boxes)
    far, _ = read_elsewhere(unread, words, rules, around, beside_line=True)
    return replace(definition, fields=tuple(one for one in definition.fields if one not in far))


def _apart(
    definition: CollectorBox,
) -> tuple[CollectorBox, tuple[tuple[BoxField, BoxField], ...]]:
    """The definition without the blanks for counts, and those, two and two."""
    pairs = tuple(
        (one, other)
        for one, other in pairwise(definition.fields)
        if all(map(is_joiner, other.label)) and not all(map(is_joiner, one.label))
        # "I, ____, of ____" is no count.
        if {one.field.kind, other.field.kind} <= COUNT_KINDS
    )
    apart = {item.field.name for pair in pairs for item in pair}
    fields = tuple(item for item in definition.fields if item.field.name not in apart)
    return replace(definition, fields=fields), pairs


def _in_order(definition: CollectorBox, places: Sequence[CellPlace]) -> tuple[CellPlace, ...]:
    """Places in the order in which the definition has their fields."""
    names = [item.field.name for item in definition.fields]
    return tuple(sorted(places, key=lambda place: names.index(place.column)))


def _labelled_box(
    definition: CollectorBox,
    words: Sequence[PrintedWord],
    rules: Sequence[Rule],
    gray: Pixels,
    beside: Sequence[Box],
) -> BoxPlace | None:
    """The box by its labels; ``beside``: labels of other answers, which these do not reach.

    None where its labels do not tell it. Answers stand on lines of their own or within a
    sentence, else in the frame around the labels.
    """
    if not definition.fields:
        return None
    title, labels = title_and_labels(definition, words, rules)
    wordings = [item.label[0] for item in definition.fields]
    labels = without_answers(labels, wordings, gray)
    if not _tell_a_box(labels, title, words):
        return None
    head = [title.box] if title is not None else []
    on_lines = spaces_over_labels(labels, head, rules, gray)
    if on_lines is None:
        on_lines = sentence_spaces(labels, words, rules, gray, head, wordings)
    if on_lines is not None:
        return _box_on_lines(definition, labels, on_lines)
    return _box_in_frame(definition, labels, title, words, rules, gray, beside)


def _tell_a_box(
    labels: Sequence[Hit | None], title: Hit | None, words: Sequence[PrintedWord]
) -> bool:
    """Whether the labels that were read are a box's: several, one under a title, or a sure one."""
    known = [hit for hit in labels if hit is not None]
    if title is not None or len(known) != 1:
        return bool(known)
    # "Without a date signatures will be struck off" has no label.
    return known[0].score >= SURE_LABEL and (len(labels) == 1 or not amid_text(known[0], words))


def _box_in_frame(
    definition: CollectorBox,
    labels: Sequence[Hit | None],
    title: Hit | None,
    words: Sequence[PrintedWord],
    rules: Sequence[Rule],
    gray: Pixels,
    beside: Sequence[Box],
) -> BoxPlace:
    """The box whose answers stand beside their labels or below them, within its frame.

    First where each label stands (``places``), read or not; then the space of each answer; last
    how high the frame is, and which answers go around their labels.
    """
    wordings = [item.label[0] for item in definition.fields]
    head = [title.box] if title is not None else []
    shared = share_a_line([hit for hit in labels if hit is not None])
    frame = box_frame(labels, title, rules, gray.shape, shared=shared)
    places = label_places(labels, wordings, title, frame, words, gray)
    read = {i: box for i, box in places.items() if labels[i] is not None}
    every = [*places.values(), *beside]
    spaces = {}
    for i, label in places.items():
        own = own_space(label, every, head, frame, rules, gray)
        spaces[i] = answer_cell(label, own, frame, rules, gray)
    if shared:
        spaces |= _cells_of_unread(len(labels), places, read, spaces, frame, rules, gray)
    # No answer is written where another label is printed: its own place is not seen.
    spaces = {i: box for i, box in spaces.items() if not _holds_other(box, i, read)}
    spaces = with_rising_ink(spaces, words, rules, gray)
    frame = (frame[0], min([frame[1], *(box[1] for box in spaces.values())]), *frame[2:])
    around = {
        i: around_label(label, spaces[i], _left_end(label, spaces, frame, rules))
        for i, label in read.items()
        if i in spaces and written_under(label, spaces[i], gray, words)
    }
    return _placed(definition, spaces, frame, _print_of(labels, title, places), around)


def _print_of(
    labels: Sequence[Hit | None], title: Hit | None, places: Mapping[int, Box]
) -> list[Box]:
    """What is printed of a title and of labels at ``places``, word by word.

    A word read together with writing is print up to its label's end only.
    """
    printed = [word.box for word in title.words] if title is not None else []
    for i, hit in enumerate(labels):
        for word in hit.words if hit is not None else ():
            left, top, right, bottom = word.box
            if left < places[i][2]:
                printed.append((left, top, min(right, places[i][2]), bottom))
    return printed


def _box_on_lines(
    definition: CollectorBox,
    labels: Sequence[Hit | None],
    on_lines: Sequence[Box | None],
) -> BoxPlace:
    """The box whose answers stand on lines of their own, or within a sentence."""
    spaces = {i: box for i, box in enumerate(on_lines) if box is not None}
    known = [hit for hit in labels if hit is not None]
    printed = [
        word.box
        for i, hit in enumerate(labels)
        if hit is not None
        for word in hit.words
        if i not in spaces or not _is_answer(word, spaces[i])
    ]
    edges = [*spaces.values(), *(hit.box for hit in known)]
    return _placed(definition, spaces, _hull(edges), printed)


def _cells_of_unread(
    count: int,
    places: Mapping[int, Box],
    read: Mapping[int, Box],
    spaces: Mapping[int, Box],
    frame: Box,
    rules: Sequence[Rule],
    gray: Pixels,
) -> dict[int, Box]:
    """Spaces of labels, of ``count``, that nobody read between two on one line that were."""
    found: dict[int, Box] = {}
    for i in range(1, count):
        last = i + 1 == count
        if i not in places and i - 1 in read and (last or i + 1 in read):
            before = read[i - 1], spaces[i - 1]
            cell = cell_of_unread(before, None if last else read[i + 1], frame, rules, gray)
            if cell is not None:
                found[i] = cell
    return found


def _left_end(label: Box, spaces: Mapping[int, Box], frame: Box, rules: Sequence[Rule]) -> float:
    """Where a place below a label begins: at a border, at the answer before it, or a little off."""
    borders = [
        rule_at(rule, label[3])
        for rule in rules
        if not rule.horizontal and rule_span(rule)[0] <= label[3] <= rule_span(rule)[1]
    ]
    before = [box[2] for box in spaces.values() if box[1] < label[3] < box[3]]
    near = label[0] - LEFT_OF_LABEL_PX
    return max([near, frame[0], *(x + 1 for x in (*borders, *before) if x < label[0])])


def _placed(
    definition: CollectorBox,
    spaces: Mapping[int, Box],
    frame: Box,
    printed: Sequence[Box],
    around: Mapping[int, Polygon] | None = None,
) -> BoxPlace:
    """The box with its answers' places; ``printed``: print that may lie in them.

    ``around``: places of answers that go around their labels.
    """
    return BoxPlace(
        polygon=_box_polygon(frame),
        fields=tuple(
            CellPlace(
                column=definition.fields[i].field.name,
                fields=(definition.fields[i].field,),
                polygon=(around or {}).get(i, _box_polygon(box)),
                captions=_captions(printed, box),
            )
            for i, box in spaces.items()
        ),
    )


def lacks_count(definition: CollectorBox, words: Sequence[PrintedWord], gray: Pixels) -> bool:
    """Whether the form has two blanks for a count that neither words nor lines tell."""
    _, pairs = _apart(definition)
    return any(_count_of(pair, words, gray) is None for pair in pairs)


def _count_of(
    pair: tuple[BoxField, BoxField], words: Sequence[PrintedWord], gray: Pixels
) -> SheetCount | None:
    """The count whose two blanks a definition has, where it is found on a page."""
    said = pair[0].label, pair[1].label
    return find_count(words, *said) or find_drawn_count(words, *said, gray)


def unsure_labels(
    definition: CollectorBox,
    words: Sequence[PrintedWord],
    rules: Sequence[Rule],
    gray: Pixels,
) -> tuple[Box, ...] | None:
    """Where the labels stand that are not among ``words``, or not well read, with some margin.

    Empty where all are well read; None where none is, so that nobody knows where to look.
    The box's title is not asked for: it often takes two lines, and its labels tell the box.
    """
    if lacks_count(definition, words, gray):
        return None
    definition, _ = _apart(definition)
    hits = [find_wording(words, item.label) for item in definition.fields]
    sure = [hit is not None and hit.score >= SURE_LABEL for hit in hits]
    if all(sure):
        return ()
    title, labels = title_and_labels(definition, words)
    known = [hit for hit in labels if hit is not None]
    if not known or not any(sure) or share_a_line(known):
        return None
    frame = box_frame(labels, title, rules, gray.shape, shared=False)
    wordings = [item.label[0] for item in definition.fields]
    places = complete_labels(labels, wordings, title, frame, gray)
    height = float(np.median([hit.box[3] - hit.box[1] for hit in known]))
    return tuple(
        (
            max(0.0, left - AGAIN_BESIDE * height),
            max(0.0, top - AGAIN_ABOVE * height),
            min(float(gray.shape[1]), right + AGAIN_BESIDE * height),
            min(float(gray.shape[0]), bottom + AGAIN_ABOVE * height),
        )
        for (left, top, right, bottom), seen in zip(places, sure, strict=True)
        if not seen
    )


def drawn_collector_box(
    definition: CollectorBox,
    drawn: Sequence[SpaceEdit],
    page_from_scan: Homography,
    words: Sequence[PrintedWord],
) -> BoxPlace | None:
    """The collector box as a person drew its answers; None where they belong to another form.

    ``words``: the page's print outside the signer rows; labels inside an answer's
    space are told, so that they are not read as ink.
    """
    spaces = {one.field: apply_homography(page_from_scan, one.polygon) for one in drawn}
    known = [item.field for item in definition.fields if item.field.name in spaces]
    if not known:
        return None
    labels = [hit for hit in box_labels(definition, words, None) if hit is not None]
    fields = []
    for spec in known:
        box = bbox_from_polygon(as_polygon(spaces[spec.name], 1))
        fields.append(
            CellPlace(
                column=spec.name,
                fields=(spec,),
                polygon=_box_polygon(box),
                captions=_captions([w.box for hit in labels for w in hit.words], box),
            )
        )
    edges = np.concatenate([spaces[spec.name] for spec in known])
    (left, top), (right, bottom) = edges.min(axis=0), edges.max(axis=0)
    return BoxPlace(_box_polygon((left, top, right, bottom)), tuple(fields))


def _holds_other(box: Box, own: int, labels: Mapping[int, Box]) -> bool:
    """Whether the middle of another label than the ``own``-th lies in a box."""
    left, top, right, bottom = box
    return any(
        left < (x0 + x1) / 2 < right and top < (y0 + y1) / 2 < bottom
        for i, (x0, y0, x1, y1) in labels.items()
        if i != own
    )


def _is_answer(word: PrintedWord, space: Box) -> bool:
    """Whether a word that was read with a label is the first of its answer: it stands in there."""
    return word.box[0] >= space[0] and space[1] < word.middle[1] < space[3]


def _captions(printed: Sequence[Box], box: Box) -> tuple[Box, ...]:
    return tuple(word for word in printed if _touches(word, box))


def _box_polygon(box: Box) -> Polygon:
    left, top, right, bottom = box
    return as_polygon([(left, top), (right, top), (right, bottom), (left, bottom)])


def _hull(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _touches(first: Box, second: Box) -> bool:
    return min(first[2], second[2]) > max(first[0], second[0]) and min(first[3], second[3]) > max(
        first[1], second[1]
    )
