"""Findings, routes and row states."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.records import (
    FieldKind,
    FieldSpec,
    FieldState,
    FieldValue,
    Finding,
    Mark,
    Route,
    RowStatus,
    SignerRow,
)
from digitizer.rules import assess_collector, assess_rows, check_field, check_row, normalise
from digitizer.states import DateOrder
from digitizer.thresholds import Thresholds
from digitizer.validity import AREA_CODES, MAIL_DOMAINS, PROVINCES, known_areas

TODAY = date(2026, 11, 22)
SPECS = (
    FieldSpec("name", FieldKind.NAME, required=True),
    FieldSpec("address", FieldKind.ADDRESS, required=True),
    FieldSpec("city", FieldKind.CITY),
    FieldSpec("province", FieldKind.PROVINCE),
    FieldSpec("postal_code", FieldKind.POSTAL_CODE),
    FieldSpec("signature", FieldKind.SIGNATURE, required=True),
    FieldSpec("phone", FieldKind.PHONE),
    FieldSpec("email", FieldKind.EMAIL),
)
KINDS = {spec.name: spec.kind for spec in SPECS}
THRESHOLDS = Thresholds(dict.fromkeys(FieldKind, 0.9))


def read(field: str, text: str, confidence: float | None = 0.99) -> FieldValue:
    return FieldValue(field, KINDS[field], FieldState.READ, text, text, confidence)


def sign(value: str, confidence: float | None = 0.99) -> FieldValue:
    states = {
        "present": FieldState.READ,
        "absent": FieldState.EMPTY,
        "unclear": FieldState.UNREAD,
    }
    kind = FieldKind.SIGNATURE
    return FieldValue("signature", kind, states[value], value, confidence=confidence)


def unread(field: str) -> FieldValue:
    return FieldValue(field, KINDS[field], FieldState.UNREAD, "")


GOOD = (
    read("name", "Ann Roy"),
    read("address", "12 Main St"),
    read("postal_code", "k1a0b1"),
    sign("present"),
)


def row(
    *values: FieldValue,
    number: int = 1,
    status: RowStatus = RowStatus.COUNTED,
    leave_out: Sequence[str] = (),
    reasons: tuple[Finding, ...] = (),
) -> SignerRow:
    """A good row with ``values`` instead and ``leave_out`` empty."""
    given_values = {v.field: v for v in (*GOOD, *values) if v.field not in leave_out}
    fields = tuple(
        given_values.get(s.name, FieldValue(s.name, s.kind, FieldState.EMPTY, "")) for s in SPECS
    )
    return SignerRow(number, status, fields, reasons)


def assess(*rows: SignerRow, language: str = "en") -> tuple[SignerRow, ...]:
    return assess_rows(rows, SPECS, language=language, thresholds=THRESHOLDS, today=TODAY)


def reasons(value: FieldValue | None) -> dict[str, bool]:
    assert value is not None
    return {f.reason: f.blocks for f in value.findings}


# --- rows


def test_a_clean_row_is_counted_with_canonical_values() -> None:
    [done] = assess(row())
    assert (done.status, done.review_fields) == (RowStatus.COUNTED, ())
    code = done.get("postal_code")
    assert code is not None
    assert (code.value, code.raw_text) == ("K1A 0B1", "k1a0b1")


def test_an_empty_optional_field_asks_for_nothing() -> None:
    [done] = assess(row(leave_out=["postal_code"]))
    assert done.status is RowStatus.COUNTED


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(read("name", "Ann Roy", 0.5), "low-confidence", id="low confidence"),
        pytest.param(read("name", "Ann Roy", None), "low-confidence", id="not measured"),
        pytest.param(unread("phone"), "unread", id="unread ink"),
        pytest.param(read("phone", "|"), "phone-invalid", id="dirt"),
        pytest.param(read("city", "_ ,"), "unread", id="nothing but edges"),
        pytest.param(sign("unclear"), "signature-unclear", id="unclear signature"),
        pytest.param(sign("present", 0.5), "low-confidence", id="doubtful signature"),
        pytest.param(sign("absent", 0.5), "signature-missing", id="doubtfully absent"),
        pytest.param(
            replace(read("city", "Ottawa"), mark=Mark.STRUCK), "correction", id="corrected cell"
        ),
        pytest.param(read("province", "BC"), "province-mismatch", id="another province's code"),
    ],
)
def test_a_row_with_a_doubt_goes_to_review(value: FieldValue, reason: str) -> None:
    [done] = assess(row(value))
    assert done.status is RowStatus.REVIEW
    assert value.field in done.review_fields
    assert reasons(done.get(value.field))[reason]


@pytest.mark.parametrize("field", ["name", "address"])
def test_a_row_that_lacks_a_required_field_is_incomplete(field: str) -> None:
    [done] = assess(row(leave_out=[field, "postal_code"]))
    assert (done.status, done.review_fields) == (RowStatus.INCOMPLETE, ())
    assert reasons(done.get(field)) == {f"{field}-missing": False}


def test_a_signature_alone_in_its_row_waits() -> None:
    """The rim of a cup's ring was one, and nobody was asked."""
    others = [spec.name for spec in SPECS if spec.kind is not FieldKind.SIGNATURE]
    (alone,) = assess(row(leave_out=others))
    assert alone.status is RowStatus.REVIEW
    (shown,) = (v for v in alone.fields if v.kind is FieldKind.SIGNATURE)
    assert Finding(shown.field, "signature-alone") in shown.findings
    (named,) = assess(row(leave_out=[name for name in others if name != "name"]))
    assert "signature-alone" not in {f.reason for v in named.fields for f in v.findings}


