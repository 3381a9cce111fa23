"""Field and row rules: canonical values, dittos, findings, route and status.

A reading is never edited: ``raw_text`` stays, ``value`` is its canonical form
and each doubt is a ``Finding``. A finding that blocks sends its field to a
person whatever the confidence; the others are remarks for the reasons column.

Reasons by kind: postal-code-invalid, postal-code-unknown-area,
province-mismatch, province-unknown, phone-short, phone-area-code,
phone-invalid, email-invalid, email-domain-near, date-invalid,
date-ambiguous, date-order-of-sheet, date-implausible, name-too-short, name-looks-like-address,
name-looks-like-email, name-after-tick, address-too-short, address-without-number,
address-looks-like-email, city-has-digits, correction; by state: unread,
low-confidence, FIELD-missing, signature-unclear, signature-alone, ditto and ditto-*, struck,
duplicate-suspect, over-two-rows, row-guessed; by what lies over: row-covered, crossed-out, stained.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from digitizer.pagewords import CROSSED_OUT, ROW_COVERED
from digitizer.records import (
    FieldKind,
    FieldSpec,
    FieldState,
    FieldValue,
    Finding,
    Mark,
    Route,
    RowStatus,
    Signature,
    SignerRow,
)
from digitizer.states import CIVIC_NUMBER, DATE_KINDS, FIRST_NAME, INK_KINDS, DateOrder
from digitizer.thresholds import Thresholds
from digitizer.validity import (
    AREA_CODES,
    EMAIL,
    PHONE,
    POSTAL_CODE,
    PROVINCES,
    SHORT_PHONE,
    is_near_known,
    known_areas,
    provinces_of,
)
from digitizer.values.canonical import normalise as normalise
from digitizer.values.dateorders import orders_told, with_sheet_order
from digitizer.values.dates import candidate_dates, is_plausible
from digitizer.values.dittos import PLACE_KINDS, doubtful_sources, is_ditto_text, resolve_dittos
from digitizer.values.signers import SignerKey, find_duplicate_signers
from digitizer.values.tworows import with_signers_over_two_rows

# The shortest names on earth have two letters, usable addresses three signs ("RR2").
MIN_NAME_LETTERS = 2
# A tick before a name, where somebody checked the row, is read as such a word; before one more
# word it may as well be an initial.
TICK_WORDS, MIN_WORDS_AFTER_TICK = frozenset({"V", "IV", "LV", "VV"}), 2
MIN_ADDRESS_SIGNS = 3
# Finding of a whole row in ``SignerRow.reasons``.
ROW = "row"
NO_NUMBER = "address-without-number"
# Province and postal code contradict each other; settled by whoever decides either.
ACROSS = "province-mismatch"


def assess_rows(
    rows: Sequence[SignerRow],
    specs: Sequence[FieldSpec],
    *,
    language: str,
    thresholds: Thresholds,
    today: date,
    rows_guessed: bool = False,
    date_order: DateOrder | None = None,
    covered: Collection[int] = (),
    crossed_out: bool = False,
) -> tuple[SignerRow, ...]:
    """The rows of one sheet with values, findings, routes and status set.

    ``rows``: as cut and read, BLANK and STRUCK already told from the ink.
    ``thresholds``: which values are sure enough to be accepted unseen.
    ``rows_guessed``: no lines tell where the rows lie, so a person sees each that
    is filled; what seems struck may be crossed by a line that is left.
    ``date_order``: what dates in figures begin with, where the form says it.
    ``covered``: numbers of rows that a person sees; ``crossed_out``: all, the sheet may be void.
    Rows, their numbers and their readings stay as they are; a required field of
    ``specs`` that a filled row has no cell for is unread there.
    """
    required = frozenset(spec.name for spec in specs if spec.required)
    if rows_guessed:
        rows = [_with_strike_doubted(row) for row in rows]
    rows = [_with_lost_fields(row, specs) for row in rows]
    told = orders_told(rows, thresholds, today)
    read = [_canonical_row(row, language, today, date_order, told) for row in rows]
    checked: list[SignerRow] = []
    for row in resolve_dittos(read, language=language):
        above = {r.row: r for r in checked}
        checked.append(_checked_row(row, above, required, language, thresholds, today))
    marked = with_signers_over_two_rows(_mark_duplicates(checked), required)
    for reason, is_so in (("row-guessed", rows_guessed), (CROSSED_OUT, crossed_out)):
        marked = [_with_row_doubted(row, reason) if is_so else row for row in marked]
    marked = [_with_row_doubted(r, ROW_COVERED) if r.row in covered else r for r in marked]
    return tuple(_status_row(row) for row in marked)


def assess_collector(
    values: Sequence[FieldValue],
    *,
    language: str,
    thresholds: Thresholds,
    today: date,
    date_order: DateOrder | None = None,
    beside: Sequence[SignerRow] = (),
) -> tuple[FieldValue, ...]:
    """The fields of the collector box with values, findings and routes set.

    ``beside``: the sheet's rows as read, whose dates tell of the order of the box's.
    """
    told = orders_told(beside, thresholds, today)
    assessed = []
    for value in values:
        canonical = _canonical(value, language, today, date_order, may_ditto=False)
        canonical = with_sheet_order(canonical, value, told, today)
        findings = check_field(canonical, language=language, today=today)
        assessed.append(_routed(_with(canonical, findings), thresholds))
    return tuple(assessed)


def check_field(value: FieldValue, *, language: str, today: date) -> tuple[Finding, ...]:
    """What the rules of its kind say about one field's canonical value."""
    found: list[Finding] = []
    if value.mark is Mark.STRUCK and value.state is not FieldState.EMPTY:
        found.append(Finding(value.field, "correction"))
    if value.state is not FieldState.READ:
        return tuple(found)
    if value.kind in DATE_KINDS:
        reasons = _check_date(value, language, today)
    else:
        reasons = _CHECKS.get(value.kind, _no_check)(value)
    found += [Finding(value.field, r, blocks=r not in _REMARKS) for r in reasons]
    return tuple(found)


