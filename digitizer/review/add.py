"""Scans dropped into the page: kept in the workspace's ``incoming`` folder, read by and by."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path, PurePath

from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from digitizer.errors import DigitizerError
from digitizer.inputs import SUFFIXES, shown_name
from digitizer.intake import INCOMING, FileNote, Intake, unfinished
from digitizer.review.desk import Desk, desk_of
from digitizer.review.render import render
from digitizer.review.routing import Reviewer, get, is_fragment, post, upload
from digitizer.review.texts import say
from digitizer.review.uploads import Upload, Uploaded, clear_leftovers, keep
from digitizer.watch import Folders, Look, follow

# How often a browser asks how far it is: while something is read, and else.
POLL_S = 2
IDLE_POLL_S = 15
# Remarks on one file, and files, shown.
PROBLEMS_SHOWN = 5
FILES_SHOWN = 100

_LOG = logging.getLogger(__name__)


def open_intake(app: Starlette, desk: Desk, watch: Sequence[Path] = ()) -> None:
    """Let scans in: put ``intake`` into the application's state, go on with what was left.

    ``watch``: folders to take new files from as well.
    """
    intake = Intake(desk.store, desk.workspace)
    app.state.intake, app.state.watched = intake, tuple(watch)
    app.state.unwatch = threading.Event()
    clear_leftovers(desk.workspace / INCOMING)
    intake.resume()
    if watch:
        threading.Thread(target=_watch, args=(app, desk), name="watch", daemon=True).start()


def close_intake(app: Starlette) -> None:
    """End what is under way; it goes on at the next start."""
    app.state.unwatch.set()
    app.state.intake.stop()


def show(request: Request, me: Reviewer) -> Response:
    """The drop zone and how far the reading is."""
    return _page(request, "add.html")


def progress(request: Request, me: Reviewer) -> Response:
    """How far it is, asked for again and again."""
    return _page(request, "_intake.html")


def take(request: Request, me: Reviewer, received: Uploaded) -> Response:
    """Take in files that were sent."""
    desk, intake = desk_of(request), intake_of(request)
    if not received.files:
        return _page(request, "add.html", status=422, wrong="add.none")
    known = {file.sha256: name for name, file in desk.store.known_files().items()}
    kept = []
    for one in received.files:
        name = shown_name(PurePath(one.name.replace("\\", "/")).name)
        problem = _problem(one, known)
        if problem:
            told = shown_name(PurePath(known.get(one.sha256, "")).name)
            intake.refuse(name, say(problem, me.language, name=name, known=told))
            continue
        place = keep(one, desk.workspace / INCOMING)
        known[one.sha256] = place.name
        kept.append(f"{INCOMING}/{place.name}")
    intake.add(kept, folder=desk.workspace)
    if is_fragment(request):
        return _page(request, "_intake.html")
    return RedirectResponse("/add", status_code=303)


def resume(request: Request, me: Reviewer, form: FormData) -> Response:
    """Read what lies unread in the incoming folder, after a run that came to nothing."""
    intake_of(request).resume()
    return RedirectResponse("/add", status_code=303)


def intake_of(request: Request) -> Intake:
    """What takes scans in."""
    found: Intake = request.app.state.intake
    return found


def _problem(one: Upload, known: dict[str, str]) -> str:
    if one.problem:
        return one.problem
    if PurePath(one.name).suffix.lower() not in SUFFIXES:
        return "add.no-scan"
    if not one.size_bytes:
        return "add.empty"
    return "add.same-file" if one.sha256 in known else ""


def _page(
    request: Request, template: str, *, status: int = 200, wrong: str | None = None
) -> Response:
    desk, intake = desk_of(request), intake_of(request)
    found = intake.progress()
    # Only what came to nothing leaves files behind: at a start all of them are read.
    stuck = bool(found.problem) and not found.running
    left = len(unfinished(desk.store, desk.workspace)) if stuck else 0
    return render(
        request,
        template,
        status=status,
        found=found,
        files=[(note, _shown(note)) for note in found.files[:FILES_SHOWN]],
        left=left,
        wrong=wrong,
        poll_s=POLL_S if found.running else IDLE_POLL_S,
        watched=[str(folder) for folder in request.app.state.watched],
        accept=",".join(sorted(SUFFIXES)),
        problems_shown=PROBLEMS_SHOWN,
    )


def _shown(note: FileNote) -> str:
    return shown_name(PurePath(note.name).name)


def _watch(app: Starlette, desk: Desk) -> None:
    def read(look: Look) -> None:
        app.state.intake.add([file.path for file in look.ready])

    seen = Folders(app.state.watched, exclude=(desk.workspace,))
    try:
        follow(seen, read, stop=app.state.unwatch)
    except DigitizerError as error:
        _LOG.error("watching ended: %s", error)


ROUTES: list[BaseRoute] = [
    get("/add", show),
    upload("/add", lambda request: desk_of(request).workspace / INCOMING, take),
    get("/add/progress", progress),
    post("/add/resume", resume),
]
