"""The card after the next one: shown before the server answers, and never in the wrong hands."""

import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fake_pages import page_ref
from playwright.sync_api import Browser, Page, expect
from review_pages import Served, decided, fill, invented_pages, placed, sign_in, token, visit
from starlette.testclient import TestClient

from digitizer.ids import sheet_id
from digitizer.review.app import create_app
from digitizer.review.desk import Desk
from digitizer.review.filters import Filter
from digitizer.review.leases import LEASE_S, Leases
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace.decisions import Action, Decision

ONE = sheet_id(page_ref("one").sha256, 1)
NAME, CODE, PHONE = (ONE, 1, "name"), (ONE, 2, "postal_code"), (ONE, 2, "phone")
BY_SHEET = "?order=sheet"
# Longest wait of a held decision, so that a broken test ends.
HELD_S = 20.0


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The invented workspace, with the geometry of its pages."""
    with Store.open(tmp_path / DATABASE_FILE) as store:
        fill(store, tmp_path, *(placed(page) for page in invented_pages()))
    return tmp_path


def desk(client: TestClient) -> Desk:
    """The desk behind the pages."""
    found: Desk = client.app.state.desk  # type: ignore[attr-defined]
    return found


def path_of(key: tuple[str, int, str]) -> str:
    return f"/field/{key[0]}/{key[1]}/{key[2]}"


def send(client: TestClient, key: tuple[str, int, str], **fields: str) -> Any:
    """Decide as the script does, asking for the card behind the next one."""
    form = {"csrf": token(client), "verb": "accept", "ahead": "1", **fields}
    return client.post(path_of(key) + BY_SHEET, data=form, headers={"HX-Request": "true"})


def held_ahead(text: str) -> dict[str, str]:
    """What an answer holds for later: the card's ``shown`` and ``mark``; empty where nothing."""
    found = re.search(
        r'<template class="ahead".*?data-path="/field/([^"]+)" data-mark="(\w+)"', text, re.DOTALL
    )
    return {"shown": found[1], "mark": found[2]} if found else {}


def shown(key: tuple[str, int, str]) -> str:
    return "/".join(map(str, key))


# --- what the server answers


def test_whoever_asks_for_it_gets_the_card_behind_the_next_one(ann: TestClient) -> None:
    answer = send(ann, NAME, value="Ana Roy")
    assert answer.headers["x-card"] == "next"
    visible = answer.text.partition("<template")[0]
    assert f'data-path="{path_of(CODE)}"' in visible
    assert held_ahead(answer.text)["shown"] == shown(PHONE)
    plain = send(ann, CODE, value="K1A 0B1", ahead="")
    assert "<template" not in plain.text


def test_a_card_shown_ahead_may_stay_and_is_leased(ann: TestClient, store: Store) -> None:
    held = held_ahead(ann.get(f"{path_of(NAME)}/ahead{BY_SHEET}").text)
    assert held["shown"] == shown(CODE)
    assert desk(ann).leases.holder(CODE) is None
    answer = send(ann, NAME, value="Ana Roy", **held)
    assert answer.headers["x-card"] == "kept"
    assert [d.field for d in store.decisions()] == ["name"]
    assert desk(ann).leases.holder(CODE) == "Ann"
    # Only what changes beside the card, and the one behind it.
    assert "<article" not in answer.text.partition("<template")[0]
    assert 'id="left"' in answer.text and 'data-stand="1"' in answer.text
    assert held_ahead(answer.text)["shown"] == shown(PHONE)


def test_the_rest_of_the_row_is_put_right_beside_a_card_that_stays(ann: TestClient) -> None:
    held = held_ahead(ann.get(f"{path_of(CODE)}/ahead{BY_SHEET}").text)
    assert held["shown"] == shown(PHONE)
    answer = send(ann, CODE, value="K1A 0B7", **held)
    assert answer.headers["x-card"] == "kept"
    beside = answer.text.partition("<template")[0]
    assert "K1A 0B7" in beside and "K1A 0B1" not in beside


