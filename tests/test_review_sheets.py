"""The list of sheets and one sheet, looked at and put right."""

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_pages import field, page_ref, page_result, row
from placed_pages import geometry_of
from playwright.sync_api import Browser, Page
from review_pages import Served, axe_violations, change, draw, fill, replaced, visit
from starlette.applications import Starlette
from starlette.testclient import TestClient

from digitizer.errors import StoreError
from digitizer.records import (
    NO_EDIT,
    BoxPlace,
    Failure,
    FieldValue,
    PageEdit,
    PageGeometry,
    PageResult,
    PageTask,
    SheetStatus,
    SignerRow,
)
from digitizer.review import csvfiles, rereading
from digitizer.review.boxspaces import EDGES
from digitizer.review.rereading import Job, Rereader, State
from digitizer.review.texts import load_texts
from digitizer.store import Store
from digitizer.workspace.decisions import Action, Decision
from digitizer.workspace.pagestore import StoredEdit
from digitizer.workspace.stored import Source

WAIT_S = 60.0
# Where the names are written on the invented page: the middle of each row as found.
COLLECTOR_Y = 980.0
INK = {230.0: "Ana Roy", 290.0: "Bo Li", 350.0: "Cy Wu", 410.0: "Di Fox"}


def read_ink(task: PageTask) -> PageResult:
    """Read the invented page: each row's names are those whose ink lies between its lines."""
    edit = task.edit
    if edit.not_a_sheet:
        return PageResult(
            task.ref, task.sheet_id, SheetStatus.UNRECOGNISED, reasons=("not-a-sheet",)
        )
    if edit.turn_deg == 180:
        failure = Failure("register", "unknown-form", "no known form fits this page")
        return PageResult(task.ref, task.sheet_id, SheetStatus.UNRECOGNISED, failure=failure)
    tops = [line[0][1] for line in edit.row_lines] or [200.0, 260.0, 320.0, 380.0, 440.0]
    geometry = geometry_of(tops)
    if edit.box and geometry.collector_box is not None:
        space = replace(geometry.collector_box.fields[0], polygon=edit.box[0].polygon)
        geometry = replace(geometry, collector_box=BoxPlace(edit.box[0].polygon, (space,)))
    rows: list[SignerRow] = []
    for place in geometry.rows:
        top, bottom = place.polygon[0][1], place.polygon[2][1]
        names = " ".join(name for y, name in INK.items() if top < y < bottom)
        if names:
            rows.append(replaced(row(place.row, names, review="name")))
    draw(Path(task.workspace) / "pages" / f"{task.sheet_id}.jpg", task.sheet_id, (850, 1100))
    return replace(
        page_result(task.ref, *rows, geometry=geometry, collector=_collector(geometry)),
        sheet_id=task.sheet_id,
        rotation_deg=0,
        rows_on_form=len(geometry.rows),
        form=edit.form or "fake-form",
    )


def _collector(geometry: PageGeometry) -> tuple[FieldValue, ...]:
    """The collector's name: another one where the space was moved over it."""
    box = geometry.collector_box
    assert box is not None
    (_, top), (_, bottom) = box.fields[0].polygon[0], box.fields[0].polygon[2]
    return (field("collector_name", "Léa Roy" if top < COLLECTOR_Y < bottom else "Ana Roy"),)


def put_page(store: Store, folder: Path) -> str:
    """A page whose scan lies beside the workspace; its sheet's name."""
    scan = folder / "scans" / "placed.png"
    draw(scan, "scan", (850, 1100))
    digest = hashlib.sha256(scan.read_bytes()).hexdigest()
    ref = replace(page_ref("placed", source_file="scans/placed.png"), sha256=digest)
    page = read_ink(PageTask(ref, f"{digest[:12]}-p1", str(folder), (), 0.005))
    fill(store, folder, page)
    run = store.start_run("settings-1", {"forms": [], "target_error": 0.01}, "0")
    store.register(run, "settings-1", [Source(ref.source_file, 1, digest, path=str(scan))])
    store.end_run(run, "done")
    return page.sheet_id


@pytest.fixture
def sheet(store: Store, workspace: Path) -> str:
    """The invented page in the invented workspace."""
    return put_page(store, workspace)


def rereader(client: TestClient) -> Rereader:
    """Who reads pages again behind a client, with ``read_ink``."""
    app = client.app
    assert isinstance(app, Starlette)
    found: Rereader = app.state.rereader
    found._function = read_ink
    return found


def take_in(client: TestClient, sheet: str) -> None:
    """Have the server see a sheet at once; it looks for news once a second."""
    app = client.app
    assert isinstance(app, Starlette)
    app.state.desk.refresh((sheet,))


