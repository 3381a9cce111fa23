"""Several people: second entry, differences, what is left to a supervisor, roles and pace."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fake_pages import page_ref
from playwright.sync_api import Browser
from review_pages import Served, axe_violations, sign_in, token, visit
from starlette.testclient import TestClient

from digitizer.errors import UsageError
from digitizer.ids import sheet_id
from digitizer.records import RowStatus
from digitizer.review.app import create_app
from digitizer.review.desk import Desk
from digitizer.review.filters import Filter
from digitizer.review.gate import Gate, clean_name
from digitizer.review.referred import Referrals
from digitizer.review.twice import CONFIRMED, SETTLED, Twice, choices, may_settle
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace import reviewers
from digitizer.workspace.decisions import Action, Decision, standing
from digitizer.workspace.reviewers import Cause, SecondEntry
from digitizer.workspace.stored import RecordRow

SHEET = sheet_id(page_ref("one").sha256, 1)
CODE = (SHEET, 2, "postal_code")
NAME = (SHEET, 3, "name")


@pytest.fixture
def desk(store: Store, workspace: Path) -> Iterator[Desk]:
    """The invented workspace under review, without pages."""
    opened = Desk(store, workspace)
    yield opened
    opened.close()


@pytest.fixture
def twice(desk: Desk) -> Twice:
    """Its second entries, with every decided field drawn."""
    found = Twice(desk)
    found.set_share(1.0)
    return found


def decide(desk: Desk, key: reviewers.Key, after: str, who: str, why: str = "") -> None:
    """Decide a field as it stands now."""
    listed = desk.sheet(key[0])
    assert listed is not None
    record = next(r for r in listed[1] if r.row == key[1])
    value = record.get(key[2])
    before = value.value if value else ""
    action = Action.CONFIRM if before == after else Action.SET
    desk.decide((Decision(*key, action, before, after, who, why, seconds=4.0),))


def record_of(desk: Desk, key: reviewers.Key) -> RecordRow:
    """The row of a field as it stands now."""
    listed = desk.sheet(key[0])
    assert listed is not None
    return next(r for r in listed[1] if r.row == key[1])


def value_of(desk: Desk, key: reviewers.Key) -> str:
    """What the field holds now."""
    found = record_of(desk, key).get(key[2])
    assert found is not None
    return found.value


# Who gets what ---------------------------------------------------------------------


def test_nobody_enters_a_field_of_their_own_a_second_time(desk: Desk, twice: Twice) -> None:
    decide(desk, CODE, "K1A 0B1", "Ann")
    assert twice.next_for("Ann") is None
    # However the name is written.
    assert twice.next_for(" ANN ") is None
    assert twice.next_for("Bob") == CODE
    assert not twice.enter(CODE, "Ann", "K1A 0B1", 2.0)
    assert twice.entries() == ()


def test_whoever_decided_a_field_earlier_does_not_enter_it_either(desk: Desk, twice: Twice) -> None:
    decide(desk, CODE, "K1A 0B7", "Ann")
    decide(desk, CODE, "K1A 0B1", "Bob")
    assert twice.next_for("Ann") is None
    assert twice.next_for("Bob") is None
    assert twice.next_for("Cy") == CODE


def test_two_people_are_not_given_the_same_field(desk: Desk, twice: Twice) -> None:
    decide(desk, CODE, "K1A 0B1", "Ann")
    decide(desk, NAME, "Cy Wu", "Ann")
    first, second = twice.next_for("Bob"), twice.next_for("Cy")
    assert {first, second} == {CODE, NAME}
    assert twice.next_for("Dee") is None


def test_of_two_entries_at_once_one_is_kept(desk: Desk, twice: Twice) -> None:
    decide(desk, CODE, "K1A 0B1", "Ann")
    first = twice.waits_for(CODE, "Bob")
    assert first is not None
    assert twice.enter(CODE, "Cy", "K1A 0B1", 2.0)
    assert not twice.enter(CODE, "Bob", "K1A 0B7", 2.0)
    late = desk.store.write(
        lambda c: reviewers.save_second(
            c, first.first, who="Bob", value="x", agreed=False, seconds=None
        )
    )
    assert not late
    assert [e.second_who for e in twice.entries()] == ["Cy"]


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ((SHEET, 2, "signature"), ""),
        ((SHEET, 2, "address"), "ditto of row 1"),
        ((SHEET, 2, "name"), "merged with row 3"),
    ],
    ids=["chosen, not typed", "written elsewhere", "over two rows"],
)
def test_what_cannot_be_typed_from_its_own_ink_is_not_drawn(
    desk: Desk, twice: Twice, key: reviewers.Key, why: str
) -> None:
    decide(desk, key, value_of(desk, key), "Ann", why)
    assert twice.next_for("Bob") is None


def test_a_row_that_does_not_count_is_not_entered_again(desk: Desk, twice: Twice) -> None:
    decide(desk, CODE, "K1A 0B1", "Ann")
    desk.decide((Decision(SHEET, 2, "status", Action.SET, "review", "struck", "Ann"),))
    assert twice.next_for("Bob") is None


# How many --------------------------------------------------------------------------


def test_the_share_that_is_drawn_is_the_share_that_is_set(desk: Desk) -> None:
    twice = Twice(desk)
    lots = [twice._lot((f"s{n}", n % 12, "name")) for n in range(4000)]
    for share in (0.05, 0.3):
        drawn = sum(lot < share for lot in lots) / len(lots)
        # Five standard deviations of a share of 4,000.
        assert abs(drawn - share) < 5 * (share * (1 - share) / 4000) ** 0.5


def test_a_larger_share_keeps_what_a_smaller_one_drew(desk: Desk, store: Store) -> None:
    twice = Twice(desk)
    for number in range(1, 4):
        for name in ("name", "address", "phone", "email", "postal_code"):
            key = (SHEET, number, name)
            decide(desk, key, value_of(desk, key), "Ann")
    drawn = []
    for share in (0.0, 0.2, 0.5, 1.0):
        twice.set_share(share)
        drawn.append({w.key for w in twice.waiting()})
        # Another process of the same workspace draws the same.
        assert {w.key for w in Twice(desk).waiting()} == drawn[-1]
    assert drawn[0] == set()
    assert drawn[0] <= drawn[1] <= drawn[2] <= drawn[3]
    assert len(drawn[3]) == 15
    assert 0 < len(drawn[2]) < 15


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_between_nothing_and_all(twice: Twice, share: float) -> None:
    with pytest.raises(UsageError):
        twice.set_share(share)


def test_a_second_entry_can_be_asked_for_once(desk: Desk, twice: Twice) -> None:
    twice.set_share(0.0)
    decide(desk, CODE, "K1A 0B1", "Ann")
    assert twice.next_for("Bob") is None
    assert twice.ask(CODE)
    assert not twice.ask(CODE)
    assert twice.next_for("Bob") == CODE
    assert twice.enter(CODE, "Bob", "K1A 0B1", 3.0)
    (entry,) = twice.entries()
    assert (entry.cause, entry.agreed, entry.first_who) == (Cause.ASKED, True, "Ann")


def test_only_a_decided_field_can_be_asked_for(twice: Twice) -> None:
    with pytest.raises(UsageError):
        twice.ask(CODE)


# What comes of it --------------------------------------------------------------------


def test_equal_entries_confirm_the_value_however_they_are_written(desk: Desk, twice: Twice) -> None:
    decide(desk, CODE, "K1A 0B1", "Ann")
    assert twice.enter(CODE, "Bob", "k1a0b1", 3.5)
    last = desk.store.decisions()[-1]
    assert (last.who, last.action, last.after, last.why, last.seconds) == (
        "Bob",
        Action.CONFIRM,
        "K1A 0B1",
        CONFIRMED,
        3.5,
    )
    assert twice.differences() == ()
    assert twice.waiting() == ()


def test_different_entries_change_nothing_and_wait_for_a_third(desk: Desk, twice: Twice) -> None:
    decide(desk, CODE, "K1A 0B1", "Ann")
    assert twice.enter(CODE, "Bob", "K1A 0B7", 3.5)
    assert value_of(desk, CODE) == "K1A 0B1"
    (entry,) = twice.differences()
    assert (entry.first_value, entry.second_value) == ("K1A 0B1", "K1A 0B7")
    assert not may_settle(entry, "Ann", supervisor=False)
    assert not may_settle(entry, "bob", supervisor=False)
    assert may_settle(entry, "Cy", supervisor=False)
    assert may_settle(entry, "Ann", supervisor=True)


def test_a_field_that_two_people_differ_on_is_pending_until_it_is_settled(
    desk: Desk, twice: Twice
) -> None:
    decide(desk, NAME, "Cy Wo", "Ann")
    flagged = desk.store.sheets()[0].rows_flagged or 0
    assert record_of(desk, NAME).status is RowStatus.COUNTED
    twice.enter(NAME, "Bob", "Cy Wu", 3.5)
    waiting = record_of(desk, NAME)
    assert waiting.status is RowStatus.REVIEW
    assert waiting.review_fields == ("name",)
    assert "name:entries-differ" in waiting.reasons
    # The whole listing, which tally, CSV files and exports take, says the same.
    listed = {r.record_id: r for r in desk.store.records()}
    assert listed[waiting.record_id] == waiting
    assert desk.store.sheets()[0].rows_flagged == flagged + 1
    # Nobody else is led to it: it is for a third person to settle.
    assert not any(item.row == NAME[1] for item in desk.queue.waiting(SHEET))
    twice.settle(twice.differences()[0], "Cy", "Cy Wu", 5.0)
    assert record_of(desk, NAME).status is RowStatus.COUNTED
    desk.undo("Cy")
    assert record_of(desk, NAME).status is RowStatus.REVIEW


@pytest.mark.parametrize(
    ("text", "action"), [("K1A 0B1", Action.CONFIRM), ("K1A 0B7", Action.SET), ("", Action.SET)]
)
def test_what_a_third_person_says_holds(
    desk: Desk, twice: Twice, text: str, action: Action
) -> None:
    decide(desk, CODE, "K1A 0B1", "Ann")
    twice.enter(CODE, "Bob", "K1A 0B7", 3.5)
    (entry,) = twice.differences()
    assert twice.settle(entry, "Cy", text, 5.0)
    assert value_of(desk, CODE) == text
    last = desk.store.decisions()[-1]
    assert (last.who, last.action, last.why) == ("Cy", action, SETTLED)
    assert twice.differences() == ()
    # Of two who settle at once, one is told.
    assert not twice.settle(entry, "Dee", "K7A 0B1", 5.0)
    assert value_of(desk, CODE) == text


def test_a_field_changed_meanwhile_is_settled_over_what_stands(desk: Desk, twice: Twice) -> None:
    decide(desk, CODE, "K1A 0B1", "Ann")
    twice.enter(CODE, "Bob", "K1A 0B7", 3.5)
    decide(desk, CODE, "K7A 0B1", "Ann")
    (entry,) = twice.differences()
    assert list(choices(entry, twice.standing_value(entry))) == ["K1A 0B1", "K1A 0B7", "K7A 0B1"]
    assert twice.settle(entry, "Cy", "K1A 0B7", 5.0)
    assert value_of(desk, CODE) == "K1A 0B7"


def test_the_order_of_two_values_does_not_tell_whose_they_are() -> None:
    one = SecondEntry("s", 1, "f", Cause.RANDOM, "Ann", "B", "Bob", "A", agreed=False)
    other = SecondEntry("s", 1, "f", Cause.RANDOM, "Ann", "A", "Bob", "B", agreed=False)
    assert list(choices(one, "B")) == list(choices(other, "A")) == ["A", "B"]


def test_undoing_a_confirmation_or_a_settlement_makes_it_wait_again(
    desk: Desk, twice: Twice
) -> None:
    decide(desk, CODE, "K1A 0B1", "Ann")
    twice.enter(CODE, "Bob", "K1A 0B1", 3.0)
    assert desk.undo("Bob") is not None
    assert [w.key for w in twice.waiting()] == [CODE]
    twice.enter(CODE, "Bob", "K1A 0B7", 3.0)
    twice.settle(twice.differences()[0], "Cy", "K1A 0B7", 5.0)
    assert desk.undo("Cy") is not None
    assert [e.key for e in twice.differences()] == [CODE]
    assert value_of(desk, CODE) == "K1A 0B1"


def test_a_first_value_that_was_taken_back_needs_no_second(desk: Desk, twice: Twice) -> None:
    decide(desk, CODE, "K1A 0B7", "Ann")
    desk.undo("Ann")
    assert twice.next_for("Bob") is None


# The pages -------------------------------------------------------------------------------


@pytest.fixture
def team(store: Store, workspace: Path) -> Iterator[dict[str, TestClient]]:
    """Ann (supervisor), Bob and Cy, signed in at once; every decided field is drawn."""
    app = create_app(store, workspace, hosts=("testserver",))
    with TestClient(app) as ann, TestClient(app) as bob, TestClient(app) as cy:
        found = {"Ann": ann, "Bob": bob, "Cy": cy}
        for name, client in found.items():
            sign_in(client, name)
        app.state.twice.set_share(1.0)
        yield found


def post(client: TestClient, path: str, **fields: str) -> httpx2.Response:
    """Post a form with the session's token."""
    return client.post(path, data={"csrf": token(client), **fields})