def test_a_card_that_another_decided_meanwhile_makes_way(ann: TestClient, store: Store) -> None:
    held = held_ahead(ann.get(f"{path_of(NAME)}/ahead{BY_SHEET}").text)
    desk(ann).decide((Decision(*CODE, Action.SET, "K1A 0B1", "K1A 0B7", "Bob"),))
    answer = send(ann, NAME, value="Ana Roy", **held)
    assert answer.headers["x-card"] == "next"
    assert f'data-path="{path_of(PHONE)}"' in answer.text.partition("<template")[0]
    assert [(d.who, d.field) for d in store.decisions()] == [
        ("Bob", "postal_code"),
        ("Ann", "name"),
    ]


def test_a_card_that_asks_something_else_by_now_is_shown_anew(ann: TestClient) -> None:
    held = held_ahead(ann.get(f"{path_of(NAME)}/ahead{BY_SHEET}").text)
    answer = send(ann, NAME, value="Ana Roy", shown=held["shown"], mark="0" * 24)
    assert answer.headers["x-card"] == "next"
    assert answer.headers["hx-push-url"] == f"{path_of(CODE)}{BY_SHEET}"


def test_a_card_that_another_has_open_makes_way(ann: TestClient) -> None:
    held = held_ahead(ann.get(f"{path_of(NAME)}/ahead{BY_SHEET}").text)
    assert desk(ann).leases.take(CODE, "Bob")
    answer = send(ann, NAME, value="Ana Roy", **held)
    assert answer.headers["x-card"] == "next"
    assert f'data-path="{path_of(CODE)}"' not in answer.text.partition("<template")[0]


def test_a_refused_decision_brings_no_card_ahead(ann: TestClient, store: Store) -> None:
    held = held_ahead(ann.get(f"{path_of(CODE)}/ahead{BY_SHEET}").text)
    answer = send(ann, CODE, value="K1A", **held)
    assert answer.headers["x-card"] == "refused"
    assert store.decisions() == () and "<template" not in answer.text
    assert desk(ann).leases.holder(PHONE) is None


def test_what_is_shown_need_not_be_true(ann: TestClient, store: Store) -> None:
    for told in ("nonsense", "a/b/c", f"{ONE}/99/name", f"{ONE}/1/address"):
        assert send(ann, NAME, value="Ana Roy", shown=told, mark="x").status_code == 200
    assert store.decisions()[-1].who == "Ann"


# --- in whose hands it is


def test_what_somebody_holds_for_later_comes_last_for_others_but_comes(ann: TestClient) -> None:
    queue, leases = desk(ann).queue, desk(ann).leases
    everything = queue.items(Filter(order="sheet"))
    for item in everything[:-1]:
        leases.set_apart(item.key, "Ann")
    order = Filter(order="sheet")
    first = queue.next(order, "Bob")
    assert first is not None and first.key == everything[-1].key
    desk(ann).decide((Decision(*first.key, Action.CONFIRM, first.value, first.value, "Bob"),))
    second = queue.next(order, "Bob")
    assert second is not None and second.key in {item.key for item in everything[:-1]}


def test_what_was_set_apart_is_free_again_after_a_while(store: Store) -> None:
    now = 1000.0
    leases = Leases(store, clock=lambda: now)
    leases.set_apart(CODE, "Ann")
    leases.set_apart(CODE, "Bob")
    assert leases.rows_of_others("Bob") == {CODE[:2]}
    assert leases.rows_of_others("Ann") == frozenset()
    now += LEASE_S + 1
    assert leases.rows_of_others("Bob") == frozenset()
    leases.set_apart(CODE, "Bob")
    assert leases.rows_of_others("Ann") == {CODE[:2]}


