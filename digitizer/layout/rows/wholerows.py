"""The rows of a form's tables where lines of theirs are lost, between them or at either end.

Whether high rows are several is told by the captions printed inside them, too.

Rows in which two lines of writing stand one above the other, a name over an email say, are
higher than others are and hold more than one line of writing, as two rows do between which
a line is lost. Two rows have every caption twice, one has it once. It tells nothing of forms
without captions, where one of them could not be read, or where rows are not alike.
"""

from collections.abc import Sequence

from digitizer.forms.forms import Form
from digitizer.layout.print.typicalrow import ReadPrint, read_typical_row
from digitizer.layout.rows.lostrows import divide_high_rows, is_uneven
from digitizer.layout.rows.rowsbeyond import with_rows_beyond
from digitizer.layout.rows.sharedrows import part_shared_rows
from digitizer.layout.table.cellparts import prints_captions_once
from digitizer.layout.table.signergrid import SignerGrid, all_rows
from digitizer.records import Pixels, PrintedWord, Rule


def whole_rows(
    grids: Sequence[SignerGrid],
    form: Form,
    rules: Sequence[Rule],
    page: tuple[Pixels, Sequence[PrintedWord]],
    read: ReadPrint,
) -> tuple[tuple[SignerGrid, ...], bool]:
    """The tables with all their rows, and whether any of these is a guess.

    As ``lostrows.divide_high_rows``, and as ``part_shared_rows`` where that divides none.

    Even rows stay whose captions tell that each is one. Rows beyond the first line and the last
    are put in (``rowsbeyond``).

    ``page``: the level page and its print. ``read`` reads the print of pixels.
    """
    gray, words = page
    found, guessed = _divided(grids, form, rules, gray, read)
    found, grown = with_rows_beyond(found, form, words, gray, read)
    return found, guessed or grown


def _divided(
    grids: Sequence[SignerGrid],
    form: Form,
    rules: Sequence[Rule],
    gray: Pixels,
    read: ReadPrint,
) -> tuple[tuple[SignerGrid, ...], bool]:
    found, guessed = divide_high_rows(grids, form, rules, gray)
    if not guessed:
        found, guessed = part_shared_rows(found, form, rules, gray)
    if not guessed or not form.has_captions or any(map(is_uneven, grids)):
        return found, guessed
    rows = all_rows(grids, form)
    said = read_typical_row(gray, [row.polygon for row in rows], read) if rows else ()
    return (tuple(grids), False) if prints_captions_once(rows, form, said) else (found, guessed)
