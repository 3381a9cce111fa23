"""The first page: how far the work is, and where to go on."""

from starlette.requests import Request
from starlette.responses import Response

from digitizer.review.desk import desk_of
from digitizer.review.render import render
from digitizer.review.routing import Reviewer, get


def home(request: Request, me: Reviewer) -> Response:
    """What waits."""
    return render(request, "home.html", waiting=len(desk_of(request).queue.items()))


ROUTES = [get("/", home)]
