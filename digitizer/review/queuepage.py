"""What waits, by what one may want to work on: each count leads to those cards."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from digitizer.review import numbers
from digitizer.review.desk import Desk, desk_of
from digitizer.review.filters import ORDERS, Filter
from digitizer.review.home import pace_of
from digitizer.review.otherwork import other_work
from digitizer.review.reasons import message_of
from digitizer.review.render import render
from digitizer.review.routing import Reviewer, get
from digitizer.review.texts import say
from digitizer.review.words import field_name

# Lines of a list before the rest is folded away.
LINES_SHOWN = 8
# Lines in all: of ten thousand sheets nobody looks for one here (the list of sheets does that).
MAX_LINES = 100
# By what the queue is told, in this order.
CONDITIONS = ("field", "reason", "collector", "event", "date", "petition", "sheet")


@dataclass(frozen=True, slots=True)
class Line:
    """One value of a condition: ``words`` for people, ``query`` of its filter."""

    words: str
    count: int
    query: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What waits by one condition; ``rest`` is folded away."""

    condition: str
    lines: tuple[Line, ...]
    rest: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition in force; ``query`` of the filter without it."""

    condition: str
    words: str
    query: str


def show(request: Request, me: Reviewer) -> Response:
    """The queue under the filter of the address."""
    desk = desk_of(request)
    wanted = Filter.of(request.query_params)
    counts = desk.queue.counts(wanted)
    named = partial(_words, desk, me.language)
    listings = tuple(
        _listing(condition, counts.by.get(condition, {}), wanted, named)
        for condition in CONDITIONS
        if not getattr(wanted, condition)
    )
    chips = tuple(
        Chip(name, named(name, str(text)), replace(wanted, **{name: ""}).query())
        for name, text in wanted.as_dict().items()
        if name != "order"
    )
    return render(
        request,
        "queue.html",
        wanted=wanted,
        query=wanted.query(),
        chips=chips,
        counts=counts,
        listings=tuple(one for one in listings if one.lines),
        orders=ORDERS,
        pace=pace_of(desk, counts.total),
        loading=desk.loading,
        work=other_work(request, me),
        number=partial(numbers.number, language=me.language),
        duration=partial(numbers.duration, language=me.language),
    )


def _listing(
    condition: str, counted: Mapping[str, int], wanted: Filter, named: "partial[str]"
) -> Listing:
    known = sorted((-count, value) for value, count in counted.items() if value)
    lines = [
        Line(named(condition, value), -count, replace(wanted, **{condition: value}).query())
        for count, value in known[:MAX_LINES]
    ]
    return Listing(condition, tuple(lines[:LINES_SHOWN]), tuple(lines[LINES_SHOWN:]))


def _words(desk: Desk, language: str, condition: str, value: str) -> str:
    """A condition's value as people call it."""
    if condition == "field":
        return field_name(value, language)
    if condition == "reason":
        return say(message_of(value), language)
    if condition == "sheet":
        first = next(iter(desk.queue.waiting(value)), None)
        if first is not None:
            return say("queue.sheet_words", language, file=first.source_file, page=first.page)
    return value


ROUTES = [get("/queue", show)]
