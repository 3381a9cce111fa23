"""Who signed twice."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitizer.persons import linkage_splink
from digitizer.persons.linkage import Readings, SignerRecord, find_duplicates
from digitizer.persons.linkage_model import FIELDS, HOUSEMATE, household_odds, level_of

needs_splink = pytest.mark.skipif(
    not linkage_splink.installed(), reason="the extra linkage is not installed"
)
WAYS = [
    pytest.param(False, id="exact-keys"),
    pytest.param(True, id="splink", marks=needs_splink),
]

ANA = SignerRecord(
    "a", "Ana Tremblay", "12 Main Street", "K1S 5B6", "613-555-0123", "ana.t@bell.net", "p"
)
# Other people, so that names and places have frequencies.
CROWD = tuple(
    SignerRecord(
        f"x{n}",
        f"{first} {last}",
        f"{100 + n} {street}",
        f"{'KLMH'[n % 4]}{n % 10}A {n % 7}B{n % 10}",
        f"613-{200 + n}-{1000 + 37 * n}",
        f"{first.lower()}{n}@example.org",
        "p",
    )
    for n, (first, last, street) in enumerate(
        (first, last, street)
        for first in ("Liam", "Zoé", "Omar", "Ingrid", "Wei", "Ruth")
        for last, street in (
            ("Smith", "Elm Street"),
            ("Okafor", "King Road"),
            ("Gagnon", "rue des Pins"),
            ("Novak", "Bank Street"),
            ("Chen", "Queen Street"),
        )
    )
)


def again(record: SignerRecord = ANA, /, **other: str | bool | Readings) -> SignerRecord:
    """The same person's second row."""
    return dataclasses.replace(record, **{"record_id": "b", **other})  # type: ignore[arg-type]


def pair(
    second: SignerRecord, *, use_splink: bool, first: SignerRecord = ANA
) -> list[tuple[str, str, bool]]:
    """What is found of two rows among the crowd."""
    found = find_duplicates([first, *CROWD, second], use_splink=use_splink)
    return [(d.record_id, d.duplicate_of, d.certain) for d in found]


@pytest.mark.parametrize("use_splink", WAYS)
def test_the_same_row_again_is_certain_and_the_first_counts(use_splink: bool) -> None:
    assert pair(again(), use_splink=use_splink) == [("b", "a", True)]


@pytest.mark.parametrize("use_splink", WAYS)
def test_without_an_email_nothing_is_certain(use_splink: bool) -> None:
    assert pair(again(email=""), use_splink=use_splink) == [("b", "a", False)]


@pytest.mark.parametrize("use_splink", WAYS)
def test_what_waits_for_review_is_never_certain(use_splink: bool) -> None:
    assert pair(again(sure=False), use_splink=use_splink) == [("b", "a", False)]


@pytest.mark.parametrize("use_splink", WAYS)
def test_an_unknown_petition_is_never_certain(use_splink: bool) -> None:
    assert pair(again(petition=""), use_splink=use_splink) == [("b", "a", False)]


@pytest.mark.parametrize("use_splink", WAYS)
@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"name": "Jules Tremblay"}, id="housemate"),
        pytest.param({"name": "Jules Tremblay", "email": "j@x.ca"}, id="housemate-own-email"),
        pytest.param({"name": "Anna Tremblay", "email": ""}, id="twin"),
        pytest.param({"name": "Ana Tremblay Jr", "email": ""}, id="daughter-of-one-name"),
        pytest.param({"petition": "q"}, id="another-petition"),
        pytest.param(
            {"address": "9 Elm Road", "postal_code": "V5K 0A1", "phone": "", "email": ""},
            id="namesake-far-away",
        ),
        pytest.param({"name": ""}, id="no-name"),
    ],
)
def test_other_people_are_not_suggested(other: dict[str, str], use_splink: bool) -> None:
    assert pair(again(ANA, **other), use_splink=use_splink) == []


@pytest.mark.parametrize("use_splink", WAYS)
def test_father_and_son_who_both_say_so_are_two_whatever_else_agrees(use_splink: bool) -> None:
    father = again(record_id="a", name="Ana Tremblay Sr")
    assert pair(again(name="Ana Tremblay Jr"), use_splink=use_splink, first=father) == []


