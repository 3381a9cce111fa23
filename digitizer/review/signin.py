"""Signing in: a name, so that every decision says whose it is."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from digitizer.review.render import render
from digitizer.review.routing import Reviewer, check_token, local_path, post
from digitizer.review.texts import LANGUAGES

# Longer names are typing errors or worse.
MAX_NAME = 60


async def show(request: Request) -> Response:
    """The sign-in page."""
    return render(request, "sign_in.html", next=local_path(request.query_params.get("next", "/")))


async def sign_in(request: Request) -> Response:
    """Take a name."""
    async with request.form() as form:
        check_token(request, form)
        name = " ".join(str(form.get("name", "")).split())[:MAX_NAME]
        target = local_path(str(form.get("next", "/")))
    if not name:
        return render(request, "sign_in.html", status=422, next=target)
    request.session["name"] = name
    return RedirectResponse(target, status_code=303)


def sign_out(request: Request, me: Reviewer, form: object) -> Response:
    """Forget who this is."""
    request.session.clear()
    return RedirectResponse("/sign-in", status_code=303)


async def set_language(request: Request) -> Response:
    """Choose the language of the pages."""
    async with request.form() as form:
        check_token(request, form)
        language = str(form.get("language", ""))
        target = local_path(str(form.get("next", "/")))
    if language in LANGUAGES:
        request.session["language"] = language
    return RedirectResponse(target, status_code=303)


ROUTES = [
    Route("/sign-in", show, methods=["GET"]),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/language", set_language, methods=["POST"]),
    post("/sign-out", sign_out),
]
