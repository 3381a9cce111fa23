"""Draft a table: its columns by their heads, or by the captions inside its cells.

Heads are words that stand above the rows, in a band of their own or in the table's first rows. A
column under a head is drafted with what is printed in all of its cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from digitizer.drafting.draftcaptions import (
    RuledRows,
    captioned_columns,
    captions_of_lines,
    line_counts,
)
from digitizer.drafting.draftcolumns import draft_column, name_columns, number_column, with_ticks
from digitizer.drafting.drafted import DraftColumn
from digitizer.drafting.draftheads import (
    MIN_HEADS_SHARE,
    first_row,
    heads_farther_up,
    heads_top,
    height_of,
    place_of,
    row_height,
    without_group_heads,
    without_paragraphs,
)
from digitizer.drafting.fieldkinds import asks_number, guess_kinds
from digitizer.drafting.rowprint import SURE_WORD, captions_in, read_twice
from digitizer.errors import FormError
from digitizer.layout.print.printedboxes import boxes_to_tick, combs
from digitizer.layout.print.printednumbers import are_numbered
from digitizer.layout.print.typicalrow import read_typical_row
from digitizer.layout.print.wording import Box, plain
from digitizer.layout.rows.examplerow import row_text
from digitizer.layout.table.columnheads import MIN_FIELD_PX, header_texts
from digitizer.layout.table.linedgrid import line_places
from digitizer.layout.table.signergrid import quad
from digitizer.records import PAGE_PX_PER_MM, Polygon, PrintedWord

# An example is told from the rows below it by so many rows.
EXAMPLE_ROWS = 3
# So many ticks in one cell make it a comb of single characters, this far from its sides, in shares
# of the row.
MIN_COMB, FROM_SIDE = 3, 0.005
# A column with the rows' numbers and no head that tells anything is narrower than this, 20 mm.
MOST_NUMBER_PX = 20 * PAGE_PX_PER_MM
# The foot of a row in which the ticks of a comb stand, as a share of its height.
TICKS = 0.2
# Heads of so many columns that tell kinds are heads.
MIN_TOLD = 2


@dataclass(frozen=True, slots=True)
class DraftTable:
    """The columns, how many ruled lines a row has, and where the table's print begins, px.

    And what is printed in the first row, if that is an example.
    """

    columns: tuple[DraftColumn, ...]
    lines: int
    top: float
    example: str = ""


@dataclass(frozen=True, slots=True)
class _InRows:
    """What all rows share: words, those of them read twice, and boxes to tick; shares of a row.

    ``repeated``: with what is printed in every second or third line, where several make a row.
    """

    said: tuple[PrintedWord, ...]
    sure: tuple[PrintedWord, ...]
    boxes: tuple[Box, ...]
    repeated: tuple[PrintedWord, ...]


@dataclass(frozen=True, slots=True)
class _Heads:
    """What stands over the columns: their borders' numbers two and two, and each one's text.

    ``first``: the number of the ruling at which the rows begin; ``top``: where print begins, px.
    """

    first: int
    spans: Sequence[tuple[int, int]]
    texts: Sequence[str]
    top: float

    @property
    def told(self) -> int:
        """How many tell a kind."""
        return sum(bool(guess_kinds(text)) and bool(plain(text)) for text in self.texts)

    @property
    def read(self) -> int:
        """How many are words, whatever they say."""
        return sum(len(plain(text)) > 1 for text in self.texts)

    @property
    def are_few(self) -> bool:
        """Whether captions inside the cells are asked for: next to nothing is told.

        Heads over all columns in a row of their own are heads, if one of them alone is known.
        """
        in_a_row = self.first > 0 and self.told > 0 and self.read == len(self.texts)
        return self.told < MIN_TOLD and not in_a_row


def draft_table(rows: RuledRows, words: Sequence[PrintedWord]) -> DraftTable:
    """The draft of a table; ``words``: the page's print that is sure enough, in and around it.

    Raises FormError where neither heads nor captions are found.
    """
    printed = _read_rows(rows)
    text = without_paragraphs(words, rows.table)
    heads = _find_heads(rows, words, text, printed)
    captioned = _captioned_instead(rows, heads, printed)
    if captioned is not None:
        lines, columns = captioned
        return DraftTable(columns, lines, heads.top)
    return _headed_table(rows, heads, printed, text)


def _read_rows(rows: RuledRows) -> _InRows:
    boxes = boxes_to_tick(rows.page.gray, rows.quads())
    said = rows.words(ticks=boxes)
    sure = read_twice(rows.page.gray, rows.quads(), said, rows.read, boxes)
    # Captions of rows of several lines stand in every second or third line.
    repeated = [*said, *(word for lines in line_counts(rows) for word in rows.words(lines))]
    return _InRows(said, sure, tuple(boxes), tuple(repeated))


def _find_heads(
    rows: RuledRows,
    every: Sequence[PrintedWord],
    words: Sequence[PrintedWord],
    printed: _InRows,
) -> _Heads:
    """The heads; ``every``: all words, ``words``: without those of paragraphs."""
    table = rows.table
    first = first_row(table, rows.run, words, printed.repeated)
    own = without_group_heads(words, table, first)
    top = height_of(table.across[0])
    heads = _Heads(first, *header_texts(table, own, first, by_header=True), top)
    # A section's title under the heads ("A. Residents") lets no ruling through.
    among = _Heads(first, *header_texts(table, own, first, by_header=False), top)
    if len(heads.spans) == 1 and among.told >= MIN_TOLD:
        heads = among
    if first == 0 and heads.told < MIN_TOLD:
        farther = heads_farther_up(table, rows.run, every)
        if farther is not None:
            return replace(heads, texts=farther[0], top=farther[1])
    return heads


def _captioned_instead(
    rows: RuledRows, heads: _Heads, printed: _InRows
) -> tuple[int, tuple[DraftColumn, ...]] | None:
    """Lines a row and columns by captions, where heads say less; None where the heads say it."""
    if heads.are_few:
        try:
            return captioned_columns(rows)
        except FormError:
            # Heads of a language that no kind is guessed in are heads all the same.
            if heads.read < max(MIN_TOLD, MIN_HEADS_SHARE * len(heads.texts)):
                raise
            return None
    if _telling(printed.repeated) - _telling(printed.said):
        # Print in every second or third line: the heads may say what all of a row is for.
        return captions_of_lines(rows, heads.told)
    return None


def _telling(words: Sequence[PrintedWord]) -> set[str]:
    """What is surely read among words and tells a kind."""
    return {
        plain(word.text)
        for word in words
        if word.confidence >= SURE_WORD and len(plain(word.text)) > 1 and guess_kinds(word.text)
    }


def _headed_table(
    rows: RuledRows, heads: _Heads, printed: _InRows, words: Sequence[PrintedWord]
) -> DraftTable:
    """The table of columns under heads; ``words``: the page's, without those of paragraphs."""
    table, top = rows.table, heads.top
    starts = height_of(table.across[heads.first]) - 1
    signers = replace(rows, run=[rule for rule in rows.run if height_of(rule) >= starts])
    if heads.first == 0:
        top = min(top, heads_top(table, without_group_heads(words, table, heads.first)))
    marks = _Marks(
        tuple(line_places(table, signers.run, rows.page.gray, 0, 1, TICKS)),
        tuple(combs(rows.page.gray, signers.quads())),
    )
    # A row's height is that of all rows, the head's among them if it is one.
    aspect = rows.width / row_height(rows.run, 1)
    drafted = [
        _headed_column(signers, span, text, printed, marks, aspect)
        for span, text in zip(heads.spans, heads.texts, strict=True)
    ]
    columns = name_columns([column for column in drafted if column is not None])
    return DraftTable(columns, 1, top, _example(signers, len(heads.spans)))


