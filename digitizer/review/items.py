"""What waits on a sheet, and how useful looking at it is.

Useful is doubt x effect on the tally, shared among what must be looked at
before anything changes::

    weight of a row = doubt * effect * legible / left

- ``doubt``: the chance that something in the row was misread, 1 - product of
  the confidences of its doubtful fields, at least ``LEAST_DOUBT``.
- ``effect``: 1 where the answer can decide whether the row counts (name,
  signature, what the profile requires, doubts about the row itself), less
  where only what stands beside a row that counts anyway can change.
- ``legible``: less where the ink gave no value at all; such rows take long and
  often end as illegible, so they come last.
- ``left``: doubtful fields in the row. A row counts when its last one is
  settled, so rows with one left come before rows with five.

Within a row, the fields that decide come first, the most doubtful ahead.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digitizer.profiles.profiles import Profile
from digitizer.records import FieldKind, FieldState, FieldValue, RowStatus
from digitizer.workspace.decisions import DIFFERS, SHEET, STATUS
from digitizer.workspace.stored import RecordRow, SheetRow, row_reasons

Key = tuple[str, int, str]

# A field is in review for a reason even if its confidence is high.
LEAST_DOUBT = 0.05
# Shares of the effect of a field that decides whether a row counts. Contact
# fields only: the row counts whatever they say, but not before they are seen.
CONTACT_EFFECT = 0.5
# The collector box decides under what ten rows are counted, not whether.
COLLECTOR_EFFECT = 0.25
# Ink without a value: about one in ten is illegible to people as well
# (``expected.UNREAD_IS_LEGIBLE``) and all of them take long.
UNREAD_LEGIBLE = 0.1

# Required where the form's definition says it and the profile does not.
_USUALLY_DECIDING = frozenset({"name", "address", "signature"})
_DECIDING_KINDS = frozenset({FieldKind.NAME, FieldKind.SIGNATURE})


@dataclass(frozen=True, slots=True)
class Item:
    """One field to look at; ``row`` 0 is the collector box, field ``status`` the row as a whole.

    ``weight``: how much looking at its row does for the tally, higher first;
    ``rank``: order within the row, lower first; ``place``: of the field on the form.
    """

    sheet_id: str
    row: int
    field: str
    kind: FieldKind
    value: str
    confidence: float | None
    reasons: tuple[str, ...]
    weight: float
    rank: float
    place: int
    source_file: str
    page: int
    petition: str
    collector: str
    event: str
    date: str

    @property
    def key(self) -> Key:
        """Sheet, row and field."""
        return self.sheet_id, self.row, self.field


def items_of(
    sheet: SheetRow, records: Iterable[RecordRow], profile: Profile | None = None
) -> tuple[Item, ...]:
    """What waits on one sheet, in the form's order; ``profile``: what rows must have."""
    deciding = _deciding(profile)
    found: list[Item] = []
    for record in records:
        waits = [(n, v) for n in record.review_fields if not _differs(v := record.get(n))]
        if not record.review_fields and record.status is RowStatus.REVIEW:
            waits = [(STATUS, None)]
        weight = _row_weight(waits, deciding)
        places = {value.field: place for place, value in enumerate(record.fields)}
        for name, value in waits:
            reasons = _reasons(record.reasons, name)
            rank = _rank(name, value, deciding)
            found.append(
                _item(sheet, record.row, name, value, reasons, weight, rank, places.get(name, 0))
            )
    if sheet.review_fields:
        box = [(n, v) for n in sheet.review_fields if not _differs(v := sheet.get(n))]
        weight = COLLECTOR_EFFECT * _row_weight(box, frozenset(sheet.review_fields))
        reasons = row_reasons((), sheet.collector)
        for place, (name, value) in enumerate(box):
            rank = _rank(name, value, deciding)
            own = _reasons(reasons, name)
            found.append(_item(sheet, SHEET, name, value, own, weight, rank, place))
    return tuple(found)


def _differs(value: FieldValue | None) -> bool:
    """Whether two people differ on it: not for anybody to decide anew, but to settle."""
    return value is not None and any(f.reason == DIFFERS for f in value.findings)


def _deciding(profile: Profile | None) -> frozenset[str]:
    if profile is None:
        return _USUALLY_DECIDING
    required = _USUALLY_DECIDING if profile.required is None else frozenset(profile.required)
    return required.union(*profile.required_any)


def _decides(name: str, value: FieldValue | None, deciding: frozenset[str]) -> bool:
    return (
        name == STATUS or name in deciding or (value is not None and value.kind in _DECIDING_KINDS)
    )


def _row_weight(waits: Sequence[tuple[str, FieldValue | None]], deciding: frozenset[str]) -> float:
    if not waits:
        return 0.0
    right = 1.0
    for _, value in waits:
        right *= (value.confidence or 0.0) if value is not None else 0.5
    effect = 1.0 if any(_decides(n, v, deciding) for n, v in waits) else CONTACT_EFFECT
    unread = any(v is not None and v.state is FieldState.UNREAD for _, v in waits)
    legible = UNREAD_LEGIBLE if unread else 1.0
    return max(1.0 - right, LEAST_DOUBT) * effect * legible / len(waits)


def _rank(name: str, value: FieldValue | None, deciding: frozenset[str]) -> float:
    sure = (value.confidence or 0.0) if value is not None else 0.0
    return (0.0 if _decides(name, value, deciding) else 1.0) + min(sure, 0.999)


def _reasons(words: Iterable[str], name: str) -> tuple[str, ...]:
    """Why a field waits, of reasons ``field:reason``; those of the row concern all its fields."""
    named = (word.partition(":") for word in words)
    return tuple(reason for field, _, reason in named if field in (name, "row"))


def _item(
    sheet: SheetRow,
    row: int,
    name: str,
    value: FieldValue | None,
    reasons: tuple[str, ...],
    weight: float,
    rank: float,
    place: int,
) -> Item:
    return Item(
        sheet_id=sheet.sheet_id,
        row=row,
        field=name,
        kind=value.kind if value else FieldKind.IGNORE,
        value=value.value if value else "",
        confidence=value.confidence if value else None,
        reasons=reasons,
        weight=weight,
        rank=rank,
        place=place,
        source_file=sheet.source_file,
        page=sheet.page,
        petition=sheet.petition or "",
        collector=_said(sheet, "collector_name"),
        event=_said(sheet, "event_location"),
        date=_said(sheet, "date_collected"),
    )


def _said(sheet: SheetRow, name: str) -> str:
    value = sheet.get(name)
    return value.value if value is not None else ""
