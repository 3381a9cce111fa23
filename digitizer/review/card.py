"""The field card: one doubtful field, decided from the keyboard.

A decision answers with the next card, so that one request and one picture are
all it takes; without scripts the answer is a redirect to the next card's page.
"""

from dataclasses import replace
from datetime import UTC, datetime

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from digitizer.errors import UsageError
from digitizer.records import FieldKind, FieldValue
from digitizer.review import ahead, livecheck
from digitizer.review.cardpage import (
    SPLIT,
    Extra,
    card_address,
    card_text,
    key_of,
    place_of,
    read_key,
    words,
)
from digitizer.review.cardview import beside
from digitizer.review.desk import Conflict, Desk, desk_of
from digitizer.review.filters import Filter
from digitizer.review.items import Key
from digitizer.review.livecheck import Check, Level
from digitizer.review.otherwork import other_work
from digitizer.review.referred import referrals_of
from digitizer.review.render import markup, render
from digitizer.review.routing import CSRF_FIELD, Reviewer, get, is_fragment, local_path, post
from digitizer.review.rowedits import split
from digitizer.review.texts import say
from digitizer.review.timing import OPENED, TOOK, seconds_spent
from digitizer.review.verbs import Place, Verb, Wish, decisions_for
from digitizer.review.words import field_name
from digitizer.workspace.decisions import CONSENT, SHEET, STATUS, Decision

# What is done without a decision.
SKIP, REFER = "skip", "refer"
# Names of form fields that hold a row's values begin with one of these.
_MERGED, _FIRST, _SECOND = "merged-", "first-", "second-"
# Fields of a form that are not sent again after a conflict.
_NOT_AGAIN = frozenset(
    {CSRF_FIELD, "stand", "rows", "go", OPENED, TOOK, ahead.AHEAD, ahead.SHOWN, ahead.MARK}
)
# How long a note to a supervisor may be.
MAX_NOTE = 500
# Text of a field that is longer is no answer to anything.
MAX_TEXT = 500


def go_next(request: Request, me: Reviewer) -> Response:
    """Send to the next card under the filter of the address."""
    wanted = Filter.of(request.query_params)
    after = read_key(request.query_params.get("after", ""))
    item = desk_of(request).queue.next(wanted, me.name, after)
    if item is None:
        return _nothing_left(request, me, wanted)
    return RedirectResponse(card_address(item.key, wanted), status_code=303)


def show(request: Request, me: Reviewer) -> Response:
    """The card of the field that the address names."""
    desk, key = desk_of(request), key_of(request)
    panel = request.query_params.get("panel", "")
    return HTMLResponse(card_text(request, me, desk, key, Extra(panel=panel)))


def decide(request: Request, me: Reviewer, form: FormData) -> Response:
    """Decide as the form says, then show the next card."""
    desk, key, wanted = desk_of(request), key_of(request), Filter.of(request.query_params)

    def onward(message: str, **told: str) -> Response:
        said = say(message, me.language, **told)
        return _onward(request, me, desk, key, wanted, form, said)

    verb = str(form.get("verb", Verb.ACCEPT.value))
    if verb == SKIP:
        desk.leases.release(key, me.name)
        return onward("card.said_skipped")
    if verb == REFER:
        note = str(form.get("note", "")).strip()[:MAX_NOTE]
        referrals_of(request).refer(key, me.name, note)
        return onward("card.said_referred")
    place = place_of(desk, key)
    try:
        if verb == SPLIT:
            made = _split(place, form, me)
        else:
            wish = _wish(verb, form)
            text = _kept(place, wish)
            warning = _warning(place, wish, text, str(form.get("sure", "")))
            if warning is not None:
                # What is refused the second time, too, is not promised.
                sure = wish.text if _is_kept(place, text) else ""
                extra = Extra(typed=wish.text, check=warning, sure=sure)
                return _refused(request, me, desk, key, extra)
            made = decisions_for(place, replace(wish, text=text), me.name, me.language)
        seconds = seconds_spent(dict(form))
        # The time went into all of a batch: it is told once.
        made = tuple(replace(d, seconds=None if n else seconds) for n, d in enumerate(made))
        desk.decide(made, expect=_stand(form), rows=_rows(form))
    except UsageError as error:
        return _refused(request, me, desk, key, Extra(typed=_text(form), error=str(error)))
    except Conflict as conflict:
        again = tuple((n, str(text)) for n, text in form.items() if n not in _NOT_AGAIN)
        extra = Extra(typed=_text(form), conflict=conflict, again=again)
        return _refused(request, me, desk, key, extra)
    said = field_name(STATUS if any(d.field == STATUS for d in made) else key[2], me.language)
    nowhere = desk.uncounted_beside(made)
    if nowhere:
        return onward("card.said_none_counts", field=said, row=", ".join(nowhere))
    return onward("card.said_saved", field=said)


