"""How a page or a change is reached: always signed in, every change with its token.

Pages are plain functions of (request, reviewer), changes of (request, reviewer,
form). They run in a thread, since the store waits for its database. Nothing
that changes anything can be reached but by ``post``, which asks for the token.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from digitizer.review.gate import Gate
from digitizer.review.uploads import Uploaded, receive

CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"
# A form may hold this many files (scans dropped at once) and fields.
MAX_FILES = 2000
MAX_FIELDS = 5000


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who is signed in in a browser."""

    name: str
    supervisor: bool
    language: str


Page: TypeAlias = Callable[[Request, Reviewer], Response]
Change: TypeAlias = Callable[[Request, Reviewer, FormData], Response]
Taking: TypeAlias = Callable[[Request, Reviewer, Uploaded], Response]


def get(path: str, page: Page) -> Route:
    """A page for people who are signed in; others are sent to sign in first."""

    async def endpoint(request: Request) -> Response:
        me = signed_in(request)
        if me is None:
            return to_sign_in(request)
        return await run_in_threadpool(page, request, me)

    return Route(path, endpoint, methods=["GET"], name=page.__name__)


def post(path: str, change: Change) -> Route:
    """A change by somebody signed in, refused without the session's token."""

    async def endpoint(request: Request) -> Response:
        me = signed_in(request)
        if me is None:
            return to_sign_in(request)
        async with request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS) as form:
            check_token(request, form)
            return await run_in_threadpool(change, request, me, form)

    return Route(path, endpoint, methods=["POST"], name=change.__name__)


def upload(path: str, folder_of: Callable[[Request], Path], change: Taking) -> Route:
    """A change that brings files, which are written to a folder as they come.

    Refused without the session's token before anything of it is kept; what
    ``change`` leaves where it was written is removed.
    """

    async def endpoint(request: Request) -> Response:
        me = signed_in(request)
        if me is None:
            return to_sign_in(request)
        try:
            received = await receive(
                request, folder_of(request), lambda f: check_token(request, FormData(f))
            )
        except ClientDisconnect:
            return Response(status_code=400)
        try:
            return await run_in_threadpool(change, request, me, received)
        finally:
            received.discard()

    return Route(path, endpoint, methods=["POST"], name=change.__name__)


def gate_of(request: Request) -> Gate:
    """Who may come in."""
    found: Gate = request.app.state.gate
    return found


def signed_in(request: Request) -> Reviewer | None:
    """Who the session says this is; None: nobody, or nobody any more."""
    name = request.session.get("name")
    gate = gate_of(request)
    if not isinstance(name, str) or not gate.lets_in(request.session.get("code")):
        return None
    known = gate.find(name)
    if known is None:
        return None
    return Reviewer(known.name, known.supervisor, request.state.language)


def token_of(request: Request) -> str:
    """The token that every change of this session must bring; made at first use."""
    if "token" not in request.session:
        request.session["token"] = secrets.token_urlsafe(24)
    return str(request.session["token"])


def check_token(request: Request, form: FormData) -> None:
    """Refuse a change that does not come from a page of ours. Raises HTTPException 403."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "this change comes from another site")
    given = request.headers.get(CSRF_HEADER) or str(form.get(CSRF_FIELD, ""))
    if not secrets.compare_digest(given.encode(), token_of(request).encode()):
        raise HTTPException(403, "this page is too old: load it again")


def to_sign_in(request: Request) -> Response:
    """Send to the sign-in page, and back afterwards."""
    back = quote(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
    place = f"/sign-in?next={back}" if request.method == "GET" else "/sign-in"
    if request.headers.get("hx-request"):
        # htmx follows a redirect inside the fragment; this header makes it load a page.
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse(place, status_code=303)


def local_path(target: str, default: str = "/") -> str:
    """``target`` if it is a path of this server, else ``default``: never lead elsewhere."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return default
    local = not parts.scheme and not parts.netloc and target.startswith("/")
    # Browsers drop control characters and take a backslash for a slash.
    odd = "\\" in target or not target.isprintable()
    return target if local and not odd and not target.startswith("//") else default


def is_fragment(request: Request) -> bool:
    """Whether htmx asks for a piece of a page rather than a browser for all of it."""
    return request.headers.get("hx-request") == "true" and not request.headers.get("hx-boosted")
