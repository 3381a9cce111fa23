"""What the store hands out: a sheet and a row as the CSV files list them.

Both are views, computed from the readings, the order of arrival, and the
duplicates found; nothing here is stored. ``codec`` functions turn the records
that have no column of their own into JSON text and back.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from digitizer.records import (
    Candidate,
    Failure,
    FieldKind,
    FieldState,
    FieldValue,
    Finding,
    Mark,
    Route,
    RowStatus,
    SheetStatus,
)

DUPLICATE_REASON = "sheet:duplicate"
UNREAD_REASON = "unread"
DOUBTFUL_REASON = "low-confidence"

# An empty list as JSON; most fields have one or two, and parsing a hundred
# thousand sheets would spend a third of its time on them.
NO_LIST = "[]"
_KINDS = {kind.value: kind for kind in FieldKind}
_STATES = {state.value: state for state in FieldState}
_ROUTES = {route.value: route for route in Route}
_MARKS = {mark.value: mark for mark in Mark}


@dataclass(frozen=True, slots=True)
class KnownFile:
    """How a file looked when it was hashed, and what was found in it."""

    source_file: str
    size_bytes: int
    mtime_ns: int
    sha256: str
    pages: int


@dataclass(frozen=True, slots=True)
class Source:
    """A page as handed in; ``failure`` where its file could not be opened.

    ``page``: its number, as of a PageRef: a page's further sheets are listed by themselves.

    ``path``: where the file was, from the root of the file system; empty: not known.
    """

    source_file: str
    page: int
    sha256: str
    failure: Failure | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line of sheets.csv.

    ``reading_id`` names the reading it shows, which for a second copy of the
    same file is the first copy's; ``duplicate_of`` the sheet that counts.
    """

    sheet_id: str
    reading_id: str
    source_file: str
    page: int
    sha256: str
    petition: str | None
    form: str | None
    status: SheetStatus
    reasons: tuple[str, ...]
    rotation_deg: int | None
    skew_deg: float | None
    rows_on_form: int | None
    rows_filled: int | None
    rows_flagged: int | None
    collector: tuple[FieldValue, ...]
    duplicate_of: str | None
    failure: Failure | None
    fingerprint: tuple[float, ...]

    @property
    def review_fields(self) -> tuple[str, ...]:
        """Names of the collector's fields a person must see."""
        return () if self.duplicate_of else _for_review(self.collector)

    def get(self, name: str) -> FieldValue | None:
        """The collector's field called ``name``, or None."""
        return next((f for f in self.collector if f.field == name), None)


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One line of records.csv.

    ``reading_status`` is the row's own as it was read, whatever the sheet, the
    profile and people made of it. ``decided``: names of the fields (and
    ``status``, ``contact_consent``) that a person decided. ``row_findings``:
    those on the row as a whole.
    """

    record_id: str
    sheet: SheetRow
    row: int
    status: RowStatus
    reading_status: RowStatus
    reasons: tuple[str, ...]
    fields: tuple[FieldValue, ...]
    contact_consent: bool
    decided: frozenset[str] = frozenset()
    row_findings: tuple[Finding, ...] = ()

    @property
    def review_fields(self) -> tuple[str, ...]:
        """Names of the fields a person must see; none on a sheet that does not count."""
        return () if self.sheet.duplicate_of else _for_review(self.fields)

    def get(self, name: str) -> FieldValue | None:
        """The field called ``name``, or None where the form has none."""
        return next((f for f in self.fields if f.field == name), None)


@dataclass(frozen=True, slots=True)
class Rescan:
    """Sheet ``sheet_id`` is another scan of ``duplicate_of``; ``score`` 0..1."""

    sheet_id: str
    duplicate_of: str
    score: float


def row_reasons(own: Iterable[Finding], fields: Iterable[FieldValue]) -> tuple[str, ...]:
    """Every reason of a row as ``field:reason``, each once, in order.

    A field that goes to review always has a reason: where no rule objected,
    its ink gave no value or its confidence was too low.
    """
    words: dict[str, None] = {f"{f.field}:{f.reason}": None for f in own}
    for value in fields:
        words.update({f"{f.field}:{f.reason}": None for f in value.findings})
        if value.route is Route.REVIEW and not any(
            word.startswith(f"{value.field}:") for word in words
        ):
            unread = value.state is FieldState.UNREAD
            words[f"{value.field}:{UNREAD_REASON if unread else DOUBTFUL_REASON}"] = None
    return tuple(words)


def _for_review(fields: Iterable[FieldValue]) -> tuple[str, ...]:
    return tuple(f.field for f in fields if f.route is Route.REVIEW)


def findings_to_text(findings: Iterable[Finding]) -> str:
    """Findings as JSON text."""
    return json.dumps([[f.field, f.reason, f.blocks] for f in findings], ensure_ascii=False)


def findings_from_text(text: str) -> tuple[Finding, ...]:
    """Findings from JSON text."""
    if text == NO_LIST:
        return ()
    return tuple(Finding(field, reason, blocks) for field, reason, blocks in json.loads(text))


def field_to_columns(value: FieldValue) -> dict[str, object]:
    """A field as the columns of table ``fields``."""
    return {
        "field": value.field,
        "kind": value.kind.value,
        "state": value.state.value,
        "value": value.value,
        "raw_text": value.raw_text,
        "confidence": value.confidence,
        "raw_confidence": value.raw_confidence,
        "engine": value.engine,
        "alternatives": json.dumps(
            [[c.text, c.confidence] for c in value.alternatives], ensure_ascii=False
        ),
        "route": value.route.value,
        "findings": findings_to_text(value.findings),
        "mark": value.mark.value,
        "source_row": value.source_row,
        "crop": value.crop,
    }


def field_from_columns(columns: Sequence[Any]) -> FieldValue:
    """The field that ``field_to_columns`` took apart, from its values in that order."""
    (
        field,
        kind,
        state,
        value,
        raw_text,
        confidence,
        raw_confidence,
        engine,
        alternatives,
        route,
        findings,
        mark,
        source_row,
        crop,
    ) = columns
    return FieldValue(
        field=field,
        kind=_KINDS[kind],
        state=_STATES[state],
        value=value,
        raw_text=raw_text,
        confidence=confidence,
        raw_confidence=raw_confidence,
        engine=engine,
        alternatives=()
        if alternatives == NO_LIST
        else tuple(Candidate(text, confidence) for text, confidence in json.loads(alternatives)),
        route=_ROUTES[route],
        findings=findings_from_text(findings),
        mark=_MARKS[mark],
        source_row=source_row,
        crop=crop,
    )