def undo(request: Request, me: Reviewer, form: FormData) -> Response:
    """Take back what this person did last, and show that card again."""
    also = bool(form.get(ahead.AHEAD))
    desk, wanted = desk_of(request), Filter.of(request.query_params)
    undone = desk.undo(me.name)
    if form.get("back"):
        return RedirectResponse(local_path(str(form["back"])), status_code=303)
    if undone is None:
        said = say("card.said_nothing_to_undo", me.language)
        key = read_key(str(form.get("here", "")))
        if key is None or desk.sheet(key[0]) is None:
            return RedirectResponse("/next", status_code=303)
        return _turn_to(request, me, desk, key, wanted, said, also=also)
    said = say("card.said_undone", me.language, field=field_name(undone.field, me.language))
    key = (undone.sheet_id, undone.row, undone.field)
    if undone.row != SHEET and undone.field == CONSENT:
        key = (undone.sheet_id, undone.row, STATUS)
    return _turn_to(request, me, desk, key, wanted, said, also=also)


def renew(request: Request, me: Reviewer, form: FormData) -> Response:
    """Keep the field leased while its card is open, and the one after it set apart."""
    leases = desk_of(request).leases
    leases.take(key_of(request), me.name)
    behind = read_key(str(form.get(ahead.AHEAD, "")))
    if behind is not None:
        leases.set_apart(behind, me.name)
    return Response(status_code=204)


def check(request: Request, me: Reviewer, form: FormData) -> Response:
    """What the grammar says about a text that is being typed."""
    del me
    place = place_of(desk_of(request), key_of(request))
    kind = place.value.kind if place.value else FieldKind.TEXT
    found = livecheck.check(kind, _text(form), beside(place))
    return render(request, "_check.html", check=found, **words(request.state.language))


def keys(request: Request, me: Reviewer) -> Response:
    """The list of keys as a page of its own, for browsers without scripts."""
    del me
    return render(request, "keys.html")


# --- from the address and the form


def _text(form: FormData) -> str:
    return " ".join(str(form.get("value", "")).split())[:MAX_TEXT]


def _stand(form: FormData) -> int | None:
    text = str(form.get("stand", ""))
    return int(text) if text.isdigit() else None


def _rows(form: FormData) -> str | None:
    """What the card knew of where rows lie; None for a form that does not say."""
    return str(form["rows"]) if "rows" in form else None


def _wish(verb: str, form: FormData) -> Wish:
    try:
        known = Verb(verb)
    except ValueError:
        raise HTTPException(422) from None
    row = str(form.get("beside", ""))
    return Wish(
        verb=known,
        text=str(form.get("pick") or "")[:MAX_TEXT] or _text(form),
        other=str(form.get("other", "")),
        beside=int(row) if row.isdigit() else 0,
        values=_values(form, _MERGED) or None,
    )


def _split(place: Place, form: FormData, me: Reviewer) -> tuple[Decision, ...]:
    first, second = _values(form, _FIRST), _values(form, _SECOND)
    sheet, records = place.sheet, place.records
    return split(sheet, records, place.row, first, second, who=me.name, language=me.language)


def _values(form: FormData, prefix: str) -> dict[str, str]:
    """Values by field, of form fields whose names begin with ``prefix``."""
    return {
        name.removeprefix(prefix): " ".join(str(text).split())[:MAX_TEXT]
        for name, text in form.items()
        if name.startswith(prefix)
    }


