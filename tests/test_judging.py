"""What counts under each profile, and what people's decisions make of it."""

from dataclasses import replace

import pytest
from fake_pages import field

from digitizer.profiles.profiles import Profile, load_profile, parse_profile
from digitizer.records import (
    FieldState,
    FieldValue,
    Finding,
    Mark,
    Route,
    RowStatus,
    SignerRow,
)
from digitizer.workspace.decisions import (
    Action,
    DecidedRow,
    Decision,
    decide_rows,
    history,
    standing,
)
from digitizer.workspace.judging import judge

COMMONS = load_profile("house-of-commons")
STRICT = load_profile("strict-ballot")
ONTARIO = load_profile("ontario")
ADVOCACY = load_profile()
ALL_COUNT = parse_profile('[profile]\nname = "all"\n[rows]\nduplicates = "all"\n', "all")


def signer(number: int = 1, **values: object) -> SignerRow:
    """A clean row; a value may be a field of its own."""
    plain: dict[str, object] = {
        "name": "Ana Roy",
        "address": "1 Main Street",
        "city": "Ottawa",
        "province": "ON",
        "postal_code": "K1A 0B1",
        "signature": "present",
        **values,
    }
    fields = tuple(
        field(name, value) if isinstance(value, str) else value for name, value in plain.items()
    )
    return SignerRow(number, RowStatus.COUNTED, fields)  # type: ignore[arg-type]


def missing(name: str, *, blocks: bool = False) -> object:
    """An empty field of which the rules said that it is missing."""
    found = (Finding(name, f"{name}-missing", blocks=blocks),)
    route = Route.REVIEW if blocks else Route.ACCEPT
    return field(name, "", findings=found, route=route)


def ditto(name: str, value: str, source: int = 1) -> object:
    """A field that a ditto mark stands for."""
    return field(
        name,
        value,
        mark=Mark.DITTO,
        source_row=source,
        findings=(Finding(name, "ditto", blocks=False),),
    )


def decision(name: str, after: str, row: int = 1, **more: object) -> Decision:
    """A decision about a row of sheet s."""
    plain = Decision("s", row, name, Action.SET, "", after, "ana")
    return replace(plain, **more)  # type: ignore[arg-type]


def status(row: SignerRow, profile: Profile, *decisions: Decision) -> RowStatus:
    """What a row is under a profile, after decisions."""
    (decided,) = decide_rows([row], standing(decisions).get("s", {}))
    return judge(decided, profile).status


@pytest.mark.parametrize("profile", [ADVOCACY, COMMONS, STRICT, ONTARIO, ALL_COUNT])
def test_a_clean_row_counts_everywhere(profile: Profile) -> None:
    assert status(signer(), profile) is RowStatus.COUNTED


def test_any_address_will_do_for_the_house_of_commons() -> None:
    row = replace(signer(address=missing("address")), status=RowStatus.INCOMPLETE)
    assert status(row, COMMONS) is RowStatus.COUNTED
    assert status(row, ADVOCACY) is RowStatus.INCOMPLETE
    assert status(row, STRICT) is RowStatus.INCOMPLETE
    nowhere = signer(address=missing("address"), city="", province="", postal_code="")
    assert status(nowhere, COMMONS) is RowStatus.INCOMPLETE


def test_a_doubt_about_a_field_that_a_profile_does_not_need_is_none() -> None:
    row = replace(signer(address=missing("address", blocks=True)), status=RowStatus.REVIEW)
    assert status(row, ADVOCACY) is RowStatus.REVIEW
    assert status(row, COMMONS) is RowStatus.COUNTED


@pytest.mark.parametrize(
    ("profile", "wanted"),
    [
        (ADVOCACY, RowStatus.COUNTED),
        (COMMONS, RowStatus.COUNTED),
        (ONTARIO, RowStatus.REVIEW),
        (STRICT, RowStatus.INCOMPLETE),
    ],
)
def test_dittos_are_accepted_flagged_or_rejected(profile: Profile, wanted: RowStatus) -> None:
    assert status(signer(address=ditto("address", "1 Main Street")), profile) is wanted


def test_a_rejected_ditto_says_so_and_keeps_its_value() -> None:
    judged = judge(DecidedRow(signer(address=ditto("address", "1 Main Street"))), STRICT)
    address = judged.get("address")
    assert address is not None
    assert address.value == "1 Main Street"
    assert [f.reason for f in address.findings] == ["ditto", "ditto-rejected"]


def test_whoever_lives_elsewhere_is_looked_at_and_then_not_counted() -> None:
    row = signer(province="QC", postal_code="H2X 1Y4")
    assert status(row, ADVOCACY) is RowStatus.COUNTED
    assert status(row, ONTARIO) is RowStatus.REVIEW
    seen = (decision("province", "QC"), decision("postal_code", "H2X 1Y4"))
    assert status(row, ONTARIO, *seen) is RowStatus.INCOMPLETE
    moved = (decision("province", "ON"), decision("postal_code", "K1A 0B1"))
    assert status(row, ONTARIO, *moved) is RowStatus.COUNTED


