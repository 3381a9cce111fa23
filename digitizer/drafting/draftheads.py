"""Where the heads of a draft's table stand: in its first rows, above it, over rows without lines.

Heads say what is written below them, paragraphs above the table and words over several columns
do not. It fails where a line of the letter stands as near to the table as heads do.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from digitizer.drafting.fieldkinds import guess_kinds
from digitizer.layout.print.wording import Box, bounding_box, plain, text_lines
from digitizer.layout.table.cardends import below_boxes
from digitizer.layout.table.columnheads import HEADER_ABOVE_PX, header_texts
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.tables import Table
from digitizer.records import PrintedWord, Rule

# So many rows of bands may stand between the heads and the first line that is seen.
UNSEEN_ROWS = 2
# A head of at most so many tiers: a word over several columns, and each column's own.
MAX_TIERS = 3
# Heads that were read over this share of the columns are heads, whatever they say.
MIN_HEADS_SHARE = 0.6
# A word that lies across a column's border by this on both sides is no header's, px.
CROSSING_PX = 4
# The next line of a text is nearer than this, in heights of its print; heads stand farther off.
NEXT_LINE = 0.7


def first_row(
    table: Table,
    run: Sequence[Rule],
    words: Sequence[PrintedWord],
    said: Sequence[PrintedWord],
) -> int:
    """Number of the ruling at which the signer rows begin: below the header.

    ``said``: what is printed in all rows, or in every second or third, which is no header.
    """
    first = next((i for i, rule in enumerate(table.across) if rule is run[0]), 0)
    if first and not any(map(plain, header_texts(table, words, first, by_header=True)[1])):
        # A first row that is higher or lower than the others: the heads stand above the table.
        if _heads_told(header_texts(table, words, 0, by_header=False)[1], set()):
            return 0
    # A header as high as the rows is one of the even rows itself; it may have several tiers.
    second = next((i for i, rule in enumerate(table.across) if rule is run[1]), first + 1)
    if not first < second <= min(first + MAX_TIERS, len(table.across) - 2):
        return first
    _, texts = header_texts(table, words, second, by_header=True)
    _, above = header_texts(table, words, first, by_header=False)
    old = {plain(text) for text in above}
    common = {plain(word.text) for word in said}
    if _heads_told(above, set()):
        # Heads stand above: this band is one of them only by what it says itself.
        words = [w for w in words if w.middle[1] > rule_at(table.across[first], w.middle[0])]
        _, texts = header_texts(table, words, second, by_header=True)
        return second if _heads_told(texts, common) else first
    fresh = [
        text
        for text in texts
        if len(plain(text)) > 1 and plain(text) not in old and not common & set(plain(text).split())
    ]
    told = [text for text in fresh if guess_kinds(text)]
    if len(told) >= max(2, len(texts) / 2):
        return second
    # Heads that no kind is guessed of: the one row with print over most columns.
    heads = len(fresh) >= max(2, MIN_HEADS_SHARE * len(texts))
    return second if heads and not _print_in_rows(table, run[1:], words) else first


def below_box(table: Table, words: Sequence[PrintedWord]) -> Table:
    """A table without a box right above its heads, in line with it; else as it is.

    Heads between which no ruling runs span all columns, too: what tells more kinds is the heads.
    """
    rest = below_boxes(table)
    boxed = len(table.across) - len(rest.across)
    if not boxed or rest.column_count < 2:
        return table
    end = rest.across[0]
    above = [word for word in words if word.middle[1] < rule_at(end, word.middle[0])]
    spanning = _kinds_told(header_texts(table, above, boxed, by_header=False)[1])
    tiers = range(1, min(MAX_TIERS, rest.row_count - 1) + 1)
    told = max(_kinds_told(header_texts(rest, words, n, by_header=True)[1]) for n in tiers)
    return rest if told > spanning else table


def _kinds_told(texts: Sequence[str]) -> int:
    return sum(bool(plain(text) and guess_kinds(text)) for text in texts)


def without_paragraphs(words: Sequence[PrintedWord], table: Table) -> list[PrintedWord]:
    """Words but those of lines above the table that run on over the columns' borders.

    And those of the short line that ends such a text.
    """
    borders = [place_of(rule) for rule in table.down]
    top = height_of(table.across[0])
    kept: list[PrintedWord] = []
    ended: list[Box] = []
    for line in text_lines(words):
        box = bounding_box(line)
        high = box[3] - box[1]
        if any(
            abs(box[0] - over[0]) <= high and 0 <= box[1] - over[3] < NEXT_LINE * high
            for over in ended
        ):
            ended.append(box)
            continue
        crossed = [
            word
            for word in line
            if word.box[3] < top
            and any(word.box[0] + CROSSING_PX < x < word.box[2] - CROSSING_PX for x in borders)
        ]
        if not crossed:
            kept += line
        else:
            ended.append(box)
    return kept


def without_group_heads(
    words: Sequence[PrintedWord], table: Table, first: int
) -> list[PrintedWord]:
    """Words but those over several columns together, in the upper tiers of the head.

    ``first``: the ruling below the head.
    """
    if not 1 < first <= MAX_TIERS:
        return list(words)
    kept = []
    for word in words:
        x, y = word.middle
        tier = sum(rule_at(rule, x) <= y for rule in table.across) - 1
        column = sum(rule_at(rule, y) <= x for rule in table.down) - 1
        if 0 <= tier < first - 1 and 0 <= column < table.column_count:
            sides = [column, column + 1]
            here, below = table.down_borders[tier, sides], table.down_borders[first - 1, sides]
            parted = bool(table.across_borders[tier + 1 : first, column].any())
            if parted and bool((below & ~here).any()):
                continue
        kept.append(word)
    return kept


def heads_top(table: Table, words: Sequence[PrintedWord]) -> float:
    """Where heads begin that stand over a table without a ruling above them, px."""
    left, right = place_of(table.down[0]), place_of(table.down[-1])
    start = height_of(table.across[0])
    top: float | None = None
    for word in sorted(words, key=lambda one: -one.box[3]):
        x, y = word.middle
        if not (left <= x <= right and start - HEADER_ABOVE_PX <= y <= rule_at(table.across[0], x)):
            continue
        # Lines of one head are no farther apart than they are high.
        if top is not None and word.box[3] < top - (word.box[3] - word.box[1]):
            break
        top = word.box[1] if top is None else min(top, word.box[1])
    return start if top is None else min(top, start)


def heads_farther_up(
    table: Table, run: Sequence[Rule], words: Sequence[PrintedWord]
) -> tuple[list[str], float] | None:
    """Heads over rows that no line bounds above, as bands do not, and where they begin, px."""
    left, right = place_of(table.down[0]), place_of(table.down[-1])
    for rows in range(1, UNSEEN_ROWS + 1):
        by = rows * row_height(run, 1)
        start = height_of(table.across[0])
        moved = []
        for word in words:
            if word.box[3] + by <= start and word.box[2] > left and word.box[0] < right:
                # The outer sides of bands are guessed: a head may begin before them.
                within = max(word.box[0], left), min(word.box[2], right)
                box = (within[0], word.box[1] + by, within[1], word.box[3] + by)
                moved.append(replace(word, box=box))
        top = heads_top(table, moved)
        heads = [word for word in moved if word.box[1] >= top]
        texts = header_texts(table, heads, 0, by_header=True)[1]
        if _heads_told(texts, set()):
            return texts, top - by
    return None


def _heads_told(texts: Sequence[str], common: set[str]) -> bool:
    """Whether texts over half of the columns tell kinds, without words that rows share."""
    told = [
        text
        for text in texts
        if len(plain(text)) > 1 and guess_kinds(text) and not common & set(plain(text).split())
    ]
    return len(told) >= max(2, len(texts) / 2)


def _print_in_rows(table: Table, rules: Sequence[Rule], words: Sequence[PrintedWord]) -> bool:
    """Whether some row below a would-be head has print over as many columns as heads have."""
    for top, bottom in pairwise(rules):
        filled = set()
        for word in words:
            x, y = word.middle
            if len(plain(word.text)) > 1 and rule_at(top, x) <= y <= rule_at(bottom, x):
                filled.add(sum(rule_at(rule, y) <= x for rule in table.down))
        if len(filled) >= max(2, MIN_HEADS_SHARE * table.column_count):
            return True
    return False


def row_height(rules: Sequence[Rule], lines: int) -> float:
    """Usual height of rows of so many ``lines``, px."""
    steps = [height_of(low) - height_of(high) for high, low in pairwise(rules)]
    return lines * sorted(steps)[len(steps) // 2]


def height_of(rule: Rule) -> float:
    """How far down the page a ruling across lies, px."""
    return float(rule.points[:, 1].mean())


def place_of(rule: Rule) -> float:
    """How far from the page's left side a ruling down lies, px."""
    return float(rule.points[:, 0].mean())