def _kept(place: Place, wish: Wish) -> str:
    """The text to keep: a date as its day, where the sheet's language tells which."""
    kind = place.value.kind if place.value else FieldKind.TEXT
    today = datetime.now(UTC).date()
    known = beside(place)
    return livecheck.as_kept(kind, wish.text, known.language, today, known.date_order)


def _is_kept(place: Place, text: str) -> bool:
    """Whether the field can hold a text at all; see ``livecheck``."""
    kind = place.value.kind if place.value else FieldKind.TEXT
    known = beside(place)
    today = datetime.now(UTC).date()
    return livecheck.is_kept(kind, text, known.language, today, known.date_order)


def _warning(place: Place, wish: Wish, text: str, sure: str) -> Check | None:
    """What to say once before a text is kept that can hardly be what is written."""
    if wish.verb is not Verb.ACCEPT:
        return None
    if _is_kept(place, text) and (text == place.text or wish.text == sure):
        return None
    kind = place.value.kind if place.value else FieldKind.TEXT
    found = livecheck.check(kind, text, beside(place))
    return found if found is not None and found.level is Level.BAD else None


# --- answers


def _onward(
    request: Request,
    me: Reviewer,
    desk: Desk,
    key: Key,
    wanted: Filter,
    form: FormData,
    said: str,
) -> Response:
    """What comes when ``key`` is done with: the field asked for, the card shown, the next one."""
    go = str(form.get("go", ""))
    also = bool(form.get(ahead.AHEAD))
    if go and any(v.field == go for v in _fields_beside(desk, key)):
        return _turn_to(request, me, desk, (key[0], key[1], go), wanted, said, also=also)
    if form.get(ahead.SHOWN):
        shown, answer = ahead.kept(request, me, desk, wanted, form, said)
        if answer is not None:
            return answer
        if shown is not None:
            return _turn_to(request, me, desk, shown, wanted, said, also=also)
    item = desk.queue.next(wanted, me.name, key)
    if item is not None:
        return _turn_to(request, me, desk, item.key, wanted, said, also=also)
    if is_fragment(request):
        return _nothing_left(request, me, wanted, said)
    query = wanted.query()
    return RedirectResponse(f"/next{'?' if query else ''}{query}", status_code=303)


def _fields_beside(desk: Desk, key: Key) -> tuple[FieldValue, ...]:
    place = place_of(desk, key)
    if place.row == SHEET:
        return tuple(place.sheet.collector)
    return place.record.fields if place.record is not None else ()


def _turn_to(
    request: Request,
    me: Reviewer,
    desk: Desk,
    key: Key,
    wanted: Filter,
    said: str,
    *,
    also: bool = False,
) -> Response:
    """Another card; ``also``: with the one behind it."""
    address = card_address(key, wanted)
    if not is_fragment(request):
        return RedirectResponse(address, status_code=303)
    text = card_text(request, me, desk, key, Extra(said=said))
    if also:
        text += ahead.card_ahead(request, me, desk, key, wanted)
    return HTMLResponse(text, headers={"HX-Push-Url": address, ahead.ANSWER: ahead.NEXT})


def _refused(request: Request, me: Reviewer, desk: Desk, key: Key, extra: Extra) -> Response:
    """The same card with what stands against the decision."""
    # htmx takes in no answer that says it failed.
    status = 200 if is_fragment(request) else 422
    headers = {ahead.ANSWER: ahead.REFUSED}
    return HTMLResponse(card_text(request, me, desk, key, extra), status, headers=headers)


def _nothing_left(request: Request, me: Reviewer, wanted: Filter, said: str = "") -> Response:
    desk = desk_of(request)
    text = markup(
        request,
        "card_done.html",
        wanted=wanted,
        left=desk.queue.count(wanted),
        in_all=len(desk.queue),
        loading=desk.loading,
        work=other_work(request, me),
        said=said,
    )
    return HTMLResponse(text, headers={ahead.ANSWER: ahead.NEXT})


_CARD = "/field/{sheet}/{row:int}/{field}"

ROUTES = [
    get("/next", go_next),
    get(_CARD, show),
    get(f"{_CARD}/ahead", ahead.after),
    post(_CARD, decide),
    post(f"{_CARD}/lease", renew),
    post(f"{_CARD}/check", check),
    post("/undo", undo),
    get("/keys", keys),
]
