"""The drop zone: what is kept, what is refused, and how far the reading is."""

import functools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_pages import read_text_page, write_scan
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser
from review_pages import Served, axe_violations, change, sign_in, token, visit
from starlette.testclient import TestClient

from digitizer.inputs import SUFFIXES
from digitizer.intake import INCOMING, Intake, run_apart
from digitizer.review import add, uploads
from digitizer.review.app import create_app
from digitizer.store import DATABASE_FILE, Store
from digitizer.watch import Folders, follow

PATIENCE_S = 90.0
Sent = list[tuple[str, tuple[str, bytes, str]]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs read pages without models."""
    quick = functools.partial(run_apart, page_function=read_text_page)
    monkeypatch.setattr(add, "Intake", functools.partial(Intake, run=quick))


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read: for tests of what is kept."""
    monkeypatch.setattr(Intake, "add", lambda *_, **__: None)


def scan(tmp_path: Path, words: str) -> bytes:
    return write_scan(tmp_path / f"{words}.made", words).read_bytes()


def sent(*files: tuple[str, bytes]) -> Sent:
    return [("files", (name, content, "application/octet-stream")) for name, content in files]


def send(client: TestClient, *files: tuple[str, bytes]) -> int:
    answer = client.post(
        "/add", data={"csrf": token(client)}, files=sent(*files), follow_redirects=False
    )
    return answer.status_code


def kept(workspace: Path) -> dict[str, bytes]:
    folder = workspace / INCOMING
    if not folder.is_dir():
        return {}
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def wait(client: TestClient) -> str:
    end = time.monotonic() + PATIENCE_S
    while True:
        page = client.get("/add/progress").text
        if "All is read" in page:
            return page
        assert time.monotonic() < end, page
        time.sleep(0.1)


def test_dropped_scans_join_the_workspace(ann: TestClient, workspace: Path, store: Store) -> None:
    assert send(ann, ("liste é.png", scan(workspace, "Zed Yan?"))) == 303
    page = wait(ann)
    assert "liste é.png" in page
    names = {r.get("name").value for r in store.records()}  # type: ignore[union-attr]
    assert {"Zed", "Yan?"} <= names
    # It waits for a person like any other.
    assert "Yan?" in {item.value for item in ann.app.state.desk.queue.items()}  # type: ignore[attr-defined]


def test_each_bad_file_is_told_and_the_others_are_taken(ann: TestClient, workspace: Path) -> None:
    good = scan(workspace, "Zed")
    assert (
        send(
            ann,
            ("notes.txt", b"hello"),
            ("empty.png", b""),
            ("good.png", good),
            ("copy of good.png", good),
            ("broken.pdf", b"%PDF-nothing"),
        )
        == 303
    )
    page = wait(ann)
    assert "notes.txt: not a scan" in page
    assert "empty.png: the file is empty" in page
    assert "copy of good.png: this very file is in the workspace already, as good.png" in page
    assert "broken.pdf: " in page
    assert set(kept(workspace)) == {"broken.pdf", "good.png"}


@pytest.mark.usefixtures("still")
def test_nothing_is_ever_overwritten(ann: TestClient, workspace: Path) -> None:
    for content in (b"one", b"two", b"three"):
        send(ann, ("scan.pdf", content))
    assert kept(workspace) == {"scan.pdf": b"one", "scan-2.pdf": b"two", "scan-3.pdf": b"three"}


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("../../etc/cron.png", "cron.png"),
        ("..\\..\\windows.png", "windows.png"),
        ("/absolute.png", "absolute.png"),
        (".hidden.png", "hidden.png"),
        ("a\nb\x00c.png", "a_b_c.png"),
        ("<script>.png", "_script_.png"),
        ("élan vital.PNG", "élan vital.PNG"),
        ("x" * 300 + ".png", "x" * 100 + ".png"),
    ],
)
def test_names_lead_nowhere_else(name: str, wanted: str, tmp_path: Path, workspace: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    written = folder / ".upload-1"
    written.write_bytes(b"1")
    place = uploads.keep(uploads.Upload(name, written, 1, ""), folder)
    assert place == folder / wanted
    assert not written.exists()


@given(name=st.text(max_size=200))
def test_a_safe_name_is_one_plain_file_name(name: str) -> None:
    safe = uploads.safe_name(name)
    assert safe == Path(safe).name
    assert safe not in ("", ".", "..")
    assert not safe.startswith(".")
    assert safe.isprintable()
    assert len(safe) <= uploads.MAX_NAME + 10


@pytest.mark.usefixtures("still")
def test_many_people_may_send_files_of_one_name_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    made = []
    for n in range(20):
        written = folder / f".upload-{n}"
        written.write_bytes(str(n).encode())
        made.append(uploads.Upload("a.png", written, 1, ""))
    threads = [threading.Thread(target=uploads.keep, args=(one, folder)) for one in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {file.read_bytes() for file in folder.iterdir()} == {str(n).encode() for n in range(20)}


@pytest.mark.usefixtures("still")
def test_without_the_token_nothing_is_kept(ann: TestClient, workspace: Path) -> None:
    for data in ({}, {"csrf": "wrong"}):
        answer = ann.post("/add", data=data, files=sent(("a.png", b"1")), follow_redirects=False)
        assert answer.status_code == 403
    elsewhere = ann.post(
        "/add",
        data={"csrf": token(ann)},
        files=sent(("a.png", b"1")),
        headers={"origin": "https://evil.example"},
        follow_redirects=False,
    )
    assert elsewhere.status_code == 403
    assert kept(workspace) == {}


@pytest.mark.usefixtures("still")
def test_who_is_not_signed_in_sends_nothing(client: TestClient, workspace: Path) -> None:
    answer = client.post("/add", files=sent(("a.png", b"1")), follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    assert client.get("/add/progress", follow_redirects=False).status_code == 303
    assert kept(workspace) == {}


@pytest.mark.usefixtures("still")
def test_files_too_large_and_full_disks_are_told(
    ann: TestClient, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_FILE_BYTES", 1000)
    send(ann, ("huge.png", b"x" * 5000), ("small.png", b"x" * 900))
    assert set(kept(workspace)) == {"small.png"}
    assert "huge.png: larger than 2 GB" in ann.get("/add").text
    monkeypatch.setattr(uploads, "MIN_FREE_BYTES", 10**18)
    send(ann, ("late.png", b"y" * 900))
    assert set(kept(workspace)) == {"small.png"}
    assert "late.png: the disk is nearly full" in ann.get("/add").text


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"csrf=x", "application/x-www-form-urlencoded"),
        (b"", "multipart/form-data"),
        (b"nonsense", "multipart/form-data; boundary=abc"),
        (b"--abc\r\nbroken", "multipart/form-data; boundary=abc"),
    ],
)
def test_what_is_no_form_with_files_is_refused(
    ann: TestClient, workspace: Path, body: bytes, kind: str
) -> None:
    answer = ann.post(
        "/add",
        content=body,
        headers={"content-type": kind, "x-csrf-token": token(ann)},
        follow_redirects=False,
    )
    assert answer.status_code in (400, 422)
    assert kept(workspace) == {}


@pytest.mark.usefixtures("still")
def test_an_upload_broken_off_leaves_nothing(ann: TestClient, workspace: Path) -> None:
    body = (
        b'--abc\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
        + b"x" * 5000
    )
    ann.post(
        "/add",
        content=body,
        headers={"content-type": "multipart/form-data; boundary=abc", "x-csrf-token": token(ann)},
        follow_redirects=False,
    )
    assert kept(workspace) == {}


@pytest.mark.usefixtures("still")
def test_no_file_chosen_is_told(ann: TestClient) -> None:
    answer = ann.post("/add", data={"csrf": token(ann)}, files=sent(("", b"")))
    assert answer.status_code == 422
    assert "Choose one or more files first" in answer.text


def test_a_new_start_goes_on_with_what_was_left(workspace: Path, store: Store) -> None:
    folder = workspace / INCOMING
    folder.mkdir()
    write_scan(folder / "left.png", "Zed")
    (folder / ".upload-abc").write_bytes(b"half a file")
    with TestClient(create_app(store, workspace, hosts=("testserver",))) as client:
        sign_in(client, "Ann")
        assert "left.png" in wait(client)
    assert set(kept(workspace)) == {"left.png"}


def test_watched_folders_feed_the_workspace(
    workspace: Path,
    store: Store,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path_factory.mktemp("scanner")
    write_scan(folder / "new.png", "Zed")
    monkeypatch.setattr(add, "Folders", functools.partial(Folders, settle_s=0.1))
    monkeypatch.setattr(add, "follow", functools.partial(follow, every_s=0.1))
    app = create_app(store, workspace, hosts=("testserver",), watch=(folder,))
    with TestClient(app) as client:
        sign_in(client, "Ann")
        assert str(folder) in client.get("/add").text
        assert "new.png" in wait(client)


def test_the_pages_are_asked_for_the_kinds_that_can_be_read(ann: TestClient) -> None:
    page = ann.get("/add").text
    for suffix in SUFFIXES:
        assert suffix in page


# In a browser ----------------------------------------------------------------


@pytest.fixture
def running(workspace: Path) -> Iterator[Served]:
    served = Served(workspace)
    yield served
    served.close()


def test_scans_are_sent_from_a_browser_and_followed_live(
    browser: Browser, running: Served, tmp_path: Path
) -> None:
    file = write_scan(tmp_path / "Zed.png", "Zed")
    page = visit(browser, running)
    page.goto("/add")
    page.set_input_files("#files", [str(file)])
    page.click("#drop button")
    page.wait_for_selector("text=All is read", timeout=PATIENCE_S * 1000)
    assert "Zed.png" in page.inner_text("#intake")
    assert axe_violations(page) == []


def test_dropping_files_on_the_page_sends_them(browser: Browser, running: Served) -> None:
    page = visit(browser, running)
    page.goto("/add")
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["hello"], "notes.txt"));
          document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true}));
        }"""
    )
    page.wait_for_selector("text=notes.txt: not a scan")


def test_the_drop_zone_works_without_javascript_and_on_a_phone(
    browser: Browser, running: Served, tmp_path: Path
) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("hello")
    page = visit(
        browser, running, java_script_enabled=False, viewport={"width": 375, "height": 800}
    )
    page.goto("/add")
    page.set_input_files("#files", [str(file)])
    page.click("#drop button")
    page.wait_for_selector("text=notes.txt: not a scan")
    assert page.url.endswith("/add")
    wide = visit(browser, running, viewport={"width": 375, "height": 800})
    wide.goto("/add")
    assert wide.evaluate("document.documentElement.scrollWidth") <= 375


@pytest.mark.usefixtures("still")
def test_where_no_file_could_be_taken_it_is_not_said_that_all_is_read(ann: TestClient) -> None:
    send(ann, ("notes.txt", b"hello"), ("empty.png", b""))
    page = ann.get("/add").text
    assert "None of these files could be read" in page and "All is read" not in page


def test_french_pages_tell_bad_files_in_french(ann: TestClient) -> None:
    change(ann, "/language", language="fr", next="/add")
    send(ann, ("notes.txt", b"hello"))
    assert "ce n’est pas une numérisation" in ann.get("/add").text


def test_the_database_address_opens_it_from_elsewhere(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(tmp_path)
    with Store.open(Path(DATABASE_FILE)) as relative:
        address = relative.address
    monkeypatch.chdir(elsewhere)
    with Store.open(address) as again:
        assert again.sheets()
