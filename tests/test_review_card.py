"""The field card over HTTP: what it shows, and what each verb does to the records."""

import re
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from fake_pages import field, page_ref, page_result, row
from placed_pages import geometry_of
from review_pages import (
    change,
    doubtful,
    draw,
    fill,
    invented_pages,
    replaced,
    sign_in,
    token,
)
from starlette.testclient import TestClient

from digitizer.ids import record_id, sheet_id
from digitizer.records import Candidate, FieldState, Finding, Mark, PageEdit, RowStatus, SignerRow
from digitizer.review import verbs
from digitizer.review.cardpage import _merging
from digitizer.review.cardview import card_of
from digitizer.review.desk import Desk
from digitizer.review.verbs import Place, Verb, Wish
from digitizer.store import Store
from digitizer.values.tworows import OVER_TWO_ROWS
from digitizer.workspace import definitions
from digitizer.workspace.decisions import Action
from digitizer.workspace.repeats import Repeat
from digitizer.workspace.stored import RecordRow

ONE = sheet_id(page_ref("one").sha256, 1)
TWO = sheet_id(page_ref("two").sha256, 1)
CODE = f"/field/{ONE}/2/postal_code"


def post(client: TestClient, path: str, **fields: str) -> Any:
    """Post a form with the session's token."""
    return change(client, path, **fields)


def desk(client: TestClient) -> Desk:
    """The desk behind the pages."""
    found: Desk = client.app.state.desk  # type: ignore[attr-defined]
    return found


def record(store: Store, sheet: str, number: int) -> RecordRow:
    return next(r for r in store.records() if r.record_id == record_id(sheet, number))


def value(store: Store, sheet: str, number: int, name: str) -> str:
    found = record(store, sheet, number).get(name)
    return "" if found is None else found.value


def decide(client: TestClient, path: str, **fields: str) -> Any:
    """Post a card as its page would: with what stood when it was shown."""
    page = client.get(path).text
    stand = re.search(r'name="stand" value="(\d+)"', page)
    assert stand is not None
    return post(client, path, stand=stand[1], **fields)


# --- what it shows


def test_the_card_shows_reading_doubts_suggestions_and_the_grammars_word(ann: TestClient) -> None:
    page = ann.get(CODE).text
    assert 'value="K1A 0B1" data-read="K1A 0B1"' in page
    assert "K<mark>1</mark>A 0B<mark>1</mark>" in page
    assert 'name="pick" value="K1A 0B7" data-key="1"' in page
    assert 'name="pick" value="K7A 0B1" data-key="2"' in page
    assert "K1A: " in page and "Ontario" in page
    assert "55%" in page
    assert "scans/box-1.pdf, page 1" in page


def test_a_name_with_markup_is_shown_as_text(ann: TestClient) -> None:
    page = ann.get(f"/field/{ONE}/5/email").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_card_speaks_french(ann: TestClient) -> None:
    post(ann, "/language", language="fr", next="/")
    page = ann.get(CODE).text
    assert "Code postal" in page and "Accepter" in page and "55\u00a0%" in page


