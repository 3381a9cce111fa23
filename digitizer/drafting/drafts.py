"""Draft a form definition from a page: table, headers, kinds, box and phrases.

The draft says what is printed and guesses what people write there; a person
reads it over. It works from a blank sheet, and mostly from a filled one, since
headers stand outside the rows and captions are read in what all rows share. It
fails where the headers are pictures.
"""

from collections.abc import Sequence

from digitizer.drafting.draftblanks import text_blanks, without_answers
from digitizer.drafting.draftbox import draft_box, with_colons
from digitizer.drafting.draftcaptions import RuledRows
from digitizer.drafting.draftcells import empty_cell
from digitizer.drafting.draftcolumns import (
    column_texts,
    once_beside,
)
from digitizer.drafting.drafted import Draft
from digitizer.drafting.draftheads import (
    below_box,
    height_of,
)
from digitizer.drafting.drafttable import draft_table
from digitizer.drafting.drafttitle import draft_phrases, draft_title
from digitizer.drafting.fieldkinds import attests, guess_language
from digitizer.drafting.rowprint import SURE_WORD, with_eszett
from digitizer.errors import FormError
from digitizer.forms.definitionvalues import OWN_COLUMNS
from digitizer.geometry import bbox_from_polygon
from digitizer.layout.identification.pagetitle import title_lines
from digitizer.layout.print.typicalrow import ReadPrint
from digitizer.layout.print.wording import Box, plain
from digitizer.layout.table.signergrid import even_rows
from digitizer.layout.table.twins import halves
from digitizer.lines.rulepaths import rule_at
from digitizer.lines.tables import Table
from digitizer.records import (
    PrintedWord,
    RectifiedPage,
    Rule,
)

# So many even rulings make rows.
LEAST_RULINGS = 3


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
    words = with_eszett(words)
    sure = [word for word in words if word.confidence >= SURE_WORD]
    rows, areas = _signer_rows(page, tables, sure, read)
    drafted = draft_table(rows, sure)
    columns = once_beside(drafted.columns) if halves(rows.table) else drafted.columns

    def is_row(x: float, y: float) -> bool:
        return _in_rows((x, y), areas, drafted.top)

    printed = with_colons([word for word in sure if not is_row(*word.middle)])
    unsure = [w for w in words if w.confidence < SURE_WORD and not is_row(*w.middle)]
    officers = _attestations(tables, printed)
    collectors = [word for word in (*printed, *unsure) if not _is_in(word, officers)]
    blanks = text_blanks(collectors, rules, page.gray, is_row)
    # What was written on the lines is read as words, too.
    printed = without_answers(printed, blanks)
    box_title, box, in_box = draft_box(
        [word for word in printed if not _is_in(word, officers)],
        {one.name for column in columns for one in column.fields} | OWN_COLUMNS,
        lambda label: empty_cell(page.gray, rules, label, printed),
        title=[word for line in title_lines(printed, rows.table) for word in line],
        blanks=blanks,
    )
    said = [word for word in printed if word not in in_box]
    phrases, first = draft_phrases([word for word in said if not _is_in(word, bands)])
    heads = [text for column in columns for text in column_texts(column)]
    return Draft(
        name=name,
        language=guess_language(" ".join([*(word.text for word in printed), *heads])),
        title=draft_title(said, rows.table, first),
        phrases=phrases,
        lines=drafted.lines,
        columns=columns,
        box_title=box_title,
        box=box,
        example=drafted.example,
    )


def _signer_rows(
    page: RectifiedPage, tables: Sequence[Table], words: Sequence[PrintedWord], read: ReadPrint
) -> tuple[RuledRows, list[tuple[Table, Rule]]]:
    """The table with the most even rows, without a box above it, and those like it.

    Of each of these the ruling with which its rows end, too.
    """
    every = [(table, run) for table in tables if len(run := even_rows(table)) >= LEAST_RULINGS]
    # Where no table has columns, its rows may be cards, one below the other.
    runs = [pair for pair in every if pair[0].column_count >= 2] or every
    if not runs:
        raise FormError(
            "no ruled table with even rows was found on this page: give a clean, complete scan "
            "of the blank sheet"
        )
    whole, run = max(runs, key=lambda pair: (len(pair[1]), pair[0].column_count))
    table = below_box(whole, words)
    run = [rule for rule in run if height_of(rule) >= height_of(table.across[0]) - 1]
    alike = [
        (table if one is whole else one, ends[-1])
        for one, ends in runs
        if one.column_count == table.column_count
    ]
    return RuledRows(page, table, run, read), alike


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
