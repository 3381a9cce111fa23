"""What must not be possible in the review pages, each thing tried.

Routes are taken from the application itself, so that a page added later is
tried as well.
"""

import io
import json
import logging
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from fake_pages import field, page_ref, page_result, row
from playwright.sync_api import Browser
from review_pages import Served, doubtful, fill, invented_pages, replaced, sign_in, token, visit
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from digitizer.execution import DiscreetFormatter
from digitizer.ids import sheet_id
from digitizer.review import app as review_app
from digitizer.review import gate, routing, security
from digitizer.review.app import create_app
from digitizer.review.gate import MAX_WRONG, WrongCodes, access_code
from digitizer.review.routing import Reviewer, local_path
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace import reviewers
from digitizer.workspace.decisions import Action, Decision

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
SHEET = sheet_id(page_ref("one").sha256, 1)
# What stands for the parts of a route's path that vary.
PLACES = {"sheet": SHEET, "row": "2", "field": "postal_code"}
# Reached without signing in: the door itself, and files that hold nobody's data.
UPLOADS = ("/add",)
OPEN = ("/sign-in", "/language", "/static")
LARGE = {"content-length": str(10**9), "content-type": "application/x-www-form-urlencoded"}
PACKAGE = Path(review_app.__file__).parent


def routes(app: Starlette, method: str) -> list[str]:
    """Paths of every route that takes ``method``, their varying parts filled in."""
    found = []
    for route in app.routes:
        if isinstance(route, Route) and method in (route.methods or ()):
            found.append(re.sub(r"\{(\w+)(:\w+)?\}", _part, route.path))
    assert len(found) > 5
    return found


def _part(match: re.Match[str]) -> str:
    name, converter = match[1], match[2]
    return PLACES.get(name, "1" if converter == ":int" else "x")