def done(reader: Rereader, sheet: str) -> Job:
    """The sheet's job once it has ended."""
    end = time.monotonic() + WAIT_S
    while (job := reader.job(sheet)) is None or job.open:
        assert time.monotonic() < end, "the page was not read"
        time.sleep(0.01)
    return job


def numbers(page: str) -> dict[str, str]:
    """The numbers in a page's form."""
    found = re.findall(r'name="((?:row|column|corner|box)\.\w+\.\w+)"[^>]*value="([^"]*)"', page)
    return {name: value for name, value in found if not name.endswith(".delete")}


def seen(page: str) -> str:
    """The number of the last edit that a page knows of."""
    found = re.search(r'name="seen" value="(\d+)"', page)
    assert found is not None
    return found[1]


def save(client: TestClient, sheet: str, action: str, **other: str) -> Job:
    """Save an edit of a sheet as its page sends it; the job that follows, ended."""
    reader = rereader(client)
    page = client.get(f"/sheet/{sheet}?edit={action}").text
    fields = {"action": action, "seen": seen(page), **numbers(page), **other}
    answer = change(client, f"/sheet/{sheet}", **fields)
    assert getattr(answer, "status_code", 0) == 303, getattr(answer, "text", "")
    return done(reader, sheet)


def names(store: Store, sheet: str) -> dict[int, str]:
    """The names on a sheet, by row."""
    _, records = store.listed((sheet,))[sheet]
    found = {r.row: r.get("name") for r in records}
    return {number: value.value for number, value in found.items() if value is not None}


# Looking ------------------------------------------------------------------------


def test_the_list_names_every_sheet_with_what_waits_on_it(ann: TestClient, sheet: str) -> None:
    take_in(ann, sheet)
    page = ann.get("/sheets").text
    assert f'href="/sheet/{sheet}"' in page
    assert "3 of 3 sheets" in page
    assert "box-1.pdf" in page and "boîte-2.pdf" in page


def test_the_list_is_narrowed_by_file_and_by_state(ann: TestClient, sheet: str) -> None:
    take_in(ann, sheet)
    assert "1 of 3 sheets" in ann.get("/sheets?file=PLACED").text
    assert "0 of 3 sheets" in ann.get("/sheets?status=failed").text
    assert "2 of 3 sheets" in ann.get("/sheets?collector=Ana+Roy").text
    assert "1 of 3 sheets" in ann.get("/sheets?event=Montréal").text


def test_the_sheet_with_the_most_waiting_comes_first_on_request(
    ann: TestClient, sheet: str
) -> None:
    take_in(ann, sheet)
    page = ann.get("/sheets?order=most").text
    waiting = [int(n) for n in re.findall(r'<td class="number">(\d+)</td>', page)][1::2]
    assert len(waiting) == 3
    assert waiting == sorted(waiting, reverse=True) != waiting[::-1]


def test_a_long_list_comes_in_pages(ann: TestClient, store: Store, workspace: Path) -> None:
    pages = [page_result(page_ref(f"many {n}", source_file=f"m/{n}.pdf")) for n in range(120)]
    fill(store, workspace, *pages)
    time.sleep(1.1)
    first = ann.get("/sheets").text
    assert "122 of 122 sheets" in first and 'rel="next"' in first
    second = ann.get("/sheets?page=2").text
    assert len(re.findall(r'href="/sheet/', second)) == 22 and 'rel="prev"' in second


def test_a_sheet_shows_each_field_on_the_page_and_in_the_list(ann: TestClient, sheet: str) -> None:
    page = ann.get(f"/sheet/{sheet}").text
    assert page.count(f'href="/field/{sheet}/2/name"') == 2
    assert 'points="50,260 425,260 425,320 50,320"' in page
    assert f'src="/pictures/page/{sheet}.jpg"' in page


def test_a_field_that_waits_is_told_from_one_that_a_person_decided(
    ann: TestClient, store: Store, sheet: str
) -> None:
    store.decide([Decision(sheet, 2, "name", Action.CONFIRM, "Bo Li", "Bo Li", "Ann", seconds=1.0)])
    page = ann.get(f"/sheet/{sheet}").text
    assert 'class="chip waits" data-key="1-name"' in page
    assert 'class="chip decided" data-key="2-name"' in page
    assert 'class="cell decided" data-keys="2-name"' in page


def test_the_field_that_one_comes_from_is_marked(ann: TestClient, sheet: str) -> None:
    page = ann.get(f"/sheet/{sheet}?row=2&field=name").text
    assert 'class="chip waits here" data-key="2-name"' in page
    assert 'class="cell waits here" data-keys="2-name"' in page
    assert page.count(' here"') == 2


