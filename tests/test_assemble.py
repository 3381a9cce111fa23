"""Empty, blank and unread are three things; marks and consent come from ink alone."""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from drawn import blank, rectified
from hypothesis import given
from hypothesis import strategies as st

from digitizer.assemble import (
    POSSIBLE_STRIKE,
    SURE_STRIKE,
    cell_values,
    fingerprint,
    is_readable,
    needs_crop,
    sheet_reasons,
    sheet_status,
    signer_row,
)
from digitizer.forms.forms import parse_form
from digitizer.records import (
    BoxPlace,
    Candidate,
    CellCrop,
    CellPlace,
    FieldKind,
    FieldSpec,
    FieldState,
    FieldValue,
    Finding,
    InkState,
    LineCrop,
    Mark,
    Reading,
    RegisteredPage,
    Route,
    RowPlace,
    RowStatus,
    SheetStatus,
    Signature,
    SignerRow,
)

NAME = FieldSpec("name", FieldKind.NAME, required=True)
ADDRESS = FieldSpec("address", FieldKind.ADDRESS)
POSTAL = FieldSpec("postal_code", FieldKind.POSTAL_CODE)
SIGNATURE = FieldSpec("signature", FieldKind.SIGNATURE)
PHONE = FieldSpec("phone", FieldKind.PHONE)
EMAIL = FieldSpec("email", FieldKind.EMAIL)
BOX = FieldSpec("consent", FieldKind.CHECKBOX)
NUMBER = FieldSpec("row_number", FieldKind.ROW_NUMBER)
POLYGON = ((20.0, 20.0), (29.0, 20.0), (29.0, 29.0), (20.0, 29.0))


class Halves:
    """A calibration that halves the engine's number."""

    def confidence(self, reading: Reading) -> float:
        return reading.raw_confidence / 2

    def signature(self, value: str, sure: float, ink_px: float) -> float:
        return sure


def crop(
    *fields: FieldSpec,
    row: int | None = 1,
    column: str = "name",
    ink: InkState = InkState.WRITTEN,
    **more: Any,
) -> CellCrop:
    """A cell as cut from a page."""
    pixels = np.full((20, 60), 255, np.uint8)
    line = LineCrop(pixels, (0, 0, 60, 20))
    given_: dict[str, Any] = {
        "picture": np.repeat(pixels[:, :, None], 3, axis=2),
        "clean": pixels,
        "lines": (line,) if ink is InkState.WRITTEN else (),
        "ink_confidence": 0.9,
        "mark": Mark.NONE,
        "mark_confidence": 0.0,
        "ink_share": 0.1 if ink is InkState.WRITTEN else 0.002,
        **more,
    }
    return CellCrop(row=row, column=column, fields=fields, ink=ink, **given_)


def values_of(
    cell: CellCrop,
    readings: Sequence[Reading] = (),
    signature: tuple[Signature, float] = (Signature.PRESENT, 0.97),
) -> tuple[FieldValue, ...]:
    """Values of a cell where signatures are judged as given."""
    return cell_values(cell, readings, Halves(), lambda _: signature)


def reading(spec: FieldSpec, text: str) -> Reading:
    """What an engine saw."""
    return Reading(spec.name, spec.kind, text, 0.8, "fake", alternatives=(Candidate("x", 0.1),))


# --- cells ---------------------------------------------------------------------


def test_a_reading_becomes_a_value_with_calibrated_confidence() -> None:
    (value,) = values_of(crop(NAME), [reading(NAME, "Ana Roy")])
    assert (value.field, value.kind, value.state) == ("name", FieldKind.NAME, FieldState.READ)
    assert (value.value, value.raw_text, value.engine) == ("Ana Roy", "Ana Roy", "fake")
    assert (value.confidence, value.raw_confidence) == (0.4, 0.8)
    assert value.alternatives == (Candidate("x", 0.1),)


def test_two_peoples_names_in_a_row_wait_and_two_collectors_do_not() -> None:
    for row, told in ((1, ("two-names",)), (None, ())):
        (value,) = values_of(crop(NAME, row=row), [reading(NAME, "Ana Roy and Luc Roy")])
        assert tuple(finding.reason for finding in value.findings if finding.blocks) == told


