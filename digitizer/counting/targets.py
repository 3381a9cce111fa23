"""Stored rows -> files that other programs import.

Each target takes only some rows and names its columns in its own way; both are
published, see docs/exports.md for the pages. What a target would not take is
listed with the reason in ``.dropped.csv`` rather than lost at the import:

not-counted:STATUS   struck, incomplete, ..., or waiting for review
no-consent           the target subscribes all whom it is given
no-email             the target knows people by their email, and none was read surely
same-email           the target would merge it with RECORD, an earlier row
no-name-or-email     nothing to know the person by

The first column is our record id: an importer that stumbles over the byte order
mark (which Excel needs to read accents) stumbles over the column least needed.
"""

import contextlib
import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from digitizer.export import (
    DROPPED_COLUMNS,
    dropped_file,
    export_canonical,
    replacing,
    safe_text,
)
from digitizer.records import FieldKind, Route, RowStatus
from digitizer.states import APARTMENT, CIVIC_NUMBER, FIRST_NAME
from digitizer.validity import EMAIL, POSTAL_CODE, PROVINCES
from digitizer.workspace.stored import RecordRow

# NationBuilder and Engaging Networks take files of up to 20 MB; they do not say
# which megabyte they mean, so the smaller one is kept.
MAX_FILE_BYTES = 20_000_000
# CiviCRM's import page asks for less than 2 MB (the usual upload limit of PHP, which
# its server may raise).
CIVICRM_FILE_BYTES = 2_000_000 - 1

COUNTRY = "Canada"
COUNTRY_CODE = "CA"

# Columns of phones and postal codes: what stands there goes on as it was written where
# it can be nothing else, since an importer keeps the apostrophe that spreadsheets take off.
_NUMBER_COLUMNS = frozenset(
    "can2_phone|phone_number|Phone Number|Phone|zip_code|primary_zip|Postcode|Postal Code".split(
        "|"
    )
)
_NUMBERS = re.compile(r"\+?[0-9][0-9 ().-]*", re.ASCII)

# Words that belong to the family name though they are not its last.
_PARTICLES = frozenset(
    "de du des da dos di della la le les van von der den ter ten st ste saint sainte mac mc al el "
    "bin ibn".split()
)

_CONTACT = frozenset({FieldKind.EMAIL, FieldKind.PHONE})

Line = dict[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """A program that imports people: its columns, what it takes, and where it says so.

    ``line``: the columns of a person. ``drops``: why it would not take a row,
    empty where it would. ``by_email``: it merges rows of one email.
    """

    name: str
    columns: tuple[str, ...]
    line: Callable[[RecordRow], Line]
    drops: Callable[[RecordRow], str]
    by_email: bool
    sources: tuple[str, ...]
    max_bytes: int = MAX_FILE_BYTES


def split_name(name: str) -> tuple[str, str]:
    """Given and family name; a name of one word is a family name.

    "Marie de la Tour" and "de la Tour, Marie" are both Marie / de la Tour. Which
    words of a longer name belong to the family cannot be known for all names.
    """
    family, comma, given = name.partition(",")
    if comma:
        return " ".join(given.split()), " ".join(family.split())
    words = name.split()
    start = max(len(words) - 1, 0)
    while start > 1 and words[start - 1].casefold().rstrip(".") in _PARTICLES:
        start -= 1
    return " ".join(words[:start]), " ".join(words[start:])


def export_target(
    target: Target,
    records: Iterable[RecordRow],
    file: Path,
    *,
    max_bytes: int | None = None,
) -> int:
    """Write the rows that ``target`` takes to ``file``, the others beside it.

    More than the target's limit goes on in FILE.part2.csv and so on, each with
    its header. Returns the number of rows written.
    """
    emails: dict[str, str] = {}
    count = 0
    with (
        # First, so that a folder that is not there is told with the name that was typed.
        _Parts(file, target.columns, max_bytes or target.max_bytes) as parts,
        replacing(dropped_file(file)) as drops_file,
    ):
        dropped = csv.writer(drops_file, lineterminator="\r\n")
        dropped.writerow(DROPPED_COLUMNS)
        for record in records:
            reason = _reason(target, record, emails)
            if reason:
                dropped.writerow((record.record_id, reason))
                continue
            parts.write(target.line(record))
            count += 1
    return count


def part_file(file: Path, part: int) -> Path:
    """The file of a part, from 1: out.csv, out.part2.csv, ..."""
    return file if part == 1 else file.with_name(f"{file.stem}.part{part}{file.suffix}")


def _reason(target: Target, record: RecordRow, emails: dict[str, str]) -> str:
    if record.status is not RowStatus.COUNTED:
        return f"not-counted:{record.status.value}"
    reason = target.drops(record)
    email = _email(record).casefold()
    if reason or not email or not target.by_email:
        return reason
    first = emails.setdefault(email, record.record_id)
    return "" if first == record.record_id else f"same-email:{first}"


class _Parts:
    """Writes lines to one file after another, each within the limit.

    All of them are put in place together, when everything went well.
    """

    def __init__(self, file: Path, columns: Sequence[str], max_bytes: int) -> None:
        self._file = file
        self._columns = columns
        self._max_bytes = max_bytes
        self._open = contextlib.ExitStack()
        self._part = 0
        self._bytes = 0
        self._filled = False
        self._text: TextIO | None = None

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)
        if error is None:
            # Parts of a longer export before this one would be imported with it.
            old = self._part + 1
            while part_file(self._file, old).is_file():
                part_file(self._file, old).unlink()
                old += 1

    def write(self, line: Line) -> None:
        """Write a line, in a new part where it does not fit."""
        text = _csv_line([_cell(column, line.get(column, "")) for column in self._columns])
        if self._bytes + len(text.encode()) > self._max_bytes and self._filled:
            self._begin()
        self._put(text)
        self._filled = True

    def _begin(self) -> None:
        self._part += 1
        self._text = self._open.enter_context(replacing(part_file(self._file, self._part)))
        # The byte order mark.
        self._bytes = 3
        self._filled = False
        self._put(_csv_line(self._columns))

    def _put(self, text: str) -> None:
        if self._text is None:
            raise ValueError("the parts are not open")
        self._text.write(text)
        self._bytes += len(text.encode())


