"""Agreement, pace and error of people, from what they entered."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.counting.agreement import (
    LONGEST_FIELD_S,
    by_pair,
    by_person,
    human_error,
    is_first_wrong,
    paces,
    same_entry,
)
from digitizer.counting.sampling import clopper_pearson
from digitizer.records import FieldKind
from digitizer.workspace.decisions import Action, Decision
from digitizer.workspace.reviewers import Cause, SecondEntry

EQUAL = SecondEntry(
    "s1-p1", 1, "name", Cause.RANDOM, "Ann", "Bo Li", "Bob", "Bo Li", seconds=4.0, agreed=True
)
DIFFERENT = replace(EQUAL, second_value="Bo Lo", agreed=False)


def settled(value: str) -> SecondEntry:
    """A difference that somebody settled."""
    return replace(DIFFERENT, settled_who="Cy", settled_value=value)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (FieldKind.NAME, "Ana Roy", "ANA  ROY"),
        (FieldKind.NAME, "O'Neil", "O’Neil"),
        (FieldKind.ADDRESS, "12 Main St.", "12 Main St"),
        (FieldKind.ADDRESS, "12, rue Principale", "12 rue Principale"),
        (FieldKind.POSTAL_CODE, "k1a0b1", "K1A 0B1"),
        (FieldKind.PHONE, "(613) 555 0123", "1-613-555-0123"),
        (FieldKind.EMAIL, "Ana@Example.org", "ana@example.ORG"),
        (FieldKind.DATE, "2026-03-02", "2 March 2026"),
        (FieldKind.PROVINCE, "Ontario", "ON"),
        (FieldKind.NAME, "", "  "),
    ],
)
def test_one_value_written_in_two_ways_is_one_entry(kind: FieldKind, one: str, other: str) -> None:
    assert same_entry(kind, one, other)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (FieldKind.NAME, "Zoé Côté", "Zoe Cote"),
        (FieldKind.NAME, "Ana Roy", "Ana Ray"),
        (FieldKind.NAME, "Ana Roy", ""),
        (FieldKind.POSTAL_CODE, "K1A 0B1", "K1A 0B7"),
        (FieldKind.PHONE, "613-555-0123", "613-555-0128"),
        (FieldKind.EMAIL, "a.roy@example.org", "aroy@example.org"),
    ],
)
def test_what_differs_on_the_paper_differs(kind: FieldKind, one: str, other: str) -> None:
    assert not same_entry(kind, one, other)


@given(st.sampled_from(list(FieldKind)), st.text(max_size=30), st.text(max_size=30))
def test_being_the_same_goes_both_ways(kind: FieldKind, one: str, other: str) -> None:
    assert same_entry(kind, one, one)
    assert same_entry(kind, one, other) == same_entry(kind, other, one)


def test_each_person_has_the_entries_of_both_their_parts() -> None:
    turned = replace(DIFFERENT, first_who="Bob", second_who="Ann")
    other = replace(EQUAL, first_who="Cy", second_who="Ann")
    told = by_person([EQUAL, turned, other])
    assert (told["Ann"].equal, told["Ann"].entries) == (2, 3)
    assert (told["Bob"].equal, told["Bob"].entries) == (1, 2)
    pairs = by_pair([EQUAL, turned, other])
    assert {pair: (a.equal, a.entries) for pair, a in pairs.items()} == {
        ("Ann", "Bob"): (1, 2),
        ("Ann", "Cy"): (1, 1),
    }
    low, high = pairs["Ann", "Bob"].interval
    assert low < pairs["Ann", "Bob"].share < high


def test_an_entry_that_was_only_asked_for_counts_nowhere() -> None:
    asked = SecondEntry("s1-p1", 1, "name", Cause.ASKED, "Ann", "Bo Li")
    assert by_person([asked]) == {}
    assert by_pair([asked]) == {}
    assert human_error([asked]).interval is None


def test_the_error_is_of_first_entries_among_those_drawn_at_random() -> None:
    entries = [EQUAL] * 97 + [settled("Bo Lo"), settled("BO LI"), DIFFERENT]
    asked = [replace(settled("Bo Lo"), cause=Cause.ASKED)] * 50
    found = human_error(entries + asked)
    assert (found.checked, found.wrong, found.open) == (99, 1, 1)
    assert found.interval == (clopper_pearson(1, 100)[0], clopper_pearson(2, 100)[1])


def test_a_first_entry_is_wrong_when_another_value_was_found_right() -> None:
    assert is_first_wrong(settled("Bo Lo"))
    assert is_first_wrong(settled("Bo Lu"))
    assert is_first_wrong(settled(""))
    assert not is_first_wrong(settled("Bo Li"))
    assert not is_first_wrong(EQUAL)
    assert not is_first_wrong(DIFFERENT)


def decision(who: str, seconds: float | None, action: Action = Action.SET) -> Decision:
    """A decision of somebody that took so long."""
    return Decision("s1-p1", 1, "name", action, "a", "b", who, seconds=seconds)


def test_pace_is_the_median_and_the_fields_of_an_hour() -> None:
    told = paces([decision("Ann", s) for s in (2.0, 4.0, 12.0)] + [decision("Bob", None)])
    assert (told["Ann"].fields, told["Ann"].median_s) == (3, 4.0)
    assert told["Ann"].per_hour == pytest.approx(3 * 3600 / 18)
    assert (told["Bob"].fields, told["Bob"].median_s, told["Bob"].per_hour) == (1, None, None)


def test_a_lunch_break_is_no_work_and_undoing_no_decision() -> None:
    told = paces(
        [decision("Ann", 10.0), decision("Ann", 4000.0), decision("Ann", 1.0, Action.UNDO)]
    )
    assert told["Ann"].fields == 2
    assert told["Ann"].per_hour == pytest.approx(2 * 3600 / (10 + LONGEST_FIELD_S))