def test_a_cell_without_ink_is_empty_and_has_no_confidence() -> None:
    (value,) = values_of(crop(NAME, ink=InkState.EMPTY))
    assert (value.state, value.value, value.confidence) == (FieldState.EMPTY, "", None)


def test_ink_that_gave_no_value_is_unread_not_empty() -> None:
    for readings in ([], [reading(NAME, "")]):
        (value,) = values_of(crop(NAME), readings)
        assert (value.state, value.value, value.confidence) == (FieldState.UNREAD, "", None)


def test_of_a_cell_of_several_fields_one_stands_for_ink_that_gave_nothing() -> None:
    states = [v.state for v in values_of(crop(ADDRESS, POSTAL))]
    assert states == [FieldState.UNREAD, FieldState.EMPTY]


@pytest.mark.parametrize(
    ("ink", "text", "state"),
    [
        pytest.param(InkState.LOOK, ":_", FieldState.EMPTY, id="rest of a label"),
        pytest.param(InkState.LOOK, "5 May", FieldState.READ, id="pale writing"),
        pytest.param(InkState.WRITTEN, "-", FieldState.READ, id="a dash somebody wrote"),
    ],
)
def test_a_doubtful_speck_is_a_value_only_with_a_letter_or_digit(
    ink: InkState, text: str, state: FieldState
) -> None:
    (value,) = values_of(crop(NAME, ink=ink), [reading(NAME, text)])
    assert value.state is state


def test_a_field_that_was_not_written_beside_one_that_was_is_empty() -> None:
    values = values_of(crop(ADDRESS, POSTAL), [reading(POSTAL, "K1A 0B1")])
    assert [(v.field, v.state) for v in values] == [
        ("address", FieldState.EMPTY),
        ("postal_code", FieldState.READ),
    ]


def test_values_come_in_the_order_of_the_definition() -> None:
    readings = [reading(POSTAL, "K1A 0B1"), reading(ADDRESS, "1 Main St")]
    assert [v.field for v in values_of(crop(ADDRESS, POSTAL), readings)] == [
        "address",
        "postal_code",
    ]


@pytest.mark.parametrize(
    ("town", "evidence", "state"),
    [
        ("Yellonge", {"listed": 0.0}, FieldState.UNREAD),
        ("Yellowknife", {"listed": 1.0, "replaced": 1.0}, FieldState.UNREAD),
        ("Yellowknife", {"listed": 1.0, "replaced": 0.0}, FieldState.EMPTY),
    ],
    ids=["no place at all", "a place put for what was read", "a place as it was read"],
)
def test_a_province_that_may_have_been_read_into_the_city_is_asked_for(
    town: str, evidence: dict[str, float], state: FieldState
) -> None:
    city = FieldSpec("city", FieldKind.CITY)
    province = FieldSpec("province", FieldKind.PROVINCE)
    seen = replace(reading(city, town), evidence=tuple(evidence.items()))
    values = values_of(crop(ADDRESS, city, province), [reading(ADDRESS, "5 Bay St"), seen])
    assert [value.state for value in values] == [FieldState.READ, FieldState.READ, state]
    (_, _, missing) = values_of(crop(ADDRESS, city, province), [reading(ADDRESS, "5 Bay St")])
    assert missing.state is FieldState.EMPTY


def test_a_postal_code_is_asked_for_where_an_address_was_read_without_one() -> None:
    values = values_of(crop(ADDRESS, POSTAL), [reading(ADDRESS, "5 Bay St")])
    assert [value.state for value in values] == [FieldState.READ, FieldState.UNREAD]
    (_, empty) = values_of(crop(ADDRESS, POSTAL, ink=InkState.EMPTY), [])
    assert empty.state is FieldState.EMPTY


def test_a_city_is_asked_for_where_a_province_was_read_without_one() -> None:
    city = FieldSpec("city", FieldKind.CITY)
    province = FieldSpec("province", FieldKind.PROVINCE)
    seen = [reading(ADDRESS, "5 Bay St"), reading(province, "ON")]
    values = values_of(crop(ADDRESS, city, province), seen)
    assert [value.state for value in values] == [
        FieldState.READ,
        FieldState.UNREAD,
        FieldState.READ,
    ]


