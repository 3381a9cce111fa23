"""Draft the collector's box of a page: its labels, what is written behind them, its title.

Labels end in a colon or stand in a ruled cell beside an empty one, are in line with others,
and have room to write behind or below them. A line that says what one of them says already,
with no colon, is the box's title.
"""

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from digitizer.drafting.blankkinds import guess_blank
from digitizer.drafting.draftblanks import TextBlank, as_said
from digitizer.drafting.fieldkinds import (
    asks_name_alone,
    division,
    guess_box_field,
    guess_kinds,
    is_long_label,
)
from digitizer.drafting.rowprint import without_box_sides
from digitizer.forms.definitionvalues import CONFIDENCE
from digitizer.layout.print.sheetcount import draft_count
from digitizer.layout.print.wording import Box, bounding_box, line_pieces, plain, share_line
from digitizer.records import FieldKind, PrintedWord

# Labels of one box stand within this of each other, px (60 mm), and its title
# this near above the first, px (14 mm).
BOX_REACH_PX = 472
TITLE_REACH_PX = 110
# Words of a label and of the box's title at most; how far labels in line may differ, px.
MAX_LABEL_WORDS, MAX_TITLE_WORDS = 5, 10
# ... and of one that begins with what it asks for: "Name of the person who collects signatures".
MAX_LONG_LABEL_WORDS = 8
IN_LINE_PX = 16
# A label of so few letters is none where print follows it.
SHORT_LABEL = 2
# Letters of a name that is made of a wording.
SLUG_LETTERS = 50
# So many labels that nobody knows make a box.
MIN_LABELS = 2
# A label that is there so many times is asked of signers, and so are others there once less.
OF_SIGNERS = 4
# What the two blanks of "Sheet ____ of ____" are called.
COUNT_NAMES = ("sheet_number", "sheet_total")
# What a field is called whose label has no letter that a name may have.
UNNAMED = "field"
# Sides of one cell, found twice, differ by no more than this, px.
SAME_CELL_PX = 4
# A sign that stands apart from its word, as colons do in French, is no farther off than this, in
# heights of the word.
SIGN_APART = 1.0
# Nobody can write between print and what stands less than this many of its heights below it.
NO_ROOM = 0.9

# What a further label of the box may ask for.
_KINDS = frozenset({FieldKind.PHONE, FieldKind.EMAIL, FieldKind.POSTAL_CODE, FieldKind.PROVINCE})

_Line = tuple[PrintedWord, ...]
# A label and the whole of its line's piece.
_Label = tuple[_Line, _Line]
# The ruled cell with nothing in it behind the cell of a label, if there is one.
CellBehind = Callable[[Sequence[PrintedWord]], Box | None]


def _no_cell(label: Sequence[PrintedWord]) -> None:
    del label


def draft_box(
    words: Sequence[PrintedWord],
    names: Iterable[str] = (),
    cell_behind: CellBehind = _no_cell,
    title: Sequence[PrintedWord] = (),
    blanks: Sequence[TextBlank] = (),
) -> tuple[str, tuple[tuple[str, FieldKind, str], ...], list[PrintedWord]]:
    """Title and labelled fields (name, kind, label) of the collector's box, and its words.

    ``names``: what the form's other fields are called, for each name stands once.
    ``cell_behind``: the ruled cell for a label's answer, if it has one behind its own;
    ``title``: the page's title, which is no box's that stands right below it; ``blanks``: lines to
    write on that words stand before.
    """
    # What the sides of cells are read as would stand on a label's line.
    words = with_colons([word for word in words if without_box_sides(word.text)])
    count = draft_count(words)
    counted = count.words if count is not None else ()
    lines = line_pieces([word for word in words if word not in counted])
    found = _labels(lines, cell_behind, counted)
    # "of / de" between the two blanks of a count is the count's own.
    blanks = [one for one in blanks if not any(word in counted for word in one.label)]
    found, asked = _with_blanks(found, blanks)
    found = _asked_once(found)
    labels: list[tuple[str, FieldKind, str]] = []
    taken = set(names)
    for name, said in zip(COUNT_NAMES, count.texts if count is not None else (), strict=False):
        labels.append((fresh_name(name, taken), FieldKind.TEXT, said))
    for label, _ in found:
        text = without_box_sides(_text(label))
        blank = asked.get(label)
        text = text if blank is None else as_said(text)
        name, kind = (
            guess_blank(text, _text(blank.asks)) if blank is not None else guess_box_field(text)
        ) or _other(text)
        if name == COUNT_NAMES[0] and count is not None:
            continue  # the count's own label in another language
        labels.append((fresh_name(name or UNNAMED, taken), kind, text))
    used = [*counted, *(word for _, line in found for word in line)]
    other = [line for line in lines if not any(word in title for word in line)]
    above = _above(other, [bounding_box(label) for label, _ in found])
    if not above:
        return "", tuple(labels), used
    # A title of several lines is found by its longest.
    longest = max(above, key=lambda line: sum(len(word.text) for word in line))
    return _text(longest), tuple(labels), used + [word for line in above for word in line]


