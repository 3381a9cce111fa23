"""Draft the columns of a table by the captions inside its cells, on so many lines a signer.

Captions are read in what all rows have in common. How many ruled lines a signer has is how many
make the most captions agree. It fails where fewer than four signers are ruled.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from digitizer.drafting.draftcolumns import draft_column, name_columns
from digitizer.drafting.drafted import DraftColumn
from digitizer.drafting.draftheads import MIN_HEADS_SHARE, place_of, row_height
from digitizer.drafting.fieldkinds import guess_kinds
from digitizer.drafting.rowprint import captions_in, read_twice
from digitizer.errors import FormError
from digitizer.layout.print.printedboxes import boxes_to_tick
from digitizer.layout.print.typicalrow import ReadPrint, read_typical_row
from digitizer.layout.print.wording import Box, contains, plain
from digitizer.layout.table.columnheads import MIN_FIELD_PX
from digitizer.layout.table.headorder import MIN_HEADER
from digitizer.layout.table.linedgrid import line_places
from digitizer.layout.table.signergrid import quad
from digitizer.lines.tables import Table
from digitizer.records import FieldKind, Polygon, PrintedWord, RectifiedPage, Rule

# Rows of more lines than this are not looked for.
MAX_LINES = 4
# What fewer rows have in common may be chance: with lines of two kinds in turn, two of
# three rows look alike.
MIN_ALIKE = 4
# Captions of several lines a row that tell so many fields and more than the heads are the fields.
MIN_CAPTIONS = 3
# One line more must make so many more captions agree a line; one less above them is better by this.
BETTER, LINE_ABOVE = 0.05, 0.01


@dataclass(frozen=True, slots=True, eq=False)
class RuledRows:
    """A table's even rows on a page: ``run`` are their rulings, ``read`` reads print of pixels."""

    page: RectifiedPage
    table: Table
    run: Sequence[Rule]
    read: ReadPrint

    @property
    def left(self) -> float:
        """Where the rows begin, page px."""
        return place_of(self.table.down[0])

    @property
    def width(self) -> float:
        """How wide the rows are, px."""
        return place_of(self.table.down[-1]) - self.left

    def quads(self, lines: int = 1) -> list[Polygon]:
        """Corners of the rows of so many ``lines`` each, page px."""
        count = (len(self.run) - 1) // lines * lines
        sides = self.table.down[0], self.table.down[-1]
        return [
            quad(self.run[i], sides[0], self.run[i + lines], sides[1])
            for i in range(0, count, lines)
        ]

    def words(self, lines: int = 1, ticks: Sequence[Box] = ()) -> tuple[PrintedWord, ...]:
        """Words that all rows share, in pixels of a row of its usual size divided by its width.

        ``ticks``: boxes to tick in them, in shares of the row.
        """
        rows = self.quads(lines)
        return read_typical_row(self.page.gray, rows, self.read, ticks) if rows else ()


def line_counts(rows: RuledRows) -> list[int]:
    """How many lines a signer may have on a table, more than one."""
    return [n for n in range(2, MAX_LINES + 1) if (len(rows.run) - 1) // n >= MIN_ALIKE]


def captions_of_lines(rows: RuledRows, heads: int) -> tuple[int, tuple[DraftColumn, ...]] | None:
    """Several lines a row and their columns, if captions tell more than so many ``heads`` do."""
    try:
        lines, columns = captioned_columns(rows)
    except FormError:
        return None
    return (
        (lines, columns) if lines > 1 and _told(columns) >= max(MIN_CAPTIONS, heads + 1) else None
    )


def captioned_columns(rows: RuledRows) -> tuple[int, tuple[DraftColumn, ...]]:
    """Columns told by captions: as many lines a row as make the most captions agree."""
    best: tuple[float, int, list[DraftColumn]] = (0.0, 1, [])
    above = 0
    for lines, first in _line_choices(len(rows.run) - 1):
        columns = _lined_columns(replace(rows, run=rows.run[first:]), lines)
        # More lines repeat the same captions: what counts is how many a line.
        score = _told(columns) / lines - LINE_ABOVE * first
        if score > best[0] + BETTER:
            best, above = (score, lines, columns), first
    if not best[2]:
        raise FormError(
            "rows were found, but no headers over their columns and no captions that say in all of "
            "them what is written there: write the definition by hand as docs/forms.md says, or "
            "give a sharper scan if this is one"
        )
    columns = _from_the_top(replace(rows, run=rows.run[: above + 1]), best[1], best[2])
    return best[1], name_columns(columns)


def _line_choices(count: int) -> Iterator[tuple[int, int]]:
    """How many lines a signer of ``count`` lines may have, and at which of them one begins."""
    for lines in range(1, MAX_LINES + 1):
        for first in range(lines):
            if (count - first) // lines >= MIN_ALIKE:
                yield lines, first


def _told(columns: Sequence[DraftColumn]) -> int:
    """How many columns have a caption that tells a kind: a caption that a border cuts is no two."""
    return sum(
        any(one.caption and one.kind is not FieldKind.TEXT for one in column.fields)
        for column in columns
    )


def _from_the_top(above: RuledRows, lines: int, columns: list[DraftColumn]) -> list[DraftColumn]:
    """The columns from a signer's first line on, if lines above hold the captions of the last ones.

    ``above``: the lines above those that the captions were read best in. A signer who began
    with the second line had the name of the one below.
    """
    for number, row in enumerate(reversed(above.quads())):
        line = lines - number
        captions = [f.caption for c in columns if c.line == line for f in c.fields if f.caption]
        text = " ".join(word.text for word in read_typical_row(above.page.gray, [row], above.read))
        seen = sum(contains(caption, text) >= MIN_HEADER for caption in captions)
        if not captions or seen < MIN_HEADS_SHARE * len(captions):
            return columns
    turned = [replace(c, line=(c.line + len(above.run) - 2) % lines + 1) for c in columns]
    return sorted(turned, key=lambda column: column.line)


def _lined_columns(rows: RuledRows, lines: int) -> list[DraftColumn]:
    """The columns of each of a row's ``lines`` that captions are read in."""
    gray, quads = rows.page.gray, rows.quads(lines)
    boxes = boxes_to_tick(gray, quads)
    said = rows.words(lines, boxes)
    sure = read_twice(gray, quads, said, rows.read, boxes)
    aspect = rows.width / row_height(rows.run, lines)
    columns = []
    for line in range(lines):
        for low, high in pairwise(line_places(rows.table, rows.run, gray, line, lines)):
            inside = [
                w
                for w in said
                if low <= w.middle[0] <= high and line / lines <= w.middle[1] <= (line + 1) / lines
            ]
            # A number alone is the row's own, seen through the others.
            found = captions_in(inside, aspect, sure, boxes)
            captions = [one for one in found if not plain(one).isdigit()]
            narrow = (high - low) * rows.width < MIN_FIELD_PX
            if captions and not (narrow and not any(guess_kinds(one) for one in captions)):
                columns.append(draft_column("", captions, line=line + 1))
    return columns
