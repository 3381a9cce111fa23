"""Signing in: a name, so that every decision says whose it is; and the language of the pages."""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from digitizer.review.failures import failure_page
from digitizer.review.gate import MAX_NAME, Gate, clean_name
from digitizer.review.render import render
from digitizer.review.routing import Reviewer, check_token, gate_of, local_path, post
from digitizer.review.texts import LANGUAGES

# Names offered as buttons; where more people review, they type theirs.
_NAMES_SHOWN = 24


async def show(request: Request) -> Response:
    """The sign-in page."""
    return await run_in_threadpool(_page, request, request.query_params.get("next", "/"))


async def sign_in(request: Request) -> Response:
    """Take a name, and the code where one is asked for."""
    async with request.form() as form:
        check_token(request, form)
        return await run_in_threadpool(_enter, request, form)


def _enter(request: Request, form: FormData) -> Response:
    gate = gate_of(request)
    target = local_path(str(form.get("next", "/")))
    name = clean_name(str(form.get("name", "")))
    if not gate.lets_in(request.session.get("code")):
        address = request.client.host if request.client else ""
        if gate.wrong.wait_s(address) > 0:
            return failure_page(request, 429)
        if not gate.admits(str(form.get("code", ""))):
            gate.wrong.add(address)
            return _page(request, target, name=name, problem="wrong_code")
    if not name:
        return _page(request, target, problem="no_name")
    known = gate.register(name)
    language = request.session.get("language") or known.language
    # A new session with a new token: nothing of what was there before signing in counts.
    request.session.clear()
    request.session["name"] = known.name
    if gate.code is not None:
        request.session["code"] = gate.mark()
    if language:
        request.session["language"] = language
        if language != known.language:
            gate.set_language(known.name, language)
    return RedirectResponse(target, status_code=303)


def _page(request: Request, target: str, *, name: str = "", problem: str = "") -> Response:
    gate: Gate = gate_of(request)
    inside = gate.lets_in(request.session.get("code"))
    everybody = gate.everybody() if inside else ()
    return render(
        request,
        "sign_in.html",
        status=422 if problem else 200,
        next=local_path(target),
        needs_code=not inside,
        names=[one.name for one in everybody] if len(everybody) <= _NAMES_SHOWN else [],
        is_first=inside and not everybody,
        name=name,
        problem=problem,
        longest=MAX_NAME,
    )


def sign_out(request: Request, me: Reviewer, form: FormData) -> Response:
    """Forget who this is."""
    request.session.clear()
    return RedirectResponse("/sign-in", status_code=303)


async def set_language(request: Request) -> Response:
    """Choose the language of the pages, signed in or not."""
    async with request.form() as form:
        check_token(request, form)
        return await run_in_threadpool(_choose, request, form)


def _choose(request: Request, form: FormData) -> Response:
    language = str(form.get("language", ""))
    if language in LANGUAGES:
        request.session["language"] = language
        name = request.session.get("name")
        if name:
            gate_of(request).set_language(name, language)
    return RedirectResponse(local_path(str(form.get("next", "/"))), status_code=303)


ROUTES = [
    Route("/sign-in", show, methods=["GET"]),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/language", set_language, methods=["POST"]),
    post("/sign-out", sign_out),
]
