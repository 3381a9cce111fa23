"""Reviewers, second entries and referrals in the database, SQLite and PostgreSQL."""

import threading
from dataclasses import replace

import pytest
from test_store import opened, postgres_socket, postgres_url

from digitizer.store import Store
from digitizer.workspace import ledger, reviewers
from digitizer.workspace.decisions import STATUS, Action, Decision
from digitizer.workspace.reviewers import Cause, KnownReviewer, same_name

__all__ = ["opened", "postgres_socket", "postgres_url"]

FIRST = Decision("s1-p1", 2, "name", Action.SET, "Bo L", "Bo Li", "Ann")


def entries(store: Store) -> tuple[reviewers.SecondEntry, ...]:
    """Every second entry."""
    return store.read(reviewers.second_entries)


def enter(store: Store, who: str, value: str, *, agreed: bool) -> bool:
    """Enter ``FIRST`` a second time."""
    return store.write(
        lambda c: reviewers.save_second(c, FIRST, who=who, value=value, agreed=agreed, seconds=3.5)
    )


def test_a_name_is_known_in_the_spelling_first_used(opened: Store) -> None:
    first = opened.write(lambda c: reviewers.register(c, "Zoé Côté"))
    again = opened.write(lambda c: reviewers.register(c, "ZOE\u0301  côté"))
    other = opened.write(lambda c: reviewers.register(c, "Zoe Cote"))
    assert first == again == KnownReviewer("Zoé Côté", True, None)
    assert other == KnownReviewer("Zoe Cote", False, None)
    names = [one.name for one in opened.read(reviewers.known_reviewers)]
    assert names == ["Zoe Cote", "Zoé Côté"]


def test_role_and_language_are_kept(opened: Store) -> None:
    opened.write(lambda c: reviewers.register(c, "Ann"))
    opened.write(lambda c: reviewers.register(c, "Bob"))
    opened.write(lambda c: reviewers.set_supervisor(c, "Bob", supervisor=True))
    opened.write(lambda c: reviewers.set_language(c, "Bob", "fr"))
    assert opened.read(reviewers.known_reviewers)[1] == KnownReviewer("Bob", True, "fr")


@pytest.mark.parametrize(("one", "other"), [("Ann", "ANN "), ("É", "E\u0301"), ("a  b", "A B")])
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert same_name(one) == same_name(other)


def test_a_field_is_entered_a_second_time_at_most_once(opened: Store) -> None:
    assert enter(opened, "Bob", "Bo Lo", agreed=False)
    assert not enter(opened, "Cy", "Bo Li", agreed=True)
    (kept,) = entries(opened)
    assert (kept.second_who, kept.second_value, kept.seconds) == ("Bob", "Bo Lo", 3.5)
    assert (kept.cause, kept.is_open_difference, kept.key) == (
        Cause.RANDOM,
        True,
        ("s1-p1", 2, "name"),
    )


def test_of_many_who_enter_at_once_one_is_kept(opened: Store) -> None:
    said: list[bool] = []
    people = [f"P{n}" for n in range(8)]
    threads = [
        threading.Thread(target=lambda who=who: said.append(enter(opened, who, "x", agreed=False)))
        for who in people
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [False] * 7 + [True]
    assert len(entries(opened)) == 1


def test_what_was_asked_for_is_filled_in(opened: Store) -> None:
    assert opened.write(lambda c: reviewers.ask_second(c, FIRST))
    assert not opened.write(lambda c: reviewers.ask_second(c, FIRST))
    (asked,) = entries(opened)
    assert (asked.cause, asked.second_who, asked.is_open_difference) == (Cause.ASKED, None, False)
    assert enter(opened, "Bob", "Bo Li", agreed=True)
    (done,) = entries(opened)
    assert (done.id, done.cause, done.agreed) == (asked.id, Cause.ASKED, True)


def test_a_difference_is_settled_once_and_can_be_opened_again(opened: Store) -> None:
    enter(opened, "Bob", "Bo Lo", agreed=False)
    number = entries(opened)[0].id
    assert opened.write(lambda c: reviewers.settle(c, number, who="Cy", value=""))
    assert not opened.write(lambda c: reviewers.settle(c, number, who="Dee", value="x"))
    (settled,) = entries(opened)
    # Nothing readable is an answer, too.
    assert (settled.settled_who, settled.settled_value) == ("Cy", "")
    assert not settled.is_open_difference
    opened.write(lambda c: reviewers.reopen(c, number))
    assert entries(opened)[0].is_open_difference


def test_an_entry_taken_back_waits_again(opened: Store) -> None:
    enter(opened, "Bob", "Bo Li", agreed=True)
    opened.write(lambda c: reviewers.take_back(c, entries(opened)[0]))
    assert entries(opened) == ()
    opened.write(lambda c: reviewers.ask_second(c, FIRST))
    enter(opened, "Bob", "Bo Li", agreed=True)
    (asked,) = entries(opened)
    opened.write(lambda c: reviewers.take_back(c, asked))
    assert entries(opened) == (
        replace(asked, second_who=None, second_value=None, seconds=None, agreed=None),
    )


def test_a_referral_is_open_until_its_field_or_its_row_is_decided(opened: Store) -> None:
    def refer(row: int, field: str, note: str = "?") -> None:
        key = ("s1-p1", row, field)
        opened.write(lambda c: reviewers.refer(c, key, who="Bob", note=note))

    for row, field in ((1, "name"), (1, "phone"), (2, "name")):
        refer(row, field)
        refer(row, field)

    def left() -> list[tuple[int, str]]:
        return [(one.row, one.field) for one in opened.read(reviewers.open_referrals)]

    assert left() == [(1, "name"), (1, "phone"), (2, "name")]
    opened.write(lambda c: reviewers.settle_referrals(c, [("s1-p1", 2, "name")], who="Ann"))
    assert left() == [(1, "name"), (1, "phone")]
    opened.write(lambda c: reviewers.settle_referrals(c, [("s1-p1", 1, STATUS)], who="Ann"))
    assert left() == []
    refer(1, "name", "again")
    assert left() == [(1, "name")]


def test_settings_are_made_once_and_changed_on_request(opened: Store) -> None:
    assert opened.setting("share", lambda: "0.05") == "0.05"
    assert opened.setting("share", lambda: "0.5") == "0.05"
    opened.write(lambda c: ledger.set_setting(c, "share", "0.2"))
    assert opened.setting("share", lambda: "0.5") == "0.2"


def test_decisions_are_told_from_where_one_stopped(opened: Store) -> None:
    opened.decide([FIRST])
    ((number, told),) = opened.read(lambda c: ledger.decisions_after(c, 0))
    assert replace(told, at="") == FIRST
    opened.decide([replace(FIRST, who="Bob")])
    later = opened.read(lambda c: ledger.decisions_after(c, number))
    assert [decision.who for _, decision in later] == ["Bob"]
