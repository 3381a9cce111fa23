"""Rows under a validity profile: which count, and why not.

The rules of reading (``rules``) said what is doubtful on the page; a profile
says what counts. Judging works on stored values alone, so another profile
needs no second reading. Order: a person's word on the row; a sure strike; a
doubt that a person must settle; something missing; counted.
"""

from collections.abc import Mapping
from dataclasses import replace

from digitizer.profiles.profiles import DittoPolicy, DuplicatePolicy, Profile
from digitizer.records import (
    FieldKind,
    FieldState,
    FieldValue,
    Finding,
    Mark,
    Route,
    RowStatus,
    Signature,
    SignerRow,
)
from digitizer.validity import POSTAL_CODE, PROVINCES, provinces_of
from digitizer.values.dittos import PLACE_KINDS
from digitizer.workspace.decisions import DECIDED, ROW_REASONS, DecidedRow, with_findings

DITTO_POLICY = "ditto-policy"
DITTO_REJECTED = "ditto-rejected"
OUTSIDE = "outside"
MISSING = "-missing"

# Required when a person empties them on a form whose definition is not at hand.
_USUALLY_REQUIRED = frozenset({"name", "address", "signature"})
# Said of a row by a person, these leave nothing to look at in its fields.
_SETTLED = frozenset({RowStatus.STRUCK, RowStatus.DUPLICATE, RowStatus.ILLEGIBLE, RowStatus.BLANK})


def judge(decided: DecidedRow, profile: Profile) -> SignerRow:
    """The row with status, findings and routes as ``profile`` has them."""
    row = decided.row
    if decided.status is not None and decided.status in _SETTLED:
        # Nobody need look at a row that does not count.
        seen = tuple(replace(value, route=Route.ACCEPT) for value in row.fields)
        return replace(row, status=decided.status, fields=seen)
    if decided.status is not None:
        return replace(row, status=decided.status)
    if row.status is RowStatus.BLANK and not decided.decided:
        return row
    if row.status is RowStatus.STRUCK and not _is_doubtful(row):
        return row
    fields = {value.field: _under(value, profile) for value in row.fields}
    absent = _missing(row, fields, decided.decided, profile)
    for finding in (*absent, *_outside(fields, decided.decided, profile)):
        known = fields.get(finding.field)
        if known is not None and finding not in known.findings:
            fields[finding.field] = with_findings(known, (*known.findings, finding))
    reasons = (*row.reasons, *(f for f in absent if f.field not in fields))
    judged = replace(row, fields=tuple(fields.values()), reasons=reasons)
    return replace(judged, status=_status(judged, decided, profile, bool(absent)))


def _status(judged: SignerRow, decided: DecidedRow, profile: Profile, lacks: bool) -> RowStatus:
    if judged.review_fields or _is_doubtful(judged):
        return RowStatus.REVIEW
    ours = {OUTSIDE, DITTO_REJECTED}
    if lacks or any(f.reason in ours for v in judged.fields for f in v.findings):
        return RowStatus.INCOMPLETE
    as_read = decided.row.status
    if as_read is RowStatus.ILLEGIBLE and decided.decided:
        return RowStatus.COUNTED
    if as_read not in (RowStatus.BLANK, RowStatus.REVIEW, RowStatus.INCOMPLETE):
        return as_read
    # Nothing that the profile asks for explains it: it stays as it was read,
    # unless the profile says itself what is required, or a person changed it.
    if profile.required is not None or decided.decided:
        return RowStatus.COUNTED
    was_doubtful = any(v.route is Route.REVIEW for v in decided.row.fields)
    was_missing = any(_is_missing(f) for v in decided.row.fields for f in v.findings)
    return RowStatus.COUNTED if was_doubtful or was_missing else as_read


