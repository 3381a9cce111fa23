"""Ditto marks take the value above and its doubts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.records import FieldKind, FieldState, FieldValue, Mark, RowStatus, SignerRow
from digitizer.values.dittos import is_ditto_text, resolve_dittos

KINDS = {
    "name": FieldKind.NAME,
    "address": FieldKind.ADDRESS,
    "city": FieldKind.CITY,
    "province": FieldKind.PROVINCE,
    "postal_code": FieldKind.POSTAL_CODE,
    "signature": FieldKind.SIGNATURE,
    "phone": FieldKind.PHONE,
    "email": FieldKind.EMAIL,
}
HOME = {"address": "12 Main St", "city": "Ottawa", "postal_code": "K1A 0B1"}


def read(field: str, text: str, confidence: float | None = 0.99) -> FieldValue:
    return FieldValue(field, KINDS[field], FieldState.READ, text, text, confidence)


def ditto(field: str, confidence: float = 0.97) -> FieldValue:
    return FieldValue(field, KINDS[field], FieldState.UNREAD, "", '"', confidence, mark=Mark.DITTO)


def empty(field: str) -> FieldValue:
    return FieldValue(field, KINDS[field], FieldState.EMPTY, "")


def row(number: int, *values: FieldValue, status: RowStatus = RowStatus.COUNTED) -> SignerRow:
    given_values = {v.field: v for v in values}
    fields = (
        () if status is RowStatus.BLANK else tuple(given_values.get(f, empty(f)) for f in KINDS)
    )
    return SignerRow(number, status, fields)


def home(number: int, **options: RowStatus) -> SignerRow:
    values = [read(field, text) for field, text in HOME.items()]
    return row(number, read("name", "Ann Roy"), *values, **options)


def whole_cell() -> list[FieldValue]:
    return [ditto(field) for field in ("address", "city", "province", "postal_code")]


def field(rows: tuple[SignerRow, ...], number: int, name: str) -> FieldValue:
    value = next(r for r in rows if r.row == number).get(name)
    assert value is not None
    return value


def reasons(value: FieldValue) -> dict[str, bool]:
    return {f.reason: f.blocks for f in value.findings}


def test_a_dittoed_address_takes_all_of_its_cell_from_the_row_above() -> None:
    rows = resolve_dittos([home(1), row(2, read("name", "Bob Roy"), *whole_cell())], language="en")
    for name, text in HOME.items():
        value = field(rows, 2, name)
        assert (value.value, value.raw_text, value.source_row) == (text, '"', 1)
        assert (value.state, value.confidence, value.mark) == (FieldState.READ, 0.97, Mark.DITTO)
        assert reasons(value) == {"ditto": False}
    # The source has no province: neither has the ditto.
    assert field(rows, 2, "province").state is FieldState.EMPTY


@pytest.mark.parametrize("text", ['"', "〃", "''", "same", "do.", "Idem", "id.", "pareil", "—"])
def test_a_ditto_read_as_text_stands_for_the_whole_cell(text: str) -> None:
    rows = resolve_dittos([home(1), row(2, read("address", text, 0.8))], language="en")
    assert {n: field(rows, 2, n).value for n in HOME} == HOME
    assert field(rows, 2, "address").raw_text == text
    assert field(rows, 2, "postal_code").confidence == 0.8


def test_what_is_written_beside_a_ditto_stays() -> None:
    rows = resolve_dittos(
        [home(1), row(2, read("address", '"'), read("postal_code", "K2P 1L4"))], language="en"
    )
    assert field(rows, 2, "postal_code") == read("postal_code", "K2P 1L4")
    assert field(rows, 2, "city").value == "Ottawa"


def lived(number: int) -> SignerRow:
    return row(number, *(read(n, text) for n, text in {**HOME, "province": "ON"}.items()))


@pytest.mark.parametrize("city", ["Gatineau", "Orléans"])
def test_a_code_from_above_beside_a_city_written_anew_is_looked_at(city: str) -> None:
    """It is the code of the city above: that of this one is not written anywhere."""
    below = row(2, ditto("address"), read("city", city))
    rows = resolve_dittos([lived(1), below, row(3, *whole_cell())], language="en")
    assert field(rows, 2, "city") == read("city", city)
    assert reasons(field(rows, 2, "postal_code")) == {"ditto": False, "ditto-other-city": True}
    assert reasons(field(rows, 2, "province")) == {"ditto": False, "ditto-other-city": True}
    assert reasons(field(rows, 2, "address")) == {"ditto": False}
    # Who repeats that row leans on it.
    assert (field(rows, 3, "city").value, field(rows, 3, "postal_code").source_row) == (city, 2)


def test_a_province_that_a_mark_stands_for_may_be_that_of_another_city() -> None:
    marks = ditto("address"), read("city", "London"), ditto("province"), ditto("postal_code")
    rows = resolve_dittos([lived(1), row(2, *marks)], language="en")
    assert reasons(field(rows, 2, "province")) == {"ditto": False}
    assert reasons(field(rows, 2, "postal_code")) == {"ditto": False, "ditto-other-city": True}


def test_the_city_of_the_row_above_written_once_more_moves_nobody() -> None:
    rows = resolve_dittos(
        [lived(1), row(2, ditto("address"), read("city", "OTTAWA."))], language="en"
    )
    assert field(rows, 2, "postal_code").value == "K1A 0B1"
    assert reasons(field(rows, 2, "postal_code")) == {"ditto": False}


def test_a_chain_of_dittos_names_the_row_where_the_value_is_written() -> None:
    rows = resolve_dittos([home(1), *(row(n, *whole_cell()) for n in (2, 3, 4))], language="en")
    assert field(rows, 4, "address").value == "12 Main St"
    assert field(rows, 4, "address").source_row == 1


def test_a_ditto_without_anything_above_is_unresolved() -> None:
    rows = resolve_dittos([row(1, *whole_cell())], language="en")
    value = field(rows, 1, "address")
    assert (value.state, value.value, value.confidence) == (FieldState.UNREAD, "", None)
    assert reasons(value) == {"ditto-unresolved": True}


def test_a_ditto_below_unread_ink_does_not_reach_further_up() -> None:
    smudge = FieldValue("address", FieldKind.ADDRESS, FieldState.UNREAD, "")
    rows = resolve_dittos([home(1), row(2, smudge), row(3, *whole_cell())], language="en")
    assert reasons(field(rows, 3, "address")) == {"ditto-unresolved": True}


@pytest.mark.parametrize(
    ("between", "reason"),
    [
        pytest.param(home(2, status=RowStatus.STRUCK), "ditto-source-struck", id="struck"),
        pytest.param(row(2, status=RowStatus.BLANK), "ditto-source-blank", id="blank row"),
        pytest.param(row(2, read("name", "Bob")), "ditto-source-blank", id="blank cell"),
    ],
)
def test_a_doubtful_source_is_flagged(between: SignerRow, reason: str) -> None:
    rows = resolve_dittos([home(1), between, row(3, *whole_cell())], language="en")
    value = field(rows, 3, "address")
    assert value.value == "12 Main St"
    assert reasons(value) == {"ditto": False, reason: True}


def test_a_mark_that_may_be_none_is_doubtful_whatever_it_repeats() -> None:
    rows = resolve_dittos(
        [home(1), row(2, ditto("city", 0.6)), row(3, ditto("city"))], language="en"
    )
    assert reasons(field(rows, 2, "city")) == {"ditto": False, "low-confidence": True}
    assert field(rows, 3, "city").source_row == 2


def test_in_a_name_only_the_surname_is_taken_and_always_flagged() -> None:
    rows = resolve_dittos(
        [home(1), row(2, read("name", 'Bob "')), row(3, ditto("name"))], language="en"
    )
    assert field(rows, 2, "name").value == "Bob Roy"
    assert field(rows, 3, "name").value == "Roy"
    assert all(reasons(field(rows, n, "name")) == {"ditto": True} for n in (2, 3))


def test_a_dittoed_signature_is_none() -> None:
    signature = FieldValue(
        "signature", FieldKind.SIGNATURE, FieldState.EMPTY, "absent", mark=Mark.DITTO
    )
    rows = resolve_dittos([home(1), row(2, signature)], language="en")
    assert field(rows, 2, "signature").value == "absent"
    assert reasons(field(rows, 2, "signature")) == {"ditto": False}


def test_a_dittoed_phone_is_always_flagged() -> None:
    above = row(1, read("phone", "613-555-0199"))
    rows = resolve_dittos([above, row(2, ditto("phone"), ditto("email"))], language="en")
    assert field(rows, 2, "phone").value == "613-555-0199"
    assert reasons(field(rows, 2, "phone")) == {"ditto": True}
    assert field(rows, 2, "email").state is FieldState.EMPTY


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        pytest.param(FieldKind.NAME, "Do", id="a surname"),
        pytest.param(FieldKind.NAME, "Same", id="a surname too"),
        pytest.param(FieldKind.PHONE, "-", id="a dash for no phone"),
        pytest.param(FieldKind.ADDRESS, "12 Same St", id="a street"),
        pytest.param(FieldKind.ADDRESS, "Saintes", id="a village"),
        pytest.param(FieldKind.CITY, "Rome", id="a city of four letters"),
        pytest.param(FieldKind.ADDRESS, "", id="nothing"),
        pytest.param(FieldKind.SIGNATURE, '"', id="told by ink"),
    ],
)
def test_values_that_look_like_dittos_are_left_alone(kind: FieldKind, text: str) -> None:
    assert not is_ditto_text(kind, text)


@pytest.mark.parametrize(
    "text",
    [
        "sane",
        "saine",
        "sarne",
        "ao.",
        "pareill",
        "Même",
        "same as above",
        "DITTO",
        "voir ci-dessus",
    ],
)
def test_words_for_the_same_are_known_with_one_misread_letter(text: str) -> None:
    assert is_ditto_text(FieldKind.ADDRESS, text)


@pytest.mark.parametrize("text", ["11", "II", "//", "1 1", "l/", "11."])
def test_two_strokes_in_place_of_a_street_are_quotes(text: str) -> None:
    assert is_ditto_text(FieldKind.ADDRESS, text)
    assert is_ditto_text(FieldKind.CITY, text)
    assert not is_ditto_text(FieldKind.NAME, "11 Elm")


@pytest.mark.parametrize("text", ["1", "111", "17", "11 A", "Il y"])
def test_a_number_is_no_pair_of_strokes(text: str) -> None:
    assert not is_ditto_text(FieldKind.ADDRESS, text)


values = st.one_of(
    st.builds(
        read,
        st.sampled_from(sorted(KINDS)),
        st.sampled_from(["x", "12 Main St", '"', "same", 'Bob "']),
        st.one_of(st.none(), st.floats(0, 1)),
    ),
    st.builds(ditto, st.sampled_from(sorted(KINDS)), st.floats(0, 1)),
)
sheets = st.lists(
    st.tuples(st.lists(values, max_size=8), st.sampled_from(RowStatus)), max_size=8
).map(lambda items: [row(n, *v, status=s) for n, (v, s) in enumerate(items, 1)])


@given(sheets)
def test_dittos_keep_rows_and_readings_and_never_raise_confidence(rows: list[SignerRow]) -> None:
    resolved = resolve_dittos(rows, language="en")
    assert [replace(r, fields=()) for r in resolved] == [replace(r, fields=()) for r in rows]
    for before, after in zip(rows, resolved, strict=True):
        assert [v.field for v in after.fields] == [v.field for v in before.fields]
        for old, new in zip(before.fields, after.fields, strict=True):
            assert new.raw_text == old.raw_text
            if new.source_row is None or new.state is not FieldState.READ:
                continue
            assert new.source_row < after.row
            source = field(resolved, new.source_row, new.field)
            for limit in (source.confidence, old.confidence):
                if old.state is not FieldState.EMPTY or limit is not None:
                    assert new.confidence is None or limit is None or new.confidence <= limit
            if source.confidence is None:
                assert new.confidence is None
