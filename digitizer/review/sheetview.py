"""One sheet: its page with every field on it, and how people put its geometry right.

GET shows, POST notes a row of ``page_edits`` and has the page read again. Every edit is
posted as numbers in a form; dragging only fills these in, so the page works with the
keyboard and with JavaScript off.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digitizer.counting.overview import SAME_HAND
from digitizer.errors import FormError
from digitizer.forms.forms import Form, load_forms
from digitizer.pagewords import RETAKES, SETTLED_BY_ROWS, nearest_forms, plain_words
from digitizer.records import NO_EDIT, PageEdit, PageGeometry
from digitizer.review import boxspaces, gridlines, scanview
from digitizer.review.desk import Desk, Listed, desk_of
from digitizer.review.gridlines import Refused
from digitizer.review.numbers import moment, percent
from digitizer.review.pictures import page_file, same_hand_file
from digitizer.review.render import render
from digitizer.review.rereading import Job, Rereader, Unreadable
from digitizer.review.routing import Reviewer, get, post
from digitizer.review.sheetplan import plan, points_of
from digitizer.review.texts import say
from digitizer.review.words import failure_words, field_name, reason, sheet_state
from digitizer.workspace.pagestore import Readable, StoredEdit
from digitizer.workspace.stored import SheetRow

LOOK, ROWS, PAGE = "look", "rows", "page"
ZOOMS = ("fit", "full", "large")
TURNS = (0, 90, 180, 270)


@dataclass(frozen=True, slots=True)
class ReadingNote:
    """What became of the last edit of a page.

    ``job``: reading it again, None where this server knows of none; ``seconds``: how
    long ago it was asked for; ``unread``: the page was not read since. ``who``, ``at``:
    of the edit.
    """

    job: Job | None
    seconds: int
    unread: bool
    who: str
    at: str


def rereader_of(request: Request) -> Rereader:
    """Who reads pages again for this server."""
    found: Rereader = request.app.state.rereader
    return found


def sheet(request: Request, me: Reviewer) -> Response:
    """One sheet, to look at or (``edit``) to put its rows or its page right."""
    return _page(request, me, request.query_params.get("edit", LOOK))


def reading(request: Request, me: Reviewer) -> Response:
    """How far reading the page again is; asked for again and again while it goes on."""
    sheet_id = request.path_params["sheet"]
    job = rereader_of(request).job(sheet_id)
    if job is None or not job.open:
        return Response(headers={"HX-Refresh": "true"})
    told = _reading(request, me, sheet_id, desk_of(request).store.page_edits(sheet_id))
    return render(request, "_reading.html", sheet_id=sheet_id, reading=told)


def change(request: Request, me: Reviewer, form: FormData) -> Response:
    """Note how a person puts a page right, and have it read again."""
    desk = desk_of(request)
    sheet_id = request.path_params["sheet"]
    posted = {key: value for key, value in form.multi_items() if isinstance(value, str)}
    listed, readable = desk.sheet(sheet_id), desk.store.readable(sheet_id)
    if listed is None or readable is None:
        raise HTTPException(404)
    edits = desk.store.page_edits(sheet_id)
    action = posted.get("action", "")
    mode = {ROWS: ROWS, PAGE: PAGE}.get(action, LOOK)
    if posted.get("seen", "") != str(edits[-1].id if edits else 0):
        return _page(request, me, mode, status=409, problem="sheet.changed_meanwhile")
    try:
        edit = _edit(desk, listed, readable, edits, posted)
    except Refused as refused:
        return _page(request, me, mode, status=422, problem=refused.message)
    except Unreadable as unreadable:
        return _page(
            request, me, mode, status=422, problem=unreadable.message, values=unreadable.values
        )
    if edit is not None:
        if action == "read" and edits:
            stored = edits[-1]
        else:
            number = desk.store.edit_page(sheet_id, edit, me.name)
            stored = StoredEdit(number, "", me.name, edit)
        rereader_of(request).submit(sheet_id, stored)
    return RedirectResponse(f"/sheet/{sheet_id}", status_code=303)


def _edit(
    desk: Desk,
    listed: Listed,
    readable: Readable,
    edits: tuple[StoredEdit, ...],
    posted: dict[str, str],
) -> PageEdit | None:
    """The edit that a form asks for; None where it changes nothing. Raises Refused."""
    now = edits[-1].edit if edits else NO_EDIT
    geometry = desk.store.geometry(readable.sheet_id)
    action = posted.get("action")
    if action == "read":
        return now
    if action == "restore":
        number = posted.get("edit", "0")
        return next((old.edit for old in edits if str(old.id) == number), NO_EDIT)
    if action == ROWS and geometry is not None:
        edit = _edit_rows(now, geometry, listed, readable, posted)
    elif action == PAGE:
        edit = _edit_page(desk, now, listed, readable, posted)
    else:
        raise HTTPException(422)
    return None if edit == now else edit


def _edit_rows(
    now: PageEdit,
    geometry: PageGeometry,
    listed: Listed,
    readable: Readable,
    posted: dict[str, str],
) -> PageEdit:
    rows, columns = gridlines.row_lines(geometry), _column_lines(listed, readable, geometry)
    edit = now
    # A grid that was laid over a page for dragging holds as it is sent, and who saves
    # rows that are in doubt says that they lie there.
    laid = listed[0].rows_on_form is None
    settled = laid or settles_rows(listed[0])
    new_rows = gridlines.drawn_rows(rows, posted) if rows else ()
    if new_rows != rows or (settled and rows):
        edit = gridlines.with_rows(edit, new_rows, geometry)
    spaces = boxspaces.spaces_of(geometry, _form_of(listed, readable))
    new_spaces = boxspaces.drawn_spaces(spaces, posted, geometry)
    if new_spaces != spaces:
        edit = boxspaces.with_box(edit, new_spaces, geometry)
    new_columns = gridlines.drawn_columns(columns, posted) if columns else ()
    if new_columns != columns or (laid and columns):
        edit = gridlines.with_columns(edit, new_columns, geometry)
    if edit != now:
        # Lines belong to this form on a page that stands this way up.
        turn = listed[0].rotation_deg if now.turn_deg is None else now.turn_deg
        edit = replace(edit, form=now.form or listed[0].form, turn_deg=turn, not_a_sheet=False)
    return edit


def settles_rows(sheet: SheetRow) -> bool:
    """Whether saving a sheet's rows, even as they lie, says something about it."""
    return not plain_words(sheet.reasons).isdisjoint(SETTLED_BY_ROWS)


