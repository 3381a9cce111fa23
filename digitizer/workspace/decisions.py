"""What people decide about rows, and how it changes them.

A decision is a new row of the database (who, when, before, after, why) and
nothing is overwritten: a reading stays as the engine gave it, and taking a
decision back is one more row. What stands is found by replaying: of each row
and field the last decision that no ``undo`` took back.

Decisions name sheet, row and field, not a reading, so they outlive a second
reading of the page. Row 0 is the sheet itself: its collector box and, as field
``status``, whether it is another scan of a sheet that counts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from enum import StrEnum

from digitizer.records import (
    FieldKind,
    FieldState,
    FieldValue,
    Finding,
    Mark,
    Route,
    RowStatus,
    SheetStatus,
    SignerRow,
)
from digitizer.rules import ACROSS, check_row
from digitizer.values.dittos import PLACE_KINDS

# Names, in decisions, of what is no field of a form.
STATUS = "status"
CONSENT = "contact_consent"
SHEET = 0

# A person who types a field errs as well: careful single keying is wrong in
# 0.29 % of fields (Garza et al. 2025, 93 papers pooled).
PERSON_CONFIDENCE = 1 - 0.0029
PERSON = "person"
DECIDED = "decided"
# Two people entered it differently and a third has not said yet who is right.
DIFFERS = "entries-differ"

# How the ``why`` of a decision begins that only follows its row to another number
# (``renumber``): said again by who said it, but nothing that they did now.
PAGE_EDIT = "page edit"

# About the row rather than the value of the field it is noted on, so that
# only a decision on the row's status settles it.
ROW_REASONS = frozenset({"duplicate-suspect", "possible-duplicate"})
# What goes when the source of a ditto was decided: what is doubtful about its value. Whether
# it is the source at all, with empty rows between or struck, is as open as before.
_SOURCE_DOUBTS = frozenset({"ditto-source-in-review", "ditto-source-unread"})

Place = tuple[int, str]

# How the ``why`` of who is called a repetition ends where it says of which row.
_OF_RECORD = re.compile(r"(?:.*, )?of (\S+-r[0-9]+)")


class Action(StrEnum):
    """Set: to another value. Confirm: right as it stands. Undo: take back the last."""

    SET = "set"
    CONFIRM = "confirm"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of a person; ``at`` is UTC in ISO 8601, empty until stored.

    ``batch``: the same for decisions that were taken, and are taken back, as one.
    ``purged``: what was typed was taken out for good, and ``after`` is empty.
    """

    sheet_id: str
    row: int
    field: str
    action: Action
    before: str
    after: str
    who: str
    why: str = ""
    at: str = ""
    seconds: float | None = None
    batch: str = ""
    purged: bool = False

    @property
    def place(self) -> Place:
        """Row and field."""
        return self.row, self.field

    @property
    def repeats(self) -> str:
        """The record that this row is said to repeat; empty: none, or nobody said which."""
        called = self.row != SHEET and self.field == STATUS
        found = (
            _OF_RECORD.fullmatch(self.why) if called and self.after == RowStatus.DUPLICATE else None
        )
        return found[1] if found is not None else ""


@dataclass(frozen=True, slots=True)
class DecidedRow:
    """A row with people's values; ``decided``: names of what they decided.

    ``status``: as a person set it, None where nobody did.
    """

    row: SignerRow
    decided: frozenset[str] = frozenset()
    status: RowStatus | None = None


def history(decisions: Iterable[Decision]) -> dict[str, dict[Place, tuple[Decision, ...]]]:
    """What stands of ``decisions`` (in their order): by sheet and place, oldest first."""
    stacks: dict[str, dict[Place, list[Decision]]] = {}
    for decision in decisions:
        stack = stacks.setdefault(decision.sheet_id, {}).setdefault(decision.place, [])
        if decision.action is not Action.UNDO:
            stack.append(decision)
        elif stack:
            stack.pop()
    return {
        sheet: {place: tuple(stack) for place, stack in places.items() if stack}
        for sheet, places in stacks.items()
    }


def standing(decisions: Iterable[Decision]) -> dict[str, dict[Place, Decision]]:
    """The decision in force for each place, by sheet."""
    return {
        sheet: {place: stack[-1] for place, stack in places.items()}
        for sheet, places in history(decisions).items()
    }


def last_step(decisions: Sequence[Decision], who: str) -> tuple[int, ...]:
    """What a person did last and nobody decided anew since: places in ``decisions``.

    ``decisions``: in order, all there are on the sheets to look at. One
    decision, or all of its batch that still stand; what followed an edit of its
    page is no step.
    """
    stacks: dict[tuple[str, Place], list[int]] = {}
    for place, decision in enumerate(decisions):
        stack = stacks.setdefault((decision.sheet_id, decision.place), [])
        if decision.action is not Action.UNDO:
            stack.append(place)
        elif stack:
            stack.pop()
    own = sorted(s[-1] for s in stacks.values() if s and _is_step(decisions[s[-1]], who))
    if not own:
        return ()
    batch = decisions[own[-1]].batch
    return tuple(i for i in own if decisions[i].batch == batch) if batch else (own[-1],)


