"""The application: middleware, then the routes of every page."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from digitizer.review import (
    add,
    card,
    groups,
    home,
    people,
    pictures,
    queuepage,
    samples,
    sheetlist,
    sheetview,
    signin,
)
from digitizer.review.desk import Desk
from digitizer.review.failures import FailurePages, refuse
from digitizer.review.gate import Gate
from digitizer.review.rereading import Rereader
from digitizer.review.security import LOOPBACK, middleware
from digitizer.review.texts import choose_language
from digitizer.store import Store

_STATIC = Path(__file__).parent / "static"


class ReaderLanguage:
    """Puts the reader's language into ``request.state.language``."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the language, then go on."""
        if scope["type"] == "http":
            accepted = MutableHeaders(scope=scope).get("accept-language", "")
            chosen = scope["session"].get("language") or choose_language(accepted)
            scope.setdefault("state", {})["language"] = chosen
        await self.app(scope, receive, send)


def create_app(
    store: Store,
    workspace: Path,
    hosts: Sequence[str] = LOOPBACK,
    code: str | None = None,
    watch: Sequence[Path] = (),
) -> Starlette:
    """The review pages over a workspace.

    ``hosts``: names the server answers to (Host header); others get 400.
    ``code``: asked for at sign-in, for a server that other computers reach;
    it then answers to any IP address as well. ``watch``: folders whose new scans
    join the workspace.
    """
    app = Starlette(
        routes=[
            *signin.ROUTES,
            *home.ROUTES,
            *add.ROUTES,
            *samples.ROUTES,
            *card.ROUTES,
            *groups.ROUTES,
            *queuepage.ROUTES,
            *people.ROUTES,
            *pictures.ROUTES,
            *sheetlist.ROUTES,
            *sheetview.ROUTES,
            Mount("/static", StaticFiles(directory=_STATIC), name="static"),
        ],
        middleware=[
            *middleware(store, hosts, addresses=code is not None),
            Middleware(ReaderLanguage),
            Middleware(FailurePages),
        ],
        exception_handlers={HTTPException: refuse},
        lifespan=_lifespan,
    )
    app.state.gate = Gate(store, code)
    app.state.desk = Desk(store, workspace)
    app.state.rereader = Rereader(app.state.desk)
    people.open_people(app, app.state.desk)
    add.open_intake(app, app.state.desk, watch)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """End with the CSV files up to date, and no run left behind."""
    yield
    await run_in_threadpool(add.close_intake, app)
    await run_in_threadpool(app.state.rereader.close)
    await run_in_threadpool(app.state.desk.close)