def test_a_row_surely_without_signature_is_incomplete() -> None:
    [done] = assess(row(sign("absent")))
    assert done.status is RowStatus.INCOMPLETE
    assert reasons(done.get("signature")) == {"signature-missing": False}


def test_ink_beside_a_missing_street_is_looked_at() -> None:
    [done] = assess(row(leave_out=["address"]))
    assert done.review_fields == ("address",)
    assert done.status is RowStatus.REVIEW


def test_an_incomplete_row_with_a_doubt_is_reviewed_first() -> None:
    [done] = assess(row(sign("absent"), read("name", "Ann", 0.2)))
    assert done.status is RowStatus.REVIEW


def test_a_struck_row_asks_for_nothing() -> None:
    strike = Finding("row", "struck", blocks=False)
    [done] = assess(
        row(read("name", "???", 0.1), unread("phone"), status=RowStatus.STRUCK, reasons=(strike,))
    )
    assert (done.status, done.review_fields) == (RowStatus.STRUCK, ())


def test_a_doubtfully_struck_row_is_looked_at() -> None:
    strike = Finding("row", "struck", blocks=True)
    [done] = assess(row(status=RowStatus.STRUCK, reasons=(strike,)))
    assert (done.status, done.review_fields) == (RowStatus.REVIEW, ("name",))


def test_a_blank_row_stays_blank() -> None:
    blank = SignerRow(3, RowStatus.BLANK, ())
    assert assess(blank) == (blank,)


def test_a_repeated_signer_is_looked_at_and_a_household_is_not() -> None:
    first, other, again = assess(
        row(number=1), row(read("name", "Bob Roy"), number=2), row(number=3)
    )
    assert (first.status, other.status) == (RowStatus.COUNTED, RowStatus.COUNTED)
    assert again.review_fields == ("name",)
    assert "duplicate-suspect" in reasons(again.get("name"))


@pytest.mark.parametrize(
    ("lost", "reason"), [("address", "unread"), ("signature", "signature-unclear")]
)
def test_a_row_whose_page_has_no_place_for_a_required_field_is_not_counted(
    lost: str, reason: str
) -> None:
    whole = row()
    without = replace(whole, fields=tuple(v for v in whole.fields if v.field != lost))
    (done,) = assess(without)
    assert done.review_fields == (lost,)
    assert reasons(done.get(lost)) == {reason: True}
    optional = replace(whole, fields=tuple(v for v in whole.fields if v.field != "phone"))
    assert assess(optional)[0].status is RowStatus.COUNTED


def test_a_family_with_given_names_in_a_column_of_their_own_is_no_repeated_signer() -> None:
    def member(number: int, given: str) -> SignerRow:
        first = FieldValue("first_name", FieldKind.NAME, FieldState.READ, given, given, 0.99)
        values = (first, read("name", "Roy"), read("address", "12 Main St"), sign("present"))
        return SignerRow(number, RowStatus.COUNTED, values)

    done = assess(member(1, "Ann"), member(2, "Paul"), member(3, "Ann"))
    assert [one.status for one in done] == [*[RowStatus.COUNTED] * 2, RowStatus.REVIEW]