def first_entry(team: dict[str, TestClient], value: str) -> None:
    """Ann decides the postal code of row 2."""
    decide(team["Ann"].app.state.desk, CODE, value, "Ann")  # type: ignore[attr-defined]


def test_the_second_person_is_not_shown_the_first_ones_value_nor_the_reading(
    team: dict[str, TestClient],
) -> None:
    first_entry(team, "H0H 0H0")
    page = team["Bob"].get("/second")
    assert str(page.url).endswith(f"/second/{SHEET}/2/postal_code")
    # The value, the reading, its alternatives; the rest of the row neither.
    for secret in ("H0H", "K1A 0B1", "K1A 0B7", "K7A 0B1", "613-555", "Main Street", "Bo Li"):
        assert secret not in page.text, secret
    assert "Ann" not in page.text
    assert f"/pictures/field/{SHEET}/2/postal_code.png" in page.text
    answer = post(team["Bob"], f"/second/{SHEET}/2/postal_code", text="K1A 0B1")
    assert answer.status_code == 200
    for secret in ("H0H", "differ", "Ann"):
        assert secret not in answer.text, secret


def test_the_owner_of_a_field_gets_no_card_for_it(team: dict[str, TestClient]) -> None:
    first_entry(team, "K1A 0B1")
    answer = team["Ann"].get(f"/second/{SHEET}/2/postal_code")
    assert "K1A" not in answer.text
    assert "Nothing waits for a second entry by you" in answer.text
    post(team["Ann"], f"/second/{SHEET}/2/postal_code", text="K1A 0B1")
    assert team["Ann"].app.state.twice.entries() == ()  # type: ignore[attr-defined]