def test_two_people_going_ahead_never_decide_one_field_both(
    ann: TestClient, store: Store, workspace: Path
) -> None:
    with TestClient(create_app(store, workspace, hosts=("testserver",))) as bob:
        sign_in(bob, "Bob")
        bob.app.state.desk = desk(ann)  # type: ignore[attr-defined]
        at: dict[str, str] = {}
        for who, client in (("Ann", ann), ("Bob", bob)):
            at[who] = client.get(f"/next{BY_SHEET}").url.path
        held: dict[str, dict[str, str]] = {"Ann": {}, "Bob": {}}
        done: list[str] = []
        for turn in range(20):
            who, client = (("Ann", ann), ("Bob", bob))[turn % 2]
            if not at[who]:
                continue
            text = client.get(at[who] + BY_SHEET).text
            value = re.search(r'data-read="([^"]*)"', text)
            fields = {"value": value[1]} if value else {"value": "present", "verb": "present"}
            done.append(at[who])
            sheet, number, name = at[who].split("/")[2:]
            answer = send(client, (sheet, int(number), name), **fields, **held[who])
            assert answer.status_code == 200
            visible = re.search(r'<article id="card"[^>]*data-path="([^"]+)"', answer.text)
            kept = answer.headers["x-card"] == "kept"
            at[who] = f"/field/{held[who]['shown']}" if kept else visible[1] if visible else ""
            held[who] = held_ahead(answer.text)
    assert len(done) == len(set(done)) == len(store.decisions())
    assert len(desk(ann).queue) == 0


# --- in the browser


class Door:
    """Holds up decisions until it is opened; ``refuse``: then fails instead."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Open at first."""
        self._open = threading.Event()
        self._open.set()
        self.waiting = threading.Semaphore(0)
        self.broken = False
        decide = Desk.decide

        def held(
            desk: Desk,
            decisions: Sequence[Decision],
            expect: int | None = None,
            rows: str | None = None,
        ) -> tuple[Decision, ...]:
            self.waiting.release()
            assert self._open.wait(HELD_S)
            if self.broken:
                raise RuntimeError("the disk is gone")
            return decide(desk, decisions, expect, rows)

        monkeypatch.setattr(Desk, "decide", held)

    def shut(self) -> None:
        """Hold up what comes from now on."""
        self._open.clear()

    def open(self) -> None:
        """Let everything through."""
        self._open.set()


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """The way of a decision into the database, for the test to open and shut."""
    found = Door(monkeypatch)
    yield found
    found.open()


def at_card(page: Page, key: tuple[str, int, str]) -> None:
    """The card is in sight, and takes keys."""
    expect(page.locator(f'#card[data-path="{path_of(key)}"]:not([inert])')).to_be_visible()


def start(page: Page, key: tuple[str, int, str]) -> None:
    """Open a card, and wait for the next one to be there too."""
    with page.expect_response(lambda answer: "/ahead" in answer.url):
        page.goto(path_of(key) + BY_SHEET)
    expect(page.locator("#value")).to_be_focused()
    page.wait_for_load_state("networkidle")


def test_the_next_card_is_in_sight_before_the_server_answers(
    browser: Browser, served: Served, door: Door
) -> None:
    page = visit(browser, served)
    start(page, NAME)
    door.shut()
    page.keyboard.press("Enter")
    at_card(page, CODE)
    expect(page.locator("#value")).to_be_focused()
    page.wait_for_url(f"**{path_of(CODE)}{BY_SHEET}")
    expect(page).to_have_title(re.compile("Postal code, row 2"))
    page.keyboard.type("7")
    assert served.store.decisions() == ()
    door.open()
    expect(page.locator("#said")).to_contain_text("saved")
    expect(page.locator("#value")).to_have_value("K7A 0B1")
    assert [d.after for d in decided(served)] == ["Ana Roy"]


def test_what_is_decided_before_the_answer_is_sent_after_it(
    browser: Browser, served: Served, door: Door
) -> None:
    page = visit(browser, served)
    start(page, NAME)
    door.shut()
    page.keyboard.press("Enter")
    at_card(page, CODE)
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    # The phone is not in sight yet: this is for it. An Enter alone would accept it unseen.
    page.keyboard.press("Enter")
    page.keyboard.type("9")
    door.open()
    at_card(page, PHONE)
    expect(page.locator("#value")).to_have_value("613-555-0129")
    assert [d.after for d in decided(served, 2)] == ["Ana Roy", "K7A 0B1"]