def test_a_struck_row_and_its_second_attempt_are_no_duplicates() -> None:
    strike = Finding("row", "struck", blocks=False)
    _, again = assess(row(number=1, status=RowStatus.STRUCK, reasons=(strike,)), row(number=2))
    assert again.status is RowStatus.COUNTED


# --- dittos in rows


def dittoed(number: int, confidence: float = 0.98, name: str = "Bob Roy") -> SignerRow:
    marks = [
        FieldValue(name, KINDS[name], FieldState.UNREAD, "", '"', confidence, mark=Mark.DITTO)
        for name in ("address", "city", "province", "postal_code")
    ]
    return row(read("name", name), *marks, number=number)


def test_a_sure_ditto_of_an_accepted_address_is_counted() -> None:
    _, done = assess(row(), dittoed(2))
    assert done.status is RowStatus.COUNTED
    code = done.get("postal_code")
    assert code is not None
    assert (code.value, code.source_row) == ("K1A 0B1", 1)


def test_a_doubtful_ditto_mark_is_reviewed() -> None:
    _, done = assess(row(), dittoed(2, confidence=0.6))
    assert set(done.review_fields) == {"address", "postal_code"}


def test_a_ditto_of_a_value_in_review_is_reviewed_down_the_chain() -> None:
    rows = assess(row(read("address", "12 Main St", 0.2)), dittoed(2), dittoed(3, name="Eve Roy"))
    for done in rows[1:]:
        assert done.review_fields == ("address",)
        assert reasons(done.get("address"))["ditto-source-in-review"]


@pytest.mark.parametrize(
    "doubted",
    [
        pytest.param([row(), row(number=2, status=RowStatus.BLANK)], id="blank row between"),
        pytest.param([row(status=RowStatus.STRUCK)], id="source struck"),
    ],
)
def test_a_ditto_below_a_ditto_whose_source_is_in_doubt_is_in_doubt_itself(
    doubted: list[SignerRow],
) -> None:
    *_, first, second = assess(*doubted, dittoed(3), dittoed(4, name="Eve Roy"))
    assert set(first.review_fields) == {"address", "postal_code"} == set(second.review_fields)
    assert reasons(second.get("postal_code"))["ditto-source-in-review"]


def test_a_code_that_contradicts_its_province_is_told_to_be_doubtful_as_well() -> None:
    """Whoever settles the contradiction in the province has not said that the code was read."""
    done = assess(row(read("province", "QC"), read("postal_code", "K1A 0B1", 0.3)))[0]
    assert reasons(done.get("postal_code")) == {"province-mismatch": True, "low-confidence": True}
    assert reasons(done.get("province")) == {"province-mismatch": True}


WORK = FieldSpec("work_province", FieldKind.PROVINCE), FieldSpec("work_code", FieldKind.POSTAL_CODE)


def of_two_addresses(home: str, home_code: str, work: str, work_code: str) -> tuple[Finding, ...]:
    texts = [home, home_code, work, work_code]
    specs = [FieldSpec("province", WORK[0].kind), FieldSpec("postal_code", WORK[1].kind), *WORK]
    return check_row(
        [
            FieldValue(spec.name, spec.kind, FieldState.READ if text else FieldState.EMPTY, text)
            for spec, text in zip(specs, texts, strict=True)
        ]
    )


def test_of_two_addresses_each_province_is_held_against_its_own_code() -> None:
    """Only the last code and the last province of a row were compared."""
    assert of_two_addresses("ON", "K1A 0B1", "QC", "J8X 1A1") == ()
    contradicting = of_two_addresses("QC", "K1A 0B1", "ON", "K1P 1J1")
    assert {finding.field for finding in contradicting} == {"province", "postal_code"}
    assert of_two_addresses("QC", "", "ON", "K1P 1J1") == ()
    assert of_two_addresses("ON", "K1A 0B1", "QC", "") == ()


def test_one_province_of_two_addresses_is_held_against_the_code_beside_it() -> None:
    code, home, work = read("postal_code", "K1A 0B1"), read("province", "ON"), "J8X 1A1"
    elsewhere = FieldValue("work_code", FieldKind.POSTAL_CODE, FieldState.READ, work, work, 0.99)
    assert check_row([home, code, read("phone", "613-555-0100"), elsewhere]) == ()
    assert check_row([replace(home, value="QC"), code, elsewhere]) != ()


