"""Suspected duplicate signers."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.values.signers import SignerKey, address_key, find_duplicate_signers, name_key


def pairs(records: Sequence[SignerKey]) -> list[tuple[str, str]]:
    return [(d.record_id, d.duplicate_of) for d in find_duplicate_signers(records)]


@pytest.mark.parametrize(
    "shared",
    [
        {"address": "12 Main St."},
        {"postal_code": "K1A 0B1"},
        {"phone": "613-555-0199"},
        {"email": "x@y.ca"},
    ],
    ids=lambda shared: next(iter(shared)),
)
def test_one_name_and_one_contact_in_common_are_suspect(shared: dict[str, str]) -> None:
    first = SignerKey("a", "Marie Roy", **shared)
    again = SignerKey("b", "ROY, Marié", **shared)
    [found] = find_duplicate_signers([first, again])
    assert (found.record_id, found.duplicate_of, len(found.keys)) == ("b", "a", 1)


def test_a_household_is_never_suspect() -> None:
    home = {"address": "12 Main St", "postal_code": "K1A 0B1", "phone": "1", "email": "a@b.ca"}
    people = [SignerKey(n, n, **home) for n in ("Ann Roy", "Bob Roy", "Bob Roy Jr")]
    assert pairs(people) == []


def test_a_name_alone_is_not_suspect() -> None:
    assert pairs([SignerKey("a", "Ann Roy"), SignerKey("b", "Ann Roy")]) == []


def test_no_name_is_not_suspect() -> None:
    assert pairs([SignerKey("a", "", email="a@b.ca"), SignerKey("b", "…", email="a@b.ca")]) == []


def test_the_first_of_a_chain_counts() -> None:
    chain = [
        SignerKey("a", "Ann Roy", phone="1"),
        SignerKey("b", "Ann Roy", email="a@b.ca"),
        SignerKey("c", "Ann Roy", phone="1", email="a@b.ca"),
    ]
    assert pairs(chain) == [("b", "a"), ("c", "a")]


def test_streets_agree_however_they_are_abbreviated() -> None:
    assert address_key("12, Main Street") == address_key("12 main st.")
    assert address_key("12 rue Éloi") == address_key("12 Eloi")
    assert address_key("12 Main St") != address_key("21 Main St")
    assert address_key("Main St") == ""


def test_names_agree_without_titles_accents_and_order() -> None:
    assert name_key("Dr. José O'Neil") == name_key("ONEIL, Jose")
    assert name_key("Ann Roy Jr") != name_key("Ann Roy")


keys = st.builds(
    SignerKey,
    record_id=st.just(""),
    name=st.sampled_from(["", "Ann Roy", "Roy Ann", "Bob Roy"]),
    address=st.sampled_from(["", "1 Main St", "1 Main"]),
    postal_code=st.sampled_from(["", "K1A 0B1"]),
    phone=st.sampled_from(["", "1", "2"]),
    email=st.sampled_from(["", "a@b.ca"]),
)


@given(st.lists(keys, max_size=12))
def test_duplicates_point_to_an_earlier_record_of_the_same_name(records: list[SignerKey]) -> None:
    numbered = [
        SignerKey(str(i), r.name, r.address, r.postal_code, r.phone, r.email)
        for i, r in enumerate(records)
    ]
    found = find_duplicate_signers(numbered)
    duplicates = {d.record_id for d in found}
    for duplicate in found:
        assert int(duplicate.duplicate_of) < int(duplicate.record_id)
        assert duplicate.duplicate_of not in duplicates, "what counts is no duplicate itself"
        here, there = numbered[int(duplicate.record_id)], numbered[int(duplicate.duplicate_of)]
        assert name_key(here.name) == name_key(there.name) != ""
