"""What reviewers leave to a supervisor: with a note, out of the queue, in a list of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digitizer.review.desk import Desk, desk_of
from digitizer.review.failures import supervisors_only
from digitizer.review.numbers import moment
from digitizer.review.render import render
from digitizer.review.routing import Reviewer, get, local_path, post
from digitizer.review.sights import Sight, sight_of
from digitizer.review.verbs import Place
from digitizer.review.words import field_name
from digitizer.workspace import reviewers
from digitizer.workspace.decisions import Action, Decision
from digitizer.workspace.reviewers import Key, Referral

# A note longer than this is no note.
MAX_NOTE = 500


class Referrals:
    """What is left to a supervisor in a workspace under review."""

    def __init__(self, desk: Desk) -> None:
        """``desk``: its queue leaves these fields out, its decisions settle them."""
        self._desk = desk
        desk.follow(self._decided)
        self.open()

    def open(self) -> tuple[Referral, ...]:
        """What is left to a supervisor now, oldest first."""
        found = self._desk.store.read(reviewers.open_referrals)
        self._desk.queue.set_aside(one.key for one in found)
        return found

    def refer(self, key: Key, who: str, note: str) -> None:
        """Leave a field to a supervisor."""
        seen = "".join(c for c in note if c.isprintable() or c.isspace())
        plain = " ".join(seen.split())[:MAX_NOTE]
        self._desk.store.write(lambda c: reviewers.refer(c, key, who=who, note=plain))
        self._desk.leases.release(key, who)
        self.open()

    def give_back(self, key: Key, who: str) -> None:
        """Put a field back into everybody's queue, undecided."""
        self._desk.store.write(lambda c: reviewers.settle_referrals(c, [key], who=who))
        self.open()

    def _decided(self, decisions: Sequence[Decision]) -> None:
        keys = [(d.sheet_id, d.row, d.field) for d in decisions if d.action is not Action.UNDO]
        if keys and self.open():
            who = decisions[0].who
            self._desk.store.write(lambda c: reviewers.settle_referrals(c, keys, who=who))
            self.open()


@dataclass(frozen=True, slots=True)
class Left:
    """A line of the list: a referral with what it looks like and what it says now."""

    referral: Referral
    field: str
    at: str
    value: str
    sight: Sight | None
    source_file: str
    page: int


def referrals_of(request: Request) -> Referrals:
    """What is left to a supervisor."""
    found: Referrals = request.app.state.referrals
    return found


def key_of(form: FormData) -> Key:
    """The field that a form names. Raises HTTPException 400."""
    row = str(form.get("row", ""))
    sheet, field = str(form.get("sheet", "")), str(form.get("field", ""))
    if not row.isdigit() or not sheet or not field:
        raise HTTPException(400)
    return sheet, int(row), field


def referred(request: Request, me: Reviewer) -> Response:
    """The list: a supervisor decides from here, others see what waits."""
    desk = desk_of(request)
    lines = [_line(desk, one, me.language) for one in referrals_of(request).open()]
    return render(request, "referred.html", lines=lines, supervisor=me.supervisor)


def refer(request: Request, me: Reviewer, form: FormData) -> Response:
    """Leave a field to a supervisor."""
    key = key_of(form)
    if desk_of(request).sheet(key[0]) is None:
        raise HTTPException(404)
    referrals_of(request).refer(key, me.name, str(form.get("note", "")))
    return RedirectResponse(local_path(str(form.get("next", "")), "/next"), status_code=303)


def give_back(request: Request, me: Reviewer, form: FormData) -> Response:
    """Put a field back into everybody's queue; supervisors only."""
    if not me.supervisor:
        return supervisors_only(request)
    referrals_of(request).give_back(key_of(form), me.name)
    return RedirectResponse("/referred", status_code=303)


def _line(desk: Desk, one: Referral, language: str) -> Left:
    listed = desk.sheet(one.sheet_id)
    name, at = field_name(one.field, language), moment(one.at, language)
    if listed is None:
        return Left(one, name, at, "", None, "", 0)
    sheet, records = listed
    place = Place(sheet, records, one.row, one.field)
    sight = sight_of(place, desk.store.geometry(one.sheet_id), desk.workspace)
    return Left(one, name, at, place.text, sight, sheet.source_file, sheet.page)


ROUTES = [
    get("/referred", referred),
    post("/refer", refer),
    post("/referred/give-back", give_back),
]