@pytest.mark.parametrize(
    ("street", "code", "state"),
    [
        ("Toronto", "K1A 0B1", FieldState.UNREAD),
        ("Carit", "", FieldState.UNREAD),
        ("5 Bay St", "", FieldState.UNREAD),
        ("5 Bay St", "K1A 0B1", FieldState.EMPTY),
    ],
    ids=["no number", "neither number nor code", "no code", "a street and its code"],
)
def test_a_city_that_may_be_written_is_asked_for(street: str, code: str, state: FieldState) -> None:
    city = FieldSpec("city", FieldKind.CITY)
    seen = [reading(ADDRESS, street), *([reading(POSTAL, code)] if code else [])]
    (_, asked, _) = values_of(crop(ADDRESS, city, POSTAL), seen)
    assert asked.state is state


@pytest.mark.parametrize(
    ("read", "text", "state"),
    [
        (EMAIL, "ST6X 861", FieldState.UNREAD),  # 519-637-0869, small and pale
        (EMAIL, "ana@roy.ca", FieldState.EMPTY),
        (PHONE, "41 roy", FieldState.UNREAD),
        (PHONE, "416-555-0199", FieldState.EMPTY),
        (PHONE, "555-0199", FieldState.EMPTY),
    ],
)
def test_a_number_or_email_that_was_read_as_the_other_is_asked_for(
    read: FieldSpec, text: str, state: FieldState
) -> None:
    cell = crop(PHONE, EMAIL, column="contact")
    values = {v.field: v for v in values_of(cell, [reading(read, text)])}
    (other,) = {"phone", "email"} - {read.name}
    assert values[read.name].state is FieldState.READ
    assert values[other].state is state


def test_a_ditto_is_unread_and_keeps_its_mark_whatever_an_engine_saw() -> None:
    cell = crop(ADDRESS, POSTAL, mark=Mark.DITTO, mark_confidence=0.93)
    for value in values_of(cell, [reading(ADDRESS, "11")]):
        assert (value.state, value.value, value.raw_text) == (FieldState.UNREAD, "", '"')
        assert (value.mark, value.confidence, value.engine) == (Mark.DITTO, 0.93, "ink")


def test_a_strike_in_a_cell_stays_with_its_value() -> None:
    (value,) = values_of(crop(NAME, mark=Mark.STRUCK), [reading(NAME, "Ana Roy")])
    assert (value.value, value.mark) == ("Ana Roy", Mark.STRUCK)


@pytest.mark.parametrize(
    ("signature", "state"),
    [
        (Signature.PRESENT, FieldState.READ),
        (Signature.ABSENT, FieldState.EMPTY),
        (Signature.UNCLEAR, FieldState.UNREAD),
    ],
)
def test_a_signature_is_told_and_never_read(signature: Signature, state: FieldState) -> None:
    cell = crop(SIGNATURE, column="signature")
    (value,) = values_of(cell, [reading(SIGNATURE, "Ana Roy")], (signature, 0.7))
    assert (value.state, value.value, value.confidence) == (state, signature.value, 0.7)
    assert value.raw_text == ""


@pytest.mark.parametrize(
    ("ink", "text", "state"),
    [
        (InkState.WRITTEN, "Y", FieldState.READ),
        (InkState.EMPTY, "N", FieldState.READ),
        (InkState.LOOK, "N", FieldState.UNREAD),
    ],
)
def test_a_box_is_ticked_by_ink_and_doubtful_ink_is_unread(
    ink: InkState, text: str, state: FieldState
) -> None:
    (value,) = values_of(crop(BOX, ink=ink))
    assert (value.value, value.state, value.confidence) == (text, state, 0.9)