def test_a_difference_goes_its_way_through_the_pages(team: dict[str, TestClient]) -> None:
    first_entry(team, "K1A 0B1")
    post(team["Bob"], f"/second/{SHEET}/2/postal_code", text="K1A 0B7", opened="1")
    assert "1" in re.findall(r"<b>(\d+)</b>", team["Cy"].get("/people").text)
    # The two cannot settle it among themselves, Ann could as a supervisor.
    assert "K1A" not in team["Bob"].get("/arbitrate").text
    card = team["Cy"].get("/arbitrate")
    assert 'value="K1A 0B1"' in card.text
    assert 'value="K1A 0B7"' in card.text
    assert "Ann" not in card.text
    assert "Bob" not in card.text
    path = card.url.path
    assert post(team["Bob"], path, value="K1A 0B7").status_code == 403
    answer = post(team["Cy"], path, value="K1A 0B7")
    assert answer.status_code == 200
    desk = team["Cy"].app.state.desk  # type: ignore[attr-defined]
    assert value_of(desk, CODE) == "K1A 0B7"
    page = team["Ann"].get("/people").text
    assert "1 of 1 fields drawn at random and entered twice had been entered wrongly" in page


def test_whoever_looks_at_what_is_left_is_told_of_an_open_difference(
    team: dict[str, TestClient],
) -> None:
    first_entry(team, "K1A 0B1")
    assert "two people" not in team["Cy"].get("/queue").text
    post(team["Bob"], f"/second/{SHEET}/2/postal_code", text="K1A 0B7", opened="1")
    for page in ("/queue", "/next?field=province"):
        told = team["Cy"].get(page).text
        assert "Entered differently by two people" in told
        assert 'href="/arbitrate"' in told
        # Whose it is is not for those two to settle.
        assert 'href="/arbitrate"' not in team["Bob"].get(page).text
    card = team["Cy"].get("/arbitrate")
    post(team["Cy"], card.url.path, value="K1A 0B7")
    assert "Entered differently" not in team["Cy"].get("/queue").text


