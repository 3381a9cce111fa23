"""The title and the labels of a collector box among a page's print.

Of several places where a label is read, the one nearest to the others is meant, and no
word belongs to two labels. A label may go on at the beginning of the line below.
"""

from collections.abc import Sequence

from rapidfuzz import fuzz

from digitizer.collector.boxframe import BOX_REACH_PX, box_frame
from digitizer.collector.underlabels import without_lines_over
from digitizer.forms.forms import BoxField, CollectorBox
from digitizer.layout.print.blanks import HANGS_LOW
from digitizer.layout.print.labelends import unread_width
from digitizer.layout.print.wording import (
    Box,
    Hit,
    bounding_box,
    find_wording,
    find_wordings,
    plain,
    share_line,
    stand_beside,
    text_lines,
)
from digitizer.lines.rulepaths import rule_at, rule_span
from digitizer.records import PAGE_PX_PER_MM, Pixels, PrintedWord, Rule

# Labels of the collector box.
MIN_LABEL = 0.7
# A single label without the box's title must be read this well.
SURE_LABEL = 0.88
# Labels this far above or below the others, 15 mm, are a group of their own.
ELSEWHERE_PX = 15 * PAGE_PX_PER_MM
# Of a label that is not read so well on one line, the rest may stand on the next one ...
WHOLE_LABEL = 0.88
# ... which is so many heights of the print below; a label of fewer words is not broken.
NEXT_LINE, BROKEN_WORDS = 5.0, 3
# One on the line of another may have been read as badly as this, if it is as wide as it is printed,
# but for this share.
BADLY_READ, WIDTH_OFF = 0.6, 0.2
# Words of a text stand no farther apart than so many of their heights.
WORD_SPACE = 0.8
# A label in another language behind it has so many words at most, signs between them included.
MOST_WORDS = 10
# Read so surely, it is print.
SURE_WORD = 0.8
# Read so much better farther off, on the line of another label, it is that one.
MUCH_BETTER = 0.2
# Far beside the others a label of the same text stands so many of its heights above or below.
FAR_BESIDE = 12.0
# A label of so few letters stands all over a text; its line begins so many heights behind it,
# and runs this near to its foot.
FEW_LETTERS, LINE_BEHIND, NEAR_FOOT = 3, 3.0, 1.0


def title_and_labels(
    definition: CollectorBox, words: Sequence[PrintedWord], rules: Sequence[Rule] = ()
) -> tuple[Hit | None, list[Hit | None]]:
    """The box's title, None where it is not read, and one hit a label; ``rules``: the page's."""
    title = find_wording(words, definition.title) if definition.title else None
    if title is not None and title.score < MIN_LABEL:
        title = None
    if title is not None:
        # "DE LA COLLECTE" of a title is not the label "Date de la collecte".
        words = [w for w in words if w not in title.words]
    return title, box_labels(definition, words, title, rules)


def title_strip(
    definition: CollectorBox,
    words: Sequence[PrintedWord],
    rules: Sequence[Rule],
    gray: Pixels,
) -> Box | None:
    """Where the box's title stands if it was not read: between its frame and its first label.

    None where it was read, where the box has none, and where no label was read. A title that
    nobody read would be taken for a part of the first answer.
    """
    if not definition.title:
        return None
    title, labels = title_and_labels(definition, words, rules)
    known = [hit.box for hit in labels if hit is not None]
    if title is not None or not known:
        return None
    # A title stands above the lines that labels in small print stand under.
    sides = without_lines_over(labels, rules, gray)
    left, top, right, _ = box_frame(labels, None, sides, gray.shape, shared=False)
    return left, top, right, min(box[1] for box in known)