def with_colons(words: Sequence[PrintedWord]) -> list[PrintedWord]:
    """Words, each with the colon that stands apart behind it, as it does in French.

    Of a colon often one dot alone is read, which seems to stand on no line.
    """
    lone = [word for word in words if word.text in (":", ";", ".:")]
    joined = {}
    for sign in lone:
        x, y = sign.middle
        before = [
            word
            for word in words
            if word not in lone
            and any(map(str.isalnum, word.text))
            and word.box[1] <= y <= word.box[3]
            and -1 <= x - word.box[2] <= SIGN_APART * (word.box[3] - word.box[1])
        ]
        if before:
            word = max(before, key=lambda one: one.box[2])
            joined[id(word)] = replace(
                word, text=f"{word.text} {sign.text}", box=(*word.box[:2], sign.box[2], word.box[3])
            )
    return [joined.get(id(word), word) for word in words if word not in lone]


def _with_blanks(
    found: list[_Label], blanks: Sequence[TextBlank]
) -> tuple[list[_Label], dict[_Line, TextBlank]]:
    """Labels with those of blanks in running text, and the blank of each of these.

    A label amid the words before a blank, or of those below one, is none of its own.
    """
    asked: dict[_Line, TextBlank] = {}
    said: list[PrintedWord] = []
    for one in blanks:
        own = any(word in label for label, _ in found for word in one.label[-1:])
        if one.label and not own:
            asked[one.label] = one
            said += one.label
        said += one.asks if one.label else ()
        # Where "I," was not read, what stands below its line says what to write.
        if not one.label and guess_box_field(_text(one.asks)) and not _has(found, one.asks):
            asked[one.asks] = one
    kept = [
        one
        for one in found
        if not any(w in said for w in one[0]) and not _lacks_line(one[0], blanks)
    ]
    both = [*kept, *((label, (*label, *one.asks)) for label, one in asked.items())]
    return sorted(both, key=functools.cmp_to_key(_reading_order)), asked


def _asked_once(labels: list[_Label]) -> list[_Label]:
    """Labels but those that are printed again and again: cards ask each signer for them."""
    times = Counter(plain(_text(label)) for label, _ in labels)
    if max(times.values(), default=0) < OF_SIGNERS:
        return labels
    return [one for one in labels if times[plain(_text(one[0]))] < OF_SIGNERS - 1]


def _lacks_line(label: _Line, blanks: Sequence[TextBlank]) -> bool:
    """Whether a label is a word of a text, on a line whose lines to write on are others'."""
    box = bounding_box(label)
    beside = [one for one in blanks if one.label and share_line(bounding_box(one.label), box)]
    if not beside or label[-1].text.endswith(":"):
        return False
    return not any(word in (*one.label, *one.asks) for one in blanks for word in label)


def _has(found: Sequence[_Label], words: Sequence[PrintedWord]) -> bool:
    return any(word in label for label, _ in found for word in words)


def _other(label: str) -> tuple[str, FieldKind]:
    """Name and kind of what a label asks for that is none of the usual ones."""
    named = division(label)
    return (named, FieldKind.TEXT) if named else (slug(label), _kind(label))


def _kind(label: str) -> FieldKind:
    """What is written behind a label that is none of the usual ones."""
    told = [kind for kind in guess_kinds(label) if kind in _KINDS]
    return told[0] if told else FieldKind.TEXT


def _above(lines: Sequence[_Line], boxes: Sequence[Box]) -> list[_Line]:
    """Lines that may be the title over a box with labels at ``boxes``."""
    if not boxes:
        return []
    top, left = min(box[1] for box in boxes), min(box[0] for box in boxes)
    right = max(box[2] for box in boxes)
    found = []
    for line in lines:
        box = bounding_box(line)
        beside = left - BOX_REACH_PX / 2 <= box[0] <= right
        near = 0 <= top - box[3] <= TITLE_REACH_PX
        short = len(line) <= MAX_TITLE_WORDS and len(plain(_text(line))) > 3
        # A word amid a sentence begins no title.
        short &= not line[0].text[:1].islower()
        if beside and near and short and not _ends_paragraph(line, lines):
            found.append(line)
    return found