def test_signatures_of_one_hand_are_shown_where_there_is_a_picture(
    ann: TestClient, store: Store, workspace: Path
) -> None:
    page = page_result(page_ref("hand"), row(1, "Al"), reasons=("same-hand:1,4",))
    fill(store, workspace, page)
    assert "one writer" not in ann.get(f"/sheet/{page.sheet_id}").text
    url = f"/pictures/same-hand/{page.sheet_id}.png"
    assert ann.get(url).status_code == 404
    draw(workspace / "pages" / f"{page.sheet_id}_same-hand.png", "hands", (200, 80))
    shown = ann.get(f"/sheet/{page.sheet_id}").text
    assert 'id="same-hand"' in shown and "Rows 1, 4." in shown
    assert ann.get(url).status_code == 200


def test_signers_text_is_escaped_on_the_sheet(ann: TestClient, store: Store) -> None:
    name = next(s.sheet_id for s in store.sheets() if s.source_file == "scans/box-1.pdf")
    page = ann.get(f"/sheet/{name}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_sheet_read_before_geometry_was_kept_says_what_to_do(
    ann: TestClient, store: Store
) -> None:
    name = next(s.sheet_id for s in store.sheets() if s.source_file == "scans/box-1.pdf")
    page = ann.get(f"/sheet/{name}").text
    assert "Read it again to see and change them" in page
    assert "Fix the rows" not in page


def test_a_sheet_that_is_not_there_is_404(ann: TestClient) -> None:
    assert ann.get("/sheet/000000000000-p1").status_code == 404
    answer = change(ann, "/sheet/000000000000-p1", action="rows", seen="0")
    assert getattr(answer, "status_code", 0) == 404


def test_the_sheet_speaks_french(ann: TestClient, sheet: str) -> None:
    change(ann, "/language", language="fr", next="/")
    page = ann.get(f"/sheet/{sheet}?edit=rows").text
    assert "Enregistrer et relire" in page and "Corriger la page" in page


# Putting right ------------------------------------------------------------------


def test_a_row_line_that_was_moved_gives_other_rows(
    ann: TestClient, store: Store, sheet: str
) -> None:
    # The second line is put below Bo's ink: the first row holds two people now.
    job = save(ann, sheet, "rows", **{"row.1.first": "300", "row.1.last": "300"})
    assert job.state is State.DONE, job
    assert names(store, sheet)[1] == "Ana Roy Bo Li"
    assert 2 not in names(store, sheet)
    edit = store.page_edits(sheet)[-1]
    assert edit.who == "Ann"
    assert edit.edit.form == "fake-form" and edit.edit.turn_deg == 0
    assert [line[0][1] for line in edit.edit.row_lines] == [200, 300, 320, 380, 440]


def test_decisions_follow_their_rows_past_a_deleted_line(
    ann: TestClient, store: Store, sheet: str
) -> None:
    store.decide([Decision(sheet, 3, "name", Action.SET, "Cy Wu", "Cy Woo", "Bo", seconds=2.0)])
    job = save(ann, sheet, "rows", **{"row.1.delete": "1"})
    assert job.carried.moved == 1
    assert names(store, sheet) == {1: "Ana Roy Bo Li", 2: "Cy Woo", 3: "Di Fox"}
    assert "moved with their rows: 1" in ann.get(f"/sheet/{sheet}").text
    back = save(ann, sheet, "restore", edit="0")
    assert back.carried.moved == 1
    assert names(store, sheet) == {1: "Ana Roy", 2: "Bo Li", 3: "Cy Woo", 4: "Di Fox"}


def test_an_edit_is_taken_back_and_used_again(ann: TestClient, store: Store, sheet: str) -> None:
    save(ann, sheet, "rows", **{"row.1.delete": "1"})
    first = store.page_edits(sheet)[-1]
    save(ann, sheet, "restore", edit="0")
    assert store.page_edits(sheet)[-1].edit == NO_EDIT
    assert len(names(store, sheet)) == 4
    save(ann, sheet, "restore", edit=str(first.id))
    assert store.page_edits(sheet)[-1].edit == first.edit
    assert len(names(store, sheet)) == 3
    assert len(store.page_edits(sheet)) == 3


def test_a_form_sent_back_untouched_is_no_edit(ann: TestClient, store: Store, sheet: str) -> None:
    page = ann.get(f"/sheet/{sheet}?edit=rows").text
    answer = change(ann, f"/sheet/{sheet}", action="rows", seen="0", **numbers(page))
    assert getattr(answer, "status_code", 0) == 303
    assert store.page_edits(sheet) == ()