@dataclass(frozen=True, slots=True)
class _Marks:
    """What shows combs: places of ticks, and boxes of a character each; shares of a row."""

    ticks: tuple[float, ...]
    combed: tuple[Box, ...]

    def comb(self, low: float, high: float, rulings: int, boxes: int) -> bool:
        """Whether a cell is a comb: ``rulings`` between its sides, ``boxes`` to tick in it."""
        ticks = sum(low + FROM_SIDE < tick < high - FROM_SIDE for tick in self.ticks)
        # The boxes of a comb may stand apart from the rulings of the row.
        apart = any(low <= box[0] and box[2] <= high for box in self.combed)
        return ticks >= MIN_COMB or (rulings > MIN_COMB and not boxes) or apart


def _headed_column(
    rows: RuledRows,
    span: tuple[int, int],
    header: str,
    printed: _InRows,
    marks: _Marks,
    aspect: float,
) -> DraftColumn | None:
    """The column between two borders under a head; None for a gap between columns."""
    low, high = ((place_of(rows.table.down[k]) - rows.left) / rows.width for k in span)
    wide = (high - low) * rows.width
    if asks_number(header) or _is_numbered(rows, span, header, wide):
        return number_column(header)
    if wide < MIN_FIELD_PX and not plain(header):
        return None  # nobody writes in it
    inside = [word for word in printed.said if low <= word.middle[0] <= high]
    boxes = [box for box in printed.boxes if low <= (box[0] + box[2]) / 2 <= high]
    column = draft_column(
        header,
        captions_in(inside, aspect, printed.sure, boxes),
        comb=marks.comb(low, high, span[1] - span[0], len(boxes)),
    )
    return with_ticks(column, len(boxes))


def _is_numbered(rows: RuledRows, span: tuple[int, int], header: str, wide: float) -> bool:
    """Whether the rows' numbers stand in a narrow column of which the head says nothing."""
    if wide >= MOST_NUMBER_PX or (plain(header) and guess_kinds(header)):
        return False
    return are_numbered(rows.page.gray, _cells(rows, *span), rows.read)


def _cells(rows: RuledRows, left: int, right: int) -> list[Polygon]:
    """Corners of a column's cells, page px."""
    sides = rows.table.down[left], rows.table.down[right]
    return [quad(high, sides[0], low, sides[1]) for high, low in pairwise(rows.run)]


def _example(rows: RuledRows, columns: int) -> str:
    """What is printed in the first row alone, over most columns; nothing if there is none."""
    if len(rows.run) < EXAMPLE_ROWS + 1:
        return ""
    sides = rows.table.down[0], rows.table.down[-1]
    quads = [quad(a, sides[0], b, sides[1]) for a, b in pairwise(rows.run[: EXAMPLE_ROWS + 1])]
    said = [read_typical_row(rows.page.gray, [row], rows.read) for row in quads]
    borders = [(place_of(rule) - rows.left) / rows.width for rule in rows.table.down]
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
