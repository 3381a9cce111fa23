"""Two people typed different values for one field: a third, or a supervisor, says what holds.

Both values stand beside the ink, without their authors and in no order of
theirs, so that the ink decides and not the name.
"""

from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digitizer.errors import UsageError
from digitizer.review import doubt
from digitizer.review.desk import desk_of
from digitizer.review.render import render
from digitizer.review.routing import Reviewer, get, post
from digitizer.review.second import twice_of
from digitizer.review.sights import Sight, sight_of
from digitizer.review.timing import OPENED, opened_now, seconds_spent
from digitizer.review.twice import choices, may_settle
from digitizer.review.verbs import Place
from digitizer.review.words import field_name
from digitizer.workspace.reviewers import SecondEntry, same_name

_SAID = ("settled", "gone")


@dataclass(frozen=True, slots=True)
class Choice:
    """A value to choose; ``pieces``: what it has otherwise than the first choice."""

    number: int
    text: str
    pieces: tuple[doubt.Piece, ...]


def arbitrate(request: Request, me: Reviewer) -> Response:
    """To the first difference that this person may settle, or what there is of others."""
    return _next(request, me, request.query_params.get("said", ""))


def difference(request: Request, me: Reviewer) -> Response:
    """One difference."""
    return _card(request, me, _entry(request))


def settle_difference(request: Request, me: Reviewer, form: FormData) -> Response:
    """Take what holds, then the next difference."""
    entry = _entry(request)
    if entry is None or not entry.is_open_difference:
        return _next(request, me, "gone")
    if not may_settle(entry, me.name, supervisor=me.supervisor):
        raise HTTPException(403)
    if "nothing" in form:
        text = ""
    elif "value" in form:
        text = str(form["value"])
    else:
        text = str(form.get("text", ""))
        if not text.strip():
            return _card(request, me, entry, problem="second.empty")
    try:
        settled = twice_of(request).settle(entry, me.name, text, seconds_spent(form))
    except UsageError:
        return _card(request, me, entry, problem="second.not_clear", text=text)
    return _next(request, me, "settled" if settled else "gone")


def _next(request: Request, me: Reviewer, said: str) -> Response:
    said = said if said in _SAID else ""
    open_ = twice_of(request).differences()
    mine = [e for e in open_ if may_settle(e, me.name, supervisor=me.supervisor)]
    told = f"?said={said}" if said else ""
    if mine:
        return RedirectResponse(f"/arbitrate/{mine[0].id}{told}", status_code=303)
    if request.method == "POST":
        return RedirectResponse(f"/arbitrate{told}", status_code=303)
    return render(request, "arbitrate_done.html", said=said, others=len(open_))


def _card(
    request: Request, me: Reviewer, entry: SecondEntry | None, *, problem: str = "", text: str = ""
) -> Response:
    if (
        entry is None
        or not entry.is_open_difference
        or not may_settle(entry, me.name, supervisor=me.supervisor)
    ):
        return _next(request, me, "gone")
    said = request.query_params.get("said", "")
    offered = choices(entry, twice_of(request).standing_value(entry))
    return render(
        request,
        "arbitrate.html",
        status=422 if problem else 200,
        entry=entry,
        field=field_name(entry.field, me.language),
        choices=[
            Choice(number, value, doubt.differing(value, offered[0] if number > 1 else offered[1]))
            for number, value in enumerate(offered, start=1)
        ],
        own=same_name(me.name) in (same_name(entry.first_who), same_name(entry.second_who or "")),
        sight=_sight(request, entry),
        left=len(twice_of(request).differences()),
        problem=problem,
        text=text,
        said=said if said in _SAID else "",
        opened_name=OPENED,
        opened=opened_now(),
    )


def _sight(request: Request, entry: SecondEntry) -> Sight | None:
    desk = desk_of(request)
    listed = desk.sheet(entry.sheet_id)
    if listed is None:
        return None
    place = Place(listed[0], listed[1], entry.row, entry.field)
    return sight_of(place, desk.store.geometry(entry.sheet_id), desk.workspace)


def _entry(request: Request) -> SecondEntry | None:
    wanted = request.path_params["entry"]
    return next((e for e in twice_of(request).entries() if e.id == wanted), None)


ROUTES = [
    get("/arbitrate", arbitrate),
    get("/arbitrate/{entry:int}", difference),
    post("/arbitrate/{entry:int}", settle_difference),
]
