"""A field as its card shows it: everything the template needs, nothing else.

Built from a sheet as it stands; no request, no words but names of messages.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from digitizer.forms.forms import Form
from digitizer.ids import record_id
from digitizer.records import FieldKind, FieldSpec, FieldState, FieldValue, Route, RowStatus
from digitizer.review import doubt
from digitizer.review.livecheck import WITHOUT_FIGURES, Beside, as_kept, is_kept
from digitizer.review.reasons import ABOUT_ROW, Why, whys
from digitizer.review.verbs import Place, ditto_source
from digitizer.workspace.decisions import DECIDED, SHEET, STATUS, Action, Decision
from digitizer.workspace.repeats import NONE_COUNTS, Repeat
from digitizer.workspace.stored import RecordRow, row_reasons

# How the keyboard of a telephone or tablet is to look.
_SHAPES = {FieldKind.SIGNATURE: "signature", FieldKind.CHECKBOX: "checkbox"}
_INPUT_MODES = {FieldKind.PHONE: "tel", FieldKind.EMAIL: "email"}


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another text the field may say; ``number``: its key."""

    number: int
    text: str
    share: float
    pieces: tuple[doubt.Piece, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of the row, small."""

    name: str
    kind: FieldKind
    text: str
    waits: bool
    decided: bool
    here: bool


@dataclass(frozen=True, slots=True)
class Other:
    """A row that this one may repeat, beside it; ``evidence``: word and share of rows.

    ``picture``: of the row, or of its name where only that was kept.
    """

    record_id: str
    sheet_id: str
    row: int
    source_file: str
    page: int
    cells: tuple[Cell, ...]
    evidence: tuple[tuple[str, float | None], ...]
    probability: float | None
    same_sheet: bool
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One field to decide. ``shape`` (text, signature, checkbox, status): what is asked.

    ``printed``: the caption on the sheet in its ``language``; ``stand``: what a
    decision must give back so that nobody is overwritten; ``about_row``: reasons
    that only a decision on the row settles.
    """

    sheet_id: str
    row: int
    field: str
    shape: str
    kind: FieldKind
    printed: str
    language: str
    value: str
    raw_text: str
    unread: bool
    confidence: float | None
    pieces: tuple[doubt.Piece, ...]
    alternatives: tuple[Alternative, ...]
    plain_numbers: bool
    input_mode: str
    reasons: tuple[Why, ...]
    about_row: tuple[Why, ...]
    cells: tuple[Cell, ...]
    next_cell: str
    waits: bool
    before: tuple[Decision, ...]
    ditto: tuple[int, str] | None
    source_file: str
    page: int
    same_hand: str
    status: str
    stand: int

    @property
    def path(self) -> str:
        """Where the card is."""
        return f"/field/{self.sheet_id}/{self.row}/{self.field}"

    @property
    def record_id(self) -> str:
        """The row's name, or the sheet's for its collector box."""
        return record_id(self.sheet_id, self.row) if self.row else self.sheet_id


def card_of(place: Place, decisions: Iterable[Decision] = (), *, stand: int = 0) -> Card:
    """The card of a place. ``decisions``: on its sheet, oldest first."""
    value, record = place.value, place.record
    kind = value.kind if value else _kind_of(place)
    words = _words(place)
    found = whys(words)
    known, today = beside(place), datetime.now(UTC).date()
    alternatives = doubt.offered(
        value.value if value else "",
        # Dates as the days that they mean; a key that the field would refuse is none.
        [
            replace(a, text=as_kept(kind, a.text, known.language, today, known.date_order))
            for a in (value.alternatives if value else ())
            if is_kept(kind, a.text, known.language, today, known.date_order)
        ],
    )
    text = value.value if value else ""
    cells = cells_of(place)
    form = place.form
    return Card(
        sheet_id=place.sheet.sheet_id,
        row=place.row,
        field=place.field,
        shape=_shape(place.field, kind),
        kind=kind,
        printed=printed_label(form, place.row, place.field),
        language=form.language if form else "en",
        value=text,
        raw_text=value.raw_text if value and value.raw_text != text else "",
        unread=value is not None and value.state is FieldState.UNREAD,
        confidence=value.confidence if value else None,
        pieces=doubt.doubts_of(text, value.alternatives if value else ()),
        alternatives=tuple(
            Alternative(number, a.text, a.confidence, doubt.differing(a.text, text))
            for number, a in enumerate(alternatives, start=1)
        ),
        plain_numbers=kind in WITHOUT_FIGURES,
        input_mode=_INPUT_MODES.get(kind, "text"),
        reasons=tuple(w for w in found if not w.about_row),
        about_row=tuple(w for w in found if w.about_row),
        cells=cells,
        next_cell=_next_cell(cells, place.field),
        waits=_waits(place),
        before=tuple(d for d in decisions if d.place == (place.row, place.field)),
        ditto=ditto_source(place) if place.row != SHEET else None,
        source_file=place.sheet.source_file,
        page=place.sheet.page,
        same_hand=next((r for r in place.sheet.reasons if r.startswith("same-hand:")), ""),
        status=record.status.value if record else RowStatus.BLANK.value,
        stand=stand,
    )


def cells_of(place: Place) -> tuple[Cell, ...]:
    """All fields of the row (or of the collector box), small."""
    if place.row == SHEET:
        values: Sequence[FieldValue] = place.sheet.collector
        decided: frozenset[str] = frozenset()
    else:
        record = place.record
        values, decided = (record.fields, record.decided) if record else ((), frozenset())
    return tuple(_cell(v, place.field, v.field in decided) for v in values)


def beside(place: Place) -> Beside:
    """What the live check may know of the rest of the row."""
    form, spec = place.form, _spec_of(place)
    told = {v.kind: v.value for v in (place.record.fields if place.record else ())}
    return Beside(
        postal_code=told.get(FieldKind.POSTAL_CODE, ""),
        province=told.get(FieldKind.PROVINCE, ""),
        language=form.language if form else "en",
        date_order=form.date_order if form else None,
        values=tuple(way for ways in spec.values for way in ways) if spec else (),
    )


def other_row(
    place: Place, record: RecordRow, repeat: Repeat | None = None, *, own: bool = False
) -> Other:
    """A row that ``place`` may repeat; ``own``: the row of ``place`` itself."""
    return Other(
        record_id=record.record_id,
        sheet_id=record.sheet.sheet_id,
        row=record.row,
        source_file=record.sheet.source_file,
        page=record.sheet.page,
        cells=tuple(_cell(v, "", v.field in record.decided) for v in record.fields),
        evidence=repeat.evidence if repeat else (),
        probability=repeat.probability if repeat else None,
        same_sheet=own or record.sheet.sheet_id == place.sheet.sheet_id,
    )


def printed_label(form: Form | None, row: int, field: str) -> str:
    """What is printed over or before the field on its sheet; empty where it is unknown."""
    if form is None:
        return ""
    if row == SHEET:
        boxed = form.box.fields if form.box else ()
        labels = next((b.label for b in boxed if b.field.name == field), ())
        return labels[0] if labels else ""
    column = next((c for c in form.columns if any(s.name == field for s in c.fields)), None)
    return column.header[0] if column is not None and column.header else ""


def _shape(field: str, kind: FieldKind) -> str:
    if field == STATUS:
        return "status"
    return _SHAPES.get(kind, "text")


def _kind_of(place: Place) -> FieldKind:
    """The kind of a field without a value, from its form."""
    spec = _spec_of(place)
    return spec.kind if spec else FieldKind.TEXT


def _spec_of(place: Place) -> FieldSpec | None:
    """The field as its form defines it; None where the form is not at hand."""
    specs = place.form.all_fields if place.form else ()
    return next((spec for spec in specs if spec.name == place.field), None)


def _words(place: Place) -> list[str]:
    """The reasons of the field, and of its row as a whole."""
    if place.row == SHEET:
        named = row_reasons((), place.sheet.collector)
    else:
        named = place.record.reasons if place.record else ()
    split = [word.partition(":") for word in named]
    words = [word for field, _, word in split if field in (place.field, "row")]
    if ("row", ":", DECIDED) in split:
        # Somebody said what the row is; that its person is counted nowhere follows from it.
        words = [word for word in words if word not in ABOUT_ROW or word == NONE_COUNTS]
    return words


def _waits(place: Place) -> bool:
    if place.field == STATUS:
        return place.record is not None and place.record.status is RowStatus.REVIEW
    return place.value is not None and place.value.route is Route.REVIEW


def _cell(value: FieldValue, here: str, decided: bool) -> Cell:
    return Cell(
        name=value.field,
        kind=value.kind,
        text=value.value,
        waits=value.route is Route.REVIEW,
        decided=decided or any(f.reason == "decided" for f in value.findings),
        here=value.field == here,
    )


def _next_cell(cells: Sequence[Cell], here: str) -> str:
    """The field behind this one; empty at the end of the row."""
    names = [cell.name for cell in cells]
    place = names.index(here) + 1 if here in names else 0
    return names[place] if place < len(names) else ""


def standing_words(decision: Decision) -> str:
    """The message that tells what a decision did."""
    return {
        Action.CONFIRM: "card.did_confirm",
        Action.SET: "card.did_set",
        Action.UNDO: "card.did_undo",
    }[decision.action]


def suspects(place: Place, repeat: Repeat | None, listed: Mapping[str, RecordRow]) -> list[Other]:
    """Rows that this one may repeat, the suggested one first, then its sheet's from above."""
    found: list[Other] = []
    if repeat is not None and repeat.duplicate_of in listed:
        found.append(other_row(place, listed[repeat.duplicate_of], repeat))
    named = {o.record_id for o in found}
    gone = (RowStatus.DUPLICATE, RowStatus.BLANK)
    for record in place.records:
        if record.row != place.row and record.record_id not in named and record.status not in gone:
            found.append(other_row(place, record))
    return found