def box_labels(
    definition: CollectorBox,
    words: Sequence[PrintedWord],
    title: Hit | None,
    rules: Sequence[Rule] = (),
) -> list[Hit | None]:
    """One hit a label; of several, the one nearest to the title or the other labels."""
    options = [
        _preferred(
            _with_broken(_apart(_read(words, item.label), words), words, item.label),
            words,
            rules,
        )
        for item in definition.fields
    ]
    # The longest wording read surely is the least likely to stand elsewhere too; how wide it
    # is tells nothing: an edge of the picture may be read as a wide "I".
    sure = ([title] if title else []) + [hits[0] for hits in options if hits]
    if not sure:
        return [None] * len(options)
    anchor = max(sure, key=lambda hit: _said_surely([hit])).box
    chosen: list[Hit | None] = [None] * len(options)
    taken: set[PrintedWord] = set()
    # "I" of a longer label's "that I circulated" is not the label "I,".
    for i in sorted(range(len(options)), key=lambda i: -_said_surely(options[i])):
        near = [h for h in options[i] if _box_distance(h.box, anchor) <= BOX_REACH_PX]
        near = [h for h in near if taken.isdisjoint(h.words)]
        best = max((h.score for h in near), default=0.0)
        others = [one[0].box for k, one in enumerate(options) if k != i and one]
        better = [h for h in options[i] if h.score >= best + MUCH_BETTER]
        if any(stand_beside(h.box, box) for h in better for box in others):
            continue  # it is read far better on another label's line
        near = [h for h in near if h.score >= best - 0.12]
        chosen[i] = hit = min(near, key=lambda h: _box_distance(h.box, anchor), default=None)
        taken.update(hit.words if hit is not None else ())
    # A text over the whole width of a broad page goes on far beside its title.
    for i, hits in enumerate(options):
        if chosen[i] is None:
            far = [h for h in hits if _goes_on_far_beside(h, anchor, rules)]
            chosen[i] = hit = next((h for h in far if taken.isdisjoint(h.words)), None)
            taken.update(hit.words if hit is not None else ())
    # Others stand on the line of one that was found, however far off.
    found = [hit for hit in chosen if hit is not None]
    wordings = [item.label for item in definition.fields]
    for badly in (False, True):
        for i, wording in enumerate(wordings):
            if chosen[i] is not None:
                continue
            hits = _badly_read(wording, words, found) if badly else options[i]
            beside = [h for h in hits if any(stand_beside(h.box, one.box) for one in found)]
            beside = [h for h in beside if taken.isdisjoint(h.words)]
            if beside:
                chosen[i] = hit = max(beside, key=lambda h: h.score)
                taken.update(hit.words)
    return [hit and _in_both_languages(hit, [w for w in words if w not in taken]) for hit in chosen]


def read_elsewhere(
    fields: Sequence[BoxField],
    words: Sequence[PrintedWord],
    rules: Sequence[Rule],
    around: tuple[float, float],
    *,
    beside_line: bool = False,
) -> tuple[tuple[BoxField, ...], list[PrintedWord]]:
    """The fields whose labels were surely read far off, and the words there.

    ``around``: top and bottom of where the others are, page px; ``beside_line``: only labels that
    a line to write on follows. One of few letters needs it always, since a footnote's number is no
    "I", and where ``beside_line`` another label on its line: specks lie beside lines, too.
    """
    low, high = around[0] - ELSEWHERE_PX, around[1] + ELSEWHERE_PX
    far = [word for word in words if not low <= word.middle[1] <= high]
    hits = box_labels(CollectorBox((), tuple(fields)), far, None, rules)
    sure = [
        (one, hit)
        for one, hit in zip(fields, hits, strict=True)
        if hit is not None and hit.score >= SURE_LABEL and _stands_apart(hit, far, rules)
    ]
    long = [hit for _, hit in sure if len(plain(said(hit))) > FEW_LETTERS]

    def is_label(hit: Hit) -> bool:
        if (
            hit not in long
            and beside_line
            and not any(stand_beside(hit.box, other.box) for other in long)
        ):
            return False
        return (hit in long and not beside_line) or _has_line_behind(hit.box, rules)

    return tuple(one for one, hit in sure if is_label(hit)), far


