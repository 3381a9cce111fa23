"""A small workspace under review, its server, and a browser: what the review tests share.

Everybody in it is invented, and the crops are drawn.
"""

import contextlib
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import uvicorn
from fake_pages import field, page_ref, page_result, row
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.testclient import TestClient

from digitizer.records import (
    BoxPlace,
    Candidate,
    CellPlace,
    FieldKind,
    FieldSpec,
    FieldValue,
    Finding,
    PageGeometry,
    PageResult,
    Route,
    RowPlace,
    SignerRow,
)
from digitizer.review.app import create_app
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace.decisions import Decision
from digitizer.workspace.stored import Source

HOST = "127.0.0.1"
START_S = 60.0
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
# What WCAG 2.2 AA asks for, as axe names its rules.
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def doubtful(name: str, value: str, confidence: float, *others: str, reason: str) -> FieldValue:
    """A field that waits for a person, with alternatives."""
    return field(
        name,
        value,
        confidence,
        route=Route.REVIEW,
        findings=(Finding(name, reason),) if reason else (),
        alternatives=tuple(Candidate(text, 0.3 / (n + 1)) for n, text in enumerate(others)),
        crop=f"crops/{name}.png",
    )


def replaced(signer: SignerRow, *values: FieldValue) -> SignerRow:
    """A row with some of its fields exchanged."""
    by_name = {value.field: value for value in values}
    fields = tuple(by_name.get(f.field, f) for f in signer.fields)
    return SignerRow(signer.row, signer.status, fields, signer.reasons, signer.contact_consent)


def invented_pages() -> tuple[PageResult, ...]:
    """Two sheets with doubtful fields of several kinds, one of them in French hands."""
    first = page_result(
        page_ref("one", source_file="scans/box-1.pdf"),
        replaced(
            row(1, "Ana Roy", review="name"),
            doubtful("name", "Ana Roy", 0.71, "Ana Ray", "Anna Roy", reason=""),
        ),
        replaced(
            row(2, "Bo Li", review="postal_code"),
            doubtful("postal_code", "K1A 0B1", 0.55, "K1A 0B7", "K7A 0B1", reason=""),
            doubtful("phone", "613-555-0123", 0.8, "613-555-0128", reason=""),
        ),
        row(3, "Cy Wu"),
        replaced(
            row(5, "<script>alert(1)</script>", review="email"),
            doubtful("email", "cy@exampel.org", 0.4, "cy@example.org", reason=""),
        ),
    )
    second = page_result(
        page_ref("two", source_file="scans/boîte-2.pdf"),
        replaced(
            row(1, "Zoé Côté", review="name"),
            doubtful("name", "Zoé Côté", 0.6, "Zoe Coté", reason=""),
        ),
        replaced(
            row(2, "Luc Gagné", review="signature"),
            doubtful("signature", "unclear", 0.5, reason=""),
        ),
        collector=(
            field("collector_name", "Léa Roy"),
            doubtful("event_location", "Montréal", 0.45, "Montreal", reason=""),
            field("date_collected", "2026-03-02"),
        ),
    )
    return first, second


def placed(page: PageResult) -> PageResult:
    """The page with a geometry: eight rows of six cells, and the collector box, as drawn."""
    names = ("name", "address", "postal_code", "phone", "email", "signature")
    kinds = {v.field: v.kind for signer in page.rows for v in signer.fields}

    def cell(column: str, kind: FieldKind, box: tuple[float, float, float, float]) -> CellPlace:
        left, top, right, bottom = box
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        return CellPlace(column, (FieldSpec(column, kind),), corners)

    rows = []
    for number in range(1, 9):
        top = 150 + 70.0 * number
        cells = tuple(
            cell(name, kinds[name], (40 + 125 * n, top, 165 + 125 * n, top + 70))
            for n, name in enumerate(names)
        )
        corners = ((40.0, top), (790.0, top), (790.0, top + 70), (40.0, top + 70))
        rows.append(RowPlace(number, corners, cells))
    boxed = tuple(
        cell(v.field, v.kind, (40, 850 + 50.0 * n, 500, 900 + 50.0 * n))
        for n, v in enumerate(page.collector)
    )
    frame = ((40.0, 850.0), (500.0, 850.0), (500.0, 1000.0), (40.0, 1000.0))
    sheet = ((0.0, 0.0), (850.0, 0.0), (850.0, 1100.0), (0.0, 1100.0))
    eye = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    found = PageGeometry(850, 1100, tuple(rows), BoxPlace(frame, boxed), sheet, eye)
    return replace(page, geometry=found)


