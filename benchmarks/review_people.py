"""People at the review pages over plain HTTP: sign in, decide, look at the picture, go on."""

import html
import http.client
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

_CARD = re.compile(r'<article id="card"[^>]*data-path="([^"]+)" data-mark="(\w+)"')
_FORM = re.compile(r'<form id="decide" method="post" action="([^"]+)".*?</form>', re.DOTALL)
_FIELD = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')
_PICTURE = re.compile(r'<figure class="crop".*?<im(?:g src|age href)="([^"]+)"', re.DOTALL)
_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
# Buttons that say what a card without a line to type in is to do.
_SIGNATURE = 'name="verb" value="present"'
_STATUS = 'name="verb" value="keep"'

Place = tuple[str, int, str]


@dataclass(slots=True)
class Work:
    """What one person did.

    ``took_ms``: from sending a decision to its answer; ``kept``: how often the card that
    was shown meanwhile was the right one.
    """

    decided: list[Place] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)
    errors: int = 0
    conflicts: int = 0
    kept: int = 0


class Crowd:
    """One person's browser: keeps a connection, a session and its token."""

    def __init__(self, address: str, name: str) -> None:
        """Sign in as ``name``."""
        parts = urlsplit(address)
        self._origin = address
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self._cookie = ""
        found = _TOKEN.search(self.get("/sign-in"))
        self.token = found[1] if found else ""
        self.post("/sign-in", {"csrf": self.token, "name": name, "next": "/"})
        found = _TOKEN.search(self.get("/queue"))
        self.token = found[1] if found else ""

    def get(self, path: str) -> str:
        """A page, redirects followed."""
        status, text, headers = self._ask("GET", path, "")
        return self.get(headers["location"]) if status in (302, 303) else text

    def post(
        self, path: str, values: dict[str, str], *, piece: bool = False
    ) -> tuple[int, str, Mapping[str, str]]:
        """Post a form; ``piece``: as the scripts ask. Status, text and headers (lower case)."""
        return self._ask("POST", path, urlencode(values), piece=piece)

    def _ask(
        self, method: str, path: str, body: str, *, piece: bool = False
    ) -> tuple[int, str, Mapping[str, str]]:
        headers = {"Cookie": self._cookie}
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = self._origin
        if piece:
            headers["HX-Request"] = "true"
        try:
            answer, content = self._send(method, path, body, headers)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # The server has closed a connection that was idle: a browser opens another.
            self._connection.close()
            answer, content = self._send(method, path, body, headers)
        cookie = answer.getheader("set-cookie")
        if cookie:
            self._cookie = cookie.partition(";")[0]
        told = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, content.decode("utf-8", "replace"), told

    def _send(
        self, method: str, path: str, body: str, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        self._connection.request(method, path, body or None, headers)
        answer = self._connection.getresponse()
        return answer, answer.read()


def work_together(address: str, people: int, seconds: float, pace_s: float) -> list[Work]:
    """Let ``people`` decide for ``seconds``, each ``pace_s`` seconds a field."""
    done = [Work() for _ in range(people)]
    crowds = [Crowd(address, f"Reviewer {n}") for n in range(people)]
    end = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_work, args=(crowd, work, end, pace_s, pace_s * number / people))
        for number, (crowd, work) in enumerate(zip(crowds, done, strict=True))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def _work(crowd: Crowd, work: Work, end: float, pace_s: float, wait_s: float) -> None:
    # People do not start in step.
    time.sleep(wait_s)
    try:
        card, held = crowd.get("/next"), ""
        while time.monotonic() < end:
            card, held = _decide(crowd, work, card, held)
            time.sleep(pace_s)
    except (OSError, http.client.HTTPException, ValueError):
        work.errors += 1


def _decide(crowd: Crowd, work: Work, card: str, held: str) -> tuple[str, str]:
    """Accept the reading of a card, as the page's script does it.

    ``held``: the card behind it, which is shown at once. Returns the card that is shown
    then, and the one behind that. ValueError where there is none.
    """
    form, named = _FORM.search(card), _CARD.search(card)
    if form is None or named is None:
        raise ValueError("this is no card")
    values = _values(form[0]) | {"csrf": crowd.token, "ahead": "1"}
    if 'name="value" value' not in form[0] and 'id="value"' not in form[0]:
        values["verb"] = "keep" if _STATUS in form[0] else "accept"
    elif _SIGNATURE in form[0]:
        values["verb"] = "present"
    else:
        values["verb"] = "accept"
    shown = _CARD.search(held)
    if shown and values["verb"] != "keep":
        values |= {"shown": shown[1].removeprefix("/field/"), "mark": shown[2]}
    began = time.monotonic()
    status, answer, headers = crowd.post(html.unescape(form[1]), values, piece=True)
    work.took_ms.append(1000 * (time.monotonic() - began))
    _, sheet, row, name = html.unescape(named[1]).strip("/").split("/")
    if status != 200:
        work.errors += 1
    elif 'class="panel alarm"' in answer:
        work.conflicts += 1
        return crowd.get("/next"), ""
    else:
        work.decided.append((sheet, int(row), name))
    told, _, following = answer.partition("<template")
    kept = headers.get("x-card") == "kept"
    work.kept += kept
    picture = _PICTURE.search(following)
    if picture:
        crowd.get(html.unescape(picture[1]))
    return (held if kept else told), following


def _values(form: str) -> dict[str, str]:
    found = {}
    for tag in _FIELD.findall(form):
        given = dict(_ATTRIBUTE.findall(tag))
        if "name" in given:
            found[given["name"]] = html.unescape(given.get("value", ""))
    return found