def _under(value: FieldValue, profile: Profile) -> FieldValue:
    """The field under the profile's say on dittos and duplicates."""
    findings = value.findings
    if profile.duplicates is DuplicatePolicy.ALL:
        findings = tuple(
            replace(f, blocks=f.blocks and f.reason not in ROW_REASONS) for f in findings
        )
    if value.mark is Mark.DITTO and value.kind is not FieldKind.SIGNATURE:
        decided = any(f.reason == DECIDED for f in findings)
        if profile.dittos is DittoPolicy.FLAG and not decided:
            findings = (*findings, Finding(value.field, DITTO_POLICY))
    return with_findings(value, findings)


def _missing(
    row: SignerRow,
    fields: dict[str, FieldValue],
    decided: frozenset[str],
    profile: Profile,
) -> list[Finding]:
    """What the profile asks for and the row lacks; drops what only the form asks for."""
    required = _required(row, decided, profile)
    found: list[Finding] = []
    for name, value in list(fields.items()):
        stored = [f for f in value.findings if _is_missing(f)]
        if not stored:
            continue
        if name in required and name not in decided:
            # The rules knew how sure it is that nothing stands there.
            found += [f for f in stored if not f.blocks]
            required = required - {name}
        else:
            fields[name] = with_findings(value, [f for f in value.findings if f not in stored])
    for name in sorted(required):
        finding = _lack(name, fields, profile)
        if finding is not None:
            found.append(finding)
    for group in profile.required_any:
        lacking = [_lack(name, fields, profile) for name in group]
        if all(lacking):
            found.append(next(f for f in lacking if f is not None))
    return [f for f in found if not f.blocks]


def _required(row: SignerRow, decided: frozenset[str], profile: Profile) -> frozenset[str]:
    if profile.required is not None:
        return frozenset(profile.required)
    asked = {v.field for v in row.fields if any(_is_missing(f) for f in v.findings)}
    rejected = {
        v.field for v in row.fields if v.mark is Mark.DITTO and profile.dittos is DittoPolicy.REJECT
    }
    if row.status is RowStatus.BLANK:
        # A person found it: nobody knows what its form asks for.
        asked |= _USUALLY_REQUIRED
    return frozenset(asked | ((decided | rejected) & _USUALLY_REQUIRED))


def _lack(name: str, fields: dict[str, FieldValue], profile: Profile) -> Finding | None:
    """Why a field does not count as filled; None where it does, or may."""
    value = fields.get(name)
    if value is None:
        return Finding(name, f"{name}{MISSING}", blocks=False)
    rejects = profile.dittos is DittoPolicy.REJECT
    if value.kind is FieldKind.SIGNATURE:
        gone = value.value == Signature.ABSENT or not value.value
        return Finding(name, f"{name}{MISSING}", blocks=False) if gone else None
    if value.mark is Mark.DITTO and rejects:
        return Finding(name, DITTO_REJECTED, blocks=False)
    if value.state is not FieldState.EMPTY:
        return None
    family = PLACE_KINDS if value.kind in PLACE_KINDS else frozenset({value.kind})
    beside = any(v.kind in family and v.state is FieldState.UNREAD for v in fields.values())
    # Ink beside it that nobody has read yet may hold it; that ink is in review.
    return None if beside else Finding(name, f"{name}{MISSING}", blocks=False)


def _outside(
    fields: Mapping[str, FieldValue], decided: frozenset[str], profile: Profile
) -> list[Finding]:
    """A signer who seems to live elsewhere: to review, or not counted once a person saw it."""
    if not profile.provinces:
        return []
    found = []
    for value in fields.values():
        if value.kind is FieldKind.PROVINCE and value.value in PROVINCES:
            lives = {value.value}
        elif value.kind is FieldKind.POSTAL_CODE and POSTAL_CODE.fullmatch(value.value):
            lives = set(provinces_of(value.value))
        else:
            continue
        if lives and not lives & set(profile.provinces):
            found.append(Finding(value.field, OUTSIDE, blocks=value.field not in decided))
    return found


def _is_missing(finding: Finding) -> bool:
    return finding.reason == f"{finding.field}{MISSING}"


def _is_doubtful(row: SignerRow) -> bool:
    return any(f.blocks for f in row.reasons)