def _cell(column: str, text: str) -> str:
    if column in _NUMBER_COLUMNS and _NUMBERS.fullmatch(text):
        return text
    return safe_text(text)


def _csv_line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


# --- what the targets take


def _value(record: RecordRow, name: str) -> str:
    value = record.get(name)
    if value is None or (value.kind in _CONTACT and value.route is Route.REVIEW):
        # A doubtful address of somebody would reach somebody else.
        return ""
    return value.value


def _names(record: RecordRow) -> tuple[str, str]:
    """Given and family name, in cells of their own (``first_name``, ``name``) or in one."""
    if record.get(FIRST_NAME) is None:
        return split_name(_value(record, "name"))
    return _value(record, FIRST_NAME), _value(record, "name")


def _street(record: RecordRow) -> str:
    """The street with number and flat: in one cell, or in cells of their own."""
    street = f"{_value(record, CIVIC_NUMBER)} {_value(record, 'address')}".strip()
    flat = _value(record, APARTMENT)
    return f"{street}, {flat}" if street and flat else street or flat


def _country(record: RecordRow, name: str) -> str:
    """``name`` where the postal code, or else the province, is Canadian; else nothing.

    Signers abroad say so seldom, and a wrong country is worse than none.
    """
    code = _value(record, "postal_code")
    canadian = POSTAL_CODE.fullmatch(code) if code else _value(record, "province") in PROVINCES
    return name if canadian else ""


def _box_value(record: RecordRow, name: str) -> str:
    value = record.sheet.get(name)
    return "" if value is None else value.value


def _email(record: RecordRow) -> str:
    email = _value(record, "email")
    return email if EMAIL.fullmatch(email) else ""


def _yes_no(record: RecordRow) -> str:
    return "Y" if record.contact_consent else "N"


def _drops_action_network(record: RecordRow) -> str:
    if not record.contact_consent:
        return "no-consent"
    return "" if _email(record) else "no-email"


def _action_network(record: RecordRow) -> Line:
    first, last = _names(record)
    return {
        "record_id": record.record_id,
        "email": _email(record),
        "first_name": first,
        "last_name": last,
        "can2_phone": _value(record, "phone"),
        "can2_user_address": _street(record),
        "can2_user_city": _value(record, "city"),
        "can2_state_abbreviated": _value(record, "province"),
        "zip_code": _value(record, "postal_code"),
        "country": _country(record, COUNTRY_CODE),
        "petition": record.sheet.petition or "",
        "event_location": _box_value(record, "event_location"),
        "date_collected": _box_value(record, "date_collected"),
    }


def _drops_nationbuilder(record: RecordRow) -> str:
    named = all(_names(record))
    return "" if named or _email(record) else "no-name-or-email"


def _nationbuilder(record: RecordRow) -> Line:
    first, last = _names(record)
    return {
        "external_id": record.record_id,
        "first_name": first,
        "last_name": last,
        "email": _email(record),
        "email_opt_in": _yes_no(record),
        "phone_number": _value(record, "phone"),
        "primary_address1": _street(record),
        "primary_city": _value(record, "city"),
        "primary_state": _value(record, "province"),
        "primary_zip": _value(record, "postal_code"),
        "primary_country_code": _country(record, COUNTRY_CODE),
        # A comma would make two tags of one petition.
        "tag_list": " ".join((record.sheet.petition or "").replace(",", " ").split()),
        "note": _note(record),
    }