def test_next_leads_to_a_card_that_waits_and_keeps_its_filter(ann: TestClient) -> None:
    answer = ann.get("/next?field=email", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/field/{ONE}/5/email?field=email"


@pytest.mark.parametrize(
    "path",
    [
        "/field/nothing/1/name",
        f"/field/{ONE}/99/name",
        f"/field/{ONE}/1/shoe_size",
    ],
    ids=["no such sheet", "no such row", "no such field"],
)
def test_an_address_of_nothing_is_not_found(ann: TestClient, path: str) -> None:
    assert ann.get(path).status_code == 404
    assert post(ann, path, value="x").status_code == 404


# --- deciding


def test_accepting_confirms_the_reading_and_turns_to_the_next_card(
    ann: TestClient, store: Store
) -> None:
    answer = decide(ann, CODE, value="K1A 0B1", took="3.2")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/field/")
    last = store.decisions()[-1]
    assert (last.action, last.after, last.who) == (Action.CONFIRM, "K1A 0B1", "Ann")
    assert last.seconds is not None and last.seconds <= 3.2
    assert "postal_code" not in record(store, ONE, 2).review_fields


def test_what_is_typed_is_kept_in_its_canonical_spelling(ann: TestClient, store: Store) -> None:
    decide(ann, CODE, value="k1a0b7")
    assert value(store, ONE, 2, "postal_code") == "K1A 0B7"


def test_a_suggestion_is_taken_by_its_button(ann: TestClient, store: Store) -> None:
    decide(ann, CODE, value="K1A 0B1", pick="K7A 0B1")
    assert value(store, ONE, 2, "postal_code") == "K7A 0B1"


def test_a_decision_through_htmx_answers_with_the_next_card(ann: TestClient) -> None:
    answer = ann.post(
        CODE,
        data={"csrf": token(ann), "value": "K1A 0B1", "verb": "accept"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200
    assert answer.headers["hx-push-url"].startswith("/field/")
    assert answer.text.lstrip().startswith("<title>") and '<article id="card"' in answer.text
    assert "<html" not in answer.text
    assert "hx-swap-oob" in answer.text


def test_what_can_hardly_be_written_is_asked_once_and_then_kept(
    ann: TestClient, store: Store
) -> None:
    first = decide(ann, CODE, value="K1A")
    assert first.status_code == 422
    assert store.decisions() == ()
    assert 'name="sure" value="K1A"' in first.text
    assert 'value="K1A" data-read' in first.text
    second = decide(ann, CODE, value="K1A", sure="K1A")
    assert second.status_code == 303
    assert value(store, ONE, 2, "postal_code") == "K1A"


def test_an_impossible_reading_can_be_confirmed_without_being_asked(
    ann: TestClient, store: Store
) -> None:
    decide(ann, f"/field/{ONE}/5/email", value="cy@exampel.org")
    assert store.decisions()[-1].action is Action.CONFIRM


def test_the_sheets_language_decides_what_a_typed_date_means(ann: TestClient, store: Store) -> None:
    answer = decide(ann, f"/field/{TWO}/0/date_collected", value="5/6/2026")
    # The invented form is English: two days are possible.
    assert answer.status_code == 422 and "2026-05-06, 2026-06-05" in answer.text
    decide(ann, f"/field/{TWO}/0/date_collected", value="6 mai 2026")
    sheet = next(s for s in store.sheets() if s.sheet_id == TWO)
    found = sheet.get("date_collected")
    assert found is not None and found.value == "2026-05-06"


@pytest.mark.parametrize("typed", ["3/4/2026", "2026-13-01"])
def test_a_date_that_no_second_enter_keeps_is_not_said_to_be_kept(
    ann: TestClient, store: Store, typed: str
) -> None:
    """The card promised it, then refused it in English with the column's name."""
    post(ann, "/language", language="fr", next="/")
    for sure in ("", typed):
        answer = decide(ann, f"/field/{TWO}/0/date_collected", value=typed, sure=sure)
        assert answer.status_code == 422
        assert "encore sur Entrée" not in answer.text
        assert "date_collected:" not in answer.text
        assert "AAAA-MM-JJ" in answer.text
        assert 'name="sure" value=""' in answer.text
    assert store.decisions() == ()


def test_readings_that_are_no_date_are_no_suggestions(store: Store) -> None:
    sheet, records = store.listed((TWO,))[TWO]
    read = field("date_collected", "2022-11-19")
    others = ("1 20/2019", "2022-11-16", "Nov 19, 2022", "3/4/2026", "20/2019")
    read = replace(read, alternatives=tuple(Candidate(text, 0.3) for text in others))
    place = Place(replace(sheet, collector=(read,)), records, 0, "date_collected")
    assert [a.text for a in card_of(place).alternatives] == ["2019-01-20", "2022-11-16"]


@pytest.mark.parametrize(
    ("verb", "why"), [("blank", "blank"), ("illegible", "illegible")], ids=["blank", "illegible"]
)
def test_an_empty_and_an_illegible_field_have_no_value_and_say_why(
    ann: TestClient, store: Store, verb: str, why: str
) -> None:
    decide(ann, CODE, verb=verb)
    found = record(store, ONE, 2).get("postal_code")
    assert found is not None and found.state is FieldState.EMPTY
    assert store.decisions()[-1].why == why


def test_a_ditto_takes_the_nearest_value_above(ann: TestClient, store: Store) -> None:
    decide(ann, f"/field/{ONE}/2/postal_code", verb="ditto")
    assert store.decisions()[-1].why == "ditto of row 1"
    assert value(store, ONE, 2, "postal_code") == "K1A 0B1"


def test_a_ditto_with_nothing_above_is_refused_in_words(ann: TestClient, store: Store) -> None:
    answer = decide(ann, f"/field/{ONE}/1/name", verb="ditto")
    assert answer.status_code == 422
    assert "No row above has a value to repeat." in answer.text
    assert store.decisions() == ()


@pytest.mark.parametrize(
    ("verb", "after"), [("present", "present"), ("absent", "absent"), ("not-signature", "absent")]
)
def test_a_signature_is_there_or_not(ann: TestClient, store: Store, verb: str, after: str) -> None:
    page = ann.get(f"/field/{TWO}/2/signature").text
    assert "Is there a signature?" in page and 'id="value"' not in page
    decide(ann, f"/field/{TWO}/2/signature", verb=verb)
    assert value(store, TWO, 2, "signature") == after


@pytest.mark.parametrize(
    ("verb", "status"),
    [
        ("struck", RowStatus.STRUCK),
        ("row-illegible", RowStatus.ILLEGIBLE),
        ("keep", RowStatus.COUNTED),
    ],
)
def test_a_verb_on_the_row_sets_its_status(
    ann: TestClient, store: Store, verb: str, status: RowStatus
) -> None:
    decide(ann, CODE, verb=verb)
    assert record(store, ONE, 2).status is status


def test_a_row_found_empty_is_no_row(ann: TestClient, store: Store) -> None:
    decide(ann, CODE, verb="no-row")
    assert record_id(ONE, 2) not in {r.record_id for r in store.records()}


def test_a_repeat_names_the_row_it_repeats(ann: TestClient, store: Store) -> None:
    assert decide(ann, CODE, verb="duplicate").status_code == 422
    decide(ann, CODE, verb="duplicate", other=record_id(ONE, 1))
    assert record(store, ONE, 2).status is RowStatus.DUPLICATE
    assert store.decisions()[-1].why == f"of {record_id(ONE, 1)}"


def test_an_unknown_verb_is_refused(ann: TestClient, store: Store) -> None:
    assert decide(ann, CODE, verb="explode").status_code == 422
    assert store.decisions() == ()


def test_tab_saves_what_was_typed_and_stays_in_the_row(ann: TestClient, store: Store) -> None:
    answer = decide(ann, CODE, value="K1A 0B7", go="phone")
    assert answer.headers["location"] == f"/field/{ONE}/2/phone"
    assert value(store, ONE, 2, "postal_code") == "K1A 0B7"


def test_skipping_decides_nothing_and_turns_to_another_card(ann: TestClient, store: Store) -> None:
    answer = decide(ann, CODE, verb="skip")
    assert desk(ann).leases.holder((ONE, 2, "postal_code")) is None
    assert answer.status_code == 303 and answer.headers["location"] != CODE
    assert store.decisions() == ()


def test_a_question_for_a_supervisor_takes_the_field_out_of_the_queue(
    ann: TestClient, store: Store
) -> None:
    decide(ann, f"/field/{ONE}/5/email?field=email", verb="refer", note="whose is it?")
    assert store.decisions() == ()
    assert ann.get("/next?field=email", follow_redirects=False).status_code == 200


def test_undo_shows_the_card_again_as_it_was(ann: TestClient, store: Store) -> None:
    decide(ann, CODE, value="K1A 0B7")
    answer = post(ann, "/undo")
    assert answer.headers["location"] == CODE
    assert value(store, ONE, 2, "postal_code") == "K1A 0B1"
    assert "postal_code" in record(store, ONE, 2).review_fields


def test_undo_with_nothing_to_undo_stays_on_the_card(ann: TestClient) -> None:
    answer = post(ann, "/undo", here=f"{ONE}/2/postal_code")
    assert answer.headers["location"] == CODE


def test_who_decided_before_is_told(ann: TestClient) -> None:
    decide(ann, CODE, value="K1A 0B7")
    page = ann.get(CODE).text
    assert "Ann wrote “K1A 0B7” for “K1A 0B1”" in page
    assert 'action="/second/ask"' in page


# --- two people


def test_a_field_decided_meanwhile_is_not_overwritten(ann: TestClient, store: Store) -> None:
    page = ann.get(CODE).text
    stand = re.search(r'name="stand" value="(\d+)"', page)
    assert stand is not None
    bob = TestClient(ann.app, base_url="http://testserver")
    sign_in(bob, "Bob")
    decide(bob, CODE, value="K1A 0B7")
    answer = post(ann, CODE, value="K7A 0B1", stand=stand[1])
    assert answer.status_code == 422
    assert "Bob decided this field" in answer.text
    assert "K1A 0B7" in answer.text and "K7A 0B1" in answer.text
    assert value(store, ONE, 2, "postal_code") == "K1A 0B7"
    # Ann looks, and insists.
    again = re.search(r'name="stand" value="(\d+)"', answer.text)
    assert again is not None
    post(ann, CODE, value="K7A 0B1", stand=again[1])
    assert value(store, ONE, 2, "postal_code") == "K7A 0B1"


def test_a_card_from_before_the_rows_were_put_right_decides_nothing(
    ann: TestClient, store: Store
) -> None:
    """What was typed for one signer must not land on the one whose row has that number now."""
    path = f"/field/{ONE}/2/name"
    first, _ = invented_pages()
    before, after = geometry_of([200, 260, 320, 380]), geometry_of([140, 200, 260, 320, 380])
    store.save_page(replace(first, geometry=before), "settings-1")
    page = ann.get(path).text
    old = dict(re.findall(r'name="(stand|rows)" value="(\w*)"', page))
    assert old["rows"]
    moved = replace(
        first, geometry=after, rows=tuple(replace(r, row=r.row + 1) for r in first.rows)
    )
    edit = store.edit_page(ONE, PageEdit(), "Bob")
    store.save_edited(moved, "settings-1", edit=edit, who="Bob")
    desk(ann).show_anew((ONE,))
    whose = value(store, ONE, 2, "name")
    for fields in ({"value": "Bo Lee"}, {"verb": "struck"}, {"verb": "blank"}):
        answer = post(ann, path, **old, **fields)
        assert answer.status_code == 422
        assert "rows of this page" in answer.text
    assert store.decisions() == ()
    assert value(store, ONE, 2, "name") == whose
    # Ann looks whose row it is now, and insists.
    now = dict(re.findall(r'name="(stand|rows)" value="(\w*)"', answer.text))
    post(ann, path, value="Bo Lee", **now)
    assert value(store, ONE, 2, "name") == "Bo Lee"


def test_a_field_that_another_has_open_says_so(ann: TestClient) -> None:
    ann.get(CODE)
    bob = TestClient(ann.app, base_url="http://testserver")
    sign_in(bob, "Bob")
    assert "Ann has this field open too." in bob.get(CODE).text
    assert bob.get("/next?field=postal_code", follow_redirects=False).status_code == 200


def test_an_open_card_renews_its_lease(ann: TestClient) -> None:
    answer = post(ann, f"{CODE}/lease")
    assert answer.status_code == 204
    assert desk(ann).leases.holder((ONE, 2, "postal_code")) == "Ann"


def test_the_grammar_answers_while_one_types(ann: TestClient) -> None:
    answer = post(ann, f"{CODE}/check", value="K9Z 1A1")
    assert 'class="check bad"' in answer.text
    assert "No postal code in use begins like this." in answer.text


# --- rows


def pairs(folder: Path) -> None:
    """A sheet on which row 2 goes on in row 3, and row 4 repeats row 1."""
    page = page_result(
        page_ref("three", source_file="scans/c.pdf"),
        row(1, "Ana Roy"),
        replaced(
            row(2, "Jo", review="name"),
            doubtful("name", "Jo", 0.4, reason=""),
            field("phone", ""),
            field("email", ""),
        ),
        replaced(row(3, "Blake", signature="absent"), field("postal_code", "K1A 0B7")),
        replaced(
            row(4, "Ana Roi", review="name"),
            doubtful("name", "Ana Roi", 0.9, reason="duplicate-suspect"),
        ),
        SignerRow(
            5,
            RowStatus.STRUCK,
            tuple(row(5, "Cy Ash", review="name").fields),
            (Finding("row", "struck"),),
        ),
        reasons=("same-hand:1,2,3,4",),
    )
    with Store.open(folder / "digitizer.db") as store:
        fill(store, folder, page)
        store.save_repeats(
            [
                Repeat(
                    record_id(page.sheet_id, 4),
                    record_id(page.sheet_id, 1),
                    0.8,
                    certain=False,
                    evidence=(("given", 0.01), ("phone", None)),
                )
            ]
        )


THREE = sheet_id(page_ref("three").sha256, 1)


@pytest.fixture
def workspace(workspace: Path) -> Path:
    """The invented workspace with the sheet of ``pairs``."""
    pairs(workspace)
    return workspace


def test_a_possible_repeat_shows_both_rows_and_what_agrees(ann: TestClient, store: Store) -> None:
    page = ann.get(f"/field/{THREE}/4/name").text
    assert "This person may have signed before." in page
    assert "same first name" in page and "same phone" in page
    assert f'name="other" value="{record_id(THREE, 1)}"' in page
    decide(ann, f"/field/{THREE}/4/name", verb="duplicate", other=record_id(THREE, 1))
    assert record(store, THREE, 4).status is RowStatus.DUPLICATE


def test_the_two_commands_about_repeats_have_a_key_each(ann: TestClient) -> None:
    page = ann.get(f"/field/{THREE}/4/name").text
    commands = re.findall(
        r'<(?:a|button)[^>]*data-key="([^"]+)"[^>]*>(?:<kbd.*?</kbd>)?([^<]*)', page
    )
    by_key: dict[str, set[str]] = {}
    for key, label in commands:
        by_key.setdefault(key, set()).add(label.strip())
    assert by_key["o"] == {"Same person: count once"}
    assert by_key["r"] == {"Repeats another row …"}


def test_who_is_counted_nowhere_is_told_and_asked_about(ann: TestClient, store: Store) -> None:
    first, second = record_id(THREE, 1), record_id(THREE, 4)
    decide(ann, f"/field/{THREE}/4/name", verb="duplicate", other=first)
    path = f"/field/{THREE}/1/name"
    csrf, headers = token(ann), {"HX-Request": "true"}
    asked = {"verb": "duplicate", "other": second, "csrf": csrf}
    answer = ann.post(path, data=asked, headers=headers)
    assert (
        f"The row as a whole saved. But now no row of this person counts: {first} waits"
        in answer.text
    )
    assert record(store, THREE, 1).status is RowStatus.REVIEW
    assert desk(ann).queue.get((THREE, 1, "status")) is not None
    page = ann.get(f"/field/{THREE}/1/status").text
    question = page.partition('class="panel question"')[2].partition("</section>")[0]
    assert "this person is counted nowhere" in question
    assert "Row 4" in question and "Ana Roi" in question
    assert "Same person: count once" not in question
    decide(ann, f"/field/{THREE}/1/status", verb="keep")
    assert record(store, THREE, 1).status is RowStatus.COUNTED
    assert desk(ann).queue.get((THREE, 1, "status")) is None


def test_two_people_of_one_name_both_count(ann: TestClient, store: Store) -> None:
    decide(ann, f"/field/{THREE}/4/name", verb="keep")
    kept = record(store, THREE, 4)
    assert (kept.status, kept.review_fields) == (RowStatus.COUNTED, ())
    assert desk(ann).queue.get((THREE, 4, "name")) is None


def test_a_doubtful_strike_is_asked_about(ann: TestClient, store: Store) -> None:
    page = ann.get(f"/field/{THREE}/5/name").text
    assert "The row may be crossed out." in page
    assert "Not crossed out: it counts" in page
    decide(ann, f"/field/{THREE}/5/name", verb="struck")
    assert record(store, THREE, 5).status is RowStatus.STRUCK
    assert desk(ann).queue.get((THREE, 5, "name")) is None


def test_a_row_that_is_not_crossed_out_shows_what_else_is_doubtful(
    ann: TestClient, store: Store
) -> None:
    decide(ann, f"/field/{THREE}/5/name", verb="keep")
    assert record(store, THREE, 5).status is RowStatus.COUNTED
    page = ann.get(f"/field/{THREE}/5/name").text
    assert "The row may be crossed out." not in page


def test_signatures_of_one_hand_are_pointed_out_with_their_picture(
    ann: TestClient, workspace: Path
) -> None:
    page = ann.get(f"/field/{THREE}/2/name").text
    assert "rows 1, 2, 3, 4" in page and "/pictures/same-hand/" not in page
    draw(workspace / "pages" / f"{THREE}_same-hand.png", "signatures", (400, 300))
    page = ann.get(f"/field/{THREE}/2/name").text
    assert f'src="/pictures/same-hand/{THREE}.png"' in page


def test_the_question_of_repeats_offers_the_rows_of_the_sheet(ann: TestClient) -> None:
    page = ann.get(f"/field/{THREE}/2/name?panel=repeats").text
    assert "Which row does it repeat?" in page
    for number in (1, 3, 4):
        assert f'name="other" value="{record_id(THREE, number)}"' in page


def test_one_person_over_two_rows_becomes_one_row_and_one_undo_parts_them(
    ann: TestClient, store: Store
) -> None:
    page = ann.get(f"/field/{THREE}/2/name?panel=merge").text
    assert 'name="merged-name" value="Jo Blake"' in page
    before = {r.record_id: r for r in store.records()}
    decide(
        ann,
        f"/field/{THREE}/2/name",
        verb="merge",
        beside="3",
        **{"merged-name": "Jo Blake", "merged-phone": "613-555-0123"},
    )
    merged = record(store, THREE, 2)
    told = {v.field: v.value for v in merged.fields}
    assert (told["name"], told["phone"]) == ("Jo Blake", "613-555-0123")
    assert record_id(THREE, 3) not in {r.record_id for r in store.records()}
    post(ann, "/undo")
    assert {r.record_id: r for r in store.records()} == before


def test_the_row_to_merge_with_is_the_one_that_lacks_what_this_one_has(store: Store) -> None:
    here = place(store, THREE, 3, "name")
    found = _merging(here)
    assert found is not None and found[0] == 4
    lacks = Finding("phone", OVER_TWO_ROWS)
    records = [
        replace(r, fields=tuple(replace(v, findings=(lacks,)) for v in r.fields))
        if r.row == 2
        else r
        for r in here.records
    ]
    found = _merging(replace(here, records=tuple(records)))
    assert found is not None and found[0] == 2


def test_two_people_in_one_row_become_two_rows(ann: TestClient, store: Store) -> None:
    page = ann.get(f"/field/{THREE}/2/name?panel=split").text
    assert "The second person goes into row 6" in page
    decide(
        ann,
        f"/field/{THREE}/2/name",
        verb="split",
        **{"first-name": "Jo", "second-name": "Kim", "second-signature": "present"},
    )
    assert value(store, THREE, 6, "name") == "Kim"
    post(ann, "/undo")
    assert record_id(THREE, 6) not in {r.record_id for r in store.records()}


def test_the_list_of_keys_is_a_page_too(ann: TestClient) -> None:
    assert "Alt" in ann.get("/keys").text


# --- verbs, without pages


def place(store: Store, sheet: str, number: int, name: str) -> Place:
    found, records = store.listed((sheet,))[sheet]
    return Place(found, tuple(records), number, name)


def test_several_decisions_of_one_verb_are_one_batch(store: Store) -> None:
    made = verbs.decisions_for(
        place(store, THREE, 2, "name"), Wish(Verb.MERGE, beside=3), "Ann", "en"
    )
    assert len(made) > 1
    assert len({d.batch for d in made}) == 1 and made[0].batch


def test_merging_without_looking_changes_only_what_gaps_there_were(store: Store) -> None:
    made = verbs.decisions_for(
        place(store, THREE, 2, "name"), Wish(Verb.MERGE, beside=3), "Ann", "en"
    )
    assert {d.field for d in made} == {"name", "address", "phone", "email", "status"}


def test_a_ditto_in_the_signature_means_there_is_none(store: Store) -> None:
    made = verbs.decisions_for(place(store, TWO, 2, "signature"), Wish(Verb.DITTO), "Ann", "en")
    assert [d.after for d in made] == ["absent"]


def test_the_mark_of_a_ditto_is_no_doubt_of_the_value_taken(store: Store) -> None:
    found = record(store, ONE, 2).get("postal_code")
    assert found is not None and found.mark is Mark.NONE


def test_where_letters_are_typed_the_keys_shown_are_those_with_alt(ann: TestClient) -> None:
    """A bare letter goes into the line there, in the place of the doubtful one."""

    def keys(path: str) -> list[str]:
        # The list of keys below says itself when each works.
        return re.findall(r"<kbd[^>]*>([^<]*)</kbd>", ann.get(path).text.partition("<dialog")[0])

    assert {"Alt X", "Alt L", "Alt P", "Alt I", "F1"} <= set(keys(CODE))
    assert [key for key in keys(CODE) if len(key) == 1 and key.isalpha()] == []
    assert {"X", "L", "P", "1"} <= set(keys(f"/field/{TWO}/2/signature"))


def test_a_sheet_of_an_own_definition_is_shown_by_what_the_workspace_keeps(
    ann: TestClient, store: Store
) -> None:
    """Installed definitions alone were asked: its dates were taken in the English order."""
    installed = resources.files("digitizer.forms").joinpath("amnesty-canada-fr.toml")
    text = installed.read_text(encoding="utf-8").replace('"amnesty-canada-fr"', '"ours-fr"')
    store.write(lambda c: definitions.join(c, [text], [text], with_kept=False))
    store.save_page(replace(invented_pages()[0], form="ours-fr"), "settings-1")
    box = f"/field/{ONE}/0/date_collected"
    assert re.search(r'<q lang="fr">Date', ann.get(box).text)
    decide(ann, box, verb="accept", value="3/4/2026")
    (sheet, _), *_ = store.listing()
    collected = sheet.get("date_collected")
    assert collected is not None and collected.value == "2026-04-03"