def check_row(values: Sequence[FieldValue]) -> tuple[Finding, ...]:
    """Contradictions between the fields of one row: each province against its own code."""
    contradicting = [
        # Either may be the misread one.
        Finding(value.field, ACROSS)
        for province, code in _addresses(values)
        if province.value in PROVINCES
        and POSTAL_CODE.fullmatch(code.value)
        and province.value not in provinces_of(code.value)
        for value in (province, code)
    ]
    return tuple(dict.fromkeys(contradicting))


def _addresses(values: Sequence[FieldValue]) -> list[tuple[FieldValue, FieldValue]]:
    """The province and code of each address of a row, where both were read.

    Of several addresses (of home and work) each has its own: the first code goes with the
    first province, and where there are fewer of one kind, with the one nearest in the row.
    """
    places = list(enumerate(values))
    provinces = [(k, v) for k, v in places if v.kind is FieldKind.PROVINCE]
    codes = [(k, v) for k, v in places if v.kind is FieldKind.POSTAL_CODE]
    pairs = []
    for number, (at, province) in enumerate(provinces if codes else []):
        nearest = min(codes, key=lambda one: (abs(one[0] - at), one[0] < at))
        _, code = codes[number] if len(codes) == len(provinces) else nearest
        if FieldState.READ is province.state is code.state:
            pairs.append((province, code))
    return pairs


# --- one kind of field each: value -> reasons

# Reasons that do not need a person: nothing is wrong, or nothing was lost.
_REMARKS = frozenset({NO_NUMBER})


def _check_postal_code(value: FieldValue) -> list[str]:
    if not POSTAL_CODE.fullmatch(value.value):
        return ["postal-code-invalid"]
    return [] if value.value[:3] in known_areas() else ["postal-code-unknown-area"]


def _check_phone(value: FieldValue) -> list[str]:
    if SHORT_PHONE.fullmatch(value.value):
        return ["phone-short"]
    match = PHONE.fullmatch(value.value)
    if match is None or match[1].endswith("11") or match[2].endswith("11"):
        return ["phone-invalid"]
    return [] if match[1] in AREA_CODES else ["phone-area-code"]


