"""Words of sheets.csv for pages that hold no petition, or that a person must look at as such.

Light on purpose: what tells of a run loads nothing that reads pictures.
"""

from collections.abc import Iterable

BLANK, BACK, LETTER, ENVELOPE = "blank-page", "back-of-sheet", "letter", "envelope"
BLURRED, COARSE, FADED = "too-blurred", "too-coarse", "too-faint"
# The table of the signers, or a part of it, ends where the picture does.
CUT_OFF = "sheet-cut-off"
# What is printed around a known form's table is there, and no table.
LINES_LOST = "lines-lost"
# Lines as between signers' rows are on it, and nothing that tells a known form.
ROWS_UNKNOWN = "rows-unknown"
RETAKES = (BLURRED, COARSE, FADED, LINES_LOST, CUT_OFF)
# Rows lie where writing, dots or numbers tell, no lines.
ROWS_GUESSED = "rows-guessed"
# The picture holds more than what was found on it: a piece of another sheet, or one left out.
INK_BESIDE = "ink-beside-sheet"
# A table ruled like the rows' is written in, and no row of the form was found in it.
TABLE_UNREAD = "table-unread"
# Somebody signed below the rows, in their columns, where no row is.
OFF_ROWS = "signed-off-rows"
# Somebody wrote in the collector's box, and the place of a field in it was not found.
BOX_INK = "box-ink-unread"
# Something lies on rows: a note, a slip, tape. Their numbers stand behind it.
ROW_COVERED = "row-covered"
# A cross or slash goes over most of the filled rows.
CROSSED_OUT = "crossed-out"
# Stands before the name of a known form that a page of none is near to.
NEAREST = "nearest:"
# What a person settles by saving the sheet's rows, moved or as they lie.
SETTLED_BY_ROWS = (
    FADED,
    ROWS_GUESSED,
    TABLE_UNREAD,
    OFF_ROWS,
    BOX_INK,
    ROW_COVERED,
    CROSSED_OUT,
)

MESSAGES = {
    BACK: "it looks like the back of a sheet: print shows through; nothing on it is counted",
    LETTER: "it looks like a letter or another page of text; nothing on it is counted",
    ENVELOPE: "it looks like an envelope; nothing on it is counted",
    BLURRED: "too blurred to read: photograph again from above, holding the phone still, "
    "or scan again",
    COARSE: "too small to read: photograph again from nearer, so that the sheet fills the "
    "picture, or scan again at 200 dpi",
    FADED: "rows seem empty but for crumbs or pale writing: look at the paper, and scan again "
    "in gray or darker",
    LINES_LOST: "the print of a known form is on it, but its ruled lines did not survive the "
    "scan: scan it again, in gray",
    ROWS_UNKNOWN: "it has rows as for signers, and no heads of a known form: where a part of it is "
    "cut off, photograph or scan the whole sheet again; else say which form it is",
    CUT_OFF: "part of the table is outside of the picture: photograph or scan the whole "
    "sheet again",
}


def plain_words(reasons: Iterable[str]) -> frozenset[str]:
    """The words of sheets.csv without what stands behind them: rows, names, measures."""
    return frozenset(word.partition(":")[0] for word in reasons)


def needs_retake(reasons: Iterable[str]) -> bool:
    """Whether a page with these words of sheets.csv must be photographed or scanned again."""
    return any(word in RETAKES for word in reasons)


def nearest_forms(reasons: Iterable[str]) -> tuple[str, ...]:
    """Names of the known forms that a page of none is near to, the nearest first."""
    return tuple(word.removeprefix(NEAREST) for word in reasons if word.startswith(NEAREST))


def waits_itself(reasons: Iterable[str], *, filled: bool) -> bool:
    """Whether a sheet waits for a person whatever is decided of its fields.

    ``filled``: any of its rows is. The filled rows of a sheet of guessed rows wait
    themselves (``row-guessed``); where there is none, nothing else shows the sheet.
    """
    words = plain_words(reasons)
    whole = not words.isdisjoint(set(SETTLED_BY_ROWS) - {ROWS_GUESSED})
    return whole or (ROWS_GUESSED in words and not filled)