# --- fields


def check(kind: str, text: str, language: str = "en") -> dict[str, bool]:
    value = normalise(FieldKind(kind), text, language, today=TODAY)
    field = FieldValue(kind, FieldKind(kind), FieldState.READ, value, text, 0.99)
    return {f.reason: f.blocks for f in check_field(field, language=language, today=TODAY)}


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("postal_code", "D1A 0B1", "postal-code-invalid"),
        ("postal_code", "W1A 0B1", "postal-code-invalid"),
        ("postal_code", "90210", "postal-code-invalid"),
        ("postal_code", "K3A 0B1", "postal-code-unknown-area"),
        ("province", "Vermont", "province-unknown"),
        ("phone", "555-0199", "phone-short"),
        ("phone", "212 555 0199", "phone-area-code"),
        ("phone", "613 155 0199", "phone-invalid"),
        ("phone", "613 911 0199", "phone-invalid"),
        ("phone", "011 44 20 7946 0321", "phone-invalid"),
        ("email", "jo.gmail.com", "email-invalid"),
        ("email", "jo@gmail", "email-invalid"),
        ("email", "jo@@gmail.com", "email-invalid"),
        ("email", "jo@gmal.com", "email-domain-near"),
        ("email", "jo@gmial.com", "email-domain-near"),
        ("date", "05/06/2024", "date-ambiguous"),
        ("date", "spring", "date-invalid"),
        ("date", "2027-01-01", "date-implausible"),
        ("date", "1999-01-01", "date-implausible"),
        ("date", "28.06.1939", "date-implausible"),
        ("birth_date", "05/06/1984", "date-ambiguous"),
        ("birth_date", "2024-01-01", "date-implausible"),
        ("birth_date", "1890-01-01", "date-implausible"),
        ("name", "12 Main", "name-looks-like-address"),
        ("name", "jo@x.ca", "name-looks-like-email"),
        ("name", "J", "name-too-short"),
        ("name", "V MARIE CAMPBELL", "name-after-tick"),
        ("name", "IV Brice Vaillant", "name-after-tick"),
        ("address", "1", "address-too-short"),
        ("address", "Main Street", "address-without-number"),
        ("address", "jo@x.ca", "address-looks-like-email"),
        ("city", "K1A", "city-has-digits"),
    ],
)
def test_each_rule_objects_to_its_case(kind: str, text: str, reason: str) -> None:
    remarks = {"address-without-number"}
    assert check(kind, text) == {reason: reason not in remarks}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("name", "Ng"),
        ("name", "V Roy"),
        ("name", "V. Anne Roy"),
        ("name", "Victor Roy Ng"),
        ("name", "Zoë O’Brien-Roy Jr."),
        ("address", "RR2"),
        ("city", "St. John's"),
        ("email", "jo.roy+x@mail.mcgill.ca"),
        ("email", "jo@hotmail.be"),
        ("email", "jo@ymail.com"),
        ("date", "May 3, 2024"),
        ("birth_date", "28.06.1939"),
        ("birth_date", "28.06.39"),
        ("text", "Parade 2024"),
    ],
)
def test_good_values_have_no_findings(kind: str, text: str) -> None:
    assert check(kind, text) == {}


def test_a_french_date_is_read_day_first() -> None:
    assert check("date", "05/06/2024", "fr") == {}


letters = st.sampled_from("ABCEGHJKLMNPRSTVWXYZ")
digits = st.sampled_from("0123456789")
valid = st.one_of(
    st.tuples(
        st.just("postal_code"),
        st.builds(
            "{}{}{}{}".format, st.sampled_from(sorted(known_areas())), digits, letters, digits
        ),
    ),
    st.tuples(
        st.just("phone"),
        st.builds(
            "{}{}".format,
            st.sampled_from(sorted(AREA_CODES)),
            st.from_regex(r"[2-9](?!11)[0-9]{2}[0-9]{4}", fullmatch=True),
        ),
    ),
    st.tuples(st.just("province"), st.sampled_from(sorted(PROVINCES))),
    st.tuples(
        st.just("email"),
        st.builds("jo{}@{}".format, digits, st.sampled_from(sorted(MAIL_DOMAINS))),
    ),
    st.tuples(
        st.just("date"),
        st.dates(date(2007, 1, 1), TODAY).map(lambda day: day.strftime("%d %b %Y")),
    ),
)


