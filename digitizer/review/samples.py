"""Checking a random sample of the fields that were accepted without a person."""

import itertools
import time
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from digitizer import corrections
from digitizer.counting import sampling
from digitizer.counting.agreement import LONGEST_FIELD_S
from digitizer.errors import UsageError
from digitizer.records import Signature
from digitizer.review.charts import Charts
from digitizer.review.desk import Conflict, Desk, desk_of
from digitizer.review.home import boards_of
from digitizer.review.render import render
from digitizer.review.routing import Reviewer, get, post
from digitizer.workspace.ledger import Sample, SampledField

DEFAULT_SIZE = 200
# More at once would take a day to check, and each sheet is looked up.
MAX_SIZE = 2000


@dataclass(frozen=True, slots=True)
class Card:
    """A field of a sample to check, by its ``place`` from 1."""

    place: int
    field: SampledField
    sheet_id: str
    row: int


def overview(request: Request, me: Reviewer) -> Response:
    """All samples, and the form that draws another."""
    return _overview(request, me)


def draw(request: Request, me: Reviewer, form: FormData) -> Response:
    """Draw a sample and begin with it."""
    desk = desk_of(request)
    text = str(form.get("size", DEFAULT_SIZE)).strip()
    size = int(text) if text.isdecimal() and len(text) <= 6 else 0
    if not 1 <= size <= MAX_SIZE:
        return _overview(request, me, status=422, wrong="quality.bad-number")
    accepted = desk.overview.accepted()
    seed, fields = draw_fields(desk, accepted, size)
    if not fields:
        return _overview(request, me, status=422, wrong="quality.none")
    number = desk.store.save_sample(seed, sum(n for _, n in accepted), fields)
    boards_of(request).forget_quality()
    return RedirectResponse(f"/quality/{number}", status_code=303)


def draw_fields(
    desk: Desk, accepted: Sequence[tuple[str, int]], size: int, seed: int | None = None
) -> tuple[int, tuple[SampledField, ...]]:
    """Draw among accepted fields, all with the same chance, and look up the drawn ones only.

    ``accepted``: sheets with their numbers of accepted fields, in order. A field
    that somebody decided since they were counted is left out.
    """
    ends = list(itertools.accumulate(count for _, count in accepted))
    seed, places = sampling.draw_places(ends[-1] if ends else 0, size, seed)
    wanted: dict[str, list[tuple[int, int]]] = {}
    for order, place in enumerate(places):
        at = bisect_right(ends, place)
        sheet, count = accepted[at]
        wanted.setdefault(sheet, []).append((order, place - (ends[at] - count)))
    found: dict[int, SampledField] = {}
    for sheet, inside in wanted.items():
        listed = desk.sheet(sheet)
        fields = sampling.accepted_fields(listed[1]) if listed is not None else []
        found.update((order, fields[nth]) for order, nth in inside if nth < len(fields))
    return seed, tuple(found[order] for order in sorted(found))


def check(request: Request, me: Reviewer) -> Response:
    """The next field to check, or the result once none is left."""
    sample = _sample(request)
    asked = request.query_params.get("place", "")
    after = request.query_params.get("after", "")
    card = _card(sample, int(asked)) if asked.isdecimal() else None
    if card is None and request.query_params.get("result") is None:
        card = _next(sample, me.name, int(after) if after.isdecimal() else None)
    return _check(request, me, sample, card)


def save(request: Request, me: Reviewer, form: FormData) -> Response:
    """Note whether a field is right; correct the record where it is not."""
    desk = desk_of(request)
    sample = _sample(request)
    place = str(form.get("place", ""))
    card = _card(sample, int(place)) if place.isdecimal() else None
    if card is None:
        raise HTTPException(422)
    right = form.get("right") is not None
    value = "" if right else " ".join(str(form.get("right_value", "")).split())
    if not right and value == card.field.value:
        return _check(request, me, sample, card, status=422, wrong="quality.same-value")
    if value:
        try:
            _correct(desk, card, value, me, sample.id, _seconds(form))
        except UsageError as error:
            return _check(request, me, sample, card, status=422, said=str(error), typed=value)
    desk.store.save_checks(sample.id, me.name, ((card.place, right, value),))
    boards_of(request).forget_quality()
    return RedirectResponse(f"/quality/{sample.id}?after={card.place}", status_code=303)


def _correct(
    desk: Desk, card: Card, value: str, me: Reviewer, number: int, seconds: float | None
) -> None:
    """Decide the right value as well; where somebody decided the field since, theirs stands."""
    listed = desk.sheet(card.sheet_id)
    if listed is None:
        return
    made = corrections.decide(
        [listed],
        card.field.record_id,
        values={card.field.field: value},
        who=me.name,
        why=f"sample {number}",
    )
    timed = [replace(d, seconds=seconds) for d in made if d.before == card.field.value]
    try:
        desk.decide(timed)
    except Conflict:
        return


def _seconds(form: FormData) -> float | None:
    try:
        taken = time.time() - float(str(form.get("opened", "")))
    except ValueError:
        return None
    return round(taken, 1) if 0 < taken <= LONGEST_FIELD_S else None


def _overview(
    request: Request, me: Reviewer, *, status: int = 200, wrong: str | None = None
) -> Response:
    return render(
        request,
        "quality.html",
        status=status,
        chart=Charts(me.language),
        quality=boards_of(request).quality(),
        population=sum(n for _, n in desk_of(request).overview.accepted()),
        size=DEFAULT_SIZE,
        most=MAX_SIZE,
        wrong=wrong,
    )


def _check(
    request: Request,
    me: Reviewer,
    sample: Sample,
    card: Card | None,
    *,
    status: int = 200,
    wrong: str | None = None,
    said: str = "",
    typed: str = "",
) -> Response:
    errors = [
        one
        for place in range(1, len(sample.fields) + 1)
        if (one := _card(sample, place)) is not None and one.field.right is False
    ]
    return render(
        request,
        "quality_check.html",
        status=status,
        chart=Charts(me.language),
        sample=sample,
        measured=sampling.measure(sample),
        card=card,
        errors=errors,
        wrong=wrong,
        said=said,
        typed=typed,
        opened=f"{time.time():.1f}",
        signatures=[state.value for state in Signature],
    )


def _sample(request: Request) -> Sample:
    try:
        return desk_of(request).store.sample(int(request.path_params["number"]))
    except UsageError as error:
        raise HTTPException(404) from error


def _card(sample: Sample, place: int) -> Card | None:
    if not 1 <= place <= len(sample.fields):
        return None
    field = sample.fields[place - 1]
    sheet, _, row = field.record_id.rpartition("-r")
    return Card(place, field, sheet, int(row))


def _next(sample: Sample, who: str, after: int | None) -> Card | None:
    """The next open field behind ``after``; people begin at different places."""
    drawn = len(sample.fields)
    if not drawn:
        return None
    start = zlib.crc32(who.encode()) % drawn if after is None else after
    for step in range(drawn):
        place = (start + step) % drawn + 1
        if sample.fields[place - 1].right is None and place != after:
            return _card(sample, place)
    return None


ROUTES: list[BaseRoute] = [
    get("/quality", overview),
    post("/quality", draw),
    get("/quality/{number:int}", check),
    post("/quality/{number:int}", save),
]