def test_printed_row_numbers_have_no_value() -> None:
    assert values_of(crop(NUMBER, FieldSpec("x", FieldKind.IGNORE))) == ()


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        pytest.param(crop(NAME), True, id="written"),
        pytest.param(crop(NAME, ink=InkState.LOOK), True, id="perhaps written"),
        pytest.param(crop(NAME, ink=InkState.EMPTY), False, id="empty"),
        pytest.param(crop(NAME, mark=Mark.DITTO), False, id="ditto"),
        pytest.param(crop(NAME, mark=Mark.STRUCK), True, id="corrected"),
        pytest.param(crop(SIGNATURE), False, id="signature"),
        pytest.param(crop(BOX), False, id="box"),
        pytest.param(crop(NUMBER), False, id="printed number"),
        pytest.param(crop(NUMBER, NAME), True, id="number beside a name"),
        pytest.param(crop(), False, id="nothing asked for"),
    ],
)
def test_only_writing_is_shown_to_a_recogniser(cell: CellCrop, wanted: bool) -> None:
    assert is_readable(cell) is wanted


def test_pictures_are_kept_of_ink_of_doubt_and_of_every_signature() -> None:
    empty = crop(NAME, ink=InkState.EMPTY)
    assert not needs_crop(empty, values_of(empty)[0])
    for cell in (crop(NAME), crop(NAME, ink=InkState.LOOK)):
        assert needs_crop(cell, values_of(cell)[0])
    unsigned = crop(SIGNATURE, ink=InkState.EMPTY)
    assert needs_crop(unsigned, values_of(unsigned, (), (Signature.ABSENT, 0.9))[0])


# --- rows ----------------------------------------------------------------------


def written_row(strike: float | None = None, **more: Any) -> SignerRow:
    """A row with a name in it and a contact column whose ink ``more`` describes."""
    contact = crop(FieldSpec("email", FieldKind.EMAIL), column="contact", **more)
    name = crop(NAME)
    values = [*values_of(name, [reading(NAME, "Ana Roy")]), *values_of(contact)]
    return signer_row(3, values, [name, contact], {"contact"}, strike)


def test_a_row_with_ink_is_counted_until_a_rule_says_otherwise() -> None:
    row = written_row()
    assert (row.row, row.status, row.reasons) == (3, RowStatus.COUNTED, ())
    assert [v.field for v in row.fields] == ["name", "email"]


def test_a_row_without_ink_is_blank_and_holds_no_field() -> None:
    cells = [crop(NAME, ink=InkState.EMPTY), crop(SIGNATURE, ink=InkState.EMPTY)]
    values = [v for cell in cells for v in values_of(cell, (), (Signature.ABSENT, 0.9))]
    row = signer_row(2, values, cells, set(), None)
    assert (row.row, row.status, row.fields) == (2, RowStatus.BLANK, ())


@pytest.mark.parametrize("kind", [FieldKind.ROW_NUMBER, FieldKind.CHECKBOX, FieldKind.IGNORE])
def test_what_is_printed_in_every_row_makes_no_signer(kind: FieldKind) -> None:
    printed = crop(FieldSpec("printed", kind), column="printed")
    cells = [printed, crop(NAME, ink=InkState.EMPTY)]
    values = [v for cell in cells for v in values_of(cell)]
    assert signer_row(7, values, cells, set(), None).status is RowStatus.BLANK


@pytest.mark.parametrize(
    ("text", "status"),
    [
        pytest.param("", RowStatus.BLANK, id="no text"),
        pytest.param("i", RowStatus.BLANK, id="a speck read as a letter"),
        pytest.param("Ana", RowStatus.COUNTED, id="a text"),
    ],
)
def test_a_doubtful_speck_is_a_signer_only_with_a_text(text: str, status: RowStatus) -> None:
    cell = crop(NAME, ink=InkState.LOOK)
    readings = [reading(NAME, text)] if text else []
    row = signer_row(1, values_of(cell, readings), [cell], set(), None)
    assert row.status is status


def test_a_word_read_into_specks_that_cannot_be_right_is_no_signer() -> None:
    cell = crop(NAME, ink=InkState.LOOK)
    read = replace(reading(NAME, "terrerrerre"), raw_confidence=0.002)
    row = signer_row(1, values_of(cell, [read]), [cell], set(), None)
    assert row.status is RowStatus.BLANK


def test_a_doubtful_signature_alone_is_no_signer() -> None:
    cell = crop(SIGNATURE, ink=InkState.LOOK)
    row = signer_row(1, values_of(cell), [cell], set(), None)
    assert row.status is RowStatus.BLANK


