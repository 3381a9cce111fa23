"""Readings of one value confirmed together, and the queue told by what one may work on."""

import re
from pathlib import Path
from typing import Any

import pytest
from fake_pages import page_ref, page_result, row
from playwright.sync_api import Browser, expect
from review_pages import (
    Served,
    axe_violations,
    change,
    decided,
    doubtful,
    fill,
    placed,
    replaced,
    visit,
)
from starlette.testclient import TestClient

from digitizer.ids import sheet_id
from digitizer.review import groups
from digitizer.review.desk import Desk
from digitizer.store import Store

PAGES = ("g1", "g2")
SHEETS = tuple(sheet_id(page_ref(name).sha256, 1) for name in PAGES)
# Where rows lie, as the page gives it back: of these sheets nobody knows.
ROWS = [f"{name}/" for name in SHEETS]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Two sheets whose signers' codes were read alike, but for one."""
    with Store.open(tmp_path / "digitizer.db") as store:
        pages = [
            page_result(
                page_ref(name, source_file=f"scans/{name}.pdf"),
                *(
                    replaced(
                        row(n, f"Ana {'ABCDE'[n]}oy", review="postal_code"),
                        doubtful("postal_code", code, 0.6, reason=""),
                    )
                    for n, code in enumerate(("K1A 0B1", "K1A 0B1", "H2Y 1C6"), start=1)
                ),
            )
            for name in PAGES
        ]
        fill(store, tmp_path, *pages)
    return tmp_path


CODES = f"/groups/postal_code/{groups.group_name('K1A 0B1')}"


def shown(client: TestClient, path: str) -> list[str]:
    return re.findall(r'name="shown" value="([^"]+)"', client.get(path).text)


def post(client: TestClient, path: str, keys: list[str], wrong: list[str]) -> Any:
    return change(client, path, shown=keys, wrong=wrong, rows=ROWS)  # type: ignore[arg-type]


def test_groups_come_largest_first_and_single_readings_not_at_all(ann: TestClient) -> None:
    page = ann.get("/groups").text
    assert page.index("4 ×") < page.index("2 ×")
    found = re.findall(r'href="/groups/postal_code/(\w+)"', page)
    assert found == [groups.group_name("K1A 0B1"), groups.group_name("H2Y 1C6")]


def test_values_stay_out_of_addresses(ann: TestClient) -> None:
    addresses = re.findall(r'href="([^"]+)"', ann.get("/groups").text)
    assert not any("K1A" in address for address in addresses)


def test_a_group_shows_the_crop_of_each_of_its_fields(ann: TestClient) -> None:
    keys = shown(ann, CODES)
    assert keys == [f"{s}/{n}/postal_code" for s in SHEETS for n in (1, 2)]


def test_all_but_what_was_picked_out_is_confirmed_and_that_stays(
    ann: TestClient, store: Store
) -> None:
    keys = shown(ann, CODES)
    answer = post(ann, CODES, keys, keys[:1])
    assert answer.headers["location"].endswith("done=3")
    made = store.decisions()
    assert {f"{d.sheet_id}/{d.row}/{d.field}" for d in made} == set(keys[1:])
    assert {d.action.value for d in made} == {"confirm"}
    waiting = {r.record_id for r in store.records() if "postal_code" in r.review_fields}
    assert f"{SHEETS[0]}-r01" in waiting and f"{SHEETS[0]}-r02" not in waiting


def test_a_confirmed_group_is_taken_back_as_one(ann: TestClient, store: Store) -> None:
    before = {r.record_id: r for r in store.records()}
    keys = shown(ann, CODES)
    post(ann, CODES, keys, [])
    answer: Any = change(ann, "/undo", back="/groups?field=postal_code")
    assert answer.headers["location"] == "/groups?field=postal_code"
    assert {r.record_id: r for r in store.records()} == before


def test_only_what_the_browser_showed_is_confirmed(ann: TestClient, store: Store) -> None:
    keys = shown(ann, CODES)
    other = f"{SHEETS[0]}/3/postal_code"
    post(ann, CODES, [*keys[:1], other, "made/1/up"], [])
    assert [f"{d.sheet_id}/{d.row}" for d in store.decisions()] == [f"{SHEETS[0]}/1"]


def test_a_field_decided_meanwhile_is_left_out(ann: TestClient, store: Store) -> None:
    keys = shown(ann, CODES)
    change(ann, f"/field/{keys[0]}", value="K1A 0B7")
    answer = post(ann, CODES, keys, [])
    assert answer.headers["location"].endswith("done=3")
    values = [v.value for r in store.records() for v in r.fields if v.field == "postal_code"]
    assert values.count("K1A 0B7") == 1