def test_a_suspected_repetition_waits_unless_all_rows_count() -> None:
    name = field(
        "name", "Ana Roy", route=Route.REVIEW, findings=(Finding("name", "duplicate-suspect"),)
    )
    row = replace(signer(name=name), status=RowStatus.REVIEW)
    assert status(row, ADVOCACY) is RowStatus.REVIEW
    assert status(row, ALL_COUNT) is RowStatus.COUNTED
    # Its name being right does not say whose it is.
    assert status(row, ADVOCACY, decision("name", "Ana Roy")) is RowStatus.REVIEW
    assert status(row, ADVOCACY, decision("status", "counted")) is RowStatus.COUNTED


def test_a_sure_strike_stands_and_a_doubtful_one_waits_for_a_word_on_the_row() -> None:
    struck = replace(
        signer(), status=RowStatus.STRUCK, reasons=(Finding("row", "struck", blocks=False),)
    )
    doubtful = replace(struck, status=RowStatus.REVIEW, reasons=(Finding("row", "struck"),))
    for profile in (ADVOCACY, STRICT):
        assert status(struck, profile) is RowStatus.STRUCK
        assert status(doubtful, profile, decision("name", "Ana Roy")) is RowStatus.REVIEW
        assert status(doubtful, profile, decision("status", "struck")) is RowStatus.STRUCK
    assert status(struck, ADVOCACY, decision("status", "counted")) is RowStatus.COUNTED


@pytest.mark.parametrize("wanted", list(RowStatus))
def test_a_person_has_the_last_word_on_every_status(wanted: RowStatus) -> None:
    for row in (signer(), replace(signer(), status=RowStatus.STRUCK)):
        assert status(row, STRICT, decision("status", wanted.value)) is wanted


def test_the_last_doubtful_field_decided_makes_the_row_count() -> None:
    low = field("name", "Ana Ray", 0.4, route=Route.REVIEW, findings=(Finding("name", "low"),))
    row = replace(signer(name=low), status=RowStatus.REVIEW)
    (decided,) = decide_rows([row], standing([decision("name", "Ana Roy")])["s"])
    judged = judge(decided, ADVOCACY)
    name = judged.get("name")
    assert judged.status is RowStatus.COUNTED
    assert name is not None
    assert (name.value, name.raw_text, name.route) == ("Ana Roy", "Ana Ray", Route.ACCEPT)
    assert name.confidence is not None
    assert 0.99 < name.confidence < 1


def test_an_emptied_field_that_rows_need_makes_the_row_incomplete() -> None:
    for profile in (ADVOCACY, STRICT, COMMONS):
        assert status(signer(), profile, decision("name", "")) is RowStatus.INCOMPLETE
    assert status(signer(), ADVOCACY, decision("signature", "absent")) is RowStatus.INCOMPLETE


def test_a_row_that_a_person_found_needs_what_others_need() -> None:
    blank = SignerRow(4, RowStatus.BLANK, ())
    assert status(blank, ADVOCACY) is RowStatus.BLANK
    some = (decision("name", "Ana Roy", 4),)
    assert status(blank, ADVOCACY, *some) is RowStatus.INCOMPLETE
    all_of_it = (
        *some,
        decision("address", "1 Main St", 4),
        decision("signature", "present", 4),
    )
    assert status(blank, ADVOCACY, *all_of_it) is RowStatus.COUNTED


def test_rows_keep_their_numbers_when_one_is_found_between_them() -> None:
    rows = decide_rows([signer(1), signer(5)], standing([decision("name", "Bo", 3)])["s"])
    assert [d.row.row for d in rows] == [1, 3, 5]


def test_a_ditto_follows_its_source_when_a_person_corrects_it() -> None:
    leaning = replace(
        ditto("address", "1 Mian Street"),  # type: ignore[type-var]
        findings=(
            Finding("address", "ditto", blocks=False),
            Finding("address", "ditto-source-in-review"),
        ),
        route=Route.REVIEW,
    )
    rows = [signer(1, address="1 Mian Street"), signer(2, address=leaning)]
    decided = decide_rows(rows, standing([decision("address", "1 Main Street")])["s"])
    address = decided[1].row.get("address")
    assert address is not None
    assert (address.value, address.route, address.mark) == (
        "1 Main Street",
        Route.ACCEPT,
        Mark.DITTO,
    )


@pytest.mark.parametrize("doubt", ["ditto-source-blank", "ditto-source-struck", "low-confidence"])
def test_which_row_a_ditto_repeats_is_not_settled_by_what_stands_there(doubt: str) -> None:
    leaning = replace(
        ditto("address", "1 Mian Street"),  # type: ignore[type-var]
        findings=(Finding("address", "ditto-source-in-review"), Finding("address", doubt)),
        route=Route.REVIEW,
    )
    rows = [signer(1, address="1 Mian Street"), signer(3, address=leaning)]
    decided = decide_rows(rows, standing([decision("address", "1 Main Street")])["s"])
    address = decided[1].row.get("address")
    assert address is not None
    assert (address.value, address.route) == ("1 Main Street", Route.REVIEW)
    assert [f.reason for f in address.findings] == [doubt]