def test_decisions_wait_while_a_page_is_no_sheet_and_come_back_with_it(
    ann: TestClient, store: Store, sheet: str
) -> None:
    store.decide([Decision(sheet, 3, "name", Action.SET, "Cy Wu", "Cy Woo", "Bo", seconds=2.0)])
    save(ann, sheet, "page", not_a_sheet="1")
    listed, records = store.listed((sheet,))[sheet]
    assert (listed.status, records) == (SheetStatus.UNRECOGNISED, ())
    assert "no petition sheet" in ann.get(f"/sheet/{sheet}").text
    save(ann, sheet, "page")
    assert names(store, sheet)[3] == "Cy Woo"


def test_a_turned_page_forgets_lines_and_keeps_decisions_for_later(
    ann: TestClient, store: Store, sheet: str
) -> None:
    store.decide([Decision(sheet, 2, "name", Action.SET, "Bo Li", "Bo Lee", "Bo", seconds=2.0)])
    save(ann, sheet, "rows", **{"row.3.delete": "1"})
    save(ann, sheet, "page", turn="180")
    edit = store.page_edits(sheet)[-1].edit
    assert (edit.turn_deg, edit.row_lines, edit.columns) == (180, (), ())
    assert names(store, sheet) == {}
    save(ann, sheet, "restore", edit="0")
    assert names(store, sheet)[2] == "Bo Lee"


def test_a_page_of_no_known_form_says_which_it_is_near_to(
    ann: TestClient, store: Store, workspace: Path
) -> None:
    failure = Failure("register", "unknown-form", "no known form fits this page")
    page = page_result(page_ref("other"), status=SheetStatus.UNRECOGNISED, failure=failure)
    named = ("unknown-form", "nearest:parks-2026", "nearest:rivers")
    fill(store, workspace, replace(page, reasons=named))
    take_in(ann, page.sheet_id)
    english = ann.get(f"/sheet/{page.sheet_id}").text
    assert "No known form fits this page." in english
    assert "Of the known forms it is nearest to: parks-2026, rivers." in english
    french = ann.get(f"/sheet/{page.sheet_id}", headers={"accept-language": "fr"}).text
    assert "elle ressemble le plus à : parks-2026, rivers." in french


def test_another_form_is_chosen_among_those_there_are(
    ann: TestClient, store: Store, sheet: str
) -> None:
    save(ann, sheet, "page", form="amnesty-canada-fr")
    assert store.page_edits(sheet)[-1].edit.form == "amnesty-canada-fr"
    answer = change(ann, f"/sheet/{sheet}", action="page", seen="1", form="../evil", turn="0")
    assert getattr(answer, "status_code", 0) == 422


def test_a_grid_laid_over_a_page_holds_as_it_is_sent(
    ann: TestClient, store: Store, sheet: str
) -> None:
    reader = rereader(ann)
    failure = Failure("register", "grid-not-found", "the table cannot be seen")

    def lay(task: PageTask) -> PageResult:
        found = read_ink(task)
        if task.edit.row_lines:
            return found
        return replace(
            found,
            status=SheetStatus.UNRECOGNISED,
            rows=(),
            rows_on_form=None,
            failure=failure,
            geometry=geometry_of([200, 260, 320]),
        )

    reader._function = lay
    number = store.edit_page(sheet, PageEdit(form="fake-form"), "Ann")
    reader.submit(sheet, store.page_edits(sheet)[-1])
    done(reader, sheet)
    page = ann.get(f"/sheet/{sheet}?edit=rows").text
    assert "A grid lies over it now" in page and "Blank rows" not in page
    change(ann, f"/sheet/{sheet}", action="rows", seen=str(number), **numbers(page))
    done(reader, sheet)
    assert names(store, sheet) == {1: "Ana Roy", 2: "Bo Li"}


@pytest.mark.parametrize("words", [("rows-guessed",), ("too-faint", "box-ink-unread")])
def test_rows_in_doubt_hold_as_they_lie_once_somebody_saves_them(
    ann: TestClient, store: Store, sheet: str, words: tuple[str, ...]
) -> None:
    """Of a sheet on which nothing else waits: no row of it seems filled."""
    reader = rereader(ann)

    def doubt(task: PageTask) -> PageResult:
        found = replace(read_ink(task), rows=(), collector=())
        if task.edit.row_lines:
            return replace(found, status=SheetStatus.BLANK)
        return replace(found, status=SheetStatus.REVIEW, reasons=words)

    reader._function = doubt
    number = store.edit_page(sheet, PageEdit(form="fake-form"), "Ann")
    reader.submit(sheet, store.page_edits(sheet)[-1])
    done(reader, sheet)
    assert store.listed((sheet,))[sheet][0].status is SheetStatus.REVIEW
    shown = ann.get(f"/sheet/{sheet}").text
    assert all(load_texts()[f"sheet.why-{word}"]["en"] in shown for word in words)
    page = ann.get(f"/sheet/{sheet}?edit=rows").text
    assert "save them as they lie" in page
    change(ann, f"/sheet/{sheet}", action="rows", seen=str(number), **numbers(page))
    done(reader, sheet)
    edit = store.page_edits(sheet)[-1].edit
    assert len(edit.row_lines) == 5
    assert store.listed((sheet,))[sheet][0].status is SheetStatus.BLANK
    assert "save them as they lie" not in ann.get(f"/sheet/{sheet}?edit=rows").text