def test_nothing_typed_is_not_taken_for_nothing_written(team: dict[str, TestClient]) -> None:
    first_entry(team, "")
    path = f"/second/{SHEET}/2/postal_code"
    answer = post(team["Bob"], path, text="  ")
    assert answer.status_code == 422
    twice = team["Bob"].app.state.twice  # type: ignore[attr-defined]
    assert twice.entries() == ()
    post(team["Bob"], path, nothing="1")
    assert [(e.second_value, e.agreed) for e in twice.entries()] == [("", True)]


def test_a_field_can_be_left_for_later(team: dict[str, TestClient]) -> None:
    desk = team["Ann"].app.state.desk  # type: ignore[attr-defined]
    decide(desk, CODE, "K1A 0B1", "Ann")
    decide(desk, NAME, "Cy Wu", "Ann")
    first = team["Bob"].get("/second").url.path.removeprefix("/second/")
    second = team["Bob"].get(f"/second?after={first}").url.path.removeprefix("/second/")
    assert first != second
    assert team["Bob"].get(f"/second?after={second}").url.path == f"/second/{first}"


def test_a_second_entry_is_asked_for_on_a_page(team: dict[str, TestClient]) -> None:
    team["Ann"].app.state.twice.set_share(0.0)  # type: ignore[attr-defined]
    first_entry(team, "K1A 0B1")
    given = {"sheet": SHEET, "row": "2", "field": "postal_code"}
    assert "A second person will be asked" in post(team["Cy"], "/second/ask", **given).text
    assert team["Bob"].get("/second").url.path == f"/second/{SHEET}/2/postal_code"
    wrong = post(team["Cy"], "/second/ask", sheet=SHEET, row="1", field="phone")
    assert wrong.status_code == 422
    assert post(team["Cy"], "/second/ask", sheet=SHEET, row="x", field="y").status_code == 400