def _ends_paragraph(line: _Line, lines: Sequence[_Line]) -> bool:
    """Whether a longer line than any title stands right above."""
    box = bounding_box(line)
    for other in lines:
        above = bounding_box(other)
        common = min(box[2], above[2]) - max(box[0], above[0])
        tight = 0 <= box[1] - above[3] < NO_ROOM * (box[3] - box[1])
        if tight and common > 0 and len(other) > MAX_TITLE_WORDS:
            return True
    return False


def _labels(
    lines: Sequence[_Line], cell_behind: CellBehind, counted: Sequence[PrintedWord] = ()
) -> list[_Label]:
    """Labels of the box as they are read, each with its whole line.

    They end in a colon, or have a cell to write in, or stand in line with one that does:
    print engines lose colons. ``counted``: the labels of "Sheet ____ of ____", beside which one
    label alone is one.
    """
    marked = _marked(lines, cell_behind)
    found = _known_together(marked) or _unknown_together(marked, lines, counted)
    found += [
        one
        for one in marked.roomy
        if one not in found and any(_is_near(one[0], label) for label, _ in found)
    ]
    # A colon and a cell to write in leave no doubt: there may be a second box, far from the first.
    found += [one for one in marked.colon_and_cell if one not in found]
    found = _with_bare(_without_heading(found), lines)
    return sorted(found, key=functools.cmp_to_key(_reading_order))


@dataclass(frozen=True, slots=True)
class _Marked:
    """What may be labels, by what marks them.

    ``ended``: a colon, or a cell to write in; ``celled``: a cell alone; ``colon_and_cell``: both;
    ``roomy``: those of ``ended`` with room to write.
    """

    ended: list[_Label]
    celled: list[_Label]
    colon_and_cell: list[_Label]
    roomy: list[_Label]


def _marked(lines: Sequence[_Line], cell_behind: CellBehind) -> _Marked:
    """The pieces of lines that a colon or a cell to write in marks as labels."""
    with_colon: list[_Label] = []
    celled: list[_Label] = []
    both: list[_Label] = []
    cells: list[tuple[_Line, Box]] = []
    for line in lines:
        stops = [i for i, word in enumerate(line) if word.text.endswith(":")]
        label = line[: stops[0] + 1] if stops else line
        if not _is_short(_text(label)) or not any(map(str.isalpha, _text(label))):
            continue
        cell = cell_behind(line)
        if cell is not None:
            above = [other for other, one in cells if _is_same(cell, one)]
            if any(_is_right_below(line, other) for other in above):
                continue  # the same label once more, in another language
            cells.append((line, cell))
        if stops:
            with_colon.append((label, line))
            both += [(label, line)] if cell is not None else []
        elif cell is not None:
            celled.append((line, line))
    ended = [*with_colon, *celled]
    # "To:" and "Le :" begin letters, too, and "as follows:" ends what they say.
    roomy = [
        one
        for one in ended
        if one in celled or (_has_room(*one, lines) and not _ends_paragraph(one[1], lines))
    ]
    return _Marked(ended, celled, both, roomy)


def _known_together(marked: _Marked) -> list[_Label]:
    """The marked labels of which it is known what they ask for, as many as stand together.

    "To the City Clerk:" of the letter stands alone.
    """
    known = [
        one
        for one in marked.ended
        if _told(_text(one[0]), celled=one in marked.celled)
        and (one in marked.roomy or len(plain(_text(one[0]))) > SHORT_LABEL)
    ]
    near = [[one for one in known if _is_near(one[0], anchor)] for anchor, _ in known]
    return max(near, key=len, default=[])


def _unknown_together(
    marked: _Marked, lines: Sequence[_Line], counted: Sequence[PrintedWord]
) -> list[_Label]:
    """Labels where all colons are lost, or of a language that no label is known in.

    Some of them are a box all the same, and one beside a count.
    """
    bare = [(line, line) for line in lines if _is_bare(line, lines)]
    beside = [one for one in bare if any(share_line(bounding_box(one[0]), w.box) for w in counted)]
    return _together(bare) or _together(marked.roomy) or beside


def _with_bare(labels: list[_Label], lines: Sequence[_Line]) -> list[_Label]:
    """Labels with those that nothing marks, in line with them.

    Of two that ask for the same the one nearer to the others is a label, the other a title.
    """
    if not labels:
        return labels
    found = list(labels)
    said = {_asked(_text(label)) for label, _ in found}
    for line in sorted(lines, key=lambda one: _distance(one, labels)):
        guess = _asked(_text(line))
        known = any(line is other for _, other in found)
        in_line = any(_in_line(line, label) for label, _ in found)
        if guess not in said and not known and in_line and _is_bare(line, lines):
            found.append((line, line))
            said.add(guess)
    return found


def _is_short(label: str) -> bool:
    most = MAX_LONG_LABEL_WORDS if is_long_label(label) else MAX_LABEL_WORDS
    return 0 < len(plain(label).split()) <= most