def _is_step(decision: Decision, who: str) -> bool:
    return decision.who == who and not decision.why.startswith(PAGE_EDIT)


def taken_back(decision: Decision, who: str, batch: str = "") -> Decision:
    """The decision that takes ``decision`` back."""
    return Decision(
        sheet_id=decision.sheet_id,
        row=decision.row,
        field=decision.field,
        action=Action.UNDO,
        before=decision.after,
        after=decision.before,
        who=who,
        batch=batch,
    )


def decide_rows(
    rows: Sequence[SignerRow], standing_here: Mapping[Place, Decision]
) -> tuple[DecidedRow, ...]:
    """The rows of a sheet as people decided them, those they found included."""
    by_row: dict[int, dict[str, Decision]] = {}
    for (number, name), decision in standing_here.items():
        if number != SHEET:
            by_row.setdefault(number, {})[name] = decision
    if not by_row:
        return tuple(DecidedRow(row) for row in rows)
    known = {row.row for row in rows}
    kinds = {value.field: value.kind for row in rows for value in row.fields}
    found = [SignerRow(n, RowStatus.BLANK, ()) for n in sorted(by_row) if n not in known]
    decided: dict[int, DecidedRow] = {}
    for row in sorted([*rows, *found], key=lambda row: row.row):
        here = _decide_row(row, by_row.get(row.row, {}), kinds)
        decided[row.row] = _follow_sources(here, decided)
    return tuple(decided.values())


def decide_values(
    values: Sequence[FieldValue], standing_here: Mapping[Place, Decision]
) -> tuple[FieldValue, ...]:
    """The fields of a collector box as people decided them."""
    wanted = {n: d for (row, n), d in standing_here.items() if row == SHEET and n != STATUS}
    known = {value.field for value in values}
    decided = [_decided(v, wanted[v.field]) if v.field in wanted else v for v in values]
    kinds = {"date_collected": FieldKind.DATE, "collector_name": FieldKind.NAME}
    for name, decision in wanted.items():
        if name not in known:
            empty = FieldValue(name, kinds.get(name, FieldKind.TEXT), FieldState.EMPTY, "")
            decided.append(_decided(empty, decision))
    return tuple(decided)


def doubt_rows(rows: Sequence[DecidedRow], places: Set[Place]) -> tuple[DecidedRow, ...]:
    """The rows with those fields in review on which two people differ."""
    doubted = {number for number, _ in places}
    return tuple(
        replace(
            one,
            row=replace(one.row, fields=doubt_values(one.row.fields, places, one.row.row)),
        )
        if one.row.row in doubted
        else one
        for one in rows
    )


def doubt_values(
    values: Sequence[FieldValue], places: Set[Place], row: int = SHEET
) -> tuple[FieldValue, ...]:
    """The fields of a row, or of the collector box, with those in review on which people differ."""
    return tuple(
        with_findings(value, (*value.findings, Finding(value.field, DIFFERS)))
        if (row, value.field) in places
        else value
        for value in values
    )


def decided_sheet_status(standing_here: Mapping[Place, Decision]) -> SheetStatus | None:
    """What a person says the sheet is, or None."""
    decision = standing_here.get((SHEET, STATUS))
    return None if decision is None else SheetStatus(decision.after)


def with_findings(value: FieldValue, findings: Sequence[Finding]) -> FieldValue:
    """The field with other findings, and the route that follows from them.

    A field sent to review for another reason than a finding stays there.
    """
    if tuple(findings) == value.findings:
        return value
    blocked = any(f.blocks for f in findings)
    unexplained = value.route is Route.REVIEW and not any(f.blocks for f in value.findings)
    route = Route.REVIEW if blocked or unexplained else Route.ACCEPT
    return replace(value, findings=tuple(findings), route=route)


def _decide_row(
    row: SignerRow, here: Mapping[str, Decision], kinds: Mapping[str, FieldKind]
) -> DecidedRow:
    if not here:
        return DecidedRow(row)
    fields = [_decided(v, here[v.field]) if v.field in here else v for v in row.fields]
    known = {value.field for value in row.fields}
    for name, decision in here.items():
        if name not in known and name not in (STATUS, CONSENT):
            kind = kinds.get(name, FieldKind.TEXT)
            fields.append(_decided(FieldValue(name, kind, FieldState.EMPTY, ""), decision))
    consent = here.get(CONSENT)
    status = here.get(STATUS)
    reasons = row.reasons
    if status is not None:
        doubted = any(f.blocks for f in reasons)
        fields = [_settled(value, doubted) for value in fields]
        reasons = (
            *(replace(f, blocks=False) for f in row.reasons),
            Finding("row", DECIDED, blocks=False),
        )
    return DecidedRow(
        row=replace(
            row,
            fields=_without_settled_mismatch(fields, frozenset(here)),
            reasons=reasons,
            contact_consent=_consents(row, fields, here)
            if consent is None
            else consent.after == "Y",
        ),
        decided=frozenset(here),
        status=None if status is None else RowStatus(status.after),
    )