def _check_email(value: FieldValue) -> list[str]:
    if not EMAIL.fullmatch(value.value):
        return ["email-invalid"]
    # As likely a letter misread as an address that is really so.
    return ["email-domain-near"] if is_near_known(value.value.rpartition("@")[2]) else []


def _check_name(value: FieldValue) -> list[str]:
    if "@" in value.value:
        return ["name-looks-like-email"]
    if any(c.isdigit() for c in value.value):
        return ["name-looks-like-address"]
    first, *others = value.value.split() or [""]
    if first in TICK_WORDS and len(others) >= MIN_WORDS_AFTER_TICK:
        return ["name-after-tick"]
    letters = sum(c.isalpha() for c in value.value)
    return ["name-too-short"] if letters < MIN_NAME_LETTERS else []


def _check_address(value: FieldValue) -> list[str]:
    if "@" in value.value:
        return ["address-looks-like-email"]
    if sum(c.isalnum() for c in value.value) < MIN_ADDRESS_SIGNS:
        return ["address-too-short"]
    return [] if any(c.isdigit() for c in value.value) else [NO_NUMBER]


def _check_city(value: FieldValue) -> list[str]:
    return ["city-has-digits"] if any(c.isdigit() for c in value.value) else []


def _check_province(value: FieldValue) -> list[str]:
    return [] if value.value in PROVINCES else ["province-unknown"]


def _check_date(value: FieldValue, language: str, today: date) -> list[str]:
    born = value.kind is FieldKind.BIRTH_DATE
    if not value.value:
        several = len(candidate_dates(value.raw_text, language, born=born)) > 1
        return ["date-ambiguous" if several else "date-invalid"]
    try:
        day = date.fromisoformat(value.value)
    except ValueError:
        return ["date-invalid"]
    return [] if is_plausible(day, today, born=born) else ["date-implausible"]


def _no_check(value: FieldValue) -> list[str]:
    return []


_CHECKS: Mapping[FieldKind, Callable[[FieldValue], list[str]]] = {
    FieldKind.POSTAL_CODE: _check_postal_code,
    FieldKind.PHONE: _check_phone,
    FieldKind.EMAIL: _check_email,
    FieldKind.NAME: _check_name,
    FieldKind.ADDRESS: _check_address,
    FieldKind.CITY: _check_city,
    FieldKind.PROVINCE: _check_province,
}


# --- a row, step by step


def _with_lost_fields(row: SignerRow, specs: Sequence[FieldSpec]) -> SignerRow:
    """A filled row with the required fields whose cell was not found on its page.

    Nobody has looked whether something stands there, so it is neither missing nor there.
    """
    held = {value.field for value in row.fields}
    lost = [spec for spec in specs if spec.required and spec.name not in held]
    lost = [spec for spec in lost if spec.kind not in (FieldKind.ROW_NUMBER, FieldKind.IGNORE)]
    if row.status is RowStatus.BLANK or not lost:
        return row
    unread = [
        FieldValue(
            spec.name,
            spec.kind,
            FieldState.UNREAD,
            Signature.UNCLEAR.value if spec.kind is FieldKind.SIGNATURE else "",
        )
        for spec in lost
    ]
    return replace(row, fields=(*row.fields, *unread))


def _canonical_row(
    row: SignerRow,
    language: str,
    today: date,
    order: DateOrder | None,
    told: frozenset[DateOrder],
) -> SignerRow:
    """``order``: the form's for dates; ``told``: those that the sheet's own dates tell."""
    canonical = [(_canonical(v, language, today, order), v) for v in row.fields]
    return replace(
        row, fields=tuple(with_sheet_order(done, read, told, today) for done, read in canonical)
    )


def _canonical(
    value: FieldValue,
    language: str,
    today: date,
    order: DateOrder | None,
    *,
    may_ditto: bool = True,
) -> FieldValue:
    """The value in canonical form; what is not read or nothing but dirt has none."""
    if value.kind in INK_KINDS or value.state is not FieldState.READ:
        return value
    if may_ditto and (value.mark is Mark.DITTO or is_ditto_text(value.kind, value.raw_text)):
        return value
    text = normalise(value.kind, value.value, language, today=today, order=order)
    if text:
        return replace(value, value=text)
    if value.kind in DATE_KINDS and value.value:
        return replace(value, value="", confidence=None)
    return replace(value, value="", confidence=None, state=FieldState.UNREAD)