@given(valid)
def test_what_is_normalised_from_a_valid_value_passes_its_own_check(case: tuple[str, str]) -> None:
    assert check(*case) == {}


# --- the collector box


def box(kind: FieldKind, text: str, confidence: float | None = 0.99) -> FieldValue:
    return FieldValue("f", kind, FieldState.READ, text, text, confidence)


def collect(value: FieldValue) -> FieldValue:
    [done] = assess_collector((value,), language="en", thresholds=THRESHOLDS, today=TODAY)
    return done


def test_a_collectors_date_becomes_iso() -> None:
    done = collect(box(FieldKind.DATE, "May 3, 2024"))
    assert (done.value, done.route) == ("2024-05-03", Route.ACCEPT)


def test_an_ambiguous_date_has_no_value_and_is_reviewed() -> None:
    done = collect(box(FieldKind.DATE, "05/06/2024"))
    assert (done.value, done.raw_text, done.confidence) == ("", "05/06/2024", None)
    assert done.route is Route.REVIEW
    assert reasons(done) == {"date-ambiguous": True}


def test_an_empty_collector_field_asks_for_nothing() -> None:
    value = FieldValue("f", FieldKind.NAME, FieldState.EMPTY, "")
    assert collect(value) == value


def test_a_ditto_in_the_collector_box_means_nothing_and_is_reviewed() -> None:
    done = collect(box(FieldKind.TEXT, '"'))
    assert (done.state, done.route) == (FieldState.UNREAD, Route.REVIEW)


# --- whatever comes

texts = st.one_of(
    st.text(max_size=12), st.sampled_from(['"', "same", "K1A 0B1", "ON", "613 555 0199", "a@b.ca"])
)
some_values = st.one_of(
    st.builds(read, st.sampled_from(sorted(set(KINDS) - {"signature"})), texts, st.floats(0, 1)),
    st.builds(unread, st.sampled_from(sorted(set(KINDS) - {"signature"}))),
    st.builds(sign, st.sampled_from(["present", "absent", "unclear"]), st.floats(0, 1)),
)


@st.composite
def sheets(draw: st.DrawFn) -> list[SignerRow]:
    rows = []
    for number in range(1, draw(st.integers(0, 5)) + 1):
        status = draw(st.sampled_from([RowStatus.COUNTED, RowStatus.STRUCK, RowStatus.BLANK]))
        if status is RowStatus.BLANK:
            rows.append(SignerRow(number, status, ()))
            continue
        strike = Finding("row", "struck", blocks=draw(st.booleans()))
        found = (strike,) if status is RowStatus.STRUCK else ()
        values = draw(st.lists(some_values, max_size=8))
        rows.append(row(*values, number=number, status=status, reasons=found))
    return rows


@given(sheets())
def test_rows_numbers_and_readings_are_never_changed(rows: list[SignerRow]) -> None:
    done = assess(*rows)
    assert [r.row for r in done] == [r.row for r in rows]
    for before, after in zip(rows, done, strict=True):
        assert [v.raw_text for v in after.fields] == [v.raw_text for v in before.fields]
        assert [v.field for v in after.fields] == [v.field for v in before.fields]
        assert (before.status is RowStatus.BLANK) == (after.status is RowStatus.BLANK)


@given(sheets())
def test_a_row_waits_for_review_exactly_if_a_field_does(rows: list[SignerRow]) -> None:
    for done in assess(*rows):
        assert (done.status is RowStatus.REVIEW) == bool(done.review_fields)
        for value in done.fields:
            if done.status is RowStatus.STRUCK:
                assert value.route is Route.ACCEPT
            elif value.route is Route.REVIEW and not any(
                f.reason == "struck" for f in done.reasons
            ):
                assert any(f.blocks for f in value.findings)


@given(sheets())
def test_nothing_unread_or_unsure_is_accepted(rows: list[SignerRow]) -> None:
    for done in assess(*rows):
        if done.status is RowStatus.STRUCK:
            continue
        for value in done.fields:
            if value.route is Route.ACCEPT:
                assert value.state is not FieldState.UNREAD
                sure = value.confidence is not None and value.confidence >= 0.9
                assert sure or value.state is FieldState.EMPTY