def _in_both_languages(hit: Hit, words: Sequence[PrintedWord]) -> Hit:
    """A label with the other language's behind it, up to its colon: ``Your name: / Votre nom :``.

    ``words``: those of no label. Where no stroke parts the languages, the second is told by
    being print that ends in a colon of its own.
    """
    high = hit.box[3] - hit.box[1]
    middle = (hit.box[1] + hit.box[3]) / 2
    # Strokes and colons are read as high as the line, or lower than its letters.
    line = [word for word in words if abs(word.middle[1] - middle) <= high / 2]
    line.sort(key=lambda word: word.box[0])
    # A label's last word may have been read as wide as both languages.
    strokes = (w.box[0] for w in line if w.text.startswith("/") and w.box[0] > hit.box[0] + high)
    end = min(hit.box[2], next(strokes, hit.box[2]))
    more: list[PrintedWord] = []
    for word in line:
        if word.box[0] < end - high / 2:
            continue
        # Dots to write on part the answer from whatever is printed behind it.
        blank = not plain(word.text) and word.box[2] - word.box[0] > high
        if blank or word.box[0] > end + WORD_SPACE * high or len(more) == MOST_WORDS:
            break
        end, more = word.box[2], [*more, word]
    colons = [k for k, word in enumerate(more) if word.text.rstrip().endswith(":")]
    parted = bool(more) and more[0].text.startswith("/")
    more = more[: colons[-1] + 1] if colons else more if parted else []
    printed = [word for word in more if plain(word.text)]
    if not printed or min(word.confidence for word in printed) < SURE_WORD:
        return hit
    run = (*hit.words, *more)
    return Hit(hit.score, bounding_box(run), run)


def _read(words: Sequence[PrintedWord], wordings: Sequence[str]) -> tuple[Hit, ...]:
    """Where a label is read; one of few letters is like many a word that somebody wrote."""
    few = all(len(plain(one)) <= FEW_LETTERS for one in wordings)
    return find_wordings(words, wordings, SURE_LABEL if few else MIN_LABEL)


def _apart(hits: Sequence[Hit], words: Sequence[PrintedWord]) -> Sequence[Hit]:
    """The places of a label that stand by themselves, if any: its word is also in the letter.

    Of places that share words, the one that is most like the label: others hold writing, too.
    """
    alone: list[Hit] = []
    for hit in hits:
        if all(set(hit.words).isdisjoint(one.words) for one in alone):
            alone.append(hit)
    sure = [hit for hit in alone if hit.score >= WHOLE_LABEL or not amid_text(hit, words)]
    return [hit for hit in sure if not amid_text(hit, words)] or sure


def _badly_read(
    wordings: Sequence[str], words: Sequence[PrintedWord], known: Sequence[Hit]
) -> list[Hit]:
    """Where a label may have been read badly: as wide as it is printed beside those that are known.

    Only for places on the line of another label.
    """
    read = [(said(hit), hit.box[2] - hit.box[0]) for hit in known]
    wide = unread_width(wordings[0].rstrip(" :"), read)
    # Any word is like one of few letters.
    if wide is None or len(plain(wordings[0])) <= FEW_LETTERS:
        return []
    return [
        hit
        for hit in find_wordings(words, wordings, BADLY_READ)
        if abs(hit.box[2] - hit.box[0] - wide) <= WIDTH_OFF * wide and not amid_text(hit, words)
    ]


def _with_broken(
    hits: Sequence[Hit], words: Sequence[PrintedWord], wordings: Sequence[str]
) -> Sequence[Hit]:
    """A label's places with those where it goes on at the beginning of the next line.

    Such a place is that of its second part, which its answer stands behind.
    """
    wanted = [plain(one) for one in wordings if len(plain(one).split()) >= BROKEN_WORDS]
    if not wanted or any(hit.score >= WHOLE_LABEL for hit in hits):
        return hits
    lines = text_lines(words)
    found = list(hits)
    for line in lines:
        for below in (one for one in lines if _goes_on(line, one)):
            best = Hit(MIN_LABEL, bounding_box(below), ())
            for start in range(len(line)):
                for stop in range(1, len(below) + 1):
                    run = (*line[start:], *below[:stop])
                    read = plain(" ".join(word.text for word in run))
                    if len(read) > 1.5 * max(map(len, wanted)) + 4:
                        break
                    alike = max(fuzz.ratio(one, read) for one in wanted) / 100
                    if alike > best.score:
                        best = Hit(alike, bounding_box(below[:stop]), run)
            found += [best] if best.words else []
    return sorted(found, key=lambda hit: -hit.score)