def read_again(ann: TestClient, store: Store, sheet: str, reason: str) -> None:
    """Have a sheet read again, with a reason said of it."""
    reader = rereader(ann)
    reader._function = lambda task: replace(read_ink(task), reasons=(reason,))
    store.edit_page(sheet, PageEdit(form="fake-form"), "Ann")
    reader.submit(sheet, store.page_edits(sheet)[-1])
    done(reader, sheet)


def test_the_csv_files_follow_a_page_that_was_read_again(
    ann: TestClient, store: Store, sheet: str, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They held the rows of before until somebody decided something."""
    monkeypatch.setattr(csvfiles, "WRITE_AFTER_S", 0.05)
    file = workspace / "sheets.csv"
    read_again(ann, store, sheet, "rows-guessed")
    end = time.monotonic() + 20
    while not (file.exists() and "rows-guessed" in file.read_text("utf-8-sig")):
        assert time.monotonic() < end, "sheets.csv does not follow"
        time.sleep(0.05)


def test_a_sheet_of_guessed_rows_waits_until_each_of_its_rows_was_seen(
    ann: TestClient, store: Store, sheet: str
) -> None:
    read_again(ann, store, sheet, "rows-guessed")
    waiting = names(store, sheet)
    for number, name in waiting.items():
        assert store.listed((sheet,))[sheet][0].status is SheetStatus.REVIEW
        store.decide([Decision(sheet, number, "name", Action.CONFIRM, name, name, "Ann")])
    assert waiting and store.listed((sheet,))[sheet][0].status is SheetStatus.READ


def test_a_faint_sheet_waits_whatever_is_decided_of_what_was_read(
    ann: TestClient, store: Store, sheet: str
) -> None:
    read_again(ann, store, sheet, "too-faint")
    for number, name in names(store, sheet).items():
        store.decide([Decision(sheet, number, "name", Action.CONFIRM, name, name, "Ann")])
    shown, records = store.listed((sheet,))[sheet]
    assert not any(record.review_fields for record in records)
    assert shown.status is SheetStatus.REVIEW


def test_a_space_of_the_collector_box_that_was_moved_gives_another_reading(
    ann: TestClient, store: Store, sheet: str
) -> None:
    page = ann.get(f"/sheet/{sheet}?edit=rows").text
    assert numbers(page)["box.0.top"] == "910" and numbers(page)["box.0.bottom"] == "960"
    save(ann, sheet, "rows", **{"box.0.top": "950", "box.0.bottom": "1000,5"})
    edit = store.page_edits(sheet)[-1].edit
    assert [one.field for one in edit.box] == ["collector_name"]
    assert edit.box[0].polygon == ((60, 950), (700, 950), (700, 1000.5), (60, 1000.5))
    assert edit.row_lines == () and edit.form == "fake-form"
    box = store.listed((sheet,))[sheet][0].get("collector_name")
    assert box is not None and box.value == "Léa Roy"
    assert "collector box" in ann.get(f"/sheet/{sheet}").text
    # It stays as it was drawn when rows are put right afterwards.
    save(ann, sheet, "rows", **{"row.1.delete": "1"})
    edit = store.page_edits(sheet)[-1].edit
    assert edit.box and len(edit.row_lines) == 4


def test_decisions_on_the_collector_box_outlive_its_new_place(
    ann: TestClient, store: Store, sheet: str
) -> None:
    decided = Decision(sheet, 0, "collector_name", Action.SET, "Ana Roy", "Zoé Roy", "Ann")
    store.decide((decided,))
    save(ann, sheet, "rows", **{"box.0.top": "950", "box.0.bottom": "1000"})
    box = store.listed((sheet,))[sheet][0].get("collector_name")
    assert box is not None and box.value == "Zoé Roy"


@pytest.mark.parametrize(
    ("edge", "text"), [("bottom", "915"), ("right", "10"), ("left", "wide"), ("top", "1e9")]
)
def test_a_space_that_is_none_is_told_and_nothing_is_kept(
    ann: TestClient, store: Store, sheet: str, edge: str, text: str
) -> None:
    page = ann.get(f"/sheet/{sheet}?edit=rows").text
    fields = {"action": "rows", "seen": seen(page), **numbers(page), f"box.0.{edge}": text}
    answer = change(ann, f"/sheet/{sheet}", **fields)
    assert getattr(answer, "status_code", 0) == 422
    assert store.page_edits(sheet) == ()


def test_corners_are_those_of_the_scan(ann: TestClient, store: Store, sheet: str) -> None:
    corners = {"corner.0.x": "10", "corner.0.y": "20", "corners_changed": "1"}
    save(ann, sheet, "page", **corners)
    edit = store.page_edits(sheet)[-1].edit
    assert edit.corners == ((10, 20), (850, 0), (850, 1100), (0, 1100))
    assert ann.get(f"/pictures/scan/{sheet}.jpg").status_code == 200


def test_lines_that_cross_are_told_and_nothing_is_kept(
    ann: TestClient, store: Store, sheet: str
) -> None:
    page = ann.get(f"/sheet/{sheet}?edit=rows").text
    fields = {**numbers(page), "row.1.first": "205", "row.1.last": "205"}
    answer = change(ann, f"/sheet/{sheet}", action="rows", seen="0", **fields)
    assert getattr(answer, "status_code", 0) == 422
    assert "too near to each other" in getattr(answer, "text", "")
    assert store.page_edits(sheet) == ()


def test_nobody_overwrites_another_persons_edit_unseen(
    ann: TestClient, store: Store, sheet: str
) -> None:
    page = ann.get(f"/sheet/{sheet}?edit=rows").text
    store.edit_page(sheet, PageEdit(turn_deg=90), "Bo")
    fields = {**numbers(page), "row.1.first": "300", "row.1.last": "300"}
    answer = change(ann, f"/sheet/{sheet}", action="rows", seen=seen(page), **fields)
    assert getattr(answer, "status_code", 0) == 409
    assert "Somebody else changed this page" in getattr(answer, "text", "")
    assert len(store.page_edits(sheet)) == 1


def test_an_edit_needs_the_sessions_token(ann: TestClient, store: Store, sheet: str) -> None:
    answer = ann.post(f"/sheet/{sheet}", data={"action": "page", "seen": "0", "not_a_sheet": "1"})
    assert answer.status_code == 403
    assert store.page_edits(sheet) == ()


def test_a_scan_that_is_gone_is_named_and_the_readings_stay(
    ann: TestClient, store: Store, sheet: str, workspace: Path
) -> None:
    scan = workspace / "scans" / "placed.png"
    scan.rename(scan.with_name("moved.png"))
    job = save(ann, sheet, "rows", **{"row.1.delete": "1"})
    assert job.state is State.FAILED
    page = ann.get(f"/sheet/{sheet}").text
    assert "is not there any more" in page and str(scan) in page
    assert len(names(store, sheet)) == 4
    scan.with_name("moved.png").rename(scan)
    assert save(ann, sheet, "read").state is State.DONE
    assert len(names(store, sheet)) == 3
    assert len(store.page_edits(sheet)) == 1


def test_a_scan_that_was_exchanged_is_not_read(
    ann: TestClient, store: Store, sheet: str, workspace: Path
) -> None:
    draw(workspace / "scans" / "placed.png", "other", (850, 1100))
    assert save(ann, sheet, "rows", **{"row.1.delete": "1"}).message == "sheet.failed_changed"
    assert len(names(store, sheet)) == 4


def test_a_page_that_fails_keeps_its_readings_and_pictures(
    ann: TestClient, store: Store, sheet: str, workspace: Path
) -> None:
    reader = rereader(ann)

    def fail(task: PageTask) -> PageResult:
        draw(Path(task.workspace) / "pages" / f"{task.sheet_id}.jpg", "new", (100, 100))
        failure = Failure("page", "internal-error", "could not be read")
        return PageResult(task.ref, task.sheet_id, SheetStatus.FAILED, failure=failure)

    before = (workspace / "pages" / f"{sheet}.jpg").read_bytes()
    reader._function = fail
    number = store.edit_page(sheet, NO_EDIT, "Ann")
    reader.submit(sheet, StoredEdit(number, "", "Ann", NO_EDIT))
    assert done(reader, sheet).values == {"why": "could not be read"}
    assert len(names(store, sheet)) == 4
    assert (workspace / "pages" / f"{sheet}.jpg").read_bytes() == before
    assert not list(workspace.glob(".reading-*"))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (StoreError("the disk is full"), {"why": "the disk is full"}),
        (ValueError("Ana Roy, 12 Main Street"), {}),
    ],
    ids=["one written for people", "one that may quote a signer"],
)
def test_an_error_is_told_without_a_signers_words(
    ann: TestClient,
    store: Store,
    sheet: str,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    told: dict[str, str],
) -> None:
    reader = rereader(ann)

    def fail(task: PageTask) -> PageResult:
        raise error

    reader._function = fail
    reader.submit(sheet, StoredEdit(1, "", "Ann", NO_EDIT))
    job = done(reader, sheet)
    assert (job.state, dict(job.values)) == (State.FAILED, told)
    assert "Main Street" not in caplog.text


def test_crops_of_rows_that_are_no_more_go(
    ann: TestClient, store: Store, sheet: str, workspace: Path
) -> None:
    old = workspace / "crops" / f"{sheet}-r04_name.png"
    other = workspace / "crops" / f"{sheet}1-r04_name.png"
    draw(old, "old", (50, 20))
    draw(other, "another sheet's", (50, 20))
    save(ann, sheet, "rows", **{"row.1.delete": "1"})
    assert not old.exists()
    assert other.exists()


def test_folders_that_a_killed_server_left_are_removed(
    ann: TestClient, sheet: str, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rereading, "LEFT_BEHIND_S", -1.0)
    (workspace / ".reading-old").mkdir()
    save(ann, sheet, "rows", **{"row.1.delete": "1"})
    assert not (workspace / ".reading-old").exists()


def test_the_page_says_that_it_is_being_read_and_then_loads_itself_anew(
    ann: TestClient, store: Store, sheet: str
) -> None:
    reader = rereader(ann)
    go = threading.Event()

    def slow(task: PageTask) -> PageResult:
        assert go.wait(WAIT_S)
        return read_ink(task)

    page = ann.get(f"/sheet/{sheet}?edit=rows").text
    reader._function = slow
    fields = {**numbers(page), "row.1.delete": "1"}
    change(ann, f"/sheet/{sheet}", action="rows", seen="0", **fields)
    shown = ann.get(f"/sheet/{sheet}").text
    assert "Reading this page again" in shown or "is read again as soon as" in shown
    assert 'http-equiv="refresh"' in shown
    poll = ann.get(f"/sheet/{sheet}/reading", headers={"hx-request": "true"})
    assert "hx-get" in poll.text
    go.set()
    done(reader, sheet)
    poll = ann.get(f"/sheet/{sheet}/reading", headers={"hx-request": "true"})
    assert poll.headers["hx-refresh"] == "true"


def test_an_edit_that_no_server_read_yet_is_told(ann: TestClient, store: Store, sheet: str) -> None:
    time.sleep(1.1)  # times are kept to the second
    store.edit_page(sheet, PageEdit(form="fake-form"), "Bo")
    assert "Bo changed this page" in ann.get(f"/sheet/{sheet}").text


# In a browser -------------------------------------------------------------------


@pytest.fixture
def placed(workspace: Path, served: Served) -> "tuple[Served, str]":
    """A running server with the invented page, whose pages are read by ``read_ink``."""
    name = put_page(served.store, workspace)
    return served, name


@pytest.fixture(autouse=True)
def ink_reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every server of these tests reads with ``read_ink``."""
    real: Callable[..., None] = Rereader.__init__

    def begin(self: Rereader, desk: object, function: object = None) -> None:
        real(self, desk, function or read_ink)

    monkeypatch.setattr(Rereader, "__init__", begin)
    yield


def drag(page: Page, selector: str, dx: float, dy: float, position: "tuple[float, float]") -> None:
    """Drag from a place of the page's picture, given in its own px."""
    start = page.evaluate(
        """([selector, x, y]) => {
            const svg = document.querySelector(selector);
            svg.scrollIntoView();
            const frame = svg.closest(".frame");
            const point = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
            const box = frame.getBoundingClientRect();
            frame.scrollTop += point.y - (box.top + 150);
            const there = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
            return [there.x, there.y, svg.getScreenCTM().a];
        }""",
        [selector, *position],
    )
    x, y, scale = start
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx * scale / 2, y + dy * scale / 2)
    page.mouse.move(x + dx * scale, y + dy * scale)
    page.mouse.up()


