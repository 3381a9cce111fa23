"""Whether high rows are several whose lines are lost, by the captions printed inside them.

Rows in which two lines of writing stand one above the other, a name over an email say, are
higher than others are and hold more than one line of writing, as two rows do between which
a line is lost. Two rows have every caption twice, one has it once. It tells nothing of forms
without captions, where one of them could not be read, or where rows are not alike.
"""

from collections.abc import Sequence

from digitizer.forms.forms import Form
from digitizer.layout.cellparts import prints_captions_once
from digitizer.layout.lostrows import divide_high_rows, is_uneven
from digitizer.layout.sharedrows import part_shared_rows
from digitizer.layout.signergrid import SignerGrid, all_rows
from digitizer.layout.typicalrow import ReadPrint, read_typical_row
from digitizer.records import Pixels, Rule


def whole_rows(
    grids: Sequence[SignerGrid],
    form: Form,
    rules: Sequence[Rule],
    gray: Pixels,
    read: ReadPrint,
) -> tuple[tuple[SignerGrid, ...], bool]:
    """As ``lostrows.divide_high_rows``, and as ``part_shared_rows`` where that divides none.

    Even rows stay whose captions tell that each is one.

    ``read`` reads the print of pixels.
    """
    found, guessed = divide_high_rows(grids, form, rules, gray)
    if not guessed:
        found, guessed = part_shared_rows(found, form, rules, gray)
    if not guessed or not form.has_captions or any(map(is_uneven, grids)):
        return found, guessed
    rows = all_rows(grids, form)
    said = read_typical_row(gray, [row.polygon for row in rows], read) if rows else ()
    return (tuple(grids), False) if prints_captions_once(rows, form, said) else (found, guessed)
