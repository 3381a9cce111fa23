"""What every request and answer has to have: a known host, a bearable size, strict headers.

Plain ASGI middleware, so that it covers pictures, static files, redirects and
errors as well as pages. What fails in a page is logged by its place in the
code and answered without its words: they may hold a signer's name.
"""

import hashlib
import ipaddress
import logging
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digitizer.store import Store

_LOG = logging.getLogger(__name__)

# A working day, then people sign in again.
SESSION_S = 12 * 3600
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_KEY = "session-key"

# Nothing but our own files; no inline script or style, no frame, no other host.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    # Names and addresses must not stay in a browser's cache on a shared computer.
    "cache-control": "no-store",
}
# Our own scripts and styles hold nobody's data.
STATIC = "/static/"
STATIC_CACHE = "no-cache"
# Browsers ask for the icon at every change of address; it hardly ever changes.
ICON, ICON_CACHE = "/static/icon.svg", "max-age=3600"

# The longest form is a page of decisions, far below; scans are uploaded to one path only.
MAX_FORM_BYTES = 2 << 20
UPLOADS = "/add"
# A box of a thousand sheets, scanned in colour.
MAX_UPLOAD_BYTES = 4 << 30


class AnswerBrokenError(Exception):
    """An answer broke off on its way; says nothing about why, since servers print it."""


class SafeHeaders:
    """Adds ``HEADERS`` to every answer, and is the last to catch what goes wrong."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        static = scope["path"].startswith(STATIC)
        started = False

        async def add(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                ours = dict(HEADERS)
                if static:
                    ours["cache-control"] = ICON_CACHE if scope["path"] == ICON else STATIC_CACHE
                known = [(k, v) for k, v in message["headers"] if k.decode().lower() not in ours]
                message["headers"] = [*known, *((k.encode(), v.encode()) for k, v in ours.items())]
            await send(message)

        try:
            await self.app(scope, receive, add)
        except Exception as error:  # noqa: BLE001 - outside of it, the server would print its words
            _LOG.error("unexpected error", exc_info=error)
            if started:
                raise AnswerBrokenError("an answer broke off; run.log says where") from None
            answer = PlainTextResponse("Error in digitizer itself; see run.log", status_code=500)
            await answer(scope, receive, add)


class KnownHosts:
    """Answers only to names that are ours: no other site's name may lead a browser here.

    A page of another site can point its own name at this address and would
    then be of the same origin (DNS rebinding); with an address instead of a
    name it cannot.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str], *, addresses: bool) -> None:
        """``hosts``: the names; ``addresses``: also to any IP address."""
        self.app = app
        self.hosts = frozenset(host.casefold().strip("[]") for host in hosts)
        self.addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse with 400, or go on."""
        if scope["type"] == "lifespan" or self._is_ours(scope):
            await self.app(scope, receive, send)
            return
        await PlainTextResponse("Unknown host name", status_code=400)(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"host"]
        if len(given) != 1:
            return False
        try:
            host = urlsplit(f"//{given[0].decode('ascii')}").hostname or ""
        except ValueError:
            return False
        return host in self.hosts or (self.addresses and _is_address(host))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class BodyLimit:
    """Refuses bodies that are too large, also those that do not say how large they are."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what comes in; HTTPException 413 where it is read beyond the limit."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = MAX_UPLOAD_BYTES if scope["path"] == UPLOADS else MAX_FORM_BYTES
        told = next((v for n, v in scope["headers"] if n == b"content-length"), b"0")
        seen = int(told) if told.isdigit() else 0

        def check() -> None:
            if seen > limit:
                raise HTTPException(413)

        arrived = 0

        async def count() -> Message:
            nonlocal seen, arrived
            check()
            message = await receive()
            arrived += len(message.get("body", b""))
            seen = max(seen, arrived)
            check()
            return message

        await self.app(scope, count, send)


def session_key(store: Store) -> str:
    """The workspace's key for signing sessions, made at first use; it outlives a restart."""
    return store.setting(_KEY, lambda: secrets.token_urlsafe(32))


def middleware(store: Store, hosts: Sequence[str], *, addresses: bool) -> list[Middleware]:
    """What stands before every page, outermost first. ``hosts``: names we answer to.

    ``addresses``: answer to any IP address as well, for a server that others can reach.
    """
    key = session_key(store)
    return [
        Middleware(SafeHeaders),
        Middleware(KnownHosts, hosts=tuple(hosts), addresses=addresses),
        Middleware(BodyLimit),
        Middleware(
            SessionMiddleware,
            secret_key=key,
            session_cookie=cookie_name(key),
            max_age=SESSION_S,
            same_site="strict",
        ),
    ]


def cookie_name(key: str) -> str:
    """Name of the session's cookie; browsers tell hosts apart but not ports.

    So two workspaces reviewed on one computer need two names.
    """
    return f"digitizer-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