def test_rows_that_lie_elsewhere_by_now_are_left_out(ann: TestClient, store: Store) -> None:
    """Under their numbers other signers' fields may read the same, which nobody looked at."""
    keys = shown(ann, CODES)
    assert re.findall(r'name="rows" value="([^"]*)"', ann.get(CODES).text) == sorted(ROWS)
    signers = tuple(
        replaced(
            row(n, "Ana", review="postal_code"), doubtful("postal_code", "K1A 0B1", 0.6, reason="")
        )
        for n in (1, 2)
    )
    moved = page_result(page_ref(PAGES[0], source_file="scans/g1.pdf"), *signers)
    store.save_page(placed(moved), "settings-1")
    post(ann, CODES, keys, [])
    assert {d.sheet_id for d in store.decisions()} == {SHEETS[1]}


def test_the_time_a_group_took_is_shared_out(ann: TestClient, store: Store) -> None:
    keys = shown(ann, CODES)
    change(ann, CODES, shown=keys, took="8", rows=ROWS)  # type: ignore[arg-type]
    assert {d.seconds for d in store.decisions()} == {2.0}


def test_a_group_that_is_done_leads_back_to_the_groups_of_its_field(ann: TestClient) -> None:
    keys = shown(ann, CODES)
    post(ann, CODES, keys, [])
    answer = ann.get(CODES, follow_redirects=False)
    assert answer.headers["location"] == "/groups?field=postal_code"


def test_doubts_about_the_row_are_no_matter_of_its_value(workspace: Path) -> None:
    with Store.open(workspace / "digitizer.db") as store:
        pages = [
            page_result(
                page_ref(f"r{n}"),
                replaced(
                    row(1, "Ana Roy", review="name"),
                    doubtful("name", "Ana Roy", 0.9, reason="duplicate-suspect"),
                ),
            )
            for n in range(2)
        ]
        fill(store, workspace, *pages)
        desk = Desk(store, workspace)
        assert {g.field for g in groups.groups_of(desk.queue.items())} == {"postal_code"}
        desk.close()


# --- in a browser


def test_a_group_is_confirmed_by_arrows_space_and_enter(browser: Browser, served: Served) -> None:
    page = visit(browser, served)
    page.goto("/groups")
    expect(page.locator(".groups a").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#confirm")).to_contain_text("Confirm 4")
    expect(page.locator("input[name=wrong]").first).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.locator("#confirm")).to_contain_text("Confirm 3")
    assert axe_violations(page) == []
    page.keyboard.press("Enter")
    expect(page.locator(".did")).to_contain_text("3 confirmed")
    assert len(decided(served, 3)) == 3
    # What was confirmed can be read a moment before the page listens to keys.
    page.wait_for_load_state()
    page.keyboard.press("Control+z")
    expect(page.locator(".did")).to_have_count(0)
    assert [d.action.value for d in decided(served, 6)].count("undo") == 3


def test_the_last_group_is_taken_back_from_the_list_of_groups(
    browser: Browser, served: Served
) -> None:
    page = visit(browser, served)
    page.goto("/groups")
    # A busy browser gives the focus a while after the page has come.
    expect(page.locator(".groups a").first).to_be_focused()
    page.keyboard.press("Enter")
    for count in (4, 2):
        expect(page.locator("#confirm")).to_contain_text(f"Confirm {count}")
        expect(page.locator("input[name=wrong]").first).to_be_focused()
        page.wait_for_load_state()
        page.keyboard.press("Enter")
        expect(page.locator(".did")).to_contain_text(f"{count} confirmed")
    expect(page.locator("#group")).to_have_count(0)
    page.wait_for_load_state()
    page.keyboard.press("Control+z")
    expect(page.locator(".did")).to_have_count(0)
    assert [d.action.value for d in decided(served, 8)].count("undo") == 2


def test_without_scripts_a_group_is_confirmed_too(browser: Browser, served: Served) -> None:
    page = visit(browser, served, java_script_enabled=False)
    page.goto("/groups")
    page.locator(".groups a").first.click()
    page.locator("input[name=wrong]").first.check()
    page.locator("#confirm").click()
    assert len(decided(served, 3)) == 3


# --- the queue


def test_each_count_of_the_queue_leads_to_those_cards(ann: TestClient) -> None:
    page = ann.get("/queue").text
    assert "6 fields wait, in 6 rows" in page
    assert 'href="/next?field=postal_code"' in page
    assert f'href="/next?sheet={SHEETS[1]}"' in page
    assert "scans/g2.pdf, page 1" in page


def test_a_narrowed_queue_tells_its_filter_and_how_to_be_rid_of_it(ann: TestClient) -> None:
    page = ann.get(f"/queue?sheet={SHEETS[0]}&order=column").text
    assert "3 fields wait, in 3 rows" in page
    assert 'href="/queue?order=column"' in page
    assert f'<input type="hidden" name="sheet" value="{SHEETS[0]}">' in page
    assert 'value="column" checked' in page


def test_the_queue_speaks_french(ann: TestClient) -> None:
    change(ann, "/language", language="fr", next="/")
    assert "6 champs attendent, dans 6 lignes" in ann.get("/queue").text
