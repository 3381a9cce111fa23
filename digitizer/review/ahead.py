"""The card after the next one, in the browser before its turn comes.

A browser that asks for it (form field ``ahead``) gets that card along with the answer to a
decision, in a template that shows nothing. It shows it by itself at the next key press and says
so with the decision (``shown``, ``mark``). Here that is judged: the field is leased, must
still wait and ask the same as the card that is shown. If so, the answer brings only what
has changed beside it and the card after it; if not, the card that is right.
"""

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from digitizer.review.cardpage import Extra, card_address, key_of, read_key, shown_of
from digitizer.review.desk import Desk, desk_of
from digitizer.review.filters import Filter
from digitizer.review.items import Key
from digitizer.review.render import markup
from digitizer.review.routing import Reviewer

# Names of form fields by which a script asks and tells.
AHEAD, SHOWN, MARK = "ahead", "shown", "mark"
# Header of an answer: what the script is to do with the card that it shows.
ANSWER = "X-Card"
KEPT, NEXT, REFUSED = "kept", "next", "refused"


def after(request: Request, me: Reviewer) -> Response:
    """The card behind the one that the address names, to be kept for later."""
    wanted = Filter.of(request.query_params)
    return HTMLResponse(card_ahead(request, me, desk_of(request), key_of(request), wanted))


def card_ahead(request: Request, me: Reviewer, desk: Desk, key: Key, wanted: Filter) -> str:
    """The card behind ``key``, set apart for ``me``; empty where none can be told."""
    item = desk.queue.ahead(wanted, me.name, key)
    if item is None:
        return ""
    try:
        shown = shown_of(me, desk, item.key, wanted, Extra())
    except HTTPException:
        return ""
    if shown["card"].about_row:
        # Shows other rows, which others may decide meanwhile.
        return ""
    told = {"ahead": True, "address": card_address(item.key, wanted), "behind": key}
    return markup(request, "card.html", base="_ahead.html", **shown | told)


def kept(
    request: Request, me: Reviewer, desk: Desk, wanted: Filter, form: FormData, said: str
) -> tuple[Key | None, Response | None]:
    """The card that the browser shows already, leased, and the answer if it may stay.

    None for the card: it is to be another one. None for the answer: it asks
    something else by now.
    """
    key = read_key(str(form.get(SHOWN, "")))
    item = desk.queue.take(key, wanted, me.name) if key is not None else None
    if item is None:
        return None, None
    shown = shown_of(me, desk, item.key, wanted, Extra(said=said))
    if shown["mark"] != str(form.get(MARK, "")):
        return item.key, None
    text = markup(request, "_kept.html", **shown)
    text += card_ahead(request, me, desk, item.key, wanted)
    return item.key, HTMLResponse(text, headers={ANSWER: KEPT})