class Seen(HTMLParser):
    """What of a page could run, or lead elsewhere."""

    def __init__(self, page: str) -> None:
        """Read the page."""
        super().__init__()
        self.problems: list[str] = []
        self.places: list[str] = []
        self.forms: list[set[str]] = []
        self._in_script = False
        self._in_form = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what is inline, and every address."""
        told = dict(attrs)
        self._in_script = tag == "script"
        if tag in ("style", "iframe", "object", "embed", "base") or "style" in told:
            self.problems.append(f"{tag} {told}")
        if tag == "script" and not (told.get("src") or "").startswith("/static/"):
            self.problems.append(f"inline script {told}")
        self.problems += [f"{tag} {n}" for n in told if n.startswith(("on", "hx-on"))]
        for name in ("href", "src", "action", "xlink:href", "hx-get", "hx-post", "formaction"):
            if told.get(name) is not None:
                self.places.append(str(told[name]))
        if tag == "form":
            self._in_form = (told.get("method") or "get").lower() == "post"
            if self._in_form:
                self.forms.append(set())
        if tag == "input" and self._in_form:
            self.forms[-1].add(told.get("name") or "")

    def handle_endtag(self, tag: str) -> None:
        """Note where a form ends."""
        if tag == "form":
            self._in_form = False

    def handle_data(self, data: str) -> None:
        """Note what stands in a script."""
        if self._in_script and data.strip():
            self.problems.append(f"script {data[:40]}")


@pytest.fixture
def hostile(store: Store, workspace: Path) -> Store:
    """The invented workspace, with marks of HTML wherever people write or files are named."""
    page = page_result(
        page_ref("evil", source_file=f"scans/{HOSTILE}.pdf"),
        replaced(
            row(1, HOSTILE, address=HOSTILE, review="name"),
            doubtful("name", HOSTILE, 0.6, f"{HOSTILE}x", reason=""),
            doubtful("address", HOSTILE, 0.5, f"x{HOSTILE}", reason=""),
        ),
        collector=(
            field("collector_name", HOSTILE),
            doubtful("event_location", HOSTILE, 0.4, f"{HOSTILE}y", reason=""),
            field("date_collected", "2026-03-02"),
        ),
    )
    fill(store, workspace, page)
    return store


@pytest.fixture
def busy(hostile: Store, workspace: Path) -> Iterator[TestClient]:
    """Pages with something on each of them, Ann signed in; others have hostile names."""
    with TestClient(create_app(hostile, workspace, hosts=("testserver",))) as client:
        sign_in(client, "Ann")
        state = client.app.state  # type: ignore[attr-defined]
        state.gate.register(HOSTILE)
        state.twice.set_share(1.0)
        evil = sheet_id(page_ref("evil").sha256, 1)
        state.desk.decide(
            [
                Decision(SHEET, 2, "name", Action.CONFIRM, "Bo Li", "Bo Li", HOSTILE),
                Decision(SHEET, 3, "name", Action.CONFIRM, "Cy Wu", "Cy Wu", HOSTILE),
                Decision(evil, 1, "name", Action.CONFIRM, HOSTILE, HOSTILE, "Bob", HOSTILE),
            ]
        )
        state.twice.enter((evil, 1, "name"), HOSTILE, f"{HOSTILE}!", 3.0)
        state.referrals.refer((evil, 1, "address"), HOSTILE, HOSTILE)
        yield client


def pages(client: TestClient) -> dict[str, httpx2.Response]:
    """Every page there is, as Ann gets it."""
    app = client.app
    assert isinstance(app, Starlette)
    evil = sheet_id(page_ref("evil").sha256, 1)
    paths = routes(app, "GET")
    paths += [f"/field/{evil}/1/name", f"/field/{evil}/0/event_location", f"/sheet/{evil}"]
    paths += [f"/second/{SHEET}/3/name", "/nothing-here", f"/next?{HOSTILE}", f"/?x={HOSTILE}"]
    return {path: client.get(path) for path in paths}


# Changes -------------------------------------------------------------------------


def tries(client: TestClient, path: str, given: dict[str, str], **more: object) -> list[int]:
    """What a change answers, as a plain form and as one with a file."""
    files = {"file": ("a.png", b"x", "image/png")}
    sent = [client.post(path, data=given, files=files, follow_redirects=False, **more)]  # type: ignore[arg-type]
    if path not in UPLOADS:
        sent.append(client.post(path, data=given, follow_redirects=False, **more))  # type: ignore[arg-type]
    return [answer.status_code for answer in sent]


def test_no_change_is_made_without_the_sessions_token(ann: TestClient) -> None:
    for path in routes(ann.app, "POST"):  # type: ignore[arg-type]
        for given in ({}, {"csrf": ""}, {"csrf": "wrong"}):
            assert set(tries(ann, path, given)) == {403}, path


def test_no_change_is_made_from_another_site_even_with_the_token(ann: TestClient) -> None:
    given = {"csrf": token(ann)}
    for path in routes(ann.app, "POST"):  # type: ignore[arg-type]
        for origin in ("https://evil.example", "null", "http://testserver.evil.example"):
            assert set(tries(ann, path, given, headers={"origin": origin})) == {403}, path


def test_no_change_is_made_by_somebody_who_is_not_signed_in(client: TestClient) -> None:
    given = {"csrf": token(client)}
    for path in routes(client.app, "POST"):  # type: ignore[arg-type]
        if path in OPEN:
            continue
        assert set(tries(client, path, given)) == {303}, path
        assert set(tries(client, path, given, headers={"hx-request": "true"})) == {401}, path


def test_the_token_of_one_session_is_no_use_in_another(store: Store, workspace: Path) -> None:
    app = create_app(store, workspace, hosts=("testserver",))
    with TestClient(app) as one, TestClient(app) as other:
        sign_in(one, "Ann")
        sign_in(other, "Bob")
        answer = one.post("/sign-out", data={"csrf": token(other)}, follow_redirects=False)
        assert answer.status_code == 403


def test_nothing_is_changed_by_asking_for_a_page(busy: TestClient, hostile: Store) -> None:
    before = (hostile.decisions(), hostile.read(reviewers.second_entries))
    pages(busy)
    assert (hostile.decisions(), hostile.read(reviewers.second_entries)) == before


# Pages and pictures ----------------------------------------------------------------


def test_nothing_is_shown_to_somebody_who_is_not_signed_in(client: TestClient) -> None:
    for path in routes(client.app, "GET"):  # type: ignore[arg-type]
        if path in OPEN:
            continue
        answer = client.get(path, follow_redirects=False)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/sign-in?next="), path
        assert answer.content == b""


def test_pictures_are_there_for_who_is_signed_in_only(ann: TestClient) -> None:
    picture = f"/pictures/field/{SHEET}/2/postal_code.png"
    assert ann.get(picture).headers["content-type"].startswith("image/")
    ann.cookies.clear()
    assert ann.get(picture, follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
        "/pictures/field/..%2f..%2fdigitizer.db/2/name.png",
        f"/pictures/field/{SHEET}/2/..%2f..%2f..%2fdigitizer.db",
        f"/pictures/field/{SHEET}/2/%2e%2e%2fname.png",
        "/pictures/page/..%2fdigitizer.db",
        "/pictures/page/%2e%2e%2f%2e%2e%2fetc%2fpasswd.jpg",
        "/pictures/row/../../digitizer.db/2.jpg",
    ],
)
def test_no_other_file_can_be_asked_for(ann: TestClient, path: str) -> None:
    answer = ann.get(path, follow_redirects=False)
    assert answer.status_code in (404, 400, 422)
    assert b"SQLite" not in answer.content
    assert b"def create_app" not in answer.content


def test_a_crop_that_names_a_file_elsewhere_is_not_served(tmp_path: Path) -> None:
    folder = tmp_path / "ws"
    folder.mkdir()
    page = page_result(
        page_ref("one"),
        replaced(row(2, "Bo"), field("postal_code", "K1A 0B1", crop="../secret.png")),
    )
    with Store.open(folder / DATABASE_FILE) as opened:
        fill(opened, folder, page)
        (tmp_path / "secret.png").write_bytes(b"secret")
        with TestClient(create_app(opened, folder, hosts=("testserver",))) as client:
            sign_in(client, "Ann")
            answer = client.get(f"/pictures/field/{SHEET}/2/postal_code.png")
            assert b"secret" not in answer.content


# Headers ------------------------------------------------------------------------------


def assert_strict(answer: httpx2.Response, what: str) -> None:
    """The headers of every answer."""
    policy = dict(
        (part.split()[0], part.split()[1:])
        for part in answer.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == ["'none'"], what
    for name, allowed in policy.items():
        assert allowed in (["'none'"], ["'self'"]), (what, name)
    assert {"script-src", "style-src", "form-action", "base-uri", "frame-ancestors"} <= set(policy)
    assert answer.headers["x-content-type-options"] == "nosniff", what
    assert "cache-control" in answer.headers, what
    assert "server" not in answer.headers, what


def test_each_kind_of_answer_has_the_strict_headers(busy: TestClient) -> None:
    def boom(request: Request, me: Reviewer) -> Response:
        raise RuntimeError("Ana Roy lives here")

    busy.app.router.routes.insert(0, routing.get("/boom", boom))  # type: ignore[attr-defined]
    answers = {
        "redirect": busy.get("/second", follow_redirects=False),
        "404": busy.get("/nowhere"),
        "405": busy.post("/people"),
        "403": busy.post("/sign-out"),
        "host": busy.get("/", headers={"host": "evil.example"}),
        "500": busy.get("/boom"),
        "static": busy.get("/static/app.css"),
        "static 404": busy.get("/static/none.css"),
        "picture": busy.get(f"/pictures/field/{SHEET}/2/postal_code.png"),
        "too large": busy.post("/sign-in", content=b"x", headers=LARGE),
        "head": busy.head("/"),
        **pages(busy),
    }
    etag = busy.get("/static/app.css").headers["etag"]
    answers["304"] = busy.get("/static/app.css", headers={"if-none-match": etag})
    told = {name: answers[name].status_code for name in answers if not name.startswith("/")}
    assert told == {
        "redirect": 303,
        "404": 404,
        "405": 405,
        "403": 403,
        "host": 400,
        "500": 500,
        "static": 200,
        "static 404": 404,
        "picture": 200,
        "too large": 413,
        "head": 200,
        "304": 304,
    }
    for name, answer in answers.items():
        assert_strict(answer, name)


def test_pages_with_records_are_kept_in_no_cache(busy: TestClient) -> None:
    for path, answer in pages(busy).items():
        assert answer.headers["cache-control"] == "no-store", path


# What a page holds ---------------------------------------------------------------------


def test_no_page_holds_anything_that_runs_or_leads_elsewhere(busy: TestClient) -> None:
    answers = pages(busy)
    looked_at = 0
    for path, answer in answers.items():
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        looked_at += 1
        seen = Seen(answer.text)
        assert seen.problems == [], path
        for place in seen.places:
            assert not urlsplit(place).netloc, (path, place)
            assert urlsplit(place).scheme in ("", "data"), (path, place)
        for names in seen.forms:
            assert "csrf" in names, path
    assert looked_at > 8


def test_names_and_notes_are_shown_as_they_are_typed(busy: TestClient) -> None:
    for path in ("/people", "/referred", "/arbitrate"):
        page = busy.get(path).text
        assert "<script>alert" not in page, path
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page, path
        assert "<img src=x" not in page, path


def test_what_is_typed_comes_back_as_text(busy: TestClient) -> None:
    evil = sheet_id(page_ref("evil").sha256, 1)
    names = ("value", "text", "name", "note", "percent", "sure", "verb", "next", "here", "go")
    paths = routes(busy.app, "POST")  # type: ignore[arg-type]
    paths += [f"/field/{evil}/1/name", f"/field/{evil}/1/name/check", f"/second/{SHEET}/3/name"]
    for path in paths:
        if path == "/sign-out":
            continue
        given = {**dict.fromkeys(names, HOSTILE), "csrf": token(busy), "sheet": evil, "row": "1"}
        for headers in ({}, {"hx-request": "true"}):
            answer = busy.post(path, data=given, headers=headers)
            assert "<script>alert" not in answer.text, path
            assert "<img src=x" not in answer.text, path
            assert answer.status_code < 500, path


def test_a_hostile_name_can_sign_in_and_stays_a_name(client: TestClient) -> None:
    sign_in(client, HOSTILE)
    page = client.get("/people").text
    assert Seen(page).problems == []
    assert "&lt;script&gt;alert(1)" in page


def test_the_reader_above_would_notice() -> None:
    bad = Seen(f'<p style="x">{HOSTILE}<form method=post><a href="//evil" onclick=x></a></form>')
    assert len(bad.problems) >= 4
    assert "//evil" in bad.places
    assert bad.forms == [set()]


def test_no_file_of_ours_names_another_host() -> None:
    allowed = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    files = [f for part in ("templates", "static") for f in (PACKAGE / part).rglob("*")]
    assert len(files) > 10
    for file in files:
        if file.suffix in (".txt", ".png", ".woff2"):
            continue
        text = file.read_text(encoding="utf-8")
        found = set(re.findall(r"(?:https?|wss?|ftp):/?/?[^\s\"'`)<>]+", text))
        assert found <= allowed, file
        assert "@import" not in text, file


def test_no_script_of_ours_makes_code_or_markup_out_of_text() -> None:
    for file in (PACKAGE / "static").glob("*.js"):
        if file.name == "htmx.min.js":
            continue
        text = file.read_text(encoding="utf-8")
        for danger in (".innerHTML", ".outerHTML", "insertAdjacentHTML", "eval(", "document.write"):
            assert danger not in text, (file.name, danger)


def test_a_browser_asks_no_other_host_for_anything(browser: Browser, workspace: Path) -> None:
    served = Served(workspace)
    try:
        page = visit(browser, served, HOSTILE)
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("console", lambda line: said.append(line.text))
        for path in ("/", "/next", "/queue", "/people", "/second", "/referred", "/sheets"):
            page.goto(path, wait_until="networkidle")
        page.context.close()
    finally:
        served.close()
    assert len(asked) > 10
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(served.url).netloc}
    assert [line for line in said if "404" not in line] == []


# Who we answer to ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["evil.example", "testserver.evil.example", "evil.example:80", "", "127.0.0.1", "x[", "a b"],
)
def test_another_hosts_name_is_refused(ann: TestClient, host: str) -> None:
    for path in ("/people", "/static/app.css", f"/pictures/field/{SHEET}/2/postal_code.png"):
        assert ann.get(path, headers={"host": host}).status_code == 400


def test_a_server_for_others_answers_to_addresses_but_to_no_strange_name(
    store: Store, workspace: Path
) -> None:
    app = create_app(store, workspace, hosts=("office",), code="MEADOW-42")
    with TestClient(app) as client:
        for host in ("192.168.1.7:8484", "[fe80::1]:8484", "office", "OFFICE:8484"):
            assert client.get("/sign-in", headers={"host": host}).status_code == 200, host
        for host in ("evil.example", "192.168.1.7.evil.example", "office.evil.example"):
            assert client.get("/sign-in", headers={"host": host}).status_code == 400, host


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example/",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "///evil.example",
        "/[//evil.example",
        "http:evil.example",
        "",
    ],
)
def test_signing_in_leads_to_no_other_host(client: TestClient, target: str) -> None:
    given = {"csrf": token(client), "name": "Ann", "next": target}
    answer = client.post("/sign-in", data=given, follow_redirects=False)
    assert answer.status_code == 303
    place = answer.headers["location"]
    assert place.startswith("/")
    assert not place.startswith(("//", "/\\"))
    assert not urlsplit(place).netloc


def test_signing_in_leads_back_to_where_one_wanted_to_go(client: TestClient) -> None:
    asked = client.get("/queue?field=name&order=sheet", follow_redirects=False)
    page = client.get(asked.headers["location"])
    given = re.findall(r'name="next" value="([^"]*)"', page.text)
    assert given[-1].replace("&amp;", "&") == "/queue?field=name&order=sheet"
    assert local_path("/queue?field=name&order=sheet") == "/queue?field=name&order=sheet"


# Sessions -----------------------------------------------------------------------------


def test_the_sessions_cookie_is_for_this_host_and_no_script(client: TestClient) -> None:
    answer = client.get("/sign-in")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "domain=" not in cookie
    assert "path=/" in cookie


def test_a_changed_cookie_is_nobodys(ann: TestClient) -> None:
    (name,) = ann.cookies.keys()
    value = ann.cookies[name].strip('"')
    told, rest = value.split(".", 1)
    session = json.loads(b64decode(told))
    assert session["name"] == "Ann"
    forged = json.dumps({**session, "name": "Boss"}).encode()
    ann.cookies.clear()
    ann.cookies.set(name, f"{b64encode(forged).decode()}.{rest}")
    assert ann.get("/people", follow_redirects=False).status_code == 303


def test_signing_in_starts_another_token(client: TestClient) -> None:
    before = token(client)
    sign_in(client, "Ann")
    assert token(client) != before


def test_a_session_ends_with_signing_out(ann: TestClient) -> None:
    ann.post("/sign-out", data={"csrf": token(ann)})
    assert ann.get("/people", follow_redirects=False).status_code == 303


def test_a_session_outlives_the_server(workspace: Path) -> None:
    with Store.open(workspace / DATABASE_FILE) as first:
        with TestClient(create_app(first, workspace, hosts=("testserver",))) as client:
            sign_in(client, "Ann")
            kept = dict(client.cookies)
    with Store.open(workspace / DATABASE_FILE) as second:
        app = create_app(second, workspace, hosts=("testserver",))
        with TestClient(app, cookies=kept) as client:
            assert "Ann" in client.get("/people").text


def test_two_workspaces_on_one_computer_have_cookies_of_their_own(tmp_path: Path) -> None:
    names = set()
    for part in ("a", "b"):
        (tmp_path / part).mkdir()
        with Store.open(tmp_path / part / DATABASE_FILE) as opened:
            names.add(security.cookie_name(security.session_key(opened)))
    assert len(names) == 2


# The access code ------------------------------------------------------------------------


@pytest.fixture
def coded(store: Store, workspace: Path) -> Iterator[TestClient]:
    """Pages that other computers reach."""
    app = create_app(store, workspace, hosts=("testserver",), code="MEADOW-42")
    app.state.gate.register("Zoé Côté")
    with TestClient(app) as client:
        yield client


def enter(client: TestClient, code: str | None, name: str = "Ann") -> httpx2.Response:
    """Try to sign in."""
    given = {"csrf": token(client), "name": name, "next": "/people"}
    if code is not None:
        given["code"] = code
    return client.post("/sign-in", data=given, follow_redirects=False)


def test_a_server_for_others_asks_for_its_code(coded: TestClient) -> None:
    for wrong in (None, "", "MEADOW-43", "meadow"):
        assert enter(coded, wrong).status_code == 422
        assert coded.get("/people", follow_redirects=False).status_code == 303
    assert enter(coded, " meadow 42 ").status_code == 303
    assert coded.get("/people").status_code == 200


def test_names_are_not_told_to_who_has_no_code(coded: TestClient) -> None:
    assert "Zoé" not in coded.get("/sign-in").text
    enter(coded, "MEADOW-42")
    coded.post("/sign-out", data={"csrf": token(coded)})
    assert "Zoé" not in coded.get("/sign-in").text


def test_codes_cannot_be_tried_without_end(coded: TestClient) -> None:
    for _ in range(MAX_WRONG):
        assert enter(coded, "wrong").status_code == 422
    assert enter(coded, "wrong").status_code == 429
    # Not even the right one now: the answer to a guess tells nothing.
    assert enter(coded, "MEADOW-42").status_code == 429


def test_wrong_codes_are_forgotten_after_a_while_and_counted_by_address() -> None:
    now = 1000.0
    wrong = WrongCodes(now=lambda: now)
    for _ in range(MAX_WRONG):
        wrong.add("10.0.0.1")
    assert wrong.wait_s("10.0.0.1") == gate.WAIT_S
    assert wrong.wait_s("10.0.0.2") == 0
    now += gate.WAIT_S + 1
    assert wrong.wait_s("10.0.0.1") == 0


def test_another_code_ends_the_sessions_of_the_old_one(workspace: Path) -> None:
    with Store.open(workspace / DATABASE_FILE) as opened:
        code = access_code(opened)
        assert access_code(opened) == code
        with TestClient(create_app(opened, workspace, ("testserver",), code)) as client:
            assert enter(client, code).status_code == 303
            kept = dict(client.cookies)
        with TestClient(create_app(opened, workspace, ("testserver",), code), cookies=kept) as c:
            assert c.get("/people", follow_redirects=False).status_code == 200
        other = access_code(opened, "another-code")
        with TestClient(create_app(opened, workspace, ("testserver",), other), cookies=kept) as c:
            assert c.get("/people", follow_redirects=False).status_code == 303


def test_a_session_opened_without_a_code_is_none_where_one_is_asked_for(
    store: Store, workspace: Path
) -> None:
    with TestClient(create_app(store, workspace, ("testserver",))) as client:
        sign_in(client, "Ann")
        kept = dict(client.cookies)
    app = create_app(store, workspace, ("testserver",), code="MEADOW-42")
    with TestClient(app, cookies=kept) as client:
        assert client.get("/people", follow_redirects=False).status_code == 303


# What goes wrong -----------------------------------------------------------------------


def test_an_error_tells_nobody_a_signers_text(busy: TestClient) -> None:
    # Not in the source line, which a log may show.
    text = " ".join(("Ana", "Roy"))

    def boom(request: Request, me: Reviewer) -> Response:
        raise RuntimeError(text)

    busy.app.router.routes.insert(0, routing.get("/boom", boom))  # type: ignore[attr-defined]
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(DiscreetFormatter("%(name)s %(levelname)s %(message)s"))
    logger = logging.getLogger("digitizer")
    logger.addHandler(handler)
    try:
        answer = busy.get("/boom")
    finally:
        logger.removeHandler(handler)
    assert answer.status_code == 500
    assert "Ana Roy" not in answer.text
    assert "run.log" in answer.text
    assert "RuntimeError" in written.getvalue()
    assert "Ana Roy" not in written.getvalue()


def test_an_answer_that_breaks_off_does_not_take_its_words_to_the_server(
    ann: TestClient,
) -> None:
    def half(request: Request, me: Reviewer) -> Response:
        def parts() -> Iterator[str]:
            yield "begun"
            raise RuntimeError("Ana Roy, 12 Main Street")

        return StreamingResponse(parts())

    ann.app.router.routes.insert(0, routing.get("/half", half))  # type: ignore[attr-defined]
    with pytest.raises(security.AnswerBrokenError) as broken:
        ann.get("/half")
    assert "Ana" not in str(broken.value)
    assert broken.value.__cause__ is None
    assert broken.value.__suppress_context__


def test_a_body_without_an_end_is_cut_off(ann: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "MAX_FORM_BYTES", 5000)

    def parts() -> Iterator[bytes]:
        for _ in range(1000):
            yield b"x" * 100

    answer = ann.post(
        "/sign-out",
        content=parts(),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 413


def test_a_locked_database_is_told_and_nothing_is_lost(
    busy: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digitizer.errors import StoreError

    def locked(*_: object) -> None:
        raise StoreError("digitizer.db is in use by another program")

    monkeypatch.setattr(busy.app.state.twice, "entries", locked)  # type: ignore[attr-defined]
    answer = busy.get("/people")
    assert answer.status_code == 503
    assert "in use by another program" in answer.text


def test_the_invented_pages_hold_a_script_as_a_name() -> None:
    values = [v.value for page in invented_pages() for r in page.rows for v in r.fields]
    assert "<script>alert(1)</script>" in values
