"""Draft a form definition from a page: table, headers, kinds, box and phrases.

The draft says what is printed and guesses what people write there; a person
reads it over. It works from a blank sheet, and mostly from a filled one, since
headers stand outside the rows and captions are read in what all rows share. It
fails where the headers are pictures.
"""

from collections.abc import Sequence
from itertools import pairwise

from digitizer.drafting.draftbox import draft_box, with_colons
from digitizer.drafting.draftcells import empty_cell
from digitizer.drafting.draftcolumns import (
    column_texts,
    draft_column,
    name_columns,
    number_column,
    once_beside,
    with_ticks,
)
from digitizer.drafting.drafted import Draft, DraftColumn
from digitizer.drafting.drafttitle import draft_phrases, draft_title
from digitizer.drafting.fieldkinds import asks_number, guess_kinds, guess_language
from digitizer.drafting.rowprint import SURE_WORD, captions_in, read_twice
from digitizer.errors import FormError
from digitizer.forms.forms import OWN_COLUMNS
from digitizer.layout.examplerow import row_text
from digitizer.layout.linedgrid import line_places
from digitizer.layout.printedboxes import boxes_to_tick, combs
from digitizer.layout.printednumbers import are_numbered
from digitizer.layout.signergrid import HEADER_ABOVE_PX, MIN_FIELD_PX, even_rows, header_texts, quad
from digitizer.layout.twins import halves
from digitizer.layout.typicalrow import ReadPrint, read_typical_row
from digitizer.layout.wording import Box, plain, text_lines
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.tables import Table
from digitizer.records import (
    PAGE_PX_PER_MM,
    FieldKind,
    Polygon,
    PrintedWord,
    RectifiedPage,
    Rule,
)

# Rows of more lines than this are not looked for.
MAX_LINES = 3
# What fewer rows have in common may be chance: with lines of two kinds in turn, two of
# three rows look alike.
MIN_ALIKE = 4
# Heads that were read over this share of the columns are heads, whatever they say.
MIN_HEADS_SHARE = 0.6
# A head of at most so many tiers: a word over several columns, and each column's own.
MAX_TIERS = 3
# An example is told from the rows below it by so many rows.
EXAMPLE_ROWS = 3
# So many ticks in one cell make it a comb of single characters.
MIN_COMB = 3
# A word that lies across a column's border by this on both sides is no header's, px.
CROSSING_PX = 4
# A column with the rows' numbers and no head that tells anything is narrower than this, 20 mm.
MOST_NUMBER_PX = 20 * PAGE_PX_PER_MM
# The foot of a row in which the ticks of a comb stand, as a share of its height.
TICKS = 0.2


def draft_form(
    page: RectifiedPage,
    tables: Sequence[Table],
    words: Sequence[PrintedWord],
    read: ReadPrint,
    name: str,
    *,
    rules: Sequence[Rule] = (),
    bands: Sequence[Box] = (),
) -> Draft:
    """Draft the definition of the form that a page shows.

    ``words``: the page's print; ``read`` reads the print of pixels; ``rules``: the page's
    rulings, those outside tables too; ``bands``: where print is light on dark, which is read
    for the title alone, since scans of it are hard to read. Raises FormError where the page
    holds no ruled table of even rows.
    """
    every = [(table, run) for table in tables if len(run := even_rows(table)) >= 3]
    # Where no table has columns, its rows may be cards, one below the other.
    runs = [pair for pair in every if pair[0].column_count >= 2] or every
    if not runs:
        raise FormError(
            "no ruled table with even rows was found on this page: give a clean, complete scan "
            "of the blank sheet"
        )
    table, run = max(runs, key=lambda pair: (len(pair[1]), pair[0].column_count))
    sure = [word for word in words if word.confidence >= SURE_WORD]
    columns, lines, rows_top, example = _columns(page, table, run, sure, read)
    if halves(table):
        columns = once_beside(columns)
    alike = [(t, r[-1]) for t, r in runs if t.column_count == table.column_count]
    outside = with_colons([word for word in sure if not _within(word, alike, rows_top)])
    taken = {one.name for column in columns for one in column.fields} | OWN_COLUMNS
    box_title, box, in_box = draft_box(
        outside, taken, lambda label: empty_cell(page.gray, rules, label, outside)
    )
    heads = [text for column in columns for text in column_texts(column)]
    text = " ".join([*(word.text for word in outside), *heads])
    said = [word for word in outside if word not in in_box]
    plainly = [word for word in said if not _is_in(word, bands)]
    phrases, first = draft_phrases(plainly)
    title = draft_title(said, table, first)
    language = guess_language(text)
    return Draft(name, language, title, phrases, lines, columns, box_title, box, example)


def _is_in(word: PrintedWord, boxes: Sequence[Box]) -> bool:
    x, y = word.middle
    return any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in boxes)


