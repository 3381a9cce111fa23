"""The people page: who reviews, how fast, how well they agree, and what waits for others' eyes.

How fast and how well somebody works is shown to them and to supervisors, not to
everybody; the team's measured error is for all.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digitizer.counting.agreement import (
    Agreement,
    HumanError,
    Pace,
    by_pair,
    by_person,
    human_error,
    is_first_wrong,
    paces,
)
from digitizer.errors import UsageError
from digitizer.review import arbitrate, numbers, referred, second
from digitizer.review.desk import Desk
from digitizer.review.failures import failure_page, supervisors_only
from digitizer.review.referred import Referrals, referrals_of
from digitizer.review.render import render
from digitizer.review.routing import Reviewer, gate_of, get, post
from digitizer.review.second import twice_of
from digitizer.review.twice import Twice, may_settle
from digitizer.workspace.reviewers import KnownReviewer, SecondEntry

# What was just done, as the page may be asked to say it.
_SAID = ("share", "asked", "asked_before")


@dataclass(frozen=True, slots=True)
class Person:
    """A line of the team; None: nothing to tell yet."""

    name: str
    supervisor: bool
    known: bool
    pace: Pace | None
    agreement: Agreement | None
    settled_against: int


@dataclass(frozen=True, slots=True)
class Team:
    """Everything the people page shows."""

    people: tuple[Person, ...]
    pairs: tuple[tuple[str, str, Agreement], ...]
    error: HumanError
    share: float
    waiting: int
    mine: int
    differences: int
    differences_mine: int
    left: int
    last_supervisor: bool


def people(request: Request, me: Reviewer) -> Response:
    """The team as this person may see it."""
    team = _team(request, me)
    said = request.query_params.get("said", "")
    return render(
        request,
        "people.html",
        team=team,
        share=f"{100 * team.share:.6g}",
        said=said if said in _SAID else "",
        number=functools.partial(numbers.number, language=me.language),
        percent=functools.partial(numbers.percent, language=me.language),
    )


def set_share(request: Request, me: Reviewer, form: FormData) -> Response:
    """Draw another share of decided fields for second entry; supervisors only."""
    if not me.supervisor:
        return supervisors_only(request)
    text = str(form.get("percent", "")).replace(",", ".").strip().rstrip("%")
    try:
        twice_of(request).set_share(float(text) / 100)
    except (ValueError, UsageError):
        return failure_page(request, 422, words="people.no_share")
    return RedirectResponse("/people?said=share", status_code=303)


def set_supervisor(request: Request, me: Reviewer, form: FormData) -> Response:
    """Make somebody a supervisor, or one no more; supervisors only, and one stays."""
    if not me.supervisor:
        return supervisors_only(request)
    gate = gate_of(request)
    known = gate.find(str(form.get("name", "")))
    wanted = form.get("supervisor") == "yes"
    if known is None:
        return failure_page(request, 404)
    if not wanted and [one.name for one in gate.everybody() if one.supervisor] == [known.name]:
        return failure_page(request, 422, words="people.last_supervisor")
    gate.set_supervisor(known.name, supervisor=wanted)
    return RedirectResponse("/people", status_code=303)


def open_people(app: Starlette, desk: Desk) -> None:
    """Put into the application what these pages keep between requests."""
    app.state.twice = Twice(desk)
    app.state.referrals = Referrals(desk)


def _team(request: Request, me: Reviewer) -> Team:
    twice = twice_of(request)
    entries = twice.entries()
    everybody = gate_of(request).everybody()
    waiting = twice.waiting()
    differences = [entry for entry in entries if entry.is_open_difference]
    pairs = by_pair(entries)
    return Team(
        people=_people(me, everybody, paces(twice.decisions()), entries),
        pairs=tuple(
            (one, other, found)
            for (one, other), found in sorted(pairs.items())
            if me.supervisor or me.name in (one, other)
        ),
        error=human_error(entries),
        share=twice.share(),
        waiting=len(waiting),
        mine=len(twice.for_person(me.name)),
        differences=len(differences),
        differences_mine=sum(may_settle(e, me.name, supervisor=me.supervisor) for e in differences),
        left=len(referrals_of(request).open()),
        last_supervisor=sum(one.supervisor for one in everybody) == 1,
    )


def _people(
    me: Reviewer,
    everybody: tuple[KnownReviewer, ...],
    speeds: Mapping[str, Pace],
    entries: tuple[SecondEntry, ...],
) -> tuple[Person, ...]:
    """Everybody who signed in, then who decided otherwise (at the command line)."""
    agreements = by_person(entries)
    roles = {one.name: one.supervisor for one in everybody}
    names = [*roles, *sorted(name for name in speeds if name not in roles)]
    found = []
    for name in names:
        told = me.supervisor or name == me.name
        against = sum(is_first_wrong(e) for e in entries if e.first_who == name)
        found.append(
            Person(
                name=name,
                supervisor=roles.get(name, False),
                known=name in roles,
                pace=speeds.get(name) if told else None,
                agreement=agreements.get(name) if told else None,
                settled_against=against if told else 0,
            )
        )
    return tuple(found)


ROUTES = [
    get("/people", people),
    post("/people/share", set_share),
    post("/people/supervisor", set_supervisor),
    *second.ROUTES,
    *arbitrate.ROUTES,
    *referred.ROUTES,
]