# A supervisor ---------------------------------------------------------------------------


def test_a_referred_field_is_in_nobodys_queue_until_it_is_decided(desk: Desk) -> None:
    referrals = Referrals(desk)
    every = {item.key for item in desk.queue.items(Filter())}
    assert CODE in every
    referrals.refer(CODE, "Bob", "is this  a B?")
    handed = set()
    while (item := desk.queue.next(Filter(), "Cy")) is not None and item.key not in handed:
        handed.add(item.key)
        desk.queue.set_aside([*handed, CODE])
    assert CODE not in handed
    (one,) = referrals.open()
    assert (one.key, one.who, one.note) == (CODE, "Bob", "is this a B?")
    decide(desk, CODE, "K1A 0B1", "Ann")
    assert referrals.open() == ()


def test_a_decision_on_the_row_settles_what_was_left_of_it(desk: Desk) -> None:
    referrals = Referrals(desk)
    referrals.refer(CODE, "Bob", "")
    referrals.refer((SHEET, 2, "phone"), "Bob", "")
    referrals.refer((SHEET, 1, "name"), "Bob", "")
    desk.decide((Decision(SHEET, 2, "status", Action.SET, "review", "struck", "Ann"),))
    assert [one.key for one in referrals.open()] == [(SHEET, 1, "name")]


def test_undoing_settles_nothing(desk: Desk) -> None:
    referrals = Referrals(desk)
    decide(desk, CODE, "K1A 0B7", "Bob")
    referrals.refer(CODE, "Bob", "")
    desk.undo("Bob")
    assert [one.key for one in referrals.open()] == [CODE]