@needs_splink
@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"name": "Ana Trembley", "email": ""}, id="surname-misread"),
        pytest.param({"name": "A. Tremblay", "email": ""}, id="initial"),
        pytest.param({"name": "Tremblay, Ana", "email": ""}, id="surname-first"),
        pytest.param({"name": "ANA TREMBLAY", "phone": "613-555-0128", "email": ""}, id="phone"),
        pytest.param({"address": "12 Moin St", "phone": "", "email": ""}, id="street-misread"),
        pytest.param({"address": "9 Elm Road", "postal_code": "V5K 0A1", "phone": ""}, id="moved"),
    ],
)
def test_the_same_person_read_otherwise_is_suggested(other: dict[str, str]) -> None:
    assert pair(again(ANA, **other), use_splink=True) == [("b", "a", False)]


@needs_splink
@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"name": "ANATREMBLAY"}, id="no-space"),
        pytest.param({"name": "ANATREMRLAY"}, id="no-space-and-a-slip"),
        pytest.param({"name": "AN ATREMBLAY"}, id="space-in-another-place"),
        pytest.param({"name": "A.TREMBLAY"}, id="initial-without-a-space"),
        pytest.param({"name": "ANA TREM8LAY"}, id="figure-in-a-name"),
        pytest.param(
            {"name": "ANATREMVLOG", "others": Readings(names=("ANATREMBLOY",))},
            id="no-space-in-a-second-reading",
        ),
        pytest.param({"name": "Ana Trewbloy"}, id="letters-that-look-alike"),
        pytest.param(
            {"postal_code": "K1S 8Z0", "others": Readings(postal_codes=("K1S 5B6",))},
            id="postal-code-that-may-be-it",
        ),
        pytest.param(
            {"name": "Aua Trenblog", "others": Readings(names=("Ana Tremblay",))},
            id="name-that-may-be-it",
        ),
        pytest.param(
            {
                "address": "1Z Main St",
                "postal_code": "K1S 8Z0",
                "others": Readings(postal_codes=("K1S 5B6",)),
            },
            id="number-with-a-letter-in-it",
        ),
        pytest.param({"name": "Ana Tremblay", "address": "l2 Moin"}, id="number-as-a-word"),
    ],
)
def test_a_person_read_poorly_is_suggested_and_never_certain(
    other: dict[str, str | Readings],
) -> None:
    record = again(ANA, **({"phone": "", "email": ""} | other))
    assert pair(record, use_splink=True) == [("b", "a", False)]


@needs_splink
@pytest.mark.parametrize(
    "name",
    ["JULESTREMBLAY", "ANNETREMBLAY JR", "ANATREMBLAYJR", "Ana Tremblay J", "Eva Tremblay"],
)
def test_housemates_and_sons_whose_space_was_lost_are_not_suggested(name: str) -> None:
    assert pair(again(name=name, email=""), use_splink=True) == []


@needs_splink
def test_second_readings_make_nobody_a_housemate_of_one_given_name() -> None:
    # "Jules" may not become "Ana" because the surname and the house agree.
    others = Readings(names=("Jule5 Tremblay", "Jules Trembley"))
    assert pair(again(name="Jules Tremblay", email="", others=others), use_splink=True) == []


@needs_splink
def test_an_email_that_can_be_none_says_nothing() -> None:
    rows = {"phone": "", "name": "A. Tremblay"}
    for email in ("anatbellnet", "ana.t@bellnet", "ana@t@bell.net"):
        assert pair(again(ANA, email=email, **rows), use_splink=True) == [("b", "a", False)]
    assert pair(again(ANA, email="luc.roy@videotron.ca", **rows), use_splink=True) == []