def test_a_row_line_is_dragged_saved_and_the_new_reading_shows(
    browser: Browser, placed: "tuple[Served, str]"
) -> None:
    served, name = placed
    page = visit(browser, served)
    page.goto(f"/sheet/{name}?edit=rows")
    drag(page, "svg.lines", 0, 35, (300, 260))
    moved = float(page.input_value('[name="row.1.first"]'))
    assert 293 <= moved <= 297
    assert float(page.input_value('[name="row.1.last"]')) == moved
    page.click("text=Save and read again")
    page.wait_for_selector('.chip[data-key="1-name"] .value:text("Ana Roy Bo Li")')
    page.wait_for_selector("text=Read again.")
    assert axe_violations(page) == []


def test_one_end_of_a_line_is_dragged_alone(browser: Browser, placed: "tuple[Served, str]") -> None:
    served, name = placed
    page = visit(browser, served)
    page.goto(f"/sheet/{name}?edit=rows")
    drag(page, "svg.lines", 0, 15, (800, 320))
    assert page.input_value('[name="row.2.first"]') == "320.0"
    assert 333 <= float(page.input_value('[name="row.2.last"]')) <= 337


def test_lines_are_moved_added_and_removed_from_the_keyboard(
    browser: Browser, placed: "tuple[Served, str]"
) -> None:
    served, name = placed
    page = visit(browser, served)
    page.goto(f"/sheet/{name}?edit=rows")
    page.focus('[data-line="row.1"]')
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    assert page.input_value('[name="row.1.first"]') == "271"
    assert page.get_attribute('[data-line="row.1"]', "aria-valuenow") == "271"
    page.keyboard.press("Delete")
    assert page.is_checked('[name="row.1.delete"]')
    page.focus('[data-line="row.2"]')
    page.click("#add-line")
    assert page.input_value('[name="row.n1.first"]') == "350"
    page.keyboard.press("ArrowUp")
    assert page.input_value('[name="row.n1.last"]') == "349"
    assert axe_violations(page) == []
    page.keyboard.press("Delete")
    page.click("text=Save and read again")
    page.wait_for_selector('.chip[data-key="1-name"] .value:text("Ana Roy Bo Li")')
    assert len(served.store.page_edits(name)[-1].edit.row_lines) == 4