def test_dots_that_fill_a_cell_make_a_row_that_waits() -> None:
    cell = crop(SIGNATURE, ink=InkState.LOOK, ink_share=0.2)
    row = signer_row(1, values_of(cell), [cell], set(), None)
    assert row.status is not RowStatus.BLANK


def test_a_row_with_unread_ink_only_is_a_row_that_waits_not_a_blank_one() -> None:
    cell = crop(NAME)
    row = signer_row(1, values_of(cell), [cell], set(), None)
    assert row.status is not RowStatus.BLANK
    assert row.fields[0].state is FieldState.UNREAD


@given(st.floats(0, 1))
def test_a_row_is_struck_from_where_it_is_likely_and_looked_at_until_it_is_sure(
    strike: float,
) -> None:
    row = written_row(strike)
    assert (row.status is RowStatus.STRUCK) is (strike >= POSSIBLE_STRIKE)
    wanted = (Finding("row", "struck", blocks=strike < SURE_STRIKE),)
    assert row.reasons == (wanted if strike >= POSSIBLE_STRIKE else ())
    assert row.contact_consent is (strike < POSSIBLE_STRIKE)
    assert row.get("name") is not None, "what stands in a struck row is kept"


@pytest.mark.parametrize(
    ("more", "consent"),
    [
        pytest.param({}, True, id="written"),
        pytest.param({"ink": InkState.EMPTY}, False, id="empty"),
        pytest.param({"ink": InkState.LOOK}, False, id="a speck is no consent"),
        pytest.param({"mark": Mark.DITTO}, False, id="a ditto is no consent"),
        pytest.param({"mark": Mark.STRUCK}, False, id="struck out is no consent"),
    ],
)
def test_consent_is_plain_ink_in_the_contact_column(more: dict[str, Any], consent: bool) -> None:
    assert written_row(**more).contact_consent is consent


def test_ink_outside_the_contact_column_is_no_consent() -> None:
    cell = crop(NAME)
    row = signer_row(1, values_of(cell, [reading(NAME, "Ana")]), [cell], {"contact"}, None)
    assert not row.contact_consent


# --- sheets --------------------------------------------------------------------


def one_row(status: RowStatus = RowStatus.COUNTED, route: Route = Route.ACCEPT) -> SignerRow:
    value = FieldValue("name", FieldKind.NAME, FieldState.READ, "Ana", route=route)
    return SignerRow(1, status, () if status is RowStatus.BLANK else (value,))


def collected(state: FieldState, route: Route = Route.ACCEPT) -> FieldValue:
    return FieldValue("collector_name", FieldKind.NAME, state, "", route=route)


EMPTY_BOX = collected(FieldState.EMPTY)


@pytest.mark.parametrize(
    ("rows", "collector", "status"),
    [
        pytest.param([], [], SheetStatus.BLANK, id="no row at all"),
        pytest.param([one_row(RowStatus.BLANK)], [EMPTY_BOX], SheetStatus.BLANK, id="unfilled"),
        pytest.param(
            [one_row(RowStatus.BLANK)],
            [collected(FieldState.READ)],
            SheetStatus.READ,
            id="collector alone",
        ),
        pytest.param(
            [one_row(RowStatus.BLANK)],
            [collected(FieldState.UNREAD, Route.REVIEW)],
            SheetStatus.REVIEW,
            id="unread collector alone",
        ),
        pytest.param([one_row()], [EMPTY_BOX], SheetStatus.READ, id="all accepted"),
        pytest.param([one_row(RowStatus.STRUCK)], [], SheetStatus.READ, id="struck for sure"),
        pytest.param([one_row(RowStatus.REVIEW)], [], SheetStatus.REVIEW, id="row in review"),
        pytest.param(
            [one_row(), one_row(route=Route.REVIEW)], [], SheetStatus.REVIEW, id="field in review"
        ),
        pytest.param(
            [one_row()],
            [collected(FieldState.EMPTY, Route.REVIEW)],
            SheetStatus.REVIEW,
            id="collector in review",
        ),
    ],
)
def test_a_sheet_is_read_where_nothing_waits(
    rows: list[SignerRow], collector: list[FieldValue], status: SheetStatus
) -> None:
    assert sheet_status(rows, collector) is status