def fill(store: Store, folder: Path, *pages: PageResult) -> None:
    """Save pages, and draw the crops they name and their page pictures."""
    run = store.start_run("settings-1", {}, "0")
    sources = [Source(p.ref.source_file, p.ref.page, p.ref.sha256) for p in pages]
    store.register(run, "settings-1", sources)
    for page in pages:
        store.save_page(page, "settings-1")
        values = [v for signer in page.rows for v in signer.fields] + list(page.collector)
        for value in values:
            if value.crop:
                draw(folder / value.crop, value.field, (240, 60))
        draw(folder / "pages" / f"{page.sheet_id}.jpg", page.sheet_id, (850, 1100))
    store.end_run(run, "done")


def draw(file: Path, words: str, size: tuple[int, int]) -> None:
    """Draw words on white paper; ``size`` is width and height in pixels."""
    file.parent.mkdir(parents=True, exist_ok=True)
    paper = np.full((size[1], size[0], 3), 255, np.uint8)
    cv2.putText(paper, words, (8, 40), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (90, 40, 20), 2)
    assert cv2.imwrite(str(file), paper)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The folder of an invented workspace."""
    with Store.open(tmp_path / DATABASE_FILE) as store:
        fill(store, tmp_path, *invented_pages())
    return tmp_path


@pytest.fixture
def store(workspace: Path) -> Iterator[Store]:
    """The open store of the invented workspace."""
    with Store.open(workspace / DATABASE_FILE) as opened:
        yield opened


@pytest.fixture
def client(store: Store, workspace: Path) -> Iterator[TestClient]:
    """A client of the pages; nobody is signed in."""
    with TestClient(create_app(store, workspace, hosts=("testserver",))) as opened:
        yield opened


@pytest.fixture
def ann(client: TestClient) -> TestClient:
    """The client, with Ann signed in."""
    sign_in(client, "Ann")
    return client


def token(client: TestClient) -> str:
    """The token that changes of this client's session must bring."""
    page = client.get("/sign-in").text
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found is not None
    return found[1]


def sign_in(client: TestClient, name: str) -> None:
    """Sign somebody in."""
    answer = client.post("/sign-in", data={"csrf": token(client), "name": name, "next": "/"})
    assert answer.status_code == 200, answer.text


def change(client: TestClient, path: str, **fields: str) -> "object":
    """Post a form with the session's token; returns the response, redirects not followed."""
    return client.post(path, data={"csrf": token(client), **fields}, follow_redirects=False)


class Served:
    """A server over a workspace, in a thread; ``url`` has no slash at its end."""

    def __init__(self, workspace: Path) -> None:
        """Start it on a free port."""
        self.store = Store.open(workspace / DATABASE_FILE)
        with contextlib.closing(socket.socket()) as probe:
            probe.bind((HOST, 0))
            port = probe.getsockname()[1]
        self.url = f"http://{HOST}:{port}"
        app = create_app(self.store, workspace)
        self._server = uvicorn.Server(
            uvicorn.Config(app, host=HOST, port=port, log_level="error", access_log=False)
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        end = time.monotonic() + START_S
        while not self._server.started:
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.02)

    def close(self) -> None:
        """Stop it and close the store."""
        self._server.should_exit = True
        self._thread.join(START_S)
        self.store.close()


@pytest.fixture
def served(workspace: Path) -> Iterator[Served]:
    """A running server over the invented workspace."""
    running = Served(workspace)
    yield running
    running.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium is installed (Debian: chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The browser; the profiles that a test opened are closed after it."""
    yield chromium
    # A page left open goes on asking a server that is gone, beside all later tests.
    for profile in chromium.contexts:
        profile.close()


def visit(browser: Browser, served: Served, name: str = "Ann", **context: object) -> Page:
    """An empty page of a fresh browser profile with somebody signed in; ``context``: Playwright's.

    Signed in by a request: showing the two pages on the way costs more than most tests.
    """
    profile = browser.new_context(base_url=served.url, **context)  # type: ignore[arg-type]
    form = profile.request.get("/sign-in").text()
    found = re.search(r'name="csrf-token" content="([^"]+)"', form)
    assert found is not None
    given = {"csrf": found[1], "name": name, "next": "/"}
    answer = profile.request.post("/sign-in", form=given, max_redirects=0)
    assert answer.status == 303, answer.text()
    return profile.new_page()


def decided(served: Served, count: int = 1) -> tuple[Decision, ...]:
    """All decisions, once there are ``count``: cards are shown before the server answers."""
    end = time.monotonic() + START_S
    while len(found := served.store.decisions()) < count:
        assert time.monotonic() < end, f"{len(found)} of {count} decisions arrived"
        time.sleep(0.02)
    return found


def axe_violations(page: Page) -> list[str]:
    """What axe-core objects to on the page as it stands, one line a violation."""
    # axe is put in through the debugger, so the page's own policy need not be weakened.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", AXE_TAGS)
    return [
        f"{v['id']}: {v['help']}: {node['html'][:200]}"
        for v in found["violations"]
        for node in v["nodes"]
    ]