@needs_splink
@settings(max_examples=40, deadline=None)
@given(st.lists(st.text("anmhrcldoeit", min_size=1, max_size=12), min_size=2, max_size=2))
def test_sql_and_python_count_the_same_slips(names: list[str]) -> None:
    import duckdb

    from digitizer.persons import linkage_model, linkage_names
    from digitizer.values.personnames import shape

    one, other = names
    query = "SELECT {} FROM (SELECT ? AS n_l, ? AS n_r, ? AS n_shape_l, ? AS n_shape_r)"
    with duckdb.connect(":memory:") as connection:
        for condition, python in (
            (linkage_model._near("n"), linkage_names.may_be_misread),
            (linkage_model._like("n"), linkage_names.may_be_half_read),
        ):
            values = [one, other, shape(one), shape(other)]
            found = connection.execute(query.format(condition), values).fetchone()
            assert found is not None
            assert bool(found[0]) == python(one, other)


@needs_splink
def test_a_nickname_is_the_same_person() -> None:
    robert = again(record_id="a", name="Robert Tremblay")
    assert pair(again(name="Bob Tremblay", email=""), use_splink=True, first=robert) == [
        ("b", "a", False)
    ]


@needs_splink
def test_evidence_says_what_agrees_and_how_rare_it_is() -> None:
    (found,) = find_duplicates([ANA, *CROWD, again(email="")], use_splink=True)
    told = {one.says: one.share for one in found.evidence}
    assert told.keys() == {"given", "surname", "address", "phone"}
    assert told["surname"] == pytest.approx(2 / 32, abs=1e-4)
    assert 0.9 < found.probability <= 1


@needs_splink
def test_a_rare_name_is_better_evidence_than_a_common_one() -> None:
    common = again(record_id="a", name="Liam Smith", address="", phone="", email="")
    rare = again(record_id="a", name="Xerxes Quilliam", address="", phone="", email="")
    crowd = [*CROWD, *(again(c, record_id=f"y{c.record_id}", postal_code="") for c in CROWD)]
    chances = []
    for first in (common, rare):
        rows = [first, *crowd, again(first)]
        found = {d.record_id: d.probability for d in find_duplicates(rows, use_splink=True)}
        chances.append(found.get("b", 0.0))
    assert chances[0] <= chances[1]


@pytest.mark.parametrize("use_splink", WAYS)
def test_a_third_certain_row_repeats_the_first(use_splink: bool) -> None:
    rows = [ANA, again(), again(record_id="c")]
    found = find_duplicates([*rows, *CROWD], use_splink=use_splink)
    assert [(d.record_id, d.duplicate_of) for d in found] == [("b", "a"), ("c", "a")]


@pytest.mark.parametrize("use_splink", WAYS)
@pytest.mark.parametrize("count", [0, 1])
def test_few_rows_have_no_repeats(count: int, use_splink: bool) -> None:
    assert find_duplicates([ANA][:count], use_splink=use_splink) == ()


@needs_splink
@settings(max_examples=3, deadline=None)
@given(st.permutations([ANA, again(), *CROWD[:6]]))
def test_the_earlier_row_counts_in_any_order_and_twice_the_same_is_found(
    rows: list[SignerRecord],
) -> None:
    found = find_duplicates(rows, use_splink=True)
    assert found == find_duplicates(rows, use_splink=True)
    places = {row.record_id: place for place, row in enumerate(rows)}
    assert [{d.record_id, d.duplicate_of} for d in found] == [{"a", "b"}]
    assert all(places[d.duplicate_of] < places[d.record_id] for d in found)


def test_the_model_is_whole() -> None:
    for field, levels in FIELDS.items():
        assert sum(level.m for level in levels) == pytest.approx(1, abs=0.05), field
        assert all(0 < level.m < 1 and 0 < level.u <= 1 for level in levels)
        assert level_of(field, -1) is None
        assert level_of(field, 0) == levels[-1]
        assert level_of(field, len(levels) - 1) == levels[0]
    assert {level.says for level in FIELDS["given"]} <= HOUSEMATE.keys()


def test_another_given_name_is_a_housemate_and_the_same_one_is_not() -> None:
    given_levels = FIELDS["given"]
    assert household_odds(given_levels[-1], None) < 0.01
    assert household_odds(given_levels[0], None) > 10
    # Two readings of one email differ often: another one says little against.
    assert 1 < household_odds(given_levels[0], FIELDS["email"][-1]) < 5