def _edit_page(
    desk: Desk, now: PageEdit, listed: Listed, readable: Readable, posted: dict[str, str]
) -> PageEdit:
    if posted.get("not_a_sheet"):
        return PageEdit(not_a_sheet=True)
    edit = replace(now, not_a_sheet=False)
    known = listed[0].rotation_deg or 0
    turn = posted.get("turn", "0")
    if turn in ("90", "180", "270"):
        # What was drawn on the page when it lay on its side means nothing any more.
        edit = replace(edit, turn_deg=(known + int(turn)) % 360, row_lines=(), columns=(), box=())
    form = posted.get("form", "")
    if form and form not in form_names(readable):
        raise HTTPException(422)
    if (form or None) != now.form:
        edit = replace(edit, form=form or None, columns=(), box=())
        if not form:
            edit = replace(edit, row_lines=())
    if posted.get("corners_changed"):
        view = scanview.scan_view(desk, readable.sheet_id)
        corners = gridlines.drawn_corners(posted, (view.width, view.height))
        if corners:
            edit = replace(edit, corners=corners)
    return edit


def form_names(readable: Readable) -> tuple[str, ...]:
    """Forms that a person may choose: the run's own and those installed."""
    return tuple(sorted({form.name for form in _forms(readable)}))


def _forms(readable: Readable) -> tuple[Form, ...]:
    try:
        return (*load_forms(readable.forms), *load_forms())
    except FormError:
        # A definition that the run was given is gone; reading will say so.
        return load_forms()


def _form_of(listed: Listed, readable: Readable) -> Form | None:
    """The definition that the sheet was read by."""
    return next((form for form in _forms(readable) if form.name == listed[0].form), None)


def _column_lines(
    listed: Listed, readable: Readable, geometry: PageGeometry
) -> tuple[gridlines.Line, ...]:
    """Borders of columns to drag: only where the cells of a row are the form's columns."""
    form = _form_of(listed, readable)
    if form is None or form.lines > 1 or not geometry.rows:
        return ()
    cells = {cell.column for cell in geometry.rows[0].cells}
    columns = {column.name for column in form.columns}
    return gridlines.column_lines(geometry) if cells <= columns else ()


