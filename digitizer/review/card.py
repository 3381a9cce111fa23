"""The field card: one doubtful field, decided from the keyboard.

A decision answers with the next card, so that one request and one picture are
all it takes; without scripts the answer is a redirect to the next card's page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digitizer.decisions import CONSENT, SHEET, STATUS, Decision
from digitizer.errors import UsageError
from digitizer.records import FieldKind
from digitizer.review import livecheck, numbers
from digitizer.review.cardview import (
    Card,
    Other,
    beside,
    card_of,
    other_row,
    standing_words,
    suspects,
)
from digitizer.review.causes import cause_words
from digitizer.review.desk import Conflict, Desk, desk_of
from digitizer.review.filters import Filter
from digitizer.review.items import Key
from digitizer.review.livecheck import Check, Level
from digitizer.review.pictures import same_hand_file
from digitizer.review.reasons import message_of
from digitizer.review.referred import referrals_of
from digitizer.review.render import render
from digitizer.review.routing import CSRF_FIELD, Reviewer, get, is_fragment, local_path, post
from digitizer.review.rowedits import free_row, split, two_people
from digitizer.review.sights import crop_url, row_url, sight_of
from digitizer.review.texts import load_texts, say
from digitizer.review.timing import OPENED, TOOK, opened_now, seconds_spent
from digitizer.review.verbs import Place, Verb, Wish, decisions_for, merged_values
from digitizer.review.words import field_name
from digitizer.stored import RecordRow

# What is done without a decision.
SKIP, REFER = "skip", "refer"
# Questions about the row that open below the field.
REPEATS, MERGE, SPLIT, ASK = "repeats", "merge", "split", "ask"
# Names of form fields that hold a row's values begin with one of these.
_MERGED, _FIRST, _SECOND = "merged-", "first-", "second-"
_ONE_PERCENT = 0.01
# Fields of a form that are not sent again after a conflict.
_NOT_AGAIN = frozenset({CSRF_FIELD, "stand", "go", OPENED, TOOK})
# How long a note to a supervisor may be.
MAX_NOTE = 500
# Text of a field that is longer is no answer to anything.
MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class Extra:
    """What a card says beside the field: an answer to the last change, or a question.

    ``typed``: text to show instead of the reading; ``sure``: a text that was
    warned of, which may now pass; ``conflict``: what another decided meanwhile,
    and ``again`` the form's fields to send once more.
    """

    typed: str | None = None
    error: str = ""
    check: Check | None = None
    sure: str = ""
    conflict: Conflict | None = None
    again: tuple[tuple[str, str], ...] = ()
    panel: str = ""
    said: str = ""


def go_next(request: Request, me: Reviewer) -> Response:
    """Send to the next card under the filter of the address."""
    wanted = Filter.of(request.query_params)
    after = _key(request.query_params.get("after", ""))
    item = desk_of(request).queue.next(wanted, me.name, after)
    if item is None:
        return _nothing_left(request, me, wanted)
    return RedirectResponse(card_address(item.key, wanted), status_code=303)


def show(request: Request, me: Reviewer) -> Response:
    """The card of the field that the address names."""
    desk, key = desk_of(request), _key_of(request)
    panel = request.query_params.get("panel", "")
    return _card(request, me, desk, key, Extra(panel=panel))


def decide(request: Request, me: Reviewer, form: FormData) -> Response:
    """Decide as the form says, then show the next card."""
    desk, key, wanted = desk_of(request), _key_of(request), Filter.of(request.query_params)
    verb = str(form.get("verb", Verb.ACCEPT.value))
    if verb == SKIP:
        desk.leases.release(key, me.name)
        return _next(request, me, desk, key, wanted, say("card.said_skipped", me.language))
    if verb == REFER:
        note = str(form.get("note", "")).strip()[:MAX_NOTE]
        referrals_of(request).refer(key, me.name, note)
        return _next(request, me, desk, key, wanted, say("card.said_referred", me.language))
    place = _place(desk, key)
    try:
        if verb == SPLIT:
            made = _split(place, form, me)
        else:
            wish = _wish(verb, form)
            text = _kept(place, wish)
            warning = _warning(place, wish, text, str(form.get("sure", "")))
            if warning is not None:
                extra = Extra(typed=wish.text, check=warning, sure=wish.text)
                return _card(request, me, desk, key, extra)
            made = decisions_for(place, replace(wish, text=text), me.name, me.language)
        seconds = seconds_spent(dict(form))
        # The time went into all of a batch: it is told once.
        made = tuple(replace(d, seconds=None if n else seconds) for n, d in enumerate(made))
        desk.decide(made, expect=_stand(form))
    except UsageError as error:
        return _card(request, me, desk, key, Extra(typed=_text(form), error=str(error)))
    except Conflict as conflict:
        again = tuple((n, str(text)) for n, text in form.items() if n not in _NOT_AGAIN)
        extra = Extra(typed=_text(form), conflict=conflict, again=again)
        return _card(request, me, desk, key, extra)
    said = say("card.said_saved", me.language, field=field_name(key[2], me.language))
    go = str(form.get("go", ""))
    if go and place.record is not None and place.record.get(go) is not None:
        return _turn_to(request, me, desk, (key[0], key[1], go), wanted, said)
    return _next(request, me, desk, key, wanted, said)


def undo(request: Request, me: Reviewer, form: FormData) -> Response:
    """Take back what this person did last, and show that card again."""
    desk, wanted = desk_of(request), Filter.of(request.query_params)
    undone = desk.undo(me.name)
    if form.get("back"):
        return RedirectResponse(local_path(str(form["back"])), status_code=303)
    if undone is None:
        said = say("card.said_nothing_to_undo", me.language)
        key = _key(str(form.get("here", "")))
        if key is None or desk.sheet(key[0]) is None:
            return RedirectResponse("/next", status_code=303)
        return _turn_to(request, me, desk, key, wanted, said)
    said = say("card.said_undone", me.language, field=field_name(undone.field, me.language))
    key = (undone.sheet_id, undone.row, undone.field)
    if undone.row != SHEET and undone.field == CONSENT:
        key = (undone.sheet_id, undone.row, STATUS)
    return _turn_to(request, me, desk, key, wanted, said)


def renew(request: Request, me: Reviewer, form: FormData) -> Response:
    """Keep the field leased while its card is open."""
    del form
    desk_of(request).leases.take(_key_of(request), me.name)
    return Response(status_code=204)


def check(request: Request, me: Reviewer, form: FormData) -> Response:
    """What the grammar says about a text that is being typed."""
    del me
    place = _place(desk_of(request), _key_of(request))
    kind = place.value.kind if place.value else FieldKind.TEXT
    found = livecheck.check(kind, _text(form), beside(place))
    return render(request, "_check.html", check=found, **_words(request))


def keys(request: Request, me: Reviewer) -> Response:
    """The list of keys as a page of its own, for browsers without scripts."""
    del me
    return render(request, "keys.html")


def card_address(key: Key, wanted: Filter) -> str:
    """The address of a card within a filter."""
    query = wanted.query()
    return f"/field/{key[0]}/{key[1]}/{key[2]}{'?' if query else ''}{query}"


# --- from the address and the form


def _key_of(request: Request) -> Key:
    path = request.path_params
    return str(path["sheet"]), int(path["row"]), str(path["field"])


def _key(text: str) -> Key | None:
    """A key written as ``SHEET/ROW/FIELD``."""
    parts = text.split("/")
    if len(parts) != 3 or not parts[1].isdigit():
        return None
    return parts[0], int(parts[1]), parts[2]


def _place(desk: Desk, key: Key) -> Place:
    listed = desk.sheet(key[0])
    if listed is None:
        raise HTTPException(404)
    sheet, records = listed
    place = Place(sheet, tuple(records), key[1], key[2])
    known = {v.field for r in records for v in r.fields} | {v.field for v in sheet.collector}
    if key[2] not in known | {STATUS} or not 0 <= key[1] <= max(
        sheet.rows_on_form or 0, *(r.row for r in records), 0
    ):
        raise HTTPException(404)
    return place


def _text(form: FormData) -> str:
    return " ".join(str(form.get("value", "")).split())[:MAX_TEXT]


def _stand(form: FormData) -> int | None:
    text = str(form.get("stand", ""))
    return int(text) if text.isdigit() else None


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
    return livecheck.as_kept(kind, wish.text, beside(place).language, today)


def _warning(place: Place, wish: Wish, text: str, sure: str) -> Check | None:
    """What to say once before a text is kept that can hardly be what is written."""
    if wish.verb is not Verb.ACCEPT or text == place.text or wish.text == sure:
        return None
    kind = place.value.kind if place.value else FieldKind.TEXT
    found = livecheck.check(kind, text, beside(place))
    return found if found is not None and found.level is Level.BAD else None


# --- answers


def _next(
    request: Request, me: Reviewer, desk: Desk, key: Key, wanted: Filter, said: str
) -> Response:
    """The next card behind ``key``."""
    item = desk.queue.next(wanted, me.name, key)
    if item is None:
        if is_fragment(request):
            return _nothing_left(request, me, wanted, said)
        query = wanted.query()
        return RedirectResponse(f"/next{'?' if query else ''}{query}", status_code=303)
    return _turn_to(request, me, desk, item.key, wanted, said)


def _turn_to(
    request: Request, me: Reviewer, desk: Desk, key: Key, wanted: Filter, said: str
) -> Response:
    address = card_address(key, wanted)
    if not is_fragment(request):
        return RedirectResponse(address, status_code=303)
    answer = _card(request, me, desk, key, Extra(said=said))
    answer.headers["HX-Push-Url"] = address
    return answer


def _card(request: Request, me: Reviewer, desk: Desk, key: Key, extra: Extra) -> Response:
    wanted = Filter.of(request.query_params)
    stand = desk.stand(key[0])
    place = _place(desk, key)
    decisions = desk.store.decisions((key[0],))
    card = card_of(place, decisions, stand=stand)
    mine = desk.leases.take(key, me.name)
    shown = extra.typed if extra.typed is not None else card.value
    found = extra.check
    if found is None and card.shape == "text" and not card.unread:
        found = livecheck.check(card.kind, shown, beside(place))
    sight = sight_of(place, desk.store.geometry(key[0]), desk.workspace)
    ahead = _ahead(desk, wanted, me, key, strips=bool(sight.strip))
    others, own = _others(desk, place, card, extra.panel)
    refused = bool(extra.error or extra.conflict or extra.sure)
    return render(
        request,
        "card.html",
        # htmx takes in no answer that says it failed.
        status=422 if refused and not is_fragment(request) else 200,
        card=card,
        sight=sight,
        shown=shown,
        check=found,
        extra=extra,
        wanted=wanted,
        query=wanted.query(),
        waiting=desk.queue.count(wanted),
        same_hand_url=_same_hand(desk, card),
        holder=None if mine else desk.leases.holder(key),
        ahead=ahead,
        others=others,
        own=own,
        merging=_merging(place) if extra.panel == MERGE else None,
        splitting=_splitting(place) if extra.panel == SPLIT else None,
        only=[
            filter_words(name, str(text), me.language)
            for name, text in wanted.as_dict().items()
            if name not in ("order", "sheet")
        ],
        opened=opened_now(),
        opened_name=OPENED,
        took_name=TOOK,
        **_words(request),
    )


def _words(request: Request) -> dict[str, Any]:
    language = request.state.language
    return {
        "name_of": partial(field_name, language=language),
        "percent": partial(_whole_percent, language=language),
        "moment": partial(numbers.moment, language=language),
        "words_of": partial(check_words, language=language),
        "evidence_of": partial(_evidence_words, language=language),
        "did": standing_words,
        "cause_of": partial(cause_words, language=language),
    }


def _whole_percent(share: float, language: str) -> str:
    """A share in whole percent: more would only look exact."""
    text = "<1" if 0 < share < _ONE_PERCENT else numbers.number(min(100 * share, 99), language)
    return f"{text}\u00a0%" if language == "fr" else f"{text}%"


def check_words(check: Check, language: str) -> str:
    """A remark of the grammar in words."""
    provinces = ", ".join(say(f"check.{code}", language) for code in check.provinces)
    return say(check.message, language, province=provinces, **check.values)


def _evidence_words(word: str, language: str) -> str:
    name = f"evidence.{word}"
    return say(name if name in load_texts() else "evidence.other", language)


def _nothing_left(request: Request, me: Reviewer, wanted: Filter, said: str = "") -> Response:
    desk = desk_of(request)
    return render(
        request,
        "card_done.html",
        wanted=wanted,
        left=desk.queue.count(wanted),
        in_all=len(desk.queue),
        loading=desk.loading,
        said=said,
    )


def _same_hand(desk: Desk, card: Card) -> str:
    """Where the signatures of a sheet that look like one hand lie side by side."""
    if not card.same_hand or not same_hand_file(desk.workspace, card.sheet_id).is_file():
        return ""
    return f"/pictures/same-hand/{card.sheet_id}.png"


def _ahead(desk: Desk, wanted: Filter, me: Reviewer, key: Key, *, strips: bool) -> str:
    """The picture that the card after this one will need, so that it is there by then."""
    item = desk.queue.peek(wanted, me.name, key)
    if item is None or item.key == key:
        return ""
    if strips and desk.store.geometry(item.sheet_id) is not None:
        return row_url(item.sheet_id, item.row)
    return crop_url(item.sheet_id, item.row, item.field)


def _others(
    desk: Desk, place: Place, card: Card, panel: str
) -> tuple[tuple[Other, ...], Other | None]:
    """Rows that this one may repeat, with its own first; none unless that is asked."""
    record = place.record
    asked = panel == REPEATS or any("duplicate" in why.word for why in card.about_row)
    if record is None or not asked:
        return (), None
    repeat = desk.repeat_of(record.record_id)
    listed: Mapping[str, RecordRow] = {r.record_id: r for r in place.records}
    if repeat is not None and repeat.duplicate_of not in listed:
        far = desk.sheet(repeat.duplicate_of.rpartition("-r")[0])
        listed = {**listed, **{r.record_id: r for r in (far[1] if far else ())}}
    found = suspects(place, repeat, listed)
    if panel != REPEATS and repeat is not None:
        found = found[:1]
    own = _pictured(desk, other_row(place, record, own=True))
    return tuple(_pictured(desk, other) for other in found), own


def _pictured(desk: Desk, other: Other) -> Other:
    """With the picture of the row, or of its name where no geometry was kept."""
    if desk.store.geometry(other.sheet_id) is not None:
        picture = f"{row_url(other.sheet_id, other.row).partition('?')[0]}?around=0"
    else:
        name = next((c.name for c in other.cells if c.kind is FieldKind.NAME), "name")
        picture = crop_url(other.sheet_id, other.row, name)
    return replace(other, picture=picture)


def _merging(place: Place) -> tuple[int, dict[str, str]] | None:
    """The row that this one most likely goes on in, and what both say together."""
    below = place.record_of(place.row + 1)
    other = below or place.record_of(place.row - 1)
    record = place.record
    if record is None or other is None:
        return None
    upper, lower = sorted((record, other), key=lambda r: r.row)
    return other.row, merged_values(upper, lower)


def _splitting(place: Place) -> tuple[dict[str, str], dict[str, str], int] | None:
    """What both people of this row may be called, and the row that the second one gets."""
    if place.record is None:
        return None
    first, second = two_people(place.record)
    return first, second, free_row(place.sheet, place.records, place.row)


def filter_words(condition: str, value: str, language: str) -> str:
    """A condition of a filter as people call it."""
    if condition == "field":
        return field_name(value, language)
    if condition == "reason":
        return say(message_of(value), language).rstrip(".")
    return value


_CARD = "/field/{sheet}/{row:int}/{field}"

ROUTES = [
    get("/next", go_next),
    get(_CARD, show),
    post(_CARD, decide),
    post(f"{_CARD}/lease", renew),
    post(f"{_CARD}/check", check),
    post("/undo", undo),
    get("/keys", keys),
]