def _is_same(cell: Box, other: Box) -> bool:
    return max(abs(a - b) for a, b in zip(cell, other, strict=True)) <= SAME_CELL_PX


def _is_right_below(line: _Line, above: _Line) -> bool:
    """Whether nobody can write between a line of print and the one above it."""
    box, other = bounding_box(line), bounding_box(above)
    common = min(box[2], other[2]) - max(box[0], other[0])
    return common > 0 and 0 <= box[1] - other[3] < NO_ROOM * (box[3] - box[1])


def _without_heading(labels: list[_Label]) -> list[_Label]:
    """Labels without one that is the box's title: above all others, and no colon ends it.

    "Collected by" says whose name a label "Name" below it asks for.
    """
    if len(labels) < MIN_LABELS:
        return labels
    first, *others = sorted(labels, key=lambda one: bounding_box(one[0])[1])
    said = _text(first[0])
    alone = not any(share_line(bounding_box(first[0]), bounding_box(label)) for label, _ in others)
    guess = guess_box_field(said)
    same = any(
        asks_name_alone(_text(label)) and guess_box_field(_text(label)) == guess
        for label, _ in others
    )
    titled = alone and same and not said.endswith(":") and not asks_name_alone(said)
    return [one for one in labels if one is not first] if titled else labels


def _distance(line: _Line, labels: Sequence[_Label]) -> float:
    """How far above or below the nearest of some labels a line stands, px."""
    top = bounding_box(line)[1]
    return min(abs(bounding_box(label)[1] - top) for label, _ in labels)


def _is_bare(line: _Line, lines: Sequence[_Line]) -> bool:
    """Whether a line is a known label but for its colon: short, and with room to write."""
    text = _text(line)
    heading = len(line) > 1 and text.isupper()
    short = _is_short(text) and not heading
    return short and _asked(text) is not None and _has_room(line, line, lines)


def _asked(label: str) -> tuple[str, FieldKind] | None:
    """What a label asks for, as ``guess_box_field``, or another thing of a known kind.

    A number is the office's own: "Tel. 613 555 0142".
    """
    kind = _kind(label)
    if (guess := guess_box_field(label)) is not None:
        return guess
    return (kind.value, kind) if kind in _KINDS and not any(map(str.isdigit, label)) else None


def _told(label: str, *, celled: bool) -> bool:
    """Whether what a label asks for is known; with a cell to write in, other kinds count, too."""
    return guess_box_field(label) is not None or (celled and _asked(label) is not None)


def _together(labels: list[_Label]) -> list[_Label]:
    """Those near the last one, where they are two at least and say different things."""
    near = [one for one in labels if _is_near(one[0], labels[-1][0])]
    return near if len({plain(_text(label)) for label, _ in near}) >= MIN_LABELS else []


def _in_line(line: _Line, label: _Line) -> bool:
    """Whether a line stands below or above a label, or beside it."""
    one, other = bounding_box(line), bounding_box(label)
    aligned = abs(one[0] - other[0]) <= IN_LINE_PX
    return _is_near(line, label) and (aligned or share_line(one, other))


def _has_room(label: _Line, line: _Line, lines: Sequence[_Line]) -> bool:
    """Whether something can be written behind a label or below it: no print goes on there."""
    if len(line) > len(label):
        return False
    box = bounding_box(label)
    high = box[3] - box[1]
    for other in lines:
        beneath = bounding_box(other)
        common = min(box[2], beneath[2]) - max(box[0], beneath[0])
        if other is not line and common > 0 and 0 <= beneath[1] - box[3] < NO_ROOM * high:
            return False
    return True


def _is_near(label: _Line, other: _Line) -> bool:
    one, two = bounding_box(label), bounding_box(other)
    apart = max(abs(one[0] - two[0]), abs(one[1] - two[1]))
    return apart <= BOX_REACH_PX or share_line(one, two)


def _reading_order(one: _Label, other: _Label) -> int:
    """Below zero where one label is read before the other."""
    first, second = bounding_box(one[0]), bounding_box(other[0])
    across = 0 if share_line(first, second) else 1
    return -1 if first[across] < second[across] else 1


def fresh_name(base: str, taken: set[str]) -> str:
    """A name not ``taken`` yet, with a number where it must; it is taken from then on."""
    name, number = base, 2
    while name in taken or name.endswith(CONFIDENCE):
        name, number = f"{base}_{number}", number + 1
    taken.add(name)
    return name


def slug(text: str) -> str:
    """The first three words of a wording as a name, for files and CSV columns."""
    return "_".join(plain(text).split()[:3])[:SLUG_LETTERS].rstrip("_")


def _text(line: Sequence[PrintedWord]) -> str:
    return " ".join(word.text for word in line)
