"""What a reviewer can do with a field or its row -> decisions.

Pure: a sheet with its rows, a place on it and a verb give decisions, or
``UsageError`` with what is wrong. Several decisions of one verb share a batch,
so that one undo takes them back.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from digitizer.corrections import decide
from digitizer.errors import UsageError
from digitizer.forms.forms import Form
from digitizer.ids import record_id
from digitizer.records import FieldKind, FieldState, FieldValue, RowStatus, Signature
from digitizer.review.texts import say
from digitizer.workspace.decisions import SHEET, STATUS, Decision
from digitizer.workspace.stored import RecordRow, SheetRow

# Kinds whose text two rows of one person may share out: the second goes on where the first ends.
_JOINED = frozenset({FieldKind.NAME, FieldKind.ADDRESS, FieldKind.CITY, FieldKind.TEXT})


class Verb(StrEnum):
    """One thing to do. The first ones decide a field, the later ones its row."""

    ACCEPT = "accept"
    BLANK = "blank"
    ILLEGIBLE = "illegible"
    DITTO = "ditto"
    PRESENT = "present"
    ABSENT = "absent"
    NOT_SIGNATURE = "not-signature"
    KEEP = "keep"
    STRUCK = "struck"
    NO_ROW = "no-row"
    ROW_ILLEGIBLE = "row-illegible"
    DUPLICATE = "duplicate"
    MERGE = "merge"


# What a row becomes, by the verb on it as a whole.
ROW_VERBS: Mapping[Verb, RowStatus] = {
    Verb.KEEP: RowStatus.COUNTED,
    Verb.STRUCK: RowStatus.STRUCK,
    Verb.NO_ROW: RowStatus.BLANK,
    Verb.ROW_ILLEGIBLE: RowStatus.ILLEGIBLE,
    Verb.DUPLICATE: RowStatus.DUPLICATE,
}


@dataclass(frozen=True, slots=True)
class Place:
    """A field of a sheet as it stands; ``row`` 0 is the collector box.

    ``form``: the sheet's definition, None where it is not at hand or not asked for.
    """

    sheet: SheetRow
    records: tuple[RecordRow, ...]
    row: int
    field: str
    form: Form | None = None

    @property
    def record(self) -> RecordRow | None:
        """Its row; None for the collector box and for a row without ink."""
        return self.record_of(self.row)

    @property
    def value(self) -> FieldValue | None:
        """The field itself; None for a row's status or a field never read."""
        if self.row == SHEET:
            return self.sheet.get(self.field)
        return self.record.get(self.field) if self.record else None

    @property
    def text(self) -> str:
        """What holds: the field's value, or the row's status."""
        if self.field == STATUS:
            return self.record.status.value if self.record else RowStatus.BLANK.value
        return self.value.value if self.value else ""

    def record_of(self, row: int) -> RecordRow | None:
        """The row with that number, if it holds ink."""
        return next((r for r in self.records if r.row == row), None)

    def name_of(self, row: int) -> str:
        """How ``corrections`` calls a row."""
        return record_id(self.sheet.sheet_id, row) if row != SHEET else self.sheet.sheet_id


@dataclass(frozen=True, slots=True)
class Wish:
    """A verb with what goes with it.

    ``text``: what was typed. ``other``: the record that this one repeats.
    ``beside``: the row to merge with; ``values``: what the merged row is to say.
    """

    verb: Verb
    text: str = ""
    other: str = ""
    beside: int = 0
    values: Mapping[str, str] | None = None


def ditto_source(place: Place) -> tuple[int, str] | None:
    """Row and value that a ditto mark here repeats: the nearest one above that has a value."""
    above = [r for r in place.records if 0 < r.row < place.row]
    for record in sorted(above, key=lambda r: -r.row):
        value = record.get(place.field)
        if value is not None and value.state is FieldState.READ and value.value:
            return record.row, value.value
    return None


def decisions_for(place: Place, wish: Wish, who: str, language: str) -> tuple[Decision, ...]:
    """The decisions that a verb makes. Raises UsageError, in ``language`` where people cause it."""
    made = tuple(_MAKERS.get(wish.verb, _row_status)(place, wish, who, language))
    if len(made) < 2:
        return made
    batch = secrets.token_hex(8)
    return tuple(replace(decision, batch=batch) for decision in made)


_Maker = Callable[[Place, Wish, str, str], Sequence[Decision]]


def _value(place: Place, text: str, who: str, why: str = "") -> tuple[Decision, ...]:
    listing = [(place.sheet, place.records)]
    name = place.name_of(place.row)
    return decide(listing, name, values={place.field: text}, who=who, why=why)