def _checked_row(
    row: SignerRow,
    above: Mapping[int, SignerRow],
    required: frozenset[str],
    language: str,
    thresholds: Thresholds,
    today: date,
) -> SignerRow:
    """A row with its findings and routes; STRUCK and BLANK ones ask for nothing."""
    if row.status is RowStatus.BLANK:
        return row
    if row.status is RowStatus.STRUCK and not _strike_is_doubtful(row):
        return replace(row, fields=tuple(replace(v, route=Route.ACCEPT) for v in row.fields))
    across = check_row(row.fields)
    leaning = doubtful_sources(row, above)
    fields = []
    for value in row.fields:
        found = [f for f in across if f.field == value.field]
        found += check_field(value, language=language, today=today)
        if _is_numbered(row):
            found = [f for f in found if f.reason != NO_NUMBER]
        if value.field in leaning:
            found.append(Finding(value.field, "ditto-source-in-review"))
        if value.field in required or value.kind is FieldKind.SIGNATURE:
            found += _missing(value, row, required, thresholds)
        fields.append(_routed(_with(value, found), thresholds))
    checked = replace(row, fields=tuple(fields))
    if row.status is RowStatus.STRUCK:
        # Nobody but a person can tell: show the row by its first inked field.
        return _send_first_to_review(checked, Finding(ROW, "struck"))
    return checked


def _is_numbered(row: SignerRow) -> bool:
    """Whether the number of the house stands in a cell of its own."""
    number = row.get(CIVIC_NUMBER)
    return number is not None and number.state is not FieldState.EMPTY


def _strike_is_doubtful(row: SignerRow) -> bool:
    return any(f.reason == "struck" and f.blocks for f in row.reasons)


def _is_alone(row: SignerRow) -> bool:
    """Whether nothing but a signature stands in a row: a stain may be taken for one."""
    texts = [value for value in row.fields if value.kind not in INK_KINDS]
    return bool(texts) and all(value.state is FieldState.EMPTY for value in texts)


def _missing(
    value: FieldValue,
    row: SignerRow,
    required: frozenset[str],
    thresholds: Thresholds,
) -> list[Finding]:
    """Findings for a required field that has no value.

    ``FIELD-missing`` blocks unless it is certain that nothing stands there.
    """
    if value.kind is FieldKind.SIGNATURE:
        if value.value == Signature.PRESENT:
            return [Finding(value.field, "signature-alone")] if _is_alone(row) else []
        if value.value == Signature.ABSENT:
            needed = value.field in required
            sure = value.confidence is not None and not thresholds.is_low(value)
            missing = Finding(value.field, f"{value.field}-missing", blocks=not sure)
            return [missing] if needed or not sure else []
        return [Finding(value.field, "signature-unclear")]
    if value.state is not FieldState.EMPTY:
        return []
    # Ink that was read as a city or postal code may hold the street as well.
    family = PLACE_KINDS if value.kind in PLACE_KINDS else frozenset({value.kind})
    beside = any(v.kind in family and v.state is not FieldState.EMPTY for v in row.fields)
    return [Finding(value.field, f"{value.field}-missing", blocks=beside)]


def _routed(value: FieldValue, thresholds: Thresholds) -> FieldValue:
    """The value with its route: to a person if one of its findings blocks.

    A value whose reading is missing or not sure enough has a finding that says so first.
    """
    doubt = _doubt_of_reading(value, thresholds)
    if doubt is not None:
        value = _with(value, [Finding(value.field, doubt)])
    blocked = any(finding.blocks for finding in value.findings)
    return replace(value, route=Route.REVIEW if blocked else Route.ACCEPT)


