"""Ids of sheets and rows: made of a page's content, and taken apart."""

from digitizer.records import FURTHER, page_of, part_of

# Digits of the page's SHA-256 in a sheet's name: 48 bits, so two of 100,000
# sheets share a name once in 50,000 such collections.
SHEET_ID_DIGITS = 12
# More sheets than this are told apart on no page: it is halved three times at most, and an
# outline covers 0.15 of its picture.
MOST_SHEETS = 8


def sheet_id(sha256: str, number: int) -> str:
    """Name of a page's sheet: from its content alone. ``number``: as of a PageRef.

    The second sheet on a page is called s2, the third s3.
    """
    further = f"s{part_of(number) + 1}" if part_of(number) else ""
    return f"{sha256[:SHEET_ID_DIGITS]}-p{page_of(number)}{further}"


def further_ids(sha256: str, page: int) -> tuple[str, ...]:
    """Names that a page's second sheet and those after it would have."""
    return tuple(sheet_id(sha256, page + FURTHER * part) for part in range(1, MOST_SHEETS))


def record_id(sheet: str, row: int) -> str:
    """Name of a row of a sheet."""
    return f"{sheet}-r{row:02d}"


def sheet_of(record: str) -> str:
    """Name of the sheet that a row of this name lies on."""
    return record.rpartition("-r")[0]