def test_a_supervisor_decides_or_gives_back(team: dict[str, TestClient]) -> None:
    given = {"sheet": SHEET, "row": "2", "field": "postal_code"}
    post(team["Bob"], "/refer", note="<b>unsure</b>", next="/people", **given)
    page = team["Bob"].get("/referred").text
    assert "&lt;b&gt;unsure&lt;/b&gt;" in page
    assert "/referred/give-back" not in page
    assert post(team["Bob"], "/referred/give-back", **given).status_code == 403
    people = team["Ann"].get("/people").text
    assert "<b>1</b> field<" in people and "<b>1</b> fields" not in people
    page = team["Ann"].get("/referred").text
    assert f'href="/field/{SHEET}/2/postal_code"' in page
    post(team["Ann"], "/referred/give-back", **given)
    assert "Nothing is left to a supervisor" in team["Ann"].get("/referred").text


def test_the_first_person_is_a_supervisor_and_may_make_others(team: dict[str, TestClient]) -> None:
    page = team["Bob"].get("/people").text
    assert "/people/supervisor" not in page
    given = {"name": "Bob", "supervisor": "yes"}
    assert post(team["Bob"], "/people/supervisor", **given).status_code == 403
    assert post(team["Bob"], "/people/share", percent="20").status_code == 403
    assert post(team["Ann"], "/people/supervisor", **given).status_code == 200
    assert "/people/supervisor" in team["Bob"].get("/people").text
    post(team["Bob"], "/people/supervisor", name="Ann", supervisor="no")
    assert "/people/supervisor" not in team["Ann"].get("/people").text
    # The last one stays.
    last = post(team["Bob"], "/people/supervisor", name="Bob", supervisor="no")
    assert last.status_code == 422
    assert "/people/supervisor" in team["Bob"].get("/people").text


@pytest.mark.parametrize(("text", "share"), [("12,5 %", 0.125), ("0", 0.0), ("100", 1.0)])
def test_the_share_is_set_in_percent(team: dict[str, TestClient], text: str, share: float) -> None:
    post(team["Ann"], "/people/share", percent=text)
    assert team["Ann"].app.state.twice.share() == share  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["", "many", "101", "-1", "nan", "inf"])
def test_a_share_that_is_none_is_refused(team: dict[str, TestClient], text: str) -> None:
    assert post(team["Ann"], "/people/share", percent=text).status_code == 422
    assert team["Ann"].app.state.twice.share() == 1.0  # type: ignore[attr-defined]


def test_how_fast_others_are_is_for_supervisors_only(team: dict[str, TestClient]) -> None:
    desk = team["Ann"].app.state.desk  # type: ignore[attr-defined]
    decide(desk, CODE, "K1A 0B1", "Bob")
    assert "4.0 s" in team["Bob"].get("/people").text
    assert "4.0 s" in team["Ann"].get("/people").text
    assert "4.0 s" not in team["Cy"].get("/people").text


# Names -----------------------------------------------------------------------------------