FORM = parse_form(
    {
        "form": {"name": "parks"},
        "table": {
            "columns": [
                {"name": "name", "header": ["Name"], "fields": [{"name": "name", "kind": "name"}]},
                {"name": "date", "header": ["Date"], "fields": [{"name": "date", "kind": "date"}]},
            ]
        },
        "collector_box": {"fields": [{"name": "who", "kind": "name", "label": ["Name:"]}]},
    },
    source="parks.toml",
)


def registered(columns: Sequence[str], *, box: bool) -> RegisteredPage:
    """A page on which only ``columns`` were found."""
    cells = tuple(CellPlace(name, (), POLYGON) for name in columns)
    return RegisteredPage(
        page=rectified(blank(60, 60)),
        form="parks",
        petition=None,
        language="en",
        form_score=0.9,
        candidates=(),
        rows=(RowPlace(1, POLYGON, cells),),
        collector_box=BoxPlace(POLYGON, (CellPlace("who", (), POLYGON),)) if box else None,
        rules=(),
        words=(),
    )


def test_a_sheet_whose_parts_were_all_found_has_no_reason() -> None:
    page = registered(["name", "date"], box=True)
    assert sheet_reasons(page, FORM, [one_row()]) == ()


def test_cells_that_lie_off_the_pages_lines_are_told() -> None:
    page = registered(["name", "date"], box=True)
    assert sheet_reasons(replace(page, residual_mm=0.4), FORM, [one_row()]) == ()
    off = sheet_reasons(replace(page, residual_mm=1.62), FORM, [one_row()])
    assert off == ("cells-off-lines:1.6mm",)


def test_missing_columns_and_box_and_an_unfilled_table_are_told() -> None:
    page = registered(["name"], box=False)
    assert sheet_reasons(page, FORM, [one_row(RowStatus.BLANK)]) == (
        "collector-box-not-found",
        "column-not-found:date",
        "no-filled-row",
    )


def test_a_column_that_only_one_of_two_tables_lacks_is_told() -> None:
    page = registered(["name", "date"], box=True)
    lacking = RowPlace(2, POLYGON, page.rows[0].cells[:1])
    for rows in ((*page.rows, lacking), (lacking, *page.rows)):
        assert sheet_reasons(replace(page, rows=rows), FORM, [one_row()]) == (
            "column-not-found:date",
        )


def test_a_column_whose_cells_were_cut_at_their_captions_was_found() -> None:
    text = """
    [form]
    name = "boxes"
    language = "en"
    petition = ""
    phrases = ["a phrase of the sheet"]
    [[table.columns]]
    name = "help"
    header = ["Volunteer?"]
    fields = [
      { name = "yes", kind = "checkbox", caption = ["Yes"] },
      { name = "no", kind = "checkbox", caption = ["No"] },
    ]
    """
    form = parse_form(tomllib.loads(text), source="boxes")
    assert sheet_reasons(registered(["yes", "no"], box=False), form, [one_row()]) == ()
    assert sheet_reasons(registered(["other"], box=False), form, [one_row()]) == (
        "column-not-found:help",
    )


# --- fingerprint ---------------------------------------------------------------


def inked(row: int, column: str, scale: int, seed: int) -> CellCrop:
    """A cell with a few strokes, cut at some resolution."""
    rng = np.random.default_rng(seed)
    small = np.where(rng.random((6, 16)) < 0.3, 30, 255).astype(np.uint8)
    return crop(
        NAME, row=row, column=column, clean=np.kron(small, np.ones((scale, scale), np.uint8))
    )


def test_two_scans_of_a_sheet_have_one_fingerprint_whatever_their_resolution() -> None:
    fine, coarse = (
        fingerprint([inked(1, "name", scale, 1), inked(2, "name", scale, 2)]) for scale in (6, 3)
    )
    assert coarse == pytest.approx(fine, abs=0.01)
    other = fingerprint([inked(1, "name", 6, 3), inked(2, "name", 6, 4)])
    assert np.abs(np.subtract(other, fine)).mean() > 0.05
    assert len(fine) == 2 * 8 * 3
    assert all(0 <= number <= 1 for number in fine)


