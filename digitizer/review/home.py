"""The first page: how far the work is, what counts, and how good it is."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from digitizer.counting.agreement import LONGEST_FIELD_S
from digitizer.counting.overview import By, Totals
from digitizer.review import charts
from digitizer.review.board import Board, Boards
from digitizer.review.desk import Desk, desk_of
from digitizer.review.otherwork import other_work
from digitizer.review.render import render
from digitizer.review.routing import Reviewer, get
from digitizer.review.words import failure_words
from digitizer.workspace import history

# Fewer decisions than this say nothing about today's pace.
MIN_FIELDS_OF_PACE = 20
# Failed pages named one by one.
FAILED_SHOWN = 20
# Reasons told, the most frequent first.
REASONS_SHOWN = 12
# How often a browser asks for the numbers anew.
POLL_S = 10
# The same until there are numbers at all.
FIRST_POLL_S = 1


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds a field, of today or else of all time; ``left_s``: for all that waits."""

    today: bool
    each_s: float
    left_s: float


def home(request: Request, me: Reviewer) -> Response:
    """Everything about the work."""
    return _page(request, me, "home.html")


def numbers(request: Request, me: Reviewer) -> Response:
    """The numbers alone, which the first page asks for again and again."""
    if "first" in request.query_params and boards_of(request).latest() is not None:
        # There are numbers now: the tables and plots below them can be shown as well.
        return Response(headers={"HX-Refresh": "true"})
    return _page(request, me, "_numbers.html")


def boards_of(request: Request) -> Boards:
    """The numbers of the workspace; made at first use."""
    state = request.app.state
    if not hasattr(state, "boards"):
        state.boards = Boards(desk_of(request))
    found: Boards = state.boards
    return found


def pace_of(desk: Desk, waiting: int) -> Pace | None:
    """How fast fields are decided; None before there is enough to tell."""
    # A day begins where the office is, times are stored in UTC.
    midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    since = midnight.astimezone(UTC).isoformat(timespec="seconds")
    for today, start in ((True, since), (False, "")):
        fields, seconds = desk.store.read(
            partial(history.time_spent, since=start, longest_s=LONGEST_FIELD_S)
        )
        if fields >= MIN_FIELDS_OF_PACE:
            return Pace(today, seconds / fields, waiting * seconds / fields)
    return None


def _page(request: Request, me: Reviewer, template: str) -> Response:
    desk = desk_of(request)
    board = boards_of(request).latest()
    chart = charts.Charts(me.language)
    if board is None:
        return render(
            request, template, board=None, chart=chart, loading=desk.loading, poll_s=FIRST_POLL_S
        )
    waiting = len(desk.queue)
    return render(
        request,
        template,
        board=board,
        totals=board.totals,
        chart=chart,
        waiting=waiting,
        pace=pace_of(desk, waiting),
        loading=desk.loading,
        profile=desk.profile.name,
        groups=_groups(board),
        failed=board.totals.failed[:FAILED_SHOWN],
        why_failed=partial(failure_words, language=me.language),
        work=other_work(request, me),
        unrecognised=board.totals.unrecognised[:FAILED_SHOWN],
        waits=_reasons(board.totals, waits=True),
        refused=_reasons(board.totals, waits=False),
        poll_s=POLL_S,
        By=By,
    )


def _groups(board: Board) -> list[tuple[By, tuple[charts.Line, ...], int]]:
    """Kinds of groups worth showing: those of which there is more than one, or one by name."""
    shown = []
    for by, (lines, count) in board.groups.items():
        if count > 1 or any(line.group[0] for line in lines):
            shown.append((by, tuple(charts.Line.of(line) for line in lines), count))
    return shown


def _reasons(totals: Totals, *, waits: bool) -> list[tuple[str, str, int]]:
    """(state, ``field:reason``, rows), the most frequent first."""
    return [
        (status.value, word, rows)
        for (status, word), rows in totals.reasons.items()
        if (status.value == "review") == waits
    ][:REASONS_SHOWN]


ROUTES: list[BaseRoute] = [get("/", home), get("/numbers", numbers)]
