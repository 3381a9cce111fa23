"""Draft a form definition from a page: table, headers, kinds, box and phrases.

The draft says what is printed and guesses what people write there; a person
reads it over. It works from a blank sheet, and mostly from a filled one, since
headers stand outside the rows and captions are read in what all rows share. It
fails where the headers are pictures.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from digitizer.drafting.draftblanks import text_blanks, without_answers
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
from digitizer.drafting.draftheads import (
    MIN_HEADS_SHARE,
    below_box,
    first_row,
    heads_farther_up,
    heads_top,
    height_of,
    place_of,
    row_height,
    without_group_heads,
    without_paragraphs,
)
from digitizer.drafting.drafttitle import draft_phrases, draft_title
from digitizer.drafting.fieldkinds import asks_number, attests, guess_kinds, guess_language
from digitizer.drafting.rowprint import SURE_WORD, captions_in, read_twice, with_eszett
from digitizer.errors import FormError
from digitizer.forms.definitionvalues import OWN_COLUMNS
from digitizer.geometry import bbox_from_polygon
from digitizer.layout.examplerow import row_text
from digitizer.layout.headorder import MIN_HEADER
from digitizer.layout.linedgrid import line_places
from digitizer.layout.pagetitle import title_lines
from digitizer.layout.printedboxes import boxes_to_tick, combs
from digitizer.layout.printednumbers import are_numbered
from digitizer.layout.signergrid import MIN_FIELD_PX, even_rows, header_texts, quad
from digitizer.layout.twins import halves
from digitizer.layout.typicalrow import ReadPrint, read_typical_row
from digitizer.layout.wording import Box, contains, plain
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
MAX_LINES = 4
# What fewer rows have in common may be chance: with lines of two kinds in turn, two of
# three rows look alike.
MIN_ALIKE = 4
# Captions of several lines a row that tell so many fields and more than the heads are the fields.
MIN_CAPTIONS = 3
# An example is told from the rows below it by so many rows.
EXAMPLE_ROWS = 3
# So many ticks in one cell make it a comb of single characters.
MIN_COMB = 3
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
    whole, run = max(runs, key=lambda pair: (len(pair[1]), pair[0].column_count))
    words = with_eszett(words)
    sure = [word for word in words if word.confidence >= SURE_WORD]
    table = below_box(whole, sure)
    run = [rule for rule in run if height_of(rule) >= height_of(table.across[0]) - 1]
    columns, lines, rows_top, example = _columns(page, table, run, sure, read)
    if halves(table):
        columns = once_beside(columns)
    alike = [
        (table if t is whole else t, r[-1]) for t, r in runs if t.column_count == table.column_count
    ]
    outside = with_colons([word for word in sure if not _in_rows(word.middle, alike, rows_top)])
    officers = _attestations(tables, outside)
    labels = [word for word in outside if not _is_in(word, officers)]
    unsure = [
        word
        for word in words
        if word.confidence < SURE_WORD and not _in_rows(word.middle, alike, rows_top)
    ]
    blanks = text_blanks(
        [*labels, *(word for word in unsure if not _is_in(word, officers))],
        rules,
        page.gray,
        lambda x, y: _in_rows((x, y), alike, rows_top),
    )
    labels, outside = without_answers(labels, blanks), without_answers(outside, blanks)
    taken = {one.name for column in columns for one in column.fields} | OWN_COLUMNS
    box_title, box, in_box = draft_box(
        labels,
        taken,
        lambda label: empty_cell(page.gray, rules, label, outside),
        title=[word for line in title_lines(outside, table) for word in line],
        blanks=blanks,
    )
    heads = [text for column in columns for text in column_texts(column)]
    text = " ".join([*(word.text for word in outside), *heads])
    said = [word for word in outside if word not in in_box]
    plainly = [word for word in said if not _is_in(word, bands)]
    phrases, first = draft_phrases(plainly)
    title = draft_title(said, table, first)
    language = guess_language(text)
    return Draft(name, language, title, phrases, lines, columns, box_title, box, example)


def _attestations(tables: Sequence[Table], words: Sequence[PrintedWord]) -> list[Box]:
    """Frames in which an officer certifies the signatures, none that a collector fills in."""
    found = []
    for table in tables:
        frame = bbox_from_polygon(table.outline())
        text = plain(" ".join(word.text for word in words if _is_in(word, [frame])))
        if attests(text):
            found.append(frame)
    return found


def _is_in(word: PrintedWord, boxes: Sequence[Box]) -> bool:
    x, y = word.middle
    return any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in boxes)


def _in_rows(place: tuple[float, float], tables: Sequence[tuple[Table, Rule]], top: float) -> bool:
    """Whether a place is in the rows of a table (down to a ruling) or in its header."""
    x, y = place
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
    every = words
    words = without_paragraphs(words, table)
    boxes = boxes_to_tick(page.gray, _rows(table, run, 1))
    said = _row_words(page, table, run, read, ticks=boxes)
    sure = read_twice(page.gray, _rows(table, run, 1), said, read, boxes)
    # Captions of rows of several lines stand in every second or third line.
    alike = [n for n in range(2, MAX_LINES + 1) if (len(run) - 1) // n >= MIN_ALIKE]
    repeated = [*said, *(w for n in alike for w in _row_words(page, table, run, read, n))]
    first = first_row(table, run, words, repeated)
    words = without_group_heads(words, table, first)
    spans, texts = header_texts(table, words, first, by_header=True)
    top = float(table.across[0].points[:, 1].mean())
    told = _told(texts)
    if told < 2 and first == 0:
        texts, top = heads_farther_up(table, run, every) or (texts, top)
        told = _told(texts)
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
    elif set(map(plain, _telling(repeated))) - set(map(plain, _telling(said))):
        # Print in every second or third line: the heads may say what all of a row is for.
        captioned = _captions_of_lines(page, table, run, read, told)
        if captioned is not None:
            return captioned[1], captioned[0], top, ""
    rules = [rule for rule in run if height_of(rule) >= height_of(table.across[first]) - 1]
    if first == 0:
        top = min(top, heads_top(table, words))
    ticks = line_places(table, rules, page.gray, 0, 1, TICKS)
    combed = combs(page.gray, _rows(table, rules, 1))
    drafted = []
    left, right = table.down[0], table.down[-1]
    width = place_of(right) - place_of(left)
    aspect = width / row_height(run, 1)
    for (a, b), header in zip(spans, texts, strict=True):
        cell = (
            (place_of(table.down[a]) - place_of(left)) / width,
            (place_of(table.down[b]) - place_of(left)) / width,
        )
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


def _told(texts: Sequence[str]) -> int:
    return sum(bool(guess_kinds(text)) and bool(plain(text)) for text in texts)


def _telling(words: Sequence[PrintedWord]) -> list[str]:
    """What is surely read among words and tells a kind."""
    return [
        word.text
        for word in words
        if word.confidence >= SURE_WORD and len(plain(word.text)) > 1 and guess_kinds(word.text)
    ]


def _captions_of_lines(
    page: RectifiedPage, table: Table, run: Sequence[Rule], read: ReadPrint, heads: int
) -> tuple[int, tuple[DraftColumn, ...]] | None:
    """Several lines a row and their columns, if captions tell more than so many ``heads`` do."""
    try:
        lines, columns = _captioned(page, table, run, read)
    except FormError:
        return None
    told = sum(
        any(one.caption and one.kind is not FieldKind.TEXT for one in column.fields)
        for column in columns
    )
    return (lines, columns) if lines > 1 and told >= max(MIN_CAPTIONS, heads + 1) else None


def _example(
    page: RectifiedPage, table: Table, rules: Sequence[Rule], columns: int, read: ReadPrint
) -> str:
    """What is printed in the first row alone, over most columns; nothing if there is none."""
    if len(rules) < EXAMPLE_ROWS + 1:
        return ""
    sides = table.down[0], table.down[-1]
    rows = [quad(a, sides[0], b, sides[1]) for a, b in pairwise(rules[: EXAMPLE_ROWS + 1])]
    said = [read_typical_row(page.gray, [row], read) for row in rows]
    left, width = place_of(sides[0]), place_of(sides[1]) - place_of(sides[0])
    borders = [(place_of(rule) - left) / width for rule in table.down]
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
    above = 0
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
                best, above = (score, lines, columns), first
    if not best[2]:
        raise FormError(
            "rows were found, but no headers over their columns and no captions that say in all of "
            "them what is written there: write the definition by hand as docs/forms.md says, or "
            "give a sharper scan if this is one"
        )
    columns = _from_the_top(page, table, run[: above + 1], read, best[1], best[2])
    return best[1], name_columns(columns)


def _from_the_top(
    page: RectifiedPage,
    table: Table,
    rules: Sequence[Rule],
    read: ReadPrint,
    lines: int,
    columns: list[DraftColumn],
) -> list[DraftColumn]:
    """The columns from a signer's first line on, if lines above hold the captions of the last ones.

    ``rules``: of the lines above those that the captions were read best in. A signer who began
    with the second line had the name of the one below.
    """
    for number, row in enumerate(reversed(_rows(table, rules, 1))):
        line = lines - number
        captions = [f.caption for c in columns if c.line == line for f in c.fields if f.caption]
        text = " ".join(word.text for word in read_typical_row(page.gray, [row], read))
        seen = sum(contains(caption, text) >= MIN_HEADER for caption in captions)
        if not captions or seen < MIN_HEADS_SHARE * len(captions):
            return columns
    turned = [replace(c, line=(c.line + len(rules) - 2) % lines + 1) for c in columns]
    return sorted(turned, key=lambda column: column.line)


def _lined_columns(
    page: RectifiedPage, table: Table, rules: Sequence[Rule], read: ReadPrint, lines: int
) -> list[DraftColumn]:
    rows = _rows(table, rules, lines)
    boxes = boxes_to_tick(page.gray, rows)
    said = _row_words(page, table, rules, read, lines, boxes)
    sure = read_twice(page.gray, rows, said, read, boxes)
    width = place_of(table.down[-1]) - place_of(table.down[0])
    aspect = width / row_height(rules, lines)
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
