"""The first page and the sample of accepted fields: numbers, words, plots."""

import html
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_pages import field, page_ref, page_result, row
from playwright.sync_api import Browser
from review_pages import Served, axe_violations, change, fill, invented_pages, sign_in, visit
from starlette.testclient import TestClient

from digitizer.counting import sampling
from digitizer.counting.reliability import Judged, bins
from digitizer.profiles.profiles import parse_profile
from digitizer.records import FieldKind, RowStatus, SheetStatus
from digitizer.review import numbers, plots
from digitizer.review.app import create_app
from digitizer.review.board import Boards
from digitizer.review.desk import Desk
from digitizer.review.home import pace_of
from digitizer.review.samples import draw_fields
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace.decisions import Action, Decision

SIGNED = "name"


def shown(text: str) -> str:
    """What stands on a page, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_the_first_page_tells_count_interval_and_what_waits(ann: TestClient, store: Store) -> None:
    page = ann.get("/").text
    said = shown(page)
    assert "signatures will count once a person has looked at everything" in said
    waiting = sum(len(r.review_fields) for r in store.records())
    waiting += sum(len(s.review_fields) for s, _ in store.listing())
    assert f"{waiting} fields wait for a person" in said
    rows = sum(r.status is RowStatus.REVIEW for r in store.records())
    boxes = sum(bool(s.review_fields) for s, _ in store.listing())
    assert f"Rows: {rows}. Collector boxes: {boxes}." in said
    queue = shown(ann.get("/queue").text)
    assert f"{waiting} fields wait, in {rows} rows; collector boxes: {boxes}" in queue
    assert "Not measured yet" in said
    assert 'class="bracket"' in page


def test_names_from_the_sheets_are_escaped_wherever_they_stand(
    store: Store, workspace: Path, client: TestClient
) -> None:
    evil = "<script>alert('x')</script>"
    fill(
        store,
        workspace,
        page_result(
            page_ref("evil", source_file=f"{evil}.pdf"),
            row(1, "Al", review="name"),
            petition=evil,
            collector=(field("collector_name", evil), field("event_location", evil)),
        ),
    )
    with TestClient(create_app(store, workspace, hosts=("testserver",))) as again:
        sign_in(again, "Ann")
        page = again.get("/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_numbers_alone_are_asked_for_by_and_by(ann: TestClient) -> None:
    answer = ann.get("/numbers", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert 'id="numbers"' in answer.text
    assert "<html" not in answer.text


def test_before_there_are_numbers_the_page_says_so(
    ann: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Boards, "latest", lambda self: None)
    said = shown(ann.get("/").text)
    assert "The numbers are being worked out" in said
    assert ann.get("/numbers?first=1").status_code == 200
    monkeypatch.undo()
    assert ann.get("/numbers?first=1").headers["HX-Refresh"] == "true"


def test_a_decision_shows_at_once(ann: TestClient, store: Store) -> None:
    desk: Desk = ann.app.state.desk  # type: ignore[attr-defined]
    before = desk.overview.totals()
    sheet = next(s for s, _ in store.listing())
    desk.decide([Decision(sheet.sheet_id, 1, SIGNED, Action.CONFIRM, "Ana Roy", "Ana Roy", "Ann")])
    after = desk.overview.totals()
    assert after.decided == before.decided + 1
    assert "Fields decided so far: 1." in shown(ann.get("/").text)


def test_a_minimum_of_the_profile_is_told(ann: TestClient, store: Store, workspace: Path) -> None:
    store.set_profile(
        parse_profile('[profile]\nname = "ours"\n[petition]\nminimum_signatures = 500\n', "ours")
    )
    with TestClient(create_app(store, workspace, hosts=("testserver",))) as again:
        sign_in(again, "Ann")
        said = shown(again.get("/").text)
    assert "of the 500 signatures needed are counted. Cannot be reached" in said


def test_french_numbers_and_words(ann: TestClient) -> None:
    change(ann, "/language", language="fr", next="/")
    said = shown(ann.get("/").text)
    assert "champs attendent une personne" in said
    assert "Sans intervention" in said
    assert "Nobody had to look" not in said


def test_pace_is_told_after_some_decisions(ann: TestClient) -> None:
    desk: Desk = ann.app.state.desk  # type: ignore[attr-defined]
    assert pace_of(desk, 100) is None
    name = next(iter(desk.overview.accepted()))[0]
    desk.store.decide(
        [
            Decision(name, 1, SIGNED, Action.SET, "a", "b", "Ann", seconds=4.0 if n else 4000.0)
            for n in range(20)
        ]
    )
    pace = pace_of(desk, 100)
    assert pace is not None
    assert pace.today
    # Who was away for an hour did not work for an hour.
    assert pace.each_s == pytest.approx((19 * 4 + 300) / 20)
    assert pace.left_s == pytest.approx(100 * pace.each_s)


def test_a_large_board_is_shown_as_it_was_while_the_next_is_worked_out(
    ann: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk: Desk = ann.app.state.desk  # type: ignore[attr-defined]
    boards = Boards(desk)
    real = desk.overview.totals

    may_end = threading.Event()
    may_end.set()

    def slow(**more: bool) -> object:
        time.sleep(0.2)  # so that it counts as slow
        assert may_end.wait(60)
        return real(**more)

    monkeypatch.setattr(desk.overview, "totals", slow)
    monkeypatch.setattr("digitizer.review.board.REST_S", 0.0)
    first = boards.latest()
    assert first is not None
    sheet = next(iter(desk.overview.accepted()))[0]
    desk.decide([Decision(sheet, 1, SIGNED, Action.CONFIRM, "Ana Roy", "Ana Roy", "Ann")])
    may_end.clear()
    assert boards.latest() is first
    may_end.set()
    end = time.monotonic() + 60
    while (board := boards.latest()) is None or board.totals.decided != 1:
        assert time.monotonic() < end, "the new numbers never came"
        time.sleep(0.02)


def test_what_happened_while_nobody_looked_is_shown_at_the_first_look(
    ann: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after `digitizer decide --from`: the page showed what had been before."""
    desk: Desk = ann.app.state.desk  # type: ignore[attr-defined]
    boards = Boards(desk)
    monkeypatch.setattr("digitizer.review.board.WAIT_S", -1.0)  # all numbers count as slow
    monkeypatch.setattr("digitizer.review.board.REST_S", 0.0)
    monkeypatch.setattr("digitizer.review.board.WAIT_STALE_S", 60.0)
    assert boards.latest() is not None
    sheet = next(iter(desk.overview.accepted()))[0]
    desk.decide([Decision(sheet, 1, SIGNED, Action.CONFIRM, "Ana Roy", "Ana Roy", "Ann")])
    board = boards.latest()
    assert board is not None
    assert board.totals.decided == 1


