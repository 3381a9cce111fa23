"""Second entry: a decided field typed once more by somebody else who sees the paper only.

The card shows pictures and an empty line. Neither the first person's value nor
the machine's reading is in the page, so nothing but the ink suggests an answer,
and nobody is told whether the two agree.
"""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digitizer.errors import UsageError
from digitizer.records import FieldKind
from digitizer.review.cardview import printed_label
from digitizer.review.desk import desk_of
from digitizer.review.referred import key_of
from digitizer.review.render import render
from digitizer.review.routing import Reviewer, get, local_path, post
from digitizer.review.sights import sight_of
from digitizer.review.texts import load_texts
from digitizer.review.timing import OPENED, opened_now, seconds_spent
from digitizer.review.twice import Twice
from digitizer.review.verbs import Place
from digitizer.review.words import field_name
from digitizer.workspace.reviewers import Key

# What happened to the entry before, as the page may be asked to say it.
_SAID = ("saved", "gone")


def twice_of(request: Request) -> Twice:
    """Second entries of the workspace."""
    found: Twice = request.app.state.twice
    return found


def second(request: Request, me: Reviewer) -> Response:
    """To the next field for this person, or a page that says that nothing is left."""
    said = request.query_params.get("said", "")
    return _next(request, me, said if said in _SAID else "", _key_in(request, "after"))


def second_card(request: Request, me: Reviewer) -> Response:
    """The card of one field."""
    return _card(request, me, _key_of_path(request))


def enter_second(request: Request, me: Reviewer, form: FormData) -> Response:
    """Take what was typed, then the next field."""
    key = _key_of_path(request)
    nothing = "nothing" in form
    text = "" if nothing else str(form.get("text", ""))
    if not nothing and not text.strip():
        return _card(request, me, key, problem="second.empty")
    try:
        taken = twice_of(request).enter(key, me.name, text, seconds_spent(form))
    except UsageError:
        return _card(request, me, key, problem="second.not_clear", text=text)
    return _next(request, me, "saved" if taken else "gone", key)


def ask_second(request: Request, me: Reviewer, form: FormData) -> Response:
    """Ask for a second entry of a field that was decided."""
    asked = twice_of(request).ask(key_of(form))
    target = local_path(str(form.get("next", "")), "")
    if not target:
        target = f"/people?said={'asked' if asked else 'asked_before'}"
    return RedirectResponse(target, status_code=303)


def _next(request: Request, me: Reviewer, said: str, after: Key | None) -> Response:
    found = twice_of(request).next_for(me.name, after)
    told = f"?said={said}" if said else ""
    if found is None and request.method == "POST":
        return RedirectResponse(f"/second{told}", status_code=303)
    if found is None:
        others = len(twice_of(request).waiting())
        return render(request, "second_done.html", said=said, others=others)
    return RedirectResponse(f"{_path(found)}{told}", status_code=303)


def _card(
    request: Request, me: Reviewer, key: Key, *, problem: str = "", text: str = ""
) -> Response:
    desk, twice = desk_of(request), twice_of(request)
    value, listed = twice.field(key), desk.sheet(key[0])
    mine = twice.waits_for(key, me.name) is not None and desk.leases.take(key, me.name)
    if value is None or listed is None or not mine:
        return _next(request, me, "gone", key)
    sheet, records = listed
    form = desk.form_of(sheet)
    place = Place(sheet, records, key[1], key[2], form)
    said = request.query_params.get("said", "")
    return render(
        request,
        "second.html",
        status=422 if problem else 200,
        field=field_name(key[2], me.language),
        printed=printed_label(form, key[1], key[2]),
        printed_language=form.language if form else "en",
        sight=sight_of(place, desk.store.geometry(key[0]), desk.workspace),
        sheet_id=key[0],
        row=key[1],
        field_id=key[2],
        kind=value.kind.value,
        only=_only(value.kind),
        source_file=sheet.source_file,
        page=sheet.page,
        left=len(twice.for_person(me.name)),
        problem=problem,
        text=text,
        said=said if said in _SAID else "",
        opened_name=OPENED,
        opened=opened_now(),
    )


def _only(kind: FieldKind) -> str:
    """The message that says what of a cell to type, where several fields share one."""
    message = f"second.only-{kind.value}"
    return message if message in load_texts() else ""


def _path(key: Key) -> str:
    return f"/second/{key[0]}/{key[1]}/{key[2]}"


def _key_of_path(request: Request) -> Key:
    given = request.path_params
    return given["sheet"], given["row"], given["field"]


def _key_in(request: Request, name: str) -> Key | None:
    parts = request.query_params.get(name, "").split("/")
    return (parts[0], int(parts[1]), parts[2]) if len(parts) == 3 and parts[1].isdigit() else None


ROUTES = [
    get("/second", second),
    post("/second/ask", ask_second),
    get("/second/{sheet}/{row:int}/{field}", second_card),
    post("/second/{sheet}/{row:int}/{field}", enter_second),
]
