"""The list of sheets, with what waits on each."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import partial
from typing import Self
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from digitizer.counting.overview import SheetFacts
from digitizer.records import SheetStatus
from digitizer.review.desk import desk_of
from digitizer.review.queue import Filter
from digitizer.review.render import render
from digitizer.review.routing import Reviewer, get
from digitizer.review.words import sheet_state

# Sheets on one page of the list.
A_PAGE = 100
# Choices offered in a filter; with more, people type.
CHOICES = 200
ARRIVAL, MOST = "arrival", "most"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sheets; an empty condition is none. ``file``: part of the file's name."""

    status: str = ""
    file: str = ""
    petition: str = ""
    collector: str = ""
    event: str = ""
    date: str = ""
    order: str = ARRIVAL

    @classmethod
    def of(cls, params: QueryParams) -> Self:
        """What an address asks for."""
        known = {f.name: params[f.name].strip() for f in fields(cls) if f.name in params}
        if known.get("order") not in (ARRIVAL, MOST):
            known.pop("order", None)
        return cls(**known)

    def query(self, page: int = 1) -> str:
        """The address's part after ``?``."""
        usual = Wanted()
        named = {f.name: getattr(self, f.name) for f in fields(self)}
        told = {name: text for name, text in named.items() if text != getattr(usual, name)}
        return urlencode({**told, **({"page": str(page)} if page > 1 else {})})

    def fits(self, sheet: SheetFacts) -> bool:
        """Whether a sheet is among them."""
        if self.status and sheet.status.value != self.status:
            return False
        if self.file and self.file.casefold() not in sheet.source_file.casefold():
            return False
        petition, collector, event, date = sheet.places
        return all(
            not condition or condition == value
            for condition, value in (
                (self.petition, petition),
                (self.collector, collector),
                (self.event, event),
                (self.date, date),
            )
        )


def sheets(request: Request, me: Reviewer) -> Response:
    """All sheets, or those that fit."""
    desk = desk_of(request)
    wanted = Wanted.of(request.query_params)
    every = desk.overview.sheets()
    waiting = desk.queue.counts(Filter()).by.get("sheet", {})
    found = [sheet for sheet in every if wanted.fits(sheet)]
    if wanted.order == MOST:
        found.sort(key=lambda sheet: -waiting.get(sheet.sheet_id, 0))
    number = request.query_params.get("page", "1")
    pages = max(1, -(-len(found) // A_PAGE))
    page = min(max(1, int(number) if number.isdecimal() else 1), pages)
    return render(
        request,
        "sheets.html",
        wanted=wanted,
        sheets=found[(page - 1) * A_PAGE : page * A_PAGE],
        waiting=waiting,
        total=len(every),
        found=len(found),
        page=page,
        pages=pages,
        filled={s.sheet_id: sum(n for _, n in s.rows) for s in found},
        statuses=_count(sheet.status for sheet in every),
        choices={
            name: _choices(sheet.places[place] for sheet in every)
            for place, name in enumerate(("petition", "collector", "event", "date"))
        },
        loading=desk.loading,
        state=partial(sheet_state, language=me.language),
    )


def _count(statuses: Iterable[SheetStatus]) -> dict[SheetStatus, int]:
    counted = Counter(statuses)
    return {status: counted[status] for status in SheetStatus if counted[status]}


def _choices(values: Iterable[str]) -> list[str]:
    known = Counter(value for value in values if value)
    return sorted(value for value, _ in known.most_common(CHOICES))


ROUTES = [get("/sheets", sheets)]