def _settled(value: FieldValue, row_doubted: bool) -> FieldValue:
    """The field without the doubts that a decision on the row's status settles.

    Where the row as a whole was doubted, a field without a doubt of its own
    waited only to show the row.
    """
    findings = tuple(
        replace(f, blocks=f.blocks and f.reason not in ROW_REASONS) for f in value.findings
    )
    settled = with_findings(value, findings)
    if row_doubted and not any(f.blocks for f in findings):
        return replace(settled, route=Route.ACCEPT)
    return settled


def _consents(row: SignerRow, fields: Sequence[FieldValue], here: Mapping[str, Decision]) -> bool:
    """Consent as it was read, but not from a contact column that a person found empty."""
    contact = [v for v in fields if v.kind in (FieldKind.PHONE, FieldKind.EMAIL)]
    seen = any(v.field in here for v in contact)
    emptied = seen and all(v.state is FieldState.EMPTY for v in contact)
    return row.contact_consent and not emptied


def _decided(value: FieldValue, decision: Decision) -> FieldValue:
    """A field as a person decided it; what was read stays in ``raw_text``."""
    kept = [f for f in value.findings if f.reason in ROW_REASONS]
    mark, source = value.mark, value.source_row
    changed = decision.after != value.value
    if decision.purged:
        changed = decision.action is Action.SET
    if changed:
        mark, source = Mark.NONE, None
    return replace(
        value,
        state=FieldState.READ if decision.after or decision.purged else FieldState.EMPTY,
        value=decision.after,
        confidence=PERSON_CONFIDENCE if decision.after else None,
        engine=PERSON,
        alternatives=(),
        route=Route.REVIEW if any(f.blocks for f in kept) else Route.ACCEPT,
        findings=(*kept, Finding(value.field, DECIDED, blocks=False)),
        mark=mark,
        source_row=source,
    )


def _without_settled_mismatch(
    fields: Sequence[FieldValue], decided: frozenset[str]
) -> tuple[FieldValue, ...]:
    """Drop the contradiction of province and postal code once what a person decided ends it.

    Where they still contradict each other the other one is as likely wrong as before.
    """
    places = {v.field for v in fields if v.kind in (FieldKind.PROVINCE, FieldKind.POSTAL_CODE)}
    if not places & decided:
        return tuple(fields)
    places -= {finding.field for finding in check_row(fields)}
    return tuple(_without(v, frozenset({ACROSS})) if v.field in places else v for v in fields)


def _follow_sources(here: DecidedRow, above: Mapping[int, DecidedRow]) -> DecidedRow:
    """Dittos take over what a person decided in the row that they repeat.

    Streets, cities and the like only: a name's ditto is the surname alone, and
    is looked at anyway. Whether the mark was a ditto is as sure as before. Where a person found
    something written in a row between, which had been read as a ditto or as empty, it is that
    row that they repeat.
    """
    changed = []
    for value in here.row.fields:
        nearer = _written_between(value, here.row.row, above)
        if nearer is not None:
            value = replace(value, source_row=nearer)
        source = above.get(value.source_row) if value.source_row is not None else None
        if (
            source is not None
            and value.mark is Mark.DITTO
            and value.kind in PLACE_KINDS | {FieldKind.DATE}
            and _was_decided(value.field, source, above)
            and value.field not in here.decided
        ):
            origin = source.row.get(value.field)
            if origin is not None:
                value = replace(
                    _without(value, _SOURCE_DOUBTS), value=origin.value, state=origin.state
                )
        changed.append(value)
    return replace(here, row=replace(here.row, fields=tuple(changed)))


def _written_between(value: FieldValue, row: int, above: Mapping[int, DecidedRow]) -> int | None:
    """The nearest row above a ditto, nearer than its source, where a person wrote its field."""
    if value.source_row is None or value.mark is not Mark.DITTO:
        return None
    for number in range(row - 1, value.source_row, -1):
        one = above.get(number)
        written = one.row.get(value.field) if one is not None else None
        if one is None or written is None or value.field not in one.decided:
            continue
        if written.mark is not Mark.DITTO and written.state is FieldState.READ:
            return number
    return None


def _was_decided(name: str, row: DecidedRow, above: Mapping[int, DecidedRow]) -> bool:
    """Whether a person decided a field, or the one that it repeats."""
    value = row.row.get(name)
    if name in row.decided or value is None or value.source_row is None:
        return name in row.decided
    source = above.get(value.source_row)
    return source is not None and _was_decided(name, source, above)


def _without(value: FieldValue, reasons: frozenset[str]) -> FieldValue:
    return with_findings(value, [f for f in value.findings if f.reason not in reasons])