# Samples ---------------------------------------------------------------------


def drawn(ann: TestClient, size: int = 10) -> int:
    answer = change(ann, "/quality", size=str(size))
    assert answer.status_code == 303, answer.text  # type: ignore[attr-defined]
    return int(answer.headers["location"].rpartition("/")[2])  # type: ignore[attr-defined]


def test_a_sample_is_drawn_checked_and_measured(ann: TestClient, store: Store) -> None:
    number = drawn(ann, 10)
    sample = store.sample(number)
    assert len(sample.fields) == 10
    assert sample.population == len(sampling.accepted_fields(store.records()))
    for place in range(1, 11):
        page = ann.get(f"/quality/{number}?place={place}").text
        assert html.escape(sample.fields[place - 1].value) in page
        change(ann, f"/quality/{number}", place=str(place), right="1")
    said = shown(ann.get(f"/quality/{number}").text)
    assert "0 wrong of 10 checked" in said
    high = sampling.clopper_pearson(0, 10)[1]
    assert numbers.percent(high, "en") in said
    # The first page may show the numbers of a moment ago while new ones are added up.
    end = time.monotonic() + 60
    while "0 wrong of 10 checked" not in shown(ann.get("/").text):
        assert time.monotonic() < end, "the sample was never told"
        time.sleep(0.05)


def test_a_wrong_field_is_noted_and_the_record_corrected(ann: TestClient, store: Store) -> None:
    number = drawn(ann, 60)
    sample = store.sample(number)
    place = next(i for i, f in enumerate(sample.fields, 1) if f.field == "address")
    one = sample.fields[place - 1]
    change(ann, f"/quality/{number}", place=str(place), right_value="99 Other Road")
    again = store.sample(number).fields[place - 1]
    assert (again.right, again.right_value) == (False, "99 Other Road")
    record = next(r for r in store.records() if r.record_id == one.record_id)
    value = record.get("address")
    assert value is not None
    assert value.value == "99 Other Road"
    assert store.decisions()[-1].why == f"sample {number}"
    assert "99 Other Road" in ann.get(f"/quality/{number}?result").text