def test_one_person_has_one_name_however_it_is_typed(client: TestClient) -> None:
    sign_in(client, "Zoé  Côté ")
    sign_in(client, "zoe\u0301 CÔTÉ")
    known = client.app.state.gate.everybody()  # type: ignore[attr-defined]
    assert [one.name for one in known] == ["Zoé Côté"]
    assert '<span class="name">Zoé Côté</span>' in client.get("/people").text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(" Ann\tLee ", "Ann Lee"), ("A\x00n\u202en", "Ann"), ("x" * 100, "x" * 60), ("\u200b", "")],
)
def test_a_name_is_one_line_that_can_be_seen(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


def test_the_language_chosen_is_remembered_for_the_person(workspace: Path) -> None:
    with Store.open(workspace / DATABASE_FILE) as opened:
        app = create_app(opened, workspace, hosts=("testserver",))
        with TestClient(app) as here, TestClient(app) as elsewhere:
            sign_in(here, "Ann")
            here.post("/language", data={"csrf": token(here), "language": "fr", "next": "/people"})
            assert 'lang="fr"' in here.get("/people").text
            sign_in(elsewhere, "Ann")
            assert 'lang="fr"' in elsewhere.get("/people").text
            sign_in(elsewhere, "Bob")


def test_known_names_are_offered(client: TestClient) -> None:
    assert "You are the first here" in client.get("/sign-in").text
    sign_in(client, "Zoé Côté")
    page = client.get("/sign-in").text
    assert 'name="name" value="Zoé Côté"' in page
    assert "You are the first here" not in page


def test_supervisors_named_at_the_start_are_known_before_they_come(store: Store) -> None:
    gate = Gate(store)
    gate.register("Léa Roy", supervisor=True)
    gate.register("Ann")
    assert {one.name: one.supervisor for one in gate.everybody()} == {"Léa Roy": True, "Ann": False}
    gate.register("ANN", supervisor=True)
    assert gate.find("Ann") == reviewers.KnownReviewer("Ann", True, None)


# In the browser ---------------------------------------------------------------------------


def test_second_entry_and_settling_by_the_keyboard_alone(browser: Browser, workspace: Path) -> None:
    with Store.open(workspace / DATABASE_FILE) as opened:
        Gate(opened).register("Ann")
        desk = Desk(opened, workspace)
        Twice(desk).set_share(1.0)
        decide(desk, CODE, "K1A 0B1", "Ann")
        decide(desk, NAME, "Cy Wu", "Ann")
        desk.close()
    served = Served(workspace)
    try:
        page = visit(browser, served, "Bob", viewport={"width": 375, "height": 740})
        page.goto("/second")
        assert axe_violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        for _ in range(2):
            label = page.inner_text("h1")
            page.keyboard.type("k1a 0b7" if "Postal" in label else "Cy Wu")
            page.keyboard.press("Enter")
            page.wait_for_function(
                "label => document.querySelector('h1').innerText !== label", arg=label
            )
        assert "Nothing waits" in page.inner_text("main")
        page.context.close()
        page = visit(browser, served, "Cy")
        page.goto("/arbitrate")
        assert axe_violations(page) == []
        page.keyboard.press("2")
        page.wait_for_url("**/arbitrate?said=settled")
        page.context.close()
    finally:
        served.close()
    with Store.open(workspace / DATABASE_FILE) as opened:
        here = standing(opened.decisions())[SHEET]
        assert here[2, "postal_code"].after == "K1A 0B7"
        assert here[2, "postal_code"].who == "Cy"
        assert (here[3, "name"].who, here[3, "name"].why) == ("Bob", CONFIRMED)
        entries = opened.read(reviewers.second_entries)
        assert all(e.seconds is not None and e.seconds < 60 for e in entries)


def test_without_scripts_everything_still_works(browser: Browser, workspace: Path) -> None:
    with Store.open(workspace / DATABASE_FILE) as opened:
        Gate(opened).register("Ann")
        desk = Desk(opened, workspace)
        Twice(desk).set_share(1.0)
        decide(desk, CODE, "K1A 0B1", "Ann")
        desk.close()
    served = Served(workspace)
    try:
        page = visit(browser, served, "Bob", java_script_enabled=False, locale="fr-CA")
        page.goto("/second")
        assert "Deuxième saisie" in page.inner_text("h1")
        page.fill("#text", "K1A 0B7")
        page.press("#text", "Enter")
        page.context.close()
        page = visit(browser, served, "Cy", java_script_enabled=False)
        page.goto("/arbitrate")
        page.click("text=K1A 0B7")
        assert "no difference for you" in page.inner_text("main")
        page.context.close()
    finally:
        served.close()
    with Store.open(workspace / DATABASE_FILE) as opened:
        assert standing(opened.decisions())[SHEET][2, "postal_code"].after == "K1A 0B7"


@pytest.mark.parametrize("language", ["en-CA", "fr-CA"])
def test_the_team_pages_have_nothing_that_axe_objects_to(
    browser: Browser, workspace: Path, language: str
) -> None:
    with Store.open(workspace / DATABASE_FILE) as opened:
        desk = Desk(opened, workspace)
        twice = Twice(desk)
        twice.set_share(1.0)
        decide(desk, CODE, "K1A 0B1", "Bob")
        decide(desk, NAME, "Cy Wu", "Bob")
        twice.enter(CODE, "Ann", "K1A 0B1", 3.0)
        Referrals(desk).refer((SHEET, 1, "name"), "Bob", "?")
        desk.close()
    served = Served(workspace)
    try:
        page = visit(
            browser, served, "Ann", locale=language, viewport={"width": 375, "height": 700}
        )
        for path in ("/people", "/referred", "/second", "/arbitrate", "/sign-in", "/nowhere"):
            page.goto(path)
            assert axe_violations(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= 375, path
        page.context.close()
    finally:
        served.close()
