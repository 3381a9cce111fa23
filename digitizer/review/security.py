"""What every answer has to have: a known host, strict headers, a signed session."""

import secrets
from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digitizer.store import Store

SESSION_COOKIE = "digitizer"
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


class SafeHeaders:
    """Adds ``HEADERS`` to every answer; plain ASGI, so it covers errors and files too."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        static = scope["path"].startswith(STATIC)

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = dict(HEADERS)
                if static:
                    ours["cache-control"] = STATIC_CACHE
                known = [(k, v) for k, v in message["headers"] if k.decode().lower() not in ours]
                message["headers"] = [*known, *((k.encode(), v.encode()) for k, v in ours.items())]
            await send(message)

        await self.app(scope, receive, add)


def session_key(store: Store) -> str:
    """The workspace's key for signing sessions, made at first use; it outlives a restart."""
    return store.setting(_KEY, lambda: secrets.token_urlsafe(32))


def middleware(store: Store, hosts: Sequence[str]) -> list[Middleware]:
    """What stands before every page, outermost first. ``hosts``: names we answer to."""
    return [
        Middleware(SafeHeaders),
        Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
        Middleware(
            SessionMiddleware,
            secret_key=session_key(store),
            session_cookie=SESSION_COOKIE,
            max_age=SESSION_S,
            same_site="strict",
        ),
    ]