def test_what_is_typed_while_the_next_card_loads_goes_there(
    browser: Browser, served: Served, door: Door
) -> None:
    page = visit(browser, served)
    start(page, NAME)
    door.shut()
    page.keyboard.press("Control+a")
    # Not yet looked at by the grammar: this one waits for its answer.
    page.keyboard.type("Anna Roy")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("78")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    page.keyboard.type("5")
    assert served.store.decisions() == ()
    door.open()
    at_card(page, PHONE)
    expect(page.locator("#value")).to_have_value("613-555-0125")
    expect(page.locator("#value")).to_be_focused()
    assert [d.after for d in decided(served, 2)] == ["Anna Roy", "K7A 0B1"]


def test_letters_typed_ahead_are_no_commands(browser: Browser, served: Served, door: Door) -> None:
    page = visit(browser, served)
    two = sheet_id(page_ref("two").sha256, 1)
    start(page, (two, 1, "name"))
    door.shut()
    page.keyboard.type("x")
    page.keyboard.press("Enter")
    page.keyboard.type("xej")
    page.keyboard.press("Alt+x")
    door.open()
    at_card(page, (two, 2, "signature"))
    expect(page.locator("#said")).to_contain_text("xej")
    assert [d.field for d in decided(served)] == ["name"]


def test_a_refused_decision_brings_its_card_back_and_loses_no_text(
    browser: Browser, served: Served, door: Door
) -> None:
    page = visit(browser, served)
    start(page, NAME)
    door.shut()
    page.keyboard.press("Enter")
    at_card(page, CODE)
    page.keyboard.type("7")
    # Meanwhile another changes the name.
    assert door.waiting.acquire(timeout=HELD_S)
    served.store.decide((Decision(*NAME, Action.SET, "Ana Roy", "Ana Ray", "Bob"),))
    door.open()
    expect(page.locator(".alarm")).to_contain_text("Bob decided this field")
    page.wait_for_url(f"**{path_of(NAME)}{BY_SHEET}")
    page.get_by_role("button", name="Keep theirs and go on").click()
    at_card(page, CODE)
    expect(page.locator("#value")).to_have_value("K7A 0B1")
    assert [(d.who, d.after) for d in decided(served)] == [("Bob", "Ana Ray")]


def test_a_decision_that_was_not_saved_brings_its_card_back(
    browser: Browser, served: Served, door: Door
) -> None:
    page = visit(browser, served)
    start(page, NAME)
    door.shut()
    page.keyboard.press("Enter")
    at_card(page, CODE)
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    page.keyboard.type("4")
    door.broken = True
    door.open()
    at_card(page, NAME)
    expect(page.locator("#said")).to_contain_text("4")
    assert served.store.decisions() == ()
    door.broken = False
    page.keyboard.press("Enter")
    at_card(page, CODE)
    expect(page.locator("#value")).to_have_value("K7A 0B1")


def test_leaving_the_page_loses_no_decision(browser: Browser, served: Served, door: Door) -> None:
    page = visit(browser, served)
    start(page, NAME)
    door.shut()
    page.keyboard.press("Enter")
    at_card(page, CODE)
    page.keyboard.press("Alt+1")
    expect(page.locator("#card[inert]")).to_have_count(1)
    page.goto("/keys")
    door.open()
    page.goto("/queue")
    found = decided(served, 2)
    assert len(found) == 2
    assert {d.after for d in found} == {"Ana Roy", "K1A 0B7"}


def test_undo_before_the_answer_takes_back_that_decision(
    browser: Browser, served: Served, door: Door
) -> None:
    page = visit(browser, served)
    start(page, NAME)
    door.shut()
    page.keyboard.press("Enter")
    at_card(page, CODE)
    page.keyboard.press("Control+z")
    door.open()
    at_card(page, NAME)
    assert [d.action.value for d in decided(served, 2)] == ["confirm", "undo"]