# --- rows that no lines bound --------------------------------------------------


def guessed(*rows: SignerRow) -> tuple[SignerRow, ...]:
    return assess_rows(
        rows, SPECS, language="en", thresholds=THRESHOLDS, today=TODAY, rows_guessed=True
    )


def test_each_filled_row_of_guessed_rows_is_shown_by_one_field() -> None:
    nameless = row(leave_out=["name"], number=2)
    doubtful = row(read("name", "Bo Li"), read("email", "ann@gmail"), number=3)
    blank = SignerRow(4, RowStatus.BLANK, ())
    found = guessed(row(), nameless, doubtful, blank)
    assert [r.status for r in found] == [RowStatus.REVIEW] * 3 + [RowStatus.BLANK]
    # By its name, else by ink it has; where a field waits anyway, by that one alone.
    assert [r.review_fields for r in found[:3]] == [("name",), ("address",), ("email",)]
    for one in found[:3]:
        shown = one.get(one.review_fields[0])
        assert shown is not None
        assert Finding(shown.field, "row-guessed") in shown.findings


def test_a_strike_across_a_guessed_row_is_for_a_person() -> None:
    struck = row(status=RowStatus.STRUCK, reasons=(Finding("row", "struck", blocks=False),))
    (found,) = guessed(struck)
    assert found.status is RowStatus.REVIEW and found.review_fields == ("name",)
    (sure,) = assess_rows([struck], SPECS, language="en", thresholds=THRESHOLDS, today=TODAY)
    assert sure.status is RowStatus.STRUCK and sure.review_fields == ()


# --- the order of dates in figures


def days(*texts: str, confidence: float = 0.99, **asked: Any) -> list[tuple[str, dict[str, bool]]]:
    """Dates of rows below each other, the first read with ``confidence``: days, and doubts."""
    sure = [confidence, *[0.99] * len(texts)]
    fields = [
        FieldValue("date", FieldKind.DATE, FieldState.READ, text, text, share)
        for text, share in zip(texts, sure, strict=False)
    ]
    rows = [SignerRow(n, RowStatus.COUNTED, (one,)) for n, one in enumerate(fields, start=1)]
    asked = {"language": "en", "thresholds": THRESHOLDS, "today": TODAY, **asked}
    done = assess_rows(rows, [FieldSpec("date", FieldKind.DATE)], **asked)
    return [(one.fields[0].value, reasons(one.fields[0])) for one in done]


def test_another_date_of_the_sheet_tells_the_order_and_a_person_confirms_it() -> None:
    told = days("02/23/2026", "02/03/2026")
    assert told == [("2026-02-23", {}), ("2026-02-03", {"date-order-of-sheet": True})]
    assert days("23-02-2026", "02-03-2026")[1][0] == "2026-03-02"
    assert days("02/03/2026") == [("", {"date-ambiguous": True})]


def test_dates_wait_where_a_sheet_holds_both_orders() -> None:
    assert days("02/23/2026", "23/02/2026", "02/03/2026")[2] == ("", {"date-ambiguous": True})
    french = days("02/23/2026", "02/03/2026", language="fr")
    assert french[1] == ("2026-03-02", {"date-ambiguous": True})


def test_a_date_that_may_be_misread_tells_no_order() -> None:
    assert days("02/23/2026", "02/03/2026", confidence=0.5)[1] == ("", {"date-ambiguous": True})


def test_points_and_the_form_say_the_order() -> None:
    assert days("02.03.2026") == [("2026-03-02", {})]
    asked = days("02/03/2026", "02/03/26", date_order=DateOrder.MONTH_FIRST)
    assert asked == [("2026-02-03", {}), ("2026-02-03", {})]
    other = days("23/02/2026", "02/03/2026", date_order=DateOrder.MONTH_FIRST)
    assert other == [("2026-02-23", {}), ("2026-02-03", {"date-ambiguous": True})]
    assert days("02.23.2026", "02.03.2026")[1][1] == {"date-ambiguous": True}
    assert days("10/10/2025", "02/23/2026")[0] == ("2025-10-10", {})