def test_corners_are_dragged_on_the_scan(browser: Browser, placed: "tuple[Served, str]") -> None:
    served, name = placed
    page = visit(browser, served)
    page.goto(f"/sheet/{name}?edit=page")
    assert axe_violations(page) == []
    page.focus('[data-corner="2"]')
    page.keyboard.press("Shift+ArrowUp")
    assert page.is_checked("#corners-changed")
    y = float(page.input_value('[name="corner.2.y"]'))
    assert 1085 <= y < 1100
    drag(page, "svg.corners", 40, 30, (6, 6))
    assert 35 <= float(page.input_value('[name="corner.0.x"]')) <= 45


def test_the_collector_box_is_dragged_by_mouse_and_by_keys_and_read_again(
    browser: Browser, placed: "tuple[Served, str]"
) -> None:
    served, name = placed
    page = visit(browser, served)
    page.goto(f"/sheet/{name}?edit=rows")
    page.click("summary:text('Collector box')")
    assert axe_violations(page) == []
    drag(page, "svg.lines", -20, 30, (300, 940))
    edges = [float(page.input_value(f'[name="box.0.{edge}"]')) for edge in EDGES]
    assert edges == pytest.approx([40, 940, 680, 990], abs=2)
    drag(page, "svg.lines", 30, 40, (edges[2], edges[3]))
    assert float(page.input_value('[name="box.0.bottom"]')) == pytest.approx(1030, abs=3)
    assert float(page.input_value('[name="box.0.top"]')) == edges[1]
    page.focus('.space .handle[data-end="first"]')
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("ArrowRight")
    assert float(page.input_value('[name="box.0.top"]')) == pytest.approx(edges[1] + 10, abs=0.2)
    assert float(page.input_value('[name="box.0.left"]')) == pytest.approx(edges[0] + 1, abs=0.2)
    page.click("text=Save and read again")
    page.wait_for_selector('.chip[data-key="0-collector_name"] .value:text("Léa Roy")')
    assert len(served.store.page_edits(name)[-1].edit.box) == 1


