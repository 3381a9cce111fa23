"""The review pages in a real browser: what holds on every one of them."""

import pytest
from playwright.sync_api import Browser
from review_pages import Served, axe_violations, visit


@pytest.mark.parametrize("scripts", [True, False])
def test_a_name_is_all_it_takes_to_sign_in(browser: Browser, served: Served, scripts: bool) -> None:
    page = browser.new_context(base_url=served.url, java_script_enabled=scripts).new_page()
    page.goto("/sign-in")
    page.fill("#name", "Ann Lee")
    page.press("#name", "Enter")
    page.wait_for_url(f"{served.url}/")
    assert page.inner_text(".name") == "Ann Lee"


def test_the_pages_speak_french_on_request(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    page.goto("/")
    page.click("button[lang=fr]")
    assert page.get_attribute("html", "lang") == "fr"
    assert "Se déconnecter" in page.inner_text("header")


def test_the_first_page_has_nothing_that_axe_objects_to(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    page.goto("/")
    assert axe_violations(page) == []