def test_a_street_lacks_no_number_that_has_a_cell_of_its_own() -> None:
    street = FieldValue(
        "address", FieldKind.ADDRESS, FieldState.READ, "rue Laval", "rue Laval", 0.9
    )
    specs = [FieldSpec("civic_number", FieldKind.TEXT), FieldSpec("address", FieldKind.ADDRESS)]
    for number, said in (("12", {}), ("", {"address-without-number": False})):
        state = FieldState.READ if number else FieldState.EMPTY
        civic = FieldValue("civic_number", FieldKind.TEXT, state, number, number, 0.99)
        rows = [SignerRow(1, RowStatus.COUNTED, (civic, street))]
        (done,) = assess_rows(rows, specs, language="fr", thresholds=THRESHOLDS, today=TODAY)
        assert reasons(done.get("address")) == said


NAME_ALONE = row(number=1, leave_out=["signature", "postal_code"])
SIGNATURE_ALONE = row(number=2, leave_out=["name", "postal_code"])
ADDRESS_ALONE = row(number=2, leave_out=["name", "signature"])


@pytest.mark.parametrize(
    ("rows", "waiting"),
    [
        pytest.param((NAME_ALONE, SIGNATURE_ALONE), {1: ["signature"], 2: ["name"]}, id="over two"),
        pytest.param(
            (row(leave_out=["address", "postal_code"]), ADDRESS_ALONE),
            {1: ["address"], 2: ["name", "signature"]},
            id="the address below",
        ),
        pytest.param((row(), ADDRESS_ALONE), {2: ["name", "signature"]}, id="more of the address"),
        pytest.param((NAME_ALONE, replace(NAME_ALONE, row=2)), {}, id="two without a signature"),
        pytest.param((NAME_ALONE, replace(SIGNATURE_ALONE, row=3)), {}, id="a row between"),
        pytest.param((row(), SIGNATURE_ALONE), {}, id="nothing lacks above"),
        pytest.param(
            (NAME_ALONE, replace(SIGNATURE_ALONE, status=RowStatus.STRUCK)), {}, id="struck"
        ),
    ],
)
def test_a_signer_who_wrote_over_two_rows_is_asked_for(
    rows: Sequence[SignerRow], waiting: dict[int, list[str]]
) -> None:
    """Both rows were incomplete, and the signer counted nowhere without a word."""
    done = assess(*rows)
    found = {
        one.row: [v.field for v in one.fields if "over-two-rows" in reasons(v)] for one in done
    }
    assert {number: fields for number, fields in found.items() if fields} == waiting
    for one in done:
        assert set(waiting.get(one.row, ())) <= set(one.review_fields)


@pytest.mark.parametrize(
    ("words", "waits"), [("Chloe Corda Gendron Andranik", True), ("Ana Roy", False)]
)
def test_a_name_of_four_words_beside_a_signed_row_without_one_may_be_two_peoples(
    words: str, waits: bool
) -> None:
    """One was accepted as CHLOE CORDA GENDRON ANDRANIK, and the other counted nowhere."""
    first = row(number=1)
    first = replace(first, fields=(read("name", words), *first.fields[1:]))
    second = row(number=2, leave_out=["name"])
    for rows in ((first, second), (replace(second, row=1), replace(first, row=2))):
        assert ["name" in one.review_fields for one in assess(*rows)] == [waits, waits]


@pytest.mark.parametrize(
    ("language", "box_text", "day", "findings"),
    [
        pytest.param("en", "10/11/2026", "2026-10-11", {"date-order-of-sheet": True}, id="offered"),
        pytest.param("fr", "10/11/2026", "2026-11-10", {"date-ambiguous": True}, id="contradicted"),
        pytest.param("fr", "2026-11-10", "2026-11-10", {}, id="no matter"),
        pytest.param("en", "10/10/2026", "2026-10-10", {}, id="either way the same"),
    ],
)
def test_the_boxs_date_is_held_against_the_order_of_the_rows(
    language: str, box_text: str, day: str, findings: dict[str, bool]
) -> None:
    """On a French sheet whose signers wrote 10/23/2026 the collector's 10/11 was 10 November."""
    signed = FieldValue("signed", FieldKind.DATE, FieldState.READ, "10/23/2026", "", 0.99)
    [done] = assess_collector(
        (box(FieldKind.DATE, box_text),),
        language=language,
        thresholds=THRESHOLDS,
        today=TODAY,
        beside=[SignerRow(1, RowStatus.COUNTED, (signed,))],
    )
    assert done.value == day
    assert reasons(done) == findings