def test_wrong_without_saying_what_is_right_leaves_the_record(
    ann: TestClient, store: Store
) -> None:
    number = drawn(ann, 5)
    change(ann, f"/quality/{number}", place="1", right_value="")
    assert store.sample(number).fields[0].right is False
    assert store.decisions() == ()


def test_writing_what_was_read_is_no_error(ann: TestClient, store: Store) -> None:
    number = drawn(ann, 5)
    value = store.sample(number).fields[0].value
    answer = change(ann, f"/quality/{number}", place="1", right_value=f" {value} ")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert store.sample(number).fields[0].right is None


def test_what_a_field_cannot_hold_is_told_and_nothing_is_saved(
    ann: TestClient, store: Store
) -> None:
    number = drawn(ann, 60)
    fields = store.sample(number).fields
    place = next(i for i, f in enumerate(fields, 1) if f.field == "signature")
    answer = change(ann, f"/quality/{number}", place=str(place), right_value="scribble")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert store.sample(number).fields[place - 1].right is None


def test_fields_left_open_are_told(ann: TestClient) -> None:
    number = drawn(ann, 3)
    change(ann, f"/quality/{number}", place="2", right="1")
    assert "2 of the 3 drawn are still open" in shown(ann.get(f"/quality/{number}").text)


@pytest.mark.parametrize("size", ["0", "-3", "many", "", "99999999999999999999", "2001"])
def test_a_size_that_cannot_be_is_refused(ann: TestClient, size: str) -> None:
    answer = change(ann, "/quality", size=size)
    assert answer.status_code == 422  # type: ignore[attr-defined]


def test_a_sample_that_there_is_not_is_not_found(ann: TestClient) -> None:
    assert ann.get("/quality/77").status_code == 404


def test_the_browser_draws_as_the_command_does(ann: TestClient, store: Store) -> None:
    desk: Desk = ann.app.state.desk  # type: ignore[attr-defined]
    population = sampling.accepted_fields(store.records())
    wanted = sampling.draw_sample(population, 12, seed=7)
    assert draw_fields(desk, desk.overview.accepted(), 12, seed=7) == wanted


# Plots and numbers -----------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        (0, "0%", "0\u00a0%"),
        (1, "100%", "100\u00a0%"),
        (0.9999, "99.9%", "99,9\u00a0%"),
        (0.0042, "0.42%", "0,42\u00a0%"),
        (0.981, "98.1%", "98,1\u00a0%"),
        (None, "–", "–"),
    ],
)
def test_shares_are_written_as_people_do(value: float | None, english: str, french: str) -> None:
    assert numbers.percent(value, "en") == english
    assert numbers.percent(value, "fr") == french


def test_thousands_are_told_apart() -> None:
    assert numbers.number(1234567, "en") == "1,234,567"
    assert numbers.number(1234567, "fr") == "1\u202f234\u202f567"
    assert numbers.duration(45, "en") == "45\u00a0s"
    assert numbers.duration(3 * 3600 + 20 * 60, "fr") == "3\u00a0h\u00a020\u00a0min"


def words() -> plots.ReliabilityWords:
    return plots.ReliabilityWords(
        title="t",
        across="x",
        up="y",
        predicted="said",
        cases="n = {n}",
        percent=lambda share: f"{share:.0%}",
        number=lambda n: f"{n:.0f}",
    )


def test_a_reliability_plot_draws_share_interval_and_confidence() -> None:
    found = bins(Judged(FieldKind.NAME, 0.85, n % 10 != 0) for n in range(100))
    drawing = str(plots.reliability_plot((plots.Series("names", "one", found),), words()))
    assert "names: 90% (83%–94%), said 85%, n = 100" in drawing
    # Up is more: the share right lies above the confidence given.
    dot = float(re.findall(r'<circle cx="[\d.]+" cy="([\d.]+)"', drawing)[0])
    given = float(re.findall(r'class="given" x1="[\d.]+" y1="([\d.]+)"', drawing)[0])
    assert dot < given


def test_plots_need_no_style_and_no_script_and_escape_names() -> None:
    evil = '"><script>x</script>'
    bar = str(
        plots.stacked_bar(
            [plots.Part("counted", 3, evil), plots.Part("review", 1, evil)], evil, interval=(2, 4)
        )
    )
    tall = str(plots.columns([(evil, [plots.Part("counted", 3, evil)])], evil, evil, str))
    for drawing in (bar, tall):
        assert "<script" not in drawing
        assert "style=" not in drawing
        assert drawing.startswith("<svg") and drawing.endswith("</svg>")


