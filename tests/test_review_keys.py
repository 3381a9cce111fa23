"""The field card and the groups from the keyboard, in a real browser."""

import re
from pathlib import Path

import pytest
from fake_pages import page_ref, page_result, row
from playwright.sync_api import Browser, Page, expect
from review_pages import (
    Served,
    axe_violations,
    decided,
    doubtful,
    fill,
    invented_pages,
    placed,
    replaced,
    visit,
)

from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace.decisions import Decision


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The invented workspace, with the geometry of its pages."""
    with Store.open(tmp_path / DATABASE_FILE) as store:
        fill(store, tmp_path, *(placed(page) for page in invented_pages()))
    return tmp_path


def decisions(served: Served) -> tuple[Decision, ...]:
    return served.store.decisions()


def card(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator("html.scripts")).to_have_count(1)


def at_card(page: Page, field: str) -> None:
    expect(page.locator(f'#card[data-path$="/{field}"]')).to_be_visible()


ONE_ROW = "/next?field=postal_code"


def test_a_flagged_row_is_cleared_by_keyboard_alone(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    card(page, "/next?field=postal_code")
    sheet, number, _ = (page.locator("#card").get_attribute("data-path") or "").split("/")[2:]
    card(page, f"/next?sheet={sheet}&order=sheet")
    waiting = len(served.store.listed((sheet,))[sheet][1])
    assert waiting
    seen = []
    for _ in range(12):
        path = page.locator("#card").get_attribute("data-path")
        if path is None:
            break
        seen.append(path)
        page.keyboard.press("Enter")
        expect(page.locator(f'#card[data-path="{path}"]')).to_have_count(0)
    assert len(seen) == len(set(seen)) == len(decided(served, len(seen)))
    records = served.store.listed((sheet,))[sheet][1]
    assert [r.review_fields for r in records] == [() for _ in records]
    assert number


def test_one_request_and_one_picture_a_decision(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    card(page, "/next?order=sheet")
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    path = page.locator("#card").get_attribute("data-path")
    page.keyboard.press("Enter")
    expect(page.locator(f'#card[data-path="{path}"]')).to_have_count(0)
    page.wait_for_load_state("networkidle")
    assert len([url for url in asked if "/static/" not in url]) <= 2, asked


def test_typing_puts_the_doubtful_character_right(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    card(page, ONE_ROW)
    # K[1]A 0B[1]: the first doubtful character is selected.
    page.keyboard.type("7")
    expect(page.locator("#value")).to_have_value("K7A 0B1")
    expect(page.locator(".ghost")).to_be_hidden()
    expect(page.locator(".accept")).to_contain_text("Save")
    page.keyboard.press("Enter")
    expect(page.locator("#card[data-shape]")).to_have_count(0)
    assert [d.after for d in decided(served)] == ["K7A 0B1"]


def test_the_grammar_speaks_up_while_one_types(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    card(page, ONE_ROW)
    page.keyboard.press("Control+a")
    page.keyboard.type("W1A 1A1")
    expect(page.locator("#check")).to_contain_text("never comes first")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Enter once more")
    assert decisions(served) == ()
    page.keyboard.press("Enter")
    expect(page.locator("#card[data-shape]")).to_have_count(0)
    assert [d.after for d in decided(served)] == ["W1A 1A1"]


def test_a_number_takes_a_suggestion_with_alt_where_figures_are_typed(
    browser: Browser, served: Served
) -> None:
    page = visit(browser, served)
    card(page, ONE_ROW)
    page.keyboard.press("Alt+2")
    expect(page.locator("#card[data-shape]")).to_have_count(0)
    assert [d.after for d in decided(served)] == ["K7A 0B1"]


def test_a_number_alone_takes_a_suggestion_for_a_name(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    card(page, "/next?field=name&order=sheet")
    page.keyboard.press("1")
    expect(page.locator("#said")).to_contain_text("saved")
    assert [d.after for d in decided(served)] == ["Ana Ray"]


def test_an_accent_on_a_figures_key_is_typed_and_takes_no_suggestion(
    browser: Browser, served: Served
) -> None:
    page = visit(browser, served)
    card(page, "/next?field=name&order=sheet")
    page.evaluate(
        """() => document.querySelector('#value').dispatchEvent(new KeyboardEvent('keydown',
        {key: 'é', code: 'Digit2', bubbles: true, cancelable: true}))"""
    )
    page.wait_for_timeout(200)
    assert decisions(served) == ()
    # Shifted figures, as on AZERTY, are figures.
    page.evaluate(
        """() => document.querySelector('#value').dispatchEvent(new KeyboardEvent('keydown',
        {key: '2', code: 'Digit2', shiftKey: true, bubbles: true, cancelable: true}))"""
    )
    expect(page.locator("#said")).to_contain_text("saved")
    assert [d.after for d in decided(served)] == ["Anna Roy"]


def test_a_figure_is_text_once_something_was_typed(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    card(page, "/next?field=name&order=sheet")
    page.keyboard.press("End")
    page.keyboard.type("x1")
    expect(page.locator("#value")).to_have_value("Ana Royx1")
    assert decisions(served) == ()


def test_a_key_held_down_accepts_nothing_more(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    card(page, "/next?order=sheet")
    page.keyboard.down("Enter")
    for _ in range(8):
        page.keyboard.down("Enter")
        page.wait_for_timeout(60)
    page.keyboard.up("Enter")
    assert len(decided(served)) == 1


def test_arrows_go_through_the_suggestions(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    card(page, ONE_ROW)
    for expected in ("K1A 0B7", "K7A 0B1", "K1A 0B1"):
        page.keyboard.press("ArrowDown")
        expect(page.locator("#value")).to_have_value(expected)


def test_letters_are_text_in_the_line_and_commands_with_alt(
    browser: Browser, served: Served
) -> None:
    page = visit(browser, served)
    card(page, ONE_ROW)
    page.keyboard.press("Control+a")
    page.keyboard.type("xb")
    expect(page.locator("#value")).to_have_value("xb")
    assert decisions(served) == ()
    page.keyboard.press("Alt+x")
    expect(page.locator("#card[data-shape]")).to_have_count(0)
    assert [(d.field, d.after) for d in decided(served)] == [("status", "struck")]


def test_altgr_types_and_commands_nothing(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    card(page, ONE_ROW)
    page.evaluate(
        """() => document.querySelector('#value').dispatchEvent(new KeyboardEvent('keydown',
        {key: '~', code: 'Digit2', altKey: true, ctrlKey: true, bubbles: true, cancelable: true,
         modifierAltGraph: true}))"""
    )
    page.wait_for_timeout(200)
    assert decisions(served) == ()


def test_single_letters_can_be_turned_off(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    card(page, "/next?field=signature")
    page.keyboard.press("F1")
    expect(page.locator("#keys")).to_be_visible()
    page.uncheck("#single-keys")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.focus("#crop")
    page.keyboard.press("1")
    page.wait_for_timeout(200)
    assert decisions(served) == ()
    page.keyboard.press("Alt+1")
    expect(page.locator("#card[data-shape]")).to_have_count(0)
    assert [d.after for d in decided(served)] == ["present"]


def test_an_unclear_signature_is_not_confirmed_by_enter(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    card(page, "/next?field=signature")
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    assert decisions(served) == ()
    page.keyboard.press("2")
    expect(page.locator("#card[data-shape]")).to_have_count(0)
    assert [d.after for d in decided(served)] == ["absent"]


def test_undo_by_ctrl_z_any_number_of_steps(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    card(page, "/next?order=sheet")
    paths = []
    for _ in range(3):
        path = page.locator("#card").get_attribute("data-path") or ""
        paths.append(path)
        page.keyboard.press("Enter")
        expect(page.locator(f'#card[data-path="{path}"]')).to_have_count(0)
    for path in reversed(paths):
        page.keyboard.press("Control+z")
        expect(page.locator(f'#card[data-path="{path}"]')).to_be_visible()
        # A key that comes before the card has settled is not heard.
        expect(page.locator("#value")).to_be_focused()
    page.keyboard.press("Control+z")
    expect(page.locator("#said")).to_contain_text("nothing to take back")


def test_ctrl_z_is_the_browsers_own_while_something_is_typed(
    browser: Browser, served: Served
) -> None:
    page = visit(browser, served)
    card(page, ONE_ROW)
    page.keyboard.type("7")
    page.keyboard.press("Control+z")
    expect(page.locator("#value")).to_have_value("K1A 0B1")
    at_card(page, "postal_code")


def test_tab_goes_on_in_the_row_and_saves_what_was_typed(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    card(page, ONE_ROW)
    page.keyboard.type("7")
    page.keyboard.press("Tab")
    at_card(page, "phone")
    assert [d.after for d in decided(served)] == ["K7A 0B1"]
    expect(page).to_have_title(re.compile("Phone, row 2"))
    page.keyboard.press("Tab")
    at_card(page, "email")
    assert len(decided(served)) == 1


def test_escape_restores_the_reading_and_then_goes_back(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    card(page, ONE_ROW)
    page.keyboard.press("Tab")
    at_card(page, "phone")
    page.keyboard.type("9")
    page.keyboard.press("Escape")
    expect(page.locator("#value")).to_have_value("613-555-0123")
    page.keyboard.press("Escape")
    at_card(page, "postal_code")
    expect(page.locator("#value")).to_be_focused()


def test_the_whole_sheet_is_one_key_away(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    card(page, ONE_ROW)
    page.keyboard.press("Alt+p")
    expect(page.locator("#page-view")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#page-view")).to_be_hidden()
    at_card(page, "postal_code")


def test_a_question_for_the_supervisor_takes_two_keys_and_a_note(
    browser: Browser, served: Served
) -> None:
    page = visit(browser, served)
    card(page, ONE_ROW)
    page.keyboard.press("Alt+q")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("whose is it?")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("supervisor")
    assert decisions(served) == ()


def test_a_question_about_the_row_takes_one_letter_and_enter_answers_nothing(
    browser: Browser, workspace: Path
) -> None:
    twice = page_result(
        page_ref("three"),
        row(1, "Ana Roy"),
        replaced(
            row(2, "Ana Roi", review="name"),
            doubtful("name", "Ana Roi", 0.9, reason="duplicate-suspect"),
        ),
    )
    with Store.open(workspace / DATABASE_FILE) as store:
        fill(store, workspace, twice)
    served = Served(workspace)
    try:
        page = visit(browser, served)
        card(page, "/next?reason=duplicate-suspect")
        page.keyboard.press("Enter")
        page.wait_for_timeout(200)
        assert decisions(served) == ()
        page.keyboard.press("k")
        expect(page.locator("#card[data-shape]")).to_have_count(0)
        assert [d.after for d in decided(served)] == ["counted"]
    finally:
        served.close()


@pytest.mark.parametrize(
    "path",
    [
        "/next?field=postal_code",
        "/next?field=signature",
        "/next?field=postal_code&panel=repeats",
        "/queue",
        "/groups",
        "/keys",
        "/next?field=province",
    ],
)
def test_pages_fit_the_screen_and_axe_finds_nothing(
    browser: Browser, served: Served, path: str
) -> None:
    page = visit(browser, served)
    for width in (375, 1366):
        page.set_viewport_size({"width": width, "height": 740})
        page.goto(path.replace("&panel=repeats", ""))
        if "panel" in path:
            page.keyboard.press("Alt+r")
            expect(page.locator("#panel")).to_be_visible()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, scheme
            assert axe_violations(page) == [], (width, scheme)


def test_axe_finds_nothing_in_the_questions_about_a_row(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    card(page, ONE_ROW)
    for key in ("r", "s", "m", "q"):
        page.keyboard.press(f"Alt+{key}")
        expect(page.locator("#panel")).to_be_visible()
        assert axe_violations(page) == [], key
        page.keyboard.press("Escape")
        expect(page.locator("#panel")).to_have_count(0)
    page.keyboard.press("F1")
    assert axe_violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+p")
    expect(page.locator("#page-view")).to_be_visible()
    assert axe_violations(page) == []


def test_a_field_that_another_decided_meanwhile_is_asked_about(
    browser: Browser, served: Served
) -> None:
    page, other = visit(browser, served), visit(browser, served, "Bob")
    card(page, ONE_ROW)
    other.goto(page.url)
    other.keyboard.press("Alt+1")
    expect(other.locator("#card[data-shape]")).to_have_count(0)
    page.keyboard.press("Alt+2")
    expect(page.locator(".alarm")).to_contain_text("Bob decided this field")
    expect(page.locator(".alarm")).to_contain_text("K1A 0B7")
    assert axe_violations(page) == []
    assert [d.after for d in decided(served)] == ["K1A 0B7"]
    page.get_by_role("button", name="Put mine in its place").click()
    expect(page.locator(".alarm")).to_have_count(0)
    assert [d.after for d in decided(served, 2)] == ["K1A 0B7", "K7A 0B1"]


def test_without_scripts_a_card_still_decides(browser: Browser, served: Served) -> None:
    page = visit(browser, served, java_script_enabled=False)
    page.goto(ONE_ROW)
    page.fill("#value", "K1A 0B7")
    page.press("#value", "Enter")
    assert [d.after for d in decided(served)] == ["K1A 0B7"]
    seconds = decided(served)[0].seconds
    assert seconds is not None and seconds < 60
    page.goto("/next")
    page.get_by_role("button", name="Undo").click()
    assert decided(served, 2)[-1].action.value == "undo"


def test_without_scripts_a_warning_is_shown_after_sending(browser: Browser, served: Served) -> None:
    page = visit(browser, served, java_script_enabled=False)
    page.goto(ONE_ROW)
    page.fill("#value", "K1A")
    page.press("#value", "Enter")
    assert "6 signs" in page.inner_text("#check")
    page.press("#value", "Enter")
    assert [d.after for d in decided(served)] == ["K1A"]


def test_buttons_are_large_enough_for_fingers(browser: Browser, served: Served) -> None:
    page = visit(
        browser, served, viewport={"width": 375, "height": 740}, has_touch=True, is_mobile=True
    )
    page.goto(ONE_ROW)
    sizes = page.evaluate(
        """() => [...document.querySelectorAll('#card button, #card .button')]
        .filter((e) => e.offsetParent && !e.closest('dialog'))
        .map((e) => [e.textContent.trim(), e.getBoundingClientRect().height])"""
    )
    assert sizes
    assert [text for text, height in sizes if height < 44] == []