def _status(
    place: Place, row: int, status: RowStatus, who: str, why: str = ""
) -> tuple[Decision, ...]:
    listing = [(place.sheet, place.records)]
    return decide(listing, place.name_of(row), status=status.value, who=who, why=why)


def _accept(place: Place, wish: Wish, who: str, language: str) -> Sequence[Decision]:
    if place.field == STATUS:
        raise UsageError(say("card.choose_status", language))
    return _value(place, wish.text, who)


def _emptied(place: Place, wish: Wish, who: str, language: str) -> Sequence[Decision]:
    if place.field == STATUS:
        raise UsageError(say("card.choose_status", language))
    is_signature = place.value is not None and place.value.kind is FieldKind.SIGNATURE
    text = Signature.ABSENT.value if is_signature else ""
    return _value(place, text, who, wish.verb.value)


def _ditto(place: Place, wish: Wish, who: str, language: str) -> Sequence[Decision]:
    if place.value is not None and place.value.kind is FieldKind.SIGNATURE:
        # A ditto in the signature means that there is none.
        return _value(place, Signature.ABSENT.value, who, wish.verb.value)
    source = ditto_source(place)
    if source is None:
        raise UsageError(say("card.no_ditto_source", language))
    row, text = source
    return _value(place, text, who, f"ditto of row {row}")


def _signature(place: Place, wish: Wish, who: str, language: str) -> Sequence[Decision]:
    if place.value is None or place.value.kind is not FieldKind.SIGNATURE:
        raise UsageError(say("card.no_signature_here", language))
    present = wish.verb is Verb.PRESENT
    text = Signature.PRESENT if present else Signature.ABSENT
    why = wish.verb.value if wish.verb is Verb.NOT_SIGNATURE else ""
    return _value(place, text.value, who, why)


def _row_status(place: Place, wish: Wish, who: str, language: str) -> Sequence[Decision]:
    if place.row == SHEET:
        raise UsageError(say("card.no_row_here", language))
    return _status(place, place.row, ROW_VERBS[wish.verb], who)


def _duplicate(place: Place, wish: Wish, who: str, language: str) -> Sequence[Decision]:
    if place.row == SHEET:
        raise UsageError(say("card.no_row_here", language))
    if not wish.other or wish.other == place.name_of(place.row):
        raise UsageError(say("card.duplicate_of_what", language))
    return _status(place, place.row, RowStatus.DUPLICATE, who, f"of {wish.other}")


def merged_values(upper: RecordRow, lower: RecordRow) -> dict[str, str]:
    """What one person's row says who wrote over two: the upper first, gaps from the lower."""
    merged = {}
    for value in upper.fields:
        below = lower.get(value.field)
        text, more = value.value, below.value if below else ""
        if value.kind is FieldKind.SIGNATURE:
            found = Signature.PRESENT.value in (text, more)
            text = Signature.PRESENT.value if found else text
        elif not text:
            text = more
        elif more and value.kind in _JOINED and more != text:
            text = f"{text} {more}"
        merged[value.field] = text
    return merged


def _merge(place: Place, wish: Wish, who: str, language: str) -> Sequence[Decision]:
    upper, lower = sorted((place.row, wish.beside))
    first, second = place.record_of(upper), place.record_of(lower)
    if first is None or second is None or upper == lower:
        raise UsageError(say("card.merge_with_what", language))
    if wish.values is None:
        # Nobody looked at the values: only what changes is anybody's word.
        wanted = merged_values(first, second)
        changed = {v.field: wanted[v.field] for v in first.fields if wanted[v.field] != v.value}
    else:
        changed = {n: text for n, text in wish.values.items() if first.get(n) is not None}
    listing = [(place.sheet, place.records)]
    why = f"merged with row {lower}"
    made = decide(listing, place.name_of(upper), values=changed, who=who, why=why)
    return (*made, *_status(place, lower, RowStatus.BLANK, who, f"merged into row {upper}"))


_MAKERS: Mapping[Verb, _Maker] = {
    Verb.ACCEPT: _accept,
    Verb.BLANK: _emptied,
    Verb.ILLEGIBLE: _emptied,
    Verb.DITTO: _ditto,
    Verb.PRESENT: _signature,
    Verb.ABSENT: _signature,
    Verb.NOT_SIGNATURE: _signature,
    Verb.DUPLICATE: _duplicate,
    Verb.MERGE: _merge,
}