def test_parts_of_a_bar_fill_it_in_proportion() -> None:
    drawing = str(
        plots.stacked_bar(
            [plots.Part("counted", 3, "a"), plots.Part("review", 1, "b")], "t", whole=8, width=800
        )
    )
    assert re.findall(r'part (\w+)" x="([\d.]+)" y="\d+" width="([\d.]+)"', drawing) == [
        ("counted", "0", "300"),
        ("review", "300", "100"),
    ]


@pytest.mark.parametrize("most", [0, 1, 3, 4, 5, 19, 20, 21, 99, 12345])
def test_an_axis_holds_what_it_shows_and_has_round_quarters(most: float) -> None:
    top = plots.nice_top(most)
    assert top >= most
    assert top == 4 or top < 2.6 * most
    assert top % 4 == 0


# In a browser ----------------------------------------------------------------


@pytest.fixture
def checked(workspace: Path) -> Iterator[Served]:
    """A server over a workspace in which something was reviewed and sampled."""
    with Store.open(workspace / DATABASE_FILE) as store:
        pages = invented_pages()
        decisions = [
            Decision(pages[0].sheet_id, 1, "name", Action.CONFIRM, "Ana Roy", "Ana Roy", "Bea"),
            Decision(pages[1].sheet_id, 1, "name", Action.SET, "Zoé Côté", "Zoé Coté", "Bea"),
        ]
        store.decide(decisions)
        population = sampling.accepted_fields(store.records())
        seed, drawn_ = sampling.draw_sample(population, 12, 3)
        number = store.save_sample(seed, len(population), drawn_)
        store.save_checks(number, "Bea", [(place, place != 3, "x") for place in range(1, 9)])
    running = Served(workspace)
    yield running
    running.close()


def test_axe_finds_nothing_on_the_pages_of_progress(browser: Browser, checked: Served) -> None:
    page = visit(browser, checked)
    for path in ("/", "/quality", "/quality/1", "/quality/1?result"):
        page.goto(path)
        assert axe_violations(page) == [], path


def test_the_first_page_fits_a_phone(browser: Browser, checked: Served) -> None:
    page = visit(browser, checked, viewport={"width": 375, "height": 800})
    for path in ("/", "/quality", "/quality/1"):
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 375, path


def test_a_sample_is_checked_with_enter_alone(browser: Browser, checked: Served) -> None:
    page = visit(browser, checked)
    page.goto("/quality/1")
    for done in range(9, 13):
        page.wait_for_selector("#right:focus")
        page.keyboard.press("Enter")
        page.wait_for_selector(f"text={done} of 12 checked")
    with Store.open(Path(checked.store.address.removeprefix("sqlite:///"))) as store:
        assert sampling.measure(store.sample(1)).checked == 12


def test_without_javascript_the_pages_show_and_save(browser: Browser, checked: Served) -> None:
    page = visit(browser, checked, java_script_enabled=False)
    page.goto("/")
    assert "fields wait" in page.inner_text("#numbers")
    page.goto("/quality/1")
    page.click("#right")
    assert "9 of 12 checked" in page.inner_text("#check")


@pytest.mark.parametrize(
    ("reasons", "filled", "waits"),
    [
        (("rows-guessed",), False, True),
        (("too-faint",), True, True),
        (("table-unread",), True, True),
        (("box-ink-unread",), True, True),
        (("signed-off-rows",), True, True),
        (("crossed-out",), True, True),
        # Rows wait themselves, and a sheet of none that are sure is as it is.
        (("rows-guessed",), True, False),
        ((), False, False),
    ],
)
def test_a_sheet_that_no_field_shows_is_led_to_from_where_people_look_for_work(
    store: Store,
    workspace: Path,
    reasons: tuple[str, ...],
    filled: bool,
    waits: bool,
) -> None:
    rows = (row(1, "Al", review="name"),) if filled else ()
    page = page_result(page_ref("lost", source_file="lost.png"), *rows)
    status = SheetStatus.REVIEW if reasons or filled else SheetStatus.READ
    fill(store, workspace, replace(page, reasons=reasons, status=status, rows_on_form=9))
    with TestClient(create_app(store, workspace, hosts=("testserver",))) as again:
        sign_in(again, "Ann")
        for path in ("/", "/queue"):
            assert ("Look at lost.png, page 1" in shown(again.get(path).text)) is waits
        found = re.search(r'href="(/sheet/[^"]+)">Look at lost', again.get("/queue").text)
        assert (found is not None) is waits
        if found is not None:
            assert again.get(found[1]).status_code == 200