def test_a_fingerprint_does_not_depend_on_the_order_of_cells_or_the_collector() -> None:
    cells = [inked(2, "name", 4, 1), inked(1, "name", 4, 2), inked(1, "address", 4, 3)]
    collector = crop(NAME, row=None, column="collector_name")
    assert fingerprint(cells) == fingerprint([*cells[::-1], collector])


# --- dittos in words, and behind a given name ----------------------------------


def test_a_ditto_word_that_a_grammar_made_a_postal_code_of_is_a_ditto() -> None:
    seen = Reading("postal_code", FieldKind.POSTAL_CODE, "P0R 2J1", 0.2, "fake", greedy="pareil")
    values = values_of(crop(ADDRESS, POSTAL, column="address"), [seen])
    assert {value.mark for value in values} == {Mark.DITTO}
    assert {value.raw_text for value in values} == {"pareil"}
    assert all(value.state is FieldState.UNREAD for value in values)


@pytest.mark.parametrize("word", ["idem", "pareil", "same"])
def test_a_ditto_word_in_place_of_an_address_hides_no_city_nor_code(word: str) -> None:
    """They were unread, and waited, instead of following the row above."""
    city = FieldSpec("city", FieldKind.CITY)
    place = crop(ADDRESS, city, POSTAL, column="address")
    street, *others = values_of(place, [reading(ADDRESS, word)])
    assert street.raw_text == word
    assert [value.state for value in others] == [FieldState.EMPTY] * 2
    _, *hidden = values_of(place, [reading(ADDRESS, "Yellonge")])
    assert [value.state for value in hidden] == [FieldState.UNREAD] * 2


def test_a_postal_code_read_as_such_is_none() -> None:
    seen = Reading("postal_code", FieldKind.POSTAL_CODE, "K1N 1H9", 0.9, "fake", greedy="KIN IH9")
    (_, postal) = values_of(crop(ADDRESS, POSTAL, column="address"), [seen])
    assert (postal.mark, postal.value) == (Mark.NONE, "K1N 1H9")


def test_two_strokes_behind_a_given_name_are_quotes_and_not_the_second_of_that_name() -> None:
    clean = np.full((130, 300), 255, np.uint8)
    for x in (30, 52, 74, 96):
        clean[50:74, x : x + 3] = 0
        clean[71:74, x : x + 14] = 0
    for x in (160, 171):
        clean[48:66, x : x + 3] = 0
    with_quotes = crop(NAME, clean=clean)
    assert values_of(with_quotes, [reading(NAME, "ROZENN II")])[0].raw_text == 'ROZENN "'
    assert values_of(with_quotes, [reading(NAME, "ROZENN")])[0].raw_text == 'ROZENN "'
    assert values_of(with_quotes, [reading(NAME, "ROZENN TREMBLAY")])[0].raw_text == (
        "ROZENN TREMBLAY"
    )
    assert values_of(crop(NAME), [reading(NAME, "ROZENN II")])[0].raw_text == "ROZENN II"


def test_a_short_word_that_may_be_do_is_a_ditto() -> None:
    others = (Candidate("10.", 0.5), Candidate("do.", 0.4))
    seen = Reading("address", FieldKind.ADDRESS, "10.", 0.5, "fake", "10.", others)
    assert values_of(crop(ADDRESS, POSTAL, column="address"), [seen])[0].raw_text == "do."
    long = Reading("address", FieldKind.ADDRESS, "10 Elm", 0.5, "fake", "10 Elm", others)
    assert values_of(crop(ADDRESS, POSTAL, column="address"), [long])[0].mark is Mark.NONE


@pytest.mark.parametrize(
    ("greedy", "mark"), [("idem", Mark.DITTO), ("1 dec", Mark.NONE), ("11", Mark.NONE)]
)
def test_a_word_for_the_same_below_a_date_is_no_december(greedy: str, mark: Mark) -> None:
    date = FieldSpec("date_signed", FieldKind.DATE)
    seen = Reading("date_signed", FieldKind.DATE, "1dec", 0.5, "fake", greedy)
    assert values_of(crop(date, column="date"), [seen])[0].mark is mark