def _within(word: PrintedWord, tables: Sequence[tuple[Table, Rule]], top: float) -> bool:
    """Whether a word stands in the rows of a table (down to a ruling) or in its header."""
    x, y = word.middle
    for table, last in tables:
        low = min(rule_at(table.across[0], x), top)
        if low <= y <= rule_at(last, x) and (
            rule_at(table.down[0], y) <= x <= rule_at(table.down[-1], y)
        ):
            return True
    return False


def _columns(
    page: RectifiedPage,
    table: Table,
    run: Sequence[Rule],
    words: Sequence[PrintedWord],
    read: ReadPrint,
) -> tuple[tuple[DraftColumn, ...], int, float, str]:
    """The columns, how many ruled lines a row has, and where the table's print begins, px.

    And what is printed in the first row, if that is an example.
    """
    words = _without_paragraphs(words, table)
    boxes = boxes_to_tick(page.gray, _rows(table, run, 1))
    said = _row_words(page, table, run, read, ticks=boxes)
    sure = read_twice(page.gray, _rows(table, run, 1), said, read, boxes)
    # Captions of rows of several lines stand in every second or third line.
    alike = [n for n in range(2, MAX_LINES + 1) if (len(run) - 1) // n >= MIN_ALIKE]
    repeated = [*said, *(w for n in alike for w in _row_words(page, table, run, read, n))]
    first = _first_row(table, run, words, repeated)
    words = _without_group_heads(words, table, first)
    spans, texts = header_texts(table, words, first, by_header=True)
    top = float(table.across[0].points[:, 1].mean())
    told = sum(bool(guess_kinds(text)) and bool(plain(text)) for text in texts)
    # Heads over all columns in a row of their own are heads, if one of them alone is known.
    headed = first > 0 and told > 0 and all(len(plain(text)) > 1 for text in texts)
    if told < 2 and not headed:
        try:
            lines, columns = _captioned(page, table, run, read)
        except FormError:
            # Heads of a language that no kind is guessed in are heads all the same.
            if sum(len(plain(text)) > 1 for text in texts) < max(2, MIN_HEADS_SHARE * len(texts)):
                raise
        else:
            return columns, lines, top, ""
    rules = [rule for rule in run if _height(rule) >= _height(table.across[first]) - 1]
    if first == 0:
        top = _heads_top(table, words)
    ticks = line_places(table, rules, page.gray, 0, 1, TICKS)
    combed = combs(page.gray, _rows(table, rules, 1))
    drafted = []
    left, right = table.down[0], table.down[-1]
    width = _at(right) - _at(left)
    aspect = width / _row_height(run, 1)
    for (a, b), header in zip(spans, texts, strict=True):
        cell = ((_at(table.down[a]) - _at(left)) / width, (_at(table.down[b]) - _at(left)) / width)
        inside = [w for w in said if cell[0] <= w.middle[0] <= cell[1]]
        narrow = (cell[1] - cell[0]) * width
        if asks_number(header) or (
            narrow < MOST_NUMBER_PX
            and not (plain(header) and guess_kinds(header))
            and are_numbered(page.gray, _cells(table, rules, a, b), read)
        ):
            drafted.append(number_column(header))
            continue
        if narrow < MIN_FIELD_PX and not plain(header):
            continue  # a gap between columns, or what nobody writes in
        within = [box for box in boxes if cell[0] <= (box[0] + box[2]) / 2 <= cell[1]]
        comb = sum(cell[0] + 0.005 < tick < cell[1] - 0.005 for tick in ticks) >= MIN_COMB
        # The boxes of a comb may stand apart from the rulings of the row.
        comb |= b - a > MIN_COMB and not within
        comb |= any(cell[0] <= box[0] and box[2] <= cell[1] for box in combed)
        column = draft_column(header, captions_in(inside, aspect, sure, within), comb=comb)
        drafted.append(with_ticks(column, len(within)))
    return name_columns(drafted), 1, top, _example(page, table, rules, len(spans), read)


def _example(
    page: RectifiedPage, table: Table, rules: Sequence[Rule], columns: int, read: ReadPrint
) -> str:
    """What is printed in the first row alone, over most columns; nothing if there is none."""
    if len(rules) < EXAMPLE_ROWS + 1:
        return ""
    sides = table.down[0], table.down[-1]
    rows = [quad(a, sides[0], b, sides[1]) for a, b in pairwise(rules[: EXAMPLE_ROWS + 1])]
    said = [read_typical_row(page.gray, [row], read) for row in rows]
    left, width = _at(sides[0]), _at(sides[1]) - _at(sides[0])
    borders = [(_at(rule) - left) / width for rule in table.down]
    filled = [
        {
            sum(border <= word.middle[0] for border in borders)
            for word in words
            if word.confidence >= SURE_WORD and len(plain(word.text)) > 1
        }
        for words in said
    ]
    if len(filled[0]) < max(2, MIN_HEADS_SHARE * columns):
        return ""
    if any(len(others) > len(filled[0]) / 2 for others in filled[1:]):
        return ""
    return row_text([word for word in said[0] if word.confidence >= SURE_WORD], borders)


def _heads_top(table: Table, words: Sequence[PrintedWord]) -> float:
    """Where heads begin that stand over a table without a ruling above them, px."""
    left, right = _at(table.down[0]), _at(table.down[-1])
    start = _height(table.across[0])
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


def _without_paragraphs(words: Sequence[PrintedWord], table: Table) -> list[PrintedWord]:
    """Words but those of lines above the table that run on over the columns' borders."""
    borders = [_at(rule) for rule in table.down]
    top = _height(table.across[0])
    kept: list[PrintedWord] = []
    for line in text_lines(words):
        crossed = [
            word
            for word in line
            if word.box[3] < top
            and any(word.box[0] + CROSSING_PX < x < word.box[2] - CROSSING_PX for x in borders)
        ]
        if not crossed:
            kept += line
    return kept


def _without_group_heads(
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


def _first_row(
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


def _row_words(
    page: RectifiedPage,
    table: Table,
    rules: Sequence[Rule],
    read: ReadPrint,
    lines: int = 1,
    ticks: Sequence[Box] = (),
) -> tuple[PrintedWord, ...]:
    """Words that all rows share, in pixels of a row of its usual size divided by its width.

    ``ticks``: boxes to tick in them, in shares of the row.
    """
    rows = _rows(table, rules, lines)
    return read_typical_row(page.gray, rows, read, ticks) if rows else ()


def _rows(table: Table, rules: Sequence[Rule], lines: int) -> list[Polygon]:
    """Corners of the rows of so many ``lines`` each, page px."""
    count = (len(rules) - 1) // lines * lines
    sides = table.down[0], table.down[-1]
    return [quad(rules[i], sides[0], rules[i + lines], sides[1]) for i in range(0, count, lines)]


def _cells(table: Table, rules: Sequence[Rule], left: int, right: int) -> list[Polygon]:
    """Corners of a column's cells between the ``rules``, page px."""
    sides = table.down[left], table.down[right]
    return [quad(high, sides[0], low, sides[1]) for high, low in pairwise(rules)]


def _captioned(
    page: RectifiedPage, table: Table, run: Sequence[Rule], read: ReadPrint
) -> tuple[int, tuple[DraftColumn, ...]]:
    """Columns told by captions: as many lines a row as make the most captions agree."""
    best: tuple[float, int, list[DraftColumn]] = (0.0, 1, [])
    for lines in range(1, MAX_LINES + 1):
        for first in range(lines):
            rules = run[first:]
            if (len(rules) - 1) // lines < MIN_ALIKE:
                continue
            columns = _lined_columns(page, table, rules, read, lines)
            # Once a cell: a caption that a border cuts is no two.
            told = sum(
                any(f.caption and f.kind is not FieldKind.TEXT for f in column.fields)
                for column in columns
            )
            # More lines repeat the same captions: what counts is how many a line.
            score = told / lines - 0.01 * first
            if score > best[0] + 0.05:
                best = (score, lines, columns)
    if not best[2]:
        raise FormError(
            "neither headers over the columns nor captions inside the cells could be read: "
            "give a sharper scan of the blank sheet"
        )
    return best[1], name_columns(best[2])


def _lined_columns(
    page: RectifiedPage, table: Table, rules: Sequence[Rule], read: ReadPrint, lines: int
) -> list[DraftColumn]:
    rows = _rows(table, rules, lines)
    boxes = boxes_to_tick(page.gray, rows)
    said = _row_words(page, table, rules, read, lines, boxes)
    sure = read_twice(page.gray, rows, said, read, boxes)
    width = _at(table.down[-1]) - _at(table.down[0])
    aspect = width / _row_height(rules, lines)
    columns = []
    for line in range(lines):
        places = line_places(table, rules, page.gray, line, lines)
        for low, high in pairwise(places):
            inside = [
                w
                for w in said
                if low <= w.middle[0] <= high and line / lines <= w.middle[1] <= (line + 1) / lines
            ]
            # A number alone is the row's own, seen through the others.
            found = captions_in(inside, aspect, sure, boxes)
            captions = [one for one in found if not plain(one).isdigit()]
            narrow = (high - low) * width < MIN_FIELD_PX
            if captions and not (narrow and not any(guess_kinds(one) for one in captions)):
                columns.append(draft_column("", captions, line=line + 1))
    return columns


def _row_height(rules: Sequence[Rule], lines: int) -> float:
    """Usual height of rows of so many ``lines``, px."""
    steps = [_height(low) - _height(high) for high, low in pairwise(rules)]
    return lines * sorted(steps)[len(steps) // 2]


def _height(rule: Rule) -> float:
    return float(rule.points[:, 1].mean())


def _at(rule: Rule) -> float:
    return float(rule.points[:, 0].mean())