@pytest.mark.parametrize(
    "path", ["/sheets", "/sheet/{}", "/sheet/{}?edit=rows", "/sheet/{}?edit=page"]
)
def test_sheet_pages_fit_a_telephone_and_have_nothing_that_axe_objects_to(
    browser: Browser, placed: "tuple[Served, str]", path: str
) -> None:
    served, name = placed
    page = visit(browser, served, viewport={"width": 375, "height": 800}, locale="fr-CA")
    page.goto(path.format(name))
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert axe_violations(page) == []


def test_rows_are_put_right_with_javascript_off(
    browser: Browser, placed: "tuple[Served, str]"
) -> None:
    served, name = placed
    page = visit(browser, served, java_script_enabled=False)
    page.goto(f"/sheet/{name}?edit=rows")
    page.fill('[name="row.n0.first"]', "275")
    page.fill('[name="row.n0.last"]', "275")
    page.check('[name="row.1.delete"]')
    page.click("text=Save and read again")
    end = time.monotonic() + WAIT_S
    while served.store.listed((name,))[name][0].rows_filled != 4 or not page.query_selector(
        "text=Read again."
    ):
        assert time.monotonic() < end
        page.reload()
    lines = served.store.page_edits(name)[-1].edit.row_lines
    assert [line[0][1] for line in lines] == [200, 275, 320, 380, 440]