def _doubt_of_reading(value: FieldValue, thresholds: Thresholds) -> str | None:
    """The reason for which nobody can trust the reading itself; None where another is known.

    What contradicts another field (``ACROSS``) is no such other reason for a doubtful reading:
    once it is settled there, the reading is as doubtful as it was.
    """
    blocking = {finding.reason for finding in value.findings if finding.blocks}
    if value.state is FieldState.UNREAD and not blocking:
        return "unread"
    if value.state is FieldState.READ and blocking <= {ACROSS} and thresholds.is_low(value):
        return "low-confidence"
    return None


def _with(value: FieldValue, findings: Sequence[Finding]) -> FieldValue:
    new = [f for f in findings if f not in value.findings]
    return replace(value, findings=(*value.findings, *new)) if new else value


def _send_first_to_review(row: SignerRow, finding: Finding) -> SignerRow:
    inked = [v for v in row.fields if v.state is not FieldState.EMPTY] or list(row.fields)
    if not inked:
        return row
    fields = tuple(
        replace(v, route=Route.REVIEW) if v.field == inked[0].field else v for v in row.fields
    )
    known = any(f.reason == finding.reason for f in row.reasons)
    reasons = row.reasons if known else (*row.reasons, finding)
    return replace(row, fields=fields, reasons=reasons)


def _with_strike_doubted(row: SignerRow) -> SignerRow:
    doubted = tuple(replace(f, blocks=f.blocks or f.reason == "struck") for f in row.reasons)
    return replace(row, reasons=doubted)


def _with_row_doubted(row: SignerRow, reason: str) -> SignerRow:
    """A filled row with a field that shows it: one that waits anyway, else its name."""
    inked = [v for v in row.fields if v.state is not FieldState.EMPTY] or list(row.fields)
    if row.status is RowStatus.BLANK or not inked:
        return row
    shown = min(inked, key=lambda v: (v.route is not Route.REVIEW, v.kind is not FieldKind.NAME))
    doubted = replace(_with(shown, [Finding(shown.field, reason)]), route=Route.REVIEW)
    return replace(row, fields=tuple(doubted if v is shown else v for v in row.fields))


def _mark_duplicates(rows: Sequence[SignerRow]) -> list[SignerRow]:
    """Send rows that repeat a signer of the same sheet to review."""
    counted = [r for r in rows if r.status not in (RowStatus.BLANK, RowStatus.STRUCK)]
    suspects = {d.record_id for d in find_duplicate_signers([_signer_key(r) for r in counted])}
    marked = []
    for row in rows:
        if str(row.row) in suspects and row.status is not RowStatus.STRUCK:
            name = next(v for v in row.fields if v.kind is FieldKind.NAME)
            suspect = replace(
                _with(name, [Finding(name.field, "duplicate-suspect")]), route=Route.REVIEW
            )
            fields = tuple(suspect if v is name else v for v in row.fields)
            row = replace(row, fields=fields)
        marked.append(row)
    return marked


def _signer_key(row: SignerRow) -> SignerKey:
    read = [v for v in row.fields if v.state is FieldState.READ]
    # Of several of one kind the first counts; a given name in a cell of its own is a part of the
    # name, since the others of a family share all else.
    texts = {v.kind: v.value for v in reversed(read) if v.field != FIRST_NAME}
    given = next((v.value for v in read if v.field == FIRST_NAME), "")
    number = next((v.value for v in read if v.field == CIVIC_NUMBER), "")
    return SignerKey(
        record_id=str(row.row),
        name=f"{given} {texts.get(FieldKind.NAME, '')}".strip(),
        address=f"{number} {texts.get(FieldKind.ADDRESS, '')}".strip(),
        postal_code=texts.get(FieldKind.POSTAL_CODE, ""),
        phone=texts.get(FieldKind.PHONE, ""),
        email=texts.get(FieldKind.EMAIL, ""),
    )


def _status_row(row: SignerRow) -> SignerRow:
    """A row with its status before any review."""
    if row.status is RowStatus.BLANK:
        return row
    if row.review_fields:
        return replace(row, status=RowStatus.REVIEW)
    if row.status is RowStatus.STRUCK:
        return row
    missing = any(
        f.reason == f"{v.field}-missing" for v in row.fields for f in v.findings if not f.blocks
    )
    return replace(row, status=RowStatus.INCOMPLETE if missing else RowStatus.COUNTED)