def test_a_ditto_of_a_ditto_follows_the_row_where_the_value_is_written() -> None:
    rows = [
        signer(1, address="1 Mian Street"),
        signer(3, address=ditto("address", "1 Mian Street")),
        signer(4, address=ditto("address", "1 Mian Street", source=3)),
    ]
    decided = decide_rows(rows, standing([decision("address", "1 Main Street")])["s"])
    found = [d.row.get("address") for d in decided]
    assert [a.value for a in found if a is not None] == ["1 Main Street"] * 3


def test_dittos_below_one_that_a_person_found_to_be_none_follow_that_row() -> None:
    """Row 2 was accepted as a ditto of row 1; what stands there is what row 3 repeats."""
    rows = [
        signer(1, address="1 Main Street"),
        signer(2, address=ditto("address", "1 Main Street")),
        signer(3, address=ditto("address", "1 Main Street")),
    ]
    changed = decide_rows(rows, standing([decision("address", "7 Oak Street", 2)])["s"])
    found = [d.row.get("address") for d in changed]
    assert [a.value for a in found if a is not None] == ["1 Main Street", *["7 Oak Street"] * 2]
    confirmed = decide_rows(rows, standing([decision("address", "1 Main Street", 2)])["s"])
    found = [d.row.get("address") for d in confirmed]
    assert [a.value for a in found if a is not None] == ["1 Main Street"] * 3


def quarrelling(province: str, code: str) -> SignerRow:
    """A row whose province and postal code contradict each other."""

    def doubted(name: str, text: str) -> FieldValue:
        findings = (Finding(name, "province-mismatch"),)
        return field(name, text, route=Route.REVIEW, findings=findings)

    return signer(province=doubted("province", province), postal_code=doubted("postal_code", code))


def test_a_decision_that_leaves_province_and_code_apart_leaves_the_other_in_review() -> None:
    row = quarrelling("QC", "K1A 0B1")
    assert status(row, ADVOCACY, decision("province", "QC")) is RowStatus.REVIEW
    both = decision("province", "QC"), decision("postal_code", "K1A 0B1")
    assert status(row, ADVOCACY, *both) is RowStatus.COUNTED


def test_correcting_the_postal_code_settles_its_quarrel_with_the_province() -> None:
    row = quarrelling("ON", "H1A 0B1")
    assert status(row, ADVOCACY) is RowStatus.REVIEW
    assert status(row, ADVOCACY, decision("postal_code", "K1A 0B1")) is RowStatus.COUNTED


def test_consent_goes_with_the_contact_it_stood_for_and_never_comes_by_itself() -> None:
    row = replace(signer(email="ana@example.org", phone="613-555-0123"), contact_consent=True)
    gone = [decision("email", ""), decision("phone", "")]
    assert decide_rows([row], standing(gone[:1])["s"])[0].row.contact_consent
    assert not decide_rows([row], standing(gone)["s"])[0].row.contact_consent
    none = replace(row, contact_consent=False)
    added = standing([decision("email", "bo@example.org")])["s"]
    assert not decide_rows([none], added)[0].row.contact_consent
    given = standing([decision("contact_consent", "Y")])["s"]
    assert decide_rows([none], given)[0].row.contact_consent


def test_undo_takes_back_one_decision_after_the_other() -> None:
    made = [decision("name", "A"), decision("name", "B"), decision("phone", "1")]
    back = decision("name", "", action=Action.UNDO)

    def name(*decisions: Decision) -> str | None:
        found = standing(decisions).get("s", {}).get((1, "name"))
        return None if found is None else found.after

    assert name(*made) == "B"
    assert name(*made, back) == "A"
    assert name(*made, back, back) is None
    assert name(*made, back, back, back) is None
    assert [len(stack) for stack in history([*made, back])["s"].values()] == [1, 1]


def test_an_unread_field_beside_a_missing_one_is_looked_at_first() -> None:
    unread = field(
        "city",
        "",
        state=FieldState.UNREAD,
        route=Route.REVIEW,
        findings=(Finding("city", "unread"),),
    )
    assert status(signer(address="", city=unread), STRICT) is RowStatus.REVIEW


def test_nobody_need_look_at_the_fields_of_a_row_that_a_person_struck() -> None:
    low = field("name", "Ana Ray", 0.4, route=Route.REVIEW, findings=(Finding("name", "low"),))
    row = replace(signer(name=low), status=RowStatus.REVIEW)
    (struck,) = decide_rows([row], standing([decision("status", "struck")])["s"])
    assert judge(struck, ADVOCACY).review_fields == ()
    (counted,) = decide_rows([row], standing([decision("status", "counted")])["s"])
    assert judge(counted, ADVOCACY).review_fields == ("name",)