def _goes_on(line: Sequence[PrintedWord], below: Sequence[PrintedWord]) -> bool:
    """Whether a text may go on from the end of one line to the beginning of another."""
    first, second = bounding_box(line), bounding_box(below)
    gap = second[1] - first[3]
    return -0.5 <= gap / (first[3] - first[1]) <= NEXT_LINE and second[0] < first[2]


def _preferred(
    hits: Sequence[Hit], words: Sequence[PrintedWord], rules: Sequence[Rule]
) -> Sequence[Hit]:
    """The places of a label that stands all over a text: those that a line to write on follows."""
    few = bool(hits) and len(plain(said(hits[0]))) <= FEW_LETTERS
    # What begins with a small letter stands in the midst of a sentence: "this ____ day of ____".
    if not few and not (hits and said(hits[0])[:1].islower()):
        return hits
    # Its word within the text is not it, though feet of letters may be traced as a line there;
    # dots are no text.
    text = [word for word in words if plain(word.text)]
    sure = [word for word in text if word.confidence >= SURE_WORD]
    # A stroke without a line behind it is more often a border than the word "I".
    followed = [hit for hit in hits if _has_line_behind(hit.box, rules)]
    followed = [hit for hit in followed if not amid_text(hit, sure)]
    if not few:
        return followed or hits
    return followed or [hit for hit in hits if plain(said(hit)) and not amid_text(hit, text)]


def _has_line_behind(
    box: Box, rules: Sequence[Rule], *, begins: bool = False, hangs: float = NEAR_FOOT
) -> bool:
    """Whether a line runs behind what was read, and where it must, ``begins`` there.

    ``hangs``: how far off the foot of the print at most, in heights of it.
    """
    _, top, right, bottom = box
    high = bottom - top
    behind, least = right + LINE_BEHIND * high, right - high / 2 if begins else 0.0
    for rule in rules:
        start, stop = rule_span(rule)
        along = rule.horizontal and least <= start <= behind < stop
        if along and abs(rule_at(rule, behind) - bottom) <= hangs * high:
            return True
    return False


def _goes_on_far_beside(hit: Hit, anchor: Box, rules: Sequence[Rule]) -> bool:
    """Whether a label, read surely, stands as high as the others, far beside them, at a blank."""
    high = hit.box[3] - hit.box[1]
    return (
        hit.score >= SURE_LABEL
        and len(plain(said(hit))) > FEW_LETTERS
        and abs(hit.box[1] - anchor[1]) <= FAR_BESIDE * high
        and _has_line_behind(hit.box, rules, begins=True, hangs=HANGS_LOW)
    )


def _said_surely(hits: Sequence[Hit]) -> float:
    """How much of a label was read, and how well: letters."""
    return max((hit.score * len(plain(said(hit))) for hit in hits), default=0.0)


def _box_distance(first: Box, second: Box) -> float:
    """Gap between two boxes' left edges or rows, whichever is greater, px."""
    return max(abs(first[0] - second[0]) / 2, abs(first[1] - second[1]))


def amid_text(hit: Hit, words: Sequence[PrintedWord]) -> bool:
    """Whether a text goes on both before and behind what was found, with spaces between words."""
    left, top, right, bottom = hit.box
    line = [word.box for word in words if share_line(word.box, hit.box)]

    def near(box: Box, gap: float) -> bool:
        # Small letters alone are lower than what stands beside them.
        return 0 <= gap <= WORD_SPACE * max(bottom - top, box[3] - box[1])

    before = any(near(box, left - box[2]) for box in line)
    return before and any(near(box, box[0] - right) for box in line)


def _stands_apart(hit: Hit, words: Sequence[PrintedWord], rules: Sequence[Rule]) -> bool:
    """Whether a label does not stand amid text: what goes on behind it is written on a line."""
    return not amid_text(hit, words) or _has_line_behind(hit.box, rules, begins=True)


def said(hit: Hit) -> str:
    """What was read where a wording was found."""
    return " ".join(word.text for word in hit.words)
