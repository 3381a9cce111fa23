"""Readings of one value together: wrong ones are picked out, the rest confirmed in one step.

Only fields that wait for doubt in their reading: what is about the row (a
possible repeat, a strike) is no matter of the value. A confirmation is one
batch, so one undo takes it back.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digitizer.review import numbers
from digitizer.review.desk import Conflict, Desk, desk_of, new_batch
from digitizer.review.filters import Filter
from digitizer.review.items import Item, Key
from digitizer.review.reasons import ABOUT_ROW
from digitizer.review.render import render
from digitizer.review.routing import Reviewer, get, post
from digitizer.review.sights import crop_url
from digitizer.review.timing import OPENED, TOOK, opened_now, seconds_spent
from digitizer.review.verbs import Place, Verb, Wish, decisions_for
from digitizer.review.words import field_name
from digitizer.workspace.decisions import STATUS, Decision

# One field alone is no group.
MIN_GROUP = 2
# Crops on a page: what an eye compares without losing its place.
MAX_SHOWN = 60
# Groups in the list; the largest save most, and those done make room for others.
MAX_GROUPS = 120
# Digits of a value's name in an address; values themselves stay out of addresses.
NAME_DIGITS = 12
# How often a batch is tried again without what others decided meanwhile.
ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Group:
    """Waiting fields of one name that were read alike; ``name``: of the value, for addresses."""

    field: str
    value: str
    name: str
    items: tuple[Item, ...]


def group_name(value: str) -> str:
    """A value's name in an address."""
    return hashlib.sha256(value.encode()).hexdigest()[:NAME_DIGITS]


def groups_of(items: Iterable[Item]) -> tuple[Group, ...]:
    """The groups among what waits, largest first."""
    found: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        if item.value and item.field != STATUS and not ABOUT_ROW.intersection(item.reasons):
            found.setdefault((item.field, item.value), []).append(item)
    made = [
        Group(field, value, group_name(value), tuple(alike))
        for (field, value), alike in found.items()
        if len(alike) >= MIN_GROUP
    ]
    return tuple(sorted(made, key=lambda g: (-len(g.items), g.field, g.value)))


def index(request: Request, me: Reviewer) -> Response:
    """All groups, by field."""
    found = groups_of(desk_of(request).queue.items())
    field = request.query_params.get("field", "")
    by_field: dict[str, int] = {}
    for group in found:
        by_field[group.field] = by_field.get(group.field, 0) + len(group.items)
    return render(
        request,
        "groups.html",
        groups=tuple(g for g in found if not field or g.field == field)[:MAX_GROUPS],
        field=field,
        by_field=sorted(by_field.items(), key=lambda pair: -pair[1]),
        in_all=sum(by_field.values()),
        done=_number(request.query_params.get("done", "")),
        name_of=partial(field_name, language=me.language),
        number=partial(numbers.number, language=me.language),
        crop_url=crop_url,
    )


def show(request: Request, me: Reviewer) -> Response:
    """The crops of one group."""
    return _show(request, me, _number(request.query_params.get("done", "")))


def _show(request: Request, me: Reviewer, done: int | None) -> Response:
    desk = desk_of(request)
    field, name = str(request.path_params["field"]), str(request.path_params["name"])
    group = _group(desk, field, name)
    if group is None:
        query = f"?field={field}" + (f"&done={done}" if done else "")
        return RedirectResponse(f"/groups{query}", status_code=303)
    free = [i for i in group.items if desk.leases.holder(i.key) in (None, me.name)][:MAX_SHOWN]
    marks = desk.store.rows_marks(tuple(dict.fromkeys(item.sheet_id for item in free)))
    return render(
        request,
        "group.html",
        group=group,
        items=tuple(free),
        marks=sorted(f"{sheet}/{mark}" for sheet, mark in marks.items()),
        left=len(group.items),
        done=done,
        field_label=field_name(field, me.language),
        signature=group.value in ("present", "absent", "unclear"),
        number=partial(numbers.number, language=me.language),
        percent=partial(numbers.percent, language=me.language),
        crop_url=crop_url,
        opened=opened_now(),
        opened_name=OPENED,
        took_name=TOOK,
    )


def confirm(request: Request, me: Reviewer, form: FormData) -> Response:
    """Confirm what was not picked out, then go to the next group of the field."""
    desk = desk_of(request)
    field, name = str(request.path_params["field"]), str(request.path_params["name"])
    # Picked out or shown at all: only what the browser had before its eyes is confirmed.
    wrong = {str(text) for text in form.getlist("wrong")}
    shown = [str(text) for text in form.getlist("shown")]
    group = _group(desk, field, name)
    wanted = [i for i in (group.items if group else ()) if _text(i.key) in shown]
    # A page that was read again meanwhile may have another signer's rows under these numbers.
    before = {str(text).partition("/")[::2] for text in form.getlist("rows")}
    marks = desk.store.rows_marks(tuple(dict.fromkeys(i.sheet_id for i in wanted)))
    wanted = [i for i in wanted if (i.sheet_id, marks[i.sheet_id]) in before]
    right = [i for i in wanted if _text(i.key) not in wrong]
    done = _confirmed(desk, right, me, seconds_spent(dict(form)))
    later = groups_of(desk.queue.items(Filter(field=field)))
    nearby = [g for g in later if g.name != name]
    left = next((g for g in later if g.name == name), None)
    if left is not None and not wrong and len(left.items) >= MIN_GROUP:
        # More of the same than one page holds.
        nearby.insert(0, left)
    target = f"/groups/{field}/{nearby[0].name}?" if nearby else f"/groups?field={field}&"
    return RedirectResponse(f"{target}done={done}", status_code=303)


def _group(desk: Desk, field: str, name: str) -> Group | None:
    """The group of a field whose value has this name; None where nothing of it waits."""
    found = groups_of(desk.queue.items(Filter(field=field)))
    return next((g for g in found if g.name == name), None)


def _confirmed(desk: Desk, items: Sequence[Item], me: Reviewer, seconds: float | None) -> int:
    """Confirm items as one batch; returns how many were, without what changed meanwhile."""
    made = list(_decisions(desk, items, me, seconds))
    for _ in range(ATTEMPTS):
        if not made:
            return 0
        try:
            return len(desk.decide(made))
        except Conflict as conflict:
            made = [d for d in made if _same_field(d) != _same_field(conflict.decision)]
    return 0


def _decisions(
    desk: Desk, items: Sequence[Item], me: Reviewer, seconds: float | None
) -> Iterable[Decision]:
    batch = new_batch()
    each = None if seconds is None or not items else round(seconds / len(items), 2)
    listed = desk.store.listed(tuple(dict.fromkeys(i.sheet_id for i in items)))
    for item in items:
        sheet, records = listed[item.sheet_id]
        place = Place(sheet, tuple(records), item.row, item.field)
        if place.text != item.value:
            continue
        wish = Wish(Verb.ACCEPT, text=item.value)
        for decision in decisions_for(place, wish, me.name, me.language):
            yield replace(decision, batch=batch, seconds=each, why="group")


def _same_field(decision: Decision) -> Key:
    return decision.sheet_id, decision.row, decision.field


def _text(key: Key) -> str:
    return f"{key[0]}/{key[1]}/{key[2]}"


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None


ROUTES = [
    get("/groups", index),
    get("/groups/{field}/{name}", show),
    post("/groups/{field}/{name}", confirm),
]
