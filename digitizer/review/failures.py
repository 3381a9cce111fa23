"""Pages for what did not work: refused, not found, busy, an error of ours; in the reader's words.

Never with the words of an exception that this package did not write for
people: those may quote what was being worked on.
"""

import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digitizer.errors import DigitizerError, StoreError, UsageError
from digitizer.review.render import render
from digitizer.review.texts import load_texts, say

_LOG = logging.getLogger(__name__)


class FailurePages:
    """Turns an exception of a page into an answer; the innermost middleware."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; where that fails, say so."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            if started:
                raise
            answer = _answer(Request(scope, receive), error)
            await answer(scope, receive, send)


def _answer(request: Request, error: Exception) -> Response:
    if isinstance(error, UsageError):
        return failure_page(request, 422, str(error))
    if isinstance(error, StoreError):
        _LOG.error("the store failed", exc_info=error)
        return failure_page(request, 503, str(error))
    if isinstance(error, DigitizerError):
        return failure_page(request, 500, str(error))
    _LOG.error("unexpected error", exc_info=error)
    return failure_page(request, 500)


def failure_page(request: Request, status: int, detail: str = "", *, words: str = "") -> Response:
    """The page that tells what did not work; ``detail``: more about it, for people.

    ``words``: a message other than the status's own.
    """
    usual = f"failures.s{status}"
    words = words or (usual if usual in load_texts() else "failures.other")
    try:
        return render(request, "refused.html", status=status, words=words, detail=detail)
    except Exception as error:  # noqa: BLE001 - the page itself needs the database
        _LOG.error("no page for a failure", exc_info=error)
        text = say(words, request.state.language)
        return PlainTextResponse(f"{text}\n{detail}".strip(), status_code=status)


def supervisors_only(request: Request) -> Response:
    """The page for somebody who is no supervisor."""
    return failure_page(request, 403, words="failures.supervisors_only")


async def refuse(request: Request, error: Exception) -> Response:
    """The page for an HTTPException; its own words are for programs, and are left out."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    answer = failure_page(request, status)
    answer.headers.update(getattr(error, "headers", None) or {})
    return answer