def _page(
    request: Request,
    me: Reviewer,
    mode: str,
    *,
    status: int = 200,
    problem: str = "",
    values: "dict[str, str] | None" = None,
) -> Response:
    desk = desk_of(request)
    sheet_id = request.path_params["sheet"]
    listed = desk.sheet(sheet_id)
    if listed is None:
        raise HTTPException(404)
    this, records = listed
    readable = desk.store.readable(sheet_id)
    geometry = desk.store.geometry(sheet_id)
    edits = desk.store.page_edits(sheet_id)
    rows = gridlines.row_lines(geometry) if geometry is not None else ()
    spaces: tuple[boxspaces.Space, ...] = ()
    if geometry is not None and readable is not None:
        spaces = boxspaces.spaces_of(geometry, _form_of(listed, readable))
    scan = None
    if mode == PAGE and readable is not None:
        try:
            scan = scanview.scan_view(desk, sheet_id)
        except Unreadable as unreadable:
            problem, values = problem or unreadable.message, dict(unreadable.values)
    if mode not in (ROWS, PAGE) or readable is None or (mode == ROWS and not (rows or spaces)):
        mode = LOOK
    zoom = request.query_params.get("zoom", "fit")
    return render(
        request,
        "sheet.html",
        status=status,
        sheet=this,
        sheet_id=sheet_id,
        mode=mode,
        zoom=zoom if zoom in ZOOMS else "fit",
        zooms=ZOOMS,
        rows=plan(this, records, geometry),
        geometry=geometry,
        settles_rows=settles_rows(this),
        came_from=_here(request),
        same_hand=_same_hand(desk, this),
        told=_told(this, me.language),
        has_picture=page_file(desk.workspace, sheet_id).is_file(),
        row_lines=rows,
        column_lines=_column_lines(listed, readable, geometry) if readable and geometry else (),
        spaces=spaces,
        edges=boxspaces.EDGES,
        points_of=points_of,
        readable=readable,
        forms=form_names(readable) if readable is not None and mode == PAGE else (),
        scan=scan,
        corners=_corners(geometry, edits, scan),
        turns=TURNS,
        edits=edits,
        edit=edits[-1].edit if edits else NO_EDIT,
        seen=edits[-1].id if edits else 0,
        problem=problem,
        problem_values=values or {},
        field_name=partial(field_name, language=me.language),
        state=partial(sheet_state, language=me.language),
        reason=partial(reason, language=me.language),
        percent=partial(percent, language=me.language),
        reading=_reading(request, me, sheet_id, edits),
    )


def _corners(
    geometry: PageGeometry | None,
    edits: Sequence[StoredEdit],
    scan: scanview.ScanView | None,
) -> tuple[tuple[float, float], ...]:
    """The sheet's corners on its scan, as a person drew them or as they were found."""
    corners = geometry.page_polygon_scan if geometry is not None else ()
    if edits and edits[-1].edit.corners:
        corners = edits[-1].edit.corners
    if scan is None:
        return corners
    corners = corners or ((0, 0), (scan.width, 0), (scan.width, scan.height), (0, scan.height))
    # Of a sheet that the picture cuts some lie outside of it, where nobody can drag them.
    return tuple((min(max(x, 0.0), scan.width), min(max(y, 0.0), scan.height)) for x, y in corners)


def _here(request: Request) -> str:
    """The field that the reader comes from (``row``, ``field``), as its key on the page."""
    asked = request.query_params
    return f"{asked.get('row', '')}-{asked.get('field', '')}"


def _told(sheet: SheetRow, language: str) -> tuple[str, ...]:
    """Why a sheet has no readings, or is for a person to look at, in the reader's language."""
    if sheet.failure is None:
        # Of one that does not count there is a better picture.
        words = plain_words(() if sheet.duplicate_of else sheet.reasons)
        about = dict.fromkeys(word for word in (*RETAKES, *SETTLED_BY_ROWS) if word in words)
        return tuple(text for word in about if (text := failure_words(word, language)))
    why = failure_words(sheet.failure.kind, language)
    near = nearest_forms(sheet.reasons)
    if why and near:
        return (f"{why} {say('sheet.nearest', language, forms=', '.join(near))}",)
    return (why or sheet.failure.message,)


def _same_hand(desk: Desk, sheet: SheetRow) -> str:
    """Rows whose signatures look like one writer's; empty where there is no picture of them."""
    rows = next((word for word in sheet.reasons if word.startswith(f"{SAME_HAND}:")), "")
    shown = same_hand_file(desk.workspace, sheet.sheet_id).is_file()
    return rows.partition(":")[2].replace(",", ", ") if shown else ""


def _reading(
    request: Request, me: Reviewer, sheet_id: str, edits: tuple[StoredEdit, ...]
) -> ReadingNote:
    """What the note about reading again needs."""
    job = rereader_of(request).job(sheet_id)
    if job is not None and (not edits or job.edit.id != edits[-1].id):
        job = None
    unread = False
    if job is None and edits:
        readable = desk_of(request).store.readable(sheet_id)
        unread = readable is not None and readable.read < edits[-1].at
    at = moment(edits[-1].at, me.language) if edits else ""
    seconds = round(time.monotonic() - job.since) if job is not None else 0
    return ReadingNote(job, seconds, unread, edits[-1].who if edits else "", at)


ROUTES = [
    get("/sheet/{sheet}", sheet),
    get("/sheet/{sheet}/reading", reading),
    post("/sheet/{sheet}", change),
    *scanview.ROUTES,
]