def _drops_engaging_networks(record: RecordRow) -> str:
    return "" if _email(record) else "no-email"


def _engaging_networks(record: RecordRow) -> Line:
    first, last = _names(record)
    return {
        "Supporter Reference": record.record_id,
        "Email Address": _email(record),
        "First Name": first,
        "Last Name": last,
        "Address 1": _street(record),
        "City": _value(record, "city"),
        "Region": _value(record, "province"),
        "Postcode": _value(record, "postal_code"),
        "Country": _country(record, COUNTRY_CODE),
        "Phone Number": _value(record, "phone"),
        "Opt-in": _yes_no(record),
    }


def _drops_civicrm(record: RecordRow) -> str:
    named = all(_names(record))
    return "" if named or _email(record) else "no-name-or-email"


def _civicrm(record: RecordRow) -> Line:
    first, last = _names(record)
    refuses = "0" if record.contact_consent else "1"
    return {
        "External Identifier": record.record_id,
        "First Name": first,
        "Last Name": last,
        "Email": _email(record),
        "Phone": _value(record, "phone"),
        "Street Address": _street(record),
        "City": _value(record, "city"),
        "State": _value(record, "province"),
        "Postal Code": _value(record, "postal_code"),
        "Country": _country(record, COUNTRY),
        "Do Not Email": refuses,
        "Do Not Phone": refuses,
        "Do Not Sms": refuses,
        "No Bulk Emails (User Opt Out)": refuses,
        "Contact Source": record.sheet.petition or "",
        "Note": _note(record),
    }


def _note(record: RecordRow) -> str:
    told = (_box_value(record, "event_location"), _box_value(record, "date_collected"))
    return ", ".join(part for part in told if part)


TARGETS = {
    target.name: target
    for target in (
        Target(
            "action-network",
            (
                "record_id",
                "email",
                "first_name",
                "last_name",
                "can2_phone",
                "can2_user_address",
                "can2_user_city",
                "can2_state_abbreviated",
                "zip_code",
                "country",
                "petition",
                "event_location",
                "date_collected",
            ),
            _action_network,
            _drops_action_network,
            by_email=True,
            sources=(
                "https://help.actionnetwork.org/hc/en-us/articles/203112959-File-formats-for-list-uploads",
                "https://help.actionnetwork.org/hc/en-us/articles/203112989-Uploading-a-new-email-or-mobile-list",
            ),
        ),
        Target(
            "nationbuilder",
            (
                "external_id",
                "first_name",
                "last_name",
                "email",
                "email_opt_in",
                "phone_number",
                "primary_address1",
                "primary_city",
                "primary_state",
                "primary_zip",
                "primary_country_code",
                "tag_list",
                "note",
            ),
            _nationbuilder,
            _drops_nationbuilder,
            by_email=True,
            sources=(
                "https://nationbuilder.com/what_fields_are_available_for_imports",
                "https://support.nationbuilder.com/en/articles/2895987-fields-available-for-import",
            ),
        ),
        Target(
            "engaging-networks",
            (
                "Supporter Reference",
                "Email Address",
                "First Name",
                "Last Name",
                "Address 1",
                "City",
                "Region",
                "Postcode",
                "Country",
                "Phone Number",
                "Opt-in",
            ),
            _engaging_networks,
            _drops_engaging_networks,
            by_email=True,
            sources=(
                "https://knowledge.engagingnetworks.net/datareports/importing-supporter-data-front-end",
                "https://www.engagingnetworks.support/knowledge-base/importing-data/",
            ),
        ),
        Target(
            "civicrm",
            (
                "External Identifier",
                "First Name",
                "Last Name",
                "Email",
                "Phone",
                "Street Address",
                "City",
                "State",
                "Postal Code",
                "Country",
                "Do Not Email",
                "Do Not Phone",
                "Do Not Sms",
                "No Bulk Emails (User Opt Out)",
                "Contact Source",
                "Note",
            ),
            _civicrm,
            _drops_civicrm,
            by_email=False,
            sources=(
                "https://docs.civicrm.org/user/en/latest/common-workflows/importing-data-into-civicrm/",
                "https://wiki.civicrm.org/confluence/display/CRMDOC/1.+Upload+Data",
            ),
            max_bytes=CIVICRM_FILE_BYTES,
        ),
    )
}

# What `digitizer export --profile` offers.
PROFILES = ("canonical", *TARGETS)


def export_profile(
    profile: str, records: Iterable[RecordRow], names: Sequence[str], file: Path
) -> int:
    """Write rows for ``profile``; ``names``: all fields of rows. Returns rows written."""
    if profile in TARGETS:
        return export_target(TARGETS[profile], records, file)
    return export_canonical(records, names, file)
