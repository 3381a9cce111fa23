"""The words that records use for kinds, states and outcomes."""

from enum import StrEnum


class FieldKind(StrEnum):
    """What is written in a field; each kind has its own grammar."""

    NAME = "name"
    ADDRESS = "address"
    POSTAL_CODE = "postal_code"
    CITY = "city"
    PROVINCE = "province"
    PHONE = "phone"
    EMAIL = "email"
    DATE = "date"
    BIRTH_DATE = "birth_date"
    TEXT = "text"
    CHOICE = "choice"
    CODE = "code"
    SIGNATURE = "signature"
    CHECKBOX = "checkbox"
    ROW_NUMBER = "row_number"
    IGNORE = "ignore"


# What no signer writes: the row's number, what the office fills in. No column of records.csv.
UNWRITTEN_KINDS = frozenset({FieldKind.ROW_NUMBER, FieldKind.IGNORE})
# Cells of these hold print on a blank row, too.
PRINTED_KINDS = UNWRITTEN_KINDS | {FieldKind.CHECKBOX}
# Told by ink alone: their values are words of ours, nothing is read.
INK_KINDS = PRINTED_KINDS | {FieldKind.SIGNATURE}
# Days, of this petition's time or of a signer's birth.
DATE_KINDS = frozenset({FieldKind.DATE, FieldKind.BIRTH_DATE})


class DateOrder(StrEnum):
    """What a date in figures begins with; a year of four figures in front needs none."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    YEAR_FIRST = "year-first"


class Laid(StrEnum):
    """What of a cell's ink is of something that lies over it, a stamp or a stain.

    NONE: some ink beside it is enough to be written; WITHIN: all is of it or within its outline;
    ALL: nothing is left without its own strokes.
    """

    NONE = "none"
    WITHIN = "within"
    ALL = "all"


class Pale(StrEnum):
    """Whether strokes that were taken for the back's, since they are pale, may be writing.

    SHARP: as much as writing, with a pen's edges; SOFT: much, but blurred as what shines through.
    """

    NONE = "none"
    SOFT = "soft"
    SHARP = "sharp"


class InkState(StrEnum):
    """Whether somebody wrote in a cell; ``LOOK`` is for a person to decide."""

    EMPTY = "empty"
    LOOK = "look"
    WRITTEN = "written"


class Mark(StrEnum):
    """Ink in a cell that is not its value."""

    NONE = "none"
    DITTO = "ditto"
    STRUCK = "struck"


class FieldState(StrEnum):
    """Empty: no ink. Unread: ink that gave no value. Read: a value."""

    EMPTY = "empty"
    UNREAD = "unread"
    READ = "read"


class Route(StrEnum):
    """What happens to a field next."""

    ACCEPT = "accept"
    REVIEW = "review"


class RowStatus(StrEnum):
    """State of a signer row, as in records.csv; ``BLANK`` rows are not listed."""

    COUNTED = "counted"
    REVIEW = "review"
    STRUCK = "struck"
    DUPLICATE = "duplicate"
    INCOMPLETE = "incomplete"
    ILLEGIBLE = "illegible"
    BLANK = "blank"


class SheetStatus(StrEnum):
    """State of a page, as in sheets.csv."""

    READ = "read"
    REVIEW = "review"
    BLANK = "blank"
    DUPLICATE = "duplicate"
    UNRECOGNISED = "unrecognised"
    FAILED = "failed"


class Signature(StrEnum):
    """Whether a signature stands in its cell; it is never read as text."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCLEAR = "unclear"


# Where given and family name have cells of their own, ``name`` is the family name and this
# the given one.
FIRST_NAME = "first_name"
# Where the number of a house and its flat have cells of their own, ``address`` is the street
# alone and these are they.
CIVIC_NUMBER, APARTMENT = "civic_number", "apartment"
