"""Templates -> pages: all text escaped, words in the reader's language."""

import functools
from pathlib import Path

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse

from digitizer.review.routing import CSRF_FIELD, is_fragment, signed_in, token_of
from digitizer.review.texts import LANGUAGES, say

_FOLDER = Path(__file__).parent / "templates"


@functools.cache
def environment() -> jinja2.Environment:
    """The templates, all of which escape what they are given."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """A page from ``templates``; it sees ``t``, ``lang``, ``me``, ``csrf`` and ``values``.

    ``t("card.accept", n=3)`` is a message; ``fragment`` is true where htmx asks
    for a piece only (templates then extend ``fragment.html``).
    """
    return HTMLResponse(markup(request, template, "", **values), status_code=status)


def markup(request: Request, template: str, base: str = "", **values: object) -> str:
    """The text of a page, see ``render``; ``base``: another template to extend."""
    language = request.state.language
    usual = "fragment.html" if is_fragment(request) else "base.html"
    return (
        environment()
        .get_template(template)
        .render(
            t=functools.partial(say, language=language),
            lang=language,
            languages=LANGUAGES,
            me=signed_in(request),
            csrf=token_of(request),
            csrf_field=CSRF_FIELD,
            path=request.url.path,
            here=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            fragment=is_fragment(request),
            base=base or usual,
            **values,
        )
    )
